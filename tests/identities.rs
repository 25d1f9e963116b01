//! Every identity on the shipped models, and planted faults: a formula is corrupted in one way
//! (sign, γ, transposition, normalisation, a missing term) and the checks must notice.

mod identities {
    mod faults;
}

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use exact_mdp::identity::{self, Case};
use exact_mdp::linalg::{Csr, SolverOptions};
use exact_mdp::mdp::{Mdp, Space};
use exact_mdp::model::Model;
use exact_mdp::policy::{Direct, Escort, LogLinear, Parametrization, Policy, Simplex, Softmax};

fn models() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("mdps")
}

fn load(name: &str) -> Model {
    Model::load(&models().join(format!("{name}.yaml"))).expect("a shipped model is valid")
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

#[test]
fn identities_hold_on_every_small_shipped_model() {
    let mut held = BTreeSet::new();
    for entry in std::fs::read_dir(models()).expect("mdps/") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        if load(&name).mdp::<f64>().pairs() > 120 {
            continue;
        }
        for case in [own(&name), random(&name, 1)] {
            assert_all_hold(&case, &name);
            held.extend(
                identity::all()
                    .filter(|i| i.check(&case).passed().is_some())
                    .map(|i| i.name),
            );
        }
    }
    let direct = with(&load("recycling-robot"), Parametrization::Direct(Direct), 3);
    held.extend(
        identity::all()
            .filter(|i| i.check(&direct).passed().is_some())
            .map(|i| i.name),
    );
    let never: Vec<_> = identity::all()
        .filter(|i| !held.contains(i.name))
        .map(|i| i.name)
        .collect();
    assert!(never.is_empty(), "checked nowhere: {never:?}");
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
    let simplex = Policy::simplex(model.space(), uniform.probabilities().to_vec());
    assert!(matches!(
        simplex.parametrization(),
        Parametrization::Simplex(Simplex)
    ));
    assert_all_hold(
        &Case::new(model.mdp(), simplex, &SolverOptions::default()),
        "simplex",
    );
    let mixed = Policy::random(model.space(), 3).mixed(0.1);
    assert_all_hold(
        &Case::new(model.mdp(), mixed, &SolverOptions::default()),
        "mixed",
    );
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
    assert!(seen.len() >= 60);
}

/// The space of a model, for faults that look things up.
fn space(mdp: &Mdp) -> &Arc<Space> {
    mdp.space()
}
