//! Second derivatives of J and of v (theory, 4.3).
//!
//! ```text
//! ∂ₖ∂ₗJ = ρ^π [(∂ₖ∂ₗπ) q + (∂ₖπ)(∂ₗq) + (∂ₗπ)(∂ₖq)],   ∂q = γ p ∂v
//! ```
//!
//! ∂v is never formed: its columns are multiples of few solutions x of (I − γp^π) x = b, one per
//! state for a tabular policy, so with E = (∇π)ᵀ diag(ρ) γ p X the cross terms are entries of E
//! times a factor.

use std::sync::Arc;

use nalgebra::DMatrix;

use super::dual;
use super::jacobian::{Column, columns, right_side};
use super::responses::Responses;
use crate::chain::Chain;
use crate::error::Error;
use crate::field::{Dual, add_scaled};
use crate::linalg::{Csr, Solvable};
use crate::mdp::Mdp;
use crate::solved::Solved;

impl<F: Solvable> Solved<F> {
    /// ∇²J [d, d], symmetric, in reward per unit of θ squared. A sigmoid is straight where it is ½:
    ///
    /// ```
    /// use exact_mdp::{arithmetic::Choice, model::Model};
    ///
    /// let text = "discount: 0\nstates: 1\nactions: 2\ninitial: 0\n\
    ///             transitions: {0: {0: 0, 1: 0}}\nrewards: {0: {0: 1}}";
    /// let bandit = Model::parse("bandit", text)?.solve(Choice::Uniform)?;
    /// assert!(bandit.hessian()?.iter().all(|x| x.abs() < 1e-15));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NotDifferentiable`] or [`Error::GainJumps`] where J has no derivative, [`Error::TooLarge`] where n·d or
    /// d² numbers are too many, [`Error::Policy`] where ∇²π does not exist, [`Error::Factor`].
    pub fn hessian(&self) -> Result<DMatrix<F>, Error> {
        let criterion = self.derivatives();
        criterion.check_differentiable(self, true)?;
        criterion.hessian(self)
    }
}

/// ∇²v(s) of one state, shape [d, d], for the discounted and the total reward: the measure is row s
/// of N in place of ρ = ρ₀N. Errors with [`Error::Criterion`] under another, with [`Error::Argument`] unless there is that state, with [`Error::TooLarge`] where n·d or d²
/// numbers are too many, with [`Error::Policy`] where ∇²π does not exist, and with [`Error::Factor`].
pub fn value_hessian<F: Solvable>(at: &Solved<F>, state: usize) -> Result<DMatrix<F>, Error> {
    let chain = at.chain()?;
    at.derivatives().check_differentiable(at, true)?;
    let mut start = vec![F::zero(); at.mdp().states()];
    let own = start.get_mut(state).ok_or_else(|| Error::Argument {
        name: "the number of a state",
        found: state.to_string(),
        expected: "that of one of the states, counted from 0",
    })?;
    *own = F::one();
    let measure = chain.resolvent().solve_transposed(&start)?;
    with_measure(chain, at, &measure.x)
}

/// ∇²J [d, d] by dual numbers through the adjoint gradient, for the discounted and the total
/// reward: d solves with the same factors; an independent route, not for speed.
///
/// # Errors
/// [`Error::NotDifferentiable`] where J has no derivative, [`Error::Policy`] where ∇²π does not exist, [`Error::Factor`].
pub fn by_dual_numbers(at: &Solved) -> Result<DMatrix<f64>, Error> {
    let mdp: Arc<Mdp<Dual>> = Arc::new(at.mdp().map(|&x| Dual::constant(x)));
    let columns = dual::directions(at.policy(), |policy| {
        let along = Solved::along(&mdp, policy.clone(), at)?;
        let gradient = along.policy().pull_back(&along.pair_weights()?);
        Ok(gradient.iter().map(|x| x.derivative).collect::<Vec<f64>>())
    })?;
    let d = at.policy().parameters();
    Ok(DMatrix::from_iterator(d, d, columns.into_iter().flatten()))
}

