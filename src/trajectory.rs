//! Trajectories: a model under a policy, compiled for sampling.
//!
//! S₀ ~ ρ₀, Aₜ ~ π(·|Sₜ), Sₜ₊₁ ~ p(·|Sₜ, Aₜ), Rₜ = r(Sₜ, Aₜ, Sₜ₊₁) (theory, section 0). An action
//! and its outcome are drawn together: a state has one alias table over all (a, s', r) with the
//! probability π(a|s) p(s', r|s, a), so that a step costs one random number, one slot and one link
//! to the next state's table; what the outcomes were is looked up afterwards, all at once. A
//! trajectory that dies with probability 1 − γ after each step (G1 of theory, 5.5) has each outcome
//! twice in its table, alive and dying, and still costs one draw.
//!
//! *Determinism.* Trajectories come in blocks of [`BLOCK`], a block in [`LANES`] lanes; trajectory
//! i of a block is drawn in lane i mod [`LANES`] from the random stream of (block, lane), after the
//! earlier ones of its lane. What trajectory i is depends on the seed and i alone: not on threads,
//! not on how many trajectories follow.

mod alias;
mod lane;
mod long;
mod record;
mod stream;
mod walk;

pub use long::Walked;
pub use record::{Record, record};
pub use walk::{BLOCK, Block, Halt, LANES};

use crate::error::Error;
use crate::estimator::Sampling;
use crate::mdp::Mdp;
use crate::policy::Policy;
use alias::{Span, Tables};

/// Steps of a trajectory up to which each is kept, a multiple of [`PART`]: 1 MB a lane; a choice.
const KEPT: usize = 1 << 18;

/// Steps of a part of a longer one, so few that all that is worked out of them stays in the second-level cache; a choice.
const PART: usize = 1 << 13;

/// What happened at a step; 16 bytes, so that it is in the cache as a whole.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Event {
    /// (s, a).
    pub pair: u32,
    /// s'; the number of states if the trajectory died here (only with [`Sampling::Geometric`]).
    pub next: u32,
    /// r(s, a, s').
    pub reward: f64,
}

/// Where an outcome leads, in 8 bytes.
#[derive(Clone, Copy, Debug)]
struct Link {
    /// The first slot of the next state's table.
    start: u32,
    /// How many slots that has; the highest bit says whether the outcome pays anything.
    slots: u32,
}

impl Link {
    /// The highest bit of [`Link::slots`].
    const PAYS: u32 = 1 << 31;

    fn new(event: &Event, spans: &[Span]) -> Link {
        let Span { start, slots } = spans[event.next as usize];
        let pays = if event.reward == 0.0 { 0 } else { Link::PAYS };
        Link {
            start,
            slots: slots | pays,
        }
    }

    #[inline(always)]
    fn span(self) -> Span {
        Span {
            start: self.start,
            slots: self.slots & !Link::PAYS,
        }
    }
}

/// A model under a policy, compiled to alias tables.
///
/// ```
/// use exact_mdp::estimator::Sampling;
/// use exact_mdp::model::Model;
/// use exact_mdp::policy::Policy;
/// use exact_mdp::trajectory::{Simulator, record};
///
/// let mdp = Model::load("mdps/retry-loop.yaml")?.mdp();
/// let policy = Policy::uniform(mdp.space());
/// let simulator = Simulator::new(&mdp, &policy, Sampling::own(&mdp, &policy)?)?;
/// let cap = 1_000;
/// let first = record(&simulator, 7, 10, cap).map_err(|_| "too long")?;
/// let longer = record(&simulator, 7, 20, cap).map_err(|_| "too long")?;
/// // trajectory i is a function of the seed and i
/// assert_eq!(first.rewards, longer.rewards[..first.rewards.len()]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Simulator {
    /// The tables of all states; their outcomes, and where these lead, in the same numbering.
    tables: Tables,
    outcomes: Vec<Event>,
    links: Vec<Link>,
    /// The table of each state; the last is that of death.
    spans: Vec<Span>,
    state_of_pair: Vec<u32>,
    initial: Initial,
    horizon: Option<usize>,
    /// [`KEPT`] and [`PART`].
    kept: usize,
    part: usize,
}

