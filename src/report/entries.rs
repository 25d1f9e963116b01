//! A result as named arrays with axes, which every written form is made from.
//!
//! An [`Entry`] has a name, the [`Axis`] that each of its dimensions runs along, and its values; a
//! group of entries stands under one name, a list of groups under another. JSON and YAML write
//! [`Entries`] as they are ([`Serialize`]), CSV spreads them over the names of their axes
//! ([`CsvLayout`](super::csv::CsvLayout)), NumPy's archive takes each as one array
//! ([`npz`](super::npz)), and the proven bounds are read off the numbers
//! ([`Bounds::of`](super::Bounds::of)).

use std::borrow::Cow;

use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

use super::{Matrix, Quantities, Quantity};
use crate::mdp::Space;
use crate::policy::Labels;

/// What a dimension of an array runs along.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Axis<'a> {
    /// The states, in the order of `states`.
    State,
    /// The state-action pairs, in the order of `pairs`.
    Pair,
    /// The parameters, in the order of `policy.parameters`.
    Parameter,
    /// Time steps, from 0.
    Time,
    /// Sampled trajectories, from 0.
    Trajectory,
    /// What these labels name.
    Label(&'a [String]),
    /// Entries without names, from 0.
    Index,
}

/// One named array, a group, or a list of groups.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// The name that other programs rely on.
    pub name: &'static str,
    /// One for each dimension of the values.
    pub axes: Vec<Axis<'a>>,
    /// The values.
    pub values: Values<'a>,
    /// Whether its numbers have bounds where a report is certified.
    pub bounded: bool,
}

