//! Arguments that are numbers, with errors that name them: what is negative, too large, of another
//! kind or none is an `ExactMdpError`, as all that is wrong with an argument.

use std::num::NonZeroU32;
use std::ops::Range;

use exact_mdp::linalg::{SolverKind, SolverOptions};
use exact_mdp::mdp::Space;
use exact_mdp::model::Objective;
use exact_mdp::number::Number;
use exact_mdp::returns::Risk;
use exact_mdp::study::{CriticName, Numbers, StateFunction};
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyInt, PyRange, PyString};

use crate::arrays::by_state;
use crate::error::{self, argument};
use crate::number::{number, numbers};
use crate::policy::Policy;

/// More threads than any machine has cores would only cost memory.
const THREADS: u64 = 1024;

/// The solvers of one process, by name.
const SOLVERS: [(SolverKind, &str); 5] = [
    (SolverKind::Auto, "auto"),
    (SolverKind::Dense, "dense"),
    (SolverKind::Sparse, "sparse"),
    (SolverKind::Krylov, "krylov"),
    (SolverKind::Lapack, "lapack"),
];

/// Whole numbers, by the names of their arguments.
macro_rules! whole_numbers {
    ($($name:ident: $type:ty),*) => {
        $(pub fn $name(value: &Bound<'_, PyAny>) -> PyResult<$type> {
            whole(value, stringify!($name))
        })*
    };
}

whole_numbers! { n: u64, seed: u64, iterations: usize, trajectories: u64, points: usize, samples: usize }

/// Whole numbers that may be left out.
macro_rules! optional_whole_numbers {
    ($($name:ident),*) => {
        $(pub fn $name(value: &Bound<'_, PyAny>) -> PyResult<Option<usize>> {
            if value.is_none() { Ok(None) } else { whole(value, stringify!($name)).map(Some) }
        })*
    };
}

optional_whole_numbers! { horizon, truncation, every, repeats, restarts, rollouts }

/// How many trajectories, if any.
pub fn optional_trajectories(value: &Bound<'_, PyAny>) -> PyResult<Option<u64>> {
    if value.is_none() {
        return Ok(None);
    }
    trajectories(value).map(Some)
}

/// How many trajectories the whole run has, if that is said.
pub fn optional_n(value: &Bound<'_, PyAny>) -> PyResult<Option<u64>> {
    if value.is_none() {
        return Ok(None);
    }
    n(value).map(Some)
}

/// How many nodes a controller has, at least 1.
pub fn nodes(value: &Bound<'_, PyAny>) -> PyResult<Option<NonZeroU32>> {
    if value.is_none() {
        return Ok(None);
    }
    let found: u64 = whole(value, "nodes")?;
    let nodes = u32::try_from(found).ok().and_then(NonZeroU32::new);
    let expected = || {
        argument(format!(
            "nodes is {found}; expected at least 1 and at most {}",
            u32::MAX
        ))
    };
    nodes.map(Some).ok_or_else(expected)
}

/// Numbers, by the names of their arguments.
macro_rules! numbers {
    ($($name:ident),*) => {
        $(pub fn $name(value: &Bound<'_, PyAny>) -> PyResult<f64> {
            real(value, stringify!($name))
        })*
    };
}

numbers! { step, temperature, false_alarm, discount, critic_step }

/// Numbers that may be left out.
macro_rules! optional_numbers {
    ($($name:ident: $of:ident),*) => {
        $(pub fn $of(value: &Bound<'_, PyAny>) -> PyResult<Option<f64>> {
            if value.is_none() { Ok(None) } else { real(value, stringify!($name)).map(Some) }
        })*
    };
}

optional_numbers! {
    step: optional_step, tolerance: optional_tolerance,
    sigma: optional_sigma, entropy: optional_entropy, false_alarm: optional_false_alarm
}

/// The bound on J* − J at which an ascent stops, at least 0, if one is asked for.
pub fn optional_gap_tolerance(value: &Bound<'_, PyAny>) -> PyResult<Option<f64>> {
    if value.is_none() {
        return Ok(None);
    }
    let found = real(value, "gap_tolerance")?;
    if found >= 0.0 {
        Ok(Some(found))
    } else {
        let sentence = format!("gap_tolerance is {found}; expected a number of at least 0");
        Err(argument(sentence))
    }
}

