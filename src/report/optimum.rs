//! What `solve` reports: the optimal values and policy, with a certificate.

use std::io;

use super::csv::{self, CsvLayout, CsvLine};
use super::entries::{Axis, Entries, Entry, Values};
use super::{Bounds, Distributed, Head, Quantity, Report};
use crate::control::{ControlMethod, ControlStop, DualSolution, Iteration, Optimum};
use crate::linalg::Solvable;
use crate::mdp::Mdp;
use crate::model::Objective;

/// An optimum.
#[derive(Clone, Debug)]
pub struct OptimumReport {
    /// The model, the criterion, an optimal policy.
    pub head: Head,
    /// v*(s) \[S\], in units of reward; at t = 0 for a horizon, the bias for the average reward.
    pub v: Vec<Quantity>,
    /// q*(s, a) \[SA\].
    pub q: Vec<Quantity>,
    /// J* = ρ₀ v*, for the average reward ρ₀ g*.
    pub j: Quantity,
    /// Iterations made.
    pub iterations: usize,
    /// |v − v*|∞ is at most this (|g − g*|∞ for the average reward); `null` where nothing could
    /// be certified.
    pub error_bound: Quantity,
    /// Bounds on |v(s) − v*(s)| by state, and on that of J*, where they differ and may show.
    pub own_bounds: Option<OwnBounds>,
    /// The method.
    pub method: ControlMethod,
    /// Why it stopped.
    pub stop: ControlStop,
    /// α, if the optimum is soft.
    pub entropy: Option<f64>,
    /// g*(s) \[S\], for the average reward.
    pub gain: Option<Vec<Quantity>>,
    /// h(s) \[S\], for the average reward; the same as `v`.
    pub bias: Option<Vec<Quantity>>,
    /// What rounding may have done to an entry of it or of q, where it may show in the ninth digit of one.
    pub bias_error: Option<f64>,
    /// v_t(s) [T+1]\[S\], for a horizon.
    pub v_by_time: Option<Vec<Vec<Quantity>>>,
    /// π_t(a|s) \[T\]\[SA\], for a horizon.
    pub policy_by_time: Option<Vec<Vec<Quantity>>>,
    /// All optimal actions at each time \[T\], as [state, action], for a horizon.
    pub greedy_by_time: Option<Vec<Vec<(String, String)>>>,
    /// The dual program's solution, for a linear program.
    pub dual: Option<DualReport>,
    /// What each probability of a soft policy may be off by \[SA\], where it may show in the ninth digit of one.
    pub probabilities_error: Option<Vec<f64>>,
    /// All iterations, if they were asked for.
    pub trace: Vec<Iteration>,
    /// Who has solved it, where its rows are divided among processes.
    pub distributed: Option<Distributed>,
    /// Proven bounds on the errors, if the numbers are certified.
    pub bounds: Option<Bounds>,
    /// All pairs that may be optimal, increasing.
    pub optimal: Vec<usize>,
}

/// How far J* and each v*(s) may be off by themselves, in units of reward.
#[derive(Clone, Debug)]
pub struct OwnBounds {
    /// Σ ρ₀(s) b(s).
    pub j: f64,
    /// b(s) \[S\].
    pub v: Vec<f64>,
}

impl OwnBounds {
    /// Those of an optimum, unless each is below the tenth digit of what it bounds.
    fn new<F: Solvable>(mdp: &Mdp<F>, optimum: &Optimum<F>) -> Option<OwnBounds> {
        let v = optimum.error_bounds.clone()?;
        let shows = |(bound, v): (&f64, &F)| *bound > SHOWN * v.to_f64().abs();
        if !v.iter().zip(&optimum.v).any(shows) {
            return None;
        }
        let weights = mdp.initial().iter().map(F::to_f64);
        let j: f64 = weights.zip(&v).map(|(weight, bound)| weight * bound).sum();
        // the sum of J itself
        let rounding = (v.len() + 2) as f64 * f64::EPSILON * optimum.j.to_f64().abs();
        Some(OwnBounds { j: j + rounding, v })
    }
}

