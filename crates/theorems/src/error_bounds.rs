//! How far approximate values, visits and gradients can be from the true ones: what certificates
//! rest on (theory, section 8).

use super::algebra::{ahead, arrive, backup, inner, largest, plus, random, times};
use super::bellman::gradient_scale;
use super::lemmas::{Other, size};
use super::operators::{evaluate, unrolled};
use super::{Case, Discounted, Identity, Section, Sides, Skip};
use exact_mdp::field::Field;
use exact_mdp::number::{Number, Rational};
use exact_mdp::policy::Policy;

identities! { ErrorBounds;
"value-residual-bound" values {
    "|v̂ − v|∞ ≤ |e|∞/(1 − γ), e = r^π + γp^π v̂ − v̂, for every v̂",
    "v − v̂ = Ne and ‖N‖∞ ≤ 1/(1 − γ). Here v̂ is 8 sweeps from 0, one outcome at a time.",
    "theory, section 8 (8.1)"
}
"value-residual-componentwise" componentwise {
    "|v̂ − v| ≤ N|e| in every state, e = r^π + γp^π v̂ − v̂",
    "v − v̂ = Ne with N ≥ 0: sharper than ‖N‖∞|e|∞, and it serves at γ = 1. Here v̂ is 8 sweeps from 0.",
    "theory, section 8 (8.13)"
}
"residual-rounding" rounding {
    "the reported ‖e‖∞ is within γ_{k+4} max(|r^π| + |v| + γp^π|v|) of the exact one, e = r^π + γp^πv − v",
    "Each sum of k + 2 rounded products is off by γ_{k+4} = (k + 4)u/(1 − (k + 4)u) of its absolute terms; e itself is formed in fractions, of the numbers as stored.",
    "Higham 2002; theory, section 8 (8.2)"
}
"inverse-norm-bound" inverse_norm {
    "‖N‖∞ ≤ max z for every z ≥ 0 with (I − γp^π)z ≥ 1",
    "N ≥ 0, so N1 ≤ N(I − γp^π)z = z. Here z solves the system for a random right side ≥ 1, which is then confirmed one outcome at a time.",
    "theory, section 8 (8.14)"
}
"occupancy-residual-bound" visits {
    "‖ρ̂ − ρ‖₁ ≤ ‖ρ₀ − ρ̂(I − γp^π)‖₁/(1 − γ) for every ρ̂",
    "ρ − ρ̂ = (ρ₀ − ρ̂(I − γp^π))N, and the rows of N sum to at most 1/(1 − γ). Here ρ̂ is the visits of 8 steps.",
    "theory, section 8 (8.4)"
}
"objective-correction" objective {
    "J − (ρ₀v̂ + ρ̂e) = (ρ − ρ̂)e, at most ‖ρ̂ − ρ‖₁|e|∞ in size",
    "J = ρ₀v̂ + ρe; with ρ̂ for ρ the errors of v̂ and ρ̂ multiply.",
    "theory, section 8 (8.5)"
}
"gradient-error-bound" gradient {
    "|ρ̂(q̂∇π) − ∇J|_k ≤ ‖ρ̂ − ρ‖₁ max|q̂∂_kπ| + γ|v̂ − v|∞ Σ ρ|∂_kπ|, q̂ = r + γpv̂",
    "Split (ρ̂ − ρ)(q̂∇π) + ρ((q̂ − q)∇π), and q̂ − q = γp(v̂ − v).",
    "theory, section 8 (8.6)"
}
"perturbed-model" perturbed {
    "|v' − v|∞ ≤ (|r' − r|∞ + γ‖P' − P‖∞ sp(v)/2)/(1 − γ) for two chains (P, r), (P', r')",
    "v' − v = N'(r' − r + γ(P' − P)v), and the rows of P' − P sum to 0. Here the other chain is that of a random policy; terminal states count as states of value 0.",
    "theory, section 8 (8.10)"
}
}

/// Values and visits after a few steps, with what is still wrong with them.
struct Approximate {
    /// v̂ = Σ_{t<K} (γp^π)ᵗ r^π [S].
    v: Vec<f64>,
    /// ρ̂ = ρ₀ Σ_{t<K} (γp^π)ᵗ [S].
    rho: Vec<f64>,
    /// e = r^π + γp^π v̂ − v̂ [S].
    residual: Vec<f64>,
}

