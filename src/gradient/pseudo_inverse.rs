//! F⁺g for the Fisher matrix F and a g in its range: the direction of the natural gradient.

use std::ops::ControlFlow;

use nalgebra::DMatrix;

use crate::field::{CLOSE, UNIT};
use crate::linalg::{Csr, LeastSquares, Solvable, Symmetric, largest};
use crate::number::Rational;

/// The natural gradient.
#[derive(Clone, Debug, PartialEq)]
pub struct Natural<F> {
    /// w = F⁺∇J \[d\], in reward times unit of θ: the shortest solution of F w = ∇J.
    pub direction: Vec<F>,
    /// The rank of F.
    pub rank: usize,
}

/// The scores of a policy, how often each pair is visited, and what stands for its advantage: what F and ∇J are
/// made of.
#[derive(Clone, Debug)]
pub struct WeightedScores<F> {
    /// ψ(s, a) [SA, d].
    pub(super) scores: Csr<F>,
    /// ρ(s) π(a|s) \[SA\].
    pub(super) visits: Vec<F>,
    /// A(s, a) \[SA\].
    pub(super) advantage: Vec<F>,
}

impl<F: Solvable> WeightedScores<F> {
    /// F = Σ ρπ ψψᵀ [d, d].
    pub(super) fn fisher(&self) -> DMatrix<F> {
        let d = self.scores.columns();
        let mut fisher = DMatrix::from_element(d, d, F::zero());
        for (pair, visits) in self.visits.iter().enumerate() {
            for (l, y) in self.scores.row(pair) {
                let weight = visits.clone() * y;
                for (k, x) in self.scores.row(pair) {
                    fisher[(k, l)] += weight.clone() * x;
                }
            }
        }
        fisher
    }

    /// ∇J = Σ ρπ A ψ \[d\].
    pub(super) fn gradient(&self) -> Vec<F> {
        let both = self.visits.iter().zip(self.advantage.iter());
        let weights: Vec<F> = both.map(|(visits, x)| visits.clone() * x).collect();
        self.scores.mul_transposed(&weights)
    }

    /// These weighted scores in floating point.
    pub(super) fn rounded(&self) -> WeightedScores<f64> {
        WeightedScores {
            scores: self.scores.map(F::to_f64),
            visits: self.visits.iter().map(F::to_f64).collect(),
            advantage: self.advantage.iter().map(F::to_f64).collect(),
        }
    }
}

/// Products that least squares may take before eigenvalues of F serve instead: a choice, some ten seconds.
const LEAST_SQUARES: f64 = 1e10;

/// F⁺∇J by least squares: with M = √(ρπ) ψ, F = MᵀM and ∇J = Mᵀ√(ρπ) A, it is M⁺√(ρπ) A. F has the
/// square of M's condition, which features that are nearly alike would lose. Where d² products a pair are too many, by
/// the eigenvalues of F.
pub(super) fn in_floating_point(of: &WeightedScores<f64>) -> Natural<f64> {
    let d = of.scores.columns();
    let Some(problem) = Problem::new(of) else {
        return by_eigenvalues(&of.fisher(), &of.gradient());
    };
    let (direction, rank) = problem.rows.shortest(noise(d));
    Natural {
        direction: direction.iter().map(|x| x * problem.scale).collect(),
        rank,
    }
}

/// M and √(ρπ) A, for least squares.
struct Problem {
    /// The rows of M beside those of √(ρπ) A/scale.
    rows: LeastSquares,
    /// The largest |A|: squares of what is as large as 10¹⁵⁴ would not be finite.
    scale: f64,
    /// max |entry| of each column of M \[d\].
    sizes: Vec<f64>,
}

impl Problem {
    /// `None` where it takes too many products.
    fn new(of: &WeightedScores<f64>) -> Option<Problem> {
        let d = of.scores.columns();
        if of.visits.len() as f64 * (d * d) as f64 > LEAST_SQUARES {
            return None;
        }
        let visited = || (0..of.visits.len()).filter(|&pair| of.visits[pair] > 0.0);
        let mut sizes = vec![0.0; d];
        for pair in visited() {
            let root = of.visits[pair].sqrt();
            for (k, x) in of.scores.row(pair) {
                sizes[k] = f64::max(sizes[k], root * x.abs());
            }
        }
        let largest = visited()
            .map(|pair| of.advantage[pair].abs())
            .fold(0.0, f64::max);
        let scale = if largest > 0.0 { largest } else { 1.0 };
        let mut rows = LeastSquares::new(&sizes);
        for pair in visited() {
            let root = of.visits[pair].sqrt();
            let row = of.scores.row(pair).map(|(k, x)| (k, root * x));
            rows.push(row, root * (of.advantage[pair] / scale));
        }
        Some(Problem { rows, scale, sizes })
    }
}

/// What rounding of M and of √(ρπ) A, `advantage` being that of A, does to M⁺√(ρπ) A \[d\] (Higham 2002, theorem 20.1):
///
/// ```text
/// |δw_k| ≤ |M⁺_k| (Σ |δM_j| |w_j| + |δy|) + |M⁺_k| Σ |M⁺_j| |δM_j| |y − M w|
/// ```
///
/// with a few units of every entry in δM and δy. `None` where eigenvalues serve.
pub(super) fn errors(
    of: &WeightedScores<f64>,
    found: &Natural<f64>,
    advantage: f64,
) -> Option<Vec<f64>> {
    let Problem { rows, scale, sizes } = Problem::new(of)?;
    let d = sizes.len();
    let reach = rows.reach(noise(d));
    let visited = || (0..of.visits.len()).filter(|&pair| of.visits[pair] > 0.0);
    let (mut y, mut left, mut mass, mut count) = (0.0, 0.0, 0.0, 0.0);
    for pair in visited() {
        let along = of.scores.row(pair).map(|(k, x)| x * found.direction[k]);
        let own = of.advantage[pair] / scale;
        let rest = own - along.sum::<f64>() / scale;
        y += of.visits[pair] * own * own;
        left += of.visits[pair] * rest * rest;
        mass += of.visits[pair];
        count += 1.0;
    }
    let unit = noise(d);
    let moved = |weights: &[f64]| -> f64 {
        let terms = sizes.iter().zip(weights);
        unit * f64::sqrt(count) * terms.map(|(size, w)| size * w.abs()).sum::<f64>()
    };
    let known = scale * (unit * f64::sqrt(y) + moved(&reach) * f64::sqrt(left));
    let off = moved(&found.direction) + known + advantage * f64::sqrt(mass);
    Some(reach.iter().map(|reach| reach * off).collect())
}

