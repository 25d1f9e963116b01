//! Models whose states are not seen, as model files write them: against Cassandra's format, and closed
//! forms.

use std::num::NonZeroU32;
use std::path::Path;

use exact_mdp::model::{Model, ModelErrors, Overrides};
use exact_mdp::number::{Number, Rational};
use exact_mdp::report::{EvaluationReport, Quantity};
use exact_mdp::solved::Solved;
use exact_mdp::study::{self, Notes, Numbers};

/// Kaelbling, Littman & Cassandra (1998).
pub const TIGER: &str = "
name: tiger
discount: 0.95
states: [tiger-left, tiger-right]
actions: [listen, open-left, open-right]
initial: uniform
transitions:
  tiger-left: {listen: tiger-left, open-left: &anywhere {tiger-left: 0.5, tiger-right: 0.5}, open-right: *anywhere}
  tiger-right: {listen: tiger-right, open-left: *anywhere, open-right: *anywhere}
rewards:
  tiger-left: {listen: -1, open-left: -100, open-right: 10}
  tiger-right: {listen: -1, open-left: 10, open-right: -100}
observations:
  tiger-left:
    listen: {hear-left: 0.85, hear-right: 0.15}
    open-left: &nothing {hear-left: 0.5, hear-right: 0.5}
    open-right: *nothing
  tiger-right: {listen: {hear-left: 0.15, hear-right: 0.85}, open-left: *nothing, open-right: *nothing}
";

fn seen(nodes: u32) -> Overrides {
    Overrides {
        nodes: NonZeroU32::new(nodes),
        ..Overrides::default()
    }
}

fn parsed(text: &str, nodes: u32) -> Result<Model, ModelErrors> {
    Model::parse_with("tiger.yaml", text, &seen(nodes))
}

#[test]
fn a_model_file_says_what_cassandra_s_format_says() {
    let path = Path::new(crate::ROOT).join("tests/exchange/fixtures/tiger.POMDP");
    for nodes in 1..=3 {
        let theirs = Model::load_with(&path, &seen(nodes)).unwrap();
        assert_eq!(parsed(TIGER, nodes).unwrap(), theirs);
    }
}

#[test]
fn the_value_stands_beside_that_of_who_sees() {
    let mut request = study::EvaluateRequest::default();
    request.setting.numbers = Numbers::Exact;
    for nodes in 1..=2 {
        let model = parsed(TIGER, nodes).unwrap();
        let report = study::evaluate(&model, &request, &Notes::default()).unwrap();
        let exact =
            |p: i64, q: u64| Quantity::Exact(Box::new(Number::ratio(p, q).unwrap().to_rational()));
        // by chance (−1 − 45 − 45)/3 a step; who sees takes 10 a step
        assert_eq!(report.j, exact(-1820, 3));
        assert_eq!(report.j_seeing_states, Some(exact(200, 1)));
    }
    let plain = Model::load(Path::new(crate::ROOT).join("mdps/two-state.yaml")).unwrap();
    let report = study::evaluate(&plain, &request, &Notes::default()).unwrap();
    assert_eq!(report.j_seeing_states, None);
}

#[test]
fn several_rewards_and_ends_are_seen_through() {
    let text = "
discount: 9/10
states: [a, b, end]
actions: [x, y]
initial: {a: 1/3, b: 2/3}
transitions:
  a: {x: {a: 1/2, b: 1/2}, y: {b: 1/4, end: 3/4}}
  b: {x: a, y: {b: 1/2, end: 1/2}}
rewards:
  gain: {a: {x: {b: 3}}, b: 1}
  risk: {b: {y: {end: 2}}}
observations: {a: same, b: {same: 1/3, other: 2/3}}
terminal: [end]
";
    for nodes in 1..=2 {
        let both = parsed(text, nodes).unwrap();
        let by_chance = both
            .exact()
            .unwrap()
            .solve(exact_mdp::arithmetic::Choice::Own)
            .unwrap();
        for (which, name) in ["gain", "risk"].iter().enumerate() {
            let flags = Overrides {
                reward: Some(name.to_string()),
                ..seen(nodes)
            };
            let alone = Model::parse_with("m.yaml", text, &flags).unwrap();
            let alone: Solved<Rational> = alone
                .exact()
                .unwrap()
                .solve(exact_mdp::arithmetic::Choice::Own)
                .unwrap();
            let paying = by_chance.paying(both.expected_rewards(which)).unwrap();
            assert_eq!(paying.j(), alone.j(), "{name}");
            assert_eq!(
                paying.gradient().unwrap(),
                alone.gradient().unwrap(),
                "{name}"
            );
            assert!(!alone.j().is_zero());
        }
        // uniform whatever is seen: the model whose states are seen is worth the same
        let (before, _) = text.split_once("observations").unwrap();
        let open = Model::parse("m.yaml", &format!("{before}terminal: [end]\n")).unwrap();
        let open = open
            .exact()
            .unwrap()
            .solve(exact_mdp::arithmetic::Choice::Uniform)
            .unwrap();
        assert_eq!(by_chance.j(), open.j());
    }
}

