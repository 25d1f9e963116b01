//! Where exact laws of estimators come from: the experiments that they are computed in.

use std::sync::Arc;

use super::ComparisonOptions;
use super::power::trajectories_for_error;
use super::prediction::{ExactLaw, Prediction, random, tolerance};
use super::statistic::CovarianceFactor;
use super::structure::score_rank;
use super::verdict::BiasVerdict;
use crate::error::{Divergence, Error};
use crate::estimator::{
    BatchKind, Bias, Contribution, Critic, Detail, Differential, Estimator, Experiment, Kurtosis,
    MomentErrors, Moments, Psi, Resolved, Sampling, Target, shown,
};
use crate::mdp::Mdp;
use crate::policy::Policy;

/// Stepwise second moments of more multiplications than this are taken from the infinite horizon: so many took two minutes of
/// a busy core (garnet of 100 states, 41,666 steps, 1 December 2026).
const STEPWISE: f64 = 2e10;
/// Times the multiplications of second moments that those of fourth moments take; an estimate.
const FOURTH: f64 = 20.0;
/// A variance counts for as much of the second moment, times 1/N, where it is that of a limit: a bias of √E X²/N is then at
/// most a fifth of its standard error, and what does not vary may be off by forty of it. A choice.
const LIMIT: f64 = 25.0;
/// Parameters × states up to which kurtoses are computed although covariances are not; a choice.
const KURTOSES: usize = 1_000_000;
/// From so many parameters on a covariance takes longer to factor than a thread to start; a choice.
const WORTH_A_THREAD: usize = 128;

/// An estimator with all that is exact about it.
#[derive(Clone, Debug)]
pub struct ExactEstimator {
    /// The estimator as named.
    pub estimator: Estimator,
    /// The estimator with its numbers: critics by state, weights.
    pub resolved: Resolved<f64>,
    /// Its moments, or why there are none.
    pub law: Result<Prediction, Divergence>,
}

/// Where laws come from: the model as it is sampled and, where an infinite horizon is cut by our own
/// choice, the infinite horizon that the cut stands for.
pub(super) struct Laws<'a> {
    options: &'a ComparisonOptions,
    pub experiment: Experiment<'a, f64>,
    endless: Option<Experiment<'a, f64>>,
    pub target: Target<f64>,
    /// The rank that no covariance exceeds where one number multiplies a whole score.
    pub rank: usize,
}

