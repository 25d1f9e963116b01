//! What is wrong with a model of several players.

use miette::SourceSpan;

use crate::model::error::{NameList, Shown};

/// What is wrong with a model of several players.
#[derive(Clone, Debug, PartialEq, thiserror::Error, miette::Diagnostic)]
pub enum PlayersError {
    /// A name that a player cannot have.
    #[error("`{}` is no name of a player", Shown(found))]
    #[diagnostic(help("a player's reward has its name: a word, and no number"))]
    PlayerName {
        /// The name.
        found: String,
        /// Where the name stands.
        #[label("no name")]
        at: SourceSpan,
    },
    /// An action of a player that would make names of joint actions ambiguous.
    #[error("`{}` is no name of a player's action", Shown(found))]
    #[diagnostic(help("`+` stands between the parts of a joint action, as in `heads+tails`"))]
    PlayerAction {
        /// The name.
        found: String,
        /// Where the name stands.
        #[label("has a `+`")]
        at: SourceSpan,
    },
    /// No players, or too many joint actions.
    #[error("the players have {joint} joint actions; here there may be from 1 to {most}")]
    #[diagnostic(help(
        "a file has to say where each joint action leads, and this one is too short for that"
    ))]
    JointActions {
        /// How many joint actions there would be.
        joint: f64,
        /// The most.
        most: usize,
        /// `players`.
        #[label("{joint} joint actions")]
        at: SourceSpan,
    },
    /// A state that has not all combinations of its players' actions.
    #[error("`{}` lacks the joint action `{}`", Shown(state), Shown(action))]
    #[diagnostic(help(
        "what a player may do in a state does not depend on what the others do: give every combination of the actions that appear there a row of `transitions`"
    ))]
    NoCombination {
        /// s.
        state: String,
        /// a.
        action: String,
        /// `players`.
        #[label("every state has all combinations of its players' actions")]
        at: SourceSpan,
    },
    /// Players without a reward.
    #[error("there is no reward for {players}")]
    #[diagnostic(help(
        "name a reward after each player, `rewards: {{row: {{…}}, column: {{…}}}}`; of two players one reward alone is enough, the other gets minus that"
    ))]
    Unpaid {
        /// Who.
        players: NameList,
        /// `players`.
        #[label("no reward for {players}")]
        at: SourceSpan,
    },
    /// What players do not go together with.
    #[error("a model with `players` takes no `{key}`")]
    #[diagnostic(help("{help}"))]
    NotWithPlayers {
        /// The key.
        key: &'static str,
        /// Why it is none.
        help: &'static str,
        /// The key.
        #[label("not with `players`")]
        at: SourceSpan,
    },
}
