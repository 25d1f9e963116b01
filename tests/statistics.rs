//! Sampled estimators against their exact laws at the default settings, and planted faults that
//! `compare` must catch. The seeds are fixed; the default false-alarm rate is 10⁻⁴ per run.

use std::ops::ControlFlow;

use exact_mdp::comparison::{
    BiasVerdict, Comparison, ComparisonOptions, Design, ExactLaw, SampleVerdict, compare, judge,
};
use exact_mdp::estimator::{Estimator, Psi, Sampling, all, parse_list};
use exact_mdp::linalg::Csr;
use exact_mdp::mdp::{Criterion, Mdp};
use exact_mdp::model::Model;
use exact_mdp::policy::Policy;
use exact_mdp::sampling::{SampleMoments, Samples};

const HEATER: &str = "
name: heater
discount: 0.9
states: [cold, hot, broken]
actions: [wait, heat]
initial: {cold: 3/4, hot: 1/4}
transitions:
  cold: {wait: {cold: 9/10, broken: 1/10}, heat: {hot: 4/5, cold: 1/5}}
  hot: {wait: {cold: 1/2, hot: 1/2}, heat: {hot: 4/5, broken: 1/5}}
rewards: {cold: {heat: -1}, hot: {wait: 2, heat: {hot: 3, broken: -4}}}
terminal: [broken]
";

const CONTINUING: &str = "
name: continuing
discount: 0.8
states: [x, y]
actions: [a, b]
initial: {x: 1}
transitions:
  x: {a: {x: 1/3, y: 2/3}, b: {x: 3/4, y: 1/4}}
  y: {a: x, b: {x: 2/5, y: 3/5}}
rewards: {x: {a: {x: 1, y: 2}, b: -1}, y: {a: 3, b: {x: -2, y: 1}}}
";

const LAKE: &str = "
name: lake
discount: 0.99
grid:
  map: |
    SFFF
    FHFH
    FFFH
    HFFG
  slip: {ahead: 1/3, left: 1/3, right: 1/3}
  legend:
    S: {initial: 1}
    H: {terminal: true}
    G: {terminal: true, reward: 1}
";

fn model(text: &str) -> (Mdp, Policy) {
    let mdp: Mdp = Model::parse("test", text).unwrap().mdp();
    let policy = Policy::uniform(mdp.space());
    (mdp, policy)
}

fn run(
    mdp: &Mdp,
    policy: &Policy,
    estimators: &[Estimator],
    options: &ComparisonOptions,
) -> Comparison {
    compare(mdp, policy, estimators, options, &|_| {
        ControlFlow::Continue(())
    })
    .unwrap()
}

/// Of the first estimator.
fn law(comparison: &Comparison) -> &ExactLaw {
    comparison.estimators[0].law.as_ref().unwrap()
}

fn options() -> ComparisonOptions {
    ComparisonOptions {
        trajectories: 20_000,
        ..ComparisonOptions::default()
    }
}

#[test]
fn every_estimator_agrees_with_its_exact_law() {
    for text in [HEATER, CONTINUING, LAKE] {
        let (mdp, policy) = model(text);
        let comparison = run(&mdp, &policy, &all(true), &options());
        for judged in &comparison.estimators {
            if judged.name == "total-return" && text == CONTINUING {
                let verdict = judged.verdict.word().unwrap();
                assert!(verdict.contains("on a continuing task"));
                assert!(judged.law.is_none() && judged.sample.is_none());
                continue;
            }
            assert_eq!(
                judged.verdict,
                SampleVerdict::Consistent,
                "{} {}: {judged:#?}",
                mdp.name(),
                judged.name
            );
            let biased = if judged.estimator.discounting() || judged.name == "total-return" {
                BiasVerdict::Unbiased
            } else {
                BiasVerdict::Biased
            };
            assert_eq!(
                judged.bias_verdict(),
                Some(biased),
                "{} {}",
                mdp.name(),
                judged.name
            );
        }
    }
}

