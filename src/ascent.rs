//! Gradient ascent on J, exact or sampled (theory, 7.5): one loop, many rules for the next step.
//!
//! ```text
//! θ ← θ + η ∇J(θ)
//! ```
//!
//! A [`Method`] is a rule that proposes the next policy; the loop ([`ascend`]) evaluates it
//! exactly, records a [`Step`] and says why it stopped ([`Stop`]). Also under a sampled rule J and
//! ∇J of every iterate are exact, so that what is seen of the path is the path, not its noise.
//!
//! A small gradient is no certificate: under a softmax ∇J → 0 at every deterministic policy, good
//! or bad. What certifies is the gap bound J* − J ≤ maxₛ maxₐ A(s, a)/(1 − γ) (theory, 7.3), and
//! for the other criteria the certified optimum itself ([`Goal`]).
//!
//! The direct parametrizations live on simplices: every step is followed by the Euclidean
//! projection onto them ([`projected`]).

mod actor_critic;
mod class;
mod elimination;
mod goal;
mod iterate;
mod iterates;

mod kernel;
mod line_search;
mod mirror;
mod momentum;
mod natural;
mod newton;
mod options;
pub mod projected;
mod proximal;
pub mod rates;
mod refinement;
mod risk;
mod rows;
mod sampled;
mod search;
mod step_size;
mod trace;
mod trust_region;

pub use class::{best_found, is_complete};
pub use goal::Goal;
pub use iterate::Iterate;
pub use iterates::Iterates;
use iterates::Point;
pub use options::{Method, Options};
pub use projected::onto_simplex;
pub use sampled::{RUN, sampling};
pub use step_size::{default_step, reward_span};

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::error::Error;
use crate::linalg::FactorError;
use crate::mdp::Mdp;
use crate::policy::Policy;
use kernel::Kernel;
use trace::Trace;

/// One iterate of an ascent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// [`Options::made`] for the policy the ascent started from, which is 0 but for one that goes
    /// on from another.
    pub iteration: usize,
    /// J of this policy, exactly evaluated.
    pub j: f64,
    /// ‖∇J‖₂ at this policy, in reward per unit of θ; the tangential part on simplices.
    pub gradient_norm: f64,
    /// η of the step that led here; 0 for the first.
    pub step: f64,
    /// J* − J, if J* is known; within the error of J*.
    pub gap: Option<f64>,
    /// A bound on J* − J, if bounds were asked for and one is known.
    pub gap_bound: Option<f64>,
}

/// Why an ascent stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The gradient is within the tolerance: on simplices Σₛ ρ(s) maxₐ A(s, a) in its place.
    Gradient,
    /// The bound on J* − J is within the tolerance.
    Gap,
    /// All iterations that were allowed are made.
    Iterations,
    /// No step improves J by more than the error to which J is known.
    NoProgress,
    /// The next policy has no value that can be told from rounding: it (almost) never terminates
    /// at γ = 1, or θ left the numbers. The last policy is the one before.
    Lost,
    /// The next step could not be computed ([`Ascent::failure`] says why). The last policy is the
    /// one before.
    Failed,
    /// Whoever watches the progress asked for it.
    Interrupted,
}

impl Stop {
    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Stop::Gradient => "gradient",
            Stop::Gap => "gap",
            Stop::Iterations => "iterations",
            Stop::NoProgress => "no-progress",
            Stop::Lost => "lost",
            Stop::Failed => "failed",
            Stop::Interrupted => "interrupted",
        }
    }

    /// In words.
    pub fn reason(self) -> &'static str {
        match self {
            Stop::Gradient => "the gradient is within the tolerance",
            Stop::Gap => "the bound on J* − J is within the tolerance",
            Stop::Iterations => "all iterations are made",
            Stop::NoProgress => "no step improves J by more than its rounding error",
            Stop::Lost => "the next step leads to where J has no value",
            Stop::Failed => "the next step could not be computed",
            Stop::Interrupted => "interrupted",
        }
    }
}

