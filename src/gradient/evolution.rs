//! Evolution strategies: the gradient of the Gaussian-smoothed J, which is not ∇J.
//!
//! ```text
//! J_σ(θ) = E J(θ + σξ),  ξ ~ N(0, I)      ∇J_σ = E ξ (J(θ + σξ) − J(θ − σξ))/2σ
//! ∇J_σ = ∇J + (σ²/2) ∇ΔJ + O(σ⁴)          ΔJ = tr ∇²J
//! ```
//!
//! Sources: Salimans et al. 2017; Nesterov & Spokoiny 2017.

use rayon::prelude::*;

use super::hessian::hessian;
use super::{Evaluated, dual, finite_difference};
use crate::chain::Chain;
use crate::error::Error;
use crate::evaluation::Evaluation;
use crate::field::Dual;
use crate::policy::standard_normal;

/// A sampled gradient of J_σ beside what it is biased by.
#[derive(Clone, Debug, PartialEq)]
pub struct Evolution {
    /// The mean of the antithetic samples \[d\].
    pub mean: Vec<f64>,
    /// Its standard error \[d\], from the sample variance.
    pub standard_error: Vec<f64>,
    /// (σ²/2) ∇ΔJ \[d\]: the bias against ∇J up to O(σ⁴), exact to rounding.
    pub leading_bias: Vec<f64>,
}

impl Evolution {
    /// From `samples` ≥ 2 pairs of evaluations. Sample i draws ξ from (seed, i) alone, so threads
    /// change nothing.
    ///
    /// Errors where a perturbed policy has no value.
    pub fn new(
        at: Evaluated<'_, f64>,
        sigma: f64,
        samples: usize,
        seed: u64,
    ) -> Result<Evolution, Error> {
        assert!(samples >= 2, "a standard error needs two samples");
        let theta = finite_difference::parameters(at.policy);
        let sample = |i: usize| -> Result<Vec<f64>, Error> {
            let xi = standard_normal(seed, i as u64, theta.len());
            let value = |sign: f64| {
                let moved = theta.iter().zip(&xi).map(|(x, e)| x + sign * sigma * e);
                finite_difference::objective(at, &at.policy.with_theta(moved.collect())?)
            };
            let slope = (value(1.0)? - value(-1.0)?) / (2.0 * sigma);
            Ok(xi.iter().map(|e| e * slope).collect())
        };
        let all: Vec<Vec<f64>> = (0..samples)
            .into_par_iter()
            .map(sample)
            .collect::<Result<_, _>>()?;
        let count = samples as f64;
        let moments = |k: usize| {
            let mean = all.iter().map(|x| x[k]).sum::<f64>() / count;
            let squares: f64 = all.iter().map(|x| (x[k] - mean).powi(2)).sum();
            (mean, (squares / (count - 1.0) / count).sqrt())
        };
        let (mean, standard_error) = (0..theta.len()).map(moments).unzip();
        let mut leading_bias = laplacian_gradient(at)?;
        for x in &mut leading_bias {
            *x *= sigma * sigma / 2.0;
        }
        Ok(Evolution {
            mean,
            standard_error,
            leading_bias,
        })
    }
}

/// ∇ΔJ \[d\] = ∇ tr ∇²J, by dual numbers through the Hessian. Errors as [`hessian`].
pub fn laplacian_gradient(at: Evaluated<'_, f64>) -> Result<Vec<f64>, Error> {
    let mdp = at.mdp.map(|&x| Dual::constant(x));
    dual::derivatives(at.policy, |policy| {
        let chain = Chain::along(&mdp, policy, at.chain);
        let evaluation = Evaluation::new(&mdp, policy, &chain)?;
        let second = hessian(Evaluated {
            mdp: &mdp,
            policy,
            chain: &chain,
            evaluation: &evaluation,
        })?;
        Ok(second
            .diagonal()
            .iter()
            .fold(Dual::default(), |sum, x| sum + x))
    })
}
