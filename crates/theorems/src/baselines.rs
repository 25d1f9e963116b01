//! What a baseline does to the variance (theory, 5.7).

use super::algebra::{
    apply_left, arrive, inner, largest, largest_reward, plus, random, spread, times,
};
use super::case::have;
use super::criteria::masses;
use super::occupancy::undiscounted;
use super::operators::state_function;
use super::{Case, Discounted, Identity, Section, Sides, Skip};
use exact_mdp::estimator::{
    Baseline, Contribution, Detail, Estimator, Experiment, Psi, Resolved, Sampling, Table,
};
use exact_mdp::linalg::SolverOptions;

identities! { Baselines;
"state-baseline-parabola" by_state {
    "tr Cov(b* + e) − tr Cov(b*) = Σₛ e(s)² K(s), K = ρ_{γ²} Σₐ π|ψ|²",
    "Score sums of different states are uncorrelated, so the trace is a diagonal parabola in b with its minimum at b*. Here e is random.",
    "theory, 5.7 (5.50, 5.51)"
}
"state-baseline-formula" formula {
    "K b* = ρ_{γ²}[Σₐ π|ψ|²q + γ Σₐ πψ·(p∇v)] + χ·(q∇π), χ = ∇ρ_{γ²}",
    "E[X₀·U_s] term by term: t = u, the later part of X₀, and the earlier scores, which are the gradient of the γ²-discounted visits. That gradient is taken along q∇π(s), state by state.",
    "theory, 5.7 (5.50, 5.56)"
}
"best-constant-baseline" constant {
    "tr Cov(b* + e) − tr Cov(b*) = e² Σₛ K(s) for the best constant b*",
    "The parabola along constants; its minimum is Σ num/Σ K.",
    "theory, 5.7 (5.52)"
}
"coordinate-baseline-parabola" coordinate {
    "Var_k(b + e) + Var_k(b − e) − 2 Var_k(b) = 2 Σₛ e(s)² ρ_{γ²}(s) Σₐ π ψ_k²",
    "One coordinate's variance is a diagonal parabola in b, too: its second difference does not depend on b. Here b and e are random.",
    "theory, 5.7 (5.51, 5.55)"
}
"parameter-baseline-parabola" by_parameter {
    "Var_k(b*_k + e) − Var_k(b*) = Σₛ e(s)² ρ_{γ²}(s) Σₐ π ψ_k²",
    "A baseline for each parameter: the first variance by the recursion of one baseline for all, the second as what b* takes from that of b = v.",
    "theory, 5.7 (5.55, 5.65)"
}
"horizon-baseline-parabola" on_a_horizon {
    "tr Cov(b* + e) − tr Cov(b*) = Σ_{t<T} γ²ᵗ Σₛ p_t(s) e_t(s)² Σₐ π|ψ|²",
    "The same over a horizon, where b*_t and e_t depend on the time.",
    "theory, 5.7 (5.60)"
}
"total-return-baseline" total_return {
    "tr Cov(b* + e) − tr Cov(b*) = e² E‖Σψ_t‖² for the total return and its best constant b*",
    "X = U(G₀ − b): a parabola in b with the leading term E‖U‖² = Σ η(s) Σₐ π|ψ|², η the undiscounted visits.",
    "Peters & Schaal 2008; theory, 5.4, 5.7 (5.57, 5.58)"
}
"score-sum-covariance" score_sum {
    "½[Cov(b + e) + Cov(b − e)] − Cov(b) = e² E[UUᵀ] = e² Σ η(s) Σₐ π ψψᵀ, U = Σψ_t",
    "The total return's covariance is a parabola in its constant; the scores are martingale differences, so E[UUᵀ] is the undiscounted Fisher matrix. Along a random direction.",
    "theory, 5.4 (5.58)"
}
}

/// Parameters of an estimator with a baseline; a choice.
const PARAMETERS: usize = 80;

/// Σₐ π|ψ|² [S].
fn score_norms(case: &Case) -> Result<Vec<f64>, Skip> {
    let scores = case.scores()?;
    let norm = |i| scores.row(i).map(|(_, x)| x * x).sum();
    let norms: Vec<f64> = (0..scores.rows()).map(norm).collect();
    Ok(case.average(&norms))
}

/// ρ_{γ²} = ρ₀(I − γ²p^π)⁻¹ [S].
fn squared_visits(d: &Discounted) -> Result<Vec<f64>, Skip> {
    let dynamics = d.chain().dynamics();
    let resolvent = dynamics.resolvent(&(d.gamma * d.gamma), &SolverOptions::default())?;
    Ok(resolvent.solve_transposed(dynamics.initial())?.x)
}

