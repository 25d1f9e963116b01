//! What takes longer than anybody waits is refused before it begins.

use super::{Numbers, StudyError};
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
