//! The one door to a model: a draft that anybody fills, and the check that makes a [`Model`] of it.
//!
//! Model files, arrays, files of other programs, grids and garnets all end here, so that what is
//! no MDP cannot be built: every row of p and ρ₀ is a distribution, every state that is not
//! terminal has an action, γ lies in \[0, 1\].

mod arrays;
mod check;
mod start;
mod still;
mod value;

pub use arrays::{Layout, Rewards, Rows};
pub(crate) use check::Checked;
pub(crate) use start::{Places, Start};
pub(crate) use still::{empty_row, paying_end, still};
pub use value::{Key, Value};

use std::collections::HashMap;

use super::criterion::CriterionKind;
use super::entries::{Entry, Lacking};
use super::error::{DraftError, NameOf, Placed, Suggestion};
use super::errors::{DraftErrors, Problems};
use super::names::{Index, LONGEST};
use super::table::PairTable;
use super::{Model, Overrides};
use crate::mdp::Names;
use crate::number::Number;

/// A model before it is checked.
///
/// States and actions are listed by name or counted; outcomes (s, a) → s' with probability p and
/// reward r come one by one, or all at once as arrays ([`Draft::from_arrays`]). Nothing is checked
/// on the way: [`Draft::check`] tells all that is wrong at once.
///
/// Numbers are exact. A text is the number it writes (`"9/10"`, `"0.1"`), an `f64` is exactly the
/// binary fraction that it holds: ten times the `f64` 0.1 is not 1, and exact arithmetic refuses a
/// row of such numbers, which floating point takes as written.
///
/// ```
/// use exact_mdp::model::Draft;
///
/// let model = Draft::new(["cold", "hot"], ["wait", "heat"])
///     .outcome("cold", "wait", "cold", 1, 0)
///     .outcome("cold", "heat", "hot", "9/10", 0)
///     .outcome("cold", "heat", "cold", "1/10", 0)
///     .outcome("hot", "wait", "cold", 0.5, 1)
///     .outcome("hot", "wait", "hot", 0.5, 1)
///     .outcome("hot", "heat", "hot", 1, 1)
///     .discount("0.9")
///     .start("cold")
///     .check()?;
/// assert_eq!(model.mdp::<f64>().pairs(), 4);
/// # Ok::<(), exact_mdp::model::DraftErrors>(())
/// ```
///
/// What is wrong is said by state and action, with the mend:
///
/// ```
/// use exact_mdp::model::Draft;
///
/// let errors = Draft::new(2, 1)
///     .outcome(0, 0, 1, 0.5, 0)
///     .terminal(1)
///     .discount(1.5)
///     .start(0)
///     .check()
///     .unwrap_err();
/// let said: Vec<String> = errors.iter().map(ToString::to_string).collect();
/// assert_eq!(said, [
///     "the discount must lie in [0, 1], but is 1.5",
///     "row 0/0 sums to 1/2, not 1",
/// ]);
/// ```
#[derive(Debug)]
pub struct Draft {
    /// The model's name.
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) states: Names,
    pub(crate) actions: Names,
    /// Which states are terminal, where a list of all says so.
    pub(crate) terminal: Option<Vec<bool>>,
    /// Terminal states one by one; without a word about them, those that stay for nothing are.
    pub(crate) ends: Option<Vec<u32>>,
    /// All outcomes, in any order.
    pub(crate) entries: Vec<Entry>,
    /// The outcomes that a generator has made, in place of `entries`.
    pub(crate) made: Option<PairTable>,
    /// Where episodes start.
    pub(crate) initial: Start,
    /// γ.
    pub(crate) discount: Option<Number>,
    /// T.
    pub(crate) horizon: Option<usize>,
    pub(crate) criterion: Option<CriterionKind>,
    /// Where γ and ρ₀ are written, for errors of them, if they are in a text.
    pub(crate) places: Places,
    /// Whose words a mend speaks.
    pub(crate) lacking: Lacking,
    /// What was wrong on the way.
    pub(crate) problems: Problems<Placed>,
    pub(crate) faulty: Faulty,
    /// The positions of listed states and actions.
    pub(crate) positions: [Option<HashMap<String, u32>>; 2],
}