#[test]
fn what_is_not_said_is_asked_for() {
    let said = |text: &str, nodes| parsed(text, nodes).unwrap_err().plain();
    assert!(said(TIGER, 0).contains("Overrides::nodes = 1"));
    assert!(said(&TIGER.replace("0.85, hear-right: 0.15", "0.85"), 1).contains("17/20"));
    let lacking = TIGER.replace("    open-right: *nothing\n", "");
    let lacking = said(&lacking, 1);
    assert!(
        lacking.contains("`open-right` has led to `tiger-left`"),
        "{lacking}"
    );
    let unknown = said(
        &TIGER.replace("  tiger-right: {listen: {hear", "  tiger: {listen: {hear"),
        1,
    );
    assert!(unknown.contains("tiger-left"), "{unknown}");
    let (plain, _) = TIGER.split_once("observations").unwrap();
    let none = parsed(plain, 1).unwrap_err().plain();
    assert!(none.contains("observations"), "{none}");
}

fn evaluated(model: &Model) -> EvaluationReport {
    let request = study::EvaluateRequest::default();
    study::evaluate(model, &request, &Notes::default()).unwrap()
}

/// By hand: with y the value of opening the right door and x that of listening, x = −1 + γy and
/// y = 10 + γ/2 · 2x, since to listen is best where nothing is known; J ≤ x.
#[test]
fn the_informed_bound_of_the_tiger() {
    for nodes in 1..=2 {
        let model = parsed(TIGER, nodes).unwrap();
        let report = evaluated(&model);
        let bound = report.j_informed.unwrap();
        assert!((bound - 3400.0 / 39.0).abs() < 1e-9, "{bound}");
        assert!(bound < report.j_seeing_states.unwrap().value().unwrap());
    }
    let costs = format!(
        "{}objective: minimize\n",
        TIGER
            .replace("10, open", "-10, open")
            .replace("open-right: 10", "open-right: -10")
            .replace("-100", "100")
            .replace("listen: -1,", "listen: 1,")
    );
    let model = parsed(&costs, 1).unwrap();
    let report = evaluated(&model);
    let bound = report.j_informed.unwrap();
    assert!((bound + 3400.0 / 39.0).abs() < 1e-9, "{bound}");
}

/// p \[A\]\[S\]\[S\], O \[A\]\[S\]\[O\], r \[A\]\[S\] of a seed.
struct Draw {
    p: Vec<Vec<Vec<f64>>>,
    o: Vec<Vec<Vec<f64>>>,
    r: Vec<Vec<f64>>,
}

impl Draw {
    fn new(seed: u64, [actions, states, seen]: [usize; 3]) -> Draw {
        let mut state = seed;
        let mut next = || {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            (state >> 59) as f64
        };
        let mut law = |n: usize| {
            let weights: Vec<f64> = (0..n).map(|_| next() + 1.0).collect();
            let total: f64 = weights.iter().sum();
            weights.iter().map(|w| w / total).collect::<Vec<f64>>()
        };
        let mut table = |n: usize| -> Vec<Vec<Vec<f64>>> {
            (0..actions)
                .map(|_| (0..states).map(|_| law(n)).collect())
                .collect()
        };
        let (p, o) = (table(states), table(seen));
        let mut reward = seed;
        let r = (0..actions).map(|_| {
            (0..states)
                .map(|_| {
                    reward = reward
                        .wrapping_mul(2862933555777941757)
                        .wrapping_add(3037000493);
                    (reward >> 60) as f64 - 8.0
                })
                .collect()
        });
        Draw {
            p,
            o,
            r: r.collect(),
        }
    }

