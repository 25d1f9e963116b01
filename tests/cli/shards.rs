//! A comparison in parts: `compare --blocks` and `compare --merge`.

use super::{out, run};

const RUN: [&str; 5] = ["compare", "mdps/two-state.yaml", "-n", "9000", "--seed=3"];

/// A folder with the blocks of a run in these files.
fn shards(parts: &[(&str, &str)]) -> (tempfile::TempDir, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let written = parts.iter().map(|(blocks, name)| {
        let path = folder.path().join(name).to_str().unwrap().to_string();
        out(&[&RUN[..], &["--blocks", blocks, "-o", &path]].concat());
        path
    });
    let paths = written.collect();
    (folder, paths)
}

/// The model is cut where a bound on the bias says so, which depends on N; the last block is short.
#[test]
fn the_merged_report_has_the_bytes_of_one_run() {
    let whole = out(&[&RUN[..], &["--format", "json"]].concat());
    let (_folder, paths) = shards(&[("3..5", "b.sums"), ("0..3", "a.sums")]);
    let merge = [
        "compare",
        "mdps/two-state.yaml",
        "--seed=3",
        "--format",
        "json",
        "--merge",
    ];
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    assert_eq!(out(&[&merge[..], &paths].concat()), whole);
}

#[test]
fn shards_that_do_not_fit_are_refused_by_name() {
    let (folder, paths) = shards(&[("0..2", "a.sums"), ("1..3", "b.sums"), ("4..5", "c.sums")]);
    let refused = |arguments: &[&str]| {
        let run = run(&[&["compare", "mdps/two-state.yaml"], arguments].concat());
        assert_eq!((run.out.as_str(), run.code), ("", Some(2)), "{}", run.err);
        run.err
            .replace(folder.path().to_str().unwrap(), "")
            .replace("\n  │ ", " ")
    };
    let [a, b, c] = [0, 1, 2].map(|i| paths[i].as_str());
    let seed = refused(&["--merge", a]);
    assert!(
        seed.contains("`/a.sums`: it is of another seed: 3, not 0"),
        "{seed}"
    );
    let policy = refused(&["--seed=3", "--policy=random:1", "--merge", a]);
    assert!(
        policy.contains("`/a.sums`: it is of another policy"),
        "{policy}"
    );
    let overlap = refused(&["--seed=3", "--merge", a, b]);
    assert!(
        overlap.contains("`/b.sums`: block 1 is also in `/a.sums`"),
        "{overlap}"
    );
    let missing = refused(&["--seed=3", "--merge", a, c]);
    assert!(
        missing.contains("no shard has the blocks 2..4"),
        "{missing}"
    );
    let model = refused(&["--seed=3", "--merge", "mdps/two-state.yaml"]);
    assert!(model.contains("holds no sums of blocks"), "{model}");
    let nowhere = refused(&["-n", "9000", "--blocks", "0..2"]);
    assert!(nowhere.contains("written to a file"), "{nowhere}");
    let open = refused(&["--blocks", "0..2", "-o", &format!("{b}.new")]);
    assert!(
        open.contains("depends on the number of trajectories"),
        "{open}"
    );
    let beyond = refused(&["-n", "9000", "--blocks", "4..6", "-o", &format!("{b}.new")]);
    assert!(
        beyond.contains("has the blocks 0..5, of 2048 each"),
        "{beyond}"
    );
    let many = |range: &str| {
        let run = [
            "--truncation=10",
            "-n",
            "18446744073709551615",
            "--blocks",
            range,
            "-o",
        ];
        let whole = refused(&[&run[..], &[&format!("{b}.new")]].concat());
        let open = refused(&[&run[..1], &run[3..], &[&format!("{b}.new")]].concat());
        for said in [whole, open] {
            assert!(said.contains("more memory than is free"), "{said}");
        }
    };
    many("0..1000000000000000");
    many("5..9007199254740990");
    let empty = refused(&["--blocks", "3..3"]);
    assert!(empty.contains("expected A..B"), "{empty}");
}

/// An episodic model is sampled in the same way for every N: what is merged is the run.
#[test]
fn without_a_number_the_run_is_what_is_merged() {
    let model = ["compare", "mdps/short-corridor.yaml"];
    let folder = tempfile::tempdir().unwrap();
    let path = |name| folder.path().join(name).to_str().unwrap().to_string();
    let (a, b) = (path("a.sums"), path("b.sums"));
    out(&[&model[..], &["--blocks", "0..1", "-o", &a]].concat());
    out(&[&model[..], &["--blocks", "1..3", "-o", &b]].concat());
    let merged = out(&[&model[..], &["--format=json", "--merge", &a, &b]].concat());
    let whole = out(&[&model[..], &["--format=json", "-n", "6144"]].concat());
    assert_eq!(merged, whole);
}
