//! Optimal values and policies.

use std::sync::Arc;

use exact_mdp::arithmetic::Arithmetic;
use exact_mdp::control::{self, ControlMethod};
use exact_mdp::model::Objective;
use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::arrays::{borrowed, over_pairs, owned, pair_columns};
use crate::error::{analysis, argument};
use crate::interrupt::run;
use crate::model::Model;
use crate::pickle;
use crate::policy::Policy;

/// The optimum of a model: values, a policy that has them, all optimal actions, a proven bound.
#[pyclass(frozen, module = "exact_mdp", weakref)]
pub struct Optimum {
    found: control::Optimum,
    model: Py<Model>,
    policy: Py<Policy>,
    method: String,
    tolerance: Option<f64>,
}

impl Optimum {
    pub fn new(
        model: &Bound<'_, Model>,
        method: &str,
        tolerance: Option<f64>,
    ) -> PyResult<Optimum> {
        let options = options(method, tolerance)?;
        let py = model.py();
        let (this, mdp) = (model.clone().unbind(), Arc::clone(&model.get().mdp));
        let solve = move || {
            let written = &this.get().model;
            match written.objective() {
                Objective::Maximize => f64::optimum(written, &mdp, &options),
                Objective::Minimize => written.floating().optimum_by(&options),
            }
        };
        let found = run(py, usize::MAX, solve)?.map_err(analysis)?;
        let policy = Policy::found(model, found.policy.clone());
        Ok(Optimum {
            found,
            model: model.clone().unbind(),
            policy: Py::new(py, policy)?,
            method: method.to_string(),
            tolerance,
        })
    }
}

/// How an optimum is found, by the name of the method, and how exactly.
pub fn options(method: &str, tolerance: Option<f64>) -> PyResult<control::ControlOptions> {
    let methods = [
        ("auto", ControlMethod::Auto),
        ("value-iteration", ControlMethod::ValueIteration),
        ("policy-iteration", ControlMethod::PolicyIteration),
        (
            "modified-policy-iteration",
            ControlMethod::ModifiedPolicyIteration,
        ),
        ("linear-program", ControlMethod::LinearProgram),
    ];
    let chosen = methods
        .iter()
        .find(|(name, _)| *name == method)
        .ok_or_else(|| {
            let all = methods.map(|(name, _)| name).join(", ");
            argument(format!("unknown method {method:?}; there are {all}"))
        })?;
    if let Some(found) = tolerance.filter(|x| !(x.is_finite() && *x > 0.0)) {
        return Err(argument(format!(
            "tolerance is {found}; expected a number above 0"
        )));
    }
    Ok(control::ControlOptions {
        method: chosen.1,
        tolerance,
        ..control::ControlOptions::default()
    })
}

#[pymethods]
impl Optimum {
    /// The model.
    ///
    /// >>> o = exact_mdp.bundled("two-state").optimum()
    /// >>> o.model
    /// <Model two-state: 2 states (0 terminal), 4 pairs, discounted, γ = 0.9>
    #[getter]
    fn model(&self, py: Python<'_>) -> Py<Model> {
        self.model.clone_ref(py)
    }

    /// J*: the largest J, or the smallest where rewards are costs.
    ///
    /// >>> o = exact_mdp.bundled("two-state").optimum()
    /// >>> o.j
    /// 8.901098901098903
    #[getter]
    fn j(&self) -> f64 {
        self.found.j
    }

