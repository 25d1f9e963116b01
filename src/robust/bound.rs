//! How far values can be from those that nature leaves, by what is left of their equation.
//!
//! ```text
//! γ < 1:              |v − v*|∞ ≤ e / min (1 − γ Σ p)                  e = |Tv − v|∞
//! everything ends:    |v − v*|∞ ≤ e max τ / η                          η = min (τ − max pτ) > 0, any τ > 0
//! every step costs c: |v − v*|∞ ≤ e max |v| / (c − e)                  (1 ± κ)v bracket v*
//! per step:           |g − g*| ≤ e,  |v − v*|∞ ≤ 2e max τ / η          p without the column of the goal
//! ```

use super::ends::Course;
use super::sets::{Nature, Row};
use super::strategies::Found;
use super::uncertain::Uncertain;
use crate::error::Error;
use crate::field::Field;
use crate::linalg::{Solvable, SolverOptions, largest};
use crate::number::{Number, Rational};

impl<F: Solvable> Uncertain<F> {
    /// The bound for e, rounding included.
    pub(super) fn error_bound(
        &self,
        left: f64,
        found: &Found<F>,
        given: Option<&[F]>,
        course: &Course<F>,
        options: &SolverOptions,
    ) -> Result<f64, Error> {
        if course.is_discounted() {
            // v without its last digits is what is told
            let told = largest(&found.rest) + f64::EPSILON * largest(&found.v);
            let told = if F::EXACT { 0.0 } else { told };
            return Ok(left / self.least_slack() + told);
        }
        if F::EXACT && left == 0.0 {
            return Ok(0.0);
        }
        if let Some(cost) = &course.least_cost {
            let rest = cost.to_f64() - left;
            let known = rest > 0.0;
            return Ok(if known {
                left * largest(&found.v) / rest
            } else {
                f64::INFINITY
            });
        }
        let clock = self.clock();
        let times = clock.times(given, course, options)?;
        let left = if course.is_long_run { 2.0 * left } else { left };
        let slowness = clock.slowness(&times, (given, None), course.goal);
        Ok(slowness.map_or(f64::INFINITY, |slowness| left * slowness.to_f64()))
    }

    /// The least 1 − γ Σ p, 0 where rows sum to so much that values need not exist.
    fn least_slack(&self) -> f64 {
        let slacks = (0..self.mdp.pairs()).map(|pair| self.mdp.slack(pair).to_f64());
        let least = slacks.fold(self.mdp.discount_complement().to_f64(), f64::min);
        least.max(0.0)
    }

    /// The same sets, where every step pays 1.
    fn clock(&self) -> Uncertain<F> {
        Uncertain {
            mdp: self.mdp.clone(),
            rows: self.rows.iter().map(Row::timed).collect(),
        }
    }

    /// The longest expected times to the end, or to the goal.
    fn times(
        &self,
        given: Option<&[F]>,
        course: &Course<F>,
        options: &SolverOptions,
    ) -> Result<Vec<F>, Error> {
        let course = Course::past(course.goal, false);
        Ok(self.strategies(Nature::Kind, given, &course, options)?.v)
    }

    /// max τ/η of times, of a given policy within what it may be off by [SA]; `None` where they prove nothing.
    fn slowness(
        &self,
        times: &[F],
        (given, off): (Option<&[F]>, Option<&[F]>),
        goal: Option<usize>,
    ) -> Option<F> {
        let ahead = Course::past(goal, false).masked(times);
        let next = self.stepped_at_most(Nature::Kind, (given, off), &ahead);
        let space = self.mdp.space();
        let alive = (0..times.len()).filter(|&state| !space.is_terminal(state));
        // the step itself counts 1
        let rests = alive.map(|state| F::one() + &times[state] - &next[state]);
        let least = rests.reduce(|x, y| if y < x { y } else { x })?;
        let most = times
            .iter()
            .cloned()
            .reduce(|x, y| if y > x { y } else { x })?;
        let rounding = if F::EXACT {
            0.0
        } else {
            64.0 * (times.len().min(1_000) + 4) as f64 * f64::EPSILON * (1.0 + most.to_f64())
        };
        let least = least - F::from_number(&Number::from_f64(rounding)?);
        (least > F::zero()).then(|| most / least)
    }
}

/// A policy as it is written: π of each pair is `near` up to `off`, and floating point has taken it for `rounded`.
pub(crate) struct GivenPolicy {
    /// Probabilities \[SA\] that sum to what the policy's own sum to, above 0 where those are.
    pub near: Vec<Rational>,
    /// How far each is from the policy's own \[SA\]; `None` where they are those.
    pub off: Option<Vec<Rational>>,
    /// Those that the values were found for \[SA\].
    pub rounded: Vec<f64>,
}

