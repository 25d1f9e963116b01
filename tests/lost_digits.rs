//! What floats lose of rewards is taken away exactly or told, also of numbers that come out as 0. Expected values are those of
//! fractions or of closed forms.

use std::ops::ControlFlow;

use exact_mdp::arithmetic::Choice;
use exact_mdp::ascent::{AscentMethod, AscentOptions, Goal, ascend};
use exact_mdp::comparison::{ComparisonOptions, compare};
use exact_mdp::estimator::{Detail, Estimator, Law, Sampling};
use exact_mdp::model::{Model, Overrides};
use exact_mdp::number::Rational;
use exact_mdp::report::Quantity;
use exact_mdp::study::{
    BetweenRequest, EvaluateRequest, GradientRequest, Notes, SolveRequest, between, evaluate,
    gradient, solve,
};

fn model(text: &str) -> Model {
    Model::parse("lost", text).unwrap_or_else(|errors| panic!("{}", errors.plain()))
}

/// Both of a model and its own policy: in floating point and in fractions.
fn laws(model: &Model, names: &[&str], sampling: Sampling) -> (Vec<Law>, Vec<Law<Rational>>) {
    let names: Vec<Estimator> = names.iter().map(|name| name.parse().unwrap()).collect();
    let detail = Detail::Variances;
    let found = model.solve(Choice::Own).unwrap();
    let exact = model.exact().unwrap().solve(Choice::Own).unwrap();
    let found = found.laws(&names, sampling, detail).unwrap();
    let exact = exact.laws(&names, sampling, detail).unwrap();
    let all = (found.into_iter(), exact.into_iter());
    (
        all.0.map(Result::unwrap).collect(),
        all.1.map(Result::unwrap).collect(),
    )
}

fn float(x: &Rational) -> f64 {
    x.to_f64().value()
}

fn known(x: &[Quantity]) -> Vec<f64> {
    x.iter().filter_map(Quantity::value).collect()
}

/// All steps pay c but a rare exit, which pays 0: r(t, y) = c (1 − 10⁻¹²) keeps four digits of what it is less as a float.
fn rare_exit(paid: &str) -> Model {
    model(&format!(
        "criterion: average\nstates: [s, t]\nactions: [x, y]\ninitial: t\ntransitions:\n\
         - [s, x, t, 4/7, {paid}]\n- [s, x, s, 3/7, {paid}]\n- [s, y, s, 1/2, {paid}]\n- [s, y, t, 1/2, {paid}]\n\
         - [t, x, s, 1/1000000000000, {paid}]\n- [t, x, t, 999999999999/1000000000000, {paid}]\n\
         - [t, y, s, 1/1000000000000, 0]\n- [t, y, t, 999999999999/1000000000000, {paid}]\n\
         policy: {{parametrization: direct, probabilities: {{s: {{x: 1/2, y: 1/2}}, t: {{x: 1/5001, y: 5000/5001}}}}}}\n"
    ))
}

/// Means, variances and gradients are those of fractions to twelve digits, and what is unbiased is called so.
#[test]
fn a_rare_outcome_keeps_the_digits_of_what_it_pays_less() {
    for paid in ["1", "1000000000", "1/3"] {
        let model = rare_exit(paid);
        let names = ["q", "advantage", "td-residual", "reward-to-go"];
        let (found, exact) = laws(&model, &names, Sampling::LongRun(3));
        for (law, exact) in found.iter().zip(&exact) {
            let near = |found: &[f64], exact: &[Rational], what: &str| {
                for (x, y) in found.iter().zip(exact) {
                    let off = (x - float(y)).abs();
                    assert!(
                        off <= 1e-11 * float(y).abs(),
                        "{paid} {} {what}: {x} {}",
                        law.estimator,
                        float(y)
                    );
                }
            };
            near(law.mean(), exact.mean(), "mean");
            near(law.variance(), exact.variance(), "variance");
            assert_eq!(law.is_biased(), exact.is_biased(), "{}", law.estimator);
        }
        let at = model.solve(Choice::Own).unwrap();
        let exact = model.exact().unwrap().solve(Choice::Own).unwrap();
        let both = [
            (at.gradient().unwrap(), exact.gradient().unwrap()),
            (at.advantage(), exact.advantage()),
            (at.v(), exact.v()),
        ];
        for (found, exact) in both {
            for (x, y) in found.iter().zip(exact) {
                assert!(
                    (x - float(y)).abs() <= 1e-11 * float(y).abs(),
                    "{paid}: {x} {}",
                    float(y)
                );
            }
        }
    }
}

