//! The exact law of one trajectory's contribution to an estimator, as far as two moments go.

use nalgebra::DMatrix;

use super::{
    Detail, Differential, Estimator, Experiment, MomentErrors, Moments, Resolved, Sampling, Target,
    shown, shown_in_each, shown_rows,
};
use crate::error::Error;
use crate::linalg::Solvable;
use crate::mdp::Mdp;
use crate::policy::Policy;
use crate::solved::Solved;

/// Mean, variance, covariance and bias of an estimator, without sampling; the mean of N independent
/// trajectories has the same mean and 1/N of the covariance.
#[derive(Clone, Debug)]
pub struct Law<F: Solvable = f64> {
    /// The estimator.
    pub estimator: Estimator,
    /// The estimator with its numbers on this model: critics by state, weights.
    pub resolved: Resolved<F>,
    /// How trajectories are drawn.
    pub sampling: Sampling,
    /// The moments of ĝ.
    pub moments: Moments<F>,
    /// E ĝ − ∇J \[d\], in units of reward per parameter.
    pub bias: Vec<F>,
    /// What rounding can do to the bias \[d\]; 0 in an exact field.
    pub rounding: Vec<f64>,
    /// What it can do to means and variances; `None` in a field that is exact or has bounds of its own.
    pub errors: Option<MomentErrors>,
    /// The size of the terms of ∇J; where rounding can do as much, no digit is certain.
    pub size: f64,
}

impl<F: Solvable> Law<F> {
    /// The law of an estimator in an experiment, beside the target of that experiment.
    ///
    /// Errors with [`Error::Divergence`] where it has no finite variance, with [`Error::Underflow`] where
    /// second moments are too small for floating point, and if a linear system is singular.
    pub fn new(
        experiment: &Experiment<F>,
        target: &Target<F>,
        estimator: &Estimator,
        detail: Detail,
    ) -> Result<Law<F>, Error> {
        let resolved = experiment.resolve(estimator)?;
        if let Some(why) = experiment.divergence(&resolved, estimator.psi()) {
            return Err(Error::Divergence {
                estimator: estimator.to_string(),
                why,
            });
        }
        let moments = experiment.moments(&resolved, detail)?;
        check_scale(&moments, experiment.mdp())?;
        let entries = moments.mean.iter().zip(&target.gradient);
        let is_rounded = !F::EXACT && F::one().certified().is_none();
        let errors = || MomentErrors::new(experiment, target, &resolved, &moments);
        let errors = is_rounded.then(errors).transpose()?;
        let rounding = errors.as_ref().map_or(&target.rounding, |all| &all.bias);
        Ok(Law {
            rounding: rounding.clone(),
            errors,
            bias: entries.map(|(mean, g)| mean.clone() - g).collect(),
            estimator: estimator.clone(),
            resolved,
            sampling: experiment.sampling(),
            moments,
            size: target.size,
        })
    }

    /// E ĝ \[d\].
    pub fn mean(&self) -> &[F] {
        &self.moments.mean
    }

    /// Var ĝ_k \[d\].
    pub fn variance(&self) -> &[F] {
        &self.moments.variance
    }

    /// What rounding can do to E ĝ \[d\]; `None` where that cannot show in the ninth digit of any entry.
    pub fn mean_error(&self) -> Option<Vec<f64>> {
        shown_in_each(&self.errors.as_ref()?.mean, &floats(self.mean()))
    }

    /// What rounding can do to E ĝ − ∇J \[d\], in units of reward per parameter, where that may show in the ninth digit of a bias; of an
    /// unbiased estimator, whose digits are all rounding, `None`.
    pub fn bias_error(&self) -> Option<Vec<f64>> {
        let is_biased = self.is_biased() == Some(true);
        is_biased.then(|| shown(&self.rounding, &floats(&self.bias)))?
    }

    /// What rounding can do to the variances \[d\], in squared units of reward per parameter.
    pub fn variance_error(&self) -> Option<Vec<f64>> {
        shown_in_each(&self.errors.as_ref()?.variance, &floats(self.variance()))
    }

    /// What rounding can do to the entries of the covariance \[d\]\[d\], in squared units of reward per parameter.
    pub fn covariance_error(&self) -> Option<Vec<Vec<f64>>> {
        let known = self.errors.as_ref()?.covariance.as_ref()?;
        let covariance = self.covariance()?.map(|x| x.to_f64());
        shown_rows(&covariance, |k, l| known.of(k, l))
    }

    /// Cov ĝ [d, d]; `None` if only variances were asked for.
    pub fn covariance(&self) -> Option<&DMatrix<F>> {
        self.moments.covariance.as_ref()
    }

    /// Whether E ĝ differs from ∇J by more than rounding can do; `None` where that is as much as there
    /// is of ∇J, so that nothing can be told.
    pub fn is_biased(&self) -> Option<bool> {
        let mut entries = self.bias.iter().zip(&self.rounding);
        let biased = entries.any(|(bias, allowed)| bias.abs().to_f64() > *allowed);
        let largest = self.rounding.iter().copied().fold(0.0, f64::max);
        let none = self.bias.iter().all(F::is_zero);
        (biased || none || largest < self.size).then_some(biased)
    }

    /// Whether the estimator is biased, in a word: `biased`, `unbiased` or `cannot-be-told`.
    pub fn bias_verdict(&self) -> &'static str {
        match self.is_biased() {
            Some(true) => "biased",
            Some(false) => "unbiased",
            None => "cannot-be-told",
        }
    }
}

