//! `reference`: files that other programs read, and tests beside them that run.

use std::collections::BTreeMap;
use std::io::Read;
use std::process::Command;

use serde_json::{Value, json as value};

use super::{file, json, read, run};

const EXAMPLE: &str = "mdps/appendix-c.yaml";

/// Runs `reference` into a file of a folder of its own.
fn reference(name: &str, arguments: &[&str]) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join(name);
    let text = path.to_str().expect("the path is UTF-8");
    let made = run(&[&["reference", "-q", "-o", text][..], arguments].concat());
    assert_eq!((made.err.as_str(), made.code), ("", Some(0)));
    (folder, path)
}

#[test]
fn the_json_has_the_names_of_the_contract() {
    let (_folder, path) = reference("r.json", &["mdps/two-state.yaml"]);
    let report: Value = serde_json::from_str(&read(&path)).unwrap();
    for same in ["v", "q", "advantage", "occupancy", "pair_occupancy", "j"] {
        let evaluated = json(&["evaluate", "mdps/two-state.yaml"]);
        assert_eq!(report[same], evaluated[same], "{same}");
    }
    let gradient = json(&["gradient", "mdps/two-state.yaml", "--jacobian"]);
    for same in ["gradient", "routes", "jacobian", "max_disagreement"] {
        assert_eq!(report[same], gradient[same], "{same}");
    }
    let optimal = json(&["solve", "mdps/two-state.yaml"]);
    assert_eq!(report["optimal"], optimal);
    assert_eq!(report["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(report["model_hash"].as_str().map(str::len), Some(64));
    let converted = super::out(&["convert", "mdps/two-state.yaml", "-"]);
    assert_eq!(report["source"], converted);
    assert!(report["conventions"]["occupancy"].is_string());
    let psi = |estimator: &Value| estimator["psi"].as_str().map(String::from);
    let estimators = report["estimators"].as_array().unwrap();
    assert_eq!(psi(&estimators[1]).as_deref(), Some("reward-to-go"));
    // without γᵗ there is no mean on a continuing task
    assert_eq!(estimators[2]["expectation"], Value::Null);
    assert!(estimators[2]["verdict"].is_string());
}

/// Theory, Appendix C, T = 2: reward-to-go with and without γᵗ, and the total return.
#[test]
fn moments_are_the_fractions_of_appendix_c() {
    let arguments = [EXAMPLE, "--exact", "--horizon", "2"];
    let (_folder, path) = reference("r.json", &arguments);
    let report: Value = serde_json::from_str(&read(&path)).unwrap();
    let estimators = report["estimators"].as_array().unwrap();
    let kept = value!([
        ["469112759/23040000", "-2340873/3200000"],
        ["-2340873/3200000", "56428029/4000000"]
    ]);
    assert_eq!(estimators[1]["covariance"], kept);
    assert_eq!(estimators[1]["expectation"], report["gradient"]);
    assert_eq!(estimators[1]["bias"], value!(["0", "0"]));
    assert_eq!(estimators[1]["bias_verdict"], "unbiased");
    assert_eq!(
        estimators[2]["expectation"],
        value!(["17009/9600", "4881/2000"])
    );
    assert_eq!(estimators[2]["bias_verdict"], "biased");
    let total = value!([
        ["721567159/23040000", "6385381/9600000"],
        ["6385381/9600000", "124024029/4000000"]
    ]);
    assert_eq!(estimators[0]["covariance"], total);
}

/// The infinite horizon, in fractions, against the ten digits of the theory. Its −1.506988105 for
/// the TD residual is a misprint: the second-moment recursion in Python's fractions gives
/// −4236357320192/2811141832863.
#[test]
fn moments_without_end_are_those_of_appendix_c() {
    let (_folder, path) = reference("r.json", &[EXAMPLE, "--exact"]);
    let report: Value = serde_json::from_str(&read(&path)).unwrap();
    assert_eq!(report["optimal"]["v"], value!(["4", "5"]));
    let laws = report["estimators"].as_array().unwrap();
    let expected = BTreeMap::from([
        ("reward-to-go", [30.85020016, -0.2281720134, 19.77931230]),
        ("baseline:v", [16.22161527, -1.873164559, 8.598526417]),
        ("q", [17.64353919, 0.1880663696, 16.70501777]),
        ("advantage", [2.687568614, -0.8860755969, 4.744275819]),
        ("td-residual", [9.813286216, -1.506988111, 5.339122714]),
    ]);
    let quotient = |x: &Value| {
        let (p, q) = x.as_str().unwrap().split_once('/').unwrap();
        p.parse::<f64>().unwrap() / q.parse::<f64>().unwrap()
    };
    let mut found = 0;
    for law in laws {
        let Some(digits) = expected.get(law["name"].as_str().unwrap()) else {
            continue;
        };
        let covariance = &law["covariance"];
        let entries = [&covariance[0][0], &covariance[0][1], &covariance[1][1]];
        for (entry, digits) in entries.into_iter().zip(digits) {
            // printed to ten digits
            assert!((quotient(entry) / digits - 1.0).abs() < 1e-9, "{law}");
        }
        found += 1;
    }
    assert_eq!(found, expected.len());
}

/// The reward-to-go estimate of a trajectory by hand, from the arrays and the softmax scores.
#[test]
fn fixtures_give_what_a_user_computes_from_them() {
    let arguments = ["mdps/two-state.yaml", "-n", "7", "--truncation", "9"];
    let (_folder, path) = reference("r.json", &arguments);
    let report: Value = serde_json::from_str(&read(&path)).unwrap();
    let fixtures = &report["fixtures"];
    assert_eq!(fixtures["lengths"], value!([9, 9, 9, 9, 9, 9, 9]));
    let index = |x: &Value| x.as_u64().unwrap() as usize;
    for i in 0..7 {
        let states: Vec<usize> = fixtures["states"][i]
            .as_array()
            .unwrap()
            .iter()
            .map(index)
            .collect();
        let actions: Vec<usize> = fixtures["actions"][i]
            .as_array()
            .unwrap()
            .iter()
            .map(index)
            .collect();
        let rewards = fixtures["rewards"][i].as_array().unwrap();
        assert_eq!((states.len(), actions.len(), rewards.len()), (10, 9, 9));
        let mut expected = [0.0; 4];
        let mut to_go = 0.0;
        for t in (0..9).rev() {
            to_go = rewards[t].as_f64().unwrap() + 0.9 * to_go;
            for a in 0..2 {
                let score = f64::from(u8::from(a == actions[t])) - 0.5;
                expected[2 * states[t] + a] += 0.9f64.powi(t as i32) * score * to_go;
            }
        }
        let found = &fixtures["estimates"][1]["contributions"][i];
        for (k, expected) in expected.iter().enumerate() {
            // nine terms of size below 10
            assert!(
                (found[k].as_f64().unwrap() - expected).abs() < 1e-13,
                "{i}, {k}"
            );
        }
    }
}

/// What is asked for cuts laws and fixtures alike, also where episodes would end by themselves.
#[test]
fn a_truncation_holds_for_laws_and_fixtures() {
    let arguments = ["mdps/frozenlake-4x4.yaml", "-n", "5", "--truncation", "3"];
    let (_folder, path) = reference("r.json", &arguments);
    let report: Value = serde_json::from_str(&read(&path)).unwrap();
    assert_eq!(report["fixtures"]["truncation"], 3);
    assert_eq!(report["estimators"][0]["truncation"], 3);
    let lengths = report["fixtures"]["lengths"].as_array().unwrap();
    assert!(lengths.iter().all(|steps| steps.as_u64() <= Some(3)));
}

/// One key per line, the numbers of the JSON.
#[test]
fn yaml_says_what_json_says() {
    let (_folder, path) = reference("r.yaml", &[EXAMPLE, "--exact"]);
    let text = read(&path);
    assert!(text.starts_with("model: \"appendix-c\"\n"), "{text}");
    assert!(text.contains("\nv: [\"262/201\", \"316/201\"]\n"), "{text}");
    assert!(
        text.contains("\ncriterion:\n  kind: \"discounted\"\n"),
        "{text}"
    );
}

#[test]
fn the_archive_of_arrays_reads_back() {
    let (_folder, path) = reference("r.npz", &["mdps/two-state.yaml"]);
    let mut archive = zip::ZipArchive::new(std::fs::File::open(&path).unwrap()).unwrap();
    let mut entry = |name: &str| {
        let mut bytes = Vec::new();
        archive
            .by_name(name)
            .unwrap()
            .read_to_end(&mut bytes)
            .unwrap();
        assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00");
        let header = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
        assert_eq!(header % 64, 0);
        (
            String::from_utf8(bytes[10..header].to_vec()).unwrap(),
            bytes[header..].to_vec(),
        )
    };
    let (header, data) = entry("v.npy");
    assert!(header.starts_with("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }"));
    let numbers: Vec<f64> = data
        .chunks(8)
        .map(|x| f64::from_le_bytes(x.try_into().unwrap()))
        .collect();
    let v = json(&["evaluate", "mdps/two-state.yaml"])["v"].clone();
    assert_eq!(value!(numbers), v);
    let (header, data) = entry("states.npy");
    assert!(
        header.contains("'<U4'") && header.contains("(2,)"),
        "{header}"
    );
    let letters: Vec<u32> = data
        .chunks(4)
        .map(|x| u32::from_le_bytes(x.try_into().unwrap()))
        .collect();
    let text: String = letters.iter().filter_map(|&x| char::from_u32(x)).collect();
    assert_eq!(text, "coldhot\0");
    assert!(entry("jacobian.npy").0.contains("(2,4,)"));
    assert!(entry("estimators/q/covariance.npy").0.contains("(4,4,)"));
    // NumPy's own reader, where it is installed
    let script = "import sys\ntry:\n import numpy\nexcept ImportError:\n sys.exit(0)\n\
                  a = numpy.load(sys.argv[1])\nassert a['v'].shape == (2,) and list(a['states']) == ['cold', 'hot']\n";
    if let Ok(status) = Command::new("python3")
        .args(["-c", script])
        .arg(&path)
        .status()
    {
        assert!(status.success());
    }
}

#[test]
fn csv_is_one_long_table() {
    let (_folder, path) = reference("r.csv", &[EXAMPLE, "--exact"]);
    let text = read(&path);
    let mut lines = text.lines();
    let header = "quantity,of,time,state,action,parameter,other_parameter,value";
    assert_eq!(lines.next(), Some(header));
    assert!(text.contains("\nv,,,x,,,,262/201\n"));
    assert!(text.contains("\nv,optimal,,x,,,,4\n"));
    assert!(text.lines().all(|line| line.split(',').count() >= 8));
}

/// The table holds what JSON holds by time, for gains, and in words.
#[test]
fn csv_holds_times_gains_and_words() {
    let rows = |text: &str, start: &str| text.lines().filter(|l| l.starts_with(start)).count();
    let (_folder, path) = reference("r.csv", &[EXAMPLE, "--exact", "--horizon", "3"]);
    let text = read(&path);
    // 2 states and 4 pairs at 3 times, states also at the end
    for of in ["", "optimal"] {
        assert_eq!(rows(&text, &format!("v_by_time,{of},")), 8, "{text}");
    }
    assert_eq!(rows(&text, "q_by_time,,"), 12);
    assert_eq!(rows(&text, "policy_by_time,optimal,"), 12);
    let version = format!("version,{},", env!("CARGO_PKG_VERSION"));
    assert_eq!(rows(&text, &version), 1);
    assert_eq!(rows(&text, "model_hash,"), 1);
    assert!(rows(&text, "convention,") > 5);
    let arguments = ["mdps/two-state.yaml", "--criterion", "average"];
    let (_folder, path) = reference("r.csv", &arguments);
    let text = read(&path);
    for start in ["gain,,", "bias,,", "gain,optimal,", "bias,optimal,"] {
        assert_eq!(rows(&text, start), 2, "{start}");
    }
}

#[test]
fn csv_refuses_trajectories() {
    for arguments in [&["-o", "r.csv"][..], &["--format", "csv"]] {
        let refused = run(&[&["reference", EXAMPLE, "-n", "3"], arguments].concat());
        assert_eq!(refused.code, Some(2));
        assert!(
            refused.err.contains("CSV does not hold trajectories"),
            "{}",
            refused.err
        );
    }
}

/// Flags are arrays too, and the bounds of an estimator stand under its name.
#[test]
fn the_archive_holds_flags_words_and_bounds_by_name() {
    let (_folder, path) = reference("r.npz", &["mdps/two-state.yaml", "--certify"]);
    let mut archive = zip::ZipArchive::new(std::fs::File::open(&path).unwrap()).unwrap();
    let mut header = |name: &str| {
        let mut bytes = Vec::new();
        archive
            .by_name(name)
            .unwrap_or_else(|_| panic!("{name}"))
            .read_to_end(&mut bytes)
            .unwrap();
        String::from_utf8_lossy(&bytes[10..128]).into_owned()
    };
    assert!(header("estimators/reward-to-go/discounting.npy").contains("'|b1'"));
    assert!(header("bounds/estimators/reward-to-go/expectation.npy").contains("(4,)"));
    for text in ["version.npy", "model_hash.npy", "source.npy"] {
        assert!(header(text).contains("'<U"), "{text}");
    }
    let (_folder, path) = reference("r.json", &["mdps/two-state.yaml", "--certify"]);
    let report: Value = serde_json::from_str(&read(&path)).unwrap();
    let names = |list: &Value| -> Vec<Value> {
        let entries = list.as_array().unwrap().iter();
        entries.map(|entry| entry["name"].clone()).collect()
    };
    assert_eq!(
        names(&report["bounds"]["estimators"]),
        names(&report["estimators"])
    );
}

/// The generated test says that it is to be filled in, passes on right values, fails on wrong ones.
#[test]
fn the_pytest_file_runs_under_python_alone() {
    if Command::new("python3").arg("--version").output().is_err() {
        return;
    }
    for exact in [&["--exact"][..], &[]] {
        let arguments = [&[EXAMPLE, "--for", "pytest"][..], exact].concat();
        let (folder, _path) = reference("my ref.json", &arguments);
        let test = folder.path().join("test_my_ref.py");
        let mine = folder.path().join("mine_my_ref.py");
        let outcome = |text: &str| {
            std::fs::write(&mine, text).unwrap();
            let output = Command::new("python3").arg(&test).output().unwrap();
            (
                output.status.success(),
                String::from_utf8(output.stdout).unwrap(),
            )
        };
        let text = read(&mine);
        let (passed, said) = outcome(&text);
        assert!(
            passed && said.contains("fill in `mine` in mine_my_ref.py"),
            "{said}"
        );
        let filled = |v: &str| text.replace("# \"v\": your_values(...),", &format!("\"v\": {v},"));
        assert_eq!(
            outcome(&filled("[262 / 201, 316 / 201]")),
            (true, "ok\n".into())
        );
        assert!(!outcome(&filled("[262 / 201, 317 / 201]")).0);
        assert!(!outcome(&filled("[262 / 201]")).0);
    }
}

/// What somebody filled in stays always; a test that is another one, unless --force is said.
#[test]
fn a_test_file_is_not_overwritten() {
    for (tool, test, mine) in [
        ("pytest", "test_r.py", "mine_r.py"),
        ("cargo", "r_reference.rs", "r_mine/mod.rs"),
    ] {
        let (folder, path) = reference("r.json", &[EXAMPLE, "--for", tool]);
        let (test, mine) = (folder.path().join(test), folder.path().join(mine));
        let written = read(&test);
        assert!(read(&mine).contains("mine("));
        std::fs::write(&mine, "MINE = 1").unwrap();
        let path = path.to_str().unwrap();
        let again = ["reference", EXAMPLE, "--for", tool, "-q", "-o", path];
        let renewed = run(&again);
        assert_eq!(renewed.code, Some(0), "{}", renewed.err);
        std::fs::write(&test, "MINE = 2").unwrap();
        let refused = run(&again);
        assert_eq!(refused.code, Some(2));
        assert!(refused.err.contains("--force"), "{}", refused.err);
        assert_eq!(read(&test), "MINE = 2");
        let forced = run(&[&again[..], &["--force"]].concat());
        assert_eq!(forced.code, Some(0), "{}", forced.err);
        assert_eq!(read(&test), written);
        assert_eq!(read(&mine), "MINE = 1");
    }
}

#[test]
fn the_cargo_file_names_its_reference() {
    let (folder, _path) = reference("r.json", &[EXAMPLE, "--for", "cargo"]);
    let text = read(folder.path().join("r_reference.rs"));
    assert!(text.contains("include_str!(\"r.json\")"));
}

/// Fractions as long as those of a model with 200 states, and a quantity that is 0 everywhere, with
/// the functions of the file itself.
#[test]
fn the_cargo_file_divides_long_fractions() {
    let (folder, _path) = reference("r.json", &[EXAMPLE, "--for", "cargo"]);
    let text = read(folder.path().join("r_reference.rs"));
    let from = text.find("/// p/q, which").expect("the function");
    let functions = &text[from..text.find("#[test]").expect("the tests")];
    let long = |first: &str, digits: usize| format!("{first}{}", "0".repeat(digits - first.len()));
    let cases = [
        (
            format!("{}/{}", long("1", 3000), long("3", 3000)),
            "1.0 / 3.0",
        ),
        (
            format!("-{}/{}", long("22", 3002), long("7", 3000)),
            "-2200.0 / 70.0",
        ),
        (
            format!("{}/{}", long("5", 400), long("4", 500)),
            "1.25e-100",
        ),
        ("262/201".into(), "262.0 / 201.0"),
        ("-3".into(), "-3.0"),
        ("0".into(), "0.0"),
    ];
    let checks = cases.map(|(fraction, expected)| {
        format!("let x: f64 = {expected}; assert!((quotient(\"{fraction}\") - x).abs() <= 1e-15 * x.abs());\n")
    });
    let program = folder.path().join("quotients");
    let source = folder.path().join("quotients.rs");
    std::fs::write(
        &source,
        format!("{functions}\nfn main() {{\n{}}}\n", checks.concat()),
    )
    .unwrap();
    let compiler = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let compiled = Command::new(compiler)
        .arg(&source)
        .arg("-o")
        .arg(&program)
        .output();
    let compiled = compiled.expect("rustc, which compiled this test");
    assert!(
        compiled.status.success(),
        "{}",
        String::from_utf8_lossy(&compiled.stderr)
    );
    let divided = Command::new(&program).output().unwrap();
    assert!(
        divided.status.success(),
        "{}",
        String::from_utf8_lossy(&divided.stderr)
    );
    assert!(text.contains("if largest == 0.0 { 1.0 }"));
}

#[test]
fn a_test_file_needs_a_json_file() {
    let refused = run(&["reference", EXAMPLE, "--for", "pytest"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.err.contains("-o reference.json"), "{}", refused.err);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("a.json");
    let path = path.to_str().expect("the path is UTF-8");
    let arguments = [
        "reference",
        EXAMPLE,
        "-o",
        path,
        "--format",
        "csv",
        "--for",
        "pytest",
    ];
    let refused = run(&arguments);
    assert_eq!(refused.code, Some(2));
    assert!(refused.err.contains("reads JSON"), "{}", refused.err);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// A reference is of the experiment that `compare` samples: another critic, baseline, policy that
/// acts, or trajectories that die.
#[test]
fn references_take_the_experiments_of_compare() {
    let (_folder, baseline) = file("b.json", "[1, 2, 0]");
    let model = "mdps/retry-loop.yaml";
    let law = |report: &Value, name: &str| {
        let all = report["estimators"].as_array().unwrap();
        let one = all
            .iter()
            .find(|law| law["name"] == name || law["estimator"] == name);
        one.unwrap_or_else(|| panic!("{name}")).clone()
    };
    let flags = [
        "--policy",
        "random:1",
        "--behavior",
        "uniform",
        "--estimators",
        "reward-to-go,td-residual",
        "--critic",
        "noise:3:0.5",
        "--baseline-file",
        &baseline,
        "--quiet",
    ];
    let reference = json(
        &[
            &["reference", model, "-n", "20", "--entropy", "0.1"][..],
            &flags,
        ]
        .concat(),
    );
    let compared = run(&[
        &["compare", model, "-n", "1000", "--format", "json"][..],
        &flags,
    ]
    .concat());
    let compared: Value = serde_json::from_str(&compared.out).unwrap();
    let pairs = compared["estimators"].as_array().unwrap();
    assert_eq!(pairs.len(), 3);
    for theirs in pairs {
        let own = law(&reference, theirs["name"].as_str().unwrap());
        assert!(alike(&own["expectation"], &theirs["expectation"]));
        assert!(alike(&own["variance"], &theirs["variance"]));
    }
    let ratios = reference["fixtures"]["ratios"].as_array().unwrap();
    assert_eq!(ratios.len(), 20);
    assert_eq!(reference["entropy"]["alpha"], 0.1);
    // where trajectories die there is no discount: the fixtures' lengths differ from episodes'
    let dying = json(&["reference", model, "-n", "20", "--geometric", "--quiet"]);
    let first = |report: &Value| report["estimators"][1]["expectation"].clone();
    let plain = json(&["reference", model, "--quiet"]);
    assert!(alike(&first(&dying), &first(&plain)));
}

/// Whether two lists have the same numbers, up to rounding.
fn alike(x: &Value, y: &Value) -> bool {
    let of = |x: &Value| -> Vec<f64> { serde_json::from_value(x.clone()).unwrap() };
    let (x, y) = (of(x), of(y));
    x.len() == y.len()
        && x.iter()
            .zip(&y)
            .all(|(x, y)| (x - y).abs() <= 1e-12 * (1.0 + y.abs()))
}

/// Runs of the average reward have their laws: ĝ = 1/T Σ ψₜ(Rₜ − g) on one state, where action x pays 2 half of the time and y
/// nothing, so that X is ¾ or −¼ with x, ¼ with y: a mean of ¼, and a variance of 3/16 − 1/16 a step.
#[test]
fn runs_of_the_average_reward_have_laws() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("coin.yaml");
    let text = "criterion: average\nstates: [s]\nactions: [x, y]\ninitial: s\ntransitions:\n\
                - [s, x, s, 1/2, 2]\n- [s, x, s, 1/2, 0]\n- [s, y, s, 1, 0]\n";
    std::fs::write(&path, text).unwrap();
    let model = path.display().to_string();
    let law = |more: &[&str]| -> Value {
        let asked = ["reference", &model, "--estimators", "td-residual"];
        let found = run(&[&asked[..], more, &["--format", "json"]].concat());
        assert_eq!(found.code, Some(0), "{}", found.err);
        let report: Value = serde_json::from_str(&found.out).unwrap();
        report["estimators"][0].clone()
    };
    for (more, steps) in [(&[][..], 100), (&["--truncation", "5"], 5)] {
        let law = law(more);
        assert_eq!(law["truncation"], steps);
        let variance = 0.125 / f64::from(steps);
        assert!(alike(
            &law["expectation"],
            &serde_json::json!([0.25, -0.25])
        ));
        assert!(
            alike(&law["variance"], &serde_json::json!([variance, variance])),
            "{law}"
        );
    }
    let exact = law(&["--exact"]);
    assert_eq!(exact["variance"], serde_json::json!(["1/800", "1/800"]));
    let all = run(&["reference", &model, "--format", "json"]);
    let all: Value = serde_json::from_str(&all.out).unwrap();
    assert_eq!(all["estimators"].as_array().unwrap().len(), 6);
    assert!(all.get("estimators_absent").is_none());
}

/// What is asked for by name and has no law under the criterion is refused, and nothing is written.
#[test]
fn estimators_that_are_asked_for_are_there_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.json").display().to_string();
    let asked = [
        "reference",
        "mdps/howard-taxicab.yaml",
        "--estimators",
        "reward-to-go",
        "--geometric",
        "-o",
        &file,
    ];
    let refused = run(&asked);
    assert_eq!(refused.code, Some(2));
    assert!(refused.err.contains("average"), "{}", refused.err);
    assert!(!std::path::Path::new(&file).exists());
}
