//! `judge --trajectories --behavior`: estimators with a number of their own, of which the λ, n or b is found.

use serde_json::{Value, json};

use super::judged_runs::{Draws, judge};

/// Two states, each with an action that may end; v under the uniform policy solves
/// v(s) = −1/4 + 3/4 γ v(b), v(b) = 1/4 + 1/2 γ v(s).
const LOOP: &str = "name: m\ndiscount: 3/4\nstates: [start, bridge, end]\nactions: [jump, walk, finish, back]\n\
                    initial: {start: 1}\ntransitions:\n  - [start, jump, end, 1/2, -1]\n  \
                    - [start, jump, bridge, 1/2, 0]\n  - [start, walk, bridge, 1, 0]\n  \
                    - [bridge, finish, end, 1, 1]\n  - [bridge, back, start, 1, -1/2]\nterminal: [end]\n";
const GAMMA: f64 = 0.75;

/// Who acts: π/b is 2 of jump and back, 2/3 of the others.
const BEHAVIOR: &str = "parametrization: direct\nprobabilities:\n  start: {jump: 1/4, walk: 3/4}\n  \
                        bridge: {finish: 3/4, back: 1/4}\n";
const RATIOS: [f64; 4] = [2.0, 2.0 / 3.0, 2.0 / 3.0, 2.0];

fn values() -> [f64; 3] {
    let start = (-0.25 + 0.75 * GAMMA * 0.25) / (1.0 - 0.375 * GAMMA * GAMMA);
    [start, 0.25 + 0.5 * GAMMA * start, 0.0]
}

/// States, actions and rewards of an episode, the end being 2.
struct Walk {
    states: Vec<usize>,
    actions: Vec<usize>,
    rewards: Vec<f64>,
}

fn walks() -> Vec<Walk> {
    let mut draws = Draws(11);
    let walk = |_| {
        let mut one = Walk {
            states: vec![0],
            actions: Vec::new(),
            rewards: Vec::new(),
        };
        while let Some(&state) = one.states.last().filter(|state| **state < 2) {
            let (first, luck) = (draws.next(), draws.next());
            let second = first >= [0.25, 0.75][state];
            let (next, reward) = match (state, second) {
                (0, false) if luck < 0.5 => (2, -1.0),
                (0, _) => (1, 0.0),
                (_, false) => (2, 1.0),
                _ => (0, -0.5),
            };
            one.actions.push(2 * state + usize::from(second));
            one.rewards.push(reward);
            one.states.push(next);
        }
        one
    };
    (0..60).map(walk).collect()
}

/// What stands before step t and behind it: ω of steps from..=to.
fn product(one: &Walk, from: usize, to: usize) -> f64 {
    (from..=to).map(|k| RATIOS[one.actions[k]]).product()
}

/// Which ratios are in a number of step t that is paid at step k.
#[derive(Clone, Copy)]
enum With {
    All,
    Later,
    None,
}

impl With {
    fn ratios(self, one: &Walk, t: usize, k: usize) -> f64 {
        match self {
            With::All => product(one, 0, k),
            With::Later => product(one, t + 1, k),
            With::None => 1.0,
        }
    }
}

impl Walk {
    fn residual(&self, k: usize) -> f64 {
        let v = values();
        self.rewards[k] + GAMMA * v[self.states[k + 1]] - v[self.states[k]]
    }

    /// Σ_{k ≥ t} c(k − t) ω … x(k), each step on its own.
    fn sums(&self, with: With, x: &dyn Fn(usize) -> f64, c: &dyn Fn(usize) -> f64) -> Vec<f64> {
        let n = self.rewards.len();
        let of = |t| {
            (t..n)
                .map(|k| c(k - t) * with.ratios(self, t, k) * x(k))
                .sum()
        };
        (0..n).map(of).collect()
    }

    fn gae(&self, with: With, lambda: f64) -> Vec<f64> {
        let power = |l: usize| (GAMMA * lambda).powi(l as i32);
        self.sums(with, &|k| self.residual(k), &power)
    }

    fn n_step(&self, with: With, n: usize) -> Vec<f64> {
        let power = |l: usize| if l < n { GAMMA.powi(l as i32) } else { 0.0 };
        self.sums(with, &|k| self.residual(k), &power)
    }

    fn less(&self, with: With, b: f64) -> Vec<f64> {
        let returns = self.sums(with, &|k| self.rewards[k], &|l| GAMMA.powi(l as i32));
        let each = returns.iter().enumerate();
        each.map(|(t, x)| x - b * with.ratios(self, t, t)).collect()
    }

    fn lambda_return(&self, with: With, lambda: f64) -> Vec<f64> {
        let v = values();
        let each = self.gae(with, lambda).into_iter().enumerate();
        each.map(|(t, x)| x + with.ratios(self, t, t) * v[self.states[t]])
            .collect()
    }

    /// δₜ + γ Σ_{l ≥ 0} (γλ)ˡ δₜ₊₁₊ₗ.
    fn one_more(&self, with: With, lambda: f64) -> Vec<f64> {
        let power = |l: usize| match l {
            0 => 1.0,
            l => GAMMA * (GAMMA * lambda).powi(l as i32 - 1),
        };
        self.sums(with, &|k| self.residual(k), &power)
    }

