//! Cassandra's format (`.POMDP`). A model with observations is read as a controller of some nodes sees
//! it ([`crate::model::observed`]).
//!
//! ```text
//! discount: 0.95
//! values: reward                       # or cost
//! states: cold hot                     # or how many
//! actions: wait heat
//! start: 1.0 0.0                       # or uniform, a state, include: …, exclude: …
//! T: heat : cold : hot 0.9             # p(s' | s, a)
//! T: wait : hot  0.5 0.5               # a row, or `uniform`
//! T: wait  identity                    # a matrix, or `uniform`
//! R: wait : hot : * 1                  # r(s, a, s'); as a row or a matrix too
//! observations: chill warm             # partly observable models only
//! O: heat : hot : warm 0.9             # O(o | a, s')
//! ```
//!
//! `*` stands for all; what stands later replaces what stands before. Words between `:` may be
//! names or numbers. A reward may end with an observation, which is `*` where there are none.

mod model;
mod partial;
mod rewards;
mod tokens;
mod write;

pub(super) use write::write;

use self::model::{Chances, Onto, Sizes};
use self::tokens::Tokens;
use super::text::Piece;
use super::{ExchangeError, Overrides};
use crate::mdp::Names;
use crate::model::draft::{Draft, Places, Start};
use crate::model::entries::Lacking;
use crate::model::error::ModelError;
use crate::model::errors::{ModelWarning, Problems};
use crate::model::observed::Seer;
use crate::model::{Model, Objective};
use crate::number::Number;
use crate::yaml::ObservationsError;

/// Reads a file.
pub(crate) fn read(name: String, text: &str, overrides: &Overrides) -> Result<Model, Problems> {
    let mut tokens = Tokens::new(Piece::whole(text));
    let preamble = Preamble::read(&mut tokens, text)?;
    if preamble.costs && overrides.objective == Some(Objective::Minimize) {
        return Err(ModelError::from(ExchangeError::CostsMinimized).into());
    }
    let seen = &preamble.observations;
    let policy = overrides.controller.filter(|_| preamble.observed.is_some());
    let seer = Seer::of(overrides.nodes, policy);
    let seer = seer.map_err(|why| ModelError::from(ObservationsError::other_nodes(why, None)))?;
    let kept = overrides.keep_observations && preamble.observed.is_some() && seer.is_none();
    if let (Some(token), None, false) = (preamble.observed, seer, kept) {
        return Err(model::not_seen(token).into());
    }
    let sizes = Sizes::new(&preamble.states, &preamble.actions, seen, text.len());
    let Tables {
        transitions,
        observations,
        rewards,
        initial,
        started,
    } = Tables::read(&mut tokens, &preamble, &sizes, text)?;
    let mut entries = transitions.finish(preamble.listed);
    let observations = observations.rows();
    let reward = |s, a, next, o| rewards.of([a, s, next, o], preamble.costs);
    for entry in &mut entries {
        let (a, s, next) = (entry.action, entry.state, entry.next);
        let row = observations.get(&(a, next)).map_or(&[][..], |row| &row.0);
        entry.reward = partial::mean(row, |o| reward(s, a, next, o));
    }
    let partly = partial::Partial {
        observations: preamble.observations.clone(),
        listed: preamble.observed.map(|token| token.span()),
        rows: observations,
        reward: &reward,
    };
    let draft = Draft {
        terminal: None,
        entries,
        initial: Start::weighted(initial),
        discount: preamble.discount,
        places: Places {
            discount: preamble.discounted,
            initial: started.map(Piece::span),
        },
        horizon: None,
        lacking: Lacking::Other,
        ..Draft::of_file(name, preamble.states.clone(), preamble.actions.clone())
    };
    let model = draft.finish(overrides)?;
    let model = match seer {
        Some(seer) => partly.seen(&model, seer, overrides)?,
        None if kept => partly.kept(model, overrides)?,
        None => model,
    };
    Ok(if preamble.costs {
        model.with_warning(ModelWarning::CostsNegated)
    } else {
        model
    })
}

/// What stands behind the preamble.
struct Tables<'t, 's, 'n> {
    transitions: Chances<'s, 'n>,
    observations: Chances<'s, 'n>,
    rewards: rewards::Rewards,
    initial: Option<Vec<Number>>,
    started: Option<Piece<'t>>,
}

impl<'t, 's, 'n> Tables<'t, 's, 'n> {
    fn read(
        tokens: &mut Tokens<'t>,
        preamble: &Preamble<'t>,
        sizes: &'s Sizes<'n>,
        text: &str,
    ) -> Result<Tables<'t, 's, 'n>, ModelError> {
        let mut all = Tables {
            transitions: Chances::new(sizes, Onto::States),
            observations: Chances::new(sizes, Onto::Observations),
            rewards: rewards::Rewards::default(),
            initial: preamble.initial(sizes)?,
            started: preamble.started,
        };
        while let Some(token) = tokens.next() {
            match token.text {
                "T" => all.transitions.read(tokens)?,
                "R" => all.rewards.read(tokens, sizes)?,
                "start" => {
                    if let Some(first) = all.started.replace(token) {
                        return Err(token.twice("`start`".into(), first, text));
                    }
                    all.initial = Some(start(tokens, sizes)?);
                }
                "O" if preamble.observed.is_some() => all.observations.read(tokens)?,
                "O" => {
                    return Err(token.unexpected("`observations:` before the first `O:`"));
                }
                _ => return Err(token.unexpected("`T:`, `R:`, `O:` or `start:`")),
            }
        }
        Ok(all)
    }
}

