#!/usr/bin/env bash
# learn 0.1.1 (a crate; needs cargo): SARSA's table changes when it is asked for an action, outside training too: -1 becomes -9.99.
#
# Guess: Sarsa::act(&state, false), "training: false", answers with the greedy action and leaves the table as it was, as QLearning's does.
# Seen:  the update is made in act(), for the state and action asked before, with the last reward of training: each question
#        moves q[before] to that reward + gamma q[now]. One step of -1 that ends, learned as -1, is -9.99 after 67 questions at
#        gamma = 0.9, as an endless loop of -1 is worth -10. A policy that is only looked at, or played without handle_step,
#        forgets what was learned.
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
learn = "=0.1.1"

[workspace]
EOF
cat > "$work/src/main.rs" <<'EOF'
use learn::agents::q_learning::QLearning;
use learn::agents::sarsa::Sarsa;
use learn::core::Agent;

/// Episodes 0 -> 1 -> end that pay -1 in each step; one action, learning rate 1.
fn train(agent: &mut impl Agent<Observation = usize, Action = usize>) {
    for _ in 0..3 {
        for (state, next) in [(0, 1), (1, 2)] {
            let action = agent.act(&state, true);
            agent.handle_step(&state, &action, -1.0, &next, next == 2);
        }
        agent.episode_end();
    }
}

fn near(value: f32, expected: f32) {
    assert!((value - expected).abs() < 1e-3, "{value} for {expected}");
}

fn main() {
    let gamma = 0.9;
    let mut q_learning = QLearning::new(3, 1, 1.0, gamma, 0.0, 0);
    let mut sarsa = Sarsa::new(3, 1, 1.0, gamma, 0.0, 0);
    train(&mut q_learning);
    train(&mut sarsa);
    for q in [q_learning.q_values(1)[0], sarsa.q_values(1)[0]] {
        near(q, -1.0);
    }
    for q in [q_learning.q_values(0)[0], sarsa.q_values(0)[0]] {
        near(q, -1.9);
    }
    let mut asked = 0;
    for questions in [1, 2, 10, 67] {
        while asked < questions {
            assert_eq!(sarsa.act(&1, false), 0);
            assert_eq!(q_learning.act(&1, false), 0);
            asked += 1;
        }
        // q <- -1 + gamma q with every question but the first
        let expected = -10.0 * (1.0 - gamma.powi(questions));
        println!("after {questions} questions: SARSA {:.4}, Q-learning {:.4}", sarsa.q_values(1)[0], q_learning.q_values(1)[0]);
        near(sarsa.q_values(1)[0], expected);
        near(q_learning.q_values(1)[0], -1.0);
    }
}
EOF
cd "$work"
cargo run --quiet --target-dir "$work/target"
