//! `players:` in a model file: who plays, whose joint actions the actions of the model are.

use std::sync::Arc;

use super::PlayersError;
use super::document::{Node, NodeKind};
use super::read::{KeyPath, is};
use crate::mdp::{AND, Players, Space};
use crate::model::Model;
use crate::model::error::NameOf;
use crate::model::errors::Problems;
use crate::model::names::{Index, is_name};

/// Joint actions that any file may have; beyond, as many as its length allows; a choice.
const FEW: usize = 1024;
/// Joint actions for each node of a file, at most: it has to say what each of them does.
const EACH: usize = 16;

/// Players and their actions, from `{row: [heads, tails], column: [heads, tails]}`; `nodes`, those of
/// the file, bound how many joint actions there may be.
pub(super) fn players(node: Node<'_>, nodes: usize, problems: &mut Problems) -> Option<Players> {
    let before = problems.count();
    let expected = "a mapping of players, each with a list of its actions";
    if !is(
        NodeKind::Mapping,
        node,
        &KeyPath::new("players"),
        expected,
        problems,
    ) {
        return None;
    }
    let mut players = Vec::new();
    for (key, actions) in node.entries() {
        if !is_name(key.text()) {
            let (found, at) = (key.text().into(), key.place());
            problems.push(PlayersError::PlayerName { found, at });
        }
        let Some(index) = Index::read(NameOf::Action, actions, nodes, problems) else {
            continue;
        };
        for item in actions.items().filter(|item| item.text().contains(AND)) {
            let (found, at) = (item.text().into(), item.place());
            problems.push(PlayersError::PlayerAction { found, at });
        }
        players.push((key.text().to_string(), index.names()));
    }
    if problems.count() > before {
        return None;
    }
    let joint: f64 = players.iter().map(|(_, own)| own.len() as f64).product();
    let most = FEW + EACH * nodes;
    let found = Players::new(players).filter(|_| joint <= most as f64);
    if found.is_none() {
        let at = node.place();
        problems.push(PlayersError::JointActions { joint, most, at });
    }
    found
}

/// A space with its players; `None` with an error where a state lacks a combination of their actions.
pub(super) fn played(
    space: Space,
    players: &Arc<Players>,
    at: Node<'_>,
    problems: &mut Problems,
) -> Option<Space> {
    let names = (space.state_names().clone(), space.action_names().clone());
    match space.with_players(Arc::clone(players)) {
        Ok(space) => Some(space),
        Err((state, action)) => {
            problems.push(PlayersError::NoCombination {
                state: names.0.get(state).into_owned(),
                action: names.1.get(action).into_owned(),
                at: at.place(),
            });
            None
        }
    }
}

/// The model with a reward for each player. Errors with those that have none.
pub(super) fn paid(model: Model, at: Node<'_>) -> Result<Model, Problems> {
    model.with_rewards_of_players().map_err(|lacking| {
        let mut problems = Problems::default();
        let (players, at) = (lacking, at.place());
        problems.push(PlayersError::Unpaid { players, at });
        problems
    })
}
