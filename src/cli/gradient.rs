//! `exact-mdp gradient`: ∇J by every route, and how far the routes agree.

use clap::Args;
use exact_mdp::chain::Chain;
use exact_mdp::error::Error;
use exact_mdp::evaluation::{Evaluation, Prepared};
use exact_mdp::field::{Ball, Field};
use exact_mdp::gradient::natural::fisher_under;
use exact_mdp::gradient::{self, Evaluated, Natural, Route, average, finite_horizon};
use exact_mdp::mdp::Mdp;
use exact_mdp::number::Rational;
use exact_mdp::policy::Policy;
use exact_mdp::report::{GradientReport, Quantity, rows};
use miette::bail;
use nalgebra::DMatrix;

use super::{Input, Shared, Verdict, progress};

/// The policy gradient ∇J by every route, and how far the routes agree
#[derive(Args, Debug)]
#[command(after_help = "\
Example: exact-mdp gradient mdps/two-state.yaml --policy random:1
         exact-mdp gradient mdps/two-state.yaml --policy random:1 --hessian --certify

The routes: bellman (∇v = q∇π + γp^π∇v, forward), adjoint (ρ(q∇π), the one that is reported),
nabla-log (ρπ(q∇log π)), dual (dual numbers through the same algebra), finite-difference (central).

CSV columns: quantity, route, state, parameter, other_parameter, value, where quantity is one of j,
gradient, error_bound, natural, hessian, fisher, jacobian, max_disagreement, tolerance; what does
not apply is empty.")]
pub struct Gradient {
    #[command(flatten)]
    input: Input,
    /// Routes beside the adjoint, separated by commas [default: all that take seconds]
    #[arg(
        long,
        value_name = "ROUTES",
        value_delimiter = ',',
        hide_possible_values = true
    )]
    routes: Option<Vec<Route>>,
    /// Also the Jacobian ∂v(s)/∂θ of every state's value (at t = 0; of its gain)
    #[arg(long)]
    jacobian: bool,
    /// Also the Hessian ∂²J/∂θ²
    #[arg(long)]
    hessian: bool,
    /// Also the natural gradient F⁺∇J
    #[arg(long)]
    natural: bool,
    /// Also the Fisher matrix F, with the mass of the occupancy
    #[arg(long)]
    fisher: bool,
    /// In exact fractions: every number a string "p/q"; tables show --digits digits of each
    #[arg(long)]
    exact: bool,
    /// Prove a bound on the error of every number, which is refined to the last digit; JSON and CSV
    /// hold them as `bounds` and `bound`. The routes stay in floating point
    #[arg(long, conflicts_with = "exact")]
    certify: bool,
}

impl Gradient {
    /// Runs the command.
    pub fn run(&self, shared: &Shared) -> miette::Result<Verdict> {
        if self.exact {
            let (mdp, policy) = self.input.load_exact(shared)?;
            let routes = self.exact_routes(&mdp, shared)?;
            let report = self.report(&mdp, &policy, shared, |under| under.exactly(&routes))?;
            shared.write(&report)?;
            return Ok(Verdict::Fine);
        }
        let (mdp, policy) = self.input.load(shared)?;
        let routes = self.routes(&mdp, &policy, shared);
        let mut report = self.report(&mdp, &policy, shared, |under| {
            gradient::Gradient::of(
                under.mdp,
                under.policy,
                under.prepared,
                under.evaluation,
                &routes,
            )
        })?;
        if self.certify {
            report = self.certified(shared)?.with_routes_of(report);
        }
        shared.write(&report)?;
        Ok(Verdict::Fine)
    }

    /// The same over balls, with the bounds; of the routes the adjoint alone.
    fn certified(&self, shared: &Shared) -> miette::Result<GradientReport> {
        let quiet = Shared {
            quiet: true,
            ..shared.clone()
        };
        let (mdp, policy) = self.input.load_certified(&quiet)?;
        let mut report = self.report(&mdp, &policy, &quiet, |under| under.exactly(&[]))?;
        report.bounds = Some(report.proven());
        Ok(report)
    }

    fn report<F: Pseudoinverse>(
        &self,
        mdp: &Mdp<F>,
        policy: &Policy<F>,
        shared: &Shared,
        gradient: impl Fn(&Under<F>) -> Result<gradient::Gradient<F>, Error>,
    ) -> miette::Result<GradientReport> {
        let options = self.input.settings.solver_options();
        let busy = progress::busy(shared, progress::what("differentiating", mdp));
        let prepared = Prepared::new(mdp, policy, &options)?;
        let evaluation = prepared.evaluate(mdp, policy)?;
        shared.warn_undefined(mdp, &evaluation);
        let under = Under {
            mdp,
            policy,
            prepared: &prepared,
            evaluation: &evaluation,
        };
        let found = gradient(&under)?;
        let mut report = GradientReport::new(mdp, policy, &evaluation, &found);
        if self.jacobian {
            let jacobian = gradient::jacobian_under(mdp, policy, &prepared, &evaluation);
            let jacobian = jacobian?;
            report = report.with_jacobian(&jacobian, &evaluation.undefined.states);
        }
        self.second_order(&under, &found.gradient, &mut report, shared)?;
        drop(busy);
        Ok(report)
    }

    fn second_order<F: Pseudoinverse>(
        &self,
        under: &Under<F>,
        gradient: &[F],
        report: &mut GradientReport,
        shared: &Shared,
    ) -> miette::Result<()> {
        if self.hessian {
            report.hessian = Some(rows(&under.hessian()?));
        }
        if self.natural {
            let natural = scored("natural gradient", under.natural(gradient.to_vec()), shared)?;
            report.fisher_rank = natural.as_ref().map(|natural| natural.rank);
            report.natural = Some(natural.map(|natural| Quantity::all(&natural.direction)));
        }
        if self.fisher {
            let fisher = fisher_under(under.policy, &under.evaluation.occupancy);
            let fisher = scored("Fisher matrix", fisher.map_err(Into::into), shared)?;
            report.fisher = Some(fisher.as_ref().map(rows));
        }
        Ok(())
    }

