//! The best of a class of policies that need not hold the optimal one.

use std::sync::Arc;

use super::GoOn;
use super::{AscentMethod, AscentOptions, AscentStop, ascend};
use crate::linalg::SolverOptions;
use crate::mdp::Mdp;
use crate::policy::{Policy, standard_normal};

/// Random starts beside the given policy and θ = 0; a choice.
const STARTS: u64 = 6;
/// Steps of the line search from each; a choice.
const STEPS: usize = 300;
/// Entries of p up to which the class is searched: some thousand evaluations take seconds then.
const SEARCHED: usize = 5_000;

/// Whether the parametrization can come as near to every policy as one likes: features may not tell
/// states apart, and a mixture keeps a share for its other part.
pub fn is_complete(policy: &Policy) -> bool {
    policy.mix().is_none() && policy.parametrization().kind().is_tabular()
}

/// The largest J that line searches find in the class of a policy: from itself, from θ = 0 and from
/// random θ. No bound: J is not concave. `None` if none has a value, if `go_on`, asked at every step, ends the
/// search, and of a model of more than 5,000 transitions, for which that takes too long.
pub fn best_found(
    mdp: &Arc<Mdp>,
    policy: &Policy,
    solver: &SolverOptions,
    go_on: &GoOn,
) -> Option<f64> {
    if mdp.p().stored() > SEARCHED {
        return None;
    }
    let d = policy.parameters();
    let options = AscentOptions {
        method: AscentMethod::LineSearch,
        iterations: STEPS,
        solver: solver.clone(),
        ..AscentOptions::default()
    };
    let random = (0..STARTS).map(|seed| standard_normal(seed, 0, d));
    let starts = random.chain([vec![0.0; d]]);
    let starts = starts.filter_map(|theta| policy.with_theta(theta).ok());
    let mut best: Option<f64> = None;
    for start in starts.chain([policy.clone()]) {
        match ascend(mdp, &start, None, &options, &|_| go_on()) {
            Ok(run) if run.stop == AscentStop::Interrupted => return None,
            Ok(run) => best = Some(best.map_or(run.last().j, |best| best.max(run.last().j))),
            Err(_) => {}
        }
    }
    best
}
