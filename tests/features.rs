//! Parameters that hardly differ in what they do: features with an offset, features that are nearly alike, and actions
//! that are all but certain, beside fractions.

use exact_mdp::arithmetic::Choice;
use exact_mdp::control::{self, ControlMethod, ControlOptions};
use exact_mdp::field::Field;
use exact_mdp::mdp::Mdp;
use exact_mdp::model::Model;
use exact_mdp::number::Rational;

/// Two states, three and two actions, under a policy.
fn model(policy: &str) -> Model {
    let text = format!(
        "\
discount: 9/10
states: [s, t]
actions: [a, b, c]
initial: s
transitions:
  s: {{a: {{t: 1}}, b: {{s: 1}}, c: {{s: 1/2, t: 1/2}}}}
  t: {{a: {{t: 1/2, s: 1/2}}, b: {{s: 1}}}}
rewards:
  s: {{a: 1, b: 3, c: 2}}
  t: {{a: 0, b: 1}}
policy: {policy}
"
    );
    Model::parse("features", &text).unwrap_or_else(|errors| panic!("{}", errors.plain()))
}

/// The largest difference, relative to the largest of the fractions.
fn apart(found: &[f64], exact: &[Rational]) -> f64 {
    assert_eq!(found.len(), exact.len());
    let exact: Vec<f64> = exact.iter().map(Field::to_f64).collect();
    let largest = exact.iter().fold(0.0, |x, y| f64::max(x, y.abs()));
    let differences = found.iter().zip(&exact).map(|(x, y)| (x - y).abs());
    differences.fold(0.0, f64::max) / largest
}

/// Features (offset + x, y), whose offset no probability and no derivative depends on.
fn with_offset(offset: &str, theta: &str) -> Model {
    let feature = |x: i64| format!("{offset}{x:03}");
    let [a, b, c, d, e] = [0, 1, 2, 0, 3].map(feature);
    model(&format!(
        "{{parametrization: log-linear, features: {{s: {{a: [{a}, 1], b: [{b}, 2], c: [{c}, 5]}}, \
         t: {{a: [{d}, 3], b: [{e}, 1]}}}}, theta: [{theta}]}}"
    ))
}

/// The same numbers to the last digits with an offset of 10⁹ as without; they differed by 5·10⁻⁸.
#[test]
fn what_all_actions_share_costs_no_digits() {
    let theta = "1/2, 1/4";
    let plain = with_offset("", theta).solve(Choice::Own).unwrap();
    let moved = with_offset("1000000", theta).solve(Choice::Own).unwrap();
    let agree = |x: &[f64], y: &[f64]| {
        let both = x.iter().zip(y);
        both.fold(true, |all, (x, y)| all && (x - y).abs() <= 1e-14 * y.abs())
    };
    let (own, other) = (plain.policy(), moved.policy());
    assert!(agree(other.probabilities(), own.probabilities()));
    assert!(agree(moved.gradient().unwrap(), plain.gradient().unwrap()));
    let natural = |at: &exact_mdp::solved::Solved| at.natural_gradient().unwrap();
    assert_eq!(natural(&moved).rank, 2);
    let (found, expected) = (natural(&moved).direction, natural(&plain).direction);
    assert!(
        found
            .iter()
            .zip(&expected)
            .all(|(x, y)| (x - y).abs() < 1e-12 * y.abs())
    );

    let exact = with_offset("1000000", "0, 0");
    let floats = exact.solve(Choice::Own).unwrap();
    let exact = exact.exact().unwrap().solve(Choice::Own).unwrap();
    assert!(apart(floats.gradient().unwrap(), exact.gradient().unwrap()) < 1e-14);
}

/// Two features apart by 10⁻⁹ in one pair alone: F has a condition of 10¹⁸, and least squares that of its root.
#[test]
fn the_natural_gradient_of_features_that_are_nearly_alike_keeps_digits() {
    for (gap, most) in [("0.001", 1e-12), ("0.000001", 1e-9), ("0.000000001", 1e-6)] {
        let near = model(&format!(
            "{{parametrization: log-linear, features: {{s: {{a: [1, 1], b: [2, 2{}], c: [5, 5]}}, \
             t: {{a: [3, 3], b: [1, 1]}}}}, theta: [0, 0]}}",
            &gap[1..]
        ));
        let floats = near.solve(Choice::Own).unwrap().natural_gradient().unwrap();
        let exact = near.exact().unwrap().solve(Choice::Own).unwrap();
        let exact = exact.natural_gradient().unwrap();
        assert_eq!((floats.rank, exact.rank), (2, 2), "{gap}");
        let off = apart(&floats.direction, &exact.direction);
        assert!(off < most, "{gap}: {off}");
    }
}

