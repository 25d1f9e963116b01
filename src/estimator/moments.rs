//! Exact mean and exact covariance of an estimator (theory, 5.2 to 5.4), without sampling.
//!
//! ```text
//! E ĝ = ρ₀ x        Cov ĝ = ρ₀ Z − (ρ₀ x)ᵀ(ρ₀ x),   Z(s) = E_s[X Xᵀ]
//! ```
//!
//! Stationary (episodes, infinite and geometric horizons): linear systems in p^π at the discounts
//! g, g², c, cg, c², factored once per discount for all estimators. Over T steps: the same
//! equations as recursions in the number of remaining steps, or their doubling ([`super::doubling`]).

use nalgebra::DMatrix;

use super::Table;
use super::adjoint;
use super::assembly::Accumulator;
use super::centred;
use super::conditional::{Conditional, Depth, View, each_step};
use super::doubling::Doubling;
use super::process::{Order, Process};
use super::recursion::Recursion;
use super::rows::axpy_sparse;
use super::stepwise::Stepwise;
use super::tabular;
use crate::error::Error;
use crate::linalg::Solvable;

/// How much of the second moments is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Variances of the coordinates: O(nnz(p) d) once the systems are solved.
    Variances,
    /// The whole covariance matrix.
    Covariance,
}

impl Detail {
    /// The whole covariance where it is of 2²⁰ numbers or fewer, 1024 parameters; over exact
    /// fractions, which may have thousands of digits each, 2¹⁴.
    pub fn affordable<F: Solvable>(parameters: usize) -> Detail {
        let most = if F::EXACT { 1 << 14 } else { 1 << 20 };
        if parameters.saturating_mul(parameters) <= most {
            Detail::Covariance
        } else {
            Detail::Variances
        }
    }
}

/// Exact moments of one trajectory's contribution ĝ, in units of reward per parameter (squared).
#[derive(Clone, Debug, PartialEq)]
pub struct Moments<F: Solvable> {
    /// E ĝ \[d\].
    pub mean: Vec<F>,
    /// Var ĝ_k \[d\].
    pub variance: Vec<F>,
    /// Cov ĝ [d, d]; `None` if only variances were asked for.
    pub covariance: Option<DMatrix<F>>,
    /// E ĝ_k² \[d\]: the larger of the two terms whose difference is the variance, which is known
    /// to an absolute error of the order of the unit roundoff times this; of a function of many trajectories with all
    /// that its linear part is a difference of.
    pub raw: Vec<F>,
    /// Where that difference was not taken: variances are sums of centred squares of numbers that are known to a few
    /// roundings of their terms; the mean squares of the sizes of these \[d\].
    pub centred: Option<Vec<f64>>,
    /// Whether a total return was taken less its value before it was multiplied, so that a baseline near it cancels
    /// nothing.
    pub shaped: bool,
}

impl<F: Solvable> Moments<F> {
    /// The moments themselves, or [`Error::Overflow`] if one is too large for the field; of balls the bound says
    /// that.
    pub(super) fn finite(self) -> Result<Moments<F>, Error> {
        let is_finite = |x: &F| F::EXACT || x.certified().is_some() || x.to_f64().is_finite();
        let covariances = self.covariance.iter().flat_map(|whole| whole.iter());
        let mut all = self.mean.iter().chain(&self.variance).chain(covariances);
        // of terms that are no numbers nothing is known, and be it 0 that is left of them
        let mut terms = self.centred.iter().flatten();
        if all.all(is_finite) && terms.all(|x| x.is_finite()) {
            return Ok(self);
        }
        Err(Error::Overflow {
            quantity: "a second moment of an estimator",
        })
    }

    /// tr Cov ĝ = Σ_k Var ĝ_k.
    pub fn trace(&self) -> F {
        self.variance.iter().fold(F::zero(), |sum, x| sum + x)
    }
}

pub(super) fn moments<F: Solvable>(
    process: &Process<F>,
    recursion: &Recursion<F>,
    v: &Table<F>,
    detail: Detail,
) -> Result<Moments<F>, Error> {
    let full = detail == Detail::Covariance;
    let tabular = if full || process.horizon().is_some() {
        None
    } else {
        tabular::raw_moments(process, recursion)?
    };
    let top = &recursion.top;
    let doubled = || Doubling::new(process, recursion)?.second(top, top, full);
    let in_passes = || Stepwise::new(process, recursion)?.second(full);
    let known = tabular.map(Accumulator::Diagonal).or_else(doubled);
    let squares = move || match known.or_else(in_passes) {
        Some(second) => Ok(second),
        None => second(process, recursion, top, top, full),
    };
    let means = || mean(process, recursion, top);
    // steps share nothing, while systems are factored once, for whoever asks first
    let (second, mean) = if process.horizon().is_some() && process.is_large() {
        rayon::join(squares, means)
    } else {
        (squares(), means())
    };
    let (second, mean) = (second?, mean?);
    let raw = second.diagonal();
    let covariance = match second {
        Accumulator::Diagonal(_) => None,
        Accumulator::Full(z) => Some(centered(z, &mean, &mean)),
    };
    let variance = raw.iter().zip(&mean).map(|(raw, m)| variance(raw, m));
    let variance: Vec<F> = variance.collect();
    let moments = if centred::pays(process, recursion, v, (&raw, &variance))? {
        let whole = full && centred::is_affordable(process);
        let found = centred::moments(process, recursion, v, whole)?;
        let variance = found.squares.diagonal().into_iter().map(not_negative);
        let variance: Vec<F> = variance.collect();
        Moments {
            // the difference has no digits where variances have lost theirs
            covariance: found.squares.whole().map(without_negative_variances),
            variance,
            mean: found.mean,
            raw,
            centred: Some(found.terms),
            shaped: false,
        }
    } else {
        Moments {
            variance,
            mean,
            covariance,
            raw,
            centred: None,
            shaped: false,
        }
    };
    moments.finite()
}

