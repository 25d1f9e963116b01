//! What is asked of one policy, or of two.

use exact_mdp::critics::Weighting;
use exact_mdp::model;
use exact_mdp::report::{GradientReport, Variable};
use exact_mdp::study::{self, FeatureRows, Notes, Numbers, RouteName, StudyError};
use exact_mdp_page::{Maker, Subject};
use exact_mdp_pictures::{Picture, stacked, studies};
use pyo3::prelude::*;

use super::{SLOW, along, ask, model_of, other_on, scene, sentences, setting};
use crate::answer::Picturing;
use crate::error::{self, argument};
use crate::interrupt::run;
use crate::number::{number, numbers};
use crate::policy::Policy;
use crate::solved::Solved;

/// `exact-mdp evaluate`.
pub fn evaluate(
    solved: &Bound<'_, Solved>,
    numbers: Numbers,
    returns: bool,
    sweep: Option<&str>,
) -> PyResult<Py<PyAny>> {
    let setting = setting(solved, numbers)?;
    let request = study::EvaluateRequest { setting, returns };
    let picture: Picturing<_> = |model, report| Some(studies::values(&scene(model), report));
    let model = model_of(solved);
    if let Some(sweep) = sweep {
        return along(&model, "evaluate", sweep, request);
    }
    ask(
        &model,
        "evaluate",
        numbers,
        Some(picture),
        move |model, notes| study::evaluate(model, &request, notes),
    )
}

/// `exact-mdp chain`.
pub fn chain(
    solved: &Bound<'_, Solved>,
    numbers: Numbers,
    to: Vec<String>,
    matrices: Option<bool>,
) -> PyResult<Py<PyAny>> {
    let request = study::ChainRequest {
        setting: setting(solved, numbers)?,
        to,
        matrices,
    };
    let picture: Picturing<_> = |model, report| studies::chain(&scene(model), report);
    let model = model_of(solved);
    ask(
        &model,
        "chain",
        numbers,
        Some(picture),
        move |model, notes| study::chain(model, &request, notes),
    )
}

/// `exact-mdp between`.
pub fn between(
    solved: &Bound<'_, Solved>,
    to: &Bound<'_, Policy>,
    numbers: Numbers,
    clip: Option<&Bound<'_, PyAny>>,
    points: usize,
    in_parameters: bool,
) -> PyResult<Py<PyAny>> {
    let mut request = study::BetweenRequest {
        setting: setting(solved, numbers)?,
        to: to.get().name_on(&model_of(solved))?,
        points,
        in_parameters,
        ..study::BetweenRequest::default()
    };
    if let Some(clip) = clip {
        request.clip = number(clip)?;
    }
    let picture: Picturing<_> =
        |model, report| Some(exact_mdp_pictures::between::draw(&scene(model), report));
    ask(
        &model_of(solved),
        "between",
        numbers,
        Some(picture),
        move |model, notes| study::between(model, &request, notes),
    )
}

/// `exact-mdp continuous`.
pub fn continuous(
    solved: &Bound<'_, Solved>,
    numbers: Numbers,
    scales: Option<Vec<Bound<'_, PyAny>>>,
    critic_error: Option<&Bound<'_, PyAny>>,
    correlation: Option<&Bound<'_, PyAny>>,
    squash: Option<&Bound<'_, PyAny>>,
) -> PyResult<Py<PyAny>> {
    let mut request = study::ContinuousRequest {
        setting: setting(solved, numbers)?,
        critic_error: critic_error.map(number).transpose()?,
        squash: squash.map(number).transpose()?,
        ..study::ContinuousRequest::default()
    };
    if let Some(scales) = scales {
        request.scales = scales.iter().map(number).collect::<PyResult<_>>()?;
    }
    if let Some(correlation) = correlation {
        request.correlation = number(correlation)?;
    }
    ask(
        &model_of(solved),
        "continuous",
        numbers,
        None,
        move |model, notes| study::continuous(model, &request, notes),
    )
}

