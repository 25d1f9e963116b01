//! What `pareto` reports: the corners of the Pareto front of two rewards.

use std::io;
use std::sync::Arc;

use super::csv::{self, CsvLayout, CsvLine};
use super::entries::{Axis, Entries, Entry, Values};
use super::{Head, Quantity, Report};
use crate::control::pareto::{Corner, ExchangeRate};
use crate::linalg::Solvable;
use crate::mdp::Mdp;
use crate::model::Objective;
use crate::policy::Policy;

/// The front, J of the first reward falling and that of the second rising.
#[derive(Clone, Debug)]
pub struct ParetoReport {
    /// The model, the criterion, the policy of the first corner.
    pub head: Head,
    /// The two rewards.
    pub of: Vec<String>,
    /// The corners.
    pub corners: Vec<CornerReport>,
}

/// A corner of the front.
#[derive(Clone, Debug)]
pub struct CornerReport {
    /// (J₁, J₂).
    pub j: Vec<Quantity>,
    /// What rounding may have done to those; `None` where they are exact or rounded once.
    pub j_error: Option<Vec<Quantity>>,
    /// On the way to the next corner, what a unit of the first reward that is given up brings of the second;
    /// undefined for the last.
    pub exchange_rate: Quantity,
    /// What rounding may have done to that; `None` where it is exact or rounded once.
    pub exchange_rate_error: Option<Quantity>,
    /// The actions of a policy that attains it.
    pub policy: Vec<(String, String)>,
}

impl ParetoReport {
    /// The report of corners, at least one, and of the rates between neighbours.
    pub fn new<F: Solvable>(
        mdp: &Mdp<F>,
        of: Vec<String>,
        corners: &[Corner<F, Arc<Policy<F>>>],
        rates: &[ExchangeRate<F>],
    ) -> ParetoReport {
        let space = mdp.space();
        let actions = |policy: &Policy<F>| {
            let taken = (0..space.pairs()).filter(|&pair| policy.supports(pair));
            let names = taken.map(|pair| space.pair_names(pair));
            names
                .map(|(s, a)| (s.into_owned(), a.into_owned()))
                .collect()
        };
        let rate = |rate: &ExchangeRate<F>| Quantity::of(&rate.value);
        let is_rounded = corners.iter().any(|corner| corner.error != [0.0; 2]);
        let error = |x: &f64| is_rounded.then(|| Quantity::from(*x));
        let uniform = Policy::uniform(space);
        ParetoReport {
            head: Head::new(
                mdp,
                corners.first().map_or(&uniform, |first| &*first.policy),
                Objective::Maximize,
            )
            .of_all_rewards(),
            of,
            corners: (corners.iter().enumerate())
                .map(|(at, corner)| CornerReport {
                    j: Quantity::all(&corner.j),
                    j_error: corner.error.iter().map(error).collect(),
                    exchange_rate: rates.get(at).map_or(Quantity::Undefined, rate),
                    exchange_rate_error: rates.get(at).and_then(|rate| error(&rate.error)),
                    policy: actions(&corner.policy),
                })
                .collect(),
        }
    }
}

impl CornerReport {
    fn entries<'a>(&'a self, corner: usize, of: &'a [String]) -> Entries<'a> {
        Entries::default()
            .and(Entry::whole("corner", corner as u64))
            .and(Entry::vector("j", Axis::Label(of), &self.j))
            .and_some("j_error", self.j_error.as_deref(), |name, x| {
                Entry::vector(name, Axis::Label(of), x).unbounded()
            })
            .and(Entry::number("exchange_rate", &self.exchange_rate))
            .and_some(
                "exchange_rate_error",
                self.exchange_rate_error.as_ref(),
                |name, x| Entry::number(name, x).unbounded(),
            )
            .and(Entry::array(
                "policy",
                &[Axis::Index],
                Values::SomePairs(&self.policy),
            ))
    }
}

impl Report for ParetoReport {
    fn entries(&self) -> Entries<'_> {
        let corners = self.corners.iter().enumerate();
        let corners = corners.map(|(i, corner)| corner.entries(i, &self.of));
        self.head
            .entries()
            .and(Entry::texts("of", &self.of))
            .and(Entry::list("corners", corners.collect()))
    }

    fn csv(&self, rows: &mut csv::CsvRows) -> io::Result<()> {
        LAYOUT.write(&self.head, &self.entries(), rows)
    }
}

/// The rows of its table.
const LAYOUT: CsvLayout = CsvLayout {
    columns: &["corner", "parameter", "state", "action"],
    lines: &[CsvLine::Each(
        "corners",
        "corner",
        "corner",
        &[
            CsvLine::Of("j", "j"),
            CsvLine::Of("exchange_rate", "exchange_rate"),
            CsvLine::Of("j_error", "j_error"),
            CsvLine::Of("exchange_rate_error", "exchange_rate_error"),
            CsvLine::Of("policy", "policy"),
        ],
    )],
};
