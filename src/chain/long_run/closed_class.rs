//! A recurrent class of a chain: its stationary distribution, and I − P without one of its states.

use crate::chain::restricted::{Restricted, Subset};
use crate::error::Error;
use crate::field::dot;
use crate::linalg::{Csr, FactorError, Solvable, SolverOptions};

/// A state that is visited so much more often than the one that is left out takes its place; a choice.
const OFTEN: f64 = 16.0;
/// States that are left out one after another until all visits are numbers; a choice.
const REFERENCES: usize = 32;

/// A recurrent class: μ over its states, and what solves (I − P) x = b on it.
pub(super) struct ClosedClass<F: Solvable> {
    pub stationary: Vec<F>,
    /// I − P without one state; `None` if the class has no other.
    pub without_one: Option<Restricted<F>>,
}

impl<F: Solvable> ClosedClass<F> {
    /// Errors if a system has no solution, or a solver does not certify it.
    pub fn new(p: &Csr<F>, states: &[usize], options: &SolverOptions) -> Result<Self, Error> {
        if states.len() == 1 {
            return Ok(ClosedClass {
                stationary: vec![F::one()],
                without_one: None,
            });
        }
        let reference = often_visited(p, states);
        if F::EXACT {
            return ClosedClass::without(p, states, reference, options);
        }
        let (reference, found) = ClosedClass::without_one_in_range(p, states, reference, options)?;
        // where some state is seldom left, a few steps do not tell that it is the one that is visited most
        let share = |&s: &usize| {
            let at = states.binary_search(&s).ok();
            at.map_or(0.0, |at| found.stationary[at].to_f64())
        };
        let most = states.iter().max_by(|x, y| share(x).total_cmp(&share(y)));
        match most {
            Some(most) if share(most) > OFTEN * share(&reference) => {
                ClosedClass::without(p, states, *most, options)
            }
            _ => Ok(found),
        }
    }

    /// Without this state; where others are visited more often than by the largest number, so that visits overflow or
    /// chances to come back are 0, without one of these, as often as it takes.
    fn without_one_in_range(
        p: &Csr<F>,
        states: &[usize],
        mut reference: usize,
        options: &SolverOptions,
    ) -> Result<(usize, Self), Error> {
        let mut tried = Vec::new();
        loop {
            tried.push(reference);
            let found = ClosedClass::without(p, states, reference, options);
            let next = match &found {
                Ok(class) => {
                    let shares = states.iter().zip(&class.stationary);
                    let beyond = shares.filter(|(_, share)| !share.to_f64().is_finite());
                    let beyond: Vec<usize> = beyond.map(|(&s, _)| s).collect();
                    beyond.get(beyond.len() / 2).copied()
                }
                Err(Error::Factor(FactorError::Singular { column })) => {
                    let mut others = states.iter().copied().filter(|&s| s != reference);
                    others.nth(*column)
                }
                Err(_) => None,
            };
            match next.filter(|next| !tried.contains(next) && tried.len() < REFERENCES) {
                Some(next) => reference = next,
                None => return Ok((reference, found?)),
            }
        }
    }

    /// Solves I − P without this state.
    fn without(
        p: &Csr<F>,
        states: &[usize],
        reference: usize,
        options: &SolverOptions,
    ) -> Result<Self, Error> {
        let others = states.iter().copied().filter(|&s| s != reference);
        let without_one = Restricted::new(p, Subset::new(others.collect()), options)?;
        // visits to each state between two returns to the reference: 1 there, P_i (I − P)⁻¹ else
        let mut weight = vec![F::zero(); p.rows()];
        for (next, x) in p.row(reference) {
            weight[next] = x.clone();
        }
        let visits = without_one.solve_transposed(&without_one.subset().gather(&weight))?;
        without_one.subset().scatter(visits, &mut weight);
        weight[reference] = F::one();
        let mut total = F::zero();
        states.iter().for_each(|&s| total += &weight[s]);
        Ok(ClosedClass {
            stationary: states.iter().map(|&s| weight[s].clone() / &total).collect(),
            without_one: Some(without_one),
        })
    }

    /// μ x.
    pub fn mean(&self, states: &[usize], x: &[F]) -> F {
        let values: Vec<F> = states.iter().map(|&s| x[s].clone()).collect();
        dot(&self.stationary, &values)
    }
}

/// A state of the class that is visited often, by a few steps of the lazy chain (I + P)/2 from
/// the uniform distribution, on a scale that does not matter. Without such a state I − P is best conditioned.
fn often_visited<F: Solvable>(p: &Csr<F>, states: &[usize]) -> usize {
    // a choice: more would tell no better, and no answer depends on it but by rounding
    const STEPS: usize = 16;
    let p = Subset::new(states.to_vec()).block(p).map(F::to_f64);
    let mut weight = vec![1.0; states.len()];
    for _ in 0..STEPS {
        let stepped = p.mul_transposed(&weight);
        weight = weight.iter().zip(stepped).map(|(x, y)| x + y).collect();
    }
    let most = (0..states.len())
        .rev()
        .max_by(|&i, &j| weight[i].total_cmp(&weight[j]));
    states[most.unwrap_or(0)]
}
