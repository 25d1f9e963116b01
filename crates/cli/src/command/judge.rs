//! `exact-mdp judge`: a user's own numbers against the exact ones, and the mistake named.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use exact_mdp::estimator::{Estimator, Sampling};
use exact_mdp::judge::{self, Encoding, Given, Precision, Sample, SampleOptions};
use exact_mdp::report::{JudgeReport, MistakeList, SampleReport};
use exact_mdp::solved::Solved;
use miette::{IntoDiagnostic, WrapErr, miette};

use super::files::Files;
use super::input::Settings;
use super::{Input, Shared, Verdict};

/// Judge a gradient of your own: is it ∇J, to which digit, and if not, which mistake is it?
#[derive(Args, Debug)]
#[command(after_help = "\
Example: exact-mdp judge mdps/retry-loop.yaml --gradient mine.json

A gradient is a list of one number for each parameter (`gradient MODEL --format json` shows their
order), rows by state with 0 where a state lacks an action, or an object by the parameters' labels;
in JSON (also under the key `gradient`), .npy, .npz or .csv, or JSON on standard input for `-`.

Samples are N rows of such lists, the estimate of one trajectory each (or of --batch of them), in
.npy, .npz, .csv or JSON; --as names the estimator, of which mean, covariance and variances are tested.

Exit code 0 if it is right or consistent, 1 if it is not, 2 for bad input. --list prints the dictionary of mistakes.

CSV columns: quantity, of, value.")]
pub struct Judge {
    /// The model: a YAML file, or a file of another program; `-` for standard input
    #[arg(value_name = "MODEL", required_unless_present = "list")]
    model: Option<PathBuf>,
    /// The gradient to judge: .json, .csv, .npy or .npz; `-` for JSON on standard input
    #[arg(long, value_name = "FILE", group = "judged")]
    gradient: Option<PathBuf>,
    /// Estimates to judge, a row for each trajectory: .npy (streamed), .npz, .csv or .json
    #[arg(long, value_name = "FILE", group = "judged")]
    samples: Option<PathBuf>,
    /// The estimator whose estimates the samples are; without it, all are tried
    #[arg(long = "as", value_name = "ESTIMATOR", requires = "samples")]
    named: Option<Estimator>,
    /// Each row of the samples is the mean of B trajectories
    #[arg(long, value_name = "B", default_value_t = 1, requires = "samples", value_parser = clap::value_parser!(u64).range(1..))]
    batch: u64,
    /// The probability that a right sample is called inconsistent
    #[arg(long, value_name = "RATE", default_value_t = 1e-4, requires = "samples", value_parser = rate)]
    false_alarm: f64,
    /// The trajectories were cut after T steps [default, if nothing terminates: late enough not to
    /// matter]
    #[arg(long, value_name = "T", requires = "samples", value_parser = clap::value_parser!(u32).range(1..))]
    truncation: Option<u32>,
    /// List the mistakes that are looked for
    #[arg(long)]
    list: bool,
    #[command(flatten)]
    settings: Settings,
}

impl Judge {
    /// Runs the command.
    pub fn run(&self, shared: &Shared) -> miette::Result<Verdict> {
        let Some(model) = self.model.as_ref().filter(|_| !self.list) else {
            shared.write(&MistakeList::new())?;
            return Ok(Verdict::Fine);
        };
        let file = self.gradient.as_ref().or(self.samples.as_ref());
        let Some(file) = file else {
            return Err(miette!(
                help = "--gradient FILE for a vector, --samples FILE for estimates",
                "nothing is given that could be judged"
            ));
        };
        if model == Path::new("-") && file == Path::new("-") {
            return Err(miette!(
                "the model and the numbers cannot both be standard input"
            ));
        }
        let input = Input {
            model: model.clone(),
            settings: self.settings.clone(),
        };
        let (mdp, policy) = input.load(shared)?;
        let solved = Solved::by(mdp, policy, self.settings.solver_options())?;
        match &self.samples {
            Some(path) => self.samples(path, &solved, shared),
            None => gradient(file, &solved, shared),
        }
    }

