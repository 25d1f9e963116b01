//! What libraries compute beside plain sums: each by its definition on every trajectory.

use super::enumeration::{Trajectory, trajectories};
use super::examples::*;
use crate::estimator::*;
use crate::field::Field;
use crate::mdp::{Criterion, Mdp};
use crate::number::Rational;
use crate::policy::{Kind, Policy};

const STEPS: usize = 3;

/// A model, π, and b which acts.
struct Case {
    mdp: Mdp<Rational>,
    policy: Policy<Rational>,
    behavior: Policy<Rational>,
    sampling: Sampling,
}

impl Case {
    fn experiment(&self) -> Experiment<'_, Rational> {
        let behavior = Some(&self.behavior);
        Experiment::off_policy(&self.mdp, &self.policy, behavior, self.sampling, &options())
            .unwrap()
    }

    fn on_policy(&self) -> Experiment<'_, Rational> {
        Experiment::new(&self.mdp, &self.policy, self.sampling, &options()).unwrap()
    }

    fn ratio(&self, pair: usize) -> Rational {
        self.policy.probabilities()[pair].clone() / &self.behavior.probabilities()[pair]
    }

    /// Σₜ xₜ ψₜ \[d\].
    fn scored(&self, t: &Trajectory, x: &[Rational]) -> Vec<Rational> {
        let scores = self.policy.scores().rows;
        let mut sum = vec![Rational::zero(); self.policy.parameters()];
        for (step, x) in t.steps.iter().zip(x) {
            for (k, score) in scores.row(step.1) {
                sum[k] += score.clone() * x;
            }
        }
        sum
    }

    fn powers(&self, count: usize) -> Vec<Rational> {
        let gamma = self.mdp.discount();
        std::iter::successors(Some(Rational::one()), |x| Some(x.clone() * &gamma))
            .take(count)
            .collect()
    }

    /// Gₜ of each step.
    fn returns(&self, t: &Trajectory) -> Vec<Rational> {
        let gamma = self.mdp.discount();
        let mut later = Rational::zero();
        let sums = t.steps.iter().rev().map(|step| {
            later = step.2.clone() + later.clone() * &gamma;
            later.clone()
        });
        let mut sums: Vec<Rational> = sums.collect();
        sums.reverse();
        sums
    }

    fn weighed(&self, x: &[Rational]) -> Vec<Rational> {
        let powers = self.powers(x.len());
        x.iter().zip(powers).map(|(x, p)| x.clone() * &p).collect()
    }
}

fn cases() -> Vec<Case> {
    let discounted = || Criterion::Discounted { discount: q(2, 3) };
    let mut all = Vec::new();
    for sampling in [Sampling::Truncated(STEPS), Sampling::FiniteHorizon(STEPS)] {
        let (mdp, target) = appendix_c();
        let pi = [(2, 5), (3, 5), (1, 2), (1, 2)];
        let behavior = policy(&mdp, Kind::Direct, &pi);
        all.push(Case {
            mdp,
            policy: target,
            behavior,
            sampling,
        });
        let (mdp, target) = episodic(discounted());
        let behavior = Policy::uniform(mdp.space());
        all.push(Case {
            mdp,
            policy: target,
            behavior,
            sampling,
        });
    }
    all
}

/// E, and E xy − E x E y.
fn moments(all: &[Trajectory], x: &[Vec<Rational>]) -> (Vec<Rational>, Vec<Vec<Rational>>) {
    let expect = |f: &dyn Fn(usize) -> Rational| {
        (0..all.len()).fold(Rational::zero(), |sum, i| sum + f(i) * &all[i].probability)
    };
    let d = x[0].len();
    let mean: Vec<Rational> = (0..d).map(|k| expect(&|i| x[i][k].clone())).collect();
    let covariance =
        |k: usize, l: usize| expect(&|i| x[i][k].clone() * &x[i][l]) - mean[k].clone() * &mean[l];
    let rows = (0..d)
        .map(|k| (0..d).map(|l| covariance(k, l)).collect())
        .collect();
    (mean, rows)
}

fn assert_law(
    experiment: &Experiment<Rational>,
    name: &str,
    mean: &[Rational],
    covariance: &[Vec<Rational>],
) -> Resolved<Rational> {
    let resolved = experiment.resolve(&name.parse().unwrap()).unwrap();
    let found = experiment.moments(&resolved, Detail::Covariance).unwrap();
    assert_eq!(found.mean, mean, "{name}");
    let whole = found.covariance.unwrap();
    for (k, row) in covariance.iter().enumerate() {
        for (l, expected) in row.iter().enumerate() {
            assert_eq!(whole[(k, l)], *expected, "{name}: {k}, {l}");
        }
        assert_eq!(found.variance[k], row[k], "{name}");
    }
    resolved
}

