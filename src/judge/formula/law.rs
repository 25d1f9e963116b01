//! The mean and the covariance of an estimator on one trajectory, and what people make of them.

use nalgebra::DMatrix;

use super::matrices::rows;
use super::page::Page;
use crate::error::Error;
use crate::estimator::{
    Detail, Differential, Estimator, Experiment, Resolved, Sampling, parse_list,
};
use crate::mdp::{Criterion, Mdp};
use crate::solved::Solved;

/// Whose law, where the formula belongs to one.
#[derive(Clone, Debug)]
pub struct LawOf {
    /// The estimator.
    pub estimator: Estimator,
    /// How its trajectories end, where that is not the criterion's own way.
    pub sampling: Option<Sampling>,
}

/// Other estimators whose law could be meant.
const OTHERS: &str = "total-return,reward-to-go,reward-to-go:dropped,baseline:v,baseline:v:dropped,q,q:dropped,advantage,advantage:dropped,td-residual,td-residual:dropped";

/// Runs something of the experiment in which an estimator has its law.
fn with<T>(
    solved: &Solved,
    law: &LawOf,
    of: impl FnOnce(&Experiment<f64>, &Mdp) -> Result<T, Error>,
) -> Result<T, Error> {
    let (mdp, policy) = (solved.mdp().as_ref(), solved.policy().as_ref());
    let differential = match mdp.criterion() {
        Criterion::Average => Some(Differential::new(mdp, policy, solved.options())?),
        _ => None,
    };
    let model = differential.as_ref().map_or(mdp, Differential::model);
    let sampling = match law.sampling {
        Some(sampling) => sampling,
        None => Sampling::of_laws(mdp, policy)?,
    };
    let experiment = Experiment::new(model, policy, sampling, solved.options())?;
    of(&experiment, model)
}

fn moments(
    experiment: &Experiment<f64>,
    estimator: &Estimator,
) -> Result<(Vec<f64>, DMatrix<f64>), Error> {
    let resolved = experiment.resolve(estimator)?;
    let mean = experiment.mean(&resolved)?;
    let d = mean.len();
    Error::check_size("covariance", d, d)?;
    Ok((mean, covariance_of(experiment, &resolved)?))
}

/// Cov ĝ [d, d]; 0 where no more is left of it than rounding of the terms that are squared.
fn covariance_of(
    experiment: &Experiment<f64>,
    resolved: &Resolved<f64>,
) -> Result<DMatrix<f64>, Error> {
    /// Of such a term; a choice.
    const ROUNDINGS: f64 = 16.0;
    let found = experiment.moments(resolved, Detail::Covariance)?;
    let Some(mut covariance) = found.covariance else {
        return experiment.cross_covariance(resolved, resolved);
    };
    if let Some(terms) = &found.centred {
        let open = (ROUNDINGS * f64::EPSILON).powi(2);
        for (l, mut column) in covariance.column_iter_mut().enumerate() {
            for (x, term) in column.iter_mut().zip(terms) {
                if x.abs() <= open * (term * terms[l]).sqrt() {
                    *x = 0.0;
                }
            }
        }
    }
    Ok(covariance)
}

/// The others that have a law.
fn others(experiment: &Experiment<f64>, own: &Estimator) -> Vec<Estimator> {
    let discounted = experiment.mdp().discount() < 1.0;
    let all = parse_list(OTHERS, discounted).unwrap_or_default();
    let lawful = |estimator: &Estimator| {
        let resolved = experiment.resolve(estimator);
        resolved.is_ok_and(|resolved| experiment.divergence(&resolved, estimator.psi()).is_none())
    };
    all.into_iter().filter(|x| x != own && lawful(x)).collect()
}

pub(super) fn mean(solved: &Solved, law: &LawOf) -> Result<Page, Error> {
    with(solved, law, |experiment, _| {
        let resolved = experiment.resolve(&law.estimator)?;
        let mut page = Page::of(experiment.mean(&resolved)?);
        page.add_as(
            "unbiased",
            "this is ∇J, from which the mean differs".into(),
            solved.gradient()?.to_vec(),
        );
        for other in others(experiment, &law.estimator) {
            let resolved = experiment.resolve(&other)?;
            let says = format!("this is the mean of {other}");
            page.add_as(&other.to_string(), says, experiment.mean(&resolved).ok());
        }
        Ok(page)
    })
}

pub(super) fn covariance(solved: &Solved, law: &LawOf) -> Result<Page, Error> {
    with(solved, law, |experiment, _| {
        let (mean, own) = moments(experiment, &law.estimator)?;
        let mut page = Page::of(rows(&own));
        let d = mean.len();
        let mu = DMatrix::from_column_slice(d, 1, &mean);
        let second = &own + &mu * mu.transpose();
        page.add("second-moment", rows(&second));
        page.add("second-moment", rows(&(&own - &mu * mu.transpose())));
        let gradient = DMatrix::from_column_slice(d, 1, solved.gradient()?);
        let off = &mu - &gradient;
        page.add("around-gradient", rows(&(&own + &off * off.transpose())));
        page.add(
            "diagonal-only",
            rows(&DMatrix::from_diagonal(&own.diagonal())),
        );
        let deviation: Vec<f64> = own.diagonal().iter().map(|x| x.max(0.0).sqrt()).collect();
        page.add(
            "correlation",
            rows(&DMatrix::from_fn(d, d, |i, j| {
                let size = deviation[i] * deviation[j];
                if size > 0.0 { own[(i, j)] / size } else { 0.0 }
            })),
        );
        page.add("standard-deviation", rows(&own.map(|x| x.abs().sqrt())));
        for other in others(experiment, &law.estimator) {
            let says = format!("this is the covariance of {other}");
            let resolved = experiment.resolve(&other)?;
            let covariance = covariance_of(experiment, &resolved).ok();
            page.add_as(&other.to_string(), says, covariance.map(|x| rows(&x)));
        }
        page.factor = Some(sample_size);
        Ok(page)
    })
}

/// 1/N, (N − 1)/N or N/(N − 1) for a factor.
fn sample_size(factor: f64) -> Option<(&'static str, String)> {
    let whole =
        |x: f64| (x > 1.5 && x < 1e9 && (x - x.round()).abs() < 1e-6 * x).then(|| x.round());
    if let Some(n) = whole(1.0 / factor) {
        return Some(("of-the-mean", format!("N = {n}")));
    }
    let excess = if factor > 1.0 {
        factor / (factor - 1.0)
    } else {
        1.0 / (1.0 - factor)
    };
    whole(excess).map(|n| ("ddof", format!("the factor is that of N = {n}")))
}
