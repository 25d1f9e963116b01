//! The mean of an estimator as a field over θ: its Jacobian and its curl.

use nalgebra::DMatrix;

use crate::error::Error;
use crate::estimator::{Estimator, Experiment, Sampling};
use crate::field::Dual;
use crate::gradient::dual;
use crate::gradient::entropy::Softened;
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
    let mdp = at.mdp().map(|&x| Dual::constant(x));
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
    Ok(DMatrix::from_iterator(d, d, columns.into_iter().flatten()))
}

/// ‖M − Mᵀ‖/‖M + Mᵀ‖ (Frobenius): 0 if and only if M is the Jacobian of a gradient near by, so that
/// the mean climbs a function; `None` for M = 0.
pub fn curl(jacobian: &DMatrix<f64>) -> Option<f64> {
    let transposed = jacobian.transpose();
    let (apart, sum) = (jacobian - &transposed, jacobian + &transposed);
    let (apart, sum) = (apart.norm(), sum.norm());
    (apart + sum > 0.0).then(|| apart / sum)
}
