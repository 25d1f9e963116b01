//! Reading of single values: numbers, words, mappings with known keys.

use super::YamlError;
use std::fmt;

use super::document::{Node, NodeKind};
use super::names::found;
use crate::model::error::{DidYouMean, Suggestion};
use crate::model::errors::Problems;
use crate::model::names::suggest;
use crate::number::{LiteralError, Number};

/// The keys from the top of the file down to a value; made into text only for a message.
#[derive(Clone, Copy)]
pub(crate) struct KeyPath<'a> {
    parent: Option<&'a KeyPath<'a>>,
    key: &'a str,
}

impl<'a> KeyPath<'a> {
    pub(crate) const fn new(key: &'a str) -> KeyPath<'a> {
        KeyPath { parent: None, key }
    }

    pub(crate) fn join<'b>(&'b self, key: &'b str) -> KeyPath<'b>
    where
        'a: 'b,
    {
        KeyPath {
            parent: Some(self),
            key,
        }
    }
}

impl fmt::Display for KeyPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.parent {
            Some(parent) => write!(f, "{parent}.{}", crate::model::error::Shown(self.key)),
            None => f.write_str(self.key),
        }
    }
}

/// A value of another kind than expected.
pub(crate) fn wrong_type(node: Node<'_>, path: &KeyPath<'_>, expected: &'static str) -> YamlError {
    YamlError::WrongType {
        path: path.to_string(),
        expected,
        found: found(node),
        at: node.place(),
    }
}

/// Whether a node is of a kind; an error if it is not.
pub(crate) fn is(
    kind: NodeKind,
    node: Node<'_>,
    path: &KeyPath<'_>,
    expected: &'static str,
    problems: &mut Problems,
) -> bool {
    let fits = node.kind() == kind;
    if !fits {
        problems.push(wrong_type(node, path, expected));
    }
    fits
}

/// A number.
pub(crate) fn number(
    node: Node<'_>,
    path: &KeyPath<'_>,
    problems: &mut Problems,
) -> Option<Number> {
    if !is(NodeKind::Scalar, node, path, "a number", problems) {
        return None;
    }
    match node.text().parse() {
        Ok(number) => Some(number),
        Err(reason) => {
            let help = (reason == LiteralError::Malformed).then_some(
                "a number is an integer, a decimal, a scientific literal or a fraction: \
                 3, 0.5, 1e-3, 1/2",
            );
            problems.push_with(|| YamlError::BadNumber {
                help,
                path: path.to_string(),
                found: node.text().into(),
                reason,
                at: node.place(),
            });
            None
        }
    }
}

