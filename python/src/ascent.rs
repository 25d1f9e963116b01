//! Gradient ascents.

use exact_mdp::ascent::{self, Ascent, Goal, Method, Options};
use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::arrays::owned;
use crate::error::{analysis, argument};
use crate::interrupt::watched;
use crate::model::Model;
use crate::policy::Policy;

/// A path of policies and why it ended.
#[pyclass(frozen, module = "exact_mdp")]
pub struct Trace {
    ascent: Ascent,
    j_optimal: Option<f64>,
    policy: Py<Policy>,
}

/// The arguments of `Model.ascend`.
pub struct Asked<'a> {
    pub method: &'a str,
    pub iterations: usize,
    pub step: Option<f64>,
    pub tolerance: f64,
    pub estimator: Option<&'a str>,
    pub trajectories: u64,
    pub seed: u64,
    pub threads: usize,
}

impl Asked<'_> {
    fn options(&self) -> PyResult<Options> {
        let found = Method::ALL
            .into_iter()
            .find(|method| method.name() == self.method);
        let method = found.ok_or_else(|| {
            let all = Method::ALL.map(Method::name).join(", ");
            argument(format!("unknown method {:?}; there are {all}", self.method))
        })?;
        if let Some(step) = self.step.filter(|x| !(x.is_finite() && *x > 0.0)) {
            return Err(argument(format!(
                "step is {step}; expected a number above 0"
            )));
        }
        if self.tolerance.is_nan() || self.tolerance < 0.0 {
            let found = self.tolerance;
            return Err(argument(format!(
                "tolerance is {found}; expected a number of at least 0"
            )));
        }
        if self.trajectories == 0 {
            return Err(argument("trajectories is 0; expected at least 1"));
        }
        let estimator = self
            .estimator
            .map(|name| name.parse().map_err(analysis))
            .transpose()?;
        Ok(Options {
            method,
            iterations: self.iterations,
            step: self.step,
            tolerance: self.tolerance,
            estimator,
            trajectories: self.trajectories,
            seed: self.seed,
            threads: self.threads,
            ..Options::default()
        })
    }
}

impl Trace {
    pub fn new(
        model: &Bound<'_, Model>,
        policy: Option<&Bound<'_, Policy>>,
        asked: Asked<'_>,
    ) -> PyResult<Trace> {
        let py = model.py();
        let options = asked.options()?;
        let start = match policy {
            Some(policy) => (*policy.get().policy).clone(),
            None => (*Policy::own(model)?.policy).clone(),
        };
        let mdp = &model.get().mdp;
        let ((ascent, j_optimal), raised) = watched(py, |watch| {
            let goal = Goal::new(mdp, &options.solver).ok();
            let mut look = |_: &ascent::Step| watch.look();
            let ascent = ascent::ascend(mdp, &start, goal.as_ref(), &options, &mut look);
            (ascent, goal.map(|goal| goal.j))
        });
        let ascent = match (ascent, raised) {
            (Ok(ascent), _) => ascent,
            (Err(_), Some(raised)) => return Err(raised),
            (Err(error), None) => return Err(analysis(error)),
        };
        let policy = Py::new(py, Policy::found(model, ascent.policy.clone()))?;
        Ok(Trace {
            ascent,
            j_optimal,
            policy,
        })
    }

    fn column<'py>(
        &self,
        py: Python<'py>,
        of: impl Fn(&ascent::Step) -> f64,
    ) -> Bound<'py, PyArray1<f64>> {
        owned(py, self.ascent.trace.iter().map(of).collect())
    }
}

#[pymethods]
impl Trace {
    /// Flat columns, one entry for each iterate: iteration, j, gradient_norm, step.
    #[getter]
    fn trace<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let columns = PyDict::new(py);
        let iterations = self.ascent.trace.iter().map(|step| step.iteration as i64);
        columns.set_item("iteration", owned(py, iterations.collect::<Vec<_>>()))?;
        columns.set_item("j", self.column(py, |step| step.j))?;
        columns.set_item("gradient_norm", self.column(py, |step| step.gradient_norm))?;
        columns.set_item("step", self.column(py, |step| step.step))?;
        Ok(columns)
    }

    /// The same, for pandas and polars.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        self.trace(py)
    }

    /// J of the last policy.
    #[getter]
    fn j(&self) -> f64 {
        self.ascent.last().j
    }

    /// J*, if it is known.
    #[getter]
    fn j_optimal(&self) -> Option<f64> {
        self.j_optimal
    }

    /// A proven bound on J* − J of the last policy, if one is known.
    #[getter]
    fn gap_bound(&self) -> Option<f64> {
        self.ascent.gap_bound
    }

    /// The last policy.
    #[getter]
    fn policy(&self, py: Python<'_>) -> Py<Policy> {
        self.policy.clone_ref(py)
    }

    /// θ of the last policy, float64 [d].
    #[getter]
    fn theta<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyArray1<f64>>> {
        Some(owned(py, self.ascent.policy.theta()?.to_vec()))
    }

    /// Why it ended: a sentence; "interrupted" after Ctrl-C.
    #[getter]
    fn stop(&self) -> &'static str {
        self.ascent.stop.reason()
    }

    /// The number of iterates, the start included.
    fn __len__(&self) -> usize {
        self.ascent.trace.len()
    }

    fn __repr__(&self) -> String {
        let (name, steps) = (self.ascent.method.name(), self.ascent.iterations());
        format!(
            "<Trace of {name}: {steps} steps, J = {}, {}>",
            self.ascent.last().j,
            self.stop()
        )
    }
}