/// What has been reported already, and is not to be reported again as missing.
#[derive(Debug, Default)]
pub(crate) struct Faulty {
    discount: bool,
    initial: bool,
    /// Whether an outcome could not be kept, so that pairs may be missing.
    outcomes: bool,
}

impl Draft {
    /// A model of these states and actions: their names, or how many there are, which are then
    /// called `0`, `1`, …. Its name is `model`.
    pub fn new(states: impl Into<Names>, actions: impl Into<Names>) -> Draft {
        Draft {
            ends: Some(Vec::new()),
            lacking: Lacking::Draft,
            ..Draft::of_file("model".into(), states.into(), actions.into())
        }
        .with_sound_names()
    }

    /// A draft to be filled from a file, in which states that stay for nothing are terminal.
    pub(crate) fn of_file(name: String, states: Names, actions: Names) -> Draft {
        Draft {
            name,
            description: None,
            states,
            actions,
            terminal: None,
            ends: None,
            entries: Vec::new(),
            made: None,
            initial: Start::Unknown,
            discount: None,
            horizon: None,
            criterion: None,
            places: Places::default(),
            lacking: Lacking::Other,
            problems: Problems::default(),
            faulty: Faulty::default(),
            positions: [None, None],
        }
    }

    /// The model's name, in reports.
    pub fn named(mut self, name: impl Into<String>) -> Draft {
        self.name = name.into();
        self
    }

    /// A line about the model, for people.
    pub fn described(mut self, description: impl Into<String>) -> Draft {
        self.description = Some(description.into());
        self
    }

    /// With the names of the states in place of `0`, `1`, …; one for each.
    pub fn state_names(mut self, names: impl Into<Names>) -> Draft {
        let (names, count) = (names.into(), self.states.len());
        self.expect_names("the list of state names", names.len(), count);
        if names.len() == count {
            self.states = names;
        }
        self.with_sound_names()
    }

    /// With the names of the actions in place of `0`, `1`, …; one for each.
    pub fn action_names(mut self, names: impl Into<Names>) -> Draft {
        let (names, count) = (names.into(), self.actions.len());
        self.expect_names("the list of action names", names.len(), count);
        if names.len() == count {
            self.actions = names;
        }
        self.with_sound_names()
    }

    /// With one outcome: `action` taken in `state` leads to `next` with this probability and pays
    /// the reward r(s, a, s'). Outcomes of one (s, a) may come in any order; those of one next
    /// state and reward are added up.
    pub fn outcome(
        mut self,
        state: impl Into<Key>,
        action: impl Into<Key>,
        next: impl Into<Key>,
        probability: impl Into<Value>,
        reward: impl Into<Value>,
    ) -> Draft {
        self.add_outcome(state, action, next, probability, reward);
        self
    }

    /// Adds one outcome, in a loop: `action` taken in `state` leads to `next` with this probability and pays the reward.
    pub fn add_outcome(
        &mut self,
        state: impl Into<Key>,
        action: impl Into<Key>,
        next: impl Into<Key>,
        probability: impl Into<Value>,
        reward: impl Into<Value>,
    ) {
        let state = self.position(NameOf::State, state.into());
        let action = self.position(NameOf::Action, action.into());
        let next = self.position(NameOf::State, next.into());
        let (Some(state), Some(action)) = (state, action) else {
            self.faulty.outcomes = true;
            return;
        };
        let words = |draft: &Draft| {
            let (s, a) = (
                draft.states.get(state as usize),
                draft.actions.get(action as usize),
            );
            let to = next.map_or(String::new(), |s| {
                format!(" → {}", draft.states.get(s as usize))
            });
            format!("{s}/{a}{to}")
        };
        let probability = self.value(probability.into(), |d| {
            format!("the probability of {}", words(d))
        });
        let reward = self.value(reward.into(), |d| format!("the reward of {}", words(d)));
        let probability = next.zip(probability);
        self.add((state, action), probability, reward.unwrap_or(Number::ZERO));
    }

