//! What stands beside entries of matrices and of laws that rounding may have taken digits from: on random models of small
//! and large numbers each is right to nine digits, or within its bound. Values from fractions.

use exact_mdp::arithmetic::Choice;
use exact_mdp::comparison::{BiasVerdict, ComparisonOptions, compare};
use exact_mdp::estimator::{Critic, Detail, Estimator, Experiment, parse_list};
use exact_mdp::field::Field;
use exact_mdp::linalg::SolverOptions;
use exact_mdp::model::Model;
use exact_mdp::number::{Number, Rational};
use exact_mdp::solved::Solved;
use exact_mdp::step::StepLaw;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::fmt::Write;
use std::ops::ControlFlow;

/// How far the rewards of a model are apart.
#[derive(Clone, Copy, Debug)]
enum Rewards {
    /// 1 to 9, of both signs.
    Near,
    /// The same times powers of ten up to 10±⁸.
    Apart,
    /// The same on top of 10⁸.
    Above,
}

const REWARDS: [Rewards; 3] = [Rewards::Near, Rewards::Apart, Rewards::Above];

/// A model of a few states and two actions, whose head says how rewards are summed.
fn random(seed: u64, head: &str, rewards: Rewards) -> Model {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let states = random.random_range(2..4);
    let names: Vec<String> = (0..states).map(|s| format!("s{s}")).collect();
    let ends = head.contains("discount: 1\n") && !head.contains("horizon");
    let mut text = format!("{head}states: [{}", names.join(", "));
    text += if ends { ", end]\n" } else { "]\n" };
    text += "actions: [a, b]\ninitial: {s0: 2/3, s1: 1/3}\n";
    text += if ends { "terminal: [end]\n" } else { "" };
    text += "transitions:\n";
    let mut policy = String::new();
    for s in 0..states {
        for action in ["a", "b"] {
            let mut next = names[random.random_range(0..states)].as_str();
            let share = random.random_range(1..10);
            for (part, of) in [(share, 10), (10 - share, 10)] {
                let reward = reward(&mut random, rewards);
                writeln!(text, "- [s{s}, {action}, {next}, {part}/{of}, {reward}]").unwrap();
                let other = if ends { states } else { states - 1 };
                let other = random.random_range(0..=other);
                // every state has a way out
                let other = if ends && action == "a" { states } else { other };
                next = names.get(other).map_or("end", String::as_str);
            }
        }
        let share = random.random_range(1..10);
        write!(policy, "s{s}: {{a: {share}/10, b: {}/10}}, ", 10 - share).unwrap();
    }
    writeln!(
        text,
        "policy: {{parametrization: softmax, probabilities: {{{policy}}}}}"
    )
    .unwrap();
    Model::parse("random", &text).unwrap_or_else(|errors| panic!("{}\n{text}", errors.plain()))
}

fn reward(random: &mut ChaCha8Rng, rewards: Rewards) -> String {
    let sign = ["", "-"][random.random_range(0..2)];
    let digit = random.random_range(1..10);
    match rewards {
        Rewards::Near => format!("{sign}{digit}"),
        Rewards::Apart => format!("{sign}{digit}e{}", random.random_range(-8..9)),
        Rewards::Above => format!("10000000{digit}"),
    }
}

const HEADS: [&str; 5] = [
    "discount: 9/10\n",
    "discount: 0.999999\n",
    "discount: 1\n",
    "discount: 1\nhorizon: 7\n",
    "criterion: average\n",
];

fn both(model: &Model) -> (Solved<f64>, Solved<Rational>) {
    let exact = model.exact().unwrap().solve(Choice::Own);
    (model.solve(Choice::Own).unwrap(), exact.unwrap())
}

/// Every entry is right to nine digits, or within what stands beside it.
fn hold<'a>(what: &str, entries: impl Iterator<Item = (f64, &'a Rational, f64)>) {
    for (found, exact, error) in entries {
        let right = Field::to_f64(exact);
        // the nearest number may be half a digit off itself
        let off = Field::to_f64(&(exactly(found) - exact.clone()).abs());
        assert!(
            off <= error.max(1e-9 * right.abs()),
            "{what}: {found:e} for {right:e} ± {error:e}"
        );
    }
}

/// The number itself.
fn exactly(x: f64) -> Rational {
    Rational::from_number(&Number::from_f64(x).expect("a number"))
}

