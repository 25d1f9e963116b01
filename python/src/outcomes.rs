//! The outcomes of a model as compressed rows.

use exact_mdp::model;
use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::arrays::borrowed;
use crate::model::Model;
use crate::pickle;

/// The outcomes of a model, compressed by pair: those of pair i stand at `indptr[i]:indptr[i + 1]`.
#[pyclass(frozen, module = "exact_mdp")]
pub struct Outcomes {
    pub model: Py<Model>,
}

impl Outcomes {
    fn rows(&self) -> &Flat {
        self.model.get().rows()
    }
}

#[pymethods]
impl Outcomes {
    /// Where the outcomes of each pair begin, int64 [SA + 1].
    ///
    /// >>> o = exact_mdp.bundled("two-state").outcomes
    /// >>> o.indptr.tolist()
    /// [0, 1, 3, 5, 6]
    #[getter]
    fn indptr<'py>(slf: &Bound<'py, Self>) -> Bound<'py, PyArray1<i64>> {
        borrowed(&slf.get().rows().0, slf.clone().into_any())
    }

    /// s', int64 [outcomes].
    ///
    /// >>> o = exact_mdp.bundled("two-state").outcomes
    /// >>> o.successors.shape
    /// (6,)
    #[getter]
    fn successors<'py>(slf: &Bound<'py, Self>) -> Bound<'py, PyArray1<i64>> {
        borrowed(&slf.get().rows().1, slf.clone().into_any())
    }

    /// p(s'|s, a) of this outcome, float64 [outcomes].
    ///
    /// >>> o = exact_mdp.bundled("two-state").outcomes
    /// >>> o.probabilities.shape
    /// (6,)
    #[getter]
    fn probabilities<'py>(slf: &Bound<'py, Self>) -> Bound<'py, PyArray1<f64>> {
        borrowed(&slf.get().rows().2, slf.clone().into_any())
    }

    /// r(s, a, s'), float64 [outcomes].
    ///
    /// >>> o = exact_mdp.bundled("two-state").outcomes
    /// >>> o.rewards.shape
    /// (6,)
    #[getter]
    fn rewards<'py>(slf: &Bound<'py, Self>) -> Bound<'py, PyArray1<f64>> {
        borrowed(&slf.get().rows().3, slf.clone().into_any())
    }

    fn __len__(&self) -> usize {
        self.rows().1.len()
    }

    fn __repr__(&self) -> String {
        let model = &self.model.get().model;
        let pairs = model.space().pairs();
        format!(
            "<Outcomes of {}: {} of {pairs} pairs>",
            model.name(),
            self.__len__()
        )
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        pickle::remade(py, "outcomes", (&self.model,))
    }
}

/// `indptr`, next states, probabilities and rewards of compressed rows.
pub type Flat = (Vec<i64>, Vec<i64>, Vec<f64>, Vec<f64>);

pub fn rows_of(model: &model::Model) -> Flat {
    let (mut indptr, mut next, mut p, mut r) = (vec![0], Vec::new(), Vec::new(), Vec::new());
    for pair in 0..model.space().pairs() {
        for outcome in model.outcomes().of(pair) {
            next.push(outcome.next as i64);
            p.push(outcome.probability.to_f64());
            r.push(outcome.reward.to_f64());
        }
        indptr.push(next.len() as i64);
    }
    (indptr, next, p, r)
}
