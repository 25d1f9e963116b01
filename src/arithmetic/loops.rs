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

use std::collections::VecDeque;
use std::sync::Arc;

use crate::chain::Chain;
use crate::control::{DecisionRule, DualSolution, EndComponents, Optimum};
use crate::evaluation::q_of;
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
        for pairs in components {
            let component = Component::new(model, mdp.space(), pairs);
            for (state, value) in component.potential() {
                phi[state] = value;
            }
        }
        let is_some = phi.iter().any(|phi| *phi != Rational::ZERO);
        is_some.then_some(Potential(phi))
    }

    /// The model that pays r', each rounded once.
    pub fn shaped(&self, model: &Model, mdp: &Mdp) -> Option<Mdp> {
        let phi = |state: usize| self.0.get(state);
        let paid = |pair| Field::to_f64(&left(model, phi, pair));
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
            q: q_of(mdp, &v),
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
fn left<'p>(model: &Model, phi: impl Fn(usize) -> Option<&'p Rational>, pair: usize) -> Rational {
    let mut left = model.expected_reward(pair);
    if let Some(own) = phi(model.space().state_of(pair)) {
        left -= own;
    }
    for outcome in model.outcomes().of(pair) {
        match phi(outcome.next) {
            Some(next) if *next != Rational::ZERO => {
                left += outcome.probability.to_rational() * next;
            }
            _ => {}
        }
    }
    left
}

/// States that pairs connect which never leave them. Numbers are by the place of a state in `states`; Φ is 0 in the first.
struct Component<'a> {
    model: &'a Model,
    space: &'a Space,
    /// In order.
    states: Vec<usize>,
    /// In order.
    pairs: Vec<usize>,
}

impl<'a> Component<'a> {
    fn new(model: &'a Model, space: &'a Space, pairs: Vec<usize>) -> Component<'a> {
        let mut states: Vec<usize> = pairs.iter().map(|&pair| space.state_of(pair)).collect();
        states.dedup();
        Component {
            model,
            space,
            states,
            pairs,
        }
    }

    /// The place of a state; `None` for one where only outcomes of probability 0 lead.
    fn place(&self, state: usize) -> Option<usize> {
        self.states.binary_search(&state).ok()
    }

    /// Where the state of a pair stands, and those where it may lead.
    fn around(&self, pair: usize) -> impl Iterator<Item = usize> + '_ {
        let own = std::iter::once(self.space.state_of(pair));
        let states = own.chain(self.model.outcomes().next_states(pair));
        states.filter_map(|state| self.place(state))
    }

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
            let phi = |state: usize| self.place(state).map(|place| &phi[place]);
            let mut pairs = self.pairs.iter();
            pairs.all(|&pair| left(self.model, phi, pair) == Rational::ZERO)
        };
        let found = self.followed().filter(serves);
        match found.or_else(|| self.solved().filter(serves)) {
            Some(phi) => self.states.iter().copied().zip(phi).collect(),
            None => Vec::new(),
        }
    }

    /// Φ from state to state: where a pair's equation leaves one state unknown, by that; where none does, as if the
    /// reward of each outcome were what Φ falls by.
    fn followed(&self) -> Option<Vec<Rational>> {
        let outcomes = self.model.outcomes();
        let mut meets = vec![Vec::new(); self.states.len()];
        for &pair in &self.pairs {
            self.around(pair).for_each(|place| meets[place].push(pair));
        }
        let mut phi = vec![Rational::ZERO; self.states.len()];
        let mut known = vec![false; self.states.len()];
        let mut open = VecDeque::from([0]);
        let mut unsure = VecDeque::new();
        known[0] = true;
        loop {
            while let Some(place) = open.pop_front() {
                for &pair in &meets[place] {
                    let mut unknown = self.around(pair).filter(|&place| !known[place]);
                    let Some(first) = unknown.next() else {
                        continue;
                    };
                    if unknown.any(|place| place != first) {
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
            let own = self.place(self.space.state_of(pair));
            let Some(own) = own.filter(|&own| known[own]) else {
                continue;
            };
            for outcome in outcomes.of(pair).filter(|o| !o.probability.is_zero()) {
                let next = self.place(outcome.next);
                if let Some(next) = next.filter(|&next| !known[next]) {
                    phi[next] = &phi[own] - outcome.reward.to_rational();
                    known[next] = true;
                    open.push_back(next);
                }
            }
        }
        known.into_iter().all(|known| known).then_some(phi)
    }

    /// Φ of one state around a pair, from the others; `None` if the pair says nothing of it.
    fn balanced(&self, phi: &[Rational], pair: usize, unknown: usize) -> Option<Rational> {
        let mut rest = self.model.expected_reward(pair);
        let mut weight = Rational::ZERO;
        for outcome in self.model.outcomes().of(pair) {
            let p = outcome.probability.to_rational();
            match self.place(outcome.next) {
                Some(next) if next == unknown => weight += p,
                Some(next) => rest += p * &phi[next],
                None => {}
            }
        }
        match self.place(self.space.state_of(pair)) {
            Some(own) if own == unknown => weight -= Rational::ONE,
            Some(own) => rest -= &phi[own],
            None => {}
        }
        (weight != Rational::ZERO).then(|| -rest / weight)
    }

    /// Φ as the rewards on the way to the first state, of a policy that comes there from everywhere; `None` for too many
    /// states.
    fn solved(&self) -> Option<Vec<Rational>> {
        let states = self.states.len();
        if states > SOLVED {
            return None;
        }
        let outcomes = self.model.outcomes();
        let mut taken = vec![None; states];
        let mut reached = vec![false; states];
        reached[0] = true;
        loop {
            let mut moved = false;
            for &pair in &self.pairs {
                let mut around = self.around(pair);
                let Some(own) = around.next().filter(|&own| !reached[own]) else {
                    continue;
                };
                if around.any(|next| reached[next]) {
                    (taken[own], reached[own], moved) = (Some(pair), true, true);
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
                let Some(next) = self.place(outcome.next) else {
                    continue;
                };
                let p = outcome.probability.to_rational();
                sum += &p;
                table.push(next, p, reward.clone());
            }
            deficits.push(Rational::ONE - sum);
            table.end_pair();
        }
        let sets = taken.iter().map(|pair| pair.map_or(vec![], |_| vec![0]));
        let sets: Vec<Vec<u32>> = sets.collect();
        let (names, action) = (Names::Numbered(states), Names::Numbered(1));
        let ways = Mdp::assembled(MdpParts {
            name: String::new(),
            space: Arc::new(Space::assembled(names, action, sets)),
            outcomes: table,
            initial: vec![Rational::ZERO; states],
            criterion: Criterion::Total,
        })
        .slackened(Rational::ZERO, Some(deficits));
        let mut rule = DecisionRule::empty(states);
        let acting = (0..states).filter(|&place| taken[place].is_some());
        acting
            .enumerate()
            .for_each(|(pair, place)| rule.set(place, pair));
        let policy = rule.followed(ways.space());
        let chain = Chain::new(&ways, &policy, &SolverOptions::default()).ok()?;
        let solution = chain.resolvent().solve(chain.dynamics().r()).ok()?;
        Some(solution.x)
    }
}
