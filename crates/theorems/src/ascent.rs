//! What gradient ascent rests on: how far a gradient bounds the gap, how smooth J is, and which
//! steps never descend (theory, 7.5).

use nalgebra::SymmetricEigen;

use super::algebra::{best, inner, largest, plus, spread, times};
use super::case::have;
use super::control::{optimal, scale, tolerance};
use super::lemmas::{Other, size};
use super::{Case, Discounted, Identity, Section, Sides, Skip};
use exact_mdp::ascent::{Goal, Iterate};
use exact_mdp::evaluation::Evaluation;
use exact_mdp::linalg::{SolverOptions, scaled_norm};
use exact_mdp::mdp::Criterion;
use exact_mdp::policy::{Parametrization, Policy};

identities! { Ascent;
"gradient-domination" domination {
    "J* − J ≤ ‖ρ*/ρ‖∞ Σₛ ρ(s) maxₐ A(s,a): over simplices the gradient bounds the gap",
    "J* − J = Σ ρ*π*A ≤ Σ ρ* maxₐ A, and Σ ρ maxₐ A = max ⟨∇_πJ, π' − π⟩ over all π'.",
    "Agarwal et al. 2021, lemma 4.1; theory, 7.5 (7.10)"
}
"lojasiewicz-softmax" polyak {
    "‖∇J‖ ≥ C (J* − J), C = min π(a*|s)/(τ √S ‖ρ*/ρ‖∞), for a tabular softmax",
    "Σ |∂J/∂θ(s,a*)| = Σ ρ(s)π(a*|s)|A(s,a*)|/τ, the exact gap under ρ*, and Cauchy-Schwarz over the S states that π* visits.",
    "Mei et al. 2020, lemma 8; theory, 7.5 (7.11)"
}
"smoothness-softmax" smooth {
    "|wᵀ∇²J w| ≤ L |w|², L = 8 sp(r)/((1 − γ)³τ²), for a tabular softmax",
    "The eigenvalues of the claimed Hessian beside the bound that fixed steps 1/L rest on.",
    "Mei et al. 2020, lemma 7; theory, 7.5 (7.12)"
}
"ascent-step" ascends {
    "J(θ + ∇J/L) ≥ J + |∇J|²/2L for a tabular softmax",
    "The descent lemma: an L-smooth function lies above its parabola.",
    "Mei et al. 2020, lemma 18; theory, 7.5 (7.13)"
}
"any-step-ascends" any_step {
    "v^{π'} ≥ v^π in every state for θ' = θ + η∇J, η of any size, for a tabular softmax",
    "π' ∝ π exp(cπA), c ≥ 0: Σ π'A ∝ Σ πA exp(cπA) ≥ Σ πA = 0, since x exp(cx) ≥ x; then the performance difference lemma from each state. Moves of 1, 30 and 1000 in θ.",
    "Liu, Li & Wei 2024; theory, 7.5 (7.19)"
}
"mirror-step-ascends" mirror {
    "v^{π'} ≥ v^π in every state for π' ∝ π exp(ηA), η of any size",
    "π'A ≥ 0 in every state, since exp is increasing; then the performance difference lemma from each state. η = 1, 10³ and 10⁶ over max|A|.",
    "Agarwal et al. 2021, lemma 5.2; theory, 7.5 (7.14)"
}
"projected-step-ascends" projected {
    "v^{π'} ≥ v^π in every state for π' = Π(π + ηρq), η of any size, Π onto the simplices",
    "Π(y) is the nearest point: ηρ Σ(π' − π)q ≥ |π' − π|² in each state; then the performance difference lemma from each state. η = 1 and 100 over max|ρq|.",
    "theory, 7.5 (7.20)"
}
"projection-onto-simplices" projection {
    "(y − x)·(z − x) ≤ 0 for every corner z, and Σx = 1, x ≥ 0, for x = Π(y), y = π + ρq",
    "What makes x the nearest point of a convex set; sorting finds it.",
    "Held, Wolfe & Crowder 1974; Duchi et al. 2008; theory, 3.2 (3.9)"
}
}

/// ρ* and ‖ρ*/ρ‖∞.
fn mismatch(d: &Discounted, optimal: &Evaluation) -> Result<f64, Skip> {
    let pairs = optimal.occupancy.iter().zip(&d.evaluation.occupancy);
    let ratios = pairs
        .filter(|(best, _)| **best > 0.0)
        .map(|(best, rho)| best / rho);
    let most = ratios.fold(0.0, f64::max);
    let reason = "the policy never comes where the optimal one does";
    Skip::unless(most.is_finite(), reason)?;
    Ok(most)
}

