//! `judge --samples` of rows that no right code makes: another spread, rows that no scores span, numbers at no pair; and
//! cuts.

use serde_json::Value;

use super::judged_runs::{Draws, judge};

/// A row of reward-to-go is ±½ or ±1 times (1, −1): its variance is (¼ + 1)/2 = 5/8, its kurtosis
/// (1/16 + 1)/2/(5/8)² = 1.36.
const BANDIT: &str = "discount: 9/10\ninitial: s\nstates: [s, end]\nactions: [l, r]\nterminal: [end]\ntransitions:\n\
                      - [s, l, end, 1/2, 1]\n- [s, l, end, 1/2, -1]\n- [s, r, end, 1/2, 2]\n- [s, r, end, 1/2, -2]\n";

fn rows(count: usize) -> Vec<[f64; 2]> {
    let mut draws = Draws(3);
    let mut row = || {
        let (right, minus) = (draws.next() < 0.5, draws.next() < 0.5);
        let reward = if right { 2.0 } else { 1.0 } * if minus { -1.0 } else { 1.0 };
        let first = if right { -0.5 } else { 0.5 };
        [first * reward, -first * reward]
    };
    (0..count).map(|_| row()).collect()
}

fn verdict(model: &str, rows: &impl serde::Serialize, more: &[&str]) -> Value {
    let (_folder, model) = super::file("model.yaml", model);
    let rows = serde_json::to_string(rows).unwrap();
    let asked = [
        &[model.as_str(), "--samples", "FILE", "--format", "json"],
        more,
    ]
    .concat();
    let found = judge("mine.json", &rows, &asked);
    serde_json::from_str(&found.out).unwrap_or_else(|_| panic!("{}{}", found.out, found.err))
}

/// The verdict on so many right rows times a factor.
fn multiplied(count: usize, factor: f64, expected: &str) {
    let rows: Vec<[f64; 2]> = rows(count)
        .iter()
        .map(|row| row.map(|x| factor * x))
        .collect();
    let found = verdict(BANDIT, &rows, &["--as", "reward-to-go"]);
    assert_eq!(found["verdict"], expected, "{count} {factor}: {found}");
}

/// V = Var S/σ⁴ is 0.36/N + 2/N², and S exceeds (1 + x)σ² with the probability V/(V + x²) at most: of 200 rows ten
/// times too large x = 99 and that is 2·10⁻⁷, of 2,000 rows twice too large x = 3 and 2·10⁻⁵.
#[test]
fn rows_that_vary_too_much_are_inconsistent_however_few() {
    for (count, factor, expected) in [
        (200, 10.0, "inconsistent"),
        (2000, 2.0, "inconsistent"),
        (200, 1.0, "consistent"),
        (2000, 1.0, "consistent"),
    ] {
        multiplied(count, factor, expected);
    }
}

/// Squares of rows about the mean 0 have the mean σ² and κ = 1.36: n of them are r times as large on average with the
/// probability exp(−n KL(r/κ ‖ 1/κ)) at most, for 1.5 in place of κ 3⁻²⁰ of 20 rows of zeros, and 10⁻¹⁰ of 40 rows half as large.
#[test]
fn rows_that_vary_too_little_are_inconsistent_however_few() {
    for (count, factor, expected) in [
        (20, 0.0, "inconsistent"),
        (40, 0.5, "inconsistent"),
        (20, 1.0, "consistent"),
        (40, 1.0, "consistent"),
    ] {
        multiplied(count, factor, expected);
    }
}

