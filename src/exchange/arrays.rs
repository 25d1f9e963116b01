//! Archives of arrays (`.npz`) as pymdptoolbox and QuantEcon have them.
//!
//! ```text
//! pymdptoolbox   P [A, S, S]   R [S], [S, A] or [A, S, S]
//! textbooks      P [S, A, S]   R [S], [S, A] or [S, A, S]    (also as `p`, `T`; `r`, `rew`)
//! QuantEcon      R [S, A]      Q [S, A, S]                             beta
//!                R [L]         Q [L, S]     s_indices [L]  a_indices [L]  beta
//! ```
//!
//! A sparse matrix is its three arrays in compressed rows, as SciPy names them: `Q/data`,
//! `Q/indices`, `Q/indptr`; P and R of pymdptoolbox may be a list of them, one for each action:
//! `P0/data`, …, `P1/data`, …. A reward of −∞ in QuantEcon's R [S, A] means that the action is not
//! there. Where P may be [A, S, S] as well as [S, A, S] a flag says which. Beside them may stand `discount` (or `beta`, `gamma`), `horizon`, `initial` [S],
//! `terminal` [S], and the names `states` and `actions`. Numbers are exactly those of the arrays.

mod archive;
mod quantecon;
mod quick;
mod rows;
mod toolbox;
mod write;

pub(super) use write::{quantecon as write_quantecon, toolbox as write_toolbox};

use self::archive::{Arrays, Core, DISCOUNT};
use super::{ExchangeError, Overrides};
use crate::model::Model;
use crate::model::draft::{Draft, Start};
use crate::model::entries::Lacking;
use crate::model::error::{ModelError, NameList};
use crate::model::errors::{ModelWarning, Problems};
use crate::npy::Archive;

/// Reads an archive.
pub(crate) fn read(name: String, bytes: &[u8], overrides: &Overrides) -> Result<Model, Problems> {
    let (draft, unread) = draft(name, bytes, overrides)?;
    let model = draft.finish(overrides)?;
    Ok(match unread {
        Some(names) => model.with_warning(ModelWarning::UnreadArrays { names }),
        None => model,
    })
}

/// The model, and the arrays that say nothing of it.
fn draft(
    name: String,
    bytes: &[u8],
    overrides: &Overrides,
) -> Result<(Draft, Option<NameList>), ModelError> {
    let archive = Archive::new(bytes).map_err(|error| ExchangeError::Archive {
        problem: error.to_string(),
        help: "write it with numpy.savez(\"model.npz\", R=R, Q=Q, beta=0.9)".into(),
    })?;
    let mut arrays = Arrays { archive };
    arrays.refuse_parts()?;
    let is_quantecon = arrays.holds("Q");
    let (core, ended) = if is_quantecon {
        refuse_axes(overrides)?;
        arrays.refuse_both()?;
        quantecon::read(&mut arrays, overrides)?
    } else if toolbox::is_here(&arrays) {
        toolbox::read(&mut arrays, overrides)?
    } else {
        return Err(arrays.neither());
    };
    let Core {
        states,
        actions,
        entries,
        made,
    } = core;
    let discount = arrays.one_of(&DISCOUNT)?;
    let terminal = arrays.terminal(states)?;
    let discount = discount.map(|key| arrays.scalar(key)).transpose()?;
    let horizon = arrays.horizon()?;
    let draft = Draft {
        terminal: terminal.or(ended),
        initial: Start::weighted(arrays.initial(states)?),
        entries,
        made,
        discount,
        horizon,
        lacking: Lacking::Other,
        ..Draft::of_file(
            name,
            arrays.names("states", states)?,
            arrays.names("actions", actions)?,
        )
    };
    Ok((draft, arrays.unread(is_quantecon)))
}

/// An error where the axes of P are asked for and there is no P.
pub(crate) fn refuse_axes(overrides: &Overrides) -> Result<(), ModelError> {
    match overrides.axes {
        None => Ok(()),
        Some(_) => Err(ModelError::from(ExchangeError::NoAxes)),
    }
}
