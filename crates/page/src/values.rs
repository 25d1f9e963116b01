//! The policy and what it is worth: v, occupancy, π, q and advantage.

use exact_mdp::mdp::GridLayout;
use exact_mdp::model::Objective;
use exact_mdp::report::{EvaluationReport, Quantity};
use maud::{Markup, html};

use super::{Subject, parts};
use exact_mdp_pictures::bars::{Bars, Row};
use exact_mdp_pictures::direction::Direction;
use exact_mdp_pictures::letters::Letters;
use exact_mdp_pictures::matrix::Matrix;
use exact_mdp_pictures::pairs::{self, ROWS};
use exact_mdp_pictures::quarters::Quarters;
use exact_mdp_pictures::scale::Scale;
use exact_mdp_pictures::states::{MARKS, States};
use exact_mdp_pictures::studies::{self, GREATEST};
use exact_mdp_pictures::{Picture, digits};

/// Up to so many pairs each has a mark of its own.
const PAIRS: usize = 400;

/// The section.
pub fn section(subject: &Subject) -> Markup {
    let report = &subject.evaluation;
    let letters = Letters::of(report);
    let body = html! {
        p class="units" { (letters.units) }
        (parts::figures(html! {
            (value(subject))
            (occupancy(subject))
            @if let Some(gain) = &report.gain { (of_states(subject, "Gain", "g(s)", "evaluate/gain", gain, report.j_error)) }
            @if let Some(policy) = policy(subject) { (parts::figure(&policy, "Policy", "π(a|s), the probability of every action")) }
            (advantage(subject))
            @if let Some(times) = by_time(subject) { (parts::figure(&times, "Values by time", "vₜ(s), from the first step to the last")) }
        }))
    };
    parts::section("values", "The policy and its values", body)
}

fn value(subject: &Subject) -> Markup {
    let picture = studies::values(&subject.scene, &subject.evaluation);

    let heading = if subject.evaluation.gain.is_some() {
        "Bias"
    } else {
        "Value"
    };
    let drawn = |grid: &GridLayout| grid.state.len() <= MARKS;
    let note = if subject.scene.grid().is_some_and(drawn) {
        "and the policy: arrows as long as an action is probable; a corner marks a start"
    } else {
        ""
    };
    parts::figure(&picture, heading, note)
}

fn of_states(
    subject: &Subject,
    heading: &str,
    letter: &str,
    source: &str,
    values: &[Quantity],
    error: Option<f64>,
) -> Markup {
    let states = States {
        scene: &subject.scene,
        letter,
        source,
        values,
        scale: Scale::of_signed(values.iter().filter_map(Quantity::value), error),
        policy: None,
    };
    parts::figure(&states.draw(), heading, "")
}

fn occupancy(subject: &Subject) -> Markup {
    let values = &subject.evaluation.occupancy;
    let states = States {
        scene: &subject.scene,
        letter: "ρ(s)",
        source: "evaluate/occupancy",
        values,
        scale: Scale::of_visits(values.iter().filter_map(Quantity::value)),
        policy: None,
    };
    let note = if subject.evaluation.gain.is_some() {
        "the long-run share of time in every state"
    } else {
        "the expected (discounted) visits of every state"
    };
    parts::figure(&states.draw(), "Occupancy", note)
}

/// π as a matrix, where no map shows it.
fn policy(subject: &Subject) -> Option<Picture> {
    let probabilities = &subject.evaluation.head.policy.probabilities;
    if is_mapped(subject) {
        return None;
    }
    let source = "evaluate/policy/probabilities";
    pairs::matrix(
        &subject.scene,
        "π(a|s)",
        source,
        probabilities,
        pairs::PROBABILITIES,
    )
}

