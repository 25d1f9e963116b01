//! The eigenvalues of a matrix by its Schur form, each in a disc that holds it whatever rounding did.
//!
//! (Golub & Van Loan 2013, chapter 7.)

use nalgebra::{Complex, DMatrix, DVector, Schur};

use super::eigenvalue::{Eigenvalue, falling};

/// The eigenvalues of a matrix with bounds on their errors, the largest modulus first.
pub(super) fn of_matrix(matrix: DMatrix<f64>) -> Option<Vec<Eigenvalue>> {
    let n = matrix.nrows();
    let folded = folded(matrix);
    let zeros = n - folded.nrows();
    let mut eigenvalues = match folded.nrows() {
        1 => {
            // each of its entries is a sum of products of rounded numbers
            let error = (n + 16) as f64 * f64::EPSILON * folded[(0, 0)];
            vec![Eigenvalue {
                value: Complex::new(folded[(0, 0)], 0.0),
                error,
                most: folded[(0, 0)] + error,
                is_root_of_unity: false,
            }]
        }
        _ => enclosed(folded)?,
    };
    eigenvalues.extend(vec![Eigenvalue::exact(Complex::new(0.0, 0.0)); zeros]);
    eigenvalues.sort_by(falling);
    Some(eigenvalues)
}

/// A smaller matrix with the same eigenvalues but for zeros: as long as rows or columns are equal they
/// are made one.
///
/// With equal rows A = UV, where V has each row once; VU has the eigenvalues of UV but for zeros, and
/// adds up the columns that belong together. Zeros with too few eigenvectors, which the Schur form
/// would move by ε^{1/k}, mostly are of this kind: states that lead to the same, or are led to alike.
fn folded(mut matrix: DMatrix<f64>) -> DMatrix<f64> {
    loop {
        let before = matrix.nrows();
        matrix = rows_folded(&matrix);
        matrix = rows_folded(&matrix.transpose()).transpose();
        if matrix.nrows() == before {
            return matrix;
        }
    }
}

/// Equal rows made one, and the columns of their numbers added up.
fn rows_folded(matrix: &DMatrix<f64>) -> DMatrix<f64> {
    let n = matrix.nrows();
    let key = |i: usize| {
        matrix
            .row(i)
            .iter()
            .map(|x| x.to_bits())
            .collect::<Vec<_>>()
    };
    let keys: Vec<Vec<u64>> = (0..n).map(key).collect();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| keys[i].cmp(&keys[j]).then(i.cmp(&j)));
    let mut group = vec![0; n];
    let mut first = Vec::new();
    for (k, &i) in order.iter().enumerate() {
        if k == 0 || keys[order[k - 1]] != keys[i] {
            first.push(i);
        }
        group[i] = first.len() - 1;
    }
    let mut folded = DMatrix::zeros(first.len(), first.len());
    for (g, &i) in first.iter().enumerate() {
        for j in 0..n {
            folded[(g, group[j])] += matrix[(i, j)];
        }
    }
    folded
}

/// The eigenvalues of a matrix with bounds on their errors. `None` if the iteration does not converge.
///
/// The Schur form QTQᵀ is that of A + E with ‖E‖ ≤ δ, which is measured. All eigenvalues of A are in
/// the discs around those tᵢ of T with the radii nδ/|yᵢ*xᵢ|, unit eigenvectors from the left and the
/// right, as many in each connected union of discs as it has discs (Bauer & Fike 1960; Demmel 1997,
/// section 4.3); and each is within (‖A‖ + ‖A + E‖)^{1 − 1/n} δ^{1/n} of one tᵢ (Elsner 1985).
fn enclosed(matrix: DMatrix<f64>) -> Option<Vec<Eigenvalue>> {
    let n = matrix.nrows();
    let matrix = balanced(matrix);
    // an iteration that compares with the diagonal does not end beside zeros: A + I has none there
    let shifted = &matrix + DMatrix::identity(n, n);
    // an eigenvalue takes two or three sweeps: a thousand are the end; a choice
    let (q, t) = Schur::try_new(shifted.clone(), f64::EPSILON, 1000 * n)?.unpack();
    let rounding = 10.0 * n as f64 * f64::EPSILON * shifted.norm();
    let orthogonal = (q.transpose() * &q - DMatrix::identity(n, n)).norm();
    let delta = (&shifted * &q - &q * &t).norm() + orthogonal * shifted.norm() + rounding;
    let triangle = triangular(t);
    let values: Vec<Complex<f64>> = (0..n).map(|i| triangle[(i, i)] - 1.0).collect();
    let radii: Vec<f64> = conditions(&triangle)
        .into_iter()
        .map(|condition| condition * n as f64 * delta)
        .collect();
    let most =
        (2.0 * matrix.norm() + delta).powf(1.0 - 1.0 / n as f64) * delta.powf(1.0 / n as f64);
    let errors = unions(&values, &radii)
        .into_iter()
        .map(|error| error.min(most));
    let (least, largest) = perron(&matrix);
    let eigenvalue = |(value, error): (&Complex<f64>, f64)| Eigenvalue {
        value: *value,
        error,
        most: (value.norm() + error).min(largest),
        is_root_of_unity: false,
    };
    let mut eigenvalues: Vec<Eigenvalue> = values.iter().zip(errors).map(eigenvalue).collect();
    eigenvalues.sort_by(falling);
    // the largest of a set of states is real, simple, and the only one of those with period 1
    let first = &mut eigenvalues[0];
    if first.value.im == 0.0 && first.value.re > 0.0 {
        let reach = (largest - first.value.re).max(first.value.re - least);
        first.error = first.error.min(reach.max(0.0));
    }
    Some(eigenvalues)
}

