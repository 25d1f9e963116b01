//! A model under a policy: p^π, r^π and one factorisation of I − γp^π used in both directions.
//!
//! ```text
//! p^π = π p        r^π = π r        N = (I − γp^π)⁻¹ = Σₜ (γp^π)ᵗ
//! ```
//!
//! All resolvents are taken over the alive states: rows and columns of terminal states are empty
//! in p^π, so that v and ρ vanish there (theory, sections 0 and 1).

mod apart;
mod centre;
mod dynamics;
mod excess;
mod fundamental;
pub(crate) mod graph;
mod long_run;
mod mixing;
mod passage;
mod resolvent;
mod restricted;
mod spectrum;
mod structure;
mod termination;

pub use dynamics::Dynamics;
pub(crate) use fundamental::error_of_both;
pub use fundamental::fundamental_matrix;
pub use long_run::LongRun;
pub use mixing::{MIXED, MixingTime, conductance};
pub use passage::Passage;
pub use resolvent::{Resolvent, Solution};
pub use spectrum::{Eigenvalue, spectrum};
pub use structure::{NamedClass, NamedStructure, RecurrentClass, StateList, Structure};
pub use termination::Termination;

use std::sync::Arc;

use crate::error::Error;
use crate::field::Dual;
use crate::linalg::{Blocks, DualFactors, FactorError, Factors, Solvable, SolverOptions};
use crate::mdp::{Criterion, Mdp};
use crate::number::Number;
use crate::policy::Policy;

/// A model under a policy with the factors of I − γp^π.
///
/// ```
/// use exact_mdp::chain::Chain;
/// use exact_mdp::linalg::SolverOptions;
/// use exact_mdp::model::Model;
/// use exact_mdp::policy::Policy;
///
/// let mdp = Model::load("mdps/two-state.yaml")?.mdp::<f64>();
/// let chain = Chain::new(&mdp, &Policy::uniform(mdp.space()), &SolverOptions::default())?;
/// // what pays 1 a step is worth 1/(1 − γ)
/// let worth = chain.resolvent().solve(&[1.0, 1.0])?.x;
/// assert!(worth.iter().all(|v| (v - 10.0).abs() < 1e-14));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Chain<F: Solvable = f64> {
    dynamics: Dynamics<F>,
    resolvent: Resolvent<F>,
    undefined: Vec<usize>,
}

impl<F: Solvable> Chain<F> {
    /// Assembles p^π and r^π and factors I − γp^π, for the discounted and the total criterion.
    ///
    /// At γ = 1 the policy must terminate from every state that ρ₀ reaches
    /// ([`Error::Improper`] names the states that never do, and the actions to blame); states
    /// elsewhere that may never terminate have no value ([`Chain::undefined`]). Errors with
    /// [`Error::ExcessRow`] where a row that sums to more than 1 outweighs every way out, and with
    /// [`Error::Criterion`] for the other criteria, which have evaluations of their own.
    pub fn new(
        mdp: &Mdp<F>,
        policy: &Policy<F>,
        options: &SolverOptions,
    ) -> Result<Chain<F>, Error> {
        let (dynamics, undefined) = match mdp.criterion() {
            Criterion::Discounted { .. } => (Dynamics::new(mdp, policy)?, Vec::new()),
            Criterion::Total => Dynamics::proper(mdp, policy)?,
            other => {
                return Err(Error::Criterion {
                    needed: "discounted or total",
                    found: other.kind(),
                });
            }
        };
        let taken = (0..mdp.pairs()).filter(|&pair| policy.supports(pair));
        mdp.check_rows(taken.clone())?;
        let complement = mdp.discount_complement();
        let resolvent = dynamics.resolvent_at(&mdp.discount(), complement, options);
        let resolvent = resolvent.map_err(|error| match error {
            Error::Factor(FactorError::Singular { .. }) => {
                mdp.largest_excess(taken).unwrap_or(error)
            }
            other => other,
        })?;
        Ok(Chain {
            dynamics,
            resolvent,
            undefined,
        })
    }

    /// The chain with its p^π and factors under other rewards r(s, a) \[SA\], in any unit.
    pub(crate) fn paying(&self, r: &[F], policy: &Policy<F>) -> Chain<F> {
        let (space, alive) = (&self.dynamics.space, &self.dynamics.alive);
        let pi = policy.probabilities();
        let reward = |state: usize| {
            let pairs = space.pairs_of(state).filter(|_| alive[state]);
            let taken = pairs.filter(|&pair| policy.supports(pair));
            taken.fold(F::zero(), |sum, pair| sum + pi[pair].clone() * &r[pair])
        };
        Chain {
            dynamics: Dynamics {
                r: (0..space.states()).map(reward).collect(),
                ..self.dynamics.clone()
            },
            resolvent: Resolvent {
                matrix: self.resolvent.matrix.clone(),
                slack: self.resolvent.slack.clone(),
                factors: Arc::clone(&self.resolvent.factors),
                discount: self.resolvent.discount.clone(),
                centre: Arc::clone(&self.resolvent.centre),
            },
            undefined: self.undefined.clone(),
        }
    }

