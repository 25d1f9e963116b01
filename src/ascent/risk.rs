//! Ascent on a criterion of risk in place of J: its value and its gradient at every iterate, by plain
//! steps or by line search (theory, 2.6).

use super::iterates::Point;
use super::projected::project;
use super::{Advance, AscentMethod, AscentOptions, Course, GoOn, HALVINGS, Iterate, Measure};
use crate::error::Error;
use crate::field::dot;
use crate::linalg::{moved, norm};
use crate::policy::Policy;
use crate::returns::{Risk, RiskValue};

/// The part of the first-order gain that a step of the line search must keep; the usual one (Nocedal & Wright
/// 2006, 3.1).
const SUFFICIENT: f64 = 1e-4;

/// A path of policies on which a criterion of risk rises.
pub(super) struct Averse<'a> {
    at: Iterate,
    found: RiskValue,
    risk: &'a Risk,
    /// The next trial; for a plain ascent its step.
    step: Option<f64>,
    /// Whether the step is what it is: asked for, of a plain ascent.
    fixed: bool,
    search: bool,
}

impl<'a> Averse<'a> {
    /// From an iterate. Errors with [`Error::Argument`] for methods that need more than a value and a
    /// gradient, where the risk has no value or no gradient
    /// ([`Error::Criterion`], [`Error::NotDifferentiable`], [`Error::NotInField`], [`Error::Overflow`]).
    pub fn new(
        at: Iterate,
        risk: &'a Risk,
        options: &AscentOptions,
        step: f64,
    ) -> Result<Averse<'a>, Error> {
        options.method.check_risk(Some(risk))?;
        let search = options.method == AscentMethod::LineSearch;
        Ok(Averse {
            found: at.solved.risk(risk)?,
            at,
            risk,
            step: if search { options.step } else { Some(step) },
            fixed: !search && options.step.is_some(),
            search,
        })
    }

    /// The criterion at θ; `None` where it has no value.
    fn trial(&self, theta: Vec<f64>) -> Result<Option<(Iterate, RiskValue)>, Error> {
        let theta = project(self.at.solved.policy(), theta);
        let Some(next) = self.at.trial(theta)? else {
            return Ok(None);
        };
        // beyond where E exp(βG) is finite there is nothing to climb
        match next.solved.risk(self.risk) {
            Ok(found) => Ok(Some((next, found))),
            Err(Error::Argument { .. }) => Ok(None),
            Err(why) => Err(why),
        }
    }
}

impl Course for Averse<'_> {
    fn measure(&mut self, _: bool) -> Measure {
        Measure {
            j: self.found.value,
            gradient_norm: norm(&self.found.gradient),
            stationarity: norm(&self.found.gradient),
            gap_bound: None,
            smallest: None,
        }
    }

    fn point(&self) -> Point {
        Point::of(&self.at)
    }

    fn advance(&mut self, _: &GoOn) -> Result<Advance, Error> {
        let length = norm(&self.found.gradient);
        if length == 0.0 {
            return Ok(Advance::NoProgress);
        }
        let mut step = self.step.unwrap_or(1.0 / length);
        for _ in 0..HALVINGS {
            let theta = moved(self.at.theta(), &self.found.gradient, step);
            if let Some((next, found)) = self.trial(theta)? {
                let way = moved(next.theta(), self.at.theta(), -1.0);
                let needed = SUFFICIENT * dot(&self.found.gradient, &way);
                let gain = found.value - self.found.value;
                let told = |x: &RiskValue| x.bound.as_ref().map_or(0.0, |bound| bound.value);
                let error = self.at.error() + next.error() + told(&self.found) + told(&found);
                let enough = if self.search {
                    gain >= needed && gain > error
                } else {
                    self.fixed || gain >= -error
                };
                if enough {
                    self.step = Some(if self.search { 2.0 * step } else { step });
                    (self.at, self.found) = (next, found);
                    return Ok(Advance::Step(step));
                }
            } else if self.fixed {
                return Ok(Advance::Lost);
            }
            step /= 2.0;
        }
        Ok(Advance::NoProgress)
    }

    fn finish(self: Box<Self>) -> Result<(Policy, Option<f64>), Error> {
        Ok((Policy::clone(self.at.solved.policy()), None))
    }
}
