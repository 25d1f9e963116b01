//! What the policies on a path are: θ, π and v of each.

use super::Iterate;

/// θ, π and v of every iterate that the trace of an ascent keeps, the start first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Iterates {
    /// θ [T + 1, d]; π where a parametrization is its probabilities.
    pub theta: Vec<Vec<f64>>,
    /// π(a|s) [T + 1, SA].
    pub probabilities: Vec<Vec<f64>>,
    /// v(s) [T + 1, S], in units of reward; 0 on terminal states.
    pub v: Vec<Vec<f64>>,
}

/// A policy on a path: θ, π and v.
pub(super) struct Point {
    pub theta: Vec<f64>,
    pub probabilities: Vec<f64>,
    pub v: Vec<f64>,
}

impl Point {
    /// As the library has solved it.
    pub fn of(at: &Iterate) -> Point {
        let policy = at.solved.policy();
        Point {
            theta: policy.theta().unwrap_or_default().to_vec(),
            probabilities: policy.probabilities().to_vec(),
            v: at.solved.v().to_vec(),
        }
    }
}

impl Iterates {
    /// The points of a path, column by column.
    pub(super) fn new(points: Vec<Point>) -> Iterates {
        let mut iterates = Iterates::default();
        for point in points {
            iterates.theta.push(point.theta);
            iterates.probabilities.push(point.probabilities);
            iterates.v.push(point.v);
        }
        iterates
    }
}
