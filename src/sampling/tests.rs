//! What is sampled is what the definitions say: by enumeration, by the plain sums, by exact means.

mod law;
mod parts;
mod stopped;

use std::ops::ControlFlow;
use std::sync::Arc;

use super::*;
use crate::chain::Chain;
use crate::estimator::{Contribution, Table};
use crate::linalg::{Csr, SolverOptions};
use crate::mdp::{Criterion, MdpParts, Names, OutcomeTable, Space};
use crate::policy::{LogLinear, Parametrization};
use crate::trajectory::Event;

const GAMMA: f64 = 0.75;

/// One (pair's outcomes) per pair: (next, probability, reward).
fn model(sets: Vec<Vec<u32>>, pairs: &[&[(usize, f64, f64)]], initial: &[f64]) -> Mdp {
    let mut outcomes = OutcomeTable::default();
    for pair in pairs {
        for &(next, probability, reward) in *pair {
            outcomes.push(next, probability, reward);
        }
        outcomes.end_pair();
    }
    let space = Space::new(Names::Numbered(sets.len()), Names::Numbered(3), sets).unwrap();
    Mdp::new(MdpParts {
        name: "tiny".into(),
        space: Arc::new(space),
        outcomes,
        initial: initial.to_vec(),
        criterion: Criterion::Discounted { discount: GAMMA },
    })
    .unwrap()
}

/// Appendix C of the theory: two states for ever, rewards by outcome.
fn continuing() -> Mdp {
    let pairs: [&[_]; 4] = [
        &[(0, 1.0 / 3.0, 1.0), (1, 2.0 / 3.0, 2.0)],
        &[(0, 0.75, -1.0), (1, 0.25, 4.0)],
        &[(0, 1.0, 3.0)],
        &[(0, 0.4, -2.0), (1, 0.6, 1.0)],
    ];
    model(vec![vec![0, 1], vec![0, 1]], &pairs, &[0.6, 0.4])
}

/// Three states and an end: loops, a state with one action, two rewards for one (s, a, s'), a
/// start in the end.
fn episodic() -> Mdp {
    let pairs: [&[_]; 6] = [
        &[(0, 0.25, 0.0), (1, 0.5, 1.0), (3, 0.25, 0.0)],
        &[(2, 0.5, -1.0), (2, 0.5, 2.0)],
        &[(1, 0.125, 0.0), (3, 0.875, 0.0)],
        &[(0, 0.5, 0.0), (3, 0.5, 5.0)],
        &[(3, 1.0, 0.0)],
        &[(1, 1.0, -0.5)],
    ];
    let sets = vec![vec![0, 1, 2], vec![0], vec![0, 2], vec![]];
    model(sets, &pairs, &[0.5, 0.25, 0.125, 0.125])
}

/// Trajectories that end at once, and others that go on for ever.
fn either() -> Mdp {
    let pairs: [&[_]; 5] = [
        &[(1, 0.25, 1.0), (2, 0.75, -1.0)],
        &[(0, 0.125, 0.5), (2, 0.875, 0.0)],
        &[(1, 0.5, 1.0), (1, 0.5, -2.0)],
        &[(1, 1.0, 0.25)],
        &[(1, 1.0, 0.0)],
    ];
    model(
        vec![vec![0, 1], vec![0, 1, 2], vec![]],
        &pairs,
        &[1.0, 0.0, 0.0],
    )
}

fn softmax(mdp: &Mdp) -> Policy {
    let theta = (0..mdp.pairs()).map(|i| 0.3 * ((3 * i) % 5) as f64 - 0.5);
    Policy::softmax(mdp.space(), theta.collect(), 1.0).unwrap()
}

/// Two features, shared by all states.
fn features(mdp: &Mdp) -> Policy {
    let row = |i: usize| vec![(0, 1.0 + i as f64 / 4.0), (1, (i % 2) as f64)];
    let parametrization = Parametrization::LogLinear(LogLinear {
        features: Arc::new(Csr::from_rows(2, (0..mdp.pairs()).map(row))),
        rest: None,
        names: None,
        temperature: 1.0,
    });
    Policy::new(mdp.space(), parametrization, vec![0.4, -0.7]).unwrap()
}

