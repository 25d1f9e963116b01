//! Which entry of a vector over parameters belongs to which state and action.

use std::ops::Range;

use super::recipe::Order;
use crate::mdp::Space;
use crate::policy::{Kind, Policy};
use std::sync::Arc;

/// The parameters of a policy as blocks of states.
pub(super) struct Layout {
    space: Arc<Space>,
    kind: Kind,
    parameters: usize,
}

impl Layout {
    pub fn new(policy: &Policy) -> Layout {
        Layout {
            space: Arc::clone(policy.space()),
            kind: policy.parametrization().kind(),
            parameters: policy.parameters(),
        }
    }

    /// Whether every parameter belongs to one state.
    pub fn is_tabular(&self) -> bool {
        self.kind.is_tabular()
    }

    /// The parameters of a state, of a tabular policy.
    pub fn block(&self, state: usize) -> Range<usize> {
        let pairs = self.space.pairs_of(state);
        if self.kind != Kind::Direct {
            return pairs;
        }
        let start = pairs.start - self.space.alive_before(state);
        start..start + pairs.len().saturating_sub(1)
    }

    /// The parameters of a state at all times of a horizon that is unrolled, of a tabular policy.
    pub fn at_all_times(&self, state: usize) -> Vec<usize> {
        let times = (state..self.space.states()).step_by(self.space.states_at_once().max(1));
        times.flat_map(|state| self.block(state)).collect()
    }

    /// The name of a state, without the time that stands behind it in a horizon that is unrolled.
    pub fn name(&self, state: usize) -> String {
        let name = self.space.state_names().get(state).into_owned();
        let is_unrolled = self.space.states_at_once() < self.space.states();
        match name.rsplit_once('@') {
            Some((name, _)) if is_unrolled => name.to_string(),
            _ => name,
        }
    }

    /// The action of a parameter, for a tabular policy.
    pub fn action(&self, state: usize, place: usize) -> usize {
        self.space
            .action_of(self.space.pairs_of(state).start + place)
    }

    /// The parameters of one action, in the order of the states.
    pub fn of_action(&self, action: usize) -> Vec<usize> {
        let mut found = Vec::new();
        for state in 0..self.space.states() {
            let block = self.block(state);
            found.extend(
                block
                    .clone()
                    .filter(|k| self.action(state, k - block.start) == action),
            );
        }
        found
    }

    /// A vector in another order; `None` where that has no meaning.
    pub fn reordered(&self, order: Order, vector: Vec<f64>) -> Option<Vec<f64>> {
        if order == Order::Own {
            return Some(vector);
        }
        let places = self.places(order)?;
        Some(places.into_iter().map(|k| vector[k]).collect())
    }

    /// Where each entry of a vector in another order stands in the vector.
    pub fn places(&self, order: Order) -> Option<Vec<usize>> {
        if !self.is_tabular() {
            return None;
        }
        let states = 0..self.space.states();
        Some(match order {
            Order::Own => (0..self.parameters).collect(),
            Order::ActionsReversed => states.flat_map(|s| self.block(s).rev()).collect(),
            Order::StatesReversed => states.rev().flat_map(|s| self.block(s)).collect(),
            Order::ColumnMajor => {
                let actions = 0..self.space.actions();
                actions.flat_map(|action| self.of_action(action)).collect()
            }
        })
    }
}
