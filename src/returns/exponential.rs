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

use super::RiskValue;
use crate::chain::Chain;
use crate::error::Error;
use crate::evaluation::{FiniteHorizon, Prepared};
use crate::linalg::{Csr, Factors, Solvable, largest};
use crate::mdp::Outcome;
use crate::solved::Solved;

/// Values by time that are kept; a choice.
const MOST: usize = 1 << 24;
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
        match self.prepared() {
            Prepared::FiniteHorizon(run) => self.until_horizon(run, beta),
            Prepared::Resolvent(chain) if *chain.discount() == 1.0 => self.until_end(chain, beta),
            Prepared::Resolvent(chain) => self.until_small(chain, beta),
            Prepared::Average(_) => Err(self.no_return()),
        }
    }

    fn until_horizon(&self, run: &FiniteHorizon, beta: f64) -> Result<RiskValue, Error> {
        let tilt = self.tilt(run.dynamics().alive());
        let values = tilt.values(beta, run.horizon(), vec![0.0; self.mdp().states()])?;
        let (value, weights, _) = tilt.forward(beta, &values);
        Ok(self.risk_value(value, &weights))
    }

    /// Until what follows is told by its mean v.
    fn until_small(&self, chain: &Chain, beta: f64) -> Result<RiskValue, Error> {
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
        let space = self.mdp().space();
        for (pair, weight) in weights.iter_mut().enumerate() {
            *weight += visits[space.state_of(pair)] * self.advantage()[pair];
        }
        Ok(self.risk_value(value, &weights))
    }

    /// w = (1/β) ln E exp(βG) by Newton's method on the Bellman equation of w, which is policy iteration over the
    /// chains that exponentials tilt ([`Tilt::newton`]); m_t is the law on the last of them.
    ///
    /// From v on steps go up for β > 0 and down for β < 0. Where E exp(βG) is infinite they go up without end.
    fn until_end(&self, chain: &Chain, beta: f64) -> Result<RiskValue, Error> {
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
                return Ok(self.risk_value(value, &weights));
            }
            if is_rounding {
                break;
            }
            last = step;
        }
        Err(uncertain())
    }

    fn risk_value(&self, value: f64, weights: &[f64]) -> RiskValue {
        RiskValue {
            value,
            gradient: self.policy().pull_back(weights),
            bound: None,
        }
    }

    fn tilt<'a>(&'a self, alive: &'a [bool]) -> Tilt<'a> {
        Tilt {
            at: self,
            alive,
            discount: self.mdp().discount(),
        }
    }
}

fn argument(beta: f64, expected: &'static str) -> Error {
    Error::Argument {
        name: "β of the exponential utility",
        found: beta.to_string(),
        expected,
    }
}

/// (eˣᵝ − 1)/β, x at β = 0.
fn scaled(beta: f64, x: f64) -> f64 {
    if beta == 0.0 {
        x
    } else {
        (beta * x).exp_m1() / beta
    }
}

/// (1/β) ln Σ p exp(βx), the mean at β = 0; by the largest exponent, so that nothing overflows.
fn certainty_equivalent(beta: f64, terms: &[(f64, f64)]) -> f64 {
    let sign = if beta < 0.0 { -1.0 } else { 1.0 };
    let most = terms
        .iter()
        .map(|(_, x)| sign * x)
        .fold(f64::NEG_INFINITY, f64::max);
    if most == f64::NEG_INFINITY {
        return 0.0;
    }
    let base = sign * most;
    let sum: f64 = terms.iter().map(|(p, x)| p * scaled(beta, x - base)).sum();
    if beta == 0.0 {
        base + sum
    } else {
        base + (beta * sum).ln_1p() / beta
    }
}

/// (1/β) ln Σ p exp(βx) of probabilities that sum to 1, by Σ p (exp(βx) − 1), whose terms keep their digits where x
/// is 0 but for what is improbable.
fn surplus(beta: f64, terms: impl Iterator<Item = (f64, f64)> + Clone) -> f64 {
    let sum: f64 = terms.clone().map(|(p, x)| p * (beta * x).exp_m1()).sum();
    if sum.is_finite() && sum > -0.5 {
        sum.ln_1p() / beta
    } else {
        certainty_equivalent(beta, &terms.collect::<Vec<_>>())
    }
}

/// A model under a policy, where the process is alive.
struct Tilt<'a> {
    at: &'a Solved,
    alive: &'a [bool],
    discount: f64,
}

