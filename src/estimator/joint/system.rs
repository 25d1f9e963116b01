//! The polynomial recursion that the sums of an estimator follow, and the expectations of their products.

mod expansion;

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use self::expansion::{Closure, Term};
use crate::chain::Resolvent;
use crate::error::Error;
use crate::estimator::experiment::Experiment;
use crate::estimator::process::{Order, Process};
use crate::estimator::recursion::{Recursion, Signal, Vector, constant_link};
use crate::estimator::{BatchKind, Form, Resolved, Traced};
use crate::linalg::{Csr, Solvable};
use crate::mdp::Mdp;

/// A sum along a trajectory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Variable {
    /// The scalar i of the recursion.
    Scalar(usize),
    /// L, the number of steps.
    Length,
    /// S = ΣΨ.
    Sum,
    /// Q = ΣΨ².
    Square,
    /// W, the ratio of the whole trajectory.
    Whole,
    /// Coordinate k of the vector v of the recursion.
    Vector(usize, usize),
}

/// A product of sums, in order.
pub(super) type Monomial = Vec<Variable>;

/// What the sums of an estimator follow.
pub(super) struct System<'a, F: Solvable> {
    mdp: &'a Mdp<F>,
    process: &'a Process<F>,
    pub recursion: Recursion<F>,
    traced: Option<&'a Traced<F>>,
    whole: bool,
}

/// One outcome of a pair with the coefficients of every sum.
struct Outcome<F> {
    state: usize,
    pair: usize,
    next: Option<usize>,
    /// Its probability, as moments of order 1 to 4 weigh it.
    weights: [F; 4],
    /// By kind of sum, term by term as in [`System::shape`].
    coefficients: Vec<Vec<F>>,
}

/// Expectations of products of sums, under ρ₀.
pub(super) struct Solved<F> {
    expectations: HashMap<Monomial, F>,
}

impl<F: Solvable> Solved<F> {
    /// E of a product, which is one that was asked for or needed.
    pub fn expectation(&self, monomial: &[Variable]) -> F {
        let mut monomial = monomial.to_vec();
        monomial.sort_unstable();
        self.expectations
            .get(&monomial)
            .cloned()
            .unwrap_or_else(F::zero)
    }
}

