//! What the program's commands answer beyond values and gradients, by the names of their JSON.

use std::sync::Arc;

use exact_mdp::critics::Weighting;
use exact_mdp::error::Error;
use exact_mdp::mend::Front;
use exact_mdp::players::climb::{Climb, Method};
use exact_mdp::report::{CheckReport, Checked, GradientReport, Report, Variable, json};
use exact_mdp::robust::Norm;
use exact_mdp::study::{
    self, FeatureRows, Notes, Numbers, PolicyName, RouteName, Setting, StudyError,
};
use exact_mdp::{control, model};
use exact_mdp_pictures::{Picture, Scene, stacked, studies};
use pyo3::prelude::*;

use crate::drawing::Drawing;
use crate::error::{self, argument};
use crate::interrupt::run;
use crate::model::Model;
use crate::number::{number, numbers};
use crate::policy::Policy;
use crate::solved::Solved;
use crate::wording::in_python;

/// Studies are as slow as they like.
const SLOW: usize = usize::MAX;

/// What a report is drawn as.
type Picturing<R> = fn(&model::Model, &R) -> Option<Picture>;

/// The policy of a solved one, over these numbers.
pub fn setting(solved: &Bound<'_, Solved>, numbers: Numbers) -> Setting {
    let this = solved.get();
    Setting {
        numbers,
        policy: this.policy.get().name(),
        solver: this.solved.options().clone(),
    }
}

/// A policy of a model, its own unless another is said.
fn setting_of(policy: Option<&Bound<'_, Policy>>) -> Setting {
    Setting {
        policy: policy.map_or_else(PolicyName::default, |policy| policy.get().name()),
        ..Setting::default()
    }
}

/// Asks a study of a model, off the GIL; its answer as a `Report`, which is drawn when that is asked for.
fn ask<R: Report + Send + Sync + 'static>(
    model: &Bound<'_, Model>,
    command: &str,
    numbers: Numbers,
    picture: Option<Picturing<R>>,
    study: impl FnOnce(&model::Model, &Notes) -> Result<R, StudyError> + Send + 'static,
) -> PyResult<Py<PyAny>> {
    let py = model.py();
    let this = model.clone().unbind();
    let answer = run(py, SLOW, move || {
        let notes = Notes::default();
        let report = study(&this.get().model, &notes)?;
        let mut text = Vec::new();
        let written = json::write(&report.entries(), &mut text);
        Ok::<_, StudyError>((written.map(|()| text), notes.taken(), report))
    })?;
    let (text, notes, report) = answer.map_err(error::study)?;
    let text = String::from_utf8_lossy(&text?).into_owned();
    let notes = notes
        .iter()
        .map(|note| in_python(&note.worded(Front::Arguments)));
    let drawing = picture.map(|picture| {
        let model = model.clone().unbind();
        Drawing(Box::new(move || picture(&model.get().model, &report)))
    });
    let made = py.import("exact_mdp._report")?.getattr("Report")?;
    let read = made.getattr("_read")?;
    let is_exact = numbers == Numbers::Exact;
    let notes: Vec<String> = notes.collect();
    Ok(read
        .call1((command, text, is_exact, notes, drawing))?
        .unbind())
}

/// The model of a solved policy.
fn model_of<'py>(solved: &Bound<'py, Solved>) -> Bound<'py, Model> {
    solved.get().model.bind(solved.py()).clone()
}

/// A picture of all states, of a model in floats.
fn scene(model: &model::Model) -> Scene {
    Scene::new(&model.mdp())
}

