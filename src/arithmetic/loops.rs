//! Loops whose rewards cancel at γ = 1, told by a potential in fractions (theory, 7.10).
//!
//! ```text
//! r'(s, a) = r(s, a) + Σ p(s'|s, a) Φ(s') − Φ(s),   Φ = 0 where the process has ended:   v* = v'* + Φ
//! ```
//!
//! A loop that costs nothing leaves no bound on v*: nothing falls along it, and in floating point its rewards cancel up
//! to rounding at best. Where they cancel as written, some Φ makes each of them 0, and loops of zeros do no harm. Any Φ
//! shapes a model into one with the same optimal policies; which Φ serves is found here from values near v*, which
//! rise along such a loop by what it costs.

#[cfg(test)]
mod tests;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use crate::chain::Chain;
use crate::control::{DecisionRule, DualSolution, EndComponents, Optimum};
use crate::evaluation::action_values;
use crate::field::{Field, UNIT, dot};
use crate::linalg::SolverOptions;
use crate::mdp::{Criterion, Mdp, MdpParts, Names, OutcomeTable, Space};
use crate::model::Model;
use crate::number::Rational;

/// Pairs that values near v* hold for optimal up to this part of the largest number may go round for nothing; a choice,
/// since a Φ that does not serve does no harm.
const TIED: f64 = 1e-9;

/// States of a component whose Φ is solved for in fractions, where it does not follow state by state; a choice.
const SOLVED: usize = 300;

/// Φ(s) \[S\], 0 outside of loops.
pub(super) struct Potential(Vec<Rational>);

impl Potential {
    /// That of loops along pairs that are optimal for the values of an optimum; `None` where no such loop pays and
    /// charges what cancels.
    pub fn of(model: &Model, mdp: &Mdp, near: &Optimum) -> Option<Potential> {
        let largest = mdp.r().iter().chain(&near.v).map(|x| x.abs());
        let margin = TIED * largest.fold(0.0, f64::max);
        let mut has_value = vec![true; mdp.states()];
        near.undefined.iter().for_each(|&s| has_value[s] = false);
        let tied = |pair: usize| {
            let state = mdp.space().state_of(pair);
            has_value[state] && (near.q[pair] - near.v[state]).abs() <= margin
        };
        let ends = EndComponents::new(mdp, tied);
        let mut components = vec![Vec::new(); mdp.states()];
        for pair in (0..mdp.pairs()).filter(|&pair| ends.inner[pair]) {
            components[ends.of[mdp.space().state_of(pair)]].push(pair);
        }
        let mut phi = vec![Rational::ZERO; mdp.states()];
        for (reference, pairs) in components.into_iter().enumerate() {
            let component = Component {
                model,
                mdp,
                reference,
                pairs,
            };
            for (state, value) in component.potential() {
                phi[state] = value;
            }
        }
        let is_some = phi.iter().any(|phi| *phi != Rational::ZERO);
        is_some.then_some(Potential(phi))
    }

    /// The model that pays r', each rounded once.
    pub fn shaped(&self, model: &Model, mdp: &Mdp) -> Option<Mdp> {
        let paid = |pair| Field::to_f64(&left(model, &self.0, pair));
        let rewards = (0..mdp.pairs()).map(paid).collect();
        mdp.clone().with_rewards(rewards).ok()
    }

