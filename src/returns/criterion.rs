//! What a criterion brings to the law of the return.
//!
//! One implementation for the resolvent (discounted and total reward) and one for the horizon. The average reward has no
//! return, and refuses whatever it is asked.

use super::accuracy::ReturnErrors;
use super::risk::RiskValue;
use super::tail::{Backward, Remaining};
use super::walk::Central;
use crate::chain::Chain;
use crate::error::Error;
use crate::evaluation::{Average, FiniteHorizon, chosen};
use crate::linalg::Solvable;
use crate::solved::Solved;

/// What a criterion brings to the moments of the return, in any field.
pub(super) trait ReturnLaw<F: Solvable> {
    /// The central moments from each state, in the unit of a walk, and v(s) − J where ρ₀ starts \[S\].
    fn central(&self, at: &Solved<F>) -> Result<(Central<F>, Vec<F>), Error> {
        Err(at.no_return())
    }

    /// E Σ γᵗ|δₜ| from each state \[S\], in the unit of a walk: 0 where the return does not vary.
    fn moved(&self, at: &Solved<F>) -> Result<Vec<F>, Error> {
        Err(at.no_return())
    }

    /// What rounding may have done to the moments; `None` without a return.
    fn errors(&self, _: &Solved<F>) -> Result<Option<ReturnErrors>, Error> {
        Ok(None)
    }

    /// ∇Var G \[d\], of rewards in the unit of a walk.
    fn gradient(&self, at: &Solved<F>) -> Result<Vec<F>, Error> {
        Err(at.no_return())
    }

    /// What rounding may have done to an entry of ∇Var G, in units of reward squared; `None` without a return.
    fn gradient_error(&self, _: &Solved<F>) -> Result<Option<f64>, Error> {
        Ok(None)
    }
}

/// What a criterion brings to criteria of risk, in floating point.
pub(super) trait Risks {
    /// (1/β) ln E exp(βG) and its gradient.
    fn exponential(&self, at: &Solved, _: f64) -> Result<RiskValue, Error> {
        Err(at.no_return())
    }

    /// What can still follow.
    fn remaining(&self, at: &Solved) -> Result<Remaining, Error> {
        Err(at.no_return())
    }

    /// How many times there are whose values differ.
    fn times(&self) -> usize {
        1
    }

    /// What follows, in the gradient of CVaR, where the end is known, and what may follow where it is not.
    fn beyond(&self, pass: &mut Backward<'_>) -> Result<(), Error> {
        Err(pass.no_return())
    }
}

impl<F: Solvable> Solved<F> {
    /// What the model's criterion brings to the moments of the return.
    pub(super) fn moments(&self) -> &dyn ReturnLaw<F> {
        chosen!(self.prepared())
    }
}

impl Solved {
    /// What the model's criterion brings to criteria of risk.
    pub(super) fn risks(&self) -> &dyn Risks {
        chosen!(self.prepared())
    }
}

impl<F: Solvable> ReturnLaw<F> for Chain<F> {
    fn central(&self, at: &Solved<F>) -> Result<(Central<F>, Vec<F>), Error> {
        at.endless(self)
    }

    fn moved(&self, at: &Solved<F>) -> Result<Vec<F>, Error> {
        at.moved(self)
    }

    fn errors(&self, at: &Solved<F>) -> Result<Option<ReturnErrors>, Error> {
        at.errors_without_end(self).map(Some)
    }

    fn gradient(&self, at: &Solved<F>) -> Result<Vec<F>, Error> {
        Ok(at.endless_gradient(self)?.gradient)
    }

    fn gradient_error(&self, at: &Solved<F>) -> Result<Option<f64>, Error> {
        at.slope_error_without_end(self).map(Some)
    }
}

impl Risks for Chain {
    fn exponential(&self, at: &Solved, beta: f64) -> Result<RiskValue, Error> {
        if *self.discount() == 1.0 {
            at.until_end(self, beta)
        } else {
            at.until_small(self, beta)
        }
    }

    fn remaining(&self, at: &Solved) -> Result<Remaining, Error> {
        Remaining::without_end(at, self)
    }

    fn beyond(&self, pass: &mut Backward<'_>) -> Result<(), Error> {
        pass.beyond_without_end(self)
    }
}

impl<F: Solvable> ReturnLaw<F> for FiniteHorizon<F> {
    fn central(&self, at: &Solved<F>) -> Result<(Central<F>, Vec<F>), Error> {
        Ok((at.until(self), at.above(None)))
    }

    fn moved(&self, at: &Solved<F>) -> Result<Vec<F>, Error> {
        Ok(at.moved_until(self))
    }

    fn errors(&self, at: &Solved<F>) -> Result<Option<ReturnErrors>, Error> {
        Ok(Some(at.errors_on_horizon(self)))
    }

    fn gradient(&self, at: &Solved<F>) -> Result<Vec<F>, Error> {
        at.gradient_until(self)
    }

    fn gradient_error(&self, at: &Solved<F>) -> Result<Option<f64>, Error> {
        Ok(Some(at.slope_error_until(self)))
    }
}

impl Risks for FiniteHorizon {
    fn exponential(&self, at: &Solved, beta: f64) -> Result<RiskValue, Error> {
        at.until_horizon(self, beta)
    }

    fn remaining(&self, at: &Solved) -> Result<Remaining, Error> {
        Remaining::until(at, self)
    }

    fn times(&self) -> usize {
        self.horizon() + 1
    }

    fn beyond(&self, pass: &mut Backward<'_>) -> Result<(), Error> {
        pass.beyond_until(self);
        Ok(())
    }
}

impl<F: Solvable> ReturnLaw<F> for Average<F> {}

impl Risks for Average {}
