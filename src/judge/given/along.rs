//! The numbers of a formula, row by row, of the model or of its horizon unrolled in time.

use std::collections::HashMap;

use super::error::NUMBERS;
use super::labels::{Entry, by_name, by_pair, complete, is_absent_pair, numbered, unknown};
use super::{Given, GivenError};
use crate::judge::formula::FormulaAxis;
use crate::mdp::Space;
use crate::policy::Policy;

impl Given {
    /// The numbers of a formula, row by row: by the names or the numbers of what it is counted by.
    ///
    /// Of what is counted by states, terminal ones may be left out (they are 0 then); what is counted
    /// by pairs may be a rectangle [S, A] or [A, S]. Under a rule for each time, where the policy is one
    /// of the model unrolled in time, either all times are there, time by time (of values also without
    /// those of T, which are 0), or what `evaluate` says of the model itself: S rows or SA numbers.
    /// Errors with the place of what is missing, superfluous or not finite.
    pub fn along(
        &self,
        axes: (FormulaAxis, Option<FormulaAxis>),
        policy: &Policy,
    ) -> Result<Vec<f64>, GivenError> {
        let space = policy.space();
        let whole = Extent::whole(space);
        let once = Extent::once(space).filter(|_| axes.0 != FormulaAxis::Parameter);
        match (self, axes) {
            (Given::Named(entries), (FormulaAxis::Parameter, None)) => {
                by_name(entries, policy, &policy.labels())
            }
            (Given::Named(entries), (axis, None)) => {
                let labels = once.map(|_| axis.labels_at_once(policy));
                let at_once = labels.and_then(|labels| {
                    let entries = meant(entries, &[&labels], space);
                    let mut names = entries.iter().map(|(name, _)| label(name));
                    names
                        .any(|name| labels.contains(&name))
                        .then_some((entries, labels))
                });
                let (entries, labels) = at_once.unwrap_or_else(|| {
                    let labels = axis.labels(policy);
                    (meant(entries, &[&labels], space), labels)
                });
                named(&entries, axis, space, &labels)
            }
            (Given::Named(entries), (rows, Some(columns))) => {
                let labels = (rows.labels(policy), columns.labels(policy));
                let entries = meant(entries, &[&labels.0, &labels.1], space);
                matrix(&entries, (rows, columns), space, (&labels.0, &labels.1))
            }
            (Given::Array { shape, values, .. }, (axis, columns)) => {
                let gathered = by_parameter(shape, values, axes, policy)?;
                let (shape, values) = match &gathered {
                    Some((shape, values)) => (shape, values),
                    None => (shape, values),
                };
                let width = columns.map_or(1, |axis| axis.labels(policy).len());
                let once = once.filter(|once| once.is_meant(axis, shape, space, width));
                let (extent, labels) = match once {
                    Some(once) => (once, axis.labels_at_once(policy)),
                    None => (whole, axis.labels(policy)),
                };
                let picked = match (axis, columns) {
                    (FormulaAxis::Pair, None) => pairs(shape, values, space, extent),
                    (FormulaAxis::State, _) => states(shape, values, space, extent, width),
                    _ => sized(shape, values, labels.len() * width, axes),
                };
                let picked = picked.map_err(|error| in_time(error, axis, width, space))?;
                complete(picked, |k| labels[k / width.max(1)].clone())
            }
        }
    }
}

/// The states that numbers are of, those numbered below a number, and what they have.
#[derive(Clone, Copy)]
struct Extent {
    states: usize,
    alive: usize,
    pairs: usize,
    /// How many times there are, T + 1; 1 where no horizon is unrolled, and of one time.
    times: usize,
}

impl Extent {
    fn whole(space: &Space) -> Extent {
        let states = space.states();
        Extent {
            states,
            alive: space.alive_before(states),
            pairs: space.pairs(),
            times: states / space.states_at_once().max(1),
        }
    }

    /// Those of one time, where a horizon is unrolled.
    fn once(space: &Space) -> Option<Extent> {
        let states = space.states_at_once();
        let once = Extent {
            states,
            alive: space.alive_before(states),
            pairs: space.pairs_at_once(),
            times: 1,
        };
        (states < space.states()).then_some(once)
    }

    /// Whether an array is of one time: it has as many numbers, and they are not rows by time.
    fn is_meant(&self, axis: FormulaAxis, shape: &[usize], space: &Space, width: usize) -> bool {
        let (sizes, count) = (sizes(shape), shape.iter().product::<usize>());
        match axis {
            // [T, alive states] may have as many numbers as [S]
            FormulaAxis::State => {
                let times = space.states() / self.states.max(1) - 1;
                let is_by_time = times > 1 && self.alive > 1 && sizes == [times, self.alive];
                (count == self.states * width && !is_by_time) || count == self.alive * width
            }
            FormulaAxis::Pair => {
                let rectangle = is_rectangle(&sizes, self.states, space.actions(), self.pairs);
                count != space.pairs() && (count == self.pairs || rectangle)
            }
            FormulaAxis::Parameter => false,
        }
    }
}

