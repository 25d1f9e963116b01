//! Every trajectory with its probability: the definition of the moments, without any recursion.

use super::examples::*;
use crate::estimator::*;
use crate::field::Field;
use crate::linalg::Csr;
use crate::mdp::{Criterion, Mdp};
use crate::number::{Number, Rational};
use crate::policy::Policy;

/// One trajectory: its probability, its (state, pair, reward) and where it stopped.
#[derive(Clone)]
pub struct Trajectory {
    pub probability: Rational,
    pub steps: Vec<(usize, usize, Rational)>,
    pub last: usize,
}

/// All trajectories of at most `horizon` actions; Σ probability = 1.
pub fn trajectories(
    mdp: &Mdp<Rational>,
    policy: &Policy<Rational>,
    horizon: usize,
) -> Vec<Trajectory> {
    let start = |(state, p): (usize, &Rational)| Trajectory {
        probability: p.clone(),
        steps: Vec::new(),
        last: state,
    };
    let mut all: Vec<Trajectory> = mdp.initial().iter().enumerate().map(start).collect();
    for _ in 0..horizon {
        let mut longer = Vec::new();
        for trajectory in all {
            let pairs = mdp.space().pairs_of(trajectory.last);
            if pairs.is_empty() {
                longer.push(trajectory);
                continue;
            }
            for pair in pairs {
                for outcome in mdp.outcomes(pair) {
                    let mut next = trajectory.clone();
                    next.probability *= policy.probabilities()[pair].clone() * outcome.probability;
                    next.steps
                        .push((trajectory.last, pair, outcome.reward.clone()));
                    next.last = outcome.next;
                    longer.push(next);
                }
            }
        }
        all = longer;
    }
    all
}

/// ĝ of one trajectory, term by term from the definition.
pub fn estimate(
    resolved: &Resolved<Rational>,
    scores: &Csr<Rational>,
    trajectory: &Trajectory,
    weights: &[Rational],
) -> Vec<Rational> {
    let steps = &trajectory.steps;
    let gamma = &resolved.discount;
    let power = |x: &Rational, n: usize| (0..n).fold(Rational::one(), |y, _| y * x);
    let product = |from: usize, to: usize| {
        weights[from..=to]
            .iter()
            .fold(Rational::one(), |y, w| y * w)
    };
    let mut sum = vec![Rational::zero(); scores.columns()];
    let return_from = |t: usize| {
        (t..steps.len()).fold(Rational::zero(), |sum, k| {
            sum + power(gamma, k - t) * &steps[k].2 * product(t, k)
        })
    };
    let residual = |critic: &Table<Rational>, t: usize| {
        let next = steps.get(t + 1).map_or(trajectory.last, |step| step.0);
        let (state, _, reward) = &steps[t];
        reward.clone() + critic.at(t + 1)[next].clone() * gamma - &critic.at(t)[*state]
    };
    for (t, (state, pair, _)) in steps.iter().enumerate() {
        let psi = match &resolved.form {
            Contribution::TotalReturn { baseline } => return_from(0) - baseline,
            Contribution::Return { baseline: None } => return_from(t),
            Contribution::Return { baseline: Some(b) } => return_from(t) - &b.at(t)[*state],
            Contribution::Pair { value } => value.at(t)[*pair].clone(),
            Contribution::Residual {
                critic,
                decay,
                window,
            } => {
                let end = window.map_or(steps.len(), |n| (t + n).min(steps.len()));
                (t..end).fold(Rational::zero(), |sum, k| {
                    sum + power(decay, k - t) * &residual(critic, k)
                })
            }
            Contribution::Ahead {
                critic,
                less,
                decay,
                future,
            } => {
                let own = if *less {
                    Rational::zero()
                } else {
                    critic.at(t)[*state].clone()
                };
                (t + 1..steps.len()).fold(own + residual(critic, t), |sum, k| {
                    sum + power(decay, k - t - 1) * future * &residual(critic, k)
                })
            }
            form => unreachable!("{form:?} has a test of its own"),
        };
        let before = if t == 0 {
            Rational::one()
        } else {
            product(0, t - 1)
        };
        let factor = power(&resolved.weight, t) * psi * before;
        for (k, score) in scores.row(*pair) {
            sum[k] += factor.clone() * score;
        }
    }
    sum
}

fn every_kind(states: usize) -> Vec<Estimator> {
    let mut kinds = all(true);
    kinds.push("n-step:2".parse().unwrap());
    kinds.push("n-step:1:dropped".parse().unwrap());
    kinds.push("gae:1/3".parse().unwrap());
    kinds.push("total-return:2/3:discounted".parse().unwrap());
    for name in [
        "reward-to-go:bootstrapped",
        "lambda-return:1/3:dropped",
        "one-step-of-lambda-return:1/2",
        "gae:1/2:cut-as-end",
        "td-residual:cut-as-end",
    ] {
        kinds.push(name.parse().unwrap());
    }
    let wrong = [Number::from(2), number(-1, 3), Number::from(7)];
    let wrong = Critic::File(wrong.into_iter().cycle().take(states).collect());
    for name in [
        "td-residual",
        "gae:1/2",
        "n-step:2",
        "q",
        "advantage:dropped",
    ] {
        let estimator: Estimator = name.parse().unwrap();
        kinds.push(estimator.with_critic(wrong.clone()).unwrap());
    }
    kinds
}

