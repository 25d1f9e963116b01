//! What a policy is worth: v, q, advantage, occupancy and J (theory, section 1).
//!
//! ```text
//! v = (I − γp^π)⁻¹ r^π     q = r + γ p v     A = q − v     ρ = ρ₀ (I − γp^π)⁻¹     J = ρ₀ v
//! ```
//!
//! The finite horizon and the average reward have values of their own (theory, section 2):
//! [`Evaluation::new`] is the entry for all of them.

pub(crate) mod accuracy;
#[cfg(test)]
mod accuracy_tests;
pub(crate) mod advantage_accuracy;
mod average;
pub(crate) mod average_accuracy;
mod average_residual;
mod doubled;
mod episode;
pub(crate) mod faults;
mod finite_horizon;
mod in_time;
mod prepared;
mod shown;

pub use average::Average;
pub use episode::{Episode, Length};
pub use finite_horizon::{FiniteHorizon, Stage, ValuesByTime};
pub use prepared::Prepared;
pub(crate) use prepared::chosen;

use crate::chain::{Chain, Solution};
use crate::error::Error;
use crate::field::dot;
use crate::linalg::{Factors, Solvable, SolverOptions};
use crate::mdp::{Criterion, Mdp, Space};
use crate::policy::Policy;

/// The evaluation of a policy under the model's criterion.
///
/// | criterion | `v` | `q` | `occupancy` | `j` |
/// |---|---|---|---|---|
/// | discounted, total | v | q | ρ₀ (I − γP)⁻¹ | ρ₀ v |
/// | finite horizon | v₀ | q₀ | Σ_{t<T} γᵗ p_t | ρ₀ v₀ |
/// | average | bias h | q_h = r − g + p h | ρ₀P* | ρ₀ g |
///
/// ```
/// use exact_mdp::evaluation::Evaluation;
/// use exact_mdp::linalg::SolverOptions;
/// use exact_mdp::model::Model;
/// use exact_mdp::policy::Policy;
///
/// let mdp = Model::load("mdps/two-state.yaml")?.mdp::<f64>();
/// let policy = Policy::uniform(mdp.space());
/// let evaluation = Evaluation::new(&mdp, &policy, &SolverOptions::default())?;
/// assert!((evaluation.j - 405.0 / 73.0).abs() < 1e-14);
/// // 1/(1 − γ) visits in all
/// assert!((evaluation.occupancy.iter().sum::<f64>() - 10.0).abs() < 1e-14);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Evaluation<F: Solvable = f64> {
    /// v(s) \[S\], in units of reward; 0 on terminal states and where it is undefined.
    pub v: Vec<F>,
    /// q(s, a) \[SA\].
    pub q: Vec<F>,
    /// What v lacks in its last digits \[S\], or nothing: differences of v + rest have digits that those of v have not.
    pub rest: Vec<F>,
    /// A(s, a) = q(s, a) − v(s) \[SA\]; Σₐ π A = 0.
    pub advantage: Vec<F>,
    /// ρ^π(s) \[S\], not normalised: Σₛ ρ = 1/(1 − γ) when nothing terminates, 0 on terminal states;
    /// for the average reward a distribution over all states.
    pub occupancy: Vec<F>,
    /// ρ^π(s, a) = ρ^π(s) π(a|s) \[SA\].
    pub pair_occupancy: Vec<F>,
    /// J.
    pub j: F,
    /// How well the systems were solved; 0 in an exact field.
    pub residuals: Residuals,
    /// What has no value at γ = 1; numbers stand at 0 there and are reported as `null`.
    pub undefined: Undefined,
    /// g(s) \[S\], in units of reward per step, for the average reward.
    pub gain: Option<Vec<F>>,
    /// v and q at every time for a finite horizon, within [`FiniteHorizon::TABLE_LIMIT`].
    pub by_time: Option<ValuesByTime<F>>,
    /// The name of the solver.
    pub solver: &'static str,
}

/// Bounds on what rounding has done to an evaluation, where it may show in the ninth digit of a number.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RoundingBounds {
    /// Of any v, q and J, and gains, in units of reward: where rewards of both signs leave so little of one that
    /// rounding may show.
    pub value: Option<f64>,
    /// Of J, where it may show in that.
    pub objective: Option<f64>,
    /// Of any advantage, in units of reward: where values are so much larger that rounding may show.
    pub advantage: Option<f64>,
    /// Of any visits of a state: of solvers that subtract, near γ = 1.
    pub occupancy: Option<f64>,
}