/// Whether an error is more than a billionth of its number.
pub(super) fn show(errors: &[f64], numbers: &[f64]) -> bool {
    let mut both = errors.iter().zip(numbers);
    both.any(|(error, x)| *x != 0.0 && *error > CLOSE * x.abs())
}

/// What rounding leaves of a column, or of an eigenvalue, that is 0, beside the largest: reductions leave d roundings,
/// and a score is a sum over the actions of its state, a few.
pub(super) fn noise(d: usize) -> f64 {
    8.0 * (d + 8) as f64 * UNIT
}

/// F⁺g by a symmetric eigendecomposition, eigenvalues that may be rounding taken as 0.
pub(super) fn by_eigenvalues(fisher: &DMatrix<f64>, gradient: &[f64]) -> Natural<f64> {
    let to_the_end = || ControlFlow::Continue(());
    let Some(of) = Symmetric::new(fisher.clone(), gradient, &to_the_end) else {
        unreachable!("nobody ends it");
    };
    let threshold = noise(gradient.len()) * largest(&of.eigenvalues);
    let is_kept = |&&eigenvalue: &&f64| eigenvalue > threshold;
    let pairs = of.coordinates.iter().zip(&of.eigenvalues);
    let shared = pairs.map(|(x, eigenvalue)| {
        if is_kept(&eigenvalue) {
            x / eigenvalue
        } else {
            0.0
        }
    });
    Natural {
        direction: of.vector(shared.collect()),
        rank: of.eigenvalues.iter().filter(is_kept).count(),
    }
}

/// F⁺g over fractions, for g in the range of F: with any solution z of F²z = g it is Fz, since
/// that lies in the range too. The rank is that of F², which is exactly F's.
pub(super) fn by_elimination(
    fisher: &DMatrix<Rational>,
    gradient: &[Rational],
) -> Natural<Rational> {
    let d = gradient.len();
    let mut rows: Vec<Vec<Rational>> = (0..d)
        .map(|i| {
            let square = (0..d).map(|j| {
                let products = (0..d).map(|k| &fisher[(i, k)] * &fisher[(k, j)]);
                products.fold(Rational::ZERO, |sum, x| sum + x)
            });
            square.chain([gradient[i].clone()]).collect()
        })
        .collect();
    let mut pivots = Vec::new();
    for column in 0..d {
        let rank = pivots.len();
        let Some(found) = (rank..d).find(|&i| !rows[i][column].is_zero()) else {
            continue;
        };
        rows.swap(rank, found);
        let pivot = rows[rank].clone();
        for row in rows.iter_mut().skip(rank + 1) {
            if row[column].is_zero() {
                continue;
            }
            let factor = &row[column] / &pivot[column];
            let entries = row.iter_mut().zip(&pivot).skip(column);
            entries.for_each(|(x, y)| *x -= &factor * y);
        }
        pivots.push(column);
    }
    let mut z = vec![Rational::ZERO; d];
    for (i, &column) in pivots.iter().enumerate().rev() {
        let known = (column + 1..d).fold(Rational::ZERO, |sum, j| sum + &rows[i][j] * &z[j]);
        z[column] = (&rows[i][d] - known) / &rows[i][column];
    }
    let entry = |i: usize| (0..d).fold(Rational::ZERO, |sum, j| sum + &fisher[(i, j)] * &z[j]);
    Natural {
        direction: (0..d).map(entry).collect(),
        rank: pivots.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// F = 2uuᵀ + 5vvᵀ with u = (1, 2, −2)/3, v = (2, 1, 2)/3 has F⁺ = uuᵀ/2 + vvᵀ/5, so that
    /// F⁺(3u − v) = 3u/2 − v/5.
    #[test]
    fn the_pseudoinverse_over_fractions_is_that_of_the_eigenvectors() {
        let q = |p: i64, d: u64| Rational::from_parts(p.into(), d.into());
        let (u, v) = ([1, 2, -2], [2, 1, 2]);
        let entry = |i: usize, j: usize| q(2 * u[i] * u[j] + 5 * v[i] * v[j], 9);
        let fisher = DMatrix::from_fn(3, 3, entry);
        let gradient: Vec<Rational> = (0..3).map(|i| q(3 * u[i] - v[i], 3)).collect();
        let natural = by_elimination(&fisher, &gradient);
        let expected: Vec<Rational> = (0..3).map(|i| q(15 * u[i] - 2 * v[i], 30)).collect();
        assert_eq!((natural.direction, natural.rank), (expected, 2));
    }

    /// Where no parameter moves anything F = 0: no direction, rather than 0/0.
    #[test]
    fn parameters_without_effect_have_no_direction() {
        let natural = by_eigenvalues(&DMatrix::zeros(3, 3), &[0.0; 3]);
        assert_eq!((natural.direction, natural.rank), (vec![0.0; 3], 0));
    }
}
