//! Numbers of the library as NumPy arrays: views of its memory, read-only, without a copy.

use std::sync::Arc;

use exact_mdp::mdp::Space;
use exact_mdp::policy::Policy;
use nalgebra::DMatrix;
use numpy::ndarray::{ArrayView1, ArrayView2, ShapeBuilder};
use numpy::{
    Element, IntoPyArray, PyArray1, PyArray2, PyArrayMethods, PyReadonlyArrayDyn, PyUntypedArray,
    PyUntypedArrayMethods,
};
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;

use crate::error::argument;
use crate::solved::Solved;

/// A vector that belongs to `owner`, which never changes it.
pub fn borrowed<'py, T: Element>(
    values: &[T],
    owner: Bound<'py, PyAny>,
) -> Bound<'py, PyArray1<T>> {
    let view = ArrayView1::from(values);
    // SAFETY: `values` lie behind an `Arc` in the frozen class `owner`, which the array keeps alive,
    // and nothing writes to them: the array is made read-only before anybody sees it.
    let array = unsafe { PyArray1::borrow_from_array(&view, owner) };
    read_only(&array);
    array
}

/// A matrix that belongs to `owner`, as [`borrowed`]; columns lie one after the other.
pub fn borrowed_matrix<'py>(
    values: &DMatrix<f64>,
    owner: Bound<'py, PyAny>,
) -> Bound<'py, PyArray2<f64>> {
    let shape = (values.nrows(), values.ncols());
    let view = ArrayView2::from_shape(shape.f(), values.as_slice()).expect("a matrix");
    // SAFETY: as in `borrowed`.
    let array = unsafe { PyArray2::borrow_from_array(&view, owner) };
    read_only(&array);
    array
}

fn read_only<T: Element, D: numpy::ndarray::Dimension>(array: &Bound<'_, numpy::PyArray<T, D>>) {
    let alone = array
        .try_readwrite()
        .expect("nobody else has the array yet");
    drop(alone.make_nonwriteable());
}

/// A vector of its own.
pub fn owned<'py, T: Element>(py: Python<'py>, values: Vec<T>) -> Bound<'py, PyArray1<T>> {
    values.into_pyarray(py)
}

/// A vector over pairs as a `PairArray`, which knows how to unstack itself.
pub fn over_pairs<'py>(
    values: &[f64],
    owner: Bound<'py, PyAny>,
    model: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    over_model(borrowed(values, owner).as_any(), model)
}

/// An array whose last axis is over the pairs of a model, as a `PairArray`.
pub fn over_model<'py>(
    array: &Bound<'py, PyAny>,
    model: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    static OF: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let py = model.py();
    let of = OF.get_or_try_init(py, || {
        let class = py.import("exact_mdp._arrays")?.getattr("PairArray")?;
        Ok::<_, PyErr>(class.getattr("of")?.unbind())
    })?;
    of.bind(py).call1((array, model))
}

/// A vector over the parameters of a policy as a `PairArray`; it unstacks itself where each pair has
/// its own.
pub fn over_parameters<'py>(
    values: &[f64],
    owner: Bound<'py, PyAny>,
    solved: &Bound<'py, Solved>,
) -> PyResult<Bound<'py, PyAny>> {
    let (py, this) = (solved.py(), solved.get());
    let array = borrowed(values, owner);
    if is_by_pair(this.solved.policy()) {
        over_model(array.as_any(), this.model.bind(py).as_any())
    } else {
        over_model(array.as_any(), py.None().bind(py))
    }
}

/// Whether parameter k is that of pair k.
pub fn is_by_pair(policy: &Policy) -> bool {
    policy.parametrization().kind().is_tabular() && policy.parameters() == policy.space().pairs()
}

/// Parameters of a policy that a caller gives: [d], or [S, A] where each pair has its own.
pub fn parameters_of(values: &Bound<'_, PyAny>, policy: &Policy) -> PyResult<Vec<f64>> {
    if is_by_pair(policy) {
        return pairs_of(values, policy.space(), "theta");
    }
    let array = floats(values, "theta")?;
    let expected = policy.parameters();
    if array.shape() != [expected] {
        return Err(argument(format!(
            "theta has the shape {:?}; expected [{expected}]",
            array.shape()
        )));
    }
    Ok(array.as_array().iter().copied().collect())
}

/// Parameters of the controller of a partly seen model behind `axes` other axes, and how many of them those
/// hold: [d] at the end, or [O, A], a row of choices for each thing that is known.
pub fn tied_parameters(
    array: &PyReadonlyArrayDyn<'_, f64>,
    controller: &Policy,
    what: &str,
    axes: usize,
) -> PyResult<(Vec<f64>, usize)> {
    let (d, choices) = (controller.parameters(), controller.space().actions());
    let known = d / choices.max(1);
    let shape = array.shape();
    let others = shape.get(..axes).unwrap_or_default();
    let own = shape.get(axes..).unwrap_or_default();
    if others.len() < axes || (own != [d] && own != [known, choices]) {
        let before = if axes == 0 { "" } else { "K, " };
        return Err(argument(format!(
            "the shape of {what} is {shape:?}; the model is partly seen: expected [{before}{d}] or \
             [{before}{known}, {choices}], a row for each thing that is seen"
        )));
    }
    let numbers = array.as_array().iter().copied().collect();
    Ok((numbers, others.iter().product()))
}

