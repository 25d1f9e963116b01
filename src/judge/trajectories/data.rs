//! The data of trajectories against the model: what cannot happen, by name, and what chance did.

use std::collections::BTreeMap;

use super::count::{Counts, Test};
use super::{Diagnosis, Trajectories, Trajectory, diagnosis};
use crate::judge::Verdict;
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

/// How many impossible things are told in full, of each kind.
const TOLD: usize = 5;

/// Trajectories, with how often everything happened.
pub(super) struct Data<'a> {
    mdp: &'a Mdp,
    actor: &'a Policy,
    given: &'a Trajectories,
    pub impossible: Vec<Impossible>,
    pub count: usize,
    kinds: BTreeMap<&'static str, usize>,
    /// How often each outcome of a pair happened, in the order of [`Mdp::outcomes`].
    outcomes: BTreeMap<usize, Vec<u64>>,
    starts: BTreeMap<usize, u64>,
    /// How often each pair was taken.
    taken: BTreeMap<usize, u64>,
    unusable: Option<String>,
    /// Whether some trajectory ends in a state that is not told, and may end because of it.
    ends_untold: bool,
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

/// A reward by trajectory and step.
type RewardAt<'a> = dyn Fn(usize, usize) -> Option<f64> + 'a;

/// What is paid for a step.
enum Paid {
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

    fn state(&self, s: usize) -> String {
        self.mdp.space().state_names().get(s).into_owned()
    }

