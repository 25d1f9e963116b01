//! What multiplies the score, with exactly the arguments that this has, and the estimator of that.

use super::{Baseline, Critic};
use crate::number::Number;

/// A policy-gradient estimator: one that there is, whatever it was built from.
///
/// ```
/// use exact_mdp::estimator::Estimator;
///
/// let gae: Estimator = "gae:0.95:dropped".parse()?;
/// assert_eq!(gae.to_string(), "gae:0.95:dropped");
/// // λ is in [0, 1]
/// assert!("gae:7".parse::<Estimator>().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Estimator {
    pub(super) multiplier: Multiplier,
    pub(super) discounting: bool,
}

/// What multiplies the score at time t, with its arguments.
#[derive(Clone, Debug, PartialEq)]
pub enum Multiplier {
    /// G₀ − b, the discounted return of the whole trajectory.
    TotalReturn {
        /// b: a number, or the constant that is optimal.
        baseline: Baseline,
    },
    /// Gₜ = Σ_{k≥t} γ^{k−t} R_k.
    RewardToGo,
    /// Gₜ − b(Sₜ).
    Baseline(Baseline),
    /// q(Sₜ, Aₜ).
    Q(Critic),
    /// A(Sₜ, Aₜ).
    Advantage(Critic),
    /// Rₜ + γ v(Sₜ₊₁) − v(Sₜ).
    TdResidual(Critic),
    /// Σₗ (γλ)ˡ δₜ₊ₗ.
    Gae {
        /// λ in [0, 1].
        lambda: Number,
        /// What stands for v.
        critic: Critic,
    },
    /// Σ_{l<n} γˡ δₜ₊ₗ.
    NStep {
        /// n ≥ 1.
        n: usize,
        /// What stands for v.
        critic: Critic,
    },
    /// Σ_{k≥t} γ^{k−t} R_k, and γ^{T−t} v(S_T) behind a cut.
    Bootstrapped(Critic),
    /// v(Sₜ) + Σₗ (γλ)ˡ δₜ₊ₗ.
    LambdaReturn {
        /// λ in [0, 1].
        lambda: Number,
        /// What stands for v.
        critic: Critic,
    },
    /// δₜ + γ Âₜ₊₁ with the Â of GAE: the λ-return of the next state for its value.
    OneStepOfLambdaReturn {
        /// λ in [0, 1].
        lambda: Number,
        /// What stands for v.
        critic: Critic,
    },
    /// Σₗ (γλ)ˡ δₜ₊ₗ with 0 for v(S_T) at a cut.
    CutAsEnd {
        /// λ in [0, 1].
        lambda: Number,
        /// What stands for v.
        critic: Critic,
    },
    /// ρₜ(Rₜ + γ vsₜ₊₁ − v(Sₜ)), vsₜ = v(Sₜ) + ρₜδₜ + γcₜ(vsₜ₊₁ − v(Sₜ₊₁)), with ρ = min(ρ̄, ω) and
    /// c = min(c̄, ω); not weighed otherwise (Espeholt et al. 2018).
    VTrace {
        /// ρ̄ ≥ 0; `None` for ∞.
        rho: Option<Number>,
        /// c̄ ≥ 0; `None` for ∞.
        c: Option<Number>,
        /// What stands for v.
        critic: Critic,
    },
    /// q + Δₜ, Δₜ = Rₜ + γ v(Sₜ₊₁) − q(Sₜ, Aₜ) + γλ min(1, ωₜ₊₁) Δₜ₊₁; not weighed otherwise (Munos et
    /// al. 2016).
    Retrace {
        /// λ in [0, 1].
        lambda: Number,
        /// What stands for v, and through q = r + γpv for q.
        critic: Critic,
    },
    /// Gₜ times ω₀ ⋯ of the whole trajectory.
    Ordinary,
    /// ω₀ ⋯ ωₜ times the return whose later rewards carry their own ratios: [`Multiplier::RewardToGo`]
    /// by the name that it has beside the two others.
    PerDecision,
    /// [`Multiplier::Ordinary`], the sum over trajectories divided by that of the ratios.
    SelfNormalised,
    /// N/T times another estimator: the mean over all T steps of N trajectories.
    PerStepMean(Box<Estimator>),
    /// (Ψ − mean)/(standard deviation + 1e-8) over all steps, for the Ψ of another estimator.
    Whitened {
        /// Whose Ψ.
        of: Box<Estimator>,
        /// What is subtracted from the number of steps in the variance: 0 or 1.
        ddof: u8,
    },
    /// (G₀ − bₖ) Σψₖ with bₖ = mean (Σψₖ)²G₀ / mean (Σψₖ)² over the same trajectories.
    InSampleBaseline,
}

impl Multiplier {
    /// [`Multiplier::CutAsEnd`] with v itself.
    pub(super) fn cut_as_end(lambda: Number) -> Multiplier {
        let critic = Critic::Exact;
        Multiplier::CutAsEnd { lambda, critic }
    }

    /// Whether γᵗ stands before the score unless it is dropped: not for the total return, and as it is
    /// in what another one is made of.
    pub(super) fn own_discounting(&self) -> bool {
        match self {
            Multiplier::TotalReturn { .. } | Multiplier::InSampleBaseline => false,
            Multiplier::PerStepMean(of) | Multiplier::Whitened { of, .. } => of.discounting(),
            _ => true,
        }
    }
}
