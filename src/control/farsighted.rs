//! Policies that are optimal for those who look far ahead: where else to start under the average reward.
//!
//! What a policy gains more here than there, times the time from there to here, is its bias: where a policy holds good and bad
//! places apart, as steps of 2 : 3 over thousands of states do, that is no number in floating point, although the bias of
//! the best may be small. Values under a discount are at most r/(1 − γ), and a policy that is optimal for a γ close enough to 1 is
//! so without one (Blackwell 1962).

use super::proper::Problem;
use super::rule::DecisionRule;
use super::{ControlOptions, policy_iteration};
use crate::linalg::Solvable;
use crate::mdp::{Criterion, Mdp};

/// 1 − γ of those who look ahead, each where the one before did not do; a choice.
const COMPLEMENTS: [f64; 4] = [1e-4, 1e-6, 1e-8, 1e-10];

/// Optimal rules in floating point under one discount after another, each found when it is asked for; none that was not found.
pub(super) fn rules<F: Solvable>(
    mdp: &Mdp<F>,
    options: &ControlOptions,
) -> impl Iterator<Item = DecisionRule> {
    let mdp = mdp.map(F::to_f64);
    let options = ControlOptions {
        trace: false,
        ..options.clone()
    };
    COMPLEMENTS.into_iter().filter_map(move |complement| {
        let discount = 1.0 - complement;
        let ahead = mdp.clone().under(Criterion::Discounted { discount });
        // below γ = 1 no gain is asked for
        let problem = Problem::with_gains(&ahead, &|_| None).ok()?;
        Some(policy_iteration::iterate(&problem, &options).ok()?.rule)
    })
}
