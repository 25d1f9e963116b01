//! The bounds and theorems of the literature, along whole paths.

use super::*;

/// Mei et al. (2020), theorem 4: with η = (1 − γ)³/8R plain ascent is monotone, and the gap stays
/// below its bound; lemma 7: a step gains at least ‖∇J‖²/2L.
#[test]
fn plain_ascent_is_monotone_and_within_its_bound() {
    let mdp = small();
    let policy = Policy::uniform(mdp.space());
    let options = by(AscentMethod::Plain, 400);
    let ascent = run(&mdp, &policy, &options);
    let constant = smoothness(&mdp, &policy).unwrap();
    // rewards span 1, γ = 1/2
    assert_eq!(constant, 64.0);
    assert_eq!(default_step(AscentMethod::Plain, &mdp, &policy), 1.0 / 64.0);
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
        let options = by(AscentMethod::Projected, n);
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
        &by(AscentMethod::Projected, 1000),
    );
    assert!(rises(&ascent.trace, 1e-14));
    assert_eq!(ascent.stop, AscentStop::Gradient);
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
            let options = AscentOptions {
                step: Some(eta),
                tolerance: Some(0.0),
                ..by(AscentMethod::Natural, 1)
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
    let step = |method| AscentOptions {
        step: Some(0.7),
        ..by(method, 5)
    };
    let natural = run(&mdp, &policy, &step(AscentMethod::Natural));
    let mirror = run(&mdp, &policy, &step(AscentMethod::Mirror));
    let simplex = Policy::simplex(mdp.space(), policy.probabilities().to_vec()).unwrap();
    let direct = run(&mdp, &simplex, &step(AscentMethod::Mirror));
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
    let ascent = run(
        &mdp,
        &Policy::uniform(mdp.space()),
        &by(AscentMethod::Mirror, 40),
    );
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
