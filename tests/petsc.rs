//! `--solver petsc` on one to four processes beside `--solver sparse` on one: every number within its bound.
//! Only in builds with the feature; needs `mpirun`.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const BIN: &str = env!("CARGO_BIN_EXE_exact-mdp");

/// The program on so many processes.
fn mpirun(ranks: usize) -> Command {
    let mut command = outside("mpirun");
    command
        .args(["--oversubscribe", "-n", &ranks.to_string(), BIN])
        .current_dir(crate::ROOT)
        .env("OMPI_ALLOW_RUN_AS_ROOT", "1")
        .env("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1")
        .env("OMP_NUM_THREADS", "1")
        .env("OPENBLAS_NUM_THREADS", "1");
    command
}

/// A program that does not know of this process's own part in MPI: once a test has begun one
/// (`petsc_itself_reads_the_files`), what MPI leaves in the environment ends an `mpirun` below it without a word.
fn outside(program: &str) -> Command {
    let own = ["OMPI_", "PMIX_", "OPAL_", "ORTE_", "PRTE_"];
    let is_own = |name: &str| own.iter().any(|prefix| name.starts_with(prefix));
    let mut command = Command::new(program);
    command
        .env_clear()
        .envs(std::env::vars_os().filter(|(name, _)| !name.to_str().is_some_and(is_own)));
    command
}

/// Standard error, its lines joined as they were before they were wrapped.
fn said(out: &Output) -> String {
    let text = String::from_utf8_lossy(&out.stderr).replace('│', " ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn answer(mut command: Command) -> Value {
    let out = command
        .args(["--quiet", "--format", "json"])
        .output()
        .unwrap();
    assert!(out.status.success(), "{command:?}\n{}", said(&out));
    serde_json::from_slice(&out.stdout).unwrap()
}

fn by_rows(ranks: usize, arguments: &[&str]) -> Value {
    let mut command = mpirun(ranks);
    command.args(arguments).args(["--solver", "petsc"]);
    answer(command)
}

fn alone(arguments: &[&str]) -> Value {
    let mut command = outside(BIN);
    command.args(arguments).current_dir(crate::ROOT);
    answer(command)
}

fn numbers(value: &Value) -> Vec<f64> {
    let number = |x: &Value| x.as_f64().unwrap_or(f64::NAN);
    value.as_array().unwrap().iter().map(number).collect()
}

fn number(value: &Value) -> f64 {
    value
        .as_f64()
        .unwrap_or_else(|| panic!("{value} is no number"))
}

/// Differences, where both have a value; gaps must be the same.
fn differences(a: &Value, b: &Value) -> Vec<f64> {
    let (a, b) = (numbers(a), numbers(b));
    assert_eq!(a.len(), b.len());
    let gaps = |x: &[f64]| -> Vec<bool> { x.iter().map(|x| x.is_nan()).collect() };
    assert_eq!(gaps(&a), gaps(&b));
    let pairs = a.iter().zip(&b).filter(|(a, _)| !a.is_nan());
    pairs.map(|(a, b)| (a - b).abs()).collect()
}

fn largest(x: &[f64]) -> f64 {
    x.iter().copied().fold(0.0, f64::max)
}

/// Models of all kinds, with what makes each hard.
fn models(folder: &Path) -> Vec<(PathBuf, Vec<&'static str>)> {
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let row = |c: char| format!("    {}\n", c.to_string().repeat(30));
    let map: String = std::iter::once(format!("    S{}\n", ".".repeat(29)))
        .chain((0..28).map(|_| row('.')))
        .chain([format!("    {}G\n", ".".repeat(29))])
        .collect();
    // BiCGSTAB breaks down for the occupancy of one start
    let grid = format!(
        "discount: 0.99\ngrid:\n  map: |\n{map}  slip: {{ahead: 0.8, left: 0.1, right: 0.1}}\n  \
         legend:\n    S: {{initial: 1}}\n    G: {{terminal: true, reward: 1}}\n"
    );
    // two ways to end, and a ring that never does, where nothing starts
    let multichain = "criterion: total\nstates: [a, b, won, lost, ring, round]\nactions: [go, try]\n\
        initial: {a: 1/2, b: 1/2}\nterminal: [won, lost]\ntransitions:\n  a: {go: {b: 1/2, won: 1/2}, try: {a: 0.9, lost: 0.1}}\n  \
        b: {go: {a: 1/3, lost: 2/3}}\n  ring: {go: round, try: {round: 1/2, won: 1/2}}\n  round: {go: ring}\n\
        rewards:\n  a: {go: 1, try: -0.25}\n  b: {go: 2}\n  ring: {go: 1}\n";
    let garnet = "garnet: {states: 400, actions: 3, branching: 4, seed: 7}\ndiscount: 0.99\n";
    vec![
        ("mdps/garnet.yaml".into(), vec!["--policy", "random:1"]),
        ("mdps/taxi.yaml".into(), vec!["--discount", "0.99"]),
        ("mdps/retry-loop.yaml".into(), vec![]),
        (write("grid.yaml", &grid), vec![]),
        (write("garnet.yaml", garnet), vec!["--discount", "0.9999"]),
        (
            write("multichain.yaml", multichain),
            vec!["--policy", "uniform"],
        ),
    ]
}

fn arguments<'a>(command: &'a str, model: &'a Path, flags: &[&'a str]) -> Vec<&'a str> {
    [&[command, model.to_str().unwrap()], flags].concat()
}

