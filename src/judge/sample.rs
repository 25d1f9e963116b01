//! A user's estimates, one row for each trajectory or batch: how they agree with ∇J and with the exact laws of
//! the estimators.

use super::fit::{furthest, largest};
use super::rare::directions;
use super::rounding::rounding;
use super::sample_mistakes::explained;
use super::search::Diagnosis;
use super::spread::{Apart, MeanTest, Spread, Unseen, Untested};
use super::sums::Sample;
use super::{NEARLY, Verdict, digits};
use crate::comparison::{
    BiasVerdict, ComparedEstimator, ComparisonOptions, Design, Prediction, SampleVerdict,
    joined_parameters, judge as compared,
};
use crate::error::Error;
use crate::estimator::{Estimator, Psi, Sampling};
use crate::policy::Policy;
use crate::sampling::{SampleMoments, Samples};
use crate::solved::Solved;

/// What a sample is held against.
#[derive(Clone, Debug)]
pub struct SampleOptions {
    /// The estimator whose estimates these are; `None` to ask which they could be.
    pub named: Option<Estimator>,
    /// How many trajectories each row is the mean of.
    pub batch: u64,
    /// The probability that a right sample is called inconsistent.
    pub false_alarm: f64,
    /// How the trajectories end, where that is not the criterion's own way.
    pub sampling: Option<Sampling>,
    /// Who acted, if another policy.
    pub behavior: Option<Policy>,
}

impl Default for SampleOptions {
    fn default() -> SampleOptions {
        SampleOptions {
            named: None,
            batch: 1,
            false_alarm: 1e-4,
            sampling: None,
            behavior: None,
        }
    }
}

/// A sample held against ∇J and the exact laws of estimators.
#[derive(Clone, Debug)]
pub struct SampleJudgment {
    /// Whether the sample agrees: with the named estimator, or else with ∇J.
    pub verdict: Verdict,
    /// ∇J \[d\].
    pub exact: Vec<f64>,
    /// X̄ \[d\].
    pub mean: Vec<f64>,
    /// √(S_kk/N) \[d\].
    pub standard_error: Vec<f64>,
    /// The digits to which mean and ∇J agree.
    pub digits: u32,
    /// max |X̄ − ∇J|.
    pub largest_difference: f64,
    /// Where that is.
    pub place: Option<usize>,
    /// The mean against ∇J.
    pub mean_test: MeanTest,
    /// The coordinates that this test leaves out, and why.
    pub untested: Vec<(usize, Untested)>,
    /// The estimators with their exact laws, the sample beside each.
    pub estimators: Vec<ComparedEstimator>,
    /// Which relative error of the mean this many trajectories would have shown, with a probability
    /// of 0.9, by the tests that the verdict rests on: the named estimator's law, or else the sample's own.
    /// Above 1 even a mean of 0 would have passed.
    pub detectable: Option<f64>,
    /// The probability that a right sample is called inconsistent.
    pub false_alarm_rate: f64,
    /// The mistakes whose exact mean the sample's mean agrees with, best first.
    pub diagnoses: Vec<Diagnosis>,
}

impl SampleJudgment {
    /// A bundled model, other than the one of this name, on which the diagnoses would differ under the policy
    /// `random:1`, where they are several.
    pub fn told_apart_by(&self, model: &str) -> Option<&'static str> {
        super::apart::told(&self.diagnoses, model)
    }
}

/// Estimators that a sample without a name is held against.
const CANDIDATES: &str = "total-return,reward-to-go,reward-to-go:dropped,baseline:v,baseline:v:dropped,q,q:dropped,advantage,advantage:dropped,td-residual,td-residual:dropped";

