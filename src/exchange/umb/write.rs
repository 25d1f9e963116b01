//! A model → UMB: doubles where they hold its numbers exactly, fractions otherwise.

use dashu_int::{IBig, UBig};
use serde_json::json;

use super::index::NAMES;
use super::tar::Writer;
use crate::exchange::export::{Export, Loss};
use crate::mdp::Names;
use crate::model::Model;
use crate::number::{Number, Rational};

/// The file; a terminal state has one choice, which stays and pays 0, and the label `terminal`.
pub(in crate::exchange) fn write(model: &Model) -> Export {
    let mut losses = vec![Loss::Criterion];
    let possible = [
        Loss::Weights,
        Loss::ParallelBranches,
        Loss::Policy,
        Loss::Description,
        Loss::Order,
    ];
    losses.extend(Loss::of(model, &possible));
    Export::single("umb", Tables::of(model).write(model), losses)
}

/// The arrays of the file.
#[derive(Default)]
struct Tables {
    state_to_choices: Vec<u64>,
    choice_to_branches: Vec<u64>,
    actions: Vec<u32>,
    targets: Vec<u64>,
    probabilities: Vec<Number>,
    rewards: Vec<Number>,
    paid: Paid,
}

/// What rewards belong to: r(s) to states, which some programs read alone (stormvogel), r(s, a) to
/// choices, r(s, a, s') to branches.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Paid {
    #[default]
    States,
    Choices,
    Branches,
}

impl Paid {
    fn of(model: &Model) -> Paid {
        let space = model.space();
        let reward = |pair| {
            model
                .outcomes()
                .of(pair)
                .next()
                .map(|outcome| outcome.reward)
        };
        let is_same = |s: usize| {
            let mut rewards = space.pairs_of(s).map(reward);
            let first = rewards.next();
            rewards.all(|reward| Some(reward) == first)
        };
        if !Loss::of(model, &[Loss::Rewards]).is_empty() {
            Paid::Branches
        } else if (0..space.states()).all(is_same) {
            Paid::States
        } else {
            Paid::Choices
        }
    }

    /// Whether the outcome with these numbers among those of its choice, and the choice among those of
    /// its state, is the one with which the reward is written.
    fn at(self, choice: usize, outcome: usize) -> bool {
        match self {
            Paid::States => choice == 0 && outcome == 0,
            Paid::Choices => outcome == 0,
            Paid::Branches => true,
        }
    }

    fn folder(self) -> &'static str {
        match self {
            Paid::States => "states",
            Paid::Choices => "choices",
            Paid::Branches => "branches",
        }
    }
}

impl Tables {
    fn of(model: &Model) -> Tables {
        let space = model.space();
        let mut tables = Tables {
            paid: Paid::of(model),
            ..Tables::default()
        };
        for state in 0..space.states() {
            tables.state_to_choices.push(tables.actions.len() as u64);
            if space.is_terminal(state) {
                tables.choice(0);
                tables.branch(state, &Number::ONE);
                tables.rewards.push(Number::ZERO);
            }
            for (choice, pair) in space.pairs_of(state).enumerate() {
                tables.choice(space.action_of(pair) as u32);
                for (i, outcome) in model.outcomes().of(pair).enumerate() {
                    tables.branch(outcome.next, outcome.probability);
                    if tables.paid.at(choice, i) {
                        tables.rewards.push(outcome.reward.clone());
                    }
                }
            }
        }
        tables.state_to_choices.push(tables.actions.len() as u64);
        tables.choice_to_branches.push(tables.targets.len() as u64);
        tables
    }

    fn choice(&mut self, action: u32) {
        self.choice_to_branches.push(self.targets.len() as u64);
        self.actions.push(action);
    }

    fn branch(&mut self, next: usize, probability: &Number) {
        self.targets.push(next as u64);
        self.probabilities.push(probability.clone());
    }

