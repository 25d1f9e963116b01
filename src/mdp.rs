//! A finite Markov decision process: names, pairs, p, r, ρ₀ and the criterion.
//!
//! States S are alive or terminal; an alive state s has its own non-empty action set A(s), a
//! terminal one none. State-action pairs are numbered in the order (state, then action), m of
//! them; `p` is m × n in compressed rows, `r` an m-vector. A row of `p` belongs to a pair, so
//! nothing is stored for actions that a state does not have (theory, section 0).

mod criterion;
mod error;
mod intervals;
mod joint;
mod names;
mod normalization;
mod offset;
mod outcomes;
mod parts;
mod players;
mod sight;
mod space;
mod sums;

pub use criterion::Criterion;
pub(crate) use criterion::check_criterion;
pub use error::MdpError;
pub use intervals::{IntervalEnds, Intervals};
pub use joint::PlayerPart;
pub use names::Names;
pub use normalization::Normalization;
pub(crate) use offset::{OFFSET, shared};
pub(crate) use outcomes::{ExactOutcomes, Known};
pub use outcomes::{Outcome, OutcomeTable};
pub use parts::MdpParts;
pub use players::{AND, Players};
pub use sight::Sight;
pub use space::{GridLayout, Space};
pub(crate) use sums::{OFF_ONE, PARTS, off_one};

use std::sync::Arc;

use crate::field::Field;
use crate::linalg::Csr;

/// The rewards as far as they depend on the outcome; second moments of sampled estimators need
/// them, first moments only r(s, a).
#[derive(Clone, Debug)]
enum Outcomes<F> {
    /// r(s, a, s') = r(s, a): the outcomes of a pair are its row of p.
    ByPair,
    /// Each on its own.
    Listed(OutcomeTable<F>),
}

/// What is paid less what all of it shares.
#[derive(Debug)]
struct Centred<F> {
    r: Vec<F>,
    outcomes: Outcomes<F>,
    /// What all of it shares.
    offset: F,
}

/// A finite MDP over a number field.
///
/// ```
/// use exact_mdp::mdp::Mdp;
/// use exact_mdp::model::Model;
///
/// let mdp: Mdp = Model::load("mdps/two-state.yaml")?.mdp();
/// assert_eq!((mdp.states(), mdp.pairs()), (2, 4));
/// assert_eq!(mdp.discount(), 0.9);
/// // cold/heat warms up with probability 0.9
/// assert_eq!(mdp.p().get(1, 1), 0.9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Mdp<F: Field = f64> {
    name: String,
    space: Arc<Space>,
    p: Csr<F>,
    r: Vec<F>,
    outcomes: Outcomes<F>,
    initial: Vec<F>,
    criterion: Criterion<F>,
    /// 1 − γ, with all its digits.
    complement: F,
    /// 1 − Σ p(·|s, a) by pair; `None` where every row sums to 1.
    deficits: Option<Vec<F>>,
    /// What dividing rows by their sums has changed, if it was asked for.
    normalization: Option<Arc<Normalization>>,
    /// What is paid without what all rewards share, of the written numbers, where that is large.
    centred: Option<Arc<Centred<F>>>,
    /// Which of a model's rewards r is, where it has several.
    reward: Option<Arc<str>>,
    /// Whether that is a reward model of a file of another program.
    is_reward_model: bool,
}

impl<F: Field> Mdp<F> {
    /// An MDP from its parts; outcomes of the same pair and next state are merged into p.
    ///
    /// # Errors
    /// [`MdpError`], naming the state and the action: parts that do not fit together, next states
    /// that there are not, numbers that are not finite, negative probabilities, rows or a ρ₀ that
    /// miss 1 by more than 10⁻⁹ (over exact fractions: at all), a discount or a horizon outside its
    /// range.
    pub fn new(parts: MdpParts<F>) -> Result<Mdp<F>, MdpError> {
        parts::check(&parts)?;
        Ok(Mdp::assembled(parts))
    }

    /// [`Mdp::new`] from parts that the library has checked or made itself.
    pub(crate) fn assembled(parts: MdpParts<F>) -> Mdp<F> {
        let MdpParts {
            name,
            space,
            outcomes,
            initial,
            criterion,
        } = parts;
        debug_assert_eq!(outcomes.pairs(), space.pairs());
        debug_assert_eq!(initial.len(), space.states());
        let (p, r, outcomes) = match outcomes.into_rows(space.states()) {
            Ok((p, r)) => (p, r, Outcomes::ByPair),
            Err(outcomes) => summed(&space, outcomes),
        };
        Mdp {
            name,
            space,
            p,
            r,
            outcomes,
            initial,
            complement: F::one() - criterion.discount(),
            deficits: None,
            normalization: None,
            centred: None,
            reward: None,
            is_reward_model: false,
            criterion,
        }
    }