/// A feature of size 10⁻¹², which moves π as little, is no combination of the other.
#[test]
fn a_small_feature_counts() {
    let small = model(
        "{parametrization: log-linear, features: {s: {a: [1, 0], b: [2, 1e-12], c: [5, 3e-12]}, \
         t: {a: [3, 2e-12], b: [1, 0]}}, theta: [0, 0]}",
    );
    let floats = small
        .solve(Choice::Own)
        .unwrap()
        .natural_gradient()
        .unwrap();
    let exact = small.exact().unwrap().solve(Choice::Own).unwrap();
    let exact = exact.natural_gradient().unwrap();
    assert_eq!((floats.rank, exact.rank), (2, 2));
    for (x, y) in floats.direction.iter().zip(&exact.direction) {
        assert!(
            (x - Field::to_f64(y)).abs() < 1e-12 * Field::to_f64(y).abs(),
            "{x} {y}"
        );
    }
}

/// An escort policy whose σ is 1 − 10⁻¹⁵: the score of the likely action is β (1 − π)/θ, as small as that.
#[test]
fn the_score_of_what_is_all_but_certain_keeps_its_digits() {
    let sure = model(
        "{parametrization: escort, power: 3, theta: {s: {a: 1/100000, b: 1, c: 1/200000}, t: {a: 1, b: 1/10000}}}",
    );
    let floats = sure.solve(Choice::Own).unwrap();
    let exact = sure.exact().unwrap().solve(Choice::Own).unwrap();
    let (scores, expected) = (floats.policy().scores(), exact.policy().scores());
    for pair in 0..5 {
        let both = scores.rows.row(pair).zip(expected.rows.row(pair));
        for ((k, x), (l, y)) in both {
            assert_eq!(k, l);
            assert!(
                (x - Field::to_f64(y)).abs() <= 1e-14 * Field::to_f64(y).abs(),
                "{pair} {k}: {x} {y}"
            );
        }
    }
    let estimator = "reward-to-go".parse().unwrap();
    let law = floats.law(&estimator).unwrap();
    let exact = exact.law(&estimator).unwrap();
    for (x, y) in law.variance().iter().zip(exact.variance()) {
        assert!(
            (x - Field::to_f64(y)).abs() <= 1e-12 * Field::to_f64(y),
            "{x} {y}"
        );
    }
}

/// −2 beside 0 is not optimal, whatever another state is worth that this one never sees.
#[test]
fn a_state_is_judged_by_what_it_can_reach() {
    for worth in ["1e14", "1e100"] {
        let text = format!(
            "\
discount: 9/10
states: [s, t, rich]
actions: [a, b]
initial: {{s: 1/2, rich: 1/2}}
transitions:
  s: {{a: {{t: 1}}, b: {{t: 1}}}}
  t: {{a: {{t: 1}}}}
  rich: {{a: {{rich: 1}}}}
rewards:
  s: {{a: 0, b: -2}}
  t: {{a: 0}}
  rich: {{a: {worth}}}
"
        );
        let model = Model::parse("far", &text).unwrap();
        let mdp: Mdp = model.mdp();
        for method in [ControlMethod::Auto, ControlMethod::PolicyIteration] {
            let options = ControlOptions {
                method,
                ..ControlOptions::default()
            };
            let found = control::solve(&mdp, &options).unwrap();
            // s a, t a and rich a
            assert_eq!(found.greedy, [0, 2, 3], "{worth} {method:?}");
        }
    }
}

/// −9·10⁻⁸ beside 0 at the last step, where nothing follows, whatever is paid elsewhere and before.
#[test]
fn a_step_is_judged_by_what_follows_it() {
    let text = "\
discount: 1
horizon: 3
states: [s, u]
actions: [a, b]
initial: s
transitions:
- [s, a, u, 1, 0]
- [s, b, u, 1, -9e-8]
- [u, a, u, 1, 700000000]
";
    let mdp: Mdp = Model::parse("steps", text).unwrap().mdp();
    let found = control::solve(&mdp, &ControlOptions::default()).unwrap();
    let times = found.by_time.unwrap().greedy;
    // s a and u a; before the last step u is worth 10⁹, whose rounding is more than 9·10⁻⁸
    assert_eq!(times[2], [0, 2]);
    assert!(times[0].contains(&1));
}
