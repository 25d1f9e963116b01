//! What `ascend` reports: the path, where it ended, how far that is from the optimum at most.

use std::io;

use super::entries::{Axis, Column, Entries, Entry};
use super::{Head, Quantity, Report, csv};
use crate::ascent::rates::Rates;
use crate::ascent::{Ascent, AscentMethod, AscentStep, AscentStop, Goal, Iterates};
use crate::mdp::Mdp;
use crate::model::Objective;
use crate::step::StepLaw;

/// One or several ascents from the same policy.
#[derive(Clone, Debug)]
pub struct AscentReport {
    /// The model, the criterion, the last policy of the first ascent.
    pub head: Head,
    /// J*, for a horizon over policies that may depend on the time; undefined where it could not
    /// be computed.
    pub j_optimal: Quantity,
    /// The best J that was found among the policies of the parametrization, where it need not hold the
    /// optimal one; no bound.
    pub j_class: Option<Quantity>,
    /// The criterion of risk that was climbed in place of J: every `j` is its value.
    pub risk: Option<String>,
    /// α, where J with entropy was climbed: every `j` is J_α.
    pub entropy: Option<f64>,
    /// The first ascent.
    pub first: RunReport,
    /// The other ascents, in the order asked for.
    pub others: Vec<RunReport>,
}

/// One ascent.
#[derive(Clone, Debug)]
pub struct RunReport {
    /// How the steps were made.
    pub method: AscentMethod,
    /// Steps made.
    pub iterations: usize,
    /// Why it stopped.
    pub stop: AscentStop,
    /// Every iterate, the start included.
    pub trace: Vec<AscentStep>,
    /// θ of the last policy \[d\].
    pub theta: Vec<Quantity>,
    /// π of the last policy \[SA\]; not in this report, whose head holds that of the first ascent.
    pub probabilities: Vec<Quantity>,
    /// J of the last policy.
    pub j: Quantity,
    /// What rounding may have done to it, where it may show in the ninth digit of a value.
    pub j_error: Option<f64>,
    /// What rounding may have done to the last ‖∇J‖, where it may show in its ninth digit.
    pub gradient_norm_error: Option<f64>,
    /// What rounding, and what J* is not known to, may have done to the last J* − J, where it may show in the ninth digit of the largest.
    pub gap_error: Option<f64>,
    /// What rounding may have done to an entry of any natural direction on the path, where it may show; of small models.
    pub direction_error: Option<f64>,
    /// A bound on J* − J of the last policy.
    pub gap_bound: Quantity,
    /// On simplices what the tolerance was compared with at the last policy, Σₛ ρ(s) maxₐ A(s, a).
    pub stationarity: Option<f64>,
    /// The tolerance of the gradient, in reward per unit of θ.
    pub tolerance: f64,
    /// How fast it was, and how fast it is proven to be.
    pub rates: Rates,
    /// The step that was asked for, where several are compared.
    pub asked_step: Option<f64>,
    /// J of the same sampled ascent from several seeds, if it was repeated.
    pub repeats: Option<Repeats>,
    /// How the ascents from each start ended, where there were several; this is the best of them.
    pub restarts: Vec<Restart>,
    /// What each step of a REINFORCE path was to change J by, if it was asked for.
    pub drift: Option<Drift>,
    /// θ, π and v of every iterate, if they were asked for; not in this report, but in
    /// [`IteratesReport`](super::IteratesReport).
    pub iterates: Option<Iterates>,
}

/// J of sampled ascents that differ in their seeds alone, at the iterates of the trace; a run that
/// ended early stays at its last J.
#[derive(Clone, Debug)]
pub struct Repeats {
    /// How many runs, the reported one among them; their seeds are one apart.
    pub count: usize,
    /// Their mean.
    pub mean_j: Vec<f64>,
    /// Their standard deviation, of a sample.
    pub deviation_j: Vec<f64>,
    /// The smallest.
    pub least_j: Vec<f64>,
    /// The largest.
    pub greatest_j: Vec<f64>,
}

/// How an ascent from one of several starts ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Restart {
    /// `given`, or `random:SEED`.
    pub start: String,
    /// J at its start and at its end; `None` where a policy has no value.
    pub j: Option<(f64, f64)>,
    /// ‖∇J‖ at its end.
    pub gradient_norm: Option<f64>,
    /// Steps made.
    pub iterations: usize,
    /// Why it stopped; `no-value` where it could not go on.
    pub stop: &'static str,
}

impl Restart {
    /// How a run ended.
    pub fn of(start: String, run: &RunReport) -> Restart {
        Restart {
            start,
            j: run.trace.first().map(|first| (first.j, run.last().j)),
            gradient_norm: Some(run.last().gradient_norm),
            iterations: run.iterations,
            stop: run.stop.name(),
        }
    }

    /// A start that leads nowhere.
    pub fn failed(start: String) -> Restart {
        Restart {
            start,
            j: None,
            gradient_norm: None,
            iterations: 0,
            stop: "no-value",
        }
    }

