//! What one step along a sampled gradient, or of a method, does to J.

use std::sync::Arc;

use nalgebra::DMatrix;

use super::alike::alike_rewards;
use super::cost::{LawExtent, laws_affordable};
use super::{Doing, Estimation, Listener, Note, Numbers, Setting, StudyError};
use crate::arithmetic::Arithmetic;
use crate::ascent::{self, AscentMethod};
use crate::between::objective_error;
use crate::comparison::{FOURTH_POWER, check_power};
use crate::error::Error;
use crate::estimator::{Detail, Estimator, Sampling};
use crate::gradient::entropy::Softened;
use crate::mdp::{Criterion, Mdp};
use crate::mend::Argument;
use crate::model::{Model, Objective};
use crate::number::{Number, Rational};
use crate::policy::Policy;
use crate::report::{EstimateStepReport, ParameterBaseline, StepsReport};
use crate::solved::Solved;
use crate::step::{
    StepLaw, curl, enumerate, enumerate_of, jacobian_rounding, mean_jacobian, promise,
    soft_mean_jacobian,
};

/// What is asked of [`step`].
#[derive(Clone, Debug)]
pub struct StepRequest {
    /// Over which numbers, of which policy, solved how. Certified numbers are floating point here.
    pub setting: Setting,
    /// Which estimators, of which trajectories; with an entropy the steps are up J_α.
    pub estimation: Estimation,
    /// α; `None`: that of `ascend`'s sampled methods.
    pub step: Option<Number>,
    /// Trajectories of a batch, n ≥ 1.
    pub trajectories: u64,
    /// Methods whose first step is told beside what they promise.
    pub methods: Vec<AscentMethod>,
    /// Whether the Jacobian of each mean is told.
    pub jacobian: bool,
    /// Whether all batches are followed where they are few.
    pub enumerate: bool,
}

impl Default for StepRequest {
    fn default() -> StepRequest {
        StepRequest {
            setting: Setting::default(),
            estimation: Estimation::default(),
            step: None,
            trajectories: 100,
            methods: Vec::new(),
            jacobian: false,
            enumerate: true,
        }
    }
}

/// What one step does, for each estimator and method: the expected change of J to second order, the
/// best step, the batch that balances noise and gain, the chance that it goes down, all batches where
/// they are few, and where two estimators have the same mean squared error.
///
/// Errors where a choice does not fit the criterion, where a policy cannot be built, where an estimator has no such name
/// or no law, and where J has no gradient or no Hessian.
pub fn step(
    model: &Model,
    request: &StepRequest,
    listener: &dyn Listener,
) -> Result<StepsReport, StudyError> {
    if let Some((unrolled, setting)) = request.setting.in_time(model, listener)? {
        let request = StepRequest {
            setting,
            estimation: request
                .estimation
                .in_time(&request.setting, model, listener)?,
            ..request.clone()
        };
        return step(&unrolled, &request, listener);
    }
    request.check(model)?;
    // costs are gains with the other sign
    let (objective, gains) = (model.objective(), model.gains());
    let report = match request.setting.numbers {
        Numbers::Exact => request.over::<Rational>(&gains, objective, listener)?,
        _ => request.over::<f64>(&gains, objective, listener)?,
    };
    Ok(match objective {
        Objective::Maximize => report,
        Objective::Minimize => report.negated(),
    })
}

/// A policy on its model, and how its estimates are drawn.
struct Drawn<F: Arithmetic> {
    solved: Solved<F>,
    behavior: Option<Arc<Policy<F>>>,
    sampling: Sampling,
    /// What J_α is, where that is climbed: `solved` is then paid r − α log π.
    soft: Option<Softened<F>>,
}

impl<F: Arithmetic> Drawn<F> {
    /// Of J, or of J_α.
    fn hessian(&self) -> Result<DMatrix<F>, Error> {
        match &self.soft {
            Some(soft) => soft.hessian(),
            None => self.solved.hessian(),
        }
    }
}

impl StepRequest {
    /// What can be said before anything is computed.
    fn check(&self, model: &Model) -> Result<(), StudyError> {
        let entropy = self.estimation.entropy.as_ref().map(Number::to_f64);
        if entropy.is_some() && self.setting.numbers == Numbers::Exact {
            return Err(StudyError::EntropyExact);
        }
        for method in &self.methods {
            method.check_entropy(entropy)?;
        }
        self.estimation.check(model.criterion())
    }

