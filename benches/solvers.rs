//! Policy parameters in, evaluation and ∇J out; docs/benchmarks.md says what the figures mean.
//!
//! `cargo bench --bench solvers`, beside `python benches/compare/solvers.py`

use std::hint::black_box;
use std::sync::Arc;

use divan::Bencher;
use exact_mdp::gradient::adjoint;
use exact_mdp::linalg::{SolverKind, SolverOptions};
use exact_mdp::mdp::{Criterion, Mdp, MdpParts, Names, OutcomeTable, Space};
use exact_mdp::policy::Policy;
use exact_mdp::solved::Solved;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn main() {
    divan::main();
}

/// θ → π → p^π → v, q, A, ρ, J → ∇J. What was solved is dropped with the time that takes: a round would
/// else hold the factors of all its runs.
fn everything(mdp: &Arc<Mdp>, theta: &[f64], options: &SolverOptions) -> (f64, Vec<f64>) {
    let policy = Policy::softmax(mdp.space(), theta.to_vec(), 1.0).expect("finite");
    let solved = Solved::by(Arc::clone(mdp), policy, options.clone()).expect("solvable");
    let gradient = adjoint::gradient(&solved).expect("a gradient");
    (*black_box(&solved).j(), gradient)
}

fn measure(bencher: Bencher, mdp: &Mdp, solver: SolverKind) {
    let options = SolverOptions {
        solver,
        ..SolverOptions::default()
    };
    measure_with(bencher, mdp, &options);
}

fn measure_with(bencher: Bencher, mdp: &Mdp, options: &SolverOptions) {
    let theta = vec![0.0; mdp.pairs()];
    let mdp = Arc::new(mdp.clone());
    bencher.bench_local(|| everything(&mdp, &theta, options));
}

/// A model at γ = 0.99; `fill` appends the outcomes of one pair.
fn model(
    states: usize,
    actions: usize,
    terminal: impl Fn(usize) -> bool,
    mut fill: impl FnMut(&mut OutcomeTable<f64>, usize, usize),
) -> Mdp {
    let sets = (0..states).map(|state| {
        if terminal(state) {
            Vec::new()
        } else {
            (0..actions as u32).collect()
        }
    });
    let space = Space::new(Names::Numbered(states), Names::Numbered(actions), sets).unwrap();
    let mut outcomes = OutcomeTable::default();
    for pair in 0..space.pairs() {
        fill(&mut outcomes, space.state_of(pair), space.action_of(pair));
        outcomes.end_pair();
    }
    let mut initial = vec![0.0; states];
    initial[0] = 1.0;
    Mdp::new(MdpParts {
        name: "bench".into(),
        space: Arc::new(space),
        outcomes,
        initial,
        criterion: Criterion::Discounted { discount: 0.99 },
    })
    .unwrap()
}

/// A square gridworld: a move goes ahead, left or right with 1/3 each, entering the last cell
/// pays 1, and the cells of `terminal` end it.
fn grid(side: usize, terminal: impl Fn(usize) -> bool) -> Mdp {
    let moved = |cell: usize, direction: usize| {
        let (row, column) = (cell / side, cell % side);
        match direction {
            0 => row * side + column.saturating_sub(1),
            1 => (row + 1).min(side - 1) * side + column,
            2 => row * side + (column + 1).min(side - 1),
            _ => row.saturating_sub(1) * side + column,
        }
    };
    model(side * side, 4, terminal, |outcomes, cell, action| {
        for direction in [action + 3, action, action + 1] {
            let next = moved(cell, direction % 4);
            let reward = if next + 1 == side * side { 1.0 } else { 0.0 };
            outcomes.push(next, 1.0 / 3.0, reward);
        }
    })
}

fn weights(rng: &mut ChaCha8Rng, count: usize) -> Vec<f64> {
    let drawn: Vec<f64> = (0..count)
        .map(|_| f64::from(rng.next_u32()) + 1.0)
        .collect();
    let total: f64 = drawn.iter().sum();
    drawn.into_iter().map(|weight| weight / total).collect()
}

#[divan::bench(sample_count = 200, sample_size = 200)]
fn frozen_lake(bencher: Bencher) {
    const HOLES_AND_GOAL: [usize; 5] = [5, 7, 11, 12, 15];
    let mdp = grid(4, |cell| HOLES_AND_GOAL.contains(&cell));
    measure(bencher, &mdp, SolverKind::Auto);
}

#[divan::bench(args = [1000, 3000], sample_count = 7, sample_size = 1)]
fn dense_chain(bencher: Bencher, states: usize) {
    dense(bencher, states, SolverKind::Auto);
}

#[divan::bench(args = [1000, 3000], sample_count = 3, sample_size = 1)]
fn dense_chain_by_lu(bencher: Bencher, states: usize) {
    dense(bencher, states, SolverKind::Dense);
}

/// Two actions, all entries non-zero.
fn dense(bencher: Bencher, states: usize, solver: SolverKind) {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mdp = model(
        states,
        2,
        |_| false,
        |outcomes, state, _| {
            for (next, weight) in weights(&mut rng, states).into_iter().enumerate() {
                outcomes.push(next, weight, (state % 7) as f64);
            }
        },
    );
    measure(bencher, &mdp, solver);
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn grid_316(bencher: Bencher) {
    measure(
        bencher,
        &grid(316, |cell| cell == 316 * 316 - 1),
        SolverKind::Auto,
    );
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn grid_316_by_sparse_lu(bencher: Bencher) {
    measure(
        bencher,
        &grid(316, |cell| cell == 316 * 316 - 1),
        SolverKind::Sparse,
    );
}

/// 100,000 states, one action, 5 successors each, to a certified relative error.
#[divan::bench(sample_count = 5, sample_size = 1, args = [1e-12, 1e-10])]
fn garnet_100k(bencher: Bencher, tolerance: f64) {
    const STATES: usize = 100_000;
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let mdp = model(
        STATES,
        1,
        |_| false,
        |outcomes, state, _| {
            let drawn: Vec<usize> = (0..5).map(|_| rng.next_u32() as usize % STATES).collect();
            for (next, weight) in drawn.into_iter().zip(weights(&mut rng, 5)) {
                outcomes.push(next, weight, (state % 7) as f64);
            }
        },
    );
    let options = SolverOptions {
        tolerance,
        ..SolverOptions::default()
    };
    measure_with(bencher, &mdp, &options);
}