    fn entry(all: &[Restart]) -> Entry<'_> {
        let floats = |of: fn(&Restart) -> Option<f64>| Column::Floats(all.iter().map(of).collect());
        let wholes = |of: fn(&Restart) -> usize| {
            Column::Wholes(all.iter().map(|start| of(start) as u64).collect())
        };
        Entry::records(
            "restarts",
            [
                (
                    "start",
                    Column::Texts(all.iter().map(|start| &*start.start).collect()),
                ),
                ("j_start", floats(|start| start.j.map(|j| j.0))),
                ("j", floats(|start| start.j.map(|j| j.1))),
                ("gradient_norm", floats(|start| start.gradient_norm)),
                ("iterations", wholes(|start| start.iterations)),
                (
                    "stop",
                    Column::Texts(all.iter().map(|start| start.stop).collect()),
                ),
            ],
        )
    }
}

/// Drift and diffusion of J along a path, at each iterate of the trace, exactly to second order in the step
/// (theory, 5.11).
#[derive(Clone, Debug, Default)]
pub struct Drift {
    /// E J(θ + αĝ) − J(θ).
    pub expected_change: Vec<f64>,
    /// The deviation of that change.
    pub deviation: Vec<f64>,
    /// P(J(θ + αĝ) < J(θ)), in the normal approximation.
    pub chance_worse: Vec<f64>,
}

impl Drift {
    /// Adds an iterate.
    pub fn push(&mut self, law: &StepLaw, step: f64, trajectories: u64) {
        self.expected_change
            .push(law.expected_change(&step, trajectories));
        self.deviation.push(law.deviation(step, trajectories));
        self.chance_worse.push(law.chance_worse(step, trajectories));
    }

    fn entries(&self) -> Entries<'_> {
        let along = |name, x| Entry::floats(name, Axis::Index, x);
        Entries::default()
            .and(along("expected_change", &self.expected_change))
            .and(along("deviation", &self.deviation))
            .and(along("chance_worse", &self.chance_worse))
    }
}

impl Repeats {
    /// Of some traces, the reported one first.
    pub fn of(traces: &[&[AscentStep]]) -> Option<Repeats> {
        let first = traces.first()?;
        let at = |trace: &&[AscentStep], iteration: usize| {
            let past = trace.partition_point(|step| step.iteration <= iteration);
            trace[past.max(1) - 1].j
        };
        let each = |iteration| {
            traces
                .iter()
                .map(|t| at(t, iteration))
                .collect::<Vec<f64>>()
        };
        let columns: Vec<Vec<f64>> = first.iter().map(|step| each(step.iteration)).collect();
        let count = traces.len() as f64;
        let mean = |j: &Vec<f64>| j.iter().sum::<f64>() / count;
        let deviation = |j: &Vec<f64>| {
            let mean = mean(j);
            let squares: f64 = j.iter().map(|x| (x - mean).powi(2)).sum();
            (squares / (count - 1.0).max(1.0)).sqrt()
        };
        let fold = |of: fn(f64, f64) -> f64| {
            let ends = columns.iter().map(|j| j.iter().copied().reduce(of));
            ends.map(Option::unwrap_or_default).collect()
        };
        Some(Repeats {
            count: traces.len(),
            mean_j: columns.iter().map(mean).collect(),
            deviation_j: columns.iter().map(deviation).collect(),
            least_j: fold(f64::min),
            greatest_j: fold(f64::max),
        })
    }
}