/// u of each step and of the state after it, exact v as the experiment has it.
fn critics(case: &Case, experiment: &Experiment<Rational>, t: &Trajectory) -> Vec<[Rational; 3]> {
    let v = experiment.v();
    let q = experiment.q();
    let of = |(at, step): (usize, &(usize, usize, Rational))| {
        let next = t.steps.get(at + 1).map_or(t.last, |step| step.0);
        [
            v.at(at)[step.0].clone(),
            v.at(at + 1)[next].clone(),
            q.at(at)[step.1].clone(),
        ]
    };
    let _ = case;
    t.steps.iter().enumerate().map(of).collect()
}

#[test]
fn v_trace_and_retrace_are_those_of_all_trajectories() {
    for case in cases() {
        let experiment = case.experiment();
        let all = trajectories(&case.mdp, &case.behavior, STEPS);
        let gamma = case.mdp.discount();
        let clip = |x: Rational, bound: &Rational| if x > *bound { bound.clone() } else { x };
        for (name, rho, c) in [
            ("v-trace:1:1", q(1, 1), q(1, 1)),
            ("v-trace:inf:1/2", q(1000, 1), q(1, 2)),
        ] {
            let psi = |t: &Trajectory| {
                let values = critics(&case, &experiment, t);
                // vs − v of the next state, from the end
                let mut excess = Rational::zero();
                let mut psi = vec![Rational::zero(); t.steps.len()];
                for (at, step) in t.steps.iter().enumerate().rev() {
                    let [here, next, _] = &values[at];
                    let ratio = case.ratio(step.1);
                    let rho = clip(ratio.clone(), &rho);
                    let follow = (next.clone() + &excess) * &gamma + &step.2 - here;
                    psi[at] = rho.clone() * follow;
                    let residual = next.clone() * &gamma + &step.2 - here;
                    excess = rho * residual + clip(ratio, &c) * &gamma * excess;
                }
                psi
            };
            for dropped in [false, true] {
                let x = |t: &Trajectory| {
                    let psi = psi(t);
                    case.scored(t, &if dropped { psi } else { case.weighed(&psi) })
                };
                let x: Vec<Vec<Rational>> = all.iter().map(x).collect();
                let (mean, covariance) = moments(&all, &x);
                let name = if dropped {
                    format!("{name}:dropped")
                } else {
                    name.into()
                };
                let resolved = assert_law(&experiment, &name, &mean, &covariance);
                let found = experiment.kurtosis(&resolved).unwrap().unwrap();
                let fourth = all.iter().zip(&x).fold(Rational::zero(), |sum, (t, x)| {
                    let y = x[0].clone() - &mean[0];
                    sum + y.clone() * &y * &y * &y * &t.probability
                });
                let square = covariance[0][0].clone() * &covariance[0][0];
                assert_eq!(found.values[0], fourth / square, "{name}");
            }
        }
        let lambda = q(1, 2);
        let x = all.iter().map(|t| {
            let values = critics(&case, &experiment, t);
            let (mut later, mut psi) = (Rational::zero(), vec![Rational::zero(); t.steps.len()]);
            for (at, step) in t.steps.iter().enumerate().rev() {
                let [_, next, own] = &values[at];
                let excess = next.clone() * &gamma + &step.2 - own + &later;
                psi[at] = own.clone() + &excess;
                let trace = clip(case.ratio(step.1), &Rational::one());
                later = excess * &gamma * &lambda * trace;
            }
            case.scored(t, &case.weighed(&psi))
        });
        let (mean, covariance) = moments(&all, &x.collect::<Vec<_>>());
        assert_law(&experiment, "retrace:1/2", &mean, &covariance);
    }
}

