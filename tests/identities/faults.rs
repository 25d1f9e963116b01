//! Planted faults: each puts in the place of one claim what a wrong formula would give, and names
//! the checks that must notice.

mod claims;
mod continuous;
mod control;
mod estimators;
mod gradients;
mod hessian;
mod horizon;
mod long_run;
mod occupancy;
mod partial;
mod players;
mod policy;
mod second_moments;
mod steps;
mod uncertain;
mod values;

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;
use std::sync::LazyLock;

use exact_mdp::linalg::SolverOptions;
use exact_mdp::model::Model;
use exact_mdp::policy::{Direct, Parametrization, Policy};
use exact_mdp_theorems::{self as identity, Case};

use crate::identities::{TWO_NODES, failing, load, own, random, seen, with};
use crate::observations::TIGER;

/// One wrong formula, and checks that must notice, each of them.
pub struct Fault {
    name: &'static str,
    plant: fn(&mut Case),
    caught_by: &'static [&'static str],
}

/// Faults of one subject, planted on one model.
struct Group {
    subject: &'static str,
    model: &'static str,
    case: fn() -> Case,
    faults: &'static [Fault],
}

/// Terminates, γ = 3/4: nearly every claim exists.
fn retry_loop() -> Case {
    random("retry-loop", 2)
}

/// Never ends, γ = 9/10, two starts.
fn two_starts() -> Case {
    random("dadashi-two-state", 1)
}

fn robot() -> Case {
    with(&load("recycling-robot"), Parametrization::Direct(Direct), 3)
}

/// Waiting has probability 0 in both states.
fn boundary() -> Case {
    let model = load("recycling-robot");
    let theta = vec![1.0, 0.5, 0.0];
    let policy = Policy::new(model.space(), Parametrization::Direct(Direct), theta);
    Case::new(
        model.mdp(),
        policy.expect("a policy"),
        &SolverOptions::default(),
    )
}

/// Actions that are numbers, in a loop that two of them may leave.
fn numbers() -> Case {
    const TEXT: &str = "\
discount: 3/4
states: [near, far, end]
actions: {from: -1, to: 1, steps: 3}
initial: {near: 1/2, far: 1/2}
terminal: [end]
transitions:
  near: {-1: far, 0: {near: 1/2, end: 1/2}, 1: {far: 1/3, end: 2/3}}
  far: {-1: near, 0: near, 1: {far: 2/3, near: 1/3}}
rewards: {near: {1: 1}, far: {0: -1}}
";
    let model = Model::parse("numbers.yaml", TEXT).expect("a valid model");
    let policy = Policy::random(model.space(), 1);
    Case::new(model.mdp(), policy, &SolverOptions::default())
}

#[rustfmt::skip]
const GROUPS: &[Group] = &[
    Group { subject: "Values", model: "retry-loop", case: retry_loop, faults: values::VALUES },
    Group { subject: "Operators", model: "retry-loop", case: retry_loop, faults: values::OPERATORS },
    Group { subject: "Without an end", model: "dadashi-two-state", case: two_starts, faults: values::ENDLESS },
    Group { subject: "Occupancy and J", model: "retry-loop", case: retry_loop, faults: occupancy::OCCUPANCY },
    Group { subject: "The policy", model: "retry-loop", case: retry_loop, faults: policy::POLICY },
    Group { subject: "Gradients", model: "retry-loop", case: retry_loop, faults: gradients::GRADIENTS },
    Group { subject: "Direct parameters", model: "recycling-robot", case: robot, faults: gradients::DIRECT },
    Group { subject: "At the boundary", model: "recycling-robot", case: boundary, faults: gradients::BOUNDARY },
    Group { subject: "Hessian", model: "retry-loop", case: retry_loop, faults: hessian::HESSIAN },
    Group { subject: "Fisher and natural gradient", model: "retry-loop", case: retry_loop, faults: hessian::FISHER },
    Group { subject: "Steps between policies", model: "retry-loop", case: retry_loop, faults: steps::STEPS },
    Group { subject: "Entropy", model: "retry-loop", case: retry_loop, faults: steps::OBJECTIVES },
    Group { subject: "Sensitivities", model: "retry-loop", case: retry_loop, faults: steps::SENSITIVITIES },
    Group { subject: "Finite horizon", model: "retry-loop", case: retry_loop, faults: horizon::HORIZON },
    Group { subject: "Average reward", model: "multichain-average", case: || own("multichain-average"), faults: long_run::LONG_RUN },
    Group { subject: "One recurrent class", model: "howard-taxicab", case: || random("howard-taxicab", 1), faults: long_run::ONE_CLASS },
    Group { subject: "Estimators", model: "retry-loop", case: retry_loop, faults: estimators::ESTIMATORS },
    Group { subject: "Second moments", model: "retry-loop", case: retry_loop, faults: second_moments::SECOND_MOMENTS },
    Group { subject: "Rewards of outcomes", model: "recycling-robot", case: || random("recycling-robot", 1), faults: second_moments::OUTCOMES },
    Group { subject: "Without return", model: "clip-goes-down", case: || random("clip-goes-down", 1), faults: second_moments::WITHOUT_RETURN },
    Group { subject: "Steps and risk", model: "retry-loop", case: retry_loop, faults: second_moments::RISK },
    Group { subject: "Baselines", model: "retry-loop", case: retry_loop, faults: second_moments::BASELINES },
    Group { subject: "Baselines of parameters", model: "recycling-robot", case: || random("recycling-robot", 1), faults: second_moments::OF_PARAMETERS },
    Group { subject: "Several players", model: "ambush", case: || random("ambush", 2), faults: players::PLAYERS },
    Group { subject: "Actions in an order", model: "retry-loop", case: retry_loop, faults: continuous::CONTINUOUS },
    Group { subject: "Squashed actions", model: "three numbers and an end", case: numbers, faults: continuous::SQUASHED },
    Group { subject: "Rules between actions", model: "recycling-robot", case: || random("recycling-robot", 1), faults: continuous::SPLINES },
    Group { subject: "Control", model: "retry-loop", case: retry_loop, faults: control::CONTROL },
    Group { subject: "Probabilities within sets", model: "recycling-robot", case: || random("recycling-robot", 1), faults: uncertain::ROBUST },
    Group { subject: "Per step within sets", model: "howard-taxicab", case: || random("howard-taxicab", 1), faults: uncertain::GAINS },
    Group { subject: "Near discount 1", model: "multichain-average", case: || own("multichain-average"), faults: uncertain::SENSITIVE },
    Group { subject: "Partial observation", model: "tiger", case: || seen(TIGER, TWO_NODES), faults: partial::PARTIAL },
];

