//! P with one row for each state and action: pymdptoolbox's [A, S, S], and [S, A, S] of textbooks,
//! seals and mushroom-rl; rewards [S], [S, A] or as P.

use super::super::lane::Own;
use super::archive::{Arrays, Core, P, R, SHAPES, number, wrong};
use super::quick;
use super::rows::Rows;
use crate::mend::{Argument, Mend};
use crate::model::draft::empty_row;
use crate::model::entries::Entry;
use crate::model::error::ModelError;
use crate::model::table::PairTable;
use crate::model::{Axes, Overrides};
use crate::number::Number;

const LAST: &str = "the next state belongs last: P[action, next, state] becomes P.swapaxes(-1, -2), P[next, state, action] becomes P.transpose(2, 1, 0)";

const PAYING_END: &str = "pay for reaching it on what leads there, r(s, a, s') as `P` or r(s, a) = Σ p r, or pay once more: give the state a row into an end of its own";

/// How a user says what the shape does not.
fn ask() -> Mend {
    Mend::new("say it with ")
        .set(Argument::Axes, "ass")
        .say(" (P[action, state, next]) or ")
        .set(Argument::Axes, "sas")
        .say(" (P[state, action, next])")
}

/// Whether an archive has p in this form.
pub(super) fn is_here(arrays: &Arrays<'_>) -> bool {
    P.iter().any(|name| arrays.holds(name)) || arrays.holds("P0")
}

/// Outcomes, and which states are terminal where a row of zeros says so.
pub(super) fn read(
    arrays: &mut Arrays<'_>,
    overrides: &Overrides,
) -> Result<(Core, Option<Vec<bool>>), ModelError> {
    let name = arrays.one_of(&P)?.unwrap_or("P");
    let p = Transitions::read(arrays, name, overrides.axes)?;
    let (states, actions) = (p.states, p.actions);
    let rewards = Rewards::read(arrays, &p)?;
    // pymdptoolbox has no terminal states; in the others one has rows of zeros
    let is_ended = |s: usize| name != "P" && (0..actions).all(|a| p.is_empty(s, a));
    let ended: Vec<bool> = (0..states).map(is_ended).collect();
    // r(s) of an end is paid to nobody: in other programs it may be what reaching it pays, or what being there does
    if let Some(state) = (0..states).find(|&s| ended[s] && rewards.pays(&p, s)) {
        let problem =
            format!("pays in state {state}, whose rows of `{name}` are zeros: it is terminal");
        return Err(wrong(rewards.name, problem, PAYING_END));
    }
    let ended = ended.contains(&true).then_some(ended);
    let core = Core {
        states,
        actions,
        entries: Vec::new(),
        made: None,
    };
    if let Some((table, terminal)) = table(arrays, &p, &rewards, ended.as_deref(), overrides) {
        let made = Some(table);
        return Ok((Core { made, ..core }, Some(terminal)));
    }
    let entries = entries(name, &p, &rewards, ended.as_deref())?;
    Ok((Core { entries, ..core }, ended))
}

/// The table where nothing is wrong in the arrays, and which states are terminal.
fn table(
    arrays: &mut Arrays<'_>,
    p: &Transitions,
    rewards: &Rewards,
    ended: Option<&[bool]>,
    overrides: &Overrides,
) -> Option<(PairTable, Vec<bool>)> {
    let read = |state: usize, own: &mut Own| {
        for action in 0..p.actions {
            let row = p.row(state, action);
            let first = row.clone().next();
            let first = first.map_or(0.0, |first| rewards.of(p, state, action, first.0));
            own.begin_row(action as u32, Number::from_f64(first)?);
            for (next, probability) in row {
                let reward = Number::from_f64(rewards.of(p, state, action, next))?;
                own.push_paying(next, Number::from_f64(probability)?, reward)?;
            }
        }
        Some(())
    };
    let sizes = [p.states, p.actions, p.entries()];
    quick::table(arrays, sizes, ended, overrides, read)
}

/// All outcomes of states that are not ended.
fn entries(
    name: &str,
    p: &Transitions,
    rewards: &Rewards,
    ended: Option<&[bool]>,
) -> Result<Vec<Entry>, ModelError> {
    let mut entries = Vec::new();
    for state in (0..p.states).filter(|s| ended.is_none_or(|ended| !ended[*s])) {
        for action in 0..p.actions {
            if p.is_empty(state, action) {
                entries.push(empty_row(state as u32, action as u32, (0, 0)));
            }
            for (next, probability) in p.row(state, action) {
                let probability = number(name, probability)?;
                if probability.is_negative() {
                    let problem = format!(
                        "has a negative entry for state {state}, action {action}, next state {next}"
                    );
                    return Err(wrong(name, problem, "probabilities are not negative"));
                }
                let pair = (state as u32, action as u32);
                let reward = number(rewards.name, rewards.of(p, state, action, next))?;
                entries.push(Entry::unplaced(pair, next, probability, reward));
            }
        }
    }
    Ok(entries)
}

