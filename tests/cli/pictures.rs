//! Pictures as files, on a terminal, and what is drawn in them beside other numbers.

use serde_json::Value;

use super::{finished, json, out, program, read, run};

pub fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

pub fn in_folder(folder: &tempfile::TempDir, name: &str) -> String {
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
        &["between", "mdps/two-state.yaml", "uniform", "optimal"],
        &["compare", "mdps/two-step-sign-flip.yaml", "-n", "500"],
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

/// Numbers in the marks of states are their names where these are numbers, and colors that come again say so.
#[test]
fn numbers_of_a_chain_are_its_states() {
    let folder = folder();
    let (model, plot) = (in_folder(&folder, "m.yaml"), in_folder(&folder, "c.svg"));
    let draw = |text: &str| {
        std::fs::write(&model, text).expect("written");
        out(&["chain", &model, "-q", "--plot", &plot]);
        read(&plot)
    };
    let rows = |n: usize, to: &dyn Fn(usize) -> String| {
        let rows: Vec<String> = (0..n).map(|i| format!("{i}: {{0: {}}}", to(i))).collect();
        format!(
            "discount: 0.9\nstates: {n}\nactions: 1\ninitial: 0\ntransitions: {{{}}}\n",
            rows.join(", ")
        )
    };
    let numbers = |picture: &str| -> Vec<String> {
        let nodes = picture.split("<g data-s=\"").skip(1);
        let nodes = nodes.take_while(|node| node.contains("class=\"node"));
        nodes.map(|node| words(node)[0].clone()).collect()
    };
    let states: Vec<String> = (0..40).map(|s| s.to_string()).collect();
    let walk = draw(&rows(40, &|i| {
        format!("{{{}: 1/2, {}: 1/2}}", i.saturating_sub(1), (i + 1).min(39))
    }));
    assert_eq!(numbers(&walk), states);
    assert!(!walk.contains("colors"));
    let stays = draw(&rows(40, &|i| i.to_string()));
    assert_eq!(numbers(&stays), states);
    assert!(stays.contains("of which 40 share 8 colors"));
    // a name that has no room: numbers that are no names
    let mut named = rows(40, &|i| i.to_string());
    named = named.replace(
        "states: 40",
        &format!("states: [{}, a long name]", states[..39].join(", ")),
    );
    named = named.replace("39: {0: 39}", "a long name: {0: a long name}");
    let numbered = numbers(&draw(&named));
    assert!(
        numbered.iter().all(|number| number.starts_with('#')),
        "{numbered:?}"
    );
    std::fs::write(
        &model,
        "discount: 0.9\ngarnet: {states: 2001, actions: 1, branching: 1}\n",
    )
    .expect("written");
    let refused = run(&["chain", &model, "--plot", &plot]);
    assert_eq!(refused.code, Some(2));
    assert!(
        refused.err.contains("leave `--plot` out"),
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

const BANDIT: &str = "discount: 1/2\nstates: [s]\nactions: [left, right]\ninitial: s\n\
                      transitions: {s: {left: {s: 1}, right: {s: 1}}}\nrewards: {s: {left: 0, right: 3}}\n";

/// The numbers in a title between two texts.
fn said(title: &str, begin: &str, end: &str) -> Vec<f64> {
    let (_, rest) = title.split_once(begin).expect("it begins");
    let (numbers, _) = rest.split_once(end).unwrap_or((rest, ""));
    let numbers = numbers.split(", ");
    numbers.map(|x| x.parse().expect("a number")).collect()
}

/// The titles of a picture that hold a text.
fn titles<'a>(picture: &'a str, holds: &str) -> Vec<&'a str> {
    let titles = picture.split("<title>").skip(1);
    let titles = titles.filter_map(|rest| Some(rest.split_once("</title>")?.0));
    titles.filter(|title| title.contains(holds)).collect()
}

/// A bandit of two arms has J = 2 · 3 σ(y − x) over its parameters x and y, and ∂J/∂y = 6 σ(1 − σ) = −∂J/∂x.
#[test]
fn j_over_parameters_is_that_of_the_bandit() {
    let (folder, path) = super::file("bandit.yaml", BANDIT);
    let plot = in_folder(&folder, "plane.svg");
    let command = ["gradient", &path, "-q", "--plot", &plot];
    out(&[
        &command[..],
        &["--over", "s,left=-1..2", "--over", "theta[s,right]"],
    ]
    .concat());
    let picture = read(&plot);
    let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
    let cells = titles(&picture, "): J = ");
    assert!(cells.len() > 600, "{} cells and arrows", cells.len());
    let mut arrows = 0;
    for cell in cells {
        let place = said(cell, "at (", "): ");
        let share = sigmoid(place[1] - place[0]);
        let j = said(cell, "J = ", ", ∇J")[0];
        assert!((j - 6.0 * share).abs() < 1e-12, "{cell}");
        assert!(
            (-4.0..4.0).contains(&place[1]) && (-1.0..2.0).contains(&place[0]),
            "{cell}"
        );
        if cell.contains("∇J") {
            let slope = said(cell, "∇J = (", ")");
            let exact = 6.0 * share * (1.0 - share);
            assert!(
                (slope[0] + exact).abs() < 1e-12 && (slope[1] - exact).abs() < 1e-12,
                "{cell}"
            );
            arrows += 1;
        }
    }
    assert_eq!(arrows, 64);
    out(&[&command[..], &["--over", "s,right"]].concat());
    assert!(read(&plot).contains("<title>the policy, 0.0 = 3.0</title>"));
    let (named, twice) = (
        ["--over", "s,rigth"],
        ["--over", "s,left", "--over", "s,left"],
    );
    for (flags, words) in [(&named[..], "theta[s,right]"), (&twice, "twice")] {
        let refused = run(&[&command[..], flags].concat());
        assert_eq!(refused.code, Some(2));
        assert!(refused.err.contains(words), "{}", refused.err);
    }
}

#[test]
fn the_routes_are_drawn_with_what_they_are_apart() {
    let folder = folder();
    let plot = in_folder(&folder, "routes.svg");
    let command = [
        "gradient",
        "mdps/recycling-robot.yaml",
        "-q",
        "--routes",
        "all",
        "--plot",
        &plot,
    ];
    let report = json(&command);
    let picture = read(&plot);
    let apart = titles(&picture, "finite-difference: largest difference");
    let routes = report["routes"].as_object().expect("routes");
    let (own, other) = (
        numbers(&report["gradient"]),
        numbers(&routes["finite-difference"]),
    );
    let largest = own
        .iter()
        .zip(&other)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f64::max);
    assert_eq!(said(apart[0], "= ", "\n"), [largest]);
    assert!(titles(&picture, "evolution (standard error ").len() == own.len());
}

