//! `judge --trajectories` of numbers that are made of trajectories: whose they are, and which mistake cannot be.

use serde_json::{Value, json};

use super::Run;
use super::judged_precision::{Rounding, half};
use super::judged_runs::{Draws, judge};

/// Two states, each with an action that may end; v under the uniform policy solves
/// v(s) = −1/4 + 3/4 γ v(b), v(b) = 1/4 + 1/2 γ v(s).
const LOOP: &str = "name: m\ndiscount: 3/4\nstates: [start, bridge, end]\nactions: [jump, walk, finish, back]\n\
                    initial: {start: 1}\ntransitions:\n  - [start, jump, end, 1/2, -1]\n  \
                    - [start, jump, bridge, 1/2, 0]\n  - [start, walk, bridge, 1, 0]\n  \
                    - [bridge, finish, end, 1, 1]\n  - [bridge, back, start, 1, -1/2]\nterminal: [end]\n";

const GAMMA: f64 = 0.75;

/// States, actions and rewards of one trajectory, the state where it ended last.
struct Walk {
    states: Vec<usize>,
    actions: Vec<usize>,
    rewards: Vec<f64>,
}

fn walk(draws: &mut Draws) -> Walk {
    let (mut states, mut actions, mut rewards) = (vec![0], Vec::new(), Vec::new());
    while let Some(&state) = states.last().filter(|state| **state < 2) {
        let second = draws.next() < 0.5;
        let (next, reward) = match (state, second) {
            (0, false) if draws.next() < 0.5 => (2, -1.0),
            (0, _) => (1, 0.0),
            (_, false) => (2, 1.0),
            _ => (0, -0.5),
        };
        actions.push(2 * state + usize::from(second));
        rewards.push(reward);
        states.push(next);
    }
    Walk {
        states,
        actions,
        rewards,
    }
}

fn values() -> [f64; 3] {
    let start = (-0.25 + 0.75 * GAMMA * 0.25) / (1.0 - 0.375 * GAMMA * GAMMA);
    [start, 0.25 + 0.5 * GAMMA * start, 0.0]
}

impl Walk {
    fn residuals(&self) -> Vec<f64> {
        let v = values();
        let of = |t: usize| self.rewards[t] + GAMMA * v[self.states[t + 1]] - v[self.states[t]];
        (0..self.rewards.len()).map(of).collect()
    }

    /// Σ gˡ xₜ₊ₗ over l < n.
    fn sums(x: &[f64], g: f64, n: usize) -> Vec<f64> {
        let of = |t: usize| {
            let later = x[t..].iter().take(n).enumerate();
            later.map(|(l, x)| g.powi(l as i32) * x).sum()
        };
        (0..x.len()).map(of).collect()
    }

    fn gae(&self, lambda: f64) -> Vec<f64> {
        Walk::sums(&self.residuals(), GAMMA * lambda, usize::MAX)
    }

    /// Σₜ wᵗ ψₜ Ψₜ: π is 1/2 everywhere, so that a score is ±1/2.
    fn sum(&self, psi: &[f64], weight: f64) -> [f64; 4] {
        let mut sum = [0.0; 4];
        for (t, (action, psi)) in self.actions.iter().zip(psi).enumerate() {
            let part = 0.5 * weight.powi(t as i32) * psi;
            sum[*action] += part;
            sum[action ^ 1] -= part;
        }
        sum
    }
}

fn walks() -> Vec<Walk> {
    let mut draws = Draws(5);
    (0..60).map(|_| walk(&mut draws)).collect()
}

/// The trajectories with something that is made of them.
fn file(walks: &[Walk], name: &str, made: Value) -> String {
    let flags = |one: &Walk| {
        let n = one.rewards.len();
        (1..=n).map(|t| t == n).collect::<Vec<bool>>()
    };
    let mut all = json!({
        "states": walks.iter().map(|one| &one.states).collect::<Vec<_>>(),
        "actions": walks.iter().map(|one| &one.actions).collect::<Vec<_>>(),
        "rewards": walks.iter().map(|one| &one.rewards).collect::<Vec<_>>(),
        "terminated": walks.iter().map(flags).collect::<Vec<_>>(),
    });
    all[name] = made;
    all.to_string()
}

