//! From the words of the command line to a [`Program`].

use std::ffi::OsString;

use clap::{Args, CommandFactory, FromArgMatches};

use super::*;

/// Makes the options of one command.
type Options = fn(clap::Command) -> clap::Command;

/// Each command's name and what makes its options.
const COMMANDS: [(&str, Options); 26] = [
    ("check", check::Check::augment_args),
    ("evaluate", evaluate::Evaluate::augment_args),
    ("chain", chain::Chain::augment_args),
    ("between", between::Between::augment_args),
    ("gradient", gradient::Gradient::augment_args),
    ("compare", compare::Compare::augment_args),
    ("verify", verify::Verify::augment_args),
    ("judge", judge::Judge::augment_args),
    ("critics", critics::Critics::augment_args),
    ("convert", convert::Convert::augment_args),
    ("schema", schema::Schema::augment_args),
    ("solve", solve::Solve::augment_args),
    ("rewards", rewards::Rewards::augment_args),
    ("constrained", constrained::Constrained::augment_args),
    ("pareto", pareto::Pareto::augment_args),
    ("players", players::Players::augment_args),
    ("continuous", continuous::Continuous::augment_args),
    ("cone", cone::Cone::augment_args),
    ("shaping", shaping::Shaping::augment_args),
    ("robust", robust::Robust::augment_args),
    ("ascend", ascend::Ascend::augment_args),
    ("step", step::Step::augment_args),
    ("reference", reference::Reference::augment_args),
    ("report", report::Report::augment_args),
    ("completions", completions::Completions::augment_args),
    ("man", completions::Man::augment_args),
];

/// The program that these words ask for. Errors are clap's own, help and version among them.
///
/// Only the options of the command that is asked for are made, which is half of the time to start;
/// where words do not fit, everything is made, since help and suggestions speak of all commands.
pub fn parse(words: Vec<OsString>) -> Result<Program, clap::Error> {
    let matches = Shared::augment_args(clap::Command::new("exact-mdp"))
        .subcommands(COMMANDS.map(|(name, options)| clap::Command::new(name).defer(options)))
        .try_get_matches_from(&words);
    match matches.and_then(|matches| Program::from_arg_matches(&matches)) {
        Ok(program) => Ok(program),
        Err(_) => {
            let matches = help::fitted(Program::command()).try_get_matches_from(words)?;
            Program::from_arg_matches(&matches)
                .map_err(|error| error.format(&mut Program::command()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a command offers, in words.
    fn help(mut command: clap::Command) -> String {
        command.render_long_help().to_string()
    }

    #[test]
    fn each_command_has_its_own_options() {
        let program = Program::command();
        let all: Vec<&clap::Command> = program.get_subcommands().collect();
        assert_eq!(all.len(), COMMANDS.len());
        for (command, (name, options)) in all.into_iter().zip(COMMANDS) {
            assert_eq!(command.get_name(), name);
            assert_eq!(
                help(command.clone()),
                help(options(clap::Command::new(name)))
            );
        }
    }
}
