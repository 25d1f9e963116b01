#!/usr/bin/env bash
# queueing-theory 0.1.0 (a crate; needs cargo): behind slow customers of higher priority nobody waits, and in a closed network every node is visited equally often.
#
# Guess: PreemptivePriority::mean_system_time (M/M/1, preemptive-resume) counts the work of the classes before: the second class stays
#        (1/mu2) / (1 - s1) + (l1/mu1^2 + l2/mu2^2) / ((1 - s1) (1 - s2)) where s1, s2 are the sums of rates l/mu. Whoever needs
#        next to no service waits until the first class is gone, (l1/mu1) / (1 - l1/mu1) / (mu1 - l1), 10 at rates 0.1 and 0.2.
#        ClosedJacksonNetwork::relative_throughputs solves v = v P, as it says.
# Seen:  0.04 for 10.04: (1/mu2) / ((1 - s1) (1 - s2)), which is right where all service rates are equal, has the own service
#        time only. The throughputs are those of P v, in which 1 is an eigenvector whatever P is: (1/2, 1/2) for (2/3, 1/3).
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
nalgebra = "0.33"
queueing-theory = "=0.1.0"

[workspace]
EOF
cat > "$work/src/main.rs" <<'EOF'
use nalgebra::DMatrix;
use queueing_theory::{ClosedJacksonNetwork, NetworkNode, PreemptivePriority, PriorityClass};

fn near(value: f64, expected: f64) {
    assert!((value - expected).abs() < 1e-9 * (1.0 + expected.abs()), "{value} for {expected}");
}

/// The mean time in the system of the second of two classes, as the crate has it, and as it is.
fn second([l1, mu1]: [f64; 2], [l2, mu2]: [f64; 2]) -> (f64, f64) {
    let class = |priority, lambda, mu| PriorityClass { priority, lambda, mu };
    let queue = PreemptivePriority::new(vec![class(1, l1, mu1), class(2, l2, mu2)]);
    let (s1, s2) = (l1 / mu1, l1 / mu1 + l2 / mu2);
    // the first class is an M/M/1 queue of its own
    near(queue.mean_system_time(1), 1.0 / (mu1 - l1));
    let residual = l1 / (mu1 * mu1) + l2 / (mu2 * mu2);
    (queue.mean_system_time(2), 1.0 / mu2 / (1.0 - s1) + residual / ((1.0 - s1) * (1.0 - s2)))
}

fn main() {
    let (seen, right) = second([0.2, 1.0], [0.3, 1.0]);
    println!("equal service rates: {seen:.4} for {right:.4}");
    near(seen, right);
    let (seen, right) = second([0.1, 0.2], [0.1, 100.0]);
    println!("slow customers first: {seen:.4} for {right:.4}");
    near(seen, 0.01 / (0.5 * 0.499));
    assert!(right > 10.0);
    let (seen, right) = second([0.5, 10.0], [0.4, 0.5]);
    println!("fast customers first: {seen:.4} for {right:.4}");
    assert!(seen > 1.04 * right);

    let nodes = || vec![NetworkNode::single(0, 1.0), NetworkNode::single(1, 1.0)];
    // half of the jobs that leave node 0 come back at once: v = v P is (2/3, 1/3)
    for (stay, right) in [(0.5, [2.0 / 3.0, 1.0 / 3.0]), (0.9, [10.0 / 11.0, 1.0 / 11.0])] {
        let p = DMatrix::from_row_slice(2, 2, &[stay, 1.0 - stay, 1.0, 0.0]);
        for i in 0..2 {
            near(right[0] * p[(0, i)] + right[1] * p[(1, i)], right[i]);
        }
        let seen = ClosedJacksonNetwork::new(nodes(), p, 3).relative_throughputs();
        println!("relative throughputs: {seen:?} for {right:?}");
        near(seen[0], 0.5);
        near(seen[1], 0.5);
    }
}
EOF
cd "$work"
cargo run --quiet --target-dir "$work/target"
