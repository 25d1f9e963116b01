//! θ → π: probabilities, ∂π/∂θ and scores over the pairs (theory, section 3).
//!
//! For every parametrization Σₐ π = 1 and Σₐ ∇π = 0. The score ψ = ∇log π = ∇π/π exists where the
//! nabla-log condition holds: ∇π(a|s) = 0 wherever π(a|s) = 0.

mod softmax;
mod specification;

pub use specification::{Features, Kind, Specification};

use std::sync::Arc;

use crate::field::{Field, Real};
use crate::linalg::Csr;
use crate::mdp::Space;

/// How θ makes probabilities.
#[derive(Clone, Debug, PartialEq)]
pub enum Parametrization<F> {
    /// π ∝ exp(θ(s, a)/τ), one parameter per pair.
    Softmax {
        /// τ > 0.
        temperature: F,
    },
    /// π(a|s) = θ(s, a) for all but the last action of a state, which takes the rest.
    Direct,
    /// π = θ on the product of simplices.
    Simplex,
    /// π ∝ exp(θ · φ(s, a)/τ).
    LogLinear {
        /// φ, shape [SA, d].
        features: Csr<F>,
        /// Names of the features, if they have any.
        names: Option<Vec<String>>,
        /// τ > 0.
        temperature: F,
    },
    /// π ∝ |θ(s, a)|ᵝ.
    Escort {
        /// β ≥ 1.
        power: F,
    },
}

impl<F> Parametrization<F> {
    /// The name in the policy file.
    pub fn name(&self) -> &'static str {
        match self {
            Parametrization::Softmax { .. } => "softmax",
            Parametrization::Direct => "direct",
            Parametrization::Simplex => "simplex",
            Parametrization::LogLinear { .. } => "log-linear",
            Parametrization::Escort { .. } => "escort",
        }
    }
}

/// A policy with its parameters: π, ∂π/∂θ and the scores.
#[derive(Clone, Debug)]
pub struct Policy<F: Field = f64> {
    space: Arc<Space>,
    parametrization: Parametrization<F>,
    /// ε of the mixture with the uniform policy.
    mix: Option<F>,
    theta: Option<Vec<F>>,
    probabilities: Vec<F>,
    derivative: Csr<F>,
}

/// The scores ψ = ∇log π of all pairs, shape [SA, d].
#[derive(Clone, Debug)]
pub struct Scores<F> {
    /// Row i is the score of pair i; empty where the score is absent.
    pub rows: Csr<F>,
    /// Pairs with π(a|s) = 0 but ∇π(a|s) ≠ 0: there the nabla-log condition fails, and every
    /// score-function form of the gradient is wrong. Empty for softmax.
    pub missing: Vec<usize>,
}

impl<F: Field> Policy<F> {
    /// The uniform policy as a tabular softmax at θ = 0, τ = 1.
    pub fn uniform(space: &Arc<Space>) -> Policy<F> {
        let mut probabilities = Vec::with_capacity(space.pairs());
        for state in 0..space.states() {
            let actions = space.pairs_of(state).len();
            let each = || F::one() / F::from_i64(actions as i64);
            probabilities.extend((0..actions).map(|_| each()));
        }
        let temperature = F::one();
        Policy {
            derivative: softmax::derivative(space, &probabilities, &temperature),
            space: Arc::clone(space),
            parametrization: Parametrization::Softmax { temperature },
            mix: None,
            theta: Some(vec![F::zero(); probabilities.len()]),
            probabilities,
        }
    }

    /// The space the policy acts on.
    pub fn space(&self) -> &Arc<Space> {
        &self.space
    }

    /// How θ makes probabilities.
    pub fn parametrization(&self) -> &Parametrization<F> {
        &self.parametrization
    }

    /// ε of the mixture (1 − ε) π_θ + ε · uniform, if the policy is mixed.
    pub fn mix(&self) -> Option<&F> {
        self.mix.as_ref()
    }

    /// θ [d]; `None` where it is not a number of this field (a softmax given by exact
    /// probabilities has θ = τ log π).
    pub fn theta(&self) -> Option<&[F]> {
        self.theta.as_deref()
    }

    /// Number of parameters d.
    pub fn parameters(&self) -> usize {
        self.derivative.columns()
    }

    /// π(a|s), shape [SA].
    pub fn probabilities(&self) -> &[F] {
        &self.probabilities
    }

    /// Whether π(a|s) > 0 by the parametrization, whatever rounding made of the number: a softmax
    /// probability that underflowed counts as positive.
    pub fn supports(&self, pair: usize) -> bool {
        let positive_by_form = matches!(
            self.parametrization,
            Parametrization::Softmax { .. } | Parametrization::LogLinear { .. }
        );
        positive_by_form || self.mix.is_some() || !self.probabilities[pair].is_zero()
    }

    /// ∂π(a|s)/∂θ, shape [SA, d].
    pub fn derivative(&self) -> &Csr<F> {
        &self.derivative
    }

    /// The scores of all pairs.
    pub fn scores(&self) -> Scores<F> {
        match &self.parametrization {
            Parametrization::Softmax { temperature } => {
                softmax::scores(&self.space, &self.probabilities, temperature)
            }
            _ => unreachable!("not built yet"),
        }
    }
}

impl<F: Real> Policy<F> {
    /// The tabular softmax of θ [SA] at a temperature τ > 0.
    pub fn softmax(space: &Arc<Space>, theta: Vec<F>, temperature: F) -> Policy<F> {
        let probabilities = softmax::probabilities(space, &theta, &temperature);
        Policy {
            derivative: softmax::derivative(space, &probabilities, &temperature),
            space: Arc::clone(space),
            parametrization: Parametrization::Softmax { temperature },
            mix: None,
            theta: Some(theta),
            probabilities,
        }
    }
}
