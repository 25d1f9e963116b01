//! CVaR and its gradient where the return takes infinitely many values (theory, 2.6).
//!
//! CVaR_α = max_q {q − E(q − G)⁺/α} (Rockafellar & Uryasev 2000). Where the maximiser q, the α-quantile, is
//! the only one, the gradient is that of the braces with q held fixed (Danskin's theorem): h_t(s, x) =
//! E[(q − x − γᵗG)⁺ | S_t = s] obeys
//!
//! ```text
//! h_t(s, x) = Σ π p h_{t+1}(s', x + γᵗr)
//! ∇h_0 = Σ_t Σ m_t(s, x) Σ_a ∇π(a|s) Σ p h_{t+1}(s', x + γᵗr)
//! ```
//!
//! with the law m_t of the state and of what has been paid. Two things make that finite. Where what can still
//! follow leaves x below q for certain, h = q − x − γᵗv(s) and ∇h = −γᵗ∇v(s); where it leaves it above,
//! both are 0; only what is open is followed, and that is ever less. And paid sums that are too many are
//! gathered at their mean: h is convex in x with slopes between −P(below or open) and −P(below), so that
//! a distance d costs at most d·P(open), which is known afterwards, as is what the interval of q costs.
//! All bounds are proven up to the rounding of the sums.

mod backward;
mod forward;
mod remaining;

pub(super) use self::backward::Backward;
pub(super) use self::remaining::Remaining;

use self::backward::Found;
use self::forward::{MOVES, Open, Pass};
use super::{RiskBound, RiskValue};
use crate::error::Error;
use crate::solved::Solved;

/// How far a level is off after the rounding of sums of probabilities; a choice.
const SLACK: f64 = 1e-12;
/// Passes, each of which knows the quantile better, at most; a choice.
const PASSES: usize = 60;
/// Particles by state, of the first pass; a choice.
const CELLS: usize = 64;
/// A gap between values of the return is one if it is wider than this, relative to the quantile's size; a choice.
const GAP: f64 = 1e-9;

impl Solved {
    /// The mean of the worst outcomes, of probability α in (0, 1), and its gradient, with bounds on
    /// both, whatever values the return takes.
    ///
    /// # Errors
    /// [`Error::Argument`] where P(G ≤ q) = α for more than one q, so that another outcome becomes the worst
    /// in one direction, and where G has no bound on either side that counts; [`Error::Criterion`] for the
    /// average reward; [`Error::Overflow`]; [`Error::NotDifferentiable`] where J has no gradient;
    /// [`Error::GradientOverflow`] where it leaves `f64`; [`Error::Factor`].
    pub fn enclosed_tail_mean(&self, level: f64) -> Result<RiskValue, Error> {
        let wrong = |expected| Error::Argument {
            name: "the level α of CVaR",
            found: level.to_string(),
            expected,
        };
        if !(level > 0.0 && level < 1.0) {
            return Err(wrong("a probability above 0, below 1"));
        }
        self.derivatives().check_differentiable(self, false)?;
        let rest = self.risks().remaining(self)?;
        let pass = self.closest(&rest, level);
        let mut open = pass.open(self, &rest);
        let known = known(&pass, &open, level);
        if !(known.0.is_finite() && known.1.is_finite()) {
            return Err(wrong("a level whose quantile is known to an interval"));
        }
        if has_gap(&pass, &open, level, known) {
            return Err(wrong(
                "a level that no outcome reaches exactly: the tail has no gradient there",
            ));
        }
        let quantile = likely(&pass, &mut open, level).clamp(known.0, known.1);
        let found = Backward::new(self, &rest, &pass, (quantile, known)).run()?;
        let told = self.told(&found, level, (quantile, known));
        let is_held = told
            .gradient
            .iter()
            .chain([&told.value])
            .all(|x| x.is_finite());
        is_held
            .then_some(told)
            .ok_or(Error::Overflow { quantity: "CVaR" })
    }

