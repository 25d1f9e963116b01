//! How far rounding may have moved the difference of two policies (theory, 4.5).
//!
//! With g = (π' − π) A^π, so that v^{π'} − v^π = N'g and J(π') − J(π) = ρ'g, and the unit η of what is relative,
//!
//! ```text
//! |δg| ≤ Σₐ |π' − π| |δA| + 4u Σₐ (π' + π)|A|
//! |δ(v' − v)| ≤ N' (|δg| + η |g|)                          factors made without subtraction
//!             ≤ ‖N'‖∞ max (|δg| + |e| + η z_{v' − v})      others, with the residual e
//! ```

use super::Between;
use crate::chain::Chain;
use crate::error::Error;
use crate::evaluation::advantage_accuracy::{advantage_errors, value_errors};
use crate::evaluation::faults::{largest_fault, unit};
use crate::field::{UNIT, dot};
use crate::linalg::{Factors, Solvable, largest};
use crate::policy::{Changes, in_doubt};
use crate::solved::Solved;

/// Bounds on what rounding has done, in units of reward.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DifferenceErrors {
    /// To J(π') − J(π).
    pub difference: f64,
    /// To v^{π'} − v^π, in any state.
    pub v_difference: f64,
    /// To ρ^{π'}(s, a) A^π(s, a), of any pair.
    pub contribution: f64,
    /// To the surrogate.
    pub surrogate: f64,
    /// To the clipped surrogate.
    pub clipped_surrogate: f64,
    /// To ½ Σₐ |π − π'|, in any state; without a unit.
    pub total_variation: f64,
    /// To KL(π‖π'), in any state where it is finite; in nats.
    pub divergence: f64,
    /// To A^π(s, a), of any pair.
    pub advantage: f64,
}

impl DifferenceErrors {
    /// To L_π(π') ∓ 4 max|A^π| γ D/(1 − γ)², where D is this or less by so much.
    pub(super) fn of_promise<F: Solvable>(
        &self,
        at: &Solved<F>,
        surrogate: &F,
        (distance, open): (f64, f64),
    ) -> f64 {
        let rest = at.mdp().discount_complement().to_f64();
        let factor = 4.0 * at.mdp().discount().to_f64() / (rest * rest);
        let size = largest(at.advantage());
        let moved = factor * (self.advantage * distance + (size + self.advantage) * open);
        // γ, 1 − γ, the products and the sums are rounded
        let sizes = factor * size * distance + surrogate.to_f64().abs();
        (self.surrogate + moved + 32.0 * UNIT * sizes) * (1.0 + 16.0 * UNIT)
    }

    /// Of what was found between two policies; `None` where the field is exact or has bounds of its own, and
    /// where a state has no value.
    pub(super) fn new<F: Solvable>(
        at: &Solved<F>,
        to: &Solved<F>,
        changes: &Changes<F>,
        found: &Between<F>,
    ) -> Result<Option<DifferenceErrors>, Error> {
        let chains = (at.chain()?, to.chain()?);
        let is_whole = chains.0.undefined().is_empty() && chains.1.undefined().is_empty();
        if F::EXACT || F::one().certified().is_some() || !is_whole {
            return Ok(None);
        }
        let off = of_advantages(at, chains.0)?;
        let visits = Visits::new(to, chains.1)?;
        let gains = Gains::new(at, changes, &off);
        let v_difference = of_values(chains.1, &gains, &found.v_difference)?;
        let by_values = dot(to.mdp().initial(), &found.v_difference);
        let apart = (by_values - &found.difference).to_f64().abs();
        let mass: f64 = to.mdp().initial().iter().map(|x| x.to_f64().abs()).sum();
        let summed =
            dot(&visits.size, &gains.off) + visits.relative * dot(&visits.size, &gains.size);
        let pair = |(pair, off): (usize, &f64)| {
            let rho = to.pair_occupancy()[pair].to_f64().abs();
            let advantage = at.advantage()[pair].to_f64().abs();
            rho * off + advantage * visits.error(rho)
        };
        let own = Visits::new(at, chains.0)?;
        let clipped = gains
            .terms
            .iter()
            .zip(&own.size)
            .map(|(term, rho)| own.error(*rho) * term);
        let policies = Policies::new(at, to, changes);
        let clipped = dot(&own.size, &gains.off) + clipped.sum::<f64>();
        Ok(Some(DifferenceErrors {
            surrogate: of_objective(at, chains.0)? + clipped,
            clipped_surrogate: clipped,
            total_variation: policies.total_variation,
            divergence: policies.divergence,
            difference: summed.min(apart + mass * v_difference),
            v_difference,
            advantage: off.iter().copied().fold(0.0, f64::max),
            contribution: off.iter().enumerate().map(pair).fold(0.0, f64::max),
        }))
    }
}