fn domination(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let o = have(&d.optimum)?;
    let (evaluation, norm) = optimal(d, o)?;
    let most = mismatch(d, &evaluation)?;
    let reachable = inner(
        &d.evaluation.occupancy,
        &best(&d.mdp, &d.evaluation.advantage),
    );
    let gap = o.j - d.evaluation.j;
    let size = scale(d, o) * norm.max(1.0) * most.max(1.0) * d.mass();
    Ok(Sides::at_most(
        &[gap],
        &[most * reachable],
        size,
        tolerance(d, o, norm)?,
    ))
}

/// τ of a tabular softmax that is not mixed, under the discounted reward.
fn softmax(case: &Case, d: &Discounted) -> Result<f64, Skip> {
    let discounted = matches!(d.mdp.criterion(), Criterion::Discounted { .. });
    Skip::unless(discounted, "the discount is 1")?;
    let Parametrization::Softmax(family) = case.policy.parametrization() else {
        return Err(Skip::new("the parametrization is not softmax"));
    };
    Skip::unless(case.policy.mix().is_none(), "the policy is mixed")?;
    Ok(family.temperature)
}

fn polyak(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let tau = softmax(case, d)?;
    let o = have(&d.optimum)?;
    let (evaluation, inverse) = optimal(d, o)?;
    let most = mismatch(d, &evaluation)?;
    let visited = evaluation
        .occupancy
        .iter()
        .filter(|rho| **rho > 0.0)
        .count();
    let taken = evaluation.pair_occupancy.iter().zip(&case.probabilities);
    let least = taken
        .filter(|(visits, _)| **visits > 0.0)
        .map(|(_, pi)| *pi);
    let least = least.fold(1.0, f64::min);
    let constant = least / (tau * (visited as f64).sqrt() * most);
    let options = SolverOptions::default();
    let goal = Goal::new(&d.mdp, &options)?;
    let at = Iterate::new(d.solved.mdp(), case.policy.clone(), &options)?;
    let claimed =
        (case.formulas.lojasiewicz)(&at, &goal).ok_or_else(|| Skip::new("there is no constant"))?;
    let equal = Sides::equal(&[claimed], &[constant], constant, 64.0 * d.tolerance(1));
    let (gap, slope) = (o.j - d.evaluation.j, scaled_norm(&d.gradient));
    let size = slope + constant * scale(d, o) * inverse;
    let below = Sides::at_most(&[claimed * gap], &[slope], size, tolerance(d, o, inverse)?);
    Ok(equal.and(below))
}

fn smooth(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    softmax(case, d)?;
    Skip::beyond(case.policy.parameters(), 120, "parameters")?;
    let bound = (case.formulas.smoothness)(&d.mdp, &case.policy);
    let bound = bound.ok_or_else(|| Skip::new("there is no bound"))?;
    let eigen = SymmetricEigen::new(have(&d.hessian)?.clone());
    let most = largest(eigen.eigenvalues.as_slice());
    let tolerance = d.tolerance(0) * case.policy.parameters() as f64;
    Ok(Sides::at_most(&[most], &[bound], bound, tolerance))
}

fn ascends(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    softmax(case, d)?;
    let bound = (case.formulas.smoothness)(&d.mdp, &case.policy);
    let bound = bound.filter(|bound| *bound > 0.0);
    let bound = bound.ok_or_else(|| Skip::new("there is no bound"))?;
    let other = Other::new(d.mdp.clone(), case.moved(1.0 / bound, &d.gradient)?)?;
    let promised = inner(&d.gradient, &d.gradient) / (2.0 * bound);
    let rise = other.solved.evaluation().j - d.evaluation.j;
    let tolerance = other.tolerance(d)?;
    Ok(Sides::at_most(
        &[promised],
        &[rise],
        size(d, &other),
        tolerance,
    ))
}