/// Runs of 25 steps from the long run, of two kinds of estimator: those that a critic carries over the
/// end of the run are unbiased, the others end with it.
#[test]
fn estimators_of_the_gain_agree_with_their_exact_laws() {
    let (mdp, policy) = model(CONTINUING);
    let mdp = mdp.with_criterion(Criterion::Average).unwrap();
    let how = ComparisonOptions {
        sampling: Some(Sampling::LongRun(25)),
        trajectories: 10_000,
        ..options()
    };
    let comparison = run(&mdp, &policy, &all(false), &how);
    assert_eq!(
        (comparison.steps, comparison.truncation),
        (250_000, Some(25))
    );
    for judged in &comparison.estimators {
        assert_eq!(judged.verdict, SampleVerdict::Consistent, "{judged:#?}");
        let ends = judged.estimator.critic().is_none();
        let biased = if ends {
            BiasVerdict::Biased
        } else {
            BiasVerdict::Unbiased
        };
        assert_eq!(judged.bias_verdict(), Some(biased), "{}", judged.name);
    }
}

/// Softmax blocks sum to 0: one degree of freedom less per state that is reached.
#[test]
fn degrees_of_freedom_are_the_rank() {
    let (mdp, policy) = model(LAKE);
    let estimators = parse_list("reward-to-go", true).unwrap();
    let comparison = run(&mdp, &policy, &estimators, &options());
    assert_eq!(law(&comparison).degrees_of_freedom, 11 * 3);
    let (mdp, policy) = model(HEATER);
    let comparison = run(&mdp, &policy, &estimators, &options());
    assert_eq!(law(&comparison).degrees_of_freedom, 2);
}

#[test]
fn threads_change_nothing_and_stopping_early_keeps_the_verdict() {
    let (mdp, policy) = model(HEATER);
    let estimators = parse_list("reward-to-go,advantage", true).unwrap();
    let of = |threads, sequential| {
        let options = ComparisonOptions {
            threads,
            sequential,
            ..options()
        };
        let comparison = run(&mdp, &policy, &estimators, &options);
        format!("{comparison:?}")
    };
    assert_eq!(of(1, false), of(2, false));
    let options = ComparisonOptions {
        sequential: true,
        relative_error: 0.5,
        trajectories: 500_000, // of which the first looks are too early for rare coordinates
        ..options()
    };
    let early = run(&mdp, &policy, &estimators, &options);
    assert!(early.is_consistent());
    assert!(
        early.trajectories < options.trajectories,
        "{}",
        early.trajectories
    );
}

/// A way to compute the estimate wrongly.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    None,
    DroppedDiscount,
    ReturnFromTheNextStep,
    NormalisedOccupancy,
    BaselineOfTheNextState,
    WrongStateBaseline,
    LastScoreMissing,
}

impl Fault {
    fn words(self) -> &'static str {
        match self {
            Fault::None => "none",
            Fault::DroppedDiscount => "γ^t dropped",
            Fault::ReturnFromTheNextStep => "off by one: the return from t + 1 on",
            Fault::NormalisedOccupancy => "normalised occupancy: a factor 1 − γ",
            Fault::BaselineOfTheNextState => "wrong baseline: v(S_{t+1})",
            Fault::WrongStateBaseline => "wrong baseline: 2v(S_t)",
            Fault::LastScoreMissing => "the last step's score left out",
        }
    }
}

/// As docs/estimators.md shows it.
fn p_value(p: f64) -> String {
    match p {
        0.0..1e-300 => "< 1e-300".to_string(),
        1e-300..1e-3 => format!("{p:.0e}"),
        _ => format!("{p:.2}"),
    }
}

/// X of one trajectory of (state, pair, reward, next state).
fn contribution(
    path: &[(usize, usize, f64, usize)],
    (d, scores): (usize, &Csr<f64>),
    v: &[f64],
    fault: Fault,
    gamma: f64,
) -> Vec<f64> {
    let mut x = vec![0.0; d];
    let mut g = 0.0;
    for (t, &(s, pair, reward, next)) in path.iter().enumerate().rev() {
        let later = g;
        g = reward + gamma * g;
        let psi = match fault {
            Fault::ReturnFromTheNextStep => later,
            Fault::BaselineOfTheNextState => g - v[next],
            Fault::WrongStateBaseline => g - 2.0 * v[s],
            _ => g - v[s],
        };
        let weight = match fault {
            Fault::DroppedDiscount => 1.0,
            Fault::NormalisedOccupancy => (1.0 - gamma) * gamma.powi(t as i32),
            Fault::LastScoreMissing if t + 1 == path.len() => 0.0,
            _ => gamma.powi(t as i32),
        };
        for (k, score) in scores.row(pair) {
            x[k] += weight * psi * score;
        }
    }
    x
}

