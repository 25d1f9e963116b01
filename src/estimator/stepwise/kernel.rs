//! One step backwards of moments E_s[Rᵉ Y], for several Y at once.

use super::super::process::{Order, Process};
use super::super::recursion::Signal;
use crate::field::{DEGREES, MomentStep};
use crate::linalg::Solvable;

/// Numbers side by side, each of another Y; a choice, of which no measurement is kept.
pub(super) const LANES: usize = 32;

/// Multiples of rows that are to be summed.
pub(super) type Terms<'a, F> = Vec<(F, &'a [F])>;

/// Outcomes after which a trajectory goes on, pair by pair.
pub(super) struct GoingOn<'a, F: Solvable> {
    pub process: &'a Process<F>,
    /// Those of pair i stand at `start[i]..start[i + 1]`.
    start: Vec<usize>,
    next: Vec<usize>,
    probability: Vec<F>,
    /// C(e, i) ζ^{e−i} gⁱ: once for a pair whose outcomes have all the same ζ, else of each outcome; those of pair i stand at
    /// `earned_from[i]..earned_from[i + 1]`.
    earned: Vec<Earned<F>>,
    earned_from: Vec<usize>,
}

/// C(e, i) ζ^{e−i} gⁱ, 0 for i > e.
type Earned<F> = [[F; DEGREES]; DEGREES];

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
            earned: Vec::new(),
            earned_from: vec![0],
        };
        let decay = returns.map_or_else(F::zero, |(_, g)| g.clone());
        let binomials = binomials();
        let mut signal: Vec<F> = Vec::new();
        for state in 0..process.states() {
            for pair in process.pairs_of(state) {
                signal.clear();
                for step in process.steps_of(pair) {
                    let Some(next) = step.next else { continue };
                    let zeta = returns.map(|(zeta, _)| zeta.at(0, state, pair, step));
                    kernel.next.push(next);
                    kernel.probability.push(step.probability.clone());
                    signal.push(zeta.unwrap_or_else(F::zero));
                }
                if signal.windows(2).all(|two| two[0] == two[1]) {
                    signal.truncate(1);
                }
                let earned = signal.iter().map(|zeta| earned(&binomials, zeta, &decay));
                kernel.earned.extend(earned);
                kernel.earned_from.push(kernel.earned.len());
                kernel.start.push(kernel.next.len());
            }
        }
        kernel
    }

    /// π(a|s) \[SA\].
    pub fn weights(&self) -> &'a [F] {
        self.process.weights(Order::First)
    }

    /// E_{s,a}[(ζ + gR')ᵉ Y'] for so many degrees, given E_{s'}[Rᵉ Y], both as rows \[degrees\]\[LANES\], the latter of each
    /// state; the weight times that is added to `before`, and Σₑ ωₑ times that to the row beside ω. `terms` is where sums are
    /// written down.
    pub fn step<'x>(
        &self,
        pair: usize,
        after: &'x [F],
        sums: Sums<'_, F>,
        terms: &mut Terms<'x, F>,
    ) {
        let steps = self.start[pair]..self.start[pair + 1];
        let width = sums.own.len();
        if steps.is_empty() {
            return sums.own.fill(F::zero());
        }
        let rows = |step: usize| &after[self.next[step] * width..][..width];
        let earned = &self.earned[self.earned_from[pair]..self.earned_from[pair + 1]];
        terms.clear();
        if let [earned] = earned {
            let successors = steps.map(|step| (self.probability[step].clone(), rows(step)));
            terms.extend(successors);
            return F::step_back(sums.step(terms, earned));
        }
        sums.own.fill(F::zero());
        for (e, own) in sums.own.chunks_exact_mut(LANES).enumerate() {
            terms.clear();
            for (step, earned) in steps.clone().zip(earned) {
                let scaled = earned[e][..=e]
                    .iter()
                    .map(|factor| factor.clone() * &self.probability[step]);
                terms.extend(scaled.zip(rows(step).chunks_exact(LANES)));
            }
            F::add_multiples(own, terms);
        }
        sums.step(&[], &earned[0]).pass_on();
    }
}

/// Where a step is written: see [`MomentStep`].
pub(super) struct Sums<'a, F> {
    pub weight: F,
    pub own: &'a mut [F],
    pub before: &'a mut [F],
    pub later: Option<(&'a [F], &'a mut [F])>,
}

impl<'a, F> Sums<'a, F> {
    fn step(self, after: &'a [(F, &'a [F])], earned: &'a Earned<F>) -> MomentStep<'a, F> {
        MomentStep {
            after,
            earned,
            weight: self.weight,
            own: self.own,
            before: self.before,
            later: self.later,
            lanes: LANES,
        }
    }
}

fn earned<F: Solvable>(binomials: &Earned<F>, zeta: &F, decay: &F) -> Earned<F> {
    let powers = |x: &F| -> [F; DEGREES] {
        let mut power = F::one();
        std::array::from_fn(|_| {
            let next = power.clone() * x;
            std::mem::replace(&mut power, next)
        })
    };
    let (zetas, decays) = (powers(zeta), powers(decay));
    let of = |e: usize, i: usize| match e.checked_sub(i) {
        Some(rest) => binomials[e][i].clone() * &zetas[rest] * &decays[i],
        None => F::zero(),
    };
    std::array::from_fn(|e| std::array::from_fn(|i| of(e, i)))
}
