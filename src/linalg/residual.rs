//! Residuals b − Ax in twice the working precision, rounded once at the end.
//!
//! A residual is a small difference of large numbers; computed plainly its rounding, about
//! u · ‖x‖, would be part of every certified error. Sums and products here keep their rounding
//! errors (Ogita, Rump & Oishi 2005; products split after Dekker 1971, as the fused multiply-add
//! is a function call on baseline processors).

use super::csr::contiguous;
use super::tiles::Tiles;
use super::vector::worst;
use super::{Blocks, Csr};

/// A sum with its accumulated rounding error.
#[derive(Clone, Copy, Default)]
struct Twice {
    high: f64,
    low: f64,
}

impl Twice {
    /// Adds a · b; |a|, |b| below 1e292, or the split overflows to NaN, which certifies nothing.
    #[inline(always)]
    fn add_product(&mut self, a: f64, b: f64) {
        let product = a * b;
        let (a_high, a_low) = split(a);
        let (b_high, b_low) = split(b);
        let rest = a_high * b_low + a_low * b_high;
        let product_error = a_low * b_low - ((product - a_high * b_high) - rest);
        let sum = self.high + product;
        let shared = sum - self.high;
        let sum_error = (self.high - (sum - shared)) + (product - shared);
        self.high = sum;
        self.low += product_error + sum_error;
    }

    fn value(self) -> f64 {
        self.high + self.low
    }
}

/// x as the sum of two numbers of 26 bits each.
#[inline(always)]
fn split(x: f64) -> (f64, f64) {
    const FACTOR: f64 = 134_217_729.0; // 2²⁷ + 1
    let scaled = FACTOR * x;
    let high = scaled - (scaled - x);
    (high, x - high)
}

/// b − A x.
pub fn residual(a: &Blocks<f64>, b: &[f64], x: &[f64]) -> Vec<f64> {
    let mut rest = Vec::with_capacity(b.len());
    a.each(|first, block| rest.extend(residual_rows(block, &b[first..], x)));
    rest
}

fn residual_rows(a: &Csr<f64>, b: &[f64], x: &[f64]) -> impl Iterator<Item = f64> {
    (0..a.rows()).zip(b).map(|(row, &b)| {
        let (columns, values) = a.slices(row);
        // four sums at once: each addition waits for the one before it
        let mut lanes = [Twice::default(); 4];
        lanes[0].high = b;
        for (columns, values) in columns.chunks(4).zip(values.chunks(4)) {
            for (lane, (&column, value)) in lanes.iter_mut().zip(columns.iter().zip(values)) {
                lane.add_product(-value, x[column as usize]);
            }
        }
        let [mut sum, rest @ ..] = lanes;
        for lane in rest {
            sum.add_product(1.0, lane.high);
            sum.low += lane.low;
        }
        sum.value()
    })
}

/// b − Aᵀ x.
pub fn residual_transposed(a: &Blocks<f64>, b: &[f64], x: &[f64]) -> Vec<f64> {
    let mut sums: Vec<Twice> = b.iter().map(|&b| Twice { high: b, low: 0.0 }).collect();
    a.each(|first, block| {
        for (row, &x) in (0..block.rows()).zip(&x[first..]) {
            if x != 0.0 {
                for (column, &value) in block.row(row) {
                    sums[column].add_product(-value, x);
                }
            }
        }
    });
    sums.into_iter().map(Twice::value).collect()
}

/// [`residual_transposed`] of a matrix in tiles, bit by bit the same.
pub fn residual_transposed_in_tiles(tiles: &Tiles, b: &[f64], x: &[f64]) -> Vec<f64> {
    let mut rest = Vec::with_capacity(b.len());
    let mut sums = Vec::new();
    for j in 0..tiles.blocks() {
        let own = b[tiles.range(j)].iter();
        sums.clear();
        sums.extend(own.map(|&b| Twice { high: b, low: 0.0 }));
        tiles.each_of_columns(j, |row, column, value| {
            if x[row] != 0.0 {
                sums[column].add_product(-value, x[row]);
            }
        });
        rest.extend(sums.iter().map(|sum| sum.value()));
    }
    rest
}

