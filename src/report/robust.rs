//! What `robust` reports: values that nature leaves, and those that it grants.

use std::io;

use super::csv::{self, CsvLayout, CsvLine};
use super::entries::{Axis, Entries, Entry};
use super::{Bounds, Head, Matrix, Quantity, Report};
use crate::linalg::Solvable;
use crate::mdp::Space;
use crate::model::Objective;
use crate::robust::{Robust, UncertaintyNorm};

/// Values under transition probabilities that are known only within sets.
#[derive(Clone, Debug)]
pub struct RobustReport {
    /// The model, the criterion, the robust policy or that which was given.
    pub head: Head,
    /// How far p may be from the model's own; none where the model's intervals count.
    pub radius: Option<Quantity>,
    /// How that is measured.
    pub norm: Option<UncertaintyNorm>,
    /// Where nature makes values small, and costs large.
    pub robust: NatureReport,
    /// Where it makes values large, and costs small.
    pub optimistic: NatureReport,
    /// J of the robust policy in the model itself.
    pub j_nominal: Quantity,
    /// J* of the model itself.
    pub j_nominal_optimal: Quantity,
    /// What nature leaves of the policy that attains it.
    pub j_robust_of_nominal_optimal: Quantity,
    /// Proven bounds on the errors, if the numbers are certified.
    pub bounds: Option<Bounds>,
}

/// Values, a policy and nature's p.
#[derive(Clone, Debug)]
pub struct NatureReport {
    /// ρ₀ v.
    pub j: Quantity,
    /// v(s) \[S\].
    pub v: Vec<Quantity>,
    /// q(s, a) \[SA\].
    pub q: Vec<Quantity>,
    /// The policy \[SA\].
    pub probabilities: Vec<Quantity>,
    /// Nature's p(s'|s, a) [SA, S], if wanted.
    pub kernel: Option<Matrix>,
    /// A bound on the error of every v.
    pub error_bound: Quantity,
    /// Strategies tried, sweeps made, or steps of a horizon.
    pub iterations: usize,
    /// The reward per step, of the average reward.
    pub gain: Option<GainReport>,
    /// v_t [T+1, S] of a horizon, where they are few enough to be kept.
    pub v_by_time: Option<Vec<Vec<Quantity>>>,
    /// π_t [T, SA].
    pub policy_by_time: Option<Vec<Vec<Quantity>>>,
}

/// The reward per step.
#[derive(Clone, Debug)]
pub struct GainReport {
    /// The gain, from every state.
    pub value: Quantity,
    /// A bound on its error.
    pub error_bound: Quantity,
    /// Where v is 0; `None` where the process ends.
    pub state: Option<usize>,
    /// The name of that.
    pub relative_to: Option<String>,
}

impl NatureReport {
    /// The report of values; of costs those of the gains −r.
    pub fn new<F: Solvable>(
        found: &Robust<F>,
        space: &Space,
        objective: Objective,
        kernel: bool,
    ) -> NatureReport {
        let signed = |x: &F| Quantity::of(&objective.signed(x));
        let name = |state: usize| space.state_names().get(state).into_owned();
        let times = found.by_time.as_ref();
        NatureReport {
            j: signed(&found.j),
            v: found.v.iter().map(signed).collect(),
            q: found.q.iter().map(signed).collect(),
            probabilities: Quantity::all(found.policy.probabilities()),
            kernel: kernel.then(|| Matrix::sparse(found.kernel.clone())),
            error_bound: Quantity::error_of::<F>(found.error_bound),
            iterations: found.iterations,
            gain: found.gain.as_ref().map(|gain| GainReport {
                value: signed(&gain.value),
                error_bound: Quantity::error_of::<F>(gain.error_bound),
                state: gain.relative_to,
                relative_to: gain.relative_to.map(name),
            }),
            v_by_time: times.map(|times| {
                let rows = times.v.iter();
                rows.map(|row| row.iter().map(signed).collect()).collect()
            }),
            policy_by_time: times.map(|times| Quantity::matrix(&times.policy)),
        }
    }

    /// With proven bounds on the errors of v, at all times, and of J or the gain.
    pub(crate) fn enclosed(&mut self, bound: f64, j_bound: f64) {
        let certified = |x: &mut Quantity, bound: f64| {
            if let Some(value) = x.value() {
                *x = Quantity::Certified { value, bound };
            }
        };
        self.v.iter_mut().for_each(|x| certified(x, bound));
        let tables = self.v_by_time.as_mut();
        if let Some((last, rows)) = tables.and_then(|rows| rows.split_last_mut()) {
            rows.iter_mut().flatten().for_each(|x| certified(x, bound));
            // nothing follows the last step
            last.iter_mut().for_each(|x| certified(x, 0.0));
        }
        certified(&mut self.j, j_bound);
        if let Some(gain) = &mut self.gain {
            certified(&mut gain.value, j_bound);
            gain.error_bound = Quantity::from(j_bound);
        }
        self.error_bound = Quantity::from(bound);
    }

