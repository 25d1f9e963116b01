//! `exact-mdp ascend`: gradient ascent, exact or sampled.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use clap::Args;
use exact_mdp::ascent::rates::Rates;
use exact_mdp::ascent::{Ascent, Goal, Method, Options, Stop, ascend};
use exact_mdp::estimator::Estimator;
use exact_mdp::mdp::Mdp;
use exact_mdp::policy::Policy;
use exact_mdp::report::{AscentReport, csv};
use miette::{IntoDiagnostic, WrapErr, bail};
use serde::Deserialize;

#[cfg(feature = "plot")]
use super::picture::PictureFile;
use super::{Input, Shared, Verdict, progress};

/// Gradient ascent on J, exact or sampled, with a bound on what is left to gain
#[derive(Args, Debug)]
#[command(after_help = "\
Example: exact-mdp ascend mdps/frozenlake-4x4.yaml
Example: exact-mdp ascend mdps/two-state.yaml --method plain,natural,newton --plot ascent.svg
Example: exact-mdp ascend mdps/two-state.yaml --method reinforce --trajectories 50 -n 20

Methods: plain, line-search, projected, natural, mirror, nesterov, adam, trust-region, proximal
(PPO-clip on the exact surrogate), newton; sampled: reinforce, actor-critic. Also under these J and
∇J of the trace are exact.

Without --step: plain and nesterov 1/L with L the proven smoothness, 8R/((1-γ)³τ²) for a softmax;
projected 1/(2γ|A|R/(1-γ)³); natural 1/R; mirror 1/R, growing by 1/γ; adam 0.1; trust-region a mean
divergence of 0.01; proximal ε = 0.2; reinforce and actor-critic (1-γ)²/R. R: the span of rewards.

Ctrl-C writes what there is; --resume with that JSON goes on from it.
CSV columns: method, iteration, j, gradient_norm, step, gap_bound, gap (the last two under --bounds).")]
pub struct Ascend {
    #[command(flatten)]
    input: Input,
    /// How the steps are made; several separated by commas are compared
    #[arg(
        long = "method",
        value_name = "METHODS",
        value_delimiter = ',',
        default_value = "line-search",
        hide_possible_values = true
    )]
    methods: Vec<Method>,
    /// The most steps to make
    #[arg(short = 'n', long, value_name = "N", default_value_t = 1000)]
    iterations: usize,
    /// The step size η, or what the method has in its place [default: by the rules below]
    #[arg(long, value_name = "STEP", value_parser = positive)]
    step: Option<f64>,
    /// Stop when ‖∇J‖ is at most this
    #[arg(long, value_name = "NORM", default_value_t = 1e-12, value_parser = not_negative)]
    tolerance: f64,
    /// Stop when the bound on J* − J is at most this
    #[arg(long, value_name = "GAP", value_parser = not_negative)]
    gap_tolerance: Option<f64>,
    /// J* − J with every step, and a bound on it
    #[arg(long)]
    bounds: bool,
    /// What reinforce and actor-critic estimate ∇J with [default: reward-to-go; td-residual]
    #[arg(long, value_name = "ESTIMATOR")]
    estimator: Option<String>,
    /// Trajectories in each sampled step
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..))]
    trajectories: u64,
    /// How far the critic moves towards its target in a step
    #[arg(long, value_name = "ALPHA", default_value_t = 0.1, value_parser = share)]
    critic_step: f64,
    /// Also write the path to a CSV file
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// Also draw J and J* − J against the iteration, an .svg or .png file
    #[cfg(feature = "plot")]
    #[arg(long, value_name = "FILE")]
    plot: Option<PictureFile>,
    /// Start from the policy that an earlier run wrote as JSON
    #[arg(long, value_name = "FILE")]
    resume: Option<PathBuf>,
}

impl Ascend {
    /// Runs the command.
    pub fn run(&self, shared: &Shared) -> miette::Result<Verdict> {
        let (mdp, mut policy) = self.input.load(shared)?;
        if let Some(path) = &self.resume {
            policy = resumed(path, &policy)?;
        }
        let solver = self.input.settings.solver_options();
        let goal = match Goal::new(&mdp, &solver) {
            Ok(goal) => Some(goal),
            Err(error) => {
                shared.note(&format!("warning: J* is not known: {error}"));
                None
            }
        };
        let interrupted = progress::interrupted()?;
        let mut runs = Vec::new();
        for &method in &self.methods {
            let options = self.options(method, shared)?;
            let begin = Instant::now();
            let ascent = watched(&mdp, &policy, goal.as_ref(), &options, shared, &interrupted)?;
            shared.timing(method.name(), begin);
            let rates = Rates::new(&mdp, &policy, goal.as_ref(), &ascent, &options);
            let stopped = ascent.stop == Stop::Interrupted;
            if stopped {
                let (done, all) = (ascent.iterations(), self.iterations);
                shared.note(&format!(
                    "{}: stopped after {done} of {all} steps",
                    method.name()
                ));
            }
            runs.push((ascent, rates?));
            if stopped {
                break;
            }
        }
        let others = runs.split_off(1);
        let Some(first) = runs.pop() else {
            bail!("--method names no method")
        };
        let report = AscentReport::new(&mdp, goal.as_ref(), first, others);
        self.write_files(&report)?;
        shared.write(&report)?;
        Ok(Verdict::Fine)
    }

