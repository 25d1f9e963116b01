//! Moments of a recursion given the state from which a trajectory starts (theory, 5.2 to 5.4).
//!
//! ```text
//! m1ᵢ = E[Rᵢ]    m2ᵢⱼ = E[RᵢRⱼ]    x_v = E[V_v]    y_rv = E[R_r V_v]
//! ```
//!
//! Each right side below reads "constants plus what is known at s'". Solved in their order, with
//! what is not yet known still at 0, they are the constant terms of the linear systems; with the
//! moments of one step less at s', they are the recursion over a finite horizon.

use super::process::{Order, Process, SampledOutcome};
use super::recursion::{Recursion, Vector};
use super::rows::{Rows, axpy_all, axpy_sparse};
use crate::error::Error;
use crate::linalg::Solvable;

/// m1, m2, x and y of all scalars and vectors, by state.
#[derive(Clone, Debug)]
pub(super) struct Conditional<F> {
    /// [scalars][S].
    pub m1: Vec<Vec<F>>,
    /// [scalars][scalars][S].
    pub m2: Vec<Vec<Vec<F>>>,
    /// [vectors][S][d].
    pub x: Vec<Rows<F>>,
    /// [scalars][vectors][S][d].
    pub y: Vec<Vec<Rows<F>>>,
}

/// A time, and the process and recursion that the moments are of.
pub(super) struct View<'a, F: Solvable> {
    pub process: &'a Process<F>,
    pub recursion: &'a Recursion<F>,
    pub time: usize,
}

impl<F: Solvable> Clone for View<'_, F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F: Solvable> Copy for View<'_, F> {}

/// Which of the moments are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// m1.
    Means,
    /// m1 and m2; only stationary.
    Scalars,
    /// m1 and x.
    Vectors,
    /// All four.
    All,
}

impl<F: Solvable> Conditional<F> {
    /// No step remains: everything is 0.
    pub fn zero(process: &Process<F>, recursion: &Recursion<F>) -> Conditional<F> {
        let rows = || Rows::zero(process.states(), process.parameters());
        let row_per_vector = || recursion.vectors.iter().map(|_| rows()).collect::<Vec<_>>();
        Conditional {
            x: row_per_vector(),
            y: recursion.scalars.iter().map(|_| row_per_vector()).collect(),
            ..Conditional::of_scalars(process, recursion)
        }
    }

    /// The conditional moments without x and y, which take S × d numbers each.
    pub fn of_scalars(process: &Process<F>, recursion: &Recursion<F>) -> Conditional<F> {
        let states = process.states();
        let scalars = recursion.scalars.len();
        Conditional {
            m1: vec![vec![F::zero(); states]; scalars],
            m2: vec![vec![vec![F::zero(); states]; scalars]; scalars],
            x: Vec::new(),
            y: Vec::new(),
        }
    }

    fn solve_means(&mut self, view: View<F>) -> Result<(), Error> {
        for i in 0..view.recursion.scalars.len() {
            let own = own_decay(view.recursion, i);
            self.m1[i] = view.process.solve(Order::First, &own, self.mean(view, i))?;
        }
        Ok(())
    }

    /// The stationary moments: one solve each, in their order.
    ///
    /// Errors if a system is singular, as with c = 1 on a chain that does not terminate.
    pub fn stationary(view: View<F>, depth: Depth) -> Result<Conditional<F>, Error> {
        let View {
            process, recursion, ..
        } = view;
        let vectors = matches!(depth, Depth::Vectors | Depth::All);
        let mut known = if vectors {
            Conditional::zero(process, recursion)
        } else {
            Conditional::of_scalars(process, recursion)
        };
        known.solve_means(view)?;
        if depth == Depth::Means {
            return Ok(known);
        }
        if depth != Depth::Vectors {
            for i in 0..recursion.scalars.len() {
                for j in 0..recursion.scalars.len() {
                    let own = own_decay(recursion, i) * &own_decay(recursion, j);
                    let constant = known.product(view, i, j);
                    known.m2[i][j] = process.solve(Order::Second, &own, constant)?;
                }
            }
        }
        if depth == Depth::Scalars {
            return Ok(known);
        }
        for (v, vector) in recursion.vectors.iter().enumerate() {
            let constant = known.vector(view, vector);
            known.x[v] = process.solve_rows(Order::First, &own_weight(recursion, v), constant)?;
        }
        if depth == Depth::Vectors {
            return Ok(known);
        }
        for i in 0..recursion.scalars.len() {
            for (v, vector) in recursion.vectors.iter().enumerate() {
                let own = own_decay(recursion, i) * &own_weight(recursion, v);
                let constant = known.joint(view, i, vector);
                known.y[i][v] = process.solve_rows(Order::Second, &own, constant)?;
            }
        }
        Ok(known)
    }