/// p, by state and action.
struct Transitions {
    pub states: usize,
    pub actions: usize,
    axes: Axes,
    rows: Rows,
}

impl Transitions {
    fn read(
        arrays: &mut Arrays<'_>,
        name: &str,
        axes: Option<Axes>,
    ) -> Result<Transitions, ModelError> {
        if !arrays.archive.has(name) {
            let (actions, rows) = arrays.stack(name)?;
            return Ok(Transitions {
                states: rows.columns,
                actions,
                axes: Axes::Ass,
                rows,
            });
        }
        let written = arrays.axes()?;
        let (shape, rows) = arrays.rows(name)?;
        let [first, second, states] = shape[..] else {
            return Err(wrong(name, format!("has the shape {shape:?}"), SHAPES));
        };
        let fits = |axes: &Axes| match axes {
            Axes::Ass => second == states,
            Axes::Sas => first == states,
        };
        let axes = match (axes.or(written), fits(&Axes::Ass), fits(&Axes::Sas)) {
            (Some(axes), ..) if fits(&axes) => axes,
            (None, true, false) => Axes::Ass,
            (None, false, true) => Axes::Sas,
            (None, true, true) if states == 1 => Axes::Ass,
            (None, true, true) => {
                let problem = format!(
                    "has the shape {shape:?}: as many states as actions, so it may be [A, S, S] or [S, A, S]"
                );
                return Err(wrong(name, problem, ask()));
            }
            _ => {
                let problem = format!("has the shape {shape:?}");
                let is_turned = rows.axis_of_ones(&shape).is_some();
                let help = if is_turned { LAST } else { SHAPES };
                return Err(wrong(name, problem, help));
            }
        };
        if let Some(axis) = rows.sums_along(&shape) {
            let problem = format!("sums to 1 along its axis {axis}, not along the last one");
            return Err(wrong(name, problem, LAST));
        }
        Ok(Transitions {
            states,
            actions: match axes {
                Axes::Ass => first,
                Axes::Sas => second,
            },
            axes,
            rows,
        })
    }

    /// Where the row of a pair stands.
    fn place(&self, state: usize, action: usize) -> usize {
        match self.axes {
            Axes::Ass => action * self.states + state,
            Axes::Sas => state * self.actions + action,
        }
    }

    pub(super) fn row(
        &self,
        state: usize,
        action: usize,
    ) -> impl Iterator<Item = (u32, f64)> + Clone + '_ {
        self.rows.row(self.place(state, action))
    }

    /// How many there are.
    pub(super) fn entries(&self) -> usize {
        self.rows.entries()
    }

    fn is_empty(&self, state: usize, action: usize) -> bool {
        self.rows.is_empty(self.place(state, action))
    }
}

struct Rewards {
    name: &'static str,
    by: By,
}

enum By {
    /// r(s).
    State(Vec<f64>),
    /// r(s, a), [S, A].
    Pair(Vec<f64>),
    /// r(s, a, s'), with the axes of p.
    Outcome(Rows),
}

impl Rewards {
    fn read(arrays: &mut Arrays<'_>, p: &Transitions) -> Result<Rewards, ModelError> {
        let (states, actions) = (p.states, p.actions);
        let Some(name) = arrays.one_of(&R)? else {
            let (count, rows) = arrays.stack("R")?;
            if (count, rows.len()) != (actions, actions * states) || p.axes != Axes::Ass {
                let problem =
                    format!("has {count} matrices for {actions} actions and {states} states");
                return Err(wrong("R", problem, SHAPES));
            }
            let by = By::Outcome(rows);
            return Ok(Rewards { name: "R", by });
        };
        let (shape, numbers) = arrays.numbers(name)?;
        let as_p = match p.axes {
            Axes::Ass => [actions, states, states],
            Axes::Sas => [states, actions, states],
        };
        let by = match shape[..] {
            [s] if s == states => By::State(numbers),
            [s, a] if (s, a) == (states, actions) => By::Pair(numbers),
            [..] if shape == as_p => By::Outcome(Rows::dense(states, numbers)),
            _ => {
                let problem =
                    format!("has the shape {shape:?} for {actions} actions and {states} states");
                let help = if shape == [actions, states] {
                    "r(s, a) has the shape [S, A]: write its transpose, R.T"
                } else {
                    SHAPES
                };
                return Err(wrong(name, problem, help));
            }
        };
        Ok(Rewards { name, by })
    }

    /// Whether a state is paid for itself; rewards of single outcomes say nothing where there are none.
    fn pays(&self, p: &Transitions, state: usize) -> bool {
        let mut actions = 0..p.actions;
        match &self.by {
            By::State(r) => r[state] != 0.0,
            By::Pair(r) => actions.any(|action| r[state * p.actions + action] != 0.0),
            By::Outcome(_) => false,
        }
    }

    pub(super) fn of(&self, p: &Transitions, state: usize, action: usize, next: u32) -> f64 {
        match &self.by {
            By::State(r) => r[state],
            By::Pair(r) => r[state * p.actions + action],
            By::Outcome(r) => r.entry(p.place(state, action), next),
        }
    }
}
