//! Sampled fixtures: trajectories as arrays, and what each estimator must return on them.

use crate::error::Error;
use crate::estimator::{Estimator, Experiment, Sampling};
use crate::linalg::SolverOptions;
use crate::mdp::Mdp;
use crate::policy::Policy;
use crate::sampling::{Plan, Sampler};

/// Trajectories of a seed, with the estimates that they give.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Fixtures {
    /// The seed.
    pub seed: u64,
    /// T, where trajectories that do not end are cut.
    pub truncation: Option<usize>,
    /// Number of steps of each trajectory.
    pub lengths: Vec<usize>,
    /// S₀, S₁, … of each trajectory, as indices; one more than its steps. The last one is where it
    /// ended or was cut.
    pub states: Vec<Vec<usize>>,
    /// A₀, A₁, … of each trajectory, as indices into `actions`.
    pub actions: Vec<Vec<usize>>,
    /// R₀, R₁, … of each trajectory.
    pub rewards: Vec<Vec<f64>>,
    /// What estimators make of them.
    pub estimates: Vec<Estimate>,
}

/// An estimator on the trajectories.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Estimate {
    /// The estimator's name.
    pub name: String,
    /// X of each trajectory `[N][d]`.
    pub contributions: Vec<Vec<f64>>,
    /// Their mean \[d\]: the estimate.
    pub estimate: Vec<f64>,
}

impl Fixtures {
    /// The first trajectories of a seed, sampled in this way; trajectories without end cannot be.
    ///
    /// Errors as [`Experiment::new`] and [`Sampler::new`].
    pub fn new(
        mdp: &Mdp,
        policy: &Policy,
        estimators: &[Estimator],
        sampling: Sampling,
        seed: u64,
        trajectories: u64,
    ) -> Result<Fixtures, Error> {
        let options = SolverOptions::default();
        let experiment = Experiment::new(mdp, policy, sampling, &options)?;
        let resolved: Result<Vec<_>, Error> =
            estimators.iter().map(|e| experiment.resolve(e)).collect();
        let plan = Plan::new(sampling, seed);
        let sampler = Sampler::new(mdp, policy, None, &resolved?, plan)?;
        let record = sampler.record(trajectories)?;
        let contributions = sampler.contributions(&record);
        let space = mdp.space();
        let mut fixtures = Fixtures {
            seed,
            truncation: match sampling {
                Sampling::Truncated(steps) => Some(steps),
                _ => None,
            },
            lengths: record.lengths(),
            states: Vec::new(),
            actions: Vec::new(),
            rewards: Vec::new(),
            estimates: estimators
                .iter()
                .zip(contributions)
                .map(|(estimator, x)| Estimate::new(estimator, x))
                .collect(),
        };
        for i in 0..record.trajectories() {
            let steps = record.start[i]..record.start[i + 1];
            let pairs = &record.pairs[steps.clone()];
            let from = pairs.iter().map(|&pair| space.state_of(pair));
            let end = record.next[steps.clone()].last().copied();
            fixtures.states.push(from.chain(end).collect());
            let actions = pairs.iter().map(|&pair| space.action_of(pair));
            fixtures.actions.push(actions.collect());
            fixtures.rewards.push(record.rewards[steps].to_vec());
        }
        Ok(fixtures)
    }
}

impl Estimate {
    fn new(estimator: &Estimator, contributions: Vec<Vec<f64>>) -> Estimate {
        let count = contributions.len() as f64;
        let parameters = contributions.first().map_or(0, Vec::len);
        let mean = |k: usize| contributions.iter().map(|x| x[k]).sum::<f64>() / count;
        Estimate {
            name: estimator.to_string(),
            estimate: (0..parameters).map(mean).collect(),
            contributions,
        }
    }
}