impl OptimumReport {
    /// A bound on the errors of all entries of v, where one is known: of h under the average reward what rounding may have
    /// done.
    pub fn rounding(&self) -> Option<f64> {
        match self.gain {
            Some(_) => self.bias_error,
            None => self.error_bound.value(),
        }
    }
}

/// Relative errors up to this are not shown by themselves; a choice.
const SHOWN: f64 = 1e-10;

/// The dual program's solution.
#[derive(Clone, Debug)]
pub struct DualReport {
    /// max ρ · r.
    pub objective: Quantity,
    /// ρ(s, a) \[SA\], the occupancy of an optimal policy.
    pub pair_occupancy: Vec<Quantity>,
    /// |ρ₀ v − ρ · r|.
    pub gap: Quantity,
    /// max ρ(s, a) (v(s) − q(s, a)).
    pub slackness: Quantity,
    /// max |ρ(s, a) − ρ^π(s, a)| for π(a|s) ∝ ρ(s, a).
    pub occupancy_error: Quantity,
}

impl From<&DualSolution> for DualReport {
    fn from(dual: &DualSolution) -> DualReport {
        DualReport {
            objective: dual.objective.into(),
            pair_occupancy: Quantity::all(&dual.pair_occupancy),
            gap: dual.gap.into(),
            slackness: dual.slackness.into(),
            occupancy_error: dual.occupancy_error.into(),
        }
    }
}

impl OptimumReport {
    /// The report of an optimum; with the entropy weight, if it is soft.
    pub fn new<F: Solvable>(
        mdp: &Mdp<F>,
        objective: Objective,
        optimum: &Optimum<F>,
        entropy: Option<f64>,
    ) -> OptimumReport {
        let space = mdp.space();
        let no_v = |state: usize| optimum.undefined.binary_search(&state).is_ok();
        let leads_out = |pair: usize| {
            let mut row = mdp.p().row(pair);
            no_v(space.state_of(pair)) || row.any(|(next, p)| *p > F::zero() && no_v(next))
        };
        let no_q = |pair: usize| !optimum.undefined.is_empty() && leads_out(pair);
        let names = |&pair: &usize| {
            let (state, action) = space.pair_names(pair);
            (state.into_owned(), action.into_owned())
        };
        let v = Quantity::all_but(&optimum.v, no_v);
        let by_time = optimum.by_time.as_ref();
        OptimumReport {
            head: Head::new(mdp, &optimum.policy, objective),
            q: Quantity::all_but(&optimum.q, no_q),
            j: Quantity::of(&optimum.j),
            iterations: optimum.iterations,
            error_bound: optimum
                .error_bound
                .map_or(Quantity::Undefined, Quantity::error_of::<F>),
            own_bounds: OwnBounds::new(mdp, optimum),
            method: optimum.method,
            stop: optimum.stop,
            entropy,
            gain: optimum.gain.as_deref().map(Quantity::all),
            bias: optimum.gain.as_ref().map(|_| v.clone()),
            bias_error: None,
            probabilities_error: None,
            v_by_time: by_time.map(|times| Quantity::matrix(&times.v)),
            policy_by_time: by_time.map(|times| Quantity::matrix(&times.policy)),
            greedy_by_time: by_time.map(|times| {
                let named = |pairs: &Vec<usize>| pairs.iter().map(names).collect();
                times.greedy.iter().map(named).collect()
            }),
            dual: optimum.dual.as_ref().map(DualReport::from),
            trace: optimum.trace.clone(),
            distributed: None,
            bounds: None,
            optimal: optimum.greedy.clone(),
            v,
        }
    }
}

