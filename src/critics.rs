//! What critics with few features come to: the values v̂ = Φw at which a learner is at rest, how far
//! they are from v, whether the learner gets there, and what a gradient made of them is.
//!
//! ```text
//! Monte Carlo        Φᵀ D (Φw − v) = 0                                the least Σ d (v̂ − v)²
//! TD(λ)              Φᵀ D (I − λγP)⁻¹ (r − (I − γP) Φw) = 0           D = diag(d)
//! emphatic TD(λ)     the same with m = (I − λγP)ᵀ (I − γP)⁻ᵀ d in place of d
//! Bellman residual   the least Σ d (r + γP v̂ − v̂)²
//! ```
//!
//! LSTD(λ) solves the equation of TD(λ), and gradient TD (GTD2, TDC) is at rest where TD is: the same
//! fixed point, reached whether TD is stable or not. P and r are those of the policy; d may come from
//! another one. Sources: Tsitsiklis & Van Roy (1997), Sutton & Barto (2018, ch. 9 and 11), Sutton,
//! Mahmood & White (2016); theory, 5.9.

mod features;
mod weighting;

pub use features::FeatureMatrix;
pub use weighting::{Weighting, weights};

use nalgebra::DMatrix;

use crate::chain::Resolvent;
use crate::error::Error;
use crate::evaluation::action_values;
use crate::gradient::Differentiable;
use crate::linalg::{Csr, FactorError, Factors, Solvable, SolverOptions};
use crate::solved::Solved;

/// A way to learn values.
#[derive(Clone, Debug, PartialEq)]
pub enum Learner<F> {
    /// Regression on returns.
    MonteCarlo,
    /// TD(λ), λ in \[0, 1\]; LSTD(λ) and, at λ = 0, gradient TD have the same fixed point.
    Td(F),
    /// Emphatic TD(λ) with interest 1 everywhere.
    Emphatic(F),
    /// Least squares of the Bellman residual.
    BellmanResidual,
}

/// Where a learner is at rest.
#[derive(Clone, Debug)]
pub struct FixedPoint<F> {
    /// The learner.
    pub learner: Learner<F>,
    /// w \[k\].
    pub weights: Vec<F>,
    /// v̂ = Φw \[S\], in units of reward.
    pub values: Vec<F>,
    /// Σ d(s) (v̂(s) − v(s))², in squared units of reward.
    pub error: F,
    /// Σ ρ(s) Σₐ ∇π(a|s) (r + γ p v̂)(s, a) \[d\]: the expected gradient of an actor that takes v̂ for
    /// v in the TD residual.
    pub gradient: Vec<F>,
}

/// A policy's values seen through features, under weights of the states.
pub struct Critics<'s, F: Solvable> {
    at: &'s Solved<F>,
    features: &'s FeatureMatrix<F>,
    weights: &'s [F],
}

