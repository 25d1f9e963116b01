//! Second moments of estimators without an end, of two at once, and of random horizons
//! (theory, 5.2, 5.3, 5.5, 6).

use std::sync::Arc;

use super::algebra::{ahead, apply, inner, largest, largest_reward, plus, spread, times};
use super::bellman::estimate_scale;
use super::case::have;
use super::covariances::second_moment_scale;
use super::occupancy::undiscounted;
use super::operators::state_function;
use super::{Case, Discounted, Identity, Section, Sides, Skip};
use exact_mdp::chain::Dynamics;
use exact_mdp::estimator::{
    Contribution, Detail, Estimator, Experiment, Moments, Psi, Resolved, Sampling, Table,
};
use exact_mdp::linalg::SolverOptions;
use exact_mdp::mdp::{Criterion, Mdp, MdpParts, Names, OutcomeTable, Space};
use exact_mdp::policy::{Parametrization, Policy};

identities! { Covariances;
"reward-to-go-covariance" reward_to_go {
    "wᵀ Cov w = ρ₀Z − (∇J·w)², Z = E[ψ²(r + γR)² + 2ψ(r + γR)γX + γ²X²] at the next state",
    "Moments of return and estimate, E R², E RX and E X², each by the linear system at γ², from every state and with the outcome rewards; the library sums adjoint rows.",
    "Sobel 1982; theory, 5.3 (5.20, 5.30, 5.35, 5.61)"
}
"total-return-covariance" total_return {
    "wᵀ Cov w = ρ₀ E[R²U²] − (∇J·w)² for (Σψ_t) G₀, U = ψ + U', R = r + γR'",
    "The moments E[RᵃUʲ] from every state, a, j ≤ 2, by the linear systems at γᵃ, with the outcome rewards; E[RU] is the claimed Jacobian.",
    "theory, 5.4 (5.6, 5.34, 5.36)"
}
"paired-difference" paired {
    "Cov(X) + Cov(Y) − 2 Cov(X, Y) = Cov(X − Y) for reward-to-go without and with a baseline b",
    "On the same trajectories X − Y = Σ γᵗψ_t b(S_t), an estimator of its own; along w, for a random b.",
    "theory, 5.2, 6 (6.8)"
}
"geometric-horizon-is-a-model" geometric {
    "G1 in M has the mean and covariance of reward-to-go in M with p ↦ γp and death for the rest",
    "To die with probability 1 − γ after each reward is a transition to a terminal state, γ = 1: second moments then have γ, not γ².",
    "theory, 5.5 (5.41, 5.42, 5.43)"
}
"occupancy-sampling" occupancy {
    "E (Σρ) ψq = ∇J and E[(Σρ)² ψψᵀq²] = (Σρ) Σ ρ(s,a) ψψᵀq² for (s,a) ~ ρ/Σρ",
    "One pair, drawn with the probability that the occupancy gives it; along w.",
    "theory, 5.5 (5.46)"
}
"random-rollout" rollout {
    "E (1/(1 − γ)) Q̂ψ = ∇J and E[Q̂²|s,a] = Σ p[r² + 2γ r v' + γ^{3/2} m'], m = π E[Q̂²|·]",
    "Q̂ = R + √γ (Q̂' with probability √γ): square it. m is iterated, not solved for.",
    "Zhang, Koppel, Zhu & Başar 2020; theory, 5.5 (5.44, 5.45)"
}
}

/// Parameters of a covariance matrix; a choice.
const PARAMETERS: usize = 80;

fn small(case: &Case) -> Result<(), Skip> {
    case.scores()?;
    Skip::beyond(case.policy.parameters(), PARAMETERS, "parameters")
}

/// wᵀ Cov w.
fn along(moments: &Moments<f64>, w: &[f64]) -> Result<f64, Skip> {
    let covariance = moments.covariance.as_ref();
    let covariance = covariance.ok_or_else(|| Skip::new("no covariance was computed"))?;
    Ok(inner(w, &apply(covariance, w)))
}

/// max |ψ·w| with the absolute terms of the product.
fn largest_score(case: &Case, w: &[f64]) -> Result<f64, Skip> {
    let scores = case.scores()?;
    let reach = |i| scores.row(i).map(|(k, x)| (x * w[k]).abs()).sum();
    let reaches: Vec<f64> = (0..scores.rows()).map(reach).collect();
    Ok(largest(&reaches).max(case.slope() * largest(w)))
}

