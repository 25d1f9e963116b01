//! How smooth J is in θ, where that is proven.

use crate::mdp::{Criterion, Mdp};
use crate::policy::{Kind, Parametrization, Policy};

/// R: the span of r(s, a) over the pairs, 0 included where the process can end; 1 for constant
/// rewards, where it does not matter.
pub fn reward_span(mdp: &Mdp) -> f64 {
    let space = mdp.space();
    let ends = (0..space.states()).any(|state| space.is_terminal(state));
    let start = if ends {
        (0.0, 0.0)
    } else {
        (f64::INFINITY, f64::NEG_INFINITY)
    };
    let (low, high) = mdp.r().iter().fold(start, |(low, high): (f64, f64), &r| {
        (low.min(r), high.max(r))
    });
    match high - low {
        span if span > 0.0 && span.is_finite() => span,
        _ => 1.0,
    }
}

/// The gradient at which an ascent is done, unless it is told another: 10⁻¹² of what the rewards span, and of α where
/// their entropy is climbed too, so that rewards in other units make the same steps.
pub fn default_tolerance(mdp: &Mdp, entropy: Option<f64>) -> f64 {
    1e-12 * (reward_span(mdp) + entropy.unwrap_or(0.0))
}

/// τ of a tabular softmax under the discounted criterion without mixture, and 1 − γ: where the
/// theorems hold.
pub(super) fn proven(mdp: &Mdp, policy: &Policy) -> Option<(f64, f64)> {
    match (mdp.criterion(), policy.parametrization()) {
        (Criterion::Discounted { .. }, Parametrization::Softmax(softmax))
            if policy.mix().is_none() =>
        {
            Some((softmax.temperature, *mdp.discount_complement()))
        }
        _ => None,
    }
}

/// L: J is L-smooth in θ, everywhere for a tabular softmax, on the simplices for the direct forms.
/// `None` for the others, and but for the discounted criterion.
pub fn smoothness(mdp: &Mdp, policy: &Policy) -> Option<f64> {
    if let Some((temperature, rest)) = proven(mdp, policy) {
        return Some(8.0 * reward_span(mdp) / (rest.powi(3) * temperature.powi(2)));
    }
    let discounted = matches!(mdp.criterion(), Criterion::Discounted { .. });
    let actions = mdp.space().actions() as f64;
    // the last action of a direct state takes what the others leave: ‖∂π/∂θ‖² = |A|
    let stretch = match policy.parametrization().kind() {
        Kind::Simplex => 1.0,
        Kind::Direct => actions,
        _ => return None,
    };
    let cube = mdp.discount_complement().powi(3);
    let constant = 2.0 * mdp.discount() * actions * reward_span(mdp) / cube;
    (discounted && policy.mix().is_none()).then_some(stretch * constant)
}
