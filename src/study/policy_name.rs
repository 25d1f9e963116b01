//! A policy as a user names it.

use std::fmt;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use super::{Listener, Note, StudyError};
use crate::arithmetic::{Arithmetic, Choice, Over};
use crate::error::Error;
use crate::load;
use crate::mdp::Criterion;
use crate::model::{Model, ModelWarning, nearest};
use crate::policy::{Policy, Specification};

/// A policy as a user names it: `uniform`, `random:7`, `optimal`, a file, or `{…}` as in a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum PolicyName {
    /// The one that the model carries; the uniform one if it carries none.
    #[default]
    Own,
    /// Tabular softmax at θ = 0.
    Uniform,
    /// Tabular softmax at a standard normal θ of this seed.
    Random(u64),
    /// An optimal policy.
    Optimal,
    /// A policy file, or a report that holds a policy.
    File(PathBuf),
    /// The text of a policy file.
    Text(String),
    /// This one.
    Given(Arc<Specification>),
}

/// The words among the names.
const WORDS: [&str; 3] = ["uniform", "optimal", "random"];

/// What a seed is.
const SEEDS: &str = "a whole number from 0 to 2^64 − 1";

impl FromStr for PolicyName {
    type Err = StudyError;

    fn from_str(text: &str) -> Result<PolicyName, StudyError> {
        let refuse = |found: String| Err(StudyError::PolicyName { found });
        match text {
            "uniform" => Ok(PolicyName::Uniform),
            "optimal" => Ok(PolicyName::Optimal),
            "random" => refuse("a random policy needs a seed: `random:7`".into()),
            _ if text.trim_start().starts_with('{') => Ok(PolicyName::Text(text.into())),
            _ => match text.strip_prefix("random:") {
                Some(seed) => match seed.parse() {
                    Ok(seed) => Ok(PolicyName::Random(seed)),
                    Err(_) => refuse(format!("`{seed}` is no seed, {SEEDS}")),
                },
                None => Ok(piped(text).unwrap_or_else(|| PolicyName::File(text.into()))),
            },
        }
    }
}

/// What stands in a pipe: it can be read once, and a policy is looked into more often. `None` of all that
/// is no pipe, or has no text; why is told when the file is read.
fn piped(path: &str) -> Option<PolicyName> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if std::fs::metadata(path).ok()?.file_type().is_fifo() {
            let bytes = load::read_stream(std::fs::File::open(path).ok()?).ok()?;
            return String::from_utf8(bytes).ok().map(PolicyName::Text);
        }
    }
    None
}

impl fmt::Display for PolicyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PolicyName::Own => f.write_str("the model's own"),
            PolicyName::Uniform => f.write_str("uniform"),
            PolicyName::Random(seed) => write!(f, "random:{seed}"),
            PolicyName::Optimal => f.write_str("optimal"),
            PolicyName::File(path) => write!(f, "{}", path.display()),
            PolicyName::Text(text) => f.write_str(text),
            PolicyName::Given(given) => write!(f, "a given {} policy", given.parametrization),
        }
    }
}

impl PolicyName {
    /// Errors where a word names no file: it may be a known one misspelt.
    pub fn check_there(&self) -> Result<(), StudyError> {
        let PolicyName::File(path) = self else {
            return Ok(());
        };
        let text = path.display().to_string();
        if text.contains(['.', '/', '\\']) || path.exists() {
            return Ok(());
        }
        let word = text.split(':').next().unwrap_or(&text);
        let mend = match nearest(word, &WORDS) {
            Some(known) if known.0 == "random" => "did you mean `random:SEED`?".to_string(),
            Some(known) => known.to_string(),
            None => {
                "expected uniform, random:SEED, optimal, a policy file or `{…}` as in one".into()
            }
        };
        let found = format!("there is no file `{text}`; {mend}");
        Err(StudyError::PolicyName { found })
    }

    /// How many nodes the controller has that is named, so that the model may be seen by as many
    /// ([`Overrides::controller`](crate::model::Overrides::controller)); `None` of other policies, and of files
    /// that cannot be read, which is told when they are.
    pub fn nodes(&self) -> Option<NonZeroU32> {
        match self {
            PolicyName::File(path) => {
                let text = String::from_utf8(load::read_file(path).ok()?).ok()?;
                load::controller_nodes(&text)
            }
            PolicyName::Text(text) => load::controller_nodes(text),
            PolicyName::Given(given) => NonZeroU32::new(given.controller?.nodes),
            _ => None,
        }
    }

    /// The policy over a field.
    pub(super) fn of<F: Arithmetic>(
        &self,
        model: &Model,
        over: &Over<'_, F>,
        listener: &dyn Listener,
    ) -> Result<Arc<Policy<F>>, StudyError> {
        let space = model.space();
        let choice = match self {
            PolicyName::Own => Choice::Own,
            PolicyName::Uniform => Choice::Uniform,
            PolicyName::Random(seed) if F::EXACT => {
                return Err(StudyError::RandomExact { seed: *seed });
            }
            PolicyName::Random(seed) => Choice::Random(*seed),
            PolicyName::Optimal => Choice::Optimal,
            PolicyName::Given(given) => Choice::Specified(Specification::clone(given)),
            PolicyName::File(path) => {
                self.check_there()?;
                if let Criterion::FiniteHorizon { horizon, .. } = *model.criterion() {
                    alike(load::load_rules(path, space, horizon)?.is_some())?;
                }
                let read = load::load_policy(path, space)?;
                return specified(&path.display().to_string(), read, over, listener);
            }
            PolicyName::Text(text) => {
                let name = "the policy given";
                if let Criterion::FiniteHorizon { horizon, .. } = *model.criterion() {
                    alike(load::parse_rules(name, text, space, horizon)?.is_some())?;
                }
                let read = load::parse_policy(name, text, space)?;
                return specified(name, read, over, listener);
            }
        };
        Ok(over.policy(choice)?)
    }
}

/// Errors where a policy has a rule for each time and the model is not unrolled, as beside another one with a rule for all
/// times.
fn alike(has_rules: bool) -> Result<(), Error> {
    if has_rules {
        return Err(Error::Argument {
            name: "a policy with a rule for each time",
            found: "given where a rule for all times is taken".into(),
            expected: "one rule, or beside another policy both by time: `by_time`, a list with a rule for each time",
        });
    }
    Ok(())
}

/// The policy that a file or a text describes; what was accepted in it is noted.
fn specified<F: Arithmetic>(
    name: &str,
    (specification, warnings): (Specification, Vec<ModelWarning>),
    over: &Over<'_, F>,
    listener: &dyn Listener,
) -> Result<Arc<Policy<F>>, StudyError> {
    for warning in warnings {
        let file = name.to_string();
        listener.note(Note::PolicyFile { file, warning });
    }
    let policy = Policy::from_specification(over.space(), &specification);
    policy.map(Arc::new).map_err(|why| StudyError::Policy {
        name: name.to_string(),
        why,
    })
}
