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
use miette::{IntoDiagnostic, WrapErr, miette};

use super::picture::PictureFile;
use super::range::{not_negative, positive, share};
use super::resume::{Earlier, Start};
use super::{Input, Shared, Verdict, progress};
#[cfg(feature = "plot")]
use crate::words::word;

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
        hide_possible_values = true,
        value_parser = word::<Method>()
    )]
    methods: Vec<Method>,
    /// The most steps to make
    #[arg(short = 'n', long, value_name = "N", default_value_t = 1000)]
    iterations: usize,
    /// The step size η, or what the method has in its place [default: by the rules below]
    #[arg(long, value_name = "STEP", value_parser = positive)]
    step: Option<f64>,
    /// Stop when ‖∇J‖ is at most this
    #[arg(long, value_name = "NORM", default_value = "1e-12", value_parser = not_negative)]
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
        if self.estimator.is_some() && !self.methods.iter().any(|method| method.is_sampled()) {
            return Err(miette!(
                help = "leave it out, or sample with --method reinforce or actor-critic",
                "--estimator belongs to the sampled methods"
            ));
        }
        let (mdp, policy) = self.input.load(shared)?;
        let starts = self.starts(&mdp, &policy, shared)?;
        let solver = self.input.settings.solver_options();
        let goal = match Goal::new(&mdp, &solver) {
            Ok(goal) => Some(goal),
            Err(error) => {
                shared.note(&format!("warning: J* is not known: {error}"));
                None
            }
        };
        let interrupted = progress::interrupted(shared)?;
        let (mut runs, mut failure) = (Vec::new(), None);
        for (&method, start) in self.methods.iter().zip(&starts) {
            let options = self.options(method, start.made, shared)?;
            match watched(&mdp, start, goal.as_ref(), &options, shared, &interrupted) {
                Ok(run) => runs.push(run),
                Err(error) => failure = Some(error),
            }
            if failure.is_some() || interrupted.load(Ordering::Relaxed) {
                break;
            }
        }
        // what is done is written, whatever became of the rest
        if !runs.is_empty() {
            let others = runs.split_off(1);
            let report = AscentReport::new(&mdp, goal.as_ref(), runs.remove(0), others);
            self.write_files(&report)?;
            shared.write(&report)?;
        }
        failure.map_or(Ok(Verdict::Fine), Err)
    }

    /// Where each method starts. Errors, before anything runs, if one does not serve the policy.
    fn starts(&self, mdp: &Mdp, policy: &Policy, shared: &Shared) -> miette::Result<Vec<Start>> {
        let Some(path) = &self.resume else {
            let from = |method: &Method| {
                let policy = method.start(policy)?;
                Ok(Start { policy, made: 0 })
            };
            return self.methods.iter().map(from).collect();
        };
        let earlier = Earlier::read(path, mdp)?;
        let go_on = |&method: &Method| {
            let start = earlier
                .start(method, policy)
                .wrap_err_with(|| format!("cannot go on from `{}`", path.display()))?;
            method.start(&start.policy)?;
            if method.has_memory() && start.made > 0 {
                shared.note(&format!(
                    "note: the policy goes on, the memory of {} starts anew",
                    method.name()
                ));
            }
            Ok(start)
        };
        self.methods.iter().map(go_on).collect()
    }

    fn options(&self, method: Method, made: usize, shared: &Shared) -> miette::Result<Options> {
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
            made,
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
            plot.write(|format| crate::plot::ascent::draw(&report, format))?;
        }
        Ok(())
    }
}

/// An ascent with a progress bar that Ctrl-C ends, and its rates.
fn watched(
    mdp: &Mdp,
    start: &Start,
    goal: Option<&Goal>,
    options: &Options,
    shared: &Shared,
    interrupted: &AtomicBool,
) -> miette::Result<(Ascent, Rates)> {
    let (name, begin) = (options.method.name(), Instant::now());
    let bar = progress::bar(
        shared,
        options.iterations as u64,
        &format!("steps of {name}"),
    );
    let ascent = ascend(mdp, &start.policy, goal, options, &mut |step| {
        bar.set_position((step.iteration - options.made) as u64);
        match interrupted.load(Ordering::Relaxed) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    });
    bar.finish_and_clear();
    let ascent = ascent?;
    shared.timing(name, begin);
    let done = ascent.iterations();
    if ascent.stop == Stop::Interrupted {
        let all = options.iterations;
        shared.note(&format!("{name}: stopped after {done} of {all} steps"));
    }
    if let Some(failure) = &ascent.failure {
        shared.note(&format!(
            "warning: {name} ended after {done} steps: {failure}"
        ));
    }
    let rates = Rates::new(mdp, &start.policy, goal, &ascent, options)?;
    Ok((ascent, rates))
}

fn write(path: &Path, text: &[u8]) -> miette::Result<()> {
    fs::write(path, text)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot write `{}`", path.display()))
}