/// Plain REINFORCE as a user might write it, with the generator of a textbook.
fn reinforce(mdp: &Mdp, policy: &Policy, v: &[f64], fault: Fault, trajectories: u64) -> Samples {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut uniform = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1u64 << 53) as f64
    };
    let mut draw = |weights: &mut dyn Iterator<Item = f64>| {
        let mut left = uniform();
        let mut last = 0;
        for (i, weight) in weights.enumerate() {
            last = i;
            left -= weight;
            if left < 0.0 {
                break;
            }
        }
        last
    };
    let gamma = mdp.discount();
    let d = policy.parameters();
    let scores = policy.scores().rows;
    let (mut sum, mut squares, mut steps) = (vec![0.0; d], vec![0.0; d], 0);
    for _ in 0..trajectories {
        let mut s = draw(&mut mdp.initial().iter().copied());
        let mut path = Vec::new();
        while !mdp.space().is_terminal(s) {
            let pairs = mdp.space().pairs_of(s);
            let pair = pairs.start + draw(&mut policy.probabilities()[pairs].iter().copied());
            let outcomes: Vec<_> = mdp.outcomes(pair).collect();
            let outcome = outcomes[draw(&mut outcomes.iter().map(|o| *o.probability))];
            path.push((s, pair, *outcome.reward, outcome.next));
            s = outcome.next;
        }
        steps += path.len() as u64;
        let x = contribution(&path, (d, &scores), v, fault, gamma);
        for k in 0..d {
            sum[k] += x[k];
            squares[k] += x[k] * x[k];
        }
    }
    let n = trajectories as f64;
    let mean: Vec<f64> = sum.iter().map(|x| x / n).collect();
    let variance = squares
        .iter()
        .zip(&mean)
        .map(|(q, m)| (q - n * m * m) / (n - 1.0));
    let moments = SampleMoments {
        variance: variance.collect(),
        mean,
        covariance: None,
    };
    Samples {
        trajectories,
        steps,
        estimators: vec![moments],
        differences: Vec::new(),
    }
}

#[test]
fn planted_faults_are_caught_at_the_default_settings() {
    let (mdp, policy) = model(HEATER);
    let estimators = parse_list("baseline:v", true).unwrap();
    let options = ComparisonOptions::default();
    let design = Design::new(&mdp, &policy, &estimators, &options).unwrap();
    let v = design.estimators[0].resolved.clone();
    let exact_mdp::estimator::Contribution::Return { baseline: Some(v) } = v.form else {
        panic!()
    };
    let mut rows = Vec::new();
    for fault in [
        Fault::None,
        Fault::DroppedDiscount,
        Fault::ReturnFromTheNextStep,
        Fault::NormalisedOccupancy,
        Fault::BaselineOfTheNextState,
        Fault::WrongStateBaseline,
        Fault::LastScoreMissing,
    ] {
        let samples = reinforce(&mdp, &policy, v.at(0), fault, options.trajectories);
        let comparison = judge(&design, &samples, options.false_alarm, &options);
        let judged = &comparison.estimators[0];
        let sample = judged.sample.as_ref().unwrap();
        let row = format!(
            "| {} | {:.1} | {} | {} | {} |",
            fault.words(),
            sample.statistic,
            p_value(sample.p_value),
            p_value(sample.variance_p_value.unwrap()),
            judged.verdict.word().unwrap(),
        );
        rows.push(row);
        let expected = match fault {
            Fault::None => SampleVerdict::Consistent,
            _ => SampleVerdict::Inconsistent,
        };
        assert_eq!(judged.verdict, expected, "{fault:?}");
        let by_variance = fault == Fault::WrongStateBaseline;
        assert_eq!(sample.rests_on_variance(), by_variance, "{fault:?}");
    }
    let table = rows.join("\n");
    let document = include_str!("../docs/estimators.md");
    assert!(
        document.contains(&table),
        "docs/estimators.md lacks\n{table}"
    );
}

