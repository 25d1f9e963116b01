//! The sampled estimators beside the exact gradient: mean against exact expectation with the exact
//! standard error, z, the statistic of the whole vector, verdicts (theory, section 6).
//!
//! Two questions, two answers. *Does the sample agree with the estimator's own exact expectation?*
//! A test, with a stated rate of false alarms over all estimators together (Holm). *Is that
//! expectation ∇J?* No test: both are known exactly, and the answer is their difference held
//! against rounding. Where an infinite horizon is cut because something must end the trajectories,
//! and not because a user asks for it, the answer is that of the infinite horizon, and what the cut
//! moves is said beside it.
//!
//! Trajectories, not time steps, are the independent units. All estimators see the same ones.

mod basis;
mod compare;
mod convergence;
mod covariances;
mod design;
mod difference;
mod holm;
mod judgment;
mod law;
mod options;
mod paired;
mod power;
mod prediction;
mod sequential;
mod shards;
mod statistic;
mod structure;
mod tails;
mod tested;
mod verdict;

pub use basis::Basis;
pub use compare::Compare;
pub use convergence::Convergence;
pub use design::Design;
pub(crate) use design::{FOURTH_POWER, check_power};
pub use difference::Pair;
use holm::rejected;
pub use judgment::{ComparedEstimator, ComparedSample};
pub use law::ExactEstimator;
pub use options::ComparisonOptions;
pub use paired::Paired;
pub use power::{trajectories_for_error, trajectories_to_detect};
pub use prediction::{ExactLaw, Prediction};
pub use sequential::looks;
pub use shards::{MissingBlocks, Shard, ShardError, ShardedComparison, in_order, trajectories_of};
pub(crate) use statistic::NO_CHANCE;
pub use statistic::{CovarianceFactor, Statistic, upper_tail};
pub(crate) use structure::joined_parameters;
pub use structure::score_rank;
pub use verdict::{BiasVerdict, SampleVerdict};

use std::ops::ControlFlow;

use crate::error::Error;
use crate::estimator::{Differential, Estimator, Resolved};
use crate::linalg::largest;
use crate::mdp::Mdp;
use crate::policy::Policy;
use crate::sampling::{Fate, Plan, Sampler, Samples, check_cost};

/// Sampled estimators beside ∇J.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// ∇J \[d\].
    pub gradient: Vec<f64>,
    /// What rounding may have done to any entry of it, where it may show in the ninth digit of one.
    pub gradient_error: Option<f64>,
    /// N.
    pub trajectories: u64,
    /// Steps of the environment, in all.
    pub steps: u64,
    /// T, if an infinite horizon is cut there; under the average reward the steps of a run.
    pub truncation: Option<usize>,
    /// Where that is our own choice, a bound on what it does to a mean of discounted returns, in
    /// units of reward per parameter.
    pub truncation_bound: Option<f64>,
    /// Under the average reward: how far the gains of the recurrent classes that the start leads to
    /// are apart, in units of reward per step; beyond 0 no run sees all of ∇J.
    pub gain_spread: Option<f64>,
    /// The probability that any estimator is called inconsistent by chance.
    pub false_alarm_rate: f64,
    /// One for each estimator, in order.
    pub estimators: Vec<ComparedEstimator>,
    /// With [`ComparisonOptions::paired`]: the others less the first that has a variance.
    pub paired: Vec<Paired>,
    /// With [`ComparisonOptions::checkpoints`]: for each estimator that has a variance, in order, the error
    /// as the run went on.
    pub convergence: Vec<Convergence>,
}

impl Comparison {
    /// Whether no estimator, and no difference of two, is inconsistent with its exact expectation.
    pub fn is_consistent(&self) -> bool {
        let verdicts = self.estimators.iter().map(|e| e.verdict);
        let mut verdicts = verdicts.chain(self.paired.iter().map(|pair| pair.verdict));
        verdicts.all(|verdict| verdict != SampleVerdict::Inconsistent)
    }
}

