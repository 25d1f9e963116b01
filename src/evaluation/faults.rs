//! What is wrong with the equations of values, state by state: what is left of each, and what rounding does to it.
//!
//! ```text
//! |e(s)| + η z_v(s)      z_v = |r^π| + Σ |Aᵢⱼ||vⱼ − vᵢ| + σ|v|
//! ```
//!
//! with the residual e of v, u the unit roundoff and η = (z + 16)u for z entries in the fullest row.

use crate::chain::Chain;
use crate::linalg::Solvable;
use crate::mdp::Mdp;

/// |e| + η z_v of values v (and the last digits that they lack) of a chain \[S\].
pub(crate) fn faults<F: Solvable>(chain: &Chain<F>, r: &[F], (v, rest): (&[F], &[F])) -> Vec<f64> {
    let mut faults = Vec::with_capacity(v.len());
    each_fault(chain, r, (v, rest), |fault| faults.push(fault));
    faults
}

/// η, what rounding does to a row of I − γp^π times a vector, relative to the size of its terms.
pub(crate) fn unit<F: Solvable>(chain: &Chain<F>) -> f64 {
    (chain.resolvent().blocks().longest_row() + 16) as f64 * f64::EPSILON / 2.0
}

/// maxₛ (|e| + η z_v) of values v of rewards r and the last digits that they lack.
pub(crate) fn largest_fault<F: Solvable>(chain: &Chain<F>, r: &[F], v: &[F], rest: &[F]) -> f64 {
    largest_fault_within(chain, r, (v, rest), &vec![true; v.len()])
}

/// maxₛ (|e| + η z_v) over some states, which lead to none but themselves: no others matter to their values.
pub(crate) fn largest_fault_within<F: Solvable>(
    chain: &Chain<F>,
    r: &[F],
    (v, rest): (&[F], &[F]),
    within: &[bool],
) -> f64 {
    let (mut most, mut within) = (0.0, within.iter());
    each_fault(chain, r, (v, rest), |fault| {
        if within.next() == Some(&true) {
            most = f64::max(most, fault);
        }
    });
    most
}

/// The states that some policy may be in \[S\]: from ρ₀ on, by any action. What is elsewhere is in no number of a whole
/// trajectory.
pub(crate) fn met<F: Solvable>(mdp: &Mdp<F>) -> Vec<bool> {
    let mut met: Vec<bool> = mdp.initial().iter().map(|x| !x.is_zero()).collect();
    let mut left: Vec<usize> = (0..met.len()).filter(|&s| met[s]).collect();
    while let Some(state) = left.pop() {
        for pair in mdp.space().pairs_of(state) {
            for (next, _) in mdp.p().row(pair) {
                if !std::mem::replace(&mut met[next], true) {
                    left.push(next);
                }
            }
        }
    }
    met
}

/// Visits |e| + η z_v state by state.
pub(crate) fn each_fault<F: Solvable>(
    chain: &Chain<F>,
    r: &[F],
    (v, rest): (&[F], &[F]),
    mut visit: impl FnMut(f64),
) {
    let (resolvent, unit) = (chain.resolvent(), unit(chain));
    let left;
    let (b, x) = if rest.is_empty() {
        (r, v)
    } else {
        left = resolvent.residual(r, v);
        (left.as_slice(), rest)
    };
    let slack = resolvent.slack();
    let blocks = resolvent.blocks();
    blocks.each_residual(slack, b, x, |s, entries, e| {
        let rises = entries.magnitudes();
        let rises = rises.map(|(next, size)| size * rise((v, rest), s, next));
        let slack = slack.map_or(1.0, |slack| slack[s].to_f64().abs());
        let size = r[s].to_f64().abs() + rises.sum::<f64>() + slack * v[s].to_f64().abs();
        visit(e.to_f64().abs() + unit * size);
    });
}

/// |v(s') − v(s)|, and the same of the last digits that v lacks, where they are known.
pub(super) fn rise<F: Solvable>((v, rest): (&[F], &[F]), from: usize, to: usize) -> f64 {
    let of = |x: &[F]| (x[to].clone() - &x[from]).to_f64().abs();
    if rest.is_empty() {
        of(v)
    } else {
        of(v) + of(rest)
    }
}
