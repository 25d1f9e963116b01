//! A sample against the exact laws of estimators: by the tests of `compare`, by its covariances, and by its own spread.

use nalgebra::DMatrix;

use super::fit::largest;
use super::rare::directions;
use super::sample_options::SampleOptions;
use super::spread::{Apart, Spread, Unseen};
use super::sums::Sample;
use crate::comparison::{
    Basis, ComparedEstimator, ComparisonOptions, Design, Prediction, SampleVerdict,
    judge as compared,
};
use crate::error::Error;
use crate::estimator::{Estimator, Sampling};
use crate::sampling::{SampleMoments, Samples};
use crate::solved::Solved;

/// Estimators that a sample without a name is held against.
const CANDIDATES: &str = "total-return,reward-to-go,reward-to-go:dropped,baseline:v,baseline:v:dropped,q,q:dropped,advantage,advantage:dropped,td-residual,td-residual:dropped";

/// The exact laws of the named estimator, or of those that the sample may be of; none where none has a
/// law.
pub(super) fn laws(
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
        None => {
            let all = crate::estimator::parse_list(CANDIDATES, mdp.discount() < 1.0)?;
            let b = options.baseline.as_deref();
            let own = b.map(|b| Estimator::with_own_baseline(b, mdp.discount() < 1.0));
            all.into_iter().chain(own.into_iter().flatten()).collect()
        }
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
pub(super) fn against_laws(
    design: &Design,
    sample: &Sample,
    options: &SampleOptions,
    how: &ComparisonOptions,
) -> Vec<ComparedEstimator> {
    let batch = options.batch as f64;
    let spread = batch * sample.covariance();
    let moments = SampleMoments {
        mean: sample.mean(),
        variance: spread.diagonal().iter().copied().collect(),
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
        let mut own = compared(&one, &samples, options.false_alarm, how).estimators;
        if let (Ok(law), Some(own)) = (&one.estimators[0].law, own.first_mut()) {
            let samples = how.trajectories as f64;
            let rows = (moments.mean.as_slice(), &spread, samples);
            with_covariances(own, law, rows, options.false_alarm);
        }
        judged.extend(own);
    }
    judged
}

/// The part of the rate at which covariances are tested: their bound falls exponentially, and loses little by a small one. A choice.
pub(super) const OF_COVARIANCES: f64 = 0.1;

/// Tests the covariances too, at their part of the rate.
fn with_covariances(
    own: &mut ComparedEstimator,
    law: &Prediction,
    (mean, spread, samples): (&[f64], &DMatrix<f64>, f64),
    rate: f64,
) {
    let Some(judged) = own.sample.as_mut().filter(|_| !own.estimator.is_of_batch()) else {
        return;
    };
    let both = mean.iter().zip(&law.exact.expectation);
    let delta: Vec<f64> = both.map(|(x, m)| x - m).collect();
    let Some(p) = law.covariance_p_value(&delta, spread, samples) else {
        return;
    };
    let (p, others) = (
        p / OF_COVARIANCES,
        judged.decision_p_value / (1.0 - OF_COVARIANCES),
    );
    if p < others {
        judged.decided_by = Basis::Covariances;
    }
    judged.decision_p_value = p.min(others).min(1.0);
    own.verdict = verdict(judged.decision_p_value, rate);
}

fn verdict(p: f64, rate: f64) -> SampleVerdict {
    if p <= rate {
        SampleVerdict::Inconsistent
    } else {
        SampleVerdict::Consistent
    }
}

/// Trajectories from which on the T² of rows by their own covariance keeps its rate beside bounds that keep theirs for every
/// N: of fewer, skewed ones raise alarms more often, so that each coordinate is held to wider margins, by the kurtosis of the law. A choice.
pub(crate) const ENOUGH: f64 = 2e3;

/// The laws of which bounds are asked, for their kurtosis is not known or large beside N, against the mean of a sample by
/// its own covariance, as ∇J is: what bounds do not see, the sample may show. Each of the two tests has half the rate.
///
/// The spread by which errors are seen of the estimator that is named.
pub(super) fn against_own(
    solved: &Solved,
    sample: &Sample,
    options: &SampleOptions,
    (design, errors): (&Design, &[f64]),
    estimators: &mut [ComparedEstimator],
) -> Option<Spread> {
    let is_wary = ((sample.rows() * options.batch) as f64) < ENOUGH;
    let mean = sample.mean();
    let unseen = |known: &[ComparedEstimator]| Unseen {
        tails: tails(design, known, options.batch, |_| true),
        directions: rare(solved, sample, options),
        is_wary,
    };
    let plain_unseen = || Unseen {
        is_wary,
        ..Unseen::default()
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
        // what few rows show of their own tails says little where no law does
        if is_wary && (!known || options.named.is_none()) {
            continue;
        }
        if tells || 2.0 * judged.decision_p_value <= options.false_alarm {
            continue; // the law needs no bound, or has refuted it
        }
        let expected = &law.exact.expectation;
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
            plain.get_or_insert_with(|| Spread::new(solved, sample, &apart, plain_unseen()));
        let Some(mut p) = spread.against(&apart) else {
            continue;
        };
        if 2.0 * p <= options.false_alarm || options.named.is_some() {
            let again = cautious
                .get_or_insert_with(|| Spread::new(solved, sample, &apart, unseen(&lawful)));
            p = p.max(again.against(&apart).unwrap_or(1.0));
        }
        if p < judged.decision_p_value {
            judged.decided_by = Basis::MeanByOwnSpread;
        }
        judged.decision_p_value = (2.0 * judged.decision_p_value.min(p)).min(1.0);
        own.verdict = verdict(judged.decision_p_value, options.false_alarm);
    }
    cautious
}

/// The steps of a run of the average reward; 1 elsewhere.
pub(super) fn steps_of(options: &SampleOptions) -> f64 {
    match options.sampling {
        Some(Sampling::LongRun(steps)) => steps as f64,
        _ => 1.0,
    }
}

/// What the sample may have missed of the scores.
pub(super) fn rare(solved: &Solved, sample: &Sample, options: &SampleOptions) -> Vec<Vec<f64>> {
    // an occupancy is that of a whole trajectory, under the average reward that of a step
    let times = steps_of(options) * (sample.rows() * options.batch) as f64;
    directions(solved, options.behavior.as_ref(), times)
}

/// The largest kurtosis of each coordinate of a row \[d\], of the estimators of a kind whose law the sample is
/// consistent with: it may be one of them, and have missed what is rare.
pub(super) fn tails(
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
