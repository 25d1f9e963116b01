//! `exact-mdp continuous`: actions that are numbers.

use clap::Args;
use exact_mdp::number::Number;
use exact_mdp::study;

use super::files::Files;
use super::input::Proof;
use super::voice::Voice;
use super::{Input, Shared, Verdict};

/// Actions that are numbers: the reparametrised gradient, the deterministic limit, two critics, squashing
#[derive(Args, Debug)]
#[command(after_help = "\
Example: exact-mdp continuous mdps/linear-quadratic.yaml
         exact-mdp continuous mdps/linear-quadratic.yaml --scales 1,1/2,1/4 --certify
         exact-mdp continuous mdps/pendulum.yaml --critic-error 1/2 --format json
         exact-mdp continuous mdps/linear-quadratic.yaml --squash 1/10

∇J by scores, ρ(q∇π), and by moved actions, −ρ Σ (q(aᵢ₊₁) − q(aᵢ)) ∇F(aᵢ) with F the distribution function:
one number. What is sampled of either, with the exact q, has different variances, and both are exact.
Of a Gaussian policy also the deterministic policy gradient ρ(∇μ ∂ₐq(s, μ(s))), the slope by a parabola
through the three nearest actions, and how ∇J comes near it as σ falls.
--critic-error: targets that take the smaller of two critics with normal errors lie −σ√((1−c)/π) too low, and
the fixed point, J and the actor's gradient with them (TD3).
--squash ALPHA: the actions are u of a = tanh u; what the entropy bonus is off by where the density of a lacks
its Jacobian, and its gradient (SAC).

CSV columns: quantity, name (of the estimator; the scale of σ), state, action, parameter, value.")]
pub struct Continuous {
    #[command(flatten)]
    input: Input,
    /// What σ of a Gaussian policy is multiplied by on the way to the limit, separated by commas
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        allow_negative_numbers = true,
        default_value = "1,1/2,1/4,1/8,1/16,1/32"
    )]
    scales: Vec<Number>,
    /// Also the bias of the smaller of two critics whose errors have this standard deviation
    #[arg(long, value_name = "SIGMA", allow_negative_numbers = true)]
    critic_error: Option<Number>,
    /// The correlation of the two critics' errors
    #[arg(
        long,
        value_name = "C",
        requires = "critic_error",
        allow_negative_numbers = true,
        default_value = "0"
    )]
    correlation: Number,
    /// Also the bias of an entropy bonus of ALPHA without the Jacobian of tanh
    #[arg(long, value_name = "ALPHA", allow_negative_numbers = true)]
    squash: Option<Number>,
    #[command(flatten)]
    proof: Proof,
}

impl Continuous {
    /// Runs the command.
    pub fn run(&self, shared: &Shared) -> miette::Result<Verdict> {
        let model = self.input.model(shared)?;
        let request = study::ContinuousRequest {
            setting: self.input.setting(self.proof.numbers()),
            scales: self.scales.clone(),
            critic_error: self.critic_error.clone(),
            correlation: self.correlation.clone(),
            squash: self.squash.clone(),
        };
        let report = study::continuous(&model, &request, &Voice::new(shared))?;
        shared.write(&report)?;
        Ok(Verdict::Fine)
    }

    /// What is read.
    pub fn files(&self) -> Files {
        self.input.files()
    }
}
