//! What `solve` reports: the optimal values and policy, with a certificate.

use std::io;

use serde::Serialize;

use super::{Bounds, Head, Quantity, Report, csv};
use crate::control::{Dual, Method, Optimum, Step, Stop};
use crate::field::Field;
use crate::mdp::Mdp;

/// An optimum.
#[derive(Clone, Debug, Serialize)]
pub struct OptimumReport {
    /// The model, the criterion, an optimal policy.
    #[serde(flatten)]
    pub head: Head,
    /// v*(s) \[S\], in units of reward; at t = 0 for a horizon, the bias for the average reward.
    pub v: Vec<Quantity>,
    /// q*(s, a) \[SA\].
    pub q: Vec<Quantity>,
    /// J* = ρ₀ v*, for the average reward ρ₀ g*.
    pub j: Quantity,
    /// All optimal actions, as [state, action].
    pub greedy: Vec<(String, String)>,
    /// Iterations made.
    pub iterations: usize,
    /// |v − v*|∞ is at most this (|g − g*|∞ for the average reward); `null` where nothing could
    /// be certified.
    pub error_bound: Quantity,
    /// The method.
    pub method: Method,
    /// Why it stopped.
    pub stop: Stop,
    /// α, if the optimum is soft.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entropy: Option<f64>,
    /// g*(s) \[S\], for the average reward.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gain: Option<Vec<Quantity>>,
    /// h(s) \[S\], for the average reward; the same as `v`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bias: Option<Vec<Quantity>>,
    /// v_t(s) [T+1]\[S\], for a horizon.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub v_by_time: Option<Vec<Vec<Quantity>>>,
    /// π_t(a|s) \[T\]\[SA\], for a horizon.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_by_time: Option<Vec<Vec<Quantity>>>,
    /// All optimal actions at each time \[T\], as [state, action], for a horizon.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub greedy_by_time: Option<Vec<Vec<(String, String)>>>,
    /// The dual program's solution, for a linear program.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dual: Option<DualReport>,
    /// All iterations, if they were asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub trace: Vec<Step>,
    /// Proven bounds on the errors, if the numbers are certified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bounds: Option<Bounds>,
    /// The pairs of the policy that is named, one for each state that acts.
    #[serde(skip)]
    pub optimal: Vec<usize>,
}

/// The dual program's solution.
#[derive(Clone, Debug, Serialize)]
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

impl From<&Dual> for DualReport {
    fn from(dual: &Dual) -> DualReport {
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
    pub fn new<F: Field>(
        mdp: &Mdp<F>,
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
        OptimumReport {
            head: Head::new(mdp, &optimum.policy),
            q: Quantity::all_but(&optimum.q, no_q),
            j: Quantity::of(&optimum.j),
            greedy: optimum.greedy.iter().map(names).collect(),
            iterations: optimum.iterations,
            error_bound: optimum
                .error_bound
                .map_or(Quantity::Undefined, Quantity::error_of::<F>),
            method: optimum.method,
            stop: optimum.stop,
            entropy,
            gain: optimum.gain.as_deref().map(Quantity::all),
            bias: optimum.gain.as_ref().map(|_| v.clone()),
            v_by_time: optimum.v_by_time.as_deref().map(Quantity::matrix),
            policy_by_time: optimum.policy_by_time.as_deref().map(Quantity::matrix),
            greedy_by_time: optimum.greedy_by_time.as_ref().map(|times| {
                let named = |pairs: &Vec<usize>| pairs.iter().map(names).collect();
                times.iter().map(named).collect()
            }),
            dual: optimum.dual.as_ref().map(DualReport::from),
            trace: optimum.trace.clone(),
            bounds: None,
            optimal: optimum.greedy.clone(),
            v,
        }
    }

    /// The bounds of all its numbers, for an optimum over balls.
    pub fn proven(&self) -> Bounds {
        Bounds::default()
            .number("j", &self.j)
            .vector("v", &self.v)
            .vector("q", &self.q)
            .some_vector("gain", self.gain.as_ref())
            .some_vector("bias", self.bias.as_ref())
            .some_matrix("v_by_time", self.v_by_time.as_ref())
    }
}

impl Report for OptimumReport {
    fn bounds(&self) -> Option<&Bounds> {
        self.bounds.as_ref()
    }

    /// Columns `quantity`, `time`, `state`, `action`, `value`; the time of `residual` and `j_greedy`
    /// is the iteration.
    fn csv(&self, rows: &mut csv::Rows) -> io::Result<()> {
        let space = &self.head.space;
        rows.row(&["quantity", "time", "state", "action", "value"])?;
        rows.number(&["j", "", "", ""], &self.j)?;
        rows.number(&["error_bound", "", "", ""], &self.error_bound)?;
        let iterations = Quantity::Float(self.iterations as f64);
        rows.number(&["iterations", "", "", ""], iterations)?;
        let states = [
            ("v", Some(&self.v)),
            ("gain", self.gain.as_ref()),
            ("bias", self.bias.as_ref()),
        ];
        for (quantity, values) in states {
            for (state, x) in space.state_names().iter().zip(values.into_iter().flatten()) {
                rows.number(&[quantity, "", &state, ""], x)?;
            }
        }
        let pairs = [
            ("q", Some(&self.q)),
            ("probability", Some(&self.head.policy.probabilities)),
            ("dual", self.dual.as_ref().map(|dual| &dual.pair_occupancy)),
        ];
        for (quantity, values) in pairs {
            for (pair, x) in values.into_iter().flatten().enumerate() {
                let (state, action) = space.pair_names(pair);
                rows.number(&[quantity, "", &state, &action], x)?;
            }
        }
        for (state, action) in &self.greedy {
            rows.row(&["greedy", "", state, action, ""])?;
        }
        for (t, values) in self.v_by_time.iter().flatten().enumerate() {
            for (state, x) in space.state_names().iter().zip(values) {
                rows.number(&["v_by_time", &t.to_string(), &state, ""], x)?;
            }
        }
        for (t, values) in self.policy_by_time.iter().flatten().enumerate() {
            for (pair, x) in values.iter().enumerate() {
                let (state, action) = space.pair_names(pair);
                rows.number(&["policy_by_time", &t.to_string(), &state, &action], x)?;
            }
        }
        for (t, pairs) in self.greedy_by_time.iter().flatten().enumerate() {
            for (state, action) in pairs {
                rows.row(&["greedy_by_time", &t.to_string(), state, action, ""])?;
            }
        }
        for step in &self.trace {
            let time = step.iteration.to_string();
            let worth = step.j_greedy.map_or(Quantity::Undefined, Quantity::from);
            rows.number(&["residual", &time, "", ""], Quantity::from(step.residual))?;
            rows.number(&["j_greedy", &time, "", ""], worth)?;
        }
        Ok(())
    }
}