fn estimators(names: &str) -> Vec<Estimator> {
    parse_list(names, true).unwrap()
}

/// Of covariances between parameters of large and of small rewards.
#[test]
fn covariances_have_their_digits_or_a_bound() {
    let estimators = estimators("all");
    for (seed, head) in (0..12).flat_map(|seed| HEADS[..4].iter().map(move |head| (seed, head))) {
        let model = random(seed, head, REWARDS[seed as usize % 3]);
        let (floats, exact) = both(&model);
        let sampling = floats.sampling().unwrap();
        let of = |estimator: &Estimator| (estimator.clone(), estimator.to_string());
        for (estimator, name) in estimators.iter().map(of) {
            let (Ok(law), Ok(right)) = (
                floats.law_when(&estimator, sampling),
                exact.law_when(&estimator, sampling),
            ) else {
                continue;
            };
            let (found, right) = (law.covariance().unwrap(), right.covariance().unwrap());
            let errors = law.covariance_error();
            let at = |i: usize| {
                errors
                    .as_ref()
                    .map_or(0.0, |rows| rows[i % found.nrows()][i / found.nrows()])
            };
            let entries = found.iter().zip(right.iter()).enumerate();
            hold(
                &format!("{seed} {head} {name}"),
                entries.map(|(i, (x, y))| (*x, y, at(i))),
            );
        }
    }
}

/// The same of two estimators on the same trajectories, and where another policy acts.
#[test]
fn cross_covariances_have_their_digits_or_a_bound() {
    let estimators = estimators("reward-to-go,total-return,baseline:v,advantage");
    for seed in 0..12 {
        let head = ["discount: 1\n", "discount: 1\nhorizon: 7\n"][seed as usize % 2];
        let model = random(seed, head, REWARDS[seed as usize / 2 % 3]);
        let (floats, exact) = both(&model);
        let options = ComparisonOptions {
            trajectories: 10,
            paired: true,
            ..ComparisonOptions::default()
        };
        let go_on = |_| ControlFlow::Continue(());
        let found = compare(floats.mdp(), floats.policy(), &estimators, &options, &go_on).unwrap();
        let sampling = exact.sampling().unwrap();
        let solver = SolverOptions::default();
        let experiment = Experiment::new(exact.mdp(), exact.policy(), sampling, &solver).unwrap();
        let resolved = |name: &str| experiment.resolve(&name.parse().unwrap()).unwrap();
        for pair in &found.paired {
            let [left, right] = pair.estimators.each_ref().map(|name| resolved(name));
            let right = experiment.cross_covariance(&left, &right).unwrap();
            let errors = pair.cross_covariance_error.as_ref();
            let rows = pair.cross_covariance.iter().enumerate();
            let entries =
                rows.flat_map(|(k, row)| row.iter().enumerate().map(move |(l, x)| (k, l, *x)));
            let entries =
                entries.map(|(k, l, x)| (x, &right[(k, l)], errors.map_or(0.0, |rows| rows[k][l])));
            hold(&format!("{seed} {:?}", pair.estimators), entries);
        }
        let laws = floats
            .laws(&estimators, sampling, Detail::Covariance)
            .unwrap();
        assert!(laws.iter().all(Result::is_ok));
    }
}

/// Of ordinary models the bounds are far below what varies.
#[test]
fn bounds_of_covariances_are_close() {
    for (seed, head) in (0..6).flat_map(|seed| {
        HEADS[..1]
            .iter()
            .chain(&HEADS[2..4])
            .map(move |head| (seed, head))
    }) {
        let model = random(seed, head, Rewards::Near);
        let floats = model.solve(Choice::Own).unwrap();
        for name in ["reward-to-go", "baseline:v", "advantage", "total-return"] {
            let Ok(law) = floats.law(&name.parse().unwrap()) else {
                assert_eq!((name, *head), ("total-return", HEADS[0]));
                continue;
            };
            let errors = law.covariance_error().unwrap_or_default();
            for (k, row) in errors.iter().enumerate() {
                for (l, error) in row.iter().enumerate() {
                    let size = (law.variance()[k] * law.variance()[l]).sqrt();
                    assert!(
                        *error <= 1e-8 * size,
                        "{seed} {head} {name}: {error:e} of {size:e}"
                    );
                }
            }
        }
    }
}

