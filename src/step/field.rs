//! The mean of an estimator as a field over θ: its Jacobian and its curl.

use nalgebra::DMatrix;

use crate::error::Error;
use crate::estimator::{Estimator, Experiment, Sampling};
use crate::field::Dual;
use crate::gradient::dual;
use crate::gradient::entropy::Softened;
use crate::linalg::largest;
use crate::mdp::Criterion;
use crate::policy::Policy;
use crate::solved::Solved;

/// ∂ₗ E ĝ_k [d, d], by dual numbers through the exact mean: the Hessian of J where the estimator has no
/// bias.
///
/// Errors with [`Error::Divergence`] where the estimator has no finite variance, with [`Error::NoScore`] on the boundary of
/// a direct parametrization, with [`Error::NoSupport`] where b = 0 < π, and with [`Error::Criterion`] for the average
/// reward.
pub fn mean_jacobian(
    at: &Solved,
    behavior: Option<&Policy>,
    estimator: &Estimator,
    sampling: Sampling,
) -> Result<DMatrix<f64>, Error> {
    jacobian(at, behavior, (estimator, sampling), 0.0)
}

/// ∂ₗ E ĝ_k [d, d] of an estimator of ∇J_α: what is paid, r − α log π, moves with the policy.
///
/// Errors with [`Error::Divergence`], [`Error::NoScore`] and [`Error::NoSupport`] where there is no such mean, and with
/// [`Error::Criterion`] for the average reward.
pub fn soft_mean_jacobian(
    soft: &Softened,
    behavior: Option<&Policy>,
    estimator: &Estimator,
    sampling: Sampling,
) -> Result<DMatrix<f64>, Error> {
    jacobian(soft.plain(), behavior, (estimator, sampling), *soft.alpha())
}

fn jacobian(
    at: &Solved,
    behavior: Option<&Policy>,
    (estimator, sampling): (&Estimator, Sampling),
    alpha: f64,
) -> Result<DMatrix<f64>, Error> {
    if matches!(sampling, Sampling::LongRun(_)) {
        return Err(Error::Criterion {
            needed: "discounted, total or finite-horizon",
            found: at.mdp().criterion().kind(),
        });
    }
    behavior.map_or(Ok(()), |behavior| Error::check_space(at.mdp(), behavior))?;
    // a constant that is paid whatever is done moves no mean
    let without = at.without_offset()?;
    let mdp = without
        .as_ref()
        .unwrap_or(at)
        .mdp()
        .map(|&x| Dual::constant(x));
    let behavior = behavior.map(|policy| policy.map(|&x| Dual::constant(x)));
    let columns = dual::directions(at.policy(), |policy| {
        let behavior = behavior.as_ref();
        let paid = (alpha != 0.0).then(|| {
            let logs = policy.log_probabilities().into_iter();
            let weigh = |log: Option<Dual>| {
                log.map_or(Dual::constant(0.0), |log| log * Dual::constant(-alpha))
            };
            let bonus: Vec<Dual> = logs.map(weigh).collect();
            mdp.clone().with_bonus(&bonus)
        });
        let mdp = paid.as_ref().unwrap_or(&mdp);
        let experiment = Experiment::off_policy(mdp, policy, behavior, sampling, at.options())?;
        let mean = experiment.mean(&experiment.resolve(estimator)?)?;
        Ok(mean.iter().map(|x| x.derivative).collect::<Vec<f64>>())
    })?;
    let d = at.policy().parameters();
    let entries: Vec<f64> = columns.into_iter().flatten().collect();
    if entries.iter().any(|x| x.is_nan()) {
        return Err(Error::Overflow {
            quantity: "the derivative of the mean of an estimator",
        });
    }
    Ok(DMatrix::from_vec(d, d, entries))
}

/// How far a matrix is from the Jacobian of a gradient.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Curl {
    /// ‖M − Mᵀ‖/‖M + Mᵀ‖ (Frobenius): 0 if and only if M is the Jacobian of a gradient near by, so that the mean climbs a
    /// function.
    pub value: f64,
    /// What rounding may explain of it.
    pub error: f64,
}

/// The curl of the Jacobian M [d, d] of a mean, of which ‖M‖ may be off by `rounding`; `None` where rounding may explain
/// all of M, as where M is 0, and where M is not square.
pub fn curl(jacobian: &DMatrix<f64>, rounding: f64) -> Option<Curl> {
    if !jacobian.is_square() || rounding.is_nan() || rounding < 0.0 {
        return None;
    }
    let transposed = jacobian.transpose();
    let (apart, sum) = (jacobian - &transposed, jacobian + &transposed);
    let (apart, sum) = (apart.norm(), sum.norm());
    // M + Mᵀ is off by twice as much as M at most, and so is M − Mᵀ
    let certain = apart + sum - 4.0 * rounding;
    (certain > 0.0 && sum.is_finite() && apart.is_finite()).then(|| {
        let value = apart / sum;
        Curl {
            value,
            error: 2.0 * rounding * (1.0 + value) / sum,
        }
    })
}

/// What rounding may do to ‖M‖, the Jacobian of a mean: each of its entries is made of values and visits along L steps,
/// L = ‖(I − γp^π)⁻¹‖∞ or the horizon, where what cancels is of the size of L rewards.
///
/// Errors if a linear system is not solved.
pub fn jacobian_rounding(at: &Solved, jacobian: &DMatrix<f64>) -> Result<f64, Error> {
    let without = at.without_offset()?;
    let at = without.as_ref().unwrap_or(at);
    let length = match *at.mdp().criterion() {
        Criterion::FiniteHorizon { horizon, .. } => horizon as f64,
        _ => at.chain()?.inverse_norm()?,
    };
    let paid = largest(at.mdp().r()) + largest(at.advantage());
    Ok(ROUNDINGS * f64::EPSILON * length * (jacobian.norm() + length * paid))
}

/// Roundings of a number of a sum of L of them, a choice: the heater near γ = 1 is off by a quarter of one.
const ROUNDINGS: f64 = 16.0;
