//! Which policies are optimal at which discount.

use super::cost::tell_stretches;
use super::{Doing, Listener, Note, StudyError, Work};
use crate::control::blackwell::stretches;
use crate::model::Model;
use crate::report::DiscountsReport;

/// The optimal actions at every discount in (0, 1), whatever the model's own; the last stretch is that
/// of the Blackwell-optimal policies.
///
/// Errors if a row of p or ρ₀ does not sum to 1, and beyond [`MOST_STATES`](crate::control::blackwell::MOST_STATES) states that are not terminal.
pub fn discounts(model: &Model, listener: &dyn Listener) -> Result<DiscountsReport, StudyError> {
    Note::of_whom(model)
        .into_iter()
        .for_each(|note| listener.note(note));
    let own = model.exact_mdp()?;
    tell_stretches(model, listener);
    listener.begin(Work::on(&own, Doing::Solving));
    let found = stretches(&model.gains().exact_mdp()?)?;
    listener.end();
    Ok(DiscountsReport::new(&own, model.objective(), &found))
}
