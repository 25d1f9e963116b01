//! What a command works on: the path of a model and the flags that change it → `Mdp`, `Policy`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use exact_mdp::linalg::{SolverKind, SolverOptions};
use exact_mdp::mdp::{Criterion, Mdp, Names, OutcomeTable, Parts, Space};
use exact_mdp::policy::Policy;
use miette::bail;

use super::Shared;
use super::policy::PolicyChoice;

/// A model with its policy.
#[derive(Args, Clone, Debug)]
pub struct Input {
    /// The model, a YAML file; `-` for standard input
    #[arg(value_name = "MODEL")]
    pub model: PathBuf,
    #[command(flatten)]
    pub settings: Settings,
}

/// Flags that stand above what a model file says.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Model")]
pub struct Settings {
    /// uniform, random:SEED, optimal or a policy file [default: the model file's, else uniform]
    #[arg(long, value_name = "POLICY")]
    pub policy: Option<PolicyChoice>,
    /// The discount γ instead of the file's: 0.9 or 9/10
    #[arg(long, value_name = "DISCOUNT")]
    pub discount: Option<String>,
    /// The horizon T instead of the file's; makes the criterion finite-horizon
    #[arg(long, value_name = "STEPS")]
    pub horizon: Option<usize>,
    /// discounted, finite-horizon, total or average, instead of the file's
    #[arg(long, value_name = "CRITERION", hide_possible_values = true)]
    pub criterion: Option<CriterionKind>,
    /// The solver of linear systems [default: chosen by size and density]
    #[arg(long, value_name = "SOLVER")]
    pub solver: Option<String>,
}

/// A criterion by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CriterionKind {
    /// Σ γᵗ Rₜ, γ < 1.
    Discounted,
    /// Σ γᵗ Rₜ over T steps.
    FiniteHorizon,
    /// Σ Rₜ until a terminal state.
    Total,
    /// The long-run average of Rₜ.
    Average,
}

impl Input {
    /// The model and its policy; warnings go to standard error.
    pub fn load(&self, _: &Shared) -> miette::Result<(Mdp, Policy)> {
        let mdp = in_memory();
        let policy = match &self.settings.policy {
            None | Some(PolicyChoice::Uniform) => Policy::uniform(mdp.space()),
            Some(other) => bail!("no such policy yet: {other:?}"),
        };
        Ok((mdp, policy))
    }

    /// How linear systems are to be solved.
    pub fn solver_options(&self) -> SolverOptions {
        SolverOptions {
            solver: SolverKind::Auto,
            ..SolverOptions::default()
        }
    }
}

fn in_memory() -> Mdp {
    let names = |names: &[&str]| Names::Listed(names.iter().map(|x| x.to_string()).collect());
    let sets = vec![vec![0, 1], vec![0, 1]];
    let space = Space::new(names(&["cold", "hot"]), names(&["wait", "heat"]), sets);
    let mut outcomes = OutcomeTable::default();
    let mut pair = |row: &[(usize, f64, f64)]| {
        for &(next, probability, reward) in row {
            outcomes.push(next, probability, reward);
        }
        outcomes.end_pair();
    };
    pair(&[(0, 1.0, 0.0)]);
    pair(&[(1, 0.9, 0.0), (0, 0.1, 0.0)]);
    pair(&[(0, 0.5, 1.0), (1, 0.5, 1.0)]);
    pair(&[(1, 1.0, 1.0)]);
    Mdp::new(Parts {
        name: "two-state".to_string(),
        space: space.into(),
        outcomes,
        initial: vec![1.0, 0.0],
        criterion: Criterion::Discounted { discount: 0.9 },
    })
}
