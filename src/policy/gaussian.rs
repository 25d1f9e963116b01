//! A normal law of actions that are numbers, renormalised on those a state has (theory, 3.7).
//!
//! ```text
//! π(a|s) ∝ exp(ℓ),   ℓ(s, a) = −(a − μ(s))²/2σ(s)²,   μ = φw,   log σ = φu,   θ = (w, u)
//! ```
//!
//! Without features φ(s) names the state: a mean and a log σ for each. In the numbers (μ, log σ) of a
//! state the family is exponential in a and a², so that with z = ((a − μ)/σ², (a − μ)²/σ²) = ∂ℓ the
//! score is z − E z and ∂z = [[−1/σ², −2z₁], [−2z₁, −2z₂]].

use std::sync::Arc;

use super::family::{
    Family, Mean, Point, Seconds, Weighed, finite, log_softmax, softmax_of, state_name,
};
use super::log_linear::LARGE;
use super::{Kind, PolicyError};
use crate::field::Field;
use crate::linalg::Csr;
use crate::mdp::Space;
use crate::number::Number;

/// Means first, then log σ: one of each for every state that acts, or for every feature.
#[derive(Clone, Debug, PartialEq)]
pub struct Gaussian<F> {
    /// The number of each named action \[A\].
    pub actions: Arc<Vec<F>>,
    /// φ, shape [S, k]; `None` where each state has numbers of its own.
    pub features: Option<Arc<Csr<F>>>,
    /// Names of the features, if they have any.
    pub names: Option<Vec<String>>,
}

/// μ and 1/σ² of a state.
struct Place<F> {
    mean: F,
    precision: F,
}

impl<F: Field> Gaussian<F> {
    /// k: how many means there are.
    pub(crate) fn means(&self, space: &Space) -> usize {
        match &self.features {
            Some(features) => features.columns(),
            None => space.alive_before(space.states()),
        }
    }

    /// φ(s).
    pub(crate) fn features_of(&self, space: &Space, state: usize) -> Vec<(usize, F)> {
        match &self.features {
            Some(features) => features.row(state).map(|(k, x)| (k, x.clone())).collect(),
            None => vec![(space.alive_before(state), F::one())],
        }
    }

    /// μ(s) and log σ(s).
    pub(crate) fn mean_and_log_sigma(&self, space: &Space, theta: &[F], state: usize) -> [F; 2] {
        let means = self.means(space);
        let features = self.features_of(space, state);
        [0, means].map(|first| {
            let products: Vec<(&F, &F)> = (features.iter())
                .map(|(k, x)| (x, &theta[first + k]))
                .collect();
            // terms may cancel
            F::fine_sum(&products).unwrap_or_else(|| {
                let each = products.iter().map(|(x, w)| (*x).clone() * *w);
                each.fold(F::zero(), |sum, x| sum + x)
            })
        })
    }

    /// Fails with the exponent where the field has no such σ.
    fn place(&self, space: &Space, theta: &[F], state: usize) -> Result<Place<F>, F> {
        let [mean, log_sigma] = self.mean_and_log_sigma(space, theta, state);
        let exponent = -(log_sigma.clone() + &log_sigma);
        let precision = exponent.checked_exp().ok_or(exponent)?;
        Ok(Place { mean, precision })
    }

    /// Whether a rounding of μ or log σ is multiplied by so much in the logits of some state that θ · φ of others counts as
    /// large too.
    pub(super) fn is_large(&self, space: &Space, theta: &[F]) -> bool {
        let most = LARGE as f64;
        let mut acting = (0..space.states()).filter(|&state| !space.is_terminal(state));
        acting.any(|state| {
            let Ok(place) = self.place(space, theta, state) else {
                return false;
            };
            let [mean, log_sigma] = self.mean_and_log_sigma(space, theta, state);
            let (mean, log_sigma) = (mean.to_f64().abs(), log_sigma.to_f64().abs());
            let numbers = space
                .pairs_of(state)
                .map(|pair| self.number(space, pair).to_f64());
            let (low, high) = numbers.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| {
                (low.min(x), high.max(x))
            });
            let moved = (high - low) * mean * place.precision.to_f64();
            let logits = self.logits(space, state, &place);
            let deepest = logits
                .iter()
                .fold(0.0, |most: f64, x| most.max(x.to_f64().abs()));
            moved > most || 2.0 * log_sigma * deepest > most
        })
    }

    /// The place of a state of a policy that has been built.
    fn known(&self, at: Point<F>, state: usize) -> Place<F> {
        let place = self.place(at.space, at.theta.expect("gaussian has θ"), state);
        place.expect("checked when the policy was built")
    }

    fn number(&self, space: &Space, pair: usize) -> &F {
        &self.actions[space.action_of(pair)]
    }

    /// ℓ of the actions of a state, less that of the nearest one b: (b − a)(a + b − 2μ)/2σ² keeps the digits of squares that are
    /// large and alike.
    fn logits(&self, space: &Space, state: usize, place: &Place<F>) -> Vec<F> {
        let half = F::one() / F::from_i64(2);
        let number = |pair: usize| self.number(space, pair);
        let off = |pair: usize| (number(pair).clone() - &place.mean).abs();
        let nearest = (space.pairs_of(state)).reduce(|x, y| if off(y) < off(x) { y } else { x });
        let Some(nearest) = nearest else {
            return Vec::new();
        };
        let logit = |pair: usize| {
            let around =
                number(pair).clone() - &place.mean + (number(nearest).clone() - &place.mean);
            let apart = number(nearest).clone() - number(pair);
            apart * around * &place.precision * &half
        };
        space.pairs_of(state).map(logit).collect()
    }

    /// z(pair) − E z, as Σ_b π_b (z(pair) − z(b)) without the difference of large numbers:
    /// (a − b)/σ² and (a − b)(a + b − 2μ)/σ².
    fn centered(&self, at: Point<F>, pair: usize, place: &Place<F>) -> [F; 2] {
        let own = self.number(at.space, pair);
        let mut sums = [F::zero(), F::zero()];
        for other in at.space.pairs_of(at.space.state_of(pair)) {
            if other != pair {
                let number = self.number(at.space, other);
                let gap = (own.clone() - number) * &at.sigma[other];
                let around = own.clone() - &place.mean + (number.clone() - &place.mean);
                sums[1] += gap.clone() * around;
                sums[0] += gap;
            }
        }
        sums.map(|sum| sum * &place.precision)
    }

    /// Appends x₁ φ on the means and x₂ φ on the log σ, times c.
    fn spread(&self, at: Point<F>, state: usize, x: &[F; 2], c: &F, row: &mut Vec<(usize, F)>) {
        let means = self.means(at.space);
        for (k, phi) in self.features_of(at.space, state) {
            let phi = phi * c;
            row.push((k, phi.clone() * &x[0]));
            row.push((means + k, phi * &x[1]));
        }
    }

    fn irrational(&self, space: &Space, state: usize, exponent: &F) -> PolicyError {
        PolicyError::Irrational {
            parametrization: Kind::Gaussian,
            state: state_name(space, state),
            function: "the exponential",
            number: exponent.to_number().unwrap_or(Number::ZERO),
        }
    }
}

