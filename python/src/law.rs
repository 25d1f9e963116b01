//! The exact law of an estimator.

use std::sync::Arc;

use exact_mdp::estimator;
use numpy::{PyArray1, PyArray2};
use pyo3::prelude::*;

use crate::arrays::{borrowed, borrowed_matrix};

/// Mean, variance and covariance of one trajectory's contribution to an estimator, without sampling.
///
/// The mean of N independent trajectories has the same mean and 1/N of the covariance.
///
/// >>> s = exact_mdp.bundled("retry-loop").solve_policy()
/// >>> law = s.law("reward-to-go:dropped")
/// >>> law.biased, law.mean.shape, law.covariance.shape
/// (True, (4,), (4, 4))
#[pyclass(frozen, module = "exact_mdp")]
pub struct Law {
    pub law: Arc<estimator::Law>,
}

#[pymethods]
impl Law {
    /// The estimator's name.
    #[getter]
    fn estimator(&self) -> String {
        self.law.estimator.to_string()
    }

    /// E ĝ, float64 [d], in units of reward per parameter.
    #[getter]
    fn mean<'py>(slf: &Bound<'py, Self>) -> Bound<'py, PyArray1<f64>> {
        borrowed(slf.get().law.mean(), slf.clone().into_any())
    }

    /// Var ĝ, float64 [d].
    #[getter]
    fn variance<'py>(slf: &Bound<'py, Self>) -> Bound<'py, PyArray1<f64>> {
        borrowed(slf.get().law.variance(), slf.clone().into_any())
    }

    /// Cov ĝ, float64 [d, d]; None above 1024 parameters.
    #[getter]
    fn covariance<'py>(slf: &Bound<'py, Self>) -> Option<Bound<'py, PyArray2<f64>>> {
        let covariance = slf.get().law.covariance()?;
        Some(borrowed_matrix(covariance, slf.clone().into_any()))
    }

    /// E ĝ − ∇J, float64 [d].
    #[getter]
    fn bias<'py>(slf: &Bound<'py, Self>) -> Bound<'py, PyArray1<f64>> {
        borrowed(&slf.get().law.bias, slf.clone().into_any())
    }

    /// Whether E ĝ differs from ∇J by more than rounding can do; None where no digit of ∇J is
    /// certain.
    #[getter]
    fn biased(&self) -> Option<bool> {
        self.law.is_biased()
    }

    fn __repr__(&self) -> String {
        let trace: f64 = self.law.variance().iter().sum();
        let bias = self.law.bias_verdict();
        format!("<Law of {}: {bias}, tr Σ = {trace:.6}>", self.law.estimator)
    }
}
