//! Gradient ascent against closed forms, the theorems of the literature and brute force.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use exact_mdp::ascent::rates::{Rates, lojasiewicz, observed, smoothness};
use exact_mdp::ascent::{
    Ascent, Goal, Iterate, Method, Options, Step, Stop, ascend, best_found, default_step,
    onto_simplex, projected, reward_span,
};
use exact_mdp::error::Error;
use exact_mdp::estimator::Estimator;
use exact_mdp::linalg::SolverOptions;
use exact_mdp::mdp::{Criterion, Mdp};
use exact_mdp::model::Model;
use exact_mdp::policy::{Policy, standard_normal};
use exact_mdp::solved::Solved;

fn file(name: &str) -> Model {
    let folder = Path::new(crate::ROOT).join("mdps");
    Model::load(&folder.join(name)).expect("the model is valid")
}

fn own_policy(model: &Model) -> Policy {
    let specification = model.policy().expect("the model carries a policy");
    Policy::from_specification(model.space(), specification).expect("the policy is valid")
}

/// Three states, two of them with a choice; continuing, every state a start.
fn small() -> Mdp {
    let text = "
discount: 0.5
states: [x, y, z]
actions: [a, b, c]
initial: {x: 1/2, y: 1/4, z: 1/4}
transitions:
  x: {a: {x: 1/3, y: 2/3}, b: {x: 3/4, z: 1/4}, c: y}
  y: {a: x, b: {y: 2/5, z: 3/5}}
  z: {a: {x: 1/2, y: 1/2}, c: z}
rewards: {x: {a: 1/2, b: 1, c: 0}, y: {a: 3/4}, z: {a: 1/4, c: 3/8}}
";
    Model::parse("small", text)
        .expect("the model is valid")
        .mdp()
}

/// The model as an ascent holds it.
fn shared(mdp: &Mdp) -> Arc<Mdp> {
    Arc::new(mdp.clone())
}

fn run(mdp: &Mdp, policy: &Policy, options: &Options) -> Ascent {
    let goal = Goal::new(mdp, &options.solver).ok();
    ascend(&shared(mdp), policy, goal.as_ref(), options, &|_| {
        ControlFlow::Continue(())
    })
    .expect("the ascent runs")
}

fn by(method: Method, iterations: usize) -> Options {
    Options {
        method,
        iterations,
        ..Options::default()
    }
}

fn goal(mdp: &Mdp) -> Goal {
    Goal::new(mdp, &SolverOptions::default()).expect("the model has an optimum")
}

fn rises(trace: &[Step], error: f64) -> bool {
    trace.windows(2).all(|pair| pair[1].j >= pair[0].j - error)
}

/// Sutton & Barto (2018), example 13.1: with x = π(right), J = −(4 − 2x)/(x(1 − x)) is largest at
/// x = 2 − √2, where it is −(6 + 4√2).
#[test]
fn short_corridor_reaches_its_stochastic_optimum() {
    let model = file("short-corridor.yaml");
    let (mdp, policy): (Mdp, _) = (model.mdp(), own_policy(&model));
    let root = 2f64.sqrt();
    for method in [Method::LineSearch, Method::Newton] {
        let ascent = run(&mdp, &policy, &by(method, 200));
        let last = ascent.last();
        assert!(
            (last.j + 6.0 + 4.0 * root).abs() < 1e-9,
            "{method:?}: {last:?}"
        );
        let x = ascent.policy.probabilities()[1];
        // J is flat to second order: an error e of J leaves √e of x
        assert!((x - (2.0 - root)).abs() < 1e-4, "{method:?}: {x}");
        // the three states look alike, so that is far below the optimum −3 without aliasing
        assert!(ascent.gap_bound.unwrap() > 8.0);
    }
}

/// Agarwal et al. (2021), proposition 4.1: γ = 20/21, π(a1|s) = 1/5 < 1/4, and the gradient is
/// exponentially small although J* = 21 (20/21)²¹.
#[test]
fn vanishing_gradient_chain_stands_still_far_from_its_optimum() {
    let model = file("vanishing-gradient-chain.yaml");
    let (mdp, policy): (Mdp, _) = (model.mdp(), own_policy(&model));
    let options = Options {
        tolerance: 0.0,
        bounds: true,
        ..by(Method::Projected, 3)
    };
    let ascent = run(&mdp, &policy, &options);
    let first = ascent.trace[0];
    assert!((first.j / 1.454e-13 - 1.0).abs() < 1e-3, "{first:?}");
    assert!(
        (first.gradient_norm / 4.04e-12 - 1.0).abs() < 1e-2,
        "{first:?}"
    );
    let optimum = 21.0 * (20f64 / 21.0).powi(21);
    assert!((goal(&mdp).j - optimum).abs() < 1e-9);
    assert!(ascent.last().gap_bound.unwrap() >= optimum - ascent.last().j);
    assert!(ascent.last().j < 1e-11);
}

