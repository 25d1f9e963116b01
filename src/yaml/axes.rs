//! States and actions that are numbers: `{from: -1, to: 1, steps: 41}`, or several such axes by name.

use super::document::{Node, NodeKind};
use super::formula::may_name_a_variable;
use super::read::{Fields, KeyPath, flag, is, number, whole, wrong_type};
use crate::mdp::Names;
use crate::model::errors::Problems;
use crate::number::{Literal, Number, Rational};

/// Most points of a grid; a choice.
const MOST: usize = 1_000_000;

const FORM: &str = "a mapping {from: -1, to: 1, steps: 41}";

/// Numbers in increasing order, and what formulas call them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Axis {
    pub name: String,
    pub values: Vec<Rational>,
    /// What leads from the first number back to it, where the axis is a circle.
    pub period: Option<Rational>,
}

/// What is named by the points of a grid.
#[derive(Debug)]
pub(super) struct Axes {
    pub of: Vec<Axis>,
    pub names: Names,
}

impl Axes {
    /// The grid under `states` or `actions`, whose only axis is called `single`; `None` where names are
    /// listed or counted, or where it is wrong, which is told.
    pub(super) fn read(
        node: Option<Node<'_>>,
        (key, single): (&'static str, &str),
        problems: &mut Problems,
    ) -> Option<Axes> {
        let node = node.filter(|node| node.kind() == NodeKind::Mapping)?;
        let path = KeyPath::new(key);
        let keys = ["from", "to", "steps", "wrap"];
        let is_one = key == "actions" || node.entries().any(|(key, _)| keys.contains(&key.text()));
        let axes: Vec<Option<Axis>> = if is_one {
            vec![axis(node, single, &path, problems)]
        } else {
            let named = node.entries().map(|(name, node)| {
                check_name(name, &path, problems);
                axis(node, name.text(), &path.join(name.text()), problems)
            });
            named.collect()
        };
        let axes: Option<Vec<Axis>> = axes.into_iter().collect();
        Axes::of_several(axes?, node, &path, problems)
    }

    fn of_several(
        of: Vec<Axis>,
        node: Node<'_>,
        path: &KeyPath<'_>,
        problems: &mut Problems,
    ) -> Option<Axes> {
        let points = of.iter().map(|axis| axis.values.len());
        let points = points.fold(1usize, usize::saturating_mul);
        if of.is_empty() || points > MOST {
            problems.push(wrong_type(node, path, "a grid of at most 1,000,000 points"));
            return None;
        }
        let names = match &of[..] {
            [only] => only.values.iter().map(literal).collect(),
            several => (0..points).map(|point| named(several, point)).collect(),
        };
        Some(Axes {
            of,
            names: Names::listed(names),
        })
    }

    /// The axes that names speak of: numbers, in increasing order, or `angle=0 speed=1` as the points of
    /// a grid are called.
    pub(super) fn of_names(names: &Names, single: &str) -> Option<Points> {
        let mut points = Points {
            axes: Vec::new(),
            at: Vec::with_capacity(names.len()),
        };
        for name in names.iter() {
            let own: Vec<(String, Rational)> = match name.parse::<Number>() {
                Ok(number) => vec![(single.to_string(), number.to_rational())],
                Err(_) => {
                    let parts = name.split(' ').map(|part| part.split_once('='));
                    let numbers = parts.map(|part| {
                        let (name, number) = part?;
                        let number: Number = number.parse().ok()?;
                        Some((name.to_string(), number.to_rational()))
                    });
                    numbers.collect::<Option<Vec<_>>>()?
                }
            };
            let (axes, at): (Vec<String>, Vec<Rational>) = own.into_iter().unzip();
            if points.at.is_empty() {
                points.axes = axes;
            } else if axes != points.axes {
                return None;
            }
            points.at.push(at);
        }
        Some(points)
    }
}

/// The numbers that names say.
pub(super) struct Points {
    /// What the numbers are called.
    pub axes: Vec<String>,
    /// The numbers of each name.
    pub at: Vec<Vec<Rational>>,
}

/// One axis.
fn axis(node: Node<'_>, name: &str, path: &KeyPath<'_>, problems: &mut Problems) -> Option<Axis> {
    if !is(NodeKind::Mapping, node, path, FORM, problems) {
        return None;
    }
    let before = problems.count();
    let within = format!("`{path}`");
    let fields = Fields::read(node, &within, &["from", "to", "steps", "wrap"], problems);
    let (Some(from), Some(to), Some(steps)) =
        (fields.get("from"), fields.get("to"), fields.get("steps"))
    else {
        problems.push(wrong_type(node, path, FORM));
        return None;
    };
    let wraps = fields
        .get("wrap")
        .is_some_and(|node| flag(node, &path.join("wrap"), problems));
    let ends = (
        number(from, &path.join("from"), problems)?.to_rational(),
        number(to, &path.join("to"), problems)?.to_rational(),
    );
    if ends.0 >= ends.1 {
        problems.push(wrong_type(to, &path.join("to"), "a number above `from`"));
    }
    let count = whole(steps).filter(|count| (2..=MOST).contains(count));
    if count.is_none() {
        let expected = "how many numbers there are, 2 to 1,000,000";
        problems.push(wrong_type(steps, &path.join("steps"), expected));
    }
    let count = count.filter(|_| problems.count() == before)?;
    let length = ends.1 - &ends.0;
    let cells = if wraps { count } else { count - 1 };
    let step = length.clone() / Rational::from(cells as u64);
    let value = |i: usize| ends.0.clone() + step.clone() * Rational::from(i as u64);
    Some(Axis {
        name: name.into(),
        values: (0..count).map(value).collect(),
        period: wraps.then_some(length),
    })
}

/// A point of several axes, the last of which runs fastest.
fn named(axes: &[Axis], point: usize) -> String {
    let mut rest = point;
    let mut parts: Vec<String> = axes
        .iter()
        .rev()
        .map(|axis| {
            let at = rest % axis.values.len();
            rest /= axis.values.len();
            format!("{}={}", axis.name, literal(&axis.values[at]))
        })
        .collect();
    parts.reverse();
    parts.join(" ")
}

/// A number as files write it: a decimal where it has one, else a fraction.
fn literal(x: &Rational) -> String {
    Literal(&Number::from(x.clone())).to_string()
}

impl Axis {
    /// The axis of increasing numbers of a list; `None` where they are not.
    pub(super) fn of_points(points: &Points) -> Option<Axis> {
        let [name] = &points.axes[..] else {
            return None;
        };
        let values: Vec<Rational> = points.at.iter().map(|at| at[0].clone()).collect();
        values.is_sorted_by(|x, y| x < y).then(|| Axis {
            name: name.clone(),
            values,
            period: None,
        })
    }

