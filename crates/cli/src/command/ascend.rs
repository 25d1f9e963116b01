//! `exact-mdp ascend`: gradient ascent, exact or sampled.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use exact_mdp::ascent::{AscentMethod, AscentOptions};
use exact_mdp::model::Model;
use exact_mdp::polytope::Polytope;
use exact_mdp::report::{AscentReport, IteratesReport, RunReport, csv, json, npz};
use exact_mdp::returns::Risk;
use exact_mdp::study::{self, Earlier, Numbers, PolicyName, SweepRequest};
use miette::{IntoDiagnostic, miette};

use super::drawing::Drawing;
use super::files::{self, Files};
use super::range::{counts, not_negative, positive, risk, share};
use super::voice::Voice;
use super::{Input, Shared, Verdict, sweep};
use crate::picture::polytope::Plane;
use crate::picture::{Picture, Scene, ascents};
use crate::words::{Estimators, MethodName, word};

/// Gradient ascent on J, exact or sampled, with a bound on what is left to gain
#[derive(Args, Debug)]
#[command(after_help = "\
Example: exact-mdp ascend mdps/frozenlake-4x4.yaml
Example: exact-mdp ascend mdps/two-state.yaml --method plain,natural,newton --plot ascent.svg
Example: exact-mdp ascend mdps/two-state.yaml --method plain --step 0.1,1,10 --plot steps.svg
Example: exact-mdp ascend mdps/two-state.yaml --method plain,natural -n 50 --sweep step=0.01..100 --plot s.svg
Example: exact-mdp ascend mdps/two-state.yaml --method reinforce -n 20 --repeats 3
Example: exact-mdp ascend mdps/short-corridor.yaml --restarts 10

