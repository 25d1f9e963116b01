//! `judge --trajectories` of numbers whose estimator is named: each right one is right, and what the name does not say is
//! wrong or left open.

use serde_json::{Value, json};

use super::Run;
use super::judged_runs::judge;

/// v(a) = 1/2·1 + 1/2·(1/2)v(a) under the uniform policy, so v = 2/3. Scores are ±1/2.
const LOOP: &str = "discount: 1/2\nstates: [a, end]\nactions: [go, stay]\ninitial: a\nterminal: [end]\n\
                    transitions:\n- [a, go, end, 1, 1]\n- [a, stay, a, 1, 0]\n";

fn asked(model: &str, file: &Value, more: &[&str]) -> Run {
    let (_folder, model) = super::file("model.yaml", model);
    let asked = [&[model.as_str(), "--trajectories", "FILE"], more].concat();
    judge("mine.json", &file.to_string(), &asked)
}

fn report(model: &str, file: &Value, more: &[&str]) -> Value {
    let found = asked(model, file, &[more, &["--format", "json"]].concat());
    serde_json::from_str(&found.out).unwrap_or_else(|_| panic!("{}{}", found.out, found.err))
}

/// One trajectory that is cut after two steps, and one that ends after two.
fn cut_and_ended(name: &str, made: Value) -> Value {
    let mut file = json!({
        "states": [[0, 0], [0, 0]], "actions": [[1, 1], [1, 0]], "rewards": [[0, 0], [0, 1]],
        "next_states": [[0, 0], [0, 1]], "terminated": [[0, 0], [0, 1]], "truncated": [[0, 1], [0, 0]],
    });
    file[name] = made;
    file
}

fn told(model: &str, file: &Value, more: &[&str]) -> (String, Vec<String>, Vec<String>) {
    let found = report(model, file, more);
    let held = &found["given"][0];
    let texts = |list: &Value, of: &dyn Fn(&Value) -> Value| {
        let list = list.as_array().into_iter().flatten();
        list.map(|one| of(one).as_str().unwrap().to_string())
            .collect()
    };
    (
        held["verdict"].as_str().unwrap_or_default().to_string(),
        texts(&held["matches"], &Value::clone),
        texts(&held["diagnoses"], &|one| one["name"].clone()),
    )
}

fn verdict(file: &Value, more: &[&str]) -> String {
    told(LOOP, file, more).0
}

/// δ = 0 + γ·2/3 − 2/3 = −1/3 before a, 1 − 2/3 at the end, and −2/3 where a cut counts as an end; GAE adds γλ times
/// the next.
#[test]
fn a_cut_is_an_end_where_the_name_says_so() {
    for lambda in [0.0, 0.8] {
        let name = match lambda {
            0.0 => "td-residual:cut-as-end".to_string(),
            lambda => format!("gae:{lambda}:cut-as-end"),
        };
        let psi = |behind: f64| {
            let third = 1.0 / 3.0;
            let first = |last: f64| -third + 0.5 * lambda * last;
            json!([[first(behind), behind], [first(third), third]])
        };
        let right = cut_and_ended("psi", psi(-2.0 / 3.0));
        assert_eq!(verdict(&right, &["--as", &name]), "right", "{name}");
        let bootstrapped = cut_and_ended("psi", psi(-1.0 / 3.0));
        assert_eq!(verdict(&bootstrapped, &["--as", &name]), "wrong", "{name}");
        // nothing need be known of the state behind
        let mut blind = right;
        blind.as_object_mut().unwrap().remove("next_states");
        assert_eq!(verdict(&blind, &["--as", &name]), "right", "{name}");
    }
}