fn reward_to_go(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    small(case)?;
    let jacobian = have(&d.jacobian)?;
    let w = case.direction(123);
    let experiment = d.experiment(&case.policy)?;
    let resolved = experiment.resolve(&Estimator::new(Psi::RewardToGo))?;
    let left = along(
        &(case.formulas.moments)(&experiment, &resolved, Detail::Covariance)?,
        &w,
    )?;
    // along w everything is a number: R, X, and their second moments m, y, z
    let (c, v, x) = (d.gamma, &d.evaluation.v, apply(jacobian, &w));
    let psi = case.scores()?.mul(&w);
    let square = c * c;
    let options = SolverOptions::default();
    let resolvent = d.chain().dynamics().resolvent(&square, &options)?;
    let solve = |b: &[f64]| -> Result<Vec<f64>, Skip> { Ok(resolvent.solve(b)?.x) };
    let paid = |r: f64, s: usize, m: &[f64]| r * r + 2.0 * c * r * v[s] + square * m[s];
    let none = vec![0.0; v.len()];
    let m = solve(&case.expect(&d.mdp, |_, o| paid(*o.reward, o.next, &none)))?;
    let y = solve(&case.expect(&d.mdp, |i, o| {
        psi[i] * paid(*o.reward, o.next, &m) + c * o.reward * x[o.next]
    }))?;
    let z = solve(&case.expect(&d.mdp, |i, o| {
        let later = c * (o.reward * x[o.next] + c * y[o.next]);
        psi[i] * psi[i] * paid(*o.reward, o.next, &m) + 2.0 * psi[i] * later
    }))?;
    let mean = inner(&d.gradient, &w);
    let right = inner(d.mdp.initial(), &z) - mean * mean;
    let rewards = largest_reward(&d.mdp) * d.inverse_norm + d.reward_scale();
    let reach = largest_score(case, &w)? * rewards * d.inverse_norm;
    let size = (w.len() as f64).sqrt() * reach * reach;
    Ok(Sides::equal(&[left], &[right], size, 4.0 * d.tolerance(1)))
}

fn total_return(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    small(case)?;
    let jacobian = have(&d.jacobian)?;
    let w = case.direction(129);
    let eta = undiscounted(case, d)?;
    let options = SolverOptions::default();
    let experiment = Experiment::new(&d.mdp, &case.policy, Sampling::Episodic, &options)?;
    let resolved = experiment.resolve(&Estimator::new(Psi::TotalReturn))?;
    let moments = (case.formulas.moments)(&experiment, &resolved, Detail::Covariance)?;
    let left = along(&moments, &w)?;
    // along w everything is a number: m_aj = E[RᵃUʲ], m₁₀ = v, m₁₁ = ∇v·w, m₀₁ = 0
    let (c, v, m_11) = (d.gamma, &d.evaluation.v, apply(jacobian, &w));
    let psi = case.scores()?.mul(&w);
    let (dynamics, _) = Dynamics::proper(&d.mdp, &case.policy)?;
    let once = dynamics.resolvent(&1.0, &options)?;
    let first = dynamics.resolvent(&c, &options)?;
    let second = dynamics.resolvent(&(c * c), &options)?;
    let m_20 = second
        .solve(&case.expect(&d.mdp, |_, o| o.reward * (o.reward + 2.0 * c * v[o.next])))?
        .x;
    let m_02 = once.solve(&case.expect(&d.mdp, |i, _| psi[i] * psi[i]))?.x;
    // E[(r + γR')²] given the outcome
    let square = |r: f64, s: usize| r * r + 2.0 * c * r * v[s] + c * c * m_20[s];
    let m_21 = second
        .solve(&case.expect(&d.mdp, |i, o| {
            let (r, s) = (*o.reward, o.next);
            psi[i] * square(r, s) + 2.0 * c * r * m_11[s]
        }))?
        .x;
    let m_12 = first
        .solve(&case.expect(&d.mdp, |i, o| {
            let (r, s) = (*o.reward, o.next);
            psi[i] * psi[i] * (r + c * v[s]) + 2.0 * psi[i] * c * m_11[s] + r * m_02[s]
        }))?
        .x;
    let m_22 = second
        .solve(&case.expect(&d.mdp, |i, o| {
            let (r, s) = (*o.reward, o.next);
            let crossed = 2.0 * c * r * m_11[s] + c * c * m_21[s];
            let later = r * r * m_02[s] + 2.0 * c * r * m_12[s];
            psi[i] * psi[i] * square(r, s) + 2.0 * psi[i] * crossed + later
        }))?
        .x;
    let mean = inner(&d.gradient, &w);
    let right = inner(d.mdp.initial(), &m_22) - mean * mean;
    let rewards = largest_reward(&d.mdp) * d.inverse_norm + d.reward_scale();
    let reach = largest_score(case, &w)? * rewards * eta.inverse_norm;
    let size = (w.len() as f64).sqrt() * reach * reach;
    let tolerance = 6.0 * d.tolerance(0) * eta.inverse_norm;
    Ok(Sides::equal(&[left], &[right], size, tolerance))
}

