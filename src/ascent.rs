//! Gradient ascent on J, exact or sampled (theory, 7.5): one loop, many rules for the next step.
//!
//! ```text
//! θ ← θ + η ∇J(θ)
//! ```
//!
//! A [`AscentMethod`] is a rule that proposes the next policy; the loop ([`ascend`]) evaluates it
//! exactly, records a [`AscentStep`] and says why it stopped ([`AscentStop`]). Also under a sampled rule J and
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
mod course;
mod elimination;
mod errors;
mod fixed;
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
mod plain;
pub mod projected;
mod proximal;
pub mod rates;
mod refinement;
mod risk;
mod rows;
mod rule;
mod sampled;
mod search;
mod smoothness;
mod step_size;
mod trace;
mod trust_region;
mod way;

pub use class::{best_found, is_complete};
pub use goal::Goal;
pub use iterate::Iterate;
pub use iterates::Iterates;
pub(crate) use natural::has_errors;
pub use options::{AscentMethod, AscentOptions};
pub use projected::onto_simplex;
pub use sampled::sampling;
pub use smoothness::{default_tolerance, reward_span};
pub use step_size::default_step;
pub use way::AscentStep;

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::error::Error;
use crate::estimator::shown;
use crate::mdp::Mdp;
use crate::policy::Policy;
use course::course;
use errors::LastErrors;
use iterate::has_no_value;
use plain::Plain;
use rule::{Advance, Course, GoOn, HALVINGS, Measure, StepRule};
use way::Way;

/// Why an ascent stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AscentStop {
    /// The gradient is within the tolerance: on simplices Σₛ ρ(s) maxₐ A(s, a) in its place.
    Gradient,
    /// The bound on J* − J is within the tolerance.
    Gap,
    /// All iterations that were allowed are made.
    Iterations,
    /// No step improves J by more than the error to which J is known.
    NoProgress,
    /// No step that the method sees improves J, and of ∇J it does not see how the policy changes which class of states is
    /// reached under the average reward.
    Unseen,
    /// The next policy has no value that can be told from rounding: it (almost) never terminates
    /// at γ = 1, or θ left the numbers; or the slope of its entropy is infinite, on the border of probabilities. The last
    /// policy is the one before.
    Lost,
    /// The next step could not be computed ([`Ascent::failure`] says why). The last policy is the
    /// one before.
    Failed,
    /// Whoever watches the progress asked for it.
    Interrupted,
}

impl AscentStop {
    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            AscentStop::Gradient => "gradient",
            AscentStop::Gap => "gap",
            AscentStop::Iterations => "iterations",
            AscentStop::NoProgress => "no-progress",
            AscentStop::Unseen => "unseen",
            AscentStop::Lost => "lost",
            AscentStop::Failed => "failed",
            AscentStop::Interrupted => "interrupted",
        }
    }

    /// Why an ascent stopped, in words.
    pub fn reason(self) -> &'static str {
        match self {
            AscentStop::Gradient => "the gradient is within the tolerance",
            AscentStop::Gap => "the bound on J* − J is within the tolerance",
            AscentStop::Iterations => "all iterations are made",
            AscentStop::NoProgress => "no step improves J by more than its rounding error",
            AscentStop::Unseen => "its steps do not see which class is reached, as ∇J does",
            AscentStop::Lost => "the next step leads to where J has no value or no slope",
            AscentStop::Failed => "the next step could not be computed",
            AscentStop::Interrupted => "interrupted",
        }
    }
}

/// A path of policies and where it ended.
#[derive(Clone, Debug)]
pub struct Ascent {
    /// How the steps were made.
    pub method: AscentMethod,
    /// The iterates, the start included: all, or those that [`AscentOptions::every`] keeps, and the last.
    pub trace: Vec<AscentStep>,
    /// The last policy, to which the last step of the trace belongs.
    pub policy: Policy,
    /// θ, π and v of every iterate, if [`AscentOptions::iterates`] asked for them.
    pub iterates: Option<Iterates>,
    /// What rounding may have done to J of the last policy, where it may show in the ninth digit of a value.
    pub j_error: Option<f64>,
    /// What rounding may have done to ‖∇J‖ at the last policy, where it may show in its ninth digit.
    pub gradient_norm_error: Option<f64>,
    /// What rounding may have done to J* − J of the last policy, and what J* is not known to, where it may show in the ninth
    /// digit of the largest gap.
    pub gap_error: Option<f64>,
    /// What rounding may have done to an entry of any natural direction on the path, where it may show in the ninth digit
    /// of one; of models of at most 64 states and parameters.
    pub direction_error: Option<f64>,
    /// A bound on J* − J of the last policy, if one is known.
    pub gap_bound: Option<f64>,
    /// minₛ π(a*|s) over the whole path and the states that the optimal policy visits; `None`
    /// without a [`Goal`] of the discounted or the total criterion.
    pub smallest_optimal_probability: Option<f64>,
    /// What the tolerance was compared with at the last policy: ‖∇J‖₂, on simplices Σₛ ρ(s) maxₐ A(s, a)
    /// in its place.
    pub stationarity: f64,
    /// The tolerance, in reward per unit of θ.
    pub tolerance: f64,
    /// Why it stopped.
    pub stop: AscentStop,
    /// What the next step met, where it could not be computed ([`AscentStop::Failed`]).
    pub failure: Option<Error>,
}

impl Ascent {
    /// Steps made, without those of an earlier run.
    pub fn iterations(&self) -> usize {
        self.last().iteration - self.trace[0].iteration
    }

