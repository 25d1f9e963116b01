//! How far gains, biases and advantages may be off by what is left of their equations: for models in which more would cost too much.
//!
//! ```text
//! e = |r^π − g + Σ p (h' − h)|,  e_g = |Σ p (g' − g)|, rounded up      ε_g = P*e, and N e_g more before classes
//! ε_h = N (e + ε_g) in a class without one state, where nothing is off but m = μ ε_h + κ μ|h|, common to all
//! ```

use super::accuracy::{Sizes, unit_of_rows};
use super::average_accuracy::{LongRunErrors, of_logits};
use crate::chain::LongRun;
use crate::field::{Field, UNIT, all_finite};
use crate::linalg::{Solvable, largest};
use crate::mdp::Mdp;
use crate::policy::Policy;

/// What solves may leave, of each number and of the largest.
const LEFT: f64 = 1e-4;
const LEFT_OF_LARGEST: f64 = 1e-9;

impl LongRunErrors {
    /// Whatever solved the systems: one solve more with each, two where classes have gains of their own. `None` if an iterative
    /// solver gave up.
    pub(super) fn by_residual<F: Solvable>(
        mdp: &Mdp<F>,
        policy: &Policy<F>,
        long_run: &LongRun<F>,
        (gain, bias): (&[F], &[F]),
    ) -> Option<LongRunErrors> {
        let equations = Equations::new(mdp, policy, long_run, (gain, bias));
        let left: Vec<f64> = (0..mdp.states()).map(|s| equations.left(s)).collect();
        let size: Vec<f64> = equations.h.iter().map(|h| h.abs()).collect();
        let known = [&left, &equations.sizes.states, &size].map(|x| all_finite::<F>(x));
        let [Some(own_left), Some(paid_sizes), Some(size)] = known else {
            return Some(LongRunErrors::unknown(mdp));
        };
        let (of_gain, relative) = equations.of_gain(&own_left, &paid_sizes)?;
        let both: Vec<f64> = left.iter().zip(&of_gain).map(|(x, y)| x + y).collect();
        let mean = long_run.limit(&size).ok()?;
        let mean = largest(&mean);
        let (of_bias, apart) = long_run.deviation_errors(&both, &equations.h, 0.0).ok()?;
        let of_bias = equations.upward(of_bias).into_iter();
        let of_bias: Vec<f64> = of_bias.map(|x| x + relative * mean).collect();
        // classes do not move together
        let apart = if long_run.structure().is_unichain() {
            equations.upward(apart)
        } else {
            of_bias.clone()
        };
        let pairs = || 0..mdp.pairs();
        let action = pairs().map(|pair| equations.of_action(pair, &of_gain, &of_bias));
        let advantage = pairs().map(|pair| equations.of_advantage(pair, &of_gain, &apart));
        Some(LongRunErrors {
            action: action.collect(),
            advantage: advantage.collect(),
            gain: of_gain,
            bias: of_bias,
            relative: f64::INFINITY,
        })
    }
}

/// The equations of gains and biases, and what rounding does to their terms.
struct Equations<'a, F: Solvable> {
    mdp: &'a Mdp<F>,
    long_run: &'a LongRun<F>,
    pi: Vec<f64>,
    g: Vec<f64>,
    h: Vec<f64>,
    /// What a product with a probability may be off by, relative to it.
    eta: f64,
    sizes: Sizes,
}

