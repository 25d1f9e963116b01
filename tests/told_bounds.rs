//! Bounds that every report tells where rounding shows. Values from closed forms.

use std::sync::Arc;

use exact_mdp::arithmetic::Choice;
use exact_mdp::estimator::{Detail, Estimator};
use exact_mdp::linalg::SolverOptions;
use exact_mdp::model::{Model, Objective};
use exact_mdp::number::Number;
use exact_mdp::policy::{Kind, Policy, Specification};
use exact_mdp::report::{Quantity, Report};
use exact_mdp::solved::Solved;
use exact_mdp::study::{
    AscendRequest, BetweenRequest, EvaluateRequest, GradientRequest, Notes, Numbers,
    RewardsRequest, StepRequest, ascend, between, evaluate, gradient, rewards, step,
};

/// One step from s: x and y pay what is given, and it ends.
fn bandit(x: &str, y: &str) -> Model {
    let text = format!(
        "{{horizon: 1, discount: 1, states: [s, e], actions: [x, y], initial: s, terminal: [e], \
         transitions: [[s, x, e, 1, {x}], [s, y, e, 1, {y}]]}}"
    );
    Model::parse("m", &text).unwrap()
}

/// Two states that pay 10⁹ in each step, s half a unit more if it stays.
fn large() -> Model {
    let text = "
discount: 0.99
states: [s, t]
actions: [x, y]
initial: s
transitions: [[s, x, t, 1, 1000000000], [s, y, s, 1, 1000000000.5], [t, x, s, 1, 1000000000]]
policy: {parametrization: direct, probabilities: {s: {x: 1/3, y: 2/3}, t: {x: 1}}}
";
    Model::parse("m", text).unwrap()
}

/// 10¹² + 1/10 and −10¹² over three steps: at the second time 1/10 is left, of which rounding leaves three digits, while
/// all values of the first time are large.
#[test]
fn values_of_later_times_have_a_bound() {
    let text = "
horizon: 3
states: [s, t]
actions: [a]
initial: s
transitions: {s: {a: t}, t: {a: t}}
rewards: {s: {a: 1000000000000.1}, t: {a: -1000000000000}}
";
    let model = Model::parse("m", text).unwrap();
    let report = evaluate(&model, &EvaluateRequest::default(), &Notes::default()).unwrap();
    let v = report.v_by_time.as_ref().unwrap()[1][0].value().unwrap();
    let bound = report.value_error.expect("it shows");
    assert!((v - 0.1).abs() <= bound && bound < 1.0, "{v} {bound}");
    // ordinary rewards have all digits, and nothing is said
    let plain = text
        .replace("1000000000000.1", "4")
        .replace("-1000000000000", "-1");
    let model = Model::parse("m", &plain).unwrap();
    let report = evaluate(&model, &EvaluateRequest::default(), &Notes::default()).unwrap();
    assert_eq!(report.value_error, None);
}

/// J of a cycle whose rewards cancel, 10/19, has a bound wherever it is told, and so has ∇J where weights cancel.
#[test]
fn j_has_its_bound_in_other_reports() {
    let text = "
discount: 9/10
states: [s, t]
actions: [a, b]
initial: s
transitions: {s: {a: t, b: t}, t: {a: s}}
rewards: {s: {a: 9000000000000.1, b: 9000000000000.1}, t: {a: -10000000000000}}
";
    let model = Model::parse("m", text).unwrap();
    let notes = Notes::default();
    let covers = |j: &Quantity, error: Option<f64>| {
        let off = (j.value().unwrap() - 10.0 / 19.0).abs();
        assert!(off <= error.expect("it shows") && off > 1e-9);
    };
    let found = gradient(&model, &GradientRequest::default(), &notes).unwrap();
    covers(&found.j, found.j_error);
    assert!(found.gradient_error.is_some());
    let found = step(&model, &StepRequest::default(), &notes).unwrap();
    covers(&found.j, found.j_error);
    let found = between(&model, &BetweenRequest::default(), &notes).unwrap();
    covers(&found.j, found.j_error);
    let mut still = AscendRequest::default();
    still.options.iterations = 0;
    let found = ascend(&model, &still, &notes).unwrap().report.unwrap();
    covers(&found.first.j, found.first.j_error);
}

