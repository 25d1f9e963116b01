//! `exact-mdp completions` and `exact-mdp man`: what a shell and a manual want to know.

use clap::{Args, CommandFactory};
use clap_complete::Shell;
use miette::{IntoDiagnostic, WrapErr};

use super::{Program, Shared, Verdict};

const NAME: &str = "exact-mdp";

/// Completions of commands and flags for a shell
#[derive(Args, Debug)]
#[command(after_help = "Example: exact-mdp completions bash > ~/.bash_completion.d/exact-mdp")]
pub struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    /// Writes the completion script.
    pub fn run(&self, shared: &Shared) -> miette::Result<Verdict> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Program::command(), NAME, &mut script);
        let script = match self.shell {
            Shell::Bash => of_one_root(script),
            _ => script,
        };
        shared.write_bytes(&script)?;
        Ok(Verdict::Fine)
    }
}

/// The script for bash with the same names in its two parts: what finds the command calls the program
/// `exact__mdp`, what lists its flags takes the hyphen for the start of a subcommand, so that no flag was
/// completed (clap_complete 4.6).
fn of_one_root(script: Vec<u8>) -> Vec<u8> {
    let text = String::from_utf8_lossy(&script);
    text.replace("exact__subcmd__mdp__subcmd__", "exact__mdp__subcmd__")
        .into_bytes()
}

/// Manual pages in roff, of the program or of one command
#[derive(Args, Debug)]
#[command(after_help = "Example: exact-mdp man evaluate | man -l -")]
pub struct Man {
    /// The command; without it the page of the program
    command: Option<String>,
}

impl Man {
    /// Writes the page.
    pub fn run(&self, shared: &Shared) -> miette::Result<Verdict> {
        let mut program = Program::command();
        program.build();
        let page = match &self.command {
            None => program,
            Some(name) => page_of(&program, name)?,
        };
        let mut roff = Vec::new();
        clap_mangen::Man::new(page)
            .render(&mut roff)
            .into_diagnostic()
            .wrap_err("cannot write the manual page")?;
        shared.write_bytes(&roff)?;
        Ok(Verdict::Fine)
    }
}

fn page_of(program: &clap::Command, name: &str) -> miette::Result<clap::Command> {
    let names: Vec<&str> = program.get_subcommands().map(|c| c.get_name()).collect();
    let found = program.get_subcommands().find(|c| c.get_name() == name);
    let found = found.ok_or_else(|| {
        miette::miette!(
            help = format!("there are {}", names.join(", ")),
            "no command `{name}`"
        )
    })?;
    Ok(found.clone().display_name(format!("{NAME}-{name}")))
}
