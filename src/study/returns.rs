//! The law of the return of a policy.

use super::alike::alike_rewards;
use super::{Listener, Note, Numbers, StudyError};
use crate::arithmetic::Arithmetic;
use crate::model::Model;
use crate::report::ReturnReport;
use crate::returns::{ReturnMoments, unheld};
use crate::solved::Solved;

/// The moments that floating point does not hold.
fn unwritten<F: Arithmetic>(moments: &ReturnMoments<F>) -> Vec<(&'static str, f64)> {
    let by_state = moments.variance_by_state.iter().map(F::to_f64);
    let named = [
        ("variance of the return", moments.variance.to_f64()),
        (
            "variance of the return from a state",
            by_state.fold(0.0, worse),
        ),
        ("third central moment of the return", moments.third.to_f64()),
        (
            "fourth central moment of the return",
            moments.fourth.to_f64(),
        ),
    ];
    let named = named.into_iter();
    // fractions that are longer than floating point are not written in it
    named.filter(|(_, x)| !F::EXACT && !x.is_finite()).collect()
}

/// The one of two that is no finite number, if one is.
fn worse(x: f64, y: f64) -> f64 {
    if x.is_finite() { y } else { x }
}

/// The law of the return of a solved policy.
pub(super) fn returns<F: Arithmetic>(
    model: &Model,
    solved: &Solved<F>,
    numbers: Numbers,
    listener: &dyn Listener,
) -> Result<ReturnReport, StudyError> {
    if let Some(rewards) = alike_rewards(model).filter(|_| numbers != Numbers::Exact) {
        let what = "returns";
        let exactly = true;
        listener.note(Note::AlikeRewards {
            rewards,
            what,
            exactly,
        });
    }
    let moments = solved.return_moments()?;
    let gradient = solved.variance_gradient();
    if let Err(why) = &gradient {
        listener.note(Note::Absent {
            quantity: "gradient of the variance of the return",
            why: why.clone(),
        });
    }
    for (quantity, moment) in unwritten(&moments) {
        let why = unheld(moment, "it");
        listener.note(Note::Absent { quantity, why });
    }
    let gradient_error = match &gradient {
        Ok(_) => solved.variance_gradient_error()?,
        Err(_) => None,
    };
    let errors = solved.return_errors()?;
    if let Some(errors) = &errors {
        let named = [
            ("variance of the return", errors.variance),
            ("third central moment of the return", errors.third),
            ("fourth central moment of the return", errors.fourth),
        ];
        for (quantity, _) in named.into_iter().filter(|(_, error)| !error.is_finite()) {
            listener.note(Note::BeyondBounds { quantity });
        }
    }
    // sums of balls have no order to gather them by
    let followed = numbers != Numbers::Certified;
    let law = followed.then(|| solved.return_distribution()).transpose()?;
    let length = followed.then(|| solved.length_distribution()).transpose()?;
    Ok(ReturnReport::new(
        &moments,
        gradient.ok().as_deref(),
        law.as_ref(),
        length.flatten().as_ref(),
        model.objective(),
    )?
    .with_errors(errors, gradient_error))
}
