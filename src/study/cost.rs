//! What takes longer than anybody waits is refused before it begins.

use super::{Listener, Note, Numbers, StudyError};
use crate::estimator::{Baseline, Estimator, Multiplier};
use crate::mdp::Criterion;
use crate::model::Model;
use crate::number::Number;

/// Most products that are begun: in floating point about twenty minutes on one core.
const MOST: f64 = 1e12;

/// Errors where the recursion over a horizon takes more than anybody waits: it goes over every outcome
/// at every time. Fractions grow by a few digits a step, unless they are whole numbers, and to shorten one
/// takes the square of its digits.
pub(super) fn affordable(model: &Model, numbers: Numbers) -> Result<(), StudyError> {
    let Criterion::FiniteHorizon { horizon, .. } = *model.criterion() else {
        return Ok(());
    };
    let (steps, outcomes) = (horizon as f64, model.outcomes().outcomes() as f64);
    let products = match numbers {
        Numbers::Exact if !is_whole(model) => steps.powi(3) * outcomes,
        Numbers::Exact | Numbers::Float | Numbers::Certified => steps * outcomes,
    };
    if products <= MOST {
        return Ok(());
    }
    Err(StudyError::TooLong { horizon, products })
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
    listener: &dyn Listener,
) -> Result<(), StudyError> {
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

/// Whether γ, every probability and every reward are whole numbers, so that values are.
fn is_whole(model: &Model) -> bool {
    let whole = |x: &Number| x.to_rational().is_int();
    let table = model.outcomes();
    let outcomes = (0..table.pairs()).flat_map(|pair| table.of(pair));
    whole(&model.criterion().discount_number())
        && outcomes
            .into_iter()
            .all(|x| whole(x.probability) && whole(x.reward))
}

#[cfg(test)]
mod tests {
    use crate::model::{Model, Overrides};
    use crate::study::{Evaluate, Notes, Numbers, Solve, StudyError, evaluate, solve};

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
        let overrides = Overrides {
            horizon: Some(20_000),
            ..Overrides::default()
        };
        let mut request = Evaluate::default();
        request.setting.numbers = Numbers::Exact;
        for (reward, allowed) in [("1", true), ("1/3", false)] {
            let text = text.replace(", 1]", &format!(", {reward}]"));
            let model = Model::parse_with("long.yaml", &text, &overrides).unwrap();
            assert_eq!(evaluate(&model, &request, &notes).is_ok(), allowed);
            assert!(evaluate(&model, &Evaluate::default(), &notes).is_ok());
        }
    }
}
