//! Intervals in which transition probabilities lie.

use crate::number::Number;

/// s' and the ends of p(s'|s, a).
pub type IntervalEnds = (usize, Number, Number);

/// Intervals in which p(s'|s, a) lies, of some pairs; exact numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Intervals {
    /// By pair, ascending; each by next state, all that the pair leads to.
    rows: Vec<(usize, Vec<IntervalEnds>)>,
}

impl Intervals {
    /// Of rows by pair, ascending, each with the ends for every s' that the pair leads to, ascending.
    pub(crate) fn new(rows: Vec<(usize, Vec<IntervalEnds>)>) -> Intervals {
        Intervals { rows }
    }

    /// The pairs that have intervals, ascending, each with those of all s' that it leads to.
    pub fn rows(&self) -> &[(usize, Vec<IntervalEnds>)] {
        &self.rows
    }

    /// Those of a pair.
    pub fn of(&self, pair: usize) -> Option<&[IntervalEnds]> {
        let at = self.rows.binary_search_by_key(&pair, |row| row.0).ok()?;
        Some(&self.rows[at].1)
    }
}
