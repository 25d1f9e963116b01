//! Means of estimators over a finite horizon (theory, 2.2, 5.1).

use super::algebra::{largest, plus};
use super::criteria::{masses, size, weighted_masses};
use super::{Case, Horizon, Identity, Section, Sides, Skip};
use exact_mdp::estimator::{Contribution, Estimator, Experiment, Psi, Resolved, Sampling, Table};
use exact_mdp::linalg::SolverOptions;

identities! { Estimators;
"horizon-returns-mean" returns {
    "E Σ γᵗ ψ_t G_t = E (Σ ψ_t) G₀ = ∇J_T, with a baseline v_t and without",
    "Causality, E[ψ_t b(S_t)] = 0 and the tower property, as without a horizon; v depends on the time.",
    "theory, 5.1 (5.2, 5.5)"
}
"horizon-critics-mean" critics {
    "E Σ γᵗ ψ_t Ψ_t = ∇J_T for Ψ = q_t, A_t, δ_t, GAE and n-step",
    "Critics indexed by time, those of the horizon.",
    "theory, 5.1 (5.5, 5.7)"
}
"horizon-dropped-mean" dropped {
    "E Σ ψ_t G_t = Σ_{t<T} p_t (q_t∇π)",
    "Without γᵗ a score counts as often as its state is visited; a bias unless γ = 1.",
    "theory, 5.1 (5.3)"
}
"double-discount-mean" doubled {
    "E Σ γᵗ ψ_t G₀ = Σ_{t<T} γ²ᵗ p_t (q_t∇π)",
    "G₀ holds the discount of each reward already: one γᵗ too many, and a bias.",
    "theory, 5.1 (5.4, 9.9)"
}
"stationary-critic-on-a-horizon" stationary {
    "E Σ_{t<T} γᵗ ψ_t q(S_t, A_t) − ∇J_T = Σ_{t<T} γᵗ p_t ((q − q_t)∇π)",
    "q of the endless problem where q_t belongs: a bias, although the policy is stationary.",
    "theory, 2.2, 5.1 (9.8)"
}
}

/// Parameters of an estimator; a choice.
const PARAMETERS: usize = 300;

fn experiment<'a>(case: &'a Case, h: &'a Horizon) -> Result<Experiment<'a, f64>, Skip> {
    case.scores()?;
    Skip::beyond(case.policy.parameters(), PARAMETERS, "parameters")?;
    Skip::beyond(h.run.horizon(), 200, "time steps")?;
    let sampling = Sampling::FiniteHorizon(h.run.horizon());
    Ok(Experiment::new(
        &h.mdp,
        &case.policy,
        sampling,
        &SolverOptions::default(),
    )?)
}

/// The size of a sum over T steps of returns.
fn sum_size(case: &Case, h: &Horizon) -> f64 {
    size(case, h, &[1.0]) * h.run.horizon() as f64
}

/// Every estimator's mean beside ∇J_T.
fn unbiased(case: &Case, names: &[&str]) -> Result<Sides, Skip> {
    let h = case.horizon()?;
    let experiment = experiment(case, h)?;
    let size = sum_size(case, h);
    let mut sides = Sides::equal(&[], &[], size, h.tolerance());
    for name in names {
        let estimator: Estimator = name.parse::<Estimator>()?;
        let mean = (case.formulas.mean)(&experiment, &experiment.resolve(&estimator)?)?;
        sides = sides.and(Sides::equal(&mean, &h.gradient, size, h.tolerance()));
    }
    Ok(sides)
}

fn returns(case: &Case) -> Result<Sides, Skip> {
    unbiased(case, &["reward-to-go", "baseline:v", "total-return"])
}

fn critics(case: &Case) -> Result<Sides, Skip> {
    unbiased(
        case,
        &["q", "advantage", "td-residual", "gae:0.5", "n-step:3"],
    )
}

/// Σ_{t<T} m_t (x_t∇π) [d].
fn paired<'a>(case: &Case, masses: &[Vec<f64>], x: impl Iterator<Item = &'a Vec<f64>>) -> Vec<f64> {
    let zero = vec![0.0; case.policy.parameters()];
    let fields = masses.iter().zip(x).map(|(mass, x)| case.pairing(mass, x));
    fields.fold(zero, |sum, field| plus(&sum, 1.0, &field))
}

fn dropped(case: &Case) -> Result<Sides, Skip> {
    let h = case.horizon()?;
    let experiment = experiment(case, h)?;
    let estimator = Estimator::new(Psi::RewardToGo).dropped();
    let mean = (case.formulas.mean)(&experiment, &experiment.resolve(&estimator)?)?;
    let visits = weighted_masses(case, h, 1.0);
    let right = paired(case, &visits, h.tables.q.iter());
    let size = sum_size(case, h) * h.run.horizon() as f64;
    Ok(Sides::equal(&mean, &right, size, h.tolerance()))
}

fn doubled(case: &Case) -> Result<Sides, Skip> {
    let h = case.horizon()?;
    let experiment = experiment(case, h)?;
    let estimator = Estimator::new(Psi::TotalReturn).with_discounting(true);
    let mean = (case.formulas.mean)(&experiment, &experiment.resolve(&estimator)?)?;
    let visits = weighted_masses(case, h, h.gamma * h.gamma);
    let right = paired(case, &visits, h.tables.q.iter());
    let size = sum_size(case, h) * h.run.horizon() as f64;
    Ok(Sides::equal(&mean, &right, size, h.tolerance()))
}

fn stationary(case: &Case) -> Result<Sides, Skip> {
    let (d, h) = (case.discounted()?, case.horizon()?);
    let experiment = experiment(case, h)?;
    let q = &d.evaluation.q;
    let resolved = Resolved {
        weight: h.gamma,
        discount: h.gamma,
        form: Contribution::Pair {
            value: Table::stationary(q.clone()),
        },
    };
    let left = plus(
        &(case.formulas.mean)(&experiment, &resolved)?,
        -1.0,
        &h.gradient,
    );
    let gaps: Vec<Vec<f64>> = h.tables.q.iter().map(|q_t| plus(q, -1.0, q_t)).collect();
    let right = paired(case, &masses(case, h), gaps.iter());
    let size = sum_size(case, h) + largest(q) * h.mass() * case.slope();
    Ok(Sides::equal(&left, &right, size, h.tolerance()))
}
