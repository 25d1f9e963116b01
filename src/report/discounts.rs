//! What `solve --blackwell` reports: which actions are optimal at which discount.

use std::io;

use super::csv::{self, CsvLayout, CsvLine};
use super::entries::{Axis, Entries, Entry, Values};
use super::{Head, Quantity, Report};
use crate::control::blackwell::{Discount, Stretch};
use crate::mdp::Mdp;
use crate::model::Objective;
use crate::number::Rational;
use crate::policy::Policy;

/// The optimal actions at every discount.
#[derive(Clone, Debug)]
pub struct DiscountsReport {
    /// The model, its own criterion, and a Blackwell-optimal policy.
    pub head: Head,
    /// From this discount on that policy is optimal: an exact fraction where it is one.
    pub blackwell: Quantity,
    /// The discounts at which the optimal actions change, increasing.
    pub critical: Vec<Quantity>,
    /// What is optimal between them.
    pub stretches: Vec<StretchReport>,
}

/// Discounts between which the same actions are optimal.
#[derive(Clone, Debug)]
pub struct StretchReport {
    /// From here on.
    pub from: Quantity,
    /// Up to here.
    pub to: Quantity,
    /// All optimal actions, as [state, action].
    pub optimal: Vec<(String, String)>,
}

impl DiscountsReport {
    /// The report of stretches, from discount 0 on; at least one.
    pub fn new(
        mdp: &Mdp<Rational>,
        objective: Objective,
        stretches: &[Stretch],
    ) -> DiscountsReport {
        let space = mdp.space();
        let names = |&pair: &usize| {
            let (state, action) = space.pair_names(pair);
            (state.into_owned(), action.into_owned())
        };
        let last = stretches.last();
        let optimal = last.map_or(&[][..], |stretch| &stretch.optimal);
        let stretch = |stretch: &Stretch| StretchReport {
            from: quantity(&stretch.from),
            to: quantity(&stretch.to),
            optimal: stretch.optimal.iter().map(names).collect(),
        };
        DiscountsReport {
            head: Head::new(mdp, &first_of(mdp, optimal), objective),
            blackwell: last.map_or(Quantity::Undefined, |stretch| quantity(&stretch.from)),
            critical: (stretches.iter().skip(1))
                .map(|stretch| quantity(&stretch.from))
                .collect(),
            stretches: stretches.iter().map(stretch).collect(),
        }
    }
}

/// The policy that takes the first of these pairs in each state.
fn first_of(mdp: &Mdp<Rational>, pairs: &[usize]) -> Policy<Rational> {
    let space = mdp.space();
    let mut probabilities = vec![Rational::ZERO; space.pairs()];
    for same in pairs.chunk_by(|x, y| space.state_of(*x) == space.state_of(*y)) {
        probabilities[same[0]] = Rational::ONE;
    }
    Policy::on_simplex(space, probabilities)
}

/// A fraction where it is known, else the nearest number.
fn quantity(discount: &Discount) -> Quantity {
    match discount.exact() {
        Some(exact) => Quantity::Exact(Box::new(exact.clone())),
        None => Quantity::from(discount.to_f64()),
    }
}

impl Report for DiscountsReport {
    fn entries(&self) -> Entries<'_> {
        let stretches = self.stretches.iter().map(StretchReport::entries);
        self.head
            .entries()
            .and(Entry::number("blackwell", &self.blackwell))
            .and(Entry::vector(
                "critical_discounts",
                Axis::Index,
                &self.critical,
            ))
            .and(Entry::list("stretches", stretches.collect()))
    }

    fn csv(&self, rows: &mut csv::CsvRows) -> io::Result<()> {
        LAYOUT.write(&self.head, &self.entries(), rows)
    }
}

/// The rows of its table.
const LAYOUT: CsvLayout = CsvLayout {
    columns: &["from", "state", "action"],
    lines: &[
        CsvLine::Of("blackwell", "blackwell"),
        CsvLine::Of("critical_discounts", "critical_discount"),
        CsvLine::Of("policy/probabilities", "probability"),
        CsvLine::Each(
            "stretches",
            "from",
            "from",
            &[CsvLine::Of("to", "to"), CsvLine::Of("optimal", "optimal")],
        ),
    ],
};

impl StretchReport {
    fn entries(&self) -> Entries<'_> {
        Entries::default()
            .and(Entry::number("from", &self.from))
            .and(Entry::number("to", &self.to))
            .and(Entry::array(
                "optimal",
                &[Axis::Index],
                Values::SomePairs(&self.optimal),
            ))
    }
}