/// The size of a variance with baselines of this size.
fn variance_scale(case: &Case, d: &Discounted, baselines: f64) -> Result<f64, Skip> {
    let rewards = largest_reward(&d.mdp) * d.inverse_norm + d.reward_scale() + baselines;
    let scores = case.scores()?;
    let norm = |i| scores.row(i).map(|(_, x)| x * x).sum();
    let norms: Vec<f64> = (0..scores.rows()).map(norm).collect();
    Ok(d.mass() * largest(&norms) * rewards.powi(2) * d.inverse_norm)
}

fn small(case: &Case) -> Result<(), Skip> {
    case.scores()?;
    Skip::beyond(case.policy.parameters(), PARAMETERS, "parameters")
}

/// Reward-to-go with another baseline.
fn with_baseline(resolved: &Resolved<f64>, baseline: Table<f64>) -> Resolved<f64> {
    Resolved {
        form: Contribution::Return {
            baseline: Some(baseline),
        },
        ..resolved.clone()
    }
}

/// b of a resolved estimator.
fn table(resolved: &Resolved<f64>) -> Result<&Table<f64>, Skip> {
    match &resolved.form {
        Contribution::Return { baseline: Some(b) } => Ok(b),
        _ => Err(Skip::new("there is no optimal baseline")),
    }
}

fn trace(case: &Case, experiment: &Experiment<f64>, resolved: &Resolved<f64>) -> Result<f64, Skip> {
    Ok((case.formulas.moments)(experiment, resolved, Detail::Variances)?.trace())
}

/// tr Cov(b + e) − tr Cov(b) for e over states.
fn excess(
    case: &Case,
    experiment: &Experiment<f64>,
    resolved: &Resolved<f64>,
    e: &[f64],
) -> Result<f64, Skip> {
    let beside = Table::stationary(plus(table(resolved)?.at(0), 1.0, e));
    let beside = with_baseline(resolved, beside);
    Ok(trace(case, experiment, &beside)? - trace(case, experiment, resolved)?)
}

fn by_state(case: &Case) -> Result<Sides, Skip> {
    parabola(case, Baseline::OptimalState, |d| state_function(d, 115))
}

fn constant(case: &Case) -> Result<Sides, Skip> {
    parabola(case, Baseline::OptimalConstant, |d| {
        vec![d.reward_scale(); d.mdp.states()]
    })
}

fn parabola(
    case: &Case,
    baseline: Baseline,
    e: impl Fn(&Discounted) -> Vec<f64>,
) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    small(case)?;
    let e = e(d);
    let experiment = d.experiment(&case.policy)?;
    let best = (case.formulas.resolve)(&experiment, &Estimator::baselined(baseline))?;
    let left = excess(case, &experiment, &best, &e)?;
    let k = times(&squared_visits(d)?, &score_norms(case)?);
    let right = inner(&k, &times(&e, &e));
    let size = variance_scale(case, d, largest(&e))?;
    Ok(Sides::equal(&[left], &[right], size, d.tolerance(1)))
}

fn formula(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    small(case)?;
    Skip::beyond(d.mdp.states(), 200, "states")?;
    let (jacobian, scores) = (have(&d.jacobian)?, case.scores()?);
    let experiment = d.experiment(&case.policy)?;
    let named = Estimator::baselined(Baseline::OptimalState);
    let best = (case.formulas.resolve)(&experiment, &named)?;
    let rho = squared_visits(d)?;
    let k = times(&rho, &score_norms(case)?);
    let left = times(table(&best)?.at(0), &k);
    let carried = |i: usize| -> f64 {
        let p = d.mdp.outcomes(i);
        let later = |s: usize| -> f64 { scores.row(i).map(|(k, x)| x * jacobian[(s, k)]).sum() };
        p.map(|o| o.probability * later(o.next)).sum()
    };
    let norm = |i| -> f64 { scores.row(i).map(|(_, x)| x * x).sum() };
    let own = |i: usize| norm(i) * d.evaluation.q[i] + d.gamma * carried(i);
    let own = case.average(&(0..d.mdp.pairs()).map(own).collect::<Vec<f64>>());
    let mut right = times(&rho, &own);
    let square = d.gamma * d.gamma;
    let resolvent = d
        .chain()
        .dynamics()
        .resolvent(&square, &SolverOptions::default())?;
    for (s, right) in right.iter_mut().enumerate() {
        if d.mdp.space().is_terminal(s) {
            continue;
        }
        // ∂ρ_{γ²}(s) along w = (q∇π)(s)
        let mut here = vec![0.0; d.mdp.states()];
        here[s] = 1.0;
        let w = case.pairing(&here, &d.evaluation.q);
        let moved = times(&spread(&d.mdp, &rho), &case.slope_along(&w));
        let later = resolvent.solve(&here)?.x;
        *right += square * inner(&arrive(&d.mdp, &moved), &later);
    }
    let size = variance_scale(case, d, 0.0)? / d.reward_scale().max(f64::MIN_POSITIVE);
    Ok(Sides::equal(&left, &right, size, 2.0 * d.tolerance(1)))
}

