//! Numbers of a report that are written out when they are first read.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use super::Quantity;
use crate::linalg::Solvable;

/// The numbers of a policy, shared with it until a report is written: those of a model of a million
/// states take more memory than all the rest of what `check` says of it.
#[derive(Clone)]
pub struct Quantities {
    numbers: Arc<dyn Numbers>,
    made: OnceLock<Vec<Quantity>>,
}

/// Numbers of any field.
trait Numbers: Send + Sync {
    fn count(&self) -> usize;

    fn at(&self, i: usize) -> Quantity;
}

impl<F: Solvable> Numbers for Vec<F> {
    fn count(&self) -> usize {
        self.len()
    }

    fn at(&self, i: usize) -> Quantity {
        Quantity::of(&self[i])
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
