//! Every identity on the shipped models, and planted faults: a formula is corrupted in one way
//! (sign, γ, transposition, normalisation, a missing term) and the checks must notice.

mod faults;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use exact_mdp::chain::Chain;
use exact_mdp::linalg::{Csr, SolverOptions};
use exact_mdp::mdp::{Mdp, Space};
use exact_mdp::model::Model;
use exact_mdp::policy::{Direct, Escort, LogLinear, Parametrization, Policy, Simplex, Softmax};
use exact_mdp_theorems::{self as identity, Case};

use crate::controllers::{MAZE, seen_by, specification};
use crate::observations::TIGER;

fn models() -> PathBuf {
    Path::new(crate::ROOT).join("mdps")
}

fn load(name: &str) -> Model {
    Model::load(models().join(format!("{name}.yaml"))).expect("a shipped model is valid")
}

/// The model with its own policy, or the uniform one.
fn own(name: &str) -> Case {
    let model = load(name);
    let policy = match model.policy() {
        Some(specification) => {
            Policy::from_specification(model.space(), specification).expect("a valid policy")
        }
        None => Policy::uniform(model.space()),
    };
    Case::new(model.mdp(), policy, &SolverOptions::default())
}

fn random(name: &str, seed: u64) -> Case {
    let model = load(name);
    let policy = Policy::random(model.space(), seed);
    Case::new(model.mdp(), policy, &SolverOptions::default())
}

/// The identities that fail.
fn failing(case: &Case) -> BTreeSet<&'static str> {
    let failed = identity::all().filter(|i| i.check(case).passed() == Some(false));
    failed.map(|i| i.name).collect()
}

fn assert_all_hold(case: &Case, what: &str) {
    for identity in identity::all() {
        let check = identity.check(case);
        let passed = check.passed();
        assert_ne!(passed, Some(false), "{what}: {}: {check:?}", identity.name);
    }
}

/// The names of shipped models of at most so many state-action pairs.
fn small(pairs: usize) -> Vec<String> {
    let files = std::fs::read_dir(models()).expect("mdps/");
    let name = |entry: std::io::Result<std::fs::DirEntry>| {
        let path = entry.expect("an entry").path();
        let stem = path.file_stem().expect("a name");
        stem.to_string_lossy().into_owned()
    };
    let mut names: Vec<String> = files.map(name).collect();
    names.retain(|name| load(name).mdp::<f64>().pairs() <= pairs);
    names.sort();
    names
}

/// The model with a policy that the program finds best, where it finds one.
fn optimal(name: &str) -> Option<Case> {
    let mdp = load(name).mdp();
    let policy = exact_mdp::control::solve(&mdp, &Default::default())
        .ok()?
        .policy;
    Some(Case::new(mdp, policy, &SolverOptions::default()))
}

/// A controller of two nodes for a model of three actions and two observations.
const TWO_NODES: &str = "{parametrization: controller, nodes: 2, theta: [0.3, -0.2, 0.5, -0.4, 0.1, 1, -0.6, 0.2, \
     0.7, -0.3, 0.4, 0.9, -0.8, 0.2, -0.5, 0.6]}";

/// A model whose states are not seen, under a policy that is written for it.
fn seen(text: &str, policy: &str) -> Case {
    let model = seen_by(text, policy);
    let policy = Policy::from_specification(model.space(), &specification(&model, policy));
    let policy = policy.expect("a policy");
    Case::new(model.mdp(), policy, &SolverOptions::default())
}

