//! `.srew` and `.trew`: rewards.

use super::super::ExchangeError;
use super::super::text::Piece;
use super::file::lines;
use super::transitions::Transitions;
use crate::model::distribution::sum;
use crate::model::draft::paying_end;
use crate::model::error::ModelError;
use crate::number::Number;

/// The rows below the counts, `counted` of states and choices and then their own; all lines in
/// Storm's dialect, which counts nothing.
///
/// # Errors
/// Where the counts are not those of the `.tra` file, or not those of the rows: what stands in
/// their place may be a row.
fn rows<'t>(
    text: Piece<'t>,
    read: &Transitions<'_>,
    counted: usize,
) -> Result<impl Iterator<Item = Piece<'t>> + use<'t>, ModelError> {
    let mut rows = lines(text);
    let Some(announced) = &read.announced else {
        return Ok(rows);
    };
    let Some(top) = rows.next() else {
        return Err(counts(text.to(0)));
    };
    let found: Vec<Piece<'_>> = top.words().take(counted + 2).collect();
    let found: Vec<u64> = (found.iter().map(|word| word.count("a count")))
        .collect::<Result<_, _>>()
        .map_err(|_| counts(top))?;
    let below = lines(text).count() - 1;
    match found.split_last() {
        Some((&last, sizes)) if sizes == &announced[..counted] => {
            if last == below as u64 {
                Ok(rows)
            } else {
                Err(ModelError::from(ExchangeError::Count {
                    what: "rewards",
                    announced: last,
                    found: below,
                    at: Some(top.place()),
                }))
            }
        }
        _ => Err(counts(top)),
    }
}

fn counts(found: Piece<'_>) -> ModelError {
    ModelError::from(ExchangeError::Unexpected {
        expected: "the counts of the `.tra` file and the number of rewards",
        found: found.text.into(),
        help: Some(
            "rewards begin with `states rewards` (.srew) or `states choices rewards` (.trew, without choices for a Markov chain); only beside a `.tra` file in Storm's dialect, which begins with `mdp` or `dtmc`, they do not",
        ),
        at: found.place(),
    })
}

/// Adds `.srew`: the reward of a state is paid whenever it is left. What a terminal state pays that is never left
/// becomes a row, for the check of the model to find.
pub(super) fn of_states(
    text: Piece<'_>,
    read: &mut Transitions<'_>,
    terminal: Option<&[bool]>,
) -> Result<(), ModelError> {
    let mut acts = vec![false; read.states];
    for entry in &read.entries {
        acts[entry.state as usize] = true;
    }
    let mut paying = Vec::new();
    let mut rewards = vec![Number::ZERO; read.states];
    for line in rows(text, read, 1)? {
        let mut words = line.words();
        let end = line.from(line.text.len());
        let state = words.next().unwrap_or(end).index("state", read.states)?;
        let reward = words.next().unwrap_or(end).number("reward")?;
        if let Some(more) = words.next() {
            return Err(more.unexpected("the end of the line"));
        }
        let is_silent = !acts[state as usize] && terminal.is_some_and(|x| x[state as usize]);
        if is_silent && !reward.is_zero() {
            paying.push(paying_end(state, 0, reward.clone(), line.span()));
        }
        rewards[state as usize] = reward;
    }
    for entry in &mut read.entries {
        let reward = &rewards[entry.state as usize];
        if !reward.is_zero() {
            entry.reward = sum([&entry.reward, reward].into_iter());
        }
    }
    read.entries.append(&mut paying);
    Ok(())
}

/// Adds `.trew`: the reward of a transition.
pub(super) fn of_transitions(
    text: Piece<'_>,
    read: &mut Transitions<'_>,
) -> Result<(), ModelError> {
    let key = |e: &crate::model::entries::Entry| (e.state, e.action, e.next);
    let mut order: Vec<u32> = (0..read.entries.len() as u32).collect();
    order.sort_by_key(|&i| key(&read.entries[i as usize]));
    let counted = if read.choices { 2 } else { 1 };
    for line in rows(text, read, counted)? {
        let mut words = line.words();
        let end = line.from(line.text.len());
        let mut word = || words.next().unwrap_or(end);
        let state = word().index("state", read.states)?;
        let choice = if read.choices {
            word().index("choice", u32::MAX as usize)?
        } else {
            0
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
