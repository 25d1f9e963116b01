//! Models.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use exact_mdp::mdp::{Criterion, Mdp, Space};
use exact_mdp::model::{
    self, Axes, CriterionKind, Draft, Key, Layout, Overrides, Rewards, Rows, Value,
};
use exact_mdp::number::Number;
use exact_mdp::yaml::Style;
use numpy::{PyArray1, PyReadonlyArrayDyn};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple, PyType};

use crate::arrays::{borrowed, floats, over_pairs, owned};
use crate::error::{self, argument};
use crate::given;
use crate::interrupt::run;
use crate::number::number;
use crate::pickle;
use crate::policy::Policy;
use crate::verification::Verification;

/// A finite MDP, checked, in the exact numbers that its file or its arrays hold.
///
/// Made by `load`, `bundled`, `parse`, `Model.from_arrays`, `Model.from_outcomes` and
/// `Model.from_gymnasium`; it never changes. States and actions have names and positions; pairs
/// (state, action) are numbered state by state, and each state has its own actions.
///
/// >>> m = exact_mdp.bundled("two-state")
/// >>> m.states, m.actions, m.discount
/// (['cold', 'hot'], ['wait', 'heat'], 0.9)
/// >>> m.pairs[1]
/// ('cold', 'heat')
#[pyclass(frozen, module = "exact_mdp", weakref)]
pub struct Model {
    pub model: model::Model,
    /// The same in floats, every number rounded once.
    pub mdp: Arc<Mdp>,
    terminal: Vec<bool>,
    outcomes: OnceLock<Flat>,
}

impl Model {
    pub fn new(model: model::Model) -> Model {
        let mdp = Arc::new(model.mdp());
        let space = mdp.space();
        Model {
            terminal: (0..space.states()).map(|s| space.is_terminal(s)).collect(),
            mdp,
            model,
            outcomes: OnceLock::new(),
        }
    }

    pub fn space(&self) -> &Arc<Space> {
        self.model.space()
    }

    /// The model unrolled in time.
    pub fn in_time<'py>(model: &Bound<'py, Model>) -> PyResult<Bound<'py, Model>> {
        let this = model.clone().unbind();
        let unrolled = run(model.py(), usize::MAX, move || this.get().model.in_time())?;
        Bound::new(model.py(), Model::new(unrolled.map_err(error::analysis)?))
    }

    /// Whether a policy has a rule for each time of the model's horizon.
    pub fn has_rules(&self, policy: &Policy) -> bool {
        let Criterion::FiniteHorizon { horizon, .. } = self.model.criterion() else {
            return false;
        };
        let (own, theirs) = (self.space(), policy.policy.space());
        theirs.states() == (horizon + 1) * own.states() && theirs.pairs() == horizon * own.pairs()
    }
}

/// Reads a model from a file: YAML, or a file of another program by its ending (.json, .npz, .drn,
/// .tra, .POMDP, …).
///
/// `discount` (a number, a Fraction or a text such as "9/10"), `horizon`, `criterion`
/// ("discounted", "finite-horizon", "total", "average"), `initial` ("uniform" or a state) and
/// `reward_model` stand above what the file says. `axes` ("sas" or "ass") says how the array P of an
/// .npz archive lies where its shape does not; `normalize` divides rows, and the initial
/// distribution, that are off 1 by at most this (True for 1e-4), by their sums; `minimize=True` takes rewards for
/// costs. A partially observable model (.POMDP) is seen by a controller of `nodes` nodes, 1 for a
/// memoryless policy; its own policy, of `solve_policy()`, is that controller. Raises ModelError with all
/// that is wrong.
///
/// >>> exact_mdp.load("no-such.yaml")
/// Traceback (most recent call last):
///     ...
/// exact_mdp.ModelError: no-such.yaml: cannot read the file: No such file or directory (os error 2)
#[pyfunction]
#[pyo3(signature = (path, *, discount=None, horizon=None, criterion=None, initial=None, reward_model=None, axes=None, normalize=None, minimize=false, nodes=None))]
#[allow(clippy::too_many_arguments)]
pub fn load(
    py: Python<'_>,
    path: PathBuf,
    discount: Option<&Bound<'_, PyAny>>,
    #[pyo3(from_py_with = given::horizon)] horizon: Option<usize>,
    criterion: Option<&str>,
    initial: Option<&Bound<'_, PyAny>>,
    reward_model: Option<String>,
    axes: Option<&str>,
    #[pyo3(from_py_with = given::normalize)] normalize: Option<Number>,
    minimize: bool,
    #[pyo3(from_py_with = given::nodes)] nodes: Option<NonZeroU32>,
) -> PyResult<Model> {
    let overrides = Overrides {
        nodes,
        reward_model,
        axes: axes.map(lying).transpose()?,
        normalize,
        objective: given::objective(minimize),
        ..overrides(discount, horizon, criterion, initial)?
    };
    let read = move || model::Model::load_with(&path, &overrides).map(Model::new);
    run(py, usize::MAX, read)?.map_err(error::model)
}

