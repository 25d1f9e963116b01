//! What is below floating point is said, and nothing is said of what is 0.

use super::super::{file, json, run};

/// A corridor that is left to its end with probability 1 − p at each step, and pays r at its end alone.
fn corridor(states: usize, p: &str, rest: &str, paid: &str) -> String {
    let mut text = format!(
        "discount: 0.5\nstates: {}\nactions: 1\ninitial: 0\nterminal: [{states}]\ntransitions:\n",
        states + 1
    );
    for s in 0..states {
        let pay = if s + 1 == states { paid } else { "0" };
        text += &format!("- [{s}, 0, {}, {p}, {pay}]\n", s + 1);
        if rest != "0" && s + 1 < states {
            text += &format!("- [{s}, 0, {states}, {rest}, 0]\n");
        }
    }
    text.replace(
        &format!("- [{}, 0, {states}, {p},", states - 1),
        &format!("- [{}, 0, {states}, 1,", states - 1),
    )
}

fn said(text: &str, command: &str) -> String {
    let (_folder, path) = file("corridor.yaml", text);
    run(&[command, &path]).err
}

#[test]
fn visits_and_values_below_floating_point_are_told() {
    let text = corridor(200, "0.01", "0.99", "1");
    let (_folder, path) = file("corridor.yaml", &text);
    // 0.005^199 = 10^-457.9, which fractions have
    let exact = json(&["evaluate", &path, "-q", "--exact"]);
    let last = exact["occupancy"][199].as_str().expect("a fraction");
    assert!(last.starts_with("1/") && last.len() > 450, "{last}");
    let found = json(&["evaluate", &path, "-q"]);
    assert_eq!(found["occupancy"][199].as_f64(), Some(0.0));
    assert_eq!(found["v"][0].as_f64(), Some(0.0));
    for command in ["evaluate", "gradient"] {
        let said = said(&text, command);
        for quantity in ["ρ(s) of `", "v(s) of `0`"] {
            assert!(said.contains(&format!("warning: {quantity}")), "{said}");
        }
    }
}

#[test]
fn nothing_is_told_of_what_is_0() {
    // 0.005^99 = 10^-227.8, and a corridor that pays nothing
    let near = corridor(100, "0.01", "0.99", "1");
    let free = corridor(20, "0.01", "0.99", "0");
    for text in [near, free] {
        for command in ["evaluate", "gradient", "step"] {
            let said = said(&text, command);
            assert!(!said.contains("is not 0"), "{said}");
        }
    }
}

/// exp(−2000) is no float; the other action is taken with what floats call 1.
#[test]
fn chances_of_saturated_actions_are_told() {
    let text = "discount: 0.5\nstates: 1\nactions: 2\ninitial: 0\ntransitions:\n- [0, 0, 0, 1, 1]\n- [0, 1, 0, 1, 2]\n\
        policy:\n  parametrization: softmax\n  theta: {0: {0: 1000, 1: -1000}}\n";
    let said = said(text, "evaluate");
    assert!(said.contains("π(a|s) of `0,1` is not 0"), "{said}");
}