/// Policies by what is seen, softmax laws and others, with and without memory, on a model with an end too.
fn partly_seen() -> Vec<(Case, String)> {
    let policies = [
        "{parametrization: observation}",
        "{parametrization: controller, nodes: 2}",
        "{parametrization: controller, nodes: 1, acts_on: observation}",
        "{parametrization: controller, nodes: 2, acts_on: observation, start: 1, laws: simplex}",
        "{parametrization: controller, nodes: 3, start: 0}",
    ];
    let mut cases = vec![(seen(TIGER, TWO_NODES), TWO_NODES.to_string())];
    for text in [TIGER, MAZE] {
        for policy in policies {
            let model = seen_by(text, policy);
            let own: Policy =
                Policy::from_specification(model.space(), &specification(&model, policy))
                    .expect("a policy");
            let moved = own.theta().expect("θ").iter().zip(1..);
            // probabilities that are moved stay positive
            let moved = moved.map(|(x, k)| {
                x + 0.1
                    * f64::from(k * 7 % 5 - 2)
                    * if own.parametrization().is_bounded() {
                        0.3
                    } else {
                        5.0
                    }
            });
            let moved = own.with_theta(moved.collect()).expect("a policy");
            let case = Case::new(model.mdp(), moved, &SolverOptions::default());
            cases.push((case, policy.to_string()));
        }
    }
    cases
}

/// And each is checked, not skipped, on at least one of them, or where states are not seen.
#[test]
fn identities_hold_on_every_small_shipped_model() {
    let mut held = BTreeSet::new();
    for name in small(120) {
        let cases = [Some(own(&name)), Some(random(&name, 1)), optimal(&name)];
        for (case, what) in cases.iter().zip(["own", "random", "optimal"]) {
            let Some(case) = case else { continue };
            for identity in identity::all() {
                let check = identity.check(case);
                let passed = check.passed();
                assert_ne!(
                    passed,
                    Some(false),
                    "{name}, {what}: {}: {check:?}",
                    identity.name
                );
                held.extend(passed.map(|_| identity.name));
            }
        }
    }
    for (case, policy) in partly_seen() {
        for identity in identity::all() {
            let check = identity.check(&case);
            let passed = check.passed();
            assert_ne!(
                passed,
                Some(false),
                "{policy}: {}: {check:?}",
                identity.name
            );
            let by_controllers = identity.name.starts_with("controller-");
            assert!(
                passed.is_some() || !by_controllers,
                "{policy}: {}: {check:?}",
                identity.name
            );
            held.extend(passed.map(|_| identity.name));
        }
    }
    let never: Vec<_> = identity::all()
        .map(|i| i.name)
        .filter(|name| !held.contains(name))
        .collect();
    assert!(never.is_empty(), "checked nowhere: {never:?}");
}

/// Logits ten times those of a random policy: most actions have a probability of 10⁻⁵ or less.
#[test]
fn identities_hold_for_nearly_deterministic_policies_of_shipped_models() {
    for name in small(60) {
        let model = load(&name);
        let random: Policy = Policy::random(model.space(), 2);
        let theta = random
            .theta()
            .expect("θ")
            .iter()
            .map(|x| 10.0 * x)
            .collect();
        let steep = random.with_theta(theta).expect("a policy");
        for policy in [steep.clone(), steep.mixed(0.05).unwrap()] {
            let case = Case::new(model.mdp(), policy, &SolverOptions::default());
            assert_all_hold(&case, &name);
        }
    }
}

/// θ around 0.3, all different.
fn with(model: &Model, parametrization: Parametrization<f64>, parameters: usize) -> Case {
    let theta = (0..parameters).map(|k| 0.25 + 0.03 * k as f64).collect();
    let policy = Policy::new(model.space(), parametrization, theta).expect("a policy");
    Case::new(model.mdp(), policy, &SolverOptions::default())
}

