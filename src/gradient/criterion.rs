//! The routes under every criterion, from one entry.
//!
//! The discounted and the total reward have the resolvent ([`Gradient::new`]). The finite horizon
//! and the average reward bring what differs, pair weights W with ∇J = W ∇π, a Jacobian forward,
//! and the size of their rounding errors; the routes over them are the same.

use nalgebra::DMatrix;

use super::finite_difference::parameters;
use super::{
    Disagreement, Evaluated, FiniteDifference, Gradient, Route, RouteGradient, adjoint, average,
    bellman, check_finite, complex_step, dual, finite_horizon, nabla_log,
};
use crate::chain::Chain;
use crate::error::Error;
use crate::evaluation::{Evaluation, Prepared};
use crate::field::{Dual, Field, dot};
use crate::linalg::SolverOptions;
use crate::mdp::Mdp;
use crate::policy::Policy;

/// A policy under a criterion that pairs value and measure in its own way.
pub(super) trait Paired: Sized + Sync {
    /// Prepares another policy.
    fn prepare(mdp: &Mdp<f64>, policy: &Policy<f64>) -> Result<Self, Error>;

    /// W [SA] with ∇J = W ∇π, from advantages.
    fn centered_weights(&self, mdp: &Mdp<f64>) -> Result<Vec<f64>, Error>;

    /// Whether the algebra over dual numbers yields the derivative here.
    fn has_dual(&self, _: &Mdp<f64>, _: &Policy<f64>) -> bool {
        true
    }

    /// What rounding can do.
    fn rounding(&self, mdp: &Mdp<f64>, policy: &Policy<f64>) -> Result<Rounding, Error>;
}

/// Bounds on absolute errors.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rounding {
    /// Of a computed J.
    pub objective: f64,
    /// Of an entry of ∇J by an exact route.
    pub gradient: f64,
}

/// A policy under the model's own criterion, prepared and evaluated: what `Evaluated` is where
/// there is a resolvent.
pub struct Under<'a, F: Field = f64> {
    /// The model.
    pub mdp: &'a Mdp<F>,
    /// The policy.
    pub policy: &'a Policy<F>,
    /// What its criterion solves.
    pub prepared: &'a Prepared<F>,
    /// v, q, A, ρ and J.
    pub evaluation: &'a Evaluation<F>,
}

impl<F: Field> Clone for Under<'_, F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F: Field> Copy for Under<'_, F> {}

impl<'a, F: Field> Under<'a, F> {
    /// From a preparation and an evaluation that were made from this model and this policy.
    pub fn new(
        mdp: &'a Mdp<F>,
        policy: &'a Policy<F>,
        prepared: &'a Prepared<F>,
        evaluation: &'a Evaluation<F>,
    ) -> Under<'a, F> {
        Under {
            mdp,
            policy,
            prepared,
            evaluation,
        }
    }

    /// The same with the chain of `prepared`, where the criterion has a resolvent.
    pub fn on(self, chain: &'a Chain<F>) -> Evaluated<'a, F> {
        Evaluated {
            mdp: self.mdp,
            policy: self.policy,
            chain,
            evaluation: self.evaluation,
        }
    }

    /// W ∇π from advantages.
    pub(super) fn adjoint(self) -> Result<Vec<F>, Error> {
        let weights = match self.prepared {
            Prepared::Resolvent(chain) => {
                self.on(chain).check_differentiable(true)?;
                return Ok(adjoint::gradient(self.on(chain)));
            }
            Prepared::FiniteHorizon(run) => finite_horizon::centered_weights(run, self.mdp),
            Prepared::Average(run) => {
                average::check_differentiable(run, self.mdp, self.policy)?;
                average::centered_weights(run, self.mdp)?
            }
        };
        Ok(self.policy.pull_back(&weights))
    }

    /// ρ₀ times the forward Jacobian.
    pub(super) fn forward(self) -> Result<Vec<F>, Error> {
        if let Prepared::Resolvent(chain) = self.prepared {
            return bellman::gradient(self.on(chain));
        }
        let jacobian = jacobian_under(self)?;
        let columns = jacobian.as_slice().chunks_exact(self.mdp.states());
        Ok(columns.map(|x| dot(self.mdp.initial(), x)).collect())
    }

    /// Σ π(a|s) W(s, a) ψ(s, a), with W from q, where every score exists.
    pub(super) fn nabla_log(self, unscored: &mut Vec<usize>) -> Result<Option<Vec<F>>, Error> {
        let scores = self.policy.scores();
        unscored.clone_from(&scores.missing);
        let weights = match self.prepared {
            Prepared::Resolvent(chain) => {
                return Ok(nabla_log::gradient(self.on(chain), &scores));
            }
            _ if !scores.missing.is_empty() => return Ok(None),
            Prepared::FiniteHorizon(run) => finite_horizon::weights(run, self.mdp),
            Prepared::Average(run) => average::weights(run, self.mdp)?,
        };
        let pi = self.policy.probabilities().iter();
        let weights: Vec<F> = pi.zip(weights).map(|(pi, w)| w * pi).collect();
        Ok(Some(scores.rows.mul_transposed(&weights)))
    }
}

