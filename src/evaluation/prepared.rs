//! A model prepared for its criterion: the one place where a criterion is chosen.
//!
//! What a room asks of a criterion is a trait of its own, with one implementation for the resolvent (discounted and total
//! reward), one for the horizon and one for the long run: that of evaluations here, `gradient::criterion`, `returns::criterion`.
//! [`chosen`] gives it whichever serves. Where a room asks one question, of one of them, it says which.

use std::sync::Arc;

use super::accuracy::of_values;
use super::{Average, Evaluation, FiniteHorizon, RoundingBounds};
use crate::chain::Chain;
use crate::error::Error;
use crate::field::dot;
use crate::linalg::{Solvable, SolverOptions};
use crate::mdp::{Criterion, Mdp, Space, check_criterion};
use crate::policy::Policy;

/// A model under a policy, with what its criterion needs to be evaluated and differentiated.
pub enum Prepared<F: Solvable = f64> {
    /// Discounted and total reward: the resolvent (I − γP)⁻¹.
    Resolvent(Chain<F>),
    /// A horizon: recursions in time.
    FiniteHorizon(FiniteHorizon<F>),
    /// The average reward: P*, D, gain and bias.
    Average(Average<F>),
}

impl<F: Solvable> Prepared<F> {
    /// Factors, once, what the model's criterion asks for.
    ///
    /// Errors with [`Error::Improper`] if γ = 1 and the policy may never terminate from ρ₀, and if
    /// a system is singular or an iterative solver gave up.
    pub fn new(
        mdp: &Mdp<F>,
        policy: &Policy<F>,
        options: &SolverOptions,
    ) -> Result<Prepared<F>, Error> {
        check_criterion(mdp.criterion(), true)?;
        Ok(match mdp.criterion() {
            Criterion::Discounted { .. } | Criterion::Total => {
                Prepared::Resolvent(Chain::new(mdp, policy, options)?)
            }
            Criterion::FiniteHorizon { .. } => {
                Prepared::FiniteHorizon(FiniteHorizon::new(mdp, policy)?)
            }
            Criterion::Average => Prepared::Average(Average::new(mdp, policy, options)?),
        })
    }

    fn values(&self) -> &dyn Evaluates<F> {
        chosen!(self)
    }

    /// The states and pairs of the model that it was made of.
    fn space(&self) -> &Arc<Space> {
        self.values().space()
    }

    /// J alone: one solve, or one recursion. Errors with [`Error::OtherSpace`] for a model of other pairs, and if an
    /// iterative solver gave up.
    pub fn objective(&self, mdp: &Mdp<F>) -> Result<F, Error> {
        Error::check_pairs(mdp.space(), self.space())?;
        self.values().objective(mdp)
    }

    /// Everything that an evaluation holds, of the model and the policy that it was made of. Errors with
    /// [`Error::OtherSpace`] where those have other states and pairs, if an iterative solver gave
    /// up, and with [`Error::Overflow`] if a value is too large for the field.
    pub fn evaluate(&self, mdp: &Mdp<F>, policy: &Policy<F>) -> Result<Evaluation<F>, Error> {
        Error::check_space(mdp, policy)?;
        Error::check_pairs(mdp.space(), self.space())?;
        self.values().evaluate(mdp, policy)?.finite()
    }

    /// What rounding may have done to an evaluation of the same model and policy. Errors if an iterative solver gave up.
    pub(crate) fn rounding(
        &self,
        mdp: &Mdp<F>,
        policy: &Policy<F>,
        found: &Evaluation<F>,
    ) -> Result<RoundingBounds, Error> {
        self.values().rounding(mdp, policy, found)
    }
}

/// What was prepared, as a trait that all three implement: a function could not name the trait that it returns.
macro_rules! chosen {
    ($prepared:expr) => {
        match $prepared {
            $crate::evaluation::Prepared::Resolvent(chain) => chain,
            $crate::evaluation::Prepared::FiniteHorizon(run) => run,
            $crate::evaluation::Prepared::Average(run) => run,
        }
    };
}
pub(crate) use chosen;

/// What a criterion brings to an evaluation.
trait Evaluates<F: Solvable> {
    /// The states and pairs of the model that it was made of.
    fn space(&self) -> &Arc<Space>;

    /// J, in units of reward; per step for the average reward.
    fn objective(&self, mdp: &Mdp<F>) -> Result<F, Error>;

    /// v, q, A, ρ and J.
    fn evaluate(&self, mdp: &Mdp<F>, policy: &Policy<F>) -> Result<Evaluation<F>, Error>;

    /// What rounding may have done to those.
    fn rounding(
        &self,
        mdp: &Mdp<F>,
        policy: &Policy<F>,
        found: &Evaluation<F>,
    ) -> Result<RoundingBounds, Error>;
}

impl<F: Solvable> Evaluates<F> for Chain<F> {
    fn space(&self) -> &Arc<Space> {
        self.dynamics().space()
    }

    fn objective(&self, _: &Mdp<F>) -> Result<F, Error> {
        let dynamics = self.dynamics();
        let v = self.resolvent().solve(dynamics.r())?.x;
        Ok(dot(dynamics.initial(), &v))
    }

    fn evaluate(&self, mdp: &Mdp<F>, policy: &Policy<F>) -> Result<Evaluation<F>, Error> {
        Chain::evaluate(self, mdp, policy)
    }

    fn rounding(
        &self,
        mdp: &Mdp<F>,
        policy: &Policy<F>,
        found: &Evaluation<F>,
    ) -> Result<RoundingBounds, Error> {
        of_values(mdp, policy, self, found)
    }
}

impl<F: Solvable> Evaluates<F> for FiniteHorizon<F> {
    fn space(&self) -> &Arc<Space> {
        self.dynamics().space()
    }

    fn objective(&self, _: &Mdp<F>) -> Result<F, Error> {
        Ok(FiniteHorizon::objective(self))
    }

    fn evaluate(&self, mdp: &Mdp<F>, policy: &Policy<F>) -> Result<Evaluation<F>, Error> {
        Ok(FiniteHorizon::evaluate(self, mdp, policy))
    }

    fn rounding(
        &self,
        mdp: &Mdp<F>,
        policy: &Policy<F>,
        found: &Evaluation<F>,
    ) -> Result<RoundingBounds, Error> {
        Ok(FiniteHorizon::rounding(self, mdp, policy, found))
    }
}

impl<F: Solvable> Evaluates<F> for Average<F> {
    fn space(&self) -> &Arc<Space> {
        Average::space(self)
    }

    fn objective(&self, mdp: &Mdp<F>) -> Result<F, Error> {
        Ok(dot(mdp.initial(), self.gain()))
    }

    fn evaluate(&self, mdp: &Mdp<F>, policy: &Policy<F>) -> Result<Evaluation<F>, Error> {
        Ok(Average::evaluate(self, mdp, policy))
    }

    fn rounding(
        &self,
        mdp: &Mdp<F>,
        policy: &Policy<F>,
        found: &Evaluation<F>,
    ) -> Result<RoundingBounds, Error> {
        Ok(Average::rounding(self, mdp, policy, found))
    }
}
