//! Model files: what they mean, and that writing and reading them loses nothing.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use exact_mdp::mdp::Criterion;
use exact_mdp::model::{Model, Overrides};
use exact_mdp::number::Number;
use exact_mdp::yaml::Style;
use proptest::prelude::*;

fn shipped() -> impl Iterator<Item = PathBuf> {
    let folder = Path::new(crate::ROOT).join("mdps");
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().path())
}

fn parse(text: &str) -> Model {
    Model::parse("model.yaml", text).unwrap_or_else(|errors| panic!("{}\n{text}", errors.plain()))
}

fn number(text: &str) -> Number {
    text.parse().unwrap()
}

/// The outcomes of a pair as `next probability reward`, one per outcome.
fn outcomes(model: &Model, state: &str, action: &str) -> Vec<String> {
    let space = model.space();
    let position = |names: &exact_mdp::mdp::Names, name: &str| {
        names.iter().position(|other| other == name).unwrap()
    };
    let state = position(space.state_names(), state);
    let pair = space
        .pair(state, position(space.action_names(), action))
        .unwrap();
    let table = model.outcomes().of(pair);
    table
        .map(|o| {
            format!(
                "{} {} {}",
                space.state_names().get(o.next),
                o.probability,
                o.reward
            )
        })
        .collect()
}

#[test]
fn every_shipped_model_survives_both_written_forms() {
    let mut models = 0;
    for path in shipped() {
        let model = Model::load(&path).unwrap_or_else(|errors| panic!("{}", errors.plain()));
        assert_eq!(Some(model.name()), path.file_stem().unwrap().to_str());
        for form in [Style::Nested, Style::Rows] {
            let text = model.write(form);
            assert_eq!(parse(&text), model, "{text}");
        }
        models += 1;
    }
    assert!(models >= 18, "{models} models");
}

const TWO_STATE: &str = "
name: two-state
description: A heater that can be left alone.
discount: 0.9
states: [cold, hot]
actions: [wait, heat]
initial: {cold: 1}
transitions:
  cold:
    wait: cold
    heat: {hot: 9/10, cold: 1/10}
  hot:
    wait: {cold: 0.5, hot: 0.5}
    heat: hot
rewards:
  hot:
    wait: 1
    heat: {hot: 1, cold: 0}
terminal: []
";

