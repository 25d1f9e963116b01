//! ∇J by six routes that share as little as they can, and how far they agree (theory, 4.1, 4.2).
//!
//! ```text
//! bellman             ∇v = q∇π + γ p^π ∇v,  ∇J = ρ₀ ∇v         forward solves
//! adjoint             ∇J = ρ^π (q∇π)                           one transposed solve
//! nabla-log           ∇J = ρ^π π (q ∇log π)                    needs the scores
//! dual                J over dual numbers, one direction at a time
//! finite-difference   (J(θ + h eₖ) − J(θ − h eₖ))/2h, the step from the model's condition
//! complex-step        Im J(θ + ih eₖ)/h at h = 10⁻¹⁰⁰
//! ```
//!
//! The theorem is an equality for the unnormalised occupancy ρ^π (Sutton et al. 2000, theorem 1).
//! All but the differences are exact up to rounding; those have the error that their bound says.
//! [`evolution`] samples the gradient of a smoothed J, which is another one. The finite horizon and
//! the average reward have the same routes, with pair weights of their own ([`finite_horizon`],
//! [`average`]): [`Solved::gradient_by`] is the entry for every criterion.

pub mod adjoint;
mod agreement;
pub mod average;
pub mod bellman;
pub mod complex_step;
mod criterion;
pub mod deterministic;
pub mod dual;
pub mod entropy;
pub mod evolution;
mod field;
pub mod finite_difference;
pub mod finite_horizon;
#[cfg(test)]
mod geometry_tests;
pub mod greediness;
pub mod hessian;
mod hessian_error;
mod jacobian;
pub mod nabla_log;
pub mod natural;
mod orthogonal;
mod pseudo_inverse;
mod rank;
mod resolvent;
mod responses;
#[cfg(test)]
mod second_order_tests;
pub mod sensitivity;
pub mod surrogate;
#[cfg(test)]
mod tests;
mod toward_actions;
mod unseen;

pub use agreement::Disagreement;
pub use field::{CheckedGradient, Differentiable};
pub use finite_difference::FiniteDifference;
pub use pseudo_inverse::{Natural, WeightedScores};
pub(crate) use rank::open_rank;

pub use finite_difference::scales;

use crate::linalg::Solvable;
use nalgebra::DMatrix;

use crate::error::Error;
use crate::evaluation::FiniteHorizon;
use crate::mdp::{Criterion, Mdp, Space};
use crate::policy::{Parametrization, Policy};
use crate::solved::Solved;

/// Operations by [`Route::work`] that are asked for without a word: a matter of seconds.
pub const AFFORDABLE: f64 = 3e9;

/// Operations that an entry of a large ∇π counts where it is stored: 3 · 10⁷ entries are half a gigabyte.
const ENTRY: f64 = 100.0;

/// Operations that a step of a long horizon counts for ∇v_t, however few the states; a choice.
const STEP: f64 = 1e4;

/// A way to ∇J.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Route {
    /// The Bellman equation on ∇v, forward.
    Bellman,
    /// ρ^π (q∇π), from the occupancy.
    Adjoint,
    /// ρ^π π (q∇log π), from the scores.
    NablaLog,
    /// Dual numbers through the same algebra.
    Dual,
    /// Central differences of J.
    FiniteDifference,
    /// J over complex numbers, a tiny imaginary step at a time.
    ComplexStep,
}

impl Route {
    /// All of them, in the order of the reports.
    pub const ALL: [Route; 6] = [
        Route::Bellman,
        Route::Adjoint,
        Route::NablaLog,
        Route::Dual,
        Route::FiniteDifference,
        Route::ComplexStep,
    ];

    /// The routes that exist in every field. Dual numbers, differences and complex steps are ways to
    /// check floating point.
    pub const OF_FIELDS: [Route; 3] = [Route::Bellman, Route::Adjoint, Route::NablaLog];

    /// Those that every report names; the complex step stands beside them on request.
    pub const USUAL: [Route; 5] = [
        Route::Bellman,
        Route::Adjoint,
        Route::NablaLog,
        Route::Dual,
        Route::FiniteDifference,
    ];