/// The largest eigenvalue of a matrix without negative entries whose states all lead to each other,
/// from below and above: min (Ax)ᵢ/xᵢ and max (Ax)ᵢ/xᵢ for x > 0 (Collatz 1942; Wielandt 1950), x by
/// solving with (σI − A) for σ the upper one, which converges quadratically (Noda 1971).
fn perron(matrix: &DMatrix<f64>) -> (f64, f64) {
    // six that double the digits lead from one to all of them; the others are for the way there
    const ROUNDS: usize = 20;
    let n = matrix.nrows();
    let rounding = (n as f64 + 2.0) * f64::EPSILON;
    let mut x = DVector::from_element(n, 1.0);
    let (mut least, mut most) = (0.0f64, f64::INFINITY);
    for _ in 0..ROUNDS {
        let image = matrix * &x;
        let ratios = || image.iter().zip(x.iter()).map(|(y, x)| y / x);
        let above = ratios().fold(0.0, f64::max) * (1.0 + rounding);
        least = least.max(ratios().fold(f64::INFINITY, f64::min) * (1.0 - rounding));
        let is_narrower = above < most;
        most = most.min(above);
        if !is_narrower || most - least <= 4.0 * rounding * most {
            break;
        }
        let mut system = -matrix;
        (0..n).for_each(|i| system[(i, i)] += most);
        match system.lu().solve(&x) {
            Some(next) if next.iter().all(|x| *x > 0.0 && x.is_finite()) => {
                x = &next / next.max();
            }
            _ => break,
        }
    }
    (least, most)
}

/// D⁻¹AD with powers of 2 in D, which is exact: a walk with a drift becomes nearly symmetric.
///
/// Where i and j lead to each other, dⱼ/dᵢ = (aᵢⱼ/aⱼᵢ)^{1/2} along a tree makes all of a reversible chain
/// symmetric (Levin, Peres & Wilmer 2009, section 12.1); of others whichever has the smaller norm is taken.
fn balanced(matrix: DMatrix<f64>) -> DMatrix<f64> {
    let n = matrix.nrows();
    let mut exponents: Vec<Option<f64>> = vec![None; n];
    for root in 0..n {
        if exponents[root].is_some() {
            continue;
        }
        exponents[root] = Some(0.0);
        let mut stack = vec![(root, 0.0)];
        while let Some((i, exponent)) = stack.pop() {
            for j in 0..n {
                let (out, back) = (matrix[(i, j)], matrix[(j, i)]);
                if exponents[j].is_none() && out > 0.0 && back > 0.0 {
                    let next = exponent + (out.log2() - back.log2()) / 2.0;
                    exponents[j] = Some(next);
                    stack.push((j, next));
                }
            }
        }
    }
    let exponents: Vec<i32> = exponents
        .iter()
        .map(|e| e.unwrap_or(0.0).round() as i32)
        .collect();
    let scaled = DMatrix::from_fn(n, n, |i, j| match matrix[(i, j)] {
        0.0 => 0.0,
        x => x * 2f64.powi(exponents[i] - exponents[j]),
    });
    if scaled.norm() < matrix.norm() {
        scaled
    } else {
        matrix
    }
}

