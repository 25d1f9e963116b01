//! A user's estimates, one row for each trajectory or batch: how they agree with ∇J and with the exact laws of
//! the estimators.

use super::fit::{furthest, largest};
use super::rare::acting;
use super::rounding::rounding;
use super::sample_laws::{OF_COVARIANCES, against_laws, against_own, laws, rare, steps_of, tails};
use super::sample_mistakes::explained;
use super::sample_options::SampleOptions;
use super::search::Diagnosis;
use super::spread::{Apart, MeanTest, Spread, Unseen, Untested};
use super::sums::Sample;
use super::{NEARLY, Verdict, digits};
use crate::comparison::{
    Basis, BiasVerdict, ComparedEstimator, ComparisonOptions, Design, NO_CHANCE, SampleVerdict,
    joined_parameters,
};
use crate::error::Error;
use crate::estimator::{Estimator, Psi};
use crate::solved::Solved;

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
    let errors = rounding_of(solved, sample, options)?;
    let (mut design, how) = laws(solved, sample, options)?;
    for exact in design.iter_mut().flat_map(|laws| &mut laws.estimators) {
        if let Ok(law) = &mut exact.law {
            law.known_to(&errors, how.trajectories as f64);
        }
    }
    let against = Against {
        solved,
        sample,
        options,
        mean: sample.mean(),
        exact: &exact,
        errors: &errors,
        design: design.as_ref(),
        how: &how,
    };
    against.judged()
}

/// What rounding may have done to the mean \[d\], by who acted where that is known.
fn rounding_of(
    solved: &Solved,
    sample: &Sample,
    options: &SampleOptions,
) -> Result<Vec<f64>, Error> {
    let steps = steps_of(options);
    match acting(solved, options.behavior.as_ref()) {
        Ok(acting) => rounding(solved, sample, (&acting, steps)),
        Err(_) => rounding(solved, sample, (solved, steps)),
    }
}

/// A sample, and what it is held against.
struct Against<'a> {
    solved: &'a Solved,
    sample: &'a Sample,
    options: &'a SampleOptions,
    mean: Vec<f64>,
    exact: &'a [f64],
    errors: &'a [f64],
    design: Option<&'a Design>,
    how: &'a ComparisonOptions,
}

impl Against<'_> {
    fn judged(self) -> Result<SampleJudgment, Error> {
        let (options, exact) = (self.options, self.exact);
        let delta: Vec<f64> = self.mean.iter().zip(exact).map(|(x, g)| x - g).collect();
        let judged = self.design;
        let judged = judged.map(|laws| against_laws(laws, self.sample, options, self.how));
        let mut estimators = judged.unwrap_or_default();
        let leaves = self.leaves()?;
        let apart = Apart {
            delta: &delta,
            errors: self.errors,
            size: largest(exact),
            design: self.design,
            batch: options.batch as f64,
        };
        let unseen = || Unseen {
            tails: self.design.map_or_else(Vec::new, |laws| {
                tails(laws, &estimators, options.batch, |law| {
                    law.exact.bias_is_rounding
                })
            }),
            directions: rare(self.solved, self.sample, options),
            is_wary: false,
        };
        let rate = options.false_alarm;
        let (spread, mean_test) = believed(self.solved, self.sample, &apart, rate, unseen);
        let by_own = self.design.and_then(|laws| {
            let laws = (laws, self.errors);
            against_own(self.solved, self.sample, options, laws, &mut estimators)
        });
        if leaves {
            // no sum of scores does
            estimators.iter_mut().for_each(by_no_chance);
        }
        let own = estimators.first().filter(|_| options.named.is_some());
        let (agrees, detectable, is_blind) = match own {
            Some(own) => self.by_law(own, by_own),
            None => self.by_mean((&spread, &apart), &mean_test),
        };
        let mut diagnoses = if agrees {
            Vec::new()
        } else {
            self.diagnoses(&spread, leaves)
        };
        if options.named.is_none() {
            without_lawful_factors(&mut diagnoses, &estimators);
        }
        let (most, place) = furthest(&self.mean, exact);
        let error = |k: usize| (spread.covariance[(k, k)].max(0.0) / spread.samples).sqrt();
        Ok(SampleJudgment {
            verdict: match (agrees, is_blind) {
                (false, _) => Verdict::Inconsistent,
                (true, true) => Verdict::CannotBeTold,
                (true, false) => Verdict::Consistent,
            },
            standard_error: (0..self.mean.len()).map(error).collect(),
            digits: digits(most / largest(exact).max(f64::MIN_POSITIVE)),
            largest_difference: most,
            place: (most > 0.0).then_some(place),
            mean_test,
            untested: spread.untested(),
            estimators,
            detectable,
            false_alarm_rate: rate,
            diagnoses,
            exact: exact.to_vec(),
            mean: self.mean,
        })
    }

    /// Whether the mean agrees with ∇J, which errors would have been seen, and whether none would.
    fn by_mean(
        &self,
        (spread, apart): (&Spread, &Apart),
        mean_test: &MeanTest,
    ) -> (bool, Option<f64>, bool) {
        let rate = self.options.false_alarm;
        let tells = spread.tells() || apart.is_none() && !is_lost(self.exact, self.errors);
        (
            mean_test.p_value >= rate,
            spread.detectable(self.exact, rate),
            !tells,
        )
    }

    /// Whether the rows leave the range of scores, where those of what they are said to be do not.
    fn leaves(&self) -> Result<bool, Error> {
        let by_parameter =
            |one: &Estimator| one.is_by_parameter() || one.psi() == Psi::InSampleBaseline;
        let may = self.options.named.as_ref().is_some_and(by_parameter);
        Ok(!may && leaves_scores(self.solved, self.sample, self.errors)?)
    }

    /// Whether the sample agrees with the estimator that is named, which errors would have been seen, and whether none would.
    fn by_law(&self, own: &ComparedEstimator, by_own: Option<Spread>) -> (bool, Option<f64>, bool) {
        let tells = by_own.as_ref().is_some_and(Spread::tells);
        let seen = self.design.and_then(|laws| seen(laws, self.how, by_own));
        let is_blind = !tells
            && seen.is_none_or(|seen| seen >= 1.0)
            && self.design.is_some_and(|laws| is_blind(laws, self.errors));
        (own.verdict != SampleVerdict::Inconsistent, seen, is_blind)
    }

    /// What explains a mean that disagrees.
    fn diagnoses(&self, spread: &Spread, leaves: bool) -> Vec<Diagnosis> {
        let (options, sample) = (self.options, self.sample);
        let named = self.design.filter(|_| options.named.is_some());
        let own = named.and_then(|laws| laws.estimators.first()?.law.as_ref().ok());
        let own = own.filter(|law| !law.exact.bias_is_rounding);
        let own = own.map(|law| law.exact.expectation.as_slice());
        let laws = named.filter(|_| !leaves);
        let batch = laws.and_then(|laws| of_batches(laws, sample, options, self.how));
        match batch {
            Some(batch) => vec![of_the_mean(batch, options.batch)],
            None => explained(self.solved, (self.exact, own), &self.mean, spread, options),
        }
    }
}

