//! ∇J_T on a finite horizon: value and measure are paired time by time (theory, 2.2).
//!
//! ```text
//! ∇v_t = q_t ∇π + γP ∇v_{t+1}            ∇J_T = Σ_{t<T} γᵗ p_t (q_t ∇π) = ρ₀ ∇v₀
//! ```
//!
//! There is no single occupancy times q; the stationary q in its place is a bias (appendix A).

use nalgebra::DMatrix;

use super::agreement::{slopes, steepest};
use super::criterion::{Checks, Derivatives};
use super::finite_difference::third_by_slopes;
use super::sensitivity::{Sensitivity, on_horizon};
use super::{finite, hessian_error};
use crate::error::Error;
use crate::evaluation::{FiniteHorizon, accuracy, q_of};
use crate::linalg::{Solvable, largest};
use crate::mdp::Mdp;
use crate::policy::Policy;
use crate::solved::Solved;

/// W(s, a) = Σ_{t<T} γᵗ p_t(s) q_t(s, a) \[SA\], so that ∇J_T = W ∇π.
///
/// # Errors
/// [`Error::OtherSpace`] for what was made of another model.
pub fn weights<F: Solvable>(run: &FiniteHorizon<F>, mdp: &Mdp<F>) -> Result<Vec<F>, Error> {
    Error::check_pairs(mdp.space(), run.dynamics().space())?;
    let weights = doubled(run, mdp, false);
    Ok(weights.unwrap_or_else(|| pair_in_time(run, mdp, |_| F::zero())))
}

/// W(s, a) = Σ_{t<T} γᵗ p_t(s) A_t(s, a) \[SA\] with A_t = q_t − v_t: the same gradient with smaller
/// numbers, since Σₐ ∇π = 0.
///
/// # Errors
/// [`Error::OtherSpace`] for what was made of another model.
pub fn centered_weights<F: Solvable>(
    run: &FiniteHorizon<F>,
    mdp: &Mdp<F>,
) -> Result<Vec<F>, Error> {
    Error::check_pairs(mdp.space(), run.dynamics().space())?;
    let weights = doubled(run, mdp, true);
    Ok(weights.unwrap_or_else(|| pair_in_time(run, mdp, F::clone)))
}

/// W from the sums of a long horizon, with Z(s, s') = Σₜ γᵗ p_t(s) v_{t+1}(s'), from its differences:
///
/// ```text
/// Σₜ γᵗ p_t(s) (q_t(s, a) − v_{t+1}(s)) = ρ(s) r(s, a) + γ Σ p(s'|s, a) (Z(s, s') − Z(s, s)) − σ(s, a) Z(s, s)
/// ```
///
/// with the slack σ(s, a) = 1 − γ Σ p(·|s, a). `None` where T is stepped through.
fn doubled<F: Solvable>(run: &FiniteHorizon<F>, mdp: &Mdp<F>, centered: bool) -> Option<Vec<F>> {
    let (states, gamma) = (mdp.states(), mdp.discount());
    let sums = run.doubled(run.dynamics().r())?;
    let mut weights = Vec::with_capacity(mdp.pairs());
    for (state, seen) in sums.joint.chunks_exact(states.max(1)).enumerate() {
        let (visits, own) = (&sums.occupancy[state], &seen[state]);
        let reward = |r: &F| r.clone() * visits;
        let rises = run.discounted().row(state);
        let of_v = rises.fold(reward(&run.dynamics().r()[state]), |sum, (next, p)| {
            sum + (seen[next].clone() - own) * p
        });
        let slack = run.slack().map(|slack| slack[state].clone());
        let of_v = of_v - slack.unwrap_or_else(F::zero) * own;
        for pair in mdp.space().pairs_of(state) {
            let r = reward(&mdp.r()[pair]);
            weights.push(if centered {
                let rise = mdp.p().row_times_rise(pair, seen, own) * &gamma;
                rise + r - mdp.slack(pair) * own - &of_v
            } else {
                mdp.p().row_times(pair, seen) * &gamma + r
            });
        }
    }
    Some(weights)
}

