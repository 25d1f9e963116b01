//! `exact-mdp critics`: what learners with few features come to.

use std::path::PathBuf;

use clap::Args;
use exact_mdp::critics::Weighting;
use exact_mdp::number::Number;
use exact_mdp::study::{self, PolicyName, SweepRequest};

use super::drawing::Drawing;
use super::files::Files;
use super::input::{numbers, policy_file};
use super::voice::Voice;
use super::{Input, Shared, Verdict, sweep};
use crate::words::word;

/// What critics with features come to: fixed points, errors, stability, the gradient made of them
#[derive(Args, Debug)]
#[command(after_help = "\
Example: exact-mdp critics mdps/random-walk-19.yaml --features docs/critics/random-walk-19.yaml --lambda 0,0.8
         exact-mdp critics mdps/random-walk-19.yaml --features docs/critics/random-walk-19.yaml --sweep lambda=0..1 --plot e.svg
         exact-mdp critics :bairds-counterexample --features docs/critics/baird.yaml --policy docs/critics/baird-solid.yaml --behavior docs/critics/baird-dashed.yaml

Features are a file with a row of numbers for each state: a list in the order of the states, or a map
from states to rows; terminal states may be left out. Monte Carlo comes to the least error; td:λ is
also where LSTD(λ) and, at λ = 0, gradient TD are at rest; emphatic TD has interest 1 in every state. `stable`
says whether w ← w + α(b − Aw) gets there for small steps. The error is Σ d (v̂ − v)²; `at most` is the
bound of Tsitsiklis & Van Roy (1997), on policy.

CSV columns: quantity, critic, state, action, parameter, value.")]
pub struct Critics {
    #[command(flatten)]
    input: Input,
    /// The features of the states
    #[arg(long, value_name = "FILE")]
    features: PathBuf,
    /// The λ of TD and emphatic TD
    #[arg(long, value_name = "LAMBDA", allow_hyphen_values = true, value_delimiter = ',', default_value = "0", value_parser = unit)]
    lambda: Vec<Number>,
    /// Who acts, and so says how often a state is met [default: the policy]
    #[arg(long, value_name = "POLICY")]
    behavior: Option<PolicyName>,
    /// on-policy (the stationary law, or the visits of an episode), occupancy or uniform
    #[arg(long, value_name = "WEIGHTS", default_value = "on-policy", value_parser = word::<Weighting>(), hide_possible_values = true)]
    weights: Weighting,
    /// In exact fractions: every number a string "p/q"
    #[arg(long)]
    exact: bool,
    /// Instead, the error of the learners with traces at many λ: lambda=FROM..TO, 21 of them, or as many
    /// as stand behind a colon, lambda=0..1:50; --plot draws them
    #[arg(long, value_name = "SWEEP", conflicts_with_all = ["lambda", "exact"])]
    sweep: Option<SweepRequest>,
    /// Also draw the sweep, an .svg or .png file
    #[arg(long, value_name = "FILE", requires = "sweep")]
    plot: Option<Drawing>,
}

impl Critics {
    /// Runs the command.
    pub fn run(&self, shared: &Shared) -> miette::Result<Verdict> {
        let model = self.input.model(shared)?;
        let lambdas = match &self.sweep {
            Some(_) => Vec::new(),
            None => self.lambda.clone(),
        };
        let request = study::CriticsRequest {
            setting: self.input.setting(numbers(self.exact, false)),
            features: study::FeatureRows::File(self.features.clone()),
            lambdas,
            behavior: self.behavior.clone(),
            weighting: self.weights,
        };
        let voice = Voice::new(shared);
        if let Some(sweep) = &self.sweep {
            let written = (shared, self.plot.as_ref());
            return sweep::run(&model, sweep, &request, &voice, written);
        }
        let report = study::critics(&model, &request, &voice)?;
        shared.write(&report)?;
        Ok(Verdict::Fine)
    }

    /// What is read.
    pub fn files(&self) -> Files {
        let behavior = self.behavior.as_ref().and_then(policy_file);
        let read = [Some(self.features.as_path()), behavior];
        let files = self.input.files().read(read.into_iter().flatten());
        files.write(self.plot.as_ref().map(Drawing::path))
    }
}

/// A number in [0, 1].
fn unit(text: &str) -> Result<Number, String> {
    let number: Number = text.parse().map_err(|reason| format!("{reason}"))?;
    if number.is_negative() || number > Number::ONE {
        return Err("λ lies in [0, 1]".into());
    }
    Ok(number)
}