/// How well the two solves of an evaluation solve: ‖r^π − (I − γP) v‖∞ and ‖ρ₀ − ρ (I − γP)‖∞, for
/// the average reward ‖r^π + Ph − g − h‖∞ and ‖ρP − ρ‖∞ with ρ = ρ₀P*.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Residuals {
    /// Of v, in units of reward.
    pub v: f64,
    /// Of the occupancy, in visits.
    pub occupancy: f64,
}

impl Residuals {
    /// Where no system is solved.
    pub const NONE: Residuals = Residuals {
        v: 0.0,
        occupancy: 0.0,
    };
}

/// States and pairs whose value does not exist at γ = 1, because from there the policy may never
/// terminate. ρ₀ reaches none of the states.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Undefined {
    /// States without v, advantages or a row of the Jacobian, increasing.
    pub states: Vec<usize>,
    /// Pairs that may lead to such a state, so that they have no q either; increasing. One may
    /// belong to a state that has a value, if the policy never takes it.
    pub pairs: Vec<usize>,
}

impl<F: Solvable> Evaluation<F> {
    /// The evaluation under the model's own criterion, whichever it is.
    ///
    /// Errors with [`Error::Improper`] if γ = 1 and the policy may never terminate from ρ₀, with [`Error::ExcessRow`] and
    /// [`Error::Overflow`] where the numbers have no answer, and if a system is not solved.
    pub fn new(
        mdp: &Mdp<F>,
        policy: &Policy<F>,
        options: &SolverOptions,
    ) -> Result<Evaluation<F>, Error> {
        Prepared::new(mdp, policy, options)?.evaluate(mdp, policy)
    }

    /// The evaluation itself, or [`Error::Overflow`] if a value is too large for the field.
    pub fn finite(self) -> Result<Evaluation<F>, Error> {
        let finite = |x: &F| F::EXACT || x.to_f64().is_finite();
        // one slice after the other, each a loop without a branch
        let all = |x: &[F]| x.iter().fold(true, |all, x| all & finite(x));
        if all(&self.v) && all(&self.q) && finite(&self.j) {
            Ok(self)
        } else {
            Err(Error::Overflow {
                quantity: "a value of the policy",
            })
        }
    }

    /// h \[S\], the bias, for the average reward.
    pub fn bias(&self) -> Option<&[F]> {
        self.gain.as_ref().map(|_| self.v.as_slice())
    }
}

impl<F: Solvable> Chain<F> {
    /// Two solves from the factors of the chain, then sparse products.
    ///
    /// Errors if an iterative solver did not certify its answer, and with [`Error::ExcessRow`]
    /// where the sum Σ (γp^π)ᵗ does not converge because written rows sum to more than 1.
    pub fn evaluate(&self, mdp: &Mdp<F>, policy: &Policy<F>) -> Result<Evaluation<F>, Error> {
        Error::check_space(mdp, policy)?;
        Error::check_pairs(mdp.space(), self.dynamics().space())?;
        let initial = self.dynamics().initial();
        let occupancy = self.resolvent().solve_transposed(initial)?;
        check_visits(mdp, policy, self, &occupancy.x)?;
        self.evaluate_visiting(mdp, policy, occupancy)
    }

    /// v, q, A and J, by one solve, with an occupancy ρ \[S\] that has been solved for: rewards do not change it.
    pub(crate) fn evaluate_visiting(
        &self,
        mdp: &Mdp<F>,
        policy: &Policy<F>,
        occupancy: Solution<F>,
    ) -> Result<Evaluation<F>, Error> {
        let dynamics = self.dynamics();
        let (v, rest) = self.resolvent().solve_finely(dynamics.r())?;
        check_range(mdp, policy, self, &v.x)?;
        let residuals = Residuals {
            v: v.residual,
            occupancy: occupancy.residual,
        };
        let (q, mut advantage) = values_of_pairs(mdp, &v.x, &rest);
        balance(mdp.space(), policy, &mut advantage);
        let j = dot(dynamics.initial(), &v.x);
        let pi = policy.probabilities();
        let pair_occupancy = over_pairs(mdp, |pair, state| occupancy.x[state].clone() * &pi[pair]);
        Ok(Evaluation {
            j,
            v: v.x,
            q,
            rest,
            advantage,
            occupancy: occupancy.x,
            pair_occupancy,
            residuals,
            undefined: Undefined::new(mdp, self.undefined()),
            gain: None,
            by_time: None,
            solver: self.resolvent().factors().name(),
        })
    }
}

