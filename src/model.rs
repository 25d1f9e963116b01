//! A model in exact numbers: its types, the draft it is made from, and what is checked.
//!
//! The format is described in `docs/format.md`. A model is kept in exact numbers, as the literals
//! of the file say; [`Model::mdp`] rounds each of them once to the field that is asked for.
//!
//! ```
//! use exact_mdp::model::Model;
//!
//! let text = "
//! discount: 0.9
//! states: [cold, hot]
//! actions: [wait, heat]
//! initial: cold
//! transitions:
//!   cold: {wait: cold, heat: {hot: 9/10, cold: 1/10}}
//!   hot: {wait: {cold: 0.5, hot: 0.5}, heat: hot}
//! rewards:
//!   hot: {wait: 1, heat: {hot: 1, cold: 0}}
//! ";
//! let model = Model::parse("two-state.yaml", text)?;
//! assert_eq!(model.name(), "two-state");
//! assert_eq!(model.mdp::<f64>().pairs(), 4);
//! # Ok::<(), exact_mdp::model::ModelErrors>(())
//! ```

pub(crate) mod chosen;
pub(crate) mod criterion;
pub(crate) mod distribution;
pub(crate) mod draft;
pub(crate) mod entries;
pub(crate) mod error;
pub(crate) mod errors;
pub(crate) mod file;
pub(crate) mod garnet;
mod in_time;
mod lumping;
mod named;
pub(crate) mod names;
mod normalize;
pub(crate) mod observed;
pub(crate) mod observing;
pub(crate) mod rewards;
pub(crate) mod scalar;
mod share;
mod source;
pub(crate) mod table;
pub(crate) mod vocabulary;

pub use criterion::{Axes, CriterionKind, Objective, Overrides};
pub use draft::{Draft, Key, Layout, Rewards, Rows, Value};
pub use error::{
    DidYouMean, DraftError, Found, ModelError, NameList, NameOf, Placed, Suggestion, SumMend,
    TooLarge, in_order, turns, visible,
};
pub use errors::{DraftErrors, ModelErrors, ModelWarning};
pub use file::FileError;
pub use garnet::{GarnetError, GarnetOptions, RewardKind, garnet};
pub use lumping::Lumping;
pub use names::nearest;
pub use share::Share;
pub(crate) use source::boundary;

use std::borrow::Cow;
use std::sync::Arc;

use self::distribution::sum;
use self::named::NamedRewards;
use self::observing::Observing;
use crate::error::Error;
use crate::field::Field;
use crate::linalg::MODERATE;
use crate::mdp::{
    Criterion, ExactOutcomes, Intervals, Mdp, MdpError, MdpParts, Names, Normalization,
    OutcomeTable, Sight, Space, check_criterion,
};
use crate::number::{Number, Rational};
use crate::policy::Specification;

/// A model as a file says it: exact numbers, names, and the policy it carries.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    name: String,
    description: Option<String>,
    space: Arc<Space>,
    outcomes: OutcomeTable<Number>,
    /// Those by name, of which `outcomes` pays the first.
    named: NamedRewards,
    initial: Vec<Number>,
    criterion: Criterion<Number>,
    objective: Objective,
    policy: Option<Specification>,
    warnings: Vec<ModelWarning>,
    inexact_rows: Vec<usize>,
    normalization: Option<Normalization>,
    /// Whether its states are those of a controller that sees a model partly ([`observed`]).
    is_partly_seen: bool,
    /// Where p may lie beside what `outcomes` say.
    intervals: Option<Arc<Intervals>>,
    /// What is seen of its states, where it was read to be written again.
    observing: Option<Arc<Observing>>,
}

impl Model {
    /// The same model from another ρ₀ \[S\] that has been checked.
    pub(crate) fn starting_at(
        mut self,
        weights: Vec<Number>,
        warnings: Vec<ModelWarning>,
    ) -> Model {
        self.initial = weights;
        self.warnings.extend(warnings);
        self
    }

