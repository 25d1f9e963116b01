//! Values, advantages, occupancies and J of a policy.

use super::{Doing, Listener, Note, Numbers, Setting, StudyError};
use crate::arithmetic::Arithmetic;
use crate::field::Ball;
use crate::model::Model;
use crate::number::Rational;
use crate::report::{Arrays, EvaluationReport};

/// What is asked of [`evaluate`].
#[derive(Clone, Debug, Default)]
pub struct Evaluate {
    /// Over which numbers, of which policy, solved how.
    pub setting: Setting,
}

/// v, q, A, ρ and J of a policy.
///
/// Errors if the policy cannot be built, and as [`Solved::by`](crate::solved::Solved::by).
pub fn evaluate(
    model: &Model,
    request: &Evaluate,
    listener: &dyn Listener,
) -> Result<EvaluationReport, StudyError> {
    match request.setting.numbers {
        Numbers::Float => over::<f64>(model, request, listener),
        Numbers::Exact => over::<Rational>(model, request, listener),
        Numbers::Certified => {
            let report = over::<Ball>(model, request, listener)?;
            let bounds = Some(report.proven());
            Ok(EvaluationReport { bounds, ..report })
        }
    }
}

/// Advantages that may be off by more than this part of the largest are worth a word.
const DOUBTFUL: f64 = 1e-3;

fn over<F: Arithmetic>(
    model: &Model,
    request: &Evaluate,
    listener: &dyn Listener,
) -> Result<EvaluationReport, StudyError> {
    let solved = request
        .setting
        .solved::<F>(model, Doing::Evaluating, listener)?;
    listener.end();
    let evaluation = solved.evaluation();
    let sizes = evaluation.advantage.iter().map(|a| a.to_f64().abs());
    let size = sizes.fold(0.0, f64::max);
    if let Some(error) = evaluation
        .advantage_error
        .filter(|error| *error > DOUBTFUL * size)
    {
        listener.note(Note::LostAdvantages { error, size });
    }
    let mut report = EvaluationReport::new(solved.mdp(), solved.policy(), evaluation);
    request.setting.complete(&mut report.head, model);
    Ok(report)
}