    /// v*(s), float64 [S]; at t = 0 for a horizon, the bias for the average reward.
    ///
    /// >>> o = exact_mdp.bundled("two-state").optimum()
    /// >>> o.v.tolist()
    /// [8.901098901098903, 10.0]
    #[getter]
    fn v<'py>(slf: &Bound<'py, Self>) -> Bound<'py, PyArray1<f64>> {
        borrowed(&slf.get().found.v, slf.clone().into_any())
    }

    /// q*(s, a), float64 [SA].
    ///
    /// >>> o = exact_mdp.bundled("two-state").optimum()
    /// >>> o.q.shape, o.q.unstack().shape
    /// ((4,), (2, 2))
    #[getter]
    fn q<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let model = slf.get().model.bind(slf.py()).as_any();
        over_pairs(&slf.get().found.q, slf.clone().into_any(), model)
    }

    /// g*(s), float64 [S], for the average reward; else None.
    ///
    /// >>> o = exact_mdp.bundled("two-state").optimum()
    /// >>> o.gain is None
    /// True
    #[getter]
    fn gain<'py>(slf: &Bound<'py, Self>) -> Option<Bound<'py, PyArray1<f64>>> {
        let gain = slf.get().found.gain.as_ref()?;
        Some(borrowed(gain, slf.clone().into_any()))
    }

    /// h*(s), float64 [S], of the average reward, as `v` is there; else None.
    ///
    /// >>> o = exact_mdp.bundled("howard-taxicab").optimum()
    /// >>> bool((o.bias == o.v).all())
    /// True
    #[getter]
    fn bias<'py>(slf: &Bound<'py, Self>) -> Option<Bound<'py, PyArray1<f64>>> {
        let found = &slf.get().found;
        let is_average = found.gain.is_some();
        is_average.then(|| borrowed(&found.v, slf.clone().into_any()))
    }

    /// A deterministic optimal policy; for a horizon its rule at t = 0.
    ///
    /// >>> o = exact_mdp.bundled("two-state").optimum()
    /// >>> o.policy.probabilities.tolist()
    /// [0.0, 1.0, 0.0, 1.0]
    #[getter]
    fn policy(&self, py: Python<'_>) -> Py<Policy> {
        self.policy.clone_ref(py)
    }

    /// All pairs (state, action) that are optimal, as far as the bound can tell.
    ///
    /// >>> o = exact_mdp.bundled("two-state").optimum()
    /// >>> o.greedy
    /// [('cold', 'heat'), ('hot', 'heat')]
    #[getter]
    fn greedy(&self) -> Vec<(String, String)> {
        let space = self.found.policy.space();
        let names = |&pair: &usize| {
            let (state, action) = space.pair_names(pair);
            (state.into_owned(), action.into_owned())
        };
        self.found.greedy.iter().map(names).collect()
    }

    /// A proven bound on |v − v*|∞, rounding included; None where none could be proven.
    ///
    /// >>> o = exact_mdp.bundled("two-state").optimum()
    /// >>> 0 <= o.bound < 1e-12
    /// True
    #[getter]
    fn bound(&self) -> Option<f64> {
        self.found.error_bound
    }

    /// Iterations made.
    ///
    /// >>> o = exact_mdp.bundled("two-state").optimum()
    /// >>> o.iterations > 0
    /// True
    #[getter]
    fn iterations(&self) -> usize {
        self.found.iterations
    }

    /// Flat columns, one entry for each pair: state, action, q, optimal.
    ///
    /// >>> o = exact_mdp.bundled("two-state").optimum()
    /// >>> list(o.to_dict())
    /// ['state', 'action', 'q', 'optimal']
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let columns = pair_columns(py, self.found.policy.space())?;
        columns.set_item("q", owned(py, self.found.q.clone()))?;
        let mut optimal = vec![false; self.found.q.len()];
        self.found
            .greedy
            .iter()
            .for_each(|&pair| optimal[pair] = true);
        columns.set_item("optimal", owned(py, optimal))?;
        Ok(columns)
    }

    fn __eq__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<bool> {
        let Ok(other) = other.cast::<Optimum>() else {
            return Ok(false);
        };
        let other = other.get();
        Ok(self.found.v == other.found.v && self.model.bind(py).eq(&other.model)?)
    }

    fn __hash__(&self) -> u64 {
        (self.found.j + 0.0).to_bits()
    }

    /// The picture of v*, with an optimal policy where there is a map.
    ///
    /// >>> o = exact_mdp.bundled("two-state").optimum()
    /// >>> o.plot()
    /// <Picture: v*(s) of every state>
    fn plot<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        pickle::picture(slf.as_any(), "values")
    }

    fn _repr_html_(slf: &Bound<'_, Self>) -> PyResult<String> {
        pickle::html(slf.as_any(), "optimum")
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        pickle::remade(py, "optimum", (&self.model, &self.method, self.tolerance))
    }

    fn __repr__(&self) -> String {
        let bound = self
            .found
            .error_bound
            .map_or("unknown".into(), |x| format!("{x:.1e}"));
        format!("<Optimum: J* = {}, error at most {bound}>", self.found.j)
    }
}
