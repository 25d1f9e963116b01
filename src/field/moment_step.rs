//! One step back of moments E[Rᵉ Y] for many Y side by side, each product and each sum rounded as if one by one.

use pulp::{Arch, Simd, WithSimd};

use super::Field;

/// The largest degree and 1: fourth moments of a product need R⁴.
pub const DEGREES: usize = 5;

/// From E_{s'}[Rᵉ Y'] of the successors of a pair to E_{s,a}[(ζ + gR')ᵉ Y'], and from there to what is summed of it.
#[derive(Debug)]
pub struct MomentStep<'a, F> {
    /// The probability of each successor, and its rows \[degrees\]\[lanes\].
    pub after: &'a [(F, &'a [F])],
    /// C(e, i) ζ^{e−i} gⁱ for i ≤ e, which every outcome shares.
    pub earned: &'a [[F; DEGREES]; DEGREES],
    /// The weight of the pair among those of its state.
    pub weight: F,
    /// E_{s,a}[(ζ + gR')ᵉ Y'] \[degrees\]\[lanes\], which is written.
    pub own: &'a mut [F],
    /// \[degrees\]\[lanes\], to which the weight times that is added.
    pub before: &'a mut [F],
    /// ωₑ \[degrees\], and \[lanes\], to which Σₑ ωₑ times that is added.
    pub later: Option<(&'a [F], &'a mut [F])>,
    /// How many Y there are.
    pub lanes: usize,
}

impl<F: Field> MomentStep<'_, F> {
    /// One row after the other.
    pub(super) fn row_by_row(mut self) {
        self.own.fill(F::zero());
        F::add_multiples(self.own, self.after);
        for e in (1..self.own.len() / self.lanes).rev() {
            let (lower, rest) = self.own.split_at_mut(e * self.lanes);
            let row = &mut rest[..self.lanes];
            row.iter_mut().for_each(|x| *x *= &self.earned[e][e]);
            for (factor, lower) in self.earned[e].iter().zip(lower.chunks_exact(self.lanes)) {
                F::add_multiples(row, &[(factor.clone(), lower)]);
            }
        }
        self.pass_on();
    }

    /// Adds what `own` holds to what is summed of it.
    pub(crate) fn pass_on(&mut self) {
        F::add_multiples(self.before, &[(self.weight.clone(), self.own)]);
        if let Some((omega, later)) = &mut self.later {
            for (omega, own) in omega.iter().zip(self.own.chunks_exact(self.lanes)) {
                F::add_multiples(later, &[(omega.clone(), own)]);
            }
        }
    }
}

impl MomentStep<'_, f64> {
    /// A piece of all rows at a time, which stays in registers from the first successor to the last sum.
    pub(super) fn in_registers(self) {
        let arch = Arch::new();
        // side by side in each of the rows, so that all of them fit into sixteen registers
        match self.own.len() / self.lanes {
            1 => arch.dispatch(Pieces::<1, 4>(self)),
            2 => arch.dispatch(Pieces::<2, 4>(self)),
            3 => arch.dispatch(Pieces::<3, 4>(self)),
            4 => arch.dispatch(Pieces::<4, 2>(self)),
            5 => arch.dispatch(Pieces::<5, 2>(self)),
            _ => self.row_by_row(),
        }
    }
}

/// A step of so many degrees, so many registers of each row at a time.
struct Pieces<'a, const D: usize, const WIDE: usize>(MomentStep<'a, f64>);

impl<const D: usize, const WIDE: usize> WithSimd for Pieces<'_, D, WIDE> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let mut step = self.0;
        if !step.lanes.is_multiple_of(WIDE * S::F64_LANES) {
            return step.row_by_row();
        }
        for first in (0..step.lanes).step_by(WIDE * S::F64_LANES) {
            let own = piece::<S, D, WIDE>(simd, &step, first);
            pass_on(simd, &mut step, first, own);
        }
    }
}

/// Registers from a place of a row on.
#[inline(always)]
fn registers<S: Simd, const WIDE: usize>(row: &[f64], first: usize) -> &[S::f64s] {
    S::as_simd_f64s(&row[first..first + WIDE * S::F64_LANES]).0
}

