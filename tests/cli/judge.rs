//! `judge`: vectors right and wrong, in every form in which they may come.

use std::io::Write;
use std::process::Stdio;

use serde_json::{Value, json};

use super::{Run, file, json, program, run};

const MODEL: &str = "mdps/frozenlake-4x4.yaml";

fn gradient(model: &str) -> Vec<f64> {
    let report = json(&["gradient", model, "--policy", "random:1", "--quiet"]);
    serde_json::from_value(report["gradient"].clone()).unwrap()
}

fn judge(model: &str, numbers: &Value) -> (Value, Option<i32>) {
    let (_folder, path) = file("mine.json", &numbers.to_string());
    let arguments = ["judge", model, "--policy", "random:1", "--gradient", &path];
    let run = run(&[&arguments[..], &["--format", "json"]].concat());
    assert_eq!(run.err, "");
    (serde_json::from_str(&run.out).unwrap(), run.code)
}

fn names(report: &Value) -> Vec<&str> {
    let diagnoses = report["diagnoses"].as_array().unwrap();
    diagnoses
        .iter()
        .map(|d| d["name"].as_str().unwrap())
        .collect()
}

#[test]
fn a_right_gradient_is_right() {
    let (report, code) = judge(MODEL, &json!(gradient(MODEL)));
    assert_eq!((report["verdict"].as_str(), code), (Some("right"), Some(0)));
    assert_eq!(report["digits"], 16);
    assert_eq!(report["of"], "gradient");
    assert_eq!(report["where"], Value::Null);
    assert!(names(&report).is_empty());
}

#[test]
fn a_loss_and_a_factor_are_named() {
    let right = gradient(MODEL);
    let times = |c: f64| json!(right.iter().map(|x| c * x).collect::<Vec<f64>>());
    let (report, code) = judge(MODEL, &times(-1.0));
    assert_eq!((report["verdict"].as_str(), code), (Some("wrong"), Some(1)));
    assert_eq!(names(&report), ["sign"]);
    // γ = 99/100
    let (report, _) = judge(MODEL, &times(0.01));
    assert_eq!(names(&report)[0], "occupancy-normalised");
    let (report, _) = judge(MODEL, &times(2.5));
    assert!(names(&report).contains(&"scale"));
    let (report, _) = judge(MODEL, &times(-0.01));
    assert_eq!(names(&report)[0], "sign+occupancy-normalised");
}

/// Rounded to 32 bits it is right, to seven digits.
#[test]
fn numbers_of_32_bits_are_right() {
    let rounded: Vec<f64> = gradient(MODEL)
        .iter()
        .map(|x| f64::from(*x as f32))
        .collect();
    let (report, code) = judge(MODEL, &json!(rounded));
    assert_eq!((report["verdict"].as_str(), code), (Some("right"), Some(0)));
    assert_eq!(names(&report), ["float32"]);
    assert!((7..=9).contains(&report["digits"].as_u64().unwrap()));
}

/// As `%.5g` and tensors of torch write them; a hundredth of the largest, or the sign of the least, is no rounding.
#[test]
fn numbers_of_five_digits_are_right_and_no_mistake() {
    let exact = gradient(MODEL);
    let written = |x: &f64| format!("{x:.4e}").parse::<f64>().unwrap();
    let right: Vec<f64> = exact.iter().map(written).collect();
    let (report, code) = judge(MODEL, &json!(right));
    assert_eq!((report["verdict"].as_str(), code), (Some("right"), Some(0)));
    let largest = exact.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
    let mut off = right.clone();
    off[0] = written(&(off[0] + largest / 100.0));
    let (report, code) = judge(MODEL, &json!(off));
    assert_eq!((report["verdict"].as_str(), code), (Some("wrong"), Some(1)));
}

