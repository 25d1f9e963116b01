//! The objects on the way to ∇J, each held against its exact value and its own dictionary.
//!
//! A mistake is made by computing the object of another model (another discount, horizon, start),
//! of another policy, or by another formula of the same solved policy; each is an exact array, and
//! an array of a user is compared with all of them, up to a sign or a factor where none is equal.

mod at_once;
mod law;
mod matrices;
mod name;
mod values;

use std::sync::Arc;

pub use name::{Formula, FormulaAxis};

use super::fit::{Fit, Metric, furthest, largest};
use super::mistake::short;
use super::search::Diagnosis;
use super::{
    Judgment, Precision, RIGHT, SINGLE, Verdict, coarse, digits, mistake, nearly, single_precision,
};
use crate::error::Error;
use crate::estimator::{Estimator, Sampling};
use crate::mdp::{Criterion, Mdp};
use crate::policy::Policy;
use crate::solved::Solved;

/// Whose law, where the formula belongs to one.
#[derive(Clone, Debug)]
pub struct LawOf {
    /// The estimator.
    pub estimator: Estimator,
    /// How its trajectories end, where that is not the criterion's own way.
    pub sampling: Option<Sampling>,
}

/// An array that a mistake makes.
struct Wrong {
    name: String,
    says: String,
    array: Vec<f64>,
}

/// A line of arrays: the exact one and a multiple of another.
struct Line {
    name: &'static str,
    along: Vec<f64>,
}

/// Entries by the number of a group.
struct Groups {
    name: &'static str,
    of: Vec<usize>,
    /// Whether the entries of one group differ from the exact ones each by a number of its own.
    freely: bool,
    /// The groups that are not right.
    open: Vec<bool>,
}

/// What a factor means: the name and the detail, if it is one that has a meaning.
type Meaning = fn(f64) -> Option<(&'static str, String)>;

/// The exact array of a formula, and what people make of it.
#[derive(Default)]
struct Page {
    exact: Vec<f64>,
    wrong: Vec<Wrong>,
    lines: Vec<Line>,
    /// Groups of entries that may be off by a constant each, and of what may be anything where that is
    /// a mistake of its own.
    groups: Option<Groups>,
    /// What to say of a factor, if it has a meaning.
    factor: Option<Meaning>,
}

impl Page {
    fn of(exact: Vec<f64>) -> Page {
        Page {
            exact,
            ..Page::default()
        }
    }

    fn add(&mut self, name: &str, array: impl Into<Option<Vec<f64>>>) {
        let says = mistake::says(name).to_string();
        self.add_as(name, says, array);
    }

    fn add_as(&mut self, name: &str, says: String, array: impl Into<Option<Vec<f64>>>) {
        let whole = |x: &Vec<f64>| x.len() == self.exact.len() && x.iter().all(|x| x.is_finite());
        if let Some(array) = array.into().filter(whole) {
            let name = name.to_string();
            self.wrong.push(Wrong { name, says, array });
        }
    }
}

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
        Formula::Fisher => matrices::fisher(&at)?,
        Formula::Natural => matrices::natural(&at)?,
        Formula::Mean => law::mean(solved, law)?,
        Formula::Covariance => law::covariance(solved, law)?,
    };
    let page = page.at_once(formula, solved.mdp().space(), given.len());
    Error::check_length(formula.name(), page.exact.len(), given.len())?;
    Ok(page.held(given, precision))
}

impl Page {
    fn held(self, given: &[f64], precision: Precision) -> Judgment {
        let (most, place) = furthest(given, &self.exact);
        let size = largest(&self.exact);
        let apart = match (most, size) {
            (0.0, _) => 0.0,
            (_, 0.0) => f64::INFINITY,
            (most, size) => most / size,
        };
        let (verdict, diagnoses) = if apart <= RIGHT {
            let blind = size == 0.0 && self.wrong.iter().all(|wrong| largest(&wrong.array) == 0.0);
            let blind = blind && !self.wrong.is_empty();
            let verdict = if blind {
                Verdict::CannotBeTold
            } else {
                Verdict::Right
            };
            (verdict, Vec::new())
        } else if apart <= nearly(given, precision.unit) {
            match self.named(given, (1e-3 * apart).max(1e-12), false) {
                found if !found.is_empty() => (Verdict::Wrong, found),
                _ if apart <= precision.unit => (Verdict::Right, Vec::new()),
                _ => (Verdict::Right, vec![single_precision(apart)]),
            }
        } else {
            let mut tries = vec![RIGHT, coarse(given, precision.unit)];
            tries.extend((precision.unit > SINGLE).then_some(precision.unit));
            let mut found = tries
                .into_iter()
                .map(|tolerance| self.named(given, tolerance, true));
            let found = found.find(|found| !found.is_empty());
            (Verdict::Wrong, found.unwrap_or_default())
        };
        let same = |wrong: &Wrong| furthest(&wrong.array, &self.exact).0 <= 1e-9 * size;
        let invisible = self.wrong.iter().filter(|wrong| same(wrong));
        let mut invisible: Vec<&'static str> =
            invisible.filter_map(|w| mistake::known(&w.name)).collect();
        invisible.sort_by_key(|name| mistake::rank(name));
        invisible.dedup();
        Judgment {
            verdict,
            digits: digits(apart),
            largest_difference: most,
            place: (most > 0.0).then_some(place),
            diagnoses,
            invisible,
            exact: self.exact,
        }
    }