Methods: plain, line-search, projected, natural, mirror, nesterov, adam, trust-region, proximal
(ten gradient steps on PPO's exact clipped surrogate), newton; sampled: reinforce, actor-critic; searches that use
J alone: evolution, cross-entropy, random-search, not among `all`. Under all of them J and ∇J of the trace are exact.

Without --step: plain and nesterov 1/L with L the proven smoothness, 8R/((1-γ)³τ²) for a softmax;
projected 1/(2γ|A|R/(1-γ)³); natural 1/R; mirror 1/R, growing by 1/γ; adam 0.1; trust-region a mean
divergence of 0.01; proximal ε = 0.2; reinforce, actor-critic and evolution (1-γ)²/R; cross-entropy and
random-search a first deviation of 1 in θ. R: the span of rewards.

Ctrl-C writes what there is; --resume with that JSON goes on from it.
The .npz of --trace holds iteration, j, theta [T+1, d], probabilities [T+1, SA] and v [T+1, S] of the
first method, those of others below others/METHOD/.

CSV columns: method, iteration, j, gradient_norm, step, gap_bound (under --bounds), gap.")]
pub struct Ascend {
    #[command(flatten)]
    input: Input,
    /// How the steps are made; several separated by commas are compared, `all` for every method that
    /// serves the policy
    #[arg(
        long = "method",
        value_name = "METHODS",
        value_delimiter = ',',
        default_value = "line-search",
        hide_possible_values = true,
        value_parser = word::<MethodName>()
    )]
    methods: Vec<MethodName>,
    /// Climb this criterion of the return in place of J, by plain or line-search: mean-variance:C,
    /// exponential:BETA or cvar:LEVEL
    #[arg(long, value_name = "CRITERION", value_parser = risk)]
    risk: Option<Risk>,
    /// Climb J with ALPHA times the entropy of the policy in every reward, by plain, line-search, natural,
    /// reinforce or actor-critic
    #[arg(long, value_name = "ALPHA", conflicts_with = "risk", allow_negative_numbers = true, value_parser = not_negative)]
    entropy: Option<f64>,
    /// Cut the trajectories of reinforce and actor-critic after T steps, as a time limit does: critics
    /// bootstrap there [default: average reward: runs of 100 steps; else none]
    #[arg(long, value_name = "T", value_parser = counts::<usize>(1, u64::from(u32::MAX)))]
    truncation: Option<usize>,
    /// The most steps to make
    #[arg(short = 'n', long, value_name = "N", default_value_t = 1000, value_parser = counts::<usize>(0, u64::MAX))]
    iterations: usize,
    /// The step size η, or what the method has in its place; several separated by commas are compared
    /// [default: by the rules below]
    #[arg(long = "step", value_name = "STEPS", value_delimiter = ',', allow_hyphen_values = true, value_parser = positive)]
    steps: Vec<f64>,
    /// Make sampled ascents N times, from seeds one apart, for the mean and the range of J
    #[arg(long, value_name = "N", value_parser = counts::<u64>(2, 10_000))]
    repeats: Option<u64>,
    /// Climb from N more starts too, θ drawn from the seeds behind --seed (random:1, random:2, …), and report the best
    /// end; each start's end is listed
    #[arg(long, value_name = "N", value_parser = counts::<u64>(1, 100_000), conflicts_with_all = ["repeats", "resume"])]
    restarts: Option<u64>,
    /// Stop when ‖∇J‖ is at most this, in units of reward [default: 1e-12 R, R the span of rewards, and of
    /// --entropy 1e-12 (R + ALPHA)]
    #[arg(long, value_name = "NORM", allow_hyphen_values = true, value_parser = not_negative)]
    tolerance: Option<f64>,
    /// Stop when the bound on J* − J is at most this
    #[arg(long, value_name = "GAP", allow_hyphen_values = true, value_parser = not_negative)]
    gap_tolerance: Option<f64>,
    /// A bound on J* − J with every step
    #[arg(long)]
    bounds: bool,
    /// What reinforce and actor-critic estimate ∇J with [default: reward-to-go; td-residual]
    #[arg(long, value_name = "ESTIMATOR", value_parser = Estimators, hide_possible_values = true)]
    estimator: Option<String>,
    /// Trajectories in each sampled step; policies that a search draws in each of its own
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = counts::<u64>(1, u64::MAX))]
    trajectories: u64,
    /// Also, of reinforce, the exact change of J to expect of every step of the path, its deviation and the
    /// chance that it goes down: `drift` in JSON
    #[arg(long)]
    drift: bool,
    /// The searches know J by the mean of N sampled returns of each policy [default: exactly]
    #[arg(long, value_name = "N", value_parser = counts::<u64>(1, 100_000))]
    rollouts: Option<u64>,
    /// How far the critic moves towards its target in a step
    #[arg(long, value_name = "ALPHA", default_value_t = 0.1, allow_hyphen_values = true, value_parser = share)]
    critic_step: f64,
    /// Also write the path to a file: .csv, or with θ, π and v of every iterate .json or .npz
    #[arg(long, value_name = "FILE", value_parser = trace)]
    trace: Option<PathBuf>,
    /// Also draw the path among the values of all policies in two states, an .svg or .png file
    #[arg(long, value_name = "FILE")]
    polytope: Option<Drawing>,
    /// The two states of --polytope [default: the first two that act]
    #[arg(
        long,
        value_name = "STATES",
        value_delimiter = ',',
        requires = "polytope",
        num_args = 2
    )]
    states: Vec<String>,
    /// Also draw J and J* − J against the iteration, and the policies at the end side by side, an .svg or
    /// .png file
    #[arg(long, value_name = "FILE")]
    plot: Option<Drawing>,
    /// Keep every N-th iterate of the path, the first and the last [default: all of up to 100,000, then
    /// every second, fourth, …]
    #[arg(long, value_name = "N", value_parser = counts::<usize>(1, u64::MAX))]
    every: Option<usize>,
    /// Start from the policy that an earlier run wrote as JSON
    #[arg(long, value_name = "FILE")]
    resume: Option<PathBuf>,
    /// Instead, J at the end with each of many step sizes, by equal ratios: step=0.01..10, 21 of them, or as
    /// many as stand behind a colon, step=0.01..10:50; --plot draws them
    #[arg(long, value_name = "SWEEP", conflicts_with_all = [
        "steps", "repeats", "trace", "polytope", "resume", "drift", "every", "bounds"
    ])]
    sweep: Option<SweepRequest>,
}

/// A file whose ending says how a trace is written; what the system names without one gets rows.
fn trace(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    let ending = path.extension().and_then(|ending| ending.to_str());
    let is_of_system = ["/dev", "/proc"].iter().any(|root| path.starts_with(root));
    match ending {
        Some("csv" | "json" | "npz") => Ok(path),
        _ if is_of_system || text == "-" => Ok(path),
        _ => Err("expected a name that ends in .csv, .json or .npz".into()),
    }
}

impl Ascend {
    /// Runs the command.
    pub fn run(&self, shared: &Shared) -> miette::Result<Verdict> {
        let resume = self.resume.as_deref().map(Earlier::load).transpose()?;
        let mut input = self.seen_as_before();
        let model = input.model(shared)?;
        if let (Some(earlier), Some(file), None) = (&resume, &self.resume, &input.settings.policy)
            && earlier.is_unrolled(model.space())
        {
            input.settings.policy = Some(PolicyName::File(file.clone()));
        }
        let request = self.request(&input, resume, shared);
        if let Some(sweep) = &self.sweep {
            let voice = Voice::interruptible(shared)?;
            let report = study::sweep(&model, sweep, &request, &voice)?;
            voice.keep();
            let verdict = sweep::finish(&report, shared, self.plot.as_ref())?;
            return Ok(voice.verdict(verdict));
        }
        let polytope = self.polytope(&model)?;
        let voice = Voice::interruptible(shared)?;
        let study::Ascended { report, failure } = study::ascend(&model, &request, &voice)?;
        voice.keep();
        // what is done is written, whatever became of the rest
        if let Some(report) = report {
            shared.write(&report)?;
            self.write_files((&model, &report), shared)?;
            if let (Some(file), Some(polytope)) = (&self.polytope, &polytope) {
                file.write(&drawn(&Scene::new(&model.mdp()), polytope, &report), shared)?;
            }
        }
        failure.map_or(Ok(voice.verdict(Verdict::Fine)), |error| Err(error.into()))
    }

