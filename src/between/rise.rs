//! By how much J is more under other policies, and how far that may be off.
//!
//! ```text
//! J(π') − J(π) = Σₛ ρ'(s) Σₐ (π' − π)(a|s) A^π(s, a) = Σₜ γᵗ Σₛ p'ₜ(s) Σₐ (π' − π)(a|s) Aₜ^π(s, a)
//! ```
//!
//! (Kakade & Langford 2002, lemma 6.1; over a horizon by time), which keeps digits that the difference of two J loses.

use super::accuracy::{difference_error, of_advantages, of_objective};
use crate::error::Error;
use crate::evaluation::accuracy::value_error_until;
use crate::evaluation::{FiniteHorizon, Prepared, ValuesByTime};
use crate::field::UNIT;
use crate::policy::Changes;
use crate::solved::Solved;

/// What other policies are measured against.
pub(crate) struct Rise<'a> {
    at: &'a Solved,
    /// |δA| \[SA\] where v follows from a chain.
    off: Option<Vec<f64>>,
}

impl<'a> Rise<'a> {
    /// From a policy. Errors where a system is not solved.
    pub fn from(at: &'a Solved) -> Result<Rise<'a>, Error> {
        let off = match at.prepared() {
            Prepared::Resolvent(chain) => Some(of_advantages(at, chain)?),
            _ => None,
        };
        Ok(Rise { at, off })
    }

    /// J(π') − J(π) of a policy π' of the same model, and a bound on its error. Errors where a system is not solved.
    pub fn to(&self, other: &Solved) -> Result<(f64, f64), Error> {
        let at = self.at;
        let changes = Changes::new(at.policy(), other.policy());
        match (at.prepared(), other.prepared(), &self.off) {
            (Prepared::Resolvent(_), Prepared::Resolvent(chain), Some(off)) => {
                let change = at.differences(other, &changes)?.0;
                let error = difference_error((at, other), chain, &changes, off)?;
                Ok((change, error))
            }
            (Prepared::FiniteHorizon(_), Prepared::FiniteHorizon(run), _) => {
                match &at.evaluation().by_time {
                    Some(tables) => Ok(self.by_time(run, tables, &changes)),
                    None => self.of_both(other),
                }
            }
            _ => self.of_both(other),
        }
    }

    /// Over a horizon, from the values at all times.
    fn by_time(
        &self,
        run: &FiniteHorizon,
        tables: &ValuesByTime<f64>,
        changes: &Changes<f64>,
    ) -> (f64, f64) {
        let mdp = self.at.mdp();
        let values = value_error_until(mdp, self.at.policy(), run.horizon());
        // each of the steps before is a product and a sum over the states
        let relative = (run.horizon() * (mdp.states() + 16)) as f64 * UNIT;
        let mut mass = mdp.initial().to_vec();
        let (mut change, mut error) = (0.0, 0.0);
        for (q, v) in tables.q.iter().zip(&tables.v) {
            for (pair, q) in q.iter().enumerate() {
                let state = mdp.space().state_of(pair);
                let (moved, open) = (changes.by_pair[pair], changes.errors[pair]);
                let advantage = q - v[state];
                let off = 2.0 * values + 2.0 * UNIT * (q.abs() + v[state].abs());
                let term = moved * advantage;
                change += mass[state] * term;
                error += mass[state]
                    * (moved.abs() * off + open * advantage.abs() + relative * term.abs());
            }
            mass = run.discounted().mul_transposed(&mass);
        }
        (change, error)
    }

    fn of_both(&self, other: &Solved) -> Result<(f64, f64), Error> {
        let error = objective_error(self.at)? + objective_error(other)?;
        Ok((other.j() - self.at.j(), error))
    }
}

/// What rounding may have done to J, as [`Between`](super::Between) tells it: by ‖N‖∞ and the residual of v with its
/// further digits. That of the checks, `Solved::objective_error`, is another bound of the same: by visits and the residual
/// of v as it is, on which the steps of finite differences rest.
pub(crate) fn objective_error(at: &Solved) -> Result<f64, Error> {
    Ok(match at.prepared() {
        Prepared::Resolvent(chain) => of_objective(at, chain)?,
        Prepared::FiniteHorizon(run) => value_error_until(at.mdp(), at.policy(), run.horizon()),
        Prepared::Average(_) => at.objective_error()?,
    })
}
