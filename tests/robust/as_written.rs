//! Proven bounds of a policy that is given hold for the policy as it is written, not for its rounded probabilities.

use exact_mdp::model::Model;
use exact_mdp::number::{Number, Rational};
use exact_mdp::report::Quantity;
use exact_mdp::study::{self, Notes, Numbers, PolicyName, RobustRequest};

/// One step, which pays 66 or −1: v = 67 π(a) − 1, whatever nature does.
fn one_step(kept: &str) -> Model {
    let text = format!(
        "{kept}\nstates: [s, end]\nactions: [a, b]\ninitial: s\ntransitions:\n  - [s, a, end, 1, 66]\n  \
         - [s, b, end, 1, -1]\nterminal: [end]\n"
    );
    Model::parse("one.yaml", &text).expect("a model")
}

fn fraction(text: &str) -> Rational {
    text.parse::<Number>().expect("a number").to_rational()
}

#[test]
fn bounds_enclose_the_policy_as_it_is_written() {
    // σ(1.1) and σ(−40) to thirty digits, from another program
    let policies = [
        (
            "{parametrization: simplex, probabilities: {s: {a: 1/3, b: 2/3}}}",
            "64/3",
            0.0,
        ),
        (
            "{parametrization: softmax, theta: {s: {a: 1.1, b: 0}}}",
            "49.267427074872879482068448441608214322597143195778",
            1e-40,
        ),
        (
            "{parametrization: softmax, theta: {s: {a: -40, b: 0}}}",
            "-0.99999999999999971536026489546354",
            1e-28,
        ),
    ];
    for (policy, right, of_right) in policies {
        for kept in ["discount: 0", "discount: 9/10", "discount: 1", "horizon: 2"] {
            let mut request = RobustRequest {
                radius: Some("1/10".parse().expect("a number")),
                ..RobustRequest::default()
            };
            request.setting.numbers = Numbers::Certified;
            request.setting.policy = PolicyName::Text(policy.into());
            let found =
                study::robust(&one_step(kept), &request, &Notes::default()).expect("values");
            for part in [&found.robust, &found.optimistic] {
                for (number, what) in [(&part.v[0], "v"), (&part.j, "J")] {
                    let Quantity::Certified { value, bound } = number else {
                        panic!("{kept}, {what} has no bound");
                    };
                    let exact = |x: f64| Number::from_f64(x).expect("finite").to_rational();
                    let off = exact(*value) - fraction(right);
                    let off = if off < Rational::ZERO { -off } else { off };
                    assert!(
                        off <= exact(*bound + of_right),
                        "{policy}, {kept}, {what}: {value} within {bound}"
                    );
                    assert!(*bound < 1e-12, "{kept}, {what}: {bound}");
                }
            }
        }
    }
}