impl Gradient {
    /// ∇J by the routes asked for, under the model's own criterion
    /// ([`Route::affordable_under`] is a good choice).
    ///
    /// Errors as [`Gradient::new`]; for the average reward with [`Error::GainJumps`] where a
    /// parameter gives weight to an action of probability 0 that joins recurrent classes.
    pub fn of(under: Under<'_>, routes: &[Route]) -> Result<Gradient, Error> {
        match under.prepared {
            Prepared::Resolvent(chain) => Gradient::new(under.on(chain), routes),
            Prepared::FiniteHorizon(run) => Routes { run, under }.gradient(routes),
            Prepared::Average(run) => {
                average::check_differentiable(run, under.mdp, under.policy)?;
                Routes { run, under }.gradient(routes)
            }
        }
    }
}

/// What ρ₀ is applied to, differentiated [S, d]: ∇v, ∇v₀ for a horizon, ∇g for the average reward.
///
/// Errors as [`jacobian`](super::jacobian) and [`Gradient::of`].
pub fn jacobian_under<F: Field>(under: Under<'_, F>) -> Result<DMatrix<F>, Error> {
    let (mdp, policy) = (under.mdp, under.policy);
    match under.prepared {
        Prepared::Resolvent(chain) => super::jacobian(under.on(chain)),
        Prepared::FiniteHorizon(run) => Ok(finite_horizon::jacobian(run, mdp, policy)),
        Prepared::Average(run) => {
            average::check_differentiable(run, mdp, policy)?;
            average::jacobian(run, mdp, policy)
        }
    }
}

/// ∇²J [d, d] under the model's own criterion.
///
/// Errors as [`hessian`](super::hessian()) and [`jacobian_under`].
pub fn hessian_under<F: Field>(under: Under<'_, F>) -> Result<DMatrix<F>, Error> {
    let (mdp, policy) = (under.mdp, under.policy);
    match under.prepared {
        Prepared::Resolvent(chain) => super::hessian(under.on(chain)),
        Prepared::FiniteHorizon(run) => finite_horizon::hessian(run, mdp, policy),
        Prepared::Average(run) => {
            average::check_differentiable(run, mdp, policy)?;
            average::hessian(run, mdp, policy)
        }
    }
}

/// The routes of one policy.
struct Routes<'a, P> {
    run: &'a P,
    under: Under<'a>,
}

impl<P: Paired> Routes<'_, P> {
    fn gradient(&self, routes: &[Route]) -> Result<Gradient, Error> {
        let Under { mdp, policy, .. } = self.under;
        let rounding = self.run.rounding(mdp, policy)?;
        let gradient = policy.pull_back(&self.run.centered_weights(mdp)?);
        check_finite(&gradient, policy)?;
        let mut unscored = Vec::new();
        let mut finite_difference = None;
        let mut by_route = Vec::with_capacity(routes.len());
        for &route in routes {
            let gradient = match route {
                Route::Bellman => Some(self.under.forward()?),
                Route::Adjoint => Some(gradient.clone()),
                Route::NablaLog => self.under.nabla_log(&mut unscored)?,
                Route::Dual | Route::ComplexStep if !self.run.has_dual(mdp, policy) => None,
                Route::Dual => Some(self.dual()?),
                Route::ComplexStep => Some(complex_step::gradient(mdp, policy)?),
                Route::FiniteDifference => {
                    finite_difference = self.differences(rounding.objective)?;
                    finite_difference
                        .as_ref()
                        .map(|found| found.gradient.clone())
                }
            };
            by_route.push(RouteGradient { route, gradient });
        }
        let disagreement = Disagreement::within(2.0 * rounding.gradient, &gradient, &by_route);
        Ok(Gradient {
            gradient,
            routes: by_route,
            unscored,
            finite_difference,
            disagreement,
        })
    }

    /// J over dual numbers, the whole algebra once per parameter.
    fn dual(&self) -> Result<Vec<f64>, Error> {
        let mdp = self.under.mdp.map(|&x| Dual::constant(x));
        dual::derivatives(self.under.policy, |policy| {
            Prepared::new(&mdp, policy, &SolverOptions::default())?.objective(&mdp)
        })
    }

    /// Central differences of J, each policy prepared anew.
    fn differences(&self, objective_error: f64) -> Result<Option<FiniteDifference>, Error> {
        let Under { mdp, policy, .. } = self.under;
        let third = |k: usize, scale: f64| self.third_derivative(k, scale);
        FiniteDifference::of(policy, objective_error, third, |policy| {
            Prepared::new(mdp, policy, &SolverOptions::default())?.objective(mdp)
        })
    }

    /// M₃ along a coordinate: the largest of three second differences of the adjoint nearby.
    fn third_derivative(&self, k: usize, scale: f64) -> Result<f64, Error> {
        // an odd length, so that no probability comes to lie on 0
        let delta = 0.0137 * scale;
        let Under { mdp, policy, .. } = self.under;
        let slope = |by: i32| -> Result<f64, Error> {
            let mut theta = parameters(policy);
            theta[k] += f64::from(by) * delta;
            let policy = policy.with_theta(theta)?;
            let run = P::prepare(mdp, &policy)?;
            Ok(policy.pull_back(&run.centered_weights(mdp)?)[k])
        };
        let slopes: Result<Vec<f64>, Error> = (-2..=2).map(slope).collect();
        let second = |x: &[f64]| (x[0] - 2.0 * x[1] + x[2]).abs() / (delta * delta);
        Ok(slopes?.windows(3).map(second).fold(0.0, f64::max))
    }
}
