//! Estimators from their names, with the critics and baselines that are given.

use exact_mdp::estimator::{Baseline, Critic, Estimator, parse_list_beside};
use exact_mdp::mdp::Space;
use exact_mdp::number::Number;
use exact_mdp::study::{CriticName, StateFunction};
use pyo3::prelude::*;

use crate::error::{analysis, argument};
use crate::given;
use crate::solved::Solved;

/// Estimators from a name or a list of names, among them the one with b(s), if that is given.
pub fn parsed(
    names: &Bound<'_, PyAny>,
    discounted: bool,
    b: Option<&[Number]>,
) -> PyResult<Vec<Estimator>> {
    let names = joined(names)?;
    let mut all = parse_list_beside(&names, discounted, b).map_err(analysis)?;
    if let Some(b) = b.filter(|_| !names.contains(Estimator::OWN_BASELINE)) {
        all.push(Estimator::baselined(Baseline::File(b.to_vec())));
    }
    Ok(all)
}

/// What stands for v in critics, if it is not v.
pub fn critic_of(
    solved: &Bound<'_, Solved>,
    critic: Option<&Bound<'_, PyAny>>,
) -> PyResult<Option<Critic>> {
    let critic = given::critic(critic, solved.get().solved.mdp().space())?;
    Ok(match critic {
        CriticName::Given(u) => Some(Critic::File(u)),
        CriticName::Noise { seed, scale } => Some(Critic::Noise { seed, scale }),
        CriticName::Exact | CriticName::File(_) => None,
    })
}

/// The same estimators with another critic.
pub fn with_critic(
    solved: &Bound<'_, Solved>,
    estimators: Vec<Estimator>,
    critic: Option<&Bound<'_, PyAny>>,
) -> PyResult<Vec<Estimator>> {
    let Some(critic) = critic_of(solved, critic)? else {
        return Ok(estimators);
    };
    Estimator::with_one_critic(estimators, &critic).map_err(analysis)
}

/// b(s) as it is given.
pub fn own_baseline(
    baseline: Option<&Bound<'_, PyAny>>,
    space: &Space,
) -> PyResult<Option<Vec<Number>>> {
    Ok(match given::baseline(baseline, space)? {
        Some(StateFunction::Given(b)) => Some(b),
        _ => None,
    })
}

/// Names of estimators, separated by commas.
pub fn joined(names: &Bound<'_, PyAny>) -> PyResult<String> {
    let text = match names.extract::<Vec<String>>() {
        Ok(list) if !names.is_instance_of::<pyo3::types::PyString>() => list.join(","),
        _ => names.extract::<String>().map_err(|_| {
            argument("estimators are a name such as \"gae:0.95\", or a list of names")
        })?,
    };
    if text.trim().is_empty() {
        return Err(argument(
            "estimators are none; expected a name such as \"gae:0.95\", or a list of names",
        ));
    }
    Ok(text)
}
