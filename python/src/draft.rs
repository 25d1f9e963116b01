//! Models from arrays and from outcomes, one by one.

use exact_mdp::model::{Draft, Key, Layout, Overrides, Rewards, Rows, Value};
use exact_mdp::number::Number;
use numpy::PyReadonlyArrayDyn;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PySet, PyString};

use crate::arrays::floats;
use crate::error::{self, argument};
use crate::given;
use crate::interrupt::run;
use crate::model::Model;
use crate::number::{number, numbers};
use crate::read::{criterion, steps};

/// What stands beside the outcomes.
pub struct Rest<'a, 'py> {
    /// How many states there are.
    pub count: usize,
    pub gamma: Option<&'a Bound<'py, PyAny>>,
    pub initial: &'a Bound<'py, PyAny>,
    pub terminal: Option<&'a Bound<'py, PyAny>>,
    pub states: Option<Vec<String>>,
    pub actions: Option<Vec<String>>,
    pub horizon: Option<usize>,
    pub criterion: Option<&'a str>,
    pub normalize: Option<Number>,
    pub minimize: bool,
    pub name: &'a str,
}

pub fn finish(mut draft: Draft, rest: Rest<'_, '_>) -> PyResult<Model> {
    let py = rest.initial.py();
    draft = draft.named(rest.name);
    if let Some(names) = rest.states {
        draft = draft.state_names(names);
    }
    if let Some(names) = rest.actions {
        draft = draft.action_names(names);
    }
    if let Some(gamma) = rest.gamma {
        draft = draft.discount(number(gamma)?);
    }
    if let Some(steps) = steps(rest.horizon)? {
        draft = draft.horizon(steps);
    }
    if let Some(name) = rest.criterion {
        draft = draft.criterion(criterion(name)?);
    }
    if let Some(terminal) = rest.terminal {
        for state in positions(terminal, rest.count)? {
            draft = draft.terminal(state);
        }
    }
    draft = start(draft, rest.initial)?;
    let overrides = Overrides {
        normalize: rest.normalize,
        objective: given::objective(rest.minimize),
        ..Overrides::default()
    };
    let checked = run(py, usize::MAX, move || {
        draft.check_with(&overrides).map(Model::new)
    });
    checked?.map_err(error::draft)
}

/// ρ₀: "uniform", a state by name or position, a dict of weights, or all weights.
fn start(mut draft: Draft, initial: &Bound<'_, PyAny>) -> PyResult<Draft> {
    if let Ok(name) = initial.cast::<PyString>() {
        let name = name.to_str()?;
        return Ok(if name == "uniform" {
            draft.start_uniformly()
        } else {
            draft.start(name)
        });
    }
    if let Ok(weights) = initial.cast::<PyDict>() {
        for (state, weight) in weights {
            draft = draft.start_with(key(&state)?, number(&weight)?);
        }
        return Ok(draft);
    }
    let is_scalar = initial.hasattr("ndim")? && initial.getattr("ndim")?.eq(0)?;
    // no order, no weights by state; and a truth is no state
    if initial.is_instance_of::<PySet>() || initial.is_instance_of::<PyBool>() {
        return Err(argument(format!(
            "initial is {}; expected a state, \"uniform\", a dict of weights or a weight for each state",
            initial.repr()?
        )));
    }
    if initial.hasattr("__len__")? && !is_scalar {
        return Ok(draft.initial(&numbers(initial)?));
    }
    Ok(draft.start(key(initial)?))
}

/// A state, states of a list by position or name, or those of a mask, a truth for each of `count` states.
fn positions(terminal: &Bound<'_, PyAny>, count: usize) -> PyResult<Vec<Key>> {
    let listed = terminal.call_method0("tolist");
    let listed = listed.unwrap_or_else(|_| terminal.clone());
    if listed.is_instance_of::<PyBool>() {
        return Err(argument(format!(
            "terminal is {}; expected a state, a list of them, or a truth for each of {count} states",
            listed.repr()?
        )));
    }
    if listed.is_instance_of::<PyString>() || !listed.hasattr("__iter__")? {
        return Ok(vec![key(&listed)?]);
    }
    let listed: Vec<Bound<'_, PyAny>> = listed.try_iter()?.collect::<PyResult<_>>()?;
    let is_true = |x: &Bound<'_, PyAny>| x.cast::<PyBool>().ok().map(|x| x.is_true());
    if !listed.iter().any(|x| is_true(x).is_some()) {
        return listed.iter().map(key).collect();
    }
    let mask: Option<Vec<bool>> = listed.iter().map(is_true).collect();
    let mask = mask.filter(|mask| mask.len() == count).ok_or_else(|| {
        argument(format!(
            "terminal has {} entries, truths among them; expected a truth for each of {count} states, or states by \
             position or name",
            listed.len()
        ))
    })?;
    let set = mask.iter().enumerate().filter(|(_, end)| **end);
    Ok(set.map(|(state, _)| Key::from(state)).collect())
}

