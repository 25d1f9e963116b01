//! How far rounding may have moved gains, biases and what is made of them.
//!
//! Where every system is eliminated without subtraction, its solutions are right relative to themselves, by κ: sums of one sign
//! under μ, the chances of absorption f, and N = (I − P_UU)⁻¹ of a class without one state c. With R = Σ p|r|, η the rounding
//! of a row, and errors as vectors,
//!
//! ```text
//! ε_g = (κ + η) P*R^π                    b = r^π − g,   ε_b = ε_g + η (R^π + |g|) + κ|b|
//! ε_h = N ε_b + m  in a class,           m = μ N ε_b + κ μ|h − h(c)|
//! ε_h = N (ε_b + P (ε_h + (κ + η)|h|))   before classes
//! ```
//!
//! The mean m is common to all states where there is one class: advantages know nothing of it.

use std::any::TypeId;

use super::accuracy::{Sizes, are_wanted, shown_of_advantages, unit_of_rows};
use super::shown::{shown_beside, shown_but_zeros, shown_of};
use super::{Evaluation, RoundingBounds};
use crate::chain::LongRun;
use crate::field::{UNIT, all_finite};
use crate::linalg::{MODERATE, Solvable, largest};
use crate::mdp::Mdp;
use crate::policy::Policy;

/// Bounds on absolute errors in the long run.
#[derive(Clone)]
pub(crate) struct LongRunErrors {
    /// Of gains \[S\].
    pub gain: Vec<f64>,
    /// Of the bias \[S\].
    pub bias: Vec<f64>,
    /// Of q \[SA\].
    pub action: Vec<f64>,
    /// Of q − h \[SA\].
    pub advantage: Vec<f64>,
    /// κ, of shares of time and chances of absorption relative to themselves; infinite where factors subtract.
    pub relative: f64,
}

impl LongRunErrors {
    /// `None` where factors subtract, and where nobody asks.
    ///
    /// q and h are those of the model and policy.
    pub fn new<F: Solvable>(
        mdp: &Mdp<F>,
        policy: &Policy<F>,
        long_run: &LongRun<F>,
        (gain, bias): (&[F], &[F]),
    ) -> Option<LongRunErrors> {
        if !are_wanted(mdp) || long_run.subtracts() {
            return None;
        }
        let space = mdp.space();
        let pi: Vec<f64> = policy.probabilities().iter().map(F::to_f64).collect();
        let (n, eta) = (mdp.states() as f64, unit_of_rows(mdp) + of_logits(policy));
        let relative = (n + 8.0).powi(3) * UNIT + 2.0 * n * eta;
        let sizes = Sizes::new(mdp, policy);
        let paid = long_run.limit(&all_finite::<F>(&sizes.states)?).ok()?;
        let of_gain: Vec<f64> = paid.iter().map(|x| (relative + eta) * x.to_f64()).collect();
        let mut left = vec![0.0; mdp.states()];
        for (state, left) in left.iter_mut().enumerate() {
            let pairs = space.pairs_of(state);
            let r: f64 = pairs.map(|pair| pi[pair] * mdp.r()[pair].to_f64()).sum();
            let g = gain[state].to_f64();
            let rounded = eta * (sizes.states[state] + g.abs());
            *left = of_gain[state] + rounded + relative * (r - g).abs();
        }
        let h: Vec<f64> = bias.iter().map(F::to_f64).collect();
        let (of_bias, apart) = long_run.deviation_errors(&left, &h, relative + eta).ok()?;
        let of_pair = |pair: usize, of_bias: &[f64]| {
            let state = space.state_of(pair);
            let row = mdp.p().row(pair);
            let after = row.map(|(next, p)| p.to_f64() * (of_bias[next] + eta * h[next].abs()));
            let rounded = eta * (sizes.pairs[pair] + gain[state].to_f64().abs());
            of_gain[state] + after.sum::<f64>() + rounded
        };
        let action = (0..mdp.pairs()).map(|pair| of_pair(pair, &of_bias));
        let advantage = (0..mdp.pairs()).map(|pair| {
            let state = space.state_of(pair);
            of_pair(pair, &apart) + apart[state] + 2.0 * UNIT * h[state].abs()
        });
        Some(LongRunErrors {
            action: action.collect(),
            advantage: advantage.collect(),
            gain: of_gain,
            bias: of_bias,
            relative,
        })
    }

