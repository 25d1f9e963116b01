//! `garnet:`: random MDPs with sparse transitions, from a seed.
//!
//! For each pair `branching` distinct next states are drawn, all sets being equally likely, and
//! the unit interval is cut at as many points less one; the pieces are the probabilities
//! (Archibald, McKinnon & Thomas 1995; Bhatnagar et al. 2009). All numbers are exact, in
//! millionths, and come from ChaCha8 in a fixed way: a seed means the same model for ever.

use std::collections::BTreeSet;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::Share;
use super::draft::Draft;
use super::table::PairTable;
use crate::mdp::{Names, OutcomeTable, Space};
use crate::memory;
use crate::number::Number;

/// Denominator of all generated numbers; a choice.
const UNIT: u64 = 1_000_000;

/// How rewards are drawn, one per pair.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RewardKind {
    /// Standard normal.
    #[default]
    Normal,
    /// Uniform on [0, 1).
    Uniform,
}

/// What a garnet is made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GarnetOptions {
    /// Number of states, terminal ones included.
    pub states: usize,
    /// Number of actions of every state that is not terminal.
    pub actions: usize,
    /// Number of next states of every pair.
    pub branching: usize,
    /// Seed of the generator.
    pub seed: u64,
    /// Number of terminal states, the last ones.
    pub terminal: usize,
    /// Distribution of r(s, a).
    pub reward: RewardKind,
}

/// Sizes of which no garnet can be made.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum GarnetError {
    /// No states or actions, or no next states.
    #[error("`states`, `actions` and `branching` must be at least 1")]
    Empty,
    /// More next states than states, or than probabilities.
    #[error(
        "`branching` is {branching}, but there are {states} states (and at most {UNIT} branches)"
    )]
    Branching {
        /// How many successors were asked for.
        branching: usize,
        /// How many states were asked for.
        states: usize,
    },
    /// Terminal states only.
    #[error("`terminal` is {terminal} of {states} states; one must be left")]
    Terminal {
        /// How many terminal states were asked for.
        terminal: usize,
        /// How many states were asked for.
        states: usize,
    },
    /// More than fits into the memory of this machine.
    #[error(
        "states × actions × branching is {outcomes:.1e}, which takes about {bytes:.1e} bytes: more memory than is free"
    )]
    TooLarge {
        /// How many outcomes are asked for.
        outcomes: f64,
        /// What they take, about.
        bytes: f64,
    },
}

/// A random model; rewards depend on (s, a) alone. States and actions are named "0", "1", …, and
/// episodes start in all states that are not terminal alike. What is maximised is left to say.
///
/// ```
/// use exact_mdp::model::{GarnetOptions, RewardKind, garnet};
///
/// let options = GarnetOptions {
///     states: 10,
///     actions: 3,
///     branching: 2,
///     seed: 1,
///     terminal: 0,
///     reward: RewardKind::Normal,
/// };
/// let model = garnet(&options)?.discount("0.9").check()?;
/// assert_eq!(model.outcomes().pairs(), 30);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If there is no garnet of these sizes.
pub fn garnet(options: &GarnetOptions) -> Result<Draft, GarnetError> {
    let made = outcomes(options, None)?;
    let mut draft = Draft::new(options.states, options.actions)
        .named("garnet")
        .start_uniformly();
    draft.made = Some(made);
    Ok(draft)
}

/// The pairs and outcomes of a garnet, those of the share; all are drawn, from one stream.
pub(crate) fn outcomes(
    options: &GarnetOptions,
    share: Option<Share>,
) -> Result<PairTable, GarnetError> {
    let kept = Share::kept(share, options.states);
    check(options, kept.len())?;
    let alive = options.states - options.terminal;
    let (pairs, branching) = (alive * options.actions, options.branching);
    let own = kept.len() * options.actions * branching + pairs;
    let mut random = Random::new(options.seed);
    let mut rewards = Vec::with_capacity(pairs);
    let mut ends = Vec::with_capacity(pairs + 1);
    ends.push(0);
    let mut next = Vec::with_capacity(own.min(pairs * branching));
    let mut parts: Vec<u32> = Vec::with_capacity(next.capacity());
    let mut set = Vec::new();
    for pair in 0..pairs {
        let reward = match options.reward {
            RewardKind::Normal => random.normal(),
            RewardKind::Uniform => millionths(random.below(UNIT) as i64),
        };
        random.subset(branching as u64, options.states as u64, &mut set);
        let state = pair / options.actions;
        if !kept.contains(&state) {
            random.subset(branching as u64 - 1, UNIT - 1, &mut set);
            rewards.push(Number::ZERO);
            next.push(state as u32);
            parts.push(UNIT as u32);
            ends.push(next.len());
            continue;
        }
        rewards.push(reward);
        next.extend(set.iter().map(|&state| state as u32));
        random.subset(branching as u64 - 1, UNIT - 1, &mut set);
        let cuts = set.iter().map(|cut| cut + 1).chain([UNIT]);
        let mut start = 0;
        for cut in cuts {
            parts.push((cut - start) as u32);
            start = cut;
        }
        ends.push(next.len());
    }
    let part = |part: u32| millionths(i64::from(part));
    let outcomes = OutcomeTable::of_codes(ends, next, (parts, UNIT as u32), part, rewards);
    let start = (0..=options.states).map(|s| s.min(alive) * options.actions);
    let every = 0..options.actions as u32;
    let pair_action = (0..alive).flat_map(|_| every.clone());
    let states = Names::Numbered(options.states);
    let actions = Names::Numbered(options.actions);
    Ok(PairTable {
        space: Space::of_rows(states, actions, start.collect(), pair_action.collect()),
        outcomes,
        inexact: Vec::new(),
        warnings: Vec::new(),
    })
}