    /// Errors where the Hessian is too large, before a large model is solved.
    fn check_size(&self, model: &Model) -> Result<(), StudyError> {
        /// Pairs of models that are solved before anybody has waited.
        const SOON: usize = 4_096;
        if model.space().pairs() <= SOON {
            return Ok(());
        }
        let over = model.floating().by(self.setting.solver.clone());
        let policy = self
            .setting
            .policy(model, &over, &super::Notes::default())?;
        let parameters = policy.parameters();
        Ok(Error::check_size("hessian", parameters, parameters)?)
    }

    /// Adds what the methods that are named promise.
    fn add_promises(
        &self,
        report: &mut StepsReport,
        plain: &Solved,
        entropy: Option<f64>,
    ) -> Result<(), StudyError> {
        for &method in &self.methods {
            let options = ascent::AscentOptions {
                method,
                entropy,
                solver: self.setting.solver.clone(),
                ..ascent::AscentOptions::default()
            };
            let found = promise(plain, &options, CLIP)?;
            report.promised(method, &found);
        }
        Ok(())
    }

    fn over<F: Arithmetic>(
        &self,
        model: &Model,
        objective: Objective,
        listener: &dyn Listener,
    ) -> Result<StepsReport, StudyError> {
        self.check_size(model)?;
        let float = self.drawn::<f64>(model, &super::Notes::default())?;
        if !F::EXACT {
            check_power(
                float.solved.mdp(),
                FOURTH_POWER,
                "the third power of the rewards",
            )?;
        }
        let entropy = self.estimation.alpha()?;
        let estimators = self.estimators(float.solved.mdp(), listener)?;
        laws_affordable(
            model,
            (&estimators, self.estimation.truncation),
            (self.setting.numbers, LawExtent::Second),
            listener,
        )?;
        let drawn = self.drawn::<F>(model, listener)?;
        let size = self.size(&float.solved)?;
        let mut report = StepsReport::new(
            &drawn.solved,
            objective,
            &F::from_number(&size),
            self.trajectories,
        )?;
        let laws = self.laws(&drawn, &estimators)?;
        for (estimator, law) in estimators.iter().zip(&laws) {
            let name = estimator.to_string();
            let one = match law {
                Err(why) => EstimateStepReport::absent(name, why.to_string()),
                Ok(law) => {
                    let mut one = EstimateStepReport::new(
                        name,
                        law,
                        &F::from_number(&size),
                        self.trajectories,
                    );
                    let rows = law.parameter_baseline.as_deref();
                    let policy = drawn.solved.policy();
                    one.parameter_baseline = rows.map(|rows| ParameterBaseline::new(policy, rows));
                    self.completed(one, &float, estimator, (size.to_f64(), listener))?
                }
            };
            report.estimators.push(one);
        }
        report.cross(&laws);
        let plain = float.soft.as_ref().map_or(&float.solved, Softened::plain);
        self.add_promises(&mut report, plain, entropy)?;
        // batches are gone through in floating point, whatever the numbers
        let is_counted = |one: &EstimateStepReport| one.enumerated.is_some();
        let alike = alike_rewards(model).filter(|_| report.estimators.iter().any(is_counted));
        if let Some(rewards) = alike {
            listener.note(Note::AlikeRewards {
                rewards,
                what: "estimates",
                exactly: false,
            });
        }
        listener.end();
        self.setting.complete(&mut report.head, model);
        report.entropy = entropy;
        Ok(report)
    }

    fn drawn<F: Arithmetic>(
        &self,
        model: &Model,
        listener: &dyn Listener,
    ) -> Result<Drawn<F>, StudyError> {
        let solved = self
            .setting
            .solved::<F>(model, Doing::Differentiating, listener)?;
        let over = model.over::<F>()?.by(self.setting.solver.clone());
        let behavior = self.estimation.behavior(model, &over, listener);
        let sampling = self.sampling(&solved)?;
        let alpha = self.estimation.alpha()?.and_then(Number::from_f64);
        let (solved, soft) = match alpha.map(|alpha| F::from_number(&alpha)) {
            Some(alpha) => {
                let soft = F::softened(solved, &alpha)?;
                (soft.paid().clone(), Some(soft))
            }
            None => (solved, None),
        };
        Ok(Drawn {
            sampling,
            behavior: behavior?,
            solved,
            soft,
        })
    }

    fn sampling<F: Arithmetic>(&self, solved: &Solved<F>) -> Result<Sampling, StudyError> {
        Ok(match self.estimation.truncation {
            Some(steps) => Sampling::cut_after(steps, solved.mdp().criterion())?,
            None if self.estimation.geometric => Sampling::Geometric,
            None => Sampling::of_laws(solved.mdp(), solved.policy())?,
        })
    }

