//! Gradient ascent, exact or sampled, by one method or several.

use std::sync::Arc;

use super::cost::affordable;
use super::{Doing, Earlier, Listener, Note, Numbers, Setting, StudyError, Work, resume::Start};
use crate::ascent::rates::Rates;
use crate::ascent::{self, Ascent, Goal, Method, Options, Stop};
use crate::error::Error;
use crate::mdp::{Criterion, Mdp};
use crate::model::{Model, Objective};
use crate::policy::Policy;
use crate::report::{AscentReport, Drift, RunReport};
use crate::solved::Solved;
use crate::step::StepLaw;

/// What is asked of [`ascend`].
#[derive(Clone, Debug)]
pub struct Ascend {
    /// From which policy, solved how; the numbers are floating point.
    pub setting: Setting,
    /// How the steps are made; several are compared. None: every method that serves the policy.
    pub methods: Vec<Method>,
    /// The name of what the sampled methods estimate ∇J with; `None`: reward-to-go, for the
    /// actor-critic the TD residual.
    pub estimator: Option<String>,
    /// An earlier run to go on from.
    pub resume: Option<Earlier>,
    /// Whether the exact change to expect of every step of a REINFORCE path is told, and its deviation.
    pub drift: bool,
    /// How far, with which steps, from which seed. Its `method`, `estimator`, `made` and `solver`
    /// are those of each run.
    pub options: Options,
}

impl Default for Ascend {
    fn default() -> Ascend {
        Ascend {
            setting: Setting::default(),
            methods: vec![Method::default()],
            estimator: None,
            resume: None,
            drift: false,
            options: Options::default(),
        }
    }
}

/// What ascents found, and what ended them before all were made.
#[derive(Debug)]
pub struct Ascended {
    /// The ascents that were made; `None` if the first failed.
    pub report: Option<AscentReport>,
    /// What the next one met.
    pub failure: Option<StudyError>,
}

/// Ascends from the policy by each method. A listener who ends the work early gets what there is.
///
/// Errors before anything runs if the policy cannot be built or a method does not serve it; what
/// is met later stands beside what was found.
pub fn ascend(
    model: &Model,
    request: &Ascend,
    listener: &dyn Listener,
) -> Result<Ascended, StudyError> {
    if let Some((model, setting)) = request.setting.in_time(model, listener)? {
        let request = Ascend {
            setting,
            ..request.clone()
        };
        return ascend(&model, &request, listener);
    }
    let sampled = |methods: &[Method]| methods.iter().any(|method| method.is_sampled());
    let every = request.methods.is_empty();
    if request.estimator.is_some() && !every && !sampled(&request.methods) {
        return Err(StudyError::NothingSampled);
    }
    // costs are gains with the other sign
    let minimized = model.objective() == Objective::Minimize;
    let gains = minimized.then(|| model.negated());
    let model = gains.as_ref().unwrap_or(model);
    affordable(model, Numbers::Float)?;
    if model.is_partly_seen() {
        listener.note(Note::SeesStates);
    }
    let over = model.floating().by(request.setting.solver.clone());
    let policy = request.setting.policy(model, &over, listener)?;
    let mdp = over.mdp();
    let methods = request.serving(mdp, &policy, listener);
    let starts = request.starts(&methods, mdp, &policy, listener)?;
    let goal = request.goal(mdp, listener);
    let (mut runs, mut failure) = (Vec::new(), None);
    for (&method, start) in methods.iter().zip(&starts) {
        let options = request.options(method, start.made)?;
        let told = request.drift && method == Method::Reinforce;
        let options = Options {
            iterates: options.iterates || told,
            ..options
        };
        match watched(mdp, start, goal.as_ref(), &options, listener) {
            Ok(run) => runs.push(run),
            Err(error) => failure = Some(error),
        }
        let interrupted = |(run, _): &(Ascent, Rates)| run.stop == Stop::Interrupted;
        if failure.is_some() || runs.last().is_some_and(interrupted) {
            break;
        }
    }
    for (run, _) in runs
        .iter()
        .filter(|(run, _)| run.method == Method::Reinforce)
    {
        if let Some(note) = request.stalls(mdp, run) {
            listener.note(note);
        }
    }
    let mut runs = runs.into_iter();
    let first = runs.next();
    let mut report =
        first.map(|first| AscentReport::new(mdp, goal.as_ref(), first, runs.collect()));
    if let Some(report) = report.as_mut().filter(|_| request.drift) {
        for run in std::iter::once(&mut report.first).chain(&mut report.others) {
            request.add_drift(mdp, &policy, run)?;
        }
    }
    if !ascent::is_complete(&policy) && request.options.risk.is_none() {
        let best = ascent::best_found(mdp, &policy, &request.setting.solver);
        report = report.map(|report| report.with_class(best));
    }
    if let Some(report) = &mut report {
        report.risk = request.options.risk.as_ref().map(ToString::to_string);
    }
    if minimized {
        report = report.map(AscentReport::negated);
    }
    Ok(Ascended { report, failure })
}

impl Ascend {
    /// J* of the criterion, which is not that of a criterion of risk.
    fn goal(&self, mdp: &Mdp, listener: &dyn Listener) -> Option<Goal> {
        if self.options.risk.is_some() {
            return None;
        }
        match Goal::new(mdp, &self.setting.solver) {
            Ok(goal) => Some(goal),
            Err(error) => {
                listener.note(Note::NoOptimum(error));
                None
            }
        }
    }

