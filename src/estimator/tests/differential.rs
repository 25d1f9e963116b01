//! The average reward as an experiment, against answers worked out by hand.

use super::examples::*;
use crate::estimator::*;
use crate::field::Field;
use crate::gradient::average;
use crate::mdp::{Criterion, Mdp};
use crate::number::Rational;
use crate::policy::{Kind, Policy};

/// A machine that works until it breaks, with 1/4 a step, and pays 2 if run hard, 1 if run gently; a
/// broken one is mended with 1/2 a step. It begins broken.
fn machine() -> (Mdp<Rational>, Policy<Rational>) {
    let runs = |reward| [(0, (3, 4), reward), (1, (1, 4), reward)];
    let mdp = model(
        &[
            &[&runs((2, 1)), &runs((1, 1))],
            &[&[(0, (1, 2), (0, 1)), (1, (1, 2), (0, 1))]],
        ],
        &[(0, 1), (1, 1)],
        Criterion::Average,
    );
    let policy = policy(&mdp, Kind::Softmax, &[(1, 2), (1, 2), (1, 1)]);
    (mdp, policy)
}

fn experiment<'a>(
    long_run: &'a Differential<Rational>,
    policy: &'a Policy<Rational>,
    steps: usize,
) -> Experiment<'a, Rational> {
    let sampling = Sampling::LongRun(steps);
    Experiment::new(long_run.model(), policy, sampling, &options()).unwrap()
}

fn mean(experiment: &Experiment<Rational>, name: &str) -> Vec<Rational> {
    let resolved = experiment.resolve(&name.parse().unwrap()).unwrap();
    experiment.mean(&resolved).unwrap()
}

/// μ = (2/3, 1/3) and a reward of 3/2 at work: g = 1. ∂g/∂θ = μ(0) π(1 − π)(2 − 1) = 1/6 for the
/// first action, since both lead on alike.
#[test]
fn a_run_begins_in_the_long_run_and_is_paid_what_exceeds_the_gain() {
    let (mdp, policy) = machine();
    let long_run = Differential::new(&mdp, &policy, &options()).unwrap();
    assert_eq!(long_run.model().initial(), [q(2, 3), q(1, 3)]);
    assert_eq!(long_run.model().r(), [q(1, 1), q(0, 1), q(-1, 1)]);
    assert_eq!(long_run.gain_spread(), 0.0);
    let gradient = [q(1, 6), q(-1, 6), q(0, 1)];
    let experiment = experiment(&long_run, &policy, 3);
    assert_eq!(long_run.target(&experiment).gradient, gradient);
    // what follows does not depend on the action here, so that even returns that end are unbiased
    for name in [
        "advantage",
        "q",
        "td-residual",
        "gae:1/3",
        "n-step:2",
        "reward-to-go",
    ] {
        assert_eq!(mean(&experiment, name), gradient, "{name}");
    }
}

/// Each run has T steps, over which its sum is already: the mean over all steps of all runs is the mean over the runs, with the
/// same mean and covariance, of what is whitened too.
#[test]
fn of_long_runs_the_mean_over_steps_is_the_mean_over_runs() {
    let (mdp, policy) = machine();
    let long_run = Differential::new(&mdp, &policy, &options()).unwrap();
    let experiment = experiment(&long_run, &policy, 3);
    assert_eq!(
        mean(&experiment, "per-step-mean:advantage"),
        [q(1, 6), q(-1, 6), q(0, 1)]
    );
    for name in ["advantage", "reward-to-go", "gae:1/3", "total-return"] {
        let moments = |name: &str| {
            let resolved = experiment.resolve(&name.parse().unwrap()).unwrap();
            experiment.moments(&resolved, Detail::Covariance).unwrap()
        };
        let (own, whole) = (moments(&format!("per-step-mean:{name}")), moments(name));
        assert_eq!(own.mean, whole.mean, "{name}");
        assert_eq!(own.covariance, whole.covariance, "{name}");
    }
    let (mdp, policy) = (mdp.map(Field::to_f64), policy.map(Field::to_f64));
    let long_run = Differential::new(&mdp, &policy, &options()).unwrap();
    let sampling = Sampling::LongRun(3);
    let experiment = Experiment::new(long_run.model(), &policy, sampling, &options()).unwrap();
    let moments = |name: &str| {
        let resolved = experiment.resolve(&name.parse().unwrap()).unwrap();
        experiment.moments(&resolved, Detail::Covariance).unwrap()
    };
    let (own, whole) = (
        moments("per-step-mean:whitened:gae:1/3:ddof-0"),
        moments("whitened:gae:1/3:ddof-0"),
    );
    assert_eq!((own.mean, own.covariance), (whole.mean, whole.covariance));
}

