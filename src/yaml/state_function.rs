//! A function of the state, as critics and baselines are given: a list, a map from states to numbers,
//! or the values of a report; `by_time:` a list of them, one for each time of a horizon.

use super::YamlError;
use super::document::{Document, Node, NodeKind};
use super::needs::VALUES;
use super::policy::PolicyFileError;
use super::read::{KeyPath, number, wrong_type};
use crate::mdp::Space;
use crate::model::error::{NameList, NameOf};
use crate::model::errors::Problems;
use crate::model::names::Index;
use crate::number::Number;

/// A number for each state, or for each time and state, time by time.
pub(crate) fn read(text: &str, space: &Space) -> Result<Vec<Number>, Problems> {
    let mut problems = Problems::default();
    let document = Document::read(text, VALUES, &mut problems)?;
    let mut reader = Reader { space, problems };
    let values = reader.values(document.root());
    match values {
        Some(values) if reader.problems.is_empty() => Ok(values),
        _ => Err(reader.problems),
    }
}

struct Reader<'s> {
    space: &'s Space,
    problems: Problems,
}

impl Reader<'_> {
    fn values(&mut self, root: Node<'_>) -> Option<Vec<Number>> {
        let expected =
            "a list of numbers, a map from states to numbers, or a report that holds values `v`";
        match root.kind() {
            NodeKind::Sequence => self.list(root, &KeyPath::new("values")),
            NodeKind::Mapping => {
                let mut entries = root.entries();
                let v = entries.find(|(key, _)| key.text() == "v").map(|(_, v)| v);
                if let Some(times) = by_time(root) {
                    return self.times(times);
                }
                match v.filter(|v| v.kind() == NodeKind::Sequence) {
                    Some(v) => self.list(v, &KeyPath::new("v")),
                    None if is_report(root) => {
                        let at = root.place();
                        self.problems.push(YamlError::ReportWithoutValues { at });
                        None
                    }
                    None => self.map(root),
                }
            }
            _ => {
                let error = wrong_type(root, &KeyPath::new("the file"), expected);
                self.problems.push(error);
                None
            }
        }
    }

    /// One function after the other.
    fn times(&mut self, times: Node<'_>) -> Option<Vec<Number>> {
        let path = KeyPath::new("by_time");
        let one = |node: Node<'_>| match node.kind() {
            NodeKind::Sequence => self.list(node, &path),
            NodeKind::Mapping => self.map(node),
            _ => {
                let expected = "a list of numbers or a map from states to numbers, for each time";
                self.problems.push(wrong_type(node, &path, expected));
                None
            }
        };
        let read: Vec<Option<Vec<Number>>> = times.items().map(one).collect();
        let rows: Option<Vec<Vec<Number>>> = read.into_iter().collect();
        rows.map(|rows| rows.concat())
    }

    /// In the order of the states; a value that does not exist counts as 0, as in a report.
    fn list(&mut self, node: Node<'_>, path: &KeyPath<'_>) -> Option<Vec<Number>> {
        let (found, expected) = (node.items().count(), self.space.states());
        if found != expected {
            self.problems.push(PolicyFileError::Count {
                table: "the list",
                found,
                expected,
                each: "one per state, terminal ones too",
                at: node.place(),
            });
            return None;
        }
        let undefined = |item: Node<'_>| item.is_plain() && item.text() == "null";
        let read: Vec<Option<Number>> = node
            .items()
            .map(|item| {
                if undefined(item) {
                    Some(Number::ZERO)
                } else {
                    number(item, path, &mut self.problems)
                }
            })
            .collect();
        read.into_iter().collect()
    }

    /// By the names of the states; terminal ones may be left out.
    fn map(&mut self, node: Node<'_>) -> Option<Vec<Number>> {
        let states = Index::of_names(NameOf::State, self.space.state_names());
        let mut values = vec![None; self.space.states()];
        for (key, value) in node.entries() {
            let state = states.find(key, "values", &mut self.problems);
            let path = KeyPath::new("values");
            let x = number(value, &path.join(key.text()), &mut self.problems);
            if let (Some(state), Some(x)) = (state, x) {
                values[state as usize] = Some(x);
            }
        }
        let missing = (0..values.len())
            .filter(|&state| values[state].is_none() && !self.space.is_terminal(state))
            .map(|state| states.name(state as u32));
        let missing: Vec<String> = missing.collect();
        if !missing.is_empty() && self.problems.is_empty() {
            self.problems.push(YamlError::StatesWithoutNumber {
                missing: NameList::of(missing),
                at: node.place(),
            });
        }
        let or_zero = |x: Option<Number>| x.unwrap_or(Number::ZERO);
        Some(values.into_iter().map(or_zero).collect())
    }
}

/// What a mapping says for each time.
fn by_time(root: Node<'_>) -> Option<Node<'_>> {
    let mut entries = root.entries();
    let found = entries.find(|(key, _)| key.text() == "by_time");
    let times = found.map(|(_, times)| times);
    times.filter(|times| times.kind() == NodeKind::Sequence)
}

/// Whether a mapping is what a command wrote: the pairs of a model stand in it, or several models.
fn is_report(root: Node<'_>) -> bool {
    let is_list = |value: Node<'_>| value.kind() == NodeKind::Sequence;
    let mut entries = root.entries();
    entries.any(|(key, value)| matches!(key.text(), "pairs" | "models") && is_list(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Model, ModelErrors};

    const MODEL: &str = "
discount: 0.9
states: [a, b, end]
actions: [x]
initial: a
transitions: {a: {x: b}, b: {x: end}}
terminal: [end]
";

    fn numbers(text: &str) -> Result<Vec<Number>, String> {
        let model = Model::parse("m.yaml", MODEL).unwrap();
        let errors = |problems| ModelErrors::new("b.yaml", text, problems).plain();
        read(text, model.space()).map_err(errors)
    }

    #[test]
    fn lists_maps_and_reports_are_read_exactly() {
        let ratio = |p, q| Number::ratio(p, q).unwrap();
        let expected = vec![ratio(1, 10), ratio(-2, 3), ratio(0, 1)];
        for text in [
            "[0.1, -2/3, 0]",
            "{b: -2/3, a: 1/10}",
            "b: -2/3\na: 1e-1\nend: 0\n",
            r#"{"model": "m", "policy": {"v": 3}, "v": [0.1, "-2/3", null], "q": [1, 2]}"#,
        ] {
            assert_eq!(numbers(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_function_of_the_state_says_where_and_why() {
        for (text, words) in [
            ("[1, 2]", "2 instead of 3"),
            ("{a: 1}", "no number for `b`"),
            ("{a: 1, c: 2, b: 1}", "unknown state `c`"),
            ("{a: one, b: 1}", "one"),
            ("just text", "a list of numbers"),
            ("{a: 1, a: 2, b: 1}", "twice"),
            (
                r#"{"model": "m", "pairs": [["a", "x"]], "j": 1}"#,
                "holds no values `v`",
            ),
            (r#"{"models": [{"model": "m"}]}"#, "holds no values `v`"),
        ] {
            let found = numbers(text).unwrap_err();
            assert!(found.contains(words), "{text}: {found}");
        }
    }
}
