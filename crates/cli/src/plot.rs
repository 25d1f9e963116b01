//! Line plots: one picture of several panels over one logarithmic axis.
//!
//! Colors are those of Okabe & Ito (2008), which color-blind readers tell apart; lines also differ
//! in their dashes.

pub mod ascent;
pub mod comparison;
mod ink;
mod palette;
mod raster;

use std::ops::Range;

use plotters::coord::ranged1d::{AsRangedCoord, ValueFormatter};
use plotters::element::DashedPathElement;
use plotters::prelude::*;

pub use self::ink::{Picture, Undrawn};

use self::ink::Canvas;
use self::palette::{COLORS, DASHES};

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
    let points = || panel.lines.iter().flat_map(|line| &line.points);
    let x = range(points().map(|p| p.0)).unwrap_or((1.0, 10.0));
    let y = range(points().map(|p| p.1).filter(|y| panel.shows(*y))).unwrap_or((0.1, 1.0));
    let y = if panel.logarithmic {
        decades(y)
    } else {
        padded(y)
    };
    let frame = Frame {
        horizontal,
        panel,
        x: (x.0, x.1.max(x.0 * 1.1)),
        y,
    };
    if panel.logarithmic {
        frame.draw(area, (y.0..y.1).log_scale(), &short)
    } else {
        frame.draw(area, y.0..y.1, &|label| spaced(label, (y.1 - y.0) / LABELS))
    }
}

/// About so many labels stand along the vertical axis.
const LABELS: f64 = 10.0;

impl Panel {
    /// Whether a value has a place on the vertical axis.
    fn shows(&self, y: f64) -> bool {
        y.is_finite() && (y > 0.0 || !self.logarithmic)
    }
}

/// What a logarithmic axis shows of a range: some air, at least one whole decade, since labels
/// stand at powers of ten, and not more than twenty: below that is rounding.
fn decades((low, high): (f64, f64)) -> (f64, f64) {
    let (low, high) = ((low / 1.5).max(high * 1e-20), high * 1.5);
    if high / low >= 30.0 {
        return (low, high);
    }
    let power = |x: f64| 10_f64.powf(x);
    (power(low.log10().floor()), power(high.log10().ceil()))
}

/// What a linear axis shows of a range: some air, relative to it, or to the value if there is one.
fn padded((low, high): (f64, f64)) -> (f64, f64) {
    let margin = match high - low {
        0.0 if low == 0.0 => 0.1,
        0.0 => 0.1 * low.abs(),
        span => 0.05 * span,
    };
    (low - margin, high + margin)
}

/// A panel with the ranges of its axes.
struct Frame<'a> {
    horizontal: &'a str,
    panel: &'a Panel,
    x: (f64, f64),
    y: (f64, f64),
}

