//! The proven error bounds of a report's numbers, name by name.

use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

use super::Quantity;

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
    /// With the `name` of what the bounds belong to, for an entry of a list.
    #[must_use]
    pub fn named(mut self, name: &str) -> Bounds {
        self.0.push(("name", Entry::Name(name.into())));
        self
    }

    /// With the bound of one number.
    #[must_use]
    pub fn number(mut self, name: &'static str, x: &Quantity) -> Bounds {
        self.0.push((name, Entry::Number(x.clone())));
        self
    }

    /// With the bound of one number, if there is one.
    #[must_use]
    pub fn some_number(self, name: &'static str, x: Option<&Quantity>) -> Bounds {
        match x {
            Some(x) => self.number(name, x),
            None => self,
        }
    }

    /// With the bounds of a vector.
    #[must_use]
    pub fn vector(mut self, name: &'static str, x: &[Quantity]) -> Bounds {
        self.0.push((name, Entry::Vector(x.to_vec())));
        self
    }

    /// With the bounds of a vector, if there is one.
    #[must_use]
    pub fn some_vector(self, name: &'static str, x: Option<&Vec<Quantity>>) -> Bounds {
        match x {
            Some(x) => self.vector(name, x),
            None => self,
        }
    }

    /// With the bounds of a matrix, if there is one.
    #[must_use]
    pub fn some_matrix(mut self, name: &'static str, x: Option<&Vec<Vec<Quantity>>>) -> Bounds {
        if let Some(x) = x {
            self.0.push((name, Entry::Matrix(x.clone())));
        }
        self
    }

    /// With the bounds of a nested object.
    #[must_use]
    pub fn object(mut self, name: &'static str, bounds: Bounds) -> Bounds {
        self.0.push((name, Entry::Object(bounds)));
        self
    }

    /// With the bounds of a list of objects.
    #[must_use]
    pub fn list(mut self, name: &'static str, bounds: Vec<Bounds>) -> Bounds {
        self.0.push((name, Entry::List(bounds)));
        self
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
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, entry) in &self.0 {
            map.serialize_entry(name, entry)?;
        }
        map.end()
    }
}

impl Serialize for Entry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Entry::Number(x) => x.bound().serialize(serializer),
            Entry::Vector(row) => Row(row).serialize(serializer),
            Entry::Matrix(rows) => serializer.collect_seq(rows.iter().map(|row| Row(row))),
            Entry::Object(bounds) => bounds.serialize(serializer),
            Entry::List(list) => list.serialize(serializer),
            Entry::Name(name) => name.serialize(serializer),
        }
    }
}

/// The bounds of a row of numbers.
struct Row<'a>(&'a [Quantity]);

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut row = serializer.serialize_seq(Some(self.0.len()))?;
        for x in self.0 {
            row.serialize_element(&x.bound())?;
        }
        row.end()
    }
}
