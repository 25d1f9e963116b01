//! Products of the sums of a recursion, and how those before a step follow from those after it.
//!
//! Before a step each sum is an affine form in the sums after it, with coefficients that depend on
//! the outcome (see [`crate::estimator::recursion`]). A product of sums is the product of their forms, a
//! polynomial in the sums after the step; its expectation is linear in the moments after the step.

use super::stair::Stair;
use crate::estimator::conditional::{View, each_step, future};
use crate::estimator::process::{Order, SampledOutcome};
use crate::estimator::recursion::{Recursion, Scalar, Vector};
use crate::linalg::Solvable;

/// The products that are kept track of, each after all that it follows from; 1 is the first.
pub struct Monomials {
    /// The sums that each multiplies: scalar i, vector v plus the number of scalars.
    factors: Vec<Vec<usize>>,
    /// Each times each sum, where that is kept track of.
    times: Vec<Vec<Option<usize>>>,
    scalars: usize,
}

/// A polynomial: one coefficient for each monomial.
pub type Polynomial<F> = Vec<F>;

/// An affine form: a constant, and coefficients of sums after the step.
#[derive(Clone)]
pub struct AffineForm<F> {
    pub constant: F,
    pub terms: Vec<(usize, F)>,
}

/// What the sums before a step are made of at one outcome.
pub struct OutcomeForms<F> {
    /// ζ + g R'.
    pub scalars: Vec<AffineForm<F>>,
    /// f + h R', what multiplies the score.
    pub factors: Vec<AffineForm<F>>,
    /// Σ C V'.
    pub rests: Vec<AffineForm<F>>,
}

impl<F: Solvable> OutcomeForms<F> {
    pub fn new(
        view: View<F>,
        state: usize,
        pair: usize,
        step: &SampledOutcome<F>,
    ) -> OutcomeForms<F> {
        let Recursion {
            scalars, vectors, ..
        } = view.recursion;
        let scalar = |scalar: &Scalar<F>| AffineForm {
            constant: scalar.signal.at(view.time, state, pair, step),
            terms: Vec::from_iter(scalar.source.map(|i| (i, scalar.decay.clone()))),
        };
        let factor = |vector: &Vector<F>| {
            let (h, source) = future(vector);
            AffineForm {
                constant: vector.signal.at(view.time, state, pair, step),
                terms: Vec::from_iter(source.map(|i| (i, h))),
            }
        };
        let rest = |vector: &Vector<F>| {
            let links = vector.links.iter();
            AffineForm {
                constant: F::zero(),
                terms: links
                    .map(|link| (scalars.len() + link.vector, link.at(step)))
                    .collect(),
            }
        };
        OutcomeForms {
            scalars: scalars.iter().map(scalar).collect(),
            factors: vectors.iter().map(factor).collect(),
            rests: vectors.iter().map(rest).collect(),
        }
    }

    /// The form of a sum, as numbered in [`Monomials`], at a score ψ.
    fn form(&self, sum: usize, score: &F) -> AffineForm<F> {
        let Some(v) = sum.checked_sub(self.scalars.len()) else {
            return self.scalars[sum].clone();
        };
        let AffineForm { constant, terms } = self.factors[v].clone();
        let scored = terms.into_iter().map(|(i, h)| (i, h * score));
        AffineForm {
            constant: constant * score,
            terms: scored.chain(self.rests[v].terms.iter().cloned()).collect(),
        }
    }
}

impl Monomials {
    /// Those that are wanted, with 1; from products of fewer vectors to products of more.
    fn new(scalars: usize, sums: usize, mut factors: Vec<Vec<usize>>) -> Monomials {
        let vectors = |product: &Vec<usize>| product.iter().filter(|&&i| i >= scalars).count();
        factors.sort_by_cached_key(|product| {
            let mut last_first = product.clone();
            last_first.reverse();
            (vectors(product), product.len(), last_first)
        });
        let find = |product: &[usize]| factors.iter().position(|known| known == product);
        let times = factors.iter().map(|product| {
            let times = |sum| {
                let mut product = product.clone();
                product.push(sum);
                product.sort_unstable();
                find(&product)
            };
            (0..sums).map(times).collect()
        });
        let times = times.collect();
        Monomials {
            factors,
            times,
            scalars,
        }
    }

    /// 1 and R.
    pub fn of_means<F>(recursion: &Recursion<F>) -> Monomials {
        let (scalars, sums) = counts(recursion);
        let single = (0..scalars).map(|i| vec![i]);
        Monomials::new(scalars, sums, single.chain([Vec::new()]).collect())
    }

    /// 1, R, RR, V and RV.
    pub fn of_seconds<F>(recursion: &Recursion<F>) -> Monomials {
        let (scalars, sums) = counts(recursion);
        let single = (0..sums).map(|i| vec![i]);
        let double = (0..scalars).flat_map(|i| (i..sums).map(move |j| vec![i, j]));
        let one = [Vec::new()];
        Monomials::new(scalars, sums, single.chain(double).chain(one).collect())
    }

