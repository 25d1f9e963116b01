//! A map and its rules → pairs and outcomes.
//!
//! A map of a million cells has a handful of rewards and of sums of probabilities: all are made
//! once, and the outcomes of a pair are put together from their numbers.

use std::ops::Range;

use super::map::{Kinds, Map, Teleport};
use super::rules::{ACTIONS, Rules};
use crate::mdp::{ExactOutcomes, GridLayout, Known, Names, OutcomeTable, Space};
use crate::model::distribution::sum;
use crate::number::Number;

/// What to add to an action to go ahead, left, right, back.
const TURNS: [usize; 4] = [0, 1, 3, 2];

/// The space and the outcomes of a grid, those of the states that are kept.
pub(super) fn make(map: Map, rules: &Rules, kept: &Range<usize>) -> (Space, OutcomeTable<Number>) {
    let kinds = map.kinds();
    let (states, actions) = (map.cell.len(), ACTIONS.len());
    let most = states * actions;
    let ways = rules.slip.iter().filter(|p| !p.is_zero()).count();
    let mut outcomes = ExactOutcomes::with_capacity(most, most * ways);
    let moves = Moves::new(&kinds, rules, &mut outcomes);
    let (mut start, mut pair_action) = (Vec::with_capacity(states + 1), Vec::with_capacity(most));
    start.push(0);
    for state in 0..states {
        let legend = kinds.legend[kinds.of[map.cell[state]] as usize];
        if !legend.is_some_and(|legend| legend.terminal) {
            let teleport = legend.and_then(|legend| legend.teleport.as_ref());
            let around = Around::of(&map, &kinds, state);
            for action in 0..actions {
                match teleport {
                    _ if !kept.contains(&state) => outcomes.push(state, Number::ONE, Number::ZERO),
                    Some(teleport) => jump(teleport, &map, &kinds, rules, &mut outcomes),
                    None => moves.push_pair(&around, action, &mut outcomes),
                }
                outcomes.end_pair();
            }
            pair_action.extend(0..actions as u32);
        }
        start.push(pair_action.len());
    }
    let names = if states == map.state.len() {
        Names::Numbered(states)
    } else {
        Names::Listed(map.cell.iter().map(ToString::to_string).collect())
    };
    let actions = Names::Listed(ACTIONS.map(String::from).to_vec());
    let layout = GridLayout {
        rows: map.rows,
        columns: map.columns,
        state: map.state,
    };
    let space = Space::of_rows(names, actions, start, pair_action);
    (space.with_grid(layout), outcomes.finish())
}

/// The cell that a state is and those that a step leads to.
struct Around {
    /// In the order of the actions, and last the cell itself: the state, and the letter.
    cells: [(usize, usize); 5],
    /// Whether there is such a cell; otherwise it is the cell itself.
    is_free: [bool; 4],
}

impl Around {
    fn of(map: &Map, kinds: &Kinds<'_>, state: usize) -> Around {
        let cell = map.cell[state];
        let (row, column) = (cell / map.columns, cell % map.columns);
        let inside = [
            column > 0,
            row + 1 < map.rows,
            column + 1 < map.columns,
            row > 0,
        ];
        // left, down, right, up
        let beside = [
            cell.wrapping_sub(1),
            cell + map.columns,
            cell + 1,
            cell.wrapping_sub(map.columns),
        ];
        let mut around = Around {
            cells: [(state, kinds.of[cell] as usize); 5],
            is_free: [false; 4],
        };
        for action in 0..ACTIONS.len() {
            if inside[action]
                && let Some(next) = map.state[beside[action]]
            {
                around.cells[action] = (next, kinds.of[beside[action]] as usize);
                around.is_free[action] = true;
            }
        }
        around
    }
}

/// All numbers that moves need.
struct Moves {
    /// The turns that happen.
    ways: Vec<usize>,
    /// The probability of each set of turns: bit i for the turn i.
    share: Vec<Known>,
    /// The different rewards, increasing.
    paid: Vec<Known>,
    /// Which of them is paid for entering a letter, freely and against a border or wall.
    reward: Vec<[usize; 2]>,
}

impl Moves {
    fn new(kinds: &Kinds<'_>, rules: &Rules, outcomes: &mut ExactOutcomes) -> Moves {
        let turns = 0..TURNS.len();
        let in_set = |set: usize| turns.clone().filter(move |turn| set >> turn & 1 == 1);
        let share = |set: usize| sum(in_set(set).map(|turn| &rules.slip[turn]));
        let sets = 0..1 << TURNS.len();
        let reward = |kind: usize| {
            let entering = kinds.legend[kind].and_then(|legend| legend.reward.as_ref());
            let paid = |added: Option<&Number>| {
                let parts = [Some(&rules.step_reward), added, entering];
                sum(parts.into_iter().flatten())
            };
            [paid(None), paid(Some(&rules.bump_reward))]
        };
        let rewards: Vec<[Number; 2]> = (0..kinds.legend.len()).map(reward).collect();
        let mut paid: Vec<Number> = rewards.iter().flatten().cloned().collect();
        paid.sort();
        paid.dedup();
        let place = |number: &Number| paid.partition_point(|other| other < number);
        Moves {
            ways: turns
                .clone()
                .filter(|turn| !rules.slip[*turn].is_zero())
                .collect(),
            share: sets
                .map(|set| outcomes.known_probability(share(set)))
                .collect(),
            reward: rewards
                .iter()
                .map(|[free, bump]| [place(free), place(bump)])
                .collect(),
            paid: paid.into_iter().map(|r| outcomes.known_reward(r)).collect(),
        }
    }

    /// The outcomes of an action, sorted by next state and reward, equal ones as one.
    fn push_pair(&self, around: &Around, action: usize, outcomes: &mut ExactOutcomes) {
        let mut row = [(0, 0, 0); TURNS.len()];
        let mut count = 0;
        for &turn in &self.ways {
            let direction = (action + TURNS[turn]) % ACTIONS.len();
            let (next, kind) = around.cells[direction];
            let reward = self.reward[kind][usize::from(!around.is_free[direction])];
            let same = row[..count]
                .iter_mut()
                .find(|(other, paid, _)| (*other, *paid) == (next, reward));
            match same {
                Some((_, _, set)) => *set |= 1usize << turn,
                None => {
                    row[count] = (next, reward, 1 << turn);
                    count += 1;
                }
            }
        }
        row[..count].sort_unstable();
        for &(next, reward, set) in &row[..count] {
            outcomes.push_known(next as u32, &self.share[set], &self.paid[reward]);
        }
    }
}

/// The one outcome of a teleporting cell.
fn jump(
    teleport: &Teleport,
    map: &Map,
    kinds: &Kinds<'_>,
    rules: &Rules,
    outcomes: &mut ExactOutcomes,
) {
    let entered = kinds.legend[kinds.of[map.cell[teleport.to]] as usize];
    let entering = entered.and_then(|legend| legend.reward.as_ref());
    let parts = [Some(&rules.step_reward), Some(&teleport.reward), entering];
    outcomes.push(teleport.to, Number::ONE, sum(parts.into_iter().flatten()));
}
