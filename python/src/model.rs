//! Models.

mod asked;
mod made;
mod policies;

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use exact_mdp::mdp::{Criterion, Mdp, Names, Space};
use exact_mdp::model::{self, Objective};
use exact_mdp::yaml::Style;
use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

use crate::arrays::{borrowed, over_pairs, owned};
use crate::error::{self};
use crate::interrupt::run;
use crate::outcomes::{Flat, Outcomes, rows_of};
use crate::pickle;
use crate::policy::{self, Policy};

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

    /// What equal models have in common and is soon told.
    fn signs(&self) -> (&str, bool, [usize; 2], &'static str, u64) {
        let sizes = [self.space().states(), self.space().pairs()];
        let (kind, discount) = (self.mdp.criterion().kind(), self.mdp.discount());
        let seen = self.partly_seen();
        (self.model.name(), seen, sizes, kind, discount.to_bits())
    }

    /// The outcomes, in floats.
    pub fn rows(&self) -> &Flat {
        self.outcomes.get_or_init(|| rows_of(&self.model))
    }

    /// The model unrolled in time.
    pub fn in_time<'py>(model: &Bound<'py, Model>) -> PyResult<Bound<'py, Model>> {
        let this = model.clone().unbind();
        let unrolled = run(model.py(), usize::MAX, move || {
            this.get().model.in_time().map(Model::new)
        })?;
        Bound::new(model.py(), unrolled.map_err(error::analysis)?)
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

    /// What may be seen of the states, where that is not all: of a model that is `partly_seen`, or that was read with
    /// `keep_observations=True`.
    ///
    /// >>> m = exact_mdp.bundled("two-state")
    /// >>> m.observations
    /// []
    #[getter]
    fn observations(&self) -> Vec<String> {
        let kept = self.model.observation_names();
        let seen = self.space().sight().map(|sight| sight.observations());
        let names = kept.or(seen);
        names.map_or_else(Vec::new, |names| {
            names.iter().map(Cow::into_owned).collect()
        })
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

    /// Whether rewards are costs: an optimal policy makes J small.
    ///
    /// >>> exact_mdp.bundled("two-state").minimize
    /// False
    #[getter]
    fn minimize(&self) -> bool {
        self.model.objective() == Objective::Minimize
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
        // a name is one text, however many outcomes have it
        let texts = |names: &Names| -> Vec<Bound<'py, PyString>> {
            names.iter().map(|name| PyString::new(py, &name)).collect()
        };
        let (states, actions) = (texts(space.state_names()), texts(space.action_names()));
        let of_pairs = |text: &dyn Fn(usize) -> Bound<'py, PyString>| -> Vec<_> {
            let each = |pair| std::iter::repeat_n(text(pair), count(pair));
            (0..space.pairs()).flat_map(each).collect()
        };
        let columns = PyDict::new(py);
        let state = |pair| states[space.state_of(pair)].clone();
        let action = |pair| actions[space.action_of(pair)].clone();
        columns.set_item("state", of_pairs(&state))?;
        columns.set_item("action", of_pairs(&action))?;
        let next = next.iter().map(|&s| states[s as usize].clone());
        columns.set_item("next_state", next.collect::<Vec<_>>())?;
        columns.set_item("probability", owned(py, probabilities.clone()))?;
        columns.set_item("reward", owned(py, rewards.clone()))?;
        Ok(columns)
    }

    /// The number of states.
    fn __len__(&self) -> usize {
        self.space().states()
    }

    fn __eq__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<bool> {
        let Ok(other) = other.cast::<Model>() else {
            return Ok(false);
        };
        if slf.is(other) {
            return Ok(true);
        }
        if slf.get().signs() != other.get().signs() {
            return Ok(false);
        }
        let (this, other) = (slf.clone().unbind(), other.clone().unbind());
        let written = |model: &Py<Model>| model.get().model.write(Style::Rows);
        run(slf.py(), slf.get().space().pairs(), move || {
            written(&this) == written(&other)
        })
    }

    fn __hash__(&self) -> u64 {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut hasher = DefaultHasher::new();
        self.signs().hash(&mut hasher);
        hasher.finish()
    }

    fn __repr__(&self) -> String {
        let space = self.space();
        let ends = self.terminal.iter().filter(|end| **end).count();
        let seen = match (self.partly_seen(), self.model.observation_names()) {
            (true, _) => ", partly seen",
            (false, Some(_)) => ", observations kept",
            (false, None) => "",
        };
        let costs = if self.minimize() { ", costs" } else { "" };
        format!(
            "<Model {}: {} states ({ends} terminal), {} pairs, {}, γ = {}{costs}{seen}>",
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
            let parts = policy::parts::of(py, controller)?;
            Ok::<_, PyErr>((sight.nodes(), observations, actions, situations, parts))
        });
        let text = match seen {
            Some(_) => model.clone().seen_whole().write(Style::Rows),
            None => model.write(Style::Rows),
        };
        pickle::remade(py, "model", (text, model.name(), seen.transpose()?))
    }
}
