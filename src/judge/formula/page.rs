//! An exact array with what mistakes make of it, and a user's array held against both.

use crate::judge::fit::{Fit, Metric, furthest, largest};
use crate::judge::mistake::{self, says_of_array, short};
use crate::judge::search::Diagnosis;
use crate::judge::{Judgment, Precision, RIGHT, SINGLE, coarse, digits, nearly, told};

/// An array that a mistake makes.
#[derive(Clone)]
pub(super) struct Wrong {
    pub name: String,
    pub says: String,
    pub array: Vec<f64>,
}

/// A line of arrays: the exact one and a multiple of another.
#[derive(Clone)]
pub(super) struct Line {
    pub name: &'static str,
    pub along: Vec<f64>,
}

/// Entries by the number of a group.
#[derive(Clone)]
pub(super) struct Groups {
    pub name: &'static str,
    pub of: Vec<usize>,
    /// Whether the entries of one group differ from the exact ones each by a number of its own.
    pub freely: bool,
    /// The groups that are not right.
    pub open: Vec<bool>,
}

/// What a factor means: the name and the detail, if it is one that has a meaning.
pub(super) type Meaning = fn(f64) -> Option<(&'static str, String)>;

/// The exact array of a formula, and what people make of it.
#[derive(Clone, Default)]
pub(super) struct Page {
    pub exact: Vec<f64>,
    pub wrong: Vec<Wrong>,
    pub lines: Vec<Line>,
    /// Groups of entries that may be off by a constant each, and of what may be anything where that is
    /// a mistake of its own.
    pub groups: Option<Groups>,
    /// What to say of a factor, if it has a meaning.
    pub factor: Option<Meaning>,
}

impl Page {
    /// An array without mistakes yet.
    pub(super) fn of(exact: Vec<f64>) -> Page {
        Page {
            exact,
            ..Page::default()
        }
    }

    /// What a mistake of the dictionary makes, if it makes a whole array.
    pub(super) fn add(&mut self, name: &str, array: impl Into<Option<Vec<f64>>>) {
        let says = mistake::says(name).to_string();
        self.add_as(name, says, array);
    }

    /// What a mistake makes that says more of itself.
    pub(super) fn add_as(&mut self, name: &str, says: String, array: impl Into<Option<Vec<f64>>>) {
        let whole = |x: &Vec<f64>| x.len() == self.exact.len() && x.iter().all(|x| x.is_finite());
        if let Some(array) = array.into().filter(whole) {
            let name = name.to_string();
            self.wrong.push(Wrong { name, says, array });
        }
    }
}

impl Page {
    /// A user's array beside the exact one.
    ///
    /// Exact numbers that are no more than `noise` are 0, and so are given ones beside them.
    pub(super) fn held(self, given: &[f64], precision: Precision, noise: f64) -> Judgment {
        let (most, place) = furthest(given, &self.exact);
        let size = largest(&self.exact);
        let is_zero = size <= noise;
        let apart = match (most, size) {
            (0.0, _) => 0.0,
            (most, _) if is_zero && most <= noise => 0.0,
            (_, 0.0) => f64::INFINITY,
            (most, size) => most / size,
        };
        let nothing = |wrong: &Wrong| largest(&wrong.array) <= noise;
        let sees_nothing =
            apart <= RIGHT && is_zero && !self.wrong.is_empty() && self.wrong.iter().all(nothing);
        // of a policy without parameters nothing is there
        let is_blind = sees_nothing || self.exact.is_empty();
        let unit = precision.unit;
        let near = nearly(given, unit);
        let (verdict, diagnoses) = told(apart, (near, unit), is_blind, |within| match within {
            Some(tolerance) => self.named(given, tolerance, false),
            None => self.any_named(given, unit),
        });
        let same = |wrong: &Wrong| furthest(&wrong.array, &self.exact).0 <= RIGHT * size;
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
            tangential: false,
            seen: given.to_vec(),
            invisible,
            exact: self.exact,
        }
    }

    /// What explains the array, as sharply as its numbers allow.
    fn any_named(&self, given: &[f64], unit: f64) -> Vec<Diagnosis> {
        let mut tries = vec![RIGHT, coarse(given, unit)];
        tries.extend((unit > SINGLE).then_some(unit));
        let tries = tries.into_iter();
        let mut found = tries.map(|tolerance| self.named(given, tolerance, true));
        found.find(|found| !found.is_empty()).unwrap_or_default()
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
            found.push(explained("zero", says_of_array("zero"), 1.0, 0.0));
        }
        let size = largest(&self.exact);
        let visible = |wrong: &&Wrong| furthest(&wrong.array, &self.exact).0 > RIGHT * size;
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
            found.push(explained("sign", says_of_array("sign"), 1.0, residual));
            return;
        }
        for wrong in &self.wrong {
            if let Some(residual) = fit.explains(&negative(&wrong.array)) {
                let says = format!("{}; {}", says_of_array("sign"), wrong.says);
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
            let says = format!("{}; {detail}", says_of_array(name));
            found.push(explained(name, &says, scale, residual));
        }
        let mut entries = [fit.given.to_vec(), self.exact.clone()];
        entries.iter_mut().for_each(|x| x.sort_by(f64::total_cmp));
        let [given, exact] = entries;
        let apart = furthest(&given, &exact).0 / fit.size;
        if found.is_empty() && apart <= fit.tolerance {
            found.push(explained("permuted", says_of_array("permuted"), 1.0, apart));
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