#[test]
fn evaluations_of_one_to_four_processes_are_within_their_bounds() {
    let folder = tempfile::tempdir().unwrap();
    for (model, flags) in models(folder.path()) {
        let arguments = arguments("evaluate", &model, &flags);
        let sparse = alone(&[&arguments[..], &["--solver", "sparse"]].concat());
        for ranks in 1..=4 {
            let found = by_rows(ranks, &arguments);
            let what = format!("{} on {ranks}", model.display());
            let by = &found["solver"]["distributed"];
            assert_eq!(found["solver"]["name"], "petsc");
            assert_eq!(by["ranks"], ranks);
            assert!(by["version"].as_str().unwrap().starts_with("3."));
            let value = number(&by["value_bound"]);
            let size = largest(
                &numbers(&sparse["v"])
                    .iter()
                    .map(|x| x.abs())
                    .collect::<Vec<_>>(),
            );
            assert!(value <= 1e-2 * size, "{what}: a bound of {value} on {size}");
            let off = largest(&differences(&found["v"], &sparse["v"]));
            assert!(
                off <= value,
                "{what}: v is off by {off:e}, {value:e} allowed"
            );
            let off: f64 = differences(&found["occupancy"], &sparse["occupancy"])
                .iter()
                .sum();
            let bound = number(&by["occupancy_bound"]);
            assert!(
                off <= bound,
                "{what}: ρ is off by {off:e}, {bound:e} allowed"
            );
            let off = (number(&found["j"]) - number(&sparse["j"])).abs();
            let bound = number(&by["j_bound"]);
            assert!(
                off <= bound,
                "{what}: J is off by {off:e}, {bound:e} allowed"
            );
            let off = largest(&differences(&found["q"], &sparse["q"]));
            assert!(
                off <= value * 1.01 + 1e-14 * size,
                "{what}: q is off by {off:e}"
            );
            let off = largest(&differences(&found["advantage"], &sparse["advantage"]));
            assert!(
                off <= 2.0 * value + 1e-14 * size,
                "{what}: A is off by {off:e}"
            );
        }
    }
}

#[test]
fn gradients_are_within_their_bounds() {
    let folder = tempfile::tempdir().unwrap();
    for (model, flags) in models(folder.path()) {
        let arguments = arguments("gradient", &model, &flags);
        let sparse = alone(
            &[
                &arguments[..],
                &["--solver", "sparse", "--routes", "adjoint"],
            ]
            .concat(),
        );
        for ranks in [1, 3] {
            let found = by_rows(ranks, &arguments);
            let bound = number(&found["solver"]["distributed"]["gradient_bound"]);
            let off = largest(&differences(&found["gradient"], &sparse["gradient"]));
            let what = format!("{} on {ranks}", model.display());
            assert!(
                off <= bound,
                "{what}: ∇J is off by {off:e}, {bound:e} allowed"
            );
        }
    }
}

