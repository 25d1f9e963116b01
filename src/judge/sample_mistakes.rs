//! Which mistake explains the mean of a sample that is not the exact one.

use std::sync::Arc;

use super::bench::Bench;
use super::fit::{Fit, Metric, largest};
use super::hotelling::tail;
use super::mistake::{says, short};
use super::search::{Diagnosis, Level, NOTHING, Search};
use super::spread::{Apart, Spread};
use crate::policy::Policy;
use crate::solved::Solved;

/// A mistake explains a mean up to this p-value; a choice.
const EXPLAINED: f64 = 1e-3;

/// The mistakes whose mean agrees with that of the sample, where the exact mean is ∇J or that of a biased estimator which
/// is named.
pub(super) fn explained(
    solved: &Solved,
    (exact, own): (&[f64], Option<&[f64]>),
    mean: &[f64],
    (spread, apart): (&Spread, &Apart),
    behavior: Option<&Policy>,
) -> Vec<Diagnosis> {
    let found = spread.whole.statistic(apart.delta, spread.samples);
    let fixed = spread.fixed(EXPLAINED);
    let rank = found.degrees_of_freedom;
    let chance = tail(found.value, rank, rank, spread.samples);
    let likely = found.outside <= 1.0 && chance.is_some_and(|p| p >= EXPLAINED);
    if rank > 0 && likely && fixed.is_empty() {
        return Vec::new(); // the mean is that of ∇J
    }
    let bench = Bench::new(solved);
    let fit = Fit {
        given: mean,
        size: largest(mean).max(f64::MIN_POSITIVE),
        tolerance: EXPLAINED,
        metric: match spread.whole.rank() {
            0 => Metric::Entries,
            _ => Metric::Sample(&spread.whole, spread.samples, &fixed),
        },
    };
    if let Some(own) = own {
        if let Some(residual) = fit.explains_as_nothing(own) {
            return vec![nothing(residual)];
        }
        if let Some(own) = multiplied(&fit, own) {
            return vec![own];
        }
    }
    let without = behavior.and_then(|behavior| without_ratios(solved, behavior));
    if let Some(residual) = without.and_then(|vector| fit.explains(&vector)) {
        return vec![named("ratios-missing", 1.0, residual)];
    }
    Search::new(&bench, exact, fit).run(Level::PairOrScale, EXPLAINED)
}

/// The sign or the factor that makes a mean of that of the estimator which is named.
fn multiplied(fit: &Fit, own: &[f64]) -> Option<Diagnosis> {
    let negative: Vec<f64> = own.iter().map(|x| -x).collect();
    if let Some(residual) = fit.explains(&negative) {
        return Some(named("sign", 1.0, residual));
    }
    let (scale, residual) = fit.explains_up_to_scale(own)?;
    let says = format!(
        "the direction is that of the estimator's mean, the length is not; it is {} times that",
        short(scale)
    );
    Some(Diagnosis {
        says,
        ..named("scale", scale, residual)
    })
}

/// Of a mean that is 0, as far as its rows tell.
fn nothing(residual: f64) -> Diagnosis {
    Diagnosis {
        says: NOTHING.into(),
        ..named("zero", 1.0, residual)
    }
}

fn named(name: &str, scale: f64, residual: f64) -> Diagnosis {
    Diagnosis {
        name: name.to_string(),
        scale,
        residual,
        says: says(name).to_string(),
    }
}

/// E Σ γᵗ ∇log π(Aₜ|Sₜ) Gₜ of what another policy did, without any ratio: Σ ρᵇ(s, a) qᵇ(s, a) ∇log π(a|s); `None` where b
/// takes what π never does.
fn without_ratios(solved: &Solved, behavior: &Policy) -> Option<Vec<f64>> {
    let behavior = Arc::new(behavior.clone());
    let acting = Solved::by(Arc::clone(solved.mdp()), behavior, solved.options().clone()).ok()?;
    let (visits, pi) = (acting.pair_occupancy(), solved.policy().probabilities());
    let weighs = |(pair, visits): (usize, &f64)| match (*visits, pi[pair]) {
        (0.0, _) => Some(0.0),
        (visits, pi) if pi > 0.0 => Some(visits * acting.q()[pair] / pi),
        _ => None,
    };
    let weights = visits.iter().enumerate().map(weighs);
    let weights = weights.collect::<Option<Vec<f64>>>()?;
    Some(solved.policy().pull_back(&weights))
}
