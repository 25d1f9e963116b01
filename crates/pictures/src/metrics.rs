//! How much room letters take.

use super::shown;

/// Widths of the letters of ASCII from the blank on, where 1000 is their size: those of DejaVu Sans, which PNG pictures
/// have and which is wider than most fonts of readers.
const WIDTHS: [u16; 95] = [
    318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636,
    636, 636, 636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632,
    575, 775, 752, 295, 295, 656, 557, 863, 748, 787, 603, 787, 695, 635, 611, 732, 684, 989, 685,
    611, 685, 390, 337, 390, 838, 500, 500, 613, 635, 550, 635, 615, 352, 635, 634, 278, 278, 579,
    278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838,
];

/// The width of a text in CSS pixels, at this size of letters.
pub fn width(text: &str, size: f64) -> f64 {
    size * text.chars().map(letter).sum::<f64>()
}

fn letter(letter: char) -> f64 {
    let place = (letter as usize).checked_sub(usize::from(b' '));
    if let Some(width) = place.and_then(|place| WIDTHS.get(place)) {
        return f64::from(*width) / 1000.0;
    }
    match letter {
        '\u{a0}' => 0.3179,
        '…' => 1.0,
        // arrows and signs of mathematics
        '±' | '×' | '\u{2190}'..='\u{22ff}' => 0.838,
        _ if is_wide(letter) => 1.0,
        _ => 0.65,
    }
}

/// Whether a letter is as wide as it is high: those of East Asia, and pictures.
fn is_wide(letter: char) -> bool {
    matches!(
        letter,
        '\u{1100}'..='\u{115f}'
            | '\u{2e80}'..='\u{a4cf}'
            | '\u{ac00}'..='\u{d7a3}'
            | '\u{f900}'..='\u{faff}'
            | '\u{fe30}'..='\u{fe6f}'
            | '\u{ff00}'..='\u{ff60}'
            | '\u{1f300}'..='\u{1faff}'
            | '\u{20000}'..='\u{3fffd}'
    )
}

/// The words in lines that take at most this room at this size of letters, broken at blanks; a word that is too
/// long for a line of its own goes on in the next one, behind a sign where it has one.
pub fn broken(words: &str, size: f64, room: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in shown(words).split(' ') {
        let pieces = if width(word, size) <= room {
            vec![word.to_string()]
        } else {
            pieces(word, size, room)
        };
        for (i, piece) in pieces.iter().enumerate() {
            let blank = if i == 0 { " " } else { "" };
            match lines.last_mut() {
                Some(line)
                    if width(line, size) + width(blank, size) + width(piece, size) <= room =>
                {
                    line.push_str(blank);
                    line.push_str(piece);
                }
                _ => lines.push(piece.clone()),
            }
        }
    }
    lines
}

/// A word in pieces that have the room, a letter each at least: behind its signs, and where none comes in time.
fn pieces(word: &str, size: f64, room: f64) -> Vec<String> {
    let mut pieces = Vec::new();
    for part in word.split_inclusive(['_', ',', '-', '/', ':']) {
        let mut piece = String::new();
        for sign in part.chars() {
            if !piece.is_empty() && width(&piece, size) + size * letter(sign) > room {
                pieces.push(std::mem::take(&mut piece));
            }
            piece.push(sign);
        }
        pieces.push(piece);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::{broken, width};

    #[test]
    fn letters_of_east_asia_take_their_height() {
        assert_eq!(width("电量高", 10.0), 30.0);
    }

    /// As HarfBuzz measures them in DejaVu Sans 2.37.
    #[test]
    fn wide_letters_are_wide() {
        assert!((width("warehouse_m", 1000.0) - 6947.0).abs() < 1e-9);
        assert!((width("-0.0227", 1000.0) - (361.0 + 318.0 + 5.0 * 636.0)).abs() < 1e-9);
    }

    #[test]
    fn long_words_are_in_lines() {
        assert_eq!(broken("one two three", 10.0, 45.0), ["one two", "three"]);
        // 0.613 + 0.635 + 0.55 of a size each
        assert_eq!(broken("abcabc k", 10.0, 18.0), ["abc", "abc", "k"]);
        assert_eq!(broken("k abc_abca b", 10.0, 34.0), ["k abc_", "abca b"]);
    }
}
