//! A user's own numbers held against the exact law, and the mistake named.
//!
//! [`gradient`] asks whether a vector is ∇J. If it is not, a dictionary of what people get wrong
//! ([`DICTIONARY`]) is searched: each entry is an exact vector under the model and the policy, so that
//! the answer is not *wrong* but *which mistake*. All explanations that fit equally well are named;
//! where they are several, a model that would tell them apart is.
//!
//! ```
//! use exact_mdp::judge::{self, Precision, Verdict};
//! use exact_mdp::model::Model;
//! use exact_mdp::policy::Policy;
//!
//! let model = Model::load("mdps/two-state.yaml")?;
//! let solved = model.solve(Policy::random(model.space(), 1))?;
//! let mine: Vec<f64> = solved.gradient()?.iter().map(|x| -x).collect();
//! let found = judge::gradient(&solved, &mine, Precision::default())?;
//! assert_eq!(found.verdict, Verdict::Wrong);
//! assert_eq!(found.diagnoses[0].name, "sign");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod apart;
mod bench;
mod cut;
mod elsewhere;
mod families;
mod fit;
mod formula;
mod given;
mod hotelling;
mod layout;
mod make;
mod mistake;
mod psi;
mod rare;
mod recipe;
mod rounding;
mod sample;
mod sample_cut;
mod sample_laws;
mod sample_mistakes;
mod sample_options;
mod sample_search;
mod score_rounding;
mod search;
mod signal;
mod simplex;
mod soft;
mod spread;
mod sums;
mod trajectories;
mod verdict;
mod written;

pub use formula::{Formula, FormulaAxis, LawOf, formula};
pub use given::{Encoding, Given, GivenError, sample as read_sample, sample_of};
pub use mistake::{DICTIONARY, Mistake};
pub use sample::{SampleJudgment, samples};
pub(crate) use sample_laws::ENOUGH;
pub use sample_options::SampleOptions;
pub use search::Diagnosis;
pub use soft::soft_gradient;
pub use spread::{MeanTest, Untested};
pub use sums::{Sample, Unusable};
pub(crate) use trajectories::{BEFORE_RATIOS, WITHOUT_RATIOS};
pub use trajectories::{
    Cell, Claim, Columns, GoodnessOfFit, Held, Impossible, NotRead, Trajectories, Trajectory,
    TrajectoryColumn, TrajectoryJudgment, TrajectoryOptions, trajectories,
};
pub use verdict::Verdict;

use bench::{Bench, Course};
use fit::{Fit, Metric, furthest, largest};
use search::{Level, Search};
use simplex::Tangential;
use verdict::digits;

use crate::error::Error;
use crate::gradient::Route;
use crate::mdp::Mdp;
use crate::solved::Solved;

/// A vector held against ∇J.
#[derive(Clone, Debug)]
pub struct Judgment {
    /// Whether it is ∇J.
    pub verdict: Verdict,
    /// ∇J \[d\].
    pub exact: Vec<f64>,
    /// To how many decimal digits of its largest entry the vector agrees, 0 to 16.
    pub digits: u32,
    /// max |given − exact|, in units of reward per parameter.
    pub largest_difference: f64,
    /// The parameter at which that is.
    pub place: Option<usize>,
    /// The mistakes that explain the vector equally well, best first.
    pub diagnoses: Vec<Diagnosis>,
    /// The mistakes that leave ∇J as it is on this model, so that nobody could see them here.
    pub invisible: Vec<&'static str>,
    /// Whether a number of each state was taken away first, which no policy sees (`simplex`).
    pub tangential: bool,
    /// What was held against the exact numbers: the given ones, or what is left of them.
    pub seen: Vec<f64>,
}

impl Judgment {
    /// A bundled model, other than the one of this name, on which the diagnoses would differ under
    /// the policy `random:1`, where they are several.
    pub fn told_apart_by(&self, model: &str) -> Option<&'static str> {
        apart::told(&self.diagnoses, model)
    }

    /// This judgment where scores have lost so much: what is no further off than that is right, if no mistake explains it and ∇J is
    /// larger.
    fn allowing(mut self, lost: f64) -> Judgment {
        if self.verdict != Verdict::Wrong || self.largest_difference > lost {
            return self;
        }
        if largest(&self.exact) <= 2.0 * lost {
            self.verdict = Verdict::CannotBeTold;
            self.diagnoses.clear();
        } else if self.diagnoses.is_empty() {
            self.verdict = Verdict::Right;
        }
        self
    }
}