    fn options(&self, method: Method, shared: &Shared) -> miette::Result<Options> {
        let estimator = self.estimator.as_deref().map(str::parse::<Estimator>);
        Ok(Options {
            method,
            iterations: self.iterations,
            step: self.step,
            tolerance: self.tolerance,
            gap_tolerance: self.gap_tolerance,
            bounds: self.bounds,
            estimator: estimator.transpose()?,
            trajectories: self.trajectories,
            critic_step: self.critic_step,
            seed: shared.seed,
            threads: shared.threads.map_or(0, usize::from),
            solver: self.input.settings.solver_options(),
        })
    }

    fn write_files(&self, report: &AscentReport) -> miette::Result<()> {
        if let Some(path) = &self.trace {
            let mut text = Vec::new();
            csv::write(report, &mut text).into_diagnostic()?;
            write(path, &text)?;
        }
        #[cfg(feature = "plot")]
        if let Some(plot) = &self.plot {
            plot.write(|format| report.picture(format))?;
        }
        Ok(())
    }
}

/// An ascent with a progress bar that Ctrl-C ends.
fn watched(
    mdp: &Mdp,
    policy: &Policy,
    goal: Option<&Goal>,
    options: &Options,
    shared: &Shared,
    interrupted: &AtomicBool,
) -> miette::Result<Ascent> {
    let unit = format!("steps of {}", options.method.name());
    let bar = progress::bar(shared, options.iterations as u64, &unit);
    let ascent = ascend(mdp, policy, goal, options, &mut |step| {
        bar.set_position(step.iteration as u64);
        match interrupted.load(Ordering::Relaxed) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    });
    bar.finish_and_clear();
    Ok(ascent?)
}

/// What is read of an earlier report.
#[derive(Deserialize)]
struct Earlier {
    policy: EarlierPolicy,
}

#[derive(Deserialize)]
struct EarlierPolicy {
    parametrization: String,
    theta: Option<Vec<f64>>,
    probabilities: Vec<f64>,
}

/// The policy at the end of an earlier run, in the parametrization of `policy`, or on the simplex
/// if it ended there.
fn resumed(path: &Path, policy: &Policy) -> miette::Result<Policy> {
    let place = || format!("in `{}`", path.display());
    let text = fs::read_to_string(path)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot read `{}`", path.display()))?;
    let Earlier { policy: earlier } = serde_json::from_str(&text)
        .into_diagnostic()
        .wrap_err_with(|| {
            format!(
                "`{}` is not the JSON of a report with a policy",
                path.display()
            )
        })?;
    let own = policy.parametrization().name();
    if earlier.parametrization == own
        && let Some(theta) = earlier.theta
    {
        return policy
            .with_theta(theta)
            .into_diagnostic()
            .wrap_err_with(place);
    }
    let found = earlier.probabilities.len();
    if found != policy.space().pairs() {
        let expected = policy.space().pairs();
        bail!(
            "{} there are {found} probabilities; the model has {expected} pairs",
            place()
        );
    }
    if earlier.parametrization != "simplex" {
        bail!(
            "{} the policy is {}, here it is {own}; give the same --policy as then",
            place(),
            earlier.parametrization
        );
    }
    Ok(Policy::simplex(policy.space(), earlier.probabilities))
}

fn write(path: &Path, text: &[u8]) -> miette::Result<()> {
    fs::write(path, text)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot write `{}`", path.display()))
}

fn positive(text: &str) -> Result<f64, String> {
    in_range(text, "a positive number", |x| x > 0.0)
}

fn not_negative(text: &str) -> Result<f64, String> {
    in_range(text, "a number of at least 0", |x| x >= 0.0)
}

fn share(text: &str) -> Result<f64, String> {
    in_range(text, "a number above 0, at most 1", |x| x > 0.0 && x <= 1.0)
}

fn in_range(text: &str, expected: &str, holds: impl Fn(f64) -> bool) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(x) if x.is_finite() && holds(x) => Ok(x),
        _ => Err(format!("`{text}` is not {expected}")),
    }
}
