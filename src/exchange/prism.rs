//! PRISM's explicit files, as `-exportmodel` writes them and `-importmodel` reads them.
//!
//! ```text
//! model.tra    2 3 4            states, choices, transitions (of a Markov chain: no choices)
//!              0 0 1 0.9 heat   state, choice, next state, probability, action (may be left out)
//! model.sta    (s,t)            names of the variables
//!              0:(0,true)       their values: the name of the state
//! model.lab    0="init" 1="terminal"
//!              0: 0             the labels of a state
//! model.srew   2 1              states, rewards; 0 1.5: a state's reward, paid when it is left
//! model.trew   2 3 1            as .tra; 0 0 1 1.5: state, choice, next state, reward
//! ```
//!
//! Only the first is needed. Several reward structures stand in `model1.srew`, `model1.trew`,
//! `model2.srew`, …, each with its name in a comment at its top. The counts above transitions and rewards are compared with what
//! follows. Lines that begin with `#` are skipped. Storm's dialect (`mdp` or `dtmc` in place of the
//! counts, none above rewards, `#DECLARATION … #END` for the labels) is read too. Episodes start in
//! the state labelled `init`; states labelled `terminal` are terminal.

mod file;
mod labels;
mod rewards;
mod structures;
mod transitions;
mod write;

pub(crate) use file::File;
pub(crate) use structures::beside;
pub use structures::files_beside;
pub(super) use write::write;

use std::collections::HashSet;

use self::file::lines;
use super::Overrides;
use super::text::Piece;
use crate::mdp::Names;
use crate::model::draft::{Draft, Start};
use crate::model::entries::Lacking;
use crate::model::error::ModelError;
use crate::model::errors::ModelWarning;
use crate::model::names::is_name;
use crate::model::{Model, ModelErrors};

/// Reads the `.tra` file and those beside it, in the order of [`file::BESIDE`].
pub(crate) fn read(
    name: String,
    tra: &File<'_>,
    beside: &[Option<File<'_>>; 4],
    overrides: &Overrides,
) -> Result<Model, ModelErrors> {
    let mut read = transitions::read(tra.piece()).map_err(|error| tra.blame(error))?;
    let [sta, lab, srew, trew] = beside;
    structures::named(tra, [srew, trew], overrides)?;
    let mut states = Names::Numbered(read.states);
    if let Some(sta) = sta {
        let names = names(sta.piece(), read.states).map_err(|error| sta.blame(error))?;
        states = names.unwrap_or(states);
    }
    let mut labels = labels::Labels::default();
    if let Some(lab) = lab {
        labels = labels::read(lab.piece(), read.states).map_err(|error| lab.blame(error))?;
    }
    if let Some(srew) = srew {
        let terminal = labels.terminal.as_deref();
        let added = rewards::of_states(srew.piece(), &mut read, terminal);
        added.map_err(|error| srew.blame(error))?;
    }
    if let Some(trew) = trew {
        rewards::of_transitions(trew.piece(), &mut read).map_err(|error| trew.blame(error))?;
    }
    let (ended, actions, entries) = read.finish(labels.terminal);
    let draft = Draft {
        terminal: Some(ended),
        entries,
        initial: Start::marked(labels.starts),
        discount: None,
        horizon: None,
        lacking: Lacking::Prism,
        ..Draft::of_file(name, states, actions)
    };
    let model = draft.finish(overrides);
    let model = model.map_err(|problems| tra.blame(problems))?;
    if srew.is_none() && trew.is_none() {
        return Ok(model.with_warning(ModelWarning::NoRewards));
    }
    Ok(model)
}

/// The values of variables as names of the states; `None` where they cannot be names.
fn names(text: Piece<'_>, states: usize) -> Result<Option<Names>, ModelError> {
    let mut names: Vec<Option<&str>> = vec![None; states];
    for line in lines(text).skip(1) {
        let Some((state, values)) = line.split(':') else {
            return Err(line.unexpected("a state and its values, `0:(1,true)`"));
        };
        let state = state.trim().index("state", states)?;
        let values = values.trim().text;
        let single = values.strip_prefix('(').and_then(|v| v.strip_suffix(')'));
        let single = single.filter(|value| !value.contains(','));
        names[state as usize] = Some(single.unwrap_or(values));
    }
    let names: Option<Vec<&str>> = names.into_iter().collect();
    let Some(names) = names.filter(|names| names.iter().all(|name| is_name(name))) else {
        return Ok(None);
    };
    let different: HashSet<&str> = names.iter().copied().collect();
    if different.len() < names.len() {
        return Ok(None);
    }
    let names = names.iter().map(|name| name.to_string());
    Ok(Some(Names::listed(names.collect())))
}
