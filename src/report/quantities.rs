//! Numbers of a report that are written out when they are first read as such.

use std::any::Any;
use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use serde::{Serialize, Serializer};

use super::Quantity;
use crate::linalg::Solvable;

/// Many numbers of a report: a policy's, shared with it, or those of an evaluation, eight bytes each. As
/// [`Quantity`] they take three times as much, which JSON does not need: it takes one after the other.
#[derive(Clone)]
pub struct Quantities {
    numbers: Arc<dyn Numbers>,
    made: OnceLock<Vec<Quantity>>,
}

/// Numbers of any field.
trait Numbers: Send + Sync {
    fn count(&self) -> usize;

    fn at(&self, i: usize) -> Quantity;

    /// All of them where they are floating-point numbers without bounds.
    fn floats(&self) -> Option<&[f64]>;
}

impl<F: Solvable> Numbers for Vec<F> {
    fn count(&self) -> usize {
        self.len()
    }

    fn at(&self, i: usize) -> Quantity {
        Quantity::of(&self[i])
    }

    fn floats(&self) -> Option<&[f64]> {
        (self as &dyn Any)
            .downcast_ref::<Vec<f64>>()
            .map(Vec::as_slice)
    }
}

impl Quantities {
    /// Those of a field.
    pub(super) fn of<F: Solvable>(numbers: &Arc<Vec<F>>) -> Quantities {
        Quantities {
            numbers: Arc::<Vec<F>>::clone(numbers),
            made: OnceLock::new(),
        }
    }

    /// Those of a field, but those at which `undefined` holds.
    pub fn all_but<F: Solvable>(numbers: &[F], undefined: impl Fn(usize) -> bool) -> Quantities {
        if F::EXACT || F::one().certified().is_some() {
            return Quantities {
                numbers: Arc::new(Vec::<f64>::new()),
                made: OnceLock::from(Quantity::all_but(numbers, undefined)),
            };
        }
        // what is no number is undefined, so that eight bytes say all of an entry
        let entry = |(i, x): (usize, &F)| if undefined(i) { f64::NAN } else { x.to_f64() };
        let numbers: Vec<f64> = numbers.iter().enumerate().map(entry).collect();
        Quantities {
            numbers: Arc::new(numbers),
            made: OnceLock::new(),
        }
    }

    /// The first of them alone.
    pub(super) fn truncated(&self, count: usize) -> Quantities {
        Quantities {
            numbers: Arc::new(Vec::<f64>::new()),
            made: OnceLock::from(self[..count].to_vec()),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.made.get().map_or(self.numbers.count(), Vec::len)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One after the other, without all.
    pub fn each(&self) -> impl ExactSizeIterator<Item = Quantity> + '_ {
        (0..self.len()).map(|i| self.at(i))
    }

    /// All of them where they are held as floating-point numbers; what is not finite is undefined.
    fn floats(&self) -> Option<&[f64]> {
        match self.made.get() {
            Some(_) => None,
            None => self.numbers.floats(),
        }
    }

    /// One of them, without all.
    pub fn at(&self, i: usize) -> Quantity {
        match self.made.get() {
            Some(made) => made[i].clone(),
            None => self.numbers.at(i),
        }
    }
}

impl Deref for Quantities {
    type Target = [Quantity];

    fn deref(&self) -> &[Quantity] {
        self.made.get_or_init(|| {
            let all = 0..self.numbers.count();
            all.map(|i| self.numbers.at(i)).collect()
        })
    }
}

impl<'a> IntoIterator for &'a Quantities {
    type Item = &'a Quantity;
    type IntoIter = std::slice::Iter<'a, Quantity>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Serialize for Quantities {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.floats() {
            Some(floats) => serializer.collect_seq(floats.iter().map(|&x| Quantity::from(x))),
            None => serializer.collect_seq(self.each()),
        }
    }
}

impl fmt::Debug for Quantities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.deref().fmt(f)
    }
}

impl PartialEq for Quantities {
    fn eq(&self, other: &Quantities) -> bool {
        **self == **other
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::Ball;
    use crate::number::Rational;

    fn check<F: Solvable>(numbers: &[F]) {
        let made = Quantities::all_but(numbers, |i| i == 1);
        let all = Quantity::all_but(numbers, |i| i == 1);
        assert!(made.each().eq(all.iter().cloned()));
        assert_eq!(made.len(), all.len());
        assert_eq!(*made, *all);
    }

    #[test]
    fn what_is_kept_in_eight_bytes_reads_as_what_it_was() {
        check(&[1.5, 2.0, -0.0, f64::NAN, f64::INFINITY]);
        let third = Rational::from(1) / Rational::from(3);
        check(&[third.clone(), Rational::from(2), third]);
        check(&[1.0, 2.0, 3.0].map(Ball::exact));
    }
}