/// A state or an action: its name or its position.
fn key(value: &Bound<'_, PyAny>) -> PyResult<Key> {
    if let Ok(name) = value.cast::<PyString>() {
        return Ok(Key::from(name.to_str()?));
    }
    let position = value
        .call_method0("__index__")
        .and_then(|index| index.extract::<i64>());
    position.map(Key::Position).map_err(|_| {
        let found = value.repr().map(|x| x.to_string()).unwrap_or_default();
        argument(format!("{found} is neither a name nor a position"))
    })
}

/// Names, or how many.
pub fn names(value: &Bound<'_, PyAny>, what: &str) -> PyResult<(usize, Option<Vec<String>>)> {
    if let Ok(count) = value.extract::<usize>() {
        return Ok((count, None));
    }
    let names: Vec<String> = value.extract().map_err(|_| {
        argument(format!(
            "{what} is neither a list of names nor how many there are"
        ))
    })?;
    Ok((names.len(), Some(names)))
}

/// Adds an outcome (state, action, next, probability, reward).
pub fn add(draft: &mut Draft, outcome: &Bound<'_, PyAny>) -> PyResult<()> {
    let parts: Vec<Bound<'_, PyAny>> = outcome.try_iter()?.collect::<PyResult<_>>()?;
    let [state, action, next, probability, reward] = &parts[..] else {
        return Err(argument(format!(
            "an outcome has {} entries; expected (state, action, next state, probability, reward)",
            parts.len()
        )));
    };
    let (probability, reward) = (number(probability)?, number(reward)?);
    draft.add_outcome(
        key(state)?,
        key(action)?,
        key(next)?,
        Value::from(probability),
        Value::from(reward),
    );
    Ok(())
}

/// Arrays of Fractions or texts, entry by entry.
pub fn exact_draft(arrays: &Bound<'_, PyAny>) -> PyResult<Draft> {
    let states: usize = arrays.getattr("states")?.extract()?;
    let actions: usize = arrays.getattr("actions")?.extract()?;
    let mut draft = Draft::new(states, actions).ending_where_still();
    for outcome in arrays.getattr("rows")?.try_iter()? {
        add(&mut draft, &outcome?)?;
    }
    Ok(draft)
}

/// Positions, of an array of NumPy's whole numbers at once.
fn positions_of(listed: &Bound<'_, PyAny>) -> PyResult<Vec<usize>> {
    match listed.extract::<PyReadonlyArrayDyn<'_, i64>>() {
        // none is negative: they are those of entries of arrays
        Ok(array) => Ok(array.as_array().iter().map(|&at| at as usize).collect()),
        Err(_) => listed.extract(),
    }
}

/// Arrays of floats, at once.
pub fn float_draft(arrays: &Bound<'_, PyAny>) -> PyResult<Draft> {
    let states: usize = arrays.getattr("states")?.extract()?;
    let listed = |name: &str| positions_of(&arrays.getattr(name)?);
    let flat = |name: &str| -> PyResult<Vec<f64>> {
        let array = floats(&arrays.getattr(name)?, name)?;
        Ok(array.as_array().iter().copied().collect())
    };
    let (pair_states, pair_actions) = (listed("pair_states")?, listed("pair_actions")?);
    let (data, indices, indptr) = (flat("data")?, listed("indices")?, listed("indptr")?);
    let rewards = flat("rewards")?;
    let p = Rows::Sparse {
        data: &data,
        indices: &indices,
        indptr: &indptr,
        columns: states,
    };
    let layout = Layout::Listed {
        states: &pair_states,
        actions: &pair_actions,
    };
    let kind: String = arrays.getattr("reward_kind")?.extract()?;
    let (r_indices, r_indptr);
    let r = match kind.as_str() {
        "state" => Rewards::State(&rewards),
        "pair" => Rewards::Pair(&rewards),
        _ => {
            (r_indices, r_indptr) = (listed("reward_indices")?, listed("reward_indptr")?);
            Rewards::Outcome(Rows::Sparse {
                data: &rewards,
                indices: &r_indices,
                indptr: &r_indptr,
                columns: states,
            })
        }
    };
    Ok(Draft::from_arrays(p, layout, r))
}
