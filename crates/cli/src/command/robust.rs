//! `exact-mdp robust`: values under transition probabilities that are known only within sets.

use clap::{Args, ValueEnum};
use exact_mdp::number::Number;
use exact_mdp::robust::UncertaintyNorm;
use exact_mdp::study;

use super::files::Files;
use super::input::numbers;
use super::voice::Voice;
use super::{Input, Shared, Verdict};

/// Robust and optimistic values and policies, where transition probabilities are known only within sets
#[derive(Args, Debug)]
#[command(after_help = "\
Examples: exact-mdp robust mdps/two-state.yaml --radius 0.1
          exact-mdp robust mdps/riverswim.yaml --radius 1/20 --norm max --exact --format json
          exact-mdp robust docs/structure/intervals.yaml

Each (s,a) has a set of its own: all p within the radius of the model's, over the outcomes that the model
has, or the `intervals` of a model file. Nature chooses the worst p in each (robust) or the best
(optimistic). A policy that is named is evaluated so, else the best one is found. The error of every v is
bounded by what is left of its Bellman equation; --exact has it 0, --certify proves it in fractions. At γ = 1 every policy
must end under every p, or every reward be below 0; the average reward needs a state that every p returns to.

CSV columns: quantity, state, action, to, time, value.")]
pub struct Robust {
    #[command(flatten)]
    input: Input,
    /// How far p(·|s,a) may be from the model's, in each (s,a); stands above the file's `intervals`
    #[arg(long, value_name = "EPSILON", allow_negative_numbers = true, value_parser = radius)]
    radius: Option<Number>,
    /// How that is measured: l1 is Σ|p − p̄|, twice the total variation, max is max|p − p̄|
    #[arg(long, value_name = "NORM", default_value = "l1", requires = "radius")]
    norm: How,
    /// Write nature's p(s'|s,a) into JSON, YAML and npz; unasked up to 100 states. `--kernel no` leaves them out
    #[arg(long, value_name = "YES|NO", num_args = 0..=1, default_missing_value = "yes", value_parser = ["yes", "no"])]
    kernel: Option<String>,
    /// In exact fractions, by strategy iteration: every number a string "p/q"
    #[arg(long)]
    exact: bool,
    /// Prove a bound on the error of every v and of J, in fractions
    #[arg(long, conflicts_with = "exact")]
    certify: bool,
}

/// A norm.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum How {
    /// Σ|p − p̄|
    L1,
    /// max|p − p̄|
    Max,
}

fn radius(text: &str) -> Result<Number, String> {
    let number = text.parse::<Number>().ok().filter(|x| !x.is_negative());
    number.ok_or_else(|| "expected a number from 0 on, as 0.1 or 1/10".to_string())
}

impl Robust {
    /// Runs the command.
    pub fn run(&self, shared: &Shared) -> miette::Result<Verdict> {
        let model = self.input.model(shared)?;
        let request = study::RobustRequest {
            setting: self.input.setting(numbers(self.exact, self.certify)),
            radius: self.radius.clone(),
            norm: match self.norm {
                How::L1 => UncertaintyNorm::L1,
                How::Max => UncertaintyNorm::Max,
            },
            kernel: self.kernel.as_deref().map(|word| word == "yes"),
        };
        let report = study::robust(&model, &request, &Voice::new(shared))?;
        shared.write(&report)?;
        Ok(Verdict::Fine)
    }

    /// What is read.
    pub fn files(&self) -> Files {
        self.input.files()
    }
}