fn coordinate(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    small(case)?;
    let scores = case.scores()?;
    let experiment = d.experiment(&case.policy)?;
    let plain = experiment.resolve(&Estimator::new(Psi::RewardToGo))?;
    let (b, e) = (state_function(d, 116), state_function(d, 117));
    let unit = d.reward_scale().max(f64::MIN_POSITIVE);
    let variances = |c: f64| -> Result<Vec<f64>, Skip> {
        let b: Vec<f64> = plus(&b, c, &e).iter().map(|x| x * unit).collect();
        let resolved = with_baseline(&plain, Table::stationary(b));
        Ok((case.formulas.moments)(&experiment, &resolved, Detail::Variances)?.variance)
    };
    let around = plus(&variances(1.0)?, 1.0, &variances(-1.0)?);
    let left = plus(&around, -2.0, &variances(0.0)?);
    let visits = case.lift(&times(&squared_visits(d)?, &times(&e, &e)));
    let mut right = vec![0.0; left.len()];
    for (i, visits) in visits.iter().enumerate() {
        let weight = 2.0 * unit * unit * visits;
        scores.row(i).for_each(|(k, x)| right[k] += weight * x * x);
    }
    let size = variance_scale(case, d, unit * (largest(&b) + largest(&e)))?;
    Ok(Sides::equal(&left, &right, size, 4.0 * d.tolerance(1)))
}

/// Parameters whose variances are computed one by one; a choice.
const ONE_BY_ONE: usize = 8;

fn by_parameter(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    small(case)?;
    let scores = case.scores()?;
    let experiment = d.experiment(&case.policy)?;
    let named = Estimator::baselined(Baseline::OptimalParameter);
    let best = (case.formulas.resolve)(&experiment, &named)?;
    let Contribution::ReturnByParameter { baseline } = &best.form else {
        return Err(Skip::new("there is no optimal baseline"));
    };
    let unit = d.reward_scale().max(f64::MIN_POSITIVE);
    let e: Vec<f64> = state_function(d, 119).iter().map(|x| x * unit).collect();
    let least = (case.formulas.moments)(&experiment, &best, Detail::Variances)?.variance;
    let visits = case.lift(&times(&squared_visits(d)?, &times(&e, &e)));
    let apart = case.policy.parameters().div_ceil(ONE_BY_ONE).max(1);
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for k in (0..case.policy.parameters()).step_by(apart) {
        let mut moved = e.clone();
        let mut met = vec![false; moved.len()];
        let mut bent = 0.0;
        for (pair, visits) in visits.iter().enumerate() {
            let s = d.mdp.space().state_of(pair);
            let entries = scores.row_starts()[pair]..;
            let own = scores.row(pair).zip(entries).find(|((l, _), _)| *l == k);
            let Some(((_, psi), entry)) = own else {
                continue;
            };
            bent += visits * psi * psi;
            if !std::mem::replace(&mut met[s], true) {
                moved[s] += baseline.at(0)[entry];
            }
        }
        let beside = with_baseline(&best, Table::stationary(moved));
        let variance = (case.formulas.moments)(&experiment, &beside, Detail::Variances)?.variance;
        left.push(variance[k] - least[k]);
        right.push(bent);
    }
    let size = variance_scale(case, d, largest(&e))?;
    Ok(Sides::equal(&left, &right, size, 4.0 * d.tolerance(1)))
}