impl Frame<'_> {
    /// The place for the legend that the fewest points would lie under.
    fn roomiest(&self) -> SeriesLabelPosition {
        use SeriesLabelPosition as At;
        let lines = &self.panel.lines;
        let letters = lines.iter().map(|line| line.name.chars().count()).max();
        let width = f64::from(KEY + 30 + 8 * letters.unwrap_or(0) as u32) / f64::from(SIZE.0 - 110);
        let height = (20.0 * lines.len() as f64 + 20.0) / f64::from(SIZE.1 - 70);
        let (left, right) = (0.0..width, 1.0 - width..1.0);
        let (lower, upper) = (0.0..height, 1.0 - height..1.0);
        let middle = 0.5 * (1.0 - height)..0.5 * (1.0 + height);
        // in the order of preference
        let places = [
            (At::LowerRight, &right, &lower),
            (At::LowerLeft, &left, &lower),
            (At::UpperRight, &right, &upper),
            (At::UpperLeft, &left, &upper),
            (At::MiddleRight, &right, &middle),
            (At::MiddleLeft, &left, &middle),
        ];
        let points = || lines.iter().flat_map(|line| &line.points);
        let under = |across: &Range<f64>, up: &Range<f64>| {
            let within = |p: &&(f64, f64)| {
                let (x, y) = self.place(**p);
                across.contains(&x) && up.contains(&y)
            };
            points().filter(within).count()
        };
        let best = places.into_iter().min_by_key(|(_, x, y)| under(x, y));
        best.map_or(At::LowerRight, |(place, ..)| place)
    }

    /// Where a point lies, as shares of the width and the height.
    fn place(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let share = |at: f64, (low, high): (f64, f64)| (at - low) / (high - low);
        let logs = |(low, high): (f64, f64)| (low.ln(), high.ln());
        let up = if self.panel.logarithmic {
            share(y.ln(), logs(self.y))
        } else {
            share(y, self.y)
        };
        (share(x.ln(), logs(self.x)), up)
    }

    fn draw<Y>(&self, area: &Canvas, y: Y, label: &dyn Fn(f64) -> String) -> Result<(), Undrawn>
    where
        Y: AsRangedCoord<Value = f64>,
        Y::CoordDescType: ValueFormatter<f64>,
    {
        let Frame {
            horizontal, panel, ..
        } = *self;
        let across: Range<f64> = self.x.0..self.x.1;
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
            .y_label_formatter(&|y| label(*y))
            .draw()?;
        for (i, line) in panel.lines.iter().enumerate() {
            let style = COLORS[i % COLORS.len()].stroke_width(2);
            let (dash, gap) = DASHES[i % DASHES.len()];
            let kept = line.points.iter().copied();
            let kept = kept.filter(|p| panel.shows(p.1));
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
            .position(self.roomiest())
            .legend_area_size(KEY + 8)
            .background_style(WHITE.mix(0.85))
            .border_style(BLACK.mix(0.3))
            .draw()?;
        Ok(())
    }
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

/// A label among others that are `spacing` apart: as many digits as tell them apart.
fn spaced(x: f64, spacing: f64) -> String {
    let size = x.abs();
    if size < 0.5 * spacing {
        return "0".to_string();
    }
    if (1e-3..1e5).contains(&size) {
        let decimals = (1.0 - spacing.log10().floor()).clamp(0.0, 15.0) as usize;
        let text = format!("{x:.decimals$}");
        return if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.').to_string()
        } else {
            text
        };
    }
    let digits = (size / spacing).log10().ceil().clamp(0.0, 15.0) as usize;
    format!("{x:.digits$e}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_that_differ_look_different() {
        assert_eq!(spaced(1.23456, 1e-5), "1.23456");
        assert_eq!(spaced(1.23457, 1e-5), "1.23457");
        assert_eq!(spaced(0.5, 0.1), "0.5");
        assert_eq!(spaced(1e-17, 0.1), "0");
        assert_eq!(spaced(-40.0, 10.0), "-40");
        assert_eq!(spaced(1.5e-13, 1e-14), "1.50e-13");
        assert_eq!(spaced(1_234_567.0, 1.0), "1.2345670e6");
    }

    #[test]
    fn axes_show_what_there_is_and_a_decade_at_least() {
        let (low, high) = padded((1e-13, 1e-13));
        assert!((low - 0.9e-13).abs() < 1e-27 && (high - 1.1e-13).abs() < 1e-27);
        assert_eq!(padded((0.0, 0.0)), (-0.1, 0.1));
        assert_eq!(decades((2.0, 3.0)), (1.0, 10.0));
        assert_eq!(decades((1.5e-20, 2e3)), (2e3 * 1e-20, 3e3));
    }

    /// A curve along the right and the lower edge leaves the upper left alone.
    #[test]
    fn the_legend_stands_where_no_curve_is() {
        let along = (1..=100).map(|k| (f64::from(k), f64::from(k).powi(8)));
        let panel = Panel {
            axis: "J".into(),
            logarithmic: false,
            lines: vec![Line {
                name: "plain".into(),
                points: along.collect(),
            }],
        };
        let frame = Frame {
            horizontal: "",
            panel: &panel,
            x: (1.0, 100.0),
            y: (0.0, 1e16),
        };
        assert!(matches!(frame.roomiest(), SeriesLabelPosition::UpperLeft));
    }

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