impl Tilt<'_> {
    /// The outcomes of a state that acts, with π p.
    fn outcomes(&self, state: usize) -> impl Iterator<Item = (Outcome<'_, f64>, f64)> {
        let (mdp, pi) = (self.at.mdp(), self.at.policy().probabilities());
        let pairs = mdp
            .space()
            .pairs_of(state)
            .filter(move |_| self.alive[state]);
        let taken = pairs.filter(move |&pair| pi[pair] > 0.0);
        taken.flat_map(move |pair| {
            let outcomes = mdp.outcomes(pair).filter(|o| *o.probability > 0.0);
            outcomes.map(move |o| {
                let chance = pi[pair] * o.probability;
                (o, chance)
            })
        })
    }

    /// w_0, …, w_T \[T+1\]\[S\] from w_T.
    fn values(&self, beta: f64, steps: usize, last: Vec<f64>) -> Result<Vec<Vec<f64>>, Error> {
        if steps.saturating_mul(last.len()) > MOST {
            return Err(Error::Argument {
                name: "the steps that the exponential utility follows",
                found: steps.to_string(),
                expected: "so many that their values are at most 16,777,216 numbers",
            });
        }
        let mut values = vec![last];
        for t in (0..steps).rev() {
            let beta = beta * self.discount.powi(t as i32);
            let after = &values[values.len() - 1];
            let before = |state: usize| {
                let paid = |(o, chance): (Outcome<'_, f64>, f64)| {
                    (chance, o.reward + self.discount * after[o.next])
                };
                let terms: Vec<(f64, f64)> = self.outcomes(state).map(paid).collect();
                certainty_equivalent(beta, &terms)
            };
            let before = (0..after.len()).map(before).collect();
            values.push(before);
        }
        values.reverse();
        Ok(values)
    }

    /// U from w_0.
    fn start(&self, beta: f64, w: &[f64]) -> f64 {
        let initial = self.at.mdp().initial().iter().zip(w);
        let terms: Vec<(f64, f64)> = initial
            .filter(|(p, _)| **p > 0.0)
            .map(|(p, w)| (*p, *w))
            .collect();
        certainty_equivalent(beta, &terms)
    }

    /// One step of Newton's method on w = (1/β) ln Σ π p exp(β(r + w')) where nothing is discounted: I − Q,
    /// 1 − Σ Q and the residual, so that (I − Q) x = residual is the step. Q are the probabilities
    /// π p exp(β(r + w' − w)) of the tilted chain, made to sum to 1; what leaves it is its slack, and no
    /// difference from 1 is taken (theory, section 8, *GTH-type elimination*).
    fn newton(&self, beta: f64, w: &[f64]) -> (Csr<f64>, Vec<f64>, Vec<f64>) {
        let states = w.len();
        let mut matrix = Csr::with_capacity(states, states, 0);
        let (mut slack, mut residual) = (vec![1.0; states], vec![0.0; states]);
        for state in 0..states {
            let mut row = vec![(state, 1.0)];
            if self.alive[state] {
                let terms: Vec<(usize, f64, f64)> = self
                    .outcomes(state)
                    .map(|(o, chance)| (o.next, chance, o.reward + w[o.next] - w[state]))
                    .collect();
                residual[state] = surplus(beta, terms.iter().map(|&(_, p, x)| (p, x)));
                slack[state] = 0.0;
                for (next, chance, x) in terms {
                    let tilted = chance * (beta * (x - residual[state])).exp();
                    if self.alive[next] {
                        row.push((next, -tilted));
                    } else {
                        slack[state] += tilted;
                    }
                }
            }
            matrix.push_row(&mut row);
        }
        (matrix, slack, residual)
    }

    /// m_0 \[S\]: ρ₀ exp(β(w − U)) where the process goes on.
    fn tilted_start(&self, beta: f64, w: &[f64], value: f64) -> Vec<f64> {
        let initial = self.at.mdp().initial().iter().zip(w).enumerate();
        let weigh = |(s, (p, w)): (usize, (&f64, &f64))| match p {
            p if *p > 0.0 && self.alive[s] => p * (beta * (w - value)).exp(),
            _ => 0.0,
        };
        initial.map(weigh).collect()
    }

    /// U, the weights of ∇π \[SA\] and γᵀ m_T \[S\] from w_0, …, w_T.
    fn forward(&self, beta: f64, values: &[Vec<f64>]) -> (f64, Vec<f64>, Vec<f64>) {
        let value = self.start(beta, &values[0]);
        let mut weights = vec![0.0; self.at.mdp().pairs()];
        let mut measure = self.tilted_start(beta, &values[0], value);
        let mut scale = 1.0;
        for step in values.windows(2) {
            let both = (&step[0][..], &step[1][..]);
            self.weigh(beta * scale, scale, &measure, both, &mut weights);
            measure = self.moved(beta * scale, &measure, both);
            scale *= self.discount;
        }
        let rest = measure.into_iter().map(|m| scale * m).collect();
        (value, weights, rest)
    }

    /// Adds scale · m(s) Σ p (exp(β(r + γw'(s') − w(s))) − 1)/β for each pair.
    fn weigh(
        &self,
        beta: f64,
        scale: f64,
        measure: &[f64],
        (w, after): (&[f64], &[f64]),
        weights: &mut [f64],
    ) {
        let mdp = self.at.mdp();
        for (pair, weight) in weights.iter_mut().enumerate() {
            let state = mdp.space().state_of(pair);
            if measure[state] == 0.0 {
                continue;
            }
            let gained = mdp.outcomes(pair).map(|o| {
                let x = o.reward + self.discount * after[o.next] - w[state];
                o.probability * scaled(beta, x)
            });
            *weight += scale * measure[state] * gained.sum::<f64>();
        }
    }

    /// m_{t+1} \[S\].
    fn moved(&self, beta: f64, measure: &[f64], (w, after): (&[f64], &[f64])) -> Vec<f64> {
        let mut next = vec![0.0; measure.len()];
        for (state, m) in measure.iter().enumerate().filter(|(_, m)| **m > 0.0) {
            for (o, chance) in self.outcomes(state).filter(|(o, _)| self.alive[o.next]) {
                let x = o.reward + self.discount * after[o.next] - w[state];
                next[o.next] += m * chance * (beta * x).exp();
            }
        }
        next
    }
}