    /// Adds an outcome of a pair; `None` if its probability has been reported.
    fn add(&mut self, (state, action): (u32, u32), led: Option<(u32, Number)>, reward: Number) {
        let led = led.filter(|(next, probability)| {
            if probability.is_negative() {
                let error = DraftError::NegativeProbability {
                    state: self.states.get(state as usize).into_owned(),
                    action: self.actions.get(action as usize).into_owned(),
                    next: self.states.get(*next as usize).into_owned(),
                    found: probability.clone(),
                };
                self.problems.push(error.at(None));
            }
            !probability.is_negative()
        });
        let (next, probability) = led.unzip();
        self.entries.push(Entry {
            state,
            action,
            next: next.unwrap_or(0),
            probability,
            reward,
            at: (0, 0),
        });
    }

    /// With a terminal state: the episode ends when it is entered. It needs no outcomes.
    pub fn terminal(mut self, state: impl Into<Key>) -> Draft {
        if let Some(state) = self.position(NameOf::State, state.into()) {
            self.ends.get_or_insert_default().push(state);
        }
        self
    }

    /// Where no state is called [terminal](Draft::terminal), those are that stay for nothing, whatever is done: every
    /// action leads back with probability 1 and pays 0. So it is for arrays and for files of other programs.
    ///
    /// ```
    /// use exact_mdp::model::Draft;
    ///
    /// let draft = || Draft::new(2, 1).discount(0.5).start(0).outcome(0, 0, 1, 1, 3).outcome(1, 0, 1, 1, 0);
    /// assert_eq!(draft().check()?.space().pairs(), 2);
    /// assert_eq!(draft().ending_where_still().check()?.space().pairs(), 1);
    /// # Ok::<(), exact_mdp::model::DraftErrors>(())
    /// ```
    pub fn ending_where_still(mut self) -> Draft {
        self.ends = self.ends.filter(|ends| !ends.is_empty());
        self
    }

    /// γ in \[0, 1\]; with γ = 1 and no horizon the total reward until a terminal state.
    pub fn discount(mut self, discount: impl Into<Value>) -> Draft {
        self.discount = self.value(discount.into(), |_| "the discount".into());
        self.faulty.discount = self.discount.is_none();
        self
    }

    /// T ≥ 1, the number of actions of an episode.
    pub fn horizon(mut self, steps: usize) -> Draft {
        self.horizon = Some(steps);
        self
    }

    /// What is maximised, where discount and horizon do not say it: the average or total reward.
    pub fn criterion(mut self, criterion: CriterionKind) -> Draft {
        self.criterion = Some(criterion);
        self
    }

    /// Episodes start in this state.
    pub fn start(self, state: impl Into<Key>) -> Draft {
        self.start_with(state, 1)
    }

    /// Episodes start in this state with this probability ρ₀(s); the weights of all states sum to
    /// 1.
    pub fn start_with(mut self, state: impl Into<Key>, weight: impl Into<Value>) -> Draft {
        let state = self.position(NameOf::State, state.into());
        let weight = self.value(weight.into(), |_| "the initial weight".into());
        let mut listed = match self.initial {
            Start::Some(listed) => listed,
            _ => Vec::new(),
        };
        self.faulty.initial |= state.is_none() || weight.is_none();
        listed.extend(state.zip(weight));
        self.initial = Start::Some(listed);
        self
    }

    /// Episodes start in all states that are not terminal alike.
    pub fn start_uniformly(mut self) -> Draft {
        self.initial = Start::Uniform;
        self
    }

    /// ρ₀ \[S\] at once, a weight for each state.
    pub fn initial<V: Into<Value> + Clone>(mut self, weights: &[V]) -> Draft {
        let mut listed = Vec::with_capacity(weights.len());
        for (s, weight) in weights.iter().enumerate() {
            let what = |d: &Draft| {
                let known = s < d.states.len();
                let name = if known {
                    d.states.get(s).into_owned()
                } else {
                    s.to_string()
                };
                format!("the initial weight of {name}")
            };
            listed.extend(self.value(weight.clone().into(), what));
        }
        self.faulty.initial |= listed.len() < weights.len();
        if listed.len() == self.states.len() {
            self.initial = Start::Weights(listed);
        } else {
            let (found, expected) = (weights.len(), self.states.len());
            self.initial = Start::Uniform;
            if found != expected {
                self.shape(
                    "the initial distribution",
                    format!("{found} entries"),
                    format!("{expected}"),
                );
            }
        }
        self
    }

