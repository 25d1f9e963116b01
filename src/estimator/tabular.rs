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
//! coordinate k asks for x_k and y_k at the successors of s_k only: for entries (s', s) of the
//! resolvents with s → s', which [`super::selected`] works out state by state, in the place of 2d
//! columns.

use super::adjoint;
use super::conditional::{Conditional, Depth, View, each_step, future, own_weight};
use super::process::{Order, Process};
use super::recursion::Recursion;
use super::selected::{Entry, Panel, Resolvents};
use crate::error::Error;
use crate::linalg::Solvable;

/// The state of each parameter (0 for one that never scores), if none scores in two states.
pub(super) fn states_of<F: Solvable>(process: &Process<F>) -> Option<Vec<usize>> {
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
pub(super) fn raw_moments<F: Solvable>(
    process: &Process<F>,
    recursion: &Recursion<F>,
) -> Result<Option<Vec<F>>, Error> {
    let Some(state_of) = states_of(process).filter(|_| recursion.is_one_sum()) else {
        return Ok(None);
    };
    let view = View {
        process,
        recursion,
        time: 0,
    };
    let resolvents = Resolvents::new(view)?; // first: what follows solves with its inverses
    let known = Conditional::stationary(view, Depth::Scalars)?;
    let weights = adjoint::pairs(process, recursion, &recursion.top, &recursion.top)?;
    let mut sums = Sums {
        view,
        known: &known,
        local: Local::new(view, &known),
        state_of: &state_of,
        raw: vec![F::zero(); process.parameters()],
    };
    for states in resolvents.panels() {
        let panel = resolvents.panel(states.clone())?;
        for state in states.filter(|&s| !weights[0][0][s].is_zero()) {
            sums.add(state, &weights[0][0][state], &panel);
        }
    }
    Ok(Some(sums.raw))
}

/// E X_k² [d], state by state.
struct Sums<'a, F: Solvable> {
    view: View<'a, F>,
    known: &'a Conditional<F>,
    local: Local<F>,
    state_of: &'a [usize],
    raw: Vec<F>,
}

impl<F: Solvable> Sums<'_, F> {
    /// Adds what the steps in a state contribute to its own parameters.
    fn add(&mut self, state: usize, mass: &F, panel: &Panel<F>) {
        let View {
            process, recursion, ..
        } = self.view;
        let vector = &recursion.vectors[0];
        let (h, source) = future(vector);
        let twice = own_weight(recursion, 0) * &F::from_i64(2);
        let after = panel.successors(process, state);
        process.each_step(Order::Second, state, |pair, weight, step| {
            let weight = weight * mass;
            let f = vector.signal.at(0, state, pair, step);
            let factor = (f.clone(), (&h, source));
            let square = self.known.product_at(factor.clone(), factor, step);
            let entry = step.next.and_then(|next| after.get(next));
            let score = process.score(pair);
            for (k, psi) in score.filter(|(k, _)| self.state_of[*k] == state) {
                let mut inner = psi.clone() * &square;
                if let Some(Entry { gain, joint }) = entry {
                    let mut xi = f.clone() * gain * &self.local.slope[k];
                    if let Some((own, passed)) = joint {
                        let y = own.clone() * &self.local.joint[k];
                        xi += (y + passed.clone() * &self.local.slope[k]) * &h;
                    }
                    inner += xi * &twice;
                }
                self.raw[k] += inner * psi * &weight;
            }
        });
    }
}

/// B_k and b_k.
struct Local<F> {
    slope: Vec<F>,
    joint: Vec<F>,
}

impl<F: Solvable> Local<F> {
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
