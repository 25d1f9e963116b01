//! `exact-mdp compare`: the sampled REINFORCE estimators beside the exact gradient.

use std::ops::Range;
use std::path::PathBuf;

use clap::Args;
use exact_mdp::comparison::{ComparisonOptions, Shard};
use exact_mdp::load;
use exact_mdp::number::Number;
use exact_mdp::study::{self, Numbers, PolicyName, StudyError, SweepRequest};
use miette::{IntoDiagnostic, WrapErr};

use super::critic::CriticFlags;
use super::drawing::Drawing;
use super::files::Files;
use super::range::{counts, number, policy, weight};
use super::voice::Voice;
use super::{Input, Shared, Verdict, sweep};
use crate::words::Estimators;

/// Sampled policy-gradient estimators beside the exact gradient, with their exact laws
#[derive(Args, Debug)]
#[command(after_help = "\
Example: exact-mdp compare mdps/frozenlake-4x4.yaml --trajectories 20000
Example: exact-mdp compare mdps/frozenlake-4x4.yaml --plot errors.svg
Example: exact-mdp compare mdps/retry-loop.yaml --policy random:1 --behavior uniform
Example: exact-mdp compare mdps/retry-loop.yaml --critic noise:1:0.5 -n 100 --sweep lambda=0..1 --plot l.svg

A run in parts, to the last byte that of one process: the same command with --blocks 0..250 -o a.sums in one
place and --blocks 250..489 -o b.sums in another, then without -n and with --merge a.sums b.sums.

Estimators: total-return[:b], reward-to-go, baseline:b, q, advantage, td-residual, gae:LAMBDA,
n-step:N, with b a number, v, optimal-constant, optimal-state, optimal-stationary (one b(s) for all times of a cut or
horizon), optimal-parameter and optimal-parameter-stationary (b_k(s) for each parameter k) or textbook (the state baseline that
would be optimal if times were independent); the ending :dropped drops γ^t.

A file for --critic or --baseline-file is YAML or JSON: a list of numbers in the order of the states,
a map from states to numbers (terminal states may be left out), or a report with values `v`; over a
horizon also `by_time:` with a list of these, one for each time.

Under --behavior, with ω = π/b at each time, the score of time t has the weight ω₀ ⋯ ω_t, and a reward or
residual of a later time k also ω of all times up to k; in total-return ψ_t R_k is weighed by ω₀ up to
the later of t and k.

Exit code 1 if a sample is inconsistent with its estimator's own exact expectation.
CSV columns: estimator, quantity, parameter, other_parameter, word (of verdicts), value.")]
pub struct Compare {
    #[command(flatten)]
    input: Input,
    /// How many trajectories [default: 100000]
    #[arg(short = 'n', long, value_name = "N", allow_negative_numbers = true, value_parser = counts::<u64>(2, u64::MAX))]
    trajectories: Option<u64>,
    /// Estimators, separated by commas; all for every kind [default:
    /// total-return,reward-to-go,reward-to-go:dropped; average reward:
    /// total-return,reward-to-go,advantage]
    #[arg(long, value_name = "LIST", value_parser = Estimators, hide_possible_values = true)]
    estimators: Option<String>,
    #[command(flatten)]
    critic: CriticFlags,
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
    #[arg(long, value_name = "RATE", default_value_t = 1e-4, allow_negative_numbers = true, value_parser = number)]
    false_alarm: f64,
    /// Estimators of ∇J with ALPHA times the entropy of the policy in every reward: r − α log π for r
    #[arg(long, value_name = "ALPHA", conflicts_with = "sweep", allow_negative_numbers = true, value_parser = weight)]
    entropy: Option<Number>,
    /// Also how many trajectories a precision of 1 % takes at most
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
    /// Only sum the blocks A to B − 1, of 2048 trajectories each, into the file of -o, for --merge; -n
    /// is that of the whole run, and without it as many blocks belong to the run as are merged
    #[arg(long, value_name = "A..B", value_parser = blocks, conflicts_with_all = ["merge", "sequential"])]
    blocks: Option<Range<u64>>,
    /// Report the run whose blocks these files hold, as one process would: give the same model and
    /// flags as with --blocks, but for -n
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with_all = ["sequential", "trajectories"])]
    merge: Vec<PathBuf>,
    /// Also draw errors against N, biases and standard errors, z of every parameter and, with --covariance,
    /// the covariances, an .svg or .png file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["blocks", "merge"])]
    plot: Option<Drawing>,
    /// Instead, by the exact laws and without sampling, the root mean squared error of the mean of n
    /// estimates, against n for each estimator, n=1..1000, or of gae:LAMBDA with -n trajectories against λ,
    /// lambda=0..1; 21 values, or as many as stand behind a colon; --plot draws them
    #[arg(long, value_name = "SWEEP", conflicts_with_all = [
        "blocks", "merge", "sequential", "false_alarm", "power", "paired", "covariance"
    ])]
    sweep: Option<SweepRequest>,
}

