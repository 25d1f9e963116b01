#!/usr/bin/env bash
# mct-rs 0.4.1 (a crate; needs cargo): of each action the first outcome drawn is planned with for ever; the discount is asked for and not used.
#
# Guess: MCTS::mcts(milliseconds) estimates actions by many draws of what follows them: a lottery of 40 with 1/10 is worth 4, a sure 1 is
#        worth 1, so that of 200 planners most take the lottery, already if each draws it ten times.
# Seen:  about 20 of 200 do, those whose first draw was a hit: each later draw of an action goes to the node of the first one, whatever
#        state it led to, and nothing is added up in a node where the process has ended. In 20 ms a planner draws thousands of
#        times, and one draw counts; more time does not mend it.
#        Rewards are added up without get_discount_factor(), which each model must implement (it is a panic here).
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
mct-rs = "=0.4.1"

[workspace]
EOF
cat > "$work/src/main.rs" <<'EOF'
use mct_rs::action::Action;
use mct_rs::mcts::MCTS;
use mct_rs::mdp::MDP;
use mct_rs::policy::RandomRollout;
use mct_rs::strategy::Strategy;
use std::cell::Cell;
use std::rc::Rc;

#[derive(Debug, PartialEq, Eq, Clone, Copy)]
enum Choice {
    Sure,
    Lottery,
}

impl Action for Choice {}

/// One decision: a sure 1, or 40 with probability 1/10. Counts how often the rewards are asked for.
struct Once {
    asked: Rc<Cell<u32>>,
}

impl MDP<&'static str, Choice> for Once {
    fn get_states(&self) -> Vec<&'static str> {
        vec!["start", "sure", "hit", "miss"]
    }

    fn get_actions(&self, state: &&'static str) -> Vec<Choice> {
        if *state == "start" { vec![Choice::Sure, Choice::Lottery] } else { vec![] }
    }

    fn get_transitions(&self, _: &&'static str, action: &Choice) -> Vec<(&'static str, f64)> {
        match action {
            Choice::Sure => vec![("sure", 1.0)],
            Choice::Lottery => vec![("hit", 0.1), ("miss", 0.9)],
        }
    }

    fn get_reward(&self, _: &&'static str, _: &Choice, next: &&'static str) -> f64 {
        self.asked.set(self.asked.get() + 1);
        match *next {
            "sure" => 1.0,
            "hit" => 40.0,
            _ => 0.0,
        }
    }

    fn is_terminal(&self, state: &&'static str) -> bool {
        *state != "start"
    }

    fn get_discount_factor(&self) -> f64 {
        panic!("asked for the discount")
    }

    fn get_initial_state(&self) -> &'static str {
        "start"
    }

    fn get_goal_states(&self) -> Vec<&'static str> {
        vec![]
    }
}

fn main() {
    let planners = 200;
    let (mut lottery, mut least) = (0, u32::MAX);
    for _ in 0..planners {
        let asked = Rc::new(Cell::new(0));
        let mut search = MCTS::new(Once { asked: asked.clone() }, RandomRollout::new());
        search.mcts(20);
        least = least.min(asked.get());
        if search.best_action(Strategy::HighestQValue) == Some(Choice::Lottery) {
            lottery += 1;
        }
    }
    println!("{lottery} of {planners} planners take the lottery, worth 4, and not the sure 1; each drew at least {least} times");
    // 20 hits expected with a standard deviation of 4.2; with ten draws each, 130 and more would take it
    assert!(lottery < 60);
    assert!(least > 2);
}
EOF
cd "$work"
cargo run --quiet --target-dir "$work/target"
