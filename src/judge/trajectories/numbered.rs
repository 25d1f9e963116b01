//! States and actions whose names read as something else: as numbers other than their places, or, as `null`, as
//! nothing.

use std::collections::HashMap;

use super::columns::{Cell, Columns, TrajectoryColumn};
use crate::mdp::Space;
use crate::number::Number;

impl Columns {
    /// The columns with names that read as numbers or as nothing replaced by the places of these, whatever the
    /// format; `None` where no name does but the number of its place.
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
        let (states, actions): (Vec<_>, Vec<_>) = (states.collect(), actions.collect());
        let of = [
            (&["states", "next_states"][..], &states),
            (&["actions"], &actions),
        ];
        let of =
            of.map(|(columns, names)| (columns, Numbered::new(names), words_for_nothing(names)));
        if of
            .iter()
            .all(|(_, numbers, words)| numbers.is_none() && words.is_empty())
        {
            return None;
        }
        let mut placed = self.clone();
        for (columns, numbers, words) in &of {
            if let Some(numbers) = numbers {
                placed.place(columns, numbers);
            }
            placed.place_words(columns, words);
        }
        Some(placed)
    }

    /// A text that is a name is that name, also where it would say that nothing is there.
    fn place_words(&mut self, columns: &[&str], names: &HashMap<&str, usize>) {
        for column in columns {
            if let Some(column) = self.by_name.get_mut(*column) {
                column.each(&mut |cell| {
                    if let Cell::Text(text) = &*cell
                        && let Some(place) = names.get(text.trim())
                    {
                        *cell = Cell::Number(*place as f64);
                    }
                });
            }
        }
    }

    fn place(&mut self, columns: &[&str], names: &Numbered) {
        let cells = columns.iter().filter_map(|name| self.by_name.get(*name));
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
            if let Some(column) = self.by_name.get_mut(*column) {
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
    fn new(names: &[String]) -> Option<Numbered> {
        let (mut by_value, mut moved) = (HashMap::new(), false);
        for (place, name) in names.iter().enumerate() {
            if let Some(value) = value(name) {
                moved |= value != place as f64;
                if by_value.insert(bits(value), place).is_some() {
                    return None;
                }
            }
        }
        moved.then_some(Numbered {
            by_value,
            names: names.len(),
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

/// The names that a table writes where it has nothing, as `null` and `nan`, with their places.
fn words_for_nothing(names: &[String]) -> HashMap<&str, usize> {
    let names = names.iter().enumerate();
    let reads_as_nothing = |name: &str| {
        let cell = Cell::Text(name.to_string());
        cell.number().is_some_and(f64::is_nan)
    };
    names
        .filter(|(_, name)| reads_as_nothing(name))
        .map(|(place, name)| (name.trim(), place))
        .collect()
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
