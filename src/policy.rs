//! θ → π: probabilities, ∂π/∂θ and scores over the pairs (theory, section 3).
//!
//! For every parametrization Σₐ π = 1, Σₐ ∇π = 0 and Σₐ ∇²π = 0. The score ψ = ∇log π = ∇π/π
//! exists where the nabla-log condition holds: ∇π(a|s) = 0 wherever π(a|s) = 0.
//!
//! An ε-mixed policy is π = (1 − ε) σ_θ + ε u with u(a|s) = 1/|A(s)|; its derivatives are those of
//! σ times 1 − ε, its score (1 − ε) ∇σ/π, not ∇log σ (theory, 3.5).

mod along;
mod build;
mod controller;
mod direct;
mod distance;
mod error;
mod escort;
mod factored;
mod family;
mod gaussian;
mod kind;
mod labels;
mod log_linear;
mod parametrization;
mod random;
mod rules;
mod simplex;
mod softmax;
mod specification;
#[cfg(test)]
mod tests;

pub(crate) use controller::Design;
pub use controller::{Controller, ControllerPart, ControllerSpecification, LawKind};
pub use direct::Direct;
pub(crate) use distance::{Changes, divergence, in_doubt, total_variation};
pub use error::PolicyError;
pub use escort::Escort;
pub use factored::{Factored, PolicyFactor};
pub use gaussian::Gaussian;
pub use kind::Kind;
pub use labels::Labels;
pub use log_linear::LogLinear;
pub use parametrization::Parametrization;
pub use random::standard_normal;
pub use simplex::Simplex;
pub use softmax::Softmax;
pub use specification::{Features, PlayerSpecification, Specification};

use std::cmp::Ordering;
use std::sync::{Arc, OnceLock};

use crate::field::Field;
use crate::linalg::Csr;
use crate::mdp::Space;
use family::{Point, Weighed};

/// Entries of ∇π up to which the matrix is stored whenever a row is asked for; a choice.
const LARGE: f64 = 1e7;

/// ε > 0 and σ_θ, the policy before mixing.
#[derive(Clone, Debug)]
struct Mix<F> {
    epsilon: F,
    sigma: Vec<F>,
}

/// A policy with its parameters: π, ∂π/∂θ and the scores.
///
/// ∂π/∂θ and the scores are formed when they are first asked for.
///
/// ```
/// use exact_mdp::mdp::Mdp;
/// use exact_mdp::model::Model;
/// use exact_mdp::policy::Policy;
///
/// let mdp: Mdp = Model::load("mdps/two-state.yaml")?.mdp();
/// let policy: Policy = Policy::uniform(mdp.space());
/// assert_eq!(policy.probabilities(), [0.5; 4]);
/// // π ∝ exp θ: one parameter more by ln 3 is three times as probable
/// let policy = policy.with_theta(vec![3f64.ln(), 0.0, 0.0, 0.0])?;
/// assert!((policy.probabilities()[0] - 0.75).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Policy<F: Field = f64> {
    space: Arc<Space>,
    parametrization: Parametrization<F>,
    mix: Option<Mix<F>>,
    theta: Option<Arc<Vec<F>>>,
    probabilities: Arc<Vec<F>>,
    /// 1 − Σₐ π(a|s) by state; `None` where every state's sum is 1.
    deficits: Option<Vec<F>>,
    /// Whether the probabilities are those of θ as it was written, which no number of the field is.
    as_written: bool,
    derivative: OnceLock<Csr<F>>,
}

/// The scores ψ = ∇log π of all pairs, shape [SA, d].
#[derive(Clone, Debug)]
pub struct Scores<F> {
    /// Row i is the score of pair i; empty where the score is absent, that is where π(a|s) = 0.
    pub rows: Csr<F>,
    /// Pairs with π(a|s) = 0 but ∇π(a|s) ≠ 0: there the nabla-log condition fails, and every
    /// score-function form of the gradient is wrong. Empty for softmax.
    pub missing: Vec<usize>,
}

impl<F: Field> Policy<F> {
    /// The space the policy acts on.
    pub fn space(&self) -> &Arc<Space> {
        &self.space
    }

    /// How θ makes probabilities.
    pub fn parametrization(&self) -> &Parametrization<F> {
        &self.parametrization
    }

    /// ε of the mixture (1 − ε) π_θ + ε · uniform, if the policy is mixed.
    pub fn mix(&self) -> Option<&F> {
        self.mix.as_ref().map(|mix| &mix.epsilon)
    }