/// A table of arbitrary numbers, by time; 0 on the last entry, that of a terminal state.
fn table(width: usize, rows: usize, zero_last: bool) -> Table<f64> {
    let entry = |t: usize, i: usize| ((7 * t + 5 * i) % 11) as f64 / 4.0 - 1.0;
    let row = |t| {
        (0..width).map(move |i| {
            if zero_last && i + 1 == width {
                0.0
            } else {
                entry(t, i)
            }
        })
    };
    Table::by_time((0..rows).map(|t| row(t).collect()).collect())
}

/// Every form, by time and not, weighted by γᵗ and not.
fn forms(mdp: &Mdp) -> Vec<Resolved<f64>> {
    let mut all = Vec::new();
    for rows in [1, 4] {
        let states = || {
            table(
                mdp.states(),
                rows,
                mdp.space().is_terminal(mdp.states() - 1),
            )
        };
        let residual = |decay, window| Contribution::Residual {
            critic: states(),
            decay,
            window,
        };
        let forms = [
            Contribution::TotalReturn { baseline: 0.0 },
            Contribution::TotalReturn { baseline: 0.5 },
            Contribution::Return { baseline: None },
            Contribution::Return {
                baseline: Some(states()),
            },
            Contribution::Pair {
                value: table(mdp.pairs(), rows, false),
            },
            residual(0.0, None),
            residual(0.6 * GAMMA, None),
            residual(GAMMA, Some(1)),
            residual(GAMMA, Some(3)),
        ];
        for form in forms {
            all.extend([1.0, GAMMA].map(|weight| Resolved {
                weight,
                discount: GAMMA,
                form: form.clone(),
            }));
        }
    }
    all
}

/// The same, and two with a baseline for each parameter, by time and not.
fn forms_of(mdp: &Mdp, policy: &Policy) -> Vec<Resolved<f64>> {
    let entries = policy.scores().rows.stored();
    let own = |(rows, weight)| Resolved {
        weight,
        discount: GAMMA,
        form: Contribution::ReturnByParameter {
            baseline: table(entries, rows, false),
        },
    };
    let own = [(1, 1.0), (4, GAMMA)].map(own);
    forms(mdp).into_iter().chain(own).collect()
}

fn go_on(_: u64) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// X of a trajectory by the definitions of theory 5, each sum written out.
fn by_definition(
    mdp: &Mdp,
    policy: &Policy,
    resolved: &Resolved<f64>,
    path: &[Event],
    ratio: &dyn Fn(usize) -> f64,
) -> Vec<f64> {
    let scores = policy.scores().rows;
    let steps = path.len();
    let gamma = resolved.discount;
    // ω_i ⋯ ω_k over the steps i..=k
    let omega = |i: usize, k: usize| {
        (i..=k)
            .map(|t| ratio(path[t].pair as usize))
            .product::<f64>()
    };
    let state = |t: usize| mdp.space().state_of(path[t].pair as usize);
    let power = |x: f64, n: usize| x.powi(n as i32);
    let delta = |critic: &Table<f64>, t: usize| {
        let next = critic.at(t + 1).get(path[t].next as usize).copied();
        path[t].reward + gamma * next.unwrap_or(0.0) - critic.at(t)[state(t)]
    };
    let mut x = vec![0.0; policy.parameters()];
    for t in 0..steps {
        let psi = match &resolved.form {
            Contribution::TotalReturn { baseline } => {
                let term = |k: usize| omega(0, t.max(k)) * power(gamma, k) * path[k].reward;
                (0..steps).map(term).sum::<f64>() - omega(0, t) * baseline
            }
            Contribution::Return { baseline } => {
                let later = (t..steps).map(|k| omega(0, k) * power(gamma, k - t) * path[k].reward);
                let b = baseline.as_ref().map_or(0.0, |b| b.at(t)[state(t)]);
                later.sum::<f64>() - omega(0, t) * b
            }
            Contribution::Pair { value } => omega(0, t) * value.at(t)[path[t].pair as usize],
            Contribution::Residual {
                critic,
                decay,
                window,
            } => {
                let end = steps.min(t + window.unwrap_or(steps));
                let term = |k| omega(0, k) * power(*decay, k - t) * delta(critic, k);
                (t..end).map(term).sum()
            }
            Contribution::ReturnByParameter { .. } => {
                let term = |k: usize| power(gamma, k - t) * path[k].reward;
                (t..steps).map(term).sum()
            }
            form => unreachable!("{form:?} has a test of its own"),
        };
        let pair = path[t].pair as usize;
        let entries = scores.row_starts()[pair]..;
        for ((k, score), entry) in scores.row(pair).zip(entries) {
            let own = match &resolved.form {
                Contribution::ReturnByParameter { baseline } => baseline.at(t)[entry],
                _ => 0.0,
            };
            x[k] += power(resolved.weight, t) * (psi - own) * score;
        }
    }
    x
}