    /// The moments with one more step to go, from these; `view.time` is the time of that step.
    /// What is left out by `depth` stays as it is.
    pub fn one_more(&self, view: View<F>, depth: Depth) -> Conditional<F> {
        let scalars = 0..view.recursion.scalars.len();
        let mut next = self.clone();
        for i in scalars.clone() {
            next.m1[i] = self.mean(view, i);
        }
        if depth == Depth::Means {
            return next;
        }
        for (v, vector) in view.recursion.vectors.iter().enumerate() {
            next.x[v] = self.vector(view, vector);
        }
        if depth == Depth::Vectors {
            return next;
        }
        for i in scalars {
            for j in 0..view.recursion.scalars.len() {
                next.m2[i][j] = self.product(view, i, j);
            }
            for (v, vector) in view.recursion.vectors.iter().enumerate() {
                next.y[i][v] = self.joint(view, i, vector);
            }
        }
        next
    }

    /// E_s[ζ + g m1'].
    fn mean(&self, view: View<F>, i: usize) -> Vec<F> {
        let scalar = &view.recursion.scalars[i];
        expectation(view, Order::First, |state, pair, step| {
            let future = scalar.decay.clone() * &self.m1_at(scalar.source, step);
            scalar.signal.at(view.time, state, pair, step) + future
        })
    }

    /// E_s[ζᵢζⱼ + ζᵢ gⱼ m1'ⱼ + ζⱼ gᵢ m1'ᵢ + gᵢgⱼ m2'ᵢⱼ].
    fn product(&self, view: View<F>, i: usize, j: usize) -> Vec<F> {
        let (a, b) = (&view.recursion.scalars[i], &view.recursion.scalars[j]);
        expectation(view, Order::Second, |state, pair, step| {
            let first = a.signal.at(view.time, state, pair, step);
            let second = b.signal.at(view.time, state, pair, step);
            let (first_future, second_future) = ((&a.decay, a.source), (&b.decay, b.source));
            self.product_at((first, first_future), (second, second_future), step)
        })
    }

    /// E[(f + hR')(f̃ + h̃R̃') | outcome], each factor given as (f, (h, source of R')).
    pub fn product_at(
        &self,
        (f, (h, a)): (F, (&F, Option<usize>)),
        (f_other, (h_other, b)): (F, (&F, Option<usize>)),
        step: &SampledOutcome<F>,
    ) -> F {
        let mut sum = f.clone() * &f_other;
        sum += f * h_other * &self.m1_at(b, step);
        sum += f_other * h * &self.m1_at(a, step);
        if let (Some(a), Some(b), Some(next)) = (a, b, step.next) {
            sum += h.clone() * h_other * &self.m2[a][b][next];
        }
        sum
    }

    /// E_s[ψ(f + h m1') + Σ C x'], rows [S][d].
    pub fn vector(&self, view: View<F>, vector: &Vector<F>) -> Rows<F> {
        let mut rows = Rows::zero(view.process.states(), view.process.parameters());
        each_step(view, Order::First, |state, pair, weight, step| {
            let row = rows.row_mut(state);
            let value = self.factor_at(view.time, vector, state, pair, step);
            axpy_sparse(row, &(weight.clone() * &value), view.process.score(pair));
            let Some(next) = step.next else { return };
            for link in &vector.links {
                let coefficient = weight.clone() * &link.at(step);
                if !coefficient.is_zero() {
                    axpy_all(row, &[(coefficient, self.x[link.vector].row(next))]);
                }
            }
        });
        rows
    }