    /// The same model with something that should be known.
    pub(crate) fn with_warning(mut self, warning: ModelWarning) -> Model {
        self.warnings.push(warning);
        self
    }

    /// Whether it is a partially observable model as a controller sees it: its own policy is the
    /// controller's, and what sees more is only a bound.
    pub fn is_partly_seen(&self) -> bool {
        self.is_partly_seen
    }

    /// The policy of such a controller, which says by its features what is seen; of other models none.
    pub fn controller(&self) -> Option<&Specification> {
        self.policy.as_ref().filter(|_| self.is_partly_seen)
    }

    /// The same model with the policy of another controller of as many nodes.
    pub(crate) fn with_controller(
        mut self,
        policy: Specification,
        warnings: Vec<ModelWarning>,
    ) -> Model {
        self.policy = Some(policy);
        self.warnings.extend(warnings);
        self
    }

    /// The same model as one whose states are not seen, but what is known in each: what a file does not say of a
    /// model that was read from one. Its own policy is the controller's.
    #[must_use]
    pub fn seen_by(mut self, sight: Arc<Sight>, controller: Specification) -> Model {
        self.is_partly_seen = true;
        self.space = Arc::new(Space::clone(&self.space).with_sight(sight));
        self.policy = Some(controller);
        self
    }

    /// The same model as one whose states are seen, without a policy.
    #[must_use]
    pub fn seen_whole(mut self) -> Model {
        self.is_partly_seen = false;
        self.policy = None;
        self
    }

    /// The intervals in which probabilities lie beside the p of the model, in a file that says so.
    pub fn intervals(&self) -> Option<&Intervals> {
        self.intervals.as_deref()
    }

    /// The same model with what is seen of its states, which counts where the model is written, and in nothing else.
    pub(crate) fn observing(mut self, observing: Observing) -> Model {
        self.observing = Some(Arc::new(observing));
        self
    }

    /// The same model with a policy of somebody who does not see its states, to be written beside it.
    pub(crate) fn carrying(mut self, policy: Option<Specification>) -> Model {
        self.policy = policy.or(self.policy);
        self
    }

    /// What may be seen of the states, by name, where the model was read to be written
    /// ([`Overrides::keep_observations`]); of other models `None`.
    pub fn observation_names(&self) -> Option<&Names> {
        self.observing.as_deref().map(|observing| &observing.names)
    }

    /// What is seen of the states, where the model was read to be written
    /// ([`Overrides::keep_observations`]).
    pub(crate) fn observed(&self) -> Option<&Observing> {
        self.observing.as_deref()
    }

    /// The same model with intervals around its p.
    pub(crate) fn within(mut self, intervals: Intervals) -> Model {
        self.intervals = Some(Arc::new(intervals));
        self
    }

    /// The file's `name`, or its stem.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The file's `description`.
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// States, actions, pairs and terminal flags.
    pub fn space(&self) -> &Arc<Space> {
        &self.space
    }

    /// ρ₀ \[S\], exactly.
    pub fn initial(&self) -> &[Number] {
        &self.initial
    }

    /// The outcomes of all pairs, exactly: within a pair sorted by next state and reward, none of
    /// probability zero.
    pub fn outcomes(&self) -> &OutcomeTable<Number> {
        &self.outcomes
    }

    /// What is maximised, exactly; a discounted criterion with γ = 1 is the total reward.
    pub fn criterion(&self) -> &Criterion<Number> {
        &self.criterion
    }

    /// Whether the rewards are gains, and J is to be large, or costs. It says which policies are
    /// optimal and where an ascent goes; values and gradients are those of J either way.
    pub fn objective(&self) -> Objective {
        self.objective
    }

    /// The same model with rewards that are gains, or costs.
    #[must_use]
    pub fn with_objective(mut self, objective: Objective) -> Model {
        self.objective = objective;
        self
    }

