//! Numbers by the labels of parameters.

use super::GivenError;
use crate::mdp::Space;
use crate::policy::{Kind, Policy};

/// One number for each parameter, by the labels of parameters or by state and action.
pub(super) fn by_name(
    entries: &[(Vec<String>, f64)],
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
    for (name, x) in entries {
        let label = match name.as_slice() {
            [label] => label.clone(),
            parts => format!("theta[{}]", parts.join(",")),
        };
        match places.get(&label) {
            Some(&k) => {
                values[k] = *x;
                seen[k] = true;
            }
            // 0 for what a terminal state or an action outside A(s) cannot have
            None if *x == 0.0 && is_absent_pair(space, name) => {}
            None => return Err(unknown(label, labels)),
        }
    }
    match seen.iter().position(|seen| !seen) {
        Some(k) => Err(GivenError::Absent {
            label: labels[k].clone(),
        }),
        None => complete(values, |k| labels[k].clone()),
    }
}

/// The error of a label that there is not.
pub(super) fn unknown(found: String, labels: &[String]) -> GivenError {
    GivenError::UnknownLabel {
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
