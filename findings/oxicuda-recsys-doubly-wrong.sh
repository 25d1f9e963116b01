#!/usr/bin/env bash
# oxicuda-recsys 0.5.5 (a crate; needs cargo): the direct method is the value of the logging policy, and doubly robust is wrong with both parts right.
#
# Guess: of a log of two actions, taken with 0.9 and 0.1, that pay 0 and 1, the direct method with the true rewards says what a policy that
#        takes them with 0.1 and 0.9 is worth, 0.9; doubly_robust, "unbiased when either the propensities or the reward model are
#        correct", says so too, and also with a model that is wrong.
# Seen:  a sample carries the model's reward of the logged action alone ("r(x_i, a_i) for the logged action (used by DM/DR)"), not its mean
#        under the other policy, which both are made of. The direct method is 0.1 for 0.9; doubly robust is 0.1 with the true model
#        and the true propensities, and 1.7, of rewards in [0, 1], with a model that has the actions exchanged. A constant
#        model is right: it is importance sampling then, 0.9, as that and its self-normalised form are.
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
oxicuda-recsys = "=0.5.5"

[workspace]
EOF
cat > "$work/src/main.rs" <<'EOF'
use oxicuda_recsys::metrics::off_policy::{direct_method, doubly_robust, ips, snips, LoggedSample};

const LOGGING: [f32; 2] = [0.9, 0.1];
const TARGET: [f32; 2] = [0.1, 0.9];
const PAYS: [f32; 2] = [0.0, 1.0];

fn near(value: f32, expected: f32) {
    assert!((value - expected).abs() < 1e-3, "{value} for {expected}");
}

/// A log of 1000 samples with exactly the shares of the logging policy, and this model's rewards of the logged actions.
fn log(model: [f32; 2]) -> Vec<LoggedSample> {
    (0..1000)
        .map(|i| usize::from(i % 10 == 0))
        .map(|a| LoggedSample { reward: PAYS[a], logging_prop: LOGGING[a], target_prop: TARGET[a], reward_hat: model[a] })
        .collect()
}

fn main() {
    let value: f32 = (0..2).map(|a| TARGET[a] * PAYS[a]).sum();
    near(value, 0.9);
    for (name, model, dm, dr) in [
        ("true", PAYS, 0.1, 0.1),
        ("exchanged", [1.0, 0.0], 0.9, 1.7),
        ("constant 1/2", [0.5, 0.5], 0.5, 0.9),
    ] {
        let samples = log(model);
        // with the model's mean under the target policy in the first place, doubly robust is right whatever the model
        let mean: f32 = (0..2).map(|a| TARGET[a] * model[a]).sum();
        let residuals: f32 = samples.iter().map(|s| s.target_prop / s.logging_prop * (s.reward - s.reward_hat)).sum();
        near(mean + residuals / samples.len() as f32, value);
        let (seen_dm, seen_dr) = (direct_method(&samples).unwrap(), doubly_robust(&samples).unwrap());
        println!("model {name}: direct method {seen_dm:.3} for {mean:.3}, doubly robust {seen_dr:.3} for {value:.3}");
        near(seen_dm, dm);
        near(seen_dr, dr);
        near(ips(&samples).unwrap(), value);
        near(snips(&samples).unwrap(), value);
    }
}
EOF
cd "$work"
cargo run --quiet --target-dir "$work/target"
