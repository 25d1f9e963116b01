//! Functions of a symmetric matrix at a vector, f(A) b = V f(Λ) Vᵀ b, without its eigenvectors.
//!
//! ```text
//! A = Q T Qᵀ,   T = W Λ Wᵀ,   V = Q W
//! ```
//!
//! Q consists of Householder's reflections, W of the rotations of the QL algorithm with Wilkinson's shifts (Golub
//! & Van Loan 2013, 8.3). Both are applied to vectors as they were made: to form V would cost several times what
//! all the rest does. What asks for it may end it between two columns.

use std::ops::ControlFlow;

use nalgebra::DMatrix;

use super::largest;
use crate::field::{Field, add_scaled, dot};

/// Sweeps for an eigenvalue before what is left beside it counts as rounding; Wilkinson's shifts take two or
/// three; a choice.
const SWEEPS: usize = 100;

/// A symmetric matrix A [n, n] by its eigenvalues, and a vector b \[n\] in the basis of its eigenvectors.
#[derive(Clone, Debug)]
pub struct Symmetric {
    /// λ \[n\], in no order.
    pub eigenvalues: Vec<f64>,
    /// Vᵀb \[n\].
    pub coordinates: Vec<f64>,
    reflections: Reflections,
    rotations: Rotations,
}

impl Symmetric {
    /// Of A, whose lower triangle is read, and b; `None` where `go_on` has said no, which it is asked at each
    /// column. Time grows with n³, memory with n².
    pub fn new(
        matrix: DMatrix<f64>,
        b: &[f64],
        go_on: &dyn Fn() -> ControlFlow<()>,
    ) -> Option<Symmetric> {
        // so that no square of an entry leaves the numbers; exact but where entries are as small as rounding
        let size = largest(matrix.as_slice());
        let unit = power_of_two(size);
        let (mut diagonal, mut beside, reflections) = reduced(matrix * unit, go_on)?;
        let mut coordinates = b.to_vec();
        reflections.forwards(&mut coordinates);
        let rotations = rotated(&mut diagonal, &mut beside, &mut coordinates, go_on)?;
        Some(Symmetric {
            eigenvalues: diagonal.into_iter().map(|x| x / unit).collect(),
            coordinates,
            reflections,
            rotations,
        })
    }

    /// V x \[n\] of coordinates x \[n\].
    pub fn vector(&self, mut x: Vec<f64>) -> Vec<f64> {
        self.rotations.backwards(&mut x);
        self.reflections.backwards(&mut x);
        x
    }
}

/// A power of two that brings a size near 1; 1 for 0.
fn power_of_two(size: f64) -> f64 {
    if size > 0.0 && size.is_finite() {
        // the ends are no normal numbers any more
        2f64.powi(-(size.log2().floor() as i32).clamp(-1022, 1022))
    } else {
        1.0
    }
}

/// I − vvᵀ one after the other, each v in the column that it has cleared; 0 where nothing was to be cleared.
#[derive(Clone, Debug)]
struct Reflections(DMatrix<f64>);

impl Reflections {
    /// Qᵀx.
    fn forwards(&self, x: &mut [f64]) {
        (0..self.0.ncols()).for_each(|k| self.one(k, x));
    }

    /// Qx.
    fn backwards(&self, x: &mut [f64]) {
        (0..self.0.ncols()).rev().for_each(|k| self.one(k, x));
    }

    fn one(&self, k: usize, x: &mut [f64]) {
        let v = &below(&self.0, k)[1..];
        let along = dot(v, &x[k + 1..]);
        add_scaled(&mut x[k + 1..], v, &-along);
    }
}

/// A column from its diagonal on.
fn below(matrix: &DMatrix<f64>, k: usize) -> &[f64] {
    let n = matrix.nrows();
    &matrix.as_slice()[k * n + k..(k + 1) * n]
}

/// A column from its diagonal on, to be changed.
fn below_mut(matrix: &mut DMatrix<f64>, k: usize) -> &mut [f64] {
    let n = matrix.nrows();
    &mut matrix.as_mut_slice()[k * n + k..(k + 1) * n]
}

