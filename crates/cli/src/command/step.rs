//! `exact-mdp step`: what one step along a sampled gradient, or of a method, does to J.

use clap::Args;
use exact_mdp::ascent::AscentMethod;
use exact_mdp::number::Number;
use exact_mdp::study::{self, PolicyName, SweepRequest};

use super::critic::CriticFlags;
use super::drawing::Drawing;
use super::files::Files;
use super::input::numbers;
use super::range::{counts, policy};
use super::voice::Voice;
use super::{Input, Shared, Verdict, sweep};
use crate::words::{Estimators, MethodName, word};

/// What one step does: the change of J to expect of each estimator, the best step, the batch it takes
#[derive(Args, Debug)]
#[command(after_help = "\
Example: exact-mdp step mdps/frozenlake-4x4.yaml --trajectories 1000
         exact-mdp step mdps/two-state.yaml --step 0.5 --estimators reward-to-go,q,td-residual
         exact-mdp step mdps/two-state.yaml --sweep step=0.1..100 --plot change.svg
         exact-mdp step mdps/two-state.yaml --method plain,natural,trust-region,proximal

θ' = θ + αĝ, ĝ the mean of n estimates with mean μ and covariance Σ; g = ∇J and H the Hessian, all exact:
E J(θ') − J = α g·μ + ½α²(μᵀHμ + tr(HΣ)/n), to second order. The best step maximises that. The noise scale is
tr(HΣ)/μᵀHμ: with so many trajectories noise costs as much as curvature, and the best step is half of that
without noise. At the break-even batch the step α gains nothing. P(worse) and P(ĝ·g > 0) are normal
approximations. Of costs θ' = θ − αĝ, and what is best makes J small. Where all batches of all trajectories are few, all of it is also summed over them, exactly.

--method tells of one exact step what is promised: to first and second order, by the surrogate L(π') − J, as
the guarantee of a trust region (the better of total variation and divergence, discounted reward); and what
it reaches, J(π') − J.

CSV columns: quantity, name (of the estimator or method), time, state, parameter, other_parameter, value.")]
pub struct Step {
    #[command(flatten)]
    input: Input,
    /// Trajectories in the batch
    #[arg(short = 'n', long, value_name = "N", default_value_t = 100, value_parser = counts::<u64>(1, 1 << 53))]
    trajectories: u64,
    /// The step size α: 0.1 or 1/10 [default: (1−γ)²/R, R the span of rewards, as `ascend`]
    #[arg(long, value_name = "ALPHA", allow_hyphen_values = true)]
    step: Option<Number>,
    /// Estimators, separated by commas; all for every kind [default:
    /// reward-to-go,baseline:v,q,advantage,td-residual; average reward: reward-to-go,advantage]
    #[arg(long, value_name = "LIST", value_parser = Estimators, hide_possible_values = true)]
    estimators: Option<String>,
    #[command(flatten)]
    critic: CriticFlags,
    /// Cut trajectories after T steps [default: none; average reward: runs of 100 steps]
    #[arg(long, value_name = "T", conflicts_with = "geometric", allow_negative_numbers = true, value_parser = counts::<u32>(1, u64::from(u32::MAX)))]
    truncation: Option<u32>,
    /// End each trajectory with probability 1 − γ at every step instead of discounting
    #[arg(long)]
    geometric: bool,
    /// Who acts instead of the policy, its actions weighed by π/b: as --policy
    #[arg(long, value_name = "POLICY", value_parser = policy)]
    behavior: Option<PolicyName>,
    /// Steps up J with ALPHA times the entropy of the policy in every reward: r − α log π for r
    #[arg(
        long,
        value_name = "ALPHA",
        allow_hyphen_values = true,
        conflicts_with = "exact"
    )]
    entropy: Option<Number>,
    /// Also one exact step of these methods of `ascend`: what it promises and what it reaches
    #[arg(long = "method", value_name = "METHODS", value_delimiter = ',', hide_possible_values = true, value_parser = word::<MethodName>())]
    methods: Vec<MethodName>,
    /// Also the Jacobian ∂E ĝ/∂θ of each estimator's mean and its curl, ‖M − Mᵀ‖/‖M + Mᵀ‖: 0 where the
    /// mean is the gradient of a function
    #[arg(long)]
    curl: bool,
    /// In exact fractions: every number of the expansion a string "p/q"
    #[arg(long)]
    exact: bool,
    /// Instead, the change of J to expect at many step sizes or numbers of trajectories, by equal ratios:
    /// step=0.01..10 or n=1..1000, 21 values, or as many as stand behind a colon, n=1..1000:50; --plot
    /// draws them
    #[arg(long, value_name = "SWEEP", conflicts_with_all = ["methods", "curl", "exact"])]
    sweep: Option<SweepRequest>,
    /// Also draw the sweep, an .svg or .png file
    #[arg(long, value_name = "FILE", requires = "sweep")]
    plot: Option<Drawing>,
}

impl Step {
    /// Runs the command.
    pub fn run(&self, shared: &Shared) -> miette::Result<Verdict> {
        let model = self.input.model(shared)?;
        let (request, voice) = (self.request(), Voice::new(shared));
        if let Some(sweep) = &self.sweep {
            let written = (shared, self.plot.as_ref());
            return sweep::run(&model, sweep, &request, &voice, written);
        }
        let report = study::step(&model, &request, &voice)?;
        shared.write(&report)?;
        Ok(Verdict::Fine)
    }

    fn request(&self) -> study::StepRequest {
        study::StepRequest {
            setting: self.input.setting(numbers(self.exact, false)),
            estimation: study::Estimation {
                estimators: self.estimators.clone(),
                truncation: self.truncation.map(|steps| steps as usize),
                geometric: self.geometric,
                behavior: self.behavior.clone(),
                entropy: self.entropy.clone(),
                ..self.critic.estimation()
            },
            step: self.step.clone(),
            trajectories: self.trajectories,
            methods: self.methods(),
            jacobian: self.curl,
            enumerate: true,
        }
    }

    /// The methods that are named, or all that are neither sampled nor searches.
    fn methods(&self) -> Vec<AscentMethod> {
        let entropy = self.entropy.as_ref().map(Number::to_f64);
        let serves = |method: &AscentMethod| method.check_entropy(entropy).is_ok();
        let exact =
            |method: &AscentMethod| !method.is_sampled() && !method.is_search() && serves(method);
        let of = |name: &MethodName| match name {
            MethodName::Method(method) => vec![*method],
            MethodName::All => AscentMethod::ALL.into_iter().filter(exact).collect(),
        };
        self.methods.iter().flat_map(of).collect()
    }

    /// What is read.
    pub fn files(&self) -> Files {
        let read = self.critic.read(self.behavior.as_ref());
        let files = self.input.files().read(read);
        files.write(self.plot.as_ref().map(Drawing::path))
    }
}