/// Reads a model from a YAML text; `name` stands in messages.
///
/// >>> m = exact_mdp.parse("discount: 1/2\nstates: 1\nactions: 1\ninitial: 0\n"
/// ...                     "transitions: {0: {0: 0}}\nrewards: {0: {0: 3}}")
/// >>> m.solve_policy().j
/// 6.0
#[pyfunction]
#[pyo3(signature = (text, *, name="text.yaml", discount=None, horizon=None, criterion=None, initial=None, normalize=None, minimize=false))]
#[allow(clippy::too_many_arguments)]
pub fn parse(
    py: Python<'_>,
    text: &str,
    name: &str,
    discount: Option<&Bound<'_, PyAny>>,
    #[pyo3(from_py_with = given::horizon)] horizon: Option<usize>,
    criterion: Option<&str>,
    initial: Option<&Bound<'_, PyAny>>,
    #[pyo3(from_py_with = given::normalize)] normalize: Option<Number>,
    minimize: bool,
) -> PyResult<Model> {
    let overrides = Overrides {
        normalize,
        objective: given::objective(minimize),
        ..overrides(discount, horizon, criterion, initial)?
    };
    let (name, text) = (name.to_string(), text.to_string());
    let read = move || model::Model::parse_with(&name, &text, &overrides).map(Model::new);
    run(py, usize::MAX, read)?.map_err(error::model)
}

