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
use crate::evaluation::{advantage_errors, largest_fault, unit};
use crate::field::dot;
use crate::linalg::{Factors, Solvable, largest};
use crate::number::Number;
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
}

impl DifferenceErrors {
    /// Of what was found between two policies; `None` where the field is exact or has bounds of its own, and
    /// where a state has no value.
    pub(super) fn new<F: Solvable>(
        at: &Solved<F>,
        to: &Solved<F>,
        found: &Between<F>,
    ) -> Result<Option<DifferenceErrors>, Error> {
        let chains = (at.chain()?, to.chain()?);
        let is_whole = chains.0.undefined().is_empty() && chains.1.undefined().is_empty();
        if F::EXACT || F::one().certified().is_some() || !is_whole {
            return Ok(None);
        }
        let off = of_advantages(at, chains.0)?;
        let visits = Visits::new(to, chains.1)?;
        let gains = Gains::new(at, to, &off);
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
        Ok(Some(DifferenceErrors {
            difference: summed.min(apart + mass * v_difference),
            v_difference,
            contribution: off.iter().enumerate().map(pair).fold(0.0, f64::max),
        }))
    }
}

/// |δA| \[SA\].
fn of_advantages<F: Solvable>(at: &Solved<F>, chain: &Chain<F>) -> Result<Vec<f64>, Error> {
    let (v, rest) = chain.resolvent().solve_finely(chain.dynamics().r())?;
    let length = chain.inverse_norm()?.to_f64();
    Ok(advantage_errors(at.mdp(), chain, &v.x, &rest, length))
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

/// g by its size and by what is wrong with it.
struct Gains {
    /// |g| \[S\].
    size: Vec<f64>,
    /// |δg| \[S\].
    off: Vec<f64>,
}

impl Gains {
    fn new<F: Solvable>(at: &Solved<F>, to: &Solved<F>, off: &[f64]) -> Gains {
        let space = at.mdp().space();
        let (pi, new) = (at.policy().probabilities(), to.policy().probabilities());
        let mut gains = vec![0.0; space.states()];
        let mut errors = vec![0.0; space.states()];
        for (pair, advantage) in at.advantage().iter().enumerate() {
            let state = space.state_of(pair);
            let (old, new, advantage) = (pi[pair].to_f64(), new[pair].to_f64(), advantage.to_f64());
            gains[state] += (new - old) * advantage;
            errors[state] += (new - old).abs() * off[pair];
            errors[state] += 2.0 * f64::EPSILON * (new.abs() + old.abs()) * advantage.abs();
        }
        Gains {
            size: gains.into_iter().map(f64::abs).collect(),
            off: errors,
        }
    }
}

/// Of v^{π'} − v^π, in any state.
fn of_values<F: Solvable>(chain: &Chain<F>, gains: &Gains, found: &[F]) -> Result<f64, Error> {
    let resolvent = chain.resolvent();
    let field = |x: f64| {
        Number::from_f64(x)
            .as_ref()
            .map_or_else(F::zero, F::from_number)
    };
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
    let size: Vec<F> = gains.size.iter().copied().map(field).collect();
    let fault = largest_fault(chain, &size, found, &[]);
    let off = gains.off.iter().copied().fold(0.0, f64::max);
    Ok(chain.inverse_norm()?.to_f64() * (off + fault))
}
