//! |bias| and standard error of every estimator, side by side.

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::{ERRORS, TITLE, color, mark, write};
use crate::plot::ink::{Canvas, Undrawn};
use crate::plot::palette::number;
use exact_mdp::comparison::{Judgment, Verdict};
use exact_mdp::report::ComparisonReport;

/// Height of what stands above the bars, of an estimator's two bars, and of the axis.
const HEAD: u32 = 44;
const ROW: u32 = 40;
const AXIS: u32 = 52;
/// Thickness of a bar.
const BAR: i32 = 13;
/// Width of the names on the left and of the figures on the right.
const NAMES: u32 = 260;
const FIGURES: u32 = 110;

/// Height of the panel.
pub(super) fn height(report: &ComparisonReport) -> u32 {
    HEAD + ROW * report.comparison.estimators.len() as u32 + AXIS
}

/// The horizontal axis: from 0, or logarithmic where the figures differ too much for that.
struct Scale {
    logarithmic: bool,
    low: f64,
    high: f64,
}

impl Scale {
    /// From so far apart the smallest figure could not be seen beside the largest.
    const FAR: f64 = 30.0;

    fn new(figures: impl Iterator<Item = f64>) -> Scale {
        let figures: Vec<f64> = figures.filter(|x| *x > 0.0).collect();
        let largest = figures.iter().copied().reduce(f64::max).unwrap_or(1.0);
        let smallest = figures.iter().copied().fold(largest, f64::min);
        if largest > Scale::FAR * smallest {
            Scale {
                logarithmic: true,
                low: (0.7 * smallest).log10().floor(),
                high: largest.log10(),
            }
        } else {
            Scale {
                logarithmic: false,
                low: 0.0,
                high: largest,
            }
        }
    }

    /// Where a figure stands.
    fn place(&self, x: f64) -> f64 {
        if self.logarithmic {
            x.log10().max(self.low)
        } else {
            x
        }
    }

    /// The figure at a place, where it gets a label.
    fn label(&self, place: f64) -> String {
        match self.logarithmic {
            false => number(place),
            true if (place - place.round()).abs() < 1e-6 => number(10f64.powf(place.round())),
            true => String::new(),
        }
    }

    fn title(&self) -> &'static str {
        if self.logarithmic {
            "reward per unit of θ (logarithmic)"
        } else {
            "reward per unit of θ"
        }
    }
}

pub(super) fn draw(root: &Canvas, report: &ComparisonReport) -> Result<(), Undrawn> {
    let comparison = &report.comparison;
    let judgments = &comparison.estimators;
    let samples = comparison.trajectories.max(1) as f64;
    let figures: Vec<Option<[f64; 2]>> = judgments.iter().map(|j| figures(j, samples)).collect();
    let scale = Scale::new(figures.iter().flatten().flatten().copied());
    let rows = judgments.len() as f64;
    let (_, panel) = root.split_vertically(TITLE + ERRORS + HEAD);
    let mut chart = ChartBuilder::on(&panel)
        .margin_right(FIGURES)
        .x_label_area_size(AXIS)
        .y_label_area_size(NAMES)
        .build_cartesian_2d(scale.low..scale.high, 0.0..rows)?;
    chart
        .configure_mesh()
        .disable_y_mesh()
        .x_labels(7)
        .y_labels(0)
        .light_line_style(TRANSPARENT)
        .bold_line_style(BLACK.mix(0.13))
        .axis_desc_style(("sans-serif", 14))
        .label_style(("sans-serif", 13))
        .x_desc(scale.title())
        .x_label_formatter(&|x| scale.label(*x))
        .draw()?;
    let pixel = |x, row| chart.backend_coord(&(x, rows - row as f64 - 0.5));
    let mut sampled = 0;
    for (row, (judgment, figures)) in judgments.iter().zip(figures).enumerate() {
        let (left, y) = pixel(scale.low, row);
        write(root, &judgment.name, (left - 24, y), 14, HPos::Right)?;
        let Some(figures) = figures else {
            write(root, &why(judgment), (left + 6, y), 12, HPos::Left)?;
            continue;
        };
        mark(root, sampled, (left - 12, y))?;
        for (kind, value) in figures.into_iter().enumerate() {
            let right = pixel(scale.place(value), row).0;
            let top = y - BAR + BAR * kind as i32;
            bar(root, sampled, kind, [(left, top), (right, top + BAR - 1)])?;
            let middle = (right + 6, top + BAR / 2);
            write(root, &number(value), middle, 12, HPos::Left)?;
        }
        sampled += 1;
    }
    key(root, comparison.trajectories)
}

/// ‖bias‖, 0 where it is rounding, and √(tr Σ/N).
fn figures(judgment: &Judgment, samples: f64) -> Option<[f64; 2]> {
    let trace: f64 = judgment.variance.as_ref()?.iter().sum();
    Some([judgment.visible_bias()?, (trace / samples).sqrt()])
}

fn why(judgment: &Judgment) -> String {
    match judgment.verdict {
        Verdict::NoVariance(divergence) => divergence.to_string(),
        _ => String::new(),
    }
}

/// The bias full, the standard error light with an outline.
fn bar(root: &Canvas, i: usize, kind: usize, corners: [(i32, i32); 2]) -> Result<(), Undrawn> {
    let fill = if kind == 0 {
        color(i).mix(1.0)
    } else {
        color(i).mix(0.25)
    };
    root.draw(&Rectangle::new(corners, fill.filled()))?;
    root.draw(&Rectangle::new(corners, color(i).stroke_width(1)))
}

fn key(root: &Canvas, trajectories: u64) -> Result<(), Undrawn> {
    let y = (TITLE + ERRORS) as i32 + HEAD as i32 / 2;
    let error = format!("standard error √(tr Σ/N) at N = {trajectories}");
    let words = ["‖bias‖ = ‖E ĝ − ∇J‖₂", &error];
    for (kind, (x, words)) in [NAMES as i32, NAMES as i32 + 210]
        .into_iter()
        .zip(words)
        .enumerate()
    {
        let corners = [(x, y - BAR / 2), (x + 26, y + BAR / 2)];
        let fill = if kind == 0 {
            BLACK.mix(0.75)
        } else {
            BLACK.mix(0.15)
        };
        root.draw(&Rectangle::new(corners, fill.filled()))?;
        root.draw(&Rectangle::new(corners, BLACK.stroke_width(1)))?;
        write(root, words, (x + 34, y), 13, HPos::Left)?;
    }
    Ok(())
}
