//! The distribution of the return, by following what has been paid so far.
//!
//! Mass is carried forward by state and by Σ_{k<t} γᵏR_k. Where all of it ends, at a horizon, in
//! terminal states or where nothing is paid any more, that is the whole law. Elsewhere what is still under way after t steps is
//! known to an interval: γᵗ times the least and the most that can follow. Sums that are too many
//! are gathered into intervals too, so the answer encloses the law always: its distribution
//! function lies between those of the upper and the lower ends, and so do quantiles and means of
//! tails. Over fractions the enclosure is proven to the last digit (where they grow long, sums are rounded
//! outwards and probabilities down, and what that loses of 1 may lie anywhere); in floating point up to
//! the rounding of the sums.

mod follow;

use crate::error::Error;
use crate::linalg::Solvable;

/// A share of the law and where it lies.
#[derive(Clone, Debug, PartialEq)]
pub struct Mass<F = f64> {
    /// The least that it may be; `None` for −∞.
    pub low: Option<F>,
    /// The most that it may be, equal to `low` for a single value; `None` for ∞.
    pub high: Option<F>,
    /// Its probability.
    pub probability: F,
    /// What rounding may have moved its ends by; 0 over fractions.
    pub error: f64,
}

/// Where a number lies; `None` for an end at infinity.
#[derive(Clone, Debug, PartialEq)]
pub struct Interval<F = f64> {
    /// The lower end.
    pub low: Option<F>,
    /// The upper end.
    pub high: Option<F>,
    /// What rounding may have moved either by; 0 over fractions.
    pub error: f64,
}

/// An end of a part, its probability, and what rounding may have moved it by.
type End<F> = (Option<F>, F, f64);

/// A law as parts that sum to 1, in increasing order of their lower ends, −∞ first.
#[derive(Clone, Debug, PartialEq)]
pub struct Distribution<F = f64> {
    /// The parts.
    pub parts: Vec<Mass<F>>,
    /// Whether every part is a single value: then this is the whole law.
    pub finite: bool,
    /// The probability of what was still under way when following it ended, where something might still be paid.
    pub under_way: F,
    /// How many steps were followed.
    pub steps: usize,
}

/// The error of a level that is no probability.
fn wrong_level<F: Solvable>(level: &F, expected: &'static str) -> Error {
    Error::Argument {
        name: "the level of a quantile or a tail",
        found: level.to_f64().to_string(),
        expected,
    }
}

impl<F: Solvable> Distribution<F> {
    /// P(G ≤ x) from below and above.
    ///
    /// # Errors
    /// [`Error::Argument`] where x is no number.
    pub fn at_most(&self, x: &F) -> Result<(F, F), Error> {
        if !F::EXACT && x.to_f64().is_nan() {
            return Err(Error::Argument {
                name: "the return of which the probability is asked",
                found: "NaN".to_string(),
                expected: "a number",
            });
        }
        let mut bounds = (F::zero(), F::zero());
        for part in &self.parts {
            if part.high.as_ref().is_some_and(|high| high <= x) {
                bounds.0 += &part.probability;
            }
            if part.low.as_ref().is_none_or(|low| low <= x) {
                bounds.1 += &part.probability;
            }
        }
        Ok(bounds)
    }

    /// The quantile inf {x : P(G ≤ x) ≥ level}, 0 < level < 1. In floating point the level is known
    /// to 10⁻¹² only, and where the law jumps there both values are within the interval.
    ///
    /// # Errors
    /// [`Error::Argument`] unless the level is between 0 and 1.
    pub fn quantile(&self, level: &F) -> Result<Interval<F>, Error> {
        if !(*level > F::zero() && *level < F::one()) {
            return Err(wrong_level(level, "a probability above 0, below 1"));
        }
        let slack = slack::<F>();
        let low = quantile(&self.lower(), &(level.clone() - &slack));
        Ok(between(
            low,
            quantile(&self.upper(), &(level.clone() + &slack)),
        ))
    }

    /// The mean of the worst outcomes, which together have probability `level` (CVaR, expected
    /// shortfall: Rockafellar & Uryasev 2000), 0 < level ≤ 1.
    ///
    /// # Errors
    /// [`Error::Argument`] unless the level is above 0 and at most 1.
    pub fn tail_mean(&self, level: &F) -> Result<Interval<F>, Error> {
        if !(*level > F::zero() && *level <= F::one()) {
            return Err(wrong_level(level, "a probability above 0, at most 1"));
        }
        let unit = self.unit();
        let low = tail_mean(&self.lower(), level, unit);
        Ok(between(low, tail_mean(&self.upper(), level, unit)))
    }

