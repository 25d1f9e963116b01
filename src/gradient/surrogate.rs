//! Finite steps between policies: the performance difference lemma and the surrogates that
//! trust-region methods maximise (theory, 4.5, 4.9).

use super::greediness;
use crate::error::Error;
use crate::field::dot;
use crate::linalg::Solvable;
use crate::policy::{self, Changes, Policy};
use crate::solved::Solved;

/// J(π') − J(π) by both forms of the performance difference lemma (Kakade & Langford 2002, lemma
/// 6.1): ρ^{π'} π' A^π and ρ^π (π' − π) q^{π'}. Measure and advantage belong to different
/// policies.
///
/// # Errors
/// [`Error::OtherSpace`] for a policy of another model, [`Error::Criterion`] unless the reward is discounted or total.
pub fn performance_difference<F: Solvable>(
    at: &Solved<F>,
    other: &Solved<F>,
) -> Result<(F, F), Error> {
    check(at, other.policy())?;
    let new = dot(
        &other.evaluation().pair_occupancy,
        &at.evaluation().advantage,
    );
    let space = at.mdp().space();
    let (before, after) = (at.policy().probabilities(), other.policy().probabilities());
    let mut old = F::zero();
    for (pair, q) in other.evaluation().q.iter().enumerate() {
        let visits = at.evaluation().occupancy[space.state_of(pair)].clone();
        old += visits * q * (after[pair].clone() - &before[pair]);
    }
    Ok((new, old))
}

/// L_π(π') = J(π) + ρ^π π' A^π (Kakade & Langford 2002; Schulman et al. 2015): its gradient at
/// π' = π is ∇J.
///
/// # Errors
/// [`Error::OtherSpace`] for a policy of another model, [`Error::Criterion`] unless the reward is discounted or total.
pub fn surrogate<F: Solvable>(at: &Solved<F>, other: &Policy<F>) -> Result<F, Error> {
    check(at, other)?;
    let space = at.mdp().space();
    let mut value = at.evaluation().j.clone();
    // π A^π sums to 0: what both have in common is left out, and its rounding
    for (pair, change) in Changes::new(at.policy(), other).by_pair.iter().enumerate() {
        let visits = &at.evaluation().occupancy[space.state_of(pair)];
        value += change.clone() * &at.evaluation().advantage[pair] * visits;
    }
    Ok(value)
}

/// ∇_θ L_π(π') = ρ^π(A^π ∇π') \[d\] at any π', in its own parameters: measure and advantages stay those of π
/// (Schulman et al. 2015).
///
/// # Errors
/// [`Error::OtherSpace`] for a policy of another model, [`Error::Criterion`] unless the reward is discounted or total.
pub fn surrogate_gradient<F: Solvable>(at: &Solved<F>, other: &Policy<F>) -> Result<Vec<F>, Error> {
    check(at, other)?;
    let evaluation = at.evaluation();
    Ok(greediness::pulled_back(
        other,
        &evaluation.occupancy,
        &evaluation.advantage,
    ))
}

/// ρ^π π min(w A, clip(w, 1 ± ε) A) with w = π'/π at π', and its gradient in the parameters of π'.
#[derive(Clone, Debug, PartialEq)]
pub struct Clipped<F> {
    /// The value, in units of reward: 0 at π' = π.
    pub value: F,
    /// ∇ of it \[d\]: ρ^π(A^π ∇π') over the pairs that are not clipped. `None` where one has its ratio on the bound
    /// that its advantage pushes it over: the slopes to both sides differ there.
    pub gradient: Option<Vec<F>>,
    /// The pairs that are clipped: A > 0 and w > 1 + ε, or A < 0 and w < 1 − ε.
    pub clipped: Vec<usize>,
    /// The pairs at such a bound, as far as numbers of this field can tell.
    pub kinks: Vec<usize>,
}

