//! ‖X̄ − ∇J‖ against N, with the exact law of that error.

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::{ERRORS, TITLE, WIDTH, color, mark, write};
use crate::plot::ink::{Canvas, Ink, Undrawn};
use crate::plot::palette::{DASHES, number};
use exact_mdp::comparison::{BiasVerdict, Comparison, Convergence};
use exact_mdp::report::ComparisonReport;

/// Up to so many estimators that differ are drawn; the bars show all.
const SHOWN: usize = 6;
/// Width of the legend on the right, and of its lines.
const LEGEND: u32 = 290;
const SAMPLE: i32 = 44;
const LINE: i32 = 21;
/// Points of a smooth curve.
const POINTS: i32 = 30;
/// Sampled errors this far below every exact one are not drawn.
const DEEP: f64 = 30.0;

type Chart<'a, 'b> = ChartContext<
    'a,
    Ink<'b>,
    Cartesian2d<
        plotters::coord::combinators::LogCoord<f64>,
        plotters::coord::combinators::LogCoord<f64>,
    >,
>;

/// A curve with what its look depends on.
struct Curve<'a> {
    law: &'a Convergence,
    index: usize,
    biased: bool,
}

pub(super) fn draw(root: &Canvas, report: &ComparisonReport) -> Result<(), Undrawn> {
    let curves = curves(&report.comparison);
    let (_, panels) = root.split_vertically(TITLE);
    let (panel, _) = panels.split_vertically(ERRORS);
    let (panel, _) = panel.split_horizontally(WIDTH - LEGEND);
    let across = across(&curves, report.comparison.trajectories);
    let (low, high) = range(&curves, across);
    let mut chart = ChartBuilder::on(&panel)
        .margin(8)
        .x_label_area_size(46)
        .y_label_area_size(74)
        .build_cartesian_2d((across.0..across.1).log_scale(), (low..high).log_scale())?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(BLACK.mix(0.13))
        .axis_desc_style(("sans-serif", 14))
        .label_style(("sans-serif", 13))
        .x_desc("trajectories N")
        .y_desc("error ‖mean − ∇J‖₂ (reward per unit of θ)")
        .x_label_formatter(&|x| number(*x))
        .y_label_formatter(&|y| number(*y))
        .draw()?;
    let norm = norm(&report.comparison.gradient);
    let norm = Some(norm).filter(|norm| (low..high).contains(norm));
    if let Some(norm) = norm {
        let ends = [(across.0, norm), (across.1, norm)];
        chart.draw_series(LineSeries::new(ends, BLACK.mix(0.45).stroke_width(1)))?;
    }
    for curve in &curves {
        band(&mut chart, curve, across, (low, high))?;
    }
    for curve in &curves {
        lines(&mut chart, curve, across, (low, high))?;
    }
    for curve in &curves {
        let points = curve.law.errors.iter().map(|&(n, error)| (n as f64, error));
        for point in points.filter(|(_, error)| (low..high).contains(error)) {
            mark(root, curve.index, chart.backend_coord(&point))?;
        }
    }
    legend(root, &curves, norm, report.comparison.convergence.len())
}

fn curves(comparison: &Comparison) -> Vec<Curve<'_>> {
    let all = comparison.convergence.iter().enumerate();
    // of several with one law the first: the others would lie on its line
    let first = |&(i, law): &(usize, &Convergence)| {
        let near = |a: f64, b: f64| (a - b).abs() <= 1e-9 * a.abs().max(b.abs());
        let is_same = |other: &Convergence| {
            let spread = |law: &Convergence| law.root_mean_square(1.0);
            near(other.bias, law.bias) && near(spread(other), spread(law))
        };
        !comparison.convergence[..i].iter().any(is_same)
    };
    let laws = all.filter(first).take(SHOWN);
    let biased = |name: &str| {
        let mut judged = comparison.estimators.iter();
        let judged = judged.find(|judgment| judgment.name == name);
        judged.is_some_and(|j| j.bias_verdict == Some(BiasVerdict::Biased))
    };
    laws.map(|(index, law)| Curve {
        law,
        index,
        biased: biased(&law.name),
    })
    .collect()
}

/// From the first to the last checkpoint.
fn across(curves: &[Curve], trajectories: u64) -> (f64, f64) {
    let first = curves.first().and_then(|curve| curve.law.errors.first());
    let last = trajectories.max(2) as f64;
    let first = first.map_or(last, |&(n, _)| n as f64);
    if first < last {
        (first, last)
    } else {
        (last / 2.0, last * 2.0)
    }
}

/// Of all errors, sampled and exact.
fn range(curves: &[Curve], across: (f64, f64)) -> (f64, f64) {
    let sampled = curves.iter().flat_map(|curve| &curve.law.errors);
    let sampled = sampled.map(|&(_, error)| error);
    let ends = |law: &Convergence| [across.0, across.1].map(|n| law.root_mean_square(n));
    let exact: Vec<f64> = curves.iter().flat_map(|curve| ends(curve.law)).collect();
    let exact = || exact.iter().copied().filter(|x| *x > 0.0);
    let lowest = exact().reduce(f64::min).unwrap_or(0.0);
    let seen = sampled.filter(|x| *x > lowest / DEEP).chain(exact());
    let bounds = seen.fold(None, |bounds, x| {
        let (low, high) = bounds.unwrap_or((x, x));
        Some((f64::min(low, x), f64::max(high, x)))
    });
    bounds.map_or((0.1, 1.0), |(low, high)| (low / 1.6, high * 1.6))
}

