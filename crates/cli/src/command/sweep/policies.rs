//! Many policies along one parameter.

use std::sync::Arc;

use exact_mdp::batch;
use exact_mdp::mdp::Mdp;
use exact_mdp::model::Model;
use exact_mdp::policy::{Kind, Parametrization, Policy};
use exact_mdp::report::Quantity;
use exact_mdp::solved::Solved;
use exact_mdp::study::Setting;
use miette::miette;

use super::{Found, Sweep, SweepReport};
use crate::command::Shared;
use crate::command::over;
use crate::command::voice::Voice;

impl Sweep {
    /// J of the policy with each θ of one parameter, all others as they are, and ∇J where that is asked
    /// for.
    ///
    /// Errors if the policy has no such parameter, or is not told by parameters.
    pub fn policies(
        &self,
        model: &Model,
        setting: &Setting,
        gradient: bool,
        shared: &Shared,
    ) -> miette::Result<SweepReport> {
        let (mdp, policy) = setting.chosen::<f64>(model, &Voice::new(shared))?;
        if policy.parametrization().kind() == Kind::Simplex {
            return Err(miette!(
                help = "see `between` for lines between policies, or sweep a policy with parametrization: direct or softmax",
                "on the simplex no parameter moves alone: the probabilities of a state sum to 1"
            ));
        }
        let labels = policy.labels();
        let place = over::place(&labels, self.swept.name())?;
        let Some(theta) = policy.theta().filter(|theta| theta.len() == labels.len()) else {
            return Err(miette!(
                help = "sweep a policy with parameters, as --policy uniform or random:1",
                "the probabilities of this policy are not told by θ"
            ));
        };
        let thetas: Vec<Vec<f64>> = self
            .values()
            .iter()
            .map(|value| {
                let mut theta = theta.to_vec();
                theta[place] = value.to_f64();
                theta
            })
            .collect();
        let report = self.report(model, "j").of_parameter(labels[place].clone());
        let mut report = if gradient {
            report.with_gradient(labels)
        } else {
            report
        };
        let found = batched(&mdp, &policy, &thetas, gradient)
            .unwrap_or_else(|| one_by_one(&mdp, &policy, thetas, setting, gradient));
        report.add(None, found);
        Ok(report)
    }
}

/// All at once; `None` where they are no softmax tables, or one of them has no value.
fn batched(
    mdp: &Mdp,
    policy: &Policy,
    thetas: &[Vec<f64>],
    gradient: bool,
) -> Option<Vec<Result<Found, String>>> {
    let Parametrization::Softmax(softmax) = policy.parametrization() else {
        return None;
    };
    if policy.mix().is_some() {
        return None;
    }
    let options = batch::Options {
        temperature: softmax.temperature,
        gradient,
        threads: 0,
    };
    let found = batch::softmax(mdp, &thetas.concat(), thetas.len(), &options).ok()?;
    let row = |k: usize| {
        let slopes = found.gradient.as_ref().map_or(&[][..], |all| {
            let width = mdp.pairs();
            &all[k * width..(k + 1) * width]
        });
        Ok(Found {
            value: found.j[k].into(),
            gradient: slopes.iter().map(|x| (*x).into()).collect(),
        })
    };
    Some((0..thetas.len()).map(row).collect())
}

fn one_by_one(
    mdp: &Arc<Mdp>,
    policy: &Policy,
    thetas: Vec<Vec<f64>>,
    setting: &Setting,
    gradient: bool,
) -> Vec<Result<Found, String>> {
    let solve = |theta: Vec<f64>| {
        let policy = policy
            .with_theta(theta)
            .map_err(|error| error.to_string())?;
        let solved = Solved::by(Arc::clone(mdp), policy, setting.solver.clone());
        let solved = solved.map_err(|error| error.to_string())?;
        let mut found = Found::from(Quantity::from(*solved.j()));
        if gradient {
            let slopes = solved.gradient().map_err(|error| error.to_string())?;
            found.gradient = slopes.iter().map(|x| (*x).into()).collect();
        }
        Ok(found)
    };
    thetas.into_iter().map(solve).collect()
}
