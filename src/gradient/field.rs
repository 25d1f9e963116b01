//! What a field has for gradients beyond its four operations.

use super::entropy::{SoftValues, Softened, check_weight};
use super::orthogonal;
use super::pseudo_inverse::{self, Natural, WeightedScores};
use super::{Disagreement, FiniteDifference, Route, RouteGradient, check_finite, complex_step};
use crate::error::Error;
use crate::field::{Ball, Field};
use crate::linalg::Solvable;
use crate::number::Rational;
use crate::policy::Policy;
use crate::solved::Solved;

/// A field over which gradients are asked for: floating point (`f64`), exact fractions
/// ([`Rational`]) or balls ([`Ball`]).
pub trait Differentiable: Solvable {
    /// The name in messages.
    const NAME: &'static str;

    /// The routes to ∇J that the field has: dual numbers, differences and complex steps are ways to
    /// check floating point.
    const ROUTES: &'static [Route] = &Route::OF_FIELDS;

    /// Errors with [`Error::GradientOverflow`] if an entry of ∇J left the field.
    fn check_gradient(_gradient: &[Self], _policy: &Policy<Self>) -> Result<(), Error> {
        Ok(())
    }

    /// ∇J by one of the routes that check floating point. Errors with [`Error::NotInField`] in
    /// fields that need no such check.
    fn checked(_: &Solved<Self>, route: Route) -> Result<CheckedGradient<Self>, Error> {
        Err(not_in_field::<Self>(format!("the route {}", route.name())))
    }

    /// How far the routes lie from the adjoint, `gradient`; exact ones must not differ at all.
    fn disagreement(
        _: &Solved<Self>,
        gradient: &[Self],
        routes: &[RouteGradient<Self>],
    ) -> Result<Disagreement, Error> {
        Ok(Disagreement::exactly(gradient, routes))
    }

    /// F⁺∇J and the rank of F, of a policy whose states share parameters.
    fn natural(of: &WeightedScores<Self>, policy: &Policy<Self>) -> Natural<Self>;

    /// What rounding can do to each entry of F⁺∇J \[d\] of such a policy, where that of advantages is `advantage`; `None` in
    /// fields that do not round, or know themselves, and where nobody knows.
    fn natural_errors(
        _: &WeightedScores<Self>,
        _: &Natural<Self>,
        _advantage: f64,
    ) -> Option<Vec<f64>> {
        None
    }

    /// J_α and ∇J_α. Errors with [`Error::NotInField`] where the field has no logarithms.
    fn entropy(_: &Solved<Self>, _: &Self) -> Result<SoftValues<Self>, Error> {
        let quantity = "the entropy, which consists of logarithms,";
        Err(not_in_field::<Self>(quantity.into()))
    }

    /// J_α as J of a policy. Errors with [`Error::NotInField`] where the field has no logarithms.
    fn softened(_: Solved<Self>, _: &Self) -> Result<Softened<Self>, Error> {
        let quantity = "the entropy, which consists of logarithms,";
        Err(not_in_field::<Self>(quantity.into()))
    }
}

/// What a route that checks floating point found.
pub struct CheckedGradient<F> {
    /// ∇J \[d\]; `None` for dual and complex numbers where, under the average reward, weight appears
    /// outside a recurrent class, and for differences where no step serves.
    pub gradient: Option<Vec<F>>,
    /// Steps and error bounds of the differences.
    pub finite_difference: Option<FiniteDifference>,
}

fn not_in_field<F: Differentiable>(quantity: String) -> Error {
    Error::NotInField {
        quantity,
        field: F::NAME,
    }
}

impl<F: Differentiable> Solved<F> {
    /// J_α = ρ^π Σₐ π (r − α log π) and ∇J_α, with the soft values behind them; α in units of
    /// reward per nat, below 0 where rewards are costs ([`Objective::sign`](crate::model::Objective::sign)).
    ///
    /// # Errors
    /// [`Error::NotInField`] where the field has no logarithms, [`Error::Argument`] for an α that is not finite,
    /// [`Error::SteepEntropy`] where log π diverges, [`Error::NotDifferentiable`] or [`Error::GainJumps`] where J_α has no
    /// gradient, [`Error::GradientOverflow`] where it leaves `f64`, [`Error::Factor`].
    pub fn entropy(&self, alpha: &F) -> Result<SoftValues<F>, Error> {
        check_weight(alpha)?;
        F::entropy(self, alpha)
    }
}