/// Hessians under every criterion, of entries of all sizes.
#[test]
fn hessians_have_their_digits_or_a_bound() {
    for (seed, head) in (0..40).flat_map(|seed| HEADS.iter().map(move |head| (seed, head))) {
        let model = random(seed, head, REWARDS[seed as usize % 3]);
        let (floats, exact) = both(&model);
        let (found, right) = (floats.hessian().unwrap(), exact.hessian().unwrap());
        let error = floats.hessian_error().unwrap().expect("rounded numbers");
        let largest = found.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
        // nothing is hidden by the nine digits that are taken for granted elsewhere
        let entries = found.iter().zip(right.iter());
        for (x, y) in entries {
            let off = Field::to_f64(&(exactly(*x) - y.clone()).abs());
            assert!(off <= error, "{seed} {head}: {off:e} {error:e}");
        }
        if matches!(REWARDS[seed as usize % 3], Rewards::Near) && !head.contains("0.999999") {
            assert!(
                error <= 1e-8 * largest,
                "{seed} {head}: {error:e} of {largest:e}"
            );
        }
    }
}

/// Moments of the return over a horizon and without end.
#[test]
fn moments_of_the_return_have_their_digits_or_a_bound() {
    let number = |x: f64| if x.is_finite() { x } else { 0.0 };
    for (seed, head) in (0..30).flat_map(|seed| HEADS[..4].iter().map(move |head| (seed, head))) {
        let model = random(seed, head, REWARDS[seed as usize % 3]);
        let (floats, exact) = both(&model);
        let (found, right) = (
            floats.return_moments().unwrap(),
            exact.return_moments().unwrap(),
        );
        let errors = floats.return_errors().unwrap().expect("rounded numbers");
        let of = |x: f64, y, error| (number(x), y, error);
        let whole = [
            of(found.variance, &right.variance, errors.variance),
            of(found.third, &right.third, errors.third),
            of(found.fourth, &right.fourth, errors.fourth),
        ];
        hold(&format!("{seed} {head}"), whole.into_iter());
        let by_state = found.variance_by_state.iter().zip(&right.variance_by_state);
        let by_state = by_state.zip(&errors.variance_by_state);
        hold(
            &format!("{seed} {head} by state"),
            by_state.map(|((x, y), error)| of(*x, y, *error)),
        );
        if matches!(REWARDS[seed as usize % 3], Rewards::Near) {
            assert!(errors.variance <= 1e-9 * found.variance, "{seed} {head}");
        }
    }
}

fn distribution(text: &str) -> exact_mdp::returns::Distribution {
    let model = Model::parse("returns", text).unwrap_or_else(|errors| panic!("{}", errors.plain()));
    let at = model.solve(Choice::Uniform).unwrap();
    at.return_distribution().unwrap()
}

/// 5 and 7 are two returns, whatever else is paid; and of 10²⁰ + 5 less 10²⁰ no digit is left, as is said.
#[test]
fn returns_beside_far_larger_ones_are_kept_apart() {
    for large in ["1e20", "1e150", "-1e20"] {
        let law = distribution(&format!(
            "discount: 1\nstates: [s, end]\nactions: [a]\ninitial: s\nterminal: [end]\ntransitions:\n\
             - [s, a, end, 1/4, 5]\n- [s, a, end, 1/4, 7]\n- [s, a, end, 1/2, {large}]\n"
        ));
        let large: f64 = large.parse().unwrap();
        let mut expected = [(5.0, 0.25), (7.0, 0.25), (large, 0.5)];
        expected.sort_by(|x, y| x.0.total_cmp(&y.0));
        let found = law
            .parts
            .iter()
            .map(|part| (part.low.unwrap(), part.probability));
        assert_eq!(found.collect::<Vec<_>>(), expected);
        assert!(
            law.finite
                && law
                    .parts
                    .iter()
                    .all(|part| part.error <= 1e-15 * part.low.unwrap().abs())
        );
    }
    let law = distribution(
        "discount: 1\nstates: [s, t, end]\nactions: [a]\ninitial: s\nterminal: [end]\ntransitions:\n\
         - [s, a, t, 1/2, 100000000000000000005]\n- [s, a, t, 1/2, 100000000000000000000]\n- [t, a, end, 1, -1e20]\n",
    );
    // 5 and 0, each with a half
    assert!(
        law.parts
            .iter()
            .all(|part| (part.low.unwrap() - 5.0).abs() <= part.error)
    );
    assert!(
        law.parts
            .iter()
            .all(|part| part.low.unwrap().abs() <= part.error)
    );
    let tail = law.tail_mean(&0.5).unwrap();
    assert!(tail.low.unwrap().abs() <= tail.error, "{tail:?}");
}

