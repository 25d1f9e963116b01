//! What `Solved.judge` says.

use exact_mdp::judge::{self, Given, Judgment, Precision};
use numpy::PyUntypedArrayMethods;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::arrays::floats;
use crate::error::{analysis, argument};
use crate::solved::Solved;

/// A user's own vector held against the exact one: truthy where it is right.
///
/// >>> s = exact_mdp.bundled("retry-loop").solve_policy()
/// >>> bool(s.judge(gradient=s.gradient)), s.judge(gradient=-s.gradient).diagnosis
/// (True, 'sign')
#[pyclass(frozen, module = "exact_mdp")]
pub struct Verdict {
    found: Judgment,
}

impl Verdict {
    /// Judges a gradient; float32 arrays are judged to their own precision.
    pub fn of_gradient(solved: &Bound<'_, Solved>, given: &Bound<'_, PyAny>) -> PyResult<Verdict> {
        let narrow = given
            .getattr("dtype")
            .and_then(|dtype| dtype.getattr("itemsize")?.extract::<usize>())
            .is_ok_and(|bytes| bytes < 8)
            && given
                .getattr("dtype")?
                .getattr("kind")?
                .extract::<String>()?
                == "f";
        let array = floats(given, "gradient")?;
        let values: Vec<f64> = array.as_array().iter().copied().collect();
        let given = Given::array(array.shape().to_vec(), values);
        let solved = &solved.get().solved;
        let read = given.parameters(solved.policy());
        let numbers = read.map_err(|error| argument(error.to_string()))?;
        let unit = if narrow {
            f64::from(f32::EPSILON)
        } else {
            given.rounding()
        };
        let judged = judge::gradient(solved, &numbers, Precision { unit });
        Ok(Verdict {
            found: judged.map_err(analysis)?,
        })
    }
}

#[pymethods]
impl Verdict {
    /// "right", "wrong" or "cannot be told".
    #[getter]
    fn verdict(&self) -> &'static str {
        self.found.verdict.name()
    }

    /// To how many decimal digits of its largest entry the vector agrees, 0 to 16.
    #[getter]
    fn digits(&self) -> u32 {
        self.found.digits
    }

    /// max |given − exact|.
    #[getter]
    fn largest_difference(&self) -> f64 {
        self.found.largest_difference
    }

    /// The name of the mistake that explains the vector best, or None.
    #[getter]
    fn diagnosis(&self) -> Option<String> {
        self.found
            .diagnoses
            .first()
            .map(|diagnosis| diagnosis.name.to_string())
    }

    /// All mistakes that explain the vector equally well: dicts of name, scale, residual and says.
    #[getter]
    fn diagnoses<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let list = PyList::empty(py);
        for diagnosis in &self.found.diagnoses {
            let entry = PyDict::new(py);
            entry.set_item("name", diagnosis.name.to_string())?;
            entry.set_item("scale", diagnosis.scale)?;
            entry.set_item("residual", diagnosis.residual)?;
            entry.set_item("says", diagnosis.says.to_string())?;
            list.append(entry)?;
        }
        Ok(list)
    }

    fn __bool__(&self) -> bool {
        self.found.verdict.is_good()
    }

    fn __repr__(&self) -> String {
        let said = self
            .found
            .diagnoses
            .iter()
            .map(|d| format!("{}: {}", d.name, d.says));
        let said = said.collect::<Vec<_>>().join("; or ");
        let digits = self.found.digits;
        match (self.found.verdict.is_good(), said.is_empty()) {
            (true, _) => format!("<Verdict right, to {digits} digits>"),
            (false, true) => format!("<Verdict {}, to {digits} digits>", self.verdict()),
            (false, false) => format!("<Verdict {}: {said}>", self.verdict()),
        }
    }
}