fn check(options: &GarnetOptions, kept: usize) -> Result<(), GarnetError> {
    let &GarnetOptions {
        states,
        actions,
        branching,
        terminal,
        ..
    } = options;
    if states.min(actions).min(branching) == 0 {
        return Err(GarnetError::Empty);
    }
    let pairs = kept as f64 * actions as f64;
    let outcomes = pairs * branching as f64;
    let bytes = memory::bytes(pairs, outcomes);
    if states > u32::MAX as usize || !memory::suffices(bytes) {
        return Err(GarnetError::TooLarge { outcomes, bytes });
    }
    if branching > states || branching as u64 > UNIT {
        return Err(GarnetError::Branching { branching, states });
    }
    if terminal >= states {
        return Err(GarnetError::Terminal { terminal, states });
    }
    Ok(())
}

/// Draws that depend on the seed and on nothing else, not on the version of a library either.
struct Random(ChaCha8Rng);

impl Random {
    fn new(seed: u64) -> Random {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        Random(ChaCha8Rng::from_seed(bytes))
    }

    /// Uniform on 0 … bound − 1: the leading bits, again until they are below the bound.
    fn below(&mut self, bound: u64) -> u64 {
        let bits = u64::BITS - (bound - 1).leading_zeros();
        loop {
            let drawn = self.0.next_u64().checked_shr(u64::BITS - bits).unwrap_or(0);
            if drawn < bound {
                return drawn;
            }
        }
    }

    /// A set of numbers below a bound, ascending, all sets of the size equally likely (Floyd's algorithm).
    fn subset(&mut self, size: u64, bound: u64, set: &mut Vec<u64>) {
        // 4,096 numbers took 0.33 µs each in an ordered list, 0.53 in a tree (29 November 2026)
        const FEW: u64 = 4096;
        // a few numbers are put in order where they stand, without a search and a call to move the others
        const SHORT: u64 = 16;
        set.clear();
        if size > FEW {
            let mut tree = BTreeSet::new();
            for last in bound - size..bound {
                let drawn = self.below(last + 1);
                tree.insert(if tree.contains(&drawn) { last } else { drawn });
            }
            return set.extend(tree);
        }
        if size > SHORT {
            for last in bound - size..bound {
                let drawn = self.below(last + 1);
                match set.binary_search(&drawn) {
                    Ok(_) => set.push(last),
                    Err(at) => set.insert(at, drawn),
                }
            }
            return;
        }
        for last in bound - size..bound {
            let drawn = self.below(last + 1);
            let drawn = if set.contains(&drawn) { last } else { drawn };
            // no branch: which of two is larger is anyone's guess
            let mut larger = drawn;
            for number in set.iter_mut() {
                (*number, larger) = (larger.min(*number), larger.max(*number));
            }
            set.push(larger);
        }
    }

    /// Standard normal, rounded to millionths (the polar method).
    fn normal(&mut self) -> Number {
        let mut signed = || (self.0.next_u64() >> 11) as f64 / (1u64 << 52) as f64 - 1.0;
        loop {
            let (x, y) = (signed(), signed());
            let square = x * x + y * y;
            if square > 0.0 && square < 1.0 {
                let normal = x * (-2.0 * square.ln() / square).sqrt();
                return millionths((normal * UNIT as f64).round() as i64);
            }
        }
    }
}

fn millionths(x: i64) -> Number {
    Number::ratio(x, UNIT).unwrap_or(Number::ZERO)
}
