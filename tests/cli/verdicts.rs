//! `compare`: that no verdict is wrong, no bias hidden and no input too large.

use serde_json::{Value, json as value};

use super::comparison::entry;
use super::read;
use super::{file, json, out, run};

const TWO_STATE: &str = "mdps/two-state.yaml";

/// A first step that pays 10 with probability 1/2000 when it is cut there; without the cut the
/// kurtosis is small.
const SELDOM: &str = "
name: seldom
discount: 0.9
states: [A, B]
actions: [l, r]
initial: {A: 1}
transitions:
  A: {l: {B: 999/1000, A: 1/1000}, r: {B: 1}}
  B: {l: {A: 1/2, B: 1/2}, r: {A: 1/2, B: 1/2}}
rewards:
  A: {l: {A: 10, B: 0}}
  B: {l: {A: 1, B: -1}, r: {A: -1, B: 1}}
";

/// Nothing is random but the action, whose advantage is known.
const SINGLE: &str = "
name: single
discount: 0
states: [s]
actions: [a, b]
initial: {s: 1}
transitions: {s: {a: s, b: s}}
rewards: {s: {a: 1}}
";

fn numbers(of: &Value) -> Vec<f64> {
    let numbers = of.as_array().unwrap().iter();
    numbers.map(|x| x.as_f64().unwrap()).collect()
}

/// Returns cut after five steps have the mean ∇J₅, which is not ∇J: no bound excuses that.
#[test]
fn a_cut_that_was_asked_for_has_its_exact_bias() {
    let arguments = ["compare", TWO_STATE, "-n", "2000", "--truncation", "5"];
    let arguments = [&arguments[..], &["--estimators", "reward-to-go,q"]].concat();
    let report = json(&arguments);
    let short = json(&["gradient", TWO_STATE, "--horizon", "5"]);
    let [of_five, of_all] = [&short, &report].map(|report| numbers(&report["gradient"]));
    let law = entry(&report, "reward-to-go");
    for (k, bias) in numbers(&law["bias"]).iter().enumerate() {
        assert!((bias - (of_five[k] - of_all[k])).abs() <= 1e-12);
    }
    let norm = law["bias_norm"].as_f64().unwrap();
    assert!(out(&arguments).contains(&format!("{norm:.3}")));
    for flags in [
        &["--truncation", "5", "--estimators", "reward-to-go,q"][..],
        &["--truncation", "2", "--estimators", "reward-to-go:dropped"],
        &[
            "--truncation",
            "3",
            "--critic",
            "noise:1:2",
            "--estimators",
            "td-residual,q",
        ],
    ] {
        let report = json(&[&["compare", TWO_STATE, "-n", "100"], flags].concat());
        for judged in report["estimators"].as_array().unwrap() {
            assert_eq!(judged["bias_verdict"], "biased", "{flags:?}");
        }
    }
}

/// How many trajectories there are decides where the program cuts, not what is biased.
#[test]
fn a_bias_does_not_depend_on_n() {
    for samples in ["2", "10", "1000"] {
        let flags = ["-n", samples, "--critic", "noise:1:0.1"];
        let names = ["--estimators", "reward-to-go,td-residual,gae:1"];
        let report = json(&[&["compare", TWO_STATE], &flags[..], &names].concat());
        for (name, verdict) in [
            ("reward-to-go", "unbiased"),
            ("gae:1", "unbiased"),
            ("td-residual", "biased"),
        ] {
            assert_eq!(
                entry(&report, name)["bias_verdict"],
                verdict,
                "{name} {samples}"
            );
        }
    }
}

#[test]
fn the_kurtosis_of_a_cut_is_not_that_of_the_infinite_horizon() {
    let (_guard, path) = file("seldom.yaml", SELDOM);
    for seed in 0..6 {
        let seed = seed.to_string();
        let flags = [
            "--truncation",
            "1",
            "--estimators",
            "reward-to-go",
            "--seed",
            &seed,
        ];
        let report = json(&[&["compare", &path], &flags[..]].concat());
        assert_eq!(
            entry(&report, "reward-to-go")["verdict"],
            "consistent",
            "{seed}"
        );
    }
}

/// Two successes in a million: one of them among 2000 trajectories is no proof of anything.
#[test]
fn a_rare_success_is_no_inconsistency() {
    let rarer = SELDOM
        .replace("999/1000", "999998/1000000")
        .replace("1/1000}", "2/1000000}");
    let (_guard, path) = file("rarer.yaml", &rarer);
    for seed in ["264", "848", "892"] {
        let flags = ["--truncation", "1", "-n", "2000", "--seed", seed];
        let names = ["--estimators", "reward-to-go:dropped"];
        let report = json(&[&["compare", &path], &flags[..], &names].concat());
        let law = entry(&report, "reward-to-go:dropped");
        assert_eq!(law["verdict"], "consistent", "{seed}");
    }
}

