//! Looking more than once without losing the false-alarm rate.
//!
//! The looks are at N·4^{−j} of the largest number of trajectories; each gets an equal share α/K of
//! the false-alarm rate (Bonferroni over looks, valid for any dependence), so that the probability
//! of ever stopping at a false alarm is at most α.

/// The first look is at no fewer trajectories than this; a choice.
const FIRST: u64 = 1000;
/// Each look sees this many times the trajectories of the one before; a choice.
const GROWTH: u64 = 4;

/// Numbers of trajectories at which to look, increasing, the last being `most`.
pub fn looks(most: u64) -> Vec<u64> {
    let mut looks = vec![most];
    let mut next = most / GROWTH;
    while next >= FIRST {
        looks.push(next);
        next /= GROWTH;
    }
    looks.reverse();
    looks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_grow_to_the_last() {
        assert_eq!(looks(100_000), [1562, 6250, 25_000, 100_000]);
        assert_eq!(looks(10), [10]);
    }
}
