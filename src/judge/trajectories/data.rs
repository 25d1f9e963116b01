//! The data of trajectories against the model: what cannot happen, by name, and how often the rest did.

use std::collections::BTreeMap;

use super::given::{Trajectories, Trajectory};
use super::written::{OF_REWARDS, Rounding};
use crate::mdp::{Criterion, Mdp};
use crate::policy::Policy;
use crate::trajectory::Record;

/// Something in the data that the model or the policy cannot do.
#[derive(Clone, Debug, PartialEq)]
pub struct Impossible {
    /// `start`, `action`, `transition`, `reward`, `end` or `continuity`.
    pub kind: &'static str,
    /// Which trajectory, from 0.
    pub trajectory: usize,
    /// Which step, from 0.
    pub step: usize,
    /// What happened, by name, and why it cannot.
    pub says: String,
}

/// How many impossible things are told in full, of each kind; a choice.
const TOLD: usize = 5;

/// Trajectories, with how often everything happened.
pub(super) struct Data<'a> {
    pub(super) mdp: &'a Mdp,
    pub(super) actor: &'a Policy,
    pub(super) given: &'a Trajectories,
    pub impossible: Vec<Impossible>,
    pub count: usize,
    pub(super) kinds: BTreeMap<&'static str, usize>,
    /// How often each outcome of a pair happened, in the order of [`Mdp::outcomes`].
    pub(super) outcomes: BTreeMap<usize, Vec<u64>>,
    pub(super) starts: BTreeMap<usize, u64>,
    /// How often each pair was taken.
    pub(super) taken: BTreeMap<usize, u64>,
    unusable: Option<String>,
    /// What rounding may have done to a reward.
    rounding: Rounding,
    /// Whether some trajectory ends in a state that is not told, and may end because of it.
    pub(super) ends_untold: bool,
}

/// Whether the last step leads to a state that is not told, other than by a cut, which chooses no
/// outcome.
fn ends_untold(one: &Trajectory) -> bool {
    let Some(last) = one.actions.len().checked_sub(1) else {
        return false;
    };
    let is_cut = one.truncated.as_ref().is_some_and(|flags| flags[last]);
    one.next[last].is_none() && !is_cut
}

/// What is paid for a step.
pub(super) enum Paid {
    /// By the outcome of this number.
    Outcome(usize),
    /// The step cannot lead there.
    NoWay,
    /// It leads there, but pays otherwise.
    Otherwise(Vec<f64>),
}