#[test]
fn two_policies_are_drawn_with_the_line_between_them() {
    let folder = folder();
    let plot = in_folder(&folder, "between.svg");
    let report = json(&[
        "between",
        "mdps/two-state.yaml",
        "uniform",
        "optimal",
        "-q",
        "--plot",
        &plot,
    ]);
    let picture = read(&plot);
    let (x, j) = (numbers(&report["line"]["x"]), numbers(&report["line"]["j"]));
    for (x, j) in x.iter().zip(&j) {
        let words = format!(
            "J, exact at the marks, {} = {}",
            Value::from(*x),
            Value::from(*j)
        );
        assert!(picture.contains(&words), "{words}");
    }
    let parts = titles(&picture, ": ρ'A = ");
    let sum: f64 = parts
        .iter()
        .map(|title| said(title, "ρ'A = ", "\n")[0])
        .sum();
    let whole = report["difference"].as_f64().expect("a number");
    assert!((sum - whole).abs() < 1e-12, "{sum} and {whole}");
}

#[test]
fn a_comparison_is_drawn_with_each_z_and_covariance() {
    let folder = folder();
    let plot = in_folder(&folder, "compare.svg");
    let command = [
        "compare",
        "mdps/two-step-sign-flip.yaml",
        "-n",
        "500",
        "-q",
        "--covariance",
        "--plot",
        &plot,
    ];
    let report = json(&command);
    let picture = read(&plot);
    for estimator in report["estimators"].as_array().expect("estimators") {
        let name = estimator["name"].as_str().expect("a name");
        for z in numbers(&estimator["z"]) {
            let found = titles(&picture, &format!("{name}, theta[0]: z = "));
            assert_eq!(said(found[0], "z = ", "\n"), [z], "{name}");
        }
        assert!(
            picture.contains(&format!("Covariance of {name}<")),
            "{name}"
        );
    }
}