    /// The same model with costs in place of gains, or gains in place of costs: every reward has the
    /// other sign, and what was to be small is to be large.
    #[must_use]
    pub fn negated(&self) -> Model {
        let mut outcomes = ExactOutcomes::default();
        for pair in 0..self.outcomes.pairs() {
            // sorted by next state and reward
            let own: Vec<_> = self.outcomes.of(pair).collect();
            for same in own.chunk_by(|x, y| x.next == y.next) {
                for outcome in same.iter().rev() {
                    let reward = Rational::ZERO - outcome.reward.to_rational();
                    outcomes.push(outcome.next, outcome.probability.clone(), reward.into());
                }
            }
            outcomes.end_pair();
        }
        Model {
            outcomes: outcomes.finish(),
            named: NamedRewards::default(),
            objective: match self.objective {
                Objective::Maximize => Objective::Minimize,
                Objective::Minimize => Objective::Maximize,
            },
            ..self.clone()
        }
    }

    /// The model whose rewards are gains, which methods that maximize are asked of: the model itself, or
    /// [`Model::negated`] of costs.
    pub fn gains(&self) -> Cow<'_, Model> {
        match self.objective {
            Objective::Maximize => Cow::Borrowed(self),
            Objective::Minimize => Cow::Owned(self.negated()),
        }
    }

    /// The policy that the file carries under `policy:`.
    pub fn policy(&self) -> Option<&Specification> {
        self.policy.as_ref()
    }

    /// What was accepted and should be known.
    pub fn warnings(&self) -> &[ModelWarning] {
        &self.warnings
    }

    /// What dividing rows by their sums has changed, where that was asked for and needed.
    pub fn normalization(&self) -> Option<&Normalization> {
        self.normalization.as_ref()
    }

    /// Pairs whose rows do not sum to 1 exactly (off by at most 1e-9): exact arithmetic must
    /// refuse the model.
    pub fn inexact_rows(&self) -> &[usize] {
        &self.inexact_rows
    }

    /// The model with its p, r and ρ₀ under another criterion.
    ///
    /// Errors with [`MdpError`] for a discount or a horizon outside its range.
    pub fn with_criterion(mut self, criterion: Criterion<Number>) -> Result<Model, MdpError> {
        check_criterion(&criterion.map(Number::to_rational), false)?;
        self.criterion = criterion;
        Ok(self)
    }

    /// The model over exact fractions.
    ///
    /// Errors with [`Error::Inexact`] if a row of p or ρ₀ does not sum to 1: rounded numbers are
    /// no distribution, and every exact answer would be one to another question.
    pub fn exact_mdp(&self) -> Result<Mdp<Rational>, Error> {
        let sum = |numbers: &mut dyn Iterator<Item = &Number>| -> Rational {
            numbers.fold(Rational::ZERO, |sum, x| sum + x.to_rational())
        };
        let mut sums = Vec::new();
        for &pair in &self.inexact_rows {
            let (state, action) = self.space.pair_names(pair);
            let total = sum(&mut self.outcomes.of(pair).map(|outcome| outcome.probability));
            sums.push((format!("row `{state}/{action}`"), total.into()));
        }
        let started = sum(&mut self.initial.iter());
        if started != Rational::ONE {
            sums.push(("`initial`".to_string(), started.into()));
        }
        if sums.is_empty() {
            Ok(self.mdp())
        } else {
            Err(Error::Inexact { sums })
        }
    }

    /// The model over a field, each number rounded once.
    pub fn mdp<F: Field>(&self) -> Mdp<F> {
        let mdp = Mdp::assembled(MdpParts {
            name: self.name.clone(),
            space: Arc::clone(&self.space),
            outcomes: self.outcomes.map(F::from_number),
            initial: self.initial.iter().map(F::from_number).collect(),
            criterion: self.criterion.map(F::from_number),
        });
        let discount = self.criterion.discount_number();
        let complement = F::from_number(&(Rational::ONE - discount.to_rational()).into());
        let deficits = (!self.inexact_rows.is_empty()).then(|| self.deficits());
        let mdp = mdp
            .slackened(complement, deficits)
            .with_expected_rewards(self.summed_rewards())
            .with_normalization(self.normalization.clone())
            .paid_as(self.reward(), self.pays_a_reward_model());
        // fractions take their time in large models
        if mdp.states() <= MODERATE && mdp.has_offset() {
            self.centred(mdp)
        } else {
            mdp
        }
    }

    /// With what is paid less c, which every reward shares, rounded once: what is expected of the first pair, so that nothing is left
    /// where all pay the same.
    fn centred<F: Field>(&self, mdp: Mdp<F>) -> Mdp<F> {
        let offset = self.expected_reward(0);
        let less = |x: Rational| F::from_number(&(x - &offset).into());
        let mut outcomes = OutcomeTable::default();
        for pair in 0..self.space.pairs() {
            for outcome in self.outcomes.of(pair) {
                let probability = F::from_number(outcome.probability);
                outcomes.push(
                    outcome.next,
                    probability,
                    less(outcome.reward.to_rational()),
                );
            }
            outcomes.end_pair();
        }
        let pairs = 0..self.space.pairs();
        let expected = pairs.map(|pair| less(self.expected_reward(pair)));
        let expected = expected.collect();
        mdp.with_centred(outcomes, expected, F::from_number(&offset.into()))
    }

    /// r(s, a) of the pairs whose outcomes pay rewards of both signs, or whose rows do not sum to 1, from the written
    /// numbers, rounded once.
    fn summed_rewards<F: Field>(&self) -> impl Iterator<Item = (usize, F)> {
        let is_off = |pair: &usize| self.inexact_rows.binary_search(pair).is_ok();
        let cancels = |pair: usize| {
            let mut rewards = self.outcomes.of(pair).map(|o| o.reward);
            let negative = rewards.clone().any(Number::is_negative);
            negative && rewards.any(|r| !r.is_negative() && !r.is_zero())
        };
        let expected = |pair| (pair, F::from_number(&self.expected_reward(pair).into()));
        // one reward of a pair cannot cancel
        let (all, off): (_, &[usize]) = if self.outcomes.pays_by_pair() {
            (0, &self.inexact_rows)
        } else {
            (self.space.pairs(), &[])
        };
        let all = (0..all).filter(move |pair| is_off(pair) || cancels(*pair));
        all.chain(off.iter().copied()).map(expected)
    }

    /// 1 − Σ p(·|s, a) of the written numbers, rounded once [SA].
    /// A warning where a row is off by what is not small beside 1 − γ: values are of the size r/(1 − γ ± that).
    pub(crate) fn warn_of_slack(mut self) -> Model {
        // a thousandth of a value is worth a word; a choice
        const SMALL: f64 = 1e-3;
        let Criterion::Discounted { discount } = &self.criterion else {
            return self;
        };
        let rest = Rational::ONE - discount.to_rational();
        let off: Vec<f64> = self.deficits();
        let share = |pair: usize| (off[pair] / rest.to_f64().value()).abs();
        let worst = self.inexact_rows.iter().copied();
        let worst = worst.max_by(|&x, &y| share(x).total_cmp(&share(y)));
        if let Some(pair) = worst.filter(|&pair| share(pair) > SMALL) {
            let (state, action) = self.space.pair_names(pair);
            self.warnings.push(ModelWarning::RowsMatter {
                state: state.into_owned(),
                action: action.into_owned(),
                percent: format!("{:.0e}", 100.0 * share(pair)),
            });
        }
        self
    }

    fn deficits<F: Field>(&self) -> Vec<F> {
        let mut deficits = vec![F::zero(); self.space.pairs()];
        for &pair in &self.inexact_rows {
            let total = sum(self.outcomes.of(pair).map(|outcome| outcome.probability));
            let rest = Rational::ONE - total.to_rational();
            deficits[pair] = F::from_number(&rest.into());
        }
        deficits
    }
}
