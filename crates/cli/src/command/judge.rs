//! `exact-mdp judge`: a user's own numbers against the exact ones, and the mistake named.

use std::fs::File;
use std::path::{Path, PathBuf};

use clap::Args;
use exact_mdp::error::Error;
use exact_mdp::estimator::Estimator;
use exact_mdp::judge::{Columns, Encoding, Formula, Given, GivenError};
use exact_mdp::load;
use exact_mdp::model::Model;
use exact_mdp::number::Number;
use exact_mdp::report::MistakeList;
use exact_mdp::study::{
    self, CriticName, Findings, Judged, Numbers, PolicyName, StateFunction, StudyError,
};
use miette::{IntoDiagnostic, WrapErr, miette};

use super::critic::{self, critic};
use super::files::{Files, shown};
use super::input::Settings;
use super::range::{number, policy};
use super::voice::Voice;
use super::{Shared, Verdict};

#[cfg(feature = "parquet")]
mod parquet;

/// Judge a gradient of your own: is it ∇J, to which digit, and if not, which mistake is it?
#[derive(Args, Debug)]
#[command(after_help = "\
Example: exact-mdp judge mdps/retry-loop.yaml --gradient mine.json

A gradient is a list of one number for each parameter (`gradient MODEL --format json` shows their
order), rows by state with 0 where a state lacks an action, or an object by the parameters' labels;
in JSON (also under the key `gradient`), .npy, .npz or .csv, or JSON on standard input for `-`.

Samples are N rows of such lists, the estimate of one trajectory each (or of --batch of them), in
.npy, .npz, .csv or JSON; --as names the estimator, of which the mean, by its covariance, and the variances are tested.

--formula v FILE holds what is computed on the way to ∇J against its exact value: an array by state, by
pair (or rows by state), a matrix row by row, under its own name in JSON and .npz.

Trajectories are columns states, actions, rewards, and as far as there are next_states, terminated,
truncated, log_probabilities, psi: rows [N, T] padded with -1, or flat with a column episode; in .npz,
.json (as `reference --trajectories` writes it too), .csv, or .parquet if built with that feature.

Exit code 0 if it is right or consistent, 1 if it is not, 2 for bad input. --list prints the dictionary of mistakes.