/// P(S ≥ (1 + x)σ²) ≤ V/(V + x²), doubled for what is too small, again for the mean, and for the mean by the rows' own spread. What
/// is held against ∇J decides nothing: what decides stands first, in the table, JSON and CSV alike. Covariances have a tenth of the rate.
#[test]
fn what_decides_is_told_first() {
    let ten: Vec<[f64; 2]> = rows(200).iter().map(|row| row.map(|x| 3.0 * x)).collect();
    let found = verdict(BANDIT, &ten, &["--as", "reward-to-go"]);
    let mean = ten.iter().map(|row| row[0]).sum::<f64>() / 200.0;
    let square = ten.iter().map(|row| (row[0] - mean).powi(2)).sum::<f64>() / 199.0;
    let (more, rows) = (square / 0.625 - 1.0, 2.0 * 200.0 / 2.36);
    let v = 0.36 / 200.0 + 2.0 / (rows * (rows - 1.0));
    let expected = 8.0 * v / (v + more * more) / 0.9;
    let decision = &found["decision"];
    assert_eq!(decision["of"], "the variances", "{found}");
    let p = decision["p_value"].as_f64().unwrap();
    assert!((p / expected - 1.0).abs() < 1e-6, "{p} {expected}");
    assert_eq!(decision["false_alarm_rate"], 1e-4);
    assert_eq!(found["mean_test"]["decides"], false);
    let (_folder, model) = super::file("model.yaml", BANDIT);
    let text = serde_json::to_string(&ten).unwrap();
    let asked = [&model, "--samples", "FILE", "--as", "reward-to-go"];
    let table = judge("mine.json", &text, &asked).out;
    let at = |words: &str| {
        table
            .find(words)
            .unwrap_or_else(|| panic!("{words}: {table}"))
    };
    assert!(at("decides, of the variances") < at("which does not rest on it"));
    assert!(at("which does not rest on it") < at("its mean against ∇J"));
    let csv = judge(
        "mine.json",
        &text,
        &[&asked[..], &["--format", "csv"]].concat(),
    );
    assert!(csv.out.contains("p_value,the variances,"), "{}", csv.out);
    let own = verdict(BANDIT, &ten, &[]);
    assert_eq!(own["mean_test"]["decides"], true);
    assert_eq!(own["decision"]["p_value"], own["mean_test"]["p_value"]);
}

/// Two coins, one after the other, that pay ±1: G = 2ψ + 2ψ' of scores ±½, so that Gψ = Gψ' = ½ + 2ψψ'. With the numbers of
/// the second state moved by one row all means, variances and sums stay; the variance of Gψ + Gψ' is ½ for 1.
#[test]
fn rows_of_which_two_states_do_not_belong_together_are_inconsistent() {
    let coins = "discount: 1\ninitial: s\nstates: [s, t, end]\nactions: [l, r]\nterminal: [end]\ntransitions:\n\
                 - [s, l, t, 1, 1]\n- [s, r, t, 1, -1]\n- [t, l, end, 1, 1]\n- [t, r, end, 1, -1]\n";
    let mut draws = Draws(5);
    let mut half = || if draws.next() < 0.5 { 0.5 } else { -0.5 };
    let drawn: Vec<[f64; 2]> = (0..400).map(|_| [half(), half()]).collect();
    let row = |[x, y]: [f64; 2]| {
        let paid = 2.0 * (x + y);
        [paid * x, -paid * x, paid * y, -paid * y]
    };
    let right: Vec<[f64; 4]> = drawn.iter().map(|both| row(*both)).collect();
    let moved = |i: usize| {
        let (own, next) = (right[i], right[(i + 1) % right.len()]);
        [own[0], own[1], next[2], next[3]]
    };
    let moved: Vec<[f64; 4]> = (0..right.len()).map(moved).collect();
    let named = ["--as", "total-return"];
    let found = verdict(coins, &right, &named);
    assert_eq!(found["verdict"], "consistent", "{found}");
    let found = verdict(coins, &moved, &named);
    assert_eq!(found["verdict"], "inconsistent", "{found}");
    let of = found["decision"]["of"].as_str().unwrap();
    assert!(of.starts_with("the covariances"), "{of}");
}

