//! The policy block, key by key.

use super::super::YamlError;
use crate::mdp::Space;
use crate::model::distribution::Sum;
use crate::model::distribution::sum;
use crate::model::error::NameList;
use crate::model::errors::{ModelWarning, Problems};
use crate::model::names::suggest;
use crate::number::Number;
use crate::policy::{Features, Kind, PlayerSpecification, Specification};
use crate::yaml::document::{Node, NodeKind};
use crate::yaml::read::{Fields, Path, is, number, word, wrong_type};

use super::error::{PolicyFileError, Takes};
use super::factored::players;
use super::table::{Tables, indices};

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
];

/// The keys that the block of one player has beside them, and that it has in a report.
const OF_PLAYER: &[&str] = &["fixed", "name"];

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
    "rule_of_time",
];

const KINDS: [(&str, Kind); 7] = [
    ("softmax", Kind::Softmax),
    ("direct", Kind::Direct),
    ("simplex", Kind::Simplex),
    ("log-linear", Kind::LogLinear),
    ("escort", Kind::Escort),
    ("factored", Kind::Factored),
    ("gaussian", Kind::Gaussian),
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
    }
}

/// Reads a policy block for a space.
pub(crate) fn specification(
    node: Node<'_>,
    space: &Space,
    warnings: &mut Vec<ModelWarning>,
    problems: &mut Problems,
) -> Option<Specification> {
    read(node, Form::Block, space, warnings, problems)
}

/// Reads a policy block in one of its forms.
pub(super) fn read(
    node: Node<'_>,
    form: Form,
    space: &Space,
    warnings: &mut Vec<ModelWarning>,
    problems: &mut Problems,
) -> Option<Specification> {
    let keys = Keys::read(node, form, &[], problems)?;
    by_keys(keys, space, warnings, problems)
}

/// Reads the block of one player for its own actions.
pub(super) fn read_player(
    node: Node<'_>,
    form: Form,
    space: &Space,
    warnings: &mut Vec<ModelWarning>,
    problems: &mut Problems,
) -> Option<Specification> {
    let keys = Keys::read(node, form, OF_PLAYER, problems)?;
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
    let keys = Keys::read(node, Form::Report, &[], problems)?;
    Some(keys.scalars(problems))
}

/// Whether θ says what a reported policy is.
pub(super) fn is_by_theta(node: Node<'_>, problems: &mut Problems) -> bool {
    Keys::read(node, Form::Report, &[], problems).is_some_and(|keys| keys.by_theta())
}

/// The errors of a policy block that show without a space.
pub(crate) fn check(node: Node<'_>, problems: &mut Problems) {
    if let Some(keys) = Keys::read(node, Form::Block, &[], problems) {
        keys.scalars(problems);
    }
}

/// Who wrote a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A user: one of `theta` and `probabilities` says what the policy is.
    Block,
    /// This program, in a report: both stand there, rounded, with the labels of θ, and ε is a number.
    Report,
}

/// The keys of a block and what they mean without a space.
pub(super) struct Keys<'d> {
    node: Node<'d>,
    pub(super) form: Form,
    fields: Fields<'d>,
    kind: Kind,
}

impl<'d> Keys<'d> {
    /// The keys of a form and some more.
    fn read(
        node: Node<'d>,
        form: Form,
        more: &[&'static str],
        problems: &mut Problems,
    ) -> Option<Keys<'d>> {
        let path = Path::new("policy");
        if !is(NodeKind::Mapping, node, &path, "a mapping", problems) {
            return None;
        }
        let known = if form == Form::Report { REPORTED } else { KEYS };
        let fields = Fields::read(node, "the policy", &[known, more].concat(), problems);
        let kind = match fields.get("parametrization") {
            Some(node) => word(node, &path.join("parametrization"), &KINDS, problems)?,
            None if fields.get("players").is_some() => Kind::Factored,
            None => Kind::Softmax,
        };
        let keys = Keys {
            node,
            form,
            fields,
            kind,
        };
        keys.refuse(problems);
        Some(keys)
    }

    /// The parametrization and the numbers that are the same for all pairs.
    fn scalars(&self, problems: &mut Problems) -> Specification {
        let positive = |x: &Number| !x.is_zero() && !x.is_negative();
        let one_or_more = |x: &Number| *x >= Number::ONE;
        Specification {
            parametrization: self.kind,
            temperature: self.ranged("temperature", "greater than 0", positive, problems),
            power: self.ranged("power", "at least 1", one_or_more, problems),
            mix: self.mix(problems),
            ..Specification::default()
        }
    }

