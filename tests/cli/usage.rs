//! Help, its examples, flags that are wrong.

use super::{out, run};

const COMMANDS: [&str; 9] = [
    "ascend",
    "compare",
    "schema",
    "check",
    "evaluate",
    "gradient",
    "convert",
    "completions",
    "man",
];

#[test]
fn the_version_says_whether_lapack_is_built_in() {
    let lapack = if cfg!(feature = "lapack") {
        "with"
    } else {
        "without"
    };
    let petsc = if cfg!(feature = "petsc") {
        ", with petsc"
    } else {
        ""
    };
    let expected = format!(
        "exact-mdp {} ({lapack} lapack{petsc})\n",
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(out(&["--version"]), expected);
    assert_eq!(out(&["-V"]), expected);
}

#[test]
fn help_lists_every_command() {
    let help = out(&["--help"]);
    for command in COMMANDS {
        assert!(
            help.contains(&format!("\n  {command} ")),
            "{command}\n{help}"
        );
    }
}

/// Every command's help has an example, and the shell runs each of them.
#[test]
fn the_examples_in_help_run() {
    let folder = tempfile::tempdir().unwrap();
    let copied = |from: &str, to: &str| {
        let from = std::path::Path::new(crate::ROOT).join(from);
        std::fs::copy(from, folder.path().join(to)).unwrap();
    };
    // what the user brings
    copied("mdps/gridworld-5x5.yaml", "plain.yaml");
    copied("mdps/gridworld-5x5.yaml", "shaped.yaml");
    let up: Vec<String> = (0..25)
        .map(|state| format!("'{state}': {{up: 1}}"))
        .collect();
    let policy = format!(
        "{{parametrization: simplex, probabilities: {{{}}}}}",
        up.join(", ")
    );
    std::fs::write(folder.path().join("policy.yaml"), policy).unwrap();
    let gradient = out(&["gradient", "mdps/retry-loop.yaml", "--format", "json"]);
    std::fs::write(folder.path().join("mine.json"), gradient).unwrap();
    for command in commands() {
        let help = out(&[&command, "--help"]);
        let examples = examples(&help);
        assert!(!examples.is_empty(), "{command} has no example:\n{help}");
        for example in examples {
            run_in_shell(&example, folder.path());
        }
    }
}

/// The names in the list of commands.
fn commands() -> Vec<String> {
    let help = out(&["--help"]);
    let (_, list) = help.split_once("Commands:\n").expect("a list");
    let lines = list.lines().take_while(|line| !line.is_empty());
    let names = lines.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    let names = names.filter(|name| !name.is_empty() && *name != "help");
    names.map(String::from).collect()
}

/// The lines after `Example: ` or `Examples: ` and those below them, as a shell joins them.
fn examples(help: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut is_within = false;
    for line in help.lines() {
        let first = ["Example: ", "Examples: "]
            .iter()
            .find_map(|head| line.strip_prefix(head));
        is_within = !line.is_empty() && (is_within || first.is_some());
        let words = first.unwrap_or(line).trim();
        match found.last_mut() {
            _ if !is_within => {}
            Some(last) if last.ends_with('\\') => {
                last.pop();
                last.push_str(words);
            }
            _ => found.push(words.to_string()),
        }
    }
    found
}

/// The example as a shell runs it: the program is on the path, `mdps` stands in the folder, files
/// are written there, and there is no pager.
fn run_in_shell(example: &str, folder: &std::path::Path) {
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_exact-mdp"));
    let path = std::env::var("PATH").unwrap();
    for ours in ["mdps", "docs"] {
        let link = folder.join(ours);
        if !link.exists() {
            let there = std::path::Path::new(crate::ROOT).join(ours);
            std::os::unix::fs::symlink(there, &link).unwrap();
        }
    }
    let example = example
        .replace("man -l -", "cat")
        .replace("~/.bash_completion.d/", "");
    let output = std::process::Command::new("sh")
        .args(["-c", &example])
        .env(
            "PATH",
            format!("{}:{path}", program.parent().unwrap().display()),
        )
        .current_dir(folder)
        .output()
        .unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{example}\n{err}");
}

#[test]
fn wrong_usage_is_exit_code_2_and_nothing_on_standard_output() {
    let wrong: [&[&str]; 12] = [
        &[],
        &["evaluat", "x.yaml"],
        &["evaluate"],
        &["evaluate", "x.yaml", "y.yaml"],
        &["evaluate", "x.yaml", "--gamma", "0.9"],
        &["evaluate", "x.yaml", "--format", "xml"],
        &["evaluate", "x.yaml", "--digits", "0"],
        &["evaluate", "x.yaml", "--threads", "0"],
        &["evaluate", "x.yaml", "--seed", "-1"],
        &["evaluate", "x.yaml", "--policy", "random"],
        &["evaluate", "x.yaml", "--policy", "random:x"],
        &["evaluate", "x.yaml", "--criterion", "medium"],
    ];
    for arguments in wrong {
        let run = run(arguments);
        assert_eq!(run.code, Some(2), "{arguments:?}");
        assert_eq!(run.out, "", "{arguments:?}");
        assert!(!run.err.is_empty(), "{arguments:?}");
    }
}

/// What has a form of its own is not asked for another one.
#[test]
fn forms_are_those_of_reports() {
    for command in [
        &["convert", ":two-state"][..],
        &["schema"],
        &["completions", "fish"],
        &["man", "evaluate"],
        &["verify", "--explain", "flow-equation"],
        &["report", ":two-state"],
    ] {
        let refused = run(&[command, &["--format", "csv"]].concat());
        assert_eq!(
            (refused.code, refused.out.as_str()),
            (Some(2), ""),
            "{command:?}"
        );
        let said = refused.err.to_lowercase();
        assert!(
            said.contains("leave") && said.contains("--format"),
            "{said}"
        );
    }
}

#[test]
fn a_misspelled_command_or_flag_gets_the_right_one() {
    assert!(run(&["evaluat"]).err.contains("'evaluate'"));
    assert!(
        run(&["evaluate", "x", "--polcy", "uniform"])
            .err
            .contains("'--policy'")
    );
    let seed = run(&["evaluate", "x", "--policy", "random"]).err;
    assert!(seed.contains("random:7"), "{seed}");
}

#[test]
fn completions_and_manual_pages_know_the_commands() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = out(&["completions", shell]);
        assert!(script.contains("evaluate"), "{shell}");
    }
    assert!(out(&["man"]).contains(".TH exact-mdp 1"));
    let page = out(&["man", "evaluate"]);
    assert!(page.contains("exact\\-mdp\\-evaluate") && page.contains("\\-\\-format"));
    let unknown = run(&["man", "evaluat"]);
    assert_eq!(unknown.code, Some(2));
    assert!(
        unknown.err.contains("no command `evaluat`"),
        "{}",
        unknown.err
    );
}

