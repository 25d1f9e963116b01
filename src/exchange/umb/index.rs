//! `index.json`: sizes and types.

use serde::Deserialize;

use super::error::{unsupported, wrong};
use super::tar::Files;
use crate::model::error::ModelError;

/// The key of the tool's parameters that holds the names of states. Texts of states (annotations,
/// valuations) are in the specification, but neither Storm 2.0.0 nor umbi 0.2.5 reads such a file.
pub(super) const NAMES: &str = "state-names";

/// What annotations belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Applies {
    States = 0,
    Choices = 1,
    Branches = 2,
}

impl Applies {
    const ALL: [(&'static str, Applies); 3] = [
        ("states", Applies::States),
        ("choices", Applies::Choices),
        ("branches", Applies::Branches),
    ];
}

/// A type of numbers, and its size in bits if that is written.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(super) struct Kind {
    #[serde(rename = "type")]
    pub name: String,
    pub size: Option<u32>,
}

impl Kind {
    /// The type of both ends of an interval; `None` for numbers.
    pub(super) fn end(&self) -> Option<Kind> {
        let name = self.name.strip_suffix("-interval")?;
        Some(Kind {
            name: name.into(),
            size: self.size.map(|bits| bits / 2),
        })
    }
}

/// A reward model.
pub(super) struct RewardModel {
    pub id: String,
    /// What people call it.
    pub alias: String,
    pub applies: Vec<Applies>,
    pub kind: Kind,
}