fn asked(model: &str, file: &str, more: &[&str]) -> Run {
    let (_folder, model) = super::file("model.yaml", model);
    let asked = [&[model.as_str(), "--trajectories", "FILE"], more].concat();
    judge("mine.json", file, &asked)
}

fn report(model: &str, file: &str, more: &[&str]) -> Value {
    let found = asked(model, file, &[more, &["--format", "json"]].concat());
    serde_json::from_str(&found.out).unwrap_or_else(|_| panic!("{}{}", found.out, found.err))
}

fn single(x: f64) -> f64 {
    f64::from(x as f32)
}

/// How logs write numbers: whole, in 32 and 16 bits, to four decimals and to five significant digits.
const WRITTEN: [(&str, Rounding); 5] = [
    ("64 bits", |x| x),
    ("32 bits", single),
    ("16 bits", half),
    ("4 decimals", |x| (x * 1e4).round() / 1e4),
    ("5 digits", |x| format!("{x:.4e}").parse().unwrap()),
];

/// Sums of each trajectory, and their mean, as they may be written.
fn forms(psi: &dyn Fn(&Walk) -> Vec<f64>, weight: f64) -> Vec<(String, String)> {
    let walks = walks();
    let rows: Vec<[f64; 4]> = walks.iter().map(|one| one.sum(&psi(one), weight)).collect();
    let mean = [0, 1, 2, 3].map(|k| rows.iter().map(|row| row[k]).sum::<f64>() / rows.len() as f64);
    let both = WRITTEN.map(|(name, write)| {
        let rows: Vec<[f64; 4]> = rows.iter().map(|row| row.map(write)).collect();
        [
            (
                format!("contributions, {name}"),
                file(&walks, "contributions", json!(rows)),
            ),
            (
                format!("estimate, {name}"),
                file(&walks, "estimate", json!(mean.map(write))),
            ),
        ]
    });
    // the mean is two numbers and their opposites, too few to look like numbers of 16 bits
    let is_told = |one: &(String, String)| one.0 != "estimate, 16 bits";
    both.into_iter().flatten().filter(is_told).collect()
}

type Credit<'a> = &'a dyn Fn(&Walk) -> Vec<f64>;

/// GAE of any λ, n-step advantages and returns less a number, by their sums alone.
#[test]
fn sums_of_right_estimators_with_a_number_of_their_own_are_found() {
    let n_step = |one: &Walk| Walk::sums(&one.residuals(), GAMMA, 2);
    let less = |one: &Walk| -> Vec<f64> {
        let returns = Walk::sums(&one.rewards, GAMMA, usize::MAX);
        returns.iter().map(|x| x - 0.3).collect()
    };
    let right: [(&str, f64, Credit); 6] = [
        ("gae:0.5", GAMMA, &|one| one.gae(0.5)),
        ("gae:0.9", GAMMA, &|one| one.gae(0.9)),
        ("gae:0.375", GAMMA, &|one| one.gae(0.375)),
        ("gae:0.9:dropped", 1.0, &|one| one.gae(0.9)),
        ("n-step:2", GAMMA, &n_step),
        ("baseline:0.3", GAMMA, &less),
    ];
    for (name, weight, psi) in right {
        for (of, file) in forms(psi, weight) {
            let found = report(LOOP, &file, &[]);
            assert_eq!(found["verdict"], "right", "{name} {of}: {}", found["given"]);
            let matches = found["given"][0]["matches"].as_array().unwrap();
            // a mean of four numbers of few digits leaves the last decimal of λ open, and may be more than one estimator's
            let alone =
                of.contains("contributions") || of.ends_with("64 bits") || of.ends_with("32 bits");
            let kind = |x: &str| x.split(':').next().map(str::to_string);
            let is_of_kind = |x: &Value| kind(x.as_str().unwrap()) == kind(name);
            assert!(matches.iter().any(is_of_kind), "{name} {of}: {matches:?}");
            assert!(
                !alone || *matches == [json!(name)],
                "{name} {of}: {matches:?}"
            );
            let biased = found["given"][0].get("biased").is_some();
            assert_eq!(biased, weight == 1.0, "{name} {of}: {}", found["given"]);
        }
    }
}

