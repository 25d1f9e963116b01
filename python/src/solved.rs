//! A policy solved on a model.

mod derivatives;
mod errors;
mod sampled;
mod studies;

use std::sync::{Arc, OnceLock};

use exact_mdp::error::Error;
use exact_mdp::estimator::Sampling;
use exact_mdp::linalg::SolverOptions;
use exact_mdp::solved;
use nalgebra::DMatrix;
use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::arrays::{borrowed, over_pairs, owned};
use crate::error::{analysis, argument};
use crate::given;
use crate::interrupt::{lasting, run};
use crate::model::Model;
use crate::pickle;
use crate::policy::Policy;

/// A policy solved on a model: values, gradients, laws of estimators, samples, comparisons.
///
/// The system is factored once, when the policy is solved; everything else is computed when it is
/// first asked for and then kept. Arrays are read-only views of the same memory.
///
/// >>> s = exact_mdp.bundled("two-state").solve_policy()
/// >>> s.j, s.v.shape, s.q.shape, s.gradient.shape
/// (5.547945205479452, (2,), (4,), (4,))
#[pyclass(frozen, module = "exact_mdp", weakref)]
pub struct Solved {
    pub solved: solved::Solved,
    pub model: Py<Model>,
    pub policy: Py<Policy>,
    jacobian: Kept,
    hessian: Kept,
    fisher: Kept,
    natural: OnceLock<Result<Vec<f64>, Error>>,
}

/// A matrix that is computed when first asked for.
type Kept = OnceLock<Result<DMatrix<f64>, Error>>;

impl Solved {
    pub fn new(
        model: &Bound<'_, Model>,
        policy: Option<&Bound<'_, Policy>>,
        solver: SolverOptions,
    ) -> PyResult<Solved> {
        let py = model.py();
        let policy = match policy {
            Some(policy) => policy.clone(),
            None => Bound::new(py, Policy::own(model)?)?,
        };
        if model.get().has_rules(policy.get()) {
            return Solved::new(&Model::in_time(model)?, Some(&policy), solver);
        }
        let (mdp, chosen) = (
            Arc::clone(&model.get().mdp),
            Arc::clone(&policy.get().policy),
        );
        let size = lasting(mdp.space().pairs(), &mdp);
        let solved = run(py, size, || solved::Solved::by(mdp, chosen, solver))?;
        Ok(Solved {
            solved: solved.map_err(analysis)?,
            model: model.clone().unbind(),
            policy: policy.unbind(),
            jacobian: OnceLock::new(),
            hessian: OnceLock::new(),
            fisher: OnceLock::new(),
            natural: OnceLock::new(),
        })
    }

    /// The trajectories of an argument: cut after `truncation` steps, or dying.
    pub fn sampling(
        &self,
        truncation: Option<usize>,
        geometric: bool,
    ) -> PyResult<Option<Sampling>> {
        match (truncation, geometric) {
            (Some(0), _) => Err(argument("truncation is 0; expected at least 1 step")),
            (Some(_), true) => Err(argument("give truncation or geometric, not both")),
            (Some(steps), false) => {
                let cut = Sampling::cut_after(steps, self.solved.mdp().criterion());
                cut.map(Some).map_err(analysis)
            }
            (None, true) => Ok(Some(Sampling::Geometric)),
            (None, false) => Ok(None),
        }
    }
}

/// Asks a solved policy something that may take long.
pub fn ask<T: Send + 'static>(
    slf: &Bound<'_, Solved>,
    question: impl FnOnce(&solved::Solved) -> T + Send + 'static,
) -> PyResult<T> {
    let (this, solved) = (slf.clone().unbind(), &slf.get().solved);
    // few states may have many actions, and a policy more parameters than both
    let (space, parameters) = (solved.mdp().space(), solved.policy().parameters());
    let size = space.states().max(space.pairs()).max(parameters);
    let size = lasting(size, solved.mdp());
    run(slf.py(), size, move || question(&this.get().solved))
}

/// Asks a solved policy something that may take long on the smallest model too.
pub fn ask_at_length<T: Send + 'static>(
    slf: &Bound<'_, Solved>,
    question: impl FnOnce(&solved::Solved) -> T + Send + 'static,
) -> PyResult<T> {
    let this = slf.clone().unbind();
    run(slf.py(), usize::MAX, move || question(&this.get().solved))
}

#[pymethods]
impl Solved {
    /// The model.
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> s.model
    /// <Model two-state: 2 states (0 terminal), 4 pairs, discounted, γ = 0.9>
    #[getter]
    fn model(&self, py: Python<'_>) -> Py<Model> {
        self.model.clone_ref(py)
    }

    /// The policy.
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> s.policy
    /// <Policy softmax of 4 parameters>
    #[getter]
    fn policy(&self, py: Python<'_>) -> Py<Policy> {
        self.policy.clone_ref(py)
    }

    /// J, in units of reward; per step for the average reward.
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> s.j
    /// 5.547945205479452
    #[getter]
    fn j(&self) -> f64 {
        *self.solved.j()
    }

