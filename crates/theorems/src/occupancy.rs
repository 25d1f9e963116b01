//! Occupancies and the objective from both of its sides (theory, sections 1 and 2.3).

use super::algebra::{ahead, arrive, backup, inner, largest, plus};
use super::case::have;
use super::objectives::own_objective;
use super::operators::{state_function, unrolled};
use super::{Case, Discounted, Identity, Section, Sides, Skip};
use exact_mdp::chain::{Chain, Dynamics};
use exact_mdp::evaluation::Evaluation;
use exact_mdp::field::Dual;
use exact_mdp::linalg::SolverOptions;
use exact_mdp::mdp::Criterion;

identities! { Occupancy;
"flow-equation" flow {
    "ρ(s) = ρ₀(s) + γ Σ ρ(s̃,ã) p(s|s̃,ã)",
    "What is in s now either began there or came from a pair: ρ = ρ₀(I − γp^π)⁻¹, put back into its system.",
    "Puterman 1994, section 6.9; theory, section 1 (1.7)"
}
"pair-occupancy" pair_occupancy {
    "ρ(s,a) = (ρ₀(s) + γ Σ ρ(s̃,ã) p(s|s̃,ã)) π(a|s), and Σₐ ρ(s,a) = ρ(s)",
    "In s the action is drawn from π, whatever the time: ρ(s,a) = ρ(s)π(a|s). Here it is the solution of the flow on pairs, which ρ(s) plays no part in.",
    "theory, section 1 (1.10)"
}
"occupancy-power-series" power_series {
    "ρ = ρ₀ Σ_{t<K} (γp^π)ᵗ + ρ (γp^π)ᴷ",
    "ρ = Σₜ γᵗ P(Sₜ = s), its first 32 terms and the exact remainder.",
    "theory, section 1 (1.10)"
}
"occupancy-mass" mass {
    "(1 − γ) Σρ = 1 − E γᴸ",
    "Sum the flow equation over s: mass enters once and leaves where an episode ends. Without terminal states Σρ = 1/(1 − γ); at γ = 1 it says that every episode ends.",
    "theory, section 1 (1.8, 1.11, 1.12)"
}
"discounted-end" end {
    "E γᴸ = ρ₀(S†) + γ Σ ρ(s,a) p(S†|s,a)",
    "The occupancy of the terminal states, each counted when it is entered: forward over the visits, and backward by w = γp(S†) + γp^π w.",
    "theory, section 0 (1.22)"
}
"visits-times-value" visits_times_value {
    "Σ ρ(s)v(s) = J + γ ∂J/∂γ",
    "ρv = ρ(I − γp^π)v + γρp^π v, and ρ(I − γp^π) = ρ₀: not J, nor J/(1 − γ).",
    "theory, section 1 and appendix A (9.6, 9.7)"
}
"episode-length" length {
    "Σρ = ρ₀ (I − γp^π)⁻¹ 1",
    "The expected (discounted) number of steps, backward over visits and forward over times to the end.",
    "Kemeny & Snell 1960, chapter 3; theory, 2.3 (2.5)"
}
"objective-from-both-sides" both_sides {
    "J = ρ₀ v = Σ ρ(s,a) r(s,a)",
    "ρ₀ (I − γp^π)⁻¹ r^π read from the right or from the left: the claimed J beside the claimed visits.",
    "theory, section 1 (1.6, 1.13)"
}
"objective-is-start-value" start_value {
    "J = ρ₀ v with v = Σ_{t<K} (γp^π)ᵗ r^π + (γp^π)ᴷ v",
    "The definition of J; v is unrolled K = 32 times, one outcome at a time.",
    "theory, section 1 (1.6)"
}
"objective-from-any-function" any_function {
    "J − ρ₀u = ρ (T^π u − u) for every u",
    "ρ(I − γp^π) = ρ₀, applied to u; here u is random.",
    "theory, section 1 (1.16)"
}
"duality-pairing" pairing {
    "ρ b = ρ₀ N b for every b",
    "The transposed solve and the solve are adjoint; here b is random.",
    "theory, section 1"
}
"discount-sensitivity" discount_sensitivity {
    "∂J/∂γ = ρ p^π v; Σₜ γᵗ pₜ p^π vₜ₊₁ on a horizon",
    "∂N/∂γ = N p^π N. The other side runs the whole algebra over dual numbers with γ as the variable.",
    "theory, section 1 (9.7); Sensitivity in the library"
}
"episode-moments" episode_moments {
    "E L = ρ₀ℓ with ℓ = 1 + p^π ℓ, and E L² = Σₛ η(s)(2ℓ(s) − 1)",
    "E[L²|s] = 1 + 2(Pℓ)(s) + (P E[L²])(s), and 1 + 2Pℓ = 2ℓ − 1; summed over the visits η of the undiscounted chain.",
    "Kemeny & Snell 1960, chapter 3; theory, 2.3 (2.8)"
}
}

