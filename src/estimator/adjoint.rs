//! Measures over states that turn constant terms into moments under ρ₀ (theory, 5.3, *Cost*).
//!
//! With ρ_c = ρ₀ (I − cP)⁻¹ the number ρ₀Z is ρ_{c²} C_Z: one transposed solve in the place of n d²
//! unknowns. Where vectors are linked to others (total return), a measure passes on to what its
//! vector is linked to.

use super::conditional::own_weight;
use super::process::{Order, Process};
use super::recursion::{Link, Recursion};
use crate::error::Error;
use crate::linalg::Solvable;

/// For each vector a measure [S]: mean = Σ_v Σ_s u_v(s) E_s[ψΨ_v].
pub(super) type MeanWeights<F> = Vec<Vec<F>>;

/// For each ordered pair of vectors a measure [S].
pub(super) type PairWeights<F> = Vec<Vec<Vec<F>>>;

fn seed<F: Solvable>(process: &Process<F>, factor: &F) -> Vec<F> {
    process
        .initial()
        .iter()
        .map(|x| x.clone() * factor)
        .collect()
}

/// Measures for E[Σ topᵢ Vᵢ], on a stationary recursion.
pub(super) fn mean<F: Solvable>(
    process: &Process<F>,
    recursion: &Recursion<F>,
    top: &[F],
) -> Result<MeanWeights<F>, Error> {
    let mut weights = mean_seeds(process, top);
    for v in (0..weights.len()).rev() {
        let measure = std::mem::take(&mut weights[v]);
        let own = own_weight(recursion, v);
        let solved = process.solve_transposed(Order::First, &own, measure)?;
        for link in recursion.vectors[v]
            .links
            .iter()
            .filter(|link| link.vector != v)
        {
            push(
                process,
                Order::First,
                &solved,
                &[link],
                &mut weights[link.vector],
            );
        }
        weights[v] = solved;
    }
    Ok(weights)
}

/// The measures at time 0.
pub(super) fn mean_seeds<F: Solvable>(process: &Process<F>, top: &[F]) -> MeanWeights<F> {
    top.iter().map(|top| seed(process, top)).collect()
}

/// The measures one step later.
pub(super) fn mean_step<F: Solvable>(
    process: &Process<F>,
    recursion: &Recursion<F>,
    weights: &MeanWeights<F>,
) -> MeanWeights<F> {
    let mut next = vec![vec![F::zero(); process.states()]; weights.len()];
    for (v, measure) in weights.iter().enumerate() {
        for link in &recursion.vectors[v].links {
            push(
                process,
                Order::First,
                measure,
                &[link],
                &mut next[link.vector],
            );
        }
    }
    next
}

/// Measures for E[X X̃ᵀ], X = Σ leftᵢ Vᵢ and X̃ = Σ rightᵢ Vᵢ, on a stationary recursion.
pub(super) fn pairs<F: Solvable>(
    process: &Process<F>,
    recursion: &Recursion<F>,
    left: &[F],
    right: &[F],
) -> Result<PairWeights<F>, Error> {
    pairs_from(process, recursion, pair_seeds(process, left, right))
}

/// Measures for E[X X̃ᵀ] on a stationary recursion, from measures at time 0.
pub(super) fn pairs_from<F: Solvable>(
    process: &Process<F>,
    recursion: &Recursion<F>,
    mut weights: PairWeights<F>,
) -> Result<PairWeights<F>, Error> {
    let count = weights.len();
    for (i, j) in (0..count)
        .rev()
        .flat_map(|i| (0..count).rev().map(move |j| (i, j)))
    {
        let measure = std::mem::take(&mut weights[i][j]);
        let own = own_weight(recursion, i) * &own_weight(recursion, j);
        if measure.iter().all(F::is_zero) {
            weights[i][j] = measure;
            continue;
        }
        let solved = process.solve_transposed(Order::Second, &own, measure)?;
        for (a, b) in linked(recursion, i, j).filter(|(a, b)| (a.vector, b.vector) != (i, j)) {
            let into = &mut weights[a.vector][b.vector];
            push(process, Order::Second, &solved, &[a, b], into);
        }
        weights[i][j] = solved;
    }
    Ok(weights)
}

/// The measures at time 0.
pub(super) fn pair_seeds<F: Solvable>(
    process: &Process<F>,
    left: &[F],
    right: &[F],
) -> PairWeights<F> {
    let row = |a: &F| {
        right
            .iter()
            .map(|b| seed(process, &(a.clone() * b)))
            .collect()
    };
    left.iter().map(row).collect()
}

/// The measures one step later.
pub(super) fn pair_step<F: Solvable>(
    process: &Process<F>,
    recursion: &Recursion<F>,
    weights: &PairWeights<F>,
) -> PairWeights<F> {
    let count = weights.len();
    let mut next = vec![vec![vec![F::zero(); process.states()]; count]; count];
    for (i, j) in (0..count).flat_map(|i| (0..count).map(move |j| (i, j))) {
        for (a, b) in linked(recursion, i, j) {
            let into = &mut next[a.vector][b.vector];
            push(process, Order::Second, &weights[i][j], &[a, b], into);
        }
    }
    next
}

fn linked<F>(
    recursion: &Recursion<F>,
    i: usize,
    j: usize,
) -> impl Iterator<Item = (&Link<F>, &Link<F>)> {
    let right = &recursion.vectors[j].links;
    let left = recursion.vectors[i].links.iter();
    left.flat_map(move |a| right.iter().map(move |b| (a, b)))
}

/// into(s') += Σ_s measure(s) E_s[Π C; s'].
fn push<F: Solvable>(
    process: &Process<F>,
    order: Order,
    measure: &[F],
    links: &[&Link<F>],
    into: &mut [F],
) {
    for (state, mass) in measure
        .iter()
        .enumerate()
        .filter(|(_, mass)| !mass.is_zero())
    {
        process.each_step(order, state, |_, weight, step| {
            if let Some(next) = step.next {
                let coefficient = |c: F, link: &&Link<F>| c * &link.at(step);
                into[next] += links.iter().fold(weight * mass, coefficient);
            }
        });
    }
}
