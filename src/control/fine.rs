//! Values of a rule with digits of their own, which neither γ close to 1 nor long episodes hide.

use super::rule::DecisionRule;
use crate::chain::Chain;
use crate::error::Error;
use crate::evaluation::values_of_pairs;
use crate::linalg::{Solvable, SolverOptions};
use crate::mdp::Mdp;

/// The values of a rule, with what they lack in their last digits.
pub(super) struct Fine<F> {
    /// v \[S\].
    pub v: Vec<F>,
    /// v + rest fits its equation better \[S\]; empty where nothing is known.
    pub rest: Vec<F>,
}

impl<F: Solvable> Fine<F> {
    /// Errors if the system was not solved.
    pub fn new(mdp: &Mdp<F>, rule: &DecisionRule, solver: &SolverOptions) -> Result<Self, Error> {
        let chain = Chain::new(mdp, &rule.followed(mdp.space()), solver)?;
        let (solution, rest) = chain.resolvent().solve_finely(chain.dynamics().r())?;
        Ok(Fine {
            v: solution.x,
            rest,
        })
    }

    /// A(s, a) \[SA\], from differences of values.
    pub fn advantages(&self, mdp: &Mdp<F>) -> Vec<F> {
        values_of_pairs(mdp, &self.v, &self.rest).1
    }
}