CSV columns: quantity, of, value.")]
pub struct Judge {
    /// The model: a YAML file, or a file of another program; `-` for standard input
    #[arg(value_name = "MODEL", required_unless_present = "list")]
    model: Option<PathBuf>,
    /// The array of --formula: .json, .csv, .npy or .npz; `-` for standard input
    #[arg(value_name = "FILE")]
    array: Option<PathBuf>,
    /// The gradient to judge: .json, .csv, .npy or .npz; `-` for JSON on standard input
    #[arg(long, value_name = "FILE", group = "judged")]
    gradient: Option<PathBuf>,
    /// What FILE is instead of ∇J: v, q, advantage, occupancy, pair_occupancy, jacobian, hessian, fisher,
    /// natural, or of the estimator of --as its mean or covariance
    #[arg(long, value_name = "NAME", group = "judged", requires = "array")]
    formula: Option<Formula>,
    /// Estimates to judge, a row for each trajectory: .npy (streamed), .npz, .csv or .json
    #[arg(long, value_name = "FILE", group = "judged")]
    samples: Option<PathBuf>,
    /// Trajectories to judge, with psi of each step or contributions if you have them: .json, .npz, .csv,
    /// .parquet
    #[arg(long, value_name = "FILE", group = "judged")]
    trajectories: Option<PathBuf>,
    /// The numbers are those of J with ALPHA times the entropy of each action in the rewards
    #[arg(long, value_name = "ALPHA", allow_hyphen_values = true, conflicts_with_all = ["samples", "formula"])]
    entropy: Option<Number>,
    /// The estimator whose numbers these are, baseline:file with --baseline-file; without it, all are tried
    #[arg(long = "as", value_name = "ESTIMATOR", conflicts_with = "gradient", value_parser = named)]
    named: Option<String>,
    /// Each row of the samples is the mean of B trajectories
    #[arg(long, value_name = "B", default_value_t = 1, requires = "samples", value_parser = clap::value_parser!(u64).range(1..))]
    batch: u64,
    /// The probability that something right is called inconsistent
    #[arg(
        long,
        value_name = "RATE",
        default_value_t = 1e-4,
        allow_negative_numbers = true,
        value_parser = number,
        conflicts_with_all = ["gradient", "formula"]
    )]
    false_alarm: f64,
    /// The trajectories of samples or of a law were cut after T steps [default, if nothing terminates:
    /// late enough not to matter; average reward: 100]
    #[arg(long, value_name = "T", conflicts_with_all = ["gradient", "trajectories"], value_parser = clap::value_parser!(u32).range(1..))]
    truncation: Option<u32>,
    /// Who acted on the trajectories or samples, if not the policy: as --policy
    #[arg(long, value_name = "POLICY", conflicts_with_all = ["gradient", "formula"], value_parser = policy)]
    behavior: Option<PolicyName>,
    /// What stands for v in critics of trajectories or samples: exact, noise:SEED:SCALE or a file
    #[arg(long, value_name = "CRITIC", default_value = "exact", conflicts_with_all = ["gradient", "formula"], value_parser = critic)]
    critic: CriticName,
    /// Also the baselined estimator with b(s) from a file, baseline:file
    #[arg(long, value_name = "FILE", conflicts_with = "gradient")]
    baseline_file: Option<PathBuf>,
    /// List the mistakes that are looked for
    #[arg(long, conflicts_with_all = ["model", "judged", "entropy", "named", "false_alarm", "truncation", "behavior", "critic", "policy", "discount", "criterion"])]
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
        const KINDS: &str = "--gradient FILE for a vector, --formula NAME FILE for what it is made of, --samples FILE for \
                             estimates, --trajectories FILE for data";
        let Some(path) = self.given() else {
            return Err(miette!(
                help = KINDS,
                "nothing is given that could be judged"
            ));
        };
        if let (Some(array), None) = (&self.array, self.formula) {
            return Err(miette!(
                help = KINDS,
                "nothing says what `{}` is",
                shown(array)
            ));
        }
        if model == Path::new("-") && path == Path::new("-") {
            return Err(miette!(
                "the model and the numbers cannot both be standard input"
            ));
        }
        let model = self.settings.model(model, shared)?;
        let findings = self.findings(&model, path, shared)?;
        shared.write(&findings)?;
        Ok(if findings.verdict().is_good() {
            Verdict::Fine
        } else {
            Verdict::Negative
        })
    }

    /// What is to be judged.
    fn given(&self) -> Option<&Path> {
        let given = self.gradient.as_ref().or(self.samples.as_ref());
        let given = given.or(self.trajectories.as_ref());
        given.or(self.array.as_ref()).map(PathBuf::as_path)
    }

    fn findings(&self, model: &Model, path: &Path, shared: &Shared) -> miette::Result<Findings> {
        let request = study::JudgeRequest {
            setting: self.settings.setting(Numbers::Float),
            named: self.named.clone(),
            entropy: self.entropy.clone(),
            batch: self.batch,
            false_alarm: self.false_alarm,
            truncation: self.truncation.map(|steps| steps as usize),
            behavior: self.behavior.clone(),
            critic: self.critic.clone(),
            baseline: self.baseline_file.clone().map(StateFunction::File),
        };
        let place = |error: GivenError| {
            miette::Report::new(error).wrap_err(format!("in `{}`", shown(path)))
        };
        let ask = |judged| match study::judge(model, &request, judged, &Voice::new(shared)) {
            Err(StudyError::Given(error)) => Err(place(error)),
            other => Ok(other?),
        };
        let is_file = self.samples.is_some() && path != Path::new("-");
        if is_file && encoding(path, &[])? == Encoding::Npy {
            let file = File::open(path)
                .into_diagnostic()
                .wrap_err_with(|| format!("cannot read `{}`", shown(path)))?;
            ask(Judged::Stream(Box::new(file), Encoding::Npy))
        } else {
            let bytes = bytes(path)?;
            if self.trajectories.is_some() && is_parquet(path, &bytes) {
                let columns =
                    parquet_columns(bytes).wrap_err_with(|| format!("in `{}`", shown(path)))?;
                return ask(Judged::Trajectories(&columns));
            }
            let encoding = encoding(path, &bytes)?;
            if self.samples.is_some() {
                ask(Judged::Stream(Box::new(bytes.as_slice()), encoding))
            } else if self.trajectories.is_some() {
                ask(Judged::Trajectories(
                    &Columns::parse(&bytes, encoding).map_err(place)?,
                ))
            } else if let Some(formula) = self.formula {
                let given = Given::parse(&bytes, encoding, formula.name()).map_err(place)?;
                ask(Judged::Formula(formula, &given))
            } else {
                let given = Given::parse(&bytes, encoding, "gradient").map_err(place)?;
                ask(Judged::Gradient(&given))
            }
        }
    }

    /// What is read.
    pub fn files(&self) -> Files {
        let model = self.model.iter().map(PathBuf::as_path);
        let (behavior, baseline) = (self.behavior.as_ref(), self.baseline_file.as_deref());
        let read = critic::files(&self.critic, behavior, baseline);
        self.settings
            .files(model)
            .read(self.given().into_iter().chain(read))
    }
}

/// A name of an estimator, whose b(s) is read later.
fn named(name: &str) -> Result<String, Error> {
    Estimator::by_name(name, Some(&[])).map(|_| name.to_string())
}

fn bytes(path: &Path) -> miette::Result<Vec<u8>> {
    let bytes = if path == Path::new("-") {
        load::read_stream(std::io::stdin())
    } else {
        load::read_file(path)
    };
    bytes
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot read `{}`", shown(path)))
}

/// Whether a file says by its ending or its first bytes that it is Parquet.
fn is_parquet(path: &Path, bytes: &[u8]) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| ending.eq_ignore_ascii_case("parquet"))
        || bytes.starts_with(b"PAR1")
}

#[cfg(feature = "parquet")]
fn parquet_columns(bytes: Vec<u8>) -> miette::Result<Columns> {
    parquet::columns(bytes)
}

#[cfg(not(feature = "parquet"))]
fn parquet_columns(_: Vec<u8>) -> miette::Result<Columns> {
    Err(miette!(
        help = "pandas.read_parquet(FILE).to_csv(\"t.csv\", index=False) or polars.read_parquet(FILE).write_csv(\"t.csv\") \
                makes what is read; rows of lists: polars.read_parquet(FILE).write_json(\"t.json\"); in Python Solved.judge \
                takes the table itself; `cargo install --path crates/cli --features parquet` makes a program that reads it",
        "this program was built without Parquet"
    ))
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
            shown(path)
        )
    })
}
