//! What is wrong with a model of which something else than its states is seen.

use miette::SourceSpan;

use crate::mend::Argument;
use crate::model::error::Shown;
use crate::model::observed::OtherNodes;
use crate::number::Number;

/// What is wrong with a model of which something else than its states is seen.
#[derive(Clone, Debug, PartialEq, thiserror::Error, miette::Diagnostic)]
pub enum ObservationsError {
    /// A model whose states are not seen, and nobody says by whom.
    #[error("the states of this model are not seen")]
    #[diagnostic(help(
        "add {} for policies that know what they saw last, or {} for controllers of N nodes; without `observations` the states are seen",
        Argument::Nodes.to(1),
        Argument::Nodes.to("N")
    ))]
    Unseen {
        /// `observations`.
        #[label("what is seen")]
        at: SourceSpan,
    },
    /// A state that is reached, and nothing said of what is seen there.
    #[error(
        "`observations` does not say what is seen where `{}` has led to `{}`",
        Shown(action),
        Shown(state)
    )]
    #[diagnostic(help(
        "write it as `{state}: hear-left`, or `{state}: {{hear-left: 0.85, hear-right: 0.15}}`"
    ))]
    NothingSeen {
        /// s'.
        state: String,
        /// a.
        action: String,
        /// `observations`.
        #[label("here")]
        at: SourceSpan,
    },
    /// Chances of observations that are no distribution.
    #[error("`{path}` sums to {sum}, not 1")]
    ObservationSum {
        /// Where, by the keys that lead there.
        path: String,
        /// What they sum to.
        sum: Number,
        /// Where it stands.
        #[label("sums to {sum}")]
        at: SourceSpan,
    },
    /// A policy of another number of nodes than a flag.
    #[error(
        "{} says {flag}, and the policy is a controller of {policy}",
        Argument::Nodes
    )]
    #[diagnostic(help("leave {} out, or give a policy of {flag} nodes", Argument::Nodes))]
    OtherNodes {
        /// What the flag says.
        flag: u32,
        /// The policy's.
        policy: u32,
        /// The policy, where it stands in the model's file.
        #[label("of {policy} nodes")]
        at: Option<SourceSpan>,
    },
    /// A model as a controller sees it is not made.
    #[error("as a controller of {nodes} nodes sees it, the model would have {why}")]
    #[diagnostic(help("ask for fewer nodes"))]
    TooManyNodes {
        /// How many nodes.
        nodes: u32,
        /// What there would be.
        why: String,
    },
}

impl ObservationsError {
    /// The error of a flag that does not fit a policy, whose block may stand in the model's file.
    pub(crate) fn other_nodes(why: OtherNodes, policy: Option<SourceSpan>) -> ObservationsError {
        ObservationsError::OtherNodes {
            flag: why.flag.get(),
            policy: why.policy.get(),
            at: policy,
        }
    }
}
