//! Estimators as numbers: what the simulator accumulates and the moments are computed of.

use std::sync::Arc;

use super::Form;
use crate::field::Field;

/// A function of a state or a pair, that may depend on the time. Copies share the numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Table<F> {
    /// One row for all times, or row t for time t.
    rows: Arc<Vec<Vec<F>>>,
}

impl<F> Table<F> {
    /// The same function at all times.
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

/// An estimator on one model under one policy.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolved<F: Field> {
    /// c: a score at time t is weighted by cᵗ.
    pub weight: F,
    /// γ of returns and residuals; 1 where trajectories die instead ([`super::Sampling::Geometric`]).
    pub discount: F,
    /// What is summed.
    pub form: Form<F>,
}

impl<F: Field> Resolved<F> {
    /// The same with all scores weighing alike: what multiplies a score then is Ψₜ itself.
    pub(crate) fn without_weight(&self) -> Resolved<F> {
        Resolved {
            weight: F::one(),
            ..self.clone()
        }
    }
}
