//! Gradient ascent against closed forms, the theorems of the literature and brute force.

mod rates;
mod sampled;
mod searches;
mod stops;

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use exact_mdp::ascent::rates::{Rates, lojasiewicz, observed, smoothness};
use exact_mdp::ascent::{
    Ascent, AscentMethod, AscentOptions, AscentStep, AscentStop, Goal, Iterate, ascend, best_found,
    default_step, onto_simplex, projected, reward_span,
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
    Model::load(folder.join(name)).expect("the model is valid")
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

fn run(mdp: &Mdp, policy: &Policy, options: &AscentOptions) -> Ascent {
    let goal = Goal::new(mdp, &options.solver).ok();
    ascend(&shared(mdp), policy, goal.as_ref(), options, &|_| {
        ControlFlow::Continue(())
    })
    .expect("the ascent runs")
}

fn by(method: AscentMethod, iterations: usize) -> AscentOptions {
    AscentOptions {
        method,
        iterations,
        ..AscentOptions::default()
    }
}

fn goal(mdp: &Mdp) -> Goal {
    Goal::new(mdp, &SolverOptions::default()).expect("the model has an optimum")
}

fn rises(trace: &[AscentStep], error: f64) -> bool {
    trace.windows(2).all(|pair| pair[1].j >= pair[0].j - error)
}

/// Sutton & Barto (2018), example 13.1: with x = π(right), J = −(4 − 2x)/(x(1 − x)) is largest at
/// x = 2 − √2, where it is −(6 + 4√2).
#[test]
fn short_corridor_reaches_its_stochastic_optimum() {
    let model = file("short-corridor.yaml");
    let (mdp, policy): (Mdp, _) = (model.mdp(), own_policy(&model));
    let root = 2f64.sqrt();
    for method in [AscentMethod::LineSearch, AscentMethod::Newton] {
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
    let options = AscentOptions {
        tolerance: Some(0.0),
        bounds: true,
        ..by(AscentMethod::Projected, 3)
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
        let options = AscentOptions {
            bounds: true,
            ..by(AscentMethod::Plain, 10)
        };
        let ascent = run(&mdp, &worst(logit), &options);
        let last = ascent.last();
        assert!(last.gradient_norm < 10.0 * (-logit).exp(), "{last:?}");
        assert!(best - last.j > 0.4);
        assert!(ascent.gap_bound.unwrap() >= best - last.j);
    }
    // natural steps leave it at once
    let options = AscentOptions {
        tolerance: Some(0.0),
        ..by(AscentMethod::Natural, 400)
    };
    let ascent = run(&mdp, &worst(30.0), &options);
    assert!(best - ascent.last().j < 1e-6, "{:?}", ascent.last());
}

/// The buffers of the small plain ascent hold the same numbers as the library's evaluation.
#[test]
fn plain_ascent_of_a_lake_agrees_with_steps_through_the_library() {
    let model = file("frozenlake-4x4.yaml");
    let mdp: Mdp = model.mdp();
    let step = AscentOptions {
        step: Some(0.5),
        ..by(AscentMethod::Plain, 30)
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
        (AscentMethod::LineSearch, None, 1e-6, true),
        (AscentMethod::Natural, None, 1e-9, true),
        (AscentMethod::Mirror, None, 1e-9, true),
        (AscentMethod::TrustRegion, Some(0.1), 1e-6, true),
        (AscentMethod::Proximal, None, 1e-3, true),
        (AscentMethod::Newton, None, 1e-6, true),
        (AscentMethod::Nesterov, Some(1.0), 1e-2, false),
        (AscentMethod::Adam, None, 1e-2, false),
    ];
    for (method, step, within, monotone) in cases {
        let options = AscentOptions {
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
        let mdp = discounted.clone().with_criterion(criterion).unwrap();
        let goal = goal(&mdp);
        for method in [AscentMethod::LineSearch, AscentMethod::Natural] {
            let ascent = run(&mdp, &Policy::uniform(mdp.space()), &by(method, 200));
            assert!(rises(&ascent.trace, 1e-13), "{method:?}");
            let gap = goal.j - ascent.last().j;
            assert!(ascent.gap_bound.unwrap() >= gap, "{method:?}");
            // a stationary policy need not reach J* of a horizon
            assert!(gap < 0.05, "{method:?}: {gap}");
        }
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
        let ascent = run(
            &mdp,
            &Policy::uniform(mdp.space()),
            &by(AscentMethod::Plain, 1),
        );
        let expected = 0.5 * 10_f64.powi(nines as i32);
        let off = (ascent.trace[0].j - expected).abs() / expected;
        assert!(off <= 1e-12, "{nines}: {off:e}");
    }
}

/// On the boundary of the simplex an action of probability 0 has no score; natural ascent leaves it.
#[test]
fn natural_ascent_reaches_the_boundary_of_the_simplex() {
    let mdp = small();
    let uniform = Policy::uniform(mdp.space());
    let simplex = Policy::simplex(mdp.space(), uniform.probabilities().to_vec()).unwrap();
    let ascent = run(&mdp, &simplex, &by(AscentMethod::Natural, 300));
    assert!(goal(&mdp).j - ascent.last().j < 1e-9, "{:?}", ascent.last());
}

/// J with entropy: plain, line-search and natural steps climb to the soft optimum, whose policy is a softmax, and
/// what the trace holds is J_α and ∇J_α of the policy.
#[test]
fn entropy_is_climbed_to_the_soft_optimum() {
    let model = file("two-state.yaml");
    let mdp = Arc::new(model.mdp());
    let alpha = 0.5;
    let soft = exact_mdp::control::ControlOptions {
        entropy: Some(alpha),
        ..Default::default()
    };
    let best = exact_mdp::control::solve(&mdp, &soft).unwrap().j;
    let start = Policy::random(model.space(), 3);
    let solved = Solved::new(Arc::clone(&mdp), start.clone()).unwrap();
    let known = solved.entropy(&alpha).unwrap();
    for (method, iterations, within) in [
        (AscentMethod::LineSearch, 400, 1e-6),
        (AscentMethod::Natural, 400, 1e-3),
        (AscentMethod::Plain, 5, 100.0),
    ] {
        let options = AscentOptions {
            method,
            iterations,
            entropy: Some(alpha),
            ..AscentOptions::default()
        };
        let watch = |_: &AscentStep| ControlFlow::Continue(());
        let found = ascend(&mdp, &start, None, &options, &watch).unwrap();
        let first = &found.trace[0];
        assert!((first.j - known.j).abs() < 1e-12, "{method:?}");
        let norm = known.gradient.iter().map(|x| x * x).sum::<f64>().sqrt();
        assert!((first.gradient_norm - norm).abs() < 1e-12, "{method:?}");
        let gap = best - found.last().j;
        assert!((-1e-9..within).contains(&gap), "{method:?} {gap}");
        assert!(found.last().j > first.j, "{method:?}");
    }
    let options = AscentOptions {
        method: AscentMethod::Newton,
        entropy: Some(alpha),
        ..AscentOptions::default()
    };
    let watch = |_: &AscentStep| ControlFlow::Continue(());
    assert!(ascend(&mdp, &start, None, &options, &watch).is_err());
}

/// On the border of probabilities the slope of an entropy is infinite: a line search stays inside, and a fixed step that
/// leads there ends the run with the policy before it. J_α(p) = 3 − 2p + αH(p) for the action that pays 1 with p.
#[test]
fn entropy_keeps_off_the_border() {
    let text = "discount: 1\nstates: [s, e]\nactions: [x, y]\ninitial: s\nterminal: [e]\n\
                transitions: [[s, x, e, 1, 1], [s, y, e, 1, 3]]\n";
    let model = Model::parse("model.yaml", text).unwrap();
    let mdp = Arc::new(model.mdp());
    let start = Policy::simplex(model.space(), vec![0.5, 0.5]).unwrap();
    let alpha = 0.1;
    let j = |p: f64| 3.0 - 2.0 * p - alpha * (p * p.ln() + (1.0 - p) * (1.0 - p).ln());
    for (method, stop) in [
        (AscentMethod::LineSearch, None),
        (AscentMethod::Plain, Some(AscentStop::Lost)),
    ] {
        let options = AscentOptions {
            method,
            iterations: 20,
            step: Some(10.0),
            entropy: Some(alpha),
            ..AscentOptions::default()
        };
        let watch = |_: &AscentStep| ControlFlow::Continue(());
        let found = ascend(&mdp, &start, None, &options, &watch).unwrap();
        let p = found.policy.probabilities()[0];
        assert!((found.last().j - j(p)).abs() < 1e-14, "{method:?}");
        match stop {
            Some(stop) => assert_eq!((found.stop, p), (stop, 0.5)),
            None => {
                let most = j(1.0 / (1.0 + 20f64.exp()));
                let gap = most - found.last().j;
                assert!(p > 0.0 && (0.0..1e-3).contains(&gap), "{p} {gap}");
            }
        }
    }
}

/// Advantages of ±1/20 beside values of 10⁹, which have 7 digits of them: F⁺∇J = A is off by no more than is told, and of the same
/// without 10⁹ nothing is.
#[test]
fn natural_directions_have_their_bound() {
    let climbed = |offset: &str| {
        let text = format!(
            "discount: 9/10\nstates: [s, end]\nactions: [x, y]\ninitial: s\nterminal: [end]\n\
             transitions: [[s, x, end, 1, {offset}0], [s, y, end, 1, {offset}0.1]]\n"
        );
        let model = Model::parse("odds", &text).unwrap_or_else(|all| panic!("{}", all.plain()));
        let mdp = Arc::new(model.mdp());
        let options = AscentOptions {
            method: AscentMethod::Natural,
            step: Some(1.0),
            iterations: 1,
            ..AscentOptions::default()
        };
        let start = Policy::uniform(mdp.space());
        let found = ascend(&mdp, &start, None, &options, &|_| ControlFlow::Continue(())).unwrap();
        (
            found.policy.theta().unwrap().to_vec(),
            found.direction_error,
        )
    };
    let (theta, error) = climbed("100000000");
    let error = error.expect("a bound");
    assert!(
        (theta[1] - 0.05).abs() <= error && error < 1e-4,
        "{theta:?} {error}"
    );
    assert!((theta[1] - 0.05).abs() > 1e-12, "{theta:?}");
    let (theta, error) = climbed("");
    assert!(
        (theta[1] - 0.05).abs() <= 1e-15 && error.is_none(),
        "{theta:?} {error:?}"
    );
}
