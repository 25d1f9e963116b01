//! What a document is a list of.

/// A node, or a flat collection of nodes.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Token {
    /// Byte range in the text; of a block collection, that of its beginning.
    pub start: u32,
    pub end: u32,
    /// What it is.
    pub shape: Shape,
}

/// What a token is.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Shape {
    /// A plain scalar, its value as in the text.
    Plain,
    /// Nothing where a value could stand.
    Nothing,
    /// A quoted scalar, its value as in the text between the quotes.
    Quoted,
    /// A scalar whose value stands in `values`.
    Valued { quoted: bool, value: u32 },
    /// A list; the token after its last one.
    Sequence(u32),
    /// A mapping, keys and values in turn; the token after its last one.
    Mapping(u32),
    /// A flow collection of simple scalars, which [`Cells`](super::cells::Cells) finds.
    Flat { mapping: bool },
}

impl Token {
    /// At least as many nodes as it stands for: a flat collection has a cell in two bytes at most.
    pub(super) fn most_nodes(&self) -> usize {
        match self.shape {
            Shape::Flat { .. } => 1 + (self.end - self.start) as usize / 2,
            _ => 1,
        }
    }
}
