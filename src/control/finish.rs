//! What a method found as an optimum of the model, certified.

use super::certificate::Certificate;
use super::proper::Problem;
use super::rule;
use super::{ControlOptions, ControlStop, Found, Optimum, endless};
use crate::error::Error;
use crate::evaluation::q_of;
use crate::field::dot;
use crate::linalg::Solvable;
use crate::mdp::{Criterion, Mdp};

/// A certified error above this part of the largest value says nothing about what is optimal; a choice.
const USELESS: f64 = 1e-3;

/// Certifies what was found, if the method did not, and carries it back from the problem to the
/// model.
pub(super) fn finish<F: Solvable>(
    mdp: &Mdp<F>,
    problem: Problem<'_, F>,
    found: Found<F>,
    options: &ControlOptions,
) -> Result<Optimum<F>, Error> {
    let kept = |pair: usize| problem.kept.as_ref().map_or(pair, |kept| kept[pair]);
    let total = *mdp.criterion() == Criterion::Total;
    let rule = found.rule;
    let (q, error_bound, by_state, greedy) = match found.certified {
        Some(known) if problem.kept.is_none() => {
            let margin = 2.0 * (mdp.discount().to_f64() * known.error_bound + known.rounding);
            let greedy = rule::tied(mdp.space(), &known.q, margin);
            (known.q, Some(known.error_bound), None, greedy)
        }
        _ => {
            let certificate = Certificate::new(&problem.mdp, &found.v, &rule, &options.solver);
            let optimal = certificate.optimal.iter().map(|&pair| kept(pair));
            let q = q_of(mdp, &found.v);
            let greedy = optimal.collect();
            (q, certificate.error_bound, certificate.by_state, greedy)
        }
    };
    let size = found.v.iter().map(|v| v.to_f64().abs()).fold(0.0, f64::max);
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
        j: dot(mdp.initial(), &found.v),
        v: found.v,
        iterations: found.iterations,
        error_bound,
        error_bounds: by_state,
        method: found.method,
        stop,
        undefined: problem.undefined,
        gain: None,
        by_time: None,
        dual: None,
        trace: found.trace,
    })
}
