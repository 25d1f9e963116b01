//! How trajectories unfold: the outcomes of each pair as sampled, with the operators of first and
//! second moments.
//!
//! On policy both operators are p^π. Under importance sampling with ω = π/b a first moment is still
//! an expectation under π (E_b[ω ·] = E_π[·]), while a second moment weighs each pair with
//! E_b[ω² ·], that is with π²/b in the place of π (theory, 5.6), and an n-th with πⁿ/bⁿ⁻¹. Where
//! trajectories die with probability 1 − γ (theory, 5.5, G1), each outcome is split into one that
//! goes on and one that ends after its reward; then γ = 1.

mod solve;
mod tilted;

use std::ops::Range;
use std::sync::{Arc, Mutex};

use self::tilted::Tilted;
use super::Sampling;
use super::Table;
use super::critic;
use super::importance::{self, check_support};
use super::rows::Rows;
use crate::chain::{Dynamics, Resolvent, Termination};
use crate::error::Error;
use crate::linalg::{Csr, Solvable, SolverOptions};
use crate::mdp::{Mdp, Space};
use crate::policy::Policy;

/// One outcome of a pair, as sampled.
#[derive(Clone, Debug)]
pub(super) struct SampledOutcome<F> {
    /// s'; `None` if the trajectory ends here.
    pub next: Option<usize>,
    /// Its probability, given the pair.
    pub probability: F,
    /// r(s, a, s').
    pub reward: F,
}

/// Which moment an expectation belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// E_s[·] = Σₐ π Σ p ·.
    First,
    /// The same with π²/b in the place of π.
    Second,
    /// The same with π³/b².
    Third,
    /// The same with π⁴/b³.
    Fourth,
}

impl Order {
    /// Of a product of so many numbers, each of which carries ω.
    pub fn of(factors: usize) -> Order {
        match factors {
            0 | 1 => Order::First,
            2 => Order::Second,
            3 => Order::Third,
            _ => Order::Fourth,
        }
    }
}

/// Elimination with subtraction has visits to some 10⁻¹⁶ of the largest: of those behind a step this rare half of
/// all digits are gone.
const RARE: f64 = 1e-8;

fn is_rare<F: Solvable>(p: &F) -> bool {
    let p = p.to_f64().abs();
    p > 0.0 && p < RARE
}

/// Outcomes, weights, scores and ρ₀ of the trajectories, and resolvents shared between estimators.
pub(super) struct Process<F: Solvable> {
    /// Outcomes of pair i stand at `start[i]..start[i + 1]`; none for pairs that are never taken.
    start: Vec<usize>,
    steps: Vec<SampledOutcome<F>>,
    pairs_of: Vec<Range<usize>>,
    weight: Vec<F>,
    /// Under importance sampling πⁿ/bⁿ⁻¹ [SA] for n = 2, 3, 4.
    powers: Option<[Vec<F>; 3]>,
    first: Dynamics<F>,
    higher: Option<[Dynamics<F>; 3]>,
    scores: Csr<F>,
    discount: F,
    /// 1 − γ of the model, 0 where trajectories die.
    complement: F,
    horizon: Option<usize>,
    proper: bool,
    /// What rows and weights lack in each state \[S\]; empty where that is not known.
    lost: Vec<F>,
    /// Whether a state may follow with a probability below [`RARE`].
    rare: bool,
    options: SolverOptions,
    cache: Mutex<Vec<Cached<F>>>,
    inverses: Mutex<Vec<Inverse<F>>>,
    /// By operator and discount.
    accurate: Mutex<Vec<Accurate<F>>>,
    tilted: Mutex<Vec<Tilting<F>>>,
}

/// Which resolvent: of which operator, at which discount, and whether for many right-hand sides.
type Cached<F> = ((Order, F, bool), Arc<Resolvent<F>>);

/// The resolvent of which operator and at which discount.
type Accurate<F> = ((Order, F), Arc<Resolvent<F>>);

/// The same where rows sum to more than 1, if any does.
type Tilting<F> = ((Order, F), Option<Arc<Tilted<F>>>);

/// The inverse of I − cP, of which operator and at which discount.
type Inverse<F> = ((Order, F), Arc<Rows<F>>);

impl<F: Solvable> Process<F> {
    /// The process of sampling `policy`, or of sampling `behavior` and weighing by π/b.
    ///
    /// Errors with [`Error::NoScore`] where a reachable state has a pair without score, with
    /// [`Error::NoSupport`] where π > 0 = b, with [`Error::Improper`] if episodes are asked for that
    /// may never end, and with [`Error::TooLong`] for more steps than there is memory for.
    pub fn new(
        mdp: &Mdp<F>,
        policy: &Policy<F>,
        behavior: Option<&Policy<F>>,
        sampling: Sampling,
        options: &SolverOptions,
    ) -> Result<Process<F>, Error> {
        let scored = policy;
        Process::scoring(mdp, (policy, scored), behavior, sampling, options)
    }