    fn entries(&self) -> Entries<'_> {
        Entries::default()
            .and(Entry::number("j", &self.j))
            .and(Entry::vector("v", Axis::State, &self.v))
            .and(Entry::vector("q", Axis::Pair, &self.q).unbounded())
            .and(Entry::vector("probabilities", Axis::Pair, &self.probabilities).unbounded())
            .and(Entry::number("error_bound", &self.error_bound).unbounded())
            .and(Entry::whole("iterations", self.iterations as u64))
            .and_some("gain", self.gain.as_ref(), |name, x| {
                Entry::group(name, x.entries())
            })
            .and_some("v_by_time", self.v_by_time.as_deref(), |name, x| {
                Entry::matrix(name, [Axis::Time, Axis::State], x)
            })
            .and_some(
                "policy_by_time",
                self.policy_by_time.as_deref(),
                |name, x| Entry::matrix(name, [Axis::Time, Axis::Pair], x).unbounded(),
            )
            .and_some("kernel", self.kernel.as_ref(), |name, x| {
                Entry::cells(name, [Axis::Pair, Axis::State], x).unbounded()
            })
    }
}

impl GainReport {
    fn entries(&self) -> Entries<'_> {
        Entries::default()
            .and(Entry::number("value", &self.value))
            .and(Entry::number("error_bound", &self.error_bound).unbounded())
            .and(Entry::or_null(
                "relative_to",
                self.relative_to.as_deref(),
                |name, x| Entry::text(name, x).unbounded(),
            ))
    }
}

impl Report for RobustReport {
    fn entries(&self) -> Entries<'_> {
        let sets = Entries::default()
            .and(Entry::text(
                "kind",
                self.norm.map_or("intervals", UncertaintyNorm::name),
            ))
            .and(Entry::or_null("radius", self.radius.as_ref(), |name, x| {
                Entry::number(name, x).unbounded()
            }));
        let number = |name, x| Entry::number(name, x).unbounded();
        self.head
            .entries()
            .and(Entry::group("uncertainty", sets).unbounded())
            .and(Entry::group("robust", self.robust.entries()))
            .and(Entry::group("optimistic", self.optimistic.entries()))
            .and(number("j_nominal", &self.j_nominal))
            .and(number("j_nominal_optimal", &self.j_nominal_optimal))
            .and(number(
                "j_robust_of_nominal_optimal",
                &self.j_robust_of_nominal_optimal,
            ))
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
    columns: &["state", "action", "to", "time"],
    lines: &[
        CsvLine::Of("robust/j", "j_robust"),
        CsvLine::Of("optimistic/j", "j_optimistic"),
        CsvLine::Of("j_nominal", "j_nominal"),
        CsvLine::Of("j_nominal_optimal", "j_nominal_optimal"),
        CsvLine::Of("j_robust_of_nominal_optimal", "j_robust_of_nominal_optimal"),
        CsvLine::Of("robust/gain/value", "gain_robust"),
        CsvLine::Of("optimistic/gain/value", "gain_optimistic"),
        CsvLine::Of("robust/v", "v_robust"),
        CsvLine::Of("optimistic/v", "v_optimistic"),
        CsvLine::Of("robust/q", "q_robust"),
        CsvLine::Of("optimistic/q", "q_optimistic"),
        CsvLine::Of("robust/probabilities", "probability_robust"),
        CsvLine::Of("optimistic/probabilities", "probability_optimistic"),
        CsvLine::Of("robust/error_bound", "error_bound_robust"),
        CsvLine::Of("optimistic/error_bound", "error_bound_optimistic"),
        CsvLine::Of("robust/v_by_time", "v_by_time_robust"),
        CsvLine::Of("optimistic/v_by_time", "v_by_time_optimistic"),
        CsvLine::Of("robust/policy_by_time", "policy_by_time_robust"),
        CsvLine::Of("optimistic/policy_by_time", "policy_by_time_optimistic"),
        CsvLine::Of("robust/kernel", "p_robust"),
        CsvLine::Of("optimistic/kernel", "p_optimistic"),
    ],
};
