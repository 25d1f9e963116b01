#!/usr/bin/env bash
# ipfrs-tensorlogic 0.2.0 (a crate; needs cargo, and minutes to compile): Q-learning takes what comes after a step for 0 where it is negative; modified policy iteration ends with the policy.
#
# Guess: the four solvers of MarkovDecisionProcess agree: three steps of -1 to the end are worth -2.71 at gamma = 0.9, so that a shortcut of -2
#        is taken; three steps of 1 are worth 2.71, a loop that pays 1 is worth 10. `converged` is true of such a v.
# Seen:  Q-learning's bootstrap is max(0, max q): each step of a way of costs is worth its own reward, -1, and the long way is taken, for -2.71
#        in truth; with rewards of 1 it is right. ModifiedPolicyIteration(k) ends after k sweeps if the policy is what it was: 1 for
#        10 on the loop with k = 1. Both answers are `converged: true`. Value and policy iteration are right.
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
ipfrs-tensorlogic = { version = "=0.2.0", default-features = false }

[profile.dev]
debug = false

[workspace]
EOF
cat > "$work/src/main.rs" <<'EOF'
use ipfrs_tensorlogic::markov_decision_process::{MarkovDecisionProcess, MdpActionId, MdpStateId, SolverConfig, SolverType, Transition};

/// Three steps in a row to the end that pay `reward`; with the second action the first state goes to the end for `shortcut`.
fn row(reward: f64, shortcut: f64) -> MarkovDecisionProcess {
    let mut mdp = MarkovDecisionProcess::new(4, 2);
    mdp.set_terminal(MdpStateId(3), true).unwrap();
    for s in 0..3 {
        for a in 0..2 {
            let (to, pays) = if s == 0 && a == 1 { (3, shortcut) } else { (s + 1, reward) };
            let transition = Transition { to_state: MdpStateId(to), probability: 1.0, reward: pays };
            mdp.add_transition(MdpStateId(s), MdpActionId(a), transition).unwrap();
        }
    }
    mdp.validate().unwrap();
    mdp
}

/// v of the first state, its action, and whether the solver says that it has converged.
fn first(mdp: &MarkovDecisionProcess, solver: SolverType) -> (f64, usize, bool) {
    let config = SolverConfig { gamma: 0.9, epsilon: 1e-9, max_iterations: 3000, solver };
    let (v, policy, result) = mdp.solve(&config).unwrap();
    println!("  {:?}: {v:?}, converged: {}", config.solver, result.converged, v = v.values);
    (v.values[0], policy.action_for(MdpStateId(0)).unwrap().0, result.converged)
}

fn near(value: f64, expected: f64) {
    assert!((value - expected).abs() < 1e-6, "{value} for {expected}");
}

fn main() {
    let learn = || SolverType::Qlearning { alpha: 0.5, epsilon: 0.3 };
    for (reward, shortcut, right) in [(1.0, 1.5, 2.71), (-1.0, -2.0, -2.0)] {
        println!("steps of {reward}, shortcut {shortcut}: v = {right}");
        let mdp = row(reward, shortcut);
        let best = usize::from(right == shortcut);
        for solver in [SolverType::ValueIteration, SolverType::PolicyIteration] {
            let (v, action, converged) = first(&mdp, solver);
            near(v, right);
            assert!(converged && action == best);
        }
        let (v, action, converged) = first(&mdp, learn());
        near(v, if reward > 0.0 { right } else { reward });
        assert!(converged && action == 0);
    }
    println!("a loop that pays 1: v = 10");
    let mut mdp = MarkovDecisionProcess::new(1, 1);
    let transition = Transition { to_state: MdpStateId(0), probability: 1.0, reward: 1.0 };
    mdp.add_transition(MdpStateId(0), MdpActionId(0), transition).unwrap();
    for k in [1, 2, 10] {
        let (v, _, converged) = first(&mdp, SolverType::ModifiedPolicyIteration(k));
        near(v, 10.0 * (1.0 - 0.9f64.powi(k as i32)));
        assert!(converged);
    }
    near(first(&mdp, SolverType::PolicyIteration).0, 10.0);
}
EOF
cd "$work"
cargo run --quiet --target-dir "$work/target" 2> errors || { tail -40 errors; exit 1; }