    fn write(&self, model: &Model) -> Vec<u8> {
        let space = model.space();
        let (p, r) = (Packed::of(&self.probabilities), Packed::of(&self.rewards));
        let starts: Vec<bool> = model.initial().iter().map(|x| !x.is_zero()).collect();
        let ends: Vec<bool> = (0..space.states()).map(|s| space.is_terminal(s)).collect();
        let paid = self.paid.folder();
        let mut index = json!({
            "format-version": 1,
            "format-revision": 0,
            "model-data": {"name": model.name()},
            "file-data": {"tool": "exact-mdp", "tool-version": env!("CARGO_PKG_VERSION")},
            "transition-system": {
                "time": "discrete",
                "#players": 1,
                "#states": space.states(),
                "#initial-states": starts.iter().filter(|is| **is).count(),
                "#choices": self.actions.len(),
                "#choice-actions": space.actions(),
                "#branches": self.targets.len(),
                "#branch-actions": 0,
                "#observations": 0,
                "branch-probability-type": p.kind(),
            },
            "annotations": {
                "rewards": {"reward": {"alias": "reward", "applies-to": [paid], "type": r.kind()}},
                "aps": {"terminal": {"alias": "terminal", "applies-to": ["states"], "type": {"type": "bool", "size": 1}}},
            },
        });
        if let Names::Listed(_) = space.state_names() {
            let names: Vec<_> = space.state_names().iter().collect();
            index["file-data"]["parameters"] = json!({ NAMES: names });
        }
        let mut tar = Writer::default();
        tar.add("index.json", index.to_string().as_bytes());
        tar.add("state-to-choices.bin", &words(&self.state_to_choices));
        tar.add("state-is-initial.bin", &bits(&starts));
        tar.add("choice-to-branches.bin", &words(&self.choice_to_branches));
        tar.add("branch-to-target.bin", &words(&self.targets));
        tar.add("branch-to-probability.bin", &p.bytes);
        let actions: Vec<u8> = self.actions.iter().flat_map(|a| a.to_le_bytes()).collect();
        tar.add("actions/choices/values.bin", &actions);
        texts(&mut tar, "actions/choices", space.action_names());
        tar.add(
            &format!("annotations/rewards/reward/{paid}/values.bin"),
            &r.bytes,
        );
        tar.add("annotations/aps/terminal/states/values.bin", &bits(&ends));
        tar.finish()
    }
}

fn words(words: &[u64]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// A bit for each entry, in words of 64.
fn bits(flags: &[bool]) -> Vec<u8> {
    let mut bytes = vec![0; flags.len().div_ceil(64) * 8];
    for (i, _) in flags.iter().enumerate().filter(|(_, flag)| **flag) {
        bytes[i / 8] |= 1 << (i % 8);
    }
    bytes
}

fn texts(tar: &mut Writer, folder: &str, names: &Names) {
    let (mut ends, mut text) = (vec![0], String::new());
    for name in names.iter() {
        text += &name;
        ends.push(text.len() as u64);
    }
    tar.add(&format!("{folder}/string-mapping.bin"), &words(&ends));
    tar.add(&format!("{folder}/strings.bin"), text.as_bytes());
}

/// Numbers as doubles where those are exact, else as fractions of one size.
struct Packed {
    bytes: Vec<u8>,
    /// Bits of a fraction; `None` for doubles.
    fraction: Option<usize>,
}

impl Packed {
    fn of(numbers: &[Number]) -> Packed {
        let is_double = |x: &Number| Number::from_f64(x.to_f64()).as_ref() == Some(x);
        if numbers.iter().all(is_double) {
            let bytes = numbers.iter().flat_map(|x| x.to_f64().to_le_bytes());
            return Packed {
                bytes: bytes.collect(),
                fraction: None,
            };
        }
        let fractions: Vec<Rational> = numbers.iter().map(Number::to_rational).collect();
        let most = fractions.iter().map(|x| half(x).max(8)).max().unwrap_or(8);
        let half = most.next_multiple_of(8);
        Packed {
            bytes: fractions.iter().flat_map(|x| fraction(x, half)).collect(),
            fraction: Some(16 * half),
        }
    }

    fn kind(&self) -> serde_json::Value {
        match self.fraction {
            None => json!({"type": "double", "size": 64}),
            Some(bits) => json!({"type": "rational", "size": bits}),
        }
    }
}

/// How many bytes the numerator with its sign, or the denominator, needs.
fn half(x: &Rational) -> usize {
    let numerator =
        UBig::try_from(x.numerator().clone()).or_else(|_| UBig::try_from(-x.numerator()));
    let numerator = numerator.map_or(0, |n| n.to_le_bytes().len() + 1);
    numerator.max(x.denominator().to_le_bytes().len())
}

/// A signed numerator in two's complement and a denominator, of so many bytes each.
fn fraction(x: &Rational, half: usize) -> Vec<u8> {
    let numerator = x.numerator().clone();
    let wrapped = if numerator < IBig::ZERO {
        numerator + (IBig::ONE << (8 * half))
    } else {
        numerator
    };
    let mut bytes = UBig::try_from(wrapped).map_or(Vec::new(), |n| n.to_le_bytes().to_vec());
    bytes.resize(half, 0);
    bytes.extend(x.denominator().to_le_bytes().iter());
    bytes.resize(2 * half, 0);
    bytes
}
