//! v and ρ of a few dozen states by elimination, in buffers of the caller's.

/// Solves A v = r^π and ρ A = ρ₀ for A = I − M. `matrix` holds M = γp^π by rows and is overwritten;
/// `v` holds r^π and `occupancy` ρ₀ [S], and get the answers.
///
/// A is a row diagonally dominant M-matrix, so elimination without pivoting does not grow and is
/// backward stable (Higham 2002, theorem 9.9). A = LU with ones on the diagonal of L; the first
/// half of either answer, L⁻¹ r^π and ρ₀ U⁻¹, comes along with the factors.
pub(super) fn solve(matrix: &mut [f64], v: &mut [f64], occupancy: &mut [f64]) {
    let n = v.len();
    matrix.iter_mut().for_each(|x| *x = -*x);
    (0..n).for_each(|k| matrix[k * (n + 1)] += 1.0);
    for k in 0..n {
        let (above, below) = matrix.split_at_mut((k + 1) * n);
        let pivot = &mut above[k * n..];
        let inverse = 1.0 / pivot[k];
        let (solved, rest) = v.split_at_mut(k + 1);
        for (row, v) in below.chunks_exact_mut(n).zip(rest) {
            if row[k] != 0.0 {
                row[k] *= inverse;
                *v -= row[k] * solved[k];
                let factor = row[k];
                subtract(&mut row[k + 1..], factor, &pivot[k + 1..]);
            }
        }
        occupancy[k] *= inverse;
        let factor = occupancy[k];
        subtract(&mut occupancy[k + 1..], factor, &pivot[k + 1..]);
        pivot[k] = inverse;
    }
    for k in (0..n).rev() {
        let row = &matrix[k * n..(k + 1) * n];
        let known: f64 = row[k + 1..]
            .iter()
            .zip(&v[k + 1..])
            .map(|(u, v)| u * v)
            .sum();
        v[k] = (v[k] - known) * row[k];
        let factor = occupancy[k];
        subtract(&mut occupancy[..k], factor, &row[..k]);
    }
}

/// x ← x − c y.
#[inline]
fn subtract(x: &mut [f64], c: f64, y: &[f64]) {
    for (x, y) in x.iter_mut().zip(y) {
        *x -= c * y;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// γ = 1/2, two states: A = [[1, −1/2], [−1/4, 3/4]] with inverse [[6/5, 4/5], [2/5, 8/5]].
    #[test]
    fn two_states_by_hand() {
        let mut matrix = [0.0, 0.5, 0.25, 0.25];
        let (mut v, mut rho) = ([1.0, 2.0], [1.0, 0.0]);
        solve(&mut matrix, &mut v, &mut rho);
        let close = |x: f64, y: f64| (x - y).abs() <= 4.0 * f64::EPSILON;
        assert!(close(v[0], 2.8) && close(v[1], 3.6), "{v:?}");
        assert!(close(rho[0], 1.2) && close(rho[1], 0.8), "{rho:?}");
    }
}
