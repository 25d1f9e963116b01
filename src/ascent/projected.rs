//! The Euclidean projection that keeps direct policies on their simplices
//! (theory, 3.2).

use crate::policy::{Kind, Policy};

/// The nearest point of the probability simplex, max(y − τ, 0) with τ such that it sums to 1;
/// O(n log n) (Held, Wolfe & Crowder 1974; Duchi et al. 2008).
///
/// Sorted descending, τ is τⱼ = (Σ_{i≤j} y₍ᵢ₎ − 1)/j for the largest j with y₍ⱼ₎ > τⱼ. All y are taken
/// from their maximum first, which moves τ as much: beside a large y the 1 would be lost.
pub fn onto_simplex(y: &[f64]) -> Vec<f64> {
    let top = y.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut sorted: Vec<f64> = y.iter().map(|x| x - top).collect();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let (mut sum, mut shift) = (0.0, 0.0);
    for (j, &x) in sorted.iter().enumerate() {
        sum += x;
        let candidate = (sum - 1.0) / (j + 1) as f64;
        if x > candidate {
            shift = candidate;
        }
    }
    y.iter().map(|x| (x - top - shift).max(0.0)).collect()
}

/// The nearest point of {x ≥ 0, Σx ≤ 1}, where the free parameters of a direct policy live.
pub fn onto_corner(y: &[f64]) -> Vec<f64> {
    let clamped: Vec<f64> = y.iter().map(|x| x.max(0.0)).collect();
    if clamped.iter().sum::<f64>() <= 1.0 {
        clamped
    } else {
        onto_simplex(y)
    }
}

/// θ \[d\] moved to the nearest parameters that are a policy; those of other parametrizations than
/// direct and simplex all are.
pub(crate) fn project(policy: &Policy, theta: Vec<f64>) -> Vec<f64> {
    let space = policy.space();
    if !policy.parametrization().is_bounded() {
        return theta;
    }
    if let Some(family) = policy.parametrization().controller() {
        let laws = family.blocks();
        return laws.flat_map(|law| onto_simplex(&theta[law])).collect();
    }
    match policy.parametrization().kind() {
        Kind::Simplex => {
            let blocks = (0..space.states()).map(|state| &theta[space.pairs_of(state)]);
            blocks.flat_map(onto_simplex).collect()
        }
        Kind::Direct => {
            let mut rest = theta.as_slice();
            let mut projected = Vec::with_capacity(theta.len());
            for state in 0..space.states() {
                let (block, after) = rest.split_at(space.pairs_of(state).len().saturating_sub(1));
                projected.extend(onto_corner(block));
                rest = after;
            }
            projected
        }
        _ => theta,
    }
}
