//! Maps of a gridworld on a terminal, each cell shaded by its number.

use anstyle::{Ansi256Color, RgbColor, Style};
use exact_mdp::mdp::GridLayout;

use crate::picture::color::Color;

/// How many colors a terminal shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Depth {
    /// Too few for shades.
    #[default]
    Few,
    /// The 256 of xterm.
    Indexed,
    /// 24 bits.
    True,
}

/// What a wall is shaded with.
const WALL: Color = Color([0x45, 0x4e, 0x58]);

impl Depth {
    /// What the variables `COLORTERM` and `TERM` say of a terminal.
    pub fn told(color_term: Option<&str>, term: Option<&str>) -> Depth {
        match (color_term, term) {
            (Some("truecolor" | "24bit"), _) => Depth::True,
            (_, Some(term)) if term.contains("256color") => Depth::Indexed,
            (_, Some(term)) if term.contains("direct") => Depth::True,
            _ => Depth::Few,
        }
    }

    /// Black or white, whichever is read better, on a color.
    fn style(self, color: Color) -> Option<Style> {
        let [r, g, b] = color.0;
        let (ink, ground): (anstyle::Color, anstyle::Color) = match self {
            Depth::Few => return None,
            // 16 and 231 are black and white on every terminal; the first 16 are what its owner likes
            Depth::Indexed => {
                let ink = if color.ink() == "k" { 16 } else { 231 };
                (
                    Ansi256Color(ink).into(),
                    Ansi256Color(indexed(color)).into(),
                )
            }
            Depth::True => {
                let ink = if color.ink() == "k" { 0 } else { 255 };
                (RgbColor(ink, ink, ink).into(), RgbColor(r, g, b).into())
            }
        };
        Some(Style::new().fg_color(Some(ink)).bg_color(Some(ground)))
    }
}

/// The nearest color of the cube of 6 x 6 x 6 that xterm has from 16 on.
fn indexed(color: Color) -> u8 {
    const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let [r, g, b] = color.0.map(|x| {
        let far = |i: &u8| LEVELS[usize::from(*i)].abs_diff(x);
        (0..6).min_by_key(far).unwrap_or(0)
    });
    16 + 36 * r + 6 * g + b
}

/// A map as [`super::on_grid`] makes it, with the cells of states on their colors.
pub fn shaded(
    map: &str,
    grid: &GridLayout,
    depth: Depth,
    color: impl Fn(usize) -> Option<Color>,
) -> String {
    if depth == Depth::Few {
        return map.to_string();
    }
    let mut rows = grid.state.chunks(grid.columns.max(1));
    let line = |line: &str| {
        let inner = line
            .strip_prefix('│')
            .and_then(|rest| rest.strip_suffix('│'));
        let (Some(inner), Some(row)) = (inner, inner.and_then(|_| rows.next())) else {
            return line.to_string();
        };
        let cells: Vec<&str> = inner.split('┆').collect();
        if cells.len() != row.len() {
            return line.to_string();
        }
        let painted = cells.iter().zip(row).map(|(cell, state)| {
            let color = state.map_or(Some(WALL), &color);
            match color.and_then(|color| depth.style(color)) {
                Some(style) => format!("{style}{cell}{style:#}"),
                None => (*cell).to_string(),
            }
        });
        format!("│{}│", painted.collect::<Vec<String>>().join("┆"))
    };
    map.lines().map(line).map(|line| line + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::{Color, Depth, indexed, shaded};
    use exact_mdp::mdp::GridLayout;

    #[test]
    fn the_environment_says_how_many_colors_there_are() {
        assert_eq!(
            Depth::told(Some("truecolor"), Some("xterm-256color")),
            Depth::True
        );
        assert_eq!(Depth::told(None, Some("screen-256color")), Depth::Indexed);
        assert_eq!(Depth::told(Some(""), Some("xterm")), Depth::Few);
        assert_eq!(Depth::told(None, None), Depth::Few);
    }

    #[test]
    fn colors_of_the_cube_are_themselves() {
        assert_eq!(indexed(Color([0, 0, 0])), 16);
        assert_eq!(indexed(Color([255, 255, 255])), 231);
        assert_eq!(indexed(Color([95, 135, 175])), 67);
    }

    #[test]
    fn cells_are_painted_and_all_else_stays() {
        let grid = GridLayout {
            rows: 1,
            columns: 2,
            state: vec![Some(0), None],
        };
        let map = super::super::on_grid(&grid, |_| "1".to_string());
        assert_eq!(shaded(&map, &grid, Depth::Few, |_| None), map);
        let painted = shaded(&map, &grid, Depth::True, |_| Some(Color([1, 2, 3])));
        assert!(
            painted.contains("48;2;1;2;3m") && painted.contains("48;2;69;78;88m"),
            "{painted:?}"
        );
        let plain = without_escapes(&painted);
        assert_eq!(plain, map);
    }

    /// A text without its escapes.
    fn without_escapes(text: &str) -> String {
        let parts = text.split('\u{1b}');
        let parts = parts
            .enumerate()
            .map(|(i, part)| match (i, part.split_once('m')) {
                (0, _) | (_, None) => part,
                (_, Some((_, rest))) => rest,
            });
        parts.collect()
    }
}