/// E[X²] − (E X)², a negative difference within rounding being 0.
pub(super) fn variance<F: Solvable>(raw: &F, mean: &F) -> F {
    not_negative(raw.clone() - &(mean.clone() * mean))
}

fn not_negative<F: Solvable>(variance: F) -> F {
    let enclosed = variance.certified().is_some();
    // what has overflowed is no number, and stays none
    if !F::EXACT && !enclosed && variance < F::zero() {
        F::zero()
    } else {
        variance
    }
}

pub(super) fn without_negative_variances<F: Solvable>(mut covariance: DMatrix<F>) -> DMatrix<F> {
    for k in 0..covariance.nrows() {
        covariance[(k, k)] = not_negative(covariance[(k, k)].clone());
    }
    covariance
}

/// Z − left rightᵀ.
pub(super) fn centered<F: Solvable>(mut z: DMatrix<F>, left: &[F], right: &[F]) -> DMatrix<F> {
    for (l, b) in right.iter().enumerate() {
        for (k, a) in left.iter().enumerate() {
            z[(k, l)] -= a.clone() * b;
        }
    }
    z
}

/// E Σ topᵢ Vᵢ [d]: adjoint, without a solve per parameter.
pub(super) fn mean<F: Solvable>(
    process: &Process<F>,
    recursion: &Recursion<F>,
    top: &[F],
) -> Result<Vec<F>, Error> {
    let mut mean = vec![F::zero(); process.parameters()];
    let mut add = |view: View<F>, known: &Conditional<F>, weights: &adjoint::MeanWeights<F>| {
        each_step(view, Order::First, |state, pair, weight, step| {
            for (vector, measure) in recursion.vectors.iter().zip(weights) {
                if measure[state].is_zero() {
                    continue;
                }
                let value = known.factor_at(view.time, vector, state, pair, step);
                let factor = weight.clone() * &measure[state] * &value;
                axpy_sparse(&mut mean, &factor, process.score(pair));
            }
        });
    };
    let at = |time| View {
        process,
        recursion,
        time,
    };
    let Some(horizon) = process.horizon() else {
        let known = Conditional::stationary(at(0), Depth::Means)?;
        add(at(0), &known, &adjoint::mean(process, recursion, top)?);
        return Ok(mean);
    };
    if let Some(mean) = Doubling::new(process, recursion).and_then(|it| it.mean(top)) {
        return Ok(mean);
    }
    let mut weights = vec![adjoint::mean_seeds(process, top)];
    for time in 1..horizon {
        weights.push(adjoint::mean_step(process, recursion, &weights[time - 1]));
    }
    let mut known = Conditional::of_scalars(process, recursion);
    for time in (0..horizon).rev() {
        add(at(time), &known, &weights[time]);
        known = known.one_more(at(time), Depth::Means);
    }
    Ok(mean)
}

/// E[(Σ leftᵢ Vᵢ)(Σ rightᵢ Vᵢ)ᵀ], not centered.
pub(super) fn second<F: Solvable>(
    process: &Process<F>,
    recursion: &Recursion<F>,
    left: &[F],
    right: &[F],
    full: bool,
) -> Result<Accumulator<F>, Error> {
    let mut sum = Accumulator::zero(process.parameters(), full);
    let at = |time| View {
        process,
        recursion,
        time,
    };
    let Some(horizon) = process.horizon() else {
        let known = Conditional::stationary(at(0), Depth::All)?;
        sum.add(
            at(0),
            &known,
            &adjoint::pairs(process, recursion, left, right)?,
        );
        return Ok(sum);
    };
    let doubling = Doubling::new(process, recursion);
    if let Some(sum) = doubling.and_then(|it| it.second(left, right, full)) {
        return Ok(sum);
    }
    let mut weights = vec![adjoint::pair_seeds(process, left, right)];
    for time in 1..horizon {
        weights.push(adjoint::pair_step(process, recursion, &weights[time - 1]));
    }
    let mut known = Conditional::zero(process, recursion);
    for time in (0..horizon).rev() {
        let mut add = || sum.add(at(time), &known, &weights[time]);
        let further = || known.one_more(at(time), Depth::All);
        known = if process.is_large() {
            rayon::join(add, further).1
        } else {
            add();
            further()
        };
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::{Ball, Field};

    /// Rounding may take E[X²] below (E X)²: no variance is negative, but a ball keeps what it
    /// does not know.
    #[test]
    fn a_variance_within_rounding_is_zero_and_a_ball_around_it_stays() {
        let mean = 1.0 + 1e-12;
        assert_eq!(variance(&1.0, &mean), 0.0);
        assert_eq!(variance(&1.25, &0.5), 1.0);
        let unknown = Ball::one().widened(1e-10);
        let found = variance(&unknown, &Ball::exact(mean));
        // E[X²] may be 1 + 9·10⁻¹¹, and the variance 8.8·10⁻¹¹
        assert!(found.upper() >= 8.8e-11, "{found:?}");
        assert!(found.lower() <= -1e-10, "{found:?}");
    }
}