impl<F: Solvable> Clipped<F> {
    /// The clipped surrogate that `at` makes of another policy, term by term, so that a ball holds it whichever
    /// side of a bound it is on.
    ///
    /// # Errors
    /// [`Error::OtherSpace`] for a policy of another model, [`Error::Criterion`] unless the reward is discounted or total,
    /// [`Error::Argument`] unless ε is a number from 0 on, [`Error::Overflow`].
    pub fn new(at: &Solved<F>, other: &Policy<F>, epsilon: &F) -> Result<Clipped<F>, Error> {
        check(at, other)?;
        check_clip(epsilon)?;
        let (evaluation, space) = (at.evaluation(), at.mdp().space());
        let mut pull = evaluation.advantage.clone();
        let mut found = Clipped {
            value: F::zero(),
            gradient: None,
            clipped: Vec::new(),
            kinks: Vec::new(),
        };
        for (pair, advantage) in pull.iter_mut().enumerate() {
            let pi = &at.policy().probabilities()[pair];
            let visits = &evaluation.occupancy[space.state_of(pair)];
            if pi.is_zero() || visits.is_zero() {
                *advantage = F::zero();
            }
            if !advantage.is_zero() {
                let ratio = (pi, &other.probabilities()[pair]);
                found.add(pair, advantage, visits, ratio, epsilon);
            }
        }
        let is_finite = |x: &F| F::EXACT || x.to_f64().is_finite();
        if !is_finite(&found.value) {
            return Err(Error::Overflow {
                quantity: SURROGATE,
            });
        }
        let smooth = found.kinks.is_empty();
        if smooth {
            let gradient = greediness::pulled_back(other, &evaluation.occupancy, &pull);
            found.gradient = Some(gradient);
        }
        Ok(found)
    }

    /// Adds the term of a pair; its advantage becomes 0 where it is clipped.
    fn add(
        &mut self,
        pair: usize,
        advantage: &mut F,
        visits: &F,
        (pi, new): (&F, &F),
        epsilon: &F,
    ) {
        let weight = advantage.clone() * visits;
        let upward = *advantage > F::zero();
        let bound = if upward {
            F::one() + epsilon
        } else {
            F::one() - epsilon
        };
        let bound = bound * pi;
        // how far the advantage has pushed π' beyond the bound
        let over = new.clone() - &bound;
        let over = if upward { over } else { -over };
        if is_near_zero(advantage, &F::zero()) {
            // no sign: whatever is done with it lies between 0 and this
            let larger = if new > pi { new } else { pi };
            self.value += weight * larger;
        } else if is_near_zero(&over, &bound) {
            // either term, and for a ball both
            self.value += weight.clone() * &bound + weight * (new.clone() - &bound);
            self.kinks.push(pair);
        } else if over > F::zero() {
            self.value += weight * bound;
            self.clipped.push(pair);
            *advantage = F::zero();
        } else {
            self.value += weight * new;
        }
    }
}

/// What may be too large.
const SURROGATE: &str = "the surrogate of a policy";

/// What all of these ask: a policy of the same pairs, and values that do not depend on the time.
fn check<F: Solvable>(at: &Solved<F>, other: &Policy<F>) -> Result<(), Error> {
    Error::check_resolvent(at.mdp().criterion())?;
    Error::check_space(at.mdp(), other)
}

/// Errors with [`Error::Argument`] unless ε of the ratios 1 ± ε is a number from 0 on.
fn check_clip<F: Solvable>(epsilon: &F) -> Result<(), Error> {
    if epsilon.to_f64() >= 0.0 {
        return Ok(());
    }
    Err(Error::Argument {
        name: "ε of the clipped surrogate",
        found: epsilon.to_f64().to_string(),
        expected: "a number from 0 on",
    })
}

/// Whether a difference may be 0 for all that this field knows: exactly in fractions, within its bound for a ball,
/// to a few roundings of its terms in floating point.
fn is_near_zero<F: Solvable>(x: &F, size: &F) -> bool {
    // of π', of 1 ± ε, of its product with π, and of the difference
    const ROUNDINGS: f64 = 4.0;
    if let Some((middle, error)) = x.certified() {
        return middle.abs() <= error;
    }
    let rounds = ROUNDINGS * f64::EPSILON * size.abs().to_f64();
    x.is_zero() || !F::EXACT && x.abs().to_f64() <= rounds
}

/// A policy that is paid what it was to pay: with the signs of v and A turned, ρ as it is.
pub(crate) fn gains<F: Solvable>(at: &Solved<F>) -> Solved<F> {
    let mut gains = at.evaluation().clone();
    let turn = |x: &mut F| *x = -x.clone();
    gains.advantage.iter_mut().for_each(turn);
    gains.v.iter_mut().for_each(turn);
    turn(&mut gains.j);
    at.with_evaluation(gains)
}