/// ‖b − A x‖∞ at most: what plain arithmetic finds, and what its rounding may come to,
/// (d + 3) u (|b| + |A||x|) for a row whose sum is d additions deep.
pub fn residual_bound(a: &Blocks<f64>, b: &[f64], x: &[f64]) -> f64 {
    let mut bounds = Vec::new();
    a.each(|first, block| bounds.push(residual_bound_of_rows(block, &b[first..], x)));
    worst(bounds.into_iter())
}

/// [`residual_bound`] of a matrix in tiles with rows of at most `longest` entries.
pub fn residual_bound_in_tiles(tiles: &Tiles, longest: usize, b: &[f64], x: &[f64]) -> f64 {
    let depth = rounding(longest);
    let mut sums = Vec::new();
    let bound = |i: usize| {
        sums.clear();
        sums.extend(b[tiles.range(i)].iter().map(|b| (*b, b.abs())));
        tiles.each_of_rows(i, |row, column, value| {
            let product = value * x[column];
            let (rest, size) = &mut sums[row];
            *rest -= product;
            *size += product.abs();
        });
        let rows = sums.iter();
        worst(rows.map(|(rest, size)| rest.abs() + depth * size))
    };
    worst((0..tiles.blocks()).map(bound))
}

fn residual_bound_of_rows(a: &Csr<f64>, b: &[f64], x: &[f64]) -> f64 {
    let row = |(row, &b): (usize, &f64)| {
        let (columns, values) = a.slices(row);
        if columns.len() >= LONG {
            let (product, size) = long_product(columns, values, x);
            let least = rounding(row_depth(columns.len()));
            return (b - product).abs() + least * (b.abs() + size);
        }
        let (mut rest, mut size) = (b, b.abs());
        for (&column, value) in columns.iter().zip(values) {
            let product = value * x[column as usize];
            rest -= product;
            size += product.abs();
        }
        rest.abs() + rounding(row_depth(columns.len())) * size
    };
    worst((0..a.rows()).zip(b).map(row))
}

/// Sums that are made side by side: each addition waits for the one before it, and fewer of them follow
/// one another; a choice, of which no measurement is kept.
const LANES: usize = 8;
/// Rows of so many entries are summed up in lanes; a choice, of which no measurement is kept.
const LONG: usize = 32;

/// Σⱼ aⱼ xⱼ and Σⱼ |aⱼ xⱼ| over the entries of a row, in lanes.
fn long_product(columns: &[u32], values: &[f64], x: &[f64]) -> (f64, f64) {
    let (chunks, rest) = values.as_chunks::<LANES>();
    if let Some(range) = contiguous(columns) {
        let (x, x_rest) = x[range].as_chunks::<LANES>();
        return product_in_lanes(chunks, x.iter().copied(), rest, x_rest.iter().copied());
    }
    let (columns, columns_rest) = columns.as_chunks::<LANES>();
    let at = |&column: &u32| x[column as usize];
    let x = columns
        .iter()
        .map(|columns| columns.map(|column| at(&column)));
    product_in_lanes(chunks, x, rest, columns_rest.iter().map(at))
}

#[inline(always)]
fn product_in_lanes(
    a: &[[f64; LANES]],
    x: impl Iterator<Item = [f64; LANES]>,
    a_rest: &[f64],
    x_rest: impl Iterator<Item = f64>,
) -> (f64, f64) {
    let (mut sums, mut sizes) = ([0.0; LANES], [0.0; LANES]);
    for (a, x) in a.iter().zip(x) {
        for lane in 0..LANES {
            let product = a[lane] * x[lane];
            sums[lane] += product;
            sizes[lane] += product.abs();
        }
    }
    for (lane, (a, x)) in a_rest.iter().zip(x_rest).enumerate() {
        let product = a * x;
        sums[lane] += product;
        sizes[lane] += product.abs();
    }
    (sums.iter().sum(), sizes.iter().sum())
}

