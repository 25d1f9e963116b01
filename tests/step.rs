//! What one step does, against closed forms, enumeration and finite differences.

use std::path::Path;
use std::sync::Arc;

use exact_mdp::arithmetic::Choice;
use exact_mdp::ascent::{AscentMethod, AscentOptions};
use exact_mdp::comparison::SampleVerdict;
use exact_mdp::error::Error;
use exact_mdp::estimator::{Detail, Estimator, Sampling};
use exact_mdp::gradient::entropy::Softened;
use exact_mdp::mdp::Criterion;
use exact_mdp::model::{Model, Overrides};
use exact_mdp::number::{Number, Rational};
use exact_mdp::policy::Policy;
use exact_mdp::solved::Solved;
use exact_mdp::step::{
    Crossing, StepLaw, curl, enumerate, jacobian_rounding, mean_jacobian, promise,
    soft_mean_jacobian,
};
use exact_mdp::study::{self, Estimation, Notes, StepRequest};

/// One state, actions that pay 1 and 0 and end, π = (3/4, 1/4).
const BANDIT: &str = "\
discount: 1
states: [s, end]
actions: [pays, does-not]
initial: s
terminal: [end]
transitions:
- [s, pays, end, 1, 1]
- [s, does-not, end, 1, 0]
policy: {parametrization: softmax, probabilities: {s: {pays: 3/4, does-not: 1/4}}}
";

fn ratio(numerator: i64, denominator: i64) -> Rational {
    Rational::from(numerator) / Rational::from(denominator)
}

fn named(name: &str) -> Estimator {
    name.parse().unwrap()
}

/// g = 3/16 (1, −1), H = −3/32 M, Σ = 3/256 M with M = (1, −1)ᵀ(1, −1), by hand.
#[test]
fn a_bandit_has_the_expansion_that_is_found_by_hand() {
    let model = Model::parse("bandit.yaml", BANDIT).unwrap();
    let solved = model
        .exact()
        .unwrap()
        .solve(exact_mdp::arithmetic::Choice::Own)
        .unwrap();
    let law = solved.step_law(&named("reward-to-go")).unwrap();
    assert_eq!(law.slope, ratio(9, 128));
    assert_eq!(law.curvature, ratio(-27, 2048));
    assert_eq!(law.noise, ratio(-9, 2048));
    assert_eq!(law.variance, ratio(3, 128));
    assert_eq!(law.noise_scale(), Some(ratio(1, 3)));
    assert_eq!(law.simple_noise_scale(), Some(ratio(1, 3)));
    assert_eq!(law.best_step(1), Some(ratio(4, 1)));
    assert_eq!(law.best_change(1), Some(ratio(9, 64)));
    // α (9/128) + α²/2 (−27/2048 − 9/2048/n) = 0 at α = 8 for n = 1
    assert_eq!(law.expected_change(&ratio(8, 1), 1), Rational::ZERO);
    assert_eq!(law.break_even(&ratio(8, 1)), Some(ratio(1, 1)));
}

/// E J(θ + αĝ) − J = ¾ (σ(ln 3 + α/2) − ¾) is (9/128) α where α is small: the difference of two J that are alike has no digit
/// of that left, and the performance difference has all.
#[test]
fn changes_of_small_steps_are_enumerated_to_their_last_digits() {
    let model = Model::parse("bandit.yaml", BANDIT).unwrap();
    let solved = model.solve(exact_mdp::arithmetic::Choice::Own).unwrap();
    let sampling = solved.sampling().unwrap();
    for step in [1e-9, 1e-12] {
        let found = enumerate(&solved, None, &named("reward-to-go"), sampling, (step, 1));
        let found = found.unwrap().expect("few trajectories");
        // θ + αĝ is rounded to the last digit of θ, and so is what is left of it
        let moved = |theta: f64, step: f64| (theta + step) - theta;
        let [first, second] = [0, 1].map(|k| solved.policy().theta().unwrap()[k]);
        let shift = moved(first, 0.25 * step) - moved(second, -0.25 * step);
        let expected = 0.75 * 3.0 / 16.0 * shift;
        let off = (found.expected_change - expected).abs();
        assert!(
            off <= 1e-8 * expected,
            "{step}: {:e} {expected:e}",
            found.expected_change
        );
        assert_eq!(found.chance_worse, 0.0, "{step}");
    }
}