    /// RᵃVᵇ of the first scalar and the first vector.
    pub fn of_powers<F>(
        recursion: &Recursion<F>,
        degrees: impl Iterator<Item = (usize, usize)>,
    ) -> Monomials {
        let (scalars, sums) = counts(recursion);
        // without a scalar there are no powers of it
        let degrees = degrees.filter(|(a, b)| a + b > 0 && (*a == 0 || scalars > 0));
        let product = |(a, b)| [vec![0; a], vec![scalars; b]].concat();
        let products = degrees.map(product).chain([Vec::new()]).collect();
        Monomials::new(scalars, sums, products)
    }

    /// Number of monomials.
    pub fn count(&self) -> usize {
        self.factors.len()
    }

    /// Where RᵃVᵇ of the first scalar and the first vector stands.
    pub fn power(&self, a: usize, b: usize) -> Option<usize> {
        if a > 0 && self.scalars == 0 {
            return None;
        }
        let product = [vec![0; a], vec![self.scalars; b]].concat();
        self.factors.iter().position(|known| *known == product)
    }

    /// Where a monomial at a state stands among all moments; 1 is the same in all states.
    pub fn index(&self, monomial: usize, state: usize, states: usize) -> usize {
        match monomial {
            0 => 0,
            _ => 1 + (monomial - 1) * states + state,
        }
    }

    /// 1 times a number.
    pub fn constant<F: Solvable>(&self, x: F) -> Polynomial<F> {
        let mut polynomial = vec![F::zero(); self.count()];
        polynomial[0] = x;
        polynomial
    }

    /// A polynomial times a form.
    pub fn product<F: Solvable>(&self, polynomial: &[F], form: &AffineForm<F>) -> Polynomial<F> {
        let mut product = vec![F::zero(); self.count()];
        for (monomial, x) in polynomial.iter().enumerate().filter(|(_, x)| !x.is_zero()) {
            product[monomial] += x.clone() * &form.constant;
            for (sum, coefficient) in form.terms.iter().filter(|(_, c)| !c.is_zero()) {
                let into = self.times[monomial][*sum].expect("what follows is kept track of");
                product[into] += x.clone() * coefficient;
            }
        }
        product
    }

    /// The moments before a step from those after it, for the scores ψ \[SA\] of one coordinate.
    pub fn one_step<F: Solvable>(&self, view: View<F>, scores: &[F]) -> Stair<F> {
        let states = view.process.states();
        let ends = (0..self.count()).flat_map(|monomial| {
            let rows = if monomial == 0 { 1 } else { states };
            std::iter::repeat_n(1 + monomial * states, rows)
        });
        let mut map = Stair::zero(ends.collect());
        map.row_mut(0)[0] = F::one();
        let orders = [Order::First, Order::Second, Order::Third, Order::Fourth];
        let most = self.factors.iter().map(Vec::len).max().unwrap_or(0);
        for degree in 1..=most {
            // πⁿ/bⁿ⁻¹ only on policy beyond four, where all orders are one
            let order = orders[degree.min(orders.len()) - 1];
            each_step(view, order, |state, pair, weight, step| {
                let outcome = OutcomeForms::new(view, state, pair, step);
                let wanted = self.factors.iter().enumerate();
                for (monomial, sums) in wanted.filter(|(_, sums)| sums.len() == degree) {
                    let one = self.constant(weight.clone());
                    let polynomial = sums.iter().fold(one, |polynomial, &sum| {
                        self.product(&polynomial, &outcome.form(sum, &scores[pair]))
                    });
                    let row = map.row_mut(self.index(monomial, state, states));
                    self.each_term(polynomial, step, states, |at, x| row[at] += x);
                }
            });
        }
        map
    }

    /// Calls `f(place among all moments, coefficient)` for the terms of a polynomial in the sums after
    /// an outcome, all of which but 1 are 0 where the trajectory has ended.
    pub fn each_term<F: Solvable>(
        &self,
        polynomial: Polynomial<F>,
        step: &SampledOutcome<F>,
        states: usize,
        mut f: impl FnMut(usize, F),
    ) {
        for (monomial, x) in polynomial.into_iter().enumerate() {
            if x.is_zero() {
                continue;
            }
            match step.next {
                Some(next) => f(self.index(monomial, next, states), x),
                None if monomial == 0 => f(0, x),
                None => {}
            }
        }
    }
}

/// Number of scalars, and of scalars and vectors.
fn counts<F>(recursion: &Recursion<F>) -> (usize, usize) {
    let scalars = recursion.scalars.len();
    (scalars, scalars + recursion.vectors.len())
}