/// ‖b − Aᵀ x‖₁ at most, in the same way, for columns of at most `fullest` entries.
pub fn residual_bound_transposed(a: &Blocks<f64>, fullest: usize, b: &[f64], x: &[f64]) -> f64 {
    let mut rest = b.to_vec();
    let mut size: f64 = b.iter().map(|b| b.abs()).sum();
    let mut stored = 0;
    a.each(|first, block| {
        stored += block.stored();
        match block.full() {
            Some(values) if block.columns() >= LONG => {
                size += subtract_full(values, &mut rest, &x[first..]);
            }
            _ => subtract_rows(block, &mut rest, &mut size, &x[first..]),
        }
    });
    let plain: f64 = rest.iter().map(|rest| rest.abs()).sum();
    // both sums have as many terms as numbers; rounded to nearest their errors are far below this
    let sums = 1.0 + (b.len() + stored) as f64 * f64::EPSILON;
    (plain + rounding(column_depth(a, fullest)) * size) * sums
}

/// [`residual_bound_transposed`] of a matrix in tiles.
pub fn residual_bound_transposed_in_tiles(
    tiles: &Tiles,
    fullest: usize,
    b: &[f64],
    x: &[f64],
) -> f64 {
    let (mut plain, mut size, mut terms) = (0.0, 0.0, 0);
    let mut rest = Vec::new();
    for j in 0..tiles.blocks() {
        rest.clear();
        rest.extend_from_slice(&b[tiles.range(j)]);
        size += rest.iter().map(|b| b.abs()).sum::<f64>();
        terms += rest.len();
        tiles.each_of_columns(j, |row, column, value| {
            let product = value * x[row];
            rest[column] -= product;
            size += product.abs();
            terms += 1;
        });
        plain += rest.iter().map(|rest| rest.abs()).sum::<f64>();
    }
    // as many terms as numbers, whatever their order
    let sums = 1.0 + terms as f64 * f64::EPSILON;
    (plain + rounding(fullest) * size) * sums
}

/// rest ← rest − Aᵀ x for rows of A, whose products' magnitudes are added to `size`.
fn subtract_rows(a: &Csr<f64>, rest: &mut [f64], size: &mut f64, x: &[f64]) {
    for (row, &x) in (0..a.rows()).zip(x) {
        let (columns, values) = a.slices(row);
        for (&column, value) in columns.iter().zip(values) {
            let product = value * x;
            rest[column as usize] -= product;
            *size += product.abs();
        }
    }
}

/// rest ← rest − Aᵀ x for A row by row, so many rows first by themselves that fewer additions follow one
/// another; Σ |Aᵢⱼ xᵢ|.
fn subtract_full(a: &[f64], rest: &mut [f64], x: &[f64]) -> f64 {
    let n = rest.len();
    let mut sizes = [0.0; LANES];
    let mut part = vec![0.0; n];
    for (rows, x) in a.chunks(LONG * n).zip(x.chunks(LONG)) {
        part.fill(0.0);
        for (row, x) in rows.chunks_exact(n).zip(x) {
            let (part, part_rest) = part.as_chunks_mut::<LANES>();
            let (row, row_rest) = row.as_chunks::<LANES>();
            for (part, row) in part.iter_mut().zip(row) {
                for lane in 0..LANES {
                    let product = row[lane] * x;
                    part[lane] += product;
                    sizes[lane] += product.abs();
                }
            }
            for (part, a) in part_rest.iter_mut().zip(row_rest) {
                let product = a * x;
                *part += product;
                sizes[0] += product.abs();
            }
        }
        for (rest, part) in rest.iter_mut().zip(&part) {
            *rest -= part;
        }
    }
    sizes.iter().sum()
}

/// What rounding adds to bounds on residuals at least, relative to a component of x that a whole diagonal
/// entry multiplies: of rows of at most `longest` entries, and of columns of at most `fullest`.
pub fn least_bounds(a: &Blocks<f64>, longest: usize, fullest: usize) -> [f64; 2] {
    let depths = [row_depth(longest), column_depth(a, fullest)];
    depths.map(rounding)
}

/// How many additions follow one another in the sum over a row of so many entries.
fn row_depth(entries: usize) -> usize {
    if entries < LONG {
        return entries;
    }
    entries.div_ceil(LANES) + LANES
}

