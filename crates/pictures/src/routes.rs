//! How far the routes to ∇J are apart.

use exact_mdp::gradient::Route;
use exact_mdp::report::{GradientReport, Quantity, RouteReport};

use super::dots::{Dot, Dots, Row};
use super::scale::Kind;
use super::studies::GREATEST;
use super::{Picture, float, headed};

/// The largest difference of an entry by any route from that of the adjoint.
pub fn error(report: &GradientReport, k: usize) -> Option<f64> {
    let own = report.gradient[k].value()?;
    let apart = |route: &RouteReport| Some((route.gradient.as_ref()?.get(k)?.value()? - own).abs());
    report.routes.iter().filter_map(apart).reduce(f64::max)
}

/// The largest difference of a route from the adjoint in any entry.
fn apart(report: &GradientReport, route: &RouteReport) -> Option<f64> {
    let entries = route.gradient.as_ref()?.iter().zip(&report.gradient);
    let apart = entries.filter_map(|(a, b)| Some((a.value()? - b.value()?).abs()));
    apart.reduce(f64::max)
}

/// Each route's largest difference from the adjoint, with what can account for it, on a logarithmic axis:
/// at the scale of ∇J it could not be seen.
pub fn draw(report: &GradientReport) -> Option<Picture> {
    let bounds = report.finite_difference_error_bound.as_ref();
    let bound =
        bounds.and_then(|bounds| bounds.iter().filter_map(Quantity::value).reduce(f64::max));
    let dot = |series: usize, value: f64, words: &str, route: &RouteReport| Dot {
        series,
        value,
        error: None,
        title: format!("{}: {words} = {}", route.route.name(), float(value)),
    };
    let row = |(number, route): (usize, &RouteReport)| {
        let found = apart(report, route);
        let found = found.map(|x| dot(0, x, "largest difference from the adjoint", route));
        let bound = bound.filter(|_| route.route == Route::FiniteDifference && found.is_some());
        let bound = bound.map(|x| dot(1, x, "bound on its own error", route));
        Row {
            name: route.route.name().to_string(),
            number: number + 1,
            dots: found.into_iter().chain(bound).collect(),
            words: route.absent.unwrap_or("not computed").to_string(),
        }
    };
    let rows: Vec<Row> = report
        .routes
        .iter()
        .filter(|r| r.route != Route::Adjoint)
        .enumerate()
        .map(row)
        .collect();
    let mut series = vec!["largest difference from the adjoint in any entry".to_string()];
    series.extend(bound.map(|_| "bound on the error of finite differences".to_string()));
    let tolerance = report.tolerance.value().filter(|x| *x > 0.0);
    let level = tolerance.map(|x| ("what rounding can account for".to_string(), x));
    let is_drawn = rows.iter().any(|row| !row.dots.is_empty());
    let dots = Dots {
        title: "how far the routes to the gradient are apart".into(),
        axis: (
            "reward per unit of θ (log; 0 is at the left end)".into(),
            Kind::Logarithmic,
        ),
        series,
        rows,
        shaded: None,
        levels: level.into_iter().collect(),
    };
    is_drawn.then(|| headed("The routes to ∇J", dots.draw()))
}

/// The evolution strategy with its standard errors beside ∇J.
pub fn evolution(report: &GradientReport) -> Option<Picture> {
    let found = report.evolution.as_ref()?;
    let labels = &report.head.policy.parameters;
    let size = |k: usize| report.gradient[k].value().map_or(0.0, f64::abs);
    let mut order: Vec<usize> = (0..labels.len()).collect();
    order.sort_by(|&a, &b| size(b).total_cmp(&size(a)));
    let dot = |series: usize, k: usize, value: f64, error: Option<f64>, words: &str| Dot {
        series,
        value,
        error,
        title: format!("{}: {words} = {}", labels[k], float(value)),
    };
    let row = |&k: &usize| {
        let exact = report.gradient[k]
            .value()
            .map(|x| dot(0, k, x, None, "∂J/∂θ"));
        let error = found.standard_error.get(k).and_then(Quantity::value);
        let mean = found.mean.get(k).and_then(Quantity::value);
        let mean = mean.map(|x| {
            let words = error.map_or("evolution".to_string(), |e| {
                format!("evolution (standard error {})", float(e))
            });
            dot(1, k, x, error, &words)
        });
        Row {
            name: labels[k].clone(),
            number: k + 1,
            dots: exact.into_iter().chain(mean).collect(),
            words: String::new(),
        }
    };
    let dots = Dots {
        title: "the evolution strategy beside the gradient".into(),
        axis: ("∂J/∂θ".into(), Kind::Linear),
        series: vec![
            "∂J/∂θ, exact".into(),
            format!("evolution, {} pairs, ± standard error", found.samples),
        ],
        rows: order.iter().take(GREATEST).map(row).collect(),
        shaded: None,
        levels: Vec::new(),
    };
    (!labels.is_empty()).then(|| headed("The evolution strategy", dots.draw()))
}