impl Approximate {
    fn new(case: &Case, d: &Discounted) -> Approximate {
        const STEPS: usize = 8;
        let zero = vec![0.0; d.mdp.states()];
        let v = unrolled(case, d, case.average(d.mdp.r()), &zero, STEPS);
        let start = d.chain().dynamics().initial();
        let further = |rho: Vec<f64>, _| {
            let arriving = arrive(&d.mdp, &case.lift(&rho));
            plus(start, d.gamma, &arriving)
        };
        Approximate {
            rho: (1..STEPS).fold(start.to_vec(), further),
            residual: plus(&evaluate(case, d, &v), -1.0, &v),
            v,
        }
    }
}

/// Σ|x|.
fn total(x: &[f64]) -> f64 {
    x.iter().map(|x| x.abs()).sum()
}

fn apart(x: &[f64], y: &[f64]) -> Vec<f64> {
    x.iter().zip(y).map(|(x, y)| (x - y).abs()).collect()
}

/// 1/(1 − γ), where it exists.
fn horizon(d: &Discounted) -> Result<f64, Skip> {
    Skip::unless(d.gamma < 1.0, "the discount is 1")?;
    Ok(1.0 / (1.0 - d.gamma))
}

fn values(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let horizon = horizon(d)?;
    let near = Approximate::new(case, d);
    let left = largest(&apart(&near.v, &d.evaluation.v));
    let right = largest(&near.residual) * horizon;
    let tolerance = d.tolerance(0) * horizon;
    Ok(Sides::at_most(
        &[left],
        &[right],
        d.reward_scale(),
        tolerance,
    ))
}

fn componentwise(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let near = Approximate::new(case, d);
    let left = apart(&near.v, &d.evaluation.v);
    let size = apart(&near.residual, &vec![0.0; left.len()]);
    let right = d.chain().resolvent().solve(&size)?.x;
    Ok(Sides::at_most(
        &left,
        &right,
        d.reward_scale(),
        d.tolerance(1),
    ))
}

fn rounding(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let dynamics = d.chain().dynamics();
    let (p, r, v) = (dynamics.p(), dynamics.r(), &d.evaluation.v);
    Skip::beyond(p.stored(), 2_000, "entries of p^π")?;
    let exactly = |x: f64| Number::from_f64(x).map(|x| x.to_rational());
    let fraction = |x: f64| exactly(x).ok_or_else(|| Skip::new("a value is no number"));
    let gamma = fraction(d.gamma)?;
    let (mut exact, mut bound, mut size) = (0.0f64, 0.0f64, 0.0f64);
    for s in 0..p.rows() {
        let mut later = Rational::ZERO;
        let mut absolute = 0.0;
        for (next, &x) in p.row(s) {
            later += fraction(x)? * &fraction(v[next])?;
            absolute += x * v[next].abs();
        }
        let e = later * &gamma + &fraction(r[s])? - &fraction(v[s])?;
        exact = exact.max(Field::to_f64(&e).abs());
        let terms = (p.row(s).len() + 4) as f64 * f64::EPSILON / 2.0;
        size = size.max(r[s].abs() + v[s].abs() + d.gamma * absolute);
        bound = bound.max(terms / (1.0 - terms));
    }
    let off = (d.evaluation.residuals.v - exact).abs();
    let bound = bound * size;
    Ok(Sides::at_most(&[off], &[bound], bound, 8.0 * f64::EPSILON))
}

fn inverse_norm(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let alive = d.chain().dynamics().alive();
    let one: Vec<f64> = alive.iter().map(|&a| f64::from(u8::from(a))).collect();
    let more = random(144, one.len());
    let right: Vec<f64> = one
        .iter()
        .zip(&more)
        .map(|(one, x)| one * (1.0 + x.abs()))
        .collect();
    let z = d.chain().resolvent().solve(&right)?.x;
    let image = plus(&z, -d.gamma, &case.average(&ahead(&d.mdp, &z)));
    let size = largest(&z).max(1.0);
    let enough = Sides::at_most(&one, &image, size, d.tolerance(0));
    let bound = Sides::at_most(&[d.inverse_norm], &[size], size, d.tolerance(1));
    Ok(enough.and(bound))
}

