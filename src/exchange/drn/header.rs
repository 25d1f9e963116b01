//! What stands above `@model`.

use std::collections::HashMap;

use miette::SourceSpan;

use super::super::text::Piece;
use super::super::{ExchangeError, Overrides};
use crate::model::error::ModelError;
use crate::number::Number;

pub(super) struct Header<'t> {
    /// As announced; transitions lead to no state beyond.
    pub states: usize,
    announced: Vec<(&'static str, u64, SourceSpan)>,
    placeholders: HashMap<&'t str, Number>,
    /// Which of the rewards in brackets counts.
    reward: Option<usize>,
}

impl<'t> Header<'t> {
    pub(super) fn read(
        lines: &mut impl Iterator<Item = Piece<'t>>,
        overrides: &Overrides,
    ) -> Result<Header<'t>, ModelError> {
        let mut header = Header {
            states: 0,
            announced: Vec::new(),
            placeholders: HashMap::new(),
            reward: None,
        };
        let mut end = Piece::whole("");
        while let Some(line) = lines.next() {
            end = line;
            let mut next = || lines.next().unwrap_or(line.from(line.text.len()));
            match line.text {
                "" => {}
                text if text.starts_with("//") => {}
                "@model" => {
                    let states = header.announced.iter().find(|count| count.0 == "states");
                    let states = states.ok_or_else(|| line.unexpected("`@nr_states` above"))?;
                    header.states = usize::try_from(states.1).unwrap_or(usize::MAX);
                    return Ok(header);
                }
                "@parameters" => header.parameters(next())?,
                "@placeholders" => {}
                "@reward_models" => header.rewards(next(), overrides)?,
                "@nr_states" => header.count("states", next())?,
                "@nr_choices" => header.count("choices", next())?,
                text if text.starts_with('$') => header.placeholder(line)?,
                _ => header.kind(line)?,
            }
        }
        Err(end.unexpected("`@model` and the model below it"))
    }

    fn count(&mut self, what: &'static str, line: Piece<'t>) -> Result<(), ModelError> {
        let announced = line.count("how many there are")?;
        self.announced.push((what, announced, line.place()));
        Ok(())
    }

    fn parameters(&self, line: Piece<'t>) -> Result<(), ModelError> {
        match line.text.is_empty() {
            true => Ok(()),
            false => Err(ModelError::Exchange(ExchangeError::Unsupported {
                what: "a model with parameters",
                help: "instantiate them in Storm before the export",
                at: Some(line.place()),
            })),
        }
    }

    /// The names of the reward models; one of them counts.
    fn rewards(&mut self, line: Piece<'t>, overrides: &Overrides) -> Result<(), ModelError> {
        let names: Vec<&str> = line.words().map(|word| word.text).collect();
        self.reward = match (&overrides.reward_model, &names[..]) {
            (Some(wanted), _) => {
                let position = names.iter().position(|name| name == wanted);
                Some(position.ok_or_else(|| ExchangeError::UnknownName {
                    what: "reward model",
                    found: wanted.clone(),
                    help: format!("the file has: {}", names.join(", ")),
                    at: Some(line.place()),
                })?)
            }
            (None, []) => None,
            (None, [_]) => Some(0),
            (None, names) => {
                let names = crate::model::error::NameList::of(names.iter().copied());
                return Err(ModelError::Exchange(ExchangeError::SeveralRewards {
                    names: names.to_string(),
                }));
            }
        };
        Ok(())
    }

    /// `$name : value`.
    fn placeholder(&mut self, line: Piece<'t>) -> Result<(), ModelError> {
        let Some((name, value)) = line.split(':') else {
            return Err(line.unexpected("a placeholder `$name : value`"));
        };
        let value = self.number(value.trim(), "placeholder")?;
        self.placeholders.insert(name.trim().text, value);
        Ok(())
    }

    /// `@type: MDP` or `@value_type: double`.
    fn kind(&self, line: Piece<'t>) -> Result<(), ModelError> {
        let Some((key, value)) = line.split(':') else {
            return Err(line.unexpected("`@model` or another line of the header"));
        };
        let value = value.trim();
        match (key.text, value.text) {
            ("@type", "MDP" | "DTMC" | "mdp" | "dtmc") => Ok(()),
            ("@value_type", "double" | "rational") => Ok(()),
            ("@type" | "@value_type", _) => Err(ModelError::Exchange(ExchangeError::Unsupported {
                what: "this type of model",
                help: "MDP and DTMC are read, with numbers of the type double or rational",
                at: Some(value.place()),
            })),
            _ => Err(line.unexpected("`@model` or another line of the header")),
        }
    }

    /// A number or a placeholder for one.
    pub(super) fn number(&self, word: Piece<'t>, what: &'static str) -> Result<Number, ModelError> {
        if !word.text.starts_with('$') {
            return word.number(what);
        }
        let value = self.placeholders.get(word.text).cloned();
        value.ok_or_else(|| word.unexpected("a number or a placeholder of the header"))
    }

    /// The reward that counts from `[1, 2] …`, 0 where there are no brackets, and what follows.
    pub(super) fn reward(&self, line: Piece<'t>) -> Result<(Number, Piece<'t>), ModelError> {
        let Some(list) = line.strip_prefix("[") else {
            return Ok((Number::ZERO, line));
        };
        let (mut list, rest) = list
            .split(']')
            .ok_or_else(|| line.unexpected("`]` after the rewards"))?;
        // models without names have one reward
        let mut reward = Number::ZERO;
        for i in 0.. {
            let (word, more) = match list.split(',') {
                Some((word, more)) => (word, Some(more)),
                None => (list, None),
            };
            if i == self.reward.unwrap_or(0) {
                reward = self.number(word.trim(), "reward")?;
            }
            match more {
                Some(more) => list = more,
                None => break,
            }
        }
        Ok((reward, rest.trim()))
    }

    /// Whether as many were found as announced.
    pub(super) fn check(&self, what: &'static str, found: usize) -> Result<(), ModelError> {
        let wrong =
            |count: &&(&'static str, u64, SourceSpan)| count.0 == what && count.1 != found as u64;
        match self.announced.iter().find(wrong) {
            None => Ok(()),
            Some(&(what, announced, at)) => Err(ModelError::Exchange(ExchangeError::Count {
                what,
                announced,
                found,
                at: Some(at),
            })),
        }
    }
}
