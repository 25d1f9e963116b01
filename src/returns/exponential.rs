//! The exponential utility of the return, (1/β) ln E exp(βG), and its gradient (theory, 2.6).
//!
//! With w_t(s) = (1/β_t) ln E[exp(β_t G) | S_t = s], β_t = βγᵗ, the risk-sensitive values follow
//!
//! ```text
//! w_t(s) = (1/β_t) ln Σ π p exp(β_t (r + γ w_{t+1}(s')))                     (Howard & Matheson 1972)
//! ∇U = Σ_t γᵗ Σ_s m_t(s) Σ_a ∇π(a|s) Σ p (exp(β_t (r + γ w_{t+1}(s') − w_t(s))) − 1)/β_t
//! ```
//!
//! where m_t is the law of S_t on the chain whose steps are weighed by those exponentials. Everything
//! is written in differences, so that nothing overflows where U exists and β → 0 gives J and ∇J.

mod accuracy;
mod tilt;

use super::{RiskBound, RiskValue};
use crate::chain::Chain;
use crate::error::Error;
use crate::evaluation::FiniteHorizon;
use crate::evaluation::advantage_accuracy::{advantage_errors, value_errors};
use crate::field::{CLOSE, UNIT};
use crate::linalg::{Factors, Solvable, largest};
use crate::solved::Solved;
use accuracy::Off;
use tilt::{Tilt, argument};

/// What is left out of U beyond the last step that is followed, relative to the largest return.
const LEFT_OUT: f64 = 1e-17;
/// Steps of Newton's method; a choice: the two models of long episodes in `tests/risk.rs` take up to 10.
const NEWTON: usize = 200;
/// Relative to w: below it a step that is no longer half of the one before is rounding; a choice.
const SETTLED: f64 = 1e-4;
/// Relative to w: what rounding may leave uncertain; a choice.
const CERTAIN: f64 = 1e-10;

impl Solved {
    /// (1/β) ln E exp(βG) and its gradient; over a horizon by its recursion, for the total reward by two
    /// linear systems, for the discounted one step by step until β γᵗ G is so small that its mean says
    /// all.
    ///
    /// # Errors
    /// [`Error::Argument`] for β = 0, where E exp(βG) is infinite (β too large for the total reward), and
    /// where too many steps count; [`Error::Criterion`] for the average reward.
    pub fn exponential_utility(&self, beta: f64) -> Result<RiskValue, Error> {
        if beta == 0.0 || !beta.is_finite() {
            return Err(argument(beta, "a finite number other than 0"));
        }
        self.derivatives().check_differentiable(self, false)?;
        self.risks().exponential(self, beta)
    }

    pub(super) fn until_horizon(&self, run: &FiniteHorizon, beta: f64) -> Result<RiskValue, Error> {
        let tilt = self.tilt(run.dynamics().alive());
        let values = tilt.values(beta, run.horizon(), vec![0.0; self.mdp().states()])?;
        let (value, weights, _) = tilt.forward(beta, &values);
        let off = tilt.off(beta, &values, vec![0.0; self.mdp().states()]);
        self.risk_value(value, &weights, off)
    }

    /// Until what follows is told by its mean v.
    pub(super) fn until_small(&self, chain: &Chain, beta: f64) -> Result<RiskValue, Error> {
        let gamma = *chain.discount();
        let size = beta.abs() * largest(self.mdp().r()) / (1.0 - gamma);
        let steps = match size {
            size if size <= LEFT_OUT => 0.0,
            // the first step always: at discount 0 the quotient is 0, and all noise is in that step
            size => ((LEFT_OUT / size).ln() / (2.0 * gamma.ln()))
                .ceil()
                .max(1.0),
        };
        let tilt = self.tilt(chain.dynamics().alive());
        let values = tilt.values(beta, steps as usize, self.v().to_vec())?;
        let (value, mut weights, rest) = tilt.forward(beta, &values);
        let visits = chain.resolvent().solve_transposed(&rest)?.x;
        let mut off = tilt.off(beta, &values, value_errors(chain, (self.v(), &[]))?);
        let found = (self.v(), &[][..]);
        let errors = advantage_errors(self.mdp(), self.policy(), chain, found, None)?;
        let space = self.mdp().space();
        for (pair, weight) in weights.iter_mut().enumerate() {
            let (visits, advantage) = (visits[space.state_of(pair)], self.advantage()[pair]);
            *weight += visits * advantage;
            off.weights[pair] += visits.abs() * (errors[pair] + off.relative * advantage.abs());
        }
        self.risk_value(value, &weights, off)
    }

