//! How far rounding may have moved the exponential utility and its gradient.
//!
//! (1/β) ln E exp(βx) moves by no more than the largest of what its x are off by, so that
//!
//! ```text
//! e_t(s) = max γ e_{t+1}(s') + (n + 16)u (|r| + γ|w'| + |w| + 1/|β_t|)      ε = e_t(s) + γ e_{t+1}(s') + 4u (|r| + γ|w'| + |w|)
//! ```
//!
//! where the 1/|β| is at most the range of the x. A step multiplies the measure m by exp(β_t(x ± ε)). Where w is at rest, what
//! stays is off by nothing, and e = N (|residual| + its rounding) by the tilted chain.

use super::tilt::{Tilt, scaled};
use crate::error::Error;
use crate::field::UNIT;
use crate::linalg::Factors;
use crate::mdp::Outcome;

/// Numbers of the states before a step and after it \[S\].
type Both<'a> = (&'a [f64], &'a [f64]);

/// What rounding may have done.
pub(super) struct Off {
    /// To U.
    pub value: f64,
    /// To the weights of ∇π \[SA\].
    pub weights: Vec<f64>,
    /// To the measure at the end, relative to it.
    pub relative: f64,
}

/// How much larger a factor is than it should be, where its logarithm is off by so much.
fn grown(x: f64) -> f64 {
    x.exp_m1()
}

