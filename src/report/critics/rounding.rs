//! What rounding may have done to the numbers of a learner.

use super::{CriticReport, CriticsReport};
use crate::field::UNIT;
use crate::report::Quantity;
use crate::report::bounds::error;
use crate::report::entries::{Entries, Entry};

/// Bounds on what rounding has done, of any entry of an array; `None` where nothing is known.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CriticRounding {
    /// To w.
    pub weights: Option<f64>,
    /// To v̂.
    pub v: Option<f64>,
    /// To Σ d (v̂ − v)².
    pub error: Option<f64>,
    /// To the expected gradient of an actor with this critic.
    pub gradient: Option<f64>,
    /// To ‖that − ∇J‖₂ / ‖∇J‖₂.
    pub gradient_error: Option<f64>,
    /// To the cosine between the two.
    pub cosine: Option<f64>,
}

impl CriticRounding {
    pub(super) fn entries(&self) -> Entries<'_> {
        Entries::default()
            .and(Entry::optional_float("weights", self.weights))
            .and(Entry::optional_float("v", self.v))
            .and(Entry::optional_float("error", self.error))
            .and(Entry::optional_float("gradient", self.gradient))
            .and(Entry::optional_float("gradient_error", self.gradient_error))
            .and(Entry::optional_float("cosine", self.cosine))
    }
}

impl CriticsReport {
    /// The report with bounds on the errors of its numbers, from the same numbers with proven ones; unknown ones
    /// where there are none.
    #[must_use]
    pub fn beside(self, proven: Option<&CriticsReport>) -> CriticsReport {
        let critics = self.critics.into_iter().enumerate();
        let critics = critics.map(|(at, critic)| {
            let proven = proven.and_then(|proven| proven.critics.get(at));
            critic.beside(proven)
        });
        CriticsReport {
            critics: critics.collect(),
            ..self
        }
    }
}

impl CriticReport {
    fn beside(self, proven: Option<&CriticReport>) -> CriticReport {
        if self.weights.is_none() {
            return self;
        }
        // numbers from fractions are rounded once, whatever balls say
        let own = self.rounding.unwrap_or_default();
        let found = proven.map_or(CriticRounding::default(), |proven| self.from(proven));
        let better = |own: Option<f64>, found: Option<f64>| match (own, found) {
            (Some(own), Some(found)) => Some(own.min(found)),
            (own, found) => own.or(found),
        };
        CriticReport {
            rounding: Some(CriticRounding {
                weights: better(own.weights, found.weights),
                v: better(own.v, found.v),
                error: better(own.error, found.error),
                gradient: better(own.gradient, found.gradient),
                gradient_error: better(own.gradient_error, found.gradient_error),
                cosine: better(own.cosine, found.cosine),
            }),
            ..self
        }
    }

    /// How far these numbers may be from proven ones.
    fn from(&self, proven: &CriticReport) -> CriticRounding {
        let most = |x: &[Quantity], y: &[Quantity]| {
            let same = x.len() == y.len();
            let found = error(x.iter(), y.iter()).filter(|_| same);
            found.map(|(most, _)| most)
        };
        let one =
            |x: &Quantity, y: &Quantity| most(std::slice::from_ref(x), std::slice::from_ref(y));
        let all = |x: &Option<Vec<Quantity>>, y: &Option<Vec<Quantity>>| {
            most(x.as_deref()?, y.as_deref()?)
        };
        CriticRounding {
            weights: all(&self.weights, &proven.weights),
            v: all(&self.v, &proven.v),
            error: one(&self.error, &proven.error),
            gradient: all(&self.gradient, &proven.gradient),
            gradient_error: one(&self.gradient_error, &proven.gradient_error),
            cosine: one(&self.cosine, &proven.cosine),
        }
    }

    /// Of numbers in fractions that are rounded once; quotients of roots are made of rounded ones, as well as those are
    /// known, which is said of none.
    pub(super) fn rounded_once(&self) -> Option<CriticRounding> {
        self.weights.as_ref()?;
        let most = |x: &[Quantity]| {
            let sizes = x.iter().filter_map(Quantity::value);
            Some(sizes.fold(f64::MIN_POSITIVE, |most: f64, x| most.max(UNIT * x.abs())))
        };
        let all = |x: &Option<Vec<Quantity>>| x.as_deref().and_then(most);
        Some(CriticRounding {
            weights: all(&self.weights),
            v: all(&self.v),
            error: most(std::slice::from_ref(&self.error)),
            gradient: all(&self.gradient),
            gradient_error: None,
            cosine: None,
        })
    }
}