/// Returns 0, 0, 1/2, 1: mean 3/8, mean square 5/16.
#[test]
fn functions_of_the_whole_batch_are_held_by_name() {
    let deviation = (5.0f64 / 16.0 - 9.0 / 64.0).sqrt();
    for epsilon in [1e-8, 1e-5] {
        let of = |x: f64| (x - 0.375) / (deviation + epsilon);
        let psi = [[of(0.0), of(0.0)], [of(0.5), of(1.0)]];
        // Σ γᵗ ψₜ Ψₜ with the scores (−1/2, 1/2) of stay and (1/2, −1/2) of go
        let sums = [
            -0.5 * psi[0][0] - 0.25 * psi[0][1],
            -0.5 * psi[1][0] + 0.25 * psi[1][1],
        ];
        let estimate = (sums[0] + sums[1]) / 2.0;
        let name = ["--as", "whitened:reward-to-go:ddof-0"];
        let rows = json!([[sums[0], -sums[0]], [sums[1], -sums[1]]]);
        for (of, made) in [
            ("psi", json!(psi)),
            ("contributions", rows),
            ("estimate", json!([estimate, -estimate])),
        ] {
            let file = cut_and_ended(of, made);
            assert_eq!(verdict(&file, &name), "right", "{of} {epsilon}");
            let other = ["--as", "whitened:reward-to-go:ddof-1"];
            assert_eq!(verdict(&file, &other), "wrong", "{of} {epsilon}");
        }
    }
    let raw = cut_and_ended("psi", json!([[0, 0], [0.5, 1]]));
    let name = ["--as", "whitened:reward-to-go:ddof-0"];
    assert_eq!(verdict(&raw, &name), "wrong");
    // ½(−½, ½) + (½, −½) = (¼, −¼) without γᵗ, over 4 steps
    let mean = |over: f64| cut_and_ended("estimate", json!([0.25 / over, -0.25 / over]));
    let name = ["--as", "per-step-mean:reward-to-go:dropped"];
    assert_eq!(verdict(&mean(4.0), &name), "right");
    assert_eq!(verdict(&mean(2.0), &name), "wrong");
}

/// U = (−1, 1) and (0, 0), G₀ = 0 and 1/2: b = Σ U²G₀/ΣU² = 0, and X = U(G₀ − b) = 0 and 0; with a third trajectory
/// of go alone U = (1/2, −1/2), G₀ = 1: b = (1/4)/(5/4) = 1/5, X = ±(1/5, 0, 2/5).
#[test]
fn a_baseline_of_the_sample_has_sums_and_no_psi() {
    let file = |name: &str, made: Value| {
        let mut file = json!({
            "states": [[0, 0, 0], [0, 0, 1], [0, 1]], "actions": [[1, 1], [1, 0], [0]],
            "rewards": [[0, 0], [0, 1], [1]],
            "terminated": [[0, 0], [0, 1], [1]], "truncated": [[0, 1], [0, 0], [0]],
        });
        file[name] = made;
        file
    };
    let name = ["--as", "in-sample-baseline:total-return"];
    let rows = file("contributions", json!([[0.2, -0.2], [0, 0], [0.4, -0.4]]));
    assert_eq!(verdict(&rows, &name), "right");
    let mean = file("estimate", json!([0.2, -0.2]));
    assert_eq!(verdict(&mean, &name), "right");
    let psi = asked(LOOP, &file("psi", json!([[0, 0], [0.5, 1], [1]])), &name);
    assert_eq!(psi.code, Some(2), "{}", psi.out);
    assert!(psi.err.contains("in-sample-baseline"), "{}", psi.err);
    let each = asked(LOOP, &rows, &["--as", "baseline:optimal-parameter"]);
    assert_eq!(each.code, Some(2), "{}", each.out);
}

