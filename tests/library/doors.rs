//! The other doors: drafts, arrays, garnets, everything that takes a model and a policy, and the options of
//! control.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use exact_mdp::chain::{Chain, Dynamics, LongRun, Structure, Termination};
use exact_mdp::comparison::score_rank;
use exact_mdp::continuous::expected_minimum;
use exact_mdp::control;
use exact_mdp::error::Error;
use exact_mdp::estimator::{Experiment, Sampling};
use exact_mdp::evaluation::{Average, Evaluation, FiniteHorizon};
use exact_mdp::linalg::SolverOptions;
use exact_mdp::mdp::Mdp;
use exact_mdp::model::{
    Draft, GarnetOptions, Key, Layout, Model, RewardKind, Rewards, Rows, Value, garnet,
};
use exact_mdp::policy::Policy;
use exact_mdp::sampling::{Plan, Sampler};
use exact_mdp::trajectory::Simulator;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::{Dice, criterion, is_criterion, mdp};

/// A text that may be a number.
fn value(dice: &mut Dice) -> Value {
    const TEXTS: [&str; 8] = ["1/2", "0.5", "1/0", "x", "", "1e400", "-1/2", "NaN"];
    match dice.below(4) {
        0 => Value::from(TEXTS[dice.below(TEXTS.len())]),
        1 => Value::from(dice.odd()),
        _ => Value::from(1),
    }
}

/// A state or an action that may not be there.
fn key(dice: &mut Dice) -> Key {
    const NAMES: [&str; 4] = ["a", "b", "c", ""];
    if dice.rarely(2) {
        Key::from(NAMES[dice.below(NAMES.len())])
    } else {
        Key::from(dice.below(3))
    }
}

/// What a draft lets through is an MDP.
fn drafted(dice: &mut Dice) -> Option<Model> {
    let mut draft = if dice.rarely(3) {
        Draft::new(["a", "b"], ["a", "a"])
    } else {
        Draft::new(["a", "b"], ["a"])
    };
    for _ in 0..dice.below(5) {
        let (state, action, next) = (key(dice), key(dice), key(dice));
        let (p, r) = (value(dice), value(dice));
        draft = draft.outcome(state, action, next, p, r);
    }
    if dice.rarely(2) {
        draft = draft.terminal(key(dice));
    }
    if !dice.rarely(4) {
        draft = draft.discount(value(dice));
    }
    if dice.rarely(4) {
        draft = draft.horizon(dice.below(3));
    }
    draft = match dice.below(3) {
        0 => draft.start_uniformly(),
        1 => draft.initial(&dice.weights(2)),
        _ => draft.start_with(key(dice), value(dice)),
    };
    draft.check().ok()
}

/// What arrays let through is an MDP.
fn of_arrays(dice: &mut Dice) -> Option<Model> {
    let (states, actions) = (dice.below(4), dice.below(3));
    let length = states * states * actions + usize::from(dice.rarely(6));
    let mut p = Vec::with_capacity(length);
    while p.len() < length {
        p.extend(dice.weights(states.max(1)));
    }
    p.truncate(length);
    let r = vec![if dice.rarely(9) { dice.odd() } else { 1.0 }; dice.below(7)];
    let indices: Vec<usize> = (0..dice.below(6)).map(|_| dice.below(5)).collect();
    let indptr: Vec<usize> = (0..dice.below(6)).map(|_| dice.below(6)).collect();
    let rows = if dice.rarely(2) {
        let columns = states;
        Rows::Dense { data: &p, columns }
    } else {
        Rows::Sparse {
            data: &p,
            indices: &indices,
            indptr: &indptr,
            columns: states,
        }
    };
    let layout = match dice.below(2) {
        0 => Layout::Sas { actions },
        _ => Layout::Ass { actions },
    };
    let rewards = match dice.below(3) {
        0 => Rewards::State(&r),
        1 => Rewards::Pair(&r),
        _ => Rewards::Outcome(rows),
    };
    let draft = Draft::from_arrays(rows, layout, rewards);
    let draft = draft.discount(0.5).start_uniformly();
    draft.check().ok()
}

/// γ in its range, rows and ρ₀ that are distributions.
fn is_sound(model: &Model) {
    let mdp = model.mdp::<f64>();
    assert!(is_criterion(mdp.criterion()));
    for pair in 0..mdp.pairs() {
        let row = mdp.outcomes(pair).map(|o| *o.probability);
        let row: Vec<f64> = row.collect();
        assert!(super::is_distribution(&row, row.len()), "{row:?}");
        assert!(
            mdp.outcomes(pair)
                .all(|o| o.next < mdp.states() && o.reward.is_finite())
        );
    }
    assert!(super::is_distribution(mdp.initial(), mdp.states()));
}

