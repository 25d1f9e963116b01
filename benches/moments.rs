//! What exact variances cost beside one evaluation; docs/benchmarks.md says what the figures mean.
//!
//! `cargo bench --bench moments`

#[path = "common/clock.rs"]
mod clock;
#[path = "common/sparse.rs"]
mod sparse;

use std::hint::black_box;

use exact_mdp::chain::Chain;
use exact_mdp::estimator::{Detail, Estimator, Experiment, Sampling, parse_list};
use exact_mdp::linalg::{DenseLu, Factors, SolverKind, SolverOptions};
use exact_mdp::mdp::Mdp;
use exact_mdp::policy::Policy;

fn solver(solver: SolverKind) -> SolverOptions {
    SolverOptions {
        solver,
        ..SolverOptions::default()
    }
}

fn evaluate(mdp: &Mdp, policy: &Policy, kind: SolverKind) {
    let chain = Chain::new(black_box(mdp), policy, &solver(kind)).unwrap();
    black_box(chain.evaluate(mdp, policy).unwrap());
}

/// Exact means and variances of all the estimators, from the model and the policy on.
fn variances(mdp: &Mdp, policy: &Policy, estimators: &[Estimator]) {
    let options = solver(SolverKind::Auto);
    let experiment = Experiment::new(black_box(mdp), policy, Sampling::Infinite, &options).unwrap();
    for estimator in estimators {
        let resolved = experiment.resolve(estimator).unwrap();
        black_box(experiment.moments(&resolved, Detail::Variances).unwrap());
    }
}

/// Best and median of so many rounds, in which the tasks take turns.
const ROUNDS: usize = 15;

fn main() {
    // its trajectories end nowhere, so that each estimator has two discounts: γ and γ²
    let mdp = sparse::garnet();
    let policy = Policy::uniform(mdp.space());
    let list = |names: &str| parse_list(names, true).unwrap();
    let (q, reward_to_go) = (list("q"), list("reward-to-go"));
    let family = list("reward-to-go,baseline:v,q,advantage,td-residual");
    let chain = Chain::new(&mdp, &policy, &solver(SolverKind::Dense)).unwrap();
    let matrix = chain.resolvent().matrix();
    let factor = || DenseLu::new(black_box(matrix)).unwrap();
    let factors = factor();
    let mut tasks: [clock::Task; 7] = [
        ("dense LU alone", Box::new(|| drop(black_box(factor())))),
        (
            "the inverse from it",
            Box::new(|| drop(black_box(factors.inverse(mdp.states())))),
        ),
        (
            "evaluation by dense LU",
            Box::new(|| evaluate(&mdp, &policy, SolverKind::Dense)),
        ),
        (
            "evaluation by the solver that auto takes",
            Box::new(|| evaluate(&mdp, &policy, SolverKind::Auto)),
        ),
        (
            "variances of q (discount γ)",
            Box::new(|| variances(&mdp, &policy, &q)),
        ),
        (
            "variances of reward-to-go (γ, γ²)",
            Box::new(|| variances(&mdp, &policy, &reward_to_go)),
        ),
        (
            "variances of five estimators (γ, γ²)",
            Box::new(|| variances(&mdp, &policy, &family)),
        ),
    ];
    let times = clock::rounds(&mut tasks, ROUNDS);
    println!("processor milliseconds        best  median  evaluations by dense LU");
    let unit = 1e3 * times[2][ROUNDS / 2];
    for ((name, _), times) in tasks.iter().zip(&times) {
        let (best, median) = (1e3 * times[0], 1e3 * times[ROUNDS / 2]);
        println!(
            "{name:<40} {best:>7.1} {median:>7.1} {:>6.2}",
            median / unit
        );
    }
}