    /// The neighbours of a number with their weights, of which it is the mean; beyond an end that end.
    pub(super) fn weights(&self, x: &Rational) -> Vec<(usize, Rational)> {
        let (first, last) = (&self.values[0], &self.values[self.values.len() - 1]);
        let x = match &self.period {
            Some(period) => {
                let turns = ((x.clone() - first) / period).floor();
                x.clone() - period.clone() * Rational::from(turns)
            }
            None => x.clone().max(first.clone()).min(last.clone()),
        };
        let left = self.values.partition_point(|value| *value <= x) - 1;
        let (right, end) = match (self.values.get(left + 1), &self.period) {
            (Some(end), _) => (left + 1, end.clone()),
            (None, Some(period)) => (0, first.clone() + period),
            (None, None) => return vec![(left, Rational::ONE)],
        };
        let share = (x - &self.values[left]) / (end - &self.values[left]);
        let mut weights = vec![(left, Rational::ONE - &share), (right, share)];
        weights.retain(|(_, weight)| !weight.is_zero());
        weights
    }
}

/// Errors where formulas could not call an axis by its name.
fn check_name(name: Node<'_>, path: &KeyPath<'_>, problems: &mut Problems) {
    if !may_name_a_variable(name.text()) || ["a", "w"].contains(&name.text()) {
        let expected = "a name for an axis: letters and digits, neither `a` nor `w`";
        problems.push(wrong_type(name, path, expected));
    }
}
