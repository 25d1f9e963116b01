//! What a constant that all rewards share and the order of the states must not change: every command on a model that goes on
//! for ever, with and without 2²⁰ in each reward, and with its states in another order. J and values move by
//! 2²⁰/(1 − γ); all other numbers are the same to nine digits of the largest of their array.

use std::fmt::Write;
use std::path::PathBuf;

use serde_json::Value;

use super::run;

/// What all rewards share; every float has it and what is added to it here.
const OFFSET: i64 = 1 << 20;
/// What that is worth at γ = 9/10.
const WORTH: f64 = 10.0 * OFFSET as f64;
const STATES: [&str; 5] = ["a", "b", "c", "d", "e"];
/// The order of the states in the third model, by their numbers above.
const OTHER: [usize; 5] = [3, 1, 4, 0, 2];
const CLOSE: f64 = 1e-9;

/// Successors of a pair with eighths of its probability, its reward in quarters, that of a second kind, and its logit.
type Pair = (
    &'static str,
    &'static [(usize, i64)],
    i64,
    i64,
    &'static str,
);

const PAIRS: [&[Pair]; 5] = [
    &[
        ("x", &[(1, 4), (2, 4)], 4, 8, "0.3"),
        ("y", &[(0, 2), (4, 6)], 12, -4, "0"),
    ],
    &[
        ("x", &[(2, 8)], 8, 0, "0"),
        ("y", &[(1, 3), (3, 5)], -2, 12, "1"),
    ],
    &[
        ("x", &[(0, 1), (3, 7)], 0, 4, "0.2"),
        ("y", &[(4, 8)], 5, -8, "-0.4"),
    ],
    &[
        ("x", &[(4, 4), (0, 4)], 16, -2, "0"),
        ("y", &[(1, 8)], 4, 8, "0.5"),
        ("z", &[(3, 4), (2, 4)], 7, 0, "-1"),
    ],
    &[
        ("x", &[(0, 6), (1, 2)], -8, 12, "0.1"),
        ("y", &[(2, 4), (4, 4)], 10, -4, "0.7"),
    ],
];

/// One of the three models: the order of its states, and what each reward has more.
struct Version {
    order: [usize; 5],
    offset: i64,
}

impl Version {
    /// `key: {a: …, b: …}`, state by state.
    fn by_state(&self, of: impl Fn(usize) -> String) -> String {
        let entries = self.order.map(|s| format!("{}: {}", STATES[s], of(s)));
        format!("{{{}}}", entries.join(", "))
    }