fn overrides(
    discount: Option<&Bound<'_, PyAny>>,
    horizon: Option<usize>,
    kind: Option<&str>,
    initial: Option<&Bound<'_, PyAny>>,
) -> PyResult<Overrides> {
    Ok(Overrides {
        discount: discount.map(number).transpose()?,
        horizon: steps(horizon)?,
        criterion: kind.map(criterion).transpose()?,
        initial: initial
            .map(|x| Ok::<_, PyErr>(x.str()?.to_string()))
            .transpose()?,
        ..Overrides::default()
    })
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

/// T of an argument.
fn steps(horizon: Option<usize>) -> PyResult<Option<usize>> {
    if horizon == Some(0) {
        return Err(argument("horizon is 0; expected at least 1 step"));
    }
    Ok(horizon)
}

/// The criterion of this name.
fn criterion(name: &str) -> PyResult<CriterionKind> {
    use CriterionKind::{Average, Discounted, FiniteHorizon, Total};
    let all = [Discounted, FiniteHorizon, Total, Average];
    let found = all.into_iter().find(|kind| kind.name() == name);
    found.ok_or_else(|| {
        argument(format!(
            "unknown criterion {name:?}; there are \"discounted\", \"finite-horizon\", \"total\" and \"average\""
        ))
    })
}

#[pymethods]
impl Model {
    /// A model from arrays, as NumPy, SciPy and other programs hold them.
    ///
    /// `P` holds p(s'|s, a): with `axes="sas"` an array [S, A, S], with `axes="ass"` [A, S, S] (or a
    /// list of A matrices, SciPy's sparse ones too). The axes are said, never guessed. `R` is r(s)
    /// [S], r(s, a) [S, A], or r(s, a, s') in the shape of `P`. `gamma` is a number, a Fraction or a
    /// text such as "9/10". `initial` is ρ₀ [S], a state or "uniform". `terminal` lists states by
    /// position or name; without it, states that stay for nothing, whatever is done, are terminal.
    /// An array of zeros in `P` for a pair says that the state has not that action. `normalize` and
    /// `minimize` are those of `load`.
    ///
    /// Floats are the exact fractions that they are; arrays of Fractions or of texts are unrounded,
    /// so that `m.exact()` has exact answers. Raises ModelError with all that is wrong.
    ///
    /// >>> import numpy as np
    /// >>> P = np.array([[[1, 0], [.5, .5]], [[.5, .5], [0, 1]]])  # [S, A, S]
    /// >>> m = exact_mdp.Model.from_arrays(P, [0, 1], 0.5, axes="sas", initial=0)
    /// >>> m.solve_policy().v.shape
    /// (2,)
    /// >>> exact_mdp.Model.from_arrays(P / 2, [0, 1], 0.5, axes="sas", initial=0)
    /// Traceback (most recent call last):
    ///     ...
    /// exact_mdp.ModelError: ...row 0/0 sums to 1/2, not 1...
    #[classmethod]
    #[pyo3(signature = (P, R, gamma=None, *, axes, initial, terminal=None, states=None, actions=None, horizon=None, criterion=None, normalize=None, minimize=false, name="model"))]
    #[allow(non_snake_case, clippy::too_many_arguments)]
    fn from_arrays(
        cls: &Bound<'_, PyType>,
        P: &Bound<'_, PyAny>,
        R: &Bound<'_, PyAny>,
        gamma: Option<&Bound<'_, PyAny>>,
        axes: &str,
        initial: &Bound<'_, PyAny>,
        terminal: Option<&Bound<'_, PyAny>>,
        states: Option<Vec<String>>,
        actions: Option<Vec<String>>,
        #[pyo3(from_py_with = given::horizon)] horizon: Option<usize>,
        criterion: Option<&str>,
        #[pyo3(from_py_with = given::normalize)] normalize: Option<Number>,
        minimize: bool,
        name: &str,
    ) -> PyResult<Model> {
        let laid_out = cls.py().import("exact_mdp._arrays")?;
        let arrays = laid_out.call_method1("laid_out", (P, R, axes))?;
        let draft = if arrays.hasattr("rows")? {
            exact_draft(&arrays)?
        } else {
            float_draft(&arrays)?
        };
        let rest = Rest {
            gamma,
            initial,
            terminal,
            states,
            actions,
            horizon,
            criterion,
            normalize,
            minimize,
            name,
        };
        finish(draft, rest)
    }

    /// A model from its outcomes (state, action, next state, probability, reward), one by one.
    ///
    /// `states` and `actions` are lists of names or how many there are. Outcomes of one pair and
    /// next state are added up; numbers may be Fractions or texts. `normalize` and `minimize` are those
    /// of `load`.
    ///
    /// >>> m = exact_mdp.Model.from_outcomes(
    /// ...     [("s", "go", "s", "2/3", 1), ("s", "go", "end", "1/3", 1)],
    /// ...     1, states=["s", "end"], actions=["go"], initial="s", terminal=["end"])
    /// >>> m.exact().solve_policy().j
    /// Fraction(3, 1)
    #[staticmethod]
    #[pyo3(signature = (outcomes, gamma=None, *, states, actions, initial, terminal=None, horizon=None, criterion=None, normalize=None, minimize=false, name="model"))]
    #[allow(clippy::too_many_arguments)]
    fn from_outcomes(
        outcomes: &Bound<'_, PyAny>,
        gamma: Option<&Bound<'_, PyAny>>,
        states: &Bound<'_, PyAny>,
        actions: &Bound<'_, PyAny>,
        initial: &Bound<'_, PyAny>,
        terminal: Option<&Bound<'_, PyAny>>,
        #[pyo3(from_py_with = given::horizon)] horizon: Option<usize>,
        criterion: Option<&str>,
        #[pyo3(from_py_with = given::normalize)] normalize: Option<Number>,
        minimize: bool,
        name: &str,
    ) -> PyResult<Model> {
        let (n, state_names) = names(states, "states")?;
        let (m, action_names) = names(actions, "actions")?;
        let mut draft = Draft::new(n, m);
        if let Some(names) = &state_names {
            draft = draft.state_names(names.clone());
        }
        if let Some(names) = &action_names {
            draft = draft.action_names(names.clone());
        }
        for outcome in outcomes.try_iter()? {
            add(&mut draft, &outcome?)?;
        }
        let rest = Rest {
            gamma,
            initial,
            terminal,
            states: None,
            actions: None,
            horizon,
            criterion,
            normalize,
            minimize,
            name,
        };
        finish(draft, rest)
    }

    /// The model of a Gymnasium environment that carries its transition table `P`.
    ///
    /// A state entered with the flag `terminated` is terminal. Floats that are the nearest ones to
    /// a simple fraction (1/3 of FrozenLake) are that fraction. `initial` stands above the
    /// environment's own `initial_state_distrib`.
    #[classmethod]
    #[pyo3(signature = (env, discount, *, initial=None, name=None))]
    fn from_gymnasium<'py>(
        cls: &Bound<'py, PyType>,
        env: &Bound<'py, PyAny>,
        discount: &Bound<'py, PyAny>,
        initial: Option<&Bound<'py, PyAny>>,
        name: Option<&str>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = cls.py();
        let keywords = PyDict::new(py);
        keywords.set_item("initial", initial)?;
        keywords.set_item("name", name)?;
        let module = py.import("exact_mdp._gymnasium")?;
        module.call_method("model_from_env", (env, discount), Some(&keywords))
    }

    /// A Gymnasium environment that draws from the model, with action masks and `info["prob"]`.
    fn to_gymnasium<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let module = slf.py().import("exact_mdp._gymnasium")?;
        module.call_method1("env_from_model", (slf,))
    }

    /// The model's name.
    #[getter]
    fn name(&self) -> &str {
        self.model.name()
    }

    /// What the file says about the model, or None.
    #[getter]
    fn description(&self) -> Option<&str> {
        self.model.description()
    }

    /// The names of the states, in order.
    #[getter]
    fn states(&self) -> Vec<String> {
        let names = self.space().state_names().iter();
        names.map(|name| name.into_owned()).collect()
    }

    /// The names of the actions, in order.
    #[getter]
    fn actions(&self) -> Vec<String> {
        let names = self.space().action_names().iter();
        names.map(|name| name.into_owned()).collect()
    }

    /// The pairs (state, action), in the order of all arrays over pairs.
    #[getter]
    fn pairs(&self) -> Vec<(String, String)> {
        let names = |pair| {
            let (state, action) = self.space().pair_names(pair);
            (state.into_owned(), action.into_owned())
        };
        (0..self.space().pairs()).map(names).collect()
    }

    /// The position of each pair's state, int64 [SA].
    #[getter]
    fn pair_states<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i64>> {
        let space = self.space();
        owned(
            py,
            (0..space.pairs())
                .map(|p| space.state_of(p) as i64)
                .collect(),
        )
    }

    /// The position of each pair's action, int64 [SA].
    #[getter]
    fn pair_actions<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i64>> {
        let space = self.space();
        owned(
            py,
            (0..space.pairs())
                .map(|p| space.action_of(p) as i64)
                .collect(),
        )
    }

    /// Which states are terminal, bool [S].
    #[getter]
    fn terminal<'py>(slf: &Bound<'py, Self>) -> Bound<'py, PyArray1<bool>> {
        borrowed(&slf.get().terminal, slf.clone().into_any())
    }

    /// ρ₀, float64 [S].
    #[getter]
    fn initial<'py>(slf: &Bound<'py, Self>) -> Bound<'py, PyArray1<f64>> {
        borrowed(slf.get().mdp.initial(), slf.clone().into_any())
    }

    /// r(s, a), float64 [SA]: the expected reward of each pair.
    #[getter]
    fn rewards<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        over_pairs(slf.get().mdp.r(), slf.clone().into_any(), slf.as_any())
    }

    /// The outcomes of all pairs as compressed rows.
    #[getter]
    fn outcomes(slf: &Bound<'_, Self>) -> Outcomes {
        let model = slf.clone().unbind();
        slf.get().outcomes.get_or_init(|| rows_of(&slf.get().model));
        Outcomes { model }
    }

    /// γ; 1 for the total and the average reward.
    #[getter]
    fn discount(&self) -> f64 {
        self.mdp.discount()
    }

    /// T, or None.
    #[getter]
    fn horizon(&self) -> Option<usize> {
        match self.model.criterion() {
            Criterion::FiniteHorizon { horizon, .. } => Some(*horizon),
            _ => None,
        }
    }

    /// Whether the model is a partially observable one as a controller sees it, whose policies know only what is
    /// seen.
    #[getter]
    fn partly_seen(&self) -> bool {
        self.model.is_partly_seen()
    }

    /// "discounted", "finite-horizon", "total" or "average".
    #[getter]
    fn criterion(&self) -> &'static str {
        self.mdp.criterion().kind()
    }

    /// The state of each cell of a gridworld's map, int64 [rows, columns], −1 for a wall; else None.
    #[getter]
    fn grid<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some(grid) = self.space().grid() else {
            return Ok(None);
        };
        let cells = grid.state.iter().map(|s| s.map_or(-1, |s| s as i64));
        let flat = owned(py, cells.collect::<Vec<_>>());
        let laid = flat.call_method1("reshape", (grid.rows, grid.columns))?;
        Ok(Some(laid))
    }

    /// What was accepted and should be known, as sentences.
    #[getter]
    fn warnings(&self) -> Vec<String> {
        self.model
            .warnings()
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    /// The tabular softmax policy π ∝ exp(θ/τ); θ is flat [SA] or [S, A], 0 unless given. Of a partly seen
    /// model it is the controller's, which knows what is seen and no more: θ is [d], or [O, A] with a row for each
    /// thing that is known (`m.softmax().parameters` names them).
    ///
    /// >>> m = exact_mdp.bundled("two-state")
    /// >>> m.softmax([0, 1, 0, 0]).probabilities.round(3).tolist()
    /// [0.269, 0.731, 0.5, 0.5]
    #[pyo3(signature = (theta=None, temperature=None))]
    fn softmax(
        slf: &Bound<'_, Self>,
        theta: Option<&Bound<'_, PyAny>>,
        temperature: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Policy> {
        Policy::softmax(slf, theta, temperature)
    }

    /// The policy with these probabilities, flat [SA] or [S, A], on the product of simplices.
    ///
    /// Fractions and texts are kept unrounded. `parametrization` may be "simplex", "direct" or
    /// "softmax" (then θ = τ log π). Of a partly seen model it is a policy that sees the states.
    #[pyo3(signature = (probabilities, parametrization="simplex"))]
    fn tabular(
        slf: &Bound<'_, Self>,
        probabilities: &Bound<'_, PyAny>,
        parametrization: &str,
    ) -> PyResult<Policy> {
        Policy::tabular(slf, probabilities, parametrization)
    }

    /// The log-linear policy π ∝ exp(θ·φ/τ); features are [SA, d] or [S, A, d], θ is [d].
    #[pyo3(signature = (features, theta=None, *, temperature=None, names=None))]
    fn linear(
        slf: &Bound<'_, Self>,
        features: &Bound<'_, PyAny>,
        theta: Option<&Bound<'_, PyAny>>,
        temperature: Option<&Bound<'_, PyAny>>,
        names: Option<Vec<String>>,
    ) -> PyResult<Policy> {
        Policy::linear(slf, features, theta, temperature, names)
    }

    /// The uniform policy: softmax at θ = 0, tabular or, of a partly seen model, the controller's.
    fn uniform(slf: &Bound<'_, Self>) -> PyResult<Policy> {
        Policy::uniform(slf)
    }

    /// The softmax whose θ are standard normal, drawn from a seed: tabular or, of a partly seen model,
    /// the controller's.
    #[pyo3(signature = (seed=0))]
    fn random(
        slf: &Bound<'_, Self>,
        #[pyo3(from_py_with = given::seed)] seed: u64,
    ) -> PyResult<Policy> {
        Policy::random(slf, seed)
    }

    /// An optimal deterministic policy; of a partly seen model one that sees the states, a bound. Under a horizon it has a rule for each time: it is a policy
    /// of `m.in_time()`, and `m.solve_policy` solves it there.
    ///
    /// >>> m = exact_mdp.bundled("inventory-finite-horizon")
    /// >>> abs(m.solve_policy(m.optimal()).j - m.optimum().j) < 1e-9
    /// True
    fn optimal(slf: &Bound<'_, Self>) -> PyResult<Policy> {
        Policy::optimal(slf)
    }

    /// The policy that the file carries under `policy:`, else the uniform one.
    fn own_policy(slf: &Bound<'_, Self>) -> PyResult<Policy> {
        Policy::own(slf)
    }

    /// The policy of a file: what stands under `policy:` in a model, alone, in YAML or JSON; or a
    /// report of the program, which holds one. Raises ModelError with all that is wrong.
    fn load_policy(slf: &Bound<'_, Self>, path: PathBuf) -> PyResult<Policy> {
        Policy::load(slf, &path)
    }

    /// A policy, solved on the model: the one thing that every question is asked of.
    ///
    /// Without a policy, that of the file, else the uniform one. Raises AnalysisError where the
    /// policy has no value.
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> s.j
    /// 5.547945205479452
    #[pyo3(signature = (policy=None))]
    fn solve_policy(
        slf: &Bound<'_, Self>,
        policy: Option<&Bound<'_, Policy>>,
    ) -> PyResult<crate::solved::Solved> {
        crate::solved::Solved::new(slf, policy)
    }

    /// The optimal values, a policy that has them, and a proven bound on the error.
    ///
    /// >>> o = exact_mdp.bundled("two-state").optimum()
    /// >>> o.greedy
    /// [('cold', 'heat'), ('hot', 'heat')]
    #[pyo3(signature = (*, method="auto", tolerance=None))]
    fn optimum(
        slf: &Bound<'_, Self>,
        method: &str,
        #[pyo3(from_py_with = given::optional_tolerance)] tolerance: Option<f64>,
    ) -> PyResult<crate::optimum::Optimum> {
        crate::optimum::Optimum::new(slf, method, tolerance)
    }

    /// Gradient ascent from a policy, by `method`: "line-search", "plain", "natural", "mirror",
    /// "projected", "nesterov", "adam", "trust-region", "proximal", "newton", "reinforce",
    /// "actor-critic", "evolution", "cross-entropy" or "random-search".
    ///
    /// Ctrl-C ends it and keeps what was made: `trace.stop` is then "interrupted".
    ///
    /// >>> m = exact_mdp.bundled("two-state")
    /// >>> trace = m.ascend(m.uniform(), method="natural", iterations=50).trace
    /// >>> bool((trace["j"][1:] >= trace["j"][:-1] - 1e-12).all())
    /// True
    #[pyo3(signature = (policy=None, *, method="line-search", iterations=1000, step=None, tolerance=1e-12, estimator=None, trajectories=100, seed=0, threads=1))]
    #[allow(clippy::too_many_arguments)]
    fn ascend(
        slf: &Bound<'_, Self>,
        policy: Option<&Bound<'_, Policy>>,
        method: &str,
        #[pyo3(from_py_with = given::iterations)] iterations: usize,
        #[pyo3(from_py_with = given::optional_step)] step: Option<f64>,
        #[pyo3(from_py_with = given::tolerance)] tolerance: f64,
        estimator: Option<&str>,
        #[pyo3(from_py_with = given::trajectories)] trajectories: u64,
        #[pyo3(from_py_with = given::seed)] seed: u64,
        #[pyo3(from_py_with = given::threads)] threads: usize,
    ) -> PyResult<crate::ascent::Trace> {
        let asked = crate::ascent::Asked {
            method,
            iterations,
            step,
            tolerance,
            estimator,
            trajectories,
            seed,
            threads,
        };
        crate::ascent::Trace::new(slf, policy, asked)
    }

    /// J, v and ∇J of many softmax policies at once: `thetas` is [K, SA] or [K, S, A]; of a partly seen model
    /// [K, d] or [K, O, A], as for `softmax`.
    ///
    /// Ctrl-C ends it and keeps the policies that were done; `batch.interrupted` is then true.
    ///
    /// >>> import numpy as np
    /// >>> b = exact_mdp.bundled("two-state").batch(np.zeros((3, 4)))
    /// >>> b.j.shape, b.v.shape, b.gradient.shape
    /// ((3,), (3, 2), (3, 4))
    #[pyo3(signature = (thetas, *, temperature=1.0, gradient=true, threads=1))]
    fn batch(
        slf: &Bound<'_, Self>,
        thetas: &Bound<'_, PyAny>,
        #[pyo3(from_py_with = given::temperature)] temperature: f64,
        gradient: bool,
        #[pyo3(from_py_with = given::threads)] threads: usize,
    ) -> PyResult<crate::batch::Batch> {
        crate::batch::Batch::new(slf, thetas, temperature, gradient, threads)
    }

    /// Checks the theorems of the theory on the model under a policy (that of the file, else the
    /// uniform one): of each identity both sides, computed by different code. `only` names
    /// identities or sections.
    ///
    /// >>> m = exact_mdp.bundled("two-state")
    /// >>> m.verify(only=["policy-gradient-theorem"])
    /// <Verification of two-state: 1 hold, 0 fail, 0 skipped>
    #[pyo3(signature = (policy=None, *, only=None))]
    fn verify(
        slf: &Bound<'_, Self>,
        policy: Option<&Bound<'_, Policy>>,
        only: Option<Vec<String>>,
    ) -> PyResult<Verification> {
        Verification::new(slf, policy, &only.unwrap_or_default())
    }

    /// The same questions over exact fractions. Raises AnalysisError where the numbers of the model
    /// are rounded ones, whose rows do not sum to 1.
    fn exact(slf: &Bound<'_, Self>) -> PyResult<crate::exact::ExactModel> {
        crate::exact::ExactModel::new(slf)
    }

    /// The model of the classes of states that behave alike, and the class of each state, int64 [S]:
    /// the largest bisimulation, decided on the exact numbers. A policy that is the same in all states
    /// of a class has the same v and J on both.
    ///
    /// >>> lumped, classes = exact_mdp.bundled("frozenlake-4x4").lumped()
    /// >>> len(lumped), classes.shape
    /// (12, (16,))
    fn lumped<'py>(slf: &Bound<'py, Self>) -> PyResult<(Model, Bound<'py, PyArray1<i64>>)> {
        let (py, this) = (slf.py(), slf.clone().unbind());
        let lumping = run(py, usize::MAX, move || this.get().model.lumped())?;
        let classes = lumping.class.iter().map(|&class| i64::from(class));
        Ok((Model::new(lumping.model), owned(py, classes.collect())))
    }

    /// The model of a horizon T unrolled in time: state s at time t is a state of its own, at the
    /// position t S + s, and what is reached at T is terminal. A policy of it has a rule for each time,
    /// and all that is asked of policies is answered for it. Raises AnalysisError without a horizon.
    ///
    /// >>> m = exact_mdp.bundled("inventory-finite-horizon")
    /// >>> len(m.in_time()) == (m.horizon + 1) * len(m)
    /// True
    #[pyo3(name = "in_time")]
    fn unrolled(slf: &Bound<'_, Self>) -> PyResult<Py<Model>> {
        Model::in_time(slf).map(Bound::unbind)
    }

    /// The model as YAML text, in exact numbers.
    fn to_yaml(&self) -> String {
        self.model.write(Style::Rows)
    }

    /// Flat columns, one entry for each outcome: state, action, next_state, probability, reward.
    ///
    /// `pandas.DataFrame(m.to_dict())` and `polars.DataFrame(m.to_dict())` take it as it is.
    fn to_dict<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyDict>> {
        let py = slf.py();
        let (indptr, next, probabilities, rewards) =
            slf.get().outcomes.get_or_init(|| rows_of(&slf.get().model));
        let space = slf.get().space();
        let count = |pair: usize| (indptr[pair + 1] - indptr[pair]) as usize;
        let names = |name: &dyn Fn(usize) -> String| -> Vec<String> {
            let each = |pair| std::iter::repeat_n(name(pair), count(pair));
            (0..space.pairs()).flat_map(each).collect()
        };
        let columns = PyDict::new(py);
        columns.set_item(
            "state",
            names(&|pair| space.pair_names(pair).0.into_owned()),
        )?;
        columns.set_item(
            "action",
            names(&|pair| space.pair_names(pair).1.into_owned()),
        )?;
        let next = next
            .iter()
            .map(|&s| space.state_names().get(s as usize).into_owned());
        columns.set_item("next_state", next.collect::<Vec<_>>())?;
        columns.set_item("probability", owned(py, probabilities.clone()))?;
        columns.set_item("reward", owned(py, rewards.clone()))?;
        Ok(columns)
    }

    /// The number of states.
    fn __len__(&self) -> usize {
        self.space().states()
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        let Ok(other) = other.cast::<Model>() else {
            return false;
        };
        let (own, other) = (&self.model, &other.get().model);
        own.is_partly_seen() == other.is_partly_seen()
            && own.write(Style::Rows) == other.write(Style::Rows)
    }

    fn __hash__(&self) -> u64 {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut hasher = DefaultHasher::new();
        self.model.write(Style::Rows).hash(&mut hasher);
        hasher.finish()
    }

    fn __repr__(&self) -> String {
        let space = self.space();
        let ends = self.terminal.iter().filter(|end| **end).count();
        let seen = if self.partly_seen() {
            ", partly seen"
        } else {
            ""
        };
        format!(
            "<Model {}: {} states ({ends} terminal), {} pairs, {}, γ = {}{seen}>",
            self.model.name(),
            space.states(),
            space.pairs(),
            self.criterion(),
            self.mdp.discount()
        )
    }

    fn _repr_html_(slf: &Bound<'_, Self>) -> PyResult<String> {
        pickle::html(slf.as_any(), "model")
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        let py = slf.py();
        let model = &slf.get().model;
        let parts = (
            model.write(Style::Rows),
            model.name(),
            model.is_partly_seen(),
        );
        pickle::remade(py, "model", parts)
    }
}

