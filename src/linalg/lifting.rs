//! Exact solution of rational systems by p-adic lifting (Dixon 1982, *Exact solution of linear
//! equations using p-adic expansions*).
//!
//! With C = Ā⁻¹ mod p of the integer matrix Ā, the digits of the solution's p-adic expansion come
//! one product C·r at a time: x ← C r mod p, r ← (r − Āx)/p. Once there are enough of them the
//! fractions are reconstructed and checked in exact arithmetic, so that no bound is needed for
//! the answer to be right. Costs O(n³) word operations once and O(n²) a digit, against
//! O(n³) operations on growing fractions for elimination.

mod residual;

use dashu_base::{DivRem, Gcd, SquareRoot, UnsignedAbs};
use dashu_int::{IBig, UBig};
use nalgebra::DMatrix;

use self::residual::{IntegerRows, Residual};
use super::modular::{ModularInverse, Modulus};
use super::{Csr, ExactLu, FactorError, Factors};
use crate::number::Rational;

/// Below this size elimination over fractions is as fast (docs/benchmarks.md).
const SMALL: usize = 5;

/// A factored rational matrix.
#[derive(Debug)]
pub enum RationalFactors {
    /// Elimination: small matrices, and those that every prime here divides.
    Elimination(ExactLu<Rational>),
    /// p-adic lifting.
    Lifting(Lifting),
}

impl RationalFactors {
    /// Factors a square matrix by what is faster for its size. Errors if it is singular, or if that takes more time or
    /// memory than there is.
    pub fn new(matrix: &Csr<Rational>) -> Result<RationalFactors, FactorError> {
        let rows = matrix.rows();
        FactorError::check_fractions(rows)?;
        // the matrix modulo p, its inverse and its transpose
        FactorError::check_dense::<u64>(rows, 3)?;
        if matrix.rows() >= SMALL
            && let Some(lifting) = RationalFactors::lifting(matrix)
        {
            return Ok(lifting);
        }
        ExactLu::new(matrix).map(RationalFactors::Elimination)
    }

    /// By lifting, whatever the size; `None` if the matrix is singular modulo every prime tried.
    pub fn lifting(matrix: &Csr<Rational>) -> Option<RationalFactors> {
        Lifting::new(matrix).map(RationalFactors::Lifting)
    }
}

impl Factors<Rational> for RationalFactors {
    fn solve(&self, b: &[Rational]) -> Result<Vec<Rational>, FactorError> {
        match self {
            RationalFactors::Elimination(lu) => lu.solve(b),
            RationalFactors::Lifting(lifting) => Ok(lifting.solve(b)),
        }
    }

    fn solve_transposed(&self, b: &[Rational]) -> Result<Vec<Rational>, FactorError> {
        match self {
            RationalFactors::Elimination(lu) => lu.solve_transposed(b),
            RationalFactors::Lifting(lifting) => Ok(lifting.solve_transposed(b)),
        }
    }

    fn solve_many(&self, b: DMatrix<Rational>) -> Result<DMatrix<Rational>, FactorError> {
        super::columns(b, |column| self.solve(column))
    }

    fn name(&self) -> &'static str {
        match self {
            RationalFactors::Elimination(lu) => lu.name(),
            RationalFactors::Lifting(_) => "lifting",
        }
    }
}

/// A nonsingular rational matrix A = S⁻¹ Ā with Ā integer and S diagonal, and Ā⁻¹ mod p.
#[derive(Debug)]
pub struct Lifting {
    scale: Vec<UBig>,
    direct: Direction,
    transposed: Direction,
}

/// One of Ā and Āᵀ with its inverse modulo p.
#[derive(Debug)]
struct Direction {
    rows: IntegerRows,
    inverse: ModularInverse,
    modulus: Modulus,
}