    /// The optimum of the model, from that of the shaped one.
    pub fn restored(&self, mdp: &Mdp, shaped: Optimum) -> Optimum {
        let phi: Vec<f64> = self.0.iter().map(Field::to_f64).collect();
        let v: Vec<f64> = shaped.v.iter().zip(&phi).map(|(v, x)| v + x).collect();
        // Φ was rounded, and the sum
        let rounded = v.iter().zip(&phi);
        let rounded: Vec<f64> = rounded
            .map(|(v, x)| 2.0 * UNIT * (v.abs() + x.abs()))
            .collect();
        let up = 1.0 + 4.0 * UNIT;
        let most = rounded.iter().copied().fold(0.0, f64::max);
        let more = dot(mdp.initial(), &phi);
        let j = dot(mdp.initial(), &v);
        let bounds = |bounds: Vec<f64>| {
            let both = bounds.iter().zip(&rounded);
            both.map(|(bound, more)| (bound + more) * up).collect()
        };
        let dual = |dual: DualSolution| DualSolution {
            objective: dual.objective + more,
            gap: (j - dual.objective - more).abs(),
            ..dual
        };
        let mut trace = shaped.trace;
        for step in &mut trace {
            step.j_greedy = step.j_greedy.map(|j| j + more);
        }
        Optimum {
            q: action_values(mdp, &v),
            j,
            error_bound: shaped.error_bound.map(|bound| (bound + most) * up),
            error_bounds: shaped.error_bounds.map(bounds),
            dual: shaped.dual.map(dual),
            trace,
            v,
            ..shaped
        }
    }
}

/// r(s, a) + Σ p Φ − Φ(s), as written.
fn left(model: &Model, phi: &[Rational], pair: usize) -> Rational {
    let mut left = model.expected_reward(pair) - &phi[model.space().state_of(pair)];
    for outcome in model.outcomes().of(pair) {
        if phi[outcome.next] != Rational::ZERO {
            left += outcome.probability.to_rational() * &phi[outcome.next];
        }
    }
    left
}

/// States that pairs connect which never leave them.
struct Component<'a> {
    model: &'a Model,
    mdp: &'a Mdp,
    /// One of the states, where Φ is 0.
    reference: usize,
    pairs: Vec<usize>,
}

