//! The whole paths of ascents: θ, π and v of every iterate beside J and ‖∇J‖.

use super::entries::{Axis, Entries, Entry, Values};
use super::{AscentReport, RunReport};
use crate::ascent::{AscentStep, Iterates};

/// The paths of ascents whose iterates were kept, as arrays. In JSON and in NumPy's archive the first
/// run's `method`, `iteration`, `j`, `gradient_norm`, `step`, `theta`, `probabilities` and `v` stand at
/// the top, those of the others under `others`.
#[derive(Clone, Debug)]
pub struct IteratesReport<'a> {
    report: &'a AscentReport,
    runs: Vec<Columns<'a>>,
}

/// One path by its columns.
#[derive(Clone, Debug)]
struct Columns<'a> {
    method: String,
    iteration: Vec<usize>,
    j: Vec<f64>,
    gradient_norm: Vec<f64>,
    step: Vec<f64>,
    iterates: &'a Iterates,
}

impl<'a> IteratesReport<'a> {
    /// The paths of the runs whose iterates were kept.
    pub fn new(report: &'a AscentReport) -> IteratesReport<'a> {
        IteratesReport {
            report,
            runs: report.runs().filter_map(Columns::new).collect(),
        }
    }

    /// All of it, in the order of JSON.
    pub fn entries(&self) -> Entries<'_> {
        let own = self.runs.first().map(Columns::entries);
        let others = self.runs.iter().skip(1).map(Columns::named);
        let others: Vec<Entries> = others.collect();
        let entries = self.report.head.entries();
        let entries = entries.with(own.into_iter().flat_map(|own| own.0));
        if others.is_empty() {
            return entries;
        }
        entries.and(Entry::list("others", others))
    }
}

impl<'a> Columns<'a> {
    fn new(run: &'a RunReport) -> Option<Columns<'a>> {
        let column = |of: fn(&AscentStep) -> f64| run.trace.iter().map(of).collect();
        Some(Columns {
            method: run.label(),
            iteration: run.trace.iter().map(|step| step.iteration).collect(),
            j: column(|step| step.j),
            gradient_norm: column(|step| step.gradient_norm),
            step: column(|step| step.step),
            iterates: run.iterates.as_ref()?,
        })
    }

    fn entries(&self) -> Entries<'_> {
        self.with_name("method")
    }

    /// With the method as its `name`, by which an archive tells it from the others.
    fn named(&self) -> Entries<'_> {
        self.with_name("name")
    }

    fn with_name(&self, name: &'static str) -> Entries<'_> {
        let floats = |name, x| Entry::array(name, &[Axis::Time], Values::Floats(x));
        let rows = |name, axis, x| Entry::array(name, &[Axis::Time, axis], Values::FloatRows(x));
        let Iterates {
            theta,
            probabilities,
            v,
        } = self.iterates;
        let iteration = Values::Wholes(&self.iteration);
        Entries::default()
            .and(Entry::text(name, &self.method))
            .and(Entry::array("iteration", &[Axis::Time], iteration))
            .and(floats("j", &self.j))
            .and(floats("gradient_norm", &self.gradient_norm))
            .and(floats("step", &self.step))
            .and(rows("theta", Axis::Parameter, theta))
            .and(rows("probabilities", Axis::Pair, probabilities))
            .and(rows("v", Axis::State, v))
    }
}