/// The unreachable U would make importance weights grow by 25/… per step; nobody ever gets there.
#[test]
fn an_unreachable_state_takes_no_variance_away() {
    let with = "
name: unreachable
discount: 0.9
states: [A, B, U, end]
actions: [l, r]
initial: {A: 1}
transitions:
  A: {l: {B: 1}, r: {A: 1/2, end: 1/2}}
  B: {l: {A: 1/2, end: 1/2}, r: end}
  U: {l: {U: 9/10, end: 1/10}, r: {U: 9/10, end: 1/10}}
rewards: {A: {l: 1}, B: {r: 2}}
terminal: [end]
policy: {parametrization: softmax, theta: {A: {l: 0.2, r: 0}, B: {l: 0, r: 0}, U: {l: 4.6, r: 0}}}
";
    let without = with
        .replace(", U, end]", ", end]")
        .replace(
            "  U: {l: {U: 9/10, end: 1/10}, r: {U: 9/10, end: 1/10}}\n",
            "",
        )
        .replace(", U: {l: 4.6, r: 0}", "");
    let variance = |text: &str| {
        let (_guard, path) = file("unreachable.yaml", text);
        let flags = [
            "--behavior",
            "uniform",
            "--estimators",
            "reward-to-go",
            "-n",
            "1000",
        ];
        let report = json(&[&["compare", &path], &flags[..]].concat());
        let law = entry(&report, "reward-to-go");
        assert_eq!(law["verdict"], "consistent");
        numbers(&law["variance"])[..4].to_vec()
    };
    for (a, b) in variance(with).iter().zip(variance(&without)) {
        assert!((a / b - 1.0).abs() <= 1e-12, "{a} {b}");
    }
}

/// The table names the p-value that decides, and says where χ² does not hold.
#[test]
fn a_table_explains_its_verdict() {
    let lake = ["compare", "mdps/frozenlake-4x4.yaml", "-n", "3000"];
    let table = out(&lake);
    for words in [
        "decisive p",
        "*",
        "44 parameters vary too rarely",
        "raise N",
    ] {
        assert!(table.contains(words), "{words}: {table}");
    }
    let csv = out(&[&lake[..], &["--format", "csv"]].concat());
    for row in [
        "rare,,,,44",
        "decision_p_value,,,,1.0",
        "variance_p_value,,,,",
    ] {
        assert!(csv.contains(&format!("reward-to-go,{row}")), "{row}: {csv}");
    }
    let few = out(&[
        "compare",
        TWO_STATE,
        "-n",
        "100",
        "--truncation",
        "1",
        "--false-alarm",
        "0.7",
    ]);
    assert!(few.contains("each cut after 1 step\n"), "{few}");
    assert!(
        few.contains("inconsistent in at most 0.7 of all runs"),
        "{few}"
    );
}

/// Two actions with rewards 1 and 0 in one state: without γᵗ each of T steps adds π(1 − π)(1 − 0) to
/// the mean, so that a cut of our own has T/4, where ∂J/∂θ is 1/4/(1 − γ).
#[test]
fn what_drops_the_discount_is_biased_by_the_sum_over_the_steps_taken() {
    let model = "discount: 0.9\nstates: [a]\nactions: [x, y]\ninitial: a\n\
                 transitions: {a: {x: a, y: a}}\nrewards: {a: {x: 1}}\n";
    let (_folder, path) = file("model.yaml", model);
    let report = json(&["compare", &path, "-n", "5000"]);
    let dropped = entry(&report, "reward-to-go:dropped");
    let steps = dropped["truncation"].as_f64().unwrap();
    let expectation = dropped["expectation"][0].as_f64().unwrap();
    assert!(
        (expectation / (steps / 4.0) - 1.0).abs() < 1e-12,
        "{expectation}"
    );
    assert_eq!(dropped["bias_verdict"], "biased");
    assert_eq!(dropped["verdict"], "consistent");
    let table = run(&["compare", &path, "-n", "5000"]).out;
    assert!(
        table.contains("without γᵗ no mean converges as the cut grows"),
        "{table}"
    );
}

/// What does not vary shows a fault at once.
#[test]
fn one_trajectory_of_a_deterministic_estimator_is_enough() {
    let (_guard, path) = file("single.yaml", SINGLE);
    let report = json(&[
        "compare",
        &path,
        "--estimators",
        "advantage",
        "--sequential",
    ]);
    let law = entry(&report, "advantage");
    assert_eq!(law["trajectories_for_error"], 1.0);
    assert_eq!(law["trajectories_to_detect"], 1.0);
    assert_eq!(report["trajectories"], 1562);
}

