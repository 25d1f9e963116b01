//! Several rewards of one model, by name: costs and risks beside a gain.
//!
//! Each reward r_k(s, a, s') is a number for every outcome. J is linear in the reward, so that J and
//! ∇J of a combination Σ wₖ rₖ, as the Lagrangian of a constrained problem, are those of the model that
//! pays it ([`Model::paying`]).

use std::sync::Arc;

use super::Model;
use super::error::{DraftError, NameList};
use super::named::NamedRewards;
use super::names::suggest;
use crate::field::Field;
use crate::mdp::{ExactOutcomes, OutcomeTable};
use crate::number::{Number, Rational};

/// r_k(s, a, s') of one name where it is paid: by state, action and next state, in this order.
pub(crate) type Paid = Vec<((u32, u32, u32), Number)>;

impl Model {
    /// The names of the rewards, the first of which the model pays; none where a model has one reward.
    pub fn reward_names(&self) -> &[String] {
        &self.named.names
    }

    /// The model with rewards by name, of which it pays the first; each (s, a, s') has one outcome.
    pub(crate) fn with_named(mut self, rewards: Vec<(String, Paid)>) -> Model {
        for (name, paid) in rewards {
            let mut of_outcomes = Vec::with_capacity(self.outcomes.outcomes());
            for pair in 0..self.space.pairs() {
                let (state, action) = (self.space.state_of(pair), self.space.action_of(pair));
                for outcome in self.outcomes.of(pair) {
                    let key = (state as u32, action as u32, outcome.next as u32);
                    let found = paid.binary_search_by(|(own, _)| own.cmp(&key));
                    of_outcomes.push(found.map_or(Number::ZERO, |at| paid[at].1.clone()));
                }
            }
            self.named.names.push(name);
            self.named.paid.push(of_outcomes);
        }
        self.outcomes = self.repaid(&[Number::ONE]);
        self
    }

    /// A game's model with a reward for each player, under its name: where two players have one, the
    /// other gets minus that, and one without a name is that of the first.
    ///
    /// Errors with the players who have none.
    pub(crate) fn with_rewards_of_players(mut self) -> Result<Model, NameList> {
        let Some(players) = self.space.players().cloned() else {
            return Ok(self);
        };
        let paid_once = (0..self.space.pairs()).all(|pair| {
            let next: Vec<usize> = self.outcomes.next_states(pair).collect();
            next.is_sorted_by(|a, b| a < b)
        });
        if self.named.names.is_empty() && players.count() <= 2 && paid_once {
            let outcomes = (0..self.space.pairs()).flat_map(|pair| self.outcomes.of(pair));
            let own = outcomes.map(|outcome| outcome.reward.clone()).collect();
            self.named.names.push(players.names()[0].clone());
            self.named.paid.push(own);
        }
        let is_paid = |name: &&String| self.named.names.contains(name);
        let lacking = players.names().iter().filter(|name| !is_paid(name));
        let lacking: Vec<String> = lacking.cloned().collect();
        let other = players.names().iter().find(is_paid);
        let other = other.and_then(|name| self.named.names.iter().position(|own| own == name));
        match (&lacking[..], other) {
            ([], _) => Ok(self),
            // a name beside it may be that of the other player, misspelt
            ([one], Some(other)) if players.count() == 2 && self.named.names.len() == 1 => {
                let minus = |x: &Number| (Rational::ZERO - x.to_rational()).into();
                let paid = self.named.paid[other].iter().map(minus).collect();
                self.named.names.push(one.clone());
                self.named.paid.push(paid);
                Ok(self)
            }
            _ => Err(NameList::of(lacking)),
        }
    }

    /// r_k of the outcomes of a pair, in their order.
    pub(crate) fn named_rewards(&self, which: usize, pair: usize) -> &[Number] {
        let outcomes = self.outcomes.range(pair);
        &self.named.paid[which][outcomes]
    }

    /// r_k(s, a) \[SA\], each rounded once.
    pub fn expected_rewards<F: Field>(&self, which: usize) -> Vec<F> {
        let expected = |pair: usize| {
            let rewards = self.named_rewards(which, pair);
            let outcomes = self.outcomes.of(pair);
            let is_whole = self.inexact_rows.binary_search(&pair).is_err();
            match rewards {
                [first, rest @ ..] if first.is_zero() && rest.iter().all(Number::is_zero) => {
                    F::zero()
                }
                [first, rest @ ..] if is_whole && rest.iter().all(|x| x == first) => {
                    F::from_number(first)
                }
                _ => {
                    let terms = outcomes.zip(rewards);
                    let terms = terms.map(|(o, r)| o.probability.to_rational() * r.to_rational());
                    F::from_number(&terms.fold(Rational::ZERO, |sum, x| sum + x).into())
                }
            }
        };
        (0..self.space.pairs()).map(expected).collect()
    }

