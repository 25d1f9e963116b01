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
//!
//! ```
//! use exact_mdp::critics::{Critics, FeatureMatrix, Learner, Weighting, weights};
//! use exact_mdp::model::Model;
//! use exact_mdp::policy::Policy;
//!
//! let model = Model::load("mdps/two-state.yaml")?;
//! let solved = model.solve(Policy::uniform(model.space()))?;
//! // one feature, the same in both states: TD(0) rests at the mean of r over the stationary law, /(1 − γ)
//! let one = FeatureMatrix::new(model.space(), vec![vec![1.0], vec![1.0]])?;
//! let d = weights(solved.mdp(), solved.policy(), Weighting::OnPolicy, solved.options())?;
//! let rest = Critics::new(&solved, &one, &d)?.fixed_point(Learner::Td(0.0))?.unwrap();
//! let paid = |s: usize| (solved.v()[s] - 0.9 * next(&solved, s)) * d[s];
//! assert!((rest.values[0] - (paid(0) + paid(1)) / (d[0] + d[1]) * 10.0).abs() < 1e-12);
//!
//! /// Σ π p v, what follows on average.
//! fn next(at: &exact_mdp::solved::Solved, s: usize) -> f64 {
//!     let pairs = at.mdp().space().pairs_of(s);
//!     let row = |pair: usize| at.mdp().p().row(pair).map(|(next, p)| p * at.v()[next]).sum::<f64>();
//!     pairs.map(|pair| at.policy().probabilities()[pair] * row(pair)).sum()
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod basis;
mod echelon;
mod elimination;
mod features;
mod stability;
mod weighting;

pub use features::FeatureMatrix;
pub use weighting::{Weighting, weights};

use basis::Basis;
use echelon::Echelon;

use nalgebra::DMatrix;

use crate::chain::{Chain, Resolvent};
use crate::error::Error;
use crate::field::Field;
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

impl<F: Solvable> Learner<F> {
    /// Errors with [`Error::Argument`] where λ is not in \[0, 1\].
    fn check(&self) -> Result<(), Error> {
        match self {
            Learner::Td(lambda) | Learner::Emphatic(lambda)
                if !(0.0..=1.0).contains(&lambda.to_f64()) =>
            {
                Err(Error::Argument {
                    name: "λ",
                    found: lambda.to_f64().to_string(),
                    expected: "a number in [0, 1]",
                })
            }
            _ => Ok(()),
        }
    }
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
    /// The features that do not depend on those before them, where somebody knows.
    rank: Option<&'s [usize]>,
}

