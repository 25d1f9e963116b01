//! What `evaluate` reports: v, q, advantage, occupancies and J.

use std::io;

use serde::Serialize;

use super::{Bounds, Head, Quantity, Report, csv};
use crate::evaluation::{Evaluation, Undefined};
use crate::field::Field;
use crate::mdp::{Criterion, Mdp};
use crate::policy::Policy;

/// The evaluation of a policy.
#[derive(Clone, Debug, Serialize)]
pub struct EvaluationReport {
    /// The model, the criterion, the policy.
    #[serde(flatten)]
    pub head: Head,
    /// v(s) \[S\], in units of reward.
    pub v: Vec<Quantity>,
    /// q(s, a) \[SA\].
    pub q: Vec<Quantity>,
    /// A(s, a) = q(s, a) − v(s) \[SA\].
    pub advantage: Vec<Quantity>,
    /// ρ^π(s) \[S\], in expected (discounted) visits.
    pub occupancy: Vec<Quantity>,
    /// ρ^π(s, a) \[SA\].
    pub pair_occupancy: Vec<Quantity>,
    /// J = ρ₀ v.
    pub j: Quantity,
    /// E L = Σₛ ρ(s), in steps, for the total reward: the expected length of an episode, which is the
    /// constant of proportionality of the policy gradient theorem (Sutton & Barto 2018, 13.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub episode_length: Option<Quantity>,
    /// v_t(s) [T+1]\[S\], for a finite horizon; `v` is its first row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub v_by_time: Option<Vec<Vec<Quantity>>>,
    /// q_t(s, a) \[T\]\[SA\], for a finite horizon; `q` is its first row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub q_by_time: Option<Vec<Vec<Quantity>>>,
    /// g(s) \[S\], in units of reward per step, for the average reward.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gain: Option<Vec<Quantity>>,
    /// h(s) \[S\], for the average reward; the same as `v`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bias: Option<Vec<Quantity>>,
    /// How the linear systems were solved.
    pub solver: SolverReport,
    /// Proven bounds on the errors, if the numbers are certified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bounds: Option<Bounds>,
}

/// Which solver served and how well its answers solve.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SolverReport {
    /// The solver's name, as `--solver` spells it.
    pub name: &'static str,
    /// ‖r^π − (I − γp^π) v‖∞, in units of reward.
    pub residual: Quantity,
    /// ‖ρ₀ − ρ (I − γp^π)‖∞, in visits.
    pub occupancy_residual: Quantity,
}

impl SolverReport {
    /// The report of an evaluation's solves.
    pub fn new<F: Field>(evaluation: &Evaluation<F>) -> SolverReport {
        SolverReport {
            name: evaluation.solver,
            residual: Quantity::error_of::<F>(evaluation.residuals.v),
            occupancy_residual: Quantity::error_of::<F>(evaluation.residuals.occupancy),
        }
    }
}

impl EvaluationReport {
    /// The report of an evaluation.
    pub fn new<F: Field>(
        mdp: &Mdp<F>,
        policy: &Policy<F>,
        evaluation: &Evaluation<F>,
    ) -> EvaluationReport {
        let space = mdp.space();
        let Undefined { states, pairs } = &evaluation.undefined;
        let no_v = |state: usize| states.binary_search(&state).is_ok();
        let no_q = |pair: usize| pairs.binary_search(&pair).is_ok();
        let v = Quantity::all_but(&evaluation.v, no_v);
        let by_time = evaluation.by_time.as_ref();
        let length = || {
            let visits = evaluation.occupancy.iter();
            visits.fold(F::zero(), |sum, x| sum + x)
        };
        let episodes = matches!(mdp.criterion(), Criterion::Total);
        EvaluationReport {
            head: Head::new(mdp, policy),
            q: Quantity::all_but(&evaluation.q, no_q),
            advantage: Quantity::all_but(&evaluation.advantage, |pair| {
                no_q(pair) || no_v(space.state_of(pair))
            }),
            occupancy: Quantity::all(&evaluation.occupancy),
            pair_occupancy: Quantity::all(&evaluation.pair_occupancy),
            j: Quantity::of(&evaluation.j),
            episode_length: episodes.then(|| Quantity::of(&length())),
            v_by_time: by_time.map(|tables| Quantity::matrix(&tables.v)),
            q_by_time: by_time.map(|tables| Quantity::matrix(&tables.q)),
            gain: evaluation.gain.as_deref().map(Quantity::all),
            bias: evaluation.gain.as_ref().map(|_| v.clone()),
            v,
            solver: SolverReport::new(evaluation),
            bounds: None,
        }
    }

    /// The bounds of all its numbers, for an evaluation over balls.
    pub fn proven(&self) -> Bounds {
        self.head
            .proven()
            .number("j", &self.j)
            .some_number("episode_length", self.episode_length.as_ref())
            .vector("v", &self.v)
            .vector("q", &self.q)
            .vector("advantage", &self.advantage)
            .vector("occupancy", &self.occupancy)
            .vector("pair_occupancy", &self.pair_occupancy)
            .some_matrix("v_by_time", self.v_by_time.as_ref())
            .some_matrix("q_by_time", self.q_by_time.as_ref())
            .some_vector("gain", self.gain.as_ref())
            .some_vector("bias", self.bias.as_ref())
    }
}

impl EvaluationReport {
    fn of_states(
        &self,
        rows: &mut csv::Rows,
        quantity: &str,
        time: &str,
        values: &[Quantity],
    ) -> io::Result<()> {
        let names = self.head.space.state_names().iter();
        let mut entries = names.zip(values);
        entries.try_for_each(|(state, x)| rows.number(&[quantity, time, &state, ""], x))
    }

    fn of_pairs(
        &self,
        rows: &mut csv::Rows,
        quantity: &str,
        time: &str,
        values: &[Quantity],
    ) -> io::Result<()> {
        let mut entries = values.iter().enumerate();
        entries.try_for_each(|(pair, x)| {
            let (state, action) = self.head.space.pair_names(pair);
            rows.number(&[quantity, time, &state, &action], x)
        })
    }
}

impl Report for EvaluationReport {
    fn bounds(&self) -> Option<&Bounds> {
        self.bounds.as_ref()
    }

    /// Columns `quantity`, `time`, `state`, `action`, `value`.
    fn csv(&self, rows: &mut csv::Rows) -> io::Result<()> {
        rows.row(&["quantity", "time", "state", "action", "value"])?;
        rows.number(&["j", "", "", ""], &self.j)?;
        if let Some(length) = &self.episode_length {
            rows.number(&["episode_length", "", "", ""], length)?;
        }
        self.of_states(rows, "v", "", &self.v)?;
        self.of_states(rows, "occupancy", "", &self.occupancy)?;
        for (quantity, values) in [("gain", &self.gain), ("bias", &self.bias)] {
            self.of_states(rows, quantity, "", values.as_deref().unwrap_or_default())?;
        }
        self.of_pairs(rows, "probability", "", &self.head.policy.probabilities)?;
        self.of_pairs(rows, "q", "", &self.q)?;
        self.of_pairs(rows, "advantage", "", &self.advantage)?;
        self.of_pairs(rows, "pair_occupancy", "", &self.pair_occupancy)?;
        for (t, v) in self.v_by_time.iter().flatten().enumerate() {
            self.of_states(rows, "v_by_time", &t.to_string(), v)?;
        }
        for (t, q) in self.q_by_time.iter().flatten().enumerate() {
            self.of_pairs(rows, "q_by_time", &t.to_string(), q)?;
        }
        Ok(())
    }
}
