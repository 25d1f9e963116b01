//! A mutant as `cargo mutants --list --json` describes it.

use proc_macro2::LineColumn;
use serde::Deserialize;

#[derive(Deserialize)]
pub struct Mutant {
    pub file: String,
    pub genre: Genre,
    pub replacement: String,
    pub span: Span,
}

#[derive(Deserialize, PartialEq, Clone, Copy)]
pub enum Genre {
    BinaryOperator,
    UnaryOperator,
    FnValue,
    MatchArm,
    MatchArmGuard,
    StructField,
}

/// Lines and columns from 1.
#[derive(Deserialize)]
pub struct Span {
    pub start: Place,
}

#[derive(Deserialize)]
pub struct Place {
    pub line: usize,
    pub column: usize,
}

impl Mutant {
    pub fn starts_at(&self, place: LineColumn) -> bool {
        let start = &self.span.start;
        (start.line, start.column) == (place.line, place.column + 1)
    }
}
