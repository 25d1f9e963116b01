//! Which policies are best in every term of their values near discount 1.

use super::{Listener, Note, StudyError};
use crate::control::sensitive::n_discount;
use crate::error::Error;
use crate::model::Model;
use crate::report::SensitiveReport;

/// Orders up to this are told; a choice.
const MOST: i32 = 100;

/// The policies that are n-discount optimal, whatever the model's own criterion: the largest terms of the
/// Laurent expansion in fractions, the actions that attain them, and how many deterministic policies do.
///
/// Errors if `order` is not from −1 to 100, and if a row of p or ρ₀ does not sum to 1.
pub fn sensitive(
    model: &Model,
    order: i32,
    listener: &dyn Listener,
) -> Result<SensitiveReport, StudyError> {
    if !(-1..=MOST).contains(&order) {
        return Err(Error::Argument {
            name: "n",
            found: order.to_string(),
            expected: "a whole number from -1 to 100",
        }
        .into());
    }
    Note::of_whom(model)
        .into_iter()
        .for_each(|note| listener.note(note));
    let own = model.exact_mdp()?;
    let found = n_discount(&model.gains().exact_mdp()?, order)?;
    listener.end();
    Ok(SensitiveReport::new(&own, model.objective(), order, &found))
}