/// A real Schur form made triangular: each block of two by a rotation.
fn triangular(form: DMatrix<f64>) -> DMatrix<Complex<f64>> {
    let n = form.nrows();
    let mut t = form.map(|x| Complex::new(x, 0.0));
    for k in 0..n.saturating_sub(1) {
        if form[(k + 1, k)] == 0.0 {
            continue;
        }
        // an eigenvalue μ of the block, and its eigenvector (μ − d, c)
        let (a, b) = (t[(k, k)], t[(k, k + 1)]);
        let (c, d) = (t[(k + 1, k)], t[(k + 1, k + 1)]);
        let half = (a - d) / 2.0;
        let mu = (a + d) / 2.0 + (half * half + b * c).sqrt();
        let (x, y) = (mu - d, c);
        let norm = x.norm().hypot(y.norm());
        let (x, y) = (x / norm, y / norm);
        for j in k..n {
            let (upper, lower) = (t[(k, j)], t[(k + 1, j)]);
            t[(k, j)] = x.conj() * upper + y.conj() * lower;
            t[(k + 1, j)] = x * lower - y * upper;
        }
        for i in 0..(k + 2) {
            let (left, right) = (t[(i, k)], t[(i, k + 1)]);
            t[(i, k)] = left * x + right * y;
            t[(i, k + 1)] = right * x.conj() - left * y.conj();
        }
        t[(k + 1, k)] = Complex::new(0.0, 0.0);
    }
    t
}

/// 1/|yᵢ*xᵢ| of a triangular matrix, ∞ where it has too few eigenvectors: the lengths of the columns
/// of X by those of the rows of X⁻¹.
fn conditions(t: &DMatrix<Complex<f64>>) -> Vec<f64> {
    let n = t.nrows();
    let mut x: DMatrix<Complex<f64>> = DMatrix::identity(n, n);
    for j in 0..n {
        for i in (0..j).rev() {
            let sum: Complex<f64> = (i + 1..=j).map(|k| t[(i, k)] * x[(k, j)]).sum();
            x[(i, j)] = sum / (t[(j, j)] - t[(i, i)]);
        }
    }
    let mut inverse: DMatrix<Complex<f64>> = DMatrix::identity(n, n);
    for j in 0..n {
        for i in (0..j).rev() {
            let sum: Complex<f64> = (i + 1..=j).map(|k| x[(i, k)] * inverse[(k, j)]).sum();
            inverse[(i, j)] = -sum;
        }
    }
    let condition = |i: usize| {
        let condition = x.column(i).norm() * inverse.row(i).norm();
        if condition.is_finite() {
            condition
        } else {
            f64::INFINITY
        }
    };
    (0..n).map(condition).collect()
}