/// ρ₀, compiled.
#[derive(Clone, Debug)]
enum Initial {
    /// The one initial state.
    Point(u32),
    /// Several, with their table.
    Law(Tables, Span, Vec<u32>),
}

impl Simulator {
    /// Compiles the model under the policy that acts (for importance sampling the behavior).
    ///
    /// Pairs and outcomes of probability 0 are left out; the rest of a state's table is taken to
    /// sum to 1, as it does to rounding.
    ///
    /// Errors with [`Error::OtherSpace`] if the policy acts on another model, with [`Error::Argument`] if the
    /// states have 2³¹ outcomes together.
    pub fn new(mdp: &Mdp, policy: &Policy, sampling: Sampling) -> Result<Simulator, Error> {
        Error::check_space(mdp, policy)?;
        let survival = match sampling {
            Sampling::Geometric => mdp.discount(),
            _ => 1.0,
        };
        let laws: Vec<Events> = (0..mdp.states())
            .map(|state| Events::new(mdp, policy, state, survival))
            .collect();
        let total: usize = laws.iter().map(|law| law.events.len()).sum();
        if total >= 1 << 31 {
            return Err(Error::Argument {
                name: "the number of outcomes under a policy",
                found: total.to_string(),
                expected: "below 2³¹, by which a simulator numbers them",
            });
        }
        let largest = laws.iter().map(|law| law.events.len()).max();
        let mut tables = Tables::new(largest.unwrap_or(0));
        let mut spans: Vec<Span> = laws.iter().map(|law| tables.push(&law.weights)).collect();
        spans.push(Span { start: 0, slots: 0 });
        let state_of = |pair| mdp.space().state_of(pair) as u32;
        let outcomes: Vec<Event> = laws.into_iter().flat_map(|law| law.events).collect();
        Ok(Simulator {
            tables,
            links: outcomes
                .iter()
                .map(|event| Link::new(event, &spans))
                .collect(),
            outcomes,
            spans,
            state_of_pair: (0..mdp.pairs()).map(state_of).collect(),
            initial: Initial::new(mdp.initial()),
            horizon: sampling.steps(),
            kept: KEPT,
            part: PART,
        })
    }

    /// Keeps steps up to so many, a multiple of those of a part.
    #[cfg(test)]
    pub(crate) fn keeping(self, kept: usize, part: usize) -> Simulator {
        Simulator { kept, part, ..self }
    }

    /// The state of a pair.
    #[inline(always)]
    pub fn state_of(&self, pair: u32) -> u32 {
        self.state_of_pair[pair as usize]
    }

    /// The outcome of a number that a walk has given.
    #[inline(always)]
    pub fn event(&self, outcome: u32) -> Event {
        self.outcomes[outcome as usize]
    }

    /// Number of outcomes with positive probability, over all states.
    pub fn outcomes(&self) -> usize {
        self.outcomes.len()
    }
}

impl Initial {
    fn new(initial: &[f64]) -> Initial {
        let support = (0..initial.len()).filter(|&s| initial[s] > 0.0);
        let support: Vec<u32> = support.map(|s| s as u32).collect();
        if let [only] = support[..] {
            return Initial::Point(only);
        }
        let weights: Vec<f64> = support.iter().map(|&s| initial[s as usize]).collect();
        let mut tables = Tables::new(weights.len());
        let span = tables.push(&weights);
        Initial::Law(tables, span, support)
    }
}

/// The joint law of (action, outcome) in a state: events of positive probability.
#[derive(Default)]
struct Events {
    events: Vec<Event>,
    weights: Vec<f64>,
}

impl Events {
    fn new(mdp: &Mdp, policy: &Policy, state: usize, survival: f64) -> Events {
        let mut law = Events::default();
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
                law.push(event, pi * outcome.probability * survival);
                law.push(dying, pi * outcome.probability * (1.0 - survival));
            }
        }
        law
    }

    fn push(&mut self, event: Event, probability: f64) {
        if probability > 0.0 {
            self.events.push(event);
            self.weights.push(probability);
        }
    }
}