/// The lines at the top, in any order.
struct Preamble<'t> {
    discount: Option<Number>,
    /// Where it stands.
    discounted: Option<(u32, u32)>,
    costs: bool,
    /// Where the actions are listed.
    listed: (u32, u32),
    states: Names,
    actions: Names,
    observations: Names,
    /// Where the observations are listed, if they are.
    observed: Option<Piece<'t>>,
    /// The word `start`, and what follows it.
    started: Option<Piece<'t>>,
    start: Option<Tokens<'t>>,
}

impl<'t> Preamble<'t> {
    fn read(tokens: &mut Tokens<'t>, text: &str) -> Result<Preamble<'t>, ModelError> {
        let mut preamble = Preamble {
            discount: None,
            discounted: None,
            costs: false,
            listed: (0, 0),
            states: Names::Numbered(0),
            actions: Names::Numbered(0),
            observations: Names::Numbered(0),
            observed: None,
            started: None,
            start: None,
        };
        let mut seen: Vec<Piece<'t>> = Vec::new();
        while let Some(token) = tokens.peek() {
            if matches!(token.text, "T" | "R" | "O") {
                break;
            }
            tokens.next();
            if let Some(&first) = seen.iter().find(|first| first.text == token.text) {
                return Err(token.twice(format!("`{}`", token.text), first, text));
            }
            seen.push(token);
            preamble.take(token, tokens)?;
        }
        preamble.check()?;
        Ok(preamble)
    }

    /// What stands behind a key.
    fn take(&mut self, key: Piece<'t>, tokens: &mut Tokens<'t>) -> Result<(), ModelError> {
        match key.text {
            "discount" => {
                tokens.colon()?;
                let word = tokens.needed()?;
                self.discount = Some(word.number("discount")?);
                self.discounted = Some(word.span());
            }
            "values" => {
                tokens.colon()?;
                let word = tokens.needed()?;
                self.costs = match word.text {
                    "reward" | "rewards" => false,
                    "cost" | "costs" => true,
                    _ => return Err(word.unexpected("`reward` or `cost`")),
                };
            }
            "states" => self.states = tokens.names("state")?,
            "actions" => {
                self.listed = key.span();
                self.actions = tokens.names("action")?;
            }
            "start" => {
                self.started = Some(key);
                self.start = Some(tokens.clone());
                tokens.skip_section();
            }
            "observations" => {
                self.observed = Some(key);
                self.observations = tokens.names("observation")?;
            }
            _ => {
                let expected = "`discount:`, `values:`, `states:`, `actions:`, `observations:`, `start:`, `T:` or `R:`";
                return Err(key.unexpected(expected));
            }
        }
        Ok(())
    }

    /// Errors unless there are states and actions.
    fn check(&self) -> Result<(), ModelError> {
        for (names, what) in [(&self.states, "its states"), (&self.actions, "its actions")] {
            if names.is_empty() {
                return Err(ModelError::from(ExchangeError::Missing {
                    what,
                    help: "write `states: cold hot` and `actions: wait heat`, or how many there are, before the first `T:`".into(),
                }));
            }
        }
        Ok(())
    }

    /// ρ₀, of a `start` that may stand before the states that it names; uniform without it.
    fn initial(&self, sizes: &Sizes<'_>) -> Result<Option<Vec<Number>>, ModelError> {
        let Some(mut tokens) = self.start.clone() else {
            return Ok(None);
        };
        start(&mut tokens, sizes).map(Some)
    }
}

/// `: 0.5 0.5`, `: uniform`, `: cold`, ` include: cold hot`, ` exclude: cold`.
fn start(tokens: &mut Tokens<'_>, sizes: &Sizes<'_>) -> Result<Vec<Number>, ModelError> {
    let among = |states: Vec<bool>| {
        let count = states.iter().filter(|chosen| **chosen).count() as u64;
        let share = Number::ratio(1, count)?;
        let weights = states
            .into_iter()
            .map(|chosen| if chosen { share.clone() } else { Number::ZERO });
        Some(weights.collect::<Vec<Number>>())
    };
    // the section is over: what stands behind one state or `uniform` would start nowhere
    let alone = |tokens: &mut Tokens<'_>, states: Vec<bool>| {
        match tokens.word_of_section() {
        Some(more) => Err(more.unexpected(
            "nothing behind one state or `uniform`: several states are `start include: cold hot`, chances one weight for each state, in order",
        )),
        None => Ok(among(states).unwrap_or_default()),
    }
    };
    let count = sizes.states.len();
    let first = tokens.needed()?;
    if let Some(chosen) = match first.text {
        "include" => Some(true),
        "exclude" => Some(false),
        _ => None,
    } {
        tokens.colon()?;
        let mut states = vec![!chosen; count];
        while let Some(word) = tokens.word_of_section() {
            states[sizes.state(word)? as usize] = chosen;
        }
        return among(states).ok_or_else(|| {
            first.unexpected(
                "a state to start in: `include:` names one or more, `exclude:` leaves one or more",
            )
        });
    }
    if first.text != ":" {
        return Err(first.unexpected("`:`, `include:` or `exclude:`"));
    }
    let word = tokens.needed()?;
    if word.text == "uniform" {
        return alone(tokens, vec![true; count]);
    }
    // one number where there are several states is a state; so is a name
    let is_alone = tokens.clone().word_of_section().is_none();
    if word.text.parse::<Number>().is_err() || (is_alone && count > 1) {
        let mut states = vec![false; count];
        states[sizes.state(word)? as usize] = true;
        return alone(tokens, states);
    }
    let mut weights = vec![word.number("start")?];
    while let Some(word) = tokens.word_of_section() {
        weights.push(word.number("start")?);
    }
    if weights.len() == count {
        Ok(weights)
    } else {
        Err(word.unexpected("one weight for each state"))
    }
}
