//! Two policies: J along the line between them, what each action contributes, where the values change.

use exact_mdp::report::{BetweenReport, LineReport, Quantity};

use super::bars::{Bars, Row};
use super::curves::{Curve, Curves};
use super::scale::{Kind, Scale};
use super::states::{Policy, States};
use super::studies::GREATEST;
use super::{Picture, Scene, digits, headed, pairs, tiled};

/// All of it, two pictures in a row. `scene` is that of the model as given: a horizon is unrolled in time
/// in the report, and its states are not drawn.
pub fn draw(scene: &Scene, report: &BetweenReport) -> Picture {
    let [from, to] = names(report);
    let line = report
        .line
        .iter()
        .flat_map(|line| along(line, [&from, &to], report.in_parameters));
    let mut parts: Vec<Picture> = line.collect();
    parts.push(headed(
        "What J changes by, pair by pair",
        contributions(report),
    ));
    if report.v_difference.len() == scene.space.states() {
        parts.push(headed("Where values change", values(scene, report)));
        parts.extend(policies(scene, report, [&from, &to]));
    }
    let words = format!("{}: from {from} to {to}", report.head.model);
    headed(&words, tiled(words.clone(), parts, 2))
}

/// π and π' with what they are worth.
fn names(report: &BetweenReport) -> [String; 2] {
    [("π", &report.j), ("π'", &report.j_to)].map(|(name, j)| format!("{name} (J = {})", short(j)))
}

fn short(x: &Quantity) -> String {
    super::numerals::short(x, 4)
}

/// J and dJ/dx along the line.
fn along(line: &LineReport, [from, to]: [&str; 2], in_parameters: bool) -> Vec<Picture> {
    let along = if in_parameters {
        "x of (1 − x) θ + x θ'"
    } else {
        "x of (1 − x) π + x π'"
    };
    let points = |y: &[Quantity]| -> Vec<(f64, f64)> {
        let points = line.x.iter().zip(y);
        points
            .filter_map(|(x, y)| Some((x.value()?, y.value()?)))
            .collect()
    };
    let turns: Vec<String> = line
        .turns
        .iter()
        .map(|(low, high, is_top)| {
            let kind = if *is_top { "largest" } else { "least" };
            format!("J is {kind} between x = {} and {}", short(low), short(high))
        })
        .collect();
    let curves = |words: &str, letter: &str, y: &[Quantity]| {
        let picture = Curves {
            title: format!("{words} along the line from {from} to {to}"),
            x: (along.into(), Kind::Linear),
            y: (letter.to_string(), Kind::Linear),
            curves: vec![Curve {
                name: format!("{letter}, exact at the marks"),
                points: points(y),
                band: Vec::new(),
                marks: points(y),
            }],
            levels: Vec::new(),
            window: (f64::NEG_INFINITY, f64::INFINITY),
        };
        headed(
            &format!("{words} along the line from π to π'"),
            super::noted(picture.draw(), if letter == "J" { &turns } else { &[] }),
        )
    };
    vec![
        curves("J", "J", &line.j),
        curves("The slope", "dJ/dx", &line.slope),
    ]
}

/// ρ'(s,a) A(s,a): the largest.
fn contributions(report: &BetweenReport) -> Picture {
    let space = &report.head.space;
    let size = |pair: usize| report.contributions[pair].value().map_or(0.0, f64::abs);
    let mut order: Vec<usize> = (0..report.contributions.len()).collect();
    order.sort_by(|&a, &b| size(b).total_cmp(&size(a)));
    let all = order.len();
    // a pair that contributes nothing says nothing, unless none does
    let some = order.iter().filter(|&&pair| size(pair) > 0.0).count();
    order.truncate(some.clamp(1, GREATEST));
    let row = |&pair: &usize| {
        let (state, action) = space.pair_names(pair);
        let value = &report.contributions[pair];
        Row {
            state: Some(space.state_of(pair)),
            index: pair,
            name: format!("{state}, {action}"),
            value: value.clone(),
            error: None,
            title: format!("{state}, {action}: ρ'A = {}", digits(value)),
        }
    };
    let bars = Bars {
        title: "what every pair contributes to the difference of J".into(),
        source: "between/contributions".into(),
        axis: format!(
            "ρ'(s,a) A(s,a), {} of {all}; their sum is {}",
            order.len(),
            short(&report.difference)
        ),
        rows: order.iter().map(row).collect(),
    };
    bars.draw()
}

fn values(scene: &Scene, report: &BetweenReport) -> Picture {
    let states = States {
        scene,
        letter: "v' − v",
        source: "between/v_difference",
        values: &report.v_difference,
        scale: Scale::of_signed(
            report.v_difference.iter().filter_map(Quantity::value),
            report.v_difference_error,
        ),
        policy: Some(Policy {
            probabilities: &report.to.probabilities,
            source: "between/to/probabilities",
        }),
    };
    states.draw()
}

/// Both policies, where no map shows the one that is gone to.
fn policies(scene: &Scene, report: &BetweenReport, names: [&str; 2]) -> Vec<Picture> {
    if scene.grid().is_some() {
        return Vec::new();
    }
    let both = [(&report.head.policy, "policy"), (&report.to, "to")];
    let drawn = both
        .into_iter()
        .zip(names)
        .filter_map(|((policy, place), name)| {
            let source = format!("between/{place}/probabilities");
            let matrix = pairs::matrix(
                scene,
                "π(a|s)",
                &source,
                &policy.probabilities,
                pairs::PROBABILITIES,
            )?;
            Some(headed(name, matrix))
        });
    drawn.collect()
}
