//! Sums of multiples of rows of `f64`, in the widest registers that the machine has.

use pulp::{Arch, Simd, WithSimd};

/// Registers that are summed in side by side, which hides the time that an addition takes; four took a twentieth longer.
const SIDE_BY_SIDE: usize = 8;

/// y(j) ← y(j) + Σ_m a(m) x(M − 1 − m + j), each entry's sum in the order of m, each product rounded.
pub(super) fn add_convolved(y: &mut [f64], a: &[f64], x: &[f64]) {
    Arch::new().dispatch(Convolved { y, a, x });
}

struct Convolved<'a> {
    y: &'a mut [f64],
    a: &'a [f64],
    x: &'a [f64],
}

impl WithSimd for Convolved<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Convolved { y, a, x } = self;
        let width = SIDE_BY_SIDE * S::F64_LANES;
        let mut blocks = y.chunks_exact_mut(width);
        let mut at = 0;
        for y in &mut blocks {
            let (y, _) = S::as_mut_simd_f64s(y);
            let mut sums = [simd.splat_f64s(0.0); SIDE_BY_SIDE];
            sums.copy_from_slice(y);
            let windows = x[at..at + a.len() + width - 1].windows(width).rev();
            for (a, x) in a.iter().zip(windows) {
                let a = simd.splat_f64s(*a);
                let (x, _) = S::as_simd_f64s(x);
                for (sum, x) in sums.iter_mut().zip(x) {
                    *sum = simd.add_f64s(*sum, simd.mul_f64s(a, *x));
                }
            }
            y.copy_from_slice(&sums);
            at += width;
        }
        for (j, y) in blocks.into_remainder().iter_mut().enumerate() {
            let x = &x[at + j..at + j + a.len()];
            for (a, x) in a.iter().zip(x.iter().rev()) {
                *y += a * x;
            }
        }
    }
}

struct Multiples<'a> {
    y: &'a mut [f64],
    terms: &'a [(f64, &'a [f64])],
}

/// y ← y + Σ aᵢ xᵢ, each entry's sum in the order of i, each product rounded.
pub(super) fn add(y: &mut [f64], terms: &[(f64, &[f64])]) {
    Arch::new().dispatch(Multiples { y, terms });
}

impl WithSimd for Multiples<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (whole, rest) = S::as_mut_simd_f64s(self.y);
        let (groups, single) = whole.as_chunks_mut::<SIDE_BY_SIDE>();
        let mut at = 0;
        for group in groups {
            let mut sums = *group;
            for (a, x) in self.terms {
                let a = simd.splat_f64s(*a);
                let (x, _) = S::as_simd_f64s(&x[at..at + SIDE_BY_SIDE * S::F64_LANES]);
                for (sum, x) in sums.iter_mut().zip(x) {
                    *sum = simd.add_f64s(*sum, simd.mul_f64s(a, *x));
                }
            }
            *group = sums;
            at += SIDE_BY_SIDE * S::F64_LANES;
        }
        for y in single {
            let mut sum = *y;
            for (a, x) in self.terms {
                let a = simd.splat_f64s(*a);
                let (x, _) = S::as_simd_f64s(&x[at..at + S::F64_LANES]);
                sum = simd.add_f64s(sum, simd.mul_f64s(a, x[0]));
            }
            *y = sum;
            at += S::F64_LANES;
        }
        for (i, y) in rest.iter_mut().enumerate() {
            for (a, x) in self.terms {
                *y += a * x[at + i];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    /// The same operations in the same order as one by one, whatever is left of a register.
    #[test]
    fn registers_change_no_digit() {
        let number = |i: usize| 1.0 / (i as f64 + 3.0) - 0.1;
        let rows: Vec<Vec<f64>> = (0..5)
            .map(|row| (0..70).map(|i| number(71 * row + i)).collect())
            .collect();
        for length in 0..70 {
            let mut y: Vec<f64> = (0..length).map(number).collect();
            let mut plain = y.clone();
            let terms: Vec<(f64, &[f64])> = rows.iter().map(|x| (x[1], x.as_slice())).collect();
            super::add(&mut y, &terms);
            for (k, y) in plain.iter_mut().enumerate() {
                rows.iter().for_each(|x| *y += x[1] * x[k]);
            }
            assert_eq!(y, plain, "{length}");
        }
    }

    /// The same of a convolution.
    #[test]
    fn a_convolution_is_summed_in_its_order() {
        let number = |i: usize| 1.0 / (i as f64 + 3.0) - 0.1;
        for (length, terms) in [(0, 3), (5, 0), (7, 4), (32, 31), (33, 9), (70, 70)] {
            let a: Vec<f64> = (0..terms).map(number).collect();
            let x: Vec<f64> = (9..9 + (terms + length).saturating_sub(1))
                .map(number)
                .collect();
            let mut y: Vec<f64> = (0..length).map(|i| number(3 * i)).collect();
            let mut plain = y.clone();
            super::add_convolved(&mut y, &a, &x);
            for (j, y) in plain.iter_mut().enumerate() {
                (0..terms).for_each(|m| *y += a[m] * x[terms - 1 - m + j]);
            }
            assert_eq!(y, plain, "{length} {terms}");
        }
    }
}