    /// The process of sampling the first policy and scoring by the second.
    ///
    /// Errors with [`Error::NoScore`] where a reachable state has a pair without score, with [`Error::NoSupport`] where
    /// π > 0 = b, with [`Error::Improper`] if episodes are asked for that may never end, and with [`Error::TooLong`].
    pub fn scoring(
        mdp: &Mdp<F>,
        (policy, scored): (&Policy<F>, &Policy<F>),
        behavior: Option<&Policy<F>>,
        sampling: Sampling,
        options: &SolverOptions,
    ) -> Result<Process<F>, Error> {
        let space = mdp.space();
        sampling.check()?;
        if let Some(steps) = sampling.steps() {
            Error::check_steps(steps, space.states())?;
        }
        let termination = Termination::new(mdp, policy)?;
        let scores = sampling.weigh(scores(mdp, scored, &termination)?);
        let proper = termination.undefined_or_improper(mdp);
        if sampling == Sampling::Episodic {
            proper.clone()?;
        }
        let left_out = proper.clone().unwrap_or_default();
        let dies = sampling == Sampling::Geometric;
        let survival = if dies { mdp.discount() } else { F::one() };
        let mut process = Process {
            start: vec![0],
            steps: Vec::new(),
            pairs_of: (0..space.states()).map(|s| space.pairs_of(s)).collect(),
            weight: policy.probabilities().to_vec(),
            powers: behavior.map(|b| powers(policy, b)).transpose()?,
            first: Dynamics::from_parts(
                space,
                Csr::empty(space.states()),
                Vec::new(),
                Vec::new(),
                None,
            ),
            higher: None,
            scores,
            discount: if dies { F::one() } else { mdp.discount() },
            complement: if dies {
                F::zero()
            } else {
                mdp.discount_complement().clone()
            },
            horizon: sampling.steps(),
            proper: proper.is_ok() || dies,
            lost: Vec::new(),
            rare: false,
            options: options.clone(),
            cache: Mutex::new(Vec::new()),
            inverses: Mutex::new(Vec::new()),
            accurate: Mutex::new(Vec::new()),
            tilted: Mutex::new(Vec::new()),
        };
        let gone = gone(space, &termination, &left_out);
        for pair in 0..space.pairs() {
            if policy.supports(pair) && !gone[space.state_of(pair)] {
                process.push_outcomes(mdp, pair, &gone, &survival);
            }
            process.start.push(process.steps.len());
        }
        process.complete(mdp, (policy, behavior), &gone);
        Ok(process)
    }

    /// ρ₀ and the operators, from the outcomes.
    fn complete(
        &mut self,
        mdp: &Mdp<F>,
        policies: (&Policy<F>, Option<&Policy<F>>),
        gone: &[bool],
    ) {
        let initial = mdp.initial().iter().zip(gone);
        let initial = initial.map(|(x, &gone)| if gone { F::zero() } else { x.clone() });
        let initial: Vec<F> = initial.collect();
        let dynamics = |order| self.operator(mdp, order, initial.clone());
        let orders = [Order::Second, Order::Third, Order::Fourth];
        let higher = self.powers.is_some().then(|| orders.map(dynamics));
        self.first = dynamics(Order::First);
        self.higher = higher;
        let is_rarely = |one: &Dynamics<F>| one.p().values().iter().any(is_rare);
        let rarely = |all: &[Dynamics<F>; 3]| all.iter().any(is_rarely);
        self.rare = is_rarely(&self.first) || self.higher.as_ref().is_some_and(rarely);
        if critic::rounds::<F>() {
            self.leave(mdp, policies, gone);
        }
    }

    /// Gives every operator its 1 − Σ P(s, ·).
    fn leave(
        &mut self,
        mdp: &Mdp<F>,
        (policy, behavior): (&Policy<F>, Option<&Policy<F>>),
        gone: &[bool],
    ) {
        let own = |s| policy.deficit(s).cloned().unwrap_or_else(F::zero);
        let own: Vec<F> = (0..self.states()).map(own).collect();
        self.lost = (0..self.states())
            .map(|s| self.lost(mdp, Order::First, &own, s))
            .collect();
        let exits = self.exits(mdp, Order::First, &own, gone);
        let (Some(behavior), Some(higher)) = (behavior, self.higher.take()) else {
            self.first = self.first.clone().leaving(exits);
            return;
        };
        let [second, third, fourth] = higher;
        let of = |order, n, dynamics: Dynamics<F>| {
            let lost = importance::lost(policy, behavior, n);
            dynamics.leaving(self.exits(mdp, order, &lost, gone))
        };
        let higher = [
            of(Order::Second, 2, second),
            of(Order::Third, 3, third),
            of(Order::Fourth, 4, fourth),
        ];
        self.higher = Some(higher);
        self.first = self.first.clone().leaving(exits);
    }

