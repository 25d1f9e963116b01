//! The average reward: P*, D, gain, bias and the gradient of the gain (theory, 2.4).

use super::algebra::{ahead, apply, derivatives, inner, largest, plus, random, spread, times};
use super::case::have;
use super::{Case, Identity, LongTerm, Section, Sides, Skip};
use exact_mdp::chain::Chain;
use exact_mdp::evaluation::{Average, Prepared};
use exact_mdp::field::Dual;
use exact_mdp::gradient::average;
use exact_mdp::linalg::SolverOptions;
use exact_mdp::mdp::Criterion;

identities! { AverageReward;
"limiting-matrix" limiting {
    "P*P = PP* = P*P* = P*",
    "P* is the Cesàro limit of Pᵗ, and so it absorbs P; applied to a random function.",
    "Puterman 1994, appendix A; theory, 2.4 (2.9)"
}
"deviation-matrix" deviation {
    "(I − P)D = I − P*, P*D = 0, DP* = 0",
    "D is the group inverse of I − P; applied to a random function.",
    "Puterman 1994, appendix A; theory, 2.4 (2.9)"
}
"gain-is-limit" gain_limit {
    "g = P* r^π = Σₖ fₖ (μₖ r^π) and Pg = g",
    "The mean rewards under the stationary laws of the classes, weighted by the chances to end there.",
    "Puterman 1994, section 8.2; theory, 2.4 (2.10)"
}
"poisson-equation" poisson {
    "g + h = r^π + Ph",
    "The evaluation equation of the average reward, with p and π one outcome at a time.",
    "Howard 1960; Puterman 1994, section 8.2; theory, 2.4 (2.10)"
}
"bias-normalized" normalized {
    "P*h = 0",
    "The Poisson equation leaves one constant per recurrent class free; this fixes it.",
    "Puterman 1994, section 8.2; theory, 2.4 (2.10)"
}
"stationary-law" stationary {
    "ρ = ρ₀P* is stationary: ρP = ρ, Σρ = 1",
    "P*P = P*; the claimed ρ against the outcomes.",
    "theory, 2.4 (2.9)"
}
"average-objective" objective {
    "ρ₀g = ρ r^π with ρ = ρ₀P*",
    "Forward and backward once more: ρ₀(P*r^π) = (ρ₀P*)r^π.",
    "theory, 2.4"
}
"bias-action-values" bias_values {
    "π(r − g + ph) = h",
    "The Poisson equation by pairs: q_h = r − g + ph.",
    "theory, 2.4"
}
"laurent-expansion" laurent {
    "y = (1 + λ)h − λDy with y = v_γ − g/(1 − γ), λ = (1 − γ)/γ",
    "The Laurent series of v_γ at γ = 1 in closed form: multiply (λI + I − P)y = (1 + λ)(r^π − g) by D. Here γ = 9/10, so that a discounted solve tests gain and bias.",
    "Blackwell 1962; Miller & Veinott 1969; theory, 2.4 (2.11–2.13)"
}
"discounted-mean" discounted_mean {
    "P*v_γ = g/(1 − γ)",
    "P*(I − γP) = (1 − γ)P*. Here γ = 9/10.",
    "theory, 2.4 (2.19)"
}
"gain-gradient" gain_gradient {
    "∇(ρ₀g) = ρ₀P*(q_h∇π) + ρ₀D((pg)∇π)",
    "The perturbation of an eigenprojection; the second term is the change of the absorption probabilities.",
    "Kato 1980, chapter II; Sutton et al. 2000; theory, 2.4 (2.14, 2.17)"
}
"gain-gradient-by-dual-numbers" gain_dual {
    "∇(ρ₀g) · w = d/dε ρ₀g(θ + εw)",
    "Classes, stationary laws and absorption probabilities over dual numbers.",
    "theory, 2.4 (2.14)"
}
"gain-gradient-forward" gain_forward {
    "∇(ρ₀g) = ρ₀ ∇g, state by state",
    "The Jacobian of the gain by forward applications of P* and D beside the adjoint rows.",
    "theory, 2.4 (2.14)"
}
"gain-hessian" gain_hessian {
    "∇²(ρ₀g) w = d/dε ∇(ρ₀g)(θ + εw)",
    "Differentiate Pg = g and g + h = r^π + Ph twice and apply P* and D. The other side is ρ₀P*(q_h∇π) + ρ₀D((pg)∇π) over dual numbers.",
    "Kato 1980, chapter II; gradient::average in the library"
}
"discounted-critic-of-the-gain" discounted_critic {
    "μ(q_γ∇π) = ∇g − (1 − γ)(∇μ)v_γ, for one recurrent class",
    "What dropping γᵗ estimates in a continuing task: a biased gradient of the gain. ∂μ = μ(∂P)D, γ = 9/10.",
    "Baxter & Bartlett 2001; theory, 2.4 (2.18)"
}
}

