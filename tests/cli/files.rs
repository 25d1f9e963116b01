//! Files of the user: no output is lost, cut, or written over an input.

use std::fs;

use super::run;

const MODEL: &str = "mdps/two-state.yaml";

/// A model of one's own in a folder of one's own.
fn copied() -> (tempfile::TempDir, impl Fn(&str) -> String) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_path_buf();
    let model = fs::read(format!("{}/{MODEL}", crate::ROOT)).unwrap();
    fs::write(root.join("m.yaml"), model).unwrap();
    (folder, move |name| root.join(name).display().to_string())
}

#[test]
fn an_output_is_never_the_model() {
    let (_folder, path) = copied();
    let (model, text) = (path("m.yaml"), fs::read(path("m.yaml")).unwrap());
    let (hard, roundabout) = (path("hard.yaml"), path("./m.yaml"));
    fs::hard_link(&model, &hard).unwrap();
    for output in [&model, &hard, &roundabout] {
        for command in ["evaluate", "gradient", "solve", "reference", "ascend"] {
            let run = run(&[command, &model, "-o", output]);
            assert_eq!(run.code, Some(2), "{command} {output}: {}", run.err);
        }
        assert_eq!(run(&["convert", &model, output]).code, Some(2));
    }
    assert_eq!(run(&["ascend", &model, "--trace", &model]).code, Some(2));
    assert_eq!(fs::read(&model).unwrap(), text);
}

#[test]
fn two_outputs_are_two_files() {
    let (_folder, path) = copied();
    let csv = path("p.csv");
    let run = run(&["ascend", MODEL, "-o", &csv, "--trace", &csv]);
    assert_eq!(run.code, Some(2));
    assert!(run.err.contains("two outputs"), "{}", run.err);
}

