//! The parts of a case, and what wrong formulas are made of.

use exact_mdp::chain::{Chain, Dynamics};
use exact_mdp::evaluation::Evaluation;
use exact_mdp::linalg::{Csr, SolverOptions};
use exact_mdp::mdp::Mdp;
use exact_mdp::policy::Policy;
use exact_mdp::solved::Solved;
use exact_mdp_theorems::{Case, Discounted, Horizon, LongTerm};

use crate::identities::space;

pub fn discounted(case: &mut Case) -> &mut Discounted {
    case.discounted.as_mut().expect("a discounted model")
}

/// The same to be read.
pub fn known(case: &Case) -> &Discounted {
    case.discounted.as_ref().expect("a discounted model")
}

pub fn horizon(case: &mut Case) -> &mut Horizon {
    case.horizon.as_mut().expect("a horizon")
}

pub fn long_term(case: &mut Case) -> &mut LongTerm {
    case.long_term.as_mut().expect("an average reward")
}

pub fn scale(x: &mut [f64], c: f64) {
    x.iter_mut().for_each(|x| *x *= c);
}

/// ρ(x∇π) with the measure ρ(s) at each pair times x.
pub fn pairing(case: &Case, rho: &[f64], x: &[f64]) -> Vec<f64> {
    let space = space(&case.mdp);
    let weights: Vec<f64> = (0..x.len())
        .map(|i| rho[space.state_of(i)] * x[i])
        .collect();
    case.derivative.mul_transposed(&weights)
}

/// πx \[S\].
pub fn average(case: &Case, x: &[f64]) -> Vec<f64> {
    let state = |s| {
        let block = space(&case.mdp).pairs_of(s);
        block.map(|i| case.probabilities[i] * x[i]).sum()
    };
    (0..case.mdp.states()).map(state).collect()
}

/// The visits of the undiscounted chain.
pub fn undiscounted(case: &Case) -> Vec<f64> {
    let dynamics = Dynamics::new(&known(case).mdp, &case.policy).unwrap();
    let resolvent = dynamics.resolvent(&1.0, &SolverOptions::default());
    let visits = resolvent
        .expect("proper")
        .solve_transposed(dynamics.initial());
    visits.expect("solved").x
}

pub fn solved(mdp: &Mdp, policy: &Policy) -> Solved {
    Solved::new(mdp.clone(), policy.clone()).expect("a value")
}

/// The chain of a policy.
pub fn chain(mdp: &Mdp, policy: &Policy) -> Chain {
    Chain::new(mdp, policy, &SolverOptions::default()).expect("a chain")
}

/// What the uniform policy is worth.
pub fn uniform(d: &Discounted) -> Evaluation {
    let policy = Policy::uniform(d.mdp.space());
    chain(&d.mdp, &policy)
        .evaluate(&d.mdp, &policy)
        .expect("values")
}

/// The claimed mean of an estimator.
fn claimed<'a>(case: &'a mut Case, name: &str) -> &'a mut Vec<f64> {
    let means = discounted(case).means.as_mut().expect("means");
    let found = means.iter_mut().find(|(known, _)| known == name);
    &mut found.expect("the estimator").1
}

/// Changes the claimed mean of an estimator entry by entry.
pub fn mean(case: &mut Case, name: &str, wrong: fn(f64) -> f64) {
    claimed(case, name).iter_mut().for_each(|x| *x = wrong(*x));
}

/// Puts another mean in its place.
pub fn plant_mean(case: &mut Case, name: &str, wrong: fn(&Case) -> Vec<f64>) {
    let wrong = wrong(case);
    *claimed(case, name) = wrong;
}

/// Puts other numbers in the place of ∂J/∂p.
pub fn plant_transitions(case: &mut Case, values: Vec<f64>) {
    let p = case.mdp.p();
    let (starts, columns) = (p.row_starts().to_vec(), p.column_indices().to_vec());
    let wrong = Csr::from_parts(p.columns(), starts, columns, values);
    let sensitivity = case.sensitivity.as_mut().expect("a sensitivity");
    sensitivity.transitions = wrong;
}
