//! How θ makes probabilities: the families by name.

use std::sync::Arc;

use super::family::Family;
use super::{
    Controller, Direct, Escort, Factored, Gaussian, Kind, LawKind, LogLinear, PolicyError, Simplex,
    Softmax,
};
use crate::field::Field;

/// How θ makes probabilities.
///
/// ```
/// use exact_mdp::model::Model;
/// use exact_mdp::policy::{Parametrization, Policy, Softmax};
///
/// let mdp = Model::load("mdps/two-state.yaml")?.mdp::<f64>();
/// let softmax = Parametrization::Softmax(Softmax { temperature: 1.0 });
/// let policy = Policy::new(mdp.space(), softmax, vec![3.0f64.ln(), 0.0, 0.0, 0.0])?;
/// assert!((policy.probabilities()[0] - 0.75).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Parametrization<F: Field> {
    /// π ∝ exp(θ(s, a)/τ), one parameter per pair.
    Softmax(Softmax<F>),
    /// π(a|s) = θ(s, a) for all but the last action of a state, which takes the rest.
    Direct(Direct),
    /// π = θ on the product of simplices.
    Simplex(Simplex),
    /// π ∝ exp(θ · φ(s, a)/τ).
    LogLinear(LogLinear<F>),
    /// π ∝ |θ(s, a)|ᵝ.
    Escort(Escort<F>),
    /// π = Πᵢ πᵢ, a policy for each player.
    Factored(Factored<F>),
    /// π ∝ exp(−(a − μ)²/2σ²) over actions that are numbers.
    Gaussian(Gaussian<F>),
    /// π = η(n'|n, o) α(a|n'), of somebody who does not see the states.
    Controller(Controller<F>),
}

impl<F: Field> Parametrization<F> {
    /// The name in the policy file.
    pub fn name(&self) -> &'static str {
        self.kind().name()
    }

    /// Which parametrization this is.
    pub fn kind(&self) -> Kind {
        self.family().kind()
    }

    pub(super) fn family(&self) -> &dyn Family<F> {
        match self {
            Parametrization::Softmax(family) => family,
            Parametrization::Direct(family) => family,
            Parametrization::Simplex(family) => family,
            Parametrization::LogLinear(family) => family,
            Parametrization::Escort(family) => family,
            Parametrization::Factored(family) => family,
            Parametrization::Gaussian(family) => family,
            Parametrization::Controller(family) => family,
        }
    }

    /// What the players do, of a factored policy.
    pub fn factored(&self) -> Option<&Factored<F>> {
        match self {
            Parametrization::Factored(family) => Some(family),
            _ => None,
        }
    }

    /// The laws of somebody who does not see the states.
    pub fn controller(&self) -> Option<&Controller<F>> {
        match self {
            Parametrization::Controller(family) => Some(family),
            _ => None,
        }
    }

    /// Whether θ consists of probabilities, and is bounded by 0 and 1.
    pub fn is_bounded(&self) -> bool {
        match self {
            Parametrization::Direct(_) | Parametrization::Simplex(_) => true,
            Parametrization::Controller(family) => family.specification().laws == LawKind::Simplex,
            _ => false,
        }
    }

    /// This parametrization at θ, which is a part of it where it has factors.
    pub(super) fn at(self, theta: &[F]) -> Result<Parametrization<F>, PolicyError> {
        match self {
            Parametrization::Factored(family) => Ok(Parametrization::Factored(family.at(theta)?)),
            Parametrization::Controller(family) => {
                Ok(Parametrization::Controller(family.at(theta)?))
            }
            other => Ok(other),
        }
    }

    pub(super) fn map<G: Field>(&self, f: &dyn Fn(&F) -> G) -> Parametrization<G> {
        match self {
            Parametrization::Softmax(Softmax { temperature }) => {
                Parametrization::Softmax(Softmax {
                    temperature: f(temperature),
                })
            }
            Parametrization::Direct(_) => Parametrization::Direct(Direct),
            Parametrization::Simplex(_) => Parametrization::Simplex(Simplex),
            Parametrization::LogLinear(family) => Parametrization::LogLinear(LogLinear {
                features: Arc::new(family.features.map(f)),
                rest: (family.rest.as_deref()).map(|rest| Arc::new(rest.map(&f))),
                names: family.names.clone(),
                temperature: f(&family.temperature),
            }),
            Parametrization::Escort(Escort { power }) => {
                Parametrization::Escort(Escort { power: f(power) })
            }
            Parametrization::Factored(family) => Parametrization::Factored(family.map(f)),
            Parametrization::Controller(family) => Parametrization::Controller(family.map(f)),
            Parametrization::Gaussian(family) => Parametrization::Gaussian(Gaussian {
                actions: Arc::new(family.actions.iter().map(&f).collect()),
                features: (family.features.as_deref()).map(|phi| Arc::new(phi.map(&f))),
                names: family.names.clone(),
            }),
        }
    }
}