impl<'a> Laws<'a> {
    /// `long_run` is the model as it is sampled under the average reward. Errors where the policy has no values, where J
    /// has no gradient, and where the behavior never takes an action that the policy takes.
    pub fn new(
        mdp: &'a Mdp,
        policy: &'a Policy,
        sampling: Sampling,
        options: &'a ComparisonOptions,
        long_run: Option<&'a Differential>,
    ) -> Result<Laws<'a>, Error> {
        let mdp = long_run.map_or(mdp, Differential::model);
        let sampled = |sampling| {
            let behavior = options.behavior.as_ref();
            Experiment::off_policy(mdp, policy, behavior, sampling, &options.solver)
        };
        let own_cut = options.sampling.is_none() && matches!(sampling, Sampling::Truncated(_));
        let experiment = sampled(sampling)?;
        Ok(Laws {
            options,
            endless: own_cut.then(|| sampled(Sampling::Infinite)).transpose()?,
            target: match long_run {
                Some(long_run) => long_run.target(&experiment),
                None => Target::new(&experiment, &options.solver)?,
            },
            experiment,
            rank: score_rank(mdp, policy)?,
        })
    }

    /// An estimator with its law, or why it has none. A cut of our own choice gives none to what has
    /// no variance without it, but does to what drops γᵗ, whose bias is a sum over the steps taken.
    pub fn exact(&self, estimator: &Estimator) -> Result<ExactEstimator, Error> {
        let resolved = self.experiment.resolve(estimator)?;
        let endless = self.endless.as_ref();
        let uncut = endless.unwrap_or(&self.experiment);
        let law = match uncut.divergence(&resolved, estimator.psi()) {
            None => Ok(self.law(estimator, &resolved, endless)?),
            Some(
                Divergence::DroppedOnContinuingTask
                | Divergence::StepsOfContinuingTask
                | Divergence::RatioOfContinuingTask,
            ) if endless.is_some() => Ok(self.law(estimator, &resolved, None)?),
            Some(divergence) => Err(divergence),
        };
        Ok(ExactEstimator {
            estimator: estimator.clone(),
            resolved,
            law,
        })
    }

    /// `endless` is what a cut of our own stands for, where that has a law.
    fn law(
        &self,
        estimator: &Estimator,
        resolved: &Resolved<f64>,
        endless: Option<&Experiment<'_, f64>>,
    ) -> Result<Prediction, Error> {
        let moments = self.moments(resolved, endless);
        let moments = moments.map_err(|error| match error {
            Error::Overflow { .. } => self.overflow(estimator),
            other => other,
        })?;
        if !moments.raw.iter().all(|raw| raw.is_finite()) {
            return Err(self.overflow(estimator));
        }
        let of = |mean: &[f64]| Bias::new(mean, &self.target.gradient);
        let bias = of(&moments.mean);
        let mut errors = MomentErrors::new(&self.experiment, &self.target, resolved, &moments)?;
        widen_to_least(&moments, &mut errors);
        self.widen_to_limit(resolved, &moments, &mut errors);
        let without_cut = match endless {
            Some(endless) => Some(self.without_cut(estimator, resolved, endless)?),
            None => self.beyond_own_cut(&moments.mean, &errors.bias)?.map(Some),
        };
        let bias = bias.told(&moments.mean, &self.target.gradient, &errors.bias);
        let verdict = |bias: &Bias| BiasVerdict::new(&bias.vector, &errors.bias, self.target.size);
        let tolerance = tolerance(&moments.variance, &errors.square);
        let factor = || self.factor(estimator, resolved, &moments, &tolerance);
        let kurtosis = || self.kurtosis(resolved, &moments, endless);
        let (kurtosis, factor) = if moments.mean.len() >= WORTH_A_THREAD {
            rayon::join(kurtosis, factor)
        } else {
            (kurtosis(), factor())
        };
        let is_biased = verdict(&bias) == BiasVerdict::Biased;
        let exact = ExactLaw {
            bias_error: is_biased
                .then(|| shown(&errors.bias, &bias.vector))
                .flatten(),
            bias_is_rounding: !is_biased,
            bias_verdict: match &without_cut {
                None => verdict(&bias),
                Some(Some(mean)) => verdict(&of(mean)),
                Some(None) => BiasVerdict::CannotBeTold,
            },
            trajectories_for_error: trajectories_for_error(
                moments.trace(),
                &moments.mean,
                self.options.relative_error,
            ),
            ..ExactLaw::new((moments.mean, moments.variance), &errors, bias)
        };
        let mut law = Prediction {
            exact: Arc::new(exact),
            covariance: moments.covariance,
            raw: moments.raw,
            batch: 1.0,
            kurtosis: kurtosis?,
            factor,
            tolerance,
            errors,
        };
        law.tell_test();
        Ok(law)
    }

    /// The covariance, factored, if there is one.
    fn factor(
        &self,
        estimator: &Estimator,
        resolved: &Resolved<f64>,
        moments: &Moments<f64>,
        tolerance: &[f64],
    ) -> Option<CovarianceFactor> {
        let covariance = moments.covariance.as_ref()?;
        let random = random(tolerance);
        let most = if estimator.is_by_parameter() || resolved.is_in_sample() {
            // each coordinate is multiplied by a number of its own
            random.len()
        } else {
            self.rank
        };
        let factor = CovarianceFactor::new(covariance, &random, most, tolerance.to_vec());
        Some(factor)
    }

    /// E ĝ \[d\] without a cut of our own. A window that the cut leaves no end of has one there, which shows where a critic
    /// is not v; `None` where so many steps are too many.
    fn without_cut(
        &self,
        estimator: &Estimator,
        resolved: &Resolved<f64>,
        endless: &Experiment<'_, f64>,
    ) -> Result<Option<Vec<f64>>, Error> {
        let cut = self.experiment.sampling().cut();
        let outlasts = estimator.steps().zip(cut).is_some_and(|(n, cut)| n >= cut);
        if !outlasts || estimator.critic() == Some(&Critic::Exact) {
            return endless.mean(resolved).map(Some);
        }
        match endless.resolve(estimator) {
            Ok(resolved) => endless.mean(&resolved).map(Some),
            Err(Error::TooLarge { .. }) => Ok(None),
            Err(other) => Err(other),
        }
    }

    /// What has no law of its own without a cut of ours, as the ratio of a whole trajectory, but under it the mean of
    /// the reward-to-go: that without the cut.
    fn beyond_own_cut(&self, mean: &[f64], errors: &[f64]) -> Result<Option<Vec<f64>>, Error> {
        let Some(endless) = &self.endless else {
            return Ok(None);
        };
        let plain = self.experiment.resolve(&Estimator::new(Psi::RewardToGo))?;
        let cut = self.experiment.mean(&plain)?;
        let apart: Vec<f64> = mean.iter().zip(&cut).map(|(x, y)| x - y).collect();
        match BiasVerdict::new(&apart, errors, self.target.size) {
            BiasVerdict::Unbiased => endless.mean(&plain).map(Some),
            _ => Ok(None),
        }
    }

    /// The law of a function of all trajectories is its limit for many: the mean of N is off by the order of 1/N, which is
    /// chance in no direction that the limit does not vary in, or hardly. Such directions are not tested.
    fn widen_to_limit(
        &self,
        resolved: &Resolved<f64>,
        moments: &Moments<f64>,
        errors: &mut MomentErrors,
    ) {
        let Contribution::Batch(of) = &resolved.form else {
            return;
        };
        let samples = self.options.trajectories as f64;
        // the mean that is taken away is one for all coordinates, also where nothing else moves
        let shared = match of.kind {
            BatchKind::Whitened { .. } => moments.raw.iter().copied().fold(0.0, f64::max),
            _ => 0.0,
        };
        for (error, raw) in errors.square.iter_mut().zip(&moments.raw) {
            *error = f64::max(*error, LIMIT * f64::max(*raw, shared) / samples);
        }
    }

    /// The baseline or critic is to blame where it is larger than any reward.
    fn overflow(&self, estimator: &Estimator) -> Error {
        let quantity = "the second moment of an estimator";
        let mdp = self.experiment.mdp();
        let rewards = (0..mdp.pairs()).flat_map(|pair| mdp.outcomes(pair).map(|o| o.reward.abs()));
        let largest = rewards.fold(0.0, f64::max);
        match estimator.given() {
            Some((given, size)) if size > largest => Error::GivenOverflow { quantity, given },
            _ => Error::Overflow { quantity },
        }
    }

    /// Second moments of a cut of our own that would be too dear are those of the infinite horizon,
    /// from which they differ by the order of the truncation bias. A difference of two estimators
    /// is small beside that, so that for those nothing stands in.
    fn moments(
        &self,
        resolved: &Resolved<f64>,
        endless: Option<&Experiment<'_, f64>>,
    ) -> Result<Moments<f64>, Error> {
        let parameters = self.experiment.policy().parameters();
        let detail = if parameters <= self.options.covariance_limit {
            Detail::Covariance
        } else {
            Detail::Variances
        };
        // where sums over the cut lose digits, those of the infinite horizon are centred
        let near = *self.experiment.mdp().discount_complement() < 1e-3;
        match endless {
            Some(endless) if (self.work() > STEPWISE || near) && !self.options.paired => {
                Ok(Moments {
                    mean: self.experiment.mean(resolved)?,
                    ..endless.moments(resolved, detail)?
                })
            }
            _ => self.experiment.moments(resolved, detail),
        }
    }

    /// Those of the infinite horizon where the cut is our own: the two differ by the order of the
    /// truncation bias beside a standard deviation. `None` where they would be too dear.
    fn kurtosis(
        &self,
        resolved: &Resolved<f64>,
        moments: &Moments<f64>,
        endless: Option<&Experiment<'_, f64>>,
    ) -> Result<Option<Kurtosis<f64>>, Error> {
        let entries = moments.mean.len() * self.experiment.mdp().states();
        let truncated = self.experiment.sampling().cut().is_some();
        match endless {
            _ if is_lost(moments) || vanishes(moments) => Ok(None),
            _ if moments.covariance.is_none() && entries > KURTOSES => Ok(None),
            Some(endless) => endless.kurtosis(resolved),
            None if truncated && FOURTH * self.work() > STEPWISE => Ok(None),
            None => self.experiment.kurtosis(resolved),
        }
    }

    /// Multiplications of stepwise second moments; 0 for stationary ones.
    fn work(&self) -> f64 {
        let (mdp, policy) = (self.experiment.mdp(), self.experiment.policy());
        let steps = self.experiment.sampling().steps().unwrap_or(0) as f64;
        steps * mdp.p().stored() as f64 * policy.parameters() as f64
    }
}

