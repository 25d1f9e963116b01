//! Moments over T steps in passes that stay in the cache (theory, 5.3 and 5.8).
//!
//! Where what multiplies the score is the sum itself and something known, R + β with R = ζ + gR' and ζ
//! the same at all times, or where the estimator is the product (R₀ − b)U of the return and U = Σ cᵗψ,
//! every moment is made of a few expectations that coordinates do not share, E_{s,a}[Rᵉ X'ᵐ]:
//!
//! * Covariances ask for m = 1. A block of coordinates goes through all T steps before the next one
//!   ([`columns`]), in place of all coordinates at each step.
//! * Where each parameter scores in one state only, X' is 0 until that state is visited: the moments are
//!   those of what was earned between two visits ([`visits`]), which no estimator changes, times those of what
//!   a visit adds ([`renewal`]). One sequence for each state and action serves its parameters and all m.
//!
//! Importance weights, windows and sums that depend on the time are stepped through one by one.

mod columns;
mod kernel;
mod renewal;
mod returns;
mod visits;

use self::kernel::GoingOn;
use super::Table;
use super::assembly::Accumulator;
use super::conditional::own_weight;
use super::process::{Order, Process};
use super::recursion::{Recursion, Signal};
use super::tabular;
use crate::linalg::Solvable;

/// Numbers of a table over times, pairs and degrees that there is memory for: 400 MB.
const ENTRIES: usize = 50_000_000;

/// A recursion over T steps whose multiplier is αR + β.
pub(super) struct Stepwise<'a, F: Solvable> {
    process: &'a Process<F>,
    horizon: usize,
    /// ζ and g; `None` where nothing is summed but scores times β.
    returns: Option<(&'a Signal<F>, F)>,
    /// α: whether R itself multiplies the score.
    multiplies: bool,
    own: Own<'a, F>,
    /// c.
    weight: F,
    /// b of the product of R₀ − b and the sum of scores.
    whole: Option<F>,
}

