//! What `evaluate` reports: v, q, advantage, occupancies and J.

use std::io;

use super::csv::{self, CsvLayout, CsvLine};
use super::entries::{Axis, Entries, Entry};
use super::{Bounds, Head, Quantities, Quantity, Report, ReturnReport};
use crate::evaluation::{Evaluation, RoundingBounds, Undefined};
use crate::linalg::Solvable;
use crate::mdp::{Criterion, Mdp};
use crate::model::Objective;
use crate::policy::Policy;

/// The evaluation of a policy.
#[derive(Clone, Debug)]
pub struct EvaluationReport {
    /// The model, the criterion, the policy.
    pub head: Head,
    /// v(s) \[S\], in units of reward.
    pub v: Quantities,
    /// q(s, a) \[SA\].
    pub q: Quantities,
    /// A bound on the errors of v and q, where rewards of both signs leave so little that rounding may
    /// show.
    pub value_error: Option<f64>,
    /// A bound on the error of J, where rounding may show in that.
    pub j_error: Option<f64>,
    /// What rounding can do to the visits of any state, where that may show.
    pub occupancy_error: Option<f64>,
    /// A(s, a) = q(s, a) − v(s) \[SA\].
    pub advantage: Quantities,
    /// A bound on the errors of the advantages, where values are so much larger that rounding may
    /// show.
    pub advantage_error: Option<f64>,
    /// ρ^π(s) \[S\], in expected (discounted) visits.
    pub occupancy: Quantities,
    /// ρ^π(s, a) \[SA\].
    pub pair_occupancy: Quantities,
    /// J = ρ₀ v.
    pub j: Quantity,
    /// J* of policies that see the states, where this one does not: no controller is worth more (less,
    /// of costs). The value of the underlying MDP.
    pub j_seeing_states: Option<Quantity>,
    /// The fast informed bound, at most that: of what is seen next, one action for all hidden states
    /// ([`informed_bound`](crate::control::informed_bound)).
    pub j_informed: Option<f64>,
    /// E L = Σₛ ρ(s), in steps, for the total reward: the expected length of an episode, which is the
    /// constant of proportionality of the policy gradient theorem (Sutton & Barto 2018, 13.2).
    pub episode_length: Option<Quantity>,
    /// π_t(a|s) \[T\]\[SA\], for a policy with a rule for each time of a horizon; the head has its
    /// first row, and the parameters of all times.
    pub policy_by_time: Option<Vec<Vec<Quantity>>>,
    /// v_t(s) [T+1]\[S\], for a finite horizon; `v` is its first row.
    pub v_by_time: Option<Vec<Vec<Quantity>>>,
    /// q_t(s, a) \[T\]\[SA\], for a finite horizon; `q` is its first row.
    pub q_by_time: Option<Vec<Vec<Quantity>>>,
    /// g(s) \[S\], in units of reward per step, for the average reward.
    pub gain: Option<Vec<Quantity>>,
    /// h(s) \[S\], for the average reward; the same as `v`.
    pub bias: Option<Vec<Quantity>>,
    /// The law of the return, if it was asked for.
    pub returns: Option<ReturnReport>,
    /// How the linear systems were solved.
    pub solver: SolverReport,
    /// Proven bounds on the errors, if the numbers are certified.
    pub bounds: Option<Bounds>,
}

/// Which solver served and how well its answers solve.
#[derive(Clone, Debug, PartialEq)]
pub struct SolverReport {
    /// The solver's name, as `--solver` spells it.
    pub name: &'static str,
    /// ‖r^π − (I − γp^π) v‖∞, in units of reward.
    pub residual: Quantity,
    /// ‖ρ₀ − ρ (I − γp^π)‖∞, in visits.
    pub occupancy_residual: Quantity,
    /// Of systems that were divided among processes: by whom, and how exactly.
    pub distributed: Option<Distributed>,
}

/// Who has solved a system whose rows are divided among processes, and how exactly: bounds follow from
/// true residuals, for the system as its numbers are rounded.
#[derive(Clone, Debug, PartialEq)]
pub struct Distributed {
    /// The version of who divided it.
    pub version: String,
    /// The number of processes.
    pub ranks: usize,
    /// The method that served for values.
    pub method: &'static str,
    /// The method that served for occupancies.
    pub occupancy_method: Option<&'static str>,
    /// ‖T*v − v‖∞ of an optimum, in units of reward.
    pub residual: Option<f64>,
    /// ‖v̂ − v‖∞ is at most this, in units of reward.
    pub value_bound: Option<f64>,
    /// ‖ρ̂ − ρ‖₁ is at most this, in visits.
    pub occupancy_bound: Option<f64>,
    /// |Ĵ − J| is at most this.
    pub j_bound: Option<f64>,
    /// max |∇Ĵ − ∇J| is at most this.
    pub gradient_bound: Option<f64>,
}