/// A model goes to one place: a second name for it is no file that is left unwritten.
#[test]
fn a_converted_model_has_one_place() {
    let (folder, path) = copied();
    let (first, second) = (path("a.drn"), path("b.drn"));
    for [out, other] in [[&first[..], &second], [&first, "-"], ["-", &second]] {
        for flags in [
            ["convert", MODEL, out, "-o", other],
            ["-o", other, "convert", MODEL, out],
        ] {
            let run = run(&flags);
            assert_eq!(run.code, Some(2), "{flags:?}");
            assert!(run.err.contains("both name the place"), "{}", run.err);
        }
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    assert_eq!(run(&["convert", MODEL, &first]).code, Some(0));
    assert_eq!(run(&["convert", MODEL, "-o", &second]).code, Some(0));
    assert_eq!(fs::read(first).unwrap(), fs::read(second).unwrap());
}

/// `-` is standard output for every command, and no file of that name.
#[test]
fn a_dash_is_standard_output() {
    let folder = tempfile::tempdir().unwrap();
    let model = format!("{}/{MODEL}", crate::ROOT);
    for command in [
        &["evaluate", &model][..],
        &["convert", &model],
        &["reference", &model],
        &["report", &model],
        &["schema"],
        &["man", "evaluate"],
        &["completions", "fish"],
    ] {
        let here = |more: &[&str]| {
            let mut program = super::program(&[command, more].concat());
            program.current_dir(folder.path());
            super::finished(program)
        };
        let (plain, dashed) = (here(&[]), here(&["-o", "-"]));
        assert_eq!(dashed.code, Some(0), "{command:?}: {}", dashed.err);
        assert!(
            !plain.out.is_empty() && plain.out == dashed.out,
            "{command:?}"
        );
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    let trace = run(&["ascend", MODEL, "-n", "1", "--trace", "-"]);
    assert_eq!(trace.code, Some(2), "{}", trace.err);
}

#[test]
fn endings_and_folders_are_judged_before_anything_runs() {
    let (_folder, path) = copied();
    let (result, nowhere) = (path("a.json"), path("nowhere/t.csv"));
    let endless = ["ascend", MODEL, "-n", "1000000000", "--tolerance", "0"];
    let foo = path("x.foo");
    for files in [
        ["-o", &foo, "--digits", "6"],
        ["-o", &result, "--trace", &nowhere],
    ] {
        let run = run(&[&endless[..], &files[..]].concat());
        assert_eq!(run.code, Some(2), "{}", run.err);
    }
}

/// Nothing stays beside the result, and the place keeps its link and its permissions.
#[cfg(unix)]
#[test]
fn a_link_and_permissions_stay() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, path) = copied();
    let (real, link) = (path("real.json"), path("link.json"));
    fs::write(&real, "old").unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink("real.json", &link).unwrap();
    assert_eq!(run(&["evaluate", MODEL, "-o", &link]).code, Some(0));
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(fs::read_to_string(&real).unwrap().starts_with('{'));
    assert_eq!(
        fs::metadata(&real).unwrap().permissions().mode() & 0o777,
        0o640
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
}

#[test]
fn every_file_that_is_read_is_an_input() {
    let (_folder, path) = copied();
    let (table, policy) = (path("v.json"), path("p.json"));
    fs::write(&table, "[1, 2]").unwrap();
    fs::write(&policy, "{parametrization: softmax}").unwrap();
    for flags in [
        ["evaluate", MODEL, "--policy", &policy, "-o", &policy],
        ["compare", MODEL, "--behavior", &policy, "-o", &policy],
        ["compare", MODEL, "--critic", &table, "-o", &table],
        ["compare", MODEL, "--baseline-file", &table, "-o", &table],
        ["judge", MODEL, "--gradient", &table, "-o", &table],
    ] {
        let run = run(&flags);
        assert_eq!(run.code, Some(2), "{flags:?}");
        assert!(
            run.err.contains("is also an input"),
            "{flags:?}: {}",
            run.err
        );
    }
    assert_eq!(fs::read_to_string(&table).unwrap(), "[1, 2]");
}

/// Standard input that is redirected from a file is that file, under whatever name.
#[test]
fn standard_input_is_an_input() {
    let (_folder, path) = copied();
    let (model, other) = (path("m.yaml"), path("linked.yaml"));
    fs::copy(format!("{}/{MODEL}", crate::ROOT), &model).unwrap();
    fs::hard_link(&model, &other).unwrap();
    let before = fs::read(&model).unwrap();
    let redirected = |arguments: &[&str]| {
        let mut program = super::program(arguments);
        program.stdin(fs::File::open(&model).unwrap());
        super::finished(program)
    };
    for output in [&model, &other] {
        for arguments in [
            &["evaluate", "-", "--format", "yaml"][..],
            &["judge", MODEL, "--gradient", "-", "--format", "yaml"],
            &["convert", "-"],
        ] {
            let run = redirected(&[arguments, &["-o", output]].concat());
            assert_eq!(run.code, Some(2), "{arguments:?}: {}", run.err);
            assert!(run.err.contains("is also an input"), "{}", run.err);
        }
    }
    assert_eq!(fs::read(&model).unwrap(), before);
    let free = path("free.json");
    let run = redirected(&["evaluate", "-", "-o", &free]);
    assert_eq!(run.code, Some(0), "{}", run.err);
}

/// A file is what is opened, not what it is called: the folders of a process and its descriptors are names too.
#[cfg(target_os = "linux")]
#[test]
fn a_file_has_names_by_the_process() {
    use std::os::fd::AsRawFd;
    let (folder, path) = copied();
    let model = path("m.yaml");
    let before = fs::read(&model).unwrap();
    let root = fs::canonicalize(folder.path()).unwrap();
    let by_root = format!("/proc/self/root{}/m.yaml", root.display());
    // a descriptor that children have too
    let open = fs::File::open(&model).unwrap();
    let outer = format!("/proc/{}/fd/{}", std::process::id(), open.as_raw_fd());
    let in_folder = |arguments: &[&str]| {
        let mut program = super::program(arguments);
        program.current_dir(folder.path());
        program.stdin(fs::File::open(&model).unwrap());
        super::finished(program)
    };
    let by_folder = "/proc/self/cwd/m.yaml";
    for (input, output) in [
        ("m.yaml", by_folder),
        ("m.yaml", &by_root),
        (by_folder, "m.yaml"),
        (&by_root, by_folder),
        ("/dev/stdin", "m.yaml"),
        ("/dev/fd/0", by_folder),
        ("/proc/self/fd/0", &model),
        ("-", by_folder),
        (&outer, "m.yaml"),
        ("m.yaml", &outer),
    ] {
        let flags = ["--format", "yaml", "--discount", "1/2", "-o", output];
        let run = in_folder(&[&["evaluate", input][..], &flags].concat());
        assert_eq!(run.code, Some(2), "{input} {output}: {}", run.err);
        assert!(run.err.contains("is also an input"), "{}", run.err);
    }
    assert_eq!(fs::read(&model).unwrap(), before);
    let whole = [
        "evaluate",
        "m.yaml",
        "--discount=1/2",
        "-o",
        "/proc/self/cwd/free.json",
    ];
    let run = in_folder(&whole);
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert!(
        fs::read_to_string(path("free.json"))
            .unwrap()
            .starts_with('{')
    );
}

/// What never ends is read to one limit, whatever it is given as.
#[cfg(target_os = "linux")]
#[test]
fn what_never_ends_is_read_to_one_limit() {
    let (_folder, path) = copied();
    let endless = path("endless.json");
    std::os::unix::fs::symlink("/dev/zero", &endless).unwrap();
    for arguments in [
        &["evaluate", MODEL, "--policy", "/dev/zero"][..],
        &["judge", MODEL, "--samples", &endless],
    ] {
        let run = run(arguments);
        assert_eq!(run.code, Some(2), "{arguments:?}");
        assert!(run.err.contains("more than 256 MiB"), "{}", run.err);
    }
    // read elsewhere, a file has no limit
    let root = std::path::Path::new(crate::ROOT);
    let mut folders: Vec<_> = ["src", "crates/cli/src", "python/src"]
        .map(|folder| root.join(folder))
        .into();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            if path.ends_with("tests.rs") {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap();
            for line in code.lines() {
                let reads = line.contains("fs::read(") || line.contains("fs::read_to_string(");
                let is_of_system = ["/proc/", "/sys/"].iter().any(|of| line.contains(of));
                assert!(!reads || is_of_system, "{}: {line}", path.display());
            }
        }
    }
}

