//! What one step along a sampled gradient does, and criteria of risk, against all trajectories of a few
//! steps (theory, 2.6, 5.11).

use super::enumeration::Enumerated;
use super::{Case, Identity, Section, Sides, Skip};
use exact_mdp::estimator::Estimator;
use exact_mdp::solved::Solved;

identities! { Covariances;
"step-by-enumeration" step {
    "∇J·E ĝ and E ĝᵀHĝ = μᵀHμ + tr(HΣ) of reward-to-go over all trajectories of up to 4 steps",
    "The coefficients of α and α²/2 in E J(θ + αĝ) − J, from the exact law of the estimator, against the sum over all trajectories.",
    "McCandlish et al. 2018; theory, 5.11"
}
"mean-variance-by-enumeration" mean_variance {
    "E G − c Var G and its gradient along a direction, over all trajectories of up to 4 steps",
    "The recursion of the central moment and its transposed one, against E[f(G) Σψ_t · w] with f = x − c(x² − 2Jx).",
    "Sobel 1982; Tamar, Di Castro & Mannor 2012; theory, 2.6"
}
"exponential-utility-by-enumeration" exponential {
    "(1/β) ln E exp(βG) and its gradient along a direction, over all trajectories of up to 4 steps",
    "The recursion of certainty equivalents and the chain tilted by them, against E[exp(β(G − J)) Σψ_t · w].",
    "Howard & Matheson 1972; theory, 2.6"
}
}

/// The model of the trajectories, solved.
fn solved(all: &Enumerated, case: &Case) -> Result<Solved, Skip> {
    Ok(Solved::new(all.mdp().clone(), case.policy.clone())?)
}

fn step(case: &Case) -> Result<Sides, Skip> {
    let all = Enumerated::new(case)?;
    // ĝᵀHĝ is of the third power of rewards, and known to a part of that
    let told =
        all.largest() == 0.0 || all.largest().powi(3) >= f64::MIN_POSITIVE / f64::EPSILON.powi(2);
    Skip::unless(
        told,
        "third powers of rewards are too small for floating point",
    )?;
    let at = solved(&all, case)?;
    let estimator = "reward-to-go".parse::<Estimator>()?;
    let law = (case.formulas.step_law)(&at, &estimator)?;
    let (gradient, hessian) = (at.gradient()?, at.hessian()?);
    let scores = case.scores()?;
    let (mut slope, mut bend) = ([0.0; 2], [0.0; 2]);
    let largest = |x: &[f64]| x.iter().fold(0.0, |x: f64, y| x.max(y.abs()));
    all.each_return(&mut |probability, steps, returns| {
        let mut x = vec![0.0; gradient.len()];
        let (mut weight, mut reach) = (1.0, 0.0);
        for (pair, later) in steps.iter().zip(returns) {
            for (k, psi) in scores.row(*pair) {
                x[k] += weight * psi * later;
                reach += weight * psi.abs();
            }
            weight *= all.mdp().discount();
        }
        reach *= all.largest();
        let along = (0..x.len()).map(|k| x[k] * gradient[k]);
        slope[0] += probability * along.sum::<f64>();
        slope[1] += probability * reach * largest(gradient);
        let bent =
            (0..x.len()).map(|k| x[k] * (0..x.len()).map(|l| hessian[(k, l)] * x[l]).sum::<f64>());
        bend[0] += probability * bent.sum::<f64>();
        bend[1] += probability * reach * reach * largest(hessian.as_slice());
    });
    let tolerance = 4.0 * all.tolerance();
    let first = Sides::equal(&[law.slope], &[slope[0]], slope[1], tolerance);
    Ok(first.and(Sides::equal(&[law.bend(1)], &[bend[0]], bend[1], tolerance)))
}

/// E f(G), E[f(G) Σψ_t·w], and E Σ|ψ_t·w| for the size.
fn expected(
    all: &Enumerated,
    case: &Case,
    w: &[f64],
    f: impl Fn(f64) -> f64,
) -> Result<[f64; 3], Skip> {
    let scores = case.scores()?;
    let along = |pair: usize| scores.row(pair).map(|(k, x)| x * w[k]).sum::<f64>();
    let reach = |pair: usize| scores.row(pair).map(|(k, x)| (x * w[k]).abs()).sum::<f64>();
    let mut sums = [0.0; 3];
    all.each_return(&mut |probability, steps, returns| {
        let value = f(returns.first().copied().unwrap_or(0.0));
        sums[0] += probability * value;
        sums[1] += probability * value * steps.iter().map(|&pair| along(pair)).sum::<f64>();
        sums[2] += probability * steps.iter().map(|&pair| reach(pair)).sum::<f64>();
    });
    Ok(sums)
}

fn mean_variance(case: &Case) -> Result<Sides, Skip> {
    let all = Enumerated::new(case)?;
    let at = solved(&all, case)?;
    let (j, w) = (*at.j(), case.direction(123));
    // so that both parts are of a size
    let c = 1.0 / (1.0 + all.largest());
    let claimed = (case.formulas.mean_variance)(&at, &c)?;
    let [value, slope, reach] = expected(&all, case, &w, |x| x - c * (x - j) * (x - j))?;
    let gradient: f64 = claimed.gradient.iter().zip(&w).map(|(g, w)| g * w).sum();
    let size = 4.0 * (1.0 + all.largest());
    let first = Sides::equal(&[claimed.value], &[value], size, all.tolerance());
    Ok(first.and(Sides::equal(
        &[gradient],
        &[slope],
        size * reach,
        4.0 * all.tolerance(),
    )))
}

fn exponential(case: &Case) -> Result<Sides, Skip> {
    let all = Enumerated::new(case)?;
    let at = solved(&all, case)?;
    let (j, w) = (*at.j(), case.direction(124));
    let beta = 1.0 / (1.0 + all.largest());
    let claimed = (case.formulas.exponential)(&at, beta)?;
    let [mean, slope, reach] = expected(&all, case, &w, |x| (beta * (x - j)).exp())?;
    let gradient: f64 = claimed.gradient.iter().zip(&w).map(|(g, w)| g * w).sum();
    let size = 8.0 / beta;
    let value = j + mean.ln() / beta;
    let first = Sides::equal(&[claimed.value], &[value], size, all.tolerance());
    let told = slope / (beta * mean);
    Ok(first.and(Sides::equal(
        &[gradient],
        &[told],
        size * reach,
        4.0 * all.tolerance(),
    )))
}