/// Numbers of 64 bits of which one is off by 1e-5 are not ∇J, however near: nothing rounds so; by 1e-6,
/// what sums in 32 bits leave, they are.
#[test]
fn numbers_of_64_bits_are_held_as_such() {
    for (off, verdict) in [(1e-5, "wrong"), (1e-6, "right")] {
        let mut near = gradient(MODEL);
        let largest = near.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
        near[0] += off * largest;
        let (report, _) = judge(MODEL, &json!(near));
        assert_eq!(report["verdict"], verdict, "{off}");
    }
}

/// Of 11 significant bits (IEEE 754, binary16) ∇J is right to three digits, and no mistake is named.
#[test]
fn numbers_of_16_bits_are_right_to_three_digits() {
    for model in ["mdps/two-state.yaml", "mdps/retry-loop.yaml"] {
        let half = |x: &f64| match *x {
            0.0 => 0.0,
            x => {
                let unit = 2f64.powi(x.abs().log2().floor() as i32 - 10);
                (x / unit).round() * unit
            }
        };
        let coarse: Vec<f64> = gradient(model).iter().map(half).collect();
        let (report, code) = judge(model, &json!(coarse));
        assert_eq!(
            (&report["verdict"], code),
            (&json!("right"), Some(0)),
            "{report}"
        );
        assert_eq!(names(&report), Vec::<&str>::new(), "{report}");
    }
}

/// ∇J and noise of a thousandth, with all digits: a cut after any T and a factor would fit two directions.
#[test]
fn noise_has_no_name() {
    let given = json!([
        -1.8205544259821822,
        1.8205544259821826,
        -0.99090286468551,
        0.9909028646855101
    ]);
    let (report, code) = judge("mdps/two-state.yaml", &given);
    assert_eq!((&report["verdict"], code), (&json!("wrong"), Some(1)));
    assert_eq!(names(&report), Vec::<&str>::new(), "{report}");
}

#[test]
fn numbers_as_they_are_typed_are_right_to_their_digits() {
    let typed: Vec<f64> = gradient("mdps/retry-loop.yaml")
        .iter()
        .map(|x| (x * 1e5).round() / 1e5)
        .collect();
    let (report, code) = judge("mdps/retry-loop.yaml", &json!(typed));
    assert_eq!((report["verdict"].as_str(), code), (Some("right"), Some(0)));
}

/// A list, an object, a rectangle with zeros for terminal states, labels: one and the same.
#[test]
fn numbers_come_in_many_forms() {
    let right = gradient(MODEL);
    let report = json(&["gradient", MODEL, "--policy", "random:1", "--quiet"]);
    let pairs: Vec<(String, String)> = serde_json::from_value(report["pairs"].clone()).unwrap();
    let actions: Vec<String> = serde_json::from_value(report["actions"].clone()).unwrap();
    let mut rectangle = vec![vec![0.0; 4]; 16];
    let (mut labels, mut nested) = (json!({}), json!({}));
    for ((state, action), x) in pairs.iter().zip(&right) {
        let place = actions.iter().position(|name| name == action).unwrap();
        rectangle[state.parse::<usize>().unwrap()][place] = *x;
        labels[format!("theta[{state},{action}]")] = json!(x);
        nested[state][action] = json!(x);
    }
    let flat: Vec<f64> = rectangle.concat();
    let columns: Vec<Vec<f64>> = (0..4)
        .map(|a| rectangle.iter().map(|row| row[a]).collect())
        .collect();
    for form in [
        json!({"gradient": right}),
        json!(rectangle),
        json!(flat),
        json!(columns),
        json!([right]),
        labels,
        nested,
    ] {
        let (report, code) = judge(MODEL, &form);
        assert_eq!(
            (report["verdict"].as_str(), code),
            (Some("right"), Some(0)),
            "{form}"
        );
    }
}

