//! How far gains, biases and advantages may be off by what is left of their equations: for models in which more would cost too much.
//!
//! ```text
//! e = |r^π − g + Σ p (h' − h)|,  e_g = |Σ p (g' − g)|, rounded up      ε_g = P*e, and N e_g more before classes
//! ε_h = N (e + ε_g) in a class without one state, where nothing is off but m = μ ε_h + κ μ|h|, common to all
//! ```

use super::accuracy::{Sizes, unit_of_rows};
use super::average_accuracy::{LongRunErrors, of_logits};
use crate::chain::LongRun;
use crate::field::{UNIT, all_finite};
use crate::linalg::{Solvable, largest};
use crate::mdp::Mdp;
use crate::policy::Policy;

impl LongRunErrors {
    /// Whatever solved the systems: one solve more with each, two where classes have gains of their own. `None` if an iterative
    /// solver gave up.
    pub(super) fn by_residual<F: Solvable>(
        mdp: &Mdp<F>,
        policy: &Policy<F>,
        long_run: &LongRun<F>,
        (gain, bias): (&[F], &[F]),
    ) -> Option<LongRunErrors> {
        /// What solves may leave, of each number and of the largest.
        const LEFT: f64 = 1e-4;
        const LEFT_OF_LARGEST: f64 = 1e-9;
        let space = mdp.space();
        let n = mdp.states() as f64;
        let floats = |x: &[F]| x.iter().map(F::to_f64).collect::<Vec<f64>>();
        let (g, h) = (floats(gain), floats(bias));
        let eta = unit_of_rows(mdp) + of_logits(policy);
        let sizes = Sizes::new(mdp, policy);
        let pi = floats(policy.probabilities());
        let paid = |state: usize| -> f64 {
            let pairs = space.pairs_of(state);
            pairs.map(|pair| pi[pair] * mdp.r()[pair].to_f64()).sum()
        };
        // Σ p (x' − x) of a row, and the same without signs
        let rises = |state: usize, x: &[f64]| {
            let row = long_run.p().row(state);
            row.fold((0.0, 0.0), |(sum, size), (next, p)| {
                let rise = p.to_f64() * (x[next] - x[state]);
                (sum + rise, size + rise.abs())
            })
        };
        let left = |state: usize| {
            let (sum, size) = rises(state, &h);
            let rounded = eta * (sizes.states[state] + g[state].abs() + size);
            (paid(state) - g[state] + sum).abs() + rounded
        };
        let left: Vec<f64> = (0..mdp.states()).map(left).collect();
        let size: Vec<f64> = h.iter().map(|h| h.abs()).collect();
        let known = [&left, &sizes.states, &size].map(|x| all_finite::<F>(x));
        let [Some(own_left), Some(paid_sizes), Some(size)] = known else {
            return Some(LongRunErrors::unknown(mdp));
        };
        let upward = |x: Vec<f64>| -> Vec<f64> {
            let most = LEFT_OF_LARGEST * x.iter().copied().fold(0.0, f64::max);
            let most = if long_run.subtracts() { most } else { 0.0 };
            x.into_iter().map(|x| (1.0 + LEFT) * x + most).collect()
        };
        let mut of_gain = upward(floats(&long_run.limit(&own_left).ok()?));
        let is_unichain = long_run.structure().is_unichain();
        if !is_unichain {
            let of_rises = |state| {
                let (sum, size) = rises(state, &g);
                sum.abs() + eta * size
            };
            let mut apart: Vec<f64> = (0..mdp.states()).map(of_rises).collect();
            let classes = long_run.structure().recurrent().iter();
            for &state in classes.flat_map(|class| &class.states) {
                apart[state] = 0.0;
            }
            let none = vec![0.0; mdp.states()];
            let (more, _) = long_run.deviation_errors(&apart, &none, 0.0).ok()?;
            let more = upward(more);
            of_gain
                .iter_mut()
                .zip(more)
                .for_each(|(x, more)| *x += more);
        }
        // what shares of time are off by, which a bias is without in the mean
        let relative = if long_run.subtracts() {
            LEFT_OF_LARGEST
        } else {
            let relative = (n + 8.0).powi(3) * UNIT + 2.0 * n * eta;
            let paid = long_run.limit(&paid_sizes).ok()?;
            let known = paid.iter().map(|x| (relative + eta) * x.to_f64());
            let both = of_gain.iter_mut().zip(known);
            both.for_each(|(own, known)| *own = own.min(known));
            relative
        };
        let both: Vec<f64> = left.iter().zip(&of_gain).map(|(x, y)| x + y).collect();
        let mean = long_run.limit(&size).ok()?;
        let mean = largest(&mean);
        let (of_bias, apart) = long_run.deviation_errors(&both, &h, 0.0).ok()?;
        let of_bias = upward(of_bias).into_iter().map(|x| x + relative * mean);
        let of_bias: Vec<f64> = of_bias.collect();
        // classes do not move together
        let apart = if is_unichain {
            upward(apart)
        } else {
            of_bias.clone()
        };
        let of_pair = |pair: usize, of_bias: &[f64], sized: bool| {
            let state = space.state_of(pair);
            let row = mdp
                .p()
                .row(pair)
                .filter(|(next, _)| sized || *next != state);
            let after = row.map(|(next, p)| {
                let rise = if sized { h[next] } else { h[next] - h[state] };
                let own = if sized { 0.0 } else { of_bias[state] };
                p.to_f64() * (of_bias[next] + own + eta * rise.abs())
            });
            of_gain[state] + after.sum::<f64>() + eta * (sizes.pairs[pair] + g[state].abs())
        };
        let action = (0..mdp.pairs()).map(|pair| of_pair(pair, &of_bias, true));
        let advantage = (0..mdp.pairs()).map(|pair| {
            let state = space.state_of(pair);
            let row = mdp.p().row(pair);
            // advantages are differences of q and h
            let sizes = row.map(|(next, p)| p.to_f64() * h[next].abs()).sum::<f64>();
            of_pair(pair, &apart, false) + eta * (sizes + h[state].abs())
        });
        Some(LongRunErrors {
            action: action.collect(),
            advantage: advantage.collect(),
            gain: of_gain,
            bias: of_bias,
            relative: f64::INFINITY,
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::arithmetic::Choice;
    use crate::model::Model;
    use crate::test_models::walk;

    const STATES: usize = 2_100;

    /// g, h of the first state, and A of some pairs, of a walk under the uniform policy.
    struct Expected {
        gain: f64,
        bias: f64,
        advantages: [(usize, f64); 4],
    }

    /// Up with a chance of u tenths, u = 1 to 9: h is up to 1.8·10¹⁷. From differences of h by the Poisson equation, in 80
    /// digits (mpmath 1.3).
    const WIDE: Expected = Expected {
        gain: -0.143_687_426_169_039_9,
        bias: 12_000_583_041_732.494,
        advantages: [
            (0, -1.330_460_928_271_13),
            (1, 1.330_460_928_271_13),
            (STATES, -672_964_581_070.555),
            (2 * STATES - 1, -0.381_229_142_056_346_6),
        ],
    };

    /// u = 4 to 6: h is up to 10⁷.
    const NEAR: Expected = Expected {
        gain: -0.488_245_247_521_322_05,
        bias: 160_881.539_606_929_9,
        advantages: [
            (0, -1.297_649_049_504_264_4),
            (1, 1.297_649_049_504_264_4),
            (STATES, 623.434_818_000_645_4),
            (2 * STATES - 1, -1.167_972_750_275_408_7),
        ],
    };

    #[test]
    fn bounds_of_large_models_in_the_long_run_are_told_and_hold() {
        type Up = fn(u64) -> u64;
        let wide: Up = |k| 1 + k % 9;
        let near: Up = |k| 4 + k % 3;
        for (up, expected, most) in [(wide, WIDE, 1e20), (near, NEAR, 1.0)] {
            let text = walk("criterion: average", (STATES, 2), up, 0);
            let solved = Model::parse("walk", &text).unwrap().solve(Choice::Uniform);
            let solved = solved.unwrap();
            let told = solved.rounding().unwrap();
            let (value, advantage) = (told.value.unwrap(), told.advantage.unwrap());
            assert!(value < most && advantage < most, "{told:?}");
            let off = (solved.v()[0] - expected.bias).abs();
            assert!(off <= value, "{off:e} {value:e}");
            for (pair, right) in expected.advantages {
                let off = (solved.advantage()[pair] - right).abs();
                assert!(off <= advantage, "{pair}: {off:e} {advantage:e}");
            }
            let off = (solved.j() - expected.gain).abs();
            assert!(
                off <= told.objective.unwrap_or(1e-9) && off < 1e-12,
                "{off:e}"
            );
        }
    }

    /// Where everything is met soon, little is lost, whatever solves.
    #[test]
    fn bounds_of_large_models_that_mix_are_small() {
        let text =
            "criterion: average\ngarnet: {states: 2500, actions: 2, branching: 5, seed: 1}\n";
        let solved = Model::parse("garnet", text)
            .unwrap()
            .solve(Choice::Uniform)
            .unwrap();
        let told = solved.rounding().unwrap();
        // shares of time are proven to (n + 8)³ roundings only, and biases are without their mean
        for (bound, most) in [
            (told.value, 1e-5),
            (told.advantage, 1e-9),
            (told.objective, 1e-9),
        ] {
            assert!(bound.is_none_or(|bound| bound < most), "{told:?}");
        }
    }
}
