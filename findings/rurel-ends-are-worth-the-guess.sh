#!/usr/bin/env bash
# rurel 0.6.0 (a crate; needs cargo): a state without actions, where an episode ends, keeps the initial guess for ever, and the first reward of each pair is lost.
#
# Guess: QLearning::new(alpha, gamma, initial_value) starts each q at initial_value, and the guess fades as it learns: the last step
#        to a SinkStates end is worth its reward, 1, whatever the guess was; with alpha = 1 after one visit.
# Seen:  an end has no action to learn about, so that its value stays the guess: q of the last step goes to 1 + gamma * 10 for a guess of
#        10, and with 20 a step that pays 5 and goes on loses to one that pays 1 and ends. The first visit of a pair writes the
#        guess, not the target: after one visit of each pair nothing has been learned. A guess of 0 is right.
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
rurel = "=0.6.0"

[workspace]
EOF
cat > "$work/src/main.rs" <<'EOF'
use rurel::mdp::{Agent, State};
use rurel::strategy::explore::RandomExploration;
use rurel::strategy::learn::QLearning;
use rurel::strategy::terminate::{FixedIterations, SinkStates};
use rurel::AgentTrainer;

/// Start, the state after `on`, and the end: `end` pays 1 and ends; `on` pays 5 and leads to Middle, whose only way ends for 0.
#[derive(PartialEq, Eq, Hash, Clone, Copy)]
enum Place {
    Start,
    Middle,
    End,
    EndAfterMiddle,
}

impl State for Place {
    type A = &'static str;

    fn reward(&self) -> f64 {
        match self {
            Place::End => 1.0,
            Place::Middle => 5.0,
            _ => 0.0,
        }
    }

    fn actions(&self) -> Vec<&'static str> {
        match self {
            Place::Start => vec!["end", "on"],
            Place::Middle => vec!["end"],
            _ => vec![],
        }
    }
}

struct Walker(Place);

impl Agent<Place> for Walker {
    fn current_state(&self) -> &Place {
        &self.0
    }

    fn take_action(&mut self, action: &&'static str) {
        self.0 = match (self.0, *action) {
            (Place::Start, "end") => Place::End,
            (Place::Start, _) => Place::Middle,
            _ => Place::EndAfterMiddle,
        };
    }
}

/// q of Start's two actions after `episodes` to their ends.
fn learn(alpha: f64, gamma: f64, guess: f64, episodes: u32) -> (f64, f64) {
    let mut trainer = AgentTrainer::new();
    for _ in 0..episodes {
        let mut walker = Walker(Place::Start);
        trainer.train(&mut walker, &QLearning::new(alpha, gamma, guess), &mut SinkStates {}, &RandomExploration::new());
    }
    let q = |action| trainer.expected_value(&Place::Start, &action).unwrap_or(f64::NAN);
    (q("end"), q("on"))
}

fn near(value: f64, expected: f64) {
    assert!((value - expected).abs() < 1e-6, "{value} for {expected}");
}

fn main() {
    let (end, on) = learn(0.5, 0.9, 0.0, 2000);
    println!("guess 0: end {end:.4}, on {on:.4}");
    near(end, 1.0);
    near(on, 5.0);
    let (end, on) = learn(0.5, 0.9, 10.0, 2000);
    println!("guess 10: end {end:.4}, on {on:.4}");
    near(end, 1.0 + 0.9 * 10.0);
    near(on, 5.0 + 0.9 * 0.9 * 10.0);
    // 1 + 0.5 * 20 = 11 beats 5 + 0.25 * 20 = 10, though the steps are worth 1 and 5.
    let (end, on) = learn(0.5, 0.5, 20.0, 2000);
    println!("guess 20, gamma 0.5: end {end:.4}, on {on:.4}");
    near(end, 11.0);
    near(on, 10.0);
    let mut trainer = AgentTrainer::new();
    let mut walker = Walker(Place::Middle);
    trainer.train(&mut walker, &QLearning::new(1.0, 0.9, 10.0), &mut FixedIterations::new(1), &RandomExploration::new());
    let first = trainer.expected_value(&Place::Middle, &"end").unwrap_or(f64::NAN);
    println!("after one visit, alpha 1, reward 0: {first}");
    near(first, 10.0);
}
EOF
cd "$work"
cargo run --quiet --target-dir "$work/target"
