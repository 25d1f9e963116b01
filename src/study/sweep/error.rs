//! Why there is no sweep.

use crate::mend::{Argument, Mend};
use crate::report::Swept;

/// Why there is no sweep.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SweepError {
    /// A text that is none.
    #[error(
        "expected NAME=FROM..TO, as discount=0.5..0.99, or with how many, discount=0.5..0.99:50"
    )]
    NoSweep,
    /// Values out of range, or that do not go upwards.
    #[error("{expected}")]
    Range {
        /// What was expected.
        expected: &'static str,
    },
    /// One value alone, or more than anybody waits for.
    #[error("{found} values; expected 2 to 10000 of them")]
    Count {
        /// How many values were asked for.
        found: u64,
    },
    /// A quantity that a study does not sweep.
    #[error("`{command}` does not sweep `{found}`")]
    NotSwept {
        /// The command that asks the study.
        command: &'static str,
        /// The quantity.
        found: String,
        /// Those that it sweeps.
        sweeps: Vec<&'static str>,
    },
    /// A name that is neither a parameter's nor that of anything else that is swept.
    #[error("the policy has no parameter `{found}`")]
    NoParameter {
        /// The name.
        found: String,
        /// The parameter that is most like it, if there are any.
        near: Option<String>,
    },
    /// Something asked for that a sweep does not find.
    #[error("`{beside}` and a sweep exclude each other")]
    Beside {
        /// What is asked for, by its name in the request.
        beside: &'static str,
    },
    /// A sweep of the discount where there is none.
    #[error(
        "`{} discount=…` is for discounted models; this one's criterion is {criterion}",
        Argument::Sweep
    )]
    NotDiscounted {
        /// The criterion of the model.
        criterion: &'static str,
    },
    /// A parameter on the simplex.
    #[error("on the simplex no parameter moves alone: the probabilities of a state sum to 1")]
    Simplex,
    /// A policy without θ.
    #[error("the probabilities of this policy are not told by θ")]
    NoTheta,
    /// Estimators of which nothing is known exactly.
    #[error("the estimators have no exact laws here: {why}")]
    NoLaws {
        /// Why, in words.
        why: String,
    },
    /// The listener ended it.
    #[error("stopped after {done} of the step sizes; nothing is written")]
    Stopped {
        /// How many values were done.
        done: usize,
    },
}

impl SweepError {
    /// A quantity that a command does not sweep, with those that it does.
    pub(super) fn not_swept(
        command: &'static str,
        found: &Swept,
        all: &[Swept],
        parameters: bool,
    ) -> SweepError {
        let own = all.iter().map(Swept::key);
        SweepError::NotSwept {
            command,
            found: found.name().to_string(),
            sweeps: own
                .chain(parameters.then_some("a parameter of the policy"))
                .collect(),
        }
    }

    /// What to do about it.
    pub fn mend(&self) -> Option<Mend> {
        Some(match self {
            SweepError::NotSwept { sweeps, .. } => {
                Mend::new(format!("it sweeps {}", sweeps.join(", ")))
            }
            SweepError::NoParameter { near, .. } => Mend::new(match near {
                Some(near) => format!("parameters are called as `{near}`; γ is swept as `discount`"),
                None => "the policy has no parameters; γ is swept as `discount`".to_string(),
            }),
            SweepError::Beside { .. } => "leave one of the two out".into(),
            SweepError::NotDiscounted { .. } => Mend::discounted(),
            SweepError::Simplex => {
                "see `between` for lines between policies, or sweep a policy with parametrization: direct or softmax".into()
            }
            SweepError::NoTheta => Mend::new("sweep a policy with parameters, as ")
                .set(Argument::Policy, "uniform")
                .say(" or random:1"),
            _ => return None,
        })
    }
}