/// γᵗ may be part of Ψₜ, whatever the estimator and whether it is named; of another than the named one it stays wrong.
#[test]
fn the_weight_of_a_step_may_stand_in_psi_of_any_estimator() {
    let less = |one: &Walk| -> Vec<f64> {
        let returns = Walk::sums(&one.rewards, GAMMA, usize::MAX);
        returns.iter().map(|x| x - 0.3).collect()
    };
    let n_step = |one: &Walk| Walk::sums(&one.residuals(), GAMMA, 2);
    let right: [(&str, Credit); 5] = [
        ("gae:0.95", &|one| one.gae(0.95)),
        ("gae:0.9", &|one| one.gae(0.9)),
        ("gae:0.375", &|one| one.gae(0.375)),
        ("n-step:2", &n_step),
        ("baseline:0.3", &less),
    ];
    let walks = walks();
    for (name, psi) in right {
        let weigh = |one: &Walk| -> Vec<f64> {
            let psi = psi(one).into_iter().enumerate();
            psi.map(|(t, x)| GAMMA.powi(t as i32) * x).collect()
        };
        let rows: Vec<Vec<f64>> = walks.iter().map(weigh).collect();
        let file = file(&walks, "psi", json!(rows));
        for more in [&[][..], &["--as", name]] {
            let found = report(LOOP, &file, more);
            assert_eq!(found["verdict"], "right", "{name} {more:?}: {found}");
            let expected = json!([format!("{name} with γᵗ")]);
            assert_eq!(found["given"][0]["matches"], expected, "{more:?}");
        }
        let found = report(LOOP, &file, &["--as", "gae:0.6"]);
        assert_eq!(found["verdict"], "wrong", "{name}");
        let named = &found["diagnoses"][0]["name"];
        assert_eq!(*named, format!("{name} with γᵗ"), "{found}");
    }
}

/// A right λ that is another than the one that is named is called that, and no cut is blamed where nothing is cut.
#[test]
fn another_lambda_is_no_mistake_of_cuts() {
    for (of, file) in forms(&|one| one.gae(0.9), GAMMA) {
        let found = report(LOOP, &file, &["--as", "gae:0.95"]);
        assert_eq!(found["verdict"], "wrong", "{of}");
        let named: Vec<&Value> = found["diagnoses"]
            .as_array()
            .unwrap()
            .iter()
            .map(|x| &x["name"])
            .collect();
        assert!(named.contains(&&json!("gae:0.9")), "{of}: {named:?}");
        // of a mean of four numbers of few digits more are true
        let alone =
            of.contains("contributions") || of.ends_with("64 bits") || of.ends_with("32 bits");
        assert!(!alone || named.len() == 1, "{of}: {named:?}");
    }
}

/// What is wrong stays wrong, and keeps its name where the dictionary has it.
#[test]
fn wrong_sums_are_wrong() {
    let undiscounted = |one: &Walk| Walk::sums(&one.rewards, 1.0, usize::MAX);
    for (of, file) in forms(&undiscounted, GAMMA) {
        let found = report(LOOP, &file, &[]);
        assert_eq!(found["verdict"], "wrong", "{of}: {}", found["given"]);
        assert_eq!(
            found["diagnoses"][0]["name"], "values-undiscounted",
            "{of}: {}",
            found["diagnoses"]
        );
    }
    let nobodys = |one: &Walk| one.gae(0.9).iter().map(|x| x * x).collect::<Vec<f64>>();
    for (of, file) in forms(&nobodys, GAMMA) {
        let found = asked(LOOP, &file, &[]);
        let said = found.out.lines().next().unwrap_or_default();
        assert_eq!(found.code, Some(1), "{of}: {said}");
        assert!(
            said.contains("of none of the 13 estimators that were tried"),
            "{of}: {said}"
        );
        assert!(
            found.out.contains("--as NAME asks for one"),
            "{of}: {}",
            found.out
        );
    }
}

/// E of an estimate without γᵗ is another vector; of one step there is no γᵗ to drop.
#[test]
fn right_sums_without_the_discount_are_not_called_the_gradient() {
    let found = asked(LOOP, &forms(&|one| one.gae(0.0), 1.0)[0].1, &[]);
    let said = found.out.lines().next().unwrap_or_default();
    assert_eq!(
        said, "right: contributions of td-residual:dropped, whose mean is not ∇J",
        "{}",
        found.out
    );
    let walks = walks();
    let psi: Vec<Vec<f64>> = walks.iter().map(|one| one.gae(0.0)).collect();
    let returns = |one: &Walk| one.sum(&Walk::sums(&one.rewards, GAMMA, usize::MAX), GAMMA);
    let rows: Vec<[f64; 4]> = walks.iter().map(returns).collect();
    let mut both: Value = serde_json::from_str(&file(&walks, "psi", json!(psi))).unwrap();
    both["contributions"] = json!(rows);
    let found = asked(LOOP, &both.to_string(), &[]);
    let said = found.out.lines().next().unwrap_or_default();
    assert!(said.contains("these are different estimators"), "{said}");
    assert_eq!(found.code, Some(0), "{said}");
}

