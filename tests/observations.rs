//! Models whose states are not seen, as model files write them: against Cassandra's format, and closed
//! forms.

use std::num::NonZeroU32;
use std::path::Path;

use exact_mdp::model::{Model, ModelErrors, Overrides};
use exact_mdp::number::{Number, Rational};
use exact_mdp::report::Quantity;
use exact_mdp::solved::Solved;
use exact_mdp::study::{self, Notes, Numbers};

/// Kaelbling, Littman & Cassandra (1998).
pub const TIGER: &str = "
name: tiger
discount: 0.95
states: [tiger-left, tiger-right]
actions: [listen, open-left, open-right]
initial: uniform
transitions:
  tiger-left: {listen: tiger-left, open-left: &anywhere {tiger-left: 0.5, tiger-right: 0.5}, open-right: *anywhere}
  tiger-right: {listen: tiger-right, open-left: *anywhere, open-right: *anywhere}
rewards:
  tiger-left: {listen: -1, open-left: -100, open-right: 10}
  tiger-right: {listen: -1, open-left: 10, open-right: -100}
observations:
  tiger-left:
    listen: {hear-left: 0.85, hear-right: 0.15}
    open-left: &nothing {hear-left: 0.5, hear-right: 0.5}
    open-right: *nothing
  tiger-right: {listen: {hear-left: 0.15, hear-right: 0.85}, open-left: *nothing, open-right: *nothing}
";

fn seen(nodes: u32) -> Overrides {
    Overrides {
        nodes: NonZeroU32::new(nodes),
        ..Overrides::default()
    }
}

fn parsed(text: &str, nodes: u32) -> Result<Model, ModelErrors> {
    Model::parse_with("tiger.yaml", text, &seen(nodes))
}

#[test]
fn a_model_file_says_what_cassandra_s_format_says() {
    let path = Path::new(crate::ROOT).join("tests/exchange/fixtures/tiger.POMDP");
    for nodes in 1..=3 {
        let theirs = Model::load_with(&path, &seen(nodes)).unwrap();
        assert_eq!(parsed(TIGER, nodes).unwrap(), theirs);
    }
}

#[test]
fn the_value_stands_beside_that_of_who_sees() {
    let mut request = study::Evaluate::default();
    request.setting.numbers = Numbers::Exact;
    for nodes in 1..=2 {
        let model = parsed(TIGER, nodes).unwrap();
        let report = study::evaluate(&model, &request, &Notes::default()).unwrap();
        let exact =
            |p: i64, q: u64| Quantity::Exact(Box::new(Number::ratio(p, q).unwrap().to_rational()));
        // by chance (−1 − 45 − 45)/3 a step; who sees takes 10 a step
        assert_eq!(report.j, exact(-1820, 3));
        assert_eq!(report.j_seeing_states, Some(exact(200, 1)));
    }
    let plain = Model::load(&Path::new(crate::ROOT).join("mdps/two-state.yaml")).unwrap();
    let report = study::evaluate(&plain, &request, &Notes::default()).unwrap();
    assert_eq!(report.j_seeing_states, None);
}

#[test]
fn several_rewards_and_ends_are_seen_through() {
    let text = "
discount: 9/10
states: [a, b, end]
actions: [x, y]
initial: {a: 1/3, b: 2/3}
transitions:
  a: {x: {a: 1/2, b: 1/2}, y: {b: 1/4, end: 3/4}}
  b: {x: a, y: {b: 1/2, end: 1/2}}
rewards:
  gain: {a: {x: {b: 3}}, b: 1}
  risk: {b: {y: {end: 2}}}
observations: {a: same, b: {same: 1/3, other: 2/3}}
terminal: [end]
";
    for nodes in 1..=2 {
        let both = parsed(text, nodes).unwrap();
        let by_chance = both
            .exact()
            .unwrap()
            .solve(exact_mdp::arithmetic::Choice::Own)
            .unwrap();
        for (which, name) in ["gain", "risk"].iter().enumerate() {
            let flags = Overrides {
                reward: Some(name.to_string()),
                ..seen(nodes)
            };
            let alone = Model::parse_with("m.yaml", text, &flags).unwrap();
            let alone: Solved<Rational> = alone
                .exact()
                .unwrap()
                .solve(exact_mdp::arithmetic::Choice::Own)
                .unwrap();
            let paying = by_chance.paying(both.expected_rewards(which)).unwrap();
            assert_eq!(paying.j(), alone.j(), "{name}");
            assert_eq!(
                paying.gradient().unwrap(),
                alone.gradient().unwrap(),
                "{name}"
            );
            assert!(!alone.j().is_zero());
        }
        // uniform whatever is seen: the model whose states are seen is worth the same
        let (before, _) = text.split_once("observations").unwrap();
        let open = Model::parse("m.yaml", &format!("{before}terminal: [end]\n")).unwrap();
        let open = open
            .exact()
            .unwrap()
            .solve(exact_mdp::arithmetic::Choice::Uniform)
            .unwrap();
        assert_eq!(by_chance.j(), open.j());
    }
}

#[test]
fn what_is_not_said_is_asked_for() {
    let said = |text: &str, nodes| parsed(text, nodes).unwrap_err().plain();
    assert!(said(TIGER, 0).contains("--nodes 1"));
    assert!(said(&TIGER.replace("0.85, hear-right: 0.15", "0.85"), 1).contains("17/20"));
    let lacking = TIGER.replace("    open-right: *nothing\n", "");
    let lacking = said(&lacking, 1);
    assert!(
        lacking.contains("`open-right` has led to `tiger-left`"),
        "{lacking}"
    );
    let unknown = said(
        &TIGER.replace("  tiger-right: {listen: {hear", "  tiger: {listen: {hear"),
        1,
    );
    assert!(unknown.contains("tiger-left"), "{unknown}");
    let (plain, _) = TIGER.split_once("observations").unwrap();
    let none = parsed(plain, 1).unwrap_err().plain();
    assert!(none.contains("observations"), "{none}");
}
