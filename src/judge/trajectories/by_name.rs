//! States and actions by their names or numbers, as a user's code knows them.

use std::collections::HashMap;

use super::columns::Cell;
use super::read::entry;
use crate::judge::given::{GivenError, nearest};
use crate::mdp::{Names, Space};

/// The names of a model, with what stands behind them.
pub(super) struct ByName {
    states: Places,
    actions: Places,
    /// Of a model whose states have times: how many there are at each, and T.
    times: Option<(usize, usize)>,
    /// Whether nothing has been seen yet in a state \[S\]; empty where states are seen.
    unseen: Vec<bool>,
    /// An example of a state in which something has been seen.
    situation: Option<String>,
}

/// The states of each time and T of a model unrolled in time: states `s@0`, …, `s@T`, time by time, of which the last
/// act no more. It is told by its names, so that a file of one is one too.
fn times(space: &Space) -> Option<(usize, usize)> {
    let names = space.state_names();
    let states = names.len();
    let end: usize = names
        .get(states.checked_sub(1)?)
        .rsplit_once('@')?
        .1
        .parse()
        .ok()?;
    let each = states.checked_div(end.checked_add(1)?)?;
    let is_at = |state: usize| {
        let (name, at) = (names.get(state), format!("@{}", state / each));
        name.ends_with(&at) && (state < end * each || space.is_terminal(state))
    };
    let is_unrolled = end > 0 && each * (end + 1) == states && (0..states).all(is_at);
    is_unrolled.then_some((each, end))
}

/// Names and where they stand.
struct Places {
    of: &'static str,
    names: Vec<String>,
    by_name: HashMap<String, usize>,
}

impl ByName {
    pub fn new(space: &Space) -> ByName {
        let states = Places::new("a state", space.state_names());
        let situations = space.sight().map(|sight| sight.situations());
        let situations = situations.into_iter().flatten();
        let unseen: Vec<bool> = situations.map(|(seen, _)| *seen == 0).collect();
        let seen = unseen.iter().position(|unseen| !unseen);
        ByName {
            actions: Places::new("an action", space.action_names()),
            times: times(space),
            situation: seen.map(|state| states.names[state].clone()),
            unseen,
            states,
        }
    }

    /// The state after so many steps.
    ///
    /// Of a model whose states have times (`s@t`) a user may know those without: s stands for s@t then. Of a
    /// model whose states are not seen nothing is seen before the first step alone; who says otherwise has
    /// named the hidden states.
    pub fn state(
        &self,
        cell: &Cell,
        column: &str,
        steps: usize,
        place: impl Fn() -> String,
    ) -> Result<usize, GivenError> {
        if let Some((states, end)) = self.times
            && steps <= end
        {
            let timed = match cell {
                Cell::Text(name) => {
                    let name = format!("{}@{steps}", name.trim());
                    self.states.by_name.get(&name).copied()
                }
                Cell::Number(_) => cell.natural().filter(|s| *s < states),
            };
            if let Some(state) = timed {
                return Ok(state % states + steps * states);
            }
        }
        let state = self.states.find(cell, column, &place)?;
        match &self.situation {
            Some(example) if steps > 0 && self.unseen[state] => {
                let expected = format!(
                    "a state and what was seen in it, as `{example}`, since the states of this model are not seen"
                );
                Err(entry(column, cell, place(), expected, None))
            }
            _ => Ok(state),
        }
    }

    /// An action, or of a controller of several nodes a choice of an action and the next node.
    pub fn action(
        &self,
        cell: &Cell,
        column: &str,
        place: impl Fn() -> String,
    ) -> Result<usize, GivenError> {
        self.actions.find(cell, column, place)
    }

    /// Whether the horizon ends a trajectory after so many steps.
    pub fn ends_at(&self, steps: usize) -> bool {
        self.times.is_some_and(|(_, end)| end == steps)
    }
}

impl Places {
    fn new(of: &'static str, names: &Names) -> Places {
        let names: Vec<String> = names.iter().map(|name| name.into_owned()).collect();
        Places {
            of,
            by_name: names.iter().cloned().zip(0..).collect(),
            names,
        }
    }

    fn find(
        &self,
        cell: &Cell,
        column: &str,
        place: impl Fn() -> String,
    ) -> Result<usize, GivenError> {
        if let Cell::Text(name) = cell
            && let Some(&at) = self.by_name.get(name.trim())
        {
            return Ok(at);
        }
        match cell.natural().filter(|at| *at < self.names.len()) {
            Some(at) => Ok(at),
            None => {
                let (of, last) = (self.of, self.names.len() - 1);
                let expected = format!("the name of {of} or its number, 0 to {last}");
                let near = match cell {
                    Cell::Text(name) => nearest(name, &self.names),
                    Cell::Number(_) => None,
                };
                Err(entry(column, cell, place(), expected, near))
            }
        }
    }
}
