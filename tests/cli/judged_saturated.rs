//! `judge` where a logit is saturated: what automatic differentiation in 64 bits makes of 1 − π there, and mistakes beside it.

use serde_json::{Value, json};

use super::judged_runs::{Draws, judge};

const PAID: &str = "discount: 1\nstates: [s, e]\nactions: [x, y]\ninitial: s\nterminal: [e]\n\
                    transitions: [[s, x, e, 1/2, 1], [s, x, e, 1/2, 3], [s, y, e, 1, 7]]\n";

fn policy(theta: f64, mix: f64) -> String {
    let mixed = if mix > 0.0 {
        format!(", mix: {{uniform: {mix}}}")
    } else {
        String::new()
    };
    format!("{{parametrization: softmax, theta: [{theta}, 0]{mixed}}}")
}

/// σ as `torch.softmax` has it, and π of the mixture.
fn softmax(theta: f64, mix: f64) -> ([f64; 2], [f64; 2]) {
    let small = (-theta).exp();
    let sigma = [1.0 / (1.0 + small), small / (1.0 + small)];
    (sigma, sigma.map(|x| (1.0 - mix) * x + mix / 2.0))
}

/// ∇log π(a) as reverse mode has it: the slope g = (1 − ε)/π(a) of a goes through σ (e − σᵀ) last.
fn backward(theta: f64, mix: f64, action: usize) -> [f64; 2] {
    let (sigma, pi) = softmax(theta, mix);
    let g = (1.0 - mix) / pi[action];
    let inner = g * sigma[action];
    [0, 1].map(|b| sigma[b] * (if b == action { g } else { 0.0 } - inner))
}

/// Actions and what was paid.
fn drawn(count: usize, theta: f64, mix: f64) -> Vec<(usize, f64)> {
    let (mut draws, (_, pi)) = (Draws(17), softmax(theta, mix));
    let mut one = || match draws.next() < pi[1] {
        true => (1, 7.0),
        false if draws.next() < 0.5 => (0, 1.0),
        false => (0, 3.0),
    };
    (0..count).map(|_| one()).collect()
}

fn sampled(theta: f64, mix: f64, more: &[&str], score: impl Fn(usize) -> [f64; 2]) -> Value {
    let rows = drawn(4000, theta, mix);
    let rows: Vec<[f64; 2]> = rows.iter().map(|(a, r)| score(*a).map(|x| r * x)).collect();
    let (_folder, model) = super::file("model.yaml", PAID);
    let policy = policy(theta, mix);
    let asked = [
        &[model.as_str(), "--policy", &policy, "--samples", "FILE"][..],
        &["--format", "json"],
        more,
    ];
    let found = judge(
        "mine.json",
        &serde_json::to_string(&rows).unwrap(),
        &asked.concat(),
    );
    serde_json::from_str(&found.out).unwrap_or_else(|_| panic!("{}{}", found.out, found.err))
}

/// The first entry is a difference of numbers of size g, of which 64 bits leave 10⁻¹⁶ where 10⁻¹¹ is meant; the second is right.
#[test]
fn scores_that_lost_their_digits_are_no_mistake() {
    for (theta, mix) in [
        (14.0, 0.1),
        (20.0, 0.5),
        (25.0, 0.1),
        (28.0, 0.1),
        (25.0, 0.9),
    ] {
        for more in [&["--as", "reward-to-go"][..], &[]] {
            let found = sampled(theta, mix, more, |a| backward(theta, mix, a));
            assert_eq!(found["verdict"], "consistent", "{theta} {mix}: {found}");
        }
    }
}

/// The score without what the mixture makes of it, e − σ, and the opposite.
#[test]
fn mistakes_beside_them_are_seen() {
    let (theta, mix) = (25.0, 0.1);
    let (sigma, _) = softmax(theta, mix);
    let plain = |a: usize| [0, 1].map(|b| if a == b { 1.0 - sigma[b] } else { -sigma[b] });
    for more in [&["--as", "reward-to-go"][..], &[]] {
        let found = sampled(theta, mix, more, plain);
        assert_eq!(found["verdict"], "inconsistent", "{found}");
        let found = sampled(theta, mix, more, |a| backward(theta, mix, a).map(|x| -x));
        assert_eq!(found["verdict"], "inconsistent", "{found}");
    }
}

