//! 1,000 plain exact ascent steps: FrozenLake 4x4 at γ = 0.99, and a dense 200-state, 4-action
//! model at γ = 0.95. `cargo bench --bench ascent` times them, `-- --print` shows J at the end, which
//! `benches/compare/ascent.py` shows for other programs.

#[path = "common/dense.rs"]
mod dense;

use std::ops::ControlFlow;
use std::sync::Arc;

use exact_mdp::ascent::{AscentMethod, AscentOptions, ascend};
use exact_mdp::mdp::Mdp;
use exact_mdp::model::Model;
use exact_mdp::policy::Policy;

fn main() {
    if std::env::args().any(|argument| argument == "--print") {
        println!("frozen_lake J {:.15}", climb(&lake()));
        println!("dense_200   J {:.15}", climb(&Arc::new(dense::garnet(200))));
        return;
    }
    divan::main();
}

fn climb(mdp: &Arc<Mdp>) -> f64 {
    let options = AscentOptions {
        method: AscentMethod::Plain,
        iterations: 1000,
        step: Some(0.1),
        tolerance: Some(0.0),
        ..AscentOptions::default()
    };
    let policy = Policy::uniform(mdp.space());
    let ascent = ascend(mdp, &policy, None, &options, &|_| ControlFlow::Continue(()));
    ascent.expect("the ascent runs").last().j
}

#[divan::bench(max_time = 2)]
fn frozen_lake(bencher: divan::Bencher) {
    let mdp = lake();
    bencher.bench(|| climb(&mdp));
}

fn lake() -> Arc<Mdp> {
    let text = include_str!("../mdps/frozenlake-4x4.yaml");
    Arc::new(Model::parse("lake", text).expect("a valid model").mdp())
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn dense_200(bencher: divan::Bencher) {
    let mdp = Arc::new(dense::garnet(200));
    bencher.bench(|| climb(&mdp));
}