impl Compare {
    /// Runs the command.
    pub fn run(&self, shared: &Shared) -> miette::Result<Verdict> {
        let model = self.input.model(shared)?;
        if let Some(sweep) = &self.sweep {
            let (request, voice) = (self.request(shared), Voice::new(shared));
            let written = (shared, self.plot.as_ref());
            return sweep::run(&model, sweep, &request, &voice, written);
        }
        let request = self.request(shared);
        let voice = Voice::interruptible(shared)?;
        if let Some(blocks) = &self.blocks {
            let whole = self.trajectories.is_some();
            let shard = study::compare_blocks(&model, &request, blocks.clone(), whole, &voice)?;
            voice.keep();
            shared.write_bytes(&shard.to_bytes())?;
            return Ok(voice.verdict(Verdict::Fine));
        }
        let found = if self.merge.is_empty() {
            study::compare(&model, &request, &voice)
        } else {
            study::compare_merged(&model, &request, self.shards()?, &voice)
        };
        let Some(report) = voice.unless_ended(found)? else {
            return Ok(voice.verdict(Verdict::Invalid));
        };
        shared.write(&report)?;
        if let Some(plot) = &self.plot {
            plot.write(&crate::picture::comparison::draw(&report), shared)?;
        }
        let verdict = if report.comparison.is_consistent() {
            Verdict::Fine
        } else {
            Verdict::Negative
        };
        Ok(voice.verdict(verdict))
    }

    /// What is asked of the study.
    pub fn request(&self, shared: &Shared) -> study::CompareRequest {
        let usual = ComparisonOptions::default();
        study::CompareRequest {
            setting: self.input.setting(Numbers::Float),
            estimation: study::Estimation {
                estimators: self.estimators.clone(),
                truncation: self.truncation.map(|steps| steps as usize),
                geometric: self.geometric,
                behavior: self.behavior.clone(),
                entropy: self.entropy.clone(),
                ..self.critic.estimation()
            },
            power: self.power,
            options: ComparisonOptions {
                trajectories: self.trajectories.unwrap_or(usual.trajectories),
                seed: shared.seed,
                threads: shared.threads.map_or(0, usize::from),
                false_alarm: self.false_alarm,
                sequential: self.sequential,
                paired: self.paired,
                covariance: self.covariance,
                checkpoints: self.plot.is_some(),
                ..usual
            },
        }
    }

    /// The files of --merge.
    fn shards(&self) -> miette::Result<Vec<(String, Shard)>> {
        let shard = |path: &PathBuf| {
            let name = path.display().to_string();
            let bytes = load::read_file(path)
                .into_diagnostic()
                .wrap_err_with(|| format!("cannot read `{name}`"))?;
            match Shard::from_bytes(&bytes) {
                Ok(shard) => Ok((name, shard)),
                Err(why) => Err(StudyError::Shard { name, why }.into()),
            }
        };
        self.merge.iter().map(shard).collect()
    }

    /// Whether what is written is no report.
    pub fn writes_blocks(&self) -> bool {
        self.blocks.is_some()
    }

    /// The model and its flags.
    pub fn input(&self) -> &Input {
        &self.input
    }

    /// Errors where something is asked for that many processes do not answer.
    #[cfg(feature = "petsc")]
    pub fn check_divided(&self) -> miette::Result<()> {
        super::input::only_whole(&[
            ("--sequential", self.sequential),
            ("--blocks", self.blocks.is_some()),
            ("--merge", !self.merge.is_empty()),
            ("--sweep", self.sweep.is_some()),
            ("--plot", self.plot.is_some()),
        ])?;
        Ok(())
    }

    /// What is read and written.
    pub fn files(&self) -> Files {
        let read = self.critic.read(self.behavior.as_ref());
        let merged = self.merge.iter().map(PathBuf::as_path);
        let files = self.input.files().read(read);
        files
            .read(merged)
            .write(self.plot.as_ref().map(Drawing::path))
    }
}

/// `A..B`, at least one block.
fn blocks(text: &str) -> Result<Range<u64>, String> {
    let number = |text: &str| text.trim().parse::<u64>().ok();
    let ends = text.split_once("..");
    match ends.and_then(|(first, end)| Some(number(first)?..number(end)?)) {
        Some(blocks) if !blocks.is_empty() => Ok(blocks),
        _ => Err("expected A..B with A below B, as in 0..500: the blocks A to B − 1".into()),
    }
}
