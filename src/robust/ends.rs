//! Where policy and nature can keep the process, at γ = 1.
//!
//! Nature can stay within a set of states by a pair if some p of its set puts all its mass there. The
//! largest set in which every state has such a pair is where policy and nature together can stay for ever;
//! if it is empty, every policy ends under every p, and as stationary choices are finitely many corners the
//! expected time is bounded (Bertsekas & Tsitsiklis 1991).

use super::uncertain::Uncertain;
use crate::error::Error;
use crate::linalg::Solvable;
use crate::mdp::{Criterion, Names};

/// How rewards add up, and what makes the sum known.
#[derive(Clone, Debug)]
pub(super) struct Course<F> {
    /// Whether γ < 1 makes it so.
    pub discounts: bool,
    /// The state that every p returns to under every policy, of the average reward: what is counted ends
    /// there.
    pub goal: Option<usize>,
    /// Whether the reward per step is sought.
    pub is_long_run: bool,
    /// The pairs of a policy to begin with: one that ends under every p, where not all do.
    pub start: Option<Vec<usize>>,
    /// What every step costs at least, where not all policies end.
    pub least_cost: Option<F>,
}

impl<F: Solvable> Course<F> {
    fn ending() -> Course<F> {
        Course {
            discounts: false,
            goal: None,
            is_long_run: false,
            start: None,
            least_cost: None,
        }
    }

    /// Past one state, counting to it, or per step.
    pub fn past(goal: Option<usize>, is_long_run: bool) -> Course<F> {
        Course {
            goal,
            is_long_run,
            ..Course::ending()
        }
    }

    /// Whether γ < 1 makes the sum known.
    pub fn is_discounted(&self) -> bool {
        self.discounts
    }

    /// v as seen from before: nothing follows the goal.
    pub fn masked(&self, v: &[F]) -> Vec<F> {
        let mut v = v.to_vec();
        if let Some(goal) = self.goal {
            v[goal] = F::zero();
        }
        v
    }
}

impl<F: Solvable> Uncertain<F> {
    /// What makes the rewards' sum known, of all policies or of a given one.
    ///
    /// Errors with [`Error::Trapped`] where nothing does.
    pub(super) fn course(&self, given: Option<&[F]>) -> Result<Course<F>, Error> {
        let space = self.mdp.space();
        if matches!(self.mdp.criterion(), Criterion::Discounted { .. }) {
            return Ok(Course {
                discounts: true,
                ..Course::ending()
            });
        }
        self.mdp.check_rows(0..space.pairs())?;
        let is_average = matches!(self.mdp.criterion(), Criterion::Average);
        let ends = (0..space.states()).any(|state| space.is_terminal(state));
        if is_average && !ends {
            let goal = self.returned_to(given)?;
            return Ok(Course::past(Some(goal), true));
        }
        let trap = self.trap(given, None);
        if !trap.contains(&true) {
            return Ok(Course::ending());
        }
        let costly = (!is_average && given.is_none()).then(|| self.costly());
        costly.flatten().ok_or_else(|| self.trapped(&trap))
    }

    /// The state that every p returns to under every policy, or under a given one.
    fn returned_to(&self, given: Option<&[F]>) -> Result<usize, Error> {
        // what keeps away from a state holds a class of its own, in which every such state lies
        let mut possible = vec![true; self.mdp.states()];
        loop {
            let Some(goal) = possible.iter().position(|possible| *possible) else {
                return Err(self.trapped(&possible));
            };
            let trap = self.trap(given, Some(goal));
            if !trap.contains(&true) {
                return Ok(goal);
            }
            let both = possible.iter().zip(&trap).map(|(x, y)| *x && *y);
            possible = both.collect();
            if !possible.contains(&true) {
                return Err(self.trapped(&trap));
            }
        }
    }

    fn trapped(&self, trap: &[bool]) -> Error {
        let names: &Names = self.mdp.space().state_names();
        let states = (0..trap.len()).filter(|&state| trap[state]);
        Error::Trapped {
            states: states.map(|state| names.get(state).into_owned()).collect(),
            criterion: self.mdp.criterion().kind(),
        }
    }

    /// The states in which policy and nature can stay for ever \[S\], without passing a goal.
    pub(super) fn trap(&self, given: Option<&[F]>, goal: Option<usize>) -> Vec<bool> {
        let space = self.mdp.space();
        let mut inside: Vec<bool> = (0..space.states())
            .map(|state| !space.is_terminal(state) && goal != Some(state))
            .collect();
        let before = self.before();
        let mut waiting: Vec<usize> = (0..space.states()).filter(|&s| inside[s]).collect();
        while let Some(state) = waiting.pop() {
            if !inside[state] {
                continue;
            }
            let stays = |pair: usize| self.rows[pair].can_stay(|next| inside[next]);
            let mut pairs = space.pairs_of(state);
            let stays = match given {
                Some(pi) => pairs.all(|pair| pi[pair].is_zero() || stays(pair)),
                None => pairs.any(stays),
            };
            if !stays {
                inside[state] = false;
                waiting.extend(before[state].iter().filter(|&&state| inside[state]));
            }
        }
        inside
    }

    /// The states that lead to each.
    fn before(&self) -> Vec<Vec<usize>> {
        let space = self.mdp.space();
        let mut before = vec![Vec::new(); space.states()];
        for (pair, row) in self.rows.iter().enumerate() {
            let state = space.state_of(pair);
            for &next in row.next() {
                if before[next].last() != Some(&state) {
                    before[next].push(state);
                }
            }
        }
        before
    }

    /// The course where every step costs something and some policy ends under every p; `None` elsewhere.
    ///
    /// Then staying for ever is worse than anything, and no step of strategy iteration comes to it.
    fn costly(&self) -> Option<Course<F>> {
        let dearest = self.rows.iter().filter_map(|row| row.largest());
        let dearest = dearest.reduce(|x, y| if y > x { y } else { x })?;
        let least_cost = -dearest;
        if least_cost <= F::zero() {
            return None;
        }
        let space = self.mdp.space();
        let before = self.before();
        let mut inside: Vec<bool> = (0..space.states()).map(|s| !space.is_terminal(s)).collect();
        let mut waiting: Vec<usize> = (0..space.states()).filter(|&s| inside[s]).collect();
        let mut start = Vec::new();
        while let Some(state) = waiting.pop() {
            if !inside[state] {
                continue;
            }
            let leaves = |&pair: &usize| !self.rows[pair].can_stay(|next| inside[next]);
            if let Some(pair) = space.pairs_of(state).find(leaves) {
                inside[state] = false;
                start.push(pair);
                waiting.extend(before[state].iter().filter(|&&state| inside[state]));
            }
        }
        (!inside.contains(&true)).then_some(Course {
            start: Some(start),
            least_cost: Some(least_cost),
            ..Course::ending()
        })
    }
}
