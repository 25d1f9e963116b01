//! `R:`: rewards, single, by rows and as matrices; the last one that fits counts.

use std::collections::HashMap;

use super::model::{Sizes, Which, too_many};
use super::tokens::Tokens;
use crate::model::entries::Entry;
use crate::model::error::ModelError;
use crate::number::Number;

/// Rewards by (action, state, next state), each of which may be all.
#[derive(Default)]
pub(super) struct Rewards {
    /// The place in the file, and the reward.
    given: HashMap<(Which, Which, Which), (usize, Number)>,
    count: usize,
}

impl Rewards {
    /// `: a : s : s' r`, `: a : s : s' : * r`, `: a : s  row` or `: a  matrix`.
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
        if !tokens.takes_colon() {
            return self.row((action, state), count, tokens, sizes);
        }
        let next = sizes.states_of(tokens.needed()?)?;
        if tokens.takes_colon() {
            let word = tokens.needed()?;
            if word.text != "*" {
                return Err(super::observed(word));
            }
        }
        self.give((action, state, next), tokens, sizes)
    }

    fn row(
        &mut self,
        (action, state): (Which, Which),
        count: u32,
        tokens: &mut Tokens<'_>,
        sizes: &Sizes<'_>,
    ) -> Result<(), ModelError> {
        (0..count).try_for_each(|next| self.give((action, state, Some(next)), tokens, sizes))
    }

    fn give(
        &mut self,
        key: (Which, Which, Which),
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

    /// Puts the rewards, or minus the costs, on the outcomes.
    pub(super) fn pay(&self, entries: &mut [Entry], costs: bool) {
        for entry in entries {
            let (a, s, n) = (Some(entry.action), Some(entry.state), Some(entry.next));
            let keys = [
                (a, s, n),
                (a, s, None),
                (a, None, n),
                (a, None, None),
                (None, s, n),
                (None, s, None),
                (None, None, n),
                (None, None, None),
            ];
            let given = keys.iter().filter_map(|key| self.given.get(key));
            if let Some((_, reward)) = given.max_by_key(|given| given.0) {
                entry.reward = if costs {
                    Number::from(-reward.to_rational())
                } else {
                    reward.clone()
                };
            }
        }
    }
}