/// The two entries of a row sum to 0; with the second column moved by one row their means and variances stay.
#[test]
fn rows_that_no_scores_span_are_inconsistent() {
    let right = rows(2000);
    let moved = |i: usize| [right[i][0], right[(i + 1) % right.len()][1]];
    let moved: Vec<[f64; 2]> = (0..right.len()).map(moved).collect();
    let named = ["--as", "reward-to-go"];
    assert_eq!(verdict(BANDIT, &moved, &named)["verdict"], "inconsistent");
    // in 32 bits the sum is not 0 to the last digit of 64
    let third = |x: f64| f64::from((x / 3.0) as f32);
    let model = BANDIT
        .replace("1/2, 1]", "1/2, 1/3]")
        .replace("1/2, -1]", "1/2, -1/3]");
    let model = model
        .replace("1/2, 2]", "1/2, 2/3]")
        .replace("1/2, -2]", "1/2, -2/3]");
    let single: Vec<[f64; 2]> = right
        .iter()
        .map(|row| [third(row[0]), third(row[1] * (1.0 + 1e-7))])
        .collect();
    assert_eq!(verdict(&model, &single, &named)["verdict"], "consistent");
}

#[test]
fn numbers_at_no_pair_are_refused_as_those_of_a_gradient_are() {
    let (_folder, model) = super::file("model.yaml", BANDIT);
    let asked = |end: &str| {
        let rows: Vec<String> = rows(100)
            .iter()
            .map(|[l, r]| format!("[[{l}, {r}], [{end}, 0]]"))
            .collect();
        let rows = format!("[{}]", rows.join(", "));
        judge(
            "mine.json",
            &rows,
            &[&model, "--samples", "FILE", "--as", "reward-to-go"],
        )
    };
    assert_eq!(asked("0").code, Some(0), "{}", asked("0").out);
    let refused = asked("7");
    assert_eq!(refused.code, Some(2), "{}", refused.out);
    assert!(
        refused.err.contains("no pair of the model"),
        "{}",
        refused.err
    );
}

/// Stays with 1/2 and pays 1, else ends: θ moves both, and cut after two steps the sum is that of ∇J_2. q(go) = 0 and
/// q(stay) = 1 + γ q…, of which the cut leaves less at the second step: no multiple of ∇J in two states.
#[test]
fn a_cut_stands_before_a_factor() {
    let model = "discount: 0.9\nstates: [a, b, end]\nactions: [l, r]\ninitial: a\nterminal: [end]\ntransitions:\n\
                 - [a, l, b, 1, 1]\n- [a, r, b, 1, 2]\n- [b, l, a, 1, 1]\n- [b, r, a, 0.9, 3]\n- [b, r, end, 0.1, 0]\n";
    let mut draws = Draws(9);
    let mut row = || {
        let (mut state, mut steps) = (0, Vec::new());
        while steps.len() < 3 && state < 2 {
            let right = usize::from(draws.next() < 0.5);
            let ends = state == 1 && right == 1 && draws.next() < 0.1;
            let reward = [[1.0, 2.0], [1.0, if ends { 0.0 } else { 3.0 }]][state][right];
            steps.push((2 * state + right, reward));
            state = if ends { 2 } else { 1 - state };
        }
        let (mut sum, mut later) = ([0.0; 4], 0.0);
        for (t, (pair, reward)) in steps.into_iter().enumerate().rev() {
            later = reward + 0.9 * later;
            let part = 0.5 * 0.9f64.powi(t as i32) * later;
            sum[pair] += part;
            sum[pair ^ 1] -= part;
        }
        sum
    };
    let rows: Vec<[f64; 4]> = (0..20_000).map(|_| row()).collect();
    let cut = verdict(model, &rows, &["--truncation", "3", "--as", "reward-to-go"]);
    assert_eq!(cut["verdict"], "consistent", "{cut}");
    let whole = verdict(model, &rows, &[]);
    assert_eq!(whole["verdict"], "inconsistent", "{whole}");
    assert_eq!(
        whole["diagnoses"][0]["name"], "cut-as-end",
        "{}",
        whole["diagnoses"]
    );
}

