//! What the smaller of two noisy critics makes of q (theory, 4.13; Fujimoto, van Hoof & Meger 2018).
//!
//! ```text
//! Q(s,a) = r + γ Σ p Σ π E min(Q + e₁, Q + e₂)(s', a'),   e ~ N(0, σ²) with correlation c
//! δ = E min(e₁, e₂) = −σ √((1 − c)/π)        Q = q + δ β,   β = γ p (1 + π β)
//! ```
//!
//! so that β + 1 is the discounted number of steps from the pair on: γ/(1 − γ) + 1 where nothing ends, and then
//! the bias is the same everywhere and ∇J is not moved.

use crate::error::Error;
use crate::gradient::Differentiable;
use crate::linalg::Solvable;
use crate::solved::Solved;

/// δ = E min(e₁, e₂) of two normal errors with mean 0, standard deviation σ and this correlation:
/// −σ √((1 − c)/π) (Clark 1961).
///
/// Errors with [`Error::Argument`] unless σ is a finite number from 0 on and c lies in [−1, 1].
pub fn expected_minimum(sigma: f64, correlation: f64) -> Result<f64, Error> {
    let outside = |name, found: f64, expected| Error::Argument {
        name,
        found: found.to_string(),
        expected,
    };
    if !(sigma.is_finite() && sigma >= 0.0) {
        let expected = "a finite number from 0 on";
        return Err(outside("the error of a critic", sigma, expected));
    }
    if !(-1.0..=1.0).contains(&correlation) {
        let expected = "a number from −1 to 1";
        return Err(outside("the correlation", correlation, expected));
    }
    Ok(-sigma * ((1.0 - correlation) / std::f64::consts::PI).sqrt())
}

/// The bias of the fixed point, all of it in units of δ.
#[derive(Clone, Debug)]
pub struct MinimumBias<F: Solvable = f64> {
    /// β(s, a) \[SA\].
    pub q: Vec<F>,
    /// Σₐ π β \[S\].
    pub v: Vec<F>,
    /// ρ₀ π β.
    pub j: F,
    /// ρ(β∇π) \[d\]: what is added to ∇J where β stands beside q in the policy gradient.
    pub gradient: Vec<F>,
}

impl<F: Differentiable> Solved<F> {
    /// How far from q the critics come to be whose target is the smaller of two, for each unit of
    /// [`expected_minimum`]; what ends is worth 0 without an error.
    ///
    /// # Errors
    /// [`Error::Criterion`] unless the reward is discounted or total; where J has no gradient,
    /// [`Error::NotDifferentiable`]; [`Error::GradientOverflow`]; [`Error::Factor`].
    pub fn minimum_bias(&self) -> Result<MinimumBias<F>, Error> {
        let mdp = self.mdp();
        Error::check_resolvent(mdp.criterion())?;
        let gamma = mdp.discount();
        let goes_on = |pair| {
            let next = mdp
                .outcomes(pair)
                .filter(|o| !mdp.space().is_terminal(o.next));
            next.fold(F::zero(), |sum, o| sum + o.probability) * &gamma
        };
        let at = self.paying((0..mdp.pairs()).map(goes_on).collect())?;
        Ok(MinimumBias {
            q: at.q().to_vec(),
            v: at.v().to_vec(),
            j: at.j().clone(),
            gradient: at.gradient()?.to_vec(),
        })
    }
}
