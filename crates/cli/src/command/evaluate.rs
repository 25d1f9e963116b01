//! `exact-mdp evaluate`: v, q, advantage, occupancy and J.

use std::path::PathBuf;

use clap::Args;
use exact_mdp::study::{self, SweepRequest};

use super::drawing::Drawing;
use super::files::Files;
use super::input::numbers;
use super::voice::Voice;
use super::{Input, Shared, Verdict, sweep};
use crate::picture::{Scene, studies};

/// Values v and q, advantages, occupancies and J of a policy
#[derive(Args, Debug)]
#[command(after_help = "\
Example: exact-mdp evaluate mdps/frozenlake-4x4.yaml --discount 9/10
         exact-mdp evaluate mdps/appendix-c.yaml --exact --digits 50
         exact-mdp evaluate mdps/taxi.yaml --certify --format json
         exact-mdp evaluate :reversed-ranking --return --exact
         exact-mdp evaluate mdps/two-state.yaml --sweep discount=0.5..0.99 --plot j.svg
         exact-mdp evaluate mdps/two-state.yaml --sweep cold,heat=-4..4 --plot j.svg

CSV columns: quantity, time, state, action, value, where quantity is one of j, v, occupancy, gain,
bias, probability, q, advantage, pair_occupancy, v_by_time, q_by_time, and the moments of the
return (return_variance, …); time, state and action are empty where they do not apply.")]
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
    /// Also draw v, with the policy on a map, an .svg or .png file
    #[arg(long, value_name = "FILE")]
    plot: Option<Drawing>,
    /// Instead, J at many discounts, or along one parameter of the policy, evenly: discount=FROM..TO or
    /// PARAMETER=FROM..TO, 21 values, or as many as stand behind a colon, discount=0.5..0.99:50; --plot
    /// draws them
    #[arg(long, value_name = "SWEEP", conflicts_with_all = ["exact", "certify", "thetas", "returns"])]
    sweep: Option<SweepRequest>,
    /// Instead, J and v of many tabular softmax policies: a .npy array of their θ, [K, pairs] or
    /// [K, states, actions]; -o names the .npz file with the arrays j [K] and v [K, S]
    #[arg(long, value_name = "FILE", conflicts_with_all = ["plot", "policy", "solver", "exact", "certify", "returns"])]
    thetas: Option<PathBuf>,
    /// Also the law of the return G: variance, skewness, kurtosis, ∇Var G, the whole distribution
    /// where it is finite and an enclosure elsewhere, quantiles, means of the worst outcomes
    /// (CVaR); and the law of the episode's length. JSON holds all of it as `return`
    #[arg(long = "return")]
    returns: bool,
}

impl Evaluate {
    /// Runs the command.
    pub fn run(&self, shared: &Shared) -> miette::Result<Verdict> {
        if let Some(path) = &self.thetas {
            return super::thetas::run(&self.input, path, false, shared);
        }
        let model = self.input.model(shared)?;
        let setting = self.input.setting(numbers(self.exact, self.certify));
        let request = study::EvaluateRequest {
            setting,
            returns: self.returns,
        };
        let voice = Voice::new(shared);
        if let Some(sweep) = &self.sweep {
            let written = (shared, self.plot.as_ref());
            return sweep::run(&model, sweep, &request, &voice, written);
        }
        let report = study::evaluate(&model, &request, &voice)?;
        shared.write(&report)?;
        if let Some(plot) = &self.plot {
            plot.write(&studies::values(&Scene::new(&model.mdp()), &report), shared)?;
        }
        Ok(Verdict::Fine)
    }

    /// The model and its flags.
    pub fn input(&self) -> &Input {
        &self.input
    }

    /// The model and its flags. Errors where something is asked for that many processes do not answer.
    #[cfg(feature = "petsc")]
    pub fn check_divided(&self) -> miette::Result<&Input> {
        super::input::only_whole(&[
            ("--exact", self.exact),
            ("--certify", self.certify),
            ("--return", self.returns),
            ("--sweep", self.sweep.is_some()),
            ("--thetas", self.thetas.is_some()),
            ("--plot", self.plot.is_some()),
        ])?;
        Ok(&self.input)
    }

    /// What is read.
    pub fn files(&self) -> Files {
        let plot = self.plot.as_ref().map(Drawing::path);
        let thetas = self.thetas.as_deref();
        self.input.files().read(thetas).write(plot)
    }

    /// Whether many policies are asked for.
    pub fn is_batch(&self) -> bool {
        self.thetas.is_some()
    }
}
