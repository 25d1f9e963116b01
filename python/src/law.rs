//! The exact law of an estimator.

use exact_mdp::estimator::{self, Detail, Estimator, Sampling};
use exact_mdp::policy;
use numpy::{PyArray1, PyArray2};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::arrays::{borrowed_matrix, over_parameters, owned};
use crate::error::analysis;
use crate::pickle;
use crate::policy::Policy;
use crate::solved::{Solved, ask_at_length};

/// Mean, variance and covariance of one trajectory's contribution to an estimator, without sampling.
///
/// The mean of N independent trajectories has the same mean and 1/N of the covariance.
///
/// >>> s = exact_mdp.bundled("retry-loop").solve_policy()
/// >>> law = s.law("reward-to-go:dropped")
/// >>> law.biased, law.mean.shape, law.covariance.shape
/// (True, (4,), (4, 4))
#[pyclass(frozen, module = "exact_mdp", weakref)]
pub struct Law {
    law: estimator::Law,
    solved: Py<Solved>,
    truncation: Option<usize>,
    geometric: bool,
    behavior: Option<Py<Policy>>,
    /// What stood for v, as it was given.
    critic: Option<Py<PyAny>>,
    /// b(s) of one's own, as it was given.
    baseline: Option<Py<PyAny>>,
}

impl Law {
    pub fn new(
        solved: &Bound<'_, Solved>,
        estimator: Estimator,
        truncation: Option<usize>,
        geometric: bool,
        behavior: Option<&Bound<'_, Policy>>,
    ) -> PyResult<Law> {
        let this = solved.get();
        let sampling = this.sampling(truncation, geometric)?;
        let actor = behavior.map(|actor| policy::Policy::clone(&actor.get().policy));
        let law = ask_at_length(solved, move |solved| {
            let sampling = match sampling {
                Some(sampling) => sampling,
                None => Sampling::of_laws(solved.mdp(), solved.policy())?,
            };
            let detail = Detail::affordable::<f64>(solved.policy().parameters());
            let one = std::slice::from_ref(&estimator);
            let mut laws = solved.laws_under(actor.as_ref(), one, sampling, detail)?;
            laws.remove(0)
        })?;
        Ok(Law {
            behavior: behavior.map(|actor| actor.clone().unbind()),
            critic: None,
            baseline: None,
            law: law.map_err(analysis)?,
            solved: solved.clone().unbind(),
            truncation,
            geometric,
        })
    }

    /// The same, which remembers the critic and the baseline that its estimator has.
    pub fn given(
        self,
        critic: Option<&Bound<'_, PyAny>>,
        baseline: Option<&Bound<'_, PyAny>>,
    ) -> Law {
        let kept = |given: Option<&Bound<'_, PyAny>>| given.map(|given| given.clone().unbind());
        Law {
            critic: kept(critic),
            baseline: kept(baseline),
            ..self
        }
    }

    fn over<'py>(slf: &Bound<'py, Self>, values: &[f64]) -> PyResult<Bound<'py, PyAny>> {
        let solved = slf.get().solved.bind(slf.py());
        over_parameters(values, slf.clone().into_any(), solved)
    }
}

#[pymethods]
impl Law {
    /// The estimator's name.
    ///
    /// >>> law = exact_mdp.bundled("retry-loop").solve_policy().law("reward-to-go:dropped")
    /// >>> law.estimator
    /// 'reward-to-go:dropped'
    #[getter]
    fn estimator(&self) -> String {
        self.law.estimator.to_string()
    }