    /// With 1 − γ and the deficits 1 − Σ p(·|s, a) \[SA\] of the written numbers, each rounded once:
    /// the differences of rounded numbers have lost the digits that decide where γ is close to 1
    /// or a policy almost never terminates. Without them 1 − γ is subtracted, and every row sums
    /// to 1. `None` where every row does.
    ///
    /// Errors with [`MdpError::Shape`] unless there is one deficit for each pair.
    pub fn with_slacks(self, complement: F, deficits: Option<Vec<F>>) -> Result<Mdp<F>, MdpError> {
        if let Some(deficits) = &deficits {
            parts::shape("deficits, one for each pair", deficits.len(), self.pairs())?;
        }
        Ok(self.slackened(complement, deficits))
    }

    /// [`Mdp::with_slacks`] of the library's own.
    pub(crate) fn slackened(mut self, complement: F, deficits: Option<Vec<F>>) -> Mdp<F> {
        self.centred = None;
        self.complement = complement;
        self.deficits = deficits;
        self
    }

    /// With r(s, a) = Σ p r(s, a, s') of some pairs as a caller has summed it, from exact numbers:
    /// where rewards of both signs cancel, a sum of rounded products leaves their rounding in place
    /// of 0, and a row that does not sum to 1 pays another part than 1 of one reward. The rewards r(s, a, s') stay as they
    /// are.
    pub(crate) fn with_expected_rewards(
        mut self,
        rewards: impl IntoIterator<Item = (usize, F)>,
    ) -> Mdp<F> {
        for (pair, r) in rewards {
            if self.rewards_are_by_pair() && self.r[pair] != r {
                self.list_outcomes();
            }
            self.r[pair] = r;
        }
        self
    }

    /// Holds a reward r(s, a, s') for each outcome, as yet r(s, a).
    fn list_outcomes(&mut self) {
        let mut listed = OutcomeTable::default();
        for pair in 0..self.pairs() {
            for (next, probability) in self.p.row(pair) {
                listed.push(next, probability.clone(), self.r[pair].clone());
            }
            listed.end_pair();
        }
        self.outcomes = Outcomes::Listed(listed);
    }

    /// With what dividing rows by their sums has changed.
    pub(crate) fn with_normalization(mut self, done: Option<Normalization>) -> Mdp<F> {
        self.normalization = done.map(Arc::new);
        self
    }

    /// What dividing rows by their sums has changed, where that was asked for and needed.
    pub fn normalization(&self) -> Option<&Arc<Normalization>> {
        self.normalization.as_ref()
    }

    /// With the name of the reward that r is.
    pub(crate) fn paid_as(mut self, reward: Option<Arc<str>>, is_reward_model: bool) -> Mdp<F> {
        (self.reward, self.is_reward_model) = (reward, is_reward_model);
        self
    }

    /// Which of its model's rewards r is, by name or as a combination, where the model has several.
    pub fn reward(&self) -> Option<&Arc<str>> {
        self.reward.as_ref()
    }

    /// Whether that is a reward model of a file of another program, which may have several.
    pub fn pays_a_reward_model(&self) -> bool {
        self.is_reward_model
    }

    /// 1 − γ.
    pub fn discount_complement(&self) -> &F {
        &self.complement
    }

    /// 1 − Σ p(·|s, a) \[SA\], if some row does not sum to 1.
    pub fn deficits(&self) -> Option<&[F]> {
        self.deficits.as_deref()
    }

    /// The model's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// States, actions, pairs and terminal flags.
    pub fn space(&self) -> &Arc<Space> {
        &self.space
    }

    /// Number of states n, terminal ones included.
    pub fn states(&self) -> usize {
        self.space.states()
    }

    /// Number of state-action pairs m.
    pub fn pairs(&self) -> usize {
        self.space.pairs()
    }

    /// p(s' | s, a), shape [SA, S]; rows sum to 1. Terminal columns are kept.
    pub fn p(&self) -> &Csr<F> {
        &self.p
    }

    /// r(s, a) = Σ p(s' | s, a) r(s, a, s'), shape \[SA\], in units of reward; of a row that does not sum to 1, as written,
    /// less or more than the one reward that all of its outcomes pay.
    pub fn r(&self) -> &[F] {
        &self.r
    }

    /// ρ₀, shape \[S\]; sums to 1.
    pub fn initial(&self) -> &[F] {
        &self.initial
    }