/// A path of policies and where it ended.
#[derive(Clone, Debug)]
pub struct Ascent {
    /// How the steps were made.
    pub method: Method,
    /// The iterates, the start included: all, or those that [`Options::every`] keeps, and the last.
    pub trace: Vec<Step>,
    /// The last policy, to which the last step of the trace belongs.
    pub policy: Policy,
    /// θ, π and v of every iterate, if [`Options::iterates`] asked for them.
    pub iterates: Option<Iterates>,
    /// A bound on J* − J of the last policy, if one is known.
    pub gap_bound: Option<f64>,
    /// minₛ π(a*|s) over the whole path and the states that the optimal policy visits; `None`
    /// without a [`Goal`] of the discounted or the total criterion.
    pub smallest_optimal_probability: Option<f64>,
    /// What the tolerance was compared with at the last policy: ‖∇J‖₂, on simplices Σₛ ρ(s) maxₐ A(s, a)
    /// in its place.
    pub stationarity: f64,
    /// Why it stopped.
    pub stop: Stop,
    /// What the next step met, where it could not be computed ([`Stop::Failed`]).
    pub failure: Option<Error>,
}

impl Ascent {
    /// Steps made, without those of an earlier run.
    pub fn iterations(&self) -> usize {
        self.last().iteration - self.trace[0].iteration
    }

    /// The last iterate.
    pub fn last(&self) -> &Step {
        &self.trace[self.trace.len() - 1]
    }
}

/// What is known of a policy before the next step.
struct Measure {
    j: f64,
    gradient_norm: f64,
    /// What the gradient's tolerance is compared with.
    stationarity: f64,
    gap_bound: Option<f64>,
    /// minₛ π(a*|s), as [`Goal::smallest_probability`].
    smallest: Option<f64>,
}

/// What became of a step.
enum Advance {
    /// It was made, with this size.
    Step(f64),
    /// None improves J.
    NoProgress,
    /// It leads to a policy without a value.
    Lost,
}

/// A path under way.
trait Course {
    /// The current policy in numbers, with a bound on the gap if it is wanted.
    fn measure(&mut self, gap: bool) -> Measure;

    /// The current policy, which has been measured.
    fn point(&self) -> Point;

    /// Makes a step.
    fn advance(&mut self) -> Result<Advance, Error>;

    /// The current policy and a bound on its gap.
    fn finish(self: Box<Self>) -> Result<(Policy, Option<f64>), Error>;
}

/// Proposes the next policy from an iterate.
trait StepRule {
    /// The next iterate and the step to it; `None` if no step improves J.
    fn next(&mut self, at: &Iterate) -> Result<Option<(Iterate, f64)>, Error>;

    /// Halves a step of which nothing is proven, after it has lowered J; whether it has one.
    fn shrink(&mut self) -> bool {
        false
    }
}

/// Halvings of a default step before it is taken as it is.
const HALVINGS: usize = 60;

/// Any rule over any policy, from the library's evaluation of each iterate.
struct General<'a> {
    at: Iterate,
    rule: Box<dyn StepRule + 'a>,
    goal: Option<&'a Goal>,
    /// Whether a step that lowers J is halved: a default one that no theorem covers.
    guarded: bool,
}

impl General<'_> {
    /// The rule's next iterate, from a step that does not lower J if it is guarded.
    fn next(&mut self) -> Result<Option<(Iterate, f64)>, Error> {
        let mut next = self.rule.next(&self.at);
        for _ in 0..HALVINGS {
            let falls = match &next {
                Ok(Some((next, _))) => {
                    !next.has_value() || next.j() < self.at.j() - next.error() - self.at.error()
                }
                Ok(None) => false,
                Err(error) => has_no_value(error),
            };
            if !(self.guarded && falls && self.rule.shrink()) {
                break;
            }
            next = self.rule.next(&self.at);
        }
        next
    }
}

impl Course for General<'_> {
    fn measure(&mut self, gap: bool) -> Measure {
        Measure {
            j: self.at.j(),
            gradient_norm: norm(&self.at.gradient),
            stationarity: self.at.stationarity(),
            gap_bound: gap.then(|| self.at.gap_bound(self.goal)).flatten(),
            smallest: self.goal.and_then(|goal| {
                goal.smallest_probability(self.at.solved.policy().probabilities())
            }),
        }
    }

    fn point(&self) -> Point {
        Point::of(&self.at)
    }

    fn advance(&mut self) -> Result<Advance, Error> {
        Ok(match self.next() {
            Ok(Some((at, step))) if at.has_value() => {
                self.at = at;
                Advance::Step(step)
            }
            Ok(Some(_)) => Advance::Lost,
            Ok(None) => Advance::NoProgress,
            Err(error) if has_no_value(&error) => Advance::Lost,
            Err(error) => return Err(error),
        })
    }

    fn finish(self: Box<Self>) -> Result<(Policy, Option<f64>), Error> {
        let gap_bound = self.at.gap_bound(self.goal);
        Ok((Policy::clone(self.at.solved.policy()), gap_bound))
    }
}

