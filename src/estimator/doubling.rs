//! Moments over T steps in O(log T) products of matrices (theory, 5.3, *Doubling*).
//!
//! Where a recursion does not depend on the time, the moments before a step are one affine map of
//! those after it, z ↦ Mz with 1 as the first moment, and the measures of [`super::adjoint`] follow
//! one linear map, w ↦ wB. Means and second moments are linear in the sums
//!
//! ```text
//! Zₙ = Σ_{t<n} (M^{n−1−t} z) (w Bᵗ)      Z₂ₙ = Mⁿ Zₙ + Zₙ Bⁿ      Zₙ₊₁ = M Zₙ + z (w Bⁿ)
//! ```
//!
//! where z = (1, 0, …, 0); fourth moments are M^T z. Each coordinate has a map of its own. That costs
//! the third power of the number of states, so that a large model is stepped through instead: the
//! steps are also what the tests hold this against.

mod monomials;
mod stair;

use nalgebra::DMatrix;
use rayon::prelude::*;

use self::monomials::{Monomials, OutcomeForms};
use self::stair::Stair;
use super::adjoint;
use super::assembly::Accumulator;
use super::conditional::{View, each_step};
use super::process::{Order, Process};
use super::recursion::{Recursion, Signal};
use super::rows::{Rows, axpy, axpy_sparse};
use crate::linalg::Solvable;

/// Multiplications and additions of a matrix product that take as long as one of a step, where
/// numbers are looked up one by one; a choice, of which no measurement is kept.
const DENSE: f64 = 8.0;

/// A recursion and how many steps it runs for.
pub(super) struct Doubling<'a, F: Solvable> {
    view: View<'a, F>,
    horizon: usize,
}

/// Measures w over states (and vectors) at the times where the sums are doubled.
struct Measures<F> {
    /// w.
    start: Vec<F>,
    /// Bⁿ for each n that is doubled, and w B²ⁿ where a step follows.
    levels: Vec<(Stair<F>, Option<Vec<F>>)>,
}

