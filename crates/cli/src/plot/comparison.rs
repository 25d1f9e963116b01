//! The comparison as a picture: the error of each sampled mean against N, and bars of |bias| and
//! standard error.

mod bars;
mod errors;

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::plot::ink::{Canvas, Picture, Undrawn};
use crate::plot::palette::{COLORS, MARKERS};
use exact_mdp::report::ComparisonReport;

const WIDTH: u32 = 900;
/// Height of the title and of the panel of errors.
const TITLE: u32 = 40;
const ERRORS: u32 = 430;
const FONT: &str = "sans-serif";

/// Title, errors, bars.
pub fn draw(report: &ComparisonReport, picture: Picture) -> Result<Vec<u8>, Undrawn> {
    let size = (WIDTH, TITLE + ERRORS + bars::height(report));
    picture.drawn(size, |root| {
        let title = format!("{}: sampled estimators of ∇J", report.head.model);
        let middle = (WIDTH as i32 / 2, TITLE as i32 / 2);
        write(root, &title, middle, 19, HPos::Center)?;
        errors::draw(root, report)?;
        bars::draw(root, report)
    })
}

/// The look of the i-th estimator.
fn color(i: usize) -> RGBColor {
    COLORS[i % COLORS.len()]
}

/// Its marker around a pixel.
fn mark(root: &Canvas, i: usize, (x, y): (i32, i32)) -> Result<(), Undrawn> {
    let corners = MARKERS[i % MARKERS.len()].iter();
    let corners: Vec<(i32, i32)> = corners.map(|(dx, dy)| (x + dx, y + dy)).collect();
    root.draw(&Polygon::new(corners, color(i).filled()))
}

/// Text that begins, ends or is centered at a pixel.
fn write(
    root: &Canvas,
    text: &str,
    at: (i32, i32),
    size: i32,
    across: HPos,
) -> Result<(), Undrawn> {
    root.draw(&Text::new(text.to_string(), at, text_style(size, across)))
}

/// Black text, vertically centered.
fn text_style(size: i32, across: HPos) -> TextStyle<'static> {
    let style = TextStyle::from((FONT, size).into_font());
    style.color(&BLACK).pos(Pos::new(across, VPos::Center))
}