    /// f + h m1', the conditional mean of what multiplies ψ.
    pub fn factor_at(
        &self,
        time: usize,
        vector: &Vector<F>,
        state: usize,
        pair: usize,
        step: &SampledOutcome<F>,
    ) -> F {
        let (h, source) = future(vector);
        vector.signal.at(time, state, pair, step) + h * &self.m1_at(source, step)
    }

    /// E_s[ψ E[R Ψ] + Σ C (ζ x' + g y')], rows [S][d].
    fn joint(&self, view: View<F>, i: usize, vector: &Vector<F>) -> Rows<F> {
        let scalar = &view.recursion.scalars[i];
        let (h, source) = future(vector);
        let mut rows = Rows::zero(view.process.states(), view.process.parameters());
        each_step(view, Order::Second, |state, pair, weight, step| {
            let row = rows.row_mut(state);
            let zeta = scalar.signal.at(view.time, state, pair, step);
            let f = vector.signal.at(view.time, state, pair, step);
            let own = (zeta.clone(), (&scalar.decay, scalar.source));
            let value = self.product_at(own, (f, (&h, source)), step);
            axpy_sparse(row, &(weight.clone() * &value), view.process.score(pair));
            let Some(next) = step.next else { return };
            for link in &vector.links {
                let coefficient = weight.clone() * &link.at(step);
                let with_x = (coefficient.clone() * &zeta, self.x[link.vector].row(next));
                let with_y = scalar.source.map(|a| {
                    let coefficient = coefficient * &scalar.decay;
                    (coefficient, self.y[a][link.vector].row(next))
                });
                let terms = std::iter::once(with_x).chain(with_y);
                let terms: Vec<_> = terms.filter(|(factor, _)| !factor.is_zero()).collect();
                axpy_all(row, &terms);
            }
        });
        rows
    }

    fn m1_at(&self, source: Option<usize>, step: &SampledOutcome<F>) -> F {
        match (source, step.next) {
            (Some(i), Some(next)) => self.m1[i][next].clone(),
            _ => F::zero(),
        }
    }
}

/// h and the source of R' of a vector; 0 and none if it has none.
pub(super) fn future<F: Solvable>(vector: &Vector<F>) -> (F, Option<usize>) {
    match &vector.future {
        Some((h, source)) => (h.clone(), Some(*source)),
        None => (F::zero(), None),
    }
}

/// g of a scalar that is its own source, otherwise 0.
fn own_decay<F: Solvable>(recursion: &Recursion<F>, i: usize) -> F {
    let scalar = &recursion.scalars[i];
    if scalar.source == Some(i) {
        scalar.decay.clone()
    } else {
        F::zero()
    }
}

/// The constant C of a vector's link to itself.
pub(super) fn own_weight<F: Solvable>(recursion: &Recursion<F>, v: usize) -> F {
    let own = recursion.vectors[v]
        .links
        .iter()
        .find(|link| link.vector == v);
    own.map_or_else(F::zero, |link| link.factor.clone())
}

/// Calls `f(state, pair, weight, step)` for every outcome of every state.
pub(super) fn each_step<F: Solvable>(
    view: View<F>,
    order: Order,
    mut f: impl FnMut(usize, usize, F, &SampledOutcome<F>),
) {
    for state in 0..view.process.states() {
        let process = view.process;
        process.each_step(order, state, |pair, weight, step| {
            f(state, pair, weight, step)
        });
    }
}

/// E_s[f], shape [S].
fn expectation<F: Solvable>(
    view: View<F>,
    order: Order,
    f: impl Fn(usize, usize, &SampledOutcome<F>) -> F,
) -> Vec<F> {
    let mut sums = vec![F::zero(); view.process.states()];
    each_step(view, order, |state, pair, weight, step| {
        sums[state] += weight * &f(state, pair, step);
    });
    sums
}
