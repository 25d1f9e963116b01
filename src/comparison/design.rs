//! What is known before sampling: how to sample, exact moments, biases, and how many trajectories
//! it takes to see an error (theory, 6, *Design of a test*).

use super::Options;
use super::paired::Pair;
use super::power::{trajectories_for_error, trajectories_to_detect};
use super::statistic::Factor;
use super::structure::score_rank;
use super::verdict::BiasVerdict;
use crate::chain::Termination;
use crate::error::Error;
use crate::estimator::{
    Bias, Detail, Divergence, Estimator, Experiment, Form, Kurtosis, Moments, Psi, Resolved,
    Sampling, Target, truncation, truncation_bound,
};
use crate::mdp::{Criterion, Mdp};
use crate::policy::Policy;

/// The bound on the truncation bias is at most this part of the standard error.
const SMALL: f64 = 0.1;
/// Stepwise second moments of more multiplications than this are taken from the infinite horizon.
const AFFORDABLE: f64 = 2e10;

/// An estimator with all that is exact about it.
#[derive(Clone, Debug)]
pub struct Exact {
    /// The estimator as named.
    pub estimator: Estimator,
    /// The same as numbers.
    pub resolved: Resolved<f64>,
    /// Its moments, or why there are none.
    pub law: Result<Law, Divergence>,
}

/// The exact law of an estimator, as far as its first moments go.
#[derive(Clone, Debug)]
pub struct Law {
    /// Mean, variances and, unless the model is too large, the covariance, of one trajectory.
    pub moments: Moments<f64>,
    /// Kurtoses E(X − μ)⁴/σ⁴ of the coordinates ([`Experiment::kurtosis`]), where they are known
    /// and the model is small enough for the covariance.
    pub kurtosis: Option<Kurtosis<f64>>,
    /// E ĝ against ∇J.
    pub bias: Bias,
    /// Whether that is more than rounding and truncation can do.
    pub bias_verdict: BiasVerdict,
    /// The relative error to which each variance is known, \[d\].
    pub tolerance: Vec<f64>,
    /// The covariance, factored; `None` if the model is too large.
    pub factor: Option<Factor>,
    /// Whether samples are weighed by π/b: where the kurtoses do not exist then, no more than the
    /// variance holds the tails.
    pub weighted: bool,
    /// Trajectories at which the relative root-mean-square error is that of the options.
    pub for_error: Option<f64>,
    /// Trajectories that see a mean scaled by 1 + that error, at the options' rates.
    pub to_detect: Option<f64>,
}

impl Law {
    /// Coordinates whose variance is more than rounding.
    pub fn random(&self) -> Vec<usize> {
        let coordinates = 0..self.tolerance.len();
        coordinates.filter(|&k| self.tolerance[k] < 1.0).collect()
    }

    /// The covariance of one trajectory row by row, if it was computed.
    pub fn covariance(&self) -> Option<Vec<Vec<f64>>> {
        let covariance = self.moments.covariance.as_ref()?;
        let rows = covariance.row_iter();
        Some(rows.map(|row| row.iter().copied().collect()).collect())
    }
}

/// The exact side of a comparison.
#[derive(Clone, Debug)]
pub struct Design {
    /// How trajectories are drawn.
    pub sampling: Sampling,
    /// ∇J \[d\], and how exactly it is known.
    pub target: Target<f64>,
    /// What cutting an infinite horizon can do to the mean, \[d\]; `None` where nothing is cut.
    pub truncation_bound: Option<Vec<f64>>,
    /// The estimators, in order.
    pub estimators: Vec<Exact>,
    /// With [`Options::paired`]: the differences of the others from the first that has a law.
    pub pairs: Vec<Pair>,
}

/// Parameters × states up to which kurtoses are computed although covariances are not.
const KURTOSES: usize = 1_000_000;

/// Errors where the rewards are so small that no fourth moment is left of them.
fn check_scale(mdp: &Mdp) -> Result<(), Error> {
    const SMALLEST: f64 = 1e-75;
    let rewards = (0..mdp.pairs()).flat_map(|pair| mdp.outcomes(pair).map(|o| o.reward.abs()));
    let largest = rewards.fold(0.0, f64::max);
    match largest == 0.0 || largest >= SMALLEST {
        true => Ok(()),
        false => Err(Error::Underflow {
            quantity: "the fourth moment of the rewards",
        }),
    }
}

