//! `discount`, `horizon` and `criterion`.

use super::names::found;
use super::read::{Fields, KeyPath, number, whole, word};
use crate::model::chosen::Written;
use crate::model::criterion::CriterionKind;
use crate::model::error::DraftError;
use crate::model::errors::Problems;

/// What the file says of its criterion.
pub(crate) fn written(fields: &Fields<'_>, problems: &mut Problems) -> Written {
    let before = problems.count();
    let place = |name| fields.get(name).map(|node| node.place());
    let discount = fields
        .get("discount")
        .and_then(|node| number(node, &KeyPath::new("discount"), problems));
    let horizon = fields.get("horizon").and_then(|node| {
        let steps = whole(node);
        if steps.is_none() {
            let (found, at) = (found(node).to_string(), Some(node.place()));
            problems.push(DraftError::HorizonRange { found }.at(at));
        }
        steps
    });
    let criterion = fields.get("criterion").and_then(|node| {
        let path = KeyPath::new("criterion");
        word(node, &path, &CriterionKind::WORDS, problems)
    });
    Written {
        discount: discount.map(|x| (x, place("discount"))),
        horizon: horizon.map(|x| (x, place("horizon"))),
        criterion: criterion.map(|x| (x, place("criterion"))),
        is_faulty: problems.count() > before,
    }
}