/// Two rewards of 10¹² that differ by quarters: what is paid of their difference is exact before it is rounded.
#[test]
fn combinations_are_paid_before_they_are_rounded() {
    let text = "
discount: 9/10
states: [s, u]
actions: [a, b]
initial: s
transitions:
  s: {a: {s: 1/3, u: 2/3}, b: u}
  u: {a: s, b: {s: 1/7, u: 6/7}}
rewards:
  ra:
    s: {a: 1000000000000.25, b: 1000000000001}
    u: {a: 1000000000000.5, b: 1000000000000}
  rb:
    s: {a: 1000000000000, b: 1000000000000.125}
    u: {a: 1000000000000.75, b: 999999999999}
";
    let model = Model::parse("m", text).unwrap();
    let request = RewardsRequest {
        combination: Some("ra - rb".into()),
        ..RewardsRequest::default()
    };
    let report = rewards(&model, &request, &Notes::default()).unwrap();
    let combination = report.combination.unwrap();
    // in fractions 1755/382
    assert!((combination.j.value().unwrap() - 1755.0 / 382.0).abs() < 1e-13);
    assert_eq!(combination.value_error, None);
}

/// e^{r} at r and r + 1 of a fair coin: π(1 − π)(e − 1)/½(e + 1), which of 10⁹ has nine digits less.
#[test]
fn exponential_utilities_have_bounds_beside_large_rewards() {
    let right = (1f64.exp() - 1.0) / (2.0 * (1f64.exp() + 1.0));
    for beta in ["1", "-1"] {
        let request = GradientRequest {
            risk: Some(format!("exponential:{beta}").parse().unwrap()),
            ..GradientRequest::default()
        };
        let of = |model: &Model| {
            gradient(model, &request, &Notes::default())
                .unwrap()
                .risk
                .unwrap()
        };
        let far = of(&bandit("1000000001", "1000000000"));
        let bound = far.bound.as_ref().expect("it shows");
        let off = (far.gradient[0].value().unwrap() - right).abs();
        assert!(off > 1e-9 && off <= bound.gradient[0], "{off} {bound:?}");
        assert!(bound.gradient[0] < 1e-4, "{bound:?}");
        let near = of(&bandit("1", "0"));
        assert!((near.gradient[0].value().unwrap() - right).abs() < 1e-14);
        assert_eq!(near.bound, None);
    }
    // of rewards so far apart that the exponents have no digit left nothing is told
    let request = GradientRequest {
        risk: Some("exponential:1".parse().unwrap()),
        ..GradientRequest::default()
    };
    let lost = gradient(&bandit("1e20", "-1e20"), &request, &Notes::default());
    assert!(lost.is_err(), "{lost:?}");
}

/// An action that pays 1000 with probability 10⁻²⁰ is worth ½ 10⁻²⁰ e^{1000} beside the other: U = 1000 − ln 2·10²⁰, and
/// ∇U = π(1 − π)/½; over a horizon and until the end.
#[test]
fn improbable_outcomes_count_in_exponential_utilities() {
    let text = "
discount: 1
states: [s, e]
actions: [x, y]
initial: s
terminal: [e]
transitions: [[s, x, e, 1e-20, 1000], [s, x, e, 0.99999999999999999999, 0], [s, y, e, 1, 1]]
";
    for text in [text.to_string(), format!("horizon: 1{text}")] {
        let model = Model::parse("m", &text).unwrap();
        let request = GradientRequest {
            risk: Some("exponential:1".parse().unwrap()),
            ..GradientRequest::default()
        };
        let found = gradient(&model, &request, &Notes::default()).unwrap();
        let found = found.risk.unwrap();
        let right = 1000.0 - 2e20f64.ln();
        assert!(
            (found.value.value().unwrap() - right).abs() < 1e-9,
            "{found:?}"
        );
        assert!(
            (found.gradient[0].value().unwrap() - 0.5).abs() < 1e-9,
            "{found:?}"
        );
    }
}

/// J_α = (r + γp·10⁹)/(1 − γ(1 − p) − γ²p), r = 10⁹ + (1 − p)/2 − 2H(p), differentiated at p = 1/3 with 60 digits.
#[test]
fn the_gradient_with_entropy_has_its_bound_and_is_not_certified() {
    let model = large().with_objective(Objective::Minimize);
    let mut request = GradientRequest {
        entropy: Some(Number::from(2)),
        ..GradientRequest::default()
    };
    let found = gradient(&model, &request, &Notes::default()).unwrap();
    let soft = found.entropy.unwrap();
    let off = (soft.gradient[0].value().unwrap() + 89.23474741736249).abs();
    let bound = soft.gradient_error.expect("it shows");
    assert!(off > 1e-6 && off <= bound && bound < 1.0, "{off} {bound}");
    request.setting.numbers = Numbers::Certified;
    let found = gradient(&model, &request, &Notes::default()).unwrap();
    let summary = found.bounds().unwrap().summary().unwrap();
    assert!(summary.unbounded > 0, "{summary:?}");
}

