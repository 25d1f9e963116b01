#!/usr/bin/env bash
# oxiphysics-core 0.1.2 (a crate; needs cargo): the expected time to hit a state that is never hit is 0, beside a trap 0.5; a chain of period 2 has no stationary distribution.
#
# Guess: MarkovChain::hitting_time, "estimate expected hitting time by simulation", is infinite, or says so, where the target may be missed:
#        from 0 it is hit in one step or never, with 1/2 each. stationary_distribution, "returns pi such that pi * P = pi", of a star of
#        three states, where the walk alternates between the centre and a leaf, is (1/2, 1/4, 1/4).
# Seen:  walks that do not arrive in 100 000 steps count as 0 steps: 0.5 beside the trap, 0 for a target that cannot be reached, so that the
#        rarer a target is hit the sooner. Where it is hit for certain the mean is right, 4 of a geometric law. Power iteration
#        on the star ends after 10 000 rounds where it began, (1/3, 1/3, 1/3), which one step makes (2/3, 1/6, 1/6); no sign of it.
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
oxiphysics-core = "=0.1.2"

[profile.dev]
debug = false

[workspace]
EOF
cat > "$work/src/main.rs" <<'EOF'
use oxiphysics_core::stochastic_processes::MarkovChain;

fn near(value: f64, expected: f64, within: f64) {
    assert!((value - expected).abs() < within, "{value} for {expected}");
}

fn main() {
    // 0 tries until it succeeds, with 1/4
    let geometric = MarkovChain::new(vec![vec![0.75, 0.25], vec![0.0, 1.0]], 1);
    let seen = geometric.hitting_time(0, 1, 20_000);
    println!("success with 1/4: {seen:.3} for 4");
    near(seen, 4.0, 0.2);
    // 0 goes to 1 or to the trap 2
    let trap = MarkovChain::new(vec![vec![0.0, 0.5, 0.5], vec![0.0, 1.0, 0.0], vec![0.0, 0.0, 1.0]], 1);
    let seen = trap.hitting_time(0, 1, 200);
    println!("beside a trap: {seen:.3} for inf");
    near(seen, 0.5, 0.15);
    let seen = trap.hitting_time(1, 2, 20);
    println!("from one trap to the other: {seen} for inf");
    assert_eq!(seen, 0.0);

    let star = MarkovChain::new(vec![vec![0.0, 0.5, 0.5], vec![1.0, 0.0, 0.0], vec![1.0, 0.0, 0.0]], 1);
    let pi = star.stationary_distribution();
    let next: Vec<f64> = (0..3).map(|j| (0..3).map(|i| pi[i] * star.transition[i][j]).sum()).collect();
    println!("star: {pi:.4?} for [0.5, 0.25, 0.25], after one step {next:.4?}");
    near(pi[0], 1.0 / 3.0, 1e-9);
    near(next[0], 2.0 / 3.0, 1e-9);
}
EOF
cd "$work"
cargo run --quiet --target-dir "$work/target" 2> errors || { tail -40 errors; exit 1; }
