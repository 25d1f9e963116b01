//! Which Ψ there are.

/// What multiplies the score at time t.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Psi {
    /// G₀ − b, the discounted return of the whole trajectory.
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
    /// Σ_{k≥t} γ^{k−t} R_k, and γ^{T−t} v(S_T) behind a cut.
    #[serde(rename = "reward-to-go:bootstrapped")]
    Bootstrapped,
    /// v(Sₜ) + Σₗ (γλ)ˡ δₜ₊ₗ.
    LambdaReturn,
    /// δₜ + γ Âₜ₊₁.
    OneStepOfLambdaReturn,
    /// Σₗ (γλ)ˡ δₜ₊ₗ with 0 for v(S_T) at a cut.
    #[serde(rename = "gae:cut-as-end")]
    CutAsEnd,
    /// min(ρ̄, ωₜ) (Rₜ + γ vsₜ₊₁ − v(Sₜ)).
    VTrace,
    /// The target of q(Sₜ, Aₜ) with the traces min(1, ω).
    Retrace,
    /// Gₜ times the ratio of the whole trajectory.
    #[serde(rename = "importance:ordinary")]
    Ordinary,
    /// Gₜ whose rewards carry their own ratios.
    #[serde(rename = "importance:per-decision")]
    PerDecision,
    /// Gₜ times the ratio of the whole trajectory, over the mean of these ratios.
    #[serde(rename = "importance:self-normalised")]
    SelfNormalised,
    /// Another estimator, over the mean length of a trajectory.
    PerStepMean,
    /// Another Ψ less its mean over all steps, over its standard deviation.
    Whitened,
    /// G₀ less a baseline for each coordinate, from the same sample.
    InSampleBaseline,
}

impl Psi {
    /// The name in JSON and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Psi::TotalReturn => "total-return",
            Psi::RewardToGo => "reward-to-go",
            Psi::Baseline => "baseline",
            Psi::Q => "q",
            Psi::Advantage => "advantage",
            Psi::TdResidual => "td-residual",
            Psi::Gae => "gae",
            Psi::NStep => "n-step",
            Psi::Bootstrapped => "reward-to-go:bootstrapped",
            Psi::LambdaReturn => "lambda-return",
            Psi::OneStepOfLambdaReturn => "one-step-of-lambda-return",
            Psi::CutAsEnd => "gae:cut-as-end",
            Psi::VTrace => "v-trace",
            Psi::Retrace => "retrace",
            Psi::Ordinary => "importance:ordinary",
            Psi::PerDecision => "importance:per-decision",
            Psi::SelfNormalised => "importance:self-normalised",
            Psi::PerStepMean => "per-step-mean",
            Psi::Whitened => "whitened",
            Psi::InSampleBaseline => "in-sample-baseline",
        }
    }
}