    /// The model and its flags; what is seen through a controller is seen through that of the earlier run,
    /// unless a flag says otherwise.
    fn seen_as_before(&self) -> Input {
        let mut input = self.input.clone();
        let said = input.settings.policy.is_some() || input.settings.replaced.nodes.is_some();
        if let Some(file) = self.resume.clone().filter(|_| !said) {
            let earlier = PolicyName::File(file);
            input.settings.policy = earlier.nodes().map(|_| earlier);
        }
        input
    }

    fn request(
        &self,
        input: &Input,
        resume: Option<Earlier>,
        shared: &Shared,
    ) -> study::AscendRequest {
        study::AscendRequest {
            setting: input.setting(Numbers::Float),
            methods: methods(&self.methods),
            estimator: self.estimator.clone(),
            resume,
            drift: self.drift,
            steps: self.steps.clone(),
            repeats: self.repeats,
            restarts: self.restarts,
            drawn: None,
            options: AscentOptions {
                risk: self.risk.clone(),
                entropy: self.entropy,
                truncation: self.truncation,
                iterations: self.iterations,
                step: self.steps.first().copied(),
                tolerance: self.tolerance,
                gap_tolerance: self.gap_tolerance,
                bounds: self.bounds,
                every: self.every,
                iterates: self.polytope.is_some() || self.is_full(),
                trajectories: self.trajectories,
                rollouts: self.rollouts,
                critic_step: self.critic_step,
                seed: shared.seed,
                threads: shared.threads.map_or(0, usize::from),
                ..AscentOptions::default()
            },
        }
    }

    /// What is read and written. To go on in place is fine: the file of `--resume` is read before
    /// it is replaced.
    pub fn files(&self) -> Files {
        let polytope = self.polytope.as_ref().map(Drawing::path);
        let files = self.input.files().write(self.trace.as_deref());
        let plot = self.plot.as_ref().map(Drawing::path);
        files.write(polytope).write(plot)
    }

    /// Whether the trace holds every iterate.
    fn is_full(&self) -> bool {
        let ending = self.trace.as_deref().and_then(Path::extension);
        ending.is_some_and(|ending| ending == "json" || ending == "npz")
    }

    /// The values of all policies, if they are to be drawn; found before the ascent, so that what
    /// cannot be drawn is said at once.
    fn polytope(&self, model: &Model) -> miette::Result<Option<Polytope>> {
        if self.polytope.is_none() {
            return Ok(None);
        }
        let number = |name: &String| {
            let found = model.space().state_named(name);
            found.ok_or_else(|| miette!("the model has no state `{name}`"))
        };
        let states = self.states.iter().map(number);
        let states = states.collect::<miette::Result<Vec<usize>>>()?;
        let states = <[usize; 2]>::try_from(states).ok();
        let solver = self.input.settings.solver_options();
        let polytope = Polytope::new(&Arc::new(model.mdp()), states, &solver);
        Ok(Some(polytope.into_diagnostic()?))
    }

    fn write_files(
        &self,
        (model, report): (&Model, &AscentReport),
        shared: &Shared,
    ) -> miette::Result<()> {
        if let Some(path) = &self.trace {
            match path.extension().and_then(|ending| ending.to_str()) {
                Some("npz") => {
                    let whole = IteratesReport::new(report);
                    files::write_archive(path, |out| npz::write_stored(&whole.entries(), out))?;
                }
                Some("json") => {
                    let whole = IteratesReport::new(report);
                    files::write(path, |out| json::write(&whole.entries(), out))?;
                }
                _ => files::write(path, |out| csv::write(report, out).map(|_| ()))?,
            }
        }
        if let Some(plot) = &self.plot {
            plot.write(&ascents::draw(&Arc::new(model.mdp()), report), shared)?;
        }
        Ok(())
    }
}

/// The paths among the values of all policies.
fn drawn(scene: &Scene, polytope: &Polytope, report: &AscentReport) -> Picture {
    let path = |run: &RunReport| {
        let values = &run.iterates.as_ref()?.v;
        let points = values.iter().map(|v| polytope.states.map(|state| v[state]));
        Some((run.label(), points.collect()))
    };
    let plane = Plane {
        scene,
        polytope,
        paths: report.runs().filter_map(path).collect(),
    };
    plane.draw()
}

/// The methods that are named; none for all of them.
fn methods(names: &[MethodName]) -> Vec<AscentMethod> {
    let named = names.iter().map(|name| match name {
        MethodName::All => None,
        MethodName::Method(method) => Some(*method),
    });
    named
        .collect::<Option<Vec<AscentMethod>>>()
        .unwrap_or_default()
}
