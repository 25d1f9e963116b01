//! Many policies in one process: `--thetas`.

use std::fs;

use super::{json, out, run};

/// θ [K, 4] as NumPy writes it.
fn npy(shape: &str, numbers: &[f64]) -> Vec<u8> {
    let header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(numbers.iter().flat_map(|x| x.to_le_bytes()));
    bytes
}

/// The last numbers of an array that is stored in an archive without compression.
fn stored(archive: &[u8], name: &str, count: usize) -> Vec<f64> {
    let name = format!("{name}.npy\u{93}NUMPY");
    let name: Vec<u8> = name.chars().map(|c| c as u8).collect();
    let at = archive
        .windows(name.len())
        .position(|window| window == name);
    let start = at.expect("the array is there") + name.len() - 6;
    let header = u16::from_le_bytes([archive[start + 8], archive[start + 9]]);
    let data = &archive[start + 10 + header as usize..];
    let (words, _) = data.as_chunks::<8>();
    words[..count]
        .iter()
        .map(|word| f64::from_le_bytes(*word))
        .collect()
}

#[test]
fn answers_are_those_of_single_runs() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_string();
    let theta = [[0.0, 0.0, 0.0, 0.0], [0.5, -0.25, 1.0, 0.75]];
    fs::write(path("thetas.npy"), npy("(2, 4)", &theta.concat())).unwrap();
    fs::write(path("by-state.npy"), npy("(2, 2, 2)", &theta.concat())).unwrap();
    let model = "mdps/two-state.yaml";
    for name in ["thetas.npy", "by-state.npy"] {
        let flags = ["--thetas", &path(name), "-o", &path("answers.npz")];
        out(&[&["gradient", model][..], &flags].concat());
        let archive = fs::read(path("answers.npz")).unwrap();
        let (j, gradient) = (stored(&archive, "j", 2), stored(&archive, "gradient", 8));
        for name in ["j_error", "value_error", "gradient_error"] {
            let errors = stored(&archive, name, 2);
            assert!(
                errors.iter().all(|error| (1e-18..1e-12).contains(error)),
                "{errors:?}"
            );
        }
        for (k, theta) in theta.iter().enumerate() {
            let policy = format!("{{parametrization: softmax, theta: {theta:?}}}");
            let single = json(&["gradient", model, "--policy", &policy]);
            let number = |value: &serde_json::Value| value.as_f64().unwrap();
            assert!((j[k] - number(&single["j"])).abs() < 1e-13, "{name}, {k}");
            for (i, expected) in single["gradient"].as_array().unwrap().iter().enumerate() {
                let found = gradient[4 * k + i];
                assert!((found - number(expected)).abs() < 1e-13, "{name}, {k}, {i}");
            }
        }
    }
}

/// A list in JSON, a report, one policy alone: the same answers.
#[test]
fn parameters_come_in_json_and_in_reports() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_string();
    let model = "mdps/two-state.yaml";
    let report = path("report.json");
    let policy =
        "{parametrization: softmax, theta: {cold: {wait: 1, heat: 0}, hot: {wait: 0.5, heat: 0}}}";
    let run_in = |arguments: &[&str]| {
        let run = run(arguments);
        assert_eq!(run.code, Some(0), "{}", run.err);
    };
    run_in(&["evaluate", model, "--policy", policy, "-o", &report]);
    let theta = [1.0, 0.0, 0.5, 0.0];
    let files = [
        (path("alone.npy"), npy("(4,)", &theta)),
        (path("list.json"), b"[[1, 0, 0.5, 0]]".to_vec()),
        (
            path("named.json"),
            br#"{"thetas": [[1, 0, "1/2", 0]]}"#.to_vec(),
        ),
        (path("copy.json"), fs::read(&report).unwrap()),
    ];
    let answers = files.map(|(file, bytes)| {
        fs::write(&file, bytes).unwrap();
        let output = path("answers.npz");
        run_in(&["evaluate", model, "--thetas", &file, "-o", &output]);
        fs::read(&output).unwrap()
    });
    assert!(answers.iter().all(|answer| *answer == answers[0]));
}

#[test]
fn arrays_that_do_not_fit_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_string();
    let (thetas, npz) = (path("thetas.npy"), path("answers.npz"));
    let refused = |bytes: &[u8], output: &str, message: &str| {
        fs::write(&thetas, bytes).unwrap();
        let run = run(&[
            "evaluate",
            "mdps/two-state.yaml",
            "--thetas",
            &thetas,
            "-o",
            output,
        ]);
        assert_eq!(run.code, Some(2), "{}", run.err);
        let words = run.err.replace("\n  │", "");
        assert!(words.contains(message), "{words}");
    };
    refused(
        &npy("(1, 3)", &[0.0; 3]),
        &npz,
        "expected [K, 4] or [K, 2, 2]",
    );
    refused(&npy("(2, 4)", &[0.0; 5]), &npz, "announces the shape");
    refused(
        &npy("(1, 4)", &[0.0, 0.0, f64::NAN, 0.0]),
        &npz,
        "θ of policy 0 in state",
    );
    refused(b"0 0 0 0\n", &npz, "is no array in NumPy's format");
    refused(
        &npy("(0, 4)", &[]),
        &npz,
        "is empty: it has the shape [0, 4]",
    );
    refused(b"[]", &npz, "is empty: it has the shape [0]");
    let escort = br#"{"policy": {"parametrization": "escort", "theta": [1, 1, 1, 1]}}"#;
    refused(escort, &npz, "another policy than a softmax");
    refused(
        &npy("(1, 4)", &[0.0; 4]),
        &path("answers.json"),
        "written as arrays",
    );
}
