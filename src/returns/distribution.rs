//! The distribution of the return, by following what has been paid so far.
//!
//! Mass is carried forward by state and by Σ_{k<t} γᵏR_k. Where all of it ends, at a horizon or in
//! terminal states, that is the whole law. Elsewhere what is still under way after t steps is
//! known to an interval: γᵗ times the least and the most that can follow. Sums that are too many
//! are gathered into intervals too, so the answer encloses the law always: its distribution
//! function lies between those of the upper and the lower ends, and so do quantiles and means of
//! tails. Over fractions the enclosure is proven to the last digit (where they grow long, sums are rounded
//! outwards and probabilities down, and what that loses of 1 may lie anywhere); in floating point up to
//! the rounding of the sums.

mod follow;

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
}

/// Where a number lies; `None` for an end at infinity.
#[derive(Clone, Debug, PartialEq)]
pub struct Interval<F = f64> {
    /// The lower end.
    pub low: Option<F>,
    /// The upper end.
    pub high: Option<F>,
}

/// A law as parts that sum to 1, in increasing order of their lower ends, −∞ first.
#[derive(Clone, Debug, PartialEq)]
pub struct Distribution<F = f64> {
    /// The parts.
    pub parts: Vec<Mass<F>>,
    /// Whether every part is a single value: then this is the whole law.
    pub finite: bool,
    /// The probability that was still under way when following it ended.
    pub under_way: F,
    /// How many steps were followed.
    pub steps: usize,
}

impl<F: Solvable> Distribution<F> {
    /// P(G ≤ x) from below and above.
    pub fn at_most(&self, x: &F) -> (F, F) {
        let mut bounds = (F::zero(), F::zero());
        for part in &self.parts {
            if part.high.as_ref().is_some_and(|high| high <= x) {
                bounds.0 += &part.probability;
            }
            if part.low.as_ref().is_none_or(|low| low <= x) {
                bounds.1 += &part.probability;
            }
        }
        bounds
    }

    /// The quantile inf {x : P(G ≤ x) ≥ level}, 0 < level < 1. In floating point the level is known
    /// to 10⁻¹² only, and where the law jumps there both values are within the interval.
    pub fn quantile(&self, level: &F) -> Interval<F> {
        let slack = slack::<F>();
        Interval {
            low: quantile(&self.lower(), &(level.clone() - &slack)),
            high: quantile(&self.upper(), &(level.clone() + &slack)),
        }
    }

    /// The mean of the worst outcomes, which together have probability `level` (CVaR, expected
    /// shortfall: Rockafellar & Uryasev 2000), 0 < level ≤ 1.
    pub fn tail_mean(&self, level: &F) -> Interval<F> {
        Interval {
            low: tail_mean(&self.lower(), level),
            high: tail_mean(&self.upper(), level),
        }
    }

    /// The mean of the largest outcomes, which together have probability `level`, 0 < level ≤ 1: of costs
    /// the worst.
    pub fn upper_tail_mean(&self, level: &F) -> Interval<F> {
        let turned = |part: &Mass<F>| Mass {
            low: part.high.as_ref().map(|x| -x.clone()),
            high: part.low.as_ref().map(|x| -x.clone()),
            probability: part.probability.clone(),
        };
        let mut parts: Vec<Mass<F>> = self.parts.iter().map(turned).collect();
        parts.sort_by(|x, y| order(&x.low, &y.low)); // −∞ is `None`, and first
        let negated = Distribution {
            parts,
            ..self.clone()
        };
        let found = negated.tail_mean(level);
        let turn = |end: Option<F>| end.map(|x| -x);
        Interval {
            low: turn(found.high),
            high: turn(found.low),
        }
    }

    /// The law of the lower ends: −∞ first.
    fn lower(&self) -> Vec<(Option<F>, F)> {
        let ends = self.parts.iter();
        ends.map(|part| (part.low.clone(), part.probability.clone()))
            .collect()
    }

    /// The law of the upper ends, in order: ∞ last, as what is left over.
    fn upper(&self) -> Vec<(Option<F>, F)> {
        let ends = self.parts.iter();
        let finite = ends.filter(|part| part.high.is_some());
        let mut upper: Vec<_> = finite
            .map(|part| (part.high.clone(), part.probability.clone()))
            .collect();
        upper.sort_by(|(x, _), (y, _)| order(x, y));
        upper
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

fn quantile<F: Solvable>(law: &[(Option<F>, F)], level: &F) -> Option<F> {
    let mut sum = F::zero();
    for (x, probability) in law {
        sum += probability;
        if sum >= *level {
            return x.clone();
        }
    }
    // beyond what is left over lies ∞; beyond a whole law only rounding
    let rest = F::one() - &sum;
    let whole = rest <= F::from_i64(2) * &slack::<F>();
    law.last().filter(|_| whole).and_then(|(x, _)| x.clone())
}

fn tail_mean<F: Solvable>(law: &[(Option<F>, F)], level: &F) -> Option<F> {
    let (mut left, mut sum) = (level.clone(), F::zero());
    let mut last = None;
    for (x, probability) in law {
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
        left -= &share;
        last = Some(x);
    }
    if left > slack::<F>() {
        return None;
    }
    sum += left * last?;
    Some(sum / level)
}
