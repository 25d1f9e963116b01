//! Trust region (TRPO, Schulman et al. 2015), on the exact surrogate (theory, 4.9).
//!
//! The direction is F⁺∇J; the first trial has the mean divergence δ to second order, and it is
//! halved until the divergence is at most δ and the surrogate L_π(π') rises.

use super::{GoOn, HALVINGS, Iterate, StepRule, natural};
use crate::error::Error;
use crate::field::dot;
use crate::linalg::moved;
use crate::policy::Policy;

/// The largest natural step within a mean divergence.
pub(super) struct TrustRegion {
    /// δ: the mean of KL(π‖π') over ρ^π, normalised, in nats.
    pub radius: f64,
}

impl StepRule for TrustRegion {
    fn next(&mut self, at: &Iterate, _: &GoOn) -> Result<Option<(Iterate, f64)>, Error> {
        let direction = natural::direction(at)?;
        // wᵀFw = ∇J·w since Fw = ∇J
        let curvature = dot(&at.gradient, &direction);
        let mass: f64 = at.solved.evaluation().occupancy.iter().sum();
        if curvature <= 0.0 || mass <= 0.0 {
            return Ok(None);
        }
        let mut step = (2.0 * self.radius * mass / curvature).sqrt();
        for _ in 0..HALVINGS {
            let theta = moved(at.theta(), &direction, step);
            let inside = match at.policy_at(theta.clone()) {
                Ok(other) => {
                    divergence(at, &other) / mass <= self.radius * (1.0 + 1e-9)
                        && dot(&at.weights, other.probabilities()) > 0.0
                }
                Err(_) => false,
            };
            if inside && let Some(next) = at.trial(theta)? {
                return Ok(Some((next, step)));
            }
            step /= 2.0;
        }
        Ok(None)
    }

    fn sees_visits_alone(&self) -> bool {
        true
    }
}

/// Σₛ ρ(s) KL(π‖π'), infinite where π' gives up an action of π.
fn divergence(at: &Iterate, other: &Policy) -> f64 {
    let pairs = at.solved.evaluation().pair_occupancy.iter().enumerate();
    let (pi, new) = (at.solved.policy().probabilities(), other.probabilities());
    let term = |(i, visits): (usize, &f64)| {
        if *visits > 0.0 {
            visits * (pi[i] / new[i]).ln()
        } else {
            0.0
        }
    };
    pairs.map(term).sum()
}