/// δ = −1/3 twice, Â₀ = −1/3 − 1/12: right with the state behind; open without, unless the estimator is named: `stay` leads
/// to one state.
#[test]
fn what_asks_for_an_unknown_state_is_left_open() {
    let file = |states: Value, psi: Value| json!({"states": states, "actions": [[1, 1]], "rewards": [[0, 0]], "psi": psi});
    let psi = json!([[-5.0 / 12.0, -1.0 / 3.0]]);
    for more in [&["--as", "gae:0.5"][..], &[]] {
        let known = report(LOOP, &file(json!([[0, 0, 0]]), psi.clone()), more);
        assert_eq!(known["verdict"], "right", "{more:?}");
    }
    let blind = file(json!([[0, 0]]), psi.clone());
    let found = asked(LOOP, &blind, &[]);
    assert_eq!(found.code, Some(1));
    assert!(found.out.starts_with("cannot be told: "), "{}", found.out);
    assert!(found.out.contains("next_states"), "{}", found.out);
    assert_eq!(verdict(&blind, &["--as", "gae:0.5"]), "right");
    let wrong = file(json!([[0, 0]]), json!([[-5.0 / 12.0, 1.0]]));
    assert_eq!(verdict(&wrong, &["--as", "gae:0.5"]), "wrong");
    // of returns nothing is unknown
    let returns = file(json!([[0, 0]]), json!([[1, 2]]));
    assert_eq!(verdict(&returns, &["--as", "reward-to-go"]), "wrong");
}

/// ω(go) = 2, ω(stay) = 2/3: Σ γ^{k−t} ω₀ ⋯ ω_k R_k is ½·4/3 and 4/3; without ω₀ ⋯ ωₜ it is 1 and 1, without any 1/2
/// and 1.
#[test]
fn ratios_are_in_psi_or_said_to_be_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let behavior = folder.path().join("b.yaml");
    let text = "parametrization: direct\nprobabilities: {a: {go: 1/4, stay: 3/4}}\n";
    std::fs::write(&behavior, text).unwrap();
    let behavior = ["--behavior", behavior.to_str().unwrap()];
    let file = |psi: [f64; 2]| json!({"states": [[0, 0, 1]], "actions": [[1, 0]], "rewards": [[0, 1]], "terminated": [[0, 1]], "psi": [psi]});
    let (whole, before, without) = (
        file([2.0 / 3.0, 4.0 / 3.0]),
        file([1.0, 1.0]),
        file([0.5, 1.0]),
    );
    let of =
        |file: &Value, name: &str| told(LOOP, file, &[&behavior[..], &["--as", name]].concat());
    for name in ["importance:per-decision", "reward-to-go"] {
        let (verdict, matches, _) = of(&whole, name);
        assert_eq!(
            (verdict.as_str(), matches),
            ("right", vec![name.to_string()])
        );
    }
    let (verdict, _, mistakes) = of(&before, "importance:per-decision");
    assert_eq!(verdict, "wrong");
    assert!(mistakes.contains(&"importance:per-decision before ω₀ ⋯ ωₜ".to_string()));
    let (verdict, matches, _) = of(&before, "reward-to-go");
    assert_eq!(verdict, "right");
    assert_eq!(matches, ["reward-to-go before ω₀ ⋯ ωₜ"]);
    // δ = −1/3, 1/3, Â₀ = −1/3 + ¼·1/3, as PPO wants them: named for what they are
    let gae = file([-0.25, 1.0 / 3.0]);
    let (verdict, matches, _) = told(LOOP, &gae, &behavior);
    assert_eq!(verdict, "right");
    assert!(
        matches.contains(&"gae:0.5 without ratios".to_string()),
        "{matches:?}"
    );
    assert_eq!(of(&gae, "gae:0.5").0, "wrong");
    assert_eq!(of(&without, "reward-to-go").0, "wrong");
}

