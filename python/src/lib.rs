//! exact-mdp for Python: models, policies and what is known of them, on NumPy arrays.
//!
//! Nothing is computed here. A class holds what the library made and hands out its numbers; arrays
//! of values are views of the library's own memory, read-only and without a copy. Doc-comments of
//! classes and methods are their documentation in Python; their examples run under pytest.

mod answer;
mod arrays;
mod ascent;
mod asked;
mod batch;
mod comparison;
mod draft;
mod drawing;
mod error;
mod estimators;
mod exact;
mod export;
mod given;
mod interrupt;
mod law;
mod mine;
mod model;
mod number;
mod optimum;
mod outcomes;
mod pickle;
mod policy;
mod read;
mod sample;
mod shards;
mod solved;
mod study;
mod verdict;
mod verification;

use numpy::{PyArray1, PyArrayMethods};
use pyo3::prelude::*;

/// Looks NumPy's C interface up. On first use a signal that waits, or a NumPy that is broken, would be a panic there.
fn meet_numpy(py: Python<'_>) -> PyResult<()> {
    py.import("numpy")?;
    let empty = PyArray1::<f64>::zeros(py, [0], false);
    drop(empty.readonly());
    Ok(())
}

/// The compiled part of `exact_mdp`.
#[pymodule]
fn _core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    exact_mdp::mend::speak(exact_mdp::mend::Front::Arguments);
    meet_numpy(module.py())?;
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    error::add(module)?;
    module.add_class::<model::Model>()?;
    module.add_class::<outcomes::Outcomes>()?;
    module.add_class::<policy::Policy>()?;
    module.add_class::<solved::Solved>()?;
    module.add_class::<law::Law>()?;
    module.add_class::<comparison::Comparison>()?;
    module.add_class::<sample::Sample>()?;
    module.add_class::<verdict::Verdict>()?;
    module.add_class::<verification::Verification>()?;
    module.add_class::<optimum::Optimum>()?;
    module.add_class::<ascent::Trace>()?;
    module.add_class::<batch::Batch>()?;
    module.add_class::<exact::ExactModel>()?;
    module.add_class::<exact::ExactSolved>()?;
    module.add_class::<exact::CertifiedSolved>()?;
    module.add_class::<answer::Answer>()?;
    module.add_function(wrap_pyfunction!(answer::_test_files, module)?)?;
    module.add_function(wrap_pyfunction!(drawing::_png, module)?)?;
    module.add_function(wrap_pyfunction!(drawing::_states, module)?)?;
    module.add_function(wrap_pyfunction!(drawing::_pairs, module)?)?;
    module.add_function(wrap_pyfunction!(drawing::_curves, module)?)?;
    module.add_function(wrap_pyfunction!(drawing::_landscape, module)?)?;
    module.add_function(wrap_pyfunction!(drawing::_polytope, module)?)?;
    module.add_function(wrap_pyfunction!(export::_schema, module)?)?;
    module.add_function(wrap_pyfunction!(read::_parse_gymnasium, module)?)?;
    module.add_function(wrap_pyfunction!(read::_parse_seen_partly, module)?)?;
    module.add_function(wrap_pyfunction!(read::bundled, module)?)?;
    module.add_function(wrap_pyfunction!(read::bundled_names, module)?)?;
    module.add_function(wrap_pyfunction!(read::load, module)?)?;
    module.add_function(wrap_pyfunction!(read::parse, module)?)
}
