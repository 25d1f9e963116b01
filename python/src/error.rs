//! The library's errors as exceptions: its sentence, and the mend in the words of a program.

use exact_mdp::error::Error;
use exact_mdp::judge::GivenError;
use exact_mdp::model::{DraftErrors, ModelErrors};
use exact_mdp::policy::PolicyError as Unfit;
use exact_mdp::study::StudyError;
use miette::Diagnostic;
use pyo3::create_exception;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

create_exception!(
    exact_mdp,
    ExactMdpError,
    PyValueError,
    "What exact_mdp raises: a sentence that says what was found and what was expected, and the mend."
);
create_exception!(
    exact_mdp,
    ModelError,
    ExactMdpError,
    "What is wrong with a model: all independent errors at once, each with its state and action."
);
create_exception!(
    exact_mdp,
    PolicyError,
    ExactMdpError,
    "What is wrong with a policy."
);
create_exception!(
    exact_mdp,
    AnalysisError,
    ExactMdpError,
    "Why an answer does not exist or was not computed."
);

/// Adds the exceptions to the module.
pub fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    module.add("ExactMdpError", py.get_type::<ExactMdpError>())?;
    module.add("ModelError", py.get_type::<ModelError>())?;
    module.add("PolicyError", py.get_type::<PolicyError>())?;
    module.add("AnalysisError", py.get_type::<AnalysisError>())
}

/// An answer that does not exist.
pub fn analysis(error: Error) -> PyErr {
    let help = error.mend().map(|mend| mend.to_string());
    AnalysisError::new_err(with_help(error.to_string(), help))
}

/// Numbers of one's own that cannot be read, with what to do about them.
pub fn given(error: GivenError) -> PyErr {
    let help = error.help().map(|help| help.to_string());
    ExactMdpError::new_err(with_help(error.to_string(), help))
}

/// A study without an answer.
pub fn study(error: StudyError) -> PyErr {
    let help = error.mend().map(|mend| mend.to_string());
    match error {
        StudyError::Library(error) => analysis(error),
        StudyError::File(errors) => model(errors),
        StudyError::Policy { why, .. } => policy(why),
        error => AnalysisError::new_err(with_help(error.to_string(), help)),
    }
}

/// A model file that is none.
pub fn model(errors: ModelErrors) -> PyErr {
    ModelError::new_err(errors.plain().trim_end().to_string())
}

/// Arrays that are no model.
pub fn draft(errors: DraftErrors) -> PyErr {
    ModelError::new_err(errors.to_string())
}

/// What is no policy.
pub fn policy(error: Unfit) -> PyErr {
    PolicyError::new_err(error.to_string())
}

/// What is no policy, in one's own words.
pub fn policy_sentence(sentence: impl Into<String>) -> PyErr {
    PolicyError::new_err(sentence.into())
}

/// An argument that is none.
pub fn argument(sentence: impl Into<String>) -> PyErr {
    ExactMdpError::new_err(sentence.into())
}

fn with_help(sentence: String, help: Option<String>) -> String {
    match help {
        Some(help) => format!("{sentence}\nhelp: {help}"),
        None => sentence,
    }
}
