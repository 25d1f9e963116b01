//! Models whose moments are known in closed form.

use super::examples::*;
use crate::error::Divergence;
use crate::estimator::*;
use crate::linalg::Solvable;
use crate::mdp::{Criterion, Mdp};
use crate::policy::{Kind, Policy};

/// At p = 1/2 exactly; at p = 3/5 the logit is log 3/2, so to rounding. The chain has the
/// condition of an episode length of 35/3 squared, at most 10³.
#[test]
fn the_total_return_of_the_corridor() {
    let (mdp, policy) = corridor(q(0, 1));
    let moments = total_return(&mdp, &policy);
    assert_eq!(moments.mean, [q(2, 1)]);
    assert_eq!(moments.variance, [q(1959, 1)]);
    let (mdp, policy) = corridor(1.5f64.ln());
    let moments = total_return(&mdp, &policy);
    let tolerance = 1e3 * f64::EPSILON;
    assert!((moments.mean[0] + 1.0 / 3.0).abs() < tolerance * moments.raw[0].sqrt());
    assert!((moments.variance[0] - 26347.0 / 15.0).abs() < tolerance * moments.raw[0]);
}

fn total_return<F: Solvable>(mdp: &Mdp<F>, policy: &Policy<F>) -> Moments<F> {
    let experiment = Experiment::new(mdp, policy, Sampling::Episodic, &options()).unwrap();
    let resolved = experiment
        .resolve(&Estimator::new(Psi::TotalReturn))
        .unwrap();
    experiment.moments(&resolved, Detail::Covariance).unwrap()
}

/// Theory, 9.1: two steps, rewards (1, 0) then (−3/2, 0), γ = 1/2, one shared logit: ∇J =
/// x(1 − x)/4, but −x(1 − x)/2 without γᵗ.
#[test]
fn dropping_the_discount_can_flip_the_sign() {
    let go = |next, reward| [(next, (1, 1), reward)];
    let mdp = model(
        &[
            &[&go(1, (1, 1)), &go(1, (0, 1))],
            &[&go(2, (-3, 2)), &go(2, (0, 1))],
            &[],
        ],
        &[(1, 1), (0, 1), (0, 1)],
        Criterion::Discounted { discount: q(1, 2) },
    );
    let policy = shared_logit(&mdp, q(0, 1), &[1, 0, 1, 0]);
    let experiment = Experiment::new(&mdp, &policy, Sampling::Episodic, &options()).unwrap();
    let mean = |name: &str| {
        let resolved = experiment.resolve(&name.parse().unwrap()).unwrap();
        experiment.mean(&resolved).unwrap()
    };
    assert_eq!(mean("reward-to-go"), [q(1, 16)]);
    assert_eq!(mean("reward-to-go:dropped"), [q(-1, 8)]);
}

/// Theory, 9.11: with the exact q in the place of the sampled return the variance grows, 9/4 < 4.
#[test]
fn an_exact_critic_can_raise_the_variance() {
    let go = |next, reward| [(next, (1, 1), reward)];
    let mdp = model(
        &[
            &[&go(1, (0, 1)), &go(2, (0, 1))],
            &[&go(3, (-3, 1)), &go(3, (-5, 1))],
            &[&go(3, (5, 1)), &go(3, (3, 1))],
            &[],
        ],
        &[(1, 1), (0, 1), (0, 1), (0, 1)],
        Criterion::Total,
    );
    let policy = shared_logit(&mdp, q(0, 1), &[1, 0, 1, 0, 1, 0]);
    let experiment = Experiment::new(&mdp, &policy, Sampling::Episodic, &options()).unwrap();
    for (psi, variance) in [(Psi::RewardToGo, q(9, 4)), (Psi::Q, q(4, 1))] {
        let resolved = experiment.resolve(&Estimator::new(psi)).unwrap();
        let moments = experiment.moments(&resolved, Detail::Variances).unwrap();
        assert_eq!(moments.mean, [q(-3, 2)]);
        assert_eq!(moments.variance, [variance]);
    }
}

