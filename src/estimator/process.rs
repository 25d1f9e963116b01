//! How trajectories unfold: the outcomes of each pair as sampled, with the operators of first and
//! second moments.
//!
//! On policy both operators are p^π. Under importance sampling with ω = π/b a first moment is still
//! an expectation under π (E_b[ω ·] = E_π[·]), while a second moment weighs each pair with
//! E_b[ω² ·], that is with π²/b in the place of π (theory, 5.6), and an n-th with πⁿ/bⁿ⁻¹. Where
//! trajectories die with probability 1 − γ (theory, 5.5, G1), each outcome is split into one that
//! goes on and one that ends after its reward; then γ = 1.

mod build;
mod solve;
mod tilted;

use std::ops::Range;
use std::sync::{Arc, Mutex};

use self::tilted::Tilted;
use super::Table;
use super::rows::Rows;
use crate::chain::{Dynamics, Resolvent};
use crate::linalg::{Csr, Solvable, SolverOptions};

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
    /// Σₐ π²/b Σ p ·: second moments of ratios.
    Second,
    /// Σₐ π³/b² Σ p ·.
    Third,
    /// Σₐ π⁴/b³ Σ p ·.
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

/// The tilted resolvent where rows sum to more than 1, if any does: of which operator and at which discount.
type Tilting<F> = ((Order, F), Option<Arc<Tilted<F>>>);

/// The inverse of I − cP, of which operator and at which discount.
type Inverse<F> = ((Order, F), Arc<Rows<F>>);

impl<F: Solvable> Process<F> {
    /// 1 − Σ of the outcomes of a state, which ends there without any; 0 where that is not known.
    pub fn lost_of(&self, state: usize) -> F {
        self.lost.get(state).cloned().unwrap_or_else(F::zero)
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

    /// How many entries all scores have.
    pub fn entries(&self) -> usize {
        self.scores.stored()
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

fn copied<T: Clone>(cache: &Mutex<Vec<T>>) -> Mutex<Vec<T>> {
    Mutex::new(cache.lock().unwrap_or_else(|e| e.into_inner()).clone())
}