#[test]
fn our_own_csv_and_standard_input_are_read() {
    let own = [
        "gradient", MODEL, "--policy", "random:1", "--quiet", "--format", "csv",
    ];
    let (_folder, path) = file("mine.csv", &run(&own).out);
    let judged = run(&["judge", MODEL, "--policy", "random:1", "--gradient", &path]);
    assert_eq!((judged.err.as_str(), judged.code), ("", Some(0)));
    let mut command = program(&["judge", MODEL, "--policy", "random:1", "--gradient", "-"]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let text = json!(gradient(MODEL)).to_string();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
    let out = child.wait_with_output().unwrap();
    assert_eq!(out.status.code(), Some(0));
    assert!(out.stdout.starts_with(b"right: "));
}

#[test]
fn bad_numbers_are_refused_with_their_place() {
    let refused = |name: &str, text: &str, says: &str| {
        let (_folder, path) = file(name, text);
        let Run { out, err, code } = run(&["judge", "mdps/retry-loop.yaml", "--gradient", &path]);
        assert_eq!((out.as_str(), code), ("", Some(2)), "{text}");
        assert!(err.contains(says), "{text}: {err}");
    };
    refused("g.json", "[1, 2, 3]", "shape [3]");
    refused("g.json", "[1, 2, null, 4]", "theta[bridge,finish]");
    refused("g.json", "[1, 2, NaN, 4]", "theta[bridge,finish]");
    refused("g.json", "[[1, 2], [3]]", "different lengths");
    refused("g.json", "[1, 2, \"x\", 4]", "at [2]");
    refused("g.json", "[1, 2", "not JSON");
    refused("g.json", "{\"theta[start,jum]\": 1}", "theta[start,jump]");
    refused("g.csv", "1,2\n3,x\n", "`x` is no number");
    refused(
        "g.csv",
        "parameter,value,Value\na,1,9\n",
        "two columns have the name `Value`",
    );
    refused("g.npy", "x", "format");
    refused("g.foo", "[1]", "names no format");
    let rectangle = "[[1, 2, 0, 0], [0, 0, 3, 4], [5, 0, 0, 0]]";
    refused("g.json", rectangle, "(done, jump)");
}

#[test]
fn the_dictionary_is_listed() {
    let report = json(&["judge", "--list"]);
    let mistakes = report["mistakes"].as_array().unwrap();
    for name in ["sign", "gamma-dropped", "reward-shifted", "float32"] {
        assert!(
            mistakes.iter().any(|mistake| mistake["name"] == name),
            "{name}"
        );
    }
}

/// What `reference --trajectories` writes is right in every number, in JSON and as an archive.
#[test]
fn the_fixtures_of_a_reference_are_right() {
    let folder = tempfile::tempdir().unwrap();
    for (model, ending) in [
        ("mdps/retry-loop.yaml", "json"),
        ("mdps/two-state.yaml", "npz"),
    ] {
        let path = folder.path().join(format!("fixtures.{ending}"));
        let path = path.to_str().unwrap();
        let policy = ["--policy", "random:1", "--quiet"];
        let made = ["reference", model, "--trajectories", "40", "-o", path];
        assert_eq!(run(&[&made[..], &policy].concat()).code, Some(0));
        let judged = ["judge", model, "--trajectories", path];
        let report = json(&[&judged[..], &policy].concat());
        assert_eq!(
            (&report["of"], &report["verdict"]),
            (&json!("trajectories"), &json!("right"))
        );
        assert_eq!(report["trajectories"], 40);
        assert_eq!(report["digits"], 16);
        assert_eq!(report["given"].as_array().unwrap().len(), 1 + 3 * 7);
    }
}

/// On a horizon and for the average reward values depend on the time or on the gain.
#[test]
fn the_fixtures_of_other_criteria_are_right() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fixtures.json");
    let path = path.to_str().unwrap();
    let settings = [
        "mdps/two-state.yaml",
        "--horizon",
        "5",
        "--policy",
        "random:2",
        "--quiet",
    ];
    let made = ["reference", "-n", "20", "-o", path];
    assert_eq!(run(&[&made[..], &settings].concat()).code, Some(0));
    let report = json(&[&["judge", "--trajectories", path][..], &settings].concat());
    assert_eq!(report["verdict"], "right");
    // the same runs, each of five steps, as a sample of the long run; the flags say that they end
    let average = [
        "mdps/two-state.yaml",
        "--criterion",
        "average",
        "--policy",
        "random:2",
        "--quiet",
    ];
    let run = run(&[
        &["judge", "--trajectories", path, "--format", "json"][..],
        &average,
    ]
    .concat());
    let report: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(report["verdict"], "wrong");
    assert!(names(&report).contains(&"cut-as-end"));
    assert!(!report["estimates"].as_array().unwrap().is_empty());
}

