//! How far rounding may have moved values and advantages, where it may show.
//!
//! ```text
//! εᵥ = ‖N‖∞ maxₛ (|e| + η z_v)      z_v = |r^π| + Σ |Aᵢⱼ||vⱼ − vᵢ| + σ|v|
//! |δA(s, a)| ≤ 2εᵥ + η (|r| + Σ p |v(s') − v(s)|) + 2u (|v(s)| + Σ p |v|)
//! ```
//!
//! with the residual e of v, u the unit roundoff and η = (z + 16)u for z entries in the fullest row.

use std::any::TypeId;

use crate::chain::Chain;
use crate::error::Error;
use crate::linalg::{Factors, Solvable, largest};
use crate::mdp::Mdp;
use crate::number::Number;
use crate::policy::Policy;

/// Values so many units of rounding larger than advantages make them doubtful; a choice.
const SHOWN: f64 = 1e11;
/// Relative errors above this are worth a bound; a choice.
const CLOSE: f64 = 1e-9;

/// η, what rounding does to a row of I − γp^π times a vector, relative to the size of its terms.
pub(crate) fn unit<F: Solvable>(chain: &Chain<F>) -> f64 {
    (chain.resolvent().blocks().longest_row() + 16) as f64 * f64::EPSILON / 2.0
}

/// maxₛ (|e| + η z_v) of values v of rewards r and the last digits that they lack.
pub(crate) fn largest_fault<F: Solvable>(chain: &Chain<F>, r: &[F], v: &[F], rest: &[F]) -> f64 {
    let mut most = 0.0;
    each_fault(chain, r, (v, rest), |fault| most = f64::max(most, fault));
    most
}

/// Visits |e| + η z_v state by state.
pub(crate) fn each_fault<F: Solvable>(
    chain: &Chain<F>,
    r: &[F],
    (v, rest): (&[F], &[F]),
    mut visit: impl FnMut(f64),
) {
    let (resolvent, unit) = (chain.resolvent(), unit(chain));
    let left;
    let (b, x) = if rest.is_empty() {
        (r, v)
    } else {
        left = resolvent.residual(r, v);
        (left.as_slice(), rest)
    };
    let slack = resolvent.slack();
    let blocks = resolvent.blocks();
    blocks.each_residual(slack, b, x, |s, (columns, values), e| {
        let entries = columns.iter().zip(values);
        let rises = entries.map(|(&next, a)| a.to_f64().abs() * rise(v, s, next as usize));
        let slack = slack.map_or(1.0, |slack| slack[s].to_f64().abs());
        let size = r[s].to_f64().abs() + rises.sum::<f64>() + slack * v[s].to_f64().abs();
        visit(e.to_f64().abs() + unit * size);
    });
}

/// |v(s') − v(s)|.
fn rise<F: Solvable>(v: &[F], from: usize, to: usize) -> f64 {
    (v[to].clone() - &v[from]).to_f64().abs()
}

/// |δA(s, a)| \[SA\] for values v (and the last digits that they lack) of a chain whose trajectories last
/// ‖N‖∞ steps at most, by the maxima over the states of what the routes to ∇J bound state by state.
pub(crate) fn advantage_errors<F: Solvable>(
    mdp: &Mdp<F>,
    chain: &Chain<F>,
    v: &[F],
    rest: &[F],
    length: f64,
) -> Vec<f64> {
    let (unit, solved) = (
        unit(chain),
        2.0 * length * largest_fault(chain, chain.dynamics().r(), v, rest),
    );
    let pair = |pair: usize| {
        let state = mdp.space().state_of(pair);
        let (mut rises, mut sizes) = (0.0, v[state].to_f64().abs());
        for (next, p) in mdp.p().row(pair) {
            rises += p.to_f64() * rise(v, state, next);
            sizes += p.to_f64() * v[next].to_f64().abs();
        }
        solved + unit * (mdp.r()[pair].to_f64().abs() + rises) + f64::EPSILON * sizes
    };
    (0..mdp.pairs()).map(pair).collect()
}

/// A bound on the errors of advantages, where values are so much larger that rounding may show.
pub(super) fn advantage_error<F: Solvable>(
    mdp: &Mdp<F>,
    chain: &Chain<F>,
    (v, rest): (&[F], &[F]),
    advantage: &[F],
) -> Result<Option<f64>, Error> {
    let size = largest(advantage);
    let shows = size > 0.0 && SHOWN * f64::EPSILON * largest(v) > size;
    if F::EXACT || F::one().certified().is_some() || !shows {
        return Ok(None);
    }
    let length = chain.inverse_norm()?.to_f64();
    let errors = advantage_errors(mdp, chain, v, rest, length);
    Ok(Some(errors.into_iter().fold(0.0, f64::max)))
}

