//! How fast trajectories are sampled; docs/benchmarks.md says what the figures mean.
//!
//! `cargo bench --bench simulator`

#[path = "common/clock.rs"]
mod clock;
#[path = "common/sparse.rs"]
mod sparse;

use std::hint::black_box;
use std::ops::ControlFlow;
use std::sync::Arc;

use exact_mdp::chain::Chain;
use exact_mdp::estimator::{Contribution, Resolved, Sampling, Table};
use exact_mdp::linalg::SolverOptions;
use exact_mdp::mdp::{Criterion, Mdp, MdpParts, Names, OutcomeTable, Space};
use exact_mdp::policy::Policy;
use exact_mdp::sampling::{Plan, Sampler};
use exact_mdp::trajectory::{BLOCK, Block, Simulator, Walked};

/// Blocks of trajectories in one round: so many that the clock of processor time is fine enough.
const BLOCKS: u64 = 64;
const ROUNDS: usize = 8;

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
    Mdp::new(MdpParts {
        name: "lake".into(),
        space: Arc::new(Space::new(Names::Numbered(16), Names::Numbered(4), actions).unwrap()),
        outcomes,
        initial,
        criterion: Criterion::Discounted { discount: 0.99 },
    })
    .unwrap()
}

fn reward_to_go(mdp: &Mdp) -> Vec<Resolved<f64>> {
    let resolved = Resolved {
        weight: mdp.discount(),
        discount: mdp.discount(),
        form: Contribution::Return { baseline: None },
    };
    vec![resolved]
}

/// The eight Ψ of theory 5 with γᵗ, and those that have one also without.
fn all_estimators(mdp: &Mdp, policy: &Policy) -> Vec<Resolved<f64>> {
    let chain = Chain::new(mdp, policy, &SolverOptions::default()).unwrap();
    let evaluation = chain.evaluate(mdp, policy).unwrap();
    let gamma = mdp.discount();
    let v = Table::stationary(evaluation.v);
    let residual = |decay, window| Contribution::Residual {
        critic: v.clone(),
        decay,
        window,
    };
    let forms = [
        Contribution::Return { baseline: None },
        Contribution::Return {
            baseline: Some(v.clone()),
        },
        Contribution::Pair {
            value: Table::stationary(evaluation.q),
        },
        Contribution::Pair {
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
    let mut all = vec![resolved(1.0, Contribution::TotalReturn { baseline: 0.0 })];
    for form in forms {
        all.push(resolved(gamma, form.clone()));
        all.push(resolved(1.0, form));
    }
    all
}

/// Goes on with a run, so that what is prepared once is not timed; what a result costs at its end
/// is shared by all trajectories since the last one.
fn sample(mdp: &Mdp, estimators: &[Resolved<f64>], sampling: Sampling) -> Box<dyn FnMut()> {
    let policy = Policy::uniform(mdp.space());
    let plan = Plan::new(sampling, 1);
    let mut sampler = Sampler::new(mdp, &policy, None, estimators, plan).unwrap();
    let progress = |_| ControlFlow::Continue(());
    let mut trajectories = 0;
    Box::new(move || {
        trajectories += BLOCKS * BLOCK;
        black_box(sampler.sample_to(trajectories, &progress).unwrap());
    })
}

fn walk(simulator: &Simulator) {
    let mut steps = 0;
    for number in 0..BLOCKS {
        let block = Block {
            seed: 1,
            number,
            trajectories: BLOCK,
            cap: 1 << 20,
        };
        let sink = |_, walked: &Walked| {
            steps += walked.steps();
            ControlFlow::Continue(())
        };
        simulator.walk(&block, sink).unwrap();
    }
    black_box(steps);
}

/// Random numbers alone: as many as the walk of FrozenLake draws, 7.7 for a trajectory.
fn random_numbers() {
    use rand_chacha::rand_core::{Rng, SeedableRng};
    let mut generator = rand_chacha::ChaCha8Rng::seed_from_u64(1);
    let mut bytes = vec![0u8; 512];
    for _ in 0..BLOCKS * BLOCK * 77 / 640 {
        generator.fill_bytes(black_box(&mut bytes));
    }
}

fn main() {
    let (lake, garnet) = (frozen_lake(), sparse::garnet());
    let all = |mdp: &Mdp| all_estimators(mdp, &Policy::uniform(mdp.space()));
    let (lake_all, garnet_all) = (all(&lake), all(&garnet));
    let (lake_one, garnet_one) = (reward_to_go(&lake), reward_to_go(&garnet));
    let cut = Sampling::Truncated(100);
    let simulator = |mdp: &Mdp, sampling| {
        Simulator::new(mdp, &Policy::uniform(mdp.space()), sampling).expect("a policy of the model")
    };
    let on_lake = simulator(&lake, Sampling::Episodic);
    let on_garnet = simulator(&garnet, cut);
    let mut tasks: [clock::Task; 7] = [
        ("FrozenLake: random numbers alone", Box::new(random_numbers)),
        ("FrozenLake: walk", Box::new(|| walk(&on_lake))),
        (
            "FrozenLake: reward-to-go",
            sample(&lake, &lake_one, Sampling::Episodic),
        ),
        (
            "FrozenLake: 15 estimators",
            sample(&lake, &lake_all, Sampling::Episodic),
        ),
        ("garnet: walk", Box::new(|| walk(&on_garnet))),
        ("garnet: reward-to-go", sample(&garnet, &garnet_one, cut)),
        ("garnet: 15 estimators", sample(&garnet, &garnet_all, cut)),
    ];
    let times = clock::rounds(&mut tasks, ROUNDS);
    println!("processor time of one trajectory       best    median      best rate");
    let trajectories = (BLOCKS * BLOCK) as f64;
    for ((name, _), times) in tasks.iter().zip(&times) {
        let [best, median] = [times[0], times[ROUNDS / 2]].map(|time| 1e9 * time / trajectories);
        println!(
            "{name:<34} {best:>6.0} ns {median:>6.0} ns {:>7.3} million/s",
            1e3 / best
        );
    }
}
