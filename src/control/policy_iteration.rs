//! Policy iteration (Howard 1960): evaluate exactly, improve where it certainly helps.
//!
//! A state changes its action only where q(s, a) − v(s) exceeds what rounding may have done to it;
//! otherwise two actions that tie could take turns for ever. Every policy is then better than the
//! one before in some state and worse in none, so none returns, and the number of iterations is
//! finite (theory, 7.2; Ye 2011). Over an exact field any improvement counts. Near γ = 1 what is
//! certain is not much; see [`iterate`] for what follows then.

use super::certificate::Certificate;
use super::improvement::{End, Run, Trust};
use super::proper::Problem;
use super::{ControlOptions, ControlStop, Found};
use crate::error::Error;
use crate::linalg::Solvable;

/// Policy iteration from the problem's start.
///
/// The bound on an evaluation's error grows with 1/(1 − γ) and can hide what an action really
/// gains. So where nothing is certain any more, the values are taken at their word, up to the
/// rounding of each q, until a policy returns; the smaller certified bound then decides. Gains are then taken from
/// differences of values with digits of their own, which neither γ close to 1 nor long episodes hide.
///
/// Errors with [`Error::Unbounded`] if an improvement stops a policy at γ = 1 from terminating:
/// then the reward of going round and round is positive. Errors if a system was not solved.
pub fn iterate<F: Solvable>(
    problem: &Problem<'_, F>,
    options: &ControlOptions,
) -> Result<Found<F>, Error> {
    let mdp = &*problem.mdp;
    let mut run = Run::new(mdp, options);
    let certain = run.improve(problem.start.clone(), Trust::Bound)?;
    let Some(likely) = certain.likely.clone() else {
        return Ok(run.found(certain));
    };
    let bound = |end: &End<F>| {
        let certificate = Certificate::new(mdp, &end.v, &end.rule, &options.solver);
        certificate.error_bound.unwrap_or(f64::INFINITY)
    };
    let better = |likely: &End<F>| match (bound(likely), bound(&certain)) {
        // no bound decides: what the two policies are worth does
        (f64::INFINITY, f64::INFINITY) => exceeds(&likely.v, &certain.v),
        (likely, certain) => likely < certain,
    };
    match run.improve(likely, Trust::Values) {
        Ok(likely) if better(&likely) => Ok(run.found(likely)),
        _ => Ok(run.found(End {
            stop: ControlStop::Precision,
            ..certain
        })),
    }
}

/// Whether values are larger somewhere by more than they are smaller anywhere.
fn exceeds<F: Solvable>(x: &[F], y: &[F]) -> bool {
    let rises = x.iter().zip(y).map(|(x, y)| (x.clone() - y).to_f64());
    let (most, least) = rises.fold((0.0, 0.0), |(most, least), rise| {
        (f64::max(most, rise), f64::min(least, rise))
    });
    most > -least
}
