//! How fast trajectories are sampled; docs/benchmarks.md says what the figures mean.
//!
//! `cargo bench --bench simulator`

use std::ops::ControlFlow;
use std::sync::Arc;

use divan::Bencher;
use divan::counter::ItemsCount;
use exact_mdp::chain::Chain;
use exact_mdp::estimator::{Form, Resolved, Sampling, Table};
use exact_mdp::evaluation::Evaluation;
use exact_mdp::linalg::SolverOptions;
use exact_mdp::mdp::{Criterion, Mdp, Names, OutcomeTable, Parts, Space};
use exact_mdp::policy::Policy;
use exact_mdp::sampling::{Plan, Sampler};
use exact_mdp::trajectory::{Block, Simulator};

fn main() {
    divan::main();
}

/// Blocks of 2048 trajectories in one sample.
const BLOCKS: u64 = 8;

/// FrozenLake 4x4, slippery, γ = 0.99; trajectories of 7.7 steps under the uniform policy.
fn frozen_lake() -> Mdp {
    const MAP: &[u8; 16] = b"SFFFFHFHFFFHHFFG";
    let free = |cell: usize| matches!(MAP[cell], b'S' | b'F');
    let moved = |cell: usize, direction: usize| match direction {
        0 if !cell.is_multiple_of(4) => cell - 1,
        1 if cell < 12 => cell + 4,
        2 if cell % 4 < 3 => cell + 1,
        3 if cell >= 4 => cell - 4,
        _ => cell,
    };
    let mut outcomes = OutcomeTable::default();
    for cell in (0..16).filter(|&cell| free(cell)) {
        for action in 0..4 {
            for slipped in [action, (action + 1) % 4, (action + 3) % 4] {
                let next = moved(cell, slipped);
                let reward = if MAP[next] == b'G' { 1.0 } else { 0.0 };
                outcomes.push(next, 1.0 / 3.0, reward);
            }
            outcomes.end_pair();
        }
    }
    let mut initial = vec![0.0; 16];
    initial[0] = 1.0;
    let actions = (0..16).map(|cell| if free(cell) { vec![0, 1, 2, 3] } else { vec![] });
    model(16, actions, outcomes, initial, 0.99)
}

/// A random MDP: 1,000 states, 4 actions, 5 successors and rewards in [-1, 1] of their own.
fn garnet() -> Mdp {
    const STATES: usize = 1000;
    let mut state = 7u64;
    let mut uniform = || {
        // SplitMix64: any generator would do
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / 2f64.powi(53)
    };
    let mut outcomes = OutcomeTable::default();
    for _ in 0..4 * STATES {
        let weights: [f64; 5] = std::array::from_fn(|_| 0.05 + uniform());
        let total: f64 = weights.iter().sum();
        for weight in weights {
            let next = (uniform() * STATES as f64) as usize;
            outcomes.push(next, weight / total, 2.0 * uniform() - 1.0);
        }
        outcomes.end_pair();
    }
    let initial = vec![1.0 / STATES as f64; STATES];
    let actions = (0..STATES).map(|_| vec![0, 1, 2, 3]);
    model(STATES, actions, outcomes, initial, 0.95)
}

fn model(
    states: usize,
    actions: impl Iterator<Item = Vec<u32>>,
    outcomes: OutcomeTable<f64>,
    initial: Vec<f64>,
    discount: f64,
) -> Mdp {
    let space = Space::new(Names::Numbered(states), Names::Numbered(4), actions);
    Mdp::new(Parts {
        name: "bench".into(),
        space: Arc::new(space),
        outcomes,
        initial,
        criterion: Criterion::Discounted { discount },
    })
}

fn reward_to_go(mdp: &Mdp) -> Vec<Resolved<f64>> {
    let resolved = Resolved {
        weight: mdp.discount(),
        discount: mdp.discount(),
        form: Form::Return { baseline: None },
    };
    vec![resolved]
}