fn pair_in_time<F: Solvable>(
    run: &FiniteHorizon<F>,
    mdp: &Mdp<F>,
    baseline: impl Fn(&F) -> F,
) -> Vec<F> {
    let mut weights = vec![F::zero(); mdp.pairs()];
    run.for_each_step(|step| {
        let q = q_of(mdp, step.v_next);
        for (s, mass) in step.mass.iter().enumerate().filter(|(_, x)| !x.is_zero()) {
            let baseline = baseline(&step.v[s]);
            for pair in mdp.space().pairs_of(s) {
                weights[pair] += (q[pair].clone() - &baseline) * mass;
            }
        }
    });
    weights
}

/// Errors with [`Error::OtherSpace`] unless the policy and what was made of it are those of a model.
fn check<F: Solvable>(
    run: &FiniteHorizon<F>,
    mdp: &Mdp<F>,
    policy: &Policy<F>,
) -> Result<(), Error> {
    Error::check_space(mdp, policy)?;
    Error::check_pairs(mdp.space(), run.dynamics().space())
}

/// ∇v₀ [S, d] by the recursion backward in time; O(T (nnz(P) d + nnz(∇π))) time, O(S d) memory.
///
/// # Errors
/// [`Error::OtherSpace`] unless the policy and what was made of it are those of the model, [`Error::TooLarge`] where n·d
/// numbers are too many.
pub fn jacobian<F: Solvable>(
    run: &FiniteHorizon<F>,
    mdp: &Mdp<F>,
    policy: &Policy<F>,
) -> Result<DMatrix<F>, Error> {
    check(run, mdp, policy)?;
    Error::check_size("jacobian", mdp.states(), policy.parameters())?;
    let mut v = run.end();
    let mut jacobian = DMatrix::from_element(mdp.states(), policy.parameters(), F::zero());
    for _ in 0..run.horizon() {
        jacobian = earlier(run, mdp, policy, &jacobian, &v);
        v = run.before(&v);
    }
    Ok(jacobian)
}

/// ∇²J_T [d, d]: Σₜ γᵗ p_t [(∂ₖ∂ₗπ) q_t + (∂ₖπ)(∂ₗq_t) + (∂ₗπ)(∂ₖq_t)] with ∂q_t = γ p ∂v_{t+1}
/// (theory, 4.3).
///
/// The first term has the weights of the gradient. For the others ∇v_t runs backward and γᵗ p_t is
/// kept for all t: O(T S + d²) memory, O(T (nnz(p) + nnz(∇π)) d) time. Errors where ∇²π does not
/// exist, and with [`Error::TooLarge`].
pub fn hessian<F: Solvable>(
    run: &FiniteHorizon<F>,
    mdp: &Mdp<F>,
    policy: &Policy<F>,
) -> Result<DMatrix<F>, Error> {
    check(run, mdp, policy)?;
    let d = policy.parameters();
    Error::check_size("hessian", d, d)?;
    Error::check_size("jacobian", mdp.states(), d)?;
    Error::check_size("table of occupancies", run.horizon(), mdp.states())?;
    let mut masses = Vec::with_capacity(run.horizon());
    run.for_each_step(|step| masses.push(step.mass.to_vec()));
    let mut cross = DMatrix::from_element(d, d, F::zero());
    let mut v = run.end();
    let mut jacobian = DMatrix::from_element(mdp.states(), d, F::zero());
    for mass in masses.iter().rev() {
        pair_with_slopes(&mut cross, mdp, policy, mass, &jacobian);
        jacobian = earlier(run, mdp, policy, &jacobian, &v);
        v = run.before(&v);
    }
    assembled(&cross, policy, &centered_weights(run, mdp)?)
}

