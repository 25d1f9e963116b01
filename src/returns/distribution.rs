//! The distribution of the return, by following what has been paid so far.
//!
//! Mass is carried forward by state and by Σ_{k<t} γᵏR_k. Where all of it ends, at a horizon or in
//! terminal states, that is the whole law. Elsewhere what is still under way after t steps is
//! known to an interval: γᵗ times the least and the most that can follow. Sums that are too many
//! are gathered into intervals too, so the answer encloses the law always: its distribution
//! function lies between those of the upper and the lower ends, and so do quantiles and means of
//! tails. Over fractions the enclosure is proven to the last digit; in floating point up to the
//! rounding of the sums.

use crate::linalg::Solvable;
use crate::mdp::{Criterion, Mdp};
use crate::policy::Policy;

/// A share of the law and where it lies.
#[derive(Clone, Debug, PartialEq)]
pub struct Part<F = f64> {
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
    pub parts: Vec<Part<F>>,
    /// Whether every part is a single value: then this is the whole law.
    pub finite: bool,
    /// The probability that was still under way when following it ended.
    pub under_way: F,
    /// How many steps were followed.
    pub steps: usize,
}

/// Mass that has been paid between two sums.
#[derive(Clone, Debug)]
struct Paid<F> {
    low: F,
    high: F,
    mass: F,
}

/// Sums that are kept apart in a state.
const APART: usize = 1 << 12;
/// Sums over fractions that are kept apart in a state.
const APART_EXACTLY: usize = 1 << 11;
/// Sums that are kept apart where nothing more is paid.
const APART_AT_THE_END: usize = 1 << 16;
/// Sums that are moved in all, over floating point and over fractions.
const MOVES: (usize, usize) = (20_000_000, 300_000);

impl<F: Solvable> Distribution<F> {
    /// The law of Σ γᵗ Rₜ from ρ₀, for all criteria but the average reward.
    pub(super) fn new(mdp: &Mdp<F>, policy: &Policy<F>) -> Distribution<F> {
        Follow::new(mdp, policy).run()
    }

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

/// The law while it is followed.
struct Follow<'a, F: Solvable> {
    mdp: &'a Mdp<F>,
    policy: &'a Policy<F>,
    horizon: Option<usize>,
    discount: F,
    /// Under way, by state.
    front: Vec<Vec<Paid<F>>>,
    ended: Vec<Paid<F>>,
    /// γᵗ.
    weight: F,
    /// Sums closer than this are one, in floating point.
    near: F,
    moves: usize,
}