/// β.
#[derive(Clone, Copy)]
enum Own<'a, F> {
    Zero,
    One,
    /// −bₜ(s).
    Less(&'a Table<F>),
    /// uₜ(s).
    More(&'a Table<F>),
    /// fₜ(s, a).
    Pair(&'a Table<F>),
}

impl<'a, F: Solvable> Stepwise<'a, F> {
    /// `None` where there is no last step, or the recursion is another one.
    pub fn new(process: &'a Process<F>, recursion: &'a Recursion<F>) -> Option<Stepwise<'a, F>> {
        let horizon = process.horizon().filter(|_| !process.is_weighted())?;
        let scalar = recursion.scalars.first();
        let returns = scalar.map(|scalar| (&scalar.signal, scalar.decay.clone()));
        if returns
            .as_ref()
            .is_some_and(|(zeta, _)| !zeta.is_stationary())
        {
            return None;
        }
        let plan = |returns, multiplies, own, whole| Stepwise {
            process,
            horizon,
            returns,
            multiplies,
            own,
            weight: own_weight(recursion, 0),
            whole,
        };
        if recursion.is_total_return() {
            // top = (−b, 1)
            let b = -recursion.top[0].clone();
            return Some(plan(returns, false, Own::One, Some(b)));
        }
        if !recursion.is_one_sum() {
            return None;
        }
        let vector = &recursion.vectors[0];
        let (signal, future) = (&vector.signal, &vector.future);
        Some(match (signal, returns, future) {
            (Signal::One, None, None) => plan(None, false, Own::One, None),
            (Signal::Pair(f), None, None) => plan(None, false, Own::Pair(f), None),
            // R = f and nothing after it
            (f, None, None) if f.is_stationary() => {
                plan(Some((f, F::zero())), true, Own::Zero, None)
            }
            (f, Some((zeta, g)), Some((h, 0))) if *h == g => match (f, zeta) {
                (Signal::RewardLess(b), Signal::Reward) => {
                    plan(Some((zeta, g)), true, Own::Less(b), None)
                }
                // R is a sum of r + γu(s') − u(s)
                (
                    Signal::Ahead { critic, discount },
                    Signal::Residual {
                        critic: u,
                        discount: gamma,
                    },
                ) if critic == u && discount == gamma => {
                    plan(Some((zeta, g)), true, Own::More(critic), None)
                }
                (f, zeta) if f == zeta => plan(Some((zeta, g)), true, Own::Zero, None),
                _ => return None,
            },
            _ => return None,
        })
    }

    /// β at a time.
    fn own(&self, time: usize, state: usize, pair: usize) -> F {
        match self.own {
            Own::Zero => F::zero(),
            Own::One => F::one(),
            Own::Less(b) => -b.at(time)[state].clone(),
            Own::More(u) => u.at(time)[state].clone(),
            Own::Pair(f) => f.at(time)[pair].clone(),
        }
    }

    /// The largest e of Rᵉ beside an X' in moments of this order.
    fn degree(&self, order: usize) -> usize {
        match (&self.whole, self.multiplies) {
            (Some(_), _) => order,
            (None, true) => order - 1,
            (None, false) => 0,
        }
    }

    fn pairs(&self) -> usize {
        self.process.weights(Order::First).len()
    }

    fn outcomes(&self) -> usize {
        let outcomes = |pair| self.process.steps_of(pair).len();
        (0..self.pairs()).map(outcomes).sum()
    }

    /// Whether tables of all times fit, and the model is worth it; fractions are stepped through, since it is
    /// the length of their numerators that costs.
    fn serves(&self, order: usize) -> bool {
        let entries = self.horizon.saturating_mul(self.pairs());
        let entries = entries.saturating_mul(self.degree(order) + 2);
        !F::EXACT && self.process.is_large() && entries <= ENTRIES
    }

    /// E X Xᵀ, or its diagonal; `None` where stepping one by one costs less.
    pub fn second(&self, full: bool) -> Option<Accumulator<F>> {
        if !self.serves(2) {
            return None;
        }
        let moments = if full { None } else { self.powers(2) };
        Some(match moments {
            Some(mut moments) => Accumulator::Diagonal(moments.swap_remove(1)),
            None => self.second_by_columns(full),
        })
    }

    /// E X_kⁿ for n = 1 … order, \[order\]\[d\], where each parameter scores in one state; `None` where stepping
    /// one by one costs less.
    pub fn powers(&self, order: usize) -> Option<Vec<Vec<F>>> {
        if !self.serves(order) {
            return None;
        }
        let state_of = tabular::states_of(self.process)?;
        let pays = self.renewal_work(&state_of, order) < self.stepping_work(order);
        pays.then(|| self.powers_of(&state_of, order))
    }

    /// Multiplications of the sums over all pairs of times, and of the steps between visits.
    fn renewal_work(&self, state_of: &[usize], order: usize) -> f64 {
        let (steps, degree) = (self.horizon as f64, self.degree(order));
        let triangle = |n: usize| ((n + 1) * (n + 2) / 2) as f64;
        let convolutions: f64 = (1..order).map(|b| triangle(self.most(order, b))).sum();
        let pairs = state_of.iter().map(|&s| self.process.pairs_of(s).len());
        let pairs = pairs.sum::<usize>() as f64;
        let columns = self.process.states() as f64;
        let between = steps * self.outcomes() as f64 * columns * triangle(degree);
        pairs * convolutions * steps * steps / 2.0 + between
    }

    /// Those of all coordinates step by step.
    fn stepping_work(&self, order: usize) -> f64 {
        let triangle = |n: usize| ((n + 1) * (n + 2) / 2) as f64;
        let sums: f64 = (1..=order).map(|b| triangle(self.most(order, b))).sum();
        let steps = self.horizon as f64 * self.outcomes() as f64;
        steps * self.process.parameters() as f64 * sums
    }

    /// The largest a of the moments E[RᵃXᵇ] that those of this order follow from.
    fn most(&self, order: usize, b: usize) -> usize {
        match (&self.whole, self.multiplies) {
            (Some(_), _) => order,
            (None, true) => order - b,
            (None, false) => 0,
        }
    }

    fn kernel(&self) -> GoingOn<'_, F> {
        GoingOn::new(self.process, self.returns.as_ref())
    }
}

#[cfg(test)]
mod tests;