/// Two outcomes, by hand: with weights 1000/3 on one in a thousand the variance of td-residual is 39.92001001001001.
#[test]
fn variances_under_a_behavior_know_its_weights() {
    let model = bandit("10000000000", "10000000000.3");
    let mdp = Arc::new(model.mdp());
    let policy = |x: &str, y: &str| {
        let chances = [x, y].map(|p| p.parse::<Number>().unwrap());
        let specification = Specification {
            parametrization: Kind::Direct,
            probabilities: Some(chances.to_vec()),
            ..Specification::default()
        };
        Policy::<f64>::from_specification(mdp.space(), &specification).unwrap()
    };
    let target = Arc::new(policy("1/3", "2/3"));
    let solved = Solved::by(Arc::clone(&mdp), target, SolverOptions::default()).unwrap();
    let cases = [
        ("1/1000", "999/1000", 39.92001001001001),
        ("1e-13", "0.9999999999999", 399999999999.92),
    ];
    for (x, y, right) in cases {
        let behavior = policy(x, y);
        let names = [
            "td-residual",
            "gae:1/2",
            "advantage",
            "baseline:v",
            "n-step:2",
        ];
        let estimators: Vec<Estimator> = names.iter().map(|name| name.parse().unwrap()).collect();
        let sampling = solved.sampling().unwrap();
        let detail = Detail::Covariance;
        let laws = solved.laws_under(Some(&behavior), &estimators, sampling, detail);
        for (name, law) in names.iter().zip(laws.unwrap()) {
            let law = law.unwrap();
            let off = (law.moments.variance[0] - right).abs();
            let bound = law.errors.unwrap().variance[0];
            assert!(off <= bound, "{name}: {off:e} {bound:e}");
        }
    }
}

/// One batch, ĝ = (−1/8, 1/8): J rises by ½ (σ(1/4000) − ½), also beside rewards of 10⁹; over a horizon and until the end.
#[test]
fn enumerated_changes_keep_their_digits_beside_large_rewards() {
    let right = 0.5 * (1.0 / (1.0 + (-2.5e-4f64).exp()) - 0.5);
    let far = bandit("1000000000", "1000000000.5");
    let near = bandit("0", "0.5");
    for model in [near, far] {
        let mut request = StepRequest {
            step: Some("1/1000".parse().unwrap()),
            trajectories: 1,
            ..StepRequest::default()
        };
        request.estimation.estimators = Some("baseline:v".into());
        let report = step(&model, &request, &Notes::default()).unwrap();
        let found = report.estimators[0].enumerated.as_ref().unwrap();
        let off = (found.expected_change - right).abs();
        assert!(off <= found.expected_change_error.max(1e-16), "{found:?}");
        assert!(found.expected_change_error < 1e-9, "{found:?}");
        assert_eq!(found.chance_worse, 0.0);
        assert_eq!(found.chance_worse_error, 0.0);
    }
}

/// d Var G/dθ = π(1 − π) d Var/dπ = 1/200 of rewards r, r + 3/10 and r + 7/10, at r = 10⁹.
#[test]
fn the_gradient_of_the_variance_has_its_bound_over_a_horizon() {
    let text = "
horizon: 1
discount: 1
states: [s, e]
actions: [x, y]
initial: s
transitions: [[s, x, e, 1/3, 1000000000], [s, x, e, 2/3, 1000000000.3], [s, y, e, 1, 1000000000.7]]
terminal: [e]
";
    let of = |text: &str| {
        let model = Model::parse("m", text).unwrap();
        let request = EvaluateRequest {
            returns: true,
            ..EvaluateRequest::default()
        };
        let report = evaluate(&model, &request, &Notes::default()).unwrap();
        report.returns.unwrap()
    };
    let found = of(text);
    let slope = found.variance_gradient.as_ref().unwrap()[0]
        .value()
        .unwrap();
    let bound = found.variance_gradient_error.expect("it shows");
    let off = (slope - 0.005).abs();
    assert!(off > 1e-9 && off <= bound && bound < 1e-4, "{off} {bound}");
    let near = of(&text.replace("1000000000", "0"));
    assert_eq!(near.variance_gradient_error, None);
}

