#!/usr/bin/env bash
# pramana 1.2.0 (a crate; needs cargo): 1100 coin flips have the log-likelihood -inf, and Baum-Welch learns from them an initial distribution of zeros.
#
# Guess: forward_log_likelihood, "returns the log-likelihood to avoid underflow", of n flips of a fair coin is -n log 2 for any n;
#        baum_welch(observations, 1) returns stochastic rows: both states emit the share of heads there was, 3/4.
# Seen:  the logarithm is taken of the product at the end: right to 1073 flips, -inf from 1100 on. Baum-Welch's weights are 0/0 there,
#        left as 0: Ok(a model with initial (0, 0) and the emissions it was given), which its own constructor refuses. Of 1000
#        flips it learns 3/4.
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
pramana = "=1.2.0"

[workspace]
EOF
cat > "$work/src/main.rs" <<'EOF'
use pramana::markov::HiddenMarkovModel;

fn near(value: f64, expected: f64) {
    assert!((value - expected).abs() < 1e-6 * (1.0 + expected.abs()), "{value} for {expected}");
}

fn main() {
    let half = || vec![vec![0.5, 0.5], vec![0.5, 0.5]];
    let coin = HiddenMarkovModel::new(half(), half(), vec![0.5, 0.5]).unwrap();
    for n in [10, 1000, 1100, 2000] {
        let flips: Vec<usize> = (0..n).map(|i| usize::from(i % 4 == 0)).collect();
        let seen = coin.forward_log_likelihood(&flips).unwrap();
        let right = -(n as f64) * 2f64.ln();
        let learned = coin.baum_welch(&flips, 1).unwrap();
        println!("{n} flips: log-likelihood {seen:.2} for {right:.2}, learned initial {:?}, emission {:?}", learned.initial, learned.emission[0]);
        if n <= 1000 {
            near(seen, right);
            near(learned.initial.iter().sum(), 1.0);
            let zeros = flips.iter().filter(|flip| **flip == 0).count();
            near(learned.emission[0][0], zeros as f64 / n as f64);
        } else {
            assert_eq!(seen, f64::NEG_INFINITY);
            assert_eq!(learned.initial, [0.0, 0.0]);
            assert_eq!(learned.emission, half());
            assert!(HiddenMarkovModel::new(learned.transition, learned.emission, learned.initial).is_err());
        }
    }
}
EOF
cd "$work"
cargo run --quiet --target-dir "$work/target"