/// One action in each state: q − v is 0, and rounding of it is 0 too.
const ONE: &str = "name: one\ndiscount: 9/10\nstates: [s, u, t]\nactions: [a]\ninitial: s\ntransitions:\n  \
                   s: {a: {u: 1/2, t: 1/2}}\n  u: {a: t}\nrewards:\n  s: {a: {u: 0.3, t: 0.7}}\n  u: {a: 1/3}\n\
                   terminal: [t]\n";

#[test]
fn an_advantage_of_0_is_not_wrong_and_a_number_in_its_place_is() {
    let with = |psi: [[f64; 2]; 2]| {
        let [first, second] = psi;
        json!({
            "states": [[0, 1, 2], [0, 2]], "actions": [[0, 0], [0]],
            "rewards": [[0.3, 1.0 / 3.0], [0.7]], "terminated": [[false, true], [true]],
            "psi": [first.to_vec(), second[..1].to_vec()],
        })
        .to_string()
    };
    for more in [&[][..], &["--as", "advantage"]] {
        for noise in [0.0, 1.1e-16, -5.6e-17, f64::from(2e-8f32)] {
            let found = report(ONE, &with([[noise, 0.0], [0.0; 2]]), more);
            assert_eq!(
                found["verdict"], "cannot be told",
                "{noise}: {}",
                found["given"]
            );
            let rest = found["diagnoses"].as_array().unwrap().iter();
            assert!(rest.into_iter().all(|x| x["name"] == "float32"), "{noise}");
            assert_eq!(
                found["given"][0]["matches"],
                json!(["advantage"]),
                "{noise}"
            );
        }
        for wrong in [0.3, 1e-3, 1e-9] {
            let found = report(ONE, &with([[wrong, wrong], [wrong; 2]]), more);
            assert_eq!(found["verdict"], "wrong", "{wrong}: {}", found["given"]);
        }
    }
}

/// With two actions in one state every sum is that of some λ, which tells nothing; what stands beside it does: numbers that
/// are those of λ = 9/10, made of δ in fractions (v = 80/31), their sums, and the mean of these.
#[test]
fn what_stands_beside_sums_tells_whose_they_are() {
    let model = "discount: 9/10\nstates: [s, e]\nactions: [x, y]\ninitial: s\nterminal: [e]\n\
                 transitions: [[s, x, s, 1/2, 1], [s, x, e, 1/2, 1], [s, y, e, 1, 3]]\n";
    let columns = json!({
        "states": [["s", "s"], ["s"], ["s", "s", "s"], ["s"]],
        "actions": [["x", "y"], ["y"], ["x", "x", "y"], ["x"]],
        "rewards": [[1, 3], [3], [1, 1, 3], [1]],
        "next_states": [["s", "e"], ["e"], ["s", "s", "e"], ["e"]],
        "terminated": [[false, true], [true], [false, false, true], [true]],
        "psi": [
            [1.081_612_903_225_806_4, 0.419_354_838_709_677_41],
            [0.419_354_838_709_677_41],
            [1.618_041_935_483_870_9, 1.081_612_903_225_806_4, 0.419_354_838_709_677_41],
            [-1.580_645_161_290_322_5],
        ],
        "contributions": [
            [0.352_096_774_193_548_4, -0.352_096_774_193_548_4],
            [-0.209_677_419_354_838_72, 0.209_677_419_354_838_72],
            [1.125_908_064_516_129, -1.125_908_064_516_129],
            [-0.790_322_580_645_161_3, 0.790_322_580_645_161_3],
        ],
        "estimate": [0.119_501_209_677_419_34, -0.119_501_209_677_419_34],
    });
    let (_folder, model) = super::file("model.yaml", model);
    let asked = [&model, "--trajectories", "FILE", "--format", "json"];
    for left_out in [&[][..], &["psi"], &["contributions"]] {
        let mut columns = columns.clone();
        for name in left_out {
            columns.as_object_mut().unwrap().remove(*name);
        }
        let found = judge("mine.json", &columns.to_string(), &asked);
        assert_eq!(
            found.code,
            Some(0),
            "{left_out:?}: {}{}",
            found.out,
            found.err
        );
        let report: Value = serde_json::from_str(&found.out).unwrap();
        assert_eq!(report["verdict"], "right", "{left_out:?}");
    }
}

