//! Entries of ∇J that come out as 0: some are 0 by what they stand for, and of others rounding may have left nothing.

use crate::evaluation::faults::met;
use crate::linalg::Solvable;
use crate::mdp::{Criterion, Mdp};
use crate::model::Model;
use crate::policy::Policy;
use crate::solved::Solved;

/// Whether an entry of ∇J that came out as 0 moves probabilities of a state that is visited, between actions that are not the same
/// there; `gradient` is ∇J \[d\].
pub(super) fn may_be_more<F: Solvable>(model: &Model, solved: &Solved<F>, gradient: &[F]) -> bool {
    if !gradient.iter().any(F::is_zero) {
        return false;
    }
    // where gains differ, what leads to them counts, visited in the long run or not
    let long_run = solved.long_run();
    let is_everywhere = long_run.is_some_and(|run| !run.structure().is_unichain());
    let (space, policy) = (solved.mdp().space(), solved.policy());
    let states = (0..space.states())
        .filter(|&state| is_everywhere || !solved.occupancy()[state].is_zero())
        .filter(|&state| differ(model, state));
    let mut counts = states.flat_map(|state| space.pairs_of(state));
    counts.any(|pair| {
        let mut slopes = policy.slopes(pair);
        slopes.any(|(k, slope)| !slope.is_zero() && gradient[k].is_zero())
    })
}

/// Whether an entry of ∇J moves probabilities of a state that may be met, between actions that are not the same there \[d\]:
/// what comes out as 0 may then be more, whichever policy of this kind it is.
pub(super) fn movable(model: &Model, mdp: &Mdp, policy: &Policy) -> Vec<bool> {
    let met = met(mdp);
    let is_average = *mdp.criterion() == Criterion::Average;
    let mut movable = vec![false; policy.parameters()];
    let states = (0..mdp.states()).filter(|&state| is_average || met[state]);
    for state in states.filter(|&state| differ(model, state)) {
        for (k, _) in mdp
            .space()
            .pairs_of(state)
            .flat_map(|pair| policy.slopes(pair))
        {
            movable[k] = true;
        }
    }
    movable
}

/// Whether two actions of a state are written to lead elsewhere, or to pay otherwise.
fn differ(model: &Model, state: usize) -> bool {
    let written = |pair| {
        let outcomes = model.outcomes().of(pair);
        outcomes.map(|outcome| (outcome.next, outcome.probability, outcome.reward))
    };
    let mut pairs = model.space().pairs_of(state);
    let first = pairs.start;
    pairs.any(|pair| !written(pair).eq(written(first)))
}