/// Under a softmax the gradient vanishes at every deterministic policy, good or bad; the bound on
/// the gap does not.
#[test]
fn a_bad_deterministic_policy_is_a_plateau_that_the_gap_bound_sees() {
    let mdp = small();
    let worst = |logit: f64| {
        let q = [0.0, 0.0, logit, 0.0, logit, logit, 0.0];
        Policy::softmax(mdp.space(), q.to_vec(), 1.0).unwrap()
    };
    let best = goal(&mdp).j;
    for logit in [10.0, 20.0, 30.0] {
        let options = Options {
            bounds: true,
            ..by(Method::Plain, 10)
        };
        let ascent = run(&mdp, &worst(logit), &options);
        let last = ascent.last();
        assert!(last.gradient_norm < 10.0 * (-logit).exp(), "{last:?}");
        assert!(best - last.j > 0.4);
        assert!(ascent.gap_bound.unwrap() >= best - last.j);
    }
    // natural steps leave it at once
    let options = Options {
        tolerance: 0.0,
        ..by(Method::Natural, 400)
    };
    let ascent = run(&mdp, &worst(30.0), &options);
    assert!(best - ascent.last().j < 1e-6, "{:?}", ascent.last());
}

/// Mei et al. (2020), theorem 4: with η = (1 − γ)³/8R plain ascent is monotone, and the gap stays
/// below its bound; lemma 7: a step gains at least ‖∇J‖²/2L.
#[test]
fn plain_ascent_is_monotone_and_within_its_bound() {
    let mdp = small();
    let policy = Policy::uniform(mdp.space());
    let options = by(Method::Plain, 400);
    let ascent = run(&mdp, &policy, &options);
    let constant = smoothness(&mdp, &policy).unwrap();
    // rewards span 1, γ = 1/2
    assert_eq!(constant, 64.0);
    assert_eq!(default_step(Method::Plain, &mdp, &policy), 1.0 / 64.0);
    for pair in ascent.trace.windows(2) {
        let gained = pair[1].j - pair[0].j;
        assert!(gained >= pair[0].gradient_norm.powi(2) / (2.0 * constant) - 1e-15);
    }
    let goal = goal(&mdp);
    let rates = Rates::new(&shared(&mdp), &policy, Some(&goal), &ascent, &options).unwrap();
    assert!(goal.j - ascent.last().j <= rates.proven_gap.unwrap());
    let ratio = rates.gradient_over_gap.unwrap();
    assert!(ratio >= rates.lojasiewicz.unwrap() && rates.lojasiewicz.unwrap() > 0.0);
}

/// |J(π') − J(π) − ∇J·(π' − π)| ≤ L/2 ‖π' − π‖² between random policies on the simplices (Agarwal
/// et al. 2021, lemma D.3); the bound of projected ascent holds (theorem 4.1).
#[test]
fn the_direct_forms_are_smooth_and_projected_ascent_within_its_bound() {
    let mdp = small();
    let at =
        |policy: Policy| Iterate::new(&shared(&mdp), policy, &SolverOptions::default()).unwrap();
    let random = |seed| Policy::random(mdp.space(), seed).probabilities().to_vec();
    for seed in 0..20 {
        let x = at(Policy::simplex(mdp.space(), random(seed)).unwrap());
        let y = at(Policy::simplex(mdp.space(), random(seed + 100)).unwrap());
        // rewards span 1, γ = 1/2, three actions
        let constant = smoothness(&mdp, x.solved.policy()).unwrap();
        assert_eq!(constant, 24.0);
        let way: Vec<f64> = y
            .theta()
            .iter()
            .zip(x.theta())
            .map(|(y, x)| y - x)
            .collect();
        let first: f64 = way.iter().zip(&x.gradient).map(|(w, g)| w * g).sum();
        let square: f64 = way.iter().map(|w| w * w).sum();
        assert!((y.j() - x.j() - first).abs() <= constant / 2.0 * square);
    }
    let policy = Policy::uniform(mdp.space());
    let goal = goal(&mdp);
    for n in [1, 10, 100] {
        let options = by(Method::Projected, n);
        let ascent = run(&mdp, &policy, &options);
        let rates = Rates::new(&shared(&mdp), &policy, Some(&goal), &ascent, &options).unwrap();
        assert!(goal.j - ascent.last().j <= rates.proven_gap.unwrap(), "{n}");
    }
}

/// The non-uniform Łojasiewicz inequality at random policies (theory, 7.11).
#[test]
fn lojasiewicz_inequality_holds_at_random_policies() {
    let mdp = small();
    let goal = goal(&mdp);
    for seed in 0..20 {
        let policy = Policy::random(mdp.space(), seed);
        let at = Iterate::new(&shared(&mdp), policy, &SolverOptions::default()).unwrap();
        let norm = at.gradient.iter().map(|x| x * x).sum::<f64>().sqrt();
        let constant = lojasiewicz(&at, &goal).unwrap();
        assert!(
            constant > 0.0 && norm >= constant * (goal.j - at.j()),
            "seed {seed}"
        );
    }
}

