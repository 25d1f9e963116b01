//! What ends: states that formats cannot mark, and outcomes that never happen.

use exact_mdp::evaluation::Evaluation;
use exact_mdp::exchange::{Export, Format, Loss};
use exact_mdp::linalg::SolverOptions;
use exact_mdp::mdp::Mdp;
use exact_mdp::model::Model;
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