    /// θ, π and v of every iterate, if they were asked for.
    pub fn iterates(&self) -> Option<&Iterates> {
        self.iterates.as_ref()
    }

    /// The last iterate.
    pub fn last(&self) -> &AscentStep {
        &self.trace[self.trace.len() - 1]
    }

    /// This ascent on the model with what all its rewards share.
    fn raised(mut self, plain: &Plain) -> Ascent {
        for step in &mut self.trace {
            *step = step.raised(plain.worth);
        }
        let values = self.iterates.iter_mut().flat_map(|all| &mut all.v);
        values.flatten().for_each(|v| *v += plain.worth_of_states);
        let j = self.last().j;
        self.j_error = (self.j_error).filter(|error| shown(&[*error], &[j]).is_some());
        self
    }
}

/// Ascends from a policy until a [`AscentStop`].
///
/// `goal`, the certified optimum, gives bounds on the gap where the Bellman residual gives none.
/// `progress` sees every step, a sampled one again while the next is drawn, and ends the ascent with
/// [`ControlFlow::Break`]. The projected method
/// takes a softmax to the simplex of the same probabilities first.
///
/// Errors if the policy has no value under the criterion ([`Error::Improper`], [`Error::Overflow`]), with
/// [`Error::Ascent`] if the method does not serve the parametrization or the criterion, and as the
/// sampler where trajectories are drawn. What goes wrong after the first step ends the path with
/// [`AscentStop::Failed`], so that nothing made is lost.
///
/// ```
/// use exact_mdp::ascent::{AscentMethod, AscentOptions, ascend};
/// use exact_mdp::model::Model;
/// use exact_mdp::policy::Policy;
/// use std::ops::ControlFlow;
/// use std::sync::Arc;
///
/// let mdp = Arc::new(Model::load("mdps/two-state.yaml")?.mdp());
/// let options = AscentOptions {
///     method: AscentMethod::Natural,
///     iterations: 50,
///     ..AscentOptions::default()
/// };
/// let start = Policy::uniform(mdp.space());
/// let ascent = ascend(&mdp, &start, None, &options, &|_| ControlFlow::Continue(()))?;
/// assert!(ascent.last().j > ascent.trace[0].j);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn ascend(
    mdp: &Arc<Mdp>,
    policy: &Policy,
    goal: Option<&Goal>,
    options: &AscentOptions,
    progress: &(dyn Fn(&AscentStep) -> ControlFlow<()> + Sync),
) -> Result<Ascent, Error> {
    Error::check_space(mdp, policy)?;
    let Some(plain) = Plain::of(mdp, policy, goal, options) else {
        return climb(mdp, policy, goal, options, progress);
    };
    let told = |step: &AscentStep| progress(&step.raised(plain.worth));
    let ascent = climb(&plain.mdp, policy, plain.goal.as_ref(), options, &told)?;
    Ok(ascent.raised(&plain))
}

fn climb(
    mdp: &Arc<Mdp>,
    policy: &Policy,
    goal: Option<&Goal>,
    options: &AscentOptions,
    progress: &(dyn Fn(&AscentStep) -> ControlFlow<()> + Sync),
) -> Result<Ascent, Error> {
    let mut course = course(mdp, policy, goal, options)?;
    let by_default = || default_tolerance(mdp, options.entropy);
    let tolerance = options.tolerance.unwrap_or_else(by_default);
    let bounds = options.bounds || options.gap_tolerance.is_some();
    let mut way = Way::new(options);
    let stop = loop {
        let measure = course.measure(bounds);
        let now = way.seen(course.as_ref(), &measure, goal, options);
        if progress(&now).is_break() {
            break AscentStop::Interrupted;
        }
        if let Some(stop) = reached(&measure, options, tolerance) {
            break stop;
        }
        if way.made == options.iterations {
            break AscentStop::Iterations;
        }
        match course.advance(&|| progress(&now)) {
            Ok(Advance::Step(size)) => way.step = size,
            Ok(Advance::NoProgress) => break AscentStop::NoProgress,
            Ok(Advance::Unseen) => break AscentStop::Unseen,
            Ok(Advance::Lost) => break AscentStop::Lost,
            Ok(Advance::Interrupted) => break AscentStop::Interrupted,
            Err(error) if way.made > 0 => {
                way.failure = Some(error);
                break AscentStop::Failed;
            }
            Err(error) => return Err(error),
        }
        way.made += 1;
    };
    let (policy, gap_bound) = course.finish()?;
    let trace = way.trace.finish();
    let gaps = trace.iter().filter_map(|step| step.gap);
    let largest_gap = gaps.fold(0.0, |most: f64, gap| most.max(gap.abs()));
    let errors = LastErrors::new(mdp, &policy, options, (goal, largest_gap));
    Ok(Ascent {
        method: options.method,
        trace,
        j_error: errors.j,
        gradient_norm_error: errors.gradient_norm,
        gap_error: errors.gap,
        direction_error: way.direction_error,
        policy,
        iterates: way.points.map(|points| Iterates::new(points.finish())),
        gap_bound,
        smallest_optimal_probability: way.smallest,
        stationarity: way.stationarity,
        tolerance,
        stop,
        failure: way.failure,
    })
}

fn reached(measure: &Measure, options: &AscentOptions, tolerance: f64) -> Option<AscentStop> {
    if let (Some(gap), Some(most)) = (measure.gap_bound, options.gap_tolerance)
        && gap <= most
    {
        return Some(AscentStop::Gap);
    }
    (measure.stationarity <= tolerance).then_some(AscentStop::Gradient)
}
