//! The polynomial recursion that the sums of an estimator follow, and the expectations of their products.

mod expansion;
mod solving;

use crate::estimator::experiment::Experiment;
use crate::estimator::process::{Order, Process, SampledOutcome};
use crate::estimator::recursion::{Recursion, Signal, Vector, constant_link};
use crate::estimator::{BatchKind, Contribution, Resolved, Traced};
use crate::linalg::Solvable;
use crate::mdp::Mdp;

pub(super) use self::solving::Expectations;

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

impl<'a, F: Solvable> System<'a, F> {
    pub fn new(experiment: &'a Experiment<F>, resolved: &'a Resolved<F>) -> System<'a, F> {
        let mut recursion = Recursion::new(resolved);
        let mut whole = resolved.form == Contribution::Whole;
        let mut traced = None;
        match &resolved.form {
            Contribution::Traced(of) => traced = Some(&**of),
            Contribution::Batch(batch) => {
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

    /// The number of parameters, d.
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
        step: &SampledOutcome<F>,
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
        step: &SampledOutcome<F>,
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
}
