//! What is left of a right-hand side while its digits are lifted: r ← (r − Ā x)/p.

use dashu_int::IBig;

use crate::linalg::modular::Modulus;

/// Below this in size the entries of b and the sums of a row of Ā leave r within a machine word:
/// |r − Ā x| < |r| + p Σ|ā|, so that r is never larger than the larger of the two and one more.
const NARROW: u64 = 1 << 61;

/// An integer matrix in compressed rows.
#[derive(Clone, Debug)]
pub(super) struct IntegerRows {
    pub(super) rows: Vec<Vec<(usize, IBig)>>,
    /// The matrix in machine words, where these hold all that lifting makes of it.
    narrow: Option<NarrowRows>,
}

impl IntegerRows {
    pub(super) fn new(rows: Vec<Vec<(usize, IBig)>>) -> IntegerRows {
        let narrow = NarrowRows::of(&rows);
        IntegerRows { rows, narrow }
    }

    /// All entries modulo p in Montgomery form, row by row [n, n].
    pub(super) fn dense_modulo(&self, modulus: &Modulus) -> Vec<u64> {
        let n = self.rows.len();
        let mut dense = vec![0; n * n];
        for (i, row) in self.rows.iter().enumerate() {
            for (j, value) in row {
                dense[i * n + j] = modulus.enter(modulus.residue(value));
            }
        }
        dense
    }

    pub(super) fn mul(&self, x: &[IBig]) -> impl Iterator<Item = IBig> {
        let row_times = |row: &Vec<(usize, IBig)>| {
            let mut sum = IBig::ZERO;
            for (column, value) in row {
                sum += value * &x[*column];
            }
            sum
        };
        self.rows.iter().map(row_times)
    }

    pub(super) fn transposed(&self) -> IntegerRows {
        let mut rows = vec![Vec::new(); self.rows.len()];
        for (i, row) in self.rows.iter().enumerate() {
            for (j, value) in row {
                rows[*j].push((i, value.clone()));
            }
        }
        IntegerRows::new(rows)
    }
}

/// A matrix whose rows have sums below [`NARROW`], in machine words.
#[derive(Clone, Debug)]
pub(super) struct NarrowRows(Vec<Vec<(usize, i64)>>);

impl NarrowRows {
    /// `None` if a row is too large.
    pub fn of(rows: &[Vec<(usize, IBig)>]) -> Option<NarrowRows> {
        let narrow_row = |row: &Vec<(usize, IBig)>| {
            let entries = row.iter().map(|(column, x)| Some((*column, narrow(x)?)));
            let entries = entries.collect::<Option<Vec<(usize, i64)>>>()?;
            let sizes = entries.iter().map(|(_, x)| x.unsigned_abs());
            let size = sizes.fold(0, u64::saturating_add);
            (size < NARROW).then_some(entries)
        };
        rows.iter()
            .map(narrow_row)
            .collect::<Option<_>>()
            .map(NarrowRows)
    }
}

fn narrow(x: &IBig) -> Option<i64> {
    let word = i64::try_from(x).ok()?;
    (word.unsigned_abs() < NARROW).then_some(word)
}

/// r, in machine words where these hold it whatever the digits.
#[derive(Debug)]
pub(super) enum Residual<'a> {
    /// Exact modulo 2⁶⁴, which |r| < 2⁶³ is told by.
    Narrow(&'a NarrowRows, Vec<i64>),
    /// Of any size.
    Wide(&'a IntegerRows, Vec<IBig>),
}

impl<'a> Residual<'a> {
    /// The right-hand side itself.
    pub fn new(rows: &'a IntegerRows, b: &[IBig]) -> Residual<'a> {
        let words = || b.iter().map(narrow).collect::<Option<Vec<i64>>>();
        match rows.narrow.as_ref().and_then(|rows| Some((rows, words()?))) {
            Some((rows, words)) => Residual::Narrow(rows, words),
            None => Residual::Wide(rows, b.to_vec()),
        }
    }

    /// r mod p.
    pub fn residues(&self, modulus: &Modulus) -> Vec<u64> {
        match self {
            Residual::Narrow(_, r) => r.iter().map(|&r| modulus.residue_of_word(r)).collect(),
            Residual::Wide(_, r) => r.iter().map(|r| modulus.residue(r)).collect(),
        }
    }

    /// r ← (r − Ā x)/p for the digit x with r ≡ Ā x mod p.
    pub fn lift(&mut self, digit: &[u64], modulus: &Modulus) {
        match self {
            Residual::Narrow(rows, r) => {
                for (r, row) in r.iter_mut().zip(&rows.0) {
                    let product = row.iter().fold(0i64, |sum, &(column, x)| {
                        sum.wrapping_add(x.wrapping_mul(digit[column] as i64))
                    });
                    *r = modulus.exact_quotient(r.wrapping_sub(product));
                }
            }
            Residual::Wide(rows, r) => {
                let prime = IBig::from(modulus.prime());
                let digit: Vec<IBig> = digit.iter().map(|&x| x.into()).collect();
                for (r, product) in r.iter_mut().zip(rows.mul(&digit)) {
                    *r = (&*r - product) / &prime;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_models::Random;

    /// The same digits and the same rests, in words and in integers of any size, for entries up to the
    /// largest that words hold.
    #[test]
    fn words_lift_as_integers_do() {
        let mut random = Random(5);
        let mut within = |bound: i64| (random.bits() >> 1) as i64 % bound - bound / 2;
        let modulus = Modulus::all().next().unwrap();
        for bound in [10, 1 << 40, (1 << 61) / 3] {
            let row = |_| (0..3).map(|j| (j, IBig::from(within(bound)))).collect();
            let rows = IntegerRows::new((0..3).map(row).collect());
            assert!(rows.narrow.is_some());
            let b: Vec<IBig> = [-7, NARROW as i64 - 1, 1 - NARROW as i64]
                .map(IBig::from)
                .to_vec();
            let (mut narrow, mut wide) = (Residual::new(&rows, &b), Residual::Wide(&rows, b));
            assert!(matches!(narrow, Residual::Narrow(..)));
            let dense = rows.dense_modulo(&modulus);
            let inverse = crate::linalg::modular::ModularInverse::new(&modulus, 3, dense).unwrap();
            for _ in 0..20 {
                let residues = narrow.residues(&modulus);
                assert_eq!(residues, wide.residues(&modulus));
                let digit = inverse.apply(&modulus, &residues);
                narrow.lift(&digit, &modulus);
                wide.lift(&digit, &modulus);
                let (Residual::Narrow(_, words), Residual::Wide(_, integers)) = (&narrow, &wide)
                else {
                    unreachable!("neither changes its kind");
                };
                assert!(
                    words
                        .iter()
                        .map(|&x| IBig::from(x))
                        .eq(integers.iter().cloned())
                );
            }
        }
        let large = |x: IBig| IntegerRows::new(vec![vec![(0, x)]]).narrow;
        assert!(large(IBig::from(NARROW)).is_none());
        assert!(large(IBig::from(NARROW) - IBig::ONE).is_some());
    }
}
