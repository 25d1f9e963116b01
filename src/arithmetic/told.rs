//! Optima of which floating point is certain of nothing: found in fractions, or refused.
//!
//! Which of two actions is better may hang on an exit of 10⁻⁴⁰ beside values of 10⁴⁰: no sum of two `f64` holds
//! the difference. No bound is certified then, and what policy iteration ends in may be any policy's values. The model
//! as written knows better.

use dashu_base::BitTest;

use super::loops::Potential;
use crate::control::{self, ControlMethod, ControlOptions, ControlStop, Optimum};
use crate::error::Error;
use crate::field::Field;
use crate::mdp::{Criterion, Mdp};
use crate::model::Model;
use crate::number::{Number, Rational};

/// States that act, pairs, and bits of a literal's numerator and denominator, of a model that is solved in fractions
/// unasked: some seconds at most (32 states, 128 pairs, literals of 300 digits: 3 s).
const STATES: usize = 32;
const PAIRS: usize = 128;
const BITS: usize = 1300;

/// A bound above this part of the largest value says nothing; a choice.
const USELESS: f64 = 1e-3;

/// The optimum of a model, which `mdp` is in floating point.
///
/// Errors with [`Error::NoProperPolicy`] and [`Error::Unbounded`] where there is no optimum, with [`Error::Criterion`] for
/// an entropy that the criterion does not have, where values overflow, and with [`Error::Uncertain`] where nothing could be certified and the model is too
/// large for fractions.
pub(super) fn optimum(
    model: &Model,
    mdp: &Mdp,
    options: &ControlOptions,
) -> Result<Optimum, Error> {
    let found = control::solve(mdp, options);
    let is_free = matches!(
        options.method,
        ControlMethod::Auto | ControlMethod::PolicyIteration
    );
    if options.entropy.is_some() || is_told(mdp, &found) {
        return found;
    }
    if is_free && !options.trace && is_small(model) {
        // rows that do not sum to 1 have no optimum in fractions
        if let Ok(exact) = model.exact_mdp() {
            return rounded(control::exactly(&exact, options)?);
        }
    }
    if *mdp.criterion() == Criterion::Total
        && let Ok(near) = &found
        && let Some(optimum) = without_loops(model, mdp, near, options)
    {
        return Ok(optimum);
    }
    let is_bounded = found.as_ref().is_ok_and(|o| o.error_bound.is_some());
    match found {
        Ok(_) if !is_bounded && *mdp.criterion() != Criterion::Average => Err(Error::Uncertain {
            quantity: "the optimal values",
        }),
        found => found,
    }
}

/// The optimum by way of the model whose loops that cost nothing are loops of zeros, from values near it; `None` where no
/// such loop was in the way.
fn without_loops(
    model: &Model,
    mdp: &Mdp,
    near: &Optimum,
    options: &ControlOptions,
) -> Option<Optimum> {
    let potential = Potential::of(model, mdp, near)?;
    let shaped = potential.shaped(model, mdp)?;
    let found = control::solve(&shaped, options);
    if !is_told(&shaped, &found) {
        return None;
    }
    let optimum = found.ok()?;
    optimum.error_bound?;
    Some(potential.restored(mdp, optimum))
}

/// Whether a bound says something about what was found, or an error is none of rounding.
fn is_told(mdp: &Mdp, found: &Result<Optimum, Error>) -> bool {
    // a recursion backward is bounded as it goes, and its fractions grow with every step
    if matches!(mdp.criterion(), Criterion::FiniteHorizon { .. }) {
        return true;
    }
    match found {
        Ok(optimum) => {
            let values = optimum.gain.as_ref().unwrap_or(&optimum.v);
            let size = values.iter().fold(0.0, |size: f64, v| size.max(v.abs()));
            let is_useful = |bound: f64| bound == 0.0 || bound <= USELESS * size;
            optimum.stop == ControlStop::Iterations || optimum.error_bound.is_some_and(is_useful)
        }
        Err(error) => !matches!(
            error,
            Error::Overflow { .. } | Error::Drowned { .. } | Error::Factor(_)
        ),
    }
}

/// Whether the optimum in fractions takes no longer than anybody waits unasked.
fn is_small(model: &Model) -> bool {
    let (space, table) = (model.space(), model.outcomes());
    let is_short = |x: &Number| {
        let x = x.to_rational();
        x.numerator().bit_len() <= BITS && x.denominator().bit_len() <= BITS
    };
    space.alive_before(space.states()) <= STATES
        && space.pairs() <= PAIRS
        && (0..table.pairs())
            .flat_map(|pair| table.of(pair))
            .all(|outcome| is_short(outcome.probability) && is_short(outcome.reward))
}

/// An optimum in fractions, each number rounded once. Errors with [`Error::Overflow`].
fn rounded(exact: Optimum<Rational>) -> Result<Optimum, Error> {
    let all = |x: &[Rational]| x.iter().map(Field::to_f64).collect::<Vec<f64>>();
    let (v, q) = (all(&exact.v), all(&exact.q));
    let gain = exact.gain.as_deref().map(all);
    let j = Field::to_f64(&exact.j);
    let finite = |x: &[f64]| x.iter().all(|x| x.is_finite());
    if ![v.as_slice(), &q, gain.as_deref().unwrap_or_default(), &[j]]
        .into_iter()
        .all(finite)
    {
        return Err(Error::Overflow {
            quantity: "an optimal value",
        });
    }
    let bounded = match (&exact.gain, &gain) {
        (Some(exact), Some(gain)) => furthest(exact, gain),
        _ => furthest(&exact.v, &v),
    };
    Ok(Optimum {
        v,
        q,
        gain,
        j,
        policy: exact.policy.map(Field::to_f64),
        greedy: exact.greedy,
        iterations: exact.iterations,
        error_bound: Some(bounded),
        method: exact.method,
        stop: exact.stop,
        undefined: exact.undefined,
        by_time: None,
        error_bounds: None,
        dual: None,
        trace: Vec::new(),
    })
}

/// The largest difference, rounded up.
fn furthest(exact: &[Rational], rounded: &[f64]) -> f64 {
    let apart = exact.iter().zip(rounded).map(|(x, y)| {
        let y = Number::from_f64(*y).map_or(Rational::ZERO, |y| y.to_rational());
        let apart = Field::abs(&(x.clone() - y));
        if apart == Rational::ZERO {
            return 0.0;
        }
        (Field::to_f64(&apart) * (1.0 + 2.0 * f64::EPSILON)).max(f64::MIN_POSITIVE)
    });
    apart.fold(0.0, f64::max)
}
