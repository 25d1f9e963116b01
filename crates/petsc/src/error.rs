//! Why there is no answer.

/// Why there is no answer of many processes.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// A call of PETSc's or MPI's failed, on this rank or on all.
    #[error("PETSc: {message}")]
    Petsc {
        /// What PETSc says.
        message: String,
    },
    /// Another rank failed.
    #[error("rank {rank} has failed")]
    Elsewhere {
        /// Which.
        rank: usize,
    },
    /// No method came to an answer with a useful bound on its error.
    #[error(
        "no method has certified {quantity}: the best, {method}, has a true residual of {residual:e}, and so an error of up to {bound:e}"
    )]
    Uncertified {
        /// v, ρ or what bounds the inverse.
        quantity: &'static str,
        /// The method.
        method: &'static str,
        /// The norm of the true residual.
        residual: f64,
        /// The bound that follows.
        bound: f64,
    },
    /// ρ₀v and ρr differ by more than their bounds.
    #[error("ρ₀v = {forward:e} and ρr = {adjoint:e} differ by more than their bounds, {bound:e}")]
    Apart {
        /// ρ₀v.
        forward: f64,
        /// ρr.
        adjoint: f64,
        /// What the bounds allow.
        bound: f64,
    },
    /// At γ = 1 the policy may never terminate from a state that ρ₀ reaches.
    #[error(
        "at discount 1 the policy may never terminate from the state {state}, which episodes reach: its total reward is undefined"
    )]
    Improper {
        /// The first such state.
        state: String,
    },
    /// A criterion that is not solved by rows.
    #[error("PETSc serves {needed}, and this is the {found} criterion")]
    Criterion {
        /// Which are served.
        needed: &'static str,
        /// The model's.
        found: &'static str,
    },
    /// At γ = 1, a policy on the boundary of its parameters.
    #[error(
        "at discount 1 J has no certain gradient here: an action that the policy does not take appears for parameters nearby"
    )]
    NotDifferentiable,
    /// A policy with negative probabilities.
    #[error("PETSc serves policies without negative probabilities")]
    Signed,
    /// More entries of a rank's rows than a 32-bit integer counts.
    #[error("a rank would have {entries} entries, more than 32 bits count: start more ranks")]
    TooLarge {
        /// How many.
        entries: usize,
    },
}
