//! Covariances as sums of centred squares, where the difference E XXᵀ − E X (E X)ᵀ has no digits left,
//! as near γ = 1 (theory, 5.3, *Centred*).
//!
//! With m = E_s[X] and v = E_s[R] the centred X̃ = X − m and R̃ = R − v follow the same recursion,
//!
//! ```text
//! R̃ = δ + gR̃'        δ = ζ + g v(s') − v(s)
//! X̃ = φ + ψhR̃' + cX̃'  φ = ψα + u,  α = f + h v(s'),  u = c m(s') − m(s)
//! ```
//!
//! where E_s[δ] = 0 = E_s[φ] and nothing centred is correlated with what came before it. So with
//! C = E[R̃²], ỹ = E[R̃X̃] and ρ₂ = ρ₀(I − c²P)⁻¹
//!
//! ```text
//! C = E[δ²] + g² PC        ỹ = E[δφ + g h ψ C'] + g c Pỹ
//! Cov X = Cov_{ρ₀} m + Σ_s ρ₂(s) E_s[φφᵀ + ψψᵀ h²C' + h c (ψ ỹ'ᵀ + ỹ'ψᵀ)]
//! ```
//!
//! v, m and ỹ are large and nearly constant; all that is taken of them are differences between
//! states, to the last digits. φ is squared outcome by outcome, as it stands: ψα and u may cancel, as they do
//! where an estimate is the same whatever happens.
//!
//! A window of n steps has n − 1 sums R⁽ʲ⁾ = ζ + gR'⁽ʲ⁻¹⁾ in the place of one, of which the last is seen:
//!
//! ```text
//! C⁽ⁱʲ⁾ = E[δ⁽ⁱ⁾δ⁽ʲ⁾] + g² PC⁽ⁱ⁻¹ ʲ⁻¹⁾        ỹ⁽ʲ⁾ = E[δ⁽ʲ⁾φ + g h ψ C'⁽ʲ⁻¹ ⁿ⁻¹⁾] + g c Pỹ⁽ʲ⁻¹⁾
//! ```

mod potential;
mod sum;

use self::potential::Potential;
use self::sum::{Centred, CentredSum};
use super::Table;
use super::assembly::Accumulator;
use super::conditional::own_weight;
use super::critic::rounds;
use super::process::{Order, Process};
use super::recursion::{Recursion, Signal};
use super::rows::axpy;
use crate::error::Error;
use crate::linalg::{Solvable, largest};

/// Relative errors of variances above this are worth another way; a choice.
const LOST: f64 = 1e-13;
/// Relative errors above this, by the terms of a return less a baseline, which may cancel before they are squared, are worth another way; a
/// choice.
const DOUBTFUL: f64 = 1e-10;
/// States × parameters up to which that way is taken; a choice.
const ENTRIES: usize = 20_000_000;
/// Products that outer products of outcomes may take, beyond which there are variances alone: a choice, some ten
/// seconds.
const OUTER_PRODUCTS: f64 = 1e10;
/// Sums of a window up to which their covariances are taken one by one; a choice.
const WINDOW: usize = 64;

/// Whether the difference has lost digits that centred squares would keep: the length of a
/// trajectory, as far as it is discounted, times what the difference cancels.
pub(super) fn pays<F: Solvable>(
    process: &Process<F>,
    recursion: &Recursion<F>,
    v: &Table<F>,
    (raw, variance): (&[F], &[F]),
) -> Result<bool, Error> {
    let stationary = process.horizon().is_none() && !process.is_weighted();
    let entries = process.states().saturating_mul(process.parameters());
    let window = recursion.is_window() && recursion.scalars.len() <= WINDOW;
    let closed = recursion.is_one_sum() || window;
    if !rounds::<F>() || !stationary || !closed || entries > ENTRIES {
        return Ok(false);
    }
    let c = own_weight(recursion, 0);
    let visits = process.solve_transposed(Order::First, &c, process.initial().to_vec())?;
    let length: f64 = visits.iter().map(F::to_f64).sum();
    let cancelled = raw.iter().zip(variance).map(|(raw, variance)| {
        let (raw, variance) = (raw.to_f64(), variance.to_f64());
        if raw > 0.0 {
            raw / variance.max(0.0)
        } else {
            0.0
        }
    });
    if cancelled.fold(0.0, f64::max) * length * f64::EPSILON > LOST {
        return Ok(true);
    }
    let terms = terms(process, &visits, largest(v.at(0)));
    // where returns lie next to a baseline nothing is left of them, be it 0
    let less = matches!(recursion.vectors[0].signal, Signal::RewardLess(_));
    let mut known = terms.iter().zip(raw).zip(variance);
    Ok(known.any(|((terms, raw), variance)| {
        (less || raw.to_f64() > 0.0) && terms * f64::EPSILON > DOUBTFUL * variance.to_f64()
    }))
}

