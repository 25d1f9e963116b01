//! A map and its rules → pairs and outcomes.

use super::map::Map;
use super::{ACTIONS, Rules};
use crate::mdp::{GridLayout, Names, OutcomeTable, Space};
use crate::model::distribution::sum;
use crate::number::Number;

/// What to add to an action to go ahead, left, right, back.
const TURNS: [usize; 4] = [0, 1, 3, 2];

/// The space and the outcomes of a grid.
pub(super) fn make(map: &Map, rules: &Rules) -> (Space, OutcomeTable<Number>) {
    let mut outcomes = OutcomeTable::default();
    let mut action_sets = Vec::with_capacity(map.cell.len());
    for state in 0..map.cell.len() {
        let terminal = map.legend(state).is_some_and(|legend| legend.terminal);
        let actions = if terminal { 0 } else { ACTIONS.len() as u32 };
        for action in 0..actions as usize {
            push_pair(map, rules, state, action, &mut outcomes);
        }
        action_sets.push((0..actions).collect());
    }
    let states = if map.cell.len() == map.state.len() {
        Names::Numbered(map.cell.len())
    } else {
        Names::Listed(map.cell.iter().map(ToString::to_string).collect())
    };
    let actions = Names::Listed(ACTIONS.map(String::from).to_vec());
    let layout = GridLayout {
        rows: map.rows,
        columns: map.columns,
        state: map.state.clone(),
    };
    (
        Space::assembled(states, actions, action_sets).with_grid(layout),
        outcomes,
    )
}

fn push_pair(
    map: &Map,
    rules: &Rules,
    state: usize,
    action: usize,
    outcomes: &mut OutcomeTable<Number>,
) {
    let mut row: Vec<(usize, Number, &Number)> = Vec::with_capacity(4);
    if let Some(teleport) = map
        .legend(state)
        .and_then(|legend| legend.teleport.as_ref())
    {
        let reward = reward(map, rules, teleport.to, Some(&teleport.reward));
        outcomes.push(teleport.to, Number::ONE, reward);
        outcomes.end_pair();
        return;
    }
    for (turn, probability) in TURNS.iter().zip(&rules.slip) {
        if probability.is_zero() {
            continue;
        }
        let (next, bump) = match step(map, state, (action + turn) % ACTIONS.len()) {
            Some(next) => (next, None),
            None => (state, Some(&rules.bump_reward)),
        };
        row.push((next, reward(map, rules, next, bump), probability));
    }
    row.sort();
    for same in row.chunk_by(|a, b| (a.0, &a.1) == (b.0, &b.1)) {
        let probability = sum(same.iter().map(|outcome| outcome.2));
        outcomes.push(same[0].0, probability, same[0].1.clone());
    }
    outcomes.end_pair();
}

/// The free cell that one step leads to; `None` against a border or wall.
fn step(map: &Map, state: usize, direction: usize) -> Option<usize> {
    let cell = map.cell[state];
    let (row, column) = (cell / map.columns, cell % map.columns);
    let (row, column) = match ACTIONS[direction] {
        "left" => (row, column.checked_sub(1)?),
        "down" => (row + 1, column),
        "right" => (row, column + 1),
        _ => (row.checked_sub(1)?, column),
    };
    let inside = row < map.rows && column < map.columns;
    inside
        .then(|| map.state[row * map.columns + column])
        .flatten()
}

/// `step_reward`, what the kind of move adds, and the reward of the cell entered.
fn reward(map: &Map, rules: &Rules, entered: usize, added: Option<&Number>) -> Number {
    let entering = map
        .legend(entered)
        .and_then(|legend| legend.reward.as_ref());
    sum([Some(&rules.step_reward), added, entering]
        .into_iter()
        .flatten())
}
