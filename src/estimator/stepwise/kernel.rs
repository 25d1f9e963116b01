//! One step backwards of moments E_s[Rᵉ Y], for several Y at once.

use super::super::process::{Order, Process};
use super::super::recursion::Signal;
use crate::linalg::Solvable;

/// Numbers side by side, each of another Y; a choice, of which no measurement is kept.
pub(super) const LANES: usize = 32;

/// The largest degree and 1: fourth moments of a product need R⁴.
pub(super) const DEGREES: usize = 5;

/// Multiples of rows that are to be summed.
pub(super) type Terms<'a, F> = Vec<(F, &'a [F])>;

/// Outcomes after which a trajectory goes on, pair by pair.
pub(super) struct GoingOn<'a, F: Solvable> {
    pub process: &'a Process<F>,
    /// Those of pair i stand at `start[i]..start[i + 1]`.
    start: Vec<usize>,
    next: Vec<usize>,
    probability: Vec<F>,
    /// ζ.
    signal: Vec<F>,
    /// Whether all outcomes of a pair have the same ζ.
    common: Vec<bool>,
    /// g.
    decay: F,
    binomials: [[F; DEGREES]; DEGREES],
}

/// C(n, k) for n < 5.
pub(super) fn binomials<F: Solvable>() -> [[F; DEGREES]; DEGREES] {
    let choose = |n: usize, k: usize| {
        let factors = (0..k).map(|i| (n as i64 - i as i64, i as i64 + 1));
        F::from_i64(factors.fold(1, |c, (above, below)| c * above / below))
    };
    std::array::from_fn(|n| std::array::from_fn(|k| choose(n, k)))
}

impl<'a, F: Solvable> GoingOn<'a, F> {
    /// Of R = ζ + gR', or of 0.
    pub fn new(process: &'a Process<F>, returns: Option<&(&Signal<F>, F)>) -> GoingOn<'a, F> {
        let mut kernel = GoingOn {
            process,
            start: vec![0],
            next: Vec::new(),
            probability: Vec::new(),
            signal: Vec::new(),
            common: Vec::new(),
            decay: returns.map_or_else(F::zero, |(_, g)| g.clone()),
            binomials: binomials(),
        };
        for state in 0..process.states() {
            for pair in process.pairs_of(state) {
                let first = kernel.next.len();
                for step in process.steps_of(pair) {
                    let Some(next) = step.next else { continue };
                    let zeta = returns.map(|(zeta, _)| zeta.at(0, state, pair, step));
                    kernel.next.push(next);
                    kernel.probability.push(step.probability.clone());
                    kernel.signal.push(zeta.unwrap_or_else(F::zero));
                }
                let own = &kernel.signal[first..];
                kernel
                    .common
                    .push(own.windows(2).all(|two| two[0] == two[1]));
                kernel.start.push(kernel.next.len());
            }
        }
        kernel
    }

    /// π(a|s) \[SA\].
    pub fn weights(&self) -> &'a [F] {
        self.process.weights(Order::First)
    }

    /// C(e, i) ζ^{e−i} gⁱ.
    fn coefficients(&self, zeta: &F) -> [[F; DEGREES]; DEGREES] {
        let powers = |x: &F| -> [F; DEGREES] {
            let mut power = F::one();
            std::array::from_fn(|_| {
                let next = power.clone() * x;
                std::mem::replace(&mut power, next)
            })
        };
        let (zetas, decays) = (powers(zeta), powers(&self.decay));
        let of = |e: usize, i: usize| match e.checked_sub(i) {
            Some(rest) => self.binomials[e][i].clone() * &zetas[rest] * &decays[i],
            None => F::zero(),
        };
        std::array::from_fn(|e| std::array::from_fn(|i| of(e, i)))
    }

    /// E_{s,a}[(ζ + gR')ᵉ Y'] for so many degrees, given E_{s'}[Rᵉ Y], both as rows \[degrees\]\[LANES\], the
    /// latter of each state. `terms` is where sums are written down.
    pub fn before<'x>(&self, pair: usize, after: &'x [F], own: &mut [F], terms: &mut Terms<'x, F>) {
        own.fill(F::zero());
        let steps = self.start[pair]..self.start[pair + 1];
        let width = own.len();
        let rows = |step: usize| &after[self.next[step] * width..][..width];
        terms.clear();
        if self.common[pair] {
            terms.extend(
                steps
                    .clone()
                    .map(|step| (self.probability[step].clone(), rows(step))),
            );
            F::add_multiples(own, terms);
            let zeta = self.signal.get(steps.start).filter(|_| !steps.is_empty());
            if let Some(zeta) = zeta {
                self.earn(own, zeta);
            }
            return;
        }
        let degrees = own.len() / LANES;
        for (e, own) in own.chunks_exact_mut(LANES).enumerate() {
            terms.clear();
            for step in steps.clone() {
                let factors = &self.coefficients(&self.signal[step])[e][..=e];
                let rows = after[self.next[step] * degrees * LANES..].chunks_exact(LANES);
                let scaled = factors
                    .iter()
                    .map(|factor| factor.clone() * &self.probability[step]);
                terms.extend(scaled.zip(rows));
            }
            F::add_multiples(own, terms);
        }
    }

    /// E[(ζ + gR')ᵉ Y'] in the place of E[R'ᵉ Y'], from the highest degree down.
    fn earn(&self, own: &mut [F], zeta: &F) {
        let coefficients = self.coefficients(zeta);
        for e in (1..own.len() / LANES).rev() {
            let (lower, rest) = own.split_at_mut(e * LANES);
            let row = &mut rest[..LANES];
            row.iter_mut().for_each(|x| *x *= &coefficients[e][e]);
            let lower = coefficients[e]
                .iter()
                .cloned()
                .zip(lower.chunks_exact(LANES));
            let lower: Terms<F> = lower.collect();
            F::add_multiples(row, &lower);
        }
    }
}
