//! J and the gap J* − J against the iteration, and the policies at the end.

use std::sync::Arc;

use exact_mdp::mdp::Mdp;
use exact_mdp::model::Objective;
use exact_mdp::policy;
use exact_mdp::report::{AscentReport, Quantity, RunReport};
use exact_mdp::solved::Solved;

use super::curves::{Curve, Curves, Level};
use super::scale::{Kind, Scale};
use super::states::{Policy, States};
use super::{Picture, Scene, headed, numerals, pairs, short, stacked, tiled};

/// About so many points of a path are drawn.
const POINTS: f64 = 400.0;
/// A path that falls below the start by more than this many times what others gain leaves the
/// picture.
const FALL: f64 = 1.0;

/// So many of the last policies are drawn.
const ENDS: usize = 8;
/// Larger models would take long to evaluate once more.
const STATES: usize = 2_000;

/// J above, the gap below, then the last policies beside each other.
pub fn draw(mdp: &Arc<Mdp>, report: &AscentReport) -> Picture {
    let mut parts = vec![curves(report)];
    let ends = ends(mdp, report);
    if !ends.is_empty() {
        let all = report.runs().count();
        let which = if all > ends.len() {
            format!(" of the first {} of {all}", ends.len())
        } else {
            String::new()
        };
        let words = format!("Where they end: the last policies{which}");
        parts.push(headed(&words, tiled(words.clone(), ends, 2)));
    }
    stacked(format!("{}: ascent of J", report.head.model), parts)
}

/// The last policy of each run with its values.
fn ends(mdp: &Arc<Mdp>, report: &AscentReport) -> Vec<Picture> {
    let scene = Scene::new(mdp);
    if mdp.states() > STATES {
        return Vec::new();
    }
    let drawn = report.runs().enumerate().filter_map(|(i, run)| {
        let which = match &run.repeats {
            Some(repeats) => format!(", the first of {} runs", repeats.count),
            None => String::new(),
        };
        let words = format!("{}{which}: J = {}", run.label(), numerals::short(&run.j, 5));
        let source = format!("ascend/ends/{i}");
        let picture = end(
            mdp,
            &scene,
            &run.probabilities,
            &source,
            report.head.criterion.objective,
        )?;
        Some(headed(&words, picture))
    });
    drawn.take(ENDS).collect()
}

/// A policy: on a map with its values, else as a matrix.
fn end(
    mdp: &Arc<Mdp>,
    scene: &Scene,
    probabilities: &[Quantity],
    source: &str,
    objective: Objective,
) -> Option<Picture> {
    if scene.grid().is_none() {
        return pairs::matrix(scene, "π(a|s)", source, probabilities, pairs::PROBABILITIES);
    }
    let weights: Option<Vec<f64>> = probabilities.iter().map(Quantity::value).collect();
    let policy = policy::Policy::simplex(mdp.space(), weights?).ok()?;
    let solved = Solved::new(Arc::clone(mdp), Arc::new(policy)).ok()?;
    let sign = objective.sign();
    let v: Vec<Quantity> = solved.v().iter().map(|v| (sign * v).into()).collect();
    let states = States {
        scene,
        letter: "v(s)",
        source,
        values: &v,
        scale: Scale::of_signed(v.iter().filter_map(Quantity::value), None),
        policy: Some(Policy {
            probabilities,
            source,
        }),
    };
    Some(states.draw())
}

/// J above, the gap below; the horizontal axis counts from 1, since it is logarithmic.
fn curves(report: &AscentReport) -> Picture {
    let title = format!("{}: ascent of J", report.head.model);
    let mut parts = vec![values(report).draw()];
    if let Some(optimal) = report.j_optimal.value() {
        let sign = report.head.criterion.objective.sign();
        let gap = |j: f64| sign * (optimal - j);
        let curves = Curves {
            title: "the gap to the optimum against the iteration".into(),
            x: ("iteration (the start is 1)".into(), Kind::Logarithmic),
            y: (
                if sign < 0.0 { "J − J*" } else { "J* − J" }.into(),
                Kind::Logarithmic,
            ),
            curves: report
                .runs()
                .map(|run| down_to_sight(curve(run, &gap)))
                .collect(),
            levels: Vec::new(),
            window: (f64::NEG_INFINITY, f64::INFINITY),
        };
        // rounding is no gap
        if curves
            .curves
            .iter()
            .any(|curve| curve.points.iter().any(|p| p.1 > 0.0))
        {
            parts.push(curves.draw());
        }
    }
    stacked(title, parts)
}