#[test]
fn ratios_of_whole_trajectories_keep_the_mean() {
    for case in cases() {
        let experiment = case.experiment();
        let all = trajectories(&case.mdp, &case.behavior, STEPS);
        let whole = |t: &Trajectory| {
            let ratios = t.steps.iter().map(|step| case.ratio(step.1));
            ratios.fold(Rational::one(), |product, ratio| product * &ratio)
        };
        let x = |t: &Trajectory| {
            let g = case.returns(t).into_iter().map(|g| g * whole(t));
            case.scored(t, &case.weighed(&g.collect::<Vec<_>>()))
        };
        let x: Vec<Vec<Rational>> = all.iter().map(x).collect();
        let (mean, covariance) = moments(&all, &x);
        assert_law(&experiment, "importance:ordinary", &mean, &covariance);
        let on = case.on_policy();
        let reward_to_go = on.resolve(&"reward-to-go".parse().unwrap()).unwrap();
        assert_eq!(on.mean(&reward_to_go).unwrap(), mean);
        // E W = 1, and the linear part of ΣX/ΣW is X − (E X)W
        let linear = all.iter().zip(&x).map(|(t, x)| {
            let ratio = whole(t);
            let part = |(x, m): (&Rational, &Rational)| x.clone() - m.clone() * &ratio;
            x.iter().zip(&mean).map(part).collect()
        });
        let (_, covariance) = moments(&all, &linear.collect::<Vec<_>>());
        assert_law(
            &experiment,
            "importance:self-normalised",
            &mean,
            &covariance,
        );
        let off = experiment
            .resolve(&"importance:per-decision".parse().unwrap())
            .unwrap();
        let same = experiment
            .resolve(&"reward-to-go".parse().unwrap())
            .unwrap();
        assert_eq!(off, same);
    }
}

#[test]
fn a_mean_over_steps_has_the_law_of_a_ratio() {
    for case in cases() {
        let experiment = case.on_policy();
        let all = trajectories(&case.mdp, &case.policy, STEPS);
        for dropped in [false, true] {
            let x = |t: &Trajectory| {
                let g = case.returns(t);
                case.scored(t, &if dropped { g } else { case.weighed(&g) })
            };
            let x: Vec<Vec<Rational>> = all.iter().map(x).collect();
            let (sum, _) = moments(&all, &x);
            let steps = |t: &Trajectory| q(t.steps.len() as i64, 1);
            let length = all
                .iter()
                .fold(Rational::zero(), |l, t| l + steps(t) * &t.probability);
            let mean: Vec<Rational> = sum.into_iter().map(|x| x / &length).collect();
            let linear = all.iter().zip(&x).map(|(t, x)| {
                let part =
                    |(x, m): (&Rational, &Rational)| (x.clone() - m.clone() * &steps(t)) / &length;
                x.iter().zip(&mean).map(part).collect()
            });
            let (_, covariance) = moments(&all, &linear.collect::<Vec<_>>());
            let ending = if dropped { ":dropped" } else { "" };
            let name = format!("per-step-mean:reward-to-go{ending}");
            assert_law(&experiment, &name, &mean, &covariance);
        }
    }
}

#[test]
fn a_baseline_from_the_sample_has_the_law_of_the_best_one() {
    for case in cases() {
        let experiment = case.on_policy();
        let all = trajectories(&case.mdp, &case.policy, STEPS);
        let sums: Vec<Vec<Rational>> = all
            .iter()
            .map(|t| case.scored(t, &vec![Rational::one(); t.steps.len()]))
            .collect();
        let total = |t: &Trajectory| {
            case.returns(t)
                .first()
                .cloned()
                .unwrap_or_else(Rational::zero)
        };
        let expect = |f: &dyn Fn(usize) -> Rational| {
            (0..all.len()).fold(Rational::zero(), |sum, i| sum + f(i) * &all[i].probability)
        };
        let baseline = |k: usize| {
            let square = |i: usize| sums[i][k].clone() * &sums[i][k];
            let (own, paid) = (expect(&square), expect(&|i| square(i) * total(&all[i])));
            if own.is_zero() { own } else { paid / own }
        };
        let baselines: Vec<Rational> = (0..case.policy.parameters()).map(baseline).collect();
        let x = all.iter().zip(&sums).map(|(t, sums)| {
            let part = |(u, b): (&Rational, &Rational)| (total(t) - b) * u;
            sums.iter().zip(&baselines).map(part).collect()
        });
        let (mean, covariance) = moments(&all, &x.collect::<Vec<_>>());
        assert_law(
            &experiment,
            "in-sample-baseline:total-return",
            &mean,
            &covariance,
        );
    }
}

