//! Evolution strategies: the gradient of the Gaussian-smoothed J, which is not ∇J.
//!
//! ```text
//! J_σ(θ) = E J(θ + σξ),  ξ ~ N(0, I)      ∇J_σ = E ξ (J(θ + σξ) − J(θ − σξ))/2σ
//! ∇J_σ = ∇J + (σ²/2) ∇ΔJ + O(σ⁴)          ΔJ = tr ∇²J
//! ```
//!
//! Sources: Salimans et al. 2017; Nesterov & Spokoiny 2017.

use std::sync::Arc;

use rayon::prelude::*;

use super::{Route, dual, finite_difference};
use crate::error::Error;
use crate::evaluation::Prepared;
use crate::field::Dual;
use crate::linalg::SolverOptions;
use crate::mdp::Mdp;
use crate::policy::{Policy, standard_normal};
use crate::solved::Solved;

/// How J is smoothed and sampled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Smoothing {
    /// σ > 0, the standard deviation of the Gaussian, in units of θ.
    pub sigma: f64,
    /// Pairs θ ± σξ of evaluations, at least 2.
    pub samples: usize,
    /// The seed; sample i draws ξ from (seed, i) alone, so threads change nothing.
    pub seed: u64,
}

impl Default for Smoothing {
    fn default() -> Smoothing {
        Smoothing {
            sigma: 0.1,
            samples: 1000,
            seed: 0,
        }
    }
}

/// A sampled gradient of J_σ, from evaluations of J alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Evolution {
    /// The mean of the antithetic samples \[d\].
    pub mean: Vec<f64>,
    /// Its standard error \[d\], from the sample variance.
    pub standard_error: Vec<f64>,
}

impl Solved {
    /// An estimate of the gradient of the Gaussian-smoothed J, from evaluations at θ ± σξ.
    ///
    /// Errors with [`Error::Bounded`] for the direct parametrizations, whose θ + σξ leave the simplex, with
    /// [`Error::Argument`] for fewer than 2 samples or σ ≤ 0, and where a perturbed policy has no value.
    pub fn evolution(&self, smoothing: Smoothing) -> Result<Evolution, Error> {
        Evolution::new(self.mdp(), self.policy(), smoothing)
    }

    /// (σ²/2) ∇ΔJ \[d\], what smoothing does to ∇J up to O(σ⁴). Errors with [`Error::NotDifferentiable`] or
    /// [`Error::GainJumps`] where J has no derivative, with [`Error::Policy`] where ∇²π does not exist, [`Error::TooLarge`]
    /// and [`Error::Factor`].
    pub fn evolution_bias(&self, sigma: f64) -> Result<Vec<f64>, Error> {
        leading_bias(self.mdp(), self.policy(), sigma)
    }
}

impl Evolution {
    /// Two evaluations for each sample, under the model's own criterion.
    ///
    /// Errors with [`Error::Bounded`] for the direct parametrizations, whose θ + σξ leave the
    /// simplex, with [`Error::Argument`] for fewer than 2 samples or σ ≤ 0, and where a perturbed
    /// policy has no value.
    pub fn new(
        mdp: &Mdp<f64>,
        policy: &Policy<f64>,
        smoothing: Smoothing,
    ) -> Result<Evolution, Error> {
        let Smoothing {
            sigma,
            samples,
            seed,
        } = smoothing;
        let argument = |name, found: String, expected| Error::Argument {
            name,
            found,
            expected,
        };
        if samples < 2 {
            let expected = "at least 2, which a standard error needs";
            return Err(argument(
                "the number of samples",
                samples.to_string(),
                expected,
            ));
        }
        if !(sigma > 0.0 && sigma.is_finite()) {
            return Err(argument("σ", sigma.to_string(), "a number above 0"));
        }
        if policy.parametrization().is_bounded() {
            return Err(Error::Bounded {
                parametrization: policy.parametrization().name(),
            });
        }
        let theta = finite_difference::parameters(policy);
        let sample = |i: usize| -> Result<Vec<f64>, Error> {
            let xi = standard_normal(seed, i as u64, theta.len());
            let value = |sign: f64| {
                let moved = theta.iter().zip(&xi).map(|(x, e)| x + sign * sigma * e);
                let policy = policy.with_theta(moved.collect())?;
                Prepared::new(mdp, &policy, &SolverOptions::default())?.objective(mdp)
            };
            let slope = (value(1.0)? - value(-1.0)?) / (2.0 * sigma);
            Ok(xi.iter().map(|e| e * slope).collect())
        };
        let mut moments = Welford::new(theta.len());
        for begin in (0..samples).step_by(BLOCK) {
            let block = begin..samples.min(begin + BLOCK);
            let block: Result<Vec<Vec<f64>>, Error> = block.into_par_iter().map(sample).collect();
            block?.iter().for_each(|x| moments.add(x));
        }
        Ok(Evolution {
            standard_error: moments.standard_error(),
            mean: moments.mean,
        })
    }
}