/// At θ = 45 all of it is rounding: its opposite is no further off, and zeros are not.
#[test]
fn what_is_rounding_alone_cannot_be_told() {
    for factor in [1.0, -1.0, 0.0] {
        for more in [&["--as", "reward-to-go"][..], &[]] {
            let score = |a| backward(45.0, 0.1, a).map(|x| factor * x);
            let found = sampled(45.0, 0.1, more, score);
            assert_eq!(found["verdict"], "cannot be told", "{factor}: {found}");
        }
    }
}

/// The same numbers for each run.
#[test]
fn contributions_are_held_to_what_their_scores_are_made_of() {
    let asked = |theta: f64, mix: f64, score: &dyn Fn(usize) -> [f64; 2]| {
        let runs = drawn(40, theta, mix);
        let rows: Vec<[f64; 2]> = runs.iter().map(|(a, r)| score(*a).map(|x| r * x)).collect();
        let column = |of: &dyn Fn(&(usize, f64)) -> Value| runs.iter().map(of).collect::<Vec<_>>();
        let columns = json!({
            "states": column(&|_| json!([0, 1])), "actions": column(&|(a, _)| json!([a])),
            "rewards": column(&|(_, r)| json!([r])), "contributions": rows,
        });
        let (_folder, model) = super::file("model.yaml", PAID);
        let policy = policy(theta, mix);
        let found = judge(
            "mine.json",
            &columns.to_string(),
            &[
                &model,
                "--policy",
                &policy,
                "--trajectories",
                "FILE",
                "--as",
                "reward-to-go",
            ],
        );
        found.out.lines().next().unwrap_or_default().to_string()
    };
    for (theta, mix) in [(20.0, 0.1), (25.0, 0.1), (30.0, 0.1), (30.0, 0.5)] {
        let right = asked(theta, mix, &|a| backward(theta, mix, a));
        assert!(right.starts_with("right"), "{theta} {mix}: {right}");
    }
    for theta in [20.0, 25.0] {
        let wrong = asked(theta, 0.1, &|a| backward(theta, 0.1, a).map(|x| -x));
        assert!(wrong.starts_with("wrong"), "{wrong}");
        let (sigma, _) = softmax(theta, 0.1);
        let plain = |a: usize| [0, 1].map(|b| if a == b { 1.0 - sigma[b] } else { -sigma[b] });
        let wrong = asked(theta, 0.1, &plain);
        assert!(wrong.starts_with("wrong"), "{wrong}");
    }
}

/// ∂J = σ (g − Σ σg) of g = (2, 7), as reverse mode has it: at θ = 25 five digits are left of 5σ(1 − σ), at 40 none.
#[test]
fn gradients_are_held_to_it_too() {
    let asked = |theta: f64, factor: f64| {
        let (sigma, _) = softmax(theta, 0.0);
        let inner = 2.0 * sigma[0] + 7.0 * sigma[1];
        let mine = [sigma[0] * (2.0 - inner), sigma[1] * (7.0 - inner)].map(|x| factor * x);
        let (_folder, model) = super::file("model.yaml", PAID);
        let policy = policy(theta, 0.0);
        let mine = serde_json::to_string(&mine).unwrap();
        let found = judge(
            "mine.json",
            &mine,
            &[&model, "--policy", &policy, "--gradient", "FILE"],
        );
        found.out.lines().next().unwrap_or_default().to_string()
    };
    for (theta, factor, expected) in [
        (10.0, 1.0, "right"),
        (25.0, 1.0, "right"),
        (28.0, 1.0, "right"),
        (40.0, 1.0, "cannot be told"),
        (25.0, -1.0, "wrong"),
        (25.0, 1.3, "wrong"),
    ] {
        let found = asked(theta, factor);
        assert!(found.starts_with(expected), "{theta} {factor}: {found}");
    }
}
