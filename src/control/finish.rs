//! What a method found as an optimum of the model, certified.

use std::any::TypeId;

use super::certificate::Certificate;
use super::proper::Problem;
use super::rounding::below_one;
use super::rule;
use super::{ControlOptions, ControlStop, Found, Optimum, endless};
use crate::error::Error;
use crate::evaluation::q_of;
use crate::field::{UNIT, dot};
use crate::linalg::Solvable;
use crate::mdp::{Criterion, Mdp};
use crate::number::Number;

/// A certified error above this part of the largest value says nothing about what is optimal; a choice.
const USELESS: f64 = 1e-3;

/// Certifies what was found, if the method did not, and carries it back from the problem to the
/// model.
pub(super) fn finish<F: Solvable>(
    mdp: &Mdp<F>,
    problem: &Problem<'_, F>,
    found: Found<F>,
    options: &ControlOptions,
) -> Result<Optimum<F>, Error> {
    let kept = |pair: usize| problem.kept.as_ref().map_or(pair, |kept| kept[pair]);
    let total = *mdp.criterion() == Criterion::Total;
    let rule = found.rule;
    let mut v = found.v;
    let (mut q, mut error_bound, mut by_state, greedy) = match found.certified {
        Some(known) if problem.kept.is_none() => {
            let margin = 2.0 * (mdp.discount().to_f64() * known.error_bound + known.rounding);
            let greedy = rule::tied(mdp.space(), &known.q, margin);
            (known.q, Some(known.error_bound), None, greedy)
        }
        _ => {
            let certificate = Certificate::new(&problem.mdp, &v, &rule, &options.solver);
            let optimal = certificate.optimal.iter().map(|&pair| kept(pair));
            let q = q_of(mdp, &v);
            let greedy = optimal.collect();
            (q, certificate.error_bound, certificate.by_state, greedy)
        }
    };
    if let Some(range) = Range::of(mdp)
        && error_bound.is_some_and(|bound| bound > range.width())
    {
        // what is told of the values says less than the rewards do
        v.iter_mut().for_each(|v| range.hold(v));
        q = q_of(mdp, &v);
        let width = range.width();
        error_bound = Some(width);
        let bounds = by_state.iter_mut().flatten();
        bounds.for_each(|bound| *bound = bound.min(width));
    }
    let size = v.iter().map(|v| v.to_f64().abs()).fold(0.0, f64::max);
    let useless = error_bound.is_none_or(|bound| bound > USELESS * size && bound > 0.0);
    let stop = if useless && found.stop == ControlStop::Optimal {
        ControlStop::Precision
    } else {
        found.stop
    };
    Ok(Optimum {
        q,
        policy: rule.map(kept).followed(mdp.space()),
        greedy: if total {
            endless::without_waiting(mdp, greedy)
        } else {
            greedy
        },
        j: dot(mdp.initial(), &v),
        v,
        iterations: found.iterations,
        error_bound,
        error_bounds: by_state,
        method: found.method,
        stop,
        undefined: problem.undefined.clone(),
        gain: None,
        by_time: None,
        dual: None,
        trace: found.trace,
    })
}

/// What every value lies in whatever the policy, under a discount: all rewards at their least and at their most, rounded outward.
struct Range {
    least: f64,
    most: f64,
}

impl Range {
    /// `None` under another criterion, over another field than floating point, and where it is not finite.
    fn of<F: Solvable>(mdp: &Mdp<F>) -> Option<Range> {
        let is_plain = TypeId::of::<F>() == TypeId::of::<f64>();
        if !is_plain || !matches!(mdp.criterion(), Criterion::Discounted { .. }) {
            return None;
        }
        // r of a pair is rounded, and may be a sum over its outcomes; what ends pays 0
        let longest = (0..mdp.pairs()).map(|pair| mdp.outcomes(pair).count());
        let room = 1.0 + (longest.max().unwrap_or(0) + 8) as f64 * UNIT;
        let rest = below_one(mdp);
        let paid = mdp.r().iter().map(F::to_f64);
        let (least, most) = paid.fold((0.0, 0.0), |(least, most), r| {
            (f64::min(least, r), f64::max(most, r))
        });
        let worth = |r: f64| r / rest * room;
        let range = Range {
            least: worth(least),
            most: worth(most),
        };
        (rest > 0.0 && range.width().is_finite()).then_some(range)
    }

    fn width(&self) -> f64 {
        (self.most - self.least) * (1.0 + 2.0 * UNIT)
    }

    fn hold<F: Solvable>(&self, v: &mut F) {
        let held = v.to_f64().clamp(self.least, self.most);
        if held != v.to_f64()
            && let Some(held) = Number::from_f64(held)
        {
            *v = F::from_number(&held);
        }
    }
}