/// P x one outcome at a time; a terminal state leads to itself.
fn forward(case: &Case, l: &LongTerm, x: &[f64]) -> Vec<f64> {
    let mut y = case.average(&ahead(&l.mdp, x));
    for s in (0..y.len()).filter(|&s| l.mdp.space().is_terminal(s)) {
        y[s] = x[s];
    }
    y
}

fn limiting(case: &Case) -> Result<Sides, Skip> {
    let l = case.long_term()?;
    let run = l.average.long_run();
    let x = random(100, l.mdp.states());
    let limit = (case.formulas.limit)(run, &x)?;
    let t = l.tolerance(1);
    let size = largest(&x);
    let sides = Sides::equal(
        &(case.formulas.limit)(run, &forward(case, l, &x))?,
        &limit,
        size,
        t,
    );
    let sides = sides.and(Sides::equal(&forward(case, l, &limit), &limit, size, t));
    Ok(sides.and(Sides::equal(
        &(case.formulas.limit)(run, &limit)?,
        &limit,
        size,
        t,
    )))
}

fn deviation(case: &Case) -> Result<Sides, Skip> {
    let l = case.long_term()?;
    let run = l.average.long_run();
    let x = random(101, l.mdp.states());
    let (limit, y) = (
        (case.formulas.limit)(run, &x)?,
        (case.formulas.deviation)(run, &x)?,
    );
    let zero = vec![0.0; x.len()];
    let size = largest(&x) + largest(&y);
    let t = l.tolerance(1);
    let left = plus(&y, -1.0, &forward(case, l, &y));
    let sides = Sides::equal(&left, &plus(&x, -1.0, &limit), size, t);
    let sides = sides.and(Sides::equal(
        &(case.formulas.limit)(run, &y)?,
        &zero,
        size,
        t,
    ));
    Ok(sides.and(Sides::equal(
        &(case.formulas.deviation)(run, &limit)?,
        &zero,
        size,
        t,
    )))
}

fn gain_limit(case: &Case) -> Result<Sides, Skip> {
    let l = case.long_term()?;
    let (run, r) = (l.average.long_run(), case.average(l.mdp.r()));
    let mut limit = vec![0.0; r.len()];
    for (k, class) in run.structure().recurrent().iter().enumerate() {
        let law = run.stationary(k).iter().zip(&class.states);
        let mean: f64 = law.map(|(mu, &s)| mu * r[s]).sum();
        limit = plus(&limit, mean, &run.absorption(k)?);
    }
    let size = l.reward_scale();
    let sides = Sides::equal(&l.gain, &limit, size, l.tolerance(1));
    Ok(sides.and(Sides::equal(
        &forward(case, l, &l.gain),
        &l.gain,
        size,
        l.tolerance(1),
    )))
}

fn poisson(case: &Case) -> Result<Sides, Skip> {
    let l = case.long_term()?;
    let left = plus(&l.gain, 1.0, &l.bias);
    let right = plus(&case.average(l.mdp.r()), 1.0, &forward(case, l, &l.bias));
    Ok(Sides::equal(
        &left,
        &right,
        l.reward_scale(),
        l.tolerance(1),
    ))
}