impl AscentReport {
    /// The report of ascents with their rates; the first must exist.
    pub fn new(
        mdp: &Mdp,
        objective: Objective,
        goal: Option<&Goal>,
        first: (Ascent, Rates),
        others: Vec<(Ascent, Rates)>,
    ) -> AscentReport {
        AscentReport {
            head: Head::new(mdp, &first.0.policy, objective),
            j_optimal: goal.map_or(Quantity::Undefined, |goal| goal.j.into()),
            j_class: None,
            risk: None,
            entropy: None,
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
        self.j_optimal = negated(&self.j_optimal);
        self.j_class = self.j_class.as_ref().map(negated);
        for run in std::iter::once(&mut self.first).chain(&mut self.others) {
            run.j = negated(&run.j);
            run.trace.iter_mut().for_each(|step| step.j = -step.j);
            let starts = run.restarts.iter_mut().filter_map(|start| start.j.as_mut());
            starts.for_each(|j| *j = (-j.0, -j.1));
            let drift = run.drift.iter_mut().flat_map(|x| &mut x.expected_change);
            drift.for_each(|x| *x = -*x);
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
    /// The method, and the step where several are compared: `natural@0.1`.
    pub fn label(&self) -> String {
        match self.asked_step {
            Some(step) => format!("{}@{step}", self.method.name()),
            None => self.method.name().to_string(),
        }
    }

    /// The last iterate.
    pub fn last(&self) -> &AscentStep {
        &self.trace[self.trace.len() - 1]
    }

    fn new(ascent: Ascent, rates: Rates) -> RunReport {
        RunReport {
            method: ascent.method,
            iterations: ascent.iterations(),
            stop: ascent.stop,
            theta: Quantity::all(ascent.policy.theta().unwrap_or_default()),
            probabilities: Quantity::all(ascent.policy.probabilities()),
            j: ascent.last().j.into(),
            j_error: ascent.j_error,
            gradient_norm_error: ascent.gradient_norm_error,
            gap_error: ascent.gap_error,
            direction_error: ascent.direction_error,
            gap_bound: ascent.gap_bound.map_or(Quantity::Undefined, Quantity::from),
            rates,
            stationarity: (ascent.policy.parametrization().is_bounded())
                .then_some(ascent.stationarity),
            tolerance: ascent.tolerance,
            trace: ascent.trace,
            asked_step: None,
            repeats: None,
            restarts: Vec::new(),
            drift: None,
            iterates: ascent.iterates,
        }
    }
}

impl RunReport {
    fn entries(&self) -> Entries<'_> {
        let stationarity = self.stationarity;
        Entries::default()
            .and(Entry::text("method", self.method.name()))
            .and(Entry::whole("iterations", self.iterations as u64))
            .and(Entry::text("stop", self.stop.name()))
            .and(trace(&self.trace))
            .and(Entry::vector("theta", Axis::Parameter, &self.theta))
            .and(Entry::number("j", &self.j))
            .and_some("j_error", self.j_error, Entry::float)
            .and_some(
                "gradient_norm_error",
                self.gradient_norm_error,
                Entry::float,
            )
            .and_some("gap_error", self.gap_error, Entry::float)
            .and_some("direction_error", self.direction_error, Entry::float)
            .and(Entry::number("gap_bound", &self.gap_bound))
            .and_some("stationarity", stationarity, Entry::float)
            .and(Entry::float("tolerance", self.tolerance))
            .and(Entry::group("rates", rates(&self.rates)))
            .and_some("asked_step", self.asked_step, Entry::float)
            .and_some("repeats", self.repeats.as_ref(), |name, x| {
                Entry::group(name, x.entries())
            })
            .and((!self.restarts.is_empty()).then(|| Restart::entry(&self.restarts)))
            .and_some("drift", self.drift.as_ref(), |name, x| {
                Entry::group(name, x.entries())
            })
    }
}

/// The iterates, each with what is known of it.
fn trace(trace: &[AscentStep]) -> Entry<'_> {
    let column =
        |of: fn(&AscentStep) -> Option<f64>| Column::Floats(trace.iter().map(of).collect());
    let iterations = trace.iter().map(|step| step.iteration as u64);
    Entry::records(
        "trace",
        [
            ("iteration", Column::Wholes(iterations.collect())),
            ("j", column(|step| Some(step.j))),
            ("gradient_norm", column(|step| Some(step.gradient_norm))),
            ("step", column(|step| Some(step.step))),
            ("gap", column(|step| step.gap)),
            ("gap_bound", column(|step| step.gap_bound)),
        ],
    )
}

fn rates(rates: &Rates) -> Entries<'_> {
    Entries::default()
        .and(Entry::optional_float("smoothness", rates.smoothness))
        .and(Entry::optional_float("lojasiewicz", rates.lojasiewicz))
        .and(Entry::optional_float(
            "gradient_over_gap",
            rates.gradient_over_gap,
        ))
        .and_some(
            "gradient_over_gap_error",
            rates.gradient_over_gap_error,
            |name, x| Entry::float(name, x).unbounded(),
        )
        .and(Entry::optional_float("proven_gap", rates.proven_gap))
        .and(Entry::or_null("observed", rates.observed, |name, rate| {
            let order = Entry::float("order", rate.order);
            let factor = Entry::float("factor", rate.factor);
            Entry::group(name, Entries(vec![order, factor]))
        }))
}

impl Repeats {
    fn entries(&self) -> Entries<'_> {
        let j = |name, x| Entry::floats(name, Axis::Index, x);
        Entries::default()
            .and(Entry::whole("count", self.count as u64))
            .and(j("mean_j", &self.mean_j))
            .and(j("deviation_j", &self.deviation_j))
            .and(j("least_j", &self.least_j))
            .and(j("greatest_j", &self.greatest_j))
    }
}

impl Report for AscentReport {
    fn entries(&self) -> Entries<'_> {
        let others: Vec<Entries> = self.others.iter().map(RunReport::entries).collect();
        self.head
            .entries()
            .and(Entry::number("j_optimal", &self.j_optimal))
            .and_some("j_class", self.j_class.as_ref(), Entry::number)
            .and_some("risk", self.risk.as_deref(), Entry::text)
            .and_some("entropy", self.entropy, Entry::float)
            .with(self.first.entries().0)
            .and_some(
                "others",
                Some(others).filter(|others| !others.is_empty()),
                Entry::list,
            )
    }

    /// Columns `method`, `iteration`, `j`, `gradient_norm`, `step`, `gap_bound`, `gap`: the traces.
    fn csv(&self, rows: &mut csv::CsvRows) -> io::Result<()> {
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
                    &run.label(),
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
