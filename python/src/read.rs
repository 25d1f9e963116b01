//! Models from files and texts.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;

use exact_mdp::mdp::{Names, Sight};
use exact_mdp::model::{self, Axes, CriterionKind, Overrides};
use exact_mdp::number::Number;
use pyo3::prelude::*;

use crate::error::{self, argument};
use crate::given;
use crate::interrupt::run;
use crate::model::Model;
use crate::number::number;
use crate::policy;

/// What stands above what a file says.
struct Above<'a, 'py> {
    discount: Option<&'a Bound<'py, PyAny>>,
    horizon: Option<usize>,
    criterion: Option<&'a str>,
    initial: Option<&'a Bound<'py, PyAny>>,
    reward: Option<String>,
    normalize: Option<Number>,
    minimize: bool,
    nodes: Option<NonZeroU32>,
    keep_observations: bool,
}

impl Above<'_, '_> {
    fn overrides(self) -> PyResult<Overrides> {
        if let (true, Some(nodes)) = (self.keep_observations, self.nodes) {
            return Err(argument(format!(
                "keep_observations is True and nodes is {nodes}; expected one of the two: a model to be written \
                 again, or one that a controller sees"
            )));
        }
        Ok(Overrides {
            discount: self.discount.map(number).transpose()?,
            horizon: steps(self.horizon)?,
            criterion: self.criterion.map(criterion).transpose()?,
            initial: self.initial.map(|x| start(x)).transpose()?,
            reward: self.reward,
            normalize: self.normalize,
            objective: given::objective(self.minimize),
            nodes: self.nodes,
            keep_observations: self.keep_observations,
            ..Overrides::default()
        })
    }
}

/// Reads a model from a file: YAML, or a file of another program by its ending (.json, .npz, .drn,
/// .tra, .POMDP, …).
///
/// `discount` (a number, a Fraction or a text such as "9/10"), `horizon`, `criterion`
/// ("discounted", "finite-horizon", "total", "average"), `initial` ("uniform" or a state) and
/// `reward_model` stand above what the file says. `reward` is the one that counts of several rewards, or a combination,
/// "gain - 1/2*risk". `axes` ("sas" or "ass") says how the array P of an
/// .npz archive lies where its shape does not; `normalize` divides rows, and the initial
/// distribution, that are off 1 by at most this (True for 1e-4), by their sums; `minimize=True` takes rewards for
/// costs. A model with observations is seen by a controller of `nodes` nodes, 1 for a
/// memoryless policy; its own policy, of `solve_policy()`, is that controller. With `keep_observations=True` it is read as
/// it stands, to be written again by `save` and `to_yaml`: what is asked of it sees its states. Raises ModelError with
/// all that is wrong.
///
/// >>> exact_mdp.load("no-such.yaml")
/// Traceback (most recent call last):
///     ...
/// exact_mdp.ModelError: no-such.yaml: cannot read the file: No such file or directory (os error 2)
#[pyfunction]
#[pyo3(signature = (path, *, discount=None, horizon=None, criterion=None, initial=None, reward=None, reward_model=None, axes=None, normalize=None, minimize=false, nodes=None, keep_observations=false))]
#[allow(clippy::too_many_arguments)]
pub fn load(
    py: Python<'_>,
    path: PathBuf,
    discount: Option<&Bound<'_, PyAny>>,
    #[pyo3(from_py_with = given::horizon)] horizon: Option<usize>,
    criterion: Option<&str>,
    initial: Option<&Bound<'_, PyAny>>,
    reward: Option<String>,
    reward_model: Option<String>,
    axes: Option<&str>,
    #[pyo3(from_py_with = given::normalize)] normalize: Option<Number>,
    minimize: bool,
    #[pyo3(from_py_with = given::nodes)] nodes: Option<NonZeroU32>,
    keep_observations: bool,
) -> PyResult<Model> {
    let above = Above {
        discount,
        horizon,
        criterion,
        initial,
        reward,
        normalize,
        minimize,
        nodes,
        keep_observations,
    };
    let overrides = Overrides {
        reward_model,
        axes: axes.map(lying).transpose()?,
        ..above.overrides()?
    };
    let read = move || model::Model::load_with(&path, &overrides).map(Model::new);
    run(py, usize::MAX, read)?.map_err(error::model)
}

/// Reads a model from a YAML text; `name` stands in messages, the rest is as for `load`.
///
/// >>> m = exact_mdp.parse("discount: 1/2\nstates: 1\nactions: 1\ninitial: 0\n"
/// ...                     "transitions: {0: {0: 0}}\nrewards: {0: {0: 3}}")
/// >>> m.solve_policy().j
/// 6.0
#[pyfunction]
#[pyo3(signature = (text, *, name="text.yaml", discount=None, horizon=None, criterion=None, initial=None, reward=None, normalize=None, minimize=false, nodes=None, keep_observations=false))]
#[allow(clippy::too_many_arguments)]
pub fn parse(
    py: Python<'_>,
    text: &str,
    name: &str,
    discount: Option<&Bound<'_, PyAny>>,
    #[pyo3(from_py_with = given::horizon)] horizon: Option<usize>,
    criterion: Option<&str>,
    initial: Option<&Bound<'_, PyAny>>,
    reward: Option<String>,
    #[pyo3(from_py_with = given::normalize)] normalize: Option<Number>,
    minimize: bool,
    #[pyo3(from_py_with = given::nodes)] nodes: Option<NonZeroU32>,
    keep_observations: bool,
) -> PyResult<Model> {
    let above = Above {
        discount,
        horizon,
        criterion,
        initial,
        reward,
        normalize,
        minimize,
        nodes,
        keep_observations,
    };
    parsed(py, name, text, above)
}

