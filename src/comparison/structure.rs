//! The dimension of the span of the scores: no covariance of a score-function estimator has a
//! higher rank.

use nalgebra::DMatrix;

use super::statistic::CovarianceFactor;
use crate::chain::Termination;
use crate::error::Error;
use crate::mdp::Mdp;
use crate::policy::Policy;

/// Parameters that reach each other through scores, and the pairs that have them.
struct Component {
    parameters: Vec<usize>,
    pairs: Vec<usize>,
}

/// dim span {ψ(s, a)} over the pairs that are taken in reachable states: Σₛ (|A(s)| − 1) for a
/// tabular softmax, fewer where features are shared.
///
/// Errors with [`Error::OtherSpace`] if the policy acts on another model.
pub fn score_rank(mdp: &Mdp, policy: &Policy) -> Result<usize, Error> {
    let scores = policy.scores().rows;
    let components = joined(mdp, policy)?;
    let rank = |component: &Component| {
        let size = component.parameters.len();
        let mut gram = DMatrix::zeros(size, size);
        let place = |k: usize| {
            component
                .parameters
                .binary_search(&k)
                .expect("of the component")
        };
        for &pair in &component.pairs {
            for (k, x) in scores.row(pair) {
                for (l, y) in scores.row(pair) {
                    gram[(place(k), place(l))] += x * y;
                }
            }
        }
        // a Gram matrix of m rows is known to m units of rounding
        let tolerance = vec![component.pairs.len() as f64 * 8.0 * f64::EPSILON; size];
        let all: Vec<usize> = (0..size).collect();
        let most = size.min(component.pairs.len());
        CovarianceFactor::new(&gram, &all, most, tolerance).rank()
    };
    Ok(components.iter().map(rank).sum())
}

/// The parameters that scores join, as those of one state of a tabular softmax, in groups; those that no trajectory
/// moves are in none.
///
/// Errors with [`Error::OtherSpace`] if the policy acts on another model.
pub(crate) fn joined_parameters(mdp: &Mdp, policy: &Policy) -> Result<Vec<Vec<usize>>, Error> {
    let components = joined(mdp, policy)?.into_iter();
    Ok(components.map(|component| component.parameters).collect())
}

/// The components of the pairs that are taken in reachable states.
fn joined(mdp: &Mdp, policy: &Policy) -> Result<Vec<Component>, Error> {
    let scores = policy.scores().rows;
    let reachable = Termination::new(mdp, policy)?.reachable;
    let taken = |&pair: &usize| {
        let score_is_zero = scores.row(pair).all(|(_, x)| *x == 0.0);
        policy.supports(pair) && reachable[mdp.space().state_of(pair)] && !score_is_zero
    };
    let pairs: Vec<usize> = (0..mdp.pairs()).filter(taken).collect();
    Ok(components(&pairs, policy.parameters(), |pair| {
        scores.row(pair).map(|(k, _)| k).collect()
    }))
}

/// Parameters joined by the pairs that have both (union-find), with their pairs.
fn components(
    pairs: &[usize],
    parameters: usize,
    support: impl Fn(usize) -> Vec<usize>,
) -> Vec<Component> {
    let mut parent: Vec<usize> = (0..parameters).collect();
    fn root(parent: &mut [usize], mut k: usize) -> usize {
        while parent[k] != k {
            parent[k] = parent[parent[k]];
            k = parent[k];
        }
        k
    }
    for &pair in pairs {
        for window in support(pair).windows(2) {
            let (a, b) = (root(&mut parent, window[0]), root(&mut parent, window[1]));
            parent[a.max(b)] = a.min(b);
        }
    }
    let empty = || Component {
        parameters: Vec::new(),
        pairs: Vec::new(),
    };
    let mut all: Vec<Component> = (0..parameters).map(|_| empty()).collect();
    for k in 0..parameters {
        all[root(&mut parent, k)].parameters.push(k);
    }
    for &pair in pairs {
        if let Some(&k) = support(pair).first() {
            all[root(&mut parent, k)].pairs.push(pair);
        }
    }
    all.retain(|component| !component.pairs.is_empty());
    all
}