/// `exact-mdp critics`.
pub fn critics(
    solved: &Bound<'_, Solved>,
    features: &Bound<'_, PyAny>,
    numbers_of: Numbers,
    lambdas: Option<&Bound<'_, PyAny>>,
    behavior: Option<&Bound<'_, Policy>>,
    weights: &str,
    sweep: Option<&str>,
) -> PyResult<Py<PyAny>> {
    let model = solved.get().model.bind(solved.py());
    let rows = features.py().import("exact_mdp._arrays")?;
    let rows = rows.call_method1("state_rows", (features, model))?;
    let rows = rows.try_iter()?.map(|row| numbers(&row?));
    let lambdas = match lambdas {
        None if sweep.is_some() => Vec::new(),
        None => vec![exact_mdp::number::Number::ZERO],
        Some(one) if !one.hasattr("__len__")? || one.is_instance_of::<pyo3::types::PyString>() => {
            vec![number(one)?]
        }
        Some(several) => numbers(several)?,
    };
    let request = study::CriticsRequest {
        setting: setting(solved, numbers_of)?,
        features: FeatureRows::Given(rows.collect::<PyResult<Vec<_>>>()?),
        lambdas,
        behavior: other_on(solved, behavior)?,
        weighting: weighting(weights)?,
    };
    let model = model_of(solved);
    if let Some(sweep) = sweep {
        return along(&model, "critics", sweep, request);
    }
    ask(&model, "critics", numbers_of, None, move |model, notes| {
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

/// What is asked of `exact-mdp gradient`.
pub struct Derivatives {
    pub numbers: Numbers,
    pub risk: Option<String>,
    pub routes: Option<Vec<String>>,
    pub with_respect_to: Vec<String>,
    pub entropy: Option<exact_mdp::number::Number>,
    pub request: study::GradientRequest,
}

/// `exact-mdp gradient`.
pub fn derivatives(
    solved: &Bound<'_, Solved>,
    asked: Derivatives,
    sweep: Option<&str>,
) -> PyResult<Py<PyAny>> {
    let routes = asked.routes.map(|names| {
        let each = names.iter().map(|name| name.parse::<RouteName>());
        each.collect::<Result<Vec<_>, _>>()
    });
    let risk = asked.risk.map(|name| name.parse());
    let variables = asked.with_respect_to.iter().map(|name| variable(name));
    let request = study::GradientRequest {
        setting: setting(solved, asked.numbers)?,
        routes: routes.transpose().map_err(error::study)?,
        with_respect_to: variables.collect::<PyResult<Vec<_>>>()?,
        entropy: asked.entropy,
        risk: risk.transpose().map_err(error::analysis)?,
        ..asked.request
    };
    let model = model_of(solved);
    if let Some(sweep) = sweep {
        return along(&model, "gradient", sweep, request);
    }
    ask(
        &model,
        "gradient",
        asked.numbers,
        Some(slopes),
        move |model, notes| study::gradient(model, &request, notes),
    )
}

/// The entries of ∇J and the matrices that were asked for.
fn slopes(_: &model::Model, report: &GradientReport) -> Option<Picture> {
    let title = format!("the gradient of {}", report.head.model);
    Some(stacked(title, studies::gradient_with_matrices(report)))
}

/// What J is differentiated with respect to, by its name.
fn variable(name: &str) -> PyResult<Variable> {
    use Variable::{Discount, Initial, P, R, Theta};
    let all = [Theta, P, R, Discount, Initial];
    let found = all.into_iter().find(|variable| variable.name() == name);
    found.ok_or_else(|| {
        let all = all.map(Variable::name).join(", ");
        argument(format!("unknown variable {name:?}; there are {all}"))
    })
}

/// `exact-mdp reference`.
pub fn reference(
    solved: &Bound<'_, Solved>,
    numbers: Numbers,
    request: study::ReferenceRequest,
) -> PyResult<Py<PyAny>> {
    let setting = setting(solved, numbers)?;
    let request = study::ReferenceRequest { setting, ..request };
    let model = model_of(solved);
    ask(&model, "reference", numbers, None, move |model, notes| {
        study::reference(model, &request, notes)
    })
}

/// `exact-mdp report`: the page, and what should be known beside it.
pub fn page(solved: &Bound<'_, Solved>) -> PyResult<(String, Vec<String>)> {
    let setting = setting(solved, Numbers::Float)?;
    let model = model_of(solved).unbind();
    let made = run(solved.py(), SLOW, move || {
        let notes = Notes::default();
        let subject = Subject::of(&model.get().model, setting, Maker::Python, &notes)?;
        Ok::<_, StudyError>((exact_mdp_page::document(&subject), notes))
    })?;
    let (page, notes) = made.map_err(error::study)?;
    Ok((page, sentences(&notes)))
}

/// `exact-mdp step`.
pub fn step(
    solved: &Bound<'_, Solved>,
    numbers: Numbers,
    request: study::StepRequest,
    sweep: Option<&str>,
) -> PyResult<Py<PyAny>> {
    let setting = setting(solved, numbers)?;
    let request = study::StepRequest { setting, ..request };
    let model = model_of(solved);
    if let Some(sweep) = sweep {
        return along(&model, "step", sweep, request);
    }
    ask(&model, "step", numbers, None, move |model, notes| {
        study::step(model, &request, notes)
    })
}

/// `exact-mdp compare --sweep`.
pub fn compare_swept(
    solved: &Bound<'_, Solved>,
    sweep: &str,
    request: study::CompareRequest,
) -> PyResult<Py<PyAny>> {
    along(&model_of(solved), "compare", sweep, request)
}
