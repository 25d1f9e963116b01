//! `--solver petsc`: one run of many processes, each with the rows of its states; rank 0 alone writes.

use std::sync::Arc;

use exact_mdp::comparison::Shard;
use exact_mdp::linalg::SolverOptions;
use exact_mdp::mdp::Mdp;
use exact_mdp::model::{Model, Objective};
use exact_mdp::policy::Policy;
use exact_mdp::report::{EvaluationReport, GradientReport, OptimumReport};
use exact_mdp::study::{self, Numbers, PolicyName, Setting, StudyError};
use exact_mdp_petsc::{Error, World};
use miette::miette;

use super::compare::Compare;
use super::input::{load, warn};
use super::solve::Solve;
use super::voice::Voice;
use super::{Command, Input, Shared, Verdict};
use crate::solver::SolverName;

/// Why there is no answer, and who says so.
enum Failure {
    /// Another rank says it.
    Elsewhere,
    /// All ranks know it: rank 0 says it.
    Common(miette::Report),
    /// This rank alone knows it.
    Own(miette::Report),
    /// Others may wait for this rank for ever.
    Fatal(miette::Report),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        match error {
            Error::Elsewhere { .. } => Failure::Elsewhere,
            Error::Petsc { .. } | Error::TooLarge { .. } => Failure::Fatal(miette!("{error}")),
            Error::Uncertified { .. } => Failure::Common(miette!(
                help = "a smaller discount is easier; PETSC_OPTIONS=\"-ksp_gmres_restart 200\" and its like reach PETSc",
                "{error}"
            )),
            _ => Failure::Common(miette!("{error}")),
        }
    }
}

/// Whether a command divides its work.
pub fn is_asked(command: &Command) -> bool {
    let input = match command {
        Command::Evaluate(command) => command.input(),
        Command::Gradient(command) => command.input(),
        Command::Solve(command) => command.input(),
        Command::Compare(command) => command.input(),
        _ => return false,
    };
    input.settings.solver == SolverName::Distributed
}

/// Runs the command on all ranks.
pub fn run(command: &Command, shared: &Shared) -> miette::Result<Verdict> {
    let world = World::start().map_err(|error| miette!("{error}"))?;
    let listening = Shared {
        quiet: shared.quiet || world.rank() > 0,
        ..shared.clone()
    };
    let done = match command {
        Command::Evaluate(command) => command
            .check_divided()
            .map_err(Failure::Common)
            .and_then(|input| evaluate(&world, input, &listening)),
        Command::Gradient(command) => command
            .check_divided()
            .map_err(Failure::Common)
            .and_then(|input| gradient(&world, input, &listening)),
        Command::Solve(command) => solve(&world, command, &listening),
        Command::Compare(command) => compare(&world, command, &listening),
        _ => Ok(Verdict::Fine),
    };
    match done {
        Ok(verdict) => return Ok(verdict),
        Err(Failure::Elsewhere) => {}
        Err(Failure::Common(error)) if world.rank() == 0 => shared.error(&error),
        Err(Failure::Common(_)) => {}
        Err(Failure::Own(error)) => shared.error(&error),
        Err(Failure::Fatal(error)) => world.abort(Verdict::Invalid.code(), || shared.error(&error)),
    }
    Ok(Verdict::Invalid)
}

/// The model with the rows of this rank, or all of them.
fn model(world: &World, input: &Input, shared: &Shared, share: bool) -> Result<Model, Failure> {
    let mut overrides = input.settings.replaced.overrides();
    overrides.share = share.then(|| world.share());
    let model = load(&input.model, &overrides).map_err(Failure::Own);
    let model = world.agree(model)?;
    warn(&model, &input.model, shared);
    Ok(model)
}

/// The setting with a solver of one process, for what each rank solves on its own.
fn setting(input: &Input) -> Setting {
    let mut setting = input.setting(Numbers::Float);
    setting.solver = SolverOptions::default();
    setting
}

type Chosen = (Arc<Mdp>, Arc<Policy>, Objective);

