//! The lanes beside [`Solved`], and beside a closed form.

use super::*;
use crate::bundled;
use crate::field::Field;
use crate::linalg::largest;
use crate::model::Model;
use crate::policy::standard_normal;

fn model(name: &str) -> Mdp {
    let text = bundled::text(name).expect("a bundled model");
    Model::parse(name, text).expect("a valid model").mdp()
}

/// Policies of a model at normal θ, together and one by one.
fn agree(name: &str, policies: usize, temperature: f64) {
    agree_on(model(name), name, policies, temperature);
}

fn agree_on(mdp: Mdp, name: &str, policies: usize, temperature: f64) {
    let pairs = mdp.pairs();
    let theta = standard_normal(7, 0, policies * pairs);
    let options = BatchOptions {
        temperature,
        ..BatchOptions::default()
    };
    let found = softmax(&mdp, &theta, policies, &options).expect("answers");
    let threaded = softmax(
        &mdp,
        &theta,
        policies,
        &BatchOptions {
            threads: 2,
            ..options
        },
    );
    assert_eq!(found, threaded.expect("answers"), "{name}");
    let gradient = found.gradient.as_ref().expect("asked for");
    let shared = Arc::new(mdp);
    for k in 0..policies {
        let own = theta[k * pairs..(k + 1) * pairs].to_vec();
        let policy = Policy::softmax(shared.space(), own, temperature).expect("a policy");
        let solved = Solved::new(Arc::clone(&shared), policy).expect("solved");
        let states = shared.states();
        close(&[found.j[k]], &[*solved.j()], 0.0, name);
        close(
            &found.v[k * states..(k + 1) * states],
            solved.v(),
            0.0,
            name,
        );
        // A is made of differences of values, of which the lanes know all but the last bits
        let bits = 16.0 * f64::EPSILON * largest(solved.v()) * largest(solved.occupancy());
        let expected = solved.gradient().expect("a gradient");
        close(&gradient[k * pairs..(k + 1) * pairs], expected, bits, name);
    }
}

/// Within 1e-12 of the largest entry, and what `more` allows.
fn close(found: &[f64], expected: &[f64], more: f64, name: &str) {
    let allowed = 1e-12 * largest(expected) + more;
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() <= allowed, "{name}: {a} for {b}");
    }
}

#[test]
fn lanes_agree_with_policies_solved_one_by_one() {
    for name in [
        "two-state",
        "frozenlake-4x4",
        "retry-loop",
        "short-corridor",
        "cliffwalking",
    ] {
        agree(name, 11, 1.0);
        agree(name, 3, 0.5);
    }
}

/// Chains that the elimination fills.
#[test]
fn large_chains_agree_with_policies_solved_one_by_one() {
    for discount in ["0.95", "0.999"] {
        let text = format!(
            "discount: {discount}\ngarnet: {{states: 100, actions: 3, branching: 5, seed: 4}}\ninitial: uniform"
        );
        let mdp: Mdp = Model::parse("garnet", &text).expect("a valid model").mdp();
        agree_on(mdp, "garnet", 5, 1.0);
    }
}

/// The numbers of a policy do not depend on who stands beside it.
#[test]
fn a_policy_is_the_same_in_any_company() {
    let text =
        "discount: 0.9\ngarnet: {states: 40, actions: 2, branching: 6, seed: 1}\ninitial: uniform";
    let garnet: Mdp = Model::parse("garnet", text).expect("a valid model").mdp();
    for mdp in [garnet, model("frozenlake-4x4")] {
        let pairs = mdp.pairs();
        let theta = standard_normal(5, 0, 9 * pairs);
        let options = BatchOptions::default();
        let all = softmax(&mdp, &theta, 9, &options).expect("answers");
        for k in 0..9 {
            let alone = softmax(&mdp, &theta[k * pairs..(k + 1) * pairs], 1, &options);
            assert_eq!(alone.expect("an answer").j[0].to_bits(), all.j[k].to_bits());
        }
    }
}