/// The outcomes of a model, compressed by pair: those of pair i stand at `indptr[i]:indptr[i + 1]`.
#[pyclass(frozen, module = "exact_mdp")]
pub struct Outcomes {
    model: Py<Model>,
}

impl Outcomes {
    fn rows(&self) -> &Flat {
        let model = self.model.get();
        model.outcomes.get_or_init(|| rows_of(&model.model))
    }
}

#[pymethods]
impl Outcomes {
    /// Where the outcomes of each pair begin, int64 [SA + 1].
    #[getter]
    fn indptr<'py>(slf: &Bound<'py, Self>) -> Bound<'py, PyArray1<i64>> {
        borrowed(&slf.get().rows().0, slf.clone().into_any())
    }

    /// s', int64 [outcomes].
    #[getter]
    fn successors<'py>(slf: &Bound<'py, Self>) -> Bound<'py, PyArray1<i64>> {
        borrowed(&slf.get().rows().1, slf.clone().into_any())
    }

    /// p(s'|s, a) of this outcome, float64 [outcomes].
    #[getter]
    fn probabilities<'py>(slf: &Bound<'py, Self>) -> Bound<'py, PyArray1<f64>> {
        borrowed(&slf.get().rows().2, slf.clone().into_any())
    }

    /// r(s, a, s'), float64 [outcomes].
    #[getter]
    fn rewards<'py>(slf: &Bound<'py, Self>) -> Bound<'py, PyArray1<f64>> {
        borrowed(&slf.get().rows().3, slf.clone().into_any())
    }

    fn __len__(&self) -> usize {
        self.rows().1.len()
    }
}

