//! `exact-mdp evaluate`: v, q, advantage, occupancy and J.

use clap::Args;
use exact_mdp::evaluation::Evaluation;
use exact_mdp::field::Field;
use exact_mdp::mdp::Mdp;
use exact_mdp::policy::Policy;
use exact_mdp::report::EvaluationReport;

use super::{Input, Shared, Verdict, progress};

/// Values v and q, advantages, occupancies and J of a policy
#[derive(Args, Debug)]
#[command(after_help = "\
Example: exact-mdp evaluate mdps/frozenlake-4x4.yaml --discount 9/10
         exact-mdp evaluate mdps/appendix-c.yaml --exact --digits 50
         exact-mdp evaluate mdps/taxi.yaml --certify --format json

CSV columns: quantity, time, state, action, value, where quantity is one of j, v, occupancy, gain,
bias, probability, q, advantage, pair_occupancy, v_by_time, q_by_time; time, state and action are
empty where they do not apply.")]
pub struct Evaluate {
    #[command(flatten)]
    input: Input,
    /// In exact fractions: every number a string "p/q"; tables show --digits digits of each
    #[arg(long)]
    exact: bool,
    /// Prove a bound on the error of every number, which is refined to the last digit; JSON and CSV
    /// hold them as `bounds` and `bound`
    #[arg(long, conflicts_with = "exact")]
    certify: bool,
}

impl Evaluate {
    /// Runs the command.
    pub fn run(&self, shared: &Shared) -> miette::Result<Verdict> {
        if self.exact {
            let (mdp, policy) = self.input.load_exact(shared)?;
            return self.evaluate(&mdp, &policy, shared);
        }
        if self.certify {
            let (mdp, policy) = self.input.load_certified(shared)?;
            return self.evaluate(&mdp, &policy, shared);
        }
        let (mdp, policy) = self.input.load(shared)?;
        self.evaluate(&mdp, &policy, shared)
    }

    fn evaluate<F: Field>(
        &self,
        mdp: &Mdp<F>,
        policy: &Policy<F>,
        shared: &Shared,
    ) -> miette::Result<Verdict> {
        let options = self.input.settings.solver_options();
        let busy = progress::busy(shared, progress::what("evaluating", mdp));
        let evaluation = Evaluation::of(mdp, policy, &options)?;
        drop(busy);
        shared.warn_undefined(mdp, &evaluation);
        let mut report = EvaluationReport::new(mdp, policy, &evaluation);
        report.bounds = self.certify.then(|| report.proven());
        shared.write(&report)?;
        Ok(Verdict::Fine)
    }
}