/// G is 1 or 2, whatever is paid where nobody comes.
#[test]
fn states_that_are_never_met_are_in_no_bound() {
    let text = "
discount: 1
states: [s, u, e]
actions: [x, y]
initial: s
transitions: [[s, x, e, 1, 1], [s, y, e, 1, 2], [u, x, e, 1/2, 1e30], [u, x, u, 1/2, 0]]
terminal: [e]
";
    for text in [
        text.to_string(),
        text.replace("discount: 1", "discount: 0.9"),
    ] {
        let model = Model::parse("m", &text).unwrap();
        let solved = model.solve(Choice::Own).unwrap();
        let errors = solved.return_errors().unwrap().unwrap();
        assert!(errors.variance < 1e-12, "{errors:?}");
        assert!(errors.third < 1e-12 && errors.fourth < 1e-12);
        assert!(solved.variance_gradient_error().unwrap().unwrap() < 1e-12);
        assert!(solved.hessian_error().unwrap().unwrap() < 1e-12);
        let law = solved.law(&"reward-to-go".parse().unwrap()).unwrap();
        let errors = law.errors.unwrap();
        assert!(errors.variance[0] < 1e-12 && errors.mean[0] < 1e-12);
        let report = step(&model, &StepRequest::default(), &Notes::default()).unwrap();
        assert!(
            report
                .squared_gradient_error
                .is_none_or(|error| error < 1e-9)
        );
    }
}

/// Rewards of the second step alone, A = ∓0.15 and ψ = ±½: E ĝ = −0.075 without γᵗ, which is 0 from there on before ∇J.
#[test]
fn sums_without_discounts_have_bounds_of_their_own() {
    let text = "
horizon: 2
discount: 0
states: [s, u, e]
actions: [x, y]
initial: s
transitions: [[s, x, u, 1, 0], [u, x, e, 1, 1000000000], [u, y, e, 1, 1000000000.3]]
terminal: [e]
";
    for text in [
        text.to_string(),
        text.replace("horizon: 2", ""),
        text.replace("discount: 0", "discount: 0.001"),
    ] {
        let model = Model::parse("m", &text).unwrap();
        let solved = model.solve(Choice::Own).unwrap();
        let law = solved.law(&"td-residual:dropped".parse().unwrap()).unwrap();
        let off = (law.moments.mean[1] + 0.075).abs();
        let bound = law.errors.unwrap().mean[1];
        assert!(off > 1e-9 && off <= bound && bound < 1e-3, "{off} {bound}");
    }
}

/// ‖ρ A ∇π‖² = 153.13037287365825 by a system of two states in fractions.
#[test]
fn the_squared_gradient_keeps_its_digits_where_no_estimator_has_a_law() {
    let text = "
discount: 9/10
states: [s0, s1]
actions: [x, y, z]
initial: {s0: 2/3, s1: 1/3}
transitions:
- [s0, x, s0, 1, 2000000001/2]
- [s0, y, s0, 2/11, 4999999986/5]
- [s0, y, s1, 9/11, 9999999983/10]
- [s0, z, s1, 1, 4999999997/5]
- [s1, x, s0, 9/11, 4999999996/5]
- [s1, x, s1, 2/11, 10000000003/10]
- [s1, z, s1, 9/14, 4999999993/5]
- [s1, z, s0, 5/14, 4999999993/5]
policy: {parametrization: direct, probabilities: {s0: {x: 7/16, y: 1/16, z: 1/2}, s1: {x: 3/7, z: 4/7}}}
";
    let model = Model::parse("m", text).unwrap();
    let mut request = StepRequest::default();
    for behavior in [None, Some(exact_mdp::study::PolicyName::Uniform)] {
        request.estimation.behavior = behavior;
        let report = step(&model, &request, &Notes::default()).unwrap();
        let off = (report.squared_gradient.value().unwrap() - 153.13037287365825).abs();
        assert!(off <= 1e-10, "{off}");
        assert_eq!(report.squared_gradient_error, None);
    }
}

/// Three states whose rewards have 10¹¹ in common, or nothing: no gradient, variance or bias knows of it.
fn offset(common: &str, criterion: &str) -> Model {
    let text = format!(
        "
{criterion}
states: [a, b, c]
actions: [x, y]
initial: {{a: 1/2, b: 1/2}}
transitions: {{a: {{x: {{a: 1/2, b: 1/2}}, y: {{b: 1}}}}, b: {{x: {{a: 1/3, c: 2/3}}, y: {{b: 3/4, c: 1/4}}}}, c: {{x: a, y: {{b: 1/5, c: 4/5}}}}}}
rewards: {{a: {{x: {common}1, y: {common}3}}, b: {{x: {common}2, y: {common}0}}, c: {{x: {common}4, y: {common}1}}}}
policy: {{parametrization: softmax, theta: {{a: {{x: 0.3, y: 0}}, b: {{x: 0, y: 1}}, c: {{x: 0.2, y: 0}}}}}}
"
    );
    Model::parse("offset", &text).unwrap()
}