/// Sums that are one number are one part, in whatever order they were added up.
#[test]
fn returns_that_differ_by_rounding_are_one() {
    // 1/10, 1/5 and 3/10 in every order within six steps
    let law = distribution(
        "discount: 1\nhorizon: 6\nstates: [s]\nactions: [a]\ninitial: s\ntransitions:\n\
         - [s, a, s, 1/3, 0.1]\n- [s, a, s, 1/3, 0.2]\n- [s, a, s, 1/3, 0.3]\n",
    );
    assert_eq!(law.parts.len(), 13);
    for (k, part) in law.parts.iter().enumerate() {
        let right = (6 + k) as f64 / 10.0;
        assert!((part.low.unwrap() - right).abs() <= part.error, "{part:?}");
        assert!(part.error < 1e-14, "{part:?}");
    }
}

/// Three states in a ring, with the same way on by either action: v is rounded, and nothing varies.
#[test]
fn what_cannot_vary_does_not() {
    let ring = "states: [s, t, u]\nactions: [a, b]\ninitial: {s: 1/2, x: 1/2}\ntransitions:\n\
         - [s, a, t, 1, 0.1]\n- [s, b, y, 1, 0.1]\n- [t, a, u, 1, 0.3]\n- [t, b, u, 1, 0.3]\n- [u, a, s, 1/3, 0.7]\n\
         - [u, a, x, 2/3, 0.7]\n- [x, a, t, 1, 0.1]\n- [y, a, u, 1, 0.3]\n";
    let ring = ring.replace("[s, t, u]", "[s, t, u, x, y]");
    for head in [
        "discount: 0.9\n",
        "discount: 0.999999\n",
        "discount: 0.9\nhorizon: 50\n",
    ] {
        let model = Model::parse("ring", &format!("{head}{ring}")).unwrap();
        let at = model.solve(Choice::Uniform).unwrap();
        let (moments, errors) = (
            at.return_moments().unwrap(),
            at.return_errors().unwrap().unwrap(),
        );
        assert_eq!(
            [moments.variance, moments.third, moments.fourth],
            [0.0; 3],
            "{head}"
        );
        assert_eq!(moments.variance_by_state, [0.0; 5], "{head}");
        assert_eq!(
            (moments.skewness(), moments.kurtosis()),
            (None, None),
            "{head}"
        );
        assert_eq!(
            [errors.variance, errors.third, errors.fourth],
            [0.0; 3],
            "{head}"
        );
        // one that pays another reward in y does vary, from s and all that leads there
        let other = format!("{head}{ring}").replace("[y, a, u, 1, 0.3]", "[y, a, u, 1, 0.4]");
        let at = Model::parse("ring", &other)
            .unwrap()
            .solve(Choice::Uniform)
            .unwrap();
        assert!(at.return_moments().unwrap().variance > 1e-4, "{head}");
    }
}

/// A window that our own cut leaves no end of has one without it, which an inexact critic shows.
#[test]
fn windows_longer_than_the_cut_are_biased_by_their_critic() {
    // the states change so seldom that a critic is seen through a hundred steps
    let model = Model::parse(
        "slow",
        "discount: 9/10\nstates: [s, t]\nactions: [a, b]\ninitial: s\ntransitions:\n- [s, a, s, 99/100, 1]\n\
         - [s, a, t, 1/100, 1]\n- [s, b, s, 199/200, 0]\n- [s, b, t, 1/200, 0]\n- [t, a, t, 99/100, 3]\n\
         - [t, a, s, 1/100, 3]\n- [t, b, t, 1, 4]\n\
         policy: {parametrization: softmax, probabilities: {s: {a: 1/4, b: 3/4}, t: {a: 1/2, b: 1/2}}}\n",
    )
    .unwrap();
    let at = model.solve(Choice::Own).unwrap();
    let options = ComparisonOptions {
        trajectories: 10,
        ..ComparisonOptions::default()
    };
    let go_on = |_| ControlFlow::Continue(());
    let compared = |estimator: Estimator| {
        let found = compare(at.mdp(), at.policy(), &[estimator], &options, &go_on).unwrap();
        (
            found.truncation.unwrap(),
            found.estimators[0].bias_verdict().unwrap(),
        )
    };
    let named = |n: usize| -> Estimator { format!("n-step:{n}").parse().unwrap() };
    let cut = compared(named(1)).0;
    assert_eq!(compared(named(cut + 1)).1, BiasVerdict::Unbiased);
    let critic: Vec<Number> = at
        .v()
        .iter()
        .map(|v| Number::from_f64(v + 1.0 + v * v).unwrap())
        .collect();
    let wrong = |n| named(n).with_critic(Critic::File(critic.clone())).unwrap();
    for n in [1, cut - 1, cut, cut + 1] {
        assert_eq!(compared(wrong(n)).1, BiasVerdict::Biased, "{n} of {cut}");
    }
}