/// The sizes of an array that are not 1.
fn sizes(shape: &[usize]) -> Vec<usize> {
    shape.iter().copied().filter(|&size| size != 1).collect()
}

/// Whether these are the sizes of states by actions, or of a list of as many numbers that is none of
/// pairs.
fn is_rectangle(sizes: &[usize], states: usize, actions: usize, pairs: usize) -> bool {
    let (n, a) = (states, actions);
    let is_list = sizes.len() <= 1 && sizes.iter().product::<usize>() == n * a;
    sizes == [n, a] || sizes == [a, n] || (is_list && n * a != pairs)
}

/// What is said of a wrong size where there are times.
fn in_time(error: GivenError, axis: FormulaAxis, width: usize, space: &Space) -> GivenError {
    match (error, Extent::once(space)) {
        (GivenError::Size { found, .. }, Some(once)) if width == 1 => {
            let times = space.states() / once.states.max(1);
            let (times, once) = match axis {
                FormulaAxis::Pair => (times - 1, once.pairs),
                _ => (times, once.states),
            };
            GivenError::SizeInTime { found, times, once }
        }
        (error, _) => error,
    }
}

/// The label that a name stands for.
fn label(name: &[String]) -> String {
    match name {
        [label] => label.clone(),
        parts => format!("({})", parts.join(", ")),
    }
}

/// Numbers by state, or by state and action; terminal states may be left out.
fn named(
    entries: &[Entry],
    axis: FormulaAxis,
    space: &Space,
    labels: &[String],
) -> Result<Vec<f64>, GivenError> {
    let mut values: Vec<f64> = (0..labels.len())
        .map(|k| match axis {
            FormulaAxis::State if space.is_terminal(k) => 0.0,
            _ => f64::NAN,
        })
        .collect();
    let places = places(labels);
    let mut seen = vec![false; labels.len()];
    for (name, x) in entries {
        let label = label(name);
        match places.get(&label) {
            Some(&k) if std::mem::replace(&mut seen[k], true) => {
                return Err(GivenError::Twice { label });
            }
            Some(&k) => values[k] = *x,
            None if *x == 0.0 && is_absent_pair(space, name) => {}
            None => return Err(unknown(axis.called(), label, labels)),
        }
    }
    complete(values, |k| labels[k].clone())
}

/// Entries by names, where numbers from 0 may stand in their place.
fn meant(entries: &[Entry], axes: &[&[String]], space: &Space) -> Vec<Entry> {
    numbered(entries, axes, space).unwrap_or_else(|| entries.to_vec())
}

fn places(labels: &[String]) -> HashMap<&String, usize> {
    labels.iter().zip(0..).collect()
}

/// The numbers of a matrix, each by the names of its row and its column; terminal states may be left out.
fn matrix(
    entries: &[Entry],
    (rows, columns): (FormulaAxis, FormulaAxis),
    space: &Space,
    (row_labels, column_labels): (&[String], &[String]),
) -> Result<Vec<f64>, GivenError> {
    let (down, across, width) = (
        places(row_labels),
        places(column_labels),
        column_labels.len(),
    );
    let absent = |row: usize| match rows {
        FormulaAxis::State if space.is_terminal(row) => 0.0,
        _ => f64::NAN,
    };
    let mut values: Vec<f64> = (0..row_labels.len() * width)
        .map(|at| absent(at / width))
        .collect();
    let mut seen = vec![false; values.len()];
    for (name, x) in entries {
        let [row, column] = name.as_slice() else {
            return Err(GivenError::Form {
                expected: "two names for each number, of its row and its column",
                found: format!("`{}`", label(name)),
                place: String::new(),
                help: NUMBERS,
            });
        };
        let found = |places: &HashMap<&String, usize>, axis: FormulaAxis, name: &String, labels| {
            let place = places.get(name).copied();
            place.ok_or_else(|| unknown(axis.called(), name.clone(), labels))
        };
        let row = found(&down, rows, row, row_labels)?;
        let at = row * width + found(&across, columns, column, column_labels)?;
        if std::mem::replace(&mut seen[at], true) {
            let label = label(name);
            return Err(GivenError::Twice { label });
        }
        values[at] = *x;
    }
    let name = |at: usize| {
        format!(
            "({}, {})",
            row_labels[at / width],
            column_labels[at % width]
        )
    };
    complete(values, name)
}

fn sized(
    shape: &[usize],
    values: &[f64],
    count: usize,
    of: (FormulaAxis, Option<FormulaAxis>),
) -> Result<Vec<f64>, GivenError> {
    if values.len() == count {
        Ok(values.to_vec())
    } else {
        Err(GivenError::Size {
            found: shape.to_vec(),
            expected: count,
            of,
        })
    }
}