/// The n of n-discount optimality, from −1 on.
pub fn order(value: &Bound<'_, PyAny>) -> PyResult<i32> {
    let is_whole = !value.is_instance_of::<PyBool>() && value.hasattr("__index__")?;
    let found = is_whole.then(|| value.call_method0("__index__"));
    let found = found.and_then(|found| found.ok()?.extract::<i32>().ok());
    found.ok_or_else(|| {
        let found = shown(value);
        argument(format!(
            "order is {found}; expected a whole number from -1 to 2^31 − 1"
        ))
    })
}

/// Lists of texts that may be left out, or one text, by the names of their arguments.
macro_rules! optional_texts {
    ($($name:ident),*) => {
        $(pub fn $name(value: &Bound<'_, PyAny>) -> PyResult<Option<Vec<String>>> {
            if value.is_none() { Ok(None) } else { texts(value, stringify!($name), true).map(Some) }
        })*
    };
}

optional_texts! { of, only, methods, routes, with_respect_to, to }

/// Names that may be left out, a list of them.
macro_rules! optional_names {
    ($($name:ident),*) => {
        $(pub fn $name(value: &Bound<'_, PyAny>) -> PyResult<Option<Vec<String>>> {
            if value.is_none() { Ok(None) } else { texts(value, stringify!($name), false).map(Some) }
        })*
    };
}

optional_names! { states, actions, names }

/// Bounds on rewards, or one.
pub fn bounds(value: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    texts(value, "bounds", true)
}

/// A list of texts, or one text where `may_be_one`.
fn texts(value: &Bound<'_, PyAny>, name: &str, may_be_one: bool) -> PyResult<Vec<String>> {
    if let Ok(one) = value.cast::<PyString>()
        && may_be_one
    {
        return Ok(vec![one.to_str()?.to_string()]);
    }
    let is_one = value.is_instance_of::<PyString>();
    let listed = (!is_one).then(|| value.extract::<Vec<String>>());
    listed.and_then(Result::ok).ok_or_else(|| {
        let found = shown(value);
        argument(format!(
            "{name} is {found}; expected a list of texts, as [\"a\", \"b\"]"
        ))
    })
}

/// A step size, or a list of them.
pub fn steps(value: &Bound<'_, PyAny>) -> PyResult<Option<Vec<f64>>> {
    if value.is_none() {
        return Ok(None);
    }
    let several = value.hasattr("__len__")? && !value.is_instance_of::<PyString>();
    let steps = if several {
        let each = value.try_iter()?.map(|one| real(&one?, "step"));
        each.collect::<PyResult<_>>()?
    } else {
        vec![real(value, "step")?]
    };
    match steps
        .iter()
        .find(|step| !(step.is_finite() && **step > 0.0))
    {
        Some(step) => Err(argument(format!(
            "step is {step}; expected a number above 0"
        ))),
        None => Ok(Some(steps)),
    }
}

/// How many trajectories an estimate is the mean of, at least 1.
pub fn batch(value: &Bound<'_, PyAny>) -> PyResult<u64> {
    let found = whole(value, "batch").unwrap_or(0);
    if found == 0 {
        let found = shown(value);
        return Err(argument(format!(
            "batch is {found}; expected a whole number of at least 1, trajectories a row"
        )));
    }
    Ok(found)
}

/// The policy that acts in place of another, if one is given.
pub fn behavior<'py>(value: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, Policy>>> {
    if value.is_none() {
        return Ok(None);
    }
    value.cast::<Policy>().map(|policy| Some(policy.clone())).map_err(|_| {
        let kind = value.get_type().name().map(|name| name.to_string());
        let kind = kind.unwrap_or_else(|_| "value".into());
        argument(format!(
            "behavior is no Policy but of the type {kind}; of probabilities `model.tabular(…)` makes one, of θ `model.softmax(…)`"
        ))
    })
}