impl<'a, F: Solvable> Doubling<'a, F> {
    /// `None` where the recursion depends on the time or has no last step.
    pub fn new(process: &'a Process<F>, recursion: &'a Recursion<F>) -> Option<Doubling<'a, F>> {
        let horizon = process.horizon()?;
        let view = View {
            process,
            recursion,
            time: 0,
        };
        is_stationary(recursion).then_some(Doubling { view, horizon })
    }

    fn pairs(&self) -> usize {
        self.view.process.weights(Order::First).len()
    }

    fn outcomes(&self) -> usize {
        let outcomes = |pair| self.view.process.steps_of(pair).len();
        (0..self.pairs()).map(outcomes).sum()
    }

    /// Doublings: ⌊log₂ T⌋.
    fn levels(&self) -> usize {
        self.horizon.ilog2() as usize
    }

    /// Whether products of matrices [n, n], n growing with the monomials, and of these with measures
    /// of so many entries cost less than T steps. Exact fractions are stepped through: it is the
    /// length of their numerators that costs.
    fn pays(&self, monomials: &Monomials, measures: usize) -> bool {
        let states = self.view.process.states() as f64;
        let n = 1.0 + (monomials.count() - 1) as f64 * states;
        let doubled = self.levels() as f64 * n * n * (n / 4.0 + measures as f64) / DENSE;
        let outcomes = self.outcomes() as f64;
        let stepwise = self.horizon as f64 * outcomes * monomials.count() as f64;
        // a matrix of 4,096 rows holds 134 MB
        !F::EXACT && n < 4096.0 && doubled < stepwise
    }

    /// E Σ topᵢ Vᵢ \[d\]; `None` where stepping costs less.
    pub fn mean(&self, top: &[F]) -> Option<Vec<F>> {
        let monomials = Monomials::of_means(self.view.recursion);
        let measures = top.len() * self.view.process.states();
        self.pays(&monomials, measures)
            .then(|| self.doubled_mean(&monomials, top))
    }

    fn doubled_mean(&self, monomials: &Monomials, top: &[F]) -> Vec<F> {
        let View {
            process, recursion, ..
        } = self.view;
        let states = process.states();
        let seeds = adjoint::mean_seeds(process, top);
        let measures = self.measures(seeds.concat(), |unit| {
            let weights = unit.chunks(states).map(<[F]>::to_vec).collect();
            adjoint::mean_step(process, recursion, &weights).concat()
        });
        // no score is among the factors of these monomials
        let scores = vec![F::zero(); self.pairs()];
        let known = self.joint(&monomials.one_step(self.view, &scores), &measures);
        let mut mean = vec![F::zero(); process.parameters()];
        each_step(self.view, Order::First, |state, pair, weight, step| {
            let outcome = OutcomeForms::new(self.view, state, pair, step);
            let mut factor = F::zero();
            for (v, form) in outcome.factors.iter().enumerate() {
                let polynomial = monomials.product(&monomials.constant(weight.clone()), form);
                monomials.each_term(polynomial, step, states, |at, x| {
                    factor += x * &known.row(at)[v * states + state];
                });
            }
            axpy_sparse(&mut mean, &factor, process.score(pair));
        });
        mean
    }

    /// E[(Σ leftᵢ Vᵢ)(Σ rightᵢ Vᵢ)ᵀ]; `None` where stepping costs less.
    pub fn second(&self, left: &[F], right: &[F], full: bool) -> Option<Accumulator<F>> {
        let monomials = Monomials::of_seconds(self.view.recursion);
        let measures = left.len() * right.len() * self.view.process.states();
        self.pays(&monomials, measures)
            .then(|| self.doubled_second(&monomials, (left, right), full))
    }

    fn doubled_second(
        &self,
        monomials: &Monomials,
        (left, right): (&[F], &[F]),
        full: bool,
    ) -> Accumulator<F> {
        let View {
            process, recursion, ..
        } = self.view;
        let (states, d, count) = (process.states(), process.parameters(), left.len());
        let seeds = adjoint::pair_seeds(process, left, right);
        let flat = |weights: adjoint::PairWeights<F>| weights.concat().concat();
        let measures = self.measures(flat(seeds), |unit| {
            let rows: Vec<Vec<F>> = unit.chunks(states).map(<[F]>::to_vec).collect();
            let weights = rows.chunks(count).map(<[Vec<F>]>::to_vec).collect();
            flat(adjoint::pair_step(process, recursion, &weights))
        });
        let columns: Vec<Column<F>> = (0..d)
            .into_par_iter()
            .map(|l| {
                let scores = self.scores(l);
                let known = self.joint(&monomials.one_step(self.view, &scores), &measures);
                Column::new(self.view, monomials, &known, &scores)
            })
            .collect();
        let pairs = 0..columns.first().map_or(0, |column| column.right.len());
        if full {
            let mut z = DMatrix::from_element(d, d, F::zero());
            for ((l, column), pair) in columns
                .iter()
                .enumerate()
                .flat_map(|column| pairs.clone().map(move |pair| (column, pair)))
            {
                for (k, psi) in process.score(pair) {
                    z[(k, l)] += psi.clone() * &column.right[pair];
                    z[(l, k)] += psi.clone() * &column.left[pair];
                }
            }
            return Accumulator::Full(z);
        }
        let mut sum = vec![F::zero(); d];
        for (pair, (k, psi)) in pairs.flat_map(|pair| process.score(pair).map(move |x| (pair, x))) {
            let both = columns[k].right[pair].clone() + &columns[k].left[pair];
            sum[k] += both * psi;
        }
        Accumulator::Diagonal(sum)
    }

    /// E[RᵃVᵇ] [d] of the first scalar and vector under ρ₀, for b ≥ 1 and each of the degrees, which
    /// hold all that they follow from; `None` where stepping costs less.
    pub fn powers(&self, degrees: &[(usize, usize)]) -> Option<Vec<Vec<F>>> {
        let monomials = Monomials::of_powers(self.view.recursion, degrees.iter().copied());
        self.pays(&monomials, 0)
            .then(|| self.doubled_powers(&monomials, degrees))
    }

    fn doubled_powers(&self, monomials: &Monomials, degrees: &[(usize, usize)]) -> Vec<Vec<F>> {
        let process = self.view.process;
        let states = process.states();
        let coordinates = (0..process.parameters()).into_par_iter().map(|k| {
            let moments = self.run(monomials.one_step(self.view, &self.scores(k)));
            let started = |&(a, b): &(usize, usize)| {
                let Some(monomial) = monomials.power(a, b) else {
                    return F::zero();
                };
                let at = |s| &moments[monomials.index(monomial, s, states)];
                let initial = process.initial().iter().enumerate();
                initial.fold(F::zero(), |sum, (s, p)| sum + p.clone() * at(s))
            };
            degrees.iter().map(started).collect::<Vec<F>>()
        });
        let by_coordinate: Vec<Vec<F>> = coordinates.collect();
        let degree = |i: usize| by_coordinate.iter().map(|row| row[i].clone()).collect();
        (0..degrees.len()).map(degree).collect()
    }

    /// ψ_k \[SA\].
    fn scores(&self, k: usize) -> Vec<F> {
        let process = self.view.process;
        let score = |pair| {
            let mut entries = process.score(pair);
            let found = entries.find(|(parameter, _)| *parameter == k);
            found.map_or_else(F::zero, |(_, psi)| psi.clone())
        };
        (0..self.pairs()).map(score).collect()
    }

    /// M^T z.
    fn run(&self, one: Stair<F>) -> Vec<F> {
        let mut moments = vec![F::zero(); one.size()];
        moments[0] = F::one();
        let (mut power, mut left) = (one, self.horizon);
        loop {
            if left & 1 == 1 {
                moments = power.apply(&moments);
            }
            left >>= 1;
            if left == 0 {
                return moments;
            }
            power = power.times(&power);
        }
    }

    /// The digits of T after the first, from the highest on.
    fn digits(&self) -> impl Iterator<Item = bool> {
        let horizon = self.horizon;
        (0..self.levels())
            .rev()
            .map(move |level| horizon >> level & 1 == 1)
    }

    /// `step` gives wB for a w.
    fn measures(&self, start: Vec<F>, step: impl Fn(&[F]) -> Vec<F>) -> Measures<F> {
        let size = start.len();
        let mut one = Stair::zero(vec![size; size]);
        let mut unit = vec![F::zero(); size];
        for i in 0..size {
            unit[i] = F::one();
            one.row_mut(i).clone_from_slice(&step(&unit));
            unit[i] = F::zero();
        }
        let mut levels = Vec::new();
        let mut power = one.clone();
        for digit in self.digits() {
            let mut next = power.times(&power);
            let later = digit.then(|| next.apply_left(&start));
            if digit {
                next = next.times(&one);
            }
            levels.push((std::mem::replace(&mut power, next), later));
        }
        Measures { start, levels }
    }

    /// Σ_t (M^{T−1−t} z)(w Bᵗ), as rows [moments][measures].
    fn joint(&self, one: &Stair<F>, measures: &Measures<F>) -> Rows<F> {
        let mut joint = Rows::zero(one.size(), measures.start.len());
        joint.row_mut(0).clone_from_slice(&measures.start);
        let mut power = one.clone();
        for (level, (measure, later)) in measures.levels.iter().enumerate() {
            let mut doubled = power.times_rows(&joint);
            measure.add_left(&joint, &mut doubled);
            joint = doubled;
            if let Some(later) = later {
                joint = one.times_rows(&joint);
                axpy(joint.row_mut(0), &F::one(), later);
            }
            if level + 1 < measures.levels.len() {
                power = power.times(&power);
                if later.is_some() {
                    power = one.times(&power);
                }
            }
        }
        joint
    }
}