#[test]
fn mean_and_variance_beside_an_offset_have_a_bound() {
    let request = GradientRequest {
        routes: Some(Vec::new()),
        risk: Some("mean-variance:1/2".parse().unwrap()),
        ..GradientRequest::default()
    };
    let of = |common: &str| {
        let model = offset(common, "discount: 9/10");
        let report = gradient(&model, &request, &Notes::default()).unwrap();
        report.risk.unwrap()
    };
    let (plain, found) = (of(""), of("10000000000"));
    assert_eq!(plain.bound, None);
    let bound = found.bound.expect("it shows");
    let both = found.gradient.iter().zip(&plain.gradient);
    for ((x, exact), bound) in both.zip(&bound.gradient) {
        let off = (x.value().unwrap() - exact.value().unwrap()).abs();
        assert!(off <= *bound && *bound < 10.0, "{off} {bound}");
    }
}

/// Laws under the average reward are those of R − g, and so is ∇J: nothing is biased, and what is lost is bounded.
#[test]
fn laws_in_the_long_run_beside_an_offset_have_bounds() {
    let of = |common: &str, name: &str| {
        let model = offset(common, "criterion: average");
        let solved = model.solve(Choice::Own).unwrap();
        let sampling = exact_mdp::estimator::Sampling::cut_after(10, solved.mdp().criterion());
        solved
            .law_when(&name.parse().unwrap(), sampling.unwrap())
            .unwrap()
    };
    for name in ["q", "advantage", "td-residual", "gae:0.9"] {
        let (plain, found) = (of("", name), of("10000000000", name));
        let errors = found.errors.as_ref().unwrap();
        for k in 0..6 {
            let off = (found.moments.mean[k] - plain.moments.mean[k]).abs();
            assert!(off <= errors.mean[k] + 1e-12, "{name} {k}: {off}");
            let off = (found.moments.variance[k] - plain.moments.variance[k]).abs();
            assert!(off <= errors.variance[k] + 1e-12, "{name} {k}: {off}");
        }
    }
}

/// Where nobody makes a bound, that is said in the report and beside it.
#[test]
fn what_is_not_known_of_large_models_is_said() {
    let text = "discount: 1/2\ngarnet: {states: 2001, actions: 2, branching: 2, seed: 1}\ninitial: uniform\n";
    let model = Model::parse("large", text).unwrap();
    let request = GradientRequest {
        routes: Some(Vec::new()),
        with_respect_to: vec![exact_mdp::report::Variable::Discount],
        ..GradientRequest::default()
    };
    let notes = Notes::default();
    let report = gradient(&model, &request, &notes).unwrap();
    let rounding = &report.with_respect_to[0].rounding;
    assert!(
        matches!(rounding, exact_mdp::report::KnownRounding::Unknown(_)),
        "{rounding:?}"
    );
}

/// G is c with probability 3/4 and γc with 1/4, so that its skewness is −(1 − 2/4)/√(3/16) = −2/√3 and its kurtosis 16/3 − 3, whatever c is;
/// with 10⁻¹⁵⁰ the variance, 2·10⁻³²⁵, is below floating point and its standard deviation is not.
#[test]
fn shapes_of_variances_below_floating_point_have_a_bound() {
    for c in ["1", "1e-150"] {
        let text = format!(
            "{{discount: 999999999999/1000000000000, states: [s, m, e], actions: [a], initial: s, terminal: [e], \
             transitions: [[s, a, e, 3/4, {c}], [s, a, m, 1/4, 0], [m, a, e, 1, {c}]]}}"
        );
        let request = EvaluateRequest {
            returns: true,
            ..EvaluateRequest::default()
        };
        let model = Model::parse("m", &text).unwrap();
        let report = evaluate(&model, &request, &Notes::default()).unwrap();
        let law = report.returns.unwrap();
        assert_eq!(law.variance.value().is_some(), c == "1");
        let shapes = [
            (&law.skewness, law.skewness_error, -2.0 / 3f64.sqrt()),
            (&law.kurtosis, law.kurtosis_error, 7.0 / 3.0),
        ];
        for (found, bound, right) in shapes {
            let (found, bound) = (found.value().unwrap(), bound.expect("it shows"));
            let off = (found - right).abs();
            assert!(
                1e-9 < off && off <= bound && bound < 1.0,
                "{found} {bound} {right}"
            );
        }
    }
}
