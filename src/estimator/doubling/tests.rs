//! Doubling against the steps, over exact fractions: equal to the last digit.

use super::*;
use crate::estimator::kurtosis::{Reach, kurtosis, of_powers};
use crate::estimator::tests::examples::*;
use crate::estimator::{Estimator, Experiment, Sampling, moments};
use crate::field::Field;
use crate::mdp::{Criterion, Mdp};
use crate::number::Rational;
use crate::policy::{Kind, Policy};

const STATIONARY: &str = "total-return,total-return:2,reward-to-go,reward-to-go:dropped,baseline:3,\
                          baseline:v,q,advantage,td-residual,td-residual:dropped,gae:1/2,n-step:3";

fn for_each(
    mdp: &Mdp<Rational>,
    policy: &Policy<Rational>,
    behavior: Option<&Policy<Rational>>,
    mut f: impl FnMut(&str, Doubling<Rational>),
) {
    for steps in [1, 2, 3, 6] {
        let sampling = Sampling::Truncated(steps);
        let experiment = Experiment::off_policy(mdp, policy, behavior, sampling, &options());
        let experiment = experiment.unwrap();
        for estimator in crate::estimator::parse_list(STATIONARY, true).unwrap() {
            let estimator: Estimator = estimator;
            let resolved = experiment.resolve(&estimator).unwrap();
            let recursion = Recursion::new(&resolved);
            let doubling = Doubling::new(experiment.process(), &recursion);
            let name = format!("{estimator} over {steps} steps");
            f(
                &name,
                doubling.unwrap_or_else(|| panic!("{name}: stationary")),
            );
        }
    }
}

/// A model, a policy on it, and who acts where that is another.
type Example = (Mdp<Rational>, Policy<Rational>, Option<Policy<Rational>>);

fn examples() -> Vec<Example> {
    let discount = q(3, 4);
    let (ends, softmax) = episodic(Criterion::Discounted { discount });
    let behavior = [(1, 4), (1, 4), (1, 2), (1, 3), (2, 3)];
    let behavior = policy(&ends, Kind::Softmax, &behavior);
    let (goes_on, direct) = appendix_c();
    vec![
        (ends.clone(), softmax.clone(), None),
        (ends, softmax, Some(behavior)),
        (goes_on, direct, None),
    ]
}

#[test]
fn means_are_those_of_the_steps() {
    for (mdp, policy, behavior) in examples() {
        for_each(&mdp, &policy, behavior.as_ref(), |name, doubling| {
            let View {
                process, recursion, ..
            } = doubling.view;
            let top = &recursion.top;
            let doubled = doubling.doubled_mean(&Monomials::of_means(recursion), top);
            let stepwise = moments::mean(process, recursion, top).unwrap();
            assert_eq!(doubled, stepwise, "{name}");
        });
    }
}

#[test]
fn second_moments_are_those_of_the_steps() {
    for (mdp, policy, behavior) in examples() {
        for_each(&mdp, &policy, behavior.as_ref(), |name, doubling| {
            let View {
                process, recursion, ..
            } = doubling.view;
            let monomials = Monomials::of_seconds(recursion);
            let mut other = recursion.top.clone();
            other[0] = q(-5, 7);
            for (left, right) in [(&recursion.top, &recursion.top), (&recursion.top, &other)] {
                for full in [true, false] {
                    let doubled = doubling.doubled_second(&monomials, (left, right), full);
                    let stepwise = moments::second(process, recursion, left, right, full).unwrap();
                    match (doubled, stepwise) {
                        (Accumulator::Full(a), Accumulator::Full(b)) => assert_eq!(a, b, "{name}"),
                        (Accumulator::Diagonal(a), Accumulator::Diagonal(b)) => {
                            assert_eq!(a, b, "{name}")
                        }
                        _ => panic!("{name}: one is full, one is not"),
                    }
                }
            }
        });
    }
}

#[test]
fn kurtoses_are_those_of_the_steps() {
    for (mdp, policy, behavior) in examples() {
        for_each(&mdp, &policy, behavior.as_ref(), |name, doubling| {
            let View {
                process, recursion, ..
            } = doubling.view;
            let stepwise = kurtosis(process, recursion, None).unwrap();
            let Some(stepwise) = stepwise else {
                return;
            };
            let reach = if recursion.is_one_sum() {
                Reach::Sum
            } else {
                Reach::Product
            };
            let all: Vec<(usize, usize)> = reach.degrees().collect();
            let monomials = Monomials::of_powers(recursion, all.iter().copied());
            let raw = doubling.doubled_powers(&monomials, &all);
            let doubled = of_powers(recursion, reach, &all, &raw);
            assert_eq!(doubled, stepwise, "{name}");
        });
    }
}

/// Far beyond the memory of the discount the moments are those of the infinite horizon, to rounding
/// of a sum over 1/(1 − γ) = 100 steps; and what was summed is what the steps sum.
#[test]
fn long_horizons_are_the_infinite_one_and_the_stepwise_one() {
    let (mdp, policy) = appendix_c();
    let mdp = mdp
        .map(Field::to_f64)
        .under(Criterion::Discounted { discount: 0.99 });
    let policy = policy.map(Field::to_f64);
    let law = |sampling, name: &str| {
        let experiment = Experiment::new(&mdp, &policy, sampling, &options()).unwrap();
        let resolved = experiment.resolve(&name.parse().unwrap()).unwrap();
        let detail = crate::estimator::Detail::Covariance;
        let kurtosis = experiment.kurtosis(&resolved).unwrap().unwrap().values;
        (experiment.moments(&resolved, detail).unwrap(), kurtosis)
    };
    for name in ["reward-to-go", "advantage", "gae:0.9"] {
        let (endless, fourth) = law(Sampling::Infinite, name);
        let (doubled, fourth_doubled) = law(Sampling::Truncated(100_000), name);
        let close = |a: f64, b: f64| (a - b).abs() <= 1e-9 * b.abs().max(1e-3);
        for k in 0..endless.mean.len() {
            assert!(close(doubled.mean[k], endless.mean[k]), "{name}, mean {k}");
            assert!(
                close(doubled.variance[k], endless.variance[k]),
                "{name}, {k}"
            );
            assert!(close(fourth_doubled[k], fourth[k]), "{name}, kurtosis {k}");
        }
    }
}
