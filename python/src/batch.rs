//! Many policies on one model.

use std::sync::Arc;

use exact_mdp::batch;
use numpy::ndarray::Array2;
use numpy::{IntoPyArray, PyArray1, PyArray2, PyUntypedArrayMethods};
use pyo3::prelude::*;

use crate::arrays::{borrowed, floats};
use crate::error::{analysis, argument};
use crate::model::Model;

/// J, v and ∇J of K policies.
#[pyclass(frozen, module = "exact_mdp")]
pub struct Batch {
    j: Vec<f64>,
    v: Py<PyArray2<f64>>,
    gradient: Option<Py<PyArray2<f64>>>,
}

impl Batch {
    pub fn new(
        model: &Bound<'_, Model>,
        thetas: &Bound<'_, PyAny>,
        temperature: f64,
        gradient: bool,
        threads: usize,
    ) -> PyResult<Batch> {
        let (py, space) = (model.py(), model.get().space());
        let array = floats(thetas, "thetas")?;
        let (states, actions, pairs) = (space.states(), space.actions(), space.pairs());
        let (flat, policies) = match array.shape() {
            [policies, d] if *d == pairs => (array.as_array().iter().copied().collect(), *policies),
            [policies, s, a] if (*s, *a) == (states, actions) => {
                let view = array.as_array();
                let mut flat = Vec::with_capacity(policies * pairs);
                for k in 0..*policies {
                    let at =
                        |pair| view[[k, space.state_of(pair), space.action_of(pair)].as_slice()];
                    flat.extend((0..pairs).map(at));
                }
                (flat, *policies)
            }
            shape => {
                return Err(argument(format!(
                    "thetas have the shape {shape:?}; expected [K, {pairs}] or [K, {states}, {actions}]"
                )));
            }
        };
        let mdp = Arc::clone(&model.get().mdp);
        let asked = batch::Options {
            temperature,
            gradient,
            threads,
        };
        let found = py
            .detach(|| batch::softmax(&mdp, &flat, policies, &asked))
            .map_err(analysis)?;
        let rows = |values: Vec<f64>, columns| {
            let array = Array2::from_shape_vec((policies, columns), values);
            array
                .expect("a number for each entry")
                .into_pyarray(py)
                .unbind()
        };
        Ok(Batch {
            j: found.j,
            v: rows(found.v, states),
            gradient: found.gradient.map(|gradient| rows(gradient, pairs)),
        })
    }
}

#[pymethods]
impl Batch {
    /// J of each policy, float64 [K].
    #[getter]
    fn j<'py>(slf: &Bound<'py, Self>) -> Bound<'py, PyArray1<f64>> {
        borrowed(&slf.get().j, slf.clone().into_any())
    }

    /// v of each policy, float64 [K, S].
    #[getter]
    fn v(&self, py: Python<'_>) -> Py<PyArray2<f64>> {
        self.v.clone_ref(py)
    }

    /// ∇J of each policy, float64 [K, SA]; None with `gradient=False`.
    #[getter]
    fn gradient(&self, py: Python<'_>) -> Option<Py<PyArray2<f64>>> {
        self.gradient
            .as_ref()
            .map(|gradient| gradient.clone_ref(py))
    }

    /// The number of policies.
    fn __len__(&self) -> usize {
        self.j.len()
    }

    fn __repr__(&self) -> String {
        format!("<Batch of {} policies>", self.j.len())
    }
}