/// Whether a fourth central moment, which is what is left of E X⁴, has no digits beside it: where variances are sums of
/// centred squares because E X² leaves none of them.
fn is_lost(moments: &Moments<f64>) -> bool {
    /// Of a kurtosis, as it decides what is tested: a choice.
    const KNOWN: f64 = 1e-2;
    let both = moments.raw.iter().zip(&moments.variance);
    let mut ratios = both.filter(|(_, variance)| **variance > 0.0);
    moments.centred.is_some()
        && ratios.any(|(raw, variance)| f64::EPSILON * (raw / variance).powi(2) > KNOWN)
}

/// Numbers below the least normal float have lost digits, or are 0: what is below this may be less than half known.
const LEAST: f64 = f64::MIN_POSITIVE / f64::EPSILON;

/// Second moments below the least float, as γ²ᵗ leaves them, come out as 0 or as what few digits there are: beside others no
/// variance is known to less. A coordinate that varies there takes no part in a verdict, as one does whose variance is
/// rounding, and 0 is not taken for what does not vary.
fn widen_to_least(moments: &Moments<f64>, errors: &mut MomentErrors) {
    let least = LEAST * moments.raw.iter().copied().fold(1.0, f64::max);
    let squares = errors.square.iter_mut();
    squares.for_each(|square| *square = square.max(least));
    let both = moments.mean.iter().zip(&moments.variance);
    for (error, (mean, variance)) in errors.variance.iter_mut().zip(both) {
        let moves = *mean != 0.0 && mean * mean < least;
        if moves || (*variance > 0.0 && *variance < least) {
            *error = error.max(least);
        }
    }
}

/// Whether a fourth central moment may be below the least float.
fn vanishes(moments: &Moments<f64>) -> bool {
    let mut variances = moments.variance.iter();
    variances.any(|variance| *variance > 0.0 && variance * variance < LEAST)
}
