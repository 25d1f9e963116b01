//! Two policies on one model: how much better the other is, where that comes from, and what a
//! surrogate and a trust region say of it beforehand (theory, 4.5, 4.9).
//!
//! ```
//! use exact_mdp::arithmetic::Choice;
//! use exact_mdp::model::Model;
//!
//! let model = Model::load("mdps/two-state.yaml")?;
//! let (uniform, best) = (model.solve(Choice::Uniform)?, model.solve(Choice::Optimal)?);
//! let between = uniform.between(&best, &0.2)?;
//! let sum: f64 = between.contributions.iter().sum();
//! assert!((between.difference - sum).abs() < 1e-12);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod accuracy;
mod line;
mod rise;

use std::ops::Range;
use std::sync::Arc;

pub use accuracy::DifferenceErrors;
pub(crate) use line::apart;
pub use line::{Line, Turn};
pub(crate) use rise::{Rise, objective_error};

use crate::error::Error;
use crate::field::{UNIT, dot};
use crate::gradient::surrogate::{clipped_surrogate, gains, surrogate};
use crate::linalg::Solvable;
use crate::number::Number;
use crate::policy::{Changes, Policy, divergence, total_variation};
use crate::solved::Solved;

/// What changes from π to π'.
#[derive(Clone, Debug, PartialEq)]
pub struct Between<F = f64> {
    /// J(π') − J(π), in units of reward.
    pub difference: F,
    /// v^{π'} − v^π \[S\]; 0 where one of them is undefined.
    pub v_difference: Vec<F>,
    /// ρ^{π'}(s, a) A^π(s, a) \[SA\], whose sum is the difference (Kakade & Langford 2002, lemma 6.1).
    pub contributions: Vec<F>,
    /// L_π(π') = J(π) + ρ^π π' A^π: what π' would reach if it visited states as π does.
    pub surrogate: F,
    /// ρ^π π min(w A, clip(w, 1 ± ε) A), w = π'/π (Schulman et al. 2017).
    pub clipped_surrogate: F,
    /// ½ Σₐ |π − π'| \[S\].
    pub total_variation: Vec<F>,
    /// KL(π‖π') \[S\], in nats; `None` where π' gives up an action of π, which makes it infinite, and
    /// where a logarithm is not in the field.
    pub divergence: Vec<Option<F>>,
    /// Σₛ ρ^π(s) KL(s) / Σₛ ρ^π(s), `None` if one of them is.
    pub mean_divergence: Option<F>,
    /// L_π(π') − 4 max|A^π| γ D/(1 − γ)² with D = max TV², at most J(π') (Schulman et al. 2015,
    /// theorem 1); `None` at γ = 1, where it says nothing.
    pub bound_by_total_variation: Option<F>,
    /// L_π(π') − 4 max|A^π| γ D/(1 − γ)² with D = maxₛ KL(π‖π'), at most J(π'); `None` at γ = 1, and where D is not known.
    pub bound_by_divergence: Option<F>,
    /// What rounding can do to the differences; `None` where the field is exact or has bounds of its own, and
    /// where a state has no value.
    pub errors: Option<DifferenceErrors>,
    /// What rounding can do to the two bounds, each of its own digits, where there is such a bound.
    pub promise_errors: [Option<f64>; 2],
}

impl<F: Solvable> Between<F> {
    /// This comparison where each J is so much more.
    pub(crate) fn raised(self, worth: &F) -> Between<F> {
        let more = |x: F| x + worth;
        // the worth is a product of rounded numbers, and the sum is rounded
        let size = worth.to_f64().abs() + self.surrogate.to_f64().abs();
        let rounded = 16.0 * UNIT * size;
        Between {
            surrogate: more(self.surrogate),
            bound_by_total_variation: self.bound_by_total_variation.map(more),
            bound_by_divergence: self.bound_by_divergence.map(more),
            errors: self.errors.map(|errors| DifferenceErrors {
                surrogate: errors.surrogate + rounded,
                ..errors
            }),
            promise_errors: self
                .promise_errors
                .map(|error| error.map(|error| error + rounded)),
            ..self
        }
    }

    /// maxₛ ½ Σₐ |π − π'|.
    pub fn max_total_variation(&self) -> F {
        highest(&self.total_variation)
    }

    /// maxₛ KL(π‖π'), `None` if one of them is.
    pub fn max_divergence(&self) -> Option<F> {
        let all: Option<Vec<F>> = self.divergence.iter().cloned().collect();
        all.map(|all| highest(&all))
    }
}

