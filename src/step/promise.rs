//! One exact step of a method: what was promised beside what it reaches.

use std::ops::ControlFlow;

use nalgebra::DMatrix;

use crate::ascent::{AscentOptions, AscentStop, ascend};
use crate::between::Between;
use crate::error::Error;
use crate::field::dot;
use crate::gradient::entropy::Softened;
use crate::policy::Changes;
use crate::solved::Solved;

/// A step of a deterministic method from a policy.
#[derive(Clone, Debug, PartialEq)]
pub struct Promise {
    /// η, or what the method has in its place; 0 if it makes no step.
    pub step: f64,
    /// Why there is no step.
    pub stop: Option<AscentStop>,
    /// ∇J·(θ' − θ), in units of reward; `None` where the method moves other parameters than θ.
    pub first_order: Option<f64>,
    /// ∇J·(θ' − θ) + ½ (θ' − θ)ᵀH(θ' − θ), where J has a Hessian.
    pub second_order: Option<f64>,
    /// L_π(π') − J = Σ W(s, a) π'(a|s), what the surrogate promises.
    pub surrogate: f64,
    /// J(π).
    pub from: f64,
    /// J(π') − J(π), what is reached.
    pub change: f64,
    /// What rounding can do to that.
    pub change_error: f64,
    /// What a trust region guarantees, and how far the policies are apart; `None` for other criteria
    /// than the discounted and the total reward.
    pub between: Option<Between>,
    /// What that guarantees of J(π') − J(π), the larger of its bounds.
    pub guaranteed: Option<f64>,
}

/// The first step of a method from a policy, with the surrogate clipped at 1 ± `clip`.
///
/// Errors with [`Error::Ascent`] if the method does not serve the parametrization or the criterion, with
/// [`Error::NotDifferentiable`] or [`Error::Policy`] where J has no Hessian, and with [`Error::Criterion`] for the average
/// reward.
pub fn promise(at: &Solved, options: &AscentOptions, clip: f64) -> Result<Promise, Error> {
    // all but J itself is the same without an offset, and has its digits there
    match at.without_offset()? {
        None => first_step(at, options, clip),
        Some(without) => {
            let found = first_step(&without, options, clip)?;
            let from = match options.entropy {
                Some(alpha) => *Softened::new(at.clone(), alpha)?.paid().j(),
                None => *at.j(),
            };
            let worth = from - found.from;
            let between = found.between.map(|between| between.raised(&worth));
            Ok(Promise {
                from,
                between,
                ..found
            })
        }
    }
}

fn first_step(at: &Solved, options: &AscentOptions, clip: f64) -> Result<Promise, Error> {
    let once = AscentOptions {
        iterations: 1,
        tolerance: Some(0.0),
        gap_tolerance: None,
        ..options.clone()
    };
    let run = ascend(at.mdp(), at.policy(), None, &once, &|_| {
        ControlFlow::Continue(())
    })?;
    let stopped = run.iterations() == 0;
    if let (true, Some(why)) = (stopped, &run.failure) {
        return Err(why.clone());
    }
    let step = if stopped { 0.0 } else { run.last().step };
    let to = Solved::by(at.mdp().clone(), run.policy, at.options().clone())?;
    if let Some(alpha) = options.entropy {
        let stop = stopped.then_some(run.stop);
        return soft_promise(at, to, alpha, (step, stop));
    }
    let (first_order, second_order) = expansion(at, &to, || at.hessian())?;
    let between = match at.between(&to, &clip) {
        Ok(between) => Some(between),
        Err(Error::Criterion { .. }) => None,
        Err(why) => return Err(why),
    };
    let guaranteed = between.as_ref().and_then(|between| {
        let bounds = [
            between.bound_by_total_variation,
            between.bound_by_divergence,
        ];
        let most = bounds.into_iter().flatten().reduce(f64::max)?;
        Some(most - at.j())
    });
    let weights = at.pair_weights()?;
    let moved = Changes::new(at.policy(), to.policy()).by_pair;
    let (change, change_error) = match &between {
        Some(between) => (between.difference, between.errors.map(|all| all.difference)),
        None => (to.j() - at.j(), None),
    };
    let change_error = match change_error {
        Some(error) => error,
        None => at.objective_error()? + to.objective_error()?,
    };
    Ok(Promise {
        step,
        stop: stopped.then_some(run.stop),
        first_order,
        second_order,
        surrogate: dot(&weights, &moved),
        from: *at.j(),
        change,
        change_error,
        between,
        guaranteed,
    })
}

/// The promise of a first step on J_α, whose surrogate freezes the visits alone: Σ ρ(s) [Σ π'(A_α − α log π'/π)], A_α the advantage
/// where r − α log π is paid. Trust regions promise nothing of it.
fn soft_promise(
    at: &Solved,
    to: Solved,
    alpha: f64,
    (step, stop): (f64, Option<AscentStop>),
) -> Result<Promise, Error> {
    let soft = Softened::new(at.clone(), alpha)?;
    let reached = Softened::new(to, alpha)?;
    let (paid, new) = (soft.paid(), reached.paid());
    let (first_order, second_order) = expansion(paid, new, || soft.hessian())?;
    let weights = paid.pair_weights()?;
    let logs = [paid, new].map(|x| x.policy().log_probabilities());
    let (own, other) = (paid.policy().probabilities(), new.policy().probabilities());
    let mut surrogate = 0.0;
    for (pair, weight) in weights.iter().enumerate() {
        let apart = match (logs[0][pair], logs[1][pair]) {
            (Some(from), Some(to)) => to - from,
            _ => 0.0,
        };
        let visits = at.occupancy()[at.mdp().space().state_of(pair)];
        surrogate += weight * (other[pair] - own[pair]) - alpha * visits * other[pair] * apart;
    }
    Ok(Promise {
        step,
        stop,
        first_order,
        second_order,
        surrogate,
        from: *paid.j(),
        change: new.j() - paid.j(),
        change_error: paid.objective_error()? + new.objective_error()?,
        between: None,
        guaranteed: None,
    })
}

/// ∇J·Δ and ∇J·Δ + ½ ΔᵀHΔ for Δ = θ' − θ, where both are parameters of one parametrization.
fn expansion(
    at: &Solved,
    to: &Solved,
    hessian: impl FnOnce() -> Result<DMatrix<f64>, Error>,
) -> Result<(Option<f64>, Option<f64>), Error> {
    let kinds = [at, to].map(|x| x.policy().parametrization().kind());
    let (Some(from), Some(theta)) = (at.policy().theta(), to.policy().theta()) else {
        return Ok((None, None));
    };
    if kinds[0] != kinds[1] || from.len() != theta.len() {
        return Ok((None, None));
    }
    let moved: Vec<f64> = theta.iter().zip(from).map(|(x, y)| x - y).collect();
    let first = dot(at.gradient()?, &moved);
    let second = match hessian() {
        Ok(hessian) => Some(first + dot(&moved, &super::times(&hessian, &moved)) / 2.0),
        Err(Error::TooLarge { .. }) => None,
        Err(why) => return Err(why),
    };
    Ok((Some(first), second))
}
