//! Outcomes in the order in which somebody gives them.

use miette::SourceSpan;

use crate::mend::Mend;
use crate::number::Number;

/// One outcome as written.
#[derive(Debug)]
pub(crate) struct Entry {
    pub state: u32,
    pub action: u32,
    pub next: u32,
    /// p(s'|s, a); `None` if what is written is no probability, which has been reported.
    pub probability: Option<Number>,
    /// r(s, a, s').
    pub reward: Number,
    /// Where the row is written.
    pub at: (u32, u32),
}

impl Entry {
    /// An outcome that is written at no place of a text: that of an array or of a binary file.
    pub(crate) fn unplaced(
        (state, action): (u32, u32),
        next: u32,
        probability: Number,
        reward: Number,
    ) -> Entry {
        Entry {
            state,
            action,
            next,
            probability: Some(probability),
            reward,
            at: (0, 0),
        }
    }

    pub(crate) fn pair(&self) -> (u32, u32) {
        (self.state, self.action)
    }
}

/// What a file of some format may do about a state without actions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Lacking {
    /// A model file.
    #[default]
    Model,
    /// Gymnasium's `P`.
    Gymnasium,
    /// PRISM's files, in which states without choices are deadlocks.
    Prism,
    /// A format that has no terminal states.
    Other,
    /// A draft that a program fills.
    Draft,
}

impl Lacking {
    pub(crate) fn help(self) -> Mend {
        let words = match self {
            Lacking::Model => "give every state transitions, or list it under `terminal`",
            Lacking::Gymnasium => {
                "give every state transitions in `P`, or end the episode where it is entered: `terminated` is true in every transition into it"
            }
            Lacking::Prism => {
                "a state without a choice is a deadlock: give it the label `terminal` in the .lab file, or let PRISM add a loop (its option -fixdl, the default)"
            }
            Lacking::Draft => {
                return Mend::new("give every state an outcome, or call it terminal, ").each(
                    ".terminal(s)",
                    "terminal=[s]",
                    ".terminal(s)",
                );
            }
            Lacking::Other => {
                "give every state an action; where the only one stays with probability 1 for a reward of 0, the state is terminal"
            }
        };
        words.into()
    }
}

/// All outcomes of a file, sorted by pair.
#[derive(Default)]
pub(crate) struct Entries {
    pub list: Vec<Entry>,
    /// Whether a name was unknown, so that pairs may be missing.
    pub incomplete: bool,
    /// Whether they were written by state and action, not as rows.
    pub nested: bool,
    /// The mend for a state without actions.
    pub lacking: Lacking,
    /// A row that carries its own reward.
    pub row_with_reward: Option<SourceSpan>,
}
