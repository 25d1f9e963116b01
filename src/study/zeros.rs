//! Entries of ∇J that come out as 0: some are 0 by what they stand for, and of others rounding may have left nothing.

use crate::evaluation::Prepared;
use crate::linalg::Solvable;
use crate::mdp::Mdp;
use crate::solved::Solved;

/// Whether an entry of ∇J that came out as 0 moves probabilities of a state that is visited, between actions that are not the same
/// there; `gradient` is ∇J \[d\].
pub(super) fn may_be_more<F: Solvable>(solved: &Solved<F>, gradient: &[F]) -> bool {
    if !gradient.iter().any(F::is_zero) {
        return false;
    }
    let (mdp, policy) = (solved.mdp(), solved.policy());
    let less = mdp.without_offset();
    // where gains differ, what leads to them counts, visited in the long run or not
    let is_everywhere = match solved.prepared() {
        Prepared::Average(average) => !average.long_run().structure().is_unichain(),
        _ => false,
    };
    let space = mdp.space();
    let mut counts = (0..mdp.states())
        .filter(|&state| is_everywhere || !solved.occupancy()[state].is_zero())
        .filter(|&state| {
            differ(mdp, state) || less.as_ref().is_some_and(|less| differ(less, state))
        })
        .flat_map(|state| space.pairs_of(state));
    counts.any(|pair| {
        let mut slopes = policy.slopes(pair);
        slopes.any(|(k, slope)| !slope.is_zero() && gradient[k].is_zero())
    })
}

/// Whether two actions of a state lead elsewhere, or pay otherwise.
fn differ<F: Solvable>(mdp: &Mdp<F>, state: usize) -> bool {
    let pairs = mdp.space().pairs_of(state);
    let first = pairs.start;
    let same = |pair| mdp.r()[pair] == mdp.r()[first] && mdp.p().row(pair).eq(mdp.p().row(first));
    !pairs.into_iter().all(same)
}