/// One number for each pair, or a rectangle of states and actions, or one for each time before T.
fn pairs(
    shape: &[usize],
    values: &[f64],
    space: &Space,
    extent: Extent,
) -> Result<Vec<f64>, GivenError> {
    let (n, a) = (extent.states, space.actions());
    let sizes = sizes(shape);
    if is_rectangle(&sizes, n, a, extent.pairs) {
        let across = sizes == [a, n] && n != a;
        return rectangle(values, space, n, |s, action| {
            if across {
                action * n + s
            } else {
                s * a + action
            }
        });
    }
    let before = n - n / extent.times;
    if extent.times > 1 && values.len() == before * a && before * a != extent.pairs {
        // states of the last time have no pair, and no number is asked for
        return rectangle(values, space, before, |s, action| s * a + action);
    }
    sized(shape, values, extent.pairs, (FormulaAxis::Pair, None))
}

/// The sizes of an array and its entries, row by row.
type Shaped = (Vec<usize>, Vec<f64>);

/// The array with each axis of parameters that is a rectangle [S, A] as a list of those that there are, where
/// each pair has its own; `None` where no axis is.
fn by_parameter(
    shape: &[usize],
    values: &[f64],
    (rows, columns): (FormulaAxis, Option<FormulaAxis>),
    policy: &Policy,
) -> Result<Option<Shaped>, GivenError> {
    let space = policy.space();
    let (n, a, d) = (space.states(), space.actions(), policy.parameters());
    let sides = [n, a];
    let within = match columns {
        Some(FormulaAxis::Parameter) => shape.strip_suffix(&sides),
        _ => None,
    };
    let rest = within.unwrap_or(shape);
    let behind = match rows {
        FormulaAxis::Parameter => rest.strip_prefix(&sides),
        _ => None,
    };
    // [d, d] and [S, d] may look like [S, A]
    let is_plain = match columns {
        Some(_) => shape.len() == 2 && shape[1] == d,
        None => values.len() == d,
    };
    if !by_pair(policy) || d == n * a || is_plain || (within.is_none() && behind.is_none()) {
        return Ok(None);
    }
    let listed = |list: &[f64]| rectangle(list, space, n, |s, action| s * a + action);
    let (mut shape, mut values) = (shape.to_vec(), values.to_vec());
    if let Some(before) = within {
        let lists = values.chunks(n * a).map(&listed);
        values = lists.collect::<Result<Vec<_>, _>>()?.concat();
        shape = [before, &[d]].concat();
    }
    if let Some(behind) = behind {
        let width = values.len() / (n * a);
        let column = |k: usize| values.iter().skip(k).step_by(width).copied();
        let lists = (0..width).map(|k| listed(&column(k).collect::<Vec<f64>>()));
        let lists = lists.collect::<Result<Vec<_>, _>>()?;
        let row = |k: usize| lists.iter().map(move |list| list[k]);
        values = (0..d).flat_map(row).collect();
        let own = if within.is_some() { &[d][..] } else { behind };
        shape = [&[d], own].concat();
    }
    Ok(Some((shape, values)))
}

/// The entries of a rectangle that are of pairs, of the states below a number.
pub(super) fn rectangle(
    values: &[f64],
    space: &Space,
    states: usize,
    at: impl Fn(usize, usize) -> usize,
) -> Result<Vec<f64>, GivenError> {
    let mut picked = Vec::with_capacity(space.pairs());
    for state in 0..states {
        for action in 0..space.actions() {
            let x = values[at(state, action)];
            match space.pair(state, action) {
                Some(_) => picked.push(x),
                None if x == 0.0 || x.is_nan() => {}
                None => {
                    return Err(GivenError::NoSuchPair {
                        state: space.state_names().get(state).into_owned(),
                        action: space.action_names().get(action).into_owned(),
                        found: x,
                    });
                }
            }
        }
    }
    Ok(picked)
}

/// Rows for each state, or for those that are not terminal, or for all times but the last.
fn states(
    shape: &[usize],
    values: &[f64],
    space: &Space,
    extent: Extent,
    width: usize,
) -> Result<Vec<f64>, GivenError> {
    let n = extent.states;
    let before = n - n / extent.times;
    if extent.times > 1 && values.len() == before * width {
        let mut whole = values.to_vec();
        whole.resize(n * width, 0.0);
        return Ok(whole);
    }
    if values.len() != extent.alive * width || extent.alive == n {
        let columns = (width > 1).then_some(FormulaAxis::Parameter);
        return sized(shape, values, n * width, (FormulaAxis::State, columns));
    }
    let mut rows = values.chunks(width.max(1));
    let whole = (0..n).flat_map(|s| {
        if space.is_terminal(s) {
            vec![0.0; width]
        } else {
            rows.next().map_or(Vec::new(), <[f64]>::to_vec)
        }
    });
    Ok(whole.collect())
}
