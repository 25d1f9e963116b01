//! `exact-mdp shaping`: whether one reward is another, shaped by a potential.

use std::path::PathBuf;

use clap::Args;
use exact_mdp::study;

use super::files::Files;
use super::input::{Settings, numbers};
use super::voice::Voice;
use super::{Shared, Verdict};

/// Whether the reward of one model is that of another shaped by a potential: which one, or what refutes it
#[derive(Args, Debug)]
#[command(after_help = "\
Examples: exact-mdp shaping plain.yaml shaped.yaml
          exact-mdp shaping plain.yaml shaped.yaml --exact --format json

The models have the same states, actions, transitions and criterion, and rewards r and r'. Found, or refuted, is
Φ with r'(s,a) = c r(s,a) + γ Σ p(s'|s,a) Φ(s') − Φ(s) and c > 0, Φ = 0 where the process has ended (Ng, Harada &
Russell 1999). Then v' = cv − Φ, q' = cq − Φ, A' = cA, ∇J' = c∇J and J' = cJ − ρ₀Φ of every policy, so that the
same ones are optimal; how far the policy's numbers are from that is told. Over a horizon Φ depends on time.
The exit code is 1 where there is no such Φ.

CSV columns: quantity, state, action, value.")]
pub struct Shaping {
    /// The model with r: a YAML file, a file of another program, or a bundled model as in :taxi
    #[arg(value_name = "MODEL")]
    model: PathBuf,
    /// The model with r', of the same states, actions and transitions
    #[arg(value_name = "OTHER")]
    other: PathBuf,
    #[command(flatten)]
    settings: Settings,
    /// In exact fractions: every number a string "p/q", and the verdict proven
    #[arg(long)]
    exact: bool,
    /// Prove a bound on the error of every number
    #[arg(long, conflicts_with = "exact")]
    certify: bool,
}

impl Shaping {
    /// Runs the command.
    pub fn run(&self, shared: &Shared) -> miette::Result<Verdict> {
        let model = self.settings.model(&self.model, shared)?;
        let other = self.settings.model(&self.other, shared)?;
        let request = study::ShapingRequest {
            setting: self.settings.setting(numbers(self.exact, self.certify)),
        };
        let report = study::shaping(&model, &other, &request, &Voice::new(shared))?;
        shared.write(&report)?;
        Ok(match report.verdict.holds() {
            Some(false) => Verdict::Negative,
            _ => Verdict::Fine,
        })
    }

    /// What is read.
    pub fn files(&self) -> Files {
        self.settings
            .files([self.model.as_path(), self.other.as_path()])
    }
}
