//! Arithmetic and matrix inversion modulo a prime below 2⁶¹, in Montgomery form.

use dashu_int::IBig;

/// Distances k for which 2⁶¹ − k is prime, the largest primes first.
const BELOW_2_61: [u64; 6] = [1, 31, 45, 229, 259, 283];

/// Products of reduced numbers that can be added before one reduction: 8 · 2¹²² ≤ p · 2⁶⁴.
const DEFERRED: usize = 7;

/// A prime modulus; numbers x stand as x·2⁶⁴ mod p.
#[derive(Clone, Copy, Debug)]
pub(super) struct Modulus {
    p: u64,
    /// −p⁻¹ mod 2⁶⁴.
    negative_inverse: u64,
    /// 2¹²⁸ mod p.
    square: u64,
}

impl Modulus {
    /// The moduli to try, one after the other.
    pub fn all() -> impl Iterator<Item = Modulus> {
        BELOW_2_61.iter().map(|k| Modulus::new((1 << 61) - k))
    }

    fn new(p: u64) -> Modulus {
        // Newton's iteration doubles the correct bits of p⁻¹ mod 2⁶⁴; p is right to 3 bits itself
        let mut inverse = p;
        for _ in 0..5 {
            inverse = inverse.wrapping_mul(2u64.wrapping_sub(p.wrapping_mul(inverse)));
        }
        let r = (1u128 << 64) % u128::from(p);
        Modulus {
            p,
            negative_inverse: inverse.wrapping_neg(),
            square: (r * r % u128::from(p)) as u64,
        }
    }

    /// p.
    pub fn prime(&self) -> u64 {
        self.p
    }

    /// x·2⁻⁶⁴ mod p for x < p·2⁶⁴.
    fn reduce(&self, x: u128) -> u64 {
        let m = (x as u64).wrapping_mul(self.negative_inverse);
        let t = ((x + u128::from(m) * u128::from(self.p)) >> 64) as u64;
        if t >= self.p { t - self.p } else { t }
    }

    fn mul(&self, x: u64, y: u64) -> u64 {
        self.reduce(u128::from(x) * u128::from(y))
    }

    fn sub(&self, x: u64, y: u64) -> u64 {
        if x >= y { x - y } else { x + self.p - y }
    }

    /// The inverse of x ≠ 0, both in Montgomery form, by Euclid's algorithm.
    fn inverse(&self, x: u64) -> u64 {
        // r = t x mod p on both lines, and |t| ≤ p
        let (mut before, mut after) = ((self.p, 0i64), (x, 1i64));
        while after.0 != 0 {
            let quotient = before.0 / after.0;
            let next = (
                before.0 - quotient * after.0,
                before.1 - quotient as i64 * after.1,
            );
            (before, after) = (after, next);
        }
        // that of x · 2⁶⁴ lacks 2¹²⁸
        self.enter(self.enter(self.residue_of_word(before.1)))
    }

    /// An integer, reduced into [0, p), not in Montgomery form.
    pub fn residue(&self, x: &IBig) -> u64 {
        let word = i64::try_from(x);
        let remainder = word.or_else(|_| i64::try_from(x % IBig::from(self.p)));
        self.residue_of_word(remainder.unwrap_or(0))
    }

    /// A machine word, reduced into [0, p), not in Montgomery form.
    pub fn residue_of_word(&self, x: i64) -> u64 {
        x.rem_euclid(self.p as i64) as u64
    }

    /// q with x = q p, given x modulo 2⁶⁴ and that |q| < 2⁶³.
    pub fn exact_quotient(&self, x: i64) -> i64 {
        x.wrapping_mul(self.negative_inverse.wrapping_neg() as i64)
    }

    /// A residue in Montgomery form.
    pub fn enter(&self, residue: u64) -> u64 {
        self.mul(residue, self.square)
    }

    /// Σᵢ xᵢ yᵢ mod p, for x in Montgomery form and plain y: the plain result.
    fn dot<'a>(&self, x: impl Iterator<Item = &'a u64>, y: &[u64]) -> u64 {
        let mut total: u128 = 0;
        let mut sum = 0;
        for (i, (x, y)) in x.zip(y).enumerate() {
            sum += u128::from(*x) * u128::from(*y);
            if i % DEFERRED == DEFERRED - 1 {
                total += u128::from(self.reduce(sum));
                sum = 0;
            }
        }
        ((total + u128::from(self.reduce(sum))) % u128::from(self.p)) as u64
    }
}

