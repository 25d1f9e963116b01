//! J and J* − J against the iteration.

use crate::plot::ink::{Picture, Undrawn};
use crate::plot::{self, Line, Panel};
use exact_mdp::ascent::Step;
use exact_mdp::report::{AscentReport, RunReport};

/// About so many points of a path are drawn.
const POINTS: f64 = 400.0;

/// J above, the gap below; the horizontal axis counts from 1, since it is logarithmic.
pub fn draw(report: &AscentReport, picture: Picture) -> Result<Vec<u8>, Undrawn> {
    let lines = |value: &dyn Fn(&Step) -> f64| -> Vec<Line> {
        report.runs().map(|run| line(run, value)).collect()
    };
    let mut panels = vec![Panel {
        axis: "J".to_string(),
        logarithmic: false,
        lines: lines(&|step| step.j),
    }];
    if let Some(optimal) = report.j_optimal.value() {
        panels.push(Panel {
            axis: "J* − J".to_string(),
            logarithmic: true,
            lines: lines(&|step| optimal - step.j),
        });
    }
    let title = format!("{}: ascent of J", report.head.model);
    plot::draw(picture, &title, "iteration (the start is 1)", &panels)
}

/// The points of a path, thinned evenly on the logarithmic axis.
fn line(run: &RunReport, value: &dyn Fn(&Step) -> f64) -> Line {
    let spacing = ((run.trace.len() + 1) as f64).ln() / POINTS;
    let last = run.last().iteration;
    let mut next = f64::NEG_INFINITY;
    let mut points = Vec::new();
    for step in &run.trace {
        let x = (step.iteration + 1) as f64;
        if x.ln() >= next || step.iteration == last {
            points.push((x, value(step)));
            next = x.ln() + spacing;
        }
    }
    Line {
        name: run.method.name().to_string(),
        points,
    }
}
