//! Sets of distributions over the outcomes of one pair, and their corners.

use std::cmp::Ordering;

use crate::field::{Field, dot};
use crate::mdp::{IntervalEnds, Mdp};
use crate::number::Number;

/// Whom nature is for when it chooses p.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nature {
    /// It makes values small: robust values.
    Adverse,
    /// It makes them large: optimistic values.
    Kind,
}

/// How distances between distributions are measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UncertaintyNorm {
    /// Σ |p − p̄|, twice the total variation.
    #[default]
    L1,
    /// max |p − p̄|.
    Max,
}

impl UncertaintyNorm {
    /// The name, as flags and reports spell it.
    pub fn name(self) -> &'static str {
        match self {
            UncertaintyNorm::L1 => "l1",
            UncertaintyNorm::Max => "max",
        }
    }
}

/// The outcomes of a pair by next state, and the set of what their probabilities may be.
#[derive(Clone, Debug)]
pub(super) struct Row<F> {
    next: Vec<usize>,
    nominal: Vec<F>,
    /// r(s, a, s'), on average where several outcomes lead to s'.
    reward: Vec<F>,
    /// Σ p |r| over the outcomes that lead to s', by their p: what the roundings of that reward are in units of.
    size: Vec<f64>,
    set: Set<F>,
}

#[derive(Clone, Debug)]
enum Set<F> {
    /// Between these, with the same sum.
    Box(Vec<(F, F)>),
    /// So much moved from some outcomes to others, at most.
    Moved(F),
}

impl<F: Field> Row<F> {
    /// The model's own row, and nothing else.
    pub fn new(mdp: &Mdp<F>, pair: usize) -> Row<F> {
        let (mut next, mut nominal, mut paid) = (Vec::new(), Vec::<F>::new(), Vec::<F>::new());
        let mut size = Vec::new();
        for outcome in mdp.outcomes(pair) {
            let share = outcome.probability.clone() * outcome.reward;
            let at = next.iter().position(|s| *s == outcome.next);
            let at = at.unwrap_or_else(|| {
                next.push(outcome.next);
                nominal.push(F::zero());
                paid.push(F::zero());
                size.push(0.0);
                next.len() - 1
            });
            nominal[at] += outcome.probability;
            size[at] += share.abs().to_f64();
            paid[at] += share;
        }
        let reward = if mdp.rewards_are_by_pair() {
            vec![mdp.r()[pair].clone(); next.len()]
        } else {
            if let [paid] = &mut paid[..] {
                // the model's own, which is rounded once
                paid.clone_from(&mdp.r()[pair]);
            }
            let shares = paid.into_iter().zip(&nominal);
            shares.map(|(paid, p)| paid / p).collect()
        };
        let shares = size.iter().zip(&nominal);
        Row {
            size: shares.map(|(size, p)| size / p.to_f64()).collect(),
            next,
            nominal,
            reward,
            set: Set::Moved(F::zero()),
        }
    }

    /// All p within a distance of it.
    pub fn within(self, norm: UncertaintyNorm, radius: &F) -> Row<F> {
        let set = match norm {
            UncertaintyNorm::L1 => Set::Moved(radius.clone() / F::from_i64(2)),
            UncertaintyNorm::Max => {
                let ends = self.nominal.iter().map(|p| {
                    let (low, high) = (p.clone() - radius, p.clone() + radius);
                    (larger(low, F::zero()), smaller(high, F::one()))
                });
                Set::Box(ends.collect())
            }
        };
        Row { set, ..self }
    }

    /// All p within intervals, those of the next states in any order.
    pub fn between(self, intervals: &[IntervalEnds]) -> Row<F> {
        let ends = self.next.iter().zip(&self.nominal).map(|(next, p)| {
            let own = intervals.iter().find(|(s, ..)| s == next);
            own.map_or_else(
                || (p.clone(), p.clone()),
                |(_, low, high)| (F::from_number(low), F::from_number(high)),
            )
        });
        let set = Set::Box(ends.collect());
        Row { set, ..self }
    }

    /// The same set, where every outcome pays 1.
    pub fn timed(&self) -> Row<F> {
        Row {
            reward: vec![F::one(); self.next.len()],
            size: vec![1.0; self.next.len()],
            ..self.clone()
        }
    }

    /// The next states.
    pub fn next(&self) -> &[usize] {
        &self.next
    }

    /// Σ p, of every p of the set.
    pub fn whole(&self) -> F {
        self.nominal.iter().fold(F::zero(), |sum, p| sum + p)
    }

    /// The largest reward; `None` without outcomes.
    pub fn largest(&self) -> Option<F> {
        let rewards = self.reward.iter().cloned();
        rewards.reduce(|x, y| if y > x { y } else { x })
    }