impl<'s, F: Differentiable> Critics<'s, F> {
    /// `weights` are d \[S\] (see [`weights`]).
    ///
    /// Errors with [`Error::Criterion`] under the average reward and a horizon, whose values no discount
    /// contracts, with [`Error::Length`] unless there are features and a weight for each state, and with
    /// [`Error::Argument`] where a weight is not finite.
    pub fn new(
        at: &'s Solved<F>,
        features: &'s FeatureMatrix<F>,
        weights: &'s [F],
    ) -> Result<Critics<'s, F>, Error> {
        let chain = at.chain()?;
        Error::check_numbers("weights", at.mdp().states(), weights)?;
        Error::check_length("matrix of features", at.mdp().states(), features.states())?;
        Ok(Critics {
            at,
            chain,
            features,
            weights,
            rank: None,
        })
    }

    /// With the features that do not depend on those before them ([`FeatureMatrix::rank`] in fractions): a basis is not
    /// looked for in numbers that are rounded, and equations are solved as they are. For numbers with proven bounds, whose
    /// zeros are not known.
    #[must_use]
    pub(crate) fn of_rank(self, rank: &'s [usize]) -> Critics<'s, F> {
        Critics {
            rank: Some(rank),
            ..self
        }
    }

    /// Where a learner is at rest; `None` where there is no such point, or no single v̂. Of features that depend on
    /// one another the first that do not have the weights, the others 0.
    ///
    /// Errors with [`Error::Argument`] where λ is not in \[0, 1\], if a linear system of the chain is not solved, and where
    /// J has no gradient.
    pub fn fixed_point(&self, learner: Learner<F>) -> Result<Option<FixedPoint<F>>, Error> {
        learner.check()?;
        // w is not the only one where features depend on one another, but v̂ is
        let leaving = |x: &[F]| self.leaving(x);
        let basis = match self.rank {
            Some(rank) => Basis::plain(self.features, self.at.mdp(), rank),
            None => Basis::new(self.features, self.at.mdp(), leaving)?,
        };
        let aim = self.aim(&basis)?;
        let Some((a, b)) = self.system(&learner, &basis, &aim)? else {
            return Ok(None);
        };
        let Some(mut some) = self.solution(a, b)? else {
            return Ok(None);
        };
        if some.iter().any(|w| !w.to_f64().is_finite()) {
            return Ok(None);
        }
        let error = self.error(&basis.values(&some), &aim.v);
        basis.raise(&mut some, &aim.shift);
        let paid = aim
            .without
            .as_ref()
            .map_or(self.at.mdp(), |own| own.0.mdp());
        let gradient = self.gradient(&basis.advantage(&some, paid))?;
        if let Some((_, offset)) = &aim.without {
            basis.raise(&mut some, offset);
        }
        Ok(Some(FixedPoint {
            error,
            gradient,
            learner,
            weights: basis.weights(&some),
            values: basis.values(&some),
        }))
    }

    /// w of A w = b; `None` where there is no such w.
    fn solution(&self, a: DMatrix<F>, b: Vec<F>) -> Result<Option<Vec<F>>, Error> {
        if b.is_empty() {
            // features that are 0 everywhere say 0
            return Ok(Some(Vec::new()));
        }
        if self.rank.is_some() {
            return Ok(elimination::solution(a, b));
        }
        let matrix = Csr::from_rows(a.ncols(), (0..a.nrows()).map(|i| row(&a, i)));
        match F::factor(matrix, &SolverOptions::default()) {
            Ok(factors) => Ok(Some(factors.solve(&b)?)),
            Err(FactorError::Singular { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// r and v as they are.
    fn whole(&self) -> Aim<F> {
        Aim {
            shift: F::zero(),
            without: None,
            r: self.chain.dynamics().r().to_vec(),
            v: self.at.v().to_vec(),
        }
    }

    /// What learners aim at: v, less the value of one state where features say the constant, for near γ = 1 it is most of
    /// v, whose last digits are more than what states differ by. v̂ falls by as much: all learners' equations
    /// are linear, and the constant solves each for the reward (I − γP)1. What all rewards share is such a constant too.
    fn aim(&self, basis: &Basis<F>) -> Result<Aim<F>, Error> {
        let whole = self.whole();
        let Some((ones, first)) = basis.ones() else {
            return Ok(whole);
        };
        let without = self.at.without_offset()?;
        let own = without.as_ref().unwrap_or(self.at);
        let shift = own.v()[first].clone();
        let lost = self.leaving(&ones);
        let r = own.chain()?.dynamics().r().iter().zip(&lost);
        let r: Vec<F> = r
            .map(|(r, lost)| r.clone() - lost.clone() * &shift)
            .collect();
        let v = self.chain.resolvent().solve(&r)?.x;
        let offset = whole.v[first].clone() - &shift;
        Ok(Aim {
            without: without.map(|own| (own, offset)),
            shift,
            r,
            v,
        })
    }

    /// A \[k, k\] and b \[k\] of the equation A w = b for a basis; `None` where fewer than k numbers are asked of it.
    /// In floating point its rows are combined so that rarely met states keep their digits.
    fn system(
        &self,
        learner: &Learner<F>,
        basis: &Basis<F>,
        aim: &Aim<F>,
    ) -> Result<Option<Equation<F>>, Error> {
        let images = self.images(learner, &basis.columns)?;
        let aim = match learner {
            Learner::MonteCarlo => aim.v.clone(),
            Learner::Td(lambda) | Learner::Emphatic(lambda) => {
                self.traces(lambda)?.solve(&aim.r)?.x
            }
            Learner::BellmanResidual => aim.r.clone(),
        };
        let weights = self.counted(learner)?;
        if F::EXACT || self.rank.is_some() {
            let tested = self.tested(learner, &basis.columns);
            return Ok(Some(products(&weighed(&tested, &weights), &images, &aim)));
        }
        let rows: Vec<f64> = weights.iter().map(Field::to_f64).collect();
        let echelon = match learner {
            Learner::BellmanResidual => Echelon::new(&images, &rows, IMAGE),
            _ => Echelon::new(&basis.features, &rows, 0.0),
        };
        if echelon.columns.len() < images.len() {
            return Ok(None);
        }
        Ok(Some(products(&echelon.weighed(&weights), &images, &aim)))
    }

    /// What columns Φ are, as a learner sees them: in its equation Aw = b, A has such columns under weights on the left.
    fn tested(&self, learner: &Learner<F>, phi: &[Vec<F>]) -> Vec<Vec<F>> {
        match learner {
            Learner::BellmanResidual => phi.iter().map(|x| self.leaving(x)).collect(),
            _ => phi.to_vec(),
        }
    }

    /// The columns of A on the right.
    fn images(&self, learner: &Learner<F>, phi: &[Vec<F>]) -> Result<Vec<Vec<F>>, Error> {
        match learner {
            Learner::MonteCarlo => Ok(phi.to_vec()),
            Learner::BellmanResidual => Ok(self.tested(learner, phi)),
            Learner::Td(lambda) | Learner::Emphatic(lambda) => {
                let traces = self.traces(lambda)?;
                let columns = phi.iter().map(|x| Ok(traces.solve(&self.leaving(x))?.x));
                columns.collect()
            }
        }
    }

    /// How much a learner counts each state \[S\].
    fn counted(&self, learner: &Learner<F>) -> Result<Vec<F>, Error> {
        match learner {
            Learner::Emphatic(lambda) => self.emphasis(lambda),
            _ => Ok(self.weights.to_vec()),
        }
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
struct Aim<F: Solvable> {
    shift: F,
    /// The model without what all its rewards share, and what that is worth, of which `shift` is then without.
    without: Option<(Solved<F>, F)>,
    /// r − shift (I − γP)1 \[S\].
    r: Vec<F>,
    /// v − shift \[S\].
    v: Vec<F>,
}

/// What rounding may do to an entry of (I − γP) x, as a part of the largest one.
const IMAGE: f64 = 4.0 * f64::EPSILON;

/// D Φ by columns.
fn weighed<F: Solvable>(columns: &[Vec<F>], d: &[F]) -> Vec<Vec<F>> {
    let one = |column: &Vec<F>| {
        let both = column.iter().zip(d);
        both.map(|(x, d)| x.clone() * d).collect()
    };
    columns.iter().map(one).collect()
}

/// A and b of A w = b.
type Equation<F> = (DMatrix<F>, Vec<F>);

/// xᵢ · yⱼ and xᵢ · z.
fn products<F: Solvable>(x: &[Vec<F>], y: &[Vec<F>], z: &[F]) -> Equation<F> {
    let right = x.iter().map(|x| crate::field::dot(x, z));
    (left_times(x, y), right.collect())
}

/// xᵢ · yⱼ.
fn left_times<F: Solvable>(x: &[Vec<F>], y: &[Vec<F>]) -> DMatrix<F> {
    DMatrix::from_fn(x.len(), y.len(), |i, j| crate::field::dot(&x[i], &y[j]))
}

fn row<F: Solvable>(a: &DMatrix<F>, i: usize) -> Vec<(usize, F)> {
    let entries = (0..a.ncols()).map(|j| (j, a[(i, j)].clone()));
    entries.filter(|(_, x)| !x.is_zero()).collect()
}
