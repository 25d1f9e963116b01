//! A part of the states: what one of several processes keeps.

use std::ops::Range;

/// The states of one of several processes, which divide them in order, as evenly as that goes.
///
/// ```
/// use exact_mdp::model::Share;
///
/// let parts = [0, 1, 2].map(|part| Share { part, of: 3 }.states(8));
/// assert_eq!(parts, [0..2, 2..5, 5..8]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// Which part, from 0.
    pub part: usize,
    /// How many parts there are, at least 1.
    pub of: usize,
}

impl Share {
    /// The states s with ⌊S·part/of⌋ ≤ s < ⌊S·(part + 1)/of⌋.
    pub fn states(self, states: usize) -> Range<usize> {
        let bound = |part: usize| (states as u128 * part as u128 / self.of.max(1) as u128) as usize;
        bound(self.part)..bound(self.part + 1)
    }

    /// The states of a share, or all.
    pub(crate) fn kept(share: Option<Share>, states: usize) -> Range<usize> {
        share.map_or(0..states, |share| share.states(states))
    }
}
