//! `judge --samples --as` and `--trajectories`: what a verdict says that it would have seen, of samples that are
//! drawn here, and columns that do not belong together.

use serde_json::{Value, json};

use super::judged_runs::{Draws, judge};
use super::{file, run};

/// Σ γᵗ q ψ of episodes of `retry-loop` under the uniform policy, times a factor. From v = (−8/39, 12/13) and
/// γ = 3/4: q(jump) = −1 + γ 2/3 v(start), q(walk) = γ v(bridge), q(finish) = 2, q(back) = γ v(start).
fn estimates(rows: usize, factor: f64) -> String {
    let q = [
        [-1.0 - 0.5 * 8.0 / 39.0, 0.75 * 12.0 / 13.0],
        [2.0, -0.75 * 8.0 / 39.0],
    ];
    let mut draws = Draws(11);
    let mut text = String::new();
    for _ in 0..rows {
        let (mut state, mut weight, mut sum) = (0, factor, [0.0; 4]);
        while state < 2 {
            let action = usize::from(draws.next() < 0.5);
            sum[2 * state + action] += 0.5 * weight * q[state][action];
            sum[2 * state + 1 - action] -= 0.5 * weight * q[state][action];
            state = match (state, action) {
                (0, 0) if draws.next() < 1.0 / 3.0 => 2,
                (0, 1) => 1,
                (1, 0) => 2,
                _ => 0,
            };
            weight *= 0.75;
        }
        text += &format!("{},{},{},{}\n", sum[0], sum[1], sum[2], sum[3]);
    }
    text
}

fn held(text: &str) -> Value {
    let asked = [
        ":retry-loop",
        "--samples",
        "FILE",
        "--as",
        "q",
        "--format",
        "json",
    ];
    let run = judge("mine.csv", text, &asked);
    assert_eq!(run.err, "");
    serde_json::from_str(&run.out).unwrap()
}

/// A mean that is off by more than the stated error is refused, at each N; the right one is not. z of an error of
/// 100 % is 21 at N = 100: χ² would see 17 % of it, and what keeps its rate sees no less.
#[test]
fn an_error_that_would_have_been_seen_is() {
    for (rows, least) in [(100, 0.17), (300, 0.1), (1000, 0.05), (20_000, 0.005)] {
        let right = held(&estimates(rows, 1.0));
        assert_eq!(right["verdict"], "consistent", "{rows}");
        let seen = right["detectable"].as_f64().unwrap();
        assert!((least..2.0).contains(&seen), "{rows}: {seen}");
        let wrong = held(&estimates(rows, 1.0 + 1.2 * seen));
        assert_eq!(wrong["verdict"], "inconsistent", "{rows}: {seen}");
    }
}

/// Rows that do not vary have no chance, whatever their mean; those of 0 least of all.
#[test]
fn rows_that_are_all_alike_are_inconsistent() {
    let alike = |row: &str, rows| held(&row.repeat(rows))["verdict"].clone();
    assert_eq!(alike("0,0,0,0\n", 300), "inconsistent");
    // ∇J: the discounted visits, 64/39 of `start` and 8/13 of `bridge`, times π(1 − π) and the differences of q
    let (x, y) = (1120.0 / 1521.0, 56.0 / 169.0);
    let right = format!("{},{x},{y},{}\n", -x, -y);
    assert_eq!(alike(&right, 1000), "inconsistent");
}

/// A column that is cut short is a fault of who wrote it, and not a shorter sample.
#[test]
fn columns_of_different_lengths_are_refused_with_their_names() {
    let flat = |name: &str, less: usize| {
        // start, walk, bridge, finish, done, and again
        let mut columns = json!({
            "states": [0, 1, 0, 1], "actions": [1, 2, 1, 2], "rewards": [0, 2, 0, 2],
            "next_states": [1, 2, 1, 2], "terminated": [false, true, false, true],
        });
        let cells = columns[name].as_array_mut().unwrap();
        cells.truncate(4 - less);
        judge(
            "mine.json",
            &columns.to_string(),
            &[":retry-loop", "--trajectories", "FILE"],
        )
    };
    for name in ["states", "actions", "rewards", "next_states", "terminated"] {
        assert_eq!(flat(name, 0).err, "");
        let run = flat(name, 1);
        assert_eq!(run.out, "");
        let said = run.err.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains("different numbers of entries"), "{said}");
        assert!(said.contains(&format!("{name} 3")), "{said}");
    }
    // in rows, of which each may be of its own length; the state behind the last step and padding are no fault
    let rows = |rewards: Value| {
        let columns = json!({
            "states": [[0, 1, 2], [0, 2]], "actions": [[1, 2], [0, -1]], "rewards": rewards,
            "terminated": [[false, true], [true]],
        });
        judge(
            "mine.json",
            &columns.to_string(),
            &[":retry-loop", "--trajectories", "FILE"],
        )
    };
    assert_eq!(rows(json!([[0, 2], [-1, null]])).err, "");
    assert!(rows(json!([[0, 2, 0], [-1]])).err.contains("trajectory 0"));
    assert!(rows(json!([[0, 2]])).err.contains("numbers of rows"));
}

/// Two arms that pay for certain: with the best baseline nothing varies, and 0 is the right covariance; and where they pay
/// some 10⁷ more than they vary, 1/36.
#[test]
fn covariances_that_squares_would_drown_are_right() {
    let arms = |rewards: &str| {
        format!(
            "discount: 1\nstates: [s, end]\nactions: [a, b]\ninitial: s\nterminal: [end]\ntransitions:\n{rewards}"
        )
    };
    let (_certain, certain) = file(
        "arms.yaml",
        &arms("- [s, a, end, 1, 1]\n- [s, b, end, 1, 2]\n"),
    );
    let large = "- [s, a, end, 1/3, 10000000]\n- [s, a, end, 2/3, 10000001]\n- [s, b, end, 1, 0]\n";
    let (_large, large) = file("large.yaml", &arms(large));
    let (_zero, zero) = file("zero.json", "[[0, 0], [0, 0]]");
    let part = 1.0 / 36.0;
    let (_given, given) = file(
        "given.json",
        &format!("[[{part:?}, {:?}], [{:?}, {part:?}]]", -part, -part),
    );
    for (model, policy, matrix, name) in [
        (&certain, "random:1", &zero, "baseline:optimal-state"),
        (
            &certain,
            "{parametrization: softmax, theta: [0.3, 0]}",
            &zero,
            "baseline:optimal-state",
        ),
        (&large, "uniform", &given, "td-residual"),
    ] {
        let words = [
            "judge",
            model,
            matrix,
            "--formula",
            "covariance",
            "--as",
            name,
            "--policy",
            policy,
        ];
        let judged = run(&words);
        assert_eq!(
            judged.code,
            Some(0),
            "{policy} {name}: {}{}",
            judged.out,
            judged.err
        );
    }
}
