//! The problem that is solved: at γ = 1 only states and actions that can terminate.

use std::borrow::Cow;

use super::endless::{self, Gains};
use super::restricted::{support, with_pairs};
use super::rule::{DecisionRule, tied};
use crate::chain::Termination;
use crate::error::Error;
use crate::linalg::Solvable;
use crate::mdp::{Criterion, Mdp};

/// A model whose every alive state has a policy to start from.
///
/// At γ = 1 that policy terminates from every state. States from which none does are taken out, as are those where
/// going round pays for ever, if ρ₀ never gets there, and with them the actions that may lead there: what is left loses nothing, since a policy that
/// terminates never takes those.
pub struct Problem<'a, F: Solvable> {
    /// The model; where something was taken out, one with fewer pairs.
    pub mdp: Cow<'a, Mdp<F>>,
    /// The model's own number of each pair, where something was taken out.
    pub kept: Option<Vec<usize>>,
    /// Alive states that were taken out: they have no value.
    pub undefined: Vec<usize>,
    /// A policy to start from: greedy for the rewards below γ = 1, one that terminates at γ = 1.
    pub start: DecisionRule,
}

impl<'a, F: Solvable> Problem<'a, F> {
    /// Searches the graph at γ = 1; below, everything is kept.
    ///
    /// Errors with [`Error::NoProperPolicy`] if ρ₀ starts where no policy terminates, with
    /// [`Error::Unbounded`] if it can reach a circle that pays for ever (states that ρ₀ never reaches and that can are
    /// taken out), and with
    /// [`Error::ExcessRow`] if a row that sums to more than 1 outweighs every way out.
    ///
    /// `gains` are those of an end component in which rewards of both signs are paid.
    pub fn with_gains(mdp: &'a Mdp<F>, gains: &Gains<F>) -> Result<Problem<'a, F>, Error> {
        mdp.check_rows(0..mdp.pairs())?;
        match mdp.criterion() {
            Criterion::Total => Problem::proper(mdp, gains),
            _ => Ok(Problem {
                start: DecisionRule::of_largest(mdp.space(), mdp.r()),
                mdp: Cow::Borrowed(mdp),
                kept: None,
                undefined: Vec::new(),
            }),
        }
    }

    fn proper(mdp: &'a Mdp<F>, gains: &Gains<F>) -> Result<Problem<'a, F>, Error> {
        let space = mdp.space();
        let Attractor { mut safe, mut rule } = Attractor::new(mdp);
        let undefined: Vec<usize> = (0..space.states()).filter(|&s| !safe[s]).collect();
        let started = |&&s: &&usize| !mdp.initial()[s].is_zero();
        let stuck: Vec<usize> = undefined.iter().filter(started).copied().collect();
        if !stuck.is_empty() {
            let name = |&s: &usize| space.state_names().get(s).into_owned();
            return Err(Error::NoProperPolicy {
                states: stuck.iter().map(name).collect(),
            });
        }
        let paid = endless::paid_for_ever(mdp, &safe, gains)?;
        // nothing else leads there
        for state in (0..space.states()).filter(|&s| paid[s]) {
            safe[state] = false;
            rule.clear(state);
        }
        let undefined: Vec<usize> = (0..space.states()).filter(|&s| !safe[s]).collect();
        let stays =
            |&pair: &usize| safe[space.state_of(pair)] && support(mdp, pair).all(|next| safe[next]);
        let kept: Vec<usize> = (0..space.pairs()).filter(stays).collect();
        if kept.len() == space.pairs() {
            return Ok(Problem {
                mdp: Cow::Borrowed(mdp),
                kept: None,
                undefined,
                start: rule,
            });
        }
        let mut number = vec![0; space.pairs()];
        for (new, &old) in kept.iter().enumerate() {
            number[old] = new;
        }
        Ok(Problem {
            mdp: Cow::Owned(with_pairs(mdp, &kept)),
            start: rule.map(|pair| number[pair]),
            kept: Some(kept),
            undefined,
        })
    }
}

/// Whether some policy terminates from each state \[S\].
pub fn terminable<F: Solvable>(mdp: &Mdp<F>) -> Vec<bool> {
    Attractor::new(mdp).safe
}

/// Errors with [`Error::Unbounded`] if γ = 1 and a rule does not terminate from every state; below
/// γ = 1 every rule will do.
pub fn check_terminates<F: Solvable>(mdp: &Mdp<F>, rule: &DecisionRule) -> Result<(), Error> {
    if *mdp.criterion() != Criterion::Total {
        return Ok(());
    }
    let stuck = Termination::new(mdp, &rule.followed(mdp.space()))?.undefined;
    let stuck: Vec<usize> = (0..mdp.states()).filter(|&s| stuck[s]).collect();
    if stuck.is_empty() {
        return Ok(());
    }
    let name = |&s: &usize| mdp.space().state_names().get(s).into_owned();
    Err(Error::Unbounded {
        states: stuck.iter().map(name).collect(),
    })
}

/// The rule itself, if it terminates. Otherwise one that does, among the actions whose q [SA] is
/// within 10⁻¹⁰ of the best, relative to the largest: greedy values at γ = 1 may go round for ever
/// where an action that does so ties with one that does not. The fallback, if there is no such
/// rule.
pub fn terminating(
    mdp: &Mdp<f64>,
    rule: DecisionRule,
    q: &[f64],
    fallback: &DecisionRule,
) -> DecisionRule {
    if check_terminates(mdp, &rule).is_ok() {
        return rule;
    }
    let size = q.iter().map(|q| q.abs()).fold(0.0, f64::max);
    // actions as good as each other up to a part far above rounding; a choice
    let kept = tied(mdp.space(), q, 1e-10 * size);
    let narrowed = with_pairs(mdp, &kept);
    let Attractor { safe, rule } = Attractor::new(&narrowed);
    if safe.iter().all(|&safe| safe) {
        rule.map(|pair| kept[pair])
    } else {
        fallback.clone()
    }
}

/// The states from which some policy terminates almost surely, and such a policy.
struct Attractor {
    /// Terminal states and those that can terminate almost surely.
    safe: Vec<bool>,
    /// Takes each of them with positive probability one step nearer to a terminal state, and
    /// never out of the safe states.
    rule: DecisionRule,
}

impl Attractor {
    /// Greatest fixed point: search backward from the terminal states over the pairs that stay
    /// within the states found so far, until that loses no state.
    fn new<F: Solvable>(mdp: &Mdp<F>) -> Attractor {
        let space = mdp.space();
        let predecessors = Predecessors::new(mdp);
        let mut safe = vec![true; space.states()];
        loop {
            let mut rule = DecisionRule::empty(space.states());
            let mut reached: Vec<bool> =
                (0..space.states()).map(|s| space.is_terminal(s)).collect();
            // breadth first: the rule takes short ways
            let mut queue: Vec<usize> = (0..space.states()).filter(|&s| reached[s]).collect();
            let mut at = 0;
            while at < queue.len() {
                for pair in predecessors.of(queue[at]) {
                    let state = space.state_of(pair);
                    if !reached[state] && support(mdp, pair).all(|next| safe[next]) {
                        reached[state] = true;
                        rule.set(state, pair);
                        queue.push(state);
                    }
                }
                at += 1;
            }
            if reached == safe {
                return Attractor { safe, rule };
            }
            safe = reached;
        }
    }
}

/// The pairs that may lead to each state.
struct Predecessors {
    start: Vec<usize>,
    pair: Vec<u32>,
}

impl Predecessors {
    fn new<F: Solvable>(mdp: &Mdp<F>) -> Predecessors {
        let mut start = vec![0; mdp.states() + 1];
        for pair in 0..mdp.pairs() {
            support(mdp, pair).for_each(|next| start[next + 1] += 1);
        }
        for state in 0..mdp.states() {
            start[state + 1] += start[state];
        }
        let mut free = start.clone();
        let mut pairs = vec![0; start[mdp.states()]];
        for pair in 0..mdp.pairs() {
            for next in support(mdp, pair) {
                pairs[free[next]] = pair as u32;
                free[next] += 1;
            }
        }
        Predecessors { start, pair: pairs }
    }

    fn of(&self, state: usize) -> impl Iterator<Item = usize> + '_ {
        let range = self.start[state]..self.start[state + 1];
        self.pair[range].iter().map(|&pair| pair as usize)
    }
}