/// The identities that notice each fault, in the order of [`GROUPS`].
static NOTICED: LazyLock<Vec<Vec<BTreeSet<&'static str>>>> = LazyLock::new(|| {
    let planted = |group: &Group, fault: &Fault| {
        let mut case = (group.case)();
        (fault.plant)(&mut case);
        failing(&case)
    };
    let group = |group: &Group| group.faults.iter().map(|f| planted(group, f)).collect();
    GROUPS.iter().map(group).collect()
});

/// Every fault with what notices it.
fn outcomes() -> impl Iterator<
    Item = (
        &'static Group,
        &'static Fault,
        &'static BTreeSet<&'static str>,
    ),
> {
    let groups = GROUPS.iter().zip(NOTICED.iter());
    groups.flat_map(|(group, noticed)| {
        let faults = group.faults.iter().zip(noticed);
        faults.map(move |(fault, noticed)| (group, fault, noticed))
    })
}

#[test]
fn without_a_fault_nothing_fails() {
    for group in GROUPS {
        let failing = failing(&(group.case)());
        assert!(failing.is_empty(), "{}: {failing:?}", group.model);
    }
}

#[test]
fn planted_faults_are_caught() {
    let mut missed = Vec::new();
    for (group, fault, noticed) in outcomes() {
        assert!(!fault.caught_by.is_empty(), "{}", fault.name);
        for name in fault
            .caught_by
            .iter()
            .filter(|name| !noticed.contains(*name))
        {
            missed.push(format!(
                "{}, {}: {name} does not fail, {noticed:?}",
                group.model, fault.name
            ));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn every_identity_catches_a_planted_fault() {
    let catchers = GROUPS.iter().flat_map(|group| group.faults);
    let catchers: BTreeSet<&str> = catchers.flat_map(|f| f.caught_by).copied().collect();
    let known: BTreeSet<&str> = identity::all().map(|i| i.name).collect();
    let idle: Vec<_> = known.difference(&catchers).collect();
    assert!(idle.is_empty(), "no fault is planted for {idle:?}");
    let unknown: Vec<_> = catchers.difference(&known).collect();
    assert!(unknown.is_empty(), "no such identity: {unknown:?}");
}

/// docs/faults.md, as the faults make it.
fn document() -> String {
    let faults: usize = GROUPS.iter().map(|group| group.faults.len()).sum();
    let identities = identity::all().count();
    let mut text = format!(
        "# Planted faults\n\n\
         What `verify` would say of wrong formulas. Each of the {faults} faults below puts in the place of one\n\
         claim of a model what a wrong formula gives: a sign, γ, a transposition, a normalisation, a\n\
         missing term. The table names how many of the {identities} identities fail then, and some of those that must:\n\
         each identity stands behind at least one fault. `cargo test --test it identities` plants them all and\n\
         holds this page against what it finds; with `UPDATE_DOCUMENTS=1` it writes it anew.\n",
    );
    let mut subject = "";
    for (group, fault, noticed) in outcomes() {
        if group.subject != subject {
            subject = group.subject;
            let (model, heading) = (
                group.model,
                "| fault | checks that fail | among them |\n|---|---|---|",
            );
            write!(text, "\n## {subject}\n\nOn `{model}`.\n\n{heading}\n").expect("memory");
        }
        let named = fault.caught_by.join("`, `");
        let (name, count) = (fault.name.replace('|', "\\|"), noticed.len());
        writeln!(text, "| {name} | {count} | `{named}` |").expect("memory");
    }
    text
}

/// Without the numbers of checks: one whose fault is as large as its tolerance may fail on one
/// processor and hold on another.
fn uncounted(page: &str) -> Vec<String> {
    let line = |line: &str| match line.split(" | ").collect::<Vec<_>>()[..] {
        [fault, _, ref rest @ ..] => format!("{fault} | {}", rest.join(" | ")),
        _ => line.to_string(),
    };
    page.lines().map(line).collect()
}

#[test]
fn the_page_of_planted_faults_is_what_they_do() {
    let path = Path::new(crate::ROOT).join("docs/faults.md");
    if std::env::var_os("UPDATE_DOCUMENTS").is_some() {
        std::fs::write(&path, document()).expect("docs/faults.md");
    }
    let page = std::fs::read_to_string(&path).unwrap_or_default();
    let stale = "docs/faults.md is not what the faults do: UPDATE_DOCUMENTS=1 cargo test --test it identities";
    assert!(uncounted(&page) == uncounted(&document()), "{stale}");
}
