//! The policy gradient theorem in its forms, independent derivatives, and the greediness gradient
//! (theory, 2.3, 3, 4.1, 4.2, 4.6).

use nalgebra::{Complex, DMatrix, DVector};

use super::algebra::{
    apply, derivatives, dual_case, inner, largest, largest_reward, plus, random, spread, times,
};
use super::bellman::{gradient_scale, slopes};
use super::case::have;
use super::occupancy::expected_length;
use super::operators::state_function;
use super::values::mean_residual;
use super::{Case, Identity, Section, Sides, Skip};
use exact_mdp::policy::Parametrization;

identities! { PolicyGradient;
"policy-gradient-theorem" theorem {
    "∇J = Σₛ ρ(s) Σₐ q(s,a) ∇π(a|s)",
    "Apply ρ₀(I − γp^π)⁻¹ = ρ to the Bellman equation ∇v = q∇π + γp^π∇v. An equality: ρ is not normalised.",
    "Sutton et al. 2000, theorem 1; theory, 4.1 and 2.3 (4.1, 2.6)"
}
"nabla-log-form" nabla_log {
    "∇J = Σ ρ(s,a) q(s,a) ∇log π(a|s)",
    "The nabla-log trick in the theorem: what a sample of (s, a) can estimate.",
    "Williams 1992; Sutton et al. 2000; theory, 4.1 (4.5)"
}
"nabla-log-gap" nabla_log_gap {
    "∇J − Σ_{π>0} ρ(s,a) q ∇log π = Σ_{π=0} ρ(s) q(s,a) ∇π(a|s)",
    "What the nabla-log form misses where an action of probability 0 has ∇π ≠ 0: no sample shows it. ∇π/π stands for the score.",
    "theory, section 3 (3.10)"
}
"advantage-form" advantage {
    "∇J = Σₛ ρ(s) Σₐ A(s,a) ∇π(a|s)",
    "A = q − v, and Σₐ v(s)∇π(a|s) = 0. Here A is E[R + γv(S') − v(s) | s, a], one outcome at a time, and ∇π · w is π over dual numbers.",
    "theory, 4.1 (4.5)"
}
"baseline-invariance" baseline {
    "∇J = Σₛ ρ(s) Σₐ (q(s,a) − b(s)) ∇π(a|s) for every b",
    "Σₐ b(s)∇π(a|s) = b(s) ∇1 = 0; here b is random.",
    "Williams 1992; theory, 4.1 (4.5)"
}
"gradient-by-dual-numbers" dual {
    "∇J · w = d/dε J(θ + εw)",
    "J over dual numbers knows no theorem, only sums, products and a solve.",
    "theory, 4.2 (4.9)"
}
"gradient-by-complex-step" complex {
    "∇J = Im J(θ + ih eₖ)/h at h = 10⁻¹⁰⁰",
    "The Taylor series: Im J(θ + ih) = h J'(θ) − h³ J'''/6 + …, without a difference of close numbers.",
    "Squire & Trapp 1998; theory, 4.2 (4.8)"
}
"gradient-by-finite-differences" finite_difference {
    "∇J ≈ (J(θ + h eₖ) − J(θ − h eₖ))/2h, within h²M₃/6 + ε/h",
    "The tolerance is the bound on the error of the difference itself, relative to the scale.",
    "theory, 4.2 (4.10)"
}
"constant-of-proportionality" proportionality {
    "∇J = (Σρ) Σₛ μ(s) Σₐ q(s,a) ∇π(a|s) with μ = ρ/Σρ",
    "The theorem with the on-policy distribution: the constant is the expected (discounted) length of an episode, 1/(1 − γ) where nothing terminates.",
    "Sutton & Barto 2018, section 13.2; theory, 2.3 (2.7)"
}
"greediness-gradient" greedy {
    "∇[ρ̃(πq̃)] = ρ̃(q̃∇π) for every frozen ρ̃ and q̃",
    "Only π depends on θ. Here ρ̃ and q̃ are random, and the left side is taken over dual numbers.",
    "theory, 4.6 (4.21)"
}
"greediness-condition" greedy_condition {
    "ρ̃(q̃∇π) − ∇J = Σ (ρ̃(q̃ − πq̃) − ρA) ∇π: zero iff that sum is",
    "Subtract the theorem from the greediness gradient; for a tabular softmax the sum is 0 only if ρ̃(s)(q̃ − πq̃)(s,·) = ρ(s)A(s,·) in every state.",
    "theory, 4.6 (4.22)"
}
"greedy-direction-ascends" greedy_ascends {
    "∇v(s) · ρ̃(q∇π) ≥ 0 for every s and every ρ̃ ≥ 0, if π is tabular",
    "Each state's block is ρ̃(s) times its own gradient, and N ≥ 0: with q = q^π a wrong measure still ascends everywhere.",
    "theory, 4.6 (4.23)"
}
"softmax-gradient" softmax {
    "∂J/∂θ(s,a) = ρ(s) π(a|s) A(s,a)/τ for a tabular softmax",
    "∂_bπ_a = π_a(δ_ab − π_b)/τ in the theorem.",
    "theory, 3.3 (4.34)"
}
"direct-gradient" direct {
    "∂J/∂θ(s,a) = ρ(s) (q(s,a) − q(s,z)) for the direct parametrization",
    "Raising π(a|s) lowers π(z|s), z the last action.",
    "theory, 3.1"
}
"gradient-gauge" gauge {
    "Σₐ ∂J/∂θ(s,a) = 0 (softmax), Σₐ θ(s,a) ∂J/∂θ(s,a) = 0 (escort)",
    "J is constant along the directions in which π is.",
    "theory, 3.3 and 3.6 (3.6, 4.36)"
}
"simplex-extension" extension {
    "∂J/∂π(a|s) = ρ(s) q(s,a), π not normalised",
    "J = ρ₀(I − γπp)⁻¹πr as a function of any matrix π: the same derivation without Σₐ π = 1. Here along a random direction that changes the sums.",
    "theory, 3.2 (3.8)"
}
"one-sided-derivative" one_sided {
    "d/dε J((1 − ε)π + εβ) = Σ ρ(s) β(b|s) A(s,b) for every policy β",
    "The theorem in the direction β − π, which exists at every policy, deterministic ones too; here β is random.",
    "theory, 4.10 (4.32)"
}
}