    /// The name, as files and flags spell it.
    pub const fn name(self) -> &'static str {
        match self {
            Route::Bellman => "bellman",
            Route::Adjoint => "adjoint",
            Route::NablaLog => "nabla-log",
            Route::Dual => "dual",
            Route::FiniteDifference => "finite-difference",
            Route::ComplexStep => "complex-step",
        }
    }

    /// Whether the route is exact up to rounding.
    pub fn is_exact(self) -> bool {
        self != Route::FiniteDifference
    }

    /// Roughly how many operations the route takes, beside one evaluation.
    ///
    /// With n states, d parameters and z entries of p, a solve counts min(n², 100 z), a
    /// factorisation min(n³/3, 1000 z): adjoint and nabla-log take the entries of ∇π, which bellman
    /// also stores and nabla-log counts as if it did, bellman one solve per state (per parameter where features are shared), dual numbers z
    /// and four solves per parameter, differences two evaluations per parameter.
    ///
    /// Under a horizon a solve is T sweeps of z operations, or where T is large some products of
    /// matrices, except that bellman takes every step; nothing is factored; under the
    /// average reward every policy, dual or moved, is factored anew, and differences take five
    /// more for their step. The complex step eliminates densely, in complex numbers, for each
    /// parameter.
    pub fn work(self, mdp: &Mdp<f64>, policy: &Policy<f64>) -> f64 {
        let n = mdp.states() as f64;
        let d = policy.parameters() as f64;
        let z = mdp.p().stored() as f64;
        let stored = policy
            .large_derivative()
            .map_or(0.0, |entries| ENTRY * entries);
        let mut forward = stored;
        let (solve, factor, again, moved) = match mdp.criterion() {
            Criterion::FiniteHorizon { horizon, .. } => {
                let (steps, doubled) = (*horizon as f64, FiniteHorizon::doubled_work(mdp));
                if doubled.is_some() {
                    forward += STEP * steps;
                }
                (doubled.unwrap_or(steps * z), 0.0, 0.0, 14.0)
            }
            // of sparse rows a factorization counts a thousand products for each entry, a solve a hundred: a choice
            Criterion::Average => {
                let factor = (n.powi(3) / 3.0).min(1000.0 * z);
                ((n * n).min(100.0 * z), factor, factor, 7.0)
            }
            Criterion::Discounted { .. } | Criterion::Total => {
                let factor = (n.powi(3) / 3.0).min(1000.0 * z);
                ((n * n).min(100.0 * z), factor, 0.0, 2.0)
            }
        };
        match self {
            Route::Adjoint => mdp.pairs() as f64,
            Route::NablaLog => mdp.pairs() as f64 + stored,
            Route::Bellman => n.min(d) * solve + forward,
            Route::Dual => d * (z + 4.0 * (again + solve)),
            Route::FiniteDifference => moved * d * (z + factor + 3.0 * solve),
            Route::ComplexStep if factor == 0.0 => 4.0 * d * (z + solve),
            Route::ComplexStep => 4.0 * d * (z + n.powi(3) / 3.0),
        }
    }

    /// Of the usual routes those that take at most [`AFFORDABLE`] operations by [`Route::work`],
    /// under any criterion.
    pub fn affordable(mdp: &Mdp<f64>, policy: &Policy<f64>) -> Vec<Route> {
        let cheap = |route: &Route| route.work(mdp, policy) <= AFFORDABLE;
        Route::USUAL.into_iter().filter(cheap).collect()
    }
}

/// Errors with [`Error::GradientOverflow`] if an entry of ∇J is infinite or not a number.
fn check_finite(gradient: &[f64], policy: &Policy<f64>) -> Result<(), Error> {
    if gradient.iter().all(|x| x.is_finite()) {
        return Ok(());
    }
    let temperature = match policy.parametrization() {
        Parametrization::Softmax(family) => Some(family.temperature),
        Parametrization::LogLinear(family) => Some(family.temperature),
        _ => None,
    };
    let temperature = temperature.filter(|temperature| *temperature < 1.0);
    Err(Error::GradientOverflow { temperature })
}

/// The matrix, or [`Error::Overflow`] if an entry is too large for the field.
fn finite<F: Solvable>(quantity: &'static str, matrix: DMatrix<F>) -> Result<DMatrix<F>, Error> {
    if F::EXACT || matrix.iter().all(|x| x.to_f64().is_finite()) {
        Ok(matrix)
    } else {
        Err(Error::Overflow { quantity })
    }
}

/// Errors with [`Error::NoScore`] if there is a pair.
fn no_score(space: &Space, pairs: impl Iterator<Item = usize>) -> Result<(), Error> {
    none_of(space, pairs).map_err(|pairs| Error::NoScore { pairs })
}

