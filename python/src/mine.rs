//! A user's own numbers and columns, as `Solved.judge` reads them.

use exact_mdp::judge::{Columns, Encoding, Given, Precision, TrajectoryColumn};
use numpy::PyUntypedArrayMethods;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::arrays::{floats, plain};
use crate::error::given;

/// An error for numbers of 8 binary digits, which NumPy takes for bytes.
pub fn check_digits(mine: &Bound<'_, PyAny>, name: &str) -> PyResult<()> {
    let arrays = mine.py().import("exact_mdp._arrays")?;
    arrays.call_method1("check_digits", (mine, name)).map(drop)
}

/// Numbers of one's own, and how exact they can be; those of a dict are by the labels of parameters, or by
/// state and action.
pub fn read(mine: &Bound<'_, PyAny>, name: &str) -> PyResult<(Given, Precision)> {
    if mine.is_instance_of::<PyDict>() {
        let arrays = mine.py().import("exact_mdp._arrays")?;
        let text: String = arrays.call_method1("labelled", (mine, name))?.extract()?;
        let read = Given::parse(text.as_bytes(), Encoding::Json, name).map_err(given)?;
        let unit = read.rounding();
        return Ok((read, Precision { unit }));
    }
    check_digits(mine, name)?;
    let array = floats(mine, name)?;
    let values: Vec<f64> = array.as_array().iter().copied().collect();
    let read = Given::array(array.shape().to_vec(), values);
    let (read, least) = match float_bytes(mine)? {
        Some(2) => (read.of_halves(), 0.0),
        Some(4) => (read, f64::from(f32::EPSILON)),
        _ => (read, 0.0),
    };
    let unit = read.rounding().max(least);
    Ok((read, Precision { unit }))
}

/// The bytes of a number, of an array of floating-point numbers.
fn float_bytes(values: &Bound<'_, PyAny>) -> PyResult<Option<usize>> {
    if !values.hasattr("dtype")? {
        return Ok(None);
    }
    let dtype = plain(values, "the array")?.getattr("dtype")?;
    let kind: String = dtype.getattr("kind")?.extract()?;
    let bytes: usize = dtype.getattr("itemsize")?.extract()?;
    Ok((kind == "f").then_some(bytes))
}

/// Columns by name: as arrays of numbers, or else as the JSON of everything.
pub fn columns(trajectories: &Bound<'_, PyAny>) -> PyResult<Columns> {
    let own = trajectories.py().import("exact_mdp._trajectories")?;
    let laid_out = own.call_method1("columns", (trajectories,))?;
    if let Ok(text) = laid_out.cast::<PyString>() {
        return Columns::parse(text.to_str()?.as_bytes(), Encoding::Json).map_err(given);
    }
    let mut columns = Columns::default();
    for (name, values) in laid_out.cast::<PyDict>()? {
        let name: String = name.extract()?;
        let array = floats(&values, &name)?;
        let column = TrajectoryColumn::numbers(array.shape(), array.as_array().iter().copied());
        columns = columns.with(&name, column);
    }
    Ok(columns)
}
