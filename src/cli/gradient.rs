//! `exact-mdp gradient`: ∇J by every route, and how far the routes agree.

use clap::Args;
use exact_mdp::chain::Chain;
use exact_mdp::evaluation::Evaluation;
use exact_mdp::gradient::{self, Evaluated, Route};
use exact_mdp::report::GradientReport;
use miette::IntoDiagnostic;

use super::{Input, Shared, Verdict};

/// The policy gradient ∇J by every route, and how far the routes agree
#[derive(Args, Debug)]
#[command(after_help = "\
Example: exact-mdp gradient mdps/two-state.yaml --policy random:1

The routes: bellman (∇v = q∇π + γp^π∇v, forward), adjoint (ρ(q∇π), the one that is reported),
nabla-log (ρπ(q∇log π)), dual (dual numbers through the same algebra), finite-difference (central).

CSV columns: quantity, route, state, parameter, value, where quantity is one of j, gradient,
error_bound, jacobian, max_disagreement, tolerance; what does not apply is empty.")]
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
    /// Also the Jacobian ∂v(s)/∂θ of every state's value
    #[arg(long)]
    jacobian: bool,
}

impl Gradient {
    /// Runs the command.
    pub fn run(&self, shared: &Shared) -> miette::Result<Verdict> {
        let (mdp, policy) = self.input.load(shared)?;
        let options = self.input.settings.solver_options();
        let chain = Chain::new(&mdp, &policy, &options).into_diagnostic()?;
        let evaluation = Evaluation::new(&mdp, &policy, &chain).into_diagnostic()?;
        let at = Evaluated {
            mdp: &mdp,
            policy: &policy,
            chain: &chain,
            evaluation: &evaluation,
        };
        let routes = self.routes(at, shared);
        let gradient = gradient::Gradient::new(at, &routes).into_diagnostic()?;
        let mut report = GradientReport::new(at, &gradient);
        if self.jacobian {
            let jacobian = gradient::jacobian(at).into_diagnostic()?;
            report = report.with_jacobian(&jacobian, chain.undefined());
        }
        shared.write(&report)?;
        Ok(Verdict::Fine)
    }

    /// The routes asked for, the adjoint among them.
    fn routes(&self, at: Evaluated<'_, f64>, shared: &Shared) -> Vec<Route> {
        let Some(asked) = &self.routes else {
            let affordable = Route::affordable(at);
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
