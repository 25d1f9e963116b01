//! What is asked of a model: its best policies, the way to them, and what they come to where p is uncertain.

use std::sync::Arc;

use exact_mdp::control;
use exact_mdp::error::Error;
use exact_mdp::robust::UncertaintyNorm;
use exact_mdp::study::{self, Notes, Numbers, PolicyName, Setting};
use exact_mdp_pictures::studies;
use pyo3::prelude::*;

use super::{SLOW, along, ask, scene, setting_of};
use crate::answer::Picturing;
use crate::error::{self, argument};
use crate::interrupt::run;
use crate::model::Model;
use crate::number::number;
use crate::policy::Policy;

/// `exact-mdp solve`.
pub fn solve(
    model: &Bound<'_, Model>,
    numbers: Numbers,
    options: control::ControlOptions,
    sweep: Option<&str>,
) -> PyResult<Py<PyAny>> {
    let request = study::SolveRequest { numbers, options };
    if let Some(sweep) = sweep {
        return along(model, "solve", sweep, request);
    }
    let picture: Picturing<_> = |model, report| Some(studies::optimum(&scene(model), report));
    ask(
        model,
        "solve",
        numbers,
        Some(picture),
        move |model, notes| study::solve(model, &request, notes),
    )
}

/// `exact-mdp ascend`, by several methods.
pub fn ascents(
    model: &Bound<'_, Model>,
    policy: Option<&Bound<'_, Policy>>,
    request: study::AscendRequest,
    sweep: Option<&str>,
) -> PyResult<Py<PyAny>> {
    let request = study::AscendRequest {
        setting: setting_of(model, policy)?,
        ..request
    };
    if let Some(sweep) = sweep {
        return along(model, "ascend", sweep, request);
    }
    let picture: Picturing<_> = |model, report| {
        let mdp = Arc::new(model.mdp());
        Some(exact_mdp_pictures::ascents::draw(&mdp, report))
    };
    ask(
        model,
        "ascend",
        Numbers::Float,
        Some(picture),
        move |model, notes| {
            let study::Ascended { report, failure } = study::ascend(model, &request, notes)?;
            match (report, failure) {
                (_, Some(failure)) => Err(failure),
                (Some(report), None) => Ok(report),
                (None, None) => Err(Error::Argument {
                    name: "methods",
                    found: "none that serves the policy".into(),
                    expected: "names of methods",
                }
                .into()),
            }
        },
    )
}

/// `exact-mdp robust`.
pub fn robust(
    model: &Bound<'_, Model>,
    policy: Option<&Bound<'_, Policy>>,
    (radius, norm): (Option<&Bound<'_, PyAny>>, &str),
    kernel: Option<bool>,
    numbers: Numbers,
) -> PyResult<Py<PyAny>> {
    let norm = match norm {
        "l1" => UncertaintyNorm::L1,
        "max" => UncertaintyNorm::Max,
        other => {
            return Err(argument(format!(
                "norm is {other:?}; expected \"l1\" or \"max\""
            )));
        }
    };
    let policy = policy.map(|policy| policy.get().given_on(model));
    let policy = policy.transpose()?;
    let request = study::RobustRequest {
        setting: Setting {
            numbers,
            policy: policy.unwrap_or_default(),
            ..Setting::default()
        },
        radius: radius.map(number).transpose()?,
        norm,
        kernel,
    };
    ask(model, "robust", numbers, None, move |model, notes| {
        study::robust(model, &request, notes)
    })
}

/// `exact-mdp solve --n-discount`.
pub fn n_discount(model: &Bound<'_, Model>, order: i32) -> PyResult<Py<PyAny>> {
    ask(model, "solve", Numbers::Exact, None, move |model, notes| {
        study::sensitive(model, order, notes)
    })
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
