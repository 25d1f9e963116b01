//! ∇J over any field, by the routes that need its four operations only.

use super::{
    Disagreement, Evaluated, Gradient, Route, RouteGradient, adjoint, average, bellman,
    finite_horizon, jacobian_under, nabla_log,
};
use crate::error::Error;
use crate::evaluation::{Evaluation, Prepared};
use crate::field::{Field, dot};
use crate::mdp::Mdp;
use crate::policy::Policy;

impl Route {
    /// The routes that exist over exact fractions. Dual numbers and differences are ways to
    /// check floating point.
    pub const OF_FIELDS: [Route; 3] = [Route::Bellman, Route::Adjoint, Route::NablaLog];
}

impl<F: Field> Gradient<F> {
    /// ∇J by the adjoint and by those of the routes asked for that [`Route::OF_FIELDS`] has,
    /// under the model's own criterion. Over exact fractions it is the true gradient, and the
    /// routes must not differ at all.
    ///
    /// Errors as [`Gradient::of`].
    pub fn exactly(
        mdp: &Mdp<F>,
        policy: &Policy<F>,
        prepared: &Prepared<F>,
        evaluation: &Evaluation<F>,
        routes: &[Route],
    ) -> Result<Gradient<F>, Error> {
        let under = Under {
            mdp,
            policy,
            prepared,
            evaluation,
        };
        let gradient = under.adjoint()?;
        let mut unscored = Vec::new();
        let mut by_route = Vec::new();
        for &route in routes.iter().filter(|r| Route::OF_FIELDS.contains(r)) {
            let found = match route {
                Route::Adjoint => Some(gradient.clone()),
                Route::NablaLog => under.nabla_log(&mut unscored)?,
                _ => Some(under.forward()?),
            };
            by_route.push(RouteGradient {
                route,
                gradient: found,
            });
        }
        let others = by_route.iter().filter_map(|route| route.gradient.as_ref());
        let entries = others.flat_map(|other| gradient.iter().zip(other));
        let apart = entries.map(|(x, y)| (x.clone() - y).abs().to_f64());
        let disagreement = Disagreement {
            max: apart.fold(0.0, f64::max),
            tolerance: 0.0,
        };
        Ok(Gradient {
            gradient,
            routes: by_route,
            unscored,
            finite_difference: None,
            disagreement,
        })
    }
}

/// A policy under its criterion.
struct Under<'a, F: Field> {
    mdp: &'a Mdp<F>,
    policy: &'a Policy<F>,
    prepared: &'a Prepared<F>,
    evaluation: &'a Evaluation<F>,
}

impl<'a, F: Field> Under<'a, F> {
    fn at(&self, chain: &'a crate::chain::Chain<F>) -> Evaluated<'a, F> {
        Evaluated {
            mdp: self.mdp,
            policy: self.policy,
            chain,
            evaluation: self.evaluation,
        }
    }

    /// W ∇π from advantages.
    fn adjoint(&self) -> Result<Vec<F>, Error> {
        Ok(match self.prepared {
            Prepared::Resolvent(chain) => {
                self.at(chain).check_differentiable(true)?;
                adjoint::gradient(self.at(chain))
            }
            Prepared::FiniteHorizon(run) => {
                let weights = finite_horizon::centered_weights(run, self.mdp);
                self.policy.pull_back(&weights)
            }
            Prepared::Average(run) => {
                average::check_differentiable(run, self.mdp, self.policy)?;
                self.policy
                    .pull_back(&average::centered_weights(run, self.mdp)?)
            }
        })
    }

    /// ρ₀ times the forward Jacobian.
    fn forward(&self) -> Result<Vec<F>, Error> {
        if let Prepared::Resolvent(chain) = self.prepared {
            return bellman::gradient(self.at(chain));
        }
        let jacobian = jacobian_under(self.mdp, self.policy, self.prepared, self.evaluation)?;
        let columns = jacobian.as_slice().chunks_exact(self.mdp.states());
        Ok(columns.map(|x| dot(self.mdp.initial(), x)).collect())
    }

    /// Σ π(a|s) W(s, a) ψ(s, a), with W from q, where every score exists.
    fn nabla_log(&self, unscored: &mut Vec<usize>) -> Result<Option<Vec<F>>, Error> {
        let scores = self.policy.scores();
        unscored.clone_from(&scores.missing);
        let weights = match self.prepared {
            Prepared::Resolvent(chain) => {
                return Ok(nabla_log::gradient(self.at(chain), &scores));
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
