//! `compare`: names, verdicts, the same bytes for any number of threads.

use serde_json::{Value, json as value};

use super::read;
use super::{file, json, out, run};

const SIGN_FLIP: &str = "mdps/two-step-sign-flip.yaml";
const FROZEN_LAKE: &str = "mdps/frozenlake-4x4.yaml";

pub fn entry(report: &Value, name: &str) -> Value {
    let estimators = report["estimators"].as_array().unwrap().iter();
    let mut found = estimators.filter(|e| e["name"] == name);
    found.next().unwrap_or_else(|| panic!("no {name}")).clone()
}

/// ∇J = x(1 − x)/4 = 1/16 and without γᵗ −x(1 − x)/2 = −1/8 at x = 1/2 (theory, 5.1).
#[test]
fn the_estimator_that_drops_the_discount_points_the_other_way() {
    let report = json(&["compare", SIGN_FLIP, "-n", "20000"]);
    assert_eq!(report["gradient"], value!([0.0625]));
    assert_eq!(report["trajectories"], 20000);
    let kept = entry(&report, "reward-to-go");
    assert_eq!(kept["psi"], "reward-to-go");
    assert_eq!(kept["discounting"], true);
    assert_eq!(kept["expectation"], value!([0.0625]));
    assert_eq!(kept["verdict"], "consistent");
    assert_eq!(kept["bias_verdict"], "unbiased");
    let dropped = entry(&report, "reward-to-go:dropped");
    assert_eq!(dropped["discounting"], false);
    assert_eq!(dropped["expectation"], value!([-0.125]));
    assert_eq!(dropped["bias"], value!([-0.1875]));
    assert_eq!(dropped["bias_verdict"], "biased");
    assert_eq!(dropped["ascends"], false);
    // z and standard error are what they are called
    let figure = |name: &str| dropped[name][0].as_f64().unwrap();
    let error = (figure("variance") / 20000.0).sqrt();
    assert!((figure("standard_error") - error).abs() <= 1e-15);
    assert!((figure("z") - (figure("mean") + 0.125) / error).abs() <= 1e-9);
}

/// Without an end the total return has no variance: words in place of numbers.
#[test]
fn what_has_no_variance_says_so() {
    let arguments = ["compare", "mdps/two-state.yaml", "-n", "1000"];
    let total = entry(&json(&arguments), "total-return");
    let verdict = total["verdict"].as_str().unwrap();
    assert!(verdict.contains("no finite variance"), "{verdict}");
    for figure in ["mean", "variance", "z", "statistic", "p_value"] {
        assert_eq!(total[figure], Value::Null, "{figure}");
    }
    let table = out(&arguments);
    assert!(
        table.contains("no finite variance on a continuing task"),
        "{table}"
    );
    assert!(table.contains("each cut after 94 steps"), "{table}");
}

#[test]
fn threads_change_nothing_and_the_seed_does() {
    let output = |threads: &str, seed: &str| {
        let flags = ["--threads", threads, "--seed", seed, "--format", "json"];
        out(&[&["compare", FROZEN_LAKE, "-n", "30000"], &flags[..]].concat())
    };
    assert_eq!(output("1", "0"), output("2", "0"));
    assert_ne!(output("1", "0"), output("1", "1"));
}

#[test]
fn estimators_critics_and_baselines_are_named() {
    let (_guard, path) = file("b.json", "{\"first\": 1, \"second\": 0.5}");
    let flags = [
        "--estimators",
        "q,gae:0.5,n-step:2:dropped",
        "--critic",
        "v+noise:3:0.1",
    ];
    let report = json(
        &[
            &["compare", SIGN_FLIP, "-n", "1000", "--baseline-file", &path],
            &flags[..],
        ]
        .concat(),
    );
    assert_eq!(entry(&report, "q")["critic"], "noise:3:0.1");
    assert_eq!(entry(&report, "gae:0.5")["lambda"], 0.5);
    assert_eq!(entry(&report, "n-step:2:dropped")["n"], 2);
    assert_eq!(entry(&report, "baseline:file")["baseline"], "file");
    assert_eq!(entry(&report, "baseline:file")["bias_verdict"], "unbiased");
}