impl Distributed {
    /// As a report holds it.
    pub(super) fn entries(&self) -> Entries<'_> {
        let float = Entry::float;
        Entries::default()
            .and(Entry::text("version", self.version.as_str()))
            .and(Entry::whole("ranks", self.ranks as u64))
            .and(Entry::text("method", self.method))
            .and_some("occupancy_method", self.occupancy_method, Entry::text)
            .and_some("bellman_residual", self.residual, float)
            .and_some("value_bound", self.value_bound, float)
            .and_some("occupancy_bound", self.occupancy_bound, float)
            .and_some("j_bound", self.j_bound, float)
            .and_some("gradient_bound", self.gradient_bound, float)
    }
}

impl SolverReport {
    /// The report of an evaluation's solves.
    pub fn new<F: Solvable>(evaluation: &Evaluation<F>) -> SolverReport {
        SolverReport {
            name: evaluation.solver,
            residual: Quantity::error_of::<F>(evaluation.residuals.v),
            occupancy_residual: Quantity::error_of::<F>(evaluation.residuals.occupancy),
            distributed: None,
        }
    }

    /// As a report holds it.
    pub(super) fn entries(&self) -> Entries<'_> {
        Entries::default()
            .and(Entry::text("name", self.name))
            .and(Entry::number("residual", &self.residual))
            .and(Entry::number(
                "occupancy_residual",
                &self.occupancy_residual,
            ))
            .and_some("distributed", self.distributed.as_ref(), |name, by| {
                Entry::group(name, by.entries())
            })
    }
}

impl EvaluationReport {
    /// The report of an evaluation.
    pub fn new<F: Solvable>(
        mdp: &Mdp<F>,
        policy: &Policy<F>,
        objective: Objective,
        evaluation: &Evaluation<F>,
    ) -> EvaluationReport {
        let space = mdp.space();
        let Undefined { states, pairs } = &evaluation.undefined;
        let no_v = |state: usize| states.binary_search(&state).is_ok();
        let no_q = |pair: usize| pairs.binary_search(&pair).is_ok();
        let v = Quantities::all_but(&evaluation.v, no_v);
        let by_time = evaluation.by_time.as_ref();
        let length = || {
            let visits = evaluation.occupancy.iter();
            visits.fold(F::zero(), |sum, x| sum + x)
        };
        let episodes = matches!(mdp.criterion(), Criterion::Total);
        EvaluationReport {
            head: Head::new(mdp, policy, objective),
            q: Quantities::all_but(&evaluation.q, no_q),
            advantage: Quantities::all_but(&evaluation.advantage, |pair| {
                no_q(pair) || no_v(space.state_of(pair))
            }),
            value_error: None,
            j_error: None,
            occupancy_error: None,
            advantage_error: None,
            occupancy: Quantities::all_but(&evaluation.occupancy, |_| false),
            pair_occupancy: Quantities::all_but(&evaluation.pair_occupancy, |_| false),
            j: Quantity::of(&evaluation.j),
            policy_by_time: None,
            j_seeing_states: None,
            j_informed: None,
            episode_length: episodes.then(|| Quantity::of(&length())),
            v_by_time: by_time.map(|tables| Quantity::matrix(&tables.v)),
            q_by_time: by_time.map(|tables| Quantity::matrix(&tables.q)),
            gain: evaluation.gain.as_deref().map(Quantity::all),
            bias: evaluation.gain.as_ref().map(|_| v.to_vec()),
            v,
            returns: None,
            solver: SolverReport::new(evaluation),
            bounds: None,
        }
    }
}

impl EvaluationReport {
    /// With what rounding may have done to the numbers.
    pub fn with_rounding(mut self, rounding: RoundingBounds) -> EvaluationReport {
        self.value_error = rounding.value;
        self.j_error = rounding.objective;
        self.advantage_error = rounding.advantage;
        self.occupancy_error = rounding.occupancy;
        self
    }

    /// The report of [`Evaluation::in_time`]: the policy has a rule for each time.
    pub fn in_time<F: Solvable>(
        mdp: &Mdp<F>,
        policy: &Policy<F>,
        objective: Objective,
        evaluation: &Evaluation<F>,
    ) -> EvaluationReport {
        let mut report = EvaluationReport::new(mdp, policy, objective, evaluation);
        let rules = &report.head.policy.probabilities;
        let by_time = rules.chunks(mdp.pairs().max(1)).map(<[Quantity]>::to_vec);
        report.policy_by_time = Some(by_time.collect());
        report.head.policy.probabilities = rules.truncated(mdp.pairs());
        report
    }
}

