//! The proven error bounds of a report's numbers, name by name.

use std::borrow::Cow;

use serde::{Serialize, Serializer};

use super::Quantity;
use super::entries::{self, Entries, Values};
use crate::field::{CLOSE, UNIT};

/// Bounds on the absolute errors of certified numbers: for each name of a report an array of the
/// same shape, `null` where there is no number or no bound.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bounds(Vec<(&'static str, Entry)>);

/// The bounds of what stands under one name.
#[derive(Clone, Debug, PartialEq)]
enum Entry {
    Number(Quantity),
    Vector(Vec<Quantity>),
    Matrix(Vec<Vec<Quantity>>),
    Object(Bounds),
    List(Vec<Bounds>),
    /// No bound, but what the bounds around it belong to.
    Name(String),
}

impl Entry {
    fn values(&self) -> Values<'_> {
        let bound = |x: &Quantity| x.bound().map_or(Quantity::Undefined, Quantity::from);
        let row = |row: &Vec<Quantity>| row.iter().map(bound).collect::<Vec<_>>();
        match self {
            Entry::Number(x) => Values::Number(Cow::Owned(bound(x))),
            Entry::Vector(x) => Values::Numbers(row(x).into()),
            Entry::Matrix(rows) => Values::Rows(rows.iter().map(row).collect()),
            Entry::Object(bounds) => Values::Group(bounds.entries()),
            Entry::List(list) => Values::List(list.iter().map(Bounds::entries).collect()),
            Entry::Name(name) => Values::Text(name.into()),
        }
    }
}

/// The bounds of a report in one line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// The largest bound, and under which name it stands.
    pub largest: (&'static str, f64),
    /// So many significant digits of every number are certain; `None` where none is.
    pub digits: Option<usize>,
    /// How many numbers have no bound.
    pub unbounded: usize,
}

impl Bounds {
    /// The bounds of a report's numbers: of the policy, then of single numbers, then of the arrays.
    pub fn of(entries: &Entries<'_>) -> Bounds {
        let bounded = || entries.0.iter().filter(|entry| entry.bounded);
        let first = bounded().filter(|entry| rank(entry) == 0);
        let numbers = bounded().filter(|entry| rank(entry) == 1);
        let arrays = bounded().filter(|entry| rank(entry) == 2);
        let all = first.chain(numbers).chain(arrays);
        Bounds(all.filter_map(of_entry).collect())
    }

    /// The bounds as entries of their own, each of the shape of what it bounds.
    pub fn entries(&self) -> Entries<'_> {
        let own = self.0.iter();
        let entries = own.map(|(name, entry)| entries::Entry::array(name, &[], entry.values()));
        Entries(entries.collect())
    }

    /// The largest bound and the certain digits; `None` where no number is bounded.
    pub fn summary(&self) -> Option<Summary> {
        let mut numbers = Vec::new();
        self.each(&mut |name, x| numbers.push((name, x.value(), x.bound())));
        let mut summary: Option<Summary> = None;
        let mut unbounded = 0;
        for (name, value, bound) in numbers {
            let (Some(value), Some(bound)) = (value, bound) else {
                unbounded += usize::from(value.is_some());
                continue;
            };
            let digits = digits(value, bound);
            let so_far = summary.get_or_insert(Summary {
                largest: (name, bound),
                digits: Some(usize::MAX),
                unbounded: 0,
            });
            if bound > so_far.largest.1 {
                so_far.largest = (name, bound);
            }
            so_far.digits = so_far.digits.zip(digits).map(|(x, y)| x.min(y));
        }
        summary.map(|summary| Summary {
            unbounded,
            ..summary
        })
    }

    /// Whether anything has bounds.
    fn is_some(&self) -> bool {
        !self.0.is_empty()
    }

    fn each<'a>(&'a self, visit: &mut dyn FnMut(&'static str, &'a Quantity)) {
        for (name, entry) in &self.0 {
            match entry {
                Entry::Number(x) => visit(name, x),
                Entry::Vector(row) => row.iter().for_each(|x| visit(name, x)),
                Entry::Matrix(rows) => rows.iter().flatten().for_each(|x| visit(name, x)),
                Entry::Object(bounds) => bounds.each(visit),
                Entry::List(list) => list.iter().for_each(|bounds| bounds.each(visit)),
                Entry::Name(_) => {}
            }
        }
    }
}

impl<'a> entries::Entry<'a> {
    /// Proven bounds, which have none themselves.
    pub fn bounds(name: &'static str, bounds: &'a Bounds) -> entries::Entry<'a> {
        entries::Entry::group(name, bounds.entries()).unbounded()
    }
}

/// Where an entry stands among bounds.
fn rank(entry: &entries::Entry<'_>) -> u8 {
    match (entry.name, &entry.values) {
        ("policy" | "name", _) => 0,
        (_, Values::Number(_)) => 1,
        _ => 2,
    }
}

/// The bounds of an entry; `None` where it has no numbers that could have any.
fn of_entry(entry: &entries::Entry<'_>) -> Option<(&'static str, Entry)> {
    let bounds = match &entry.values {
        Values::Number(x) => Entry::Number(Quantity::clone(x)),
        Values::Numbers(x) => Entry::Vector(x.to_vec()),
        Values::Made(x) => Entry::Vector(x.each().collect()),
        Values::Rows(x) => Entry::Matrix(x.to_vec()),
        Values::Matrix(x) => Entry::Matrix(x.rows().collect()),
        Values::Text(name) if entry.name == "name" => Entry::Name(name.to_string()),
        Values::Group(inner) => Entry::Object(Some(Bounds::of(inner)).filter(Bounds::is_some)?),
        Values::List(groups) => Entry::List(groups.iter().map(Bounds::of).collect()),
        _ => return None,
    };
    Some((entry.name, bounds))
}

/// The significant digits of a value that a bound leaves certain, up to half a unit; all where the
/// value is exactly 0 and the bound is far below anything that is computed.
fn digits(value: f64, bound: f64) -> Option<usize> {
    if bound == 0.0 || (value == 0.0 && bound < 1e-18) {
        return Some(usize::MAX);
    }
    let digits = -(2.0 * bound / value.abs()).log10();
    (digits >= 1.0).then_some(digits as usize)
}

impl Serialize for Bounds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.entries().serialize(serializer)
    }
}

/// How far numbers may be from what others prove of them, and whether it may show in the ninth digit of one; `None`
/// where one has no bound.
pub(super) fn error<'a>(
    numbers: impl Iterator<Item = &'a Quantity>,
    proven: impl Iterator<Item = &'a Quantity>,
) -> Option<(f64, bool)> {
    let (mut most, mut shows) = (0.0, false);
    for (x, proven) in numbers.zip(proven) {
        let (Some(x), Some(proven), Some(bound)) = (x.value(), proven.value(), proven.bound())
        else {
            match (x, proven) {
                (Quantity::Undefined, Quantity::Undefined) => continue,
                _ => return None,
            }
        };
        // the distance of two rounded numbers is rounded once
        let error = ((x - proven).abs() + bound) * (1.0 + 2.0 * UNIT);
        if !error.is_finite() {
            return None;
        }
        shows |= error > CLOSE * x.abs();
        most = f64::max(most, error);
    }
    Some((most, shows))
}
