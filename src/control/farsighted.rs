//! Policies that are optimal for those who look far ahead: where else to start under the average reward.
//!
//! What a policy gains more here than there, times the time from there to here, is its bias: where a policy holds good and bad
//! places apart, as steps of 2 : 3 over thousands of states do, that is no number in floating point, although the bias of
//! the best may be small. Values under a discount are at most r/(1 − γ), and a policy that is optimal for a γ close enough to 1 is
//! so without one (Blackwell 1962).

use super::rule::DecisionRule;
use super::{ControlMethod, ControlOptions};
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
        method: ControlMethod::Auto,
        tolerance: None,
        trace: false,
        ..options.clone()
    };
    COMPLEMENTS.into_iter().filter_map(move |complement| {
        let discount = 1.0 - complement;
        let ahead = mdp.clone().under(Criterion::Discounted { discount });
        let policy = super::solve(&ahead, &options).ok()?.policy;
        let mut rule = DecisionRule::empty(mdp.states());
        let chosen = policy.probabilities().iter().enumerate();
        for (pair, _) in chosen.filter(|(_, p)| **p == 1.0) {
            rule.set(mdp.space().state_of(pair), pair);
        }
        Some(rule)
    })
}
