//! Gradient ascent, exact or sampled, by one method or several.

use std::sync::Arc;

use super::cost::affordable;
use super::listener::Quiet;
use super::{Doing, Earlier, Listener, Note, Numbers, Setting, StudyError, Work, resume::Start};
use crate::ascent::rates::Rates;
use crate::ascent::{self, Ascent, AscentMethod, AscentOptions, AscentStep, AscentStop, Goal};
use crate::error::Error;
use crate::gradient::entropy::Softened;
use crate::mdp::{Criterion, Mdp};
use crate::model::{Model, Objective};
use crate::policy::Policy;
use crate::report::{AscentReport, Drift, Repeats, RunReport};
use crate::solved::Solved;
use crate::step::StepLaw;

/// What is asked of [`ascend`].
#[derive(Clone, Debug)]
pub struct AscendRequest {
    /// From which policy, solved how; the numbers are floating point.
    pub setting: Setting,
    /// How the steps are made; several are compared. None: every method that serves the policy.
    pub methods: Vec<AscentMethod>,
    /// The name of what the sampled methods estimate ∇J with; `None`: reward-to-go, for the
    /// actor-critic the TD residual.
    pub estimator: Option<String>,
    /// An earlier run to go on from.
    pub resume: Option<Earlier>,
    /// Step sizes that are compared, in place of the one of the options, if there are any.
    pub steps: Vec<f64>,
    /// How often each sampled ascent is made, from seeds one apart, for the mean and the range of J; `None`: once.
    pub repeats: Option<u64>,
    /// From how many more starts each method climbs, whose θ are drawn from the seeds behind that of the options; the
    /// best end is reported, and all are listed. `None`: from the policy alone.
    pub restarts: Option<u64>,
    /// The seed of a θ to start from in the place of the policy's, in its parametrization ([`Policy::drawn`]).
    pub drawn: Option<u64>,
    /// Whether the exact change to expect of every step of a REINFORCE path is told, and its deviation.
    pub drift: bool,
    /// How far, with which steps, from which seed. Its `method`, `estimator`, `made` and `solver`
    /// are those of each run.
    pub options: AscentOptions,
}

