//! Exact covariances of estimators (theory, 5.2, 5.3, 6).

use nalgebra::DMatrix;

use super::algebra::{ahead, apply, inner, largest, largest_reward, plus, random, spread, times};
use super::bellman::gradient_scale;
use super::case::have;
use super::{Case, Discounted, Identity, Section, Sides, Skip};
use exact_mdp::estimator::{Detail, Estimator};
use exact_mdp::linalg::SolverOptions;
use exact_mdp::policy::Parametrization;

identities! { Covariances;
"advantage-covariance" covariance {
    "Cov = ρ_{γ²} E[zzᵀ + γ(z x'ᵀ + x' zᵀ)] − ∇J∇Jᵀ, z = ψA, x = ∇v",
    "X = z + γX': square it and apply the transposed resolvent at γ². x' is the claimed Jacobian at the next state.",
    "theory, 5.3 (5.22)"
}
"covariance-gauge" covariance_gauge {
    "Cov 1ₛ = 0 for a tabular softmax",
    "Each score sums to 0 over the actions of its state, so the estimate does too.",
    "theory, section 6 (6.1, 6.2)"
}
"covariance-positive" covariance_positive {
    "wᵀ Cov w ≥ 0, Cov symmetric",
    "It is the variance of w·ĝ.",
    "theory, section 6"
}
"variances-in-order" in_order {
    "tr Cov: advantage ≤ TD residual ≤ GAE(λ), rising in λ, ≤ baseline:v; q ≤ reward-to-go; for a tabular softmax that visits no state twice",
    "Scores of different states are orthogonal, so the trace is Σ γ²ᵗ E|ψ_t|²Ψ_t² − |∇J|²; each Ψ is the one before it and noise of mean 0 given S_t and A_t. With shared parameters, or a state that comes again, every one of these can fail.",
    "theory, 5.7 (5.63)"
}
}

pub(super) fn second_moment_scale(case: &Case, d: &Discounted) -> Result<f64, Skip> {
    let score = largest(case.scores()?.values());
    let size = (largest(&d.evaluation.advantage) * score).powi(2) * d.mass();
    Ok(size + gradient_scale(case, d, &[1.0]).powi(2))
}

fn covariance(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let (cov, jacobian) = (have(&d.covariance)?, have(&d.jacobian)?);
    let (scores, c) = (case.scores()?, d.gamma);
    let w = case.direction(112);
    let psi = scores.mul(&w);
    // along w everything is a number: z = (ψ·w)A, x' = ∇v(s')·w
    let x = apply(jacobian, &w);
    let z = times(&psi, &d.evaluation.advantage);
    let cross = ahead(&d.mdp, &x);
    let inside = plus(&times(&z, &z), 2.0 * c, &times(&z, &cross));
    let resolvent = d
        .chain()
        .dynamics()
        .resolvent(&(c * c), &SolverOptions::default())?;
    let rho = resolvent
        .solve_transposed(d.chain().dynamics().initial())?
        .x;
    let mean = inner(&d.gradient, &w);
    let right = inner(&rho, &case.average(&inside)) - mean * mean;
    let left = inner(&w, &apply(cov, &w));
    let size = second_moment_scale(case, d)? * (largest(&w) * w.len() as f64).powi(2);
    Ok(Sides::equal(&[left], &[right], size, d.tolerance(1)))
}

fn covariance_gauge(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let cov = have(&d.covariance)?;
    let softmax = matches!(case.policy.parametrization(), Parametrization::Softmax(_));
    Skip::unless(softmax, "the parametrization is not softmax")?;
    let factors = random(113, d.mdp.states());
    let moved = apply(cov, &spread(&d.mdp, &factors));
    let size = second_moment_scale(case, d)? * largest(&factors) * moved.len() as f64;
    Ok(Sides::equal(
        &moved,
        &vec![0.0; moved.len()],
        size,
        d.tolerance(1),
    ))
}

fn covariance_positive(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let cov: &DMatrix<f64> = have(&d.covariance)?;
    let w = case.direction(114);
    let variance = inner(&w, &apply(cov, &w));
    let size = second_moment_scale(case, d)? * (largest(&w) * w.len() as f64).powi(2);
    let sides = Sides::at_most(&[-variance], &[0.0], size, d.tolerance(1));
    let transposed = cov.transpose();
    Ok(sides.and(Sides::equal(
        cov.as_slice(),
        transposed.as_slice(),
        size,
        d.tolerance(1),
    )))
}

/// Whether no state can follow itself within reach of ρ₀: peeled off, one that nothing leads to at
/// a time, none is left.
fn never_returns(d: &Discounted) -> bool {
    let dynamics = d.chain().dynamics();
    let p = dynamics.p();
    let starts = dynamics.initial();
    let mut order: Vec<usize> = (0..p.rows()).filter(|&s| starts[s] > 0.0).collect();
    let mut entries = vec![0_usize; p.rows()];
    let mut seen: Vec<bool> = starts.iter().map(|x| *x > 0.0).collect();
    let mut done = 0;
    while let Some(&s) = order.get(done) {
        done += 1;
        for (next, _) in p.row(s).filter(|(_, x)| **x > 0.0) {
            entries[next] += 1;
            if !std::mem::replace(&mut seen[next], true) {
                order.push(next);
            }
        }
    }
    let mut free: Vec<usize> = order.iter().copied().filter(|&s| entries[s] == 0).collect();
    let mut peeled = 0;
    while let Some(s) = free.pop() {
        peeled += 1;
        for (next, _) in p.row(s).filter(|(_, x)| **x > 0.0) {
            entries[next] -= 1;
            if entries[next] == 0 {
                free.push(next);
            }
        }
    }
    peeled == order.len()
}

fn in_order(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    case.scores()?;
    Skip::beyond(case.policy.parameters(), 80, "parameters")?;
    let softmax = matches!(case.policy.parametrization(), Parametrization::Softmax(_));
    Skip::unless(softmax, "the parametrization is not softmax")?;
    Skip::unless(never_returns(d), "a state may be visited twice")?;
    let experiment = d.experiment(&case.policy)?;
    let trace = |name: &str| -> Result<f64, Skip> {
        let resolved = experiment.resolve(&name.parse::<Estimator>()?)?;
        let moments = (case.formulas.moments)(&experiment, &resolved, Detail::Variances)?;
        Ok(moments.trace())
    };
    let rising = [
        "advantage",
        "td-residual",
        "gae:0.25",
        "gae:0.5",
        "gae:0.75",
        "baseline:v",
    ];
    let rising: Vec<f64> = rising.into_iter().map(trace).collect::<Result<_, _>>()?;
    let (q, sampled) = (trace("q")?, trace("reward-to-go")?);
    let score = largest(case.scores()?.values());
    let paid = largest_reward(&d.mdp) * d.inverse_norm + d.reward_scale();
    let size = (score * paid * d.mass()).powi(2) * case.policy.parameters() as f64;
    let left: Vec<f64> = rising[..5].iter().copied().chain([q]).collect();
    let right: Vec<f64> = rising[1..].iter().copied().chain([sampled]).collect();
    Ok(Sides::at_most(&left, &right, size, d.tolerance(1)))
}
