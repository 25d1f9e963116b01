//! What the estimators are given beside the sample: v, q and A of the criterion, or a wrong critic.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;

use super::{Critic, Sampling, Table};
use crate::chain::Chain;
use crate::error::Error;
use crate::evaluation::{Average, q_of, values_of_pairs};
use crate::field::dot;
use crate::linalg::{Solvable, SolverOptions};
use crate::mdp::Mdp;
use crate::number::Number;
use crate::policy::Policy;

/// Whether a field rounds without knowing by how much, so that it matters how a number is made.
pub(super) fn rounds<F: Solvable>() -> bool {
    !F::EXACT && F::one().certified().is_none()
}

/// v of the criterion that a way of sampling belongs to: v_t for t = 0 .. T over a finite horizon
/// T, the bias h of a long run, otherwise the stationary v of the discounted or the total criterion.
///
/// Errors with [`Error::Improper`] if γ = 1 and the policy may never terminate from ρ₀, with [`Error::Criterion`] for a
/// long run of another criterion than the average reward, and if a system is not solved.
pub(super) fn values<F: Solvable>(
    mdp: &Mdp<F>,
    policy: &Policy<F>,
    sampling: Sampling,
    options: &SolverOptions,
) -> Result<Table<F>, Error> {
    let horizon = match sampling {
        Sampling::FiniteHorizon(horizon) => horizon,
        Sampling::LongRun(_) => {
            let average = Average::new(mdp, policy, options)?;
            return Ok(Table::stationary(average.bias().to_vec()));
        }
        _ => {
            let chain = Chain::new(mdp, policy, options)?;
            let (v, rest) = chain.resolvent().solve_finely(chain.dynamics().r())?;
            if !rounds::<F>() {
                return Ok(Table::stationary(v.x));
            }
            return Ok(Table::finely(v.x, rest, mdp.discount_complement().clone()));
        }
    };
    let mut rows = vec![vec![F::zero(); mdp.states()]];
    for _ in 0..horizon {
        let q = q_of(mdp, &rows[rows.len() - 1]);
        let value = |state| {
            let pairs = mdp.space().pairs_of(state);
            dot(&policy.probabilities()[pairs.clone()], &q[pairs])
        };
        rows.push((0..mdp.states()).map(value).collect());
    }
    rows.reverse();
    Ok(Table::by_time(rows))
}

/// q_t = r + γ p v_{t+1}, [SA], for every time that v stands for.
pub(super) fn action_value_table<F: Solvable>(mdp: &Mdp<F>, v: &Table<F>) -> Table<F> {
    match v.rows() {
        [stationary] => Table::stationary(q_of(mdp, stationary)),
        rows => Table::by_time(rows[1..].iter().map(|v| q_of(mdp, v)).collect()),
    }
}

/// [`action_value_table`] with what it lacks in its last digits, where that of v is known: q is as large as
/// v, and a state's actions differ by little beside it.
pub(super) fn fine_action_values<F: Solvable>(mdp: &Mdp<F>, v: &Table<F>) -> Table<F> {
    let q = action_value_table(mdp, v);
    let (Some(rest), [row]) = (v.rest(), v.rows()) else {
        return q;
    };
    let advantage = values_of_pairs(mdp, row, rest).1.into_iter().enumerate();
    let lacks = advantage.map(|(pair, advantage)| {
        let state = mdp.space().state_of(pair);
        row[state].clone() - &q.at(0)[pair] + advantage + &rest[state]
    });
    let rest = lacks.collect();
    Table::finely(q.at(0).to_vec(), rest, mdp.discount_complement().clone())
}

