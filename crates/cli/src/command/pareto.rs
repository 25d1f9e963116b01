//! `exact-mdp pareto`: what can be had of two rewards at once.

use clap::Args;
use exact_mdp::study;
use miette::miette;

use super::files::Files;
use super::input::numbers;
use super::voice::Voice;
use super::{Input, Shared, Verdict};

/// The Pareto front of two rewards: its corners, their policies, the rates of exchange
#[derive(Args, Debug)]
#[command(after_help = "\
Examples: exact-mdp pareto docs/rewards/machine.yaml --of output,-breakdowns --exact
          exact-mdp pareto docs/rewards/machine.yaml --of output,-repairs

Both are to be large; a minus turns a cost into a gain. The front is a polygonal line from the best J of
the first reward to that of the second: each corner is attained by a deterministic policy, each point between
by one that mixes two of them. The rate is what a unit of the first reward brings of the second when it
is given up, from this corner to the next.

CSV columns: quantity, corner, parameter (the reward), state, action, value.")]
pub struct Pareto {
    #[command(flatten)]
    input: Input,
    /// Two rewards, or combinations of them [default: the two of the model]
    #[arg(
        long,
        value_name = "REWARDS",
        value_delimiter = ',',
        allow_hyphen_values = true
    )]
    of: Vec<String>,
    /// In exact fractions: every number a string "p/q"
    #[arg(long)]
    exact: bool,
}

impl Pareto {
    /// Runs the command.
    pub fn run(&self, shared: &Shared) -> miette::Result<Verdict> {
        if self.input.settings.policy.is_some() {
            return Err(miette!(
                help = "`rewards --policy` evaluates one",
                "`pareto` finds policies; it takes no --policy"
            ));
        }
        let model = self.input.model(shared)?;
        let request = study::ParetoRequest {
            numbers: numbers(self.exact, false),
            solver: self.input.settings.solver_options(),
            of: self.of.clone(),
        };
        let report = study::pareto(&model, &request, &Voice::new(shared))?;
        shared.write(&report)?;
        Ok(Verdict::Fine)
    }

    /// What is read.
    pub fn files(&self) -> Files {
        self.input.files()
    }
}
