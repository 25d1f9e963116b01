//! Reference values for other people's tests.

use super::cost::{LawExtent, laws_affordable};
use super::{
    Doing, Estimation, Listener, Note, Numbers, Setting, StudyError, listener::Deaf, ranges, soft,
};
use crate::arithmetic::Arithmetic;
use crate::error::Error;
use crate::estimator::{Estimator, Sampling};
use crate::field::Ball;
use crate::gradient::Route;
use crate::mdp::{Criterion, Mdp};
use crate::model::Model;
use crate::number::{Number, Rational};
use crate::policy::Policy;
use crate::reference::{Drawn, Fixtures, LawSampling, Reference as Values};
use crate::report::{Bounds, EntropyReport, ReferenceReport, Report};

/// Steps of a fixture where nothing terminates; a choice.
pub const FIXTURE_STEPS: usize = 50;

/// What is asked of [`reference()`].
#[derive(Clone, Debug, Default)]
pub struct ReferenceRequest {
    /// Over which numbers, of which policy.
    pub setting: Setting,
    /// Which estimators, of which trajectories; with an entropy J_α and ∇J_α are wanted too. What is not cut has
    /// fixtures of [`FIXTURE_STEPS`] where nothing terminates.
    pub estimation: Estimation,
    /// How many trajectories are written as arrays, if any.
    pub trajectories: Option<u64>,
    /// The seed of those trajectories.
    pub seed: u64,
    /// Whether to go on from that seed to the first on which no estimator is always 0.
    pub another_seed: bool,
}

impl ReferenceRequest {
    /// The estimators of a reference unless others are asked for.
    pub const ESTIMATORS: &str =
        "total-return,reward-to-go,reward-to-go:dropped,baseline:v,q,advantage,td-residual";
    /// Those under the average reward, where there is no γᵗ to drop.
    pub const ESTIMATORS_OF_RUNS: &str =
        "total-return,reward-to-go,baseline:v,q,advantage,td-residual";
}

/// Everything exact about a policy, with the laws of estimators, the optimum, and sampled
/// trajectories if they are asked for.
///
/// Errors if the policy cannot be built, if an estimator has no such name, if those that are asked for have no law,
/// where J has no gradient.
pub fn reference(
    model: &Model,
    request: &ReferenceRequest,
    listener: &dyn Listener,
) -> Result<ReferenceReport, StudyError> {
    request.check(model)?;
    if let Some((unrolled, setting)) = request.setting.in_time(model, listener)? {
        let request = ReferenceRequest {
            setting,
            estimation: request
                .estimation
                .in_time(&request.setting, model, listener)?,
            ..request.clone()
        };
        return reference(&unrolled, &request, listener);
    }
    let mut report = match request.setting.numbers {
        Numbers::Float => request.over::<f64>(model, Route::affordable, listener)?,
        Numbers::Exact => request.over::<Rational>(model, |_, _| IN_FIELDS.to_vec(), listener)?,
        Numbers::Certified => {
            let report = request.over::<Ball>(model, |_, _| IN_FIELDS.to_vec(), listener)?;
            let bounds = Some(Bounds::of(&report.entries()));
            ReferenceReport { bounds, ..report }
        }
    };
    if let Some(alpha) = request.estimation.entropy.as_ref().map(Number::to_f64) {
        report.entropy = Some(request.soft(model, alpha, listener)?);
    }
    if let Some(trajectories) = request.trajectories {
        let fixtures = request.fixtures(model, trajectories, listener)?;
        // where trajectories die nothing is discounted
        let discount = if request.estimation.geometric {
            1.0
        } else {
            model.criterion().discount_number().to_f64()
        };
        let share = fixtures.share(model.floating().mdp());
        report.forms = fixtures.forms(discount, share);
        report.fixtures = Some(fixtures);
    }
    Ok(report)
}

/// The routes of a reference beyond floating point.
const IN_FIELDS: [Route; 2] = [Route::Adjoint, Route::NablaLog];

impl ReferenceRequest {
    /// What can be said before anything is computed.
    fn check(&self, model: &Model) -> Result<(), StudyError> {
        self.estimation.check(model.criterion())?;
        if self.estimation.entropy.is_some() && self.setting.numbers == Numbers::Exact {
            return Err(StudyError::EntropyExact);
        }
        Ok(())
    }

    /// How trajectories end, where that is said.
    fn sampling(&self, model: &Model) -> Result<Option<Sampling>, Error> {
        let Estimation {
            geometric,
            truncation,
            ..
        } = self.estimation;
        let cut = truncation.map(|steps| Sampling::cut_after(steps, model.criterion()));
        Ok(geometric
            .then_some(Sampling::Geometric)
            .or(cut.transpose()?))
    }

