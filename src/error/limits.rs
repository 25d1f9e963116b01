//! What is refused before it is tried: too many steps, tables too large, vectors of another length.

use super::Error;
use crate::field::Field;
use crate::mdp::Criterion;
use crate::memory;
use crate::policy::Policy;

/// The most numbers of so many bytes in one table: at most `limit`, and a third of what there is memory for, as a table is
/// computed, factored or multiplied, and told.
fn most(limit: usize, bytes: f64) -> usize {
    const COPIES: f64 = 3.0;
    limit.min((memory::free() / (COPIES * bytes)) as usize)
}

/// Tables that are made without asking how much memory there is; a choice.
const SMALL: usize = 1 << 20;

impl Error {
    /// Errors with [`Error::TooLong`] if the tables and weights that moments over so many steps keep
    /// for each of them, some four of a number per state and a few besides, are more than 2²⁷
    /// numbers.
    pub(crate) fn check_steps(steps: usize, states: usize) -> Result<(), Error> {
        let limit = (1 << 27) / (4 * (states + 8));
        if steps <= limit {
            Ok(())
        } else {
            Err(Error::TooLong {
                steps,
                states,
                limit,
            })
        }
    }

    /// Errors with [`Error::Criterion`] unless the reward is discounted or total.
    pub(crate) fn check_resolvent<F>(criterion: &Criterion<F>) -> Result<(), Error> {
        match criterion {
            Criterion::Discounted { .. } | Criterion::Total => Ok(()),
            other => Err(Error::Criterion {
                needed: "discounted or total",
                found: other.kind(),
            }),
        }
    }

    /// Errors with [`Error::Length`] unless a user's vector has as many numbers as it should.
    pub(crate) fn check_length(
        quantity: &'static str,
        expected: usize,
        found: usize,
    ) -> Result<(), Error> {
        if expected == found {
            Ok(())
        } else {
            Err(Error::Length {
                quantity,
                expected,
                found,
            })
        }
    }

    /// Errors with [`Error::Length`] unless a user's vector has as many numbers as it should, and with [`Error::Argument`]
    /// unless all are finite.
    pub(crate) fn check_numbers<F: Field>(
        quantity: &'static str,
        expected: usize,
        numbers: &[F],
    ) -> Result<(), Error> {
        Error::check_length(quantity, expected, numbers.len())?;
        match numbers
            .iter()
            .find(|x| !F::EXACT && !x.to_f64().is_finite())
        {
            None => Ok(()),
            Some(x) => Err(Error::Argument {
                name: quantity,
                found: format!("one with {}", x.to_f64()),
                expected: "finite numbers",
            }),
        }
    }

    /// Errors with [`Error::TooLarge`] if the scores of a policy have more than 2²⁵ entries, half a GiB in
    /// `f64`, or more than there is memory for: those of a tabular policy have one for each pair of actions of a state.
    pub fn check_scores<F: Field>(policy: &Policy<F>) -> Result<(), Error> {
        // 16 bytes each, with its column
        const LIMIT: usize = 1 << 25;
        let pairs = policy.space().pairs();
        let Some(entries) = policy.large_derivative() else {
            return Ok(());
        };
        let limit = most(LIMIT, 16.0);
        if entries <= SMALL as f64 || entries <= limit as f64 {
            return Ok(());
        }
        Err(Error::TooLarge {
            quantity: "matrix of scores",
            rows: pairs,
            columns: (entries / pairs as f64) as usize,
            limit,
        })
    }

    /// Errors with [`Error::TooLarge`] if a dense table of this shape has more than 2²⁷ numbers,
    /// 1 GiB in `f64`, or more than there is memory for.
    pub(crate) fn check_size(
        quantity: &'static str,
        rows: usize,
        columns: usize,
    ) -> Result<(), Error> {
        // 1 GiB of `f64`
        const LIMIT: usize = 1 << 27;
        let numbers = rows.saturating_mul(columns);
        if numbers <= SMALL {
            return Ok(());
        }
        let limit = most(LIMIT, 8.0);
        if numbers <= limit {
            return Ok(());
        }
        Err(Error::TooLarge {
            quantity,
            rows,
            columns,
            limit,
        })
    }
}