/// The inverse of an n × n matrix modulo a prime, in Montgomery form, by rows.
#[derive(Clone, Debug)]
pub(super) struct ModularInverse {
    n: usize,
    entries: Vec<u64>,
}

impl ModularInverse {
    /// Gauss–Jordan elimination in place; `None` if the matrix is singular modulo p.
    pub fn new(modulus: &Modulus, n: usize, mut a: Vec<u64>) -> Option<ModularInverse> {
        let mut swaps = Vec::new();
        for k in 0..n {
            let pivot = (k..n).find(|&i| a[i * n + k] != 0)?;
            swaps.push(pivot);
            for j in 0..n {
                a.swap(k * n + j, pivot * n + j);
            }
            let inverse = modulus.inverse(a[k * n + k]);
            a[k * n + k] = modulus.reduce(modulus.square.into());
            for x in &mut a[k * n..(k + 1) * n] {
                *x = modulus.mul(*x, inverse);
            }
            let row = a[k * n..(k + 1) * n].to_vec();
            for i in (0..n).filter(|&i| i != k) {
                let factor = std::mem::take(&mut a[i * n + k]);
                if factor != 0 {
                    for (x, y) in a[i * n..(i + 1) * n].iter_mut().zip(&row) {
                        *x = modulus.sub(*x, modulus.mul(factor, *y));
                    }
                }
            }
        }
        for (k, &pivot) in swaps.iter().enumerate().rev() {
            for i in 0..n {
                a.swap(i * n + k, i * n + pivot);
            }
        }
        Some(ModularInverse { n, entries: a })
    }

    /// A⁻¹ b mod p for plain residues b.
    pub fn apply(&self, modulus: &Modulus, b: &[u64]) -> Vec<u64> {
        let rows = self.entries.chunks_exact(self.n.max(1));
        rows.map(|row| modulus.dot(row.iter(), b)).collect()
    }

    /// The inverse of the transposed matrix.
    pub fn transposed(&self) -> ModularInverse {
        let n = self.n;
        let entries = (0..n * n).map(|at| self.entries[(at % n) * n + at / n]);
        ModularInverse {
            n,
            entries: entries.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inverse_modulo_each_prime_multiplies_to_the_identity() {
        let a = [[0u64, 3, 5], [7, 2, 11], [1, 1, 1]];
        for modulus in Modulus::all() {
            let entries = a.iter().flatten().map(|&x| modulus.enter(x)).collect();
            let inverse = ModularInverse::new(&modulus, 3, entries).unwrap();
            for k in 0..3 {
                let column: Vec<u64> = a.iter().map(|row| row[k]).collect();
                let unit: Vec<u64> = (0..3).map(|i| u64::from(i == k)).collect();
                assert_eq!(inverse.apply(&modulus, &column), unit);
                let transposed = inverse.transposed().apply(&modulus, &a[k]);
                assert_eq!(transposed, unit);
            }
        }
    }

    #[test]
    fn inverses_multiply_to_one_and_quotients_come_back() {
        for modulus in Modulus::all() {
            let one = modulus.enter(1);
            for x in [
                1,
                2,
                3,
                1 << 40,
                123_456_789_012_345_678,
                modulus.p - 2,
                modulus.p - 1,
            ] {
                assert_eq!(modulus.mul(modulus.inverse(x), x), one, "{x}");
            }
            for q in [0, 1, -1, 1 << 61, i64::MAX, i64::MIN] {
                let x = q.wrapping_mul(modulus.p as i64);
                assert_eq!(modulus.exact_quotient(x), q);
                let far = i128::from(q).rem_euclid(i128::from(modulus.p));
                assert_eq!(i128::from(modulus.residue_of_word(q)), far);
            }
        }
    }

    /// 300 products of the largest residue with itself, (p − 1)² = 1 mod p each: far more than fit
    /// into one sum before it is reduced.
    #[test]
    fn long_inner_products_are_reduced_on_the_way() {
        for modulus in Modulus::all() {
            let largest = modulus.p - 1;
            let x = vec![modulus.enter(largest); 300];
            assert_eq!(modulus.dot(x.iter(), &vec![largest; 300]), 300);
        }
    }

    #[test]
    fn a_singular_matrix_has_no_inverse() {
        let modulus = Modulus::all().next().unwrap();
        let entries = [1, 2, 2, 4].map(|x| modulus.enter(x)).to_vec();
        assert!(ModularInverse::new(&modulus, 2, entries).is_none());
    }
}