/// What rounding can do to J of a policy and to Σ ρ Σₐ π̇ A, as it changes with x; 0 where the field is exact or has bounds
/// of its own, and but for the discounted and the total reward.
///
/// Errors where a system is not solved.
pub(super) fn height_errors<F: Solvable>(
    at: &Solved<F>,
    changes: &Changes<F>,
) -> Result<[f64; 2], Error> {
    if F::EXACT || F::one().certified().is_some() {
        return Ok([0.0; 2]);
    }
    let Ok(chain) = at.chain() else {
        return Ok([0.0; 2]);
    };
    let gains = Gains::new(at, changes, &of_advantages(at, chain)?);
    let visits = Visits::new(at, chain)?;
    let terms = gains.terms.iter().zip(&visits.size);
    let summed: f64 = terms.map(|(term, rho)| visits.error(*rho) * term).sum();
    let slope = dot(&visits.size, &gains.off) + summed;
    Ok([of_objective(at, chain)?, slope])
}

/// Of J(π') − J(π) = ρ'g, from what is wrong with A^π \[SA\].
pub(super) fn difference_error(
    (at, to): (&Solved, &Solved),
    chain: &Chain,
    changes: &Changes<f64>,
    off: &[f64],
) -> Result<f64, Error> {
    let gains = Gains::new(at, changes, off);
    let visits = Visits::new(to, chain)?;
    let terms = gains.size.iter().zip(&visits.size);
    let terms = terms.map(|(size, rho)| visits.error(*rho) * size);
    Ok(dot(&visits.size, &gains.off) + terms.sum::<f64>())
}

/// |δJ| ≤ Σ ρ₀ (N (|e| + η z_v) + 4u|v|).
pub(super) fn of_objective<F: Solvable>(at: &Solved<F>, chain: &Chain<F>) -> Result<f64, Error> {
    let r = chain.dynamics().r();
    let (v, rest) = chain.resolvent().solve_finely(r)?;
    let solved = value_errors(chain, (&v.x, &rest))?;
    let starts = at.mdp().initial().iter().zip(v.x.iter().zip(&solved));
    let off = |(mass, (v, solved)): (&F, (&F, &f64))| {
        mass.to_f64().abs() * (solved + 4.0 * UNIT * v.to_f64().abs())
    };
    Ok(starts.map(off).sum())
}

/// |δA| \[SA\].
pub(super) fn of_advantages<F: Solvable>(
    at: &Solved<F>,
    chain: &Chain<F>,
) -> Result<Vec<f64>, Error> {
    let (v, rest) = chain.resolvent().solve_finely(chain.dynamics().r())?;
    advantage_errors(at.mdp(), at.policy(), chain, (&v.x, &rest), None)
}

/// What rounding does relative to solutions that were made without subtraction: the products and the
/// elimination.
fn relative<F: Solvable>(chain: &Chain<F>) -> f64 {
    let states = chain.resolvent().matrix().rows() as f64;
    unit(chain) + 4.0 * states * f64::EPSILON
}

/// How well ρ^{π'} is known.
struct Visits {
    /// ρ' \[S\].
    size: Vec<f64>,
    /// Relative to itself; infinite where factors have no such bound.
    relative: f64,
    /// Of any state.
    absolute: f64,
}

impl Visits {
    fn new<F: Solvable>(to: &Solved<F>, chain: &Chain<F>) -> Result<Visits, Error> {
        let rho = to.occupancy();
        let size: Vec<f64> = rho.iter().map(|x| x.to_f64().abs()).collect();
        let resolvent = chain.resolvent();
        if resolvent.factors().is_componentwise() {
            let (relative, absolute) = (relative(chain), f64::INFINITY);
            return Ok(Visits {
                size,
                relative,
                absolute,
            });
        }
        let initial = chain.dynamics().initial();
        let product = resolvent.matrix().mul_transposed(rho);
        let residual = initial
            .iter()
            .zip(product)
            .map(|(b, x)| (b.clone() - x).to_f64().abs());
        let terms =
            initial.iter().map(|b| b.to_f64().abs()).sum::<f64>() + 2.0 * size.iter().sum::<f64>();
        let fault = residual.sum::<f64>() + unit(chain) * terms;
        Ok(Visits {
            size,
            relative: f64::INFINITY,
            absolute: chain.inverse_norm()?.to_f64() * fault,
        })
    }