fn normalized(case: &Case) -> Result<Sides, Skip> {
    let l = case.long_term()?;
    let limit = (case.formulas.limit)(l.average.long_run(), &l.bias)?;
    Ok(Sides::equal(
        &limit,
        &vec![0.0; limit.len()],
        l.reward_scale(),
        l.tolerance(1),
    ))
}

fn stationary(case: &Case) -> Result<Sides, Skip> {
    let l = case.long_term()?;
    let mut next = vec![0.0; l.mdp.states()];
    for (pair, mass) in case.lift(&l.occupancy).iter().enumerate() {
        for outcome in l.mdp.outcomes(pair) {
            next[outcome.next] += mass * outcome.probability;
        }
    }
    let terminal = (0..next.len()).filter(|&s| l.mdp.space().is_terminal(s));
    terminal.for_each(|s| next[s] += l.occupancy[s]);
    let sides = Sides::equal(&next, &l.occupancy, 1.0, l.tolerance(1));
    let total: f64 = l.occupancy.iter().sum();
    Ok(sides.and(Sides::equal(&[total], &[1.0], 1.0, l.tolerance(1))))
}

fn objective(case: &Case) -> Result<Sides, Skip> {
    let l = case.long_term()?;
    let left = inner(l.mdp.initial(), &l.gain);
    let right = inner(&l.occupancy, &case.average(l.mdp.r()));
    Ok(Sides::equal(
        &[left],
        &[right],
        l.reward_scale(),
        l.tolerance(1),
    ))
}

fn bias_values(case: &Case) -> Result<Sides, Skip> {
    let l = case.long_term()?;
    let q = l.average.action_values(&l.mdp)?;
    let right: Vec<f64> = l.bias.clone();
    Ok(Sides::equal(
        &case.average(&q),
        &right,
        l.reward_scale(),
        l.tolerance(1),
    ))
}

/// γ and v_γ.
pub(super) fn discounted(case: &Case, l: &LongTerm) -> Result<(f64, Vec<f64>), Skip> {
    let gamma = 0.9;
    let criterion = Criterion::Discounted { discount: gamma };
    let mdp = l.mdp.clone().with_criterion(criterion)?;
    let chain = Chain::new(&mdp, &case.policy, &SolverOptions::default())?;
    Ok((gamma, chain.evaluate(&mdp, &case.policy)?.v))
}

fn laurent(case: &Case) -> Result<Sides, Skip> {
    let l = case.long_term()?;
    let (gamma, v) = discounted(case, l)?;
    let lambda = (1.0 - gamma) / gamma;
    let y = plus(&v, -1.0 / (1.0 - gamma), &l.gain);
    let moved = (case.formulas.deviation)(l.average.long_run(), &y)?;
    let h: Vec<f64> = l.bias.iter().map(|x| (1.0 + lambda) * x).collect();
    let right = plus(&h, -lambda, &moved);
    let size = l.reward_scale() + largest(&v) + largest(&moved);
    Ok(Sides::equal(&y, &right, size, 19.0 * l.tolerance(1)))
}

fn discounted_mean(case: &Case) -> Result<Sides, Skip> {
    let l = case.long_term()?;
    let (gamma, v) = discounted(case, l)?;
    let left = (case.formulas.limit)(l.average.long_run(), &v)?;
    let right: Vec<f64> = l.gain.iter().map(|x| x / (1.0 - gamma)).collect();
    let size = l.reward_scale() + largest(&v);
    Ok(Sides::equal(&left, &right, size, 19.0 * l.tolerance(1)))
}

pub(super) fn size(case: &Case, l: &LongTerm, w: &[f64]) -> f64 {
    l.reward_scale() * case.slope() * largest(w) * l.inverse_norm * w.len().max(1) as f64
}

