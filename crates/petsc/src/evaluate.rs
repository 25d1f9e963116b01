//! v, q, A, ρ and J of a policy, by rows.

use exact_mdp::evaluation::{Evaluation, Residuals, Undefined};
use exact_mdp::mdp::Mdp;
use exact_mdp::policy::Policy;
use exact_mdp::report::Distributed;

use crate::Error;
use crate::certifier::{Answer, Certifier, largest};
use crate::chain::{Chain, undefined};
use crate::world::World;

/// What [`evaluate`] has found.
#[derive(Clone, Debug)]
pub struct Evaluated {
    /// The evaluation, gathered.
    pub evaluation: Evaluation,
    /// Who has found it, with the bounds.
    pub by: Distributed,
}

/// Evaluates a policy whose model has the rows of this rank ([`World::share`]), or more; the answer is
/// gathered on rank 0, and `None` elsewhere.
///
/// Errors with [`Error::Uncertified`] and [`Error::Apart`] where there is no certified answer, with
/// [`Error::Criterion`], [`Error::Improper`], [`Error::Signed`], and as PETSc does.
pub fn evaluate(world: &World, mdp: &Mdp, policy: &Policy) -> Result<Option<Evaluated>, Error> {
    let pi = policy.probabilities();
    if pi.iter().any(|x| *x < 0.0) {
        return Err(Error::Signed);
    }
    let supports = |pair: usize| policy.supports(pair);
    let dead = undefined(world, mdp, supports)?;
    let weight = |pair: usize| if policy.supports(pair) { pi[pair] } else { 0.0 };
    let mut chain = Chain::new(world, mdp, weight, &dead)?;
    let mut system = Certifier::new(world, &chain)?;
    chain.rows = Default::default();
    let v = system.solve(false, &chain.reward, "v")?;
    let mut rho = system.solve(true, &chain.initial, "the occupancy")?;
    // no visit is negative, and 0 is nearer to the truth
    rho.x.iter_mut().for_each(|x| *x = x.max(0.0));
    let (j, j_bound) = objective(world, &chain, &v, &rho)?;
    drop(system);
    let all = world.gather(&v.x, &chain.counts)?;
    let (q, advantage) = pairs(mdp, &chain, &all, &dead);
    let lengths = pair_counts(mdp, &chain.counts);
    let occupancy = world.gather_first(&rho.x, &chain.counts)?;
    let q = world.gather_first(&q, &lengths)?;
    let advantage = world.gather_first(&advantage, &lengths)?;
    let (Some(occupancy), Some(mut q), Some(mut advantage)) = (occupancy, q, advantage) else {
        return Ok(None);
    };
    let gaps: Vec<usize> = (0..q.len()).filter(|&pair| q[pair].is_nan()).collect();
    for &pair in &gaps {
        (q[pair], advantage[pair]) = (0.0, 0.0);
    }
    let of_pair = |pair: usize| occupancy[mdp.space().state_of(pair)] * pi[pair];
    let gone = |s: &usize| dead[*s] && !mdp.space().is_terminal(*s);
    let states: Vec<usize> = (0..mdp.states()).filter(gone).collect();
    let evaluation = Evaluation {
        v: all,
        rest: Vec::new(),
        pair_occupancy: (0..mdp.pairs()).map(of_pair).collect(),
        occupancy,
        j,
        residuals: Residuals {
            v: v.residual,
            occupancy: rho.residual,
        },
        undefined: Undefined {
            pairs: gaps,
            states,
        },
        gain: None,
        by_time: None,
        solver: "petsc",
        advantage,
        q,
    };
    let by = Distributed {
        version: world.version().to_string(),
        ranks: world.ranks(),
        method: v.method,
        occupancy_method: Some(rho.method),
        residual: None,
        value_bound: Some(v.bound),
        occupancy_bound: Some(rho.bound),
        j_bound: Some(j_bound),
        gradient_bound: None,
    };
    Ok(Some(Evaluated { evaluation, by }))
}

/// J = ρ₀v with a bound on its error, from v and from ρr, which may not differ by more than both allow.
fn objective(world: &World, chain: &Chain, v: &Answer, rho: &Answer) -> Result<(f64, f64), Error> {
    let forward = Chain::dot(world, &chain.initial, &v.x)?;
    let adjoint = Chain::dot(world, &rho.x, &chain.reward)?;
    let mass = world.sum_of(chain.initial.iter().sum())?;
    let reward = world.largest_of(largest(&chain.reward))?;
    let products = chain.initial.iter().zip(&v.x).map(|(a, b)| (a * b).abs());
    let visits = rho.x.iter().zip(&chain.reward).map(|(a, b)| (a * b).abs());
    let sizes = world.sum_of(products.chain(visits).sum())?;
    let rounding = (chain.states as f64 + 3.0) * f64::EPSILON * sizes;
    let by_v = v.bound * mass + rounding;
    let by_visits = rho.bound * reward + rounding;
    let apart = (forward - adjoint).abs();
    if apart > by_v + by_visits {
        return Err(Error::Apart {
            forward,
            adjoint,
            bound: by_v + by_visits,
        });
    }
    Ok((forward, f64::min(by_v, apart + by_visits)))
}

/// q and A of the pairs of this rank; NaN where a pair may lead to a state without a value.
fn pairs(mdp: &Mdp, chain: &Chain, v: &[f64], dead: &[bool]) -> (Vec<f64>, Vec<f64>) {
    let (space, gamma) = (mdp.space(), mdp.discount());
    let (mut q, mut advantage) = (Vec::new(), Vec::new());
    for state in chain.range.clone() {
        let own = v[state];
        let set = space.pairs_of(state);
        for pair in set.clone() {
            let (mut sum, mut rise) = (0.0, 0.0);
            for (next, p) in mdp.p().row(pair) {
                if dead[next] && !space.is_terminal(next) {
                    sum = f64::NAN;
                }
                sum += p * v[next];
                rise += p * (v[next] - own);
            }
            let deficit = mdp.deficits().map_or(0.0, |deficits| deficits[pair]);
            let slack = mdp.discount_complement() + gamma * deficit;
            q.push(mdp.r()[pair] + gamma * sum);
            let alone = set.len() == 1;
            advantage.push(if alone {
                0.0
            } else {
                mdp.r()[pair] + gamma * rise - slack * own
            });
        }
    }
    (q, advantage)
}

/// How many pairs each rank has.
pub(crate) fn pair_counts(mdp: &Mdp, counts: &[usize]) -> Vec<usize> {
    let mut first = 0;
    let pairs = |state: usize| {
        let space = mdp.space();
        if state < mdp.states() {
            space.pairs_of(state).start
        } else {
            mdp.pairs()
        }
    };
    let lengths = counts.iter().map(|count| {
        let (begin, end) = (pairs(first), pairs(first + count));
        first += count;
        end - begin
    });
    lengths.collect()
}
