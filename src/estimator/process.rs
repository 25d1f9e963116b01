//! How trajectories unfold: the outcomes of each pair as sampled, with the operators of first and
//! second moments.
//!
//! On policy both operators are p^π. Under importance sampling with ω = π/b a first moment is still
//! an expectation under π (E_b[ω ·] = E_π[·]), while a second moment weighs each pair with
//! E_b[ω² ·], that is with π²/b in the place of π (theory, 5.6), and an n-th with πⁿ/bⁿ⁻¹. Where
//! trajectories die with probability 1 − γ (theory, 5.5, G1), each outcome is split into one that
//! goes on and one that ends after its reward; then γ = 1.

use std::ops::Range;
use std::sync::{Arc, Mutex};

use super::Sampling;
use super::critic;
use super::importance::check_support;
use super::rows::Rows;
use crate::chain::{Dynamics, Resolvent, Termination, deficit};
use crate::error::Error;
use crate::linalg::{Csr, Factors, Solvable, SolverKind, SolverOptions};
use crate::mdp::Mdp;
use crate::policy::Policy;

/// One outcome of a pair, as sampled.
#[derive(Clone, Debug)]
pub(super) struct Step<F> {
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

/// Outcomes, weights, scores and ρ₀ of the trajectories, and resolvents shared between estimators.
pub(super) struct Process<F: Solvable> {
    /// Outcomes of pair i stand at `start[i]..start[i + 1]`; none for pairs that are never taken.
    start: Vec<usize>,
    steps: Vec<Step<F>>,
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
    options: SolverOptions,
    cache: Mutex<Vec<Cached<F>>>,
    inverses: Mutex<Vec<Inverse<F>>>,
    /// By discount.
    accurate: Mutex<Vec<(F, Arc<Resolvent<F>>)>>,
}

/// Up to this many states a dense factorisation serves many right-hand sides.
const DENSE: usize = 4096;

/// Which resolvent: of which operator, at which discount, and whether for many right-hand sides.
type Cached<F> = ((Order, F, bool), Arc<Resolvent<F>>);

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
    /// Errors as [`Process::new`].
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
        let termination = Termination::new(mdp, policy);
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
            options: options.clone(),
            cache: Mutex::new(Vec::new()),
            inverses: Mutex::new(Vec::new()),
            accurate: Mutex::new(Vec::new()),
        };
        // what the policy never reaches has no weight in any moment, but would count in a spectral
        // radius
        let gone = |s: usize| space.is_terminal(s) || !termination.reachable[s];
        let mut gone: Vec<bool> = (0..space.states()).map(gone).collect();
        left_out.iter().for_each(|&s| gone[s] = true);
        for pair in 0..space.pairs() {
            if policy.supports(pair) && !gone[space.state_of(pair)] {
                process.push_outcomes(mdp, pair, &gone, &survival);
            }
            process.start.push(process.steps.len());
        }
        let initial = mdp.initial().iter().zip(&gone);
        let initial = initial.map(|(x, &gone)| if gone { F::zero() } else { x.clone() });
        let initial: Vec<F> = initial.collect();
        let dynamics = |order| process.operator(mdp, order, initial.clone());
        let orders = [Order::Second, Order::Third, Order::Fourth];
        let higher = process.powers.is_some().then(|| orders.map(dynamics));
        process.first = dynamics(Order::First);
        process.higher = higher;
        if critic::rounds::<F>() {
            let exits = process.exits(mdp, policy, &gone);
            process.first = process.first.leaving(exits);
        }
        Ok(process)
    }

    fn push_outcomes(&mut self, mdp: &Mdp<F>, pair: usize, gone: &[bool], survival: &F) {
        let death = F::one() - survival;
        for outcome in mdp.outcomes(pair).filter(|o| !o.probability.is_zero()) {
            let reward = || outcome.reward.clone();
            let next = (!gone[outcome.next]).then_some(outcome.next);
            self.steps.push(Step {
                next,
                probability: outcome.probability.clone() * survival,
                reward: reward(),
            });
            if !death.is_zero() {
                self.steps.push(Step {
                    next: None,
                    probability: outcome.probability.clone() * &death,
                    reward: reward(),
                });
            }
        }
    }

    /// What ends in each state, and what its rows lack \[S\]: 1 − Σ P(s, ·) without a subtraction.
    fn exits(&self, mdp: &Mdp<F>, policy: &Policy<F>, gone: &[bool]) -> Vec<F> {
        let state = |s: usize| {
            if gone[s] {
                return F::one();
            }
            let mut exit = deficit(mdp, policy, s);
            self.each_step(Order::First, s, |_, weight, step| {
                if step.next.is_none() {
                    exit += weight;
                }
            });
            exit
        };
        (0..self.states()).map(state).collect()
    }

    /// 1 − c for a product of discounts, with the digits that γ has lost.
    pub fn complement_of(&self, c: &F) -> F {
        let gamma = &self.discount;
        if *c == *gamma {
            self.complement.clone()
        } else if *c == gamma.clone() * gamma {
            (F::one() + gamma) * &self.complement
        } else {
            F::one() - c
        }
    }

    /// (I − c P)⁻¹ as accurate as it can be, whatever it costs, factored once for all who ask.
    pub fn accurate(&self, c: &F) -> Result<Arc<Resolvent<F>>, Error> {
        let mut cache = self.accurate.lock().unwrap_or_else(|e| e.into_inner());
        if let Some((_, resolvent)) = cache.iter().find(|(known, _)| known == c) {
            return Ok(Arc::clone(resolvent));
        }
        let complement = self.complement_of(c);
        let resolvent = self.first.resolvent_at(c, &complement, &self.options)?;
        let resolvent = Arc::new(resolvent);
        cache.push((c.clone(), Arc::clone(&resolvent)));
        Ok(resolvent)
    }

    /// Whether c is so near 1 that factors for many right-hand sides at once would cost digits.
    fn is_delicate(&self, order: Order, c: &F) -> bool {
        let near = self.complement_of(c).to_f64() < 1e-3;
        near && critic::rounds::<F>() && self.known(order) == Order::First
    }

    /// (I − c P)⁻¹ b by [`Process::accurate`].
    pub fn solve_accurately(&self, c: &F, b: Vec<F>) -> Result<Vec<F>, Error> {
        if c.is_zero() {
            return Ok(b);
        }
        Ok(self.accurate(c)?.solve(&b)?.x)
    }

    /// 1 − Σ P(s, ·): what ends in a state; 0 where that is not known.
    pub fn leak_of(&self, state: usize) -> F {
        let exits = self.first.exits();
        exits.map_or_else(F::zero, |exits| exits[state].clone())
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
    pub fn each_step(&self, order: Order, state: usize, mut f: impl FnMut(usize, F, &Step<F>)) {
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
        const LARGE: usize = 1 << 16;
        self.steps.len().saturating_mul(self.parameters()) >= LARGE
    }

    /// The outcomes of a pair.
    pub fn steps_of(&self, pair: usize) -> &[Step<F>] {
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

    fn dynamics(&self, order: Order) -> &Dynamics<F> {
        match (&self.higher, order) {
            (Some(higher), Order::Second) => &higher[0],
            (Some(higher), Order::Third) => &higher[1],
            (Some(higher), Order::Fourth) => &higher[2],
            _ => &self.first,
        }
    }

    /// (I − M)⁻¹ for an operator M [S, S] without negative entries.
    ///
    /// Errors if the matrix is singular.
    pub fn resolvent_of(&self, mdp: &Mdp<F>, operator: Csr<F>) -> Result<Resolvent<F>, Error> {
        let r = vec![F::zero(); self.states()];
        let initial = self.initial().to_vec();
        let dynamics = Dynamics::from_parts(mdp.space(), operator, r, initial, None);
        dynamics.resolvent_at(&F::one(), &F::zero(), &self.options)
    }

    /// (I − c P)⁻¹, factored once for all who ask.
    ///
    /// With about as many right-hand sides as states, dense factors pay even where one solve is
    /// best iterated. Errors if the matrix is singular.
    pub fn resolvent(&self, order: Order, c: &F, sides: usize) -> Result<Arc<Resolvent<F>>, Error> {
        let order = self.known(order);
        let dense = 4 * sides >= self.states() && self.states() <= DENSE;
        let key = (order, c.clone(), dense);
        let mut cache = self.cache.lock().unwrap_or_else(|e| e.into_inner());
        // dense factors that are there serve one right-hand side as well
        let serves = |known: &(Order, F, bool)| {
            known.0 == key.0 && known.1 == key.1 && (known.2 == key.2 || known.2)
        };
        if let Some((_, resolvent)) = cache.iter().find(|(known, _)| serves(known)) {
            return Ok(Arc::clone(resolvent));
        }
        let mut options = self.options.clone();
        if dense && options.solver == SolverKind::Auto {
            options.solver = SolverKind::Dense;
        }
        let complement = self.complement_of(c);
        let dynamics = self.dynamics(order);
        let resolvent = Arc::new(dynamics.resolvent_at(c, &complement, &options)?);
        cache.push((key, Arc::clone(&resolvent)));
        Ok(resolvent)
    }

    /// On policy the operators of all orders are one.
    fn known(&self, order: Order) -> Order {
        match self.higher {
            None => Order::First,
            Some(_) => order,
        }
    }

    /// (I − c P)⁻¹ itself, [S][S], formed once for all who ask. Errors if the matrix is singular.
    pub fn inverse(&self, order: Order, c: &F) -> Result<Arc<Rows<F>>, Error> {
        if let Some(inverse) = self.inverted(order, c) {
            return Ok(inverse);
        }
        let inverse = if c.is_zero() {
            Rows::unit(self.states(), 0..self.states())
        } else {
            let resolvent = self.resolvent(order, c, self.states())?;
            Rows::of(&resolvent.factors().inverse(self.states())?)
        };
        let inverse = Arc::new(inverse);
        let mut inverses = self.inverses.lock().unwrap_or_else(|e| e.into_inner());
        inverses.push(((self.known(order), c.clone()), Arc::clone(&inverse)));
        Ok(inverse)
    }

    /// The inverse if it has been formed.
    fn inverted(&self, order: Order, c: &F) -> Option<Arc<Rows<F>>> {
        let inverses = self.inverses.lock().unwrap_or_else(|e| e.into_inner());
        let order = self.known(order);
        let mut inverses = inverses.iter();
        let found = inverses.find(|((known, at), _)| *known == order && at == c);
        found.map(|(_, inverse)| Arc::clone(inverse))
    }

    /// (I − c P)⁻¹ B for a B given by rows [S][d].
    pub fn solve_rows(&self, order: Order, c: &F, b: Rows<F>) -> Result<Rows<F>, Error> {
        if c.is_zero() {
            return Ok(b);
        }
        let columns = b.to_matrix();
        let x = self.resolvent(order, c, b.width())?.solve_many(columns)?;
        Ok(Rows::of(&x))
    }

    /// The same where B is a part of as many columns as there are states.
    pub fn solve_columns(&self, order: Order, c: &F, b: Rows<F>) -> Result<Rows<F>, Error> {
        if c.is_zero() {
            return Ok(b);
        }
        let columns = b.to_matrix();
        let resolvent = self.resolvent(order, c, self.states())?;
        Ok(Rows::of(&resolvent.solve_many(columns)?))
    }

    /// (I − c P)⁻ᵀ B for a B given by rows [S][d].
    pub fn solve_rows_transposed(&self, c: &F, b: Rows<F>) -> Result<Rows<F>, Error> {
        let columns = b.to_matrix();
        let x = self
            .resolvent(Order::First, c, b.width())?
            .solve_transposed_many(columns)?;
        Ok(Rows::of(&x))
    }

    /// (I − c P)⁻¹ b.
    pub fn solve(&self, order: Order, c: &F, b: Vec<F>) -> Result<Vec<F>, Error> {
        if c.is_zero() {
            return Ok(b);
        }
        if self.is_delicate(order, c) {
            return self.solve_accurately(c, b);
        }
        if let Some(inverse) = self.inverted(order, c) {
            let states = 0..self.states();
            return Ok(states.map(|s| inverse.inner_product(s, &b)).collect());
        }
        Ok(self.resolvent(order, c, 1)?.solve(&b)?.x)
    }

    /// b (I − c P)⁻¹.
    pub fn solve_transposed(&self, order: Order, c: &F, b: Vec<F>) -> Result<Vec<F>, Error> {
        if c.is_zero() {
            return Ok(b);
        }
        let resolvent = if self.is_delicate(order, c) {
            self.accurate(c)?
        } else {
            self.resolvent(order, c, 1)?
        };
        Ok(resolvent.solve_transposed(&b)?.x)
    }
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
