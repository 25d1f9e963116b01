//! `exact-mdp cone`: the rewards that make a policy optimal.

use clap::Args;
use exact_mdp::study;

use super::files::Files;
use super::input::Proof;
use super::voice::Voice;
use super::{Input, Shared, Verdict};

/// The rewards that make a policy optimal: a cone, how far the present ones are from its border, and how far each may move
#[derive(Args, Debug)]
#[command(after_help = "\
Examples: exact-mdp cone mdps/two-state.yaml
          exact-mdp cone mdps/two-state.yaml --exact --format json
          exact-mdp cone mdps/gridworld-5x5.yaml --policy policy.yaml

A deterministic policy (the optimal one unless --policy names another) is optimal for the rewards r(s,a)
with v(s) − q(s,a) ≥ 0 for all (s,a), each side linear in r: a cone, of which every inequality is a facet.
In the max norm every reward may change by less than the distance, in the Euclidean norm all together,
and the policy stays optimal. Rewards that potentials shape from 0 make every policy optimal.

CSV columns: quantity, state, action, value.")]
pub struct Cone {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    proof: Proof,
    /// Write the coefficients of every inequality into JSON, YAML and npz; unasked up to 100 pairs.
    /// `--inequalities no` leaves them out
    #[arg(long, value_name = "YES|NO", num_args = 0..=1, default_missing_value = "yes", value_parser = yes)]
    inequalities: Option<bool>,
}

fn yes(text: &str) -> Result<bool, String> {
    match text {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err("yes or no".into()),
    }
}

impl Cone {
    /// Runs the command.
    pub fn run(&self, shared: &Shared) -> miette::Result<Verdict> {
        let model = self.input.model(shared)?;
        let request = study::ConeRequest {
            setting: self.input.setting(self.proof.numbers()),
            inequalities: self.inequalities,
        };
        let report = study::cone(&model, &request, &Voice::new(shared))?;
        shared.write(&report)?;
        Ok(Verdict::Fine)
    }

    /// What is read.
    pub fn files(&self) -> Files {
        self.input.files()
    }
}
