//! What `rewards` reports: J and ∇J of each reward of a model.

use std::io;

use super::csv::{self, CsvLayout, CsvLine};
use super::entries::{Axis, Entries, Entry};
use super::{Bounds, Head, Quantity, Report};

/// All rewards of a model under one policy.
#[derive(Clone, Debug)]
pub struct RewardsReport {
    /// The model, the criterion, the policy.
    pub head: Head,
    /// The rewards, in the order of the file.
    pub rewards: Vec<RewardReport>,
    /// A combination of them, if one is asked for.
    pub combination: Option<CombinationReport>,
    /// Proven bounds on the errors, if the numbers are certified.
    pub bounds: Option<Bounds>,
}

/// One reward.
#[derive(Clone, Debug)]
pub struct RewardReport {
    /// Its name.
    pub name: String,
    /// J, in its units.
    pub j: Quantity,
    /// v(s) \[S\]; the bias for the average reward.
    pub v: Vec<Quantity>,
    /// ∇J \[d\].
    pub gradient: Vec<Quantity>,
    /// What rounding can do to v and J, where it may show in the ninth digit.
    pub value_error: Option<f64>,
    /// What rounding can do to any entry of ∇J, where it may show in the ninth digit.
    pub gradient_error: Option<f64>,
}

/// Σ wₖ rₖ.
#[derive(Clone, Debug)]
pub struct CombinationReport {
    /// As it was written.
    pub text: String,
    /// Σ wₖ Jₖ.
    pub j: Quantity,
    /// What rounding can do to it, where it may show in the ninth digit of a value.
    pub value_error: Option<f64>,
    /// Σ wₖ ∇Jₖ \[d\].
    pub gradient: Vec<Quantity>,
    /// What rounding can do to any entry of it, where it may show in the ninth digit.
    pub gradient_error: Option<f64>,
}

fn error<'a>(name: &'static str, x: f64) -> Entry<'a> {
    Entry::float(name, x).unbounded()
}

impl RewardReport {
    fn entries(&self) -> Entries<'_> {
        Entries::default()
            .and(Entry::text("name", self.name.as_str()))
            .and(Entry::number("j", &self.j))
            .and(Entry::vector("v", Axis::State, &self.v))
            .and_some("value_error", self.value_error, error)
            .and(Entry::vector("gradient", Axis::Parameter, &self.gradient))
            .and_some("gradient_error", self.gradient_error, error)
    }
}

impl CombinationReport {
    fn entries(&self) -> Entries<'_> {
        Entries::default()
            .and(Entry::text("reward", self.text.as_str()))
            .and(Entry::number("j", &self.j))
            .and_some("value_error", self.value_error, error)
            .and(Entry::vector("gradient", Axis::Parameter, &self.gradient))
            .and_some("gradient_error", self.gradient_error, error)
    }
}

impl Report for RewardsReport {
    fn entries(&self) -> Entries<'_> {
        let rewards = self.rewards.iter().map(RewardReport::entries).collect();
        self.head
            .entries()
            .and(Entry::list("rewards", rewards))
            .and_some("combination", self.combination.as_ref(), |name, x| {
                Entry::group(name, x.entries())
            })
            .and_some("bounds", self.bounds.as_ref(), Entry::bounds)
    }

    fn csv(&self, rows: &mut csv::CsvRows) -> io::Result<()> {
        LAYOUT.write(&self.head, &self.entries(), rows)
    }

    fn bounds(&self) -> Option<&Bounds> {
        self.bounds.as_ref()
    }
}

/// The rows of its table.
const LAYOUT: CsvLayout = CsvLayout {
    columns: &["reward", "state", "action", "parameter"],
    lines: &[
        CsvLine::Of("policy/probabilities", "probability"),
        CsvLine::Each(
            "rewards",
            "reward",
            "name",
            &[
                CsvLine::Of("j", "j"),
                CsvLine::Of("v", "v"),
                CsvLine::Of("value_error", "value_error"),
                CsvLine::Of("gradient", "gradient"),
                CsvLine::Of("gradient_error", "gradient_error"),
            ],
        ),
        CsvLine::Of("combination/j", "combination_j"),
        CsvLine::Of("combination/value_error", "combination_value_error"),
        CsvLine::Of("combination/gradient", "combination_gradient"),
        CsvLine::Of("combination/gradient_error", "combination_gradient_error"),
    ],
};
