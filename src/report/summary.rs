//! Reports of large models in a small form, and how much the whole takes.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::Quantity;
use super::entries::{Entries, Values};

/// Arrays of at most so many entries are written whole; a choice.
const FEW: usize = 20;

/// Entries of which long arrays are told by their shape, their least and largest number, their mean and
/// how many are undefined; long lists of names by their number.
pub struct Summarized<'e, 'a>(pub &'e Entries<'a>);

/// What is told of a long array.
#[derive(Serialize)]
struct Array {
    shape: Vec<usize>,
    least: Option<f64>,
    most: Option<f64>,
    mean: Option<f64>,
    undefined: usize,
}

/// What is told of a long list of something else.
#[derive(Serialize)]
struct List {
    count: usize,
}

impl Serialize for Summarized<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.0.len()))?;
        for entry in &self.0.0 {
            map.serialize_entry(entry.name, &Value(&entry.values))?;
        }
        map.end()
    }
}

struct Value<'e, 'a>(&'e Values<'a>);

impl Serialize for Value<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Values::Group(entries) => Summarized(entries).serialize(serializer),
            Values::List(groups) => serializer.collect_seq(groups.iter().map(Summarized)),
            values if count(values) <= FEW => values.serialize(serializer),
            values => match Array::of(values) {
                Some(array) => array.serialize(serializer),
                None => {
                    let count = match values {
                        Values::Pairs(space) => space.pairs(),
                        Values::PairsAt(_, pairs) => pairs.len(),
                        Values::SomePairs(pairs) => pairs.len(),
                        values => count(values),
                    };
                    List { count }.serialize(serializer)
                }
            },
        }
    }
}

impl Array {
    /// Of numbers; `None` of anything else.
    fn of(values: &Values<'_>) -> Option<Array> {
        let mut sums = Sums::default();
        let shape = match values {
            Values::Numbers(x) => {
                x.iter().for_each(|x| sums.add(x.value()));
                vec![x.len()]
            }
            Values::Made(x) => {
                x.each().for_each(|x| sums.add(x.value()));
                vec![x.len()]
            }
            Values::Rows(rows) => {
                rows.iter().flatten().for_each(|x| sums.add(x.value()));
                vec![rows.len(), rows.first().map_or(0, Vec::len)]
            }
            Values::Matrix(matrix) => {
                let blocks = matrix.float_blocks();
                blocks.flatten().for_each(|x| sums.add(Some(x)));
                vec![matrix.shape().0, matrix.shape().1]
            }
            Values::Floats(x) => {
                x.iter().for_each(|x| sums.add(Some(*x)));
                vec![x.len()]
            }
            Values::FloatRows(rows) => {
                rows.iter().flatten().for_each(|x| sums.add(Some(*x)));
                vec![rows.len(), rows.first().map_or(0, Vec::len)]
            }
            _ => return None,
        };
        Some(sums.array(shape))
    }
}

/// The sums behind an array's few numbers.
struct Sums {
    least: f64,
    most: f64,
    total: f64,
    /// What rounding lost of the total (Knuth's two-sum).
    lost: f64,
    count: usize,
    undefined: usize,
}

impl Default for Sums {
    fn default() -> Sums {
        Sums {
            least: f64::INFINITY,
            most: f64::NEG_INFINITY,
            total: 0.0,
            lost: 0.0,
            count: 0,
            undefined: 0,
        }
    }
}

impl Sums {
    fn add(&mut self, x: Option<f64>) {
        let Some(x) = x.filter(|x| x.is_finite()) else {
            self.undefined += 1;
            return;
        };
        self.least = self.least.min(x);
        self.most = self.most.max(x);
        let total = self.total + x;
        let added = total - self.total;
        self.lost += (self.total - (total - added)) + (x - added);
        self.total = total;
        self.count += 1;
    }

    /// The mean, which is between the least and the most; of numbers whose sum is none, nothing.
    fn mean(&self) -> Option<f64> {
        let mean = (self.total + self.lost) / self.count as f64;
        let is_known = mean.is_finite() && self.count > 0;
        is_known.then(|| mean.clamp(self.least, self.most) + 0.0)
    }

    fn array(self, shape: Vec<usize>) -> Array {
        let known = |x: f64| (self.count > 0).then_some(x + 0.0);
        Array {
            shape,
            least: known(self.least),
            most: known(self.most),
            mean: self.mean(),
            undefined: self.undefined,
        }
    }
}