/// `indptr`, next states, probabilities and rewards of compressed rows.
type Flat = (Vec<i64>, Vec<i64>, Vec<f64>, Vec<f64>);

fn rows_of(model: &model::Model) -> Flat {
    let (mut indptr, mut next, mut p, mut r) = (vec![0], Vec::new(), Vec::new(), Vec::new());
    for pair in 0..model.space().pairs() {
        for outcome in model.outcomes().of(pair) {
            next.push(outcome.next as i64);
            p.push(outcome.probability.to_f64());
            r.push(outcome.reward.to_f64());
        }
        indptr.push(next.len() as i64);
    }
    (indptr, next, p, r)
}

/// What stands beside the outcomes.
struct Rest<'a, 'py> {
    gamma: Option<&'a Bound<'py, PyAny>>,
    initial: &'a Bound<'py, PyAny>,
    terminal: Option<&'a Bound<'py, PyAny>>,
    states: Option<Vec<String>>,
    actions: Option<Vec<String>>,
    horizon: Option<usize>,
    criterion: Option<&'a str>,
    normalize: Option<Number>,
    minimize: bool,
    name: &'a str,
}

fn finish(mut draft: Draft, rest: Rest<'_, '_>) -> PyResult<Model> {
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
        for state in positions(terminal)? {
            draft = draft.terminal(state);
        }
    }
    draft = start(draft, rest.initial)?;
    let overrides = Overrides {
        normalize: rest.normalize,
        objective: given::objective(rest.minimize),
        ..Overrides::default()
    };
    let made = draft.check_with(&overrides);
    made.map(Model::new).map_err(error::draft)
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
    if initial.hasattr("__len__")?
        && !(initial.hasattr("ndim")? && initial.getattr("ndim")?.eq(0)?)
    {
        for (state, weight) in initial.try_iter()?.enumerate() {
            let weight = number(&weight?)?;
            if !weight.is_zero() {
                draft = draft.start_with(state, weight);
            }
        }
        return Ok(draft);
    }
    Ok(draft.start(key(initial)?))
}

