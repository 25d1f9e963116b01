//! Which of several reward models counts.

use miette::SourceSpan;

use super::ExchangeError;
use crate::model::error::NameList;

/// Which of the named reward models counts: the one asked for, or the only one.
///
/// # Errors
/// If there is none of that name, or more than one, or several and none was asked for.
pub(super) fn chosen(
    names: &[&str],
    wanted: Option<&str>,
    at: Option<SourceSpan>,
) -> Result<usize, ExchangeError> {
    let listed = || NameList::of(names.iter().map(|name| named(name)));
    let same = |wanted: &str| names.iter().filter(|name| **name == wanted).count();
    if let Some(name) = wanted.filter(|wanted| same(wanted) > 1) {
        return Err(ExchangeError::SameRewards { name: name.into() });
    }
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
    Err(error)
}

/// The name of a reward model in a message; an empty one in quotes.
pub(super) fn named(name: &str) -> &str {
    match name {
        "" => "\"\"",
        name => name,
    }
}
