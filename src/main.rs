//! The command-line program: parse, run, exit code.

mod cli;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let program = cli::Program::parse();
    program.shared.install_reporter();
    program.shared.install_threads();
    match program.command.run(&program.shared) {
        Ok(verdict) => ExitCode::from(verdict.code()),
        Err(error) => {
            program.shared.error(&error);
            ExitCode::from(cli::Verdict::Invalid.code())
        }
    }
}
