//! Names as a file brings them along → numbers.

use std::collections::HashMap;

use miette::SourceSpan;

use super::ExchangeError;
use crate::mdp::Names;
use crate::model::error::{ModelError, NameList};
use crate::model::names::LONGEST;

/// Names in the order in which they appear.
#[derive(Default)]
pub(super) struct Vocabulary<'t> {
    names: Vec<&'t str>,
    position: HashMap<&'t str, u32>,
}

impl<'t> Vocabulary<'t> {
    /// The number of a name, a new one if it is new.
    pub(super) fn number(&mut self, name: &'t str) -> u32 {
        *self.position.entry(name).or_insert_with(|| {
            self.names.push(name);
            self.names.len() as u32 - 1
        })
    }

    /// The name of a number given out.
    pub(super) fn name(&self, number: u32) -> &'t str {
        self.names[number as usize]
    }

    /// The names as numbers below `count`, if that is what they are.
    pub(super) fn numbers(&self, count: usize) -> Option<Vec<u32>> {
        let number = |name: &&str| {
            let number: usize = name.parse().ok()?;
            (number < count && number.to_string() == **name).then_some(number as u32)
        };
        self.names.iter().map(number).collect()
    }

    /// The names for a model, and the place in it of each number given out: numbers in their own
    /// order if they are 0, 1, …, n − 1, names as they appeared otherwise.
    pub(super) fn finish(self) -> (Names, Vec<u32>) {
        let count = self.names.len();
        match self.numbers(count) {
            Some(places) => (Names::Numbered(count), places),
            None => {
                let names = self.names.iter().map(|name| name.to_string());
                (Names::Listed(names.collect()), (0..count as u32).collect())
            }
        }
    }
}

/// Which of the named reward models counts: the one asked for, or the only one.
///
/// # Errors
/// If there is none of that name, or several and none was asked for.
pub(super) fn chosen(
    names: &[&str],
    wanted: Option<&str>,
    at: Option<SourceSpan>,
) -> Result<usize, ModelError> {
    let listed = || NameList::of(names.iter().map(|name| named(name)));
    let error = match (wanted, names.len()) {
        (Some(wanted), 1..) => match names.iter().position(|name| *name == wanted) {
            Some(position) => return Ok(position),
            None => ExchangeError::UnknownName {
                what: "reward model",
                found: wanted.into(),
                help: format!("the file has: {}", listed()),
                at,
            },
        },
        (None, 2..) => ExchangeError::SeveralRewards { names: listed() },
        _ => return Ok(0),
    };
    Err(ModelError::Exchange(error))
}

/// The name of a reward model in a message; an empty one in quotes.
pub(super) fn named(name: &str) -> &str {
    match name {
        "" => "\"\"",
        name => name,
    }
}

/// Whether a model may use this as a name.
pub(super) fn is_name(name: &str) -> bool {
    (1..=LONGEST).contains(&name.chars().count()) && !name.contains(char::is_control)
}
