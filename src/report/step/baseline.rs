//! The baselines of an estimator that has one for each parameter, as `step` tells them.

use std::collections::BTreeMap;

use crate::linalg::Solvable;
use crate::policy::Policy;
use crate::report::Quantity;
use crate::report::entries::{Axis, Entries, Entry};

/// b_{k,t}(s) of each parameter of each state that acts.
#[derive(Clone, Debug)]
pub struct ParameterBaseline {
    /// The state of each column.
    pub states: Vec<String>,
    /// The parameter of each column.
    pub parameters: Vec<String>,
    /// b \[T\]\[columns\], one row if it does not depend on the time, in units of reward.
    pub b: Vec<Vec<Quantity>>,
}

impl ParameterBaseline {
    /// From the rows of the entries of the policy's scores.
    pub fn new<F: Solvable>(policy: &Policy<F>, rows: &[Vec<F>]) -> ParameterBaseline {
        let (scores, labels, space) = (policy.scores().rows, policy.labels(), policy.space());
        let names = space.state_names();
        let mut told = ParameterBaseline {
            states: Vec::new(),
            parameters: Vec::new(),
            b: vec![Vec::new(); rows.len()],
        };
        for state in 0..space.states() {
            // all actions of a state have the same baseline for a parameter
            let mut first = BTreeMap::new();
            for pair in space.pairs_of(state) {
                let entries = scores.row_starts()[pair]..;
                for ((k, _), entry) in scores.row(pair).zip(entries) {
                    first.entry(k).or_insert(entry);
                }
            }
            for (k, entry) in first {
                told.states.push(names.get(state).into_owned());
                told.parameters.push(labels[k].clone());
                let own = told.b.iter_mut().zip(rows);
                own.for_each(|(own, row)| own.push(Quantity::of(&row[entry])));
            }
        }
        told
    }

    pub(super) fn entries(&self) -> Entries<'_> {
        Entries::default()
            .and(Entry::texts("states", &self.states))
            .and(Entry::texts("parameters", &self.parameters))
            .and(Entry::matrix("b", [Axis::Time, Axis::Index], &self.b))
    }
}
