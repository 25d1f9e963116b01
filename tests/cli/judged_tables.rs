//! `judge --gradient` and `--formula` of CSV: columns that name states, actions and parameters are read, in any order.

use super::{Run, file, run};

/// v(c) = ½(1 + 9/10 v(a)) + ½·2, v(a) = ½(5 + 9/10·7) + ½·9/10 v(c), v(b) = 7.
const NAMES: &str = "
discount: 0.9
states: [c, a, b, end]
actions: [x, y]
initial: c
terminal: [end]
transitions:
- [c, x, a, 1, 1]
- [c, y, end, 1, 2]
- [a, x, b, 1, 5]
- [a, y, c, 1, 0]
- [b, x, end, 1, 7]
";

const C: f64 = (1.5 + 0.45 * 5.65) / (1.0 - 0.45 * 0.45);
const A: f64 = (5.65 + 0.45 * 1.5) / (1.0 - 0.45 * 0.45);

fn judged(formula: &[&str], csv: &str) -> Run {
    let (folder, model) = file("names.yaml", NAMES);
    let path = folder.path().join("n.csv");
    std::fs::write(&path, csv).unwrap();
    let path = path.to_str().unwrap();
    run(&[&["judge", model.as_str()], formula, &[path]].concat())
}

/// Numbers of states are by the name that stands beside them, or the number; of which the order is any.
#[test]
fn what_is_by_state_is_read_by_the_column_of_states() {
    let v = ["--formula", "v"];
    let sorted = |state: &str, [a, b, c, end]: [&str; 4]| {
        format!("{state},value\n{a},{A}\n{b},7\n{c},{C}\n{end},0\n")
    };
    for column in ["state", "states", "s", "State"] {
        for names in [["a", "b", "c", "end"], ["1", "2", "0", "3"]] {
            let found = judged(&v, &sorted(column, names));
            assert_eq!(found.code, Some(0), "{column}: {}{}", found.out, found.err);
        }
    }
    // those of the places, under other names
    let shifted = judged(&v, &format!("state,v\na,{C}\nb,{A}\nc,7\nend,0\n"));
    assert_eq!(shifted.code, Some(1), "{}", shifted.out);
    let bare = judged(&v, &format!("{C}\n{A}\n7\n0\n"));
    assert_eq!(bare.code, Some(0), "{}{}", bare.out, bare.err);
    let counted = judged(&v, &format!(",v\n0,{C}\n1,{A}\n2,7\n3,0\n"));
    assert_eq!(counted.code, Some(0), "{}{}", counted.out, counted.err);
}

/// A name that there is not, one that comes twice, and a column that would say another order are refused.
#[test]
fn names_that_are_none_and_columns_that_are_not_read_are_refused() {
    let refused = |csv: String, said: &str| {
        let found = judged(&["--formula", "v"], &csv);
        assert_eq!(found.code, Some(2), "{}", found.out);
        assert!(found.err.contains(said), "{}", found.err);
    };
    let rows = |header: &str, [c, a, b, end]: [&str; 4]| {
        format!("{header}\n{c},{C}\n{a},{A}\n{b},7\n{end},0\n")
    };
    refused(
        rows("state,v", ["p", "q", "r", "z"]),
        "no state is named `p`",
    );
    refused(rows("state,v", ["c", "a", "a", "end"]), "a has two numbers");
    refused(
        rows("where,v", ["c", "a", "b", "end"]),
        "the column `where` is not read",
    );
    refused(
        rows("number,v", ["1", "0", "2", "3"]),
        "the column `number` is not read",
    );
}

/// What is by pairs has both in short as well: q(c, x) = 1 + 9/10 v(a), …
#[test]
fn pairs_are_named_in_short_and_by_number() {
    let q = |s: [&str; 3], a: [&str; 2]| {
        let (cx, ay) = (1.0 + 0.9 * A, 0.9 * C);
        format!(
            "s,a,q\n{},{},7\n{},{},11.3\n{},{},{ay}\n{},{},2\n{},{},{cx}\n",
            s[2], a[0], s[1], a[0], s[1], a[1], s[0], a[1], s[0], a[0]
        )
    };
    for table in [
        q(["c", "a", "b"], ["x", "y"]),
        q(["0", "1", "2"], ["0", "1"]),
    ] {
        let found = judged(&["--formula", "q"], &table);
        assert_eq!(found.code, Some(0), "{}{}", found.out, found.err);
    }
}

/// What the program writes as CSV is read by `judge`, matrices too.
#[test]
fn tables_of_the_program_itself_are_right() {
    let (folder, model) = file("names.yaml", NAMES);
    let path = folder.path().join("written.csv");
    let path = path.to_str().unwrap();
    let right = |formula: &[&str]| {
        let found = run(&[&["judge", model.as_str()], formula, &[path]].concat());
        assert_eq!(
            found.code,
            Some(0),
            "{formula:?}: {}{}",
            found.out,
            found.err
        );
    };
    run(&["evaluate", &model, "-o", path]);
    for name in ["v", "q", "advantage", "occupancy", "pair_occupancy"] {
        right(&["--formula", name]);
    }
    run(&[
        "gradient",
        &model,
        "--hessian",
        "--jacobian",
        "--fisher",
        "--natural",
        "-o",
        path,
    ]);
    for name in ["hessian", "jacobian", "fisher", "natural"] {
        right(&["--formula", name]);
    }
    right(&["--gradient"]);
}
