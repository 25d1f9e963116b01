//! v* by inexact policy iteration, by rows, certified by the residual of Bellman's equation.

use exact_mdp::control::{ControlMethod, ControlStop, Optimum};
use exact_mdp::mdp::{Criterion, Mdp};
use exact_mdp::policy::Policy;
use exact_mdp::report::Distributed;

use crate::Error;
use crate::certifier::largest;
use crate::chain::Chain;
use crate::evaluate::pair_counts;
use crate::system::{Method as By, System};
use crate::world::World;

/// The bound, relative to v, that ends the iteration.
const GOOD: f64 = 1e-10;
/// The bound, relative to v, at which an answer is good that no longer becomes better.
const USEFUL: f64 = 1e-6;
/// So many iterations without a smaller residual are the end.
const IDLE: usize = 100;

/// One step of Bellman's operator on the rows of a rank.
struct Step {
    /// The pair of each state that is best, as it was where nothing is better.
    chosen: Vec<Option<usize>>,
    /// q by pair of this rank.
    q: Vec<f64>,
    /// ‖T*v − v‖∞ over all ranks.
    residual: f64,
    /// ‖v‖∞ over all ranks.
    size: f64,
    /// What rounding may have hidden of the residual.
    rounding: f64,
}

/// The optimum of a discounted model, and who has found it; on rank 0. `minimize` where rewards are
/// costs.
///
/// The policy is improved, then evaluated to a hundredth of the residual (Gargiani et al. 2024, as
/// madupite does), from the values before; ‖v − v*‖∞ ≤ ‖T*v − v‖∞/(1 − γ) is the certificate, whatever
/// the solvers say.
///
/// Errors with [`Error::Criterion`] unless γ < 1, with [`Error::Uncertified`] where no method brings the
/// residual down, and as PETSc does.
pub fn solve(
    world: &World,
    mdp: &Mdp,
    minimize: bool,
    (tolerance, most): (Option<f64>, usize),
) -> Result<Option<(Optimum, Distributed)>, Error> {
    if !matches!(mdp.criterion(), Criterion::Discounted { .. }) {
        return Err(Error::Criterion {
            needed: "optima of the discounted reward",
            found: mdp.criterion().kind(),
        });
    }
    let terminal: Vec<bool> = (0..mdp.states())
        .map(|s| mdp.space().is_terminal(s))
        .collect();
    let inverse = inverse_norm(world, mdp)?;
    let sign = if minimize { -1.0 } else { 1.0 };
    let range = world.share().states(mdp.states());
    let counts = crate::chain::counts(world, mdp.states());
    let mut v = vec![0.0; mdp.states()];
    let mut chosen: Vec<Option<usize>> = vec![None; range.len()];
    let ladder = ladder(mdp);
    let (mut rung, mut iterations) = (0, 0);
    let (mut least, mut idle) = (f64::INFINITY, 0);
    loop {
        let step = improve(world, mdp, &v, &chosen, sign)?;
        let bound = inverse * (step.residual + step.rounding) * (1.0 + 4.0 * f64::EPSILON);
        let all_rounding = step.residual <= 2.0 * step.rounding || idle == IDLE;
        let good = match tolerance {
            Some(tolerance) => bound <= tolerance,
            None => bound <= GOOD * step.size,
        };
        let last = all_rounding && bound <= USEFUL * step.size;
        if good || last || step.residual == 0.0 || iterations == most {
            let by = Distributed {
                version: world.version().to_string(),
                ranks: world.ranks(),
                method: ladder[rung].name(),
                occupancy_method: None,
                residual: Some(step.residual),
                value_bound: Some(bound),
                occupancy_bound: None,
                j_bound: None,
                gradient_bound: None,
            };
            let found = Found {
                v,
                bound,
                iterations,
                most,
            };
            return gathered(world, mdp, step, &counts, found, (minimize, by));
        }
        (least, idle) = if step.residual < least {
            (step.residual, 0)
        } else {
            (least, idle + 1)
        };
        let refused = Error::Uncertified {
            quantity: "v*",
            method: ladder[rung].name(),
            residual: step.residual,
            bound,
        };
        if idle > IDLE {
            return Err(refused);
        }
        chosen = step.chosen;
        let pi = |pair: usize| {
            let state = mdp.space().state_of(pair);
            let own = chosen
                .get(state.wrapping_sub(range.start))
                .copied()
                .flatten();
            f64::from(u8::from(own == Some(pair)))
        };
        let chain = Chain::new(world, mdp, pi, &terminal)?;
        let own = v[range.clone()].to_vec();
        let root = (mdp.states() as f64).sqrt();
        let asked = f64::max(1e-2 * step.residual, 0.05 * step.rounding * root);
        let mut system = System::new(world, mdp.states(), &chain.rows)?;
        // the system of a policy is solved once its true residual says so
        let x = loop {
            let mut x = own.clone();
            system.iterate((ladder[rung], false), false, &chain.reward, &mut x, asked)?;
            let product = system.product(false, &x)?;
            let residual: Vec<f64> = chain
                .reward
                .iter()
                .zip(&product)
                .map(|(b, p)| b - p)
                .collect();
            let left = world.largest_of(largest(&residual))?;
            if left <= f64::max(0.1 * step.residual, 2.0 * step.rounding) {
                break x;
            }
            rung += 1;
            if rung == ladder.len() {
                return Err(refused);
            }
        };
        v = world.gather(&x, &counts)?;
        iterations += 1;
    }
}

/// What the iteration has come to.
struct Found {
    v: Vec<f64>,
    bound: f64,
    iterations: usize,
    most: usize,
}