/// The kurtosis of the first coordinate is its fourth central moment over the square of its variance; those of a
/// window, which would be borrowed, are none.
fn assert_kurtosis(
    experiment: &Experiment<Rational>,
    (estimator, resolved): (&Estimator, &Resolved<Rational>),
    (fourth, variance): (Rational, &Rational),
) {
    let windowed = matches!(
        resolved.form,
        Contribution::Residual {
            window: Some(2..),
            ..
        }
    );
    let found = experiment.kurtosis(resolved).unwrap();
    if windowed {
        assert_eq!(found, None, "{estimator}");
    } else {
        let expected = fourth / (variance.clone() * variance);
        assert_eq!(found.unwrap().values[0], expected, "{estimator}");
    }
}

fn assert_enumerated(mdp: &Mdp<Rational>, policy: &Policy<Rational>, sampling: Sampling) {
    let horizon = sampling.steps().unwrap();
    let experiment = Experiment::new(mdp, policy, sampling, &options()).unwrap();
    let all = trajectories(mdp, policy, horizon);
    let ones = vec![Rational::one(); horizon];
    let weight = match sampling {
        Sampling::LongRun(steps) => q(1, steps as u64),
        _ => Rational::one(),
    };
    let scores = policy.scores().rows.map(|x| x.clone() * &weight);
    let d = policy.parameters();
    let kinds = every_kind(mdp.states());
    let mut previous: Option<(Resolved<Rational>, Vec<Vec<Rational>>)> = None;
    for estimator in &kinds {
        let resolved = experiment.resolve(estimator).unwrap();
        let samples: Vec<Vec<Rational>> = all
            .iter()
            .map(|t| estimate(&resolved, &scores, t, &ones))
            .collect();
        let expect = |f: &dyn Fn(usize) -> Rational| {
            (0..all.len()).fold(Rational::zero(), |sum, i| sum + f(i) * &all[i].probability)
        };
        let mean = |x: &[Vec<Rational>], k: usize| expect(&|i| x[i][k].clone());
        let moments = experiment.moments(&resolved, Detail::Covariance).unwrap();
        let covariance = moments.covariance.as_ref().unwrap();
        for k in 0..d {
            assert_eq!(moments.mean[k], mean(&samples, k), "{estimator}: mean {k}");
            for l in 0..d {
                let raw = expect(&|i| samples[i][k].clone() * &samples[i][l]);
                let expected = raw - mean(&samples, k) * mean(&samples, l);
                assert_eq!(covariance[(k, l)], expected, "{estimator}: {k}, {l}");
            }
        }
        let mu = mean(&samples, 0);
        let fourth = expect(&|i| {
            let x = samples[i][0].clone() - &mu;
            x.clone() * &x * &x * &x
        });
        let moments_of = (fourth, &moments.variance[0]);
        assert_kurtosis(&experiment, (estimator, &resolved), moments_of);
        let variances = experiment.moments(&resolved, Detail::Variances).unwrap();
        assert_eq!(variances.variance, moments.variance);
        assert_eq!(
            moments.variance,
            (0..d)
                .map(|k| covariance[(k, k)].clone())
                .collect::<Vec<_>>()
        );
        if let Some((other, other_samples)) = &previous {
            let cross = experiment.cross_covariance(&resolved, other).unwrap();
            for (k, l) in [(0, 0), (0, d - 1), (d - 1, 0)] {
                let raw = expect(&|i| samples[i][k].clone() * &other_samples[i][l]);
                let expected = raw - mean(&samples, k) * mean(other_samples, l);
                assert_eq!(cross[(k, l)], expected, "{estimator} with the one before");
            }
        }
        previous = Some((resolved, samples));
    }
}

#[test]
fn moments_are_those_of_all_trajectories_over_a_finite_horizon() {
    let (mdp, policy) = appendix_c();
    assert_enumerated(&mdp, &policy, Sampling::FiniteHorizon(3));
    let (mdp, policy) = episodic(Criterion::Discounted { discount: q(2, 3) });
    assert_enumerated(&mdp, &policy, Sampling::FiniteHorizon(3));
}

#[test]
fn moments_are_those_of_all_trajectories_of_a_truncated_task() {
    let (mdp, policy) = appendix_c();
    assert_enumerated(&mdp, &policy, Sampling::Truncated(3));
    let (mdp, policy) = episodic(Criterion::Total);
    assert_enumerated(&mdp, &policy, Sampling::Truncated(3));
}

