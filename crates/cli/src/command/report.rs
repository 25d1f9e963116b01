//! `exact-mdp report`: everything about a policy on a model in one page.

use std::io::{self, IsTerminal};
use std::path::Path;

use clap::Args;
use exact_mdp::study::Numbers;
use exact_mdp_page::{Maker, Subject};
use miette::miette;

use super::files::Files;
use super::voice::Voice;
use super::{Input, Shared, Verdict};

/// Everything about a policy on a model as one HTML page with pictures
#[derive(Args, Debug)]
#[command(after_help = "\
Example: exact-mdp report mdps/frozenlake-4x4.yaml -o frozenlake.html
         exact-mdp report mdps/taxi.yaml --policy optimal -o taxi.html

The page is one file that asks for no other: the model, the policy with v, ρ, q and A as maps, bars or
graphs, ∇J with the agreement of its routes, the exact laws of the estimators, the optimum with its
bound, what `verify` says, what the letters mean, and the JSON of these commands. It works without
script, on a phone and on paper, light and dark.")]
pub struct Report {
    #[command(flatten)]
    input: Input,
}

impl Report {
    /// Runs the command.
    pub fn run(&self, shared: &Shared) -> miette::Result<Verdict> {
        let model = self.input.model(shared)?;
        let setting = self.input.setting(Numbers::Float);
        let voice = Voice::new(shared);
        let maker = Maker::Program { asked: asked() };
        let subject = Subject::of(&model, setting, maker, &voice)?;
        shared.write_bytes(exact_mdp_page::document(&subject).as_bytes())?;
        Ok(Verdict::Fine)
    }

    /// What is read. Errors where the output is asked to be something else than a page.
    pub fn files(&self, shared: &Shared) -> miette::Result<Files> {
        if shared.format.is_some() {
            return Err(miette!(
                help = "leave out --format; the page holds the JSON of the commands that it shows",
                "`report` writes HTML"
            ));
        }
        let ending = shared.file().and_then(Path::extension);
        match shared.file() {
            None if io::stdout().is_terminal() => Err(miette!(
                help = "add -o report.html",
                "a page is nothing for a terminal"
            )),
            Some(path) if !ending.is_some_and(|end| end == "html" || end == "htm") => Err(miette!(
                help = "end the name in .html",
                "`report` writes HTML, and `{}` is named otherwise",
                path.display()
            )),
            _ => Ok(self.input.files()),
        }
    }
}

/// What was given beside the command's name and the name of the page, which may be moved.
fn asked() -> Vec<String> {
    let mut words = Vec::new();
    let mut named = false;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "report" if !std::mem::replace(&mut named, true) => {}
            "-o" | "--output" => drop(arguments.next()),
            other if other.starts_with("--output=") => {}
            other => words.push(quoted(other)),
        }
    }
    words
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:=,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_string();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}
