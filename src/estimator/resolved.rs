//! Estimators as numbers: what the simulator accumulates and the moments are computed of.

use super::Table;
use crate::error::Error;
use crate::linalg::Solvable;
use crate::mdp::Space;

/// An estimator on one model under one policy.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolved<F: Solvable> {
    /// c: a score at time t is weighted by cᵗ.
    pub weight: F,
    /// γ of returns and residuals; 1 where trajectories die instead ([`super::Sampling::Geometric`]).
    pub discount: F,
    /// What is summed.
    pub form: Contribution<F>,
}

/// What one trajectory contributes, up to the weights.
#[derive(Clone, Debug, PartialEq)]
pub enum Contribution<F: Solvable> {
    /// X = (Σₜ cᵗ ψₜ) (G₀ − b).
    TotalReturn {
        /// b, in units of reward.
        baseline: F,
    },
    /// X = Σₜ cᵗ ψₜ (Gₜ − bₜ(Sₜ)), Gₜ = Rₜ + γ Gₜ₊₁.
    Return {
        /// bₜ(s) \[S\]; `None` for 0.
        baseline: Option<Table<F>>,
    },
    /// X_k = Σₜ cᵗ ψₜₖ (Gₜ − b_{k,t}(Sₜ)), a baseline for each parameter.
    ReturnByParameter {
        /// b_{k,t}(s) \[entries\], in the order of the entries ψ_k(s, a) of [`crate::policy::Policy::scores`].
        baseline: Table<F>,
    },
    /// X = Σₜ cᵗ ψₜ fₜ(Sₜ, Aₜ).
    Pair {
        /// fₜ(s, a) \[SA\].
        value: Table<F>,
    },
    /// X = Σₜ cᵗ ψₜ Dₜ, Dₜ = δₜ + g Dₜ₊₁ as far as the window goes.
    Residual {
        /// uₜ(s) \[S\], with δₜ = Rₜ + γ uₜ₊₁(Sₜ₊₁) − uₜ(Sₜ); 0 on terminal states and after the
        /// last step of a finite horizon, so that no case needs to be told apart.
        critic: Table<F>,
        /// g: γλ for GAE, γ for n-step, 0 for the TD residual.
        decay: F,
        /// Dₜ = Σ_{l<n} gˡ δₜ₊ₗ for `Some(n)`; otherwise up to the end of the trajectory.
        window: Option<usize>,
    },
    /// X = Σₜ cᵗ ψₜ (Rₜ + γ uₜ₊₁(Sₜ₊₁) − \[less\] uₜ(Sₜ) + h Dₜ₊₁), Dₜ = δₜ + g Dₜ₊₁.
    Ahead {
        /// uₜ(s) \[S\], as in [`Contribution::Residual`].
        critic: Table<F>,
        /// Whether uₜ(Sₜ) is subtracted.
        less: bool,
        /// g.
        decay: F,
        /// h.
        future: F,
    },
    /// X as in [`Ahead`](Self::Ahead), with factors that depend on the pair, not weighed by π/b otherwise.
    Traced(Box<Traced<F>>),
    /// X = ω₀ ω₁ ⋯ Σₜ cᵗ ψₜ Gₜ: the ratio of the whole trajectory.
    Whole,
    /// A function of the sums of all trajectories.
    Batch(Box<BatchEstimator<F>>),
}

/// X = Σₜ cᵗ ψₜ φₜ (Rₜ + γ uₜ₊₁(Sₜ₊₁) − \[less\] wₜ + g Dₜ₊₁), Dₜ = τₜ (Rₜ + γ uₜ₊₁(Sₜ₊₁) − wₜ) + g κₜ Dₜ₊₁,
/// with φ, τ, κ, w at (Sₜ, Aₜ).
#[derive(Clone, Debug, PartialEq)]
pub struct Traced<F> {
    /// uₜ(s) \[S\].
    pub critic: Table<F>,
    /// wₜ(s, a) \[SA\]: u(s), or q(s, a).
    pub own: Table<F>,
    /// τ(s, a) \[SA\].
    pub term: Vec<F>,
    /// κ(s, a) \[SA\].
    pub trace: Vec<F>,
    /// φ(s, a) \[SA\].
    pub factor: Vec<F>,
    /// g.
    pub decay: F,
    /// Whether wₜ is subtracted in what multiplies the score.
    pub less: bool,
}