/// C + Cᵀ + Σ W(s, a) ∂ₖ∂ₗπ(a|s) [d, d] from the cross terms C and the weights W \[SA\] with
/// ∇J = W∇π. Errors where ∇²π does not exist, and with [`Error::Overflow`].
pub(super) fn assembled<F: Solvable>(
    cross: &DMatrix<F>,
    policy: &Policy<F>,
    weights: &[F],
) -> Result<DMatrix<F>, Error> {
    let mut hessian = cross.transpose().zip_map(cross, |x, y| x + y);
    for state in 0..policy.space().states() {
        for (k, l, x) in policy.curvature(state, weights)? {
            hessian[(k, l)] += &x;
            if k != l {
                hessian[(l, k)] += x;
            }
        }
    }
    finite("an entry of the Hessian", hessian)
}

/// Adds Σₛ m(s) Σₐ ∂ₖπ(a|s) γ (p ∂ₗx)(s, a) to the entry (k, l), for a measure m \[S\] such as γᵗp_t
/// and the Jacobian ∂x [S, d] of a state function such as v_{t+1}.
pub(super) fn pair_with_slopes<F: Solvable>(
    cross: &mut DMatrix<F>,
    mdp: &Mdp<F>,
    policy: &Policy<F>,
    mass: &[F],
    jacobian: &DMatrix<F>,
) {
    let gamma = mdp.discount();
    for (pair, state) in (0..mdp.pairs()).map(|pair| (pair, mdp.space().state_of(pair))) {
        let visits = mass[state].clone() * &gamma;
        if visits.is_zero() {
            continue;
        }
        for l in 0..jacobian.ncols() {
            let column = jacobian.column(l);
            let mut slope = F::zero();
            for (next, probability) in mdp.p().row(pair) {
                slope += column[next].clone() * probability;
            }
            let weight = slope * &visits;
            for (k, direction) in policy.derivative().row(pair) {
                cross[(k, l)] += weight.clone() * direction;
            }
        }
    }
}

/// ∇v_t = q_t∇π + γP∇v_{t+1} from ∇v_{t+1} and v_{t+1}.
fn earlier<F: Solvable>(
    run: &FiniteHorizon<F>,
    mdp: &Mdp<F>,
    policy: &Policy<F>,
    jacobian: &DMatrix<F>,
    v: &[F],
) -> DMatrix<F> {
    let columns = jacobian.as_slice().chunks_exact(mdp.states().max(1));
    let carried = columns.flat_map(|column| run.discounted().mul(column));
    let mut out = DMatrix::from_vec(jacobian.nrows(), jacobian.ncols(), carried.collect());
    add_direct_effect(&mut out, mdp, policy, &q_of(mdp, v));
    out
}

/// Adds x∇π [S, d]: Σₐ x(s, a) ∇π(a|s) in row s.
pub(super) fn add_direct_effect<F: Solvable>(
    into: &mut DMatrix<F>,
    mdp: &Mdp<F>,
    policy: &Policy<F>,
    x: &[F],
) {
    for (pair, x) in x.iter().enumerate() {
        let state = mdp.space().state_of(pair);
        for (k, slope) in policy.derivative().row(pair) {
            into[(state, k)] += slope.clone() * x;
        }
    }
}

/// π W \[SA\].
pub(super) fn times_policy<F: Solvable>(weights: Vec<F>, policy: &Policy<F>) -> Vec<F> {
    let pi = policy.probabilities().iter();
    pi.zip(weights).map(|(pi, w)| w * pi).collect()
}

impl<F: Solvable> Derivatives<F> for FiniteHorizon<F> {
    /// Polynomials in π are differentiable everywhere.
    fn check_differentiable(&self, _: &Solved<F>, _everywhere: bool) -> Result<(), Error> {
        Ok(())
    }

    fn weights(&self, at: &Solved<F>) -> Result<Vec<F>, Error> {
        centered_weights(self, at.mdp())
    }

    /// Each of γᵗ p_t, q_t and v_t errs by what a value at any time may, the first of its part of the largest.
    fn weights_error(&self, at: &Solved<F>) -> Result<Option<f64>, Error> {
        let (mdp, policy) = (at.mdp(), at.policy());
        if !accuracy::are_wanted(mdp) {
            return Ok(None);
        }
        let visits = at.occupancy().iter().map(|x| x.to_f64().abs());
        let most = visits.fold(0.0, f64::max);
        let value = accuracy::value_error_until(mdp, policy, self.horizon());
        Ok(Some(4.0 * most * value))
    }

