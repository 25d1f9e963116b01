//! QuantEcon's `DiscreteDP`: R [S, A] and Q [S, A, S], or one row for each pair.

use super::super::lane::Own;
use super::archive::{Arrays, Core, SHAPES, number, wrong};
use super::quick;
use super::rows::Rows;
use crate::model::Overrides;
use crate::model::draft::empty_row;
use crate::model::entries::Entry;
use crate::model::error::ModelError;
use crate::model::table::PairTable;
use crate::number::Number;

/// Rows of pairs.
struct Listed<'q> {
    /// (s, a) of each row.
    pub pairs: &'q [(usize, usize)],
    pub r: &'q [f64],
    pub q: &'q Rows,
}

/// Outcomes, and which states are terminal where that is known.
pub(super) fn read(
    arrays: &mut Arrays<'_>,
    overrides: &Overrides,
) -> Result<(Core, Option<Vec<bool>>), ModelError> {
    let (q_shape, q) = arrays.rows("Q")?;
    let (r_shape, r) = arrays.numbers("R")?;
    let pairs = match (&r_shape[..], &q_shape[..]) {
        ([s, a], [s2, a2, s3]) if (s, a, s) == (s2, a2, s3) => product(*s, *a),
        ([pairs], [pairs2, _]) if pairs == pairs2 => listed(arrays, *pairs, &q)?,
        _ => {
            let problem = format!("has the shape {r_shape:?}, and `Q` {q_shape:?}");
            return Err(wrong("R", problem, SHAPES));
        }
    };
    let is_product = r_shape.len() == 2;
    let states = pairs.iter().map(|pair| pair.0 + 1).max().unwrap_or(0);
    let used = pairs.iter().map(|pair| pair.1 + 1).max().unwrap_or(0);
    // rows of pairs do not show an action that no state has
    let actions = if is_product {
        used
    } else {
        arrays.count("actions")?.unwrap_or(0).max(used)
    };
    let core = Core {
        states,
        actions,
        entries: Vec::new(),
        made: None,
    };
    let listed = Listed {
        pairs: &pairs,
        r: &r,
        q: &q,
    };
    if let Some((table, terminal)) = table(arrays, &listed, [states, actions], overrides) {
        let made = Some(table);
        return Ok((Core { made, ..core }, Some(terminal)));
    }
    let entries = entries(&listed)?;
    Ok((Core { entries, ..core }, None))
}

/// The table where nothing is wrong in the arrays and pairs stand in their order; those with a reward of −∞ are not
/// there.
fn table(
    arrays: &mut Arrays<'_>,
    listed: &Listed<'_>,
    [states, actions]: [usize; 2],
    overrides: &Overrides,
) -> Option<(PairTable, Vec<bool>)> {
    listed.pairs.is_sorted().then_some(())?;
    let mut row = 0;
    let read = |state: usize, own: &mut Own| {
        while let Some(&(_, action)) = listed.pairs.get(row).filter(|pair| pair.0 == state) {
            let reward = listed.r[row];
            if reward != f64::NEG_INFINITY {
                own.begin_row(action as u32, Number::from_f64(reward)?);
                for (next, probability) in listed.q.row(row) {
                    own.push(next, Number::from_f64(probability)?)?;
                }
            }
            row += 1;
        }
        Some(())
    };
    let sizes = [states, actions, listed.q.entries()];
    quick::table(arrays, sizes, None, overrides, read)
}

/// All outcomes.
fn entries(listed: &Listed<'_>) -> Result<Vec<Entry>, ModelError> {
    let Listed { pairs, r, q } = listed;
    let mut entries = Vec::new();
    for (row, (&(state, action), &reward)) in pairs.iter().zip(*r).enumerate() {
        if reward == f64::NEG_INFINITY {
            continue;
        }
        let reward = number("R", reward)?;
        if q.is_empty(row) {
            entries.push(empty_row(state as u32, action as u32, (0, 0)));
        }
        for (next, probability) in q.row(row) {
            let probability = number("Q", probability)?;
            if probability.is_negative() {
                let problem =
                    format!("has a negative entry in the row of state {state}, action {action}");
                return Err(wrong("Q", problem, "probabilities are not negative"));
            }
            let pair = (state as u32, action as u32);
            entries.push(Entry::unplaced(pair, next, probability, reward.clone()));
        }
    }
    Ok(entries)
}

/// All pairs, in the order (state, action).
fn product(states: usize, actions: usize) -> Vec<(usize, usize)> {
    let of_state = |s| (0..actions).map(move |a| (s, a));
    (0..states).flat_map(of_state).collect()
}

/// Actions beyond the number of pairs that no pair has; a choice.
const UNUSED: usize = 65_536;

/// The pairs of `s_indices` and `a_indices`.
fn listed(
    arrays: &mut Arrays<'_>,
    pairs: usize,
    q: &Rows,
) -> Result<Vec<(usize, usize)>, ModelError> {
    let of_state = arrays.indices("s_indices")?;
    let of_action = arrays.indices("a_indices")?;
    // names of actions that nobody has cost memory: not more than what a file of arrays may take anyway
    let actions = arrays.count("actions")?.unwrap_or(0).max(pairs + UNUSED);
    for (name, indices, count) in [
        ("s_indices", &of_state, pairs),
        ("a_indices", &of_action, actions),
    ] {
        if indices.len() != pairs {
            let problem = format!("has {} entries for {pairs} pairs", indices.len());
            return Err(wrong(name, problem, SHAPES));
        }
        // every number up to the largest belongs to a pair or has a name
        if let Some(index) = indices.iter().find(|index| **index >= count) {
            let problem = format!("has the entry {index}, beyond the {pairs} pairs that there are");
            return Err(wrong(
                name,
                problem,
                "states and actions count from 0, states without gaps; an array `actions` of their names says how many actions there are",
            ));
        }
    }
    let states = of_state.iter().map(|state| state + 1).max().unwrap_or(0);
    if q.is_wide && q.columns < states {
        let problem = format!(
            "has the entry {}, but `Q` has {} columns, one for each state",
            states - 1,
            q.columns
        );
        return Err(wrong("s_indices", problem, "states count from 0"));
    }
    if q.columns > states {
        let problem = format!(
            "leads to {} states, but only {states} have a pair",
            q.columns
        );
        return Err(wrong(
            "Q",
            problem,
            "every state needs an action, if only one that stays",
        ));
    }
    let listed: Vec<(usize, usize)> = of_state.into_iter().zip(of_action).collect();
    let mut sorted = listed.clone();
    sorted.sort_unstable();
    match sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(twice) => {
            let (state, action) = twice[0];
            let problem = format!("have state {state}, action {action} twice");
            Err(wrong(
                "s_indices, a_indices",
                problem,
                "every pair has one row",
            ))
        }
        None => Ok(listed),
    }
}
