//! What `ascend` reports: the path, where it ended, how far that is from the optimum at most.

use std::io;

use serde::Serialize;

use super::{Head, Quantity, Report, csv};
use crate::ascent::rates::Rates;
use crate::ascent::{Ascent, Goal, Iterates, Method, Step, Stop};
use crate::mdp::Mdp;
use crate::policy::Kind;

/// One or several ascents from the same policy.
#[derive(Clone, Debug, Serialize)]
pub struct AscentReport {
    /// The model, the criterion, the last policy of the first ascent.
    #[serde(flatten)]
    pub head: Head,
    /// J*, for a horizon over policies that may depend on the time; undefined where it could not
    /// be computed.
    pub j_optimal: Quantity,
    /// The best J that was found among the policies of the parametrization, where it need not hold the
    /// optimal one; no bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub j_class: Option<Quantity>,
    /// The first ascent.
    #[serde(flatten)]
    pub first: RunReport,
    /// The other ascents, in the order asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<RunReport>,
}

/// One ascent.
#[derive(Clone, Debug, Serialize)]
pub struct RunReport {
    /// How the steps were made.
    pub method: Method,
    /// Steps made.
    pub iterations: usize,
    /// Why it stopped.
    pub stop: Stop,
    /// Every iterate, the start included.
    pub trace: Vec<Step>,
    /// θ of the last policy \[d\].
    pub theta: Vec<Quantity>,
    /// J of the last policy.
    pub j: Quantity,
    /// A bound on J* − J of the last policy.
    pub gap_bound: Quantity,
    /// On simplices what the tolerance was compared with at the last policy, Σₛ ρ(s) maxₐ A(s, a).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stationarity: Option<f64>,
    /// How fast it was, and how fast it is proven to be.
    pub rates: Rates,
    /// θ, π and v of every iterate, if they were asked for; not in this report, but in
    /// [`IteratesReport`](super::IteratesReport).
    #[serde(skip)]
    pub iterates: Option<Iterates>,
}

impl AscentReport {
    /// The report of ascents with their rates; the first must exist.
    pub fn new(
        mdp: &Mdp,
        goal: Option<&Goal>,
        first: (Ascent, Rates),
        others: Vec<(Ascent, Rates)>,
    ) -> AscentReport {
        AscentReport {
            head: Head::new(mdp, &first.0.policy),
            j_optimal: goal.map_or(Quantity::Undefined, |goal| goal.j.into()),
            j_class: None,
            first: RunReport::new(first.0, first.1),
            others: others
                .into_iter()
                .map(|(ascent, rates)| RunReport::new(ascent, rates))
                .collect(),
        }
    }

    /// With the best J that was found in the class of the policies, or by these runs.
    #[must_use]
    pub fn with_class(mut self, best: Option<f64>) -> AscentReport {
        let runs = self.runs().filter_map(|run| run.j.value());
        self.j_class = best.map(|best| Quantity::from(runs.fold(best, f64::max)));
        self
    }

    /// The descents on costs whose gains these are the ascents on: every J has the other sign.
    #[must_use]
    pub fn negated(mut self) -> AscentReport {
        let negated = |j: &Quantity| j.value().map_or(Quantity::Undefined, |j| (-j).into());
        self.head.criterion.minimized = true;
        self.j_optimal = negated(&self.j_optimal);
        self.j_class = self.j_class.as_ref().map(negated);
        for run in std::iter::once(&mut self.first).chain(&mut self.others) {
            run.j = negated(&run.j);
            run.trace.iter_mut().for_each(|step| step.j = -step.j);
            let values = run.iterates.iter_mut().flat_map(|iterates| &mut iterates.v);
            values.flatten().for_each(|v| *v = -*v);
        }
        self
    }

    /// All ascents, the first one first.
    pub fn runs(&self) -> impl Iterator<Item = &RunReport> + Clone {
        std::iter::once(&self.first).chain(&self.others)
    }
}

impl RunReport {
    /// The last iterate.
    pub fn last(&self) -> &Step {
        &self.trace[self.trace.len() - 1]
    }

    fn new(ascent: Ascent, rates: Rates) -> RunReport {
        RunReport {
            method: ascent.method,
            iterations: ascent.iterations(),
            stop: ascent.stop,
            theta: Quantity::all(ascent.policy.theta().unwrap_or_default()),
            j: ascent.last().j.into(),
            gap_bound: ascent.gap_bound.map_or(Quantity::Undefined, Quantity::from),
            rates,
            stationarity: match ascent.policy.parametrization().kind() {
                Kind::Direct | Kind::Simplex => Some(ascent.stationarity),
                _ => None,
            },
            trace: ascent.trace,
            iterates: ascent.iterates,
        }
    }
}

impl Report for AscentReport {
    /// Columns `method`, `iteration`, `j`, `gradient_norm`, `step`, `gap_bound`, `gap`: the traces.
    fn csv(&self, rows: &mut csv::Rows) -> io::Result<()> {
        rows.row(&[
            "method",
            "iteration",
            "j",
            "gradient_norm",
            "step",
            "gap_bound",
            "gap",
        ])?;
        // digits as in JSON: they read back as the same number
        let digits =
            |x: f64| serde_json::Number::from_f64(x).map_or_else(String::new, |x| x.to_string());
        for run in self.runs() {
            for step in &run.trace {
                rows.row(&[
                    run.method.name(),
                    &step.iteration.to_string(),
                    &digits(step.j),
                    &digits(step.gradient_norm),
                    &digits(step.step),
                    &step.gap_bound.map_or_else(String::new, digits),
                    &step.gap.map_or_else(String::new, digits),
                ])?;
            }
        }
        Ok(())
    }
}