#[test]
fn a_wrong_estimator_critic_or_baseline_is_an_error() {
    let (_guard, path) = file("b.json", "{\"third\": 1}");
    let wrong: [&[&str]; 6] = [
        &["--estimators", "reinforce"],
        &["--critic", "no-such-file.json"],
        &["--baseline-file", &path],
        &["--false-alarm", "2"],
        &["--trajectories", "1"],
        &["--truncation", "5", "--geometric"],
    ];
    for flags in wrong {
        let run = run(&[&["compare", SIGN_FLIP], flags].concat());
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{flags:?}");
        assert!(!run.err.is_empty());
    }
    let unknown = run(&["compare", SIGN_FLIP, "--baseline-file", &path]);
    assert!(
        unknown.err.contains("unknown state `third`"),
        "{}",
        unknown.err
    );
}

#[test]
fn the_table_ends_with_the_verdict() {
    let table = out(&["compare", SIGN_FLIP, "-n", "20000", "--power"]);
    insta::assert_snapshot!(table);
}

/// A picture names the model, the estimators and what it shows, whatever exists of them.
#[test]
fn a_plot_names_every_estimator() {
    let (_guard, path) = file("errors.svg", "");
    let biased = ["compare", SIGN_FLIP, "-n", "2000", "--plot", &path];
    let infinite = [
        "compare",
        "mdps/two-state.yaml",
        "-n",
        "200",
        "--plot",
        &path,
    ];
    let nothing = [&infinite[..], &["--estimators", "total-return"]].concat();
    let few = ["compare", SIGN_FLIP, "-n", "2", "--plot", &path];
    let runs: [(&[&str], &[&str]); 4] = [
        (&biased, &["dotted", "10", "1000"]),
        (
            &infinite,
            &["has no finite variance on<", ">a continuing task"],
        ),
        (&nothing, &["no estimator here has a finite variance"]),
        (&few, &["at N = 2<"]),
    ];
    for (arguments, words) in runs {
        out(arguments);
        let svg = read(&path).replace(['\n', '\r'], "");
        let names = if arguments.contains(&"--estimators") {
            &["total-return"][..]
        } else {
            &["total-return", "reward-to-go", "reward-to-go:dropped"]
        };
        assert_well_formed(&svg);
        for word in names.iter().chain(words) {
            assert!(svg.contains(word), "{word} in {arguments:?}");
        }
        assert!(
            !svg.contains("NaN") && !svg.contains("inf\""),
            "{arguments:?}"
        );
    }
}

