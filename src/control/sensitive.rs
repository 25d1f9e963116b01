//! n-discount optimality (Veinott 1969; Puterman 1994, chapter 10; theory, 7.12): policies that are best not only in
//! the average reward, but in every further term of their values as the discount goes to 1.
//!
//! ```text
//! v_γ = (1 + ϱ) Σ_{k ≥ −1} ϱᵏ y_k,   ϱ = (1 − γ)/γ,   y₋₁ = P*r,  y₀ = Dr,  y_k = −D y_{k−1}
//! ```
//!
//! A policy is n-discount optimal if (y₋₁, …, y_n) is lexicographically largest in every state: −1 is the
//! gain, 0 the bias (near or bias optimality), and all n together are Blackwell's optimality. It is found by
//! Veinott's policy iteration: an action is better if the first of these that is not 0 is positive:
//!
//! ```text
//! p y₋₁ − y₋₁,   r + p y₀ − y₀ − y₋₁,   p y_k − y_k − y_{k−1}  (k ≥ 1)
//! ```

use std::cmp::Ordering;

use super::rule::DecisionRule;
use crate::chain::LongRun;
use crate::error::Error;
use crate::linalg::{Solvable, SolverOptions};
use crate::mdp::Mdp;
use crate::number::Rational;
use crate::policy::Policy;

/// Most deterministic policies of which each is looked at; a choice.
pub const MOST: usize = 1_000;

/// y₋₁, y₀, …, y_n of a policy \[n + 2\]\[S\].
///
/// Errors with [`Error::OtherSpace`] for a policy of another model, with [`Error::TooLarge`] for too many terms, and if a
/// system was not solved.
pub fn expansion<F: Solvable>(
    mdp: &Mdp<F>,
    policy: &Policy<F>,
    order: usize,
) -> Result<Vec<Vec<F>>, Error> {
    Error::check_size("expansion", order.saturating_add(2), mdp.states())?;
    let long_run = LongRun::new(mdp, policy, &SolverOptions::default())?;
    let space = mdp.space();
    let reward = |state: usize| {
        let pairs = space.pairs_of(state).filter(|&pair| policy.supports(pair));
        pairs.fold(F::zero(), |sum, pair| {
            sum + policy.probabilities()[pair].clone() * &mdp.r()[pair]
        })
    };
    let r: Vec<F> = (0..space.states()).map(reward).collect();
    let gain = long_run.limit(&r)?;
    let mut terms = vec![gain.clone(), long_run.deviation_from(&r, &gain)?];
    while terms.len() < order + 2 {
        let last = &terms[terms.len() - 1];
        let next = long_run.deviation(last)?;
        terms.push(next.into_iter().map(|x| -x).collect());
    }
    Ok(terms)
}

/// The optimal terms, and who attains them.
#[derive(Clone, Debug)]
pub struct Sensitive {
    /// The largest y₋₁, …, y_n \[n + 2\]\[S\].
    pub terms: Vec<Vec<Rational>>,
    /// For each of them the actions that attain the maximum in its equation and in those before, as pairs: a
    /// policy of those of order n + 1 is n-discount optimal.
    pub actions: Vec<Vec<usize>>,
    /// An n-discount optimal policy.
    pub policy: Policy<Rational>,
    /// Policies that were evaluated.
    pub iterations: usize,
    /// How many deterministic policies are optimal to each order, out of how many, up to [`MOST`].
    pub counts: Option<(usize, Vec<usize>)>,
}

