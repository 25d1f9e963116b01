//! What explains data that the model cannot have made: all of one kind at once, or another law of chance.

use super::count::{Counts, GoodnessOfFit};
use super::data::{Data, Paid};
use super::matched::{diagnosis, named};
use crate::judge::Verdict;
use crate::judge::mistake::short;
use crate::judge::search::Diagnosis;

/// A reward by trajectory and step.
type RewardAt<'a> = dyn Fn(usize, usize) -> Option<f64> + 'a;

/// A mistake, and the kinds of impossible things all of which it explains.
struct Explains {
    found: Diagnosis,
    kinds: &'static [&'static str],
}

impl Explains {
    fn new(name: &str, kinds: &'static [&'static str]) -> Explains {
        let found = diagnosis(name);
        Explains { found, kinds }
    }
}

/// A mistake of rewards: of them the other sign is that of costs, not of a gradient.
fn of_rewards(name: &str) -> Diagnosis {
    match name {
        "sign" => named(
            name,
            "the rewards are costs: each is −1 times what is paid".into(),
        ),
        name => diagnosis(name),
    }
}

/// What becomes possible where rewards, or actions, are put right.
const BY_REWARDS: &[&str] = &["reward"];
const BY_ACTIONS: &[&str] = &["action", "transition", "reward"];