    fn score_weights(&self, at: &Solved<F>) -> Result<Vec<F>, Error> {
        Ok(times_policy(weights(self, at.mdp())?, at.policy()))
    }

    fn jacobian(&self, at: &Solved<F>) -> Result<DMatrix<F>, Error> {
        jacobian(self, at.mdp(), at.policy())
    }

    fn hessian(&self, at: &Solved<F>) -> Result<DMatrix<F>, Error> {
        hessian(self, at.mdp(), at.policy())
    }

    fn jacobian_error(&self, at: &Solved<F>, policy: &Policy<f64>) -> Result<f64, Error> {
        Ok(hessian_error::horizon::jacobian_bound(at, self, policy))
    }

    fn hessian_error(&self, at: &Solved<F>, policy: &Policy<f64>) -> Result<f64, Error> {
        Ok(hessian_error::horizon::bound(at, self, policy))
    }

    fn sensitivity(&self, at: &Solved<F>) -> Result<Sensitivity<F>, Error> {
        Ok(on_horizon(self, at))
    }
}

impl Checks for FiniteHorizon {
    fn objective_error(&self, at: &Solved) -> Result<f64, Error> {
        Ok(rounding(self, at).0)
    }

    fn values_error(&self, at: &Solved) -> Result<f64, Error> {
        let (mdp, policy) = (at.mdp(), at.policy());
        Ok(accuracy::value_error_until(mdp, policy, self.horizon()))
    }

    fn tolerance(&self, at: &Solved, _complex: bool) -> Result<f64, Error> {
        Ok(2.0 * rounding(self, at).1)
    }

    fn third_derivative(&self, at: &Solved, k: usize, scale: f64) -> Result<f64, Error> {
        third_by_slopes(at, k, scale, |policy| {
            centered_weights(&FiniteHorizon::new(at.mdp(), policy)?, at.mdp())
        })
    }
}

/// Bounds on the absolute error of a computed J, and of an entry of ∇J by an exact route.
///
/// With η = (z + 16)u for z entries in the fullest row, V = max |v_t|, M = Σₜ γᵗ p_t 1 and
/// D = maxₖ maxₛ Σₐ|∂ₖπ|: a step of either recursion errs by at most η(|r|∞ + 2V) where the
/// process still is, and T steps follow each other, so J errs by ηM(|r|∞ + 2V) and an entry of
/// ∇J, in each of v, p_t and their products, by ηTM D(|r|∞ + 2V); ∂ₖπ, which is rounded as
/// π/ℓₖ is, adds ηM(|r|∞ + 2V)/ℓₖ.
fn rounding(run: &FiniteHorizon, at: &Solved) -> (f64, f64) {
    let (mdp, policy) = (at.mdp(), at.policy());
    let p = mdp.p();
    let fullest = (0..p.rows()).map(|i| p.row(i).len()).max().unwrap_or(0);
    let eta = (fullest + 16) as f64 * f64::EPSILON / 2.0;
    let (mass, values) = sizes(run);
    let (slope, _) = slopes(policy, mdp.r());
    let objective = eta * mass * (largest(mdp.r()) + 2.0 * values);
    let gradient = objective * (3.0 * run.horizon() as f64 * slope + steepest(policy));
    (objective, gradient)
}

/// M = Σₜ γᵗ p_t 1, and V = max |v_t| or, of a long horizon, the same with |r^π|.
fn sizes(run: &FiniteHorizon) -> (f64, f64) {
    let size = |x: &[f64]| x.iter().map(|x| x.abs()).sum::<f64>();
    let rewards: Vec<f64> = run.dynamics().r().iter().map(|r| r.abs()).collect();
    if let Some(sums) = run.doubled(&rewards) {
        return (size(&sums.occupancy), largest(&sums.v));
    }
    let (mut mass, mut values) = (0.0, 0.0f64);
    run.for_each_step(|step| {
        mass += size(step.mass);
        values = values.max(largest(step.v));
    });
    (mass, values)
}
