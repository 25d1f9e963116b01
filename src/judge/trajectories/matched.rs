//! Whether the numbers of a user are those of a candidate, and if of none which mistake made them.

use super::noise::{Noise, apart};
use super::rows::{factor_within, times};
use super::written::{Own, Within};
use crate::judge::mistake::short;
use crate::judge::search::Diagnosis;
use crate::judge::{RIGHT, Verdict, digits, explained, mistake};

/// Numbers of a user that were held against exact ones.
#[derive(Clone, Debug)]
pub struct Held {
    /// `psi`, `contributions`, `estimate` or `log_probabilities`.
    pub of: &'static str,
    /// The estimator whose numbers they are said to be.
    pub named: Option<String>,
    /// Whether they are.
    pub verdict: Verdict,
    /// Whose they are: estimators, and forms that libraries compute on purpose.
    pub matches: Vec<String>,
    /// Whether they are sums, or the mean, of estimators alone that drop γᵗ and whose mean is not ∇J.
    pub biased: bool,
    /// To how many digits, and max |given − exact|, of the one that is named or nearest.
    pub digits: u32,
    /// max |given − exact|.
    pub largest_difference: f64,
    /// The trajectory, and the step or the parameter, at which that is; of an estimate only this.
    pub place: Vec<usize>,
    /// What explains them otherwise.
    pub diagnoses: Vec<Diagnosis>,
    /// Whether a λ, n or b that makes them was sought as well.
    pub numbers_sought: bool,
}

impl Held {
    /// These, a number that makes them having been sought or not.
    pub(super) fn sought(self, numbers_sought: bool) -> Held {
        Held {
            numbers_sought,
            ..self
        }
    }

    /// Leaves it open whose numbers these are, if no estimator is named and a number of its own could make them of one direction,
    /// of which every number is a multiple.
    pub(super) fn of_one_direction(mut self, is_one: bool) -> Held {
        let is_multiple = self.diagnoses.iter().all(|one| one.name == "scale");
        if is_one && self.named.is_none() && self.verdict == Verdict::Wrong && is_multiple {
            self.verdict = Verdict::CannotBeTold;
            self.diagnoses.clear();
        }
        self
    }

    /// Leaves it open whose numbers these are, if they are of none of the estimators that could be computed.
    pub(super) fn open(&mut self) {
        let is_nobodys = self.matches.is_empty() && self.diagnoses.is_empty();
        if self.named.is_none() && is_nobodys {
            self.verdict = Verdict::CannotBeTold;
        }
    }
}

/// Numbers that the given ones could be.
pub(super) struct Candidate<'a> {
    pub name: String,
    pub rows: std::borrow::Cow<'a, [Vec<f64>]>,
}

/// An entry of the dictionary that explains trajectories as they are.
pub(super) fn diagnosis(name: &str) -> Diagnosis {
    explained(name, 0.0)
}

/// What explains trajectories as they are, in words of its own.
pub(super) fn named(name: &str, says: String) -> Diagnosis {
    Diagnosis {
        name: name.to_string(),
        scale: 1.0,
        residual: 0.0,
        says,
    }
}

/// What a mistake must leave of the difference from the right numbers to explain some that are nearly right; a choice, as in
/// the judgment of a gradient.
const CLOSER: f64 = 1e-3;

/// What a free factor must leave of it to be more than the rounding that it fits; a choice.
const SCALED: f64 = 0.25;