fn flow(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let arriving = arrive(&d.mdp, &case.lift(&d.evaluation.occupancy));
    let right = plus(d.chain().dynamics().initial(), d.gamma, &arriving);
    Ok(Sides::equal(
        &d.evaluation.occupancy,
        &right,
        d.mass(),
        d.tolerance(1),
    ))
}

fn pair_occupancy(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let claimed = &d.evaluation.pair_occupancy;
    let arriving = arrive(&d.mdp, claimed);
    let visits = plus(d.chain().dynamics().initial(), d.gamma, &arriving);
    let size = d.mass();
    let flow = Sides::equal(claimed, &case.lift(&visits), size, d.tolerance(1));
    let block = |s| claimed[d.mdp.space().pairs_of(s)].iter().sum();
    let sums: Vec<f64> = (0..d.mdp.states()).map(block).collect();
    let rho = &d.evaluation.occupancy;
    Ok(flow.and(Sides::equal(rho, &sums, size, d.tolerance(0))))
}

fn power_series(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let step = |rho: &[f64]| -> Vec<f64> {
        let next = arrive(&d.mdp, &case.lift(rho));
        next.iter().map(|x| d.gamma * x).collect()
    };
    let mut term = d.chain().dynamics().initial().to_vec();
    let mut rest = d.evaluation.occupancy.clone();
    let mut sum = vec![0.0; rest.len()];
    for _ in 0..32 {
        sum = plus(&sum, 1.0, &term);
        term = step(&term);
        rest = step(&rest);
    }
    let right = plus(&sum, 1.0, &rest);
    Ok(Sides::equal(
        &d.evaluation.occupancy,
        &right,
        d.mass(),
        32.0 * d.tolerance(1),
    ))
}

/// E γᴸ backward: ρ₀w with w = 1 in terminal states and γ p^π w elsewhere.
fn discounted_end(case: &Case, d: &Discounted) -> Result<f64, Skip> {
    let space = d.mdp.space();
    let ends = |s: usize| f64::from(u8::from(space.is_terminal(s)));
    let end: Vec<f64> = (0..space.states()).map(ends).collect();
    let entering = case.average(&ahead(&d.mdp, &end));
    let entering: Vec<f64> = entering.iter().map(|x| d.gamma * x).collect();
    let w = d.chain().resolvent().solve(&entering)?.x;
    Ok(inner(d.mdp.initial(), &plus(&w, 1.0, &end)))
}

fn mass(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let left = (1.0 - d.gamma) * d.evaluation.occupancy.iter().sum::<f64>();
    let right = 1.0 - discounted_end(case, d)?;
    Ok(Sides::equal(&[left], &[right], 1.0, d.tolerance(1)))
}

fn end(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    Skip::unless(d.terminates(), "nothing terminates")?;
    let claimed = (case.formulas.episode)(d, &case.policy)?.discounted_end;
    let right = discounted_end(case, d)?;
    Ok(Sides::equal(&[claimed], &[right], 1.0, d.tolerance(1)))
}

fn visits_times_value(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let own = matches!(case.mdp.criterion(), Criterion::Discounted { .. });
    Skip::unless(own, "the criterion is not the discounted reward")?;
    let slope = have(&case.sensitivity)?.discount;
    let slope = slope.ok_or_else(|| Skip::new("there is no discount"))?;
    let left = inner(&d.evaluation.occupancy, &d.evaluation.v);
    let right = d.evaluation.j + d.gamma * slope;
    let size = d.mass() * d.reward_scale();
    Ok(Sides::equal(&[left], &[right], size, d.tolerance(1)))
}

/// ρ₀N1: the expected (discounted) number of steps, forward in time.
pub(super) fn expected_length(d: &Discounted) -> Result<f64, Skip> {
    let alive = d.chain().dynamics().alive().iter();
    let ones: Vec<f64> = alive.map(|&a| f64::from(u8::from(a))).collect();
    let times = d.chain().resolvent().solve(&ones)?.x;
    Ok(inner(d.mdp.initial(), &times))
}

fn length(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let right = expected_length(d)?;
    let left = d.evaluation.occupancy.iter().sum::<f64>();
    Ok(Sides::equal(&[left], &[right], d.mass(), d.tolerance(1)))
}

fn both_sides(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let paid = inner(&d.evaluation.pair_occupancy, d.mdp.r());
    let size = d.mass() * largest(d.mdp.r());
    Ok(Sides::equal(
        &[d.evaluation.j],
        &[paid],
        size,
        d.tolerance(1),
    ))
}

