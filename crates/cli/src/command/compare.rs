//! `exact-mdp compare`: the sampled REINFORCE estimators beside the exact gradient.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::Instant;

use clap::Args;
use exact_mdp::comparison::{Comparison, Options, compare};
use exact_mdp::estimator::{Baseline, Critic, Estimator, Sampling, parse_list, repeated};
use exact_mdp::evaluation::Evaluation;
use exact_mdp::mdp::{Criterion, Mdp};
use exact_mdp::policy::Policy;
use exact_mdp::report::{ComparisonReport, Head};

use super::input::Settings;
#[cfg(feature = "plot")]
use super::picture::PictureFile;
use super::policy::PolicyChoice;
use super::{Input, Shared, Verdict, progress, state_function};

/// Sampled policy-gradient estimators beside the exact gradient, with their exact laws
#[derive(Args, Debug)]
#[command(after_help = "\
Example: exact-mdp compare mdps/frozenlake-4x4.yaml --trajectories 20000
Example: exact-mdp compare mdps/frozenlake-4x4.yaml --plot errors.svg
Example: exact-mdp compare mdps/retry-loop.yaml --policy random:1 --behavior uniform

Estimators: total-return[:b], reward-to-go, baseline:b, q, advantage, td-residual, gae:LAMBDA,
n-step:N, with b a number, v, optimal-constant, optimal-state or textbook (the state baseline that
would be optimal if times were independent); the ending :dropped drops γ^t.

A file for --critic or --baseline-file is JSON: a list of numbers in the order of the states, a map
from states to numbers (terminal states may be left out), or what `evaluate --format json` writes.

Exit code 1 if a sample is inconsistent with its estimator's own exact expectation.
CSV columns: estimator, quantity, parameter, value.")]
pub struct Compare {
    #[command(flatten)]
    input: Input,
    /// How many trajectories
    #[arg(short = 'n', long, value_name = "N", default_value_t = 100_000, allow_negative_numbers = true, value_parser = clap::value_parser!(u64).range(2..))]
    trajectories: u64,
    /// Estimators, separated by commas; all for every kind [default:
    /// total-return,reward-to-go,reward-to-go:dropped; average reward:
    /// total-return,reward-to-go,advantage]
    #[arg(long, value_name = "LIST")]
    estimators: Option<String>,
    /// What stands for v in critics: exact, noise:SEED:SCALE (v plus normal errors) or a file
    #[arg(long, value_name = "CRITIC", default_value = "exact")]
    critic: String,
    /// Also the baselined estimator with b(s) from a file
    #[arg(long, value_name = "FILE")]
    baseline_file: Option<PathBuf>,
    /// Cut trajectories after T steps [default, if nothing terminates: by a bound on the bias;
    /// average reward: runs of 100 steps]
    #[arg(long, value_name = "T", conflicts_with = "geometric", allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(1..))]
    truncation: Option<u32>,
    /// End each trajectory with probability 1 − γ at every step instead of discounting: unbiased
    #[arg(long)]
    geometric: bool,
    /// Look early and stop when the answer is clear, at the same false-alarm rate
    #[arg(long)]
    sequential: bool,
    /// The probability that any estimator is called inconsistent by chance
    #[arg(long, value_name = "RATE", default_value_t = 1e-4)]
    false_alarm: f64,
    /// Also how many trajectories a precision of 1 % takes
    #[arg(long)]
    power: bool,
    /// Also test the others' differences from the first estimator, on the same trajectories
    #[arg(long)]
    paired: bool,
    /// Whole covariances in JSON, with --paired also those between two estimators
    #[arg(long)]
    covariance: bool,
    /// Who acts instead of the policy, its actions weighed by π/b: as --policy
    #[arg(long, value_name = "POLICY")]
    behavior: Option<PolicyChoice>,
    /// Also draw errors against N, biases and standard errors, an .svg or .png file
    #[cfg(feature = "plot")]
    #[arg(long, value_name = "FILE")]
    plot: Option<PictureFile>,
}

impl Compare {
    /// Runs the command.
    pub fn run(&self, shared: &Shared) -> miette::Result<Verdict> {
        if !(self.false_alarm > 0.0 && self.false_alarm < 1.0) {
            miette::bail!("--false-alarm is a probability between 0 and 1");
        }
        let (mdp, policy, behavior) = self.load(shared)?;
        self.check(&mdp, &policy)?;
        let estimators = self.estimators(&mdp, shared)?;
        let how = Options {
            behavior,
            ..self.options(&mdp, shared)
        };
        let comparison = self.compare(&mdp, &policy, &estimators, &how, shared)?;
        let options = self.input.settings.solver_options();
        let evaluation = Evaluation::of(&mdp, &policy, &options)?;
        let verdict = match comparison.is_consistent() {
            true => Verdict::Fine,
            false => Verdict::Negative,
        };
        let report = ComparisonReport {
            head: Head::new(&mdp, &policy),
            j: evaluation.j.into(),
            seed: shared.seed,
            power: self.power,
            behavior: self.behavior.as_ref().map(PolicyChoice::to_string),
            comparison,
        };
        #[cfg(feature = "plot")]
        if let Some(plot) = &self.plot {
            plot.write(|format| crate::plot::comparison::draw(&report, format))?;
        }
        shared.write(&report)?;
        Ok(verdict)
    }

