//! What a study answered, kept to be drawn and written when that is asked for.

use std::io;

use exact_mdp::report::{Report, csv, json, npz, yaml};
use exact_mdp_pictures::Picture;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::drawing::{Drawn, svg};
use crate::error::argument;
use crate::interrupt::run;
use crate::model::Model;

/// What a report is drawn as.
pub type Picturing<R> = fn(&exact_mdp::model::Model, &R) -> Option<Picture>;

/// A form in which a report is written.
#[derive(Clone, Copy)]
enum Encoding {
    Json,
    Yaml,
    Csv,
    Npz,
}

/// A report of whatever kind, with the model that it is of.
trait Kept: Send + Sync {
    /// Its picture; none where there is nothing to see.
    fn picture(&self) -> Option<Picture>;

    /// The bytes of a file of it.
    fn written(&self, form: Encoding) -> io::Result<Vec<u8>>;
}

struct Of<R> {
    model: Py<Model>,
    report: R,
    picture: Option<Picturing<R>>,
}

impl<R: Report + Send + Sync> Kept for Of<R> {
    fn picture(&self) -> Option<Picture> {
        let picture = self.picture?;
        picture(&self.model.get().model, &self.report)
    }

    fn written(&self, form: Encoding) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        match form {
            Encoding::Json => json::write(&self.report.entries(), &mut bytes)?,
            Encoding::Yaml => yaml::write(&self.report.entries(), &mut bytes)?,
            Encoding::Csv => {
                csv::write(&self.report, &mut bytes)?;
            }
            Encoding::Npz => return npz::bytes(&self.report.arrays()),
        }
        Ok(bytes)
    }
}

/// The answer of a study.
#[pyclass(frozen, module = "exact_mdp", name = "_Answer")]
pub struct Answer(Box<dyn Kept>);

impl Answer {
    /// A report of a model.
    pub fn new<R: Report + Send + Sync + 'static>(
        model: Py<Model>,
        report: R,
        picture: Option<Picturing<R>>,
    ) -> Answer {
        Answer(Box::new(Of {
            model,
            report,
            picture,
        }))
    }
}

#[pymethods]
impl Answer {
    /// What its picture shows, and the SVG of it.
    fn draw(&self, py: Python<'_>) -> Option<Drawn> {
        let seen = |picture: &Picture| picture.size.1 > 0.0;
        py.detach(|| self.0.picture().filter(seen).map(svg))
    }

    /// The bytes of a file of this ending, as the program writes it.
    fn written<'py>(slf: &Bound<'py, Self>, ending: &str) -> PyResult<Bound<'py, PyBytes>> {
        let form = match ending {
            "json" => Encoding::Json,
            "yaml" | "yml" => Encoding::Yaml,
            "csv" => Encoding::Csv,
            "npz" => Encoding::Npz,
            _ => {
                return Err(argument(format!(
                    "no report is written as {ending:?}; expected a name that ends in .json, .yaml, .csv or .npz"
                )));
            }
        };
        let this = slf.clone().unbind();
        let bytes = run(slf.py(), usize::MAX, move || this.get().0.written(form))??;
        Ok(PyBytes::new(slf.py(), &bytes))
    }
}

/// The test of the reference `stem.json` and the function that it asks, as (name, text).
#[pyfunction]
pub fn _test_files(tool: &str, stem: &str) -> PyResult<[(String, String); 2]> {
    use exact_mdp::reference::Template;
    let template = match tool {
        "pytest" => Template::Pytest,
        "cargo" => Template::Cargo,
        _ => {
            return Err(argument(format!(
                "test is {tool:?}; expected \"pytest\" or \"cargo\""
            )));
        }
    };
    Ok([template.test(stem), template.function(stem)].map(|file| (file.name, file.text)))
}
