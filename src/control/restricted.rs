//! A model with some of its actions only.

use std::sync::Arc;

use crate::error::Error;
use crate::linalg::Solvable;
use crate::mdp::{Mdp, MdpParts, OutcomeTable, Space};

/// The states that can follow a pair.
pub(super) fn support<F: Solvable>(mdp: &Mdp<F>, pair: usize) -> impl Iterator<Item = usize> + '_ {
    let row = mdp.p().row(pair);
    row.filter(|(_, p)| !p.is_zero()).map(|(next, _)| next)
}

/// The model with these pairs only, ascending; a state that keeps none counts as terminal.
///
/// # Errors
/// [`Error::Argument`] unless they are pairs of the model, each once, ascending.
pub fn restricted<F: Solvable>(mdp: &Mdp<F>, kept: &[usize]) -> Result<Mdp<F>, Error> {
    let ascending = kept.windows(2).all(|two| two[0] < two[1]);
    if !ascending || kept.last().is_some_and(|last| *last >= mdp.pairs()) {
        return Err(Error::Argument {
            name: "the list of pairs that are kept",
            found: format!("{kept:?}"),
            expected: "pairs of the model, each once, ascending",
        });
    }
    Ok(with_pairs(mdp, kept))
}

/// The model with some of its own pairs only, ascending.
pub(super) fn with_pairs<F: Solvable>(mdp: &Mdp<F>, kept: &[usize]) -> Mdp<F> {
    let space = mdp.space();
    let mut sets = vec![Vec::new(); space.states()];
    let mut outcomes = OutcomeTable::default();
    for &pair in kept {
        sets[space.state_of(pair)].push(space.action_of(pair) as u32);
        for outcome in mdp.outcomes(pair) {
            let (probability, reward) = (outcome.probability.clone(), outcome.reward.clone());
            outcomes.push(outcome.next, probability, reward);
        }
        outcomes.end_pair();
    }
    let names = (space.state_names().clone(), space.action_names().clone());
    let deficits = mdp
        .deficits()
        .map(|d| kept.iter().map(|&pair| d[pair].clone()).collect());
    let restricted = Mdp::assembled(MdpParts {
        name: mdp.name().to_string(),
        space: Arc::new(Space::assembled(names.0, names.1, sets)),
        outcomes,
        initial: mdp.initial().to_vec(),
        criterion: mdp.criterion().clone(),
    });
    let rewards = kept.iter().map(|&pair| mdp.r()[pair].clone());
    restricted
        .slackened(mdp.discount_complement().clone(), deficits)
        .with_expected_rewards(rewards.enumerate())
}