/// Σ ρ Σ π ψ_k² y² \[d\]: the size of the terms of a second moment that returns of the size y enter.
pub(super) fn terms<F: Solvable>(process: &Process<F>, visits: &[F], largest: f64) -> Vec<f64> {
    let weights = process.weights(Order::First);
    let mut squares = vec![0.0; process.parameters()];
    for (state, mass) in visits.iter().enumerate() {
        for pair in process.pairs_of(state) {
            let mass = mass.to_f64() * weights[pair].to_f64();
            for (k, score) in process.score(pair) {
                squares[k] += mass * score.to_f64().powi(2);
            }
        }
    }
    squares.iter().map(|x| x * largest * largest).collect()
}

/// Moments of a stationary recursion of one sum, on policy.
///
/// Errors if a system is singular.
pub(super) fn moments<F: Solvable>(
    process: &Process<F>,
    recursion: &Recursion<F>,
    v: &Table<F>,
    full: bool,
) -> Result<Centred<F>, Error> {
    let c = own_weight(recursion, 0);
    let law = CentredSum::new(process, recursion, v)?;
    let slopes = law.slopes();
    let mut mean = vec![F::zero(); process.parameters()];
    let weights = process
        .accurate(Order::First, &c)?
        .solve_transposed(process.initial())?
        .x;
    for (state, weight) in weights.iter().enumerate() {
        axpy(&mut mean, weight, slopes.row(state));
    }
    let m = Potential::solve(process, &c, slopes)?;
    let joint = law.joint(&m, &c)?;
    let square = c.clone() * &c;
    let visits = process.accurate(Order::First, &square)?;
    let visits = visits.solve_transposed(process.initial())?.x;
    let mut found = Centred {
        mean,
        squares: Accumulator::zero(process.parameters(), full),
        terms: vec![0.0; process.parameters()],
    };
    start(process, &m, &mut found.squares);
    for (state, mass) in visits.iter().enumerate().filter(|(_, m)| !m.is_zero()) {
        law.add_state(state, mass, &m, joint.as_ref(), &mut found);
    }
    Ok(found)
}

/// Whether the whole covariance is worth its time: that of an outer product for each outcome.
pub(super) fn is_affordable<F: Solvable>(process: &Process<F>) -> bool {
    let outcomes = (0..process.states()).flat_map(|state| process.pairs_of(state));
    let outcomes: usize = outcomes.map(|pair| process.steps_of(pair).len()).sum();
    outcomes as f64 * (process.parameters() as f64).powi(2) <= OUTER_PRODUCTS
}

/// Cov_{ρ₀} m; what ρ₀ leaves out has ended, with X = 0.
fn start<F: Solvable>(process: &Process<F>, m: &Potential<F>, sum: &mut Accumulator<F>) {
    let started: Vec<usize> = (0..process.states())
        .filter(|&s| !process.initial()[s].is_zero())
        .collect();
    let Some(&first) = started.first() else {
        return;
    };
    let d = process.parameters();
    let risen = |s: usize| {
        let mut row = vec![F::zero(); d];
        m.add_rise(&mut row, &F::one(), first, Some(s));
        row
    };
    let mass = started
        .iter()
        .fold(F::zero(), |sum, &s| sum + &process.initial()[s]);
    let mut mean = vec![F::zero(); d];
    for &s in &started {
        axpy(
            &mut mean,
            &(process.initial()[s].clone() / &mass),
            &risen(s),
        );
    }
    for &s in &started {
        let mut row = risen(s);
        axpy(&mut row, &-F::one(), &mean);
        sum.add_outer(&process.initial()[s], &row, &row);
    }
    let ended = F::one() - &mass;
    // less is the rounding of a sum of probabilities
    if ended.to_f64() > 1e-9 {
        axpy(&mut mean, &F::one(), m.high.row(first));
        sum.add_outer(&(ended * &mass), &mean, &mean);
    }
}
