//! What `shaping` reports: the potential between two rewards, or what refutes it.

use std::io;

use super::csv::{self, CsvLayout, CsvLine};
use super::entries::{Axis, Entries, Entry, Values};
use super::{Bounds, Head, Quantity, Report};
use crate::shaping::ShapingVerdict;

/// Two rewards of one model, and the potential between them.
#[derive(Clone, Debug)]
pub struct ShapingReport {
    /// The model, the criterion, the policy.
    pub head: Head,
    /// The name of the other model.
    pub other: String,
    /// Whether there is a potential.
    pub verdict: ShapingVerdict,
    /// c.
    pub scale: Quantity,
    /// Φ(s) \[S\].
    pub potential: Vec<Quantity>,
    /// k, of the average reward.
    pub constant: Option<Quantity>,
    /// r' − c r − γpΦ + Φ \[SA\], less k.
    pub residual: Vec<Quantity>,
    /// The pair of the largest of them.
    pub worst: Option<usize>,
    /// Whether r'(s, a, s') = c r(s, a, s') + γΦ(s') − Φ(s) too; `None` where that is no question.
    pub by_outcome: Option<bool>,
    /// What the policy is worth under both.
    pub values: ShapedValues,
    /// Proven bounds on the errors, if the numbers are certified.
    pub bounds: Option<Bounds>,
}

/// What one policy is worth under two rewards, and how far that is from what the potential says.
#[derive(Clone, Debug)]
pub struct ShapedValues {
    /// J under r.
    pub j: Quantity,
    /// J' under r'.
    pub j_other: Quantity,
    /// ρ₀Φ.
    pub initial_potential: Quantity,
    /// |J' − (cJ − ρ₀Φ)|; of the average reward |J' − (cJ + k)|.
    pub j_difference: Quantity,
    /// The largest |v' − (cv − Φ)|; of the average reward Φ less its average over the long run.
    pub v_difference: Quantity,
    /// The largest |q' − (cq − Φ)|.
    pub q_difference: Quantity,
    /// The largest |A' − cA|.
    pub advantage_difference: Quantity,
    /// The largest |∂J' − c ∂J|; `None` where J has no gradient.
    pub gradient_difference: Option<Quantity>,
}

impl ShapedValues {
    fn entries(&self) -> Entries<'_> {
        Entries::default()
            .and(Entry::number("j", &self.j))
            .and(Entry::number("j_other", &self.j_other))
            .and(Entry::number("initial_potential", &self.initial_potential))
            .and(Entry::number("j_difference", &self.j_difference).unbounded())
            .and(Entry::number("v_difference", &self.v_difference).unbounded())
            .and(Entry::number("q_difference", &self.q_difference).unbounded())
            .and(Entry::number("advantage_difference", &self.advantage_difference).unbounded())
            .and(Entry::or_null(
                "gradient_difference",
                self.gradient_difference.as_ref(),
                |name, x| Entry::number(name, x).unbounded(),
            ))
    }
}

impl Report for ShapingReport {
    fn entries(&self) -> Entries<'_> {
        let worst = self.worst.as_ref().map(std::slice::from_ref);
        self.head
            .entries()
            .and(Entry::text("other_model", &self.other))
            .and(Entry::text("verdict", self.verdict.name()))
            .and(Entry::or_null("holds", self.verdict.holds(), Entry::flag))
            .and(Entry::number("scale", &self.scale))
            .and(Entry::vector("potential", Axis::State, &self.potential))
            .and_some("constant", self.constant.as_ref(), Entry::number)
            .and(Entry::vector("residual", Axis::Pair, &self.residual))
            .and(Entry::or_null(
                "largest_residual_at",
                worst,
                |name, pairs| {
                    Entry::array(
                        name,
                        &[Axis::Index, Axis::Index],
                        Values::PairsAt(&self.head.space, pairs),
                    )
                },
            ))
            .and(Entry::or_null("by_outcome", self.by_outcome, Entry::flag))
            .and(Entry::group("values", self.values.entries()))
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
    columns: &["state", "action"],
    lines: &[
        CsvLine::Of("policy/probabilities", "probability"),
        CsvLine::Of("scale", "scale"),
        CsvLine::Of("potential", "potential"),
        CsvLine::Of("constant", "constant"),
        CsvLine::Of("residual", "residual"),
        CsvLine::Of("values/j", "j"),
        CsvLine::Of("values/j_other", "j_other"),
        CsvLine::Of("values/initial_potential", "initial_potential"),
    ],
};
