//! What every picture of a model's states shows beside its numbers: names, starts, walls and ends.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use exact_mdp::mdp::{GridLayout, Mdp, Space};

/// The states of a model, as pictures show them.
#[derive(Clone, Debug)]
pub struct Scene {
    /// Names and numbering.
    pub space: Arc<Space>,
    /// ρ₀ \[S\].
    pub initial: Vec<f64>,
    /// The reward of entering a terminal state, where it is one and the same and not 0.
    entered: BTreeMap<usize, f64>,
}

impl Scene {
    /// The states of a model.
    pub fn new(mdp: &Mdp) -> Scene {
        Scene {
            space: Arc::clone(mdp.space()),
            initial: mdp.initial().to_vec(),
            entered: entered(mdp),
        }
    }

    /// The map that the states lie on, if there is one.
    pub fn grid(&self) -> Option<&GridLayout> {
        self.space.grid()
    }

    /// The name of a state.
    pub fn name(&self, state: usize) -> Cow<'_, str> {
        self.space.state_names().get(state)
    }

    /// What stands in the place of a terminal state: `end`, or the reward of entering it.
    pub fn end(&self, state: usize) -> String {
        match self.entered.get(&state) {
            Some(reward) => format!("{}{}", plus(*reward), super::short(*reward, 3)),
            None => "end".to_string(),
        }
    }

    /// How a state ends, in a sentence.
    pub fn end_in_words(&self, state: usize) -> String {
        let name = self.name(state);
        match self.entered.get(&state) {
            Some(reward) => format!("{name}: terminal, entered for {}", super::float(*reward)),
            None => format!("{name}: terminal"),
        }
    }
}

fn plus(x: f64) -> &'static str {
    if x > 0.0 { "+" } else { "" }
}

fn entered(mdp: &Mdp) -> BTreeMap<usize, f64> {
    let space = mdp.space();
    let mut rewards: BTreeMap<usize, Option<f64>> = BTreeMap::new();
    for pair in 0..mdp.pairs() {
        let outcomes = mdp.outcomes(pair);
        for outcome in outcomes.filter(|outcome| space.is_terminal(outcome.next)) {
            let reward = *outcome.reward;
            let known = rewards.entry(outcome.next).or_insert(Some(reward));
            *known = known.filter(|known| *known == reward);
        }
    }
    let told = rewards.into_iter();
    told.filter_map(|(state, reward)| Some((state, reward.filter(|x| *x != 0.0)?)))
        .collect()
}
