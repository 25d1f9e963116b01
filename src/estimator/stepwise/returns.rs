//! E_{s,a}[Rᵉ] with so many steps to go, and E_{ρ₀}[(R_{:t} − b)ᵉ; Sₜ = s] of the sum before t.

use super::kernel::binomials;
use super::{Order, Stepwise};
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
        let choose = binomials::<F>();
        let decay = plan.returns.as_ref();
        let decay = decay.map_or_else(F::zero, |(_, g)| g.clone());
        let weights = process.weights(Order::First);
        let mut returns = Returns {
            data: vec![F::zero(); plan.pairs() * degrees * times],
            degrees,
            times,
        };
        let mut after = vec![vec![F::zero(); degrees]; process.states()];
        after.iter_mut().for_each(|row| row[0] = F::one());
        for n in 1..times {
            let mut before = vec![vec![F::zero(); degrees]; process.states()];
            for (state, row) in before.iter_mut().enumerate() {
                row[0] = F::one();
                for pair in process.pairs_of(state) {
                    let mut own = vec![F::zero(); degrees];
                    for step in process.steps_of(pair) {
                        let zeta = plan.signal(state, pair, step);
                        for (e, own) in own.iter_mut().enumerate() {
                            // Σ C(e, i) ζ^{e−i} (gR')ⁱ, by Horner's rule in ζ; R' = 0 at the end
                            let mut sum = F::zero();
                            let mut decays = F::one();
                            for i in 0..=e {
                                let later = match step.next {
                                    _ if i == 0 => F::one(),
                                    Some(next) => after[next][i].clone(),
                                    None => F::zero(),
                                };
                                sum = sum * &zeta + later * &decays * &choose[e][i];
                                decays *= &decay;
                            }
                            *own += sum * &step.probability;
                        }
                    }
                    for (e, own) in own.into_iter().enumerate() {
                        if e > 0 {
                            row[e] += own.clone() * &weights[pair];
                        }
                        returns.data[(pair * degrees + e) * times + n] = own;
                    }
                }
            }
            after = before;
        }
        returns
    }

    /// E_{s,a}[Rᵉ] \[T + 1\] by steps to go, of which 0 is not used.
    pub fn of(&self, pair: usize, degree: usize) -> &[F] {
        let first = (pair * self.degrees + degree) * self.times;
        &self.data[first..first + self.times]
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