/// How many threads; 0 for one on each core.
pub fn threads(value: &Bound<'_, PyAny>) -> PyResult<usize> {
    let found: u64 = whole(value, "threads")?;
    if found > THREADS {
        return Err(argument(format!(
            "threads is {found}; expected at most {THREADS}, 0 for one on each core"
        )));
    }
    Ok(found as usize)
}

/// A whole number of at least 0.
fn whole<T: TryFrom<u64>>(value: &Bound<'_, PyAny>, name: &str) -> PyResult<T> {
    let is_whole = !value.is_instance_of::<PyBool>() && value.hasattr("__index__")?;
    let found = is_whole.then(|| value.call_method0("__index__"));
    let found = found.and_then(|found| found.ok()?.extract::<u64>().ok());
    found
        .and_then(|found| T::try_from(found).ok())
        .ok_or_else(|| {
            let expected = "a whole number from 0 to 2^64 − 1";
            argument(format!("{name} is {}; expected {expected}", shown(value)))
        })
}

/// Any number but a truth value, a text such as "1/3" too; NaN and infinity are left to who asks.
fn real(value: &Bound<'_, PyAny>, name: &str) -> PyResult<f64> {
    let found = if value.is_instance_of::<PyBool>() {
        None
    } else if value.is_instance_of::<PyString>() {
        number(value).ok().map(|found| found.to_f64())
    } else {
        value.extract::<f64>().ok()
    };
    found.ok_or_else(|| {
        let found = shown(value);
        argument(format!("{name} is {found}; expected a number"))
    })
}

/// A value as Python writes it, no longer than a line holds.
fn shown(value: &Bound<'_, PyAny>) -> String {
    if value.is_instance_of::<PyInt>() && value.extract::<i128>().is_err() {
        return "an int of more than 128 bits".to_string();
    }
    let text = value.repr().map(|text| text.to_string());
    let text = text.unwrap_or_else(|_| "something that cannot be shown".to_string());
    if text.chars().count() <= 60 {
        return text;
    }
    text.chars().take(59).chain(['…']).collect()
}

/// How far off 1 a sum may be that is divided by: a number, or True for 1e-4.
pub fn normalize(value: &Bound<'_, PyAny>) -> PyResult<Option<Number>> {
    let unsaid = Number::ratio(1, 10_000);
    if value.is_none() {
        return Ok(None);
    }
    if let Ok(wanted) = value.cast::<PyBool>() {
        return Ok(if wanted.is_true() { unsaid } else { None });
    }
    let allowed = number(value)?;
    if allowed < Number::ZERO || allowed >= Number::ONE {
        let found = shown(value);
        return Err(argument(format!(
            "normalize is {found}; expected a number from 0 up to 1, as 1e-4"
        )));
    }
    Ok(Some(allowed))
}

/// What is made of rewards that are said to be costs.
pub fn objective(minimize: bool) -> Option<Objective> {
    minimize.then_some(Objective::Minimize)
}

/// The weight of the entropy, at least 0.
pub fn entropy(value: Option<&Bound<'_, PyAny>>) -> PyResult<Option<Number>> {
    let entropy = value.map(number).transpose()?;
    match entropy.as_ref().filter(|x| x.is_negative()) {
        Some(found) => Err(argument(format!(
            "entropy is {}; expected a number of at least 0",
            found.to_f64()
        ))),
        None => Ok(entropy),
    }
}

/// ε of the clipped surrogate, which asks for a surrogate.
pub fn clip(value: Option<&Bound<'_, PyAny>>, surrogate: bool) -> PyResult<Option<Number>> {
    let clip = value.map(number).transpose()?;
    match &clip {
        Some(found) if found.is_negative() || found.is_zero() => Err(argument(format!(
            "clip is {}; expected a number above 0",
            found.to_f64()
        ))),
        Some(_) if !surrogate => Err(argument(
            "clip is given without a surrogate; expected surrogate=POLICY beside it",
        )),
        _ => Ok(clip),
    }
}

/// A criterion of risk by its name.
pub fn risk(name: Option<&str>) -> PyResult<Option<Risk>> {
    let risk = name.map(|name| name.parse().map_err(error::analysis));
    risk.transpose()
}