/// v before and after steps of several sizes, the first of which must have a value.
fn ascending(
    d: &Discounted,
    sizes: &[f64],
    step: impl Fn(f64) -> Result<Policy, Skip>,
    rounding: impl Fn(f64) -> f64,
) -> Result<Sides, Skip> {
    let mut taken = sizes.iter().map(|&c| -> Result<Sides, Skip> {
        let other = Other::new(d.mdp.clone(), step(c)?)?;
        let reason = "the policy after the step may never terminate";
        Skip::unless(
            other.solved.evaluation().undefined.states.is_empty(),
            reason,
        )?;
        let tolerance = other.tolerance(d)? * rounding(c);
        let (before, after) = (&d.evaluation.v, &other.solved.evaluation().v);
        Ok(Sides::at_most(before, after, size(d, &other), tolerance))
    });
    // a long step may end at probabilities that are 0 in floating point, and then never terminate
    let first = taken.next().ok_or_else(|| Skip::new("no step"))??;
    Ok(taken.flatten().fold(first, Sides::and))
}

fn any_step(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let Parametrization::Softmax(family) = case.policy.parametrization() else {
        return Err(Skip::new("the parametrization is not softmax"));
    };
    Skip::unless(case.policy.mix().is_none(), "the policy is mixed")?;
    let steepest = d.mass() * d.reward_scale() / family.temperature;
    let step = |c: f64| case.moved(c / steepest.max(f64::MIN_POSITIVE), &d.gradient);
    ascending(d, &[1.0, 30.0, 1000.0], step, |c| c)
}

fn mirror(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let a = &d.evaluation.advantage;
    let space = d.mdp.space();
    let step = |c: f64| {
        let eta = c / largest(a).max(f64::MIN_POSITIVE);
        let mut moved = case.probabilities.clone();
        for s in 0..space.states() {
            let block = space.pairs_of(s);
            let taken = block.clone().filter(|&i| case.probabilities[i] > 0.0);
            let most = taken.map(|i| a[i]).fold(f64::NEG_INFINITY, f64::max);
            let weigh = |i: usize| (eta * (a[i] - most).min(0.0)).exp();
            block.clone().for_each(|i| moved[i] *= weigh(i));
            let total: f64 = moved[block.clone()].iter().sum();
            moved[block].iter_mut().for_each(|x| *x /= total);
        }
        Ok(Policy::simplex(space, moved)?)
    };
    ascending(d, &[1.0, 1e3, 1e6], step, |_| 1.0)
}

/// π + cρq.
fn stepped(case: &Case, d: &Discounted, c: f64) -> Vec<f64> {
    let weights = times(&spread(&d.mdp, &d.evaluation.occupancy), &d.evaluation.q);
    plus(&case.probabilities, c, &weights)
}

/// Π(y), state by state.
fn nearest(case: &Case, y: &[f64]) -> Vec<f64> {
    let space = case.mdp.space();
    let blocks = (0..space.states()).map(|s| &y[space.pairs_of(s)]);
    blocks.flat_map(case.formulas.onto_simplex).collect()
}

fn projected(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let weights = times(&spread(&d.mdp, &d.evaluation.occupancy), &d.evaluation.q);
    let steepest = largest(&weights).max(f64::MIN_POSITIVE);
    let step = |c: f64| {
        let moved = nearest(case, &stepped(case, d, c / steepest));
        Ok(Policy::simplex(d.mdp.space(), moved)?)
    };
    ascending(d, &[1.0, 100.0], step, |c| c)
}

fn projection(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let y = stepped(case, d, 1.0);
    let x = nearest(case, &y);
    let apart = plus(&y, -1.0, &x);
    let space = d.mdp.space();
    let actions = (0..d.mdp.states()).map(|s| space.pairs_of(s).len());
    let actions = actions.max().unwrap_or(0) as f64;
    let tolerance = 16.0 * (actions + 4.0) * f64::EPSILON;
    let (mut toward, mut sums, mut lowest) = (Vec::new(), Vec::new(), 0.0f64);
    for s in (0..d.mdp.states()).filter(|&s| !space.is_terminal(s)) {
        let block = space.pairs_of(s);
        let own = inner(&apart[block.clone()], &x[block.clone()]);
        toward.extend(apart[block.clone()].iter().map(|x| x - own));
        sums.push(x[block.clone()].iter().sum::<f64>());
        lowest = x[block].iter().copied().fold(lowest, f64::min);
    }
    let size = 1.0 + largest(&y);
    let zeros = vec![0.0; toward.len()];
    let nearest = Sides::at_most(&toward, &zeros, size, tolerance);
    let whole = Sides::equal(&sums, &vec![1.0; sums.len()], size, tolerance);
    Ok(nearest
        .and(whole)
        .and(Sides::at_most(&[-lowest], &[0.0], 1.0, 0.0)))
}
