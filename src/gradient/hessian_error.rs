//! How far rounding may have moved a Hessian (theory, 4.3 and 8).
//!
//! ```text
//! |δ∂ₖ∂ₗJ| ≤ Σ ρ S (2 (|δ(pX)| + η |pX|) + 2 |p N δF| + 2/ℓ (|δA| + η |A|))
//! ```
//!
//! with S(s) = maxₖ Σₐ |∂ₖπ|, F(s) = maxₗ Σₐ |A ∂ₗπ|, |X| ≤ N F for every column, δF = S |δA|, η what elimination and
//! products lose, and ℓ the length over which π changes by its own order. Where times are long, what is taken of X are
//! differences, which are at most D F and off by no more than D η (2 + 2D) F, D ≥ ‖N(s, ·) − N(s', ·)‖₁.

pub(super) mod horizon;
pub(super) mod long_run;

use std::collections::HashMap;

use super::agreement::steepest;
use crate::chain::Chain;
use crate::error::Error;
use crate::evaluation::advantage_accuracy::{advantage_errors, spread};
use crate::evaluation::faults::{met, unit};
use crate::field::as_bound;
use crate::linalg::{Solvable, largest, largest_or_nan};
use crate::policy::Policy;
use crate::solved::Solved;

/// What the bound of a state is made of.
struct Sizes {
    /// η.
    relative: f64,
    /// S \[S\].
    slopes: Vec<f64>,
    /// F \[S\].
    forces: Vec<f64>,
    /// max |δA| of a state \[S\].
    off: Vec<f64>,
    /// max |A| of a state \[S\].
    advantages: Vec<f64>,
}

impl<F: Solvable> Solved<F> {
    /// A bound on what rounding has done to an entry of ∇²J, in its units; `None` in a field that is exact or has bounds
    /// of its own.
    ///
    /// # Errors
    /// Those of the solver of a linear system.
    pub fn hessian_error(&self) -> Result<Option<f64>, Error> {
        if F::EXACT || F::one().certified().is_some() {
            return Ok(None);
        }
        let policy = self.policy().map(F::to_f64);
        self.derivatives().hessian_error(self, &policy).map(Some)
    }

    /// A bound on what rounding has done to an entry of ∇v, v₀ over a horizon and g under the average reward; `None` in a
    /// field that is exact or has bounds of its own.
    ///
    /// # Errors
    /// Those of the solver of a linear system.
    pub fn jacobian_error(&self) -> Result<Option<f64>, Error> {
        if F::EXACT || F::one().certified().is_some() {
            return Ok(None);
        }
        let policy = self.policy().map(F::to_f64);
        self.derivatives().jacobian_error(self, &policy).map(Some)
    }

    /// |δX| ≤ N (δF + η (F + |A|/ℓ)) + 2η N F.
    pub(super) fn discounted_jacobian_error(
        &self,
        chain: &Chain<F>,
        policy: &Policy<f64>,
    ) -> Result<f64, Error> {
        let sizes = Sizes::new(self, chain, policy, &vec![true; self.mdp().states()])?;
        let (relative, bent) = (sizes.relative, steepest(policy));
        let own = |s: usize| {
            let force = 3.0 * relative * sizes.forces[s];
            sizes.slopes[s] * sizes.off[s] + force + relative * bent * sizes.advantages[s]
        };
        let fault: Vec<f64> = (0..sizes.off.len()).map(own).collect();
        Ok(as_bound(largest_or_nan(&spread(chain, &fault)?)))
    }

    pub(super) fn discounted_hessian_error(
        &self,
        chain: &Chain<F>,
        policy: &Policy<f64>,
    ) -> Result<f64, Error> {
        let sizes = Sizes::new(self, chain, policy, &met(self.mdp()))?;
        let relative = sizes.relative;
        let moved = sizes
            .slopes
            .iter()
            .zip(&sizes.off)
            .map(|(slope, off)| slope * off);
        let moved: Vec<f64> = moved.collect();
        let responses = spread(chain, &sizes.forces)?;
        let further = spread(chain, &moved)?;
        let bent = 2.0 * steepest(policy);
        let apart = if chain.is_long()? && chain.keeps_differences()? {
            Some(chain.difference_norm()?)
        } else {
            None
        };
        let (mut total, space) = (0.0, self.mdp().space());
        for state in 0..space.states() {
            let after = |x: &[f64]| {
                let row = |pair| {
                    self.mdp()
                        .p()
                        .row(pair)
                        .map(|(next, p)| p.to_f64() * x[next].abs())
                        .sum::<f64>()
                };
                space.pairs_of(state).map(row).fold(0.0, f64::max)
            };
            let (mut slope, mut force) = (2.0 * relative * after(&responses), after(&further));
            if let Some(apart) = apart {
                let differences = apart * relative * (3.0 + 2.0 * apart) * largest(&sizes.forces);
                slope = slope.min(differences);
                force = force.min(apart * largest(&moved));
            }
            let own = bent * (sizes.off[state] + 2.0 * relative * sizes.advantages[state]);
            let rho = self.occupancy()[state].to_f64().abs() * (1.0 + relative);
            total += rho * sizes.slopes[state] * (2.0 * (slope + force) + own);
        }
        Ok(as_bound(total))
    }
}

impl Sizes {
    /// Of some states, which lead to none but themselves; 0 elsewhere.
    fn new<F: Solvable>(
        at: &Solved<F>,
        chain: &Chain<F>,
        policy: &Policy<f64>,
        within: &[bool],
    ) -> Result<Sizes, Error> {
        let (mdp, space) = (at.mdp(), at.mdp().space());
        let r = chain.dynamics().r();
        let (fine, rest) = chain.resolvent().solve_finely(r)?;
        let apart = chain.difference_norm()?;
        let errors = advantage_errors(mdp, at.policy(), chain, (&fine.x, &rest), Some(apart))?;
        let states = space.states();
        let mut sizes = Sizes {
            relative: unit(chain) + 4.0 * states as f64 * f64::EPSILON,
            slopes: vec![0.0; states],
            forces: vec![0.0; states],
            off: vec![0.0; states],
            advantages: vec![0.0; states],
        };
        let mut by_parameter = HashMap::new();
        for state in (0..states).filter(|&s| within[s]) {
            by_parameter.clear();
            for pair in space.pairs_of(state) {
                let (advantage, off) = (at.advantage()[pair].to_f64().abs(), errors[pair]);
                sizes.off[state] = sizes.off[state].max(off);
                sizes.advantages[state] = sizes.advantages[state].max(advantage);
                for (k, slope) in policy.slopes(pair) {
                    let sums: &mut (f64, f64) = by_parameter.entry(k).or_default();
                    sums.0 += slope.abs();
                    sums.1 += slope.abs() * advantage;
                }
            }
            for (slope, force) in by_parameter.values() {
                sizes.slopes[state] = sizes.slopes[state].max(*slope);
                sizes.forces[state] = sizes.forces[state].max(*force);
            }
        }
        Ok(sizes)
    }
}