/// Rewards 1 and 3, π = ½: a step of 10 ends in one corner or the other, each of probability ½, whose J are 1 and 3 where J is
/// 2; with entropy log π diverges there, and the expansion stands without.
#[test]
fn steps_from_the_simplex_end_on_it() {
    for kind in ["direct", "simplex"] {
        let text = format!(
            "{{horizon: 1, discount: 1, states: [s, e], actions: [x, y], initial: s, terminal: [e], \
             transitions: [[s, x, e, 1, 1], [s, y, e, 1, 3]], \
             policy: {{parametrization: {kind}, probabilities: {{s: {{x: 1/2, y: 1/2}}}}}}}}"
        );
        let model = Model::parse("m", &text).unwrap();
        let mut request = StepRequest {
            step: Some(Number::from(10)),
            trajectories: 1,
            ..StepRequest::default()
        };
        request.estimation.estimators = Some("reward-to-go".into());
        let report = study::step(&model, &request, &Notes::default()).unwrap();
        let found = report.estimators[0].enumerated.as_ref().unwrap();
        let parts = [found.expected_change, found.deviation, found.chance_worse];
        for (x, right) in parts.iter().zip([0.0, 1.0, 0.5]) {
            assert!((x - right).abs() < 1e-14, "{kind}: {found:?}");
        }
        request.estimation.entropy = Some("1/5".parse().unwrap());
        let report = study::step(&model, &request, &Notes::default()).unwrap();
        assert!(report.estimators[0].absent.is_none());
    }
}

#[test]
fn all_batches_of_a_bandit_are_its_two_outcomes() {
    let model = Model::parse("bandit.yaml", BANDIT).unwrap();
    let solved = model.solve(exact_mdp::arithmetic::Choice::Own).unwrap();
    let estimator = named("reward-to-go");
    let sampling = solved.sampling().unwrap();
    let reached = |shift: f64| 3.0 * shift.exp() / (1.0 + 3.0 * shift.exp()) - 0.75;
    for (step, batch) in [(0.5, 1), (3.0, 1), (3.0, 2)] {
        let found = enumerate(&solved, None, &estimator, sampling, (step, batch))
            .unwrap()
            .unwrap();
        // k of the batch pay, each moves the difference of the logits by α/2n
        let chances = match batch {
            1 => vec![(0.0, 0.25), (1.0, 0.75)],
            _ => vec![(0.0, 1.0 / 16.0), (1.0, 6.0 / 16.0), (2.0, 9.0 / 16.0)],
        };
        let expected: f64 = chances
            .iter()
            .map(|(k, p)| p * reached(k * step / 2.0 / batch as f64))
            .sum();
        assert_eq!(found.batches, chances.len());
        assert!((found.expected_change - expected).abs() < 1e-14);
        assert_eq!(found.chance_worse, 0.0);
        assert!((found.chance_uphill - (1.0 - chances[0].1)).abs() < 1e-14);
    }
}

/// What is left of the expansion is of third order: halving α divides it by about 8.
#[test]
fn the_expansion_is_right_to_second_order() {
    let models = [("two-state", 2), ("reversed-ranking", 2), ("retry-loop", 3)];
    for (name, horizon) in models {
        let model = crate::bundled(name, Some(horizon));
        let solved = model.solve(Policy::random(model.space(), 5)).unwrap();
        let sampling = Sampling::FiniteHorizon(horizon);
        for estimator in [
            "reward-to-go",
            "advantage",
            "total-return",
            "reward-to-go:dropped",
        ] {
            let estimator = named(estimator);
            let law = solved.step_law(&estimator).unwrap();
            for batch in [1, 2] {
                let size = 0.01 / (law.length + law.variance).sqrt();
                let off = |step: f64| {
                    let all = enumerate(&solved, None, &estimator, sampling, (step, batch));
                    let all = all.unwrap().expect("few batches");
                    all.expected_change - law.expected_change(&step, batch)
                };
                let (whole, half) = (off(size), off(size / 2.0));
                assert!(
                    (whole - 8.0 * half).abs() <= 0.2 * whole.abs() + 1e-11,
                    "{name} {estimator} {batch}: {whole} {half}"
                );
            }
        }
    }
}

#[test]
fn deviations_are_those_of_all_batches_for_small_steps() {
    let model = crate::bundled("two-state", Some(2));
    let solved = model.solve(Policy::random(model.space(), 2)).unwrap();
    let estimator = named("reward-to-go");
    let law = solved.step_law(&estimator).unwrap();
    let sampling = Sampling::FiniteHorizon(2);
    let all = enumerate(&solved, None, &estimator, sampling, (1e-4, 2));
    let all = all.unwrap().unwrap();
    let told = law.deviation(1e-4, 2);
    assert!((told / all.deviation - 1.0).abs() < 1e-3, "{told} {all:?}");
}