/// The given numbers against the right ones, and if none of these fits against the wrong ones; of numbers with a few
/// digits only where nothing fits more closely.
pub(super) fn held(
    of: (&'static str, Option<String>),
    given: Own,
    right: &[Candidate],
    mistakes: &[(Diagnosis, Vec<Vec<f64>>)],
    noise: Noise,
) -> Held {
    let Within { written, .. } = given.within;
    let exactly = Within {
        written: 0.0,
        ..given.within
    };
    let close = held_within(of.clone(), given, right, mistakes, (noise, exactly));
    // a factor may be the rounding itself
    let is_vague = close.diagnoses.iter().all(|one| one.name == "scale");
    if close.verdict != Verdict::Wrong || written == 0.0 || !is_vague {
        return close;
    }
    let coarse = held_within(of, given, right, mistakes, (noise, given.within));
    if coarse.verdict == Verdict::Wrong && !close.diagnoses.is_empty() {
        return close;
    }
    coarse
}

fn held_within(
    (of, named): (&'static str, Option<String>),
    own: Own,
    right: &[Candidate],
    mistakes: &[(Diagnosis, Vec<Vec<f64>>)],
    (noise, within): (Noise, Within),
) -> Held {
    let given = own.rows;
    let mut best = (f64::INFINITY, f64::INFINITY, Vec::new());
    let mut matches = Vec::new();
    let mut vacuous = false;
    for candidate in right {
        let found = noise.apart(given, &candidate.rows);
        if within.holds(found.0, found.1) {
            if !matches.contains(&candidate.name) {
                matches.push(candidate.name.clone());
            }
            vacuous |= noise.is_all_of(&candidate.rows);
        }
        if found.0 < best.0 {
            best = found;
        }
    }
    let mut diagnoses = Vec::new();
    if matches.is_empty() {
        diagnoses = mistaken(given, right, mistakes, within);
    } else if best.0 > RIGHT && best.1 > own.within.written {
        let closer = Within {
            close: CLOSER * best.0,
            written: 0.0,
        };
        diagnoses = explaining(given, mistakes, closer);
        if diagnoses.is_empty() {
            let residual = best.0;
            diagnoses.push(Diagnosis {
                residual,
                ..diagnosis("float32")
            });
        } else {
            matches.clear();
        }
    }
    Held {
        of,
        named,
        verdict: match (matches.is_empty(), vacuous) {
            (true, _) => Verdict::Wrong,
            (false, true) => Verdict::CannotBeTold,
            (false, false) => Verdict::Right,
        },
        matches,
        biased: false,
        digits: digits(best.0),
        largest_difference: best.1,
        place: best.2,
        diagnoses,
        numbers_sought: false,
    }
}

/// The mistakes that make the given numbers, of either sign.
fn explaining(
    given: &[Vec<f64>],
    mistakes: &[(Diagnosis, Vec<Vec<f64>>)],
    within: Within,
) -> Vec<Diagnosis> {
    let mut diagnoses: Vec<Diagnosis> = Vec::new();
    for (explained, rows) in mistakes {
        for scale in [1.0, -1.0] {
            let scaled: Vec<Vec<f64>> = given
                .iter()
                .map(|row| row.iter().map(|x| scale * x).collect())
                .collect();
            let (residual, most, _) = apart(&scaled, rows);
            if scale < 0.0 && explained.name.starts_with("sign") {
                continue; // the sign of a sign is none
            }
            let name = if scale < 0.0 {
                format!("sign+{}", explained.name)
            } else {
                explained.name.clone()
            };
            if within.holds(residual, most) && diagnoses.iter().all(|x| x.name != name) {
                diagnoses.push(Diagnosis {
                    name,
                    residual,
                    ..explained.clone()
                });
            }
        }
    }
    diagnoses
}

/// What explains numbers which no candidate explains, simple mistakes first.
fn mistaken(
    given: &[Vec<f64>],
    right: &[Candidate],
    mistakes: &[(Diagnosis, Vec<Vec<f64>>)],
    within: Within,
) -> Vec<Diagnosis> {
    let mut diagnoses = explaining(given, mistakes, within);
    // a factor says nothing new where one mistake explains all as it is
    let explained = !diagnoses.is_empty();
    for found in right.iter().filter_map(|one| scaled(given, one, within)) {
        let known = |x: &Diagnosis| x.name == found.name;
        let is_scale = found.name == "scale";
        if !(is_scale && explained || found.name == "sign" && diagnoses.iter().any(known)) {
            diagnoses.push(found);
        }
    }
    if given.iter().flatten().all(|x| *x == 0.0) {
        diagnoses.push(diagnosis("zero"));
    }
    // one factor says that there is one
    let mut scales = 0;
    diagnoses.retain(|x| {
        scales += usize::from(x.name == "scale");
        x.name != "scale" || scales == 1
    });
    // a factor is a free number, of which nothing is to be said where something fits without one
    if diagnoses.iter().any(|x| x.name != "scale") {
        diagnoses.retain(|x| x.name != "scale");
    }
    diagnoses.sort_by_key(|x| (x.name.matches('+').count(), x.name == "scale"));
    diagnoses
}

/// The factor, as a diagnosis, that makes a candidate of the numbers.
fn scaled(given: &[Vec<f64>], candidate: &Candidate, within: Within) -> Option<Diagnosis> {
    let pairs = || given.iter().flatten().zip(candidate.rows.iter().flatten());
    let product: f64 = pairs().map(|(x, y)| x * y).sum();
    let square: f64 = pairs().map(|(_, y)| y * y).sum();
    // of numbers of a few digits the factor that fits best need not be one that fits all of them
    let coarse = (within.written > 0.0)
        .then(|| factor_within(given, &candidate.rows, within.written))
        .flatten();
    let scale = coarse.unwrap_or(product / square);
    if !scale.is_finite() || scale == 0.0 || pairs().count() < 2 {
        return None;
    }
    let apart_by = |scale: f64| apart(given, &times(&candidate.rows, scale));
    let (residual, most, _) = apart_by(scale);
    let (opposite, furthest, _) = apart_by(-1.0);
    // of numbers of a few digits no more is known than that −1 fits as well
    let is_opposite = (scale + 1.0).abs() < 1e-6 || scale < 0.0 && within.holds(opposite, furthest);
    let (name, says) = if is_opposite {
        ("sign", mistake::says("sign").to_string())
    } else {
        // no more is known: of what this is a multiple, ∇J is not a multiple in its turn
        let says = format!("these are {} times the right numbers", short(scale));
        ("scale", says)
    };
    let is_rounding = coarse.is_none() && residual > SCALED * apart_by(1.0).0;
    (within.holds(residual, most) && !is_rounding).then(|| Diagnosis {
        scale,
        residual,
        says: format!("{says} (of {})", candidate.name),
        ..diagnosis(name)
    })
}
