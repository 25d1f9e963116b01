//! Models made from arrays, from environments and from other models, and written.

use std::num::NonZeroU32;
use std::path::PathBuf;

use exact_mdp::mdp::Criterion;
use exact_mdp::model::Draft;
use exact_mdp::number::Number;
use exact_mdp::yaml::Style;
use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyType};

use super::Model;
use crate::arrays::owned;
use crate::draft::{Rest, add, exact_draft, finish, float_draft, names};
use crate::error::{self, argument};
use crate::given;
use crate::interrupt::run;
use crate::number::number;

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
        #[pyo3(from_py_with = given::states)] states: Option<Vec<String>>,
        #[pyo3(from_py_with = given::actions)] actions: Option<Vec<String>>,
        #[pyo3(from_py_with = given::horizon)] horizon: Option<usize>,
        criterion: Option<&str>,
        #[pyo3(from_py_with = given::normalize)] normalize: Option<Number>,
        minimize: bool,
        name: &str,
    ) -> PyResult<Model> {
        let laid_out = cls.py().import("exact_mdp._arrays")?;
        let named = (P, R, initial, &states, &actions);
        let named = laid_out.call_method1("labelled_model", named)?;
        let [P, R, initial]: [Bound<'_, PyAny>; 3] = named.extract()?;
        let arrays = laid_out.call_method1("laid_out", (P, R, axes))?;
        let initial = &initial;
        let draft = if arrays.hasattr("rows")? {
            exact_draft(&arrays)?
        } else {
            float_draft(&arrays)?
        };
        let rest = Rest {
            count: arrays.getattr("states")?.extract()?,
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
        for (read, outcome) in outcomes.try_iter()?.enumerate() {
            if read % 4096 == 0 {
                outcomes.py().check_signals()?;
            }
            add(&mut draft, &outcome?)?;
        }
        let rest = Rest {
            count: n,
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
    /// environment's own `initial_state_distrib`. A `TimeLimit` is not in the table: the model goes on. Wrappers
    /// that may change rewards or transitions are refused.
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
            this.get().model.paying(&reward).map(Model::new)
        })?;
        paying.map_err(|why| error::study(why.into()))
    }

    /// The model as one sees it who does not see its states: after action a has led to s', o is seen with probability
    /// `observations[a, s', o]`, [A, S, O], or `observations[s', o]`, [S, O], where the action does not matter. The policy
    /// is a controller of `nodes` nodes, 1 unless said, that knows its node and what it saw last; 1 is a memoryless policy. `names` are
    /// those of the observations. With `keep_observations=True` the model is still seen, and `save` and `to_yaml` write what is
    /// seen of it.
    ///
    /// >>> m = exact_mdp.bundled("two-state").observed([[1], [1]])
    /// >>> m.partly_seen, m.solve_policy().policy.parameters[:2]
    /// (True, ['(start),wait', '(start),heat'])
    #[pyo3(signature = (observations, *, nodes=None, names=None, keep_observations=false))]
    fn observed<'py>(
        slf: &Bound<'py, Self>,
        observations: &Bound<'py, PyAny>,
        #[pyo3(from_py_with = given::nodes)] nodes: Option<NonZeroU32>,
        #[pyo3(from_py_with = given::names)] names: Option<Vec<String>>,
        keep_observations: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let module = slf.py().import("exact_mdp._arrays")?;
        let nodes = nodes.map(NonZeroU32::get);
        let nodes = nodes.or((!keep_observations).then_some(1));
        let asked = (slf, observations, nodes, names, keep_observations);
        module.call_method1("observed", asked)
    }

    /// The same model at another discount, a number, a Fraction or a text: `[m.with_discount(g).optimum().j for g in
    /// ("0.5", "0.9")]`. At 1 the criterion is the total reward, unless there is a horizon.
    ///
    /// >>> exact_mdp.bundled("two-state").with_discount("1/2").exact().optimal_values()
    /// [Fraction(18, 19), Fraction(2, 1)]
    fn with_discount(slf: &Bound<'_, Self>, gamma: &Bound<'_, PyAny>) -> PyResult<Model> {
        let discount = number(gamma)?;
        if discount < Number::ZERO || discount > Number::ONE {
            let found = discount.to_f64();
            return Err(argument(format!(
                "gamma is {found}; expected a number in [0, 1]"
            )));
        }
        let criterion = match slf.get().model.criterion() {
            Criterion::FiniteHorizon { horizon, .. } => Criterion::FiniteHorizon {
                discount,
                horizon: *horizon,
            },
            _ if discount == Number::ONE => Criterion::Total,
            _ => Criterion::Discounted { discount },
        };
        let this = slf.clone().unbind();
        run(slf.py(), slf.get().space().pairs(), move || {
            let model = this.get().model.clone();
            model.with_criterion(criterion).map(Model::new)
        })?
        .map_err(|why| argument(why.to_string()))
    }

    /// Writes the model to a file that is not there yet, in the format that its ending says or `to`: "nested" or "rows"
    /// (.yaml), "gymnasium" (.json), "quantecon" or "pymdptoolbox" (.npz), "drn", "prism" (.tra and files beside it),
    /// "cassandra" (.mdp, .POMDP), "umb", "petsc". What is seen of the states is written in the model files and in Cassandra's,
    /// of a model that keeps it (`keep_observations=True`). The list that it gives says what the format could not hold.
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

    /// The model of the classes of states that behave alike, and the class of each state, int64 [S]:
    /// the largest bisimulation, decided on the exact numbers. A policy that is the same in all states
    /// of a class has the same v and J on both.
    ///
    /// >>> lumped, classes = exact_mdp.bundled("frozenlake-4x4").lumped()
    /// >>> len(lumped), classes.shape
    /// (12, (16,))
    fn lumped<'py>(slf: &Bound<'py, Self>) -> PyResult<(Model, Bound<'py, PyArray1<i64>>)> {
        let (py, this) = (slf.py(), slf.clone().unbind());
        let (model, class) = run(py, usize::MAX, move || {
            let lumping = this.get().model.lumped();
            (Model::new(lumping.model), lumping.class)
        })?;
        let classes = class.iter().map(|&class| i64::from(class));
        Ok((model, owned(py, classes.collect())))
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
    fn to_yaml(slf: &Bound<'_, Self>) -> PyResult<String> {
        let this = slf.clone().unbind();
        run(slf.py(), slf.get().space().pairs(), move || {
            this.get().model.write(Style::Rows)
        })
    }
}
