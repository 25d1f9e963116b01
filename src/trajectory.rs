//! Trajectories: a model under a policy, compiled for sampling.
//!
//! S₀ ~ ρ₀, Aₜ ~ π(·|Sₜ), Sₜ₊₁ ~ p(·|Sₜ, Aₜ), Rₜ = r(Sₜ, Aₜ, Sₜ₊₁) (theory, section 0). An action
//! and its outcome are drawn together: a state has one alias table over all (a, s', r) with the
//! probability π(a|s) p(s', r|s, a), so that a step costs one random number, one slot and one
//! successor. A trajectory that dies with probability 1 − γ after each step (G1 of theory, 5.5)
//! has each outcome twice in its table, alive and dying, and still costs one draw.
//!
//! *Determinism.* Trajectories come in blocks of [`BLOCK`], a block in [`LANES`] lanes; trajectory
//! i of a block is drawn in lane i mod [`LANES`] from the random stream of (block, lane), after the
//! earlier ones of its lane. What trajectory i is depends on the seed and i alone: not on threads,
//! not on how many trajectories follow.

mod alias;
mod record;
mod stream;
mod walk;

pub use record::{Record, record};
pub use walk::{BLOCK, Block, LANES, Overlong};

use crate::estimator::Sampling;
use crate::mdp::Mdp;
use crate::policy::Policy;
use alias::{Slot, Span};

/// The successor of an outcome in one word: where the next state's table starts (upper half),
/// whether the outcome pays (bit 31), how many slots the table has (the rest; 0 ends the episode).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct After(u64);

impl After {
    const PAYS: u64 = 1 << 31;

    fn new(span: Span, pays: bool) -> After {
        let flag = if pays { After::PAYS } else { 0 };
        After(u64::from(span.start) << 32 | flag | u64::from(span.slots))
    }

    #[inline(always)]
    fn span(self) -> Span {
        Span {
            start: (self.0 >> 32) as u32,
            slots: (self.0 & (After::PAYS - 1)) as u32,
        }
    }
}

/// What happened at a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Event {
    /// (s, a).
    pub pair: u32,
    /// s'; the number of states if the trajectory died here (only with [`Sampling::Geometric`]).
    pub next: u32,
    /// r(s, a, s').
    pub reward: f64,
}

/// A model under a policy, compiled to alias tables.
#[derive(Clone, Debug)]
pub struct Simulator {
    slots: Vec<Slot>,
    after: Vec<After>,
    events: Vec<Event>,
    state_of_pair: Vec<u32>,
    initial: Initial,
    horizon: Option<usize>,
}

/// ρ₀, compiled.
#[derive(Clone, Debug)]
enum Initial {
    /// The one initial state.
    Point(After),
    Table(Vec<Slot>, Span, Vec<After>),
}

impl Simulator {
    /// Compiles the model under the policy that acts (for importance sampling the behavior).
    ///
    /// Pairs and outcomes of probability 0 are left out; the rest of a state's table is taken to
    /// sum to 1, as it does to rounding.
    ///
    /// # Panics
    /// If a state has more than 2³⁰ outcomes, or all have more than 2³¹.
    pub fn new(mdp: &Mdp, policy: &Policy, sampling: Sampling) -> Simulator {
        let survival = match sampling {
            Sampling::Geometric => mdp.discount(),
            _ => 1.0,
        };
        let mut tables = Tables::default();
        let spans: Vec<Span> = (0..mdp.states())
            .map(|state| tables.push_state(mdp, policy, state, survival))
            .collect();
        let dead = Span { start: 0, slots: 0 };
        let after = tables.events.iter().map(|event| {
            let span = spans.get(event.next as usize).copied().unwrap_or(dead);
            After::new(span, event.reward != 0.0)
        });
        Simulator {
            after: after.collect(),
            slots: tables.slots,
            events: tables.events,
            state_of_pair: (0..mdp.pairs())
                .map(|pair| mdp.space().state_of(pair) as u32)
                .collect(),
            initial: Initial::new(mdp.initial(), &spans),
            horizon: sampling.steps(),
        }
    }

    /// What happened at a step that drew this outcome.
    #[inline(always)]
    pub fn event(&self, outcome: u32) -> Event {
        self.events[outcome as usize]
    }

    /// The state of a pair.
    #[inline(always)]
    pub fn state_of(&self, pair: u32) -> u32 {
        self.state_of_pair[pair as usize]
    }

    /// Number of outcomes with positive probability, over all states.
    pub fn outcomes(&self) -> usize {
        self.events.len()
    }
}

impl Initial {
    fn new(initial: &[f64], spans: &[Span]) -> Initial {
        let support: Vec<usize> = (0..initial.len()).filter(|&s| initial[s] > 0.0).collect();
        let after: Vec<After> = support
            .iter()
            .map(|&s| After::new(spans[s], false))
            .collect();
        if let [only] = after[..] {
            return Initial::Point(only);
        }
        let weights: Vec<f64> = support.iter().map(|&s| initial[s]).collect();
        let mut slots = Vec::new();
        let span = alias::push_table(&mut slots, &weights);
        Initial::Table(slots, span, after)
    }
}

/// The tables while they are built: slots and, in the same numbering, events.
#[derive(Default)]
struct Tables {
    slots: Vec<Slot>,
    events: Vec<Event>,
    weights: Vec<f64>,
}

impl Tables {
    /// Appends the joint table of (action, outcome) of a state.
    fn push_state(&mut self, mdp: &Mdp, policy: &Policy, state: usize, survival: f64) -> Span {
        self.weights.clear();
        for pair in mdp.space().pairs_of(state) {
            let pi = policy.probabilities()[pair];
            for outcome in mdp.outcomes(pair) {
                let event = Event {
                    pair: pair as u32,
                    next: outcome.next as u32,
                    reward: *outcome.reward,
                };
                let dying = Event {
                    next: mdp.states() as u32,
                    ..event
                };
                self.push_event(event, pi * outcome.probability * survival);
                self.push_event(dying, pi * outcome.probability * (1.0 - survival));
            }
        }
        let fits = self.weights.len() < 1 << 30 && self.events.len() < 1 << 31;
        assert!(fits, "tables are indexed by 31 bits");
        alias::push_table(&mut self.slots, &self.weights)
    }

    fn push_event(&mut self, event: Event, probability: f64) {
        if probability > 0.0 {
            self.weights.push(probability);
            self.events.push(event);
        }
    }
}
