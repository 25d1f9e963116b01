//! Which policies are optimal at which discount.

use super::{Doing, Listener, Note, StudyError, Work};
use crate::control::blackwell::stretches;
use crate::model::{Model, Objective};
use crate::report::DiscountsReport;

/// The optimal actions at every discount in (0, 1), whatever the model's own; the last stretch is that
/// of the Blackwell-optimal policies.
///
/// Errors if a row of p or ρ₀ does not sum to 1, and as [`stretches`].
pub fn discounts(model: &Model, listener: &dyn Listener) -> Result<DiscountsReport, StudyError> {
    Note::of_whom(model)
        .into_iter()
        .for_each(|note| listener.note(note));
    let own = model.exact_mdp()?;
    listener.begin(Work::on(&own, Doing::Solving));
    let found = match model.objective() {
        Objective::Maximize => stretches(&own)?,
        Objective::Minimize => stretches(&model.negated().exact_mdp()?)?,
    };
    listener.end();
    let mut report = DiscountsReport::new(&own, &found);
    report.head.criterion.minimized = model.objective() == Objective::Minimize;
    Ok(report)
}
