//! `exact-mdp constrained`: the best policy within bounds on other rewards.

use clap::Args;
use exact_mdp::study::{self, ConstraintOn};
use miette::miette;

use super::files::Files;
use super::input::numbers;
use super::voice::Voice;
use super::{Input, Shared, Verdict};

/// The best policy within bounds on other rewards, and what each bound costs
#[derive(Args, Debug)]
#[command(after_help = "\
Examples: exact-mdp constrained docs/rewards/machine.yaml --bound 'breakdowns<=1/2' --exact
          exact-mdp constrained docs/rewards/machine.yaml --of output --bound 'breakdowns<=1' --bound 'repairs<=8'

The largest J of one reward over all policies whose other J keep the bounds, by the linear program of
occupancies: an optimal policy draws its action in as many states at most as bounds bind. A multiplier
is what a unit of its bound is worth; the best J is linear in the bound from `from` to `to`.
`lagrangian_advantage` proves it: nowhere positive, and 0 where the policy goes. Over a horizon the
policy has a rule for each time.

CSV columns: quantity, reward, state, action, value.")]
pub struct Constrained {
    #[command(flatten)]
    input: Input,
    /// The reward, or the combination, that is to be large (small under --minimize) [default: the first]
    #[arg(long, value_name = "REWARD", allow_hyphen_values = true)]
    of: Option<String>,
    /// A bound on J of a reward or of a combination: 'risk<=1/2', 'gain>=3'; may be repeated
    #[arg(
        long,
        value_name = "BOUND",
        required = true,
        allow_hyphen_values = true
    )]
    bound: Vec<String>,
    /// In exact fractions: every number a string "p/q"
    #[arg(long)]
    exact: bool,
}

impl Constrained {
    /// Runs the command.
    pub fn run(&self, shared: &Shared) -> miette::Result<Verdict> {
        if self.input.settings.policy.is_some() {
            return Err(miette!(
                help = "`rewards --policy` evaluates one",
                "`constrained` finds the policy; it takes no --policy"
            ));
        }
        let bounds = self.bound.iter().map(|text| text.parse::<ConstraintOn>());
        let request = study::ConstrainedRequest {
            numbers: numbers(self.exact, false),
            solver: self.input.settings.solver_options(),
            of: self.of.clone(),
            bounds: bounds.collect::<Result<_, _>>()?,
        };
        let model = self.input.model(shared)?;
        let report = study::constrained(&model, &request, &Voice::new(shared))?;
        shared.write(&report)?;
        Ok(Verdict::Fine)
    }

    /// What is read.
    pub fn files(&self) -> Files {
        self.input.files()
    }
}