/// The eight Ψ of theory 5 with γᵗ, and those that have one also without.
fn all_estimators(mdp: &Mdp, policy: &Policy) -> Vec<Resolved<f64>> {
    let chain = Chain::new(mdp, policy, &SolverOptions::default()).unwrap();
    let evaluation = Evaluation::new(mdp, policy, &chain).unwrap();
    let gamma = mdp.discount();
    let v = Table::stationary(evaluation.v);
    let residual = |decay, window| Form::Residual {
        critic: v.clone(),
        decay,
        window,
    };
    let forms = [
        Form::Return { baseline: None },
        Form::Return {
            baseline: Some(v.clone()),
        },
        Form::Pair {
            value: Table::stationary(evaluation.q),
        },
        Form::Pair {
            value: Table::stationary(evaluation.advantage),
        },
        residual(0.0, None),
        residual(0.95 * gamma, None),
        residual(gamma, Some(5)),
    ];
    let resolved = |weight, form| Resolved {
        weight,
        discount: gamma,
        form,
    };
    let mut all = vec![resolved(1.0, Form::TotalReturn { baseline: 0.0 })];
    for form in forms {
        all.push(resolved(gamma, form.clone()));
        all.push(resolved(1.0, form));
    }
    all
}

fn sample(bencher: Bencher, mdp: &Mdp, estimators: &[Resolved<f64>], sampling: Sampling) {
    let policy = Policy::uniform(mdp.space());
    let trajectories = BLOCKS * exact_mdp::trajectory::BLOCK;
    bencher
        .counter(ItemsCount::new(trajectories))
        .with_inputs(|| {
            Sampler::new(mdp, &policy, None, estimators, Plan::new(sampling, 1)).unwrap()
        })
        .bench_local_values(|mut sampler| {
            let progress = |_| ControlFlow::Continue(());
            sampler.sample_to(trajectories, &progress).unwrap()
        });
}

fn walk(bencher: Bencher, mdp: &Mdp, sampling: Sampling) {
    let simulator = Simulator::new(mdp, &Policy::uniform(mdp.space()), sampling);
    let trajectories = exact_mdp::trajectory::BLOCK;
    bencher
        .counter(ItemsCount::new(BLOCKS * trajectories))
        .bench_local(|| {
            let mut steps = 0;
            for number in 0..BLOCKS {
                let block = Block {
                    seed: 1,
                    number,
                    trajectories,
                    cap: 1 << 20,
                };
                simulator
                    .walk(&block, |_, outcomes, _| steps += outcomes.len())
                    .unwrap();
            }
            steps
        });
}

/// Random numbers alone: as many as the walk of FrozenLake draws, 7.7 for a trajectory.
#[divan::bench]
fn frozen_lake_1_random_numbers(bencher: Bencher) {
    use rand_chacha::rand_core::{Rng, SeedableRng};
    let mut generator = rand_chacha::ChaCha8Rng::seed_from_u64(1);
    let trajectories = BLOCKS * exact_mdp::trajectory::BLOCK;
    let mut bytes = vec![0u8; 512];
    bencher
        .counter(ItemsCount::new(trajectories))
        .bench_local(|| {
            for _ in 0..trajectories * 77 / 640 {
                generator.fill_bytes(divan::black_box(&mut bytes));
            }
        });
}

#[divan::bench]
fn frozen_lake_2_walk(bencher: Bencher) {
    walk(bencher, &frozen_lake(), Sampling::Episodic);
}

#[divan::bench]
fn frozen_lake_3_reward_to_go(bencher: Bencher) {
    let mdp = frozen_lake();
    sample(bencher, &mdp, &reward_to_go(&mdp), Sampling::Episodic);
}

#[divan::bench]
fn frozen_lake_4_all_estimators(bencher: Bencher) {
    let mdp = frozen_lake();
    let all = all_estimators(&mdp, &Policy::uniform(mdp.space()));
    sample(bencher, &mdp, &all, Sampling::Episodic);
}

#[divan::bench]
fn garnet_2_walk(bencher: Bencher) {
    walk(bencher, &garnet(), Sampling::Truncated(100));
}

#[divan::bench]
fn garnet_3_reward_to_go(bencher: Bencher) {
    let mdp = garnet();
    sample(bencher, &mdp, &reward_to_go(&mdp), Sampling::Truncated(100));
}

#[divan::bench]
fn garnet_4_all_estimators(bencher: Bencher) {
    let mdp = garnet();
    let all = all_estimators(&mdp, &Policy::uniform(mdp.space()));
    sample(bencher, &mdp, &all, Sampling::Truncated(100));
}
