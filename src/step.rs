//! What one step along a sampled gradient does to J (theory, 5.11).
//!
//! θ' = θ + α ĝ, where ĝ is the mean of n independent estimates of mean μ and covariance Σ. With the
//! exact gradient g, the exact Hessian H and the exact law of the estimator
//!
//! ```text
//! E J(θ') − J = α g·μ + ½ α² (μᵀHμ + tr(HΣ)/n) + O(α³)
//! ```
//!
//! so that the best step is g·μ/−(μᵀHμ + tr(HΣ)/n), and the batch at which noise costs as much as
//! curvature is tr(HΣ)/μᵀHμ (the noise scale of McCandlish, Kaplan, Amodei et al. 2018).
//!
//! ```
//! use exact_mdp::model::Model;
//! use exact_mdp::arithmetic::Choice;
//! use exact_mdp::estimator::Estimator;
//!
//! let solved = Model::load("mdps/two-state.yaml")?.solve(Choice::Uniform)?;
//! let step = solved.step_law(&"reward-to-go".parse::<Estimator>()?)?;
//! let best = step.best_step(100).expect("noise and curvature bend J down");
//! assert!(step.expected_change(&best, 100) > 0.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod enumeration;
mod errors;
mod field;
mod known;
mod normal;
mod promise;

pub(crate) use enumeration::enumerate_of;
pub use enumeration::{Enumerated, ObjectiveChange, enumerate};
pub use field::{Curl, curl, jacobian_rounding, mean_jacobian, soft_mean_jacobian};
pub use promise::{Promise, promise};

use known::Known;
use nalgebra::DMatrix;
use normal::{below_zero, root};

use crate::error::Error;
use crate::estimator::{Contribution, Estimator, Law};
use crate::field::dot;
use crate::linalg::Solvable;
use crate::solved::Solved;

/// What a step along the mean of n estimates does, to second order in its size.
#[derive(Clone, Debug, PartialEq)]
pub struct StepLaw<F: Solvable = f64> {
    /// ∇J·E ĝ, the first-order change of J per unit of the step, in units of reward.
    pub slope: F,
    /// (E ĝ)ᵀ H E ĝ: how J bends along the mean.
    pub curvature: F,
    /// tr(HΣ): how J bends along the noise of one trajectory.
    pub noise: F,
    /// ‖E ĝ‖².
    pub length: F,
    /// ‖E ĝ − ∇J‖².
    pub squared_bias: F,
    /// b \[T\]\[S\] of a baselined estimator, one row where it does not depend on the time.
    pub baseline: Option<Vec<Vec<F>>>,
    /// b \[T\]\[entries\] where each parameter has a baseline of its own, in the order of the entries of the
    /// policy's scores; one row where it does not depend on the time.
    pub parameter_baseline: Option<Vec<Vec<F>>>,
    /// tr Σ, of one trajectory.
    pub variance: F,
    /// gᵀΣg, gᵀΣHμ and μᵀHΣHμ, in floating point.
    spread: [f64; 3],
    /// tr (HΣ)², in floating point.
    square: f64,
    /// What rounding can do to all of these.
    known: Known,
}

/// Where two estimators have the same mean squared error.
#[derive(Clone, Debug, PartialEq)]
pub struct Crossing<F: Solvable = f64> {
    /// The number of trajectories.
    pub trajectories: F,
    /// What rounding can do to it; 0 in a field that is exact or has bounds of its own.
    pub error: f64,
}

impl<F: Solvable> StepLaw<F> {
    /// From the exact gradient \[d\], the exact Hessian [d, d] and the law of an estimator.
    ///
    /// Errors with [`Error::Length`] where their sizes differ, with [`Error::TooLarge`] where the law has no covariance because it would be too large, and with
    /// [`Error::Overflow`] where J bends more than the field can say.
    pub fn new(gradient: &[F], hessian: &DMatrix<F>, law: &Law<F>) -> Result<StepLaw<F>, Error> {
        StepLaw::within(gradient, hessian, law, 0.0)
    }

