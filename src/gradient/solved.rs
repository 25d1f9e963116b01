//! The gradients of a solved policy.

use nalgebra::DMatrix;

use super::entropy::Soft;
use super::evolution::{Evolution, Smoothing, leading_bias};
use super::natural::fisher_under;
use super::sensitivity::Sensitivity;
use super::{Gradient, Natural, Route, Under, hessian_under, jacobian_under};
use crate::error::Error;
use crate::field::{Ball, Field};
use crate::number::Rational;
use crate::solved::Solved;

/// A field over which gradients are asked for, with what it has beyond its four operations:
/// floating point (`f64`), exact fractions ([`Rational`]) and balls ([`Ball`]).
pub trait Differentiable: Field {
    /// The name in messages.
    const NAME: &'static str;

    /// The routes to ∇J that the field has.
    const ROUTES: &'static [Route];

    /// ∇J by the adjoint and by those of the routes that the field has.
    #[doc(hidden)]
    fn gradient(under: Under<'_, Self>, routes: &[Route]) -> Result<Gradient<Self>, Error> {
        Gradient::exactly(under, routes)
    }

    /// F⁺g for g in the range of F, and the rank of F.
    fn pseudo_inverse(fisher: &DMatrix<Self>, gradient: &[Self]) -> Natural<Self>;

    /// J_α and ∇J_α. Errors with [`Error::NotInField`] where the field has no logarithms.
    #[doc(hidden)]
    fn entropy(_: Under<'_, Self>, _: &Self) -> Result<Soft<Self>, Error> {
        Err(Error::NotInField {
            quantity: "the entropy, which consists of logarithms,".into(),
            field: Self::NAME,
        })
    }
}

impl Differentiable for f64 {
    const NAME: &'static str = "floating point";
    const ROUTES: &'static [Route] = &Route::ALL;

    fn gradient(under: Under<'_, f64>, routes: &[Route]) -> Result<Gradient, Error> {
        Gradient::of(under, routes)
    }

    fn pseudo_inverse(fisher: &DMatrix<f64>, gradient: &[f64]) -> Natural<f64> {
        Natural::by_eigenvalues(fisher, gradient.to_vec())
    }

    fn entropy(under: Under<'_, f64>, alpha: &f64) -> Result<Soft<f64>, Error> {
        Soft::of(under, alpha)
    }
}

impl Differentiable for Rational {
    const NAME: &'static str = "exact fractions";
    const ROUTES: &'static [Route] = &Route::OF_FIELDS;

    fn pseudo_inverse(fisher: &DMatrix<Rational>, gradient: &[Rational]) -> Natural<Rational> {
        Natural::by_elimination(fisher, gradient)
    }
}

impl Differentiable for Ball {
    const NAME: &'static str = "balls";
    const ROUTES: &'static [Route] = &Route::OF_FIELDS;

    /// By the eigenvalues in `f64`, without a bound: the rank is a question of rounding.
    fn pseudo_inverse(fisher: &DMatrix<Ball>, gradient: &[Ball]) -> Natural<Ball> {
        let gradient = gradient.iter().map(Ball::to_f64).collect();
        let natural = Natural::by_eigenvalues(&fisher.map(|x| x.to_f64()), gradient);
        let unbounded = |x: &f64| Ball::exact(*x).widened(f64::INFINITY);
        Natural {
            direction: natural.direction.iter().map(unbounded).collect(),
            rank: natural.rank,
        }
    }
}

