//! What ends: states that formats cannot mark, and outcomes that never happen.

use exact_mdp::evaluation::Evaluation;
use exact_mdp::exchange::{Export, Format, Loss};
use exact_mdp::linalg::SolverOptions;
use exact_mdp::mdp::Mdp;
use exact_mdp::model::{Model, Overrides};
use exact_mdp::policy::Policy;

/// b stays for nothing and is not terminal; `terminal: [t]` stands in the second model alone.
const STILL: &str = "discount: 1/2\nstates: [a, b]\nactions: [x, y]\ninitial: a\n\
                     transitions: {a: {x: b, y: a}, b: {x: b, y: b}}\nrewards: {a: {x: 1}}\n";
const BESIDE_AN_END: &str = "discount: 1/2\nstates: [a, b, t]\nactions: [x, y]\ninitial: a\nterminal: [t]\n\
                             transitions: {a: {x: b, y: t}, b: {x: b, y: b}}\nrewards: {a: {x: 1}}\n";

fn written(text: &str, format: Format) -> Export {
    let model = Model::parse("model", text).expect("a model");
    model.export(format).expect("written")
}

/// Where nothing is marked what stays for nothing is read as terminal, and that is told when it is written.
#[test]
fn states_that_come_back_terminal_are_told() {
    for (text, format, expected) in [
        (STILL, Format::Drn, true),
        (STILL, Format::Prism, true),
        (STILL, Format::Cassandra, true),
        (STILL, Format::Gymnasium, false),
        (STILL, Format::Umb, false),
        (STILL, Format::Quantecon, false),
        (BESIDE_AN_END, Format::Drn, false),
        (BESIDE_AN_END, Format::Prism, false),
        (BESIDE_AN_END, Format::Cassandra, true),
    ] {
        let losses = written(text, format).losses;
        assert_eq!(losses.contains(&Loss::Still), expected, "{format:?}");
    }
}

/// An episode that is over where it starts has no form in Gymnasium's `P`.
#[test]
fn starts_in_ends_are_told() {
    let text = "discount: 0.9\nstates: [e, t]\nactions: [a, b]\ninitial: {e: 4/5, t: 1/5}\nterminal: [t]\n\
                transitions: {e: {a: t, b: e}}\nrewards: {e: {a: 1}}\n";
    let losses = written(text, Format::Gymnasium).losses;
    assert!(losses.contains(&Loss::StartsEnded));
    let losses = written(&text.replace("4/5, t: 1/5", "1"), Format::Gymnasium).losses;
    assert!(!losses.contains(&Loss::StartsEnded));
}

/// ½ · ½ + ¼ · 100 over ¾ is 101/3, which decimals do not hold.
#[test]
fn means_that_decimals_round_are_told() {
    let text = |other: &str| {
        format!(
            "discount: 0.5\nstates: [s, t]\nactions: [a]\ninitial: s\nterminal: [t]\ntransitions:\n\
             - [s, a, t, 0.5, 0.5]\n- [s, a, t, 0.25, {other}]\n- [s, a, s, 0.25, 0]\n"
        )
    };
    let losses = written(&text("100"), Format::Prism).losses;
    assert!(losses.contains(&Loss::Decimals) && losses.contains(&Loss::SeveralRewards));
    let losses = written(&text("2"), Format::Prism).losses;
    assert!(!losses.contains(&Loss::Decimals), "{losses:?}");
}

/// The flag of an outcome of probability 0 says nothing: v(1) = 3 + 0.9 v(0) and v(0) = 2/(1 − 0.9).
#[test]
fn what_never_happens_ends_nothing() {
    for (state, flag) in [("1", "true"), ("1", "false"), ("0", "true")] {
        for zero in ["0", "0.0", "0.0e3"] {
            let text = format!(
                "{{\"discount\": 0.9, \"initial\": [0.5, 0.5], \"P\": {{\"0\": {{\"0\": [[{zero}, {state}, 100, {flag}], \
                 [1.0, 0, 2.0, false]]}}, \"1\": {{\"0\": [[1.0, 0, 3, false]]}}}}}}"
            );
            let model = Model::parse("dictionary", &text).expect("a model");
            let mdp: Mdp = model.mdp();
            assert_eq!(mdp.states(), 2);
            let policy = Policy::uniform(mdp.space());
            let v = Evaluation::new(&mdp, &policy, &SolverOptions::default())
                .unwrap()
                .v;
            assert!(
                (v[0] - 20.0).abs() < 1e-12 && (v[1] - 21.0).abs() < 1e-12,
                "{v:?}"
            );
        }
    }
}