/// T of A = QTQᵀ, its diagonal and what stands beside that, and Q.
fn reduced(
    mut a: DMatrix<f64>,
    go_on: &dyn Fn() -> ControlFlow<()>,
) -> Option<(Vec<f64>, Vec<f64>, Reflections)> {
    let n = a.nrows();
    let (mut diagonal, mut beside) = (Vec::with_capacity(n), Vec::with_capacity(n));
    for k in 0..n {
        if go_on().is_break() {
            return None;
        }
        let column = below_mut(&mut a, k);
        diagonal.push(column[0]);
        beside.push(reflection(&mut column[1..]));
        let v = column[1..].to_vec();
        if v.iter().any(|&x| x != 0.0) {
            f64::vectorized(
                #[inline(always)]
                || reflect(&mut a, k + 1, &v),
            );
        }
    }
    Some((diagonal, beside, Reflections(a)))
}

/// Makes of x the v of the reflection that leaves of x its first entry alone, which is returned.
fn reflection(x: &mut [f64]) -> f64 {
    let Some((&mut first, rest)) = x.split_first_mut() else {
        return 0.0;
    };
    let size = largest(rest);
    if size == 0.0 {
        x[0] = 0.0;
        return first;
    }
    let size = size.max(first.abs());
    x.iter_mut().for_each(|x| *x /= size);
    let left = -dot(x, x).sqrt().copysign(first);
    x[0] -= left;
    let length = (dot(x, x) / 2.0).sqrt();
    x.iter_mut().for_each(|x| *x /= length);
    left * size
}

/// (I − vvᵀ) B (I − vvᵀ) = B − vwᵀ − wvᵀ with w = Bv − (vᵀBv/2) v, of the block B of a matrix from one column on.
#[inline(always)]
fn reflect(a: &mut DMatrix<f64>, first: usize, v: &[f64]) {
    let mut w = vec![0.0; v.len()];
    for (j, &x) in v.iter().enumerate() {
        let column = below(a, first + j);
        w[j] += column[0] * x + dot(&column[1..], &v[j + 1..]);
        add_scaled(&mut w[j + 1..], &column[1..], &x);
    }
    let half = dot(&w, v) / 2.0;
    add_scaled(&mut w, v, &-half);
    for j in 0..v.len() {
        let column = below_mut(a, first + j);
        let (x, y) = (v[j], w[j]);
        for ((entry, v), w) in column.iter_mut().zip(&v[j..]).zip(&w[j..]) {
            *entry -= v * y + w * x;
        }
    }
}

/// Rotations (c, s) of the planes (i, i + 1), sweep by sweep, in each from the last plane down to the first.
#[derive(Clone, Debug, Default)]
struct Rotations {
    all: Vec<(f64, f64)>,
    /// The first plane of each sweep, and the one behind its last.
    sweeps: Vec<(usize, usize)>,
}

impl Rotations {
    /// Wx.
    fn backwards(&self, x: &mut [f64]) {
        let mut left = self.all.as_slice();
        for &(first, end) in self.sweeps.iter().rev() {
            for plane in first..end {
                let Some((&(c, s), others)) = left.split_last() else {
                    return;
                };
                left = others;
                let (low, high) = (x[plane], x[plane + 1]);
                (x[plane], x[plane + 1]) = (c * low + s * high, c * high - s * low);
            }
        }
    }
}

/// Λ in place of the diagonal of T, Wᵀx in place of x, and W.
fn rotated(
    diagonal: &mut [f64],
    beside: &mut [f64],
    x: &mut [f64],
    go_on: &dyn Fn() -> ControlFlow<()>,
) -> Option<Rotations> {
    let mut rotations = Rotations::default();
    for first in 0..diagonal.len() {
        if go_on().is_break() {
            return None;
        }
        for _ in 0..SWEEPS {
            let is_small = |&i: &usize| {
                beside[i].abs() <= f64::EPSILON * (diagonal[i].abs() + diagonal[i + 1].abs())
            };
            let last = (first..diagonal.len() - 1).find(is_small);
            let last = last.unwrap_or(diagonal.len() - 1);
            if last == first {
                break;
            }
            sweep(diagonal, beside, (first, last), x, &mut rotations);
        }
    }
    Some(rotations)
}