    /// What explains the array: as it is; else up to a sign, a factor, or along a line.
    fn named(&self, given: &[f64], tolerance: f64, freely: bool) -> Vec<Diagnosis> {
        let fit = Fit {
            given,
            size: largest(given).max(f64::MIN_POSITIVE),
            tolerance,
            metric: Metric::Entries,
        };
        let mut found: Vec<Diagnosis> = Vec::new();
        if largest(given) == 0.0 {
            found.push(explained("zero", mistake::says("zero"), 1.0, 0.0));
        }
        let size = largest(&self.exact);
        let visible = |wrong: &&Wrong| furthest(&wrong.array, &self.exact).0 > 1e-9 * size;
        let wrong = || self.wrong.iter().filter(visible);
        for wrong in wrong() {
            if let Some(residual) = fit.explains(&wrong.array) {
                found.push(explained(&wrong.name, &wrong.says, 1.0, residual));
            }
        }
        if freely && found.is_empty() {
            self.signed(&fit, &mut found);
        }
        if freely && found.is_empty() {
            let own = wrong().map(|wrong| (wrong.name.as_str(), wrong.says.as_str(), &wrong.array));
            for (name, says, array) in own {
                if let Some((scale, residual)) = fit.explains_up_to_scale(array) {
                    let says = format!("{says}; and all of it is multiplied by {}", short(scale));
                    found.push(explained(name, &says, scale, residual));
                }
            }
            self.along(&fit, &mut found);
        }
        let least = found
            .iter()
            .fold(f64::INFINITY, |least, x| least.min(x.residual));
        found.retain(|x| x.residual <= (4.0 * least).max(1e-11));
        let mut seen = std::collections::HashSet::new();
        found.retain(|x| seen.insert(x.name.clone()));
        found
    }

    /// The exact array or a mistake with the other sign; the exact one up to a factor or permuted.
    fn signed(&self, fit: &Fit, found: &mut Vec<Diagnosis>) {
        let negative = |x: &[f64]| x.iter().map(|x| -x).collect::<Vec<f64>>();
        if let Some(residual) = fit.explains(&negative(&self.exact)) {
            found.push(explained("sign", mistake::says("sign"), 1.0, residual));
            return;
        }
        for wrong in &self.wrong {
            if let Some(residual) = fit.explains(&negative(&wrong.array)) {
                let says = format!("{}; {}", mistake::says("sign"), wrong.says);
                found.push(explained(
                    &format!("sign+{}", wrong.name),
                    &says,
                    1.0,
                    residual,
                ));
            }
        }
        if let Some((scale, residual)) = fit.explains_up_to_scale(&self.exact) {
            let meaning = self.factor.and_then(|factor| factor(scale));
            let (name, detail) = meaning.unwrap_or((
                "scale",
                format!("it is {} times the exact one", short(scale)),
            ));
            let says = format!("{}; {detail}", mistake::says(name));
            found.push(explained(name, &says, scale, residual));
        }
        let mut entries = [fit.given.to_vec(), self.exact.clone()];
        entries.iter_mut().for_each(|x| x.sort_by(f64::total_cmp));
        let [given, exact] = entries;
        let apart = furthest(&given, &exact).0 / fit.size;
        if found.is_empty() && apart <= fit.tolerance {
            found.push(explained("permuted", mistake::says("permuted"), 1.0, apart));
        }
    }

    fn along(&self, fit: &Fit, found: &mut Vec<Diagnosis>) {
        if let Some(residual) = self
            .groups
            .as_ref()
            .and_then(|x| x.residual(fit, &self.exact))
        {
            let name = self.groups.as_ref().map_or("", |groups| groups.name);
            found.push(explained(name, mistake::says(name), 1.0, residual));
        }
        for line in &self.lines {
            if let Some((factor, residual)) = fit.explains_along(&self.exact, &line.along) {
                let says = format!(
                    "{}; the number is {}",
                    mistake::says(line.name),
                    short(factor)
                );
                found.push(explained(line.name, &says, 1.0, residual));
            }
        }
    }
}

