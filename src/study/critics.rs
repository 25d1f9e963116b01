//! What critics with few features come to.

use std::path::PathBuf;

use super::cost::{CRITICS_IN_FRACTIONS, CRITICS_PROVEN, decides_in_fractions};
use super::listener::Deaf;
use super::{Doing, Listener, Numbers, PolicyName, Setting, StudyError, ranges};
use crate::arithmetic::Arithmetic;
use crate::critics::{Critics, FeatureMatrix, Learner, Weighting, weights};
use crate::field::Ball;
use crate::load::load_features;
use crate::model::Model;
use crate::number::{Number, Rational};
use crate::report::{CriticReport, CriticsReport};

/// What is asked of [`critics`].
#[derive(Clone, Debug, Default)]
pub struct CriticsRequest {
    /// Over which numbers, of which policy, solved how.
    pub setting: Setting,
    /// The features of the states.
    pub features: FeatureRows,
    /// The λ of TD and emphatic TD, each in \[0, 1\].
    pub lambdas: Vec<Number>,
    /// Who acts and so says how often a state is met; the policy itself unless said.
    pub behavior: Option<PolicyName>,
    /// How much each state counts.
    pub weighting: Weighting,
}

/// Features φ(s) of the states, a row for each.
#[derive(Clone, Debug)]
pub enum FeatureRows {
    /// Those of a file: a row for each state, by name or in order.
    File(PathBuf),
    /// These, in the order of the states.
    Given(Vec<Vec<Number>>),
}

impl Default for FeatureRows {
    fn default() -> FeatureRows {
        FeatureRows::Given(Vec::new())
    }
}

/// Where each learner is at rest, how far from v, and what an actor makes of it.
///
/// Errors if the features or a policy cannot be read, where the criterion is no discounted or total
/// reward, where J has no gradient, if a λ is out of range, and if a linear system is not solved.
pub fn critics(
    model: &Model,
    request: &CriticsRequest,
    listener: &dyn Listener,
) -> Result<CriticsReport, StudyError> {
    for lambda in &request.lambdas {
        let is_one = !lambda.is_negative() && *lambda <= Number::ONE;
        ranges::expect("λ", lambda, "a number in [0, 1]", is_one)?;
    }
    match request.setting.numbers {
        Numbers::Exact => over::<Rational>(model, request, listener),
        _ => {
            let mut report = over::<f64>(model, request, listener)?;
            if decides_in_fractions(model, CRITICS_IN_FRACTIONS) {
                // a policy that has no fractions has floating point
                if let Ok(exact) = over::<Rational>(model, request, &Deaf(listener)) {
                    report = report.with_rounded(&exact);
                }
            }
            let is_small = model.space().pairs() <= CRITICS_PROVEN;
            let proven = is_small.then(|| over::<Ball>(model, request, &Deaf(listener)).ok());
            Ok(report.beside(proven.flatten().as_ref()))
        }
    }
}

fn feature_matrix<F: Arithmetic>(
    model: &Model,
    rows: &[Vec<Number>],
) -> Result<FeatureMatrix<F>, StudyError> {
    let rows = rows
        .iter()
        .map(|row| row.iter().map(F::from_number).collect());
    Ok(FeatureMatrix::new(model.space(), rows.collect())?)
}

fn over<F: Arithmetic>(
    model: &Model,
    request: &CriticsRequest,
    listener: &dyn Listener,
) -> Result<CriticsReport, StudyError> {
    let rows = match &request.features {
        FeatureRows::File(path) => load_features(path, model.space())?,
        FeatureRows::Given(rows) => rows.clone(),
    };
    let is_proven = F::one().certified().is_some();
    let rank = if is_proven {
        Some(feature_matrix::<Rational>(model, &rows)?.rank())
    } else {
        None
    };
    let features = feature_matrix::<F>(model, &rows)?;
    let solved = request
        .setting
        .solved::<F>(model, Doing::Evaluating, listener)?;
    let over = model.over::<F>()?.by(request.setting.solver.clone());
    let behavior = match &request.behavior {
        Some(name) => name.of(model, &over, listener)?,
        None => solved.policy().clone(),
    };
    let d = weights(solved.mdp(), &behavior, request.weighting, solved.options())?;
    let mut critics = Critics::new(&solved, &features, &d)?;
    if let Some(rank) = &rank {
        critics = critics.of_rank(rank);
    }
    let mut learners = vec![Learner::MonteCarlo];
    let lambdas = || request.lambdas.iter().map(F::from_number);
    learners.extend(lambdas().map(Learner::Td));
    learners.extend(lambdas().map(Learner::Emphatic));
    learners.push(Learner::BellmanResidual);
    let on_policy = request.behavior.is_none() && request.weighting == Weighting::OnPolicy;
    let mut found: Vec<CriticReport> = Vec::with_capacity(learners.len());
    let mut least = None;
    let without = solved.without_offset()?;
    let exact = without.as_ref().unwrap_or(&solved).gradient()?;
    for learner in learners {
        let point = critics.fixed_point(learner.clone())?;
        if learner == Learner::MonteCarlo {
            least = point.as_ref().map(|point| point.error.clone());
        }
        let factor = on_policy.then(|| most_excess(&learner, solved.chain().ok()?.discount()));
        let bound = factor
            .flatten()
            .zip(least.as_ref())
            .map(|(factor, least)| factor * least);
        // signs of eigenvalues are those of floating point
        let stable = if is_proven {
            None
        } else {
            critics.is_stable(&learner)?
        };
        found.push(CriticReport::new(
            &learner,
            point.as_ref(),
            stable,
            bound,
            exact,
        ));
    }
    listener.end();
    let mut report = CriticsReport::new(&solved, model.objective(), features.count(), &d, found)?;
    request.setting.complete(&mut report.head, model);
    Ok(report)
}

/// The most by which TD(λ) on policy exceeds the least squared error, ((1 − λγ)/(1 − γ))² (Tsitsiklis &
/// Van Roy 1997, theorem 1).
fn most_excess<F: Arithmetic>(learner: &Learner<F>, discount: &F) -> Option<F> {
    let Learner::Td(lambda) = learner else {
        return None;
    };
    let lost = F::one() - discount;
    if lost.is_zero() {
        return None;
    }
    let factor = (F::one() - lambda.clone() * discount) / lost;
    Some(factor.clone() * &factor)
}
