//! A model over numbers: floating point, exact fractions or certified balls; which policy of it is
//! meant; and what each of the three arithmetics has beyond its four operations.
//!
//! ```
//! use exact_mdp::arithmetic::Choice;
//! use exact_mdp::model::Model;
//!
//! let model = Model::load("mdps/two-state.yaml")?;
//! let solved = model.solve(Choice::Uniform)?;
//! assert_eq!(solved.v().len(), solved.mdp().states());
//! let gradient = solved.gradient()?;
//! let law = solved.law(&"gae:0.95".parse()?)?;
//! assert_eq!(law.mean().len(), gradient.len());
//! // the same words over exact fractions
//! let exact = model.exact()?.solve(Choice::Uniform)?;
//! assert_eq!(exact.gradient()?.len(), gradient.len());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod choice;
mod loops;
#[cfg(test)]
mod tests;
mod told;

pub use choice::{Choice, Over};

use std::sync::Arc;

use crate::control::{self, Optimum};
use crate::error::Error;
use crate::field::{Ball, Field};
use crate::gradient::Differentiable;
use crate::mdp::{Mdp, Space};
use crate::model::Model;
use crate::number::Rational;
use crate::policy::Policy;

/// The arithmetic that answers are computed in: floating point (`f64`), exact fractions
/// ([`Rational`]) or certified balls ([`Ball`]).
///
/// All of the algebra is written once over a [`Field`]; here, and in
/// [`Differentiable`], is what differs.
pub trait Arithmetic: Differentiable {
    /// The model in this field. Errors with [`Error::Inexact`] where exact fractions would answer
    /// another question.
    fn model(model: &Model) -> Result<Mdp<Self>, Error>;

    /// The softmax policy whose θ are standard normal, drawn from the seed in `f64`
    /// ([`Policy::random`]). Errors with [`Error::NotInField`] over fractions.
    fn random_policy(space: &Arc<Space>, seed: u64) -> Result<Policy<Self>, Error>;

    /// The optimum of a model, which `mdp` is in this field. Errors where there is none ([`Error::NoProperPolicy`],
    /// [`Error::Unbounded`]), where a value is too large or a system was not solved, and with [`Error::Uncertain`] where
    /// nothing could be certified.
    fn optimum(
        model: &Model,
        mdp: &Mdp<Self>,
        options: &control::ControlOptions,
    ) -> Result<Optimum<Self>, Error>;

    /// The optimum of an MDP that no file has. Errors where there is none ([`Error::NoProperPolicy`],
    /// [`Error::Unbounded`]) and where a value is too large or a system was not solved.
    fn optimum_of(
        mdp: &Mdp<Self>,
        options: &control::ControlOptions,
    ) -> Result<Optimum<Self>, Error>;

    /// An optimal policy of the model; over balls the one that floating point finds. Errors where there is none
    /// ([`Error::NoProperPolicy`], [`Error::Unbounded`]) and where a value is too large or a system was not solved.
    fn optimal_policy(
        model: &Model,
        mdp: &Mdp<Self>,
        options: &control::ControlOptions,
    ) -> Result<Policy<Self>, Error> {
        Ok(Self::optimum(model, mdp, options)?.policy)
    }
}

impl Arithmetic for f64 {
    fn model(model: &Model) -> Result<Mdp, Error> {
        Ok(model.mdp())
    }

    fn random_policy(space: &Arc<Space>, seed: u64) -> Result<Policy, Error> {
        Ok(Policy::random(space, seed))
    }

    /// Where floating point is certain of nothing, that of a small model is found in fractions and rounded.
    fn optimum(
        model: &Model,
        mdp: &Mdp,
        options: &control::ControlOptions,
    ) -> Result<Optimum, Error> {
        told::optimum(model, mdp, options)
    }

    fn optimum_of(mdp: &Mdp, options: &control::ControlOptions) -> Result<Optimum, Error> {
        control::solve(mdp, options)
    }
}

impl Arithmetic for Rational {
    fn model(model: &Model) -> Result<Mdp<Rational>, Error> {
        model.exact_mdp()
    }

    fn random_policy(_: &Arc<Space>, seed: u64) -> Result<Policy<Rational>, Error> {
        Err(Error::NotInField {
            quantity: format!(
                "the policy `random:{seed}`, whose probabilities are exponentials of its θ,"
            ),
            field: Rational::NAME,
        })
    }

    fn optimum(
        _: &Model,
        mdp: &Mdp<Rational>,
        options: &control::ControlOptions,
    ) -> Result<Optimum<Rational>, Error> {
        control::exactly(mdp, options)
    }

    fn optimum_of(
        mdp: &Mdp<Rational>,
        options: &control::ControlOptions,
    ) -> Result<Optimum<Rational>, Error> {
        control::exactly(mdp, options)
    }
}

impl Arithmetic for Ball {
    fn model(model: &Model) -> Result<Mdp<Ball>, Error> {
        Ok(model.mdp())
    }

    /// Of the very θ that `f64` draws.
    fn random_policy(space: &Arc<Space>, seed: u64) -> Result<Policy<Ball>, Error> {
        let random = Policy::random(space, seed);
        let theta = random.theta().unwrap_or_default().iter();
        let theta = theta.map(|x| Ball::exact(*x)).collect();
        Ok(Policy::usual(space).with_theta(theta)?)
    }

    fn optimum(
        model: &Model,
        mdp: &Mdp<Ball>,
        options: &control::ControlOptions,
    ) -> Result<Optimum<Ball>, Error> {
        let found = told::optimum(model, &model.mdp(), options)?;
        control::enclosed(mdp, &found, options)
    }

    /// From the optimum of the MDP of the balls' midpoints.
    fn optimum_of(
        mdp: &Mdp<Ball>,
        options: &control::ControlOptions,
    ) -> Result<Optimum<Ball>, Error> {
        let found = control::solve(&mdp.map(Field::to_f64), options)?;
        control::enclosed(mdp, &found, options)
    }

    fn optimal_policy(
        model: &Model,
        _: &Mdp<Ball>,
        options: &control::ControlOptions,
    ) -> Result<Policy<Ball>, Error> {
        let found = told::optimum(model, &model.mdp(), options)?.policy;
        Ok(found.map(|probability| Ball::exact(*probability)))
    }
}
