//! `judge` of what the loss of an actor-critic makes: means over steps of whitened numbers, an entropy bonus, a critic that is
//! subtracted in the place of a baseline.

use serde_json::{Value, json};

use super::Run;
use super::judged_runs::{Draws, judge};

const MODEL: &str = "name: m\ndiscount: 3/4\nstates: [a, b, end]\nactions: [x, y, z]\ninitial: a\nterminal: [end]\n\
                     transitions:\n- [a, x, b, 1/2, 1]\n- [a, x, end, 1/2, 0]\n- [a, y, a, 1/2, 0]\n\
                     - [a, y, b, 1/2, -1]\n- [a, z, end, 1, 2]\n- [b, x, a, 1, 0]\n- [b, y, end, 1, 1]\n\
                     - [b, z, b, 1/2, 1/2]\n- [b, z, a, 1/2, 0]\n";
pub(super) const GAMMA: f64 = 0.75;
const THETA: [[f64; 3]; 2] = [[0.3, -0.2, 0.5], [0.1, 0.4, -0.6]];

/// (next, reward) of the two halves of each action.
const WAYS: [[[(usize, f64); 2]; 3]; 2] = [
    [[(1, 1.0), (2, 0.0)], [(0, 0.0), (1, -1.0)], [(2, 2.0); 2]],
    [[(0, 0.0); 2], [(2, 1.0); 2], [(1, 0.5), (0, 0.0)]],
];

pub(super) fn policy() -> [[f64; 3]; 2] {
    THETA.map(|row| {
        let sum: f64 = row.iter().map(|x| x.exp()).sum();
        row.map(|x| x.exp() / sum)
    })
}

fn action_values(v: &[f64; 3]) -> [[f64; 3]; 2] {
    let mean = |ways: [(usize, f64); 2]| {
        let each = ways.iter().map(|(next, reward)| reward + GAMMA * v[*next]);
        each.sum::<f64>() / 2.0
    };
    WAYS.map(|row| row.map(mean))
}

/// By iteration.
pub(super) fn values() -> [f64; 3] {
    let (pi, mut v) = (policy(), [0.0; 3]);
    for _ in 0..500 {
        let q = action_values(&v);
        for s in 0..2 {
            v[s] = (0..3).map(|a| pi[s][a] * q[s][a]).sum();
        }
    }
    v
}

pub(super) struct Walk {
    pub states: Vec<usize>,
    pub actions: Vec<usize>,
    pub rewards: Vec<f64>,
}

impl Walk {
    fn new(draws: &mut Draws) -> Walk {
        let (pi, mut one) = (
            policy(),
            Walk {
                states: vec![0],
                actions: Vec::new(),
                rewards: Vec::new(),
            },
        );
        while let Some(&state) = one.states.last().filter(|state| **state < 2) {
            let mut rest = draws.next();
            let mut action = 0;
            while action < 2 && rest >= pi[state][action] {
                rest -= pi[state][action];
                action += 1;
            }
            let (next, reward) = WAYS[state][action][usize::from(draws.next() < 0.5)];
            one.actions.push(action);
            one.rewards.push(reward);
            one.states.push(next);
        }
        one
    }

    pub fn gae(&self, lambda: f64) -> Vec<f64> {
        let v = values();
        let (mut later, mut all) = (0.0, Vec::new());
        for t in (0..self.rewards.len()).rev() {
            let residual = self.rewards[t] + GAMMA * v[self.states[t + 1]] - v[self.states[t]];
            later = residual + GAMMA * lambda * later;
            all.push(later);
        }
        all.reverse();
        all
    }

    pub fn returns(&self) -> Vec<f64> {
        let (mut later, mut all) = (0.0, Vec::new());
        for reward in self.rewards.iter().rev() {
            later = reward + GAMMA * later;
            all.push(later);
        }
        all.reverse();
        all
    }

    /// Σₜ wᵗ (Ψₜ ∇log π(Aₜ|Sₜ) + c ∇H(π(·|Sₜ))), ∇H = −Σ π log π ∇log π.
    pub fn sum(&self, psi: &[f64], weight: f64, c: f64) -> [f64; 6] {
        let pi = policy();
        let mut sum = [0.0; 6];
        for (t, psi) in psi.iter().enumerate() {
            let (s, power) = (self.states[t], weight.powi(t as i32));
            let entropy: f64 = pi[s].iter().map(|p| -p * p.ln()).sum();
            for b in 0..3 {
                let own = f64::from(u8::from(b == self.actions[t]));
                let bonus = -pi[s][b] * (pi[s][b].ln() + entropy);
                sum[3 * s + b] += power * (psi * (own - pi[s][b]) + c * bonus);
            }
        }
        sum
    }
}

