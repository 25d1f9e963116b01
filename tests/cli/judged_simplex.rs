//! `judge --gradient` under `simplex`, where ∂J/∂π(a|s) = ρ(s) q(s, a) has a meaning up to a constant of each state.

use serde_json::json;

use super::judged_runs::{Draws, judge};

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

/// v(s) = ¼(1 + γv(t)) + ¾·2, v(t) = ½ + ½γv(s), γ = 9/10.
const TWO: &str = "discount: 9/10\nstates: [s, t, end]\nactions: [l, r]\ninitial: s\nterminal: [end]\ntransitions:\n\
                   - [s, l, t, 1, 1]\n- [s, r, end, 1, 2]\n- [t, l, end, 1, 1]\n- [t, r, s, 1, 0]\npolicy: {parametrization: simplex, \
                   probabilities: {s: {l: 1/4, r: 3/4}, t: {l: 1/2, r: 1/2}}}\n";
const GAMMA: f64 = 0.9;

/// (I − γP)⁻¹ between s and t, with P(s, t) = ¼ and P(t, s) = ½, times a column of rewards.
fn solved([s, t]: [f64; 2]) -> [f64; 2] {
    let det = 1.0 - GAMMA * GAMMA / 8.0;
    [(s + GAMMA / 4.0 * t) / det, (t + GAMMA / 2.0 * s) / det]
}

/// What automatic differentiation by the probabilities of pairs gives as derivatives of values is right in matrices and with
/// an entropy too: ∂v/∂π = N(s, s')q(s', a), and with N = (I − γP)⁻¹, where the pairs i and j lead to i' and j',
/// ∂²J = γ(N(s₀, sᵢ)N(i', sⱼ)qⱼ + N(s₀, sⱼ)N(j', sᵢ)qᵢ).
#[test]
fn matrices_and_soft_gradients_are_free_of_such_constants() {
    let (_folder, model) = super::file("model.yaml", TWO);
    let said = |given: String, asked: &[&str]| {
        let found = judge("mine.json", &given, &[&[model.as_str()], asked].concat());
        let first = found.out.lines().next().unwrap_or_default().to_string();
        (found.code, first + &found.err)
    };
    let columns = [solved([1.0, 0.0]), solved([0.0, 1.0])];
    let n = |from: usize, to: usize| columns[to][from];
    let (at, next) = ([0, 0, 1, 1], [Some(1), None, None, Some(0)]);
    let q_of = |r: [f64; 4], v: [f64; 2]| {
        let q = |pair: usize| r[pair] + next[pair].map_or(0.0, |s: usize| GAMMA * v[s]);
        [0, 1, 2, 3].map(q)
    };
    let q = q_of([1.0, 2.0, 1.0, 0.0], solved([1.75, 0.5]));
    let row = |s: usize| [0, 1, 2, 3].map(|pair| n(s, at[pair]) * q[pair]);
    let (code, first) = said(
        format!("[{:?}, {:?}]", row(0), row(1)),
        &["--formula", "jacobian", "FILE"],
    );
    assert_eq!(code, Some(0), "{first}");
    assert!(first.contains("up to constants of each state"), "{first}");
    let swapped: Vec<f64> = (0..4).flat_map(|k| [row(0)[k], row(1)[k]]).collect();
    let (code, first) = said(format!("{swapped:?}"), &["--formula", "jacobian", "FILE"]);
    assert_eq!(code, Some(1), "{first}");
    assert!(first.contains("wrong: axes-swapped"), "{first}");
    let one =
        |i: usize, j: usize| next[i].map_or(0.0, |s| GAMMA * n(0, at[i]) * n(s, at[j]) * q[j]);
    let second = [0, 1, 2, 3].map(|i| [0, 1, 2, 3].map(|j| one(i, j) + one(j, i)));
    let (code, first) = said(format!("{second:?}"), &["--formula", "hessian", "FILE"]);
    assert_eq!(code, Some(0), "{first}");
    let diagonal =
        [0, 1, 2, 3].map(|i| [0, 1, 2, 3].map(|j| if i == j { second[i][j] } else { 0.0 }));
    let (code, first) = said(format!("{diagonal:?}"), &["--formula", "hessian", "FILE"]);
    assert_eq!(code, Some(1), "{first}");
    assert!(first.contains("wrong: diagonal-only"), "{first}");
    let wrong = second.map(|row| row.map(|x| 1.01 * x));
    assert_eq!(
        said(format!("{wrong:?}"), &["--formula", "hessian", "FILE"]).0,
        Some(1)
    );
    // ∂(−π log π)/∂π = −log π − 1, of which the constant is none of a policy
    let (alpha, pi) = (0.1f64, [0.25f64, 0.75, 0.5, 0.5]);
    let paid: Vec<f64> = (0..4)
        .map(|k| [1.0, 2.0, 1.0, 0.0][k] - alpha * pi[k].ln())
        .collect();
    let v = solved([0.25 * paid[0] + 0.75 * paid[1], 0.5 * (paid[2] + paid[3])]);
    let soft = q_of([paid[0], paid[1], paid[2], paid[3]], v);
    let gradient = [0, 1, 2, 3].map(|pair| n(0, at[pair]) * (soft[pair] - alpha));
    let asked = ["--gradient", "FILE", "--entropy", "0.1"];
    let (code, first) = said(format!("{gradient:?}"), &asked);
    assert_eq!(code, Some(0), "{first}");
    let plain = row(0);
    let (code, first) = said(format!("{plain:?}"), &asked);
    assert_eq!(
        (code, first.contains("entropy-forgotten")),
        (Some(1), true),
        "{first}"
    );
}