impl Lifting {
    /// `None` if the matrix is singular modulo every prime that is tried.
    fn new(a: &Csr<Rational>) -> Option<Lifting> {
        let n = a.rows();
        let mut scale = Vec::with_capacity(n);
        let mut rows = Vec::with_capacity(n);
        for i in 0..n {
            let multiple = common_denominator(a.row(i).map(|(_, x)| x));
            let integer = |x: &Rational| x.numerator() * IBig::from(&multiple / x.denominator());
            rows.push(a.row(i).map(|(j, x)| (j, integer(x))).collect());
            scale.push(multiple);
        }
        let rows = IntegerRows::new(rows);
        Modulus::all().find_map(|modulus| {
            let inverse = ModularInverse::new(&modulus, n, rows.dense_modulo(&modulus))?;
            Some(Lifting {
                scale: scale.clone(),
                transposed: Direction {
                    rows: rows.transposed(),
                    inverse: inverse.transposed(),
                    modulus,
                },
                direct: Direction {
                    rows: rows.clone(),
                    inverse,
                    modulus,
                },
            })
        })
    }

    fn solve(&self, b: &[Rational]) -> Vec<Rational> {
        let scaled = b.iter().zip(&self.scale);
        let right: Vec<Rational> = scaled.map(|(b, s)| b * Rational::from(s.clone())).collect();
        self.direct.solve(&right)
    }

    fn solve_transposed(&self, b: &[Rational]) -> Vec<Rational> {
        let y = self.transposed.solve(b);
        let scaled = y.into_iter().zip(&self.scale);
        scaled.map(|(y, s)| y * Rational::from(s.clone())).collect()
    }
}

fn common_denominator<'a>(numbers: impl Iterator<Item = &'a Rational>) -> UBig {
    numbers.fold(UBig::ONE, |multiple, x| {
        let divisor = (&multiple).gcd(x.denominator());
        multiple * (x.denominator() / divisor)
    })
}

impl Direction {
    fn solve(&self, b: &[Rational]) -> Vec<Rational> {
        let multiple = common_denominator(b.iter());
        let integer = |x: &Rational| x.numerator() * IBig::from(&multiple / x.denominator());
        let right: Vec<IBig> = b.iter().map(integer).collect();
        let (numerators, denominator) = self.solve_integer(&right);
        let denominator = denominator * multiple;
        let fraction = |x| Rational::from_parts(x, denominator.clone());
        numerators.into_iter().map(fraction).collect()
    }

    /// Numerators and the common denominator of the solution of Ā x = b.
    fn solve_integer(&self, b: &[IBig]) -> (Vec<IBig>, UBig) {
        let mut residual = Residual::new(&self.rows, b);
        let mut digits: Vec<Vec<u64>> = Vec::new();
        // by Cramer's rule there are finitely many digits; when they suffice the check says
        let mut next_try = 4;
        loop {
            let residues = residual.residues(&self.modulus);
            let digit = self.inverse.apply(&self.modulus, &residues);
            residual.lift(&digit, &self.modulus);
            digits.push(digit);
            if digits.len() >= next_try {
                if let Some(solution) = self.reconstruct(&digits, b) {
                    return solution;
                }
                next_try = digits.len() + digits.len() / 4 + 1;
            }
        }
    }

    /// The solution from its digits, if they determine one that solves Ā x = b exactly.
    fn reconstruct(&self, digits: &[Vec<u64>], b: &[IBig]) -> Option<(Vec<IBig>, UBig)> {
        let powers = powers(self.modulus.prime(), digits.len());
        let n = b.len();
        let modulus = powers_product(&powers, digits.len());
        let mut denominator = UBig::ONE;
        let mut numerators: Vec<IBig> = Vec::with_capacity(n);
        for i in 0..n {
            let own: Vec<u64> = digits.iter().map(|digit| digit[i]).collect();
            let x = value_of(&own, &powers) * &denominator % &modulus;
            let (numerator, further) = fraction(x, &modulus)?;
            if further != UBig::ONE {
                let factor = IBig::from(further.clone());
                numerators.iter_mut().for_each(|x| *x *= &factor);
                denominator *= further;
            }
            numerators.push(numerator);
        }
        let scale = IBig::from(denominator.clone());
        let solved = self
            .rows
            .mul(&numerators)
            .zip(b)
            .all(|(ax, b)| ax == b * &scale);
        solved.then_some((numerators, denominator))
    }
}

/// p^(2^i) as far as needed for numbers of `length` digits.
fn powers(prime: u64, length: usize) -> Vec<UBig> {
    let mut powers = vec![UBig::from(prime)];
    while 1 << powers.len() <= length {
        let last = &powers[powers.len() - 1];
        powers.push(last * last);
    }
    powers
}