impl Design {
    /// Computes everything that needs no sample.
    ///
    /// Errors with [`Error::Criterion`] for the average reward, with [`Error::NoScore`] on the
    /// boundary of a direct parametrization, with [`Error::Underflow`] where fourth powers of the
    /// rewards vanish, as moments then do, and as [`Experiment::new`].
    pub fn new(
        mdp: &Mdp,
        policy: &Policy,
        estimators: &[Estimator],
        options: &Options,
    ) -> Result<Design, Error> {
        check_scale(mdp)?;
        let sampling = match options.sampling {
            Some(sampling) => sampling,
            None => sampling_of(mdp, policy, options)?,
        };
        let sampled = |sampling| {
            let behavior = options.behavior.as_ref();
            Experiment::off_policy(mdp, policy, behavior, sampling, &options.solver)
        };
        let experiment = sampled(sampling)?;
        let endless = match (options.sampling, &options.behavior, sampling) {
            // a cut of our own choice hides no infinite variance
            (None, Some(_), Sampling::Truncated(_)) => Some(sampled(Sampling::Infinite)?),
            _ => None,
        };
        let truncation_bound = match sampling {
            Sampling::Truncated(steps) => Some(truncation_bound(mdp, policy, steps)),
            _ => None,
        };
        let mut design = Design {
            target: Target::new(&experiment, &options.solver)?,
            sampling,
            truncation_bound,
            estimators: Vec::new(),
            pairs: Vec::new(),
        };
        // a difference is small beside what a cut changes in either of the two
        let limit = match options.paired {
            true => None,
            false => infinite_where_dear(mdp, policy, sampling, options)?,
        };
        let rank = score_rank(mdp, policy);
        for estimator in estimators {
            let resolved = experiment.resolve(estimator)?;
            let unbounded = || endless.as_ref()?.importance_divergence(&resolved);
            let divergence = experiment.divergence(&resolved, estimator.psi);
            // nor does it make a law for the total return, which has none without a cut
            let own_cut = options.sampling.is_none() && design.truncation_bound.is_some();
            let total = (own_cut && estimator.psi == Psi::TotalReturn)
                .then_some(Divergence::TotalReturnOfContinuingTask);
            let law = match divergence.or_else(unbounded).or(total) {
                Some(divergence) => Err(divergence),
                None => {
                    let detail = match policy.parameters() <= options.covariance_limit {
                        true => Detail::Covariance,
                        false => Detail::Variances,
                    };
                    let moments = match &limit {
                        // without γᵗ there is no infinite horizon to take them from
                        Some(limit) if resolved.weight < 1.0 => Moments {
                            mean: experiment.mean(&resolved)?,
                            ..limit.moments(&resolved, detail)?
                        },
                        _ => experiment.moments(&resolved, detail)?,
                    };
                    Ok(design.law(&experiment, &resolved, moments, rank, options)?)
                }
            };
            design.estimators.push(Exact {
                estimator: estimator.clone(),
                resolved,
                law,
            });
        }
        if options.paired {
            design.pairs = design.pairs(&experiment, rank)?;
        }
        Ok(design)
    }

    /// The pairs, numbered among the estimators that have a law.
    pub fn sampled_pairs(&self) -> Vec<(usize, usize)> {
        let number = |i: usize| {
            let before = self.estimators[..i].iter();
            before.filter(|exact| exact.law.is_ok()).count()
        };
        let pairs = self.pairs.iter().map(|pair| pair.estimators);
        pairs.map(|(i, j)| (number(i), number(j))).collect()
    }

    /// The differences from the first estimator that has a law.
    fn pairs(&self, experiment: &Experiment<f64>, rank: usize) -> Result<Vec<Pair>, Error> {
        let first = self.estimators.iter().position(|exact| exact.law.is_ok());
        let Some(first) = first else {
            return Ok(Vec::new());
        };
        let others = first + 1..self.estimators.len();
        let pair = |i| Pair::new(self, experiment, (i, first), rank).transpose();
        others.filter_map(pair).collect()
    }