impl<'a, F: Solvable> System<'a, F> {
    pub fn new(experiment: &'a Experiment<F>, resolved: &'a Resolved<F>) -> System<'a, F> {
        let mut recursion = Recursion::new(resolved);
        let mut whole = resolved.form == Form::Whole;
        let mut traced = None;
        match &resolved.form {
            Form::Traced(of) => traced = Some(&**of),
            Form::Batch(batch) => {
                whole = batch.kind == BatchKind::SelfNormalised;
                if matches!(batch.kind, BatchKind::Whitened { .. }) {
                    recursion.vectors.push(Vector {
                        signal: Signal::One,
                        future: None,
                        links: vec![constant_link(batch.of.weight.clone(), 1)],
                    });
                }
            }
            _ => {}
        }
        System {
            mdp: experiment.mdp(),
            process: match traced {
                Some(_) => experiment.acting(),
                None => experiment.process(),
            },
            recursion,
            traced,
            whole,
        }
    }

    pub fn process(&self) -> &Process<F> {
        self.process
    }

    /// d.
    pub fn parameters(&self) -> usize {
        self.process.parameters()
    }

    /// Multiplications that so many products take.
    pub fn work(&self, products: usize) -> f64 {
        let outcomes = (0..self.mdp.pairs()).map(|pair| self.process.steps_of(pair).len());
        let steps = self.process.horizon().unwrap_or(1) as f64;
        products as f64 * outcomes.sum::<usize>() as f64 * steps
    }

    /// The products of later sums that a sum is linear in.
    fn shape(&self, variable: Variable) -> Vec<Monomial> {
        use Variable::{Length, Scalar, Square, Sum, Whole};
        let constant = || if self.whole { vec![Whole] } else { Vec::new() };
        let future = |vector: &Vector<F>| vector.future.as_ref().map(|(_, i)| Scalar(*i));
        match variable {
            Scalar(i) => {
                let source = self.recursion.scalars[i].source;
                let later = source.map(|i| vec![Scalar(i)]);
                std::iter::once(constant()).chain(later).collect()
            }
            Length => vec![Vec::new(), vec![Length]],
            Whole => vec![vec![Whole]],
            Sum => {
                let later = future(&self.recursion.vectors[0]).map(|r| vec![r]);
                let terms = std::iter::once(Vec::new()).chain(later);
                terms.chain([vec![Sum]]).collect()
            }
            Square => {
                let later = future(&self.recursion.vectors[0]);
                let later = later.map(|r| [vec![r], vec![r, r]]).into_iter().flatten();
                let terms = std::iter::once(Vec::new()).chain(later);
                terms.chain([vec![Square]]).collect()
            }
            Variable::Vector(v, k) => {
                let vector = &self.recursion.vectors[v];
                let later = future(vector).map(|r| vec![r]);
                let links = vector.links.iter();
                let links = links.map(|link| vec![Variable::Vector(link.vector, k)]);
                std::iter::once(constant())
                    .chain(later)
                    .chain(links)
                    .collect()
            }
        }
    }

    /// Whose coefficients a sum has: all coordinates of a vector have the same, up to the score.
    fn kind(&self, variable: Variable) -> usize {
        let scalars = self.recursion.scalars.len();
        match variable {
            Variable::Scalar(i) => i,
            Variable::Length => scalars,
            Variable::Sum => scalars + 1,
            Variable::Square => scalars + 2,
            Variable::Whole => scalars + 3,
            Variable::Vector(v, _) => scalars + 4 + v,
        }
    }

    /// How many terms of a vector the score multiplies.
    fn scored(&self, v: usize) -> usize {
        1 + usize::from(self.recursion.vectors[v].future.is_some())
    }

    fn outcomes(&self, time: usize) -> Vec<Outcome<F>> {
        let mut all = Vec::new();
        for state in 0..self.process.states() {
            for pair in self.process.pairs_of(state) {
                let orders = [Order::First, Order::Second, Order::Third, Order::Fourth];
                let weights = orders.map(|order| self.process.weights(order)[pair].clone());
                if weights[0].is_zero() {
                    continue;
                }
                for step in self.process.steps_of(pair) {
                    all.push(Outcome {
                        state,
                        pair,
                        next: step.next,
                        weights: weights.clone().map(|w| w * &step.probability),
                        coefficients: self.coefficients(time, state, pair, step),
                    });
                }
            }
        }
        all
    }

    fn coefficients(
        &self,
        time: usize,
        state: usize,
        pair: usize,
        step: &crate::estimator::process::Step<F>,
    ) -> Vec<Vec<F>> {
        let one = F::one;
        let value = |signal: &Signal<F>| signal.at(time, state, pair, step);
        let mut kinds = Vec::with_capacity(self.recursion.scalars.len() + 6);
        for scalar in &self.recursion.scalars {
            let (mut own, mut decay) = (value(&scalar.signal), scalar.decay.clone());
            if let Some(traced) = self.traced {
                own = self.paid(traced, time, pair, step, true) * &traced.term[pair];
                decay *= &traced.trace[pair];
            }
            let later = scalar.source.map(|_| decay);
            kinds.push(std::iter::once(own).chain(later).collect());
        }
        let first = &self.recursion.vectors[0];
        let (f, h) = (value(&first.signal), first.future.as_ref().map(|(h, _)| h));
        kinds.push(vec![one(), one()]);
        let sum = std::iter::once(f.clone()).chain(h.cloned()).chain([one()]);
        kinds.push(sum.collect());
        let twice = h.map(|h| [f.clone() * h * &F::from_i64(2), h.clone() * h]);
        let square = std::iter::once(f.clone() * &f);
        let square = square.chain(twice.into_iter().flatten()).chain([one()]);
        kinds.push(square.collect());
        kinds.push(vec![one()]);
        for vector in &self.recursion.vectors {
            let (mut own, mut later) = (
                value(&vector.signal),
                vector.future.as_ref().map(|(h, _)| h.clone()),
            );
            if let Some(traced) = self.traced {
                let factor = &traced.factor[pair];
                own = self.paid(traced, time, pair, step, traced.less) * factor;
                later = later.map(|h| h * factor);
            }
            let links = vector.links.iter().map(|link| link.at(step));
            kinds.push(std::iter::once(own).chain(later).chain(links).collect());
        }
        kinds
    }

    /// r + γ uₜ₊₁(s'), less wₜ(s, a).
    fn paid(
        &self,
        traced: &Traced<F>,
        time: usize,
        pair: usize,
        step: &crate::estimator::process::Step<F>,
        less: bool,
    ) -> F {
        let ahead = Signal::Ahead {
            critic: traced.critic.clone(),
            discount: self.process.discount().clone(),
        };
        let paid = ahead.at(time, 0, pair, step);
        if less {
            paid - &traced.own.at(time)[pair]
        } else {
            paid
        }
    }

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
    pub fn solve(&self, wanted: impl Iterator<Item = Monomial>) -> Result<Solved<F>, Error> {
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
        Ok(Solved {
            expectations: all.collect(),
        })
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
