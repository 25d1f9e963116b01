//! The library's side of `benches/compare/new_theta.py`: ∇J of new parameters on FrozenLake 4x4, one policy
//! after the other, each factored anew. Prints microseconds a policy, the best of some runs.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use exact_mdp::model::Model;
use exact_mdp::policy::{Policy, standard_normal};
use exact_mdp::solved::Solved;

const POLICIES: usize = 2_000;
const RUNS: usize = 15;

fn main() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/mdps/frozenlake-4x4.yaml");
    let model = Model::load(file).expect("a bundled model");
    let mdp = Arc::new(model.mdp());
    let pairs = mdp.pairs();
    let thetas = standard_normal(0, 0, POLICIES * pairs);
    let run = || {
        let begun = Instant::now();
        for theta in thetas.chunks(pairs) {
            let policy = Policy::softmax(mdp.space(), theta.to_vec(), 1.0).expect("a policy");
            let solved = Solved::new(Arc::clone(&mdp), policy).expect("a value");
            black_box(solved.gradient().expect("a gradient"));
        }
        begun.elapsed().as_secs_f64() / POLICIES as f64
    };
    let best = (0..RUNS).map(|_| run()).fold(f64::INFINITY, f64::min);
    println!("{:.2}", best * 1e6);
}