#[test]
fn the_mean_of_an_unbiased_estimator_has_the_hessian_for_its_jacobian() {
    let model = crate::bundled("dropped-against-both", None);
    let solved = model.solve(Policy::random(model.space(), 4)).unwrap();
    let sampling = solved.sampling().unwrap();
    let hessian = solved.hessian().unwrap();
    let found = mean_jacobian(&solved, None, &named("reward-to-go"), sampling).unwrap();
    assert!((&found - &hessian).norm() < 1e-10 * hessian.norm().max(1.0));
    assert!(curl(&found, 0.0).unwrap().value < 1e-10);
    // against central differences of the mean
    let dropped = named("reward-to-go:dropped");
    let found = mean_jacobian(&solved, None, &dropped, sampling).unwrap();
    let theta = solved.policy().theta().unwrap().to_vec();
    let mean = |k: usize, h: f64| {
        let mut theta = theta.clone();
        theta[k] += h;
        solved
            .with_theta(theta)
            .unwrap()
            .law(&dropped)
            .unwrap()
            .moments
            .mean
    };
    for k in 0..theta.len() {
        let (up, down) = (mean(k, 1e-5), mean(k, -1e-5));
        for i in 0..theta.len() {
            let difference = (up[i] - down[i]) / 2e-5;
            assert!((found[(i, k)] - difference).abs() < 1e-7);
        }
    }
    assert!(curl(&found, 0.0).unwrap().value > 1e-3);
}

/// Trajectories that turn back again and again grow less likely than the smallest number long before they end: 3¹⁹ of them
/// were followed.
#[test]
fn trajectories_that_are_too_many_to_follow_are_not_enumerated() {
    let text = "discount: 0.9\nstates: [s, t, u]\nactions: [a]\ninitial: s\ntransitions:\n- [s, a, s, 1/100000000000000000, 1]\n- [s, a, t, 1/100000000000000000, 0]\n- [s, a, u, 49999999999999999/50000000000000000, 0]\n- [t, a, s, 1/100000000000000000, 1]\n- [t, a, t, 1/100000000000000000, 0]\n- [t, a, u, 49999999999999999/50000000000000000, 0]\n- [u, a, s, 1/100000000000000000, 1]\n- [u, a, t, 1/100000000000000000, 0]\n- [u, a, u, 49999999999999999/50000000000000000, 0]\n";
    let model = Model::parse("turns.yaml", text).unwrap();
    let solved = model.solve(Policy::random(model.space(), 1)).unwrap();
    let sampling = solved.sampling().unwrap();
    let found = enumerate(&solved, None, &named("reward-to-go"), sampling, (0.1, 2));
    assert_eq!(found.unwrap(), None);
}

/// Two actions that do the same: J does not depend on θ, every mean is 0 and so is its Jacobian, whose curl is no number.
/// Near γ = 1 the mean of an unbiased estimator is a gradient, up to what rounding may explain.
#[test]
fn rounding_is_no_curl() {
    let text = "discount: 1\nstates: [s0, s1, end]\nactions: [a, b]\ninitial: s0\nterminal: [end]\ntransitions:\n- [s0, a, s1, 1, 1/3]\n- [s0, b, s1, 1, 1/3]\n- [s1, a, end, 1/3, 1]\n- [s1, a, s1, 2/3, 1/7]\n- [s1, b, end, 1/3, 1]\n- [s1, b, s1, 2/3, 1/7]\n";
    let same = Model::parse("curl.yaml", text).unwrap();
    let heater = |nines: usize| {
        format!(
            "discount: 0.{}\nstates: [cold, hot]\nactions: [wait, heat]\ninitial: cold\ntransitions:\n- [cold, wait, cold, 1, 0]\n- [cold, heat, hot, 9/10, 0]\n- [cold, heat, cold, 1/10, 0]\n- [hot, wait, cold, 1/2, 1]\n- [hot, wait, hot, 1/2, 1]\n- [hot, heat, hot, 1, 1]\n",
            "9".repeat(nines)
        )
    };
    for name in ["reward-to-go", "q", "advantage", "td-residual"] {
        let of = |model: &Model| {
            let solved = model.solve(Policy::random(model.space(), 1)).unwrap();
            let sampling = solved.sampling().unwrap();
            let found = mean_jacobian(&solved, None, &named(name), sampling).unwrap();
            curl(&found, jacobian_rounding(&solved, &found).unwrap())
        };
        assert_eq!(of(&same), None, "{name}");
        for nines in [1, 3, 6] {
            let model = Model::parse("heater.yaml", &heater(nines)).unwrap();
            let curl = of(&model).unwrap();
            assert!(
                curl.value <= curl.error && curl.error < 1e-6,
                "{name} {nines} {curl:?}"
            );
        }
    }
}