/// The unreached cliff cells of the walk: a solve leaves rounding on their occupancies, which must
/// not pass for something that moves although it cannot. Nor may the rounding of a product of two
/// long sums pass for a bias.
#[test]
fn unreached_states_raise_no_alarm() {
    let text = std::fs::read_to_string(format!("{}/mdps/cliffwalking.yaml", crate::ROOT))
        .expect("the model is shipped");
    let (mdp, policy) = model(&text);
    let estimators = [
        Estimator::new(Psi::TotalReturn),
        Estimator::new(Psi::RewardToGo),
    ];
    let options = ComparisonOptions {
        trajectories: 500,
        ..options()
    };
    let comparison = run(&mdp, &policy, &estimators, &options);
    for judgment in &comparison.estimators {
        assert_eq!(
            judgment.verdict,
            SampleVerdict::Consistent,
            "{}",
            judgment.name
        );
        assert_eq!(judgment.bias_verdict(), Some(BiasVerdict::Unbiased));
    }
}

/// Too many parameters for a covariance, and stakes so rare that a mean of 2,000 episodes is far
/// from normal: the largest z is judged by its kurtosis, not by normal tails.
#[test]
fn rare_coordinates_of_large_models_raise_no_alarm() {
    let text = std::fs::read_to_string(format!("{}/mdps/gamblers-problem.yaml", crate::ROOT))
        .expect("the model is shipped");
    let (mdp, policy) = model(&text);
    let options = ComparisonOptions {
        trajectories: 2_000,
        ..options()
    };
    let comparison = run(&mdp, &policy, &[Estimator::new(Psi::RewardToGo)], &options);
    assert_eq!(law(&comparison).test, "max-z");
    assert_eq!(comparison.estimators[0].verdict, SampleVerdict::Consistent);
}

/// Where no fourth moment is known, only Chebyshev's inequality holds whatever the law: Σ 1/z².
/// Fourth powers of 1e80 overflow: no kurtosis is known, and every coordinate enters by a bound.
#[test]
fn kurtoses_that_overflow_are_not_taken_for_known() {
    let large = CONTINUING.replace("y: 2}, b: -1", "y: 2e80}, b: -1");
    for (text, known) in [(CONTINUING, true), (&large, false)] {
        let (mdp, policy) = model(text);
        let estimators = parse_list("reward-to-go,td-residual", true).unwrap();
        let design = Design::new(&mdp, &policy, &estimators, &options()).unwrap();
        for exact in design.sampled() {
            let law = exact.law.as_ref().unwrap();
            assert_eq!(law.kurtosis.is_some(), known, "{}", exact.estimator);
        }
        let comparison = run(&mdp, &policy, &estimators, &options());
        assert!(comparison.is_consistent());
        for judged in comparison.estimators {
            let sample = judged.sample.unwrap();
            assert_eq!(sample.rare.is_empty(), known, "{}", judged.name);
            assert_eq!(sample.variance_p_value.is_some(), known);
        }
    }
}

/// An action of probability 1e-11 pays what the best baseline takes away: E(Y − bU)² is a difference of
/// numbers 1e11 times larger, and a right sample must not be held to digits that it has lost.
#[test]
fn a_baseline_that_cancels_a_rare_return_raises_no_alarm() {
    let text = "
name: cancels
discount: 0
states: [x, end]
actions: [common, rare]
terminal: [end]
initial: x
transitions:
  - [x, rare, end, 1, 4]
  - [x, common, end, 1/3, -4]
  - [x, common, end, 2/3, -0.3]
policy:
  parametrization: log-linear
  temperature: 0.5
  theta: [1.5, 1.7, -0.3]
  features: {x: {common: [3, 3, 0], rare: [-3, 1, 3]}}
";
    let model = Model::parse("test", text).unwrap();
    let mdp: Mdp = model.mdp();
    let policy = Policy::from_specification(mdp.space(), model.policy().unwrap()).unwrap();
    let estimators = parse_list("total-return:optimal-constant", true).unwrap();
    let how = ComparisonOptions {
        trajectories: 3_000,
        ..options()
    };
    let comparison = run(&mdp, &policy, &estimators, &how);
    assert!(comparison.is_consistent(), "{:#?}", comparison.estimators);
}

