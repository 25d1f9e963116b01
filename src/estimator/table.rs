//! Functions of a state or a pair, by time where they depend on it.

use std::sync::Arc;

use crate::linalg::Solvable;

/// A function of a state or a pair, that may depend on the time. Copies share the numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Table<F> {
    /// One row for all times, or row t for time t.
    rows: Arc<Vec<Vec<F>>>,
    fine: Option<Arc<Fine<F>>>,
}

/// What differences of a function for all times are made of where it is large and they are not, as
/// near γ = 1.
#[derive(Clone, Debug, PartialEq)]
struct Fine<F> {
    /// What the function lacks in its last digits, \[S\] or \[SA\] as the function.
    rest: Vec<F>,
    /// 1 − γ.
    complement: F,
}

impl<F> Table<F> {
    /// A function of the state \[S\] that is the same at all times.
    pub fn stationary(row: Vec<F>) -> Table<F> {
        Table::by_time(vec![row])
    }

    /// Row t for time t = 0, 1, …; at later times the last row.
    ///
    /// # Panics
    /// If there is no row.
    pub fn by_time(rows: Vec<Vec<F>>) -> Table<F> {
        assert!(!rows.is_empty(), "a table has a row");
        Table {
            rows: Arc::new(rows),
            fine: None,
        }
    }

    /// The function at time t.
    pub fn at(&self, time: usize) -> &[F] {
        &self.rows[time.min(self.rows.len() - 1)]
    }

    /// All rows: one if the function does not depend on the time.
    pub fn rows(&self) -> &[Vec<F>] {
        &self.rows
    }
}

impl<F: Solvable> Table<F> {
    /// The same function at all times, with what it lacks in its last digits (nothing, if that is
    /// not known) and 1 − γ.
    pub(super) fn finely(row: Vec<F>, mut rest: Vec<F>, complement: F) -> Table<F> {
        rest.resize(row.len(), F::zero());
        Table {
            fine: Some(Arc::new(Fine { rest, complement })),
            ..Table::stationary(row)
        }
    }

    /// Another function with last digits as these.
    pub(super) fn as_fine(&self, rows: Vec<Vec<F>>) -> Table<F> {
        Table {
            fine: self.fine.clone(),
            ..Table::by_time(rows)
        }
    }

    /// What the function lacks in its last digits, where that is known.
    pub(super) fn rest(&self) -> Option<&[F]> {
        self.fine.as_ref().map(|fine| fine.rest.as_slice())
    }

    /// f(s, a) − f(s, b) to the last digits that are known.
    pub(super) fn apart(&self, pair: usize, other: usize) -> F {
        let row = &self.rows[0];
        let apart = row[pair].clone() - &row[other];
        match self.rest() {
            Some(rest) => apart + (rest[pair].clone() - &rest[other]),
            None => apart,
        }
    }

    /// γ u(s') − u(s) to the last digits; `None` where these are not known. u = 0 at the end.
    pub(super) fn rise(&self, state: usize, next: Option<usize>, discount: &F) -> Option<F> {
        let (row, fine) = (&self.rows[0], self.fine.as_ref()?);
        let Some(next) = next else {
            return Some(-row[state].clone());
        };
        let mut rise = row[next].clone() - &row[state];
        rise += fine.rest[next].clone() - &fine.rest[state];
        let rise = rise * discount;
        Some(if *discount == F::one() {
            rise
        } else {
            rise - fine.complement.clone() * &row[state]
        })
    }

    /// γ u(s') − u(s) of a function for all times, to the last digits that are known. u = 0 at the end.
    pub(super) fn change(&self, state: usize, next: Option<usize>, discount: &F) -> F {
        self.rise(state, next, discount).unwrap_or_else(|| {
            let row = self.at(0);
            let after = next.map_or_else(F::zero, |next| row[next].clone());
            after * discount - &row[state]
        })
    }
}
