//! Right numbers of an estimator whose mean is not ∇J: those without γᵗ.

use super::given::TrajectoryOptions;
use super::matched::Held;
use crate::estimator::{Experiment, Sampling, parse_list};
use crate::judge::RIGHT;
use crate::judge::fit::{furthest, largest};
use crate::solved::Solved;

/// Marks the sums that are those of such estimators alone.
pub(super) fn mark(solved: &Solved, options: &TrajectoryOptions, held: &mut [Held]) {
    for own in held.iter_mut().filter(|own| own.of != "psi") {
        let mut names = own.matches.iter();
        own.biased = !own.matches.is_empty()
            && names.all(|name| drops_weight(name) && is_biased(solved, options, name));
    }
}

/// Whether γᵗ is dropped; in the name of whitened sums that stands inside.
fn drops_weight(name: &str) -> bool {
    name.split(':').any(|part| part == "dropped")
}

/// Whether E ĝ is not ∇J; so where either is not known.
fn is_biased(solved: &Solved, options: &TrajectoryOptions, name: &str) -> bool {
    let (Some(mean), Ok(gradient)) = (mean(solved, options, name), solved.gradient()) else {
        return true;
    };
    furthest(&mean, gradient).0 > RIGHT * largest(gradient)
}

/// E ĝ \[d\] of whole trajectories, where it exists.
fn mean(solved: &Solved, options: &TrajectoryOptions, name: &str) -> Option<Vec<f64>> {
    let (mdp, policy) = (solved.mdp(), solved.policy());
    let estimator = parse_list(name, true).ok()?.pop()?;
    let estimator = estimator.with_critic(options.critic.clone()).ok()?;
    let sampling = Sampling::own(mdp, policy).ok()?;
    let experiment = Experiment::new(mdp, policy, sampling, solved.options()).ok()?;
    let resolved = experiment.resolve(&estimator).ok()?;
    match experiment.divergence(&resolved, estimator.psi()) {
        None => experiment.mean(&resolved).ok(),
        Some(_) => None,
    }
}
