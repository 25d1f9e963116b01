//! The Pareto front of two rewards: the policies of which no other is better in one and as good in the
//! other (theory, 7.7).
//!
//! The pairs (J₁, J₂) that policies attain are a convex polygon, whose corners are deterministic
//! policies; its upper right border is found by weights alone (Aneja & Nair 1979): two corners span a
//! normal (w₁, w₂), the optimum of w₁ r₁ + w₂ r₂ is a corner beyond their line or shows that there is
//! none.

use crate::field::Field;
use crate::number::{Number, Rational};

/// A corner of the front.
#[derive(Clone, Debug)]
pub struct Corner<F, P> {
    /// (J₁, J₂).
    pub j: [F; 2],
    /// A policy that attains it.
    pub policy: P,
}

impl<P> Corner<Rational, P> {
    /// The same in another field, each number rounded once.
    pub fn rounded<F: Field, Q>(&self, policy: impl FnOnce(&P) -> Q) -> Corner<F, Q> {
        Corner {
            j: self
                .j
                .each_ref()
                .map(|x| F::from_number(&Number::from(x.clone()))),
            policy: policy(&self.policy),
        }
    }
}

/// How much better a value has to be, as a part of the largest, to be another one in floating point; a choice.
const ROUNDING: f64 = 1e-9;
/// Most corners that are looked for; a choice.
pub const MOST: usize = 10_000;

/// The corners of the front, J₁ falling and J₂ rising, from `best`, which finds a policy that is optimal
/// for w₁ r₁ + w₂ r₂ and what it is worth; `None` where there are more than [`MOST`].
///
/// Errors as `best`.
pub fn front<F: Field, P: Clone, E>(
    mut best: impl FnMut(&[F; 2]) -> Result<Corner<F, P>, E>,
) -> Result<Option<Vec<Corner<F, P>>>, E> {
    let (zero, one) = (F::zero, F::one);
    let mut corners = vec![best(&[one(), zero()])?];
    let mut ahead = vec![best(&[zero(), one()])?];
    while let Some(next) = ahead.pop() {
        let last = &corners[corners.len() - 1];
        let beyond = match normal(last, &next) {
            Some(weights) => {
                let found = best(&weights)?;
                is_beyond(&found, last, &weights).then_some(found)
            }
            None => None,
        };
        match beyond {
            Some(found) => ahead.extend([next, found]),
            None => corners.push(next),
        }
        if corners.len() + ahead.len() > MOST {
            return Ok(None);
        }
    }
    Ok(Some(kept(corners)))
}

/// The weights by which two corners are worth the same, where one is better in the first and worse in the
/// second reward.
fn normal<F: Field, P>(from: &Corner<F, P>, to: &Corner<F, P>) -> Option<[F; 2]> {
    let weights = [to.j[1].clone() - &from.j[1], from.j[0].clone() - &to.j[0]];
    let rises = weights.iter().all(|w| *w >= F::zero());
    (rises && weights.iter().any(|w| !w.is_zero())).then_some(weights)
}

/// Whether a corner is worth more than another, beyond the rounding of the terms.
fn is_beyond<F: Field, P>(found: &Corner<F, P>, known: &Corner<F, P>, weights: &[F; 2]) -> bool {
    let mut size = 0.0;
    let mut worth = |corner: &Corner<F, P>| {
        let terms = [0, 1].map(|k| weights[k].clone() * &corner.j[k]);
        size = terms
            .iter()
            .fold(size, |size: f64, x| size.max(x.to_f64().abs()));
        let [first, second] = terms;
        first + second
    };
    let more = worth(found) - worth(known);
    more > F::zero() && (F::EXACT || more.to_f64() > ROUNDING * size)
}

/// Whether x is more than y, beyond rounding.
fn exceeds<F: Field>(x: &F, y: &F) -> bool {
    let size = x.to_f64().abs().max(y.to_f64().abs());
    let limit = if F::EXACT { 0.0 } else { ROUNDING * size };
    x > y && (x.clone() - y).to_f64() >= limit
}

/// Those that no other dominates and that lie on no line between others.
fn kept<F: Field, P: Clone>(corners: Vec<Corner<F, P>>) -> Vec<Corner<F, P>> {
    let mut kept: Vec<Corner<F, P>> = Vec::with_capacity(corners.len());
    for corner in corners {
        // the later corner is worth more in the second reward
        while let Some(last) = kept.last() {
            let dominated = !exceeds(&last.j[0], &corner.j[0]);
            let bends = match kept.len().checked_sub(2) {
                Some(before) => !turns(&kept[before], last, &corner),
                None => false,
            };
            if !dominated && !bends {
                break;
            }
            kept.pop();
        }
        if kept
            .last()
            .is_none_or(|last| exceeds(&corner.j[1], &last.j[1]))
        {
            kept.push(corner);
        }
    }
    kept
}

/// Whether the way a → b → c bends, so that b is a corner.
fn turns<F: Field, P>(a: &Corner<F, P>, b: &Corner<F, P>, c: &Corner<F, P>) -> bool {
    let [ux, uy] = [a.j[0].clone() - &b.j[0], b.j[1].clone() - &a.j[1]];
    let [wx, wy] = [b.j[0].clone() - &c.j[0], c.j[1].clone() - &b.j[1]];
    exceeds(&(uy * &wx), &(wy * &ux))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(points: &[[i64; 2]]) -> Vec<[i64; 2]> {
        let q = |x: i64| Number::from(x).to_rational();
        let best = |w: &[Rational; 2]| {
            let worth = |p: &[i64; 2]| w[0].clone() * q(p[0]) + w[1].clone() * q(p[1]);
            let found = points.iter().max_by_key(|p| worth(p)).unwrap();
            Ok::<_, ()>(Corner {
                j: found.map(q),
                policy: *found,
            })
        };
        let corners = front(best).unwrap().unwrap();
        corners.into_iter().map(|corner| corner.policy).collect()
    }

    #[test]
    fn corners_are_those_of_the_upper_right_hull() {
        let all = [[0, 0], [4, 0], [3, 2], [2, 3], [0, 4], [1, 1], [2, 2]];
        assert_eq!(points(&all), [[4, 0], [3, 2], [2, 3], [0, 4]]);
        // a point on a side, and ends that others dominate
        let side = [[4, 1], [4, 0], [3, 2], [2, 3], [1, 4], [0, 4]];
        assert_eq!(points(&side), [[4, 1], [1, 4]]);
        assert_eq!(points(&[[1, 1], [0, 1], [1, 0]]), [[1, 1]]);
    }
}