/// Says that no chance makes such a sample.
fn by_no_chance(own: &mut ComparedEstimator) {
    if let Some(sample) = &mut own.sample {
        sample.decision_p_value = 0.0;
        sample.decided_by = Basis::NoChance;
        own.verdict = SampleVerdict::Inconsistent;
    }
}

/// Of how many trajectories each row is the mean, where it is of others than is said and the law of the estimator that is named
/// tells all of the rows then: by the variances, of which each is that of one trajectory over the number.
fn of_batches(
    design: &Design,
    sample: &Sample,
    options: &SampleOptions,
    how: &ComparisonOptions,
) -> Option<u64> {
    let exact = design.estimators.first()?;
    let law = exact
        .law
        .as_ref()
        .ok()
        .filter(|_| !exact.estimator.is_of_batch())?;
    let covariance = sample.covariance();
    let own: f64 = covariance.diagonal().iter().sum();
    let batch = (law.exact.variance.iter().sum::<f64>() / own).round();
    // above that a double has no units
    if !(1.0..1e15).contains(&batch) || batch as u64 == options.batch {
        return None;
    }
    let options = SampleOptions {
        batch: batch as u64,
        ..options.clone()
    };
    let how = ComparisonOptions {
        trajectories: sample.rows().saturating_mul(options.batch),
        ..how.clone()
    };
    let again = against_laws(design, sample, &options, &how);
    let fits = again.first()?.verdict == SampleVerdict::Consistent;
    fits.then_some(options.batch)
}

/// That rows are the means of so many trajectories, where as many are said.
fn of_the_mean(batch: u64, said: u64) -> Diagnosis {
    let of = |n: u64| match n {
        1 => "one trajectory".to_string(),
        n => format!("the mean of {n} trajectories"),
    };
    let (found, said) = (of(batch), of(said));
    Diagnosis {
        name: "of-the-mean".into(),
        scale: 1.0,
        residual: 0.0,
        says: format!(
            "the rows vary as about {found} each, not as {said}: say by `batch` of how many trajectories a row \
             is the mean"
        ),
    }
}

/// Whether rounding may be all that there is of a mean.
fn is_lost(mean: &[f64], errors: &[f64]) -> bool {
    let mut both = mean.iter().zip(errors);
    both.all(|(mean, error)| mean.abs() <= NO_CHANCE * error) && mean.iter().any(|x| *x != 0.0)
}

/// Whether a sample whose own spread says nothing is held to no test of the law that is named: no kurtosis of it is known, so that
/// only Chebyshev's bound of the mean is asked; or all of it may be rounding, or it has no moments.
fn is_blind(design: &Design, errors: &[f64]) -> bool {
    let Some(Ok(law)) = design.estimators.first().map(|exact| &exact.law) else {
        return true;
    };
    let varies = law.exact.variance.iter().any(|x| *x > 0.0);
    let is_known = law.kurtosis.as_ref().is_some_and(|known| known.exact);
    let nothing = law.random().is_empty() && is_lost(&law.exact.expectation, errors);
    varies && (nothing || !is_known)
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

/// Which relative error of its mean the verdict on the one estimator that is named would have seen, by its law or by the
/// spread of the sample.
fn seen(design: &Design, how: &ComparisonOptions, own: Option<Spread>) -> Option<f64> {
    let law = design.estimators.first()?.law.as_ref().ok()?;
    let rate = (1.0 - OF_COVARIANCES) * how.false_alarm;
    let level = match &own {
        Some(_) => rate / 2.0,
        None => rate,
    };
    let mean = &law.exact.expectation;
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
