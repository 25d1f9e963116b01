//! What takes longer than anybody waits is refused before it begins.

use super::{Listener, Note, Numbers, StudyError};
use crate::estimator::{Baseline, Estimator, Multiplier};
use crate::mdp::Criterion;
use crate::model::Model;
use crate::number::{Number, Rational};

/// Most products that are begun: in floating point about twenty minutes on one core.
const MOST: f64 = 1e12;

/// Errors where the recursion over a horizon takes more than anybody waits: it goes over every outcome
/// at every time. Fractions grow by a few digits a step.
pub(super) fn affordable(model: &Model, numbers: Numbers) -> Result<(), StudyError> {
    let Criterion::FiniteHorizon { horizon, .. } = *model.criterion() else {
        return Ok(());
    };
    let (steps, outcomes) = (horizon as f64, model.outcomes().outcomes() as f64);
    let products = match numbers {
        Numbers::Exact => steps * outcomes * growing(model, horizon) * VALUES,
        Numbers::Float | Numbers::Certified => steps * outcomes,
    };
    if products > MOST {
        return Err(StudyError::TooLong { horizon, products });
    }
    let gigabytes = kept(model, horizon) / 1e9;
    if numbers == Numbers::Exact && gigabytes > GIGABYTES {
        return Err(StudyError::TooMuch { horizon, gigabytes });
    }
    Ok(())
}

/// Most memory that fractions are given.
const GIGABYTES: f64 = 4.0;

/// The bytes of v and q of all times, as fractions: numerators and denominators.
fn kept(model: &Model, horizon: usize) -> f64 {
    const BYTES: f64 = 16.0;
    let space = model.space();
    let numbers = horizon as f64 * (space.states() + space.pairs()) as f64;
    numbers * words(model, horizon) / 2.0 * BYTES
}

/// Products in the time of one operation on fractions of one word, for values, a gradient, the law of an estimator:
/// measured on retry-loop at horizons from 100 to 3,000.
const VALUES: f64 = 330.0;
const GRADIENT: f64 = 2800.0;
const LAW: f64 = 34_000.0;

/// Says what the gradient in fractions costs over a long horizon.
///
/// Errors where that is more than anybody waits for.
pub(super) fn gradient_affordable(
    model: &Model,
    listener: &dyn Listener,
) -> Result<(), StudyError> {
    fractions_affordable(model, GRADIENT, listener)
}

fn fractions_affordable(
    model: &Model,
    weight: f64,
    listener: &dyn Listener,
) -> Result<(), StudyError> {
    const SOON: f64 = MOST / 600.0;
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
        listener.note(Note::CostlyFractions {
            horizon,
            digits: words(model, horizon) * DIGITS_OF_WORD,
            minutes: products / MOST * 20.0,
        });
    }
    Ok(())
}

