//! What each Ψ sums along a trajectory: as numbers on a model, and as the recursion of its moments.
//!
//! A new estimator is a variant of [`Multiplier`], its numbers and its recursion here, and its sum over a
//! sampled trajectory in `sampling::weights`.

use super::experiment::Experiment;
use super::recursion::{Link, Recursion, Scalar, Signal, Vector, constant_link};
use super::{Baseline, Estimator, Multiplier, Resolved, Sampling, Table, critic};
use crate::error::Error;
use crate::linalg::Solvable;
use crate::number::Number;

/// What one trajectory contributes, up to the weights.
#[derive(Clone, Debug, PartialEq)]
pub enum Form<F: Solvable> {
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
    /// X_k = Σₜ cᵗ ψₜₖ (Gₜ − b_{k,t}(Sₜ)), a baseline for each parameter.
    ReturnByParameter {
        /// b_{k,t}(s) \[entries\], in the order of the entries ψ_k(s, a) of [`crate::policy::Policy::scores`].
        baseline: Table<F>,
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
    /// X = Σₜ cᵗ ψₜ (Rₜ + γ uₜ₊₁(Sₜ₊₁) − \[less\] uₜ(Sₜ) + h Dₜ₊₁), Dₜ = δₜ + g Dₜ₊₁.
    Ahead {
        /// uₜ(s) \[S\], as in [`Form::Residual`].
        critic: Table<F>,
        /// Whether uₜ(Sₜ) is subtracted.
        less: bool,
        /// g.
        decay: F,
        /// h.
        future: F,
    },
    /// The same with factors that depend on the pair, not weighed by π/b otherwise.
    Traced(Box<Traced<F>>),
    /// X = ω₀ ω₁ ⋯ Σₜ cᵗ ψₜ Gₜ: the ratio of the whole trajectory.
    Whole,
    /// A function of the sums of all trajectories.
    Batch(Box<Batch<F>>),
}

/// X = Σₜ cᵗ ψₜ φₜ (Rₜ + γ uₜ₊₁(Sₜ₊₁) − \[less\] wₜ + g Dₜ₊₁), Dₜ = τₜ (Rₜ + γ uₜ₊₁(Sₜ₊₁) − wₜ) + g κₜ Dₜ₊₁,
/// with φ, τ, κ, w at (Sₜ, Aₜ).
#[derive(Clone, Debug, PartialEq)]
pub struct Traced<F> {
    /// uₜ(s) \[S\].
    pub critic: Table<F>,
    /// wₜ(s, a) \[SA\]: u(s), or q(s, a).
    pub own: Table<F>,
    /// τ(s, a) \[SA\].
    pub term: Vec<F>,
    /// κ(s, a) \[SA\].
    pub trace: Vec<F>,
    /// φ(s, a) \[SA\].
    pub factor: Vec<F>,
    /// g.
    pub decay: F,
    /// Whether wₜ is subtracted in what multiplies the score.
    pub less: bool,
}

/// A function of the sums of all trajectories.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch<F: Solvable> {
    /// What is summed.
    pub of: Resolved<F>,
    /// What is made of the sums.
    pub kind: BatchKind,
}

/// What is made of sums over all trajectories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchKind {
    /// ΣX over all steps.
    PerStep,
    /// Σ cᵗψ(Ψ − mean)/(standard deviation + ε), over trajectories or over all steps.
    Whitened {
        /// Whether it is divided by the number of steps instead of that of trajectories.
        per_step: bool,
        /// 0 or 1; the limit is the same.
        ddof: u8,
    },
    /// Σ ωX over Σ ω, ω of whole trajectories.
    SelfNormalised,
    /// mean (G₀ − bₖ)Uₖ, U = Σψ and bₖ = mean Uₖ²G₀ / mean Uₖ².
    InSample,
}

