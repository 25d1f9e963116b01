//! Numbers for each pair: π itself, θ of the parametrizations that are π, tables of θ.

use super::block::Block;
use super::error::PolicyFileError;
use super::keys::Author;
use crate::model::distribution::{Sum, sum};
use crate::model::error::NameList;
use crate::model::errors::ModelWarning;
use crate::number::Number;
use crate::yaml::document::{Node, NodeKind};
use crate::yaml::read::{KeyPath, number};

impl<'d> Block<'_, 'd> {
    pub(super) fn probabilities(&mut self) -> Option<Vec<Number>> {
        let node = self.keys.get("probabilities")?;
        self.distributions("probabilities", node)
    }

    /// One distribution per state.
    pub(super) fn distributions(
        &mut self,
        key: &'static str,
        node: Node<'d>,
    ) -> Option<Vec<Number>> {
        let table = self.tables.read(key, node, self.problems)?;
        let numbers = self.numbers(key, &table.of_pair)?;
        let space = self.tables.space;
        let mut missing = Vec::new();
        for state in (0..space.states()).filter(|&s| !space.is_terminal(s)) {
            let pairs = space.pairs_of(state);
            let written = table.of_state[state];
            if node.kind() == NodeKind::Mapping && written.is_none() {
                missing.push(self.tables.state_name(state));
                continue;
            }
            if let Some(pair) = pairs.clone().find(|&pair| numbers[pair].is_negative()) {
                let (state, action) = space.pair_names(pair);
                self.problems.push(PolicyFileError::Negative {
                    state: state.into(),
                    action: action.into(),
                    found: numbers[pair].clone(),
                    at: table.of_pair[pair].unwrap_or(node).place(),
                });
                continue;
            }
            let state = self.tables.state_name(state);
            let at = written.unwrap_or(node).place();
            match Sum::of(numbers[pairs].iter()) {
                Sum::One => {}
                // the numbers of a report are rounded
                Sum::Nearly(_) if self.keys.author == Author::Report => {}
                Sum::Nearly(sum) => self
                    .warnings
                    .push(ModelWarning::InexactPolicy { state, sum }),
                Sum::Wrong(sum, help) => {
                    self.problems.push(PolicyFileError::Sum {
                        state,
                        sum,
                        help,
                        at,
                    });
                }
            }
        }
        if !missing.is_empty() {
            self.problems.push(PolicyFileError::Incomplete {
                table: key,
                missing: NameList::of(missing),
                at: node.place(),
            });
        }
        Some(numbers)
    }

    /// The free parameters of `direct` leave a distribution in every state.
    pub(super) fn check_direct(&mut self, node: Node<'d>, theta: &[Number]) {
        let space = self.tables.space;
        let mut from = 0;
        for state in (0..space.states()).filter(|&s| !space.is_terminal(s)) {
            let to = from + space.pairs_of(state).len() - 1;
            let own = &theta[from..to];
            let total = sum(own.iter());
            if own.iter().any(Number::is_negative) || total > Number::ONE {
                let rest = Number::ONE.to_rational() - total.to_rational();
                self.problems.push(PolicyFileError::Rest {
                    state: self.tables.state_name(state),
                    sum: total,
                    rest: rest.into(),
                    at: node.place(),
                });
            }
            from = to;
        }
    }

    pub(super) fn numbers(
        &mut self,
        table: &str,
        of_pair: &[Option<Node<'d>>],
    ) -> Option<Vec<Number>> {
        let mut numbers = Vec::with_capacity(of_pair.len());
        for (pair, node) in of_pair.iter().enumerate() {
            let Some(node) = node else {
                numbers.push(Number::ZERO); // left out: reported, or allowed
                continue;
            };
            let path = KeyPath::new("policy");
            let (state, action) = self.tables.space.pair_names(pair);
            let path = path.join(table);
            let path = path.join(&state);
            numbers.extend(number(*node, &path.join(&action), self.problems));
        }
        (numbers.len() == of_pair.len()).then_some(numbers)
    }
}