/// Samples the estimators and holds them against their exact laws.
///
/// `progress` is told how many trajectories are done and may stop the run; what was sampled up to
/// Errors with [`Error::Criterion`] for a way of sampling that the criterion does not have, with
/// [`Error::NoScore`] on the boundary of a direct parametrization, with [`Error::Underflow`] where moments vanish, with
/// [`Error::Factor`], and with [`Error::Overlong`] if an episode never ends.
///
/// ```
/// use exact_mdp::comparison::{ComparisonOptions, compare};
/// use exact_mdp::estimator::parse_list;
/// use exact_mdp::model::Model;
/// use exact_mdp::policy::Policy;
/// use std::ops::ControlFlow;
///
/// let mdp = Model::load("mdps/retry-loop.yaml")?.mdp();
/// let policy = Policy::uniform(mdp.space());
/// let estimators = parse_list("reward-to-go,gae:0.95", true)?;
/// let options = ComparisonOptions {
///     trajectories: 1_000,
///     ..ComparisonOptions::default()
/// };
/// let comparison = compare(&mdp, &policy, &estimators, &options, &|_| ControlFlow::Continue(()))?;
/// assert!(comparison.is_consistent());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn compare(
    mdp: &Mdp,
    policy: &Policy,
    estimators: &[Estimator],
    options: &ComparisonOptions,
    progress: &(dyn Fn(u64) -> ControlFlow<()> + Sync),
) -> Result<Comparison, Error> {
    let design = Design::new(mdp, policy, estimators, options)?;
    let resolved = design.sampled().map(|exact| exact.resolved.clone());
    let resolved: Vec<Resolved<f64>> = resolved.collect();
    let (numbers, batches) = batches_of(&design);
    let plan = Plan {
        threads: options.threads,
        differences: design.sampled_pairs(),
        ..Plan::new(design.sampling, options.seed)
    };
    let model = design.model(mdp);
    if !resolved.is_empty() {
        let who = (model, options.behavior.as_ref().unwrap_or(policy));
        let (sampling, cap) = (plan.sampling, plan.cap);
        check_cost(who, sampling, cap, begun(options), Fate::Summed)?;
    }
    let mut sampler = Sampler::new(model, policy, options.behavior.as_ref(), &resolved, plan)?;
    let looks = if options.sequential {
        looks(options.trajectories)
    } else {
        vec![options.trajectories]
    };
    let share = options.false_alarm / looks.len() as f64;
    let mut convergence = if options.checkpoints {
        Convergence::of(&design)
    } else {
        Vec::new()
    };
    let mut last = None;
    if resolved.is_empty() {
        // nothing has a variance: there is nothing to sample for
        last = Some(judge(&design, &Samples::none(), share, options));
    }
    let sampled = !resolved.is_empty();
    for trajectories in stops(&looks, options).into_iter().filter(|_| sampled) {
        let mut samples = sampler.sample_to(trajectories, progress)?;
        if samples.trajectories == 0 && trajectories > 0 {
            return Err(Error::Interrupted);
        }
        let estimates = sampler.batches(&batches, samples.trajectories)?;
        for (&number, mean) in numbers.iter().zip(estimates) {
            samples.estimators[number].mean = mean;
        }
        for (convergence, sample) in convergence.iter_mut().zip(&samples.estimators) {
            convergence.push(samples.trajectories, &sample.mean, &design.target.gradient);
        }
        let stopped = samples.trajectories < trajectories;
        if !stopped && !looks.contains(&trajectories) {
            continue;
        }
        let comparison = judge(&design, &samples, share, options);
        let clear = !comparison.is_consistent() || is_enough(&design, samples.trajectories);
        last = Some(comparison);
        if stopped || clear {
            break;
        }
    }
    let comparison = last.expect("there is a look");
    Ok(Comparison {
        convergence,
        ..comparison
    })
}

/// Trajectories that are sampled whatever they say: of a sequential run N is only the most that there may be.
fn begun(options: &ComparisonOptions) -> u64 {
    if options.sequential {
        Sampler::BLOCK.min(options.trajectories)
    } else {
        options.trajectories
    }
}

/// The estimators that are functions of the sums of all trajectories, and their numbers among those that
/// are sampled.
fn batches_of(design: &Design) -> (Vec<usize>, Vec<Resolved<f64>>) {
    let sampled = design.sampled().enumerate();
    let batches = sampled.filter(|(_, exact)| exact.estimator.is_of_batch());
    batches
        .map(|(i, exact)| (i, exact.resolved.clone()))
        .unzip()
}

/// The looks and, if they are asked for, the checkpoints between them, increasing.
fn stops(looks: &[u64], options: &ComparisonOptions) -> Vec<u64> {
    let mut stops = looks.to_vec();
    if options.checkpoints {
        stops.extend(convergence::checkpoints(options.trajectories));
        stops.sort_unstable();
        stops.dedup();
    }
    stops
}

/// The verdicts of one look, at its share of the false-alarm rate.
pub fn judge(
    design: &Design,
    samples: &Samples,
    share: f64,
    options: &ComparisonOptions,
) -> Comparison {
    let mut moments = samples.estimators.iter();
    let judged = design.estimators.iter().map(|exact| {
        let sample = match exact.law {
            Err(_) => None,
            Ok(_) => Some(
                moments
                    .next()
                    .expect("one sample for each estimator with a law"),
            ),
        };
        ComparedEstimator::new(design, exact, sample, samples.trajectories)
    });
    let mut estimators: Vec<ComparedEstimator> = judged.collect();
    let pairs = design.pairs.iter().enumerate();
    let judged = pairs.map(|(i, pair)| {
        let sample = samples.differences.get(i);
        Paired::new(pair, design, sample, samples.trajectories)
    });
    let mut paired: Vec<Paired> = judged.collect();
    let single = estimators.iter_mut().map(|e| (&e.sample, &mut e.verdict));
    let double = paired.iter_mut().map(|e| (&e.sample, &mut e.verdict));
    let tested = single.chain(double);
    let (p_values, verdicts): (Vec<f64>, Vec<&mut SampleVerdict>) = tested
        .filter_map(|(sample, verdict)| Some((sample.as_ref()?.decision_p_value, verdict)))
        .unzip();
    for (verdict, rejected) in verdicts.into_iter().zip(rejected(&p_values, share)) {
        *verdict = if rejected {
            SampleVerdict::Inconsistent
        } else {
            SampleVerdict::Consistent
        };
    }
    if options.covariance {
        for (judgment, exact) in estimators.iter_mut().zip(&design.estimators) {
            if let Ok(law) = &exact.law {
                judgment.covariance = law.covariance();
                judgment.covariance_error = law.covariance_error();
            }
        }
    }
    Comparison {
        gradient: design.target.gradient.clone(),
        gradient_error: design.target.error(),
        trajectories: samples.trajectories,
        steps: samples.steps,
        truncation: design.truncation(),
        gain_spread: design.long_run.as_ref().map(Differential::gain_spread),
        truncation_bound: design.truncation_bound.as_deref().map(largest),
        false_alarm_rate: options.false_alarm,
        estimators,
        paired,
        convergence: Vec::new(),
    }
}

/// Whether every estimator would have shown the error that should be detected.
fn is_enough(design: &Design, trajectories: u64) -> bool {
    let seen = |law: &Prediction| {
        law.exact
            .trajectories_to_detect
            .is_some_and(|needed| needed <= trajectories as f64)
    };
    let mut laws = design.sampled().filter_map(|exact| exact.law.as_ref().ok());
    laws.all(seen)
}