    /// The model that pays one of its rewards, or a combination of them, and has no other: `risk`,
    /// `gain - 1/2*risk`.
    ///
    /// # Errors
    /// [`DraftError::OneReward`] where there is one reward without a name, [`DraftError::UnknownReward`]
    /// where a name is none, and [`DraftError::BadRewardSum`] where the text is no combination.
    ///
    /// ```
    /// use exact_mdp::model::Model;
    ///
    /// let model = Model::parse("m.yaml", "
    /// discount: 1/2
    /// states: [a]
    /// actions: [x, y]
    /// initial: a
    /// transitions: {a: {x: a, y: a}}
    /// rewards:
    ///   gain: {a: {x: 3}}
    ///   risk: {a: {x: 1}}
    /// ")?;
    /// assert_eq!(model.reward_names(), ["gain", "risk"]);
    /// let lagrangian = model.paying("gain - 1/2*risk")?;
    /// assert_eq!(lagrangian.mdp::<f64>().r(), [2.5, 0.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn paying(&self, combination: &str) -> Result<Model, DraftError> {
        let mut model = self.weighted(&self.weights_of(combination)?);
        let is_chosen = self.reward_names().len() > 1;
        model.named.chosen = is_chosen.then(|| combination.trim().into());
        Ok(model)
    }

    /// Which reward the model pays, where there are several, or were: its name, or the combination as it was written.
    pub fn reward(&self) -> Option<Arc<str>> {
        match self.reward_names() {
            [first, _, ..] => Some(first.as_str().into()),
            _ => self.named.chosen.clone(),
        }
    }

    /// Whether [`Model::reward`] is a reward model of a file of another program.
    pub(crate) fn pays_a_reward_model(&self) -> bool {
        self.named.is_reward_model
    }

    /// The model of a file of another program, which pays the reward model of this name.
    pub(crate) fn with_reward_model(mut self, name: &str) -> Model {
        self.named.chosen = Some(name.into());
        self.named.is_reward_model = true;
        self
    }

    /// The model that pays Σ wₖ rₖ, and has no other reward.
    pub(crate) fn weighted(&self, weights: &[Number]) -> Model {
        Model {
            outcomes: self.repaid(weights),
            named: NamedRewards::default(),
            ..self.clone()
        }
    }

    /// The outcomes, paying Σ wₖ rₖ; weights that are left out are 0.
    fn repaid(&self, weights: &[Number]) -> OutcomeTable<Number> {
        let mut outcomes = ExactOutcomes::default();
        for pair in 0..self.space.pairs() {
            let own = self.outcomes.of(pair).zip(self.outcomes.range(pair));
            for (outcome, at) in own {
                let reward = self.named.combined(weights, at);
                outcomes.push(outcome.next, outcome.probability.clone(), reward);
            }
            outcomes.end_pair();
        }
        outcomes.finish()
    }

    /// The weight of each reward in a combination \[K\].
    ///
    /// # Errors
    /// [`DraftError::OneReward`] where there is one reward without a name, [`DraftError::UnknownReward`] where a name is
    /// none, and [`DraftError::BadRewardSum`] where the text is no combination.
    pub fn weights_of(&self, combination: &str) -> Result<Vec<Number>, DraftError> {
        let names = self.reward_names();
        if names.is_empty() {
            return Err(DraftError::OneReward);
        }
        let mut weights = vec![Number::ZERO; names.len()];
        if let Some(at) = names.iter().position(|name| name == combination.trim()) {
            weights[at] = Number::ONE;
            return Ok(weights);
        }
        for (sign, term) in terms(combination) {
            let (weight, name) = weighed(term);
            let bad = || DraftError::BadRewardSum {
                found: combination.into(),
            };
            let weight: Number = weight.unwrap_or("1").parse().map_err(|_| bad())?;
            if name.is_empty() {
                return Err(bad());
            }
            let Some(at) = names.iter().position(|own| own == name) else {
                let words: Vec<&str> = names.iter().map(String::as_str).collect();
                return Err(DraftError::UnknownReward {
                    found: name.into(),
                    help: suggest(name, &words),
                });
            };
            let term = weight.to_rational() * Rational::from(sign);
            weights[at] = (weights[at].to_rational() + term).into();
        }
        Ok(weights)
    }
}

