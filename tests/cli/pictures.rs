//! Pictures as files, on a terminal, and what is drawn in them beside other numbers.

use serde_json::Value;

use super::{finished, json, out, program, read, run};

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn in_folder(folder: &tempfile::TempDir, name: &str) -> String {
    folder.path().join(name).display().to_string()
}

/// The numbers of an array in JSON.
fn numbers(array: &Value) -> Vec<f64> {
    let array = array.as_array().expect("an array");
    array
        .iter()
        .map(|x| x.as_f64().expect("a number"))
        .collect()
}

#[test]
fn every_picture_is_also_a_png() {
    let folder = folder();
    for (i, command) in [
        &["evaluate", "mdps/frozenlake-4x4.yaml"][..],
        &["solve", "mdps/gridworld-5x5.yaml"],
        &["gradient", "mdps/retry-loop.yaml"],
        &["chain", "mdps/riverswim.yaml"],
        &["ascend", "mdps/two-state.yaml", "-n", "20"],
    ]
    .into_iter()
    .enumerate()
    {
        let path = in_folder(&folder, &format!("{i}.png"));
        out(&[command, &["-q", "--plot", &path]].concat());
        let bytes = std::fs::read(&path).expect("the file is there");
        assert_eq!(bytes[..8], *b"\x89PNG\r\n\x1a\n", "{command:?}");
        let width = u32::from_be_bytes([bytes[16], bytes[17], bytes[18], bytes[19]]);
        assert!(width >= 1080, "{command:?}: {width} pixels");
    }
    let refused = run(&["evaluate", "mdps/two-state.yaml", "--plot", "values.pdf"]);
    assert_eq!(refused.code, Some(2));
    assert!(
        refused.err.contains("end the name in .svg or .png"),
        "{}",
        refused.err
    );
}

#[test]
fn a_chain_is_drawn_by_its_classes_and_its_spectrum() {
    let folder = folder();
    let path = in_folder(&folder, "chain.svg");
    let report = json(&[
        "chain",
        "mdps/multichain-average.yaml",
        "-q",
        "--plot",
        &path,
    ]);
    let picture = read(&path);
    let (real, imaginary) = (
        numbers(&report["spectrum"]["real"]),
        numbers(&report["spectrum"]["imaginary"]),
    );
    assert!(report["classes"].as_array().expect("classes").len() > 1);
    for class in ["f0", "f1"] {
        assert!(
            picture.contains(&format!("class=\"cell {class}\"")),
            "{class}"
        );
    }
    for (re, im) in real.iter().zip(&imaginary) {
        let sign = if *im < 0.0 { '−' } else { '+' };
        let words = format!(
            "λ = {} {sign} {}i",
            Value::from(re + 0.0),
            Value::from(im.abs())
        );
        assert!(picture.contains(&words), "{words}");
    }
    let refused = run(&[
        "chain",
        "mdps/two-state.yaml",
        "--plot",
        &path,
        "--matrices",
        "no",
    ]);
    assert_eq!(refused.code, Some(2));
}

/// In a bandit of two arms ∇J moves towards the better one everywhere, by π(1 − π)² … of the theory:
/// dπ₁ = 2 ρ (π₁π₂)² (r₁ − r₂) at τ = 1, where ρ = 1/(1 − γ).
#[test]
fn the_field_on_a_simplex_is_that_of_the_bandit() {
    let model = "discount: 1/2\nstates: [s]\nactions: [left, right]\ninitial: s\n\
                 transitions: {s: {left: {s: 1}, right: {s: 1}}}\nrewards: {s: {left: 0, right: 3}}\n";
    let (folder, path) = super::file("bandit.yaml", model);
    let plot = in_folder(&folder, "field.svg");
    out(&[
        "gradient",
        &path,
        "-q",
        "--hessian",
        "--fisher",
        "--plot",
        &plot,
    ]);
    let picture = read(&plot);
    for words in [
        "the Hessian",
        "the Fisher matrix",
        "in s, all other states as they are",
    ] {
        assert!(picture.contains(words), "{words}");
    }
    let begin = "at (0.5, 0.5): dπ = (";
    let (_, rest) = picture
        .split_once(begin)
        .expect("the middle of the simplex");
    let (moved, _) = rest.split_once(')').expect("two numbers");
    let moved: Vec<f64> = moved
        .split(", ")
        .map(|x| x.parse().expect("a number"))
        .collect();
    // ρ = 2, g = (−0.25 · 3, 0.25 · 3) · 2, dπ₂ = π₂ (g₂ − Σ π g) = 0.75
    assert!(
        (moved[1] - 0.75).abs() < 1e-12 && (moved[0] + 0.75).abs() < 1e-12,
        "{moved:?}"
    );
}

