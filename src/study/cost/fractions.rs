//! What fractions cost over a horizon: they grow at every step.

use super::limits::{MINUTES, MOST, SOON};
use crate::mdp::Criterion;
use crate::model::Model;
use crate::number::{Number, Rational};
use crate::study::{Listener, Note, StudyError};

/// Products in the time of one operation on fractions of one word, for values, a gradient, the law of an estimator:
/// measured on retry-loop at horizons from 100 to 3,000.
pub(super) const VALUES: f64 = 330.0;
pub(super) const GRADIENT: f64 = 2800.0;
pub(super) const LAW: f64 = 34_000.0;

/// Says what the gradient in fractions costs over a long horizon.
///
/// Errors where that is more than anybody waits for.
pub(in crate::study) fn gradient_affordable(
    model: &Model,
    listener: &dyn Listener,
) -> Result<(), StudyError> {
    fractions_affordable(model, GRADIENT, listener)
}

/// What may be worked out in fractions though nobody has asked for them by name: some ten seconds, half a gigabyte.
///
/// Errors with the reason where so many evaluations take more.
pub(in crate::study) fn fractions_by_the_way(
    model: &Model,
    evaluations: f64,
) -> Result<(), String> {
    // as above
    const GIGABYTES: f64 = 0.5;
    let Criterion::FiniteHorizon { horizon, .. } = *model.criterion() else {
        return Ok(());
    };
    let outcomes = model.outcomes().outcomes() as f64;
    let products = horizon as f64 * outcomes * growing(model, horizon) * VALUES * evaluations;
    if products <= 5.0 * SOON && kept(model, horizon) <= GIGABYTES * 1e9 {
        return Ok(());
    }
    Err(format!(
        "{evaluations} evaluations in fractions over {horizon} steps take too long; a shorter horizon decides it"
    ))
}

/// The same of what takes so many products for each operation on a word.
pub(super) fn fractions_affordable(
    model: &Model,
    weight: f64,
    listener: &dyn Listener,
) -> Result<(), StudyError> {
    // 64 bits: 64 log₁₀ 2 decimal digits
    const DIGITS_OF_WORD: f64 = 19.3;
    let Criterion::FiniteHorizon { horizon, .. } = *model.criterion() else {
        return Ok(());
    };
    let outcomes = model.outcomes().outcomes() as f64;
    let products = horizon as f64 * outcomes * growing(model, horizon) * weight;
    if products > MOST {
        return Err(StudyError::TooLong { horizon, products });
    }
    if products > SOON {
        let digits = words(model, horizon) * DIGITS_OF_WORD;
        listener.note(Note::CostlyFractions {
            horizon,
            digits,
            minutes: products * MINUTES,
        });
    }
    Ok(())
}

/// What an operation on the fractions of a horizon costs on the average, in those on a word: linear in their length to
/// multiply by a small number, beyond some hundred words more, to shorten.
pub(super) fn growing(model: &Model, horizon: usize) -> f64 {
    // words from which on to shorten costs more than to multiply
    const SHORT: f64 = 150.0;
    let average = (words(model, horizon) / 2.0).max(1.0);
    average * (1.0 + average / SHORT)
}

/// How many words the denominators have at the end of a horizon: each step adds the bits of γ, of a probability and of
/// the share of an action.
fn words(model: &Model, horizon: usize) -> f64 {
    let bits = |x: &Number| {
        let whole = Rational::from(x.to_rational().denominator().clone());
        whole.to_f64().value().log2()
    };
    let table = model.outcomes();
    let all = (0..table.pairs()).flat_map(|pair| table.of(pair));
    let of_p = all.map(|outcome| bits(outcome.probability));
    let space = model.space();
    let actions = (0..space.states()).map(|s| space.pairs_of(s).len()).max();
    let step = bits(&model.criterion().discount_number())
        + of_p.fold(0.0, f64::max)
        + (actions.unwrap_or(1).max(1) as f64).log2();
    horizon as f64 * step / 64.0
}

/// The bytes of v and q of all times, as fractions: numerators and denominators.
pub(super) fn kept(model: &Model, horizon: usize) -> f64 {
    // a numerator and a denominator of 8 bytes a word
    const BYTES: f64 = 16.0;
    let space = model.space();
    let numbers = horizon as f64 * (space.states() + space.pairs()) as f64;
    numbers * words(model, horizon) / 2.0 * BYTES
}