#[test]
fn identities_hold_for_every_parametrization() {
    let model = load("recycling-robot");
    let pairs = model.space().pairs();
    let features = (0..pairs).map(|i| [(0, (i % 3) as f64 - 0.7), (1, 0.4 * i as f64)]);
    let shared = LogLinear {
        features: Arc::new(Csr::from_rows(2, features)),
        rest: None,
        names: None,
        temperature: 0.8,
    };
    let (tau, beta) = (0.7, 2.0);
    assert_all_hold(
        &with(
            &model,
            Parametrization::Softmax(Softmax { temperature: tau }),
            pairs,
        ),
        "softmax",
    );
    assert_all_hold(
        &with(
            &model,
            Parametrization::Escort(Escort { power: beta }),
            pairs,
        ),
        "escort",
    );
    assert_all_hold(
        &with(&model, Parametrization::LogLinear(shared), 2),
        "log-linear",
    );
    assert_all_hold(&with(&model, Parametrization::Direct(Direct), 3), "direct");
    let uniform: Policy = Policy::uniform(model.space());
    let simplex = Policy::simplex(model.space(), uniform.probabilities().to_vec()).unwrap();
    assert!(matches!(
        simplex.parametrization(),
        Parametrization::Simplex(Simplex)
    ));
    assert_all_hold(
        &Case::new(model.mdp(), simplex, &SolverOptions::default()),
        "simplex",
    );
    let mixed = Policy::random(model.space(), 3).mixed(0.1).unwrap();
    assert_all_hold(
        &Case::new(model.mdp(), mixed, &SolverOptions::default()),
        "mixed",
    );
}

/// Two states, a bandit, an improper model: rows of p that no rounding troubles.
const PLAIN: &str = "
discount: 0.9
states: [a, b]
actions: [x, y]
initial: {a: 1/2, b: 1/2}
transitions:
  a: {x: a, y: {a: 1/3, b: 2/3}}
  b: {x: a, y: b}
rewards: {a: {x: 1, y: 0}, b: {x: 0, y: 2}}
";

fn parsed(text: &str) -> (Model, Case) {
    let model = Model::parse("model", text).expect("a valid model");
    let policy = match model.policy() {
        Some(specification) => {
            Policy::from_specification(model.space(), specification).expect("a policy")
        }
        None => Policy::uniform(model.space()),
    };
    let case = Case::new(model.mdp(), policy, &SolverOptions::default());
    (model, case)
}

/// How many identities hold.
fn holding(case: &Case) -> usize {
    let passed = identity::all().filter(|i| i.check(case).passed() == Some(true));
    passed.count()
}

/// ∇π is far below the rounding of π/ℓ: `verify` called theorems wrong there.
#[test]
fn identities_hold_for_nearly_deterministic_policies() {
    let policies = [
        "{parametrization: softmax, probabilities: {a: {x: 0.9999, y: 0.0001}, b: {x: 0.00001, y: 0.99999}}}",
        "{parametrization: softmax, theta: {a: {x: 8, y: 0}, b: {x: 0, y: 8}}}",
        "{parametrization: softmax, theta: {a: {x: 20, y: 0}, b: {x: 0, y: 20}}}",
        "{parametrization: softmax, mix: {uniform: 0.05}, theta: {a: {x: 20, y: 0}, b: {x: 0, y: 20}}}",
        "{parametrization: log-linear, theta: [9, -7], features: {a: {x: [1, 0], y: [0, 1]}, b: {x: [0, 1], y: [1, 0]}}}",
        "{parametrization: escort, power: 3, theta: {a: {x: 1e-3, y: 1}, b: {x: 0.01, y: 1}}}",
        "{parametrization: direct, probabilities: {a: {x: 0.999999999999, y: 1e-12}, b: {x: 0.00001, y: 0.99999}}}",
    ];
    for policy in policies {
        let (_, case) = parsed(&format!("{PLAIN}policy: {policy}\n"));
        assert_all_hold(&case, policy);
        assert!(holding(&case) > 100, "{policy}: {}", holding(&case));
    }
}

/// Rewards that cancel over actions, or within a pair, leave rounding of their own size.
#[test]
fn identities_hold_where_rewards_cancel() {
    let bandit = "
discount: 0
states: [s]
actions: [left, right]
initial: s
transitions: {s: {left: s, right: s}}
rewards: {s: {left: 1, right: -1}}
";
    let within = "
discount: 0.9
states: [s0, s1]
actions: [a, b]
initial: s0
terminal: [s1]
transitions: {s0: {b: s1, a: {s1: 9/15, s0: 6/15}}}
rewards: {s0: {b: 0, a: {s1: -4, s0: 6}}}
";
    for (text, what) in [(bandit, "bandit"), (within, "within a pair")] {
        let (_, case) = parsed(text);
        assert_all_hold(&case, what);
    }
    // 9/15 · (−4) + 6/15 · 6
    let (model, _) = parsed(within);
    assert_eq!(model.mdp::<f64>().r(), [0.0, 0.0]);
}