    /// θ \[d\]; `None` where it is not a number of this field (a softmax given by exact
    /// probabilities has θ = τ log π).
    pub fn theta(&self) -> Option<&[F]> {
        self.theta.as_ref().map(|theta| &theta[..])
    }

    /// The same, shared.
    pub(crate) fn shared_theta(&self) -> Option<&Arc<Vec<F>>> {
        self.theta.as_ref()
    }

    /// Number of parameters d.
    pub fn parameters(&self) -> usize {
        self.parametrization.family().parameters(&self.space)
    }

    /// π(a|s), shape \[SA\].
    pub fn probabilities(&self) -> &[F] {
        &self.probabilities
    }

    /// The same, shared.
    pub(crate) fn shared_probabilities(&self) -> &Arc<Vec<F>> {
        &self.probabilities
    }

    /// 1 − Σₐ π(a|s) of the written numbers, unless it is 0, as it is but for probabilities of a
    /// file that were rounded; rounding in this field does not count.
    pub fn deficit(&self, state: usize) -> Option<&F> {
        self.deficits.as_ref().map(|deficits| &deficits[state])
    }

    /// Whether the probabilities of every state sum to 1 as they are written.
    pub(crate) fn is_whole(&self) -> bool {
        self.deficits.iter().flatten().all(F::is_zero)
    }

    /// The names of the parameters \[d\]: `theta[state,action]`; for log-linear policies the
    /// features' names, or `theta[0]`, `theta[1]`, ….
    pub fn labels(&self) -> Vec<String> {
        Labels::of(self).to_vec()
    }

    /// Whether π(a|s) > 0 by the parametrization, whatever rounding made of the number: a softmax
    /// probability that underflowed counts as positive.
    pub fn supports(&self, pair: usize) -> bool {
        let family = self.parametrization.family();
        self.mix.is_some() || family.supports(self.point(), pair)
    }

    /// Whether π(a|s) > 0 here, where [`Policy::supports`] counts a dual probability as positive
    /// also if only its derivative is not 0.
    pub fn takes(&self, pair: usize) -> bool {
        let is_zero = |x: &F| x.partial_cmp(&F::zero()) == Some(Ordering::Equal);
        let point = self.point();
        let zero = match (&self.parametrization, point.theta) {
            (Parametrization::Direct(_) | Parametrization::Simplex(_), _) => {
                is_zero(&point.sigma[pair])
            }
            (Parametrization::Escort(_), Some(theta)) => is_zero(&theta[pair]),
            (Parametrization::Factored(family), _) => {
                let mut factors = family.factors().iter();
                factors.any(|factor| !factor.policy().takes(factor.own(pair)))
            }
            (Parametrization::Controller(family), _) => !family.takes(pair, is_zero),
            _ => false,
        };
        self.mix.is_some() || !zero
    }

    /// Whether π(a|s) = 0 here, but not for all θ nearby.
    pub fn appears_nearby(&self, pair: usize) -> bool {
        let moves = || self.slopes(pair).any(|(_, x)| !x.is_zero());
        !self.takes(pair) && (self.parametrization.kind() == Kind::Escort || moves())
    }

    /// σ_θ(a|s) \[SA\], the policy before mixing; π itself where nothing is mixed.
    pub fn unmixed(&self) -> &[F] {
        self.point().sigma
    }

    /// Whether σ_θ(a|s) = 0 by the parametrization, not by underflow.
    pub fn unmixed_is_zero(&self, pair: usize) -> bool {
        !self.parametrization.family().supports(self.point(), pair)
    }

    /// log π(a|s) \[SA\]; from the logits for softmax forms, so that it is accurate also where π
    /// underflowed. `None` where π(a|s) = 0, or where the field has no such logarithm.
    pub fn log_probabilities(&self) -> Vec<Option<F>> {
        let family = self.parametrization.family();
        let by_form = match &self.mix {
            // logits are those of the rounded θ
            None if !self.as_written => family.log_probabilities(self.point()),
            _ => None,
        };
        match by_form {
            Some(logs) => logs.into_iter().map(Some).collect(),
            None => {
                let log = |pi: &F| if pi.is_zero() { None } else { pi.checked_ln() };
                self.probabilities.iter().map(log).collect()
            }
        }
    }

    /// Whether π is that of a θ with digits that [`Policy::theta`] has not.
    pub(crate) fn is_as_written(&self) -> bool {
        self.as_written
    }