pub(super) fn walks(count: usize) -> Vec<Walk> {
    let mut draws = Draws(11);
    (0..count).map(|_| Walk::new(&mut draws)).collect()
}

fn white(psi: &[Vec<f64>], ddof: f64) -> Vec<Vec<f64>> {
    let n = psi.iter().flatten().count() as f64;
    let mean = psi.iter().flatten().sum::<f64>() / n;
    let square: f64 = psi.iter().flatten().map(|x| (x - mean).powi(2)).sum();
    let divisor = (square / (n - ddof)).sqrt() + 1e-8;
    let row = |row: &Vec<f64>| row.iter().map(|x| (x - mean) / divisor).collect();
    psi.iter().map(row).collect()
}

pub(super) fn file(walks: &[Walk], made: &[(&str, Value)]) -> Value {
    let of = |f: &dyn Fn(&Walk) -> Value| walks.iter().map(f).collect::<Vec<_>>();
    let mut all = json!({
        "states": of(&|one| json!(one.states)), "actions": of(&|one| json!(one.actions)),
        "rewards": of(&|one| json!(one.rewards)),
    });
    for (name, made) in made {
        all[*name] = made.clone();
    }
    all
}

pub(super) fn asked(file: &Value, more: &[&str]) -> Run {
    let (folder, model) = super::file("model.yaml", MODEL);
    let policy = folder.path().join("policy.yaml");
    std::fs::write(&policy, format!("theta: {:?}\n", THETA.concat())).unwrap();
    let policy = policy.to_str().unwrap();
    let asked = [&[model.as_str(), "--policy", policy], more].concat();
    judge("mine.json", &file.to_string(), &asked)
}

fn report(file: &Value, more: &[&str]) -> Value {
    let found = asked(file, &[more, &["--format", "json"]].concat());
    serde_json::from_str(&found.out).unwrap_or_else(|_| panic!("{}{}", found.out, found.err))
}

pub(super) fn held(file: &Value, more: &[&str]) -> Value {
    let found = report(file, &[&["--trajectories", "FILE"], more].concat());
    let given = found["given"].as_array().unwrap();
    given.last().unwrap().clone()
}

/// The mean of the sums, over trajectories or over their steps.
pub(super) fn mean(
    walks: &[Walk],
    psi: &[Vec<f64>],
    (weight, c): (f64, f64),
    by_steps: bool,
) -> [f64; 6] {
    let mut mean = [0.0; 6];
    for (one, psi) in walks.iter().zip(psi) {
        let sum = one.sum(psi, weight, c);
        (0..6).for_each(|k| mean[k] += sum[k]);
    }
    let steps = walks.iter().map(|one| one.rewards.len()).sum::<usize>();
    let over = if by_steps { steps } else { walks.len() } as f64;
    mean.map(|x| x / over)
}

fn has(list: &Value, name: &str) -> bool {
    list.as_array().unwrap().iter().any(|own| own == name)
}

type Credit = fn(&Walk) -> Vec<f64>;

const CREDITS: [(&str, Credit); 4] = [
    ("reward-to-go", Walk::returns),
    ("gae:0.95", |one| one.gae(0.95)),
    ("gae:0.83", |one| one.gae(0.83)),
    ("td-residual", |one| one.gae(0.0)),
];