fn theorem(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let right = case.pairing(&d.evaluation.occupancy, &d.evaluation.q);
    Ok(Sides::equal(
        &d.gradient,
        &right,
        gradient_scale(case, d, &[1.0]),
        d.tolerance(1),
    ))
}

fn nabla_log(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let weights = times(&case.lift(&d.evaluation.occupancy), &d.evaluation.q);
    let right = case.scores()?.mul_transposed(&weights);
    Ok(Sides::equal(
        &d.gradient,
        &right,
        gradient_scale(case, d, &[1.0]),
        d.tolerance(1),
    ))
}

fn advantage(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let w = case.direction(49);
    let moving = derivatives(case.dual(&w)?.probabilities());
    let rho = spread(&d.mdp, &d.evaluation.occupancy);
    let weights = times(&rho, &mean_residual(d));
    let (left, right) = (inner(&d.gradient, &w), inner(&weights, &moving));
    let size = gradient_scale(case, d, &w)
        + largest_reward(&d.mdp) * d.mass() * case.slope() * largest(&w);
    Ok(slopes(d, left, right, size, &w))
}

fn baseline(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let b = state_function(d, 50);
    let shifted = plus(&d.evaluation.q, -1.0, &spread(&d.mdp, &b));
    let right = case.pairing(&d.evaluation.occupancy, &shifted);
    let size = gradient_scale(case, d, &[1.0]) + largest(&b) * d.mass() * case.slope();
    Ok(Sides::equal(&d.gradient, &right, size, d.tolerance(1)))
}

fn dual(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let w = case.direction(51);
    let moving = dual_case(d, case.dual(&w)?)?;
    let left = inner(&d.gradient, &w);
    let right = moving.evaluation().j.derivative;
    Ok(slopes(d, left, right, gradient_scale(case, d, &w), &w))
}

fn complex(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    Skip::beyond(case.policy.parameters(), 24, "parameters")?;
    Skip::beyond(d.mdp.states(), 60, "states")?;
    let right = (case.formulas.complex_step)(&d.mdp, &case.policy)?;
    let size = gradient_scale(case, d, &[1.0]);
    let simplex = matches!(case.policy.parametrization(), Parametrization::Simplex(_));
    Skip::unless(!simplex, "on the simplex only tangential derivatives count")?;
    Ok(Sides::equal(&d.gradient, &right, size, d.tolerance(1)))
}