/// What a terminal state pays is paid to nobody, whether a loop pays it, a choice that leads nowhere or the state alone.
#[test]
fn ends_that_pay_are_refused() {
    let drn = |end: &str, choices: usize| {
        format!(
            "@type: MDP\n@parameters\n\n@reward_models\nr\n@nr_states\n2\n@nr_choices\n{choices}\n@model\n\
             state 0 [1] init\n\taction a [0]\n\t\t0 : 0.5\n\t\t1 : 0.5\n{end}"
        )
    };
    let flags = Overrides {
        discount: Some("1/2".parse().expect("a number")),
        ..Overrides::default()
    };
    for (end, choices, is_sound) in [
        ("state 1 [0] terminal\n", 1, true),
        ("state 1 [0] terminal\n\taction a [0]\n\t\t1 : 1\n", 2, true),
        ("state 1 [5] terminal\n", 1, false),
        ("state 1 [5] terminal\n\taction a [7]\n", 2, false),
        // it pays nothing in all, read quickly or, for a loop in two parts, line by line
        (
            "state 1 [5] terminal\n\taction a [-5]\n\t\t1 : 1\n",
            2,
            true,
        ),
        (
            "state 1 [5] terminal\n\taction a [-5]\n\t\t0 : 0\n\t\t1 : 1\n",
            2,
            true,
        ),
        ("state 1 [0] terminal\n\taction a [7]\n", 2, false),
        (
            "state 1 [0] terminal\n\taction a [7]\n\t\t1 : 1\n",
            2,
            false,
        ),
    ] {
        let read = Model::parse_as("m", drn(end, choices).as_bytes(), Format::Drn, &flags);
        match read {
            Ok(_) => assert!(is_sound, "{end}"),
            Err(errors) => {
                assert!(!is_sound, "{end}: {}", errors.plain());
                let why = errors.plain();
                assert!(
                    why.contains("terminal state") && why.contains("pay"),
                    "{why}"
                );
            }
        }
    }
    for (reward, is_sound) in [("0 1", true), ("1 5", false)] {
        let folder = tempfile::tempdir().expect("a folder");
        let rewards = format!("2 1\n{reward}\n");
        for (ending, text) in [
            ("tra", "2 1 2\n0 0 0 0.5\n0 0 1 0.5\n"),
            ("lab", "0=\"init\" 1=\"terminal\"\n0: 0\n1: 1\n"),
            ("srew", &rewards),
        ] {
            std::fs::write(folder.path().join(format!("m.{ending}")), text).expect("written");
        }
        let read = Model::load_with(folder.path().join("m.tra"), &flags);
        assert_eq!(read.is_ok(), is_sound, "{reward}");
    }
}

/// A mean that is nearer to 0 than any float has no text that is read again: 0 stands for it, which is said.
#[test]
fn drn_writes_0_for_rewards_that_nothing_reads() {
    let text = "discount: 1/2\nstates: [a, b]\nactions: [x]\ninitial: a\ntransitions:\n  - [a, x, a, 1/4, 5e-324]\n  - [a, x, b, 3/4, 0]\n  - [b, x, a, 1, 1]\n";
    let export = written(text, Format::Drn);
    assert!(export.losses.contains(&Loss::Vanishing));
    let (_, bytes) = &export.files[0];
    let drn = String::from_utf8_lossy(bytes);
    assert!(drn.contains("action x [0]"), "{drn}");
    let flags = Overrides {
        discount: Some("1/2".parse().expect("a number")),
        ..Overrides::default()
    };
    Model::parse_as("tiny.drn", bytes, Format::Drn, &flags).expect("it is read again");
    let plain = written(&text.replace("5e-324", "1"), Format::Drn);
    assert!(!plain.losses.contains(&Loss::Vanishing));
}