#[test]
fn ascents_show_where_they_end() {
    let folder = folder();
    let plot = in_folder(&folder, "ends.svg");
    let command = [
        "ascend",
        "mdps/two-state.yaml",
        "--method",
        "plain,natural",
        "-n",
        "20",
        "-q",
        "--plot",
        &plot,
    ];
    let report = json(&command);
    let picture = read(&plot);
    for words in ["the last policies", ">plain: J = ", ">natural: J = "] {
        assert!(picture.contains(words), "{words}");
    }
    let ends = titles(&picture, "π(a|s) = ");
    let own = numbers(&report["policy"]["probabilities"]);
    assert_eq!(ends.len(), 2 * own.len());
    for (title, exact) in ends.iter().zip(&own) {
        assert_eq!(said(title, "π(a|s) = ", "\n"), [*exact]);
    }
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

/// A curve that falls out of the picture ends at its edge; it does not run along it.
#[test]
fn a_curve_beyond_the_window_ends_at_the_edge() {
    let folder = folder();
    let plot = in_folder(&folder, "steps.svg");
    let report = json(&[
        "step",
        ":two-state",
        "--sweep",
        "step=0.01..10",
        "--plot",
        &plot,
    ]);
    assert!(
        report["step"]
            .as_array()
            .is_some_and(|steps| steps.len() > 10)
    );
    let text = read(&plot);
    let mut curves = text
        .split("<path class=\"c")
        .skip(1)
        .map(|x| x.split_once(" d=\"").expect("a path").1);
    let lowest = curves.all(|curve| {
        let path = curve.split_once('"').expect("a path").0;
        let heights: Vec<&str> = path
            .split(['M', 'L'])
            .filter_map(|at| at.split_once(' '))
            .map(|at| at.1)
            .collect();
        // at most the end of a curve and where it comes in again are at one height, that of the edge
        heights
            .windows(3)
            .all(|three| three[0] != three[1] || three[1] != three[2])
    });
    assert!(lowest, "{text}");
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

#[test]
fn letters_that_a_png_lacks_are_said() {
    let folder = folder();
    let model = in_folder(&folder, "cjk.yaml");
    let text = "discount: 0.9\nstates: [\u{7535}a]\nactions: [x, y]\ninitial: uniform\ntransitions: {\u{7535}a: {x: \u{7535}a, y: \u{7535}a}}\nrewards: {\u{7535}a: {x: 1}}\n";
    std::fs::write(&model, text).expect("a model");
    for (name, is_said) in [("v.png", true), ("v.svg", false)] {
        let plot = in_folder(&folder, name);
        let said = run(&["evaluate", &model, "--plot", &plot]).err;
        assert_eq!(said.contains("lacks `\u{7535}`"), is_said, "{said}");
    }
}

/// A model whose names differ in their middles alone.
const ALIKE: &str = "name: a very long name of a model, longer than what stands in one line of a picture of it\n\
    discount: 0.9\n\
    states: [store_of_the_north_with_high_demand_in_winter, store_of_the_south_with_high_demand_in_winter]\n\
    actions: [order_twelve_from_the_preferred_supplier, order_twelve_from_the_alternative_supplier]\n\
    initial: uniform\n\
    transitions:\n\
    \x20 store_of_the_north_with_high_demand_in_winter: {order_twelve_from_the_preferred_supplier: store_of_the_south_with_high_demand_in_winter, order_twelve_from_the_alternative_supplier: store_of_the_north_with_high_demand_in_winter}\n\
    \x20 store_of_the_south_with_high_demand_in_winter: {order_twelve_from_the_preferred_supplier: store_of_the_south_with_high_demand_in_winter, order_twelve_from_the_alternative_supplier: store_of_the_north_with_high_demand_in_winter}\n\
    rewards: {store_of_the_south_with_high_demand_in_winter: {order_twelve_from_the_preferred_supplier: 3, order_twelve_from_the_alternative_supplier: -0.02}}\n";

/// The words of a picture, a line each.
pub fn words(picture: &str) -> Vec<String> {
    let texts = picture.split("<text").skip(1);
    let texts = texts.filter_map(|text| text.split_once('>')?.1.split_once('<'));
    texts.map(|(text, _)| text.replace('\u{a0}', " ")).collect()
}

/// Numbers stand for names that cannot be told apart: those of the file, everywhere the same, with a key.
#[test]
fn numbers_of_names_are_those_of_the_file_and_have_a_key() {
    let (folder, path) = super::file("alike.yaml", ALIKE);
    let plot = in_folder(&folder, "g.svg");
    let command = ["gradient", &path, "-q", "--hessian", "--plot", &plot];
    let report = json(&command);
    let gradient = numbers(&report["gradient"]);
    let picture = read(&plot);
    let words = words(&picture);
    // a bar says the number of its parameter
    let places = picture.split("<g data-s=").skip(1);
    let mut bars = 0;
    for bar in places.filter(|bar| bar.contains("∂J/∂θ of ")) {
        let place = bar.split_once("data-i=\"").expect("a place").1;
        let place: usize = place
            .split_once('"')
            .expect("a place")
            .0
            .parse()
            .expect("a number");
        assert!(bar.contains(&format!(">{} theta[", place + 1)), "{bar}");
        bars += 1;
    }
    assert_eq!(bars, gradient.len());
    for k in 1..=4 {
        let begin = format!("{k} ");
        let named = words.iter().filter(|word| word.starts_with(&begin));
        // bar, its key, row of the Hessian, its key, the end of a simplex, its key
        assert_eq!(named.count(), 6, "{words:?}");
    }
    assert!(
        words
            .iter()
            .any(|word| word == "3 order_twelve_from_the_preferred_supplier")
    );
}

/// The title of a picture goes on in a second line.
#[test]
fn long_titles_of_pictures_are_whole() {
    let (folder, path) = super::file("alike.yaml", ALIKE);
    let plot = in_folder(&folder, "c.svg");
    out(&["compare", &path, "-n", "50", "-q", "--plot", &plot]);
    let words = words(&read(&plot));
    let at = words
        .iter()
        .position(|word| word.starts_with("a very long name"));
    let at = at.expect("a title");
    let title = format!("{} {}", words[at], words[at + 1]);
    assert!(
        title.ends_with("picture of it: sampled estimators of ∇J"),
        "{title}"
    );
}

/// v of a symmetric walk is 0 in its middle: what rounding leaves there is neither a number nor a color.
#[test]
fn what_rounding_leaves_is_0_in_pictures_and_tables() {
    let folder = folder();
    let plot = in_folder(&folder, "v.svg");
    let report = json(&["evaluate", ":random-walk-19", "-q", "--plot", &plot]);
    let error = report["value_error"].as_f64().expect("a bound");
    let values = numbers(&report["v"]);
    let small = values.iter().filter(|x| **x != 0.0 && x.abs() <= error);
    assert!(small.count() >= 1, "{values:?}");
    let drawn = words(&read(&plot));
    assert!(!drawn.iter().any(|word| word.contains("e-")), "{drawn:?}");
    let table = out(&["evaluate", ":random-walk-19", "--all", "-q"]);
    let rows = table
        .lines()
        .filter(|line| !line.contains("residual") && !line.contains('±'));
    let noise: Vec<&str> = rows.filter(|line| line.contains("e-1")).collect();
    assert!(
        noise
            .iter()
            .all(|line| line.contains("the bound on rounding, is 0 here")),
        "{noise:?}"
    );
    assert!(!noise.is_empty());
}

/// What the marks of a chain mean is read to its end: in a picture of 360 pixels that has some 65 letters of 11 pixels in a line.
#[test]
fn the_words_below_a_small_chain_are_within_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chain.svg");
    let plotted = run(&[
        "chain",
        "mdps/retry-loop.yaml",
        "--plot",
        path.to_str().unwrap(),
    ]);
    assert_eq!(plotted.code, Some(0), "{}", plotted.err);
    let svg = std::fs::read_to_string(path).unwrap();
    let texts = svg
        .split("</text>")
        .filter_map(|part| part.rsplit_once('>'));
    let texts: Vec<&str> = texts.map(|(_, text)| text).collect();
    assert!(
        texts.iter().all(|text| text.chars().count() < 68),
        "{texts:?}"
    );
    let whole = texts.join(" ");
    let words = "a color and a second ring: a recurrent class; a square: an end, a class of its own; else: transient";
    assert!(whole.contains(words), "{whole}");
}
