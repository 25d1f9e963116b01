//! Covariances a block of coordinates at a time: E_s[Rᵉ X'_l] of a block goes through all T steps.
//!
//! ```text
//! E X_k X_l = Σ_{s,a} ψ_k ψ_l Q(s, a) + ψ_k Ξ_l(s, a) + ψ_l Ξ_k(s, a)
//! Q = Σₜ E[wₜ(s) π (αR + β)²]        Ξ_l = Σₜ Σₑ ωₜₑ(s, a) E_{s,a}[Rᵉ X'_l]
//! ```
//!
//! with the measure wₜ = c²ᵗ Pr(Sₜ = s), and ω₁ = c w π α, ω₀ = c w π β. Of the product (R₀ − b)U the terms of
//! R₀ − b = (R_{:t} − b) + gᵗR are ωₑ = c²ᵗ⁺¹ π C(2, e) gᵗᵉ E[(R_{:t} − b)²⁻ᵉ; Sₜ = s].

use nalgebra::DMatrix;
use rayon::prelude::*;

use super::super::assembly::Accumulator;
use super::kernel::{GoingOn, LANES, Sums, Terms, binomials};
use super::returns::Returns;
use super::{Order, Stepwise};
use crate::linalg::Solvable;

/// What all blocks share, by steps to go.
struct Tables<F> {
    /// ωₑ, [T][SA · degrees].
    later: Vec<Vec<F>>,
    /// π E_{s,a}[Rᵉ(αR + β)], [T][SA · degrees].
    source: Vec<Vec<F>>,
    /// Q \[SA\].
    square: Vec<F>,
}

/// The scores of a block of coordinates, pair by pair.
struct Scores<F> {
    start: Vec<usize>,
    entries: Vec<(usize, F)>,
}

impl<F: Solvable> Scores<F> {
    fn new(plan: &Stepwise<F>, first: usize) -> Scores<F> {
        let mut scores = Scores {
            start: vec![0],
            entries: Vec::new(),
        };
        for pair in 0..plan.pairs() {
            let own = plan.process.score(pair);
            let own = own.filter(|(k, _)| (first..first + LANES).contains(k));
            let own = own.map(|(k, psi)| (k - first, psi.clone()));
            scores.entries.extend(own);
            scores.start.push(scores.entries.len());
        }
        scores
    }

    fn of(&self, pair: usize) -> &[(usize, F)] {
        &self.entries[self.start[pair]..self.start[pair + 1]]
    }
}