fn paired(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    small(case)?;
    let w = case.direction(124);
    let b = state_function(d, 125);
    let b: Vec<f64> = b.iter().map(|x| x * d.reward_scale().max(1e-300)).collect();
    let experiment = d.experiment(&case.policy)?;
    let resolved = |form| Resolved {
        weight: d.gamma,
        discount: d.gamma,
        form,
    };
    let plain = resolved(Contribution::Return { baseline: None });
    let baselined = resolved(Contribution::Return {
        baseline: Some(Table::stationary(b.clone())),
    });
    let difference = resolved(Contribution::Pair {
        value: Table::stationary(spread(&d.mdp, &b)),
    });
    let variance = |of: &Resolved<f64>| along(&experiment.moments(of, Detail::Covariance)?, &w);
    let cross = (case.formulas.cross_covariance)(&experiment, &plain, &baselined)?;
    let both = variance(&plain)? + variance(&baselined)?;
    let left = both - 2.0 * inner(&w, &apply(&cross, &w));
    let right = variance(&difference)?;
    let rewards = largest_reward(&d.mdp) * d.inverse_norm + d.reward_scale() + largest(&b);
    let reach = largest_score(case, &w)? * rewards * d.inverse_norm;
    let size = (w.len() as f64).sqrt() * reach * reach;
    Ok(Sides::equal(&[left], &[right], size, 4.0 * d.tolerance(1)))
}

/// The model in which every step may end in one more state, the last, with probability 1 − γ.
fn mortal(d: &Discounted) -> Result<Mdp, Skip> {
    let space = d.mdp.space();
    let mut names: Vec<String> = space.state_names().iter().map(String::from).collect();
    names.push("†".to_string());
    let dead = space.states();
    let mut sets: Vec<Vec<u32>> = (0..dead)
        .map(|s| {
            space
                .pairs_of(s)
                .map(|i| space.action_of(i) as u32)
                .collect()
        })
        .collect();
    sets.push(Vec::new());
    let mut outcomes = OutcomeTable::default();
    for pair in 0..d.mdp.pairs() {
        for o in d.mdp.outcomes(pair) {
            outcomes.push(o.next, d.gamma * o.probability, *o.reward);
            outcomes.push(dead, (1.0 - d.gamma) * o.probability, *o.reward);
        }
        outcomes.end_pair();
    }
    let mut initial = d.mdp.initial().to_vec();
    initial.push(0.0);
    Ok(Mdp::new(MdpParts {
        name: d.mdp.name().to_string(),
        space: Arc::new(Space::new(
            Names::Listed(names),
            space.action_names().clone(),
            sets,
        )?),
        outcomes,
        initial,
        criterion: Criterion::Total,
    })?)
}

/// The same policy on another space with the same pairs.
fn transferred(policy: &Policy, space: &Arc<Space>) -> Result<Policy, Skip> {
    let same = match policy.parametrization() {
        Parametrization::Simplex(_) => Policy::simplex(space, policy.unmixed().to_vec())?,
        other => {
            let theta = policy.theta().ok_or_else(|| Skip::new("there is no θ"))?;
            Policy::new(space, other.clone(), theta.to_vec())?
        }
    };
    Ok(match policy.mix() {
        Some(&epsilon) => same.mixed(epsilon)?,
        None => same,
    })
}

