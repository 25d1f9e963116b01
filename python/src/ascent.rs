//! Gradient ascents.

use std::path::PathBuf;
use std::sync::Arc;

use exact_mdp::ascent::{self, AscentMethod, AscentOptions, AscentStop, Goal};
use exact_mdp::model::Objective;
use exact_mdp::study::{Earlier, StudyError};
use numpy::{PyArray1, PyArray2};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::arrays::owned;
use crate::error::{self, analysis, argument};
use crate::interrupt::watched;
use crate::model::Model;
use crate::pickle;
use crate::policy::Policy;

/// A path of policies and why it ended.
#[pyclass(frozen, module = "exact_mdp", weakref)]
pub struct Trace {
    method: String,
    stop: String,
    /// Iteration, J, ‖∇J‖ and step of each iterate.
    steps: Vec<(usize, f64, f64, f64)>,
    gap_bound: Option<f64>,
    j_optimal: Option<f64>,
    policy: Py<Policy>,
    iterates: Option<Iterates>,
}

/// θ [T + 1, d], π [T + 1, SA] and v [T + 1, S], row by row.
type Iterates = (Vec<Vec<f64>>, Vec<Vec<f64>>, Vec<Vec<f64>>);

/// The arguments of `Model.ascend`.
pub struct Asked<'a> {
    pub method: &'a str,
    pub risk: Option<&'a str>,
    pub entropy: Option<f64>,
    pub truncation: Option<usize>,
    pub iterations: usize,
    pub step: Option<f64>,
    pub tolerance: Option<f64>,
    pub gap_tolerance: Option<f64>,
    pub bounds: bool,
    pub every: Option<usize>,
    pub estimator: Option<&'a str>,
    pub trajectories: u64,
    pub rollouts: Option<usize>,
    pub critic_step: f64,
    pub seed: u64,
    pub threads: usize,
}

impl Asked<'_> {
    pub fn options(&self) -> PyResult<AscentOptions> {
        let method = method(self.method)?;
        if let Some(step) = self.step.filter(|x| !(x.is_finite() && *x > 0.0)) {
            return Err(argument(format!(
                "step is {step}; expected a number above 0"
            )));
        }
        if let Some(found) = self.tolerance.filter(|x| x.is_nan() || *x < 0.0) {
            return Err(argument(format!(
                "tolerance is {found}; expected a number of at least 0"
            )));
        }
        if self.trajectories == 0 {
            return Err(argument("trajectories is 0; expected at least 1"));
        }
        if self.truncation == Some(0) {
            return Err(argument("truncation is 0; expected at least 1 step"));
        }
        for (name, count) in [("rollouts", self.rollouts), ("every", self.every)] {
            if count == Some(0) {
                return Err(argument(format!("{name} is 0; expected at least 1")));
            }
        }
        if !(self.critic_step > 0.0 && self.critic_step <= 1.0) {
            return Err(argument(format!(
                "critic_step is {}; expected a number above 0, at most 1",
                self.critic_step
            )));
        }
        let estimator = self
            .estimator
            .map(|name| name.parse().map_err(analysis))
            .transpose()?;
        Ok(AscentOptions {
            method,
            risk: crate::given::risk(self.risk)?,
            entropy: self.entropy,
            truncation: self.truncation,
            iterations: self.iterations,
            step: self.step,
            tolerance: self.tolerance,
            gap_tolerance: self.gap_tolerance,
            bounds: self.bounds,
            every: self.every,
            estimator,
            trajectories: self.trajectories,
            rollouts: self.rollouts.map(|count| count as u64),
            critic_step: self.critic_step,
            seed: self.seed,
            threads: self.threads,
            ..AscentOptions::default()
        })
    }
}

/// The method of a name.
fn method(name: &str) -> PyResult<AscentMethod> {
    let found = AscentMethod::ALL
        .into_iter()
        .find(|method| method.name() == name);
    found.ok_or_else(|| {
        let all = AscentMethod::ALL.map(AscentMethod::name).join(", ");
        argument(format!("unknown method {name:?}; there are {all}"))
    })
}

/// The methods of these names.
pub fn methods(names: &[String]) -> PyResult<Vec<AscentMethod>> {
    names.iter().map(|name| method(name)).collect()
}

/// An earlier run to go on from: the path of its JSON, or its `Report`.
pub fn earlier(run: &Bound<'_, PyAny>) -> PyResult<Earlier> {
    if let Ok(path) = run.extract::<PathBuf>() {
        return Earlier::load(&path).map_err(error::study);
    }
    let module = run.py().import("exact_mdp._report")?;
    let text: String = module.call_method1("written", (run,))?.extract()?;
    Earlier::parse("resume", &text).map_err(error::study)
}

