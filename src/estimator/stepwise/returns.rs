//! E_{s,a}[Rᵉ] with so many steps to go, and E_{ρ₀}[(R_{:t} − b)ᵉ; Sₜ = s] of the sum before t.

use super::kernel::binomials;
use super::{Order, Stepwise};
use crate::field::DEGREES;
use crate::linalg::Solvable;

/// Moments of the return of each pair by steps to go.
pub(super) struct Returns<F> {
    /// [SA][degrees][T + 1].
    data: Vec<F>,
    degrees: usize,
    times: usize,
}

impl<F: Solvable> Returns<F> {
    /// Those of degrees 0 … `degree`.
    pub fn new(plan: &Stepwise<F>, degree: usize) -> Returns<F> {
        let (process, times, degrees) = (plan.process, plan.horizon + 1, degree + 1);
        let decay = plan.returns.as_ref();
        let decay = decay.map_or_else(F::zero, |(_, g)| g.clone());
        let weights = process.weights(Order::First);
        let mut returns = Returns {
            data: vec![F::zero(); plan.pairs() * degrees * times],
            degrees,
            times,
        };
        let outcomes = Outcomes::new(plan);
        let mut ahead = Ahead::new(degrees, decay);
        let mut after = vec![F::zero(); process.states() * degrees];
        for row in after.chunks_exact_mut(degrees) {
            row[0] = F::one();
        }
        let mut own = vec![F::zero(); degrees];
        for n in 1..times {
            ahead.fill(&after);
            for (state, row) in after.chunks_exact_mut(degrees).enumerate() {
                row[1..].fill(F::zero());
                for pair in process.pairs_of(state) {
                    own.fill(F::zero());
                    for (next, zeta, probability) in outcomes.of(pair) {
                        ahead.earn(*next, zeta, probability, &mut own);
                    }
                    for (e, own) in own.iter().enumerate() {
                        if e > 0 {
                            row[e] += own.clone() * &weights[pair];
                        }
                        returns.data[(pair * degrees + e) * times + n] = own.clone();
                    }
                }
            }
        }
        returns
    }

    /// E_{s,a}[Rᵉ] \[T + 1\] by steps to go, of which 0 is not used.
    pub fn of(&self, pair: usize, degree: usize) -> &[F] {
        let first = (pair * self.degrees + degree) * self.times;
        &self.data[first..first + self.times]
    }
}

/// The outcomes of all pairs: the next state, the number of all where a trajectory ends, ζ and the probability.
struct Outcomes<F> {
    all: Vec<(usize, F, F)>,
    start: Vec<usize>,
}

impl<F: Solvable> Outcomes<F> {
    fn new(plan: &Stepwise<F>) -> Outcomes<F> {
        let process = plan.process;
        let mut outcomes = Outcomes {
            all: Vec::new(),
            start: vec![0],
        };
        for state in 0..process.states() {
            for pair in process.pairs_of(state) {
                outcomes
                    .all
                    .extend(process.steps_of(pair).iter().map(|step| {
                        let next = step.next.unwrap_or(process.states());
                        let zeta = plan.signal(state, pair, step);
                        (next, zeta, step.probability.clone())
                    }));
                outcomes.start.push(outcomes.all.len());
            }
        }
        outcomes
    }

    fn of(&self, pair: usize) -> &[(usize, F, F)] {
        &self.all[self.start[pair]..self.start[pair + 1]]
    }
}

/// C(e, i) gⁱ E_s[Rⁱ] for i ≤ e, which all outcomes that lead to a state share; behind the last state those of an end.
struct Ahead<F> {
    /// [S + 1][degrees][degrees].
    terms: Vec<F>,
    degrees: usize,
    decay: F,
    choose: [[F; DEGREES]; DEGREES],
}

impl<F: Solvable> Ahead<F> {
    fn new(degrees: usize, decay: F) -> Ahead<F> {
        Ahead {
            terms: Vec::new(),
            degrees,
            decay,
            choose: binomials(),
        }
    }

    /// From E_s[Rⁱ], [S][degrees].
    fn fill(&mut self, after: &[F]) {
        let (degrees, size) = (self.degrees, self.degrees * self.degrees);
        let states = after.len() / degrees;
        self.terms.resize((states + 1) * size, F::zero());
        // R' = 0 at the end
        let mut end = vec![F::zero(); degrees];
        end[0] = F::one();
        let rows = after.chunks_exact(degrees).chain([end.as_slice()]);
        for (terms, row) in self.terms.chunks_exact_mut(size).zip(rows) {
            let mut decays = F::one();
            for (i, later) in row.iter().enumerate() {
                let later = later.clone() * &decays;
                for e in i..degrees {
                    terms[e * degrees + i] = later.clone() * &self.choose[e][i];
                }
                decays *= &self.decay;
            }
        }
    }

    /// Adds p E[(ζ + gR')ᵉ] of an outcome: Σ C(e, i) ζ^{e−i} (gR')ⁱ by Horner's rule in ζ.
    fn earn(&self, next: usize, zeta: &F, probability: &F, own: &mut [F]) {
        let size = self.degrees * self.degrees;
        let rows = self.terms[next * size..(next + 1) * size].chunks_exact(self.degrees);
        for (e, (own, row)) in own.iter_mut().zip(rows).enumerate() {
            let sum = row[..=e].iter();
            let sum = sum.fold(F::zero(), |sum, term| sum * zeta + term);
            *own += sum * probability;
        }
    }
}

impl<F: Solvable> Stepwise<'_, F> {
    /// ζ.
    pub(super) fn signal(
        &self,
        state: usize,
        pair: usize,
        step: &super::super::process::SampledOutcome<F>,
    ) -> F {
        let returns = self.returns.as_ref();
        returns.map_or_else(F::zero, |(zeta, _)| zeta.at(0, state, pair, step))
    }

    /// E_{ρ₀}[(R_{:t} − b)ᵉ; Sₜ = s] for e ≤ `degree`, t < T; [T][S · (degree + 1)]; b = 0 unless there is one.
    pub(super) fn started(&self, degree: usize) -> Vec<Vec<F>> {
        let (process, degrees) = (self.process, degree + 1);
        let choose = binomials::<F>();
        let decay = self.returns.as_ref();
        let decay = decay.map_or_else(F::zero, |(_, g)| g.clone());
        let b = -self.whole.clone().unwrap_or_else(F::zero);
        let mut now = vec![F::zero(); process.states() * degrees];
        for (state, initial) in process.initial().iter().enumerate() {
            let mut power = initial.clone();
            for x in &mut now[state * degrees..(state + 1) * degrees] {
                *x = power.clone();
                power *= &b;
            }
        }
        let mut all = Vec::with_capacity(self.horizon);
        let mut discount = F::one();
        for _ in 0..self.horizon {
            let mut next = vec![F::zero(); now.len()];
            for (state, own) in now.chunks(degrees).enumerate() {
                if own[0].is_zero() {
                    continue;
                }
                process.each_step(Order::First, state, |pair, weight, step| {
                    let Some(to) = step.next else { return };
                    let earned = self.signal(state, pair, step) * &discount;
                    let row = &mut next[to * degrees..(to + 1) * degrees];
                    for (e, x) in row.iter_mut().enumerate() {
                        let mut sum = F::zero();
                        for i in 0..=e {
                            sum = sum * &earned + own[i].clone() * &choose[e][i];
                        }
                        *x += sum * &weight;
                    }
                });
            }
            all.push(std::mem::replace(&mut now, next));
            discount *= &decay;
        }
        all
    }
}
