//! Random horizons that make the discounted gradient unbiased without truncation (theory, 5.5).
//!
//! G1, where a trajectory dies with probability 1 − γ after each reward, is a way of sampling
//! ([`Sampling::Geometric`]) that serves every estimator. The two below are estimators of their
//! own, each of one state-action pair.

use nalgebra::DMatrix;

use super::moments::centered;
use super::process::{Order, Process};
use super::{Experiment, Moments, Sampling};
use crate::error::Error;
use crate::field::Real;
use crate::linalg::{Solvable, SolverOptions};
use crate::mdp::{Criterion, Mdp};
use crate::policy::Policy;

/// G3, occupancy sampling: (s, a) ~ ρ^π/(ρ^π 1) over alive states and ĝ = (ρ^π 1) ψ q.
///
/// ```text
/// E ĝ = ∇J        E ĝĝᵀ = (ρ^π 1) ρ^π π(ψψᵀ q²)
/// ```
///
/// ρ^π 1 is 1/(1 − γ) where nothing terminates. Errors with [`Error::NoScore`] on the boundary of a direct
/// parametrization, with [`Error::Improper`] if episodes may never end, and with [`Error::Factor`].
pub fn occupancy_sampling<F: Solvable>(
    mdp: &Mdp<F>,
    policy: &Policy<F>,
    options: &SolverOptions,
) -> Result<Moments<F>, Error> {
    let experiment = Experiment::new(mdp, policy, Sampling::Infinite, options)?;
    let process = experiment.process();
    let occupancy = occupancy(process, &mdp.discount())?;
    let mass = occupancy.iter().fold(F::zero(), |sum, x| sum + x);
    let q = experiment.q().at(0);
    let square = |pair: usize| q[pair].clone() * &q[pair] * &mass;
    Ok(single_pair(
        process,
        &occupancy,
        |pair| q[pair].clone(),
        square,
    ))
}

/// G2, a random time and a random rollout (Zhang, Koppel, Zhu & Başar 2020): τ with P(τ = t) =
/// (1 − γ)γᵗ, from (S_τ, A_τ) a rollout of T' further steps, P(T' ≥ k) = γ^{k/2}, and ĝ =
/// ψ(S_τ, A_τ) Q̂/(1 − γ), Q̂ = Σ_{k≤T'} γ^{k/2} R_{τ+k}.
///
/// ```text
/// E ĝ = ∇J    E ĝĝᵀ = ρ^π π(ψψᵀ E[Q̂²|s, a])/(1 − γ)
/// E[Q̂²|s, a] = Σ p [r² + 2γ r v(s') + γ^{3/2} m(s')],   m = π E[Q̂²|·]
/// ```
///
/// √γ is no fraction, so there is no exact form. Errors with [`Error::Criterion`] unless γ < 1, with
/// [`Error::NoScore`] on the boundary of a direct parametrization, and with [`Error::Factor`].
pub fn random_rollout<F: Real + Solvable>(
    mdp: &Mdp<F>,
    policy: &Policy<F>,
    options: &SolverOptions,
) -> Result<Moments<F>, Error> {
    let Criterion::Discounted { discount: gamma } = mdp.criterion() else {
        return Err(Error::Criterion {
            needed: "discounted",
            found: mdp.criterion().kind(),
        });
    };
    let experiment = Experiment::new(mdp, policy, Sampling::Infinite, options)?;
    let process = experiment.process();
    let (v, q) = (experiment.v().at(0), experiment.q().at(0));
    let second_discount = gamma.powf(1.5);
    let paid = |pair: usize| {
        process.steps_of(pair).iter().fold(F::zero(), |sum, step| {
            let later = step.next.map_or_else(F::zero, |next| v[next].clone());
            let own = step.reward.clone() + later * gamma * &F::from_i64(2);
            sum + own * &step.reward * &step.probability
        })
    };
    let by_state = |f: &dyn Fn(usize) -> F| -> Vec<F> {
        let state = |s: usize| {
            let pairs = process.pairs_of(s);
            pairs.fold(F::zero(), |sum, i| {
                sum + f(i) * &process.weights(Order::First)[i]
            })
        };
        (0..process.states()).map(state).collect()
    };
    let m = process.solve(Order::First, &second_discount, by_state(&paid))?;
    let square = |pair: usize| {
        let later = process.steps_of(pair).iter().fold(F::zero(), |sum, step| {
            let next = step.next.map_or_else(F::zero, |next| m[next].clone());
            sum + next * &step.probability
        });
        (paid(pair) + later * &second_discount) / &(F::one() - gamma)
    };
    let occupancy = occupancy(process, gamma)?;
    Ok(single_pair(
        process,
        &occupancy,
        |pair| q[pair].clone(),
        square,
    ))
}

fn occupancy<F: Solvable>(process: &Process<F>, gamma: &F) -> Result<Vec<F>, Error> {
    process.solve_transposed(Order::First, gamma, process.initial().to_vec())
}

/// Mean Σ ρπ ψ f and second moment Σ ρπ ψψᵀ g, by pair.
fn single_pair<F: Solvable>(
    process: &Process<F>,
    occupancy: &[F],
    f: impl Fn(usize) -> F,
    g: impl Fn(usize) -> F,
) -> Moments<F> {
    let d = process.parameters();
    let mut mean = vec![F::zero(); d];
    let mut second = DMatrix::from_element(d, d, F::zero());
    for (state, visits) in occupancy.iter().enumerate() {
        for pair in process.pairs_of(state) {
            let weight = visits.clone() * &process.weights(Order::First)[pair];
            let (first, square) = (weight.clone() * &f(pair), weight * &g(pair));
            for (k, psi) in process.score(pair) {
                mean[k] += first.clone() * psi;
                for (l, other) in process.score(pair) {
                    second[(k, l)] += square.clone() * psi * other;
                }
            }
        }
    }
    let raw = (0..d).map(|k| second[(k, k)].clone()).collect();
    let covariance = centered(second, &mean, &mean);
    Moments {
        variance: (0..d).map(|k| covariance[(k, k)].clone()).collect(),
        mean,
        covariance: Some(covariance),
        raw,
        centred: None,
        shaped: false,
    }
}
