//! What stands above `@model`.

use std::collections::HashMap;

use miette::SourceSpan;

use super::super::reward_model::{chosen, named};
use super::super::text::{Lines, Piece};
use super::super::{ExchangeError, Overrides};
use crate::model::error::{ModelError, NameList};
use crate::number::Number;

pub(super) struct Header<'t> {
    /// All that is read, from its first line on.
    text: &'t str,
    /// As announced; transitions lead to no state beyond.
    pub states: usize,
    announced: Vec<(&'static str, u64, SourceSpan)>,
    /// Where `@type` stands, and whether it is a Markov chain's.
    kind: Option<(Piece<'t>, bool)>,
    /// Each with the line that says it.
    placeholders: HashMap<&'t str, (Number, Piece<'t>)>,
    /// The names of the reward models; an empty one is a name.
    rewards: Vec<&'t str>,
    /// Which of them counts.
    reward: usize,
}

impl<'t> Header<'t> {
    pub(super) fn read(
        lines: &mut Lines<'t>,
        overrides: &Overrides,
    ) -> Result<Header<'t>, ModelError> {
        let mut header = Header {
            text: lines.rest().map_or("", |rest| rest.text),
            states: 0,
            announced: Vec::new(),
            kind: None,
            placeholders: HashMap::new(),
            rewards: Vec::new(),
            reward: 0,
        };
        let mut end = Piece::whole("");
        while let Some(line) = lines.next() {
            end = line;
            let end_of_line = line.from(line.text.len());
            match line.text {
                "" => {}
                text if text.starts_with("//") => {}
                "@model" => {
                    let states = header.announced.iter().find(|count| count.0 == "states");
                    let states = states.ok_or_else(|| line.unexpected("`@nr_states` above"))?;
                    header.states = usize::try_from(states.1).unwrap_or(usize::MAX);
                    return header.choosing(overrides);
                }
                "@parameters" => header.parameters(lines.next().unwrap_or(end_of_line))?,
                "@placeholders" => {}
                "@reward_models" => header.rewards(lines.raw().unwrap_or(line.to(0)), overrides)?,
                "@nr_states" => header.count("states", lines.next().unwrap_or(end_of_line))?,
                "@nr_choices" => header.count("choices", lines.next().unwrap_or(end_of_line))?,
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
        if line.text.is_empty() {
            Ok(())
        } else {
            Err(ModelError::from(ExchangeError::Unsupported {
                what: "a model with parameters",
                help: "instantiate them in Storm before the export".into(),
                at: Some(line.place()),
            }))
        }
    }

    /// The names of the reward models as Storm writes them, each with a blank behind it: what stands
    /// between single blanks, less the last, empty piece. One of them counts.
    fn rewards(&mut self, line: Piece<'t>, overrides: &Overrides) -> Result<(), ModelError> {
        let mut names: Vec<&str> = line.text.split(' ').collect();
        if names.last() == Some(&"") {
            names.pop();
        }
        let found = overrides.reward_model.as_deref();
        self.reward = chosen(&names, found, Some(line.place()))?;
        self.rewards = names;
        Ok(())
    }

    /// The header, where a reward model that is asked for can be chosen at all.
    fn choosing(self, overrides: &Overrides) -> Result<Header<'t>, ModelError> {
        match &overrides.reward_model {
            Some(wanted) if self.rewards.is_empty() => {
                let found = wanted.clone();
                Err(ModelError::from(ExchangeError::NoRewardModels { found }))
            }
            _ => Ok(self),
        }
    }

    /// `$name : value`.
    fn placeholder(&mut self, line: Piece<'t>) -> Result<(), ModelError> {
        let Some((name, value)) = line.split(':') else {
            return Err(line.unexpected("a placeholder `$name : value`"));
        };
        let value = self.number(value.trim(), "placeholder")?;
        let name = name.trim().text;
        match self.placeholders.insert(name, (value, line)) {
            Some((_, first)) => Err(line.twice(format!("`{name}`"), first, self.text)),
            None => Ok(()),
        }
    }

