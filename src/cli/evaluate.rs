//! `exact-mdp evaluate`: v, q, advantage, occupancy and J.

use clap::Args;
use exact_mdp::evaluation::Evaluation;
use exact_mdp::report::EvaluationReport;
use miette::IntoDiagnostic;

use super::{Input, Shared, Verdict};

/// Values v and q, advantages, occupancies and J of a policy
#[derive(Args, Debug)]
#[command(after_help = "\
Example: exact-mdp evaluate mdps/frozenlake-4x4.yaml --discount 9/10

CSV columns: quantity, time, state, action, value, where quantity is one of j, v, occupancy, gain,
bias, probability, q, advantage, pair_occupancy, v_by_time, q_by_time; time, state and action are
empty where they do not apply.")]
pub struct Evaluate {
    #[command(flatten)]
    input: Input,
}

impl Evaluate {
    /// Runs the command.
    pub fn run(&self, shared: &Shared) -> miette::Result<Verdict> {
        let (mdp, policy) = self.input.load(shared)?;
        let options = self.input.settings.solver_options();
        let evaluation = Evaluation::of(&mdp, &policy, &options).into_diagnostic()?;
        shared.warn_undefined(&mdp, &evaluation);
        shared.write(&EvaluationReport::new(&mdp, &policy, &evaluation))?;
        Ok(Verdict::Fine)
    }
}