/// ρ^π π min(w A, clip(w, 1 ± ε) A) with w = π'/π (PPO, Schulman et al. 2017); pairs of
/// probability 0 under π are never sampled and count 0. Its gradient at π' = π is ∇J.
///
/// # Errors
/// [`Error::OtherSpace`] for a policy of another model, [`Error::Criterion`] unless the reward is discounted or total,
/// [`Error::Argument`] unless ε is a number from 0 on.
pub fn clipped_surrogate<F: Solvable>(
    at: &Solved<F>,
    other: &Policy<F>,
    epsilon: &F,
) -> Result<F, Error> {
    check(at, other)?;
    check_clip(epsilon)?;
    let (evaluation, space) = (at.evaluation(), at.mdp().space());
    let pi = at.policy().probabilities();
    let changes = Changes::new(at.policy(), other).by_pair;
    let mut value = F::zero();
    for (state, visits) in evaluation.occupancy.iter().enumerate() {
        for pair in space.pairs_of(state).filter(|&pair| !pi[pair].is_zero()) {
            let change = changes[pair].clone();
            let most = pi[pair].clone() * epsilon;
            let clipped = match &change {
                x if *x < -most.clone() => -most,
                x if *x > most => most,
                x => x.clone(),
            };
            let advantage = &evaluation.advantage[pair];
            let (plain, clipped) = (change * advantage, clipped * advantage);
            // as above: π A is left out, (w − 1) π = π' − π
            let smaller = if clipped < plain { clipped } else { plain };
            value += smaller * visits;
        }
    }
    Ok(value)
}

/// What a trust region guarantees: J(π') ≥ L_π(π') − 4 ε_A γ D/(1 − γ)² (Schulman et al. 2015,
/// theorem 1), for γ < 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ImprovementBound {
    /// L_π(π').
    pub surrogate: f64,
    /// maxₛ ½ Σₐ |π − π'|.
    pub total_variation: f64,
    /// maxₛ KL(π‖π'), in nats; infinite where π' gives up an action of π.
    pub divergence: f64,
    /// The bound with D the squared total variation.
    pub by_total_variation: f64,
    /// The bound with D the divergence.
    pub by_divergence: f64,
}

impl ImprovementBound {
    /// The bound for a step to `other`; −∞ at γ = 1, where it says nothing.
    ///
    /// # Errors
    /// [`Error::OtherSpace`] for a policy of another model, [`Error::Criterion`] unless the reward is discounted or total,
    /// [`Error::Overflow`].
    pub fn new(at: &Solved, other: &Policy<f64>) -> Result<ImprovementBound, Error> {
        let surrogate = surrogate(at, other)?;
        let space = at.mdp().space();
        let (pi, new) = (at.policy().probabilities(), other.probabilities());
        let changes = Changes::new(at.policy(), other).by_pair;
        let (mut total_variation, mut divergence) = (0.0f64, 0.0f64);
        for state in 0..space.states() {
            let block = space.pairs_of(state);
            let (pi, new) = (&pi[block.clone()], &new[block.clone()]);
            let moved = &changes[block];
            total_variation = total_variation.max(policy::total_variation(moved));
            let own = policy::divergence(pi, new, moved);
            divergence = divergence.max(own.unwrap_or(f64::INFINITY));
        }
        let advantage = &at.evaluation().advantage;
        let largest = advantage.iter().fold(0.0f64, |x, y| x.max(y.abs()));
        let gamma = at.mdp().discount();
        let factor = 4.0 * largest * gamma / (1.0 - gamma).powi(2);
        let bound = |d: f64| match d {
            0.0 => surrogate,
            // values are those of the next step: nothing is off
            _ if factor == 0.0 => surrogate,
            d => surrogate - factor * d,
        };
        let found = ImprovementBound {
            surrogate,
            total_variation,
            divergence,
            by_total_variation: bound(total_variation * total_variation),
            by_divergence: bound(divergence),
        };
        if found.by_total_variation.is_nan() || found.by_divergence.is_nan() {
            return Err(Error::Overflow {
                quantity: SURROGATE,
            });
        }
        Ok(found)
    }
}