/// ±10⁹ in equal parts leave 0 of each step, and no constant can be taken away: what is left of thirds is within the bounds.
#[test]
fn bounds_of_laws_cover_rewards_that_cancel() {
    let model = model(
        "criterion: average\nstates: [s, t]\nactions: [x, y]\ninitial: s\ntransitions:\n\
         - [s, x, t, 1/2, 1000000000/3]\n- [s, x, s, 1/2, -1000000000/3]\n- [s, y, s, 1, 1/3]\n\
         - [t, x, s, 1/3, -2000000000/7]\n- [t, x, t, 2/3, 1000000000/7]\n- [t, y, t, 1/1000, 1/5]\n- [t, y, s, 999/1000, 1/7]\n",
    );
    let names = [
        "q",
        "advantage",
        "td-residual",
        "reward-to-go",
        "total-return",
    ];
    let (found, exact) = laws(&model, &names, Sampling::LongRun(4));
    for (law, exact) in found.iter().zip(&exact) {
        let within = |found: &[f64], exact: &[Rational], bounds: Option<Vec<f64>>| {
            for (k, (x, y)) in found.iter().zip(exact).enumerate() {
                let bound = bounds.as_ref().map_or(1e-9 * x.abs(), |bounds| bounds[k]);
                let off = (x - float(y)).abs();
                assert!(off <= bound, "{}: {off} {bound}", law.estimator);
            }
        };
        within(law.mean(), exact.mean(), law.mean_error());
        within(law.variance(), exact.variance(), law.variance_error());
        assert_ne!(
            law.is_biased()
                .map(|found| found && exact.is_biased() == Some(false)),
            Some(true)
        );
    }
}

/// Rewards that all are one float: of A = ±3·10⁻⁸ and of all that is made of it nothing is left, and the bounds say so.
#[test]
fn what_comes_out_as_zero_has_its_bound() {
    let model = |overrides: &Overrides| {
        let text = "discount: 1/2\nstates: [s, t]\nactions: [x, y]\ninitial: s\ntransitions:\n\
             - [s, x, t, 1, \"1000000000\"]\n- [s, y, s, 1, \"1000000000.00000003\"]\n- [t, x, s, 1, \"1000000000.00000001\"]\n";
        Model::parse_with("one", text, overrides).unwrap()
    };
    let (plain, notes) = (Overrides::default(), Notes::default());
    let horizon = Overrides {
        horizon: Some(3),
        ..Overrides::default()
    };
    for overrides in [&plain, &horizon] {
        let model = model(overrides);
        let exact = model.exact().unwrap().solve(Choice::Own).unwrap();
        let report = evaluate(&model, &EvaluateRequest::default(), &notes).unwrap();
        let error = report.advantage_error.expect("nothing is left");
        assert!(error < 1e-4, "{error}");
        let found = report.advantage.iter().filter_map(Quantity::value);
        for (x, y) in found.zip(exact.advantage()) {
            assert!((x - float(y)).abs() <= error, "{x} {} {error}", float(y));
        }
    }
    let model = model(&plain);
    let exact = model.exact().unwrap().solve(Choice::Own).unwrap();
    let request = GradientRequest {
        natural: true,
        toward_actions: true,
        ..GradientRequest::default()
    };
    let report = gradient(&model, &request, &notes).unwrap();
    let natural = exact.natural_gradient().unwrap();
    let error = report.natural_error.expect("nothing is left");
    let direction = known(&report.natural.unwrap().unwrap());
    for (x, y) in direction.iter().zip(&natural.direction) {
        assert!((x - float(y)).abs() <= error, "{x} {} {error}", float(y));
    }
    let error = report.toward_actions_error.expect("nothing is left");
    let rates = exact.toward_actions().unwrap();
    for (x, y) in known(&report.toward_actions.unwrap()).iter().zip(&rates) {
        assert!((x - float(y)).abs() <= error, "{x} {} {error}", float(y));
    }
}

