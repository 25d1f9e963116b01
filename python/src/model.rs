//! Models.

use std::borrow::Cow;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use exact_mdp::mdp::{Criterion, Mdp, Names, Space};
use exact_mdp::model::{self, Draft};
use exact_mdp::number::Number;
use exact_mdp::yaml::Style;
use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyMapping, PyTuple, PyType};

use crate::arrays::{borrowed, over_pairs, owned};
use crate::draft::{Rest, add, exact_draft, finish, float_draft, names};
use crate::error::{self, argument};
use crate::given;
use crate::interrupt::run;
use crate::number::number;
use crate::outcomes::{Flat, Outcomes, rows_of};
use crate::pickle;
use crate::policy::{self, Policy};
use crate::study;
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

    /// The outcomes, in floats.
    pub fn rows(&self) -> &Flat {
        self.outcomes.get_or_init(|| rows_of(&self.model))
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
    ///
    /// >>> import gymnasium
    /// >>> m = exact_mdp.Model.from_gymnasium(gymnasium.make("FrozenLake-v1"), "0.99")
    /// >>> len(m), m.discount
    /// (16, 0.99)
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
    ///
    /// >>> env = exact_mdp.bundled("two-state").to_gymnasium()
    /// >>> state, info = env.reset(seed=0)
    /// >>> info["action_mask"].tolist()
    /// [1, 1]
    fn to_gymnasium<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let module = slf.py().import("exact_mdp._gymnasium")?;
        module.call_method1("env_from_model", (slf,))
    }

    /// The model's name.
    ///
    /// >>> m = exact_mdp.bundled("two-state")
    /// >>> m.name
    /// 'two-state'
    #[getter]
    fn name(&self) -> &str {
        self.model.name()
    }

    /// What the file says about the model, or None.
    ///
    /// >>> m = exact_mdp.bundled("two-state")
    /// >>> m.description
    /// 'A heater that can be left alone.'
    #[getter]
    fn description(&self) -> Option<&str> {
        self.model.description()
    }

    /// The names of the states, in order.
    ///
    /// >>> m = exact_mdp.bundled("two-state")
    /// >>> m.states
    /// ['cold', 'hot']
    #[getter]
    fn states(&self) -> Vec<String> {
        let names = self.space().state_names().iter();
        names.map(|name| name.into_owned()).collect()
    }

    /// The names of the actions, in order.
    ///
    /// >>> m = exact_mdp.bundled("two-state")
    /// >>> m.actions
    /// ['wait', 'heat']
    #[getter]
    fn actions(&self) -> Vec<String> {
        let names = self.space().action_names().iter();
        names.map(|name| name.into_owned()).collect()
    }

    /// The pairs (state, action), in the order of all arrays over pairs.
    ///
    /// >>> m = exact_mdp.bundled("two-state")
    /// >>> m.pairs
    /// [('cold', 'wait'), ('cold', 'heat'), ('hot', 'wait'), ('hot', 'heat')]
    #[getter]
    fn pairs(&self) -> Vec<(String, String)> {
        let names = |pair| {
            let (state, action) = self.space().pair_names(pair);
            (state.into_owned(), action.into_owned())
        };
        (0..self.space().pairs()).map(names).collect()
    }

    /// The position of each pair's state, int64 [SA].
    ///
    /// >>> m = exact_mdp.bundled("two-state")
    /// >>> m.pair_states.tolist()
    /// [0, 0, 1, 1]
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
    ///
    /// >>> m = exact_mdp.bundled("two-state")
    /// >>> m.pair_actions.tolist()
    /// [0, 1, 0, 1]
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
    ///
    /// >>> m = exact_mdp.bundled("two-state")
    /// >>> m.terminal.tolist()
    /// [False, False]
    #[getter]
    fn terminal<'py>(slf: &Bound<'py, Self>) -> Bound<'py, PyArray1<bool>> {
        borrowed(&slf.get().terminal, slf.clone().into_any())
    }

    /// ρ₀, float64 [S].
    ///
    /// >>> m = exact_mdp.bundled("two-state")
    /// >>> m.initial.tolist()
    /// [1.0, 0.0]
    #[getter]
    fn initial<'py>(slf: &Bound<'py, Self>) -> Bound<'py, PyArray1<f64>> {
        borrowed(slf.get().mdp.initial(), slf.clone().into_any())
    }

    /// r(s, a), float64 [SA]: the expected reward of each pair.
    ///
    /// >>> m = exact_mdp.bundled("two-state")
    /// >>> m.rewards.shape
    /// (4,)
    #[getter]
    fn rewards<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        over_pairs(slf.get().mdp.r(), slf.clone().into_any(), slf.as_any())
    }

    /// The names of the rewards, if the model has several; the first counts unless another is chosen.
    ///
    /// >>> exact_mdp.bundled("two-state").reward_names
    /// []
    #[getter]
    fn reward_names(&self) -> Vec<String> {
        self.model.reward_names().to_vec()
    }

    /// The same model with another of its rewards, or a combination of them, as the one that counts:
    /// `m.with_reward("gain - 1/2*risk")`. The model that it gives has this reward alone. Raises AnalysisError if there is no such reward.
    ///
    /// >>> exact_mdp.bundled("two-state").with_reward("risk")
    /// Traceback (most recent call last):
    ///     ...
    /// exact_mdp.AnalysisError: ...
    fn with_reward(slf: &Bound<'_, Self>, reward: &str) -> PyResult<Model> {
        let (this, reward) = (slf.clone().unbind(), reward.to_string());
        let paying = run(slf.py(), usize::MAX, move || {
            this.get().model.paying(&reward)
        })?;
        paying
            .map(Model::new)
            .map_err(|why| error::study(why.into()))
    }

    /// The best policy within bounds on other rewards, and what each bound costs: the `Report` of `exact-mdp constrained`.
    /// `bounds` are texts such as "risk<=1/2" and "gain>=3", on J; `of` is the reward, or the combination, that is to be
    /// large, the first unless said. `arithmetic` is "float" or "exact".
    ///
    /// >>> exact_mdp.bundled("two-state").constrained(["risk<=1/2"])
    /// Traceback (most recent call last):
    ///     ...
    /// exact_mdp.AnalysisError: ...
    #[pyo3(signature = (bounds, *, of=None, arithmetic="float"))]
    fn constrained(
        slf: &Bound<'_, Self>,
        bounds: Vec<String>,
        of: Option<String>,
        arithmetic: &str,
    ) -> PyResult<Py<PyAny>> {
        study::constrained(slf, given::arithmetic(arithmetic)?, of, &bounds)
    }

    /// Robust and optimistic values where transition probabilities are known only within sets: the `Report` of `exact-mdp robust`.
    /// Each p(·|s, a) lies within `radius` of the model's in a `norm`, "l1" (Σ|p − p̄|) or "max", over the outcomes that the model
    /// has, or within the `intervals` of its file. A `policy` is evaluated so, else the best one is found. `kernel` has nature's p
    /// written, unasked up to 100 states. `arithmetic` as in `evaluate`.
    ///
    /// >>> m = exact_mdp.bundled("two-state")
    /// >>> m.robust("1/10", norm="max", arithmetic="exact").robust["v"][0]
    /// Fraction(360, 41)
    #[pyo3(signature = (radius=None, *, norm="l1", policy=None, kernel=None, arithmetic="float"))]
    fn robust(
        slf: &Bound<'_, Self>,
        radius: Option<&Bound<'_, PyAny>>,
        norm: &str,
        policy: Option<&Bound<'_, Policy>>,
        kernel: Option<bool>,
        arithmetic: &str,
    ) -> PyResult<Py<PyAny>> {
        let numbers = given::arithmetic(arithmetic)?;
        study::robust(slf, policy, (radius, norm), kernel, numbers)
    }

    /// Which policies are n-discount optimal, n = `order` from -1 (the gain) over 0 (the bias) on, in fractions: the largest terms
    /// [n + 2, S] of the values near discount 1, the actions that attain them, and how many deterministic policies do. The
    /// `Report` of `exact-mdp solve --n-discount`.
    ///
    /// >>> found = exact_mdp.bundled("two-state").n_discount(0)
    /// >>> list(found.terms[0])
    /// [Fraction(1, 1), Fraction(1, 1)]
    #[pyo3(signature = (order))]
    fn n_discount(slf: &Bound<'_, Self>, order: i32) -> PyResult<Py<PyAny>> {
        study::n_discount(slf, order)
    }

    /// The corners of the Pareto front of two rewards, their policies and the rates of exchange: the `Report` of
    /// `exact-mdp pareto`. `of` names two rewards, or combinations of them; those of the model unless said. `arithmetic` is
    /// "float" or "exact".
    ///
    /// >>> exact_mdp.bundled("two-state").pareto()
    /// Traceback (most recent call last):
    ///     ...
    /// exact_mdp.AnalysisError: ...
    #[pyo3(signature = (of=None, *, arithmetic="float"))]
    fn pareto(
        slf: &Bound<'_, Self>,
        of: Option<Vec<String>>,
        arithmetic: &str,
    ) -> PyResult<Py<PyAny>> {
        study::pareto(slf, given::arithmetic(arithmetic)?, of.unwrap_or_default())
    }

    /// The model as one sees it who does not see its states: after action a has led to s', o is seen with probability
    /// `observations[a, s', o]`, [A, S, O], or `observations[s', o]`, [S, O], where the action does not matter. The policy
    /// is a controller of `nodes` nodes, 1 unless said, that knows its node and what it saw last; 1 is a memoryless policy. `names` are
    /// those of the observations.
    ///
    /// >>> m = exact_mdp.bundled("two-state").observed([[1], [1]])
    /// >>> m.partly_seen, m.solve_policy().policy.parameters[:2]
    /// (True, ['(start),wait', '(start),heat'])
    #[pyo3(signature = (observations, *, nodes=None, names=None))]
    fn observed<'py>(
        slf: &Bound<'py, Self>,
        observations: &Bound<'py, PyAny>,
        #[pyo3(from_py_with = given::nodes)] nodes: Option<NonZeroU32>,
        names: Option<Vec<String>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let module = slf.py().import("exact_mdp._arrays")?;
        let nodes = nodes.map_or(1, NonZeroU32::get);
        module.call_method1("observed", (slf, observations, nodes, names))
    }

    /// The outcomes of all pairs as compressed rows.
    ///
    /// >>> m = exact_mdp.bundled("two-state")
    /// >>> len(m.outcomes)
    /// 6
    #[getter]
    fn outcomes(slf: &Bound<'_, Self>) -> Outcomes {
        Outcomes {
            model: slf.clone().unbind(),
        }
    }

    /// γ; 1 for the total and the average reward.
    ///
    /// >>> m = exact_mdp.bundled("two-state")
    /// >>> m.discount
    /// 0.9
    #[getter]
    fn discount(&self) -> f64 {
        self.mdp.discount()
    }

    /// T, or None.
    ///
    /// >>> m = exact_mdp.bundled("two-state")
    /// >>> m.horizon
    #[getter]
    fn horizon(&self) -> Option<usize> {
        match self.model.criterion() {
            Criterion::FiniteHorizon { horizon, .. } => Some(*horizon),
            _ => None,
        }
    }

    /// Whether the model is a partially observable one as a controller sees it, whose policies know only what is
    /// seen.
    ///
    /// >>> m = exact_mdp.bundled("two-state")
    /// >>> m.partly_seen
    /// False
    #[getter]
    fn partly_seen(&self) -> bool {
        self.model.is_partly_seen()
    }

    /// "discounted", "finite-horizon", "total" or "average".
    ///
    /// >>> m = exact_mdp.bundled("two-state")
    /// >>> m.criterion
    /// 'discounted'
    #[getter]
    fn criterion(&self) -> &'static str {
        self.mdp.criterion().kind()
    }

    /// The state of each cell of a gridworld's map, int64 [rows, columns], −1 for a wall; else None.
    ///
    /// >>> exact_mdp.bundled("frozenlake-4x4").grid[0].tolist()
    /// [0, 1, 2, 3]
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
    ///
    /// >>> m = exact_mdp.bundled("two-state")
    /// >>> m.warnings
    /// []
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
    ///
    /// >>> m = exact_mdp.bundled("two-state")
    /// >>> m.tabular([[0.5, 0.5], ["1/3", "2/3"]])
    /// <Policy simplex of 4 parameters>
    #[pyo3(signature = (probabilities, parametrization="simplex"))]
    fn tabular(
        slf: &Bound<'_, Self>,
        probabilities: &Bound<'_, PyAny>,
        parametrization: &str,
    ) -> PyResult<Policy> {
        Policy::tabular(slf, probabilities, parametrization)
    }

    /// The log-linear policy π ∝ exp(θ·φ/τ); features are [SA, d] or [S, A, d], θ is [d].
    ///
    /// >>> m = exact_mdp.bundled("two-state")
    /// >>> m.linear([[1], [0], [1], [0]], [0.5]).probabilities.shape
    /// (4,)
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

    /// The uniform policy: softmax at θ = 0, tabular, of a game one for each player or, of a partly seen model, the
    /// controller's.
    ///
    /// >>> m = exact_mdp.bundled("two-state")
    /// >>> m.uniform().probabilities.tolist()
    /// [0.5, 0.5, 0.5, 0.5]
    fn uniform(slf: &Bound<'_, Self>) -> PyResult<Policy> {
        Policy::uniform(slf)
    }

    /// The softmax whose θ are standard normal, drawn from a seed: tabular or, of a partly seen model,
    /// the controller's.
    ///
    /// >>> m = exact_mdp.bundled("two-state")
    /// >>> m.random(7) == m.random(7), m.random(7) == m.random(8)
    /// (True, False)
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
    ///
    /// >>> m = exact_mdp.bundled("two-state")
    /// >>> m.own_policy()
    /// <Policy softmax of 4 parameters>
    fn own_policy(slf: &Bound<'_, Self>) -> PyResult<Policy> {
        Policy::own(slf)
    }

    /// The policy of a file: what stands under `policy:` in a model, alone, in YAML or JSON; or a
    /// report of the program, which holds one; or a mapping of what would stand there, with numbers or texts such as
    /// "1/3". Raises ModelError with all that is wrong.
    ///
    /// >>> m = exact_mdp.bundled("two-state")
    /// >>> thirds = {"cold": {"wait": "1/3", "heat": "2/3"}, "hot": {"wait": 1}}
    /// >>> m.load_policy({"parametrization": "simplex", "probabilities": thirds}).probabilities.round(3).tolist()
    /// [0.333, 0.667, 1.0, 0.0]
    /// >>> exact_mdp.bundled("two-state").load_policy("no-such.yaml")
    /// Traceback (most recent call last):
    ///     ...
    /// exact_mdp.ModelError: no-such.yaml: cannot read the file: No such file or directory (os error 2)
    fn load_policy(slf: &Bound<'_, Self>, path: &Bound<'_, PyAny>) -> PyResult<Policy> {
        if let Ok(mapping) = path.cast::<PyMapping>() {
            let arrays = slf.py().import("exact_mdp._arrays")?;
            let text: String = arrays.call_method1("described", (mapping,))?.extract()?;
            return Policy::described(slf, &text);
        }
        Policy::load(slf, &path.extract::<PathBuf>()?)
    }

    /// A policy, solved on the model: the one thing that every question is asked of.
    ///
    /// Without a policy, that of the file, else the uniform one. Linear systems are solved by `solver`, "dense", "sparse",
    /// "krylov" or "lapack", unless said by what size and density ask for. Raises AnalysisError where the policy has no
    /// value.
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> s.j
    /// 5.547945205479452
    /// >>> exact_mdp.bundled("two-state").solve_policy(solver="sparse").evaluate().solver["name"]
    /// 'sparse'
    #[pyo3(signature = (policy=None, *, solver="auto"))]
    fn solve_policy(
        slf: &Bound<'_, Self>,
        policy: Option<&Bound<'_, Policy>>,
        solver: &str,
    ) -> PyResult<crate::solved::Solved> {
        crate::solved::Solved::new(slf, policy, given::solver(solver)?)
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
    /// `risk` is climbed in place of J, "mean-variance:C", "exponential:BETA" or "cvar:LEVEL", by "plain" or
    /// "line-search"; `entropy` is the weight of the policy's entropy in every reward. `truncation` cuts the trajectories of
    /// the sampled methods, as a time limit does. `gap_tolerance` stops at a bound on J* − J; `every` keeps only each so-many-th iterate,
    /// `iterates=True` θ, π and v of each of them. The searches know J by the mean of `rollouts` sampled returns, else
    /// exactly; `critic_step` is how far the critic moves. `resume` is an earlier trace that is gone on from.
    ///
    /// Ctrl-C ends it and keeps what was made: `trace.stop` is then "interrupted".
    ///
    /// >>> m = exact_mdp.bundled("two-state")
    /// >>> first = m.ascend(m.uniform(), method="natural", iterations=50)
    /// >>> bool((first.trace["j"][1:] >= first.trace["j"][:-1] - 1e-12).all())
    /// True
    /// >>> m.ascend(method="natural", iterations=5, resume=first, iterates=True).iterates["v"].shape
    /// (6, 2)
    #[pyo3(signature = (policy=None, *, method="line-search", risk=None, entropy=None, truncation=None, iterations=1000, step=None, tolerance=1e-12, gap_tolerance=None, every=None, iterates=false, estimator=None, trajectories=100, rollouts=None, critic_step=0.1, resume=None, seed=0, threads=1))]
    #[allow(clippy::too_many_arguments)]
    fn ascend(
        slf: &Bound<'_, Self>,
        policy: Option<&Bound<'_, Policy>>,
        method: &str,
        risk: Option<&str>,
        #[pyo3(from_py_with = given::optional_entropy)] entropy: Option<f64>,
        #[pyo3(from_py_with = given::truncation)] truncation: Option<usize>,
        #[pyo3(from_py_with = given::iterations)] iterations: usize,
        #[pyo3(from_py_with = given::optional_step)] step: Option<f64>,
        #[pyo3(from_py_with = given::tolerance)] tolerance: f64,
        #[pyo3(from_py_with = given::optional_gap_tolerance)] gap_tolerance: Option<f64>,
        #[pyo3(from_py_with = given::every)] every: Option<usize>,
        iterates: bool,
        estimator: Option<&str>,
        #[pyo3(from_py_with = given::trajectories)] trajectories: u64,
        #[pyo3(from_py_with = given::rollouts)] rollouts: Option<usize>,
        #[pyo3(from_py_with = given::critic_step)] critic_step: f64,
        resume: Option<&Bound<'_, crate::ascent::Trace>>,
        #[pyo3(from_py_with = given::seed)] seed: u64,
        #[pyo3(from_py_with = given::threads)] threads: usize,
    ) -> PyResult<crate::ascent::Trace> {
        let asked = crate::ascent::Asked {
            method,
            risk,
            entropy,
            truncation,
            iterations,
            step,
            tolerance,
            gap_tolerance,
            bounds: false,
            every,
            estimator,
            trajectories,
            rollouts,
            critic_step,
            seed,
            threads,
        };
        crate::ascent::Trace::new(slf, policy, resume, iterates, &asked)
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

    /// The optimum with everything that `exact-mdp solve` says of it, a `Report`: v, q, all optimal actions, the bound,
    /// iterations, of which at most `iterations` are made; with `entropy` α > 0 the optimum where every action also earns
    /// −α log π(a|s). `solver` as in `solve_policy`; `arithmetic` is "float", "exact" or "certified". `.plot()` draws v*.
    ///
    /// >>> r = exact_mdp.bundled("two-state").solve(arithmetic="exact")
    /// >>> r.j, r.greedy[0]
    /// (Fraction(810, 91), ['cold', 'heat'])
    #[allow(clippy::too_many_arguments)] // by keyword
    #[pyo3(signature = (*, method="auto", tolerance=None, entropy=None, iterations=1_000_000, trace=false, solver="auto", arithmetic="float"))]
    fn solve(
        slf: &Bound<'_, Self>,
        method: &str,
        #[pyo3(from_py_with = given::optional_tolerance)] tolerance: Option<f64>,
        entropy: Option<&Bound<'_, PyAny>>,
        #[pyo3(from_py_with = given::iterations)] iterations: usize,
        trace: bool,
        solver: &str,
        arithmetic: &str,
    ) -> PyResult<Py<PyAny>> {
        let options = crate::optimum::options(method, tolerance)?;
        let entropy = entropy.map(number).transpose()?;
        let options = exact_mdp::control::Options {
            entropy: entropy.as_ref().map(Number::to_f64),
            iterations,
            trace,
            solver: given::solver(solver)?,
            ..options
        };
        study::solve(slf, given::arithmetic(arithmetic)?, options)
    }

    /// Ascents by several methods side by side, a `Report` of `exact-mdp ascend`; without `methods` by every one that
    /// serves the policy. `bounds` adds a bound on J* − J to each step, `gap_tolerance` stops at one, `every` keeps
    /// only each so-many-th step. A list as `step` compares several; `repeats` makes sampled ascents so often, from seeds
    /// one apart, for the mean and the range of J; `restarts` climbs from so many random starts too, the best end is told
    /// and all are listed; `drift` tells of "reinforce" the exact change of J to expect of every
    /// step. `risk`, `entropy`, `truncation`, `rollouts` and `critic_step` are those of `ascend`; `resume` is the file, or the `Report`, of an
    /// earlier run. `.plot()` draws J* − J and J. Ctrl-C raises.
    ///
    /// >>> r = exact_mdp.bundled("two-state").ascents(methods=["plain", "natural"], iterations=20)
    /// >>> r.method, [other["method"] for other in r.others]
    /// ('plain', ['natural'])
    #[pyo3(signature = (policy=None, *, methods=None, risk=None, entropy=None, truncation=None, iterations=1000, step=None, repeats=None, restarts=None, tolerance=1e-12, gap_tolerance=None, bounds=false, every=None, estimator=None, trajectories=100, rollouts=None, critic_step=0.1, drift=false, resume=None, seed=0, threads=1))]
    #[allow(clippy::too_many_arguments)]
    fn ascents(
        slf: &Bound<'_, Self>,
        policy: Option<&Bound<'_, Policy>>,
        methods: Option<Vec<String>>,
        risk: Option<&str>,
        #[pyo3(from_py_with = given::optional_entropy)] entropy: Option<f64>,
        #[pyo3(from_py_with = given::truncation)] truncation: Option<usize>,
        #[pyo3(from_py_with = given::iterations)] iterations: usize,
        #[pyo3(from_py_with = given::steps)] step: Option<Vec<f64>>,
        #[pyo3(from_py_with = given::repeats)] repeats: Option<usize>,
        #[pyo3(from_py_with = given::restarts)] restarts: Option<usize>,
        #[pyo3(from_py_with = given::tolerance)] tolerance: f64,
        #[pyo3(from_py_with = given::optional_gap_tolerance)] gap_tolerance: Option<f64>,
        bounds: bool,
        #[pyo3(from_py_with = given::every)] every: Option<usize>,
        estimator: Option<String>,
        #[pyo3(from_py_with = given::trajectories)] trajectories: u64,
        #[pyo3(from_py_with = given::rollouts)] rollouts: Option<usize>,
        #[pyo3(from_py_with = given::critic_step)] critic_step: f64,
        drift: bool,
        resume: Option<&Bound<'_, PyAny>>,
        #[pyo3(from_py_with = given::seed)] seed: u64,
        #[pyo3(from_py_with = given::threads)] threads: usize,
    ) -> PyResult<Py<PyAny>> {
        let asked = crate::ascent::Asked {
            method: "line-search",
            risk,
            entropy,
            truncation,
            iterations,
            step: None,
            tolerance,
            gap_tolerance,
            bounds,
            every,
            estimator: None,
            trajectories,
            rollouts,
            critic_step,
            seed,
            threads,
        };
        if let Some(count) = repeats.filter(|count| *count < 2) {
            return Err(argument(format!("repeats is {count}; expected at least 2")));
        }
        if restarts == Some(0) {
            return Err(argument("restarts is 0; expected at least 1"));
        }
        let request = exact_mdp::study::Ascend {
            methods: crate::ascent::methods(&methods.unwrap_or_default())?,
            estimator,
            steps: step.unwrap_or_default(),
            repeats: repeats.map(|count| count as u64),
            restarts: restarts.map(|count| count as u64),
            drift,
            resume: resume.map(crate::ascent::earlier).transpose()?,
            options: asked.options()?,
            ..exact_mdp::study::Ascend::default()
        };
        study::ascents(slf, policy, request)
    }

    /// Sizes, the criterion, and the classes and periods of the chain of a policy (that of the file, else the uniform
    /// one): what `exact-mdp check` says, a `Report`.
    ///
    /// >>> r = exact_mdp.bundled("two-state").check()
    /// >>> r.valid, r.sizes["transitions"], r.structure["kind"]
    /// (True, 6, 'unichain')
    #[pyo3(signature = (policy=None))]
    fn check(slf: &Bound<'_, Self>, policy: Option<&Bound<'_, Policy>>) -> PyResult<Py<PyAny>> {
        study::check(slf, policy)
    }

    /// The picture of the transitions under a policy (that of the file, else the uniform one), states colored by v: the
    /// first one of a report. Raises ExactMdpError beyond 50 states off a map.
    ///
    /// >>> exact_mdp.bundled("two-state").plot()
    /// <Picture: ...>
    #[pyo3(signature = (policy=None))]
    fn plot<'py>(
        slf: &Bound<'py, Self>,
        policy: Option<&Bound<'py, Policy>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        crate::drawing::transitions(slf, policy)
    }

    /// The same model at another discount, a number, a Fraction or a text: `[m.with_discount(g).optimum().j for g in
    /// ("0.5", "0.9")]`. At 1 the criterion is the total reward, unless there is a horizon.
    ///
    /// >>> exact_mdp.bundled("two-state").with_discount("1/2").exact().optimal_values()
    /// [Fraction(18, 19), Fraction(2, 1)]
    fn with_discount(&self, gamma: &Bound<'_, PyAny>) -> PyResult<Model> {
        let discount = number(gamma)?;
        if discount < Number::ZERO || discount > Number::ONE {
            let found = discount.to_f64();
            return Err(argument(format!(
                "gamma is {found}; expected a number in [0, 1]"
            )));
        }
        let criterion = match self.model.criterion() {
            Criterion::FiniteHorizon { horizon, .. } => Criterion::FiniteHorizon {
                discount,
                horizon: *horizon,
            },
            _ if discount == Number::ONE => Criterion::Total,
            _ => Criterion::Discounted { discount },
        };
        Ok(Model::new(self.model.clone().with_criterion(criterion)))
    }

    /// Writes the model to a file that is not there yet, in the format that its ending says or `to`: "nested" or "rows"
    /// (.yaml), "gymnasium" (.json), "quantecon" or "pymdptoolbox" (.npz), "drn", "prism" (.tra and files beside it),
    /// "cassandra" (.mdp), "umb", "petsc". The list that it gives says what the format could not hold.
    ///
    /// >>> import tempfile, pathlib
    /// >>> path = pathlib.Path(tempfile.mkdtemp()) / "m.drn"
    /// >>> lost = exact_mdp.bundled("two-state").save(path)
    /// >>> exact_mdp.load(path, discount="9/10", initial="cold").solve_policy().j
    /// 5.547945205479452
    #[pyo3(signature = (path, to=None))]
    fn save(slf: &Bound<'_, Self>, path: PathBuf, to: Option<&str>) -> PyResult<Vec<String>> {
        crate::export::save(slf, &path, to)
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
    ///
    /// >>> m = exact_mdp.bundled("two-state")
    /// >>> m.exact().solve_policy().j
    /// Fraction(405, 73)
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
    ///
    /// >>> m = exact_mdp.bundled("two-state")
    /// >>> m.to_yaml().splitlines()[0]
    /// 'name: two-state'
    fn to_yaml(&self) -> String {
        self.model.write(Style::Rows)
    }

    /// Flat columns, one entry for each outcome: state, action, next_state, probability, reward.
    ///
    /// `pandas.DataFrame(m.to_dict())` and `polars.DataFrame(m.to_dict())` take it as it is.
    ///
    /// >>> m = exact_mdp.bundled("two-state")
    /// >>> list(m.to_dict())
    /// ['state', 'action', 'next_state', 'probability', 'reward']
    fn to_dict<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyDict>> {
        let py = slf.py();
        let (indptr, next, probabilities, rewards) = slf.get().rows();
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
        let own = model.controller().zip(model.space().sight());
        let seen = own.map(|(controller, sight)| {
            let names = |names: &Names| names.iter().map(Cow::into_owned).collect::<Vec<_>>();
            let (observations, actions) = (names(sight.observations()), names(sight.actions()));
            let situations = sight.situations().to_vec();
            let parts = policy::parts(py, controller)?;
            Ok::<_, PyErr>((sight.nodes(), observations, actions, situations, parts))
        });
        let text = match seen {
            Some(_) => model.clone().seen_whole().write(Style::Rows),
            None => model.write(Style::Rows),
        };
        pickle::remade(py, "model", (text, model.name(), seen.transpose()?))
    }
}
