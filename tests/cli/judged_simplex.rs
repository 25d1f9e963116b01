//! `judge --gradient` under `simplex`, where ∂J/∂π(a|s) = ρ(s) q(s, a) has a meaning up to a constant of each state.

use super::judged_runs::judge;

/// J(π) = π(a) + 3 π(b), so that ∂J/∂π = (1, 3), and (−1, 1) along the simplex.
const ARMS: &str = "name: sx\ndiscount: 1/2\nstates: [s, t]\nactions: [a, b]\ninitial: s\ntransitions:\n  \
                    s: {a: t, b: t}\nrewards:\n  s: {a: 1, b: 3}\nterminal: [t]\n\
                    policy: {parametrization: simplex, probabilities: {s: {a: 1/4, b: 3/4}}}\n";

#[test]
fn a_constant_of_each_state_is_no_mistake() {
    let (_folder, model) = super::file("model.yaml", ARMS);
    let said = |given: &str| {
        let found = judge("mine.json", given, &[&model, "--gradient", "FILE"]);
        let first = found.out.lines().next().unwrap_or_default().to_string();
        (found.code, first)
    };
    for right in ["[1, 3]", "[1000, 1002]", "[-1, 1]"] {
        let (code, first) = said(right);
        assert_eq!(code, Some(0), "{right}: {first}");
        let is_said = first.contains("up to a constant of each state");
        assert_eq!(is_said, right != "[-1, 1]", "{right}: {first}");
    }
    for wrong in ["[3, 1]", "[1, 3.5]", "[1, 1]", "[2, 6]"] {
        let (code, first) = said(wrong);
        assert_eq!(code, Some(1), "{wrong}: {first}");
    }
}
