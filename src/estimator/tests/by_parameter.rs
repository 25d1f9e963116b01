//! A baseline for each parameter: against all trajectories in fractions, where the best is found by hand.

use super::enumeration::{Trajectory, estimate, trajectories};
use super::examples::*;
use crate::estimator::*;
use crate::field::Field;
use crate::linalg::Csr;
use crate::mdp::{Criterion, Mdp};
use crate::number::{Number, Rational};
use crate::policy::{Features, Kind, Policy, Specification};

const NAMES: [&str; 4] = [
    "baseline:optimal-parameter",
    "baseline:optimal-parameter:dropped",
    "baseline:optimal-parameter-stationary",
    "baseline:optimal-parameter-stationary:dropped",
];

/// Two features that the states share, at θ = 0.
fn with_features(mdp: &Mdp<Rational>) -> Policy<Rational> {
    let row = |i: usize| vec![Number::from(1 + i as i64), Number::from((i % 2) as i64)];
    let specification = Specification {
        parametrization: Kind::LogLinear,
        features: Some(Features {
            names: None,
            rows: (0..mdp.pairs()).map(row).collect(),
        }),
        ..Specification::default()
    };
    Policy::from_specification(mdp.space(), &specification).unwrap()
}

/// b of each entry of the scores.
fn table(resolved: &Resolved<Rational>) -> &Table<Rational> {
    match &resolved.form {
        Contribution::ReturnByParameter { baseline } => baseline,
        form => panic!("{form:?}"),
    }
}

/// All trajectories with X₀, and for each time cᵗψₜₖ of each entry of the scores that it has.
struct All {
    trajectories: Vec<Trajectory>,
    plain: Vec<Vec<Rational>>,
    scores: Csr<Rational>,
}

impl All {
    fn new(
        policy: &Policy<Rational>,
        resolved: &Resolved<Rational>,
        mdp: &Mdp<Rational>,
        steps: usize,
    ) -> All {
        let trajectories = trajectories(mdp, policy, steps);
        let plain = Resolved {
            form: Contribution::Return { baseline: None },
            ..resolved.clone()
        };
        let (scores, ones) = (policy.scores().rows, vec![Rational::one(); steps]);
        let x = |t: &Trajectory| estimate(&plain, &scores, t, &ones);
        All {
            plain: trajectories.iter().map(x).collect(),
            trajectories,
            scores,
        }
    }

    fn expect(&self, f: impl Fn(usize) -> Rational) -> Rational {
        let all = self.trajectories.iter().enumerate();
        all.fold(Rational::zero(), |sum, (i, t)| sum + f(i) * &t.probability)
    }

    /// Σₜ cᵗ ψₜₖ 1\[Sₜ = s\], at one time or all.
    fn scores(
        &self,
        c: &Rational,
        i: usize,
        (s, k): (usize, usize),
        at: Option<usize>,
    ) -> Rational {
        let (mut sum, mut power) = (Rational::zero(), Rational::one());
        for (t, (state, pair, _)) in self.trajectories[i].steps.iter().enumerate() {
            if *state == s && at.is_none_or(|at| at == t) {
                sum += self.scores.get(*pair, k) * &power;
            }
            power *= c.clone();
        }
        sum
    }
}

/// b*_k = E[X₀ₖ U]/E U² by hand, U = Σ cᵗψₜₖ 1[Sₜ = s] at one time or at all, since such sums are uncorrelated;
/// and the law of X₀ − Σ b U.
fn assert_by_hand(mdp: &Mdp<Rational>, policy: &Policy<Rational>, sampling: Sampling) {
    let steps = sampling.steps().unwrap();
    let experiment = Experiment::new(mdp, policy, sampling, &options()).unwrap();
    let scores = policy.scores().rows;
    for name in NAMES {
        let resolved = experiment.resolve(&name.parse().unwrap()).unwrap();
        let (c, b) = (&resolved.weight, table(&resolved));
        let all = All::new(policy, &resolved, mdp, steps);
        let by_time = !name.contains("stationary");
        assert_eq!(b.rows().len(), if by_time { steps } else { 1 });
        for (row, b) in b.rows().iter().enumerate() {
            let at = by_time.then_some(row);
            for pair in 0..mdp.pairs() {
                let s = mdp.space().state_of(pair);
                for ((k, _), found) in scores.row(pair).zip(&b[scores.row_starts()[pair]..]) {
                    let u = |i| all.scores(c, i, (s, k), at);
                    let square = all.expect(|i| u(i) * u(i));
                    let product = all.expect(|i| u(i) * &all.plain[i][k]);
                    let best = if square.is_zero() {
                        square
                    } else {
                        product / &square
                    };
                    assert_eq!(*found, best, "{name}: t {row}, {s}, {k}");
                }
            }
        }
        let x = |i: usize| -> Vec<Rational> {
            let (mut x, mut power) = (all.plain[i].clone(), Rational::one());
            for (t, (_, pair, _)) in all.trajectories[i].steps.iter().enumerate() {
                for ((k, psi), b) in scores
                    .row(*pair)
                    .zip(&b.at(t)[scores.row_starts()[*pair]..])
                {
                    x[k] -= b.clone() * psi * &power;
                }
                power *= c.clone();
            }
            x
        };
        let x: Vec<Vec<Rational>> = (0..all.trajectories.len()).map(x).collect();
        assert_law(&experiment, &resolved, &all, &x);
    }
}

