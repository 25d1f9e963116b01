//! `.srew` and `.trew`: rewards.

use super::super::text::Piece;
use super::lines;
use super::transitions::Transitions;
use crate::model::error::ModelError;
use crate::model::read::sum;
use crate::number::Number;

/// The lines below the counts.
fn rows(text: Piece<'_>) -> impl Iterator<Item = Piece<'_>> {
    lines(text).skip(1)
}

/// Adds `.srew`: the reward of a state is paid whenever it is left.
pub(super) fn of_states(text: Piece<'_>, read: &mut Transitions<'_>) -> Result<(), ModelError> {
    let mut rewards = vec![Number::ZERO; read.states];
    for line in rows(text) {
        let mut words = line.words();
        let end = line.from(line.text.len());
        let state = words.next().unwrap_or(end).index("state", read.states)?;
        rewards[state as usize] = words.next().unwrap_or(end).number("reward")?;
        if let Some(more) = words.next() {
            return Err(more.unexpected("the end of the line"));
        }
    }
    for entry in &mut read.entries {
        let reward = &rewards[entry.state as usize];
        if !reward.is_zero() {
            entry.reward = sum([&entry.reward, reward].into_iter());
        }
    }
    Ok(())
}

/// Adds `.trew`: the reward of a transition.
pub(super) fn of_transitions(
    text: Piece<'_>,
    read: &mut Transitions<'_>,
) -> Result<(), ModelError> {
    let key = |e: &crate::model::transitions::Entry| (e.state, e.action, e.next);
    let mut order: Vec<u32> = (0..read.entries.len() as u32).collect();
    order.sort_by_key(|&i| key(&read.entries[i as usize]));
    for line in rows(text) {
        let mut words = line.words();
        let end = line.from(line.text.len());
        let mut word = || words.next().unwrap_or(end);
        let state = word().index("state", read.states)?;
        let choice = match read.choices {
            true => word().index("choice", u32::MAX as usize)?,
            false => 0,
        };
        let next = word().index("state", read.states)?;
        let reward = word().number("reward")?;
        if let Some(more) = words.next() {
            return Err(more.unexpected("the end of the line"));
        }
        let wanted = (state, choice, next);
        let first = order.partition_point(|&i| key(&read.entries[i as usize]) < wanted);
        let same = order[first..]
            .iter()
            .take_while(|&&i| key(&read.entries[i as usize]) == wanted);
        let same: Vec<u32> = same.copied().collect();
        if same.is_empty() && !reward.is_zero() {
            return Err(line.unexpected("a transition that the .tra file has"));
        }
        for i in same {
            let entry = &mut read.entries[i as usize];
            entry.reward = sum([&entry.reward, &reward].into_iter());
        }
    }
    Ok(())
}