impl<F: Field> Family<F> for Gaussian<F> {
    fn kind(&self) -> Kind {
        Kind::Gaussian
    }

    fn parameters(&self, space: &Space) -> usize {
        2 * self.means(space)
    }

    fn probabilities(&self, space: &Space, theta: &[F]) -> Result<Vec<F>, PolicyError> {
        let mut pi = Vec::with_capacity(space.pairs());
        for state in (0..space.states()).filter(|&state| !space.is_terminal(state)) {
            let no_number = |exponent| self.irrational(space, state, &exponent);
            let place = self.place(space, theta, state).map_err(no_number)?;
            let logits = self.logits(space, state, &place);
            finite(space, state, &logits)?;
            softmax_of(&logits, &F::one(), &mut pi).map_err(no_number)?;
        }
        Ok(pi)
    }

    /// ∇π_a = π_a (z_a − E z) φ.
    fn derivative(&self, at: Point<F>, pair: usize, row: &mut Vec<(usize, F)>) {
        let state = at.space.state_of(pair);
        let x = self.centered(at, pair, &self.known(at, state));
        self.spread(at, state, &x, &at.sigma[pair], row);
    }

    fn score(&self, at: Point<F>, pair: usize, row: &mut Vec<(usize, F)>) {
        let state = at.space.state_of(pair);
        let x = self.centered(at, pair, &self.known(at, state));
        self.spread(at, state, &x, &F::one(), row);
    }

    /// Σₐ wₐ ∂²πₐ = Σₐ πₐ (wₐ − w̄) (ccᵀ + ∂z) with c = z − E z: constants in the bracket drop out, so
    /// that c stands for z in ∂z too.
    fn curvature(&self, of: Weighed<F>, entries: &mut Seconds<F>) -> Result<(), PolicyError> {
        let Weighed { at, state, weights } = of;
        let Some(mean) = Mean::new(at, state, weights) else {
            return Ok(());
        };
        let place = self.known(at, state);
        let two = F::from_i64(2);
        let mut sums = [F::zero(), F::zero(), F::zero()];
        for pair in at.space.pairs_of(state) {
            let [x, y] = self.centered(at, pair, &place);
            let weight = mean.gap(&weights[pair]) * &at.sigma[pair];
            sums[0] += x.clone() * &x * &weight;
            sums[1] += (x.clone() * &y - x * &two) * &weight;
            sums[2] += (y.clone() * &y - y * &two) * &weight;
        }
        let [means, mixed, sigmas] = sums;
        let (count, row) = (self.means(at.space), self.features_of(at.space, state));
        for (k, x) in &row {
            for (l, y) in &row {
                let product = x.clone() * y;
                entries.push((*k, count + l, product.clone() * &mixed));
                if l >= k {
                    entries.push((*k, *l, product.clone() * &means));
                    entries.push((count + k, count + l, product * &sigmas));
                }
            }
        }
        Ok(())
    }

    /// Σ πₐ (wₐ − w̄) (zₐ − E z) φ.
    fn pull_back(&self, at: Point<F>, weights: &[F]) -> Vec<F> {
        let mut out = vec![F::zero(); self.parameters(at.space)];
        for state in 0..at.space.states() {
            let Some(mean) = Mean::new(at, state, weights) else {
                continue;
            };
            let place = self.known(at, state);
            let mut sums = [F::zero(), F::zero()];
            for pair in at.space.pairs_of(state) {
                let weight = mean.gap(&weights[pair]) * &at.sigma[pair];
                for (sum, x) in sums.iter_mut().zip(self.centered(at, pair, &place)) {
                    *sum += x * &weight;
                }
            }
            let mut row = Vec::new();
            self.spread(at, state, &sums, &F::one(), &mut row);
            row.into_iter().for_each(|(k, x)| out[k] += x);
        }
        out
    }

    fn log_probabilities(&self, at: Point<F>) -> Option<Vec<F>> {
        let states = 0..at.space.states();
        let acting = states.filter(|&state| !at.space.is_terminal(state));
        let logits = acting.flat_map(|state| self.logits(at.space, state, &self.known(at, state)));
        log_softmax(at.space, &logits.collect::<Vec<_>>(), &F::one())
    }

    fn supports(&self, _: Point<F>, _: usize) -> bool {
        true
    }
}
