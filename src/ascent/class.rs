//! The best of a class of policies that need not hold the optimal one.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::{Method, Options, ascend};
use crate::linalg::SolverOptions;
use crate::mdp::Mdp;
use crate::policy::{Policy, standard_normal};

/// Random starts beside the given policy and θ = 0.
const STARTS: u64 = 6;
/// Steps of the line search from each.
const STEPS: usize = 300;

/// Whether the parametrization can come as near to every policy as one likes: features may not tell
/// states apart, and a mixture keeps a share for its other part.
pub fn is_complete(policy: &Policy) -> bool {
    policy.mix().is_none() && policy.parametrization().kind().is_tabular()
}

/// The largest J that line searches find in the class of a policy: from itself, from θ = 0 and from
/// random θ. No bound: J is not concave. `None` if none has a value.
pub fn best_found(mdp: &Arc<Mdp>, policy: &Policy, solver: &SolverOptions) -> Option<f64> {
    let d = policy.parameters();
    let options = Options {
        method: Method::LineSearch,
        iterations: STEPS,
        solver: solver.clone(),
        ..Options::default()
    };
    let random = (0..STARTS).map(|seed| standard_normal(seed, 0, d));
    let starts = random.chain([vec![0.0; d]]);
    let starts = starts.filter_map(|theta| policy.with_theta(theta).ok());
    let ends = starts.chain([policy.clone()]).filter_map(|start| {
        let run = ascend(mdp, &start, None, &options, &|_| ControlFlow::Continue(()));
        run.ok().map(|run| run.last().j)
    });
    ends.reduce(f64::max)
}