/// Whether an error says that a policy has no value: it (almost) never terminates at γ = 1, or θ
/// left the numbers.
fn has_no_value(error: &Error) -> bool {
    matches!(
        error,
        Error::Improper { .. }
            | Error::Policy(_)
            | Error::Factor(FactorError::Singular { .. } | FactorError::Uncertified)
    )
}

/// Ascends from a policy until a [`Stop`].
///
/// `goal`, the certified optimum, gives bounds on the gap where the Bellman residual gives none.
/// `progress` sees every step and ends the ascent with [`ControlFlow::Break`]. The projected method
/// takes a softmax to the simplex of the same probabilities first.
///
/// Errors if the policy cannot be evaluated (as [`Solved::by`](crate::solved::Solved::by)), with
/// [`Error::Ascent`] if the method does not serve the parametrization or the criterion, and as the
/// sampler where trajectories are drawn. What goes wrong after the first step ends the path with
/// [`Stop::Failed`], so that nothing made is lost.
///
/// ```
/// use exact_mdp::ascent::{Method, Options, ascend};
/// use exact_mdp::model::Model;
/// use exact_mdp::policy::Policy;
/// use std::ops::ControlFlow;
/// use std::sync::Arc;
///
/// let mdp = Arc::new(Model::load("mdps/two-state.yaml".as_ref())?.mdp());
/// let options = Options {
///     method: Method::Natural,
///     iterations: 50,
///     ..Options::default()
/// };
/// let start = Policy::uniform(mdp.space());
/// let ascent = ascend(&mdp, &start, None, &options, &mut |_| ControlFlow::Continue(()))?;
/// assert!(ascent.last().j > ascent.trace[0].j);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn ascend(
    mdp: &Arc<Mdp>,
    policy: &Policy,
    goal: Option<&Goal>,
    options: &Options,
    progress: &mut dyn FnMut(&Step) -> ControlFlow<()>,
) -> Result<Ascent, Error> {
    let mut course = course(mdp, policy, goal, options)?;
    let mut trace = Trace::new(options.every, trace::MOST);
    let (mut step, mut made, mut smallest, mut failure) = (0.0, 0, None, None);
    let mut stationarity;
    let bounds = options.bounds || options.gap_tolerance.is_some();
    let points = || Trace::new(options.every, trace::MOST);
    let mut points = options.iterates.then(points);
    let stop = loop {
        let measure = course.measure(bounds);
        let now = Step {
            iteration: options.made + made,
            j: measure.j,
            gradient_norm: measure.gradient_norm,
            step,
            gap: goal.map(|goal| goal.j - measure.j),
            gap_bound: measure.gap_bound,
        };
        trace.push(now);
        stationarity = measure.stationarity;
        if let Some(points) = &mut points {
            points.push(course.point());
        }

        smallest = match (smallest, measure.smallest) {
            (Some(so_far), Some(here)) => Some(f64::min(so_far, here)),
            (so_far, here) => so_far.or(here),
        };
        if progress(&now).is_break() {
            break Stop::Interrupted;
        }
        if let Some(stop) = reached(&measure, options) {
            break stop;
        }
        if made == options.iterations {
            break Stop::Iterations;
        }
        match course.advance() {
            Ok(Advance::Step(size)) => step = size,
            Ok(Advance::NoProgress) => break Stop::NoProgress,
            Ok(Advance::Lost) => break Stop::Lost,
            Err(error) if made > 0 => {
                failure = Some(error);
                break Stop::Failed;
            }
            Err(error) => return Err(error),
        }
        made += 1;
    };
    let (policy, gap_bound) = course.finish()?;
    Ok(Ascent {
        method: options.method,
        trace: trace.finish(),
        policy,
        iterates: points.map(|points| Iterates::new(points.finish())),
        gap_bound,
        smallest_optimal_probability: smallest,
        stationarity,
        stop,
        failure,
    })
}