fn visits(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let horizon = horizon(d)?;
    let near = Approximate::new(case, d);
    let arriving = arrive(&d.mdp, &case.lift(&near.rho));
    let missing = plus(d.chain().dynamics().initial(), -1.0, &near.rho);
    let missing = plus(&missing, d.gamma, &arriving);
    let left = total(&apart(&near.rho, &d.evaluation.occupancy));
    let right = total(&missing) * horizon;
    let tolerance = d.tolerance(0) * horizon;
    Ok(Sides::at_most(&[left], &[right], d.mass(), tolerance))
}

fn objective(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let near = Approximate::new(case, d);
    let rho = &d.evaluation.occupancy;
    let corrected = inner(d.mdp.initial(), &near.v) + inner(&near.rho, &near.residual);
    let left = d.evaluation.j - corrected;
    let right = inner(&plus(rho, -1.0, &near.rho), &near.residual);
    let off = total(&apart(rho, &near.rho));
    let size = (d.mass() + off) * (d.reward_scale() + largest(&near.residual));
    let equal = Sides::equal(&[left], &[right], size, d.tolerance(1));
    let bound = off * largest(&near.residual);
    Ok(equal.and(Sides::at_most(
        &[left.abs()],
        &[bound],
        size,
        d.tolerance(1),
    )))
}

fn gradient(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let near = Approximate::new(case, d);
    let q = backup(&d.mdp, d.gamma, &near.v);
    let found = case.pairing(&near.rho, &q);
    let left = apart(&found, &d.gradient);
    let (off_v, off_rho) = (
        largest(&apart(&near.v, &d.evaluation.v)),
        total(&apart(&near.rho, &d.evaluation.occupancy)),
    );
    // max over states of |(q̂∂_kπ)(s)|, and Σ ρ(s) Σₐ |∂_kπ|
    let parameters = case.policy.parameters();
    let (mut most, mut slope) = (vec![0.0f64; parameters], vec![0.0; parameters]);
    let mut here = vec![0.0; parameters];
    for s in 0..d.mdp.states() {
        let entries = || {
            let block = d.mdp.space().pairs_of(s);
            block.flat_map(|i| case.derivative.row(i).map(move |(k, x)| (i, k, x)))
        };
        entries().for_each(|(i, k, x)| here[k] += q[i] * x);
        for (_, k, x) in entries() {
            most[k] = most[k].max(here[k].abs());
            slope[k] += d.evaluation.occupancy[s] * x.abs();
        }
        entries().for_each(|(_, k, _)| here[k] = 0.0);
    }
    let bound = most.iter().zip(&slope);
    let bound: Vec<f64> = bound
        .map(|(most, slope)| off_rho * most + d.gamma * off_v * slope)
        .collect();
    let size = gradient_scale(case, d, &[1.0]) + off_rho * largest(&q) * case.slope();
    Ok(Sides::at_most(&left, &bound, size, d.tolerance(1)))
}

fn perturbed(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let horizon = horizon(d)?;
    Skip::beyond(d.mdp.states(), 600, "states")?;
    let other = Other::new(d.mdp.clone(), Policy::random(d.mdp.space(), 152))?;
    let change = plus(
        other.solved.policy().probabilities(),
        -1.0,
        &case.probabilities,
    );
    let paid = times(&change, d.mdp.r());
    let (mut rewards, mut rows) = (0.0f64, 0.0f64);
    let mut row = vec![0.0; d.mdp.states()];
    for s in 0..d.mdp.states() {
        let block = d.mdp.space().pairs_of(s);
        rewards = rewards.max(paid[block.clone()].iter().sum::<f64>().abs());
        for i in block {
            d.mdp
                .outcomes(i)
                .for_each(|o| row[o.next] += change[i] * o.probability);
        }
        rows = rows.max(total(&row));
        row.fill(0.0);
    }
    let v = &d.evaluation.v;
    let span = v.iter().copied().fold(f64::NEG_INFINITY, f64::max)
        - v.iter().copied().fold(f64::INFINITY, f64::min);
    let bound = (rewards + d.gamma * rows * span / 2.0) * horizon;
    let left = largest(&plus(&other.solved.evaluation().v, -1.0, v));
    let size = size(d, &other);
    Ok(Sides::at_most(&[left], &[bound], size, other.tolerance(d)?))
}