#[test]
fn optima_are_within_their_bounds() {
    let folder = tempfile::tempdir().unwrap();
    let models = models(folder.path()).into_iter().filter(|(model, _)| {
        !["multichain", "retry-loop"]
            .iter()
            .any(|name| model.to_str().unwrap().contains(name))
    });
    for (model, flags) in models {
        let flags: Vec<&str> = flags
            .into_iter()
            .filter(|flag| !["--policy", "random:1"].contains(flag))
            .collect();
        let arguments = arguments("solve", &model, &flags);
        let whole = alone(&arguments);
        for ranks in [1, 2] {
            let found = by_rows(ranks, &arguments);
            let what = format!("{} on {ranks}", model.display());
            let bound = number(&found["error_bound"]);
            let both = bound + number(&whole["error_bound"]);
            let off = largest(&differences(&found["v"], &whole["v"]));
            assert!(
                off <= both,
                "{what}: v* is off by {off:e}, {both:e} allowed"
            );
            let size = largest(
                &numbers(&whole["v"])
                    .iter()
                    .map(|x| x.abs())
                    .collect::<Vec<_>>(),
            );
            assert!(bound <= 1e-5 * size, "{what}: {bound:e} of {size}");
            assert_eq!(found["distributed"]["ranks"], ranks);
        }
    }
}

/// Each process reads its rows.
#[test]
fn petsc_s_files_and_others_are_divided_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let lake = "mdps/frozenlake-8x8.yaml";
    let whole = alone(&["evaluate", lake, "--solver", "sparse"]);
    for name in ["m.petsc", "m.npz", "m.json"] {
        let file = path(name);
        let done = outside(BIN)
            .args(["convert", lake, file.to_str().unwrap()])
            .current_dir(crate::ROOT)
            .output()
            .unwrap();
        assert!(done.status.success(), "{}", said(&done));
        let found = by_rows(3, &["evaluate", file.to_str().unwrap()]);
        let off = largest(&differences(&found["v"], &whole["v"]));
        assert!(off <= 1e-12, "{name}: {off:e}");
    }
}

/// A method that the user forces breaks down: a certified answer all the same, or an error.
#[test]
fn a_solver_s_word_is_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let (grid, _) = models(folder.path()).remove(3);
    let grid = grid.to_str().unwrap();
    let sparse = alone(&["evaluate", grid, "--solver", "sparse"]);
    for options in [
        "-ksp_type bcgs -pc_type bjacobi",
        "-ksp_type bcgsl -pc_type bjacobi -ksp_pc_side right",
        "-ksp_type richardson -pc_type none -ksp_max_it 2",
    ] {
        let out = mpirun(2)
            .args([
                "evaluate", grid, "--solver", "petsc", "--quiet", "--format", "json",
            ])
            .env("PETSC_OPTIONS", options)
            .output()
            .unwrap();
        if out.status.success() {
            let found: Value = serde_json::from_slice(&out.stdout).unwrap();
            let bound = number(&found["solver"]["distributed"]["occupancy_bound"]);
            let off: f64 = differences(&found["occupancy"], &sparse["occupancy"])
                .iter()
                .sum();
            assert!(off <= bound && bound < 1e-3, "{options}: {off:e} {bound:e}");
        } else {
            assert!(out.stdout.is_empty(), "{options}: a number without a bound");
            assert!(
                ["no method has certified", "PETSc: "]
                    .iter()
                    .any(|words| said(&out).contains(words)),
                "{}",
                said(&out)
            );
        }
    }
}

#[test]
fn a_sample_of_many_processes_has_the_bytes_of_one() {
    let arguments = [
        "compare",
        "mdps/two-state.yaml",
        "-n",
        "20000",
        "--format",
        "json",
        "--quiet",
    ];
    let one = outside(BIN)
        .args(arguments)
        .current_dir(crate::ROOT)
        .output()
        .unwrap();
    for ranks in [1, 2, 4] {
        let many = mpirun(ranks)
            .args(arguments)
            .args(["--solver", "petsc"])
            .output()
            .unwrap();
        assert_eq!(many.status.code(), one.status.code(), "{}", said(&many));
        assert!(many.stdout == one.stdout, "{ranks} ranks: other bytes");
    }
}

