#!/usr/bin/env bash
# rsrl 0.8.1 (a crate; needs cargo): the probability of one action under softmax is its preference, and grad log pi does not know the temperature.
#
# Guess: Softmax::new(table, tau), alias Gibbs: evaluate((s, a)) is pi(a|s), the a-th number of evaluate((s,)); grad_log((s, a)) is the
#        gradient of log pi(a|s), (1 at a, less pi) / tau, which policy-gradient updates step along.
# Seen:  evaluate((s, a)), and evaluate_index, return the table's entry, 2 or -1 for probabilities: weights of importance sampling and Q(sigma) made of
#        it are no probabilities, may be negative, and are 0 where all is equal. grad_log is that of tau = 1 for every tau:
#        twice the gradient at tau = 2, a tenth at 0.1, checked by differences.
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
ndarray = "0.13"
rsrl = "=0.8.1"

[profile.dev]
debug = false

[workspace]
EOF
cat > "$work/src/main.rs" <<'EOF'
use ndarray::{arr2, Array2};
use rsrl::fa::tabular::Table;
use rsrl::policies::Softmax;
use rsrl::{Differentiable, Enumerable, Function};

type Policy = Softmax<Table<Array2<f64>>>;

fn policy(preferences: &Array2<f64>, tau: f64) -> Policy {
    Softmax::new(Table::dense(preferences.clone()), tau)
}

/// All probabilities in the only state.
fn pi(preferences: &Array2<f64>, tau: f64) -> Vec<f64> {
    policy(preferences, tau).evaluate((&0usize,))
}

fn near(value: f64, expected: f64) {
    assert!((value - expected).abs() < 1e-6, "{value} for {expected}");
}

fn main() {
    let preferences = arr2(&[[2.0, -1.0, 0.0]]);
    for tau in [1.0, 2.0, 0.1] {
        let law = pi(&preferences, tau);
        let weights: Vec<f64> = preferences.iter().map(|x| (x / tau).exp()).collect();
        for a in 0..3 {
            near(law[a], weights[a] / weights.iter().sum::<f64>());
            let single: f64 = policy(&preferences, tau).evaluate((&0usize, a));
            near(single, preferences[(0, a)]);
            near(policy(&preferences, tau).evaluate_index((&0usize,), a), preferences[(0, a)]);
        }
        println!("tau {tau}: probabilities {law:.4?}, one by one {:?}", preferences.row(0).to_vec());
        let score = policy(&preferences, tau).grad_log((&0usize, 1usize));
        let h = 1e-6;
        for a in 0..3 {
            let mut more = preferences.clone();
            let mut less = preferences.clone();
            more[(0, a)] += h;
            less[(0, a)] -= h;
            let difference = (pi(&more, tau)[1].ln() - pi(&less, tau)[1].ln()) / (2.0 * h);
            println!("  d log pi(1) / d theta({a}): {:.4} for {difference:.4}", score[(0, a)]);
            assert!((score[(0, a)] - tau * difference).abs() < 1e-4);
        }
    }
}
EOF
cd "$work"
cargo run --quiet --target-dir "$work/target" 2> errors || { tail -40 errors; exit 1; }