    /// What is maximised.
    pub fn criterion(&self) -> &Criterion<F> {
        &self.criterion
    }

    /// γ; 1 for the total and the average reward.
    pub fn discount(&self) -> F {
        self.criterion.discount()
    }

    /// The outcomes of a pair: each (probability, next state, reward) on its own, also where
    /// several share a next state.
    pub fn outcomes(&self, pair: usize) -> impl Iterator<Item = Outcome<'_, F>> {
        let by_pair = matches!(self.outcomes, Outcomes::ByPair);
        let from_row = by_pair.then(|| self.p.row(pair)).into_iter().flatten().map(
            move |(next, probability)| Outcome {
                next,
                probability,
                reward: &self.r[pair],
            },
        );
        from_row.chain(self.listed_outcomes(pair))
    }

    /// σ(s, a) = 1 − γ Σ p(·|s, a): what a pair's row of I − γp sums to, with the digits that 1 − γ and the deficits
    /// have.
    pub fn slack(&self, pair: usize) -> F {
        let slack = self.complement.clone();
        match &self.deficits {
            None => slack,
            Some(deficits) => slack + self.discount() * &deficits[pair],
        }
    }

    fn listed_outcomes(&self, pair: usize) -> impl Iterator<Item = Outcome<'_, F>> {
        let listed = match &self.outcomes {
            Outcomes::ByPair => None,
            Outcomes::Listed(table) => Some(table.of(pair)),
        };
        listed.into_iter().flatten()
    }

    /// Whether every reward depends on (s, a) alone.
    pub fn rewards_are_by_pair(&self) -> bool {
        matches!(self.outcomes, Outcomes::ByPair)
    }

    /// Whether some outcome pays more than 0 and some other less.
    pub(crate) fn has_rewards_of_both_signs(&self) -> bool {
        match &self.outcomes {
            Outcomes::ByPair => of_both_signs(self.r.iter()),
            Outcomes::Listed(table) => of_both_signs(table.rewards()),
        }
    }

    /// The model with its p, r and ρ₀ under another criterion.
    ///
    /// Errors with [`MdpError`] for a discount or a horizon outside its range.
    pub fn with_criterion(self, criterion: Criterion<F>) -> Result<Mdp<F>, MdpError> {
        check_criterion(&criterion, false)?;
        Ok(self.under(criterion))
    }

    /// [`Mdp::with_criterion`] of the library's own, whose ranges are known.
    pub(crate) fn under(mut self, criterion: Criterion<F>) -> Mdp<F> {
        self.complement = F::one() - criterion.discount();
        self.criterion = criterion;
        self
    }

    /// The model with its p, r and criterion from another initial measure ρ₀ \[S\], finite and in which J is linear whatever
    /// it sums to.
    ///
    /// Errors with [`MdpError`] unless it has one finite number for each state.
    pub fn with_initial(mut self, initial: Vec<F>) -> Result<Mdp<F>, MdpError> {
        let weights = "initial weights, one for each state";
        parts::vector(weights, "ρ₀", &initial, self.states())?;
        self.initial = initial;
        Ok(self)
    }

    /// The model with its p, ρ₀ and criterion and other rewards r(s, a) \[SA\], finite, paid whatever the next state.
    ///
    /// Errors with [`MdpError`] unless there is one finite number for each pair.
    pub fn with_rewards(mut self, r: Vec<F>) -> Result<Mdp<F>, MdpError> {
        let rewards = "rewards, one for each pair of state and action";
        parts::vector(rewards, "r", &r, self.pairs())?;
        self.r = r;
        self.outcomes = Outcomes::ByPair;
        self.centred = None;
        Ok(self)
    }

    /// The model with r(s, a, s') − x(s) for every reward r that is paid in s, x \[S\] in units of reward.
    pub(crate) fn with_rewards_less(mut self, x: &[F]) -> Mdp<F> {
        debug_assert_eq!(x.len(), self.states());
        self.centred = None;
        for pair in 0..self.pairs() {
            let less = &x[self.space.state_of(pair)];
            self.r[pair] -= less;
            if let Outcomes::Listed(table) = &mut self.outcomes {
                table.change_rewards(pair, |r| *r -= less);
            }
        }
        self
    }

    /// The model with r(s, a, s') + x(s, a) for every reward r of a pair, x \[SA\] in units of reward.
    pub(crate) fn with_bonus(mut self, x: &[F]) -> Mdp<F> {
        debug_assert_eq!(x.len(), self.pairs());
        self.centred = None;
        for (pair, bonus) in x.iter().enumerate() {
            self.r[pair] += bonus;
            if let Outcomes::Listed(table) = &mut self.outcomes {
                table.change_rewards(pair, |r| *r += bonus);
            }
        }
        self
    }

    /// The same model with other transitions p [SA, S], r(s, a) as it is; what a row sums to more or
    /// less than before is lost or won.
    ///
    /// Errors with [`MdpError::Shape`] unless it has a row for each pair and a column for each
    /// state.
    pub fn with_transitions(mut self, p: Csr<F>) -> Result<Mdp<F>, MdpError> {
        let rows = "rows of transitions, one for each pair of state and action";
        parts::shape(rows, p.rows(), self.pairs())?;
        let columns = "columns of transitions, one for each state";
        parts::shape(columns, p.columns(), self.states())?;
        let lost = |pair: usize| {
            let gone = |sum: F, (_, x): (usize, &F)| sum + x;
            let before = self.p.row(pair).fold(F::zero(), gone);
            let known = self
                .deficits
                .as_ref()
                .map_or_else(F::zero, |d| d[pair].clone());
            known + before - p.row(pair).fold(F::zero(), gone)
        };
        self.deficits = Some((0..self.pairs()).map(lost).collect());
        self.p = p;
        self.outcomes = Outcomes::ByPair;
        self.centred = None;
        Ok(self)
    }

    /// The same model over another field, number by number; 1 − γ and the deficits are mapped too, so
    /// that numbers which are moved one by one need new ones ([`Mdp::with_slacks`]).
    pub fn map<G: Field>(&self, mut f: impl FnMut(&F) -> G) -> Mdp<G> {
        Mdp {
            name: self.name.clone(),
            space: Arc::clone(&self.space),
            p: self.p.map(&mut f),
            r: self.r.iter().map(&mut f).collect(),
            outcomes: match &self.outcomes {
                Outcomes::ByPair => Outcomes::ByPair,
                Outcomes::Listed(table) => Outcomes::Listed(table.map(&mut f)),
            },
            initial: self.initial.iter().map(&mut f).collect(),
            complement: f(&self.complement),
            normalization: self.normalization.clone(),
            // numbers may be moved one by one
            centred: None,
            reward: self.reward.clone(),
            is_reward_model: self.is_reward_model,
            deficits: self
                .deficits
                .as_ref()
                .map(|d| d.iter().map(&mut f).collect()),
            criterion: self.criterion.map(f),
        }
    }
}