#[test]
fn the_two_forms_of_a_model_are_the_same_model() {
    let rows = "
name: two-state
description: A heater that can be left alone.
discount: 9/10
states: [cold, hot]
actions: [wait, heat]
initial: cold
transitions:
  - [hot, heat, hot, 1, 1]
  - [cold, heat, hot, 0.90]
  - [cold, heat, cold, 1e-1]
  - [hot, wait, cold, 1/2, 1]
  - [hot, wait, hot, \"1/2\", 1.0]
  - [cold, wait, cold, 1]
";
    let model = parse(TWO_STATE);
    assert_eq!(model, parse(rows));
    assert_eq!(
        outcomes(&model, "cold", "heat"),
        ["cold 1/10 0", "hot 9/10 0"]
    );
    assert_eq!(outcomes(&model, "hot", "wait"), ["cold 1/2 1", "hot 1/2 1"]);
    let mdp = model.mdp::<f64>();
    assert_eq!(mdp.r(), [0.0, 0.0, 1.0, 1.0]);
    assert_eq!(mdp.initial(), [1.0, 0.0]);
    assert_eq!(mdp.criterion(), &Criterion::Discounted { discount: 0.9 });
}

#[test]
fn outcomes_of_one_transition_stay_apart_by_reward_and_never_happen_at_zero() {
    let model = parse(
        "
discount: 1/2
states: [play, over]
actions: [pull]
initial: play
terminal: [over]
transitions:
  - [play, pull, over, 1/4, 1]
  - [play, pull, over, 1/4, 0]
  - [play, pull, over, 1/4, 1]
  - [play, pull, over, 0.25, 0]
  - [play, pull, play, 0, 1000]
",
    );
    assert_eq!(
        outcomes(&model, "play", "pull"),
        ["over 1/2 0", "over 1/2 1"]
    );
    // nested has no room for two rewards of one transition
    assert_eq!(parse(&model.write(Style::Nested)), model);
}

#[test]
fn rewards_of_impossible_successors_are_allowed() {
    let model = parse(
        "
discount: 1/2
states: [a, b]
actions: [go]
initial: uniform
transitions: {a: {go: {b: 1, a: 0}}, b: {go: b}}
rewards: {a: {go: {a: 5, b: 1}}}
",
    );
    assert_eq!(outcomes(&model, "a", "go"), ["b 1 1"]);
    assert_eq!(model.initial(), [number("1/2"), number("1/2")]);
}

/// FrozenLake 4×4 by hand: the actions left, down, right, up go ahead or slip to a side.
#[test]
fn a_slippery_grid_moves_as_drawn() {
    let model = parse(
        "
discount: 0.99
grid:
  map: |
    SFFF
    FHFH
    FFFH
    HFFG
  slip: {ahead: 1/3, left: 1/3, right: 1/3}
  legend:
    S: {initial: 1}
    H: {terminal: true}
    G: {terminal: true, reward: 1}
",
    );
    assert_eq!(model.space().states(), 16);
    assert_eq!(model.space().pairs(), 11 * 4);
    let of = |state, action| outcomes(&model, state, action);
    assert_eq!(of("0", "left"), ["0 2/3 0", "4 1/3 0"]);
    assert_eq!(of("0", "right"), ["0 1/3 0", "1 1/3 0", "4 1/3 0"]);
    assert_eq!(of("6", "down"), ["5 1/3 0", "7 1/3 0", "10 1/3 0"]);
    assert_eq!(of("14", "right"), ["10 1/3 0", "14 1/3 0", "15 1/3 1"]);
    assert_eq!(of("14", "down"), ["13 1/3 0", "14 1/3 0", "15 1/3 1"]);
    assert_eq!(of("14", "up"), ["10 1/3 0", "13 1/3 0", "15 1/3 1"]);
    assert_eq!(model.initial()[0], Number::ONE);
    assert!(model.space().grid().is_some());
}

/// Walls, bumps, step rewards, entering the own cell again, turning back, and teleports.
#[test]
fn every_rule_of_a_grid_acts_as_documented() {
    let model = parse(
        "
discount: 1/2
grid:
  map: |
    A#B
    ..E
  slip: {ahead: 0.5, back: 0.5}
  step_reward: -1
  bump_reward: -10
  legend:
    A: {initial: 1, reward: 100}
    B: {initial: 3, teleport: {to: [1, 0], reward: 7}}
    E: {terminal: true, reward: 1/2}
",
    );
    let of = |state, action| outcomes(&model, state, action);
    let states: Vec<_> = model.space().state_names().iter().collect();
    assert_eq!(states, ["0", "2", "3", "4", "5"]);
    // up bumps and enters A again: −1 − 10 + 100; down goes on
    assert_eq!(of("0", "up"), ["0 1/2 89", "3 1/2 -1"]);
    assert_eq!(of("0", "left"), ["0 1 89"]);
    assert_eq!(of("2", "left"), ["3 1 6"]);
    assert_eq!(of("4", "right"), ["3 1/2 -1", "5 1/2 -1/2"]);
    assert_eq!(of("4", "up"), ["4 1 -11"]);
    let initial: Vec<_> = model.initial().iter().map(Number::to_string).collect();
    assert_eq!(initial, ["1/4", "3/4", "0", "0", "0"]);
}

#[test]
fn a_garnet_is_the_same_for_ever_and_sums_to_one_exactly() {
    let text = "
discount: 0.95
garnet: {states: 6, actions: 2, branching: 3, seed: 7, terminal: 1}
";
    let model = parse(text);
    assert_eq!(model, parse(text));
    assert!(model.warnings().is_empty());
    assert_eq!(model.space().pairs(), 10);
    assert!(model.space().is_terminal(5) && !model.space().is_terminal(4));
    insta::assert_snapshot!(model.write(Style::Rows));
    let other = parse(&text.replace("seed: 7", "seed: 8"));
    assert_ne!(model.outcomes(), other.outcomes());
}

/// Over all pairs of a large garnet, next states are equally likely, and the rewards have mean 0
/// and variance 1: five standard errors, so that a right generator fails once in a million.
#[test]
fn a_garnet_is_distributed_as_documented() {
    let model = parse(
        "
discount: 0.95
garnet: {states: 50, actions: 100, branching: 4, seed: 1}
",
    );
    let mdp = model.mdp::<f64>();
    let pairs = mdp.pairs() as f64;
    let mean = mdp.r().iter().sum::<f64>() / pairs;
    let variance = mdp.r().iter().map(|r| r * r).sum::<f64>() / pairs;
    assert!(mean.abs() < 5.0 / pairs.sqrt(), "{mean}");
    assert!(
        (variance - 1.0).abs() < 5.0 * (2.0 / pairs).sqrt(),
        "{variance}"
    );
    let (mut visits, mut squares) = (vec![0.0; 50], 0.0);
    for pair in 0..mdp.pairs() {
        assert_eq!(mdp.outcomes(pair).count(), 4);
        for outcome in mdp.outcomes(pair) {
            visits[outcome.next] += 1.0;
            squares += outcome.probability.powi(2);
        }
    }
    // each state is among the 4 of 50 with probability 4/50
    let expected = pairs * 4.0 / 50.0;
    let deviation = (expected * (1.0 - 4.0 / 50.0)).sqrt();
    assert!(
        visits
            .iter()
            .all(|v| (v - expected).abs() < 5.0 * deviation),
        "{visits:?}"
    );
    // pieces of a uniformly cut interval: E p² = 2/(b (b + 1)); Var Σ p² < 1/b for each pair
    let mean = squares / pairs;
    assert!(
        (mean - 2.0 / 5.0).abs() < 5.0 * (0.25 / pairs).sqrt(),
        "{mean}"
    );
}

#[test]
fn the_criterion_follows_from_the_keys_and_the_flags() {
    let overrides = |discount: Option<&str>, horizon, criterion| Overrides {
        discount: discount.map(number),
        horizon,
        criterion,
        ..Overrides::default()
    };
    let with = |keys: &str, flags: &Overrides| {
        let text =
            format!("{keys}\nstates: 1\nactions: [go]\ninitial: 0\ntransitions: [[0, go, 0, 1]]\n");
        let model = Model::parse_with("m", &text, flags);
        model
            .map(|model| format!("{:?}", model.mdp::<f64>().criterion()))
            .ok()
    };
    use exact_mdp::model::CriterionKind as Kind;
    let none = overrides(None, None, None);
    let criterion = |kind| overrides(None, None, Some(kind));
    let discounted = Some("Discounted { discount: 0.5 }".to_string());
    let finite = |discount: &str, horizon| {
        Some(format!(
            "FiniteHorizon {{ discount: {discount}, horizon: {horizon} }}"
        ))
    };
    let (total, average) = (Some("Total".to_string()), Some("Average".to_string()));
    assert_eq!(with("discount: 1/2", &none), discounted);
    assert_eq!(with("discount: 1", &none), total);
    assert_eq!(with("criterion: total", &none), total);
    assert_eq!(with("horizon: 3", &none), finite("1.0", 3));
    assert_eq!(
        with(
            "{discount: 0.5, horizon: 3}"
                .trim_matches(['{', '}'])
                .replace(", ", "\n")
                .as_str(),
            &none
        ),
        finite("0.5", 3)
    );
    assert_eq!(with("criterion: average", &none), average);
    assert_eq!(with("", &none), None);
    // flags
    assert_eq!(with("", &overrides(Some("0.5"), None, None)), discounted);
    assert_eq!(with("", &overrides(None, Some(4), None)), finite("1.0", 4));
    assert_eq!(
        with("criterion: average", &overrides(Some("0.5"), None, None)),
        discounted
    );
    assert_eq!(
        with("criterion: average", &overrides(None, Some(2), None)),
        finite("1.0", 2)
    );
    assert_eq!(
        with("horizon: 3", &overrides(Some("0.5"), None, None)),
        finite("0.5", 3)
    );
    assert_eq!(with("discount: 0.5", &criterion(Kind::Average)), average);
    assert_eq!(with("discount: 0.5", &criterion(Kind::Total)), total);
    assert_eq!(
        with("discount: 0.5\nhorizon: 3", &criterion(Kind::Discounted)),
        discounted
    );
    assert_eq!(with("discount: 0.5", &criterion(Kind::FiniteHorizon)), None);
    assert_eq!(with("horizon: 3", &criterion(Kind::Discounted)), None);
    let both = overrides(Some("0.5"), None, Some(Kind::Total));
    assert_eq!(with("discount: 1", &both), None);
}

#[test]
fn a_row_off_by_a_rounding_is_used_as_written_with_a_warning() {
    let text = TWO_STATE.replace(
        "{hot: 9/10, cold: 1/10}",
        "{hot: 0.3333333333, cold: 0.6666666666}",
    );
    let model = parse(&text);
    assert_eq!(model.inexact_rows(), [1]);
    let warning = model.warnings()[0].to_string();
    let said = "row cold/heat sums to 1 − 1e-10; it is used as written, exact arithmetic asks for ";
    assert!(warning.starts_with(said), "{warning}");
    assert_eq!(
        outcomes(&model, "cold", "heat")[1],
        "hot 3333333333/10000000000 0"
    );
    assert_eq!(parse(&model.write(Style::Nested)), model);
}

#[test]
fn unusual_names_numbers_and_line_ends_are_read_as_written() {
    let text = "\u{feff}discount: 0.5\r\nstates: [\"a: b\", '007', null, \u{e9}, yes, y]\r\nactions: [\"say \\\"go\\\"\", '# 2']\r\n\
        initial: 'a: b'\r\nterminal: [y]\r\ntransitions:\r\n  ? 'a: b'\r\n  : '# 2': 007\r\n  007: {\"say \\\"go\\\"\": null}\r\n  null: {'# 2': \u{e9}}\r\n  \u{e9}: {'# 2': yes}\r\n  yes: {'# 2': y}\r\n";
    let model = parse(text);
    assert_eq!(outcomes(&model, "007", "say \"go\""), ["null 1 0"]);
    assert_eq!(parse(&model.write(Style::Nested)), model);
    assert_eq!(parse(&model.write(Style::Rows)), model);
}

#[test]
fn anchors_and_aliases_repeat_parts() {
    let model = parse(
        "
discount: 0.5
states: [a, b]
actions: [go, stay]
initial: a
transitions:
  a: &both {go: b, stay: {a: 0.5, b: 0.5}}
  b: *both
",
    );
    assert_eq!(outcomes(&model, "b", "stay"), ["a 1/2 0", "b 1/2 0"]);
}

/// A random model as rows: fractions, missing actions, terminal states, odd names.
fn random_model() -> impl Strategy<Value = String> {
    let outcome = (0..4usize, 1..50u32, -20..20i32, 1..30u32);
    let row = proptest::collection::vec(outcome, 1..5);
    let state = proptest::collection::vec(proptest::option::of(row), 3);
    let names = proptest::sample::subsequence(vec!["a", "b c", "-1", "0.5", "x: y", "é"], 4);
    (proptest::collection::vec(state, 4), names.prop_shuffle()).prop_map(|(states, names)| {
        let quoted: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
        let mut text = format!(
            "discount: 3/7\nstates: [{}]\nactions: [l, r, s]\ntransitions:\n",
            quoted.join(", ")
        );
        let mut terminal = Vec::new();
        for (s, rows) in states.iter().enumerate() {
            // state 0 is never terminal, so that there is a transition
            let first = [Some(vec![(1, 1, 0, 1)]), None, None];
            let rows = if s == 0 && rows.iter().all(Option::is_none) {
                &first
            } else {
                rows.as_slice()
            };
            if rows.iter().all(Option::is_none) {
                terminal.push(quoted[s].clone());
            }
            for (action, row) in ["l", "r", "s"].iter().zip(rows) {
                let total: u32 = row.iter().flatten().map(|outcome| outcome.1).sum();
                for (next, weight, above, below) in row.iter().flatten() {
                    let (state, next) = (&quoted[s], &quoted[*next]);
                    let _ = writeln!(
                        text,
                        "- [{state}, {action}, {next}, {weight}/{total}, {above}/{below}]"
                    );
                }
            }
        }
        let _ = writeln!(
            text,
            "terminal: [{}]\ninitial: {{{}: 1/3, {}: 2/3}}",
            terminal.join(", "),
            quoted[0],
            quoted[2]
        );
        text
    })
}

proptest! {
    #[test]
    fn a_written_model_reads_back_as_the_same(text in random_model()) {
        let model = parse(&text);
        for form in [Style::Nested, Style::Rows] {
            let written = model.write(form);
            prop_assert_eq!(&parse(&written), &model, "{}\n{}", text, written);
        }
    }
}

/// Every reward is 1: what the rows are off by is half of 1 − γ, and decides the second digit of every value.
#[test]
fn rows_that_are_off_by_what_counts_beside_the_discount_are_said_to_matter() {
    let text = |discount: &str| {
        format!(
            "discount: {discount}\nstates: [a, b]\nactions: [go]\ninitial: a\n\
             transitions: {{a: {{go: {{b: 1.0000000005}}}}, b: {{go: {{a: 1}}}}}}\n\
             rewards: {{a: {{go: 1}}, b: {{go: 1}}}}\n"
        )
    };
    let warned = |discount: &str| -> Vec<String> {
        let model = Model::parse("rows", &text(discount)).unwrap();
        model.warnings().iter().map(ToString::to_string).collect()
    };
    let said = warned("0.999999999").pop().unwrap();
    assert!(
        said.starts_with("what row a/go is off by moves values by up to 5e1 %"),
        "{said}"
    );
    assert!(said.contains("Overrides::normalize"), "{said}");
    assert_eq!(warned("0.9").len(), 1);
    // mass that a row wins or loses is paid for ever: a cut after one step is none of constant rewards
    let two = text("0.999999999").replace("[go]", "[go, no]");
    let two = two.replace(
        "a: {go: {b: 1.0000000005}}",
        "a: {go: {b: 1.0000000005}, no: {b: 1}}",
    );
    let mdp = Model::parse("rows", &two).unwrap().mdp::<f64>();
    let policy = exact_mdp::policy::Policy::uniform(mdp.space());
    let bound = exact_mdp::estimator::truncation_bound(&mdp, &policy, 1).unwrap();
    assert!(bound.iter().take(2).all(|bound| *bound > 1e9), "{bound:?}");
}

/// Rewards of a state whose line under `transitions` was forgotten.
#[test]
fn a_state_without_actions_has_no_list_of_them() {
    let text = TWO_STATE
        .lines()
        .filter(|line| !line.contains("wait: {cold: 0.5"));
    let text: Vec<&str> = text.filter(|line| !line.contains("heat: hot")).collect();
    let text = text.join("\n").replacen("  hot:\n", "", 1);
    let complaint = Model::parse("model.yaml", &text).expect_err(&text).plain();
    assert!(
        complaint.contains("the state `hot` has no action `wait`"),
        "{complaint}"
    );
    assert!(
        complaint.contains("has no actions at all") && !complaint.contains("possible here: \n"),
        "{complaint}"
    );
}