    /// The mean of the largest outcomes, which together have probability `level`, 0 < level ≤ 1: of costs
    /// the worst.
    ///
    /// # Errors
    /// [`Error::Argument`] unless the level is above 0 and at most 1.
    pub fn upper_tail_mean(&self, level: &F) -> Result<Interval<F>, Error> {
        let turned = |part: &Mass<F>| Mass {
            low: part.high.as_ref().map(|x| -x.clone()),
            high: part.low.as_ref().map(|x| -x.clone()),
            ..part.clone()
        };
        let mut parts: Vec<Mass<F>> = self.parts.iter().map(turned).collect();
        parts.sort_by(|x, y| order(&x.low, &y.low)); // −∞ is `None`, and first
        let negated = Distribution {
            parts,
            ..self.clone()
        };
        let found = negated.tail_mean(level)?;
        let turn = |end: Option<F>| end.map(|x| -x);
        Ok(Interval {
            low: turn(found.high),
            high: turn(found.low),
            error: found.error,
        })
    }

    /// The law of the lower ends: −∞ first.
    fn lower(&self) -> Vec<End<F>> {
        let ends = self.parts.iter();
        ends.map(|part| (part.low.clone(), part.probability.clone(), part.error))
            .collect()
    }

    /// The law of the upper ends, in order: ∞ last, as what is left over.
    fn upper(&self) -> Vec<End<F>> {
        let ends = self.parts.iter();
        let finite = ends.filter(|part| part.high.is_some());
        let mut upper: Vec<_> = finite
            .map(|part| (part.high.clone(), part.probability.clone(), part.error))
            .collect();
        upper.sort_by(|(x, ..), (y, ..)| order(x, y));
        upper
    }

    /// What probabilities, products of steps and sums of parts, are off by relative to themselves.
    fn unit(&self) -> f64 {
        if F::EXACT {
            return 0.0;
        }
        (4 * self.steps + self.parts.len() + 4) as f64 * f64::EPSILON
    }
}

/// Two ends as one interval.
fn between<F>(low: Option<(F, f64)>, high: Option<(F, f64)>) -> Interval<F> {
    let error = |end: &Option<(F, f64)>| end.as_ref().map_or(0.0, |(_, error)| *error);
    Interval {
        error: error(&low).max(error(&high)),
        low: low.map(|(x, _)| x),
        high: high.map(|(x, _)| x),
    }
}

/// How far a level is off after the rounding of sums of probabilities.
fn slack<F: Solvable>() -> F {
    if F::EXACT {
        F::zero()
    } else {
        F::one() / F::from_i64(1_000_000_000_000)
    }
}

fn order<T: PartialOrd>(x: &T, y: &T) -> std::cmp::Ordering {
    x.partial_cmp(y).unwrap_or(std::cmp::Ordering::Equal)
}

fn quantile<F: Solvable>(law: &[End<F>], level: &F) -> Option<(F, f64)> {
    let mut sum = F::zero();
    let known = |x: &Option<F>, error: f64| x.clone().map(|x| (x, error));
    for (x, probability, error) in law {
        sum += probability;
        if sum >= *level {
            return known(x, *error);
        }
    }
    // beyond what is left over lies ∞; beyond a whole law only rounding
    let rest = F::one() - &sum;
    let whole = rest <= F::from_i64(2) * &slack::<F>();
    let last = law.last().filter(|_| whole);
    last.and_then(|(x, _, error)| known(x, *error))
}

/// The mean and what rounding may have done to it, where probabilities are off by `unit` relative to themselves: that may
/// move as much of the level from one part to another.
fn tail_mean<F: Solvable>(law: &[End<F>], level: &F, unit: f64) -> Option<(F, f64)> {
    let (mut left, mut sum) = (level.clone(), F::zero());
    let (mut last, mut off, mut largest) = (None, 0.0, 0.0f64);
    for (x, probability, error) in law {
        if left <= F::zero() {
            break;
        }
        let x = x.as_ref()?;
        let share = if *probability < left {
            probability
        } else {
            &left
        }
        .clone();
        sum += share.clone() * x;
        off += share.to_f64() * (error + 2.0 * unit * x.to_f64().abs());
        largest = x.to_f64().abs();
        left -= &share;
        last = Some(x);
    }
    if left > slack::<F>() {
        return None;
    }
    sum += left * last?;
    let off = off / level.to_f64() + 2.0 * unit * largest;
    Some((sum / level, off))
}
