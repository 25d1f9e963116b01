//! `exact-mdp compare`: the sampled REINFORCE estimators beside the exact gradient.

use std::path::PathBuf;

use clap::Args;
use exact_mdp::comparison::Options;
use exact_mdp::mend::Front;
use exact_mdp::study::{self, CriticName, Numbers, PolicyName};

use super::files::Files;
use super::input::policy_file;
#[cfg(feature = "plot")]
use super::picture::PictureFile;
use super::range::{counts, policy};
use super::voice::Voice;
use super::{Input, Shared, Verdict};
use crate::words::Estimators;

/// Sampled policy-gradient estimators beside the exact gradient, with their exact laws
#[derive(Args, Debug)]
#[command(after_help = "\
Example: exact-mdp compare mdps/frozenlake-4x4.yaml --trajectories 20000
Example: exact-mdp compare mdps/frozenlake-4x4.yaml --plot errors.svg
Example: exact-mdp compare mdps/retry-loop.yaml --policy random:1 --behavior uniform

Estimators: total-return[:b], reward-to-go, baseline:b, q, advantage, td-residual, gae:LAMBDA,
n-step:N, with b a number, v, optimal-constant, optimal-state or textbook (the state baseline that
would be optimal if times were independent); the ending :dropped drops γ^t.

A file for --critic or --baseline-file is YAML or JSON: a list of numbers in the order of the states,
a map from states to numbers (terminal states may be left out), or a report with values `v`.

Under --behavior, with ω = π/b at each time, the score of time t has the weight ω₀ ⋯ ω_t, and a reward or
residual of a later time k also ω of all times up to k; in total-return ψ_t R_k is weighed by ω₀ up to
the later of t and k.

Exit code 1 if a sample is inconsistent with its estimator's own exact expectation.
CSV columns: estimator, quantity, parameter, other_parameter, word (of verdicts), value.")]
pub struct Compare {
    #[command(flatten)]
    input: Input,
    /// How many trajectories
    #[arg(short = 'n', long, value_name = "N", default_value_t = 100_000, allow_negative_numbers = true, value_parser = counts::<u64>(2, u64::MAX))]
    trajectories: u64,
    /// Estimators, separated by commas; all for every kind [default:
    /// total-return,reward-to-go,reward-to-go:dropped; average reward:
    /// total-return,reward-to-go,advantage]
    #[arg(long, value_name = "LIST", value_parser = Estimators, hide_possible_values = true)]
    estimators: Option<String>,
    /// What stands for v in critics: exact, noise:SEED:SCALE (v plus normal errors) or a file
    #[arg(long, value_name = "CRITIC", default_value = "exact", value_parser = critic)]
    critic: CriticName,
    /// Also the baselined estimator with b(s) from a file
    #[arg(long, value_name = "FILE")]
    baseline_file: Option<PathBuf>,
    /// Cut trajectories after T steps [default, if nothing terminates: by a bound on the bias;
    /// average reward: runs of 100 steps]
    #[arg(long, value_name = "T", conflicts_with = "geometric", allow_negative_numbers = true, value_parser = counts::<u32>(1, u64::from(u32::MAX)))]
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
    #[arg(long, value_name = "POLICY", value_parser = policy)]
    behavior: Option<PolicyName>,
    /// Also draw errors against N, biases and standard errors, an .svg or .png file
    #[cfg(feature = "plot")]
    #[arg(long, value_name = "FILE")]
    plot: Option<PictureFile>,
}

impl Compare {
    /// Runs the command.
    pub fn run(&self, shared: &Shared) -> miette::Result<Verdict> {
        let model = self.input.model(shared)?;
        let request = study::Compare {
            setting: self.input.setting(Numbers::Float),
            estimators: self.estimators.clone(),
            critic: self.critic.clone(),
            baseline_file: self.baseline_file.clone(),
            truncation: self.truncation.map(|steps| steps as usize),
            geometric: self.geometric,
            behavior: self.behavior.clone(),
            power: self.power,
            options: Options {
                trajectories: self.trajectories,
                seed: shared.seed,
                threads: shared.threads.map_or(0, usize::from),
                false_alarm: self.false_alarm,
                sequential: self.sequential,
                paired: self.paired,
                covariance: self.covariance,
                #[cfg(feature = "plot")]
                checkpoints: self.plot.is_some(),
                ..Options::default()
            },
        };
        let voice = Voice::interruptible(shared)?;
        let report = study::compare(&model, &request, &voice)?;
        shared.write(&report)?;
        #[cfg(feature = "plot")]
        if let Some(plot) = &self.plot {
            plot.write(|format| crate::plot::comparison::draw(&report, format))?;
        }
        let verdict = if report.comparison.is_consistent() {
            Verdict::Fine
        } else {
            Verdict::Negative
        };
        Ok(voice.verdict(verdict))
    }

    /// What is read and written.
    pub fn files(&self) -> Files {
        let critic = match &self.critic {
            CriticName::File(path) => Some(path.as_path()),
            _ => None,
        };
        let behavior = self.behavior.as_ref().and_then(policy_file);
        let read = [critic, behavior, self.baseline_file.as_deref()];
        let files = self.input.files().read(read.into_iter().flatten());
        #[cfg(feature = "plot")]
        let files = files.write(self.plot.as_ref().map(PictureFile::path));
        files
    }
}

/// What stands for v, by its name.
/// What stands for v, by its name.
pub fn critic(text: &str) -> Result<CriticName, String> {
    text.parse().map_err(|error: study::StudyError| {
        let mend = error.mend().map(|mend| mend.worded(Front::Flags));
        match mend {
            Some(mend) => format!("{error}; {mend}"),
            None => error.to_string(),
        }
    })
}
