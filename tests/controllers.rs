//! Policies by what is seen: `parametrization: observation` and `controller`, against chains on (s, n) that are
//! written out here.

use std::num::NonZeroU32;

use exact_mdp::arithmetic::Choice;
use exact_mdp::load;
use exact_mdp::model::{Model, Overrides};
use exact_mdp::number::{Number, Rational};
use exact_mdp::policy::{Policy, Specification};
use exact_mdp::report::Report;
use exact_mdp::solved::Solved;
use exact_mdp::study::{self, Notes, Numbers};

use crate::observations::TIGER;

/// Two of three states look the same, and one action ends the run from two of them.
pub const MAZE: &str = "
name: maze
discount: 9/10
states: [west, middle, east, out]
actions: [go, turn]
initial: {west: 1/2, middle: 1/4, east: 1/4}
transitions:
  west: {go: {middle: 3/4, west: 1/4}, turn: {out: 1/3, east: 2/3}}
  middle: {go: {east: 1/2, west: 1/2}, turn: middle}
  east: {go: {out: 1/2, west: 1/2}, turn: {middle: 1/5, east: 4/5}}
rewards: {west: {go: 1, turn: {out: -2, east: 3}}, middle: {turn: -1}, east: {go: {out: 7, west: 0}, turn: 1/2}}
observations: {west: wall, middle: {wall: 1/3, gap: 2/3}, east: {go: gap, turn: {wall: 1/2, gap: 1/2}}}
terminal: [out]
";

fn ratio(p: i64, q: u64) -> Rational {
    Number::ratio(p, q).unwrap().to_rational()
}

/// The model as a controller of so many nodes sees it that a policy has.
pub fn seen_by(text: &str, policy: &str) -> Model {
    let overrides = Overrides {
        controller: load::controller_nodes(policy),
        ..Overrides::default()
    };
    Model::parse_with("m.yaml", text, &overrides).unwrap()
}

pub fn specification(model: &Model, policy: &str) -> Specification {
    let read = load::parse_policy("p.yaml", policy, model.space());
    read.map_err(|errors| errors.plain()).unwrap().0
}

fn exactly(text: &str, policy: &str) -> Solved<Rational> {
    let model = seen_by(text, policy);
    let policy = specification(&model, policy);
    model.exact().unwrap().solve(policy).unwrap()
}

fn floating(text: &str, policy: &str) -> Solved {
    let model = seen_by(text, policy);
    let policy = specification(&model, policy);
    model.solve(policy).unwrap()
}

/// ι \[N\], α \[N\]\[A\] and η \[N\]\[O\]\[N\] of a controller that acts by its node.
struct Machine {
    start: Vec<Rational>,
    actions: Vec<Vec<Rational>>,
    successors: Vec<Vec<Vec<Rational>>>,
}

/// What a model file says, as arrays: p(s'|s, a), r(s, a), O(o|a, s'), ρ₀, γ.
struct Hidden {
    p: Vec<Vec<Vec<Rational>>>,
    r: Vec<Vec<Rational>>,
    o: Vec<Vec<Vec<Rational>>>,
    start: Vec<Rational>,
    discount: Rational,
}

fn tiger() -> Hidden {
    let (one, none, half) = (ratio(1, 1), ratio(0, 1), ratio(1, 2));
    let there = vec![vec![one.clone(), none.clone()], vec![none, one]];
    let anywhere = vec![vec![half.clone(), half.clone()]; 2];
    let heard = vec![
        vec![ratio(17, 20), ratio(3, 20)],
        vec![ratio(3, 20), ratio(17, 20)],
    ];
    Hidden {
        p: vec![there, anywhere.clone(), anywhere.clone()],
        r: vec![
            vec![ratio(-1, 1), ratio(-1, 1)],
            vec![ratio(-100, 1), ratio(10, 1)],
            vec![ratio(10, 1), ratio(-100, 1)],
        ],
        o: vec![heard, anywhere.clone(), anywhere],
        start: vec![half; 2],
        discount: ratio(19, 20),
    }
}

