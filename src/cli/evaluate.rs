//! `exact-mdp evaluate`: v, q, advantage, occupancy and J.

use clap::Args;
use exact_mdp::chain::Chain;
use exact_mdp::evaluation::Evaluation;
use exact_mdp::report::EvaluationReport;
use miette::IntoDiagnostic;

use super::{Input, Shared, Verdict};

/// Values v and q, advantages, occupancies and J of a policy
#[derive(Args, Debug)]
#[command(after_help = "\
Example: exact-mdp evaluate mdps/frozenlake-4x4.yaml --discount 9/10

CSV columns: quantity, state, action, value, where quantity is one of j, v, occupancy,
probability, q, advantage, pair_occupancy; state and action are empty where they do not apply.")]
pub struct Evaluate {
    #[command(flatten)]
    input: Input,
}

impl Evaluate {
    /// Runs the command.
    pub fn run(&self, shared: &Shared) -> miette::Result<Verdict> {
        let (mdp, policy) = self.input.load(shared)?;
        let chain = Chain::new(&mdp, &policy, &self.input.solver_options()).into_diagnostic()?;
        let evaluation = Evaluation::new(&mdp, &policy, &chain).into_diagnostic()?;
        shared.write(&EvaluationReport::new(&mdp, &policy, &chain, &evaluation))?;
        Ok(Verdict::Fine)
    }
}