/// What column l of a second moment is made of, by pair \[SA\].
struct Column<F> {
    /// Of ψ(s, a) in column l.
    right: Vec<F>,
    /// Of ψ(s, a) in row l.
    left: Vec<F>,
}

impl<F: Solvable> Column<F> {
    /// From Σ_t (moments after the step at t)(measures at t); each outcome gives
    /// ψψᵀΨΨ̃ + ψ Ψ(ΣC̃Ṽ')ᵀ + (ΣCV')Ψ̃ ψᵀ, of which the column has the first two and the row the last.
    fn new(view: View<F>, monomials: &Monomials, known: &Rows<F>, scores: &[F]) -> Column<F> {
        let process = view.process;
        let (states, count) = (process.states(), view.recursion.vectors.len());
        let zero = vec![F::zero(); process.weights(Order::First).len()];
        let mut column = Column {
            right: zero.clone(),
            left: zero,
        };
        each_step(view, Order::Second, |state, pair, weight, step| {
            let outcome = OutcomeForms::new(view, state, pair, step);
            for (i, j) in (0..count).flat_map(|i| (0..count).map(move |j| (i, j))) {
                let measure = (i * count + j) * states + state;
                let read = |polynomial: Vec<F>, into: &mut F| {
                    monomials.each_term(polynomial, step, states, |at, x| {
                        *into += x * &known.row(at)[measure];
                    });
                };
                let one = monomials.constant(weight.clone());
                let left = monomials.product(&one, &outcome.factors[i]);
                let right = monomials.product(&one, &outcome.factors[j]);
                let mut square = monomials.product(&left, &outcome.factors[j]);
                square.iter_mut().for_each(|x| *x *= &scores[pair]);
                read(square, &mut column.right[pair]);
                let right_of = monomials.product(&left, &outcome.rests[j]);
                let left_of = monomials.product(&right, &outcome.rests[i]);
                read(right_of, &mut column.right[pair]);
                read(left_of, &mut column.left[pair]);
            }
        });
        column
    }
}

/// Whether no signal depends on the time.
pub(super) fn is_stationary<F: Solvable>(recursion: &Recursion<F>) -> bool {
    let scalars = recursion.scalars.iter().map(|scalar| &scalar.signal);
    let vectors = recursion.vectors.iter().map(|vector| &vector.signal);
    scalars.chain(vectors).all(Signal::is_stationary)
}

#[cfg(test)]
mod tests;
