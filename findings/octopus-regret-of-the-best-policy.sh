#!/usr/bin/env bash
# octopus 0.1.0 (a crate of bandits; needs cargo): the best policy has a regret that grows for ever, as the best arm is the best of fresh draws; parallel runs explore alike.
#
# Guess: Simulator measures regret against get_optimal_reward, "the optimal reward that could be obtained": where two arms pay 1 with
#        probability 1/2 no policy regrets anything, so that the mean regret after 1000 steps is 0; ten arms are the same.
#        run_parallel_simulations(policy, ..., 20) are 20 runs, which explore with random numbers of their own.
# Seen:  the method's default draws a new reward of each arm and takes the largest: 250 for 0, and 499 for 0 with ten arms, where the
#        largest of ten draws is nearly always 1. (An environment may write the method itself.) A clone of
#        EpsilonGreedyPolicy seeds its generator with the whole part of 10 epsilon, so that all runs explore in the same steps:
#        where rewards are certain 20 runs have one total, and a standard deviation of 0.
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
octopus = "=0.1.0"
rand = "0.9"

[workspace]
EOF
cat > "$work/src/main.rs" <<'EOF'
use octopus::algorithms::epsilon_greedy::EpsilonGreedyPolicy;
use octopus::simulation::metrics::analyze_results;
use octopus::simulation::simulator::{run_parallel_simulations, Simulator};
use octopus::traits::entities::{DummyContext, NumericAction, Reward};
use octopus::traits::environment::Environment;

type Arm = NumericAction<i32>;

#[derive(Clone)]
struct Pay(f64);

impl Reward for Pay {
    fn value(&self) -> f64 {
        self.0
    }
}

/// Every arm pays 1 with probability 1/2.
#[derive(Clone)]
struct Coins;

impl Environment<Arm, Pay, DummyContext> for Coins {
    fn get_context(&self) -> DummyContext {
        DummyContext
    }

    fn get_reward(&self, _: &Arm, _: &DummyContext) -> Pay {
        Pay(f64::from(u8::from(rand::random::<bool>())))
    }
}

/// Arm i pays i for certain.
#[derive(Clone)]
struct Certain;

impl Environment<Arm, Pay, DummyContext> for Certain {
    fn get_context(&self) -> DummyContext {
        DummyContext
    }

    fn get_reward(&self, arm: &Arm, _: &DummyContext) -> Pay {
        use octopus::traits::entities::Action;
        Pay(f64::from(arm.value()))
    }
}

fn arms(n: i32) -> Vec<Arm> {
    (0..n).map(|i| NumericAction::with_id(i as u32, i, "arm")).collect()
}

fn policy(epsilon: f64, n: i32) -> EpsilonGreedyPolicy<Arm, Pay, DummyContext> {
    EpsilonGreedyPolicy::new(epsilon, &arms(n)).unwrap()
}

fn main() {
    let (steps, runs) = (1000, 200);
    for (n, largest) in [(2, 0.75), (10, 1.0 - 1.0 / 1024.0)] {
        let mut regret = 0.0;
        for _ in 0..runs {
            let result = Simulator::new(policy(0.1, n), Coins).run_episode(steps, &arms(n));
            regret += result.steps_regret[steps - 1] / runs as f64;
        }
        let expected = (largest - 0.5) * steps as f64;
        println!("{n} equal arms: mean regret {regret:.1} for 0 ({expected:.1} against the largest of fresh draws)");
        assert!((regret - expected).abs() < 10.0);
    }
    let results = run_parallel_simulations(policy(0.2, 5), Certain, &arms(5), 100, 20);
    let totals: Vec<f64> = results.iter().map(|result| result.cumulative_reward).collect();
    println!("totals of 20 runs, epsilon 0.2, 5 arms, 100 steps: {totals:?}");
    assert!(totals.iter().all(|total| *total == totals[0]) && totals[0] < 400.0);
    assert!(analyze_results(&results).std_final_simple_regret < 1e-9);
}
EOF
cd "$work"
cargo run --quiet --target-dir "$work/target"