impl Groups {
    /// What is left of given less exact when each open group has its own mean, or is left out.
    fn residual(&self, fit: &Fit, exact: &[f64]) -> Option<f64> {
        let off: Vec<f64> = fit.given.iter().zip(exact).map(|(x, y)| x - y).collect();
        let mut sums = vec![(0.0, 0.0); self.open.len()];
        for (x, &group) in off.iter().zip(&self.of) {
            sums[group] = (sums[group].0 + x, sums[group].1 + 1.0);
        }
        let left =
            off.iter()
                .zip(&self.of)
                .map(|(x, &group)| match (self.open[group], self.freely) {
                    (true, true) => 0.0,
                    (true, false) => (x - sums[group].0 / sums[group].1).abs(),
                    (false, _) => x.abs(),
                });
        let residual = left.fold(0.0, f64::max) / fit.size;
        (residual <= fit.tolerance).then_some(residual)
    }
}

fn explained(name: &str, says: &str, scale: f64, residual: f64) -> Diagnosis {
    Diagnosis {
        name: name.to_string(),
        scale,
        residual,
        says: says.to_string(),
    }
}

/// A solved policy, and the same under what people put in its place.
struct Around<'a> {
    at: &'a Solved,
    /// Another discount or horizon, or all actions alike, by name.
    others: Vec<(&'static str, Solved)>,
}

impl<'a> Around<'a> {
    fn new(at: &'a Solved) -> Around<'a> {
        let mut others = Vec::new();
        for (name, criterion) in criteria(at.mdp()) {
            let mdp = at.mdp().as_ref().clone().under(criterion);
            others.extend(again(at, mdp).map(|solved| (name, solved)));
        }
        let uniform = Arc::new(Policy::uniform(at.mdp().space()));
        let uniform = Solved::by(Arc::clone(at.mdp()), uniform, at.options().clone());
        others.extend(uniform.ok().map(|solved| ("policy-uniform", solved)));
        Around { at, others }
    }

    /// The array of each of the others.
    fn each(&self, page: &mut Page, of: impl Fn(&Solved) -> Option<Vec<f64>>) {
        for (name, solved) in &self.others {
            page.add(name, of(solved));
        }
    }

    /// The same policy from a uniform start, at t = 0 where a horizon is unrolled.
    fn started_everywhere(&self) -> Option<Solved> {
        let space = self.at.mdp().space();
        let once = space.states_at_once();
        let alive = |s: usize| f64::from(s < once && !space.is_terminal(s));
        let count: f64 = (0..space.states()).map(alive).sum();
        let initial = (0..space.states()).map(|s| alive(s) / count).collect();
        let mdp = self.at.mdp().as_ref().clone().with_initial(initial).ok()?;
        again(self.at, mdp)
    }

    fn gamma(&self) -> f64 {
        self.at.mdp().discount()
    }

    /// f(s) of the state of each pair.
    fn by_pair(&self, f: &[f64]) -> Vec<f64> {
        let space = self.at.mdp().space();
        (0..space.pairs())
            .map(|pair| f[space.state_of(pair)])
            .collect()
    }

    /// Σₐ f(s, a) w(s, a) of each state.
    fn over_actions(&self, f: impl Fn(usize) -> f64) -> Vec<f64> {
        let space = self.at.mdp().space();
        let of = |s: usize| space.pairs_of(s).map(&f).sum();
        (0..space.states()).map(of).collect()
    }
}

/// The same policy on another model, if it has an answer there.
fn again(at: &Solved, mdp: Mdp) -> Option<Solved> {
    Solved::by(Arc::new(mdp), Arc::clone(at.policy()), at.options().clone()).ok()
}

/// Other criteria that are taken for that of a model.
fn criteria(mdp: &Mdp) -> Vec<(&'static str, Criterion)> {
    let own = mdp.criterion();
    let gamma = mdp.discount();
    match own {
        Criterion::Discounted { .. } => vec![
            ("values-undiscounted", Criterion::Total),
            (
                "values-twice-discounted",
                Criterion::Discounted {
                    discount: gamma * gamma,
                },
            ),
        ],
        Criterion::FiniteHorizon { horizon, .. } => {
            let with = |discount, horizon| Criterion::FiniteHorizon { discount, horizon };
            let mut all = vec![("horizon-off-by-one", with(gamma, horizon + 1))];
            all.extend((*horizon > 1).then(|| ("horizon-off-by-one", with(gamma, horizon - 1))));
            if gamma < 1.0 {
                all.push(("values-undiscounted", with(1.0, *horizon)));
                all.push(("values-twice-discounted", with(gamma * gamma, *horizon)));
                all.push((
                    "values-stationary",
                    Criterion::Discounted { discount: gamma },
                ));
            } else {
                all.push(("values-stationary", Criterion::Total));
            }
            all
        }
        Criterion::Total | Criterion::Average => Vec::new(),
    }
}
