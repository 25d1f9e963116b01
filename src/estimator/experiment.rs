//! A model, a policy and a way of sampling: where estimators get their numbers and their moments.

mod divergence;
mod moments;
mod resolve;

use super::process::Process;
use super::{Critic, Sampling, Table, critic};
use crate::error::Error;
use crate::linalg::{Solvable, SolverOptions};
use crate::mdp::Mdp;
use crate::policy::Policy;

/// A model under a policy, sampled in one way: the exact law of every estimator, as far as its
/// first two moments go.
///
/// Factorisations are made when first needed and shared between estimators.
pub struct Experiment<'a, F: Solvable> {
    mdp: &'a Mdp<F>,
    policy: &'a Policy<F>,
    sampling: Sampling,
    process: Process<F>,
    /// Where another policy acts: π/b \[SA\], and its trajectories as they are, not weighed.
    acting: Option<(Vec<F>, Process<F>)>,
    v: Table<F>,
    q: Table<F>,
}

/// Kurtoses E(ĝ_k − μ_k)⁴/σ_k⁴ of the coordinates.
#[derive(Clone, Debug, PartialEq)]
pub struct Kurtosis<F> {
    /// One for each coordinate \[d\]; 0 where nothing varies.
    pub values: Vec<F>,
    /// Whether they are the estimator's own, or a bound.
    pub exact: bool,
}

impl<'a, F: Solvable> Experiment<'a, F> {
    /// Evaluates the policy and lays out the outcomes as they are sampled.
    ///
    /// Errors with [`Error::NoScore`] on the boundary of a direct parametrization, with
    /// [`Error::Improper`] if episodes may never end, with [`Error::ExcessRow`] where a row that sums to more than 1
    /// outweighs every way out, and with [`Error::Factor`].
    pub fn new(
        mdp: &'a Mdp<F>,
        policy: &'a Policy<F>,
        sampling: Sampling,
        options: &SolverOptions,
    ) -> Result<Experiment<'a, F>, Error> {
        Experiment::off_policy(mdp, policy, None, sampling, options)
    }

    /// An experiment with trajectories drawn by `behavior` and weighed per decision by ω = π/b:
    /// R = ω(r + γR'), X = ω(ψΨ + cX') (theory, 5.6). The means stay those of `policy`.
    ///
    /// Errors with [`Error::NoSupport`] where b = 0 < π, with [`Error::NoScore`] on the boundary of a direct
    /// parametrization, with [`Error::Improper`] if episodes may never end, and with [`Error::Factor`].
    pub fn off_policy(
        mdp: &'a Mdp<F>,
        policy: &'a Policy<F>,
        behavior: Option<&Policy<F>>,
        sampling: Sampling,
        options: &SolverOptions,
    ) -> Result<Experiment<'a, F>, Error> {
        Error::check_space(mdp, policy)?;
        behavior.map_or(Ok(()), |b| Error::check_space(mdp, b))?;
        let process = Process::new(mdp, policy, behavior, sampling, options)?;
        let acting = behavior.map(|b| {
            let process = Process::scoring(mdp, (b, policy), None, sampling, options)?;
            Ok::<_, Error>((ratios(policy, b), process))
        });
        let v = critic::values(mdp, policy, sampling, options)?;
        let q = critic::action_value_table(mdp, &v);
        Ok(Experiment {
            mdp,
            policy,
            sampling,
            process,
            acting: acting.transpose()?,
            v,
            q,
        })
    }

    /// The model.
    pub fn mdp(&self) -> &'a Mdp<F> {
        self.mdp
    }

    /// The policy.
    pub fn policy(&self) -> &'a Policy<F> {
        self.policy
    }

    /// How trajectories are drawn.
    pub fn sampling(&self) -> Sampling {
        self.sampling
    }

    /// v of the criterion, by time over a finite horizon.
    pub fn v(&self) -> &Table<F> {
        &self.v
    }

    /// q of the criterion, by time over a finite horizon.
    pub fn q(&self) -> &Table<F> {
        &self.q
    }

    /// What a critic says: u in the place of v, and r + γpu in that of q.
    ///
    /// Errors with [`Error::States`] for one of another number of states, and if its errors overflow.
    pub fn critic(&self, critic: &Critic) -> Result<(Table<F>, Table<F>), Error> {
        let u = critic::critic_table(self.mdp, &self.v, critic)?;
        let q = critic::action_value_table(self.mdp, &u);
        Ok((u, q))
    }

    pub(super) fn process(&self) -> &Process<F> {
        &self.process
    }

    /// The trajectories as they are drawn, not weighed.
    pub(super) fn acting(&self) -> &Process<F> {
        self.acting
            .as_ref()
            .map_or(&self.process, |(_, acting)| acting)
    }

    /// π/b \[SA\], 0 where π = 0; 1 where the policy itself acts.
    pub(super) fn ratios(&self) -> Vec<F> {
        let ones = || vec![F::one(); self.mdp.pairs()];
        let acting = self.acting.as_ref();
        acting.map_or_else(ones, |(ratios, _)| ratios.clone())
    }
}

/// π/b \[SA\], 0 where π = 0.
fn ratios<F: Solvable>(policy: &Policy<F>, behavior: &Policy<F>) -> Vec<F> {
    let pairs = policy.probabilities().iter().zip(behavior.probabilities());
    let ratio = |(pi, b): (&F, &F)| {
        if pi.is_zero() {
            F::zero()
        } else {
            pi.clone() / b
        }
    };
    pairs.map(ratio).collect()
}