/// Where ∇J = 0 there is no direction to ascend in.
#[test]
fn a_mean_of_zero_does_not_ascend() {
    let (_guard, path) = file("zero.yaml", &SINGLE.replace("a: 1", "a: 0"));
    let report = json(&["compare", &path, "-n", "10", "--estimators", "q"]);
    let law = entry(&report, "q");
    assert_eq!(
        (&law["ascends"], &law["cosine"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(report["gradient"], value!([0.0, 0.0]));
}

/// Out of proportion is an error in words, and a window beyond the last step is none.
#[test]
fn what_takes_too_much_memory_is_refused() {
    let lake = "mdps/frozenlake-4x4.yaml";
    let refused: [(&[&str], &str); 5] = [
        (
            &[lake, "--estimators", "n-step:1000000000"],
            "at most 134217728",
        ),
        (&[lake, "--estimators", "n-step:20000"], "at most 134217728"),
        (
            &[TWO_STATE, "--truncation", "4000000000"],
            "at most 3355443 steps",
        ),
        (
            &[TWO_STATE, "--horizon", "100000000"],
            "at most 3355443 steps",
        ),
        (&[TWO_STATE, "--discount", "0.9999999"], "--geometric"),
    ];
    for (flags, words) in refused {
        let run = run(&[&["compare", "-n", "2"], flags].concat());
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{flags:?}");
        let error: Vec<&str> = run.err.split_whitespace().filter(|w| *w != "│").collect();
        assert!(error.join(" ").contains(words), "{flags:?}: {}", run.err);
    }
    let names = "gae:1,n-step:9,n-step:1000000000";
    let flags = ["--truncation", "9", "-n", "100", "--estimators", names];
    let report = json(&[&["compare", TWO_STATE], &flags[..]].concat());
    for figure in ["variance", "mean"] {
        let of = |name| entry(&report, name)[figure].clone();
        assert_eq!(of("n-step:9"), of("gae:1"), "{figure}");
        assert_eq!(of("n-step:1000000000"), of("gae:1"), "{figure}");
    }
}

/// It is not the rewards that are too large here.
#[test]
fn a_baseline_or_critic_that_overflows_is_named() {
    for (flags, given) in [
        (
            ["--critic", "noise:0:1.79e308", "--estimators", "q"],
            "noise:0:1.79e308",
        ),
        (
            ["--critic", "noise:1:1e308", "--estimators", "q"],
            "noise:1:1e308",
        ),
        (
            ["--critic", "exact", "--estimators", "baseline:1e308"],
            "baseline:1e308",
        ),
    ] {
        let run = run(&[&["compare", TWO_STATE, "-n", "10"], &flags[..]].concat());
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{flags:?}");
        for words in [given, "give a smaller one"] {
            assert!(run.err.contains(words), "{words}: {}", run.err);
        }
    }
}

#[test]
fn a_legend_explains_what_is_drawn_and_nothing_else() {
    let (_guard, path) = file("errors.svg", "");
    let (_model, single) = file("single.yaml", SINGLE);
    let flags = [
        "--estimators",
        "advantage,reward-to-go",
        "-n",
        "100000",
        "--plot",
        &path,
    ];
    out(&[&["compare", &single], &flags[..]].concat());
    let svg = read(&path);
    assert!(svg.contains("advantage: no error"));
    assert!(!svg.contains("an error of 100 %")); // ‖∇J‖ is far above the errors
    let rough = ["-n", "2000", "--plot", &path];
    out(&[&["compare", "mdps/two-step-sign-flip.yaml"], &rough[..]].concat());
    assert!(read(&path).contains("an error of 100 %"));
}

/// A map that leaves a state out is no function of the state.
#[test]
fn a_critic_has_a_number_for_every_state() {
    let (_guard, path) = file("critic.json", "{\"cold\": 1}");
    let run = run(&["compare", TWO_STATE, "--critic", &path, "--estimators", "q"]);
    assert_eq!((run.code, run.out.as_str()), (Some(2), ""));
    assert!(run.err.contains("no number for `hot`"), "{}", run.err);
}

/// A horizon ends trajectories itself, and the message names the flags that do so too.
#[test]
fn a_horizon_takes_no_second_end() {
    for flag in [&["--truncation", "3"][..], &["--geometric"]] {
        let run = run(&[&["compare", TWO_STATE, "--horizon", "5"], flag].concat());
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""));
        assert!(
            run.err.contains("leave --truncation and --geometric out"),
            "{}",
            run.err
        );
    }
}
