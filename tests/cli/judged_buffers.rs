//! `judge --trajectories` of what is credited in rollout buffers: the classic mistakes of GAE of any λ and of n-step advantages
//! have their names.

use serde_json::{Value, json};

use super::judged_losses::{GAMMA, Walk, asked, held, values, walks};
use super::judged_runs::judge;

/// A walk, and whether it is cut.
fn cut(most: usize) -> Vec<(Walk, bool)> {
    let all = walks(150).into_iter();
    let cut = all.map(|mut one| {
        let is_cut = one.rewards.len() > most;
        one.rewards.truncate(most);
        one.actions.truncate(most);
        one.states.truncate(most + 1);
        (one, is_cut)
    });
    cut.collect()
}

fn file(all: &[(Walk, bool)], psi: &[Vec<f64>]) -> Value {
    let of = |f: &dyn Fn(&Walk) -> Value| all.iter().map(|(one, _)| f(one)).collect::<Vec<_>>();
    let flags = |cut: bool| {
        let row = |(one, is_cut): &(Walk, bool)| {
            let n = one.rewards.len();
            (1..=n).map(|t| t == n && cut == *is_cut).collect()
        };
        all.iter().map(row).collect::<Vec<Vec<bool>>>()
    };
    json!({
        "states": of(&|one| json!(one.states)), "actions": of(&|one| json!(one.actions)),
        "rewards": of(&|one| json!(one.rewards)), "terminated": flags(false), "truncated": flags(true), "psi": psi,
    })
}

/// What stands behind the end of a row of walks, if anything does.
type Behind = fn(usize, &[(Walk, bool)]) -> Option<f64>;

/// What a loop over the buffer does otherwise than it should.
struct Slip {
    name: &'static str,
    /// v behind a last step, by trajectory, where it is another.
    behind: Behind,
    /// Whether the recursion goes on into the next trajectory.
    joined: bool,
    /// γ of the residual.
    discount: f64,
    /// Whether rewards stand one step early.
    early: bool,
}

const RIGHT: Slip = Slip {
    name: "",
    behind: |_, _| None,
    joined: false,
    discount: GAMMA,
    early: false,
};

fn start_of_next(i: usize, all: &[(Walk, bool)]) -> Option<f64> {
    Some(values()[all.get(i + 1)?.0.states[0]])
}

fn slips() -> Vec<Slip> {
    let behind = |name, behind| Slip {
        name,
        behind,
        ..RIGHT
    };
    vec![
        Slip {
            name: "episodes-joined",
            joined: true,
            ..RIGHT
        },
        Slip {
            name: "episodes-joined",
            joined: true,
            behind: start_of_next,
            ..RIGHT
        },
        Slip {
            name: "residual-undiscounted",
            discount: 1.0,
            ..RIGHT
        },
        Slip {
            name: "reward-shifted",
            early: true,
            ..RIGHT
        },
        behind("cut-as-end", |i, all| {
            (all[i].1 && i % 3 == 0).then_some(0.0)
        }),
        behind("autoreset-same-step", |i, all| {
            start_of_next(i, all).filter(|_| all[i].1)
        }),
        behind("end-bootstrapped", |i, all| {
            start_of_next(i, all).filter(|_| !all[i].1)
        }),
        behind("end-bootstrapped", |i, all| (!all[i].1).then_some(2.0)),
    ]
}

fn residuals(slip: &Slip, all: &[(Walk, bool)]) -> Vec<Vec<f64>> {
    let v = values();
    let row = |(i, (one, _)): (usize, &(Walk, bool))| {
        let n = one.rewards.len();
        let each = (0..n).map(|t| {
            let paid = one.rewards[if slip.early { (t + 1).min(n - 1) } else { t }];
            let next = v[one.states[t + 1]];
            let next = if t + 1 < n {
                next
            } else {
                (slip.behind)(i, all).unwrap_or(next)
            };
            paid + slip.discount * next - v[one.states[t]]
        });
        each.collect()
    };
    all.iter().enumerate().map(row).collect()
}

