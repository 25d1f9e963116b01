//! Sizes and differences of vectors.

use std::ops::{AddAssign, Mul};

use crate::field::Field;

/// ‖x‖∞; an entry that is not a number is passed over.
pub fn largest<F: Field>(x: &[F]) -> f64 {
    // in lanes: each comparison waits for the one before it
    let (chunks, rest) = x.as_chunks::<4>();
    let mut most = [0.0; 4];
    for chunk in chunks {
        for (most, x) in most.iter_mut().zip(chunk) {
            *most = larger(*most, x.to_f64().abs());
        }
    }
    let sizes = rest.iter().map(|x| x.to_f64().abs());
    most.into_iter().chain(sizes).fold(0.0, larger)
}

/// The larger of two, the first where the second is not a number.
fn larger(x: f64, y: f64) -> f64 {
    if y > x { y } else { x }
}

/// ‖x‖∞, NaN if an entry is.
pub fn largest_or_nan<F: Field>(x: &[F]) -> f64 {
    worst(x.iter().map(|x| x.to_f64().abs()))
}

/// The largest of some numbers that are not negative, NaN if one of them is.
pub(super) fn worst(sizes: impl Iterator<Item = f64>) -> f64 {
    sizes.fold(0.0, |most, x| if x > most || x.is_nan() { x } else { most })
}

/// x − y.
pub fn difference<F: Field>(x: &[F], y: &[F]) -> Vec<F> {
    x.iter().zip(y).map(|(x, y)| x.clone() - y).collect()
}

/// ‖x − y‖∞; an entry that is not a number is passed over.
pub fn distance<F: Field>(x: &[F], y: &[F]) -> f64 {
    let apart = x.iter().zip(y).map(|(x, y)| (x.clone() - y).abs().to_f64());
    apart.fold(0.0, f64::max)
}

/// Σ xᵢ yᵢ from the first to the last, where the order decides last digits that are told ([`crate::field::dot`] is faster).
pub(crate) fn dot_in_order(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

/// Σ xᵢ yᵢ of either precision in eight strands, which a processor adds at once, and of what is left over.
#[inline(always)]
pub(crate) fn strands<T: Copy + Default + AddAssign + Mul<Output = T>>(
    x: &[T],
    y: &[T],
) -> ([T; 8], T) {
    let (x, x_rest) = x.as_chunks::<8>();
    let (y, y_rest) = y.as_chunks::<8>();
    let mut strands = [T::default(); 8];
    for (x, y) in x.iter().zip(y) {
        for i in 0..8 {
            strands[i] += x[i] * y[i];
        }
    }
    let mut rest = T::default();
    x_rest.iter().zip(y_rest).for_each(|(x, y)| rest += *x * *y);
    (strands, rest)
}

/// ‖x‖₂.
pub fn norm(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// ‖x‖₂, also where squares of entries vanish or overflow.
pub fn scaled_norm(x: &[f64]) -> f64 {
    let scale = largest(x);
    if scale == 0.0 {
        return 0.0;
    }
    scale * x.iter().map(|x| (x / scale).powi(2)).sum::<f64>().sqrt()
}

/// x + c y.
pub fn moved(x: &[f64], y: &[f64], c: f64) -> Vec<f64> {
    x.iter().zip(y).map(|(x, y)| x + c * y).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_a_number_is_passed_over_or_wins() {
        let x = [1.0, f64::NAN, -3.0];
        assert_eq!(largest(&x), 3.0);
        for at in 0..7 {
            let mut x = [f64::NAN, -1.0, 0.5, -0.25, 2.0, f64::NAN, 1.5];
            x[at] = -7.0;
            assert_eq!(largest(&x), 7.0);
        }
        assert!(largest_or_nan(&x).is_nan());
        assert_eq!(largest_or_nan(&[1.0, -3.0]), 3.0);
        assert_eq!(difference(&[1.0, 2.0], &[3.0, 1.0]), [-2.0, 1.0]);
        assert_eq!(distance(&[1.0, 2.0], &[3.0, 1.0]), 2.0);
        let x: Vec<f64> = (0..19).map(f64::from).collect();
        let (eight, rest) = strands(&x, &x);
        assert_eq!(eight.iter().sum::<f64>() + rest, dot_in_order(&x, &x));
        assert_eq!(norm(&[3.0, -4.0]), 5.0);
        assert_eq!(scaled_norm(&[3e-200, -4e-200]), 5e-200);
        assert_eq!(scaled_norm(&[0.0]), 0.0);
        assert_eq!(moved(&[1.0, 2.0], &[3.0, -1.0], 2.0), [7.0, 0.0]);
    }
}