/// The policies that are n-discount optimal, in fractions; `order` is n, from −1 on.
///
/// Errors if a system was not solved.
///
/// ```
/// use exact_mdp::control::sensitive::n_discount;
/// use exact_mdp::model::Model;
///
/// // a reward of 1 now, or in the next step: of no matter for the gain, nor for the bias
/// let text = "
/// criterion: average
/// states: [start, wait, end]
/// actions: [now, later]
/// initial: start
/// transitions: {start: {now: end, later: wait}, wait: {now: end}, end: {now: end}}
/// rewards: {start: {now: 1}, wait: 1}
/// ";
/// let mdp = Model::parse("sooner", text)?.exact_mdp()?;
/// let found = n_discount(&mdp, 1)?;
/// assert_eq!(found.counts, Some((2, vec![2, 2, 1])));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn n_discount(mdp: &Mdp<Rational>, order: i32) -> Result<Sensitive, Error> {
    let terms = (order + 2).max(1) as usize;
    let mut rule = DecisionRule::of_largest(mdp.space(), mdp.r());
    let mut iterations = 0;
    let found = loop {
        iterations += 1;
        // one term beyond, without which its own actions may tie and not be optimal
        let y = expansion(mdp, &rule.followed(mdp.space()), terms)?;
        if !improve(mdp, &mut rule, &y) {
            break y;
        }
    };
    let policy: Policy<Rational> = rule.followed(mdp.space());
    let optimal = &found[..terms];
    Ok(Sensitive {
        terms: optimal.to_vec(),
        actions: actions(mdp, optimal),
        counts: counts(mdp, optimal)?,
        policy,
        iterations,
    })
}

/// What is left of the equation of the k-th term, y₋₁ being the first, for a pair.
fn left(mdp: &Mdp<Rational>, y: &[Vec<Rational>], k: usize, pair: usize) -> Rational {
    let state = mdp.space().state_of(pair);
    let next = mdp.p().row(pair);
    let ahead = next.fold(Rational::ZERO, |sum, (s, p)| sum + p * &y[k][s]);
    let left = ahead - &y[k][state];
    match k {
        0 => left,
        1 => left + &mdp.r()[pair] - &y[0][state],
        _ => left - &y[k - 1][state],
    }
}

/// Takes in each state the action that is lexicographically best, if it is better than the own; whether there
/// was one.
fn improve(mdp: &Mdp<Rational>, rule: &mut DecisionRule, y: &[Vec<Rational>]) -> bool {
    let mut improved = false;
    for state in 0..mdp.states() {
        let all = |pair: usize| (0..y.len()).map(move |k| left(mdp, y, k, pair));
        let best =
            mdp.space()
                .pairs_of(state)
                .reduce(|best, pair| match all(pair).cmp(all(best)) {
                    Ordering::Greater => pair,
                    _ => best,
                });
        let better = |pair: &usize| {
            let first = all(*pair).find(|x| *x != Rational::ZERO);
            first.is_some_and(|x| x > Rational::ZERO)
        };
        if let Some(best) = best.filter(better) {
            rule.set(state, best);
            improved = true;
        }
    }
    improved
}

/// The pairs at which each equation and those before it are 0.
fn actions(mdp: &Mdp<Rational>, y: &[Vec<Rational>]) -> Vec<Vec<usize>> {
    let mut kept: Vec<usize> = (0..mdp.pairs()).collect();
    let keep = |k: usize| {
        kept.retain(|&pair| left(mdp, y, k, pair) == Rational::ZERO);
        kept.clone()
    };
    (0..y.len()).map(keep).collect()
}

/// How many deterministic policies have the largest terms up to each.
fn counts(
    mdp: &Mdp<Rational>,
    optimal: &[Vec<Rational>],
) -> Result<Option<(usize, Vec<usize>)>, Error> {
    let space = mdp.space();
    let alive = (0..space.states()).filter(|&s| !space.is_terminal(s));
    let sizes: Vec<(usize, usize)> = alive.map(|s| (s, space.pairs_of(s).len())).collect();
    let all = sizes.iter().try_fold(1usize, |all, (_, size)| {
        all.checked_mul(*size).filter(|all| *all <= MOST)
    });
    let Some(all) = all else { return Ok(None) };
    let mut counts = vec![0; optimal.len()];
    for number in 0..all {
        let mut rest = number;
        let mut rule = DecisionRule::empty(space.states());
        for (state, size) in &sizes {
            rule.set(*state, space.pairs_of(*state).start + rest % size);
            rest /= size;
        }
        let y = expansion(mdp, &rule.followed(space), optimal.len().saturating_sub(2))?;
        let equal = y.iter().zip(optimal).take_while(|(x, y)| x == y).count();
        counts[..equal].iter_mut().for_each(|count| *count += 1);
    }
    Ok(Some((all, counts)))
}
