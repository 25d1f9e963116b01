//! `evaluate` and `gradient` of many policies at once.

use std::path::Path;

use exact_mdp::batch;
use exact_mdp::load;
use exact_mdp::study::{self, Thetas};
use miette::{IntoDiagnostic, WrapErr};

use super::{Input, Shared, Verdict};

/// Reads the parameters, writes the arrays.
pub fn run(input: &Input, path: &Path, gradient: bool, shared: &Shared) -> miette::Result<Verdict> {
    let model = input.model(shared)?;
    let name = path.display().to_string();
    let bytes = load::read_file(path)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot read `{name}`"))?;
    let thetas = Thetas::parse(&name, &bytes, model.space())?;
    let options = batch::BatchOptions {
        gradient,
        errors: true,
        threads: shared.threads.map_or(0, usize::from),
        ..batch::BatchOptions::default()
    };
    shared.write_bytes(&study::thetas(&model, &thetas, &options)?)?;
    Ok(Verdict::Fine)
}