/// p, r(s, a) = Σ p r(s, a, s'), and the outcomes as far as those do not say all.
fn summed<F: Field>(space: &Space, outcomes: OutcomeTable<F>) -> (Csr<F>, Vec<F>, Outcomes<F>) {
    let mut p = Csr::with_capacity(space.states(), space.pairs(), outcomes.outcomes());
    let mut r = Vec::with_capacity(space.pairs());
    let mut row = Vec::new();
    let mut by_pair = true;
    for pair in 0..space.pairs() {
        let entries = outcomes.of(pair).map(|o| (o.next, o.probability.clone()));
        if outcomes.next_states(pair).is_sorted_by(|a, b| a < b) {
            p.push_sorted(entries);
        } else {
            row.extend(entries);
            p.push_row(&mut row);
        }
        let uniform = uniform_reward(&outcomes, pair);
        by_pair &= uniform.is_some();
        r.push(uniform.unwrap_or_else(|| expected_reward(&outcomes, pair)));
    }
    let outcomes = if by_pair {
        Outcomes::ByPair
    } else {
        Outcomes::Listed(outcomes)
    };
    (p, r, outcomes)
}

/// Whether some are above 0 and some below.
fn of_both_signs<'a, F: Field>(mut rewards: impl Iterator<Item = &'a F> + Clone) -> bool {
    let zero = F::zero();
    // one question after the other, so that each loop decides one thing
    let pays_less = rewards.clone().any(|reward| *reward < zero);
    pays_less && rewards.any(|reward| *reward > zero)
}

/// The reward that every outcome of the pair pays, if it is one and the same: then r(s, a) is
/// exactly that, whatever the rounded probabilities of a row that sums to 1 sum to.
fn uniform_reward<F: Field>(outcomes: &OutcomeTable<F>, pair: usize) -> Option<F> {
    let mut rewards = outcomes.of(pair).map(|o| o.reward);
    let first = rewards.next()?;
    rewards.all(|r| r == first).then(|| first.clone())
}

fn expected_reward<F: Field>(outcomes: &OutcomeTable<F>, pair: usize) -> F {
    let mut expected = F::zero();
    for outcome in outcomes.of(pair) {
        expected += outcome.probability.clone() * outcome.reward;
    }
    expected
}