fn finite_difference(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    Skip::beyond(case.policy.parameters(), 80, "parameters")?;
    let simplex = matches!(case.policy.parametrization(), Parametrization::Simplex(_));
    Skip::unless(!simplex, "on the simplex only tangential derivatives count")?;
    let found = (case.formulas.finite_difference)(&d.at())?;
    let found = found.ok_or_else(|| Skip::new("no step serves at this θ"))?;
    let size = gradient_scale(case, d, &[1.0]);
    let size = if size > 0.0 { size } else { 1.0 };
    let bound = largest(&found.error_bound) / size + d.tolerance(1);
    Ok(Sides::equal(&d.gradient, &found.gradient, size, bound))
}

fn proportionality(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let episode = (case.formulas.episode)(d, &case.policy)?;
    // forward in time, not the sum of the visits
    let length = expected_length(d)?;
    let field = case.pairing(&episode.on_policy, &d.evaluation.q);
    let right: Vec<f64> = field.iter().map(|x| length * x).collect();
    Ok(Sides::equal(
        &d.gradient,
        &right,
        gradient_scale(case, d, &[1.0]),
        d.tolerance(1),
    ))
}

fn greedy(case: &Case) -> Result<Sides, Skip> {
    let rho: Vec<f64> = random(52, case.mdp.states())
        .iter()
        .map(|x| x.abs())
        .collect();
    let q = random(53, case.mdp.pairs());
    let w = case.direction(54);
    let moving = derivatives(case.dual(&w)?.probabilities());
    let left = inner(&times(&spread(&case.mdp, &rho), &q), &moving);
    let right = inner(&(case.formulas.greediness)(&case.policy, &rho, &q)?, &w);
    let size = largest(&rho) * largest(&q) * case.slope() * largest(&w) * rho.len() as f64;
    let tolerance = 64.0 * f64::EPSILON * w.len().max(1) as f64;
    Ok(Sides::equal(&[left], &[right], size, tolerance))
}

fn greedy_condition(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let rho: Vec<f64> = random(55, case.mdp.states())
        .iter()
        .map(|x| x.abs())
        .collect();
    let q = random(56, case.mdp.pairs());
    let gap = (case.formulas.tabular_gap)(&d.at(), &rho, &q)?;
    let left = plus(&case.pairing(&rho, &q), -1.0, &d.gradient);
    let size = gradient_scale(case, d, &[1.0])
        + largest(&rho) * largest(&q) * case.slope() * rho.len() as f64;
    Ok(Sides::equal(
        &left,
        &case.effect(&gap),
        size,
        d.tolerance(1),
    ))
}

fn greedy_ascends(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let shared = !case.policy.parametrization().kind().is_tabular();
    Skip::unless(!shared, "states share parameters")?;
    let rho: Vec<f64> = random(57, case.mdp.states())
        .iter()
        .map(|x| x.abs())
        .collect();
    let field = case.pairing(&rho, &d.evaluation.q);
    let rate = apply(have(&d.jacobian)?, &field);
    let fall: Vec<f64> = rate.iter().map(|x| -x).collect();
    let size = gradient_scale(case, d, &[1.0]) * largest(&field) * field.len() as f64;
    Ok(Sides::at_most(
        &fall,
        &vec![0.0; fall.len()],
        size,
        d.tolerance(1),
    ))
}

fn softmax(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let Parametrization::Softmax(family) = case.policy.parametrization() else {
        return Err(Skip::new("the parametrization is not softmax"));
    };
    Skip::unless(case.policy.mix().is_none(), "the policy is mixed")?;
    let advantage = plus(&d.evaluation.q, -1.0, &spread(&d.mdp, &d.evaluation.v));
    let weights = times(&case.lift(&d.evaluation.occupancy), &advantage);
    let right: Vec<f64> = weights.iter().map(|x| x / family.temperature).collect();
    Ok(Sides::equal(
        &d.gradient,
        &right,
        gradient_scale(case, d, &[1.0]),
        d.tolerance(1),
    ))
}

fn direct(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let direct = matches!(case.policy.parametrization(), Parametrization::Direct(_));
    Skip::unless(direct, "the parametrization is not direct")?;
    Skip::unless(case.policy.mix().is_none(), "the policy is mixed")?;
    let mut right = Vec::new();
    for s in 0..d.mdp.states() {
        let block = &d.evaluation.q[d.mdp.space().pairs_of(s)];
        if let Some((last, free)) = block.split_last() {
            right.extend(free.iter().map(|q| d.evaluation.occupancy[s] * (q - last)));
        }
    }
    Ok(Sides::equal(
        &d.gradient,
        &right,
        gradient_scale(case, d, &[1.0]),
        d.tolerance(1),
    ))
}

