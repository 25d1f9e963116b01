//! `exact-mdp solve`: the optimal values and policy, with a certificate.

use clap::Args;
use exact_mdp::control::{self, ControlMethod};
use exact_mdp::study::{self, SweepRequest};
use miette::miette;

use super::drawing::Drawing;
use super::files::Files;
use super::input::numbers;
use super::range::{counts, positive};
use super::voice::Voice;
use super::{Input, Shared, Verdict, sweep};
use crate::picture::{Scene, studies};
use crate::words::word;

/// The optimal values, an optimal policy and all optimal actions, with a bound on the error
#[derive(Args, Debug)]
#[command(after_help = "\
Examples: exact-mdp solve mdps/gridworld-5x5.yaml
          exact-mdp solve mdps/value-iteration-counterexample.yaml --method value-iteration --trace

At discount 1 v* is the best over the policies that end: waiting for ever for 0 is none of them. The
actions listed as optimal belong to some optimal policy that ends. A state from which one can be paid
for ever makes J* unbounded, whatever the way out beside it. Of the average reward those actions
are listed that attain the equations of gain and bias. A policy of them is gain-optimal; its bias need not be the
largest, which the next equation decides: the actions of order 1 in `--n-discount 1`.

--trace shows why value iteration needs its certificate: its greedy policies do not improve step
by step, as those of policy iteration do.

CSV columns: quantity, time, state, action, value, where quantity is one of j, error_bound,
j_error_bound, v_error_bound, iterations, v, gain, bias, q, probability, dual, greedy, v_by_time, policy_by_time,
greedy_by_time, residual and j_greedy (of --trace, the time is the iteration); what does not apply is empty.")]
pub struct Solve {
    #[command(flatten)]
    input: Input,
    /// auto, value-iteration, policy-iteration, modified-policy-iteration or linear-program
    #[arg(
        long,
        value_name = "METHOD",
        default_value = "auto",
        value_parser = word::<ControlMethod>(),
        hide_possible_values = true,
        hide_default_value = true
    )]
    method: ControlMethod,
    /// The certified error |v − v*| at which to stop [default: as small as floating point allows]
    #[arg(long, value_name = "ERROR", allow_hyphen_values = true, value_parser = positive)]
    tolerance: Option<f64>,
    /// The weight α of the entropy: the soft optimum v = α log Σ exp(q/α); over a horizon of the model
    /// unrolled in time, with states s@t
    #[arg(long, value_name = "ALPHA", allow_hyphen_values = true, value_parser = positive)]
    entropy: Option<f64>,
    /// The most iterations
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = counts::<usize>(1, u64::MAX))]
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
    /// Which actions are optimal at which discount: every discount at which that changes, exactly, and
    /// the Blackwell-optimal policies, which are optimal at all discounts close to 1
    #[arg(long, conflicts_with_all = ["entropy", "tolerance", "method", "trace", "certify", "plot"])]
    blackwell: bool,
    /// Which policies are n-discount optimal, from -1 (the gain) over 0 (the bias) on, in fractions: the largest terms of
    /// the values near discount 1, and the actions that attain them
    #[arg(long, value_name = "N", allow_negative_numbers = true, conflicts_with_all = ["entropy", "tolerance", "method", "trace", "certify", "plot", "blackwell"])]
    n_discount: Option<i32>,
    /// Instead, J* at many discounts, evenly: discount=FROM..TO, 21 of them, or as many as stand behind a
    /// colon, discount=0.5..0.99:50; --plot draws them
    #[arg(long, value_name = "SWEEP", conflicts_with_all = ["exact", "certify", "trace", "blackwell", "n_discount"])]
    sweep: Option<SweepRequest>,
    /// Also draw v*, with an optimal policy on a map, an .svg or .png file
    #[arg(long, value_name = "FILE")]
    plot: Option<Drawing>,
}

impl Solve {
    /// Runs the command.
    pub fn run(&self, shared: &Shared) -> miette::Result<Verdict> {
        let settings = &self.input.settings;
        if settings.policy.is_some() {
            return Err(miette!(
                help = "`evaluate --policy` evaluates one",
                "`solve` finds the policy; it takes no --policy"
            ));
        }
        let model = self.input.model(shared)?;
        if self.blackwell {
            let report = study::discounts(&model, &Voice::new(shared))?;
            shared.write(&report)?;
            return Ok(Verdict::Fine);
        }
        if let Some(order) = self.n_discount {
            let report = study::sensitive(&model, order, &Voice::new(shared))?;
            shared.write(&report)?;
            return Ok(Verdict::Fine);
        }
        let request = study::SolveRequest {
            numbers: numbers(self.exact, self.certify),
            options: control::ControlOptions {
                method: self.method,
                tolerance: self.tolerance,
                entropy: self.entropy,
                iterations: self.iterations,
                trace: self.trace,
                solver: settings.solver_options(),
            },
        };
        let voice = Voice::new(shared);
        if let Some(sweep) = &self.sweep {
            let written = (shared, self.plot.as_ref());
            return sweep::run(&model, sweep, &request, &voice, written);
        }
        let report = study::solve(&model, &request, &voice)?;
        shared.write(&report)?;
        if let Some(plot) = &self.plot {
            plot.write(
                &studies::optimum(&Scene::new(&model.mdp()), &report),
                shared,
            )?;
        }
        Ok(Verdict::Fine)
    }

    /// The model and its flags.
    pub fn input(&self) -> &Input {
        &self.input
    }

    /// The model and its flags, the tolerance and the most iterations. Errors where something is asked for that many processes do not answer.
    #[cfg(feature = "petsc")]
    pub fn check_divided(&self) -> miette::Result<(&Input, (Option<f64>, usize))> {
        super::input::only_whole(&[
            ("--policy", self.input.settings.policy.is_some()),
            (
                "--method",
                self.method != ControlMethod::Auto && self.method != ControlMethod::PolicyIteration,
            ),
            ("--entropy", self.entropy.is_some()),
            ("--trace", self.trace),
            ("--exact", self.exact),
            ("--certify", self.certify),
            ("--blackwell", self.blackwell),
            ("--n-discount", self.n_discount.is_some()),
            ("--sweep", self.sweep.is_some()),
            ("--plot", self.plot.is_some()),
        ])?;
        Ok((&self.input, (self.tolerance, self.iterations)))
    }

    /// What is read.
    pub fn files(&self) -> Files {
        let plot = self.plot.as_ref().map(Drawing::path);
        self.input.files().write(plot)
    }
}