/// The columns state and action, one entry for each pair.
pub fn pair_columns<'py>(py: Python<'py>, space: &Space) -> PyResult<Bound<'py, PyDict>> {
    let columns = PyDict::new(py);
    let names = (0..space.pairs()).map(|pair| space.pair_names(pair));
    let (states, actions): (Vec<String>, Vec<String>) =
        names.map(|(s, a)| (s.into_owned(), a.into_owned())).unzip();
    columns.set_item("state", states)?;
    columns.set_item("action", actions)?;
    Ok(columns)
}

/// Whether two arrays hold the same numbers; NaN is itself.
pub fn same_numbers<D: numpy::ndarray::Dimension>(
    a: &Bound<'_, numpy::PyArray<f64, D>>,
    b: &Bound<'_, numpy::PyArray<f64, D>>,
) -> PyResult<bool> {
    let (a, b) = (a.try_readonly()?, b.try_readonly()?);
    let (a, b) = (a.as_array(), b.as_array());
    let mut both = a.iter().zip(b.iter());
    Ok(a.shape() == b.shape() && both.all(|(x, y)| x == y || (x.is_nan() && y.is_nan())))
}

/// Numbers over pairs that a caller gives: flat [SA], or [S, A] where what is no pair does not
/// count.
pub fn pairs_of(values: &Bound<'_, PyAny>, space: &Arc<Space>, what: &str) -> PyResult<Vec<f64>> {
    let array = floats(values, what)?;
    let (shape, array) = (array.shape().to_vec(), array.as_array().to_owned());
    let (states, actions) = (space.states(), space.actions());
    if shape == [space.pairs()] {
        return Ok(array.iter().copied().collect());
    }
    if shape == [states, actions] {
        let at = |pair| array[[space.state_of(pair), space.action_of(pair)].as_slice()];
        return Ok((0..space.pairs()).map(at).collect());
    }
    Err(argument(format!(
        "{what} has the shape {shape:?}; expected [{}], one number for each pair, or [{states}, {actions}]",
        space.pairs()
    )))
}

/// An array with its axes in the order of a model, where they have the names of states, actions, pairs or these parameters; any other
/// as it is.
pub fn by_label<'py>(
    values: &Bound<'py, PyAny>,
    model: &Bound<'py, PyAny>,
    parameters: impl FnOnce() -> Vec<String>,
    what: &str,
) -> PyResult<Bound<'py, PyAny>> {
    let arrays = values.py().import("exact_mdp._arrays")?;
    if !arrays.call_method1("axes_of", (values,))?.is_truthy()? {
        return Ok(values.clone());
    }
    let names = arrays.call_method1("names_of", (model, parameters()))?;
    arrays.call_method1("by_label", (values, names, what))
}

/// Whether an array holds complex numbers, of which NumPy would drop a part.
fn is_complex(values: &Bound<'_, PyAny>) -> PyResult<bool> {
    match values.getattr("dtype") {
        Ok(dtype) if dtype.hasattr("kind")? => dtype.getattr("kind")?.eq("c"),
        _ => Ok(false),
    }
}

/// An array of NumPy's as it is, and what NumPy makes of anything else, of whatever numbers.
pub fn plain<'py>(values: &Bound<'py, PyAny>, what: &str) -> PyResult<Bound<'py, PyAny>> {
    if values.is_instance_of::<PyUntypedArray>() {
        return Ok(values.clone());
    }
    let arrays = values.py().import("exact_mdp._arrays")?;
    arrays.call_method1("plain", (values, what))
}

/// Whether the numbers of an array stand where a processor looks for such numbers: a column of packed records does not.
fn is_aligned(array: &Bound<'_, PyUntypedArray>) -> PyResult<bool> {
    array.getattr("flags")?.getattr("aligned")?.extract()
}

/// Any array of numbers, or what NumPy makes one of, as floats.
pub fn floats<'py>(
    values: &Bound<'py, PyAny>,
    what: &str,
) -> PyResult<PyReadonlyArrayDyn<'py, f64>> {
    if values.hasattr("mask")? && values.hasattr("filled")? {
        // what NumPy's masked arrays hide is not there
        let shown = values.call_method1("astype", ("float64",))?;
        return floats(&shown.call_method1("filled", (f64::NAN,))?, what);
    }
    if let Ok(array) = values.extract::<PyReadonlyArrayDyn<'py, f64>>()
        && is_aligned(array.as_untyped())?
    {
        return Ok(array);
    }
    let values = plain(values, what)?;
    if is_complex(&values)? {
        return Err(argument(format!(
            "{what} is complex; expected real numbers"
        )));
    }
    let numpy = values.py().import("numpy")?;
    let made = numpy.call_method1("require", (&values, "float64", "A"));
    let array = made.and_then(|made| made.extract::<PyReadonlyArrayDyn<'py, f64>>());
    array.map_err(|error| {
        // an interrupt is no word about the array
        if error.is_instance_of::<PyException>(values.py()) {
            argument(format!("{what} is no array of numbers: {error}"))
        } else {
            error
        }
    })
}
