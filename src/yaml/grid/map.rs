//! The map and its legend.

use std::collections::HashMap;

use super::error::GridError;
use crate::model::distribution::sum;
use crate::model::errors::Problems;
use crate::number::Number;
use crate::yaml::document::{Node, NodeKind};
use crate::yaml::read::{Fields, KeyPath, flag, is, number, whole, wrong_type};

const WALL: char = '#';

/// What the legend says of a letter.
#[derive(Clone, Default)]
pub(super) struct Legend {
    pub reward: Option<Number>,
    pub terminal: bool,
    pub initial: Option<Number>,
    pub teleport: Option<Teleport>,
}

/// Where every action of a cell leads.
#[derive(Clone)]
pub(super) struct Teleport {
    /// The state entered.
    pub to: usize,
    /// Paid beside the reward of the cell entered.
    pub reward: Number,
}

/// A map whose free cells are states.
pub(super) struct Map {
    pub rows: usize,
    pub columns: usize,
    /// The state of each cell, row by row.
    pub state: Vec<Option<usize>>,
    /// The cell of each state.
    pub cell: Vec<usize>,
    letters: Vec<char>,
    legend: HashMap<char, Legend>,
}

/// The letters of a map by number.
pub(super) struct Kinds<'m> {
    /// Which letter each cell has.
    pub of: Vec<u32>,
    /// What the legend says of each.
    pub legend: Vec<Option<&'m Legend>>,
}

impl Map {
    /// The letters by number, as many as there are.
    pub(super) fn kinds(&self) -> Kinds<'_> {
        let mut numbers: HashMap<char, u32> = HashMap::new();
        let mut legend = Vec::new();
        let mut last = None;
        let number = |&letter: &char| {
            if let Some((same, number)) = last
                && same == letter
            {
                return number;
            }
            let number = *numbers.entry(letter).or_insert_with(|| {
                legend.push(self.legend.get(&letter));
                legend.len() as u32 - 1
            });
            last = Some((letter, number));
            number
        };
        let of = self.letters.iter().map(number).collect();
        Kinds { of, legend }
    }

    /// ρ₀ [S] from the initial weights of the legend, normalised exactly.
    pub(super) fn initial(&self) -> Option<Vec<Number>> {
        let kinds = self.kinds();
        let weight = |cell: &usize| {
            let legend = kinds.legend[kinds.of[*cell] as usize];
            legend.and_then(|legend| legend.initial.as_ref())
        };
        let total = sum(self.cell.iter().filter_map(weight)).to_rational();
        if total.is_zero() {
            return None;
        }
        let share = |cell: &usize| match weight(cell) {
            Some(weight) if !weight.is_zero() => Number::from(weight.to_rational() / &total),
            _ => Number::ZERO,
        };
        Some(self.cell.iter().map(share).collect())
    }
}

/// Reads the map and the legend.
pub(super) fn read(
    node: Node<'_>,
    legend: Option<Node<'_>>,
    problems: &mut Problems,
) -> Option<Map> {
    let path = KeyPath::new("grid");
    if !is(
        NodeKind::Scalar,
        node,
        &path.join("map"),
        "lines of letters",
        problems,
    ) {
        return None;
    }
    let lines: Vec<&str> = node.text().trim_end().lines().collect();
    let columns = lines
        .first()
        .map_or(0, |line| line.trim_end().chars().count());
    let mut letters = Vec::new();
    for (row, line) in lines.iter().enumerate() {
        let line = line.trim_end();
        let found = line.chars().count();
        if found != columns {
            let (expected, at) = (columns, node.place());
            problems.push(GridError::Ragged {
                row,
                found,
                expected,
                at,
            });
            return None;
        }
        letters.extend(line.chars());
    }
    let free = |cell: &usize| letters[*cell] != WALL;
    let cell: Vec<usize> = (0..letters.len()).filter(free).collect();
    if cell.is_empty() {
        let at = node.place();
        problems.push(GridError::EmptyMap { at });
        return None;
    }
    let mut state = vec![None; letters.len()];
    for (number, &cell) in cell.iter().enumerate() {
        state[cell] = Some(number);
    }
    let mut map = Map {
        rows: lines.len(),
        columns,
        state,
        cell,
        letters,
        legend: HashMap::new(),
    };
    if let Some(legend) = legend {
        map.legend = read_legend(&map, legend, problems);
    }
    Some(map)
}

