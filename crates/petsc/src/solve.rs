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

/// The bound, relative to v, that ends the iteration; a choice.
const GOOD: f64 = 1e-10;
/// The bound, relative to v, at which an answer is good that no longer becomes better; a choice.
const USEFUL: f64 = 1e-6;
/// So many iterations without a smaller residual are the end; a choice.
const IDLE: usize = 100;

/// One step of Bellman's operator on the rows of a rank.
struct Sweep {
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
    let inverse = inverse_norm(world, mdp)?;
    let sign = if minimize { -1.0 } else { 1.0 };
    let mut policies = Policies::new(world, mdp);
    let mut v = vec![0.0; mdp.states()];
    let mut chosen = vec![None; world.share().states(mdp.states()).len()];
    let (mut iterations, mut patience) = (0, Patience::default());
    loop {
        let step = improve(world, mdp, &v, &chosen, sign)?;
        let bound = inverse * (step.residual + step.rounding) * (1.0 + 4.0 * f64::EPSILON);
        let method = policies.method().name();
        let is_last = iterations == most;
        if is_last || step.is_good(bound, tolerance) || step.is_all(bound, &patience) {
            let by = Distributed {
                version: world.version().to_string(),
                ranks: world.ranks(),
                method,
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
            return gathered(world, mdp, step, &policies.counts, found, (minimize, by));
        }
        patience.take(step.residual);
        let refused = || Error::Uncertified {
            quantity: "v*",
            method,
            residual: step.residual,
            bound,
        };
        if patience.idle > IDLE {
            return Err(refused());
        }
        v = policies.values(&step, &v)?.ok_or_else(refused)?;
        chosen = step.chosen;
        iterations += 1;
    }
}

impl Sweep {
    /// Whether a bound on ‖v − v*‖∞ is what was asked for.
    fn is_good(&self, bound: f64, tolerance: Option<f64>) -> bool {
        let good = match tolerance {
            Some(tolerance) => bound <= tolerance,
            None => bound <= GOOD * self.size,
        };
        good || self.residual == 0.0
    }

    /// Whether a bound is of use, and no other is to be had.
    fn is_all(&self, bound: f64, patience: &Patience) -> bool {
        let all_rounding = self.residual <= 2.0 * self.rounding || patience.idle == IDLE;
        all_rounding && bound <= USEFUL * self.size
    }
}

/// How long the residual has not become smaller.
struct Patience {
    least: f64,
    idle: usize,
}

impl Default for Patience {
    fn default() -> Patience {
        Patience {
            least: f64::INFINITY,
            idle: 0,
        }
    }
}

impl Patience {
    /// The residual of another iteration.
    fn take(&mut self, residual: f64) {
        if residual < self.least {
            (self.least, self.idle) = (residual, 0);
        } else {
            self.idle += 1;
        }
    }
}

/// Policies that are evaluated one after the other, by the first method of the ladder that has not failed yet.
struct Policies<'a> {
    world: &'a World,
    mdp: &'a Mdp,
    terminal: Vec<bool>,
    /// The states of each rank.
    counts: Vec<usize>,
    ladder: Vec<By>,
    rung: usize,
}

impl<'a> Policies<'a> {
    fn new(world: &'a World, mdp: &'a Mdp) -> Policies<'a> {
        let states = 0..mdp.states();
        Policies {
            terminal: states.map(|s| mdp.space().is_terminal(s)).collect(),
            counts: crate::chain::counts(world, mdp.states()),
            ladder: ladder(mdp),
            rung: 0,
            world,
            mdp,
        }
    }

    fn method(&self) -> By {
        self.ladder[self.rung]
    }

    /// The values of the policy of a step, from the values before; `None` where no method is left.
    fn values(&mut self, step: &Sweep, before: &[f64]) -> Result<Option<Vec<f64>>, Error> {
        let (world, mdp) = (self.world, self.mdp);
        let range = world.share().states(mdp.states());
        let pi = |pair: usize| {
            let own = mdp.space().state_of(pair).wrapping_sub(range.start);
            let taken = step.chosen.get(own).copied().flatten();
            f64::from(u8::from(taken == Some(pair)))
        };
        let chain = Chain::new(world, mdp, pi, &self.terminal)?;
        let root = (mdp.states() as f64).sqrt();
        let asked = f64::max(1e-2 * step.residual, 0.05 * step.rounding * root);
        let mut system = System::new(world, mdp.states(), &chain.rows)?;
        // the system of a policy is solved once its true residual says so
        loop {
            let mut x = before[range.clone()].to_vec();
            let method = (self.method(), false);
            system.iterate(method, false, &chain.reward, &mut x, asked)?;
            let product = system.product(false, &x)?;
            let residual = chain.reward.iter().zip(&product).map(|(b, p)| b - p);
            let residual: Vec<f64> = residual.collect();
            let left = world.largest_of(largest(&residual))?;
            if left <= f64::max(0.1 * step.residual, 2.0 * step.rounding) {
                return world.gather(&x, &self.counts).map(Some);
            }
            if self.rung + 1 == self.ladder.len() {
                return Ok(None);
            }
            self.rung += 1;
        }
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
) -> Result<Sweep, Error> {
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
    Ok(Sweep {
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
    step: Sweep,
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
