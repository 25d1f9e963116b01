//! The main picture of each study: v with the policy, v* with an optimal one, ∇J.

use exact_mdp::report::{
    ChainReport, ClassReport, DenseReport, EvaluationReport, GradientReport, Head, OptimumReport,
    Quantity,
};

use super::bars::{Bars, Row};
use super::graph::{self, Graph};
use super::matrix::Matrix;
use super::routes;
use super::scale::Scale;
use super::spectrum::Spectrum;
use super::states::{Policy, States};
use super::{Picture, Scene, digits, headed, stacked};
use crate::letters::Letters;

/// So many bars show the greatest of many.
pub const GREATEST: usize = 30;

/// The values of a policy, with the policy where there is a map.
pub fn values(scene: &Scene, report: &EvaluationReport) -> Picture {
    let letter = Letters::of(report).v;
    with_policy(
        scene,
        (letter, "evaluate"),
        &report.v,
        report.value_error,
        &report.head,
    )
}

/// The optimal values, with an optimal policy where there is a map.
pub fn optimum(scene: &Scene, report: &OptimumReport) -> Picture {
    let letter = match (&report.gain, &report.v_by_time) {
        (Some(_), _) => "h*(s)",
        (_, Some(_)) => "v₀*(s)",
        _ => "v*(s)",
    };
    with_policy(
        scene,
        (letter, "solve"),
        &report.v,
        report.rounding(),
        &report.head,
    )
}

/// The values and the policy of a command.
fn with_policy(
    scene: &Scene,
    (letter, command): (&str, &str),
    values: &[Quantity],
    error: Option<f64>,
    head: &Head,
) -> Picture {
    let states = States {
        scene,
        letter,
        source: &format!("{command}/v"),
        values,
        scale: Scale::of_signed(values.iter().filter_map(Quantity::value), error),
        policy: Some(Policy {
            probabilities: &head.policy.probabilities,
            source: &format!("{command}/policy/probabilities"),
        }),
    };
    states.draw()
}

/// The largest entries of ∇J, how far the routes to it are apart, and the Hessian and the Fisher matrix
/// where they were asked for.
pub fn gradient_with_matrices(report: &GradientReport) -> Vec<Picture> {
    let hessian = report.hessian.as_ref();
    let fisher = report.fisher.as_ref().and_then(Option::as_ref);
    let square = |words: &str, source, letter, matrix: &exact_mdp::report::Matrix, error| {
        let labels = &report.head.policy.parameters;
        let rows: Vec<Vec<Quantity>> = matrix.rows().take(MOST).collect();
        square(words, source, letter, labels, (&rows, error))
    };
    let error = report.hessian_error;
    let hessian =
        hessian.and_then(|x| square("the Hessian ∂²J/∂θ²", "gradient/hessian", "∂²J", x, error));
    let fisher =
        fisher.and_then(|x| square("the Fisher matrix F", "gradient/fisher", "F", x, None));
    let bars = Some(gradient(report));
    let parts = [
        bars,
        routes::draw(report),
        routes::evolution(report),
        hessian,
        fisher,
    ];
    parts.into_iter().flatten().collect()
}

/// Most rows of a matrix whose cells are large enough to see.
const MOST: usize = 64;

/// A matrix over the parameters, with a bound on what rounding has done to its entries if one is known; none where its
/// cells would be too small to see.
pub fn square(
    words: &str,
    source: &str,
    letter: &str,
    labels: &[String],
    (rows, error): (&[Vec<Quantity>], Option<f64>),
) -> Option<Picture> {
    if !(1..=MOST).contains(&labels.len()) {
        return None;
    }
    let entry = |row: usize, column: usize| Some((row * labels.len() + column, &rows[row][column]));
    let name = |label: &String| {
        let inside = label
            .strip_prefix("theta[")
            .and_then(|rest| rest.strip_suffix(']'));
        (None, inside.unwrap_or(label).to_string())
    };
    let matrix = Matrix {
        title: words.to_string(),
        source,
        letter,
        rows: labels.iter().map(name).collect(),
        is_square: true,
        columns: (1..=labels.len()).map(|k| k.to_string()).collect(),
        entry: &entry,
        scale: Scale::of_signed(rows.iter().flatten().filter_map(Quantity::value), error),
    };
    Some(headed(words, matrix.draw()))
}

