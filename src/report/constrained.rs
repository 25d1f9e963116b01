//! What `constrained` reports: the best policy within bounds, and what the bounds cost.

use std::io;

use super::csv::{self, CsvLayout, CsvLine};
use super::entries::{Axis, Entries, Entry};
use super::{Head, Quantity, Report};

/// A constrained optimum.
#[derive(Clone, Debug)]
pub struct ConstrainedReport {
    /// The model, the criterion, the policy.
    pub head: Head,
    /// The reward whose J is optimal within the bounds.
    pub of: String,
    /// Its J: that of the optimum where the program was solved in fractions, else evaluated for the policy.
    pub j: Quantity,
    /// |J − ρ · r| of the linear program's ρ: 0 but for rounding.
    pub objective_gap: Quantity,
    /// J of each reward by its name.
    pub rewards: Vec<(String, Quantity)>,
    /// The bounds.
    pub bounds: Vec<ConstraintReport>,
    /// The states in which the policy draws its action.
    pub random_states: Vec<String>,
    /// ρ(s, a) \[SA\].
    pub pair_occupancy: Vec<Quantity>,
    /// The advantages of the Lagrangian \[SA\], as of gains: nowhere positive, and 0 where ρ > 0.
    pub advantage: Vec<Quantity>,
    /// How many columns were exchanged.
    pub pivots: usize,
}

/// One constraint.
#[derive(Clone, Debug)]
pub struct ConstraintReport {
    /// The reward.
    pub reward: String,
    /// `<=` or `>=`.
    pub relation: &'static str,
    /// b.
    pub bound: Quantity,
    /// J of the reward.
    pub j: Quantity,
    /// λ ≥ 0: what a unit of the bound is worth.
    pub multiplier: Quantity,
    /// ∂J/∂b of the optimal J.
    pub sensitivity: Quantity,
    /// From this b on the optimal J is linear; undefined where it is so without end.
    pub from: Quantity,
    /// Up to this b.
    pub to: Quantity,
}

impl ConstraintReport {
    fn entries(&self) -> Entries<'_> {
        Entries::default()
            .and(Entry::text("reward", self.reward.as_str()))
            .and(Entry::text("relation", self.relation))
            .and(Entry::number("bound", &self.bound))
            .and(Entry::number("j", &self.j))
            .and(Entry::number("multiplier", &self.multiplier))
            .and(Entry::number("sensitivity", &self.sensitivity))
            .and(Entry::number("from", &self.from))
            .and(Entry::number("to", &self.to))
    }
}

impl Report for ConstrainedReport {
    fn entries(&self) -> Entries<'_> {
        let reward = |(name, j): &'_ (String, Quantity)| {
            Entries::default()
                .and(Entry::text("name", name.clone()))
                .and(Entry::array(
                    "j",
                    &[],
                    super::entries::Values::Number(std::borrow::Cow::Owned(j.clone())),
                ))
        };
        self.head
            .entries()
            .and(Entry::text("of", self.of.as_str()))
            .and(Entry::number("j", &self.j))
            .and(Entry::number("objective_gap", &self.objective_gap))
            .and(Entry::list(
                "rewards",
                self.rewards.iter().map(reward).collect(),
            ))
            .and(Entry::list(
                "constraints",
                self.bounds.iter().map(ConstraintReport::entries).collect(),
            ))
            .and(Entry::texts("random_states", &self.random_states))
            .and(Entry::vector(
                "pair_occupancy",
                Axis::Pair,
                &self.pair_occupancy,
            ))
            .and(Entry::vector(
                "lagrangian_advantage",
                Axis::Pair,
                &self.advantage,
            ))
            .and(Entry::whole("pivots", self.pivots as u64))
    }

    fn csv(&self, rows: &mut csv::CsvRows) -> io::Result<()> {
        LAYOUT.write(&self.head, &self.entries(), rows)
    }
}

/// The rows of its table.
const LAYOUT: CsvLayout = CsvLayout {
    columns: &["reward", "state", "action"],
    lines: &[
        CsvLine::Each("rewards", "reward", "name", &[CsvLine::Of("j", "j")]),
        CsvLine::Each(
            "constraints",
            "reward",
            "reward",
            &[
                CsvLine::Of("bound", "bound"),
                CsvLine::Of("multiplier", "multiplier"),
                CsvLine::Of("sensitivity", "sensitivity"),
                CsvLine::Of("from", "from"),
                CsvLine::Of("to", "to"),
            ],
        ),
        CsvLine::Of("policy/probabilities", "probability"),
        CsvLine::Of("pair_occupancy", "pair_occupancy"),
        CsvLine::Of("lagrangian_advantage", "lagrangian_advantage"),
    ],
};