/// μ = (1/2, 1/2), gain 1, h = ∓1/2: δ = −1, 1, 2, 2, −2 and Σ ψₜ Σ (1/2)ˡ δₜ₊ₗ = (1.0625, −1.0625, −2.75, 2.75), of
/// which an estimate of the average reward is a fifth.
#[test]
fn sums_of_a_long_run_are_means_over_its_steps() {
    const LONG: &str = "criterion: average\nstates: [a, b]\nactions: [go, stay]\ninitial: a\ntransitions:\n\
                        - [a, go, b, 1, 1]\n- [a, stay, a, 1, 0]\n- [b, go, a, 1, 0]\n- [b, stay, b, 1, 3]\n";
    let sums = [1.0625, -1.0625, -2.75, 2.75];
    let file = |name: &str, factor: f64| {
        let row = sums.map(|x| factor * x);
        let made = if name == "estimate" {
            json!(row)
        } else {
            json!([row])
        };
        let mut file = json!({
            "states": [[0, 0, 1, 1, 1]], "actions": [[1, 0, 1, 1, 0]], "rewards": [[0, 1, 3, 3, 0]],
            "next_states": [[0, 1, 1, 1, 0]],
        });
        file[name] = made;
        file
    };
    for name in ["contributions", "estimate"] {
        let (verdict, matches, _) = told(LONG, &file(name, 0.2), &[]);
        assert_eq!(
            (verdict.as_str(), matches),
            ("right", vec!["gae:0.5".to_string()]),
            "{name}"
        );
        assert_eq!(told(LONG, &file(name, 1.0), &[]).0, "wrong", "{name}");
    }
    // a run may begin in the long run, not in the model's start
    let long = json!({
        "states": [[0, 0, 1], [1, 1, 0]], "actions": [[1, 0], [1, 0]], "rewards": [[0, 1], [3, 0]],
    });
    assert_eq!(report(LONG, &long, &[])["verdict"], "consistent");
}

/// ψ = −1/3, −1/3, −1/3, 1/3 with three and four digits, and in binary16; a difference of the last digit is one.
#[test]
fn numbers_of_a_few_digits_are_held_to_these() {
    let psi = |third: f64| cut_and_ended("psi", json!([[-third, -third], [-third, third]]));
    for third in [0.333, 0.3333, 0.333251953125] {
        for more in [&["--as", "td-residual"][..], &[]] {
            assert_eq!(verdict(&psi(third), more), "right", "{third} {more:?}");
        }
    }
    for third in [0.335, 0.334, 0.3] {
        assert_eq!(
            verdict(&psi(third), &["--as", "td-residual"]),
            "wrong",
            "{third}"
        );
    }
    // a third that a log has written with three decimals, and its return
    let model = LOOP.replace("end, 1, 1]", "end, 1, 1/3]");
    let file = json!({
        "states": [[0, 0, 1]], "actions": [[1, 0]], "rewards": [[0, 0.333]], "terminated": [[0, 1]],
        "psi": [[0.167, 0.333]],
    });
    assert_eq!(
        report(&model, &file, &["--as", "reward-to-go"])["verdict"],
        "right"
    );
}

/// −1/3 twelve times and λ = 0.95/0.99: not a number of four digits, nor of 32 bits.
#[test]
fn a_weight_is_told_with_the_digits_that_it_has() {
    let lambda: f64 = 0.95 / 0.99;
    let mut psi = vec![0.0; 12];
    let mut later = 0.0;
    for x in psi.iter_mut().rev() {
        later = -1.0 / 3.0 + 0.5 * lambda * later;
        *x = later;
    }
    let file = json!({
        "states": [vec![0; 13]], "actions": [vec![1; 12]], "rewards": [vec![0; 12]], "psi": [psi],
    });
    let (verdict, matches, mistakes) = told(LOOP, &file, &[]);
    assert_eq!(
        (verdict.as_str(), mistakes.len()),
        ("right", 0),
        "{matches:?} {mistakes:?}"
    );
    assert!(matches[0].starts_with("gae:0.95959595"), "{matches:?}");
}