    /// q + Σ (γλ)ˡ min(1, ωₜ₊₁) ⋯ min(1, ωₜ₊ₗ) (Rₜ₊ₗ + γ v − q).
    fn retrace(&self, lambda: f64) -> Vec<f64> {
        let v = values();
        let q = [
            -0.5 + 0.5 * GAMMA * v[1],
            GAMMA * v[1],
            1.0,
            -0.5 + GAMMA * v[0],
        ];
        let n = self.rewards.len();
        let of = |t: usize| {
            let part = |k: usize| {
                let trace: f64 = (t + 1..=k)
                    .map(|j| RATIOS[self.actions[j]].min(1.0))
                    .product();
                let off = self.rewards[k] + GAMMA * v[self.states[k + 1]] - q[self.actions[k]];
                (GAMMA * lambda).powi((k - t) as i32) * trace * off
            };
            q[self.actions[t]] + (t..n).map(part).sum::<f64>()
        };
        (0..n).map(of).collect()
    }

    /// Σₜ wᵗ ψₜ Ψₜ: π is 1/2 everywhere, so that a score is ±1/2.
    fn sum(&self, psi: &[f64], weight: f64) -> [f64; 4] {
        let mut sum = [0.0; 4];
        for (t, (action, psi)) in self.actions.iter().zip(psi).enumerate() {
            let part = 0.5 * weight.powi(t as i32) * psi;
            sum[*action] += part;
            sum[action ^ 1] -= part;
        }
        sum
    }
}

/// What the report says of numbers that are made of the episodes.
fn told(walks: &[Walk], numbers: &[(&str, Value)], more: &[&str]) -> Value {
    let flags = |one: &Walk| {
        let n = one.rewards.len();
        (1..=n).map(|t| t == n).collect::<Vec<bool>>()
    };
    let mut all = json!({
        "states": walks.iter().map(|one| &one.states).collect::<Vec<_>>(),
        "actions": walks.iter().map(|one| &one.actions).collect::<Vec<_>>(),
        "rewards": walks.iter().map(|one| &one.rewards).collect::<Vec<_>>(),
        "terminated": walks.iter().map(flags).collect::<Vec<_>>(),
    });
    for (name, made) in numbers {
        all[*name] = made.clone();
    }
    let (_folder, model) = super::file("model.yaml", LOOP);
    let (_other, behavior) = super::file("b.yaml", BEHAVIOR);
    let asked = [&model, "--trajectories", "FILE", "--behavior", &behavior];
    let asked = [&asked[..], more, &["--format", "json"]].concat();
    let found = judge("mine.json", &all.to_string(), &asked);
    serde_json::from_str(&found.out).unwrap_or_else(|_| panic!("{}{}", found.out, found.err))
}

fn single(x: f64) -> f64 {
    f64::from(x as f32)
}

type Psi<'a> = &'a dyn Fn(&Walk, With) -> Vec<f64>;

const FAMILIES: [(&str, Psi); 10] = [
    ("gae:0.7", &|one, with| one.gae(with, 0.7)),
    ("gae:0.375", &|one, with| one.gae(with, 0.375)),
    ("gae:1", &|one, with| one.gae(with, 1.0)),
    ("n-step:2", &|one, with| one.n_step(with, 2)),
    ("n-step:3", &|one, with| one.n_step(with, 3)),
    ("baseline:2", &|one, with| one.less(with, 2.0)),
    ("baseline:0.3", &|one, with| one.less(with, 0.3)),
    ("lambda-return:0.7", &|one, with| {
        one.lambda_return(with, 0.7)
    }),
    ("one-step-of-lambda-return:0.7", &|one, with| {
        one.one_more(with, 0.7)
    }),
    ("retrace:0.7", &|one, _| one.retrace(0.7)),
];

fn is_right(found: &Value, name: &str, of: &str) {
    assert_eq!(found["verdict"], "right", "{of}: {}", found["given"]);
    let matches = found["given"][0]["matches"].as_array().unwrap();
    assert!(matches.contains(&json!(name)), "{of}: {matches:?}");
}

/// Ψₜ with ω₀ ⋯ ωₜ, without it and without any ratio.
#[test]
fn numbers_that_multiply_scores_are_found_with_ratios() {
    let walks = walks();
    let ways = [
        (With::All, ""),
        (With::Later, " before ω₀ ⋯ ωₜ"),
        (With::None, " without ratios"),
    ];
    for (name, psi) in FAMILIES {
        for (with, suffix) in ways {
            // all ratios of Retrace are in it
            let suffix = if name.starts_with("retrace") {
                ""
            } else {
                suffix
            };
            let rows: Vec<Vec<f64>> = walks.iter().map(|one| psi(one, with)).collect();
            let short = |row: &Vec<f64>| row.iter().map(|x| single(*x)).collect::<Vec<_>>();
            let singles: Vec<Vec<f64>> = rows.iter().map(short).collect();
            let own = format!("{name}{suffix}");
            for rows in [rows, singles] {
                let found = told(&walks, &[("psi", json!(rows))], &[]);
                is_right(&found, &own, &own);
            }
        }
    }
}

