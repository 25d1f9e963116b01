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
//! the rewards differ by, all of it is computed without c, and where R − c was made of the written numbers, c does nothing at all.
//! Elsewhere what rounding did to the rewards as they were read is all that it can do.

use super::{Experiment, Target};
use crate::error::Error;
use crate::evaluation::Average;
use crate::evaluation::average_accuracy::LongRunErrors;
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
    /// What rounding can have done to the rewards as they were read, where they are much larger than R − g, if the same
    /// numbers are in all that follows; else 0.
    read: f64,
    /// What else it can have done to q and h, from R − g on \[SA\], and to one R − g.
    errors: (Vec<f64>, f64),
    /// What it can have done to weights of ∇(ρ₀g) that no run sees, where classes have one gain \[SA\].
    unseen: Vec<f64>,
}

impl<F: Solvable> Differential<F> {
    /// From ρ₀P*, r − g, and ∇(ρ₀g) of the model as it is.
    ///
    /// Errors with [`Error::Criterion`] under another criterion, with [`Error::GainJumps`] where the
    /// gain is not continuous, and with [`Error::Factor`] where a linear system is not solved.
    pub(crate) fn new(
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
        let is_read = without.is_some() && !mdp.is_centred_exactly();
        let known = average.errors_of_each(centred, policy);
        let known = known.filter(|_| F::one().certified().is_none());
        let unseen = known.as_ref().map(|known| unseen(&average, mdp, known));
        Ok(Differential {
            gradient: policy.pull_back(&centered_weights(&average, centred)?),
            gain_spread: gain_spread(&average, centred, unit),
            read: if is_read { reading(mdp, &model) } else { 0.0 },
            errors: known.map_or((vec![0.0; mdp.pairs()], 0.0), |known| {
                (known.of_both(), of_paid(&model, &known.gain))
            }),
            unseen: unseen.transpose()?.unwrap_or_default(),
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
        let paired =
            |off: Vec<f64>| Target::paired(experiment, &visits, (unit, steps), Some((off, unit)));
        let mut target = paired(self.off(steps, 0.0));
        if self.read > 0.0 {
            let all = paired(self.off(steps, self.read));
            let both = all.rounding.iter().zip(&target.rounding);
            let read = both.map(|(all, rest)| (all - rest).max(0.0)).collect();
            target = Target { read, ..all };
        }
        let policy = experiment.policy();
        for (pair, unseen) in self.unseen.iter().enumerate() {
            for (k, slope) in policy.derivative().row(pair) {
                target.rounding[k] += unseen * slope.to_f64().abs();
            }
        }
        target.gradient.clone_from(&self.gradient);
        target
    }

    /// Of returns of T steps and of advantages \[SA\], with such an error more in each reward: of those a return is a sum of T, and
    /// what P* and D make of one error is at most 2K² of it.
    fn off(&self, steps: f64, read: f64) -> Vec<f64> {
        let (of_pairs, of_paid) = &self.errors;
        let rewards = of_paid * steps + read * (steps + 2.0 * self.inverse);
        of_pairs.iter().map(|error| error + rewards).collect()
    }
}

/// What rounding can have done to R as it was read, and to its sum over a row, where R is much larger than R − g: half of the last
/// digit of each, twice for R and for its mean g.
fn reading<F: Solvable>(mdp: &Mdp<F>, model: &Mdp<F>) -> f64 {
    let size = |mdp: &Mdp<F>| mdp.all_rewards().map(f64::abs).fold(0.0, f64::max);
    let (whole, left) = (size(mdp), size(model));
    if F::EXACT || F::one().certified().is_some() || whole <= OFFSET * left {
        return 0.0;
    }
    4.0 * f64::EPSILON * whole
}

/// Of one R − g: the error of the gain, and the roundings of R − c and of the difference.
fn of_paid<F: Solvable>(model: &Mdp<F>, gain: &[f64]) -> f64 {
    let of_pair = |pair: usize| {
        let outcomes = model.outcomes(pair);
        let mean = outcomes.map(|x| (x.probability.to_f64() * x.reward.to_f64()).abs());
        let size = mean.sum::<f64>().max(model.r()[pair].to_f64().abs());
        2.0 * (gain[model.space().state_of(pair)] + 8.0 * f64::EPSILON * size)
    };
    (0..model.pairs()).map(of_pair).fold(0.0, f64::max)
}

/// Where classes have one gain, g(s') − g(s) is rounding, and ρ₀D multiplies it.
fn unseen<F: Solvable>(
    average: &Average<F>,
    mdp: &Mdp<F>,
    known: &LongRunErrors,
) -> Result<Vec<f64>, Error> {
    if average.long_run().structure().is_unichain() {
        return Ok(Vec::new());
    }
    let drift = average.long_run().deviation_row(mdp.initial())?;
    let most = known.gain.iter().copied().fold(0.0, f64::max);
    let of_pair = |pair| 2.0 * most * drift[mdp.space().state_of(pair)].to_f64().abs();
    Ok((0..mdp.pairs()).map(of_pair).collect())
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