/// (A − mB)/(s + ε) in floating point, its linear part by differences of the means.
#[test]
fn whitened_numbers_have_the_law_of_their_linear_part() {
    for case in cases() {
        let all = trajectories(&case.mdp, &case.policy, STEPS);
        let (mdp, policy) = (case.mdp.map(Field::to_f64), case.policy.map(Field::to_f64));
        let experiment = Experiment::new(&mdp, &policy, case.sampling, &options()).unwrap();
        let d = policy.parameters();
        let f = |x: Vec<Rational>| x.iter().map(Field::to_f64).collect::<Vec<f64>>();
        // A, B, Σ Ψ², ΣΨ, L of each trajectory
        let sums = |t: &Trajectory| {
            let g = case.returns(t);
            let a = f(case.scored(t, &case.weighed(&g)));
            let b = f(case.scored(t, &case.powers(g.len())));
            let g = f(g);
            let rest = [
                g.iter().map(|x| x * x).sum(),
                g.iter().sum(),
                g.len() as f64,
            ];
            [a, b, rest.to_vec()].concat()
        };
        let sums: Vec<Vec<f64>> = all.iter().map(sums).collect();
        let p: Vec<f64> = all.iter().map(|t| Field::to_f64(&t.probability)).collect();
        let mean = |j: usize| sums.iter().zip(&p).map(|(x, p)| x[j] * p).sum::<f64>();
        let means: Vec<f64> = (0..2 * d + 3).map(mean).collect();
        for per_step in [false, true] {
            let value = |x: &[f64], k: usize| {
                let (q, s, l) = (x[2 * d], x[2 * d + 1], x[2 * d + 2]);
                let m = s / l;
                let own = (x[k] - m * x[d + k]) / ((q / l - m * m).sqrt() + WHITENING);
                if per_step { own / l } else { own }
            };
            let slope = |k: usize, j: usize| {
                let at = |h: f64| {
                    let mut x = means.clone();
                    x[j] += h;
                    value(&x, k)
                };
                (at(1e-5) - at(-1e-5)) / 2e-5
            };
            let slopes: Vec<Vec<f64>> = (0..d)
                .map(|k| (0..means.len()).map(|j| slope(k, j)).collect())
                .collect();
            let linear = |i: usize, k: usize| {
                let terms = slopes[k].iter().zip(sums[i].iter().zip(&means));
                terms.map(|(s, (x, m))| s * (x - m)).sum::<f64>()
            };
            let prefix = if per_step { "per-step-mean:" } else { "" };
            let name = format!("{prefix}whitened:reward-to-go:ddof-1");
            let resolved = experiment.resolve(&name.parse().unwrap()).unwrap();
            let found = experiment.moments(&resolved, Detail::Covariance).unwrap();
            let covariance = found.covariance.unwrap();
            for k in 0..d {
                assert!((found.mean[k] - value(&means, k)).abs() < 1e-12, "{name}");
                for l in 0..d {
                    let expected: f64 = (0..p.len())
                        .map(|i| p[i] * linear(i, k) * linear(i, l))
                        .sum();
                    let close =
                        (covariance[(k, l)] - expected).abs() < 1e-7 * (1.0 + expected.abs());
                    assert!(close, "{name}: {} is not {expected}", covariance[(k, l)]);
                }
            }
        }
    }
}

/// Without a last step the systems are solved at once: as over so many steps that nothing is left.
#[test]
fn laws_without_a_last_step_are_the_limit_of_a_late_cut() {
    let (mdp, target) = episodic(Criterion::Discounted { discount: q(2, 3) });
    let (mdp, target) = (mdp.map(Field::to_f64), target.map(Field::to_f64));
    let behavior = Policy::uniform(mdp.space());
    for name in [
        "v-trace:1:1",
        "v-trace:inf:1/2:dropped",
        "retrace:1",
        "importance:ordinary",
        "importance:self-normalised",
        "per-step-mean:gae:0.9:dropped",
        "per-step-mean:total-return",
        "whitened:gae:0.9:dropped:ddof-0",
        "per-step-mean:whitened:reward-to-go:ddof-0",
        "in-sample-baseline:total-return",
    ] {
        let estimator: Estimator = name.parse().unwrap();
        let off = name.starts_with("importance") || name.contains("trace:");
        let law = |sampling| {
            let behavior = off.then_some(&behavior);
            let experiment =
                Experiment::off_policy(&mdp, &target, behavior, sampling, &options()).unwrap();
            let resolved = experiment.resolve(&estimator).unwrap();
            let divergence = experiment.divergence(&resolved, estimator.psi());
            assert_eq!(divergence, None, "{name}");
            experiment.moments(&resolved, Detail::Covariance).unwrap()
        };
        let (whole, cut) = (law(Sampling::Episodic), law(Sampling::Truncated(400)));
        let close = |x: f64, y: f64| (x - y).abs() < 1e-9 * (1.0 + y.abs());
        for k in 0..target.parameters() {
            assert!(
                close(whole.mean[k], cut.mean[k]),
                "{name}: {:?} {:?}",
                whole.mean,
                cut.mean
            );
            assert!(
                close(whole.variance[k], cut.variance[k]),
                "{name}: {:?} {:?}",
                whole.variance,
                cut.variance
            );
        }
        assert!(whole.variance.iter().any(|x| *x > 0.0), "{name}");
    }
}
