//! Short trajectories that are summed together.

use std::ops::Range;

/// Short trajectories that wait for one another.
#[derive(Default)]
pub(super) struct Collected {
    /// What happened at their steps, one after the other, and where each ends.
    pub outcomes: Vec<u32>,
    ends: Vec<usize>,
    /// Which of them, neighbours together, paid anything.
    paying: Vec<Range<usize>>,
}

impl Collected {
    #[inline(always)]
    pub fn push(&mut self, outcomes: &[u32], pays: bool) {
        let number = self.ends.len();
        self.outcomes.extend_from_slice(outcomes);
        self.ends.push(self.outcomes.len());
        if pays {
            match self.paying.last_mut() {
                Some(last) if last.end == number => last.end += 1,
                _ => self.paying.push(number..number + 1),
            }
        }
    }

    /// What there is to be added, if anything.
    #[inline(always)]
    pub fn parts(&self) -> Option<Together<'_>> {
        let all = (&self.outcomes[..], &self.ends[..], &self.paying[..]);
        (!self.ends.is_empty()).then_some(all)
    }

    pub fn clear(&mut self) {
        self.outcomes.clear();
        self.ends.clear();
        self.paying.clear();
    }
}

/// What happened at the steps of trajectories, where each ends, and which of them paid anything.
pub(super) type Together<'a> = (&'a [u32], &'a [usize], &'a [Range<usize>]);