#[inline(always)]
fn registers_mut<S: Simd, const WIDE: usize>(row: &mut [f64], first: usize) -> &mut [S::f64s] {
    S::as_mut_simd_f64s(&mut row[first..first + WIDE * S::F64_LANES]).0
}

/// E_{s,a}[(ζ + gR')ᵉ Y'] of a piece.
#[inline(always)]
fn piece<S: Simd, const D: usize, const WIDE: usize>(
    simd: S,
    step: &MomentStep<'_, f64>,
    first: usize,
) -> [[S::f64s; WIDE]; D] {
    let mut own = [[simd.splat_f64s(0.0); WIDE]; D];
    for (p, rows) in step.after {
        let p = simd.splat_f64s(*p);
        for (own, row) in own.iter_mut().zip(rows.chunks_exact(step.lanes)) {
            let row = registers::<S, WIDE>(row, first);
            add(simd, own, p, row);
        }
    }
    for e in (1..D).rev() {
        let (lower, rest) = own.split_at_mut(e);
        let factor = simd.splat_f64s(step.earned[e][e]);
        rest[0]
            .iter_mut()
            .for_each(|x| *x = simd.mul_f64s(*x, factor));
        for (factor, lower) in step.earned[e].iter().zip(lower) {
            add(simd, &mut rest[0], simd.splat_f64s(*factor), lower);
        }
    }
    own
}

#[inline(always)]
fn pass_on<S: Simd, const D: usize, const WIDE: usize>(
    simd: S,
    step: &mut MomentStep<'_, f64>,
    first: usize,
    own: [[S::f64s; WIDE]; D],
) {
    let weight = simd.splat_f64s(step.weight);
    let rows = step.before.chunks_exact_mut(step.lanes);
    let kept = step.own.chunks_exact_mut(step.lanes);
    for ((own, row), kept) in own.iter().zip(rows).zip(kept) {
        registers_mut::<S, WIDE>(kept, first).copy_from_slice(own);
        add(simd, registers_mut::<S, WIDE>(row, first), weight, own);
    }
    if let Some((omega, later)) = &mut step.later {
        let later = registers_mut::<S, WIDE>(later, first);
        for (own, omega) in own.iter().zip(*omega) {
            add(simd, later, simd.splat_f64s(*omega), own);
        }
    }
}

/// y ← y + a x.
#[inline(always)]
fn add<S: Simd>(simd: S, y: &mut [S::f64s], a: S::f64s, x: &[S::f64s]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y = simd.add_f64s(*y, simd.mul_f64s(a, *x));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same operations in the same order as one by one, whatever the degrees and the lanes.
    #[test]
    fn registers_change_no_digit() {
        let number = |i: usize| 1.0 / (i as f64 + 3.0) - 0.1;
        let numbers = |first: usize, n: usize| (first..first + n).map(number).collect::<Vec<_>>();
        let earned: [[f64; DEGREES]; DEGREES] =
            std::array::from_fn(|e| std::array::from_fn(|i| number(7 * e + i)));
        for (degrees, lanes) in [(1, 32), (2, 32), (3, 32), (4, 32), (5, 32), (3, 7)] {
            let size = degrees * lanes;
            let rows: Vec<Vec<f64>> = (0..3).map(|row| numbers(row * size, size)).collect();
            let after: Vec<(f64, &[f64])> = rows.iter().map(|x| (x[1], x.as_slice())).collect();
            let omega = numbers(5, degrees);
            let run = |wide: bool| {
                let (mut own, mut before, mut later) =
                    (vec![0.0; size], numbers(2, size), numbers(4, lanes));
                let step = MomentStep {
                    after: &after,
                    earned: &earned,
                    weight: 0.3,
                    own: &mut own,
                    before: &mut before,
                    later: Some((&omega, &mut later)),
                    lanes,
                };
                if wide {
                    step.in_registers();
                } else {
                    step.row_by_row();
                }
                (own, before, later)
            };
            assert_eq!(run(true), run(false), "{degrees} {lanes}");
        }
    }
}