/// Sums of returns over T steps lack Σ_{t<T} μ(∇π p Pᵀ⁻ᵗ⁻¹h)/T: here with powers of P, one by one.
#[test]
fn a_return_that_ends_with_the_run_lacks_what_comes_after() {
    let (mdp, policy) = appendix_c();
    let mdp = mdp.under(Criterion::Average);
    let long_run = Differential::new(&mdp, &policy, &options()).unwrap();
    let run = crate::evaluation::Average::new(&mdp, &policy, &options()).unwrap();
    let rho = run.occupancy();
    for steps in [1, 2, 5] {
        let experiment = experiment(&long_run, &policy, steps);
        let mut lacking = vec![Rational::zero(); policy.parameters()];
        for time in 0..steps {
            let mut h = run.bias().to_vec();
            for _ in time + 1..steps {
                h = run.long_run().p().mul(&h);
            }
            let after = mdp.p().mul(&h);
            let weight = |pair: usize| rho[mdp.space().state_of(pair)].clone() * &after[pair];
            let weights: Vec<Rational> = (0..mdp.pairs()).map(weight).collect();
            for (sum, x) in lacking.iter_mut().zip(policy.pull_back(&weights)) {
                *sum += x * q(1, steps as u64);
            }
        }
        let gradient = long_run.gradient();
        for name in ["reward-to-go", "total-return", "baseline:v"] {
            let sum = mean(&experiment, name).into_iter().zip(&lacking);
            let whole: Vec<Rational> = sum.map(|(mean, lacking)| mean + lacking).collect();
            assert_eq!(whole, gradient, "{name}, {steps} steps");
        }
        assert_eq!(mean(&experiment, "advantage"), gradient);
    }
    let jacobian = average::jacobian(&run, &mdp, &policy).unwrap();
    let of_start = |k| {
        let states = 0..mdp.states();
        states.fold(Rational::zero(), |sum, s| {
            sum + mdp.initial()[s].clone() * &jacobian[(s, k)]
        })
    };
    let whole: Vec<Rational> = (0..policy.parameters()).map(of_start).collect();
    assert_eq!(long_run.gradient(), whole);
}

/// From the start left leads to a state that pays 1 for ever, right to one that pays 3: g = 1 + 2π,
/// and no run of either sees it.
#[test]
fn which_class_is_reached_is_not_seen_by_a_run() {
    let stay = |state, reward| [(state, (1, 1), reward)];
    let mdp = model(
        &[
            &[&stay(1, (0, 1)), &stay(2, (0, 1))],
            &[&stay(1, (1, 1))],
            &[&stay(2, (3, 1))],
        ],
        &[(1, 1), (0, 1), (0, 1)],
        Criterion::Average,
    );
    let policy = policy(&mdp, Kind::Softmax, &[(3, 4), (1, 4), (1, 1), (1, 1)]);
    let long_run = Differential::new(&mdp, &policy, &options()).unwrap();
    assert_eq!(long_run.gain_spread(), 2.0);
    let slope = q(3, 8);
    let gradient = [-slope.clone(), slope, q(0, 1), q(0, 1)];
    assert_eq!(long_run.gradient(), gradient);
    let experiment = experiment(&long_run, &policy, 4);
    assert_eq!(mean(&experiment, "advantage"), vec![q(0, 1); 4]);
}