    /// v(s), float64 [S]; the bias h for the average reward, v₀ for a horizon.
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> s.v.shape
    /// (2,)
    #[getter]
    fn v<'py>(slf: &Bound<'py, Self>) -> Bound<'py, PyArray1<f64>> {
        borrowed(slf.get().solved.v(), slf.clone().into_any())
    }

    /// q(s, a), float64 [SA]; `.unstack()` gives [S, A].
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> s.q.shape, s.q.unstack().shape
    /// ((4,), (2, 2))
    #[getter]
    fn q<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let model = slf.get().model.bind(slf.py()).as_any();
        over_pairs(slf.get().solved.q(), slf.clone().into_any(), model)
    }

    /// A(s, a) = q(s, a) − v(s), float64 [SA].
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> bool(abs(s.advantage - (s.q - s.v[s.model.pair_states])).max() < 1e-12)
    /// True
    #[getter]
    fn advantage<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let model = slf.get().model.bind(slf.py()).as_any();
        over_pairs(slf.get().solved.advantage(), slf.clone().into_any(), model)
    }

    /// ρ(s), float64 [S]: expected discounted visits, not normalised.
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> float(s.occupancy.sum().round(9))
    /// 10.0
    #[getter]
    fn occupancy<'py>(slf: &Bound<'py, Self>) -> Bound<'py, PyArray1<f64>> {
        borrowed(slf.get().solved.occupancy(), slf.clone().into_any())
    }

    /// ρ(s) π(a|s), float64 [SA].
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> s.pair_occupancy.shape
    /// (4,)
    #[getter]
    fn pair_occupancy<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let model = slf.get().model.bind(slf.py()).as_any();
        over_pairs(
            slf.get().solved.pair_occupancy(),
            slf.clone().into_any(),
            model,
        )
    }

    /// The states without a value at γ = 1, by name; their v is 0 here.
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> s.undefined
    /// []
    #[getter]
    fn undefined(&self) -> Vec<String> {
        let names = self.solved.mdp().space().state_names();
        let states = self.solved.evaluation().undefined.states.iter();
        states.map(|&s| names.get(s).into_owned()).collect()
    }

    /// g(s), float64 [S], in units of reward per step, for the average reward; else None.
    ///
    /// >>> exact_mdp.bundled("two-state").solve_policy().gain is None
    /// True
    #[getter]
    fn gain<'py>(slf: &Bound<'py, Self>) -> Option<Bound<'py, PyArray1<f64>>> {
        let gain = slf.get().solved.evaluation().gain.as_ref()?;
        Some(borrowed(gain, slf.clone().into_any()))
    }

    /// h(s), float64 [S], of the average reward, as `v` is there; else None.
    ///
    /// >>> exact_mdp.bundled("two-state").solve_policy().bias is None
    /// True
    #[getter]
    fn bias<'py>(slf: &Bound<'py, Self>) -> Option<Bound<'py, PyArray1<f64>>> {
        let bias = slf.get().solved.evaluation().bias()?;
        Some(borrowed(bias, slf.clone().into_any()))
    }

    /// The same model and parametrization at other parameters θ, [d] or [S, A], solved.
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> s.with_theta([0, 1, 0, 1]).j > s.j
    /// True
    fn with_theta(slf: &Bound<'_, Self>, theta: &Bound<'_, PyAny>) -> PyResult<Solved> {
        let py = slf.py();
        let moved = Policy::moved(slf.get().policy.bind(py), theta)?;
        let solver = slf.get().solved.options().clone();
        Solved::new(
            slf.get().model.bind(py),
            Some(&Bound::new(py, moved)?),
            solver,
        )
    }

    /// A picture of the report, by its name: "values" (v with the policy), "policy", "advantage", "q", "occupancy",
    /// "gradient", "hessian", "fisher" or "chain". Shows itself in a notebook; `.save(path)` writes the SVG.
    ///
    /// >>> exact_mdp.bundled("two-state").solve_policy().plot("gradient")
    /// <Picture: ...>
    #[pyo3(signature = (what="values"))]
    fn plot<'py>(slf: &Bound<'py, Self>, what: &str) -> PyResult<Bound<'py, PyAny>> {
        let pictures = slf.py().import("exact_mdp.pictures")?;
        pictures.call_method1("of_solved", (slf, what))
    }

    /// Flat columns, one entry for each pair: state, action, probability, q, advantage, occupancy.
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> list(s.to_dict())
    /// ['state', 'action', 'probability', 'q', 'advantage', 'occupancy']
    fn to_dict<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyDict>> {
        let py = slf.py();
        let this = slf.get();
        let columns = crate::arrays::pair_columns(py, this.solved.mdp().space())?;
        let numbers = [
            ("probability", this.solved.policy().probabilities()),
            ("q", this.solved.q()),
            ("advantage", this.solved.advantage()),
            ("occupancy", this.solved.pair_occupancy()),
        ];
        for (name, values) in numbers {
            columns.set_item(name, owned(py, values.to_vec()))?;
        }
        Ok(columns)
    }

    fn __eq__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<bool> {
        let Ok(other) = other.cast::<Solved>() else {
            return Ok(false);
        };
        let other = other.get();
        Ok(self.policy.bind(py).eq(&other.policy)? && self.model.bind(py).eq(&other.model)?)
    }

    fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
        self.policy.bind(py).hash()
    }

    fn _repr_html_(slf: &Bound<'_, Self>) -> PyResult<String> {
        pickle::html(slf.as_any(), "solved")
    }

    fn __repr__(&self) -> String {
        let mdp = self.solved.mdp();
        format!("<Solved {}: J = {}>", mdp.name(), self.solved.j())
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, pyo3::types::PyTuple>> {
        let py = slf.py();
        let this = slf.get();
        let solver = given::solver_name(this.solved.options().solver);
        pickle::remade(py, "solved", (&this.model, &this.policy, solver))
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }
}
