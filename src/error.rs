//! All errors that the library returns and all warnings that it gives.

use crate::linalg::FactorError;

/// Why an answer was not computed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// γ = 1 and the policy does not terminate from some state that ρ₀ reaches.
    #[error("at discount 1 the policy never terminates from {}", list(.states))]
    Improper {
        /// The states from which no terminal state is reached.
        states: Vec<String>,
        /// The (state, action) pairs the policy takes there.
        actions: Vec<(String, String)>,
    },
    /// The quantity is defined for other criteria only.
    #[error("this needs the criterion {needed}; the model's is {found}")]
    Criterion {
        /// What would do.
        needed: &'static str,
        /// What the model has.
        found: &'static str,
    },
    /// A linear system was not solved.
    #[error(transparent)]
    Factor(#[from] FactorError),
}

fn list(names: &[String]) -> String {
    const SHOWN: usize = 8;
    let shown: Vec<String> = names
        .iter()
        .take(SHOWN)
        .map(|name| format!("`{name}`"))
        .collect();
    match names.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
