//! What can be wrong with a grid.

use miette::SourceSpan;

use super::rules::ACTIONS;
use crate::model::error::{Found, Shown, SumMend};
use crate::number::{Literal, Number};

/// One thing wrong with `grid:`.
#[derive(Clone, Debug, PartialEq, thiserror::Error, miette::Diagnostic)]
pub enum GridError {
    /// No map.
    #[error("`grid` has no `map`")]
    #[diagnostic(help("draw it as lines of letters, `#` for walls:\nmap: |\n  S..\n  .#G"))]
    NoMap {
        /// `grid`.
        #[label("no `map` here")]
        at: SourceSpan,
    },
    /// A map without cells.
    #[error("the map has no free cell")]
    EmptyMap {
        /// The map.
        #[label("nothing but walls")]
        at: SourceSpan,
    },
    /// More outcomes than memory is free for.
    #[error(
        "the grid has {cells} free cells with {} actions and {ways} outcomes each: they take more memory than is free",
        ACTIONS.len()
    )]
    #[diagnostic(help(
        "take a smaller map, or make the model with the library, in floating point"
    ))]
    TooLarge {
        /// Free cells.
        cells: usize,
        /// Directions that `slip` gives a probability.
        ways: usize,
        /// `grid`.
        #[label("too large")]
        at: SourceSpan,
    },
    /// Rows of different lengths.
    #[error("row {row} of the map has {found} cells, row 0 has {expected}")]
    #[diagnostic(help("a map is a rectangle; fill it up with `#` where there is nothing"))]
    Ragged {
        /// Counted from 0.
        row: usize,
        /// Its cells.
        found: usize,
        /// Those of the first row.
        expected: usize,
        /// The map.
        #[label("not a rectangle")]
        at: SourceSpan,
    },
    /// A legend key that is not a letter of the map.
    #[error("the legend explains `{}`, which {problem}", Shown(letter))]
    Letter {
        /// The key.
        letter: String,
        /// Why that cannot be.
        problem: &'static str,
        /// The key.
        #[label("{problem}")]
        at: SourceSpan,
    },
    /// A cell that ends the episode and leads elsewhere.
    #[error("`{letter}` is terminal and teleports")]
    #[diagnostic(help("a terminal cell has no actions: remove one of the two"))]
    TerminalTeleport {
        /// The letter.
        letter: char,
        /// Its entry.
        #[label("both")]
        at: SourceSpan,
    },
    /// A teleport that is not to a free cell.
    #[error(
        "`{letter}` teleports to {}, which is no free cell of the map",
        Shown(to)
    )]
    #[diagnostic(help(
        "`to` is [row, column], counted from 0 at the top left: at most [{last_row}, {last_column}]"
    ))]
    TeleportTarget {
        /// The letter.
        letter: char,
        /// As written.
        to: String,
        /// Number of rows less one.
        last_row: usize,
        /// Number of columns less one.
        last_column: usize,
        /// The target.
        #[label("not a free cell")]
        at: SourceSpan,
    },
    /// A negative initial weight.
    #[error("the initial weight of `{letter}` is negative: {}", Literal(found))]
    NegativeWeight {
        /// The letter.
        letter: char,
        /// The weight.
        found: Number,
        /// Where the number stands.
        #[label("below 0")]
        at: SourceSpan,
    },
    /// A slip that is no mapping, as one probability.
    #[error("`grid.slip` should be a mapping, but is {found}")]
    #[diagnostic(help(
        "a move goes `ahead`, or slips to the `left`, to the `right` or `back`, each with a probability; they sum to 1:\nslip: {{ahead: 0.8, left: 0.1, right: 0.1}}"
    ))]
    NoSlips {
        /// What stands there.
        found: Found,
        /// Where it stands.
        #[label("{found}")]
        at: SourceSpan,
    },
    /// A negative slip probability.
    #[error(
        "the probability of slipping `{direction}` is negative: {}",
        Literal(found)
    )]
    NegativeSlip {
        /// The key.
        direction: &'static str,
        /// The probability.
        found: Number,
        /// Where the number stands.
        #[label("below 0")]
        at: SourceSpan,
    },
    /// Slip probabilities that do not sum to 1.
    #[error("`slip` sums to {sum}, not 1")]
    SlipSum {
        /// Their sum.
        sum: Number,
        /// The mend.
        #[help]
        help: SumMend,
        /// `slip`.
        #[label("sums to {sum}")]
        at: SourceSpan,
    },
}
