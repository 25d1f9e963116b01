//! What is asked of the rewards of a model.

use exact_mdp::study::{self, Numbers};
use pyo3::prelude::*;

use super::{ask, model_of, setting};
use crate::error::{self, argument};
use crate::model::Model;
use crate::solved::Solved;

/// `exact-mdp rewards`.
pub fn rewards(
    solved: &Bound<'_, Solved>,
    numbers: Numbers,
    combination: Option<String>,
) -> PyResult<Py<PyAny>> {
    let request = study::RewardsRequest {
        setting: setting(solved, numbers)?,
        combination,
    };
    let model = model_of(solved);
    ask(&model, "rewards", numbers, None, move |model, notes| {
        study::rewards(model, &request, notes)
    })
}

/// `exact-mdp cone`.
pub fn cone(
    solved: &Bound<'_, Solved>,
    numbers: Numbers,
    inequalities: Option<bool>,
) -> PyResult<Py<PyAny>> {
    let request = study::ConeRequest {
        setting: setting(solved, numbers)?,
        inequalities,
    };
    let model = model_of(solved);
    ask(&model, "cone", numbers, None, move |model, notes| {
        study::cone(model, &request, notes)
    })
}

/// `exact-mdp shaping`.
pub fn shaping(
    solved: &Bound<'_, Solved>,
    other: &Bound<'_, Model>,
    numbers: Numbers,
) -> PyResult<Py<PyAny>> {
    let request = study::ShapingRequest {
        setting: setting(solved, numbers)?,
    };
    let other = other.clone().unbind();
    let model = model_of(solved);
    ask(&model, "shaping", numbers, None, move |model, notes| {
        study::shaping(model, &other.get().model, &request, notes)
    })
}

/// `exact-mdp constrained`.
pub fn constrained(
    model: &Bound<'_, Model>,
    numbers: Numbers,
    of: Option<String>,
    bounds: &[String],
) -> PyResult<Py<PyAny>> {
    let bounds = bounds.iter().map(|bound| bound.parse());
    let request = study::ConstrainedRequest {
        numbers: not_certified(numbers)?,
        of,
        bounds: bounds.collect::<Result<_, _>>().map_err(error::study)?,
        ..study::ConstrainedRequest::default()
    };
    ask(model, "constrained", numbers, None, move |model, notes| {
        study::constrained(model, &request, notes)
    })
}

/// `exact-mdp pareto`.
pub fn pareto(model: &Bound<'_, Model>, numbers: Numbers, of: Vec<String>) -> PyResult<Py<PyAny>> {
    let request = study::ParetoRequest {
        numbers: not_certified(numbers)?,
        of,
        ..study::ParetoRequest::default()
    };
    ask(model, "pareto", numbers, None, move |model, notes| {
        study::pareto(model, &request, notes)
    })
}

/// Numbers that a linear program has.
fn not_certified(numbers: Numbers) -> PyResult<Numbers> {
    match numbers {
        Numbers::Certified => Err(argument(
            "arithmetic is \"certified\"; expected \"float\" or \"exact\"",
        )),
        numbers => Ok(numbers),
    }
}