fn norm(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// N, evenly on the logarithmic axis.
fn grid((first, last): (f64, f64)) -> impl DoubleEndedIterator<Item = f64> + Clone {
    let ratio = last / first;
    (0..=POINTS).map(move |i| first * ratio.powf(f64::from(i) / f64::from(POINTS)))
}

/// Where 68 % of all runs are.
fn band(
    chart: &mut Chart,
    curve: &Curve,
    across: (f64, f64),
    (low, high): (f64, f64),
) -> Result<(), Undrawn> {
    let bounds = |n: f64| Some((n, curve.law.band(n)?));
    let bounds: Vec<_> = grid(across).filter_map(bounds).collect();
    let lower = bounds.iter().map(|&(n, (x, _))| (n, x.clamp(low, high)));
    let upper = bounds
        .iter()
        .rev()
        .map(|&(n, (_, x))| (n, x.clamp(low, high)));
    let outline: Vec<(f64, f64)> = lower.chain(upper).collect();
    let fill = color(curve.index).mix(0.16).filled();
    chart.draw_series(std::iter::once(Polygon::new(outline, fill)))?;
    Ok(())
}

/// The exact root mean square, and the floor that a bias leaves.
fn lines(
    chart: &mut Chart,
    curve: &Curve,
    across: (f64, f64),
    (low, high): (f64, f64),
) -> Result<(), Undrawn> {
    let points = grid(across).map(|n| (n, curve.law.root_mean_square(n)));
    let points = points.filter(|(_, error)| (low..=high).contains(error));
    let style = color(curve.index).stroke_width(2);
    match DASHES[curve.index % DASHES.len()] {
        (0, _) => chart.draw_series(LineSeries::new(points, style))?,
        (dash, gap) => chart.draw_series(DashedLineSeries::new(points, dash, gap, style))?,
    };
    if curve.biased && (low..high).contains(&curve.law.bias) {
        let ends = [across.0, across.1].map(|n| (n, curve.law.bias));
        let style = color(curve.index).stroke_width(1);
        chart.draw_series(DashedLineSeries::new(ends, 2, 4, style))?;
    }
    Ok(())
}

/// What each look means; `norm` is ‖∇J‖ if it is drawn, `all` how many estimators there are.
fn legend(root: &Canvas, curves: &[Curve], norm: Option<f64>, all: usize) -> Result<(), Undrawn> {
    let left = (WIDTH - LEGEND) as i32 + 8;
    let mut y = TITLE as i32 + 22;
    for curve in curves {
        if curve.law.root_mean_square(1.0) == 0.0 {
            let words = format!("{}: no error", curve.law.name);
            write(root, &words, (left, y), 14, HPos::Left)?;
            y += LINE;
            continue;
        }
        let line = color(curve.index).stroke_width(2);
        let (dash, gap) = DASHES[curve.index % DASHES.len()];
        let (dash, gap) = (dash as i32, gap as i32);
        let period = if dash == 0 { SAMPLE } else { dash + gap };
        for begin in (0..SAMPLE).step_by(period.max(1) as usize) {
            let end = if dash == 0 {
                SAMPLE
            } else {
                (begin + dash).min(SAMPLE)
            };
            root.draw(&PathElement::new(
                vec![(left + begin, y), (left + end, y)],
                line,
            ))?;
        }
        mark(root, curve.index, (left + SAMPLE / 2, y))?;
        write(
            root,
            &curve.law.name,
            (left + SAMPLE + 8, y),
            14,
            HPos::Left,
        )?;
        y += LINE;
    }
    y += LINE / 2;
    for words in explanation(curves, norm, all) {
        write(root, &words, (left, y), 13, HPos::Left)?;
        y += LINE - 2;
    }
    Ok(())
}

fn explanation(curves: &[Curve], norm: Option<f64>, all: usize) -> Vec<String> {
    if curves.is_empty() {
        return vec!["no estimator here has a finite variance".to_string()];
    }
    let mut words = vec![
        "marks: the sampled mean of this run".to_string(),
        "lines: exact RMS √(tr Σ/N + ‖bias‖²)".to_string(),
    ];
    if curves.iter().any(|curve| curve.law.band(100.0).is_some()) {
        words.push("shaded: 68 % of runs (±1σ), normal law".to_string());
    }
    if curves.iter().any(|curve| curve.biased) {
        words.push("dotted: ‖bias‖, the floor whatever N".to_string());
    }
    let norm = norm.map(|norm| format!("gray line: ‖∇J‖ = {}, error 100 %", number(norm)));
    words.extend(norm);
    if all > curves.len() {
        words.push(format!(
            "{} of {all}, which differ; all are below",
            curves.len()
        ));
    }
    words
}