/// `exact-mdp evaluate`.
pub fn evaluate(
    solved: &Bound<'_, Solved>,
    numbers: Numbers,
    returns: bool,
) -> PyResult<Py<PyAny>> {
    let setting = setting(solved, numbers);
    let request = study::Evaluate { setting, returns };
    let picture: Picturing<_> = |model, report| Some(studies::values(&scene(model), report));
    let model = model_of(solved);
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
    let request = study::Chain {
        setting: setting(solved, numbers),
        to,
        matrices,
    };
    let picture: Picturing<_> = |model, report| Some(studies::chain(&scene(model), report));
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
    let mut request = study::Between {
        setting: setting(solved, numbers),
        to: to.get().name(),
        points,
        in_parameters,
        ..study::Between::default()
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
        setting: setting(solved, numbers),
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

/// `exact-mdp rewards`.
pub fn rewards(
    solved: &Bound<'_, Solved>,
    numbers: Numbers,
    combination: Option<String>,
) -> PyResult<Py<PyAny>> {
    let request = study::Rewards {
        setting: setting(solved, numbers),
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
        setting: setting(solved, numbers),
        inequalities,
    };
    let model = model_of(solved);
    ask(&model, "cone", numbers, None, move |model, notes| {
        study::cone(model, &request, notes)
    })
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
        "l1" => Norm::L1,
        "max" => Norm::Max,
        other => {
            return Err(argument(format!(
                "norm is {other:?}; expected \"l1\" or \"max\""
            )));
        }
    };
    let request = study::RobustRequest {
        setting: Setting {
            numbers,
            ..setting_of(policy)
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

/// `exact-mdp shaping`.
pub fn shaping(
    solved: &Bound<'_, Solved>,
    other: &Bound<'_, Model>,
    numbers: Numbers,
) -> PyResult<Py<PyAny>> {
    let request = study::ShapingRequest {
        setting: setting(solved, numbers),
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
    let request = study::Constrained {
        numbers: not_certified(numbers)?,
        of,
        bounds: bounds.collect::<Result<_, _>>().map_err(error::study)?,
        ..study::Constrained::default()
    };
    ask(model, "constrained", numbers, None, move |model, notes| {
        study::constrained(model, &request, notes)
    })
}

/// `exact-mdp pareto`.
pub fn pareto(model: &Bound<'_, Model>, numbers: Numbers, of: Vec<String>) -> PyResult<Py<PyAny>> {
    let request = study::Pareto {
        numbers: not_certified(numbers)?,
        of,
        ..study::Pareto::default()
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

/// What is asked of all players beside the profile itself.
pub struct OfPlayers {
    pub numbers: Numbers,
    pub jacobian: bool,
    pub estimators: Option<String>,
    pub climb: Option<String>,
    pub step: f64,
    pub iterations: usize,
    pub alternating: bool,
    pub every: usize,
}

/// `exact-mdp players`.
pub fn players(solved: &Bound<'_, Solved>, asked: OfPlayers) -> PyResult<Py<PyAny>> {
    let method = asked.climb.map(|name| {
        let mut all = Method::ALL.into_iter();
        all.find(|method| method.name() == name).ok_or_else(|| {
            let names = Method::ALL.map(Method::name).join("\", \"");
            argument(format!("there is no climb {name:?}; expected \"{names}\""))
        })
    });
    let climb = method.transpose()?.map(|method| Climb {
        method,
        step: asked.step,
        iterations: asked.iterations,
        alternating: asked.alternating,
        every: asked.every,
    });
    let request = study::PlayersRequest {
        setting: setting(solved, asked.numbers),
        jacobian: asked.jacobian,
        estimators: asked.estimators,
        profile_only: false,
        climb,
    };
    let picture: Picturing<exact_mdp::report::GameReport> =
        |_, report| Some(exact_mdp_pictures::players::draw(report));
    ask(
        &model_of(solved),
        "players",
        asked.numbers,
        Some(picture),
        move |model, notes| study::players(model, &request, notes),
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
    ask(
        &model_of(solved),
        "critics",
        numbers_of,
        None,
        move |model, notes| study::critics(model, &request, notes),
    )
}

/// What is asked of `exact-mdp gradient`.
pub struct Derivatives {
    pub numbers: Numbers,
    pub risk: Option<String>,
    pub routes: Option<Vec<String>>,
    pub with_respect_to: Vec<String>,
    pub entropy: Option<exact_mdp::number::Number>,
    pub request: study::Gradient,
}

/// `exact-mdp gradient`.
pub fn derivatives(solved: &Bound<'_, Solved>, asked: Derivatives) -> PyResult<Py<PyAny>> {
    let routes = asked.routes.map(|names| {
        let each = names.iter().map(|name| name.parse::<RouteName>());
        each.collect::<Result<Vec<_>, _>>()
    });
    let risk = asked.risk.map(|name| name.parse());
    let variables = asked.with_respect_to.iter().map(|name| variable(name));
    let request = study::Gradient {
        setting: setting(solved, asked.numbers),
        routes: routes.transpose().map_err(error::study)?,
        with_respect_to: variables.collect::<PyResult<Vec<_>>>()?,
        entropy: asked.entropy,
        risk: risk.transpose().map_err(error::analysis)?,
        ..asked.request
    };
    let model = model_of(solved);
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
    request: study::Reference,
) -> PyResult<Py<PyAny>> {
    let setting = setting(solved, numbers);
    let request = study::Reference { setting, ..request };
    let model = model_of(solved);
    ask(&model, "reference", numbers, None, move |model, notes| {
        study::reference(model, &request, notes)
    })
}

/// `exact-mdp step`.
pub fn step(
    solved: &Bound<'_, Solved>,
    numbers: Numbers,
    request: study::StepRequest,
) -> PyResult<Py<PyAny>> {
    let setting = setting(solved, numbers);
    let request = study::StepRequest { setting, ..request };
    let model = model_of(solved);
    ask(&model, "step", numbers, None, move |model, notes| {
        study::step(model, &request, notes)
    })
}

/// `exact-mdp solve`.
pub fn solve(
    model: &Bound<'_, Model>,
    numbers: Numbers,
    options: control::Options,
) -> PyResult<Py<PyAny>> {
    let picture: Picturing<_> = |model, report| Some(studies::optimum(&scene(model), report));
    ask(
        model,
        "solve",
        numbers,
        Some(picture),
        move |model, notes| study::solve(model, &study::Solve { numbers, options }, notes),
    )
}

/// `exact-mdp ascend`, by several methods.
pub fn ascents(
    model: &Bound<'_, Model>,
    policy: Option<&Bound<'_, Policy>>,
    request: study::Ascend,
) -> PyResult<Py<PyAny>> {
    let request = study::Ascend {
        setting: setting_of(policy),
        ..request
    };
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

/// `exact-mdp check`.
pub fn check(model: &Bound<'_, Model>, policy: Option<&Bound<'_, Policy>>) -> PyResult<Py<PyAny>> {
    let setting = setting_of(policy);
    ask(model, "check", Numbers::Float, None, move |model, notes| {
        let contents = study::check(model, &setting, notes)?;
        let checked = Checked {
            file: model.name().to_string(),
            valid: true,
            errors: Vec::new(),
            warnings: model.warnings().iter().map(ToString::to_string).collect(),
            contents: Some(contents),
        };
        Ok(CheckReport {
            models: vec![checked],
        })
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