/// 0.1·3 − 0.3·1 = 0 and 0.7·3 − 0.3·7 = 0, of which 64 bits leave 5.6e-17 and −4.4e-16.
#[test]
fn what_is_left_of_rewards_that_cancel_is_nothing() {
    let model = "discount: 9/10\nstates: [s, end]\nactions: [l, r]\ninitial: s\nterminal: [end]\ntransitions:\n\
                 - [s, l, end, 0.1, 3]\n- [s, l, end, 0.3, -1]\n- [s, l, end, 0.6, 0]\n\
                 - [s, r, end, 0.7, 3]\n- [s, r, end, 0.3, -7]\n";
    let (_folder, model) = super::file("model.yaml", model);
    for (asked, numbers) in [
        (&["--gradient", "FILE"][..], "[1.249e-16, -1.249e-16]"),
        (&["--formula", "q", "FILE"], "[5.55e-17, -4.44e-16]"),
        (&["--formula", "v", "FILE"], "[-1.9e-16]"),
    ] {
        let asked = [&[model.as_str()], asked].concat();
        let found = judge("mine.json", numbers, &asked);
        assert!(
            found.out.starts_with("cannot be told"),
            "{asked:?}: {}",
            found.out
        );
        let wrong = judge("mine.json", &numbers.replace("e-1", "e-0"), &asked);
        assert!(wrong.out.starts_with("wrong"), "{asked:?}: {}", wrong.out);
    }
}

/// Rows r − b(s) times the score, b(s) = 5 in the place of 0: of the estimator with that baseline, whose mean is ∇J and whose variance
/// is (5/8 + 25/4), ten times that of the reward-to-go.
#[test]
fn rows_with_a_baseline_of_ones_own_have_its_law() {
    let (_folder, b) = super::file("b.json", "[5, 0]");
    let half = |first: f64, reward: f64| [first * (reward - 5.0), -first * (reward - 5.0)];
    let mut draws = Draws(5);
    let mut row = || {
        let (right, minus) = (draws.next() < 0.5, draws.next() < 0.5);
        let reward = if right { 2.0 } else { 1.0 } * if minus { -1.0 } else { 1.0 };
        half(if right { -0.5 } else { 0.5 }, reward)
    };
    let rows: Vec<[f64; 2]> = (0..20_000).map(|_| row()).collect();
    let named = ["--as", "baseline:file", "--baseline-file", &b];
    let found = verdict(BANDIT, &rows, &named);
    assert_eq!(found["verdict"], "consistent", "{found}");
    let other = verdict(BANDIT, &rows, &["--as", "reward-to-go"]);
    assert_eq!(other["verdict"], "inconsistent", "{other}");
    let tried = verdict(BANDIT, &rows, &["--baseline-file", &b]);
    let estimators = tried["estimators"].as_array().unwrap().iter();
    let lawful = estimators.filter(|one| one["verdict"] == "consistent");
    let lawful: Vec<&Value> = lawful.map(|one| &one["name"]).collect();
    // of one step γ⁰ = 1 is dropped or not
    assert_eq!(
        lawful,
        ["baseline:file", "baseline:file:dropped"],
        "{tried}"
    );
}

#[test]
fn a_baseline_of_ones_own_is_asked_for_by_name() {
    let (_folder, model) = super::file("model.yaml", BANDIT);
    let asked = [&model, "--samples", "FILE", "--as", "baseline:file"];
    let refused = judge("mine.json", "[[1, -1], [2, -2]]", &asked);
    assert_eq!(refused.code, Some(2), "{}", refused.out);
    let words: Vec<&str> = refused.err.split_whitespace().collect();
    let said = words.join(" ").replace("│ ", "");
    assert!(
        said.contains("the baseline is not given beside baseline:file"),
        "{said}"
    );
    assert!(said.contains("give it with --baseline-file"), "{said}");
}

/// The mean and the covariance of an estimator with a baseline of one's own.
#[test]
fn laws_with_a_baseline_of_ones_own_are_judged() {
    let (_folder, model) = super::file("model.yaml", BANDIT);
    let (_other, b) = super::file("b.json", "[5, 0]");
    // ¼ (5/2 + 25) of each, for E r² = 5/2 and E r = 0
    for (numbers, verdict) in [
        ("[[6.875, -6.875], [-6.875, 6.875]]", 0),
        ("[[0.625, -0.625], [-0.625, 0.625]]", 1),
    ] {
        let asked = [
            &model,
            "--formula",
            "covariance",
            "FILE",
            "--as",
            "baseline:file",
            "--baseline-file",
            &b,
        ];
        let found = judge("mine.json", numbers, &asked);
        assert_eq!(found.code, Some(verdict), "{}{}", found.out, found.err);
    }
}
