//! `--sweep NAME=FROM..TO`: numbers of a model at many values of one quantity, in one process.

use exact_mdp::model::Model;
use exact_mdp::report::SweepReport;
use exact_mdp::study::{self, Listener, SweepRequest, Sweepable};

use super::drawing::Drawing;
use super::{Shared, Verdict};
use crate::picture::sweeps;

/// Asks a study along a sweep, writes what it finds, and draws it.
pub fn run(
    model: &Model,
    sweep: &SweepRequest,
    request: &impl Sweepable,
    listener: &dyn Listener,
    (shared, plot): (&Shared, Option<&Drawing>),
) -> miette::Result<Verdict> {
    let report = study::sweep(model, sweep, request, listener)?;
    finish(&report, shared, plot)
}

/// Writes what a sweep found, and draws it.
pub fn finish(
    report: &SweepReport,
    shared: &Shared,
    plot: Option<&Drawing>,
) -> miette::Result<Verdict> {
    shared.write(report)?;
    if let Some(plot) = plot {
        plot.write(&sweeps::draw(report), shared)?;
    }
    Ok(Verdict::Fine)
}
