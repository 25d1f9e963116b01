//! Small numbers that are left of large ones: each keeps its digits, or a bound stands beside it. Values from closed
//! forms and fractions.

use exact_mdp::arithmetic::Choice;
use exact_mdp::between::Between;
use exact_mdp::estimator::{Estimator, parse_list};
use exact_mdp::field::Field;
use exact_mdp::model::Model;
use exact_mdp::number::Rational;
use exact_mdp::reference;
use exact_mdp::solved::Solved;

fn parse(text: &str) -> Model {
    Model::parse("small", text).unwrap_or_else(|errors| panic!("{}", errors.plain()))
}

/// One state for ever, two actions, rewards 1 and 0.
fn bandit(policy: &str) -> Solved {
    let text = format!(
        "discount: 9/10\nstates: [s]\nactions: [a, b]\ninitial: s\ntransitions:\n- [s, a, s, 1, 1]\n- [s, b, s, 1, 0]\n\
         policy: {policy}\n"
    );
    parse(&text).solve(Choice::Own).unwrap()
}

fn softmax(first: f64) -> Solved {
    bandit(&format!(
        "{{parametrization: softmax, theta: [{first}, 0]}}"
    ))
}

fn is_near(x: f64, y: f64, relative: f64) -> bool {
    (x - y).abs() <= relative * y.abs()
}

/// π(b) = 1/(1 + e^θ) of the action that is hardly taken.
fn rare(theta: f64) -> f64 {
    1.0 / (1.0 + theta.exp())
}

/// KL(½, ½ ‖ π) = −ln(4 π(a) π(b))/2 and its reverse; with certainty, ln 2.
#[test]
fn divergences_of_rare_actions_keep_their_digits() {
    let clip = 0.2;
    let divergence = |found: Between| found.divergence[0].unwrap();
    let uniform = softmax(0.0);
    for theta in [5.0, 10.0, 20.0, 30.0, 40.0, 300.0] {
        let sure = softmax(theta);
        let found = divergence(uniform.between(&sure, &clip).unwrap());
        // −ln 2 − ½ ln(1 − x) − ½ ln x with x = 1/(1 + e^θ)
        let x = rare(theta);
        let expected = -(2f64.ln()) - 0.5 * (-x).ln_1p() + 0.5 * (theta + (-theta).exp().ln_1p());
        assert!(
            is_near(found, expected, 1e-13),
            "{theta}: {found} {expected}"
        );
        let found = divergence(sure.between(&uniform, &clip).unwrap());
        let expected = 2f64.ln() + x * x.ln() + (1.0 - x) * (-x).ln_1p();
        assert!(
            is_near(found, expected, 1e-13),
            "{theta}: {found} {expected}"
        );
    }
    let certain = bandit("{parametrization: simplex, probabilities: {s: {a: 1, b: 0}}}");
    let found = divergence(certain.between(&uniform, &clip).unwrap());
    assert!(is_near(found, 2f64.ln(), 1e-15), "{found}");
    assert_eq!(uniform.between(&certain, &clip).unwrap().divergence, [None]);
}

/// ½ Σ |π' − π| of a policy that is all but certain and the certain one is what it leaves to the other.
#[test]
fn total_variation_keeps_its_digits() {
    let certain = bandit("{parametrization: simplex, probabilities: {s: {a: 1, b: 0}}}");
    for theta in [20.0, 30.0, 36.0, 40.0, 200.0] {
        let found = softmax(theta).between(&certain, &0.2).unwrap();
        assert!(
            is_near(found.total_variation[0], rare(theta), 1e-14),
            "{theta}"
        );
        // of b the ratio 0 is clipped to 1 − ε, and its advantage is −(1 − x)
        let x = rare(theta);
        let expected = 10.0 * (x * x + 0.2 * x * (1.0 - x));
        assert!(is_near(found.clipped_surrogate, expected, 1e-13), "{theta}");
    }
}

