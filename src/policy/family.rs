//! What every parametrization knows: the trait behind [`Policy`](super::Policy).

use super::{Kind, PolicyError};
use crate::field::Field;
use crate::mdp::Space;

/// A point of a family: the space, θ if it is a number of the field, and σ_θ [SA] before mixing.
pub(super) struct Point<'a, F> {
    pub space: &'a Space,
    pub theta: Option<&'a [F]>,
    pub sigma: &'a [F],
}

impl<F> Clone for Point<'_, F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F> Copy for Point<'_, F> {}

/// The actions of one state with weights w, indexed by pair: what second derivatives are summed over.
pub(super) struct Weighed<'a, F> {
    pub at: Point<'a, F>,
    pub state: usize,
    pub weights: &'a [F],
}

/// Entries (k, l, value) of a matrix over pairs of parameters.
pub(super) type Seconds<F> = Vec<(usize, usize, F)>;

/// A family of policies σ_θ; entries are appended as (parameter, value), in any order, and those
/// of one parameter add up.
pub(super) trait Family<F: Field> {
    fn kind(&self) -> Kind;

    /// Number of parameters d.
    fn parameters(&self, space: &Space) -> usize;

    /// σ_θ [SA].
    fn probabilities(&self, space: &Space, theta: &[F]) -> Result<Vec<F>, PolicyError>;

    /// Row `pair` of ∇σ.
    fn derivative(&self, at: Point<F>, pair: usize, row: &mut Vec<(usize, F)>);

    /// Row `pair` of ∇log σ, for σ(pair) positive by the form of the family: ∇σ/σ, unless the
    /// family knows a form that survives where σ underflows.
    fn score(&self, at: Point<F>, pair: usize, row: &mut Vec<(usize, F)>) {
        let begin = row.len();
        self.derivative(at, pair, row);
        for (_, x) in &mut row[begin..] {
            *x = x.clone() / &at.sigma[pair];
        }
    }

    /// The upper triangle (k ≤ l) of Σₐ w(a) ∂ₖ∂ₗσ(a) over the actions of one state, appended as
    /// (k, l, value); w is indexed by pair. Nothing where σ is linear in θ. Errors where the second derivative does not
    /// exist.
    fn curvature(&self, _: Weighed<F>, _: &mut Seconds<F>) -> Result<(), PolicyError> {
        Ok(())
    }

    /// w ∇σ [d] for a row w over pairs, without forming ∇σ.
    fn pull_back(&self, at: Point<F>, weights: &[F]) -> Vec<F>;

    /// log σ [SA] from the logits, for families that have them and where the field allows.
    fn log_probabilities(&self, _: Point<F>) -> Option<Vec<F>> {
        None
    }

    /// Whether σ(a|s) > 0, whatever rounding made of it.
    fn supports(&self, at: Point<F>, pair: usize) -> bool {
        !at.sigma[pair].is_zero()
    }
}

/// The mean of weights over the actions of a state, from which they are taken without cancelling.
///
/// All weights are taken from that of the most probable action first: where σ is nearly
/// deterministic, w(top) − Σ σw = −Σ_{b≠top} σ(b)(w(b) − w(top)) is a small number, of which the
/// difference of two large ones would leave rounding. So σ(a) times a gap errs by a few units
/// relative to Σ_b σ(a)σ(b)|w(a) − w(b)|, whatever the mean of w is.
pub(super) struct Mean<'a, F> {
    /// w(top).
    top: &'a F,
    /// Σ_b σ(b)(w(b) − w(top)).
    rest: F,
}

impl<'a, F: Field> Mean<'a, F> {
    /// Over the actions a ∈ A(s); `None` for a state without actions.
    pub fn new(at: Point<F>, state: usize, weights: &'a [F]) -> Option<Mean<'a, F>> {
        let block = at.space.pairs_of(state);
        if block.is_empty() {
            return None;
        }
        let mut top = block.start;
        for pair in block.clone() {
            if at.sigma[pair] > at.sigma[top] {
                top = pair;
            }
        }
        let top = &weights[top];
        let mut rest = F::zero();
        for pair in block {
            rest += at.sigma[pair].clone() * &(weights[pair].clone() - top);
        }
        Some(Mean { top, rest })
    }

    /// w(a) − Σ_b σ(b) w(b).
    pub fn gap(&self, weight: &F) -> F {
        weight.clone() - self.top - &self.rest
    }
}

/// `theta[state,action]`.
pub(super) fn label(space: &Space, pair: usize) -> String {
    let (state, action) = space.pair_names(pair);
    ["theta[", &state, ",", &action, "]"].concat()
}

/// 1 − σ(pair), from the other actions where the difference would cancel.
pub(super) fn of_others<F: Field>(at: Point<F>, pair: usize) -> F {
    if at.sigma[pair].clone() + &at.sigma[pair] < F::one() {
        return F::one() - &at.sigma[pair];
    }
    let mut rest = F::zero();
    for other in at.space.pairs_of(at.space.state_of(pair)) {
        if other != pair {
            rest += &at.sigma[other];
        }
    }
    rest
}

/// Softmax of the logits x/τ of one state, appended to `pi`; the largest is subtracted first, so
/// none overflows. Fails with a difference of logits that has no exponential in this field.
pub(super) fn softmax_of<F: Field>(
    logits: &[F],
    temperature: &F,
    pi: &mut Vec<F>,
) -> Result<(), F> {
    let Some(mut largest) = logits.first() else {
        return Ok(());
    };
    for x in logits {
        if x > largest {
            largest = x;
        }
    }
    let begin = pi.len();
    let mut total = F::zero();
    for x in logits {
        let gap = (x.clone() - largest) / temperature;
        let weight = gap.checked_exp().ok_or(gap)?;
        total += &weight;
        pi.push(weight);
    }
    for weight in &mut pi[begin..] {
        *weight = weight.clone() / &total;
    }
    Ok(())
}

/// log softmax of the logits x/τ, state by state: (x − max)/τ − log(1 + Σ exp((x − max)/τ)), the sum over the other
/// actions, so that the surprise of an action that is all but certain keeps its digits.
pub(super) fn log_softmax<F: Field>(
    space: &Space,
    logits: &[F],
    temperature: &F,
) -> Option<Vec<F>> {
    let mut logs = Vec::with_capacity(logits.len());
    for state in 0..space.states() {
        let block = &logits[space.pairs_of(state)];
        let top = (0..block.len()).reduce(|x, y| if block[y] > block[x] { y } else { x });
        let Some(top) = top else { continue };
        let gap = |x: &F| (x.clone() - &block[top]) / temperature;
        let mut others = F::zero();
        for x in block[..top].iter().chain(&block[top + 1..]) {
            others += gap(x).checked_exp()?;
        }
        let total = others.checked_ln_1p()?;
        logs.extend(block.iter().map(|x| gap(x) - &total));
    }
    Some(logs)
}

/// The name of a state, for messages.
pub(super) fn state_name(space: &Space, state: usize) -> String {
    space.state_names().get(state).into_owned()
}

/// Fails where a field element of a state is infinite or not a number.
pub(super) fn finite<F: Field>(space: &Space, state: usize, x: &[F]) -> Result<(), PolicyError> {
    if F::EXACT || x.iter().all(|x| x.to_f64().is_finite()) {
        return Ok(());
    }
    Err(PolicyError::NotFinite {
        state: state_name(space, state),
    })
}