/// The model and the policy of this rank, and what is to become of J.
fn chosen(world: &World, input: &Input, shared: &Shared) -> Result<Chosen, Failure> {
    let setting = setting(input);
    if setting.policy == PolicyName::Optimal {
        return Err(Failure::Common(miette!(
            help = "write it with `solve --solver petsc -o optimal.json` and give that file",
            "the optimal policy is found by all ranks together, not by --policy"
        )));
    }
    let model = model(world, input, shared, true)?;
    let found = setting.chosen::<f64>(&model, &Voice::new(shared));
    let (mdp, policy) = world.agree(found.map_err(|error| Failure::Own(error.into())))?;
    Ok((mdp, policy, model.objective()))
}

fn evaluate(world: &World, input: &Input, shared: &Shared) -> Result<Verdict, Failure> {
    let (mdp, policy, objective) = chosen(world, input, shared)?;
    if let Some(found) = exact_mdp_petsc::evaluate(world, &mdp, &policy)? {
        let mut report = EvaluationReport::new(&mdp, &policy, objective, &found.evaluation);
        report.solver.distributed = Some(found.by);
        shared.write(&report).map_err(Failure::Own)?;
    }
    Ok(Verdict::Fine)
}

fn gradient(world: &World, input: &Input, shared: &Shared) -> Result<Verdict, Failure> {
    let (mdp, policy, objective) = chosen(world, input, shared)?;
    if let Some((found, gradient)) = exact_mdp_petsc::gradient(world, &mdp, &policy)? {
        let mut report =
            GradientReport::new(&mdp, &policy, objective, &found.evaluation, &gradient);
        report.solver.distributed = Some(found.by);
        shared.write(&report).map_err(Failure::Own)?;
    }
    Ok(Verdict::Fine)
}

fn solve(world: &World, command: &Solve, shared: &Shared) -> Result<Verdict, Failure> {
    let (input, asked) = command.check_divided().map_err(Failure::Common)?;
    let model = model(world, input, shared, true)?;
    let minimize = model.objective() == Objective::Minimize;
    let mdp: Mdp = model.mdp();
    if let Some((optimum, by)) = exact_mdp_petsc::solve(world, &mdp, minimize, asked)? {
        let mut report = OptimumReport::new(&mdp, model.objective(), &optimum, None);
        report.distributed = Some(by);
        shared.write(&report).map_err(Failure::Own)?;
    }
    Ok(Verdict::Fine)
}

/// Each rank sums its blocks; rank 0 adds them in order, to the bytes of one process.
fn compare(world: &World, command: &Compare, shared: &Shared) -> Result<Verdict, Failure> {
    command.check_divided().map_err(Failure::Common)?;
    let model = model(world, command.input(), shared, false)?;
    let request = study::CompareRequest {
        setting: setting(command.input()),
        ..command.request(shared)
    };
    let voice = Voice::new(shared);
    let blocks = exact_mdp::sampling::Sampler::blocks_of(request.options.trajectories) as usize;
    let own = world.share().states(blocks);
    let bytes = if own.is_empty() {
        Ok(Vec::new())
    } else {
        let own = own.start as u64..own.end as u64;
        let shard = study::compare_blocks(&model, &request, own, true, &voice);
        let own_error = |error: StudyError| Failure::Own(error.into());
        shard.map(|shard| shard.to_bytes()).map_err(own_error)
    };
    let bytes = world.agree(bytes)?;
    let all = world.gather_bytes(&bytes)?;
    if world.rank() > 0 {
        return Ok(Verdict::Fine);
    }
    let named = all
        .iter()
        .enumerate()
        .filter(|(_, bytes)| !bytes.is_empty());
    let shard = |(rank, bytes): (usize, &Vec<u8>)| {
        let name = format!("rank {rank}");
        match Shard::from_bytes(bytes) {
            Ok(shard) => Ok((name, shard)),
            Err(why) => Err(StudyError::Shard { name, why }),
        }
    };
    let shards = named.map(shard).collect::<Result<Vec<_>, _>>();
    let report = shards.and_then(|shards| study::compare_merged(&model, &request, shards, &voice));
    let report = report.map_err(|error| Failure::Own(error.into()))?;
    shared.write(&report).map_err(Failure::Own)?;
    Ok(if report.comparison.is_consistent() {
        Verdict::Fine
    } else {
        Verdict::Negative
    })
}
