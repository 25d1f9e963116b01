//! Estimators as numbers on a model: constants, critics, baselines, and what each Ψ sums.
//!
//! A new estimator is a variant of [`Multiplier`], its numbers here, its recursion in `estimator::form`, and its
//! sum over a sampled trajectory in `sampling::weights`.

use super::Experiment;
use crate::error::Error;
use crate::estimator::{
    Baseline, BatchEstimator, BatchKind, Contribution, Estimator, Multiplier, Psi, Resolved,
    Sampling, Table, Traced, baseline, critic,
};
use crate::linalg::Solvable;
use crate::number::Number;

impl<F: Solvable> Experiment<'_, F> {
    /// An estimator as numbers: constants, critic and baseline, the optimal ones computed exactly.
    ///
    /// Errors if a system of the optimal baselines is singular, and with [`Error::States`] for a
    /// given baseline or critic of another number of states.
    pub fn resolve(&self, estimator: &Estimator) -> Result<Resolved<F>, Error> {
        let gamma = self.mdp.discount();
        let dies = self.sampling == Sampling::Geometric;
        // death stands for γᵗ; only the total return can be given one γᵗ too many
        let total = estimator.psi() == Psi::TotalReturn;
        let weighted = estimator.discounting() && (!dies || total);
        let mut resolved = Resolved {
            weight: if weighted { gamma.clone() } else { F::one() },
            discount: self.process.discount().clone(),
            form: Contribution::Return { baseline: None },
        };
        resolved.form = Contribution::new(self, estimator, &resolved)?;
        Ok(resolved)
    }

    /// b of the total return; 0 where the optimal one does not exist.
    fn total_return_baseline(
        &self,
        baseline: &Baseline,
        resolved: &Resolved<F>,
    ) -> Result<F, Error> {
        match baseline {
            Baseline::Constant(x) => Ok(F::from_number(x)),
            Baseline::OptimalConstant if self.divergence(resolved, Psi::TotalReturn).is_none() => {
                baseline::of_total_return(self, &resolved.weight)
            }
            _ => Ok(F::zero()),
        }
    }

    /// bₜ(s); `None` for 0, and where the optimal one does not exist.
    fn baseline_table(
        &self,
        baseline: &Baseline,
        resolved: &Resolved<F>,
    ) -> Result<Option<Table<F>>, Error> {
        let constant = |x: F| Table::stationary(vec![x; self.mdp.states()]);
        let optimal = || baseline::Terms::new(self, &resolved.weight);
        Ok(Some(match baseline {
            Baseline::Constant(x) if x.is_zero() => return Ok(None),
            Baseline::Constant(x) => constant(F::from_number(x)),
            Baseline::V => self.v.clone(),
            Baseline::File(b) => {
                let (states, steps) = (self.mdp.states(), self.sampling.steps());
                let rows = critic::rows_given("the baseline", b, states, steps)?;
                let row = |row: &[Number]| row.iter().map(F::from_number).collect();
                Table::by_time(rows.into_iter().map(row).collect())
            }
            _ if self.divergence(resolved, Psi::Baseline).is_some() => return Ok(None),
            Baseline::OptimalConstant => constant(optimal()?.constant()),
            Baseline::OptimalState => optimal()?.by_state(),
            Baseline::OptimalStationary => optimal()?.stationary(self.mdp.space().states_at_once()),
            Baseline::Textbook => optimal()?.textbook(),
            // of each parameter its own ([`Experiment::baseline_by_parameter`])
            Baseline::OptimalParameter | Baseline::OptimalParameterStationary => return Ok(None),
        }))
    }

    /// The best b_{k,t}(s), or b_k(s) for all times, of each entry of the scores; `None` where none exists.
    fn baseline_by_parameter(
        &self,
        by_time: bool,
        resolved: &Resolved<F>,
    ) -> Result<Option<Table<F>>, Error> {
        if self.divergence(resolved, Psi::Baseline).is_some() {
            return Ok(None);
        }
        baseline::by_entry(self, &resolved.weight, by_time).map(Some)
    }
}

