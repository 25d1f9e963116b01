//! Reference values for other people's tests.

use super::{Doing, Listener, Note, Numbers, Setting, StudyError, listener::Deaf};
use crate::arithmetic::Arithmetic;
use crate::estimator::{Sampling, parse_list};
use crate::field::Ball;
use crate::gradient::Route;
use crate::mdp::Mdp;
use crate::model::Model;
use crate::number::Rational;
use crate::policy::Policy;
use crate::reference::{Drawn, Fixtures, Reference as Values};
use crate::report::{Arrays, ReferenceReport};

/// Steps of a fixture where nothing terminates.
pub const FIXTURE_STEPS: usize = 50;

/// What is asked of [`reference()`].
#[derive(Clone, Debug)]
pub struct Reference {
    /// Over which numbers, of which policy.
    pub setting: Setting,
    /// The names of the estimators, separated by commas; `all` for every kind.
    pub estimators: String,
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

impl Reference {
    /// The estimators of a reference unless others are asked for.
    pub const ESTIMATORS: &str =
        "total-return,reward-to-go,reward-to-go:dropped,baseline:v,q,advantage,td-residual";
}

impl Default for Reference {
    fn default() -> Reference {
        Reference {
            setting: Setting::default(),
            estimators: Reference::ESTIMATORS.into(),
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
    request: &Reference,
    listener: &dyn Listener,
) -> Result<ReferenceReport, StudyError> {
    let mut report = match request.setting.numbers {
        Numbers::Float => request.over::<f64>(model, Route::affordable, listener)?,
        Numbers::Exact => request.over::<Rational>(model, |_, _| IN_FIELDS.to_vec(), listener)?,
        Numbers::Certified => {
            let report = request.over::<Ball>(model, |_, _| IN_FIELDS.to_vec(), listener)?;
            let bounds = Some(report.proven());
            ReferenceReport { bounds, ..report }
        }
    };
    if let Some(trajectories) = request.trajectories {
        report.fixtures = Some(request.fixtures(model, trajectories, listener)?);
    }
    Ok(report)
}

/// The routes of a reference beyond floating point.
const IN_FIELDS: [Route; 2] = [Route::Adjoint, Route::NablaLog];

impl Reference {
    fn over<F: Arithmetic>(
        &self,
        model: &Model,
        routes: impl Fn(&Mdp<F>, &Policy<F>) -> Vec<Route>,
        listener: &dyn Listener,
    ) -> Result<ReferenceReport, StudyError> {
        let estimators = parse_list(&self.estimators, is_discounted(model))?;
        let solved = self
            .setting
            .solved::<F>(model, Doing::Evaluating, listener)?;
        let (mdp, policy) = (solved.mdp(), solved.policy());
        let sampling = self.truncation.map(Sampling::Truncated);
        let routes = routes(mdp, policy);
        let optimum = model.over::<F>()?.optimum();
        let values = Values::new(&solved, &estimators, sampling, &routes, optimum)?;
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
        let estimators = parse_list(&self.estimators, is_discounted(model))?;
        // a truncation that is asked for cuts what ends by itself too, as it does in the laws
        let sampling = match self.truncation {
            Some(steps) => Sampling::Truncated(steps),
            None => match Sampling::own(over.mdp(), &policy)? {
                Sampling::Infinite => Sampling::Truncated(FIXTURE_STEPS),
                ends => ends,
            },
        };
        let draw = |seed: u64| {
            let drawn = Drawn {
                sampling,
                behavior: None,
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
