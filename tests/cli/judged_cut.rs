//! `judge --samples --truncation`: the mistakes beside a cut that is known.

use serde_json::Value;

use super::judged_runs::{Step, WALK, episodes, judge};

const GAMMA: f64 = 0.9;
const STEPS: usize = 3;

/// q under the uniform policy, by iteration.
fn action_values() -> [[f64; 2]; 3] {
    let mut v = [0.0; 4];
    let mut q = [[0.0; 2]; 3];
    for _ in 0..500 {
        q = [
            [GAMMA * (0.25 * v[1] + 0.75 * v[2]), 2.0 + GAMMA * v[2]],
            [1.75 + GAMMA * v[2], -0.5 + GAMMA * 0.5 * v[0]],
            [3.0 + GAMMA * 0.5 * v[2], 1.0 + GAMMA * 0.5 * v[1]],
        ];
        (0..3).for_each(|s| v[s] = 0.5 * (q[s][0] + q[s][1]));
    }
    q
}

/// Gₜ of a run, with a 0 behind.
fn returns(run: &[Step]) -> Vec<f64> {
    let mut all = vec![0.0; run.len() + 1];
    for (t, step) in run.iter().enumerate().rev() {
        all[t] = step.2 + GAMMA * all[t + 1];
    }
    all
}

/// Σ wᵗ Ψₜ ∇log π(Aₜ|Sₜ) of the uniform softmax policy: ±1/2.
fn sum(run: &[Step], weight: f64, psi: impl Fn(usize) -> f64) -> [f64; 6] {
    let mut sum = [0.0; 6];
    for (t, step) in run.iter().enumerate() {
        let part = 0.5 * weight.powi(t as i32) * psi(t);
        sum[2 * step.0 + step.1] += part;
        sum[2 * step.0 + 1 - step.1] -= part;
    }
    sum
}

type Estimate = fn(&[Step]) -> [f64; 6];

fn to_go(run: &[Step]) -> [f64; 6] {
    let returns = returns(run);
    sum(run, GAMMA, |t| returns[t])
}

fn of_values(run: &[Step]) -> [f64; 6] {
    let q = action_values();
    sum(run, GAMMA, |t| q[run[t].0][run[t].1])
}

/// What explains rows, and the verdict.
fn told(of: Estimate, more: &[&str]) -> (Value, Vec<String>) {
    told_of(|_, run| of(run), more)
}

fn told_of(of: impl Fn(usize, &[Step]) -> [f64; 6], more: &[&str]) -> (Value, Vec<String>) {
    let runs = episodes(20_000, STEPS);
    let rows = runs.iter().enumerate().map(|(i, run)| {
        let row = of(i, run).map(|x| x.to_string());
        row.join(",") + "\n"
    });
    let (_folder, model) = super::file("walk.yaml", WALK);
    let asked = [&model, "--samples", "FILE", "--truncation", "3"];
    let asked = [&asked[..], more, &["--format", "json"]].concat();
    let judged = judge("rows.csv", &rows.collect::<String>(), &asked);
    let report: Value =
        serde_json::from_str(&judged.out).unwrap_or_else(|_| panic!("{}", judged.err));
    let found = report["diagnoses"].as_array().unwrap().iter();
    let names = found.map(|one| one["name"].as_str().unwrap().to_string());
    (report["verdict"].clone(), names.collect())
}

/// Each mistake in rows of trajectories that are cut after three steps has its name beside the cut where no estimator is named, and
/// alone where one is, whose law is that of the cut.
#[test]
fn mistakes_beside_a_cut_that_is_known_have_their_names() {
    let cases: [(&str, &str, Estimate); 10] = [
        ("reward-to-go", "", to_go),
        ("reward-to-go", "sign", |run| to_go(run).map(|x| -x)),
        ("reward-to-go", "gamma-twice", |run| {
            let returns = returns(run);
            sum(run, GAMMA * GAMMA, |t| returns[t])
        }),
        ("reward-to-go", "gamma-dropped", |run| {
            let returns = returns(run);
            sum(run, 1.0, |t| returns[t])
        }),
        ("reward-to-go", "return-from-next", |run| {
            let returns = returns(run);
            sum(run, GAMMA, |t| returns[t + 1])
        }),
        ("reward-to-go", "scale", |run| to_go(run).map(|x| 3.0 * x)),
        ("q", "", of_values),
        ("q", "sign", |run| of_values(run).map(|x| -x)),
        ("q", "gamma-dropped", |run| {
            let q = action_values();
            sum(run, 1.0, |t| q[run[t].0][run[t].1])
        }),
        ("q", "scale", |run| of_values(run).map(|x| 3.0 * x)),
    ];
    for (estimator, mistake, of) in cases {
        let (verdict, names) = told(of, &[]);
        assert_eq!(verdict, "inconsistent", "{estimator} {mistake}");
        let expected = match mistake {
            "" => "cut-as-end".to_string(),
            mistake => format!("{mistake}+cut-as-end"),
        };
        assert_eq!(names, [expected], "{estimator} {mistake}");
        let (verdict, names) = told(of, &["--as", estimator]);
        if mistake.is_empty() {
            assert_eq!((verdict, names), ("consistent".into(), vec![]));
        } else {
            assert_eq!(verdict, "inconsistent", "{estimator} {mistake}");
            assert_eq!(names, [mistake], "{estimator} {mistake}");
        }
    }
}

/// Every second row is 0 and the others are twice what they should be: the mean is that of the cut, the covariance is not, and no
/// factor is to blame.
#[test]
fn a_mean_that_is_right_is_no_multiple_of_itself() {
    let (verdict, names) = told_of(
        |i, run| to_go(run).map(|x| 2.0 * f64::from(u8::from(i % 2 == 0)) * x),
        &["--as", "reward-to-go"],
    );
    assert_eq!((verdict, names), ("inconsistent".into(), vec![]));
}
