//! The operators p, π, ∇π applied one loop at a time, straight from the theory: the side of an
//! identity that no optimised code has touched. Also random vectors and dual directions.

use std::sync::Arc;

use nalgebra::DMatrix;

use super::{Case, Skip};
use exact_mdp::field::Dual;
use exact_mdp::gradient::scales;
pub(super) use exact_mdp::linalg::largest;
use exact_mdp::mdp::{Mdp, Outcome};
use exact_mdp::policy::{Parametrization, Policy, standard_normal};
use exact_mdp::solved::Solved;

/// `count` independent standard normal numbers; each purpose has a stream of its own.
pub(super) fn random(stream: u64, count: usize) -> Vec<f64> {
    standard_normal(2002, stream, count)
}

/// max |r(s, a, s')|: what cancels within a pair leaves rounding of this size in r(s, a).
pub(super) fn largest_reward(mdp: &Mdp) -> f64 {
    let paid = (0..mdp.pairs()).flat_map(|pair| mdp.outcomes(pair));
    paid.fold(0.0, |a: f64, o| a.max(o.reward.abs()))
}

/// Σ x y.
pub(super) fn inner(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

/// x + c y.
pub(super) fn plus(x: &[f64], c: f64, y: &[f64]) -> Vec<f64> {
    x.iter().zip(y).map(|(x, y)| x + c * y).collect()
}

/// x y, entry by entry.
pub(super) fn times(x: &[f64], y: &[f64]) -> Vec<f64> {
    x.iter().zip(y).map(|(x, y)| x * y).collect()
}

/// p u [SA], from the outcomes.
pub(super) fn ahead(mdp: &Mdp, u: &[f64]) -> Vec<f64> {
    let pair = |i| mdp.outcomes(i).map(|o| o.probability * u[o.next]).sum();
    (0..mdp.pairs()).map(pair).collect()
}

/// r + γ p u [SA].
pub(super) fn backup(mdp: &Mdp, gamma: f64, u: &[f64]) -> Vec<f64> {
    plus(mdp.r(), gamma, &ahead(mdp, u))
}

/// μ p [S] for a measure μ over pairs, without what enters terminal states.
pub(super) fn arrive(mdp: &Mdp, mu: &[f64]) -> Vec<f64> {
    let mut into = vec![0.0; mdp.states()];
    for (pair, mass) in mu.iter().enumerate() {
        for outcome in mdp.outcomes(pair) {
            if !mdp.space().is_terminal(outcome.next) {
                into[outcome.next] += mass * outcome.probability;
            }
        }
    }
    into
}

/// maxₐ x(s, a) [S]; 0 on terminal states.
pub(super) fn best(mdp: &Mdp, x: &[f64]) -> Vec<f64> {
    let state = |s| {
        let block = &x[mdp.space().pairs_of(s)];
        let best = block.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if block.is_empty() { 0.0 } else { best }
    };
    (0..mdp.states()).map(state).collect()
}

/// A matrix column by column: M w.
pub(super) fn apply(m: &DMatrix<f64>, w: &[f64]) -> Vec<f64> {
    let row = |i| (0..m.ncols()).map(|k| m[(i, k)] * w[k]).sum();
    (0..m.nrows()).map(row).collect()
}

/// x M.
pub(super) fn apply_left(x: &[f64], m: &DMatrix<f64>) -> Vec<f64> {
    let column = |k| (0..m.nrows()).map(|i| x[i] * m[(i, k)]).sum();
    (0..m.ncols()).map(column).collect()
}

/// A state function over pairs: x(s(i)) [SA].
pub(super) fn spread(mdp: &Mdp, x: &[f64]) -> Vec<f64> {
    (0..mdp.pairs())
        .map(|i| x[mdp.space().state_of(i)])
        .collect()
}

impl Case {
    /// π x [S] for x over pairs.
    pub(super) fn average(&self, x: &[f64]) -> Vec<f64> {
        let mut mean = vec![0.0; self.mdp.states()];
        for (pair, x) in x.iter().enumerate() {
            mean[self.mdp.space().state_of(pair)] += self.probabilities[pair] * x;
        }
        mean
    }

    /// E[f(A, R, S') | s] [S] over the outcomes of each state.
    pub(super) fn expect(&self, mdp: &Mdp, f: impl Fn(usize, Outcome<f64>) -> f64) -> Vec<f64> {
        let pair = |i| mdp.outcomes(i).map(|o| o.probability * f(i, o)).sum();
        self.average(&(0..mdp.pairs()).map(pair).collect::<Vec<f64>>())
    }

    /// ρ π [SA] for a measure over states.
    pub(super) fn lift(&self, rho: &[f64]) -> Vec<f64> {
        times(&spread(&self.mdp, rho), &self.probabilities)
    }

    /// w ∇π [d] for w over pairs.
    pub(super) fn effect(&self, w: &[f64]) -> Vec<f64> {
        let mut sum = vec![0.0; self.policy.parameters()];
        for (pair, w) in w.iter().enumerate() {
            for (k, slope) in self.derivative.row(pair) {
                sum[k] += w * slope;
            }
        }
        sum
    }

    /// ρ(x∇π) [d].
    pub(super) fn pairing(&self, rho: &[f64], x: &[f64]) -> Vec<f64> {
        self.effect(&times(&spread(&self.mdp, rho), x))
    }

    /// (x∇π) w [S]: Σₐ x(s, a) ∂_wπ(a|s) for a direction w [d].
    pub(super) fn effect_along(&self, x: &[f64], w: &[f64]) -> Vec<f64> {
        let slope = self.slope_along(w);
        let mut sum = vec![0.0; self.mdp.states()];
        for (pair, x) in x.iter().enumerate() {
            sum[self.mdp.space().state_of(pair)] += x * slope[pair];
        }
        sum
    }

    /// ∂_wπ [SA] for a direction w [d].
    pub(super) fn slope_along(&self, w: &[f64]) -> Vec<f64> {
        let pair = |i| self.derivative.row(i).map(|(k, x)| x * w[k]).sum();
        (0..self.mdp.pairs()).map(pair).collect()
    }

    /// A random direction in θ; on the simplex one that keeps Σₐ θ = 1.
    pub(super) fn direction(&self, stream: u64) -> Vec<f64> {
        let mut w = random(stream, self.policy.parameters());
        if let Parametrization::Simplex(_) = self.policy.parametrization() {
            for s in 0..self.mdp.states() {
                let block = self.mdp.space().pairs_of(s);
                let mean = w[block.clone()].iter().sum::<f64>() / block.len().max(1) as f64;
                w[block].iter_mut().for_each(|x| *x -= mean);
            }
        }
        w
    }

    /// The policy at θ + hw.
    pub(super) fn moved(&self, h: f64, w: &[f64]) -> Result<Policy, Skip> {
        Ok(self.policy.with_theta(plus(self.theta(), h, w))?)
    }

    /// The policy at θ + εw over dual numbers.
    pub(super) fn dual(&self, w: &[f64]) -> Result<Policy<Dual>, Skip> {
        let dual = self.policy.map(|&x| Dual::constant(x));
        let lift = |(&value, &derivative): (&f64, &f64)| Dual { value, derivative };
        let theta = self.theta().iter().zip(w).map(lift);
        Ok(dual.with_theta(theta.collect())?)
    }

    /// θ \[d\].
    pub(super) fn theta(&self) -> &[f64] {
        self.policy.theta().unwrap_or(self.policy.probabilities())
    }

    /// maxₖ max(maxₛ Σₐ |∂ₖπ|, 1/ℓₖ): the size of ∇π, and of what it is the difference of.
    ///
    /// With ℓₖ the length over which π changes by its own order, a derivative that is found
    /// together with π (over dual numbers, or as ∂π = πψ) is a difference of terms of the size
    /// π/ℓₖ: (eˣ/Z)' = eˣx'/Z − (eˣ/Z)(Z'/Z), and Σₐ π/ℓₖ = 1/ℓₖ. For a nearly deterministic
    /// policy what remains, about min(π, 1 − π)/ℓₖ, is far smaller than their rounding: an error of
    /// uπ/ℓₖ is right relative to 1/ℓₖ alone. The same holds for Σₐ w ∂π where the mean of w is
    /// not 0, as in ρ(q∇π): Σₐ w ∂π differs from Σₐ (w − w̄) ∂π by w̄ times a rounding of that kind.
    pub(super) fn slope(&self) -> f64 {
        let lengths = scales(&self.policy);
        let mut largest = 0.0f64;
        let mut sums = vec![0.0; self.policy.parameters()];
        for s in 0..self.mdp.states() {
            let entries = || {
                let block = self.mdp.space().pairs_of(s);
                block.flat_map(|i| self.derivative.row(i))
            };
            entries().for_each(|(k, x)| sums[k] += x.abs());
            entries().for_each(|(k, _)| largest = largest.max(sums[k]).max(1.0 / lengths[k]));
            entries().for_each(|(k, _)| sums[k] = 0.0);
        }
        largest
    }
}

/// The derivatives of dual numbers.
pub(super) fn derivatives(x: &[Dual]) -> Vec<f64> {
    x.iter().map(|x| x.derivative).collect()
}

/// The whole algebra at a dual policy, by the factors of the claims.
pub(super) fn dual_case(
    discounted: &super::Discounted,
    policy: Policy<Dual>,
) -> Result<Solved<Dual>, Skip> {
    let mdp = discounted.mdp.map(|&x| Dual::constant(x));
    Ok(Solved::along(&Arc::new(mdp), policy, &discounted.solved)?)
}
