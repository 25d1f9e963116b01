//! `exact-mdp reference`: reference values for other people's tests.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use exact_mdp::load;
use exact_mdp::number::Number;
use exact_mdp::reference::{Beside, Template};
use exact_mdp::study::{self, PolicyName};
use miette::{IntoDiagnostic, WrapErr, bail, miette};

use super::critic::CriticFlags;
use super::files::{self, Files, shown};
use super::input::numbers;
use super::output::Format;
use super::range::{counts, policy};
use super::voice::Voice;
use super::{Input, Shared, Verdict};
use crate::words::{Estimators, word};

/// Reference values for the tests of other programs, with their conventions in words
#[derive(Args, Debug)]
#[command(after_help = "\
Examples: exact-mdp reference mdps/two-state.yaml -o two-state.json --for pytest
          exact-mdp reference mdps/appendix-c.yaml -o appendix-c.json --exact --trajectories 5
          exact-mdp reference mdps/frozenlake-4x4.yaml -o frozenlake.npz

The file's ending chooses JSON (also on standard output), YAML, CSV or npz, NumPy's archive of arrays.
JSON: what `evaluate` and `gradient --jacobian` write at the top; `estimators` with exact
expectation, variance and covariance; `optimal` as `solve` writes it; `conventions` in words;
`source`, the model file as `convert` writes it, with its SHA-256 under `model_hash`.
The archive also holds p [SA, S] (of a large model indptr, indices and data below it), r and initial;
whole numbers are int64, lists of different lengths padded with -1 or NaN.
--for writes a test file beside it that loads the reference and compares, and a file of yours, which is
never written over, for what your code says: mine_NAME.py, or NAME_mine/mod.rs.

CSV columns: quantity, of, time, state, action, parameter, other_parameter, value, where `of` is an
estimator's name or `optimal`, or the text of a row without a value: version, model_hash, convention.")]
pub struct Reference {
    #[command(flatten)]
    input: Input,
    /// Estimators, separated by commas; all for every kind [default: total-return, reward-to-go,
    /// reward-to-go:dropped (not under the average reward), baseline:v, q, advantage, td-residual]
    #[arg(
        long,
        value_name = "LIST",
        value_parser = Estimators,
        hide_possible_values = true
    )]
    estimators: Option<String>,
    #[command(flatten)]
    critic: CriticFlags,
    /// Who acts instead of the policy, its actions weighed by π/b: as --policy
    #[arg(long, value_name = "POLICY", value_parser = policy)]
    behavior: Option<PolicyName>,
    /// End each trajectory with probability 1 − γ at every step instead of discounting
    #[arg(long, conflicts_with = "truncation")]
    geometric: bool,
    /// Also J and its gradient with an entropy bonus of this weight
    #[arg(
        long,
        value_name = "ALPHA",
        allow_hyphen_values = true,
        conflicts_with = "exact"
    )]
    entropy: Option<Number>,
    /// Cut trajectories after T steps [default: never; average reward: runs of 100; fixtures after 50 where
    /// nothing terminates]
    #[arg(long, value_name = "T", value_parser = counts::<u32>(1, u64::from(u32::MAX)))]
    truncation: Option<u32>,
    /// Also N trajectories as arrays, with what each estimator must return on them
    #[arg(short = 'n', long, value_name = "N", value_parser = counts::<u64>(1, 100_000))]
    trajectories: Option<u64>,
    /// Fixtures of the first seed, from --seed on, on which no estimator is always 0
    #[arg(long, requires = "trajectories")]
    another_seed: bool,
    /// Also a test file that loads the reference: pytest or cargo
    #[arg(long = "for", value_name = "TOOL", hide_possible_values = true, value_parser = word::<Template>())]
    template: Option<Template>,
    /// Write the test file also where another one stands; what you filled in is in a file of its own
    #[arg(long, requires = "template")]
    force: bool,
    /// In exact fractions: every number a string "p/q"
    #[arg(long)]
    exact: bool,
    /// Prove a bound on the error of every number, which is refined to the last digit; JSON, YAML
    /// and npz hold them as `bounds`, CSV as `bound`
    #[arg(long, conflicts_with = "exact")]
    certify: bool,
}