impl<F: Field> Solved<F> {
    /// As the functions below the model's criterion take it.
    fn under(&self) -> Under<'_, F> {
        Under::new(
            self.mdp(),
            self.policy(),
            self.prepared(),
            self.evaluation(),
        )
    }

    /// ∂J with respect to r, p, ρ₀ and γ, the policy fixed.
    ///
    /// Errors if a solver did not certify a solution.
    pub fn sensitivity(&self) -> Result<Sensitivity<F>, Error> {
        Sensitivity::of(self.under())
    }

    /// What ρ₀ is applied to, differentiated [S, d]: ∇v, ∇v₀ on a horizon, ∇g for the average
    /// reward.
    ///
    /// # Errors
    /// [`Error::NotDifferentiable`] or [`Error::GainJumps`] where it has no derivative,
    /// [`Error::TooLarge`] where n·d numbers are too many, [`Error::Factor`].
    pub fn jacobian(&self) -> Result<DMatrix<F>, Error> {
        jacobian_under(self.under())
    }

    /// ∇²J [d, d], symmetric, in reward per unit of θ squared.
    ///
    /// # Errors
    /// As [`Solved::jacobian`], [`Error::TooLarge`] where d² numbers are too many, and
    /// [`Error::Policy`] where ∇²π does not exist.
    pub fn hessian(&self) -> Result<DMatrix<F>, Error> {
        hessian_under(self.under())
    }

    /// The Fisher matrix Σₛ ρ(s) Σₐ π ψψᵀ [d, d], with the mass of the occupancy.
    ///
    /// # Errors
    /// [`Error::NoScore`] where a state that ρ₀ reaches has an action of probability 0 without a
    /// score, [`Error::TooLarge`] and [`Error::Overflow`].
    pub fn fisher(&self) -> Result<DMatrix<F>, Error> {
        fisher_under(self.policy(), self.occupancy())
    }
}

impl<F: Differentiable> Solved<F> {
    /// ∇J \[d\], in units of reward per unit of θ: W ∇π from advantages, one transposed solve.
    /// Computed once.
    ///
    /// # Errors
    /// [`Error::NotDifferentiable`] or [`Error::GainJumps`] where J has no gradient,
    /// [`Error::GradientOverflow`] where it leaves `f64`, [`Error::Factor`].
    pub fn gradient(&self) -> Result<&[F], Error> {
        self.kept_gradient(|| Ok(self.gradient_by(&[])?.gradient))
    }

    /// ∇J by the adjoint and by the routes asked for, and how far they lie apart; over exact
    /// fractions they must not differ at all. [`Route::affordable_under`] is a good choice.
    ///
    /// # Errors
    /// [`Error::NotInField`] for a route that the field does not have
    /// ([`Differentiable::ROUTES`]), else as [`Solved::gradient`].
    pub fn gradient_by(&self, routes: &[Route]) -> Result<Gradient<F>, Error> {
        let missing = routes.iter().find(|route| !F::ROUTES.contains(route));
        if let Some(route) = missing {
            return Err(Error::NotInField {
                quantity: format!("the route {}", route.name()),
                field: F::NAME,
            });
        }
        F::gradient(self.under(), routes)
    }

    /// F⁺∇J \[d\], in reward times unit of θ, and the rank of F: in closed form for tabular
    /// policies, otherwise by eigenvalues in floating point and by elimination over fractions.
    ///
    /// Errors as [`Solved::fisher`] and [`Solved::gradient`].
    pub fn natural_gradient(&self) -> Result<Natural<F>, Error> {
        match Natural::tabular_of(self.under())? {
            Some(natural) => Ok(natural),
            None => Ok(F::pseudo_inverse(&self.fisher()?, self.gradient()?)),
        }
    }

    /// J_α = ρ^π Σₐ π (r − α log π) and ∇J_α, with the soft values behind them; α ≥ 0, in units of
    /// reward per nat.
    ///
    /// # Errors
    /// [`Error::NotInField`] where the field has no logarithms, [`Error::Argument`] for α < 0,
    /// [`Error::NoScore`] where log π diverges, and as [`Solved::gradient`].
    pub fn entropy(&self, alpha: &F) -> Result<Soft<F>, Error> {
        let is_weight = *alpha >= F::zero() && alpha.to_number().is_some();
        if !is_weight {
            return Err(Error::Argument {
                name: "α, the weight of the entropy,",
                found: alpha.to_f64().to_string(),
                expected: "a number that is at least 0",
            });
        }
        F::entropy(self.under(), alpha)
    }
}

impl Solved {
    /// An estimate of the gradient of the Gaussian-smoothed J, from evaluations at θ ± σξ.
    ///
    /// # Errors
    /// [`Error::Bounded`] for the direct parametrizations, and where a perturbed policy has no
    /// value.
    pub fn evolution(&self, smoothing: Smoothing) -> Result<Evolution, Error> {
        Evolution::new(self.mdp(), self.policy(), smoothing)
    }

    /// (σ²/2) ∇ΔJ \[d\], what smoothing does to ∇J up to O(σ⁴). Errors as [`Solved::evolution`].
    pub fn evolution_bias(&self, sigma: f64) -> Result<Vec<f64>, Error> {
        leading_bias(self.mdp(), self.policy(), sigma)
    }
}
