//! `exact-mdp between`: two policies on one model.

use std::path::PathBuf;

use clap::Args;
use exact_mdp::number::Number;
use exact_mdp::study::{self, PolicyName};

use super::drawing::Drawing;
use super::files::Files;
use super::input::{Proof, Replaced, Settings, policy_file};
use super::range;
use super::voice::Voice;
use super::{Shared, Verdict};
use crate::picture::{self, Scene};
use crate::solver::SolverName;
use crate::words::word;

/// Two policies: J' − J and where it comes from, surrogates, trust region, the line between them
#[derive(Args, Debug)]
#[command(after_help = "\
Example: exact-mdp between mdps/two-state.yaml uniform optimal
         exact-mdp between mdps/appendix-c.yaml uniform optimal --exact --format json
         exact-mdp between mdps/two-state.yaml uniform optimal --horizon 6
         exact-mdp between mdps/frozenlake-4x4.yaml uniform optimal --plot between.svg

From π to π': J(π') − J(π) is the sum of ρ'(s,a) A(s,a), visits of π' and advantages of π (performance
difference lemma); the surrogate L(π') = J + ρπ'A takes the visits of π. L less 4 max|A| γ D/(1 − γ)²
is at most J(π'), D the largest squared total variation or divergence. Over a horizon all of it is of the
model unrolled in time, with states s@t.

CSV columns: quantity, state, action, value.")]
pub struct Between {
    /// The model: a YAML file, a file of another program, or a bundled model as in :taxi
    #[arg(value_name = "MODEL")]
    model: PathBuf,
    /// π: uniform, random:SEED, optimal, a policy file, a report, or '{…}' as in a policy file
    #[arg(value_name = "FROM", value_parser = range::policy)]
    from: PolicyName,
    /// π', as FROM
    #[arg(value_name = "TO", value_parser = range::policy)]
    to: PolicyName,
    /// ε of the clipped surrogate, which clips π'/π at 1 ± ε
    #[arg(long, value_name = "EPSILON", default_value = "0.2", allow_hyphen_values = true, value_parser = clip)]
    clip: Number,
    /// Points of the line (1 − x) π + x π' at which J and dJ/dx are told; 0 for none
    #[arg(long, value_name = "N", default_value_t = 11, value_parser = range::counts::<usize>(0, 100_000))]
    points: usize,
    /// The line is (1 − x) θ + x θ', with the places where J is stationary along it
    #[arg(long)]
    in_parameters: bool,
    #[command(flatten)]
    replaced: Replaced,
    /// auto (by size and density), dense, sparse, krylov or lapack
    #[arg(long, value_name = "SOLVER", default_value = "auto", value_parser = word::<SolverName>(), hide_possible_values = true, hide_default_value = true)]
    solver: SolverName,
    #[command(flatten)]
    proof: Proof,
    /// Also draw J and dJ/dx along the line, the largest contributions, where values change and both
    /// policies, an .svg or .png file
    #[arg(long, value_name = "FILE")]
    plot: Option<Drawing>,
}

/// ε > 0.
pub(super) fn clip(text: &str) -> Result<Number, String> {
    let number = text.parse::<Number>().ok();
    let number = number.filter(|x| !x.is_negative() && !x.is_zero());
    number.ok_or_else(|| "expected a number above 0, as 0.2 or 1/5".to_string())
}

impl Between {
    /// Runs the command.
    pub fn run(&self, shared: &Shared) -> miette::Result<Verdict> {
        let settings = self.settings();
        let model = settings.model(&self.model, shared)?;
        let request = study::BetweenRequest {
            setting: settings.setting(self.proof.numbers()),
            to: self.to.clone(),
            clip: self.clip.clone(),
            points: self.points,
            in_parameters: self.in_parameters,
        };
        let report = study::between(&model, &request, &Voice::new(shared))?;
        shared.write(&report)?;
        if let Some(plot) = &self.plot {
            plot.write(
                &picture::between::draw(&Scene::new(&model.mdp()), &report),
                shared,
            )?;
        }
        Ok(Verdict::Fine)
    }

    fn settings(&self) -> Settings {
        Settings {
            policy: Some(self.from.clone()),
            replaced: self.replaced.clone(),
            solver: self.solver,
        }
    }

    /// What is read and written.
    pub fn files(&self) -> Files {
        let files = self.settings().files([self.model.as_path()]);
        let plot = self.plot.as_ref().map(Drawing::path);
        files.read(policy_file(&self.to)).write(plot)
    }
}