/// The curve with a band that ends where it would be far below the curve itself: a run that is at the
/// optimum has no gap, which a logarithmic axis does not have.
fn down_to_sight(curve: Curve) -> Curve {
    const DEEP: f64 = 30.0;
    let gaps = curve.points.iter().map(|point| point.1);
    let least = gaps.filter(|gap| *gap > 0.0).fold(f64::INFINITY, f64::min) / DEEP;
    let is_cut = curve.band.iter().any(|(_, low, _)| *low < least);
    let words = if is_cut {
        " (the range goes on below)"
    } else {
        ""
    };
    let band = curve.band.iter();
    Curve {
        name: format!("{}{words}", curve.name),
        band: band
            .map(|&(x, low, high)| (x, low.max(least), high.max(least)))
            .collect(),
        ..curve
    }
}

/// What J stands for.
fn letter(report: &AscentReport) -> String {
    match (&report.risk, report.entropy) {
        (Some(risk), _) => format!("J: the criterion {risk}"),
        (None, Some(alpha)) => {
            format!("J with {alpha} times the entropy of the policy in every reward")
        }
        (None, None) => "J".to_string(),
    }
}

fn values(report: &AscentReport) -> Curves {
    let optimal = report.j_optimal.value();
    let optimal = optimal.map(|j| Level::from(("J*".to_string(), j)));
    let class = report.j_class.as_ref().and_then(|j| j.value());
    let class = class.map(|j| ("the best found in the class".to_string(), j).into());
    let window = window(report);
    let named = |run: &RunReport| {
        let curve = curve(run, &|j| j);
        let beyond = curve
            .points
            .iter()
            .find(|p| p.1 < window.0 || p.1 > window.1);
        let name = match beyond {
            Some(_) => format!(
                "{} (leaves the picture; ends at {})",
                curve.name,
                short(run.last().j, 3)
            ),
            None => curve.name.clone(),
        };
        Curve { name, ..curve }
    };
    Curves {
        title: "J against the iteration".into(),
        x: ("iteration (the start is 1)".into(), Kind::Logarithmic),
        y: (letter(report), Kind::Linear),
        curves: report.runs().map(named).collect(),
        levels: optimal.into_iter().chain(class).collect(),
        window,
    }
}

/// What of J is shown: from somewhat behind the start to the optimum.
fn window(report: &AscentReport) -> (f64, f64) {
    let minimized = report.head.criterion.objective == Objective::Minimize;
    let starts = report.runs().filter_map(|run| run.trace.first());
    let start = starts
        .map(|step| step.j)
        .reduce(if minimized { f64::max } else { f64::min });
    let best = if minimized { f64::min } else { f64::max };
    let reached = report
        .runs()
        .flat_map(|run| run.trace.iter().map(|step| step.j));
    let reached = reached.filter(|j| j.is_finite()).reduce(best);
    let (Some(start), Some(reached)) = (start, reached) else {
        return (f64::NEG_INFINITY, f64::INFINITY);
    };
    let end = report
        .j_optimal
        .value()
        .map_or(reached, |j| best(j, reached));
    let far = start - FALL * (end - start);
    if minimized {
        (f64::NEG_INFINITY, far)
    } else {
        (far, f64::INFINITY)
    }
}

/// A number of every J of a path, thinned evenly on the logarithmic axis: of the mean, with a band of
/// all runs, if it was repeated.
fn curve(run: &RunReport, number: &dyn Fn(f64) -> f64) -> Curve {
    let spacing = ((run.trace.len() + 1) as f64).ln() / POINTS;
    let last = run.last().iteration;
    let mut next = f64::NEG_INFINITY;
    let (mut points, mut band) = (Vec::new(), Vec::new());
    for (k, step) in run.trace.iter().enumerate() {
        let x = (step.iteration + 1) as f64;
        if x.ln() < next && step.iteration != last {
            continue;
        }
        next = x.ln() + spacing;
        match &run.repeats {
            Some(repeats) => {
                let ends = [repeats.least_j[k], repeats.greatest_j[k]].map(number);
                points.push((x, number(repeats.mean_j[k])));
                band.push((x, ends[0].min(ends[1]), ends[0].max(ends[1])));
            }
            None => points.push((x, number(step.j))),
        }
    }
    let name = match &run.repeats {
        Some(repeats) => format!("{}, mean and range of {} runs", run.label(), repeats.count),
        None => run.label(),
    };
    Curve {
        name,
        points,
        band,
        marks: Vec::new(),
    }
}