impl Report for EvaluationReport {
    fn entries(&self) -> Entries<'_> {
        use Axis::{Pair, State, Time};
        self.head
            .entries()
            .and(Entry::quantities("v", State, &self.v))
            .and(Entry::quantities("q", Pair, &self.q))
            .and_some("value_error", self.value_error, |name, x| {
                Entry::float(name, x).unbounded()
            })
            .and(Entry::quantities("advantage", Pair, &self.advantage))
            .and_some("advantage_error", self.advantage_error, |name, x| {
                Entry::float(name, x).unbounded()
            })
            .and(Entry::quantities("occupancy", State, &self.occupancy))
            .and_some("occupancy_error", self.occupancy_error, |name, x| {
                Entry::float(name, x).unbounded()
            })
            .and(Entry::quantities(
                "pair_occupancy",
                Pair,
                &self.pair_occupancy,
            ))
            .and(Entry::number("j", &self.j))
            .and_some("j_error", self.j_error, |name, x| {
                Entry::float(name, x).unbounded()
            })
            .and_some(
                "j_seeing_states",
                self.j_seeing_states.as_ref(),
                Entry::number,
            )
            .and_some("j_informed", self.j_informed, |name, x| {
                Entry::float(name, x).unbounded()
            })
            .and_some(
                "episode_length",
                self.episode_length.as_ref(),
                Entry::number,
            )
            .and_some(
                "policy_by_time",
                self.policy_by_time.as_deref(),
                |name, x| Entry::matrix(name, [Time, Pair], x),
            )
            .and_some("v_by_time", self.v_by_time.as_deref(), |name, x| {
                Entry::matrix(name, [Time, State], x)
            })
            .and_some("q_by_time", self.q_by_time.as_deref(), |name, x| {
                Entry::matrix(name, [Time, Pair], x)
            })
            .and_some("gain", self.gain.as_deref(), |name, x| {
                Entry::vector(name, State, x)
            })
            .and_some("bias", self.bias.as_deref(), |name, x| {
                Entry::vector(name, State, x)
            })
            .and_some("return", self.returns.as_ref(), |name, x| {
                Entry::group(name, x.entries())
            })
            .and(Entry::group("solver", self.solver.entries()).unbounded())
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
        CsvLine::Of("j_seeing_states", "j_seeing_states"),
        CsvLine::Of("j_informed", "j_informed"),
        CsvLine::Of("episode_length", "episode_length"),
        CsvLine::Of("j_error", "j_error"),
        CsvLine::Of("value_error", "value_error"),
        CsvLine::Of("advantage_error", "advantage_error"),
        CsvLine::Of("v", "v"),
        CsvLine::Of("occupancy", "occupancy"),
        CsvLine::Of("occupancy_error", "occupancy_error"),
        CsvLine::Of("gain", "gain"),
        CsvLine::Of("bias", "bias"),
        CsvLine::Of("policy/probabilities", "probability"),
        CsvLine::Of("q", "q"),
        CsvLine::Of("advantage", "advantage"),
        CsvLine::Of("pair_occupancy", "pair_occupancy"),
        CsvLine::Of("policy_by_time", "policy_by_time"),
        CsvLine::Of("v_by_time", "v_by_time"),
        CsvLine::Of("q_by_time", "q_by_time"),
        CsvLine::Of("return/variance", "return_variance"),
        CsvLine::Of("return/standard_deviation", "return_standard_deviation"),
        CsvLine::Of("return/third_central_moment", "return_third_central_moment"),
        CsvLine::Of(
            "return/fourth_central_moment",
            "return_fourth_central_moment",
        ),
        CsvLine::Of("return/skewness", "return_skewness"),
        CsvLine::Of("return/kurtosis", "return_kurtosis"),
        CsvLine::Of("return/variance_by_state", "return_variance_by_state"),
        CsvLine::Of("return/variance_error", "return_variance_error"),
        CsvLine::Of(
            "return/variance_by_state_error",
            "return_variance_by_state_error",
        ),
        CsvLine::Of("return/third_error", "return_third_error"),
        CsvLine::Of("return/fourth_error", "return_fourth_error"),
        CsvLine::Of("return/skewness_error", "return_skewness_error"),
        CsvLine::Of("return/kurtosis_error", "return_kurtosis_error"),
        CsvLine::Of(
            "return/variance_gradient_error",
            "return_variance_gradient_error",
        ),
    ],
};