/// Policies apart by h, to the last digits: σ(θ + h) − σ(θ) = σ(1 − σ) E/(1 + σE) with E = eʰ − 1, and KL is the logarithm of
/// 1 + σE less σh, the cumulants of a coin. Given by probabilities they have what they differ by to 10⁻¹⁶/h, and say so.
#[test]
fn near_policies_keep_their_digits() {
    let p = 1.0 / (1.0 + (-0.3f64).exp());
    for h in [1e-3, 1e-6, 1e-9, 1e-12] {
        let (at, to) = (softmax(0.3), softmax(0.3 + h));
        let moved = (0.3 + h) - 0.3;
        let e = f64::exp_m1(moved);
        let change = p * (1.0 - p) * e / (1.0 + p * e);
        let spread = p * (1.0 - p) * moved * moved;
        let cumulants = 0.5
            + (1.0 - 2.0 * p) * moved / 6.0
            + (1.0 - 6.0 * p + 6.0 * p * p) * moved * moved / 24.0;
        let found = at.between(&to, &0.2).unwrap();
        assert!(is_near(found.total_variation[0], change, 1e-14), "{h}");
        assert!(
            is_near(found.clipped_surrogate, 10.0 * change, 1e-13),
            "{h}"
        );
        assert!(is_near(found.difference, 10.0 * change, 1e-13), "{h}");
        let divergence = found.divergence[0].unwrap();
        assert!(is_near(divergence, spread * cumulants, 1e-11), "{h}");

        let given = |solved: &Solved| {
            let [a, b] = [0, 1].map(|pair| solved.policy().probabilities()[pair]);
            bandit(&format!(
                "{{parametrization: simplex, probabilities: {{s: {{a: {a:.20}, b: {b:.20}}}}}}}"
            ))
        };
        let found = given(&at).between(&given(&to), &0.2).unwrap();
        let errors = found.errors.unwrap();
        let off = (found.total_variation[0] - change).abs();
        assert!(
            off <= errors.total_variation && errors.total_variation < 1e-14,
            "{h}: {off}"
        );
        let off = (found.clipped_surrogate - 10.0 * change).abs();
        assert!(off <= errors.clipped_surrogate, "{h}: {off}");
    }
}

/// A(a) = π(b) (q(a) − q(b)) of the action that is nearly certain, and J where two starts cancel.
#[test]
fn what_a_policy_has_settled_on_has_an_advantage() {
    for theta in [20.0, 25.0, 30.0, 40.0, 300.0] {
        let found = softmax(theta);
        assert!(
            is_near(found.advantage()[0], rare(theta), 1e-13),
            "{theta}: {}",
            found.advantage()[0]
        );
        assert!(
            is_near(found.advantage()[1], rare(theta) - 1.0, 1e-13),
            "{theta}"
        );
    }
    let starts = parse(
        "discount: 9/10\nstates: [s, t, end]\nactions: [a, b]\ninitial: {s: 1/2, t: 1/2}\nterminal: [end]\n\
         transitions:\n- [s, a, end, 1, 2]\n- [t, a, end, 1, -2]\n- [t, b, end, 1, 0]\n\
         policy: {parametrization: softmax, theta: [0, 20, 0]}\n",
    );
    let found = starts.solve(Choice::Own).unwrap();
    let error = found.rounding().unwrap().value.expect("J cancels");
    assert!(
        (found.j() - rare(20.0)).abs() <= error && error < 1e-13,
        "{error}"
    );
}

fn laws(
    model: &Model,
) -> (
    Vec<reference::NamedLaw<f64>>,
    Vec<reference::NamedLaw<Rational>>,
) {
    let estimators: Vec<Estimator> = parse_list("all", true).unwrap();
    let floats = reference::laws(&model.solve(Choice::Own).unwrap(), &estimators, None).unwrap();
    let exact = model.exact().unwrap().solve(Choice::Own).unwrap();
    (floats, reference::laws(&exact, &estimators, None).unwrap())
}