    fn law(
        &self,
        experiment: &Experiment<f64>,
        resolved: &Resolved<f64>,
        moments: Moments<f64>,
        rank: usize,
        options: &Options,
    ) -> Result<Law, Error> {
        if !moments.raw.iter().all(|raw| raw.is_finite()) {
            return Err(Error::Overflow {
                quantity: "the second moment of an estimator",
            });
        }
        let bias = Bias::new(&moments.mean, &self.target.gradient);
        let whole = matches!(resolved.form, Form::TotalReturn { .. });
        let allowed = (0..bias.vector.len()).map(|k| {
            let cut = self.truncation_bound.as_ref().map_or(0.0, |bound| bound[k]);
            let total = if whole {
                self.target.rounding_of_total[k]
            } else {
                0.0
            };
            // |E X| ≤ √E X²: the mean is known to that times the relative part
            let own = self.target.unit * moments.raw[k].sqrt();
            self.target.rounding[k] + cut + total + own
        });
        let bias_verdict = BiasVerdict::new(&bias.vector, allowed);
        let coordinates = moments.raw.iter().zip(&moments.variance);
        let tolerance: Vec<f64> = coordinates
            .map(|(raw, variance)| match *variance > 0.0 {
                true => self.target.unit * raw / variance,
                false => f64::INFINITY,
            })
            .collect();
        let mut law = Law {
            kurtosis: None,
            bias,
            bias_verdict,
            factor: None,
            weighted: options.behavior.is_some(),
            for_error: trajectories_for_error(
                moments.trace(),
                &moments.mean,
                options.relative_error,
            ),
            to_detect: None,
            tolerance,
            moments,
        };
        let entries = law.moments.mean.len() * experiment.mdp().states();
        if law.moments.covariance.is_some() || entries <= KURTOSES {
            law.kurtosis = experiment.kurtosis(resolved)?;
        }
        if let Some(covariance) = &law.moments.covariance {
            let factor = Factor::new(covariance, &law.random(), rank, law.tolerance.clone());
            let scaled = law.moments.mean.iter().map(|m| m * options.relative_error);
            let distance = factor.distance(&scaled.collect::<Vec<f64>>());
            law.to_detect = trajectories_to_detect(distance, options.false_alarm, options.power);
            law.factor = Some(factor);
        }
        Ok(law)
    }
}

/// The criterion's own way, if whoever acts ends every episode as well; a discounted task without end is cut where the bound on the truncation
/// bias is a tenth of the standard error of the reward-to-go estimate, coordinate by coordinate.
fn sampling_of(mdp: &Mdp, policy: &Policy, options: &Options) -> Result<Sampling, Error> {
    match mdp.criterion() {
        Criterion::FiniteHorizon { horizon, .. } => return Ok(Sampling::FiniteHorizon(*horizon)),
        Criterion::Total => {
            if let Some(behavior) = &options.behavior {
                Termination::new(mdp, behavior).undefined_or_improper(mdp)?;
            }
            return Ok(Sampling::Episodic);
        }
        Criterion::Discounted { .. } => {}
        Criterion::Average => {
            return Err(Error::Criterion {
                needed: "discounted, finite-horizon or total",
                found: mdp.criterion().kind(),
            });
        }
    }
    let mut actors = std::iter::once(policy).chain(&options.behavior);
    if actors.all(|actor| {
        let ends = Termination::new(mdp, actor).undefined_or_improper(mdp);
        ends.is_ok()
    }) {
        return Ok(Sampling::Episodic);
    }
    let experiment = Experiment::new(mdp, policy, Sampling::Infinite, &options.solver)?;
    let resolved = experiment.resolve(&Estimator::new(Psi::RewardToGo))?;
    let moments = experiment.moments(&resolved, Detail::Variances)?;
    let samples = options.trajectories as f64;
    let errors = moments
        .variance
        .iter()
        .zip(&moments.raw)
        .map(|(variance, raw)| {
            let visible = *variance > raw * mdp.states() as f64 * f64::EPSILON;
            if visible {
                SMALL * (variance / samples).sqrt()
            } else {
                0.0
            }
        });
    let steps = truncation(mdp, policy, &errors.collect::<Vec<f64>>());
    Ok(Sampling::Truncated(
        steps.expect("the criterion is discounted"),
    ))
}

/// The infinite horizon, if second moments of a cut one would be too dear: the two differ by the
/// order of the truncation bias.
fn infinite_where_dear<'a>(
    mdp: &'a Mdp,
    policy: &'a Policy,
    sampling: Sampling,
    options: &Options,
) -> Result<Option<Experiment<'a, f64>>, Error> {
    let Sampling::Truncated(steps) = sampling else {
        return Ok(None);
    };
    let work = steps as f64 * mdp.p().stored() as f64 * policy.parameters() as f64;
    if work <= AFFORDABLE || options.sampling.is_some() {
        return Ok(None);
    }
    let behavior = options.behavior.as_ref();
    let sampling = Sampling::Infinite;
    Experiment::off_policy(mdp, policy, behavior, sampling, &options.solver).map(Some)
}
