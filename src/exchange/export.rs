//! What a model becomes in another format, and what that format cannot say.

use std::borrow::Cow;

use crate::mdp::{Criterion, Names};
use crate::mend::Argument;
use crate::model::vocabulary::Vocabulary;
use crate::model::{Model, Objective};
use crate::number::Number;

/// A model written in a format.
#[derive(Clone, Debug)]
pub struct Export {
    /// The files: the ending of each name, and what stands in it. The first is the model, the
    /// others belong beside it.
    pub files: Vec<(&'static str, Vec<u8>)>,
    /// What the format cannot say.
    pub losses: Vec<Loss>,
}

/// What a format cannot say about a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Loss {
    /// Numbers are written in floating point.
    #[error("numbers are rounded to floating point")]
    Rounding,
    /// Fractions are written as decimals.
    #[error("fractions are rounded to decimals")]
    Decimals,
    /// The policy of the model file.
    #[error("the model's policy is left out")]
    Policy,
    /// Its description.
    #[error("the description is left out")]
    Description,
    /// γ, T or the criterion.
    #[error(
        "the criterion is left out; say it again with {}, {} or {}",
        Argument::Discount,
        Argument::Horizon,
        Argument::Criterion
    )]
    Criterion,
    /// That rewards are costs.
    #[error(
        "that the rewards are costs is left out; say it again with {}",
        Argument::Minimize
    )]
    Objective,
    /// ρ₀.
    #[error(
        "the initial distribution is left out; say it again with {}",
        Argument::Initial
    )]
    Initial,
    /// The weights of ρ₀.
    #[error(
        "the states that episodes start in are marked, their weights are left out; say them again with {}",
        Argument::Initial
    )]
    Weights,
    /// The rewards but the one that counts.
    #[error(
        "the other rewards of the model are left out; choose another one with {}",
        Argument::Reward
    )]
    OtherRewards,
    /// r(s, a, s').
    #[error(
        "rewards that depend on the next state are replaced by their expectation r(s, a): the same values and gradients, other variances"
    )]
    Rewards,
    /// r(s, a) closer to 0 than readers go.
    #[error("expected rewards nearer to 0 than a 64-bit number can be are written as 0")]
    Vanishing,
    /// Several rewards of one (s, a, s').
    #[error(
        "several rewards of one next state are replaced by their expectation: the same values and gradients, other variances"
    )]
    SeveralRewards,
    /// Several rewards of one (s, a, s'), where the format has them and its main reader has not.
    #[error(
        "several rewards of one next state stay branches of their own, which umbi reads and Storm refuses: for Storm write .tra, which has their expectation"
    )]
    ParallelBranches,
    /// The intervals of probabilities.
    #[error("the intervals of probabilities are left out; .drn and model files hold them")]
    Intervals,
    /// p where there are intervals, in a format that has one or the other.
    #[error(
        "the model's own probabilities of rows with intervals are left out: read back they lie within the intervals, all the same part of the way"
    )]
    OwnProbabilities,
    /// Whose actions are which.
    #[error("the players are left out: what reads it sees one who chooses all actions")]
    Players,
    /// Names of the states.
    #[error("states are numbered, their names are left out")]
    StateNames,
    /// The order of the actions.
    #[error(
        "actions are read back in the order in which states have them, those that no state has are left out"
    )]
    Order,
    /// The numbers of the actions, where their names are left out.
    #[error("the actions of each state are numbered anew from 0")]
    Numbers,
    /// r(s, a, s', o).
    #[error(
        "rewards that depend on what is seen are replaced by their expectation: the same values and gradients, other variances"
    )]
    SeenRewards,
    /// Names of the observations.
    #[error("observations are numbered, their names are left out")]
    ObservationNames,
    /// Names of the actions.
    #[error("actions are numbered, their names are left out")]
    ActionNames,
    /// That a state goes on where nothing marks it.
    #[error(
        "states that stay where they are for a reward of 0 are read back as terminal, without actions and parameters"
    )]
    Still,
    /// That an episode is over where it starts.
    #[error(
        "terminal states in which episodes start are read back as states that act once more: the same values, other occupancies"
    )]
    StartsEnded,
    /// That a state lacks an action, for readers that do not look.
    #[error(
        "the states have different actions: what takes `P` for a table of all of them reads a missing one as worth 0 (bettermdptools) or fails"
    )]
    ActionSets,
}

impl Export {
    /// One file.
    pub(super) fn single(ending: &'static str, bytes: Vec<u8>, losses: Vec<Loss>) -> Export {
        Export {
            files: vec![(ending, bytes)],
            losses,
        }
    }
}

impl Loss {
    /// Those of the possible losses that happen to this model.
    pub(super) fn of(model: &Model, possible: &[Loss]) -> Vec<Loss> {
        let happens = |loss: &&Loss| loss.happens(model);
        possible.iter().filter(happens).copied().collect()
    }

