//! Storm's direct encoding (`.drn`).
//!
//! ```text
//! @type: MDP
//! @reward_models
//! cost
//! @nr_states
//! 2
//! @nr_choices
//! 3
//! @model
//! state 0 [0] init
//! //[cold]
//!     action wait [1]
//!         0 : 1
//! ```
//!
//! A state's own reward is paid whenever it is left, so r(s, a) is the reward of the state plus
//! that of the choice. States are numbers; a comment `//[…]` after `state`, as Storm writes it for
//! the values of variables, is the state's name where all names differ. Actions are the labels of
//! choices where these differ within each state, numbers otherwise. Episodes start in the state
//! labelled `init`; states labelled `terminal` are terminal. A probability may be an interval `[0.4, 0.9]`.

mod body;
mod header;
mod quick;
mod write;

pub(super) use write::write;

use self::body::Body;
use self::header::Header;
use super::Overrides;
use super::text::{Lines, Piece};
use super::within::{Bounded, bounded};
use crate::model::Model;
use crate::model::draft::Draft;
use crate::model::error::ModelError;
use crate::model::errors::Problems;

/// Reads a file.
pub(crate) fn read(name: String, text: &str, overrides: &Overrides) -> Result<Model, Problems> {
    let mut lines = Piece::whole(text).lines();
    let header = Header::read(&mut lines, overrides)?;
    if let Some(draft) = lines
        .rest()
        .and_then(|text| quick::draft(&header, text, &name, overrides))
    {
        return draft.finish(overrides);
    }
    let (draft, ends) = fully(name, &header, lines)?;
    Ok(bounded(draft.finish(overrides)?, ends))
}

/// The draft of any file and the intervals around its p, or what is wrong with it.
fn fully<'t>(
    name: String,
    header: &Header<'t>,
    lines: Lines<'t>,
) -> Result<(Draft, Vec<Bounded>), ModelError> {
    let mut body = Body::new(header);
    let mut begin = 0;
    for line in lines {
        begin = body.line(line, begin)?;
    }
    body.finish(name)
}
