//! Sampled estimators beside their exact laws.

use std::sync::Arc;

use exact_mdp::comparison::{self, ComparisonOptions};
use exact_mdp::error::Error;
use exact_mdp::estimator::Estimator;
use exact_mdp::model::Objective;
use exact_mdp::report::{self, ComparisonReport, Head};
use exact_mdp::solved as exact;
use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyList, PyTuple};

use crate::arrays::{borrowed, owned};
use crate::drawing::Drawn;
use crate::error::{analysis, argument};
use crate::interrupt::watched;
use crate::pickle;
use crate::solved::Solved;

/// What `Solved.compare` found: truthy where every sample is consistent with its exact law.
#[pyclass(frozen, module = "exact_mdp", weakref)]
pub struct Comparison {
    consistent: bool,
    interrupted: bool,
    trajectories: u64,
    steps: u64,
    gradient: Vec<f64>,
    gradient_error: Option<f64>,
    /// The JSON of each estimator's judgment.
    judgments: Vec<String>,
    names: Vec<String>,
    /// The title and the SVG of the picture, drawn when first asked for.
    drawn: PyOnceLock<Option<Drawn>>,
    /// What is drawn; None after a pickle, which holds the picture.
    report: Option<ComparisonReport>,
}

/// The same policy where r − α log π is paid for r, of costs r + α log π.
fn paying(
    solved: &exact::Solved,
    entropy: Option<f64>,
    objective: Objective,
) -> Result<exact::Solved, Error> {
    let Some(alpha) = entropy else {
        return Ok(solved.clone());
    };
    if !(alpha.is_finite() && alpha >= 0.0) {
        return Err(Error::Argument {
            name: "α, the weight of the entropy,",
            found: alpha.to_string(),
            expected: "a number that is at least 0",
        });
    }
    let mdp = solved.paying_entropy(&(objective.sign() * alpha))?;
    exact::Solved::by(mdp, Arc::clone(solved.policy()), solved.options().clone())
}

impl Comparison {
    pub fn new(
        solved: &Bound<'_, Solved>,
        estimators: Vec<Estimator>,
        options: ComparisonOptions,
        entropy: Option<f64>,
    ) -> PyResult<Comparison> {
        let this = solved.clone().unbind();
        let seed = options.seed;
        let acting = options.behavior.is_some();
        let objective = this.get().model.get().model.objective();
        let (compared, raised) = watched(solved.py(), move |watch| {
            let solved = paying(&this.get().solved, entropy, objective)?;
            let asked = solved.compare(&estimators).with(options);
            asked
                .run_with(&|_| watch.look())
                .map(|found| (found, solved))
        })?;
        match (compared, raised) {
            (Ok((found, _)), Some(raised)) if found.trajectories == 0 => Err(raised),
            (Ok((found, _)), None) if found.trajectories == 0 => Err(argument(nothing(&found))),
            (Ok((comparison, at)), raised) => {
                let report = ComparisonReport {
                    head: Head::new(at.mdp(), at.policy(), objective),
                    j: (*at.j()).into(),
                    j_error: at.rounding().map_err(analysis)?.objective,
                    seed,
                    power: false,
                    entropy,
                    behavior: acting.then(|| "another policy".to_string()),
                    comparison,
                };
                Ok(Comparison::of(report, raised.is_some()))
            }
            (Err(_), Some(raised)) => Err(raised),
            (Err(error), None) => Err(analysis(error)),
        }
    }

    /// What a report says.
    pub fn of(report: ComparisonReport, interrupted: bool) -> Comparison {
        let found = &report.comparison;
        let json = |judged| serde_json::to_string(&report::judgment(judged)).expect("plain data");
        let names = found.estimators.iter();
        Comparison {
            consistent: found.is_consistent(),
            interrupted,
            trajectories: found.trajectories,
            steps: found.steps,
            judgments: found.estimators.iter().map(json).collect(),
            names: names.map(|judgment| judgment.name.clone()).collect(),
            gradient: found.gradient.clone(),
            gradient_error: found.gradient_error,
            drawn: PyOnceLock::new(),
            report: Some(report),
        }
    }

    fn drawn(&self, py: Python<'_>) -> &Option<Drawn> {
        self.drawn.get_or_init(py, || {
            let picture = exact_mdp_pictures::comparison::draw(self.report.as_ref()?);
            Some((picture.title.clone(), picture.file()))
        })
    }
}

/// Why no estimator was sampled.
fn nothing(found: &comparison::Comparison) -> String {
    let why = found.estimators.iter().map(|judged| match &judged.verdict {
        comparison::SampleVerdict::NoVariance(why) => format!("{}: {why}", judged.name),
        _ => judged.name.clone(),
    });
    let why = why.collect::<Vec<_>>().join("\n");
    format!(
        "nothing can be sampled\n{why}\nhelp: cut the trajectories with `truncation=…`, or take another estimator"
    )
}

#[pymethods]
impl Comparison {
    /// Whether every sample is consistent with its estimator's own exact law.
    ///
    /// >>> c = exact_mdp.bundled("retry-loop").solve_policy().compare(["reward-to-go"], n=500)
    /// >>> c.consistent
    /// True
    #[getter]
    fn consistent(&self) -> bool {
        self.consistent
    }