    /// From the exact gradient \[d\], a Hessian [d, d] whose entries are off by as much at most ([`Solved::hessian_error`]), and the law of an estimator.
    ///
    /// Errors with [`Error::Length`] where their sizes differ, with [`Error::Argument`] unless that is a number from 0
    /// on, with [`Error::TooLarge`] where the law has no covariance because it would be too large, and with
    /// [`Error::Overflow`] where J bends more than the field can say.
    pub fn within(
        gradient: &[F],
        hessian: &DMatrix<F>,
        law: &Law<F>,
        hessian_error: f64,
    ) -> Result<StepLaw<F>, Error> {
        let d = law.mean().len();
        Error::check_length("gradient", d, gradient.len())?;
        Error::check_length("column of the Hessian", d, hessian.nrows())?;
        Error::check_length("row of the Hessian", d, hessian.ncols())?;
        if hessian_error.is_nan() || hessian_error < 0.0 {
            return Err(Error::Argument {
                name: "the error of the Hessian",
                found: hessian_error.to_string(),
                expected: "a number from 0 on",
            });
        }
        let covariance = law.covariance().ok_or(Error::TooLarge {
            quantity: "covariance",
            rows: d,
            columns: d,
            limit: if F::EXACT { 1 << 14 } else { 1 << 20 },
        })?;
        let bent = times(hessian, law.mean());
        let mut noise = F::zero();
        for (h, c) in hessian.iter().zip(covariance.iter()) {
            noise += h.clone() * c;
        }
        let curvature = dot(law.mean(), &bent);
        let is_finite = |x: &F| F::EXACT || x.to_f64().is_finite();
        if !is_finite(&curvature) || !is_finite(&noise) {
            return Err(Error::Overflow {
                quantity: "the curvature of J along an estimate",
            });
        }
        let (spread, square) = spread(gradient, hessian, covariance, &bent);
        Ok(StepLaw {
            slope: dot(gradient, law.mean()),
            curvature,
            noise,
            length: dot(law.mean(), law.mean()),
            squared_bias: squared_bias(law),
            known: Known::new(gradient, hessian, (law, covariance), hessian_error),
            baseline: match &law.resolved.form {
                Contribution::Return { baseline } => {
                    baseline.as_ref().map(|table| table.rows().to_vec())
                }
                _ => None,
            },
            parameter_baseline: match &law.resolved.form {
                Contribution::ReturnByParameter { baseline } => Some(baseline.rows().to_vec()),
                _ => None,
            },
            variance: law.moments.trace(),
            spread,
            square,
        })
    }

    /// μᵀHμ + tr(HΣ)/n: how J bends along the mean of a batch, in expectation.
    pub fn bend(&self, batch: u64) -> F {
        self.curvature.clone() + self.noise.clone() / count::<F>(batch)
    }

    /// E J(θ + αĝ) − J to second order, in units of reward.
    pub fn expected_change(&self, step: &F, batch: u64) -> F {
        let square = step.clone() * step / F::from_i64(2);
        step.clone() * &self.slope + square * self.bend(batch)
    }

    /// What that would be without noise: α g·μ + ½ α² μᵀHμ.
    pub fn noiseless_change(&self, step: &F) -> F {
        let square = step.clone() * step / F::from_i64(2);
        step.clone() * &self.slope + square * &self.curvature
    }

    /// The α > 0 that maximises the expected change to second order; `None` where there is none: the
    /// slope is not above 0, or J does not bend down.
    pub fn best_step(&self, batch: u64) -> Option<F> {
        let bend = self.bend(batch);
        let exists = self.slope > F::zero() && bend < F::zero();
        exists.then(|| self.slope.clone() / -bend)
    }

    /// The expected change by the best step, (g·μ)²/(−2(μᵀHμ + tr(HΣ)/n)).
    pub fn best_change(&self, batch: u64) -> Option<F> {
        let half = self.slope.clone() / F::from_i64(2);
        self.best_step(batch).map(|step| step * half)
    }

    /// tr(HΣ)/μᵀHμ: the batch at which the noise costs as much as the curvature does, so that the best
    /// step is half of what it is without noise (McCandlish et al. 2018, the noise scale); `None`
    /// unless J bends down along both.
    pub fn noise_scale(&self) -> Option<F> {
        let both = self.noise < F::zero() && self.curvature < F::zero();
        both.then(|| self.noise.clone() / &self.curvature)
    }

    /// tr Σ/‖μ‖²: the same with the identity for −H; `None` where μ = 0.
    pub fn simple_noise_scale(&self) -> Option<F> {
        (!self.length.is_zero()).then(|| self.variance.clone() / &self.length)
    }

    /// The batch at which a step of this size gains nothing in expectation, to second order: more
    /// trajectories gain. 0 where any batch gains, `None` where none does.
    pub fn break_even(&self, step: &F) -> Option<F> {
        let half = step.clone() / F::from_i64(2);
        let kept = self.slope.clone() + self.curvature.clone() * &half;
        if kept <= F::zero() {
            None
        } else if self.noise >= F::zero() {
            Some(F::zero())
        } else {
            Some(-(self.noise.clone() * half) / kept)
        }
    }

    /// E ‖ĝ − ∇J‖² of a batch: ‖bias‖² + tr Σ/n.
    pub fn mean_squared_error(&self, batch: u64) -> F {
        self.squared_bias.clone() + self.variance.clone() / count::<F>(batch)
    }