/// Under the average reward those rewards keep the digits of what is between them, as they are written: A = ±1/60000000,
/// h = 1/900000000, −1/450000000 of the uniform policy.
#[test]
fn rewards_of_one_float_are_told_apart_in_the_long_run() {
    let model = model(
        "criterion: average\nstates: [s, t]\nactions: [x, y]\ninitial: s\ntransitions:\n\
         - [s, x, t, 1, \"1000000000\"]\n- [s, y, s, 1, \"1000000000.00000003\"]\n- [t, x, s, 1, \"1000000000.00000001\"]\n",
    );
    let at = model.solve(Choice::Own).unwrap();
    let expected = [-1.0 / 6e7, 1.0 / 6e7, 0.0];
    for (x, y) in at.advantage().iter().zip(expected) {
        assert!((x - y).abs() <= 1e-20, "{x} {y}");
    }
    for (x, y) in at.v().iter().zip([1.0 / 9e8, -1.0 / 4.5e8]) {
        assert!((x - y).abs() <= 1e-20, "{x} {y}");
    }
}

/// A mean that comes out as 0 beside one of 10¹⁵, and is ±81/160: its bound is told.
#[test]
fn a_mean_of_zero_beside_a_large_one_has_its_bound() {
    let model = model(
        "horizon: 2\ndiscount: 9/10\nstates: [s, t]\nactions: [x, y]\ninitial: s\ntransitions:\n\
         - [s, x, t, 1/2, \"10000000000000001\"]\n- [s, x, s, 1/2, \"30000000000000000\"]\n\
         - [s, y, t, 1, \"20000000000000007\"]\n- [t, x, t, 1, 1]\n- [t, y, t, 1, 4]\n",
    );
    let names = ["baseline:optimal-constant"];
    let (found, _) = laws(&model, &names, Sampling::FiniteHorizon(2));
    let error = found[0].mean_error().expect("it shows");
    for (k, right) in [(2, -0.50625), (3, 0.50625)] {
        let off = (found[0].mean()[k] - right).abs();
        assert!(off <= error[k], "{off} {}", error[k]);
    }
}

/// ∇J of a comparison has its bound under every criterion.
#[test]
fn the_gradient_of_a_comparison_has_its_bound() {
    let text = |criterion: &str| {
        format!(
            "{criterion}\nstates: [s, t]\nactions: [x, y]\ninitial: s\ntransitions:\n\
             - [s, x, t, 1, \"100000000000000000000\"]\n- [s, y, s, 1, \"100000000000000000003\"]\n\
             - [t, x, s, 1, \"100000000000000000001\"]\n"
        )
    };
    let names: [Estimator; 1] = ["advantage".parse().unwrap()];
    for criterion in ["discount: 9/10", "horizon: 3", "criterion: average"] {
        let model = model(&text(criterion));
        let at = model.solve(Choice::Own).unwrap();
        let exact = model.exact().unwrap().solve(Choice::Own).unwrap();
        let exact = exact.gradient().unwrap();
        let options = ComparisonOptions {
            trajectories: 10,
            ..ComparisonOptions::default()
        };
        let go = |_| ControlFlow::Continue(());
        let found = compare(at.mdp(), at.policy(), &names, &options, &go).unwrap();
        let most = exact
            .iter()
            .fold(0.0, |most: f64, x| most.max(float(x).abs()));
        let told = found.gradient_error.unwrap_or(1e-9 * most);
        for (x, y) in found.gradient.iter().zip(exact) {
            let off = (x - float(y)).abs();
            assert!(off <= told, "{criterion}: {off} {told}");
        }
    }
}

