//! What floating point may have done to r + γ p v, and to the model's numbers before that.
//!
//! With u = 2⁻⁵³ and k outcomes of a pair, the computed q is off by at most (k + 2) u (|r| + γ p|v|)
//! (Higham 2002, section 3.1). Each number of the model (p, r, γ) was rounded once before, which
//! changes q by at most 3u (|r| + γ p|v|), where |r| stands for Σ p |r(s, a, s')| if the reward is
//! an expectation, itself off by (k + 1) u of it. So a radius of (2k + 8) u covers both, and the
//! bounds that rest on it hold for the model as written.

use crate::field::UNIT;
use crate::linalg::Solvable;
use crate::mdp::Mdp;

/// A bound on |q̂ − q|(s, a) for the model as written, with q̂ = r + γ p v in floating point; 0 in an
/// exact field.
pub fn radius<F: Solvable>(mdp: &Mdp<F>, discount: f64, v: &[F], pair: usize) -> f64 {
    if F::EXACT {
        return 0.0;
    }
    let row = mdp.p().row(pair);
    // a certain step without a reward at γ = 1 copies v(s')
    if row.len() == 1 && discount == 1.0 && mdp.r()[pair].is_zero() {
        let certain = |(_, p): (usize, &F)| *p == F::one();
        if mdp.rewards_are_by_pair() && row.clone().all(certain) {
            return 0.0;
        }
    }
    let k = row.len();
    let is_some = discount != 0.0 && row.clone().any(|(s, _)| !v[s].is_zero());
    let size: f64 = row.map(|(s, p)| p.to_f64() * v[s].to_f64().abs()).sum();
    let (k, reward) = reward_size(mdp, pair, k);
    let size = reward + discount * size;
    (2 * k + 8) as f64 * UNIT * size + underflow(mdp, pair, is_some)
}

/// What products that no number is small enough for may have lost: nothing where each has a factor of 0, which the sum of
/// their sizes, lost itself, does not tell.
fn underflow<F: Solvable>(mdp: &Mdp<F>, pair: usize, is_some: bool) -> f64 {
    let pays = || {
        let mut outcomes = mdp.outcomes(pair);
        outcomes.any(|outcome| !outcome.reward.is_zero())
    };
    if is_some || pays() {
        f64::MIN_POSITIVE
    } else {
        0.0
    }
}

/// A bound on the error of r + γ p v − v, summed up from differences between states and what the discounted row
/// lacks of 1: the same factor of the sizes of these. Further digits of v are rounded too.
pub fn radius_of_rises<F: Solvable>(mdp: &Mdp<F>, v: &[F], pair: usize) -> f64 {
    if F::EXACT {
        return 0.0;
    }
    let own = &v[mdp.space().state_of(pair)];
    let row = mdp.p().row(pair);
    let k = row.len();
    let rise = |(next, p): (usize, &F)| p.to_f64() * (v[next].clone() - own).to_f64().abs();
    let deficit = mdp.deficits().map_or(0.0, |x| x[pair].to_f64());
    let slack = mdp.discount_complement().to_f64() + mdp.discount().to_f64() * deficit;
    let further = if mdp.discount_complement().is_zero() {
        0.0
    } else {
        4.0 * UNIT
    };
    let lost = (slack.abs() + further) * own.to_f64().abs();
    let is_lost = slack != 0.0 || further != 0.0;
    let is_some = (is_lost && !own.is_zero()) || row.clone().any(|(next, _)| v[next] != *own);
    let rises: f64 = row.map(rise).sum();
    let (k, reward) = reward_size(mdp, pair, k);
    let size = reward + rises + lost;
    (2 * k + 8) as f64 * UNIT * size + underflow(mdp, pair, is_some)
}

/// Σ p |r(s, a, s')|, and the number of outcomes.
fn reward_size<F: Solvable>(mdp: &Mdp<F>, pair: usize, k: usize) -> (usize, f64) {
    if mdp.rewards_are_by_pair() {
        return (k, mdp.r()[pair].to_f64().abs());
    }
    let outcomes = mdp.outcomes(pair);
    outcomes.fold((0, 0.0), |(k, size), outcome| {
        let reward = outcome.reward.to_f64().abs();
        (k + 1, size + outcome.probability.to_f64() * reward)
    })
}

/// 1 − β with β = γ maxₛₐ Σ p(·|s, a) of the rows as written, rounded down; from 1 − γ and what rows lack,
/// which have digits that the difference has lost.
pub fn below_one<F: Solvable>(mdp: &Mdp<F>) -> f64 {
    let deficits = mdp.deficits().unwrap_or_default().iter().map(F::to_f64);
    let least = deficits.fold(0.0, f64::min);
    let rest = mdp.discount_complement().to_f64() + mdp.discount().to_f64() * least;
    if F::EXACT {
        rest
    } else {
        rest * (1.0 - 4.0 * UNIT)
    }
}

/// β = γ maxₛₐ Σ p(·|s, a), rounded up: ‖(I − γp^π)⁻¹‖∞ ≤ 1/(1 − β) for every policy, if β < 1.
pub fn contraction<F: Solvable>(mdp: &Mdp<F>) -> f64 {
    let mut largest = 0.0;
    for pair in 0..mdp.pairs() {
        let row = mdp.p().row(pair);
        let slack = 1.0 + (row.len() + 4) as f64 * UNIT;
        let sum: f64 = row.map(|(_, p)| p.to_f64()).sum();
        largest = f64::max(largest, sum * slack);
    }
    mdp.discount().to_f64() * largest * (1.0 + 2.0 * UNIT)
}