/// Agarwal et al. (2021): projected ascent with η = 1/(2γ|A|R/(1 − γ)³) is monotone, and its last
/// policies lie on the simplices.
#[test]
fn projected_ascent_is_monotone_and_finds_a_deterministic_policy() {
    let mdp = small();
    let goal = goal(&mdp);
    let ascent = run(
        &mdp,
        &Policy::uniform(mdp.space()),
        &by(Method::Projected, 1000),
    );
    assert!(rises(&ascent.trace, 1e-14));
    assert_eq!(ascent.stop, Stop::Gradient);
    assert!((goal.j - ascent.last().j).abs() < 1e-11);
    for state in 0..3 {
        let pi = &ascent.policy.probabilities()[mdp.space().pairs_of(state)];
        assert!(pi.iter().all(|x| *x >= 0.0));
        assert!((pi.iter().sum::<f64>() - 1.0).abs() < 1e-14);
    }
}

/// Agarwal et al. (2021), theorem 5.3: from the uniform policy the gap of natural ascent is at most
/// R (log|A|/(ηt) + 1/((1 − γ)²t)) at every t, and v rises in every state.
#[test]
fn natural_ascent_is_within_its_bound_and_monotone_in_every_state() {
    let mdp = small();
    let goal = goal(&mdp);
    for eta in [0.05, 1.0, 20.0] {
        let mut policy = Policy::uniform(mdp.space());
        let mut v = vec![f64::NEG_INFINITY; 3];
        for t in 0..60 {
            let at = Iterate::new(&shared(&mdp), policy, &SolverOptions::default()).unwrap();
            if t > 0 {
                // logits move by ηA: their η is (1 − γ)η
                let bound = 3f64.ln() / (0.5 * eta * t as f64) + 1.0 / (0.25 * t as f64);
                assert!(goal.j - at.j() <= bound, "η = {eta}, t = {t}");
            }
            assert!(
                at.solved
                    .evaluation()
                    .v
                    .iter()
                    .zip(&v)
                    .all(|(new, old)| *new >= old - 1e-14)
            );
            v.clone_from(&at.solved.evaluation().v);
            let options = Options {
                step: Some(eta),
                tolerance: 0.0,
                ..by(Method::Natural, 1)
            };
            policy = run(&mdp, at.solved.policy(), &options).policy;
        }
    }
}

/// For a tabular softmax a natural step is a step of mirror descent, where every state is reached.
#[test]
fn natural_steps_and_mirror_steps_of_a_softmax_are_the_same_policies() {
    let mdp = small();
    let policy = Policy::random(mdp.space(), 3);
    let step = |method| Options {
        step: Some(0.7),
        ..by(method, 5)
    };
    let natural = run(&mdp, &policy, &step(Method::Natural));
    let mirror = run(&mdp, &policy, &step(Method::Mirror));
    let simplex = Policy::simplex(mdp.space(), policy.probabilities().to_vec()).unwrap();
    let direct = run(&mdp, &simplex, &step(Method::Mirror));
    for other in [&mirror, &direct] {
        let pairs = natural
            .policy
            .probabilities()
            .iter()
            .zip(other.policy.probabilities());
        pairs.for_each(|(x, y)| assert!((x - y).abs() < 1e-13));
    }
}

/// Xiao (2022): with steps that grow by 1/γ the gap falls by γ a step, at least.
#[test]
fn mirror_descent_with_growing_steps_is_linear() {
    let mdp = small();
    let goal = goal(&mdp);
    let ascent = run(&mdp, &Policy::uniform(mdp.space()), &by(Method::Mirror, 40));
    let seen = observed(&ascent.trace, goal.j, 1e-13);
    // slower than γ, or so fast that fewer than four gaps are above rounding
    match seen {
        Some(rate) => assert!(rate.factor <= 0.5, "{seen:?}"),
        None => assert!(
            ascent
                .trace
                .iter()
                .skip(10)
                .all(|step| goal.j - step.j <= 1e-13)
        ),
    }
    assert!(goal.j - ascent.last().j < 1e-9);
}

/// Brute force: no point of a fine grid on the simplex is nearer than the projection.
#[test]
fn projection_onto_the_simplex_is_the_nearest_point() {
    let points = [
        [0.2, 0.3, 0.5],
        [2.0, -1.0, 0.4],
        [-3.0, -2.0, -2.5],
        [0.9, 0.8, 0.7],
        [0.0, 0.0, 1.7],
    ];
    let distance =
        |x: &[f64], y: &[f64]| -> f64 { x.iter().zip(y).map(|(x, y)| (x - y).powi(2)).sum() };
    for y in points {
        let x = onto_simplex(&y);
        assert!((x.iter().sum::<f64>() - 1.0).abs() < 1e-15 && x.iter().all(|x| *x >= 0.0));
        let corner = projected::onto_corner(&y);
        assert!(corner.iter().sum::<f64>() <= 1.0 + 1e-15);
        for i in 0..=60 {
            for j in 0..=60 - i {
                let (a, b) = (i as f64 / 60.0, j as f64 / 60.0);
                let grid = [a, b, 1.0 - a - b];
                assert!(distance(&x, &y) <= distance(&grid, &y) + 1e-12);
                for c in [0.0, 0.3, 1.0] {
                    let inside = [a, b, c * (1.0 - a - b)];
                    assert!(distance(&corner, &y) <= distance(&inside, &y) + 1e-12);
                }
            }
        }
    }
}

