//! Pictures put together: below and beside each other, with a heading, with notes.

use maud::html;

use super::{At, LINE, Picture, WIDTH, broken, shown};

/// Space between pictures.
const AIR: f64 = 22.0;

/// Pictures below each other, as one.
pub fn stacked(title: String, parts: Vec<Picture>) -> Picture {
    tiled(title, parts, 1)
}

/// Pictures beside each other, so many in a row, as one.
pub fn tiled(title: String, parts: Vec<Picture>, columns: usize) -> Picture {
    let (mut top, mut width) = (0.0, WIDTH);
    let mut placed: Vec<((f64, f64), &Picture)> = Vec::new();
    for row in parts.chunks(columns.max(1)) {
        let mut left = 0.0;
        for part in row {
            placed.push(((left, top), part));
            width = f64::max(width, left + part.size.0);
            left += part.size.0.max(WIDTH) + AIR;
        }
        top += row.iter().map(|part| part.size.1).fold(0.0, f64::max) + AIR;
    }
    let marks = html! {
        @for ((left, top), part) in placed {
            g transform=(format!("translate({} {})", At(left), At(top))) role="img" aria-label=(shown(&part.title)) { (part.marks) }
        }
    };
    Picture {
        title,
        size: (width, (top - AIR).max(0.0)),
        marks,
    }
}

/// A heading above a picture, in as many lines as it takes.
pub fn headed(words: &str, part: Picture) -> Picture {
    /// Bold letters of this size take as much room as others of that one.
    const SIZE: f64 = 12.0 * 1.13;
    let lines = broken(words, SIZE, part.size.0 - 8.0);
    let room = 24.0 + LINE * (lines.len().max(1) - 1) as f64;
    Picture {
        size: (part.size.0, part.size.1 + room),
        marks: html! {
            @for (i, line) in lines.iter().enumerate() { text class="b" x="4" y=(At(15.0 + LINE * i as f64)) { (line) } }
            g transform=(format!("translate(0 {})", At(room))) { (part.marks) }
        },
        ..part
    }
}

/// Lines of small text below a picture, that say how it is read.
pub fn noted(part: Picture, notes: &[String]) -> Picture {
    const SIZE: f64 = 11.0;
    let (width, height) = part.size;
    let notes = notes
        .iter()
        .flat_map(|note| broken(note, SIZE, width - 8.0));
    let notes: Vec<String> = notes.collect();
    let line = |i: usize| height + LINE * (i as f64 + 0.9);
    Picture {
        size: (width, height + LINE * notes.len() as f64 + 6.0),
        marks: html! {
            (part.marks)
            @for (i, note) in notes.iter().enumerate() {
                text class="m s" x="4" y=(At(line(i))) { (note) }
            }
        },
        ..part
    }
}
