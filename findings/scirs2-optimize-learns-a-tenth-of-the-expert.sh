#!/usr/bin/env bash
# scirs2-optimize 0.6.5 (a crate; needs cargo, and minutes to compile): maximum-entropy inverse reinforcement learning sets shares that sum to 1 against occupancies that sum to 1/(1 - gamma).
#
# Guess: max_entropy_irl finds rewards under which the soft policy acts as the demonstrations: where an expert takes one of two actions,
#        of one state, nine times in ten, the policy of the rewards, e^(theta(a)), does so with 9/10, whatever the discount.
# Seen:  9/10 at gamma = 0, 0.7 at 0.5, 0.54 at 0.9: the gradient is the share of a pair in the demonstrations less its discounted
#        occupancy, which sums to 1/(1 - gamma). It is never 0: all rewards fall in each iteration, to -1125, and what they
#        settle on is 1/2 + (1 - gamma) (9/10 - 1/2), a tenth of what there was to learn. No error, and no number says so.
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
scirs2-core = "=0.6.5"
scirs2-optimize = { version = "=0.6.5", default-features = false }

[profile.dev]
debug = false

[workspace]
EOF
cat > "$work/src/main.rs" <<'EOF'
use scirs2_core::ndarray::Array3;
use scirs2_optimize::mdp::{max_entropy_irl, Mdp};

fn main() {
    let share = 0.9;
    let demonstration: Vec<(usize, usize)> = (0..10).map(|i| (0, usize::from(i == 9))).collect();
    for gamma in [0.0, 0.5, 0.9] {
        let mdp = Mdp::new(1, 2, Array3::from_elem((1, 2, 1), 1.0), Array3::zeros((1, 2, 1)), gamma).unwrap();
        let (rate, iterations) = (0.05, 5000);
        let theta = max_entropy_irl(&mdp, &[demonstration.clone()], rate, iterations).unwrap();
        // both actions lead back, so that the soft policy is the softmax of theta
        let learned = 1.0 / (1.0 + (theta[[0, 1]] - theta[[0, 0]]).exp());
        println!("gamma {gamma}: theta ({:.2}, {:.2}), learned {learned:.4} for {share}", theta[[0, 0]], theta[[0, 1]]);
        // share - learned / (1 - gamma) is the same for both actions
        assert!((learned - (0.5 + (1.0 - gamma) * (share - 0.5))).abs() < 1e-6);
        // and their sum falls by rate * (1 / (1 - gamma) - 1) in each iteration
        let fall = rate * iterations as f64 * (1.0 / (1.0 - gamma) - 1.0);
        assert!((theta[[0, 0]] + theta[[0, 1]] + fall).abs() < 1e-3);
    }
}
EOF
cd "$work"
cargo run --quiet --target-dir "$work/target"