/// s stays by x, which pays 1, and ends by y, which pays 7/4: over two steps J = 7/4 + p − 3/4 p² with p = π(x), which is largest
/// at p = 2/3. From θ = (0, 0) to (4, 0) p = 1/(1 + exp(−4x)), and p = 2/3 at x = ln 2/4.
#[test]
fn a_line_of_parameters_over_a_horizon_is_that_of_parameters() {
    let model = model(
        "horizon: 2\ndiscount: 1\nstates: [s, e]\nactions: [x, y]\ninitial: s\nterminal: [e]\n\
         transitions: [[s, x, s, 1, 1], [s, y, e, 1, \"7/4\"]]\n",
    );
    let policy = |x: &str| format!("{{parametrization: softmax, theta: {{s: {{x: {x}, y: 0}}}}}}");
    let mut request = BetweenRequest {
        to: policy("4").parse().unwrap(),
        points: 3,
        in_parameters: true,
        ..BetweenRequest::default()
    };
    request.setting.policy = policy("0").parse().unwrap();
    let report = between(&model, &request, &Notes::default()).unwrap();
    let line = report.line.expect("a line");
    for (i, (j, slope)) in known(&line.j).iter().zip(known(&line.slope)).enumerate() {
        let p = 1.0 / (1.0 + (-2.0 * i as f64).exp());
        let height = 7.0 / 4.0 + p - 0.75 * p * p;
        assert!((j - height).abs() < 1e-14, "{j} {height}");
        let rise = 4.0 * p * (1.0 - p) * (1.0 - 1.5 * p);
        assert!((slope - rise).abs() < 1e-14, "{slope} {rise}");
    }
    let [(low, high, is_top)] = &line.turns[..] else {
        panic!("one turn")
    };
    let top = 2.0f64.ln() / 4.0;
    let (low, high) = (low.value().unwrap(), high.value().unwrap());
    assert!(*is_top && low <= top && top <= high && high - low < 1e-9);
    // a rule for each time has no θ that a rule for all times has
    request.to = "optimal".parse().unwrap();
    assert!(between(&model, &request, &Notes::default()).is_err());
}

/// Three states that go on for ever.
fn endless(offset: i64) -> Model {
    let k = |x: i64| offset + x;
    model(&format!(
        "criterion: average\nstates: [p, q, u]\nactions: [a, b]\ninitial: p\n\
         transitions: [[p, a, p, 1/3, {}], [p, a, q, 2/3, {}], [p, b, u, 1, {}], [q, a, p, 1, {}], [q, b, q, 1/2, {}], [q, b, u, 1/2, {}], \
         [u, a, p, 1/5, {}], [u, a, u, 4/5, {}], [u, b, q, 1, {}]]\n\
         policy: {{parametrization: softmax, theta: {{p: {{a: 0.3, b: 0}}, q: {{a: -1, b: 0}}, u: {{a: 0, b: 0.5}}}}}}\n",
        k(3),
        k(1),
        k(2),
        k(0),
        k(5),
        k(-1),
        k(1),
        k(0),
        k(1)
    ))
}

/// The soft biases were worked out to forty digits by relative value iteration: nothing is said of numbers that are right.
#[test]
fn soft_biases_have_the_bound_of_what_the_entropy_pays() {
    let mut request = SolveRequest::default();
    request.options.entropy = Some(0.5);
    let report = solve(&endless(0), &request, &Notes::default()).unwrap();
    let right = [
        0.436_251_542_324_607_17,
        0.205_554_448_252_799_95,
        -0.454_620_032_532_727_5,
    ];
    for (x, y) in report.v.iter().filter_map(Quantity::value).zip(right) {
        assert!((x - y).abs() < 1e-14, "{x} {y}");
    }
    assert_eq!(report.bias_error, None);
}

/// J* - J of the last policy is that of the model without 10⁹, within the bound.
#[test]
fn the_gap_of_the_average_reward_has_its_digits_or_its_bound() {
    let climb = |offset: i64| {
        let at = endless(offset).solve(Choice::Own).unwrap();
        let goal = Goal::new(at.mdp(), at.options()).unwrap();
        let options = AscentOptions {
            method: AscentMethod::Newton,
            iterations: 3,
            ..AscentOptions::default()
        };
        let go = |_: &_| ControlFlow::Continue(());
        ascend(at.mdp(), at.policy(), Some(&goal), &options, &go).unwrap()
    };
    let (with, without) = (climb(1_000_000_000), climb(0));
    // what J is at the policy that it ends at, without 10⁹
    let at = endless(0).solve(with.policy.clone()).unwrap();
    let goal = Goal::new(at.mdp(), at.options()).unwrap();
    let error = with.gap_error.unwrap_or(1e-12);
    let off = (with.last().gap.unwrap() - (goal.j - at.j())).abs();
    assert!(off <= error && error < 1e-3, "{off} {error}");
    assert_eq!(without.gap_error, None);
}
