//! What is found: the optimum, and what a method hands back before it is certified.

use super::ControlMethod;
use super::DecisionRule;
use crate::linalg::Solvable;
use crate::policy::Policy;

/// Why a method stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ControlStop {
    /// No action improves the policy by more than the certified error, which is small beside the
    /// values.
    Optimal,
    /// The certified error is within the tolerance.
    Tolerance,
    /// Rounding forbids a smaller error, or the method got no further.
    Precision,
    /// The iterations that were allowed are used up.
    Iterations,
}

impl ControlStop {
    /// The name, as reports spell it.
    pub fn name(self) -> &'static str {
        match self {
            ControlStop::Optimal => "optimal",
            ControlStop::Tolerance => "tolerance",
            ControlStop::Precision => "precision",
            ControlStop::Iterations => "iterations",
        }
    }
}

/// One iteration, as `--trace` shows it.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Iteration {
    /// Counted from 1.
    pub iteration: usize,
    /// maxₛ |T*v − v|(s) before the iteration, in units of reward.
    pub residual: f64,
    /// J = ρ₀ v^π of the policy that is greedy for v, evaluated exactly; `None` where that policy
    /// never terminates at γ = 1.
    pub j_greedy: Option<f64>,
}

/// An optimum: values, policy, ties and how far all of it can be wrong.
#[derive(Clone, Debug)]
pub struct Optimum<F: Solvable = f64> {
    /// v*(s) \[S\] within [`Optimum::error_bound`]; at t = 0 for a horizon, the bias for the average
    /// reward; 0 on terminal states and on [`Optimum::undefined`] ones.
    pub v: Vec<F>,
    /// q(s, a) = r + γ p v \[SA\]; for the average reward r − g + p h.
    pub q: Vec<F>,
    /// A deterministic optimal policy; at t = 0 for a horizon.
    pub policy: Policy<F>,
    /// All pairs that may be optimal: those whose q is within the certified error of the largest,
    /// exactly the optimal ones in an exact field; at t = 0 for a horizon. At γ = 1 only those that
    /// some terminating policy among them takes: waiting for nothing ties and never ends.
    pub greedy: Vec<usize>,
    /// ρ₀ v, for the average reward ρ₀ g.
    pub j: F,
    /// Iterations made.
    pub iterations: usize,
    /// |v − v*|∞ is at most this, rounding and the rounding of the model's numbers included; for
    /// the average reward a bound on |g − g*|∞. `None` where none could be certified.
    pub error_bound: Option<f64>,
    /// |v(s) − v*(s)| of each state \[S\] is at most this, where it is not the same for all: what a short episode can lose is little,
    /// however long others are.
    pub error_bounds: Option<Vec<f64>>,
    /// What was used.
    pub method: ControlMethod,
    /// Why it stopped.
    pub stop: ControlStop,
    /// States from which no policy terminates, at γ = 1, and those from which some is paid for ever; ρ₀ starts in none of
    /// the former and reaches none of the latter.
    pub undefined: Vec<usize>,
    /// g*(s) \[S\], for the average reward.
    pub gain: Option<Vec<F>>,
    /// At every time of a horizon, unless the tables are too large
    /// ([`FiniteHorizon::TABLE_LIMIT`](crate::evaluation::FiniteHorizon::TABLE_LIMIT)).
    pub by_time: Option<OptimumByTime<F>>,
    /// The dual's solution, if the method was [`ControlMethod::LinearProgram`].
    pub dual: Option<DualSolution>,
    /// All iterations, if asked for.
    pub trace: Vec<Iteration>,
}

impl<F: Solvable> Optimum<F> {
    /// The optimum of the costs whose gains this is the optimum of: all values have the other sign.
    #[must_use]
    pub fn negated(self) -> Optimum<F> {
        let negated = |x: Vec<F>| x.into_iter().map(|x| -x).collect();
        let worth = |step: Iteration| Iteration {
            j_greedy: step.j_greedy.map(|j| -j),
            ..step
        };
        Optimum {
            v: negated(self.v),
            q: negated(self.q),
            j: -self.j,
            gain: self.gain.map(negated),
            by_time: self.by_time.map(|times| OptimumByTime {
                v: times.v.into_iter().map(negated).collect(),
                ..times
            }),
            dual: self.dual.map(|dual| DualSolution {
                objective: -dual.objective,
                ..dual
            }),
            trace: self.trace.into_iter().map(worth).collect(),
            ..self
        }
    }
}

/// What is optimal at every time of a horizon.
#[derive(Clone, Debug, PartialEq)]
pub struct OptimumByTime<F: Solvable> {
    /// v_t [T+1]\[S\].
    pub v: Vec<Vec<F>>,
    /// π_t \[T\]\[SA\].
    pub policy: Vec<Vec<F>>,
    /// All pairs that may be optimal at each time \[T\]: those whose q is within the certified error of the largest.
    pub greedy: Vec<Vec<usize>>,
}

/// The dual's solution beside the primal's.
#[derive(Clone, Debug, PartialEq)]
pub struct DualSolution {
    /// max ρ · r, which is J*.
    pub objective: f64,
    /// ρ(s, a) \[SA\]: the discounted occupancy of an optimal policy.
    pub pair_occupancy: Vec<f64>,
    /// |ρ₀ v − ρ · r|: 0 but for rounding (strong duality).
    pub gap: f64,
    /// max ρ(s, a) (v(s) − q(s, a)): 0 but for rounding (complementary slackness).
    pub slackness: f64,
    /// max |ρ̂(s, a) − ρ(s, a)| of what the simplex method found, ρ being the visits of its policy, which slackness shows to be
    /// optimal: its tolerance.
    pub occupancy_error: f64,
}

impl DualSolution {
    /// This solution over all pairs of a model of which only some were `kept`: ρ is 0 for the others.
    pub(super) fn scattered(mut self, kept: &[usize], pairs: usize) -> DualSolution {
        let mut pair_occupancy = vec![0.0; pairs];
        for (&pair, rho) in kept.iter().zip(&self.pair_occupancy) {
            pair_occupancy[pair] = *rho;
        }
        self.pair_occupancy = pair_occupancy;
        self
    }
}

/// What a method for discounted and total reward hands back.
pub(super) struct Found<F> {
    pub(super) v: Vec<F>,
    pub(super) rule: DecisionRule,
    pub(super) iterations: usize,
    pub(super) method: ControlMethod,
    pub(super) stop: ControlStop,
    /// Whether the method got no further, although rounding did not forbid it.
    pub(super) is_stuck: bool,
    /// The method's own certificate, if it has one.
    pub(super) certified: Option<Certified<F>>,
    pub(super) trace: Vec<Iteration>,
}

/// A bound that came with the values.
pub(super) struct Certified<F> {
    /// q(s, a) [SA] of the method's problem.
    pub(super) q: Vec<F>,
    /// |v − v*|∞ is at most this.
    pub(super) error_bound: f64,
    /// What rounding may have done to any q.
    pub(super) rounding: f64,
}
