//! What a criterion brings to the derivatives of J.
//!
//! Pair weights W with ∇J = W ∇π, a Jacobian forward, second derivatives, derivatives in the model,
//! and the size of its rounding errors: one implementation for the resolvent (discounted and total
//! reward), one for the horizon, one for the long run. The routes over them are the same for all.

use nalgebra::DMatrix;

use super::natural::per_visit;
use super::sensitivity::Sensitivity;
use super::{agreement, dual};
use crate::error::Error;
use crate::evaluation::{Prepared, chosen};
use crate::field::{Dual, dot};
use crate::linalg::{Solvable, SolverOptions};
use crate::policy::Policy;
use crate::solved::Solved;

/// What a criterion brings to the derivatives of J, in any field.
pub(crate) trait Derivatives<F: Solvable>: Sync {
    /// Errors with [`Error::NotDifferentiable`] or [`Error::GainJumps`] where J has no derivative;
    /// unless `everywhere`, only where ρ₀ leads counts.
    fn check_differentiable(&self, at: &Solved<F>, everywhere: bool) -> Result<(), Error>;

    /// W [SA] with ∇J = W ∇π and Σₐ π W = 0, from advantages.
    fn weights(&self, at: &Solved<F>) -> Result<Vec<F>, Error>;

    /// A bound on what rounding does to an entry of these; `None` where none shows or nobody asks for one.
    fn weights_error(&self, at: &Solved<F>) -> Result<Option<f64>, Error>;

    /// π(a|s) W(s, a) [SA], by which the scores are weighed in ∇J.
    fn score_weights(&self, at: &Solved<F>) -> Result<Vec<F>, Error>;

    /// What stands for the advantage where the measure is the occupancy: W/ρ [SA].
    fn advantage(&self, at: &Solved<F>) -> Result<Vec<F>, Error> {
        Ok(per_visit(at.policy(), at.occupancy(), &self.weights(at)?))
    }

    /// What ρ₀ is applied to, differentiated [S, d].
    fn jacobian(&self, at: &Solved<F>) -> Result<DMatrix<F>, Error>;

    /// ρ₀ times the Jacobian [d].
    fn forward(&self, at: &Solved<F>) -> Result<Vec<F>, Error> {
        let jacobian = self.jacobian(at)?;
        let columns = jacobian.as_slice().chunks_exact(at.mdp().states());
        Ok(columns.map(|x| dot(at.mdp().initial(), x)).collect())
    }

    /// ∇²J [d, d].
    fn hessian(&self, at: &Solved<F>) -> Result<DMatrix<F>, Error>;

    /// A bound on what rounding has done to an entry of the Jacobian, of π rounded to floating point.
    fn jacobian_error(&self, at: &Solved<F>, policy: &Policy<f64>) -> Result<f64, Error>;

    /// A bound on what rounding has done to an entry of the Hessian, of π rounded to floating point.
    fn hessian_error(&self, at: &Solved<F>, policy: &Policy<f64>) -> Result<f64, Error>;

    /// ∂J with respect to the model.
    fn sensitivity(&self, at: &Solved<F>) -> Result<Sensitivity<F>, Error>;
}

/// What a criterion brings to the routes that check floating point.
pub(super) trait Checks: Derivatives<f64> {
    /// A bound on the absolute error of a computed J.
    fn objective_error(&self, at: &Solved) -> Result<f64, Error>;

    /// A bound on the absolute error of any computed value.
    fn values_error(&self, at: &Solved) -> Result<f64, Error>;

    /// By how much two exact routes to an entry of ∇J may differ; `complex` if the complex step is
    /// among them.
    fn tolerance(&self, at: &Solved, complex: bool) -> Result<f64, Error>;

    /// A bound on the error of any entry of ∇J by the adjoint, where two routes to it may differ by this tolerance.
    fn adjoint_error(&self, _: &Solved, tolerance: f64) -> Result<f64, Error> {
        Ok(tolerance)
    }

    /// M₃, about |∂ₖ³J|, along a coordinate of this length.
    fn third_derivative(&self, at: &Solved, k: usize, scale: f64) -> Result<f64, Error>;

    /// Whether the algebra over dual and complex numbers yields the derivative here.
    fn has_dual(&self, _: &Solved) -> bool {
        true
    }

    /// J over dual numbers, the whole algebra once per parameter [d].
    fn dual(&self, at: &Solved) -> Result<Vec<f64>, Error> {
        let mdp = at.mdp().map(|&x| Dual::constant(x));
        dual::derivatives(at.policy(), |policy| {
            Prepared::new(&mdp, policy, &SolverOptions::default())?.objective(&mdp)
        })
    }
}

impl<F: Solvable> Solved<F> {
    /// What the model's criterion brings to the derivatives.
    pub(crate) fn derivatives(&self) -> &dyn Derivatives<F> {
        chosen!(self.prepared())
    }

    /// W \[SA\] with ∇J = W ∇π and Σₐ π W = 0: ρ(s) A(s, a), on a horizon Σₜ γᵗ pₜ(s) Aₜ(s, a), for
    /// the average reward ρ (q_h − h) and what moves between recurrent classes.
    ///
    /// Errors if a solver did not certify a solution.
    pub fn pair_weights(&self) -> Result<Vec<F>, Error> {
        self.derivatives().weights(self)
    }
}

impl Solved {
    /// A bound on what rounding has done to J.
    ///
    /// Errors if a system is not solved.
    pub(crate) fn objective_error(&self) -> Result<f64, Error> {
        self.checks().objective_error(self)
    }

    /// A bound on what rounding has done to any value.
    ///
    /// Errors if a system is not solved.
    pub(crate) fn values_error(&self) -> Result<f64, Error> {
        self.checks().values_error(self)
    }

    /// A bound on what rounding has done to any entry of ∇J.
    ///
    /// # Errors
    /// [`Error::Factor`] if a system is not solved.
    pub fn gradient_error(&self) -> Result<f64, Error> {
        Ok(agreement::tolerances(self, false)?.1)
    }

    /// What the model's criterion brings to the checks, in floating point alone.
    pub(super) fn checks(&self) -> &dyn Checks {
        chosen!(self.prepared())
    }
}
