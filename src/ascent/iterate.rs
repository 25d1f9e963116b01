//! A policy on the path, solved: J, ∇J, and what the rules ask of it.

use std::sync::Arc;

use super::Goal;
use super::projected::project;
use crate::control::DecisionRule;
use crate::control::certificate::Certificate;
use crate::error::Error;
use crate::linalg::{FactorError, SolverOptions, largest, norm};
use crate::mdp::{Criterion, Mdp};
use crate::policy::Policy;
use crate::solved::Solved;

/// A policy, solved and differentiated under the model's criterion.
pub struct Iterate {
    /// The policy on its model.
    pub solved: Solved,
    /// W \[SA\] with ∇J = W ∇π and Σₐ πW = 0; ρ(s)A(s, a) where there is one occupancy.
    pub weights: Vec<f64>,
    /// ∇J \[d\].
    pub gradient: Vec<f64>,
    /// The model without the entropy, and α, where the solved one pays r − α log π: J and ∇J are then
    /// J_α and ∇J_α.
    soft: Option<(Arc<Mdp>, f64)>,
}

impl Iterate {
    /// Solves and differentiates a policy. Errors where it has no value ([`Error::Improper`], [`Error::Overflow`],
    /// [`Error::Factor`]) or no gradient ([`Error::NotDifferentiable`]).
    pub fn new(mdp: &Arc<Mdp>, policy: Policy, solver: &SolverOptions) -> Result<Iterate, Error> {
        let solved = Solved::by(Arc::clone(mdp), policy, solver.clone())?;
        let weights = solved.pair_weights()?;
        Ok(Iterate {
            gradient: solved.policy().pull_back(&weights),
            solved,
            weights,
            soft: None,
        })
    }

    /// A policy solved and differentiated under J_α, J with the entropy of the policy at a temperature α.
    ///
    /// Errors with [`Error::Argument`] for α < 0, with [`Error::SteepEntropy`] where log π diverges, and where the policy has
    /// no value or no gradient.
    pub fn softened(
        mdp: &Arc<Mdp>,
        policy: Policy,
        alpha: f64,
        solver: &SolverOptions,
    ) -> Result<Iterate, Error> {
        let plain = Solved::by(Arc::clone(mdp), policy.clone(), solver.clone())?;
        let paid = Arc::new(plain.paying_entropy(&alpha)?);
        Ok(Iterate {
            soft: Some((Arc::clone(mdp), alpha)),
            ..Iterate::new(&paid, policy, solver)?
        })
    }

    /// J of the policy, in units of reward.
    pub fn j(&self) -> f64 {
        *self.solved.j()
    }

    /// θ \[d\].
    pub fn theta(&self) -> &[f64] {
        self.solved
            .policy()
            .theta()
            .expect("an ascent starts from a θ")
    }

    /// The policy at θ, projected where θ lives on simplices.
    ///
    /// Errors if θ is no longer finite.
    pub(super) fn policy_at(&self, theta: Vec<f64>) -> Result<Policy, Error> {
        let policy = self.solved.policy();
        Ok(policy.with_theta(project(policy, theta))?)
    }

    /// The iterate at θ. Errors where that policy has no value or no gradient.
    pub(super) fn at(&self, theta: Vec<f64>) -> Result<Iterate, Error> {
        let (solved, policy) = (&self.solved, self.policy_at(theta)?);
        match &self.soft {
            Some((mdp, alpha)) => Iterate::softened(mdp, policy, *alpha, solved.options()),
            None => Iterate::new(solved.mdp(), policy, solved.options()),
        }
    }

    /// The iterate of a trial; `None` where the policy has no value, because it may never
    /// terminate at γ = 1 or θ left the numbers, or lies where the slope of the entropy is infinite.
    pub(super) fn trial(&self, theta: Vec<f64>) -> Result<Option<Iterate>, Error> {
        match self.at(theta) {
            Ok(next) if next.has_value() => Ok(Some(next)),
            Ok(_) => Ok(None),
            Err(error) if has_no_value(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether J can be told from its rounding error: at γ = 1 a policy that almost never
    /// terminates makes a system so ill-conditioned that nothing of J is left.
    pub fn has_value(&self) -> bool {
        self.j().is_finite()
            && self.gradient.iter().all(|x| x.is_finite())
            && self.error() <= self.j().abs() + super::reward_span(self.solved.mdp())
    }

    /// How far the policy is from where no direction helps: ‖∇J‖₂, on simplices
    /// Σₛ maxₐ W(s, a), the most that a move within them can gain to first order (theory, 3.2).
    pub fn stationarity(&self) -> f64 {
        let parametrization = self.solved.policy().parametrization();
        if !parametrization.is_bounded() {
            return norm(&self.gradient);
        }
        match parametrization.controller() {
            Some(family) => {
                let chances = family.law_probabilities();
                let best = |law: std::ops::Range<usize>| {
                    let slopes = &self.gradient[law.clone()];
                    let mean: f64 = slopes.iter().zip(&chances[law]).map(|(g, p)| g * p).sum();
                    slopes.iter().fold(0.0, |best: f64, g| best.max(g - mean))
                };
                family.blocks().map(best).sum()
            }
            None => {
                let space = self.solved.mdp().space();
                let best = |state| {
                    let weights = self.weights[space.pairs_of(state)].iter();
                    weights.copied().fold(0.0, f64::max)
                };
                (0..space.states()).map(best).sum()
            }
        }
    }

    /// A bound on J* − J: from the Bellman optimality residual for the discounted reward,
    /// maxₛ maxₐ A/(1 − γ) widened by what rounding may have done, from the certified optimum
    /// otherwise; none for J_α, whose rewards change with the policy.
    pub fn gap_bound(&self, goal: Option<&Goal>) -> Option<f64> {
        if self.soft.is_some() {
            return None;
        }
        let mdp = self.solved.mdp();
        match mdp.criterion() {
            Criterion::Discounted { .. } => {
                let rule = DecisionRule::empty(mdp.states());
                Certificate::new(mdp, self.solved.v(), &rule, self.solved.options()).error_bound
            }
            _ => {
                let upper = goal?.upper()?;
                Some((upper - self.j() + self.error()).max(0.0))
            }
        }
    }

    /// How far the computed J may be from the exact one of these probabilities (theory, 8): the
    /// residual of v and its rounding, weighed by the visits.
    pub fn error(&self) -> f64 {
        let (mdp, evaluation) = (self.solved.mdp(), self.solved.evaluation());
        let rows = (0..mdp.pairs()).map(|pair| mdp.p().row(pair).len());
        let terms = rows.max().unwrap_or(0) * mdp.space().actions() + 4;
        let unit = terms as f64 * f64::EPSILON / 2.0;
        let rounding = unit * (largest(mdp.r()) + 2.0 * largest(&evaluation.v));
        // rounding makes some visits of a nearly singular system negative
        let visits: f64 = evaluation.occupancy.iter().map(|x| x.abs()).sum();
        (evaluation.residuals.v + rounding) * visits.max(1.0)
    }
}

/// Whether an error says that a policy has no value: it (almost) never terminates at γ = 1, θ
/// left the numbers, or the slope of the entropy is infinite.
pub(super) fn has_no_value(error: &Error) -> bool {
    matches!(
        error,
        Error::Improper { .. }
            | Error::Overflow { .. }
            | Error::Policy(_)
            | Error::SteepEntropy { .. }
            | Error::Factor(FactorError::Singular { .. } | FactorError::Uncertified)
    )
}