#[test]
fn a_name_that_is_none_is_refused_as_it_is_elsewhere() {
    let refused = [
        json!({"reward_to_go": {"psi": [[0, 0], [0.5, 1]]}}),
        json!({"reward-to-go": [[1, 2], [3, 4]]}),
        json!({"reward-to-go": {"other": [[1, 2], [3, 4]]}}),
    ];
    for estimates in refused {
        let found = asked(LOOP, &cut_and_ended("estimates", estimates.clone()), &[]);
        assert_eq!(found.code, Some(2), "{estimates}: {}", found.out);
    }
    let read = json!({"reward-to-go": {"advantages": [[1, 2], [3, 4]]}});
    assert_eq!(verdict(&cut_and_ended("estimates", read), &[]), "wrong");
}

/// v + Â of λ = ½: ¼, ⅓ and 5/12, 1, whose sums with γᵗ are ∓(5/24) and ±(1/24); and what they are over the steps.
#[test]
fn what_libraries_compute_is_known_by_its_sums() {
    let rows = json!([[-5.0 / 24.0, 5.0 / 24.0], [1.0 / 24.0, -1.0 / 24.0]]);
    let (verdict, matches, _) = told(LOOP, &cut_and_ended("contributions", rows), &[]);
    assert_eq!(verdict, "right");
    assert!(
        matches.contains(&"lambda-return:0.5".to_string()),
        "{matches:?}"
    );
    // G with v(S_T) behind the cut: 1/6, 1/3 and 1/2, 1; without γᵗ the sums are ∓1/4 and ±1/4
    let rows = json!([[-0.25, 0.25], [0.25, -0.25]]);
    let (verdict, matches, _) = told(LOOP, &cut_and_ended("contributions", rows), &[]);
    assert_eq!(verdict, "right");
    let name = "reward-to-go:bootstrapped:dropped".to_string();
    assert!(matches.contains(&name), "{matches:?}");
}

/// J = π(l) + 2π(r) at π = (1/4, 3/4): R e_a/π(a), of which the policy sees what is left of the mean over actions.
#[test]
fn sums_by_automatic_differentiation_on_the_simplex_are_right() {
    let model = "discount: 1/2\nstates: [s, end]\nactions: [l, r]\ninitial: s\nterminal: [end]\ntransitions:\n\
                 - [s, l, end, 1, 1]\n- [s, r, end, 1, 2]\npolicy: {parametrization: simplex, theta: [1/4, 3/4]}\n";
    let file = |name: &str, made: Value| {
        let mut file = json!({
            "states": [[0], [0], [0], [0]], "actions": [[0], [1], [1], [1]], "rewards": [[1], [2], [2], [2]],
            "next_states": [[1], [1], [1], [1]],
        });
        file[name] = made;
        file
    };
    let right = json!([[4, 0], [0, 8.0 / 3.0], [0, 8.0 / 3.0], [0, 8.0 / 3.0]]);
    let asked = ["--as", "reward-to-go"];
    assert_eq!(
        told(model, &file("contributions", right), &asked).0,
        "right"
    );
    assert_eq!(
        told(model, &file("estimate", json!([1, 2])), &asked).0,
        "right"
    );
    assert_eq!(
        told(model, &file("estimate", json!([2, 1])), &asked).0,
        "wrong"
    );
    // and by rows of a sample
    let mut draws = super::judged_runs::Draws(4);
    let rows: Vec<[f64; 2]> = (0..3000)
        .map(|_| {
            if draws.next() < 0.25 {
                [4.0, 0.0]
            } else {
                [0.0, 8.0 / 3.0]
            }
        })
        .collect();
    let (_folder, path) = super::file("model.yaml", model);
    let rows = serde_json::to_string(&rows).unwrap();
    for more in [&["--as", "reward-to-go"][..], &[]] {
        let asked = [&[path.as_str(), "--samples", "FILE"], more].concat();
        let found = judge("mine.json", &rows, &asked);
        assert_eq!(found.code, Some(0), "{more:?}: {}", found.out);
    }
}