impl<'s, F: Differentiable> Critics<'s, F> {
    /// `weights` are d \[S\] (see [`weights`]).
    ///
    /// Errors with [`Error::Criterion`] under the average reward and a horizon, whose values no discount
    /// contracts, and with [`Error::Length`] unless there is a weight for each state.
    pub fn new(
        at: &'s Solved<F>,
        features: &'s FeatureMatrix<F>,
        weights: &'s [F],
    ) -> Result<Critics<'s, F>, Error> {
        at.chain()?;
        Error::check_length("weights", at.mdp().states(), weights.len())?;
        Ok(Critics {
            at,
            features,
            weights,
        })
    }

    /// Where a learner is at rest; `None` where there is no such point, or no single v̂. Of features that depend on
    /// one another the first that do not have the weights, the others 0.
    ///
    /// Errors if a linear system of the chain is not solved, and where J has no gradient.
    pub fn fixed_point(&self, learner: Learner<F>) -> Result<Option<FixedPoint<F>>, Error> {
        let (a, b) = self.system(&learner)?;
        // w is not the only one where features depend on one another, but v̂ is
        let kept = self.features.independent();
        let (a, b) = (a.select_rows(&kept).select_columns(&kept), pick(&b, &kept));
        let matrix = Csr::from_rows(a.ncols(), (0..a.nrows()).map(|i| row(&a, i)));
        let some = match F::factor(matrix, &SolverOptions::default()) {
            Ok(factors) => factors.solve(&b)?,
            Err(FactorError::Singular { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        if some.iter().any(|w| !w.to_f64().is_finite()) {
            return Ok(None);
        }
        let mut weights = vec![F::zero(); self.features.count()];
        kept.iter().zip(some).for_each(|(&j, w)| weights[j] = w);
        let values = self.features.times(&weights);
        Ok(Some(FixedPoint {
            error: self.error(&values),
            gradient: self.gradient(&values)?,
            learner,
            weights,
            values,
        }))
    }

    /// Whether w ← w + α(b − Aw) comes to rest for small α: every eigenvalue of A has a positive real
    /// part, or one has a negative one. `None` where they were not found, and where 0 is among them.
    ///
    /// Errors if a linear system of the chain is not solved.
    pub fn is_stable(&self, learner: &Learner<F>) -> Result<Option<bool>, Error> {
        Ok(is_stable(&self.system(learner)?.0))
    }

    /// A \[k, k\] and b \[k\] of the equation A w = b.
    fn system(&self, learner: &Learner<F>) -> Result<(DMatrix<F>, Vec<F>), Error> {
        let phi = self.features;
        match learner {
            Learner::MonteCarlo => {
                let columns: Vec<Vec<F>> = (0..phi.count()).map(|j| phi.column(j)).collect();
                Ok(self.equation(self.weights, &columns, self.at.v()))
            }
            Learner::Td(lambda) => self.bootstrapped(self.weights, lambda),
            Learner::Emphatic(lambda) => self.bootstrapped(&self.emphasis(lambda)?, lambda),
            Learner::BellmanResidual => {
                let columns = self.residuals()?;
                let r = self.at.chain()?.dynamics().r();
                let weighted = |x: &[F]| -> Vec<F> {
                    let both = x.iter().zip(self.weights);
                    both.map(|(x, d)| x.clone() * d).collect()
                };
                let by = |column: &Vec<F>| weighted(column);
                let left: Vec<Vec<F>> = columns.iter().map(by).collect();
                Ok(products(&left, &columns, r))
            }
        }
    }

    /// Φᵀ diag(d) X and Φᵀ diag(d) y for columns X.
    fn equation(&self, d: &[F], columns: &[Vec<F>], y: &[F]) -> (DMatrix<F>, Vec<F>) {
        let left: Vec<Vec<F>> = (0..self.features.count())
            .map(|i| {
                let column = self.features.column(i);
                column.into_iter().zip(d).map(|(x, d)| x * d).collect()
            })
            .collect();
        products(&left, columns, y)
    }

    /// The equation of TD(λ) under weights.
    fn bootstrapped(&self, d: &[F], lambda: &F) -> Result<(DMatrix<F>, Vec<F>), Error> {
        let traces = self.traces(lambda)?;
        let traced = |x: &[F]| Ok::<_, Error>(traces.solve(x)?.x);
        let columns = self.residuals()?;
        let columns: Vec<Vec<F>> = columns
            .iter()
            .map(|x| traced(x))
            .collect::<Result<_, _>>()?;
        let r = traced(self.at.chain()?.dynamics().r())?;
        Ok(self.equation(d, &columns, &r))
    }

    /// (I − γP)Φ, column by column, by differences of features and 1 − γ itself: of features that are alike
    /// little else is left.
    fn residuals(&self) -> Result<Vec<Vec<F>>, Error> {
        let resolvent = self.at.chain()?.resolvent();
        let nothing = vec![F::zero(); self.at.mdp().states()];
        let column = |j| {
            let less = resolvent.residual(&nothing, &self.features.column(j));
            less.into_iter().map(|x| -x).collect()
        };
        Ok((0..self.features.count()).map(column).collect())
    }

    /// (I − λγP)⁻¹.
    fn traces(&self, lambda: &F) -> Result<Resolvent<F>, Error> {
        let chain = self.at.chain()?;
        let c = lambda.clone() * chain.discount();
        let complement = self.at.mdp().discount_complement().clone() * lambda;
        let complement = F::one() - lambda + complement;
        chain
            .dynamics()
            .resolvent_at(&c, &complement, self.at.options())
    }

    /// m = (I − λγP)ᵀ f with f = (I − γP)⁻ᵀ d, which is d + (1 − λ) γ Pᵀ f.
    fn emphasis(&self, lambda: &F) -> Result<Vec<F>, Error> {
        let chain = self.at.chain()?;
        let follow_on = chain.resolvent().solve_transposed(self.weights)?.x;
        if lambda.is_zero() {
            return Ok(follow_on);
        }
        let led = chain.dynamics().p().mul_transposed(&follow_on);
        let part = (F::one() - lambda) * chain.discount();
        let all = self.weights.iter().zip(led);
        Ok(all.map(|(d, led)| led * &part + d).collect())
    }

    fn error(&self, values: &[F]) -> F {
        let states = values.iter().zip(self.at.v()).zip(self.weights);
        states.fold(F::zero(), |sum, ((x, v), d)| {
            let off = x.clone() - v;
            sum + off.clone() * &off * d
        })
    }

    fn gradient(&self, values: &[F]) -> Result<Vec<F>, Error> {
        self.at.gradient()?;
        let space = self.at.mdp().space();
        let q = action_values(self.at.mdp(), values);
        let visits = |pair| &self.at.occupancy()[space.state_of(pair)];
        let weights = q.into_iter().enumerate();
        let weights: Vec<F> = weights.map(|(pair, q)| q * visits(pair)).collect();
        Ok(self.at.policy().pull_back(&weights))
    }
}

/// xᵢ · yⱼ and xᵢ · z.
fn products<F: Solvable>(x: &[Vec<F>], y: &[Vec<F>], z: &[F]) -> (DMatrix<F>, Vec<F>) {
    let dot = crate::field::dot::<F>;
    (
        DMatrix::from_fn(x.len(), y.len(), |i, j| dot(&x[i], &y[j])),
        x.iter().map(|x| dot(x, z)).collect(),
    )
}

fn pick<F: Clone>(x: &[F], which: &[usize]) -> Vec<F> {
    which.iter().map(|&i| x[i].clone()).collect()
}

fn row<F: Solvable>(a: &DMatrix<F>, i: usize) -> Vec<(usize, F)> {
    let entries = (0..a.ncols()).map(|j| (j, a[(i, j)].clone()));
    entries.filter(|(_, x)| !x.is_zero()).collect()
}

/// Whether every eigenvalue has a positive real part; `None` where they were not found, or where
/// rounding could decide.
fn is_stable<F: Solvable>(a: &DMatrix<F>) -> Option<bool> {
    let a = a.map(|x| x.to_f64());
    let size = a.iter().fold(0.0, |size: f64, x| size.max(x.abs()));
    let rounding = size * 1e-12 * a.nrows() as f64;
    let schur = nalgebra::linalg::Schur::try_new(a, f64::EPSILON, 10_000)?;
    let eigenvalues = schur.complex_eigenvalues();
    let least = eigenvalues
        .iter()
        .map(|z| z.re)
        .fold(f64::INFINITY, f64::min);
    if least.abs() > rounding {
        Some(least > 0.0)
    } else {
        None
    }
}
