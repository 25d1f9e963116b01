//! Moments of resolved estimators, whatever they sum.

use nalgebra::DMatrix;

use super::{Experiment, Kurtosis};
use crate::error::Error;
use crate::estimator::assembly::Accumulator;
use crate::estimator::moments::{self, Detail, Moments};
use crate::estimator::process::Order;
use crate::estimator::recursion::{Recursion, Signal};
use crate::estimator::{Contribution, Resolved, by_parameter, joint, kurtosis, shaped};
use crate::linalg::{Csr, Solvable};

impl<F: Solvable> Experiment<'_, F> {
    /// Exact mean and variances, and with [`Detail::Covariance`] the whole covariance, of one
    /// trajectory's contribution.
    ///
    /// Errors with [`Error::Length`] for an estimator of another model, and if a linear system is singular, as where the
    /// moments do not exist
    /// ([`Experiment::divergence`] says so beforehand).
    pub fn moments(&self, resolved: &Resolved<F>, detail: Detail) -> Result<Moments<F>, Error> {
        self.check(resolved)?;
        let known = self.plain_moments(resolved, detail)?;
        let shaped = shaped::moments(self, resolved, &known)?;
        Ok(shaped.unwrap_or(known))
    }

    /// Errors with [`Error::Length`] for an estimator of another model.
    fn check(&self, resolved: &Resolved<F>) -> Result<(), Error> {
        resolved.check(self.mdp.space(), self.process.entries())
    }

    /// Moments as the recursion gives them, whatever the variances have lost.
    fn plain_moments(&self, resolved: &Resolved<F>, detail: Detail) -> Result<Moments<F>, Error> {
        if resolved.form.is_joint() {
            return joint::moments(self, resolved, detail);
        }
        if let Contribution::ReturnByParameter { baseline } = &resolved.form {
            return by_parameter::moments(self, resolved, baseline, detail);
        }
        moments::moments(&self.process, &Recursion::new(resolved), &self.v, detail)
    }

    /// Exact mean and variances of Σₜ cᵗ x(Sₜ, Aₜ) for rows x \[SA, d\] in the place of scores, which need
    /// not have mean 0. Consumes the experiment, whose scores they replace.
    ///
    /// Errors if a linear system is singular.
    pub(crate) fn moments_of_rows(
        mut self,
        rows: Csr<F>,
        weight: &F,
        detail: Detail,
    ) -> Result<Moments<F>, Error> {
        self.process.replace_scores(self.sampling.weigh(rows));
        let recursion = Recursion::of_one_sum(Vec::new(), Signal::One, None, weight);
        moments::moments(&self.process, &recursion, &self.v, detail)
    }

    /// Kurtoses E(ĝ_k − μ_k)⁴/σ_k⁴ \[d\]; 0 where nothing varies.
    ///
    /// Exact for the sums of returns and residuals, and for the total return. `None` for a window of n
    /// steps and for the total return under importance sampling, whose fourth moments do not close
    /// over two numbers; where without a last step they do not exist: without γᵗ on a continuing
    /// task, and under importance sampling where the spectral radius of c⁴ Σₐ π⁴/b³ p is not below
    /// 1; and where fourth powers overflow. Errors if a linear system is singular.
    pub fn kurtosis(&self, resolved: &Resolved<F>) -> Result<Option<Kurtosis<F>>, Error> {
        self.check(resolved)?;
        if resolved.form.is_joint() {
            return joint::kurtosis(self, resolved);
        }
        let endless = !self.process.is_proper() && resolved.weight >= F::one();
        let unbounded = self.process.horizon().is_none();
        if unbounded && (endless || self.growth(resolved, Order::Fourth) >= 1.0) {
            return Ok(None);
        }
        let own = match &resolved.form {
            Contribution::ReturnByParameter { baseline } => Some(baseline),
            _ => None,
        };
        let values = match shaped::kurtosis(self, resolved)? {
            Some(values) => Some(values),
            None => kurtosis::kurtosis(&self.process, &Recursion::new(resolved), own)?,
        };
        let known = values.map(|values| Kurtosis {
            values,
            exact: true,
        });
        let finite = |x: &F| F::EXACT || x.to_f64().is_finite();
        Ok(known.filter(|kurtosis| kurtosis.values.iter().all(finite)))
    }

    /// E ĝ \[d\], by one transposed solve.
    ///
    /// Errors if a linear system is singular.
    pub fn mean(&self, resolved: &Resolved<F>) -> Result<Vec<F>, Error> {
        self.check(resolved)?;
        if resolved.form.is_joint() {
            return Ok(self.moments(resolved, Detail::Variances)?.mean);
        }
        let recursion = Recursion::new(resolved);
        moments::mean(&self.process, &recursion, &recursion.top)
    }

    /// Cov(ĝ, g̃) [d, d] of two estimators on the same trajectories: stacked, they follow one
    /// recursion (theory, 5.2).
    ///
    /// Errors if a linear system is singular, and with [`Error::Argument`] for an estimator that is no
    /// plain sum.
    pub fn cross_covariance(
        &self,
        left: &Resolved<F>,
        right: &Resolved<F>,
    ) -> Result<DMatrix<F>, Error> {
        self.check(left)?;
        self.check(right)?;
        if left.form.is_joint() || right.form.is_joint() {
            return Err(Error::Argument {
                name: "the estimators of a difference",
                found: "one that is no sum of scores, each times one number".into(),
                expected: "estimators without the ratio of whole trajectories, clips or batches",
            });
        }
        let by_parameter =
            |one: &Resolved<F>| matches!(one.form, Contribution::ReturnByParameter { .. });
        if !by_parameter(left) && !by_parameter(right) {
            return self.plain_cross_covariance(left, right);
        }
        // each entry is that of an estimator with one baseline, which several entries may share
        let d = self.process.parameters();
        let mut whole = DMatrix::from_element(d, d, F::zero());
        let others = by_parameter::shared(&self.process, right);
        for (one, rows) in by_parameter::shared(&self.process, left) {
            for (other, columns) in &others {
                let found = self.plain_cross_covariance(&one, other)?;
                for &k in &rows {
                    for &l in columns {
                        whole[(k, l)] = found[(k, l)].clone();
                    }
                }
            }
        }
        Ok(whole)
    }

    /// Cov(ĝ, g̃) [d, d] of two plain sums of scores, each times one number.
    fn plain_cross_covariance(
        &self,
        left: &Resolved<F>,
        right: &Resolved<F>,
    ) -> Result<DMatrix<F>, Error> {
        let (joint, own) = Recursion::new(left).joined(Recursion::new(right));
        let zeros = |n: usize| vec![F::zero(); n];
        let mut left = joint.top.clone();
        let mut right = joint.top.clone();
        left[own..].clone_from_slice(&zeros(joint.top.len() - own));
        right[..own].clone_from_slice(&zeros(own));
        let means = [&left, &right].map(|top| moments::mean(&self.process, &joint, top));
        let [mean, other] = means;
        match moments::second(&self.process, &joint, &left, &right, true)? {
            Accumulator::Full(z) => Ok(moments::centered(z, &mean?, &other?)),
            Accumulator::Diagonal(_) => unreachable!("the whole matrix was asked for"),
        }
    }
}