/// An episode of at most two steps is the same, sampled to the end or over two steps.
#[test]
fn stationary_and_stepwise_moments_agree_on_short_episodes() {
    let mdp = model(
        &[
            &[
                &[(1, (1, 2), (3, 1)), (2, (1, 2), (1, 7))],
                &[(2, (1, 1), (2, 1))],
            ],
            &[
                &[(2, (1, 1), (-3, 1))],
                &[(2, (1, 3), (4, 1)), (2, (2, 3), (1, 1))],
            ],
            &[],
        ],
        &[(2, 3), (1, 3), (0, 1)],
        Criterion::Discounted { discount: q(3, 4) },
    );
    let policy = policy(&mdp, Kind::Softmax, &[(1, 3), (2, 3), (1, 4), (3, 4)]);
    let episodes = Experiment::new(&mdp, &policy, Sampling::Episodic, &options()).unwrap();
    let cut = Experiment::new(&mdp, &policy, Sampling::Truncated(2), &options()).unwrap();
    for estimator in all(true) {
        let of = |experiment: &Experiment<_>| {
            let resolved = experiment.resolve(&estimator).unwrap();
            let mut moments = experiment.moments(&resolved, Detail::Covariance).unwrap();
            if estimator.baseline() == Some(&Baseline::OptimalState) {
                // by time over two steps, by state alone in episodes
                moments.covariance = None;
                moments.variance = Vec::new();
                moments.raw = Vec::new();
            }
            moments
        };
        assert_eq!(of(&episodes), of(&cut), "{estimator}");
        if estimator.baseline() == Some(&Baseline::OptimalState) {
            continue;
        }
        let kurtosis = |experiment: &Experiment<_>| {
            let resolved = experiment.resolve(&estimator).unwrap();
            experiment.kurtosis(&resolved).unwrap()
        };
        let steps = Experiment::new(&mdp, &policy, Sampling::FiniteHorizon(2), &options());
        let [long, short] = [&episodes, &steps.unwrap()].map(kurtosis);
        // five steps are a window in an episode, and none over two steps
        if long.is_some() {
            assert_eq!(long, short, "{estimator}");
        }
    }
    // under importance sampling a third moment weighs with π³/b², in systems as in recursions
    let behavior = super::examples::policy(&mdp, Kind::Direct, &[(1, 2), (1, 2), (2, 5), (3, 5)]);
    let off = |sampling| {
        let off = Experiment::off_policy(&mdp, &policy, Some(&behavior), sampling, &options());
        let off = off.unwrap();
        let resolved = off.resolve(&Estimator::new(Psi::RewardToGo)).unwrap();
        off.kurtosis(&resolved).unwrap().unwrap()
    };
    assert_eq!(off(Sampling::Episodic), off(Sampling::FiniteHorizon(2)));
}

#[test]
fn moments_that_do_not_exist_are_refused_in_words() {
    let (mdp, policy) = appendix_c();
    let experiment = Experiment::new(&mdp, &policy, Sampling::Infinite, &options()).unwrap();
    let divergence = |name: &str| {
        let estimator: Estimator = name.parse().unwrap();
        let resolved = experiment.resolve(&estimator).unwrap();
        experiment.divergence(&resolved, estimator.psi())
    };
    assert_eq!(divergence("reward-to-go"), None);
    assert_eq!(
        divergence("total-return").unwrap().to_string(),
        "the total-return estimator has no finite variance on a continuing task"
    );
    assert_eq!(
        divergence("q:dropped"),
        Some(Divergence::DroppedOnContinuingTask)
    );
}

/// One state, ψ = ±1 at π = 1/2, b(a) = β: Σ π²/b = 1/(4β(1 − β)).
#[test]
fn importance_sampling_far_from_the_policy_has_no_variance() {
    let stay = |reward| [(0, (1, 1), reward)];
    let criterion = Criterion::Discounted { discount: q(9, 10) };
    let mdp = model(&[&[&stay((1, 1)), &stay((0, 1))]], &[(1, 1)], criterion);
    let target = policy(&mdp, Kind::Direct, &[(1, 2), (1, 2)]);
    // γ² Σπ²/b is below 1 for β = 2/5 and above for β = 1/4
    for (behavior, finite) in [([(2, 5), (3, 5)], true), ([(1, 4), (3, 4)], false)] {
        let behavior = policy(&mdp, Kind::Direct, &behavior);
        let sampling = Sampling::Infinite;
        let off = Experiment::off_policy(&mdp, &target, Some(&behavior), sampling, &options());
        let off = off.unwrap();
        let resolved = off.resolve(&Estimator::new(Psi::RewardToGo)).unwrap();
        let divergence = off.divergence(&resolved, Psi::RewardToGo);
        assert_eq!(divergence.is_none(), finite, "{divergence:?}");
        if let Some(Divergence::ImportanceWeights { spectral_radius }) = divergence {
            let beta = behavior.probabilities()[0].to_f64().value();
            let exact = 0.81 / (4.0 * beta * (1.0 - beta));
            assert!((spectral_radius - exact).abs() < 1e-10);
        }
    }
}

#[test]
fn the_boundary_of_a_direct_policy_has_no_score() {
    let (mdp, _) = appendix_c();
    let edge = policy(&mdp, Kind::Direct, &[(0, 1), (1, 1), (1, 3), (2, 3)]);
    let refused = Experiment::new(&mdp, &edge, Sampling::Infinite, &options());
    let pairs = vec![("0".to_string(), "0".to_string())];
    assert_eq!(refused.err(), Some(crate::error::Error::NoScore { pairs }));
}