/// Beside 10²⁰ the 1 of Σx = 1 is lost, and the projection of a step with rewards of that size was
/// no distribution.
#[test]
fn projection_of_a_large_step_is_a_distribution() {
    assert_eq!(onto_simplex(&[1e120]), [1.0]);
    assert_eq!(onto_simplex(&[1e20, 1e20, 0.0]), [0.5, 0.5, 0.0]);
    assert_eq!(onto_simplex(&[-1e20, 3e20]), [0.0, 1.0]);
}

/// The buffers of the small plain ascent hold the same numbers as the library's evaluation.
#[test]
fn plain_ascent_of_a_lake_agrees_with_steps_through_the_library() {
    let model = file("frozenlake-4x4.yaml");
    let mdp: Mdp = model.mdp();
    let step = Options {
        step: Some(0.5),
        ..by(Method::Plain, 30)
    };
    let ascent = run(&mdp, &Policy::random(mdp.space(), 1), &step);
    let mut at = Iterate::new(
        &shared(&mdp),
        Policy::random(mdp.space(), 1),
        &SolverOptions::default(),
    )
    .unwrap();
    for seen in &ascent.trace {
        assert!((seen.j - at.j()).abs() <= 1e-13 * at.j().abs(), "{seen:?}");
        let norm = at.gradient.iter().map(|x| x * x).sum::<f64>().sqrt();
        assert!((seen.gradient_norm - norm).abs() <= 1e-12 * norm);
        let theta = at
            .theta()
            .iter()
            .zip(&at.gradient)
            .map(|(x, g)| x + 0.5 * g);
        let policy = at.solved.policy().with_theta(theta.collect()).unwrap();
        at = Iterate::new(&shared(&mdp), policy, &SolverOptions::default()).unwrap();
    }
}

/// Every exact method reaches the optimum of a small model, and those that promise it never fall.
#[test]
fn every_exact_method_climbs() {
    let mdp = small();
    let best = goal(&mdp).j;
    let cases = [
        (Method::LineSearch, None, 1e-6, true),
        (Method::Natural, None, 1e-9, true),
        (Method::Mirror, None, 1e-9, true),
        (Method::TrustRegion, Some(0.1), 1e-6, true),
        (Method::Proximal, None, 1e-3, true),
        (Method::Newton, None, 1e-6, true),
        (Method::Nesterov, Some(1.0), 1e-2, false),
        (Method::Adam, None, 1e-2, false),
    ];
    for (method, step, within, monotone) in cases {
        let options = Options {
            step,
            ..by(method, 300)
        };
        let ascent = run(&mdp, &Policy::uniform(mdp.space()), &options);
        let gap = best - ascent.last().j;
        assert!(
            gap <= within,
            "{method:?}: {gap} after {}",
            ascent.iterations()
        );
        assert!(ascent.gap_bound.unwrap() >= gap - 1e-14);
        assert!(!monotone || rises(&ascent.trace, 1e-13), "{method:?}");
    }
}

/// Under every criterion the line search climbs and the bound on the gap holds.
#[test]
fn line_search_serves_every_criterion() {
    let discounted = small();
    let criteria = [
        Criterion::FiniteHorizon {
            discount: 0.9,
            horizon: 6,
        },
        Criterion::Average,
    ];
    for criterion in criteria {
        let mdp = discounted.clone().with_criterion(criterion);
        let goal = goal(&mdp);
        for method in [Method::LineSearch, Method::Natural] {
            let ascent = run(&mdp, &Policy::uniform(mdp.space()), &by(method, 200));
            assert!(rises(&ascent.trace, 1e-13), "{method:?}");
            let gap = goal.j - ascent.last().j;
            assert!(ascent.gap_bound.unwrap() >= gap, "{method:?}");
            // a stationary policy need not reach J* of a horizon
            assert!(gap < 0.05, "{method:?}: {gap}");
        }
    }
}