fn powers_product(powers: &[UBig], length: usize) -> UBig {
    let bits = powers.iter().enumerate();
    let used = bits.filter(|(i, _)| length >> i & 1 == 1);
    used.fold(UBig::ONE, |product, (_, power)| product * power)
}

/// Σ digitᵢ pⁱ by halving, so that large numbers are multiplied with large ones.
fn value_of(digits: &[u64], powers: &[UBig]) -> UBig {
    if digits.len() <= 1 {
        return digits.first().map_or(UBig::ZERO, |&x| x.into());
    }
    let level = (digits.len() - 1).ilog2() as usize;
    let (low, high) = digits.split_at(1 << level);
    value_of(low, powers) + value_of(high, powers) * &powers[level]
}

/// The fraction n/d ≡ x mod m with |n|, d ≤ √(m/2), unique if it exists (Wang 1981): the
/// Euclidean algorithm stopped half way.
fn fraction(x: UBig, m: &UBig) -> Option<(IBig, UBig)> {
    let bound = (m >> 1usize).sqrt();
    // with the right denominator already multiplied in, x or x − m is a small integer
    if x <= bound {
        return Some((x.into(), UBig::ONE));
    }
    let negative = m - &x;
    if negative <= bound {
        return Some((-IBig::from(negative), UBig::ONE));
    }
    let (mut r0, mut r1) = (m.clone(), x);
    let (mut t0, mut t1) = (IBig::ZERO, IBig::ONE);
    while r1 > bound {
        let (quotient, remainder) = r0.div_rem(&r1);
        let t2 = t0 - IBig::from(quotient) * &t1;
        (r0, r1) = (r1, remainder);
        (t0, t1) = (t1, t2);
    }
    let negative = t1 < IBig::ZERO;
    let denominator = t1.unsigned_abs();
    if denominator > bound {
        return None;
    }
    let numerator = IBig::from(r1);
    Some((if negative { -numerator } else { numerator }, denominator))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::Number;
    use crate::test_models::Random;

    /// A row diagonally dominant matrix with pseudo-random fractions.
    fn matrix(n: usize, dominance: i64) -> Csr<Rational> {
        let mut random = Random(12345);
        let rows = (0..n).map(|i| {
            let mut row: Vec<(usize, Rational)> = (0..5)
                .map(|_| {
                    let p = Number::ratio(-(random.below(100) as i64), 7 + random.below(40) as u64);
                    (random.below(n), p.unwrap().to_rational())
                })
                .collect();
            row.push((i, Number::from(dominance).to_rational()));
            row
        });
        Csr::from_rows(n, rows.collect::<Vec<_>>())
    }

    #[test]
    fn lifted_solutions_satisfy_their_systems_exactly_in_both_directions() {
        for n in [1, 2, 13, 40] {
            for dominance in [1, 60] {
                let a = matrix(n, dominance);
                let lifting = Lifting::new(&a).unwrap();
                let b: Vec<Rational> = (0..n as i64)
                    .map(|i| {
                        Number::ratio(i * i - 7, 3 + i as u64)
                            .unwrap()
                            .to_rational()
                    })
                    .collect();
                assert_eq!(a.mul(&lifting.solve(&b)), b);
                assert_eq!(a.mul_transposed(&lifting.solve_transposed(&b)), b);
            }
        }
    }

    #[test]
    fn numbers_beyond_any_machine_word_are_solved() {
        let huge = Rational::from(UBig::from(10u8).pow(400));
        let tiny = Rational::ONE / &huge;
        let a = Csr::from_rows(
            2,
            [
                vec![(0, tiny.clone()), (1, Rational::ONE)],
                vec![(0, huge.clone())],
            ],
        );
        let b = [Rational::ONE, tiny];
        let lifting = Lifting::new(&a).unwrap();
        assert_eq!(a.mul(&lifting.solve(&b)), b);
    }

    #[test]
    fn a_singular_matrix_is_refused_by_elimination() {
        let rows = (0..20).map(|i| vec![(i, Rational::ONE), (19, Rational::ZERO)]);
        let mut rows: Vec<_> = rows.collect();
        rows[19] = vec![(0, Rational::ONE)];
        let singular = Csr::from_rows(20, rows);
        assert!(matches!(
            RationalFactors::new(&singular),
            Err(FactorError::Singular { .. })
        ));
    }
}
