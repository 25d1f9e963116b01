//! Reference values for other people's tests.

use super::cost::{LawExtent, laws_affordable};
use super::estimators::Wanted;
use super::{
    CriticName, Doing, Listener, Note, Numbers, PolicyName, Setting, StateFunction, StudyError,
    listener::Deaf, ranges,
};
use crate::arithmetic::Arithmetic;
use crate::error::Error;
use crate::estimator::{Estimator, Sampling};
use crate::field::Ball;
use crate::gradient::Route;
use crate::mdp::{Criterion, Mdp};
use crate::mend::Argument;
use crate::model::Model;
use crate::number::{Number, Rational};
use crate::policy::Policy;
use crate::reference::{Drawn, Fixtures, How, Reference as Values};
use crate::report::{Bounds, EntropyReport, ReferenceReport, Report};

/// Steps of a fixture where nothing terminates.
pub const FIXTURE_STEPS: usize = 50;

/// What is asked of [`reference()`].
#[derive(Clone, Debug)]
pub struct ReferenceRequest {
    /// Over which numbers, of which policy.
    pub setting: Setting,
    /// The names of the estimators, separated by commas; `all` for every kind.
    pub estimators: String,
    /// What stands for v in critics.
    pub critic: CriticName,
    /// b(s), for one more estimator.
    pub baseline: Option<StateFunction>,
    /// Who acts, if that is another policy.
    pub behavior: Option<PolicyName>,
    /// Whether each trajectory ends with probability 1 − γ at every step instead of being
    /// discounted.
    pub geometric: bool,
    /// α ≥ 0, if J_α and ∇J_α are wanted.
    pub entropy: Option<Number>,
    /// After how many steps trajectories are cut; `None`: never, fixtures after [`FIXTURE_STEPS`]
    /// where nothing terminates.
    pub truncation: Option<usize>,
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
}

impl Default for ReferenceRequest {
    fn default() -> ReferenceRequest {
        ReferenceRequest {
            setting: Setting::default(),
            estimators: ReferenceRequest::ESTIMATORS.into(),
            critic: CriticName::default(),
            baseline: None,
            behavior: None,
            geometric: false,
            entropy: None,
            truncation: None,
            trajectories: None,
            seed: 0,
            another_seed: false,
        }
    }
}

/// Everything exact about a policy, with the laws of estimators, the optimum, and sampled
/// trajectories if they are asked for.
///
/// Errors if the policy cannot be built, if an estimator has no such name, where J has no gradient.
pub fn reference(
    model: &Model,
    request: &ReferenceRequest,
    listener: &dyn Listener,
) -> Result<ReferenceReport, StudyError> {
    request.check(model)?;
    if let Some((model, setting)) = request.setting.in_time(model, listener)? {
        let request = ReferenceRequest {
            setting,
            ..request.clone()
        };
        return reference(&model, &request, listener);
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
    if let Some(alpha) = &request.entropy {
        report.entropy = Some(request.soft(model, alpha.to_f64(), listener)?);
    }
    if let Some(trajectories) = request.trajectories {
        let fixtures = request.fixtures(model, trajectories, listener)?;
        // where trajectories die nothing is discounted
        let discount = if request.geometric {
            1.0
        } else {
            model.criterion().discount_number().to_f64()
        };
        report.forms = fixtures.forms(discount);
        report.fixtures = Some(fixtures);
    }
    Ok(report)
}

/// The routes of a reference beyond floating point.
const IN_FIELDS: [Route; 2] = [Route::Adjoint, Route::NablaLog];

impl ReferenceRequest {
    /// What can be said before anything is computed.
    fn check(&self, model: &Model) -> Result<(), StudyError> {
        let average = *model.criterion() == Criterion::Average;
        if average && (self.geometric || self.behavior.is_some()) {
            return Err(StudyError::SampledOnAverage);
        }
        if self.geometric && matches!(model.criterion(), Criterion::FiniteHorizon { .. }) {
            return Err(StudyError::SampledOnHorizon);
        }
        if self.geometric && self.truncation.is_some() {
            let (one, other) = (Argument::Truncation, Argument::Geometric);
            return Err(StudyError::Exclusive(one, other));
        }
        if self.entropy.is_some() && self.setting.numbers == Numbers::Exact {
            return Err(StudyError::EntropyExact);
        }
        Ok(())
    }

    /// How trajectories end, where that is said.
    fn sampling(&self) -> Option<Sampling> {
        let geometric = self.geometric.then_some(Sampling::Geometric);
        geometric.or(self.truncation.map(Sampling::Truncated))
    }

    fn estimators(
        &self,
        model: &Model,
        listener: &dyn Listener,
    ) -> Result<Vec<Estimator>, StudyError> {
        let wanted = Wanted {
            list: &self.estimators,
            discounted: is_discounted(model) && !self.geometric,
            critic: &self.critic,
            baseline: self.baseline.as_ref(),
            off_policy: self.behavior.is_some(),
        };
        wanted.estimators(model.space(), listener)
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
        let soft = solved.entropy(&(model.objective().sign() * alpha))?;
        Ok(EntropyReport::new(&alpha, &soft, solved.evaluation()))
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
            (&estimators, self.truncation),
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
        let behavior = self.behavior.as_ref();
        let behavior = behavior.map(|name| name.of(model, &over, listener));
        let behavior = behavior.transpose()?;
        let drawn = How {
            sampling: self.sampling(),
            behavior: behavior.as_deref(),
        };
        let routes = routes(mdp, policy);
        let optimum = over.optimum();
        let values = Values::new(&solved, &estimators, drawn, &routes, optimum)?;
        listener.end();
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
        let behavior = self.behavior.as_ref();
        let behavior = behavior.map(|name| name.of(model, &over, &Deaf(listener)));
        let behavior = behavior.transpose()?;
        let actor = behavior.as_deref().unwrap_or(&policy);
        // a truncation that is asked for cuts what ends by itself too, as it does in the laws
        let sampling = match self.sampling() {
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

/// Seeds that are tried for fixtures that say something.
const SEEDS: usize = 1000;

/// Whether γᵗ is less than 1 in floating point, so that dropping it is a difference.
fn is_discounted(model: &Model) -> bool {
    model.criterion().discount_number().to_f64() < 1.0
}