    fn estimators(
        &self,
        model: &Model,
        listener: &dyn Listener,
    ) -> Result<Vec<Estimator>, StudyError> {
        // in floating point, so that dropping γ^t is a difference
        let is_discounted = model.criterion().discount_number().to_f64() < 1.0;
        let usual = match model.criterion() {
            Criterion::Average => ReferenceRequest::ESTIMATORS_OF_RUNS,
            _ => ReferenceRequest::ESTIMATORS,
        };
        self.estimation
            .estimators(usual, is_discounted, model.space(), listener)
    }

    /// J_α and ∇J_α, in floating point.
    fn soft(
        &self,
        model: &Model,
        alpha: f64,
        listener: &dyn Listener,
    ) -> Result<EntropyReport, StudyError> {
        let deaf = Deaf(listener);
        let solved = self
            .setting
            .solved::<f64>(model, Doing::Evaluating, &deaf)?;
        let alpha = ranges::entropy(alpha)?;
        soft::entropy(&solved, alpha, model.objective().sign())
    }

    fn over<F: Arithmetic>(
        &self,
        model: &Model,
        routes: impl Fn(&Mdp<F>, &Policy<F>) -> Vec<Route>,
        listener: &dyn Listener,
    ) -> Result<ReferenceReport, StudyError> {
        let estimators = self.estimators(model, listener)?;
        laws_affordable(
            model,
            (&estimators, self.estimation.truncation),
            (self.setting.numbers, LawExtent::Second),
            listener,
        )?;
        let solved = self
            .setting
            .solved::<F>(model, Doing::Evaluating, listener)?;
        let (mdp, policy) = (solved.mdp(), solved.policy());
        if !estimators.is_empty() {
            Error::check_scores(policy)?;
        }
        let over = model.over::<F>()?;
        let behavior = self.estimation.behavior(model, &over, listener)?;
        let drawn = LawSampling {
            sampling: self.sampling(model)?,
            behavior: behavior.as_deref(),
        };
        let routes = routes(mdp, policy);
        let optimum = over.optimum();
        let values = Values::new(&solved, &estimators, drawn, &routes, optimum)?;
        listener.end();
        match &values.laws {
            // what is asked for by name is there or is an error
            Err(why) if self.estimation.estimators.is_some() => return Err(why.clone().into()),
            Err(why) => listener.note(Note::NoLaws(why.clone())),
            Ok(_) => {}
        }
        if values.jacobian.is_none() {
            listener.note(Note::NoJacobian);
        }
        let mut report = ReferenceReport::new(mdp, policy, &values, model);
        self.setting.complete(&mut report.evaluation.head, model);
        Ok(report)
    }

    fn fixtures(
        &self,
        model: &Model,
        trajectories: u64,
        listener: &dyn Listener,
    ) -> Result<Fixtures, StudyError> {
        let over = model.floating();
        let policy = self.setting.policy(model, &over, &Deaf(listener))?;
        let estimators = self.estimators(model, &Deaf(listener))?;
        let behavior = self.estimation.behavior(model, &over, &Deaf(listener))?;
        let actor = behavior.as_deref().unwrap_or(&policy);
        // a truncation that is asked for cuts what ends by itself too, as it does in the laws
        let sampling = match self.sampling(model)? {
            Some(sampling) => sampling,
            None => match Sampling::own(over.mdp(), actor)? {
                Sampling::Infinite => Sampling::Truncated(FIXTURE_STEPS),
                ends => ends,
            },
        };
        let draw = |seed: u64| {
            let drawn = Drawn {
                sampling,
                behavior: behavior.as_deref(),
                seed,
                trajectories,
            };
            Fixtures::new(over.mdp(), &policy, &estimators, drawn)
        };
        let mut fixtures = draw(self.seed)?;
        let mut seeds = 1;
        while self.another_seed && !fixtures.vacuous.is_empty() && seeds < SEEDS {
            fixtures = draw(self.seed.wrapping_add(seeds as u64))?;
            seeds += 1;
        }
        if !fixtures.vacuous.is_empty() {
            let estimators = fixtures.vacuous.clone();
            listener.note(Note::Vacuous { estimators, seeds });
        } else if seeds > 1 {
            listener.note(Note::AnotherSeed(fixtures.seed));
        }
        Ok(fixtures)
    }
}

/// Seeds that are tried for fixtures that say something; a choice.
const SEEDS: usize = 1000;