fn gain_gradient(case: &Case) -> Result<Sides, Skip> {
    let l = case.long_term()?;
    let claimed = have(&l.gradient)?;
    let q = plus(
        &plus(l.mdp.r(), -1.0, &spread(&l.mdp, &l.gain)),
        1.0,
        &ahead(&l.mdp, &l.bias),
    );
    let first = case.pairing(&l.occupancy, &q);
    let row = l.average.long_run().deviation_row(l.mdp.initial())?;
    let second = case.pairing(&row, &ahead(&l.mdp, &l.gain));
    let right = plus(&first, 1.0, &second);
    Ok(Sides::equal(
        claimed,
        &right,
        size(case, l, &[1.0]),
        l.tolerance(1),
    ))
}

pub(super) fn has_dual(case: &Case, l: &LongTerm) -> Result<(), Skip> {
    let known = average::has_dual(&l.average, &l.mdp, &case.policy);
    Skip::unless(
        known,
        "weight appears that joins a state to a recurrent class: dual numbers do not see it",
    )
}

fn gain_dual(case: &Case) -> Result<Sides, Skip> {
    let l = case.long_term()?;
    let claimed = have(&l.gradient)?;
    has_dual(case, l)?;
    let w = case.direction(102);
    let mdp = l.mdp.map(|&x| Dual::constant(x));
    let prepared = Prepared::new(&mdp, &case.dual(&w)?, &SolverOptions::default())?;
    let right = prepared.objective(&mdp)?.derivative;
    Ok(Sides::equal(
        &[inner(claimed, &w)],
        &[right],
        size(case, l, &w),
        l.tolerance(1),
    ))
}

fn gain_forward(case: &Case) -> Result<Sides, Skip> {
    let l = case.long_term()?;
    let claimed = have(&l.gradient)?;
    Skip::beyond(
        case.policy.parameters() * l.mdp.states(),
        20_000,
        "entries of ∇g",
    )?;
    let jacobian = average::jacobian(&l.average, &l.mdp, &case.policy)?;
    let right = super::algebra::apply_left(l.mdp.initial(), &jacobian);
    Ok(Sides::equal(
        claimed,
        &right,
        size(case, l, &[1.0]),
        l.tolerance(1),
    ))
}

fn gain_hessian(case: &Case) -> Result<Sides, Skip> {
    let l = case.long_term()?;
    let claimed = have(&l.hessian)?;
    has_dual(case, l)?;
    let w = case.direction(103);
    let mdp = l.mdp.map(|&x| Dual::constant(x));
    let policy = case.dual(&w)?;
    let run = Average::new(&mdp, &policy, &SolverOptions::default())?;
    let moved = policy.pull_back(&average::weights(&run, &mdp)?);
    let bent = case.slope().max(1.0) * l.inverse_norm;
    Ok(Sides::equal(
        &apply(claimed, &w),
        &derivatives(&moved),
        size(case, l, &w) * bent,
        l.tolerance(1),
    ))
}

fn discounted_critic(case: &Case) -> Result<Sides, Skip> {
    let l = case.long_term()?;
    let run = l.average.long_run();
    let unichain = run.structure().is_unichain();
    Skip::unless(unichain, "there are several recurrent classes")?;
    let claimed = have(&l.gradient)?;
    let (gamma, v) = discounted(case, l)?;
    let q = plus(l.mdp.r(), gamma, &ahead(&l.mdp, &v));
    let left = case.pairing(&l.occupancy, &q);
    // (∇μ)v_γ = μ(∂π)(p D v_γ)
    let carried = ahead(&l.mdp, &(case.formulas.deviation)(run, &v)?);
    let moved = case.effect(&times(&spread(&l.mdp, &l.occupancy), &carried));
    let right = plus(claimed, -(1.0 - gamma), &moved);
    let size = size(case, l, &[1.0]) + (largest(&v) + largest(&carried)) * case.slope();
    Ok(Sides::equal(&left, &right, size, 19.0 * l.tolerance(1)))
}