#[test]
fn trajectories_that_cannot_be_read_are_refused() {
    let judged = |name: &str, text: &str| {
        let (_folder, path) = file(name, text);
        run(&["judge", "mdps/retry-loop.yaml", "--trajectories", &path])
    };
    let mut refused = judged("t.json", r#"{"states": [[0, 1]], "actions": [[0, 1]]}"#);
    assert_eq!(refused.code, Some(2));
    assert!(refused.err.contains("have no rewards"), "{}", refused.err);
    refused = judged("t.csv", "states,actions,rewards\nstrat,jump,-1\n");
    assert!(
        refused.err.contains("did you mean `start`"),
        "{}",
        refused.err
    );
    refused = judged(
        "t.json",
        r#"{"states": [[0]], "actions": [[0]], "rewards": [["x"]]}"#,
    );
    assert!(
        refused.err.contains("trajectory 0, step 0"),
        "{}",
        refused.err
    );
    refused = judged("t.parquet", "PAR1");
    let parquet = if cfg!(feature = "parquet") {
        "no whole Parquet file"
    } else {
        "without Parquet"
    };
    assert!(refused.err.contains(parquet), "{}", refused.err);
    assert_eq!(refused.code, Some(2));
}

/// The same episodes from four writers of Parquet, flat and in lists, four codecs, ids of episodes that no
/// `f64` is, columns of other kinds beside them: what the JSON of them gives.
#[cfg(feature = "parquet")]
#[test]
fn trajectories_of_parquet_files_are_read() {
    let lists = r#"{"states": [[0, 1, 0, 1, 0, 1], [0, 0, 1], [0, 1]], "actions": [[1, 3, 1, 3, 1, 2], [0, 1, 2], [1, 2]],
        "rewards": [[0, 0, 0, 0, 0, 2], [-1, 0, 2], [0, 2]],
        "terminated": [[false, false, false, false, false, true], [false, false, true], [false, true]]}"#;
    let mut columns: serde_json::Map<String, Value> = serde_json::from_str(lists).unwrap();
    for rows in columns.values_mut() {
        let three = rows.as_array().unwrap().clone();
        *rows = json!([&three[..], &three[..], &three[..], &three[..]].concat());
    }
    let (_folder, path) = file("t.json", &Value::Object(columns).to_string());
    let judged = |path: &str| {
        let args = [
            "judge",
            "mdps/retry-loop.yaml",
            "--trajectories",
            path,
            "--format",
            "json",
        ];
        run(&args).out
    };
    let expected = judged(&path);
    assert!(expected.contains("\"trajectories\": 12"), "{expected}");
    for writer in ["pyarrow", "polars", "pandas", "duckdb"] {
        let path = format!("tests/exchange/fixtures/trajectories-{writer}.parquet");
        assert_eq!(judged(&path), expected, "{writer}");
    }
}

