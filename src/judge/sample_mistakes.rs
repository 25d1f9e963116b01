//! Which mistake explains the mean of a sample that is not the exact one.

use super::bench::Bench;
use super::fit::{Fit, Metric, largest};
use super::mistake::short;
use super::sample_cut::Cut;
use super::sample_options::SampleOptions;
use super::sample_search::{EXPLAINED, named, searched};
use super::search::{Diagnosis, Level, NOTHING};
use super::spread::Spread;
use crate::estimator::Sampling;
use crate::solved::Solved;

/// The mistakes whose mean agrees with that of the sample, where the exact mean is ∇J or that of a biased estimator which
/// is named. Of trajectories that are said to be cut, those of the cut come first.
pub(super) fn explained(
    solved: &Solved,
    (exact, own): (&[f64], Option<&[f64]>),
    mean: &[f64],
    spread: &Spread,
    options: &SampleOptions,
) -> Vec<Diagnosis> {
    let fixed = spread.fixed(EXPLAINED);
    let fit = Fit {
        given: mean,
        size: largest(mean).max(f64::MIN_POSITIVE),
        tolerance: EXPLAINED,
        metric: match spread.whole.rank() {
            0 => Metric::Entries,
            _ => Metric::Sample(&spread.whole, spread.samples, &fixed),
        },
    };
    let has_spread = spread.whole.rank() > 0;
    let is_told = |exact: &[f64]| has_spread && fixed.is_empty() && fit.explains(exact).is_some();
    if is_told(own.unwrap_or(exact)) {
        return Vec::new(); // the mean is the right one
    }
    if let Some(own) = own {
        if let Some(residual) = fit.explains_as_nothing(own) {
            return vec![nothing(residual)];
        }
        let negative: Vec<f64> = own.iter().map(|x| -x).collect();
        if let Some(residual) = fit.explains(&negative) {
            return vec![named("sign", 1.0, residual)];
        }
    }
    let cut = match options.sampling {
        Some(Sampling::Truncated(steps)) => Cut::new(solved, (exact, own), steps, fit, options),
        _ => None,
    };
    let bench = Bench::new(solved);
    let simple = || cut.as_ref().map_or_else(Vec::new, Cut::simple);
    let scaled = || {
        own.and_then(|own| multiplied(&fit, own))
            .into_iter()
            .collect()
    };
    let whole = || cut.as_ref().map_or_else(Vec::new, Cut::searched);
    let beside_the_task = || searched(&bench, exact, fit, options, Level::PairOrScale);
    let ways: [&dyn Fn() -> Vec<Diagnosis>; 4] = [&simple, &scaled, &whole, &beside_the_task];
    let mut found = ways.iter().map(|way| way());
    found.find(|found| !found.is_empty()).unwrap_or_default()
}

/// The factor that makes a mean of that of the estimator which is named.
fn multiplied(fit: &Fit, own: &[f64]) -> Option<Diagnosis> {
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