    /// The smaller one of what is known of each number and of what holds of all, whatever serves the systems; `None` in a
    /// field other than floating point, and if an iterative solver gave up.
    ///
    /// With K the largest inverse norm of the systems solved and B = |r|∞ + 2|h|∞ + 2|g|∞: gains err by ηK P*|r|, the bias,
    /// from which q and advantages are made, by 2ηK²B.
    pub fn least<F: Solvable>(
        mdp: &Mdp<F>,
        policy: &Policy<F>,
        long_run: &LongRun<F>,
        (gain, bias): (&[F], &[F]),
    ) -> Option<LongRunErrors> {
        if TypeId::of::<F>() != TypeId::of::<f64>() {
            return None;
        }
        if mdp.states() > MODERATE {
            return LongRunErrors::by_residual(mdp, policy, long_run, (gain, bias));
        }
        let inverse = long_run.inverse_norm().ok()?.max(1.0);
        let sizes = Sizes::new(mdp, policy);
        let Some(paid) = all_finite::<F>(&sizes.states) else {
            return Some(LongRunErrors::unknown(mdp));
        };
        let paid = long_run.limit(&paid).ok()?;
        let unit = unit_of_rows(mdp) + mdp.states() as f64 * UNIT;
        let size = largest(&sizes.pairs) + 2.0 * largest(bias) + 2.0 * largest(gain);
        let anyhow = 2.0 * unit * inverse * inverse * size;
        let of_gains = paid.iter().map(|x| unit * inverse * x.to_f64());
        let all = LongRunErrors {
            gain: of_gains.collect(),
            bias: vec![anyhow; mdp.states()],
            action: vec![anyhow; mdp.pairs()],
            advantage: vec![2.0 * anyhow; mdp.pairs()],
            relative: f64::INFINITY,
        };
        let known = LongRunErrors::new(mdp, policy, long_run, (gain, bias));
        Some(known.map_or(all.clone(), |known| all.or_less(&known)))
    }

    /// Of numbers of which nothing is known.
    pub(super) fn unknown<F: Solvable>(mdp: &Mdp<F>) -> LongRunErrors {
        let all = |count| vec![f64::INFINITY; count];
        LongRunErrors {
            gain: all(mdp.states()),
            bias: all(mdp.states()),
            action: all(mdp.pairs()),
            advantage: all(mdp.pairs()),
            relative: f64::INFINITY,
        }
    }

    /// Of whatever is made of r − g, q and h once more \[SA\].
    pub fn of_both(&self) -> Vec<f64> {
        let both = self.action.iter().zip(&self.advantage);
        both.map(|(action, advantage)| 2.0 * action.max(*advantage))
            .collect()
    }

    fn or_less(mut self, other: &LongRunErrors) -> LongRunErrors {
        let less = |own: &mut [f64], other: &[f64]| {
            let both = own.iter_mut().zip(other);
            both.for_each(|(own, other)| *own = own.min(*other));
        };
        less(&mut self.gain, &other.gain);
        less(&mut self.bias, &other.bias);
        less(&mut self.action, &other.action);
        less(&mut self.advantage, &other.advantage);
        self.relative = self.relative.min(other.relative);
        self
    }
}

/// What rounding may have done to any entry of r^π.
pub(crate) fn of_rewards<F: Solvable>(mdp: &Mdp<F>, policy: &Policy<F>) -> f64 {
    (unit_of_rows(mdp) + of_logits(policy)) * largest(&Sizes::new(mdp, policy).states)
}

/// What the rounding of a logit does to π, relative to it.
pub(super) fn of_logits<F: Solvable>(policy: &Policy<F>) -> f64 {
    let pi = policy.probabilities().iter().map(F::to_f64);
    let logit = pi.filter(|pi| *pi > 0.0).map(|pi| pi.ln().abs());
    4.0 * UNIT * logit.fold(0.0, f64::max)
}

/// Of an evaluation: what is known of each number ([`LongRunErrors::least`]); of the share of time in a state by what is left of
/// the equations of visits ([`LongRun::limit_row_error`]). J is within the range of the rewards.
pub(super) fn in_long_run<F: Solvable>(
    mdp: &Mdp<F>,
    (gain, long_run): (&[F], &LongRun<F>),
    found: &Evaluation<F>,
    errors: &LongRunErrors,
) -> RoundingBounds {
    let starts = mdp.initial().iter().zip(&errors.gain);
    let of_j: f64 = starts.map(|(mass, error)| mass.to_f64() * error).sum();
    let of_j = of_j.min(within_rewards(mdp, found.j.to_f64()));
    let gains = errors.gain.iter().copied().zip(gain);
    let gains = gains.chain([(of_j, &found.j)]);
    let biases = errors.bias.iter().copied().zip(&found.v);
    let actions = errors.action.iter().copied().zip(&found.q);
    let biases = || shown_beside(biases.chain(actions).collect());
    // where every step pays the same, biases are 0, and may have come out so
    let is_known = mdp.pays_alike() && found.v.iter().chain(&found.q).all(F::is_zero);
    let biases = (!is_known).then(biases).flatten();
    let value = [shown_of(gains), biases];
    // in a large model that would be one solve more
    let is_told = mdp.states() <= MODERATE || !long_run.subtracts();
    let visits = is_told.then(|| long_run.limit_row_error(mdp.initial()));
    let visits = visits.map(|visits| visits.unwrap_or(f64::INFINITY));
    RoundingBounds {
        value: value.into_iter().flatten().reduce(f64::max),
        objective: shown_of([(of_j, &found.j)].into_iter()),
        advantage: shown_of_advantages(mdp, &errors.advantage, &found.advantage),
        occupancy: visits
            .and_then(|visits| shown_but_zeros(found.occupancy.iter().map(|x| (visits, x)))),
    }
}