    /// α.
    fn size(&self, solved: &Solved) -> Result<Number, StudyError> {
        let size = match &self.step {
            Some(size) => size.clone(),
            None => {
                let usual =
                    ascent::default_step(AscentMethod::Reinforce, solved.mdp(), solved.policy());
                if usual < f64::MIN_POSITIVE {
                    let quantity = "the bend of J, whose inverse is the default step,";
                    return Err(Error::Overflow { quantity }.into());
                }
                Number::from_f64(usual).unwrap_or(Number::ONE)
            }
        };
        if size.is_negative() || size.is_zero() {
            let argument = Argument::Step;
            let expected = "a number above 0";
            return Err(StudyError::Range { argument, expected });
        }
        Ok(size)
    }

    fn estimators(&self, mdp: &Mdp, listener: &dyn Listener) -> Result<Vec<Estimator>, StudyError> {
        let usual = match mdp.criterion() {
            Criterion::Average => "reward-to-go,advantage",
            _ => "reward-to-go,baseline:v,q,advantage,td-residual",
        };
        let is_discounted = mdp.discount() < 1.0;
        self.estimation
            .estimators(usual, is_discounted, mdp.space(), listener)
    }

    /// The law of a step along each estimator, or why it has none.
    #[allow(clippy::type_complexity)] // one result for each estimator, within one for all
    fn laws<F: Arithmetic>(
        &self,
        drawn: &Drawn<F>,
        estimators: &[Estimator],
    ) -> Result<Vec<Result<StepLaw<F>, Error>>, StudyError> {
        let solved = &drawn.solved;
        if estimators.is_empty() {
            return Ok(Vec::new());
        }
        // what all rewards share moves neither, and takes their digits
        let plain = match drawn.soft {
            None => solved.without_offset()?,
            Some(_) => None,
        };
        let own = plain.as_ref().unwrap_or(solved);
        let (gradient, hessian) = match plain.as_ref() {
            Some(plain) => (plain.gradient()?, plain.hessian()?),
            None => (solved.gradient()?, drawn.hessian()?),
        };
        let detail = Detail::affordable::<F>(gradient.len());
        let behavior = drawn.behavior.as_deref();
        let laws = solved.laws_under(behavior, estimators, drawn.sampling, detail)?;
        let paid = drawn.soft.as_ref().map_or(own, |soft| soft.paid());
        let off = paid.hessian_error()?.unwrap_or(0.0);
        let of = |law: Result<_, Error>| {
            law.and_then(|law| StepLaw::within(gradient, &hessian, &law, off))
        };
        let laws: Vec<_> = laws.into_iter().map(of).collect();
        match laws.iter().find_map(|law| law.as_ref().err()) {
            Some(why @ Error::TooLarge { .. }) => Err(why.clone().into()),
            _ => Ok(laws),
        }
    }

    /// With what is computed in floating point alone, and only if it is asked for.
    fn completed(
        &self,
        mut one: EstimateStepReport,
        float: &Drawn<f64>,
        estimator: &Estimator,
        (size, listener): (f64, &dyn Listener),
    ) -> Result<EstimateStepReport, StudyError> {
        let Drawn {
            solved,
            behavior,
            sampling,
            soft,
        } = float;
        let behavior = behavior.as_deref();
        if self.enumerate {
            let by = (size, self.trajectories);
            one.enumerated = match soft {
                Some(soft) => {
                    let (from, off) = (*soft.paid().j(), objective_error(soft.paid())?);
                    let change = |theta| {
                        let to = soft.with_theta(theta)?;
                        let error = off + objective_error(to.paid())?;
                        Ok((*to.paid().j() - from, error))
                    };
                    let found = enumerate_of(solved, behavior, (estimator, *sampling), by, &change);
                    found.unwrap_or_else(|why| {
                        // at the border log π diverges; the expansion was asked for, and stands
                        let quantity = "change of J over all batches";
                        listener.note(Note::Absent { quantity, why });
                        None
                    })
                }
                None => enumerate(solved, behavior, estimator, *sampling, by)?,
            };
        }
        if self.jacobian {
            let jacobian = match soft {
                Some(soft) => soft_mean_jacobian(soft, behavior, estimator, *sampling)?,
                None => mean_jacobian(solved, behavior, estimator, *sampling)?,
            };
            one.curl = curl(&jacobian, jacobian_rounding(solved, &jacobian)?);
            one.jacobian = Some(crate::report::rows(&jacobian));
        }
        Ok(one)
    }
}

/// ε of the clipped surrogate; as in Schulman et al. (2017).
const CLIP: f64 = 0.2;
