//! The objects on the way to ∇J, each held against its exact value and its own dictionary.
//!
//! A mistake is made by computing the object of another model (another discount, horizon, start),
//! of another policy, or by another formula of the same solved policy; each is an exact array, and
//! an array of a user is compared with all of them, up to a sign or a factor where none is equal.

mod around;
mod at_once;
mod law;
mod matrices;
mod name;
mod page;
mod values;

pub use law::LawOf;
pub use name::{Formula, FormulaAxis};

use self::around::Around;
use self::page::Page;
use super::fit::largest;
use super::simplex::{Simplices, Tangential};
use super::{Judgment, Precision, explained, left_of_rewards, tangential};
use crate::error::Error;
use crate::policy::Policy;
use crate::solved::Solved;

/// Is this array, row by row, what the formula says? If not, which mistake explains it?
///
/// Under a rule for each time, on the model unrolled in time, an array with the numbers of one time is
/// held against those of t = 0, and an occupancy against its sum over time: what
/// [`Evaluation::in_time`](crate::evaluation::Evaluation::in_time) has.
///
/// # Errors
/// As what computes it ([`Solved::jacobian`], [`Solved::hessian`], [`Solved::fisher`], …), and
/// [`Error::Length`] where the array is of another size.
pub fn formula(
    solved: &Solved,
    formula: Formula,
    law: &LawOf,
    given: &[f64],
    precision: Precision,
) -> Result<Judgment, Error> {
    let at = Around::new(solved);
    let page = match formula {
        Formula::V => values::v(&at),
        Formula::Q => values::q(&at),
        Formula::Advantage => values::advantage(&at),
        Formula::Occupancy => values::occupancy(&at),
        Formula::PairOccupancy => values::pair_occupancy(&at),
        Formula::Jacobian => matrices::jacobian(&at)?,
        Formula::Hessian => matrices::hessian(&at)?,
        // a matrix of nothing has no inverse, and no factors
        Formula::Fisher | Formula::Natural if solved.policy().parameters() == 0 => {
            Page::of(Vec::new())
        }
        Formula::Fisher => matrices::fisher(&at)?,
        Formula::Natural => matrices::natural(&at)?,
        Formula::Mean => law::mean(solved, law)?,
        Formula::Covariance => law::covariance(solved, law)?,
    };
    let page = page.at_once(formula, solved.mdp().space(), given.len());
    Error::check_length(formula.name(), page.exact.len(), given.len())?;
    let noise = match formula {
        Formula::V | Formula::Q | Formula::Advantage => left_of_rewards(solved.mdp()),
        _ => 0.0,
    };
    let (policy, known) = (solved.policy(), (precision, noise));
    let mut judgment = judged(formula, policy, page.clone(), given, known);
    if judgment.verdict.is_good() {
        return Ok(judgment);
    }
    let turned = swapped(formula, policy, given).into_iter();
    let mut turned = turned.map(|rows| judged(formula, policy, page.clone(), &rows, known));
    if let Some(turned) = turned.find(|turned| turned.verdict.is_good()) {
        let size = largest(&turned.exact).max(f64::MIN_POSITIVE);
        let others = &mut judgment.diagnoses;
        others.retain(|one| one.name != "permuted" && one.scale == 1.0);
        others.insert(0, explained(SWAPPED, turned.largest_difference / size));
    }
    Ok(judgment)
}

/// The parameters before the states, in place of row by row \[S, d\].
const SWAPPED: &str = "axes-swapped";

/// A matrix of states and parameters whose axes may stand in the other order, in that of the formula: of all states, and of those
/// that are not terminal, where the others were left out.
fn swapped(formula: Formula, policy: &Policy, given: &[f64]) -> Vec<Vec<f64>> {
    let (d, space) = (policy.parameters(), policy.space());
    let is_of_both = formula.axes() == (FormulaAxis::State, Some(FormulaAxis::Parameter));
    if !is_of_both || given.is_empty() || given.len() != space.states() * d {
        return Vec::new();
    }
    let turned = |states: &[usize]| {
        let came: Vec<f64> = states
            .iter()
            .flat_map(|s| &given[s * d..(s + 1) * d])
            .copied()
            .collect();
        let mut rows = vec![0.0; given.len()];
        for (row, s) in states.iter().enumerate() {
            for k in 0..d {
                rows[s * d + k] = came[k * states.len() + row];
            }
        }
        rows
    };
    let all: Vec<usize> = (0..space.states()).collect();
    let alive: Vec<usize> = all
        .iter()
        .copied()
        .filter(|s| !space.is_terminal(*s))
        .collect();
    [&all, &alive].map(|states| turned(states)).into()
}

/// An array against a page, without what no policy on simplices sees.
fn judged(
    formula: Formula,
    policy: &Policy,
    page: Page,
    given: &[f64],
    (precision, noise): (Precision, f64),
) -> Judgment {
    let along = along_simplices(formula, policy, given);
    let Some((along, known)) = tangential(along, given, precision) else {
        return page.held(given, precision, noise);
    };
    let seen = page.clone().held(&along, known, noise);
    if !seen.verdict.is_good() {
        // what a mistake makes need not be along the simplex
        let whole = page.held(given, precision, noise);
        if seen.diagnoses.is_empty() || !whole.diagnoses.is_empty() {
            return whole;
        }
    }
    Judgment {
        tangential: true,
        ..seen
    }
}

/// Derivatives, and what is made of scores, less the mean of each law whose probabilities are parameters, on each axis
/// of parameters; `None` elsewhere, and of F⁺∇J, of which F with the constants makes another vector.
fn along_simplices(formula: Formula, policy: &Policy, given: &[f64]) -> Option<Tangential> {
    let d = policy.parameters();
    let simplices = Simplices::of(policy)?;
    let by_row = |array: &[f64]| -> Vec<f64> {
        let rows = array.chunks(d.max(1)).map(|row| simplices.along(row));
        rows.collect::<Vec<_>>().concat()
    };
    let rounding = simplices.rounding();
    match formula.axes() {
        _ if d == 0 || !given.len().is_multiple_of(d) || formula == Formula::Natural => None,
        (FormulaAxis::Parameter, None) | (FormulaAxis::State, Some(_)) => Some(Tangential {
            numbers: by_row(given),
            rounding,
        }),
        (FormulaAxis::Parameter, Some(_)) => {
            let transposed = |x: &[f64]| -> Vec<f64> {
                let entry = |at: usize| x[(at % d) * d + at / d];
                (0..d * d).map(entry).collect()
            };
            let once = by_row(given);
            Some(Tangential {
                numbers: transposed(&by_row(&transposed(&once))),
                rounding: rounding * rounding,
            })
        }
        _ => None,
    }
}
