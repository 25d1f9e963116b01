//! `exact-mdp solve`: the optimal values and policy, with a certificate.

use clap::Args;
use exact_mdp::control::{self, Method, Optimum};
use exact_mdp::field::Field;
use exact_mdp::mdp::Mdp;
use exact_mdp::report::OptimumReport;
use miette::miette;

use super::input::{self, Settings};
use super::{Shared, Verdict};

/// The optimal values, an optimal policy and all optimal actions, with a bound on the error
#[derive(Args, Debug)]
#[command(after_help = "\
Examples: exact-mdp solve mdps/gridworld-5x5.yaml
          exact-mdp solve mdps/value-iteration-counterexample.yaml --method value-iteration --trace

--trace shows why value iteration needs its certificate: its greedy policies do not improve step
by step, as those of policy iteration do.

CSV columns: quantity, time, state, action, value, where quantity is one of j, error_bound, v, gain,
q, probability, greedy, v_by_time, policy_by_time; what does not apply is empty.")]
pub struct Solve {
    #[command(flatten)]
    input: super::Input,
    /// auto, value-iteration, policy-iteration, modified-policy-iteration or linear-program
    #[arg(
        long,
        value_name = "METHOD",
        default_value = "auto",
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
            let optimum = control::exactly(&mdp, &options)?;
            return self.report(&mdp, &optimum, shared);
        }
        let mdp = model.mdp();
        let optimum = control::solve(&mdp, &options)?;
        if self.certify {
            let mdp = model.mdp();
            let optimum = control::enclosed(&mdp, &optimum, &options)?;
            return self.report(&mdp, &optimum, shared);
        }
        self.report(&mdp, &optimum, shared)
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
        if optimum.error_bound.is_none() {
            shared.note("warning: no bound on the error could be certified");
        }
        let mut report = OptimumReport::new(mdp, optimum, self.entropy);
        report.bounds = self.certify.then(|| report.proven());
        shared.write(&report)?;
        Ok(Verdict::Fine)
    }
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(x) if x > 0.0 && x.is_finite() => Ok(x),
        _ => Err(format!("`{text}` is not a positive number")),
    }
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse::<usize>() {
        Ok(n) if n > 0 => Ok(n),
        _ => Err(format!("`{text}` is not a whole number from 1 on")),
    }
}
