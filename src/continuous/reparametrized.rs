//! The gradient by moving actions instead of weighing them (theory, 4.13): summation by parts.
//!
//! ```text
//! F_i = Σ_{j≤i} π(a_j|s)        Σₐ q ∇π = −Σ_i (q(a_{i+1}) − q(a_i)) ∇F_i
//! x(a_i) = −[(q_{i+1} − q_i) ∇F_i/(π_i + π_{i+1}) + (q_i − q_{i−1}) ∇F_{i−1}/(π_{i−1} + π_i)]
//! ```
//!
//! With A = F⁻¹(U) it is the threshold between a_i and a_{i+1} that moves, by −∇F_i, and q jumps there: x
//! shares that among the two, by their probabilities, and E x = q∇π. As the grid grows finer x becomes
//! ∂ₐq ∇a, ∇a = −∇F/π (Figurnov, Mohamed & Mnih 2018), (1, a − μ) for (μ, log σ) of a normal law
//! (Kingma & Welling 2014).

use std::collections::BTreeMap;

use crate::error::Error;
use crate::estimator::{Detail, Estimator, Experiment, Moments, Psi};
use crate::linalg::{Csr, Solvable};
use crate::policy::Policy;
use crate::solved::Solved;

/// ∇J by moved actions, and the laws of what is sampled either way.
#[derive(Clone, Debug)]
pub struct Reparametrized<F: Solvable = f64> {
    /// ρ Σ_i −(Δq)_i ∇F_i \[d\], equal to ∇J.
    pub gradient: Vec<F>,
    /// The exact law of Σₜ γᵗ ψₜ q(Sₜ, Aₜ) of one trajectory.
    pub scored: Moments<F>,
    /// Mean and covariance of Σₜ γᵗ ψₜ A(Sₜ, Aₜ).
    pub centred: Moments<F>,
    /// Mean and covariance of Σₜ γᵗ x(Sₜ, Aₜ).
    pub moved: Moments<F>,
}

/// −(q(a_{i+1}) − q(a_i)) ∇F_i for each gap i of a state, sparse; of q only differences within a state are taken, which
/// advantages have with more digits.
fn jumps<F: Solvable>(policy: &Policy<F>, order: &[usize], q: &[F]) -> Vec<Vec<(usize, F)>> {
    let derivative = policy.derivative();
    let mut below: BTreeMap<usize, F> = BTreeMap::new();
    let gaps = order.windows(2).map(|two| {
        for (k, x) in derivative.row(two[0]) {
            *below.entry(k).or_insert_with(F::zero) += x;
        }
        let jump = q[two[0]].clone() - &q[two[1]];
        below.iter().map(|(k, x)| (*k, jump.clone() * x)).collect()
    });
    gaps.collect()
}

/// Errors with [`Error::Length`] unless there is an order for each state and a finite value for each pair, and with
/// [`Error::Argument`] unless an order has the pairs of its state, each once.
fn check<F: Solvable>(policy: &Policy<F>, order: &[Vec<usize>], q: &[F]) -> Result<(), Error> {
    let space = policy.space();
    Error::check_length("list of orders", space.states(), order.len())?;
    Error::check_numbers("table of q", space.pairs(), q)?;
    for (state, pairs) in order.iter().enumerate() {
        let mut sorted = pairs.clone();
        sorted.sort_unstable();
        if !sorted.iter().copied().eq(space.pairs_of(state)) {
            return Err(Error::Argument {
                name: "the order of the actions of a state",
                found: format!("{pairs:?} for `{}`", space.state_names().get(state)),
                expected: "its pairs of state and action, each once",
            });
        }
    }
    Ok(())
}

/// −Σ_i (q(a_{i+1}) − q(a_i)) ∇F_i of every state, [S, d], which is Σₐ q ∇π; of the pairs of each state in an order.
///
/// # Errors
/// [`Error::Length`] unless there is an order for each state and a finite value for each pair, and [`Error::Argument`] unless
/// an order has the pairs of its state, each once.
pub fn summed_by_parts<F: Solvable>(
    policy: &Policy<F>,
    order: &[Vec<usize>],
    q: &[F],
) -> Result<Csr<F>, Error> {
    check(policy, order, q)?;
    let row = |pairs: &Vec<usize>| {
        let mut sums: BTreeMap<usize, F> = BTreeMap::new();
        for (k, x) in jumps(policy, pairs, q).into_iter().flatten() {
            *sums.entry(k).or_insert_with(F::zero) += x;
        }
        sums
    };
    let rows = order.iter().map(row);
    Ok(Csr::from_rows(policy.parameters(), rows))
}

/// x(s, a) \[SA, d\]: what the moved action gains, E x = Σₐ q ∇π in every state; of the pairs of each state in an order.
///
/// # Errors
/// [`Error::Length`] unless there is an order for each state and a finite value for each pair, and [`Error::Argument`] unless
/// an order has the pairs of its state, each once.
pub fn displaced<F: Solvable>(
    policy: &Policy<F>,
    order: &[Vec<usize>],
    q: &[F],
) -> Result<Csr<F>, Error> {
    check(policy, order, q)?;
    let pi = policy.probabilities();
    let mut rows: Vec<BTreeMap<usize, F>> = vec![BTreeMap::new(); pi.len()];
    for pairs in order {
        for (two, jump) in pairs.windows(2).zip(jumps(policy, pairs, q)) {
            let shared = pi[two[0]].clone() + &pi[two[1]];
            if shared.is_zero() {
                continue;
            }
            for (k, x) in jump {
                let part = x / &shared;
                for pair in two {
                    *rows[*pair].entry(k).or_insert_with(F::zero) += &part;
                }
            }
        }
    }
    Ok(Csr::from_rows(policy.parameters(), rows))
}

impl<F: Solvable> Solved<F> {
    /// ∇J by reparametrising the actions, which are numbers, beside the exact laws of the estimators that
    /// score actions and that move them, each with the exact q; trajectories as the criterion has them.
    ///
    /// # Errors
    /// [`Error::Argument`] for actions that are no numbers, [`Error::Criterion`] unless the reward is discounted or total, [`Error::NoScore`] on the
    /// boundary of a direct parametrization, and if a linear system is not solved.
    pub fn reparametrized(&self) -> Result<Reparametrized<F>, Error> {
        let grid = self.grid()?;
        let (mdp, policy) = (self.mdp(), self.policy());
        let parts = summed_by_parts(policy, &grid.order, self.advantage())?;
        let experiment = Experiment::new(mdp, policy, self.sampling()?, self.options())?;
        let law = |psi| {
            let resolved = experiment.resolve(&Estimator::new(psi))?;
            experiment.moments(&resolved, Detail::Variances)
        };
        let (scored, centred) = (law(Psi::Q)?, law(Psi::Advantage)?);
        let rows = displaced(policy, &grid.order, self.advantage())?;
        Ok(Reparametrized {
            gradient: parts.mul_transposed(self.occupancy()),
            scored,
            centred,
            moved: experiment.moments_of_rows(rows, &mdp.discount(), Detail::Variances)?,
        })
    }
}