/// How far a mean of rewards can be from this number, at most.
pub(crate) fn within_rewards<F: Solvable>(mdp: &Mdp<F>, j: f64) -> f64 {
    let ends = (0..mdp.states()).any(|s| mdp.space().is_terminal(s));
    let none = ends.then_some(0.0);
    let rewards = mdp.r().iter().map(F::to_f64).chain(none);
    // ρ₀ is rounded, and a mass of so little more or less
    let room = 1.0 + 4.0 * UNIT * (mdp.states() + 2) as f64;
    rewards.fold(0.0, |most: f64, r| {
        most.max((r * room - j).abs()).max((r - j).abs())
    })
}

#[cfg(test)]
mod tests {
    use crate::arithmetic::Choice;
    use crate::model::Model;
    use crate::number::Rational;

    /// b is left once in 1/exit steps, a and c soon.
    fn seldom_left(stay: &str, exit: &str) -> Model {
        let text = format!(
            "
criterion: average
states: [a, b, c]
actions: [x, y]
initial: a
transitions:
- [a, x, a, 8999/10000, 1]
- [a, x, b, 1/10000, 1]
- [a, x, c, 1/10, 1]
- [a, y, a, 1/2, 3]
- [a, y, c, 1/2, 3]
- [b, x, b, \"{stay}\", 2]
- [b, x, a, {exit}, 2]
- [b, y, b, \"{stay}\", -1]
- [b, y, c, {exit}, -1]
- [c, x, a, 1, 5]
"
        );
        Model::parse("seldom", &text).unwrap()
    }

    /// What is left out is the state that is visited most, so that biases keep their digits; bounds on all numbers hold against
    /// fractions, and say that of them.
    #[test]
    fn bounds_in_the_long_run_hold_and_are_small() {
        for digits in [3, 12, 20] {
            let (stay, exit) = (format!("0.{}", "9".repeat(digits)), format!("1e-{digits}"));
            let model = seldom_left(&stay, &exit);
            let solved = model.solve(Choice::Uniform).unwrap();
            let exact = model.exact().unwrap().solve(Choice::Uniform).unwrap();
            let told = solved.rounding().unwrap();
            let off = |found: &[f64], exact: &[Rational]| {
                let both = found.iter().zip(exact);
                both.map(|(x, y)| (x - y.to_f64().value()).abs())
                    .fold(0.0, f64::max)
            };
            let size = exact.v()[0].to_f64().value().abs();
            assert!(off(solved.v(), exact.v()) <= 1e-11 * size, "{digits}");
            assert!(off(solved.v(), exact.v()) <= told.value.unwrap_or(1e-9 * size));
            assert!(off(solved.q(), exact.q()) <= told.value.unwrap_or(1e-9 * size));
            assert!(
                told.value.is_none_or(|bound| bound < 1e-6 * size),
                "{told:?}"
            );
            let advantage = off(solved.advantage(), exact.advantage());
            assert!(
                advantage <= told.advantage.unwrap_or(1e-9 * size),
                "{told:?}"
            );
            assert!(
                told.advantage.is_none_or(|bound| bound < 1e-6 * size),
                "{told:?}"
            );
            assert_eq!(told.objective, None, "{digits}");
            let gradient = off(solved.gradient().unwrap(), exact.gradient().unwrap());
            let bound = solved.gradient_error().unwrap();
            assert!(
                gradient <= bound && bound < 1e-5,
                "{digits}: {gradient} {bound}"
            );
        }
    }

    /// A gain is a mean of rewards, and no bound on it exceeds their range.
    #[test]
    fn a_gain_is_among_the_rewards() {
        let model = seldom_left("0.999", "0.001");
        let mdp = model.mdp::<f64>();
        assert_eq!(super::within_rewards(&mdp, 5.0).floor(), 6.0);
        assert_eq!(super::within_rewards(&mdp, -1.0).floor(), 6.0);
        assert_eq!(super::within_rewards(&mdp, 2.0).floor(), 3.0);
    }
}
