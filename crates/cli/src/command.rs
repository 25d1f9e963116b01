//! The commands: each one is its arguments and a `run` that loads, calls the library as any user
//! would, and writes a report.

mod ascend;
mod between;
mod chain;
mod check;
mod compare;
mod completions;
mod cone;
mod constrained;
mod continuous;
mod convert;
mod critic;
mod critics;
#[cfg(feature = "petsc")]
mod distributed;
mod drawing;
mod evaluate;
mod files;
mod gradient;
mod help;
mod input;
mod judge;
mod output;
mod over;
mod pareto;
mod parse;
mod players;
mod progress;
mod range;
mod ranks;
mod reference;
mod report;
mod rewards;
mod robust;
mod schema;
mod shaping;
mod signals;
mod solve;
mod step;
mod sweep;
mod thetas;
mod unbroken;
mod verify;
mod voice;

pub use input::{Input, joined};
pub use output::Shared;
pub use parse::parse;
pub use ranks::is_silent;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Parser, Subcommand};
use files::Files;

#[cfg(not(feature = "petsc"))]
use crate::solver::SolverName;

/// Exact analysis of finite Markov decision processes.
///
/// A model is a YAML file. Everything that the theory says about it in closed form is computed in
/// closed form: values, occupancies, the policy gradient, the mean and the covariance of its
/// sampled estimators.
#[derive(Debug, Parser)]
#[command(
    name = "exact-mdp",
    version = VERSION,
    arg_required_else_help = true,
    after_help = "Example: exact-mdp evaluate mdps/frozenlake-4x4.yaml"
)]
pub struct Program {
    #[command(flatten)]
    pub shared: Shared,
    #[command(subcommand)]
    pub command: Command,
}

/// The version, and what was built in.
#[cfg(all(feature = "lapack", not(feature = "petsc")))]
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (with lapack)");
/// The version, and what was built in.
#[cfg(not(any(feature = "lapack", feature = "petsc")))]
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (without lapack)");
/// The version, and what was built in.
#[cfg(all(feature = "lapack", feature = "petsc"))]
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (with lapack, with petsc)");
/// The version, and what was built in.
#[cfg(all(not(feature = "lapack"), feature = "petsc"))]
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (without lapack, with petsc)");

/// What the program is asked to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    Check(check::Check),
    Evaluate(evaluate::Evaluate),
    Chain(chain::Chain),
    Between(between::Between),
    Gradient(gradient::Gradient),
    Compare(compare::Compare),
    Verify(verify::Verify),
    Judge(judge::Judge),
    Critics(critics::Critics),
    Convert(convert::Convert),
    Schema(schema::Schema),
    Solve(solve::Solve),
    Rewards(rewards::Rewards),
    Constrained(constrained::Constrained),
    Pareto(pareto::Pareto),
    Players(players::Players),
    Continuous(continuous::Continuous),
    Cone(cone::Cone),
    Shaping(shaping::Shaping),
    Robust(robust::Robust),
    Ascend(ascend::Ascend),
    Step(step::Step),
    Reference(reference::Reference),
    Report(report::Report),
    Completions(completions::Completions),
    Man(completions::Man),
}

impl Command {
    /// What is read and written beside the output. Errors, before anything runs, where the name of
    /// the output says no form that the command has.
    fn files(&self, shared: &Shared) -> miette::Result<Files> {
        let files = match self {
            Command::Convert(command) => return command.files(shared),
            Command::Reference(command) => return command.files(shared),
            Command::Report(command) => return command.files(shared),
            Command::Schema(_) | Command::Completions(_) | Command::Man(_) => {
                shared.refuse_format("what this command writes", "")?;
                return Ok(Files::default());
            }
            Command::Check(command) => command.files(),
            Command::Evaluate(command) => command.files(),
            Command::Chain(command) => command.files(),
            Command::Between(command) => command.files(),
            Command::Gradient(command) => command.files(),
            Command::Compare(command) => command.files(),
            Command::Critics(command) => command.files(),
            Command::Verify(command) => command.files(),
            Command::Judge(command) => command.files(),
            Command::Solve(command) => command.files(),
            Command::Rewards(command) => command.files(),
            Command::Constrained(command) => command.files(),
            Command::Pareto(command) => command.files(),
            Command::Players(command) => command.files(),
            Command::Continuous(command) => command.files(),
            Command::Cone(command) => command.files(),
            Command::Shaping(command) => command.files(),
            Command::Robust(command) => command.files(),
            Command::Ascend(command) => command.files(),
            Command::Step(command) => command.files(),
        };
        match self {
            Command::Verify(command) if command.is_explanation() => {
                let mend = "; `verify --list --format json` holds what all identities state";
                shared.refuse_format("an explanation", mend)?;
            }
            Command::Compare(command) if command.writes_blocks() => {
                shared.file_of("--blocks", "a.sums", None)?;
            }
            Command::Evaluate(command) if command.is_batch() => {
                shared.file_of("--thetas", "answers.npz", Some("npz"))?;
            }
            Command::Gradient(command) if command.is_batch() => {
                shared.file_of("--thetas", "answers.npz", Some("npz"))?;
            }
            _ => shared.report_format(matches!(self, Command::Verify(_)))?,
        }
        Ok(files)
    }

