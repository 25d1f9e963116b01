//! The keys of a Gaussian policy: `mean`, `log_sigma` and `features`, by state.

use super::block::Block;
use super::error::PolicyFileError;
use super::keys::Author;
use crate::model::error::NameList;
use crate::number::{Number, Rational};
use crate::policy::Features;
use crate::yaml::DynamicsError;
use crate::yaml::axes::Axes;
use crate::yaml::document::{Node, NodeKind};
use crate::yaml::formula::Formula;
use crate::yaml::read::{KeyPath, number, wrong_type};

impl<'d> Block<'_, 'd> {
    /// θ: the means, then log σ; what is left out is 0.
    pub(super) fn gaussian(&mut self, features: Option<&Features>) -> Option<Vec<Number>> {
        let means = match features {
            Some(features) => features.rows.first().map_or(0, Vec::len),
            None => self.acting().len(),
        };
        if let Some(node) = self.keys.get("theta") {
            return self.list(node, 2 * means, "the means, then every log σ");
        }
        let mut theta = Vec::with_capacity(2 * means);
        for key in ["mean", "log_sigma"] {
            match self.keys.get(key) {
                Some(node) => theta.extend(self.of_states(key, node, features, means)?),
                None => theta.extend(vec![Number::ZERO; means]),
            }
        }
        let keys = ["mean", "log_sigma"];
        let given = keys.iter().any(|key| self.keys.get(key).is_some());
        given.then_some(theta)
    }

    /// The states that act.
    fn acting(&self) -> Vec<usize> {
        let space = self.tables.space;
        (0..space.states())
            .filter(|&state| !space.is_terminal(state))
            .collect()
    }

    /// A number for all, a list, or a mapping of states or of features.
    fn of_states(
        &mut self,
        key: &'static str,
        node: Node<'d>,
        features: Option<&Features>,
        count: usize,
    ) -> Option<Vec<Number>> {
        let path = KeyPath::new("policy");
        let path = path.join(key);
        match node.kind() {
            NodeKind::Scalar => {
                let each = number(node, &path, self.problems)?;
                Some(vec![each; count])
            }
            NodeKind::Sequence => {
                let each = match features {
                    Some(_) => "one per feature",
                    None => "one per state that is not terminal",
                };
                self.list(node, count, each)
            }
            _ => match features.map(|features| &features.names) {
                Some(Some(names)) => self.named_row(None, node, names),
                Some(None) => self.list(node, count, "one per feature"),
                None => self.by_state(key, node),
            },
        }
    }

    /// `{cold: 0.3, hot: -1}`.
    fn by_state(&mut self, key: &'static str, node: Node<'d>) -> Option<Vec<Number>> {
        let rows = self.rows_by_state(key, node)?;
        let path = KeyPath::new("policy");
        let path = path.join(key);
        let numbers = self.acting().into_iter().map(|state| {
            let state = rows[state]?;
            number(state, &path, self.problems)
        });
        numbers.collect()
    }

    /// What a mapping says of each state; errors for those that it leaves out.
    fn rows_by_state(
        &mut self,
        key: &'static str,
        node: Node<'d>,
    ) -> Option<Vec<Option<Node<'d>>>> {
        let before = self.problems.count();
        let mut rows = vec![None; self.tables.space.states()];
        for (name, value) in node.entries() {
            let Some(state) = self.tables.states.find(name, key, self.problems) else {
                continue;
            };
            if self.tables.space.is_terminal(state as usize) {
                let (state, at) = (name.text().into(), name.place());
                self.problems.push(PolicyFileError::Terminal { state, at });
            }
            rows[state as usize] = Some(value);
        }
        let acting = self.acting();
        let missing: Vec<String> = acting
            .into_iter()
            .filter(|&state| rows[state].is_none())
            .map(|state| self.tables.state_name(state))
            .collect();
        if !missing.is_empty() && self.problems.count() == before {
            self.problems.push(PolicyFileError::Incomplete {
                table: key,
                missing: NameList::of(missing),
                at: node.place(),
            });
        }
        (self.problems.count() == before).then_some(rows)
    }

    /// φ(s) of every state: formulas in the numbers of the states, or a row for each, by state or one
    /// after the other.
    pub(super) fn state_features(&mut self) -> Option<Features> {
        let node = self.keys.get("features")?;
        match node.kind() {
            NodeKind::Mapping => {
                let rows = self.rows_by_state("features", node)?;
                self.feature_rows(&rows)
            }
            NodeKind::Sequence => match node.items().next().map(|first| first.kind()) {
                Some(NodeKind::Scalar) => self.formulas(node),
                _ => {
                    let rows: Vec<Option<Node<'d>>> = node.items().map(Some).collect();
                    let expected = self.tables.space.states();
                    if rows.len() != expected {
                        self.problems.push(PolicyFileError::Count {
                            table: "features",
                            found: rows.len(),
                            expected,
                            each: "one row per state",
                            at: node.place(),
                        });
                        return None;
                    }
                    self.feature_rows(&rows)
                }
            },
            _ => {
                let path = KeyPath::new("policy");
                let expected = "formulas, `[1, s]`, or a row of numbers for every state";
                let error = wrong_type(node, &path.join("features"), expected);
                self.problems.push(error);
                None
            }
        }
    }

    /// Rows of one length; of a terminal state zeros.
    fn feature_rows(&mut self, rows: &[Option<Node<'d>>]) -> Option<Features> {
        let first = self.acting().into_iter().find_map(|state| rows[state])?;
        let names = match first.kind() {
            NodeKind::Mapping => Some(first.entries().map(|(key, _)| key.text().into()).collect()),
            _ => self.labels_of_means(),
        };
        let names: Option<Vec<String>> = names;
        let expected = names.as_ref().map_or(first.items().count(), Vec::len);
        let mut read = Vec::with_capacity(rows.len());
        for (state, row) in rows.iter().enumerate() {
            let name = self.tables.state_name(state);
            read.push(match (row, &names) {
                _ if self.tables.space.is_terminal(state) => vec![Number::ZERO; expected],
                (Some(row), Some(names)) if row.kind() == NodeKind::Mapping => {
                    self.named_row(Some(&name), *row, names)?
                }
                (Some(row), _) => self.state_row(&name, expected, *row)?,
                (None, _) => return None,
            });
        }
        Some(Features { names, rows: read })
    }

    fn state_row(&mut self, state: &str, expected: usize, row: Node<'d>) -> Option<Vec<Number>> {
        let path = KeyPath::new("features");
        let path = path.join(state);
        if !self.is_list(row, &path) {
            return None;
        }
        let found = row.items().count();
        if found != expected {
            self.problems.push(PolicyFileError::Count {
                table: "features",
                found,
                expected,
                each: "as many as the first state has",
                at: row.place(),
            });
            return None;
        }
        self.items(row, &path)
    }

    /// `[1, s]`: features that are functions of the numbers of a state.
    fn formulas(&mut self, node: Node<'d>) -> Option<Features> {
        let Some(points) = Axes::of_names(self.tables.space.state_names(), "s") else {
            let at = node.place();
            self.problems.push(PolicyFileError::NoNumbers { at });
            return None;
        };
        let variables: Vec<&str> = points.axes.iter().map(String::as_str).collect();
        let (mut names, mut columns) = (Vec::new(), Vec::new());
        for item in node.items() {
            let path = "policy.features".to_string();
            let error = |why| DynamicsError::Formula {
                path,
                why,
                at: item.place(),
            };
            let values = Formula::read(item.text(), &variables).and_then(|formula| {
                let value = |at: &Vec<Rational>| formula.value(at);
                let values: Result<Vec<Rational>, _> = points.at.iter().map(value).collect();
                values.map_err(|why| format!("in some state it {why}"))
            });
            match values {
                Ok(values) => columns.push(values),
                Err(why) => {
                    self.problems.push(error(why));
                    return None;
                }
            }
            names.push(item.text().to_string());
        }
        let row = |state: usize| {
            let is_terminal = self.tables.space.is_terminal(state);
            let value = |column: &Vec<Rational>| {
                if is_terminal {
                    Number::ZERO
                } else {
                    column[state].clone().into()
                }
            };
            columns.iter().map(value).collect()
        };
        let rows = (0..points.at.len()).map(row).collect();
        Some(Features {
            names: Some(names),
            rows,
        })
    }

    /// The features' names in a report, `mean[name]` among the labels of θ, unless they are numbered.
    fn labels_of_means(&self) -> Option<Vec<String>> {
        if self.keys.author != Author::Report {
            return None;
        }
        let labels = self.keys.labels()?;
        let names = labels[..labels.len() / 2].iter().map(|label| {
            let inner = label.strip_prefix("mean[")?;
            Some(inner.strip_suffix(']')?.to_string())
        });
        let names: Vec<String> = names.collect::<Option<_>>()?;
        let numbered = names
            .iter()
            .enumerate()
            .all(|(k, name)| *name == k.to_string());
        (!numbered).then_some(names)
    }
}