    fn push_outcomes(&mut self, mdp: &Mdp<F>, pair: usize, gone: &[bool], survival: &F) {
        let death = F::one() - survival;
        for outcome in mdp.outcomes(pair).filter(|o| !o.probability.is_zero()) {
            let reward = || outcome.reward.clone();
            let next = (!gone[outcome.next]).then_some(outcome.next);
            self.steps.push(SampledOutcome {
                next,
                probability: outcome.probability.clone() * survival,
                reward: reward(),
            });
            if !death.is_zero() {
                self.steps.push(SampledOutcome {
                    next: None,
                    probability: outcome.probability.clone() * &death,
                    reward: reward(),
                });
            }
        }
    }

    /// What ends in each state, and what its rows and its weights lack \[S\]: 1 − Σ P(s, ·) without a subtraction,
    /// `lost` being 1 − Σₐ w(s, a) of the weights.
    fn exits(&self, mdp: &Mdp<F>, order: Order, lost: &[F], gone: &[bool]) -> Vec<F> {
        let state = |s: usize| {
            if gone[s] {
                return F::one();
            }
            let mut exit = self.lost(mdp, order, lost, s);
            self.each_step(order, s, |_, weight, step| {
                if step.next.is_none() {
                    exit += weight;
                }
            });
            exit
        };
        (0..self.states()).map(state).collect()
    }

    /// What the rows of a state and its weights lack.
    fn lost(&self, mdp: &Mdp<F>, order: Order, lost: &[F], state: usize) -> F {
        let mut sum = lost[state].clone();
        if let Some(deficits) = mdp.deficits() {
            let weights = self.weights(order);
            for pair in self.pairs_of(state) {
                sum += weights[pair].clone() * &deficits[pair];
            }
        }
        sum
    }

    /// 1 − Σ of the outcomes of a state, which ends there without any; 0 where that is not known.
    pub fn lost_of(&self, state: usize) -> F {
        self.lost.get(state).cloned().unwrap_or_else(F::zero)
    }

    /// Σₐ w(s, a) Σ p over the steps that go on, [S, S].
    fn operator(&self, mdp: &Mdp<F>, order: Order, initial: Vec<F>) -> Dynamics<F> {
        let mut p = Csr::empty(self.states());
        let mut row = Vec::new();
        for state in 0..self.states() {
            self.each_step(order, state, |_, weight, step| {
                if let Some(next) = step.next {
                    row.push((next, weight));
                }
            });
            p.push_row(&mut row);
        }
        let r = vec![F::zero(); self.states()];
        Dynamics::from_parts(mdp.space(), p, r, initial, None)
    }

    /// Calls `f(pair, w(s, a) p(o | s, a), o)` for every outcome of a state.
    pub fn each_step(
        &self,
        order: Order,
        state: usize,
        mut f: impl FnMut(usize, F, &SampledOutcome<F>),
    ) {
        let weights = self.weights(order);
        for pair in self.pairs_of[state].clone() {
            if weights[pair].is_zero() {
                continue;
            }
            for step in self.steps_of(pair) {
                f(pair, weights[pair].clone() * &step.probability, step);
            }
        }
    }

    /// Whether a step of all moments is worth more than one thread: some 100 microseconds of work.
    pub fn is_large(&self) -> bool {
        // 65,536 products of 1.2 ns each are 80 µs; to start a thread took 96 (2 cores, 29 November 2026)
        const LARGE: usize = 1 << 16;
        self.steps.len().saturating_mul(self.parameters()) >= LARGE
    }

    /// The same trajectories with the rewards δ = r + γv(s') − v(s), whose return from s is R − v(s).
    pub fn shaped(&self, v: &Table<F>) -> Process<F> {
        let mut steps = self.steps.clone();
        for (state, pairs) in self.pairs_of.iter().enumerate() {
            for step in &mut steps[self.start[pairs.start]..self.start[pairs.end]] {
                step.reward = v.change(state, step.next, &self.discount) + &step.reward;
            }
        }
        Process {
            start: self.start.clone(),
            steps,
            pairs_of: self.pairs_of.clone(),
            weight: self.weight.clone(),
            powers: self.powers.clone(),
            first: self.first.clone(),
            higher: self.higher.clone(),
            scores: self.scores.clone(),
            discount: self.discount.clone(),
            complement: self.complement.clone(),
            horizon: self.horizon,
            proper: self.proper,
            lost: self.lost.clone(),
            rare: self.rare,
            options: self.options.clone(),
            // the operators are the same, and so are their factors
            cache: copied(&self.cache),
            inverses: copied(&self.inverses),
            accurate: copied(&self.accurate),
            tilted: copied(&self.tilted),
        }
    }