fn close(found: &[f64], expected: &[f64], scale: f64) {
    for (x, y) in found.iter().zip(expected) {
        assert!((x - y).abs() <= scale * f64::EPSILON, "{x} is not {y}");
    }
    assert_eq!(found.len(), expected.len());
}

#[test]
fn each_estimator_is_its_definition_on_every_trajectory() {
    for mdp in [continuing(), episodic()] {
        let (policy, uniform) = (softmax(&mdp), Policy::uniform(mdp.space()));
        for behavior in [None, Some(&uniform)] {
            let estimators = match behavior {
                None => forms_of(&mdp, &policy),
                Some(_) => forms(&mdp),
            };
            let plan = Plan::new(Sampling::Truncated(9), 3);
            let sampler = Sampler::new(&mdp, &policy, behavior, &estimators, plan).unwrap();
            let record = sampler.record(200).unwrap();
            let ratio = |pair: usize| match behavior {
                None => 1.0,
                Some(b) => policy.probabilities()[pair] / b.probabilities()[pair],
            };
            let contributions = sampler.contributions(&record);
            for (estimator, found) in estimators.iter().zip(contributions) {
                for (i, found) in found.iter().enumerate() {
                    let path: Vec<Event> = record.events(i).collect();
                    let expected = by_definition(&mdp, &policy, estimator, &path, &ratio);
                    // sums of at most 9 × 9 terms below 10 · 2⁹ (ratios are below 2)
                    close(found, &expected, 81.0 * 5120.0);
                }
            }
        }
    }
}

/// Mean and covariance [d × d] of a sample, in two passes.
fn two_passes(x: &[Vec<f64>]) -> (Vec<f64>, Vec<f64>) {
    let (n, d) = (x.len() as f64, x[0].len());
    let mean: Vec<f64> = (0..d)
        .map(|k| x.iter().map(|x| x[k]).sum::<f64>() / n)
        .collect();
    let entry = |k: usize, l: usize| -> f64 {
        let products = x.iter().map(|x| (x[k] - mean[k]) * (x[l] - mean[l]));
        products.sum::<f64>() / (n - 1.0)
    };
    let covariance = (0..d * d).map(|i| entry(i / d, i % d)).collect();
    (mean, covariance)
}

#[test]
fn sums_are_the_sums_of_the_contributions() {
    for mdp in [continuing(), episodic()] {
        // two blocks and a part; and steps by thousands, which are worked out in several pieces
        for (steps, n) in [(9, 5000), (2500, 3)] {
            for policy in [softmax(&mdp), features(&mdp)] {
                for spread in [Spread::Variance, Spread::Covariance] {
                    sums_hold(&mdp, &policy, spread, (steps, n));
                }
            }
        }
    }
    // short ones that wait for one another before and behind long ones
    let mdp = either();
    sums_hold(&mdp, &softmax(&mdp), Spread::Covariance, (1500, 60));
}

