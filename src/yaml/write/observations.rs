//! The `observations:` block of a written model.

use std::fmt::{self, Write};

use super::write_weights;
use crate::model::Model;
use crate::model::observing::Observing;
use crate::model::scalar::Name;
use crate::number::Number;

impl Model {
    /// O(o|a, s') by the state that is reached, and by action where it depends on that.
    ///
    /// Observations are numbered in the order in which the block names them: where that would be another one, its
    /// first row names all of them, some with probability 0.
    pub(super) fn write_observations(&self, f: &mut String, seen: &Observing) -> fmt::Result {
        writeln!(f, "observations:")?;
        let mut all = !self.names_in_order(seen);
        for state in (0..self.space().states()).filter(|&s| !self.space().is_terminal(s)) {
            let rows: Vec<(usize, &[(u32, Number)])> = (0..self.space().actions())
                .filter_map(|action| Some((action, seen.row(action, state)?)))
                .collect();
            let Some(&(_, first)) = rows.first() else {
                continue; // never reached
            };
            let same =
                rows.len() == self.space().actions() && rows.iter().all(|(_, row)| *row == first);
            if same && (!self.are_actions(seen, first) || is_sure(first)) && !all {
                write!(f, "  {}: ", self.state(state))?;
                write_row(f, seen, first, false)?;
                writeln!(f)?;
                continue;
            }
            writeln!(f, "  {}:", self.state(state))?;
            for (action, row) in rows {
                let action = self.space().action_names().get(action);
                write!(f, "    {}: ", Name(&action))?;
                write_row(f, seen, row, std::mem::take(&mut all))?;
                writeln!(f)?;
            }
        }
        Ok(())
    }

    /// Whether the rows name the observations first in their order, each of them.
    fn names_in_order(&self, seen: &Observing) -> bool {
        let mut met = 0;
        for state in (0..self.space().states()).filter(|&s| !self.space().is_terminal(s)) {
            for action in 0..self.space().actions() {
                for (o, _) in seen.row(action, state).unwrap_or_default() {
                    match *o {
                        next if next == met => met += 1,
                        next if next > met => return false,
                        _ => {}
                    }
                }
            }
        }
        met as usize == seen.names.len()
    }

    /// Whether what a row names would be taken for actions.
    fn are_actions(&self, seen: &Observing, row: &[(u32, Number)]) -> bool {
        let actions = self.space().action_names();
        row.iter().all(|(o, _)| {
            let name = seen.names.get(*o as usize);
            actions.iter().any(|action| action == name)
        })
    }
}

fn is_sure(row: &[(u32, Number)]) -> bool {
    matches!(row, [(_, p)] if *p == Number::ONE)
}

/// `hear-left`, or `{hear-left: 0.85, hear-right: 0.15}`; all observations if asked for.
fn write_row(f: &mut String, seen: &Observing, row: &[(u32, Number)], all: bool) -> fmt::Result {
    let name = |o: u32| Name(&seen.names.get(o as usize)).to_string();
    if is_sure(row) && !all {
        return write!(f, "{}", name(row[0].0));
    }
    if !all {
        return write_weights(f, row.iter().map(|(o, p)| (name(*o), p)));
    }
    let of = |o: u32| row.iter().find(|(own, _)| *own == o);
    let each = 0..seen.names.len() as u32;
    write_weights(
        f,
        each.map(|o| (name(o), of(o).map_or(&Number::ZERO, |(_, p)| p))),
    )
}