/// Two policies where each J is less by a worth, and that.
type Raised<F> = (Solved<F>, Solved<F>, F);

impl<F: Solvable> Solved<F> {
    /// What changes from this policy π to another π' of the same model, with the surrogate clipped
    /// at 1 ± ε. Over a horizon the lemmas hold on the model unrolled in time
    /// ([`Model::in_time`](crate::model::Model::in_time)), where both are policies as well.
    ///
    /// # Errors
    /// [`Error::Criterion`] unless the reward is discounted or total, [`Error::OtherSpace`] if
    /// the models have other states or pairs, and [`Error::Argument`] unless ε is a number from 0 on.
    pub fn between(&self, other: &Solved<F>, clip: &F) -> Result<Between<F>, Error> {
        Error::check_resolvent(self.mdp().criterion())?;
        Error::check_space(self.mdp(), other.policy())?;
        if let Some((at, to, worth)) = self.both_without_offset(other)? {
            return Ok(at.between(&to, clip)?.raised(&worth));
        }
        let changes = Changes::new(self.policy(), other.policy());
        let visited = other.pair_occupancy().iter().zip(self.advantage());
        let (difference, v_difference) = self.differences(other, &changes)?;
        let mut between = Between {
            difference,
            v_difference,
            contributions: visited.map(|(visits, a)| visits.clone() * a).collect(),
            surrogate: surrogate(self, other.policy())?,
            clipped_surrogate: clipped_surrogate(self, other.policy(), clip)?,
            total_variation: self.by_state(other, |_, _, moved| {
                total_variation(&changes.by_pair[moved])
            }),
            divergence: self.by_state(other, |pi, new, moved| {
                divergence(pi, new, &changes.by_pair[moved])
            }),
            mean_divergence: None,
            bound_by_total_variation: None,
            bound_by_divergence: None,
            errors: None,
            promise_errors: [None; 2],
        };
        between.errors = DifferenceErrors::new(self, other, &changes, &between)?;
        between.mean_divergence = self.mean(&between.divergence);
        // what is promised holds for the largest that there may be
        let at_most = |x: F, error: fn(&DifferenceErrors) -> f64| match &between.errors {
            Some(errors) => x + rounded::<F>(error(errors)),
            None => x,
        };
        let widest = at_most(between.max_total_variation(), |all| all.total_variation);
        let furthest = between.max_divergence();
        let furthest = furthest.map(|x| at_most(x, |all| all.divergence));
        if let Some(errors) = &between.errors {
            let of = |known| errors.of_promise(self, &between.surrogate, known);
            let (moved, open) = (widest.to_f64(), 2.0 * errors.total_variation);
            // D is the square, from (TV − 2δ)² on
            let variation = of((moved * moved, 2.0 * moved * open));
            let divergence = furthest.as_ref().map(F::to_f64);
            let divergence = divergence.map(|d| of((d, 2.0 * errors.divergence)));
            between.promise_errors = [Some(variation), divergence];
        }
        between.bound_by_total_variation =
            self.promised(&between.surrogate, &(widest.clone() * &widest));
        between.bound_by_divergence = furthest.and_then(|d| self.promised(&between.surrogate, &d));
        Ok(between)
    }

    /// J' − J, surrogates and bounds where the rewards are costs: ratios are clipped as those of the gains that they are, and what a
    /// trust region promises is L_π(π') + 4 max|A^π| γ D/(1 − γ)², at least J(π').
    ///
    /// # Errors
    /// [`Error::Criterion`] unless the reward is discounted or total, [`Error::OtherSpace`] if
    /// the models have other states or pairs, and [`Error::Argument`] unless ε is a number from 0 on.
    pub fn between_costs(&self, other: &Solved<F>, clip: &F) -> Result<Between<F>, Error> {
        if let Some((at, to, worth)) = self.both_without_offset(other)? {
            return Ok(at.between_costs(&to, clip)?.raised(&worth));
        }
        let mut found = self.between(other, clip)?;
        found.clipped_surrogate = -clipped_surrogate(&gains(self), other.policy(), clip)?;
        let twice = found.surrogate.clone() + &found.surrogate;
        let above = |below: &F| twice.clone() - below;
        found.bound_by_total_variation = found.bound_by_total_variation.as_ref().map(above);
        found.bound_by_divergence = found.bound_by_divergence.as_ref().map(above);
        Ok(found)
    }

