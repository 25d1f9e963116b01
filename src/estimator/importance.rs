//! Whether importance sampling has a finite variance (theory, 5.6).
//!
//! On an infinite horizon second moments follow γ² P⁽²⁾, P⁽²⁾(s, s') = Σₐ π²/b p(s'|s, a); they are
//! finite if, and apart from vanishing coefficients only if, its spectral radius is below 1
//! (Precup, Sutton & Singh 2000).

use crate::error::Error;
use crate::linalg::{Csr, Solvable};
use crate::policy::Policy;

/// Errors with [`Error::NoSupport`] where the behavior never takes a pair that the policy takes.
pub(crate) fn check_support<F: Solvable>(
    policy: &Policy<F>,
    behavior: &Policy<F>,
) -> Result<(), Error> {
    let taken = (0..policy.probabilities().len()).filter(|&pair| policy.supports(pair));
    let uncovered = taken.filter(|&pair| behavior.probabilities()[pair].is_zero());
    let name = |pair| {
        let (state, action) = policy.space().pair_names(pair);
        (state.into_owned(), action.into_owned())
    };
    let pairs: Vec<(String, String)> = uncovered.map(name).collect();
    if pairs.is_empty() {
        Ok(())
    } else {
        Err(Error::NoSupport { pairs })
    }
}

/// 1 − Σₐ πⁿ/bⁿ⁻¹ \[S\] for n = 2, 3, 4, without a subtraction of sums that are nearly 1.
///
/// With x = (π − b)/b it is 1 − Σ b (1 + x)ⁿ = (1 − Σb) − n Σbx − Σ b x² yₙ(x) with y₂ = 1, y₃ = 3 + x and
/// y₄ = 6 + 4x + x², which are positive for x ≥ −1; Σbx is 0, up to what written probabilities lack of 1. For n = 2
/// it is −χ²(π, b).
pub(super) fn lost<F: Solvable>(policy: &Policy<F>, behavior: &Policy<F>, n: i64) -> Vec<F> {
    let whole = |x: i64| F::from_i64(x);
    let lacks = |one: &Policy<F>, s| one.deficit(s).cloned().unwrap_or_else(F::zero);
    let state = |s: usize| {
        let (own, acting) = (lacks(policy, s), lacks(behavior, s));
        let mut lost = acting.clone() - (acting - &own) * &whole(n);
        for pair in policy.space().pairs_of(s) {
            let b = &behavior.probabilities()[pair];
            if b.is_zero() {
                continue;
            }
            let apart = policy.probabilities()[pair].clone() - b;
            let x = apart.clone() / b;
            let y = match n {
                2 => F::one(),
                3 => x.clone() + &whole(3),
                _ => (x.clone() + &whole(4)) * &x + &whole(6),
            };
            lost -= apart * &x * &y;
        }
        lost
    };
    (0..policy.space().states()).map(state).collect()
}

/// Steps of the power iteration at most; a choice.
const STEPS: usize = 10_000;
/// Relative width of the enclosure at which it stops; a choice.
const TOLERANCE: f64 = 1e-12;

/// The spectral radius of a matrix without negative entries, by power iteration.
///
/// For a positive vector x, min (Ax/x) ≤ spr(A) ≤ max (Ax/x) (Collatz 1942; Wielandt 1950). I + A
/// is iterated, which has no periodic part; where parts of the chain die out the upper bound is
/// kept, so that the answer errs to the side of "infinite".
pub fn spectral_radius<F: Solvable>(matrix: &Csr<F>) -> f64 {
    let matrix = matrix.map(F::to_f64);
    let mut x = vec![1.0; matrix.rows()];
    let mut upper = f64::INFINITY;
    for _ in 0..STEPS {
        let y: Vec<f64> = matrix.mul(&x).iter().zip(&x).map(|(y, x)| x + y).collect();
        let ratios = || {
            y.iter()
                .zip(&x)
                .filter(|(_, x)| **x > 0.0)
                .map(|(y, x)| y / x)
        };
        let largest = ratios().fold(0.0, f64::max);
        upper = upper.min(largest);
        let smallest = ratios().fold(f64::INFINITY, f64::min);
        if largest - smallest <= TOLERANCE * largest {
            break;
        }
        let scale = y.iter().fold(0.0, |a: f64, &b| a.max(b));
        x = y.iter().map(|y| y / scale).collect();
    }
    (upper - 1.0).max(0.0)
}
