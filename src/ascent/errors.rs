//! What rounding may have done to the numbers of the last policy of an ascent.

use std::sync::Arc;

use super::goal::Goal;
use super::options::AscentOptions;
use crate::between::objective_error;
use crate::estimator::shown;
use crate::evaluation::Prepared;
use crate::field::UNIT;
use crate::gradient::entropy::Softened;
use crate::linalg::{MODERATE, norm};
use crate::mdp::Mdp;
use crate::policy::Policy;
use crate::solved::Solved;

/// Bounds on J, ‖∇J‖ and J* − J of the last policy, where rounding may show in their ninth digits; of large models and of
/// criteria of risk they are not asked for.
#[derive(Default)]
pub(super) struct LastErrors {
    pub j: Option<f64>,
    pub gradient_norm: Option<f64>,
    pub gap: Option<f64>,
}

impl LastErrors {
    pub fn new(
        mdp: &Arc<Mdp>,
        policy: &Policy,
        options: &AscentOptions,
        (goal, largest_gap): (Option<&Goal>, f64),
    ) -> LastErrors {
        if mdp.states() > MODERATE || options.risk.is_some() {
            return LastErrors::default();
        }
        let Ok(solved) = Solved::by(Arc::clone(mdp), policy.clone(), options.solver.clone()) else {
            return LastErrors::default();
        };
        if let Some(alpha) = options.entropy {
            return LastErrors::with_entropy(solved, alpha).unwrap_or_default();
        }
        let j = solved.rounding().ok().and_then(|bounds| bounds.objective);
        let gap_error = || {
            let error = goal?.error_bound? + objective_error(&solved).ok()?;
            let known = error.is_finite().then_some(error)?;
            told(known, largest_gap)
        };
        let norm_error = norm_error(&solved).and_then(|(norm, error)| told(error, norm));
        LastErrors {
            j,
            gradient_norm: norm_error,
            gap: gap_error(),
        }
    }

    /// Of J_α, which is J of a policy that is paid r − α log π; the logarithms are rounded on top.
    fn with_entropy(solved: Solved, alpha: f64) -> Option<LastErrors> {
        let soft = Softened::new(solved, alpha).ok()?;
        let paid = soft.paid();
        let logs = paid.policy().log_probabilities().into_iter().flatten();
        let surprise = logs.fold(0.0, |most: f64, log| most.max(log.abs()));
        let off = 8.0 * UNIT * alpha.abs() * surprise;
        let (visits, length) = (mass(paid), length(paid)?);
        let (norm, error) = norm_error(paid)?;
        // δA ≤ δr + 2 ‖N‖∞ δr, and |∂ₖπ| sums to 2/τ at most, as the terms of a norm do
        let steep = slope(paid.policy());
        let further = visits * steep * off * (1.0 + 2.0 * length);
        let j = objective_error(paid).ok()? + visits * off;
        Some(LastErrors {
            j: told(j, *paid.j()),
            gradient_norm: told(error + further, norm),
            gap: None,
        })
    }
}

/// ‖∇J‖, and what rounding may have done to it.
pub(super) fn norm_error(solved: &Solved) -> Option<(f64, f64)> {
    let found = solved.gradient_by(&[]).ok()?;
    let error = found.disagreement.adjoint * (found.gradient.len() as f64).sqrt();
    Some((norm(&found.gradient), error))
}

/// A bound where it may show in the ninth digit of its number.
fn told(error: f64, of: f64) -> Option<f64> {
    shown(&[error], &[of]).map(|_| error)
}

/// Σ ρ.
fn mass(solved: &Solved) -> f64 {
    solved.occupancy().iter().map(|x| x.abs()).sum()
}

/// ‖N‖∞, the steps of a horizon, or what ‖D‖∞ is at most.
fn length(solved: &Solved) -> Option<f64> {
    match solved.prepared() {
        Prepared::Resolvent(chain) => chain.inverse_norm().ok(),
        Prepared::FiniteHorizon(run) => Some(run.horizon() as f64),
        Prepared::Average(average) => {
            let norm = average.long_run().inverse_norm().ok()?;
            Some(4.0 * norm * (1.0 + norm))
        }
    }
}

/// maxₛ ‖Σₐ |∂π(a|s)|‖₂.
fn slope(policy: &Policy) -> f64 {
    let space = policy.space();
    let of_state = |state| {
        let mut by_parameter = std::collections::HashMap::new();
        for pair in space.pairs_of(state) {
            for (k, slope) in policy.slopes(pair) {
                *by_parameter.entry(k).or_insert(0.0) += slope.abs();
            }
        }
        let squares = by_parameter.values().map(|x: &f64| x * x);
        squares.sum::<f64>().sqrt()
    };
    (0..space.states()).map(of_state).fold(0.0, f64::max)
}
