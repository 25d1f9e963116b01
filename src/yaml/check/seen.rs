//! A model with `observations` as the controller sees it that is asked for, or its own.

use std::num::NonZeroU32;

use crate::mdp::Space;
use crate::model::Model;
use crate::model::criterion::Overrides;
use crate::model::errors::{ModelWarning, Problems};
use crate::model::observed::Seer;
use crate::policy::Specification;
use crate::yaml::ObservationsError;
use crate::yaml::document::{Document, Node};
use crate::yaml::needs::POLICY;
use crate::yaml::observations::Observations;
use crate::yaml::policy as block;

/// How many nodes the controller of a policy file has; `None` if it is none.
pub(crate) fn controller_nodes(text: &str) -> Option<NonZeroU32> {
    let (document, _) = Document::parse(text, POLICY).ok()?;
    block::nodes_of(document.root())
}

/// The model as its own controller sees it, or one that is asked for.
pub(super) fn seen(
    observations: Observations,
    model: &Model,
    policy: Option<Node<'_>>,
    overrides: &Overrides,
) -> Result<Model, Problems> {
    let own = policy.and_then(|node| Some((node, block::nodes_of_block(node)?)));
    let of_policy = overrides.controller.or(own.map(|(_, nodes)| nodes));
    let seer = Seer::of(overrides.nodes, of_policy)
        .map_err(|why| ObservationsError::other_nodes(why, own.map(|(at, _)| at.place())))?;
    if overrides.keep_observations && overrides.nodes.is_none() {
        let policy = match own {
            Some((node, nodes)) => Some(of_controller(&observations, model, node, nodes)?),
            None => None,
        };
        return Ok(observations.kept(model.clone())?.carrying(policy));
    }
    let model = observations.seen(model, seer)?;
    let nodes = model.space().sight().map_or(0, |sight| sight.nodes());
    let Some((node, _)) = own.filter(|(_, own)| own.get() == nodes) else {
        return Ok(model);
    };
    let (policy, warnings) = own_controller(node, model.space())?;
    Ok(model.with_controller(policy, warnings))
}

/// The policy of a controller in the file of a model that is read to be written again.
fn of_controller(
    observations: &Observations,
    model: &Model,
    node: Node<'_>,
    nodes: NonZeroU32,
) -> Result<Specification, Problems> {
    let seer = Seer {
        nodes,
        by_laws: true,
    };
    let seen = observations.clone().seen(model, Some(seer))?;
    own_controller(node, seen.space()).map(|(policy, _)| policy)
}

/// The policy of a controller, of which the space of what it sees knows the laws.
fn own_controller(
    node: Node<'_>,
    space: &Space,
) -> Result<(Specification, Vec<ModelWarning>), Problems> {
    let (mut warnings, mut problems) = (Vec::new(), Problems::default());
    let policy = block::specification(node, space, &mut warnings, &mut problems);
    match policy {
        Some(policy) if problems.is_empty() => Ok((policy, warnings)),
        _ => Err(problems),
    }
}