/// Σ (γλ)ˡ δₜ₊ₗ over l < n, within each trajectory or through all of them.
fn sums(slip: &Slip, all: &[(Walk, bool)], lambda: f64, n: usize) -> Vec<Vec<f64>> {
    let residuals = residuals(slip, all);
    let flat = residuals.concat();
    let mut at = 0;
    let mut rows = Vec::new();
    for row in &residuals {
        let end = if slip.joined {
            flat.len()
        } else {
            at + row.len()
        };
        let sum = |t: usize| {
            let later = flat[t..end].iter().take(n).enumerate();
            later
                .map(|(l, x)| (GAMMA * lambda).powi(l as i32) * x)
                .sum()
        };
        rows.push((at..at + row.len()).map(sum).collect());
        at += row.len();
    }
    rows
}

fn names(found: &Value) -> Vec<&str> {
    let all = found["diagnoses"].as_array().unwrap().iter();
    all.map(|one| one["name"].as_str().unwrap()).collect()
}

#[test]
fn slips_of_buffers_have_their_names_whatever_lambda_is() {
    let all = cut(3);
    assert!(all.iter().filter(|(_, is_cut)| *is_cut).count() > 5);
    for lambda in [0.9, 0.73, 1.0] {
        let named = format!("gae:{lambda}");
        let right = file(&all, &sums(&RIGHT, &all, lambda, usize::MAX));
        assert_eq!(held(&right, &[])["verdict"], "right");
        for slip in slips() {
            let psi = sums(&slip, &all, lambda, usize::MAX);
            for more in [&[][..], &["--as", &named]] {
                let found = held(&file(&all, &psi), more);
                assert_eq!(found["verdict"], "wrong", "{} {lambda}", slip.name);
                assert_eq!(names(&found)[0], slip.name, "{lambda} {more:?}: {found}");
            }
            let single = |x: &f64| f64::from(*x as f32);
            let psi: Vec<Vec<f64>> = psi
                .iter()
                .map(|row| row.iter().map(single).collect())
                .collect();
            let found = held(&file(&all, &psi), &[]);
            assert_eq!(names(&found)[0], slip.name, "{lambda} in 32 bits: {found}");
        }
        let flat = sums(&RIGHT, &all, lambda, usize::MAX).concat();
        for late in [true, false] {
            let n = flat.len();
            let moved = |k: usize| flat[if late { (k + n - 1) % n } else { (k + 1) % n }];
            let mut moved = (0..n).map(moved);
            let rows = all
                .iter()
                .map(|(one, _)| moved.by_ref().take(one.rewards.len()).collect());
            let rows: Vec<Vec<f64>> = rows.collect();
            let found = held(&file(&all, &rows), &[]);
            assert_eq!(
                names(&found),
                ["credit-shifted"],
                "{lambda} {late}: {found}"
            );
        }
        // another number of some step is none of these
        let mut other = sums(&RIGHT, &all, lambda, usize::MAX);
        other[3][0] += 0.1;
        assert_eq!(names(&held(&file(&all, &other), &[])), [""; 0]);
    }
}

#[test]
fn slips_of_n_steps_have_their_names_too() {
    let all = cut(4);
    for slip in slips() {
        let psi = sums(&slip, &all, 1.0, 3);
        for more in [&[][..], &["--as", "n-step:3"]] {
            let found = held(&file(&all, &psi), more);
            assert_eq!(found["verdict"], "wrong", "{}", slip.name);
            assert_eq!(names(&found)[0], slip.name, "{more:?}: {found}");
        }
    }
    let v = values();
    let rows = sums(&RIGHT, &all, 1.0, 3);
    let with = |(row, (one, _)): (&Vec<f64>, &(Walk, bool))| -> Vec<f64> {
        row.iter()
            .zip(&one.states)
            .map(|(x, s)| x + v[*s])
            .collect()
    };
    let targets: Vec<Vec<f64>> = rows.iter().zip(&all).map(with).collect();
    let found = held(&file(&all, &targets), &[]);
    assert_eq!(found["matches"], json!(["n-step-return:3"]), "{found}");
    let found = held(&file(&all, &targets), &["--as", "n-step:3"]);
    assert_eq!(names(&found), ["n-step-return:3"], "{found}");
}

