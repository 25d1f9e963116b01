//! What is a number for each parameter and comes as [S, A], with 0 where there is no pair, as automatic differentiation by a
//! table leaves it.

use std::borrow::Cow;

use super::given::{Claim, Trajectories};
use crate::policy::Policy;

/// The numbers with one for each pair alone; as they are where nothing is a rectangle, or parameters are not those of pairs.
pub(super) fn without_absent_pairs<'a>(
    given: &'a Trajectories,
    policy: &Policy,
) -> Cow<'a, Trajectories> {
    let space = policy.space();
    let (d, whole) = (policy.parameters(), space.states() * space.actions());
    let is_by_pair = policy.parametrization().kind().is_tabular() && d == space.pairs();
    if !is_by_pair || d == whole {
        return Cow::Borrowed(given);
    }
    let at = |pair: usize| space.state_of(pair) * space.actions() + space.action_of(pair);
    let is_pair = |k: usize| {
        space
            .pair(k / space.actions(), k % space.actions())
            .is_some()
    };
    let is_rectangle = |row: &Vec<f64>| {
        let absent = |k: usize| row[k] == 0.0 || row[k].is_nan();
        row.len() == whole && (0..whole).all(|k| is_pair(k) || absent(k))
    };
    let pairs = |row: &Vec<f64>| (0..d).map(|pair| row[at(pair)]).collect::<Vec<f64>>();
    let squares = |claim: &Claim| {
        let rows = claim.contributions.iter().flatten();
        let mut all = rows.chain(&claim.estimate);
        all.any(is_rectangle)
    };
    if !given.claims.iter().any(squares) {
        return Cow::Borrowed(given);
    }
    let mut all = given.clone();
    for claim in &mut all.claims {
        let rows = claim.contributions.iter_mut().flatten();
        for row in rows.chain(&mut claim.estimate) {
            if is_rectangle(row) {
                *row = pairs(row);
            }
        }
    }
    Cow::Owned(all)
}
