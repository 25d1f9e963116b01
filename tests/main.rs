//! All tests but the fuzzer's, as one program: each program is linked whole, and that takes longer
//! than its tests.

mod arrays;
mod ascent;
mod between;
mod blackwell;
mod bounds;
mod certificates;
mod chain;
mod cli;
mod cone;
mod continuous;
mod controllers;
mod criteria;
mod critics;
mod documents;
mod exchange;
mod features;
mod identities;
mod in_fractions;
mod in_time;
mod large_models;
mod library;
mod lost_digits;
mod lumping;
mod model_errors;
mod model_files;
mod near_one;
mod observations;
mod offsets;
mod pareto;
#[cfg(feature = "petsc")]
mod petsc;
mod players;
mod polytope;
mod returns;
mod rewards;
mod risk;
mod robust;
mod rooms;
mod sessions;
mod slow_exits;
mod small_beside_large;
mod soft;
mod solvers;
mod statistics;
mod step;
mod structure;
mod swept_bounds;
mod theory;
mod told_bounds;
mod told_errors;
mod wording;
mod zoo;

use std::path::Path;

use exact_mdp::model::{Model, Overrides};

/// The root of the repository.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// A model of `mdps/` by its name, over a horizon where one is given.
fn bundled(name: &str, horizon: Option<usize>) -> Model {
    let overrides = Overrides {
        horizon,
        ..Overrides::default()
    };
    let path = Path::new(ROOT).join(format!("mdps/{name}.yaml"));
    Model::load_with(&path, &overrides).unwrap()
}
