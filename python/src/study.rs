//! What the program's commands answer beyond values and gradients, by the names of their JSON.

mod optima;
mod players;
mod policy;
mod rewards;

use exact_mdp::mend::Front;
use exact_mdp::model;
use exact_mdp::report::{CheckReport, CheckedFile, Report, json};
use exact_mdp::study::{
    self, Notes, Numbers, PolicyName, Setting, StudyError, SweepRequest, Sweepable,
};
use exact_mdp_pictures::{Scene, sweeps};
use pyo3::prelude::*;

pub use self::optima::{ascents, n_discount, optimal_in_time, robust, solve};
pub use self::players::{OfPlayers, players};
pub use self::policy::{
    Derivatives, between, chain, compare_swept, continuous, critics, derivatives, evaluate, page,
    reference, step,
};
pub use self::rewards::{cone, constrained, pareto, rewards, shaping};

use crate::answer::{Answer, Picturing};
use crate::error::{self, argument};
use crate::interrupt::run;
use crate::model::Model;
use crate::policy::Policy;
use crate::solved::Solved;

/// Studies are as slow as they like.
const SLOW: usize = usize::MAX;

/// The policy of a solved one, over these numbers.
pub fn setting(solved: &Bound<'_, Solved>, numbers: Numbers) -> PyResult<Setting> {
    let this = solved.get();
    Ok(Setting {
        numbers,
        policy: this.policy.get().name_on(&model_of(solved))?,
        solver: this.solved.options().clone(),
    })
}

/// A policy of a model, its own unless another is said.
pub fn setting_of(
    model: &Bound<'_, Model>,
    policy: Option<&Bound<'_, Policy>>,
) -> PyResult<Setting> {
    let named = policy.map(|policy| policy.get().name_on(model));
    Ok(Setting {
        policy: named.transpose()?.unwrap_or_default(),
        ..Setting::default()
    })
}

/// What another policy is called on the model of a solved one, if there is one.
pub fn other_on(
    solved: &Bound<'_, Solved>,
    other: Option<&Bound<'_, Policy>>,
) -> PyResult<Option<PolicyName>> {
    let named = other.map(|policy| policy.get().name_on(&model_of(solved)));
    named.transpose()
}

/// Asks a study of a model, off the GIL; its answer as a `Report`, which is drawn and written when that is asked for.
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
        Ok::<_, StudyError>((written.map(|()| text), notes, report))
    })?;
    let (text, notes, report) = answer.map_err(error::study)?;
    let text = String::from_utf8_lossy(&text?).into_owned();
    let answer = Answer::new(model.clone().unbind(), report, picture);
    let made = py.import("exact_mdp._report")?.getattr("Report")?;
    let read = made.getattr("_read")?;
    let is_exact = numbers == Numbers::Exact;
    Ok(read
        .call1((command, text, is_exact, sentences(&notes), answer))?
        .unbind())
}

/// Asks a study along a sweep, `NAME=FROM..TO` or `NAME=FROM..TO:COUNT`; its answer as a `Report` that is drawn as curves.
fn along(
    model: &Bound<'_, Model>,
    command: &str,
    sweep: &str,
    request: impl Sweepable + Send + 'static,
) -> PyResult<Py<PyAny>> {
    let parsed = sweep.parse::<SweepRequest>();
    let sweep = parsed.map_err(|why| argument(format!("sweep is {sweep:?}; {why}")))?;
    let picture: Picturing<_> = |_, report| Some(sweeps::draw(report));
    ask(
        model,
        command,
        Numbers::Float,
        Some(picture),
        move |model, notes| study::sweep(model, &sweep, &request, notes),
    )
}

/// What should be known beside an answer.
fn sentences(notes: &Notes) -> Vec<String> {
    let notes = notes.taken();
    let worded = notes.iter().map(|note| note.worded(Front::Arguments));
    worded.collect()
}

/// The model of a solved policy.
pub fn model_of<'py>(solved: &Bound<'py, Solved>) -> Bound<'py, Model> {
    solved.get().model.bind(solved.py()).clone()
}

/// A picture of all states, of a model in floats.
fn scene(model: &model::Model) -> Scene {
    Scene::new(&model.mdp())
}

/// `exact-mdp check`.
pub fn check(model: &Bound<'_, Model>, policy: Option<&Bound<'_, Policy>>) -> PyResult<Py<PyAny>> {
    let setting = setting_of(model, policy)?;
    ask(model, "check", Numbers::Float, None, move |model, notes| {
        let contents = study::check(model, &setting, notes)?;
        let checked = CheckedFile {
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
