#!/usr/bin/env bash
# oxicuda-rl 0.5.5 (a crate; needs cargo): with the default settings the value targets of GAE are the whitened advantages plus v: 1.07 for 6; the n-step buffer makes one step of each episode twice.
#
# Guess: compute_gae's `returns`, "value target, G_t = A_t + v_t", are, at gamma = lambda = 1 and v = 0, what is left to be paid: 6, 5 and 3 after
#        rewards of 1, 2 and 3, whether or not the advantages are whitened for the policy's loss (GaeConfig's `normalise`, true by default).
#        NStepBuffer of n = 3 makes, with flush() at the end, one transition of each step of an episode.
# Seen:  A_t is whitened first: the targets are 1.07, 0.27 and -1.34, of mean 0 and variance 1 about v whatever is paid, rewards of 100 times
#        that included, so that a critic trained on them never learns a value. What push() gave last flush() gives once more: 3 transitions for
#        an episode of 2 steps, 6 for 5.
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
oxicuda-rl = "=0.5.5"

[workspace]
EOF
cat > "$work/src/main.rs" <<'EOF'
use oxicuda_rl::buffer::NStepBuffer;
use oxicuda_rl::estimator::{compute_gae, GaeConfig};

fn near(value: f32, expected: f32) {
    assert!((value - expected).abs() < 1e-3 * (1.0 + expected.abs()), "{value} for {expected}");
}

fn main() {
    for scale in [1.0, 100.0] {
        let rewards: Vec<f32> = [1.0, 2.0, 3.0].iter().map(|r| r * scale).collect();
        let right = [6.0 * scale, 5.0 * scale, 3.0 * scale];
        let targets = |normalise| {
            let cfg = GaeConfig { gamma: 1.0, lambda: 1.0, normalise };
            compute_gae(&rewards, &[0.0; 3], &[0.0; 3], &[0.0, 0.0, 1.0], cfg).unwrap().returns
        };
        let plain = targets(false);
        let seen = targets(GaeConfig::default().normalise);
        println!("rewards {rewards:?}: targets {seen:.3?} for {right:?}");
        // less their mean, over their standard deviation
        let mean = right.iter().sum::<f32>() / 3.0;
        let deviation = (right.iter().map(|g| (g - mean).powi(2)).sum::<f32>() / 3.0).sqrt();
        for t in 0..3 {
            near(plain[t], right[t]);
            near(seen[t], (right[t] - mean) / deviation);
        }
    }

    for length in [2, 5] {
        let mut buffer = NStepBuffer::new(3, 1.0);
        let mut made = Vec::new();
        for t in 0..length {
            made.extend(buffer.push([t as f32], [0.0], 1.0, [t as f32 + 1.0], t + 1 == length));
        }
        made.extend(buffer.flush());
        let starts: Vec<(f32, f32)> = made.iter().map(|step| (step.obs[0], step.n_step_return)).collect();
        println!("an episode of {length} steps: (state, return) {starts:?}");
        assert_eq!(made.len(), length + 1);
        let twice = (length.max(3) - 3) as f32;
        assert_eq!(made.iter().filter(|step| step.obs[0] == twice).count(), 2);
    }
}
EOF
cd "$work"
cargo run --quiet --target-dir "$work/target"
