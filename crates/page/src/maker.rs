//! Who makes a page, and how the numbers in it are had again.

/// A front end, in whose words a page says where its numbers are from.
#[derive(Clone, Debug)]
pub enum Maker {
    /// The program.
    Program {
        /// What stood behind the name of the command: the model and the options, each as a shell takes it.
        asked: Vec<String>,
    },
    /// The Python package, by a call of a solved policy `s` of a model `m`.
    Python,
}

impl Maker {
    /// What made the page.
    pub(crate) fn made(&self) -> String {
        match self {
            Maker::Program { asked } => {
                format!("exact-mdp report {} -o page.html", asked.join(" "))
            }
            Maker::Python => "s.report().save(\"page.html\")".into(),
        }
    }

    /// What answers as a command does, and with which estimators if it asks for some.
    pub(crate) fn asks(&self, command: &str, estimators: Option<&str>) -> String {
        match (self, estimators) {
            (Maker::Program { asked }, None) if command == "solve" => {
                format!("exact-mdp solve {} --format json", of_all_policies(asked))
            }
            (Maker::Program { asked }, None) => {
                format!("exact-mdp {command} {} --format json", asked.join(" "))
            }
            (Maker::Program { asked }, Some(names)) => {
                let asked = asked.join(" ");
                format!("exact-mdp {command} {asked} --estimators {names} --format json")
            }
            (Maker::Python, Some(names)) if command == "compare" => {
                format!("s.compare(\"{names}\")")
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

/// What was asked without the policy, which the best one does not depend on.
fn of_all_policies(asked: &[String]) -> String {
    let mut words = asked.iter();
    let mut kept = Vec::new();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--policy" => drop(words.next()),
            word if word.trim_start_matches('\'').starts_with("--policy=") => {}
            word => kept.push(word),
        }
    }
    kept.join(" ")
}