/// ∇²J_α by differences of ∇J_α, whose rewards −α log π move along, under each criterion.
#[test]
fn the_hessian_with_entropy_is_that_of_differences() {
    let average = Overrides {
        criterion: Some(exact_mdp::model::CriterionKind::Average),
        ..Overrides::default()
    };
    let path = Path::new(crate::ROOT).join("mdps/two-state.yaml");
    let models = [
        crate::bundled("two-state", None),
        crate::bundled("two-state", Some(4)),
        crate::bundled("short-corridor", None),
        Model::load_with(&path, &average).unwrap(),
    ];
    for model in models {
        let at: Solved = model.solve(Policy::random(model.space(), 3)).unwrap();
        let alpha = 0.7;
        let soft = Softened::new(at.clone(), alpha).unwrap();
        let hessian = soft.hessian().unwrap();
        let theta = at.policy().theta().unwrap();
        let gradient = |k: usize, h: f64| {
            let mut moved = theta.to_vec();
            moved[k] += h;
            at.with_theta(moved)
                .unwrap()
                .entropy(&alpha)
                .unwrap()
                .gradient
        };
        for k in 0..theta.len() {
            let (up, down) = (gradient(k, 1e-5), gradient(k, -1e-5));
            for (l, (up, down)) in up.iter().zip(&down).enumerate() {
                let slope = (up - down) / 2e-5;
                let apart = (hessian[(l, k)] - slope).abs();
                assert!(
                    apart < 1e-7 * hessian.norm().max(1.0),
                    "{} {k} {l}",
                    model.name()
                );
            }
        }
        // what an unbiased estimator has for its mean has this for its Jacobian
        if *model.criterion() != Criterion::Average {
            let sampling = at.sampling().unwrap();
            let found = soft_mean_jacobian(&soft, None, &named("q"), sampling).unwrap();
            assert!((found - &hessian).norm() < 1e-9 * hessian.norm());
        }
    }
}

/// All batches of all trajectories, whose J_α is that of the policy they lead to, against the expansion.
#[test]
fn a_step_up_j_with_entropy_is_that_of_all_batches() {
    let request = |step: &str| StepRequest {
        estimation: Estimation {
            estimators: Some("reward-to-go,q".into()),
            entropy: "0.3".parse().ok(),
            ..Estimation::default()
        },
        step: Some(step.parse().unwrap()),
        trajectories: 2,
        ..StepRequest::default()
    };
    let model = crate::bundled("two-state", Some(2));
    let told = |step: &str| {
        let report = study::step(&model, &request(step), &Notes::default()).unwrap();
        assert_eq!(report.entropy, Some(0.3));
        let of = |one: &exact_mdp::report::EstimateStepReport| {
            let expected = one.number("expected_change").value().unwrap();
            (expected, one.enumerated.as_ref().unwrap().expected_change)
        };
        report.estimators.iter().map(of).collect::<Vec<_>>()
    };
    for (large, small) in told("1/100").iter().zip(told("1/200")) {
        let apart = [large.0 - large.1, small.0 - small.1];
        // the third order is left, which falls by 8
        assert!(apart[0].abs() < 1e-4 * large.0.abs().max(1e-4), "{large:?}");
        assert!((apart[0] / apart[1] - 8.0).abs() < 0.2, "{apart:?}");
    }
}