    /// The pass that knows the quantile best.
    fn closest(&self, rest: &Remaining, level: f64) -> Pass {
        let mdp = self.mdp();
        let starts = || mdp.initial().iter().enumerate().filter(|(_, x)| **x > 0.0);
        let least = starts()
            .map(|(s, _)| rest.low(0, s))
            .fold(f64::INFINITY, f64::min);
        let most = starts()
            .map(|(s, _)| rest.high(0, s))
            .fold(f64::NEG_INFINITY, f64::max);
        let mut cells = CELLS;
        let mut pass = Pass::new(self, rest, (least, most), cells);
        for _ in 1..PASSES {
            let (from, to) = known(&pass, &pass.open(self, rest), level);
            let finer = pass.gathered && 4 * pass.moves <= MOVES;
            let closer = to - from < 0.7 * (pass.to - pass.from);
            let is_open = from < to; // not where sums overflow either
            if !(is_open && (finer || closer)) {
                break;
            }
            cells *= if finer { 4 } else { 1 };
            pass = Pass::new(self, rest, (from, to), cells);
        }
        pass
    }

    /// CVaR and its gradient from those of E (q − G)⁺, with the bounds of both.
    fn told(&self, found: &Found, level: f64, (q, known): (f64, (f64, f64))) -> RiskValue {
        let off = (known.1 - q).max(q - known.0);
        let policy = self.policy();
        let gradient = policy.pull_back(&found.weights);
        let slopes = policy.pull_back(&found.slopes);
        let mut bound: Vec<f64> = slopes.iter().map(|x| off * x.abs()).collect();
        for (pair, (error, open)) in found.errors.iter().zip(&found.opens).enumerate() {
            let own = error + off * open;
            if own > 0.0 {
                policy
                    .slopes(pair)
                    .for_each(|(k, x)| bound[k] += x.abs() * own);
            }
        }
        let short = &found.shortfall;
        // q where CVaR is largest: there its slope 1 − P(G ≤ q)/α changes its sign
        let value = (short.error + off * short.open) / level;
        let rounding = 1e-14 * (q.abs() + short.value.abs() / level);
        RiskValue {
            value: q - short.value / level,
            gradient: gradient.iter().map(|x| -x / level).collect(),
            bound: Some(RiskBound {
                value: value + rounding,
                gradient: bound.iter().map(|x| x / level).collect(),
            }),
        }
    }
}

/// Between what all q with P(G < q) ≤ α ≤ P(G ≤ q) lie, and the pass knows them to lie.
fn known(pass: &Pass, open: &[Open], level: f64) -> (f64, f64) {
    let first = |end: fn(&Open) -> f64, enough: &dyn Fn(f64) -> bool| {
        let mut ends: Vec<(f64, f64)> = open.iter().map(|x| (end(x), x.mass)).collect();
        ends.sort_by(|x, y| x.0.total_cmp(&y.0));
        let mut sum = pass.below;
        if enough(sum) {
            return pass.from;
        }
        let found = ends.iter().find(|(_, mass)| {
            sum += mass;
            enough(sum)
        });
        found.map_or(pass.to, |(x, _)| x.clamp(pass.from, pass.to))
    };
    let from = first(|x| x.low, &|sum| sum >= level - SLACK);
    let to = first(|x| x.high, &|sum| sum > level + SLACK);
    (from, to.max(from))
}

/// Whether P(G ≤ q) = α from one q to another one.
fn has_gap(pass: &Pass, open: &[Open], level: f64, (from, to): (f64, f64)) -> bool {
    let mut ends: Vec<(f64, f64, f64)> = Vec::with_capacity(2 * open.len() + 2);
    ends.extend([(from, 0.0, 0.0), (to, 0.0, 0.0)]);
    ends.extend(open.iter().map(|x| (x.low, 0.0, x.mass)));
    ends.extend(open.iter().map(|x| (x.high, x.mass, 0.0)));
    ends.sort_by(|x, y| x.0.total_cmp(&y.0));
    let (mut least, mut most) = (pass.below, pass.below);
    let gap = GAP * (1.0 + from.abs().max(to.abs()));
    ends.windows(2).any(|pair| {
        least += pair[0].1;
        most += pair[0].2;
        let reached = |x: f64| (x - level).abs() <= 2.0 * SLACK;
        let inside = pair[0].0 >= from && pair[1].0 <= to;
        inside && reached(least) && reached(most) && pair[1].0 - pair[0].0 > gap
    })
}

/// The quantile if every open share were paid its mean.
fn likely(pass: &Pass, open: &mut [Open], level: f64) -> f64 {
    open.sort_by(|x, y| x.mean.total_cmp(&y.mean));
    let mut sum = pass.below;
    let found = open.iter().find(|x| {
        sum += x.mass;
        sum >= level
    });
    found.map_or(pass.to, |x| x.mean)
}