impl<'a, F: Solvable> Follow<'a, F> {
    fn new(mdp: &'a Mdp<F>, policy: &'a Policy<F>) -> Follow<'a, F> {
        let mut follow = Follow {
            horizon: match mdp.criterion() {
                Criterion::FiniteHorizon { horizon, .. } => Some(*horizon),
                _ => None,
            },
            discount: mdp.discount(),
            front: vec![Vec::new(); mdp.states()],
            ended: Vec::new(),
            weight: F::one(),
            near: F::zero(),
            moves: 0,
            mdp,
            policy,
        };
        for (state, x) in mdp.initial().iter().enumerate() {
            let start = Paid {
                low: F::zero(),
                high: F::zero(),
                mass: x.clone(),
            };
            follow.arrive(state, start);
        }
        follow
    }

    /// Mass comes to a state.
    fn arrive(&mut self, state: usize, paid: Paid<F>) {
        if paid.mass.is_zero() {
            return;
        }
        if self.mdp.space().is_terminal(state) {
            self.ended.push(paid);
        } else {
            self.front[state].push(paid);
        }
    }

    fn run(mut self) -> Distribution<F> {
        let (least, most) = self.rewards();
        let largest = if -least.clone() > most {
            -least.clone()
        } else {
            most.clone()
        };
        let mut steps = 0;
        while self.goes_on(steps, &largest) {
            if !F::EXACT {
                let unit = largest.clone() * &self.weight / F::from_i64(10_000_000_000_000);
                self.near += unit;
            }
            self.step();
            steps += 1;
        }
        let under_way = self.under_way();
        let rest = self.rest(steps, &least, &most);
        let whole = self.horizon == Some(steps) || under_way.is_zero();
        let under_way = if whole { F::zero() } else { under_way };
        self.parts(rest, under_way, steps)
    }

    fn under_way(&self) -> F {
        let masses = self.front.iter().flatten().map(|paid| &paid.mass);
        masses.fold(F::zero(), |sum, x| sum + x)
    }

    /// Whether another step is worth its while.
    fn goes_on(&self, steps: usize, largest: &F) -> bool {
        let budget = if F::EXACT { MOVES.1 } else { MOVES.0 };
        if self.front.iter().all(Vec::is_empty) || self.horizon == Some(steps) {
            return false;
        }
        if self.horizon.is_some() {
            return self.moves <= budget;
        }
        let small = F::one() / F::from_i64(1_000_000_000_000);
        let fades = largest.is_zero() || (self.discount < F::one() && self.weight <= small);
        self.moves <= budget && !fades && self.under_way() > small
    }

    /// The least and the most that a step within reach pays.
    fn rewards(&self) -> (F, F) {
        let space = self.mdp.space();
        let mut seen: Vec<bool> = self.front.iter().map(|paid| !paid.is_empty()).collect();
        let mut stack: Vec<usize> = (0..seen.len()).filter(|&s| seen[s]).collect();
        let mut bounds: Option<(F, F)> = None;
        while let Some(state) = stack.pop() {
            let taken = space.pairs_of(state).filter(|&i| self.policy.supports(i));
            for o in taken.flat_map(|pair| self.mdp.outcomes(pair)) {
                if o.probability.is_zero() {
                    continue;
                }
                let r = o.reward;
                let (least, most) = bounds.get_or_insert_with(|| (r.clone(), r.clone()));
                if r < least {
                    *least = r.clone();
                }
                if r > most {
                    *most = r.clone();
                }
                if !std::mem::replace(&mut seen[o.next], true) {
                    stack.push(o.next);
                }
            }
        }
        let (least, most) = bounds.unwrap_or_else(|| (F::zero(), F::zero()));
        let ends = (0..seen.len()).any(|s| seen[s] && space.is_terminal(s));
        if ends {
            // after the end nothing is paid
            (min(least, F::zero()), max(most, F::zero()))
        } else {
            (least, most)
        }
    }

    /// The least and the most that can follow after so many steps, as it counts from the start;
    /// `None` where that has no bound.
    fn rest(&self, steps: usize, least: &F, most: &F) -> (Option<F>, Option<F>) {
        let scale = match self.horizon {
            Some(horizon) => {
                let mut weight = self.weight.clone();
                let mut sum = F::zero();
                for _ in steps..horizon {
                    sum += &weight;
                    weight *= &self.discount;
                }
                sum
            }
            None if self.discount < F::one() => {
                self.weight.clone() / self.mdp.discount_complement()
            }
            None => {
                let (low, high) = (*least >= F::zero(), *most <= F::zero());
                return (low.then(F::zero), high.then(F::zero));
            }
        };
        (Some(scale.clone() * least), Some(scale * most))
    }

    /// One step of all that is under way.
    fn step(&mut self) {
        let space = self.mdp.space();
        let front = std::mem::replace(&mut self.front, vec![Vec::new(); space.states()]);
        let pi = self.policy.probabilities();
        for (state, paid) in front
            .iter()
            .enumerate()
            .filter(|(_, paid)| !paid.is_empty())
        {
            for pair in space.pairs_of(state).filter(|&i| self.policy.supports(i)) {
                for o in self.mdp.outcomes(pair) {
                    let chance = pi[pair].clone() * o.probability;
                    let gained = self.weight.clone() * o.reward;
                    self.moves += paid.len();
                    for paid in paid {
                        let moved = Paid {
                            low: paid.low.clone() + &gained,
                            high: paid.high.clone() + &gained,
                            mass: paid.mass.clone() * &chance,
                        };
                        self.arrive(o.next, moved);
                    }
                }
            }
        }
        self.weight *= &self.discount;
        let apart = if F::EXACT { APART_EXACTLY } else { APART };
        for paid in &mut self.front {
            gather(paid, &self.near, apart);
        }
        gather(&mut self.ended, &self.near, APART_AT_THE_END);
    }

    fn parts(
        mut self,
        (least, most): (Option<F>, Option<F>),
        under_way: F,
        steps: usize,
    ) -> Distribution<F> {
        let mut rest: Vec<Paid<F>> = self.front.drain(..).flatten().collect();
        merge(&mut rest, &self.near);
        let part = |paid: Paid<F>| Part {
            low: Some(paid.low),
            high: Some(paid.high),
            probability: paid.mass,
        };
        let open = |paid: Paid<F>| Part {
            low: least.as_ref().map(|x| paid.low + x),
            high: most.as_ref().map(|x| paid.high + x),
            probability: paid.mass,
        };
        let mut parts: Vec<Part<F>> = Vec::new();
        if under_way.is_zero() {
            // at the horizon: what is under way has been paid all that it will be
            self.ended.extend(rest);
            merge(&mut self.ended, &self.near);
        } else {
            parts.extend(rest.into_iter().map(open));
        }
        parts.extend(self.ended.into_iter().map(part));
        parts.sort_by(|x, y| order(&x.low, &y.low));
        Distribution {
            finite: parts
                .iter()
                .all(|part| part.low.is_some() && part.low == part.high),
            parts,
            under_way,
            steps,
        }
    }
}

fn min<F: Solvable>(x: F, y: F) -> F {
    if x < y { x } else { y }
}

fn max<F: Solvable>(x: F, y: F) -> F {
    if x > y { x } else { y }
}

/// Equal sums become one, and too many become intervals.
fn gather<F: Solvable>(paid: &mut Vec<Paid<F>>, near: &F, apart: usize) {
    merge(paid, near);
    let (Some(first), Some(last)) = (paid.first(), paid.last()) else {
        return;
    };
    if paid.len() > apart {
        let width = (last.low.clone() - &first.low) / F::from_i64((apart / 2) as i64);
        coarsen(paid, &width);
    }
}

/// In order, with equal ones added up.
fn merge<F: Solvable>(paid: &mut Vec<Paid<F>>, near: &F) {
    paid.sort_by(|x, y| order(&x.low, &y.low).then_with(|| order(&x.high, &y.high)));
    paid.dedup_by(|later, kept| {
        let close = |x: &F, y: &F| x.clone() - y <= *near && y.clone() - x <= *near;
        let same = close(&later.low, &kept.low) && close(&later.high, &kept.high);
        if same {
            kept.mass += &later.mass;
        }
        same
    });
}

/// Those whose lower ends are within a width become one interval.
fn coarsen<F: Solvable>(paid: &mut Vec<Paid<F>>, width: &F) {
    paid.dedup_by(|later, kept| {
        let within = later.low.clone() - &kept.low <= *width;
        if within {
            kept.mass += &later.mass;
            if later.high > kept.high {
                kept.high = later.high.clone();
            }
        }
        within
    });
}
