//! What `solve --n-discount` reports: the terms of the values near discount 1, and who attains them.

use std::io;

use super::csv::{self, CsvLayout, CsvLine};
use super::entries::{Axis, Entries, Entry, Values};
use super::{Head, Quantity, Report};
use crate::control::sensitive::Sensitive;
use crate::mdp::Mdp;
use crate::model::Objective;
use crate::number::Rational;

/// The policies that are n-discount optimal.
#[derive(Clone, Debug)]
pub struct SensitiveReport {
    /// The model, its own criterion, and an n-discount optimal policy.
    pub head: Head,
    /// n, from −1 on.
    pub order: i32,
    /// The orders −1, …, n, as texts.
    orders: Vec<String>,
    /// The largest y₋₁, …, y_n \[n + 2\]\[S\]: the gain, the bias, and so on.
    pub terms: Vec<Vec<Quantity>>,
    /// For each order the actions that attain its equation and those before.
    pub actions: Vec<Vec<usize>>,
    /// How many deterministic policies there are, if each was looked at.
    pub policies: Option<usize>,
    /// How many of them are optimal to each order.
    pub optimal: Option<Vec<usize>>,
    /// Policies that were evaluated.
    pub iterations: usize,
}

impl SensitiveReport {
    /// The report of what was found; of costs, whose gains were looked at, with the other sign.
    pub fn new(
        mdp: &Mdp<Rational>,
        objective: Objective,
        order: i32,
        found: &Sensitive,
    ) -> SensitiveReport {
        let signed = |x: &Rational| Quantity::of(&objective.signed(x));
        let terms = found.terms.iter();
        let (policies, optimal) = found.counts.clone().unzip();
        SensitiveReport {
            head: Head::new(mdp, &found.policy, objective),
            order,
            orders: (-1..=order).map(|k| k.to_string()).collect(),
            terms: terms.map(|y| y.iter().map(signed).collect()).collect(),
            actions: found.actions.clone(),
            policies,
            optimal,
            iterations: found.iterations,
        }
    }

    /// The orders −1, …, n.
    pub fn orders(&self) -> &[String] {
        &self.orders
    }
}

impl Report for SensitiveReport {
    fn entries(&self) -> Entries<'_> {
        let levels = self.orders.iter().zip(&self.actions).enumerate();
        let levels = levels.map(|(at, (order, actions))| {
            Entries::default()
                .and(Entry::text("order", order.as_str()))
                .and(Entry::array(
                    "actions",
                    &[Axis::Index, Axis::Index],
                    Values::PairsAt(&self.head.space, actions),
                ))
                .and_some("policies", self.optimal.as_ref(), |name, optimal| {
                    Entry::whole(name, optimal[at] as u64)
                })
        });
        let levels = levels.collect();
        self.head
            .entries()
            .and(Entry::array(
                "terms",
                &[Axis::Label(&self.orders), Axis::State],
                Values::Rows((&self.terms[..]).into()),
            ))
            .and(Entry::list("levels", levels))
            .and_some("deterministic_policies", self.policies, |name, x| {
                Entry::whole(name, x as u64)
            })
            .and(Entry::whole("iterations", self.iterations as u64))
    }

    fn csv(&self, rows: &mut csv::CsvRows) -> io::Result<()> {
        LAYOUT.write(&self.head, &self.entries(), rows)
    }
}

/// The rows of its table.
const LAYOUT: CsvLayout = CsvLayout {
    columns: &["order", "state", "action"],
    lines: &[
        CsvLine::Of("policy/probabilities", "probability"),
        CsvLine::Of("terms", "term"),
        CsvLine::Each(
            "levels",
            "order",
            "order",
            &[
                CsvLine::Of("actions", "optimal"),
                CsvLine::Of("policies", "policies"),
            ],
        ),
    ],
};