fn floats<F: Solvable>(x: &[F]) -> Vec<f64> {
    x.iter().map(F::to_f64).collect()
}

/// Errors where a second moment has lost its digits below the normal numbers: E ĝ² where (E ĝ)² has too and E ĝ has
/// not, and any of rewards whose own squares are lost. An E ĝ whose square is a number beside E ĝ² = 0 is rounding.
fn check_scale<F: Solvable>(moments: &Moments<F>, mdp: &Mdp<F>) -> Result<(), Error> {
    // its square is 10⁻³⁰⁰, the least normal number 2·10⁻³⁰⁸
    const SMALLEST: f64 = 1e-150;
    let is_lost = |x: &F| x.certified().is_none() && x.to_f64().abs() < f64::MIN_POSITIVE;
    let squares = moments.raw.iter().zip(&moments.mean);
    let mut lost = squares.filter(|(square, _)| !F::EXACT && is_lost(square));
    let rewards = || (0..mdp.pairs()).flat_map(|pair| mdp.outcomes(pair));
    let largest = || rewards().fold(0.0, |most: f64, o| most.max(o.reward.to_f64().abs()));
    let are_small = |size: f64| 0.0 < size && size < SMALLEST;
    let vanishes = |mean: &F| !is_lost(mean) && mean.to_f64().abs() < SMALLEST;
    if lost.any(|(_, mean)| vanishes(mean) || are_small(largest())) {
        return Err(Error::Underflow {
            quantity: "a second moment of an estimator",
        });
    }
    Ok(())
}

impl<F: Solvable> Solved<F> {
    /// How one trajectory of the criterion goes on: to the horizon, until it ends, or for ever.
    ///
    /// Errors with [`Error::Criterion`] for the average reward, whose runs end where one says
    /// ([`Sampling::LongRun`]).
    pub fn sampling(&self) -> Result<Sampling, Error> {
        Sampling::own(self.mdp(), self.policy())
    }

    /// The exact law of one trajectory's contribution to an estimator, sampled in the criterion's
    /// own way, and for the average reward in runs of [`Sampling::RUN`] steps; the covariance is there up to 1024 parameters (128 over exact fractions). A score of ±½ that is paid
    /// half of the time has the mean ¼ and the variance ⅛ − 1/16:
    ///
    /// ```
    /// use exact_mdp::{arithmetic::Choice, model::Model};
    ///
    /// let text = "discount: 0\nstates: 1\nactions: 2\ninitial: 0\n\
    ///             transitions: {0: {0: 0, 1: 0}}\nrewards: {0: {0: 1}}";
    /// let bandit = Model::parse("bandit", text)?.solve(Choice::Uniform)?;
    /// let law = bandit.law(&"reward-to-go".parse()?)?;
    /// assert_eq!(law.mean(), [0.25, -0.25]);
    /// assert_eq!(law.variance(), [0.0625, 0.0625]);
    /// assert_eq!(law.is_biased(), Some(false));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Divergence`] where the estimator has no finite variance, [`Error::NoScore`] on the
    /// boundary of a direct parametrization, [`Error::GainJumps`] where an average reward is not continuous, [`Error::Factor`].
    pub fn law(&self, estimator: &Estimator) -> Result<Law<F>, Error> {
        self.law_when(estimator, Sampling::of_laws(self.mdp(), self.policy())?)
    }

    /// [`Solved::law`] with trajectories drawn in another way: cut, killed with probability 1 − γ,
    /// or as runs of the long run.
    pub fn law_when(&self, estimator: &Estimator, sampling: Sampling) -> Result<Law<F>, Error> {
        let detail = Detail::affordable::<F>(self.policy().parameters());
        let laws = self.laws(std::slice::from_ref(estimator), sampling, detail)?;
        laws.into_iter().next().expect("one law for each estimator")
    }

    /// The laws of several estimators of the same trajectories, from one set of factors; for each
    /// its law or why it has none.
    ///
    /// Errors with [`Error::NoScore`] on the boundary of a direct parametrization, with [`Error::Criterion`] for a way of
    /// sampling that the criterion does not have, and with [`Error::Factor`]; what concerns one estimator alone is its own.
    pub fn laws(
        &self,
        estimators: &[Estimator],
        sampling: Sampling,
        detail: Detail,
    ) -> Result<Vec<Result<Law<F>, Error>>, Error> {
        self.laws_under(None, estimators, sampling, detail)
    }

    /// [`Solved::laws`] of trajectories that another policy draws, weighed per decision by π/b.
    ///
    /// Errors also with [`Error::NoSupport`] where b = 0 < π.
    pub fn laws_under(
        &self,
        behavior: Option<&Policy<F>>,
        estimators: &[Estimator],
        sampling: Sampling,
        detail: Detail,
    ) -> Result<Vec<Result<Law<F>, Error>>, Error> {
        let (mdp, policy) = (self.mdp(), self.policy());
        let options = self.options();
        let long_run = match sampling {
            Sampling::LongRun(_) => Some(Differential::new(mdp, policy, options)?),
            _ => None,
        };
        let sampled = long_run.as_ref().map_or(&**mdp, Differential::model);
        let experiment = Experiment::off_policy(sampled, policy, behavior, sampling, options)?;
        let target = match &long_run {
            Some(long_run) => long_run.target(&experiment),
            None => Target::new(&experiment, options)?,
        };
        let law = |estimator| Law::new(&experiment, &target, estimator, detail);
        Ok(estimators.iter().map(law).collect())
    }
}