/// The policy to start from.
fn start(
    model: &Bound<'_, Model>,
    policy: Option<&Bound<'_, Policy>>,
    earlier: Option<&Trace>,
) -> PyResult<exact_mdp::policy::Policy> {
    let start = match (policy, earlier) {
        (Some(_), Some(_)) => {
            return Err(argument(
                "give a policy to start from or resume=…, not both",
            ));
        }
        (Some(policy), None) => (*policy.get().policy).clone(),
        (None, Some(earlier)) => (*earlier.policy.get().policy).clone(),
        (None, None) => (*Policy::own(model)?.policy).clone(),
    };
    if start.space() != model.get().space() {
        return Err(argument(
            "the policy to start from has other states or actions than the model",
        ));
    }
    Ok(start)
}

impl Trace {
    pub fn new(
        model: &Bound<'_, Model>,
        policy: Option<&Bound<'_, Policy>>,
        resume: Option<&Bound<'_, Trace>>,
        iterates: bool,
        asked: &Asked<'_>,
    ) -> PyResult<Trace> {
        let py = model.py();
        let earlier = resume.map(Bound::get);
        let options = AscentOptions {
            iterates,
            made: earlier.map_or(0, Trace::made),
            ..asked.options()?
        };
        if options.estimator.is_some() && !options.method.is_sampled() {
            return Err(error::study(StudyError::NothingSampled));
        }
        let start = start(model, policy, earlier)?;
        // costs are gains with the other sign
        let written = &model.get().model;
        let sign = written.objective().sign();
        let mdp = match written.objective() {
            Objective::Maximize => Arc::clone(&model.get().mdp),
            Objective::Minimize => Arc::new(written.negated().mdp()),
        };
        let ((ascent, j_optimal), raised) = watched(py, move |watch| {
            // J* is not that of a criterion of risk, nor of J with entropy
            let goal = match (&options.risk, options.entropy) {
                (Some(_), _) | (_, Some(_)) => None,
                (None, None) => Goal::new(&mdp, &options.solver).ok(),
            };
            let look = |_: &ascent::AscentStep| watch.look();
            let ascent = ascent::ascend(&mdp, &start, goal.as_ref(), &options, &look);
            (ascent, goal.map(|goal| sign * goal.j))
        })?;
        let ascent = match (ascent, raised) {
            (Ok(ascent), _) => ascent,
            (Err(_), Some(raised)) => return Err(raised),
            (Err(error), None) => return Err(analysis(error)),
        };
        let row = |step: &ascent::AscentStep| {
            (step.iteration, sign * step.j, step.gradient_norm, step.step)
        };
        Ok(Trace {
            method: ascent.method.name().to_string(),
            stop: ascent.stop.reason().to_string(),
            steps: ascent.trace.iter().map(row).collect(),
            gap_bound: ascent.gap_bound,
            j_optimal,
            iterates: ascent.iterates.map(|found| {
                let signed = |row: Vec<f64>| row.into_iter().map(|v| sign * v).collect();
                let v = found.v.into_iter().map(signed);
                (found.theta, found.probabilities, v.collect())
            }),
            policy: Py::new(py, Policy::found(model, ascent.policy))?,
        })
    }

    /// So many steps are behind it.
    fn made(&self) -> usize {
        self.steps.last().map_or(0, |step| step.0)
    }

    fn column<'py>(
        &self,
        py: Python<'py>,
        of: impl Fn(&(usize, f64, f64, f64)) -> f64,
    ) -> Bound<'py, PyArray1<f64>> {
        owned(py, self.steps.iter().map(of).collect())
    }

    /// J of the last policy; there is always the start.
    fn last(&self) -> f64 {
        self.steps.last().map_or(f64::NAN, |step| step.1)
    }
}