    fn happens(self, model: &Model) -> bool {
        let space = model.space();
        let mut pairs = 0..space.pairs();
        match self {
            Loss::Rounding => changes(model, |x| Number::from_f64(x.to_f64())),
            Loss::Decimals => changes(model, |x| decimal(x).parse().ok()),
            Loss::Policy => model.policy().is_some(),
            Loss::Intervals | Loss::OwnProbabilities => model.intervals().is_some(),
            Loss::Players => space.players().is_some(),
            Loss::Description => model.description().is_some(),
            Loss::Criterion | Loss::Initial => true,
            Loss::OtherRewards => model.reward_names().len() > 1,
            Loss::Objective => model.objective() == Objective::Minimize,
            Loss::Weights => model.initial().iter().all(|weight| *weight != Number::ONE),
            Loss::Rewards => pairs.any(|pair| {
                let mut rewards = model.outcomes().of(pair).map(|outcome| outcome.reward);
                let first = rewards.next();
                rewards.any(|reward| Some(reward) != first)
            }),
            Loss::Vanishing => pairs.any(|pair| vanishes(&model.mean_reward(pair))),
            Loss::SeveralRewards | Loss::ParallelBranches => pairs.any(|pair| {
                let next = model.outcomes().of(pair).map(|outcome| outcome.next);
                !next.is_sorted_by(|a, b| a < b)
            }),
            Loss::Order => {
                let names: Vec<_> = space.action_names().iter().collect();
                let mut seen = Vocabulary::default();
                pairs.for_each(|pair| {
                    seen.number(&names[space.action_of(pair)]);
                });
                seen.finish().0.iter().ne(space.action_names().iter())
            }
            Loss::Numbers => {
                let place = |pair| pair - space.pairs_of(space.state_of(pair)).start;
                let last = pairs.clone().map(|pair| space.action_of(pair) + 1).max();
                pairs.any(|pair| place(pair) != space.action_of(pair))
                    || last != Some(space.actions())
            }
            Loss::SeenRewards => {
                let seen = model.observed();
                seen.is_some_and(|seen| seen.rewards.is_some())
            }
            Loss::ObservationNames => {
                let seen = model.observed();
                seen.is_some_and(|seen| matches!(seen.names, Names::Listed(_)))
            }
            Loss::Still => (0..space.states()).any(|s| !space.is_terminal(s) && stays(model, s)),
            Loss::StartsEnded => {
                (0..space.states()).any(|s| space.is_terminal(s) && !model.initial()[s].is_zero())
            }
            Loss::StateNames => matches!(space.state_names(), Names::Listed(_)),
            Loss::ActionNames => matches!(space.action_names(), Names::Listed(_)),
            Loss::ActionSets => (0..space.states()).any(|s| {
                let count = space.pairs_of(s).len();
                count > 0 && count < space.actions()
            }),
        }
    }
}

/// Whether a number that is not 0 is too near to it to be read again.
pub(super) fn vanishes(x: &Number) -> bool {
    x.to_f64().abs() < f64::MIN_POSITIVE && !x.is_zero() && x.to_string().parse::<Number>().is_err()
}

/// Whether every action leaves a state as it is, for a reward of 0.
fn stays(model: &Model, state: usize) -> bool {
    let mut pairs = model.space().pairs_of(state);
    pairs.all(|pair| {
        let mut outcomes = model.outcomes().of(pair);
        outcomes.all(|outcome| outcome.next == state && outcome.reward.is_zero())
    })
}

/// Whether a format that marks terminal states has some to mark: where there are none, what stays is taken for one.
pub(super) fn marks_ends(model: &Model) -> bool {
    let space = model.space();
    (0..space.states()).any(|s| space.is_terminal(s))
}

/// The names of the actions, where they are more than numbers or an action that no state has
/// would be lost without them.
pub(super) fn action_names(model: &Model) -> Option<Vec<String>> {
    let space = model.space();
    let mut unused = vec![true; space.actions()];
    (0..space.pairs()).for_each(|pair| unused[space.action_of(pair)] = false);
    let names = space.action_names();
    let must = matches!(names, Names::Listed(_)) || unused.contains(&true);
    must.then(|| names.iter().map(Cow::into_owned).collect())
}

/// Whether some number of a model is another one once it has been written.
fn changes(model: &Model, written: impl Fn(&Number) -> Option<Number>) -> bool {
    let kept = |x: &Number| written(x).as_ref() == Some(x);
    let discount = match model.criterion() {
        Criterion::Discounted { discount } | Criterion::FiniteHorizon { discount, .. } => {
            kept(discount)
        }
        Criterion::Total | Criterion::Average => true,
    };
    let outcomes = (0..model.space().pairs()).all(|pair| {
        let mut outcomes = model.outcomes().of(pair);
        outcomes.all(|outcome| kept(outcome.probability) && kept(outcome.reward))
    });
    !(discount && outcomes && model.initial().iter().all(kept))
}

/// A number as the shortest decimal of the nearest `f64`.
pub(super) fn decimal(x: &Number) -> String {
    format!("{}", x.to_f64())
}

/// A number as the shortest decimal of the nearest `f64`, always with a point or an exponent: a `float` for Python.
pub(super) fn float(x: &Number) -> String {
    format!("{:?}", x.to_f64())
}
