//! What is asked of a solver: a method, how exact, how long.

use crate::error::Error;
use crate::linalg::SolverOptions;

/// How an optimum is found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ControlMethod {
    /// Chosen by criterion and size; the result names what was chosen.
    #[default]
    Auto,
    /// v ← T*v until the certified error is small enough (MacQueen 1966).
    ValueIteration,
    /// Evaluate exactly, improve where it certainly helps (Howard 1960).
    PolicyIteration,
    /// Improve, then evaluate by a few sweeps, or by a Krylov method where sweeps do not help
    /// (Puterman & Shin 1978).
    ModifiedPolicyIteration,
    /// The primal and the dual program, by the simplex method (d'Epenoux 1963).
    LinearProgram,
    /// v ← T*v backward in time: the finite horizon's only method.
    BackwardInduction,
}

impl ControlMethod {
    /// The name, as flags and reports spell it.
    pub const fn name(self) -> &'static str {
        match self {
            ControlMethod::Auto => "auto",
            ControlMethod::ValueIteration => "value-iteration",
            ControlMethod::PolicyIteration => "policy-iteration",
            ControlMethod::ModifiedPolicyIteration => "modified-policy-iteration",
            ControlMethod::LinearProgram => "linear-program",
            ControlMethod::BackwardInduction => "backward-induction",
        }
    }
}

/// What is asked of [`solve`](super::solve).
#[derive(Clone, Debug)]
pub struct ControlOptions {
    /// How; the default chooses.
    pub method: ControlMethod,
    /// The certified |v − v*|∞ at which to stop, in units of reward; `None`: as exact as the field
    /// allows.
    pub tolerance: Option<f64>,
    /// α > 0: every action also earns α times its surprise −log π(a|s), in units of reward; the
    /// optimum is then soft ([`ControlMethod`] plays no part). `None`: the ordinary optimum.
    pub entropy: Option<f64>,
    /// The most iterations to make.
    pub iterations: usize,
    /// Whether to record each iteration with the value of its greedy policy.
    pub trace: bool,
    /// How linear systems are solved.
    pub solver: SolverOptions,
}

impl Default for ControlOptions {
    fn default() -> ControlOptions {
        ControlOptions {
            method: ControlMethod::Auto,
            tolerance: None,
            entropy: None,
            iterations: 1_000_000,
            trace: false,
            solver: SolverOptions::default(),
        }
    }
}

impl ControlOptions {
    /// Errors with [`Error::Argument`] for a tolerance or a weight of the entropy that is no finite number
    /// from 0 on.
    pub(super) fn check(&self) -> Result<(), Error> {
        let given = [
            ("the tolerance", self.tolerance),
            ("the weight of the entropy", self.entropy),
        ];
        for (name, found) in given {
            if let Some(x) = found.filter(|x| !(x.is_finite() && *x >= 0.0)) {
                return Err(Error::Argument {
                    name,
                    found: x.to_string(),
                    expected: "a finite number from 0 on",
                });
            }
        }
        Ok(())
    }
}
