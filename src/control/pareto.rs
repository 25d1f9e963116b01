//! The Pareto front of two rewards: the policies of which no other is better in one and as good in the
//! other (theory, 7.7).
//!
//! The pairs (J₁, J₂) that policies attain are a convex polygon, whose corners are deterministic
//! policies; its upper right border is found by weights alone (Aneja & Nair 1979): two corners span a
//! normal (w₁, w₂), the optimum of w₁ r₁ + w₂ r₂ is a corner beyond their line or shows that there is
//! none.

use crate::field::{Field, UNIT};
use crate::number::{Number, Rational};

/// A corner of the front.
#[derive(Clone, Debug)]
pub struct Corner<F, P> {
    /// (J₁, J₂).
    pub j: [F; 2],
    /// What rounding may have done to those, 0 over fractions.
    pub error: [f64; 2],
    /// A policy that attains it.
    pub policy: P,
}

/// On the way from a corner to the next, what a unit of the first reward that is given up brings of the second.
#[derive(Clone, Debug, PartialEq)]
pub struct ExchangeRate<F> {
    /// ΔJ₂ / (−ΔJ₁).
    pub value: F,
    /// What rounding may have done to that; infinite where it may have done anything.
    pub error: f64,
}

impl<P> Corner<Rational, P> {
    /// This corner in another field, each number rounded once.
    pub fn rounded<F: Field, Q>(&self, policy: impl FnOnce(&P) -> Q) -> Corner<F, Q> {
        Corner {
            j: self.j.each_ref().map(rounded),
            error: [0.0; 2],
            policy: policy(&self.policy),
        }
    }
}

impl ExchangeRate<Rational> {
    /// This rate in another field, rounded once.
    pub fn rounded<F: Field>(&self) -> ExchangeRate<F> {
        ExchangeRate {
            value: rounded(&self.value),
            error: 0.0,
        }
    }
}

fn rounded<F: Field>(x: &Rational) -> F {
    F::from_number(&Number::from(x.clone()))
}

impl<F: Field, P> Corner<F, P> {
    /// What is won of the second reward and lost of the first on the way to another corner, and how exactly both are
    /// known.
    fn way(&self, to: &Corner<F, P>) -> ([F; 2], [f64; 2]) {
        let way = [to.j[1].clone() - &self.j[1], self.j[0].clone() - &to.j[0]];
        let error = |k: usize| {
            let sizes = self.j[k].to_f64().abs() + to.j[k].to_f64().abs();
            self.error[k] + to.error[k] + if F::EXACT { 0.0 } else { UNIT * sizes }
        };
        (way, [error(1), error(0)])
    }

    /// The rate of exchange on the way to the next corner.
    fn exchange_rate(&self, next: &Corner<F, P>) -> ExchangeRate<F> {
        let ([won, lost], [of_won, of_lost]) = self.way(next);
        let value = won / &lost;
        let (rate, lost) = (value.to_f64().abs(), lost.to_f64().abs());
        let error = match F::EXACT {
            true => 0.0,
            // |w/l − w'/l'| ≤ (δw + |w/l| δl) / (l − δl), and the quotient is rounded
            false if lost > of_lost => {
                (of_won + rate * of_lost) / (lost - of_lost) + f64::EPSILON * rate
            }
            false => f64::INFINITY,
        };
        ExchangeRate { value, error }
    }
}

/// The rates of exchange between neighbours, one fewer than corners.
pub fn exchange_rates<F: Field, P>(corners: &[Corner<F, P>]) -> Vec<ExchangeRate<F>> {
    let pairs = corners.windows(2);
    pairs.map(|pair| pair[0].exchange_rate(&pair[1])).collect()
}

/// Most corners that are looked for; a choice.
pub const MOST: usize = 10_000;

/// The corners of the front, J₁ falling and J₂ rising, from `best`, which finds a policy that is optimal
/// for w₁ r₁ + w₂ r₂ and what it is worth; `None` where there are more than [`MOST`].
///
/// The error is the first that `best` gives.
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
                turns(last, &found, &next).then_some(found)
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

/// Whether x is more than y in one reward, whatever rounding has done.
fn exceeds<F: Field, P>(x: &Corner<F, P>, y: &Corner<F, P>, k: usize) -> bool {
    let more = (x.j[k].clone() - &y.j[k]).to_f64();
    if F::EXACT {
        return x.j[k] > y.j[k];
    }
    more > x.error[k] + y.error[k]
}

/// Those that no other dominates and that lie on no line between others.
fn kept<F: Field, P: Clone>(corners: Vec<Corner<F, P>>) -> Vec<Corner<F, P>> {
    let mut kept: Vec<Corner<F, P>> = Vec::with_capacity(corners.len());
    for corner in corners {
        // the later corner is worth more in the second reward
        while let Some(last) = kept.last() {
            let dominated = !exceeds(last, &corner, 0);
            let bends = match kept.len().checked_sub(2) {
                Some(before) => !turns(&kept[before], last, &corner),
                None => false,
            };
            if !dominated && !bends {
                break;
            }
            kept.pop();
        }
        if kept.last().is_none_or(|last| exceeds(&corner, last, 1)) {
            kept.push(corner);
        }
    }
    kept
}

/// Whether the way a → b → c bends, so that b is a corner, whatever rounding has done.
fn turns<F: Field, P>(a: &Corner<F, P>, b: &Corner<F, P>, c: &Corner<F, P>) -> bool {
    let ([won, lost], [of_won, of_lost]) = a.way(b);
    let ([more_won, more_lost], [of_more_won, of_more_lost]) = b.way(c);
    let bend = won.clone() * &more_lost - more_won.clone() * &lost;
    if F::EXACT {
        return bend > F::zero();
    }
    let size = |x: &F, error: f64| (x.to_f64().abs(), error);
    let product = |(x, of_x): (f64, f64), (y, of_y): (f64, f64)| {
        of_x * y + x * of_y + of_x * of_y + f64::EPSILON * x * y
    };
    let error = product(size(&won, of_won), size(&more_lost, of_more_lost))
        + product(size(&more_won, of_more_won), size(&lost, of_lost));
    bend.to_f64() > error
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
                error: [0.0; 2],
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