    /// The model, its policy and who acts, if that is another.
    fn load(&self, shared: &Shared) -> miette::Result<(Mdp, Policy, Option<Policy>)> {
        let settings = &self.input.settings;
        let model = settings.model(&self.input.model, shared)?;
        let mdp = model.mdp();
        let policy = settings.policy(&model, &mdp, shared)?;
        let behavior = Settings {
            policy: self.behavior.clone(),
            ..settings.clone()
        };
        let behavior = self
            .behavior
            .is_some()
            .then(|| behavior.policy(&model, &mdp, shared));
        Ok((mdp, policy, behavior.transpose()?))
    }

    /// What can be said before anything is computed.
    fn check(&self, mdp: &Mdp, policy: &Policy) -> miette::Result<()> {
        let average = *mdp.criterion() == Criterion::Average;
        if average && (self.geometric || self.behavior.is_some()) {
            return Err(miette::miette!(
                help = "leave --geometric and --behavior out, or compare under another criterion: \
                        --discount 0.99",
                "under the average reward a run begins in the long run of the policy itself and \
                 takes --truncation steps"
            ));
        }
        let ends = self.truncation.is_some() || self.geometric;
        if ends && matches!(mdp.criterion(), Criterion::FiniteHorizon { .. }) {
            return Err(miette::miette!(
                help = "leave --truncation and --geometric out, or choose another criterion with \
                        --criterion or --discount",
                "the finite horizon ends every trajectory; --truncation and --geometric are for \
                 discounted and total returns"
            ));
        }
        let limit = Options::default().covariance_limit;
        if (self.paired || self.covariance) && policy.parameters() > limit {
            return Err(miette::miette!(
                "--paired and --covariance need whole covariances: at most {limit} parameters, \
                 and this policy has {}",
                policy.parameters()
            ));
        }
        Ok(())
    }

    /// Samples with a progress bar; Ctrl-C stops it, and what there is is judged.
    fn compare(
        &self,
        mdp: &Mdp,
        policy: &Policy,
        estimators: &[Estimator],
        options: &Options,
        shared: &Shared,
    ) -> miette::Result<Comparison> {
        let bar = progress::bar(shared, self.trajectories, "trajectories");
        let interrupted = progress::interrupted(shared)?;
        let begin = Instant::now();
        let comparison = compare(mdp, policy, estimators, options, &|done| {
            bar.set_position(done);
            match interrupted.load(Ordering::Relaxed) {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        });
        bar.finish_and_clear();
        let comparison = comparison?;
        if interrupted.load(Ordering::Relaxed) {
            let (done, all) = (comparison.trajectories, self.trajectories);
            shared.note(&format!("stopped after {done} of {all} trajectories"));
        }
        shared.timing("compared", begin);
        Ok(comparison)
    }

    fn options(&self, mdp: &Mdp, shared: &Shared) -> Options {
        let cut = match mdp.criterion() {
            Criterion::Average => Sampling::LongRun,
            _ => Sampling::Truncated,
        };
        let truncated = self.truncation.map(|steps| cut(steps as usize));
        Options {
            trajectories: self.trajectories,
            seed: shared.seed,
            threads: shared.threads.map_or(0, usize::from),
            false_alarm: self.false_alarm,
            sequential: self.sequential,
            paired: self.paired,
            covariance: self.covariance,
            #[cfg(feature = "plot")]
            checkpoints: self.plot.is_some(),
            sampling: self.geometric.then_some(Sampling::Geometric).or(truncated),
            solver: self.input.settings.solver_options(),
            ..Options::default()
        }
    }

    fn estimators(&self, mdp: &Mdp, shared: &Shared) -> miette::Result<Vec<Estimator>> {
        let critic = self.critic(mdp)?;
        // where trajectories die instead there is no γ^t to drop
        let discounted = mdp.discount() < 1.0 && !self.geometric;
        let list = match (&self.estimators, mdp.criterion()) {
            (Some(list), _) => list,
            (None, Criterion::Average) => "total-return,reward-to-go,advantage",
            (None, _) => "total-return,reward-to-go,reward-to-go:dropped",
        };
        let named = parse_list(list, discounted)?;
        for name in repeated(list, discounted)? {
            shared.note(&format!(
                "note: --estimators names {name} more than once; it is computed once"
            ));
        }
        // `all` means all that there are: off policy the optimal baselines are not
        let left_out = |estimator: &Estimator| {
            let name = estimator.baseline.name();
            self.behavior.is_some() && name.starts_with("optimal") && !list.contains(name)
        };
        let mut estimators: Vec<Estimator> = named
            .into_iter()
            .filter(|estimator| !left_out(estimator))
            .map(|estimator| match estimator.uses_critic() {
                true => estimator.with_critic(critic.clone()),
                false => estimator,
            })
            .collect();
        if let Some(path) = &self.baseline_file {
            let baseline = Baseline::File(state_function::load(path, mdp.space())?);
            estimators.push(Estimator::baselined(baseline));
        }
        Ok(estimators)
    }

    fn critic(&self, mdp: &Mdp) -> miette::Result<Critic> {
        // "v + noise:1:0.1" is the same as "noise:1:0.1"
        let after_v = self.critic.trim_start().strip_prefix('v');
        let sum = after_v.and_then(|rest| rest.trim_start().strip_prefix('+'));
        let name = sum.unwrap_or(&self.critic).trim();
        if name == "exact" || name.starts_with("noise:") {
            return Ok(name.parse::<Critic>()?);
        }
        let values = state_function::load(self.critic.as_ref(), mdp.space())?;
        Ok(Critic::File(values))
    }
}