/// One exact step, to second order, and with a surrogate that freezes the visits alone.
#[test]
fn methods_that_climb_entropy_keep_what_they_promise() {
    let model = crate::bundled("two-state", None);
    let request = StepRequest {
        estimation: Estimation {
            estimators: Some("q".into()),
            entropy: "0.2".parse().ok(),
            ..Estimation::default()
        },
        methods: vec![
            AscentMethod::Plain,
            AscentMethod::LineSearch,
            AscentMethod::Natural,
        ],
        ..StepRequest::default()
    };
    let report = study::step(&model, &request, &Notes::default()).unwrap();
    let at: Solved = model.solve(Choice::Uniform).unwrap();
    for one in &report.methods {
        let options = AscentOptions {
            method: one.method,
            entropy: Some(0.2),
            ..AscentOptions::default()
        };
        let found = promise(&at, &options, 0.2).unwrap();
        let change = one.number("change").value().unwrap();
        assert!(change > 0.0 && (change - found.change).abs() < 1e-12);
        let second = found.second_order.unwrap();
        assert!((change - second).abs() < 0.2 * change, "{:?}", one.method);
        assert!((found.surrogate - found.first_order.unwrap()).abs() < found.surrogate);
    }
    let refused = StepRequest {
        methods: vec![AscentMethod::Mirror],
        ..request
    };
    assert!(study::step(&model, &refused, &Notes::default()).is_err());
}

#[test]
fn errors_cross_where_they_are_equal() {
    let model = crate::bundled("two-state", Some(4));
    let exact = model.exact().unwrap();
    let solved: Solved<Rational> = exact.solve(exact_mdp::arithmetic::Choice::Uniform).unwrap();
    let gradient = solved.gradient().unwrap();
    let hessian = solved.hessian().unwrap();
    let laws = solved
        .laws(
            &[
                named("reward-to-go"),
                named("reward-to-go:dropped"),
                named("advantage:dropped"),
            ],
            solved.sampling().unwrap(),
            Detail::Covariance,
        )
        .unwrap();
    let laws: Vec<StepLaw<Rational>> = laws
        .into_iter()
        .map(|law| StepLaw::new(gradient, &hessian, &law.unwrap()).unwrap())
        .collect();
    let error =
        |law: &StepLaw<Rational>, n: &Rational| law.squared_bias.clone() + law.variance.clone() / n;
    let mut crossed = 0;
    for (i, one) in laws.iter().enumerate() {
        for other in &laws[i + 1..] {
            if let Some(Crossing {
                trajectories: n,
                error: off,
            }) = one.crossing(other)
            {
                assert_eq!(off, 0.0);
                assert_eq!(error(one, &n), error(other, &n));
                crossed += 1;
            }
        }
    }
    assert!(crossed > 0);
    assert!(laws[0].crossing(&laws[0]).is_none());
}

#[test]
fn methods_keep_what_they_promise() {
    let model = crate::bundled("two-state", None);
    let solved = model.solve(exact_mdp::arithmetic::Choice::Uniform).unwrap();
    for method in [
        AscentMethod::Plain,
        AscentMethod::Natural,
        AscentMethod::TrustRegion,
        AscentMethod::Proximal,
    ] {
        let options = AscentOptions {
            method,
            ..AscentOptions::default()
        };
        let found = promise(&solved, &options, 0.2).unwrap();
        let between = found.between.as_ref().unwrap();
        assert!((between.difference - found.change).abs() < 1e-12);
        assert!((between.surrogate - found.from - found.surrogate).abs() < 1e-12);
        let bound = between.bound_by_total_variation.unwrap();
        assert!(bound - found.from <= found.change + 1e-12, "{method:?}");
        if method == AscentMethod::TrustRegion {
            assert!(between.mean_divergence.unwrap() <= 0.01 * (1.0 + 1e-6));
            assert!(between.mean_divergence.unwrap() >= 0.005);
        }
    }
    // a small plain step: both expansions meet what is reached
    let options = AscentOptions {
        method: AscentMethod::Plain,
        step: Some(1e-4),
        ..AscentOptions::default()
    };
    let found = promise(&solved, &options, 0.2).unwrap();
    let (first, second) = (found.first_order.unwrap(), found.second_order.unwrap());
    assert!((second - found.change).abs() < 1e-3 * (first - found.change).abs() + 1e-15);
}

#[test]
fn what_costs_goes_up_where_what_pays_goes_down() {
    let ask = |text: &str| {
        let model = Model::parse("bandit.yaml", text).unwrap();
        study::step(&model, &StepRequest::default(), &Notes::default()).unwrap()
    };
    let gains = ask(BANDIT);
    let paid = BANDIT.replace("end, 1, 1]", "end, 1, -1]") + "objective: minimize\n";
    let costs = ask(&paid);
    let change = |report: &exact_mdp::report::StepsReport| {
        report.estimators[0]
            .number("expected_change")
            .value()
            .unwrap()
    };
    assert_eq!(change(&costs), -change(&gains));
    assert_eq!(
        costs.estimators[0].number("chance_worse"),
        gains.estimators[0].number("chance_worse")
    );
}

