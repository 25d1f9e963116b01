//! Sampled ascents held against the exact laws of their steps.

use super::*;

/// Sampled runs are functions of their seed, whatever the number of threads, and they climb.
#[test]
fn sampled_ascents_repeat_and_climb() {
    let mdp = small();
    let policy = Policy::uniform(mdp.space());
    let start = Iterate::new(&shared(&mdp), policy.clone(), &SolverOptions::default()).unwrap();
    let cases: [(AscentMethod, Option<&str>); 4] = [
        (AscentMethod::Reinforce, None),
        (AscentMethod::Reinforce, Some("advantage")),
        (AscentMethod::ActorCritic, None),
        (AscentMethod::ActorCritic, Some("gae:9/10")),
    ];
    for (method, estimator) in cases {
        let options = |seed, threads| AscentOptions {
            estimator: estimator.map(|name| name.parse::<Estimator>().unwrap()),
            step: Some(1.0),
            trajectories: 64,
            seed,
            threads,
            ..by(method, 40)
        };
        let first = run(&mdp, &policy, &options(7, 1));
        let again = run(&mdp, &policy, &options(7, 2));
        assert_eq!(first.trace, again.trace, "{method:?}");
        assert_ne!(first.trace, run(&mdp, &policy, &options(8, 1)).trace);
        assert!(first.last().j > start.j() + 0.1, "{method:?} {estimator:?}");
    }
}

/// Progress is asked while a step is drawn too: what has no end otherwise ends, with the policy before.
#[test]
fn a_step_of_very_many_trajectories_can_be_interrupted() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let mdp = small();
    let start = Policy::uniform(mdp.space());
    for (method, rollouts) in [
        (AscentMethod::Reinforce, None),
        (AscentMethod::Evolution, Some(1)),
        (AscentMethod::CrossEntropy, Some(1)),
        (AscentMethod::RandomSearch, Some(1)),
    ] {
        let options = AscentOptions {
            trajectories: 100_000_000_000,
            rollouts,
            ..by(method, 10)
        };
        let asked = AtomicUsize::new(0);
        let watch = |_: &AscentStep| match asked.fetch_add(1, Ordering::Relaxed) {
            0..10 => ControlFlow::Continue(()),
            _ => ControlFlow::Break(()),
        };
        let found = ascend(&shared(&mdp), &start, None, &options, &watch).unwrap();
        assert_eq!(
            (found.stop, found.iterations()),
            (AscentStop::Interrupted, 0),
            "{method:?}"
        );
        assert_eq!(found.policy.probabilities(), start.probabilities());
    }
    // what is kept of each trajectory would not fit
    let options = AscentOptions {
        trajectories: 100_000_000_000,
        ..by(AscentMethod::ActorCritic, 10)
    };
    let watch = |_: &AscentStep| ControlFlow::Continue(());
    let refused = ascend(&shared(&mdp), &start, None, &options, &watch).unwrap_err();
    assert!(matches!(refused, Error::CostlySample { .. }), "{refused}");
}

/// What a step was to change J by, exactly: the mean over many seeds of the first step is its drift, and their
/// deviation its deviation, for a step so small that the second order says all.
#[test]
fn the_drift_is_the_mean_of_many_first_steps() {
    for entropy in [None, Some(0.5)] {
        drifts(entropy);
    }
}

fn drifts(entropy: Option<f64>) {
    use exact_mdp::study::{self, AscendRequest, Notes};
    let model = file("two-state.yaml");
    let request = |seed, drift| AscendRequest {
        methods: vec![AscentMethod::Reinforce],
        drift,
        options: AscentOptions {
            iterations: 1,
            entropy,
            step: Some(0.01),
            trajectories: 4,
            seed,
            ..AscentOptions::default()
        },
        ..AscendRequest::default()
    };
    let run = |seed, drift| {
        let found = study::ascend(&model, &request(seed, drift), &Notes::default()).unwrap();
        found.report.unwrap().first
    };
    let told = run(0, true).drift.expect("a drift");
    assert_eq!(told.expected_change.len(), 2);
    let seeds = 400;
    let changes = (0..seeds).map(|seed| {
        let trace = run(seed, false).trace;
        trace[1].j - trace[0].j
    });
    let changes: Vec<f64> = changes.collect();
    let mean = changes.iter().sum::<f64>() / seeds as f64;
    let square: f64 = changes.iter().map(|x| (x - mean).powi(2)).sum();
    let deviation = (square / (seeds - 1) as f64).sqrt();
    let error = told.deviation[0] / (seeds as f64).sqrt();
    assert!(
        (mean - told.expected_change[0]).abs() < 5.0 * error,
        "{mean} {told:?}"
    );
    assert!(
        (deviation / told.deviation[0] - 1.0).abs() < 0.25,
        "{deviation} {told:?}"
    );
}

