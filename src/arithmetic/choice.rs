//! From a model to a solved policy: over which numbers, and which policy.

use std::sync::{Arc, OnceLock};

use super::Arithmetic;
use crate::control::{self, Optimum};
use crate::error::Error;
use crate::field::Ball;
use crate::linalg::{Solvable, SolverOptions};
use crate::mdp::{Mdp, Space};
use crate::model::{Model, Objective};
use crate::number::{Number, Rational};
use crate::policy::{ControllerSpecification, LawKind, Policy, Specification, standard_normal};
use crate::solved::Solved;

/// Which policy of a model is meant.
#[derive(Clone, Debug, Default)]
#[allow(clippy::large_enum_variant)] // chosen once, never many
pub enum Choice<F: Solvable = f64> {
    /// The one that the model carries; the uniform one if it carries none.
    #[default]
    Own,
    /// The uniform policy, as a tabular softmax at θ = 0, of players one for each.
    Uniform,
    /// The tabular softmax, of players one for each, at a standard normal θ of this seed
    /// ([`Policy::random`]).
    Random(u64),
    /// An optimal policy; of a horizon its rule at t = 0, followed at all times.
    Optimal,
    /// The one that a file or a program describes.
    Specified(Specification),
    /// This one.
    Policy(Arc<Policy<F>>),
}

impl<F: Solvable> From<Policy<F>> for Choice<F> {
    fn from(policy: Policy<F>) -> Choice<F> {
        Choice::Policy(Arc::new(policy))
    }
}

impl<F: Solvable> From<Arc<Policy<F>>> for Choice<F> {
    fn from(policy: Arc<Policy<F>>) -> Choice<F> {
        Choice::Policy(policy)
    }
}

impl<F: Solvable> From<Specification> for Choice<F> {
    fn from(specification: Specification) -> Choice<F> {
        Choice::Specified(specification)
    }
}

/// A model over a field: its numbers rounded once, enclosed, or as they are written.
#[derive(Clone, Debug)]
pub struct Over<'m, F: Solvable> {
    model: &'m Model,
    /// Made when it is first asked for.
    mdp: OnceLock<Arc<Mdp<F>>>,
    solver: SolverOptions,
}

impl<'m, F: Arithmetic> Over<'m, F> {
    /// Errors with [`Error::Inexact`] where exact fractions would answer another question.
    fn new(model: &'m Model) -> Result<Over<'m, F>, Error> {
        Ok(Over {
            mdp: OnceLock::from(Arc::new(F::model(model)?)),
            model,
            solver: SolverOptions::default(),
        })
    }

    /// With linear systems solved as the options say.
    pub fn by(self, solver: SolverOptions) -> Over<'m, F> {
        Over { solver, ..self }
    }

    /// The MDP itself.
    pub fn mdp(&self) -> &Arc<Mdp<F>> {
        self.mdp.get_or_init(|| Arc::new(self.model.mdp()))
    }

    /// Its states, actions and pairs.
    pub(crate) fn space(&self) -> &Arc<Space> {
        self.model.space()
    }

    /// The policy that is meant.
    ///
    /// # Errors
    /// [`Error::Policy`] if it cannot be built, [`Error::NotInField`] for a random policy over
    /// exact fractions; for the optimal one [`Error::NoProperPolicy`] and [`Error::Unbounded`] where there is none,
    /// [`Error::DiscountRounds`] and [`Error::Factor`] where it was not found.
    pub fn policy(&self, choice: impl Into<Choice<F>>) -> Result<Arc<Policy<F>>, Error> {
        let space = self.model.space();
        let specified = |specification| Policy::from_specification(space, specification);
        Ok(Arc::new(match (choice.into(), self.model.policy()) {
            (Choice::Policy(policy), _) => return Ok(policy),
            (Choice::Own, Some(own)) => specified(own)?,
            (Choice::Uniform, Some(own)) if self.model.is_partly_seen() => {
                specified(&own.clone().uniform())?
            }
            (Choice::Random(seed), Some(own)) if self.model.is_partly_seen() => {
                self.random_controller(own, seed)?
            }
            (Choice::Own, None) | (Choice::Uniform, _) => Policy::usual(space),
            (Choice::Random(seed), _) => F::random_policy(space, seed)?,
            (Choice::Specified(specification), _) => specified(&specification)?,
            (Choice::Optimal, _) if self.model.objective() == Objective::Minimize => {
                let gains = self.model.negated();
                let gains = gains.over::<F>()?.by(self.solver.clone());
                return gains.policy(Choice::Optimal);
            }
            (Choice::Optimal, _) => F::optimal_policy(self.model, self.mdp(), &self.control())?,
        }))
    }