/// Every tag is closed in its order, and no text holds a bare `<` or `&`.
fn assert_well_formed(svg: &str) {
    let mut open = Vec::new();
    for part in svg.split('<').skip(1) {
        let (tag, text) = part.split_once('>').expect("a tag ends");
        let entities = text.split('&').skip(1);
        for entity in entities {
            assert!(
                entity
                    .split_once(';')
                    .is_some_and(|(name, _)| name.len() <= 5),
                "{text}"
            );
        }
        let name = tag.split_whitespace().next().expect("a tag has a name");
        match tag.strip_prefix('/') {
            Some(closed) => assert_eq!(open.pop(), Some(closed.trim())),
            None if tag.ends_with('/') || tag.starts_with('?') => {}
            None => open.push(name),
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn a_plot_is_refused_before_sampling_if_it_is_no_svg_or_png() {
    for name in ["a.pdf", "a", "png"] {
        let run = run(&["compare", SIGN_FLIP, "--plot", name]);
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{name}");
        assert!(
            run.err.contains("end the name in .svg or .png"),
            "{}",
            run.err
        );
    }
}

/// The same bytes on every run, with dark and colored pixels among many white ones.
#[test]
#[cfg(feature = "plot")]
fn a_plot_can_be_pixels() {
    let (_guard, path) = file("errors.png", "");
    let arguments = ["compare", SIGN_FLIP, "-n", "2000", "--plot", &path];
    let drawn = || {
        assert_eq!(run(&arguments).code, Some(0));
        std::fs::read(&path).unwrap()
    };
    let png = drawn();
    assert_eq!(png[..8], *b"\x89PNG\r\n\x1a\n");
    assert_eq!(png, drawn());
    let pixels = tiny_skia::Pixmap::decode_png(&png).unwrap();
    let share = |holds: &dyn Fn([u8; 3]) -> bool| {
        let all = pixels.pixels().iter();
        let held = all.filter(|p| holds([p.red(), p.green(), p.blue()]));
        held.count() as f64 / pixels.pixels().len() as f64
    };
    assert!(share(&|rgb| rgb == [255; 3]) > 0.6);
    assert!(share(&|rgb| rgb.iter().all(|&x| x < 64)) > 0.001);
    assert!(share(&|[red, _, blue]| blue.abs_diff(red) > 64) > 0.001);
}

/// Importance sampling keeps the means, and its own exact variances hold the sample.
#[test]
fn a_behavior_policy_keeps_the_gradient() {
    let models: [&[&str]; 3] = [
        &[
            "mdps/retry-loop.yaml",
            "--policy",
            "random:1",
            "--behavior",
            "uniform",
        ],
        &[
            "mdps/short-corridor.yaml",
            "--behavior",
            "random:2",
            "--horizon",
            "6",
        ],
        &[
            "mdps/two-state.yaml",
            "--behavior",
            "random:4",
            "--horizon",
            "3",
        ],
    ];
    for flags in models {
        let names = ["-n", "20000", "--estimators", "all"];
        let report = json(&[&["compare"], flags, &names].concat());
        assert_eq!(
            report["behavior"],
            flags[flags.iter().position(|f| *f == "--behavior").unwrap() + 1]
        );
        let estimators = report["estimators"].as_array().unwrap();
        assert!(estimators.len() >= 8, "{flags:?}");
        for judged in estimators {
            assert_eq!(judged["verdict"], "consistent", "{flags:?} {judged}");
        }
        assert_eq!(entry(&report, "reward-to-go")["bias_verdict"], "unbiased");
    }
}

#[test]
fn a_behavior_without_support_or_variance_says_so() {
    let run = run(&["compare", "mdps/retry-loop.yaml", "--behavior", "optimal"]);
    assert_eq!(run.code, Some(2));
    assert!(run.err.contains("never takes `start/jump`"), "{}", run.err);
    let heavy = [
        "compare",
        "mdps/two-state.yaml",
        "--policy",
        "random:1",
        "--behavior",
        "uniform",
    ];
    let table = out(&heavy);
    assert!(
        table.contains("the importance-sampling estimator has no finite variance"),
        "{table}"
    );
    assert!(table.contains("0 trajectories"), "{table}");
    let cut = json(&[&heavy[..], &["--truncation", "5", "-n", "5000"]].concat());
    assert_eq!(entry(&cut, "reward-to-go")["verdict"], "consistent");
}

#[test]
fn one_step_is_not_one_steps() {
    let table = run(&[
        "compare",
        "mdps/two-state.yaml",
        "--truncation",
        "1",
        "-n",
        "100",
    ])
    .out;
    assert!(table.contains("each cut after 1 step\n"), "{table}");
}

/// Every run of the average reward has T steps, over which its sum is already: the mean over all steps is the mean over runs, with
/// the mean ∇g.
#[test]
fn under_the_average_reward_the_mean_over_steps_is_that_over_runs() {
    let text = "criterion: average\nstates: [a, b]\nactions: [x, y]\ninitial: a\ntransitions:\n\
                - [a, x, a, 1/2, 1]\n- [a, x, b, 1/2, 1]\n- [a, y, b, 1, 3]\n- [b, x, a, 1, 2]\n- [b, y, b, 3/4, -1]\n- [b, y, a, 1/4, -1]\n";
    let (_folder, path) = file("model.yaml", text);
    let names = "advantage,per-step-mean:advantage";
    let asked = [
        "compare",
        &path,
        "--estimators",
        names,
        "--truncation",
        "10",
        "-n",
        "400",
    ];
    let report = json(&asked);
    let (runs, steps) = (
        entry(&report, "advantage"),
        entry(&report, "per-step-mean:advantage"),
    );
    assert_eq!(steps["verdict"], "consistent");
    assert_eq!(steps["bias_verdict"], "unbiased");
    for name in ["mean", "expectation", "variance"] {
        let numbers = |of: &Value| -> Vec<f64> {
            let all = of[name].as_array().expect(name).iter();
            all.map(|x| x.as_f64().expect(name)).collect()
        };
        for (x, y) in numbers(&runs).into_iter().zip(numbers(&steps)) {
            assert!((x - y).abs() <= 1e-13 * x.abs(), "{name}: {x} {y}");
        }
    }
}