    /// Of the routes that exist over fractions those asked for. By default the forward one is
    /// left out where its many long fractions would take minutes.
    fn exact_routes(&self, mdp: &Mdp<Rational>, shared: &Shared) -> miette::Result<Vec<Route>> {
        const FORWARD_STATES: usize = 64;
        let floating = |route: &&Route| !Route::OF_FIELDS.contains(route);
        let asked = self.routes.as_deref();
        if let Some(route) = asked.unwrap_or_default().iter().find(floating) {
            let name = route.name();
            bail!("the route {name} is a check of floating point; with --exact leave it out");
        }
        let few = mdp.states() <= FORWARD_STATES;
        if asked.is_none() && !few {
            shared.note("left out for its cost: --routes bellman computes it");
        }
        let wanted = |route: &Route| match asked {
            _ if *route == Route::Adjoint => true,
            Some(asked) => asked.contains(route),
            None => few || *route != Route::Bellman,
        };
        Ok(Route::OF_FIELDS.into_iter().filter(wanted).collect())
    }

    /// The routes asked for, the adjoint among them.
    fn routes(&self, mdp: &Mdp, policy: &Policy, shared: &Shared) -> Vec<Route> {
        let Some(asked) = &self.routes else {
            let affordable = Route::affordable_under(mdp, policy);
            let costly = Route::ALL
                .iter()
                .filter(|route| !affordable.contains(route));
            for route in costly {
                let name = route.name();
                shared.note(&format!(
                    "left out for its cost: --routes {name} computes it"
                ));
            }
            return affordable;
        };
        let wanted = |route: &Route| *route == Route::Adjoint || asked.contains(route);
        Route::ALL.into_iter().filter(wanted).collect()
    }
}

/// What needs scores; `None` and a warning where an action of probability 0 has none.
fn scored<T>(what: &str, found: miette::Result<T>, shared: &Shared) -> miette::Result<Option<T>> {
    match found {
        Err(error) if matches!(error.downcast_ref(), Some(Error::NoScore { .. })) => {
            shared.note(&format!("warning: the {what} does not exist: {error}"));
            Ok(None)
        }
        found => found.map(Some),
    }
}

/// F⁺∇J where the policy is not tabular, as far as a field has it.
trait Pseudoinverse: Field {
    fn natural(under: &Under<Self>, gradient: Vec<Self>) -> miette::Result<Natural<Self>>;
}

impl Pseudoinverse for f64 {
    fn natural(under: &Under<f64>, gradient: Vec<f64>) -> miette::Result<Natural<f64>> {
        let fisher = fisher_under(under.policy, &under.evaluation.occupancy)?;
        Ok(Natural::by_eigenvalues(&fisher, gradient))
    }
}

impl Pseudoinverse for Rational {
    fn natural(
        under: &Under<Rational>,
        gradient: Vec<Rational>,
    ) -> miette::Result<Natural<Rational>> {
        let fisher = fisher_under(under.policy, &under.evaluation.occupancy)?;
        Ok(Natural::by_elimination(&fisher, &gradient))
    }
}

impl Pseudoinverse for Ball {
    /// Without a bound: the rank is a question of rounding.
    fn natural(under: &Under<Ball>, gradient: Vec<Ball>) -> miette::Result<Natural<Ball>> {
        let fisher = fisher_under(under.policy, &under.evaluation.occupancy)?;
        let gradient = gradient.iter().map(Ball::to_f64).collect();
        let natural = Natural::by_eigenvalues(&fisher.map(|x| x.to_f64()), gradient);
        let unbounded = |x: &f64| Ball::exact(*x).widened(f64::INFINITY);
        Ok(Natural {
            direction: natural.direction.iter().map(unbounded).collect(),
            rank: natural.rank,
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

impl<'a, F: Pseudoinverse> Under<'a, F> {
    fn at(&self, chain: &'a Chain<F>) -> Evaluated<'a, F> {
        Evaluated {
            mdp: self.mdp,
            policy: self.policy,
            chain,
            evaluation: self.evaluation,
        }
    }

    fn exactly(&self, routes: &[Route]) -> Result<gradient::Gradient<F>, Error> {
        let (prepared, evaluation) = (self.prepared, self.evaluation);
        gradient::Gradient::exactly(self.mdp, self.policy, prepared, evaluation, routes)
    }

    fn hessian(&self) -> miette::Result<DMatrix<F>> {
        Ok(match self.prepared {
            Prepared::Resolvent(chain) => gradient::hessian(self.at(chain))?,
            Prepared::FiniteHorizon(run) => finite_horizon::hessian(run, self.mdp, self.policy)?,
            Prepared::Average(_) => bail!("--hessian is not there for the average reward"),
        })
    }

    fn natural(&self, gradient: Vec<F>) -> miette::Result<Natural<F>> {
        let occupancy = &self.evaluation.occupancy;
        let under = |weights: Vec<F>| Natural::tabular_under(self.policy, occupancy, &weights);
        let tabular = match self.prepared {
            Prepared::Resolvent(chain) => Natural::tabular(self.at(chain)),
            Prepared::FiniteHorizon(run) => under(finite_horizon::centered_weights(run, self.mdp)),
            Prepared::Average(run) => average::centered_weights(run, self.mdp).and_then(under),
        };
        match tabular? {
            Some(natural) => Ok(natural),
            None => F::natural(self, gradient),
        }
    }
}
