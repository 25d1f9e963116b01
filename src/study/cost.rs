//! What takes longer than anybody waits is refused before it begins.

use super::{Numbers, StudyError};
use crate::mdp::Criterion;
use crate::model::Model;

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
        Numbers::Exact => steps * steps * outcomes,
        Numbers::Float | Numbers::Certified => steps * outcomes,
    };
    if products <= MOST {
        return Ok(());
    }
    Err(StudyError::TooLong { horizon, products })
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
            horizon: Some(2_000_000),
            ..Overrides::default()
        };
        let model = Model::parse_with("long.yaml", text, &overrides).unwrap();
        let mut request = Evaluate::default();
        request.setting.numbers = Numbers::Exact;
        assert!(evaluate(&model, &request, &notes).is_err());
        assert!(evaluate(&model, &Evaluate::default(), &notes).is_ok());
    }
}
