//! What a command works on: the path of a model and the flags that change it → `Mdp`, `Policy`.

use std::ffi::OsString;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::TypedValueParser;
use exact_mdp::bundled;
use exact_mdp::exchange::Format;
use exact_mdp::linalg::SolverOptions;
use exact_mdp::load;
use exact_mdp::model::{Axes, CriterionKind, Model, Objective, Overrides};
use exact_mdp::number::Number;
use exact_mdp::study::{Numbers, PolicyName, Setting};
use miette::{IntoDiagnostic, WrapErr, miette};

use super::files::{Files, shown};
use super::{Shared, range};
use crate::solver::SolverName;
use crate::words::word;

/// How many nodes a controller has.
fn nodes() -> impl TypedValueParser<Value = NonZeroU32> {
    let counts = range::counts::<u32>(1, u64::from(u32::MAX));
    counts.map(|nodes| NonZeroU32::new(nodes).unwrap_or(NonZeroU32::MIN))
}

/// A model with its policy.
#[derive(Args, Clone, Debug)]
pub struct Input {
    /// The model: a YAML file, or a .json, .npz, .drn, .umb, .tra, .petsc or .POMDP file of another program; `-` for
    /// standard input; a bundled model by its name, as in :taxi
    #[arg(value_name = "MODEL")]
    pub model: PathBuf,
    #[command(flatten)]
    pub settings: Settings,
}

/// Flags that stand above what a model file says.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Model")]
pub struct Settings {
    /// uniform, random:SEED, optimal, a policy file, a report that holds a policy, or '{…}' as in a
    /// policy file [default: the model file's, else uniform]
    #[arg(long, value_name = "POLICY", value_parser = range::policy)]
    pub policy: Option<PolicyName>,
    #[command(flatten)]
    pub replaced: Replaced,
    /// auto (by size and density), dense, sparse, krylov, lapack or petsc (by rows on the processes that
    /// mpirun has started: evaluate, gradient, solve; compare divides its sample)
    #[arg(
        long,
        value_name = "SOLVER",
        default_value = "auto",
        value_parser = word::<SolverName>(),
        hide_possible_values = true,
        hide_default_value = true
    )]
    pub solver: SolverName,
}

/// Flags that replace what a model file says, for every command that reads one.
#[derive(Args, Clone, Debug)]
pub struct Replaced {
    /// The discount γ instead of the file's: 0.9 or 9/10
    #[arg(long, value_name = "DISCOUNT", allow_hyphen_values = true)]
    pub discount: Option<Number>,
    /// The horizon T instead of the file's; makes the criterion finite-horizon
    #[arg(long, value_name = "STEPS", allow_negative_numbers = true, value_parser = range::counts::<usize>(1, u64::MAX))]
    pub horizon: Option<usize>,
    /// discounted, finite-horizon, total or average, instead of the file's
    #[arg(long, value_name = "CRITERION", hide_possible_values = true, value_parser = word::<CriterionKind>())]
    pub criterion: Option<CriterionKind>,
    /// Where episodes start, instead of the file's: uniform, a state, or '{0: 1/2, 5: 1/2}'
    #[arg(long, value_name = "START")]
    pub initial: Option<String>,
    /// Rewards are costs: optimal is what makes J small, as `objective: minimize` in a model file
    #[arg(long)]
    pub minimize: bool,
    /// Which of the rewards that a model file names counts, or a combination: risk, 'gain - 1/2*risk'
    /// [default: the first]
    #[arg(long, value_name = "REWARD", allow_hyphen_values = true)]
    pub reward: Option<String>,
    /// Which of a file's reward models counts: in .drn and .umb files, and PRISM's reward structures
    #[arg(long, value_name = "NAME")]
    pub reward_model: Option<String>,
    /// How the array P of an .npz archive lies where there are as many states as actions: ass for
    /// P[action, state, next], sas for P[state, action, next]
    #[arg(long, value_name = "AXES", hide_possible_values = true, value_parser = word::<Axes>())]
    pub axes: Option<Axes>,
    /// Divide each row of p, and ρ₀, by its sum where that is off 1 by at most this [default, without a
    /// number: 1e-4]: numbers in float32, or rounded to six decimals
    #[arg(
        long,
        value_name = "TOLERANCE",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "1e-4",
        value_parser = tolerance
    )]
    pub normalize: Option<Number>,
    /// How a .POMDP model with observations is seen: by a controller of N nodes that knows its node
    /// and what it saw last; 1 is a memoryless policy
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = nodes())]
    pub nodes: Option<NonZeroU32>,
}

