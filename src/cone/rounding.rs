//! What rounding may have done to the slacks of a cone.
//!
//! ```text
//! |δ slack| ≤ Σ_s |w_s| f_s + η (|r| + γ Σ p |v(s') − v(s)| + σ |v(s)|)
//! ```
//!
//! with what may be wrong in the equation of v of each state, f_s = |e_s| + η z_s (as of advantages), counted as often as
//! the inequality counts that state's reward, w_s.

use std::cmp::Ordering;

use nalgebra::DMatrix;

use crate::chain::Chain;
use crate::error::Error;
use crate::evaluation::faults::each_fault;
use crate::field::sign;
use crate::linalg::{Solvable, largest};
use crate::mdp::Mdp;
use crate::solved::Solved;

/// Of each inequality, whose pairs are the others.
pub(super) fn errors<F: Solvable>(
    solved: &Solved<F>,
    taken: &[Option<usize>],
    others: &[usize],
    weights: &DMatrix<F>,
) -> Result<Vec<f64>, Error> {
    let mdp = solved.mdp();
    let gain = solved.evaluation().gain.as_deref().map_or(0.0, largest);
    let unit = 2.0 * f64::EPSILON * (mdp.states() + 16) as f64;
    let size = |pair: usize| unit * (size(mdp, solved.v(), pair) + gain);
    let mut faults: Vec<f64> = taken.iter().map(|pair| pair.map_or(0.0, size)).collect();
    if solved.long_run().is_none() {
        let left = left_over(solved.chain()?)?;
        let both = faults.iter_mut().zip(left);
        both.for_each(|(fault, left)| *fault = fault.max(left));
    }
    let one = |(which, pair): (usize, &usize)| {
        let row = weights.row(which);
        let terms = row.iter().zip(&faults);
        let solved = terms.map(|(w, fault)| w.abs().to_f64() * fault);
        size(*pair) + solved.sum::<f64>()
    };
    Ok(others.iter().enumerate().map(one).collect())
}

/// What may be wrong in the equation of v of each state \[S\].
fn left_over<F: Solvable>(chain: &Chain<F>) -> Result<Vec<f64>, Error> {
    let r = chain.dynamics().r();
    let (v, rest) = chain.resolvent().solve_finely(r)?;
    let mut faults = Vec::with_capacity(r.len());
    each_fault(chain, r, (&v.x, &rest), |fault| faults.push(fault));
    Ok(faults)
}

/// What the advantage of a pair is summed of.
fn size<F: Solvable>(mdp: &Mdp<F>, v: &[F], pair: usize) -> f64 {
    let own = &v[mdp.space().state_of(pair)];
    let row = mdp.p().row(pair);
    let rises = row.map(|(next, p)| (v[next].clone() - own).abs().to_f64() * p.to_f64());
    let lost = (mdp.slack(pair) * own).abs().to_f64();
    mdp.r()[pair].abs().to_f64() + rises.sum::<f64>() * mdp.discount().to_f64() + lost
}

/// The sign of a number beyond what rounding may have done to it; 0 only where it does nothing.
pub(super) fn sign_beyond<F: Solvable>(x: &F, error: f64) -> Option<Ordering> {
    match sign(x, error) {
        Some(Ordering::Equal) if error > 0.0 => None,
        known => known,
    }
}