fn gauge(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let along = match (case.policy.parametrization(), case.policy.theta()) {
        (Parametrization::Softmax(_), _) => vec![1.0; d.gradient.len()],
        (Parametrization::Escort(_), Some(theta)) => theta.to_vec(),
        _ => {
            return Err(Skip::new(
                "the parametrization is neither softmax nor escort",
            ));
        }
    };
    let terms = times(&d.gradient, &along);
    let block = |s| terms[d.mdp.space().pairs_of(s)].iter().sum();
    let left: Vec<f64> = (0..d.mdp.states()).map(block).collect();
    let size = gradient_scale(case, d, &along);
    Ok(Sides::equal(
        &left,
        &vec![0.0; left.len()],
        size,
        d.tolerance(1),
    ))
}

fn one_sided(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let beta = exact_mdp::policy::Policy::random(d.mdp.space(), 58);
    let pi = case.policy.probabilities();
    let toward = plus(beta.probabilities(), -1.0, pi);
    let lift = |(&value, &derivative): (&f64, &f64)| exact_mdp::field::Dual { value, derivative };
    let path = pi.iter().zip(&toward).map(lift).collect();
    let moving = dual_case(d, exact_mdp::policy::Policy::simplex(d.mdp.space(), path)?)?;
    let rate = (case.formulas.toward_actions)(&d.at())?;
    let right = inner(beta.probabilities(), &rate);
    let size = d.mass() * largest(&d.evaluation.q) * 2.0 * d.inverse_norm;
    Ok(Sides::equal(
        &[moving.evaluation().j.derivative],
        &[right],
        size,
        d.tolerance(1),
    ))
}

fn nabla_log_gap(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let reason = "every action has a score";
    Skip::unless(case.scores.is_err(), reason)?;
    let taken = |i: usize| case.probabilities[i] > 0.0;
    let visits = spread(&d.mdp, &d.evaluation.occupancy);
    let weights = times(&visits, &d.evaluation.q);
    let only = |wanted: bool| -> Vec<f64> {
        let keep = |i: usize| if taken(i) == wanted { weights[i] } else { 0.0 };
        case.effect(&(0..weights.len()).map(keep).collect::<Vec<f64>>())
    };
    let left = plus(&d.gradient, -1.0, &only(true));
    let size = gradient_scale(case, d, &[1.0]);
    Ok(Sides::equal(&left, &only(false), size, d.tolerance(1)))
}

fn extension(case: &Case) -> Result<Sides, Skip> {
    const STEP: f64 = 1e-100;
    let d = case.discounted()?;
    let n = d.mdp.states();
    Skip::beyond(n, 120, "states")?;
    let tolerance = d.tolerance(1) * n as f64;
    Skip::unless(tolerance < 1e-2, "too ill-conditioned for a dense system")?;
    let w = random(48, d.mdp.pairs());
    let unit = largest(d.mdp.r()).max(f64::MIN_POSITIVE);
    // Im J(π + ihw)/h by a dense system
    let mut matrix = DMatrix::<Complex<f64>>::identity(n, n);
    let mut paid = DVector::<Complex<f64>>::zeros(n);
    for (i, w) in w.iter().enumerate() {
        let s = d.mdp.space().state_of(i);
        let pi = Complex::new(case.probabilities[i], STEP * w);
        paid[s] += pi * (d.mdp.r()[i] / unit);
        for o in d.mdp.outcomes(i) {
            if !d.mdp.space().is_terminal(o.next) {
                matrix[(s, o.next)] -= pi * (d.gamma * o.probability);
            }
        }
    }
    let v = matrix.lu().solve(&paid);
    let v = v.ok_or_else(|| Skip::new("the system is singular"))?;
    let j = d.mdp.initial().iter().zip(v.iter());
    let moved = j.map(|(x, v)| x * v.im).sum::<f64>() / STEP * unit;
    let weights = times(&spread(&d.mdp, &d.evaluation.occupancy), &d.evaluation.q);
    let right = inner(&weights, &w);
    let size = d.mass() * largest(&d.evaluation.q) * largest(&w) * d.inverse_norm;
    Ok(Sides::equal(&[moved], &[right], size, tolerance))
}
