//! What a path is asked for, step by step, and what a rule for the next step answers.

use std::ops::ControlFlow;

use super::Iterate;
use super::iterates::Point;
use crate::error::Error;
use crate::policy::Policy;

/// What is known of a policy before the next step.
pub(super) struct Measure {
    pub j: f64,
    pub gradient_norm: f64,
    /// What the gradient's tolerance is compared with.
    pub stationarity: f64,
    pub gap_bound: Option<f64>,
    /// minₛ π(a*|s) over the states that the optimal policy visits; `None` unless the criterion is discounted or total.
    pub smallest: Option<f64>,
}

/// What became of a step.
pub(super) enum Advance {
    /// It was made, with this size.
    Step(f64),
    /// None improves J.
    NoProgress,
    /// None that the rule can see does, and it does not see all of ∇J.
    Unseen,
    /// It leads to a policy without a value.
    Lost,
    /// Whoever watches the progress ended it while it was drawn.
    Interrupted,
}

/// Asked while a step is drawn whether to go on.
pub(super) type GoOn<'a> = dyn Fn() -> ControlFlow<()> + Sync + 'a;

/// A path under way.
pub(super) trait Course {
    /// The current policy in numbers, with a bound on the gap if it is wanted.
    fn measure(&mut self, gap: bool) -> Measure;

    /// The current policy, which has been measured.
    fn point(&self) -> Point;

    /// What rounding may have done to the natural direction from here, where it may show and is known.
    fn direction_error(&self) -> Option<f64> {
        None
    }

    /// Makes a step.
    fn advance(&mut self, go_on: &GoOn) -> Result<Advance, Error>;

    /// The current policy and a bound on its gap.
    fn finish(self: Box<Self>) -> Result<(Policy, Option<f64>), Error>;
}

/// Proposes the next policy from an iterate.
pub(super) trait StepRule {
    /// The next iterate and the step to it; `None` if no step improves J. What is drawn after `go_on` has said
    /// no is not looked at.
    fn next(&mut self, at: &Iterate, go_on: &GoOn) -> Result<Option<(Iterate, f64)>, Error>;

    /// Whether steps are made of what the visits weigh, and so of nothing that is left for ever.
    fn sees_visits_alone(&self) -> bool {
        false
    }

    /// Halves a step of which nothing is proven, after it has lowered J; whether it has one.
    fn shrink(&mut self) -> bool {
        false
    }
}

/// Halvings of a step or a radius before it is given up or taken as it is: 2⁻⁶⁰ of a step moves no θ of size 1.
pub(super) const HALVINGS: usize = 60;