/// Of the objective with an entropy in its rewards the mistakes that concern it have names.
#[test]
fn the_gradient_with_an_entropy_is_judged() {
    let alpha = ["--policy", "random:1", "--entropy", "1/5"];
    let report = json(&[&["gradient", MODEL, "--quiet"][..], &alpha].concat());
    let of = |value: &Value| -> Vec<f64> { serde_json::from_value(value.clone()).unwrap() };
    let (plain, soft) = (of(&report["gradient"]), of(&report["entropy"]["gradient"]));
    let judged = |numbers: Vec<f64>| {
        let (_folder, path) = file("mine.json", &json!(numbers).to_string());
        let run = run(&[
            &["judge", MODEL, "--gradient", &path, "--format", "json"][..],
            &alpha,
        ]
        .concat());
        serde_json::from_str::<Value>(&run.out).unwrap()
    };
    let right = judged(soft.clone());
    assert_eq!(
        (&right["verdict"], &right["entropy"]),
        (&json!("right"), &json!(0.2))
    );
    assert_eq!(names(&judged(plain.clone()))[0], "entropy-forgotten");
    let minus = plain.iter().zip(&soft).map(|(x, y)| 2.0 * x - y).collect();
    assert_eq!(names(&judged(minus))[0], "entropy-sign");
    assert_eq!(names(&judged(soft.iter().map(|x| -x).collect()))[0], "sign");
}

/// Rows of samples for `retry-loop` under `random:1`, as CSV: ∇J and noise.
fn sample(rows: usize, noise: impl Fn(usize, usize) -> f64) -> String {
    let right = gradient("mdps/retry-loop.yaml");
    let row = |i: usize| {
        let row = right.iter().enumerate();
        let row: Vec<String> = row.map(|(k, x)| (x + noise(i, k)).to_string()).collect();
        row.join(",")
    };
    (0..rows).map(row).collect::<Vec<_>>().join("\n") + "\n"
}

fn judge_sample(text: &str, batch: &str) -> (Value, Option<i32>) {
    let (_folder, path) = file("sample.csv", text);
    let model = ["judge", "mdps/retry-loop.yaml", "--policy", "random:1"];
    let run = run(&[
        &model[..],
        &["--samples", &path, "--batch", batch, "--format", "json"],
    ]
    .concat());
    assert_eq!(run.err, "");
    (serde_json::from_str(&run.out).unwrap(), run.code)
}

/// One row in 200 carries nearly everything: the kurtosis is some 200, above N/1000 = 20. The standard error
/// of the mean is 50/√20000 ≈ 0.35.
#[test]
fn means_with_heavy_tails_are_judged_by_a_bound() {
    let heavy = |i: usize, k: usize| {
        let rare = f64::from(u8::from((i + 50 * k).is_multiple_of(200)));
        707.0 * (rare - 0.005)
    };
    let (report, code) = judge_sample(&sample(20_000, heavy), "1");
    assert_eq!(
        (report["verdict"].as_str(), code),
        (Some("consistent"), Some(0))
    );
    assert_eq!(report["mean_test"]["by_bound"], 4);
    let (report, code) = judge_sample(&sample(20_000, |i, k| 40.0 + heavy(i, k)), "1");
    assert_eq!(
        (report["verdict"].as_str(), code),
        (Some("inconsistent"), Some(1))
    );
}

/// No gradient has flowed: no law has it that 5,000 trajectories see nothing.
#[test]
fn a_sample_of_zeros_is_inconsistent_and_named() {
    let (report, code) = judge_sample(&"0,0,0,0\n".repeat(5000), "1");
    assert_eq!(
        (report["verdict"].as_str(), code),
        (Some("inconsistent"), Some(1))
    );
    assert_eq!(names(&report), ["zero"]);
}

