//! The theorems, checked on a model.

use exact_mdp::study::Notes;
use exact_mdp_theorems::{Unknown, VerifyRequest, named, verify};
use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::arrays::owned;
use crate::error::{self, argument};
use crate::interrupt::run;
use crate::model::Model;
use crate::pickle;
use crate::policy::Policy;
use crate::study::setting_of;

/// Every identity of the theory, both sides computed by different code: truthy where none fails.
///
/// >>> v = exact_mdp.bundled("two-state").verify()
/// >>> bool(v), v.failed
/// (True, 0)
#[pyclass(frozen, module = "exact_mdp", weakref)]
#[derive(Clone)]
pub struct Verification {
    model: String,
    checks: Vec<Checked>,
}

/// An identity on a model.
#[derive(Clone, IntoPyObject, FromPyObject)]
#[pyo3(from_item_all)]
struct Checked {
    name: String,
    section: String,
    statement: String,
    source: String,
    discrepancy: Option<f64>,
    tolerance: Option<f64>,
    passed: Option<bool>,
    skipped: Option<String>,
}

impl Verification {
    pub fn new(
        model: &Bound<'_, Model>,
        chosen: Option<&Bound<'_, Policy>>,
        only: &[String],
    ) -> PyResult<Verification> {
        let identities = named(only).map_err(|Unknown { name, nearest }| {
            let mend = nearest.map_or_else(String::new, |nearest| format!("; {nearest}"));
            argument(format!(
                "{name:?} is neither an identity nor a section{mend}"
            ))
        })?;
        let setting = setting_of(model, chosen)?;
        let request = VerifyRequest {
            setting,
            identities,
        };
        let this = model.clone().unbind();
        let verified = run(model.py(), usize::MAX, move || {
            verify(&this.get().model, &request, &Notes::default())
        })?;
        let verified = verified.map_err(error::study)?;
        let checked = |check: exact_mdp_theorems::CheckedIdentity| Checked {
            name: check.name.to_string(),
            section: check.section.name().to_string(),
            statement: check.statement.to_string(),
            source: check.source.to_string(),
            discrepancy: check.discrepancy.value(),
            tolerance: check.tolerance.value(),
            passed: check.passed,
            skipped: check.skipped,
        };
        Ok(Verification {
            model: model.get().model.name().to_string(),
            checks: verified.checks.into_iter().map(checked).collect(),
        })
    }

    fn count(&self, passed: Option<bool>) -> usize {
        self.checks.iter().filter(|c| c.passed == passed).count()
    }
}

#[pymethods]
impl Verification {
    /// How many identities hold.
    ///
    /// >>> v = exact_mdp.bundled("two-state").verify(only=["policy-gradient-theorem"])
    /// >>> v.passed
    /// 1
    #[getter]
    fn passed(&self) -> usize {
        self.count(Some(true))
    }

    /// How many fail.
    ///
    /// >>> v = exact_mdp.bundled("two-state").verify(only=["policy-gradient-theorem"])
    /// >>> v.failed
    /// 0
    #[getter]
    fn failed(&self) -> usize {
        self.count(Some(false))
    }

    /// How many do not apply to the model.
    ///
    /// >>> v = exact_mdp.bundled("two-state").verify(only=["policy-gradient-theorem"])
    /// >>> v.skipped
    /// 0
    #[getter]
    fn skipped(&self) -> usize {
        self.count(None)
    }

    /// A dict for each identity: name, section, statement, source, discrepancy, tolerance, passed
    /// (None where it was skipped) and skipped, the reason.
    ///
    /// >>> v = exact_mdp.bundled("two-state").verify(only=["policy-gradient-theorem"])
    /// >>> v.checks[0]["name"]
    /// 'policy-gradient-theorem'
    #[getter]
    fn checks<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyDict>>> {
        let entry = |check: &Checked| check.clone().into_pyobject(py);
        self.checks.iter().map(entry).collect()
    }

    /// Flat columns, one entry for each identity, for pandas and polars.
    ///
    /// >>> v = exact_mdp.bundled("two-state").verify(only=["policy-gradient-theorem"])
    /// >>> list(v.to_dict())[:3]
    /// ['name', 'section', 'discrepancy']
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let columns = PyDict::new(py);
        let texts = |of: fn(&Checked) -> &String| self.checks.iter().map(of).cloned().collect();
        let numbers = |of: fn(&Checked) -> Option<f64>| -> Bound<'py, PyArray1<f64>> {
            let each = self.checks.iter().map(|c| of(c).unwrap_or(f64::NAN));
            owned(py, each.collect())
        };
        let names: Vec<String> = texts(|c| &c.name);
        let sections: Vec<String> = texts(|c| &c.section);
        columns.set_item("name", names)?;
        columns.set_item("section", sections)?;
        columns.set_item("discrepancy", numbers(|c| c.discrepancy))?;
        columns.set_item("tolerance", numbers(|c| c.tolerance))?;
        let verdicts = self.checks.iter().map(|c| match c.passed {
            Some(true) => "ok",
            Some(false) => "failed",
            None => "skipped",
        });
        columns.set_item("verdict", verdicts.collect::<Vec<_>>())?;
        Ok(columns)
    }

    fn __bool__(&self) -> bool {
        self.failed() == 0
    }

    /// The number of identities.
    fn __len__(&self) -> usize {
        self.checks.len()
    }

    fn __repr__(&self) -> String {
        format!(
            "<Verification of {}: {} hold, {} fail, {} skipped>",
            self.model,
            self.passed(),
            self.failed(),
            self.skipped()
        )
    }

    fn _repr_html_(slf: &Bound<'_, Self>) -> PyResult<String> {
        pickle::html(slf.as_any(), "verification")
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        pickle::restored::<Verification>(py, (&self.model, self.checks(py)?))
    }

    /// The checks from the parts of `__reduce__`; for pickle.
    #[staticmethod]
    fn _restored(model: String, checks: Vec<Checked>) -> Verification {
        Verification { model, checks }
    }
}