/// Estimators where r − α log π is paid for r have ∇J_α for a mean.
#[test]
fn sampled_estimators_with_entropy_are_of_the_soft_gradient() {
    let model = file("retry-loop.yaml");
    let solved = model.solve(Policy::random(model.space(), 5)).unwrap();
    let known = solved.entropy(&0.3).unwrap();
    let paid = solved.paying_entropy(&0.3).unwrap();
    let soft = Solved::new(paid, Arc::clone(solved.policy())).unwrap();
    for name in ["reward-to-go", "advantage", "gae:0.9", "total-return"] {
        let law = soft.law(&name.parse().unwrap()).unwrap();
        for (mean, g) in law.mean().iter().zip(&known.gradient) {
            assert!((mean - g).abs() < 1e-12, "{name}: {mean} {g}");
        }
    }
}

/// The first step of sampled ascents, over η, is the mean of N estimates: within five standard errors of its exact
/// law, of runs of the long run, of cut trajectories with a critic that bootstraps (and is 0 at first), of
/// J with entropy.
#[test]
fn first_sampled_steps_have_the_exact_law() {
    use exact_mdp::estimator::{Critic, Sampling};
    use exact_mdp::mdp::Criterion;
    use exact_mdp::number::Number;
    const REINFORCE: (AscentMethod, &str) = (AscentMethod::Reinforce, "reward-to-go");
    const ACTOR_CRITIC: (AscentMethod, &str) = (AscentMethod::ActorCritic, "td-residual");
    let discounted = Arc::new(file("two-state.yaml").mdp());
    let average = Arc::new(
        Mdp::clone(&discounted)
            .with_criterion(Criterion::Average)
            .unwrap(),
    );
    let policy = Policy::random(discounted.space(), 4);
    let zero = Critic::File(vec![Number::ZERO; 2]);
    let cases = [
        (&average, REINFORCE, Some(20), None, Sampling::LongRun(20)),
        (&average, ACTOR_CRITIC, None, None, Sampling::LongRun(100)),
        (
            &discounted,
            ACTOR_CRITIC,
            Some(7),
            None,
            Sampling::Truncated(7),
        ),
        (
            &discounted,
            REINFORCE,
            Some(9),
            Some(0.4),
            Sampling::Truncated(9),
        ),
    ];
    for (mdp, (method, name), truncation, entropy, sampling) in cases {
        let options = AscentOptions {
            method,
            iterations: 1,
            step: Some(1e-3),
            estimator: Some(name.parse().unwrap()),
            trajectories: 4000,
            truncation,
            entropy,
            iterates: true,
            ..AscentOptions::default()
        };
        let watch = |_: &AscentStep| ControlFlow::Continue(());
        let found = ascend(mdp, &policy, None, &options, &watch).unwrap();
        let path = found.iterates.unwrap().theta;
        let mut at = Solved::new(Arc::clone(mdp), policy.clone()).unwrap();
        if let Some(alpha) = entropy {
            at = Solved::new(at.paying_entropy(&alpha).unwrap(), policy.clone()).unwrap();
        }
        let mut estimator: exact_mdp::estimator::Estimator = name.parse().unwrap();
        if method == AscentMethod::ActorCritic {
            estimator = estimator.with_critic(zero.clone()).unwrap();
        }
        let law = at.law_when(&estimator, sampling).unwrap();
        for (k, (from, to)) in path[0].iter().zip(&path[1]).enumerate() {
            let mean = (to - from) / 1e-3;
            let error = (law.variance()[k] / 4000.0).sqrt();
            let gap = (mean - law.mean()[k]).abs();
            let told = format!("{method:?} {name} {sampling:?}: {gap} {error}");
            assert!(gap <= 5.0 * error + 1e-9, "{told}");
        }
    }
}

/// The gain rises under REINFORCE and an actor-critic, near that of the best policy.
#[test]
fn sampled_ascents_climb_the_average_reward() {
    use exact_mdp::mdp::Criterion;
    let model = file("two-state.yaml");
    let mdp = Arc::new(model.mdp().with_criterion(Criterion::Average).unwrap());
    let best = exact_mdp::control::solve(&mdp, &Default::default())
        .unwrap()
        .j;
    let start = Policy::uniform(model.space());
    for method in [AscentMethod::Reinforce, AscentMethod::ActorCritic] {
        let options = AscentOptions {
            method,
            iterations: 60,
            step: Some(1.0),
            ..AscentOptions::default()
        };
        let watch = |_: &AscentStep| ControlFlow::Continue(());
        let found = ascend(&mdp, &start, None, &options, &watch).unwrap();
        let (first, last) = (found.trace[0].j, found.last().j);
        assert!(
            best - last < 0.5 * (best - first),
            "{method:?}: {first} {last} {best}"
        );
    }
    let horizon = AscentOptions {
        method: AscentMethod::Reinforce,
        truncation: Some(5),
        ..AscentOptions::default()
    };
    let finite = Criterion::FiniteHorizon {
        horizon: 3,
        discount: 1.0,
    };
    let mdp = Arc::new(model.mdp().with_criterion(finite).unwrap());
    let watch = |_: &AscentStep| ControlFlow::Continue(());
    let said = ascend(&mdp, &start, None, &horizon, &watch).unwrap_err();
    assert!(said.to_string().contains("on a finite horizon"), "{said}");
}
