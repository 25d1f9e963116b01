//! What is known of the rounding of numbers that stand together, beside them.

use crate::estimator::shown;
use crate::report::Quantity;
use crate::report::entries::{Entries, Entry};

/// What is known of the rounding of numbers that stand together.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum KnownRounding {
    /// It does not show in the ninth digit of any, or they are exact or have bounds of their own.
    #[default]
    Hidden,
    /// Bounds on any number of a name, of those where it may show.
    Within(Vec<(&'static str, f64)>),
    /// Nothing, and why.
    Unknown(String),
}

impl KnownRounding {
    /// Of numbers that are known with bounds and then told without them: under the name of each bound the numbers.
    pub(super) fn of(named: &[(&'static str, &[Quantity])]) -> KnownRounding {
        let mut all = Vec::new();
        for &(name, numbers) in named {
            let known = numbers.iter().filter(|x| x.value().is_some());
            let values: Vec<f64> = known.clone().filter_map(Quantity::value).collect();
            let bound = |x: &Quantity| match x {
                Quantity::Certified { bound, .. } => *bound,
                _ => 0.0,
            };
            let bounds: Vec<f64> = known.map(bound).collect();
            if shown(&bounds, &values).is_some() {
                all.push((name, bounds.into_iter().fold(0.0, f64::max)));
            }
        }
        if all.is_empty() {
            KnownRounding::Hidden
        } else {
            KnownRounding::Within(all)
        }
    }

    /// As a report holds it: bounds under their names, or `error` that is null, and why.
    pub(in crate::report) fn entries<'a>(&'a self, mut beside: Entries<'a>) -> Entries<'a> {
        match self {
            KnownRounding::Hidden => beside,
            KnownRounding::Within(bounds) => {
                for &(name, bound) in bounds {
                    beside = beside.and(Entry::float(name, bound).unbounded());
                }
                beside
            }
            KnownRounding::Unknown(why) => beside
                .and(Entry::null("error"))
                .and(Entry::text("absent", why.as_str())),
        }
    }
}