/// Variances are within 10⁻⁹ of fractions or within the bound beside them, and none is refused.
fn hold_variances(model: &Model) {
    let (floats, exact) = laws(model);
    assert_eq!(floats.len(), exact.len());
    for (found, expected) in floats.iter().zip(&exact) {
        let name = &found.estimator;
        let (found, expected) = match (&found.law, &expected.law) {
            (Ok(found), Ok(expected)) => (found, expected),
            (found, expected) => {
                assert!(found.is_err() && expected.is_err(), "{name}");
                continue;
            }
        };
        let errors = found.variance_error();
        for (k, (x, y)) in found.variance().iter().zip(expected.variance()).enumerate() {
            let y = Field::to_f64(y);
            let error = errors.as_ref().map_or(0.0, |all| all[k]);
            assert!(
                (x - y).abs() <= error.max(1e-9 * y.abs()),
                "{name}: {x} {y} ± {error}"
            );
        }
    }
}

/// Two arms that pay about R and 0: the estimate is nearly the same whatever happens, R/4.
#[test]
fn variances_are_not_what_is_left_of_squares() {
    for reward in [1_000u64, 1_000_000, 100_000_000] {
        let model = parse(&format!(
            "discount: 1\nstates: [s, end]\nactions: [a, b]\ninitial: s\nterminal: [end]\ntransitions:\n\
             - [s, a, end, 1/3, {reward}]\n- [s, a, end, 2/3, {}]\n- [s, b, end, 1, 0]\n\
             policy: {{parametrization: simplex, probabilities: {{s: {{a: 1/2, b: 1/2}}}}}}\n",
            reward + 1
        ));
        hold_variances(&model);
        // of a softmax: 1/36, and 0 of the advantage
        let at = model.solve(Choice::Uniform).unwrap();
        let variance = |name: &str| at.law(&name.parse().unwrap()).unwrap().variance()[0];
        assert!(
            is_near(variance("baseline:v"), 1.0 / 36.0, 1e-14),
            "{reward}"
        );
        assert!(
            is_near(variance("td-residual"), 1.0 / 36.0, 1e-14),
            "{reward}"
        );
        assert!(variance("advantage") < 1e-20, "{reward}");
        let law = at.law(&"advantage".parse().unwrap()).unwrap();
        let whole = law.covariance().unwrap();
        assert!(whole.iter().all(|x| x.abs() < 1e-20), "{whole}");
    }
}

/// With the optimal baseline of two arms nothing varies; and from u on every return is 1, which once left all laws out.
#[test]
fn what_does_not_vary_has_a_law() {
    for theta in ["0.3, 0", "3, 0", "-5, 1"] {
        let arms = parse(&format!(
            "discount: 1\nstates: [s, end]\nactions: [a, b]\ninitial: s\nterminal: [end]\ntransitions:\n\
             - [s, a, end, 1, 1]\n- [s, b, end, 1, 2]\npolicy: {{parametrization: softmax, theta: [{theta}]}}\n"
        ));
        let at = arms.solve(Choice::Own).unwrap();
        for name in [
            "baseline:optimal-state",
            "baseline:optimal-constant",
            "baseline:textbook",
        ] {
            let law = at.law(&name.parse().unwrap()).unwrap();
            let bound = law.variance_error();
            for k in 0..2 {
                let bound = bound.as_ref().map_or(0.0, |bound| bound[k]);
                assert!(
                    law.variance()[k] <= bound && bound < 1e-26,
                    "{theta} {name} {bound}"
                );
            }
        }
    }
    let tied = parse(
        "discount: 1\nstates: [s, u, w, end]\nactions: [a, b]\ninitial: s\nterminal: [end]\ntransitions:\n\
         - [s, a, u, 1, 0]\n- [s, b, u, 1, 1]\n- [u, a, w, 1, -1]\n- [u, b, end, 4/5, 1]\n- [u, b, w, 1/5, -1]\n\
         - [w, a, end, 1, 2]\npolicy: {parametrization: simplex, probabilities: {s: {a: 4/7, b: 3/7}, u: {a: 7/8, b: 1/8}, w: {a: 1}}}\n",
    );
    hold_variances(&tied);
}