/// Errors with the names of state and action of each pair, if there is one.
fn none_of(space: &Space, pairs: impl Iterator<Item = usize>) -> Result<(), Vec<(String, String)>> {
    let names = pairs.map(|pair| {
        let (state, action) = space.pair_names(pair);
        (state.into_owned(), action.into_owned())
    });
    let pairs: Vec<(String, String)> = names.collect();
    if pairs.is_empty() {
        return Ok(());
    }
    Err(pairs)
}

/// ∇J by one route.
#[derive(Clone, Debug, PartialEq)]
pub struct RouteGradient<F = f64> {
    /// The route.
    pub route: Route,
    /// ∇J \[d\]; `None` for nabla-log where some action has no score ([`Gradient::unscored`]), for
    /// dual and complex numbers where, under the average reward, weight appears outside a recurrent
    /// class, and for differences where no step serves ([`FiniteDifference::new`]).
    pub gradient: Option<Vec<F>>,
}

/// ∇J, the routes to it that were asked for, and how far they agree.
#[derive(Clone, Debug, PartialEq)]
pub struct Gradient<F = f64> {
    /// ∇J \[d\], in reward per unit of θ: by the adjoint.
    pub gradient: Vec<F>,
    /// The routes in the order asked for.
    pub routes: Vec<RouteGradient<F>>,
    /// Pairs with π = 0 and ∇π ≠ 0: why nabla-log does not exist. Empty if it was not asked for.
    pub unscored: Vec<usize>,
    /// Steps and error bounds of the differences, if they were asked for and exist.
    pub finite_difference: Option<FiniteDifference>,
    /// How far the routes that are exact up to rounding lie apart.
    pub disagreement: Disagreement,
}

impl<F: Differentiable> Solved<F> {
    /// ∇J \[d\], in units of reward per unit of θ: W ∇π from advantages, one transposed solve.
    /// Computed once. Of a coin that is paid for heads, π (r − J) = ½ · ½:
    ///
    /// ```
    /// use exact_mdp::{arithmetic::Choice, model::Model};
    ///
    /// let text = "discount: 0\nstates: 1\nactions: 2\ninitial: 0\n\
    ///             transitions: {0: {0: 0, 1: 0}}\nrewards: {0: {0: 1}}";
    /// let bandit = Model::parse("bandit", text)?.solve(Choice::Uniform)?;
    /// assert_eq!(bandit.gradient()?, [0.25, -0.25]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NotDifferentiable`] or [`Error::GainJumps`] where J has no gradient,
    /// [`Error::GradientOverflow`] where it leaves `f64`, [`Error::Factor`].
    pub fn gradient(&self) -> Result<&[F], Error> {
        self.kept_gradient(|| {
            let gradient = adjoint::gradient(self)?;
            F::check_gradient(&gradient, self.policy())?;
            Ok(gradient)
        })
    }

    /// ∇J by the adjoint and by the routes asked for, and how far they lie apart; over exact
    /// fractions they must not differ at all. [`Route::affordable`] is a good choice.
    ///
    /// # Errors
    /// [`Error::NotInField`] for a route that the field does not have
    /// ([`Differentiable::ROUTES`]), [`Error::NotDifferentiable`] or [`Error::GainJumps`] where J has no gradient,
    /// [`Error::GradientOverflow`] where it leaves `f64`, [`Error::Factor`].
    pub fn gradient_by(&self, routes: &[Route]) -> Result<Gradient<F>, Error> {
        let gradient = self.gradient()?;
        let mut unscored = Vec::new();
        let mut finite_difference = None;
        let mut by_route = Vec::with_capacity(routes.len());
        for &route in routes {
            let gradient = match route {
                Route::Bellman => Some(bellman::gradient(self)?),
                Route::Adjoint => Some(gradient.to_vec()),
                Route::NablaLog => {
                    Error::check_scores(self.policy())?;
                    unscored = self.policy().unscored();
                    nabla_log::gradient(self, &unscored)?
                }
                Route::Dual | Route::ComplexStep | Route::FiniteDifference => {
                    let found = F::checked(self, route)?;
                    finite_difference = finite_difference.or(found.finite_difference);
                    found.gradient
                }
            };
            by_route.push(RouteGradient { route, gradient });
        }
        Ok(Gradient {
            disagreement: F::disagreement(self, gradient, &by_route)?,
            gradient: gradient.to_vec(),
            routes: by_route,
            unscored,
            finite_difference,
        })
    }
}