/// A whole number that `usize` holds; `None` for anything else.
pub(crate) fn whole(node: Node<'_>) -> Option<usize> {
    let is_scalar = node.kind() == NodeKind::Scalar;
    let text = is_scalar.then(|| node.text())?;
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// `true` or `false`.
pub(crate) fn flag(node: Node<'_>, path: &KeyPath<'_>, problems: &mut Problems) -> bool {
    match (node.kind(), node.text()) {
        (NodeKind::Scalar, "true") => true,
        (NodeKind::Scalar, "false") => false,
        _ => {
            problems.push(wrong_type(node, path, "`true` or `false`"));
            false
        }
    }
}

/// One of some words.
pub(crate) fn word<T: Copy>(
    node: Node<'_>,
    path: &KeyPath<'_>,
    words: &[(&str, T)],
    problems: &mut Problems,
) -> Option<T> {
    if !is(NodeKind::Scalar, node, path, "a word", problems) {
        return None;
    }
    let chosen = words.iter().find(|(word, _)| *word == node.text());
    if chosen.is_none() {
        let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        problems.push(YamlError::UnknownWord {
            path: path.to_string(),
            found: node.text().into(),
            help: suggest(node.text(), &words),
            at: node.place(),
        });
    }
    chosen.map(|(_, value)| *value)
}

/// The known key that a key of other programs, or of a textbook, stands for.
fn synonym(key: &str, known: &[&'static str]) -> Option<Suggestion> {
    const SYNONYMS: [(&str, &str); 13] = [
        ("gamma", "discount"),
        ("γ", "discount"),
        ("beta", "discount"),
        ("discount_factor", "discount"),
        ("T", "horizon"),
        ("probabilities", "transitions"),
        ("R", "rewards"),
        ("start", "initial"),
        ("rho0", "initial"),
        ("mu", "initial"),
        ("absorbing", "terminal"),
        ("tau", "temperature"),
        ("pi", "probabilities"),
    ];
    let mut meant = SYNONYMS.iter().filter(|(word, _)| *word == key);
    let (_, meant) = meant.find(|(_, meant)| known.contains(meant))?;
    Some(Suggestion::Nearest(DidYouMean(meant.to_string())))
}

/// Where a key stands that is none of this mapping, but of another file.
fn elsewhere(key: &str, within: &str) -> Option<Suggestion> {
    let is_of_policy_file = key == "by_time" && within == "the policy";
    is_of_policy_file.then_some(Suggestion::Elsewhere(
        "rules by time are a policy file's: `by_time:` at the top of a file of its own",
    ))
}

/// The values of a mapping by its known keys.
pub(crate) struct Fields<'d> {
    found: Vec<(&'static str, Node<'d>, Node<'d>)>,
}

impl<'d> Fields<'d> {
    /// Those of a file that has none.
    pub(crate) fn none() -> Fields<'d> {
        Fields { found: Vec::new() }
    }

    /// The fields of a mapping that may have the `known` keys; others are errors, and read on as the
    /// known key that they misspell, so that the faults below are found too.
    pub(crate) fn read(
        node: Node<'d>,
        within: &str,
        known: &[&'static str],
        problems: &mut Problems,
    ) -> Fields<'d> {
        let mut fields = Vec::new();
        for (key, value) in node.entries() {
            if let Some(name) = known.iter().find(|name| **name == key.text()) {
                fields.push((*name, key, value));
                continue;
            }
            let help = elsewhere(key.text(), within)
                .or_else(|| synonym(key.text(), known))
                .unwrap_or_else(|| suggest(key.text(), known));
            if let Suggestion::Nearest(DidYouMean(nearest)) = &help
                && let Some(name) = known.iter().find(|name| *name == nearest)
                && !node.entries().any(|(key, _)| key.text() == nearest)
            {
                fields.push((*name, key, value));
            }
            problems.push(YamlError::UnknownKey {
                found: key.text().into(),
                within: within.into(),
                help,
                at: key.place(),
            });
        }
        Fields { found: fields }
    }

    /// The value of a key.
    pub(crate) fn get(&self, name: &str) -> Option<Node<'d>> {
        let mut found = self.found.iter();
        found.find(|field| field.0 == name).map(|field| field.2)
    }

    /// The key itself, for its place.
    pub(crate) fn key(&self, name: &str) -> Option<Node<'d>> {
        let mut found = self.found.iter();
        found.find(|field| field.0 == name).map(|field| field.1)
    }
}

#[cfg(test)]
mod tests {
    use crate::model::Model;

    const MODEL: &str = "
gamma: 0.9
states: [cold, hot]
actions: [wait, heat]
initial: cold
transitions: {cold: {wait: cold, heat: hot}, hot: {wait: cold, heat: hot}}
rewards: {hot: 2/3}
";

    #[test]
    fn a_word_of_textbooks_finds_the_key() {
        let errors = Model::parse("m.yaml", MODEL).unwrap_err().plain();
        assert!(errors.contains("did you mean `discount`?"), "{errors}");
        let errors = MODEL.replace("gamma: 0.9", "discount: 0.9\nmu: cold");
        let errors = Model::parse("m.yaml", &errors).unwrap_err().plain();
        assert!(errors.contains("did you mean `initial`?"), "{errors}");
    }

    #[test]
    fn a_state_may_be_paid_whatever_is_done_in_it() {
        let by_state = MODEL.replace("gamma", "discount");
        let by_pair = by_state.replace("hot: 2/3", "hot: {wait: 2/3, heat: 2/3}");
        let parse = |text: &str| Model::parse("m.yaml", text).unwrap();
        assert_eq!(parse(&by_state), parse(&by_pair));
        let nobody = by_state.replace("hot: 2/3", "warm: 1");
        let errors = Model::parse("m.yaml", &nobody).unwrap_err().plain();
        assert!(errors.contains("`warm`"), "{errors}");
    }
}