    /// p^π, r^π and ρ₀.
    pub fn dynamics(&self) -> &Dynamics<F> {
        &self.dynamics
    }

    /// (I − γp^π)⁻¹.
    pub fn resolvent(&self) -> &Resolvent<F> {
        &self.resolvent
    }

    /// The discount γ.
    pub fn discount(&self) -> &F {
        self.resolvent.discount()
    }

    /// ‖(I − γp^π)⁻¹‖∞ = maxₛ Σ N(s, ·), the largest expected discounted time to the end;
    /// 1/(1 − γ) when nothing terminates. One solve; errors if an iterative solver did not certify it.
    pub fn inverse_norm(&self) -> Result<F, FactorError> {
        let ones = vec![F::one(); self.dynamics.space.states()];
        let mut largest = F::zero();
        let found = self.resolvent.solve(&ones)?;
        for time in found.x {
            if time > largest {
                largest = time;
            }
        }
        // A z = 1 − e proves ‖A⁻¹‖∞ ≤ max z/(1 − ‖e‖∞); what elimination adds up in one sign is right by itself
        let factors = self.resolvent.factors();
        let is_known = F::EXACT || F::one().certified().is_some() || factors.is_componentwise();
        if is_known || found.residual <= f64::EPSILON {
            return Ok(largest);
        }
        let kept = 1.0 - found.residual;
        let proven = largest.to_f64() / kept;
        let proven = Number::from_f64(proven).filter(|_| kept > 0.0);
        // where every state has a slack, it bounds the time as well
        let slack = self.resolvent.slack().unwrap_or_default().iter();
        let least = slack.map(F::to_f64).fold(f64::INFINITY, f64::min);
        let proven = proven.or_else(|| Number::from_f64(1.0 / least).filter(|_| least > 0.0));
        let residual = found.residual;
        proven
            .map(|proven| F::from_number(&proven))
            .ok_or(FactorError::Lost { residual })
    }

    /// Whether episodes are so long that what a solution has in common in all states leaves its rounding in their
    /// differences, and another solve keeps those. Errors if an iterative solver did not certify its answer.
    pub(crate) fn is_long(&self) -> Result<bool, FactorError> {
        // three digits of sixteen
        const LONG: f64 = 1e3;
        // balls are refined already
        let is_refined = F::EXACT || F::one().certified().is_some();
        if is_refined || !self.resolvent.factors().is_direct() {
            return Ok(false);
        }
        Ok(self.inverse_norm()?.to_f64() > LONG)
    }

    /// Whether differences of what is solved finely are known to a few roundings of what differences may be, D max|b|: by
    /// refining where episodes are of moderate length, around a state where they are longer.
    ///
    /// Errors if an iterative solver did not certify its answer.
    pub(crate) fn keeps_differences(&self) -> Result<bool, FactorError> {
        Ok(self.resolvent.centre().is_some() || self.inverse_norm()?.to_f64() <= centre::LONG)
    }

    /// States whose value is undefined: at γ = 1, those from which the policy may never
    /// terminate, none of them reachable from ρ₀. Values and q stand at 0 there and are reported
    /// as `null`.
    pub fn undefined(&self) -> &[usize] {
        &self.undefined
    }
}

impl Chain<Dual> {
    /// The chain of a dual policy whose value part is the policy of `at`: its linear systems are
    /// solved by the factors of `at` (theory, section 4.2), nothing is factored again.
    pub fn along(mdp: &Mdp<Dual>, policy: &Policy<Dual>, at: &Chain<f64>) -> Chain<Dual> {
        let dynamics = Dynamics::without(mdp, policy, &at.undefined);
        let discount = Dual::constant(at.resolvent.discount);
        let matrix = dynamics.p.identity_minus_scaled(&discount);
        let slope = matrix.map(|x| x.derivative);
        let slack = dynamics.slack(&discount, mdp.discount_complement());
        let factors = Arc::clone(&at.resolvent.factors);
        let factors = DualFactors::new(factors, slope, slack.as_deref());
        Chain {
            dynamics,
            resolvent: Resolvent {
                matrix: Blocks::from(Arc::new(matrix)),
                slack,
                factors: Arc::new(factors),
                discount,
                centre: Arc::default(),
            },
            undefined: at.undefined.clone(),
        }
    }
}