/// G − v of returns that run on into the next trajectory; and the sums of GAE that is got wrong, with the name of its λ.
#[test]
fn what_runs_on_is_named_of_returns_and_of_sums() {
    let all: Vec<(Walk, bool)> = walks(40).into_iter().map(|one| (one, false)).collect();
    let v = values();
    let flat: Vec<f64> = all
        .iter()
        .flat_map(|(one, _)| one.rewards.clone())
        .collect();
    let mut later = 0.0;
    let mut returns: Vec<f64> = flat
        .iter()
        .rev()
        .map(|r| {
            later = r + GAMMA * later;
            later
        })
        .collect();
    returns.reverse();
    let mut returns = returns.into_iter();
    let row = |(one, _): &(Walk, bool)| -> Vec<f64> {
        let row = returns.by_ref().take(one.rewards.len());
        row.zip(&one.states).map(|(g, s)| g - v[*s]).collect()
    };
    let psi: Vec<Vec<f64>> = all.iter().map(row).collect();
    for more in [&[][..], &["--as", "baseline:v"]] {
        let found = held(&file(&all, &psi), more);
        assert_eq!(names(&found), ["episodes-joined"], "{more:?}: {found}");
    }
    for slip in slips().into_iter().take(4) {
        if slip.joined && (slip.behind)(0, &all).is_some() {
            continue;
        }
        let psi = sums(&slip, &all, 0.8, usize::MAX);
        let rows = all.iter().zip(&psi);
        let rows: Vec<[f64; 6]> = rows
            .map(|((one, _), psi)| one.sum(psi, GAMMA, 0.0))
            .collect();
        let mut own = file(&all, &[]);
        own.as_object_mut().unwrap().remove("psi");
        own["contributions"] = json!(rows);
        let found = held(&own, &["--as", "gae:0.8"]);
        assert_eq!(names(&found)[0], slip.name, "{found}");
    }
    assert_eq!(
        asked(&file(&all, &psi), &["--trajectories", "FILE"]).code,
        Some(1)
    );
}

/// Under the uniform policy half of the time is spent in p, so that g = 1/2, and h(p) = −h(q) = 1/2.
#[test]
fn a_gain_that_is_forgotten_in_a_recursion_has_its_name() {
    let model = "criterion: average\nstates: [p, q]\nactions: [to, fro]\ninitial: p\ntransitions:\n- [p, to, p, 1, 1]\n\
                 - [p, fro, q, 1, 1]\n- [q, to, p, 1, 0]\n- [q, fro, q, 1, 0]\n";
    let h = [0.5, -0.5];
    let actions = [[0, 1, 1, 0, 1, 0, 0, 1], [1, 0, 1, 1, 0, 0, 1, 0]];
    let states: Vec<Vec<usize>> = actions
        .iter()
        .map(|row| [vec![0], row.to_vec()].concat())
        .collect();
    let paid = |row: &Vec<usize>| {
        row[..8]
            .iter()
            .map(|s| 1.0 - *s as f64)
            .collect::<Vec<f64>>()
    };
    let rewards: Vec<Vec<f64>> = states.iter().map(paid).collect();
    for lambda in [0.6, 0.9] {
        let psi = |gain: f64| {
            let row = |(states, rewards): (&Vec<usize>, &Vec<f64>)| {
                let (mut later, mut all) = (0.0, Vec::new());
                for t in (0..8).rev() {
                    let residual = rewards[t] - gain + h[states[t + 1]] - h[states[t]];
                    later = residual + lambda * later;
                    all.push(later);
                }
                all.reverse();
                all
            };
            states
                .iter()
                .zip(&rewards)
                .map(row)
                .collect::<Vec<Vec<f64>>>()
        };
        for (gain, expected) in [(0.5, &[][..]), (0.0, &["gain-forgotten"])] {
            let own =
                json!({"states": states, "actions": actions, "rewards": rewards, "psi": psi(gain)});
            let (_folder, model) = super::file("model.yaml", model);
            for more in [&[][..], &["--as", &format!("gae:{lambda}")]] {
                let flags = [model.as_str(), "--trajectories", "FILE", "--format", "json"];
                let found = judge("mine.json", &own.to_string(), &[&flags, more].concat());
                let found: Value = serde_json::from_str(&found.out)
                    .unwrap_or_else(|_| panic!("{}{}", found.out, found.err));
                assert_eq!(
                    names(&found["given"][0]),
                    expected,
                    "{lambda} {more:?}: {found}"
                );
            }
        }
    }
}
