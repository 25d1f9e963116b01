//! Which states terminate: graph search on the support of π and p, never on rounded numbers.

use super::graph::Graph;
use crate::error::Error;
use crate::linalg::Solvable;
use crate::mdp::Mdp;
use crate::policy::Policy;

/// From which states a policy terminates almost surely (theory, section 0, *What changes at γ = 1*).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Termination {
    /// States that cannot reach a terminal state.
    pub never: Vec<bool>,
    /// States that may get to one of those: their total reward is undefined.
    pub undefined: Vec<bool>,
    /// States that ρ₀ reaches.
    pub reachable: Vec<bool>,
    /// Pairs the policy takes.
    supported: Vec<bool>,
}

impl Termination {
    /// Searches the graph of supported transitions backward and forward, in O(nnz(p)).
    ///
    /// Errors with [`Error::OtherSpace`] if the policy acts on another model.
    pub fn new<F: Solvable>(mdp: &Mdp<F>, policy: &Policy<F>) -> Result<Termination, Error> {
        Error::check_space(mdp, policy)?;
        let space = mdp.space();
        let states = 0..space.states();
        let graph = Graph::new(mdp, policy);
        let backward = graph.reversed();
        let terminal = states.clone().filter(|&s| space.is_terminal(s));
        let ends = backward.reached(terminal);
        let never: Vec<bool> = ends.iter().map(|&ends| !ends).collect();
        let undefined = backward.reached(states.clone().filter(|&s| never[s]));
        let started = states.filter(|&s| !mdp.initial()[s].is_zero());
        Ok(Termination {
            reachable: graph.reached(started),
            never,
            undefined,
            supported: (0..space.pairs()).map(|i| policy.supports(i)).collect(),
        })
    }

    /// Whether every trajectory from ρ₀ ends almost surely.
    pub(crate) fn is_sure<F: Solvable>(mdp: &Mdp<F>, policy: &Policy<F>) -> bool {
        Termination::new(mdp, policy).is_ok_and(|ends| ends.undefined_or_improper(mdp).is_ok())
    }

    /// The states without a value, if ρ₀ reaches none of them; otherwise [`Error::Improper`],
    /// which names the reachable states that never terminate and what the policy does there.
    pub fn undefined_or_improper<F: Solvable>(&self, mdp: &Mdp<F>) -> Result<Vec<usize>, Error> {
        let space = mdp.space();
        let stuck: Vec<usize> = (0..space.states())
            .filter(|&s| self.never[s] && self.reachable[s])
            .collect();
        if stuck.is_empty() {
            return Ok((0..space.states()).filter(|&s| self.undefined[s]).collect());
        }
        let named = |pair| {
            let (state, action) = space.pair_names(pair);
            (state.into_owned(), action.into_owned())
        };
        let pairs = || stuck.iter().flat_map(|&s| space.pairs_of(s));
        let leaves = |pair: &usize| mdp.p().row(*pair).any(|(next, _)| !self.never[next]);
        Err(Error::Improper {
            states: stuck
                .iter()
                .map(|&s| space.state_names().get(s).into_owned())
                .collect(),
            actions: pairs()
                .filter(|&pair| self.supported[pair])
                .map(named)
                .collect(),
            way_out: pairs().find(leaves).map(named),
            terminal: (0..space.states()).any(|s| space.is_terminal(s)),
        })
    }
}
