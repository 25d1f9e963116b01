//! States and actions whose names are numbers other than their places: which of the two a column holds.

use std::collections::HashMap;

use super::columns::{Cell, Columns, TrajectoryColumn};
use crate::mdp::Space;
use crate::number::Number;

impl Columns {
    /// The columns with numbers that are names replaced by the places of these, whatever the format; `None` where
    /// no name is a number but that of its place.
    ///
    /// Names of a grid with walls are the numbers of its cells, those of a model by formulas its values. In a
    /// column all numbers are read alike: as names if each of them is one, and else as places.
    pub(super) fn by_place(&self, space: &Space) -> Option<Columns> {
        let once = space.states_at_once();
        let is_unrolled = once < space.states();
        let names = space.state_names();
        let states = (0..once).map(|state| {
            let name = names.get(state).into_owned();
            // of s@0 the state that a user knows
            let own = name.strip_suffix("@0").filter(|_| is_unrolled);
            own.map(str::to_string).unwrap_or(name)
        });
        let actions = space.action_names().iter().map(|name| name.into_owned());
        let (states, actions) = (Numbered::new(states), Numbered::new(actions));
        if states.is_none() && actions.is_none() {
            return None;
        }
        let mut placed = self.clone();
        states.inspect(|names| placed.place(&["states", "next_states"], names));
        actions.inspect(|names| placed.place(&["actions"], names));
        Some(placed)
    }

    fn place(&mut self, columns: &[&str], names: &Numbered) {
        let cells = columns.iter().filter_map(|name| self.0.get(*name));
        let all_are = |reads: &dyn Fn(&Cell) -> bool| {
            let mut rows = cells.clone().flat_map(TrajectoryColumn::rows);
            rows.all(|row| row.iter().all(reads))
        };
        let as_names = all_are(&|cell| names.reads(cell));
        if !as_names && !all_are(&|cell| names.is_place(cell)) {
            return;
        }
        let reading = |cell: &Cell| {
            if as_names {
                names.place(cell)
            } else {
                cell.natural()
            }
        };
        for column in columns {
            if let Some(column) = self.0.get_mut(*column) {
                column.each(&mut |cell| {
                    if let Some(place) = reading(cell) {
                        *cell = Cell::Number(place as f64);
                    }
                });
            }
        }
    }
}

/// Names that are numbers.
struct Numbered {
    /// The place of each, by the bits of its value.
    by_value: HashMap<u64, usize>,
    names: usize,
}

impl Numbered {
    /// `None` where each name that is a number is that of its place, or two are of one value.
    fn new(names: impl Iterator<Item = String>) -> Option<Numbered> {
        let (mut by_value, mut count, mut moved) = (HashMap::new(), 0, false);
        for (place, name) in names.enumerate() {
            count += 1;
            if let Some(value) = value(&name) {
                moved |= value != place as f64;
                if by_value.insert(bits(value), place).is_some() {
                    return None;
                }
            }
        }
        moved.then_some(Numbered {
            by_value,
            names: count,
        })
    }

    fn place(&self, cell: &Cell) -> Option<usize> {
        self.by_value.get(&bits(number(cell)?)).copied()
    }

    /// Whether a cell is one of the numbers that are names, or nothing that is a number.
    fn reads(&self, cell: &Cell) -> bool {
        number(cell).is_none() || self.place(cell).is_some() || cell.is_padding()
    }

    /// Whether a cell is the number of a place, or nothing that is a number.
    fn is_place(&self, cell: &Cell) -> bool {
        let within = cell.natural().is_some_and(|at| at < self.names);
        number(cell).is_none() || within || cell.is_padding()
    }
}

fn number(cell: &Cell) -> Option<f64> {
    let number = match cell {
        Cell::Number(x) => Some(*x),
        Cell::Text(text) => value(text),
    };
    number.filter(|x| x.is_finite())
}

fn value(name: &str) -> Option<f64> {
    let name = name.trim();
    let plain = name.parse().ok();
    let value: Option<f64> = plain.or_else(|| Some(name.parse::<Number>().ok()?.to_f64()));
    value.filter(|x| x.is_finite())
}

/// Of 0 and −0 the same.
fn bits(x: f64) -> u64 {
    (x + 0.0).to_bits()
}
