//! A bundled model on which mistakes that look alike here would differ.

use super::bench::Bench;
use super::fit::{Fit, Metric, largest};
use super::mistake::FORMS;
use super::recipe::Recipe;
use super::search::Diagnosis;
use crate::mdp::Mdp;
use crate::model::Model;
use crate::policy::Policy;
use crate::solved::Solved;

/// Small models of different kinds, by the name under which `mdps/` has them.
const BUNDLED: [(&str, &str); 6] = [
    ("retry-loop", include_str!("../../mdps/retry-loop.yaml")),
    (
        "frozenlake-4x4",
        include_str!("../../mdps/frozenlake-4x4.yaml"),
    ),
    (
        "recycling-robot",
        include_str!("../../mdps/recycling-robot.yaml"),
    ),
    (
        "gridworld-4x4",
        include_str!("../../mdps/gridworld-4x4.yaml"),
    ),
    ("appendix-c", include_str!("../../mdps/appendix-c.yaml")),
    (
        "inventory-finite-horizon",
        include_str!("../../mdps/inventory-finite-horizon.yaml"),
    ),
];

/// A bundled model, other than the one of this name, on which the diagnoses would differ, where they are several.
pub(super) fn told(diagnoses: &[Diagnosis], model: &str) -> Option<&'static str> {
    let names: Vec<String> = diagnoses.iter().map(|d| d.name.clone()).collect();
    match names.len() {
        0 | 1 => None,
        _ => best(&names, model),
    }
}

/// The bundled model that tells the most of these mistakes apart under the policy `random:1`, if
/// there is one; `own` is the model on which they look alike.
fn best(names: &[String], own: &str) -> Option<&'static str> {
    let others = BUNDLED.iter().filter(|(name, _)| *name != own);
    let told = others.filter_map(|(name, text)| Some((*name, groups(names, text)?)));
    let best = told.max_by_key(|(_, groups)| *groups)?;
    (best.1 > 1).then_some(best.0)
}

/// Into how many groups of equal directions a model parts the mistakes.
fn groups(names: &[String], text: &str) -> Option<usize> {
    let mdp: Mdp = Model::parse("bundled", text).ok()?.mdp();
    let policy = Policy::random(mdp.space(), 1);
    let solved = Solved::new(mdp, policy).ok()?;
    let bench = Bench::new(&solved);
    let mut groups: Vec<Vec<f64>> = Vec::new();
    for name in names {
        for vector in vectors(&bench, name) {
            if largest(&vector) > 0.0 && !groups.iter().any(|x| is_one(x, &vector)) {
                groups.push(vector);
                break;
            }
        }
    }
    Some(groups.len())
}

fn is_one(x: &[f64], y: &[f64]) -> bool {
    let fit = Fit {
        given: y,
        size: largest(y),
        tolerance: 1e-6,
        metric: Metric::Entries,
    };
    fit.explains(x).is_some()
}

/// What the first forms of a mistake, or of a pair, make.
fn vectors(bench: &Bench, name: &str) -> Vec<Vec<f64>> {
    let mut recipes = vec![Recipe::default()];
    for part in name.split('+') {
        let forms = FORMS.iter().filter(|form| form.name == part);
        let changed = |recipe: &Recipe| -> Vec<Recipe> {
            forms
                .clone()
                .filter_map(|form| recipe.with(form.change))
                .collect()
        };
        recipes = recipes.iter().flat_map(changed).collect();
    }
    let made = recipes.iter().filter_map(|recipe| bench.make(recipe));
    made.map(|made| made.vector).collect()
}