impl Reference {
    /// Runs the command.
    pub fn run(&self, shared: &Shared) -> miette::Result<Verdict> {
        let beside = self.beside(shared)?;
        let model = self.input.model(shared)?;
        let request = study::ReferenceRequest {
            setting: self.input.setting(numbers(self.exact, self.certify)),
            estimation: study::Estimation {
                estimators: self.estimators.clone(),
                truncation: self.truncation.map(|steps| steps as usize),
                geometric: self.geometric,
                behavior: self.behavior.clone(),
                entropy: self.entropy.clone(),
                ..self.critic.estimation()
            },
            trajectories: self.trajectories,
            seed: shared.seed,
            another_seed: self.another_seed,
        };
        let report = study::reference(&model, &request, &Voice::new(shared))?;
        let json = shared.file().is_none().then_some(Format::Json);
        let shared = Shared {
            format: shared.format.or(json),
            ..shared.clone()
        };
        shared.write(&report)?;
        beside.map_or(Ok(()), |files| files.write(&shared))?;
        Ok(Verdict::Fine)
    }

    /// What is read and written. Errors where the flags and the endings do not fit.
    pub fn files(&self, shared: &Shared) -> miette::Result<Files> {
        self.refuse_fixtures_in_csv(shared)?;
        shared.report_format(false)?;
        let beside = self.beside(shared)?;
        let other = beside
            .as_ref()
            .filter(|files| files.differ() && !self.force);
        if let Some(TestFiles { test, .. }) = other {
            return Err(miette!(
                help = "leave out --for to renew the reference alone, or add --force to write the test anew; \
                        what was filled into this file itself is lost then",
                "the test `{}` is there already, and is another one",
                shown(&test.0)
            ));
        }
        let read = self.critic.read(self.behavior.as_ref());
        let files = self.input.files().read(read);
        let beside = beside.as_ref();
        let function = beside.and_then(TestFiles::new_function);
        Ok(files
            .write(beside.map(|files| files.test.0.as_path()))
            .write(function))
    }

    /// A table of numbers has no place for trajectories.
    fn refuse_fixtures_in_csv(&self, shared: &Shared) -> miette::Result<()> {
        let ending = shared.file().and_then(Path::extension);
        let is_csv = match shared.format {
            Some(format) => format == Format::Csv,
            None => ending.is_some_and(|ending| ending == "csv"),
        };
        if self.trajectories.is_some() && is_csv {
            return Err(miette!(
                help = "write JSON, YAML or npz, or leave out --trajectories",
                "CSV does not hold trajectories"
            ));
        }
        Ok(())
    }

    /// Where the test file goes and what stands in it, if one is wanted.
    fn beside(&self, shared: &Shared) -> miette::Result<Option<TestFiles>> {
        let Some(template) = self.template else {
            return Ok(None);
        };
        let Some(path) = shared.file() else {
            return Err(miette!(
                help = "add -o reference.json",
                "--for writes a test beside the reference, which needs a file"
            ));
        };
        if shared.format.is_some_and(|format| format != Format::Json) {
            return Err(miette!(
                help = "leave out --format",
                "the test that --for writes reads JSON"
            ));
        }
        match (
            path.file_stem().and_then(|stem| stem.to_str()),
            path.extension(),
        ) {
            (Some(stem), Some(ending)) if ending == "json" => {
                let at = |file: Beside| (path.with_file_name(file.name), file.text);
                Ok(Some(TestFiles {
                    test: at(template.test(stem)),
                    function: at(template.function(stem)),
                }))
            }
            _ => bail!("the test that --for writes reads JSON; end the name of -o in .json"),
        }
    }
}

/// What --for writes: paths and texts.
struct TestFiles {
    /// The test.
    test: (PathBuf, String),
    /// The function that its reader fills in.
    function: (PathBuf, String),
}

impl TestFiles {
    /// Whether something else stands where the test goes.
    fn differ(&self) -> bool {
        let (path, text) = &self.test;
        path.exists() && load::read_file(path).ok().as_deref() != Some(text.as_bytes())
    }

    /// Where the function goes, if its folder is there and it is not.
    fn new_function(&self) -> Option<&Path> {
        let path = self.function.0.as_path();
        let is_in_place = path.parent().is_some_and(|folder| {
            // "" is the folder one is in
            folder.as_os_str().is_empty() || folder.is_dir()
        });
        Some(path).filter(|path| is_in_place && !path.exists())
    }

    /// Writes the test, and the function unless there is a file.
    fn write(&self, shared: &Shared) -> miette::Result<()> {
        let (path, text) = &self.test;
        files::write(path, |out| out.write_all(text.as_bytes()))?;
        shared.note(&format!("wrote {}", shown(path)));
        let (path, text) = &self.function;
        if path.exists() {
            shared.note(&format!("{} stays as it is", shown(path)));
            return Ok(());
        }
        if let Some(folder) = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            fs::create_dir_all(folder)
                .into_diagnostic()
                .wrap_err_with(|| format!("cannot make the folder `{}`", shown(folder)))?;
        }
        files::write(path, |out| out.write_all(text.as_bytes()))?;
        shared.note(&format!("wrote {}: fill in `mine` there", shown(path)));
        Ok(())
    }
}