/// v = r̄/(1 − γ) under π = ⅓, ρ = 1/(1 − γ): ρq(a) = 10 (r(a) + 0.9 · 10 r̄).
const BANDIT: &str = "discount: 9/10\nstates: [s]\nactions: [a, b, c]\ninitial: s\n\
                      transitions: {s: {a: s, b: s, c: s}}\nrewards: {s: {a: 0.10007, b: 0.20009, c: 0.4}}\n\
                      policy: {parametrization: simplex}\n";

fn rounded(x: f64, decimals: i32) -> f64 {
    let power = 10f64.powi(decimals);
    (x * power).round() / power
}

/// Each of n numbers off by h makes one that is less their mean off by 2h(n − 1)/n: more than h from three on.
#[test]
fn a_rounding_of_what_came_is_none_of_what_is_left() {
    let (_folder, model) = super::file("model.yaml", BANDIT);
    let paid = [0.10007, 0.20009, 0.4];
    let v = 10.0 * paid.iter().sum::<f64>() / 3.0;
    let exact = paid.map(|r: f64| 10.0 * (r + 0.9 * v));
    for decimals in [2, 3, 4] {
        let unit = 10f64.powi(-decimals);
        let said = |given: [f64; 3]| {
            let given = format!("{given:?}");
            judge("mine.json", &given, &[&model, "--gradient", "FILE"])
        };
        let found = said(exact.map(|x| rounded(x, decimals)));
        assert_eq!(found.code, Some(0), "{decimals}: {}", found.out);
        let off = [
            exact[0] + 4.0 * unit,
            exact[1] - 4.0 * unit,
            exact[2] + 4.0 * unit,
        ];
        let found = said(off.map(|x| rounded(x, decimals)));
        assert_eq!(found.code, Some(1), "{decimals}: {}", found.out);
        // the constant is no part of what they differ by
        let rows = found.out.lines().filter(|line| line.contains("theta["));
        for line in rows {
            let difference = line.split_whitespace().last().unwrap_or_default();
            let difference: f64 = difference.replace('−', "-").parse().expect("a number");
            assert!(difference.abs() < 10.0 * unit, "{decimals}: {}", found.out);
        }
    }
}

const THREE: &str = "discount: 9/10\nstates: [s, u, end]\nactions: [a, b, c]\ninitial: s\nterminal: [end]\ntransitions:\n\
                     - [s, a, u, 1, 0.10007]\n- [s, b, end, 1, 0.20009]\n- [s, c, u, 1, 0.4]\n\
                     - [u, a, end, 1, 0.7]\n- [u, b, s, 1, 0.31]\n- [u, c, end, 1, 1.9]\n\
                     policy: {parametrization: simplex, probabilities: {s: {a: 1/4, b: 1/4, c: 1/2}, u: {a: 1/2, b: 1/4, c: 1/4}}}\n";

/// Σ γᵗ Gₜ e(Sₜ, Aₜ)/π, what automatic differentiation by π gives, and its mean, of 60 episodes that are drawn here.
#[test]
fn sums_of_a_few_decimals_are_right() {
    const PI: [[f64; 3]; 2] = [[0.25, 0.25, 0.5], [0.5, 0.25, 0.25]];
    const PAID: [[f64; 3]; 2] = [[0.10007, 0.20009, 0.4], [0.7, 0.31, 1.9]];
    const NEXT: [[usize; 3]; 2] = [[1, 2, 1], [2, 0, 2]];
    let mut draws = Draws(3);
    let (mut states, mut actions, mut rewards, mut sums) = (vec![], vec![], vec![], vec![]);
    for _ in 0..60 {
        let (mut s, mut steps) = (0, Vec::new());
        while s < 2 {
            let x = draws.next();
            let a = usize::from(x >= PI[s][0]) + usize::from(x >= PI[s][0] + PI[s][1]);
            steps.push((s, a));
            s = NEXT[s][a];
        }
        let (mut sum, mut to_go) = ([0.0; 6], 0.0);
        for (t, &(s, a)) in steps.iter().enumerate().rev() {
            to_go = PAID[s][a] + GAMMA * to_go;
            sum[3 * s + a] += GAMMA.powi(t as i32) * to_go / PI[s][a];
        }
        sums.push(sum);
        states.push(steps.iter().map(|x| x.0).chain([2]).collect::<Vec<_>>());
        actions.push(steps.iter().map(|x| x.1).collect::<Vec<_>>());
        rewards.push(steps.iter().map(|&(s, a)| PAID[s][a]).collect::<Vec<_>>());
    }
    let mean = [0, 1, 2, 3, 4, 5].map(|k| sums.iter().map(|sum| sum[k]).sum::<f64>() / 60.0);
    let (_folder, model) = super::file("model.yaml", THREE);
    let said = |name: &str, numbers: serde_json::Value| {
        let mut log = json!({ "states": states, "actions": actions, "rewards": rewards });
        log[name] = numbers;
        judge(
            "mine.json",
            &log.to_string(),
            &[&model, "--trajectories", "FILE"],
        )
    };
    for decimals in [2, 3, 4] {
        for (factor, code) in [(1.0, 0), (1.2, 1)] {
            let of = |x: f64| rounded(factor * x, decimals);
            let rows: Vec<[f64; 6]> = sums.iter().map(|sum| sum.map(of)).collect();
            let found = said("contributions", json!(rows));
            assert_eq!(
                found.code,
                Some(code),
                "{decimals}: {}{}",
                found.out,
                found.err
            );
            let found = said("estimate", json!(mean.map(of)));
            assert_eq!(
                found.code,
                Some(code),
                "{decimals}: {}{}",
                found.out,
                found.err
            );
        }
    }
}