/// Estimators cross where they do in fractions, and those of one bias nowhere.
#[test]
fn crossings_are_those_of_fractions() {
    let names = "reward-to-go:dropped,baseline:v:dropped,advantage:dropped,td-residual:dropped,reward-to-go,gae:0.5";
    let estimators = estimators(names);
    let mut crossed = 0;
    // undiscounted scores are biased, all by as much
    let head = "discount: 9/10\nhorizon: 7\n";
    for seed in 0..20 {
        let model = random(seed, head, REWARDS[seed as usize % 2]);
        let (floats, exact) = both(&model);
        let laws = |name: &Estimator| (floats.step_law(name), exact.step_law(name));
        let laws = estimators
            .iter()
            .map(laws)
            .filter_map(|(x, y)| Some((x.ok()?, y.ok()?)));
        let laws: Vec<(StepLaw, StepLaw<Rational>)> = laws.collect();
        for (i, (one, right)) in laws.iter().enumerate() {
            for (other, beside) in &laws[i + 1..] {
                let Some(found) = one.crossing(other) else {
                    continue;
                };
                let right = right.crossing(beside).expect("one in fractions");
                let expected = Field::to_f64(&right.trajectories);
                let off = (found.trajectories - expected).abs();
                assert!(
                    off <= found.error.max(1e-9 * expected),
                    "{seed} {head}: {found:?}"
                );
                crossed += 1;
            }
        }
    }
    assert!(crossed > 0, "nothing crossed");
}

/// Where every return is 15 the total return's estimate is 15 times the sum of the scores, of variance 225 · 3 · 3/16: as a
/// control variate with that factor the sum takes all of it away, and with another one the rest is its own.
#[test]
fn the_sum_of_the_scores_takes_away_what_it_is_of_an_estimate() {
    let model = Model::parse(
        "same",
        "discount: 1\nhorizon: 3\nstates: [s]\nactions: [a, b]\ninitial: s\ntransitions:\n- [s, a, s, 1, 5]\n- [s, b, s, 1, 5]\n\
         policy: {parametrization: softmax, probabilities: {s: {a: 1/4, b: 3/4}}}\n",
    )
    .unwrap();
    let at = model.exact().unwrap().solve(Choice::Own).unwrap();
    let floats = model.solve(Choice::Own).unwrap();
    for (name, factor) in [
        ("total-return", 15),
        ("total-return:15", 0),
        ("total-return:optimal-constant", 0),
        ("total-return:13", 2),
        ("total-return:-15", 30),
    ] {
        let law = at.law(&name.parse().unwrap()).unwrap();
        let right = Rational::from(9 * factor * factor) / Rational::from(16);
        let signs = [right.clone(), -right.clone()];
        assert_eq!(law.mean(), [Rational::ZERO, Rational::ZERO], "{name}");
        for (k, l) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            assert_eq!(
                law.covariance().unwrap()[(k, l)],
                signs[(k + l) % 2],
                "{name}"
            );
            let found = floats.law(&name.parse().unwrap()).unwrap();
            let error = found.covariance_error().map_or(0.0, |rows| rows[k][l]);
            let expected = Field::to_f64(&signs[(k + l) % 2]);
            let off = (found.covariance().unwrap()[(k, l)] - expected).abs();
            assert!(
                off <= error.max(1e-13 * expected.abs()),
                "{name}: {off:e} {error:e}"
            );
            assert!(error < 1e-9, "{name}: {error:e}");
        }
    }
}
