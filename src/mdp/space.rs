//! States, actions and the pairs (s, a) with a ∈ A(s), numbered.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use super::{MdpError, Names, Players, Sight};
use crate::number::Number;

/// Where the cells of a gridworld lie, for reports that show a grid as a grid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GridLayout {
    /// Number of rows of the map.
    pub rows: usize,
    /// Number of columns of the map.
    pub columns: usize,
    /// The state of each cell, row by row; `None` for a wall.
    pub state: Vec<Option<usize>>,
}

/// The states and actions of a model and the numbering of its pairs: by state, then by action. A state without
/// actions is terminal.
///
/// ```
/// use exact_mdp::mdp::{Names, Space};
///
/// let space = Space::new(Names::Numbered(3), Names::Numbered(2), [vec![0, 1], vec![1], vec![]])?;
/// assert_eq!((space.pairs(), space.pairs_of(1)), (3, 2..3));
/// assert!(space.is_terminal(2));
/// # Ok::<(), exact_mdp::mdp::MdpError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Space {
    state_names: Names,
    action_names: Names,
    /// Pairs of state s are `start[s]..start[s + 1]`.
    start: Vec<usize>,
    pair_action: Vec<u32>,
    pair_state: Vec<u32>,
    /// Alive states before state s, for s up to n.
    alive_before: Vec<u32>,
    grid: Option<GridLayout>,
    players: Option<Arc<Players>>,
    sight: Option<Arc<Sight>>,
    /// Times by which the states are laid out; 1 unless a horizon is unrolled.
    times: usize,
}

impl Space {
    /// A space from the names and, for each state, the actions it has, increasing; a state
    /// without actions is terminal.
    ///
    /// Errors with [`MdpError`] unless there is one action set for each state, and where the
    /// actions of one are out of order or out of range.
    pub fn new(
        state_names: Names,
        action_names: Names,
        action_sets: impl IntoIterator<Item = Vec<u32>>,
    ) -> Result<Space, MdpError> {
        let action_sets: Vec<Vec<u32>> = action_sets.into_iter().collect();
        if action_sets.len() != state_names.len() {
            return Err(MdpError::Shape {
                what: "action sets, one for each state",
                found: action_sets.len(),
                expected: state_names.len(),
            });
        }
        for (state, actions) in action_sets.iter().enumerate() {
            let inside = actions.iter().all(|&a| (a as usize) < action_names.len());
            if !inside || !actions.is_sorted_by(|a, b| a < b) {
                return Err(MdpError::Actions {
                    state: state_names.get(state).into_owned(),
                    found: actions.clone(),
                    actions: action_names.len(),
                });
            }
        }
        Ok(Space::assembled(state_names, action_names, action_sets))
    }

    /// [`Space::new`] from sets that the library has checked or made itself.
    pub(crate) fn assembled(
        state_names: Names,
        action_names: Names,
        action_sets: impl IntoIterator<Item = Vec<u32>>,
    ) -> Space {
        let mut start = vec![0];
        let mut pair_action = Vec::new();
        for actions in action_sets {
            pair_action.extend(actions);
            start.push(pair_action.len());
        }
        Space::of_rows(state_names, action_names, start, pair_action)
    }

    /// [`Space::assembled`] from the actions of all states, those of state s at
    /// `start[s]..start[s + 1]`.
    pub(crate) fn of_rows(
        state_names: Names,
        action_names: Names,
        start: Vec<usize>,
        pair_action: Vec<u32>,
    ) -> Space {
        debug_assert_eq!(start.len(), state_names.len() + 1);
        let mut pair_state = Vec::with_capacity(pair_action.len());
        let mut alive_before = Vec::with_capacity(start.len());
        let mut alive = 0;
        alive_before.push(alive);
        for (state, ends) in start.windows(2).enumerate() {
            pair_state.resize(ends[1], state as u32);
            alive += u32::from(ends[0] < ends[1]);
            alive_before.push(alive);
        }
        Space {
            state_names,
            action_names,
            start,
            pair_action,
            pair_state,
            alive_before,
            grid: None,
            players: None,
            sight: None,
            times: 1,
        }
    }

    /// The states `s@t` of the times t = 0, …, T, time by time, with the pairs of those before T; the
    /// states of T are terminal.
    pub(crate) fn in_time(&self, horizon: usize) -> Space {
        let states = self.states();
        let named = |t: usize| {
            self.state_names
                .iter()
                .map(move |name| format!("{name}@{t}"))
        };
        let mut start = Vec::with_capacity((horizon + 1) * states + 1);
        for t in 0..horizon {
            start.extend(
                self.start[..states]
                    .iter()
                    .map(|first| t * self.pairs() + first),
            );
        }
        start.resize((horizon + 1) * states + 1, horizon * self.pairs());
        let space = Space::of_rows(
            Names::Listed((0..=horizon).flat_map(named).collect()),
            self.action_names.clone(),
            start,
            self.pair_action.repeat(horizon),
        );
        Space {
            players: self.players.clone(),
            times: horizon + 1,
            ..space
        }
    }