#[test]
fn without_kurtoses_a_verdict_rests_on_chebyshev() {
    let (mdp, policy) = model(HEATER);
    let estimators = parse_list("reward-to-go", true).unwrap();
    let mut design = Design::new(&mdp, &policy, &estimators, &options()).unwrap();
    let law = design.estimators[0].law.as_mut().unwrap();
    law.kurtosis = None;
    let samples = 2000;
    let errors = law
        .exact
        .variance
        .iter()
        .map(|v| (v / samples as f64).sqrt());
    // the scores of the two actions of a state are opposite, and so are all deviations
    let z = |k: usize| if k.is_multiple_of(2) { 30.0 } else { -30.0 };
    let off = law.exact.expectation.iter().zip(errors).enumerate();
    let off = off.map(|(k, (mean, error))| mean + z(k) * error);
    let moments = SampleMoments {
        mean: off.collect(),
        variance: law.exact.variance.clone(),
        covariance: None,
    };
    let samples = Samples {
        trajectories: samples,
        steps: 0,
        estimators: vec![moments],
        differences: Vec::new(),
    };
    let mut judged = judge(&design, &samples, 1e-4, &options());
    let judged = judged.estimators.remove(0).sample.unwrap();
    let random = judged.z.iter().flatten().count() as f64;
    assert_eq!(
        (judged.rare.len() as f64, judged.variance_p_value),
        (random, None)
    );
    // one event for each two opposite scores, and no other test to share the rate with
    let bound = random / 2.0 / (30.0 * 30.0);
    let p = judged.decision_p_value;
    assert!((p / bound - 1.0).abs() < 1e-9, "{p} {bound}");
}

/// N sees 1 % at the level that the verdict has: the rate over the tests (Holm at its worst), and
/// half of that, since variances are tested as well. One degree of freedom: (z + z)² σ²/(0.01 μ)².
#[test]
fn the_power_is_that_of_the_verdict() {
    use statrs::distribution::{ContinuousCDF, Normal};
    let (mdp, policy) = model(
        "
discount: 0.9
states: [s, end]
actions: [a, b]
initial: {s: 1}
transitions: {s: {a: end, b: end}}
rewards: {s: {a: 1}}
terminal: [end]
",
    );
    for names in ["reward-to-go", "reward-to-go,reward-to-go:dropped"] {
        let estimators = parse_list(names, true).unwrap();
        let design = Design::new(&mdp, &policy, &estimators, &options()).unwrap();
        let law = design.estimators[0].law.as_ref().unwrap();
        let level = 1e-4 / estimators.len() as f64 / 2.0;
        let quantile = |p| Normal::standard().inverse_cdf(p);
        let sum = quantile(1.0 - level / 2.0) + quantile(0.9);
        let ratio = law.exact.variance[0] / (0.01 * law.exact.expectation[0]).powi(2);
        let needed = law.exact.trajectories_to_detect.unwrap();
        assert!(
            (needed / (sum * sum * ratio) - 1.0).abs() < 1e-5,
            "{names}: {needed}"
        );
    }
}

/// Three states, two decisions, rewards 1, 0, 2, 0.
const DECISIONS: &str = "
name: decisions
discount: 1/2
states: [s, t, end]
actions: [a, b]
initial: s
terminal: [end]
transitions:
- [s, a, t, 1, 1]
- [s, b, end, 1, 0]
- [t, a, end, 1, 2]
- [t, b, end, 1, 0]
";

/// With γᵗ and without, in either order: each has its own powers. Σψ(t,a)G is 1 in a quarter of all trajectories, with γ
/// ½, and a trajectory has 1.5 steps on average: per step ¼/1.5 and half of that.
#[test]
fn forms_beside_each_other_keep_their_own_weights() {
    let names = "per-step-mean:reward-to-go:dropped,per-step-mean:reward-to-go,whitened:reward-to-go:ddof-0";
    let (mdp, policy) = model(DECISIONS);
    let mut estimators = parse_list(names, true).unwrap();
    let comparison = run(&mdp, &policy, &estimators, &options());
    for (found, expected) in comparison.estimators.iter().zip([1.0 / 6.0, 1.0 / 12.0]) {
        let law = found.law.as_ref().unwrap();
        assert!(
            (law.expectation[2] - expected).abs() < 1e-14,
            "{}",
            found.name
        );
        // three of the standard errors, which are below 1/50 of these
        let mean = found.sample.as_ref().unwrap().mean[2];
        assert!(
            (mean - expected).abs() < 0.06 * expected,
            "{} {mean}",
            found.name
        );
    }
    assert!(comparison.is_consistent());
    estimators.reverse();
    assert!(run(&mdp, &policy, &estimators, &options()).is_consistent());
}

