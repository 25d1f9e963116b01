//! What is kept of a way up.

use super::iterates::Point;
use super::rule::{Course, Measure};
use super::trace::{self, Trace};
use super::{AscentMethod, AscentOptions, AscentStep, Goal};
use crate::error::Error;

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