    /// Of visits ρ'(s) π'(a|s).
    fn error(&self, visits: f64) -> f64 {
        f64::min(self.relative * visits, self.absolute)
    }
}

/// g, its size and what is wrong with it.
struct Gains {
    /// g \[S\].
    signed: Vec<f64>,
    /// |g| \[S\].
    size: Vec<f64>,
    /// Σₐ |π' − π| |A| \[S\].
    terms: Vec<f64>,
    /// |δg| \[S\].
    off: Vec<f64>,
}

impl Gains {
    fn new<F: Solvable>(at: &Solved<F>, changes: &Changes<F>, off: &[f64]) -> Gains {
        let space = at.mdp().space();
        let mut gains = vec![0.0; space.states()];
        let mut terms = vec![0.0; space.states()];
        let mut errors = vec![0.0; space.states()];
        for (pair, advantage) in at.advantage().iter().enumerate() {
            let state = space.state_of(pair);
            let (change, advantage) = (changes.by_pair[pair].to_f64(), advantage.to_f64());
            gains[state] += change * advantage;
            terms[state] += (change * advantage).abs();
            errors[state] += change.abs() * off[pair] + changes.errors[pair] * advantage.abs();
            errors[state] += 4.0 * UNIT * (change * advantage).abs();
        }
        Gains {
            size: gains.iter().map(|gain| gain.abs()).collect(),
            signed: gains,
            terms,
            off: errors,
        }
    }
}

/// What rounding of probabilities does to the distances between two policies, in any state.
struct Policies {
    total_variation: f64,
    divergence: f64,
}

impl Policies {
    fn new<F: Solvable>(at: &Solved<F>, to: &Solved<F>, changes: &Changes<F>) -> Policies {
        let space = at.mdp().space();
        let (pi, new) = (at.policy().probabilities(), to.policy().probabilities());
        let mut found = Policies {
            total_variation: 0.0,
            divergence: 0.0,
        };
        for state in 0..space.states() {
            let (mut moved, mut spread) = (0.0, 0.0);
            for pair in space.pairs_of(state) {
                let (pi, new) = (pi[pair].to_f64(), new[pair].to_f64());
                let (change, open) = (changes.by_pair[pair].to_f64().abs(), changes.errors[pair]);
                moved += open;
                spread += if pi > 0.0 && new > 0.0 && 2.0 * change <= pi {
                    // π (x − ln(1 + x)) at x = δ/π, which is δ²/2π nearly
                    let x = change / pi;
                    2.0 * x * open + (in_doubt(pi) + 16.0 * UNIT * pi) * x * x
                } else if pi > 0.0 && new > 0.0 {
                    // d KL = −ln(π'/π) dπ + (1 − π/π') dπ'
                    let logarithm = new.ln() - pi.ln();
                    (in_doubt(pi) + 8.0 * UNIT * pi) * logarithm.abs()
                        + (in_doubt(new) / new + 8.0 * UNIT) * change
                } else {
                    in_doubt(new)
                };
            }
            found.total_variation = found.total_variation.max(moved / 2.0);
            found.divergence = found.divergence.max(spread);
        }
        found
    }
}

/// Of v^{π'} − v^π, in any state.
fn of_values<F: Solvable>(chain: &Chain<F>, gains: &Gains, found: &[F]) -> Result<f64, Error> {
    let resolvent = chain.resolvent();
    let field = super::rounded::<F>;
    if resolvent.factors().is_componentwise() {
        let relative = relative(chain);
        let both = gains.off.iter().zip(&gains.size);
        let fault: Vec<f64> = both.map(|(off, size)| off + relative * size).collect();
        if !fault.iter().all(|x| x.is_finite()) {
            return Ok(f64::INFINITY);
        }
        let fault: Vec<F> = fault.into_iter().map(field).collect();
        return Ok(largest(&resolvent.solve(&fault)?.x));
    }
    let signed: Vec<F> = gains.signed.iter().copied().map(field).collect();
    let fault = largest_fault(chain, &signed, found, &[]);
    let off = gains.off.iter().copied().fold(0.0, f64::max);
    Ok(chain.inverse_norm()?.to_f64() * (off + fault))
}