    /// ∂π(a|s)/∂θ, shape [SA, d].
    pub fn derivative(&self) -> &Csr<F> {
        self.derivative.get_or_init(|| {
            let mut derivative = Csr::empty(self.parameters());
            let mut row = Vec::new();
            for pair in 0..self.space.pairs() {
                self.push_slopes(pair, &mut row, &mut derivative);
            }
            derivative
        })
    }

    /// Row `pair` of ∇π as (parameter, ∂π(a|s)/∂θ). Where the whole matrix is large and nobody has asked
    /// for it, the row is worked out anew.
    pub(crate) fn slopes(&self, pair: usize) -> impl Iterator<Item = (usize, F)> {
        let anew = self.large_derivative().is_some() && self.derivative.get().is_none();
        let made = anew.then(|| {
            let (mut matrix, mut row) = (Csr::empty(self.parameters()), Vec::new());
            self.push_slopes(pair, &mut row, &mut matrix);
            matrix
        });
        let (matrix, at) = match &made {
            Some(matrix) => (matrix, 0),
            None => (self.derivative(), pair),
        };
        let entries = matrix.row(at).map(|(k, x)| (k, x.clone()));
        entries.collect::<Vec<(usize, F)>>().into_iter()
    }

    /// Visits row `pair` of ∇π entry by entry, worked out in some room unless the whole matrix is there.
    pub(crate) fn each_slope(
        &self,
        pair: usize,
        (row, one): &mut (Vec<(usize, F)>, Csr<F>),
        mut visit: impl FnMut(usize, &F),
    ) {
        if let Some(matrix) = self.derivative.get() {
            return matrix.row(pair).for_each(|(k, x)| visit(k, x));
        }
        one.clear();
        self.push_slopes(pair, row, one);
        one.row(0).for_each(|(k, x)| visit(k, x));
    }

    fn push_slopes(&self, pair: usize, row: &mut Vec<(usize, F)>, matrix: &mut Csr<F>) {
        let family = self.parametrization.family();
        family.derivative(self.point(), pair, row);
        self.scale(row, |(_, x)| x);
        matrix.push_row(row);
    }

    /// About how many entries ∇π has, where they are many: of a tabular policy one for each pair of actions of
    /// a state.
    pub(crate) fn large_derivative(&self) -> Option<f64> {
        let beside = match &self.parametrization {
            Parametrization::Direct(_) => 2,
            Parametrization::Factored(family) => {
                family.factors().len().saturating_mul(family.most_actions())
            }
            Parametrization::Controller(family) => family.most_entries(),
            Parametrization::Gaussian(family) => match &family.features {
                Some(features) => 2 * features.columns(),
                None => 2,
            },
            Parametrization::LogLinear(family) => {
                let of_a_pair = family.features.stored().div_ceil(self.space.pairs().max(1));
                let of_a_state = of_a_pair.saturating_mul(self.space.actions());
                of_a_state.min(family.features.columns())
            }
            _ => self.space.actions(),
        };
        Some(self.space.pairs() as f64 * beside as f64).filter(|entries| *entries > LARGE)
    }

    /// The scores of all pairs; from the closed forms, so that they are exact to absolute
    /// precision also where π underflowed.
    pub fn scores(&self) -> Scores<F> {
        let mut rows = Csr::empty(self.parameters());
        let mut row = Vec::new();
        for pair in 0..self.space.pairs() {
            if self.supports(pair) {
                self.push_score(pair, &mut row);
            }
            rows.push_row(&mut row);
        }
        let missing = self.unscored();
        Scores { rows, missing }
    }

    /// Pairs with π = 0 and ∇π ≠ 0, which have no score.
    pub(crate) fn unscored(&self) -> Vec<usize> {
        let moves = |pair: usize| self.slopes(pair).any(|(_, x)| !x.is_zero());
        let pairs = 0..self.space.pairs();
        let unscored = pairs.filter(|&pair| !self.supports(pair) && moves(pair));
        unscored.collect()
    }

    /// Σ w(s, a) ψ(s, a) \[d\] for w over pairs \[SA\], one score after the other.
    pub(crate) fn weighted_scores(&self, weights: &[F]) -> Vec<F> {
        let mut sum = vec![F::zero(); self.parameters()];
        let (mut one, mut row) = (Csr::empty(self.parameters()), Vec::new());
        for (pair, weight) in weights.iter().enumerate() {
            if self.supports(pair) && !weight.is_zero() {
                self.push_score(pair, &mut row);
                one.clear();
                one.push_row(&mut row);
                one.add_row_scaled(0, weight, &mut sum);
            }
        }
        sum
    }