    /// A controller of the model's kind, of softmaxes whose θ are standard normal. Errors with [`Error::Policy`] if it
    /// cannot be built, with [`Error::NotInField`] over exact fractions.
    fn random_controller(&self, own: &Specification, seed: u64) -> Result<Policy<F>, Error> {
        let Some(controller) = own.controller else {
            let own = own.clone().random(seed);
            return Ok(Policy::from_specification(self.space(), &own)?);
        };
        let softmax = Specification {
            controller: Some(ControllerSpecification {
                laws: LawKind::Softmax,
                ..controller
            }),
            ..own.clone().uniform()
        };
        let uniform: Policy<F> = Policy::from_specification(self.space(), &softmax)?;
        let theta = standard_normal(seed, 0, uniform.parameters());
        let number = |x: &f64| F::from_number(&Number::from_f64(*x).unwrap_or(Number::ZERO));
        Ok(uniform.with_theta(theta.iter().map(number).collect())?)
    }

    /// The policy that is meant, solved.
    ///
    /// # Errors
    /// [`Error::Policy`] if it cannot be built, [`Error::NotInField`] for a random policy over exact fractions;
    /// [`Error::Improper`] if γ = 1 and it may never terminate from ρ₀, [`Error::ExcessRow`], [`Error::Overflow`] and
    /// [`Error::Factor`] where it has no value; for the optimal one [`Error::NoProperPolicy`], [`Error::Unbounded`] and
    /// [`Error::DiscountRounds`].
    pub fn solve(&self, choice: impl Into<Choice<F>>) -> Result<Solved<F>, Error> {
        let policy = self.policy(choice)?;
        Solved::by(Arc::clone(self.mdp()), policy, self.solver.clone())
    }

    /// The optimum of the model, as certain as the field allows.
    ///
    /// # Errors
    /// [`Error::NoProperPolicy`] and [`Error::Unbounded`] where there is none,
    /// [`Error::DiscountRounds`] and [`Error::Factor`] where it was not found.
    pub fn optimum(&self) -> Result<Optimum<F>, Error> {
        self.optimum_by(&self.control())
    }

    /// [`Over::optimum`] by a method, to a tolerance, or with an entropy weight.
    pub fn optimum_by(&self, options: &control::ControlOptions) -> Result<Optimum<F>, Error> {
        if self.model.objective() == Objective::Minimize {
            let gains = self.model.negated();
            return Ok(gains.over::<F>()?.optimum_by(options)?.negated());
        }
        F::optimum(self.model, self.mdp(), options)
    }

    fn control(&self) -> control::ControlOptions {
        control::ControlOptions {
            solver: self.solver.clone(),
            ..control::ControlOptions::default()
        }
    }
}

impl Model {
    /// A policy solved on this model, in floating point.
    ///
    /// Errors with [`Error::Policy`] if the policy cannot be built, with [`Error::OtherSpace`] if it is of another model,
    /// with [`Error::Improper`] where γ = 1 and it may never end from ρ₀, and where values overflow or a system is not
    /// solved.
    pub fn solve(&self, choice: impl Into<Choice>) -> Result<Solved, Error> {
        self.floating().solve(choice)
    }

    /// The optimum, in floating point with a bound on its error.
    ///
    /// # Errors
    /// [`Error::NoProperPolicy`] and [`Error::Unbounded`] where there is none,
    /// [`Error::DiscountRounds`] and [`Error::Factor`] where it was not found.
    pub fn optimum(&self) -> Result<Optimum, Error> {
        self.floating().optimum()
    }

    /// The model in floating point, each number rounded once.
    pub fn floating(&self) -> Over<'_, f64> {
        Over {
            mdp: OnceLock::new(),
            model: self,
            solver: SolverOptions::default(),
        }
    }

    /// The model over exact fractions.
    ///
    /// Errors with [`Error::Inexact`] if a row of p or ρ₀ does not sum to 1.
    pub fn exact(&self) -> Result<Over<'_, Rational>, Error> {
        Over::new(self)
    }

    /// The model over balls: every answer comes with a proven bound on its error.
    pub fn certified(&self) -> Over<'_, Ball> {
        Over {
            mdp: OnceLock::new(),
            model: self,
            solver: SolverOptions::default(),
        }
    }

    /// The model over any of the three. Errors over fractions with [`Error::Inexact`] if a row of p or ρ₀ does not sum to
    /// 1.
    pub fn over<F: Arithmetic>(&self) -> Result<Over<'_, F>, Error> {
        Over::new(self)
    }
}
