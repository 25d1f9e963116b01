//! What is earned from one visit of a state to a later one:
//!
//! ```text
//! Dₑ(m; s, z) = E_s[(R_{:m})ᵉ; S_m = z]        R_{:m} = ζ₀ + gζ₁ + … + gᵐ⁻¹ζ_{m−1}
//! ```
//!
//! of which (s, z) = (successors of z, z) are wanted, pair by pair. With Y' = 1 where S_m = z, it is a step of
//! [`GoingOn`].

use rayon::prelude::*;

use super::kernel::{GoingOn, LANES, Sums, Terms};
use crate::linalg::Solvable;

/// Dₑ of each pair: from s = z, acting a, to z again.
pub(super) struct Visits<F> {
    /// E_{z,a}[(R_{:m+1})ᵉ; S_{m+1} = z], [SA][degrees][T − 1].
    data: Vec<F>,
    degrees: usize,
    times: usize,
}

impl<F: Solvable> Visits<F> {
    /// Those of degrees 0 … `degree` within T steps.
    pub fn new(kernel: &GoingOn<F>, degree: usize, horizon: usize) -> Visits<F> {
        let times = horizon - 1;
        let blocks: Vec<usize> = (0..kernel.process.states()).step_by(LANES).collect();
        let of = |&first: &usize| block(kernel, first, (degree + 1, times));
        let parts: Vec<Vec<F>> = blocks.par_iter().map(of).collect();
        Visits {
            data: parts.concat(),
            degrees: degree + 1,
            times,
        }
    }

    /// The sequence of a pair over m = 0 … T − 2.
    pub fn of(&self, pair: usize, degree: usize) -> &[F] {
        let first = (pair * self.degrees + degree) * self.times;
        &self.data[first..first + self.times]
    }
}

/// The pairs of a block of states, each of which is one Y.
fn block<F: Solvable>(
    kernel: &GoingOn<F>,
    first: usize,
    (degrees, times): (usize, usize),
) -> Vec<F> {
    let (process, width) = (kernel.process, degrees * LANES);
    let states = first..process.states().min(first + LANES);
    let pairs: usize = states.clone().map(|s| process.pairs_of(s).len()).sum();
    let mut found = vec![F::zero(); pairs * degrees * times];
    let mut known = vec![F::zero(); process.states() * width];
    for state in states {
        known[state * width + state - first] = F::one();
    }
    let mut next = known.clone();
    for time in 0..times {
        let mut save = |at: usize, e: usize, x: &F| {
            found[(at * degrees + e) * times + time] = x.clone();
        };
        step(kernel, first, (&known, &mut next), width, &mut save);
        std::mem::swap(&mut known, &mut next);
    }
    found
}

/// One step for all Y; the pairs of the block are saved, as numbered in it.
fn step<F: Solvable>(
    kernel: &GoingOn<F>,
    first: usize,
    (after, before): (&[F], &mut [F]),
    width: usize,
    save: &mut impl FnMut(usize, usize, &F),
) {
    let weights = kernel.weights();
    let mut at = 0;
    let mut own = vec![F::zero(); width];
    let mut terms = Terms::new();
    for (state, rows) in before.chunks_exact_mut(width).enumerate() {
        rows.fill(F::zero());
        let lane = state.checked_sub(first).filter(|lane| *lane < LANES);
        for pair in kernel.process.pairs_of(state) {
            if !weights[pair].is_zero() {
                let sums = Sums {
                    weight: weights[pair].clone(),
                    own: &mut own,
                    before: &mut *rows,
                    later: None,
                };
                kernel.step(pair, after, sums, &mut terms);
                let own = own.chunks_exact(LANES).enumerate();
                if let Some(lane) = lane {
                    own.for_each(|(e, own)| save(at, e, &own[lane]));
                }
            }
            at += usize::from(lane.is_some());
        }
    }
}