/// A sweep of the QL algorithm over the rows between two, both included, with the shift of Wilkinson (1968).
fn sweep(
    d: &mut [f64],
    e: &mut [f64],
    (first, last): (usize, usize),
    x: &mut [f64],
    rotations: &mut Rotations,
) {
    let ratio = (d[first + 1] - d[first]) / (2.0 * e[first]);
    let root = ratio.hypot(1.0).copysign(ratio);
    let mut g = d[last] - d[first] + e[first] / (ratio + root);
    let (mut s, mut c, mut p) = (1.0, 1.0, 0.0);
    for i in (first..last).rev() {
        let (f, b) = (s * e[i], c * e[i]);
        let r = f64::hypot(f, g);
        e[i + 1] = r;
        if r == 0.0 {
            // the matrix has come apart here
            d[i + 1] -= p;
            e[last] = 0.0;
            rotations.sweeps.push((i + 1, last));
            return;
        }
        (s, c) = (f / r, g / r);
        g = d[i + 1] - p;
        let r = (d[i] - g) * s + 2.0 * c * b;
        p = s * r;
        d[i + 1] = g + p;
        g = c * r - b;
        let (low, high) = (x[i], x[i + 1]);
        (x[i], x[i + 1]) = (c * low - s * high, s * low + c * high);
        rotations.all.push((c, s));
    }
    d[first] -= p;
    e[first] = g;
    e[last] = 0.0;
    rotations.sweeps.push((first, last));
}

#[cfg(test)]
mod tests {
    use super::*;

    const ON: &dyn Fn() -> ControlFlow<()> = &|| ControlFlow::Continue(());

    /// The chain of springs 2, −1 has λ_k = 2 − 2 cos(kπ/(n + 1)) and vectors sin(ikπ/(n + 1)), of length
    /// √((n + 1)/2).
    #[test]
    fn eigenvalues_of_a_chain_of_springs_are_cosines() {
        let n = 40;
        let angle = std::f64::consts::PI / (n + 1) as f64;
        let chain = DMatrix::from_fn(n, n, |i, j| match i.abs_diff(j) {
            0 => 2.0,
            1 => -1.0,
            _ => 0.0,
        });
        for scale in [1.0, 1e-200, 1e200] {
            let wave: Vec<f64> = (1..=n).map(|i| (7.0 * angle * i as f64).sin()).collect();
            let found = Symmetric::new(chain.clone() * scale, &wave, ON).unwrap();
            let mut eigenvalues: Vec<f64> = found.eigenvalues.iter().map(|x| x / scale).collect();
            eigenvalues.sort_by(f64::total_cmp);
            for (k, x) in eigenvalues.iter().enumerate() {
                let right = 2.0 - 2.0 * ((k + 1) as f64 * angle).cos();
                assert!((x - right).abs() < 1e-13, "{k}: {x} {right}");
            }
            let length = ((n + 1) as f64 / 2.0).sqrt();
            let own = largest(&found.coordinates);
            assert!((own - length).abs() < 1e-13, "{own} {length}");
        }
    }

    /// A x, of a full matrix whose entries are no pattern: Σ λ (Vᵀb) V is A b, and V Vᵀb is b.
    #[test]
    fn a_full_matrix_is_made_of_its_eigenvalues() {
        for n in [1, 2, 3, 17] {
            let entry = |i: usize, j: usize| ((i * j + 3 * (i + j)) as f64 * 0.7).sin();
            let a = DMatrix::from_fn(n, n, |i, j| entry(i, j) + entry(j, i));
            let b: Vec<f64> = (0..n).map(|i| (i as f64).cos()).collect();
            let found = Symmetric::new(a.clone(), &b, ON).unwrap();
            let pairs = found.eigenvalues.iter().zip(&found.coordinates);
            let product = found.vector(pairs.map(|(eigenvalue, x)| eigenvalue * x).collect());
            let again = found.vector(found.coordinates.clone());
            for i in 0..n {
                let right: f64 = (0..n).map(|j| a[(i, j)] * b[j]).sum();
                assert!((product[i] - right).abs() < 1e-12, "{n}: {i}");
                assert!((again[i] - b[i]).abs() < 1e-13, "{n}: {i}");
            }
        }
    }

    #[test]
    fn whoever_says_no_ends_it() {
        let off: &dyn Fn() -> ControlFlow<()> = &|| ControlFlow::Break(());
        assert!(Symmetric::new(DMatrix::identity(3, 3), &[1.0; 3], off).is_none());
    }
}
