//! Bounds that balls prove, where those of floating point show: they are of the worst case, and may be far too large
//! where trajectories are long.

use std::any::TypeId;

use super::GradientRequest;
use crate::arithmetic::Arithmetic;
use crate::error::Error;
use crate::field::Ball;
use crate::model::Model;
use crate::solved::Solved;
use crate::study::cost::PROVEN;
use crate::study::listener::Deaf;
use crate::study::rounding::off;
use crate::study::{Listener, Numbers};

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
            && model.space().pairs() <= PROVEN;
        if !is_meant {
            return bound;
        }
        let balls = self.solved::<Ball>(model, &Deaf(listener));
        let Some(balls) = balls.ok().and_then(|solved| of(&solved).ok()) else {
            return bound;
        };
        let both = numbers.iter().zip(&balls);
        let proven = both
            .map(|(x, ball)| off(x.to_f64(), ball))
            .fold(0.0, f64::max);
        proven.min(bound)
    }
}