    /// E ĝ, float64 [d], in units of reward per parameter.
    ///
    /// >>> law = exact_mdp.bundled("retry-loop").solve_policy().law("reward-to-go:dropped")
    /// >>> law.mean.shape, law.mean.unstack().shape
    /// ((4,), (3, 4))
    #[getter]
    fn mean<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Law::over(slf, slf.get().law.mean())
    }

    /// Var ĝ, float64 [d].
    ///
    /// >>> law = exact_mdp.bundled("retry-loop").solve_policy().law("reward-to-go:dropped")
    /// >>> bool((law.variance >= 0).all())
    /// True
    #[getter]
    fn variance<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Law::over(slf, slf.get().law.variance())
    }

    /// Cov ĝ, float64 [d, d]; None above 1024 parameters.
    ///
    /// >>> law = exact_mdp.bundled("retry-loop").solve_policy().law("reward-to-go:dropped")
    /// >>> law.covariance.shape
    /// (4, 4)
    #[getter]
    fn covariance<'py>(slf: &Bound<'py, Self>) -> Option<Bound<'py, PyArray2<f64>>> {
        let covariance = slf.get().law.covariance()?;
        Some(borrowed_matrix(covariance, slf.clone().into_any()))
    }

    /// What rounding can do to the entries of `mean` and so of `bias`, float64 [d]; None where that cannot show in the
    /// ninth digit of one.
    ///
    /// >>> law = exact_mdp.bundled("retry-loop").solve_policy().law("reward-to-go:dropped")
    /// >>> law.mean_error is None
    /// True
    #[getter]
    fn mean_error<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyArray1<f64>>> {
        Some(owned(py, self.law.mean_error()?))
    }

    /// The same of `variance`, float64 [d].
    ///
    /// >>> law = exact_mdp.bundled("retry-loop").solve_policy().law("reward-to-go:dropped")
    /// >>> law.variance_error is None
    /// True
    #[getter]
    fn variance_error<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyArray1<f64>>> {
        Some(owned(py, self.law.variance_error()?))
    }

    /// The same of `covariance`, float64 [d, d].
    ///
    /// >>> law = exact_mdp.bundled("retry-loop").solve_policy().law("reward-to-go:dropped")
    /// >>> law.covariance_error is None
    /// True
    #[getter]
    fn covariance_error<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<Option<Bound<'py, PyArray2<f64>>>> {
        let rows = self.law.covariance_error();
        let array = |rows: Vec<Vec<f64>>| PyArray2::from_vec2(py, &rows);
        Ok(rows.map(array).transpose()?)
    }

    /// E ĝ − ∇J, float64 [d].
    ///
    /// >>> law = exact_mdp.bundled("retry-loop").solve_policy().law("reward-to-go:dropped")
    /// >>> law.bias.shape
    /// (4,)
    #[getter]
    fn bias<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Law::over(slf, &slf.get().law.bias)
    }

    /// Whether E ĝ differs from ∇J by more than rounding can do; None where no digit of ∇J is
    /// certain.
    ///
    /// >>> law = exact_mdp.bundled("retry-loop").solve_policy().law("reward-to-go:dropped")
    /// >>> law.biased
    /// True
    #[getter]
    fn biased(&self) -> Option<bool> {
        self.law.is_biased()
    }

    /// Flat columns, one entry for each parameter: parameter, mean, variance, bias.
    ///
    /// >>> law = exact_mdp.bundled("retry-loop").solve_policy().law("reward-to-go:dropped")
    /// >>> list(law.to_dict())
    /// ['parameter', 'mean', 'variance', 'bias']
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let columns = PyDict::new(py);
        let labels = self.solved.get().solved.policy().labels();
        columns.set_item("parameter", labels)?;
        let numbers = |values: &[f64]| -> Bound<'py, PyArray1<f64>> { owned(py, values.to_vec()) };
        columns.set_item("mean", numbers(self.law.mean()))?;
        columns.set_item("variance", numbers(self.law.variance()))?;
        columns.set_item("bias", numbers(&self.law.bias))?;
        Ok(columns)
    }

    /// The number of parameters.
    fn __len__(&self) -> usize {
        self.law.mean().len()
    }

    fn __eq__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<bool> {
        let Ok(other) = other.cast::<Law>() else {
            return Ok(false);
        };
        let other = other.get();
        Ok(self.estimator() == other.estimator()
            && (self.truncation, self.geometric) == (other.truncation, other.geometric)
            && self.law.mean() == other.law.mean()
            && self.law.variance() == other.law.variance()
            && self.solved.bind(py).eq(&other.solved)?)
    }

    fn __hash__(&self) -> u64 {
        self.law
            .mean()
            .iter()
            .fold(0, |hash: u64, x| hash.rotate_left(5) ^ (x + 0.0).to_bits())
    }

    fn _repr_html_(slf: &Bound<'_, Self>) -> PyResult<String> {
        pickle::html(slf.as_any(), "law")
    }

    fn __repr__(&self) -> String {
        let trace: f64 = self.law.variance().iter().sum();
        let bias = self.law.bias_verdict();
        format!("<Law of {}: {bias}, tr Σ = {trace:.6}>", self.law.estimator)
    }

    /// The picture of the covariance. Raises ExactMdpError where it would be illegible.
    ///
    /// >>> exact_mdp.bundled("retry-loop").solve_policy().law("reward-to-go").plot()
    /// <Picture: the covariance of reward-to-go>
    fn plot<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let policy = self.solved.get().policy.get();
        let estimator = self.estimator();
        crate::drawing::covariance(
            py,
            &estimator,
            &policy.policy.labels(),
            self.law.covariance(),
        )
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let name = self.baseline.is_none().then(|| self.estimator());
        let how = (name, self.truncation, self.geometric);
        let who = (
            self.behavior.as_ref(),
            self.critic.as_ref(),
            self.baseline.as_ref(),
        );
        let parts = (&self.solved, how.0, how.1, how.2, who.0, who.1, who.2);
        pickle::remade(py, "law", parts)
    }
}