/// The gradient of `((a − a.mean())/(a.std() + 1e-8) * logp).mean()`, in 64 bits and in 32, with Ψₜ beside it and without, and the
/// sums of trajectories.
#[test]
fn means_over_steps_of_whitened_numbers_are_right_without_a_name() {
    let walks = walks(40);
    for (credit, of) in CREDITS {
        let plain: Vec<Vec<f64>> = walks.iter().map(of).collect();
        for ddof in [0u8, 1] {
            let psi = white(&plain, f64::from(ddof));
            for (by_steps, prefix) in [(true, "per-step-mean:"), (false, "")] {
                let name = format!("{prefix}whitened:{credit}:dropped:ddof-{ddof}");
                let estimate = mean(&walks, &psi, (1.0, 0.0), by_steps);
                let single = estimate.map(|x| f64::from(x as f32));
                for made in [
                    vec![("estimate", json!(estimate))],
                    vec![("estimate", json!(single))],
                    vec![("psi", json!(psi)), ("estimate", json!(estimate))],
                ] {
                    let found = held(&file(&walks, &made), &[]);
                    assert_eq!(found["verdict"], "right", "{name}: {found}");
                    assert!(has(&found["matches"], &name), "{name}: {found}");
                    assert_eq!(found["biased"], true, "{name}: {found}");
                }
                let half = estimate.map(|x| 0.5 * x);
                let found = held(
                    &file(&walks, &[("estimate", json!(half))]),
                    &["--as", &name],
                );
                assert_eq!(found["diagnoses"][0]["name"], "scale", "{name}: {found}");
                let says = found["diagnoses"][0]["says"].as_str().unwrap();
                let expected = format!("these are 0.5 times the right numbers (of {name})");
                assert_eq!(says, expected);
            }
            let rows: Vec<[f64; 6]> = walks
                .iter()
                .zip(&psi)
                .map(|(one, psi)| one.sum(psi, GAMMA, 0.0))
                .collect();
            let found = held(&file(&walks, &[("contributions", json!(rows))]), &[]);
            let name = format!("whitened:{credit}:ddof-{ddof}");
            assert!(has(&found["matches"], &name), "{name}: {found}");
        }
    }
    // nothing of the kind
    let psi: Vec<Vec<f64>> = walks.iter().map(Walk::returns).collect();
    let psi: Vec<Vec<f64>> = psi
        .iter()
        .map(|row| row.iter().map(|x| x * x).collect())
        .collect();
    let estimate = mean(&walks, &psi, (1.0, 0.0), true);
    let found = held(&file(&walks, &[("estimate", json!(estimate))]), &[]);
    assert_eq!(found["verdict"], "wrong", "{found}");
    assert_eq!(found["diagnoses"], json!([]), "{found}");
}

/// c Σ wᵗ∇H(π(·|Sₜ)) beside sums, with γᵗ and without, of either sign, over trajectories and over steps, whitened too.
#[test]
fn an_entropy_bonus_in_a_loss_has_its_name_and_its_weight() {
    let walks = walks(40);
    for (credit, of) in [CREDITS[0], CREDITS[2]] {
        let plain: Vec<Vec<f64>> = walks.iter().map(of).collect();
        for (psi, is_white) in [(white(&plain, 1.0), true), (plain, false)] {
            for (weight, c, by_steps) in [(GAMMA, 0.01, false), (1.0, -0.02, true)] {
                for sign in [1.0, -1.0] {
                    let estimate = mean(&walks, &psi, (weight, c), by_steps).map(|x| sign * x);
                    let found = held(&file(&walks, &[("estimate", json!(estimate))]), &[]);
                    let name = ["entropy-bonus", "sign+entropy-bonus"][usize::from(sign < 0.0)];
                    assert_eq!(found["verdict"], "wrong");
                    let first = &found["diagnoses"][0];
                    assert_eq!(first["name"], name, "{credit} {weight} {c}: {found}");
                    let says = first["says"].as_str().unwrap();
                    assert!(says.contains(&format!("times {c} stands beside")), "{says}");
                    assert_eq!(says.contains("whitened"), is_white, "{says}");
                }
            }
            let rows: Vec<[f64; 6]> = walks
                .iter()
                .zip(&psi)
                .map(|(one, psi)| one.sum(psi, GAMMA, 0.01))
                .collect();
            let found = held(&file(&walks, &[("contributions", json!(rows))]), &[]);
            assert_eq!(found["diagnoses"][0]["name"], "entropy-bonus", "{found}");
        }
    }
}

/// c Σ γᵗ∇H of any size: sums of 64 bits are off by nothing.
#[test]
fn a_small_entropy_bonus_has_its_name_too() {
    let walks = walks(40);
    let plain: Vec<Vec<f64>> = walks.iter().map(Walk::returns).collect();
    for c in [0.01, 1e-3, 1e-4, -1e-5] {
        let sums = walks.iter().zip(&plain);
        let sums: Vec<[f64; 6]> = sums.map(|(one, psi)| one.sum(psi, GAMMA, c)).collect();
        let estimate = mean(&walks, &plain, (GAMMA, c), false);
        for made in [
            ("contributions", json!(sums)),
            ("estimate", json!(estimate)),
        ] {
            for more in [&[][..], &["--as", "reward-to-go"]] {
                let found = held(&file(&walks, std::slice::from_ref(&made)), more);
                assert_eq!(found["verdict"], "wrong", "{c}: {found}");
                let names = found["diagnoses"].as_array().unwrap().iter();
                let names: Vec<&Value> = names.map(|one| &one["name"]).collect();
                assert_eq!(names, ["entropy-bonus"], "{c}: {found}");
                let says = found["diagnoses"][0]["says"].as_str().unwrap();
                let weight = says.split(" times ").nth(1).unwrap();
                let weight: f64 = weight.split(' ').next().unwrap().parse().unwrap();
                assert!((weight - c).abs() < 1e-5 * c.abs(), "{c}: {says}");
            }
        }
    }
}