/// How many additions follow one another in the sum over a column of at most so many entries.
fn column_depth(a: &Blocks<f64>, fullest: usize) -> usize {
    if !a.is_full() || a.rows() < LONG {
        return fullest;
    }
    LONG + fullest.div_ceil(LONG)
}

/// What rounding adds to a sum of products and one number more that is so many additions deep, relative to
/// their sizes, and to the sum of the sizes.
fn rounding(depth: usize) -> f64 {
    (depth + 3) as f64 * f64::EPSILON / 2.0
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::test_models::Random;

    fn held(a: Csr<f64>) -> Blocks<f64> {
        Blocks::from(Arc::new(a))
    }

    /// Random rows and numbers: the bounds hold for the residual in twice the precision, and are not
    /// larger by more than rounding.
    #[test]
    fn bounds_of_residuals_hold_and_are_close() {
        let mut random = Random(7);
        let n = 300;
        // few entries, many of them here and there, all
        for (width, step) in [(7, 17), (61, 1), (300, 0)] {
            let column = |i: usize, j: usize| match step {
                0 => j,
                _ => (i * 31 + j * j * step) % n,
            };
            let rows: Vec<Vec<(usize, f64)>> = (0..n)
                .map(|i| {
                    (0..width)
                        .map(|j| (column(i, j), random.centered()))
                        .collect()
                })
                .collect();
            let a = Csr::from_rows(n, rows);
            let x: Vec<f64> = (0..n).map(|_| random.centered()).collect();
            for near in [0.0, 1e-14, 1.0] {
                bounds_hold_and_are_close(&a, &x, near);
            }
            let (a, b) = (held(a), vec![f64::NAN; n]);
            assert!(residual_bound(&a, &b, &x).is_nan());
            assert!(residual_bound_transposed(&a, n, &b, &x).is_nan());
        }
    }

    /// For right sides that are A x and Aᵀ x but for a relative difference.
    fn bounds_hold_and_are_close(a: &Csr<f64>, x: &[f64], near: f64) {
        let off = |b: f64| b + near * b.abs();
        // rounding is allowed for in proportion to them: to as many digits for seven a row as ever
        let sevens = a.stored() as f64 / a.rows() as f64 / 7.0;
        let b: Vec<f64> = a.mul(x).into_iter().map(off).collect();
        let a = &held(a.clone());
        let exact = residual(a, &b, x);
        let exact = exact.iter().fold(0.0, |most, e| f64::max(most, e.abs()));
        let bound = residual_bound(a, &b, x);
        let close = exact * (1.0 + 1e-14) + 1e-14 * sevens;
        assert!(exact <= bound && bound <= close, "{exact:e} {bound:e}");
        let b: Vec<f64> = a.whole().mul_transposed(x).into_iter().map(off).collect();
        let exact = residual_transposed(a, &b, x);
        let exact: f64 = exact.iter().map(|e| e.abs()).sum();
        let bound = residual_bound_transposed(a, a.fullest_column(), &b, x);
        let close = exact * (1.0 + 1e-12 * sevens) + 1e-11 * sevens;
        assert!(exact <= bound && bound <= close, "{exact:e} {bound:e}");
    }

    /// A matrix in tiles of four rows, and in tiles of 2⁹ whose columns stand in groups of two: the residual has the
    /// bits of that by rows, and so have its bounds, but for those of columns, whose sizes are added in another order.
    #[test]
    fn residuals_in_tiles_are_those_by_rows() {
        for (n, bits) in [(33, 2), (1300, 9)] {
            let row = |i: usize| {
                (0..6).map(move |k| ((i * 7 + k * k * 231) % n, 0.1 + ((i + k) % 7) as f64 / 3.0))
            };
            let a = held(Csr::from_rows(n, (0..n).map(row)));
            let tiles = Tiles::cut(&a, bits);
            let x: Vec<f64> = (0..n).map(|i| (i * i % 11) as f64 / 7.0 - 0.4).collect();
            for near in [0.0, 1e-13, 1.0] {
                let off = |b: f64| b + near * b.abs();
                let b: Vec<f64> = a.whole().mul(&x).into_iter().map(off).collect();
                let longest = a.longest_row();
                let bound = residual_bound_in_tiles(&tiles, longest, &b, &x);
                let by_rows = residual_bound(&a, &b, &x);
                assert!((by_rows..=by_rows * 1.2).contains(&bound), "{n} {bound:e}");
                let b: Vec<f64> = a.mul_transposed(&x).into_iter().map(off).collect();
                let rest = residual_transposed_in_tiles(&tiles, &b, &x);
                assert_eq!(rest, residual_transposed(&a, &b, &x));
                let fullest = a.fullest_column();
                let bound = residual_bound_transposed_in_tiles(&tiles, fullest, &b, &x);
                let by_rows = residual_bound_transposed(&a, fullest, &b, &x);
                assert!((bound - by_rows).abs() <= 1e-12 * by_rows, "{n} {bound:e}");
                let size: f64 = rest.iter().map(|rest| rest.abs()).sum();
                assert!(size <= bound);
            }
            let b = vec![f64::NAN; n];
            assert!(residual_bound_in_tiles(&tiles, 6, &b, &x).is_nan());
            assert!(residual_bound_transposed_in_tiles(&tiles, n, &b, &x).is_nan());
        }
    }

    /// (1 + 2⁻³⁰)² − 1 − 2⁻²⁹ = 2⁻⁶⁰, which plain arithmetic loses.
    #[test]
    fn what_plain_arithmetic_loses_is_kept() {
        let small = 2f64.powi(-30);
        let a = Csr::from_rows(2, [vec![(0, 1.0 + small), (1, 1.0)], vec![(1, 1.0)]]);
        let x = [1.0 + small, -1.0 - 2.0 * small];
        let expected = -2f64.powi(-60);
        assert_ne!(-a.mul(&x)[0], expected);
        let transposed = held(a.transposed());
        assert_eq!(residual(&held(a), &[0.0, 0.0], &x)[0], expected);
        assert_eq!(
            residual_transposed(&transposed, &[0.0, 0.0], &x)[0],
            expected
        );
    }

    /// Rows of five products whose sum is rounded to b: what is left is the rounding, which plain
    /// arithmetic does not know. Fractions do.
    #[test]
    fn residuals_are_those_over_fractions() {
        use crate::number::Rational;
        let mut random = Random(1);
        let rows: Vec<Vec<(usize, f64)>> = (0..200)
            .map(|_| (0..5).map(|j| (j, random.centered())).collect())
            .collect();
        let x: Vec<f64> = (0..5).map(|_| random.centered()).collect();
        let a = Csr::from_rows(5, rows);
        let b = a.mul(&x);
        let exactly = |x: f64| Rational::try_from(x).expect("finite");
        let found = residual(&held(a.clone()), &b, &x);
        let transposed = residual_transposed(&held(a.transposed()), &b, &x);
        for (i, (found, transposed)) in found.into_iter().zip(transposed).enumerate() {
            let products = a.row(i).map(|(j, a)| exactly(*a) * exactly(x[j]));
            let rest = products.fold(exactly(b[i]), |rest, product| rest - product);
            for found in [found, transposed] {
                let error = crate::field::Field::to_f64(&(exactly(found) - &rest)).abs();
                // five sums of at most 1/2, in twice the precision
                assert!(
                    error <= 20.0 * f64::EPSILON * f64::EPSILON,
                    "{i}: {error:e}"
                );
            }
        }
    }

    /// The same where the factors lie many orders apart.
    #[test]
    fn what_plain_arithmetic_loses_is_kept_on_every_scale() {
        let near_one = 1.0 + 2f64.powi(-30);
        for power in [-300, -40, 40, 300] {
            let a = Csr::from_rows(1, [vec![(0, near_one * 2f64.powi(power))]]);
            let x = [near_one * 2f64.powi(-power)];
            let b = [1.0 + 2f64.powi(-29)];
            let (a, expected) = (held(a), [-2f64.powi(-60)]);
            assert_eq!(residual(&a, &b, &x), expected, "2^{power}");
            assert_eq!(residual_transposed(&a, &b, &x), expected, "2^{power}");
        }
    }
}
