//! Where a draft says that episodes start, and where its file says so.

use miette::SourceSpan;

use crate::number::Number;

/// Where a model starts.
#[derive(Debug)]
pub(crate) enum Start {
    /// Nobody has said.
    Unknown,
    /// In all states that are not terminal alike.
    Uniform,
    /// The states that a file marks; the weights of several are anyone's guess.
    Marked(Vec<usize>),
    /// Weights of some states; the others have none.
    Some(Vec<(u32, Number)>),
    /// ρ₀ \[S\].
    Weights(Vec<Number>),
}

impl Start {
    /// That of a file that marks states, or may leave it out.
    pub(crate) fn marked(starts: Vec<usize>) -> Start {
        if starts.is_empty() {
            Start::Unknown
        } else {
            Start::Marked(starts)
        }
    }

    /// That of a file that may have ρ₀.
    pub(crate) fn weighted(weights: Option<Vec<Number>>) -> Start {
        weights.map_or(Start::Unknown, Start::Weights)
    }
}

/// Where the file of a draft says something.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Places {
    pub discount: Option<(u32, u32)>,
    pub initial: Option<(u32, u32)>,
}

impl Places {
    /// A place, or the top of the text where none is known.
    pub(crate) fn or_top(place: Option<(u32, u32)>) -> SourceSpan {
        let (offset, length) = place.unwrap_or((0, 0));
        (offset as usize, length as usize).into()
    }
}