#[test]
fn a_stalled_ascent_says_why() {
    let model = crate::bundled("two-state", None);
    let ask = |step: f64, trajectories: u64| {
        let notes = Notes::default();
        let request = study::AscendRequest {
            methods: vec![AscentMethod::Reinforce],
            options: AscentOptions {
                iterations: 3,
                step: Some(step),
                trajectories,
                ..AscentOptions::default()
            },
            ..study::AscendRequest::default()
        };
        study::ascend(&model, &request, &notes).unwrap();
        let notes = notes.taken();
        notes.into_iter().find_map(|note| match note {
            study::Note::Stalls {
                change, best_step, ..
            } => Some((change, best_step)),
            _ => None,
        })
    };
    let (change, _) = ask(1e-9, 1000).expect("far too small");
    assert!(change > 0.0);
    let large = ask(50.0, 1);
    assert!(large.is_none_or(|(change, _)| change.is_finite()));
    let _ = Arc::new(model);
}

/// Under a cut the best b(s) that is the same at all times: no other b(s) has a smaller trace, and b_t(s)
/// has a smaller one still.
#[test]
fn the_best_stationary_baseline_under_a_cut() {
    let model = crate::bundled("two-state", None);
    let solved: Solved<Rational> = model
        .exact()
        .unwrap()
        .solve(exact_mdp::arithmetic::Choice::Uniform)
        .unwrap();
    let law = |estimator: &Estimator| solved.law_when(estimator, Sampling::Truncated(3)).unwrap();
    let best = law(&named("baseline:optimal-stationary"));
    let trace = best.moments.trace();
    let by_time = law(&named("baseline:optimal-state")).moments.trace();
    let constant = law(&named("baseline:optimal-constant")).moments.trace();
    assert!(by_time < trace && trace < constant);
    let step = StepLaw::new(
        solved.gradient().unwrap(),
        &solved.hessian().unwrap(),
        &best,
    )
    .unwrap();
    let [b] = &step.baseline.expect("a baseline")[..] else {
        panic!("it depends on the time")
    };
    let with = |b: &[Rational]| {
        let b = b.iter().map(|x| exact_mdp::number::Number::from(x.clone()));
        let baseline = exact_mdp::estimator::Baseline::File(b.collect());
        law(&Estimator::baselined(baseline)).moments.trace()
    };
    assert_eq!(with(b), trace);
    for state in 0..b.len() {
        for off in [ratio(1, 10), ratio(-1, 10)] {
            let mut other = b.to_vec();
            other[state] += off;
            assert!(with(&other) > trace);
        }
    }
}

/// A baseline for each parameter leaves the smallest variance of every coordinate, smaller than that of each state;
/// all coordinates vary apart, and the sample follows the law.
#[test]
fn a_sample_with_a_baseline_for_each_parameter_follows_its_law() {
    let model = crate::bundled("frozenlake-4x4", None);
    let names = [
        "optimal-parameter",
        "optimal-parameter-stationary:dropped",
        "optimal-state",
    ];
    let estimators: Vec<String> = names
        .iter()
        .map(|name| format!("baseline:{name}"))
        .collect();
    let mut request = study::CompareRequest {
        estimation: Estimation {
            estimators: Some(estimators.join(",")),
            ..Estimation::default()
        },
        ..study::CompareRequest::default()
    };
    request.options.trajectories = 20_000;
    let report = study::compare(&model, &request, &Notes::default()).unwrap();
    let all = &report.comparison.estimators;
    for one in all {
        assert_eq!(one.verdict, SampleVerdict::Consistent, "{}", one.name);
    }
    // Σₖ ψₖ = 0 takes one of four parameters of each of 11 states from all that multiplies whole scores
    let free = |i: usize| all[i].law.as_ref().unwrap().degrees_of_freedom;
    assert!(free(0) > 33 && free(1) > 33 && free(2) == 33);
    let variance = |i: usize| &all[i].law.as_ref().unwrap().variance;
    let both = || variance(0).iter().zip(variance(2));
    assert!(both().all(|(own, other)| *own <= other * (1.0 + 1e-12)));
    assert!(both().any(|(own, other)| *own < other * 0.999));
}