    fn samples(&self, path: &Path, solved: &Solved, shared: &Shared) -> miette::Result<Verdict> {
        let sample = open_sample(path, solved)?;
        let options = SampleOptions {
            named: self.named.clone(),
            batch: self.batch,
            false_alarm: self.false_alarm,
            sampling: self
                .truncation
                .map(|steps| Sampling::Truncated(steps as usize)),
        };
        if sample.rows() < 2 {
            return Err(miette!(
                "`{}` has {} rows; at least 2 are needed",
                path.display(),
                sample.rows()
            ));
        }
        let judgment = judge::samples(solved, &sample, &options)?;
        let named = self.named.as_ref().map(Estimator::to_string);
        let size = (sample.rows(), self.batch);
        shared.write(&SampleReport::new(solved, named, size, &judgment))?;
        Ok(verdict(judgment.verdict))
    }

    /// What is read.
    pub fn files(&self) -> Files {
        let model = self.model.iter().map(PathBuf::as_path);
        self.settings.files(model).read(self.gradient.as_deref())
    }
}

fn gradient(path: &Path, solved: &Solved, shared: &Shared) -> miette::Result<Verdict> {
    let given = read(path, "gradient")?;
    let numbers = given.parameters(solved.policy());
    let numbers = numbers.wrap_err_with(|| format!("in `{}`", path.display()))?;
    let precision = Precision {
        unit: given.rounding(),
    };
    let judgment = judge::gradient(solved, &numbers, precision)?;
    shared.write(&JudgeReport::new(solved, &numbers, &judgment))?;
    Ok(verdict(judgment.verdict))
}

fn verdict(verdict: judge::Verdict) -> Verdict {
    if verdict.is_good() {
        Verdict::Fine
    } else {
        Verdict::Negative
    }
}

/// A probability between 0 and 1.
fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok().filter(|rate| *rate > 0.0 && *rate < 1.0);
    rate.ok_or_else(|| "expected a probability between 0 and 1".to_string())
}

/// The sums over the rows of a sample.
fn open_sample(path: &Path, solved: &Solved) -> miette::Result<Sample> {
    let in_file = || format!("in `{}`", path.display());
    if path == Path::new("-") {
        let bytes = bytes(path)?;
        let encoding = encoding(path, &bytes)?;
        return judge::read_sample(bytes.as_slice(), encoding, solved.policy())
            .wrap_err_with(in_file);
    }
    let encoding = encoding(path, &[])?;
    let file = File::open(path)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot read `{}`", path.display()))?;
    judge::read_sample(file, encoding, solved.policy()).wrap_err_with(in_file)
}

/// The numbers of a quantity from a file, or from standard input for `-`.
fn read(path: &Path, quantity: &str) -> miette::Result<Given> {
    let bytes = bytes(path)?;
    let given = Given::parse(&bytes, encoding(path, &bytes)?, quantity);
    given.wrap_err_with(|| format!("in `{}`", path.display()))
}

fn bytes(path: &Path) -> miette::Result<Vec<u8>> {
    let bytes = if path == Path::new("-") {
        let mut bytes = Vec::new();
        let read = std::io::stdin().read_to_end(&mut bytes);
        read.map(|_| bytes)
    } else {
        std::fs::read(path)
    };
    bytes
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot read `{}`", path.display()))
}

fn encoding(path: &Path, bytes: &[u8]) -> miette::Result<Encoding> {
    let ending = if path == Path::new("-") {
        None
    } else {
        Some(
            path.extension()
                .and_then(|x| x.to_str())
                .unwrap_or_default(),
        )
    };
    Encoding::of(ending, bytes).ok_or_else(|| {
        miette!(
            help = "end the name in .json, .csv, .npy or .npz",
            "the ending of `{}` names no format of numbers",
            path.display()
        )
    })
}