/// ε of whitening.
pub const WHITENING: f64 = 1e-8;

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
            Multiplier::Baseline(
                own @ (Baseline::OptimalParameter | Baseline::OptimalParameterStationary),
            ) => {
                let by_time = *own == Baseline::OptimalParameter;
                match experiment.baseline_by_parameter(by_time, resolved)? {
                    Some(baseline) => Form::ReturnByParameter { baseline },
                    None => Form::Return { baseline: None },
                }
            }
            Multiplier::Baseline(baseline) => Form::Return {
                baseline: experiment.baseline_table(baseline, resolved)?,
            },
            Multiplier::Q(critic) => Form::Pair {
                value: critic::fine_action_values(mdp, &u(critic)?),
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
            _ => return Form::of_library(experiment, estimator, gamma),
        })
    }

    /// What libraries sum beside the estimators that are everywhere.
    fn of_library(
        experiment: &Experiment<F>,
        estimator: &Estimator,
        gamma: &F,
    ) -> Result<Form<F>, Error> {
        let mdp = experiment.mdp();
        let u = |critic| critic::critic_table(mdp, experiment.v(), critic);
        let decayed = |lambda: &Number| F::from_number(lambda) * gamma;
        Ok(match estimator.multiplier() {
            Multiplier::Bootstrapped(critic) => Form::Ahead {
                critic: u(critic)?,
                less: false,
                decay: gamma.clone(),
                future: gamma.clone(),
            },
            Multiplier::LambdaReturn { lambda, critic } => Form::Ahead {
                critic: u(critic)?,
                less: false,
                decay: decayed(lambda),
                future: decayed(lambda),
            },
            Multiplier::OneStepOfLambdaReturn { lambda, critic } => Form::Ahead {
                critic: u(critic)?,
                less: true,
                decay: decayed(lambda),
                future: gamma.clone(),
            },
            Multiplier::CutAsEnd { lambda, critic } => Form::Residual {
                critic: cut_as_end(&u(critic)?, experiment.sampling(), mdp.states())?,
                decay: decayed(lambda),
                window: None,
            },
            Multiplier::VTrace { rho, c, critic } => {
                let critic = u(critic)?;
                let pairs = experiment.policy().space();
                let own = critic.rows().iter().map(|row| {
                    let of = |pair| row[pairs.state_of(pair)].clone();
                    (0..pairs.pairs()).map(of).collect()
                });
                let term = clipped(experiment.ratios(), rho.as_ref());
                Form::Traced(Box::new(Traced {
                    own: Table::by_time(own.collect()),
                    factor: term.clone(),
                    term,
                    trace: clipped(experiment.ratios(), c.as_ref()),
                    decay: gamma.clone(),
                    less: true,
                    critic,
                }))
            }
            Multiplier::Retrace { lambda, critic } => {
                let critic = u(critic)?;
                let trace = clipped(experiment.ratios(), Some(&Number::ONE));
                Form::Traced(Box::new(Traced {
                    own: critic::action_value_table(mdp, &critic),
                    factor: vec![F::one(); trace.len()],
                    term: trace.clone(),
                    trace,
                    decay: decayed(lambda),
                    less: false,
                    critic,
                }))
            }
            Multiplier::Ordinary => Form::Whole,
            Multiplier::PerDecision => Form::Return { baseline: None },
            _ => Form::Batch(Box::new(Batch::new(experiment, estimator)?)),
        })
    }

    /// Whether its moments are those of several sums together ([`super::joint`]).
    pub(super) fn is_joint(&self) -> bool {
        matches!(self, Form::Traced(_) | Form::Whole | Form::Batch(_))
    }

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
            Form::TotalReturn { baseline } => total_return(weight, returns, baseline),
            Form::Return { baseline } => {
                let signal = match baseline {
                    None => Signal::Reward,
                    Some(b) => Signal::RewardLess(b.clone()),
                };
                Recursion::of_one_sum(vec![returns], signal, Some((gamma, 0)), weight)
            }
            // its mean is that without a baseline; where the baselines matter, who asks knows them
            // ([`super::by_parameter`])
            Form::ReturnByParameter { .. } => {
                Recursion::of_one_sum(vec![returns], Signal::Reward, Some((gamma, 0)), weight)
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
            Form::Ahead {
                critic,
                less,
                decay,
                future,
            } => ahead((critic, gamma), *less, decay, future, weight),
            Form::Traced(traced) => {
                let critic = (&traced.critic, gamma);
                ahead(critic, false, &traced.decay, &traced.decay, weight)
            }
            Form::Whole => {
                let future = Some((gamma, 0));
                Recursion::of_one_sum(vec![returns], Signal::Reward, future, weight)
            }
            Form::Batch(batch) => batch.of.form.recursion(&batch.of.weight, discount),
        }
    }
}

impl<F: Solvable> Batch<F> {
    fn new(experiment: &Experiment<F>, estimator: &Estimator) -> Result<Batch<F>, Error> {
        let weighs = experiment.process().is_weighted();
        let (of, kind) = match (estimator.multiplier(), estimator.inner()) {
            (Multiplier::SelfNormalised, _) => {
                let of = Estimator::of(Multiplier::RewardToGo)?;
                let of = of.with_discounting(estimator.discounting());
                (of, BatchKind::SelfNormalised)
            }
            (Multiplier::Whitened { ddof, .. }, Some(of)) => {
                let (per_step, ddof) = (false, *ddof);
                (of.clone(), BatchKind::Whitened { per_step, ddof })
            }
            (_, Some(of)) => match of.multiplier() {
                Multiplier::Whitened { of, ddof } => {
                    let (per_step, ddof) = (true, *ddof);
                    ((**of).clone(), BatchKind::Whitened { per_step, ddof })
                }
                _ => (of.clone(), BatchKind::PerStep),
            },
            (_, None) => (Estimator::new(super::Psi::TotalReturn), BatchKind::InSample),
        };
        if weighs && kind != BatchKind::SelfNormalised {
            return Err(Error::Argument {
                name: "what acts",
                found: format!("another policy, for {estimator}"),
                expected: "the policy itself: of what is made of batches, importance:self-normalised alone has ratios",
            });
        }
        if matches!(kind, BatchKind::Whitened { .. }) && !critic::rounds::<F>() {
            return Err(Error::Argument {
                name: "the arithmetic",
                found: format!("fractions or bounds, for {estimator}"),
                expected: "floating point: a standard deviation is a square root",
            });
        }
        let of = experiment.resolve(&of)?;
        Ok(Batch { of, kind })
    }
}

/// min(bound, ω) \[SA\].
fn clipped<F: Solvable>(ratios: Vec<F>, bound: Option<&Number>) -> Vec<F> {
    let Some(bound) = bound.map(F::from_number) else {
        return ratios;
    };
    let ratios = ratios.into_iter();
    ratios
        .map(|ratio| if ratio > bound { bound.clone() } else { ratio })
        .collect()
}

/// u with 0 after the last step of a cut.
///
/// Errors with [`Error::TooLarge`] where one row for each step is too much.
fn cut_as_end<F: Solvable>(
    u: &Table<F>,
    sampling: Sampling,
    states: usize,
) -> Result<Table<F>, Error> {
    let Some(cut) = sampling.cut() else {
        return Ok(u.clone());
    };
    Error::check_size("values by time up to the cut", cut, states)?;
    let rows = (0..cut).map(|t| u.at(t).to_vec());
    let end = std::iter::once(vec![F::zero(); states]);
    Ok(Table::by_time(rows.chain(end).collect()))
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