    /// Errors if PETSc is asked for, which this build does not have.
    #[cfg(not(feature = "petsc"))]
    fn refuse_petsc(&self) -> miette::Result<()> {
        let input = match self {
            Command::Evaluate(command) => command.input(),
            Command::Gradient(command) => command.input(),
            Command::Solve(command) => command.input(),
            Command::Compare(command) => command.input(),
            _ => return Ok(()),
        };
        if input.settings.solver != SolverName::Distributed {
            return Ok(());
        }
        Err(miette::miette!(
            help = "apt-get install libpetsc-real3.18-dev openmpi-bin pkg-config, then cargo build --release -p exact-mdp-cli --features petsc (docs/scale.md)",
            "this build has no `petsc` solver"
        ))
    }

    /// Runs the command and writes its report.
    pub fn run(&self, shared: &Shared) -> miette::Result<Verdict> {
        self.files(shared)?.write(shared.file()).check()?;
        #[cfg(feature = "petsc")]
        if distributed::is_asked(self) {
            return distributed::run(self, shared);
        }
        #[cfg(not(feature = "petsc"))]
        self.refuse_petsc()?;
        ranks::refuse_several()?;
        match self {
            Command::Check(command) => command.run(shared),
            Command::Evaluate(command) => command.run(shared),
            Command::Chain(command) => command.run(shared),
            Command::Between(command) => command.run(shared),
            Command::Gradient(command) => command.run(shared),
            Command::Compare(command) => command.run(shared),
            Command::Verify(command) => command.run(shared),
            Command::Judge(command) => command.run(shared),
            Command::Critics(command) => command.run(shared),
            Command::Convert(command) => command.run(shared),
            Command::Schema(command) => command.run(shared),
            Command::Solve(command) => command.run(shared),
            Command::Rewards(command) => command.run(shared),
            Command::Constrained(command) => command.run(shared),
            Command::Pareto(command) => command.run(shared),
            Command::Players(command) => command.run(shared),
            Command::Continuous(command) => command.run(shared),
            Command::Cone(command) => command.run(shared),
            Command::Shaping(command) => command.run(shared),
            Command::Robust(command) => command.run(shared),
            Command::Ascend(command) => command.run(shared),
            Command::Step(command) => command.run(shared),
            Command::Reference(command) => command.run(shared),
            Command::Report(command) => command.run(shared),
            Command::Completions(command) => command.run(shared),
            Command::Man(command) => command.run(shared),
        }
    }
}

/// What the exit code says: 0, 1, 2, or 128 + the signal that stopped it. Bad input that ends a command is an error and makes it 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing to complain about.
    Fine,
    /// A check failed or a comparison is inconsistent.
    Negative,
    /// One of several inputs is bad; it has been reported.
    Invalid,
    /// Stopped by this signal; what there was has been written.
    Interrupted(u8),
}

impl Verdict {
    /// The exit code.
    pub fn code(self) -> u8 {
        match self {
            Verdict::Fine => 0,
            Verdict::Negative => 1,
            Verdict::Invalid => 2,
            Verdict::Interrupted(signal) => 128 + signal,
        }
    }
}

/// An error of usage, with the flag that a word of textbooks or of other programs is meant for.
pub fn meant(mut error: clap::Error) -> clap::Error {
    const SYNONYMS: [(&str, &str); 8] = [
        ("--gamma", "--discount"),
        ("--beta", "--discount"),
        ("--start", "--initial"),
        ("--rho0", "--initial"),
        ("--steps", "--horizon"),
        ("--samples", "--trajectories"),
        ("--episodes", "--trajectories"),
        ("--cost", "--minimize"),
    ];
    if error.kind() != ErrorKind::UnknownArgument {
        return error;
    }
    let flag = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(flag)) => flag.clone(),
        _ => return error,
    };
    let meant = SYNONYMS.iter().find(|(word, _)| *word == flag);
    if let Some((_, meant)) = meant {
        let meant = ContextValue::String(meant.to_string());
        error.insert(ContextKind::SuggestedArg, meant);
    }
    error
}
