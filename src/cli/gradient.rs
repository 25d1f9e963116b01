//! `exact-mdp gradient`: ∇J by every route, and how far the routes agree.

use clap::Args;
use exact_mdp::chain::Chain;
use exact_mdp::evaluation::Prepared;
use exact_mdp::gradient::{self, Evaluated, Natural, Route};
use exact_mdp::mdp::Mdp;
use exact_mdp::policy::Policy;
use exact_mdp::report::{GradientReport, Quantity, rows};
use miette::{IntoDiagnostic, bail};

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
        if self.hessian || self.natural || self.fisher {
            let chain = chain(&mdp, &prepared)?;
            let at = Evaluated {
                mdp: &mdp,
                policy: &policy,
                chain,
                evaluation: &evaluation,
            };
            self.second_order(at, &mut report)?;
        }
        shared.write(&report)?;
        Ok(Verdict::Fine)
    }

    fn second_order(&self, at: Evaluated<'_>, report: &mut GradientReport) -> miette::Result<()> {
        if self.hessian {
            report.hessian = Some(rows(&gradient::hessian(at).into_diagnostic()?));
        }
        if self.natural {
            let natural = Natural::new(at).into_diagnostic()?;
            report.natural = Some(Quantity::all(&natural.direction));
            report.fisher_rank = Some(natural.rank);
        }
        if self.fisher {
            report.fisher = Some(rows(&gradient::fisher(at).into_diagnostic()?));
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

/// The chain, which derivatives of second order need.
fn chain<'a>(mdp: &Mdp, prepared: &'a Prepared) -> miette::Result<&'a Chain> {
    match prepared {
        Prepared::Resolvent(chain) => Ok(chain),
        _ => bail!(
            "--hessian, --natural and --fisher need the criterion discounted or total; the model's is {}",
            mdp.criterion().kind()
        ),
    }
}
