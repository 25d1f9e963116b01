//! How objects are pickled: by what they are made of, or by how they were made.

use pyo3::PyTypeInfo;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

/// What `__reduce__` gives for a class with a static method `_restored` of these parts.
pub fn restored<'py, T: PyTypeInfo>(
    py: Python<'py>,
    parts: impl IntoPyObject<'py, Target = PyTuple, Output = Bound<'py, PyTuple>, Error = PyErr>,
) -> PyResult<Bound<'py, PyTuple>> {
    let restore = py.get_type::<T>().getattr("_restored")?;
    (restore, parts.into_pyobject(py)?).into_pyobject(py)
}

/// The same for a function of `exact_mdp._pickle`, which makes the object anew.
pub fn remade<'py>(
    py: Python<'py>,
    function: &str,
    parts: impl IntoPyObject<'py, Target = PyTuple, Output = Bound<'py, PyTuple>, Error = PyErr>,
) -> PyResult<Bound<'py, PyTuple>> {
    let remake = py.import("exact_mdp._pickle")?.getattr(function)?;
    (remake, parts.into_pyobject(py)?).into_pyobject(py)
}

/// What notebooks show of an object: a function of `exact_mdp._html`.
pub fn html(object: &Bound<'_, PyAny>, function: &str) -> PyResult<String> {
    let module = object.py().import("exact_mdp._html")?;
    module.call_method1(function, (object,))?.extract()
}

/// The picture of an object: a function of `exact_mdp.pictures`.
pub fn picture<'py>(object: &Bound<'py, PyAny>, function: &str) -> PyResult<Bound<'py, PyAny>> {
    let module = object.py().import("exact_mdp.pictures")?;
    module.call_method1(function, (object,))
}

/// Whether two objects are of one class and made of the same.
fn same(one: &Bound<'_, PyAny>, other: &Bound<'_, PyAny>) -> PyResult<bool> {
    let module = one.py().import("exact_mdp._pickle")?;
    module.call_method1("same", (one, other))?.extract()
}

/// Equality of what a pickle is made of; what is equal has one `repr`, which is hashed.
macro_rules! equal_by_parts {
    ($($class:ty),* $(,)?) => {$(
        #[pymethods]
        impl $class {
            fn __eq__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<bool> {
                same(slf.as_any(), other)
            }

            fn __hash__(slf: &Bound<'_, Self>) -> PyResult<isize> {
                slf.repr()?.hash()
            }
        }
    )*};
}

equal_by_parts!(
    crate::ascent::Trace,
    crate::comparison::Comparison,
    crate::exact::CertifiedSolved,
    crate::exact::ExactSolved,
    crate::outcomes::Outcomes,
    crate::verdict::Verdict,
    crate::verification::Verification,
);