/// The terms of a sum and their signs: a sign begins a term where a space, or nothing, stands before it.
fn terms(sum: &str) -> Vec<(i64, &str)> {
    let mut terms = Vec::new();
    let (mut sign, mut from) = (1, 0);
    for (at, c) in sum.char_indices() {
        let begins = sum[..at]
            .chars()
            .next_back()
            .is_none_or(char::is_whitespace);
        if !begins || !matches!(c, '+' | '-') {
            continue;
        }
        if !sum[from..at].trim().is_empty() {
            terms.push((sign, sum[from..at].trim()));
            sign = 1;
        }
        sign *= if c == '-' { -1 } else { 1 };
        from = at + 1;
    }
    terms.push((sign, sum[from..].trim()));
    terms
}

/// `1/2*risk` and `1/2 risk`: the weight, if there is one, and the name.
fn weighed(term: &str) -> (Option<&str>, &str) {
    if let Some((weight, name)) = term.split_once('*') {
        return (Some(weight.trim()), name.trim());
    }
    match term.split_once(char::is_whitespace) {
        Some((weight, name)) if weight.parse::<Number>().is_ok() => (Some(weight), name.trim()),
        _ => (None, term),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODEL: &str = "
discount: 1/2
states: [a, b]
actions: [x, y]
initial: a
transitions: {a: {x: {a: 1/3, b: 2/3}, y: b}, b: {x: a}}
rewards:
  gain: {a: {x: {b: 3}}, b: 1}
  risk: {a: {y: 1/2}}
  air pollution: {b: 2}
";

    fn model() -> Model {
        Model::parse("m.yaml", MODEL).unwrap()
    }

    #[test]
    fn combinations_are_sums_of_what_is_named() {
        let model = model();
        let r = |combination: &str| -> Vec<Rational> {
            model
                .paying(combination)
                .unwrap()
                .mdp::<Rational>()
                .r()
                .to_vec()
        };
        let q = |p: i64, d: u64| Number::ratio(p, d).unwrap().to_rational();
        assert_eq!(r("gain"), [q(2, 1), q(0, 1), q(1, 1)]);
        assert_eq!(model.mdp::<Rational>().r(), r("gain"));
        assert_eq!(r("gain - 1/2*risk"), [q(2, 1), q(-1, 4), q(1, 1)]);
        assert_eq!(r("-air pollution + 2 risk"), [q(0, 1), q(1, 1), q(-2, 1)]);
        assert_eq!(r("risk + risk + 1e-1*gain"), [q(1, 5), q(1, 1), q(1, 10)]);
        for (which, name) in model.reward_names().iter().enumerate() {
            assert_eq!(model.expected_rewards::<Rational>(which), r(name));
        }
    }

    #[test]
    fn the_reward_that_is_paid_has_a_name_where_there_are_several() {
        let model = model();
        let name = |model: &Model| model.reward().map(|name| name.to_string());
        assert_eq!(name(&model).as_deref(), Some("gain"));
        let chosen = model.paying(" gain - 1/2*risk ").unwrap();
        assert_eq!(name(&chosen).as_deref(), Some("gain - 1/2*risk"));
        let mdp = chosen.mdp::<Rational>().map(|x| x.clone());
        assert_eq!(mdp.reward().map(|name| &**name), Some("gain - 1/2*risk"));
        let one = Model::parse(
            "m.yaml",
            "discount: 1/2\nstates: [a]\nactions: [x]\ninitial: a\ntransitions: {a: {x: a}}\nrewards: {a: 1}\n",
        );
        assert_eq!(name(&one.unwrap()), None);
    }

    #[test]
    fn what_is_no_combination_is_refused() {
        let model = model();
        let said = |combination: &str| model.paying(combination).unwrap_err().to_string();
        assert!(said("gian").contains("`gian`"));
        assert!(said("gain + ").contains("no sum"));
        assert!(said("x*gain").contains("no sum"));
        let one = model.paying("risk").unwrap();
        let none = one.paying("risk").unwrap_err();
        assert!(matches!(none, DraftError::OneReward));
    }

    #[test]
    fn what_is_written_reads_back() {
        let model = model();
        for form in [crate::yaml::Style::Nested, crate::yaml::Style::Rows] {
            let text = model.write(form);
            assert_eq!(Model::parse("m.yaml", &text).unwrap(), model, "{text}");
        }
    }
}
