//! What each Ψ sums along a trajectory: as numbers on a model, and as the recursion of its moments.
//!
//! A new estimator is a variant of [`Multiplier`], its numbers and its recursion here, and its sum over a
//! sampled trajectory in `sampling::weights`.

use super::experiment::Experiment;
use super::recursion::{Link, Recursion, Scalar, Signal, Vector, constant_link};
use super::{Estimator, Multiplier, Resolved, Table, critic};
use crate::error::Error;
use crate::linalg::Solvable;

/// What one trajectory contributes, up to the weights.
#[derive(Clone, Debug, PartialEq)]
pub enum Form<F> {
    /// X = (Σₜ cᵗ ψₜ) (G₀ − b).
    TotalReturn {
        /// b, in units of reward.
        baseline: F,
    },
    /// X = Σₜ cᵗ ψₜ (Gₜ − bₜ(Sₜ)), Gₜ = Rₜ + γ Gₜ₊₁.
    Return {
        /// bₜ(s) \[S\]; `None` for 0.
        baseline: Option<Table<F>>,
    },
    /// X = Σₜ cᵗ ψₜ fₜ(Sₜ, Aₜ).
    Pair {
        /// fₜ(s, a) \[SA\].
        value: Table<F>,
    },
    /// X = Σₜ cᵗ ψₜ Dₜ, Dₜ = δₜ + g Dₜ₊₁ as far as the window goes.
    Residual {
        /// uₜ(s) \[S\], with δₜ = Rₜ + γ uₜ₊₁(Sₜ₊₁) − uₜ(Sₜ); 0 on terminal states and after the
        /// last step of a finite horizon, so that no case needs to be told apart.
        critic: Table<F>,
        /// g: γλ for GAE, γ for n-step, 0 for the TD residual.
        decay: F,
        /// Dₜ = Σ_{l<n} gˡ δₜ₊ₗ for `Some(n)`; otherwise up to the end of the trajectory.
        window: Option<usize>,
    },
}

impl<F: Solvable> Form<F> {
    /// What an estimator sums on the model of an experiment; `resolved` holds its constants.
    ///
    /// Errors if a system of the optimal baselines is singular, if the errors of a critic overflow,
    /// and with [`Error::TooLarge`] for a window of more steps than there is memory for.
    pub(super) fn new(
        experiment: &Experiment<F>,
        estimator: &Estimator,
        resolved: &Resolved<F>,
    ) -> Result<Form<F>, Error> {
        let mdp = experiment.mdp();
        let u = |critic| critic::critic_table(mdp, experiment.v(), critic);
        let q = |u: &Table<F>| critic::action_value_table(mdp, u);
        let residual = |critic, decay: F, window| -> Result<Form<F>, Error> {
            Ok(Form::Residual {
                critic: u(critic)?,
                decay,
                window,
            })
        };
        let gamma = &resolved.discount;
        Ok(match estimator.multiplier() {
            Multiplier::TotalReturn { baseline } => Form::TotalReturn {
                baseline: experiment.total_return_baseline(baseline, resolved)?,
            },
            Multiplier::RewardToGo => Form::Return { baseline: None },
            Multiplier::Baseline(baseline) => Form::Return {
                baseline: experiment.baseline_table(baseline, resolved)?,
            },
            Multiplier::Q(critic) => Form::Pair {
                value: q(&u(critic)?),
            },
            Multiplier::Advantage(critic) => {
                let u = u(critic)?;
                let value = critic::advantage_table(mdp, &u, &q(&u));
                Form::Pair { value }
            }
            Multiplier::TdResidual(critic) => residual(critic, F::zero(), None)?,
            Multiplier::Gae { lambda, critic } => {
                residual(critic, F::from_number(lambda) * gamma, None)?
            }
            Multiplier::NStep { n, critic } => {
                residual(critic, gamma.clone(), window(experiment, *n)?)?
            }
        })
    }

    /// The recursion of its moments, for the weight c; the table of theory, 5.2 and 5.3.
    pub(super) fn recursion(&self, weight: &F, discount: &F) -> Recursion<F> {
        let gamma = discount.clone();
        let returns = Scalar {
            signal: Signal::Reward,
            decay: gamma.clone(),
            source: Some(0),
        };
        match self {
            Form::TotalReturn { baseline } => total_return(weight, returns, baseline),
            Form::Return { baseline } => {
                let signal = match baseline {
                    None => Signal::Reward,
                    Some(b) => Signal::RewardLess(b.clone()),
                };
                Recursion::of_one_sum(vec![returns], signal, Some((gamma, 0)), weight)
            }
            Form::Pair { value } => {
                Recursion::of_one_sum(Vec::new(), Signal::Pair(value.clone()), None, weight)
            }
            Form::Residual {
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
        }
    }
}

/// The window of n steps, if the trajectory may outlast it.
///
/// Errors with [`Error::TooLarge`] if the moments of the n − 1 sums that it takes would be.
fn window<F: Solvable>(experiment: &Experiment<F>, n: usize) -> Result<Option<usize>, Error> {
    if experiment
        .sampling()
        .steps()
        .is_some_and(|steps| steps <= n)
    {
        return Ok(None);
    }
    let (states, d) = (experiment.mdp().states(), experiment.policy().parameters());
    let squares = n.saturating_mul(n).saturating_mul(2); // before a step and after it
    Error::check_size("second moments of the n-step sums", squares, states)?;
    let products = n.saturating_mul(states).saturating_mul(2);
    Error::check_size("products of n-step sums and scores", products, d)?;
    Ok(Some(n))
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