/// Do these estimates have the mean and the covariance that they should?
///
/// # Errors
/// [`Error::NotDifferentiable`] or [`Error::GainJumps`] where J has no gradient; for a named estimator [`Error::Criterion`]
/// where it is sampled in a way that the criterion does not have, [`Error::NoScore`] and [`Error::Underflow`]; and
/// [`Error::Length`] where the rows have not d entries.
pub fn samples(
    solved: &Solved,
    sample: &Sample,
    options: &SampleOptions,
) -> Result<SampleJudgment, Error> {
    check_batch(sample, options)?;
    let exact = solved.gradient()?.to_vec();
    Error::check_length("row of the sample", exact.len(), sample.parameters())?;
    let mean = sample.mean();
    let delta: Vec<f64> = mean.iter().zip(&exact).map(|(x, g)| x - g).collect();
    let errors = rounding(solved, sample)?;
    let (mut design, how) = laws(solved, sample, options)?;
    for exact in design.iter_mut().flat_map(|laws| &mut laws.estimators) {
        if let Ok(law) = &mut exact.law {
            law.known_to(&errors, how.trajectories as f64);
        }
    }
    let judged = design.as_ref();
    let judged = judged.map(|laws| against_laws(laws, sample, options, &how));
    let mut estimators = judged.unwrap_or_default();
    let by_parameter =
        |one: &Estimator| one.is_by_parameter() || one.psi() == Psi::InSampleBaseline;
    let leaves = !options.named.as_ref().is_some_and(by_parameter)
        && leaves_scores(solved, sample, &errors)?;
    let apart = Apart {
        delta: &delta,
        errors: &errors,
        size: largest(&exact),
        design: design.as_ref(),
        batch: options.batch as f64,
    };
    let unseen = || Unseen {
        tails: design.as_ref().map_or_else(Vec::new, |laws| {
            tails(laws, &estimators, options.batch, |law| law.bias_is_rounding)
        }),
        directions: rare(solved, sample, options),
    };
    let (spread, mean_test) = believed(solved, sample, &apart, options.false_alarm, unseen);
    let by_own = design
        .as_ref()
        .and_then(|laws| against_own(solved, sample, options, (laws, &errors), &mut estimators));
    if leaves {
        // no sum of scores does
        for own in &mut estimators {
            if let Some(sample) = &mut own.sample {
                sample.decision_p_value = 0.0;
                own.verdict = SampleVerdict::Inconsistent;
            }
        }
    }
    let (agrees, detectable) = match (&options.named, estimators.first()) {
        (Some(_), Some(own)) => {
            let seen = design.as_ref().and_then(|laws| seen(laws, &how, by_own));
            (own.verdict != SampleVerdict::Inconsistent, seen)
        }
        _ => (
            mean_test.p_value >= options.false_alarm,
            spread.detectable(&exact, options.false_alarm),
        ),
    };
    let (most, place) = furthest(&mean, &exact);
    let verdict = if !agrees {
        Verdict::Inconsistent
    } else if options.named.is_some() || spread.tells() || apart.is_none() {
        Verdict::Consistent
    } else {
        Verdict::CannotBeTold
    };
    let mut diagnoses = if agrees {
        Vec::new()
    } else {
        let own = design.as_ref().filter(|_| options.named.is_some());
        let own = own.and_then(|laws| laws.estimators.first()?.law.as_ref().ok());
        let own = own.filter(|law| !law.bias_is_rounding);
        let own = own.map(|law| law.moments.mean.as_slice());
        explained(
            solved,
            (&exact, own),
            &mean,
            (&spread, &apart),
            options.behavior.as_ref(),
        )
    };
    if options.named.is_none() {
        without_lawful_factors(&mut diagnoses, &estimators);
    }
    let error = |k: usize| (spread.covariance[(k, k)].max(0.0) / spread.samples).sqrt();
    Ok(SampleJudgment {
        verdict,
        standard_error: (0..mean.len()).map(error).collect(),
        digits: digits(most / largest(&exact).max(f64::MIN_POSITIVE)),
        largest_difference: most,
        place: (most > 0.0).then_some(place),
        mean_test,
        untested: spread.untested(),
        estimators,
        detectable,
        false_alarm_rate: options.false_alarm,
        diagnoses,
        exact,
        mean,
    })
}

/// A factor that fits a mean is no mistake where the law of an estimator tells all of it.
fn without_lawful_factors(diagnoses: &mut Vec<Diagnosis>, estimators: &[ComparedEstimator]) {
    let lawful = |own: &ComparedEstimator| {
        own.verdict == SampleVerdict::Consistent
            && own.bias_verdict() != Some(BiasVerdict::Unbiased)
    };
    if estimators.iter().any(lawful) {
        diagnoses.retain(|diagnosis| diagnosis.scale == 1.0);
    }
}

/// Rows of a batch up to which its bias, of the order of 1/B, is small beside the error of their mean; a choice.
const ROWS: u64 = 100;

/// Errors with [`Error::Argument`] where the limit of large batches says nothing of these.
fn check_batch(sample: &Sample, options: &SampleOptions) -> Result<(), Error> {
    let of_batch = options.named.as_ref().is_some_and(Estimator::is_of_batch);
    if of_batch && options.batch < ROWS.saturating_mul(sample.rows()) {
        return Err(Error::Argument {
            name: "the batch of a row",
            found: format!("{} trajectories, of {} rows", options.batch, sample.rows()),
            expected: "at least 100 times as many trajectories as rows: the law is the limit of many, off by one over their number",
        });
    }
    Ok(())
}

