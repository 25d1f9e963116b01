//! Why an ascent ends, what it refuses and what it keeps.

use super::*;

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
    let options = by(AscentMethod::Plain, 1000);
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
    assert_eq!(
        (ascent.stop, ascent.iterations()),
        (AscentStop::Interrupted, 5)
    );
    let gap = AscentOptions {
        gap_tolerance: Some(1e-3),
        ..by(AscentMethod::Natural, 10_000)
    };
    let ascent = run(&mdp, &policy, &gap);
    assert_eq!(ascent.stop, AscentStop::Gap);
    assert!(goal(&mdp).j - ascent.last().j <= 1e-3);
    assert_eq!(
        run(&mdp, &policy, &by(AscentMethod::Adam, 3)).stop,
        AscentStop::Iterations
    );
    // where nothing depends on the policy the gradient is 0
    let constant = mdp.clone().with_rewards(vec![2.0; mdp.pairs()]).unwrap();
    assert_eq!(reward_span(&constant), 1.0);
    let ascent = run(&constant, &policy, &by(AscentMethod::Plain, 10));
    assert_eq!(
        (ascent.stop, ascent.iterations()),
        (AscentStop::Gradient, 0)
    );
    let never = AscentOptions {
        tolerance: Some(0.0),
        ..by(AscentMethod::LineSearch, 10_000)
    };
    assert_eq!(run(&mdp, &policy, &never).stop, AscentStop::NoProgress);
}

/// A step that cannot be computed ends the path and takes nothing of it back. Steps that
/// are too long for the corridor end where nothing terminates.
#[test]
fn what_goes_wrong_on_the_way_leaves_the_path() {
    let model = file("short-corridor.yaml");
    let (mdp, policy): (Mdp, _) = (model.mdp(), own_policy(&model));
    for method in [AscentMethod::Nesterov, AscentMethod::Reinforce] {
        let ascent = run(&mdp, &policy, &by(method, 60));
        assert!(
            matches!(ascent.stop, AscentStop::Lost | AscentStop::Failed),
            "{method:?} {:?}",
            ascent.stop
        );
        assert_eq!(ascent.failure.is_some(), ascent.stop == AscentStop::Failed);
        assert!(ascent.iterations() > 0);
    }
}

/// A natural step of the corridor that is too long leads to where no episode ends: the path stops
/// before it, and no number that is only rounding is reported.
#[test]
fn a_path_that_leaves_the_values_stops_before_it() {
    let model = file("short-corridor.yaml");
    let (mdp, policy): (Mdp, _) = (model.mdp(), own_policy(&model));
    let options = AscentOptions {
        step: Some(1.0),
        ..by(AscentMethod::Natural, 200)
    };
    let ascent = run(&mdp, &policy, &options);
    assert_eq!(ascent.stop, AscentStop::Lost);
    assert!(
        ascent.trace.iter().all(|step| step.j <= -6.0),
        "{:?}",
        ascent.last()
    );
}

