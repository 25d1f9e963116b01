//! The average reward as an experiment: runs that begin in the long run and are paid the difference
//! from the gain (theory, 2.4; Sutton & Barto 2018, sections 10.3 and 13.6).
//!
//! ```text
//! S₀ ~ ρ₀P*,   Rₜ − g(Sₜ) for Rₜ,   h and q_h for v and q,   ĝ = 1/T Σ_{t<T} ψₜ Ψₜ
//! ```
//!
//! Every Sₜ has the law ρ₀P*, so that with an exact critic every step has the mean ρ₀P*(q_h∇π), which
//! is ∇(ρ₀g) where all recurrent classes have one gain. A return that ends with the run lacks what
//! comes after it: 1/T Σ_{t<T} ρ₀P*(∇π p Pᵀ⁻ᵗ⁻¹h), a bias of O(1/T). Where gains differ, no
//! run that begins in a recurrent class sees how π changes which of them is reached; that term of
//! ∇(ρ₀g) is missing from every mean, and shows as bias.
//!
//! A constant c in every reward is one in every gain: R − g = (R − c) − (g − c), and where c is much larger than what
//! the rewards differ by, all of it is computed without c. What rounding did to the rewards as they were read is then
//! all that c can do.

use super::{Experiment, Target};
use crate::error::Error;
use crate::evaluation::Average;
use crate::gradient::average::{centered_weights, check_differentiable};
use crate::linalg::{Solvable, SolverOptions};
use crate::mdp::{Mdp, OFFSET};
use crate::policy::Policy;

/// A model under the average reward, as its long run is sampled.
#[derive(Clone, Debug)]
pub struct Differential<F: Solvable = f64> {
    model: Mdp<F>,
    gradient: Vec<F>,
    gain_spread: f64,
    /// 4 n u K², K the largest inverse norm among the systems of P* and D, which follow one another.
    unit: f64,
    /// K².
    inverse: f64,
    /// What rounding can have done to R − g, where R is much larger, as R was read, if the same numbers are in all that
    /// follows; else 0.
    read: f64,
    /// What else it can have done to R − g there.
    lost: f64,
}

impl<F: Solvable> Differential<F> {
    /// From ρ₀P*, r − g, and ∇(ρ₀g) of the model as it is.
    ///
    /// Errors with [`Error::Criterion`] under another criterion, with [`Error::GainJumps`] where the
    /// gain is not continuous, and with [`Error::Factor`] where a linear system is not solved.
    pub fn new(
        mdp: &Mdp<F>,
        policy: &Policy<F>,
        options: &SolverOptions,
    ) -> Result<Differential<F>, Error> {
        let whole = policy.is_whole();
        let without = whole.then(|| mdp.without_offset()).flatten();
        let centred = without.as_ref().unwrap_or(mdp);
        let average = Average::new(centred, policy, options)?;
        check_differentiable(&average, centred, policy)?;
        let norm = average.long_run().inverse_norm()?;
        let inverse = norm * norm;
        let unit = 4.0 * relative(mdp) * inverse;
        let model = centred
            .clone()
            .with_initial(average.occupancy().to_vec())?
            .with_rewards_less(average.gain());
        let (mut read, mut lost) = reward_errors(mdp, centred, &model, unit);
        if without.is_none() {
            // an expected reward is then not the sum of its outcomes to that digit
            (read, lost) = (0.0, read + lost);
        }
        Ok(Differential {
            gradient: policy.pull_back(&centered_weights(&average, centred)?),
            gain_spread: gain_spread(&average, centred, unit),
            read,
            lost,
            model,
            unit,
            inverse,
        })
    }

    /// The model that is sampled: the long run for ρ₀, r − g for r.
    pub fn model(&self) -> &Mdp<F> {
        &self.model
    }

    /// ∇(ρ₀g) \[d\] of the model as it is.
    pub fn gradient(&self) -> &[F] {
        &self.gradient
    }

    /// By how much the gains that the start leads to differ, in units of reward per step; 0 where
    /// that is rounding, and runs see all of ∇(ρ₀g).
    pub fn gain_spread(&self) -> f64 {
        self.gain_spread
    }

    /// ∇(ρ₀g) as what estimators over runs of the experiment's T steps are held against.
    pub fn target(&self, experiment: &Experiment<F>) -> Target<F> {
        let steps = experiment.sampling().steps().unwrap_or(1) as f64;
        let unit = self.unit.max(relative(&self.model) * steps);
        let visits = [self.model.initial().to_vec()];
        let paired = |error: f64| {
            let off = (error > 0.0).then(|| self.off(experiment, (unit, steps), error));
            Target::paired(experiment, &visits, (unit, steps), off)
        };
        let mut target = paired(self.read + self.lost);
        if self.read > 0.0 {
            let without = paired(self.lost).rounding;
            let both = target.rounding.iter().zip(&without);
            target.read = both.map(|(all, rest)| (all - rest).max(0.0)).collect();
        }
        target.gradient.clone_from(&self.gradient);
        target
    }

    /// Of returns of T steps and of advantages \[SA\], with an error of R − g in each reward: of those a return is a
    /// sum of T, and what P* and D make of one error is at most 2K² of it.
    fn off(&self, experiment: &Experiment<F>, (unit, steps): (f64, f64), error: f64) -> Vec<f64> {
        let rewards = error * (steps + 2.0 * self.inverse);
        let (q, v) = (experiment.q().at(0), experiment.v().at(0));
        let size = |pair: usize| {
            let state = self.model.space().state_of(pair);
            q[pair].to_f64().abs() + v[state].to_f64().abs()
        };
        let pairs = 0..self.model.pairs();
        pairs.map(|pair| unit * size(pair) + rewards).collect()
    }
}

/// What rounding can have done to R − g where R is much larger: half of the last digit of what was read and of its sum
/// over a row, twice for R and for its mean g, and what is lost of g as it is computed.
fn reward_errors<F: Solvable>(
    mdp: &Mdp<F>,
    centred: &Mdp<F>,
    model: &Mdp<F>,
    unit: f64,
) -> (f64, f64) {
    let size = |mdp: &Mdp<F>| mdp.all_rewards().map(f64::abs).fold(0.0, f64::max);
    let (whole, without, left) = (size(mdp), size(centred), size(model));
    if F::EXACT || F::one().certified().is_some() || whole <= OFFSET * left {
        return (0.0, 0.0);
    }
    (4.0 * f64::EPSILON * whole, unit * without)
}

/// n u, 0 in an exact field.
fn relative<F: Solvable>(mdp: &Mdp<F>) -> f64 {
    let exact = if F::EXACT { 0.0 } else { f64::EPSILON };
    mdp.states() as f64 * exact
}

/// The range of the gains that have weight in the long run, if it is more than this relative error.
fn gain_spread<F: Solvable>(average: &Average<F>, mdp: &Mdp<F>, unit: f64) -> f64 {
    let reached = average.occupancy().iter().zip(average.gain());
    let gains = reached.filter(|(weight, _)| !weight.is_zero());
    let range = gains.map(|(_, g)| g.to_f64()).fold(None, |range, g| {
        let (low, high): (f64, f64) = range.unwrap_or((g, g));
        Some((low.min(g), high.max(g)))
    });
    let spread = range.map_or(0.0, |(low, high)| high - low);
    let rewards = mdp.r().iter().map(|r| r.abs().to_f64());
    if spread > unit * rewards.fold(0.0, f64::max) {
        spread
    } else {
        0.0
    }
}