    /// `@type: MDP` or `@value_type: double`.
    fn kind(&mut self, line: Piece<'t>) -> Result<(), ModelError> {
        let Some((key, value)) = line.split(':') else {
            return Err(line.unexpected("`@model` or another line of the header"));
        };
        let value = value.trim();
        match (key.text, value.text) {
            ("@type", name @ ("MDP" | "DTMC" | "mdp" | "dtmc")) => {
                if let Some((first, _)) = self.kind {
                    return Err(value.twice("`@type`".into(), first, self.text));
                }
                self.kind = Some((value, name.eq_ignore_ascii_case("dtmc")));
                Ok(())
            }
            ("@value_type", "double" | "rational" | "double-interval" | "rational-interval") => {
                Ok(())
            }
            ("@type" | "@value_type", _) => Err(ModelError::from(ExchangeError::Unsupported {
                what: "this type of model",
                help: "MDP and DTMC are read, with numbers of the type double or rational, or intervals of those".into(),
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
        let value = self
            .placeholders
            .get(word.text)
            .map(|known| known.0.clone());
        value.ok_or_else(|| word.unexpected("a number or a placeholder of the header"))
    }

    /// `[0.4, 0.9]`, or one number for both ends.
    pub(super) fn interval(
        &self,
        word: Piece<'t>,
        what: &'static str,
    ) -> Result<(Number, Number), ModelError> {
        let Some(ends) = word.strip_prefix("[") else {
            let number = self.number(word, what)?;
            return Ok((number.clone(), number));
        };
        let ends = ends
            .split(']')
            .filter(|(_, rest)| rest.text.trim().is_empty());
        let ends = ends.and_then(|(ends, _)| ends.split(','));
        let (low, high) = ends.ok_or_else(|| word.unexpected("an interval `[0.4, 0.9]`"))?;
        Ok((
            self.number(low.trim(), what)?,
            self.number(high.trim(), what)?,
        ))
    }

    /// The rewards that stand as intervals `[[1, 1], [0, 0]]`, as Storm writes them for models of intervals, and
    /// what follows; `None` where they are numbers.
    fn intervals(&self, line: Piece<'t>) -> Result<Option<(Number, Piece<'t>)>, ModelError> {
        if !line.text.starts_with("[[") {
            return Ok(None);
        }
        let end = line.text.find("]]");
        let end = end.ok_or_else(|| line.unexpected("`]]` after the rewards"))?;
        let (list, rest) = (line.to(end + 1).from(1), line.from(end + 2));
        let mut given = 0;
        let mut reward = Number::ZERO;
        let mut left = Some(list);
        while let Some(list) = left {
            let (one, after) = list
                .split(']')
                .ok_or_else(|| list.unexpected("`]` after an interval"))?;
            let one = one.trim();
            let closed = list.to(list.text.len() - after.text.len()).trim();
            let (low, high) = self.interval(closed, "reward")?;
            if low != high {
                return Err(ModelError::from(ExchangeError::Unsupported {
                    what: "a reward within an interval",
                    help: "write rewards as numbers; probabilities may be intervals".into(),
                    at: Some(one.place()),
                }));
            }
            if given == self.reward {
                reward = low;
            }
            given += 1;
            let more = after.trim().strip_prefix(",");
            left = more.map(|more| more.trim());
        }
        self.one_each(given, line)?;
        Ok(Some((reward, rest.trim())))
    }

    /// Errors unless there are as many rewards as reward models; a file without names may have one.
    fn one_each(&self, given: usize, line: Piece<'t>) -> Result<(), ModelError> {
        if given == self.rewards.len() || (self.rewards.is_empty() && given == 1) {
            return Ok(());
        }
        Err(ModelError::from(ExchangeError::Brackets {
            found: given,
            expected: self.models(),
            at: line.place(),
        }))
    }

    /// The reward that counts from `[1, 2] …`, 0 where there are no brackets, and what follows.
    pub(super) fn reward(&self, line: Piece<'t>) -> Result<(Number, Piece<'t>), ModelError> {
        let Some(list) = line.strip_prefix("[") else {
            return Ok((Number::ZERO, line));
        };
        if let Some(found) = self.intervals(line)? {
            return Ok(found);
        }
        let (list, rest) = list
            .split(']')
            .ok_or_else(|| line.unexpected("`]` after the rewards"))?;
        let given = if list.text.trim().is_empty() {
            0
        } else {
            list.text.split(',').count()
        };
        self.one_each(given, line)?;
        let mut reward = Number::ZERO;
        let mut list = Some(list).filter(|_| given > 0);
        for i in 0.. {
            let Some(left) = list else { break };
            let split = left.split(',');
            let (word, more) = split.map_or((left, None), |(word, more)| (word, Some(more)));
            if i == self.reward {
                reward = self.number(word.trim(), "reward")?;
            }
            list = more;
        }
        Ok((reward, rest.trim()))
    }

    /// Whether each choice has one reward: of the only reward model, or of a file without names.
    pub(super) fn has_one_reward(&self) -> bool {
        self.rewards.len() <= 1
    }

    /// The reward models, in words.
    fn models(&self) -> String {
        match self.rewards[..] {
            [] => "a file without reward models".into(),
            [only] => format!("the reward model `{only}`"),
            _ => {
                let names = NameList::of(self.rewards.iter().map(|name| named(name)));
                format!("the {} reward models {names}", self.rewards.len())
            }
        }
    }

    /// Whether as many were found as announced.
    pub(super) fn check(&self, what: &'static str, found: usize) -> Result<(), ModelError> {
        if let ("choices", Some((kind, true))) = (what, self.kind)
            && found > self.states
        {
            return Err(kind.unexpected("`MDP`, as states have several choices"));
        }
        let wrong =
            |count: &&(&'static str, u64, SourceSpan)| count.0 == what && count.1 != found as u64;
        match self.announced.iter().find(wrong) {
            None => Ok(()),
            Some(&(what, announced, at)) => Err(ModelError::from(ExchangeError::Count {
                what,
                announced,
                found,
                at: Some(at),
            })),
        }
    }
}