/// The values of an entry.
#[derive(Clone, Debug)]
pub enum Values<'a> {
    /// There are none, and the name says so.
    Null,
    /// One yes or no.
    Flag(bool),
    /// One whole number.
    Whole(u64),
    /// Whole numbers.
    Wholes(&'a [usize]),
    /// Whole numbers, row by row; rows may differ in length.
    WholeRows(&'a [Vec<usize>]),
    /// One number.
    Number(Cow<'a, Quantity>),
    /// Numbers.
    Numbers(Cow<'a, [Quantity]>),
    /// Numbers that are made where they are written.
    Made(&'a Quantities),
    /// Numbers, row by row.
    Rows(Cow<'a, [Vec<Quantity>]>),
    /// Numbers in rows and columns.
    Matrix(&'a Matrix),
    /// Floating-point numbers.
    Floats(&'a [f64]),
    /// Floating-point numbers, row by row; rows may differ in length.
    FloatRows(&'a [Vec<f64>]),
    /// A row of floating-point numbers for each of the cells of rows, which may differ in length.
    FloatTables(&'a [Vec<Vec<f64>>]),
    /// Yes or no, row by row; rows may differ in length.
    FlagRows(&'a [Vec<bool>]),
    /// One text.
    Text(Cow<'a, str>),
    /// Texts.
    Texts(&'a [String]),
    /// The names of a policy's parameters, made where they are written.
    Labels(&'a Labels),
    /// Words of ours.
    Words(&'a [&'static str]),
    /// Things that have the same few numbers and texts, many of them.
    Records(Records<'a>),
    /// The names of all states.
    States(&'a Space),
    /// The names of all actions.
    Actions(&'a Space),
    /// The names of all state-action pairs.
    Pairs(&'a Space),
    /// Some state-action pairs by their places among all.
    PairsAt(&'a Space, &'a [usize]),
    /// Some state-action pairs by their names.
    SomePairs(&'a [(String, String)]),
    /// Some state-action pairs at each time.
    PairRows(&'a [Vec<(String, String)>]),
    /// Entries of their own.
    Group(Entries<'a>),
    /// A group for each of several things; each has a `name` or is told by its place.
    List(Vec<Entries<'a>>),
}

/// Things of one kind by their columns. JSON writes an object for each, without what it lacks;
/// NumPy's archive an array for each column.
#[derive(Clone, Debug, Default)]
pub struct Records<'a>(pub Vec<(&'static str, Column<'a>)>);

/// What each of several things has under one name.
#[derive(Clone, Debug)]
pub enum Column<'a> {
    /// Whole numbers.
    Wholes(Vec<u64>),
    /// Numbers, as far as there are any.
    Floats(Vec<Option<f64>>),
    /// Texts.
    Texts(Vec<&'a str>),
}

/// Named entries, in the order in which they are written.
#[derive(Clone, Debug, Default)]
pub struct Entries<'a>(pub Vec<Entry<'a>>);

impl<'a> Entry<'a> {
    fn new(name: &'static str, axes: Vec<Axis<'a>>, values: Values<'a>) -> Entry<'a> {
        Entry {
            name,
            axes,
            values,
            bounded: true,
        }
    }

    /// One number.
    pub fn number(name: &'static str, x: &'a Quantity) -> Entry<'a> {
        Entry::new(name, Vec::new(), Values::Number(Cow::Borrowed(x)))
    }

    /// One number that was made for it.
    pub fn owned_number(name: &'static str, x: Quantity) -> Entry<'a> {
        Entry::new(name, Vec::new(), Values::Number(Cow::Owned(x)))
    }

    /// One floating-point number.
    pub fn float(name: &'static str, x: f64) -> Entry<'a> {
        let x = Values::Number(Cow::Owned(Quantity::from(x)));
        Entry::new(name, Vec::new(), x)
    }

    /// Numbers along an axis.
    pub fn vector(name: &'static str, axis: Axis<'a>, x: &'a [Quantity]) -> Entry<'a> {
        Entry::new(name, vec![axis], Values::Numbers(Cow::Borrowed(x)))
    }

    /// Numbers along an axis that are made where they are written.
    pub fn quantities(name: &'static str, axis: Axis<'a>, x: &'a Quantities) -> Entry<'a> {
        Entry::new(name, vec![axis], Values::Made(x))
    }

    /// Floating-point numbers along an axis.
    pub fn floats(name: &'static str, axis: Axis<'a>, x: &'a [f64]) -> Entry<'a> {
        Entry::new(name, vec![axis], Values::Floats(x))
    }

    /// Floating-point numbers along an axis, as far as they exist.
    pub fn optional_floats(name: &'static str, axis: Axis<'a>, x: &[Option<f64>]) -> Entry<'a> {
        let number = |x: &Option<f64>| x.map_or(Quantity::Undefined, Quantity::from);
        let numbers: Vec<Quantity> = x.iter().map(number).collect();
        Entry::new(name, vec![axis], Values::Numbers(numbers.into()))
    }

    /// One floating-point number, or none.
    pub fn optional_float(name: &'static str, x: Option<f64>) -> Entry<'a> {
        Entry::float(name, x.unwrap_or(f64::NAN))
    }

    /// Texts without places.
    pub fn texts(name: &'static str, texts: &'a [String]) -> Entry<'a> {
        Entry::new(name, vec![Axis::Index], Values::Texts(texts))
    }

    /// Things of one kind, by their columns.
    pub fn records(
        name: &'static str,
        columns: impl IntoIterator<Item = (&'static str, Column<'a>)>,
    ) -> Entry<'a> {
        let records = Records(columns.into_iter().collect());
        Entry::new(name, vec![Axis::Index], Values::Records(records))
    }

    /// Numbers along two axes, row by row.
    pub fn matrix(name: &'static str, axes: [Axis<'a>; 2], x: &'a [Vec<Quantity>]) -> Entry<'a> {
        Entry::new(name, axes.to_vec(), Values::Rows(Cow::Borrowed(x)))
    }

    /// A matrix as it was computed, along two axes.
    pub fn cells(name: &'static str, axes: [Axis<'a>; 2], x: &'a Matrix) -> Entry<'a> {
        Entry::new(name, axes.to_vec(), Values::Matrix(x))
    }

    /// One text.
    pub fn text(name: &'static str, text: impl Into<Cow<'a, str>>) -> Entry<'a> {
        Entry::new(name, Vec::new(), Values::Text(text.into()))
    }

    /// One whole number.
    pub fn whole(name: &'static str, x: u64) -> Entry<'a> {
        Entry::new(name, Vec::new(), Values::Whole(x))
    }

    /// One yes or no.
    pub fn flag(name: &'static str, flag: bool) -> Entry<'a> {
        Entry::new(name, Vec::new(), Values::Flag(flag))
    }

    /// A name without values.
    pub fn null(name: &'static str) -> Entry<'a> {
        Entry::new(name, Vec::new(), Values::Null)
    }

    /// What stands under a name, along axes.
    pub fn array(name: &'static str, axes: &[Axis<'a>], values: Values<'a>) -> Entry<'a> {
        Entry::new(name, axes.to_vec(), values)
    }

    /// Entries under a common name.
    pub fn group(name: &'static str, entries: Entries<'a>) -> Entry<'a> {
        Entry::new(name, Vec::new(), Values::Group(entries))
    }

    /// A group for each of several things.
    pub fn list(name: &'static str, groups: Vec<Entries<'a>>) -> Entry<'a> {
        Entry::new(name, Vec::new(), Values::List(groups))
    }

    /// The entry of what may not exist: a name without values then.
    pub fn or_null<T>(
        name: &'static str,
        x: Option<T>,
        entry: impl FnOnce(&'static str, T) -> Entry<'a>,
    ) -> Entry<'a> {
        match x {
            Some(x) => entry(name, x),
            None => Entry::null(name),
        }
    }

    /// The entry without bounds: its numbers are given, or computed in floating point alone.
    #[must_use]
    pub fn unbounded(self) -> Entry<'a> {
        Entry {
            bounded: false,
            ..self
        }
    }
}

impl<'a> Entries<'a> {
    /// With one more entry, if there is one.
    #[must_use]
    pub fn and(mut self, entry: impl Into<Option<Entry<'a>>>) -> Entries<'a> {
        self.0.extend(entry.into());
        self
    }

    /// With the entry of what may not exist; without it if it does not.
    #[must_use]
    pub fn and_some<T>(
        self,
        name: &'static str,
        x: Option<T>,
        entry: impl FnOnce(&'static str, T) -> Entry<'a>,
    ) -> Entries<'a> {
        self.and(x.map(|x| entry(name, x)))
    }

    /// With more entries.
    #[must_use]
    pub fn with(mut self, entries: impl IntoIterator<Item = Entry<'a>>) -> Entries<'a> {
        self.0.extend(entries);
        self
    }

    /// All entries, each without bounds.
    #[must_use]
    pub fn unbounded(self) -> Entries<'a> {
        Entries(self.0.into_iter().map(Entry::unbounded).collect())
    }

    /// The entry of a name.
    pub fn get(&self, name: &str) -> Option<&Entry<'a>> {
        self.0.iter().find(|entry| entry.name == name)
    }

    /// The entry under a path of names, as `policy/theta`.
    pub fn at(&self, path: &str) -> Option<&Entry<'a>> {
        let Some((group, rest)) = path.split_once('/') else {
            return self.get(path);
        };
        match &self.get(group)?.values {
            Values::Group(entries) => entries.at(rest),
            _ => None,
        }
    }
}

impl Serialize for Entries<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for entry in &self.0 {
            map.serialize_entry(entry.name, &entry.values)?;
        }
        map.end()
    }
}

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Values::Null => serializer.serialize_none(),
            Values::Flag(flag) => serializer.serialize_bool(*flag),
            Values::Whole(x) => serializer.serialize_u64(*x),
            Values::Wholes(x) => x.serialize(serializer),
            Values::WholeRows(x) => x.serialize(serializer),
            Values::Number(x) => x.serialize(serializer),
            Values::Numbers(x) => x.serialize(serializer),
            Values::Made(x) => x.serialize(serializer),
            Values::Rows(x) => x.serialize(serializer),
            Values::Matrix(x) => serializer.collect_seq(x.rows()),
            Values::Floats(x) => x.serialize(serializer),
            Values::FloatRows(x) => x.serialize(serializer),
            Values::FloatTables(x) => x.serialize(serializer),
            Values::FlagRows(x) => x.serialize(serializer),
            Values::Text(text) => serializer.serialize_str(text),
            Values::Texts(texts) => texts.serialize(serializer),
            Values::Labels(labels) => {
                let mut names = serializer.serialize_seq(Some(labels.len()))?;
                labels.try_each(|name| names.serialize_element(name))?;
                names.end()
            }
            Values::Words(words) => words.serialize(serializer),
            Values::Records(records) => {
                let all = (0..records.count()).map(|i| Record { records, i });
                serializer.collect_seq(all)
            }
            // a large model has no copy of its names
            Values::States(space) => serializer.collect_seq(space.state_names().iter()),
            Values::Actions(space) => serializer.collect_seq(space.action_names().iter()),
            Values::Pairs(space) => {
                let mut names = serializer.serialize_seq(Some(space.pairs()))?;
                space.try_each_pair(|_, of_pair| names.serialize_element(&of_pair))?;
                names.end()
            }
            Values::PairsAt(space, pairs) => {
                serializer.collect_seq(pairs.iter().map(|&pair| space.pair_names(pair)))
            }
            Values::SomePairs(pairs) => pairs.serialize(serializer),
            Values::PairRows(rows) => rows.serialize(serializer),
            Values::Group(entries) => entries.serialize(serializer),
            Values::List(groups) => groups.serialize(serializer),
        }
    }
}

impl Records<'_> {
    /// How many things there are.
    pub(super) fn count(&self) -> usize {
        self.0.first().map_or(0, |(_, column)| match column {
            Column::Wholes(x) => x.len(),
            Column::Floats(x) => x.len(),
            Column::Texts(x) => x.len(),
        })
    }
}

/// One of the things.
struct Record<'r, 'a> {
    records: &'r Records<'a>,
    i: usize,
}

impl Serialize for Record<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, column) in &self.records.0 {
            match column {
                Column::Wholes(x) => map.serialize_entry(name, &x[self.i])?,
                Column::Texts(x) => map.serialize_entry(name, x[self.i])?,
                Column::Floats(x) => {
                    if let Some(x) = &x[self.i] {
                        map.serialize_entry(name, x)?;
                    }
                }
            }
        }
        map.end()
    }
}