    /// Whether some p of the set leads to states inside alone. In floating point what rounding cannot tell from
    /// that counts too.
    pub fn can_stay(&self, inside: impl Fn(usize) -> bool) -> bool {
        let slack = if F::EXACT { F::zero() } else { tiny() };
        let out = |i: &usize| !inside(self.next[*i]);
        let sum = |x: F, y: &F| x + y;
        match &self.set {
            Set::Box(ends) => {
                let outside = (0..ends.len()).filter(out);
                let must_leave = outside.map(|i| &ends[i].0).fold(F::zero(), sum);
                let held = (0..ends.len()).filter(|i| !out(i));
                let held = held.map(|i| &ends[i].1).fold(F::zero(), sum);
                must_leave <= slack && held + slack >= self.whole()
            }
            Set::Moved(most) => {
                let outside = (0..self.next.len()).filter(out);
                let outside = outside.map(|i| &self.nominal[i]).fold(F::zero(), sum);
                // what is moved goes to another outcome, which is to lie inside
                let has_inside = (0..self.next.len()).any(|i| !out(&i));
                has_inside && outside <= most.clone() + slack
            }
        }
    }

    /// How many outcomes there are.
    pub fn len(&self) -> usize {
        self.next.len()
    }

    /// max |r(s, a, s')|, of the outcomes one by one on average.
    pub fn largest_reward(&self) -> f64 {
        self.size.iter().copied().fold(0.0, f64::max)
    }

    /// The model's own p.
    pub fn nominal(&self) -> &[F] {
        &self.nominal
    }

    /// Σ p r(s, a, s').
    pub fn reward(&self, p: &[F]) -> F {
        dot(p, &self.reward)
    }

    /// p by next state.
    pub fn entries(&self, p: &[F]) -> Vec<(usize, F)> {
        let mut entries: Vec<(usize, F)> =
            self.next.iter().copied().zip(p.iter().cloned()).collect();
        entries.sort_by_key(|entry| entry.0);
        entries
    }

    /// Σ e |worth| in units of the last digit, e being what rounding may have done to each p of a corner: where
    /// an outcome keeps its p, or has an end of its interval, that is known relative to its own size; what is
    /// left over goes to another, which is known relative to 1. And Σ p |r|, for the rewards.
    pub fn blur(&self, p: &[F], worth: &[F]) -> f64 {
        let of = |i: usize| {
            if p[i].is_zero() {
                return 0.0;
            }
            let is_given = p[i] == self.nominal[i]
                || match &self.set {
                    Set::Box(ends) => p[i] == ends[i].0 || p[i] == ends[i].1,
                    Set::Moved(_) => false,
                };
            let size = if is_given {
                p[i].to_f64() + self.nominal[i].to_f64()
            } else {
                1.0
            };
            size * worth[i].abs().to_f64() + p[i].to_f64() * self.size[i]
        };
        (0..p.len()).map(of).sum()
    }

    /// r(s, a, s') + γ v(s') of the outcomes.
    pub fn worth(&self, gamma: &F, v: impl Fn(usize) -> F) -> Vec<F> {
        let outcomes = self.next.iter().zip(&self.reward);
        outcomes
            .map(|(&next, reward)| reward.clone() + v(next) * gamma)
            .collect()
    }

    /// The corner that makes Σ p · worth smallest, or largest.
    pub fn corner(&self, worth: &[F], nature: Nature) -> Vec<F> {
        let mut order: Vec<usize> = (0..worth.len()).collect();
        order.sort_by(|&i, &j| {
            let ascending = worth[i].partial_cmp(&worth[j]).unwrap_or(Ordering::Equal);
            match nature {
                Nature::Adverse => ascending,
                Nature::Kind => ascending.reverse(),
            }
        });
        match &self.set {
            Set::Box(ends) => self.filled(ends, &order),
            Set::Moved(most) => self.moved(most, &order),
        }
    }

    /// The low ends, and what is missing given to the first in order.
    fn filled(&self, ends: &[(F, F)], order: &[usize]) -> Vec<F> {
        let mut p: Vec<F> = ends.iter().map(|(low, _)| low.clone()).collect();
        let whole = self.nominal.iter().fold(F::zero(), |sum, p| sum + p);
        let mut rest = p.iter().fold(whole, |rest, low| rest - low);
        for &i in order {
            if rest <= F::zero() {
                break;
            }
            let more = smaller(ends[i].1.clone() - &ends[i].0, rest.clone());
            p[i] += &more;
            rest -= more;
        }
        p
    }

    /// As much as may be moved, from the last in order to the first.
    fn moved(&self, most: &F, order: &[usize]) -> Vec<F> {
        let mut p = self.nominal.clone();
        let Some((&first, others)) = order.split_first() else {
            return p;
        };
        let mut left = most.clone();
        for &i in others.iter().rev() {
            if left <= F::zero() {
                break;
            }
            let taken = smaller(p[i].clone(), left.clone());
            p[i] -= &taken;
            p[first] += &taken;
            left -= taken;
        }
        p
    }
}

/// What sums of a few probabilities may be off by in floating point.
fn tiny<F: Field>() -> F {
    Number::from_f64(1e-13).map_or_else(F::zero, |x| F::from_number(&x))
}

fn smaller<F: Field>(x: F, y: F) -> F {
    if y < x { y } else { x }
}

fn larger<F: Field>(x: F, y: F) -> F {
    if y > x { y } else { x }
}
