//! Chains that wander for long, in models above the size for which policy iteration is chosen.

use super::*;
use crate::model::Model;
use crate::test_models::walk;

const STATES: usize = 2_100;

/// The walk at γ = 0.999999.
fn discounted_walk() -> Mdp {
    let text = walk("discount: 999999/1000000", (STATES, 2), |k| 1 + k % 9, 0);
    Model::parse("walk", &text).unwrap().mdp()
}

/// The same walk at γ = 1 where each step ends everything with a chance of 10⁻⁶: the same equations.
fn ending_walk() -> Mdp {
    let text = walk("discount: 1", (STATES, 2), |k| 1 + k % 9, 1_000_000);
    Model::parse("walk", &text).unwrap().mdp()
}

/// v* of the first state, of the one in the middle and of the last, by policy iteration with elimination of the
/// tridiagonal systems in 60 digits (mpmath 1.3, `dps = 60`, 57 policies).
const OPTIMAL: [(usize, f64); 3] = [
    (0, 1_715_299.496_618_808_3),
    (STATES / 2, 1_741_068.759_982_634_7),
    (STATES - 1, 1_730_961.167_340_403_2),
];

/// Sweeps got no further than a bound of 3·10⁹, and a policy that is not optimal.
#[test]
fn what_sweeps_do_not_solve_policy_iteration_does() {
    for mdp in [discounted_walk(), ending_walk()] {
        for method in [ControlMethod::Auto, ControlMethod::ModifiedPolicyIteration] {
            let found = found_by(&mdp, method);
            let bound = found.error_bound.unwrap();
            assert!(bound < 1e-8 * OPTIMAL[0].1, "{method:?} {bound}");
            for (state, optimal) in OPTIMAL {
                let off = (found.v[state] - optimal).abs();
                assert!(off <= bound, "{method:?} {state}: {off:e} {bound:e}");
            }
            let own = Evaluation::new(&mdp, &found.policy, &SolverOptions::default()).unwrap();
            assert!((own.v[0] / OPTIMAL[0].1 - 1.0).abs() < 1e-10, "{method:?}");
        }
    }
}

/// No value exceeds the largest reward for ever: r is between -3 and 2, 1/(1 − γ) is 10⁶.
#[test]
fn values_of_which_nothing_is_known_lie_within_the_rewards() {
    let mdp = discounted_walk();
    let options = ControlOptions {
        method: ControlMethod::ModifiedPolicyIteration,
        iterations: 9,
        ..ControlOptions::default()
    };
    let found = solve(&mdp, &options).unwrap();
    assert_eq!(found.stop, ControlStop::Iterations);
    let bound = found.error_bound.unwrap();
    assert!((1e6..5.000_001e6).contains(&bound), "{bound}");
    let within = |v: &f64| (-3.000_001e6..=2.000_001e6).contains(v);
    assert!(found.v.iter().all(within));
    for (state, optimal) in OPTIMAL {
        assert!((found.v[state] - optimal).abs() <= bound);
    }
}

/// Policies on the way have biases beyond 10³⁰⁸, or are left with chances below 10⁻³⁰⁸; that of the best is at most 28,574. The
/// gains are by policy iteration with differences of h in 3,100 digits (mpmath 1.3).
#[test]
fn the_best_gain_is_found_past_policies_whose_bias_is_no_number() {
    for (seed, gain) in [(1, 1.745_175_995_875_437_8), (3, 1.714_295_716_749_628_6)] {
        let text = walk("criterion: average", (1_500, seed), |k| 1 + k % 9, 0);
        let mdp = Model::parse("walk", &text).unwrap().mdp::<f64>();
        let found = solve(&mdp, &ControlOptions::default()).unwrap();
        let bound = found.error_bound.unwrap();
        assert!(bound < 1e-9, "{seed}: {bound}");
        assert!((found.j - gain).abs() <= bound, "{seed}: {}", found.j);
        assert_eq!(found.stop, ControlStop::Optimal);
    }
}
