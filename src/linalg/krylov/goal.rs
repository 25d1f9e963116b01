//! What an iteration is asked for.

/// Where it may stop, by ‖e‖ and ‖x‖.
#[derive(Clone, Copy)]
pub(super) enum Goal {
    /// ‖e‖ is at most this.
    Residual(f64),
    /// ‖e‖ · ‖A⁻¹‖ ≤ tolerance · ‖x‖.
    Error { inverse_norm: f64, tolerance: f64 },
}

impl Goal {
    pub(super) fn is_met(self, residual: f64, x: f64) -> bool {
        match self {
            Goal::Residual(wanted) => residual <= wanted,
            Goal::Error {
                inverse_norm,
                tolerance,
            } => residual * inverse_norm <= tolerance * x,
        }
    }

    /// The residual that would have been enough beside an x of this size.
    pub(super) fn wanted(self, x: f64) -> f64 {
        match self {
            Goal::Residual(wanted) => wanted,
            Goal::Error {
                inverse_norm,
                tolerance,
            } => tolerance * x / inverse_norm,
        }
    }
}
