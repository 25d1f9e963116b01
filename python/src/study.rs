//! What the program's commands answer beyond values and gradients, by the names of their JSON.

use std::sync::Arc;

use exact_mdp::critics::Weighting;
use exact_mdp::mend::Front;
use exact_mdp::report::{Report, json};
use exact_mdp::study::{self, FeatureRows, Notes, Numbers, PolicyName, Setting, StudyError};
use pyo3::prelude::*;

use crate::error::{self, argument};
use crate::interrupt::run;
use crate::number::{number, numbers};
use crate::policy::Policy;
use crate::solved::Solved;
use crate::wording::in_python;

/// Studies are as slow as they like.
const SLOW: usize = usize::MAX;

/// The policy of a solved one, over these numbers.
fn setting(solved: &Bound<'_, Solved>, numbers: Numbers) -> Setting {
    let policy = solved.get().policy.get().name();
    Setting {
        numbers,
        policy,
        ..Setting::default()
    }
}

/// Asks a study of a solved policy, off the GIL; its answer as a `Report`.
fn ask<R: Report + Send + 'static>(
    solved: &Bound<'_, Solved>,
    command: &str,
    numbers: Numbers,
    study: impl FnOnce(&exact_mdp::model::Model, &Notes) -> Result<R, StudyError> + Send + 'static,
) -> PyResult<Py<PyAny>> {
    let py = solved.py();
    let model = solved.get().model.clone_ref(py);
    let answer = run(py, SLOW, move || {
        let notes = Notes::default();
        let report = study(&model.get().model, &notes)?;
        let mut text = Vec::new();
        let written = json::write(&report.entries(), &mut text);
        Ok::<_, StudyError>((written.map(|()| text), notes.taken()))
    })?;
    let (text, notes) = answer.map_err(error::study)?;
    let text = String::from_utf8_lossy(&text?).into_owned();
    let notes = notes
        .iter()
        .map(|note| in_python(&note.worded(Front::Arguments)));
    let made = py.import("exact_mdp._report")?.getattr("Report")?;
    let read = made.getattr("_read")?;
    let is_exact = numbers == Numbers::Exact;
    Ok(read
        .call1((command, text, is_exact, notes.collect::<Vec<_>>()))?
        .unbind())
}

/// `exact-mdp evaluate`.
pub fn evaluate(
    solved: &Bound<'_, Solved>,
    numbers: Numbers,
    returns: bool,
) -> PyResult<Py<PyAny>> {
    let setting = setting(solved, numbers);
    let request = study::Evaluate { setting, returns };
    ask(solved, "evaluate", numbers, move |model, notes| {
        study::evaluate(model, &request, notes)
    })
}

/// `exact-mdp chain`.
pub fn chain(
    solved: &Bound<'_, Solved>,
    numbers: Numbers,
    to: Vec<String>,
    matrices: Option<bool>,
) -> PyResult<Py<PyAny>> {
    let request = study::Chain {
        setting: setting(solved, numbers),
        to,
        matrices,
    };
    ask(solved, "chain", numbers, move |model, notes| {
        study::chain(model, &request, notes)
    })
}

/// `exact-mdp between`.
pub fn between(
    solved: &Bound<'_, Solved>,
    to: &Bound<'_, Policy>,
    numbers: Numbers,
    clip: Option<&Bound<'_, PyAny>>,
    points: usize,
) -> PyResult<Py<PyAny>> {
    let mut request = study::Between {
        setting: setting(solved, numbers),
        to: to.get().name(),
        points,
        ..study::Between::default()
    };
    if let Some(clip) = clip {
        request.clip = number(clip)?;
    }
    ask(solved, "between", numbers, move |model, notes| {
        study::between(model, &request, notes)
    })
}

/// `exact-mdp critics`.
pub fn critics(
    solved: &Bound<'_, Solved>,
    features: &Bound<'_, PyAny>,
    numbers_of: Numbers,
    lambdas: Option<&Bound<'_, PyAny>>,
    behavior: Option<&Bound<'_, Policy>>,
    weights: &str,
) -> PyResult<Py<PyAny>> {
    let model = solved.get().model.bind(solved.py());
    let rows = features.py().import("exact_mdp._arrays")?;
    let rows = rows.call_method1("state_rows", (features, model))?;
    let rows = rows.try_iter()?.map(|row| numbers(&row?));
    let lambdas = match lambdas {
        None => vec![exact_mdp::number::Number::ZERO],
        Some(one) if !one.hasattr("__len__")? || one.is_instance_of::<pyo3::types::PyString>() => {
            vec![number(one)?]
        }
        Some(several) => numbers(several)?,
    };
    let request = study::CriticsRequest {
        setting: setting(solved, numbers_of),
        features: FeatureRows::Given(rows.collect::<PyResult<Vec<_>>>()?),
        lambdas,
        behavior: behavior.map(|policy| policy.get().name()),
        weighting: weighting(weights)?,
    };
    ask(solved, "critics", numbers_of, move |model, notes| {
        study::critics(model, &request, notes)
    })
}

/// How much each state counts, by its name.
fn weighting(name: &str) -> PyResult<Weighting> {
    match name {
        "on-policy" => Ok(Weighting::OnPolicy),
        "occupancy" => Ok(Weighting::Occupancy),
        "uniform" => Ok(Weighting::Uniform),
        _ => Err(argument(format!(
            "weights is {name:?}; expected \"on-policy\", \"occupancy\" or \"uniform\""
        ))),
    }
}

/// The optimal rules of all times of a horizon: the model unrolled in time, and the policy of it.
pub fn optimal_in_time(
    model: &Bound<'_, crate::model::Model>,
) -> PyResult<
    Option<(
        exact_mdp::model::Model,
        Arc<exact_mdp::policy::Specification>,
    )>,
> {
    let this = model.clone().unbind();
    let setting = Setting {
        policy: PolicyName::Optimal,
        ..Setting::default()
    };
    let found = run(model.py(), SLOW, move || {
        setting.in_time(&this.get().model, &Notes::default())
    })?;
    Ok(match found.map_err(error::study)? {
        Some((unrolled, setting)) => match setting.policy {
            PolicyName::Given(rules) => Some((unrolled, rules)),
            _ => None,
        },
        None => None,
    })
}