/// Models of a random search on which a scale or a step was too small for what rounding does.
#[test]
fn identities_hold_where_they_once_failed() {
    // 1 − Σθ of a direct policy is rounded relative to 1, and pays 10⁴ here
    let last = "
discount: 0.5
states: [s, t]
actions: [a, b, c]
initial: s
transitions: {s: {a: t, b: {s: 1/2, t: 1/2}, c: s}, t: {a: s}}
rewards: {s: {a: -1, b: 1, c: 10000}}
policy: {parametrization: direct, probabilities: {s: {a: 1/10000002, b: 10000000/10000002, c: 1/10000002}, t: {a: 1}}}
";
    // F of 5·10⁶ magnifies what A lacks
    let steep = "
discount: 0.99999
states: [s, end]
actions: [a, b]
initial: s
terminal: [end]
transitions: {s: {a: {s: 1/2, end: 1/2}, b: s}}
rewards: {s: {a: {end: 6, s: 2}}}
policy: {parametrization: simplex, probabilities: {s: {a: 10000000/10000001, b: 1/10000001}}}
";
    // squares of the gradient underflow; beside α = 0.1 nothing is at stake
    let tiny = PLAIN
        .replace("x: 1,", "x: 1e-200,")
        .replace("y: 2", "y: 3e-200");
    // y = π + ρq holds no digit of π
    let huge = PLAIN
        .replace("x: 1,", "x: 1e120,")
        .replace("y: 2", "y: 3e120");
    // episodes end, but almost never
    let long = "
discount: 0.9
states: [s, t, end]
actions: [a, b]
initial: s
terminal: [end]
transitions: {s: {a: t}, t: {a: {s: 0.000001, t: 0.999999}, b: {end: 0.999999, s: 0.000001}}}
rewards: {s: {a: 4}, t: {a: {t: -3, s: 7}, b: 0.001}}
policy: {parametrization: softmax, theta: {s: {a: 0}, t: {a: 0, b: -38}}}
";
    // −5 · 3/8 + 3 · 5/8 = 0 beside rewards of a thousandth
    let cancelling = "
discount: 1
states: [s, end]
actions: [a, b]
initial: s
terminal: [end]
transitions: {s: {a: end, b: {end: 3/8, s: 5/8}}}
rewards: {s: {a: 0.001, b: {end: -5, s: 3}}}
";
    // a difference across the boundary: negative entries, and v(s) = 0 beside v(t) = 2
    let boundary = "
discount: 0.5
states: [s, t]
actions: [a, b]
initial: s
transitions: {s: {a: t, b: s}, t: {a: s}}
rewards: {s: {a: 4}, t: {a: 2}}
policy: {parametrization: direct, probabilities: {s: {a: 0, b: 1}, t: {a: 1}}}
";
    for text in [last, steep, &tiny, &huge, long, cancelling, boundary] {
        let (_, case) = parsed(text);
        assert_all_hold(&case, text);
    }
    // a step of the optimal policy is large beside 1 − γ
    let text = "
discount: 0.99999
states: [s, t, end]
actions: [a, b]
initial: {s: 1/2, t: 1/2}
terminal: [end]
transitions: {s: {a: {t: 3/10, s: 7/10}, b: t}, t: {a: {t: 5/6, s: 1/6}, b: end}}
rewards: {s: {a: -3, b: 2.5}, t: {a: 10000, b: 9}}
";
    let (model, _) = parsed(text);
    let best = exact_mdp::control::solve(&model.mdp(), &Default::default());
    let policy = best.expect("an optimum").policy;
    assert_all_hold(
        &Case::new(model.mdp(), policy, &SolverOptions::default()),
        text,
    );
}