impl Replaced {
    /// What replaces the file's criterion, start and rewards.
    pub fn overrides(&self) -> Overrides {
        Overrides {
            discount: self.discount.clone(),
            horizon: self.horizon,
            criterion: self.criterion,
            initial: self.initial.clone(),
            reward_model: self.reward_model.clone(),
            reward: self.reward.clone(),
            objective: self.minimize.then_some(Objective::Minimize),
            axes: self.axes,
            normalize: self.normalize.clone(),
            nodes: self.nodes,
            controller: None,
            keep_observations: false,
            share: None,
        }
    }
}

impl Input {
    /// What is read.
    pub fn files(&self) -> Files {
        self.settings.files([self.model.as_path()])
    }

    /// The model; its warnings go to standard error.
    pub fn model(&self, shared: &Shared) -> miette::Result<Model> {
        self.settings.model(&self.model, shared)
    }

    /// Over which numbers, of which policy, solved how.
    pub fn setting(&self, numbers: Numbers) -> Setting {
        self.settings.setting(numbers)
    }
}

/// The file of a policy, where its name is one.
pub fn policy_file(name: &PolicyName) -> Option<&Path> {
    match name {
        PolicyName::File(path) => Some(path),
        _ => None,
    }
}

impl Settings {
    /// What is read with these models.
    pub fn files<'a>(&'a self, models: impl IntoIterator<Item = &'a Path>) -> Files {
        let policy = self.policy.as_ref().and_then(policy_file);
        Files::default().models(models).read(policy)
    }

    /// What replaces parts of a model file; a controller says how many nodes see the model.
    pub fn overrides(&self) -> Overrides {
        Overrides {
            controller: self.policy.as_ref().and_then(PolicyName::nodes),
            ..self.replaced.overrides()
        }
    }

    /// The model of a file, its warnings on standard error.
    pub fn model(&self, path: &Path, shared: &Shared) -> miette::Result<Model> {
        let model = load(path, &self.overrides())?;
        warn(&model, path, shared);
        Ok(model)
    }

    /// Over which numbers, of which policy, solved how.
    pub fn setting(&self, numbers: Numbers) -> Setting {
        Setting {
            numbers,
            policy: self.policy.clone().unwrap_or_default(),
            solver: self.solver_options(),
        }
    }

    /// How linear systems are to be solved.
    pub fn solver_options(&self) -> SolverOptions {
        self.solver.options()
    }
}

/// Errors where a flag is given that asks for more than processes with a part of the model each answer.
#[cfg(feature = "petsc")]
pub fn only_whole(flags: &[(&str, bool)]) -> miette::Result<()> {
    match flags.iter().find(|(_, given)| *given) {
        None => Ok(()),
        Some((flag, _)) => Err(miette!(
            help = "leave it out, or leave --solver petsc and mpirun out",
            "{flag} needs the whole model in one process, and --solver petsc divides it"
        )),
    }
}

/// How far off 1 a sum may be.
fn tolerance(text: &str) -> Result<Number, String> {
    let number = text.parse::<Number>().ok();
    let number = number.filter(|x| !x.is_negative() && *x < Number::ONE);
    number.ok_or_else(|| "expected a number from 0 up to 1, as 1e-4".to_string())
}

/// The arguments of the program, a number behind `--normalize` joined to it: without one the next
/// argument is the next argument.
pub fn joined(arguments: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut joined: Vec<OsString> = Vec::new();
    for argument in arguments {
        let number = argument.to_str().filter(|text| tolerance(text).is_ok());
        match (joined.last_mut(), number) {
            (Some(flag), Some(number)) if flag == "--normalize" => {
                flag.push("=");
                flag.push(number);
            }
            _ => joined.push(argument),
        }
    }
    joined
}

