//! `exact-mdp gradient`: ∇J by every route, and how far the routes agree.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use exact_mdp::model::Model;
use exact_mdp::number::Number;
use exact_mdp::report::{GradientReport, Quantity, Variable};
use exact_mdp::returns::Risk;
use exact_mdp::solved::Solved;
use exact_mdp::study::{self, Numbers, PolicyName, RouteName, SweepRequest};
use miette::IntoDiagnostic;

use super::between::clip;
use super::drawing::Drawing;
use super::files::Files;
use super::input::{numbers, policy_file};
use super::over::{self, Over};
use super::range::{counts, policy, positive, risk};
use super::voice::{Silent, Voice};
use super::{Input, Shared, Verdict, sweep};
use crate::picture::fields::simplexes;
use crate::picture::landscape::Axis;
use crate::picture::simplex::Simplex;
use crate::picture::{Picture, stacked, studies};
use crate::words::word;

/// The policy gradient ∇J by every route, and how far the routes agree
#[derive(Args, Debug)]
#[command(after_help = "\
Example: exact-mdp gradient mdps/two-state.yaml --policy random:1
         exact-mdp gradient mdps/two-state.yaml --policy random:1 --hessian --certify
         exact-mdp gradient mdps/recycling-robot.yaml --plot j.svg --over low,wait --over high,wait=-3..3

The routes: bellman (∇v = q∇π + γp^π∇v, forward), adjoint (ρ(q∇π), the one that is reported),
nabla-log (ρπ(q∇log π)), dual (dual numbers through the same algebra), finite-difference (central).
On request complex-step (an imaginary step of 1e-100), and evolution: evaluations at θ ± σξ, whose
mean is the gradient of a smoothed J, shown with its standard error and its bias in σ.

--entropy α adds α times the entropy of each action to the rewards: J_α = ρπ(r − α log π), of costs ρπ(r + α log π).
--risk adds a criterion of the return G and its gradient: E G − c Var G, (1/β) ln E exp(βG), or the mean of the
worst outcomes of probability α (with proven bounds where G takes infinitely many values).
--excursion POLICY adds J_b = d_b v, d_b the states that POLICY meets (in the long run, or over an episode), with
the emphatic weights of its gradient (Imani, Graves & White 2018) and the semi-gradient without them.
--surrogate POLICY adds L_π(π') = J(π) + ρ^π π' A^π and its gradient ρ^π(A^π∇π') at this policy π', π = POLICY having
acted: what TRPO and PPO climb between two batches. --clip ε adds the one of PPO, whose ratios are clipped at 1 ± ε.
--with-respect-to differentiates J with respect to theta, p (p(s'|s,a), r(s,a) held fixed), r,
discount or initial (ρ₀).

CSV columns: quantity, route, state, parameter, other_parameter, value, where quantity is one of j,
gradient, error_bound, natural, natural_error, hessian, hessian_error, fisher, jacobian, entropy_…, risk_…, excursion_…, surrogate_…, toward_actions (with a column action),
toward_actions_error, with_respect_to,
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
        hide_possible_values = true,
        value_parser = word::<RouteName>()
    )]
    routes: Option<Vec<RouteName>>,
    /// σ of the route evolution, in units of θ
    #[arg(long, value_name = "SIGMA", default_value_t = 0.1, allow_hyphen_values = true, value_parser = positive)]
    sigma: f64,
    /// Pairs of evaluations of the route evolution
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = counts::<u32>(2, u64::from(u32::MAX)))]
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
    #[arg(long, value_name = "ALPHA", allow_hyphen_values = true)]
    entropy: Option<Number>,
    /// Also a criterion of the return and its gradient: mean-variance:C, exponential:BETA or cvar:LEVEL
    #[arg(long, value_name = "CRITERION", value_parser = risk)]
    risk: Option<Risk>,
    /// Also the excursion objective of the states that this policy meets, and its two gradients
    #[arg(long, value_name = "POLICY", value_parser = policy)]
    excursion: Option<PolicyName>,
    /// Also the surrogate L_π(π') of this policy π' and its gradient, π this other policy, that has acted
    #[arg(long, value_name = "POLICY", value_parser = policy)]
    surrogate: Option<PolicyName>,
    /// With --surrogate: also the clipped one, ρ^π π min(wA, clip(w, 1 ± ε)A) with w = π'/π, and its gradient
    #[arg(long, value_name = "EPSILON", requires = "surrogate", allow_hyphen_values = true, value_parser = clip)]
    clip: Option<Number>,
    /// Also what J gains as π moves towards an action, ρ(s)A(s,a), over a horizon of each time: what is left of ∇J where π is
    /// deterministic
    #[arg(long)]
    toward_actions: bool,
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
    /// Also draw the largest entries of ∇J, how far its routes are apart, the Hessian and the Fisher matrix where they are asked for,
    /// and where ∇J moves the policy of states with two or three actions, an .svg or .png file
    #[arg(long, value_name = "FILE")]
    plot: Option<Drawing>,
    /// In the picture, J along a parameter, all others held, or, given twice, over the plane of two, with
    /// ∇J: NAME or NAME=FROM..TO
    #[arg(
        long,
        value_name = "PARAMETER",
        requires = "plot",
        allow_hyphen_values = true
    )]
    over: Vec<Over>,
    /// Instead, J, v and ∇J of many tabular softmax policies: a .npy array of their θ, [K, pairs] or
    /// [K, states, actions]; -o names the .npz file with the arrays j [K], v [K, S] and gradient [K, pairs]
    #[arg(long, value_name = "FILE", conflicts_with_all = [
        "plot", "policy", "solver", "exact", "certify", "routes", "sigma", "samples", "jacobian", "hessian", "natural",
        "fisher", "entropy", "risk", "excursion", "surrogate", "clip", "toward_actions", "with_respect_to", "over"
    ])]
    thetas: Option<PathBuf>,
    /// Instead, J and ∇J at many discounts, or along one parameter of the policy: discount=FROM..TO or
    /// PARAMETER=FROM..TO, 21 values, or as many as stand behind a colon, discount=0.5..0.99:50; --plot
    /// draws the largest entries
    #[arg(long, value_name = "SWEEP", allow_hyphen_values = true, conflicts_with_all = [
        "exact", "certify", "routes", "sigma", "samples", "jacobian", "hessian", "natural", "fisher", "entropy", "risk",
        "excursion", "surrogate", "clip", "toward_actions", "with_respect_to", "over", "thetas"
    ])]
    sweep: Option<SweepRequest>,
}