/// Whether rows leave the space that all scores span, by more than rounding: where those of a state sum to 0, so does
/// each row.
fn leaves_scores(solved: &Solved, sample: &Sample, errors: &[f64]) -> Result<bool, Error> {
    let scores = solved.policy().scores().rows;
    let (mean, covariance) = (sample.mean(), sample.covariance());
    let sums_to_nothing = |parameters: &[usize]| {
        (0..scores.rows()).all(|pair| {
            let own = scores.row(pair).filter(|(k, _)| parameters.contains(k));
            let (sum, size) = own.fold((0.0, 0.0f64), |(sum, size), (_, x)| {
                (sum + x, size.max(x.abs()))
            });
            sum.abs() <= 1e-12 * size
        })
    };
    let leaves = |parameters: &Vec<usize>| {
        let each = || parameters.iter().copied();
        let square: f64 = each()
            .flat_map(|k| each().map(move |l| (k, l)))
            .map(|at| covariance[at])
            .sum();
        let size = |k: usize| (covariance[(k, k)].max(0.0) + mean[k] * mean[k]).sqrt();
        let size = each().map(size).fold(0.0, f64::max);
        let rounding = each()
            .map(|k| 8.0 * errors[k])
            .fold(NEARLY * size, f64::max);
        square.max(0.0).sqrt() > rounding * parameters.len() as f64
    };
    // the squares of a sum are as many as there are pairs of parameters; a choice
    const MOST: usize = 2_000;
    let joined = joined_parameters(solved.mdp(), solved.policy())?;
    let mut joined = joined.iter().filter(|parameters| parameters.len() <= MOST);
    Ok(joined.any(|parameters| leaves(parameters) && sums_to_nothing(parameters)))
}

/// The exact laws of the named estimator, or of those that the sample may be of; none where none has a
/// law.
fn laws(
    solved: &Solved,
    sample: &Sample,
    options: &SampleOptions,
) -> Result<(Option<Design>, ComparisonOptions), Error> {
    let (mdp, policy) = (solved.mdp(), solved.policy());
    let how = ComparisonOptions {
        trajectories: sample.rows() * options.batch,
        false_alarm: options.false_alarm,
        sampling: options.sampling,
        behavior: options.behavior.clone(),
        solver: solved.options().clone(),
        ..ComparisonOptions::default()
    };
    let candidates = match &options.named {
        Some(named) => vec![named.clone()],
        None => crate::estimator::parse_list(CANDIDATES, mdp.discount() < 1.0)?,
    };
    match Design::new(mdp, policy, &candidates, &how) {
        Ok(design) => Ok((Some(design), how)),
        Err(error) if options.named.is_some() => Err(error),
        // ∇J is known even where no law is
        Err(_) => Ok((None, how)),
    }
}

/// Each estimator's exact law against the sample, each at the whole false-alarm rate: at most one of
/// them is the one that was sampled.
fn against_laws(
    design: &Design,
    sample: &Sample,
    options: &SampleOptions,
    how: &ComparisonOptions,
) -> Vec<ComparedEstimator> {
    let batch = options.batch as f64;
    let covariance = sample.covariance();
    let moments = SampleMoments {
        mean: sample.mean(),
        variance: covariance.diagonal().iter().map(|x| batch * x).collect(),
        covariance: None,
    };
    let mut judged = Vec::new();
    for exact in &design.estimators {
        let mut one = Design {
            estimators: vec![exact.clone()],
            pairs: Vec::new(),
            ..design.clone()
        };
        if let Ok(law) = &mut one.estimators[0].law {
            law.of_batches(batch);
        }
        let samples = Samples {
            trajectories: how.trajectories,
            estimators: vec![moments.clone()],
            ..Samples::none()
        };
        judged.extend(compared(&one, &samples, options.false_alarm, how).estimators);
    }
    judged
}

/// Trajectories from which on the T² of rows by their own covariance keeps its rate beside bounds that keep theirs for every
/// N: of fewer, skewed ones raise alarms more often. A choice.
const ENOUGH: f64 = 2e3;