/// Sampled runs are functions of their seed, whatever the number of threads, and they climb.
#[test]
fn sampled_ascents_repeat_and_climb() {
    let mdp = small();
    let policy = Policy::uniform(mdp.space());
    let start = Iterate::new(&shared(&mdp), policy.clone(), &SolverOptions::default()).unwrap();
    let cases: [(Method, Option<&str>); 4] = [
        (Method::Reinforce, None),
        (Method::Reinforce, Some("advantage")),
        (Method::ActorCritic, None),
        (Method::ActorCritic, Some("gae:9/10")),
    ];
    for (method, estimator) in cases {
        let options = |seed, threads| Options {
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

/// One logit, J = 1/(1 + e^(−θ)) rising in it: the best draws are the largest, so that each search is
/// a formula of its normal numbers.
#[test]
fn searches_do_what_their_draws_say() {
    let text = "{discount: 0, states: [s, end], actions: [a, b], initial: s, terminal: [end],
        transitions: {s: {a: end, b: end}}, rewards: {s: {a: 1}},
        policy: {parametrization: log-linear, theta: [0], features: {s: {a: [1], b: [0]}}}}";
    let model = Model::parse("logit.yaml", text).unwrap();
    let (mdp, policy): (Mdp, _) = (model.mdp(), own_policy(&model));
    let (seed, golden) = (7_u64, 0x9e37_79b9_7f4a_7c15_u64);
    let draws = |round: u64| -> Vec<f64> {
        let seed = seed.wrapping_add(round.wrapping_mul(golden));
        (0..50).map(|i| standard_normal(seed, i, 1)[0]).collect()
    };
    let theta = |method, iterations, step| {
        let options = Options {
            seed,
            trajectories: 50,
            step: Some(step),
            ..by(method, iterations)
        };
        let ascent = run(&mdp, &policy, &options);
        assert_eq!(
            ascent.trace,
            run(&mdp, &policy, &options).trace,
            "{method:?}"
        );
        ascent.policy.theta().unwrap()[0]
    };
    let near = |x: f64, y: f64| assert!((x - y).abs() < 1e-14, "{x} {y}");
    let largest = |x: &[f64]| x.iter().copied().fold(f64::MIN, f64::max);
    near(
        theta(Method::RandomSearch, 1, 2.0),
        2.0 * largest(&draws(0)),
    );
    near(
        theta(Method::RandomSearch, 2, 2.0),
        2.0 * largest(&draws(0)) + 3.0 * largest(&draws(1)),
    );
    let best = |round: u64| {
        let mut x = draws(round);
        x.sort_by(|x, y| y.total_cmp(x));
        let mean = x[..10].iter().sum::<f64>() / 10.0;
        let squares = x[..10].iter().map(|x| (x - mean).powi(2)).sum::<f64>();
        (mean, (squares / 10.0).sqrt())
    };
    let ((mean, sigma), (next, _)) = (best(0), best(1));
    near(theta(Method::CrossEntropy, 1, 2.0), 2.0 * mean);
    near(
        theta(Method::CrossEntropy, 2, 2.0),
        2.0 * mean + 2.0 * sigma * next,
    );
    let j = |x: f64| 1.0 / (1.0 + (-x).exp());
    let slopes = draws(0)
        .into_iter()
        .map(|x| x * (j(0.1 * x) - j(-0.1 * x)) / 0.2);
    near(
        theta(Method::Evolution, 1, 3.0),
        3.0 * slopes.sum::<f64>() / 50.0,
    );
}

/// With J alone the searches climb where gradients do; what they cannot serve they say before.
#[test]
fn searches_climb_and_say_what_they_need() {
    let mdp = small();
    let policy = Policy::uniform(mdp.space());
    let best = goal(&mdp).j;
    for method in [
        Method::Evolution,
        Method::CrossEntropy,
        Method::RandomSearch,
    ] {
        let options = Options {
            step: (method == Method::Evolution).then_some(1.0),
            ..by(method, 200)
        };
        let ascent = run(&mdp, &policy, &options);
        let first = best - ascent.trace[0].j;
        assert!(
            best - ascent.last().j < 0.1 * first,
            "{method:?} {:?}",
            ascent.last()
        );
        if method == Method::RandomSearch {
            assert!(rises(&ascent.trace, 1e-13));
        }
    }
    let simplex = Policy::simplex(mdp.space(), policy.probabilities().to_vec()).unwrap();
    assert!(Method::Evolution.start(&simplex).is_err());
    assert!(Method::CrossEntropy.start(&simplex).is_ok());
}

/// Progress is asked while a step is drawn too: what has no end otherwise ends, with the policy before.
#[test]
fn a_step_of_very_many_trajectories_can_be_interrupted() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let mdp = small();
    let start = Policy::uniform(mdp.space());
    for (method, rollouts) in [
        (Method::Reinforce, None),
        (Method::Evolution, Some(1)),
        (Method::CrossEntropy, Some(1)),
        (Method::RandomSearch, Some(1)),
    ] {
        let options = Options {
            trajectories: 100_000_000_000,
            rollouts,
            ..by(method, 10)
        };
        let asked = AtomicUsize::new(0);
        let watch = |_: &Step| match asked.fetch_add(1, Ordering::Relaxed) {
            0..10 => ControlFlow::Continue(()),
            _ => ControlFlow::Break(()),
        };
        let found = ascend(&shared(&mdp), &start, None, &options, &watch).unwrap();
        assert_eq!(
            (found.stop, found.iterations()),
            (Stop::Interrupted, 0),
            "{method:?}"
        );
        assert_eq!(found.policy.probabilities(), start.probabilities());
    }
    // what is kept of each trajectory would not fit
    let options = Options {
        trajectories: 100_000_000_000,
        ..by(Method::ActorCritic, 10)
    };
    let watch = |_: &Step| ControlFlow::Continue(());
    let refused = ascend(&shared(&mdp), &start, None, &options, &watch).unwrap_err();
    assert!(matches!(refused, Error::CostlySample { .. }), "{refused}");
}

/// The best of a class is not looked for where that takes longer than anybody waits for, nor once it is interrupted.
#[test]
fn the_search_for_the_best_of_a_class_has_an_end() {
    let go_on = || ControlFlow::Continue(());
    let stop = || ControlFlow::Break(());
    let options = SolverOptions::default();
    let small = shared(&small());
    let policy = Policy::uniform(small.space());
    let found = best_found(&small, &policy, &options, &go_on).unwrap();
    assert!((goal(&small).j - found).abs() < 1e-2, "{found}");
    assert_eq!(best_found(&small, &policy, &options, &stop), None);
    let text = "discount: 0.9\ngarnet: {states: 600, actions: 2, branching: 5, seed: 1}\n";
    let large = shared(&Model::parse("large.yaml", text).unwrap().mdp());
    let policy = Policy::uniform(large.space());
    assert_eq!(best_found(&large, &policy, &options, &go_on), None);
}

/// Progress sees every step and can end the ascent; the other stops say why, too.
#[test]
fn stops_say_why() {
    let mdp = small();
    let policy = Policy::uniform(mdp.space());
    let options = by(Method::Plain, 1000);
    let ascent = ascend(
        &shared(&mdp),
        &policy,
        None,
        &options,
        &|step| match step.iteration {
            5 => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        },
    )
    .unwrap();
    assert_eq!((ascent.stop, ascent.iterations()), (Stop::Interrupted, 5));
    let gap = Options {
        gap_tolerance: Some(1e-3),
        ..by(Method::Natural, 10_000)
    };
    let ascent = run(&mdp, &policy, &gap);
    assert_eq!(ascent.stop, Stop::Gap);
    assert!(goal(&mdp).j - ascent.last().j <= 1e-3);
    assert_eq!(
        run(&mdp, &policy, &by(Method::Adam, 3)).stop,
        Stop::Iterations
    );
    // where nothing depends on the policy the gradient is 0
    let constant = mdp.clone().with_rewards(vec![2.0; mdp.pairs()]).unwrap();
    assert_eq!(reward_span(&constant), 1.0);
    let ascent = run(&constant, &policy, &by(Method::Plain, 10));
    assert_eq!((ascent.stop, ascent.iterations()), (Stop::Gradient, 0));
    let never = Options {
        tolerance: 0.0,
        ..by(Method::LineSearch, 10_000)
    };
    assert_eq!(run(&mdp, &policy, &never).stop, Stop::NoProgress);
}

/// A step that cannot be computed ends the path and takes nothing of it back. Steps that
/// are too long for the corridor end where nothing terminates.
#[test]
fn what_goes_wrong_on_the_way_leaves_the_path() {
    let model = file("short-corridor.yaml");
    let (mdp, policy): (Mdp, _) = (model.mdp(), own_policy(&model));
    for method in [Method::Nesterov, Method::Reinforce] {
        let ascent = run(&mdp, &policy, &by(method, 60));
        assert!(
            matches!(ascent.stop, Stop::Lost | Stop::Failed),
            "{method:?} {:?}",
            ascent.stop
        );
        assert_eq!(ascent.failure.is_some(), ascent.stop == Stop::Failed);
        assert!(ascent.iterations() > 0);
    }
}

/// Under the uniform policy every state pays 1/2, so J = 1/(2(1 − γ)). Near γ = 1 the small
/// elimination would lose 10⁻¹⁶/(1 − γ) of it.
#[test]
fn plain_ascent_is_accurate_however_near_one_the_discount_is() {
    for nines in [3, 6, 9, 12] {
        let discount = format!("0.{}", "9".repeat(nines));
        let text = format!(
            "discount: {discount}\nstates: [a, b]\nactions: [x, y]\ninitial: {{a: 1}}\n\
             transitions: {{a: {{x: {{a: 1/3, b: 2/3}}, y: b}}, b: {{x: a, y: {{a: 1/7, b: 6/7}}}}}}\n\
             rewards: {{a: {{x: 1}}, b: {{x: 1}}}}\n"
        );
        let mdp: Mdp = Model::parse("near", &text).unwrap().mdp();
        let ascent = run(&mdp, &Policy::uniform(mdp.space()), &by(Method::Plain, 1));
        let expected = 0.5 * 10_f64.powi(nines as i32);
        let off = (ascent.trace[0].j - expected).abs() / expected;
        assert!(off <= 1e-12, "{nines}: {off:e}");
    }
}

/// A natural step of the corridor that is too long leads to where no episode ends: the path stops
/// before it, and no number that is only rounding is reported.
#[test]
fn a_path_that_leaves_the_values_stops_before_it() {
    let model = file("short-corridor.yaml");
    let (mdp, policy): (Mdp, _) = (model.mdp(), own_policy(&model));
    let options = Options {
        step: Some(1.0),
        ..by(Method::Natural, 200)
    };
    let ascent = run(&mdp, &policy, &options);
    assert_eq!(ascent.stop, Stop::Lost);
    assert!(
        ascent.trace.iter().all(|step| step.j <= -6.0),
        "{:?}",
        ascent.last()
    );
}

/// On the boundary of the simplex an action of probability 0 has no score; natural ascent leaves it.
#[test]
fn natural_ascent_reaches_the_boundary_of_the_simplex() {
    let mdp = small();
    let uniform = Policy::uniform(mdp.space());
    let simplex = Policy::simplex(mdp.space(), uniform.probabilities().to_vec()).unwrap();
    let ascent = run(&mdp, &simplex, &by(Method::Natural, 300));
    assert!(goal(&mdp).j - ascent.last().j < 1e-9, "{:?}", ascent.last());
}

/// A method that does not serve a policy says so.
#[test]
fn a_method_refuses_what_it_cannot_serve() {
    let model = file("short-corridor.yaml");
    let (mdp, policy): (Mdp, _) = (model.mdp(), own_policy(&model));
    for method in [Method::Projected, Method::Mirror] {
        let refused = ascend(&shared(&mdp), &policy, None, &by(method, 1), &|_| {
            ControlFlow::Continue(())
        });
        let message = refused.unwrap_err().to_string();
        assert!(message.contains("log-linear"), "{message}");
    }
}

/// θ, π and v of every iterate are those of the library, by the fast path and by the general one.
#[test]
fn the_iterates_that_are_kept_are_the_path() {
    let mdp = shared(&small());
    let start = Policy::random(mdp.space(), 3);
    for method in [Method::Plain, Method::Natural, Method::Projected] {
        let options = Options {
            iterates: true,
            ..by(method, 7)
        };
        let path = run(&mdp, &start, &options);
        let iterates = path.iterates().expect("they were asked for");
        assert_eq!(iterates.theta.len(), path.trace.len());
        for (t, step) in path.trace.iter().enumerate() {
            let at = method.start(&start).expect("it serves");
            let at = at.with_theta(iterates.theta[t].clone()).expect("a policy");
            let solved: Solved = Solved::new(Arc::clone(&mdp), at).expect("solved");
            let near = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12);
            assert!(near(solved.v(), &iterates.v[t]), "{method:?} {t}");
            let probabilities = solved.policy().probabilities();
            assert!(
                near(probabilities, &iterates.probabilities[t]),
                "{method:?} {t}"
            );
            assert!((solved.j() - step.j).abs() < 1e-12, "{method:?} {t}");
        }
        assert!(run(&mdp, &start, &by(method, 7)).iterates().is_none());
        // where the trace is thinned they are those of its steps
        let thinned = run(
            &mdp,
            &start,
            &Options {
                every: Some(3),
                ..options
            },
        );
        let kept = [0, 3, 6, 7].map(|t| iterates.v[t].clone());
        assert_eq!(thinned.iterates().expect("asked for").v, kept, "{method:?}");
    }
}