/// The sums over n trajectories of so many steps at most are those of the contributions one by one.
fn sums_hold(mdp: &Mdp, policy: &Policy, spread: Spread, (steps, n): (usize, u64)) {
    let estimators = forms_of(mdp, policy);
    let last = estimators.len() - 1;
    let plan = Plan {
        spread,
        differences: vec![(4, 6), (0, last)],
        ..Plan::new(Sampling::Truncated(steps), 11)
    };
    let mut sampler = Sampler::new(mdp, policy, None, &estimators, plan).unwrap();
    let samples = sampler.sample_to(n, &go_on).unwrap();
    let record = sampler.record(n).unwrap();
    let x = sampler.contributions(&record);
    let minus = |i: usize, j: usize| -> Vec<Vec<f64>> {
        let pairs = x[i].iter().zip(&x[j]);
        pairs
            .map(|(a, b)| a.iter().zip(b).map(|(a, b)| a - b).collect())
            .collect()
    };
    let expected = x.iter().cloned().chain([minus(4, 6), minus(0, last)]);
    let found = samples.estimators.iter().chain(&samples.differences);
    assert_eq!(samples.steps, record.pairs.len() as u64);
    assert_eq!(found.clone().count(), estimators.len() + 2);
    // |X| is below this: the mean of n numbers, and of their squares
    let size = 50.0 * steps as f64;
    for (moments, x) in found.zip(expected) {
        let (mean, covariance) = two_passes(&x);
        let d = mean.len();
        let variance: Vec<f64> = (0..d).map(|k| covariance[k * (d + 1)]).collect();
        close(&moments.mean, &mean, size * n as f64);
        close(&moments.variance, &variance, size * size * n as f64);
        assert_eq!(moments.covariance.is_some(), spread == Spread::Covariance);
        if let Some(found) = &moments.covariance {
            close(found, &covariance, size * size * n as f64);
        }
    }
}

fn bits(samples: &Samples) -> Vec<u64> {
    let moments = samples.estimators.iter().chain(&samples.differences);
    let numbers = moments.flat_map(|m| m.mean.iter().chain(&m.variance));
    let head = [samples.trajectories, samples.steps].into_iter();
    head.chain(numbers.map(|x| x.to_bits())).collect()
}

#[test]
fn threads_and_pauses_change_nothing() {
    let mdp = episodic();
    let (policy, estimators) = (softmax(&mdp), forms(&mdp));
    let sampler = |threads| {
        let plan = Plan {
            threads,
            differences: vec![(2, 3)],
            ..Plan::new(Sampling::Episodic, 42)
        };
        Sampler::new(&mdp, &policy, None, &estimators, plan).unwrap()
    };
    let n = 20 * BLOCK + 77;
    let expected = bits(&sampler(1).sample_to(n, &go_on).unwrap());
    for threads in [2, 3, 7] {
        assert_eq!(
            bits(&sampler(threads).sample_to(n, &go_on).unwrap()),
            expected
        );
    }
    let mut paused = sampler(2);
    for checkpoint in [1, 100, BLOCK, 3 * BLOCK + 5] {
        let samples = paused.sample_to(checkpoint, &go_on).unwrap();
        assert_eq!(samples.trajectories, checkpoint);
        let direct = sampler(1).sample_to(checkpoint, &go_on).unwrap();
        assert_eq!(bits(&samples), bits(&direct));
    }
    assert_eq!(bits(&paused.sample_to(n, &go_on).unwrap()), expected);
    let (short, long) = (paused.record(100).unwrap(), paused.record(5000).unwrap());
    assert_eq!(long.pairs[..short.pairs.len()], short.pairs);
    assert_eq!(long.rewards[..short.rewards.len()], short.rewards);
}

