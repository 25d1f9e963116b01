#!/usr/bin/env bash
# trashpanda 0.1.0 (a crate; needs cargo): l2_lambda counts as its inverse, so that more of it shrinks less; Thompson sampling of linear arms does not narrow.
#
# Guess: LinGreedy, LinUcb and LinTs are ridge regressions, "A = X'X + lambda I": after n rewards of 1 at the feature 1 an arm's expectation
#        is n / (n + lambda), as in MABWiser, which the crate is modelled on. LinTs "samples regression coefficients from their
#        posterior distribution": at the features (1, 1), seen n times, with a standard deviation of v sqrt(2 / (2 n + 1)), lambda = 1.
# Seen:  "A^-1" starts as lambda I: n / (n + 1/lambda), 0.99 for 0.01 after one reward with lambda = 100. LinTs draws each coefficient by its
#        own variance, without the covariances: at (1, 1) the deviation is 1 for 0.045 after 500 rewards and goes no lower, so
#        that an arm that is worse by 1 is played in a quarter of the rounds, for ever.
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
indexmap = "2"
rand = "0.9"
trashpanda = "=0.1.0"

[workspace]
EOF
cat > "$work/src/main.rs" <<'EOF'
use indexmap::IndexSet;
use rand::rngs::StdRng;
use rand::SeedableRng;
use trashpanda::policies::{LinGreedy, LinTs, LinUcb, Policy};

fn near(value: f64, expected: f64) {
    assert!((value - expected).abs() < 1e-9, "{value} for {expected}");
}

fn main() {
    let mut rng = StdRng::seed_from_u64(1);
    let arms: IndexSet<&str> = ["a"].into_iter().collect();
    for (lambda, n) in [(1.0, 1), (100.0, 1), (100.0, 10), (0.01, 1)] {
        let mut greedy = LinGreedy::new(0.0, lambda, 1);
        let mut ucb = LinUcb::new(1.0, lambda, 1);
        for _ in 0..n {
            greedy.update(&"a", &[1.0], 1.0);
            ucb.update(&"a", &[1.0], 1.0);
        }
        let seen = greedy.expectations(&arms, &[1.0], &mut rng)["a"];
        println!("lambda {lambda}, {n} rewards of 1: {seen:.4} for {:.4}", n as f64 / (n as f64 + lambda));
        near(seen, n as f64 / (n as f64 + 1.0 / lambda));
        near(ucb.expectations(&arms, &[1.0], &mut rng)["a"], seen);
    }

    // two arms whose rewards at (1, 1) are always 0 and 1
    let arms: IndexSet<&str> = ["worse", "better"].into_iter().collect();
    let n = 500;
    let mut policy = LinTs::new(1.0, 1.0, 2);
    for _ in 0..n {
        policy.update(&"worse", &[1.0, 1.0], 0.0);
        policy.update(&"better", &[1.0, 1.0], 1.0);
    }
    let rounds = 4000;
    let worse = (0..rounds).filter(|_| policy.select(&arms, &[1.0, 1.0], &mut rng) == Some("worse")).count();
    let share = worse as f64 / rounds as f64;
    println!("after {n} rewards each the worse arm is played in {share:.3} of the rounds; deviations 1 for {:.3}", (2.0 / (2.0 * n as f64 + 1.0)).sqrt());
    // a normal law of mean 1 and variance 2 is below 0 with 0.24; of variance 2 * 0.002 never
    assert!((share - 0.24).abs() < 0.03);
}
EOF
cd "$work"
cargo run --quiet --target-dir "$work/target"