/// The second derivatives of the value of a start whose measure, start · N, is this \[S\].
pub(super) fn with_measure<F: Solvable>(
    chain: &Chain<F>,
    at: &Solved<F>,
    measure: &[F],
) -> Result<DMatrix<F>, Error> {
    let d = at.policy().parameters();
    Error::check_size("hessian", d, d)?;
    let mut hessian = cross_terms(chain, at, measure)?;
    for (state, visits) in measure.iter().enumerate() {
        if visits.is_zero() {
            continue;
        }
        for (k, l, x) in at.policy().curvature(state, at.advantage())? {
            let x = x * visits;
            hessian[(k, l)] += &x;
            if k != l {
                hessian[(l, k)] += x;
            }
        }
    }
    Ok(hessian)
}

/// C + Cᵀ with Cₖₗ = Σₛ ρ(s) Σₐ ∂ₖπ(a|s) ∂ₗq(s,a), shape [d, d].
fn cross_terms<F: Solvable>(
    chain: &Chain<F>,
    at: &Solved<F>,
    measure: &[F],
) -> Result<DMatrix<F>, Error> {
    let d = at.policy().parameters();
    let columns = columns(&right_side(chain, at));
    let responses = Responses::new(chain, &columns)?;
    let e = contracted(at, measure, &responses);
    Ok(symmetric(&columns, &e, d))
}

/// C + Cᵀ for Cₖₗ = E(k, j(l)) f(l), j and f the column and the factor of a parameter; a parameter
/// without a column has f = 0.
fn symmetric<F: Solvable>(columns: &[Column<F>], e: &[F], d: usize) -> DMatrix<F> {
    let width = columns.len();
    if width == 0 {
        return DMatrix::from_element(d, d, F::zero());
    }
    let mut entries = Vec::with_capacity(d * d);
    let (mut of, mut factors) = (vec![0; d], vec![F::zero(); d]);
    for (j, column) in columns.iter().enumerate() {
        for (l, factor) in &column.parameters {
            (of[*l], factors[*l]) = (j, factor.clone());
        }
    }
    let mut transposed = Vec::with_capacity(e.len());
    for j in 0..width {
        transposed.extend(e.iter().skip(j).step_by(width).cloned());
    }
    let mut crossed = vec![F::zero(); d];
    F::vectorized(
        #[inline(always)]
        || {
            for (l, (across, own)) in e.chunks_exact(width).zip(&factors).enumerate() {
                let down = &transposed[of[l] * d..(of[l] + 1) * d];
                for (crossed, &j) in crossed.iter_mut().zip(&of) {
                    *crossed = across[j].clone();
                }
                let sums = down.iter().zip(&factors).zip(&crossed);
                let sum = |((down, factor), crossed): ((&F, &F), &F)| {
                    down.clone() * own + crossed.clone() * factor
                };
                entries.extend(sums.map(sum));
            }
        },
    );
    DMatrix::from_vec(d, d, entries)
}

/// E = (∇π)ᵀ diag(ρ) γ p X, shape [d, width], by rows.
fn contracted<F: Solvable>(at: &Solved<F>, measure: &[F], responses: &Responses<F>) -> Vec<F> {
    let (space, width) = (at.mdp().space(), responses.width);
    let derivative: &Csr<F> = at.policy().derivative();
    let mut e = vec![F::zero(); at.policy().parameters() * width];
    if width == 0 {
        return e;
    }
    let gamma = at.mdp().discount();
    let slopes = responses.after(at.mdp());
    F::vectorized(
        #[inline(always)]
        || {
            for (pair, slope) in slopes.chunks_exact(width).enumerate() {
                let visits = measure[space.state_of(pair)].clone() * &gamma;
                if visits.is_zero() {
                    continue;
                }
                for (k, direction) in derivative.row(pair) {
                    let weight = visits.clone() * direction;
                    add_scaled(&mut e[k * width..(k + 1) * width], slope, &weight);
                }
            }
        },
    );
    e
}
