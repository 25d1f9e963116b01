//! Sampled estimators beside their exact laws.

use exact_mdp::comparison::{self, Options};
use exact_mdp::estimator::Estimator;
use exact_mdp::solved;
use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::arrays::{borrowed, owned};
use crate::error::analysis;
use crate::interrupt::watched;

/// What `Solved.compare` found: truthy where every sample is consistent with its exact law.
#[pyclass(frozen, module = "exact_mdp")]
pub struct Comparison {
    found: comparison::Comparison,
    interrupted: bool,
}

impl Comparison {
    pub fn new(
        py: Python<'_>,
        solved: &solved::Solved,
        estimators: &[Estimator],
        options: Options,
    ) -> PyResult<Comparison> {
        let (compared, raised) = watched(py, |watch| {
            let asked = solved.compare(estimators).with(options);
            asked.run_with(&|_| watch.look())
        });
        match (compared, raised) {
            (Ok(found), raised) if found.trajectories > 0 => Ok(Comparison {
                found,
                interrupted: raised.is_some(),
            }),
            (_, Some(raised)) => Err(raised),
            (Ok(found), None) => Ok(Comparison {
                found,
                interrupted: false,
            }),
            (Err(error), None) => Err(analysis(error)),
        }
    }
}

#[pymethods]
impl Comparison {
    /// Whether every sample is consistent with its estimator's own exact law.
    #[getter]
    fn consistent(&self) -> bool {
        self.found.is_consistent()
    }

    /// Whether Ctrl-C ended the run; the numbers are those of the trajectories made until then.
    #[getter]
    fn interrupted(&self) -> bool {
        self.interrupted
    }

    /// N.
    #[getter]
    fn trajectories(&self) -> u64 {
        self.found.trajectories
    }

    /// Steps of the environment, in all.
    #[getter]
    fn steps(&self) -> u64 {
        self.found.steps
    }

    /// ∇J, float64 [d].
    #[getter]
    fn gradient<'py>(slf: &Bound<'py, Self>) -> Bound<'py, PyArray1<f64>> {
        borrowed(&slf.get().found.gradient, slf.clone().into_any())
    }

    /// One dict for each estimator: its name, mean, expectation, variance, standard_error, z, bias
    /// (float64 [d] each, None where it has none), p_value, verdict and bias_verdict.
    #[getter]
    fn estimators<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let json = py.import("json")?;
        let numpy = py.import("numpy")?;
        let list = PyList::empty(py);
        for judgment in &self.found.estimators {
            let text = serde_json::to_string(judgment).expect("plain data");
            let entry: Bound<'py, PyDict> = json.call_method1("loads", (text,))?.extract()?;
            for (key, value) in entry.clone() {
                if value.is_instance_of::<PyList>() {
                    entry.set_item(key, numpy.call_method1("array", (value, "float64"))?)?;
                }
            }
            list.append(entry)?;
        }
        Ok(list)
    }

    /// Flat columns, one entry for each estimator and parameter, for pandas and polars.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let columns = PyDict::new(py);
        let d = self.found.gradient.len();
        let (mut names, mut parameters) = (Vec::new(), Vec::new());
        for judgment in &self.found.estimators {
            names.extend(std::iter::repeat_n(judgment.name.clone(), d));
            parameters.extend((0..d).map(|k| k as i64));
        }
        columns.set_item("estimator", names)?;
        columns.set_item("parameter", owned(py, parameters))?;
        let estimators = self.estimators(py)?;
        let numpy = py.import("numpy")?;
        for key in [
            "mean",
            "expectation",
            "variance",
            "standard_error",
            "bias",
            "z",
        ] {
            let each = estimators.iter().map(|entry| {
                let value = entry.get_item(key)?;
                if value.is_none() {
                    return numpy.call_method1("full", (d, f64::NAN));
                }
                Ok(value)
            });
            let each = each.collect::<PyResult<Vec<_>>>()?;
            columns.set_item(key, numpy.call_method1("concatenate", (each,))?)?;
        }
        Ok(columns)
    }

    fn __bool__(&self) -> bool {
        self.found.is_consistent()
    }

    fn __len__(&self) -> usize {
        self.found.estimators.len()
    }

    fn __repr__(&self) -> String {
        let verdict = if self.found.is_consistent() {
            "consistent"
        } else {
            "inconsistent"
        };
        let names = self
            .found
            .estimators
            .iter()
            .map(|judgment| judgment.name.clone());
        let names = names.collect::<Vec<_>>().join(", ");
        format!(
            "<Comparison of {names}: {verdict}, {} trajectories>",
            self.found.trajectories
        )
    }
}
