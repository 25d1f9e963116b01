//! `judge --trajectories` of numbers that have another sign or a factor, or that lack the ratios of who acted.

use serde_json::{Value, json};

use super::judged_losses::{GAMMA, Walk, file, held, values, walks};
use super::judged_runs::Draws;

fn times(factor: f64, psi: &[Vec<f64>], digits: f64) -> Value {
    let of = |x: &f64| (factor * x * digits).round() / digits;
    let row = |row: &Vec<f64>| row.iter().map(of).collect::<Vec<f64>>();
    json!(psi.iter().map(row).collect::<Vec<_>>())
}

/// Σ_{l<n} γˡδₜ₊ₗ.
fn n_step(one: &Walk, n: usize) -> Vec<f64> {
    let residuals = one.gae(0.0);
    let from = |t: usize| {
        let some = residuals[t..].iter().take(n).enumerate();
        some.map(|(l, x)| GAMMA.powi(l as i32) * x).sum()
    };
    (0..residuals.len()).map(from).collect()
}

/// The advantages of a loss, −Âₜ, and those that are divided by a number, of any λ and of n steps.
#[test]
fn a_multiple_of_advantages_has_a_name_whatever_their_number() {
    let walks = walks(40);
    let of = |f: &dyn Fn(&Walk) -> Vec<f64>| walks.iter().map(f).collect::<Vec<_>>();
    let mut all: Vec<(String, Vec<Vec<f64>>)> = Vec::new();
    for lambda in [0.3, 0.5, 0.97, 0.123] {
        all.push((format!("gae:{lambda}"), of(&|one| one.gae(lambda))));
    }
    all.push(("n-step:3".into(), of(&|one| n_step(one, 3))));
    for (name, psi) in all {
        for (factor, mistake) in [(-1.0, "sign"), (2.5, "scale"), (-0.4, "scale")] {
            for digits in [1e12, 1e4] {
                let found = held(&file(&walks, &[("psi", times(factor, &psi, digits))]), &[]);
                assert_eq!(found["verdict"], "wrong", "{name} {factor}: {found}");
                let first = &found["diagnoses"][0];
                assert_eq!(first["name"], mistake, "{name} {factor} {digits}: {found}");
                let says = first["says"].as_str().unwrap();
                assert!(says.contains(&format!("(of {name})")), "{factor}: {says}");
                let scale = first["scale"].as_f64().unwrap();
                assert!((scale - factor).abs() < 1e-3, "{name} {factor}: {found}");
            }
        }
    }
    // of nothing that is known
    let mut draws = Draws(5);
    let noise: Vec<Vec<f64>> = of(&|one| vec![0.0; one.rewards.len()]);
    let noise = noise
        .iter()
        .map(|row| row.iter().map(|_| draws.next()).collect());
    let noise: Vec<Vec<f64>> = noise.collect();
    let found = held(&file(&walks, &[("psi", json!(noise))]), &[]);
    assert_eq!(found["verdict"], "wrong", "{found}");
    assert_eq!(found["diagnoses"], json!([]), "{found}");
}

/// Gₜ and Gₜ − v of episodes of which some are cut after two steps, another policy having acted: right as PPO wants them, and of
/// an estimator that is named the ratios are missing.
#[test]
fn plain_returns_of_cut_episodes_are_without_ratios() {
    let mut walks = walks(40);
    let cut: Vec<bool> = walks.iter().map(|one| one.rewards.len() > 2).collect();
    assert!(cut.contains(&true) && cut.contains(&false));
    for one in &mut walks {
        one.states.truncate(3);
        one.actions.truncate(2);
        one.rewards.truncate(2);
    }
    let flags = |is: bool| {
        let of = |(one, cut): (&Walk, &bool)| {
            let last = one.rewards.len() - 1;
            let row = (0..=last).map(|t| t == last && *cut == is);
            row.collect::<Vec<bool>>()
        };
        json!(walks.iter().zip(&cut).map(of).collect::<Vec<_>>())
    };
    let log = |name: &'static str, numbers: Value| {
        let made = [
            ("truncated", flags(true)),
            ("terminated", flags(false)),
            (name, numbers),
        ];
        file(&walks, &made)
    };
    let v = values();
    let plain: Vec<Vec<f64>> = walks.iter().map(Walk::returns).collect();
    let less = |(one, row): (&Walk, &Vec<f64>)| {
        let each = row.iter().zip(&one.states);
        each.map(|(x, s)| x - v[*s]).collect::<Vec<f64>>()
    };
    let less: Vec<Vec<f64>> = walks.iter().zip(&plain).map(less).collect();
    let behavior = ["--behavior", "uniform"];
    for (name, psi) in [("reward-to-go", &plain), ("baseline:v", &less)] {
        let found = held(&log("psi", json!(psi)), &behavior);
        assert_eq!(found["verdict"], "right", "{name}: {found}");
        let without = json!(format!("{name} without ratios"));
        assert!(
            found["matches"].as_array().unwrap().contains(&without),
            "{found}"
        );
        let asked = [&behavior[..], &["--as", name]].concat();
        let found = held(&log("psi", json!(psi)), &asked);
        assert_eq!(found["verdict"], "wrong", "{name}: {found}");
        assert_eq!(found["diagnoses"][0]["name"], "ratios-missing", "{found}");
        let sums = walks
            .iter()
            .zip(psi)
            .map(|(one, psi)| one.sum(psi, GAMMA, 0.0));
        let found = held(
            &log("contributions", json!(sums.collect::<Vec<_>>())),
            &behavior,
        );
        assert_eq!(found["verdict"], "wrong", "{name}: {found}");
        assert_eq!(found["diagnoses"][0]["name"], "ratios-missing", "{found}");
    }
}