impl<'a, F: Solvable> Equations<'a, F> {
    fn new(
        mdp: &'a Mdp<F>,
        policy: &Policy<F>,
        long_run: &'a LongRun<F>,
        (gain, bias): (&[F], &[F]),
    ) -> Equations<'a, F> {
        Equations {
            mdp,
            long_run,
            pi: floats(policy.probabilities()),
            g: floats(gain),
            h: floats(bias),
            eta: unit_of_rows(mdp) + of_logits(policy),
            sizes: Sizes::new(mdp, policy),
        }
    }

    /// r^π(s).
    fn paid(&self, state: usize) -> f64 {
        let pairs = self.mdp.space().pairs_of(state);
        pairs
            .map(|pair| self.pi[pair] * self.mdp.r()[pair].to_f64())
            .sum()
    }

    /// Σ p (x' − x) of a row, and the same without signs.
    fn rises(&self, state: usize, x: &[f64]) -> (f64, f64) {
        let row = self.long_run.p().row(state);
        row.fold((0.0, 0.0), |(sum, size), (next, p)| {
            let rise = p.to_f64() * (x[next] - x[state]);
            (sum + rise, size + rise.abs())
        })
    }

    /// e(s).
    fn left(&self, state: usize) -> f64 {
        let (sum, size) = self.rises(state, &self.h);
        let g = self.g[state];
        let rounded = self.eta * (self.sizes.states[state] + g.abs() + size);
        (self.paid(state) - g + sum).abs() + rounded
    }

    /// Bounds with what the solve that made them may have left.
    fn upward(&self, x: Vec<f64>) -> Vec<f64> {
        let most = LEFT_OF_LARGEST * x.iter().copied().fold(0.0, f64::max);
        let most = if self.long_run.subtracts() { most } else { 0.0 };
        x.into_iter().map(|x| (1.0 + LEFT) * x + most).collect()
    }

    /// ε_g \[S\], and what shares of time are off by, relative to them, which a bias is without in the mean. `None` if an
    /// iterative solver gave up.
    fn of_gain(&self, left: &[F], paid_sizes: &[F]) -> Option<(Vec<f64>, f64)> {
        let long_run = self.long_run;
        let mut of_gain = self.upward(floats(&long_run.limit(left).ok()?));
        if !long_run.structure().is_unichain() {
            let more = self.before_classes()?;
            let both = of_gain.iter_mut().zip(more);
            both.for_each(|(x, more)| *x += more);
        }
        if long_run.subtracts() {
            return Some((of_gain, LEFT_OF_LARGEST));
        }
        let n = self.mdp.states() as f64;
        let relative = (n + 8.0).powi(3) * UNIT + 2.0 * n * self.eta;
        let paid = long_run.limit(paid_sizes).ok()?;
        let known = paid.iter().map(|x| (relative + self.eta) * x.to_f64());
        let both = of_gain.iter_mut().zip(known);
        both.for_each(|(own, known)| *own = own.min(known));
        Some((of_gain, relative))
    }

    /// N e_g \[S\], where classes have gains of their own.
    fn before_classes(&self) -> Option<Vec<f64>> {
        let of_rises = |state| {
            let (sum, size) = self.rises(state, &self.g);
            sum.abs() + self.eta * size
        };
        let mut apart: Vec<f64> = (0..self.mdp.states()).map(of_rises).collect();
        let classes = self.long_run.structure().recurrent().iter();
        for &state in classes.flat_map(|class| &class.states) {
            apart[state] = 0.0;
        }
        let none = vec![0.0; self.mdp.states()];
        let (more, _) = self.long_run.deviation_errors(&apart, &none, 0.0).ok()?;
        Some(self.upward(more))
    }

    /// What q(s, a) = r − g + Σ p h' may be off by.
    fn of_action(&self, pair: usize, of_gain: &[f64], of_bias: &[f64]) -> f64 {
        let row = self.mdp.p().row(pair);
        let after =
            row.map(|(next, p)| p.to_f64() * (of_bias[next] + self.eta * self.h[next].abs()));
        self.of_own(pair, of_gain) + after.sum::<f64>()
    }

    /// What A(s, a) = r − g + Σ p (h' − h) may be off by, a difference of q and h.
    fn of_advantage(&self, pair: usize, of_gain: &[f64], apart: &[f64]) -> f64 {
        let state = self.mdp.space().state_of(pair);
        let own = self.h[state];
        let row = || self.mdp.p().row(pair);
        let others = row().filter(|(next, _)| *next != state);
        let after = others.map(|(next, p)| {
            let rise = (self.h[next] - own).abs();
            p.to_f64() * (apart[next] + apart[state] + self.eta * rise)
        });
        let sizes: f64 = row().map(|(next, p)| p.to_f64() * self.h[next].abs()).sum();
        self.of_own(pair, of_gain) + after.sum::<f64>() + self.eta * (sizes + own.abs())
    }

    /// Of r − g.
    fn of_own(&self, pair: usize, of_gain: &[f64]) -> f64 {
        let state = self.mdp.space().state_of(pair);
        of_gain[state] + self.eta * (self.sizes.pairs[pair] + self.g[state].abs())
    }
}

fn floats<F: Field>(x: &[F]) -> Vec<f64> {
    x.iter().map(F::to_f64).collect()
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
