//! The command-line program: parse, run, exit code.

mod cli;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let program = cli::Program::parse();
    program.shared.install_reporter();
    program.shared.install_threads();
    match program.command.run(&program.shared) {
        Ok(cli::Verdict::Fine) => ExitCode::SUCCESS,
        Ok(cli::Verdict::Negative) => ExitCode::from(1),
        Ok(cli::Verdict::Invalid) => ExitCode::from(2),
        Err(error) => {
            program.shared.error(&error);
            ExitCode::from(2)
        }
    }
}