/// How far the eigenvalue that belongs to each centre can be from it: anywhere in the connected union
/// of discs.
fn unions(centers: &[Complex<f64>], radii: &[f64]) -> Vec<f64> {
    let n = centers.len();
    let mut union = vec![usize::MAX; n];
    for first in 0..n {
        if union[first] != usize::MAX {
            continue;
        }
        union[first] = first;
        let mut stack = vec![first];
        while let Some(i) = stack.pop() {
            for j in 0..n {
                let meet = (centers[i] - centers[j]).norm() <= radii[i] + radii[j];
                if meet && union[j] == usize::MAX {
                    union[j] = first;
                    stack.push(j);
                }
            }
        }
    }
    let reach = |i: usize| {
        let own = (0..n).filter(|&j| union[j] == union[i]);
        own.map(|j| (centers[i] - centers[j]).norm() + radii[j])
            .fold(0.0, f64::max)
    };
    (0..n).map(reach).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spectrum_of(n: usize, p: impl Fn(usize, usize) -> f64) -> Vec<Eigenvalue> {
        of_matrix(DMatrix::from_fn(n, n, p)).unwrap()
    }

    /// Each is within its error of a true one, and no error is above `most`.
    fn assert_spectrum(found: &[Eigenvalue], truth: &[Complex<f64>], most: f64) {
        assert_eq!(found.len(), truth.len());
        for z in found {
            assert!(z.most >= z.value.norm() - z.error);
            let off = truth.iter().map(|t| (t - z.value).norm());
            let off = off.fold(f64::INFINITY, f64::min);
            assert!(off <= z.error + 1e-16, "{z:?} is {off} away");
            assert!(z.error <= most, "{z:?}");
        }
    }

    /// A walk on 0 … n − 1 that stays at its ends: 1 and 2 √(pq) cos(πk/n) (Feller 1968, XVI.3). Left
    /// as it is, a Schur form is off by a tenth: the eigenvectors grow like (p/q)^{n/2} = 3⁵⁹.
    #[test]
    fn a_walk_with_a_drift() {
        let (n, p, q) = (60, 0.9, 0.1);
        let found = spectrum_of(n, |i, j| match (i, j) {
            _ if j == i + 1 => p,
            _ if i == j + 1 => q,
            (0, 0) => q,
            _ if i == j && i + 1 == n => p,
            _ => 0.0,
        });
        let angle = |k: usize| std::f64::consts::PI * k as f64 / n as f64;
        let inner = (1..n).map(|k| 2.0 * (p * q).sqrt() * angle(k).cos());
        let truth: Vec<_> = inner.chain([1.0]).map(|x| Complex::new(x, 0.0)).collect();
        assert_spectrum(&found, &truth, 1e-9);
    }

    /// Round a circle, or stay: 0.3 + 0.7 e^{2πik/n}.
    #[test]
    fn a_circle() {
        let n = 9;
        let found = spectrum_of(n, |i, j| match (j + n - i) % n {
            0 => 0.3,
            1 => 0.7,
            _ => 0.0,
        });
        let turn = |k: usize| std::f64::consts::TAU * k as f64 / n as f64;
        let truth: Vec<_> = (0..n)
            .map(|k| 0.3 + Complex::from_polar(0.7, turn(k)))
            .collect();
        assert_spectrum(&found, &truth, 1e-11);
    }

    /// A house of cards of 24 storeys, its states in another order: λ²³(λ − 1).
    #[test]
    fn zeros_with_one_eigenvector() {
        let n = 24;
        let place = |i: usize| i * 7 % n;
        let found = spectrum_of(n, |i, j| {
            let up = (place(i) + 1).min(n - 1);
            let mut p = 0.0;
            if place(j) == up {
                p += 0.7;
            }
            if place(j) == 0 {
                p += 0.3;
            }
            p
        });
        assert_eq!(found[0].value, Complex::new(1.0, 0.0));
        assert!(
            found[1..]
                .iter()
                .all(|z| z.value.norm() == 0.0 && z.error == 0.0)
        );
    }

    /// A renewal at ages 1, 2, 3 with probabilities 1/2, 7/16, 1/16: λ³ − λ²/2 − 7λ/16 − 1/16 =
    /// (λ − 1)(λ + 1/4)², of which −1/4 has one eigenvector: off by the root of a rounding, and said so.
    #[test]
    fn a_double_eigenvalue_with_one_eigenvector() {
        let p = [[0.5, 0.5, 0.0], [0.875, 0.0, 0.125], [1.0, 0.0, 0.0]];
        let found = spectrum_of(3, |i, j| p[i][j]);
        let truth = [1.0, -0.25].map(|x| Complex::new(x, 0.0));
        assert_spectrum(&found, &[truth[0], truth[1], truth[1]], 1e-4);
        assert!(found[0].error < 1e-12);
        assert!(found[1].error > 1e-9, "{found:?}");
    }

    /// The same with a leak of a tenth of each row, and states enough that −9/40 cannot be told: the
    /// largest is 9/10 all the same, and no other is larger.
    #[test]
    fn the_largest_of_a_set_of_states_is_known_whatever_the_others_are() {
        let p = [[0.5, 0.5, 0.0], [0.875, 0.0, 0.125], [1.0, 0.0, 0.0]];
        let found = spectrum_of(3, |i, j| 0.9 * p[i][j]);
        assert!((found[0].value.re - 0.9).abs() <= found[0].error);
        assert!(found[0].error < 1e-14, "{found:?}");
        assert!(found[1..].iter().all(|z| z.most < 0.9 + 1e-14));
        let (least, most) = perron(&DMatrix::from_fn(60, 60, |i, j| match (i, j) {
            _ if i == j + 1 => 0.5,
            _ if j == i + 1 => 0.5,
            _ => 0.0,
        }));
        // a walk that falls off both ends: cos(π/61)
        let truth = (std::f64::consts::PI / 61.0).cos();
        assert!(least <= truth && truth <= most && most - least < 1e-13);
    }
}
