//! Policies drawn from a seed.

use std::sync::Arc;

use super::probabilities_as_theta;
use crate::mdp::Space;
use crate::policy::family::{Family, softmax_of};
use crate::policy::{Parametrization, Policy, PolicyError, Softmax, random};

impl Policy<f64> {
    /// The tabular softmax (τ = 1), of players one for each, whose θ are standard normal, in their order, from a seed:
    /// ChaCha8 seeded by `seed_from_u64`, and for each number √(−2 ln U) cos(2πV) of two draws
    /// x, y with U = (⌊x/2¹¹⌋ + 1)/2⁵³ and V = ⌊y/2¹¹⌋/2⁵³.
    pub fn random(space: &Arc<Space>, seed: u64) -> Policy<f64> {
        if space.players().is_some() {
            return Policy::random_of_players(space, seed);
        }
        let theta = random::standard_normal(seed, 0, space.pairs());
        let family = Softmax { temperature: 1.0 };
        let probabilities = family.probabilities(space, &theta);
        let probabilities = probabilities.expect("normal numbers are finite");
        let parametrization = Parametrization::Softmax(family);
        Policy::assemble(space, parametrization, Some(theta), probabilities)
    }

    /// The same parametrization at a θ drawn from a seed: standard normal numbers as in [`Policy::random`], of
    /// probabilities their softmaxes.
    ///
    /// Errors if the parametrization has no image of that θ.
    pub fn drawn(&self, seed: u64) -> Result<Policy<f64>, PolicyError> {
        let space = &self.space;
        let normal = |count| random::standard_normal(seed, 0, count);
        let softmaxes = |logits: Vec<f64>, blocks: Vec<std::ops::Range<usize>>| {
            let mut all = Vec::with_capacity(logits.len());
            for block in blocks {
                // no exponential of floats is missing
                let _ = softmax_of(&logits[block], &1.0, &mut all);
            }
            all
        };
        let kind = self.parametrization.kind();
        let theta = match self.parametrization.controller() {
            Some(family) if self.parametrization.is_bounded() => {
                softmaxes(normal(self.parameters()), family.blocks().collect())
            }
            None if self.parametrization.is_bounded() => {
                let states = (0..space.states()).map(|state| space.pairs_of(state));
                let pi = softmaxes(normal(space.pairs()), states.collect());
                probabilities_as_theta(space, kind, &pi).unwrap_or_default()
            }
            _ => normal(self.parameters()),
        };
        self.with_theta(theta)
    }

    fn random_of_players(space: &Arc<Space>, seed: u64) -> Policy<f64> {
        let policy = Policy::usual(space);
        let theta = random::standard_normal(seed, 0, policy.parameters());
        policy.with_theta(theta).expect("normal numbers are finite")
    }
}
