//! The expectations of products of sums, over a horizon step by step, otherwise one system after another.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use super::expansion::{Closure, Term};
use super::{Monomial, Outcome, System, Variable};
use crate::chain::Resolvent;
use crate::error::Error;
use crate::estimator::process::Order;
use crate::estimator::recursion::Signal;
use crate::linalg::{Csr, Solvable};

/// Expectations of products of sums, under ρ₀.
pub(in crate::estimator::joint) struct Expectations<F> {
    of: HashMap<Monomial, F>,
}

impl<F: Solvable> Expectations<F> {
    /// E of a product, which is one that was asked for or needed.
    pub fn expectation(&self, monomial: &[Variable]) -> F {
        let mut monomial = monomial.to_vec();
        monomial.sort_unstable();
        self.of.get(&monomial).cloned().unwrap_or_else(F::zero)
    }
}

impl<F: Solvable> System<'_, F> {
    fn is_stationary(&self) -> bool {
        let scalars = self.recursion.scalars.iter().map(|x| &x.signal);
        let vectors = self.recursion.vectors.iter().map(|x| &x.signal);
        let traced = self.traced.is_none_or(|x| x.own.rows().len() == 1);
        scalars.chain(vectors).all(Signal::is_stationary) && traced
    }

    /// The value of a product once the trajectory has ended: 0, but 1 for ratios.
    fn at_end(monomial: &[Variable]) -> F {
        if monomial.iter().all(|x| *x == Variable::Whole) {
            F::one()
        } else {
            F::zero()
        }
    }

    /// The expectations of products, and of all that they ask for.
    ///
    /// Errors if a linear system is singular, and with [`Error::TooLarge`].
    pub fn solve(&self, wanted: impl Iterator<Item = Monomial>) -> Result<Expectations<F>, Error> {
        let closure = self.closure(wanted);
        let count = closure.monomials.len();
        Error::check_size("joint moments", count, self.process.states())?;
        let terms: Vec<Vec<Term>> = closure
            .monomials
            .iter()
            .map(|monomial| self.terms(monomial, &closure))
            .collect();
        let known = match self.process.horizon() {
            Some(steps) => self.stepwise(&closure, &terms, steps),
            None => self.stationary(&closure, &terms)?,
        };
        let initial = self.process.initial();
        let ended = initial.iter().fold(F::one(), |rest, p| rest - p);
        let of = |(monomial, values): (&Monomial, &Vec<F>)| {
            let sum = crate::field::dot(initial, values);
            let all = sum + ended.clone() * &Self::at_end(monomial);
            (monomial.clone(), all)
        };
        let all = closure.monomials.iter().zip(&known).map(of);
        Ok(Expectations { of: all.collect() })
    }

    fn stepwise(&self, closure: &Closure, terms: &[Vec<Term>], steps: usize) -> Vec<Vec<F>> {
        let states = self.process.states();
        let ends = closure.monomials.iter().map(|m| Self::at_end(m));
        let ends: Vec<F> = ends.collect();
        let mut known: Vec<Vec<F>> = ends.iter().map(|x| vec![x.clone(); states]).collect();
        let mut outcomes = self.outcomes(steps - 1);
        for time in (0..steps).rev() {
            if !self.is_stationary() && time + 1 < steps {
                outcomes = self.outcomes(time);
            }
            let mut next = vec![vec![F::zero(); states]; known.len()];
            for at in &outcomes {
                for (j, monomial) in closure.monomials.iter().enumerate() {
                    let mut sum = F::zero();
                    for term in &terms[j] {
                        let coefficient = self.coefficient(monomial, &term.choice, at);
                        if !coefficient.is_zero() {
                            let later = later(term.target, at.next, &known, &ends);
                            sum += coefficient * &later;
                        }
                    }
                    if !sum.is_zero() {
                        next[j][at.state] += sum * self.weight(monomial, at);
                    }
                }
            }
            // where nothing happens any more, a trajectory has ended
            for state in (0..states).filter(|&s| self.is_over(s)) {
                next.iter_mut()
                    .zip(&ends)
                    .for_each(|(row, end)| row[state] = end.clone());
            }
            known = next;
        }
        known
    }

    fn is_over(&self, state: usize) -> bool {
        let pairs = self.process.pairs_of(state);
        pairs
            .into_iter()
            .all(|pair| self.process.steps_of(pair).is_empty())
    }

    fn stationary(&self, closure: &Closure, terms: &[Vec<Term>]) -> Result<Vec<Vec<F>>, Error> {
        let ends = closure.monomials.iter().map(|m| Self::at_end(m));
        let ends: Vec<F> = ends.collect();
        let outcomes = self.outcomes(0);
        let operators = RefCell::new(HashMap::new());
        let mut known: Vec<Vec<F>> = Vec::with_capacity(closure.monomials.len());
        for (j, monomial) in closure.monomials.iter().enumerate() {
            let mut constant = vec![F::zero(); self.process.states()];
            let mut own = None;
            for term in &terms[j] {
                if term.target == Some(j) {
                    own = Some(&term.choice);
                }
                for at in &outcomes {
                    let goes_on = at.next.is_some();
                    if term.target == Some(j) && goes_on {
                        continue;
                    }
                    let coefficient = self.coefficient(monomial, &term.choice, at);
                    if !coefficient.is_zero() {
                        let later = later(term.target, at.next, &known, &ends);
                        constant[at.state] += coefficient * &later * self.weight(monomial, at);
                    }
                }
            }
            let solved = match own {
                None => constant,
                Some(choice) => {
                    self.resolve((monomial, choice), constant, &outcomes, &operators)?
                }
            };
            known.push(solved);
        }
        Ok(known)
    }

    /// (I − M)⁻¹ b, M being what carries a product over to the next state.
    fn resolve(
        &self,
        (monomial, choice): (&[Variable], &[usize]),
        b: Vec<F>,
        outcomes: &[Outcome<F>],
        operators: &RefCell<HashMap<Vec<usize>, Arc<Resolvent<F>>>>,
    ) -> Result<Vec<F>, Error> {
        let traces = |x: &Variable| self.traced.is_some() && matches!(x, Variable::Scalar(_));
        let order = Order::of(monomial.len());
        if !monomial.iter().any(traces) {
            let Some(any) = outcomes.first() else {
                return Ok(b);
            };
            let decay = self.coefficient(monomial, choice, any);
            return self.process.solve(order, &decay, b);
        }
        let key: Vec<usize> = monomial.iter().map(|&x| self.kind(x)).collect();
        if let Some(resolvent) = operators.borrow().get(&key) {
            return Ok(resolvent.solve(&b)?.x);
        }
        let mut rows = vec![Vec::new(); self.process.states()];
        for at in outcomes {
            if let Some(next) = at.next {
                let own = self.coefficient(monomial, choice, at);
                rows[at.state].push((next, own * self.weight(monomial, at)));
            }
        }
        let mut operator = Csr::empty(self.process.states());
        rows.iter_mut().for_each(|row| operator.push_row(row));
        let resolvent = Arc::new(self.process.resolvent_of(self.mdp, operator)?);
        operators.borrow_mut().insert(key, Arc::clone(&resolvent));
        Ok(resolvent.solve(&b)?.x)
    }
}

/// What a product of later sums is worth; 1 without factors, and what it is at the end where the
/// trajectory ends.
fn later<F: Solvable>(
    target: Option<usize>,
    next: Option<usize>,
    known: &[Vec<F>],
    ends: &[F],
) -> F {
    match (target, next) {
        (None, _) => F::one(),
        (Some(j), Some(state)) => known[j][state].clone(),
        (Some(j), None) => ends[j].clone(),
    }
}
