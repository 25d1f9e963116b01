//! `judge` of samples and logs of runs that are drawn here, by code of their own.

use serde_json::{Value, json};

use super::{Run, run};

/// SplitMix64 (Steele, Lea and Flood 2014), a number in [0, 1).
pub(super) struct Draws(pub u64);

impl Draws {
    pub fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// A file in a folder of its own, and what `judge` says of it.
pub(super) fn judge(name: &str, content: &str, asked: &[&str]) -> Run {
    let (_folder, path) = super::file(name, content);
    let asked: Vec<&str> = asked
        .iter()
        .map(|&word| if word == "FILE" { path.as_str() } else { word })
        .collect();
    run(&[&["judge"], &asked[..]].concat())
}

/// Estimates 1/T Σₜ ψₜ Σ_{k≥t} (R_k − g) of runs of `steps` steps of `two-state` under the uniform policy from its
/// long run, which is in `hot` 9 times of 14 (0.45 lead there from `cold`, 0.25 back) and paid there.
fn estimates(steps: usize, rows: usize) -> String {
    const TO_HOT: [[f64; 2]; 2] = [[0.0, 0.9], [0.5, 1.0]];
    let mut draws = Draws(7);
    let mut text = String::new();
    for _ in 0..rows {
        let mut hot = usize::from(draws.next() < 9.0 / 14.0);
        let (mut seen, mut paid) = (Vec::new(), Vec::new());
        for _ in 0..steps {
            let heat = usize::from(draws.next() < 0.5);
            seen.push((hot, heat));
            paid.push(hot as f64 - 9.0 / 14.0);
            hot = usize::from(draws.next() < TO_HOT[hot][heat]);
        }
        let (mut sum, mut to_go) = ([0.0; 4], 0.0);
        for ((state, action), reward) in seen.into_iter().zip(paid).rev() {
            to_go += reward;
            sum[2 * state + action] += 0.5 * to_go / steps as f64;
            sum[2 * state + 1 - action] -= 0.5 * to_go / steps as f64;
        }
        text += &format!("{},{},{},{}\n", sum[0], sum[1], sum[2], sum[3]);
    }
    text
}

/// Runs of T steps have their law under the average reward, named or not; and T is what is said.
#[test]
fn runs_of_the_average_reward_are_as_long_as_is_said() {
    let text = estimates(5, 20_000);
    let held = |more: &[&str]| {
        let asked = [":two-state", "--criterion", "average", "--samples", "FILE"];
        judge("mine.csv", &text, &[&asked[..], more].concat())
    };
    let named = ["--as", "reward-to-go"];
    let own = held(&[&named[..], &["--truncation", "5"]].concat());
    assert_eq!(own.code, Some(0), "{}{}", own.out, own.err);
    let other = held(&[&named[..], &["--truncation", "2"]].concat());
    assert_eq!(other.code, Some(1), "{}{}", other.out, other.err);
    // the mean is not ∇J, and no factor is called a mistake: it is that of the cut
    let tried = held(&["--truncation", "5", "--format", "json"]);
    let report: Value = serde_json::from_str(&tried.out).unwrap();
    assert_eq!(report["verdict"], "inconsistent", "{report}");
    assert_eq!(report["diagnoses"], json!([]), "{report}");
    let estimators = report["estimators"].as_array().unwrap();
    let verdict = |name: &str| {
        let own = estimators.iter().find(|own| own["name"] == name);
        own.map(|own| own["verdict"].clone())
    };
    assert_eq!(
        verdict("reward-to-go"),
        Some(json!("consistent")),
        "{report}"
    );
    assert_eq!(
        verdict("total-return"),
        Some(json!("inconsistent")),
        "{report}"
    );
    let said = held(&["--truncation", "5"]).out;
    assert!(
        said.contains("consistent with the exact law of reward-to-go"),
        "{said}"
    );
}

/// A horizon ends every trajectory, and the error says so.
#[test]
fn samples_of_a_horizon_are_not_cut() {
    for more in [&["--as", "reward-to-go"][..], &[]] {
        let asked = [
            ":two-state",
            "--horizon",
            "3",
            "--samples",
            "FILE",
            "--truncation",
            "2",
        ];
        let refused = judge(
            "mine.csv",
            "0,0,0,0\n1,1,1,1\n",
            &[&asked[..], more].concat(),
        );
        assert_eq!(refused.code, Some(2));
        let words: Vec<&str> = refused.err.split_whitespace().collect();
        let said = words.join(" ").replace("│ ", "");
        assert!(said.contains("the horizon ends each"), "{said}");
    }
}

/// Three states, the last of which leads on to no start.
pub(super) const WALK: &str = "
name: walk
discount: 9/10
states: [s0, s1, s2, end]
actions: [a0, a1]
initial: {s0: 3/5, s1: 2/5}
terminal: [end]
transitions:
  s0: {a0: {s1: 1/4, s2: 3/4}, a1: s2}
  s1: {a0: s2, a1: {s0: 1/2, end: 1/2}}
  s2: {a0: {s2: 1/2, end: 1/2}, a1: {s1: 1/2, end: 1/2}}
rewards: {s0: {a1: 2}, s1: {a0: 7/4, a1: -1/2}, s2: {a0: 3, a1: 1}}
";

/// A step: state, action, reward, the next state, `terminated`, `truncated`.
pub(super) type Step = (usize, usize, f64, usize, bool, bool);

/// Episodes of the walk under the uniform policy, cut after so many steps.
pub(super) fn episodes(count: usize, limit: usize) -> Vec<Vec<Step>> {
    // the first of two outcomes, its probability, the second
    const LEADS: [[(usize, f64, usize); 2]; 3] = [
        [(1, 0.25, 2), (2, 1.0, 2)],
        [(2, 1.0, 2), (0, 0.5, 3)],
        [(2, 0.5, 3), (1, 0.5, 3)],
    ];
    const PAYS: [[f64; 2]; 3] = [[0.0, 2.0], [1.75, -0.5], [3.0, 1.0]];
    let mut draws = Draws(20);
    let mut episode = || {
        let mut state = usize::from(draws.next() >= 0.6);
        let mut steps = Vec::new();
        while state < 3 && steps.len() < limit {
            let action = usize::from(draws.next() < 0.5);
            let (one, chance, other) = LEADS[state][action];
            let next = if draws.next() < chance { one } else { other };
            let cut = next < 3 && steps.len() + 1 == limit;
            steps.push((state, action, PAYS[state][action], next, next == 3, cut));
            state = next;
        }
        steps
    };
    (0..count).map(|_| episode()).collect()
}

/// Steps one after the other as flat columns.
pub(super) fn flat(steps: &[Step]) -> Value {
    json!({
        "states": steps.iter().map(|x| x.0).collect::<Vec<_>>(),
        "actions": steps.iter().map(|x| x.1).collect::<Vec<_>>(),
        "rewards": steps.iter().map(|x| x.2).collect::<Vec<_>>(),
        "next_states": steps.iter().map(|x| x.3).collect::<Vec<_>>(),
        "terminated": steps.iter().map(|x| x.4).collect::<Vec<_>>(),
        "truncated": steps.iter().map(|x| x.5).collect::<Vec<_>>(),
    })
}

/// Rows of steps as rectangles [T, N], without what follows the shortest.
pub(super) fn time_first(rows: &[Vec<Step>]) -> Value {
    let steps = rows.iter().map(Vec::len).min().unwrap_or(0);
    let turned = (0..steps).map(|t| flat(&rows.iter().map(|row| row[t]).collect::<Vec<_>>()));
    let turned: Vec<Value> = turned.collect();
    let column = |name: &str| {
        turned
            .iter()
            .map(|row| row[name].clone())
            .collect::<Value>()
    };
    let names = [
        "states",
        "actions",
        "rewards",
        "next_states",
        "terminated",
        "truncated",
    ];
    names
        .into_iter()
        .map(|name| (name.to_string(), column(name)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// The verdict, and what explains it.
fn told(columns: &Value) -> (Value, Vec<(String, f64)>) {
    let (_folder, model) = super::file("walk.yaml", WALK);
    let asked = [&model, "--trajectories", "FILE", "--format", "json"];
    let judged = judge("runs.json", &columns.to_string(), &asked);
    let report: Value =
        serde_json::from_str(&judged.out).unwrap_or_else(|_| panic!("{}", judged.err));
    let found = report["diagnoses"].as_array().unwrap().iter();
    let named = |x: &Value| {
        (
            x["name"].as_str().unwrap().to_string(),
            x["scale"].as_f64().unwrap(),
        )
    };
    (report["verdict"].clone(), found.map(named).collect())
}

fn names(columns: &Value) -> Vec<String> {
    told(columns).1.into_iter().map(|(name, _)| name).collect()
}

/// At an end the next state is the first of the next episode.
pub(super) fn same_step(runs: &[Vec<Step>]) -> Vec<Step> {
    let mut steps = runs.concat();
    for t in 0..steps.len() {
        if steps[t].4 || steps[t].5 {
            steps[t].3 = steps.get(t + 1).unwrap_or(&runs[0][0]).0;
        }
    }
    steps
}

/// After an end stands a row from its state to the first of the next episode.
fn next_step(runs: &[Vec<Step>]) -> Vec<Step> {
    let mut steps = Vec::new();
    for (i, run) in runs.iter().enumerate() {
        steps.extend(run);
        let first = runs.get(i + 1).unwrap_or(&runs[0])[0].0;
        let last = run[run.len() - 1].3;
        steps.push((last, i % 2, 0.0, first, false, false));
    }
    steps
}

/// The layouts of vector environments and rollout buffers are named, alone and together; right ones are right.
#[test]
fn layouts_of_logs_are_named() {
    let runs = episodes(400, usize::MAX);
    assert_eq!(told(&flat(&runs.concat())), (json!("consistent"), vec![]));
    assert_eq!(names(&flat(&same_step(&runs))), ["autoreset-same-step"]);
    assert_eq!(names(&flat(&next_step(&runs))), ["autoreset-next-step"]);
    let cut = episodes(400, 4);
    assert_eq!(told(&flat(&cut.concat())).0, "consistent");
    assert_eq!(names(&flat(&same_step(&cut))), ["autoreset-same-step"]);
    assert_eq!(names(&flat(&next_step(&cut))), ["autoreset-next-step"]);
    // where next states are not told the row behind a cut begins in one that is not known either
    let blind = |mut columns: Value| {
        columns.as_object_mut().unwrap().remove("next_states");
        columns
    };
    for runs in [&runs, &cut] {
        assert_eq!(told(&blind(flat(&runs.concat()))).0, "consistent");
        let found = names(&blind(flat(&next_step(runs))));
        assert_eq!(found, ["autoreset-next-step"]);
    }
    // ten environments side by side
    let beside = |of: &dyn Fn(&[Vec<Step>]) -> Vec<Step>| {
        let rows: Vec<Vec<Step>> = runs.chunks(40).map(of).collect();
        names(&time_first(&rows))
    };
    assert_eq!(beside(&|runs| runs.concat()), ["axes-swapped"]);
    assert_eq!(beside(&same_step), ["axes-swapped+autoreset-same-step"]);
    assert_eq!(beside(&next_step), ["axes-swapped+autoreset-next-step"]);
    let mut scaled = runs.concat();
    scaled.iter_mut().for_each(|step| step.2 *= 0.397);
    let (verdict, found) = told(&flat(&scaled));
    assert_eq!((verdict, found.len()), (json!("wrong"), 1));
    assert_eq!(found[0].0, "rewards-scaled");
    assert!((found[0].1 - 0.397).abs() < 1e-12, "{found:?}");
}

/// A corridor of cells 0, 2, 3 (1 is a wall) and the exit 4.
const CELLS: &str = "
discount: 9/10
states: ['0', '2', '3', '4']
actions: ['-1', '1']
terminal: ['4']
initial: '2'
transitions:
  '0': {'-1': '0', '1': '2'}
  '2': {'-1': '0', '1': '3'}
  '3': {'-1': '2', '1': '4'}
rewards: {'3': {'1': 1}}
";

/// Numbers that are names of states and actions are these in every format, and places where one of them is none.
#[test]
fn numbers_are_names_where_all_of_them_are() {
    let (_folder, model) = super::file("cells.yaml", CELLS);
    let verdict = |name: &str, text: &str| {
        let judged = judge(
            name,
            text,
            &[&model, "--trajectories", "FILE", "--format", "json"],
        );
        let report: Value =
            serde_json::from_str(&judged.out).unwrap_or_else(|_| panic!("{}", judged.err));
        report["verdict"].clone()
    };
    let runs = |states: [i32; 6], actions: [i32; 5]| {
        json!({
            "states": states[..5], "actions": actions, "rewards": [0, 0, 0, 0, 1], "next_states": states[1..],
            "terminated": [false, false, false, false, true],
        })
    };
    let named = runs([2, 0, 2, 3, 2, 3], [-1, 1, 1, -1, 1]);
    let mut ends = named.clone();
    ends["rewards"] = json!([0, 0, 0, 0, 0]);
    ends["terminated"] = json!([false, false, false, false, false]);
    assert_eq!(verdict("named.json", &ends.to_string()), "consistent");
    assert_eq!(
        verdict("named.json", &named.to_string()),
        "wrong",
        "3 is not the exit"
    );
    let placed = runs([1, 0, 1, 2, 1, 2], [0, 1, 1, 0, 1]);
    let mut ends = placed.clone();
    ends["rewards"] = json!([0, 0, 0, 0, 0]);
    ends["terminated"] = json!([false, false, false, false, false]);
    assert_eq!(verdict("placed.json", &ends.to_string()), "consistent");
    let csv = "states,actions,rewards,next_states\n2,-1,0,0\n0,1,0,2\n2.0,1,0,3\n3,1,1,4\n";
    assert_eq!(verdict("named.csv", csv), "consistent");
    let csv = "states,actions,rewards,next_states\n1,0,0,0\n0,1,0,1\n1,1,0,2\n2,1,1,3\n";
    assert_eq!(verdict("placed.csv", csv), "consistent");
}

/// A loop that logs nothing is no success.
#[test]
fn nothing_at_all_is_no_log() {
    for (name, text) in [
        ("none.csv", "states,actions,rewards\n"),
        (
            "none.json",
            r#"{"states": [], "actions": [], "rewards": []}"#,
        ),
        (
            "padded.json",
            r#"{"states": [[-1]], "actions": [[-1]], "rewards": [[0]]}"#,
        ),
    ] {
        let judged = judge(name, text, &[":two-state", "--trajectories", "FILE"]);
        assert_eq!(judged.code, Some(2), "{}", judged.out);
        assert!(judged.err.contains("hold no step"), "{}", judged.err);
    }
}

/// What only looks like one of them is not called so.
#[test]
fn other_faults_of_logs_are_no_layouts() {
    // a cut that is called an end
    let mut cut = episodes(400, 3).concat();
    for step in &mut cut {
        (step.4, step.5) = (step.4 || step.5, false);
    }
    assert_eq!(names(&flat(&cut)), ["cut-as-end"]);
    // every end leads to one start, which is not drawn
    let runs = episodes(400, usize::MAX);
    let mut one = runs.concat();
    one.iter_mut()
        .filter(|step| step.4)
        .for_each(|step| step.3 = 0);
    assert_eq!(told(&flat(&one)), (json!("wrong"), vec![]));
    // a terminal state that is stepped in, and stays
    let stays = |run: &Vec<Step>| [&run[..], &[(3, 0, 0.0, 3, false, false)]].concat();
    let stays: Vec<Step> = runs.iter().flat_map(stays).collect();
    assert_eq!(told(&flat(&stays)), (json!("wrong"), vec![]));
}

/// A bandit whose rare arm pays 1000, the usual one 1 or 1.1.
const RARE: &str = "
name: rare
discount: 1
states: [s, good, fine, end]
actions: [usual, rare]
initial: s
terminal: [end]
transitions:
  s: {usual: {good: 1/2, fine: 1/2}, rare: end}
  good: {usual: end}
  fine: {usual: end}
rewards: {s: {rare: 1000}, good: 1, fine: 1.1}
policy:
  probabilities: {s: {usual: 999/1000, rare: 1/1000}, good: {usual: 1}, fine: {usual: 1}}
";

/// A sample without the arm that makes up ∇J spreads too little; it is not called inconsistent, as right ones
/// without it are more than every second time (0.999³⁰⁰ = 0.74), and it is said what is not known.
#[test]
fn a_sample_that_missed_what_is_rare_cannot_be_told() {
    let (_folder, model) = super::file("rare.yaml", RARE);
    let mut draws = Draws(31);
    let rows = (0..300).map(|_| if draws.next() < 0.5 { 1.0 } else { 1.1 });
    // G (1 − π(usual)) for the usual arm, and the opposite
    let rows: String = rows
        .map(|paid| format!("{},{},0,0\n", paid * 0.001, -paid * 0.001))
        .collect();
    let asked = [&model, "--samples", "FILE", "--format", "json"];
    let judged = judge("mine.csv", &rows, &asked);
    let report: Value =
        serde_json::from_str(&judged.out).unwrap_or_else(|_| panic!("{}", judged.err));
    assert_eq!(report["verdict"], "cannot be told", "{report}");
    assert_eq!(report["diagnoses"], json!([]), "{report}");
    assert_eq!(
        report["mean_test"]["left_out"].as_array().map(Vec::len),
        Some(2),
        "{report}"
    );
}

/// In `hot` 1 is paid wherever one stays or cools down by waiting; 0 in `cold`.
#[test]
fn negated_rewards_are_costs_and_no_gradient() {
    let content = r#"{"states": [["cold","hot","hot"],["cold","cold","hot"]],
        "actions": [["heat","wait","heat"],["wait","heat","wait"]], "rewards": [[0,-1,-1],[0,0,-1]],
        "next_states": [["hot","hot","hot"],["cold","hot","cold"]]}"#;
    let judged = judge(
        "mine.json",
        content,
        &[":two-state", "--trajectories", "FILE"],
    );
    assert_eq!(judged.code, Some(1), "{}", judged.err);
    let sentence = "sign – the rewards are costs: each is −1 times what is paid\n";
    assert!(judged.out.contains(sentence), "{}", judged.out);
    assert!(!judged.out.contains("gradient of a loss"), "{}", judged.out);
}