/// A function of the sums of all trajectories.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchEstimator<F: Solvable> {
    /// What is summed.
    pub of: Resolved<F>,
    /// What is made of the sums.
    pub kind: BatchKind,
}

/// What is made of sums over all trajectories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchKind {
    /// ΣX over all steps.
    PerStep,
    /// ΣX over all trajectories: over the steps of long runs too, where 1/T stands before each score.
    Mean,
    /// Σ cᵗψ(Ψ − mean)/(standard deviation + ε), over trajectories or over all steps.
    Whitened {
        /// Whether it is divided by the number of steps instead of that of trajectories.
        per_step: bool,
        /// 0 or 1; the limit is the same.
        ddof: u8,
    },
    /// Σ ωX over Σ ω, ω of whole trajectories.
    SelfNormalised,
    /// mean (G₀ − bₖ)Uₖ, U = Σψ and bₖ = mean Uₖ²G₀ / mean Uₖ².
    InSample,
}

/// ε of whitening; that of Stable-Baselines3.
pub const WHITENING: f64 = 1e-8;

impl<F: Solvable> Contribution<F> {
    /// Whether its moments are those of several sums together (`estimator::joint`).
    pub(super) fn is_joint(&self) -> bool {
        matches!(
            self,
            Contribution::Traced(_) | Contribution::Whole | Contribution::Batch(_)
        )
    }
}

impl<F: Solvable> Resolved<F> {
    /// Errors with [`Error::Length`] unless all tables are of the states and pairs of a space, and of as many entries as
    /// the scores of a policy have.
    pub(crate) fn check(&self, space: &Space, entries: usize) -> Result<(), Error> {
        let (states, pairs) = (space.states(), space.pairs());
        let table = |quantity, n: usize, table: &Table<F>| {
            let mut rows = table.rows().iter();
            rows.try_for_each(|row| Error::check_length(quantity, n, row.len()))
        };
        match &self.form {
            Contribution::TotalReturn { .. } | Contribution::Whole => Ok(()),
            Contribution::Return { baseline } => match baseline {
                Some(baseline) => table("baseline", states, baseline),
                None => Ok(()),
            },
            Contribution::ReturnByParameter { baseline } => {
                table("baseline of each parameter", entries, baseline)
            }
            Contribution::Pair { value } => table("table of values of pairs", pairs, value),
            Contribution::Residual { critic, .. } | Contribution::Ahead { critic, .. } => {
                table("critic", states, critic)
            }
            Contribution::Traced(traced) => {
                table("critic", states, &traced.critic)?;
                table("critic of pairs", pairs, &traced.own)?;
                let mut factors = [&traced.term, &traced.trace, &traced.factor].into_iter();
                factors.try_for_each(|x| Error::check_length("table of factors", pairs, x.len()))
            }
            Contribution::Batch(batch) => batch.of.check(space, entries),
        }
    }

    /// Whether each coordinate has a baseline that is estimated from the sample.
    pub(crate) fn is_in_sample(&self) -> bool {
        let in_sample = |batch: &BatchEstimator<F>| batch.kind == BatchKind::InSample;
        matches!(&self.form, Contribution::Batch(batch) if in_sample(batch))
    }

    /// The estimator with all scores weighing alike: what multiplies a score then is Ψₜ itself.
    pub(crate) fn without_weight(&self) -> Resolved<F> {
        Resolved {
            weight: F::one(),
            ..self.clone()
        }
    }
}
