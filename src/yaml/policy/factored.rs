//! `players:` in a policy block: each player's own block, over its own actions.

use super::block::read_player;
use super::error::PolicyFileError;
use super::keys::Form;
use crate::mdp::Space;
use crate::model::error::NameList;
use crate::model::errors::{ModelWarning, Problems};
use crate::policy::PlayerSpecification;
use crate::yaml::YamlError;
use crate::yaml::document::{Node, NodeKind};
use crate::yaml::read::{KeyPath, flag, is};

/// Reads a block for each player that is named; the others are uniform.
pub(super) fn players(
    node: Node<'_>,
    form: Form,
    space: &Space,
    warnings: &mut Vec<ModelWarning>,
    problems: &mut Problems,
) -> Option<Vec<PlayerSpecification>> {
    let Some(players) = space.players() else {
        problems.push(PolicyFileError::NoPlayers { at: node.place() });
        return None;
    };
    let mut all = vec![PlayerSpecification::default(); players.count()];
    let before = problems.count();
    for (name, block) in blocks(node, form, problems)? {
        let Some(player) = players.names().iter().position(|own| own == name.text()) else {
            problems.push(YamlError::UnknownKey {
                found: name.text().into(),
                within: "`players`".into(),
                help: crate::model::Suggestion::OneOf(NameList::of(
                    players.names().iter().cloned(),
                )),
                at: name.place(),
            });
            continue;
        };
        let part = players.part(space, player);
        let fixed = block.entries().find(|(key, _)| key.text() == "fixed");
        let path = KeyPath::new("policy");
        let is_fixed = fixed.is_some_and(|(_, node)| flag(node, &path.join("fixed"), problems));
        if let Some(policy) = read_player(block, form, &part.space, warnings, problems) {
            all[player] = PlayerSpecification { policy, is_fixed };
        }
    }
    (problems.count() == before).then_some(all)
}

/// The players' names and blocks: a mapping in a file, a list in a report.
fn blocks<'d>(
    node: Node<'d>,
    form: Form,
    problems: &mut Problems,
) -> Option<Vec<(Node<'d>, Node<'d>)>> {
    if form == Form::Report && node.kind() == NodeKind::Sequence {
        let named = |item: Node<'d>| {
            let mut keys = item.entries();
            let (_, name) = keys.find(|(key, _)| key.text() == "name")?;
            Some((name, item))
        };
        return node.items().map(named).collect();
    }
    let expected = "a mapping of players, each with a policy of its own";
    let path = KeyPath::new("policy");
    let fits = is(
        NodeKind::Mapping,
        node,
        &path.join("players"),
        expected,
        problems,
    );
    fits.then(|| node.entries().collect())
}