/// The methods for the systems of policies.
fn ladder(mdp: &Mdp) -> Vec<By> {
    let mesh = mdp.space().grid().is_some() && mdp.states() >= 100_000;
    let small = mdp.states() < 100_000;
    let mut order = vec![By::BlockJacobi, By::Jacobi, By::Mumps];
    if mesh {
        order.insert(0, By::Multigrid);
    }
    if small {
        order.rotate_right(1);
    }
    order
}

/// ‖(I − γp^π)⁻¹‖∞ of any policy is at most 1/(1 − γ maxₛₐ Σ p(·|s, a)).
fn inverse_norm(world: &World, mdp: &Mdp) -> Result<f64, Error> {
    let gamma = mdp.discount();
    let own = mdp.deficits().into_iter().flatten().copied();
    let deficit = -world.largest_of(own.fold(0.0, |most, x| f64::max(most, -x)))?;
    let slack = mdp.discount_complement() + gamma * deficit;
    if slack > 0.0 {
        return Ok(1.0 / slack * (1.0 + 4.0 * f64::EPSILON));
    }
    Err(Error::Uncertified {
        quantity: "v*: rows sum to more than 1/γ",
        method: "none",
        residual: f64::INFINITY,
        bound: f64::INFINITY,
    })
}

/// q, and the policy that is greedy for it; the pair of a state changes only where another is better by
/// more than rounding.
fn improve(
    world: &World,
    mdp: &Mdp,
    v: &[f64],
    before: &[Option<usize>],
    sign: f64,
) -> Result<Step, Error> {
    let (space, gamma) = (mdp.space(), mdp.discount());
    let range = world.share().states(mdp.states());
    let (mut q, mut chosen) = (Vec::new(), Vec::with_capacity(range.len()));
    let (mut residual, mut longest, mut rewards) = (0f64, 0, 0f64);
    let size = largest(v);
    for (state, before) in range.clone().zip(before) {
        let mut best: Option<(usize, f64)> = None;
        for pair in space.pairs_of(state) {
            let row = mdp.p().row(pair);
            longest = longest.max(row.len());
            rewards = rewards.max(mdp.r()[pair].abs());
            let worth = mdp.r()[pair] + gamma * row.map(|(next, p)| p * v[next]).sum::<f64>();
            q.push(worth);
            if best.is_none_or(|(_, best)| sign * worth > sign * best) {
                best = Some((pair, worth));
            }
        }
        let first = space.pairs_of(state).start;
        let kept = before.filter(|kept| {
            let own = q[q.len() - space.pairs_of(state).len() + (kept - first)];
            let slip = 8.0 * f64::EPSILON * (own.abs() + size);
            best.is_some_and(|(_, best)| (best - own).abs() <= slip)
        });
        chosen.push(kept.or(best.map(|(pair, _)| pair)));
        residual = residual.max(best.map_or(0.0, |(_, best)| (best - v[state]).abs()));
    }
    let mut most = [residual, longest as f64, rewards];
    world.largest(&mut most)?;
    let [residual, longest, rewards] = most;
    Ok(Step {
        chosen,
        q,
        residual,
        size,
        rounding: (longest + 4.0) * f64::EPSILON * (rewards + 2.0 * size),
    })
}

/// The optimum on rank 0.
fn gathered(
    world: &World,
    mdp: &Mdp,
    step: Step,
    counts: &[usize],
    found: Found,
    (minimize, mut by): (bool, Distributed),
) -> Result<Option<(Optimum, Distributed)>, Error> {
    let q = world.gather_first(&step.q, &pair_counts(mdp, counts))?;
    let pairs: Vec<f64> = step
        .chosen
        .iter()
        .map(|pair| pair.map_or(-1.0, |p| p as f64))
        .collect();
    let chosen = world.gather_first(&pairs, counts)?;
    let (Some(q), Some(chosen)) = (q, chosen) else {
        return Ok(None);
    };
    let space = mdp.space();
    let mut pi = vec![0.0; mdp.pairs()];
    for pair in chosen.into_iter().filter(|pair| *pair >= 0.0) {
        pi[pair as usize] = 1.0;
    }
    let policy = Policy::simplex(space, pi).map_err(|error| Error::Petsc {
        message: error.to_string(),
    })?;
    let sign = if minimize { -1.0 } else { 1.0 };
    let slip = 2.0 * (mdp.discount() * found.bound + step.rounding);
    let mut greedy = Vec::new();
    for state in 0..mdp.states() {
        let set = space.pairs_of(state);
        let best = set
            .clone()
            .map(|pair| sign * q[pair])
            .fold(f64::NEG_INFINITY, f64::max);
        greedy.extend(set.filter(|&pair| sign * q[pair] >= best - slip));
    }
    let j: f64 = mdp.initial().iter().zip(&found.v).map(|(a, b)| a * b).sum();
    by.j_bound = Some(found.bound + (mdp.states() as f64) * f64::EPSILON * step.size);
    let stop = if found.iterations == found.most {
        ControlStop::Iterations
    } else if step.residual <= 2.0 * step.rounding {
        ControlStop::Precision
    } else {
        ControlStop::Optimal
    };
    let optimum = Optimum {
        v: found.v,
        q,
        policy,
        greedy,
        j,
        iterations: found.iterations,
        error_bound: Some(found.bound),
        method: ControlMethod::PolicyIteration,
        stop,
        undefined: Vec::new(),
        gain: None,
        by_time: None,
        error_bounds: None,
        dual: None,
        trace: Vec::new(),
    };
    Ok(Some((optimum, by)))
}