/// Samples that are held at a time, whatever their number: memory does not grow with it.
const BLOCK: usize = 4096;

/// Mean and squares of samples that come one by one, in their order (Welford 1962).
struct Welford {
    count: f64,
    mean: Vec<f64>,
    /// Σ (x − mean)² \[d\].
    squares: Vec<f64>,
}

impl Welford {
    fn new(d: usize) -> Welford {
        Welford {
            count: 0.0,
            mean: vec![0.0; d],
            squares: vec![0.0; d],
        }
    }

    fn add(&mut self, sample: &[f64]) {
        self.count += 1.0;
        let moments = self.mean.iter_mut().zip(&mut self.squares);
        for ((mean, squares), x) in moments.zip(sample) {
            let off = x - *mean;
            *mean += off / self.count;
            *squares += off * (x - *mean);
        }
    }

    /// Of the mean \[d\].
    fn standard_error(&self) -> Vec<f64> {
        let error = |squares: &f64| (squares / (self.count - 1.0) / self.count).sqrt();
        self.squares.iter().map(error).collect()
    }
}

/// Roughly how many operations [`leading_bias`] takes: a Hessian over dual numbers per parameter.
pub fn work(mdp: &Mdp<f64>, policy: &Policy<f64>) -> f64 {
    let d = policy.parameters() as f64;
    let hessian = Route::Bellman.work(mdp, policy) + d * mdp.p().stored() as f64;
    4.0 * d * hessian
}

/// (σ²/2) ∇ΔJ \[d\]: the bias of ∇J_σ against ∇J up to O(σ⁴), exact to rounding. Errors with [`Error::NotDifferentiable`]
/// or [`Error::GainJumps`] where J has no derivative, and with [`Error::Policy`] where ∇²π does not exist.
pub fn leading_bias(mdp: &Mdp<f64>, policy: &Policy<f64>, sigma: f64) -> Result<Vec<f64>, Error> {
    if !sigma.is_finite() {
        return Err(Error::Argument {
            name: "σ",
            found: sigma.to_string(),
            expected: "a finite number",
        });
    }
    let slopes = laplacian_gradient(mdp, policy)?.into_iter();
    Ok(slopes.map(|x| x * sigma * sigma / 2.0).collect())
}

/// ∇ΔJ \[d\] = ∇ tr ∇²J, by dual numbers through the Hessian. Errors with [`Error::NotDifferentiable`] or
/// [`Error::GainJumps`] where J has no derivative, with [`Error::Policy`] where ∇²π does not exist, [`Error::TooLarge`] and
/// [`Error::Factor`].
pub fn laplacian_gradient(mdp: &Mdp<f64>, policy: &Policy<f64>) -> Result<Vec<f64>, Error> {
    let mdp = Arc::new(mdp.map(|&x| Dual::constant(x)));
    dual::derivatives(policy, |policy| {
        let solved = Solved::new(Arc::clone(&mdp), policy.clone())?;
        let second = solved.hessian()?;
        let diagonal = second.diagonal();
        Ok(diagonal.iter().fold(Dual::default(), |sum, x| sum + x))
    })
}
