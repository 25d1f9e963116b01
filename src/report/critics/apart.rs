//! How far a critic's gradient is from ∇J.

use crate::field::UNIT;
use crate::linalg::Solvable;
use crate::report::Quantity;

/// ‖x − y‖/‖y‖ and x·y/(‖x‖‖y‖), as far as they exist; with bounds where numbers have some.
pub(super) fn apart<F: Solvable>(x: &[F], y: &[F]) -> (Quantity, Quantity) {
    if F::one().certified().is_some() {
        return enclosed(x, y);
    }
    let floats = |x: &[F]| -> Vec<f64> { x.iter().map(F::to_f64).collect() };
    let (x, y) = (floats(x), floats(y));
    let norm = |x: &[f64]| x.iter().fold(0.0, |sum: f64, x| sum.hypot(*x));
    let off: Vec<f64> = x.iter().zip(&y).map(|(x, y)| x - y).collect();
    let (sizes, inner) = ((norm(&x), norm(&y)), crate::field::dot(&x, &y));
    let known = sizes.1 > 0.0;
    let cosine = inner / sizes.0 / sizes.1;
    let number = |known: bool, x: f64| {
        known
            .then_some(x)
            .map_or(Quantity::Undefined, Quantity::from)
    };
    (
        number(known, norm(&off) / sizes.1),
        number(known && sizes.0 > 0.0, cosine.clamp(-1.0, 1.0)),
    )
}

/// ‖x − y‖/‖y‖ and x·y/(‖x‖‖y‖) of numbers with proven bounds: their sums of squares have some, and roots keep the order.
fn enclosed<F: Solvable>(x: &[F], y: &[F]) -> (Quantity, Quantity) {
    let off: Vec<F> = (x.iter().zip(y)).map(|(x, y)| x.clone() - y).collect();
    let ends = |x: &[F], y: &[F]| ends(&crate::field::dot(x, y));
    let (off, own, exact, inner) = (ends(&off, &off), ends(x, x), ends(y, y), ends(x, y));
    let is_nothing = |x: &[F]| x.iter().all(F::is_zero);
    let apart = if is_nothing(y) {
        Quantity::Undefined
    } else {
        between(root(off.0) / root(exact.1), root(off.1) / root(exact.0))
    };
    let sizes = (root(own.0) * root(exact.0), root(own.1) * root(exact.1));
    let quotients = [inner.0, inner.1].map(|inner| [inner / sizes.0, inner / sizes.1]);
    let least = |x: [f64; 2]| x[0].min(x[1]);
    let cosine = if is_nothing(x) || is_nothing(y) {
        Quantity::Undefined
    } else {
        between(least(quotients[0]), -least(quotients[1].map(|x| -x)))
    };
    (apart, cosine)
}

/// Below and above what a number with a bound encloses.
fn ends<F: Solvable>(x: &F) -> (f64, f64) {
    let (value, bound) = x.certified().unwrap_or((f64::NAN, f64::INFINITY));
    // what the two sums below are rounded by
    let bound = bound + 2.0 * UNIT * (value.abs() + bound);
    (value - bound, value + bound)
}

/// The root of a square, of which a little may seem to be below 0.
fn root(square: f64) -> f64 {
    square.max(0.0).sqrt()
}

/// What lies between two quotients, each rounded six times at most.
fn between(low: f64, high: f64) -> Quantity {
    let value = low + (high - low) / 2.0;
    let bound = (high - low) / 2.0 + 16.0 * UNIT * low.abs().max(high.abs());
    if value.is_finite() {
        Quantity::Certified { value, bound }
    } else {
        let (value, bound) = (0.0, f64::INFINITY);
        Quantity::Certified { value, bound }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::{Ball, Field};
    use crate::number::Number;

    /// (3, 4) and (4, 3): a cosine of 24/25, at a distance of √2 to 5.
    #[test]
    fn roots_of_balls_enclose_the_quotients() {
        let ball = |x: &str| Ball::from_number(&x.parse::<Number>().unwrap());
        for scale in ["1", "1/3", "1e-90"] {
            let times = |x: &str| ball(x) * ball(scale);
            let (x, y) = ([times("3"), times("4")], [times("4"), times("3")]);
            let (apart, cosine) = apart(&x, &y);
            for (found, expected) in [(apart, 2f64.sqrt() / 5.0), (cosine, 0.96)] {
                let (value, bound) = (found.value().unwrap(), found.bound().unwrap());
                assert!(bound < 1e-14, "{scale}: {bound}");
                assert!((value - expected).abs() <= bound + UNIT, "{scale}: {value}");
            }
        }
        let nothing = [Ball::zero(), Ball::zero()];
        let some = [ball("1"), ball("2")];
        assert_eq!(
            apart(&some, &nothing),
            (Quantity::Undefined, Quantity::Undefined)
        );
        assert_eq!(apart(&nothing, &some).1, Quantity::Undefined);
    }
}
