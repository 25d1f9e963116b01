//! A model whose steps are weighed by exponentials of what they pay.

use crate::error::Error;
use crate::linalg::Csr;
use crate::mdp::Outcome;
use crate::solved::Solved;

/// Values by time that are kept; a choice.
const MOST: usize = 1 << 24;

pub(super) fn argument(beta: f64, expected: &'static str) -> Error {
    Error::Argument {
        name: "β of the exponential utility",
        found: beta.to_string(),
        expected,
    }
}

/// (eˣᵝ − 1)/β, x at β = 0.
pub(super) fn scaled(beta: f64, x: f64) -> f64 {
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
    } else if beta * sum < -0.5 {
        // the largest is improbable: 1 less nearly 1 would leave nothing of its probability
        let terms = terms.iter().map(|(p, x)| p * (beta * (x - base)).exp());
        base + terms.sum::<f64>().ln() / beta
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
pub(super) struct Tilt<'a> {
    pub at: &'a Solved,
    pub alive: &'a [bool],
    pub discount: f64,
}

impl Tilt<'_> {
    /// The outcomes of a state that acts, with π p.
    pub fn outcomes(&self, state: usize) -> impl Iterator<Item = (Outcome<'_, f64>, f64)> {
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
    pub fn values(&self, beta: f64, steps: usize, last: Vec<f64>) -> Result<Vec<Vec<f64>>, Error> {
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
    pub fn start(&self, beta: f64, w: &[f64]) -> f64 {
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
    pub fn newton(&self, beta: f64, w: &[f64]) -> (Csr<f64>, Vec<f64>, Vec<f64>) {
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
    pub fn tilted_start(&self, beta: f64, w: &[f64], value: f64) -> Vec<f64> {
        let initial = self.at.mdp().initial().iter().zip(w).enumerate();
        let weigh = |(s, (p, w)): (usize, (&f64, &f64))| match p {
            p if *p > 0.0 && self.alive[s] => p * (beta * (w - value)).exp(),
            _ => 0.0,
        };
        initial.map(weigh).collect()
    }

    /// U, the weights of ∇π \[SA\] and γᵀ m_T \[S\] from w_0, …, w_T.
    pub fn forward(&self, beta: f64, values: &[Vec<f64>]) -> (f64, Vec<f64>, Vec<f64>) {
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
    pub fn weigh(
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
    pub fn moved(&self, beta: f64, measure: &[f64], (w, after): (&[f64], &[f64])) -> Vec<f64> {
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