#[test]
fn steps_are_compared_and_named() {
    let folder = folder();
    let (plot, trace) = (
        in_folder(&folder, "steps.svg"),
        in_folder(&folder, "steps.csv"),
    );
    let arguments = [
        "ascend",
        "mdps/two-state.yaml",
        "--method",
        "plain,natural",
        "-n",
        "5",
    ];
    let steps = ["--step", "0.1,2", "--plot", &plot, "--trace", &trace];
    let report = json(&[&arguments[..], &steps].concat());
    let labels = ["plain@0.1", "natural@0.1", "plain@2", "natural@2"];
    assert_eq!(report["asked_step"], 0.1);
    assert_eq!(report["others"].as_array().expect("others").len(), 3);
    let (picture, rows) = (read(&plot), read(&trace));
    for label in labels {
        assert!(
            picture.contains(label) && rows.contains(&format!("\n{label},5,")),
            "{label}"
        );
    }
    assert!(picture.contains("J* = "));
    let alone = json(&[&arguments[..], &["--step", "2"]].concat());
    assert_eq!(alone["j"], report["others"][1]["j"]);
    assert!(alone.get("asked_step").is_none());
}

/// Mean, deviation and range are those of runs from single seeds.
#[test]
fn repeats_are_runs_from_seeds_one_apart() {
    let arguments = [
        "ascend",
        "mdps/two-state.yaml",
        "--method",
        "reinforce",
        "--trajectories",
        "10",
        "-n",
        "4",
        "-q",
    ];
    let report = json(&[&arguments[..], &["--repeats", "3", "--seed", "7"]].concat());
    let seeds = ["7", "8", "9"].map(|seed| json(&[&arguments[..], &["--seed", seed]].concat()));
    let j = |report: &Value, k: usize| report["trace"][k]["j"].as_f64().expect("a number");
    let repeats = &report["repeats"];
    assert_eq!(repeats["count"], 3);
    for k in 0..=4 {
        let all: Vec<f64> = seeds.iter().map(|seed| j(seed, k)).collect();
        let mean = all.iter().sum::<f64>() / 3.0;
        let deviation = (all.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 2.0).sqrt();
        assert!((numbers(&repeats["mean_j"])[k] - mean).abs() < 1e-12);
        assert!((numbers(&repeats["deviation_j"])[k] - deviation).abs() < 1e-12);
        assert_eq!(
            numbers(&repeats["least_j"])[k],
            all.iter().copied().fold(f64::MAX, f64::min)
        );
        assert_eq!(
            numbers(&repeats["greatest_j"])[k],
            all.iter().copied().fold(f64::MIN, f64::max)
        );
    }
    let refused = run(&["ascend", "mdps/two-state.yaml", "--repeats", "3"]);
    assert_eq!(refused.code, Some(2));
    assert!(
        refused.err.contains("belongs to the sampled methods"),
        "{}",
        refused.err
    );
}