    fn action(&self, a: usize) -> String {
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
        if self.mdp.initial()[s] <= 0.0 {
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
    fn paid(&self, pair: usize, next: Option<usize>, reward: f64) -> Paid {
        let fits = |x: f64| (x - reward).abs() <= 1e-6 * x.abs().max(reward.abs()) + 1e-12;
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

    fn end(&mut self, i: usize, one: &Trajectory, t: usize) {
        let steps = one.actions.len();
        let flag = |flags: &Option<Vec<bool>>| flags.as_ref().map(|flags| flags[t]);
        let horizon = match self.mdp.criterion() {
            Criterion::FiniteHorizon { horizon, .. } => Some(*horizon),
            _ => None,
        };
        if let Some(horizon) = horizon.filter(|horizon| t == *horizon) {
            self.tell(
                "end",
                i,
                t,
                format!("goes on after the horizon of {horizon} steps"),
            );
        }
        let (terminated, truncated) = (flag(&one.terminated), flag(&one.truncated));
        if t + 1 < steps && (terminated == Some(true) || truncated == Some(true)) {
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
            _ => {}
        }
    }

    /// Whether chance chose as it should; each test has its share of the false-alarm rate.
    pub fn tests(&self, false_alarm: f64) -> Vec<Test> {
        let of = [
            ("starts", self.start_counts()),
            ("actions", self.action_counts()),
            ("transitions", self.transition_counts()),
            (
                "rewards",
                if self.kinds.contains_key("reward") {
                    Vec::new()
                } else {
                    self.reward_counts()
                },
            ),
        ];
        let chance = |places: &[Counts]| places.iter().any(|place| place.cells.len() > 1);
        let of: Vec<_> = of
            .into_iter()
            .filter(|(_, places)| chance(places))
            .collect();
        let rate = false_alarm / of.len().max(1) as f64;
        let tests = of.into_iter();
        tests
            .map(|(name, places)| Test::new(name, &places, rate))
            .collect()
    }

    fn start_counts(&self) -> Vec<Counts> {
        let initial = self.mdp.initial().iter().enumerate();
        let count = |s: usize| self.starts.get(&s).copied().unwrap_or(0);
        let cells = initial.filter(|(_, rho)| **rho > 0.0);
        vec![Counts {
            of: String::new(),
            cells: cells
                .map(|(s, rho)| (self.state(s), *rho, count(s)))
                .collect(),
        }]
    }

    fn action_counts(&self) -> Vec<Counts> {
        let space = self.mdp.space();
        let mut states: Vec<usize> = self
            .taken
            .keys()
            .map(|&pair| space.state_of(pair))
            .collect();
        states.dedup();
        let pi = self.actor.probabilities();
        let cell = |pair: usize| {
            let count = self.taken.get(&pair).copied().unwrap_or(0);
            (self.action(space.action_of(pair)), pi[pair], count)
        };
        let of = |s: usize| Counts {
            of: self.state(s),
            cells: space
                .pairs_of(s)
                .filter(|&pair| pi[pair] > 0.0)
                .map(cell)
                .collect(),
        };
        states.into_iter().map(of).collect()
    }

    /// The outcomes of each pair that was taken: next state, reward, probability, count. Where
    /// steps into terminal states are not told, what is told of a pair that may end is no sample of
    /// its law, and the pair is left out.
    fn happened(&self) -> impl Iterator<Item = (usize, Vec<(usize, f64, f64, u64)>)> {
        let may_end = |pair: usize| {
            let mut outcomes = self.mdp.outcomes(pair);
            outcomes.any(|x| *x.probability > 0.0 && self.mdp.space().is_terminal(x.next))
        };
        let pairs = self.outcomes.iter();
        let told = pairs.filter(move |&(&pair, _)| !(self.ends_untold && may_end(pair)));
        told.map(|(&pair, counts)| {
            let outcomes = self.mdp.outcomes(pair).zip(counts);
            let outcomes = outcomes.filter(|(outcome, _)| *outcome.probability > 0.0);
            let each = outcomes.map(|(x, &n)| (x.next, *x.reward, *x.probability, n));
            (pair, each.collect())
        })
    }

    fn pair(&self, pair: usize) -> String {
        let (state, action) = self.mdp.space().pair_names(pair);
        format!("{state} –{action}")
    }

    fn transition_counts(&self) -> Vec<Counts> {
        let of = |(pair, outcomes): (usize, Vec<(usize, f64, f64, u64)>)| {
            let mut cells: BTreeMap<usize, (f64, u64)> = BTreeMap::new();
            for (next, _, probability, count) in outcomes {
                let cell = cells.entry(next).or_default();
                *cell = (cell.0 + probability, cell.1 + count);
            }
            let cells = cells.into_iter();
            Counts {
                of: self.pair(pair),
                cells: cells
                    .map(|(next, (p, n))| (self.state(next), p, n))
                    .collect(),
            }
        };
        self.happened().map(of).collect()
    }

    fn reward_counts(&self) -> Vec<Counts> {
        let mut all = Vec::new();
        for (pair, outcomes) in self.happened() {
            let mut by_next: BTreeMap<usize, Vec<(f64, f64, u64)>> = BTreeMap::new();
            for (next, reward, probability, count) in outcomes {
                by_next
                    .entry(next)
                    .or_default()
                    .push((reward, probability, count));
            }
            for (next, cells) in by_next.into_iter().filter(|(_, cells)| cells.len() > 1) {
                let whole: f64 = cells.iter().map(|(_, p, _)| p).sum();
                let cell = |(r, p, n): (f64, f64, u64)| (format!("reward {r}"), p / whole, n);
                all.push(Counts {
                    of: format!("{} → {}", self.pair(pair), self.state(next)),
                    cells: cells.into_iter().map(cell).collect(),
                });
            }
        }
        all
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
                record.pairs.extend(self.mdp.space().pair(s, a));
                record.rewards.push(one.rewards[t]);
                let next = one.next[t].or_else(|| one.states.get(t + 1).copied());
                record.next.push(next.unwrap_or(self.mdp.states()));
            }
            record.start.push(record.pairs.len());
        }
        Ok(record)
    }

    /// What explains impossible rewards, transitions and ends all at once, and what chance chose.
    pub fn diagnoses(&self, tests: &[Test]) -> Vec<Diagnosis> {
        let has = |kind: &str| self.kinds.contains_key(kind);
        let mut names: Vec<&str> = Vec::new();
        names.extend(self.mistakes_of_chance(tests));
        if has("reward") {
            names.extend(self.reward_mistakes());
        }
        if has("transition") || has("action") {
            names.extend(self.action_mistakes());
        }
        if has("end") {
            names.extend(self.end_mistakes());
        }
        names.dedup();
        names.into_iter().map(diagnosis).collect()
    }

    /// Other laws of starts and actions that fit where the right ones do not.
    fn mistakes_of_chance(&self, tests: &[Test]) -> Vec<&'static str> {
        let is_off = |name: &str| {
            let mut named = tests.iter().filter(|test| test.name == name);
            named.any(|test| test.verdict == Verdict::Inconsistent)
        };
        let fits = |places: &[Counts]| Test::new("", places, 1e-4).verdict == Verdict::Consistent;
        let mut names = Vec::new();
        if is_off("starts") {
            let space = self.mdp.space();
            let alive: Vec<usize> = (0..space.states())
                .filter(|s| !space.is_terminal(*s))
                .collect();
            let n = alive.len() as f64;
            let count = |s: &usize| self.starts.get(s).copied().unwrap_or(0);
            let cells = alive
                .iter()
                .map(|s| (String::new(), 1.0 / n, count(s)))
                .collect();
            let of = String::new();
            names.extend(fits(&[Counts { of, cells }]).then_some("initial-uniform"));
        }
        if is_off("actions") {
            let mut reversed = self.action_counts();
            for place in &mut reversed {
                let mut counts: Vec<u64> = place.cells.iter().map(|cell| cell.2).collect();
                counts.reverse();
                let cells = place.cells.iter_mut().zip(counts);
                cells.for_each(|(cell, count)| cell.2 = count);
            }
            names.extend(fits(&reversed).then_some("action-reversed"));
            let mut uniform = self.action_counts();
            for place in &mut uniform {
                let n = place.cells.len() as f64;
                place.cells.iter_mut().for_each(|cell| cell.1 = 1.0 / n);
            }
            names.extend(fits(&uniform).then_some("policy-uniform"));
        }
        names
    }