/// What stands for v in critics: None or "exact" for v itself, "noise:SEED:SCALE" for v plus normal errors, else a number
/// for each state [S], over a horizon also for each state at each time [T, S].
pub fn critic(value: Option<&Bound<'_, PyAny>>, space: &Space) -> PyResult<CriticName> {
    let Some(value) = value else {
        return Ok(CriticName::Exact);
    };
    if let Ok(name) = value.cast::<PyString>() {
        let name = name.to_str()?;
        return match name.parse().map_err(error::study)? {
            CriticName::File(_) => Err(argument(format!(
                "critic is {name:?}; expected \"exact\", \"noise:SEED:SCALE\" or a number for each state"
            ))),
            critic => Ok(critic),
        };
    }
    Ok(CriticName::Given(state_function(value, "critic", space)?))
}

/// b(s) of one more estimator: a number for each state [S], over a horizon also for each state at each time [T, S].
pub fn baseline(
    value: Option<&Bound<'_, PyAny>>,
    space: &Space,
) -> PyResult<Option<StateFunction>> {
    let numbers = value.map(|value| state_function(value, "baseline", space));
    Ok(numbers.transpose()?.map(StateFunction::Given))
}

/// A number for each state, or for each state at each time.
fn state_function(value: &Bound<'_, PyAny>, name: &str, space: &Space) -> PyResult<Vec<Number>> {
    let states = space.states();
    let value = by_state(value, name, space)?;
    let numpy = value.py().import("numpy")?;
    let given = numbers(&numpy.call_method1("ravel", (value,))?).map_err(|error| {
        // an interrupt is no word about the numbers
        if error.is_instance_of::<PyException>(numpy.py()) {
            argument(format!("{name}: {}", error.value(numpy.py())))
        } else {
            error
        }
    })?;
    if given.is_empty() || given.len() % states.max(1) != 0 {
        return Err(argument(format!(
            "{name} has {} numbers; expected {states}, one for each state, or as many for each time",
            given.len()
        )));
    }
    Ok(given)
}

/// How linear systems are solved, by the name of the solver.
pub fn solver(name: &str) -> PyResult<SolverOptions> {
    let found = SOLVERS.into_iter().find(|(_, known)| *known == name);
    let Some((solver, _)) = found else {
        let all = SOLVERS.map(|(_, name)| name).join("\", \"");
        return Err(argument(format!(
            "solver is {name:?}; expected one of \"{all}\""
        )));
    };
    Ok(SolverOptions {
        solver,
        ..SolverOptions::default()
    })
}

/// The name that `solver` takes.
pub fn solver_name(kind: SolverKind) -> &'static str {
    let found = SOLVERS.into_iter().find(|(known, _)| *known == kind);
    found.map_or("auto", |(_, name)| name)
}

/// Blocks of trajectories: a range, or the first and the one after the last.
pub fn blocks(value: &Bound<'_, PyAny>) -> PyResult<Range<u64>> {
    let expected = || {
        let found = shown(value);
        argument(format!(
            "blocks is {found}; expected a range of whole numbers that is not empty, as range(0, 250)"
        ))
    };
    let ends = if value.is_instance_of::<PyRange>() {
        let of = |name| value.getattr(name)?.extract::<u64>();
        (of("step").ok() == Some(1)).then(|| Ok((of("start")?, of("stop")?)))
    } else {
        Some(value.extract::<(u64, u64)>())
    };
    let ends: Option<PyResult<(u64, u64)>> = ends;
    match ends {
        Some(Ok((first, end))) if first < end => Ok(first..end),
        _ => Err(expected()),
    }
}

/// Over which numbers a study is made.
pub fn arithmetic(name: &str) -> PyResult<Numbers> {
    match name {
        "float" => Ok(Numbers::Float),
        "exact" => Ok(Numbers::Exact),
        "certified" => Ok(Numbers::Certified),
        _ => Err(argument(format!(
            "arithmetic is {name:?}; expected \"float\", \"exact\" or \"certified\""
        ))),
    }
}