impl Tilt<'_> {
    /// The size of what x of an outcome is made of: |r| + γ|w'| + |w|, and 0 of what stays and pays nothing.
    fn size(&self, o: &Outcome<'_, f64>, state: usize, (w, after): Both<'_>) -> f64 {
        if self.discount * after[o.next] == w[state] && *o.reward == 0.0 {
            return 0.0;
        }
        o.reward.abs() + self.discount * after[o.next].abs() + w[state].abs()
    }

    /// The rounding of w(s).
    fn rounded(&self, beta: f64, state: usize, both: Both<'_>) -> f64 {
        let (mut count, mut most) = (0.0, 0.0);
        for (o, _) in self.outcomes(state) {
            count += 1.0;
            most = f64::max(most, self.size(&o, state, both));
        }
        (count + 16.0) * UNIT * (most + f64::min(1.0 / beta.abs(), most))
    }

    /// From w_0, …, w_T and what is wrong with w_T \[S\].
    pub fn off(&self, beta: f64, values: &[Vec<f64>], last: Vec<f64>) -> Off {
        let mut errors = vec![last];
        for (t, step) in values.windows(2).enumerate().rev() {
            let beta = beta * self.discount.powi(t as i32);
            let after = &errors[errors.len() - 1];
            let before = |state: usize| {
                let later = self.outcomes(state).map(|(o, _)| after[o.next]);
                let later = later.fold(0.0, f64::max);
                self.discount * later + self.rounded(beta, state, (&step[0], &step[1]))
            };
            let before = (0..after.len()).map(before).collect();
            errors.push(before);
        }
        errors.reverse();
        let mdp = self.at.mdp();
        let states = mdp.states() as f64;
        let value = self.start_off(beta, &values[0], &errors[0]);
        let mut weights = vec![0.0; mdp.pairs()];
        let start = self.start(beta, &values[0]);
        let mut measure = self.tilted_start(beta, &values[0], start);
        // the logarithm of what the measure is off by
        let mut relative = beta.abs() * 2.0 * value + 8.0 * UNIT;
        let mut scale = 1.0;
        for (step, errors) in values.windows(2).zip(errors.windows(2)) {
            let both = (&step[0][..], &step[1][..]);
            let off = (&errors[0][..], &errors[1][..]);
            let own = grown(relative);
            let most = self.weigh_off(
                (beta * scale, scale),
                &measure,
                (both, off),
                own,
                &mut weights,
            );
            measure = self.moved(beta * scale, &measure, both);
            relative += most + (states + 8.0) * UNIT;
            scale *= self.discount;
        }
        Off {
            value,
            weights,
            relative: grown(relative),
        }
    }

    /// What U is off by where w is by so much.
    fn start_off(&self, beta: f64, w: &[f64], off: &[f64]) -> f64 {
        let initial = self.at.mdp().initial().iter().enumerate();
        let (mut count, mut most, mut size) = (0.0, 0.0, 0.0);
        for (s, _) in initial.filter(|(_, p)| **p > 0.0) {
            count += 1.0;
            most = f64::max(most, off[s]);
            size = f64::max(size, w[s].abs());
        }
        if count == 1.0 {
            return most;
        }
        most + (count + 16.0) * UNIT * (size + f64::min(1.0 / beta.abs(), size))
    }

    /// Adds what the weights of one time are off by, with the measure off by so much of itself; the largest
    /// |β|ε of a step that is taken.
    fn weigh_off(
        &self,
        (beta, scale): (f64, f64),
        measure: &[f64],
        (both, (own, later)): (Both<'_>, Both<'_>),
        relative: f64,
        weights: &mut [f64],
    ) -> f64 {
        let (mdp, mut most) = (self.at.mdp(), 0.0);
        for (pair, weight) in weights.iter_mut().enumerate() {
            let state = mdp.space().state_of(pair);
            if measure[state] == 0.0 {
                continue;
            }
            let is_taken = self.at.policy().supports(pair);
            let (mut gained, mut lost) = (0.0, 0.0);
            for o in mdp.outcomes(pair) {
                let x = o.reward + self.discount * both.1[o.next] - both.0[state];
                // what stays, where w does not depend on the time, is the same before and after
                let stays = o.next == state && std::ptr::eq(both.0, both.1);
                let solved = if stays {
                    0.0
                } else {
                    own[state] + self.discount * later[o.next]
                };
                let off = solved + 4.0 * UNIT * self.size(&o, state, both);
                if is_taken {
                    most = f64::max(most, beta.abs() * off);
                }
                let gain = o.probability * scaled(beta, x);
                gained += gain;
                let moved = if beta == 0.0 {
                    off
                } else {
                    grown(beta.abs() * off) / beta.abs()
                };
                lost += o.probability * (beta * x).exp() * moved + 16.0 * UNIT * gain.abs();
            }
            *weight += scale * measure[state] * ((1.0 + relative) * lost + relative * gained.abs());
        }
        most
    }

    /// What U and the weights are off by where w is at rest, from w and what is left of its equation \[S\]. To first order, twice that.
    ///
    /// Where elimination takes no difference, errors relative to each entry of the tilted chain and to what leaves it are as many
    /// relative to the measure as there are states, twice over.
    pub fn off_at_rest(
        &self,
        beta: f64,
        (w, residual): (&[f64], &[f64]),
        measure: &[f64],
        factors: &impl Factors<f64>,
    ) -> Result<Off, Error> {
        let (both, states) = ((w, w), w.len() as f64);
        let rounded = |(s, left): (usize, &f64)| {
            let count = self.outcomes(s).count() as f64;
            let each = self.outcomes(s).map(|(o, chance)| {
                let x = o.reward + w[o.next] - w[s];
                let moved = 4.0 * UNIT * self.size(&o, s, both) * (beta * x).exp();
                chance * (moved + (count + 16.0) * UNIT * scaled(beta, x).abs())
            });
            2.0 * (left.abs() + each.sum::<f64>())
        };
        let faults: Vec<f64> = residual.iter().enumerate().map(rounded).collect();
        let errors: Vec<f64> = factors.solve(&faults)?.iter().map(|x| x.abs()).collect();
        let value = self.start_off(beta, w, &errors);
        let mut weights = vec![0.0; self.at.mdp().pairs()];
        let off = (&errors[..], &errors[..]);
        let most = self.weigh_off((beta, 1.0), measure, (both, off), 0.0, &mut weights);
        let started = beta.abs() * 2.0 * value + 8.0 * UNIT;
        let relative = grown(started + 2.0 * states * most + (states + 8.0).powi(3) * UNIT);
        weights.fill(0.0);
        self.weigh_off(
            (beta, 1.0),
            measure,
            (both, off),
            2.0 * relative,
            &mut weights,
        );
        Ok(Off {
            value,
            weights,
            relative,
        })
    }
}