/// What is known about a vector beside its entries.
#[derive(Clone, Copy, Debug, Default)]
pub struct Precision {
    /// The unit to which its entries were rounded, relative to the largest: 6e-8 for 32-bit numbers,
    /// half a last digit for numbers that were typed; 0 for 64-bit numbers.
    pub unit: f64,
}

/// Up to this relative difference a vector of 64-bit numbers is ∇J; a choice.
const RIGHT: f64 = 1e-9;
/// Up to this one a vector may be ∇J in 32-bit numbers; a choice.
const SINGLE: f64 = 2e-5;

/// Up to this one 64-bit numbers are what sums in 32 bits leave of ∇J, or quotients of differences; a choice.
const NEARLY: f64 = 5e-6;

/// Up to this one a mistake explains 64-bit numbers, as quotients of differences have it; a choice.
const QUOTIENT: f64 = 1e-7;

/// Whether these are numbers of 32 bits, or of about as many digits.
fn is_single(given: &[f64], unit: f64) -> bool {
    let is_written = (f64::from(f32::EPSILON) / 2.0..=SINGLE).contains(&unit);
    is_written || given.iter().all(|x| f64::from(*x as f32) == *x)
}

/// Up to which relative difference a mistake explains these numbers, where it does not to the last digit:
/// as far as 32 bits go those of 32 bits alone, others as far as they are written.
fn coarse(given: &[f64], unit: f64) -> f64 {
    if is_single(given, unit) {
        SINGLE / 2.0
    } else {
        QUOTIENT
    }
}

/// Up to which relative difference these numbers are the exact ones, if nothing explains them better.
fn nearly(given: &[f64], unit: f64) -> f64 {
    let most = if is_single(given, unit) {
        SINGLE
    } else {
        NEARLY
    };
    most.max(unit)
}

/// Is this vector \[d\] the gradient of J? If not, which mistake explains it?
///
/// # Errors
/// [`Error::NotDifferentiable`] or [`Error::GainJumps`] where J has no gradient, [`Error::GradientOverflow`],
/// [`Error::Factor`], and [`Error::Length`] where the vector has not d entries.
pub fn gradient(solved: &Solved, given: &[f64], precision: Precision) -> Result<Judgment, Error> {
    let found = solved.gradient_by(&[Route::Adjoint])?;
    Error::check_length("gradient", solved.policy().parameters(), given.len())?;
    let rounding = match found.disagreement.tolerance {
        x if x.is_finite() => x,
        _ => 0.0,
    };
    let rounding = rounding.max(0.1 * cancelled(solved));
    let bench = Bench::new(solved);
    let exact = found.gradient;
    let along = Tangential::of_vector(solved.policy(), given);
    if let Some((along, precision)) = tangential(along, given, precision) {
        let judgment = held(&bench, exact, &along, precision, rounding);
        return Ok(Judgment {
            tangential: true,
            ..judgment
        });
    }
    let judgment = held(&bench, exact, given, precision, rounding);
    Ok(judgment.allowing(largest(&score_rounding::of_rows(solved, solved, 1.0))))
}

/// Numbers without what no policy sees in place of the given ones, and how exactly they are known; `None` also where that
/// changes no more than rounding.
fn tangential(
    along: Option<Tangential>,
    given: &[f64],
    precision: Precision,
) -> Option<(Vec<f64>, Precision)> {
    let Tangential { numbers, rounding } = along?;
    (furthest(given, &numbers).0 > RIGHT * largest(given)).then_some(())?;
    // a difference of 32-bit numbers is one of 64
    let single = is_single(given, precision.unit).then_some(f64::from(f32::EPSILON));
    let unit = rounding * precision.unit.max(single.unwrap_or(0.0));
    // what is small beside what was taken away has fewer digits
    let unit = unit * largest(given) / largest(&numbers).max(f64::MIN_POSITIVE);
    Some((numbers, Precision { unit }))
}

/// What is left of rewards of this model that cancel in every sum Σ p r, at most: a few roundings of Σ p |r|; a choice.
fn left_of_rewards(mdp: &Mdp) -> f64 {
    let size = |pair: usize| -> f64 {
        let outcomes = mdp.outcomes(pair);
        outcomes.map(|o| o.probability * o.reward.abs()).sum()
    };
    let most = (0..mdp.pairs()).map(size).fold(0.0, f64::max);
    8.0 * f64::EPSILON * most
}

