//! States and actions by their names or numbers, as a user's code knows them.

use std::collections::HashMap;

use super::columns::Cell;
use crate::judge::given::{GivenError, nearest};
use crate::mdp::{Names, Space};

/// The names of a model, with what stands behind them.
pub(super) struct ByName {
    states: Places,
    actions: Places,
    /// Of a model whose states have times: how many there are at each, and T.
    times: Option<(usize, usize)>,
    /// Whether a state acts and nothing has been seen in it yet \[S\]; empty where states are seen. In
    /// terminal states nothing is seen, ever.
    unseen: Vec<bool>,
    /// An example of a state in which something has been seen.
    situation: Option<String>,
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
        let once = space.states_at_once();
        let situations = space.sight().map(|sight| sight.situations());
        let situations = situations.into_iter().flatten();
        let (mut unseen, mut seen) = (Vec::new(), None);
        for (state, (situation, _)) in situations.enumerate() {
            unseen.push(*situation == 0 && !space.is_terminal(state));
            seen = seen.or((*situation != 0).then_some(state));
        }
        ByName {
            actions: Places::new("an action", space.action_names()),
            times: (once < space.states()).then(|| (once, space.states() / once - 1)),
            situation: seen.map(|state: usize| states.names[state].clone()),
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
        if let Some((states, _)) = self.times
            && cell.natural().is_some_and(|s| s >= states)
        {
            // a number is one of the model's own states: one that is too high is not that of another time
            let expected = format!("the name of a state or its number, 0 to {}", states - 1);
            return Err(entry(column, cell, place(), expected, None));
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

/// An entry of a column that is not what is expected there.
pub(super) fn entry(
    name: &str,
    cell: &Cell,
    place: String,
    expected: String,
    nearest: Option<String>,
) -> GivenError {
    GivenError::Entry {
        column: name.to_string(),
        found: match cell {
            Cell::Number(x) => x.to_string(),
            Cell::Text(text) => text.clone(),
        },
        place,
        expected,
        nearest,
    }
}
