//! What a sample may have missed, so that its own spread does not show it: the scores of pairs that are seldom
//! taken.

use std::borrow::Cow;
use std::sync::Arc;

use crate::error::Error;
use crate::linalg::norm;
use crate::policy::Policy;
use crate::solved::Solved;

/// Of how many visits of a pair, expected in all of a sample, its share of the spread is known to a quarter.
const KNOWN: f64 = 20.0;

/// Up to so many parameters directions are looked for: some 10⁹ multiplications.
const MOST: usize = 1024;

/// An orthonormal basis of what the scores ψ(s, a) of all pairs span that `times` the occupancy visits less than
/// [`KNOWN`] times on average, each a vector \[d\].
///
/// A functional that vanishes on these scores is blind to such pairs: whether or not the sample has them, its
/// spread along the functional is that of the others. By coordinates alone this cannot be said: with three
/// actions those of the two usual ones vary often, and their sum is that of the rare one.
pub(super) fn directions(solved: &Solved, behavior: Option<&Policy>, times: f64) -> Vec<Vec<f64>> {
    let policy = solved.policy();
    let d = policy.parameters();
    let Ok(acting) = acting(solved, behavior) else {
        return Vec::new();
    };
    if d > MOST {
        return Vec::new();
    }
    let visits = acting.pair_occupancy().iter();
    let rare = visits.map(|visits| visits * times < KNOWN);
    let scores = policy.scores().rows;
    let mut basis: Vec<Vec<f64>> = Vec::new();
    for (pair, _) in rare.enumerate().filter(|(_, rare)| *rare) {
        let mut score = vec![0.0; d];
        scores.row(pair).for_each(|(k, x)| score[k] = *x);
        let size = norm(&score);
        // twice, since the first leaves what rounding makes of a score that nearly lies among the others
        project_out(&basis, &mut score);
        project_out(&basis, &mut score);
        let left = norm(&score);
        if left > 1e-9 * size {
            score.iter_mut().for_each(|x| *x /= left);
            basis.push(score);
        }
    }
    basis
}

/// The model under who acted.
///
/// Errors where that policy has no values.
pub(super) fn acting<'a>(
    solved: &'a Solved,
    behavior: Option<&Policy>,
) -> Result<Cow<'a, Solved>, Error> {
    let Some(behavior) = behavior else {
        return Ok(Cow::Borrowed(solved));
    };
    let (mdp, behavior) = (Arc::clone(solved.mdp()), Arc::new(behavior.clone()));
    Solved::by(mdp, behavior, solved.options().clone()).map(Cow::Owned)
}

/// x less its part in the span of an orthonormal basis.
pub(super) fn project_out(basis: &[Vec<f64>], x: &mut [f64]) {
    for direction in basis {
        let along: f64 = direction.iter().zip(&*x).map(|(u, x)| u * x).sum();
        x.iter_mut()
            .zip(direction)
            .for_each(|(x, u)| *x -= along * u);
    }
}