/// The maze with its last state as one that stays and pays nothing.
fn maze() -> Hidden {
    let q = |all: &[(i64, u64)]| all.iter().map(|&(p, q)| ratio(p, q)).collect::<Vec<_>>();
    let stay = q(&[(0, 1), (0, 1), (0, 1), (1, 1)]);
    let go = vec![
        q(&[(1, 4), (3, 4), (0, 1), (0, 1)]),
        q(&[(1, 2), (0, 1), (1, 2), (0, 1)]),
        q(&[(1, 2), (0, 1), (0, 1), (1, 2)]),
        stay.clone(),
    ];
    let turn = vec![
        q(&[(0, 1), (0, 1), (2, 3), (1, 3)]),
        q(&[(0, 1), (1, 1), (0, 1), (0, 1)]),
        q(&[(0, 1), (1, 5), (4, 5), (0, 1)]),
        stay,
    ];
    let (wall, middle) = (q(&[(1, 1), (0, 1)]), q(&[(1, 3), (2, 3)]));
    let east = [q(&[(0, 1), (1, 1)]), q(&[(1, 2), (1, 2)])];
    let o = east.map(|east| vec![wall.clone(), middle.clone(), east, wall.clone()]);
    Hidden {
        p: vec![go, turn],
        // west/turn pays −2/3 + 3·2/3, east/go 7/2
        r: vec![
            q(&[(1, 1), (0, 1), (7, 2), (0, 1)]),
            q(&[(4, 3), (-1, 1), (1, 2), (0, 1)]),
        ],
        o: o.to_vec(),
        start: q(&[(1, 2), (1, 4), (1, 4), (0, 1)]),
        discount: ratio(9, 10),
    }
}

/// J by Gauss' elimination on the chain over (s, n), n the node that acts.
fn value(m: &Hidden, c: &Machine) -> Rational {
    let (states, nodes) = (m.start.len(), c.start.len());
    let size = states * nodes;
    let mut rows = vec![vec![ratio(0, 1); size + 1]; size];
    for s in 0..states {
        for n in 0..nodes {
            let row = &mut rows[s * nodes + n];
            row[s * nodes + n] = ratio(1, 1);
            for (a, act) in c.actions[n].iter().enumerate() {
                row[size] += act.clone() * m.r[a][s].clone();
                for (next, p) in m.p[a][s].iter().enumerate() {
                    for (o, seen) in m.o[a][next].iter().enumerate() {
                        for (to, go) in c.successors[n][o].iter().enumerate() {
                            let mass = act.clone() * p.clone() * seen.clone() * go.clone();
                            row[next * nodes + to] -= m.discount.clone() * mass;
                        }
                    }
                }
            }
        }
    }
    for k in 0..size {
        let pivot = (k..size).find(|&i| !rows[i][k].is_zero()).unwrap();
        rows.swap(k, pivot);
        let own = rows[k].clone();
        for (i, row) in rows.iter_mut().enumerate().filter(|(i, _)| *i != k) {
            let factor = row[k].clone() / own[k].clone();
            let _ = i;
            row.iter_mut()
                .zip(&own)
                .for_each(|(x, y)| *x -= factor.clone() * y.clone());
        }
    }
    let mut j = ratio(0, 1);
    for s in 0..states {
        for n in 0..nodes {
            let i = s * nodes + n;
            let v = rows[i][size].clone() / rows[i][i].clone();
            j += m.start[s].clone() * c.start[n].clone() * v;
        }
    }
    j
}

fn text(numbers: &[Rational], names: &[&str]) -> String {
    let entries = names
        .iter()
        .zip(numbers)
        .map(|(name, x)| format!("{name}: {x}"));
    format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
}