fn reached(measure: &Measure, options: &Options) -> Option<Stop> {
    if let (Some(gap), Some(tolerance)) = (measure.gap_bound, options.gap_tolerance)
        && gap <= tolerance
    {
        return Some(Stop::Gap);
    }
    (measure.stationarity <= options.tolerance).then_some(Stop::Gradient)
}

/// The path of a method from a policy.
fn course<'a>(
    mdp: &'a Arc<Mdp>,
    policy: &Policy,
    goal: Option<&'a Goal>,
    options: &'a Options,
) -> Result<Box<dyn Course + 'a>, Error> {
    let policy = options.method.start(policy)?;
    let step = match options.step {
        Some(step) => step,
        None => default_step(options.method, mdp, &policy),
    };
    let is_soft = options.entropy.is_some();
    let guarded = options.step.is_none() && !step_size::is_safe(options.method, mdp, &policy);
    let guarded = guarded || (options.step.is_none() && is_soft && options.method == Method::Plain);
    if options.method == Method::Plain
        && options.risk.is_none()
        && !is_soft
        && !guarded
        && let Some(kernel) = Kernel::new(mdp, &policy, goal, options, step)
    {
        return Ok(Box::new(kernel));
    }
    let at = match options.entropy {
        Some(alpha) => {
            options.method.check_entropy(options.entropy)?;
            Iterate::softened(mdp, policy, alpha, &options.solver)?
        }
        None => Iterate::new(mdp, policy, &options.solver)?,
    };
    if options.rollouts.is_some() && options.method.is_search() {
        // said before anything is drawn
        sampled::whole_returns(mdp)?;
    }
    if let (Some(_), Some(alpha)) = (&options.risk, options.entropy) {
        return Err(Error::Argument {
            name: "the entropy beside a criterion of risk",
            found: alpha.to_string(),
            expected: "one of the two",
        });
    }
    if let Some(risk) = &options.risk {
        return Ok(Box::new(risk::Averse::new(at, risk, options, step)?));
    }
    let rule: Box<dyn StepRule + 'a> = match options.method {
        Method::Plain | Method::Projected => Box::new(projected::Fixed { step }),
        Method::LineSearch => Box::new(line_search::Armijo::new(options.step)),
        Method::Natural => Box::new(natural::NaturalStep { step }),
        Method::Mirror => Box::new(mirror::Mirror::new(step, options.step.is_none())),
        Method::Nesterov => Box::new(momentum::Nesterov::new(step)),
        Method::Adam => Box::new(momentum::Adam::new(step)),
        Method::TrustRegion => Box::new(trust_region::TrustRegion { radius: step }),
        Method::Proximal => Box::new(proximal::Clipped { epsilon: step }),
        Method::Newton => Box::new(newton::Newton),
        Method::Reinforce => Box::new(sampled::Reinforce::new(
            mdp,
            at.solved.policy(),
            options,
            step,
        )?),
        Method::ActorCritic => Box::new(actor_critic::ActorCritic::new(
            mdp,
            at.solved.policy(),
            options,
            step,
        )?),
        Method::Evolution => Box::new(search::Evolution {
            step,
            draws: draws(options),
        }),
        Method::CrossEntropy => Box::new(search::CrossEntropy {
            sigma: Vec::new(),
            first: step,
            draws: draws(options),
        }),
        Method::RandomSearch => Box::new(search::RandomSearch {
            sigma: step,
            draws: draws(options),
        }),
    };
    Ok(Box::new(General {
        at,
        rule,
        goal,
        guarded,
    }))
}

/// What a search draws, from where an earlier one left off.
fn draws(options: &Options) -> search::Draws {
    search::Draws {
        samples: usize::try_from(options.trajectories).unwrap_or(usize::MAX),
        seed: options.seed,
        rounds: options.made as u64,
        rollouts: options.rollouts,
    }
}

/// ‖x‖₂.
fn norm(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// x + c y.
fn moved(x: &[f64], y: &[f64], c: f64) -> Vec<f64> {
    x.iter().zip(y).map(|(x, y)| x + c * y).collect()
}
