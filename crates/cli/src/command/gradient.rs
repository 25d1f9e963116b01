//! `exact-mdp gradient`: ∇J by every route, and how far the routes agree.

use clap::{Args, ValueEnum};
use exact_mdp::error::Error;
use exact_mdp::evaluation::Prepared;
use exact_mdp::field::{Ball, Field};
use exact_mdp::gradient::entropy::Soft;
use exact_mdp::gradient::evolution::{self, Evolution, Smoothing};
use exact_mdp::gradient::natural::fisher_under;
use exact_mdp::gradient::sensitivity::Sensitivity;
use exact_mdp::gradient::{self, Natural, Route, Under, hessian_under};
use exact_mdp::mdp::Mdp;
use exact_mdp::number::{Number, Rational};
use exact_mdp::policy::Policy;
use exact_mdp::report::{
    EntropyReport, EvolutionReport, GradientReport, Quantity, SensitivityReport, Variable, rows,
};
use miette::{bail, miette};

use super::{Input, Shared, Verdict, progress};
use crate::words::word;

/// The policy gradient ∇J by every route, and how far the routes agree
#[derive(Args, Debug)]
#[command(after_help = "\
Example: exact-mdp gradient mdps/two-state.yaml --policy random:1
         exact-mdp gradient mdps/two-state.yaml --policy random:1 --hessian --certify

The routes: bellman (∇v = q∇π + γp^π∇v, forward), adjoint (ρ(q∇π), the one that is reported),
nabla-log (ρπ(q∇log π)), dual (dual numbers through the same algebra), finite-difference (central).
On request complex-step (an imaginary step of 1e-100), and evolution: evaluations at θ ± σξ, whose
mean is the gradient of a smoothed J, shown with its standard error and its bias in σ.

--entropy α adds α times the entropy of each action to the rewards: J_α = ρπ(r − α log π).
--with-respect-to differentiates J with respect to theta, p (p(s'|s,a), r(s,a) held fixed), r,
discount or initial (ρ₀).

CSV columns: quantity, route, state, parameter, other_parameter, value, where quantity is one of j,
gradient, error_bound, natural, hessian, fisher, jacobian, entropy_…, with_respect_to,
standard_error, leading_bias, max_disagreement, tolerance; what does not apply is empty.")]
pub struct Gradient {
    #[command(flatten)]
    input: Input,
    /// Routes beside the adjoint, separated by commas, or `all` [default: the usual five, as far
    /// as they take seconds]
    #[arg(
        long,
        value_name = "ROUTES",
        value_delimiter = ',',
        hide_possible_values = true
    )]
    routes: Option<Vec<Asked>>,
    /// σ of the route evolution, in units of θ
    #[arg(long, value_name = "SIGMA", default_value_t = 0.1, value_parser = sigma)]
    sigma: f64,
    /// Pairs of evaluations of the route evolution
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(2..))]
    samples: u32,
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
    /// Also J and ∇J with α times the entropy of the policy in every reward, α ≥ 0
    #[arg(long, value_name = "ALPHA", allow_negative_numbers = true)]
    entropy: Option<Number>,
    /// Also ∂J with respect to these, separated by commas: theta, p, r, discount, initial
    #[arg(
        long,
        value_name = "VARIABLES",
        value_delimiter = ',',
        hide_possible_values = true,
        value_parser = word::<Variable>()
    )]
    with_respect_to: Vec<Variable>,
    /// In exact fractions: every number a string "p/q"; tables show --digits digits of each
    #[arg(long)]
    exact: bool,
    /// Prove a bound on the error of every number, which is refined to the last digit; JSON and CSV
    /// hold them as `bounds` and `bound`. The routes stay in floating point
    #[arg(long, conflicts_with = "exact")]
    certify: bool,
}

/// What `--routes` takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Asked {
    Bellman,
    Adjoint,
    NablaLog,
    Dual,
    FiniteDifference,
    ComplexStep,
    Evolution,
    All,
}

impl Asked {
    fn takes(self, route: Route) -> bool {
        match self {
            Asked::All => true,
            Asked::Bellman => route == Route::Bellman,
            Asked::Adjoint => route == Route::Adjoint,
            Asked::NablaLog => route == Route::NablaLog,
            Asked::Dual => route == Route::Dual,
            Asked::FiniteDifference => route == Route::FiniteDifference,
            Asked::ComplexStep => route == Route::ComplexStep,
            Asked::Evolution => false,
        }
    }
}

fn sigma(text: &str) -> Result<f64, String> {
    let sigma = text.parse::<f64>().map_err(|error| error.to_string())?;
    match sigma > 0.0 && sigma.is_finite() {
        true => Ok(sigma),
        false => Err("σ must be above 0".to_string()),
    }
}

