//! How exactly code in 64 bits knows a score, where what it takes it from is a difference of larger numbers.

use std::sync::Arc;

use super::fit::largest;
use crate::mdp::Criterion;
use crate::policy::{Parametrization, Policy};
use crate::solved::Solved;

/// Below so many roundings of its terms a score has lost digits that a judgment asks for, of which 10⁻⁹ is the finest; a choice.
const LOST: f64 = 1e9;
/// Steps of a run of the average reward where nobody says how many.
const RUN: f64 = 100.0;

/// How far any entry of ∇log π(a|s) may be off \[SA\] as plain code, or automatic differentiation, has it in 64 bits, at most; 0
/// where nothing cancels.
///
/// With σ the softmax of logits x, and π = (1 − ε)σ + ε/n, it is g (δ_ab − σ_b) or g (φ_a − Σ σ_b φ_b), g = (1 − ε)σ_a/(π_a τ), of
/// which next to nothing is left at a saturated logit. There the terms keep their rounding: σ̂ = σ(1 + η) with
///
/// ```text
/// |η| ≤ (n + 8 + 4 max |x|) u        u = 2⁻⁵³
/// ```
///
/// since an x that is rounded to u|x| makes an exponential off by as much of itself, shifted logits are at most 2 max |x|, and
/// exp, n − 1 additions, a logarithm and a division round once each (Blanchard, Higham and Higham 2021, IMA J. Numer. Anal. 41,
/// for all three formulas in use). So no entry is known to more than that times g, or g max |φ|.
pub(super) fn score_rounding(policy: &Policy) -> Vec<f64> {
    let space = policy.space();
    let mut bounds = vec![0.0; space.pairs()];
    let (temperature, features) = match policy.parametrization() {
        Parametrization::Softmax(family) => (family.temperature, None),
        Parametrization::LogLinear(family) => (family.temperature, Some(&family.features)),
        _ => return bounds,
    };
    let (sigma, pi) = (policy.unmixed(), policy.probabilities());
    let kept = 1.0 - policy.mix().copied().unwrap_or(0.0);
    let theta = policy.theta();
    // the largest term of a logit before it is divided by τ, and of a score
    let terms = |pair: usize| match (features, theta) {
        (Some(features), Some(theta)) => {
            let each = || features.row(pair);
            let logit = each().map(|(k, x)| (x * theta[k]).abs()).sum::<f64>();
            (
                logit,
                each().fold(0.0, |most, (_, x)| f64::max(most, x.abs())),
            )
        }
        (None, Some(theta)) => (theta[pair].abs(), 1.0),
        // θ = τ log π
        _ => {
            let log = sigma[pair].max(f64::MIN_POSITIVE).ln();
            (temperature * log.abs(), 1.0)
        }
    };
    for state in 0..space.states() {
        let block = space.pairs_of(state);
        let of_state = block.clone().map(terms);
        let (logit, term) = of_state.fold((0.0, 0.0), |(x, y), (logit, term)| {
            (f64::max(x, logit), f64::max(y, term))
        });
        let roundings = block.len() as f64 + 8.0 + 4.0 * logit / temperature;
        let unit = 0.5 * f64::EPSILON * roundings * term * kept / temperature;
        for pair in block {
            bounds[pair] = match pi[pair] {
                0.0 => unit,
                pi => unit * (sigma[pair] / pi).min(1.0 / kept),
            };
        }
    }
    bounds
}

/// How far the mean of rows Σ γᵗ Ψₜ ψₜ, and their root mean square, may be off by the rounding of such scores \[d\], where
/// |Ψₜ| is about the sum of all |R| that follow; 0 where every score keeps its digits.
pub(super) fn of_rows(solved: &Solved, acting: &Solved, steps: f64) -> Vec<f64> {
    let policy = solved.policy();
    let mut errors = vec![0.0; policy.parameters()];
    let bounds = score_rounding(policy);
    if bounds.iter().all(|bound| *bound == 0.0) {
        return errors;
    }
    let scores = policy.scores().rows;
    let visits = acting.pair_occupancy();
    let entry = |pair: usize| {
        scores
            .row(pair)
            .fold(0.0, |most, (_, x)| f64::max(most, x.abs()))
    };
    let is_lost = |pair: usize| visits[pair] > 0.0 && entry(pair) < LOST * bounds[pair];
    if !(0..visits.len()).any(is_lost) {
        return errors;
    }
    let size = credited(acting, steps);
    for (pair, bound) in bounds.iter().enumerate() {
        let often = visits[pair].max(visits[pair].sqrt());
        let error = often * bound * size;
        scores.row(pair).for_each(|(k, _)| errors[k] += error);
    }
    errors
}

/// The largest E Σ γᵗ |R| from any state; of runs of the average reward at most `steps` times the largest E |R|.
fn credited(solved: &Solved, steps: f64) -> f64 {
    let mdp = solved.mdp();
    let paid = |pair: usize| -> f64 {
        let outcomes = mdp.outcomes(pair);
        outcomes.map(|one| one.probability * one.reward.abs()).sum()
    };
    let paid: Vec<f64> = (0..mdp.pairs()).map(paid).collect();
    let most = paid.iter().copied().fold(0.0, f64::max);
    let absolute = mdp.as_ref().clone().with_rewards(paid).ok();
    let absolute = absolute.filter(|_| *mdp.criterion() != Criterion::Average);
    let by = |mdp| {
        let policy = Arc::clone(solved.policy());
        Solved::by(Arc::new(mdp), policy, solved.options().clone())
    };
    match absolute.and_then(|mdp| by(mdp).ok()) {
        Some(absolute) => largest(absolute.v()),
        None => steps.max(RUN) * most,
    }
}