fn start_value(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let v = unrolled(case, d, case.average(d.mdp.r()), &d.evaluation.v, 32);
    let right = inner(d.mdp.initial(), &v);
    let tolerance = 32.0 * d.tolerance(1);
    Ok(Sides::equal(
        &[d.evaluation.j],
        &[right],
        d.reward_scale(),
        tolerance,
    ))
}

fn any_function(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let u = state_function(d, 20);
    let step = plus(&case.average(&backup(&d.mdp, d.gamma, &u)), -1.0, &u);
    let left = d.evaluation.j - inner(d.mdp.initial(), &u);
    let right = inner(&d.evaluation.occupancy, &step);
    let size = d.mass() * (d.reward_scale() + 2.0 * largest(&u));
    Ok(Sides::equal(&[left], &[right], size, d.tolerance(1)))
}

fn pairing(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let b = state_function(d, 21);
    let left = inner(&d.evaluation.occupancy, &b);
    let right = inner(
        d.chain().dynamics().initial(),
        &d.chain().resolvent().solve(&b)?.x,
    );
    Ok(Sides::equal(
        &[left],
        &[right],
        d.mass() * largest(&b),
        d.tolerance(1),
    ))
}

fn discount_sensitivity(case: &Case) -> Result<Sides, Skip> {
    let (_, size, tolerance) = own_objective(case)?;
    let claimed = have(&case.sensitivity)?.discount;
    let claimed = claimed.ok_or_else(|| Skip::new("there is no discount"))?;
    let discount = Dual::variable(case.mdp.discount());
    let criterion = match *case.mdp.criterion() {
        Criterion::Discounted { .. } => Criterion::Discounted { discount },
        Criterion::FiniteHorizon { horizon, .. } => Criterion::FiniteHorizon { discount, horizon },
        _ => return Err(Skip::new("the discount is 1")),
    };
    Skip::beyond(case.mdp.states(), 600, "states")?;
    let mdp = case.mdp.map(|&x| Dual::constant(x));
    let mdp = mdp.with_criterion(criterion)?;
    let policy = case.policy.map(|&x| Dual::constant(x));
    let moving = Evaluation::new(&mdp, &policy, &SolverOptions::default())?;
    let moved = moving.j.derivative;
    Ok(Sides::equal(&[claimed], &[moved], size, tolerance))
}

fn episode_moments(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let episode = (case.formulas.episode)(d, &case.policy)?;
    let length = episode.length;
    let length = length.ok_or_else(|| Skip::new("episodes may never end"))?;
    let eta = undiscounted(case, d)?;
    let mass = eta.mass();
    let longest = eta.inverse_norm;
    let alive = d.chain().dynamics().alive().iter().zip(&length.by_state);
    let twice: Vec<f64> = alive
        .map(|(&a, l)| if a { 2.0 * l - 1.0 } else { 0.0 })
        .collect();
    let tolerance = d.tolerance(0) * longest;
    let first = Sides::equal(&[length.mean], &[eta.visits.iter().sum()], mass, tolerance);
    let second = inner(&eta.visits, &twice);
    let size = 2.0 * mass * longest;
    Ok(first.and(Sides::equal(
        &[length.second_moment],
        &[second],
        size,
        tolerance,
    )))
}

/// The undiscounted chain of a task whose episodes end.
pub(super) struct Undiscounted {
    /// η = ρ₀ (I − p^π)⁻¹ [S].
    pub visits: Vec<f64>,
    /// ‖(I − p^π)⁻¹‖∞, the longest expected episode.
    pub inverse_norm: f64,
}

impl Undiscounted {
    /// Σ η, at least 1.
    pub fn mass(&self) -> f64 {
        self.visits.iter().sum::<f64>().max(1.0)
    }
}

/// Its visits and its condition, or why it has none.
pub(super) fn undiscounted(case: &Case, d: &Discounted) -> Result<Undiscounted, Skip> {
    // by graph search: a singular I − p^π may be invertible after rounding
    let proper = Dynamics::proper(&d.mdp, &case.policy);
    proper.map_err(|_| Skip::new("episodes may never end"))?;
    // with rows that sum to more than 1 the inverse may be there, and be no sum of visits
    let total = d.mdp.clone().with_criterion(Criterion::Total)?;
    let chain = Chain::new(&total, &case.policy, &SolverOptions::default())?;
    let resolvent = chain.resolvent();
    let lengths = resolvent.solve(&vec![1.0; d.mdp.states()])?.x;
    Ok(Undiscounted {
        visits: resolvent.solve_transposed(chain.dynamics().initial())?.x,
        inverse_norm: largest(&lengths).max(d.inverse_norm),
    })
}
