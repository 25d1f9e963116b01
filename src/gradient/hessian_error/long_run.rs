//! The same under the average reward, in the largest sizes of what ∇²(ρ₀g) is made of (theory, 2.4).
//!
//! ```text
//! |∂h| ≤ ‖D‖(S B + G) + S‖D‖|h|       G = S B + 2S‖D‖|g|        B = |r| + 2|h| + 2|g|
//! ```
//!
//! A solution y = Dx is off by κη(2 + 4‖D‖)|x|, with κ = 2K, and 2K(1 + K) behind transient states, for the largest
//! norm K of the inverses of the systems.

use crate::error::Error;
use crate::evaluation::Average;
use crate::field::as_bound;
use crate::gradient::agreement::{slopes, steepest};
use crate::linalg::{Solvable, largest};
use crate::policy::Policy;
use crate::solved::Solved;

/// States up to which ‖D‖∞ is that of D itself; a choice.
const DENSE: usize = 200;

/// What multiplies errors, and sizes.
struct Scales {
    /// η.
    unit: f64,
    /// K.
    inverse: f64,
    /// κ.
    solve: f64,
    /// ‖D‖∞.
    deviation: f64,
    /// S.
    slope: f64,
    /// maxₖ 1/ℓₖ.
    bent: f64,
    /// B.
    size: f64,
    /// max |h|.
    bias: f64,
    /// max |g|, where the gain differs between states and moves, else 0.
    gain: f64,
    /// K behind the absorption, else 1.
    behind: f64,
    /// What a sum over the pairs of a parameter loses.
    summed: f64,
}

/// A bound on what rounding has done to an entry of ∇²(ρ₀g).
///
/// Errors if an iterative solver gave up.
pub(in crate::gradient) fn bound<F: Solvable>(
    at: &Solved<F>,
    average: &Average<F>,
    policy: &Policy<f64>,
) -> Result<f64, Error> {
    Ok(as_bound(Scales::new(at, average, policy)?.whole()))
}

/// A bound on what rounding has done to an entry of ∇g.
///
/// Errors if an iterative solver gave up.
pub(in crate::gradient) fn jacobian_bound<F: Solvable>(
    at: &Solved<F>,
    average: &Average<F>,
    policy: &Policy<f64>,
) -> Result<f64, Error> {
    let scales = Scales::new(at, average, policy)?;
    let (direct_off, gain_off) = scales.of_direct();
    let (_, off) = scales.of_gain(direct_off, gain_off);
    Ok(as_bound(off))
}

impl Scales {
    fn new<F: Solvable>(
        at: &Solved<F>,
        average: &Average<F>,
        policy: &Policy<f64>,
    ) -> Result<Scales, Error> {
        let (mdp, run) = (at.mdp(), average.long_run());
        let floats = |x: &[F]| -> Vec<f64> { x.iter().map(F::to_f64).collect() };
        let fullest = (0..mdp.pairs()).map(|i| mdp.p().row(i).len()).max();
        let terms = (mdp.states() + fullest.unwrap_or(0) + 16) as f64;
        let inverse = run.inverse_norm()?;
        let is_unichain = run.structure().is_unichain();
        let is_recurrent = (0..mdp.states()).all(|s| run.structure().class_of(s).is_some());
        let through = if is_recurrent { 1.0 } else { 1.0 + inverse };
        let deviation = if mdp.states() <= DENSE {
            let rows = run.deviation_matrix()?;
            let sums = rows
                .row_iter()
                .map(|row| row.iter().map(|x| x.to_f64().abs()).sum::<f64>());
            sums.fold(0.0, f64::max)
        } else {
            4.0 * inverse * through
        };
        let (bias, gain) = (
            largest(&floats(average.bias())),
            largest(&floats(average.gain())),
        );
        let rewards = floats(mdp.r());
        let size = largest(&rewards) + 2.0 * bias + 2.0 * gain;
        Ok(Scales {
            unit: terms * f64::EPSILON / 2.0,
            inverse,
            solve: 2.0 * inverse * through,
            deviation,
            slope: slopes(policy, &rewards).0,
            bent: steepest(policy),
            size,
            bias,
            gain: if is_unichain { 0.0 } else { gain },
            behind: if is_unichain { 1.0 } else { inverse },
            summed: mdp.pairs() as f64 * f64::EPSILON / 2.0,
        })
    }

    /// What Dx is off by, of |x|.
    fn solved(&self) -> f64 {
        self.solve * self.unit * (2.0 + 4.0 * self.deviation)
    }

    /// Of h and of q_h.
    fn of_values(&self) -> (f64, f64) {
        let bias_off = self.solve * self.unit * self.size;
        (
            bias_off,
            bias_off + (self.behind + 1.0) * self.unit * self.size,
        )
    }

    /// Of q_h ∇π, and of g.
    fn of_direct(&self) -> (f64, f64) {
        let slopes = self.unit * self.size * (self.slope + self.bent);
        let off = self.slope * self.of_values().1 + slopes;
        (off, self.behind * self.unit * self.size)
    }

    fn whole(&self) -> f64 {
        let Scales {
            unit,
            slope,
            bent,
            size,
            deviation,
            ..
        } = *self;
        let (bias_off, q_off) = self.of_values();
        let (direct_off, gain_off) = self.of_direct();
        let (gradient, gradient_off) = self.of_gain(direct_off, gain_off);
        // ∂h
        let moved = slope * size + gradient;
        let responses = deviation * moved + slope * deviation * self.bias;
        let second = self.solved() * self.bias
            + deviation * (bias_off + (1.0 + self.inverse) * unit * self.bias);
        let responses_off = deviation * (direct_off + gradient_off)
            + self.solved() * moved
            + slope * second
            + bent * unit * deviation * self.bias;
        let relative = (4.0 + self.inverse) * unit + self.summed;
        let crossed = slope * (responses_off + relative * responses) + bent * unit * responses;
        let weights_off = q_off + bias_off + 2.0 * relative * size;
        2.0 * crossed
            + 2.0 * bent * slope * weights_off
            + self.absorbed(gradient, gradient_off, gain_off)
    }

    /// |∂g| and what it is off by.
    fn of_gain(&self, direct_off: f64, gain_off: f64) -> (f64, f64) {
        let rise = 2.0 * self.slope * self.gain;
        let rise_off =
            2.0 * self.slope * gain_off + self.unit * self.gain * (self.slope + self.bent);
        let rise_off = if self.gain > 0.0 { rise_off } else { 0.0 };
        let limits = self.behind * self.inverse * self.unit * self.slope * self.size;
        let off = direct_off + limits + self.deviation * rise_off + self.solved() * rise;
        (self.slope * self.size + self.deviation * rise, off)
    }

    /// Of the terms under ω = ρ₀D, where the gain differs between states.
    fn absorbed(&self, gradient: f64, gradient_off: f64, gain_off: f64) -> f64 {
        if self.gain == 0.0 {
            return 0.0;
        }
        let weight = self.deviation;
        let relative = 4.0 * self.unit + self.summed;
        let own = weight * (gradient_off + relative * gradient) + self.solved() * gradient;
        let crossed = self.slope * own + self.bent * self.unit * weight * gradient;
        let rises = weight * 2.0 * gain_off + (self.solved() + weight * relative) * 2.0 * self.gain;
        2.0 * crossed + 2.0 * self.bent * self.slope * rises
    }
}
