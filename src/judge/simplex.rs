//! What no policy on simplices sees: a constant of each law in ∂J/∂π, of the actions of each state, of those of each player in it,
//! or of what a controller draws, which is taken away before numbers are judged.

use std::ops::Range;

use crate::policy::{LawKind, Parametrization, Policy};

/// Numbers less what no policy sees, and how many times further off than those that came these may be.
pub(super) struct Tangential {
    pub numbers: Vec<f64>,
    pub rounding: f64,
}

/// The parameters that are the probabilities of a law, law by law.
pub(super) struct Simplices {
    laws: Vec<Range<usize>>,
}

impl Simplices {
    /// Those of a policy; `None` where no parameter is a probability on a simplex.
    pub fn of(policy: &Policy) -> Option<Simplices> {
        let laws = laws(policy);
        (!laws.is_empty()).then_some(Simplices { laws })
    }

    /// A vector \[d\] less its mean in each law, ∂J/∂π having a meaning up to a constant there.
    pub fn along(&self, given: &[f64]) -> Vec<f64> {
        let mut along = given.to_vec();
        for law in &self.laws {
            let Some(block) = along.get_mut(law.clone()) else {
                continue;
            };
            let mean = block.iter().sum::<f64>() / block.len().max(1) as f64;
            block.iter_mut().for_each(|x| *x -= mean);
        }
        along
    }

    /// How many times h a number is off at most that is less the mean of n numbers, each of them off by h: 2(n − 1)/n, of the
    /// law with the most outcomes.
    pub fn rounding(&self) -> f64 {
        let most = self.laws.iter().map(ExactSizeIterator::len).max();
        let most = most.unwrap_or(0).max(2) as f64;
        2.0 * (most - 1.0) / most
    }
}

fn laws(policy: &Policy) -> Vec<Range<usize>> {
    let space = policy.space();
    match policy.parametrization() {
        Parametrization::Simplex(_) if policy.parameters() == space.pairs() => (0..space.states())
            .map(|state| space.pairs_of(state))
            .collect(),
        Parametrization::Controller(own) if own.specification().laws == LawKind::Simplex => {
            own.blocks().collect()
        }
        Parametrization::Factored(own) => {
            let learning = own.factors().iter().filter(|factor| !factor.is_fixed());
            let of_each = learning.flat_map(|factor| {
                let first = factor.block().start;
                let own = laws(factor.policy()).into_iter();
                own.map(move |law| first + law.start..first + law.end)
            });
            of_each.collect()
        }
        _ => Vec::new(),
    }
}

impl Tangential {
    /// A vector \[d\], where parameters are probabilities on simplices.
    pub fn of_vector(policy: &Policy, given: &[f64]) -> Option<Tangential> {
        let simplices = Simplices::of(policy)?;
        Some(Tangential {
            numbers: simplices.along(given),
            rounding: simplices.rounding(),
        })
    }
}