/// b_t(s) and u_t(s) of one's own, time by time: the exact ones give the laws of the exact ones.
#[test]
fn baselines_and_critics_may_depend_on_the_time() {
    use exact_mdp::estimator::{Baseline, Critic};
    let model = crate::bundled("two-state", Some(3));
    let solved: Solved<Rational> = model
        .exact()
        .unwrap()
        .solve(exact_mdp::arithmetic::Choice::Uniform)
        .unwrap();
    let exact_mdp::evaluation::Prepared::FiniteHorizon(run) = solved.prepared() else {
        panic!("a horizon")
    };
    let v = run.tables(solved.mdp()).v;
    let by_time = v[..3]
        .concat()
        .into_iter()
        .map(exact_mdp::number::Number::from);
    let by_time: Vec<_> = by_time.collect();
    let law = |estimator: &Estimator| solved.law(estimator).unwrap();
    let baselined = law(&Estimator::baselined(Baseline::File(by_time.clone())));
    assert_eq!(baselined.moments, law(&named("baseline:v")).moments);
    for name in ["td-residual", "advantage", "gae:1/2"] {
        let critic = named(name)
            .with_critic(Critic::File(by_time.clone()))
            .unwrap();
        assert_eq!(law(&critic).moments, law(&named(name)).moments, "{name}");
    }
    // a stationary task has no times, and four are not three
    let wrong = Estimator::baselined(Baseline::File(by_time[..4].to_vec()));
    assert!(solved.law(&wrong).is_err());
    let endless = crate::bundled("two-state", None).solve(exact_mdp::arithmetic::Choice::Uniform);
    let given = Estimator::baselined(Baseline::File(by_time));
    assert!(endless.unwrap().law(&given).is_err());
}

#[test]
fn files_of_baselines_by_time_are_read_one_after_the_other() {
    use exact_mdp::number::Number;
    let model = crate::bundled("two-state", Some(2));
    let read = |text: &str| {
        let path = std::env::temp_dir().join(format!("by-time-{}.yaml", std::process::id()));
        std::fs::write(&path, text).unwrap();
        let read = exact_mdp::load::load_state_function(&path, model.space());
        std::fs::remove_file(&path).unwrap();
        read.map_err(|errors| errors.to_string())
    };
    let expected: Vec<Number> = [1, 2, 3, 4].map(Number::from).to_vec();
    assert_eq!(
        read("by_time:\n- [1, 2]\n- {hot: 4, cold: 3}\n").unwrap(),
        expected
    );
    for text in ["by_time: [[1]]", "by_time: [3]", "by_time: [{cold: 1}]"] {
        assert!(read(text).is_err(), "{text}");
    }
}

/// Second moments of rewards of 1e160 are no numbers: a variance of 0 was told.
#[test]
fn moments_beyond_the_largest_number_are_refused() {
    let text = "discount: 0.9\nstates: [a]\nactions: [x, y]\ninitial: a\ntransitions: {a: {x: a, y: a}}\nrewards: {a: {x: 1e160}}\n";
    let model = Model::parse("large", text).expect("a model");
    let solved = model.solve(Choice::Uniform).unwrap();
    for name in ["reward-to-go", "advantage", "td-residual"] {
        let law = solved.law(&name.parse().unwrap());
        assert!(matches!(law, Err(Error::Overflow { .. })), "{name}");
    }
}

/// An end that pays 2 beside a loop that costs next to nothing: ∇J is 10⁻⁸ of J. Held against fractions, means,
/// variances and the slope of a step are within the bounds stated for them, which leave some digits.
#[test]
fn what_is_small_beside_values_is_within_its_bounds() {
    let text = "discount: 999999999999999/1000000000000000\nstates: 2\nactions: 2\ninitial: {0: 1}\nterminal: [1]\n\
                transitions:\n  - [0, 0, 1, 1, 2]\n  - [0, 1, 0, 1, -11/700000000]\n";
    let model = Model::parse("cancelling", text).expect("valid");
    let solved = model.solve(Choice::Uniform).unwrap();
    let fractions = model.exact().unwrap().solve(Choice::Uniform).unwrap();
    let off = |x: f64, right: &Rational| {
        let x = Number::from_f64(x).expect("finite").to_rational();
        (x - right).to_f64().value().abs()
    };
    for name in [
        "total-return",
        "reward-to-go",
        "reward-to-go:dropped",
        "baseline:v",
        "advantage",
    ] {
        let (law, right) = (
            solved.law(&named(name)).unwrap(),
            fractions.law(&named(name)).unwrap(),
        );
        assert_eq!(right.errors, None);
        let errors = law.errors.as_ref().expect("floating point");
        for k in 0..2 {
            assert!(
                off(law.mean()[k], &right.mean()[k]) <= errors.mean[k],
                "{name}"
            );
            assert!(
                off(law.variance()[k], &right.variance()[k]) <= errors.variance[k],
                "{name}"
            );
            assert!(errors.mean[k] < 1e-4 * law.mean()[k].abs(), "{name}");
        }
        assert!(law.mean_error().is_some(), "{name}");
        let (step, right) = (
            solved.step_law(&named(name)),
            fractions.step_law(&named(name)),
        );
        let (step, right) = (step.unwrap(), right.unwrap());
        assert!(
            off(step.slope, &right.slope) <= step.slope_error(),
            "{name}"
        );
        assert!(
            off(step.variance, &right.variance) <= step.variance_error(),
            "{name}"
        );
    }
}