/// The advantage of every action: on a map in quarters, else as a matrix, else the greatest.
fn advantage(subject: &Subject) -> Markup {
    let report = &subject.evaluation;
    let values = &report.advantage;
    let scale = Scale::of_signed(
        values.iter().filter_map(Quantity::value),
        report.advantage_error,
    );
    let (letter, source) = ("A(s,a)", "evaluate/advantage");
    let mapped = subject.scene.grid().filter(|_| is_mapped(subject));
    let picture = match mapped {
        Some(layout) if values.len() <= 2 * PAIRS => {
            let states = States {
                scene: &subject.scene,
                letter,
                source,
                values: &report.v,
                scale,
                policy: None,
            };
            Some(
                Quarters {
                    states,
                    layout,
                    values,
                }
                .draw(),
            )
        }
        _ => pairs::matrix(&subject.scene, letter, source, values, scale),
    };
    let letters = Letters::of(report);
    let is = format!("A(s,a) = {} − {}", letters.q, letters.v);
    match (picture, costs(report)) {
        (Some(picture), costs) => {
            let meaning = if costs {
                "what an action costs more than the policy"
            } else {
                "what an action is better than the policy"
            };
            parts::figure(&picture, "Advantage", &format!("{is}: {meaning}"))
        }
        (None, costs) => {
            let which = if costs {
                "the best actions of all, which cost least"
            } else {
                "the largest of all"
            };
            let best = best(subject, report, values);
            parts::figure(&best, "Advantage", &format!("{which}; {is}"))
        }
    }
}

/// Whether J is to be small.
fn costs(report: &EvaluationReport) -> bool {
    report.head.criterion.objective == Objective::Minimize
}

/// Whether the actions are directions on a map.
fn is_mapped(subject: &Subject) -> bool {
    let mut names = subject.scene.space.action_names().iter();
    subject.scene.grid().is_some() && names.all(|name| Direction::of(&name).is_some())
}

/// The pairs with the best numbers: the largest, of costs the smallest.
fn best(subject: &Subject, report: &EvaluationReport, values: &[Quantity]) -> Picture {
    let space = &subject.scene.space;
    let scale = Scale::of_signed(
        values.iter().filter_map(Quantity::value),
        report.advantage_error,
    );
    let seen = |pair: usize| scale.seen(&values[pair]);
    let sign = report.head.criterion.objective.sign();
    let value = |pair: usize| values[pair].value().map_or(f64::NEG_INFINITY, |x| sign * x);
    let size = if costs(report) { "smallest" } else { "largest" };
    let mut pairs: Vec<usize> = (0..report.advantage.len()).collect();
    pairs.sort_by(|&a, &b| value(b).total_cmp(&value(a)));
    let row = |&pair: &usize| {
        let (state, action) = space.pair_names(pair);
        Row {
            state: Some(space.state_of(pair)),
            index: pair,
            name: format!("{state}, {action}"),
            value: seen(pair),
            error: None,
            title: format!("{state}, {action}: A(s,a) = {}", digits(&values[pair])),
        }
    };
    let bars = Bars {
        title: format!("the {size} advantages"),
        source: "evaluate/advantage".to_string(),
        axis: format!(
            "A(s,a), the {size} {} of {}",
            GREATEST.min(pairs.len()),
            pairs.len()
        ),
        rows: pairs.iter().take(GREATEST).map(row).collect(),
    };
    bars.draw()
}

/// v at every time of a horizon.
fn by_time(subject: &Subject) -> Option<Picture> {
    const TIMES: usize = 30;
    let times = subject.evaluation.v_by_time.as_ref()?;
    let states = subject.scene.space.states();
    if states > ROWS || times.len() > TIMES {
        return None;
    }
    let values = times.iter().flatten().filter_map(Quantity::value);
    let entry = |state: usize, time: usize| Some((time * states + state, &times[time][state]));
    let matrix = Matrix {
        title: "the value of every state at every time".to_string(),
        source: "evaluate/v_by_time",
        letter: "vₜ(s)",
        rows: (0..states)
            .map(|s| (Some(s), subject.scene.name(s).into_owned()))
            .collect(),
        is_square: false,
        columns: (0..times.len()).map(|time| format!("t = {time}")).collect(),
        entry: &entry,
        scale: Scale::of_signed(values, subject.evaluation.value_error),
    };
    Some(matrix.draw())
}