impl Gradient {
    /// Runs the command.
    pub fn run(&self, shared: &Shared) -> miette::Result<Verdict> {
        if self.exact {
            let (mdp, policy) = self.input.load_exact(shared)?;
            let routes = self.exact_routes(&mdp, shared)?;
            let report = self.report(&mdp, &policy, shared, |under| {
                gradient::Gradient::exactly(under, &routes)
            })?;
            shared.write(&report)?;
            return Ok(Verdict::Fine);
        }
        let (mdp, policy) = self.input.load(shared)?;
        let routes = self.routes(&mdp, &policy, shared);
        let mut report = self.report(&mdp, &policy, shared, |under| {
            gradient::Gradient::of(under, &routes)
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
        let mut report = self.report(&mdp, &policy, &quiet, |under| {
            gradient::Gradient::exactly(under, &[])
        })?;
        report.bounds = Some(report.proven());
        Ok(report)
    }

    fn report<F: Arithmetic>(
        &self,
        mdp: &Mdp<F>,
        policy: &Policy<F>,
        shared: &Shared,
        gradient: impl Fn(Under<F>) -> Result<gradient::Gradient<F>, Error>,
    ) -> miette::Result<GradientReport> {
        let options = self.input.settings.solver_options();
        let busy = progress::busy(shared, progress::what("differentiating", mdp));
        let prepared = Prepared::new(mdp, policy, &options)?;
        let evaluation = prepared.evaluate(mdp, policy)?;
        shared.warn_undefined(mdp, &evaluation);
        let under = Under::new(mdp, policy, &prepared, &evaluation);
        let found = gradient(under)?;
        let mut report = GradientReport::new(mdp, policy, &evaluation, &found);
        if self.jacobian {
            let jacobian = gradient::jacobian_under(under)?;
            report = report.with_jacobian(&jacobian, &evaluation.undefined.states);
        }
        self.second_order(under, &found.gradient, &mut report, shared)?;
        self.beside(under, shared, &mut report)?;
        drop(busy);
        Ok(report)
    }

    fn second_order<F: Arithmetic>(
        &self,
        under: Under<F>,
        gradient: &[F],
        report: &mut GradientReport,
        shared: &Shared,
    ) -> miette::Result<()> {
        if self.hessian {
            report.hessian = Some(rows(&hessian_under(under)?));
        }
        if self.natural {
            let natural = scored(
                "natural gradient",
                natural(under, gradient.to_vec()),
                shared,
            )?;
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

    /// Other objectives, other variables, and the route that is biased by design.
    fn beside<F: Arithmetic>(
        &self,
        under: Under<F>,
        shared: &Shared,
        report: &mut GradientReport,
    ) -> miette::Result<()> {
        if let Some(alpha) = &self.entropy {
            if alpha.is_negative() {
                bail!("--entropy is {alpha}; it must be at least 0");
            }
            report.entropy = F::entropy(under, alpha)?;
        }
        for &variable in &self.with_respect_to {
            if report
                .with_respect_to
                .iter()
                .all(|r| r.variable != variable)
            {
                let sensitivity = with_respect_to(under, variable, &report.gradient)?;
                report.with_respect_to.push(sensitivity);
            }
        }
        let asked = self.routes.as_deref().unwrap_or_default();
        let by_name = asked.contains(&Asked::Evolution);
        if by_name || asked.contains(&Asked::All) {
            let smoothing = Smoothing {
                sigma: self.sigma,
                samples: self.samples as usize,
                seed: shared.seed,
            };
            report.evolution = match F::evolution(under, smoothing, shared) {
                Err(error) if !by_name => {
                    shared.note(&format!("no evolution strategy: {error}"));
                    None
                }
                found => found?,
            };
        }
        Ok(())
    }

    /// Of the routes that exist over fractions those asked for. By default the forward one is
    /// left out where its many long fractions would take minutes.
    fn exact_routes(&self, mdp: &Mdp<Rational>, shared: &Shared) -> miette::Result<Vec<Route>> {
        const FORWARD_STATES: usize = 64;
        let asked = self.routes.as_deref();
        let exists = |asked: Asked| Route::OF_FIELDS.iter().any(|&route| asked.takes(route));
        if let Some(other) = asked.unwrap_or_default().iter().find(|&&x| !exists(x)) {
            let value = other.to_possible_value();
            let name = value.as_ref().map_or("asked for", |value| value.get_name());
            bail!("the route {name} is a check of floating point; with --exact leave it out");
        }
        let few = mdp.states() <= FORWARD_STATES;
        if asked.is_none() && !few {
            shared.note("left out for its cost: --routes bellman computes it");
        }
        let wanted = |route: &Route| match asked {
            _ if *route == Route::Adjoint => true,
            Some(asked) => asked.iter().any(|asked| asked.takes(*route)),
            None => few || *route != Route::Bellman,
        };
        Ok(Route::OF_FIELDS.into_iter().filter(wanted).collect())
    }

    /// The routes asked for, the adjoint among them.
    fn routes(&self, mdp: &Mdp, policy: &Policy, shared: &Shared) -> Vec<Route> {
        let Some(asked) = &self.routes else {
            let affordable = Route::affordable_under(mdp, policy);
            let costly = Route::USUAL
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
        let wanted = |route: &Route| {
            *route == Route::Adjoint || asked.iter().any(|asked| asked.takes(*route))
        };
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

/// What a field has beyond its four operations, as far as it has it.
trait Arithmetic: Field {
    /// F⁺∇J where the policy is not tabular.
    fn natural(under: Under<Self>, gradient: Vec<Self>) -> miette::Result<Natural<Self>>;

    /// J_α and ∇J_α.
    fn entropy(under: Under<Self>, alpha: &Number) -> miette::Result<Option<EntropyReport>>;

    /// ∇J_σ by sampling.
    fn evolution(
        under: Under<Self>,
        smoothing: Smoothing,
        shared: &Shared,
    ) -> miette::Result<Option<EvolutionReport>>;
}

impl Arithmetic for f64 {
    fn natural(under: Under<f64>, gradient: Vec<f64>) -> miette::Result<Natural<f64>> {
        let fisher = fisher_under(under.policy, &under.evaluation.occupancy)?;
        Ok(Natural::by_eigenvalues(&fisher, gradient))
    }

    fn entropy(under: Under<f64>, alpha: &Number) -> miette::Result<Option<EntropyReport>> {
        let alpha = alpha.to_f64();
        let soft = Soft::of(under, &alpha)?;
        Ok(Some(EntropyReport::new(&alpha, &soft, under.evaluation)))
    }

    fn evolution(
        under: Under<f64>,
        smoothing: Smoothing,
        shared: &Shared,
    ) -> miette::Result<Option<EvolutionReport>> {
        const BUDGET: f64 = 3e9;
        let (mdp, policy) = (under.mdp, under.policy);
        let found = Evolution::new(mdp, policy, smoothing)?;
        let bias = if evolution::work(mdp, policy) > BUDGET {
            shared.note("left out for its cost: the bias of the evolution strategy");
            None
        } else {
            match evolution::leading_bias(mdp, policy, smoothing.sigma) {
                Ok(bias) => Some(bias),
                Err(error) => {
                    shared.note(&format!("the bias of the evolution strategy: {error}"));
                    None
                }
            }
        };
        Ok(Some(EvolutionReport::new(
            smoothing,
            &found,
            bias.as_deref(),
        )))
    }
}

impl Arithmetic for Rational {
    fn natural(
        under: Under<Rational>,
        gradient: Vec<Rational>,
    ) -> miette::Result<Natural<Rational>> {
        let fisher = fisher_under(under.policy, &under.evaluation.occupancy)?;
        Ok(Natural::by_elimination(&fisher, &gradient))
    }

    fn entropy(_: Under<Rational>, _: &Number) -> miette::Result<Option<EntropyReport>> {
        bail!(
            "the entropy consists of logarithms, which are no fractions; leave out --exact or --entropy"
        )
    }

    fn evolution(
        _: Under<Rational>,
        _: Smoothing,
        _: &Shared,
    ) -> miette::Result<Option<EvolutionReport>> {
        bail!("the route evolution samples in floating point; with --exact leave it out")
    }
}

impl Arithmetic for Ball {
    /// Without a bound: the rank is a question of rounding.
    fn natural(under: Under<Ball>, gradient: Vec<Ball>) -> miette::Result<Natural<Ball>> {
        let fisher = fisher_under(under.policy, &under.evaluation.occupancy)?;
        let gradient = gradient.iter().map(Ball::to_f64).collect();
        let natural = Natural::by_eigenvalues(&fisher.map(|x| x.to_f64()), gradient);
        let unbounded = |x: &f64| Ball::exact(*x).widened(f64::INFINITY);
        Ok(Natural {
            direction: natural.direction.iter().map(unbounded).collect(),
            rank: natural.rank,
        })
    }

    /// As in floating point, without a bound: the report takes it from there.
    fn entropy(_: Under<Ball>, _: &Number) -> miette::Result<Option<EntropyReport>> {
        Ok(None)
    }

    /// As in floating point, without a bound: the report takes it from there.
    fn evolution(
        _: Under<Ball>,
        _: Smoothing,
        _: &Shared,
    ) -> miette::Result<Option<EvolutionReport>> {
        Ok(None)
    }
}

fn with_respect_to<F: Arithmetic>(
    under: Under<F>,
    variable: Variable,
    gradient: &[Quantity],
) -> miette::Result<SensitivityReport> {
    if variable == Variable::Theta {
        return Ok(SensitivityReport {
            variable,
            labels: under.policy.labels(),
            derivative: gradient.to_vec(),
        });
    }
    let found = Sensitivity::of(under)?;
    let report = SensitivityReport::new(variable, under.mdp, under.evaluation, &found);
    report.ok_or_else(|| {
        miette!(
            help = "leave `discount` out, or add --criterion discounted --discount 0.99",
            "the average reward has no discount to differentiate with respect to"
        )
    })
}

fn natural<F: Arithmetic>(under: Under<F>, gradient: Vec<F>) -> miette::Result<Natural<F>> {
    match Natural::tabular_of(under)? {
        Some(natural) => Ok(natural),
        None => F::natural(under, gradient),
    }
}