/// From a, where every action pays 1, an estimate moves θ across ∇J, and rounding of ∇J decides to which side it seems to go; from b
/// pays uphill and does-not nowhere: P(uphill) = P(b) π(pays|b), whatever the first.
#[test]
fn what_rounding_decides_of_the_chance_uphill_is_told() {
    let text = "\
discount: 1
states: [a, b, end]
actions: [pays, does-not]
initial: {a: 1/2, b: 1/2}
terminal: [end]
transitions:
- [a, pays, end, 1, 1]
- [a, does-not, end, 1, 1]
- [b, pays, end, 1, 1]
- [b, does-not, end, 1, 0]
policy: {parametrization: softmax, theta: {a: {pays: 0.3, does-not: 0}, b: {pays: 0.7, does-not: 0}}}
";
    let model = Model::parse("uphill.yaml", text).unwrap();
    let solved = model.solve(Choice::Own).unwrap();
    let found = |solved: &Solved, batch: u64| {
        let by = (0.1, batch);
        let sampling = Sampling::Episodic;
        let found = enumerate(solved, None, &named("reward-to-go"), sampling, by);
        found.unwrap().expect("few batches")
    };
    let pays = 1.0 / (1.0 + f64::exp(-0.7));
    let one = found(&solved, 1);
    let off = (one.chance_uphill - pays / 2.0).abs();
    assert!(off <= one.chance_uphill_error + 1e-15, "{off} {one:?}");
    assert!(one.chance_uphill_error <= 0.5 + 1e-15, "{one:?}");
    // of b alone nothing is in doubt: an estimate of 0 has no direction
    let alone = text.replace("{a: 1/2, b: 1/2}", "b");
    let alone = Model::parse("uphill.yaml", &alone)
        .unwrap()
        .solve(Choice::Own)
        .unwrap();
    for batch in [1, 2, 3] {
        let one = found(&alone, batch);
        assert_eq!(one.chance_uphill_error, 0.0);
        let right = 1.0 - (1.0 - pays).powi(batch as i32);
        assert!((one.chance_uphill - right).abs() <= 1e-14, "{one:?}");
    }
}

/// Rewards 10¹⁷ + 0, 3, 1 and 4 are one float; of two steps all batches of one estimate were enumerated with 50 digits.
#[test]
fn what_is_between_rewards_that_are_one_float_is_enumerated() {
    let text = "\
horizon: 2
discount: 1
states: [s, t]
actions: [x, y]
initial: s
transitions: [[s, x, t, 1, \"100000000000000000\"], [s, y, s, 1, \"100000000000000003\"],
              [t, x, s, 1, \"100000000000000001\"], [t, y, t, 1, \"100000000000000004\"]]
";
    let model = Model::parse("m", text).unwrap();
    for numbers in [study::Numbers::Float, study::Numbers::Exact] {
        let mut request = StepRequest {
            step: Some(Number::ratio(1, 4).unwrap()),
            trajectories: 1,
            ..StepRequest::default()
        };
        request.setting.numbers = numbers;
        request.estimation.estimators = Some("advantage".into());
        let report = study::step(&model, &request, &Notes::default()).unwrap();
        let found = report.estimators[0].enumerated.as_ref().unwrap();
        assert_eq!((found.estimates, found.batches), (2, 2));
        assert!((found.expected_change - 0.474_698_630_760_823_6).abs() < 1e-14);
        assert!((found.deviation - 0.123_768_3).abs() < 1e-7);
        assert_eq!((found.chance_worse, found.chance_uphill), (0.0, 1.0));
    }
}
