//! `intervals`: between which numbers p(s'|s, a) lies, beside the p of `transitions`.
//!
//! ```text
//! intervals:
//!   cold:
//!     heat: {hot: [0.8, 0.95], cold: [0.05, 0.2]}
//! ```

use miette::SourceSpan;

use super::YamlError;
use super::document::{Node, NodeKind};
use super::read::{KeyPath, is, number};
use crate::mdp::{IntervalEnds, Intervals};
use crate::model::Model;
use crate::model::error::NameOf;
use crate::model::errors::Problems;
use crate::model::names::Index;
use crate::number::{Number, Rational};

/// The intervals of a file, each row with all states that its pair leads to.
pub(super) fn intervals(node: Node<'_>, model: &Model, problems: &mut Problems) -> Intervals {
    let path = KeyPath::new("intervals");
    let space = model.space();
    let mut rows = Vec::new();
    let mut reader = Reader {
        model,
        states: Index::of_names(NameOf::State, space.state_names()),
        actions: Index::of_names(NameOf::Action, space.action_names()),
        problems,
    };
    if !is(
        NodeKind::Mapping,
        node,
        &path,
        "a mapping of states",
        reader.problems,
    ) {
        return Intervals::default();
    }
    for (key, actions) in node.entries() {
        let Some(state) = reader.states.find(key, "intervals", reader.problems) else {
            continue;
        };
        let path = path.join(key.text());
        if !is(
            NodeKind::Mapping,
            actions,
            &path,
            "a mapping of actions",
            reader.problems,
        ) {
            continue;
        }
        for (key, row) in actions.entries() {
            let Some(action) = reader.actions.find(key, "intervals", reader.problems) else {
                continue;
            };
            let path = path.join(key.text());
            match space.pair(state as usize, action as usize) {
                Some(pair) => rows.extend(reader.row(row, &path, pair).map(|row| (pair, row))),
                None => reader.refuse(&path, "the state does not have this action", key.place()),
            }
        }
    }
    rows.sort_by_key(|row| row.0);
    Intervals::new(rows)
}

struct Reader<'a, 'd> {
    model: &'a Model,
    states: Index<'d>,
    actions: Index<'d>,
    problems: &'a mut Problems,
}

impl Reader<'_, '_> {
    fn refuse(&mut self, path: &KeyPath<'_>, why: impl Into<String>, at: SourceSpan) {
        let (path, why) = (path.to_string(), why.into());
        self.problems.push(YamlError::Interval { path, why, at });
    }

    /// p(s'|s, a), exactly.
    fn own(&self, pair: usize, next: usize) -> Rational {
        let outcomes = self.model.outcomes().of(pair).filter(|o| o.next == next);
        outcomes.fold(Rational::ZERO, |sum, o| sum + o.probability.to_rational())
    }

    /// `{hot: [0.8, 0.95], cold: [0.05, 0.2]}`.
    fn row(
        &mut self,
        node: Node<'_>,
        path: &KeyPath<'_>,
        pair: usize,
    ) -> Option<Vec<IntervalEnds>> {
        let expected =
            "a mapping of next states to intervals, as {hot: [0.8, 0.95], cold: [0.05, 0.2]}";
        if !is(NodeKind::Mapping, node, path, expected, self.problems) {
            return None;
        }
        let before = self.problems.count();
        let mut row = Vec::new();
        for (key, value) in node.entries() {
            let next = self.states.find(key, "intervals", self.problems);
            let ends = self.interval(value, &path.join(key.text()));
            if let (Some(next), Some((low, high))) = (next, ends) {
                self.check(
                    &path.join(key.text()),
                    (pair, next as usize),
                    (&low, &high),
                    value,
                );
                row.push((next as usize, low, high));
            }
        }
        row.sort_by_key(|interval| interval.0);
        let names = self.model.space().state_names();
        let listed = |next: &usize| row.iter().any(|interval| interval.0 == *next);
        let mut nexts = self.model.outcomes().of(pair).map(|o| o.next);
        if let Some(next) = nexts.find(|next| !listed(next))
            && self.problems.count() == before
        {
            let why = format!(
                "`{}`, where `transitions` leads too, has no interval",
                names.get(next)
            );
            self.refuse(path, why, node.place());
        }
        (self.problems.count() == before).then_some(row)
    }

    /// Errors unless 0 ≤ low ≤ p ≤ high ≤ 1 with p > 0.
    fn check(
        &mut self,
        path: &KeyPath<'_>,
        (pair, next): (usize, usize),
        (low, high): (&Number, &Number),
        at: Node<'_>,
    ) {
        let p = self.own(pair, next);
        let why = if low.is_negative() || *high > Number::ONE {
            format!("[{low}, {high}] does not lie in [0, 1]")
        } else if low > high {
            format!("[{low}, {high}] does not go upwards")
        } else if p.is_zero() {
            "`transitions` does not lead there: give it a probability above 0 there".into()
        } else if p < low.to_rational() || p > high.to_rational() {
            format!("[{low}, {high}] does not hold the {p} of `transitions`")
        } else {
            return;
        };
        self.refuse(path, why, at.place());
    }

    /// `[low, high]`, or one number for both.
    fn interval(&mut self, node: Node<'_>, path: &KeyPath<'_>) -> Option<(Number, Number)> {
        if node.kind() == NodeKind::Scalar {
            let number = number(node, path, self.problems)?;
            return Some((number.clone(), number));
        }
        let ends: Vec<Node<'_>> = node.items().collect();
        let [low, high] = ends[..] else {
            self.refuse(path, "not two numbers", node.place());
            return None;
        };
        let low = number(low, path, self.problems);
        let high = number(high, path, self.problems);
        low.zip(high)
    }
}
