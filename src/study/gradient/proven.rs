//! Bounds that balls prove, where those of floating point show: they are of the worst case, and may be far too large
//! where trajectories are long.

use std::any::TypeId;

use super::GradientRequest;
use crate::arithmetic::Arithmetic;
use crate::error::Error;
use crate::field::{Ball, Field};
use crate::model::Model;
use crate::solved::Solved;
use crate::study::listener::Deaf;
use crate::study::{Listener, Numbers};

/// Pairs up to which it is asked for: the Hessian of 60 states with four actions took 0.17 s of processor time, as much
/// as in floating point.
const PAIRS: usize = 300;

impl GradientRequest {
    /// The smaller one of a bound on the errors of some numbers, and of how far they are from the same over balls.
    pub(super) fn proven<F: Arithmetic>(
        &self,
        model: &Model,
        (numbers, bound): (&[F], f64),
        of: impl Fn(&Solved<Ball>) -> Result<Vec<Ball>, Error>,
        listener: &dyn Listener,
    ) -> f64 {
        let is_meant = TypeId::of::<F>() == TypeId::of::<f64>()
            && self.setting.numbers == Numbers::Float
            && model.space().pairs() <= PAIRS;
        if !is_meant {
            return bound;
        }
        let balls = self.solved::<Ball>(model, &Deaf(listener));
        let Some(balls) = balls.ok().and_then(|solved| of(&solved).ok()) else {
            return bound;
        };
        let both = numbers.iter().zip(&balls);
        let off = both.map(|(x, ball)| match ball.certified() {
            Some((value, radius)) => (x.to_f64() - value).abs() + radius,
            None => f64::INFINITY,
        });
        let proven = off.fold(0.0, |most: f64, x| {
            if x.is_nan() {
                f64::INFINITY
            } else {
                most.max(x)
            }
        });
        proven.min(bound)
    }
}
