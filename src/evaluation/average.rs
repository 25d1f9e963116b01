//! The average reward: gain and bias, for unichain and multichain models (theory, 2.4).
//!
//! ```text
//! g = P* r^π      h = D r^π      Pg = g,   g + h = r^π + Ph,   P*h = 0      q_h = r − g + p h
//! ```
//!
//! A terminal state is absorbing with reward 0, so its gain and its bias are 0.

use std::sync::Arc;

use super::average_accuracy::LongRunErrors;
use super::{
    Evaluation, Residuals, RoundingBounds, Undefined, advantages, average_accuracy, over_pairs,
};
use crate::chain::{Dynamics, LongRun};
use crate::error::Error;
use crate::field::dot;
use crate::linalg::{Solvable, SolverOptions, distance};
use crate::mdp::{Criterion, Mdp, Space};
use crate::policy::Policy;

/// A model under a policy in the long run, with gain and bias.
pub struct Average<F: Solvable = f64> {
    space: Arc<Space>,
    long_run: LongRun<F>,
    gain: Vec<F>,
    bias: Vec<F>,
    occupancy: Vec<F>,
    residuals: Residuals,
    /// The model without what all rewards share, and its gains \[S\]: what differs between states and actions is made of
    /// these.
    apart: Option<Box<(Mdp<F>, Vec<F>)>>,
}

impl<F: Solvable> Average<F> {
    /// Finds P* and D as operators and applies them: g = P* r^π, h = D r^π, ρ₀P*.
    ///
    /// Errors with [`Error::Criterion`] if the model's criterion is another, and as
    /// [`LongRun::new`].
    pub fn new(
        mdp: &Mdp<F>,
        policy: &Policy<F>,
        options: &SolverOptions,
    ) -> Result<Average<F>, Error> {
        if *mdp.criterion() != Criterion::Average {
            return Err(Error::Criterion {
                needed: "average",
                found: mdp.criterion().kind(),
            });
        }
        let long_run = LongRun::new(mdp, policy, options)?;
        let dynamics = Dynamics::new(mdp, policy)?;
        let gain = long_run.limit(dynamics.r())?;
        let is_centred = mdp.is_centred_exactly() && policy.is_whole();
        let without = is_centred.then(|| mdp.without_offset()).flatten();
        let (r, apart) = match without {
            Some(without) => {
                let r = Dynamics::new(&without, policy)?.r().to_vec();
                let gain = long_run.limit(&r)?;
                (r, Some(Box::new((without, gain))))
            }
            None => (dynamics.r().to_vec(), None),
        };
        let own = apart.as_ref().map_or(&gain, |apart| &apart.1);
        let bias = long_run.deviation_from(&r, own)?;
        let occupancy = long_run.limit_row(mdp.initial())?;
        let residuals = Residuals {
            v: poisson_residual(&long_run, &r, own, &bias),
            occupancy: distance(&occupancy, &long_run.p().mul_transposed(&occupancy)),
        };
        Ok(Average {
            space: Arc::clone(mdp.space()),
            long_run,
            gain,
            bias,
            occupancy,
            residuals,
            apart,
        })
    }

    /// The states and pairs of the model that it was made of.
    pub(crate) fn space(&self) -> &Arc<Space> {
        &self.space
    }

    /// P* and D.
    pub fn long_run(&self) -> &LongRun<F> {
        &self.long_run
    }

    /// g \[S\], in units of reward per step.
    pub fn gain(&self) -> &[F] {
        &self.gain
    }

    /// g \[S\] less what all rewards share, where that would take digits of what is between gains.
    pub(crate) fn gain_apart(&self) -> &[F] {
        self.apart.as_ref().map_or(&self.gain, |apart| &apart.1)
    }

    /// h \[S\], in units of reward.
    pub fn bias(&self) -> &[F] {
        &self.bias
    }

    /// ρ₀P* \[S\], the stationary law that the start leads to; sums to 1, terminal states included.
    pub fn occupancy(&self) -> &[F] {
        &self.occupancy
    }

    /// q_h(s, a) = r(s, a) − g(s) + (p h)(s, a) \[SA\], in units of reward; π q_h = h.
    ///
    /// # Errors
    /// [`Error::OtherSpace`] for a model of other states and pairs.
    pub fn action_values(&self, mdp: &Mdp<F>) -> Result<Vec<F>, Error> {
        Error::check_pairs(mdp.space(), self.space())?;
        Ok(self.q_over_bias(mdp))
    }

    pub(crate) fn q_over_bias(&self, mdp: &Mdp<F>) -> Vec<F> {
        let ph = mdp.p().mul(&self.bias);
        let (paid, gain) = (self.apart.as_ref(), self.gain_apart());
        let paid = paid.map_or(mdp, |apart| &apart.0);
        over_pairs(mdp, |pair, state| {
            paid.r()[pair].clone() - &gain[state] + &ph[pair]
        })
    }

    /// v = h, q = q_h, advantage = q_h − h, occupancy = ρ₀P*, j = ρ₀g.
    pub(crate) fn evaluate(&self, mdp: &Mdp<F>, policy: &Policy<F>) -> Evaluation<F> {
        let q = self.q_over_bias(mdp);
        let (h, rho, pi) = (&self.bias, &self.occupancy, policy.probabilities());
        Evaluation {
            j: dot(mdp.initial(), &self.gain),
            rest: Vec::new(),
            advantage: advantages(mdp, policy, &q, h),
            pair_occupancy: over_pairs(mdp, |pair, state| rho[state].clone() * &pi[pair]),
            v: h.clone(),
            q,
            occupancy: rho.clone(),
            residuals: self.residuals,
            undefined: Undefined::default(),
            gain: Some(self.gain.clone()),
            by_time: None,
            solver: self.long_run.solver(),
        }
    }

    /// What is known of the gains, the bias and what is made of them; `None` in another field than floating point.
    pub(crate) fn errors_of_each(&self, mdp: &Mdp<F>, policy: &Policy<F>) -> Option<LongRunErrors> {
        let least =
            |mdp, gain| LongRunErrors::least(mdp, policy, &self.long_run, (gain, &self.bias));
        let own = least(mdp, &self.gain)?;
        let Some((paid, gain)) = self.apart.as_deref() else {
            return Some(own);
        };
        least(paid, gain).map(|apart| LongRunErrors {
            gain: own.gain,
            ..apart
        })
    }

    /// What rounding may have done to an evaluation of the same model and policy.
    pub(super) fn rounding(
        &self,
        mdp: &Mdp<F>,
        policy: &Policy<F>,
        found: &Evaluation<F>,
    ) -> RoundingBounds {
        let errors = self.errors_of_each(mdp, policy);
        let gain = (self.gain.as_slice(), &self.long_run);
        errors.map_or_else(RoundingBounds::default, |errors| {
            average_accuracy::in_long_run(mdp, gain, found, &errors)
        })
    }
}

/// ‖r^π + Ph − g − h‖∞.
fn poisson_residual<F: Solvable>(long_run: &LongRun<F>, r: &[F], g: &[F], h: &[F]) -> f64 {
    let ph = long_run.p().mul(h);
    let left: Vec<F> = g.iter().zip(h).map(|(g, h)| g.clone() + h).collect();
    let right: Vec<F> = r.iter().zip(ph).map(|(r, ph)| ph + r).collect();
    distance(&left, &right)
}