/// The laws of which bounds are asked, for their kurtosis is not known or large beside N, against the mean of a sample by
/// its own covariance, as ∇J is: what bounds do not see, the sample may show. Each of the two tests has half the rate.
///
/// The spread by which errors are seen of the estimator that is named.
fn against_own(
    solved: &Solved,
    sample: &Sample,
    options: &SampleOptions,
    (design, errors): (&Design, &[f64]),
    estimators: &mut [ComparedEstimator],
) -> Option<Spread> {
    if ((sample.rows() * options.batch) as f64) < ENOUGH {
        return None;
    }
    let mean = sample.mean();
    let unseen = |known: &[ComparedEstimator]| Unseen {
        tails: tails(design, known, options.batch, |_| true),
        directions: rare(solved, sample, options),
    };
    let (mut plain, mut cautious) = (None, None);
    let lawful = estimators.to_vec();
    for exact in &design.estimators {
        let name = exact.estimator.to_string();
        let own = estimators.iter_mut().find(|own| own.name == name);
        let Some(own) = own else {
            continue;
        };
        let (Ok(law), Some(judged)) = (&exact.law, &mut own.sample) else {
            continue;
        };
        let known = law.kurtosis.as_ref().is_some_and(|known| known.exact);
        let tells = known && judged.rare.is_empty();
        if tells || 2.0 * judged.decision_p_value <= options.false_alarm {
            continue; // the law needs no bound, or has refuted it
        }
        let expected = &law.moments.mean;
        let delta: Vec<f64> = mean.iter().zip(expected).map(|(x, m)| x - m).collect();
        let one = Design {
            estimators: vec![exact.clone()],
            pairs: Vec::new(),
            ..design.clone()
        };
        let apart = Apart {
            delta: &delta,
            errors,
            size: largest(expected),
            design: Some(&one),
            batch: options.batch as f64,
        };
        let spread =
            plain.get_or_insert_with(|| Spread::new(solved, sample, &apart, Unseen::default()));
        let Some(mut p) = spread.against(&apart) else {
            continue;
        };
        if 2.0 * p <= options.false_alarm || options.named.is_some() {
            let again = cautious
                .get_or_insert_with(|| Spread::new(solved, sample, &apart, unseen(&lawful)));
            p = p.max(again.against(&apart).unwrap_or(1.0));
        }
        judged.decision_p_value = (2.0 * judged.decision_p_value.min(p)).min(1.0);
        own.verdict = if judged.decision_p_value <= options.false_alarm {
            SampleVerdict::Inconsistent
        } else {
            SampleVerdict::Consistent
        };
    }
    cautious
}

/// Which relative error of its mean the verdict on the one estimator that is named would have seen, by its law or by the
/// spread of the sample.
fn seen(design: &Design, how: &ComparisonOptions, own: Option<Spread>) -> Option<f64> {
    let law = design.estimators.first()?.law.as_ref().ok()?;
    let level = match &own {
        Some(_) => how.false_alarm / 2.0,
        None => how.false_alarm,
    };
    let mean = &law.moments.mean;
    let rates = (level, how.power);
    let by_law = law.seen_error(&design.target, mean, rates, how.trajectories as f64);
    let by_own = own.and_then(|spread| spread.detectable(mean, level));
    by_law.into_iter().chain(by_own).reduce(f64::min)
}

/// The spread of a sample and the test of its mean by it; of a sample that this refutes, by what it may not
/// show, if this does not: one that missed what is rare takes its own spread for too small.
fn believed(
    solved: &Solved,
    sample: &Sample,
    apart: &Apart,
    rate: f64,
    unseen: impl FnOnce() -> Unseen,
) -> (Spread, MeanTest) {
    let spread = Spread::new(solved, sample, apart, Unseen::default());
    let test = spread.test(apart.delta);
    if test.p_value >= rate {
        return (spread, test);
    }
    let cautious = Spread::new(solved, sample, apart, unseen());
    let again = cautious.test(apart.delta);
    if again.p_value >= rate {
        return (cautious, again);
    }
    (spread, test)
}

/// What the sample may have missed of the scores.
fn rare(solved: &Solved, sample: &Sample, options: &SampleOptions) -> Vec<Vec<f64>> {
    // an occupancy is that of a whole trajectory, under the average reward that of a step
    let steps = match options.sampling {
        Some(Sampling::LongRun(steps)) => steps as f64,
        _ => 1.0,
    };
    let times = steps * (sample.rows() * options.batch) as f64;
    directions(solved, options.behavior.as_ref(), times)
}

/// The largest kurtosis of each coordinate of a row \[d\], of the estimators of a kind whose law the sample is
/// consistent with: it may be one of them, and have missed what is rare.
fn tails(
    design: &Design,
    judged: &[ComparedEstimator],
    batch: u64,
    is_meant: impl Fn(&Prediction) -> bool,
) -> Vec<f64> {
    let mut most = Vec::new();
    for exact in &design.estimators {
        let name = exact.estimator.to_string();
        let own = judged.iter().find(|own| own.name == name);
        let fits = own.is_some_and(|own| own.verdict == SampleVerdict::Consistent);
        let Some(law) = exact.law.as_ref().ok().filter(|law| fits && is_meant(law)) else {
            continue;
        };
        let Some(kurtosis) = law.kurtosis.as_ref().filter(|known| known.exact) else {
            continue;
        };
        most.resize(kurtosis.values.len(), 0.0);
        for (most, own) in most.iter_mut().zip(&kurtosis.values) {
            // of the mean of B rows: 3 + (κ − 3)/B
            let own = 3.0 + (own - 3.0) / batch as f64;
            *most = f64::max(*most, own);
        }
    }
    most
}
