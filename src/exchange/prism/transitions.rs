//! `.tra`: the transitions.

use std::collections::{HashMap, HashSet};

use super::super::ExchangeError;
use super::super::text::Piece;
use super::file::lines;
use crate::mdp::Names;
use crate::model::draft::still;
use crate::model::entries::Entry;
use crate::model::error::{DraftError, ModelError};
use crate::model::names::is_name;
use crate::model::vocabulary::Vocabulary;
use crate::number::Number;

/// The transitions of a file; in place of an action each has its choice.
pub(super) struct Transitions<'t> {
    pub states: usize,
    /// Whether the file has choices; a Markov chain has none.
    pub choices: bool,
    /// The states, and the choices if there are any, that the first line counts; `None` in
    /// Storm's dialect.
    pub announced: Option<Vec<u64>>,
    pub entries: Vec<Entry>,
    /// The word after each transition.
    words: Vec<&'t str>,
}

pub(super) fn read(text: Piece<'_>) -> Result<Transitions<'_>, ModelError> {
    let count = || lines(text).count().saturating_sub(1);
    let mut lines = lines(text);
    let Some(top) = lines.next() else {
        return Err(text
            .to(0)
            .unexpected("the numbers of states, choices and transitions"));
    };
    let header = Header::read(top)?;
    let limit = count();
    // at most: each transition leaves a state and enters another; the first need neither
    let most = limit.saturating_mul(2).saturating_add(1);
    let wrong = |what, announced, found| {
        Err(ModelError::from(ExchangeError::Count {
            what,
            announced,
            found,
            at: Some(top.place()),
        }))
    };
    let bound = match header.states() {
        Some(states) if states > most as u64 => return wrong("states", states, limit),
        Some(states) => states as usize,
        None => most,
    };
    let mut read = Transitions {
        states: bound,
        choices: header.choices,
        announced: None,
        entries: Vec::with_capacity(limit),
        words: Vec::with_capacity(limit),
    };
    for line in lines {
        read.line(line)?;
    }
    read.check_choices()?;
    let Some((&transitions, sizes)) = header.counts.split_last() else {
        let numbers = read.entries.iter().map(|e| e.state.max(e.next));
        read.states = numbers.max().map_or(0, |last| last as usize + 1);
        return Ok(read);
    };
    read.announced = Some(sizes.to_vec());
    if transitions != limit as u64 {
        return wrong("transitions", transitions, limit);
    }
    match sizes.get(1) {
        Some(&choices) if choices != read.count_choices() as u64 => {
            wrong("choices", choices, read.count_choices())
        }
        _ => Ok(read),
    }
}

/// The first line.
struct Header {
    choices: bool,
    /// Of states, of choices if there are any, and of transitions; none in Storm's dialect.
    counts: Vec<u64>,
}

impl Header {
    fn read(line: Piece<'_>) -> Result<Header, ModelError> {
        let expected = "the numbers of states, choices and transitions, or `mdp`";
        let words: Vec<Piece<'_>> = line.words().take(4).collect();
        let choices = match &words[..] {
            [word] if ["mdp", "dtmc"].contains(&word.text) => {
                return Ok(Header {
                    choices: word.text == "mdp",
                    counts: Vec::new(),
                });
            }
            [_, _] => false,
            [_, _, _] => true,
            _ => return Err(line.unexpected(expected)),
        };
        let counts = words.iter().map(|word| word.count(expected));
        Ok(Header {
            choices,
            counts: counts.collect::<Result<_, _>>()?,
        })
    }

    fn states(&self) -> Option<u64> {
        self.counts.first().copied()
    }
}

impl<'t> Transitions<'t> {
    fn line(&mut self, line: Piece<'t>) -> Result<(), ModelError> {
        let mut words = line.words();
        let end = line.from(line.text.len());
        let mut word = || words.next().unwrap_or(end);
        let state = word().index("state", self.states)?;
        let choice = if self.choices {
            word().index("choice", u32::MAX as usize)?
        } else {
            0
        };
        let next = word().index("state", self.states)?;
        let written = word();
        let probability = written.number("probability")?;
        if probability.is_negative() {
            return Err(DraftError::NegativeProbability {
                state: state.to_string(),
                action: choice.to_string(),
                next: next.to_string(),
                found: probability,
            }
            .at(written.place())
            .into());
        }
        self.words.push(word().text);
        if let Some(more) = words.next() {
            return Err(more.unexpected("the end of the line"));
        }
        self.entries.push(Entry {
            state,
            action: choice,
            next,
            probability: Some(probability),
            reward: Number::ZERO,
            at: line.span(),
        });
        Ok(())
    }

    /// An error where the choices of a state are not numbered 0, 1, 2, …
    fn check_choices(&self) -> Result<(), ModelError> {
        let mut order: Vec<u32> = (0..self.entries.len() as u32).collect();
        let pair = |i: &u32| {
            let entry = &self.entries[*i as usize];
            (entry.state, entry.action)
        };
        if !order.is_sorted_by_key(pair) {
            order.sort_by_key(pair);
        }
        let mut before = None;
        for i in &order {
            let (state, choice) = pair(i);
            let fits = match before {
                Some((same, last)) if same == state => choice == last || choice == last + 1,
                _ => choice == 0,
            };
            if !fits {
                let at = self.entries[*i as usize].at;
                return Err(ModelError::from(ExchangeError::Unexpected {
                    expected: "the next choice of the state",
                    found: choice.to_string(),
                    help: Some("the choices of each state are numbered 0, 1, 2, … without gaps"),
                    at: (at.0 as usize, at.1 as usize).into(),
                }));
            }
            before = Some((state, choice));
        }
        Ok(())
    }

    /// How many choices have transitions.
    fn count_choices(&self) -> usize {
        let choices = self.entries.iter().map(|entry| (entry.state, entry.action));
        choices.collect::<HashSet<_>>().len()
    }

    /// Actions in place of choices: the words after the transitions where every choice of a state
    /// has a word of its own, numbers otherwise. What terminal states do has no name. With them
    /// which states are terminal: those given, or else those that only stay.
    pub(super) fn finish(mut self, terminal: Option<Vec<bool>>) -> (Vec<bool>, Names, Vec<Entry>) {
        let ended = terminal.unwrap_or_else(|| still(&self.entries, self.states));
        if !self.named(&ended) {
            let alive = self.entries.iter().filter(|e| !ended[e.state as usize]);
            let count = alive.map(|entry| entry.action as usize + 1).max();
            return (ended, Names::Numbered(count.unwrap_or(0)), self.entries);
        }
        let mut vocabulary = Vocabulary::default();
        let alive = |(entry, _): &(&mut Entry, &&str)| !ended[entry.state as usize];
        for (entry, word) in self.entries.iter_mut().zip(&self.words).filter(alive) {
            entry.action = vocabulary.number(word);
        }
        let (names, place) = vocabulary.finish();
        for entry in &mut self.entries {
            // of an ended state, which is dropped, there may be no such number
            entry.action = place.get(entry.action as usize).copied().unwrap_or(0);
        }
        (ended, names, self.entries)
    }

    /// Whether the words after the transitions can name the actions.
    fn named(&self, ended: &[bool]) -> bool {
        let mut word_of = HashMap::new();
        let rows = self.entries.iter().zip(&self.words);
        let mut rows = rows.filter(|(entry, _)| !ended[entry.state as usize]);
        let consistent = rows.all(|(entry, word)| {
            let choice = (entry.state, entry.action);
            is_name(word) && *word_of.entry(choice).or_insert(*word) == *word
        });
        let mut seen = HashSet::new();
        let mut choices = word_of.iter();
        consistent && choices.all(|((state, _), word)| seen.insert((*state, *word)))
    }
}
