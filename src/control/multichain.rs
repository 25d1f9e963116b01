//! How far gains can be from g* where they differ from state to state.
//!
//! Whatever the policy, its states and actions end up in an end component ([`EndComponents`]). For any h a
//! policy within a component M gains no more than c = max (r + p h − h) over its actions, and
//! within a recurrent class no less than the minimum (Puterman 1994, theorem 8.5.5). So with
//! every component as one state, where one may also stop for c and nothing else pays,
//!
//! ```text
//! g*(s) ≤ max over policies of E[c of the component that it stops in | s]
//! ```
//!
//! which is a total reward that every policy brings to an end, with a certificate of its own. From
//! below the same, with the policy's own actions and the minimum.

use std::sync::Arc;

use super::ends::EndComponents;
use super::finish::finish;
use super::proper::Problem;
use super::rounding::radius;
use super::rule::{DecisionRule, action_value};
use super::{ControlOptions, policy_iteration};
use crate::field::UNIT;
use crate::linalg::{Solvable, SolverOptions};
use crate::mdp::{Criterion, Mdp, MdpParts, Names, OutcomeTable, Space};

/// |g − g*|∞ for gains g and a bias h [S] of a rule; `None` if nothing could be certified.
pub fn error_bound<F: Solvable>(
    mdp: &Mdp<F>,
    rule: &DecisionRule,
    (g, h): (&[f64], &[F]),
    solver: &SolverOptions,
) -> Option<f64> {
    let (above, error_above) =
        EndComponents::new(mdp, |_| true).stopping(mdp, h, Side::Above, solver)?;
    let own = |pair: usize| rule.pair(mdp.space().state_of(pair)) == Some(pair);
    let (below, error_below) =
        EndComponents::new(mdp, own).stopping(mdp, h, Side::Below, solver)?;
    let too_low = above
        .iter()
        .zip(g)
        .map(|(above, g)| above + error_above - g);
    let too_high = below
        .iter()
        .zip(g)
        .map(|(below, g)| g - below + error_below);
    let bound = too_low.chain(too_high).fold(0.0, f64::max) * (1.0 + 4.0 * UNIT);
    bound.is_finite().then_some(bound)
}

/// Which bound of a component's gain.
#[derive(Clone, Copy)]
enum Side {
    Above,
    Below,
}

impl EndComponents {
    /// The bound on the gain of every component, by the state that stands for it.
    fn gains<F: Solvable>(&self, mdp: &Mdp<F>, h: &[F], side: Side) -> Vec<Option<f64>> {
        let mut gains = vec![None; mdp.states()];
        for pair in (0..mdp.pairs()).filter(|&pair| self.inner[pair]) {
            let state = mdp.space().state_of(pair);
            let q = action_value(mdp, &F::one(), h, pair);
            let size = q.to_f64().abs() + h[state].to_f64().abs();
            let off = radius(mdp, 1.0, h, pair) + 4.0 * UNIT * size;
            let gain = (q - &h[state]).to_f64();
            let so_far = &mut gains[self.of[state]];
            *so_far = Some(match (side, *so_far) {
                (Side::Above, so_far) => f64::max(gain + off, so_far.unwrap_or(f64::NEG_INFINITY)),
                (Side::Below, so_far) => f64::min(gain - off, so_far.unwrap_or(f64::INFINITY)),
            });
        }
        gains
    }

    /// The optimum over policies and where they stop [S], and how far it can be off.
    fn stopping<F: Solvable>(
        &self,
        mdp: &Mdp<F>,
        h: &[F],
        side: Side,
        solver: &SolverOptions,
    ) -> Option<(Vec<f64>, f64)> {
        let options = ControlOptions {
            solver: solver.clone(),
            ..ControlOptions::default()
        };
        let stopping = self.problem(mdp, &self.gains(mdp, h, side));
        // every end component is one state: none is left that could pay for ever
        let problem = Problem::with_gains(&stopping, &|_| None).ok()?;
        let found = policy_iteration::iterate(&problem, &options).ok()?;
        let optimum = finish(&stopping, &problem, found, &options).ok()?;
        let values = self.of.iter().map(|&s| optimum.v[s]).collect();
        Some((values, optimum.error_bound?))
    }

    /// The total reward of stopping: one more state, terminal, where a stop leads to. States that
    /// another stands for are terminal, too.
    fn problem<F: Solvable>(&self, mdp: &Mdp<F>, gains: &[Option<f64>]) -> Mdp<f64> {
        let states = mdp.states();
        let mut outer = vec![Vec::new(); states];
        for pair in (0..mdp.pairs()).filter(|&pair| self.taken[pair] && !self.inner[pair]) {
            outer[self.of[mdp.space().state_of(pair)]].push(pair);
        }
        let mut outcomes = OutcomeTable::default();
        let mut sets = Vec::with_capacity(states + 1);
        for (pairs, gain) in outer.iter().zip(gains) {
            for &pair in pairs {
                for (next, p) in mdp.p().row(pair) {
                    outcomes.push(self.of[next], p.to_f64(), 0.0);
                }
                outcomes.end_pair();
            }
            if let Some(gain) = gain {
                outcomes.push(states, 1.0, *gain);
                outcomes.end_pair();
            }
            sets.push((0..(pairs.len() + usize::from(gain.is_some())) as u32).collect());
        }
        sets.push(Vec::new());
        let most = sets.iter().map(Vec::len).max().unwrap_or(0);
        let names = (Names::Numbered(states + 1), Names::Numbered(most));
        Mdp::assembled(MdpParts {
            name: String::new(),
            space: Arc::new(Space::assembled(names.0, names.1, sets)),
            outcomes,
            initial: vec![0.0; states + 1],
            criterion: Criterion::Total,
        })
    }
}