fn geometric(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    small(case)?;
    Skip::unless(d.gamma < 1.0, "the discount is 1: nobody dies")?;
    let w = case.direction(126);
    let options = SolverOptions::default();
    let moments = |mdp: &Mdp, policy: &Policy, sampling| -> Result<Moments<f64>, Skip> {
        let dies = sampling == Sampling::Geometric;
        let experiment = Experiment::new(mdp, policy, sampling, &options)?;
        let resolved = experiment.resolve(&Estimator::new(Psi::RewardToGo))?;
        Ok(if dies {
            (case.formulas.moments)(&experiment, &resolved, Detail::Covariance)?
        } else {
            experiment.moments(&resolved, Detail::Covariance)?
        })
    };
    let dying = moments(&d.mdp, &case.policy, Sampling::Geometric)?;
    let mdp = mortal(d)?;
    let policy = transferred(&case.policy, mdp.space())?;
    let episodic = moments(&mdp, &policy, Sampling::Episodic)?;
    let size = estimate_scale(case, d);
    let means = Sides::equal(&dying.mean, &episodic.mean, size, d.tolerance(1));
    let rewards = largest_reward(&d.mdp) * d.inverse_norm + d.reward_scale();
    let reach = largest_score(case, &w)? * rewards * d.inverse_norm;
    let size = (w.len() as f64).sqrt() * reach * reach;
    let (left, right) = (along(&dying, &w)?, along(&episodic, &w)?);
    Ok(means.and(Sides::equal(&[left], &[right], size, 4.0 * d.tolerance(1))))
}

/// Mean and second moment along w of an estimator of one pair: visits ρ(s,a), E[f|s,a] = q.
fn of_one_pair(
    case: &Case,
    d: &Discounted,
    claimed: &Moments<f64>,
    squares: &[f64],
    stream: u64,
) -> Result<Sides, Skip> {
    let w = case.direction(stream);
    let psi = case.scores()?.mul(&w);
    let visits = case.lift(&d.evaluation.occupancy);
    let mean = inner(&d.gradient, &w);
    let right = inner(&visits, &times(&times(&psi, &psi), squares)) - mean * mean;
    let size = estimate_scale(case, d);
    let means = Sides::equal(&claimed.mean, &d.gradient, size, d.tolerance(1));
    let reach = largest_score(case, &w)?.powi(2) * largest(squares) * d.mass();
    let size = second_moment_scale(case, d)? * (largest(&w) * w.len() as f64).powi(2) + reach;
    let left = along(claimed, &w)?;
    Ok(means.and(Sides::equal(&[left], &[right], size, 2.0 * d.tolerance(1))))
}

fn occupancy(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    small(case)?;
    let options = SolverOptions::default();
    let claimed = (case.formulas.occupancy_sampling)(&d.mdp, &case.policy, &options)?;
    let (q, mass) = (&d.evaluation.q, d.evaluation.occupancy.iter().sum::<f64>());
    let squares: Vec<f64> = q.iter().map(|q| mass * q * q).collect();
    of_one_pair(case, d, &claimed, &squares, 127)
}

fn rollout(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    small(case)?;
    let discounted = matches!(d.mdp.criterion(), Criterion::Discounted { .. });
    Skip::unless(discounted, "the discount is 1")?;
    let factor = d.gamma.powf(1.5);
    let sweeps = (f64::EPSILON.ln() / factor.max(f64::MIN_POSITIVE).ln()).ceil();
    Skip::unless(sweeps <= 4_000.0, "the iteration is too slow")?;
    Skip::beyond(d.mdp.p().stored(), 5_000, "entries of p")?;
    let options = SolverOptions::default();
    let claimed = (case.formulas.random_rollout)(&d.mdp, &case.policy, &options)?;
    let v = &d.evaluation.v;
    let paid = |i| -> f64 {
        let outcomes = d.mdp.outcomes(i);
        let square = |r: f64, s: usize| r * r + 2.0 * d.gamma * r * v[s];
        outcomes
            .map(|o| o.probability * square(*o.reward, o.next))
            .sum()
    };
    let paid: Vec<f64> = (0..d.mdp.pairs()).map(paid).collect();
    let mut second = paid.clone();
    for _ in 0..sweeps as usize {
        second = plus(&paid, factor, &ahead(&d.mdp, &case.average(&second)));
    }
    let squares: Vec<f64> = second.iter().map(|x| x / (1.0 - d.gamma)).collect();
    of_one_pair(case, d, &claimed, &squares, 128)
}