impl Differentiable for f64 {
    const NAME: &'static str = "floating point";
    const ROUTES: &'static [Route] = &Route::ALL;

    fn check_gradient(gradient: &[f64], policy: &Policy) -> Result<(), Error> {
        check_finite(gradient, policy)
    }

    fn checked(at: &Solved, route: Route) -> Result<CheckedGradient<f64>, Error> {
        let criterion = at.checks();
        let mut finite_difference = None;
        let gradient = match route {
            Route::FiniteDifference => {
                finite_difference = FiniteDifference::new(at)?;
                let found = finite_difference.as_ref();
                found.map(|found| found.gradient.clone())
            }
            _ if !criterion.has_dual(at) => None,
            Route::ComplexStep => Some(complex_step::gradient(at.mdp(), at.policy())?),
            _ => Some(criterion.dual(at)?),
        };
        Ok(CheckedGradient {
            gradient,
            finite_difference,
        })
    }

    fn disagreement(
        at: &Solved,
        gradient: &[f64],
        routes: &[RouteGradient],
    ) -> Result<Disagreement, Error> {
        Disagreement::new(at, gradient, routes)
    }

    /// Where rounding shows and F has full rank, over balls from the same numbers: scores are differences of features that may
    /// be alike.
    fn natural(of: &WeightedScores<f64>, policy: &Policy) -> Natural<f64> {
        let mut found = pseudo_inverse::in_floating_point(of);
        let d = found.direction.len();
        let is_open = found.rank == d && orthogonal::fits(of.visits.len(), d);
        let shows = |errors: Vec<f64>| pseudo_inverse::show(&errors, &found.direction);
        if is_open && pseudo_inverse::errors(of, &found, 0.0).is_some_and(shows) {
            let exact = |x: &[f64]| x.iter().map(|x| Ball::exact(*x)).collect();
            let finely = WeightedScores {
                scores: policy.map(|x| Ball::exact(*x)).scores().rows,
                visits: exact(&of.visits),
                advantage: exact(&of.advantage),
            };
            if let Some(direction) = orthogonal::of_full_rank(&finely) {
                found.direction = direction.iter().map(Ball::to_f64).collect();
            }
        }
        found
    }

    fn natural_errors(
        of: &WeightedScores<f64>,
        found: &Natural<f64>,
        advantage: f64,
    ) -> Option<Vec<f64>> {
        pseudo_inverse::errors(of, found, advantage)
    }

    fn entropy(at: &Solved, alpha: &f64) -> Result<SoftValues<f64>, Error> {
        SoftValues::new(at, alpha)
    }

    fn softened(at: Solved, alpha: &f64) -> Result<Softened, Error> {
        Softened::new(at, *alpha)
    }
}

impl Differentiable for Rational {
    const NAME: &'static str = "exact fractions";

    fn natural(of: &WeightedScores<Rational>, _: &Policy<Rational>) -> Natural<Rational> {
        pseudo_inverse::by_elimination(&of.fisher(), &of.gradient())
    }
}

impl Differentiable for Ball {
    const NAME: &'static str = "balls";

    /// Where F is proven to have full rank. Otherwise in `f64`, without a bound: the rank is a question of rounding.
    fn natural(of: &WeightedScores<Ball>, _: &Policy<Ball>) -> Natural<Ball> {
        if let Some(direction) = orthogonal::of_full_rank(of) {
            let rank = direction.len();
            return Natural { direction, rank };
        }
        let found = pseudo_inverse::in_floating_point(&of.rounded());
        let unbounded = |x: &f64| Ball::exact(*x).widened(f64::INFINITY);
        Natural {
            direction: found.direction.iter().map(unbounded).collect(),
            rank: found.rank,
        }
    }
}