/// Sums of each episode, and their mean, by themselves: with the ratios they are right, without them that is the mistake.
#[test]
fn sums_are_found_with_ratios() {
    let walks = walks();
    for (name, psi) in FAMILIES {
        for (with, weight) in [(With::All, GAMMA), (With::All, 1.0), (With::None, GAMMA)] {
            let sum = |one: &Walk| one.sum(&psi(one, with), weight);
            let rows: Vec<[f64; 4]> = walks.iter().map(sum).collect();
            let mean = |k: usize| rows.iter().map(|row| row[k]).sum::<f64>() / rows.len() as f64;
            let mean = [0, 1, 2, 3].map(mean);
            let singles: Vec<[f64; 4]> = rows.iter().map(|row| row.map(single)).collect();
            let own = if weight == 1.0 {
                format!("{name}:dropped")
            } else {
                name.to_string()
            };
            for (of, numbers) in [
                ("contributions", json!(rows)),
                ("contributions", json!(singles)),
                ("estimate", json!(mean)),
                ("estimate", json!(mean.map(single))),
            ] {
                let found = told(&walks, &[(of, numbers)], &[]);
                if matches!(with, With::None) && !name.starts_with("retrace") {
                    assert_eq!(found["verdict"], "wrong", "{own} {of}: {}", found["given"]);
                    let named = &found["diagnoses"][0]["name"];
                    assert_eq!(
                        named, "ratios-missing",
                        "{own} {of}: {}",
                        found["diagnoses"]
                    );
                } else {
                    is_right(&found, &own, &own);
                }
            }
        }
    }
}

/// A loss: −3/2 times the advantages, with the ratios and without.
#[test]
fn multiples_are_found_with_ratios() {
    let walks = walks();
    let ways = [
        (With::All, ""),
        (With::Later, " before ω₀ ⋯ ωₜ"),
        (With::None, " without ratios"),
    ];
    for (name, psi) in [FAMILIES[0], FAMILIES[3]] {
        for (with, suffix) in ways {
            let loss = |one: &Walk| {
                let psi = psi(one, with).into_iter();
                psi.map(|x| -1.5 * x).collect::<Vec<_>>()
            };
            let rows: Vec<Vec<f64>> = walks.iter().map(loss).collect();
            let found = told(&walks, &[("psi", json!(rows))], &[]);
            assert_eq!(found["verdict"], "wrong", "{name}");
            let own = format!("{name}{suffix}");
            let says = found["diagnoses"][0]["says"].as_str().unwrap();
            let scale = found["diagnoses"][0]["scale"].as_f64().unwrap();
            assert!((scale + 1.5).abs() < 1e-9, "{own}: {says}");
            assert!(says.contains(&format!("(of {own})")), "{own}: {says}");
        }
    }
}

/// Another λ than is said is called that; squares are nobody's, and the search is said.
#[test]
fn what_is_found_with_ratios_explains_what_is_said_to_be_another() {
    let walks = walks();
    let rows: Vec<[f64; 4]> = walks
        .iter()
        .map(|one| one.sum(&one.gae(With::All, 0.7), GAMMA))
        .collect();
    let found = told(
        &walks,
        &[("contributions", json!(rows))],
        &["--as", "gae:0.95"],
    );
    assert_eq!(found["verdict"], "wrong");
    assert_eq!(found["diagnoses"][0]["name"], "gae:0.7", "{found}");
    let squares: Vec<[f64; 4]> = rows.iter().map(|row| row.map(|x| x * x)).collect();
    let found = told(&walks, &[("contributions", json!(squares))], &[]);
    assert_eq!(found["verdict"], "wrong");
    assert_eq!(found["diagnoses"], json!([]));
}

/// In one direction of scores every sum is that of some λ: what multiplies the scores, before ω₀ ⋯ ωₜ, tells whose it is.
#[test]
fn what_stands_beside_sums_tells_them_with_ratios() {
    let walks = walks();
    let psi: Vec<Vec<f64>> = walks.iter().map(|one| one.gae(With::Later, 0.7)).collect();
    let rows: Vec<[f64; 4]> = walks
        .iter()
        .map(|one| one.sum(&one.gae(With::All, 0.7), GAMMA))
        .collect();
    // one step: a sum of one direction
    let first = walks.iter().position(|one| one.rewards.len() == 1).unwrap();
    let short = [Walk {
        states: walks[first].states.clone(),
        actions: walks[first].actions.clone(),
        rewards: walks[first].rewards.clone(),
    }];
    let numbers = [
        ("psi", json!([psi[first]])),
        ("contributions", json!([rows[first]])),
    ];
    assert_eq!(told(&short, &numbers, &[])["verdict"], "right");
    let numbers = [("psi", json!(psi)), ("contributions", json!(rows))];
    let found = told(&walks, &numbers, &[]);
    assert_eq!(found["verdict"], "right", "{}", found["given"]);
    assert_eq!(found["given"][1]["matches"], json!(["gae:0.7"]));
}
