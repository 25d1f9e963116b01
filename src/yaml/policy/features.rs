//! Features of the pairs, and θ by their names.

use super::block::Block;
use super::error::PolicyFileError;
use crate::model::error::NameList;
use crate::model::names::suggest;
use crate::number::Number;
use crate::policy::Features;
use crate::yaml::YamlError;
use crate::yaml::document::{Node, NodeKind};
use crate::yaml::read::{KeyPath, is, number};

impl<'d> Block<'_, 'd> {
    pub(super) fn features(&mut self) -> Option<Features> {
        let node = self.keys.get("features")?;
        let table = self.tables.read("features", node, self.problems)?;
        self.tables
            .complete("features", &table, node, self.problems);
        let first = table.of_pair.iter().flatten().next()?;
        let by_name = (first.kind() == NodeKind::Mapping)
            .then(|| first.entries().map(|(key, _)| key.text().into()).collect());
        let names: Option<Vec<String>> = by_name.or_else(|| self.keys.labels());
        let expected = match &names {
            Some(names) => names.len(),
            None => first.items().count(),
        };
        let first_pair = table.of_pair.iter().position(Option::is_some).unwrap_or(0);
        let mut rows = Vec::with_capacity(table.of_pair.len());
        for (pair, row) in table.of_pair.iter().enumerate() {
            let Some(row) = *row else { continue };
            let name = self.tables.pair_name(pair);
            let row = match &names {
                Some(names) if row.kind() == NodeKind::Mapping => {
                    self.named_row(Some(&name), row, names)
                }
                _ => self.feature_row(&name, first_pair, expected, row),
            };
            rows.extend(row);
        }
        (rows.len() == table.of_pair.len()).then_some(Features { names, rows })
    }

    pub(super) fn feature_row(
        &mut self,
        pair: &str,
        first: usize,
        expected: usize,
        row: Node<'d>,
    ) -> Option<Vec<Number>> {
        let path = KeyPath::new("features");
        let path = path.join(pair);
        if !self.is_list(row, &path) {
            return None;
        }
        let found = row.items().count();
        if found != expected {
            self.problems.push(PolicyFileError::FeatureLength {
                pair: pair.into(),
                found,
                first: self.tables.pair_name(first),
                expected,
                at: row.place(),
            });
            return None;
        }
        self.items(row, &path)
    }

    /// A row `{name: number, …}` that names every feature: that of a pair, or θ.
    pub(super) fn named_row(
        &mut self,
        pair: Option<&str>,
        row: Node<'d>,
        names: &[String],
    ) -> Option<Vec<Number>> {
        let parent = KeyPath::new(if pair.is_some() { "features" } else { "policy" });
        let path = parent.join(pair.unwrap_or("theta"));
        let expected = "a mapping of features to numbers";
        if !is(NodeKind::Mapping, row, &path, expected, self.problems) {
            return None;
        }
        let mut values = vec![None; names.len()];
        for (key, value) in row.entries() {
            match names.iter().position(|name| name == key.text()) {
                Some(i) => values[i] = number(value, &path.join(key.text()), self.problems),
                None => {
                    let known: Vec<&str> = names.iter().map(String::as_str).collect();
                    self.problems.push_with(|| YamlError::UnknownKey {
                        found: key.text().into(),
                        within: match pair {
                            Some(pair) => format!("the features of {pair}"),
                            None => "`theta`".into(),
                        },
                        help: suggest(key.text(), &known),
                        at: key.place(),
                    });
                }
            }
        }
        let written = |name: &&String| row.entries().any(|(key, _)| key.text() == name.as_str());
        let mut missing = names.iter().filter(|name| !written(name)).peekable();
        if missing.peek().is_some() {
            let (missing, at) = (NameList::of(missing.cloned()), row.place());
            self.problems.push(match pair {
                Some(pair) => PolicyFileError::FeatureMissing {
                    pair: pair.into(),
                    missing,
                    at,
                },
                None => PolicyFileError::WeightMissing { missing, at },
            });
        }
        values.into_iter().collect()
    }

    /// θ of a log-linear policy: a list, or a mapping of the features' names.
    pub(super) fn weights(&mut self, node: Node<'d>, features: &Features) -> Option<Vec<Number>> {
        let count = features.rows.first().map_or(0, Vec::len);
        let Some(names) = &features.names else {
            return self.list(node, count, "one per feature");
        };
        if node.kind() != NodeKind::Mapping {
            return self.list(node, count, "one per feature");
        }
        self.named_row(None, node, names)
    }
}