fn on_a_horizon(case: &Case) -> Result<Sides, Skip> {
    let h = case.horizon()?;
    small(case)?;
    let steps = h.run.horizon();
    Skip::beyond(steps, 60, "time steps")?;
    let sampling = Sampling::FiniteHorizon(steps);
    let options = SolverOptions::default();
    let experiment = Experiment::new(&h.mdp, &case.policy, sampling, &options)?;
    let named = Estimator::baselined(Baseline::OptimalState);
    let best = (case.formulas.resolve)(&experiment, &named)?;
    let unit = h.reward_scale().max(f64::MIN_POSITIVE);
    let step = |t: u64| -> Vec<f64> {
        let e = random(1_000 + t, h.mdp.states());
        e.iter().map(|x| x * unit).collect()
    };
    let e: Vec<Vec<f64>> = (0..steps as u64).map(step).collect();
    let b = table(&best)?;
    let moved = e.iter().enumerate().map(|(t, e)| plus(b.at(t), 1.0, e));
    let beside = with_baseline(&best, Table::by_time(moved.collect()));
    let left = trace(case, &experiment, &beside)? - trace(case, &experiment, &best)?;
    let norms = score_norms(case)?;
    let mut right = 0.0;
    for (t, (mass, e)) in masses(case, h).iter().zip(&e).enumerate() {
        let visits = times(mass, &norms);
        right += h.gamma.powi(t as i32) * inner(&visits, &times(e, e));
    }
    let widest = e.iter().map(|e| largest(e)).fold(0.0, f64::max);
    let rewards = largest_reward(&h.mdp) * steps as f64 + h.reward_scale() + widest;
    let scores = case.scores()?;
    let norm = |i| scores.row(i).map(|(_, x)| x * x).sum::<f64>();
    let steepest = (0..scores.rows()).map(norm).fold(0.0, f64::max);
    let size = h.mass() * steepest * rewards.powi(2) * steps as f64;
    Ok(Sides::equal(&[left], &[right], size, h.tolerance()))
}

/// The total return over whole episodes.
struct Episodes<'a> {
    case: &'a Case,
    experiment: Experiment<'a, f64>,
    /// η [S].
    visits: Vec<f64>,
    /// The size of E|U|²(G₀ − b)².
    size: f64,
    unit: f64,
    tolerance: f64,
}

impl<'a> Episodes<'a> {
    fn new(case: &'a Case) -> Result<Episodes<'a>, Skip> {
        let d = case.discounted()?;
        small(case)?;
        let eta = undiscounted(case, d)?;
        let options = SolverOptions::default();
        let experiment = Experiment::new(&d.mdp, &case.policy, Sampling::Episodic, &options)?;
        let unit = d.reward_scale().max(f64::MIN_POSITIVE);
        Ok(Episodes {
            size: variance_scale(case, d, unit)? * eta.mass().powi(2),
            tolerance: 4.0 * d.tolerance(1) * eta.inverse_norm,
            case,
            experiment,
            visits: eta.visits,
            unit,
        })
    }

    fn resolved(&self, baseline: f64) -> Result<Resolved<f64>, Skip> {
        let plain = self.experiment.resolve(&Estimator::new(Psi::TotalReturn))?;
        Ok(Resolved {
            form: Contribution::TotalReturn { baseline },
            ..plain
        })
    }
}

fn total_return(case: &Case) -> Result<Sides, Skip> {
    let episodes = Episodes::new(case)?;
    let named = Estimator::total_return(Baseline::OptimalConstant)?;
    let best = (case.formulas.resolve)(&episodes.experiment, &named)?;
    let Contribution::TotalReturn { baseline } = best.form else {
        return Err(Skip::new("there is no optimal baseline"));
    };
    let beside = episodes.resolved(baseline + episodes.unit)?;
    let lowest = trace(case, &episodes.experiment, &best)?;
    let left = trace(case, &episodes.experiment, &beside)? - lowest;
    let right = episodes.unit.powi(2) * inner(&episodes.visits, &score_norms(case)?);
    Ok(Sides::equal(
        &[left],
        &[right],
        episodes.size,
        episodes.tolerance,
    ))
}

fn score_sum(case: &Case) -> Result<Sides, Skip> {
    let episodes = Episodes::new(case)?;
    let w = case.direction(118);
    let along = |baseline: f64| -> Result<f64, Skip> {
        let resolved = episodes.resolved(baseline)?;
        let moments = (case.formulas.moments)(&episodes.experiment, &resolved, Detail::Covariance)?;
        let covariance = moments.covariance;
        let covariance = covariance.ok_or_else(|| Skip::new("no covariance was computed"))?;
        Ok(inner(&apply_left(&w, &covariance), &w))
    };
    let e = episodes.unit;
    let left = 0.5 * (along(e)? + along(-e)?) - along(0.0)?;
    let psi = case.scores()?.mul(&w);
    let visits = episodes.case.lift(&episodes.visits);
    let right = e * e * inner(&visits, &times(&psi, &psi));
    let size = episodes.size * (largest(&w) * w.len() as f64).powi(2);
    Ok(Sides::equal(&[left], &[right], size, episodes.tolerance))
}