/// What bash completes after these words, the last of which is begun.
#[cfg(unix)]
fn completed(folder: &std::path::Path, words: &[&str]) -> Vec<String> {
    let script = folder.join("completions.bash");
    std::fs::write(&script, out(&["completions", "bash"])).unwrap();
    let [.., before, begun] = words else {
        panic!("{words:?}")
    };
    let asked = format!(
        "source {}; COMP_WORDS=({}); COMP_CWORD={}; _exact__mdp exact-mdp {begun} {before}; printf '%s\\n' ${{COMPREPLY[@]}}",
        script.display(),
        words.join(" "),
        words.len() - 1,
    );
    let output = std::process::Command::new("bash")
        .args(["--norc", "-c", &asked])
        .output()
        .expect("bash is there");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(String::from).collect()
}

#[cfg(unix)]
#[test]
fn bash_completes_commands_flags_and_values() {
    let folder = tempfile::tempdir().unwrap();
    for (words, expected) in [
        (&["exact-mdp", "evalu"][..], &["evaluate"][..]),
        (&["exact-mdp", "evaluate", "--form"], &["--format"]),
        (
            &["exact-mdp", "solve", "m.yaml", "--method", "val"],
            &["value-iteration"],
        ),
        (
            &["exact-mdp", "reference", "m.yaml", "--for", "p"],
            &["pytest"],
        ),
        (&["exact-mdp", "man", "--qu"], &["--quiet"]),
    ] {
        assert_eq!(completed(folder.path(), words), expected, "{words:?}");
    }
}

