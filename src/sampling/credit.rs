//! Ψ of what is learned along a trajectory and counts later: rare, and kept out of the loops of all others.

use super::path::PathSum;
use crate::estimator::{Table, Traced};

/// f at time t + `later` of the t-th state or pair; 0 in death, which has no entry.
#[inline(always)]
pub(super) fn values<'a>(
    table: &'a Table<f64>,
    later: usize,
    at: &'a [u32],
) -> impl Iterator<Item = f64> + 'a {
    let stationary = match table.rows() {
        [row] => Some(row.as_slice()),
        _ => None,
    };
    at.iter().enumerate().map(move |(t, &i)| {
        let row = stationary.unwrap_or_else(|| table.at(t + later));
        row.get(i as usize).copied().unwrap_or(0.0)
    })
}

/// δₜ + f ωₜ₊₁ yₜ₊₁ with yₜ = δₜ + g ωₜ₊₁ yₜ₊₁ of residuals δ, and uₜ(Sₜ) where it is to be added again; from ω y behind
/// the last step, gives that of the first. Rare, and kept out of the loops of all others.
#[inline(never)]
pub(super) fn ahead(
    path: &PathSum,
    (residuals, behind): (&[f64], f64),
    (decay, future): (f64, f64),
    critic: Option<&Table<f64>>,
    row: &mut [f64],
) -> f64 {
    let before = path.sum_backwards(residuals, decay, behind, row);
    for t in 0..row.len() {
        let ratio = path.ratios.get(t + 1).copied().unwrap_or(1.0);
        let later = row.get(t + 1).map_or(behind, |later| ratio * later);
        row[t] = residuals[t] + future * later;
    }
    if let Some(critic) = critic {
        let own = values(critic, path.first, path.states);
        row.iter_mut().zip(own).for_each(|(psi, u)| *psi += u);
    }
    before
}

/// φₜ (Rₜ + γ uₜ₊₁ − [less] wₜ + g Dₜ₊₁) with Dₜ = τₜ (Rₜ + γ uₜ₊₁ − wₜ) + g κₜ Dₜ₊₁; from D behind the
/// last step, gives that of the first. Rare, and kept out of the loops of all others.
#[inline(never)]
pub(super) fn traced(
    path: &PathSum,
    discount: f64,
    of: &Traced<f64>,
    behind: f64,
    row: &mut [f64],
) -> f64 {
    let own = values(&of.own, path.first, path.pairs);
    let next = values(&of.critic, path.first + 1, path.next);
    let steps = path.rewards.iter().zip(own.zip(next));
    let terms: Vec<(f64, f64)> = steps
        .map(|(reward, (own, next))| (reward + discount * next, own))
        .collect();
    let mut later = behind;
    for (t, (paid, own)) in terms.iter().enumerate().rev() {
        let pair = path.pairs[t] as usize;
        let less = if of.less { *own } else { 0.0 };
        row[t] = of.factor[pair] * (paid - less + of.decay * later);
        later = of.term[pair] * (paid - own) + of.decay * of.trace[pair] * later;
    }
    later
}