    /// The outcomes of a pair.
    pub fn steps_of(&self, pair: usize) -> &[SampledOutcome<F>] {
        &self.steps[self.start[pair]..self.start[pair + 1]]
    }

    /// π(a|s), or πⁿ/bⁿ⁻¹ for moments of order n; shape [SA].
    pub fn weights(&self, order: Order) -> &[F] {
        match (&self.powers, order) {
            (Some(powers), Order::Second) => &powers[0],
            (Some(powers), Order::Third) => &powers[1],
            (Some(powers), Order::Fourth) => &powers[2],
            _ => &self.weight,
        }
    }

    /// The pairs of a state.
    pub fn pairs_of(&self, state: usize) -> Range<usize> {
        self.pairs_of[state].clone()
    }

    /// Number of states.
    pub fn states(&self) -> usize {
        self.pairs_of.len()
    }

    /// Number of parameters d.
    pub fn parameters(&self) -> usize {
        self.scores.columns()
    }

    /// Other rows [SA, d] in the place of the scores.
    pub fn replace_scores(&mut self, rows: Csr<F>) {
        self.scores = rows;
    }

    /// ψ(s, a), sparse, as (k, ψ_k).
    pub fn score(&self, pair: usize) -> impl Iterator<Item = (usize, &F)> + Clone {
        self.scores.row(pair)
    }

    /// Where the entries of ψ(s, a) stand among those of all scores.
    pub fn entries_of(&self, pair: usize) -> Range<usize> {
        let starts = self.scores.row_starts();
        starts[pair]..starts[pair + 1]
    }

    /// ρ₀ over the states where something happens.
    pub fn initial(&self) -> &[F] {
        self.first.initial()
    }

    /// The operator of moments of this order, [S, S].
    pub fn p(&self, order: Order) -> &Csr<F> {
        self.dynamics(order).p()
    }

    /// γ of the returns.
    pub fn discount(&self) -> &F {
        &self.discount
    }

    /// The number of actions, if it is bounded.
    pub fn horizon(&self) -> Option<usize> {
        self.horizon
    }

    /// Whether trajectories are weighed by π/b.
    pub fn is_weighted(&self) -> bool {
        self.powers.is_some()
    }

    /// Whether a trajectory ends almost surely without being cut.
    pub fn is_proper(&self) -> bool {
        self.proper
    }
}

/// The states that count in no moment: what the policy never reaches has no weight in any, but would count in a
/// spectral radius; and those that are left out.
fn gone(space: &Space, termination: &Termination, left_out: &[usize]) -> Vec<bool> {
    let gone = |s: usize| space.is_terminal(s) || !termination.reachable[s];
    let mut gone: Vec<bool> = (0..space.states()).map(gone).collect();
    left_out.iter().for_each(|&s| gone[s] = true);
    gone
}

fn copied<T: Clone>(cache: &Mutex<Vec<T>>) -> Mutex<Vec<T>> {
    Mutex::new(cache.lock().unwrap_or_else(|e| e.into_inner()).clone())
}

/// ψ(s, a) [SA, d]. Errors with [`Error::NoScore`] where a reachable state has a pair without one.
fn scores<F: Solvable>(
    mdp: &Mdp<F>,
    policy: &Policy<F>,
    termination: &Termination,
) -> Result<Csr<F>, Error> {
    Error::check_scores(policy)?;
    let scores = policy.scores();
    let reachable = |pair: &usize| termination.reachable[mdp.space().state_of(*pair)];
    let missing = scores.missing.iter().copied().filter(reachable);
    let pairs: Vec<_> = missing.map(|pair| names(mdp, pair)).collect();
    if pairs.is_empty() {
        Ok(scores.rows)
    } else {
        Err(Error::NoScore { pairs })
    }
}

/// π²/b, π³/b² and π⁴/b³ [SA], 0 where π = 0.
fn powers<F: Solvable>(policy: &Policy<F>, behavior: &Policy<F>) -> Result<[Vec<F>; 3], Error> {
    check_support(policy, behavior)?;
    let weighted = |weights: &[F]| -> Vec<F> {
        let ratios = policy.probabilities().iter().zip(behavior.probabilities());
        let ratio = |(pi, b): (&F, &F)| {
            if pi.is_zero() {
                F::zero()
            } else {
                pi.clone() / b
            }
        };
        let products = ratios.map(ratio).zip(weights);
        products.map(|(ratio, weight)| ratio * weight).collect()
    };
    let square = weighted(policy.probabilities());
    let cube = weighted(&square);
    let fourth = weighted(&cube);
    Ok([square, cube, fourth])
}

fn names<F: Solvable>(mdp: &Mdp<F>, pair: usize) -> (String, String) {
    let (state, action) = mdp.space().pair_names(pair);
    (state.into_owned(), action.into_owned())
}