/// The unbiased ones have mean ∇J = ρ (q ∇π), sampled to the end, by death, and off policy.
#[test]
fn means_are_the_gradient() {
    let mdp = episodic();
    let policy = softmax(&mdp);
    let chain = Chain::new(&mdp, &policy, &SolverOptions::default()).unwrap();
    let evaluation = chain.evaluate(&mdp, &policy).unwrap();
    let weighted = |s: usize, pair: usize| evaluation.occupancy[s] * evaluation.q[pair];
    let by_pair = (0..mdp.pairs()).map(|pair| weighted(mdp.space().state_of(pair), pair));
    let gradient = policy
        .derivative()
        .mul_transposed(&by_pair.collect::<Vec<f64>>());
    let v = || Table::stationary(evaluation.v.clone());
    let forms = |decay| {
        [
            Contribution::Return { baseline: None },
            Contribution::Return {
                baseline: Some(v()),
            },
            Contribution::Pair {
                value: Table::stationary(evaluation.q.clone()),
            },
            Contribution::Residual {
                critic: v(),
                decay,
                window: None,
            },
        ]
    };
    let resolve = |gamma: f64, form| Resolved {
        weight: gamma,
        discount: gamma,
        form,
    };
    let discounted = forms(0.5 * GAMMA).map(|form| resolve(GAMMA, form));
    let undiscounted = forms(0.5).map(|form| resolve(1.0, form));
    let uniform = Policy::uniform(mdp.space());
    let runs = [
        (Sampling::Episodic, None, &discounted[..]),
        (Sampling::Geometric, None, &undiscounted[..]),
        (Sampling::Episodic, Some(&uniform), &discounted[..]),
    ];
    for (sampling, behavior, estimators) in runs {
        let plan = Plan::new(sampling, 17);
        let n = 300_000;
        let samples = sample(&mdp, &policy, behavior, estimators, plan, n, &go_on).unwrap();
        for moments in &samples.estimators {
            for (k, exact) in gradient.iter().enumerate() {
                let error = (moments.mean[k] - exact).abs();
                let sigma = (moments.variance[k] / n as f64).sqrt();
                assert!(error <= 5.0 * sigma + 1e-12, "{error} at σ = {sigma}");
            }
        }
    }
}

#[test]
fn the_steps_are_as_many_as_the_chain_expects() {
    let mdp = episodic();
    let policy = softmax(&mdp);
    let chain = Chain::new(
        &mdp.clone().under(Criterion::Total),
        &policy,
        &SolverOptions::default(),
    );
    // E L and E L² of theory 2.3
    let chain = chain.unwrap();
    let ones: Vec<f64> = (0..4).map(|s| if s < 3 { 1.0 } else { 0.0 }).collect();
    let length = chain.resolvent().solve(&ones).unwrap().x;
    let later = chain.dynamics().p().mul(&length);
    let right: Vec<f64> = ones
        .iter()
        .zip(later)
        .map(|(one, l)| one + 2.0 * l)
        .collect();
    let square = chain.resolvent().solve(&right).unwrap().x;
    let mean = crate::field::dot(mdp.initial(), &length);
    let variance = crate::field::dot(mdp.initial(), &square) - mean * mean;
    let n = 100_000;
    let plan = Plan::new(Sampling::Episodic, 1);
    let samples = sample(&mdp, &policy, None, &[], plan, n, &go_on).unwrap();
    let found = samples.steps as f64 / n as f64;
    assert!((found - mean).abs() <= 5.0 * (variance / n as f64).sqrt());
}

#[test]
fn a_behavior_must_cover_the_policy() {
    let mdp = continuing();
    let behavior = Policy::simplex(mdp.space(), vec![1.0, 0.0, 0.5, 0.5]).unwrap();
    let plan = Plan::new(Sampling::Truncated(2), 1);
    let found = Sampler::new(&mdp, &softmax(&mdp), Some(&behavior), &[], plan);
    let expected = Error::NoSupport {
        pairs: vec![("0".into(), "1".into())],
    };
    assert_eq!(found.err(), Some(expected));
}