impl GivenPolicy {
    /// How far each may be off \[SA\].
    pub(super) fn off(&self) -> Option<&[Rational]> {
        self.off.as_deref()
    }
}

impl<F: Solvable> Uncertain<F> {
    /// What Tv may be off by \[S\] for a policy that is known within `off` [SA]: Σₐ |δπ| |q − v|, as Σₐ δπ = 0.
    pub(super) fn doubt_of_policy(&self, nature: Nature, off: Option<&[F]>, v: &[F]) -> Vec<F> {
        let mut doubt = vec![F::zero(); v.len()];
        if let Some(off) = off {
            let (q, _) = self.against(nature, v);
            for (pair, (q, off)) in q.into_iter().zip(off).enumerate() {
                let state = self.mdp.space().state_of(pair);
                doubt[state] += (q - &v[state]).abs() * off;
            }
        }
        doubt
    }

    /// Tv \[S\] of a given policy within `off`, at most.
    fn stepped_at_most(
        &self,
        nature: Nature,
        (given, off): (Option<&[F]>, Option<&[F]>),
        v: &[F],
    ) -> Vec<F> {
        let next = self.stepped(nature, given, v).into_iter();
        let both = next.zip(self.doubt_of_policy(nature, off, v));
        both.map(|(next, doubt)| next + doubt).collect()
    }
}

/// Proven bounds on errors, as numbers that are no smaller.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Proven {
    /// Of every v.
    pub v: f64,
    /// Of the gain, of the average reward.
    pub gain: f64,
}

impl Uncertain<Rational> {
    /// Bounds on the errors of v and a gain that floating point has found in the same sets; `goal` is where its
    /// v is 0. Not for horizons.
    ///
    /// # Errors
    /// [`Error::ExcessRow`] at γ = 1 where a row sums to more than 1, and where a linear system is not solved.
    pub(crate) fn proven(
        &self,
        nature: Nature,
        given: Option<&GivenPolicy>,
        (v, gain): (&[Rational], &Rational),
        goal: Option<usize>,
        (floats, options): (&Uncertain<f64>, &SolverOptions),
    ) -> Result<Proven, Error> {
        let near = given.map(|given| &given.near[..]);
        let mut course = self.course(near)?;
        if course.is_long_run {
            course.goal = goal;
        }
        let masked = course.masked(v);
        let next = self.stepped(nature, near, &masked);
        let doubt = self.doubt_of_policy(nature, given.and_then(GivenPolicy::off), &masked);
        let alive = (0..v.len()).filter(|&state| !self.mdp.space().is_terminal(state));
        let left = alive.map(|s| Field::abs(&(&next[s] - &v[s] - gain)) + &doubt[s]);
        let left = left.max().unwrap_or(Rational::ZERO);
        let unknown = Proven {
            v: f64::INFINITY,
            gain: up(&left),
        };
        if course.is_discounted() {
            return Ok(Proven {
                v: up(&(left / self.mdp.discount_complement())),
                gain: 0.0,
            });
        }
        if let Some(cost) = &course.least_cost {
            let size = v.iter().map(Field::abs).max().unwrap_or(Rational::ZERO);
            let rest = cost - &left;
            let bound = (rest > Rational::ZERO).then(|| up(&(left * size / rest)));
            return Ok(bound.map_or(unknown, |v| Proven { v, gain: 0.0 }));
        }
        let guessed = Course::past(course.goal, false);
        let times =
            floats
                .clock()
                .times(given.map(|given| &given.rounded[..]), &guessed, options)?;
        let times: Vec<Rational> = times.iter().map(fraction).collect();
        let off = given.and_then(GivenPolicy::off);
        let slowness = self.clock().slowness(&times, (near, off), course.goal);
        let Some(slowness) = slowness else {
            return Ok(unknown);
        };
        let times = if course.is_long_run { 2 } else { 1 };
        Ok(Proven {
            v: up(&(Rational::from(times) * slowness * left)),
            gain: if course.is_long_run {
                unknown.gain
            } else {
                0.0
            },
        })
    }
}

/// A number of floating point, exactly.
pub(crate) fn fraction(x: &f64) -> Rational {
    Number::from_f64(*x).unwrap_or(Number::ZERO).to_rational()
}

/// A number in floating point that is no smaller.
pub(crate) fn up(x: &Rational) -> f64 {
    let near = Field::to_f64(x);
    if near == 0.0 && *x != Rational::ZERO {
        return f64::MIN_POSITIVE;
    }
    near * (1.0 + 2.0 * f64::EPSILON)
}