/// How many entries some values have, those of groups included.
fn count(values: &Values<'_>) -> usize {
    match values {
        Values::Null | Values::Flag(_) | Values::Whole(_) | Values::Number(_) | Values::Text(_) => {
            1
        }
        Values::Wholes(x) => x.len(),
        Values::WholeRows(rows) => rows.iter().map(Vec::len).sum(),
        Values::Numbers(x) => x.len(),
        Values::Made(x) => x.len(),
        Values::Rows(rows) => rows.iter().map(Vec::len).sum(),
        Values::Matrix(matrix) => matrix.shape().0 * matrix.shape().1,
        Values::Floats(x) => x.len(),
        Values::FloatRows(rows) => rows.iter().map(Vec::len).sum(),
        Values::FloatTables(tables) => tables.iter().flatten().map(Vec::len).sum(),
        Values::FlagRows(rows) => rows.iter().map(Vec::len).sum(),
        Values::Texts(x) => x.len(),
        Values::Labels(x) => x.len(),
        Values::Words(x) => x.len(),
        Values::Records(records) => records.count(),
        Values::States(space) => space.states(),
        Values::Actions(space) => space.actions(),
        Values::Pairs(space) => 2 * space.pairs(),
        Values::PairsAt(_, pairs) => 2 * pairs.len(),
        Values::SomePairs(pairs) => 2 * pairs.len(),
        Values::PairRows(rows) => rows.iter().map(|row| 2 * row.len()).sum(),
        Values::Group(entries) => entries_of(entries),
        Values::List(groups) => groups.iter().map(entries_of).sum(),
    }
}

fn entries_of(entries: &Entries<'_>) -> usize {
    entries.0.iter().map(|entry| count(&entry.values)).sum()
}

/// How many bytes the entries take as text, about.
pub fn text_bytes(entries: &Entries<'_>) -> usize {
    let of = |values: &Values<'_>| {
        let each = match values {
            Values::Numbers(x) => 2 + x.iter().take(FEW).map(width).max().unwrap_or(0),
            Values::Made(x) => 2 + x.each().take(FEW).map(|x| width(&x)).max().unwrap_or(0),
            Values::Rows(_) | Values::Matrix(_) | Values::Floats(_) | Values::FloatRows(_) => 21,
            _ => 10,
        };
        each.saturating_mul(count(values))
    };
    let one = |values: &Values<'_>| match values {
        Values::Group(inner) => text_bytes(inner),
        Values::List(groups) => groups.iter().map(text_bytes).sum(),
        values => of(values),
    };
    entries.0.iter().map(|entry| one(&entry.values)).sum()
}

/// The letters of a number.
fn width(x: &Quantity) -> usize {
    serde_json::to_string(x).map_or(0, |text| text.len())
}

/// How many bytes the entries take in NumPy's archive, about.
pub fn array_bytes(entries: &Entries<'_>) -> usize {
    8 * entries_of(entries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::entries::{Axis, Entry};

    #[test]
    fn long_arrays_are_told_by_few_numbers_and_short_ones_are_whole() {
        let long: Vec<f64> = (0..40).map(f64::from).chain([f64::NAN]).collect();
        let names: Vec<String> = (0..30).map(|i| i.to_string()).collect();
        let entries = Entries::default()
            .and(Entry::whole("n", 7))
            .and(Entry::floats("few", Axis::Index, &long[..2]))
            .and(Entry::floats("long", Axis::Index, &long))
            .and(Entry::texts("names", &names));
        let found = serde_json::to_value(Summarized(&entries)).unwrap();
        let expected = serde_json::json!({
            "n": 7,
            "few": [0.0, 1.0],
            "long": {"shape": [41], "least": 0.0, "most": 39.0, "mean": 19.5, "undefined": 1},
            "names": {"count": 30},
        });
        assert_eq!(found, expected);
        assert!((41 * 15..41 * 30).contains(&text_bytes(&entries)));
    }

    #[test]
    fn the_mean_of_equal_numbers_is_that_number() {
        let mut sums = Sums::default();
        (0..3_000).for_each(|_| sums.add(Some(1.0 / 6.0)));
        assert_eq!(sums.mean(), Some(1.0 / 6.0));
        // 1 is far below the rounding of the others, whose sum is 0
        let mut sums = Sums::default();
        for x in [1e100, 1.0, -1e100, 1.0] {
            sums.add(Some(x));
        }
        assert_eq!(sums.mean(), Some(0.5));
    }
}
