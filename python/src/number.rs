//! Numbers of Python as the exact numbers that they are, and back.

use exact_mdp::number::{Number, Rational};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyInt, PyString, PyType};

use crate::error::argument;

/// The exact value of an int, a float (of NumPy too), a `Fraction`, a `Decimal` or a text such as
/// `"1/3"`.
pub fn number(value: &Bound<'_, PyAny>) -> PyResult<Number> {
    if let Ok(text) = value.cast::<PyString>() {
        return literal(text.to_str()?);
    }
    if let Ok(whole) = value.call_method0("__index__") {
        return literal(&whole.str()?.to_string());
    }
    if !value.hasattr("as_integer_ratio")?
        && let Ok(item) = value.call_method0("item")
        && !item.is(value)
    {
        // a number of another library's array
        return number(&item);
    }
    let ratio = value.call_method0("as_integer_ratio").map_err(|error| {
        let found = value.repr().map(|x| x.to_string()).unwrap_or_default();
        let expected = "a finite number: an int, a float, a Fraction or a text such as \"1/3\"";
        if error.is_instance_of::<pyo3::exceptions::PyAttributeError>(value.py()) {
            argument(format!("{found} is no number; expected {expected}"))
        } else {
            argument(format!("{found} is not finite; expected {expected}"))
        }
    })?;
    let (n, d): (Bound<'_, PyAny>, Bound<'_, PyAny>) = ratio.extract()?;
    literal(&format!("{}/{}", n.str()?, d.str()?))
}

/// Several numbers, flat.
pub fn numbers(values: &Bound<'_, PyAny>) -> PyResult<Vec<Number>> {
    values.try_iter()?.map(|x| number(&x?)).collect()
}

/// What a text writes.
fn literal(text: &str) -> PyResult<Number> {
    let parsed = text.parse::<Number>();
    parsed.map_err(|error| argument(format!("`{text}` is no number: {error}")))
}

/// A `fractions.Fraction`.
pub fn fraction<'py>(py: Python<'py>, x: &Rational) -> PyResult<Bound<'py, PyAny>> {
    static FRACTION: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let class = FRACTION.import(py, "fractions", "Fraction")?;
    let whole = |digits: String| int(py, &digits);
    class.call1((
        whole(x.numerator().to_string())?,
        whole(x.denominator().to_string())?,
    ))
}

/// An int of any size: hexadecimal, which Python reads without a limit.
fn int<'py>(py: Python<'py>, decimal: &str) -> PyResult<Bound<'py, PyAny>> {
    if let Ok(small) = decimal.parse::<i64>() {
        return Ok(small.into_pyobject(py)?.into_any());
    }
    let whole: dashu_int::IBig = decimal.parse().expect("the digits of a whole number");
    let hexadecimal = format!("{whole:x}");
    py.get_type::<PyInt>().call1((hexadecimal, 16))
}