/// T² of few rows has Fisher's law; of single trajectories it is not asked below twenty more than the rank.
#[test]
fn few_rows_are_no_false_alarm() {
    // an irrational rotation: no two rows alike, each coordinate on its own
    let noise = |i: usize, k: usize| {
        let step = [2.0f64, 3.0, 5.0, 7.0][k].sqrt();
        ((i + 1) as f64 * step).fract() - 0.5
    };
    for rows in [2, 4, 20] {
        let (report, code) = judge_sample(&sample(rows, noise), "1");
        assert_eq!(report["verdict"], "cannot be told", "{rows}");
        assert_eq!(code, Some(1));
    }
    for (rows, batch) in [(7, "100"), (10, "100"), (30, "1"), (50, "1")] {
        let (report, _) = judge_sample(&sample(rows, noise), batch);
        let test = &report["mean_test"];
        assert_eq!(report["verdict"], "consistent", "{rows} {batch} {test}");
    }
}

/// One coordinate of which two rows of 1,000 know everything (kurtosis 500 > N/10), beside three that are tested.
#[test]
fn what_no_test_asks_is_said() {
    let noise = |i: usize, k: usize| match k {
        0 => f64::from(u8::from(i.is_multiple_of(500))) - 0.002,
        _ => ((i + 1) as f64 * [0.0f64, 3.0, 5.0, 7.0][k].sqrt()).fract() - 0.5,
    };
    let text = sample(1000, noise);
    let (report, _) = judge_sample(&text, "1");
    let left_out = report["mean_test"]["left_out"].as_array().unwrap();
    assert_eq!(left_out.len(), 1, "{left_out:?}");
    let first = &report["policy"]["parameters"][0];
    assert_eq!(&left_out[0]["parameter"], first);
    assert!(left_out[0]["says"].as_str().unwrap().contains("kurtosis"));
    let (_folder, path) = file("sample.csv", &text);
    let model = ["judge", "mdps/retry-loop.yaml", "--policy", "random:1"];
    let table = run(&[&model[..], &["--samples", &path]].concat()).out;
    let line = format!(
        "not tested, 1 of 4 coordinates: {}:",
        first.as_str().unwrap()
    );
    assert!(table.contains(&line), "{table}");
    // of too few rows nothing is tested, and it is said of each
    let (report, _) = judge_sample(
        &sample(4, |i, k| f64::from(u8::from((i + k) % 2 == 0))),
        "1",
    );
    let left_out = report["mean_test"]["left_out"].as_array().unwrap();
    assert_eq!(left_out.len(), 4, "{left_out:?}");
}

/// Spreadsheets put U+FEFF before a text.
#[test]
fn a_byte_order_mark_is_no_header() {
    let right: Vec<String> = gradient(MODEL).iter().map(f64::to_string).collect();
    let (_folder, path) = file("mine.csv", &format!("\u{feff}{}\n", right.join("\n")));
    let model = ["judge", MODEL, "--policy", "random:1", "--gradient", &path];
    let run = run(&model);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
}

/// With the best baseline of two arms that pay for certain every estimate is the same number, computed in two ways that
/// differ by its last digits: no spread, and no direction to be held against.
#[test]
fn estimates_that_differ_by_their_last_digits_are_one() {
    let text = "
discount: 1
states: [s, end]
actions: [a, b]
initial: s
terminal: [end]
transitions:
- [s, a, end, 1, 1]
- [s, b, end, 1, 2]
policy: {parametrization: softmax, theta: [0.5, 0]}
";
    let (_folder, path) = file("arms.yaml", text);
    let p = 1.0 / (1.0 + f64::exp(-0.5));
    let baseline = (1.0 - p) + 2.0 * p;
    let both = [(1.0 - p) * (1.0 - baseline), -p * (2.0 - baseline)];
    assert_ne!(both[0], both[1]);
    let rows = (0..5000).map(|i| {
        let g = both[usize::from(i % 3 == 0)];
        format!("{g:?},{:?}\n", -g)
    });
    let rows: String = rows.collect();
    let (_samples, samples) = file("samples.csv", &rows);
    let judged = run(&["judge", &path, "--samples", &samples]);
    assert_eq!(judged.code, Some(0), "{}{}", judged.out, judged.err);
}
