//! What rounding may have done to the arrays of a solved policy.

use exact_mdp::report::{EvaluationReport, GradientReport};
use exact_mdp::study::{self, EvaluateRequest, GradientRequest, Notes, Numbers};
use pyo3::prelude::*;

use super::Solved;
use crate::error;
use crate::interrupt::run;
use crate::study::{model_of, setting};

/// A bound of `derivatives()`, which tells it where it may show.
fn of_derivatives(
    slf: &Bound<'_, Solved>,
    asked: GradientRequest,
    told: fn(&GradientReport) -> Option<f64>,
) -> PyResult<Option<f64>> {
    let request = GradientRequest {
        setting: setting(slf, Numbers::Float)?,
        routes: Some(Vec::new()),
        ..asked
    };
    let model = model_of(slf).unbind();
    let found = run(slf.py(), usize::MAX, move || {
        study::gradient(&model.get().model, &request, &Notes::default())
    })?;
    Ok(told(&found.map_err(error::study)?))
}

/// A bound of `evaluate()`.
fn of_values(
    slf: &Bound<'_, Solved>,
    told: fn(&EvaluationReport) -> Option<f64>,
) -> PyResult<Option<f64>> {
    let request = EvaluateRequest {
        setting: setting(slf, Numbers::Float)?,
        returns: false,
    };
    let model = model_of(slf).unbind();
    let found = run(slf.py(), usize::MAX, move || {
        study::evaluate(&model.get().model, &request, &Notes::default())
    })?;
    Ok(told(&found.map_err(error::study)?))
}

#[pymethods]
impl Solved {
    /// What rounding may have done to `j`, as `evaluate()` tells it; None where that does not show in the ninth digit.
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> s.j_error is None
    /// True
    #[getter]
    fn j_error(slf: &Bound<'_, Self>) -> PyResult<Option<f64>> {
        of_values(slf, |report| report.j_error)
    }

    /// The same of any entry of `v` and `q`.
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> s.value_error is None
    /// True
    #[getter]
    fn value_error(slf: &Bound<'_, Self>) -> PyResult<Option<f64>> {
        of_values(slf, |report| report.value_error)
    }

    /// The same of `advantage`.
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> s.advantage_error is None
    /// True
    #[getter]
    fn advantage_error(slf: &Bound<'_, Self>) -> PyResult<Option<f64>> {
        of_values(slf, |report| report.advantage_error)
    }

    /// The same of `occupancy`.
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> s.occupancy_error is None
    /// True
    #[getter]
    fn occupancy_error(slf: &Bound<'_, Self>) -> PyResult<Option<f64>> {
        of_values(slf, |report| report.occupancy_error)
    }

    /// What rounding may have done to any entry of `gradient`, as `derivatives()` tells it; None where that does not show
    /// in the ninth digit.
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> s.gradient_error is None
    /// True
    #[getter]
    fn gradient_error(slf: &Bound<'_, Self>) -> PyResult<Option<f64>> {
        of_derivatives(slf, GradientRequest::default(), |report| {
            report.gradient_error
        })
    }

    /// The same of `jacobian`.
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> s.jacobian_error is None
    /// True
    #[getter]
    fn jacobian_error(slf: &Bound<'_, Self>) -> PyResult<Option<f64>> {
        let asked = GradientRequest {
            jacobian: true,
            ..GradientRequest::default()
        };
        of_derivatives(slf, asked, |report| report.jacobian_error)
    }

    /// The same of `hessian`.
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> s.hessian_error is None
    /// True
    #[getter]
    fn hessian_error(slf: &Bound<'_, Self>) -> PyResult<Option<f64>> {
        let asked = GradientRequest {
            hessian: true,
            ..GradientRequest::default()
        };
        of_derivatives(slf, asked, |report| report.hessian_error)
    }

    /// The same of `natural_gradient`.
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> s.natural_error is None
    /// True
    #[getter]
    fn natural_error(slf: &Bound<'_, Self>) -> PyResult<Option<f64>> {
        let asked = GradientRequest {
            natural: true,
            ..GradientRequest::default()
        };
        of_derivatives(slf, asked, |report| report.natural_error)
    }
}
