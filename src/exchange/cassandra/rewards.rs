//! `R:`: rewards, single, by rows and as matrices; the last one that fits counts.

use std::collections::HashMap;

use super::model::{Sizes, Which, not_seen, too_many};
use super::tokens::Tokens;
use crate::model::error::ModelError;
use crate::number::Number;

/// Rewards by (action, state, next state, observation), each of which may be all.
#[derive(Default)]
pub(super) struct Rewards {
    /// The place in the file, and the reward.
    given: HashMap<Key, (usize, Number)>,
    count: usize,
}

/// Action, state, next state, observation.
type Key = (Which, Which, Which, Which);

impl Rewards {
    /// `: a : s : s' r`, `: a : s : s' : * r`, `: a : s  row` or `: a  matrix`; with observations
    /// `: a : s : s' : o r`, `: a : s : s'  row` or `: a : s  matrix`.
    pub(super) fn read(
        &mut self,
        tokens: &mut Tokens<'_>,
        sizes: &Sizes<'_>,
    ) -> Result<(), ModelError> {
        tokens.colon()?;
        let action = sizes.actions_of(tokens.needed()?)?;
        let count = sizes.states.len() as u32;
        if !tokens.takes_colon() {
            for state in 0..count {
                self.row((action, Some(state)), count, tokens, sizes)?;
            }
            return Ok(());
        }
        let state = sizes.states_of(tokens.needed()?)?;
        let seen = sizes.observations.len() as u32;
        if !tokens.takes_colon() {
            return match seen {
                0 => self.row((action, state), count, tokens, sizes),
                seen => (0..count).try_for_each(|next| {
                    self.by_observation((action, state, Some(next)), seen, tokens, sizes)
                }),
            };
        }
        let next = sizes.states_of(tokens.needed()?)?;
        if tokens.takes_colon() {
            let word = tokens.needed()?;
            let seen = match (word.text, seen) {
                ("*", _) => None,
                (_, 0) => return Err(not_seen(word)),
                _ => sizes.observations_of(word)?,
            };
            return self.give((action, state, next, seen), tokens, sizes);
        }
        match seen {
            0 => self.give((action, state, next, None), tokens, sizes),
            seen => self.by_observation((action, state, next), seen, tokens, sizes),
        }
    }

    fn by_observation(
        &mut self,
        (action, state, next): (Which, Which, Which),
        seen: u32,
        tokens: &mut Tokens<'_>,
        sizes: &Sizes<'_>,
    ) -> Result<(), ModelError> {
        (0..seen).try_for_each(|o| self.give((action, state, next, Some(o)), tokens, sizes))
    }

    fn row(
        &mut self,
        (action, state): (Which, Which),
        count: u32,
        tokens: &mut Tokens<'_>,
        sizes: &Sizes<'_>,
    ) -> Result<(), ModelError> {
        (0..count).try_for_each(|next| self.give((action, state, Some(next), None), tokens, sizes))
    }

    fn give(
        &mut self,
        key: Key,
        tokens: &mut Tokens<'_>,
        sizes: &Sizes<'_>,
    ) -> Result<(), ModelError> {
        let word = tokens.needed()?;
        let reward = word.number("R")?;
        self.count += 1;
        if self.count > sizes.limit {
            return Err(too_many(sizes.limit, word.place()));
        }
        self.given.insert(key, (self.count, reward));
        Ok(())
    }

    /// r(s, a, s', o), minus what is written where those are costs; 0 where nothing is.
    pub(super) fn of(&self, [a, s, next, o]: [u32; 4], costs: bool) -> Number {
        let all = |x: u32| [Some(x), None];
        let keys = all(a).into_iter().flat_map(move |a| {
            let rest = all(s).into_iter().flat_map(move |s| {
                let rest = all(next).into_iter();
                rest.flat_map(move |next| all(o).map(move |o| (s, next, o)))
            });
            rest.map(move |(s, next, o)| (a, s, next, o))
        });
        let given = keys.filter_map(|key| self.given.get(&key));
        match given.max_by_key(|given| given.0) {
            Some((_, cost)) if costs => Number::from(-cost.to_rational()),
            Some((_, reward)) => reward.clone(),
            None => Number::ZERO,
        }
    }
}