impl Report for OptimumReport {
    fn entries(&self) -> Entries<'_> {
        use Axis::{Index, Pair, State, Time};
        let by_state = |name, x| Entry::vector(name, State, x);
        let by_time = |name, x| Entry::array(name, &[Time, Index], Values::PairRows(x));
        let trace = Some(self.trace.iter().map(step).collect());
        // the policy is deterministic: its probabilities are what they are
        self.head
            .entries()
            .unbounded()
            .and(by_state("v", &self.v))
            .and(Entry::vector("q", Pair, &self.q))
            .and(Entry::number("j", &self.j))
            .and(Entry::array(
                "greedy",
                &[Index],
                Values::PairsAt(&self.head.space, &self.optimal),
            ))
            .and(Entry::whole("iterations", self.iterations as u64))
            .and(Entry::number("error_bound", &self.error_bound).unbounded())
            .and_some("j_error_bound", self.own_bounds.as_ref(), |name, own| {
                Entry::float(name, own.j).unbounded()
            })
            .and_some("v_error_bound", self.own_bounds.as_ref(), |name, own| {
                Entry::floats(name, State, &own.v).unbounded()
            })
            .and_some(
                "probabilities_error",
                self.probabilities_error.as_deref(),
                |name, x| Entry::floats(name, Axis::Pair, x).unbounded(),
            )
            .and(Entry::text("method", self.method.name()))
            .and(Entry::text("stop", self.stop.name()))
            .and_some("entropy", self.entropy, Entry::float)
            .and_some("gain", self.gain.as_deref(), by_state)
            .and_some("bias", self.bias.as_deref(), by_state)
            .and_some("bias_error", self.bias_error, Entry::float)
            .and_some("v_by_time", self.v_by_time.as_deref(), |name, x| {
                Entry::matrix(name, [Time, State], x)
            })
            .and_some(
                "policy_by_time",
                self.policy_by_time.as_deref(),
                |name, x| Entry::matrix(name, [Time, Pair], x).unbounded(),
            )
            .and_some("greedy_by_time", self.greedy_by_time.as_deref(), by_time)
            .and_some("dual", self.dual.as_ref(), |name, x| {
                Entry::group(name, x.entries()).unbounded()
            })
            .and_some(
                "trace",
                trace.filter(|x: &Vec<_>| !x.is_empty()),
                |name, x| Entry::list(name, x).unbounded(),
            )
            .and_some("distributed", self.distributed.as_ref(), |name, by| {
                Entry::group(name, by.entries()).unbounded()
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
    columns: &["time", "state", "action"],
    lines: &[
        CsvLine::Of("j", "j"),
        CsvLine::Of("error_bound", "error_bound"),
        CsvLine::Of("j_error_bound", "j_error_bound"),
        CsvLine::Of("probabilities_error", "probabilities_error"),
        CsvLine::Of("v_error_bound", "v_error_bound"),
        CsvLine::Of("iterations", "iterations"),
        CsvLine::Of("v", "v"),
        CsvLine::Of("gain", "gain"),
        CsvLine::Of("bias", "bias"),
        CsvLine::Of("bias_error", "bias_error"),
        CsvLine::Of("q", "q"),
        CsvLine::Of("policy/probabilities", "probability"),
        CsvLine::Of("dual/pair_occupancy", "dual"),
        CsvLine::Of("dual/objective", "dual_objective"),
        CsvLine::Of("dual/gap", "dual_gap"),
        CsvLine::Of("dual/slackness", "dual_slackness"),
        CsvLine::Of("dual/occupancy_error", "dual_occupancy_error"),
        CsvLine::Of("greedy", "greedy"),
        CsvLine::Of("v_by_time", "v_by_time"),
        CsvLine::Of("policy_by_time", "policy_by_time"),
        CsvLine::Of("greedy_by_time", "greedy_by_time"),
        CsvLine::Each(
            "trace",
            "time",
            "iteration",
            &[
                CsvLine::Of("residual", "residual"),
                CsvLine::Of("j_greedy", "j_greedy"),
            ],
        ),
    ],
};

impl DualReport {
    fn entries(&self) -> Entries<'_> {
        Entries::default()
            .and(Entry::number("objective", &self.objective))
            .and(Entry::vector(
                "pair_occupancy",
                Axis::Pair,
                &self.pair_occupancy,
            ))
            .and(Entry::number("gap", &self.gap))
            .and(Entry::number("slackness", &self.slackness))
            .and(Entry::number("occupancy_error", &self.occupancy_error))
    }
}

/// An iteration of a trace.
fn step(step: &Iteration) -> Entries<'_> {
    Entries::default()
        .and(Entry::whole("iteration", step.iteration as u64))
        .and(Entry::float("residual", step.residual))
        .and(Entry::or_null("j_greedy", step.j_greedy, Entry::float))
}
