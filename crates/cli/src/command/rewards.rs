//! `exact-mdp rewards`: J and ∇J of each reward of a model that names several.

use clap::Args;
use exact_mdp::study;

use super::files::Files;
use super::input::Proof;
use super::voice::Voice;
use super::{Input, Shared, Verdict};

/// J, v and the gradient of each of several rewards, from one factorisation
#[derive(Args, Debug)]
#[command(after_help = "\
Examples: exact-mdp rewards docs/rewards/machine.yaml
          exact-mdp rewards docs/rewards/machine.yaml --combination 'output - 2*breakdowns' --exact

A model names its rewards under `rewards`: {output: {…}, breakdowns: {…}}; every other command takes one
of them, or a combination, with --reward. The combination here has J and ∇J beside those of its parts:
the Lagrangian of bounds with multipliers is one.

CSV columns: quantity, reward, state, action, parameter, value.")]
pub struct Rewards {
    #[command(flatten)]
    input: Input,
    /// J and ∇J of a combination too: 'gain - 1/2*risk'
    #[arg(long, value_name = "REWARD", allow_hyphen_values = true)]
    combination: Option<String>,
    #[command(flatten)]
    proof: Proof,
}

impl Rewards {
    /// Runs the command.
    pub fn run(&self, shared: &Shared) -> miette::Result<Verdict> {
        let model = self.input.model(shared)?;
        let request = study::RewardsRequest {
            setting: self.input.setting(self.proof.numbers()),
            combination: self.combination.clone(),
        };
        let report = study::rewards(&model, &request, &Voice::new(shared))?;
        shared.write(&report)?;
        Ok(Verdict::Fine)
    }

    /// What is read.
    pub fn files(&self) -> Files {
        self.input.files()
    }
}