/// How sure every number is to be.
#[derive(Args, Clone, Debug)]
pub struct Proof {
    /// In exact fractions: every number a string "p/q"
    #[arg(long)]
    exact: bool,
    /// Prove a bound on the error of every number
    #[arg(long, conflicts_with = "exact")]
    certify: bool,
}

impl Proof {
    /// The arithmetic that is so sure.
    pub fn numbers(&self) -> Numbers {
        numbers(self.exact, self.certify)
    }
}

/// The numbers that two flags ask for.
pub fn numbers(exact: bool, certify: bool) -> Numbers {
    match (exact, certify) {
        (true, _) => Numbers::Exact,
        (_, true) => Numbers::Certified,
        _ => Numbers::Float,
    }
}

/// Says on standard error what was accepted in a model and should be known.
pub fn warn(model: &Model, path: &Path, shared: &Shared) {
    for warning in model.warnings() {
        shared.note(&format!("warning: {}: {warning}", shown(path)));
    }
}

/// A model from a file, or from standard input for `-`.
pub fn load(path: &Path, overrides: &Overrides) -> miette::Result<Model> {
    load_as(path, None, overrides)
}

/// A model from a file, an archive or standard input in a given format, with its warnings told; an error report holds
/// everything that is wrong with it.
pub fn load_as(
    path: &Path,
    format: Option<Format>,
    overrides: &Overrides,
) -> miette::Result<Model> {
    if let Some(name) = path.to_str().and_then(|path| path.strip_prefix(':')) {
        return bundled(name, overrides);
    }
    if path != Path::new("-") {
        check_there(path)?;
        return Ok(Model::load_as(path, format, overrides)?);
    }
    let bytes = load::read_stream(std::io::stdin())
        .into_diagnostic()
        .wrap_err("cannot read a model from standard input")?;
    let format = format.unwrap_or(Format::Nested);
    Ok(Model::parse_as("stdin", &bytes, format, overrides)?)
}

/// A model that comes with the program.
fn bundled(name: &str, overrides: &Overrides) -> miette::Result<Model> {
    let Some(text) = bundled::text(name) else {
        let near = bundled::nearest(name);
        let near = near.map_or_else(String::new, |near| format!("did you mean `:{near}`? "));
        let names: Vec<String> = bundled::names().map(|name| format!(":{name}")).collect();
        return Err(miette!(
            help = format!("{near}There are {}", names.join(", ")),
            "no model `{name}` is bundled"
        ));
    };
    Ok(Model::parse_with(&format!("{name}.yaml"), text, overrides)?)
}

/// Errors where there is no file, with the name of one that may be meant.
fn check_there(path: &Path) -> miette::Result<()> {
    if path.exists() {
        return Ok(());
    }
    let there = |other: &PathBuf| other.is_file();
    let endings = [
        "yaml", "yml", "json", "npz", "drn", "tra", "POMDP", "mdp", "petsc",
    ];
    let other_ending = endings.map(|ending| path.with_extension(ending));
    let mut meant = other_ending.into_iter().find(there);
    let stem = path.file_stem().and_then(|stem| stem.to_str());
    let bundled = stem.filter(|stem| bundled::text(stem).is_some());
    if meant.is_none() {
        meant = misspelt(path);
    }
    let help = match (meant, bundled) {
        (Some(meant), _) => format!("did you mean `{}`?", shown(&meant)),
        (None, Some(name)) => format!("`:{name}` is a bundled model"),
        // what is wrong is said by whoever reads it
        (None, None) => return Ok(()),
    };
    Err(miette!(help = help, "there is no file `{}`", shown(path)))
}

/// The file beside a path whose name is near to the path's.
fn misspelt(path: &Path) -> Option<PathBuf> {
    const MOST: usize = 10_000;
    let name = path.file_name()?.to_str()?;
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let files = std::fs::read_dir(folder).ok()?.take(MOST).flatten();
    let names = files.filter_map(|file| file.file_name().into_string().ok());
    let distance = |other: &String| strsim::osa_distance(name, other);
    let nearest = names.min_by_key(distance)?;
    let near = distance(&nearest) <= (name.chars().count() / 5).max(1);
    near.then(|| path.with_file_name(nearest))
}
