//! Lumping, against a refinement written here in the plainest way, and against closed forms.

use std::collections::HashMap;

use exact_mdp::model::{Draft, GarnetOptions, Model, RewardKind, garnet};
use exact_mdp::number::{Number, Rational};
use exact_mdp::policy::Policy;
use exact_mdp::study::lump;

/// The largest bisimulation by rounds: all states are compared in all actions until nothing changes.
fn by_rounds(model: &Model) -> Vec<usize> {
    let (space, outcomes) = (model.space(), model.outcomes());
    let mut class = vec![0; space.states()];
    let mut count = 1;
    loop {
        let mut seen = HashMap::new();
        let next: Vec<usize> = (0..space.states())
            .map(|state| {
                let pairs = space.pairs_of(state).map(|pair| {
                    let (mut reward, mut into) = (Rational::ZERO, vec![Rational::ZERO; count]);
                    for outcome in outcomes.of(pair) {
                        let probability = outcome.probability.to_rational();
                        reward += probability.clone() * outcome.reward.to_rational();
                        into[class[outcome.next]] += probability;
                    }
                    (space.action_of(pair), reward, into)
                });
                let signature = (class[state], pairs.collect::<Vec<_>>());
                let fresh = seen.len();
                *seen.entry(signature).or_insert(fresh)
            })
            .collect();
        if seen.len() == count {
            return next;
        }
        (class, count) = (next, seen.len());
    }
}

/// A garnet whose every state stands there `copies` times; what leads to it is split among the copies.
fn with_copies(seed: u64, copies: usize) -> Model {
    let options = GarnetOptions {
        states: 12,
        actions: 2,
        branching: 3,
        seed,
        terminal: 2,
        reward: RewardKind::Uniform,
    };
    let single = garnet(&options).unwrap().discount("9/10").check().unwrap();
    let mut draft = Draft::new(12 * copies, 2)
        .discount("9/10")
        .start_uniformly();
    let shares = (copies * (copies + 1) / 2) as u64;
    for pair in 0..single.space().pairs() {
        let (state, action) = (
            single.space().state_of(pair),
            single.space().action_of(pair),
        );
        for copy in 0..copies {
            for outcome in single.outcomes().of(pair) {
                for part in 0..copies {
                    // another split for each copy
                    let share = 1 + (part + copy) % copies;
                    let share = Number::ratio(share as i64, shares).unwrap();
                    let p = Number::from(outcome.probability.to_rational() * share.to_rational());
                    let (from, to) = (state + 12 * copy, outcome.next + 12 * part);
                    draft = draft.outcome(from, action, to, p, outcome.reward.clone());
                }
            }
        }
    }
    for copy in 0..copies {
        draft = draft.terminal(10 + 12 * copy).terminal(11 + 12 * copy);
    }
    draft.check().unwrap()
}

/// A ring of `n` states, one step left or right with the same chance, that pays at state 0.
fn ring(n: usize) -> Model {
    let mut draft = Draft::new(n, 1).discount("1/2").start(0);
    for state in 0..n {
        let reward = i64::from(state == 0);
        for next in [(state + 1) % n, (state + n - 1) % n] {
            draft = draft.outcome(state, 0, next, "1/2", reward);
        }
    }
    draft.check().unwrap()
}

#[test]
fn copies_of_a_state_are_one_class() {
    for (seed, copies) in [(1, 2), (2, 3), (3, 4)] {
        let model = with_copies(seed, copies);
        let lumping = model.lumped();
        // the two terminal states are alike, all others differ in what they pay
        assert_eq!(lumping.model.space().states(), 11, "seed {seed}");
        for (state, &class) in lumping.class.iter().enumerate() {
            assert_eq!(
                class,
                lumping.class[state % 12],
                "seed {seed}, state {state}"
            );
        }
        assert_eq!(lumping.averaged, 0);
    }
}

#[test]
fn classes_are_those_of_the_plainest_refinement() {
    let bundled = std::fs::read_dir(std::path::Path::new(crate::ROOT).join("mdps")).unwrap();
    let mut compared = 0;
    for entry in bundled {
        let path = entry.unwrap().path();
        let Ok(model) = Model::load(&path) else {
            continue;
        };
        if model.space().states() > 100 {
            continue;
        }
        let lumping = model.lumped();
        let class: Vec<usize> = lumping.class.iter().map(|&class| class as usize).collect();
        assert_eq!(class, by_rounds(&model), "{}", path.display());
        compared += 1;
    }
    assert!(compared > 15, "{compared} models were compared");
}

/// A ring looks the same in a mirror through state 0: of n states ⌊n/2⌋ + 1 remain, and a chain of so
/// many refinements is needed to find them.
#[test]
fn a_ring_is_folded() {
    for n in [3, 8, 51, 400] {
        let lumping = ring(n).lumped();
        assert_eq!(lumping.model.space().states(), n / 2 + 1);
        for state in 1..n {
            assert_eq!(lumping.class[state] as usize, state.min(n - state));
        }
    }
}

#[test]
fn values_objective_and_gradient_are_the_same_fractions() {
    for seed in 4..8 {
        let model = with_copies(seed, 2);
        let lumping = model.lumped();
        let solve = |model: &Model| {
            let uniform = Policy::<Rational>::uniform(model.space());
            model.exact().unwrap().solve(uniform).unwrap()
        };
        let (own, classes) = (solve(&model), solve(&lumping.model));
        assert_eq!(own.j(), classes.j());
        for (value, &class) in own.v().iter().zip(&lumping.class) {
            assert_eq!(*value, classes.v()[class as usize]);
        }
        let mut summed = vec![Rational::ZERO; lumping.model.space().pairs()];
        for (pair, slope) in own.gradient().unwrap().iter().enumerate() {
            let class = lumping.class[model.space().state_of(pair)] as usize;
            let target = lumping
                .model
                .space()
                .pair(class, model.space().action_of(pair));
            summed[target.unwrap()] += slope;
        }
        assert_eq!(summed, classes.gradient().unwrap());
        assert!(lump(&model).agreement.unwrap().exact);
    }
}

/// Two states that pay 2 on average, one of them by a coin.
#[test]
fn what_is_only_the_same_on_average_is_paid_on_average() {
    let model = Draft::new(["coin", "sure", "end"], 1)
        .outcome("coin", 0, "end", "1/2", 1)
        .outcome("coin", 0, "end", "1/2", 3)
        .outcome("sure", 0, "end", 1, 2)
        .terminal("end")
        .discount("1/2")
        .start_uniformly()
        .check()
        .unwrap();
    let lumping = model.lumped();
    assert_eq!(lumping.class, [0, 0, 1]);
    assert_eq!(lumping.averaged, 1);
    let paid: Vec<Number> = (lumping.model.outcomes().of(0))
        .map(|o| o.reward.clone())
        .collect();
    assert_eq!(paid, [Number::from(2)]);
}
