//! The optimum as an ascent needs it: what J can be at most.

use crate::control;
use crate::error::Error;
use crate::evaluation::Evaluation;
use crate::field::UNIT;
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
    /// J* and the bound on its error without what all rewards share, where there is such a thing.
    less: Option<(f64, Option<f64>)>,
}

impl Goal {
    /// Solves the model. Errors where there is no optimum ([`Error::NoProperPolicy`], [`Error::Unbounded`]),
    /// where a value is too large and where a system was not solved.
    pub fn new(mdp: &Mdp, solver: &SolverOptions) -> Result<Goal, Error> {
        let plain = mdp.plain().and_then(|(less, offset)| {
            let worth = mdp.worth(&offset)?;
            Some((less, worth))
        });
        let Some((less, worth)) = plain else {
            return Goal::of(mdp, solver);
        };
        let goal = Goal::of(&less, solver)?;
        let j = goal.j + worth;
        // the worth is made of two rounded numbers, or of a sum over the horizon
        let steps = match mdp.criterion() {
            Criterion::FiniteHorizon { horizon, .. } => *horizon as f64,
            _ => 0.0,
        };
        let rounded = (4.0 + 2.0 * steps) * UNIT * (worth.abs() + j.abs());
        Ok(Goal {
            less: Some((goal.j, goal.error_bound)),
            j,
            error_bound: goal.error_bound.map(|bound| bound + rounded),
            ..goal
        })
    }

    /// This goal without what all rewards share.
    pub(super) fn less(&self) -> Option<Goal> {
        let (j, error_bound) = self.less?;
        Some(Goal {
            j,
            error_bound,
            less: None,
            ..self.clone()
        })
    }

    fn of(mdp: &Mdp, solver: &SolverOptions) -> Result<Goal, Error> {
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
            less: None,
        })
    }

    /// minₛ π(a*|s) over the states that the optimal policy visits. `None` unless the criterion is
    /// discounted or total.
    pub(super) fn smallest_probability(&self, pi: &[f64]) -> Option<f64> {
        self.occupancy.as_ref()?;
        Some(self.taken.iter().map(|&pair| pi[pair]).fold(1.0, f64::min))
    }

    /// J* is at most this.
    pub fn upper(&self) -> Option<f64> {
        self.error_bound.map(|error| self.j + error)
    }
}