impl Component<'_> {
    /// A Φ for which no pair is paid; nothing where none pays, or no Φ is found.
    fn potential(&self) -> Vec<(usize, Rational)> {
        let pays = |&pair: &usize| {
            let mut outcomes = self.model.outcomes().of(pair);
            outcomes.any(|outcome| !outcome.reward.is_zero())
        };
        if !self.pairs.iter().any(pays) {
            return Vec::new();
        }
        let serves = |phi: &Vec<Rational>| {
            let mut pairs = self.pairs.iter();
            pairs.all(|&pair| left(self.model, phi, pair) == Rational::ZERO)
        };
        let found = self.followed().filter(serves);
        let Some(mut phi) = found.or_else(|| self.solved().filter(serves)) else {
            return Vec::new();
        };
        let states = self.states().into_iter();
        let taken = states.map(|state| (state, std::mem::take(&mut phi[state])));
        taken.collect()
    }

    fn states(&self) -> Vec<usize> {
        let states = self.pairs.iter().map(|&p| self.mdp.space().state_of(p));
        let mut states: Vec<usize> = states.collect();
        states.dedup();
        states
    }

    /// Φ from state to state: where a pair's equation leaves one state unknown, by that; where none does, as if the
    /// reward of each outcome were what Φ falls by.
    fn followed(&self) -> Option<Vec<Rational>> {
        let (space, outcomes) = (self.mdp.space(), self.model.outcomes());
        let around = |pair: usize| {
            let own = std::iter::once(space.state_of(pair));
            own.chain(outcomes.next_states(pair))
        };
        let mut meets = HashMap::<usize, Vec<usize>>::new();
        for &pair in &self.pairs {
            for state in around(pair) {
                meets.entry(state).or_default().push(pair);
            }
        }
        let mut phi = vec![Rational::ZERO; space.states()];
        let mut known = vec![false; space.states()];
        let mut open = VecDeque::from([self.reference]);
        let mut unsure = VecDeque::new();
        known[self.reference] = true;
        loop {
            while let Some(state) = open.pop_front() {
                for &pair in &meets[&state] {
                    let mut unknown = around(pair).filter(|&s| !known[s]);
                    let Some(first) = unknown.next() else {
                        continue;
                    };
                    if unknown.any(|s| s != first) {
                        unsure.push_back(pair);
                    } else if let Some(x) = self.balanced(&phi, pair, first) {
                        (phi[first], known[first]) = (x, true);
                        open.push_back(first);
                    }
                }
            }
            let Some(pair) = unsure.pop_front() else {
                break;
            };
            let state = space.state_of(pair);
            if !known[state] {
                continue;
            }
            for outcome in outcomes.of(pair).filter(|o| !o.probability.is_zero()) {
                if !std::mem::replace(&mut known[outcome.next], true) {
                    phi[outcome.next] = &phi[state] - outcome.reward.to_rational();
                    open.push_back(outcome.next);
                }
            }
        }
        let all = self.states().into_iter().all(|state| known[state]);
        all.then_some(phi)
    }

    /// Φ of one state around a pair, from the others; `None` if the pair says nothing of it.
    fn balanced(&self, phi: &[Rational], pair: usize, unknown: usize) -> Option<Rational> {
        let state = self.mdp.space().state_of(pair);
        let mut rest = self.model.expected_reward(pair);
        let mut weight = Rational::ZERO;
        for outcome in self.model.outcomes().of(pair) {
            let p = outcome.probability.to_rational();
            if outcome.next == unknown {
                weight += p;
            } else {
                rest += p * &phi[outcome.next];
            }
        }
        if state == unknown {
            weight -= Rational::ONE;
        } else {
            rest -= &phi[state];
        }
        (weight != Rational::ZERO).then(|| -rest / weight)
    }

    /// Φ as the rewards on the way to the reference, of a policy that comes there from everywhere; `None` for too many
    /// states.
    fn solved(&self) -> Option<Vec<Rational>> {
        let (space, states) = (self.mdp.space(), self.states());
        if states.len() > SOLVED {
            return None;
        }
        let outcomes = self.model.outcomes();
        let mut taken = vec![None; space.states()];
        let mut reached = vec![false; space.states()];
        reached[self.reference] = true;
        loop {
            let mut moved = false;
            for &pair in &self.pairs {
                let state = space.state_of(pair);
                if !reached[state] && outcomes.next_states(pair).any(|next| reached[next]) {
                    (taken[state], reached[state], moved) = (Some(pair), true, true);
                }
            }
            if !moved {
                break;
            }
        }
        let mut table = OutcomeTable::default();
        let mut deficits = Vec::new();
        for &pair in taken.iter().flatten() {
            let mut sum = Rational::ZERO;
            let reward = self.model.expected_reward(pair);
            for outcome in outcomes.of(pair) {
                let p = outcome.probability.to_rational();
                sum += &p;
                table.push(outcome.next, p, reward.clone());
            }
            deficits.push(Rational::ONE - sum);
            table.end_pair();
        }
        let sets = taken.iter().map(|pair| pair.map_or(vec![], |_| vec![0]));
        let sets: Vec<Vec<u32>> = sets.collect();
        let (names, action) = (Names::Numbered(space.states()), Names::Numbered(1));
        let ways = Mdp::assembled(MdpParts {
            name: String::new(),
            space: Arc::new(Space::assembled(names, action, sets)),
            outcomes: table,
            initial: vec![Rational::ZERO; space.states()],
            criterion: Criterion::Total,
        })
        .slackened(Rational::ZERO, Some(deficits));
        let mut rule = DecisionRule::empty(space.states());
        let acting = (0..space.states()).filter(|&s| taken[s].is_some());
        acting
            .enumerate()
            .for_each(|(pair, state)| rule.set(state, pair));
        let policy = rule.policy(ways.space());
        let chain = Chain::new(&ways, &policy, &SolverOptions::default()).ok()?;
        let solution = chain.resolvent().solve(chain.dynamics().r()).ok()?;
        Some(solution.x)
    }
}
