//! The search for what explains the mean of a sample, on the bench of the task or of a cut.

use super::bench::Bench;
use super::fit::Fit;
use super::mistake::says;
use super::recipe::Recipe;
use super::sample_options::SampleOptions;
use super::search::{Diagnosis, Level, Search};
use crate::policy::Policy;
use crate::solved::Solved;

/// A mistake explains a mean up to this p-value; a choice.
pub(super) const EXPLAINED: f64 = 1e-3;

/// What explains a mean beside ∇J, or beside that of a cut, whose bench it is.
pub(super) fn searched(
    bench: &Bench,
    exact: &[f64],
    fit: Fit,
    options: &SampleOptions,
    most: Level,
) -> Vec<Diagnosis> {
    let behavior = options.behavior.as_ref();
    let without = behavior.and_then(|behavior| without_ratios(bench, behavior));
    if let Some(residual) = without.and_then(|vector| fit.explains(&vector)) {
        return vec![named("ratios-missing", 1.0, residual)];
    }
    Search::new(bench, exact, fit).run(most, EXPLAINED)
}

/// An entry of the dictionary as an explanation.
pub(super) fn named(name: &str, scale: f64, residual: f64) -> Diagnosis {
    Diagnosis {
        name: name.to_string(),
        scale,
        residual,
        says: says(name).to_string(),
    }
}

/// E Σ γᵗ ∇log π(Aₜ|Sₜ) Gₜ of what another policy did, without any ratio: Σ ρᵇ(s, a) qᵇ(s, a) ∇log π(a|s); `None` where b
/// takes what π never does.
fn without_ratios(bench: &Bench, behavior: &Policy) -> Option<Vec<f64>> {
    let acting = Solved::new(bench.mdp.clone(), behavior.clone()).ok()?;
    let made = Bench::new(&acting).make(&Recipe::default())?;
    let pi = bench.policy.probabilities().iter();
    let each = made.weights.iter().zip(behavior.probabilities()).zip(pi);
    let weights = each.map(|((weight, b), pi)| match (weight * b, *pi) {
        (0.0, _) => Some(0.0),
        (acted, pi) if pi > 0.0 => Some(acted / pi),
        _ => None,
    });
    let weights = weights.collect::<Option<Vec<f64>>>()?;
    Some(bench.policy.pull_back(&weights))
}