/// What an operation on the fractions of a horizon costs on the average, in those on a word: linear in their length to
/// multiply by a small number, beyond some hundred words more, to shorten.
fn growing(model: &Model, horizon: usize) -> f64 {
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

/// Errors where an optimum takes more: it is found step by step, each of which costs something beside its
/// outcomes. Below discount 1 values settle, and the rest of the steps is not made.
pub(super) fn steps_affordable(model: &Model) -> Result<(), StudyError> {
    const BESIDE: f64 = 300.0;
    const SETTLED: f64 = 1000.0;
    let Criterion::FiniteHorizon { horizon, .. } = *model.criterion() else {
        return Ok(());
    };
    let discount = model.criterion().discount_number().to_rational();
    let lost = Number::from(Number::ONE.to_rational() - discount).to_f64();
    let steps = (horizon as f64).min(SETTLED / lost.max(f64::MIN_POSITIVE));
    let products = steps * (model.outcomes().outcomes() as f64 + BESIDE);
    if products <= MOST {
        return Ok(());
    }
    Err(StudyError::TooLong { horizon, products })
}

/// Says what the laws of estimators that depend on the time cost over a long horizon, where they are
/// summed up step by step.
///
/// Errors where that is more than anybody waits for.
pub(super) fn laws_affordable(
    model: &Model,
    estimators: &[Estimator],
    numbers: Numbers,
    listener: &dyn Listener,
) -> Result<(), StudyError> {
    if numbers == Numbers::Exact && !estimators.is_empty() {
        let weight = GRADIENT + estimators.len() as f64 * LAW;
        return fractions_affordable(model, weight, listener);
    }
    const SOON: f64 = 1e6;
    const PRODUCTS: f64 = 2e4;
    let Criterion::FiniteHorizon { horizon, .. } = *model.criterion() else {
        return Ok(());
    };
    let outcomes = horizon as f64 * model.outcomes().outcomes() as f64;
    if outcomes <= SOON || !estimators.iter().any(depends_on_time) {
        return Ok(());
    }
    let products = PRODUCTS * outcomes;
    if products > MOST {
        return Err(StudyError::TooLong { horizon, products });
    }
    listener.note(Note::CostlyLaws { horizon, outcomes });
    Ok(())
}

/// Whether what multiplies the score over a horizon differs from time to time, beside the return.
fn depends_on_time(estimator: &Estimator) -> bool {
    !matches!(
        estimator.multiplier(),
        Multiplier::TotalReturn { .. }
            | Multiplier::RewardToGo
            | Multiplier::Baseline(Baseline::Constant(_))
    )
}

#[cfg(test)]
mod tests {
    use crate::model::{Model, Overrides};
    use crate::study::{
        Evaluate, Gradient, Note, Notes, Numbers, Reference, Solve, StudyError, evaluate, gradient,
        reference, solve,
    };

    #[test]
    fn a_horizon_without_an_end_is_refused_at_once() {
        let text = "horizon: 10000000000000\nstates: 1\nactions: 1\ninitial: 0\ntransitions:\n- [0, 0, 0, 1, 1]\n";
        let model = Model::parse("long.yaml", text).unwrap();
        let refused = |error| {
            matches!(
                error,
                StudyError::TooLong {
                    horizon: 10_000_000_000_000,
                    ..
                }
            )
        };
        let notes = Notes::default();
        assert!(refused(
            evaluate(&model, &Evaluate::default(), &notes).unwrap_err()
        ));
        assert!(refused(
            solve(&model, &Solve::default(), &notes).unwrap_err()
        ));
        let mut request = Evaluate::default();
        request.setting.numbers = Numbers::Exact;
        for (discount, horizon, allowed) in [("1", 20_000, true), ("1/3", 200_000, false)] {
            let overrides = Overrides {
                horizon: Some(horizon),
                ..Overrides::default()
            };
            let text = format!("discount: {discount}\n{text}");
            let model = Model::parse_with("long.yaml", &text, &overrides).unwrap();
            assert_eq!(evaluate(&model, &request, &notes).is_ok(), allowed);
        }
    }

    #[test]
    fn long_gradients_in_fractions_are_said_and_longer_ones_refused() {
        let text = "horizon: 10\ndiscount: 1/3\nstates: 1\nactions: 2\ninitial: 0\ntransitions: {0: {0: 0, 1: 0}}\n";
        let at = |horizon| {
            let overrides = Overrides {
                horizon: Some(horizon),
                ..Overrides::default()
            };
            Model::parse_with("long.yaml", text, &overrides).unwrap()
        };
        let mut request = Gradient::default();
        request.setting.numbers = Numbers::Exact;
        let costly = |notes: Vec<Note>| {
            let mut notes = notes.into_iter();
            notes.any(|note| matches!(note, Note::CostlyFractions { .. }))
        };
        let notes = Notes::default();
        assert!(gradient(&at(30), &request, &notes).is_ok());
        assert!(!costly(notes.taken()));
        assert!(super::gradient_affordable(&at(10_000), &notes).is_ok());
        assert!(costly(notes.taken()));
        let refused = gradient(&at(200_000), &request, &notes);
        assert!(matches!(refused, Err(StudyError::TooLong { .. })));
        let mut laws = Reference::default();
        laws.setting.numbers = Numbers::Exact;
        let refused = reference(&at(50_000), &laws, &notes);
        assert!(matches!(refused, Err(StudyError::TooLong { .. })));
    }
}
