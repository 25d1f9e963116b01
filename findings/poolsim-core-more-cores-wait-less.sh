#!/usr/bin/env bash
# poolsim-core 0.4.0 (a crate; needs cargo): one seed has another answer for every number of cores, and the more cores simulate a queue the shorter it is.
#
# Guess: monte_carlo::run with SimulationOptions::seed ("use for deterministic CI checks") gives the same waits on every machine, about what
#        the crate's own Erlang C says: a mean of 190 ms in an M/M/1 queue of 95 requests a second and 100 served.
# Seen:  the arrivals are split over the threads, and each thread begins with an empty queue and a seed of its own: of the default 10 000
#        arrivals each of 64 threads has 156, and the mean over 100 seeds is 68 ms, 143 on 8 threads and 191 on one. Percentiles, and the
#        size of pool that is recommended by them, follow: a queue near saturation looks a third as long on a larger machine.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/src"
cat > "$work/Cargo.toml" <<'EOF'
[package]
name = "seen"
version = "0.0.0"
edition = "2021"
publish = false

[dependencies]
poolsim-core = "=0.4.0"
rayon = "1"

[profile.dev]
debug = false
opt-level = 1

[workspace]
EOF
cat > "$work/src/main.rs" <<'EOF'
use poolsim_core::distribution::LatencyDistribution;
use poolsim_core::erlang::mean_queue_wait_ms;
use poolsim_core::monte_carlo::run;
use poolsim_core::types::{SimulationOptions, WorkloadConfig};

fn main() {
    let workload = WorkloadConfig {
        requests_per_second: 95.0,
        latency_p50_ms: 10.0 * 2f64.ln(),
        latency_p95_ms: 10.0 * 20f64.ln(),
        latency_p99_ms: 10.0 * 100f64.ln(),
        raw_samples_ms: None,
        step_load_profile: None,
    };
    let service = LatencyDistribution::Exponential { mean_ms: 10.0 };
    let exact = mean_queue_wait_ms(95.0, 100.0, 1).unwrap();
    // an M/M/1 queue: rho / (mu - lambda)
    assert!((exact - 1000.0 * 0.95 / 5.0).abs() < 1e-9);
    let mut means = Vec::new();
    for threads in [1, 2, 8, 64] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let wait = |seed| {
            let options = SimulationOptions { seed: Some(seed), ..SimulationOptions::default() };
            pool.install(|| run(&workload, 1, &service, &options)).unwrap()
        };
        assert_eq!(wait(7).mean, wait(7).mean);
        let mean = (0..100).map(|seed| wait(seed).mean).sum::<f64>() / 100.0;
        println!("{threads} threads: seed 7 has {:.1} ms, p99 {:.1}; the mean over 100 seeds is {mean:.1} for {exact:.1}", wait(7).mean, wait(7).p99);
        means.push((wait(7).mean, mean));
    }
    assert!(means.windows(2).all(|pair| (pair[0].0 - pair[1].0).abs() > 1e-6));
    assert!(means[0].1 > 0.75 * exact && means[3].1 < 0.4 * exact && means[3].1 < means[2].1);
}
EOF
cd "$work"
cargo run --quiet --target-dir "$work/target" 2> errors || { tail -40 errors; exit 1; }