/// A number after a flag is that flag's, whatever it is: no hint to write `-- -1`.
#[test]
fn negative_fractions_are_numbers() {
    for (arguments, said) in [
        (&["step", "--step", "-1/0"][..], "denominator 0"),
        (&["step", "--step", "-1/2"], "above 0"),
        (&["evaluate", "--discount", "-1/2"], "[0, 1]"),
        (&["gradient", "--entropy", "-1/2"], "at least"),
        (&["reference", "--entropy", "-1/0"], "denominator 0"),
        (&["critics", "--lambda", "-1/2"], "-1/2"),
        (&["solve", "--entropy", "-1/2"], "-1/2"),
        (&["ascend", "--tolerance", "-1"], "-1"),
    ] {
        let mut arguments = arguments.to_vec();
        arguments.insert(1, ":two-state");
        let refused = run(&arguments);
        assert_eq!(refused.code, Some(2), "{arguments:?}");
        assert!(refused.err.contains(said), "{}", refused.err);
        assert!(!refused.err.contains("-- -1"), "{}", refused.err);
    }
}

/// What takes long over fractions says so before it begins.
#[test]
fn long_horizons_of_fractions_are_said_or_refused() {
    let horizon = |steps| ["gradient", ":retry-loop", "--exact", "--horizon", steps];
    let quick = run(&horizon("50"));
    assert_eq!((quick.code, quick.err.as_str()), (Some(0), ""));
    let refused = run(&horizon("50000"));
    assert_eq!(refused.code, Some(2));
    assert!(refused.err.contains("products"), "{}", refused.err);
}

/// What takes long in floating point says so as well; what takes too much memory is refused.
#[test]
fn long_horizons_and_many_samples_are_said_or_refused() {
    let far = ["--horizon", "1e9"];
    let between = ["between", ":two-state", "uniform", "optimal"];
    for (arguments, said) in [
        (between, "of memory"),
        (["verify", ":two-state", "--only", "operators"], "products"),
    ] {
        let refused = run(&[&arguments[..], &far].concat());
        assert_eq!(refused.code, Some(2), "{arguments:?}");
        assert!(refused.err.contains(said), "{}", refused.err);
    }
    let short = run(&[&between[..], &["--horizon", "3"]].concat());
    assert_eq!((short.code, short.err.as_str()), (Some(0), ""));
}

/// What exceeds the most is told the most, and no number that is none.
#[test]
fn numbers_that_are_too_large_are_told_what_is_the_most() {
    const MODEL: &str = "mdps/retry-loop.yaml";
    let steps = "at least 1 and at most 4294967295;";
    for (arguments, says) in [
        (
            &["compare", MODEL, "--truncation", "1000000000000000000"][..],
            steps,
        ),
        (&["reference", MODEL, "--truncation", "1e12"], steps),
        (
            &["compare", MODEL, "-n", "99999999999999999999"],
            "at most 2^64 − 1;",
        ),
        (
            &["step", MODEL, "-n", "1000000000000000000000"],
            "at most 9007199254740992;",
        ),
        (
            &["gradient", MODEL, "--sweep", "discount=0..0.9:100000000000"],
            "100000000000 values;",
        ),
        (
            &["compare", MODEL, "--estimators", "n-step:1000000000000"],
            "1000000000000 × ",
        ),
        (&["compare", MODEL, "--truncation", "0"], "at least 1;"),
        (
            &["ascend", MODEL, "--trace", "t.yaml"],
            "ends in .csv, .json or .npz",
        ),
        (
            &["convert", MODEL, "no-such-folder/m.csv"],
            "names no format of models",
        ),
    ] {
        let run = run(arguments);
        assert_eq!(run.code, Some(2), "{arguments:?}");
        let said: Vec<&str> = run.err.split_whitespace().filter(|x| *x != "│").collect();
        let said = said.join(" ");
        assert!(said.contains(says), "{arguments:?}: {said}");
    }
}

/// A line of a message ends at a blank: names, which are copied, are whole.
#[test]
fn messages_break_no_name() {
    let models = run(&["evaluate", ":twostate"]).err;
    for name in [":bairds-counterexample", ":frozenlake-4x4", ":two-state"] {
        assert!(models.contains(name), "{models}");
    }
    assert!(
        models.lines().all(|line| line.chars().count() <= 80),
        "{models}"
    );
    assert!(
        models.lines().all(|line| !line.ends_with(['-', ':'])),
        "{models}"
    );
    let estimators = run(&["compare", ":two-state", "--estimators", "nonsense"]).err;
    for name in ["td-residual", "v-trace:1:1", "textbook", "--baseline-file"] {
        assert!(estimators.contains(name), "{estimators}");
    }
    let near = run(&["compare", ":two-state", "--estimators", "reward-to-og"]).err;
    assert!(near.contains("did you mean `reward-to-go`?"), "{near}");
    for hidden in ['\u{2060}', '\u{200b}'] {
        assert!(!models.contains(hidden) && !estimators.contains(hidden));
    }
}
