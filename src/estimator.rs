//! Policy-gradient estimators: which Ψₜ multiplies the score, and whether γᵗ stands before it.
//!
//! One trajectory gives ĝ = Σₜ wₜ ψₜ Ψₜ with wₜ = γᵗ ("with γᵗ") or wₜ = 1 ("dropped"); the average
//! of N independent trajectories has the same mean and 1/N of the covariance (theory, section 5).

/// What multiplies the score at time t.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Psi {
    /// G₀, the discounted return of the whole trajectory; its weight is always 1.
    TotalReturn,
    /// Gₜ = Σ_{k≥t} γ^{k−t} R_k.
    RewardToGo,
    /// Gₜ − b(Sₜ).
    Baseline,
    /// q(Sₜ, Aₜ).
    Q,
    /// A(Sₜ, Aₜ).
    Advantage,
    /// Rₜ + γ v(Sₜ₊₁) − v(Sₜ).
    TdResidual,
    /// Σₗ (γλ)ˡ δₜ₊ₗ.
    Gae,
    /// Σ_{l<n} γˡ δₜ₊ₗ.
    NStep,
}