impl<'a> Data<'a> {
    /// Goes through all steps.
    pub fn new(mdp: &'a Mdp, actor: &'a Policy, given: &'a Trajectories) -> Data<'a> {
        let rewards = given.each.iter().map(|one| one.rewards.clone());
        let rewards: Vec<Vec<f64>> = rewards.collect();
        let mut data = Data {
            mdp,
            actor,
            given,
            impossible: Vec::new(),
            count: 0,
            kinds: BTreeMap::new(),
            outcomes: BTreeMap::new(),
            starts: BTreeMap::new(),
            taken: BTreeMap::new(),
            unusable: None,
            rounding: Rounding::seen(&rewards, OF_REWARDS),
            ends_untold: given.each.iter().any(ends_untold),
        };
        for (i, one) in given.each.iter().enumerate() {
            data.start(i, one);
            for t in 0..one.actions.len() {
                data.step(i, one, t);
                data.end(i, one, t);
            }
        }
        data
    }

    pub(super) fn state(&self, s: usize) -> String {
        self.mdp.space().state_names().get(s).into_owned()
    }

    pub(super) fn action(&self, a: usize) -> String {
        self.mdp.space().action_names().get(a).into_owned()
    }

    fn tell(&mut self, kind: &'static str, trajectory: usize, step: usize, says: String) {
        self.count += 1;
        let told = self.kinds.entry(kind).or_default();
        *told += 1;
        if *told <= TOLD {
            self.impossible.push(Impossible {
                kind,
                trajectory,
                step,
                says,
            });
        }
    }

    fn start(&mut self, i: usize, one: &Trajectory) {
        let Some(&s) = one.states.first() else { return };
        *self.starts.entry(s).or_default() += 1;
        // a run of the average reward may begin in the long run
        let anywhere = matches!(self.mdp.criterion(), Criterion::Average);
        if self.mdp.initial()[s] <= 0.0 && !anywhere {
            let says = format!("no trajectory starts in `{}`", self.state(s));
            self.tell("start", i, 0, says);
        }
    }

    fn step(&mut self, i: usize, one: &Trajectory, t: usize) {
        let (s, a, reward) = (one.states[t], one.actions[t], one.rewards[t]);
        if let (Some(next), Some(&then)) = (one.next[t], one.states.get(t + 1))
            && next != then
            && t + 1 < one.actions.len()
        {
            let (next, then) = (self.state(next), self.state(then));
            self.tell(
                "continuity",
                i,
                t,
                format!("leads to `{next}`, but goes on in `{then}`"),
            );
        }
        let Some(pair) = self.mdp.space().pair(s, a) else {
            let (state, action) = (self.state(s), self.action(a));
            let says = if self.mdp.space().is_terminal(s) {
                format!("`{state}` is terminal, and yet `{action}` is taken there")
            } else {
                format!("`{state}` has no action `{action}`")
            };
            self.unusable.get_or_insert_with(|| says.clone());
            return self.tell("action", i, t, says);
        };
        *self.taken.entry(pair).or_default() += 1;
        if self.actor.probabilities()[pair] <= 0.0 {
            let says = format!(
                "the policy never takes `{}` in `{}`",
                self.action(a),
                self.state(s)
            );
            self.tell("action", i, t, says);
        }
        let arrow = || format!("`{}` –{}→", self.state(s), self.action(a));
        match (self.paid(pair, one.next[t], reward), one.next[t]) {
            (Paid::Outcome(at), Some(_)) => {
                let count = self.mdp.outcomes(pair).count();
                self.outcomes.entry(pair).or_insert_with(|| vec![0; count])[at] += 1;
            }
            (Paid::Outcome(_), None) => {}
            (Paid::NoWay, next) => {
                let next = next.map_or(String::new(), |next| self.state(next));
                let says = format!("{} `{next}` has probability 0", arrow());
                self.tell("transition", i, t, says);
            }
            (Paid::Otherwise(rewards), next) => {
                let next = next.map_or("…".to_string(), |next| format!("`{}`", self.state(next)));
                let says = format!("{} {next} pays {}, not {reward}", arrow(), any_of(&rewards));
                self.arrived(pair, one.next[t]);
                self.tell("reward", i, t, says);
            }
        }
    }

    /// Counts a step that went where it may, whatever it was paid.
    fn arrived(&mut self, pair: usize, next: Option<usize>) {
        let mut outcomes = self.mdp.outcomes(pair);
        let at = outcomes.position(|x| Some(x.next) == next && *x.probability > 0.0);
        if let Some(at) = at {
            let count = self.mdp.outcomes(pair).count();
            self.outcomes.entry(pair).or_insert_with(|| vec![0; count])[at] += 1;
        }
    }

    /// Which outcome of a pair led to the next state and paid so much.
    pub(super) fn paid(&self, pair: usize, next: Option<usize>, reward: f64) -> Paid {
        let fits = |x: f64| {
            let most = 1e-6 * x.abs().max(reward.abs()) + 1e-12;
            (x - reward).abs() <= most.max(self.rounding.of(reward))
        };
        let (mut rewards, mut best): (Vec<f64>, Option<(f64, usize)>) = (Vec::new(), None);
        for (at, outcome) in self.mdp.outcomes(pair).enumerate() {
            if *outcome.probability <= 0.0 || next.is_some_and(|next| next != outcome.next) {
                continue;
            }
            let x = *outcome.reward;
            let apart = (x - reward).abs();
            if fits(x) && best.is_none_or(|(least, _)| apart < least) {
                best = Some((apart, at));
            }
            if !rewards.contains(&x) {
                rewards.push(x);
            }
        }
        match best {
            Some((_, at)) => Paid::Outcome(at),
            None if rewards.is_empty() => Paid::NoWay,
            None => Paid::Otherwise(rewards),
        }
    }

    /// The reward of which a log has kept a few digits; `None` where it has all of them.
    fn whole(&self, pair: usize, next: Option<usize>, reward: f64) -> Option<f64> {
        (self.rounding.most() > 0.0).then_some(())?;
        match self.paid(pair, next, reward) {
            Paid::Outcome(at) => self.mdp.outcomes(pair).nth(at).map(|x| *x.reward),
            _ => None,
        }
    }

    fn end(&mut self, i: usize, one: &Trajectory, t: usize) {
        let steps = one.actions.len();
        let flag = |flags: &Option<Vec<bool>>| flags.as_ref().map(|flags| flags[t]);
        let horizon = self.mdp.criterion().horizon();
        if let Some(horizon) = horizon.filter(|horizon| t == *horizon) {
            self.tell(
                "end",
                i,
                t,
                format!("goes on after the horizon of {horizon} steps"),
            );
        }
        let (terminated, truncated) = (flag(&one.terminated), flag(&one.truncated));
        let done = flag(&one.done);
        if t + 1 < steps && [terminated, truncated, done].contains(&Some(true)) {
            self.tell("end", i, t, "ends here by its flags, and goes on".into());
        }
        let Some(next) = one.next[t] else { return };
        let over = self.mdp.space().is_terminal(next);
        let at_horizon = horizon == Some(t + 1);
        match terminated {
            Some(true) if !over && !at_horizon => {
                let says = format!("`terminated`, but `{}` is not terminal", self.state(next));
                self.tell("end", i, t, says);
            }
            Some(false) if over => {
                let says = format!(
                    "`{}` is terminal, but the step is not `terminated`",
                    self.state(next)
                );
                self.tell("end", i, t, says);
            }
            _ if done == Some(false) && (over || terminated == Some(true)) => {
                let says = format!(
                    "`{}` is terminal, but the step is not `done`",
                    self.state(next)
                );
                self.tell("end", i, t, says);
            }
            _ => {}
        }
    }

    /// The steps as the simulator would have recorded them; an error says why there are none.
    pub fn record(&self) -> Result<Record, String> {
        if let Some(why) = &self.unusable {
            return Err(why.clone());
        }
        let mut record = Record {
            start: vec![0],
            ..Record::default()
        };
        for one in &self.given.each {
            for (t, (&s, &a)) in one.states.iter().zip(&one.actions).enumerate() {
                // every pair is there, or the record would be unusable
                let pair = self.mdp.space().pair(s, a);
                record.pairs.extend(pair);
                let whole = pair.and_then(|pair| self.whole(pair, one.next[t], one.rewards[t]));
                record.rewards.push(whole.unwrap_or(one.rewards[t]));
                let next = one.next[t].or_else(|| one.states.get(t + 1).copied());
                record.next.push(next.unwrap_or(self.mdp.states()));
            }
            record.start.push(record.pairs.len());
        }
        Ok(record)
    }
}

fn any_of(rewards: &[f64]) -> String {
    // what fits a line
    const MOST: usize = 4;
    let few: Vec<String> = rewards.iter().take(MOST).map(f64::to_string).collect();
    if rewards.len() > MOST {
        format!("{} …", few.join(" or "))
    } else {
        few.join(" or ")
    }
}
