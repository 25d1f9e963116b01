//! What stands below `@model`: states, choices, transitions.

use std::borrow::Cow;
use std::collections::HashSet;

use foldhash::fast::RandomState;

use super::header::Header;
use crate::exchange::ExchangeError;
use crate::exchange::text::Piece;
use crate::exchange::within::{Bounded, Span, between};
use crate::mdp::Names;
use crate::model::distribution::sum;
use crate::model::draft::{Draft, Start, empty_row, paying_end, still};
use crate::model::entries::{Entry, Lacking};
use crate::model::error::{DraftError, ModelError};
use crate::model::names::is_name;
use crate::model::vocabulary::Vocabulary;
use crate::number::Number;

/// The label of states that are terminal.
pub(super) const TERMINAL: &str = "terminal";

/// The first of the labels of a state, and what follows it: a word, or what stands in quotes, a
/// quote in it after a backslash.
fn label(text: Piece<'_>) -> Result<(String, Piece<'_>), ModelError> {
    let Some(quoted) = text.strip_prefix("\"") else {
        let end = text.text.find(char::is_whitespace);
        let end = end.unwrap_or(text.text.len());
        return Ok((text.to(end).text.into(), text.from(end)));
    };
    let mut label = String::new();
    let mut letters = quoted.text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Ok((label, quoted.from(at + 1))),
            '\\' => label.extend(letters.next().map(|(_, letter)| letter)),
            letter => label.push(letter),
        }
    }
    Err(text.unexpected("`\"` after the label"))
}

/// `wait [0, 1]`: the label and the reward of a choice.
pub(super) fn labelled<'t>(
    header: &Header<'t>,
    line: Piece<'t>,
) -> Result<(Piece<'t>, Number), ModelError> {
    let (label, rest) = match line.text.find(" [") {
        Some(at) => (line.to(at), line.from(at + 1)),
        None => (line, line.from(line.text.len())),
    };
    let (reward, after) = header.reward(rest)?;
    if !after.text.is_empty() {
        return Err(after.unexpected("the end of the line"));
    }
    Ok((label.trim(), reward))
}

/// The text of a label with one space for each run of blanks: a name holds no tab.
fn spaced(label: &str) -> Cow<'_, str> {
    if label.contains('\t') {
        let words: Vec<&str> = label.split_whitespace().collect();
        Cow::Owned(words.join(" "))
    } else {
        Cow::Borrowed(label)
    }
}

/// Whether a label names no action.
pub(super) fn is_missing(label: &str) -> bool {
    !is_name(label) || label == "__NOLABEL__"
}

struct Choice<'t> {
    state: u32,
    /// Among the choices of the state.
    place: u32,
    label: Cow<'t, str>,
    /// r(s, a), where it pays.
    pays: Option<Number>,
    /// Where it is written.
    at: (u32, u32),
    /// Whether it leads anywhere.
    leads: bool,
}

/// What stands below `@model`.
pub(super) struct Body<'t, 'h> {
    pub header: &'h Header<'t>,
    /// Names of states from comments.
    names: Vec<String>,
    pub state_reward: Number,
    pub initial: Vec<bool>,
    pub terminal: Vec<bool>,
    choices: Vec<Choice<'t>>,
    /// r(s, a) of the last choice.
    reward: Number,
    /// Outcomes, with the number of the choice in place of an action.
    entries: Vec<Entry>,
    /// The ends of the probabilities of some outcomes, by their number.
    ends: Vec<(usize, Span)>,
    /// What terminal states without a choice pay.
    paying: Vec<Entry>,
}

impl<'t, 'h> Body<'t, 'h> {
    /// Before its first line.
    pub(super) fn new(header: &'h Header<'t>) -> Body<'t, 'h> {
        Body {
            header,
            names: Vec::new(),
            state_reward: Number::ZERO,
            initial: Vec::new(),
            terminal: Vec::new(),
            choices: Vec::new(),
            reward: Number::ZERO,
            entries: Vec::new(),
            ends: Vec::new(),
            paying: Vec::new(),
        }
    }

    /// Reads a line; `begin` is the number of choices when the state began, and is returned anew.
    pub(super) fn line(&mut self, line: Piece<'t>, begin: usize) -> Result<usize, ModelError> {
        if line.text.starts_with(|c: char| c.is_ascii_digit()) {
            self.leading(line, begin)?;
        } else if let Some(comment) = line.strip_prefix("//") {
            self.comment(comment);
        } else if let Some(state) = line.strip_prefix("state ") {
            self.state(state.trim())?;
            return Ok(self.choices.len());
        } else if let Some(action) = line.strip_prefix("action ") {
            let place = (self.choices.len() - begin) as u32;
            self.choice(action.trim(), place)?;
        } else if !line.text.is_empty() {
            self.leading(line, begin)?;
        }
        Ok(begin)
    }