impl Data<'_> {
    /// What explains impossible rewards, transitions and ends all at once, and what chance chose.
    pub fn diagnoses(&self, tests: &[GoodnessOfFit]) -> Vec<Diagnosis> {
        let has = |kind: &str| self.kinds.contains_key(kind);
        if let Some(layout) = self.layout() {
            return vec![diagnosis(layout)];
        }
        let mut all = self.mistakes_of_chance(tests);
        if self.count == 0 {
            return all.into_iter().map(|one| one.found).collect();
        }
        if has("reward") {
            let names = self.reward_mistakes().into_iter();
            all.extend(names.map(|name| Explains {
                found: of_rewards(name),
                kinds: BY_REWARDS,
            }));
        }
        if BY_ACTIONS.iter().any(|kind| has(kind)) {
            let names = self.action_mistakes().into_iter();
            all.extend(names.map(|name| Explains::new(name, BY_ACTIONS)));
        }
        if has("end") {
            let names = self.end_mistakes().into_iter();
            all.extend(names.map(|name| Explains::new(name, &["end"])));
        }
        if has("reward") && all.iter().all(|one| one.found.name != "sign") {
            all.extend(self.scaled().map(|found| Explains {
                found,
                kinds: BY_REWARDS,
            }));
        }
        let explained = |kind: &str| all.iter().any(|one| one.kinds.contains(&kind));
        if !self.kinds.keys().all(|kind| explained(kind)) {
            return Vec::new(); // there is another cause
        }
        let own = |one: &Explains| {
            let kinds = self.kinds.keys().filter(|kind| one.kinds.contains(kind));
            kinds.count()
        };
        // what explains a part of the rest only, or nothing of it, is no cause of its own
        let most = all.iter().map(own).max().unwrap_or(0);
        let one_tells = most == self.kinds.len();
        all.retain(|one| {
            if one_tells {
                own(one) == most
            } else {
                own(one) > 0
            }
        });
        let mut found: Vec<Diagnosis> = all.into_iter().map(|one| one.found).collect();
        found.dedup_by(|x, y| x.name == y.name);
        found
    }

    /// Other laws of starts and actions that fit where the right ones do not.
    fn mistakes_of_chance(&self, tests: &[GoodnessOfFit]) -> Vec<Explains> {
        let is_off = |name: &str| {
            let mut named = tests.iter().filter(|test| test.name == name);
            named.any(|test| test.verdict == Verdict::Inconsistent)
        };
        let fits =
            |places: &[Counts]| GoodnessOfFit::new("", places, 1e-4).verdict == Verdict::Consistent;
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
            let fits = fits(&[Counts { of, cells }]);
            names.extend(fits.then(|| Explains::new("initial-uniform", &["start"])));
        }
        if is_off("actions") {
            let mut reversed = self.action_counts();
            for place in &mut reversed {
                let mut counts: Vec<u64> = place.cells.iter().map(|cell| cell.2).collect();
                counts.reverse();
                let cells = place.cells.iter_mut().zip(counts);
                cells.for_each(|(cell, count)| cell.2 = count);
            }
            let found = fits(&reversed).then(|| Explains::new("action-reversed", &[]));
            names.extend(found);
            let mut uniform = self.action_counts();
            for place in &mut uniform {
                let n = place.cells.len() as f64;
                place.cells.iter_mut().for_each(|cell| cell.1 = 1.0 / n);
            }
            let found = fits(&uniform).then(|| Explains::new("policy-uniform", &["action"]));
            names.extend(found);
        }
        names
    }

    fn reward_mistakes(&self) -> Vec<&'static str> {
        let gamma = self.mdp.discount();
        let reward = |i: usize, t: usize| self.given.each[i].rewards.get(t).copied();
        let fits: [(&'static str, Box<RewardAt>); 4] = [
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
        ];
        let fits = fits.iter().filter(|(_, f)| self.rewards_fit(f));
        fits.map(|(name, _)| *name).collect()
    }

    /// Rewards that are all the same multiple of what is paid.
    fn scaled(&self) -> Option<Diagnosis> {
        let scale = self.reward_scale()?;
        let reward = |i: usize, t: usize| Some(self.given.each[i].rewards.get(t)? / scale);
        let found = diagnosis("rewards-scaled");
        self.rewards_fit(&reward).then(|| Diagnosis {
            says: format!(
                "{}: each is {} times what is paid",
                found.says,
                short(scale)
            ),
            scale,
            ..found
        })
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

    /// Whether these rewards, where there are any, are all paid, and one of them where the given one is not.
    fn rewards_fit(&self, reward: &RewardAt) -> bool {
        let mut any = false;
        let mut steps = self.steps().filter_map(|(i, t)| {
            let one = &self.given.each[i];
            let pair = self.mdp.space().pair(one.states[t], one.actions[t])?;
            Some((pair, one.next[t], [reward(i, t)?, one.rewards[t]]))
        });
        steps.all(|(pair, next, [reward, given])| {
            let is_paid = |x: f64| matches!(self.paid(pair, next, x), Paid::Outcome(_));
            let is_wrong = matches!(self.paid(pair, next, given), Paid::Otherwise(_));
            any |= is_wrong && is_paid(reward);
            is_paid(reward) || !is_wrong && matches!(self.paid(pair, next, reward), Paid::NoWay)
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

    /// Whether these actions, where there are any, lead where the trajectories go and are paid so, and one of them
    /// where the given one does not.
    fn actions_fit(&self, action: &dyn Fn(usize, usize) -> Option<usize>) -> bool {
        let mut any = false;
        let fits = |i: usize, t: usize, a: usize| {
            let one = &self.given.each[i];
            let pair = self.mdp.space().pair(one.states[t], a);
            let taken = pair.filter(|&pair| self.actor.probabilities()[pair] > 0.0);
            taken.is_some_and(|pair| {
                let paid = self.paid(pair, one.next[t], one.rewards[t]);
                matches!(paid, Paid::Outcome(_))
            })
        };
        self.steps().all(|(i, t)| {
            let Some(a) = action(i, t) else {
                return true;
            };
            let is_fit = fits(i, t, a);
            any |= is_fit && !fits(i, t, self.given.each[i].actions[t]);
            is_fit
        }) && any
    }

    /// Flags that take cuts for ends, or ends for cuts; not where what the step leads to cannot follow,
    /// which no flag explains.
    fn end_mistakes(&self) -> Vec<&'static str> {
        let space = self.mdp.space();
        let ended = |i: usize, t: usize| {
            let flags = self.given.each[i].terminated.as_ref();
            flags.is_some_and(|flags| flags[t])
        };
        let told = |over: bool| {
            let steps = self.steps().filter_map(|(i, t)| {
                let one = &self.given.each[i];
                let next = one.next[t]?;
                let is_off = ended(i, t) != over && space.is_terminal(next) == over;
                is_off.then(|| self.leads(one.states[t], one.actions[t], next))
            });
            let follow: Vec<bool> = steps.collect();
            !follow.is_empty() && follow.into_iter().all(|follows| follows)
        };
        let says = |part: &str| {
            self.impossible
                .iter()
                .any(|x| x.kind == "end" && x.says.contains(part))
        };
        let mut names = Vec::new();
        if says("is not terminal") && told(false) {
            names.push("cut-as-end");
        }
        if says("the step is not `terminated`") && told(true) {
            names.push("end-as-cut");
        }
        names
    }
}
