//! One number of a report, of whatever field.

use serde::{Serialize, Serializer};

use crate::linalg::Solvable;
use crate::number::{Number, Rational};

/// One number of a report.
#[derive(Clone, Debug, PartialEq)]
pub enum Quantity {
    /// There is no such number: `null` in JSON, an empty cell in CSV.
    Undefined,
    /// A finite number, written so that reading it back gives the same `f64`.
    Float(f64),
    /// A finite number with a proven bound on its error, written like any other; the bounds of a
    /// report stand apart, in its [`Bounds`](super::Bounds).
    Certified {
        /// The number.
        value: f64,
        /// The true one is no further from it; infinite where nothing is known.
        bound: f64,
    },
    /// An exact fraction: the string `"p/q"` in lowest terms, an integer `"p"`.
    Exact(Box<Rational>),
}

impl Quantity {
    /// A number of any field: a fraction where the field is exact, else its floating-point part,
    /// with a bound on its error where the field has one.
    pub fn of<F: Solvable>(x: &F) -> Quantity {
        if let Some((value, bound)) = x.certified().filter(|(value, _)| value.is_finite()) {
            let value = value + 0.0;
            return Quantity::Certified { value, bound };
        }
        if F::EXACT
            && let Some(exact) = x.to_number()
        {
            return Quantity::Exact(Box::new(exact.to_rational()));
        }
        Quantity::from(x.to_f64())
    }

    /// The size of an error, in the kind of number that the field's other results are.
    pub fn error_of<F: Solvable>(size: f64) -> Quantity {
        match Number::from_f64(size) {
            Some(exact) if F::EXACT => Quantity::Exact(Box::new(exact.to_rational())),
            _ => Quantity::from(size),
        }
    }

    /// The nearest `f64`, if there is a number.
    pub fn value(&self) -> Option<f64> {
        match self {
            Quantity::Undefined => None,
            Quantity::Float(x) | Quantity::Certified { value: x, .. } => Some(*x),
            Quantity::Exact(x) => Some(x.to_f64().value()),
        }
    }

    /// The bound on the error of a certified number, if it is finite.
    pub fn bound(&self) -> Option<f64> {
        match self {
            Quantity::Certified { bound, .. } => Some(*bound).filter(|bound| bound.is_finite()),
            _ => None,
        }
    }

    /// All entries of a vector.
    pub fn all<F: Solvable>(values: &[F]) -> Vec<Quantity> {
        values.iter().map(Quantity::of).collect()
    }

    /// All entries, each as the nearest `f64`.
    pub(crate) fn rounded(values: &[Quantity]) -> Vec<Quantity> {
        values.iter().map(Quantity::nearest).collect()
    }

    /// As the nearest `f64`, without a bound.
    pub(crate) fn nearest(&self) -> Quantity {
        self.value().map_or(Quantity::Undefined, Quantity::from)
    }

    /// All entries of a matrix, row by row.
    pub fn matrix<F: Solvable>(rows: &[Vec<F>]) -> Vec<Vec<Quantity>> {
        rows.iter().map(|row| Quantity::all(row)).collect()
    }

    /// All entries of a vector but those at which `undefined` holds.
    pub fn all_but<F: Solvable>(values: &[F], undefined: impl Fn(usize) -> bool) -> Vec<Quantity> {
        let entries = values.iter().enumerate();
        entries
            .map(|(i, x)| {
                if undefined(i) {
                    Quantity::Undefined
                } else {
                    Quantity::of(x)
                }
            })
            .collect()
    }
}

impl From<f64> for Quantity {
    /// What is not finite is no answer: it is undefined.
    fn from(x: f64) -> Quantity {
        if x.is_finite() {
            // −0 is written as 0
            Quantity::Float(x + 0.0)
        } else {
            Quantity::Undefined
        }
    }
}

impl Serialize for Quantity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Quantity::Undefined => serializer.serialize_none(),
            Quantity::Float(x) | Quantity::Certified { value: x, .. } => {
                serializer.serialize_f64(*x)
            }
            Quantity::Exact(x) => serializer.collect_str(x),
        }
    }
}