/// (Ψ − mean)/(deviation + 10⁻⁸), its sums and their mean, all to four decimals: one ε is that of all of them, also where that of
/// another rounds one of them as well.
#[test]
fn whitened_numbers_of_a_few_decimals_have_one_epsilon() {
    let rounded = |x: f64| (x * 1e4).round() / 1e4;
    for seed in 0..16 {
        let mut draws = Draws(seed);
        let walks: Vec<Walk> = (0..40).map(|_| walk(&mut draws)).collect();
        let psi: Vec<Vec<f64>> = walks.iter().map(|one| one.gae(0.9)).collect();
        let n = psi.iter().flatten().count() as f64;
        let mean = psi.iter().flatten().sum::<f64>() / n;
        let square: f64 = psi.iter().flatten().map(|x| (x - mean).powi(2)).sum();
        let divisor = (square / (n - 1.0)).sqrt() + 1e-8;
        let white = |row: &Vec<f64>| row.iter().map(|x| (x - mean) / divisor).collect();
        let psi: Vec<Vec<f64>> = psi.iter().map(white).collect();
        let sums: Vec<[f64; 4]> = walks
            .iter()
            .zip(&psi)
            .map(|(one, psi)| one.sum(psi, GAMMA))
            .collect();
        let mean = [0, 1, 2, 3].map(|k| sums.iter().map(|row| row[k]).sum::<f64>() / 40.0);
        let made = json!({"whitened:gae:0.9:ddof-1": {
            "psi": psi.iter().map(|row| row.iter().map(|x| rounded(*x)).collect()).collect::<Vec<Vec<f64>>>(),
            "contributions": sums.iter().map(|row| row.map(rounded)).collect::<Vec<_>>(),
            "estimate": mean.map(rounded),
        }});
        let found = report(LOOP, &file(&walks, "estimates", made), &[]);
        assert_eq!(found["verdict"], "right", "{seed}: {}", found["given"]);
    }
}

/// Of one direction every number is a multiple of every other: a λ that nobody names cannot be told, and what is named is off by
/// one factor. v = (1/2 + 1)/(1 − γ/4) under the uniform policy.
#[test]
fn sums_of_one_direction_tell_no_estimator_that_is_not_named() {
    const ONE: &str = "discount: 9/10\nstates: [s, end]\nactions: [l, r]\ninitial: s\nterminal: [end]\ntransitions:\n\
                       - [s, l, s, 1/2, 1]\n- [s, l, end, 1/2, 1]\n- [s, r, end, 1, 2]\n";
    let v = 1.5 / 0.775;
    let last = 2.0 - v;
    let first = 1.0 + 0.9 * v - v + 0.9 * 0.8 * last;
    let x = 0.5 * (first - 0.9 * last);
    let file = json!({
        "states": [[0, 0, 1]], "actions": [[0, 1]], "rewards": [[1, 2]], "estimate": [x, -x],
    });
    let (_folder, model) = super::file("model.yaml", ONE);
    let held = |more: &[&str]| {
        let asked = [
            &[model.as_str(), "--trajectories", "FILE", "--format", "json"],
            more,
        ]
        .concat();
        let found = judge("mine.json", &file.to_string(), &asked);
        let report: Value =
            serde_json::from_str(&found.out).unwrap_or_else(|_| panic!("{}", found.err));
        report["given"][0].clone()
    };
    let open = held(&[]);
    assert_eq!(open["verdict"], "cannot be told", "{open}");
    assert_eq!(open["diagnoses"], json!([]), "{open}");
    assert_eq!(held(&["--as", "gae:0.8"])["verdict"], "right");
    let named = held(&["--as", "reward-to-go"]);
    assert_eq!(named["verdict"], "wrong", "{named}");
    let names: Vec<&Value> = named["diagnoses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["name"])
        .collect();
    assert_eq!(names, ["scale"], "{named}");
}