impl Gradient {
    /// Runs the command.
    pub fn run(&self, shared: &Shared) -> miette::Result<Verdict> {
        if let Some(path) = &self.thetas {
            return super::thetas::run(&self.input, path, true, shared);
        }
        let model = self.input.model(shared)?;
        let request = study::GradientRequest {
            setting: self.input.setting(numbers(self.exact, self.certify)),
            routes: self.routes.clone(),
            sigma: self.sigma,
            samples: self.samples as usize,
            seed: shared.seed,
            jacobian: self.jacobian,
            hessian: self.hessian,
            natural: self.natural,
            fisher: self.fisher,
            entropy: self.entropy.clone(),
            risk: self.risk.clone(),
            excursion: self.excursion.clone(),
            surrogate: self.surrogate.clone(),
            clip: self.clip.clone(),
            toward_actions: self.toward_actions,
            with_respect_to: self.with_respect_to.clone(),
        };
        let voice = Voice::new(shared);
        if let Some(sweep) = &self.sweep {
            let written = (shared, self.plot.as_ref());
            return sweep::run(&model, sweep, &request, &voice, written);
        }
        let axes = self.axes(&model)?;
        let report = study::gradient(&model, &request, &voice)?;
        shared.write(&report)?;
        if let Some(plot) = &self.plot {
            plot.write(&self.picture(&model, &report, &axes)?, shared)?;
        }
        Ok(Verdict::Fine)
    }

    /// The parameters that J is drawn over; a name that is none is told before anything is computed.
    fn axes(&self, model: &Model) -> miette::Result<Vec<Axis>> {
        if self.over.is_empty() {
            return Ok(Vec::new());
        }
        let setting = self.input.setting(Numbers::Float);
        let (_, policy) = setting.chosen::<f64>(model, &Silent)?;
        over::axes(&policy, &self.over)
    }

    /// The entries of ∇J, the matrices that were asked for, and where ∇J moves the policy of states
    /// with few actions.
    fn picture(
        &self,
        model: &Model,
        report: &GradientReport,
        axes: &[Axis],
    ) -> miette::Result<Picture> {
        let setting = self.input.setting(Numbers::Float);
        let (mdp, policy) = setting.chosen::<f64>(model, &Silent)?;
        let gradient: Option<Vec<f64>> = report.gradient.iter().map(Quantity::value).collect();
        let fields = gradient
            .map(|g| simplexes(&mdp, &policy, &g))
            .unwrap_or_default();
        let parts = studies::gradient_with_matrices(report).into_iter();
        let over = if axes.is_empty() {
            None
        } else {
            let solver = self.input.settings.solver_options();
            let solved = Solved::by(Arc::clone(&mdp), policy, solver).into_diagnostic()?;
            over::draw(&solved, axes)?
        };
        let fields = fields.iter().map(Simplex::draw);
        let parts: Vec<Picture> = parts.chain(over).chain(fields).collect();
        Ok(stacked(
            format!("the gradient of {}", report.head.model),
            parts,
        ))
    }

    /// The model and its flags.
    pub fn input(&self) -> &Input {
        &self.input
    }

    /// The model and its flags. Errors where something is asked for that many processes do not answer.
    #[cfg(feature = "petsc")]
    pub fn check_divided(&self) -> miette::Result<&Input> {
        super::input::only_whole(&[
            ("--routes", self.routes.is_some()),
            ("--jacobian", self.jacobian),
            ("--hessian", self.hessian),
            ("--natural", self.natural),
            ("--fisher", self.fisher),
            ("--entropy", self.entropy.is_some()),
            ("--risk", self.risk.is_some()),
            ("--excursion", self.excursion.is_some()),
            ("--surrogate", self.surrogate.is_some()),
            ("--toward-actions", self.toward_actions),
            ("--with-respect-to", !self.with_respect_to.is_empty()),
            ("--exact", self.exact),
            ("--certify", self.certify),
            ("--plot", self.plot.is_some()),
        ])?;
        Ok(&self.input)
    }

    /// What is read.
    pub fn files(&self) -> Files {
        let plot = self.plot.as_ref().map(Drawing::path);
        let thetas = self.thetas.as_deref();
        let acting = self.excursion.as_ref().and_then(policy_file);
        let acted = self.surrogate.as_ref().and_then(policy_file);
        let read = thetas.into_iter().chain(acting).chain(acted);
        self.input.files().read(read).write(plot)
    }

    /// Whether many policies are asked for.
    pub fn is_batch(&self) -> bool {
        self.thetas.is_some()
    }
}
