//! The names of columns of trajectories, as libraries write them.

use crate::judge::given::nearest;

/// The names under which a column may come, the one that we write first.
const NAMES: &[&[&str]] = &[
    &["states", "state", "observations", "observation", "obs"],
    &[
        "next_states",
        "next_state",
        "next_observations",
        "next_observation",
        "next_obs",
    ],
    &["actions", "action"],
    &["rewards", "reward"],
    &["terminated", "terminations", "terminals", "terminal"],
    &["truncated", "truncations", "timeouts"],
    &["done", "dones"],
    &[
        "log_probabilities",
        "log_probability",
        "log_probs",
        "log_prob",
        "logp",
    ],
    &["psi", "advantages"],
    &["contributions"],
    &["estimate", "gradient"],
    &["episode", "episodes", "trajectory"],
    &["lengths"],
];

/// The name that we write for a column of this name.
pub(super) fn canonical(name: &str) -> Option<&'static str> {
    let names = NAMES.iter().find(|names| names.contains(&name));
    names.map(|names| names[0])
}

/// How far a name is from the one that we write.
pub(super) fn rank(name: &str) -> usize {
    let mut at = NAMES
        .iter()
        .filter_map(|names| names.iter().position(|x| *x == name));
    at.next().unwrap_or(0)
}

/// Under which name a column is kept: that which we write, or one of the numbers of an estimator.
pub(super) fn key(name: &str) -> Option<String> {
    match name.strip_prefix("estimates/") {
        Some(_) => Some(name.to_string()),
        None => canonical(name).map(str::to_string),
    }
}

/// A column that is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotRead {
    /// Its name.
    pub name: String,
    /// Why, where there is more to say than that the name is not known.
    pub why: Option<String>,
}

impl NotRead {
    /// A column of the same meaning as one that is there.
    pub(super) fn beside(name: &str, read: &str) -> NotRead {
        NotRead {
            name: name.to_string(),
            why: Some(format!("`{read}` is read")),
        }
    }

    /// A column whose name is not known.
    pub(super) fn unknown(name: &str) -> NotRead {
        let known: Vec<String> = NAMES.concat().iter().map(ToString::to_string).collect();
        NotRead {
            name: name.to_string(),
            why: nearest(name, &known).map(|near| format!("is it `{near}`?")),
        }
    }
}
