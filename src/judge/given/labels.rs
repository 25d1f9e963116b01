//! Numbers by the labels of parameters.

use super::GivenError;
use crate::mdp::Space;
use crate::policy::{Kind, Policy};

/// One number for each parameter, by the labels of parameters or by state and action.
pub(super) fn by_name(
    entries: &[Entry],
    policy: &Policy,
    labels: &[String],
) -> Result<Vec<f64>, GivenError> {
    let mut places = std::collections::HashMap::new();
    for (k, label) in labels.iter().enumerate() {
        places.insert(label.clone(), k);
    }
    let space = policy.space();
    let mut values = vec![f64::NAN; labels.len()];
    let mut seen = vec![false; labels.len()];
    let entries = &numbered(entries, &[labels], space).unwrap_or_else(|| entries.to_vec());
    for (name, x) in entries {
        let label = match name.as_slice() {
            [label] => label.clone(),
            parts => format!("theta[{}]", parts.join(",")),
        };
        match places.get(&label) {
            Some(&k) if seen[k] => {
                return Err(GivenError::Twice {
                    label: labels[k].clone(),
                });
            }
            Some(&k) => {
                values[k] = *x;
                seen[k] = true;
            }
            // 0 for what a terminal state or an action outside A(s) cannot have
            None if *x == 0.0 && is_absent_pair(space, name) => {}
            None => return Err(unknown("parameter", label, labels)),
        }
    }
    match seen.iter().position(|seen| !seen) {
        Some(k) => Err(GivenError::Absent {
            label: labels[k].clone(),
        }),
        None => complete(values, |k| labels[k].clone()),
    }
}

/// Entries of which numbers from 0 stand in the place of names, with the names; `None` where they are names.
///
/// As in trajectories, the numbers of a column are names if every one of them is a name. Names in two parts are of a
/// state and an action, those in one of an axis with these labels.
pub(super) fn numbered(entries: &[Entry], axes: &[&[String]], space: &Space) -> Option<Vec<Entry>> {
    let all = |names: &crate::mdp::Names| names.iter().map(|x| x.to_string()).collect::<Vec<_>>();
    let of_pairs = [all(space.state_names()), all(space.action_names())];
    let parts = entries.first().map(|(name, _)| name.len())?;
    let axes: Vec<&[String]> = match axes {
        [_] if parts == 2 => of_pairs.iter().map(Vec::as_slice).collect(),
        axes => axes.to_vec(),
    };
    let is_whole = entries.iter().all(|(name, _)| name.len() == axes.len());
    let mut renamed = entries.to_vec();
    let mut is_changed = false;
    for (part, names) in axes.iter().enumerate().filter(|_| is_whole) {
        let known: std::collections::HashSet<&String> = names.iter().collect();
        if entries.iter().all(|(name, _)| known.contains(&name[part])) {
            continue;
        }
        let once = space.states_at_once();
        let place = |cell: &String| match cell.split_once('@') {
            Some((state, time)) => {
                let (state, time) = (state.parse().ok()?, time.parse::<usize>().ok()?);
                time.checked_mul(once)?
                    .checked_add(state)
                    .filter(|_| state < once)
            }
            None => cell.parse::<usize>().ok(),
        };
        let named = |(name, _): &Entry| names.get(place(&name[part])?).cloned();
        if let Some(found) = entries.iter().map(named).collect::<Option<Vec<_>>>() {
            let each = renamed.iter_mut().zip(found);
            each.for_each(|((name, _), found)| name[part] = found);
            is_changed = true;
        }
    }
    is_changed.then_some(renamed)
}

/// A number and the parts of its name.
pub(super) type Entry = (Vec<String>, f64);

/// The error of a label that there is not.
pub(super) fn unknown(what: &'static str, found: String, labels: &[String]) -> GivenError {
    GivenError::UnknownLabel {
        what,
        nearest: nearest(&found, labels),
        found,
    }
}

/// Whether each pair of state and action has a parameter of its own.
pub(super) fn by_pair(policy: &Policy) -> bool {
    let kind = policy.parametrization().kind();
    kind.is_tabular() && kind != Kind::Direct
}

/// Whether a name is that of a state and an action which are not together.
pub(super) fn is_absent_pair(space: &Space, name: &[String]) -> bool {
    let [state, action] = name else {
        return false;
    };
    let known = |names: &crate::mdp::Names, name: &str| names.iter().any(|x| x == name);
    known(space.state_names(), state) && known(space.action_names(), action)
}

/// Every number finite, or an error that names the first which is not.
pub(super) fn complete(
    values: Vec<f64>,
    label: impl Fn(usize) -> String,
) -> Result<Vec<f64>, GivenError> {
    match values.iter().position(|x| !x.is_finite()) {
        None => Ok(values),
        Some(k) => Err(GivenError::NotFinite {
            label: label(k),
            found: values[k],
        }),
    }
}

/// The label that is nearest to a word, if one is near.
pub(in crate::judge) fn nearest(found: &str, labels: &[String]) -> Option<String> {
    let distance = |label: &&String| strsim::damerau_levenshtein(found, label);
    let closest = labels.iter().take(10_000).min_by_key(distance)?;
    (strsim::damerau_levenshtein(found, closest) <= found.len() / 3).then(|| closest.clone())
}