    /// The methods asked for; of all methods those that serve the policy.
    fn serving(&self, mdp: &Mdp, policy: &Policy, listener: &dyn Listener) -> Vec<Method> {
        if !self.methods.is_empty() {
            return self.methods.clone();
        }
        let start = |method: &Method| {
            method.check(mdp.criterion())?;
            method.check_risk(self.options.risk.as_ref())?;
            method.start(policy)
        };
        let serves = |method: &Method| match start(method) {
            Ok(_) => true,
            Err(why) => {
                let method = *method;
                listener.note(Note::MethodLeftOut { method, why });
                false
            }
        };
        let gradients = Method::ALL.into_iter().filter(|method| !method.is_search());
        gradients.filter(serves).collect()
    }

    /// Where each method starts. Errors, before anything runs, if one does not serve the policy or
    /// the criterion.
    fn starts(
        &self,
        methods: &[Method],
        mdp: &Mdp,
        policy: &Policy,
        listener: &dyn Listener,
    ) -> Result<Vec<Start>, StudyError> {
        for method in methods {
            method.check(mdp.criterion())?;
            method.check_risk(self.options.risk.as_ref())?;
        }
        let Some(earlier) = &self.resume else {
            let from = |method: &Method| {
                let policy = method.start(policy)?;
                Ok(Start { policy, made: 0 })
            };
            return methods.iter().map(from).collect();
        };
        earlier.check(mdp)?;
        let go_on = |&method: &Method| {
            let start = earlier.start(method, policy)?;
            method.start(&start.policy)?;
            if method.has_memory() && start.made > 0 {
                listener.note(Note::MemoryLost(method));
            }
            Ok(start)
        };
        methods.iter().map(go_on).collect()
    }

    fn options(&self, method: Method, made: usize) -> Result<Options, StudyError> {
        let estimator = self.estimator.as_deref().map(str::parse);
        Ok(Options {
            method,
            estimator: estimator.transpose()?,
            made,
            solver: self.setting.solver.clone(),
            ..self.options.clone()
        })
    }
}

impl Ascend {
    /// The drift and the deviation of J along a path of REINFORCE, exactly to second order.
    ///
    /// Errors where the estimator has no law at an iterate.
    fn add_drift(
        &self,
        mdp: &Arc<Mdp>,
        policy: &Policy,
        run: &mut RunReport,
    ) -> Result<(), StudyError> {
        if run.method != Method::Reinforce {
            return Ok(());
        }
        let options = self.options(run.method, 0)?;
        let step = run.trace.last().map_or(0.0, |last| last.step);
        let iterates = run.iterates.iter().flat_map(|iterates| &iterates.theta);
        let mut drift = Drift::default();
        for theta in iterates {
            let policy = policy.with_theta(theta.clone()).map_err(Error::from)?;
            let solver = self.setting.solver.clone();
            let solved = Solved::by(Arc::clone(mdp), policy, solver)?;
            let sampling = ascent::sampling(mdp, solved.policy())?;
            let law = solved.law_when(&options.estimator(), sampling)?;
            let law = StepLaw::new(solved.gradient()?, &solved.hessian()?, &law)?;
            drift.push(&law, step, options.trajectories);
        }
        run.drift = Some(drift);
        if !self.options.iterates {
            run.iterates = None;
        }
        Ok(())
    }

    /// Why the next step would gain little, where that is quickly told: noise takes what the gradient
    /// gives, or the step is far from the best one.
    fn stalls(&self, mdp: &Arc<Mdp>, run: &Ascent) -> Option<Note> {
        /// A share of the best expected change below which a step gains little.
        const LITTLE: f64 = 0.1;
        /// Parameters and steps up to which the law is told at once.
        const QUICK: usize = 256;
        let last = &run.policy;
        let horizon = match mdp.criterion() {
            Criterion::FiniteHorizon { horizon, .. } => *horizon,
            _ => 0,
        };
        if last.parameters().max(horizon) > QUICK || run.iterations() == 0 {
            return None;
        }
        let options = self.options(run.method, 0).ok()?;
        let solved = Solved::by(Arc::clone(mdp), last.clone(), self.setting.solver.clone()).ok()?;
        let sampling = ascent::sampling(mdp, last).ok()?;
        let law = solved.law_when(&options.estimator(), sampling).ok()?;
        let law = StepLaw::new(solved.gradient().ok()?, &solved.hessian().ok()?, &law).ok()?;
        let (step, trajectories) = (run.last().step, options.trajectories);
        let change = law.expected_change(&step, trajectories);
        let best = law.best_change(trajectories);
        let little = change <= 0.0 || best.is_some_and(|best| change < LITTLE * best);
        little.then(|| Note::Stalls {
            method: run.method,
            step,
            trajectories,
            change,
            noiseless: law.noiseless_change(&step),
            best_step: law.best_step(trajectories),
            break_even: law.break_even(&step),
        })
    }
}

/// An ascent that the listener may end, and its rates.
fn watched(
    mdp: &Arc<Mdp>,
    start: &Start,
    goal: Option<&Goal>,
    options: &Options,
    listener: &dyn Listener,
) -> Result<(Ascent, Rates), StudyError> {
    let (method, of) = (options.method, options.iterations);
    listener.begin(Work::on(mdp, Doing::Ascending(method)).of_length(of as u64));
    let found = ascent::ascend(mdp, &start.policy, goal, options, &mut |step| {
        listener.advance((step.iteration - options.made) as u64)
    });
    listener.end();
    let found = found?;
    let done = found.iterations();
    if found.stop == Stop::Interrupted {
        listener.note(Note::AscentStopped { method, done, of });
    }
    if let Some(why) = found.failure.clone() {
        listener.note(Note::AscentFailed { method, done, why });
    }
    let rates = match options.risk {
        // what is proven of J is not proven of others
        Some(_) => Rates::default(),
        None => Rates::new(mdp, &start.policy, goal, &found, options)?,
    };
    Ok((found, rates))
}