impl<F: Solvable> Stepwise<'_, F> {
    pub(super) fn second_by_columns(&self, full: bool) -> Accumulator<F> {
        let (kernel, tables) = (self.kernel(), self.tables());
        let d = self.process.parameters();
        let blocks: Vec<usize> = (0..d).step_by(LANES).collect();
        if !full {
            let of = |&first: &usize| self.diagonal_of(&kernel, &tables, first);
            let parts: Vec<Vec<F>> = blocks.par_iter().map(of).collect();
            return Accumulator::Diagonal(parts.concat());
        }
        let of = |&first: &usize| self.half_of(&kernel, &tables, first);
        let parts: Vec<Vec<F>> = blocks.par_iter().map(of).collect();
        let half = DMatrix::from_vec(d, d, parts.concat());
        let other = half.transpose();
        Accumulator::Full(half + other)
    }

    /// E X_k² of a block of coordinates.
    fn diagonal_of(&self, kernel: &GoingOn<F>, tables: &Tables<F>, first: usize) -> Vec<F> {
        let scores = Scores::new(self, first);
        let later = self.later(kernel, tables, &scores);
        let mut sum = vec![F::zero(); LANES.min(self.process.parameters() - first)];
        for (pair, row) in later.chunks_exact(LANES).enumerate() {
            for (lane, psi) in scores.of(pair) {
                let inner = psi.clone() * &tables.square[pair] + &row[*lane] + &row[*lane];
                sum[*lane] += inner * psi;
            }
        }
        sum
    }

    /// Σ ψ_k (Ξ_l + ψ_l Q/2) for the columns l of a block, one after the other; with its transpose it is the
    /// whole.
    fn half_of(&self, kernel: &GoingOn<F>, tables: &Tables<F>, first: usize) -> Vec<F> {
        let scores = Scores::new(self, first);
        let d = self.process.parameters();
        let half = F::one() / &F::from_i64(2);
        let mut later = self.later(kernel, tables, &scores);
        let mut rows = vec![F::zero(); d * LANES];
        for (pair, row) in later.chunks_exact_mut(LANES).enumerate() {
            let square = half.clone() * &tables.square[pair];
            for (lane, psi) in scores.of(pair) {
                row[*lane] += square.clone() * psi;
            }
            for (k, psi) in self.process.score(pair) {
                let sum = &mut rows[k * LANES..(k + 1) * LANES];
                F::add_multiples(sum, &[(psi.clone(), row)]);
            }
        }
        let lanes = LANES.min(d - first);
        let column = |lane: usize| (0..d).map(move |k| k * LANES + lane);
        let entries = (0..lanes).flat_map(column);
        entries.map(|at| rows[at].clone()).collect()
    }

    /// Ξ of a block of coordinates, rows [SA][LANES].
    fn later(&self, kernel: &GoingOn<F>, tables: &Tables<F>, scores: &Scores<F>) -> Vec<F> {
        let width = (self.degree(2) + 1) * LANES;
        let mut later = vec![F::zero(); self.pairs() * LANES];
        let mut known = vec![F::zero(); self.process.states() * width];
        let mut next = known.clone();
        for n in 1..=self.horizon {
            let at = (&*tables.later[n - 1], &*tables.source[n - 1]);
            self.step(kernel, at, scores, (&known, &mut next), &mut later);
            std::mem::swap(&mut known, &mut next);
        }
        later
    }

    /// E_s[Rᵉ X_l] with one more step to go, which has these ω and sources; adds to Ξ.
    fn step(
        &self,
        kernel: &GoingOn<F>,
        (omega, source): (&[F], &[F]),
        scores: &Scores<F>,
        (after, before): (&[F], &mut [F]),
        later: &mut [F],
    ) {
        let (weights, degrees) = (kernel.weights(), self.degree(2) + 1);
        let mut own = vec![F::zero(); degrees * LANES];
        let mut terms = Terms::new();
        for (state, rows) in before.chunks_exact_mut(degrees * LANES).enumerate() {
            rows.fill(F::zero());
            for pair in self.process.pairs_of(state) {
                if weights[pair].is_zero() {
                    continue;
                }
                let degrees = pair * degrees..(pair + 1) * degrees;
                let sums = Sums {
                    weight: weights[pair].clone() * &self.weight,
                    own: &mut own,
                    before: &mut *rows,
                    later: Some((
                        &omega[degrees.clone()],
                        &mut later[pair * LANES..(pair + 1) * LANES],
                    )),
                };
                kernel.step(pair, after, sums, &mut terms);
                for (e, source) in source[degrees].iter().enumerate() {
                    for (lane, psi) in scores.of(pair) {
                        rows[e * LANES + lane] += source.clone() * psi;
                    }
                }
            }
        }
    }

    fn tables(&self) -> Tables<F> {
        let degree = self.degree(2);
        let size = self.pairs() * (degree + 1);
        let returns = Returns::new(self, if degree > 0 { 2 } else { 0 });
        let mut tables = Tables {
            later: vec![vec![F::zero(); size]; self.horizon],
            source: vec![vec![F::zero(); size]; self.horizon],
            square: vec![F::zero(); self.pairs()],
        };
        match &self.whole {
            Some(_) => self.tables_of_product(&returns, &mut tables),
            None => self.tables_of_sum(&returns, &mut tables),
        }
        tables
    }

    fn tables_of_sum(&self, returns: &Returns<F>, tables: &mut Tables<F>) {
        let weights = self.process.weights(Order::First);
        let mut mass = self.process.initial().to_vec();
        let discount = self.weight.clone() * &self.weight;
        for time in 0..self.horizon {
            let n = self.horizon - time;
            for (state, mass) in mass.iter().enumerate() {
                for pair in self.process.pairs_of(state) {
                    let pi = &weights[pair];
                    let at = |e| returns.of(pair, e)[n].clone();
                    let beta = self.own(time, state, pair);
                    let visits = mass.clone() * pi;
                    let passed = visits.clone() * &self.weight;
                    let (omega, source) = (&mut tables.later[n - 1], &mut tables.source[n - 1]);
                    if !self.multiplies {
                        omega[pair] = passed * &beta;
                        source[pair] = beta.clone() * pi;
                        tables.square[pair] += visits * &beta * &beta;
                        continue;
                    }
                    let (one, two) = (at(1), at(2));
                    let with_return = two + one.clone() * &beta;
                    let alone = one + &beta;
                    tables.square[pair] += visits * &(with_return.clone() + alone.clone() * &beta);
                    omega[pair * 2] = passed.clone() * &beta;
                    omega[pair * 2 + 1] = passed;
                    source[pair * 2] = alone * pi;
                    source[pair * 2 + 1] = with_return * pi;
                }
            }
            let moved = self.process.p(Order::First).mul_transposed(&mass);
            mass = moved.into_iter().map(|x| x * &discount).collect();
        }
    }

    fn tables_of_product(&self, returns: &Returns<F>, tables: &mut Tables<F>) {
        let weights = self.process.weights(Order::First);
        let choose = binomials::<F>();
        let decay = self.returns.as_ref();
        let decay = decay.map_or_else(F::zero, |(_, g)| g.clone());
        let (mut visits, mut discount) = (F::one(), F::one());
        for (time, started) in self.started(2).iter().enumerate() {
            let n = self.horizon - time;
            for state in 0..self.process.states() {
                for pair in self.process.pairs_of(state) {
                    let pi = weights[pair].clone();
                    let mut power = visits.clone() * &pi;
                    for e in 0..3 {
                        let moment = &returns.of(pair, e)[n];
                        let earlier = &started[state * 3 + 2 - e];
                        let factor = power.clone() * &choose[2][e] * earlier;
                        tables.square[pair] += factor.clone() * moment;
                        tables.later[n - 1][pair * 3 + e] = factor * &self.weight;
                        tables.source[n - 1][pair * 3 + e] = moment.clone() * &pi;
                        power *= &discount;
                    }
                }
            }
            discount *= &decay;
            visits *= self.weight.clone() * &self.weight;
        }
    }
}
