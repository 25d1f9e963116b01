//! A policy block → a [`Specification`] for a space. Under `players:` each player has a block of its own.

use super::error::PolicyFileError;
use super::keys::{Author, Keys, OF_PLAYER};
use super::table::{Tables, indices};
use crate::mdp::Space;
use crate::model::Suggestion;
use crate::model::error::NameList;
use crate::model::errors::{ModelWarning, Problems};
use crate::number::Number;
use crate::policy::{Features, Kind, PlayerSpecification, Specification};
use crate::yaml::YamlError;
use crate::yaml::document::{Node, NodeKind};
use crate::yaml::read::{KeyPath, flag, is, number};

/// Reads a policy block for a space.
pub(crate) fn specification(
    node: Node<'_>,
    space: &Space,
    warnings: &mut Vec<ModelWarning>,
    problems: &mut Problems,
) -> Option<Specification> {
    read(node, Author::User, space, warnings, problems)
}

/// Reads a policy block in one of its forms.
pub(super) fn read(
    node: Node<'_>,
    author: Author,
    space: &Space,
    warnings: &mut Vec<ModelWarning>,
    problems: &mut Problems,
) -> Option<Specification> {
    let keys = Keys::read(node, author, &[], problems)?;
    by_keys(keys, space, warnings, problems)
}

fn by_keys(
    keys: Keys<'_>,
    space: &Space,
    warnings: &mut Vec<ModelWarning>,
    problems: &mut Problems,
) -> Option<Specification> {
    let before = problems.count();
    let scalars = keys.scalars(problems);
    let (states, actions) = indices(space);
    let mut block = Block {
        keys,
        tables: Tables {
            space,
            states: &states,
            actions: &actions,
        },
        warnings,
        problems,
    };
    if block.keys.kind.is_by_seen() {
        let read = block.by_laws(scalars);
        return read.filter(|_| problems.count() == before);
    }
    let features = match block.keys.kind {
        Kind::Gaussian => block.state_features(),
        _ => block.features(),
    };
    let specification = Specification {
        theta: block.theta(features.as_ref()),
        probabilities: block.probabilities(),
        features,
        players: block.players(),
        ..scalars
    };
    (problems.count() == before).then_some(specification)
}

/// What a reported policy says without a space.
pub(super) fn scalars(node: Node<'_>, problems: &mut Problems) -> Option<Specification> {
    let keys = Keys::read(node, Author::Report, &[], problems)?;
    Some(keys.scalars(problems))
}

/// Whether θ says what a reported policy is.
pub(super) fn is_by_theta(node: Node<'_>, problems: &mut Problems) -> bool {
    Keys::read(node, Author::Report, &[], problems).is_some_and(|keys| keys.by_theta())
}

/// The errors of a policy block that show without a space.
pub(crate) fn check(node: Node<'_>, problems: &mut Problems) {
    if let Some(keys) = Keys::read(node, Author::User, &[], problems) {
        keys.scalars(problems);
    }
}

/// The tables of a block, which speak of the pairs of a space.
pub(super) struct Block<'a, 'd> {
    pub(super) keys: Keys<'d>,
    pub(super) tables: Tables<'a>,
    pub(super) warnings: &'a mut Vec<ModelWarning>,
    pub(super) problems: &'a mut Problems,
}

impl<'d> Block<'_, 'd> {
    fn theta(&mut self, features: Option<&Features>) -> Option<Vec<Number>> {
        if self.keys.kind == Kind::Gaussian {
            return self.gaussian(features);
        }
        let node = self.keys.get("theta")?;
        let space = self.tables.space;
        match self.keys.kind {
            Kind::Direct => {
                let alive = (0..space.states())
                    .filter(|&s| !space.is_terminal(s))
                    .count();
                let each = "one per state and action but the state's last";
                let theta = self.list(node, space.pairs() - alive, each)?;
                self.check_direct(node, &theta);
                Some(theta)
            }
            Kind::LogLinear => self.weights(node, features?),
            Kind::Simplex => self.distributions("theta", node),
            _ => {
                let table = self.tables.read("theta", node, self.problems)?;
                self.tables.complete("theta", &table, node, self.problems);
                self.numbers("theta", &table.of_pair)
            }
        }
    }

    /// A flat list of numbers.
    pub(super) fn list(
        &mut self,
        node: Node<'d>,
        expected: usize,
        each: &'static str,
    ) -> Option<Vec<Number>> {
        let path = KeyPath::new("policy");
        let path = path.join("theta");
        if !self.is_list(node, &path) {
            return None;
        }
        let found = node.items().count();
        if found != expected {
            self.problems.push(PolicyFileError::Count {
                table: "theta",
                found,
                expected,
                each,
                at: node.place(),
            });
            return None;
        }
        self.items(node, &path)
    }

    /// Whether a node is a list, as rows of numbers are; an error where it is not.
    pub(super) fn is_list(&mut self, node: Node<'d>, path: &KeyPath<'_>) -> bool {
        let expected = "a list of numbers";
        is(NodeKind::Sequence, node, path, expected, self.problems)
    }

    /// The numbers of a list; every item is read, so that every fault among them is reported.
    pub(super) fn items(&mut self, node: Node<'d>, path: &KeyPath<'_>) -> Option<Vec<Number>> {
        let read = node.items().map(|item| number(item, path, self.problems));
        let read: Vec<Option<Number>> = read.collect();
        read.into_iter().collect()
    }

    /// Each player's own policy.
    fn players(&mut self) -> Option<Vec<PlayerSpecification>> {
        if self.keys.kind == Kind::Factored && self.tables.space.players().is_none() {
            let at = self.keys.node.place();
            self.problems.push(PolicyFileError::NoPlayers { at });
            return None;
        }
        let node = self.keys.get("players")?;
        let (author, space) = (self.keys.author, self.tables.space);
        players(node, author, space, self.warnings, self.problems)
    }
}

/// Reads a block for each player that is named; the others are uniform.
fn players(
    node: Node<'_>,
    author: Author,
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
    for (name, block) in blocks(node, author, problems)? {
        let Some(player) = players.names().iter().position(|own| own == name.text()) else {
            problems.push(YamlError::UnknownKey {
                found: name.text().into(),
                within: "`players`".into(),
                help: Suggestion::OneOf(NameList::of(players.names().iter().cloned())),
                at: name.place(),
            });
            continue;
        };
        let part = players.part(space, player);
        let fixed = block.entries().find(|(key, _)| key.text() == "fixed");
        let path = KeyPath::new("policy");
        let is_fixed = fixed.is_some_and(|(_, node)| flag(node, &path.join("fixed"), problems));
        let keys = Keys::read(block, author, OF_PLAYER, problems);
        if let Some(policy) = keys.and_then(|keys| by_keys(keys, &part.space, warnings, problems)) {
            all[player] = PlayerSpecification { policy, is_fixed };
        }
    }
    (problems.count() == before).then_some(all)
}

/// The players' names and blocks: a mapping in a file, a list in a report.
fn blocks<'d>(
    node: Node<'d>,
    author: Author,
    problems: &mut Problems,
) -> Option<Vec<(Node<'d>, Node<'d>)>> {
    if author == Author::Report && node.kind() == NodeKind::Sequence {
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
