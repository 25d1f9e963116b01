//! Line plots: one picture of several panels over one logarithmic axis.
//!
//! Colors are those of Okabe & Ito (2008), which color-blind readers tell apart; lines also differ
//! in their dashes.

use std::ops::Range;

use plotters::coord::ranged1d::{AsRangedCoord, ValueFormatter};
use plotters::element::DashedPathElement;
use plotters::prelude::*;

use super::ink::{Canvas, Picture, Undrawn};
use super::palette::{COLORS, DASHES};

/// A named line.
#[derive(Clone, Debug)]
pub struct Line {
    /// What the legend calls it.
    pub name: String,
    /// Its points; x is positive.
    pub points: Vec<(f64, f64)>,
}

/// One picture among those of a plot.
#[derive(Clone, Debug)]
pub struct Panel {
    /// What the vertical axis shows.
    pub axis: String,
    /// Whether the vertical axis is logarithmic; then points with y ≤ 0 are left out.
    pub logarithmic: bool,
    /// The lines.
    pub lines: Vec<Line>,
}

/// The length of a line in the legend.
const KEY: u32 = 30;
const SIZE: (u32, u32) = (760, 340);

/// The panels one below the other, with a title and a name for the horizontal axis.
///
/// Errors with the words of the drawing library.
pub fn draw(
    picture: Picture,
    title: &str,
    horizontal: &str,
    panels: &[Panel],
) -> Result<Vec<u8>, Undrawn> {
    let size = (SIZE.0, SIZE.1 * panels.len() as u32 + 30);
    picture.drawn(size, |root| {
        let root = root.titled(title, ("sans-serif", 18))?;
        let areas = root.split_evenly((panels.len(), 1));
        let mut areas = areas.iter().zip(panels);
        areas.try_for_each(|(area, panel)| draw_panel(area, horizontal, panel))
    })
}

fn draw_panel(area: &Canvas, horizontal: &str, panel: &Panel) -> Result<(), Undrawn> {
    let shown = |y: f64| y.is_finite() && (y > 0.0 || !panel.logarithmic);
    let points = || panel.lines.iter().flat_map(|line| &line.points);
    let x = range(points().map(|p| p.0)).unwrap_or((1.0, 10.0));
    let y = range(points().map(|p| p.1).filter(|y| shown(*y))).unwrap_or((0.1, 1.0));
    match panel.logarithmic {
        true => {
            // not more than twenty decades: below that is rounding
            let low = (y.0 / 1.5).max(y.1 * 1e-20);
            lines(area, horizontal, panel, x, (low..y.1 * 1.5).log_scale())
        }
        false => {
            let margin = match y.1 - y.0 {
                0.0 => y.1.abs().max(1.0) * 0.1,
                span => span * 0.05,
            };
            lines(area, horizontal, panel, x, y.0 - margin..y.1 + margin)
        }
    }
}

fn lines<Y>(
    area: &Canvas,
    horizontal: &str,
    panel: &Panel,
    x: (f64, f64),
    y: Y,
) -> Result<(), Undrawn>
where
    Y: AsRangedCoord<Value = f64>,
    Y::CoordDescType: ValueFormatter<f64>,
{
    let across: Range<f64> = x.0..x.1.max(x.0 * 1.1);
    let mut chart = ChartBuilder::on(area)
        .margin(12)
        .x_label_area_size(38)
        .y_label_area_size(78)
        .build_cartesian_2d(across.log_scale(), y)?;
    chart
        .configure_mesh()
        .x_desc(horizontal)
        .y_desc(&panel.axis)
        .light_line_style(TRANSPARENT)
        .bold_line_style(BLACK.mix(0.15))
        .x_label_formatter(&|x| short(*x))
        .y_label_formatter(&|y| short(*y))
        .draw()?;
    for (i, line) in panel.lines.iter().enumerate() {
        let style = COLORS[i % COLORS.len()].stroke_width(2);
        let (dash, gap) = DASHES[i % DASHES.len()];
        let kept = line.points.iter().copied();
        let kept = kept.filter(|p| p.1.is_finite() && (p.1 > 0.0 || !panel.logarithmic));
        let kept: Vec<(f64, f64)> = kept.collect();
        let drawn = match dash {
            0 => chart.draw_series(LineSeries::new(kept, style))?,
            _ => chart.draw_series(DashedLineSeries::new(kept, dash, gap, style))?,
        };
        let key = match dash {
            0 => (KEY, 1),
            _ => (dash, gap),
        };
        drawn.label(&line.name).legend(move |(x, y)| {
            let ends = vec![(x, y), (x + KEY as i32, y)];
            DashedPathElement::new(ends, key.0, key.1, style)
        });
    }
    chart
        .configure_series_labels()
        // where curves that rise, and gaps that fall, do not come
        .position(match panel.logarithmic {
            true => SeriesLabelPosition::LowerLeft,
            false => SeriesLabelPosition::LowerRight,
        })
        .legend_area_size(KEY + 8)
        .background_style(WHITE.mix(0.85))
        .border_style(BLACK.mix(0.3))
        .draw()?;
    Ok(())
}

fn range(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values.filter(|x| x.is_finite()).fold(None, |range, x| {
        let (low, high) = range.unwrap_or((x, x));
        Some((f64::min(low, x), f64::max(high, x)))
    })
}

/// A label of an axis: plain where that is short.
fn short(x: f64) -> String {
    match x.abs() {
        0.0 => "0".to_string(),
        size if (1e-3..1e5).contains(&size) => {
            let text = format!("{x:.4}");
            text.trim_end_matches('0').trim_end_matches('.').to_string()
        }
        _ => format!("{x:.0e}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plot_names_its_axes_and_lines_and_stands_empty_points() {
        let line = |name: &str, points| Line {
            name: name.into(),
            points,
        };
        let panel = |logarithmic, points| Panel {
            axis: "gap".into(),
            logarithmic,
            lines: vec![line("plain", points), line("natural", Vec::new())],
        };
        let points = vec![(1.0, 0.5), (10.0, 0.0), (100.0, 1e-9)];
        let panels = [panel(true, points.clone()), panel(false, points)];
        let svg = draw(Picture::Svg, "two-state", "iteration", &panels).unwrap();
        let svg = String::from_utf8(svg).unwrap();
        for word in ["two-state", "iteration", "gap", "plain", "natural", "<svg"] {
            assert!(svg.contains(word), "{word}");
        }
        assert!(!svg.contains("NaN") && !svg.contains("inf"));
    }
}