/// Under the uniform policy both states are as likely, and g = ¾; h = (−¼, ¼) solves h = r − g + Ph, and q = r − g + ph.
const LASTING: &str = "criterion: average\nstates: [a, b]\nactions: [x, y]\ninitial: a\ntransitions:\n\
                       - [a, x, b, 1, 1]\n- [a, y, a, 1, 0]\n- [b, x, a, 1, 2]\n- [b, y, b, 1, 0]\n";

/// Under the average reward q less the gain is right without its name too.
#[test]
fn action_values_of_the_average_reward_are_found() {
    let file = json!({
        "states": [[0, 1, 1, 0]], "actions": [[0, 1, 0, 1]], "rewards": [[1, 0, 2, 0]], "next_states": [[1, 1, 0, 0]],
        "psi": [[0.5, -0.5, 1, -1]],
    });
    let (verdict, matches, _) = told(LASTING, &file, &[]);
    assert_eq!(verdict, "right");
    assert!(matches.contains(&"q".to_string()), "{matches:?}");
}

/// There is no γ under the average reward: what is missing in r + ph is the gain.
#[test]
fn a_gain_that_was_not_subtracted_is_called_so() {
    let (folder, model) = super::file("model.yaml", LASTING);
    let path = folder.path().join("mine.json");
    for (formula, given) in [
        ("q", "[1.25, -0.25, 1.75, 0.25]"),
        ("advantage", "[1.5, 0, 1.5, 0]"),
    ] {
        std::fs::write(&path, given).unwrap();
        let found = super::run(&[
            "judge",
            &model,
            "--formula",
            formula,
            path.to_str().unwrap(),
        ]);
        let first = found.out.lines().next().unwrap_or_default();
        assert!(
            first.starts_with("wrong: gain-forgotten"),
            "{formula}: {first}"
        );
    }
}

/// A multiple of v is no multiple of a gradient.
#[test]
fn what_is_said_of_a_factor_of_values_names_no_gradient() {
    let (folder, model) = super::file("model.yaml", LOOP);
    let path = folder.path().join("mine.json");
    std::fs::write(&path, "[0.9]").unwrap();
    let found = super::run(&["judge", &model, "--formula", "v", path.to_str().unwrap()]);
    let first = found.out.lines().next().unwrap_or_default();
    assert!(
        first.starts_with("wrong: scale") && !first.contains("∇J"),
        "{first}"
    );
}

/// What says nothing of the numbers that are judged is refused.
#[test]
fn what_has_no_use_is_refused() {
    let (folder, model) = super::file("model.yaml", LOOP);
    let path = folder.path().join("mine.json");
    std::fs::write(&path, "[0.9, 0]").unwrap();
    let path = path.to_str().unwrap();
    for more in [
        &["--formula", "v", path, "--truncation", "3"][..],
        &["--formula", "v", path, "--as", "q"],
        &["--formula", "v", path, "--batch", "7"],
        &["--gradient", path, "--batch", "7"],
        &["--samples", path, "--critic", "noise:1:1"],
        &["--formula", "v", path, "--false-alarm", "0.01"],
        &["--gradient", path, "--false-alarm", "0.01"],
        &["--list", "--gradient", path],
        &["--list", "--policy", "uniform"],
    ] {
        let found = super::run(&[&["judge", model.as_str()], more].concat());
        assert_eq!(found.code, Some(2), "{more:?}: {}", found.out);
    }
}

/// An array of another size is told what it has numbers of, in which order.
#[test]
fn arrays_of_another_size_have_a_mend() {
    for (formula, mend) in [
        ("v", "one number for each state, in their order"),
        ("q", "a rectangle [states, actions]"),
        ("jacobian", "a row for each state"),
        ("fisher", "a row for each parameter"),
    ] {
        let asked = [":two-state", "--formula", formula, "FILE"];
        let refused = judge("mine.json", "[1, 2, 3, 4, 5]", &asked);
        assert_eq!(refused.code, Some(2), "{}", refused.out);
        let words: Vec<&str> = refused.err.split_whitespace().collect();
        assert!(words.join(" ").contains(mend), "{}", refused.err);
    }
}