#[test]
fn a_sweep_says_what_single_discounts_say() {
    let folder = folder();
    let plot = in_folder(&folder, "sweep.svg");
    for (command, name) in [("evaluate", "j"), ("solve", "j")] {
        let sweep = ["--sweep", "discount=0.5..0.9:3", "--plot", &plot];
        let report = json(&[&[command, "mdps/two-state.yaml"][..], &sweep].concat());
        assert_eq!(numbers(&report["discount"]), [0.5, 0.7, 0.9]);
        for (discount, value) in ["0.5", "0.7", "0.9"].iter().zip(numbers(&report["values"])) {
            let alone = json(&[command, "mdps/two-state.yaml", "--discount", discount]);
            assert_eq!(alone[name].as_f64(), Some(value), "{command} {discount}");
        }
        assert!(read(&plot).contains("against the discount"));
    }
    // where there is no number there is a reason
    let report = json(&[
        "evaluate",
        "mdps/two-state.yaml",
        "--sweep",
        "discount=0.5..1:2",
    ]);
    assert!(report["values"][1].is_null());
    assert!(
        report["absent"][0]
            .as_str()
            .expect("a reason")
            .contains("discount 1")
    );
    let refused = run(&[
        "evaluate",
        "mdps/howard-toymaker.yaml",
        "--sweep",
        "discount=0.5..0.9",
    ]);
    assert!(
        refused.err.contains("for discounted models"),
        "{}",
        refused.err
    );
    let refused = run(&[
        "evaluate",
        "mdps/two-state.yaml",
        "--sweep",
        "discount=0.9..0.5",
    ]);
    assert!(refused.err.contains("go upwards"), "{}", refused.err);
}

/// Maps on a terminal: 24 bits, 256 colors, none; the text below is the same.
#[test]
fn maps_are_shaded_as_far_as_the_terminal_can() {
    let shown = |color_term: &str, term: &str| {
        let mut command = program(&[
            "evaluate",
            "mdps/frozenlake-4x4.yaml",
            "--color",
            "always",
            "-q",
        ]);
        command.env("COLORTERM", color_term).env("TERM", term);
        finished(command).out
    };
    let (full, indexed, few) = (
        shown("truecolor", "xterm"),
        shown("", "xterm-256color"),
        shown("", "xterm"),
    );
    assert!(
        full.contains("\u{1b}[48;2;") || full.contains(";48;2;"),
        "{full:?}"
    );
    assert!(indexed.contains("48;5;") && !indexed.contains("48;2;"));
    assert!(!few.contains("48;"));
    let plain = |text: &str| {
        let parts = text.split('\u{1b}').enumerate();
        let parts = parts.map(|(i, part)| {
            if i == 0 {
                part
            } else {
                part.split_once('m').map_or(part, |x| x.1)
            }
        });
        parts.collect::<String>()
    };
    assert_eq!(plain(&full), plain(&few));
    assert_eq!(plain(&indexed), plain(&few));
}

/// The pictures of docs/gallery.md are those that its commands make, to the last byte;
/// `UPDATE_GALLERY=1` makes them anew.
#[test]
fn the_gallery_shows_what_its_commands_draw() {
    let text = read(std::path::Path::new(crate::ROOT).join("docs/gallery.md"));
    let commands: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("exact-mdp "))
        .collect();
    assert!(commands.len() >= 9, "{} commands", commands.len());
    let (folder, update) = (folder(), std::env::var_os("UPDATE_GALLERY").is_some());
    for command in commands {
        let words: Vec<&str> = command.split(' ').collect();
        let (words, [place]) = words.split_last_chunk::<1>().expect("words");
        let name = place
            .strip_prefix("docs/plots/")
            .expect("a picture under docs/plots");
        assert!(
            text.contains(&format!("](plots/{name})")),
            "{name} is not shown"
        );
        let made = in_folder(&folder, name);
        out(&[words, &[&made], &["-q"]].concat());
        let kept = std::path::Path::new(crate::ROOT).join(place);
        if update {
            std::fs::copy(&made, &kept).expect("the picture is written");
        }
        assert!(
            read(&made) == read(&kept),
            "{place} is not what `{command}` draws"
        );
    }
}