fn parsed(py: Python<'_>, name: &str, text: &str, above: Above<'_, '_>) -> PyResult<Model> {
    let overrides = above.overrides()?;
    let (name, text) = (name.to_string(), text.to_string());
    let read = move || model::Model::parse_with(&name, &text, &overrides).map(Model::new);
    run(py, usize::MAX, read)?.map_err(error::model)
}

/// How `P` lies, by its name.
fn lying(axes: &str) -> PyResult<Axes> {
    match axes {
        "ass" => Ok(Axes::Ass),
        "sas" => Ok(Axes::Sas),
        _ => Err(argument(format!(
            "axes is {axes:?}; expected \"sas\" for P[state, action, next] or \"ass\" for P[action, state, next]"
        ))),
    }
}

/// ρ₀ of an argument, as the text that a flag has.
fn start(initial: &Bound<'_, PyAny>) -> PyResult<String> {
    let module = initial.py().import("exact_mdp._start")?;
    module.call_method1("start", (initial,))?.extract()
}

/// T of an argument.
pub fn steps(horizon: Option<usize>) -> PyResult<Option<usize>> {
    if horizon == Some(0) {
        return Err(argument("horizon is 0; expected at least 1 step"));
    }
    Ok(horizon)
}

/// The criterion of this name.
pub fn criterion(name: &str) -> PyResult<CriterionKind> {
    use CriterionKind::{Average, Discounted, FiniteHorizon, Total};
    let all = [Discounted, FiniteHorizon, Total, Average];
    let found = all.into_iter().find(|kind| kind.name() == name);
    found.ok_or_else(|| {
        argument(format!(
            "unknown criterion {name:?}; there are \"discounted\", \"finite-horizon\", \"total\" and \"average\""
        ))
    })
}

/// A model from the JSON of Gymnasium's table `P`, in memory; for `Model.from_gymnasium`.
#[pyfunction]
#[pyo3(signature = (text, name, discount, initial))]
pub fn _parse_gymnasium(
    py: Python<'_>,
    text: &str,
    name: &str,
    discount: &Bound<'_, PyAny>,
    initial: &Bound<'_, PyAny>,
) -> PyResult<Model> {
    let overrides = Overrides {
        discount: Some(number(discount)?),
        initial: Some(initial.str()?.to_string()),
        ..Overrides::default()
    };
    let (name, text) = (name.to_string(), text.to_string());
    let read = move || {
        let format = exact_mdp::exchange::Format::Gymnasium;
        model::Model::parse_as(&name, text.as_bytes(), format, &overrides).map(Model::new)
    };
    run(py, usize::MAX, read)?.map_err(error::model)
}

/// A model from the text of one that is partly seen, what is known in its states, and its controller; for pickle.
#[pyfunction]
#[allow(clippy::too_many_arguments)]
pub fn _parse_seen_partly(
    py: Python<'_>,
    text: &str,
    name: &str,
    nodes: u32,
    observations: Vec<String>,
    actions: Vec<String>,
    situations: Vec<(u32, u32)>,
    controller: policy::parts::Parts<'_, '_>,
) -> PyResult<Model> {
    let (name, text) = (name.to_string(), text.to_string());
    let controller = policy::parts::read(controller)?;
    let (observations, actions) = (Names::Listed(observations), Names::Listed(actions));
    let sight = Arc::new(Sight::new(nodes, observations, actions, situations));
    let read = move || {
        let model = model::Model::parse(&name, &text)?;
        Ok(Model::new(model.seen_by(sight, controller)))
    };
    run(py, usize::MAX, read)?.map_err(error::model)
}

/// The names of the bundled models, sorted.
///
/// >>> [name for name in exact_mdp.bundled_names() if name.startswith("frozenlake")]
/// ['frozenlake-4x4', 'frozenlake-8x8']
#[pyfunction]
pub fn bundled_names() -> Vec<&'static str> {
    exact_mdp::bundled::names().collect()
}

/// A model that comes with the package, by name: "two-state", "taxi", ….
///
/// Takes what `parse` takes. Raises ModelError with the nearest name if there is none.
///
/// >>> exact_mdp.bundled("two-state", discount="1/2").discount
/// 0.5
#[pyfunction]
#[pyo3(signature = (name, *, discount=None, horizon=None, criterion=None, initial=None, reward=None, normalize=None, minimize=false, nodes=None, keep_observations=false))]
#[allow(clippy::too_many_arguments)]
pub fn bundled(
    py: Python<'_>,
    name: &str,
    discount: Option<&Bound<'_, PyAny>>,
    #[pyo3(from_py_with = given::horizon)] horizon: Option<usize>,
    criterion: Option<&str>,
    initial: Option<&Bound<'_, PyAny>>,
    reward: Option<String>,
    #[pyo3(from_py_with = given::normalize)] normalize: Option<Number>,
    minimize: bool,
    #[pyo3(from_py_with = given::nodes)] nodes: Option<NonZeroU32>,
    keep_observations: bool,
) -> PyResult<Model> {
    let Some(text) = exact_mdp::bundled::text(name) else {
        let near = exact_mdp::bundled::nearest(name);
        let near = near.map_or_else(String::new, |near| format!("; did you mean {near:?}?"));
        let sentence = format!("no bundled model is called {name:?}{near}");
        return Err(error::ModelError::new_err(sentence));
    };
    let above = Above {
        discount,
        horizon,
        criterion,
        initial,
        reward,
        normalize,
        minimize,
        nodes,
        keep_observations,
    };
    parsed(py, name, text, above)
}
