//! Who makes a page, and how the numbers in it are had again.

/// A front end, in whose words a page says where its numbers are from.
#[derive(Clone, Debug)]
pub enum Maker {
    /// The program.
    Program {
        /// The command that made the page.
        command: String,
        /// The model as commands name it.
        model: String,
    },
    /// The Python package, by a call of a solved policy `s` of a model `m`.
    Python,
}

impl Maker {
    /// What made the page.
    pub(crate) fn made(&self) -> &str {
        match self {
            Maker::Program { command, .. } => command,
            Maker::Python => "s.report()",
        }
    }

    /// What answers as a command does, and with which estimators if it asks for some.
    pub(crate) fn asks(&self, command: &str, estimators: Option<&str>) -> String {
        match (self, estimators) {
            (Maker::Program { model, .. }, None) => {
                format!("exact-mdp {command} {model} --format json")
            }
            (Maker::Program { model, .. }, Some(names)) => {
                format!("exact-mdp {command} {model} --estimators {names} --format json")
            }
            (Maker::Python, Some(names)) => {
                format!("s.{command}(estimators=\"{names}\").to_json()")
            }
            (Maker::Python, None) => {
                let call = match command {
                    "solve" => "m.solve",
                    "gradient" => "s.derivatives",
                    _ => "s.evaluate",
                };
                format!("{call}().to_json()")
            }
        }
    }

    /// What states an identity by its name.
    pub(crate) fn explains(&self) -> &'static str {
        match self {
            Maker::Program { .. } => "exact-mdp verify --explain NAME",
            Maker::Python => "m.verify().checks",
        }
    }
}