/// A_t = q_t − v_t, [SA].
pub(super) fn advantage_table<F: Solvable>(mdp: &Mdp<F>, v: &Table<F>, q: &Table<F>) -> Table<F> {
    if let (Some(rest), [row]) = (v.rest(), v.rows()) {
        return Table::stationary(values_of_pairs(mdp, row, rest).1);
    }
    let advantage = |(time, q): (usize, &Vec<F>)| {
        let v = v.at(time);
        let pairs = q.iter().enumerate();
        pairs
            .map(|(pair, q)| q.clone() - &v[mdp.space().state_of(pair)])
            .collect()
    };
    Table::by_time(q.rows().iter().enumerate().map(advantage).collect())
}

/// What stands for v: the values themselves, a function from a file, or v with normal errors.
/// Terminal states keep 0.
///
/// Errors with [`Error::GivenOverflow`] if the errors are too large for `f64`, and with
/// [`Error::States`] for a function of another number of states.
pub(super) fn critic_table<F: Solvable>(
    mdp: &Mdp<F>,
    v: &Table<F>,
    critic: &Critic,
) -> Result<Table<F>, Error> {
    let space = mdp.space();
    let replaced = |f: &dyn Fn(usize, usize, &F) -> F| {
        let row = |(time, v): (usize, &Vec<F>)| {
            let entries = v.iter().enumerate();
            let entry = |(state, v): (usize, &F)| {
                if space.is_terminal(state) {
                    F::zero()
                } else {
                    f(time, state, v)
                }
            };
            entries.map(entry).collect()
        };
        let mut rows: Vec<Vec<F>> = v.rows().iter().enumerate().map(row).collect();
        if let [_, .., last] = rows.as_mut_slice() {
            // nothing is to come after the last step, and the critic of a finite horizon knows it
            last.fill(F::zero());
        }
        Table::by_time(rows)
    };
    Ok(match critic {
        Critic::Exact => v.clone(),
        Critic::File(u) => {
            let steps = (v.rows().len() > 1).then(|| v.rows().len() - 1);
            let rows = rows_given("the critic", u, mdp.states(), steps)?;
            let last = rows.len() - 1;
            let given = replaced(&|time, state, _| F::from_number(&rows[time.min(last)][state]));
            match given.rows() {
                [row] if v.rest().is_some() => {
                    let complement = mdp.discount_complement().clone();
                    Table::finely(row.clone(), Vec::new(), complement)
                }
                _ => given,
            }
        }
        Critic::Noise { seed, scale } => {
            let errors = normal_errors(*seed, *scale, mdp.states());
            let errors = errors.ok_or_else(|| Error::GivenOverflow {
                quantity: "a normal error",
                given: format!("the critic {}", critic.name()),
            })?;
            let noisy = replaced(&|_, state, v| v.clone() + &F::from_number(&errors[state]));
            v.as_fine(noisy.rows().to_vec())
        }
    })
}

/// A given function of the state, or of time and state over so many steps: one row, or one for each time.
///
/// Errors with [`Error::States`] unless it has one number for each of them.
pub(super) fn rows_given<'n>(
    quantity: &'static str,
    given: &'n [Number],
    states: usize,
    steps: Option<usize>,
) -> Result<Vec<&'n [Number]>, Error> {
    let by_time = |steps: usize| given.len() == steps.saturating_mul(states) && steps > 0;
    if given.len() == states {
        Ok(vec![given])
    } else if states > 0 && steps.is_some_and(by_time) {
        Ok(given.chunks(states).collect())
    } else {
        Err(Error::States {
            quantity,
            found: given.len(),
            states,
        })
    }
}

/// Independent normal numbers of standard deviation `scale`, by Box and Muller (1958); `None` if
/// one overflows.
fn normal_errors(seed: u64, scale: f64, count: usize) -> Option<Vec<Number>> {
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    let mut uniform = || (generator.next_u64() >> 11) as f64 * (0.5f64).powi(53);
    let error = |_| {
        let radius = (-2.0 * (1.0 - uniform()).ln()).sqrt();
        let angle = std::f64::consts::TAU * uniform();
        Number::from_f64(scale * radius * angle.cos())
    };
    (0..count).map(error).collect()
}
