//! Arrays under a rule for each time as the model itself has them: those of t = 0, and measures summed
//! over time.

use super::name::{Formula, FormulaAxis};
use super::page::Page;
use crate::mdp::Space;
use crate::policy::Policy;

impl Formula {
    /// How many rows there are at one time of a horizon that is unrolled and at all, if it is a formula
    /// by states or pairs.
    fn rows_at_once(self, space: &Space) -> Option<(usize, usize)> {
        match self.axes().0 {
            FormulaAxis::State => Some((space.states_at_once(), space.states())),
            FormulaAxis::Pair => Some((space.pairs_at_once(), space.pairs())),
            FormulaAxis::Parameter => None,
        }
    }

    /// Whether what is said of the model itself is the sum over time, not what is at its start.
    fn is_summed(self) -> bool {
        matches!(self, Formula::Occupancy | Formula::PairOccupancy)
    }

    /// The names of the rows of an array of so many numbers: without times, where it has those of one
    /// time of a horizon that is unrolled.
    pub(crate) fn row_labels(self, policy: &Policy, count: usize) -> Vec<String> {
        let (rows, columns) = self.axes();
        let width = columns.map_or(1, |axis| axis.labels(policy).len());
        match self.rows_at_once(policy.space()) {
            Some((once, all)) if once < all && count == once * width => rows.labels_at_once(policy),
            _ => rows.labels(policy),
        }
    }
}

impl Page {
    /// The page of the model itself, where an array has the numbers of one time; else the page as it is.
    pub(super) fn at_once(self, formula: Formula, space: &Space, count: usize) -> Page {
        let is_once = formula.rows_at_once(space).is_some_and(|(once, all)| {
            let width = self.exact.len() / all.max(1);
            once < all && count == once * width
        });
        if !is_once {
            return self;
        }
        let fold = |array: Vec<f64>| -> Vec<f64> {
            let (first, later) = array.split_at(count.min(array.len()));
            let mut sums = first.to_vec();
            if formula.is_summed() {
                for time in later.chunks(count.max(1)) {
                    sums.iter_mut().zip(time).for_each(|(sum, x)| *sum += x);
                }
            }
            sums
        };
        let mut page = self;
        page.exact = fold(page.exact);
        for wrong in &mut page.wrong {
            wrong.array = fold(std::mem::take(&mut wrong.array));
        }
        for line in &mut page.lines {
            line.along = fold(std::mem::take(&mut line.along));
        }
        // groups are of states, and a state is terminal at all times
        if let Some(groups) = &mut page.groups {
            groups.of.truncate(count);
        }
        page
    }
}
