//! How far rounding may have moved the gradient of the variance of the return.

use super::super::gradient::Parts;
use super::super::walk::Walk;
use super::{Bounded, horizon, largest_within, number};
use crate::chain::Chain;
use crate::error::Error;
use crate::evaluation::FiniteHorizon;
use crate::evaluation::faults::met;
use crate::field::as_bound;
use crate::linalg::{Solvable, largest, largest_or_nan};
use crate::solved::Solved;

impl<F: Solvable> Solved<F> {
    /// A bound on what rounding has done to an entry of ∇Var G, in units of reward squared; infinite where it is no number.
    /// `None` in a field that is exact or has bounds of its own.
    ///
    /// # Errors
    /// Those of [`Solved::variance_gradient`].
    pub fn variance_gradient_error(&self) -> Result<Option<f64>, Error> {
        if F::EXACT || F::one().certified().is_some() {
            return Ok(None);
        }
        self.moments().gradient_error(self)
    }

    pub(in crate::returns) fn slope_error_without_end(
        &self,
        chain: &Chain<F>,
    ) -> Result<f64, Error> {
        let walk = self.walk_on(chain)?;
        let met = met(self.mdp());
        let known = self.second_errors(chain, &walk, &met)?;
        let parts = self.endless_gradient(chain)?;
        let start = self.start_error(&known, &walk);
        let off = known.measure_error(chain, &parts, start)?;
        let bound = self.weighed_errors(&known, &parts, off);
        let unit = walk.scale.unit.to_f64();
        Ok(as_bound(bound * unit * unit))
    }

    /// What 2ρ₀(v − J) may be off by, summed over the states, and what its sum may be.
    fn start_error(&self, known: &Bounded<'_, F>, walk: &Walk<'_, F>) -> (f64, f64) {
        let (off, relative) = (self.above_off(known), known.faults.relative);
        let start = self.start(walk);
        let own: f64 = start.iter().map(|x| relative * x.to_f64().abs()).sum();
        let mass: f64 = self.mdp().initial().iter().map(|x| x.to_f64().abs()).sum();
        let all = 2.0 * mass * off + own;
        (all, if self.starts_are_whole() { 0.0 } else { all })
    }

    pub(in crate::returns) fn slope_error_until(&self, run: &FiniteHorizon<F>) -> f64 {
        let walk = self.walk(run.dynamics().alive());
        let scale = walk.scale.per_reward.to_f64();
        let values = horizon::errors(self, run, scale).values;
        let off = self.above_error(&values, scale);
        let start = self.start(&walk);
        let bound = horizon::slope_error(self, run, scale, (&start, off));
        let unit = walk.scale.unit.to_f64();
        as_bound(bound * unit * unit)
    }

    /// max_k Σ |∂ₖπ| (ρ₂ |δC₂| + |δρ₂| |C₂| + |y| |δA| + |δy| |A|), with ‖δy‖₁ as it is given.
    fn weighed_errors(&self, known: &Bounded<'_, F>, parts: &Parts<F>, off: f64) -> f64 {
        let (walk, relative) = (known.walk, known.faults.relative);
        let space = self.mdp().space();
        let scale = walk.scale.per_reward.to_f64();
        let inner = walk.by_pair(self.v(), self.v(), |delta, (state, next)| {
            let (rise, off) = known.rise(state, next);
            known.moved(&delta.abs(), &known.faults.of(walk, next), 2)
                + off
                + number::<F>(relative) * rise
        });
        let mut sums = vec![0.0; self.policy().parameters()];
        let mut steepest = 0.0;
        for (pair, inner) in inner.iter().enumerate() {
            let state = space.state_of(pair);
            if !known.within[state] {
                continue;
            }
            let advantage = self.advantage()[pair].to_f64().abs() * scale;
            let row = self
                .mdp()
                .p()
                .row(pair)
                .filter(|(next, _)| !walk.alive[*next]);
            let ends: f64 = row.map(|(_, p)| p.to_f64()).sum();
            let fault = known.faults.between + ends * known.faults.ending;
            let own = parts.rho[state].to_f64()
                * (inner.to_f64() + 2.0 * relative * parts.inner[pair].to_f64().abs());
            let later = parts.y[state].to_f64().abs() * (fault + 2.0 * relative * advantage);
            for (k, slope) in self.policy().slopes(pair) {
                let slope = slope.to_f64().abs();
                sums[k] += slope * (own + later);
                steepest = f64::max(steepest, slope * advantage);
            }
        }
        let actions = (0..space.states())
            .map(|s| space.pairs_of(s).len())
            .max()
            .unwrap_or(0);
        largest_or_nan(&sums) + off * steepest * actions as f64
    }
}

impl<F: Solvable> Bounded<'_, F> {
    /// ‖δy‖₁: errors of what is owed that sum to 0 do what they do to differences, their sum is multiplied by the length of
    /// an episode.
    fn measure_error(
        &self,
        chain: &Chain<F>,
        parts: &Parts<F>,
        (start, of_sum): (f64, f64),
    ) -> Result<f64, Error> {
        let (walk, relative) = (self.walk, self.faults.relative);
        let deviation = walk.by_state(self.v, self.v, |delta, (_, next)| {
            self.faults.of(walk, next) + number::<F>(relative) * delta.abs()
        });
        let ending = number::<F>(self.faults.ending);
        let ended = walk.by_state(self.v, self.v, |delta, (_, next)| {
            let off = ending.clone() + number::<F>(relative) * delta.abs();
            if walk.alive[next] { F::zero() } else { off }
        });
        let over = |x: &[F]| -> f64 {
            let terms = parts.rho.iter().zip(x);
            2.0 * terms.map(|(rho, x)| rho.to_f64() * x.to_f64()).sum::<f64>()
        };
        let flows: f64 = 2.0 * relative * parts.y.iter().map(|y| y.to_f64().abs()).sum::<f64>();
        let length = chain.inverse_norm()?.to_f64();
        let owed = over(&deviation) + flows + start;
        if !self.is_long || !chain.keeps_differences()? {
            return Ok(length * owed);
        }
        let values = largest_within(self.v, self.within) * walk.scale.per_reward.to_f64();
        let lacking = walk.mdp.deficits().map_or(0.0, largest);
        let visits: f64 = parts.rho.iter().map(F::to_f64).sum();
        let in_all = over(&ended) + 2.0 * relative * visits * lacking * values + of_sum;
        Ok(self.faults.apart * owed + length * in_all)
    }
}