/// What stands beside a `.tra` file is read with it: an old file there would be the rewards of a
/// model that never had them.
#[test]
fn files_beside_tra_are_those_of_its_model() {
    let (_folder, path) = copied();
    let (tra, stale) = (path("a.tra"), path("a.srew"));
    assert_eq!(run(&["convert", MODEL, &tra]).code, Some(0));
    assert_eq!(run(&["convert", MODEL, &tra]).code, Some(0), "again");
    for name in ["a.srew", "a1.trew"] {
        fs::write(path(name), "2 1\n0 1000\n").unwrap();
        let run = run(&["convert", MODEL, &tra]);
        assert_eq!(run.code, Some(2), "{name}");
        assert!(run.err.contains(name), "{}", run.err);
        fs::remove_file(path(name)).unwrap();
    }
    assert!(!fs::exists(&stale).unwrap());
    // beside a name that is free, not even what would be replaced is ours
    fs::write(path("b.lab"), "mine").unwrap();
    assert_eq!(run(&["convert", MODEL, &path("b.tra")]).code, Some(2));
    assert_eq!(fs::read_to_string(path("b.lab")).unwrap(), "mine");
    let over_itself = run(&["convert", &tra, &path("a.tra")]);
    assert_eq!(over_itself.code, Some(2), "{}", over_itself.err);
}

/// What standard output goes to holds something already, and gets more.
#[cfg(target_os = "linux")]
#[test]
fn an_output_that_is_standard_output_is_written_behind_what_is_there() {
    use std::io::Write;
    let (_folder, path) = copied();
    let flags = ["evaluate", MODEL, "-q", "--format=csv"];
    let table = run(&flags).out;
    let all = path("all.csv");
    for name in ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", &all] {
        let mut file = fs::File::create(&all).unwrap();
        file.write_all(b"before\n").unwrap();
        let written = std::process::Command::new(env!("CARGO_BIN_EXE_exact-mdp"))
            .args([&flags[..], &["-o", name]].concat())
            .current_dir(crate::ROOT)
            .stdout(file.try_clone().unwrap())
            .status()
            .unwrap();
        assert!(written.success(), "{name}");
        file.write_all(b"after\n").unwrap();
        let found = fs::read_to_string(&all).unwrap();
        assert_eq!(found, format!("before\n{table}after\n"), "{name}");
    }
}

