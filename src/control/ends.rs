//! End components: sets of states, with actions that never leave them and connect them.
//!
//! Whatever the policy, the states and actions that it takes again and again are those of an end
//! component (de Alfaro 1997, theorem 3.2).

use crate::chain::graph::Graph;
use crate::linalg::Solvable;
use crate::mdp::Mdp;

/// The end components of some of a model's pairs.
pub struct EndComponents {
    /// Pairs that can be taken at all [SA].
    pub taken: Vec<bool>,
    /// Pairs that stay within their component [SA].
    pub inner: Vec<bool>,
    /// The state that stands for each: the first of its component, or itself [S].
    pub of: Vec<usize>,
}

impl EndComponents {
    /// Components that are strongly connected by pairs that never leave them: pairs that leave
    /// theirs are taken out until none does.
    pub fn new<F: Solvable>(mdp: &Mdp<F>, taken: impl Fn(usize) -> bool) -> EndComponents {
        let space = mdp.space();
        let taken: Vec<bool> = (0..space.pairs()).map(taken).collect();
        let mut inner = taken.clone();
        loop {
            let of = Graph::with_support(mdp, |pair| inner[pair])
                .components()
                .first_states();
            let leaves = |pair: usize| {
                let mut row = mdp.p().row(pair);
                row.any(|(next, _)| of[next] != of[space.state_of(pair)])
            };
            let leaving: Vec<usize> = (0..space.pairs())
                .filter(|&pair| inner[pair] && leaves(pair))
                .collect();
            if leaving.is_empty() {
                return EndComponents { taken, inner, of };
            }
            leaving.iter().for_each(|&pair| inner[pair] = false);
        }
    }
}