/// What 32 bits leave is right up to 5e-6 of the largest where numbers are of 64 bits, as quotients and sums in 32 bits are, and
/// up to 2e-5 where all are of 32 bits; what is further off is no multiple of the right ones.
#[test]
fn numbers_of_trajectories_are_held_as_closely_as_a_gradient() {
    let walks = walks(40);
    let plain: Vec<Vec<f64>> = walks.iter().map(Walk::returns).collect();
    let sums = walks.iter().zip(&plain);
    let sums: Vec<Vec<f64>> = sums
        .map(|(one, psi)| one.sum(psi, GAMMA, 0.0).to_vec())
        .collect();
    let estimate = vec![mean(&walks, &plain, (GAMMA, 0.0), false).to_vec()];
    for (name, rows) in [
        ("psi", &plain),
        ("contributions", &sums),
        ("estimate", &estimate),
    ] {
        let largest = rows
            .iter()
            .flatten()
            .fold(0.0, |most, x| f64::max(most, x.abs()));
        let off = |relative: f64, is_single: bool| {
            let mut draws = Draws(3);
            let mut count = 0;
            let mut each = |x: &f64| {
                // the fourth is the furthest off
                count += 1;
                let share = if count == 4 {
                    1.0
                } else {
                    2.0 * draws.next() - 1.0
                };
                let x = x + relative * share * largest;
                if is_single { f64::from(x as f32) } else { x }
            };
            let row = |row: &Vec<f64>| row.iter().map(&mut each).collect::<Vec<f64>>();
            let made: Vec<Vec<f64>> = rows.iter().map(row).collect();
            match name {
                "estimate" => json!(made[0]),
                _ => json!(made),
            }
        };
        for (relative, is_single, verdict, diagnoses) in [
            (3e-6, false, "right", 1),
            (7e-6, false, "wrong", 0),
            (1.9e-5, false, "wrong", 0),
            (1.9e-5, true, "right", 1),
            (4e-5, true, "wrong", 0),
        ] {
            let made = [(name, off(relative, is_single))];
            let found = held(&file(&walks, &made), &["--as", "reward-to-go"]);
            let case = format!("{name} {relative} {is_single}: {found}");
            assert_eq!(found["verdict"], verdict, "{case}");
            let named = found["diagnoses"].as_array().unwrap();
            assert_eq!(named.len(), diagnoses, "{case}");
            assert!(named.iter().all(|one| one["name"] == "float32"), "{case}");
        }
    }
}

/// Âₜ that were rounded to 32 bits, summed in 64: off by 10⁻⁷ or so, and still of their λ, which nobody names.
#[test]
fn sums_of_numbers_of_32_bits_have_their_lambda() {
    let walks = walks(40);
    let plain: Vec<Vec<f64>> = walks.iter().map(|one| one.gae(0.83)).collect();
    let rounded = |row: &Vec<f64>| row.iter().map(|x| f64::from(*x as f32)).collect();
    let psi: Vec<Vec<f64>> = plain.iter().map(rounded).collect();
    let sums = walks.iter().zip(&psi);
    let sums: Vec<[f64; 6]> = sums.map(|(one, psi)| one.sum(psi, GAMMA, 0.0)).collect();
    let estimate = mean(&walks, &psi, (GAMMA, 0.0), false);
    // a mean of what is written in 32 bits, added to in 64
    let less: Vec<Vec<f64>> = psi
        .iter()
        .map(|row| row.iter().map(|x| x + 1e-9).collect())
        .collect();
    for made in [
        ("psi", json!(less)),
        ("contributions", json!(sums)),
        ("estimate", json!(estimate)),
    ] {
        let found = held(&file(&walks, std::slice::from_ref(&made)), &[]);
        assert_eq!(found["verdict"], "right", "{}: {found}", made.0);
        assert!(has(&found["matches"], "gae:0.83"), "{}: {found}", made.0);
    }
}

fn rows(count: usize, psi: impl Fn(&Walk) -> Vec<f64>) -> Vec<[f64; 6]> {
    let walks = walks(count);
    walks
        .iter()
        .map(|one| one.sum(&psi(one), GAMMA, 0.0))
        .collect()
}

