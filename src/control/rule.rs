//! A decision rule: one pair for each alive state.

use std::sync::Arc;

use crate::error::Error;
use crate::linalg::Solvable;
use crate::mdp::{Mdp, Space};
use crate::policy::Policy;

/// One pair for each alive state: a deterministic stationary policy.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DecisionRule {
    /// The pair taken in each state; [`DecisionRule::NONE`] where nothing is.
    pair: Vec<u32>,
}

impl DecisionRule {
    /// What stands where nothing is taken.
    const NONE: u32 = u32::MAX;

    /// The rule that takes nothing anywhere, to be filled.
    pub(crate) fn empty(states: usize) -> DecisionRule {
        DecisionRule {
            pair: vec![DecisionRule::NONE; states],
        }
    }

    /// The first of the pairs of each state at which `q` \[SA\] is largest.
    ///
    /// # Errors
    /// [`Error::Length`] unless q has a number for each pair, and [`Error::Argument`] where one is not finite.
    pub fn greedy<F: Solvable>(space: &Space, q: &[F]) -> Result<DecisionRule, Error> {
        Error::check_numbers("values of actions", space.pairs(), q)?;
        Ok(DecisionRule::of_largest(space, q))
    }

    /// The greedy rule for a q of this model.
    pub(crate) fn of_largest<F: Solvable>(space: &Space, q: &[F]) -> DecisionRule {
        let mut rule = DecisionRule::empty(space.states());
        for state in 0..space.states() {
            let pairs = space.pairs_of(state);
            let best = pairs.reduce(|best, pair| if q[pair] > q[best] { pair } else { best });
            if let Some(pair) = best {
                rule.set(state, pair);
            }
        }
        rule
    }

    /// The pair taken in a state; `None` in a terminal one.
    pub fn pair(&self, state: usize) -> Option<usize> {
        let pair = self.pair[state];
        (pair != DecisionRule::NONE).then_some(pair as usize)
    }

    /// Takes a pair in a state.
    pub(crate) fn set(&mut self, state: usize, pair: usize) {
        self.pair[state] = pair as u32;
    }

    /// Takes nothing in a state.
    pub(crate) fn clear(&mut self, state: usize) {
        self.pair[state] = DecisionRule::NONE;
    }

    /// The pairs by state, for threads that each take a part; [`u32::MAX`] where nothing is taken.
    pub(super) fn as_mut_slice(&mut self) -> &mut [u32] {
        &mut self.pair
    }

    /// All pairs taken, by state.
    pub fn pairs(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        (0..self.pair.len()).filter_map(|state| Some((state, self.pair(state)?)))
    }

    /// This rule with its pairs renumbered.
    pub(crate) fn map(mut self, f: impl Fn(usize) -> usize) -> DecisionRule {
        for pair in self
            .pair
            .iter_mut()
            .filter(|pair| **pair != DecisionRule::NONE)
        {
            *pair = f(*pair as usize) as u32;
        }
        self
    }

    /// The policy that follows the rule, on the product of simplices.
    ///
    /// # Errors
    /// [`Error::Length`] for other states than the rule has, and [`Error::Argument`] where it takes a pair that is not one of
    /// its state there.
    pub fn policy<F: Solvable>(&self, space: &Arc<Space>) -> Result<Policy<F>, Error> {
        self.check(space)?;
        Ok(self.followed(space))
    }

    pub(crate) fn followed<F: Solvable>(&self, space: &Arc<Space>) -> Policy<F> {
        Policy::on_simplex(space, self.chances(space))
    }

    /// π(a|s) \[SA\], 0 or 1; where the rule takes nothing although there are actions, the first.
    ///
    /// # Errors
    /// Those of [`DecisionRule::policy`].
    pub fn probabilities<F: Solvable>(&self, space: &Space) -> Result<Vec<F>, Error> {
        self.check(space)?;
        Ok(self.chances(space))
    }

    fn check(&self, space: &Space) -> Result<(), Error> {
        Error::check_length("states of a decision rule", space.states(), self.pair.len())?;
        match self
            .pairs()
            .find(|(state, pair)| !space.pairs_of(*state).contains(pair))
        {
            None => Ok(()),
            Some((state, pair)) => Err(Error::Argument {
                name: "the decision rule",
                found: format!("pair {pair} in state {state}"),
                expected: "a pair of each state",
            }),
        }
    }

    pub(crate) fn chances<F: Solvable>(&self, space: &Space) -> Vec<F> {
        let mut probabilities = vec![F::zero(); space.pairs()];
        for state in (0..space.states()).filter(|&s| !space.is_terminal(s)) {
            let pair = self.pair(state).unwrap_or(space.pairs_of(state).start);
            probabilities[pair] = F::one();
        }
        probabilities
    }
}

/// q(s, a) = r + γ p v of one pair.
pub fn action_value<F: Solvable>(mdp: &Mdp<F>, discount: &F, v: &[F], pair: usize) -> F {
    let mut expected = F::zero();
    for (next, p) in mdp.p().row(pair) {
        expected += p.clone() * &v[next];
    }
    expected * discount + &mdp.r()[pair]
}

/// The pairs whose q [SA] is within a margin of the largest of their state.
pub fn tied<F: Solvable>(space: &Space, q: &[F], margin: f64) -> Vec<usize> {
    let mut tied = Vec::new();
    for state in 0..space.states() {
        let pairs = space.pairs_of(state);
        let value = |pair: usize| q[pair].to_f64();
        let best = pairs.clone().map(value).fold(f64::NEG_INFINITY, f64::max);
        tied.extend(pairs.filter(|&pair| value(pair) >= best - margin));
    }
    tied
}