    /// The score of a pair that the policy supports.
    fn push_score(&self, pair: usize, row: &mut Vec<(usize, F)>) {
        if self.mix.is_some() {
            let over_pi = |x: F| x / &self.probabilities[pair];
            row.extend(self.slopes(pair).map(|(k, x)| (k, over_pi(x))));
        } else {
            let family = self.parametrization.family();
            family.score(self.point(), pair, row);
        }
    }

    /// The upper triangle (k ≤ l) of ∂ₖ∂ₗπ(pair), as (k, l, value) in any order; values of the
    /// same place add up. Errors where it does not exist (escort, 1 < β < 2, θ = 0).
    pub fn second_derivative(&self, pair: usize) -> Result<Vec<(usize, usize, F)>, PolicyError> {
        let mut weights = vec![F::zero(); self.space.pairs()];
        weights[pair] = F::one();
        self.curvature(self.space.state_of(pair), &weights)
    }

    /// The upper triangle (k ≤ l) of Σₐ w(s, a) ∂ₖ∂ₗπ(a|s) of one state, for w over pairs \[SA\].
    /// Entries and errors as in [`Policy::second_derivative`], and with [`PolicyError::Count`] unless there is a weight for
    /// each pair.
    pub fn curvature(
        &self,
        state: usize,
        weights: &[F],
    ) -> Result<Vec<(usize, usize, F)>, PolicyError> {
        if weights.len() != self.space.pairs() {
            return Err(PolicyError::Count {
                key: "weights",
                expected: self.space.pairs(),
                found: weights.len(),
            });
        }
        let mut entries = Vec::new();
        let family = self.parametrization.family();
        let of = Weighed {
            at: self.point(),
            state,
            weights,
        };
        family.curvature(of, &mut entries)?;
        self.scale(&mut entries, |(_, _, x)| x);
        Ok(entries)
    }

    /// w ∇π \[d\] for a row w over pairs \[SA\], in O(m), or O(nnz φ) for log-linear policies,
    /// without forming ∇π.
    pub fn pull_back(&self, weights: &[F]) -> Vec<F> {
        let family = self.parametrization.family();
        let mut out = family.pull_back(self.point(), weights);
        self.scale(&mut out, |x| x);
        out
    }

    /// The policy of this parametrization (and mixture) at other parameters θ \[d\].
    ///
    /// θ need not lie in the simplex for the direct parametrizations: their π is a polynomial in
    /// θ everywhere, and derivatives are taken across the boundary. Errors if θ has the wrong
    /// length, is not finite, or has no image in this field.
    pub fn with_theta(&self, theta: Vec<F>) -> Result<Policy<F>, PolicyError> {
        let parametrization = self.parametrization.clone();
        let policy = Policy::at(&self.space, parametrization, theta)?;
        match self.mix() {
            Some(epsilon) => Ok(policy.mixed_by(epsilon.clone())),
            None => Ok(policy),
        }
    }

    /// The policy over another field: θ \[d\], π \[SA\] and ∂π/∂θ, number by number.
    pub fn map<G: Field>(&self, f: impl Fn(&F) -> G) -> Policy<G> {
        self.map_by(&f)
    }

    fn map_by<G: Field>(&self, f: &dyn Fn(&F) -> G) -> Policy<G> {
        let all = |x: &[F]| x.iter().map(f).collect::<Vec<G>>();
        Policy {
            space: Arc::clone(&self.space),
            parametrization: self.parametrization.map(f),
            mix: self.mix.as_ref().map(|mix| Mix {
                epsilon: f(&mix.epsilon),
                sigma: all(&mix.sigma),
            }),
            theta: self.theta().map(all).map(Arc::new),
            probabilities: Arc::new(all(&self.probabilities)),
            deficits: self.deficits.as_deref().map(all),
            as_written: self.as_written,
            derivative: OnceLock::new(),
        }
    }

    fn point(&self) -> Point<'_, F> {
        Point {
            space: &self.space,
            theta: self.theta(),
            sigma: self
                .mix
                .as_ref()
                .map_or(&self.probabilities[..], |mix| &mix.sigma),
        }
    }

    /// Times 1 − ε.
    fn scale<T>(&self, entries: &mut [T], value: impl Fn(&mut T) -> &mut F) {
        if let Some(mix) = &self.mix {
            let factor = F::one() - &mix.epsilon;
            for entry in entries {
                *value(entry) *= &factor;
            }
        }
    }
}