    /// The batch at which both have the same mean squared error; with more trajectories the one with
    /// the smaller bias is better. `None` where one is better for every batch, and where rounding may be
    /// all that tells the biases or the variances apart.
    pub fn crossing(&self, other: &StepLaw<F>) -> Option<Crossing<F>> {
        let bias = other.squared_bias.clone() - &self.squared_bias;
        let variance = self.variance.clone() - &other.variance;
        let told = |x: &F, off: f64, sizes: &F| {
            let off = off + rounded::<F>() * sizes.to_f64();
            let left = x.abs().to_f64() - off;
            (!x.is_zero() && left > 0.0).then_some(off / left)
        };
        let biases = self.squared_bias.clone() + &other.squared_bias;
        let variances = self.variance.clone() + &other.variance;
        let biases = told(
            &bias,
            self.known.squared_bias + other.known.squared_bias,
            &biases,
        )?;
        let variances = told(
            &variance,
            self.known.variance + other.known.variance,
            &variances,
        )?;
        let opposed = (bias > F::zero()) == (variance > F::zero());
        opposed.then(|| {
            let trajectories = variance / bias;
            let size = trajectories.to_f64();
            Crossing {
                error: size * (biases + variances + biases * variances),
                trajectories,
            }
        })
    }

    /// The standard deviation of the change, to second order, were ĝ normal.
    pub fn deviation(&self, step: f64, batch: u64) -> f64 {
        let [own, mixed, bent] = self.spread;
        let n = batch.max(1) as f64;
        let linear = step * step * (own + 2.0 * step * mixed + step * step * bent) / n;
        root(linear + step.powi(4) * self.square / (2.0 * n * n))
    }

    /// P(J(θ + αĝ) < J), in the normal approximation of the change to second order.
    pub fn chance_worse(&self, step: f64, batch: u64) -> f64 {
        let mean = step * self.slope.to_f64()
            + step * step * (self.curvature.to_f64() + self.noise.to_f64() / batch.max(1) as f64)
                / 2.0;
        below_zero(mean, self.deviation(step, batch))
    }

    /// P(ĝ·∇J > 0), in the normal approximation of ĝ.
    pub fn chance_uphill(&self, batch: u64) -> f64 {
        let deviation = root(self.spread[0] / batch.max(1) as f64);
        below_zero(-self.slope.to_f64(), deviation)
    }
}

impl<F: Solvable> Solved<F> {
    /// What a step along the mean of estimates does, trajectories sampled in the criterion's own way.
    ///
    /// Errors with [`Error::Divergence`] where the estimator has no finite variance, with [`Error::NoScore`] on the boundary
    /// of a direct parametrization, with [`Error::Criterion`] for the average reward, with [`Error::NotDifferentiable`] or
    /// [`Error::Policy`] where J has no Hessian, with [`Error::TooLarge`] and [`Error::Overflow`].
    pub fn step_law(&self, estimator: &Estimator) -> Result<StepLaw<F>, Error>
    where
        F: crate::gradient::Differentiable,
    {
        let off = self.hessian_error()?.unwrap_or(0.0);
        StepLaw::within(
            self.gradient()?,
            &self.hessian()?,
            &self.law(estimator)?,
            off,
        )
    }
}

/// The unit roundoff of the field, four times for a sum; 0 where it has none.
fn rounded<F: Solvable>() -> f64 {
    if F::EXACT || F::one().certified().is_some() {
        0.0
    } else {
        2.0 * f64::EPSILON
    }
}

/// ‖E ĝ − ∇J‖² of the entries that rounding does not explain.
fn squared_bias<F: Solvable>(law: &Law<F>) -> F {
    let entries = law.bias.iter().zip(&law.rounding);
    let told = entries.filter(|(bias, rounding)| bias.abs().to_f64() > **rounding);
    told.fold(F::zero(), |sum, (bias, _)| sum + bias.clone() * bias)
}

fn count<F: Solvable>(batch: u64) -> F {
    F::from_i64(i64::try_from(batch.max(1)).unwrap_or(i64::MAX))
}

/// A x of a symmetric matrix.
fn times<F: Solvable>(matrix: &DMatrix<F>, x: &[F]) -> Vec<F> {
    let column = |k: usize| {
        let entries = matrix.column(k);
        let terms = entries.iter().zip(x).map(|(a, x)| a.clone() * x);
        terms.fold(F::zero(), |sum, term| sum + term)
    };
    (0..x.len()).map(column).collect()
}

/// gᵀΣg, gᵀΣHμ, μᵀHΣHμ and tr (HΣ)².
fn spread<F: Solvable>(
    gradient: &[F],
    hessian: &DMatrix<F>,
    covariance: &DMatrix<F>,
    bent: &[F],
) -> ([f64; 3], f64) {
    let floats = |x: &[F]| -> Vec<f64> { x.iter().map(F::to_f64).collect() };
    let (g, bent) = (floats(gradient), floats(bent));
    let (h, c) = (hessian.map(|x| x.to_f64()), covariance.map(|x| x.to_f64()));
    let (along, across) = (times(&c, &g), times(&c, &bent));
    let product = &h * &c;
    let transposed = product.transpose();
    let square = product.iter().zip(transposed.iter());
    (
        [dot(&g, &along), dot(&bent, &along), dot(&bent, &across)],
        square.map(|(x, y)| x * y).sum(),
    )
}
