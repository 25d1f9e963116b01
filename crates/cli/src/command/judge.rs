//! `exact-mdp judge`: a user's own numbers against the exact ones, and the mistake named.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use exact_mdp::judge::{self, Encoding, Given, Precision};
use exact_mdp::report::{JudgeReport, MistakeList};
use exact_mdp::solved::Solved;
use miette::{IntoDiagnostic, WrapErr, miette};

use super::input::Settings;
use super::{Input, Shared, Verdict};

/// Judge a gradient of your own: is it ∇J, to which digit, and if not, which mistake is it?
#[derive(Args, Debug)]
#[command(after_help = "\
Example: exact-mdp judge mdps/retry-loop.yaml --gradient mine.json

A gradient is a list of one number for each parameter (`gradient MODEL --format json` shows their
order), rows by state with 0 where a state lacks an action, or an object by the parameters' labels;
in JSON (also under the key `gradient`), .npy, .npz or .csv, or JSON on standard input for `-`.

Exit code 0 if it is right, 1 if it is not, 2 for bad input. --list prints the dictionary of mistakes.

CSV columns: quantity, of, value.")]
pub struct Judge {
    /// The model: a YAML file, or a file of another program; `-` for standard input
    #[arg(value_name = "MODEL", required_unless_present = "list")]
    model: Option<PathBuf>,
    /// The gradient to judge: .json, .csv, .npy or .npz; `-` for JSON on standard input
    #[arg(long, value_name = "FILE", required_unless_present = "list")]
    gradient: Option<PathBuf>,
    /// List the mistakes that are looked for
    #[arg(long)]
    list: bool,
    #[command(flatten)]
    settings: Settings,
}

impl Judge {
    /// Runs the command.
    pub fn run(&self, shared: &Shared) -> miette::Result<Verdict> {
        let (Some(model), Some(gradient), false) = (&self.model, &self.gradient, self.list) else {
            shared.write(&MistakeList::new())?;
            return Ok(Verdict::Fine);
        };
        let input = Input {
            model: model.clone(),
            settings: self.settings.clone(),
        };
        if input.model == Path::new("-") && gradient == Path::new("-") {
            return Err(miette!(
                "the model and the gradient cannot both be standard input"
            ));
        }
        let (mdp, policy) = input.load(shared)?;
        let in_file = || format!("in `{}`", gradient.display());
        let given = read(gradient, "gradient")?;
        let numbers = given.parameters(&policy).wrap_err_with(in_file)?;
        let precision = Precision {
            unit: given.rounding(),
        };
        let solved = Solved::by(mdp, policy, self.settings.solver_options())?;
        let judgment = judge::gradient(&solved, &numbers, precision)?;
        shared.write(&JudgeReport::new(&solved, &numbers, &judgment))?;
        Ok(match judgment.verdict.is_good() {
            true => Verdict::Fine,
            false => Verdict::Negative,
        })
    }
}

/// The numbers of a quantity from a file, or from standard input for `-`.
fn read(path: &Path, quantity: &str) -> miette::Result<Given> {
    let bytes = match path == Path::new("-") {
        true => {
            let mut bytes = Vec::new();
            let read = std::io::stdin().read_to_end(&mut bytes);
            read.map(|_| bytes)
        }
        false => std::fs::read(path),
    };
    let bytes = bytes
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot read `{}`", path.display()))?;
    let ending = match path == Path::new("-") {
        true => None,
        false => Some(
            path.extension()
                .and_then(|x| x.to_str())
                .unwrap_or_default(),
        ),
    };
    let encoding = Encoding::of(ending, &bytes).ok_or_else(|| {
        miette!(
            help = "end the name in .json, .csv, .npy or .npz",
            "the ending of `{}` names no format of numbers",
            path.display()
        )
    })?;
    let given = Given::parse(&bytes, encoding, quantity);
    given.wrap_err_with(|| format!("in `{}`", path.display()))
}
