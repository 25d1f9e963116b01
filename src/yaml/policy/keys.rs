//! The keys of a policy block, and what they mean without a space.

use super::error::{PolicyFileError, Takes};
use crate::model::error::NameList;
use crate::model::errors::Problems;
use crate::number::Number;
use crate::policy::{Kind, Specification};
use crate::yaml::document::{Node, NodeKind};
use crate::yaml::read::{Fields, KeyPath, is, number, word, wrong_type};

const KEYS: &[&str] = &[
    "parametrization",
    "temperature",
    "power",
    "mean",
    "log_sigma",
    "theta",
    "probabilities",
    "features",
    "mix",
    "players",
    "nodes",
    "start",
    "acts_on",
    "laws",
];

/// The keys that the block of one player has beside them, and that it has in a report.
pub(super) const OF_PLAYER: &[&str] = &["fixed", "name"];

/// The keys of a policy in a report: those of a block and the labels of θ.
const REPORTED: &[&str] = &[
    "parametrization",
    "parameters",
    "temperature",
    "power",
    "theta",
    "probabilities",
    "features",
    "mix",
    "players",
    "nodes",
    "start",
    "acts_on",
    "laws",
    "law_probabilities",
    "rule_of_time",
];

const KINDS: [(&str, Kind); 9] = [
    ("softmax", Kind::Softmax),
    ("direct", Kind::Direct),
    ("simplex", Kind::Simplex),
    ("log-linear", Kind::LogLinear),
    ("escort", Kind::Escort),
    ("factored", Kind::Factored),
    ("gaussian", Kind::Gaussian),
    ("observation", Kind::Observation),
    ("controller", Kind::Controller),
];

/// The keys beside `parametrization` and `mix` that a parametrization takes.
fn takes(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Softmax => &["temperature", "theta", "probabilities"],
        Kind::Direct => &["theta", "probabilities"],
        Kind::Simplex => &["theta", "probabilities"],
        Kind::LogLinear => &["temperature", "theta", "features"],
        Kind::Escort => &["power", "theta"],
        Kind::Factored => &["players"],
        Kind::Gaussian => &["mean", "log_sigma", "theta", "features"],
        Kind::Observation => &["laws", "theta", "probabilities"],
        Kind::Controller => &[
            "nodes",
            "start",
            "acts_on",
            "laws",
            "theta",
            "probabilities",
        ],
    }
}

/// Who wrote a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Author {
    /// A user: one of `theta` and `probabilities` says what the policy is.
    User,
    /// This program, in a report: both stand there, rounded, with the labels of θ, and ε is a number.
    Report,
}

/// The keys of a block and what they mean without a space.
pub(super) struct Keys<'d> {
    pub(super) node: Node<'d>,
    pub(super) author: Author,
    fields: Fields<'d>,
    pub(super) kind: Kind,
}

impl<'d> Keys<'d> {
    /// The keys of a form and some more.
    pub(super) fn read(
        node: Node<'d>,
        author: Author,
        more: &[&'static str],
        problems: &mut Problems,
    ) -> Option<Keys<'d>> {
        let path = KeyPath::new("policy");
        if !is(NodeKind::Mapping, node, &path, "a mapping", problems) {
            return None;
        }
        let known = if author == Author::Report {
            REPORTED
        } else {
            KEYS
        };
        let fields = Fields::read(node, "the policy", &[known, more].concat(), problems);
        let kind = match fields.get("parametrization") {
            Some(node) => word(node, &path.join("parametrization"), &KINDS, problems)?,
            None if fields.get("players").is_some() => Kind::Factored,
            None => Kind::Softmax,
        };
        let keys = Keys {
            node,
            author,
            fields,
            kind,
        };
        keys.refuse(problems);
        Some(keys)
    }

    /// The parametrization and the numbers that are the same for all pairs.
    pub(super) fn scalars(&self, problems: &mut Problems) -> Specification {
        let positive = |x: &Number| !x.is_zero() && !x.is_negative();
        let one_or_more = |x: &Number| *x >= Number::ONE;
        Specification {
            parametrization: self.kind,
            temperature: self.ranged("temperature", "greater than 0", positive, problems),
            power: self.ranged("power", "at least 1", one_or_more, problems),
            mix: self.mix(problems),
            controller: (self.kind.is_by_seen())
                .then(|| self.controller(problems))
                .flatten(),
            ..Specification::default()
        }
    }

