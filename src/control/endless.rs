//! What has no end at γ = 1: circles that pay for ever, and waiting for nothing.

use std::collections::BTreeMap;

use super::MODERATE;
use super::ends::EndComponents;
use super::restricted::{support, with_pairs};
use crate::chain::graph::Graph;
use crate::error::Error;
use crate::linalg::Solvable;
use crate::mdp::{Criterion, Mdp};

/// Gains per step g*(s) \[S\] of a model, and a bound on their error; `None` where they are not found.
pub type Gains<F> = dyn Fn(&Mdp<F>) -> Option<(Vec<f64>, f64)>;

/// The states \[S\] that have no value because somewhere that can be reached from them going round and round pays.
///
/// Errors with [`Error::Unbounded`] if ρ₀ can reach such a place, by any actions from `safe` states; of a ρ₀ that starts
/// nowhere, if any of these can.
///
/// The graph decides, whatever the probabilities of the exits beside it: states and actions that
/// need never be left (an end component) pay for ever if some of their rewards are positive and
/// none is negative, or else if their largest gain per step is certainly positive.
pub fn paid_for_ever<F: Solvable>(
    mdp: &Mdp<F>,
    safe: &[bool],
    gains: &Gains<F>,
) -> Result<Vec<bool>, Error> {
    let zero = F::zero();
    if mdp.r().iter().all(|r| *r <= zero) {
        return Ok(vec![false; mdp.states()]);
    }
    let space = mdp.space();
    let graph = Graph::with_support(mdp, |_| true);
    let alive = |&s: &usize| safe[s] && !space.is_terminal(s);
    let considered = graph.reached((0..mdp.states()).filter(alive));
    let started = (0..mdp.states()).filter(alive);
    let mut started = started.filter(|&s| !mdp.initial()[s].is_zero()).peekable();
    let reached = match started.peek() {
        Some(_) => graph.reached(started),
        None => considered.clone(),
    };
    let ends = EndComponents::new(mdp, |_| true);
    let mut components: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for pair in (0..space.pairs()).filter(|&pair| ends.inner[pair]) {
        let state = space.state_of(pair);
        if considered[state] {
            components.entry(ends.of[state]).or_default().push(pair);
        }
    }
    let mut paid = Vec::new();
    for pairs in components.values() {
        let paying = paying(mdp, pairs, gains);
        if paying.iter().any(|&state| reached[state]) {
            let name = |&s: &usize| space.state_names().get(s).into_owned();
            return Err(Error::Unbounded {
                states: paying.iter().map(name).collect(),
            });
        }
        paid.extend(paying);
    }
    if paid.is_empty() {
        return Ok(vec![false; mdp.states()]);
    }
    Ok(graph.reversed().reached(paid))
}

/// The states of an end component in which some policy is paid for ever.
fn paying<F: Solvable>(mdp: &Mdp<F>, pairs: &[usize], gains: &Gains<F>) -> Vec<usize> {
    let zero = F::zero();
    let mut states: Vec<usize> = pairs.iter().map(|&p| mdp.space().state_of(p)).collect();
    states.dedup();
    if pairs.iter().all(|&pair| mdp.r()[pair] <= zero) {
        return Vec::new();
    }
    if pairs.iter().all(|&pair| mdp.r()[pair] >= zero) {
        return states;
    }
    if states.len() > MODERATE {
        return Vec::new(); // the method will see whether it goes on for ever
    }
    let inside = with_pairs(mdp, pairs).under(Criterion::Average);
    let Some((gain, doubt)) = gains(&inside) else {
        return Vec::new();
    };
    states.retain(|&s| gain[s] > doubt);
    states
}

/// Of pairs that tie with the best at γ = 1, those that some terminating policy among them takes.
///
/// A pair waits for nothing if from all its successors every way to a terminal state leads through
/// its own state again: a policy that takes it always never ends.
pub fn without_waiting<F: Solvable>(mdp: &Mdp<F>, tied: Vec<usize>) -> Vec<usize> {
    let space = mdp.space();
    let mut is_tied = vec![false; space.pairs()];
    tied.iter().for_each(|&pair| is_tied[pair] = true);
    let graph = Graph::with_support(mdp, |pair| is_tied[pair]);
    let distance = distances(
        &graph.reversed(),
        (0..mdp.states()).filter(|&s| space.is_terminal(s)),
    );
    let ends = |&pair: &usize| {
        let state = space.state_of(pair);
        distance[state] == usize::MAX || avoids(&graph, &distance, state, support(mdp, pair))
    };
    tied.into_iter().filter(ends).collect()
}

/// Steps to each state, breadth first.
fn distances(graph: &Graph, from: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut distance = vec![usize::MAX; graph.states()];
    let mut queue: Vec<usize> = from.inspect(|&s| distance[s] = 0).collect();
    let mut at = 0;
    while at < queue.len() {
        let state = queue[at];
        for next in graph.successors(state) {
            if distance[next] == usize::MAX {
                distance[next] = distance[state] + 1;
                queue.push(next);
            }
        }
        at += 1;
    }
    distance
}

/// Whether a terminal state is reached from some of these states without one state on the way. A
/// shortest way from a state that is no further off does not meet it.
fn avoids(
    graph: &Graph,
    distance: &[usize],
    without: usize,
    from: impl Iterator<Item = usize>,
) -> bool {
    let mut stack: Vec<usize> = from.filter(|&s| s != without).collect();
    let mut seen: std::collections::HashSet<usize> = stack.iter().copied().collect();
    while let Some(state) = stack.pop() {
        if distance[state] <= distance[without] {
            return true;
        }
        stack.extend(
            graph
                .successors(state)
                .filter(|&s| s != without && seen.insert(s)),
        );
    }
    false
}