/// States of a list by position or name, or of a mask.
fn positions(terminal: &Bound<'_, PyAny>) -> PyResult<Vec<Key>> {
    if let Ok(mask) = terminal.extract::<PyReadonlyArrayDyn<'_, bool>>() {
        let mask = mask.as_array();
        let set = mask.iter().enumerate().filter(|(_, end)| **end);
        return Ok(set.map(|(state, _)| Key::from(state)).collect());
    }
    if let Ok(name) = terminal.cast::<PyString>() {
        return Ok(vec![Key::from(name.to_str()?)]);
    }
    terminal.try_iter()?.map(|state| key(&state?)).collect()
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
fn names(value: &Bound<'_, PyAny>, what: &str) -> PyResult<(usize, Option<Vec<String>>)> {
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
fn add(draft: &mut Draft, outcome: &Bound<'_, PyAny>) -> PyResult<()> {
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
fn exact_draft(arrays: &Bound<'_, PyAny>) -> PyResult<Draft> {
    let states: usize = arrays.getattr("states")?.extract()?;
    let actions: usize = arrays.getattr("actions")?.extract()?;
    let mut draft = Draft::new(states, actions);
    for outcome in arrays.getattr("rows")?.try_iter()? {
        add(&mut draft, &outcome?)?;
    }
    Ok(draft)
}

/// Arrays of floats, at once.
fn float_draft(arrays: &Bound<'_, PyAny>) -> PyResult<Draft> {
    let states: usize = arrays.getattr("states")?.extract()?;
    let listed = |name: &str| -> PyResult<Vec<usize>> { arrays.getattr(name)?.extract() };
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
    let overrides = overrides(Some(discount), None, None, Some(initial))?;
    let (name, text) = (name.to_string(), text.to_string());
    let read = move || {
        let format = exact_mdp::exchange::Format::Gymnasium;
        model::Model::parse_as(&name, text.as_bytes(), format, &overrides).map(Model::new)
    };
    run(py, usize::MAX, read)?.map_err(error::model)
}

/// A model from the text of one that is partly seen; for pickle.
#[pyfunction]
pub fn _parse_seen_partly(py: Python<'_>, text: &str, name: &str) -> PyResult<Model> {
    let (name, text) = (name.to_string(), text.to_string());
    let read = move || {
        let model = model::Model::parse(&name, &text)?;
        Ok(Model::new(model.seen_partly()))
    };
    run(py, usize::MAX, read)?.map_err(error::model)
}

/// The names of the bundled models, sorted.
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
#[pyo3(signature = (name, *, discount=None, horizon=None, criterion=None, initial=None, normalize=None, minimize=false))]
#[allow(clippy::too_many_arguments)]
pub fn bundled(
    py: Python<'_>,
    name: &str,
    discount: Option<&Bound<'_, PyAny>>,
    #[pyo3(from_py_with = given::horizon)] horizon: Option<usize>,
    criterion: Option<&str>,
    initial: Option<&Bound<'_, PyAny>>,
    #[pyo3(from_py_with = given::normalize)] normalize: Option<Number>,
    minimize: bool,
) -> PyResult<Model> {
    let Some(text) = exact_mdp::bundled::text(name) else {
        let near = exact_mdp::bundled::nearest(name);
        let near = near.map_or_else(String::new, |near| format!("; did you mean {near:?}?"));
        let sentence = format!("no bundled model is called {name:?}{near}");
        return Err(error::ModelError::new_err(sentence));
    };
    parse(
        py, text, name, discount, horizon, criterion, initial, normalize, minimize,
    )
}