    /// The value of a key that the parametrization takes; of others nothing, they are refused. Of θ
    /// and π in a report the one that says what the policy is.
    pub(super) fn get(&self, key: &str) -> Option<Node<'d>> {
        let told = self.author == Author::User
            || match key {
                "theta" => self.by_theta(),
                // those of a controller are those of its laws
                "probabilities" => !self.by_theta() && !self.kind.is_by_seen(),
                _ => true,
            };
        let laws = key == "law_probabilities" && self.kind.is_by_seen();
        let taken = laws || takes(self.kind).contains(&key);
        (told && taken).then(|| self.fields.get(key)).flatten()
    }

    /// Whether θ says what the policy of a report is: where there is one, unless it is π itself.
    pub(super) fn by_theta(&self) -> bool {
        let is_pi = matches!(self.kind, Kind::Direct | Kind::Simplex);
        let mixed = self.fields.get("mix").is_some();
        let theta = self.fields.get("theta").filter(|theta| !is_null(*theta));
        theta.is_some() && (mixed || !is_pi)
    }

    /// The features' names in a report, if they have any: the labels of θ.
    pub(super) fn labels(&self) -> Option<Vec<String>> {
        let labels = self.fields.get("parameters")?.items();
        let labels: Vec<String> = labels.map(|label| label.text().to_string()).collect();
        let numbered = (0..).map(|k| format!("theta[{k}]"));
        let named = !labels.iter().zip(numbered).all(|(x, y)| *x == y);
        named.then_some(labels)
    }

    /// The errors of keys that the parametrization does not take, lacks, or has twice.
    fn refuse(&self, problems: &mut Problems) {
        let optional = [
            "temperature",
            "power",
            "mean",
            "log_sigma",
            "theta",
            "probabilities",
            "features",
            "players",
            "nodes",
            "start",
            "acts_on",
            "laws",
        ];
        let untaken = |key: &&'static str| !takes(self.kind).contains(key);
        for key in optional.into_iter().filter(untaken) {
            // a report has π whatever the parametrization, and θ of all players
            let of_all = key == "theta" && self.kind == Kind::Factored;
            let of_report = self.author == Author::Report && (key == "probabilities" || of_all);
            if !of_report {
                self.refuse_key(key, problems);
            }
        }
        if let (Some(theta), Some(probabilities)) = (self.get("theta"), self.get("probabilities")) {
            problems.push(PolicyFileError::ThetaAndProbabilities {
                at: probabilities.place(),
                theta: theta.place(),
            });
        }
        if self.kind == Kind::Factored {
            self.refuse_key("mix", problems);
        }
        let own = ["mean", "log_sigma"];
        let own = own.into_iter().find_map(|key| Some((key, self.get(key)?)));
        if let (Some(theta), Some((key, node))) = (self.get("theta"), own) {
            problems.push(PolicyFileError::ThetaBeside {
                key,
                at: node.place(),
                theta: theta.place(),
            });
        }
        let needed = match self.kind {
            Kind::LogLinear => Some("features"),
            Kind::Controller => Some("nodes"),
            _ => None,
        };
        if let Some(key) = needed.filter(|key| self.fields.get(key).is_none()) {
            problems.push(PolicyFileError::Missing {
                key,
                parametrization: self.kind.name(),
                at: self.node.place(),
            });
        }
    }

    /// The error of a key, if it is written, that the parametrization does not take.
    fn refuse_key(&self, key: &'static str, problems: &mut Problems) {
        if let Some(written) = self.fields.key(key) {
            problems.push(PolicyFileError::KeyNotTaken {
                key,
                parametrization: self.kind.name(),
                help: Takes(NameList::of(takes(self.kind).iter().copied())),
                at: written.place(),
            });
        }
    }

    fn ranged(
        &self,
        key: &'static str,
        expected: &'static str,
        fits: impl Fn(&Number) -> bool,
        problems: &mut Problems,
    ) -> Option<Number> {
        let node = self.get(key)?;
        let found = number(node, &KeyPath::new("policy").join(key), problems)?;
        if !fits(&found) {
            let (found, at) = (found.clone(), node.place());
            let error = PolicyFileError::Range {
                key,
                expected,
                found,
                at,
            };
            problems.push(error);
        }
        Some(found)
    }

    /// `mix: {uniform: 0.05}`.
    fn mix(&self, problems: &mut Problems) -> Option<Number> {
        let node = self.fields.get("mix")?;
        let path = KeyPath::new("policy");
        let path = path.join("mix");
        if self.author == Author::Report {
            return number(node, &path, problems);
        }
        let expected = "a mapping {uniform: ε}";
        if !is(NodeKind::Mapping, node, &path, expected, problems) {
            return None;
        }
        let fields = Fields::read(node, "`mix`", &["uniform"], problems);
        let Some(value) = fields.get("uniform") else {
            problems.push(wrong_type(node, &path, expected));
            return None;
        };
        let found = number(value, &path.join("uniform"), problems)?;
        if found.is_negative() || found > Number::ONE {
            problems.push(PolicyFileError::Range {
                key: "mix",
                expected: "between 0 and 1",
                found: found.clone(),
                at: value.place(),
            });
        }
        Some(found)
    }
}

/// `null`, or nothing at all.
fn is_null(node: Node<'_>) -> bool {
    match node.kind() {
        NodeKind::Nothing => true,
        NodeKind::Scalar => node.is_plain() && node.text() == "null",
        _ => false,
    }
}