/// A bound on the errors of v and q, where rewards of both signs leave so little of one of them that
/// rounding may show in its ninth digit.
pub(super) fn value_error<F: Solvable>(
    mdp: &Mdp<F>,
    policy: &Policy<F>,
    chain: &Chain<F>,
    (v, rest, q): (&[F], &[F], &[F]),
) -> Result<Option<f64>, Error> {
    // dual and complex numbers are evaluated for each parameter, and nobody asks for their values
    let is_plain = TypeId::of::<F>() == TypeId::of::<f64>();
    if !is_plain || !mdp.has_rewards_of_both_signs() {
        return Ok(None);
    }
    let alive = (0..v.len()).filter(|&s| chain.dynamics().alive()[s]);
    let values = alive.map(|s| &v[s]).chain(q);
    let least = values
        .map(|x| x.to_f64().abs())
        .fold(f64::INFINITY, f64::min);
    let sizes = Sizes::new(mdp, policy);
    let (length, unit) = (length(chain)?, unit(chain));
    if CLOSE * least >= unit * length * largest(&sizes.pairs) {
        return Ok(None);
    }
    let errors = sizes.errors(chain, (v, rest), length)?;
    let of_pair = |pair: usize| {
        let row = mdp.p().row(pair);
        let after =
            row.map(|(next, p)| p.to_f64() * (errors[next] + unit * v[next].to_f64().abs()));
        after.sum::<f64>() + unit * sizes.pairs[pair]
    };
    let of_pairs: Vec<f64> = (0..mdp.pairs()).map(of_pair).collect();
    let lost = |(error, x): (&f64, &F)| *error > CLOSE * x.to_f64().abs();
    let shows = errors.iter().zip(v).chain(of_pairs.iter().zip(q)).any(lost);
    Ok(shows.then(|| largest(&of_pairs).max(largest(&errors))))
}

/// ‖N‖∞, or 1/(1 − γ) above it.
fn length<F: Solvable>(chain: &Chain<F>) -> Result<f64, Error> {
    let slack = chain.resolvent().slack().unwrap_or_default();
    let least = slack.iter().map(F::to_f64).fold(f64::INFINITY, f64::min);
    if least > 0.0 && least.is_finite() {
        return Ok(1.0 / least);
    }
    Ok(chain.inverse_norm()?.to_f64())
}

/// Rewards without their signs: Σ p |r| \[SA\], and its mean under the policy \[S\].
struct Sizes {
    pairs: Vec<f64>,
    states: Vec<f64>,
}

impl Sizes {
    fn new<F: Solvable>(mdp: &Mdp<F>, policy: &Policy<F>) -> Sizes {
        let size = |pair: usize| {
            let outcomes = mdp.outcomes(pair);
            let sizes = outcomes.map(|x| (x.probability.to_f64() * x.reward.to_f64()).abs());
            sizes.sum::<f64>()
        };
        let pairs: Vec<f64> = (0..mdp.pairs()).map(size).collect();
        let mut states = vec![0.0; mdp.states()];
        for (pair, size) in pairs.iter().enumerate() {
            let pi = policy.probabilities()[pair].to_f64().abs();
            states[mdp.space().state_of(pair)] += pi * size;
        }
        Sizes { pairs, states }
    }

    /// Of v \[S\]: where every digit is a sum of one sign, n steps of elimination on N|r|; else εᵥ and the
    /// rounding of r.
    fn errors<F: Solvable>(
        &self,
        chain: &Chain<F>,
        (v, rest): (&[F], &[F]),
        length: f64,
    ) -> Result<Vec<f64>, Error> {
        let resolvent = chain.resolvent();
        let alive = chain.dynamics().alive();
        if !resolvent.factors().is_componentwise() {
            let fault = largest_fault(chain, chain.dynamics().r(), v, rest)
                + unit(chain) * largest(&self.states);
            let error = |alive: &bool| if *alive { length * fault } else { 0.0 };
            return Ok(alive.iter().map(error).collect());
        }
        let sized = alive.iter().zip(&self.states);
        let sized = sized.map(|(alive, x)| Number::from_f64(*x).filter(|_| *alive));
        let sized = sized.map(|x| x.as_ref().map_or_else(F::zero, F::from_number));
        let all = resolvent.solve(&sized.collect::<Vec<F>>())?.x;
        let unit = unit(chain) + 4.0 * v.len() as f64 * f64::EPSILON;
        Ok(all.iter().map(|x| unit * x.to_f64().abs()).collect())
    }
}