pub(super) struct Index {
    pub name: Option<String>,
    pub states: usize,
    pub choices: usize,
    pub branches: usize,
    pub choice_actions: usize,
    /// How many states are initial, where the index says it.
    pub starts: Option<u64>,
    pub probability: Option<Kind>,
    pub rewards: Vec<RewardModel>,
    /// Labels of states: what people call them, and the folder.
    pub labels: Vec<(String, String)>,
    /// Names of states as exact-mdp writes them.
    pub state_names: Option<Vec<String>>,
    /// Variables of states.
    pub valuations: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Written {
    #[serde(rename = "format-version")]
    version: u64,
    #[serde(rename = "model-data")]
    model: Option<ModelData>,
    #[serde(rename = "file-data")]
    file: Option<FileData>,
    #[serde(rename = "transition-system")]
    system: System,
    #[serde(default)]
    annotations: serde_json::Map<String, serde_json::Value>,
    valuations: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct ModelData {
    name: Option<String>,
}

#[derive(Deserialize)]
struct FileData {
    /// Anything that the tool likes.
    parameters: Option<serde_json::Value>,
}

impl FileData {
    fn state_names(self) -> Option<Vec<String>> {
        let mut parameters = self.parameters?;
        serde_json::from_value(parameters.get_mut(NAMES)?.take()).ok()
    }
}

#[derive(Deserialize)]
struct System {
    time: String,
    #[serde(rename = "#players")]
    players: u64,
    #[serde(rename = "#states")]
    states: u64,
    #[serde(rename = "#choices")]
    choices: u64,
    #[serde(rename = "#initial-states")]
    starts: Option<u64>,
    #[serde(rename = "#branches")]
    branches: u64,
    #[serde(rename = "#choice-actions", default)]
    choice_actions: u64,
    #[serde(rename = "#observations", default)]
    observations: u64,
    #[serde(rename = "branch-probability-type")]
    probability: Option<Kind>,
}

#[derive(Deserialize)]
struct Annotation {
    alias: Option<String>,
    #[serde(rename = "applies-to", default)]
    applies: Vec<String>,
    #[serde(rename = "type")]
    kind: Kind,
    #[serde(rename = "probability-type")]
    probability: Option<Kind>,
}

impl Index {
    pub(super) fn read(files: &Files) -> Result<Index, ModelError> {
        const FILE: &str = "index.json";
        let written: Written = serde_json::from_slice(files.needed(FILE)?)
            .map_err(|error| wrong(FILE, format!("is not the index of a model: {error}")))?;
        let system = &written.system;
        let refused = [
            (written.version > 1, "a newer version of the format"),
            (system.time != "discrete", "a model in continuous time"),
            (system.players > 1, "a game of several players"),
            (system.observations > 0, "a model with observations"),
        ];
        if let Some((_, what)) = refused.into_iter().find(|(is_so, _)| *is_so) {
            return Err(unsupported(what));
        }
        // each has a byte somewhere
        let size = |what: &str, count: u64| {
            let count = usize::try_from(count).ok().filter(|n| *n <= files.size());
            count.ok_or_else(|| wrong(FILE, format!("announces more {what} than the file holds")))
        };
        let mut index = Index {
            name: written.model.and_then(|model| model.name),
            states: size("states", system.states)?,
            choices: size("choices", system.choices)?,
            branches: size("branches", system.branches)?,
            choice_actions: size("actions", system.choice_actions)?,
            starts: system.starts,
            probability: system.probability.clone(),
            rewards: Vec::new(),
            labels: Vec::new(),
            state_names: written.file.and_then(FileData::state_names),
            valuations: written.valuations,
        };
        for (group, annotations) in &written.annotations {
            let annotations = annotations.as_object().into_iter().flatten();
            for (id, annotation) in annotations {
                index.annotation(group, id, annotation)?;
            }
        }
        Ok(index)
    }

    fn annotation(
        &mut self,
        group: &str,
        id: &str,
        annotation: &serde_json::Value,
    ) -> Result<(), ModelError> {
        let read = Annotation::deserialize(annotation);
        let read =
            read.map_err(|error| wrong("index.json", format!("`{group}` `{id}`: {error}")))?;
        let alias = read.alias.unwrap_or_else(|| id.to_string());
        match group {
            "rewards" if read.probability.is_some() => Err(unsupported("a random reward")),
            "rewards" => {
                let of = |name: &String| {
                    let found = Applies::ALL.iter().find(|(known, _)| known == name);
                    found.map(|(_, applies)| *applies)
                };
                self.rewards.push(RewardModel {
                    id: id.into(),
                    alias,
                    applies: read.applies.iter().filter_map(of).collect(),
                    kind: read.kind,
                });
                Ok(())
            }
            "aps" => {
                self.labels.push((alias, id.into()));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// An error where the file has another number of initial states than it announces.
    pub(super) fn check_starts(&self, found: usize) -> Result<(), ModelError> {
        let announced = self.starts.filter(|announced| *announced != found as u64);
        announced.map_or(Ok(()), |announced| {
            let problem =
                format!("marks {found} initial states, where index.json announces {announced}");
            Err(wrong("state-is-initial.bin", problem))
        })
    }

    /// An error where there are rewards that the index does not list: they would count as 0.
    pub(super) fn check_rewards(&self, files: &Files) -> Result<(), ModelError> {
        let is_listed = |path: &str| {
            let parts: Vec<&str> = path.split('/').collect();
            let [_, _, id, folder, _] = parts[..] else {
                return true;
            };
            let applies = Applies::ALL.iter().find(|(name, _)| *name == folder);
            let own = self.rewards.iter().find(|reward| reward.id == id);
            applies.is_none_or(|(_, applies)| own.is_some_and(|x| x.applies.contains(applies)))
        };
        let mut paths = files.paths();
        let lost = paths.find(|path| path.starts_with("annotations/rewards/") && !is_listed(path));
        lost.map_or(Ok(()), |path| {
            let problem =
                "is in the archive, and index.json does not list it: list it, or leave it out";
            Err(wrong(path, problem))
        })
    }

    /// The folder and number of states, choices or branches.
    pub(super) fn entities(&self, applies: Applies) -> (&'static str, usize) {
        match applies {
            Applies::States => ("states", self.states),
            Applies::Choices => ("choices", self.choices),
            Applies::Branches => ("branches", self.branches),
        }
    }
}