    /// Whether Ctrl-C ended the run; the numbers are those of the trajectories made until then.
    ///
    /// >>> c = exact_mdp.bundled("retry-loop").solve_policy().compare(["reward-to-go"], n=500)
    /// >>> c.interrupted
    /// False
    #[getter]
    fn interrupted(&self) -> bool {
        self.interrupted
    }

    /// N.
    ///
    /// >>> c = exact_mdp.bundled("retry-loop").solve_policy().compare(["reward-to-go"], n=500)
    /// >>> c.trajectories
    /// 500
    #[getter]
    fn trajectories(&self) -> u64 {
        self.trajectories
    }

    /// Steps of the environment, in all.
    ///
    /// >>> c = exact_mdp.bundled("retry-loop").solve_policy().compare(["reward-to-go"], n=500)
    /// >>> c.steps > 500
    /// True
    #[getter]
    fn steps(&self) -> u64 {
        self.steps
    }

    /// ∇J, float64 [d].
    ///
    /// >>> c = exact_mdp.bundled("retry-loop").solve_policy().compare(["reward-to-go"], n=500)
    /// >>> c.gradient.shape
    /// (4,)
    #[getter]
    fn gradient<'py>(slf: &Bound<'py, Self>) -> Bound<'py, PyArray1<f64>> {
        borrowed(&slf.get().gradient, slf.clone().into_any())
    }

    /// A bound on the error of an entry of it, where rounding may show in the ninth digit of one; else None.
    ///
    /// >>> c = exact_mdp.bundled("retry-loop").solve_policy().compare(["reward-to-go"], n=500)
    /// >>> c.gradient_error is None
    /// True
    #[getter]
    fn gradient_error(&self) -> Option<f64> {
        self.gradient_error
    }

    /// One dict for each estimator: its name, mean, expectation, variance, standard_error, z, bias
    /// (float64 [d] each, None where it has none), p_value, verdict and bias_verdict.
    ///
    /// >>> c = exact_mdp.bundled("retry-loop").solve_policy().compare(["reward-to-go"], n=500)
    /// >>> c.estimators[0]["name"], c.estimators[0]["verdict"]
    /// ('reward-to-go', 'consistent')
    #[getter]
    fn estimators<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let json = py.import("json")?;
        let numpy = py.import("numpy")?;
        let list = PyList::empty(py);
        for text in &self.judgments {
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
    ///
    /// >>> c = exact_mdp.bundled("retry-loop").solve_policy().compare(["reward-to-go"], n=500)
    /// >>> list(c.to_dict())[:3]
    /// ['estimator', 'parameter', 'mean']
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let columns = PyDict::new(py);
        let d = self.gradient.len();
        let (mut names, mut parameters) = (Vec::new(), Vec::new());
        for name in &self.names {
            names.extend(std::iter::repeat_n(name.clone(), d));
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
        self.consistent
    }

    fn __len__(&self) -> usize {
        self.names.len()
    }

    /// The picture of `exact-mdp compare --plot`: how far each estimate is from ∇J against N (up to a million trajectories),
    /// biases and standard errors, z of every parameter.
    ///
    /// >>> c = exact_mdp.bundled("retry-loop").solve_policy().compare(["reward-to-go"], n=500)
    /// >>> c.plot()
    /// <Picture: ...>
    fn plot<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        match slf.get().drawn(slf.py()) {
            Some(drawn) => crate::drawing::of(slf.py(), drawn),
            None => Err(argument("this comparison was pickled without a picture")),
        }
    }

    fn _repr_html_(slf: &Bound<'_, Self>) -> PyResult<String> {
        pickle::html(slf.as_any(), "comparison")
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let flags = (self.consistent, self.interrupted);
        let counts = (self.trajectories, self.steps);
        let gradient = (self.gradient.clone(), self.gradient_error);
        let rest = (gradient, &self.judgments, &self.names);
        pickle::restored::<Comparison>(py, (flags, counts, rest, self.drawn(py).clone()))
    }

    /// A comparison from the parts of `__reduce__`; for pickle.
    #[staticmethod]
    fn _restored(
        py: Python<'_>,
        flags: (bool, bool),
        counts: (u64, u64),
        rest: ((Vec<f64>, Option<f64>), Vec<String>, Vec<String>),
        picture: Option<Drawn>,
    ) -> Comparison {
        let ((consistent, interrupted), (trajectories, steps)) = (flags, counts);
        let ((gradient, gradient_error), judgments, names) = rest;
        let drawn = PyOnceLock::new();
        drawn.get_or_init(py, || picture);
        Comparison {
            consistent,
            interrupted,
            trajectories,
            steps,
            gradient,
            gradient_error,
            judgments,
            names,
            drawn,
            report: None,
        }
    }

    fn __repr__(&self) -> String {
        let verdict = if self.consistent {
            "consistent"
        } else {
            "inconsistent"
        };
        let names = self.names.join(", ");
        format!(
            "<Comparison of {names}: {verdict}, {} trajectories>",
            self.trajectories
        )
    }
}