/// The searches with sampled returns for J: a function of the seed, and they climb.
#[test]
fn searches_climb_by_sampled_returns() {
    let model = file("two-state.yaml");
    let mdp = Arc::new(model.mdp());
    let policy = Policy::uniform(mdp.space());
    let run = |method, seed| {
        let options = Options {
            method,
            iterations: 15,
            trajectories: 20,
            rollouts: Some(30),
            seed,
            ..Options::default()
        };
        let watch = |_: &Step| ControlFlow::Continue(());
        ascend(&mdp, &policy, None, &options, &watch).unwrap()
    };
    for method in [
        Method::CrossEntropy,
        Method::RandomSearch,
        Method::Evolution,
    ] {
        let (one, same, other) = (run(method, 1), run(method, 1), run(method, 2));
        assert_eq!(one.trace, same.trace);
        assert_ne!(one.trace, other.trace);
        assert!(one.last().j > one.trace[0].j, "{method:?}");
    }
    let average = Arc::new(Mdp::clone(&mdp).with_criterion(Criterion::Average));
    let options = Options {
        method: Method::RandomSearch,
        rollouts: Some(10),
        ..Options::default()
    };
    let watch = |_: &Step| ControlFlow::Continue(());
    assert!(ascend(&average, &policy, None, &options, &watch).is_err());
}