/// Errors with [`Error::Drowned`] if γ < 1, no probability is negative and a value lies outside
/// ±max |r| / (1 − γ), beyond rounding: a solver has lost every digit.
fn check_range<F: Solvable>(
    mdp: &Mdp<F>,
    policy: &Policy<F>,
    chain: &Chain<F>,
    v: &[F],
) -> Result<(), Error> {
    let slack = chain.resolvent().slack().unwrap_or_default();
    let least = slack.iter().map(F::to_f64).fold(f64::INFINITY, f64::min);
    if slack.is_empty() || *mdp.criterion() == Criterion::Total || least <= 0.0 {
        return Ok(());
    }
    let rewards = chain.dynamics().r().iter();
    let most = rewards.map(|r| r.to_f64().abs()).fold(0.0, f64::max) / least;
    // a millionth is far above rounding; a choice
    let outside = |&s: &usize| v[s].to_f64().abs() > most * (1.0 + 1e-6) + f64::MIN_POSITIVE;
    let Some(s) = (0..v.len()).find(outside).filter(|_| most.is_finite()) else {
        return Ok(());
    };
    // asked last: it takes all of p, which values within the range need not read again
    let is_negative = |x: &F| *x < F::zero();
    if policy.probabilities().iter().any(is_negative) || mdp.p().values().iter().any(is_negative) {
        return Ok(());
    }
    Err(Error::Drowned {
        state: mdp.space().state_names().get(s).into_owned(),
        value: v[s].to_f64(),
        most,
    })
}

/// Errors with [`Error::ExcessRow`] if measures come out negative, beyond rounding, although no
/// probability is: only rows that sum to more than 1 can do that.
fn check_visits<F: Solvable>(
    mdp: &Mdp<F>,
    policy: &Policy<F>,
    chain: &Chain<F>,
    visits: &[F],
) -> Result<(), Error> {
    let is_negative = |x: &F| *x < F::zero();
    let slack = chain.resolvent().slack().unwrap_or_default();
    if !slack.iter().any(is_negative) || policy.probabilities().iter().any(is_negative) {
        return Ok(());
    }
    let size = visits.iter().map(|x| x.to_f64().abs()).fold(0.0, f64::max);
    // far above rounding; a choice
    if visits.iter().all(|x| x.to_f64() >= -1e-9 * size) {
        return Ok(());
    }
    let taken = (0..mdp.pairs()).filter(|&pair| policy.supports(pair));
    mdp.largest_excess(taken).map_or(Ok(()), Err)
}

impl Undefined {
    fn new<F: Solvable>(mdp: &Mdp<F>, states: &[usize]) -> Undefined {
        let leads = |pair: &usize| {
            let mut row = mdp.p().row(*pair);
            row.any(|(next, _)| states.binary_search(&next).is_ok())
        };
        let pairs = match states {
            [] => Vec::new(),
            _ => (0..mdp.pairs()).filter(leads).collect(),
        };
        Undefined {
            states: states.to_vec(),
            pairs,
        }
    }
}

/// q(s, a) = r(s, a) + γ Σ p(s'|s, a) v(s') \[SA\] of any v \[S\], in units of reward.
///
/// # Errors
/// [`Error::Length`] unless v has a number for each state, and [`Error::Argument`] where one is not finite.
pub fn action_values<F: Solvable>(mdp: &Mdp<F>, v: &[F]) -> Result<Vec<F>, Error> {
    Error::check_numbers("values of states", mdp.states(), v)?;
    Ok(q_of(mdp, v))
}

/// q = r + γ p v \[SA\] of a v of this model.
pub(crate) fn q_of<F: Solvable>(mdp: &Mdp<F>, v: &[F]) -> Vec<F> {
    let gamma = mdp.discount();
    let pv = mdp.p().mul(v);
    let r = mdp.r().iter();
    r.zip(pv).map(|(r, pv)| r.clone() + pv * &gamma).collect()
}

