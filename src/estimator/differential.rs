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

use super::{Experiment, Target};
use crate::error::Error;
use crate::evaluation::Average;
use crate::evaluation::average_accuracy::LongRunErrors;
use crate::gradient::average::{centered_weights, check_differentiable};
use crate::linalg::{Solvable, SolverOptions};
use crate::mdp::Mdp;
use crate::policy::Policy;

/// A model under the average reward, as its long run is sampled.
#[derive(Clone, Debug)]
pub struct Differential<F: Solvable = f64> {
    model: Mdp<F>,
    gradient: Vec<F>,
    gain_spread: f64,
    /// 4 n u K², K the largest inverse norm among the systems of P* and D, which follow one another.
    unit: f64,
    /// What rounding of rewards that are large beside R − g may have done to q, h and A \[SA\], where that is known.
    off: Option<Vec<f64>>,
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
        let average = Average::new(mdp, policy, options)?;
        check_differentiable(&average, mdp, policy)?;
        let inverse = average.long_run().inverse_norm()?;
        let unit = 4.0 * relative(mdp) * inverse * inverse;
        let own = (average.gain(), average.bias());
        let errors = LongRunErrors::new(mdp, policy, average.long_run(), own);
        let off = errors.map(|errors| {
            let both = errors.action.iter().zip(&errors.advantage);
            both.map(|(x, y)| x.max(*y)).collect()
        });
        let model = mdp.clone().with_initial(average.occupancy().to_vec())?;
        Ok(Differential {
            gradient: policy.pull_back(&centered_weights(&average, mdp)?),
            gain_spread: gain_spread(&average, mdp, unit),
            model: model.with_rewards_less(average.gain()),
            unit,
            off,
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
        let off = self.off.as_ref().map(|off| {
            // a part of each number for each state, as of what is larger
            let part = unit / self.model.states().max(1) as f64;
            let (q, v, space) = (
                experiment.q().at(0),
                experiment.v().at(0),
                self.model.space(),
            );
            let size =
                |pair: usize| q[pair].to_f64().abs() + v[space.state_of(pair)].to_f64().abs();
            let all = off.iter().enumerate();
            all.map(|(pair, off)| off + part * size(pair)).collect()
        });
        Target {
            gradient: self.gradient.clone(),
            ..Target::paired(experiment, &visits, (unit, steps), off)
        }
    }
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
