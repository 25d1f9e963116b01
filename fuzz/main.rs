//! The long run: `cargo run --release --example fuzz -- [INPUTS] [SEED]`.
//!
//! Prints how far it is, writes every input with a fault into `fuzz/faults`, and exits with 1 if
//! there was one. An input that hangs is written by a watchdog, which ends the run.

mod engine;
mod meter;

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use engine::{Fault, Pool, Random, Seed};
use exact_mdp::model::Model;

#[global_allocator]
static METER: meter::Counting = meter::Counting::new();

fn main() {
    let mut arguments = std::env::args().skip(1);
    let inputs: u64 = arguments
        .next()
        .and_then(|x| x.parse().ok())
        .unwrap_or(10_000_000);
    let seed: u64 = arguments.next().and_then(|x| x.parse().ok()).unwrap_or(0);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let model = Model::load(root.join("mdps/two-state.yaml")).expect("a shipped model");
    let mut pool = Pool::new(engine::seeds(root));
    let mut random = Random(seed);
    std::panic::set_hook(Box::new(|_| {}));
    let current = watch(root);
    let (begin, mut faults) = (Instant::now(), 0u64);
    for done in 0..inputs {
        if done % 200_000 == 0 {
            let (outcomes, seconds) = (pool.seen.len(), begin.elapsed().as_secs());
            println!("{done} inputs, {outcomes} outcomes, {faults} faults, {seconds} s");
        }
        let seed = pool.next(&mut random);
        if let Ok(mut current) = current.lock() {
            *current = Some((Instant::now(), seed.clone()));
        }
        match engine::watched(&seed, model.space(), &METER) {
            Ok(outcome) => pool.learn(seed, &outcome),
            Err(fault) => {
                faults += 1;
                report(root, &seed, &fault);
            }
        }
    }
    let (outcomes, seconds) = (pool.seen.len(), begin.elapsed().as_secs());
    println!("{inputs} inputs, {outcomes} outcomes, {faults} faults, {seconds} s");
    std::process::exit(i32::from(faults > 0));
}

type Current = Arc<Mutex<Option<(Instant, Seed)>>>;

/// Ends the run, its input written, when one input takes sixty times the time it may, by the clock.
fn watch(root: &Path) -> Current {
    let current: Current = Arc::default();
    let (watched, root) = (Arc::clone(&current), root.to_path_buf());
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(Duration::from_secs(1));
            let Ok(current) = watched.lock() else { return };
            if let Some((begin, seed)) = &*current
                && begin.elapsed() > 60 * engine::TIME
            {
                report(&root, seed, &Fault::Slow(begin.elapsed()));
                std::process::exit(2);
            }
        }
    });
    current
}

fn report(root: &Path, seed: &Seed, fault: &Fault) {
    let what = match fault {
        Fault::Panic(message) => format!("panic: {message}"),
        Fault::Slow(time) => format!("slow: {time:?}"),
        Fault::Memory(bytes) => format!("memory: {bytes} bytes for {}", seed.bytes.len()),
    };
    let sum = seed
        .bytes
        .iter()
        .fold(0u64, |sum, b| sum.wrapping_mul(31) + u64::from(*b));
    let path = root
        .join("fuzz/faults")
        .join(format!("{:?}-{sum:016x}", seed.kind));
    let written = std::fs::create_dir_all(root.join("fuzz/faults"));
    let written = written.and_then(|()| std::fs::write(&path, &seed.bytes));
    let what: String = what.chars().take(300).collect();
    println!("{}: {what} ({written:?})", path.display());
}