/// ∇J near γ = 1 against fractions; the second policy of the block does not change the first.
#[test]
fn gradients_near_discount_1_have_their_digits() {
    for nines in [6, 9, 12] {
        let text = format!(
            "discount: 0.{}\nstates: [cold, hot]\nactions: [wait, heat]\ninitial: cold\ntransitions:\n- [cold, wait, cold, 1, 0]\n- [cold, heat, hot, 9/10, 0]\n- [cold, heat, cold, 1/10, 0]\n- [hot, wait, cold, 1/2, 1]\n- [hot, wait, hot, 1/2, 1]\n- [hot, heat, hot, 1, 1]\n",
            "9".repeat(nines)
        );
        let model = Model::parse("heater", &text).expect("a valid model");
        let exact = model.exact().expect("fractions");
        let exact = exact.solve(crate::arithmetic::Choice::Uniform);
        let exact = exact.expect("solved");
        let expected = exact.gradient().expect("a gradient");
        let expected: Vec<f64> = expected.iter().map(Field::to_f64).collect();
        let theta = [0.0, 0.0, 0.0, 0.0, 0.3, -0.2, 0.1, 0.4];
        let found = softmax(&model.mdp(), &theta, 2, &BatchOptions::default());
        let gradient = found.expect("answers").gradient.expect("asked for");
        close(&gradient[..4], &expected, 0.0, &text);
    }
}

/// Episodes of 10⁶ steps under policies that have settled: what is left of the advantage of what is all but certain. Right to 60
/// digits by another program (mpmath).
#[test]
fn gradients_of_settled_policies_have_their_digits() {
    let text = "criterion: total\nstates: [s0, s1, s2]\nactions: [a0, a1, a2]\ninitial: {s1: 1}\nterminal: [s2]\ntransitions:\n- [s0, a1, s1, 1/3, 2]\n- [s0, a1, s0, 2/5, 2]\n- [s0, a1, s2, 4/15, 2]\n- [s0, a2, s0, 999999/1000000, -43/7]\n- [s0, a2, s2, 1/1000000, -43/7]\n- [s1, a0, s1, 998999/1000000, -21]\n- [s1, a0, s2, 1/1000000, -21]\n- [s1, a0, s0, 1/1000, -21]\n";
    let mdp = Model::parse("long", text).expect("a valid model").mdp();
    let theta = [0.3, -40.0, 1.0, 10.0, 0.3, 0.3];
    let found = softmax(&mdp, &theta, 2, &BatchOptions::default());
    let gradient = found.expect("answers").gradient.expect("asked for");
    let expected = [7.202_825_371_132_331e-17, -7.202_825_371_132_331e-17, 0.0];
    let later = [0.00140253604599672, -0.00140253604599672, 0.0];
    for (x, y) in gradient.iter().zip(expected.iter().chain(&later)) {
        assert!((x - y).abs() <= 1e-12 * y.abs(), "{x} {y}");
    }
}

fn bounded() -> BatchOptions {
    BatchOptions {
        errors: true,
        ..BatchOptions::default()
    }
}

/// The bounds hold against balls, an arithmetic of its own, and stay small beside the numbers; the numbers are the same bits.
#[test]
fn what_rounding_has_done_is_within_its_bounds() {
    use crate::field::Ball;
    let garnet = |discount: &str| {
        format!(
            "discount: {discount}\ngarnet: {{states: 40, actions: 3, branching: 5, seed: 4}}\ninitial: uniform\n"
        )
    };
    let texts = [
        garnet("0.95"),
        garnet("0.999999"),
        bundled::text("frozenlake-4x4").unwrap().into(),
        bundled::text("retry-loop").unwrap().into(),
        bundled::text("inventory-finite-horizon").unwrap().into(),
        bundled::text("periodic-two-state").unwrap().into(),
    ];
    for text in texts {
        let model = Model::parse("m", &text).unwrap();
        let mdp: Mdp = model.mdp();
        let (pairs, states) = (mdp.pairs(), mdp.states());
        let theta: Vec<f64> = standard_normal(3, 0, 5 * pairs)
            .into_iter()
            .map(|x| 3.0 * x)
            .collect();
        let found = softmax(&mdp, &theta, 5, &bounded()).unwrap();
        let plain = softmax(&mdp, &theta, 5, &BatchOptions::default()).unwrap();
        assert_eq!((&found.j, &found.v), (&plain.j, &plain.v));
        assert_eq!(found.gradient, plain.gradient);
        let (errors, gradient) = (found.errors.unwrap(), found.gradient.unwrap());
        let of_gradients = errors.gradient.unwrap();
        let balls: Arc<Mdp<Ball>> = Arc::new(model.mdp());
        for k in 0..5 {
            let own = theta[k * pairs..(k + 1) * pairs].iter();
            let own = own.map(|x| Ball::from_number(&crate::number::Number::from_f64(*x).unwrap()));
            let policy =
                Policy::<Ball>::softmax(balls.space(), own.collect(), Ball::one()).unwrap();
            let exact = Solved::new(Arc::clone(&balls), policy).unwrap();
            let within = |x: f64, ball: &Ball, error: f64| {
                let (value, radius) = ball.certified().unwrap();
                assert!(
                    (x - value).abs() <= error + radius,
                    "{text}: {x} {value} {error}"
                );
            };
            within(found.j[k], exact.j(), errors.j[k]);
            for (x, ball) in found.v[k * states..].iter().zip(exact.v()) {
                within(*x, ball, errors.v[k]);
            }
            let row = &gradient[k * pairs..(k + 1) * pairs];
            for (x, ball) in row.iter().zip(exact.gradient().unwrap()) {
                within(*x, ball, of_gradients[k]);
            }
            let size = largest(row).max(largest(&found.v));
            assert!(
                of_gradients[k] <= 1e-5 * size,
                "{text}: {}",
                of_gradients[k]
            );
        }
    }
}

