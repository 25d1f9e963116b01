//! What rounding can do to values state by state, and to advantages pair by pair.
//!
//! ```text
//! ε = N f            f(s) = |e(s)| + η z_v(s)
//! |δA(s, a)| ≤ σ ε(s) + γ Σ_{s' ≠ s} p (ε(s) + ε(s')) + η (|r| + γ Σ p |v(s') − v(s)| + σ |v(s)|)
//! ```
//!
//! with the residual e of v, σ = 1 − γ Σ p, and η as in [`super::faults`]: a fault counts as often as its state is
//! visited, and what stays in a state takes the same v from the same v. Where nothing is known of the last digits of v, they may be
//! missing, 2u Σ (|v(s)| + p |v|) more.

use super::faults::{faults, met, rise, unit};
use crate::chain::Chain;
use crate::error::Error;
use crate::linalg::{Factors, Solvable};
use crate::mdp::Mdp;
use crate::number::Number;
use crate::policy::Policy;

/// N x for x ≥ 0 as a bound \[S\]: with what an iteration leaves, which is small beside the largest.
pub(crate) fn spread<F: Solvable>(chain: &Chain<F>, x: &[f64]) -> Result<Vec<f64>, Error> {
    /// Beyond what [`Factors::solve_roughly`] is off by.
    const LEFT: f64 = 1e-4;
    let numbers: Option<Vec<F>> = x
        .iter()
        .map(|x| Number::from_f64(*x).map(|x| F::from_number(&x)))
        .collect();
    let Some(numbers) = numbers else {
        return Ok(vec![f64::INFINITY; x.len()]); // a bound that is no number
    };
    let resolvent = chain.resolvent();
    let solved = resolvent.solve_roughly(&numbers)?;
    let sizes = || solved.iter().map(|x| x.to_f64().abs());
    let left = if resolvent.factors().is_componentwise() {
        0.0
    } else {
        LEFT * sizes().fold(0.0, f64::max)
    };
    let alive = chain.dynamics().alive().iter();
    let both = sizes().zip(alive);
    Ok(both
        .map(|(x, alive)| (1.0 + LEFT) * x + if *alive { left } else { 0.0 })
        .collect())
}

/// ε \[S\] of values v (and the last digits that they lack) of the rewards of a chain.
pub(crate) fn value_errors<F: Solvable>(
    chain: &Chain<F>,
    (v, rest): (&[F], &[F]),
) -> Result<Vec<f64>, Error> {
    spread(chain, &faults(chain, chain.dynamics().r(), (v, rest)))
}

/// |δA(s, a)| \[SA\] for values v (and the last digits that they lack) of a chain; no more than differences of values can
/// be off by, where [`Chain::difference_norm`] is known.
///
/// # Errors
/// Those of the solver of a linear system.
pub(crate) fn advantage_errors<F: Solvable>(
    mdp: &Mdp<F>,
    policy: &Policy<F>,
    chain: &Chain<F>,
    (v, rest): (&[F], &[F]),
    apart: Option<f64>,
) -> Result<Vec<f64>, Error> {
    let faults = faults(chain, chain.dynamics().r(), (v, rest));
    let off = spread(chain, &faults)?;
    let (unit, gamma, met) = (unit(chain), mdp.discount().to_f64(), met(mdp));
    // what is met leads to nothing else
    let [among, all] = [true, false].map(|only| {
        let counted = faults.iter().zip(&met).filter(|(_, met)| **met || !only);
        let most = counted.fold(0.0, |most: f64, (fault, _)| most.max(*fault));
        apart.map_or(f64::INFINITY, |apart| apart * most)
    });
    let alive = chain.dynamics().alive();
    let space = mdp.space();
    let pair = |pair: usize| {
        let state = space.state_of(pair);
        let (own, differing) = (off[state], if met[state] { among } else { all });
        let (value, mut rises, mut moved) = (v[state].to_f64().abs(), 0.0, 0.0);
        let mut sizes = value;
        for (next, p) in mdp.p().row(pair) {
            let p = p.to_f64();
            rises += p * rise((v, rest), state, next);
            sizes += p * v[next].to_f64().abs();
            if next != state {
                let both = own + off[next];
                moved += p * if alive[next] {
                    both.min(differing)
                } else {
                    both
                };
            }
        }
        let slack = mdp.slack(pair).to_f64().abs();
        let rounded = mdp.r()[pair].to_f64().abs() + gamma * rises + slack * value;
        let lost = if rest.is_empty() {
            f64::EPSILON * sizes
        } else {
            0.0
        };
        slack * own + gamma * moved + unit * rounded + lost
    };
    let mut errors: Vec<f64> = (0..mdp.pairs()).map(pair).collect();
    of_likely(mdp, policy, &mut errors);
    Ok(errors)
}

/// The advantage of an action that is all but taken is made of those of the others
/// ([`Evaluation`](super::Evaluation)): it is off by what they are, by their chances.
fn of_likely<F: Solvable>(mdp: &Mdp<F>, policy: &Policy<F>, errors: &mut [f64]) {
    let (space, pi) = (mdp.space(), policy.probabilities());
    for state in 0..space.states() {
        let pairs = space.pairs_of(state);
        let Some(likely) = pairs.clone().find(|&pair| pi[pair].to_f64() > 0.5) else {
            continue;
        };
        let others = pairs.filter(|&pair| pair != likely);
        // 1/π < 2
        let of_others: f64 = others.map(|b| 2.0 * pi[b].to_f64().abs() * errors[b]).sum();
        errors[likely] = errors[likely].max(of_others);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::SolverOptions;
    use crate::model::Model;

    /// Values that are moved on purpose: what that does to A = r + γpv − v is within the bound, pair by pair, and the bound
    /// is of its size.
    #[test]
    fn values_that_are_off_put_advantages_off_by_no_more_than_is_told() {
        let mdp = Model::load("mdps/two-state.yaml").expect("a model").mdp();
        let policy = Policy::uniform(mdp.space());
        let chain = Chain::new(&mdp, &policy, &SolverOptions::default()).expect("a chain");
        let v = chain.resolvent().solve(chain.dynamics().r()).expect("v").x;
        let advantages = |v: &[f64]| {
            let of = |pair: usize| {
                let row = mdp.p().row(pair).map(|(next, p)| p * v[next]);
                let q = mdp.r()[pair] + mdp.discount() * row.sum::<f64>();
                q - v[mdp.space().state_of(pair)]
            };
            (0..mdp.pairs()).map(of).collect::<Vec<f64>>()
        };
        let right = advantages(&v);
        for moved in [[1e-3, 0.0], [0.0, 1e-3], [1e-3, -2e-3]] {
            let found: Vec<f64> = v.iter().zip(moved).map(|(v, by)| v + by).collect();
            let errors = advantage_errors(&mdp, &policy, &chain, (&found, &[]), None);
            let errors = errors.expect("bounds");
            let off = advantages(&found).into_iter().zip(&right);
            for ((off, right), error) in off.zip(&errors) {
                assert!(
                    (off - right).abs() <= error + 1e-12,
                    "{off} {right} {error}"
                );
                assert!(*error < 0.1, "{error}");
            }
        }
    }
}