/// q = r + γ p v and A = q − v, the latter from differences of values:
///
/// ```text
/// A(s, a) = r(s, a) + γ Σ p(s'|s, a) (v(s') − v(s)) − (1 − γ Σ p(·|s, a)) v(s)
/// ```
///
/// so that it keeps its digits where values are large and alike. `rest` holds what v lacks in its
/// last digits, or nothing.
pub(crate) fn values_of_pairs<F: Solvable>(mdp: &Mdp<F>, v: &[F], rest: &[F]) -> (Vec<F>, Vec<F>) {
    let (gamma, p, space) = (mdp.discount(), mdp.p(), mdp.space());
    let mut q = Vec::with_capacity(mdp.pairs());
    let mut advantage = Vec::with_capacity(mdp.pairs());
    for (pair, r) in mdp.r().iter().enumerate() {
        let state = space.state_of(pair);
        let own = &v[state];
        if F::EXACT {
            let value = p.row_times(pair, v) * &gamma + r;
            advantage.push(value.clone() - own);
            q.push(value);
            continue;
        }
        let (sum, mut rise) = p.row_times_both(pair, v, own);
        if let Some(own) = rest.get(state) {
            rise += p.row_times_rise(pair, rest, own);
        }
        let mut slack = mdp.discount_complement().clone();
        if let Some(deficits) = mdp.deficits() {
            slack += gamma.clone() * &deficits[pair];
        }
        q.push(sum * &gamma + r);
        advantage.push(rise * &gamma + r - slack * own);
    }
    (q, advantage)
}

/// Gives the action that a policy all but takes the advantage −Σ π(b) A(b)/π over the others, since Σₐ πA = 0: it is what
/// little is left of q − v there. An only action has none, whatever the last digits of v and q.
fn balance<F: Solvable>(space: &Space, policy: &Policy<F>, advantage: &mut [F]) {
    /// Of which the others leave at least four bits more than a difference does: a choice.
    const LIKELY: f64 = 15.0 / 16.0;
    let pi = policy.probabilities();
    for state in 0..space.states() {
        let pairs = space.pairs_of(state);
        let is_whole = policy.deficit(state).is_none_or(F::is_zero);
        if pairs.len() == 1 {
            advantage[pairs.start] = F::zero();
        } else if !F::EXACT && is_whole {
            let likely = pairs.clone().find(|&pair| pi[pair].to_f64() > LIKELY);
            if let Some(likely) = likely {
                let others = pairs.filter(|&pair| pair != likely);
                let rest = others.fold(F::zero(), |sum, b| sum + pi[b].clone() * &advantage[b]);
                advantage[likely] = -rest / &pi[likely];
            }
        }
    }
}

/// q − v \[SA\], balanced, of a policy whose first rule is for the pairs of the model.
fn advantages<F: Solvable>(mdp: &Mdp<F>, policy: &Policy<F>, q: &[F], v: &[F]) -> Vec<F> {
    let mut advantage = over_pairs(mdp, |pair, state| q[pair].clone() - &v[state]);
    balance(mdp.space(), policy, &mut advantage);
    advantage
}

fn over_pairs<F: Solvable>(mdp: &Mdp<F>, f: impl Fn(usize, usize) -> F) -> Vec<F> {
    let space = mdp.space();
    (0..space.pairs())
        .map(|pair| f(pair, space.state_of(pair)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::SolverOptions;
    use crate::mdp::{Criterion, MdpParts, Names, OutcomeTable, Space};
    use crate::number::{Number, Rational};
    use std::sync::Arc;

    fn q(p: i64, d: u64) -> Rational {
        Number::ratio(p, d).unwrap().to_rational()
    }

    /// Two states, one action each: s0 → s1 (+1), s1 → s0 (+3) or terminal with 1/2 (+5).
    #[test]
    fn values_of_a_small_chain_are_exact() {
        let names = |n: &[&str]| Names::Listed(n.iter().map(|x| x.to_string()).collect());
        let sets = vec![vec![0], vec![0], vec![]];
        let space = Space::new(names(&["x", "y", "end"]), names(&["go"]), sets).unwrap();
        let mut outcomes = OutcomeTable::default();
        outcomes.push(1, q(1, 1), q(1, 1));
        outcomes.end_pair();
        outcomes.push(0, q(1, 2), q(3, 1));
        outcomes.push(2, q(1, 2), q(5, 1));
        outcomes.end_pair();
        let mdp = Mdp::new(MdpParts {
            name: "small".into(),
            space: Arc::new(space),
            outcomes,
            initial: vec![q(1, 1), q(0, 1), q(0, 1)],
            criterion: Criterion::Total,
        })
        .unwrap();
        let policy = Policy::uniform(mdp.space());
        let chain = Chain::new(&mdp, &policy, &SolverOptions::default()).unwrap();
        let evaluation = chain.evaluate(&mdp, &policy).unwrap();
        // v(x) = 1 + v(y), v(y) = 4 + v(x)/2
        assert_eq!(evaluation.v, [q(10, 1), q(9, 1), q(0, 1)]);
        assert_eq!(evaluation.occupancy, [q(2, 1), q(2, 1), q(0, 1)]);
        assert_eq!(evaluation.j, q(10, 1));
    }
}
