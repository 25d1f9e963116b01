//! What the dictionary makes where the policy or the course is another one: the policy at temperature 1,
//! trajectories that are cut after T steps. A mistake of that kind and one of the recipe's make a pair.

use super::bench::{Bench, Course};
use super::cut::Kind;
use super::families;
use super::fit::{Fit, largest, same, same_direction};
use super::make::Made;
use super::mistake::FORMS;
use super::recipe::Recipe;
use crate::error::Error;
use crate::mdp::{Criterion, Mdp};
use crate::policy::{Parametrization, Policy};
use crate::solved::Solved;

/// A vector that is made elsewhere, and what led there.
pub(super) struct Elsewhere {
    /// The mistakes, one or two.
    pub names: Vec<&'static str>,
    pub detail: Option<String>,
    pub vector: Vec<f64>,
    /// Whether a factor beside it says nothing new: it has one of its own, or is a multiple of what one
    /// of the mistakes makes.
    pub has_own_factor: bool,
}

/// Multiplications that the search for cuts in pairs may take; a choice.
const WORK: usize = 10_000_000;

/// Lengths at which people cut, looked at beside the short ones.
const USUAL: [usize; 16] = [
    20, 25, 30, 32, 40, 50, 64, 100, 128, 200, 250, 256, 500, 512, 1000, 1024,
];

impl Bench<'_> {
    /// The policy with temperature 1 and its own temperature τ, if that is another.
    pub fn at_temperature_one(&self) -> Result<Option<(Policy, f64)>, Error> {
        let (parametrization, temperature) = match self.policy.parametrization().clone() {
            Parametrization::Softmax(mut family) if family.temperature != 1.0 => {
                let temperature = std::mem::replace(&mut family.temperature, 1.0);
                (Parametrization::Softmax(family), temperature)
            }
            Parametrization::LogLinear(mut family) if family.temperature != 1.0 => {
                let temperature = std::mem::replace(&mut family.temperature, 1.0);
                (Parametrization::LogLinear(family), temperature)
            }
            _ => return Ok(None),
        };
        let Some(theta) = self.policy.theta() else {
            return Ok(None);
        };
        let policy = Policy::new(self.mdp.space(), parametrization, theta.to_vec())?;
        let policy = match self.policy.mix() {
            Some(epsilon) => policy.mixed(*epsilon)?,
            None => policy,
        };
        Ok(Some((policy, temperature)))
    }
}

/// The policy at temperature 1, alone and beside each form of the dictionary; nothing if it has no other
/// temperature.
pub(super) fn at_temperature_one(bench: &Bench, fit: Fit) -> Vec<Elsewhere> {
    let Ok(Some((policy, temperature))) = bench.at_temperature_one() else {
        return Vec::new();
    };
    let Ok(solved) = Solved::new(bench.mdp.clone(), policy) else {
        return Vec::new();
    };
    let other = Bench::new(&solved);
    if other.is_long() {
        return Vec::new();
    }
    let mut found = all(bench, &other, "temperature-forgotten", None, fit);
    let whole = found.iter().find(|x| x.names.len() == 1);
    if let Some(whole) = whole.map(|whole| whole.vector.clone()) {
        found.push(Elsewhere {
            names: vec!["temperature-forgotten"],
            detail: Some("in π alone, the score has its 1/τ".into()),
            vector: whole.iter().map(|x| x / temperature).collect(),
            has_own_factor: true,
        });
    }
    found
}

/// Cuts after some T beside each form of the dictionary; short T, and those that are usual, as far as the
/// work goes.
pub(super) fn cut(bench: &Bench, fit: Fit) -> Vec<Elsewhere> {
    let (own, discounted) = match (bench.course, bench.mdp.criterion()) {
        (Course::Horizon(own), _) => (Some(own), true),
        (Course::Endless, _) => (None, bench.mdp.discount() < 1.0 || bench.ends()),
        (Course::LongRun(_), _) => return Vec::new(),
    };
    if !discounted {
        return Vec::new();
    }
    let stored = bench.dynamics.p().stored() + bench.mdp.p().stored() + bench.mdp.pairs();
    let work = 2 * FORMS.len() * stored;
    let mut left = (WORK / work.max(1)).max(1);
    let mut found = Vec::new();
    let near = own.into_iter().flat_map(|own| [own - 1, own + 1]);
    let short = (1..).take_while(|t| t * (t + 1) <= left);
    let mut lengths: Vec<usize> = near.chain(short).chain(USUAL).collect();
    let mut seen = std::collections::HashSet::new();
    lengths.retain(|&t| t > 0 && Some(t) != own && seen.insert(t));
    for steps in lengths {
        let Some(rest) = left.checked_sub(steps) else {
            continue;
        };
        left = rest;
        let Some(solved) = cut_after(bench, steps) else {
            continue;
        };
        let (names, detail) = families::cut_names(bench, Kind::Returns, steps);
        let [name] = names else { continue };
        found.extend(all(bench, &Bench::new(&solved), name, Some(detail), fit));
    }
    found.retain(|x| x.names.len() > 1); // alone they have a search of their own
    found
}

/// The policy where trajectories end after T steps.
pub(super) fn cut_after(bench: &Bench, horizon: usize) -> Option<Solved> {
    let discount = bench.mdp.discount();
    let criterion = Criterion::FiniteHorizon { discount, horizon };
    let mdp: Mdp = bench.mdp.clone().under(criterion);
    let policy: Policy = bench.policy.clone();
    Solved::new(mdp, policy).ok()
}

/// What is made on the other bench: the right recipe, each form, and the right one with something left out;
/// none that one of the two mistakes makes alone.
fn all(
    bench: &Bench,
    other: &Bench,
    name: &'static str,
    detail: Option<String>,
    fit: Fit,
) -> Vec<Elsewhere> {
    let Some(whole) = other.make(&Recipe::default()) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for form in FORMS.iter().filter(|form| form.name != name) {
        let Some(recipe) = Recipe::default().with(form.change) else {
            continue;
        };
        let Some(made) = other.make(&recipe) else {
            continue;
        };
        let alone = bench.make(&recipe).map(|made| made.vector);
        let alone = [Some(&whole.vector), alone.as_ref()].into_iter().flatten();
        if alone.clone().any(|alone| same(alone, &made.vector)) {
            continue;
        }
        let parallel = alone
            .into_iter()
            .any(|alone| same_direction(alone, &made.vector));
        found.push(Elsewhere {
            names: vec![name, form.name],
            detail: detail.clone(),
            has_own_factor: parallel || recipe.is_multiple(),
            vector: made.vector,
        });
    }
    found.extend(missing(other, name, detail.as_ref(), &whole, fit));
    found.push(Elsewhere {
        names: vec![name],
        detail,
        has_own_factor: largest(&whole.vector) == 0.0,
        vector: whole.vector,
    });
    found
}

fn missing(
    other: &Bench,
    name: &'static str,
    detail: Option<&String>,
    whole: &Made,
    fit: Fit,
) -> Vec<Elsewhere> {
    let missing = families::missing(other, &Recipe::default(), whole, fit, false).into_iter();
    let joined = missing.map(|missing| Elsewhere {
        names: vec![name, missing.name],
        detail: Some(match detail {
            Some(detail) => format!("{detail}; {}", missing.detail),
            None => missing.detail,
        }),
        vector: missing.vector,
        has_own_factor: false,
    });
    joined.collect()
}
