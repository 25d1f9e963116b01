//! What each Ψ sums along a trajectory, as the recursion of its moments.

use super::recursion::{Link, Recursion, Scalar, Signal, Vector, constant_link};
use super::{Contribution, Resolved, Table};
use crate::linalg::Solvable;

impl<F: Solvable> Recursion<F> {
    /// The recursion of an estimator.
    pub fn new(resolved: &Resolved<F>) -> Recursion<F> {
        resolved
            .form
            .recursion(&resolved.weight, &resolved.discount)
    }
}

impl<F: Solvable> Contribution<F> {
    /// The recursion of its moments, for the weight c; the table of theory, 5.2 and 5.3. Of what is
    /// joint, that of the sum inside it.
    pub(super) fn recursion(&self, weight: &F, discount: &F) -> Recursion<F> {
        let gamma = discount.clone();
        let returns = Scalar {
            signal: Signal::Reward,
            decay: gamma.clone(),
            source: Some(0),
        };
        match self {
            Contribution::TotalReturn { baseline } => total_return(weight, returns, baseline),
            Contribution::Return { baseline } => {
                let signal = match baseline {
                    None => Signal::Reward,
                    Some(b) => Signal::RewardLess(b.clone()),
                };
                Recursion::of_one_sum(vec![returns], signal, Some((gamma, 0)), weight)
            }
            // its mean is that without a baseline; where the baselines matter, who asks knows them
            // ([`super::by_parameter`])
            Contribution::ReturnByParameter { .. } => {
                Recursion::of_one_sum(vec![returns], Signal::Reward, Some((gamma, 0)), weight)
            }
            Contribution::Pair { value } => {
                Recursion::of_one_sum(Vec::new(), Signal::Pair(value.clone()), None, weight)
            }
            Contribution::Residual {
                critic,
                decay,
                window,
            } => {
                let signal = Signal::Residual {
                    critic: critic.clone(),
                    discount: gamma,
                };
                let scalars = residual_sums(&signal, decay, *window);
                let future = scalars.len().checked_sub(1).map(|top| (decay.clone(), top));
                Recursion::of_one_sum(scalars, signal, future, weight)
            }
            Contribution::Ahead {
                critic,
                less,
                decay,
                future,
            } => ahead((critic, gamma), *less, decay, future, weight),
            Contribution::Traced(traced) => {
                let critic = (&traced.critic, gamma);
                ahead(critic, false, &traced.decay, &traced.decay, weight)
            }
            Contribution::Whole => {
                let future = Some((gamma, 0));
                Recursion::of_one_sum(vec![returns], Signal::Reward, future, weight)
            }
            Contribution::Batch(batch) => batch.of.form.recursion(&batch.of.weight, discount),
        }
    }
}

/// X = ψ(r + γu' − [less] u + h D') + cX', D = δ + g D'.
fn ahead<F: Solvable>(
    (critic, discount): (&Table<F>, F),
    less: bool,
    decay: &F,
    future: &F,
    weight: &F,
) -> Recursion<F> {
    let residual = Signal::Residual {
        critic: critic.clone(),
        discount: discount.clone(),
    };
    let scalar = Scalar {
        signal: residual.clone(),
        decay: decay.clone(),
        source: Some(0),
    };
    let critic = critic.clone();
    let signal = if less {
        residual
    } else {
        Signal::Ahead { critic, discount }
    };
    Recursion::of_one_sum(vec![scalar], signal, Some((future.clone(), 0)), weight)
}

/// R = r + γR', U = ψ + cU', Y = UR = ψ(r + γR') + c r U' + cγ Y', X = Y − bU.
fn total_return<F: Solvable>(weight: &F, returns: Scalar<F>, baseline: &F) -> Recursion<F> {
    let gamma = returns.decay.clone();
    let sum = Vector {
        signal: Signal::One,
        future: None,
        links: vec![constant_link(weight.clone(), 0)],
    };
    let product = Vector {
        signal: Signal::Reward,
        future: Some((gamma.clone(), 0)),
        links: vec![
            Link {
                factor: weight.clone(),
                rewarded: true,
                vector: 0,
            },
            constant_link(weight.clone() * &gamma, 1),
        ],
    };
    Recursion {
        scalars: vec![returns],
        vectors: vec![sum, product],
        top: vec![-baseline.clone(), F::one()],
    }
}

/// D = δ + gD' without a window; with one D⁽ʲ⁾ = δ + gD'⁽ʲ⁻¹⁾ for j = 1 .. n − 1.
fn residual_sums<F: Solvable>(
    signal: &Signal<F>,
    decay: &F,
    window: Option<usize>,
) -> Vec<Scalar<F>> {
    if decay.is_zero() {
        return Vec::new();
    }
    let scalar = |source| Scalar {
        signal: signal.clone(),
        decay: decay.clone(),
        source,
    };
    match window {
        None => vec![scalar(Some(0))],
        Some(n) => (0..n.saturating_sub(1))
            .map(|j| scalar(j.checked_sub(1)))
            .collect(),
    }
}
