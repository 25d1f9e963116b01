//! Searches without gradients.

use super::*;

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
        let options = AscentOptions {
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
        theta(AscentMethod::RandomSearch, 1, 2.0),
        2.0 * largest(&draws(0)),
    );
    near(
        theta(AscentMethod::RandomSearch, 2, 2.0),
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
    near(theta(AscentMethod::CrossEntropy, 1, 2.0), 2.0 * mean);
    near(
        theta(AscentMethod::CrossEntropy, 2, 2.0),
        2.0 * mean + 2.0 * sigma * next,
    );
    let j = |x: f64| 1.0 / (1.0 + (-x).exp());
    let slopes = draws(0)
        .into_iter()
        .map(|x| x * (j(0.1 * x) - j(-0.1 * x)) / 0.2);
    near(
        theta(AscentMethod::Evolution, 1, 3.0),
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
        AscentMethod::Evolution,
        AscentMethod::CrossEntropy,
        AscentMethod::RandomSearch,
    ] {
        let options = AscentOptions {
            step: (method == AscentMethod::Evolution).then_some(1.0),
            ..by(method, 200)
        };
        let ascent = run(&mdp, &policy, &options);
        let first = best - ascent.trace[0].j;
        assert!(
            best - ascent.last().j < 0.1 * first,
            "{method:?} {:?}",
            ascent.last()
        );
        if method == AscentMethod::RandomSearch {
            assert!(rises(&ascent.trace, 1e-13));
        }
    }
    let simplex = Policy::simplex(mdp.space(), policy.probabilities().to_vec()).unwrap();
    assert!(AscentMethod::Evolution.start(&simplex).is_err());
    assert!(AscentMethod::CrossEntropy.start(&simplex).is_ok());
}

/// The searches with sampled returns for J: a function of the seed, and they climb.
#[test]
fn searches_climb_by_sampled_returns() {
    let model = file("two-state.yaml");
    let mdp = Arc::new(model.mdp());
    let policy = Policy::uniform(mdp.space());
    let run = |method, seed| {
        let options = AscentOptions {
            method,
            iterations: 15,
            trajectories: 20,
            rollouts: Some(30),
            seed,
            ..AscentOptions::default()
        };
        let watch = |_: &AscentStep| ControlFlow::Continue(());
        ascend(&mdp, &policy, None, &options, &watch).unwrap()
    };
    for method in [
        AscentMethod::CrossEntropy,
        AscentMethod::RandomSearch,
        AscentMethod::Evolution,
    ] {
        let (one, same, other) = (run(method, 1), run(method, 1), run(method, 2));
        assert_eq!(one.trace, same.trace);
        assert_ne!(one.trace, other.trace);
        assert!(one.last().j > one.trace[0].j, "{method:?}");
    }
    let average = Arc::new(Mdp::clone(&mdp).with_criterion(Criterion::Average).unwrap());
    let options = AscentOptions {
        method: AscentMethod::RandomSearch,
        rollouts: Some(10),
        ..AscentOptions::default()
    };
    let watch = |_: &AscentStep| ControlFlow::Continue(());
    assert!(ascend(&average, &policy, None, &options, &watch).is_err());
}
