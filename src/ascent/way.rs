//! What is kept of a way up.

use super::goal::Goal;
use super::iterates::Point;
use super::options::{AscentMethod, AscentOptions};
use super::rule::{Course, Measure};
use super::trace::{self, Trace};
use crate::error::Error;

/// One iterate of an ascent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AscentStep {
    /// [`AscentOptions::made`] for the policy the ascent started from, which is 0 but for one that goes
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

impl AscentStep {
    /// This step where J is so much more.
    pub(super) fn raised(self, worth: f64) -> AscentStep {
        AscentStep {
            j: self.j + worth,
            ..self
        }
    }
}

/// What is kept of the way up.
pub(super) struct Way {
    pub trace: Trace<AscentStep>,
    pub points: Option<Trace<Point>>,
    /// The length of the last step, and how many were made.
    pub step: f64,
    pub made: usize,
    /// The least probability of the optimal actions so far.
    pub smallest: Option<f64>,
    /// The largest of the directions of natural gradients.
    pub direction_error: Option<f64>,
    pub stationarity: f64,
    pub failure: Option<Error>,
}

impl Way {
    /// At its start.
    pub fn new(options: &AscentOptions) -> Way {
        let points = || Trace::new(options.every, trace::MOST);
        Way {
            trace: Trace::new(options.every, trace::MOST),
            points: options.iterates.then(points),
            step: 0.0,
            made: 0,
            smallest: None,
            direction_error: None,
            stationarity: 0.0,
            failure: None,
        }
    }

    /// Keeps where the course is.
    pub fn seen(
        &mut self,
        course: &dyn Course,
        measure: &Measure,
        goal: Option<&Goal>,
        options: &AscentOptions,
    ) -> AscentStep {
        let now = AscentStep {
            iteration: options.made + self.made,
            j: measure.j,
            gradient_norm: measure.gradient_norm,
            step: self.step,
            gap: goal.map(|goal| goal.j - measure.j),
            gap_bound: measure.gap_bound,
        };
        self.trace.push(now);
        self.stationarity = measure.stationarity;
        if let Some(points) = &mut self.points {
            points.push(course.point());
        }
        if options.method == AscentMethod::Natural
            && let Some(error) = course.direction_error()
        {
            let so_far = self.direction_error;
            self.direction_error = Some(so_far.map_or(error, |most| most.max(error)));
        }
        self.smallest = match (self.smallest, measure.smallest) {
            (Some(so_far), Some(here)) => Some(f64::min(so_far, here)),
            (so_far, here) => so_far.or(here),
        };
        now
    }
}