    /// The same space with other names and actions; `None` if the actions of a state do not increase.
    pub(crate) fn renamed(
        mut self,
        state_names: Names,
        action_names: Names,
        action: impl Fn(usize) -> u32,
    ) -> Option<Space> {
        debug_assert_eq!(state_names.len(), self.states());
        self.pair_action = (0..self.pairs()).map(action).collect();
        let mut rows = self.start.windows(2).map(|ends| ends[0]..ends[1]);
        let increase = rows.all(|row| self.pair_action[row].is_sorted_by(|a, b| a < b));
        increase.then_some(Space {
            state_names,
            action_names,
            players: None,
            sight: None,
            ..self
        })
    }

    /// The states and pairs, laid out on a grid.
    pub fn with_grid(mut self, grid: GridLayout) -> Space {
        self.grid = Some(grid);
        self
    }

    /// The same space, whose actions are the joint actions of players and complete.
    pub(super) fn played_by(mut self, players: Arc<Players>) -> Space {
        self.players = Some(players);
        self
    }

    /// Whose joint actions the actions are, if there are several who choose.
    pub fn players(&self) -> Option<&Arc<Players>> {
        self.players.as_ref()
    }

    /// The same space, whose states are the situations of somebody who does not see them.
    pub(crate) fn with_sight(mut self, sight: Arc<Sight>) -> Space {
        debug_assert_eq!(sight.situations().len(), self.states());
        self.sight = Some(sight);
        self
    }

    /// What is known in each state, where the states are not seen.
    pub fn sight(&self) -> Option<&Arc<Sight>> {
        self.sight.as_ref()
    }

    /// Number of states n, terminal ones included.
    pub fn states(&self) -> usize {
        self.state_names.len()
    }

    /// Number of named actions; a state may have fewer.
    pub fn actions(&self) -> usize {
        self.action_names.len()
    }

    /// Number of state-action pairs m.
    pub fn pairs(&self) -> usize {
        self.pair_action.len()
    }

    /// The names of the states.
    pub fn state_names(&self) -> &Names {
        &self.state_names
    }

    /// The number of the state with this name, from 0; `None` where there is none.
    pub fn state_named(&self, name: &str) -> Option<usize> {
        self.state_names().iter().position(|other| other == name)
    }

    /// The names of the actions.
    pub fn action_names(&self) -> &Names {
        &self.action_names
    }

    /// The numbers of the actions \[A\], which are their names: `-0.5`, `1/3`; an action that is no number
    /// where there is one.
    pub fn action_numbers(&self) -> Result<Vec<Number>, Cow<'_, str>> {
        let number = |action: usize| {
            let name = self.action_names.get(action);
            let read = name.parse::<Number>();
            read.map_err(|_| name)
        };
        (0..self.action_names.len()).map(number).collect()
    }

    /// The pairs of a state, a range in pair order; empty for a terminal state.
    pub fn pairs_of(&self, state: usize) -> Range<usize> {
        self.start[state]..self.start[state + 1]
    }

    /// The state of a pair.
    pub fn state_of(&self, pair: usize) -> usize {
        self.pair_state[pair] as usize
    }

    /// The action of a pair, as an index into the action names.
    pub fn action_of(&self, pair: usize) -> usize {
        self.pair_action[pair] as usize
    }

    /// The pair of a state and an action, `None` if the action is not in A(s).
    pub fn pair(&self, state: usize, action: usize) -> Option<usize> {
        let range = self.pairs_of(state);
        let at = self.pair_action[range.clone()].binary_search(&(action as u32));
        at.ok().map(|at| range.start + at)
    }

    /// Number of states at one time, where the space is a horizon unrolled in time; all of them
    /// otherwise.
    pub(crate) fn states_at_once(&self) -> usize {
        self.states() / self.times.max(1)
    }

    /// Number of pairs at the first time, where the space is a horizon unrolled in time; all of them
    /// otherwise.
    pub(crate) fn pairs_at_once(&self) -> usize {
        self.start[self.states_at_once()]
    }

    /// Number of alive states numbered below `state`; of all of them for `state` = n.
    pub fn alive_before(&self, state: usize) -> usize {
        self.alive_before[state] as usize
    }

    /// Whether a state is terminal: absorbing, reward 0, without actions.
    pub fn is_terminal(&self, state: usize) -> bool {
        self.start[state] == self.start[state + 1]
    }

    /// Names of a pair's state and action.
    pub fn pair_names(&self, pair: usize) -> (Cow<'_, str>, Cow<'_, str>) {
        (
            self.state_names.get(self.state_of(pair)),
            self.action_names.get(self.action_of(pair)),
        )
    }

    /// Calls `f` with each pair and the names of its state and action until it fails; no name is made
    /// twice.
    pub(crate) fn try_each_pair<E>(
        &self,
        mut f: impl FnMut(usize, (&str, &str)) -> Result<(), E>,
    ) -> Result<(), E> {
        let actions: Vec<Cow<'_, str>> = self.action_names.iter().collect();
        for (state, name) in self.state_names.iter().enumerate() {
            for pair in self.pairs_of(state) {
                f(pair, (&name, &actions[self.action_of(pair)]))?;
            }
        }
        Ok(())
    }

    /// The grid the states lie on, if the model is a gridworld.
    pub fn grid(&self) -> Option<&GridLayout> {
        self.grid.as_ref()
    }
}
