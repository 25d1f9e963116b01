//! Every expected value here comes from enumeration, from exact fractions or from a closed form.

mod bounds;
mod criteria;
mod front;
mod further;
mod optimality;
mod programs;
mod total;

use std::sync::Arc;

use super::*;
use crate::evaluation::Evaluation;
use crate::field::Field;
use crate::linalg::SolverOptions;
use crate::mdp::{MdpParts, Names, OutcomeTable, Space};
use crate::number::{Number, Rational};

/// The methods for discounted and total reward.
const ALL: [ControlMethod; 5] = [
    ControlMethod::Auto,
    ControlMethod::PolicyIteration,
    ControlMethod::ValueIteration,
    ControlMethod::ModifiedPolicyIteration,
    ControlMethod::LinearProgram,
];

/// The optimum by a method, of a model that has one.
pub(super) fn found_by(mdp: &Mdp, method: ControlMethod) -> Optimum {
    let options = ControlOptions {
        method,
        ..ControlOptions::default()
    };
    solve(mdp, &options).unwrap()
}

pub(super) fn ratio(p: i64, q: u64) -> Rational {
    Number::ratio(p, q).unwrap().to_rational()
}

/// A small generator of whole numbers; only its spread matters.
pub(super) struct Draw(u64);

impl Draw {
    pub fn new(seed: u64) -> Draw {
        Draw(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x2545_f491_4f6c_dd1d)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % n
    }
}

/// What the random models of a test have.
#[derive(Clone)]
pub(super) struct Shape {
    pub states: usize,
    pub terminal: usize,
    pub actions: u64,
    pub criterion: Criterion<Rational>,
    /// Successors of a pair; one of them is terminal if `absorbing`.
    pub successors: usize,
    pub absorbing: bool,
}

/// A random model in small fractions; rewards repeat, so that actions tie.
pub(super) fn random(shape: &Shape, seed: u64) -> Mdp<Rational> {
    let mut draw = Draw::new(seed + 1);
    let alive = shape.states - shape.terminal;
    let mut outcomes = OutcomeTable::default();
    let mut sets = Vec::new();
    for _ in 0..alive {
        let actions = 1 + draw.below(shape.actions);
        sets.push((0..actions as u32).collect::<Vec<_>>());
        for _ in 0..actions {
            let weights: Vec<u64> = (0..shape.successors).map(|_| 1 + draw.below(4)).collect();
            let total: u64 = weights.iter().sum();
            for (i, weight) in weights.into_iter().enumerate() {
                let end = i == 0 && shape.absorbing;
                let next = if end {
                    alive
                } else {
                    draw.below(shape.states as u64) as usize
                };
                let reward = draw.below(5) as i64 - 2;
                outcomes.push(next, ratio(weight as i64, total), ratio(reward, 1));
            }
            outcomes.end_pair();
        }
    }
    sets.resize(shape.states, Vec::new());
    let mut initial = vec![ratio(0, 1); shape.states];
    initial[0] = ratio(1, 1);
    let space = Space::new(
        Names::Numbered(shape.states),
        Names::Numbered(shape.actions as usize),
        sets,
    )
    .unwrap();
    Mdp::new(MdpParts {
        name: format!("random {seed}"),
        space: Arc::new(space),
        outcomes,
        initial,
        criterion: shape.criterion.clone(),
    })
    .unwrap()
}

pub(super) fn discounted(p: i64, q: u64, terminal: usize) -> Shape {
    Shape {
        states: 4,
        terminal,
        actions: 3,
        criterion: Criterion::Discounted {
            discount: ratio(p, q),
        },
        successors: 2,
        absorbing: false,
    }
}

pub(super) fn total() -> Shape {
    Shape {
        criterion: Criterion::Total,
        absorbing: true,
        ..discounted(1, 2, 1)
    }
}

pub(super) fn average() -> Shape {
    Shape {
        criterion: Criterion::Average,
        successors: 1,
        ..discounted(1, 2, 0)
    }
}

pub(super) fn float(mdp: &Mdp<Rational>) -> Mdp<f64> {
    mdp.map(Field::to_f64)
}

/// All deterministic policies.
pub(super) fn rules(space: &Space) -> Vec<DecisionRule> {
    let mut rules = vec![DecisionRule::empty(space.states())];
    for state in (0..space.states()).filter(|&s| !space.is_terminal(s)) {
        let extend = |rule: &DecisionRule| {
            let rule = rule.clone();
            space.pairs_of(state).map(move |pair| {
                let mut rule = rule.clone();
                rule.set(state, pair);
                rule
            })
        };
        rules = rules.iter().flat_map(extend).collect();
    }
    rules
}

/// The pointwise maximum of v (g for the average) over all deterministic policies.
fn brute_force(mdp: &Mdp<Rational>) -> Vec<Rational> {
    let mut best: Option<Vec<Rational>> = None;
    for rule in rules(mdp.space()) {
        let policy = rule.followed(mdp.space());
        let Ok(e) = Evaluation::new(mdp, &policy, &SolverOptions::default()) else {
            continue;
        };
        let v = e.gain.unwrap_or(e.v);
        best = Some(match best {
            None => v,
            Some(best) => best.into_iter().zip(v).map(|(a, b)| a.max(b)).collect(),
        });
    }
    best.unwrap()
}

fn largest_error(v: &[f64], exact: &[Rational]) -> f64 {
    let off = |(v, exact): (&f64, &Rational)| {
        let v = Number::from_f64(*v).unwrap().to_rational();
        Field::to_f64(&Field::abs(&(v - exact)))
    };
    v.iter().zip(exact).map(off).fold(0.0, f64::max)
}

/// For each state its actions, each a list of (next, probability, reward).
type States<'a> = &'a [&'a [&'a [(usize, f64, f64)]]];

/// A model by hand.
pub(super) fn model(states: States<'_>, criterion: Criterion<f64>) -> Mdp<f64> {
    let mut outcomes = OutcomeTable::default();
    for row in states.iter().flat_map(|actions| actions.iter()) {
        row.iter()
            .for_each(|&(next, p, r)| outcomes.push(next, p, r));
        outcomes.end_pair();
    }
    let sets = states
        .iter()
        .map(|actions| (0..actions.len() as u32).collect());
    let space = Space::new(Names::Numbered(states.len()), Names::Numbered(4), sets).unwrap();
    let mut initial = vec![0.0; states.len()];
    initial[0] = 1.0;
    Mdp::new(MdpParts {
        name: "by hand".into(),
        space: Arc::new(space),
        outcomes,
        initial,
        criterion,
    })
    .unwrap()
}

/// Theory 7.2: s0 stops (+1) or goes; s1 pays 2, s2 costs 10.
pub(super) fn counterexample() -> Mdp<f64> {
    model(
        &[
            &[&[(3, 1.0, 1.0)], &[(1, 1.0, 0.0)]],
            &[&[(2, 1.0, 2.0)]],
            &[&[(3, 1.0, -10.0)]],
            &[],
        ],
        Criterion::Discounted { discount: 0.9 },
    )
}