fn assert_law(
    experiment: &Experiment<Rational>,
    resolved: &Resolved<Rational>,
    all: &All,
    x: &[Vec<Rational>],
) {
    let moments = experiment.moments(resolved, Detail::Covariance).unwrap();
    let variances = experiment.moments(resolved, Detail::Variances).unwrap();
    let kurtosis = experiment.kurtosis(resolved).unwrap().unwrap().values;
    let covariance = moments.covariance.as_ref().unwrap();
    // with itself, and with the reward to go of the same trajectories
    let plain = Resolved {
        form: Contribution::Return { baseline: None },
        ..resolved.clone()
    };
    let own = experiment.cross_covariance(resolved, resolved).unwrap();
    assert_eq!(own, *covariance);
    let cross = experiment.cross_covariance(resolved, &plain).unwrap();
    let turned = experiment.cross_covariance(&plain, resolved).unwrap();
    assert_eq!(cross, turned.transpose());
    for k in 0..moments.mean.len() {
        for l in 0..moments.mean.len() {
            let raw = all.expect(|i| x[i][k].clone() * &all.plain[i][l]);
            let means = all.expect(|i| x[i][k].clone()) * all.expect(|i| all.plain[i][l].clone());
            assert_eq!(cross[(k, l)], raw - means, "{k}, {l}");
        }
    }
    for k in 0..moments.mean.len() {
        let mean = |k: usize| all.expect(|i| x[i][k].clone());
        let central = |k: usize, l: usize| {
            all.expect(|i| (x[i][k].clone() - mean(k)) * (x[i][l].clone() - mean(l)))
        };
        assert_eq!(moments.mean[k], mean(k));
        for l in 0..moments.mean.len() {
            assert_eq!(covariance[(k, l)], central(k, l), "{k}, {l}");
        }
        let variance = central(k, k);
        assert_eq!(moments.variance[k], variance);
        assert_eq!(variances.variance[k], variance);
        let mu = mean(k);
        let fourth = all.expect(|i| {
            let off = x[i][k].clone() - &mu;
            off.clone() * &off * &off * &off
        });
        let expected = if variance.is_zero() {
            variance
        } else {
            fourth / &variance / &variance
        };
        assert_eq!(kurtosis[k], expected);
    }
}

#[test]
fn the_best_baseline_of_each_parameter_is_the_one_found_by_hand() {
    let (mdp, policy) = appendix_c();
    assert_by_hand(&mdp, &policy, Sampling::FiniteHorizon(3));
    assert_by_hand(&mdp, &policy, Sampling::Truncated(2));
    let (mdp, policy) = episodic(Criterion::Discounted { discount: q(2, 3) });
    assert_by_hand(&mdp, &policy, Sampling::FiniteHorizon(2));
    assert_by_hand(&mdp, &policy, Sampling::Truncated(3));
    let shared = with_features(&mdp);
    assert_by_hand(&mdp, &shared, Sampling::Truncated(3));
}

/// Without a last step each variance is a parabola in each entry: moving it either way raises it alike.
#[test]
fn each_variance_is_least_without_a_last_step() {
    let criterion = || Criterion::Discounted { discount: q(2, 3) };
    let (first, own) = appendix_c();
    let (second, tabular) = episodic(criterion());
    let shared = with_features(&second);
    let cases = [
        (&first, &own, Sampling::Infinite),
        (&first, &own, Sampling::Geometric),
        (&second, &tabular, Sampling::Episodic),
        (&second, &shared, Sampling::Episodic),
        (&second, &shared, Sampling::Geometric),
    ];
    for (mdp, policy, sampling) in cases {
        let experiment = Experiment::new(mdp, policy, sampling, &options()).unwrap();
        for name in &NAMES[..2] {
            if name.ends_with("dropped") && sampling == Sampling::Infinite {
                continue;
            }
            let best = experiment.resolve(&name.parse().unwrap()).unwrap();
            let variance = |resolved: &Resolved<Rational>| {
                experiment
                    .moments(resolved, Detail::Variances)
                    .unwrap()
                    .variance
            };
            let least = variance(&best);
            let scores = policy.scores().rows;
            for pair in 0..mdp.pairs() {
                let s = mdp.space().state_of(pair);
                for (k, _) in scores.row(pair) {
                    let moved = |by: i64| {
                        let mut row = table(&best).at(0).to_vec();
                        for other in mdp.space().pairs_of(s) {
                            let entries = scores.row_starts()[other]..;
                            let at = scores.row(other).zip(entries).find(|((l, _), _)| *l == k);
                            at.into_iter().for_each(|(_, at)| row[at] += q(by, 1));
                        }
                        let baseline = Table::stationary(row);
                        let form = Contribution::ReturnByParameter { baseline };
                        variance(&Resolved {
                            form,
                            ..best.clone()
                        })
                    };
                    let (up, down) = (moved(1), moved(-1));
                    assert_eq!(up, down, "{name}, {sampling:?}");
                    assert!(up[k] > least[k]);
                }
            }
        }
    }
}

/// One state, two actions, one parameter each: the best baselines of two parameters differ, and leave nothing
/// where one for both does not.
#[test]
fn a_bandit_of_two_actions_has_no_variance_left() {
    let pay = |r| [(1, (1, 1), (r, 1))];
    let mdp = model(
        &[&[&pay(4), &pay(0)], &[]],
        &[(1, 1), (0, 1)],
        Criterion::Total,
    );
    let policy = policy(&mdp, Kind::Softmax, &[(1, 4), (3, 4)]);
    let experiment = Experiment::new(&mdp, &policy, Sampling::Episodic, &options()).unwrap();
    let resolved = experiment.resolve(&NAMES[0].parse().unwrap()).unwrap();
    // (r − b)ψ_k is the same for both actions at b = Σ (1 − π)r, whichever k
    assert!(table(&resolved).at(0).iter().all(|b| *b == q(3, 1)));
    let moments = experiment.moments(&resolved, Detail::Covariance).unwrap();
    assert!(moments.variance.iter().all(Field::is_zero));
}
