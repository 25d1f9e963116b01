//! A short run with every `cargo test`: the corpus as it is, then some thousand mutants.

mod engine;
mod meter;

use std::path::Path;
use std::sync::Arc;

use engine::{Fault, Pool, Random, Seed};
use exact_mdp::model::Model;

#[global_allocator]
static METER: meter::Counting = meter::Counting::new();

fn assert_sound(seed: &Seed, space: &Arc<exact_mdp::mdp::Space>) -> String {
    let text = String::from_utf8_lossy(&seed.bytes);
    match engine::watched(seed, space, &METER) {
        Ok(outcome) => outcome,
        Err(Fault::Slow(time)) => panic!("{:?} takes {time:?}:\n{text}", seed.kind),
        Err(Fault::Memory(bytes)) => panic!("{:?} takes {bytes} bytes:\n{text}", seed.kind),
        Err(Fault::Panic(message)) => panic!("{:?} panics, {message}:\n{text}", seed.kind),
    }
}

// one test: the meter counts what all threads allocate
#[test]
fn no_input_panics_hangs_or_takes_memory_out_of_proportion() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let model = Model::load(root.join("mdps/two-state.yaml")).expect("a shipped model");
    let seeds = engine::seeds(root);
    assert!(seeds.len() > 100, "{} seeds", seeds.len());
    let mut pool = Pool::new(seeds.clone());
    for seed in seeds {
        assert_sound(&seed, model.space());
    }
    let mut random = Random(2026);
    for _ in 0..6000 {
        let seed = pool.next(&mut random);
        let outcome = assert_sound(&seed, model.space());
        pool.learn(seed, &outcome);
    }
}
