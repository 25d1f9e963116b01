//! Natural gradient ascent: θ + ηF⁺∇J (Kakade 2002), F with the mass of ρ^π.
//!
//! With a tabular softmax the logits move by ηA: π' ∝ π exp(ηA), and v rises in every state
//! (theory, 7.5). The literature's η is (1 − γ) times ours.

use super::{GoOn, Iterate, StepRule};
use crate::error::Error;
use crate::gradient::Natural;
use crate::linalg::moved;
use crate::policy::{Kind, Policy};

/// Fixed steps along the natural gradient.
pub(super) struct NaturalStep {
    /// η.
    pub step: f64,
}

impl StepRule for NaturalStep {
    fn next(&mut self, at: &Iterate, _: &GoOn) -> Result<Option<(Iterate, f64)>, Error> {
        let theta = moved(at.theta(), &direction(at)?, self.step);
        Ok(Some((at.at(theta)?, self.step)))
    }

    fn shrink(&mut self) -> bool {
        self.step /= 2.0;
        true
    }
}

/// F⁺∇J [d]; for direct policies πA also on the boundary, where an action of probability 0 has no
/// score and the limit from inside leaves it at 0. Errors where a score is missing.
pub(super) fn direction(at: &Iterate) -> Result<Vec<f64>, Error> {
    let space = at.solved.mdp().space();
    let (pi, occupancy) = (at.solved.policy().probabilities(), at.solved.occupancy());
    let along = |pair: usize| match occupancy[space.state_of(pair)] {
        0.0 => 0.0,
        visits => pi[pair] * at.weights[pair] / visits,
    };
    match (
        at.solved.policy().parametrization().kind(),
        at.solved.policy().mix(),
    ) {
        (Kind::Simplex, None) => return Ok((0..space.pairs()).map(along).collect()),
        (Kind::Direct, None) => {
            let free = (0..space.states()).flat_map(|state| {
                let pairs = space.pairs_of(state);
                pairs.start..pairs.start + pairs.len().saturating_sub(1)
            });
            return Ok(free.map(along).collect());
        }
        _ => {}
    }
    let natural = Natural::from_weights(at.solved.policy(), occupancy, &at.weights)?;
    Ok(natural.direction)
}

/// Most states and parameters of models whose directions have bounds, which take as long as the directions; a choice.
const SMALL: usize = 64;

/// Whether anything is known of what rounding does to directions of a policy.
pub(crate) fn has_errors(policy: &Policy) -> bool {
    policy.space().states().max(policy.parameters()) <= SMALL
}

/// What rounding may have done to an entry of the direction from an iterate, where it may show in the ninth digit of an
/// advantage, or of an entry; of small models.
pub(super) fn direction_error(at: &Iterate) -> Option<f64> {
    let (solved, policy) = (&at.solved, at.solved.policy());
    if !has_errors(policy) {
        return None;
    }
    match (policy.parametrization().kind(), policy.mix()) {
        // πA, of which no entry is further off than A
        (Kind::Simplex | Kind::Direct, None) => solved.rounding().ok()?.advantage,
        _ => {
            let found = solved.natural_gradient().ok()?;
            solved.natural_error(&found).ok()?
        }
    }
}
