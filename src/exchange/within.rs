//! Probabilities that a file gives as intervals: one distribution between the ends, and the ends beside it.

use crate::mdp::{IntervalEnds, Intervals, OFF_ONE};
use crate::model::Model;
use crate::number::{Number, Rational};

/// The low and the high end of an interval.
pub(super) type Span = (Number, Number);

/// The ends of p(s'|s, a) of one outcome.
#[derive(Clone, Debug)]
pub(super) struct Bounded {
    /// s.
    pub state: u32,
    /// a.
    pub action: u32,
    /// s'.
    pub next: u32,
    /// The smallest and the largest p.
    pub ends: Span,
}

/// p of the outcomes of one row between its ends: all the same part of the way up. What is wrong, if there is
/// no such p.
pub(super) fn between(row: &[Span]) -> Result<Vec<Number>, String> {
    let no_interval = |(low, high): &&Span| low.is_negative() || *high > Number::ONE || low > high;
    if let Some((low, high)) = row.iter().find(no_interval) {
        return Err(format!("[{low}, {high}] is no interval within [0, 1]"));
    }
    let sum = |end: fn(&Span) -> &Number| {
        let ends = row.iter().map(|x| end(x).to_rational());
        ends.fold(Rational::ZERO, |sum, x| sum + x)
    };
    let (low, high) = (sum(|x| &x.0), sum(|x| &x.1));
    let slack = Number::from_f64(OFF_ONE).map_or(Rational::ZERO, |x| x.to_rational());
    if low > Rational::ONE + &slack {
        return Err(format!("the low ends sum to {low}, more than 1"));
    }
    if &high + slack < Rational::ONE {
        return Err(format!("the high ends sum to {high}, less than 1"));
    }
    let spread = &high - &low;
    let part = if spread <= Rational::ZERO {
        Rational::ZERO
    } else {
        ((Rational::ONE - low) / spread).clamp(Rational::ZERO, Rational::ONE)
    };
    let up = |(low, high): &Span| {
        let (low, high) = (low.to_rational(), high.to_rational());
        Number::from(&low + (high - &low) * &part)
    };
    Ok(row.iter().map(up).collect())
}

/// The model with the ends around its p, where some differ. Ends of one next state are added.
pub(super) fn bounded(model: Model, mut all: Vec<Bounded>) -> Model {
    all.sort_by_key(|x| (x.state, x.action, x.next));
    let mut rows: Vec<(usize, Vec<IntervalEnds>)> = Vec::new();
    for row in all.chunk_by(|x, y| (x.state, x.action) == (y.state, y.action)) {
        let (state, action) = (row[0].state as usize, row[0].action as usize);
        let Some(pair) = model.space().pair(state, action) else {
            continue;
        };
        if row.iter().all(|x| x.ends.0 == x.ends.1) {
            continue;
        }
        let leads = |next: usize| {
            model
                .outcomes()
                .of(pair)
                .any(|outcome| outcome.next == next)
        };
        let same = row.chunk_by(|x, y| x.next == y.next);
        let same = same.filter(|same| leads(same[0].next as usize));
        let added = same.map(|same| {
            let sum = |end: fn(&Bounded) -> &Number| {
                let ends = same.iter().map(|x| end(x).to_rational());
                Number::from(ends.fold(Rational::ZERO, |sum, x| sum + x))
            };
            (
                same[0].next as usize,
                sum(|x| &x.ends.0),
                sum(|x| &x.ends.1),
            )
        });
        rows.push((pair, added.collect()));
    }
    if rows.is_empty() {
        return model;
    }
    rows.sort_by_key(|row| row.0);
    model.within(Intervals::new(rows))
}