/// What is left of ∇J where all advantages are no more than that; 0 elsewhere.
fn cancelled(solved: &Solved) -> f64 {
    let left = left_of_rewards(solved.mdp());
    if largest(solved.advantage()) <= left {
        left * largest(solved.occupancy()).max(1.0)
    } else {
        0.0
    }
}

fn held(
    bench: &Bench,
    exact: Vec<f64>,
    given: &[f64],
    precision: Precision,
    rounding: f64,
) -> Judgment {
    let (most, place) = furthest(given, &exact);
    // where ∇J is 0, what rounding leaves of it is no size to compare with
    let noise = 10.0 * rounding;
    let size = largest(&exact).max(noise);
    let apart = match size {
        _ if most <= noise => 0.0,
        0.0 => f64::INFINITY,
        size => most / size,
    };
    let fit = Fit {
        given,
        size: if largest(given) > 0.0 {
            largest(given)
        } else {
            size
        },
        tolerance: RIGHT,
        metric: Metric::Entries,
    };
    let mut search = Search::new(bench, &exact, fit);
    let is_blind = apart <= RIGHT && largest(&exact) <= noise && search.sees_nothing(noise);
    let unit = precision.unit;
    let near = nearly(given, unit);
    let (verdict, diagnoses) = told(apart, (near, unit), is_blind, |within| match within {
        Some(tolerance) => search.run(Level::Single, tolerance),
        None => named(bench, &mut search, given, unit),
    });
    let invisible = search.invisible();
    drop(search);
    Judgment {
        verdict,
        digits: digits(apart),
        largest_difference: most,
        place: (most > 0.0).then_some(place),
        diagnoses,
        invisible,
        tangential: false,
        seen: given.to_vec(),
        exact,
    }
}

/// The verdict on numbers that are so far apart from the exact ones, where up to `near` the rounding of numbers of
/// this unit may be the reason, and what explains them: `search` looks for mistakes within a tolerance, or for any.
fn told(
    apart: f64,
    (near, unit): (f64, f64),
    is_blind: bool,
    mut search: impl FnMut(Option<f64>) -> Vec<Diagnosis>,
) -> (Verdict, Vec<Diagnosis>) {
    if is_blind {
        return (Verdict::CannotBeTold, Vec::new());
    }
    if apart <= RIGHT {
        return (Verdict::Right, Vec::new());
    }
    if apart <= near {
        // a mistake that is as small as that must fit far better than the exact numbers do
        return match search(Some((1e-3 * apart).max(1e-12))) {
            found if !found.is_empty() => (Verdict::Wrong, found),
            _ if apart <= unit => (Verdict::Right, Vec::new()),
            _ => (Verdict::Right, vec![single_precision(apart)]),
        };
    }
    (Verdict::Wrong, search(None))
}

/// Searched as sharply as 64-bit numbers allow, then as 32-bit numbers, then as they are written.
fn named(bench: &Bench, search: &mut Search, given: &[f64], unit: f64) -> Vec<Diagnosis> {
    let most = match bench.course {
        _ if bench.is_long() => Level::PairOrScale,
        // numbers by time, each of which every recipe makes anew; a choice
        Course::Horizon(steps) if steps.saturating_mul(bench.mdp.pairs()) > 200_000 => {
            Level::Single
        }
        // a choice
        _ if bench.mdp.states() > 3_000 => Level::Single,
        _ => Level::ScaledPair,
    };
    // coarse numbers fit by chance where there is little that they must agree in
    let most_coarse = match families::freedom(bench) {
        0 | 1 => Level::Single,
        2 | 3 => Level::PairOrScale,
        _ => Level::ScaledPair,
    };
    let mut tries = vec![(RIGHT, most), (coarse(given, unit), most_coarse.min(most))];
    tries.extend(
        (unit > SINGLE).then_some((unit, Level::Single.max(most_coarse.min(Level::PairOrScale)))),
    );
    let mut found = tries
        .into_iter()
        .map(|(tolerance, most)| search.run(most, tolerance));
    found.find(|found| !found.is_empty()).unwrap_or_default()
}

fn single_precision(apart: f64) -> Diagnosis {
    explained("float32", apart)
}

/// An entry of the dictionary that explains what is given as it is.
fn explained(name: &str, residual: f64) -> Diagnosis {
    Diagnosis {
        name: name.to_string(),
        scale: 1.0,
        residual,
        says: mistake::says(name).to_string(),
    }
}