#[test]
fn one_process_says_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let cut = folder.path().join("cut.petsc");
    let bad = folder.path().join("bad.yaml");
    std::fs::write(&bad, "discount: 2\n").unwrap();
    std::fs::write(&cut, [0u8; 7]).unwrap();
    let average = "mdps/multichain-average.yaml";
    for (arguments, words) in [
        (
            vec!["evaluate", "mdps/two-state.yaml"],
            "mpirun has started 2 processes",
        ),
        (
            vec!["check", "mdps/two-state.yaml"],
            "mpirun has started 2 processes",
        ),
        (
            vec!["evaluate", "nowhere.yaml", "--solver", "petsc"],
            "nowhere.yaml: 1 error",
        ),
        (
            vec!["evaluate", bad.to_str().unwrap(), "--solver", "petsc"],
            "bad.yaml: 2 errors",
        ),
        (
            vec!["evaluate", cut.to_str().unwrap(), "--solver", "petsc"],
            "begins with 0:",
        ),
        (
            vec!["evaluate", average, "--solver", "petsc"],
            "this is the average criterion",
        ),
        (
            vec![
                "solve",
                "mdps/retry-loop.yaml",
                "--solver",
                "petsc",
                "--exact",
            ],
            "--exact needs the whole model",
        ),
        (
            vec!["evaluate", "mdps/two-state.yaml", "--solver", "pets"],
            "invalid value",
        ),
    ] {
        let out = mpirun(2).args(&arguments).output().unwrap();
        assert_eq!(out.status.code(), Some(2), "{arguments:?}\n{}", said(&out));
        assert_eq!(
            said(&out).matches(words).count(),
            1,
            "{arguments:?}\n{}",
            said(&out)
        );
        assert!(out.stdout.is_empty());
    }
}

/// What is stopped leaves nothing behind.
#[test]
#[cfg(unix)]
fn ctrl_c_leaves_no_process() {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("stopped-by-ctrl-c.yaml");
    let garnet = "garnet: {states: 400000, actions: 2, branching: 5, seed: 7}\ndiscount: 0.99\n";
    std::fs::write(&model, garnet).unwrap();
    let mut run = mpirun(2)
        .args(["solve", model.to_str().unwrap(), "--solver", "petsc"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let alive = || {
        let processes = std::fs::read_dir("/proc").unwrap().flatten();
        let named = processes.filter(|process| {
            let line = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&line).contains("stopped-by-ctrl-c")
        });
        named.count()
    };
    let wait = |done: &dyn Fn(usize) -> bool| {
        for _ in 0..600 {
            if done(alive()) {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        panic!("{} processes", alive());
    };
    // mpirun itself and its two
    wait(&|count| count >= 3);
    let done = Command::new("kill")
        .args(["-INT", &run.id().to_string()])
        .status();
    assert!(done.unwrap().success());
    let _ = run.wait();
    wait(&|count| count == 0);
}

/// PETSc's own `MatLoad` and `VecLoad` read what `convert` writes.
#[test]
fn petsc_itself_reads_the_files() {
    use exact_mdp::exchange::Format;
    use exact_mdp::mdp::Mdp;
    use exact_mdp::model::Model;
    let folder = tempfile::tempdir().unwrap();
    let world = exact_mdp_petsc::World::start().unwrap();
    for name in ["retry-loop", "recycling-robot", "frozenlake-4x4", "taxi"] {
        let source = Path::new(crate::ROOT).join(format!("mdps/{name}.yaml"));
        let model = Model::load(&source).unwrap();
        let path = folder.path().join(format!("{name}.petsc"));
        let export = model.export(Format::Petsc).unwrap();
        std::fs::write(&path, &export.files[0].1).unwrap();
        let found = exact_mdp_petsc::load(&world, &path).unwrap();
        let (mdp, space): (Mdp, _) = (model.mdp(), model.space());
        let actions = space.actions();
        assert_eq!(found.p.len(), space.states() * actions, "{name}");
        assert_eq!(found.vectors[0], mdp.initial(), "{name}");
        assert_eq!(found.vectors[1], [mdp.discount(), 0.0, 0.0], "{name}");
        for (row, p) in found.p.iter().enumerate() {
            let (state, action) = (row / actions, row % actions);
            let pair = space.pair(state, action);
            assert_eq!(found.vectors[2][row], f64::from(u8::from(pair.is_some())));
            let mut wanted = vec![0.0; space.states()];
            match pair {
                None => wanted[state] = 1.0,
                Some(pair) => mdp.p().row(pair).for_each(|(next, x)| wanted[next] = *x),
            }
            let off = p
                .iter()
                .zip(&wanted)
                .map(|(a, b)| (a - b).abs())
                .fold(0.0, f64::max);
            assert!(off <= 1e-15, "{name}, row {row}");
            if let Some(pair) = pair {
                assert!((found.r[state][action] - mdp.r()[pair]).abs() <= 1e-12);
            }
        }
    }
}
