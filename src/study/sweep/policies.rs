//! Many policies along one parameter.

use std::sync::Arc;

use super::{At, SweepError, SweepRequest};
use crate::batch;
use crate::error::Error;
use crate::mdp::Mdp;
use crate::model::Model;
use crate::policy::{Kind, Parametrization, Policy, PolicyError};
use crate::report::{Quantity, SweepReport, SweptNumber};
use crate::solved::Solved;
use crate::study::zeros::movable;
use crate::study::{Listener, Setting, StudyError};

impl SweepRequest {
    /// J of the policy with each θ of one parameter, all others as they are, and ∇J where that is asked
    /// for.
    ///
    /// Errors if the policy has no such parameter, or is not told by parameters.
    pub(super) fn policies(
        &self,
        model: &Model,
        setting: &Setting,
        gradient: bool,
        listener: &dyn Listener,
    ) -> Result<SweepReport, StudyError> {
        let (mdp, policy) = setting.chosen::<f64>(model, listener)?;
        if policy.parametrization().kind() == Kind::Simplex {
            return Err(SweepError::Simplex.into());
        }
        let place = policy
            .parameter(self.swept.name())
            .map_err(|error| match error {
                PolicyError::UnknownParameter { found, near } => {
                    StudyError::from(SweepError::NoParameter { found, near })
                }
                other => Error::from(other).into(),
            })?;
        let labels = policy.labels();
        let Some(theta) = policy.theta().filter(|theta| theta.len() == labels.len()) else {
            return Err(SweepError::NoTheta.into());
        };
        let at = |value: f64| {
            let mut theta = theta.to_vec();
            theta[place] = value;
            theta
        };
        let values = self.values();
        let thetas: Vec<Vec<f64>> = values.iter().map(|value| at(value.to_f64())).collect();
        let report = self.report(model, SweptNumber::J);
        let mut report = report.of_parameter(labels[place].clone());
        if gradient {
            report = report.with_gradient(labels);
        }
        let found = batched(&mdp, &policy, &thetas, gradient)
            .unwrap_or_else(|| one_by_one(&mdp, &policy, thetas, setting, gradient));
        let movable = movable(model, &mdp, &policy);
        let found = found.into_iter();
        let found = found.map(|found| found.map(|at| at.moving(&movable)));
        report.add(None, found.collect());
        Ok(report)
    }
}

/// All at once; `None` where they are no softmax tables, or one of them has no value.
fn batched(
    mdp: &Mdp,
    policy: &Policy,
    thetas: &[Vec<f64>],
    gradient: bool,
) -> Option<Vec<Result<At, String>>> {
    let Parametrization::Softmax(softmax) = policy.parametrization() else {
        return None;
    };
    if policy.mix().is_some() {
        return None;
    }
    let options = batch::BatchOptions {
        temperature: softmax.temperature,
        gradient,
        errors: true,
        threads: 0,
    };
    let found = batch::softmax(mdp, &thetas.concat(), thetas.len(), &options).ok()?;
    let row = |k: usize| {
        let slopes = found.gradient.as_ref().map_or(&[][..], |all| {
            let width = mdp.pairs();
            &all[k * width..(k + 1) * width]
        });
        let errors = found.errors.as_ref();
        let of_gradient = errors.and_then(|errors| Some(errors.gradient.as_ref()?[k]));
        let at = At::from(Quantity::from(found.j[k])).within(errors.map(|errors| errors.j[k]));
        Ok(at.sloping(slopes.iter().map(|x| (*x).into()).collect(), of_gradient))
    };
    Some((0..thetas.len()).map(row).collect())
}

fn one_by_one(
    mdp: &Arc<Mdp>,
    policy: &Policy,
    thetas: Vec<Vec<f64>>,
    setting: &Setting,
    gradient: bool,
) -> Vec<Result<At, String>> {
    let solve = |theta: Vec<f64>| {
        let policy = policy
            .with_theta(theta)
            .map_err(|error| error.to_string())?;
        let solved = Solved::by(Arc::clone(mdp), policy, setting.solver.clone());
        let solved = solved.map_err(|error| error.to_string())?;
        let said = |error: Error| error.to_string();
        let found = At::from(Quantity::from(*solved.j()));
        let found = found.within(solved.rounding().map_err(said)?.objective);
        if !gradient {
            return Ok(found);
        }
        let slopes = solved.gradient().map_err(said)?;
        let slopes = slopes.iter().map(|x| (*x).into()).collect();
        Ok(found.sloping(slopes, Some(solved.gradient_error().map_err(said)?)))
    };
    thetas.into_iter().map(solve).collect()
}
