//! Numbers of a user, and how they were rounded.

use super::GivenError;
use super::digits::{HALF, LEAST_DIGITS, half_unit, significant_bits, significant_digits};
use crate::npy::{self, Entries};

/// Numbers of a user; what is absent (`null`, NaN) is NaN.
#[derive(Clone, Debug, PartialEq)]
pub enum Given {
    /// A rectangular array, row by row.
    Array {
        /// Its sizes.
        shape: Vec<usize>,
        /// Its entries.
        values: Vec<f64>,
        /// Whether they are said to be of 16 bits.
        is_half: bool,
    },
    /// Numbers by the labels of parameters, or by state and action.
    Named(Vec<(Vec<String>, f64)>),
}

impl Given {
    /// An array of any shape.
    pub fn array(shape: Vec<usize>, values: Vec<f64>) -> Given {
        Given::Array {
            shape,
            values,
            is_half: false,
        }
    }

    /// These as numbers of 16 bits, which a few may not look like.
    pub fn of_halves(self) -> Given {
        match self {
            Given::Array { shape, values, .. } => Given::Array {
                shape,
                values,
                is_half: true,
            },
            named => named,
        }
    }

    /// No numbers.
    pub(super) fn of_nothing() -> Result<Given, GivenError> {
        Ok(Given::array(vec![0], Vec::new()))
    }

    /// The numbers of an array.
    pub(crate) fn of_array(array: npy::Array) -> Result<Given, GivenError> {
        let values = match array.entries {
            Entries::Numbers(numbers) => numbers,
            Entries::Integers(integers) => integers.into_iter().map(|x| x as f64).collect(),
            Entries::Booleans(_) => return Err(GivenError::NotNumbers { found: "booleans" }),
            Entries::Texts(_) => return Err(GivenError::NotNumbers { found: "texts" }),
        };
        let given = Given::array(array.shape, values);
        Ok(if array.is_half {
            given.of_halves()
        } else {
            given
        })
    }

    /// Half a unit of the last decimal that was written, relative to the largest entry, or of its last significant digit where
    /// all have no more than some, or of the last bit of 16-bit numbers; 0 where the numbers have all their digits, or too few to
    /// be called rounded.
    pub fn rounding(&self) -> f64 {
        let values: Vec<f64> = match self {
            Given::Array { values, .. } => values.clone(),
            Given::Named(entries) => entries.iter().map(|(_, x)| *x).collect(),
        };
        let decimals = |x: &f64| {
            let text = format!("{x:e}");
            let (digits, exponent) = text.split_once('e')?;
            let exponent: i32 = exponent.parse().ok()?;
            let places = digits.split_once('.').map_or(0, |(_, after)| after.len());
            Some(places as i32 - exponent)
        };
        let finite = || values.iter().filter(|x| x.is_finite());
        let most = finite().filter_map(decimals).max().unwrap_or(0);
        let largest = finite().fold(0.0, |a: f64, x| a.max(x.abs()));
        let unit = 0.5 * 10f64.powi(-most) / largest;
        let bits = finite().map(|x| significant_bits(*x)).max().unwrap_or(0);
        let is_half = matches!(self, Given::Array { is_half: true, .. });
        if is_half || (10..=HALF).contains(&bits) {
            return 0.5f64.powi(HALF as i32);
        }
        let is_few = unit <= FINE || (most >= DECIMALS && unit <= COARSEST);
        let digits = finite().map(|x| significant_digits(*x)).max().unwrap_or(0);
        let of_digits = (digits >= LEAST_DIGITS).then(|| half_unit(largest, digits) / largest);
        let units = [is_few.then_some(unit), of_digits].into_iter().flatten();
        let shows = units.filter(|unit| *unit > 1e-12);
        // what lies half way between two is off by the last digit of 64 bits more
        shows.fold(0.0, f64::max) * (1.0 + 1e-9)
    }
}

/// Half a unit of the last decimal beside the largest number, of numbers that are called rounded however they are
/// written, and of those that have at least two decimals; choices.
const FINE: f64 = 1e-3;
const COARSEST: f64 = 5e-3;
const DECIMALS: i32 = 2;