/// The limit of whitened advantages does not vary in one direction, and of baselines from the sample of two certain arms
/// in none: there the mean of N is off by the order of 1/N, which is no fault.
#[test]
fn the_bias_of_a_limit_is_not_an_error() {
    let arms = "
name: arms
discount: 1
states: [s, end]
actions: [a, b]
initial: s
terminal: [end]
transitions:
- [s, a, end, 1, 1]
- [s, b, end, 1, 2]
";
    for (text, names) in [
        (
            DECISIONS,
            "whitened:advantage:ddof-0,whitened:td-residual:ddof-0",
        ),
        (arms, "in-sample-baseline:total-return"),
    ] {
        let (mdp, policy) = model(text);
        let estimators = parse_list(names, true).unwrap();
        for seed in 0..5 {
            for trajectories in [1_000, 20_000] {
                let options = ComparisonOptions {
                    seed,
                    trajectories,
                    ..options()
                };
                let comparison = run(&mdp, &policy, &estimators, &options);
                assert!(comparison.is_consistent(), "{names} {seed} {trajectories}");
            }
        }
    }
}

/// A baseline for each parameter and time moves an estimate out of the plane Σₐ ĝ(s, a) = 0: the difference from one that stays
/// in it varies in every direction, by enumeration with the eigenvalues 0.053, 4.05 and 10.8.
#[test]
fn differences_from_baselines_of_each_parameter_have_their_rank() {
    let text = "
name: three
horizon: 2
discount: 1
states: [s]
actions: [a, b, c]
initial: s
transitions:
- [s, a, s, 1, 1]
- [s, b, s, 1, 0]
- [s, c, s, 1, 5]
";
    let (mdp, policy) = model(text);
    let estimators = parse_list("reward-to-go,baseline:optimal-parameter", true).unwrap();
    for seed in 0..3 {
        let options = ComparisonOptions {
            seed,
            paired: true,
            ..options()
        };
        let comparison = run(&mdp, &policy, &estimators, &options);
        assert!(comparison.is_consistent(), "{seed}");
        let law = &comparison.paired[0].law;
        assert_eq!(law.degrees_of_freedom, 3);
    }
}

/// A corridor of n places in which 1 pays and goes on, and 3 goes on in half of the cases: γ²ᵗ is below the least float long
/// before the end, where a variance comes out as 0 or as a number of few digits. What varies there is no fault of a sampler.
#[test]
fn variances_below_the_least_float_raise_no_alarm() {
    for (n, discount) in [(200, "0.1"), (600, "0.5"), (3, "1e-160"), (3, "1e-300")] {
        let mut text = format!(
            "discount: {discount}\nstates: {}\nactions: 2\ninitial: 0\nterminal: [{n}]\ntransitions:\n",
            n + 1
        );
        for s in 0..n {
            let next = s + 1;
            text += &format!("  - [{s}, 0, {next}, 1, 1]\n  - [{s}, 1, {next}, 1/2, 3]\n");
            text += &format!("  - [{s}, 1, {s}, 1/2, 3]\n");
        }
        let (mdp, policy) = model(&text);
        let options = ComparisonOptions {
            sampling: (n == 3).then_some(Sampling::Truncated(20)),
            trajectories: 2_000,
            ..options()
        };
        // of 600 places each law takes a while
        let names = if n > 200 {
            "reward-to-go"
        } else {
            "reward-to-go,advantage,q"
        };
        let estimators = parse_list(names, true).unwrap();
        let comparison = run(&mdp, &policy, &estimators, &options);
        for judged in &comparison.estimators {
            let sample = judged.sample.as_ref().unwrap();
            assert_eq!(
                judged.verdict,
                SampleVerdict::Consistent,
                "{n} {discount} {}",
                judged.name
            );
            assert!(
                sample.decision_p_value > 1e-3
                    && sample.p_value.is_finite()
                    && sample.statistic.is_finite()
            );
        }
        let of = law(&comparison);
        // what is 0 for want of a float is not told as the variance
        let errors = of.variance_error.as_ref().unwrap();
        let small = |&k: &usize| of.expectation[k] != 0.0 && of.expectation[k].powi(2) == 0.0;
        let mut small = (0..errors.len()).filter(small).peekable();
        assert!(small.peek().is_some(), "{n} {discount}");
        assert!(small.all(|k| errors[k] > 0.0), "{n} {discount}");
        // and the first coordinates are judged as ever
        let (error, variance) = (errors[0], of.variance[0]);
        assert!(
            of.degrees_of_freedom >= 1 && error <= 1e-9 * variance,
            "{n} {discount}: {} {error:e} {variance:e}",
            of.degrees_of_freedom
        );
    }
}
