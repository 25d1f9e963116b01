//! What a policy is worth: v, q, advantage, occupancy and J (theory, section 1).
//!
//! ```text
//! v = (I − γp^π)⁻¹ r^π     q = r + γ p v     A = q − v     ρ = ρ₀ (I − γp^π)⁻¹     J = ρ₀ v
//! ```

use crate::chain::Chain;
use crate::error::Error;
use crate::field::{Field, dot};
use crate::mdp::Mdp;
use crate::policy::Policy;

/// The evaluation of a policy under the discounted or the total criterion.
#[derive(Clone, Debug)]
pub struct Evaluation<F: Field = f64> {
    /// v(s) [S], in units of reward; 0 on terminal states and on [`Chain::undefined`] ones.
    pub v: Vec<F>,
    /// q(s, a) [SA].
    pub q: Vec<F>,
    /// A(s, a) = q(s, a) − v(s) [SA]; Σₐ π A = 0.
    pub advantage: Vec<F>,
    /// ρ^π(s) [S], not normalised: Σₛ ρ = 1/(1 − γ) when nothing terminates; 0 on terminal states.
    pub occupancy: Vec<F>,
    /// ρ^π(s, a) = ρ^π(s) π(a|s) [SA].
    pub pair_occupancy: Vec<F>,
    /// J = ρ₀ v.
    pub j: F,
    /// ‖r^π − (I − γp^π) v‖∞ and ‖ρ₀ − ρ (I − γp^π)‖∞; 0 in an exact field.
    pub residuals: Residuals,
}

/// How well the two solves of an evaluation solve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Residuals {
    /// Of v, in units of reward.
    pub v: f64,
    /// Of the occupancy, in visits.
    pub occupancy: f64,
}

impl<F: Field> Evaluation<F> {
    /// Two solves from the factors of the chain, then sparse products.
    ///
    /// Errors if an iterative solver did not certify its answer.
    pub fn new(mdp: &Mdp<F>, policy: &Policy<F>, chain: &Chain<F>) -> Result<Evaluation<F>, Error> {
        let dynamics = chain.dynamics();
        let v = chain.resolvent().solve(dynamics.r())?;
        let occupancy = chain.resolvent().solve_transposed(dynamics.initial())?;
        let residuals = Residuals {
            v: v.residual,
            occupancy: occupancy.residual,
        };
        let q = action_values(mdp, &v.x);
        let advantage = over_pairs(mdp, |pair, state| q[pair].clone() - &v.x[state]);
        let pi = policy.probabilities();
        let pair_occupancy = over_pairs(mdp, |pair, state| occupancy.x[state].clone() * &pi[pair]);
        Ok(Evaluation {
            j: dot(dynamics.initial(), &v.x),
            v: v.x,
            q,
            advantage,
            occupancy: occupancy.x,
            pair_occupancy,
            residuals,
        })
    }
}

/// q = r + γ p v, shape [SA].
pub fn action_values<F: Field>(mdp: &Mdp<F>, v: &[F]) -> Vec<F> {
    let gamma = mdp.discount();
    let pv = mdp.p().mul(v);
    let r = mdp.r().iter();
    r.zip(pv).map(|(r, pv)| r.clone() + pv * &gamma).collect()
}

fn over_pairs<F: Field>(mdp: &Mdp<F>, f: impl Fn(usize, usize) -> F) -> Vec<F> {
    let space = mdp.space();
    (0..space.pairs())
        .map(|pair| f(pair, space.state_of(pair)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::SolverOptions;
    use crate::mdp::{Criterion, Names, OutcomeTable, Parts, Space};
    use crate::number::{Number, Rational};
    use std::sync::Arc;

    fn q(p: i64, d: u64) -> Rational {
        Number::ratio(p, d).unwrap().to_rational()
    }

    /// Two states, one action each: s0 → s1 (+1), s1 → s0 (+3) or terminal with 1/2 (+5).
    #[test]
    fn values_of_a_small_chain_are_exact() {
        let names = |n: &[&str]| Names::Listed(n.iter().map(|x| x.to_string()).collect());
        let sets = vec![vec![0], vec![0], vec![]];
        let space = Space::new(names(&["x", "y", "end"]), names(&["go"]), sets);
        let mut outcomes = OutcomeTable::default();
        outcomes.push(1, q(1, 1), q(1, 1));
        outcomes.end_pair();
        outcomes.push(0, q(1, 2), q(3, 1));
        outcomes.push(2, q(1, 2), q(5, 1));
        outcomes.end_pair();
        let mdp = Mdp::new(Parts {
            name: "small".into(),
            space: Arc::new(space),
            outcomes,
            initial: vec![q(1, 1), q(0, 1), q(0, 1)],
            criterion: Criterion::Total,
        });
        let policy = Policy::uniform(mdp.space());
        let chain = Chain::new(&mdp, &policy, &SolverOptions::default()).unwrap();
        let evaluation = Evaluation::new(&mdp, &policy, &chain).unwrap();
        // v(x) = 1 + v(y), v(y) = 4 + v(x)/2
        assert_eq!(evaluation.v, [q(10, 1), q(9, 1), q(0, 1)]);
        assert_eq!(evaluation.occupancy, [q(2, 1), q(2, 1), q(0, 1)]);
        assert_eq!(evaluation.j, q(10, 1));
    }
}
