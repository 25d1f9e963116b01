//! What a command works on: the path of a model and the flags that change it → `Mdp`, `Policy`.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use exact_mdp::control;
use exact_mdp::field::{Ball, Field};
use exact_mdp::linalg::{SolverKind, SolverOptions};
use exact_mdp::mdp::{Criterion, Mdp, Space};
use exact_mdp::model::{self, CriterionKind, Format, Model, Overrides};
use exact_mdp::number::{Number, Rational};
use exact_mdp::policy::{Policy, Specification};
use miette::{IntoDiagnostic, WrapErr, miette};

use super::Shared;
use super::policy::PolicyChoice;
use crate::words::word;

/// A model with its policy.
#[derive(Args, Clone, Debug)]
pub struct Input {
    /// The model: a YAML file, or a .json, .npz, .drn, .tra or .POMDP file of another program; `-` for
    /// standard input
    #[arg(value_name = "MODEL")]
    pub model: PathBuf,
    #[command(flatten)]
    pub settings: Settings,
}

/// Flags that stand above what a model file says.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Model")]
pub struct Settings {
    /// uniform, random:SEED, optimal or a policy file [default: the model file's, else uniform]
    #[arg(long, value_name = "POLICY")]
    pub policy: Option<PolicyChoice>,
    #[command(flatten)]
    pub replaced: Replaced,
    /// auto (by size and density), dense, sparse, krylov or lapack
    #[arg(
        long,
        value_name = "SOLVER",
        default_value = "auto",
        value_parser = word::<SolverKind>(),
        hide_possible_values = true,
        hide_default_value = true
    )]
    pub solver: SolverKind,
}

/// Flags that replace what a model file says, for every command that reads one.
#[derive(Args, Clone, Debug)]
pub struct Replaced {
    /// The discount γ instead of the file's: 0.9 or 9/10
    #[arg(long, value_name = "DISCOUNT", allow_negative_numbers = true)]
    pub discount: Option<Number>,
    /// The horizon T instead of the file's; makes the criterion finite-horizon
    #[arg(long, value_name = "STEPS", allow_negative_numbers = true, value_parser = horizon)]
    pub horizon: Option<usize>,
    /// discounted, finite-horizon, total or average, instead of the file's
    #[arg(long, value_name = "CRITERION", hide_possible_values = true, value_parser = word::<CriterionKind>())]
    pub criterion: Option<CriterionKind>,
    /// Where episodes start, instead of the file's: uniform, a state, or '{0: 1/2, 5: 1/2}'
    #[arg(long, value_name = "START")]
    pub initial: Option<String>,
    /// Which of a file's reward models counts: in .drn and .umb files, and PRISM's reward structures
    #[arg(long, value_name = "NAME")]
    pub reward_model: Option<String>,
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
        }
    }
}

impl Input {
    /// The model and its policy in `f64`; the model's warnings go to standard error.
    pub fn load(&self, shared: &Shared) -> miette::Result<(Mdp, Policy)> {
        let model = self.settings.model(&self.model, shared)?;
        let mdp = model.mdp();
        let policy = self.settings.policy(&model, &mdp, shared)?;
        let by_time = matches!(mdp.criterion(), Criterion::FiniteHorizon { .. });
        if by_time && self.settings.policy == Some(PolicyChoice::Optimal) {
            shared.note(
                "note: the optimal policy of a horizon depends on the time; this is its rule at t = 0, followed at all times (`solve` shows them all)",
            );
        }
        Ok((mdp, policy))
    }
}

impl Input {
    /// The model and its policy in exact fractions; the model's warnings go to standard error.
    pub fn load_exact(&self, shared: &Shared) -> miette::Result<(Mdp<Rational>, Policy<Rational>)> {
        let model = self.settings.model(&self.model, shared)?;
        let mdp = model.exact_mdp()?;
        let policy = self.settings.exact_policy(&model, &mdp, shared)?;
        if policy.theta().is_none() && policy.parameters() > 0 {
            shared.note("θ = τ log π is no fraction and left out; everything else is exact");
        }
        Ok((mdp, policy))
    }

    /// The model and its policy over balls, every literal enclosed as it is written; the model's
    /// warnings go to standard error.
    pub fn load_certified(&self, shared: &Shared) -> miette::Result<(Mdp<Ball>, Policy<Ball>)> {
        let model = self.settings.model(&self.model, shared)?;
        let policy = self
            .settings
            .certified_policy(&model, &model.mdp(), shared)?;
        Ok((model.mdp(), policy))
    }
}

impl Settings {
    /// The model of a file, its warnings on standard error.
    pub fn model(&self, path: &Path, shared: &Shared) -> miette::Result<Model> {
        let model = load(path, &self.replaced.overrides())?;
        warn(&model, path, shared);
        Ok(model)
    }

