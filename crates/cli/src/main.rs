//! The command-line program: parse, run, exit code.

mod command;
mod solver;
mod table;
mod words;

use std::process::ExitCode;

use exact_mdp::mend::{Front, speak};
use exact_mdp_pictures as picture;
use exact_mdp_pictures::direction;

fn main() -> ExitCode {
    speak(Front::Flags);
    let arguments = command::joined(std::env::args_os());
    let program = command::parse(arguments).unwrap_or_else(|error| {
        if command::is_silent() {
            // one process says it for all
            std::process::exit(error.exit_code());
        }
        command::meant(error).exit()
    });
    program.shared.install_reporter();
    program.shared.install_threads();
    match program.command.run(&program.shared) {
        Ok(verdict) => ExitCode::from(verdict.code()),
        Err(error) => {
            if !command::is_silent() {
                program.shared.error(&error);
            }
            ExitCode::from(command::Verdict::Invalid.code())
        }
    }
}
