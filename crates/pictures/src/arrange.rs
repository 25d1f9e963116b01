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

/// A heading above a picture.
pub fn headed(words: &str, part: Picture) -> Picture {
    const ROOM: f64 = 24.0;
    Picture {
        size: (part.size.0, part.size.1 + ROOM),
        marks: html! {
            text class="b" x="4" y="15" { (shown(words)) }
            g transform=(format!("translate(0 {ROOM})")) { (part.marks) }
        },
        ..part
    }
}

/// Lines of small text below a picture, that say how it is read.
pub fn noted(part: Picture, notes: &[String]) -> Picture {
    /// What a letter of a text takes, without its being a wide one.
    const LETTER: f64 = 6.0;
    let (width, height) = part.size;
    let letters = (width / LETTER) as usize;
    let notes = notes.iter().flat_map(|note| broken(note, letters));
    let notes: Vec<String> = notes.collect();
    let line = |i: usize| height + LINE * (i as f64 + 0.9);
    Picture {
        size: (width, height + LINE * notes.len() as f64 + 6.0),
        marks: html! {
            (part.marks)
            @for (i, note) in notes.iter().enumerate() {
                text class="m s" x="4" y=(At(line(i))) { (shown(note)) }
            }
        },
        ..part
    }
}
