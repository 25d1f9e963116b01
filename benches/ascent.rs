//! 1,000 plain exact ascent steps: FrozenLake 4x4 at γ = 0.99, and a dense 200-state, 4-action
//! model at γ = 0.95. `cargo bench --bench ascent` times them, `-- --print` shows J at the end, which
//! `benches/compare/ascent.py` shows for other programs.

use std::ops::ControlFlow;
use std::sync::Arc;

use exact_mdp::ascent::{Method, Options, ascend};
use exact_mdp::mdp::{Criterion, Mdp, Names, OutcomeTable, Parts, Space};
use exact_mdp::model::Model;
use exact_mdp::policy::Policy;

fn main() {
    if std::env::args().any(|argument| argument == "--print") {
        println!("frozen_lake J {:.15}", climb(&lake()));
        println!("dense_200   J {:.15}", climb(&dense()));
        return;
    }
    divan::main();
}

fn climb(mdp: &Mdp) -> f64 {
    let options = Options {
        method: Method::Plain,
        iterations: 1000,
        step: Some(0.1),
        tolerance: 0.0,
        ..Options::default()
    };
    let policy = Policy::uniform(mdp.space());
    let ascent = ascend(mdp, &policy, None, &options, &mut |_| {
        ControlFlow::Continue(())
    });
    ascent.expect("the ascent runs").last().j
}

#[divan::bench(max_time = 2)]
fn frozen_lake(bencher: divan::Bencher) {
    let mdp = lake();
    bencher.bench(|| climb(&mdp));
}

fn lake() -> Mdp {
    let text = include_str!("../mdps/frozenlake-4x4.yaml");
    Model::parse("lake", text).expect("a valid model").mdp()
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn dense_200(bencher: divan::Bencher) {
    let mdp = dense();
    bencher.bench(|| climb(&mdp));
}

fn dense() -> Mdp {
    let states = 200;
    let mut state = 7u64;
    let mut random = move || {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        ((state >> 11) + 1) as f64 / (1u64 << 53) as f64
    };
    let sets = vec![vec![0, 1, 2, 3]; states];
    let space = Space::new(Names::Numbered(states), Names::Numbered(4), sets);
    let mut outcomes = OutcomeTable::default();
    for _ in 0..space.pairs() {
        let row: Vec<f64> = (0..states).map(|_| random()).collect();
        let (total, reward) = (row.iter().sum::<f64>(), random());
        for (next, x) in row.iter().enumerate() {
            outcomes.push(next, x / total, reward);
        }
        outcomes.end_pair();
    }
    Mdp::new(Parts {
        name: "dense".into(),
        space: Arc::new(space),
        outcomes,
        initial: vec![1.0 / states as f64; states],
        criterion: Criterion::Discounted { discount: 0.95 },
    })
}
