//! The derivatives of the discounted and the total reward, from the resolvent.

use nalgebra::DMatrix;

use super::criterion::{Checks, Derivatives};
use super::sensitivity::{self, Sensitivity};
use super::{agreement, bellman, dual, finite_difference, hessian, jacobian};
use crate::chain::Chain;
use crate::error::Error;
use crate::linalg::Solvable;
use crate::policy::Policy;
use crate::solved::Solved;

impl<F: Solvable> Derivatives<F> for Chain<F> {
    /// J jumps where a parameter gives weight to an action of probability 0 that leads to a state
    /// without a value (γ = 1, and no termination from there).
    fn check_differentiable(&self, at: &Solved<F>, everywhere: bool) -> Result<(), Error> {
        if self.undefined().is_empty() {
            return Ok(());
        }
        let (space, policy) = (at.mdp().space(), at.policy());
        let undefined = |state| self.undefined().binary_search(&state).is_ok();
        let jumps = |&pair: &usize| {
            let state = space.state_of(pair);
            let matters = everywhere || !at.occupancy()[state].is_zero();
            matters
                && !undefined(state)
                && !policy.supports(pair)
                && policy.slopes(pair).any(|(_, x)| !x.is_zero())
                && at.mdp().p().row(pair).any(|(next, _)| undefined(next))
        };
        let pairs: Vec<(String, String)> = (0..space.pairs())
            .filter(jumps)
            .map(|pair| {
                let (state, action) = space.pair_names(pair);
                (state.into_owned(), action.into_owned())
            })
            .collect();
        if pairs.is_empty() {
            return Ok(());
        }
        Err(Error::NotDifferentiable { pairs })
    }

    /// ρ(s) A(s, a); A stands for q, which differ by a function of the state, and Σₐ ∇π = 0.
    fn weights(&self, at: &Solved<F>) -> Result<Vec<F>, Error> {
        let space = at.mdp().space();
        let advantages = at.advantage().iter().enumerate();
        let weighted =
            advantages.map(|(pair, a)| a.clone() * &at.occupancy()[space.state_of(pair)]);
        Ok(weighted.collect())
    }

    /// ρ(s) times the error of an advantage, at most.
    fn weights_error(&self, at: &Solved<F>) -> Result<Option<f64>, Error> {
        let visits = at.occupancy().iter().map(|x| x.to_f64().abs());
        let most = visits.fold(0.0, f64::max);
        Ok(at.rounding()?.advantage.map(|error| most * error))
    }

    /// ρ(s, a) A(s, a), the same gradient as with q since E ψ = 0 in each state.
    fn score_weights(&self, at: &Solved<F>) -> Result<Vec<F>, Error> {
        let pairs = at.pair_occupancy().iter().zip(at.advantage());
        Ok(pairs.map(|(visits, a)| visits.clone() * a).collect())
    }

    /// A itself, which has digits that ρA/ρ loses.
    fn advantage(&self, at: &Solved<F>) -> Result<Vec<F>, Error> {
        Ok(at.advantage().to_vec())
    }

    fn jacobian(&self, at: &Solved<F>) -> Result<DMatrix<F>, Error> {
        jacobian::of_values(self, at)
    }

    fn forward(&self, at: &Solved<F>) -> Result<Vec<F>, Error> {
        bellman::by_columns(self, at)
    }

    fn hessian(&self, at: &Solved<F>) -> Result<DMatrix<F>, Error> {
        hessian::with_measure(self, at, at.occupancy())
    }

    fn jacobian_error(&self, at: &Solved<F>, policy: &Policy<f64>) -> Result<f64, Error> {
        at.discounted_jacobian_error(self, policy)
    }

    fn hessian_error(&self, at: &Solved<F>, policy: &Policy<f64>) -> Result<f64, Error> {
        at.discounted_hessian_error(self, policy)
    }

    fn sensitivity(&self, at: &Solved<F>) -> Result<Sensitivity<F>, Error> {
        Ok(sensitivity::of_resolvent(self, at))
    }
}

impl Checks for Chain {
    fn objective_error(&self, at: &Solved) -> Result<f64, Error> {
        Ok(finite_difference::objective_error(self, at))
    }

    fn values_error(&self, at: &Solved) -> Result<f64, Error> {
        finite_difference::values_error(self, at)
    }

    fn tolerance(&self, at: &Solved, complex: bool) -> Result<f64, Error> {
        agreement::tolerance(self, at, complex)
    }

    fn adjoint_error(&self, at: &Solved, tolerance: f64) -> Result<f64, Error> {
        agreement::adjoint_error(self, at, tolerance)
    }

    fn third_derivative(&self, at: &Solved, k: usize, scale: f64) -> Result<f64, Error> {
        finite_difference::third_derivative(self, at, k, scale)
    }

    fn dual(&self, at: &Solved) -> Result<Vec<f64>, Error> {
        dual::along(self, at)
    }
}
