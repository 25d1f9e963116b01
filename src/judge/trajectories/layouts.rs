//! Layouts of logs in which right runs look impossible: what vector environments with autoreset write
//! at an end.

use super::count::{Counts, GoodnessOfFit};
use super::data::Data;
use super::{Trajectories, Trajectory};
use crate::judge::Verdict;

/// Takes the first or the last step of a trajectory away.
fn without(one: &mut Trajectory, at: usize) {
    fn drop<T>(values: &mut Vec<T>, at: usize) {
        if at < values.len() {
            values.remove(at);
        }
    }
    let flags = [&mut one.terminated, &mut one.truncated, &mut one.done];
    for flags in flags.into_iter().flatten() {
        drop(flags, at);
    }
    if let Some(logs) = &mut one.log_probabilities {
        drop(logs, at);
    }
    drop(&mut one.states, at);
    drop(&mut one.actions, at);
    drop(&mut one.rewards, at);
    drop(&mut one.next, at);
}

/// Whether a flag of the last step says that the trajectory ends there.
fn ends_by_flag(one: &Trajectory) -> bool {
    let flags = [&one.terminated, &one.truncated, &one.done];
    let mut last = flags.into_iter().flatten().map(|flags| flags.last());
    last.any(|flag| flag == Some(&true))
}

impl Data<'_> {
    /// The layout that explains all that is impossible, if one does.
    pub(super) fn layout(&self) -> Option<&'static str> {
        let fits = |given: &Trajectories| {
            let data = Data::new(self.mdp, self.actor, given);
            let starts = data
                .tests(1e-4)
                .into_iter()
                .find(|test| test.name == "starts");
            let starts = starts.is_none_or(|test| test.verdict == Verdict::Consistent);
            data.count == 0 && starts
        };
        if self.count == 0 {
            None
        } else if self.without_next_at_ends().as_ref().is_some_and(fits) {
            Some("autoreset-same-step")
        } else {
            // a row from where a log was cut may be a reset, or the first of another environment
            let mut readings = [false, true].into_iter();
            let is_fit = |begins| self.without_resets(begins).as_ref().is_some_and(fits);
            readings.any(is_fit).then_some("autoreset-next-step")
        }
    }

    /// The trajectories without the states that ends lead to, where these are drawn as starts are and
    /// some cannot follow: another episode has begun there.
    fn without_next_at_ends(&self) -> Option<Trajectories> {
        let space = self.mdp.space();
        let mut given = self.given.clone();
        let mut begun = vec![0; space.states()];
        let mut follow = true;
        for one in &mut given.each {
            let Some(last) = one.actions.len().checked_sub(1) else {
                continue;
            };
            let Some(next) = one.next[last].filter(|s| !space.is_terminal(*s)) else {
                continue;
            };
            if !ends_by_flag(one) {
                continue;
            }
            let leads = self.leads(one.states[last], one.actions[last], next);
            let is_cut = one
                .terminated
                .as_ref()
                .is_some_and(|t| t.last() == Some(&false));
            if is_cut && leads && self.mdp.initial()[next] <= 0.0 {
                continue; // where a log stops the state may be the true one
            }
            begun[next] += 1;
            follow &= leads;
            one.next[last] = None;
            one.states.truncate(last + 1);
        }
        let starts = self.mdp.initial().iter().zip(&begun);
        if follow || starts.clone().any(|(rho, &n)| *rho <= 0.0 && n > 0) {
            return None; // all of them can follow: nothing speaks for another episode
        }
        let cells = starts.filter(|(rho, _)| **rho > 0.0);
        let cells = cells.map(|(rho, &n)| (String::new(), *rho, n)).collect();
        let of = String::new();
        let test = GoodnessOfFit::new("", &[Counts { of, cells }], 1e-4);
        (test.verdict == Verdict::Consistent).then_some(given)
    }

    pub(super) fn leads(&self, state: usize, action: usize, next: usize) -> bool {
        self.mdp.space().pair(state, action).is_some_and(|pair| {
            let mut outcomes = self.mdp.outcomes(pair);
            outcomes.any(|x| x.next == next && *x.probability > 0.0)
        })
    }

    /// The trajectories without the steps in which an environment was only reset: from a terminal
    /// state, or first from where the one before was cut, and nothing is paid; those left out where a
    /// trajectory can begin so, if that is asked.
    fn without_resets(&self, if_needed: bool) -> Option<Trajectories> {
        let space = self.mdp.space();
        let mut given = self.given.clone();
        let (mut any, mut cut) = (false, None);
        for one in &mut given.each {
            let before = cut.replace(Cut::of(one, |s| space.is_terminal(s)));
            let resets = |one: &Trajectory, at: usize, before: Option<Cut>| {
                let state = one.states[at];
                // what stays in a terminal state resets nothing
                let stays = one.next[at].is_some_and(|next| space.is_terminal(next));
                let ended = space.is_terminal(state) && !stays;
                let begins = if_needed
                    && self.mdp.initial()[state] > 0.0
                    && one.next[at].is_some_and(|next| self.leads(state, one.actions[at], next));
                let was_cut = match before {
                    Some(Cut::In(there)) => state == there,
                    Some(Cut::Behind(s, a)) => self.leads(s, a, state),
                    Some(Cut::Not) | None => false,
                };
                one.rewards[at] == 0.0 && (ended || was_cut && !begins)
            };
            if !one.actions.is_empty() && resets(one, 0, before) {
                without(one, 0);
                any = true;
            }
            if let Some(last) = one.actions.len().checked_sub(1)
                && resets(one, last, None)
            {
                without(one, last);
                one.states.truncate(last);
                any = true;
            }
        }
        given.each.retain(|one| !one.actions.is_empty());
        (any && !given.each.is_empty()).then_some(given)
    }
}

/// Where a trajectory was cut.
#[derive(Clone, Copy)]
enum Cut {
    /// It was not, or no flag says so.
    Not,
    /// In this state.
    In(usize),
    /// Behind this state and action, in a state that is not told.
    Behind(usize, usize),
}

impl Cut {
    fn of(one: &Trajectory, is_terminal: impl Fn(usize) -> bool) -> Cut {
        let Some(last) = one.actions.len().checked_sub(1) else {
            return Cut::Not;
        };
        let is_cut = one
            .truncated
            .as_ref()
            .is_some_and(|flags| flags.last() == Some(&true));
        match one.next[last] {
            Some(s) if ends_by_flag(one) && !is_terminal(s) => Cut::In(s),
            None if is_cut => Cut::Behind(one.states[last], one.actions[last]),
            _ => Cut::Not,
        }
    }
}