/// The chain of a policy: its transitions by classes, and its eigenvalues. `None` where there are too many
/// states for the first and no eigenvalues were found for the second.
pub fn chain(scene: &Scene, report: &ChainReport) -> Option<Picture> {
    let dense = report.dense.as_ref();
    let graph = dense.filter(|_| report.stationary.len() < graph::MOST);
    let graph = graph.map(|dense| transitions(scene, report, dense).draw());
    let spectrum = dense.and_then(|dense| {
        let eigenvalues = dense.spectrum.as_ref()?;
        let eigenvalues: Vec<(f64, f64)> = eigenvalues
            .iter()
            .map(|z| (z.value.re, z.value.im))
            .collect();
        let spectrum = Spectrum {
            eigenvalues: &eigenvalues,
            subdominant: dense
                .subdominant(report.classes.len())
                .map(|(modulus, _)| modulus),
        };
        Some(headed("Spectrum of p^π", spectrum.draw()))
    });
    let words = format!("Transitions under the policy of {}", report.head.model);
    let graph = graph.map(|graph| headed(&words, graph));
    let pictures: Vec<Picture> = graph.into_iter().chain(spectrum).collect();
    let title = format!("the chain of a policy on {}", report.head.model);
    (!pictures.is_empty()).then(|| stacked(title, pictures))
}

fn transitions<'a>(scene: &'a Scene, report: &'a ChainReport, dense: &DenseReport) -> Graph<'a> {
    let rows = dense.transition.iter().enumerate();
    let edges = rows.flat_map(|(from, row)| {
        let cells = row.iter().enumerate();
        cells.filter_map(move |(to, p)| Some((from, to, p.value().filter(|p| *p > 0.0)?)))
    });
    let class = |state: usize| {
        let name = scene.name(state);
        let own = |class: &ClassReport| class.states.iter().any(|other| *other == name);
        report.classes.iter().position(own)
    };
    let classes: Vec<Option<usize>> = (0..report.stationary.len()).map(class).collect();
    Graph {
        states: States {
            scene,
            letter: "ρ₀P*",
            source: "chain/stationary",
            values: &report.stationary,
            scale: Scale::of_visits(report.stationary.iter().filter_map(Quantity::value)),
            policy: None,
        },
        edges: edges.collect(),
        recurrent: classes.iter().map(Option::is_some).collect(),
        classes: Some(classes),
    }
}

/// The largest entries of ∇J.
pub fn gradient(report: &GradientReport) -> Picture {
    let gradient = &report.gradient;
    let size = |k: usize| gradient[k].value().map_or(0.0, f64::abs);
    let mut order: Vec<usize> = (0..gradient.len()).collect();
    order.sort_by(|&a, &b| size(b).total_cmp(&size(a)));
    let labels = &report.head.policy.parameters;
    let space = &report.head.space;
    let one_each = labels.len() == space.pairs();
    let scale = Scale::of_signed(
        gradient.iter().filter_map(Quantity::value),
        report.gradient_error,
    );
    let row = |&k: &usize| Row {
        // a parameter of a pair belongs to its state
        state: one_each.then(|| space.state_of(k)),
        index: k,
        name: labels[k].clone(),
        value: scale.seen(&gradient[k]),
        error: routes::error(report, k),
        title: format!("∂J/∂θ of {} = {}", labels[k], digits(&gradient[k])),
    };
    let shown = GREATEST.min(order.len());
    let all = if shown == order.len() {
        format!("all {shown} parameters")
    } else {
        format!("the largest {shown} of {}", order.len())
    };
    let bars = Bars {
        title: "the entries of the gradient".to_string(),
        source: "gradient/gradient".to_string(),
        axis: format!("∂J/∂θ, {all}"),
        rows: order.iter().take(shown).map(row).collect(),
    };
    bars.draw()
}
