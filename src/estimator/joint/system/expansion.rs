//! What a product of sums is one step later: its closure under the recursion, term by term.

use std::collections::HashMap;

use super::{Monomial, Outcome, System, Variable};
use crate::linalg::Solvable;

/// One term of a product of sums: which term of each factor, and what it makes of those to come.
pub(super) struct Term {
    pub choice: Vec<usize>,
    /// The product that is multiplied; `None` for 1.
    pub target: Option<usize>,
}

/// All products that are needed, each after those that it asks for.
pub(super) struct Closure {
    pub monomials: Vec<Monomial>,
    pub at: HashMap<Monomial, usize>,
}

impl<F: Solvable> System<'_, F> {
    pub(super) fn closure(&self, wanted: impl Iterator<Item = Monomial>) -> Closure {
        let mut closure = Closure {
            monomials: Vec::new(),
            at: HashMap::new(),
        };
        for mut monomial in wanted {
            monomial.sort_unstable();
            self.visit(monomial, &mut closure);
        }
        closure
    }

    fn visit(&self, monomial: Monomial, closure: &mut Closure) {
        if monomial.is_empty() || closure.at.contains_key(&monomial) {
            return;
        }
        for (_, target) in self.expanded(&monomial) {
            if target != monomial {
                self.visit(target, closure);
            }
        }
        closure.at.insert(monomial.clone(), closure.monomials.len());
        closure.monomials.push(monomial);
    }

    /// The terms of a product: which of each factor, and the product of later sums that they make.
    fn expanded(&self, monomial: &[Variable]) -> Vec<(Vec<usize>, Monomial)> {
        let mut all: Vec<(Vec<usize>, Monomial)> = vec![Default::default()];
        for &variable in monomial {
            let shape = self.shape(variable);
            let longer = all.iter().flat_map(|(choice, product)| {
                shape.iter().enumerate().map(move |(term, later)| {
                    let choice = [choice.as_slice(), &[term]].concat();
                    (choice, [product.as_slice(), later].concat())
                })
            });
            all = longer.collect();
        }
        all.iter_mut()
            .for_each(|(_, product)| product.sort_unstable());
        all
    }

    pub(super) fn terms(&self, monomial: &[Variable], closure: &Closure) -> Vec<Term> {
        let all = self.expanded(monomial).into_iter();
        all.map(|(choice, product)| Term {
            choice,
            target: closure.at.get(&product).copied(),
        })
        .collect()
    }

    /// The coefficient of a term at an outcome, without its probability.
    pub(super) fn coefficient(
        &self,
        monomial: &[Variable],
        choice: &[usize],
        at: &Outcome<F>,
    ) -> F {
        let mut product = F::one();
        for (&variable, &term) in monomial.iter().zip(choice) {
            let own = &at.coefficients[self.kind(variable)][term];
            if own.is_zero() {
                return F::zero();
            }
            product *= own.clone();
            if let Variable::Vector(v, k) = variable
                && term < self.scored(v)
            {
                let mut score = self.process.score(at.pair);
                match score.find(|(l, _)| *l == k) {
                    Some((_, score)) => product *= score.clone(),
                    None => return F::zero(),
                }
            }
        }
        product
    }

    /// ω goes with each factor.
    pub(super) fn weight<'b>(&self, monomial: &[Variable], at: &'b Outcome<F>) -> &'b F {
        &at.weights[monomial.len().clamp(1, 4) - 1]
    }
}