    /// The model, or all that is wrong with it, as far as it is independent of each other.
    ///
    /// # Errors
    /// Names that are none or stand twice; states and actions that are not listed; numbers that
    /// are none; negative probabilities; rows and ρ₀ that do not sum to 1 (off by more than 1e-9);
    /// states that are not terminal without an action, terminal ones with transitions; γ outside
    /// \[0, 1\]; a criterion or a start that nobody has said.
    pub fn check(self) -> Result<Model, DraftErrors> {
        self.check_with(&Overrides::default())
    }

    /// [`check`](Draft::check), where the overrides stand above what the draft says: rows and ρ₀ that
    /// are off 1 by no more than `normalize` are divided by their sums, and rewards are costs with the
    /// `objective` to minimize.
    ///
    /// # Errors
    /// Everything that is wrong, by state and action: names, numbers, rows and ρ₀ whose sums are off 1 by more than
    /// 1e-9 and than `normalize`, states without actions, γ outside \[0, 1\], a criterion that nobody has said.
    pub fn check_with(self, overrides: &Overrides) -> Result<Model, DraftErrors> {
        let mut model = self.finish::<Placed>(overrides).map_err(DraftErrors::new)?;
        if let Some(objective) = overrides.objective {
            model = model.with_objective(objective);
        }
        Ok(match overrides.normalize {
            Some(_) => model.normalized(),
            None => model,
        })
    }

    /// Errors for names that cannot be some.
    fn with_sound_names(mut self) -> Draft {
        for of in [NameOf::State, NameOf::Action] {
            let (names, slot) = match of {
                NameOf::State => (&self.states, 0),
                NameOf::Action => (&self.actions, 1),
            };
            self.positions[slot] = None;
            if names.is_empty() {
                self.problems.push(DraftError::NoNames { of }.at(None));
            }
            let Names::Listed(names) = names else {
                continue;
            };
            let mut positions = HashMap::with_capacity(names.len());
            for (position, name) in names.iter().enumerate() {
                if !(1..=LONGEST).contains(&name.chars().count()) || name.contains(char::is_control)
                {
                    let found = name.clone();
                    self.problems
                        .push(DraftError::BadName { of, found }.at(None));
                } else if positions.insert(name.clone(), position as u32).is_some() {
                    let name = name.clone();
                    self.problems
                        .push(DraftError::RepeatedName { of, name }.at(None));
                }
            }
            self.positions[slot] = Some(positions);
        }
        self
    }

    fn expect_names(&mut self, what: &'static str, found: usize, expected: usize) {
        if found != expected {
            self.shape(what, format!("{found} names"), format!("{expected}"));
        }
    }

    /// An error about sizes.
    fn shape(&mut self, what: &'static str, found: String, expected: String) {
        let error = DraftError::Shape {
            what,
            found,
            expected,
        };
        self.problems.push(error.at(None));
    }

    /// The position of a state or action; an error where there is no such one.
    fn position(&mut self, of: NameOf, key: Key) -> Option<u32> {
        let (names, slot) = match of {
            NameOf::State => (&self.states, 0),
            NameOf::Action => (&self.actions, 1),
        };
        let found = match (&key, &self.positions[slot]) {
            (Key::Position(i), _) => usize::try_from(*i).ok().filter(|i| *i < names.len()),
            (Key::Name(name), Some(positions)) => positions.get(name).map(|i| *i as usize),
            (Key::Name(name), None) => Index::of_names(of, names).get(name).map(|i| i as usize),
        };
        let found = found.and_then(|i| u32::try_from(i).ok());
        if found.is_none() && !names.is_empty() {
            self.problems.push_with(|| {
                let help = match &key {
                    Key::Position(_) => Suggestion::Numbers(names.len() - 1),
                    Key::Name(name) => Index::of_names(of, names).suggest(name),
                };
                let found = key.to_string();
                DraftError::UnknownName { of, found, help }.at(None)
            });
        }
        found
    }

    /// A number; an error where there is none.
    fn value(&mut self, value: Value, what: impl FnOnce(&Draft) -> String) -> Option<Number> {
        value
            .0
            .map_err(|found| {
                let what = what(self);
                self.problems
                    .push(DraftError::NotANumber { what, found }.at(None));
            })
            .ok()
    }
}