    /// A transition, of the last choice or of a Markov chain, which may leave `action` out.
    fn leading(&mut self, line: Piece<'t>, begin: usize) -> Result<(), ModelError> {
        if self.choices.len() == begin && !self.initial.is_empty() {
            self.open(line.to(0), 0, Number::ZERO);
        }
        self.transition(line)
    }

    /// `//[name]`, after a state.
    pub(super) fn comment(&mut self, comment: Piece<'t>) {
        let name = comment.text.strip_prefix('[');
        let name = name.and_then(|name| name.strip_suffix(']'));
        if let Some(name) = name
            && self.names.len() + 1 == self.initial.len()
        {
            // Storm puts a tab between variables
            self.names.push(spaced(name).into_owned());
        }
    }

    /// `0 [0, 1] init "two words"`.
    pub(super) fn state(&mut self, line: Piece<'t>) -> Result<(), ModelError> {
        let (number, rest) = line
            .split(' ')
            .unwrap_or((line, line.from(line.text.len())));
        let expected = self.initial.len() as u64;
        if number.count("the number of a state")? != expected {
            return Err(number.unexpected("the next number; states are numbered without gaps"));
        }
        if rest.trim().text.starts_with(['!', '{']) {
            return Err(ModelError::from(ExchangeError::Unsupported {
                what: "an exit rate or an observation",
                help: "export a model of the type MDP or DTMC".into(),
                at: Some(rest.trim().place()),
            }));
        }
        let (reward, labels) = self.header.reward(rest.trim())?;
        let (mut starts, mut ends) = (false, false);
        let mut rest = labels.trim();
        while !rest.text.is_empty() {
            let (label, after) = label(rest)?;
            starts |= label == "init";
            ends |= label == TERMINAL;
            rest = after.trim();
        }
        if ends && !reward.is_zero() {
            let state = expected as u32;
            let paying = paying_end(state, 0, reward.clone(), line.span());
            self.paying.push(paying);
        }
        self.state_reward = reward;
        self.initial.push(starts);
        self.terminal.push(ends);
        Ok(())
    }

    /// `wait [0, 1]`.
    fn choice(&mut self, line: Piece<'t>, place: u32) -> Result<(), ModelError> {
        if self.initial.is_empty() {
            return Err(line.unexpected("`state 0` before the first choice"));
        }
        let (label, reward) = labelled(self.header, line)?;
        self.open(label, place, reward);
        Ok(())
    }

    fn open(&mut self, label: Piece<'t>, place: u32, reward: Number) {
        self.reward = sum([&self.state_reward, &reward].into_iter());
        // the choice pays what the state does
        let state = self.initial.len() as u32 - 1;
        self.paying.pop_if(|paying| paying.state == state);
        self.choices.push(Choice {
            state,
            place,
            label: spaced(label.text),
            pays: (!self.reward.is_zero()).then(|| self.reward.clone()),
            at: label.span(),
            leads: false,
        });
    }

    /// `3 : 1/2`.
    fn transition(&mut self, line: Piece<'t>) -> Result<(), ModelError> {
        let Some((next, probability)) = line.split(':') else {
            return Err(line.unexpected("`state`, `action` or a transition `3 : 0.5`"));
        };
        let Some(choice) = self.choices.len().checked_sub(1) else {
            return Err(line.unexpected("`state 0` before the first transition"));
        };
        let next = next.trim().index("state", self.header.states)?;
        let (low, high) = self.header.interval(probability.trim(), "probability")?;
        let probability = low.clone();
        if low != high {
            self.ends.push((self.entries.len(), (low, high)));
        }
        if probability.is_negative() {
            let at = line.place();
            return Err(self.negative(next, probability, at));
        }
        self.choices[choice].leads = true;
        self.entries.push(Entry {
            state: self.choices[choice].state,
            action: choice as u32,
            next,
            probability: Some(probability),
            reward: self.reward.clone(),
            at: line.span(),
        });
        Ok(())
    }

    fn negative(&self, next: u32, found: Number, at: miette::SourceSpan) -> ModelError {
        let state = (self.initial.len() - 1).to_string();
        let choice = self.choices.last();
        DraftError::NegativeProbability {
            state,
            action: choice.map_or(String::new(), |choice| choice.label.to_string()),
            next: next.to_string(),
            found,
        }
        .at(at)
        .into()
    }