impl Default for AscendRequest {
    fn default() -> AscendRequest {
        AscendRequest {
            setting: Setting::default(),
            methods: vec![AscentMethod::default()],
            estimator: None,
            resume: None,
            steps: Vec::new(),
            repeats: None,
            restarts: None,
            drawn: None,
            drift: false,
            options: AscentOptions::default(),
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

/// Ascends from the policy by each method, with each step if several are compared, sampled methods as often as
/// they are repeated. A listener who ends the work early gets what there is.
///
/// Errors before anything runs if the policy cannot be built or a method does not serve it; what
/// is met later stands beside what was found.
pub fn ascend(
    model: &Model,
    request: &AscendRequest,
    listener: &dyn Listener,
) -> Result<Ascended, StudyError> {
    request.check()?;
    let mut all: Option<Ascended> = None;
    for i in 0..request.steps.len().max(1) {
        let mut one = request.clone();
        if let Some(step) = request.steps.get(i) {
            one.options.step = Some(*step);
        }
        let quiet = Quiet(listener);
        let heard: &dyn Listener = if i == 0 { listener } else { &quiet };
        let mut made = one.repeated(model, heard)?;
        if request.steps.len() > 1 {
            made.label(request.steps[i]);
        }
        let is_over = made.failure.is_some() || made.is_interrupted();
        match &mut all {
            None => all = Some(made),
            Some(all) => all.add(made),
        }
        if is_over {
            break;
        }
    }
    Ok(all.unwrap_or(Ascended {
        report: None,
        failure: None,
    }))
}

/// The ascents of one step and one seed.
pub(super) fn once(
    model: &Model,
    request: &AscendRequest,
    listener: &dyn Listener,
) -> Result<Ascended, StudyError> {
    if let Some((model, setting)) = request.setting.in_time(model, listener)? {
        let request = AscendRequest {
            setting,
            ..request.clone()
        };
        return once(&model, &request, listener);
    }
    // costs are gains with the other sign
    let (objective, model) = (model.objective(), &*model.gains());
    affordable(model, Numbers::Float)?;
    Note::of_whom(model)
        .into_iter()
        .for_each(|note| listener.note(note));
    let over = model.floating().by(request.setting.solver.clone());
    let policy = request.setting.policy(model, &over, listener)?;
    let policy = match request.drawn {
        Some(seed) => Arc::new(policy.drawn(seed).map_err(Error::from)?),
        None => policy,
    };
    let mdp = over.mdp();
    let methods = request.serving(&policy, listener);
    let starts = request.starts(&methods, mdp, &policy, listener)?;
    let goal = request.goal(mdp, listener);
    let (runs, failure) = request.runs(mdp, (&methods, &starts), goal.as_ref(), listener)?;
    let is_ended = runs.iter().any(is_interrupted);
    let mut runs = runs.into_iter();
    let first = runs.next();
    let mut report =
        first.map(|first| AscentReport::new(mdp, objective, goal.as_ref(), first, runs.collect()));
    if let Some(report) = report.as_mut().filter(|_| request.drift) {
        for run in std::iter::once(&mut report.first).chain(&mut report.others) {
            request.add_drift(mdp, &policy, run)?;
        }
    }
    let is_j = request.options.risk.is_none() && request.options.entropy.is_none();
    if !ascent::is_complete(&policy) && is_j && !is_ended {
        let go_on = || listener.advance(0);
        let best = ascent::best_found(mdp, &policy, &request.setting.solver, &go_on);
        report = report.map(|report| report.with_class(best));
    }
    if let Some(report) = &mut report {
        report.risk = request.options.risk.as_ref().map(ToString::to_string);
        report.entropy = request.options.entropy;
    }
    if objective == Objective::Minimize {
        report = report.map(AscentReport::negated);
    }
    Ok(Ascended { report, failure })
}

fn is_interrupted((run, _): &(Ascent, Rates)) -> bool {
    run.stop == AscentStop::Interrupted
}

impl AscendRequest {
    /// The ascents of the methods from their starts, up to the first that fails or is ended.
    #[allow(clippy::type_complexity)] // what was found, and what failed
    fn runs(
        &self,
        mdp: &Arc<Mdp>,
        (methods, starts): (&[AscentMethod], &[Start]),
        goal: Option<&Goal>,
        listener: &dyn Listener,
    ) -> Result<(Vec<(Ascent, Rates)>, Option<StudyError>), StudyError> {
        let (mut runs, mut failure) = (Vec::new(), None);
        for (&method, start) in methods.iter().zip(starts) {
            let options = self.options(method, start.made)?;
            let told = self.drift && method == AscentMethod::Reinforce;
            let options = AscentOptions {
                iterates: options.iterates || told,
                ..options
            };
            match watched(mdp, start, goal, &options, listener) {
                Ok(run) => runs.push(run),
                Err(error) => failure = Some(error),
            }
            if failure.is_some() || runs.last().is_some_and(is_interrupted) {
                break;
            }
        }
        let sampled = runs.iter().map(|(run, _)| run);
        let sampled = sampled.filter(|run| run.method == AscentMethod::Reinforce);
        let notes = sampled.filter_map(|run| self.stalls(mdp, run));
        notes.for_each(|note| listener.note(note));
        let mut natural = runs
            .iter()
            .filter(|(run, _)| run.method == AscentMethod::Natural);
        let open = natural
            .clone()
            .find_map(|(run, _)| Note::open_rank(&run.policy));
        open.into_iter().for_each(|note| listener.note(note));
        if natural.any(|(run, _)| !ascent::has_errors(&run.policy)) {
            let quantity = "directions of `natural`";
            listener.note(Note::NoBound { quantity });
        }
        for ((run, _), start) in runs.iter().zip(starts) {
            if self.leaves_out(mdp, run, &start.policy) {
                listener.note(Note::UnseenBySteps(run.method));
            }
        }
        Ok((runs, failure))
    }

    /// Whether the steps of a run leave out a part of ∇J at its start or at its end.
    fn leaves_out(&self, mdp: &Arc<Mdp>, run: &Ascent, start: &Policy) -> bool {
        if *mdp.criterion() != Criterion::Average || !run.method.sees_visits_alone() {
            return false;
        }
        [start, &run.policy].into_iter().any(|policy| {
            let solver = self.setting.solver.clone();
            let solved = Solved::by(Arc::clone(mdp), policy.clone(), solver);
            // what has no gradient was told of on the way
            solved.is_ok_and(|at: Solved| at.moves_between_classes().unwrap_or(false))
        })
    }

    /// J* of the criterion, which is not that of a criterion of risk, nor of J with entropy.
    fn goal(&self, mdp: &Mdp, listener: &dyn Listener) -> Option<Goal> {
        if self.options.risk.is_some() || self.options.entropy.is_some() {
            return None;
        }
        listener.begin(Work::on(mdp, Doing::Solving));
        match Goal::new(mdp, &self.setting.solver) {
            Ok(goal) => Some(goal),
            Err(error) => {
                listener.note(Note::NoOptimum(error));
                None
            }
        }
    }

    /// The methods asked for; of all methods those that serve the policy.
    fn serving(&self, policy: &Policy, listener: &dyn Listener) -> Vec<AscentMethod> {
        if !self.methods.is_empty() {
            return self.methods.clone();
        }
        let start = |method: &AscentMethod| {
            method.check_risk(self.options.risk.as_ref())?;
            method.check_entropy(self.options.entropy)?;
            method.start(policy)
        };
        let serves = |method: &AscentMethod| match start(method) {
            Ok(_) => true,
            Err(why) => {
                let method = *method;
                listener.note(Note::MethodLeftOut { method, why });
                false
            }
        };
        let gradients = AscentMethod::ALL
            .into_iter()
            .filter(|method| !method.is_search());
        gradients.filter(serves).collect()
    }

    /// Where each method starts. Errors, before anything runs, if one does not serve the policy or
    /// the criterion.
    fn starts(
        &self,
        methods: &[AscentMethod],
        mdp: &Mdp,
        policy: &Policy,
        listener: &dyn Listener,
    ) -> Result<Vec<Start>, StudyError> {
        for method in methods {
            method.check_risk(self.options.risk.as_ref())?;
            method.check_entropy(self.options.entropy)?;
        }
        let Some(earlier) = &self.resume else {
            let from = |method: &AscentMethod| {
                let policy = method.start(policy)?;
                Ok(Start { policy, made: 0 })
            };
            return methods.iter().map(from).collect();
        };
        earlier.check(mdp)?;
        let go_on = |&method: &AscentMethod| {
            let start = earlier.start(method, policy)?;
            method.start(&start.policy)?;
            if method.has_memory() && start.made > 0 {
                listener.note(Note::MemoryLost(method));
            }
            Ok(start)
        };
        methods.iter().map(go_on).collect()
    }

    fn options(&self, method: AscentMethod, made: usize) -> Result<AscentOptions, StudyError> {
        let estimator = self.estimator.as_deref().map(str::parse);
        Ok(AscentOptions {
            method,
            estimator: estimator.transpose()?,
            made,
            solver: self.setting.solver.clone(),
            ..self.options.clone()
        })
    }
}

impl AscendRequest {
    /// The drift and the deviation of J along a path of REINFORCE, exactly to second order.
    ///
    /// Errors where the estimator has no law at an iterate.
    fn add_drift(
        &self,
        mdp: &Arc<Mdp>,
        policy: &Policy,
        run: &mut RunReport,
    ) -> Result<(), StudyError> {
        if run.method != AscentMethod::Reinforce {
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
            drift.push(&step_law(solved, &options)?, step, options.trajectories);
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
        /// A share of the best expected change below which a step gains little; a choice.
        const LITTLE: f64 = 0.1;
        /// Parameters and steps up to which the law is told at once; a choice.
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
        let law = step_law(solved, &options).ok()?;
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

impl AscendRequest {
    /// What can be said before anything is computed.
    fn check(&self) -> Result<(), StudyError> {
        let is_sampled = |method: &AscentMethod| method.is_sampled();
        let exact_alone = !self.methods.is_empty() && !self.methods.iter().any(is_sampled);
        if self.estimator.is_some() && exact_alone {
            return Err(StudyError::NothingSampled);
        }
        if self.repeats.is_some() && exact_alone {
            return Err(StudyError::NothingRepeated);
        }
        self.check_restarts()
    }

    /// The ascents with one step, and J of the same from other seeds.
    fn repeated(&self, model: &Model, listener: &dyn Listener) -> Result<Ascended, StudyError> {
        let mut all = self.restarted(model, once(model, self, listener)?, listener)?;
        let Some(count) = self.repeats.filter(|_| !all.is_interrupted()) else {
            return Ok(all);
        };
        for run in all.runs_mut().filter(|run| run.method.is_sampled()) {
            let mut traces = vec![run.trace.clone()];
            for k in 1..count {
                let mut again = self.clone();
                again.methods = vec![run.method];
                again.options.seed = self.options.seed.wrapping_add(k);
                again.options.iterates = false;
                again.drift = false;
                let found = once(model, &again, &Quiet(listener))?;
                let is_over = found.is_interrupted();
                traces.extend(found.report.map(|report| report.first.trace));
                if is_over {
                    break;
                }
            }
            let traces: Vec<&[AscentStep]> = traces.iter().map(Vec::as_slice).collect();
            run.repeats = Repeats::of(&traces);
        }
        Ok(all)
    }
}

impl Ascended {
    fn runs_mut(&mut self) -> impl Iterator<Item = &mut RunReport> {
        let reports = self.report.iter_mut();
        reports.flat_map(|report| std::iter::once(&mut report.first).chain(&mut report.others))
    }

    /// Gives each run the step that it was asked to make.
    fn label(&mut self, step: f64) {
        self.runs_mut().for_each(|run| run.asked_step = Some(step));
    }

    /// Whether the listener ended one of them.
    pub(super) fn is_interrupted(&self) -> bool {
        let mut runs = self.report.iter().flat_map(AscentReport::runs);
        runs.any(|run| run.stop == AscentStop::Interrupted)
    }

    /// Adds ascents with another step.
    fn add(&mut self, more: Ascended) {
        self.failure = more.failure;
        if let (Some(report), Some(more)) = (&mut self.report, more.report) {
            report.others.push(more.first);
            report.others.extend(more.others);
        }
    }
}

/// What a sampled step of an ascent from a policy does to what it climbs, J or J with entropy.
fn step_law(plain: Solved, options: &AscentOptions) -> Result<StepLaw, Error> {
    let sampling = ascent::sampling(plain.mdp(), plain.policy(), options.truncation)?;
    let law_of = |at: &Solved, hessian| {
        let law = at.law_when(&options.estimator(), sampling)?;
        StepLaw::new(at.gradient()?, &hessian, &law)
    };
    match options.entropy {
        Some(alpha) => {
            let soft = Softened::new(plain, alpha)?;
            law_of(soft.paid(), soft.hessian()?)
        }
        None => law_of(&plain, plain.hessian()?),
    }
}

/// An ascent that the listener may end, and its rates.
fn watched(
    mdp: &Arc<Mdp>,
    start: &Start,
    goal: Option<&Goal>,
    options: &AscentOptions,
    listener: &dyn Listener,
) -> Result<(Ascent, Rates), StudyError> {
    let (method, of) = (options.method, options.iterations);
    listener.begin(Work::on(mdp, Doing::Ascending(method)).of_length(of as u64));
    let found = ascent::ascend(mdp, &start.policy, goal, options, &|step| {
        listener.advance((step.iteration - options.made) as u64)
    });
    listener.end();
    let found = found?;
    let done = found.iterations();
    if found.stop == AscentStop::Interrupted {
        listener.note(Note::AscentStopped { method, done, of });
    }
    if let Some(why) = found.failure.clone() {
        listener.note(Note::AscentFailed { method, done, why });
    }
    let rates = match (&options.risk, options.entropy) {
        // what is proven of J is not proven of others
        (Some(_), _) | (_, Some(_)) => Rates::default(),
        (None, None) => Rates::new(mdp, &start.policy, goal, &found, options)?,
    };
    Ok((found, rates))
}