fn read_legend(map: &Map, node: Node<'_>, problems: &mut Problems) -> HashMap<char, Legend> {
    let path = KeyPath::new("grid");
    let path = path.join("legend");
    let mut legend = HashMap::new();
    if !is(
        NodeKind::Mapping,
        node,
        &path,
        "a mapping of letters",
        problems,
    ) {
        return legend;
    }
    for (key, value) in node.entries() {
        let mut letters = key.text().chars();
        let problem = match (letters.next(), letters.next()) {
            (Some(WALL), None) => "is always a wall",
            (Some(letter), None) if map.letters.contains(&letter) => {
                legend.insert(letter, entry(map, letter, value, &path, problems));
                continue;
            }
            (Some(_), None) => "is not on the map",
            _ => "is not one letter",
        };
        let (letter, at) = (key.text().into(), key.place());
        problems.push(GridError::Letter {
            letter,
            problem,
            at,
        });
    }
    legend
}

fn entry(
    map: &Map,
    letter: char,
    node: Node<'_>,
    path: &KeyPath<'_>,
    problems: &mut Problems,
) -> Legend {
    const KEYS: [&str; 4] = ["reward", "terminal", "initial", "teleport"];
    let name = letter.to_string();
    let path = path.join(&name);
    if !is(NodeKind::Mapping, node, &path, "a mapping", problems) {
        return Legend::default();
    }
    let fields = Fields::read(node, "the legend", &KEYS, problems);
    let terminal = fields
        .get("terminal")
        .is_some_and(|value| flag(value, &path, problems));
    let reward = fields.get("reward");
    let reward = reward.and_then(|value| number(value, &path.join("reward"), problems));
    let initial = fields.get("initial").and_then(|value| {
        let found = number(value, &path.join("initial"), problems)?;
        if found.is_negative() {
            let (found, at) = (found.clone(), value.place());
            problems.push(GridError::NegativeWeight { letter, found, at });
        }
        Some(found)
    });
    let teleport = fields.get("teleport");
    if terminal && teleport.is_some() {
        let at = node.place();
        problems.push(GridError::TerminalTeleport { letter, at });
    }
    Legend {
        reward,
        terminal,
        initial,
        teleport: teleport.and_then(|value| read_teleport(map, letter, value, &path, problems)),
    }
}

/// `{to: [row, column], reward: x}`.
fn read_teleport(
    map: &Map,
    letter: char,
    node: Node<'_>,
    path: &KeyPath<'_>,
    problems: &mut Problems,
) -> Option<Teleport> {
    let path = path.join("teleport");
    let expected = "a mapping {to: [row, column], reward: x}";
    if !is(NodeKind::Mapping, node, &path, expected, problems) {
        return None;
    }
    let fields = Fields::read(node, "`teleport`", &["to", "reward"], problems);
    let reward = match fields.get("reward") {
        Some(value) => number(value, &path.join("reward"), problems)?,
        None => Number::ZERO,
    };
    let Some(to) = fields.get("to") else {
        problems.push(wrong_type(node, &path, expected));
        return None;
    };
    let place: Vec<Option<usize>> = to.items().map(whole).collect();
    let [row, column] = place[..] else {
        problems.push(wrong_type(to, &path.join("to"), "[row, column]"));
        return None;
    };
    let cell = (row.filter(|row| *row < map.rows)).zip(column.filter(|c| *c < map.columns));
    let state = cell.and_then(|(row, column)| map.state[row * map.columns + column]);
    if state.is_none() {
        let written: Vec<&str> = to.items().map(|item| item.text()).collect();
        problems.push(GridError::TeleportTarget {
            letter,
            to: format!("[{}]", written.join(", ")),
            last_row: map.rows - 1,
            last_column: map.columns - 1,
            at: to.place(),
        });
    }
    state.map(|to| Teleport { to, reward })
}