#[pymethods]
impl Trace {
    /// Flat columns, one entry for each iterate: iteration, j, gradient_norm, step.
    ///
    /// >>> t = exact_mdp.bundled("two-state").ascend(method="natural", iterations=5)
    /// >>> list(t.trace)
    /// ['iteration', 'j', 'gradient_norm', 'step']
    #[getter]
    fn trace<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let columns = PyDict::new(py);
        let iterations = self.steps.iter().map(|step| step.0 as i64);
        columns.set_item("iteration", owned(py, iterations.collect::<Vec<_>>()))?;
        columns.set_item("j", self.column(py, |step| step.1))?;
        columns.set_item("gradient_norm", self.column(py, |step| step.2))?;
        columns.set_item("step", self.column(py, |step| step.3))?;
        Ok(columns)
    }

    /// The same, for pandas and polars.
    ///
    /// >>> t = exact_mdp.bundled("two-state").ascend(method="natural", iterations=5)
    /// >>> t.to_dict()["iteration"].tolist()
    /// [0, 1, 2, 3, 4, 5]
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        self.trace(py)
    }

    /// θ [T + 1, d], π(a|s) [T + 1, SA] and v [T + 1, S] of each iterate, by the names "theta", "probabilities" and "v";
    /// None unless `iterates=True` asked for them.
    ///
    /// >>> t = exact_mdp.bundled("two-state").ascend(method="natural", iterations=5, iterates=True)
    /// >>> t.iterates["theta"].shape, t.iterates["v"].shape
    /// ((6, 4), (6, 2))
    #[getter]
    fn iterates<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        let Some((theta, probabilities, v)) = &self.iterates else {
            return Ok(None);
        };
        let columns = PyDict::new(py);
        for (name, rows) in [("theta", theta), ("probabilities", probabilities), ("v", v)] {
            columns.set_item(name, PyArray2::from_vec2(py, rows)?)?;
        }
        Ok(Some(columns))
    }

    /// J of the last policy.
    ///
    /// >>> t = exact_mdp.bundled("two-state").ascend(method="natural", iterations=5)
    /// >>> bool(t.j == t.trace["j"][-1])
    /// True
    #[getter]
    fn j(&self) -> f64 {
        self.last()
    }

    /// J*, if it is known.
    ///
    /// >>> t = exact_mdp.bundled("two-state").ascend(method="natural", iterations=5)
    /// >>> t.j_optimal
    /// 8.901098901098903
    #[getter]
    fn j_optimal(&self) -> Option<f64> {
        self.j_optimal
    }

    /// A proven bound on J* − J of the last policy, if one is known.
    ///
    /// >>> t = exact_mdp.bundled("two-state").ascend(method="natural", iterations=5)
    /// >>> t.gap_bound >= t.j_optimal - t.j
    /// True
    #[getter]
    fn gap_bound(&self) -> Option<f64> {
        self.gap_bound
    }

    /// The last policy.
    ///
    /// >>> t = exact_mdp.bundled("two-state").ascend(method="natural", iterations=5)
    /// >>> t.policy
    /// <Policy softmax of 4 parameters>
    #[getter]
    fn policy(&self, py: Python<'_>) -> Py<Policy> {
        self.policy.clone_ref(py)
    }

    /// θ of the last policy, float64 [d].
    ///
    /// >>> t = exact_mdp.bundled("two-state").ascend(method="natural", iterations=5)
    /// >>> t.theta.shape
    /// (4,)
    #[getter]
    fn theta<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.policy.bind(py).getattr("theta")
    }

    /// Why it ended: a sentence; "interrupted" after Ctrl-C.
    ///
    /// >>> t = exact_mdp.bundled("two-state").ascend(method="natural", iterations=5)
    /// >>> t.stop
    /// 'all iterations are made'
    #[getter]
    fn stop(&self) -> &str {
        &self.stop
    }

    /// Whether Ctrl-C ended it.
    ///
    /// >>> t = exact_mdp.bundled("two-state").ascend(method="natural", iterations=5)
    /// >>> t.interrupted
    /// False
    #[getter]
    fn interrupted(&self) -> bool {
        self.stop == AscentStop::Interrupted.reason()
    }

    /// The name of the method.
    ///
    /// >>> t = exact_mdp.bundled("two-state").ascend(method="natural", iterations=5)
    /// >>> t.method
    /// 'natural'
    #[getter]
    fn method(&self) -> &str {
        &self.method
    }

    /// The number of iterates, the start included.
    fn __len__(&self) -> usize {
        self.steps.len()
    }

    fn __repr__(&self) -> String {
        let (steps, j) = (self.steps.len().saturating_sub(1), self.last());
        format!(
            "<Trace of {}: {steps} steps, J = {j}, {}>",
            self.method, self.stop
        )
    }

    /// The picture of J by iteration.
    ///
    /// >>> t = exact_mdp.bundled("two-state").ascend(method="natural", iterations=5)
    /// >>> t.plot()
    /// <Picture: J against iteration>
    fn plot<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        pickle::picture(slf.as_any(), "ascent")
    }

    fn _repr_html_(slf: &Bound<'_, Self>) -> PyResult<String> {
        pickle::html(slf.as_any(), "trace")
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let parts = (
            (&self.method, &self.stop),
            self.steps.clone(),
            (self.gap_bound, self.j_optimal),
            &self.policy,
            self.iterates.clone(),
        );
        pickle::restored::<Trace>(py, parts)
    }

    /// A path from the parts of `__reduce__`; for pickle.
    #[staticmethod]
    fn _restored(
        names: (String, String),
        steps: Vec<(usize, f64, f64, f64)>,
        optimum: (Option<f64>, Option<f64>),
        policy: Py<Policy>,
        iterates: Option<Iterates>,
    ) -> Trace {
        let ((method, stop), (gap_bound, j_optimal)) = (names, optimum);
        Trace {
            method,
            stop,
            steps,
            gap_bound,
            j_optimal,
            policy,
            iterates,
        }
    }
}
