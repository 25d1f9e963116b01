//! Names of states and actions: any characters, wherever they are shown, and in the lines that help.

use super::{file, finished, program, read, run};

/// Names of two variables, as PRISM and Storm write them, hold commas and brackets: what a message tells to say works.
#[cfg(unix)]
#[test]
fn what_is_said_of_several_starts_can_be_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(path("d.tra"), "4 4 4\n0 0 1 1\n1 0 2 1\n2 0 3 1\n3 0 3 1\n").unwrap();
    let states = "(x,b)\n0:(0,true)\n1:(0,false)\n2:(1,true)\n3:(1,false)\n";
    std::fs::write(path("d.sta"), states).unwrap();
    std::fs::write(path("d.lab"), "0=\"init\" 1=\"deadlock\"\n0: 0\n2: 0\n").unwrap();
    let model = path("d.tra");
    let flags = ["evaluate", &model, "--discount", "1/2"];
    let refused = run(&flags);
    assert_eq!(refused.code, Some(2), "{}", refused.err);
    // lines are broken as the terminal needs it
    let said = refused.err.split_whitespace().collect::<Vec<_>>().join(" ");
    let mends: Vec<&str> = said.split("--initial ").skip(1).collect();
    assert_eq!(mends.len(), 2, "{said}");
    for mend in mends {
        let end = mend.rfind('\'').expect("quoted");
        let line = format!("exec \"$@\" --initial {}", &mend[..=end]);
        let mut shell = std::process::Command::new("sh");
        shell
            .args(["-c", &line, "sh", env!("CARGO_BIN_EXE_exact-mdp")])
            .args(flags);
        let done = finished(shell);
        assert_eq!(done.code, Some(0), "{line}: {}", done.err);
    }
}

/// What begins a line or turns the direction of what follows is shown as what cannot be shown; data hold it as it is.
#[test]
fn names_turn_nothing() {
    let text = "discount: 0.9\nstates: [\"a\\u202Eb\", \"c\\u2028d\"]\nactions: [\"x\\u2066y\"]\ninitial: uniform\n\
                transitions: {\"a\\u202Eb\": {\"x\\u2066y\": \"c\\u2028d\"}, \"c\\u2028d\": {\"x\\u2066y\": \"a\\u202Eb\"}}\n\
                rewards: {\"a\\u202Eb\": {\"x\\u2066y\": 1}}\n";
    let (folder, path) = file("m.yaml", text);
    let turns = ['\u{202e}', '\u{2028}', '\u{2066}'];
    for command in ["evaluate", "gradient", "solve", "chain", "check"] {
        let table = run(&[command, &path]);
        assert_eq!(table.code, Some(0), "{command}: {}", table.err);
        assert!(!table.out.contains(turns), "{command}: {}", table.out);
        assert!(!table.err.contains(turns), "{command}: {}", table.err);
    }
    assert!(run(&["evaluate", &path]).out.contains("a\u{fffd}b"));
    let made = |name: &str| folder.path().join(name).display().to_string();
    let (page, plot) = (made("r.html"), made("g.svg"));
    assert_eq!(run(&["report", &path, "-o", &page]).code, Some(0));
    assert_eq!(run(&["gradient", &path, "--plot", &plot]).code, Some(0));
    assert!(!read(&plot).contains(turns));
    // the numbers of a page are data
    let page = read(&page);
    let shown = page.split("<script type=\"application/json\"").next();
    assert!(!shown.unwrap().contains(turns));
    assert!(page.contains("a\u{fffd}b"));
    let data = finished(program(&["evaluate", &path, "--format", "csv"])).out;
    assert!(data.contains("a\u{202e}b"), "{data}");
}

/// What is said of a state in which nothing is done is told, of a baseline as of a critic.
#[test]
fn a_baseline_of_a_terminal_state_is_told() {
    let (_folder, path) = file("b.yaml", "{start: 1, bridge: 0, done: 5}\n");
    let compare = ["compare", "mdps/retry-loop.yaml", "-n", "50"];
    let said = |rest: &[&str]| run(&[&compare[..], rest].concat()).err;
    let told = said(&["--baseline-file", &path]);
    assert!(told.contains("the terminal state `done`"), "{told}");
    std::fs::write(&path, "{start: 1, bridge: 0, done: 0}\n").unwrap();
    let silent = said(&["--baseline-file", &path]);
    assert!(!silent.contains("terminal state"), "{silent}");
}