    /// p of the choices some of whose outcomes have intervals, and the ends of all outcomes of those.
    fn between(&mut self) -> Result<Vec<Bounded>, ModelError> {
        let mut all = Vec::new();
        let ends = std::mem::take(&mut self.ends).into_iter();
        let ends: Vec<(u32, usize, Span)> = ends
            .map(|(at, ends)| (self.entries[at].action, at, ends))
            .collect();
        for row in ends.chunk_by(|x, y| x.0 == y.0) {
            let choice = row[0].0;
            // the outcomes of a choice stand together
            let first = self.entries.partition_point(|entry| entry.action < choice);
            let last = self.entries.partition_point(|entry| entry.action <= choice);
            let own = |at: usize| row.iter().find(|x| x.1 == at).map(|x| x.2.clone());
            let point = |at: usize| self.entries[at].probability.clone().unwrap_or(Number::ZERO);
            let row: Vec<Span> = (first..last)
                .map(|at| own(at).unwrap_or_else(|| (point(at), point(at))))
                .collect();
            let p = between(&row).map_err(|why| self.no_distribution(first, why))?;
            for ((at, p), ends) in (first..last).zip(p).zip(row) {
                let entry = &mut self.entries[at];
                entry.probability = Some(p);
                let (state, action, next) = (entry.state, entry.action, entry.next);
                all.push(Bounded {
                    state,
                    action,
                    next,
                    ends,
                });
            }
        }
        Ok(all)
    }

    fn no_distribution(&self, at: usize, why: String) -> ModelError {
        let entry = &self.entries[at];
        let (begin, length) = entry.at;
        ModelError::from(ExchangeError::Intervals {
            state: entry.state.to_string(),
            action: self.choices[entry.action as usize].label.to_string(),
            why,
            at: Some((begin as usize, length as usize).into()),
        })
    }

    pub(super) fn finish(mut self, name: String) -> Result<(Draft, Vec<Bounded>), ModelError> {
        let states = self.initial.len();
        self.header.check("states", states)?;
        self.header.check("choices", self.choices.len())?;
        let mut bounded = self.between()?;
        let lost = (0..).zip(&self.choices).filter(|(_, choice)| !choice.leads);
        let lost = lost.map(|(i, choice)| match &choice.pays {
            Some(reward) if self.terminal[choice.state as usize] => {
                paying_end(choice.state, i, reward.clone(), choice.at)
            }
            _ => empty_row(choice.state, i, choice.at),
        });
        self.entries.extend(lost);
        // as long as each choice is a row of its own: one action may name several of a state that ends
        let ended = if self.terminal.contains(&true) {
            self.terminal.clone()
        } else {
            still(&self.entries, states)
        };
        let (actions, action) = self.actions(&ended);
        for entry in &mut self.entries {
            entry.action = action[entry.action as usize];
        }
        for outcome in &mut bounded {
            outcome.action = action[outcome.action as usize];
        }
        // also without a choice
        self.entries.append(&mut self.paying);
        let entries = std::mem::take(&mut self.entries);
        let draft = self.draft(name, ended, actions);
        Ok((Draft { entries, ..draft }, bounded))
    }

    /// All but the outcomes.
    pub(super) fn draft(self, name: String, ended: Vec<bool>, actions: Names) -> Draft {
        let states = self.initial.len();
        let starts = (0..states).filter(|&s| self.initial[s]).collect();
        let mut seen = HashSet::with_hasher(RandomState::default());
        let named = self.names.len() == states
            && self
                .names
                .iter()
                .all(|name| is_name(name) && seen.insert(name));
        let names = if named {
            Names::Listed(self.names)
        } else {
            Names::Numbered(states)
        };
        Draft {
            terminal: Some(ended),
            initial: Start::marked(starts),
            lacking: Lacking::Other,
            ..Draft::of_file(name, names, actions)
        }
    }

    /// The actions, and the action of each choice: its label, or its place where labels are
    /// missing or repeated within a state. What ended states do has no name.
    fn actions(&self, ended: &[bool]) -> (Names, Vec<u32>) {
        let named = || {
            let choices = self.choices.iter();
            choices.filter(|choice| !ended[choice.state as usize])
        };
        let mut seen = HashSet::with_hasher(RandomState::default());
        let labelled = named().all(|choice| {
            !is_missing(&choice.label) && seen.insert((choice.state, &*choice.label))
        });
        if !labelled {
            let count = named().map(|choice| choice.place + 1).max();
            let places = self.choices.iter().map(|choice| choice.place).collect();
            return (Names::Numbered(count.unwrap_or(0) as usize), places);
        }
        let mut vocabulary = Vocabulary::default();
        let numbers = self.choices.iter().map(|choice| {
            let is_ended = ended[choice.state as usize];
            (!is_ended).then(|| vocabulary.number(&choice.label))
        });
        let numbers: Vec<Option<u32>> = numbers.collect();
        let (names, place) = vocabulary.finish();
        let number = |n: &Option<u32>| n.map_or(0, |n| place[n as usize]);
        (names, numbers.iter().map(number).collect())
    }
}
