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
    let one =
        |i: usize, j: usize| next[i].map_or(0.0, |s| GAMMA * n(0, at[i]) * n(s, at[j]) * q[j]);
    let second = [0, 1, 2, 3].map(|i| [0, 1, 2, 3].map(|j| one(i, j) + one(j, i)));
    let (code, first) = said(format!("{second:?}"), &["--formula", "hessian", "FILE"]);
    assert_eq!(code, Some(0), "{first}");
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