#[test]
fn moments_are_those_of_all_runs_of_a_long_run() {
    let (mdp, policy) = appendix_c();
    let mdp = mdp.under(Criterion::Average);
    let long_run = Differential::new(&mdp, &policy, &options()).unwrap();
    assert_enumerated(long_run.model(), &policy, Sampling::LongRun(3));
}

#[test]
fn importance_weights_keep_the_mean_and_change_the_covariance() {
    let (mdp, policy) = appendix_c();
    let pi = [(2, 5), (3, 5), (1, 2), (1, 2)];
    let behavior = super::examples::policy(&mdp, crate::policy::Kind::Direct, &pi);
    let sampling = Sampling::FiniteHorizon(3);
    let off = Experiment::off_policy(&mdp, &policy, Some(&behavior), sampling, &options()).unwrap();
    let on = Experiment::new(&mdp, &policy, sampling, &options()).unwrap();
    let scores = policy.scores().rows;
    let all = trajectories(&mdp, &behavior, 3);
    for name in ["reward-to-go", "total-return"] {
        let resolved = off.resolve(&name.parse().unwrap()).unwrap();
        let moments = off.moments(&resolved, Detail::Covariance).unwrap();
        assert_eq!(moments.mean, on.mean(&resolved).unwrap());
        if name == "total-return" {
            continue; // weighed per decision it is another sum than the one enumerated below
        }
        let ratio =
            |pair: usize| policy.probabilities()[pair].clone() / &behavior.probabilities()[pair];
        let kurtosis = off.kurtosis(&resolved).unwrap().unwrap();
        let (mut second, mut fourth) = (Rational::zero(), Rational::zero());
        for t in &all {
            let weights: Vec<Rational> = t.steps.iter().map(|step| ratio(step.1)).collect();
            let x = estimate(&resolved, &scores, t, &weights);
            second += x[0].clone() * &x[1] * &t.probability;
            let deviation = x[0].clone() - &moments.mean[0];
            let square = deviation.clone() * &deviation;
            fourth += square.clone() * &square * &t.probability;
        }
        let variance = moments.variance[0].clone();
        assert_eq!(kurtosis.values[0], fourth / (variance.clone() * variance));
        let covariance = moments.covariance.unwrap();
        let product = moments.mean[0].clone() * &moments.mean[1];
        assert_eq!(covariance[(0, 1)], second - product);
    }
}

#[test]
fn the_return_with_a_value_behind_a_cut_is_weighed_reward_by_reward() {
    for (mdp, policy) in [
        episodic(Criterion::Discounted { discount: q(2, 3) }),
        appendix_c(),
    ] {
        let probabilities: Vec<Number> = (0..mdp.pairs())
            .map(|pair| {
                number(
                    1,
                    mdp.space().pairs_of(mdp.space().state_of(pair)).len() as u64,
                )
            })
            .collect();
        let uniform = crate::policy::Specification {
            parametrization: crate::policy::Kind::Direct,
            probabilities: Some(probabilities),
            ..crate::policy::Specification::default()
        };
        let behavior = Policy::from_specification(mdp.space(), &uniform).unwrap();
        for sampling in [Sampling::FiniteHorizon(3), Sampling::Truncated(3)] {
            let off = Experiment::off_policy(&mdp, &policy, Some(&behavior), sampling, &options())
                .unwrap();
            let resolved = off
                .resolve(&"reward-to-go:bootstrapped".parse().unwrap())
                .unwrap();
            let found = off.moments(&resolved, Detail::Variances).unwrap();
            let behind = match sampling {
                Sampling::Truncated(_) => off.v().at(3).to_vec(),
                _ => vec![Rational::zero(); mdp.states()],
            };
            let gamma = mdp.discount();
            let ratio = |pair: usize| {
                policy.probabilities()[pair].clone() / &behavior.probabilities()[pair]
            };
            let (mut mean, mut second) = (Rational::zero(), Rational::zero());
            for t in trajectories(&mdp, &behavior, 3) {
                // all that is paid, v(S_T) last, as (time, γ^time ω₀ ⋯ ω_time R)
                let (mut discount, mut weight) = (Rational::one(), Rational::one());
                let mut paid = Vec::new();
                for (_, pair, reward) in &t.steps {
                    weight *= ratio(*pair);
                    paid.push(reward.clone() * &discount * &weight);
                    discount *= &gamma;
                }
                paid.push(behind[t.last].clone() * &discount * &weight);
                let mut x = Rational::zero();
                for (k, (_, pair, _)) in t.steps.iter().enumerate() {
                    let to_go = paid[k..].iter().fold(Rational::zero(), |sum, x| sum + x);
                    let scores = policy.scores().rows;
                    let own = scores.row(*pair).find(|(i, _)| *i == 0);
                    x += to_go * &own.map_or_else(Rational::zero, |(_, score)| score.clone());
                }
                mean += x.clone() * &t.probability;
                second += x.clone() * &x * &t.probability;
            }
            assert_eq!(found.mean[0], mean, "{sampling:?}");
            assert_eq!(
                found.variance[0],
                second - mean.clone() * &mean,
                "{sampling:?}"
            );
        }
    }
}