    /// The value of a key that the parametrization takes; of others nothing, they are refused. Of θ
    /// and π in a report the one that says what the policy is.
    pub(super) fn get(&self, key: &str) -> Option<Node<'d>> {
        let told = self.form == Form::Block
            || match key {
                "theta" => self.by_theta(),
                "probabilities" => !self.by_theta(),
                _ => true,
            };
        let taken = takes(self.kind).contains(&key);
        (told && taken).then(|| self.fields.get(key)).flatten()
    }

    /// Whether θ says what the policy of a report is: where there is one, unless it is π itself.
    fn by_theta(&self) -> bool {
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

    fn refuse(&self, problems: &mut Problems) {
        let parametrization = self.kind.name();
        let optional = [
            "temperature",
            "power",
            "mean",
            "log_sigma",
            "theta",
            "probabilities",
            "features",
            "players",
        ];
        for key in optional
            .into_iter()
            .filter(|key| !takes(self.kind).contains(key))
        {
            // a report has π whatever the parametrization, and θ of all players
            let of_all = key == "theta" && self.kind == Kind::Factored;
            let of_report = self.form == Form::Report && (key == "probabilities" || of_all);
            if let Some(written) = self.fields.key(key).filter(|_| !of_report) {
                problems.push(PolicyFileError::KeyNotTaken {
                    key,
                    parametrization,
                    help: Takes(NameList::of(takes(self.kind).iter().copied())),
                    at: written.place(),
                });
            }
        }
        if let (Some(theta), Some(probabilities)) = (self.get("theta"), self.get("probabilities")) {
            problems.push(PolicyFileError::ThetaAndProbabilities {
                at: probabilities.place(),
                theta: theta.place(),
            });
        }
        if let Some(mix) = self
            .fields
            .key("mix")
            .filter(|_| self.kind == Kind::Factored)
        {
            problems.push(PolicyFileError::KeyNotTaken {
                key: "mix",
                parametrization,
                help: Takes(NameList::of(takes(self.kind).iter().copied())),
                at: mix.place(),
            });
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
        if self.kind == Kind::LogLinear && self.fields.get("features").is_none() {
            problems.push(PolicyFileError::Missing {
                key: "features",
                parametrization,
                at: self.node.place(),
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
        let found = number(node, &Path::new("policy").join(key), problems)?;
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
        let path = Path::new("policy");
        let path = path.join("mix");
        if self.form == Form::Report {
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

/// The tables of a block, which speak of the pairs of a space.
pub(super) struct Block<'a, 'd> {
    pub(super) keys: Keys<'d>,
    pub(super) tables: Tables<'a>,
    warnings: &'a mut Vec<ModelWarning>,
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
        let path = Path::new("policy");
        let path = path.join("theta");
        if !is(
            NodeKind::Sequence,
            node,
            &path,
            "a list of numbers",
            self.problems,
        ) {
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
        // every item is read, so that every fault among them is reported
        let read: Vec<Option<Number>> = node
            .items()
            .map(|item| number(item, &path, self.problems))
            .collect();
        read.into_iter().collect()
    }

    /// The free parameters of `direct` leave a distribution in every state.
    fn check_direct(&mut self, node: Node<'d>, theta: &[Number]) {
        let space = self.tables.space;
        let mut from = 0;
        for state in (0..space.states()).filter(|&s| !space.is_terminal(s)) {
            let to = from + space.pairs_of(state).len() - 1;
            let own = &theta[from..to];
            let total = sum(own.iter());
            if own.iter().any(Number::is_negative) || total > Number::ONE {
                let rest = Number::ONE.to_rational() - total.to_rational();
                self.problems.push(PolicyFileError::Rest {
                    state: self.tables.state_name(state),
                    sum: total,
                    rest: rest.into(),
                    at: node.place(),
                });
            }
            from = to;
        }
    }

    /// θ of a log-linear policy: a list, or a mapping of the features' names.
    fn weights(&mut self, node: Node<'d>, features: &Features) -> Option<Vec<Number>> {
        let count = features.rows.first().map_or(0, Vec::len);
        let Some(names) = &features.names else {
            return self.list(node, count, "one per feature");
        };
        if node.kind() != NodeKind::Mapping {
            return self.list(node, count, "one per feature");
        }
        self.named_row(None, node, names)
    }

    fn numbers(&mut self, table: &str, of_pair: &[Option<Node<'d>>]) -> Option<Vec<Number>> {
        let mut numbers = Vec::with_capacity(of_pair.len());
        for (pair, node) in of_pair.iter().enumerate() {
            let Some(node) = node else {
                numbers.push(Number::ZERO); // left out: reported, or allowed
                continue;
            };
            let path = Path::new("policy");
            let (state, action) = self.tables.space.pair_names(pair);
            let path = path.join(table);
            let path = path.join(&state);
            numbers.extend(number(*node, &path.join(&action), self.problems));
        }
        (numbers.len() == of_pair.len()).then_some(numbers)
    }

    /// Each player's own policy.
    fn players(&mut self) -> Option<Vec<PlayerSpecification>> {
        if self.keys.kind == Kind::Factored && self.tables.space.players().is_none() {
            let at = self.keys.node.place();
            self.problems.push(PolicyFileError::NoPlayers { at });
            return None;
        }
        let node = self.keys.get("players")?;
        let (form, space) = (self.keys.form, self.tables.space);
        players(node, form, space, self.warnings, self.problems)
    }

    fn probabilities(&mut self) -> Option<Vec<Number>> {
        let node = self.keys.get("probabilities")?;
        self.distributions("probabilities", node)
    }

    /// One distribution per state.
    fn distributions(&mut self, key: &'static str, node: Node<'d>) -> Option<Vec<Number>> {
        let table = self.tables.read(key, node, self.problems)?;
        let numbers = self.numbers(key, &table.of_pair)?;
        let space = self.tables.space;
        let mut missing = Vec::new();
        for state in (0..space.states()).filter(|&s| !space.is_terminal(s)) {
            let pairs = space.pairs_of(state);
            let written = table.of_state[state];
            if node.kind() == NodeKind::Mapping && written.is_none() {
                missing.push(self.tables.state_name(state));
                continue;
            }
            if let Some(pair) = pairs.clone().find(|&pair| numbers[pair].is_negative()) {
                let (state, action) = space.pair_names(pair);
                self.problems.push(PolicyFileError::Negative {
                    state: state.into(),
                    action: action.into(),
                    found: numbers[pair].clone(),
                    at: table.of_pair[pair].unwrap_or(node).place(),
                });
                continue;
            }
            let state = self.tables.state_name(state);
            let at = written.unwrap_or(node).place();
            match Sum::of(numbers[pairs].iter()) {
                Sum::One => {}
                // the numbers of a report are rounded
                Sum::Nearly(_) if self.keys.form == Form::Report => {}
                Sum::Nearly(sum) => self
                    .warnings
                    .push(ModelWarning::InexactPolicy { state, sum }),
                Sum::Wrong(sum, help) => {
                    self.problems.push(PolicyFileError::Sum {
                        state,
                        sum,
                        help,
                        at,
                    });
                }
            }
        }
        if !missing.is_empty() {
            self.problems.push(PolicyFileError::Incomplete {
                table: key,
                missing: NameList::of(missing),
                at: node.place(),
            });
        }
        Some(numbers)
    }

    fn features(&mut self) -> Option<Features> {
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

    fn feature_row(
        &mut self,
        pair: &str,
        first: usize,
        expected: usize,
        row: Node<'d>,
    ) -> Option<Vec<Number>> {
        let path = Path::new("features");
        let path = path.join(pair);
        if !is(
            NodeKind::Sequence,
            row,
            &path,
            "a list of numbers",
            self.problems,
        ) {
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
        let read: Vec<Option<Number>> = row
            .items()
            .map(|item| number(item, &path, self.problems))
            .collect();
        read.into_iter().collect()
    }

    /// A row `{name: number, …}` that names every feature: that of a pair, or θ.
    pub(super) fn named_row(
        &mut self,
        pair: Option<&str>,
        row: Node<'d>,
        names: &[String],
    ) -> Option<Vec<Number>> {
        let parent = Path::new(if pair.is_some() { "features" } else { "policy" });
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
}

/// `null`, or nothing at all.
fn is_null(node: Node<'_>) -> bool {
    match node.kind() {
        NodeKind::Nothing => true,
        NodeKind::Scalar => node.is_plain() && node.text() == "null",
        _ => false,
    }
}
