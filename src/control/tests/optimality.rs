//! Which policy is best, and which of them improve on the way.

use super::*;

#[test]
fn exact_policy_iteration_finds_the_best_of_all_policies() {
    for seed in 0..12 {
        for shape in [
            discounted(9, 10, 0),
            discounted(1, 2, 1),
            discounted(0, 1, 1),
            total(),
        ] {
            let mdp = random(&shape, seed);
            let optimum = exactly(&mdp, &ControlOptions::default()).unwrap();
            assert_eq!(optimum.v, brute_force(&mdp), "{}", mdp.name());
            assert_eq!(optimum.error_bound, Some(0.0));
            assert_eq!(optimum.stop, ControlStop::Optimal);
            // ties: the optimal pairs are those with q = v, exactly
            let tied = |&pair: &usize| optimum.q[pair] == optimum.v[mdp.space().state_of(pair)];
            let tied: Vec<usize> = (0..mdp.pairs()).filter(tied).collect();
            assert_eq!(optimum.greedy, tied);
        }
    }
}

/// The misconception: value iteration's greedy policies are worth 1, −6.3, 1, 1 (theory, 7.2).
#[test]
fn greedy_policies_of_value_iteration_are_not_monotone() {
    let options = ControlOptions {
        method: ControlMethod::ValueIteration,
        trace: true,
        ..ControlOptions::default()
    };
    let optimum = solve(&counterexample(), &options).unwrap();
    let worth: Vec<f64> = optimum
        .trace
        .iter()
        .filter_map(|step| step.j_greedy)
        .collect();
    let expected = [1.0, 0.9 * (2.0 - 0.9 * 10.0), 1.0, 1.0];
    assert_eq!(worth.len(), expected.len());
    for (found, expected) in worth.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-14, "{worth:?}");
    }
    assert_eq!(optimum.v, [1.0, -7.0, -10.0, 0.0]);
    assert_eq!(optimum.greedy, [0, 2, 3]);
}

/// Policy iteration is monotone in every state.
#[test]
fn policies_of_policy_iteration_improve() {
    let options = ControlOptions {
        trace: true,
        ..ControlOptions::default()
    };
    for seed in 0..20 {
        let shape = Shape {
            states: 8,
            ..discounted(9, 10, 0)
        };
        let optimum = exactly(&random(&shape, seed), &options).unwrap();
        let worth: Vec<f64> = optimum
            .trace
            .iter()
            .filter_map(|step| step.j_greedy)
            .collect();
        assert!(worth.is_sorted(), "{worth:?}");
    }
}

/// Two actions that tie exactly, a third that is worse by less than rounding can tell.
#[test]
fn ties_are_listed_and_cannot_make_it_cycle() {
    let tie = 0.1 + 0.2;
    let mdp = model(
        &[&[
            &[(0, 1.0, 0.3)],
            &[(0, 1.0, tie)],
            &[(0, 0.5, tie), (0, 0.5, 0.3)],
            &[(0, 1.0, 0.29)],
        ]],
        Criterion::Discounted { discount: 0.999 },
    );
    for method in ALL {
        let optimum = found_by(&mdp, method);
        assert_eq!(optimum.greedy, [0, 1, 2]);
    }
}
