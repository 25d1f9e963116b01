//! Baselines where there is nothing to optimise.

use super::examples::{model, options, policy};
use crate::error::Divergence;
use crate::estimator::{Contribution, Estimator, Experiment, Psi, Sampling};
use crate::mdp::Criterion;
use crate::policy::Kind;

/// Two states that pay differently and never end: without γᵗ no estimate has a variance, and no
/// baseline is best; with γᵗ one is.
#[test]
fn what_has_no_variance_has_no_optimal_baseline() {
    let criterion = Criterion::Discounted { discount: 0.9 };
    let stay = |s, r| [(s, (1, 1), (r, 1))];
    let mdp = model(
        &[&[&stay(0, 1), &stay(1, 0)], &[&stay(0, 2), &stay(1, -1)]],
        &[(1, 2), (1, 2)],
        criterion,
    );
    let halves = [(1, 2); 4];
    let policy = policy(&mdp, Kind::Softmax, &halves);
    let experiment = Experiment::new(&mdp, &policy, Sampling::Infinite, &options()).unwrap();
    for name in ["optimal-constant", "optimal-state", "textbook"] {
        let name = format!("baseline:{name}");
        let estimator: Estimator = name.parse().unwrap();
        let weighted = experiment.resolve(&estimator).unwrap();
        assert!(
            matches!(weighted.form, Contribution::Return { baseline: Some(_) }),
            "{name}"
        );
        let dropped = experiment.resolve(&estimator.dropped()).unwrap();
        let form = Contribution::Return { baseline: None };
        assert_eq!(dropped.form, form, "{name}");
        assert_eq!(
            experiment.divergence(&dropped, Psi::RewardToGo),
            Some(Divergence::DroppedOnContinuingTask)
        );
    }
}