/// log 0 in a state that is never visited.
#[test]
fn identities_hold_where_an_action_has_no_score() {
    let (_, case) = parsed(
        "
discount: 0.99
states: [s, t, u, end]
actions: [a, b]
initial: s
terminal: [end]
transitions: {s: {a: end, b: end}, t: {a: t, b: end}, u: {a: u}}
rewards: {s: {a: 1}, t: {b: 2}, u: {a: 1}}
policy: {parametrization: direct, probabilities: {s: {a: 0.3, b: 0.7}, t: {a: 1, b: 0}, u: {a: 1}}}
",
    );
    assert_all_hold(&case, "no score");
}

/// States t and u may never terminate, and s does not lead there: J, ρ and ∇J exist all the same.
#[test]
fn identities_hold_where_states_out_of_reach_have_no_value() {
    let text = "
discount: 1
states: [s, t, u, end]
actions: [a, b]
initial: s
terminal: [end]
transitions: {s: {a: end, b: {s: 1/2, end: 1/2}}, t: {a: t, b: end}, u: {a: u}}
rewards: {s: {a: 1, b: 1/3}, t: {b: 2}, u: {a: 1}}
";
    let policies = [
        "{parametrization: direct, probabilities: {s: {a: 0.3, b: 0.7}, t: {a: 1, b: 0}, u: {a: 1}}}",
        "{parametrization: simplex, probabilities: {s: {a: 0.3, b: 0.7}, t: {a: 1, b: 0}, u: {a: 1}}}",
        "{parametrization: softmax, mix: {uniform: 0.1}, theta: {s: {a: 0.3, b: 0}, t: {a: 1, b: 0}, u: {a: 1}}}",
        "{parametrization: escort, theta: {s: {a: 0.3, b: 1}, t: {a: 1, b: 2}, u: {a: 1}}}",
        "{parametrization: log-linear, theta: [1, 2], features: {s: {a: [0, 1], b: [1, 0]}, t: {a: [1, 1], b: [0, 1]}, u: {a: [0, 0]}}}",
    ];
    for policy in policies {
        let (model, case) = parsed(&format!("{text}policy: {policy}\n"));
        assert_eq!(case.left_out, [1, 2], "{policy}");
        assert_all_hold(&case, policy);
        assert!(holding(&case) > 100, "{policy}: {}", holding(&case));
        // the model itself: ∇J has no entries but those of s
        let full = model.mdp::<f64>();
        let own = Policy::from_specification(model.space(), model.policy().expect("a policy"));
        let own: Policy = own.expect("a policy");
        let chain = Chain::new(&full, &own, &SolverOptions::default()).expect("a chain");
        let whole = chain.evaluate(&full, &own).expect("an evaluation");
        let d = case.discounted().expect("claims");
        assert!((whole.j - d.evaluation.j).abs() < 1e-14, "{policy}");
    }
}

/// Rewards near the largest float: nothing is compared on a scale that overflows.
#[test]
fn identities_are_skipped_where_values_overflow() {
    for reward in ["1.2e307", "4e307"] {
        let text = PLAIN.replace("x: 1,", &format!("x: {reward},"));
        let (_, case) = parsed(&text);
        assert_all_hold(&case, reward);
    }
}

#[test]
fn names_are_kebab_case_and_unique() {
    let mut seen = BTreeSet::new();
    for identity in identity::all() {
        let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(identity.name.chars().all(kebab), "{}", identity.name);
        assert!(seen.insert(identity.name), "{} twice", identity.name);
        assert!(!identity.source.is_empty() && !identity.derivation.is_empty());
        assert!(!identity.statement.contains('\n'), "{}", identity.name);
    }
    assert!(seen.len() >= 200);
}

/// The space of a model, for faults that look things up.
fn space(mdp: &Mdp) -> &Arc<Space> {
    mdp.space()
}
