//! What rounding may have done to the numbers of `continuous`, from the same numbers with proven bounds.

use super::ContinuousReport;
use crate::report::Quantity;
use crate::report::bounds::error;
use crate::report::entries::{Entries, Entry, Values};

/// The names of numbers, and of bounds on them: of any entry of an array.
const NAMES: [(&str, &str); 14] = [
    ("j", "j_error"),
    ("gradient", "gradient_error"),
    ("reparametrized", "reparametrized_error"),
    ("max_difference", "max_difference_error"),
    ("mean", "mean_error"),
    ("variance", "variance_error"),
    ("trace", "trace_error"),
    ("slope", "slope_error"),
    ("distance", "distance_error"),
    ("q", "q_error"),
    ("entropy_before", "entropy_before_error"),
    ("entropy_after", "entropy_after_error"),
    ("entropy_bias", "entropy_bias_error"),
    ("j_bias", "j_bias_error"),
];

impl ContinuousReport {
    /// The report with bounds on its numbers, from the same numbers with proven ones.
    #[must_use]
    pub fn beside(self, proven: ContinuousReport) -> ContinuousReport {
        ContinuousReport {
            proven: Some(Box::new(proven)),
            ..self
        }
    }

    /// What is reported, with the bounds on it.
    pub(super) fn bounded(&self) -> Entries<'_> {
        match &self.proven {
            Some(proven) => with_errors(self.numbers(), &proven.numbers()),
            None => self.numbers(),
        }
    }

    /// What rounding may have done to an entry of ∇J; `None` where nothing is proven of it.
    pub fn gradient_error(&self) -> Option<f64> {
        let proven = self.proven.as_ref()?;
        let found = error(self.gradient.iter(), proven.gradient.iter());
        found.map(|(most, _)| most)
    }
}

/// Entries, each of whose numbers is followed by the bound on it where that may show in the ninth digit; where nothing
/// is proven, by none, which it says.
fn with_errors<'a>(own: Entries<'a>, proven: &Entries<'_>) -> Entries<'a> {
    let mut all = Vec::with_capacity(own.0.len());
    for entry in own.0 {
        let same = proven.0.iter().find(|other| other.name == entry.name);
        let Some(same) = same else {
            all.push(entry);
            continue;
        };
        let told = told(&entry, same);
        all.push(within(entry, &same.values));
        all.extend(told);
    }
    Entries(all)
}

/// What stands under a name, its numbers each followed by their bound; not in the head, whose numbers are given.
fn within<'a>(entry: Entry<'a>, proven: &Values<'_>) -> Entry<'a> {
    let values = match (entry.values, proven) {
        (Values::Group(own), Values::Group(proven)) if entry.name != "policy" => {
            Values::Group(with_errors(own, proven))
        }
        (Values::List(own), Values::List(proven)) => {
            let both = own.into_iter().zip(proven);
            Values::List(both.map(|(own, proven)| with_errors(own, proven)).collect())
        }
        (own, _) => own,
    };
    Entry { values, ..entry }
}

fn told<'a>(entry: &Entry<'_>, proven: &Entry<'_>) -> Option<Entry<'a>> {
    let (_, name) = NAMES.iter().find(|(name, _)| *name == entry.name)?;
    let found = match (&entry.values, &proven.values) {
        (Values::Number(x), Values::Number(y)) => error([&**x].into_iter(), [&**y].into_iter()),
        (Values::Numbers(x), Values::Numbers(y)) => error(x.iter(), y.iter()),
        _ => return None,
    };
    let error = match found {
        Some((_, false)) => return None,
        Some((most, true)) => Quantity::from(most),
        None => Quantity::Undefined,
    };
    Some(Entry::owned_number(name, error).unbounded())
}
