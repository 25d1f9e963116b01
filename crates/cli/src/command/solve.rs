//! `exact-mdp solve`: the optimal values and policy, with a certificate.

use clap::Args;
use exact_mdp::control::{self, Method, Optimum};
use exact_mdp::field::Field;
use exact_mdp::mdp::{Criterion, Mdp};
use exact_mdp::report::OptimumReport;
use miette::miette;

use super::input::{self, Settings};
use super::range::{at_least_one, positive};
use super::{Shared, Verdict, progress};
use crate::words::word;

/// The optimal values, an optimal policy and all optimal actions, with a bound on the error
#[derive(Args, Debug)]
#[command(after_help = "\
Examples: exact-mdp solve mdps/gridworld-5x5.yaml
          exact-mdp solve mdps/value-iteration-counterexample.yaml --method value-iteration --trace

--trace shows why value iteration needs its certificate: its greedy policies do not improve step
by step, as those of policy iteration do.

CSV columns: quantity, time, state, action, value, where quantity is one of j, error_bound,
iterations, v, gain, bias, q, probability, dual, greedy, v_by_time, policy_by_time,
greedy_by_time, residual and j_greedy (of --trace, the time is the iteration); what does not apply is empty.")]
pub struct Solve {
    #[command(flatten)]
    input: super::Input,
    /// auto, value-iteration, policy-iteration, modified-policy-iteration or linear-program
    #[arg(
        long,
        value_name = "METHOD",
        default_value = "auto",
        value_parser = word::<Method>(),
        hide_possible_values = true,
        hide_default_value = true
    )]
    method: Method,
    /// The certified error |v − v*| at which to stop [default: as small as floating point allows]
    #[arg(long, value_name = "ERROR", value_parser = positive)]
    tolerance: Option<f64>,
    /// The weight α of the entropy: the soft optimum v = α log Σ exp(q/α)
    #[arg(long, value_name = "ALPHA", value_parser = positive)]
    entropy: Option<f64>,
    /// The most iterations
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = at_least_one)]
    iterations: usize,
    /// Show every iteration with the exact value of its greedy policy
    #[arg(long)]
    trace: bool,
    /// In exact fractions, by policy iteration: every number a string "p/q", all ties exact
    #[arg(long, conflicts_with_all = ["entropy", "tolerance"])]
    exact: bool,
    /// Prove a bound on the error of every number, which is refined to the last digit; JSON and CSV
    /// hold them as `bounds` and `bound`
    #[arg(long, conflicts_with_all = ["entropy", "exact"])]
    certify: bool,
}

impl Solve {
    /// Runs the command.
    pub fn run(&self, shared: &Shared) -> miette::Result<Verdict> {
        let settings: &Settings = &self.input.settings;
        if settings.policy.is_some() {
            return Err(miette!(
                help = "`evaluate --policy` evaluates one",
                "`solve` finds the policy; it takes no --policy"
            ));
        }
        let model = input::load(&self.input.model, &settings.replaced.overrides())?;
        input::warn(&model, &self.input.model, shared);
        self.check_options(&model.mdp())?;
        let options = control::Options {
            method: self.method,
            tolerance: self.tolerance,
            entropy: self.entropy,
            iterations: self.iterations,
            trace: self.trace,
            solver: settings.solver_options(),
        };
        if self.exact {
            if !matches!(self.method, Method::Auto | Method::PolicyIteration) {
                return Err(miette!("--exact is policy iteration; leave --method out"));
            }
            let mdp = model.exact_mdp()?;
            let busy = progress::busy(shared, progress::what("solving", &mdp));
            let optimum = control::exactly(&mdp, &options)?;
            drop(busy);
            return self.report(&mdp, &optimum, shared);
        }
        let mdp = model.mdp();
        let busy = progress::busy(shared, progress::what("solving", &mdp));
        let optimum = control::solve(&mdp, &options)?;
        drop(busy);
        if self.certify {
            let mdp = model.mdp();
            let busy = progress::busy(shared, progress::what("certifying", &mdp));
            let optimum = control::enclosed(&mdp, &optimum, &options)?;
            drop(busy);
            return self.report(&mdp, &optimum, shared);
        }
        self.report(&mdp, &optimum, shared)
    }

    /// Errors where an option has nothing to act on.
    fn check_options(&self, mdp: &Mdp) -> miette::Result<()> {
        let only = match mdp.criterion() {
            Criterion::FiniteHorizon { .. } => Some(("a horizon", Method::BackwardInduction)),
            Criterion::Average => Some(("the average reward", Method::PolicyIteration)),
            _ if self.entropy.is_some() => Some(("--entropy", Method::PolicyIteration)),
            _ => None,
        };
        if let Some((what, method)) = only {
            if self.method != Method::Auto && self.method != method {
                return Err(idle("--method", &format!("{what} has a method of its own")));
            }
            if self.tolerance.is_some() && self.entropy.is_none() {
                return Err(idle(
                    "--tolerance",
                    &format!("{what} is solved to the last digit"),
                ));
            }
            if self.trace && method == Method::BackwardInduction {
                return Err(idle(
                    "--trace",
                    "a horizon is solved in one pass backward in time",
                ));
            }
        }
        if self.trace && self.method == Method::LinearProgram {
            return Err(idle("--trace", "a linear program is solved in one piece"));
        }
        Ok(())
    }

    fn report<F: Field>(
        &self,
        mdp: &Mdp<F>,
        optimum: &Optimum<F>,
        shared: &Shared,
    ) -> miette::Result<Verdict> {
        for &state in &optimum.undefined {
            let name = mdp.space().state_names().get(state);
            shared.note(&format!(
                "warning: no policy terminates from `{name}` at discount 1; its value is null"
            ));
        }
        if matches!(mdp.criterion(), Criterion::FiniteHorizon { .. }) && optimum.v_by_time.is_none()
        {
            shared.note(
                "note: the tables by time are too large and left out; v and q are those at t = 0",
            );
        }
        if optimum.error_bound.is_none() {
            shared.note("warning: no bound on the error could be certified");
        }
        let mut report = OptimumReport::new(mdp, optimum, self.entropy);
        report.bounds = self.certify.then(|| report.proven());
        shared.write(&report)?;
        Ok(Verdict::Fine)
    }
}

/// An option that cannot mean anything, and why.
fn idle(option: &str, why: &str) -> miette::Report {
    miette!(
        help = "leave it out",
        "{option} changes nothing here: {why}"
    )
}
