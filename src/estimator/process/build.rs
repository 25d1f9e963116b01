//! A [`Process`] made: the outcomes of every pair, ρ₀, and the operators that they add up to.

use std::sync::Mutex;

use super::{Order, Process, SampledOutcome};
use crate::chain::{Dynamics, Termination};
use crate::error::Error;
use crate::estimator::Sampling;
use crate::estimator::critic;
use crate::estimator::importance::{self, check_support};
use crate::linalg::{Csr, Solvable, SolverOptions};
use crate::mdp::{Mdp, Space};
use crate::policy::Policy;

/// Elimination with subtraction has visits to some 10⁻¹⁶ of the largest: of those behind a step this rare half of
/// all digits are gone.
const RARE: f64 = 1e-8;

fn is_rare<F: Solvable>(p: &F) -> bool {
    let p = p.to_f64().abs();
    p > 0.0 && p < RARE
}

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
        process.check_discount()?;
        Ok(process)
    }

    /// Moments are of powers of γ, which are told apart by their values ([`Process::complement_of`]): a γ that rounds to 1 has
    /// one for all of them, and 1 − γⁿ is nearly n (1 − γ). Errors where that shows, as it does where L (1 − γⁿ) does, L the most
    /// steps that are to be expected from any state.
    fn check_discount(&self) -> Result<(), Error> {
        /// The highest power: γ⁴ of the weights times γ⁴ of the returns in a fourth moment.
        const POWER: f64 = 8.0;
        let complement = self.complement.to_f64();
        let is_rounded = self.discount == F::one() && !self.complement.is_zero();
        if !is_rounded || self.horizon.is_some() || !critic::rounds::<F>() {
            return Ok(());
        }
        let refused = Error::DiscountRounds { complement };
        if !self.proper {
            return Err(refused);
        }
        let one = vec![F::one(); self.states()];
        let resolvent = self
            .first
            .resolvent_at(&F::one(), &F::zero(), &self.options);
        let resolvent = resolvent.map_err(|_| refused.clone())?;
        let lengths = resolvent.solve(&one).map_err(|_| refused.clone())?.x;
        // of a length that is no number nothing is known
        let hides = |steps: &F| POWER * complement * steps.to_f64() < f64::EPSILON;
        if lengths.iter().all(hides) {
            return Ok(());
        }
        Err(refused)
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
}

/// The states that count in no moment: what the policy never reaches has no weight in any, but would count in a
/// spectral radius; and those that are left out.
fn gone(space: &Space, termination: &Termination, left_out: &[usize]) -> Vec<bool> {
    let gone = |s: usize| space.is_terminal(s) || !termination.reachable[s];
    let mut gone: Vec<bool> = (0..space.states()).map(gone).collect();
    left_out.iter().for_each(|&s| gone[s] = true);
    gone
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
