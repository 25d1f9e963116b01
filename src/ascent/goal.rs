//! The optimum as an ascent needs it: what J can be at most.

use crate::control;
use crate::error::Error;
use crate::evaluation::Evaluation;
use crate::linalg::SolverOptions;
use crate::mdp::{Criterion, Mdp};
use crate::policy::Policy;

/// The certified optimum of a model.
#[derive(Clone, Debug)]
pub struct Goal {
    /// J*, for a horizon over policies that may depend on the time.
    pub j: f64,
    /// |J − J*| is at most this; `None` where nothing was certified.
    pub error_bound: Option<f64>,
    /// An optimal deterministic policy; for a horizon its rule at t = 0.
    pub policy: Policy,
    /// The occupancy ρ* of that policy \[S\], for the discounted and the total reward.
    pub occupancy: Option<Vec<f64>>,
    /// The pairs (s, a*) with ρ*(s) > 0.
    taken: Vec<usize>,
}

impl Goal {
    /// Solves the model. Errors where there is no optimum ([`Error::NoProperPolicy`], [`Error::Unbounded`]),
    /// where a value is too large and where a system was not solved.
    pub fn new(mdp: &Mdp, solver: &SolverOptions) -> Result<Goal, Error> {
        let options = control::ControlOptions {
            solver: solver.clone(),
            ..control::ControlOptions::default()
        };
        let optimum = control::solve(mdp, &options)?;
        let stationary = matches!(
            mdp.criterion(),
            Criterion::Discounted { .. } | Criterion::Total
        );
        let occupancy = if stationary {
            Some(Evaluation::new(mdp, &optimum.policy, solver)?.occupancy)
        } else {
            None
        };
        let visited = |state: usize| occupancy.as_ref().is_some_and(|rho| rho[state] > 0.0);
        let chosen = optimum.policy.probabilities().iter().enumerate();
        let taken = chosen.filter(|(pair, pi)| **pi > 0.0 && visited(mdp.space().state_of(*pair)));
        Ok(Goal {
            taken: taken.map(|(pair, _)| pair).collect(),
            j: optimum.j,
            error_bound: optimum.error_bound,
            policy: optimum.policy,
            occupancy,
        })
    }

    /// minₛ π(a*|s) over the states that the optimal policy visits. `None` unless the criterion is
    /// discounted or total.
    pub fn smallest_probability(&self, pi: &[f64]) -> Option<f64> {
        self.occupancy.as_ref()?;
        Some(self.taken.iter().map(|&pair| pi[pair]).fold(1.0, f64::min))
    }

    /// J* is at most this.
    pub fn upper(&self) -> Option<f64> {
        self.error_bound.map(|error| self.j + error)
    }
}