/// A method that does not serve a policy says so.
#[test]
fn a_method_refuses_what_it_cannot_serve() {
    let model = file("short-corridor.yaml");
    let (mdp, policy): (Mdp, _) = (model.mdp(), own_policy(&model));
    for method in [AscentMethod::Projected, AscentMethod::Mirror] {
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
    for method in [
        AscentMethod::Plain,
        AscentMethod::Natural,
        AscentMethod::Projected,
    ] {
        let options = AscentOptions {
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
            &AscentOptions {
                every: Some(3),
                ..options
            },
        );
        let kept = [0, 3, 6, 7].map(|t| iterates.v[t].clone());
        assert_eq!(thinned.iterates().expect("asked for").v, kept, "{method:?}");
    }
}

/// A softmax does not see a constant beside all θ(s, ·), nor θ where it never is: Newton's step |H|⁺∇J moves neither.
#[test]
fn newton_keeps_what_the_policy_does_not_see() {
    let text = "
discount: 3/10
states: [s0, s1, never]
actions: [a, b]
initial: {s0: 1}
transitions:
  - [s0, a, s1, 1/2, 1]
  - [s0, a, s0, 1/2, 3]
  - [s0, b, s1, 1, -1]
  - [s1, a, s0, 1, 2]
  - [s1, b, s1, 1, 0]
  - [never, a, s0, 1, 5]
  - [never, b, s1, 1, -5]
policy: {theta: {s0: {a: 1/2, b: -1/5}, s1: {a: 3/10, b: 1}, never: {a: 2, b: 1/8}}}
";
    let model = Model::parse("m", text).unwrap();
    let options = AscentOptions {
        method: AscentMethod::Newton,
        iterations: 3,
        ..AscentOptions::default()
    };
    let end = run(&model.mdp(), &own_policy(&model), &options);
    let theta = end.policy.theta().unwrap();
    assert!((theta[0] + theta[1] - 0.3).abs() < 1e-14, "{theta:?}");
    assert!((theta[2] + theta[3] - 1.3).abs() < 1e-14, "{theta:?}");
    assert_eq!(theta[4..], [2.0, 0.125]);
    assert!(
        theta[0] - theta[1] > 5.0 && theta[2] - theta[3] > 5.0,
        "{theta:?}"
    );
}

/// J of one step is linear in π: its Hessian is 0, and what rounding leaves of it is no curvature.
#[test]
fn newton_climbs_where_there_is_no_curvature() {
    let text = "
discount: 9/10
states: [s0, s1]
actions: [a, b, c]
initial: {s0: 1}
transitions:
  - [s0, a, s1, 6/7, 3/2]
  - [s0, a, s1, 1/7, 2/3]
  - [s0, b, s1, 1/2, -4]
  - [s0, b, s1, 1/2, 5/3]
  - [s0, c, s1, 4/5, -2]
  - [s0, c, s1, 1/5, 7/3]
terminal: [s1]
policy:
  parametrization: simplex
  probabilities: {s0: {a: 1/4, b: 1/2, c: 1/4}}
";
    let model = Model::parse("m", text).unwrap();
    let options = AscentOptions {
        method: AscentMethod::Newton,
        iterations: 5,
        ..AscentOptions::default()
    };
    let end = run(&model.mdp(), &own_policy(&model), &options);
    // a pays 6/7 · 3/2 + 1/7 · 2/3
    assert!(
        (end.last().j - 29.0 / 21.0).abs() < 1e-14,
        "{}",
        end.last().j
    );
}

/// Rewards in other units make the same steps, to the same stop: what is 0 is a matter of their span.
#[test]
fn the_stop_is_in_units_of_the_rewards() {
    let mdp = small();
    let policy = Policy::uniform(mdp.space());
    let units = f64::powi(2.0, -50);
    let rewards = mdp.r().iter().map(|r| r * units).collect();
    let scaled = mdp.clone().with_rewards(rewards).unwrap();
    for method in [
        AscentMethod::LineSearch,
        AscentMethod::Natural,
        AscentMethod::Newton,
    ] {
        let options = AscentOptions {
            iterations: 200,
            method,
            ..AscentOptions::default()
        };
        let (one, other) = (
            run(&mdp, &policy, &options),
            run(&scaled, &policy, &options),
        );
        assert!(one.iterations() > 3, "{method:?}");
        assert_eq!(one.stop, other.stop, "{method:?}");
        assert_eq!(one.iterations(), other.iterations(), "{method:?}");
        assert_eq!(one.tolerance * units, other.tolerance);
        let far = (one.last().j * units - other.last().j).abs();
        assert!(far <= 1e-12 * units, "{method:?}: {far}");
    }
}

/// Classes of gains of at most 2 and 3 that the policy chooses between: ρ₀P* has nothing of the states that it chooses in, so that the
/// steps of a trust region stand still there although ∂J/∂θ[s,x] is not 0. By hand the best is y in s and x in t, which
/// leads to r from both: 3·3/4 + 2/4 = 11/4. Where nobody chooses between classes nothing is left out.
#[test]
fn steps_that_do_not_see_which_class_is_reached_say_so() {
    let text = "
criterion: average
states: [s, t, l, r, r2]
actions: [x, y]
initial: {s: 1/2, t: 1/4, l: 1/4}
transitions:
  s: {x: {l: 1/3, r: 1/3, t: 1/3}, y: {s: 1/2, r: 1/2}}
  t: {x: s, y: {l: 9/10, s: 1/10}}
  l: {x: l, y: l}
  r: {x: r2}
  r2: {x: r, y: {r: 1/2, r2: 1/2}}
rewards: {s: {x: 5}, l: {x: 1, y: 2}, r: {x: 7}, r2: {x: -2, y: 1}}
";
    let mdp: Mdp = Model::parse("classes.yaml", text).unwrap().mdp();
    assert!((goal(&mdp).j - 2.75).abs() < 1e-12, "{}", goal(&mdp).j);
    let policy = Policy::uniform(mdp.space());
    let ascent = run(&mdp, &policy, &by(AscentMethod::TrustRegion, 100));
    assert_eq!(ascent.stop, AscentStop::Unseen, "{:?}", ascent.last());
    assert!(ascent.last().gradient_norm > 0.1);
    let theta = ascent.policy.theta().unwrap();
    assert_eq!(theta[..4], [0.0; 4]);
    // from there a line search goes on
    let on = run(&mdp, &ascent.policy, &by(AscentMethod::LineSearch, 3));
    assert!(on.last().j > ascent.last().j + 0.2, "{:?}", on.last());
    let one = text.replace("l: {x: l, y: l}", "l: {x: r, y: r}");
    let one: Mdp = Model::parse("one.yaml", &one).unwrap().mdp();
    let ascent = run(
        &one,
        &Policy::uniform(one.space()),
        &by(AscentMethod::TrustRegion, 100),
    );
    assert_ne!(ascent.stop, AscentStop::Unseen);
}