    /// The chosen policy; the model's own, or else the uniform one, if none was chosen.
    pub fn policy(&self, model: &Model, mdp: &Mdp, shared: &Shared) -> miette::Result<Policy> {
        let random = |seed| Ok(Policy::random(model.space(), seed));
        self.chosen(model, shared, random, || self.optimal(mdp))
    }

    /// As [`Settings::policy`], in exact fractions.
    pub fn exact_policy(
        &self,
        model: &Model,
        mdp: &Mdp<Rational>,
        shared: &Shared,
    ) -> miette::Result<Policy<Rational>> {
        let random = |seed| {
            Err(miette!(
                help = "give a policy file with `probabilities` as fractions, or use --certify for digits with proven bounds",
                "the softmax probabilities of `random:{seed}` are exp of its normal θ: no fractions"
            ))
        };
        let optimal = || Ok(control::exactly(mdp, &control::Options::default())?.policy);
        self.chosen(model, shared, random, optimal)
    }

    /// As [`Settings::policy`], over balls: a random θ is the `f64` it is drawn as, the optimal
    /// policy the one that floating point finds.
    pub fn certified_policy(
        &self,
        model: &Model,
        mdp: &Mdp,
        shared: &Shared,
    ) -> miette::Result<Policy<Ball>> {
        let space = model.space();
        let random = |seed| {
            let random = Policy::random(space, seed);
            let theta = random.theta().unwrap_or_default().iter();
            let theta = theta.map(|x| Ball::exact(*x)).collect();
            Policy::softmax(space, theta, Ball::one()).into_diagnostic()
        };
        let optimal = || {
            let found = self.optimal(mdp)?;
            Ok(found.map(|probability| Ball::exact(*probability)))
        };
        self.chosen(model, shared, random, optimal)
    }

    /// The policy over a field, which knows what `random:SEED` and `optimal` are in it.
    fn chosen<F: Field>(
        &self,
        model: &Model,
        shared: &Shared,
        random: impl FnOnce(u64) -> miette::Result<Policy<F>>,
        optimal: impl FnOnce() -> miette::Result<Policy<F>>,
    ) -> miette::Result<Policy<F>> {
        let space = model.space();
        let specified = |specification: &Specification| {
            Policy::from_specification(space, specification).into_diagnostic()
        };
        match (&self.policy, model.policy()) {
            (None, Some(specification)) => specified(specification),
            (None, None) | (Some(PolicyChoice::Uniform), _) => Ok(Policy::uniform(space)),
            (Some(PolicyChoice::Random(seed)), _) => random(*seed),
            (Some(PolicyChoice::Optimal), _) => optimal(),
            (Some(PolicyChoice::File(path)), _) => specified(&policy_file(path, space, shared)?)
                .wrap_err_with(|| format!("in {}", path.display())),
        }
    }

    fn optimal(&self, mdp: &Mdp) -> miette::Result<Policy> {
        let options = control::Options {
            solver: self.solver_options(),
            ..control::Options::default()
        };
        Ok(control::solve(mdp, &options)?.policy)
    }

    /// How linear systems are to be solved.
    pub fn solver_options(&self) -> SolverOptions {
        SolverOptions {
            solver: self.solver,
            ..SolverOptions::default()
        }
    }
}

/// T of a flag.
fn horizon(text: &str) -> Result<usize, String> {
    let steps = text.parse().ok().filter(|&steps| steps >= 1);
    steps.ok_or_else(|| "expected a whole number of steps, at least 1".to_string())
}

/// A policy from a file, what was accepted in it on standard error.
fn policy_file(path: &Path, space: &Space, shared: &Shared) -> miette::Result<Specification> {
    let (specification, warnings) = model::load_policy(path, space)?;
    for warning in warnings {
        shared.note(&format!("warning: {}: {warning}", path.display()));
    }
    Ok(specification)
}

/// Says on standard error what was accepted in a model and should be known.
pub fn warn(model: &Model, path: &Path, shared: &Shared) {
    for warning in model.warnings() {
        shared.note(&format!("warning: {}: {warning}", path.display()));
    }
}

/// A model from a file, or from standard input for `-`.
pub fn load(path: &Path, overrides: &Overrides) -> miette::Result<Model> {
    load_as(path, None, overrides)
}

/// As [`load`], in a given format.
pub fn load_as(
    path: &Path,
    format: Option<Format>,
    overrides: &Overrides,
) -> miette::Result<Model> {
    if path != Path::new("-") {
        return Ok(Model::load_as(path, format, overrides)?);
    }
    let mut bytes = Vec::new();
    std::io::stdin()
        .read_to_end(&mut bytes)
        .into_diagnostic()
        .wrap_err("cannot read a model from standard input")?;
    let format = format.unwrap_or(Format::Nested);
    Ok(Model::parse_as("stdin", &bytes, format, overrides)?)
}