impl<F: Solvable> Contribution<F> {
    /// What an estimator sums on the model of an experiment; `resolved` holds its constants.
    ///
    /// Errors if a system of the optimal baselines is singular, if the errors of a critic overflow,
    /// and with [`Error::TooLarge`] for a window of more steps than there is memory for.
    fn new(
        experiment: &Experiment<F>,
        estimator: &Estimator,
        resolved: &Resolved<F>,
    ) -> Result<Contribution<F>, Error> {
        let mdp = experiment.mdp();
        let u = |critic| critic::critic_table(mdp, experiment.v(), critic);
        let q = |u: &Table<F>| critic::action_value_table(mdp, u);
        let residual = |critic, decay: F, window| -> Result<Contribution<F>, Error> {
            Ok(Contribution::Residual {
                critic: u(critic)?,
                decay,
                window,
            })
        };
        let gamma = &resolved.discount;
        Ok(match estimator.multiplier() {
            Multiplier::TotalReturn { baseline } => Contribution::TotalReturn {
                baseline: experiment.total_return_baseline(baseline, resolved)?,
            },
            Multiplier::RewardToGo => Contribution::Return { baseline: None },
            Multiplier::Baseline(
                own @ (Baseline::OptimalParameter | Baseline::OptimalParameterStationary),
            ) => {
                let by_time = *own == Baseline::OptimalParameter;
                match experiment.baseline_by_parameter(by_time, resolved)? {
                    Some(baseline) => Contribution::ReturnByParameter { baseline },
                    None => Contribution::Return { baseline: None },
                }
            }
            Multiplier::Baseline(baseline) => Contribution::Return {
                baseline: experiment.baseline_table(baseline, resolved)?,
            },
            Multiplier::Q(critic) => Contribution::Pair {
                value: critic::fine_action_values(mdp, &u(critic)?),
            },
            Multiplier::Advantage(critic) => {
                let u = u(critic)?;
                let value = critic::advantage_table(mdp, &u, &q(&u));
                Contribution::Pair { value }
            }
            Multiplier::TdResidual(critic) => residual(critic, F::zero(), None)?,
            Multiplier::Gae { lambda, critic } => {
                residual(critic, F::from_number(lambda) * gamma, None)?
            }
            Multiplier::NStep { n, critic } => {
                residual(critic, gamma.clone(), window(experiment, *n)?)?
            }
            _ => return Contribution::of_library(experiment, estimator, gamma),
        })
    }

    /// What libraries sum beside the estimators that are everywhere.
    fn of_library(
        experiment: &Experiment<F>,
        estimator: &Estimator,
        gamma: &F,
    ) -> Result<Contribution<F>, Error> {
        let mdp = experiment.mdp();
        let u = |critic| critic::critic_table(mdp, experiment.v(), critic);
        let decayed = |lambda: &Number| F::from_number(lambda) * gamma;
        Ok(match estimator.multiplier() {
            Multiplier::Bootstrapped(critic) => bootstrapped(experiment, u(critic)?, gamma)?,
            Multiplier::LambdaReturn { lambda, critic } => Contribution::Ahead {
                critic: u(critic)?,
                less: false,
                decay: decayed(lambda),
                future: decayed(lambda),
            },
            Multiplier::OneStepOfLambdaReturn { lambda, critic } => Contribution::Ahead {
                critic: u(critic)?,
                less: true,
                decay: decayed(lambda),
                future: gamma.clone(),
            },
            Multiplier::CutAsEnd { lambda, critic } => Contribution::Residual {
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
                Contribution::Traced(Box::new(Traced {
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
                Contribution::Traced(Box::new(Traced {
                    own: critic::action_value_table(mdp, &critic),
                    factor: vec![F::one(); trace.len()],
                    term: trace.clone(),
                    trace,
                    decay: decayed(lambda),
                    less: false,
                    critic,
                }))
            }
            Multiplier::Ordinary => Contribution::Whole,
            Multiplier::PerDecision => Contribution::Return { baseline: None },
            _ => Contribution::Batch(Box::new(BatchEstimator::new(experiment, estimator)?)),
        })
    }
}

impl<F: Solvable> BatchEstimator<F> {
    fn new(experiment: &Experiment<F>, estimator: &Estimator) -> Result<BatchEstimator<F>, Error> {
        let weighs = experiment.process().is_weighted();
        // the sum of a run is over its steps already, which are as many in each
        let is_long_run = matches!(experiment.sampling(), Sampling::LongRun(_));
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
                    let (per_step, ddof) = (!is_long_run, *ddof);
                    ((**of).clone(), BatchKind::Whitened { per_step, ddof })
                }
                _ if is_long_run => (of.clone(), BatchKind::Mean),
                _ => (of.clone(), BatchKind::PerStep),
            },
            (_, None) => (Estimator::new(Psi::TotalReturn), BatchKind::InSample),
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
        Ok(BatchEstimator { of, kind })
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

/// Gₜ and γ^{T−t} u(S_T) behind a cut. On the policy itself the residuals sum up to that, and keep digits; ratios
/// stand before each of them, where those between would be left of their sum, so that it is written as residuals of
/// 0 until the cut.
///
/// Errors with [`Error::TooLarge`] where one row for each step is too much.
fn bootstrapped<F: Solvable>(
    experiment: &Experiment<F>,
    u: Table<F>,
    gamma: &F,
) -> Result<Contribution<F>, Error> {
    let (sampling, states) = (experiment.sampling(), experiment.mdp().states());
    let critic = match (experiment.process().is_weighted(), sampling.cut()) {
        (false, _) => u,
        (true, None) => return Ok(Contribution::Return { baseline: None }),
        (true, Some(cut)) => {
            Error::check_size("values by time up to the cut", cut, states)?;
            let before = (0..cut).map(|_| vec![F::zero(); states]);
            let end = std::iter::once(u.at(cut).to_vec());
            Table::by_time(before.chain(end).collect())
        }
    };
    Ok(Contribution::Ahead {
        critic,
        less: false,
        decay: gamma.clone(),
        future: gamma.clone(),
    })
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
    if squares == usize::MAX {
        // a number that no count is: what one time takes is too much already
        Error::check_size("sums of n steps", n, states)?;
    }
    Error::check_size("second moments of the n-step sums", squares, states)?;
    let products = n.saturating_mul(states).saturating_mul(2);
    Error::check_size("products of n-step sums and scores", products, d)?;
    Ok(Some(n))
}
