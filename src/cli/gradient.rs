//! `exact-mdp gradient`: ∇J by every route, and how far the routes agree.

use clap::Args;
use exact_mdp::chain::Chain;
use exact_mdp::error::Error;
use exact_mdp::evaluation::{Evaluation, Prepared};
use exact_mdp::gradient::natural::fisher_under;
use exact_mdp::gradient::{self, Evaluated, Natural, Route, average, finite_horizon};
use exact_mdp::mdp::Mdp;
use exact_mdp::policy::Policy;
use exact_mdp::report::{GradientReport, Quantity, rows};
use miette::{IntoDiagnostic, bail};
use nalgebra::DMatrix;

use super::{Input, Shared, Verdict};

/// The policy gradient ∇J by every route, and how far the routes agree
#[derive(Args, Debug)]
#[command(after_help = "\
Example: exact-mdp gradient mdps/two-state.yaml --policy random:1

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
}

impl Gradient {
    /// Runs the command.
    pub fn run(&self, shared: &Shared) -> miette::Result<Verdict> {
        let (mdp, policy) = self.input.load(shared)?;
        let options = self.input.settings.solver_options();
        let prepared = Prepared::new(&mdp, &policy, &options).into_diagnostic()?;
        let evaluation = prepared.evaluate(&mdp, &policy).into_diagnostic()?;
        shared.warn_undefined(&mdp, &evaluation);
        let routes = self.routes(&mdp, &policy, shared);
        let found = gradient::Gradient::of(&mdp, &policy, &prepared, &evaluation, &routes);
        let found = found.into_diagnostic()?;
        let mut report = GradientReport::new(&mdp, &policy, &evaluation, &found);
        if self.jacobian {
            let jacobian = gradient::jacobian_under(&mdp, &policy, &prepared, &evaluation);
            let jacobian = jacobian.into_diagnostic()?;
            report = report.with_jacobian(&jacobian, &evaluation.undefined.states);
        }
        let under = Under {
            mdp: &mdp,
            policy: &policy,
            prepared: &prepared,
            evaluation: &evaluation,
        };
        self.second_order(&under, &mut report)?;
        shared.write(&report)?;
        Ok(Verdict::Fine)
    }

    fn second_order(&self, under: &Under, report: &mut GradientReport) -> miette::Result<()> {
        if self.hessian {
            report.hessian = Some(rows(&under.hessian()?));
        }
        if self.natural {
            let natural = under.natural().into_diagnostic()?;
            report.natural = Some(Quantity::all(&natural.direction));
            report.fisher_rank = Some(natural.rank);
        }
        if self.fisher {
            let fisher = fisher_under(under.policy, &under.evaluation.occupancy);
            report.fisher = Some(rows(&fisher.into_diagnostic()?));
        }
        Ok(())
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

/// A policy under its criterion.
struct Under<'a> {
    mdp: &'a Mdp,
    policy: &'a Policy,
    prepared: &'a Prepared,
    evaluation: &'a Evaluation,
}

impl<'a> Under<'a> {
    fn at(&self, chain: &'a Chain) -> Evaluated<'a> {
        Evaluated {
            mdp: self.mdp,
            policy: self.policy,
            chain,
            evaluation: self.evaluation,
        }
    }

    fn hessian(&self) -> miette::Result<DMatrix<f64>> {
        match self.prepared {
            Prepared::Resolvent(chain) => gradient::hessian(self.at(chain)),
            Prepared::FiniteHorizon(run) => finite_horizon::hessian(run, self.mdp, self.policy),
            Prepared::Average(_) => bail!("--hessian is not there for the average reward"),
        }
        .into_diagnostic()
    }

    fn natural(&self) -> Result<Natural<f64>, Error> {
        let weights = match self.prepared {
            Prepared::Resolvent(chain) => return Natural::new(self.at(chain)),
            Prepared::FiniteHorizon(run) => finite_horizon::centered_weights(run, self.mdp),
            Prepared::Average(run) => average::centered_weights(run, self.mdp)?,
        };
        Natural::under(self.policy, &self.evaluation.occupancy, &weights)
    }
}
