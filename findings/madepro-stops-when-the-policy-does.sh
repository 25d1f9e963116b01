#!/usr/bin/env bash
# madepro 0.1.0 (a crate; needs cargo): value iteration ends where one improvement leaves the policy as it was: 3 for 10, and the wrong action.
#
# Guess: value_iteration(mdp, config) with one sweep before each improvement converges to v*, as policy_iteration does: with gamma = 0.9 a
#        loop that pays 1 is worth 1 / (1 - 0.9) = 10; who may take 3 and end, or 1 in each step for ever, does the latter, for 10.
#        ("The algorithm stops when the policy converge", says its documentation, "the only difference" being the sweeps.)
# Seen:  the first policy that is the same twice ends it, after one or two sweeps: the loop is worth 1 (with n sweeps 10 (1 - 0.9^n)),
#        and 3 is taken at once, as it beats 1 + 0.9 * 1.9. The answer carries no sign of it. Policy iteration has 10 and 10.
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
madepro = "=0.1.0"

[workspace]
EOF
cat > "$work/src/main.rs" <<'EOF'
use madepro::models::{Action, Config, Sampler, State, MDP};
use madepro::solvers::dynamic_programming::{policy_improvement, policy_iteration, value_iteration};

#[derive(Debug, PartialEq, Eq, Hash, Clone, Copy)]
enum Place {
    Start,
    Working,
    End,
}

impl State for Place {}

#[derive(Debug, PartialEq, Eq, Hash, Clone, Copy)]
enum Choice {
    Take,
    Work,
}

impl Action for Choice {}

/// Start: take 3 and end, or work, which pays 1 in each step.
struct Job {
    places: Sampler<Place>,
    choices: Sampler<Choice>,
}

impl MDP for Job {
    type State = Place;
    type Action = Choice;

    fn get_states(&self) -> &Sampler<Place> {
        &self.places
    }

    fn get_actions(&self) -> &Sampler<Choice> {
        &self.choices
    }

    fn is_state_terminal(&self, place: &Place) -> bool {
        *place == Place::End
    }

    fn transition(&self, place: &Place, choice: &Choice) -> (Place, f64) {
        match (place, choice) {
            (Place::Start, Choice::Take) => (Place::End, 3.0),
            (Place::End, _) => (Place::End, 0.0),
            _ => (Place::Working, 1.0),
        }
    }
}

fn near(value: f64, expected: f64) {
    assert!((value - expected).abs() < 1e-3, "{value} for {expected}");
}

fn main() {
    let loop_only = Job { places: vec![Place::Working].into(), choices: vec![Choice::Work].into() };
    let config = |sweeps| Config::new().discount_factor(0.9).iterations_before_improvement(sweeps);
    for sweeps in [1, 2, 10] {
        let seen = value_iteration(&loop_only, &config(Some(sweeps))).get(&Place::Working);
        println!("a loop that pays 1, {sweeps} sweeps: {seen:.4} for 10");
        near(seen, 10.0 * (1.0 - 0.9f64.powi(sweeps as i32)));
    }
    near(policy_iteration(&loop_only, &config(None)).get(&Place::Working), 10.0);

    let job = Job {
        places: vec![Place::Start, Place::Working, Place::End].into(),
        choices: vec![Choice::Take, Choice::Work].into(),
    };
    // the first policy is random: repeat
    for _ in 0..50 {
        let value = value_iteration(&job, &config(Some(1)));
        let policy = policy_improvement(&job, &config(Some(1)), &value);
        near(value.get(&Place::Start), 3.0);
        assert_eq!(policy.get(&Place::Start), &Choice::Take);
        let value = policy_iteration(&job, &config(None));
        near(value.get(&Place::Start), 10.0);
        assert_eq!(policy_improvement(&job, &config(None), &value).get(&Place::Start), &Choice::Work);
    }
    println!("take 3, or 1 for ever: value iteration takes 3, policy iteration has 10");
}
EOF
cd "$work"
cargo run --quiet --target-dir "$work/target"