/// What a step was to change J by, exactly: the mean over many seeds of the first step is its drift, and their
/// deviation its deviation, for a step so small that the second order says all.
#[test]
fn the_drift_is_the_mean_of_many_first_steps() {
    use exact_mdp::study::{self, Ascend, Notes};
    let model = file("two-state.yaml");
    let request = |seed, drift| Ascend {
        methods: vec![Method::Reinforce],
        drift,
        options: Options {
            iterations: 1,
            step: Some(0.01),
            trajectories: 4,
            seed,
            ..Options::default()
        },
        ..Ascend::default()
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

/// J with entropy: plain, line-search and natural steps climb to the soft optimum, whose policy is a softmax, and
/// what the trace holds is J_α and ∇J_α of the policy.
#[test]
fn entropy_is_climbed_to_the_soft_optimum() {
    let model = file("two-state.yaml");
    let mdp = Arc::new(model.mdp());
    let alpha = 0.5;
    let soft = exact_mdp::control::Options {
        entropy: Some(alpha),
        ..Default::default()
    };
    let best = exact_mdp::control::solve(&mdp, &soft).unwrap().j;
    let start = Policy::random(model.space(), 3);
    let solved = Solved::new(Arc::clone(&mdp), start.clone()).unwrap();
    let known = solved.entropy(&alpha).unwrap();
    for (method, iterations, within) in [
        (Method::LineSearch, 400, 1e-6),
        (Method::Natural, 400, 1e-3),
        (Method::Plain, 5, 100.0),
    ] {
        let options = Options {
            method,
            iterations,
            entropy: Some(alpha),
            ..Options::default()
        };
        let watch = |_: &Step| ControlFlow::Continue(());
        let found = ascend(&mdp, &start, None, &options, &watch).unwrap();
        let first = &found.trace[0];
        assert!((first.j - known.j).abs() < 1e-12, "{method:?}");
        let norm = known.gradient.iter().map(|x| x * x).sum::<f64>().sqrt();
        assert!((first.gradient_norm - norm).abs() < 1e-12, "{method:?}");
        let gap = best - found.last().j;
        assert!((-1e-9..within).contains(&gap), "{method:?} {gap}");
        assert!(found.last().j > first.j, "{method:?}");
    }
    let options = Options {
        method: Method::Newton,
        entropy: Some(alpha),
        ..Options::default()
    };
    let watch = |_: &Step| ControlFlow::Continue(());
    assert!(ascend(&mdp, &start, None, &options, &watch).is_err());
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
    let discounted = Arc::new(file("two-state.yaml").mdp());
    let average = Arc::new(Mdp::clone(&discounted).with_criterion(Criterion::Average));
    let policy = Policy::random(discounted.space(), 4);
    let zero = Critic::File(vec![Number::ZERO; 2]);
    let cases = [
        (
            &average,
            Method::Reinforce,
            "reward-to-go",
            Some(20),
            None,
            Sampling::LongRun(20),
        ),
        (
            &average,
            Method::ActorCritic,
            "td-residual",
            None,
            None,
            Sampling::LongRun(100),
        ),
        (
            &discounted,
            Method::ActorCritic,
            "td-residual",
            Some(7),
            None,
            Sampling::Truncated(7),
        ),
        (
            &discounted,
            Method::Reinforce,
            "reward-to-go",
            Some(9),
            Some(0.4),
            Sampling::Truncated(9),
        ),
    ];
    for (mdp, method, name, truncation, entropy, sampling) in cases {
        let options = Options {
            method,
            iterations: 1,
            step: Some(1e-3),
            estimator: Some(name.parse().unwrap()),
            trajectories: 4000,
            truncation,
            entropy,
            iterates: true,
            ..Options::default()
        };
        let watch = |_: &Step| ControlFlow::Continue(());
        let found = ascend(mdp, &policy, None, &options, &watch).unwrap();
        let path = found.iterates.unwrap().theta;
        let mut at = Solved::new(Arc::clone(mdp), policy.clone()).unwrap();
        if let Some(alpha) = entropy {
            at = Solved::new(at.paying_entropy(&alpha).unwrap(), policy.clone()).unwrap();
        }
        let mut estimator: exact_mdp::estimator::Estimator = name.parse().unwrap();
        if method == Method::ActorCritic {
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
    let mdp = Arc::new(model.mdp().with_criterion(Criterion::Average));
    let best = exact_mdp::control::solve(&mdp, &Default::default())
        .unwrap()
        .j;
    let start = Policy::uniform(model.space());
    for method in [Method::Reinforce, Method::ActorCritic] {
        let options = Options {
            method,
            iterations: 60,
            step: Some(1.0),
            ..Options::default()
        };
        let watch = |_: &Step| ControlFlow::Continue(());
        let found = ascend(&mdp, &start, None, &options, &watch).unwrap();
        let (first, last) = (found.trace[0].j, found.last().j);
        assert!(
            best - last < 0.5 * (best - first),
            "{method:?}: {first} {last} {best}"
        );
    }
    let horizon = Options {
        method: Method::Reinforce,
        truncation: Some(5),
        ..Options::default()
    };
    let finite = Criterion::FiniteHorizon {
        horizon: 3,
        discount: 1.0,
    };
    let mdp = Arc::new(model.mdp().with_criterion(finite));
    let watch = |_: &Step| ControlFlow::Continue(());
    let said = ascend(&mdp, &start, None, &horizon, &watch).unwrap_err();
    assert!(said.to_string().contains("on a finite horizon"), "{said}");
}