    /// w = (1/β) ln E exp(βG) by Newton's method on the Bellman equation of w, which is policy iteration over the
    /// chains that exponentials tilt ([`Tilt::newton`]); m_t is the law on the last of them.
    ///
    /// From v on steps go up for β > 0 and down for β < 0. Where E exp(βG) is infinite they go up without end.
    pub(super) fn until_end(&self, chain: &Chain, beta: f64) -> Result<RiskValue, Error> {
        let dynamics = chain.dynamics();
        let uncertain = || Error::Unsettled {
            quantity: "the exponential utility",
        };
        // of β < 0 it is finite always where episodes end: then rounding has sent the steps astray
        let infinite = || match beta {
            beta if beta < 0.0 => uncertain(),
            beta => argument(beta, "one for which E exp(βG) is finite"),
        };
        let reached = dynamics.reached();
        let going: Vec<bool> = (0..reached.len())
            .map(|s| reached[s] && dynamics.alive()[s])
            .collect();
        let tilt = self.tilt(&going);
        let mut w = self.v().to_vec();
        let mut last = f64::INFINITY;
        for _ in 0..NEWTON {
            let (matrix, slack, residual) = tilt.newton(beta, &w);
            if residual.iter().any(|x| !x.is_finite()) {
                return Err(infinite());
            }
            let factors = f64::factor_dominant(matrix, &slack, self.options());
            let factors = factors.map_err(|_| infinite())?;
            let rise = factors.solve(&residual)?;
            w.iter_mut().zip(&rise).for_each(|(w, rise)| *w += rise);
            if w.iter().any(|w| !w.is_finite()) {
                return Err(infinite());
            }
            let step = largest(&rise) / largest(&w).max(f64::MIN_POSITIVE);
            // steps fall faster and faster, until they are the rounding of the equation
            let is_rounding = step < SETTLED && step >= last / 2.0;
            if step <= f64::EPSILON || (is_rounding && step <= CERTAIN) {
                let value = tilt.start(beta, &w);
                let start = tilt.tilted_start(beta, &w, value);
                let measure = factors.solve_transposed(&start)?;
                let mut weights = vec![0.0; self.mdp().pairs()];
                tilt.weigh(beta, 1.0, &measure, (&w, &w), &mut weights);
                let off = tilt.off_at_rest(beta, (&w, &residual), &measure, &factors)?;
                return self.risk_value(value, &weights, off);
            }
            if is_rounding {
                break;
            }
            last = step;
        }
        Err(uncertain())
    }

    /// With bounds, where they may show in the ninth digit.
    fn risk_value(&self, value: f64, weights: &[f64], off: Off) -> Result<RiskValue, Error> {
        let gradient = self.policy().pull_back(weights);
        if !value.is_finite() || gradient.iter().any(|x| !x.is_finite()) {
            return Err(Error::Overflow {
                quantity: "the exponential utility",
            });
        }
        let mut errors = vec![0.0; gradient.len()];
        for (pair, error) in off.weights.iter().enumerate() {
            let own = error + 8.0 * UNIT * weights[pair].abs();
            for (k, slope) in self
                .policy()
                .slopes(pair)
                .filter(|(_, slope)| *slope != 0.0)
            {
                errors[k] += slope.abs() * own;
            }
        }
        if !errors.iter().chain([&off.value]).all(|x| x.is_finite()) {
            return Err(Error::Unsettled {
                quantity: "the gradient of the exponential utility",
            });
        }
        let all = errors.iter().zip(&gradient).chain([(&off.value, &value)]);
        let shows = all
            .filter(|(_, x)| **x != 0.0)
            .any(|(e, x)| *e > CLOSE * x.abs());
        let bound = shows.then_some(RiskBound {
            value: off.value,
            gradient: errors,
        });
        Ok(RiskValue {
            value,
            gradient,
            bound,
        })
    }

    fn tilt<'a>(&'a self, alive: &'a [bool]) -> Tilt<'a> {
        Tilt {
            at: self,
            alive,
            discount: self.mdp().discount(),
        }
    }
}