/// Everything that takes a model and a policy refuses that of another space.
fn strangers(mdp: &Mdp, other: &Mdp) {
    let policy = Policy::uniform(other.space());
    let solver = SolverOptions::default();
    let refused = |name: &str, found: Option<Error>| {
        assert!(
            matches!(
                found,
                Some(Error::OtherSpace { .. } | Error::Criterion { .. })
            ),
            "{name}: {found:?}"
        );
    };
    refused("Evaluation", Evaluation::new(mdp, &policy, &solver).err());
    refused("Chain", Chain::new(mdp, &policy, &solver).err());
    refused("FiniteHorizon", FiniteHorizon::new(mdp, &policy).err());
    refused("Average", Average::new(mdp, &policy, &solver).err());
    refused("LongRun", LongRun::new(mdp, &policy, &solver).err());
    refused("Dynamics", Dynamics::new(mdp, &policy).err());
    refused("proper", Dynamics::proper(mdp, &policy).err());
    refused("Structure", Structure::new(mdp, &policy).err());
    refused("nearby", Structure::nearby(mdp, &policy).err());
    refused("Termination", Termination::new(mdp, &policy).err());
    refused("score_rank", score_rank(mdp, &policy).err());
    let cut = Sampling::Truncated(2);
    refused("Simulator", Simulator::new(mdp, &policy, cut).err());
    refused(
        "Experiment",
        Experiment::new(mdp, &policy, cut, &solver).err(),
    );
    let own = Policy::uniform(mdp.space());
    refused(
        "behavior",
        Experiment::off_policy(mdp, &own, Some(&policy), cut, &solver).err(),
    );
    let plan = Plan::new(cut, 0);
    refused(
        "Sampler",
        Sampler::new(mdp, &policy, None, &[], plan.clone()).err(),
    );
    refused(
        "drawn by",
        Sampler::new(mdp, &own, Some(&policy), &[], plan).err(),
    );
}

fn optimum(dice: &mut Dice, mdp: &Mdp) {
    let options = control::ControlOptions {
        tolerance: dice.rarely(3).then(|| dice.odd()),
        entropy: dice.rarely(3).then(|| dice.odd()),
        iterations: dice.below(30),
        ..control::ControlOptions::default()
    };
    let wrong = |x: Option<f64>| x.is_some_and(|x| !x.is_finite() || x < 0.0);
    let found = control::solve(mdp, &options);
    if wrong(options.tolerance) || wrong(options.entropy) {
        assert!(found.is_err(), "{options:?}");
    }
    if let Ok(found) = found {
        assert!(found.v.iter().all(|x| x.is_finite()), "{:?}", found.v);
        assert!(found.j.is_finite());
    }
}

fn round(seed: u64) {
    let mut dice = Dice(ChaCha8Rng::seed_from_u64(seed));
    let models = [drafted(&mut dice), of_arrays(&mut dice)];
    models.iter().flatten().for_each(is_sound);
    let (sigma, c) = (dice.odd(), dice.odd());
    let least = expected_minimum(sigma, c);
    let sound = sigma.is_finite() && sigma >= 0.0 && c.abs() <= 1.0;
    assert_eq!(least.is_ok(), sound, "{least:?}");
    let options = GarnetOptions {
        states: dice.below(4),
        actions: dice.below(3),
        branching: dice.below(5),
        seed,
        terminal: dice.below(5),
        reward: RewardKind::Uniform,
    };
    if let Ok(draft) = garnet(&options)
        && let Ok(model) = draft.discount("1/2").start_uniformly().check()
    {
        is_sound(&model);
    }
    let (Ok(one), _) = mdp(&mut dice) else { return };
    let moved = criterion(&mut dice);
    let right = is_criterion(&moved);
    let found = one.clone().with_criterion(moved);
    assert_eq!(found.is_ok(), right, "{found:?}");
    if seed.is_multiple_of(10) {
        optimum(&mut dice, &one);
    }
    let (Ok(other), _) = mdp(&mut dice) else {
        return;
    };
    let pairs =
        |mdp: &Mdp| -> Vec<_> { (0..mdp.states()).map(|s| mdp.space().pairs_of(s)).collect() };
    if pairs(&one) != pairs(&other) {
        strangers(&one, &other);
    }
}

#[test]
fn every_door_refuses_what_is_wrong_and_none_panics() {
    for seed in 0..20_000 {
        let found = catch_unwind(AssertUnwindSafe(|| round(seed)));
        assert!(found.is_ok(), "seed {seed}");
    }
}

/// Off the models that a policy belongs to, also what is shared by reference counts.
#[test]
fn a_policy_of_a_smaller_model_is_named_with_both_sizes() {
    let load = |name: &str| -> Mdp {
        let path = format!("{}/mdps/{name}.yaml", crate::ROOT);
        Model::load(&path).expect("a model").mdp()
    };
    let (small, large) = (Arc::new(load("two-state")), load("taxi"));
    let policy = Policy::uniform(small.space());
    let said = Chain::new(&large, &policy, &SolverOptions::default());
    let said = said.err().expect("another space").to_string();
    assert!(said.contains("501") && said.contains('2'), "{said}");
}