    fn by_pair(&self, of: impl Fn(usize, &Pair) -> String) -> String {
        self.by_state(|s| {
            let entries = PAIRS[s]
                .iter()
                .map(|pair| format!("{}: {}", pair.0, of(s, pair)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        })
    }

    fn head(&self) -> String {
        let states = self.order.map(|s| STATES[s]).join(", ");
        format!("discount: 9/10\nstates: [{states}]\ninitial: {{a: 1/2, c: 1/4, d: 1/4}}\n")
    }

    fn quarters(&self, quarters: i64) -> String {
        format!("{}/4", quarters + 4 * self.offset)
    }

    fn transitions(&self) -> String {
        let rows = self.by_pair(|_, pair| {
            let row = pair
                .1
                .iter()
                .map(|(next, p)| format!("{}: {p}/8", STATES[*next]));
            format!("{{{}}}", row.collect::<Vec<_>>().join(", "))
        });
        format!("actions: [x, y, z]\ntransitions: {rows}\n")
    }

    fn plain(&self) -> String {
        let rewards = self.by_pair(|_, pair| self.quarters(pair.2));
        format!(
            "{}{}rewards: {rewards}\n{}",
            self.head(),
            self.transitions(),
            self.policy()
        )
    }

    fn policy(&self) -> String {
        let theta = self.by_pair(|_, pair| pair.4.to_string());
        format!("policy: {{parametrization: softmax, theta: {theta}}}\n")
    }

    /// Another policy, as a file.
    fn other(&self) -> String {
        let theta =
            self.by_pair(|s, pair| format!("{}/8", (3 * s + pair.0.len() + pair.1.len()) % 5));
        format!("{{parametrization: softmax, theta: {theta}}}\n")
    }

    /// Two rewards, each with the offset.
    fn two_rewards(&self) -> String {
        let gain = self.by_pair(|_, pair| self.quarters(pair.2));
        let risk = self.by_pair(|_, pair| self.quarters(pair.3));
        let rewards = format!("rewards:\n  gain: {gain}\n  risk: {risk}\n");
        format!(
            "{}{}{rewards}{}",
            self.head(),
            self.transitions(),
            self.policy()
        )
    }

    /// Actions that are numbers.
    fn continuous(&self) -> String {
        let number = |name: &str| match name {
            "x" => "0",
            "y" => "1",
            _ => "2",
        };
        let text = format!(
            "{}{}rewards: {}\n",
            self.head(),
            self.transitions(),
            self.by_pair(|_, pair| self.quarters(pair.2))
        );
        let text = ["x", "y", "z"].iter().fold(text, |text, name| {
            let text = text.replace(&format!("{name}:"), &format!("{}:", number(name)));
            text.replace("[x, y, z]", "[0, 1, 2]")
        });
        format!("{text}policy: {{parametrization: gaussian}}\n")
    }

    /// A zero-sum game of two and three actions, each reward with the offset.
    fn game(&self) -> String {
        let joint = |of: &dyn Fn(usize) -> String| {
            let names = ["u", "w"]
                .iter()
                .flat_map(|x| ["p", "q", "r"].map(|y| format!("{x}+{y}")));
            let entries = names
                .enumerate()
                .map(|(k, name)| format!("{name}: {}", of(k)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        };
        let transitions = self.by_state(|s| {
            joint(&|k| {
                let (one, two) = ((s + 1 + k) % 5, (s + 2 + k + k * k % 3) % 5);
                if one == two {
                    STATES[one].to_string()
                } else {
                    format!("{{{}: 1/4, {}: 3/4}}", STATES[one], STATES[two])
                }
            })
        });
        let pay = |sign: i64| {
            let quarters =
                |s: usize, k: usize| (7 * s + 3 * k * k + 2 * k) as i64 % 11 + 4 * self.offset;
            self.by_state(|s| joint(&|k| format!("{}/4", sign * quarters(s, k))))
        };
        let one = self.by_state(|s| format!("{{u: {s}/4, w: 0}}"));
        let two = self.by_state(|s| format!("{{p: 0, q: {}/8, r: 1/4}}", 2 - s as i64));
        format!(
            "{}players:\n  one: [u, w]\n  two: [p, q, r]\ntransitions: {transitions}\nrewards:\n  one: {}\n  two: {}\n\
             policy: {{parametrization: factored, players: {{one: {{theta: {one}}}, two: {{theta: {two}}}}}}}\n",
            self.head(),
            pay(1),
            pay(-1)
        )
    }

    /// 1 and a number.
    fn features(&self) -> String {
        self.by_state(|s| format!("[1, {}/4]", (3 * s * s + 2 * s) % 7))
    }
}

/// The files of a model in a folder of its own, so that all have the same names.
struct Files {
    _folder: tempfile::TempDir,
    root: PathBuf,
    version: Version,
}

impl Files {
    fn new(order: [usize; 5], offset: i64) -> Files {
        let version = Version { order, offset };
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().to_path_buf();
        for (name, text) in [
            ("model.yaml", version.plain()),
            ("other.yaml", version.other()),
            ("two.yaml", version.two_rewards()),
            ("game.yaml", version.game()),
            ("numbers.yaml", version.continuous()),
            ("features.yaml", version.features()),
        ] {
            std::fs::write(root.join(name), text).unwrap();
        }
        Files {
            _folder: folder,
            root,
            version,
        }
    }

    fn answer(&self, command: &[&str]) -> Value {
        let bound = 5.0 + if self.version.offset == 0 { 0.0 } else { WORTH };
        let arguments: Vec<String> = command
            .iter()
            .map(|word| {
                if word.ends_with(".yaml") {
                    self.root.join(word).to_string_lossy().into_owned()
                } else {
                    word.replace("BOUND", &bound.to_string())
                }
            })
            .collect();
        let mut arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        arguments.extend(["--format", "json", "--quiet"]);
        let run = run(&arguments);
        assert!(matches!(run.code, Some(0 | 1)), "{command:?}: {}", run.err);
        serde_json::from_str(&run.out)
            .unwrap_or_else(|why| panic!("{command:?}: {why}\n{}", run.err))
    }
}

/// The places in arrays of the third model of what stands at each place in those of the first.
fn places(length: usize) -> Option<Vec<usize>> {
    let actions = PAIRS.map(<[Pair]>::len);
    let blocks: Vec<Vec<[usize; 5]>> = vec![
        vec![[1; 5]],
        vec![actions],
        // means and log σ
        vec![[1; 5], [1; 5]],
        // joint actions, each player's and both players' own
        vec![[6; 5]],
        vec![[3; 5]],
        vec![[2; 5], [3; 5]],
    ];
    let total = |block: &Vec<[usize; 5]>| block.iter().flatten().sum::<usize>();
    let block = blocks.into_iter().find(|block| total(block) == length)?;
    let mut places = Vec::new();
    let mut first = 0;
    for sizes in block {
        let start = |state: usize| {
            let before = OTHER.iter().take_while(|other| **other != state);
            before.map(|other| sizes[*other]).sum::<usize>()
        };
        for (state, size) in sizes.iter().enumerate() {
            places.extend((0..*size).map(|k| first + start(state) + k));
        }
        first += sizes.iter().sum::<usize>();
    }
    Some(places)
}

/// An answer about the third model as one about the first.
fn reordered(answer: Value, is_game: bool) -> Value {
    match answer {
        Value::Object(all) => {
            let all = all.into_iter();
            Value::Object(all.map(|(key, x)| (key, reordered(x, is_game))).collect())
        }
        Value::Array(all) => {
            let all: Vec<Value> = all.into_iter().map(|x| reordered(x, is_game)).collect();
            // of ten parameters those of a player stand state by state
            let places = match (all.len(), is_game) {
                (10, true) => Some(OTHER_TWOS.to_vec()),
                (length, _) => places(length),
            };
            match places {
                Some(places) => places.into_iter().map(|at| all[at].clone()).collect(),
                None => Value::Array(all),
            }
        }
        other => other,
    }
}

/// Two places for each state.
const OTHER_TWOS: [usize; 10] = [6, 7, 2, 3, 8, 9, 0, 1, 4, 5];

/// What says how well numbers are known, what was given, and what has no order.
fn is_aside(key: &str) -> bool {
    const ASIDE: [&str; 21] = [
        "solver",
        "source",
        "model",
        "model_hash",
        "notes",
        "tolerance",
        "max_disagreement",
        "max_difference",
        "finite-difference",
        "spectrum",
        "eigenvalues_real",
        "eigenvalues_imaginary",
        "bias",
        "bias_norm",
        "residual",
        "objective_gap",
        "gap_bound",
        "slackness",
        "rounding",
        // of the linear program, 0 but for rounding
        "dual/gap",
        // a chance of 10⁻²⁰⁰ is nothing
        "estimators/2/chance_worse",
    ];
    let ends = |name: &str| key == name || key.ends_with(&format!("/{name}"));
    ASIDE.iter().any(|name| ends(name)) || key.ends_with("error") || key.ends_with("error_bound")
}

/// Of the sample of `compare` fewer digits are told apart, and the reparametrised law of `continuous` is one of the whole
/// rewards' size where it is that of the score.
fn is_of_rewards(command: &str, path: &str) -> bool {
    match command {
        "compare" => ["z", "statistic", "p_value"]
            .iter()
            .any(|name| path.ends_with(name)),
        "continuous" => path.starts_with("/estimators/0/"),
        // tr(HΣ) has the digits of Σ, of which `noise_error` tells
        "step" => path.ends_with("/noise"),
        _ => false,
    }
}

fn compare(x: &Value, y: &Value, path: &str, shift: &dyn Fn(&str) -> f64, faults: &mut String) {
    match (x, y) {
        (Value::Object(x), Value::Object(y)) => {
            let keys = x.keys().chain(y.keys().filter(|key| !x.contains_key(*key)));
            for key in keys {
                let path = format!("{path}/{key}");
                if is_aside(&path) {
                    continue;
                }
                match (x.get(key), y.get(key)) {
                    (Some(x), Some(y)) => compare(x, y, &path, shift, faults),
                    _ => writeln!(faults, "{path}: in one of them alone").unwrap(),
                }
            }
        }
        (Value::Array(all), Value::Array(others)) if all.iter().any(Value::is_object) => {
            assert_eq!(all.len(), others.len(), "{path}");
            for (i, (x, y)) in all.iter().zip(others).enumerate() {
                compare(x, y, &format!("{path}/{i}"), shift, faults);
            }
        }
        _ => {
            let (x, y) = (leaves(x), leaves(y));
            let numbers = x.iter().filter_map(|x| x.as_f64());
            let shift = shift(path);
            let size = numbers.fold(0.0, |most: f64, x| most.max((x + shift).abs()));
            let allowed = CLOSE * if size > 0.0 { size } else { 1.0 };
            let same = |(x, y): (&&Value, &&Value)| match (x.as_f64(), y.as_f64()) {
                (Some(x), Some(y)) => (y - x - shift).abs() <= allowed,
                _ => x == y,
            };
            if x.len() != y.len() || !x.iter().zip(&y).all(same) {
                writeln!(faults, "{path}: {x:?} {y:?}").unwrap();
            }
        }
    }
}

/// What is no array, in order.
fn leaves(x: &Value) -> Vec<&Value> {
    match x {
        Value::Array(all) => all.iter().flat_map(leaves).collect(),
        other => vec![other],
    }
}

/// With the weight of the constant, the first feature of critics, less by a number.
fn less_constant(answer: Value, worth: f64) -> Value {
    match answer {
        Value::Object(all) => {
            let less = |(key, x): (String, Value)| match (key.as_str(), x) {
                ("weights", Value::Array(mut weights)) => {
                    weights[0] = (weights[0].as_f64().unwrap() - worth).into();
                    (key, Value::Array(weights))
                }
                (_, x) => (key, less_constant(x, worth)),
            };
            Value::Object(all.into_iter().map(less).collect())
        }
        Value::Array(all) => all.into_iter().map(|x| less_constant(x, worth)).collect(),
        other => other,
    }
}

/// A command, the names of what moves by 2²⁰/(1 − γ), and of what moves by 2²⁰.
type Asked = (
    &'static [&'static str],
    &'static [&'static str],
    &'static [&'static str],
);

const LAWS: &str = "advantage,td-residual,gae:0.9";
const COMMANDS: [Asked; 21] = [
    (&["evaluate", "model.yaml"], &["j", "v", "q"], &[]),
    (&["chain", "model.yaml"], &[], &["gain", "reward"]),
    (
        &[
            "gradient",
            "model.yaml",
            "--hessian",
            "--natural",
            "--fisher",
            "--jacobian",
        ],
        &["j"],
        &[],
    ),
    (
        &["gradient", "model.yaml", "--risk", "mean-variance:1/10"],
        &["j", "value"],
        &[],
    ),
    (
        &["gradient", "model.yaml", "--entropy", "1/10"],
        &["j", "v", "q"],
        &[],
    ),
    (
        &[
            "between",
            "model.yaml",
            "uniform",
            "other.yaml",
            "--points",
            "7",
        ],
        &[
            "j",
            "j_to",
            "surrogate",
            "bound_by_divergence",
            "bound_by_total_variation",
        ],
        &[],
    ),
    (
        &[
            "critics",
            "model.yaml",
            "--features",
            "features.yaml",
            "--lambda",
            "0,1/2",
        ],
        &["v"],
        &[],
    ),
    (&["solve", "model.yaml"], &["j", "v", "q"], &[]),
    (
        &["solve", "model.yaml", "--method", "linear-program"],
        &["j", "v", "q", "objective"],
        &[],
    ),
    (
        &["reference", "model.yaml", "--estimators", LAWS],
        &["j", "v", "q"],
        &[],
    ),
    (
        &[
            "step",
            "model.yaml",
            "--estimators",
            LAWS,
            "--method",
            "natural",
            "--step",
            "1/100",
        ],
        &["j"],
        &[],
    ),
    (
        &["ascend", "model.yaml", "--method", "natural", "-n", "8"],
        &["j", "j_optimal"],
        &[],
    ),
    (
        &["ascend", "model.yaml", "-n", "8"],
        &["j", "j_optimal"],
        &[],
    ),
    (&["cone", "model.yaml"], &[], &["rewards"]),
    (
        &["robust", "model.yaml", "--radius", "1/20"],
        &[
            "j",
            "v",
            "q",
            "j_nominal",
            "j_nominal_optimal",
            "j_robust_of_nominal_optimal",
        ],
        &[],
    ),
    (
        &[
            "compare",
            "model.yaml",
            "-n",
            "50",
            "--truncation",
            "40",
            "--estimators",
            "advantage",
        ],
        &["j"],
        &[],
    ),
    (&["pareto", "two.yaml"], &["j"], &[]),
    (
        &["constrained", "two.yaml", "--bound", "risk<=BOUND"],
        &["j", "bound", "from"],
        &[],
    ),
    (&["rewards", "two.yaml"], &["j", "v"], &[]),
    (
        &["players", "game.yaml", "--jacobian"],
        &["j", "v", "j_lower", "j_upper", "lower", "upper"],
        &[],
    ),
    (&["continuous", "numbers.yaml"], &["j"], &[]),
];

#[test]
fn a_shared_constant_and_the_order_of_states_change_nothing_else() {
    let order = [0, 1, 2, 3, 4];
    let (plain, more, other) = (
        Files::new(order, 0),
        Files::new(order, OFFSET),
        Files::new(OTHER, 0),
    );
    let mut faults = String::new();
    for (command, by_worth, by_offset) in COMMANDS {
        let answer = plain.answer(command);
        // the second player pays what the first is paid
        let sign = |path: &str| {
            if path.contains("players/1") {
                -1.0
            } else {
                1.0
            }
        };
        let shift = |path: &str| {
            let name = path.rsplit('/').find(|name| name.parse::<usize>().is_err());
            match name {
                Some(name) if by_worth.contains(&name) => sign(path) * WORTH,
                Some(name) if by_offset.contains(&name) => OFFSET as f64,
                _ => 0.0,
            }
        };
        let told = |what: &str, found: String| {
            let lines = found
                .lines()
                .filter(|line| !is_of_rewards(command[0], line.split(": ").next().unwrap_or("")))
                .map(|line| format!("{} {what}: {line}\n", command.join(" ")));
            lines.collect::<String>()
        };
        let mut found = String::new();
        let shifted = match command[0] {
            "critics" => less_constant(more.answer(command), WORTH),
            _ => more.answer(command),
        };
        compare(&answer, &shifted, "", &shift, &mut found);
        faults += &told("with an offset", std::mem::take(&mut found));
        if command[0] != "compare" {
            // samples are others
            let is_game = command[0] == "players";
            let answer_of_other = reordered(other.answer(command), is_game);
            compare(&answer, &answer_of_other, "", &|_| 0.0, &mut found);
            faults += &told("in another order", found);
        }
    }
    assert!(faults.is_empty(), "{faults}");
}
