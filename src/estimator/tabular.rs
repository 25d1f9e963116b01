//! Variances where each parameter scores in one state only, as those of tabular policies do.
//!
//! There ∂_k of everything is a column of a resolvent: with N_c = (I − cP)⁻¹ and s_k the state of
//! parameter k,
//!
//! ```text
//! x_k = N_c[·, s_k] B_k        y_k = N_cg[·, s_k] b_k + c (N_cg P_ζ N_c)[·, s_k] B_k
//! ```
//!
//! with B_k, b_k sums over the outcomes of s_k alone and P_ζ(s, s') = E_s[ζ; s']. The variance of
//! coordinate k asks for x_k and y_k at the successors of s_k only, so that 2n columns are solved
//! and a few entries of the product formed, in the place of 2d columns.

use super::adjoint;
use super::conditional::{Conditional, Depth, View, each_step, future, own_weight};
use super::process::{Order, Process, Rows, axpy};
use super::recursion::Recursion;
use crate::error::Error;
use crate::field::Field;

/// The state of each parameter (0 for one that never scores), if none scores in two states.
pub(super) fn states_of<F: Field>(process: &Process<F>) -> Option<Vec<usize>> {
    let mut state_of = vec![None; process.parameters()];
    for state in 0..process.states() {
        for (k, _) in process.pairs_of(state).flat_map(|pair| process.score(pair)) {
            if *state_of[k].get_or_insert(state) != state {
                return None;
            }
        }
    }
    Some(
        state_of
            .into_iter()
            .map(|state| state.unwrap_or(0))
            .collect(),
    )
}

/// E X_k² [d], stationary, for a recursion of one sum and at most one return.
///
/// `None` where the structure is another one. Errors if a system is singular.
pub(super) fn raw_moments<F: Field>(
    process: &Process<F>,
    recursion: &Recursion<F>,
) -> Result<Option<Vec<F>>, Error> {
    let one = recursion.vectors.len() == 1 && recursion.scalars.len() <= 1;
    let closed = recursion
        .scalars
        .iter()
        .all(|scalar| scalar.source == Some(0));
    let Some(state_of) = states_of(process).filter(|_| one && closed) else {
        return Ok(None);
    };
    let view = View {
        process,
        recursion,
        time: 0,
    };
    let known = Conditional::stationary(view, Depth::Scalars)?;
    let c = own_weight(recursion, 0);
    let identity = || {
        let mut rows = Rows::zero(process.states(), process.states());
        (0..process.states()).for_each(|s| rows.row_mut(s)[s] = F::one());
        rows
    };
    let gain = process.solve_rows(Order::First, &c, identity())?;
    let joint = match recursion.scalars.first() {
        Some(scalar) => {
            let discount = c.clone() * &scalar.decay;
            Some((
                process.solve_rows(Order::Second, &discount, identity())?,
                rewarded(view, &c, &gain),
            ))
        }
        None => None,
    };
    let local = Local::new(view, &known);
    let weights = adjoint::pairs(process, recursion, &recursion.top, &recursion.top)?;
    let visits = &weights[0][0];
    let (h, _) = future(&recursion.vectors[0]);
    let mut raw = vec![F::zero(); process.parameters()];
    let mut column = vec![F::zero(); process.states()];
    for (state, mass) in visits
        .iter()
        .enumerate()
        .filter(|(_, mass)| !mass.is_zero())
    {
        if let Some((_, product)) = &joint {
            (0..process.states()).for_each(|s| column[s] = product.row(s)[state].clone());
        }
        // c (N_cg P_ζ N_c)[s', s], once for each successor
        let mut entries: Vec<Option<F>> = Vec::new();
        entries.resize_with(if joint.is_some() { process.states() } else { 0 }, || None);
        process.each_step(Order::Second, state, |pair, weight, step| {
            let weight = weight * mass;
            let vector = &recursion.vectors[0];
            let f = vector.signal.at(0, state, pair, step);
            let factor = (f.clone(), (&h, future(vector).1));
            let square = known.product_at(factor.clone(), factor, step);
            let future_of = step.next.map(|next| {
                let x = gain.row(next)[state].clone();
                let y = joint.as_ref().map(|(inverse, _)| {
                    let entry = entries[next]
                        .get_or_insert_with(|| crate::field::dot(inverse.row(next), &column));
                    (inverse.row(next)[state].clone(), entry.clone())
                });
                (x, y)
            });
            for (k, psi) in process.score(pair).filter(|(k, _)| state_of[*k] == state) {
                let mut inner = psi.clone() * &square;
                if let Some((x, y)) = &future_of {
                    let mut xi = f.clone() * x * &local.slope[k];
                    if let Some((own, passed)) = y {
                        let y = own.clone() * &local.joint[k] + passed.clone() * &local.slope[k];
                        xi += y * &h;
                    }
                    inner += xi * &c * &F::from_i64(2);
                }
                raw[k] += inner * psi * &weight;
            }
        });
    }
    Ok(Some(raw))
}

/// c P_ζ N_c, [S, S].
fn rewarded<F: Field>(view: View<F>, c: &F, gain: &Rows<F>) -> Rows<F> {
    let mut rows = Rows::zero(view.process.states(), view.process.states());
    let scalar = &view.recursion.scalars[0];
    each_step(view, Order::Second, |state, pair, weight, step| {
        if let Some(next) = step.next {
            let zeta = scalar.signal.at(0, state, pair, step);
            axpy(rows.row_mut(state), &(weight * &zeta * c), gain.row(next));
        }
    });
    rows
}

/// B_k and b_k.
struct Local<F> {
    slope: Vec<F>,
    joint: Vec<F>,
}

impl<F: Field> Local<F> {
    fn new(view: View<F>, known: &Conditional<F>) -> Local<F> {
        let zeros = || vec![F::zero(); view.process.parameters()];
        let mut local = Local {
            slope: zeros(),
            joint: zeros(),
        };
        let vector = &view.recursion.vectors[0];
        let (h, source) = future(vector);
        each_step(view, Order::First, |state, pair, weight, step| {
            let value = known.factor_at(0, vector, state, pair, step) * &weight;
            for (k, psi) in view.process.score(pair) {
                local.slope[k] += value.clone() * psi;
            }
        });
        let Some(scalar) = view.recursion.scalars.first() else {
            return local;
        };
        each_step(view, Order::Second, |state, pair, weight, step| {
            let zeta = scalar.signal.at(0, state, pair, step);
            let f = vector.signal.at(0, state, pair, step);
            let own = (zeta, (&scalar.decay, scalar.source));
            let value = known.product_at(own, (f, (&h, source)), step) * &weight;
            for (k, psi) in view.process.score(pair) {
                local.joint[k] += value.clone() * psi;
            }
        });
        local
    }
}
