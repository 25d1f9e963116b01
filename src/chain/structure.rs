//! Which states terminate: graph search on the support of π and p, never on rounded numbers.

use crate::error::Error;
use crate::field::Field;
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
    pub fn new<F: Field>(mdp: &Mdp<F>, policy: &Policy<F>) -> Termination {
        let space = mdp.space();
        let states = space.states();
        let supported: Vec<bool> = (0..space.pairs()).map(|i| policy.supports(i)).collect();
        let successors = |state: usize| {
            let pairs = space.pairs_of(state).filter(|&pair| supported[pair]);
            pairs.flat_map(|pair| mdp.p().row(pair).map(|(next, _)| next))
        };
        let mut predecessors = vec![Vec::new(); states];
        for state in 0..states {
            for next in successors(state) {
                predecessors[next].push(state);
            }
        }
        let backward = |from: Vec<usize>| search(states, from, |s| predecessors[s].iter().copied());
        let terminal = (0..states).filter(|&s| space.is_terminal(s)).collect();
        let never: Vec<bool> = backward(terminal).iter().map(|reached| !reached).collect();
        let undefined = backward((0..states).filter(|&s| never[s]).collect());
        let started = (0..states).filter(|&s| !mdp.initial()[s].is_zero());
        let reachable = search(states, started.collect(), successors);
        Termination {
            never,
            undefined,
            reachable,
            supported,
        }
    }

    /// The states without a value, if ρ₀ reaches none of them; otherwise [`Error::Improper`].
    pub fn undefined_or_improper<F: Field>(&self, mdp: &Mdp<F>) -> Result<Vec<usize>, Error> {
        let space = mdp.space();
        let stuck: Vec<usize> = (0..space.states())
            .filter(|&s| self.never[s] && self.reachable[s])
            .collect();
        if stuck.is_empty() {
            return Ok((0..space.states()).filter(|&s| self.undefined[s]).collect());
        }
        let name = |&s: &usize| space.state_names().get(s).into_owned();
        let pairs = stuck.iter().flat_map(|&s| space.pairs_of(s));
        let blamed = pairs.filter(|&pair| self.supported[pair]).map(|pair| {
            let (state, action) = space.pair_names(pair);
            (state.into_owned(), action.into_owned())
        });
        Err(Error::Improper {
            states: stuck.iter().map(name).collect(),
            actions: blamed.collect(),
        })
    }
}

/// The states reached from some, those included.
fn search<I: Iterator<Item = usize>>(
    states: usize,
    from: Vec<usize>,
    neighbors: impl Fn(usize) -> I,
) -> Vec<bool> {
    let mut reached = vec![false; states];
    let mut stack = from;
    while let Some(state) = stack.pop() {
        if !std::mem::replace(&mut reached[state], true) {
            stack.extend(neighbors(state).filter(|&next| !reached[next]));
        }
    }
    reached
}