/// ∂J/∂θ(s, y) = ½p(1 − p)(1 − γ²)/(1 − γ² − p(γ − γ²))² with p = π(y|s), whatever all rewards have in common: 1.3e-6 of it is lost
/// beside 10⁹, and said.
#[test]
fn large_rewards_in_common_widen_the_bound_of_a_batch() {
    let text = "
discount: 0.99
states: [s, t]
actions: [x, y]
initial: s
transitions: [[s, x, t, 1, 1000000000], [s, y, s, 1, 1000000000.5], [t, x, s, 1, 1000000000]]
";
    let mdp = Model::parse("m", text).unwrap().mdp();
    let theta = [0.0, std::f64::consts::LN_2, 0.0];
    let found = softmax(&mdp, &theta, 1, &bounded()).unwrap();
    let (p, gamma): (f64, f64) = (2.0 / 3.0, 0.99);
    let left = 1.0 - gamma * gamma;
    let below = left - p * (gamma - gamma * gamma);
    let expected = 0.5 * p * (1.0 - p) * left / (below * below);
    let gradient = found.gradient.unwrap();
    let errors = found.errors.unwrap();
    let error = errors.gradient.unwrap()[0];
    assert!((gradient[1] - expected).abs() <= error, "{error}");
    assert!((1e-9..1.0).contains(&error), "{error}");
    assert!((found.j[0] - 1e11).abs() < 100.0 && errors.j[0] < 1.0);
}

#[test]
fn other_criteria_are_solved_one_by_one() {
    agree("inventory-finite-horizon", 2, 1.0);
    agree("periodic-two-state", 2, 1.0);
}

#[test]
fn what_is_no_batch_is_an_error() {
    let mdp: Mdp = model("two-state");
    let ask = |theta: &[f64], policies, temperature| {
        softmax(
            &mdp,
            theta,
            policies,
            &BatchOptions {
                temperature,
                ..BatchOptions::default()
            },
        )
    };
    assert!(ask(&[0.0; 7], 2, 1.0).is_err());
    assert!(ask(&[0.0; 8], usize::MAX, 1.0).is_err());
    assert!(ask(&[0.0; 8], 2, 0.0).is_err());
    assert!(ask(&[0.0, f64::NAN, 0.0, 0.0], 1, 1.0).is_err());
    assert_eq!(ask(&[], 0, 1.0).expect("nothing").j, [0.0; 0]);
}

#[test]
fn what_is_interrupted_keeps_the_first_policies() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    for name in ["two-state", "inventory-finite-horizon"] {
        let mdp = model(name);
        let (policies, pairs) = (50, mdp.pairs());
        let theta = standard_normal(3, 0, policies * pairs);
        let options = BatchOptions::default();
        let whole = softmax(&mdp, &theta, policies, &options).expect("answers");
        for threads in [1, 2] {
            let asked = AtomicUsize::new(0);
            let go_on = || {
                if asked.fetch_add(1, Ordering::Relaxed) < 4 {
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break(())
                }
            };
            let options = BatchOptions { threads, ..options };
            let part = softmax_with(&mdp, &theta, policies, &options, &go_on).expect("a part");
            let (done, states) = (part.j.len(), mdp.states());
            assert!(done < policies, "{name}: {done}");
            assert_eq!(part.j, whole.j[..done], "{name}");
            assert_eq!(part.v, whole.v[..done * states], "{name}");
            let (part, whole) = (part.gradient.expect("one"), whole.gradient.as_ref());
            assert_eq!(part, whole.expect("one")[..done * pairs], "{name}");
            if threads == 1 {
                assert!(done > 0, "{name}");
            }
        }
    }
}