/// Of an answer that a signal ends as it is written no part is left beside its place.
#[cfg(target_os = "linux")]
#[test]
fn signals_leave_no_part_of_a_file() {
    use std::process::{Command, Stdio};
    let (folder, path) = copied();
    let (model, output) = (path("g.yaml"), path("g.json"));
    let text = "discount: 0.9\ngarnet: {states: 20000, actions: 2, branching: 2}\n";
    fs::write(&model, text).unwrap();
    let parts = || {
        let names = fs::read_dir(folder.path()).unwrap().flatten();
        names
            .filter(|file| {
                file.file_name()
                    .to_string_lossy()
                    .starts_with(".exact-mdp-")
            })
            .count()
    };
    for (signal, number) in [("TERM", 15), ("INT", 2), ("HUP", 1)] {
        let mut child = Command::new("env")
            .arg("--default-signal=INT,HUP,TERM")
            .arg(env!("CARGO_BIN_EXE_exact-mdp"))
            .args(["convert", &model, &output])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while parts() == 0 && child.try_wait().unwrap().is_none() {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        let id = child.id().to_string();
        Command::new("kill")
            .args(["-s", signal, &id])
            .status()
            .unwrap();
        let status = child.wait().unwrap();
        let ended = std::os::unix::process::ExitStatusExt::signal(&status);
        // it may have been done by then
        assert!(status.success() || ended == Some(number), "{status}");
        assert_eq!(parts(), 0, "{signal}");
        let _ = fs::remove_file(&output);
    }
}

/// A run that is killed for good leaves the older file as it was.
#[cfg(target_os = "linux")]
#[test]
fn signals_end_a_run_with_what_there_is() {
    for (signal, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let (_folder, path) = copied();
        let output = path("a.json");
        fs::write(&output, "old").unwrap();
        let status = signalled(&[], signal, &endless(&output));
        assert_eq!(status.code(), Some(code), "{signal}");
        let text = fs::read_to_string(&output).unwrap();
        let report: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(report["stop"], "interrupted", "{signal}");
    }
    let (folder, path) = copied();
    let output = path("a.json");
    fs::write(&output, "old").unwrap();
    assert_eq!(signalled(&[], "KILL", &endless(&output)).code(), None);
    assert_eq!(fs::read_to_string(&output).unwrap(), "old");
    // what `nohup` sets aside stays set aside: only the second signal, TERM, ends the run
    let kept = signalled(&["nohup"], "HUP", &endless(&output));
    assert_eq!(kept.code(), Some(143));
    drop(folder);
}

/// Laws over 10⁶ steps, of which nothing is kept before all are there: minutes, unless the first signal ends
/// them.
#[cfg(target_os = "linux")]
#[test]
fn a_signal_ends_exact_laws_over_a_long_horizon() {
    let (folder, path) = copied();
    let (model, output) = (path("long.yaml"), path("long.json"));
    let text = "horizon: 1000000\nstates: [a, b]\nactions: [x, y]\ninitial: a\ntransitions: {a: {x: a, y: b}, b: {x: a, y: {a: 1/2, b: 1/2}}}\nrewards: {a: {x: 1}}\n";
    fs::write(&model, text).unwrap();
    let asked = [
        "compare",
        &model,
        "-n",
        "200",
        "--estimators",
        "all",
        "-o",
        &output,
    ];
    let begun = std::time::Instant::now();
    assert_eq!(signalled(&[], "TERM", &asked).code(), Some(143));
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
    assert!(!fs::exists(&output).unwrap());
    drop(folder);
}

/// An ascent without an end.
#[cfg(target_os = "linux")]
fn endless(output: &str) -> [&str; 9] {
    [
        "ascend",
        MODEL,
        "--method=adam",
        "-n",
        "1000000000",
        "--tolerance",
        "0",
        "-o",
        output,
    ]
}

/// How a run ends that gets this signal, and then, should it go on, SIGTERM.
#[cfg(target_os = "linux")]
fn signalled(before: &[&str], signal: &str, arguments: &[&str]) -> std::process::ExitStatus {
    use std::process::{Command, Stdio};
    let program = env!("CARGO_BIN_EXE_exact-mdp");
    // tests may run where INT or HUP are ignored: in the background of a shell, under `nohup`
    let mut child = Command::new("env")
        .arg("--default-signal=INT,HUP,TERM")
        .args(before)
        .arg(program)
        .args(arguments)
        .current_dir(crate::ROOT)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it runs");
    let id = child.id().to_string();
    // watching begins before the first step; a handler is seen in the mask of caught signals
    let caught = || {
        let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
            .is_some_and(|mask| mask >> 14 & 1 == 1)
    };
    while !caught() {
        assert_eq!(child.try_wait().expect("it can be asked"), None);
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let kill = |signal: &str| Command::new("kill").args(["-s", signal, &id]).status();
    assert!(kill(signal).expect("kill runs").success());
    if !before.is_empty() {
        assert!(kill("TERM").expect("kill runs").success());
    }
    child.wait().expect("it ends")
}