/// The policy file of a machine.
fn written(c: &Machine, laws: &str, [actions, seen]: [&[&str]; 2]) -> String {
    let nodes = c.start.len();
    let names: Vec<String> = (0..nodes).map(|n| n.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut file = format!(
        "{{parametrization: controller, nodes: {nodes}, laws: {laws}, probabilities: {{start: {}, actions: {{",
        text(&c.start, &names)
    );
    for (n, law) in c.actions.iter().enumerate() {
        file += &format!("{n}: {}, ", text(law, actions));
    }
    file += "}, successors: {";
    for (n, by_seen) in c.successors.iter().enumerate() {
        let laws = by_seen.iter().zip(seen);
        let laws: Vec<String> = laws
            .map(|(law, o)| format!("{o}: {}", text(law, &names)))
            .collect();
        file += &format!("{n}: {{{}}}, ", laws.join(", "));
    }
    file + "}}}"
}

/// A law of some outcomes, from a seed; all positive.
fn law(outcomes: usize, seed: &mut u64) -> Vec<Rational> {
    let mut draw = || {
        *seed = seed
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (*seed >> 60) + 1
    };
    let weights: Vec<u64> = (0..outcomes).map(|_| draw()).collect();
    let total = weights.iter().sum();
    weights.iter().map(|&w| ratio(w as i64, total)).collect()
}

fn machine(nodes: usize, [actions, seen]: [usize; 2], mut seed: u64) -> Machine {
    let seed = &mut seed;
    Machine {
        start: law(nodes, seed),
        actions: (0..nodes).map(|_| law(actions, seed)).collect(),
        successors: (0..nodes)
            .map(|_| (0..seen).map(|_| law(nodes, seed)).collect())
            .collect(),
    }
}

const NAMES: [[&[&str]; 2]; 2] = [
    [
        &["listen", "open-left", "open-right"],
        &["hear-left", "hear-right"],
    ],
    [&["go", "turn"], &["wall", "gap"]],
];

#[test]
fn controllers_are_worth_what_their_chain_over_nodes_is_worth() {
    let models = [(TIGER, tiger(), NAMES[0]), (MAZE, maze(), NAMES[1])];
    for (file, hidden, names) in &models {
        for nodes in 1..=3 {
            let c = machine(nodes, names.map(<[&str]>::len), 7 + nodes as u64);
            let by_hand = value(hidden, &c);
            for laws in ["softmax", "simplex"] {
                let policy = written(&c, laws, *names);
                assert_eq!(*exactly(file, &policy).j(), by_hand, "{policy}");
                let j: f64 = *floating(file, &policy).j();
                let by_hand = Number::from(by_hand.clone()).to_f64();
                assert!((j - by_hand).abs() < 1e-11 * by_hand.abs().max(1.0));
            }
        }
    }
}

/// All 144 deterministic controllers of two nodes that start at the first.
#[test]
fn the_best_of_two_nodes_hears_nothing_on_the_tiger() {
    let sure = |outcome: usize, of: usize| {
        (0..of)
            .map(|i| ratio(i64::from(i == outcome), 1))
            .collect::<Vec<_>>()
    };
    let hidden = tiger();
    let (mut best, mut best_memoryless) = (ratio(-1_000_000, 1), ratio(-1_000_000, 1));
    for code in 0..9 * 16 {
        let (acts, goes) = (code / 16, code % 16);
        let c = Machine {
            start: sure(0, 2),
            actions: vec![sure(acts / 3, 3), sure(acts % 3, 3)],
            successors: (0..2)
                .map(|n| (0..2).map(|o| sure(goes >> (2 * n + o) & 1, 2)).collect())
                .collect(),
        };
        let by_hand = value(&hidden, &c);
        if code % 11 == 0 {
            let ours = exactly(TIGER, &written(&c, "simplex", NAMES[0]));
            assert_eq!(*ours.j(), by_hand);
        }
        best = best.max(by_hand);
    }
    // memoryless: an action for nothing seen yet, one for each of two things heard
    for code in 0..27 {
        let name = |i: usize| NAMES[0][0][i];
        let policy = format!(
            "{{parametrization: observation, laws: simplex, probabilities: {{(start): {}, hear-left: {}, hear-right: {}}}}}",
            name(code / 9),
            name(code / 3 % 3),
            name(code % 3)
        );
        best_memoryless = best_memoryless.max(exactly(TIGER, &policy).j().clone());
    }
    // to listen for ever: −1/(1 − γ)
    assert_eq!([best, best_memoryless], [ratio(-20, 1), ratio(-20, 1)]);
}

#[test]
fn by_observation_a_softmax_is_that_of_one_node() {
    let flag = Overrides {
        nodes: NonZeroU32::new(1),
        ..Overrides::default()
    };
    let tied = Model::parse_with("m.yaml", MAZE, &flag)
        .unwrap()
        .solve(Choice::Random(5))
        .unwrap();
    let theta: Vec<String> = tied
        .policy()
        .theta()
        .unwrap()
        .iter()
        .map(f64::to_string)
        .collect();
    let policy = format!(
        "{{parametrization: observation, theta: [{}]}}",
        theta.join(", ")
    );
    let ours = floating(MAZE, &policy);
    assert_eq!(ours.policy().labels()[0], "theta[(start),go]");
    assert!((ours.j() - tied.j()).abs() < 1e-13);
    let near = |x: &[f64], y: &[f64]| {
        assert_eq!(x.len(), y.len());
        x.iter()
            .zip(y)
            .for_each(|(x, y)| assert!((x - y).abs() < 1e-11, "{x} {y}"));
    };
    near(ours.gradient().unwrap(), tied.gradient().unwrap());
    near(
        ours.hessian().unwrap().as_slice(),
        tied.hessian().unwrap().as_slice(),
    );
    near(
        ours.fisher().unwrap().as_slice(),
        tied.fisher().unwrap().as_slice(),
    );
    near(
        &ours.natural_gradient().unwrap().direction,
        &tied.natural_gradient().unwrap().direction,
    );
}

/// ∇J and ∇²J against differences of J by the chain over nodes, which are exact for probabilities.
#[test]
fn derivatives_are_those_of_the_chain_over_nodes() {
    let c = machine(2, [2, 2], 3);
    let exact = exactly(MAZE, &written(&c, "simplex", NAMES[1]));
    let gradient = exact.gradient().unwrap();
    // along a direction within the laws J is a rational function: a short difference is near its slope
    let epsilon = ratio(1, 1 << 20);
    let moved = |sign: i64| {
        let mut c = machine(2, [2, 2], 3);
        let step = epsilon.clone() * ratio(sign, 1);
        c.actions[1][0] += step.clone();
        c.actions[1][1] -= step.clone();
        c.successors[0][1][0] += step.clone();
        c.successors[0][1][1] -= step;
        value(&maze(), &c)
    };
    let float = |x: &Rational| Number::from(x.clone()).to_f64();
    let slope = (moved(1) - moved(-1)) / (epsilon.clone() * ratio(2, 1));
    let labels = exact.policy().labels();
    let at = |label: &str| labels.iter().position(|own| own == label).unwrap();
    let (a, b) = (at("action[1,go]"), at("action[1,turn]"));
    let (to, not) = (at("successor[0,gap,0]"), at("successor[0,gap,1]"));
    let along = |x: &[Rational]| x[a].clone() - x[b].clone() + x[to].clone() - x[not].clone();
    assert!((float(&slope) - float(&along(gradient))).abs() < 1e-9 * float(&slope).abs());
    let bend =
        (moved(1) + moved(-1) - exact.j().clone() * ratio(2, 1)) / (epsilon.clone() * epsilon);
    let hessian = exact.hessian().unwrap();
    let rows: Vec<Rational> = (0..labels.len())
        .map(|k| {
            along(
                &(0..labels.len())
                    .map(|l| hessian[(k, l)].clone())
                    .collect::<Vec<_>>(),
            )
        })
        .collect();
    assert!((float(&bend) - float(&along(&rows))).abs() < 1e-7 * float(&bend).abs());
    // softmaxes: ∂J/∂θ = Σ ∂J/∂p p(δ − p) of the same laws, whatever the route
    let softmax = floating(MAZE, &written(&c, "softmax", NAMES[1]));
    let family = softmax.policy().parametrization().controller().unwrap();
    let p = family.law_probabilities();
    for block in family.blocks() {
        let mean: f64 = block.clone().map(|k| p[k] * float(&gradient[k])).sum();
        for k in block {
            let by_chance = p[k] * (float(&gradient[k]) - mean);
            assert!((softmax.gradient().unwrap()[k] - by_chance).abs() < 1e-11);
        }
    }
    let theta = softmax.policy().theta().unwrap().to_vec();
    let hessian = softmax.hessian().unwrap();
    for k in 0..theta.len() {
        let shifted = |by: f64| {
            let mut theta = theta.clone();
            theta[k] += by;
            softmax
                .with_theta(theta)
                .unwrap()
                .gradient()
                .unwrap()
                .to_vec()
        };
        let (right, left) = (shifted(1e-5), shifted(-1e-5));
        for l in 0..theta.len() {
            let difference = (right[l] - left[l]) / 2e-5;
            assert!((difference - hessian[(k, l)]).abs() < 1e-7, "{k} {l}");
        }
    }
}

/// What `evaluate` writes is a policy again: the same one.
#[test]
fn a_report_holds_the_controller() {
    let policies = [
        "{parametrization: observation, theta: {(start): {go: 1, turn: 0}, wall: {go: 0, turn: 2}, gap: {go: 0.1, turn: 0}}}",
        "{parametrization: observation, laws: simplex, mix: {uniform: 1/4}, probabilities: {(start): go, wall: turn, gap: {go: 1/3, turn: 2/3}}}",
        "{parametrization: controller, nodes: 2, start: 1, acts_on: observation}",
        "{parametrization: controller, nodes: 2, mix: {uniform: 1/2}, probabilities: {actions: {0: {go: 1/3, turn: 2/3}, 1: {go: 1/2, turn: 1/2}}}}",
    ];
    for policy in policies {
        let model = seen_by(MAZE, policy);
        for numbers in [Numbers::Float, Numbers::Exact] {
            if numbers == Numbers::Exact && policy.contains("theta") {
                continue; // exp of fractions is none
            }
            let mut request = study::EvaluateRequest::default();
            request.setting.numbers = numbers;
            request.setting.policy = policy.parse().unwrap();
            let report = study::evaluate(&model, &request, &Notes::default()).unwrap();
            let mut json = Vec::new();
            exact_mdp::report::json::write(&report.entries(), &mut json).unwrap();
            let json = String::from_utf8(json).unwrap();
            let (of, nodes) = (
                model.space().sight().unwrap(),
                load::controller_nodes(&json),
            );
            assert_eq!(nodes.map(NonZeroU32::get), Some(of.nodes()), "{json}");
            let again = specification(&model, &json);
            let first = specification(&model, policy);
            assert_eq!(again.controller, first.controller);
            let made =
                |s: &Specification| Policy::<f64>::from_specification(model.space(), s).unwrap();
            let (again, first) = (made(&again), made(&first));
            assert_eq!(again.labels(), first.labels());
            for (x, y) in again.probabilities().iter().zip(first.probabilities()) {
                assert!((x - y).abs() < 1e-15, "{policy} {json}");
            }
        }
    }
}

#[test]
fn a_file_says_how_many_nodes_there_are() {
    let own = format!("{MAZE}policy: {{parametrization: controller, nodes: 2, start: 0}}\n");
    let model = Model::parse("m.yaml", &own).unwrap();
    assert_eq!(model.space().sight().unwrap().nodes(), 2);
    assert_eq!(model.policy().unwrap().controller.unwrap().start, Some(0));
    // a policy in its place, of another number of nodes
    let other = seen_by(&own, "{parametrization: observation}");
    assert_eq!(other.space().sight().unwrap().nodes(), 1);
    assert_eq!(other.policy(), Some(&Specification::of_controller(1)));
    let flag = |nodes, controller| Overrides {
        nodes: NonZeroU32::new(nodes),
        controller: NonZeroU32::new(controller),
        ..Overrides::default()
    };
    let said = |text: &str, overrides: &Overrides| {
        Model::parse_with("m.yaml", text, overrides)
            .unwrap_err()
            .plain()
    };
    assert!(
        said(&own, &flag(3, 0))
            .contains("Overrides::nodes says 3, and the policy is a controller of 2")
    );
    assert!(said(MAZE, &flag(3, 2)).contains("leave Overrides::nodes out"));
    assert!(Model::parse_with("m.yaml", &own, &flag(2, 0)).is_ok());
}

#[test]
fn what_is_wrong_is_said_with_its_mend() {
    let model = seen_by(MAZE, "{parametrization: controller, nodes: 2}");
    let said = |policy: &str| {
        load::parse_policy("p", policy, model.space())
            .unwrap_err()
            .plain()
    };
    for (policy, says) in [
        ("{parametrization: controller}", "needs `nodes`"),
        ("{parametrization: controller, nodes: 0}", "at least 1"),
        (
            "{parametrization: controller, nodes: 3}",
            "the model is seen by 2",
        ),
        ("{parametrization: observation}", "the model is seen by 2"),
        (
            "{parametrization: controller, nodes: 2, start: 2}",
            "below `nodes`",
        ),
        (
            "{parametrization: controller, nodes: 2, acts_on: nothing}",
            "node",
        ),
        (
            "{parametrization: controller, nodes: 2, laws: direct}",
            "simplex",
        ),
        (
            "{parametrization: controller, nodes: 2, theta: [1, 2]}",
            "instead of 14",
        ),
        (
            "{parametrization: controller, nodes: 2, theta: {action: {}}}",
            "actions",
        ),
        (
            "{parametrization: controller, nodes: 2, theta: {actions: {0: {go: 1, turn: 2}}}}",
            "action[1,go]",
        ),
        (
            "{parametrization: controller, nodes: 2, theta: {actions: {2: {go: 1}}}}",
            "`2`",
        ),
        (
            "{parametrization: controller, nodes: 2, probabilities: {successors: {0: {wal: 0}}}}",
            "wall",
        ),
        (
            "{parametrization: controller, nodes: 2, probabilities: {start: {0: 1/2, 1: 1/3}}}",
            "5/6",
        ),
        (
            "{parametrization: controller, nodes: 2, probabilities: {start: {0: 3/2, 1: -1/2}}}",
            "below 0",
        ),
        (
            "{parametrization: controller, nodes: 2, probabilities: {start: 1}}",
            "`laws: simplex`",
        ),
        (
            "{parametrization: controller, nodes: 2, temperature: 2}",
            "does not take `temperature`",
        ),
    ] {
        let words = said(policy);
        assert!(words.contains(says), "{policy}\n{words}");
    }
    // of a number that is none the model is made all the same, to say so
    for nodes in ["0", "-1", "3/2", "two", "[2]", "99999999999", ""] {
        let policy = format!("{{parametrization: controller, nodes: {nodes}}}");
        let model = seen_by(MAZE, &policy);
        let words = load::parse_policy("p", &policy, model.space());
        let words = words.unwrap_err().plain();
        assert!(
            words.contains("a whole number of nodes, at least 1"),
            "{words}"
        );
        let own = format!("{MAZE}policy: {policy}\n");
        let words = Model::parse("m.yaml", &own).unwrap_err().plain();
        assert!(
            words.contains("a whole number of nodes, at least 1"),
            "{words}"
        );
    }
    let plain = Model::parse("m", exact_mdp::bundled::text("two-state").unwrap()).unwrap();
    let words = load::parse_policy("p", "{parametrization: observation}", plain.space());
    let words = words.unwrap_err().plain();
    assert!(words.contains("`observations`"), "{words}");
}

/// The best of several starts is no worse than each, and every one is listed.
#[test]
fn restarts_find_the_better_hill() {
    let model = seen_by(TIGER, "{parametrization: controller, nodes: 2}");
    let mut request = study::AscendRequest {
        restarts: Some(3),
        ..study::AscendRequest::default()
    };
    request.setting.policy = "{parametrization: controller, nodes: 2}".parse().unwrap();
    request.options.iterations = 15;
    let found = study::ascend(&model, &request, &Notes::default()).unwrap();
    let report = found.report.unwrap();
    let starts = &report.first.restarts;
    let names: Vec<&str> = starts.iter().map(|start| start.start.as_str()).collect();
    assert_eq!(names, ["given", "random:1", "random:2", "random:3"]);
    let ends: Vec<f64> = starts.iter().map(|start| start.j.unwrap().1).collect();
    let best = ends.iter().copied().fold(f64::MIN, f64::max);
    assert_eq!(report.first.j.value(), Some(best));
    assert!(best > starts[0].j.unwrap().0);
    // the head is the policy of the best
    let theta = report.head.policy.theta.as_deref().unwrap();
    assert_eq!(theta, &report.first.theta[..]);
    // each start is one that a name repeats
    request.restarts = None;
    request.setting.policy = "random:2".parse().unwrap();
    let alone = study::ascend(&model, &request, &Notes::default()).unwrap();
    assert_eq!(alone.report.unwrap().first.j.value(), Some(ends[2]));
    // costs, from every parametrization
    let text = exact_mdp::bundled::text("two-state").unwrap();
    for kind in ["softmax", "direct", "simplex", "escort"] {
        let costs = Model::parse("m", &format!("{text}objective: minimize\n")).unwrap();
        request.setting.policy = format!("{{parametrization: {kind}}}").parse().unwrap();
        request.restarts = Some(2);
        let report = study::ascend(&costs, &request, &Notes::default())
            .unwrap()
            .report
            .unwrap();
        let ends = report.first.restarts.iter().map(|start| start.j.unwrap().1);
        assert_eq!(report.first.j.value(), ends.reduce(f64::min), "{kind}");
    }
    request.repeats = Some(2);
    request.methods = vec![exact_mdp::ascent::AscentMethod::Reinforce];
    let refused = study::ascend(&model, &request, &Notes::default()).unwrap_err();
    assert!(refused.to_string().contains("repeats"), "{refused}");
}

/// A list goes by what is seen and done in its own file: laid upon another order it would be another policy.
#[test]
fn a_list_in_the_file_of_another_model_goes_by_its_order() {
    let model = seen_by(TIGER, "{parametrization: observation}");
    let list = "policy: {parametrization: observation, theta: [1, 2, 3, 4, 5, 6, 7, 8, 9]}\n";
    let theta = |file: &str| {
        let read = load::parse_policy("p.yaml", file, model.space());
        read.map(|(found, _)| found.theta)
            .map_err(|errors| errors.plain())
    };
    let own: Vec<Number> = (1..=9).filter_map(|k| Number::ratio(k, 1)).collect();
    assert_eq!(theta(&format!("{TIGER}{list}")), Ok(Some(own)));
    let other = TIGER.replace(
        "[listen, open-left, open-right]",
        "[open-left, listen, open-right]",
    );
    let why = theta(&format!("{other}{list}")).expect_err("other actions");
    assert!(
        why.contains("has `open-left` where the model has `listen`"),
        "{why}"
    );
    let other = TIGER.replace(
        "hear-left: 0.85, hear-right: 0.15",
        "hear-right: 0.15, hear-left: 0.85",
    );
    let why = theta(&format!("{other}{list}")).expect_err("other observations");
    assert!(
        why.contains("has `hear-right` where the model has `hear-left`"),
        "{why}"
    );
}