/// E[Gₜ − q(Sₜ, Aₜ) | Sₜ, Aₜ] = 0: there is no direction, and no factor.
#[test]
fn a_mean_of_0_is_no_multiple_of_the_gradient() {
    let q = action_values(&values());
    let less = |one: &Walk| {
        let each = one.returns().into_iter().enumerate();
        each.map(|(t, g)| g - q[one.states[t]][one.actions[t]])
            .collect::<Vec<f64>>()
    };
    let own = json!(rows(20_000, less));
    for more in [&[][..], &["--as", "baseline:v:dropped"]] {
        let found = report(&own, &[&["--samples", "FILE"], more].concat());
        assert_eq!(found["verdict"], "inconsistent", "{found}");
        let names = found["diagnoses"].as_array().unwrap().iter();
        let names: Vec<&Value> = names.map(|one| &one["name"]).collect();
        assert!(names.contains(&&json!("zero")), "{more:?}: {names:?}");
        assert!(!names.contains(&&json!("scale")), "{more:?}: {names:?}");
    }
    // a factor that is told from 0 is one
    let fifth = |one: &Walk| one.returns().iter().map(|g| 0.2 * g).collect::<Vec<f64>>();
    let found = report(&json!(rows(20_000, fifth)), &["--samples", "FILE"]);
    assert_eq!(found["diagnoses"][0]["name"], "scale", "{found}");
}

/// A baseline is no critic: what stands for v in one says nothing of the other.
#[test]
fn a_critic_beside_an_estimator_that_has_none_is_refused() {
    let own = json!(rows(50, Walk::returns));
    for name in ["baseline:v", "reward-to-go", "whitened:reward-to-go:ddof-0"] {
        let more = ["--samples", "FILE", "--as", name, "--critic", "noise:1:1"];
        let found = asked(&own, &more);
        assert_eq!(found.code, Some(2), "{name}: {}", found.out);
        assert!(found.err.contains("baseline:file"), "{name}: {}", found.err);
        let more = ["--samples", "FILE", "--as", name, "--critic", "exact"];
        let found = asked(&own, &more);
        assert!(
            !found.err.contains("baseline:file"),
            "{name}: {}",
            found.err
        );
    }
    let compared = |names: &str| {
        let (_folder, model) = super::file("model.yaml", MODEL);
        let more = ["-n", "10", "--estimators", names, "--critic", "noise:1:1"];
        super::run(&[&["compare", model.as_str()], &more[..]].concat()).code
    };
    assert_eq!(compared("baseline:v,reward-to-go"), Some(2));
    assert_ne!(compared("baseline:v,td-residual"), Some(2));
}

/// Means of 40 trajectories have a fortieth of the variances.
#[test]
fn rows_that_are_means_say_of_how_many() {
    let single = rows(12_000, Walk::returns);
    let mean = |rows: &[[f64; 6]]| {
        let sum = |k: usize| rows.iter().map(|row| row[k]).sum::<f64>();
        [0, 1, 2, 3, 4, 5].map(|k| sum(k) / rows.len() as f64)
    };
    let means: Vec<[f64; 6]> = single.chunks(40).map(mean).collect();
    let about = |says: &str| -> f64 {
        let words: Vec<&str> = says.split(' ').collect();
        let at = words.iter().position(|word| *word == "of").unwrap();
        words[at + 1].parse().unwrap()
    };
    let named = ["--samples", "FILE", "--as", "reward-to-go"];
    let found = report(&json!(means), &named);
    let first = &found["diagnoses"][0];
    assert_eq!(first["name"], "of-the-mean", "{found}");
    let says = first["says"].as_str().unwrap();
    // 300 variances of 4 free coordinates: off by a tenth
    assert!((30.0..50.0).contains(&about(says)), "{says}");
    assert!(says.contains("by `batch`"), "{says}");
    let found = report(&json!(means), &[&named[..], &["--batch", "40"]].concat());
    assert_eq!(found["verdict"], "consistent", "{found}");
    let found = report(&json!(single), &[&named[..], &["--batch", "40"]].concat());
    let says = found["diagnoses"][0]["says"].as_str().unwrap();
    assert!(says.contains("about one trajectory"), "{says}");
    // twice as long is the mean of none
    let twice: Vec<[f64; 6]> = single.iter().map(|row| row.map(|x| 0.5 * x)).collect();
    let found = report(&json!(twice), &named);
    assert_ne!(found["diagnoses"][0]["name"], "of-the-mean", "{found}");
}