    /// J(π') − J(π) and v^{π'} − v^π, where numbers are rounded by the lemma, v^{π'} − v^π = (I − γp^{π'})⁻¹ g with
    /// g = (π' − π) A^π: near γ = 1 values are large and alike, and where π and π' are the same g is 0.
    fn differences(&self, other: &Solved<F>, changes: &Changes<F>) -> Result<(F, Vec<F>), Error> {
        let chains = (self.chain()?, other.chain()?);
        let is_whole = chains.0.undefined().is_empty() && chains.1.undefined().is_empty();
        if F::EXACT || !is_whole {
            let changed = other.v().iter().zip(self.v());
            let changed = changed.map(|(new, old)| new.clone() - old);
            return Ok((other.j().clone() - self.j(), changed.collect()));
        }
        let space = self.mdp().space();
        let mut gains = vec![F::zero(); space.states()];
        for (pair, advantage) in self.advantage().iter().enumerate() {
            gains[space.state_of(pair)] += changes.by_pair[pair].clone() * advantage;
        }
        let changed = chains.1.resolvent().solve(&gains)?.x;
        Ok((dot(other.occupancy(), &gains), changed))
    }

    /// Both policies on their model without what all its rewards share, and what that is worth in each J; `None` where there
    /// is nothing of the kind.
    fn both_without_offset(&self, other: &Solved<F>) -> Result<Option<Raised<F>>, Error> {
        let whole = self.policy().is_whole() && other.policy().is_whole();
        if !whole || !Arc::ptr_eq(self.mdp(), other.mdp()) {
            return Ok(None);
        }
        let plain = self.mdp().plain().and_then(|(less, offset)| {
            let worth = self.mdp().worth(&offset)?;
            Some((Arc::new(less), worth))
        });
        let Some((less, worth)) = plain else {
            return Ok(None);
        };
        let on = |at: &Solved<F>| {
            Solved::by(
                Arc::clone(&less),
                Arc::clone(at.policy()),
                at.options().clone(),
            )
        };
        Ok(Some((on(self)?, on(other)?, worth)))
    }

    fn by_state<T>(&self, other: &Solved<F>, of: impl Fn(&[F], &[F], Range<usize>) -> T) -> Vec<T> {
        let space = self.mdp().space();
        let (pi, new) = (
            self.policy().probabilities(),
            other.policy().probabilities(),
        );
        let blocks = (0..space.states()).map(|state| space.pairs_of(state));
        blocks
            .map(|block| of(&pi[block.clone()], &new[block.clone()], block))
            .collect()
    }

    /// The mean under ρ^π, normalised.
    fn mean(&self, x: &[Option<F>]) -> Option<F> {
        let (mut sum, mut mass) = (F::zero(), F::zero());
        for (x, weight) in x
            .iter()
            .zip(self.occupancy())
            .filter(|(_, weight)| !weight.is_zero())
        {
            sum += x.clone()? * weight;
            mass += weight;
        }
        (!mass.is_zero()).then(|| sum / mass)
    }

    /// L − 4 max|A| γ D/(1 − γ)².
    fn promised(&self, surrogate: &F, distance: &F) -> Option<F> {
        let rest = self.mdp().discount_complement();
        if rest.is_zero() {
            return None;
        }
        let sizes: Vec<F> = self.advantage().iter().map(F::abs).collect();
        let factor = F::from_i64(4) * &highest(&sizes) * &self.mdp().discount();
        Some(surrogate.clone() - factor * distance / (rest.clone() * rest))
    }
}

/// The policy (1 − x) π + x π' on the product of simplices.
pub(crate) fn mixture<F: Solvable>(at: &Policy<F>, other: &Policy<F>, x: &F) -> Policy<F> {
    let keep = F::one() - x;
    let both = at.probabilities().iter().zip(other.probabilities());
    let mixed = both.map(|(pi, new)| pi.clone() * &keep + new.clone() * x);
    Policy::on_simplex(at.space(), mixed.collect())
}

/// A bound as a number of the field.
fn rounded<F: Solvable>(x: f64) -> F {
    Number::from_f64(x)
        .as_ref()
        .map_or_else(F::zero, F::from_number)
}

/// The largest of some numbers that are not negative, in their field; of balls one that holds it.
fn highest<F: Solvable>(x: &[F]) -> F {
    let balls = F::one().certified().is_some();
    x.iter().fold(F::zero(), |most, x| {
        if balls {
            let apart = (most.clone() - x).abs();
            (most + x + apart) / F::from_i64(2)
        } else if *x > most {
            x.clone()
        } else {
            most
        }
    })
}
