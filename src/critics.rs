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

mod basis;
mod features;
mod weighting;

pub use features::FeatureMatrix;
pub use weighting::{Weighting, weights};

use basis::Basis;

use nalgebra::DMatrix;

use crate::chain::{Chain, Resolvent};
use crate::error::Error;
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
    chain: &'s Chain<F>,
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
        let chain = at.chain()?;
        Error::check_length("weights", at.mdp().states(), weights.len())?;
        Ok(Critics {
            at,
            chain,
            features,
            weights,
        })
    }

    /// Where a learner is at rest; `None` where there is no such point, or no single v̂. Of features that depend on
    /// one another the first that do not have the weights, the others 0.
    ///
    /// Errors if a linear system of the chain is not solved, and where J has no gradient.
    pub fn fixed_point(&self, learner: Learner<F>) -> Result<Option<FixedPoint<F>>, Error> {
        // w is not the only one where features depend on one another, but v̂ is
        let leaving = |x: &[F]| self.leaving(x);
        let basis = Basis::new(self.features, self.at.mdp(), leaving)?;
        let aim = self.aim(&basis)?;
        let (a, b) = self.system(&learner, &basis.columns, &aim)?;
        let matrix = Csr::from_rows(a.ncols(), (0..a.nrows()).map(|i| row(&a, i)));
        let mut some = match F::factor(matrix, &SolverOptions::default()) {
            Ok(factors) => factors.solve(&b)?,
            Err(FactorError::Singular { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        if some.iter().any(|w| !w.to_f64().is_finite()) {
            return Ok(None);
        }
        let error = self.error(&basis.values(&some), &aim.v);
        basis.raise(&mut some, &aim.shift);
        Ok(Some(FixedPoint {
            error,
            gradient: self.gradient(&basis.advantage(&some, self.at.mdp()))?,
            learner,
            weights: basis.weights(&some),
            values: basis.values(&some),
        }))
    }

    /// Whether w ← w + α(b − Aw) comes to rest for small α: every eigenvalue of A has a positive real
    /// part, or one has a negative one. `None` where they were not found, and where 0 is among them.
    ///
    /// Errors if a linear system of the chain is not solved.
    pub fn is_stable(&self, learner: &Learner<F>) -> Result<Option<bool>, Error> {
        let columns: Vec<Vec<F>> = (0..self.features.count())
            .map(|j| self.features.column(j))
            .collect();
        Ok(is_stable(&self.system(learner, &columns, &self.whole())?.0))
    }

    /// r and v as they are.
    fn whole(&self) -> Aim<F> {
        Aim {
            shift: F::zero(),
            r: self.chain.dynamics().r().to_vec(),
            v: self.at.v().to_vec(),
        }
    }

    /// What learners aim at: v, less the value of one state where features say the constant, for near γ = 1 it is most of
    /// v, whose last digits are more than what states differ by. v̂ falls by as much: all learners' equations
    /// are linear, and the constant solves each for the reward (I − γP)1.
    fn aim(&self, basis: &Basis<F>) -> Result<Aim<F>, Error> {
        let whole = self.whole();
        let Some((ones, first)) = basis.ones() else {
            return Ok(whole);
        };
        let shift = whole.v[first].clone();
        let lost = self.leaving(&ones);
        let r = whole.r.iter().zip(&lost);
        let r: Vec<F> = r
            .map(|(r, lost)| r.clone() - lost.clone() * &shift)
            .collect();
        let v = self.chain.resolvent().solve(&r)?.x;
        Ok(Aim { shift, r, v })
    }

    /// A \[k, k\] and b \[k\] of the equation A w = b for features given as columns \[S\].
    fn system(
        &self,
        learner: &Learner<F>,
        phi: &[Vec<F>],
        aim: &Aim<F>,
    ) -> Result<(DMatrix<F>, Vec<F>), Error> {
        match learner {
            Learner::MonteCarlo => Ok(equation(phi, self.weights, phi, &aim.v)),
            Learner::Td(lambda) => self.bootstrapped((phi, aim), self.weights, lambda),
            Learner::Emphatic(lambda) => {
                self.bootstrapped((phi, aim), &self.emphasis(lambda)?, lambda)
            }
            Learner::BellmanResidual => {
                let columns: Vec<Vec<F>> = phi.iter().map(|x| self.leaving(x)).collect();
                Ok(equation(&columns, self.weights, &columns, &aim.r))
            }
        }
    }

    /// The equation of TD(λ) under weights.
    fn bootstrapped(
        &self,
        (phi, aim): (&[Vec<F>], &Aim<F>),
        d: &[F],
        lambda: &F,
    ) -> Result<(DMatrix<F>, Vec<F>), Error> {
        let traces = self.traces(lambda)?;
        let traced = |x: &[F]| Ok::<_, Error>(traces.solve(x)?.x);
        let columns = phi.iter().map(|x| traced(&self.leaving(x)));
        let columns: Vec<Vec<F>> = columns.collect::<Result<_, _>>()?;
        let r = traced(&aim.r)?;
        Ok(equation(phi, d, &columns, &r))
    }

    /// (I − γP) x, by differences of x and 1 − γ itself: of features that are alike little else is left.
    fn leaving(&self, x: &[F]) -> Vec<F> {
        let nothing = vec![F::zero(); x.len()];
        let less = self.chain.resolvent().residual(&nothing, x);
        less.into_iter().map(|x| -x).collect()
    }

    /// (I − λγP)⁻¹.
    fn traces(&self, lambda: &F) -> Result<Resolvent<F>, Error> {
        let chain = self.chain;
        let c = lambda.clone() * chain.discount();
        let complement = self.at.mdp().discount_complement().clone() * lambda;
        let complement = F::one() - lambda + complement;
        chain
            .dynamics()
            .resolvent_at(&c, &complement, self.at.options())
    }

    /// m = (I − λγP)ᵀ f with f = (I − γP)⁻ᵀ d, which is d + (1 − λ) γ Pᵀ f.
    fn emphasis(&self, lambda: &F) -> Result<Vec<F>, Error> {
        let chain = self.chain;
        let follow_on = chain.resolvent().solve_transposed(self.weights)?.x;
        if lambda.is_zero() {
            return Ok(follow_on);
        }
        let led = chain.dynamics().p().mul_transposed(&follow_on);
        let part = (F::one() - lambda) * chain.discount();
        let all = self.weights.iter().zip(led);
        Ok(all.map(|(d, led)| led * &part + d).collect())
    }

    fn error(&self, values: &[F], v: &[F]) -> F {
        let states = values.iter().zip(v).zip(self.weights);
        states.fold(F::zero(), |sum, ((x, v), d)| {
            let off = x.clone() - v;
            sum + off.clone() * &off * d
        })
    }

    /// From (r + γ p v̂)(s, a) less any number for each state, which Σₐ ∇π = 0 cancels.
    fn gradient(&self, advantage: &[F]) -> Result<Vec<F>, Error> {
        self.at.gradient()?;
        let space = self.at.mdp().space();
        let visits = |pair| &self.at.occupancy()[space.state_of(pair)];
        let weights = advantage.iter().cloned().enumerate();
        let weights: Vec<F> = weights.map(|(pair, x)| x * visits(pair)).collect();
        Ok(self.at.policy().pull_back(&weights))
    }
}

/// Values less a constant, and the rewards that are worth them.
struct Aim<F> {
    shift: F,
    /// r − shift (I − γP)1 \[S\].
    r: Vec<F>,
    /// v − shift \[S\].
    v: Vec<F>,
}

/// Φᵀ diag(d) X and Φᵀ diag(d) y for columns X.
fn equation<F: Solvable>(
    phi: &[Vec<F>],
    d: &[F],
    columns: &[Vec<F>],
    y: &[F],
) -> (DMatrix<F>, Vec<F>) {
    let weighed = phi.iter().map(|column| {
        let both = column.iter().zip(d);
        both.map(|(x, d)| x.clone() * d).collect()
    });
    products(&weighed.collect::<Vec<Vec<F>>>(), columns, y)
}

/// xᵢ · yⱼ and xᵢ · z.
fn products<F: Solvable>(x: &[Vec<F>], y: &[Vec<F>], z: &[F]) -> (DMatrix<F>, Vec<F>) {
    let dot = crate::field::dot::<F>;
    (
        DMatrix::from_fn(x.len(), y.len(), |i, j| dot(&x[i], &y[j])),
        x.iter().map(|x| dot(x, z)).collect(),
    )
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
    // an eigenvalue takes two or three sweeps; a choice
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
