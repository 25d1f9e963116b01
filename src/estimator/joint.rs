//! Moments of several sums together, for estimators that are no plain sum over steps (theory, 5.10).
//!
//! All that such an estimator is made of follows one polynomial recursion, each sum being a polynomial
//! in the sums from the next state on:
//!
//! ```text
//! R = ζ + gR'    V = ψ(f + hR') + CV'    L = 1 + L'    S = Ψ + S'    Q = Ψ² + Q'    W = ωW'
//! ```
//!
//! with Ψ = f + hR', and W = 1 at the end; where the ratio of the whole trajectory weighs, ζ and f are
//! multiplied by W'. A product of them is again such a polynomial, so that the expectations of all that
//! are needed are solved one by one. A mean has the moments of its sums; a function of the sums of many
//! trajectories those of its linear part at their means (the delta method: van der Vaart 1998, chapter 3).

mod functional;
mod system;

use self::functional::{Functional, batch};
use self::system::{System, Variable};
use super::experiment::{Experiment, Kurtosis};
use super::moments::{Detail, Moments};
use super::process::Order;
use super::{Contribution, Resolved, Traced, importance};
use crate::error::Error;
use crate::linalg::{Csr, Solvable};

/// Products of sums, over all outcomes and steps, up to which a whole covariance is worked out: seconds. The whitened reward
/// to go of a garnet of 312 parameters and 936 outcomes, below it, takes 7.8 s and 340 MB; without its
/// covariance one of 390 parameters takes 0.4 s (1 December 2026, a busy machine).
const COVARIANCE: f64 = 4e8;

/// Mean and variances, with [`Detail::Covariance`] where that is affordable also the covariance.
///
/// Errors if a linear system is singular, and with [`Error::TooLarge`] where there are too many products.
pub(super) fn moments<F: Solvable>(
    experiment: &Experiment<F>,
    resolved: &Resolved<F>,
    detail: Detail,
) -> Result<Moments<F>, Error> {
    let system = System::new(experiment, resolved);
    let functional = match &resolved.form {
        Contribution::Batch(of) => batch(&system, of)?,
        _ => Functional::of_sum(&system),
    };
    let d = system.parameters();
    let full = detail == Detail::Covariance && system.work(functional.products(d)) <= COVARIANCE;
    let pairs = |k: usize| if full { k..d } else { k..k + 1 };
    let all = (0..d).flat_map(|k| pairs(k).map(move |l| (k, l)));
    let wanted = all.clone().flat_map(|(k, l)| functional.monomials(k, l));
    let known = system.solve(wanted)?;
    let raw = |k: usize, l: usize| functional.product(&known, k, l);
    let own: Vec<F> = (0..d).map(|k| functional.expectation(&known, k)).collect();
    let mean = match resolved.form {
        Contribution::Batch(_) => functional.limit.clone(),
        _ => own.clone(),
    };
    let covariance = |k: usize, l: usize| raw(k, l) - own[k].clone() * &own[l];
    let variance: Vec<F> = (0..d).map(|k| not_negative(covariance(k, k))).collect();
    let square = |k: usize| {
        let own = mean[k].clone() * &mean[k];
        match resolved.form {
            Contribution::Batch(_) => own + functional.size(&known, k),
            _ => own + &variance[k],
        }
    };
    Ok(Moments {
        raw: (0..d).map(square).collect(),
        covariance: full.then(|| {
            nalgebra::DMatrix::from_fn(d, d, |k, l| {
                if k == l {
                    variance[k].clone()
                } else {
                    covariance(k.min(l), k.max(l))
                }
            })
        }),
        variance,
        mean,
        centred: None,
        shaped: false,
    })
}

/// A negative difference within rounding is 0.
fn not_negative<F: Solvable>(x: F) -> F {
    if F::EXACT || x.certified().is_some() || x >= F::zero() {
        x
    } else {
        F::zero()
    }
}

/// Kurtoses of the coordinates: exact of a sum; of a function of many sums that of a normal number, which
/// it tends to. `None` where fourth moments do not exist.
///
/// Errors if a linear system is singular, and with [`Error::TooLarge`] where there are too many products.
pub(super) fn kurtosis<F: Solvable>(
    experiment: &Experiment<F>,
    resolved: &Resolved<F>,
) -> Result<Option<Kurtosis<F>>, Error> {
    let system = System::new(experiment, resolved);
    let d = system.parameters();
    if matches!(resolved.form, Contribution::Batch(_)) {
        let values = vec![F::from_i64(3); d];
        let exact = false;
        return Ok(Some(Kurtosis { values, exact }));
    }
    if experiment.sampling().steps().is_none() {
        let radius = match &resolved.form {
            Contribution::Traced(traced) => traced_growth(experiment, traced, 4),
            _ => importance::spectral_radius(system.process().p(Order::Fourth)),
        };
        let ends = system.process().is_proper() || resolved.weight < F::one();
        if radius >= 1.0 || !ends {
            return Ok(None);
        }
    }
    let power = |k: usize, n: usize| vec![Variable::Vector(0, k); n];
    let all = (0..d).flat_map(|k| (1..=4).map(move |n| (k, n)));
    let known = system.solve(all.map(|(k, n)| power(k, n)))?;
    let of = |k: usize| {
        let moments = [1, 2, 3, 4].map(|n| known.expectation(&power(k, n)));
        super::kurtosis::standardised(moments)
    };
    let values: Vec<F> = (0..d).map(of).collect();
    let finite = |x: &F| F::EXACT || x.to_f64().is_finite();
    Ok(values.iter().all(finite).then_some(Kurtosis {
        values,
        exact: true,
    }))
}

/// By how much the second moments of what is traced grow per step.
pub(super) fn growth<F: Solvable>(experiment: &Experiment<F>, traced: &Traced<F>) -> f64 {
    traced_growth(experiment, traced, 2)
}

/// The spectral radius of gⁿ Σₐ b κⁿ p.
fn traced_growth<F: Solvable>(experiment: &Experiment<F>, traced: &Traced<F>, n: usize) -> f64 {
    let process = experiment.acting();
    let mut operator = Csr::empty(process.states());
    let mut row = Vec::new();
    for state in 0..process.states() {
        process.each_step(Order::First, state, |pair, weight, step| {
            if let Some(next) = step.next {
                let own = traced.decay.clone() * &traced.trace[pair];
                let power = (0..n).fold(weight, |product, _| product * &own);
                row.push((next, power));
            }
        });
        operator.push_row(&mut row);
    }
    importance::spectral_radius(&operator)
}