    fn text(&self, horizon: usize) -> String {
        let (actions, states) = (self.p.len(), self.r[0].len());
        let row = |row: &[f64], name: &str| {
            let entries = row
                .iter()
                .enumerate()
                .map(|(i, x)| format!("{name}{i}: {x}"));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        };
        let list = |name: &str, n: usize| {
            (0..n)
                .map(|i| format!("{name}{i}"))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let table = |of: &dyn Fn(usize, usize) -> String| {
            let of_state = |s: usize| {
                let acted = (0..actions).map(|a| format!("a{a}: {}", of(a, s)));
                format!("  s{s}: {{{}}}\n", acted.collect::<Vec<_>>().join(", "))
            };
            (0..states).map(of_state).collect::<String>()
        };
        format!(
            "discount: 0.9\nhorizon: {horizon}\nstates: [{}]\nactions: [{}]\ninitial: uniform\ntransitions:\n{}rewards:\n{}observations:\n{}",
            list("s", states),
            list("a", actions),
            table(&|a, s| row(&self.p[a][s], "s")),
            table(&|a, s| self.r[a][s].to_string()),
            table(&|a, s| row(&self.o[a][s], "o")),
        )
    }

    /// The most that a policy which remembers all it saw expects of unnormalised hidden mass.
    fn optimum(&self, mass: &[f64], steps: usize) -> f64 {
        if steps == 0 {
            return 0.0;
        }
        let of = |a: usize| {
            let now: f64 = mass.iter().zip(&self.r[a]).map(|(m, r)| m * r).sum();
            let later = (0..self.o[0][0].len()).map(|o| {
                let reached = |next: usize| {
                    let come = mass.iter().zip(&self.p[a]).map(|(m, row)| m * row[next]);
                    come.sum::<f64>() * self.o[a][next][o]
                };
                let next: Vec<f64> = (0..mass.len()).map(reached).collect();
                self.optimum(&next, steps - 1)
            });
            now + 0.9 * later.sum::<f64>()
        };
        (0..self.p.len()).map(of).fold(f64::MIN, f64::max)
    }
}

#[test]
fn the_informed_bound_stands_between_the_optimum_and_that_of_who_sees() {
    for seed in 1..=20 {
        for horizon in 1..=4 {
            let draw = Draw::new(seed, [2, 3, 2]);
            let model = parsed(&draw.text(horizon), 1 + (seed % 2) as u32).unwrap();
            let report = evaluated(&model);
            let (bound, seeing) = (report.j_informed.unwrap(), report.j_seeing_states.unwrap());
            let optimum = draw.optimum(&[1.0 / 3.0; 3], horizon);
            assert!(
                optimum <= bound + 1e-12 && bound <= seeing.value().unwrap(),
                "{optimum} {bound}"
            );
            if horizon == 1 {
                assert!((optimum - bound).abs() < 1e-12);
            }
        }
    }
}

/// Rewards by what is seen, chances by action, a state that nobody comes to by one action, names that are actions.
const CHEST: &str = "
discount: 0.9
values: cost
states: shut open
actions: look turn
observations: dark turn look
start: 0.25 0.75
T: look
identity
T: turn
uniform
O: look : shut
0.5 0.25 0.25
O: look : open
0 0.125 0.875
O: turn
0.25 0.5 0.25
1 0 0
R: look : * : * : dark 2
R: look : * : * : look -3
R: turn : shut : open : * 4
";

#[test]
fn what_is_seen_is_written_and_read_again() {
    use exact_mdp::exchange::Format;
    let kept = Overrides {
        keep_observations: true,
        ..Overrides::default()
    };
    let tiger =
        std::fs::read(Path::new(crate::ROOT).join("tests/exchange/fixtures/tiger.POMDP")).unwrap();
    let plain = CHEST
        .lines()
        .filter(|line| !line.starts_with("R: look"))
        .collect::<Vec<_>>()
        .join("\n");
    for (text, by_seen) in [
        (&tiger[..], false),
        (CHEST.as_bytes(), true),
        (plain.as_bytes(), false),
    ] {
        let read = |overrides: &Overrides| {
            Model::parse_as("m.POMDP", text, Format::Cassandra, overrides).unwrap()
        };
        let model = read(&kept);
        for format in [Format::Cassandra, Format::Nested, Format::Rows] {
            let export = model.export(format).unwrap();
            let written = &export.files[0].1;
            let told: Vec<String> = export.losses.iter().map(ToString::to_string).collect();
            let mean = by_seen && format != Format::Cassandra;
            assert_eq!(
                told.iter().any(|loss| loss.contains("what is seen")),
                mean,
                "{told:?}"
            );
            for nodes in 1..=2 {
                let again = Model::parse_as("m", written, format, &seen(nodes)).unwrap();
                let first = read(&seen(nodes));
                let solved = |model: &Model| -> Solved<Rational> {
                    model
                        .exact()
                        .unwrap()
                        .solve(exact_mdp::arithmetic::Choice::Own)
                        .unwrap()
                };
                assert_eq!(
                    again.space(),
                    first.space(),
                    "{}",
                    String::from_utf8_lossy(written)
                );
                if mean {
                    // the same values, other variances
                    assert_eq!(
                        solved(&again).gradient().unwrap(),
                        solved(&first).gradient().unwrap()
                    );
                } else {
                    assert_eq!(again.outcomes(), first.outcomes());
                    assert_eq!(again.initial(), first.initial());
                }
            }
        }
    }
    // a policy of its own goes with it
    let own = format!(
        "{TIGER}policy: {{parametrization: controller, nodes: 2, start: 1, laws: simplex, mix: {{uniform: 1/8}}}}\n"
    );
    let model = Model::parse_with("tiger.yaml", &own, &kept).unwrap();
    let again = Model::parse("tiger.yaml", &model.write(exact_mdp::yaml::Style::Nested)).unwrap();
    assert_eq!(again, Model::parse("tiger.yaml", &own).unwrap());
}