    fn reward_mistakes(&self) -> Vec<&'static str> {
        let gamma = self.mdp.discount();
        let reward = |i: usize, t: usize| self.given.each[i].rewards.get(t).copied();
        let scale = self.reward_scale();
        let fits: [(&'static str, Box<RewardAt>); 5] = [
            ("sign", Box::new(move |i, t| reward(i, t).map(|x| -x))),
            ("reward-shifted", Box::new(move |i, t| reward(i, t + 1))),
            (
                "reward-shifted",
                Box::new(move |i, t| reward(i, t.checked_sub(1)?)),
            ),
            (
                "rewards-discounted",
                Box::new(move |i, t| Some(reward(i, t)? / gamma.powi(t as i32))),
            ),
            ("scale", Box::new(move |i, t| Some(reward(i, t)? / scale?))),
        ];
        let fits = fits.iter().filter(|(_, f)| self.rewards_fit(f));
        fits.map(|(name, _)| *name).collect()
    }

    /// What the first reward that is not as it should be is times the one that is paid.
    fn reward_scale(&self) -> Option<f64> {
        self.steps().find_map(|(i, t)| {
            let one = &self.given.each[i];
            let pair = self.mdp.space().pair(one.states[t], one.actions[t])?;
            match self.paid(pair, one.next[t], one.rewards[t]) {
                Paid::Otherwise(rewards) if rewards.len() == 1 && rewards[0] != 0.0 => {
                    Some(one.rewards[t] / rewards[0])
                }
                _ => None,
            }
        })
    }

    fn steps(&self) -> impl Iterator<Item = (usize, usize)> {
        let each = self.given.each.iter().enumerate();
        each.flat_map(|(i, one)| (0..one.actions.len()).map(move |t| (i, t)))
    }

    /// Whether these rewards, where there are any, are all paid.
    fn rewards_fit(&self, reward: &RewardAt) -> bool {
        let mut any = false;
        let mut steps = self.steps().filter_map(|(i, t)| {
            let one = &self.given.each[i];
            let pair = self.mdp.space().pair(one.states[t], one.actions[t])?;
            Some((pair, one.next[t], reward(i, t)?))
        });
        steps.all(|(pair, next, reward)| {
            any = true;
            !matches!(self.paid(pair, next, reward), Paid::Otherwise(_))
        }) && any
    }

    fn action_mistakes(&self) -> Vec<&'static str> {
        let space = self.mdp.space();
        let at = |i: usize, t: usize| self.given.each[i].actions.get(t).copied();
        let reversed = |i: usize, t: usize| {
            let pairs = space.pairs_of(self.given.each[i].states[t]);
            let pair = space.pair(self.given.each[i].states[t], at(i, t)?)?;
            Some(space.action_of(pairs.start + pairs.end - 1 - pair))
        };
        let mut names = Vec::new();
        if self.actions_fit(&reversed) {
            names.push("action-reversed");
        }
        if self.actions_fit(&|i, t| at(i, t + 1))
            || self.actions_fit(&|i, t| at(i, t.checked_sub(1)?))
        {
            names.push("action-shifted");
        }
        names
    }

    /// Whether these actions, where there are any, lead where the trajectories go.
    fn actions_fit(&self, action: &dyn Fn(usize, usize) -> Option<usize>) -> bool {
        let mut any = false;
        self.steps().all(|(i, t)| {
            let one = &self.given.each[i];
            let (Some(a), Some(next)) = (action(i, t), one.next[t]) else {
                return true;
            };
            any = true;
            let pair = self.mdp.space().pair(one.states[t], a);
            pair.is_some_and(|pair| {
                let mut outcomes = self.mdp.outcomes(pair);
                outcomes.any(|outcome| outcome.next == next && *outcome.probability > 0.0)
            })
        }) && any
    }

    /// Flags that take cuts for ends, or ends for cuts.
    fn end_mistakes(&self) -> Vec<&'static str> {
        let says = |part: &str| {
            self.impossible
                .iter()
                .any(|x| x.kind == "end" && x.says.contains(part))
        };
        let mut names = Vec::new();
        if says("is not terminal") {
            names.push("cut-as-end");
        }
        if says("the step is not `terminated`") {
            names.push("end-as-cut");
        }
        names
    }
}

fn any_of(rewards: &[f64]) -> String {
    const MOST: usize = 4;
    let few: Vec<String> = rewards.iter().take(MOST).map(f64::to_string).collect();
    if rewards.len() > MOST {
        format!("{} …", few.join(" or "))
    } else {
        few.join(" or ")
    }
}
