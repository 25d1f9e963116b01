//! What a pair leaves of lengths w, and how often w covers what values may lack.

use crate::field::UNIT;
use crate::linalg::Solvable;
use crate::mdp::Mdp;

/// (w − p w)(s, a), rounded down; exactly 0 where the pair leads to equal w only, since the row as
/// written sums to 1.
pub(in crate::control) fn slack<F: Solvable>(mdp: &Mdp<F>, w: &[f64], pair: usize) -> f64 {
    let here = w[mdp.space().state_of(pair)];
    let row = mdp.p().row(pair);
    let outcomes = row.len() as f64;
    let (mut after, mut sum) = (0.0, 0.0);
    let mut level = true;
    for (next, p) in row {
        after += p.to_f64() * w[next];
        sum += p.to_f64();
        level &= w[next] == here;
    }
    if level && f64::abs(1.0 - sum) <= 2.0 * outcomes * UNIT {
        return 0.0;
    }
    let difference = here - after;
    if outcomes == 1.0 && sum == 1.0 {
        return difference - UNIT * difference.abs();
    }
    difference - (2.0 * outcomes + 6.0) * UNIT * (here + after)
}

/// (w − p w)(s, a), rounded down, from differences between states and what the row lacks, which keep their digits where w is
/// large: (k + 6) u of their sizes covers the sum and the rounding of p.
pub(super) fn slack_of_rises<F: Solvable>(mdp: &Mdp<F>, w: &[f64], pair: usize) -> f64 {
    let here = w[mdp.space().state_of(pair)];
    let row = mdp.p().row(pair);
    let outcomes = row.len() as f64;
    let deficit = mdp.deficits().map_or(0.0, |x| x[pair].to_f64());
    let (mut sum, mut size) = (deficit * here, f64::abs(deficit * here));
    for (next, p) in row {
        let fall = p.to_f64() * (here - w[next]);
        sum += fall;
        size += fall.abs();
    }
    sum - (outcomes + 6.0) * UNIT * size
}

/// c · slack ≥ needed, for a factor c ≥ 0.
pub(super) struct Constraint {
    pub slack: f64,
    pub needed: f64,
}

/// The smallest c ≥ 0 that meets all constraints; `None` if there is none.
pub(super) fn smallest_factor(constraints: impl Iterator<Item = Constraint>) -> Option<f64> {
    let (mut least, mut most) = (0.0, f64::INFINITY);
    for Constraint { slack, needed } in constraints {
        if slack > 0.0 {
            least = f64::max(least, needed / slack);
        } else if needed > 0.0 || slack.is_nan() {
            return None;
        } else if slack < 0.0 {
            most = f64::min(most, needed / slack);
        }
    }
    let least = least * (1.0 + 4.0 * UNIT);
    (least <= most * (1.0 - 4.0 * UNIT)).then_some(least)
}
